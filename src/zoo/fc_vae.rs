//! The fully-connected variational auto-encoder: Kingma and Welling 2014, "Auto-Encoding Variational Bayes".
//!
//! Shapes: pixels → 400 (ReLU) → μ, ln σ² (20 each); z → 400 (ReLU) → pixels (logits). With 28×28 grey pictures
//! 652,824 parameters. Loss: −ELBO = E[−ln p(x|z)] + β·KL(q(z|x) ‖ N(0, I)), Bernoulli on grey values, one
//! sample of z by reparameterization. Names and sizes are those of PyTorch's `examples/vae`.
//!
//! Must not know: files, messages.

use super::augment::{self, BLUR, NOISE};
use super::common::{self, KL, RECONSTRUCTION};
use super::likelihood::Likelihood;
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Model, Posterior, Recipe, Scale, Setting, Settings};
use crate::nn::fast;
use crate::nn::network::run::Value;
use crate::nn::{Init, Noise, Watch, init};
use crate::objective;
use crate::point::Input;
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, activation};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "fc-vae",
    title: "Fully-connected VAE",
    summary: "Two dense layers each way: the smallest model with a latent space, and the fastest to learn.",
    paper: "Kingma and Welling 2014, Auto-Encoding Variational Bayes",
    parts: &[common::AUTOENCODER],
    needs: &[],
    phases: &[],
    tiny: &[("batch", 8.0), ("z", 3.0), ("hidden", 16.0)],
    settings: &[
        common::learning_rate(1e-3),
        common::batch(128.0),
        common::beta(1.0),
        common::latent(20.0),
        Setting {
            name: "hidden",
            title: "Hidden units",
            help: "Width of the dense layer on either side: more can learn finer strokes, and cost more.",
            default: 400.0,
            min: 1.0,
            max: 4096.0,
            scale: Scale::Integer,
            live: false,
        },
        common::size(28.0),
        common::HEIGHT,
        common::COLOUR,
        BLUR,
        NOISE,
    ],
    losses: &[RECONSTRUCTION, KL],
    data: "digits",
};

/// The network. Names are PyTorch's example's.
#[derive(Module, Debug)]
pub struct FcVae {
    fc1: Linear,
    fc21: Linear,
    fc22: Linear,
    fc3: Linear,
    fc4: Linear,
}

impl FcVae {
    fn new(shape: &Shape, hidden: usize, z: usize, device: &Device) -> Self {
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        Self {
            fc1: linear(shape.pixels(), hidden),
            fc21: linear(hidden, z),
            fc22: linear(hidden, z),
            fc3: linear(z, hidden),
            fc4: linear(hidden, shape.pixels()),
        }
    }

    /// `[n, c, h, w]` → q(z|x).
    fn encode(&self, x: Tensor<4>) -> Posterior {
        let x = x.flatten::<2>(1, 3); // [n, pixels]
        let h = fast::dense(&self.fc1, x, fast::RELU); // [n, hidden]
        (self.fc21.forward(h.clone()), self.fc22.forward(h)) // [n, z] each
    }

    /// `[n, z]` → logits `[n, pixels]`.
    fn logits(&self, z: Tensor<2>, watch: &mut Watch<'_>) -> Tensor<2> {
        let h = fast::dense(&self.fc3, z, fast::RELU); // [n, hidden]
        watch.layer(|| "fc3".into(), || Value::Flat(h.clone()));
        fast::dense(&self.fc4, h, fast::NOTHING) // [n, pixels]
    }
}

/// z = μ + σ·ε with ε from N(0, I): μ and ln σ² `[n, z]` each → `[n, z]` (Kingma and Welling 2014, section 2.4).
pub fn reparameterize((mean, log_variance): Posterior, noise: &mut Noise) -> Tensor<2> {
    let epsilon = noise.normal(mean.dims(), &mean.device());
    mean + (log_variance * 0.5).exp() * epsilon
}

#[derive(Clone)]
struct Training {
    part: Part<FcVae>,
    shape: Shape,
    z: usize,
}

/// Builds the system with fresh weights.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let shape = facts.shape;
    let z = settings.count(&RECIPE, "z");
    let net = FcVae::new(&shape, settings.count(&RECIPE, "hidden"), z, &device.clone().autodiff());
    let net = init::initialise(net, "", seed, Init::Torch);
    Ok(Box::new(Training { part: Part::new("", net, 0.9, 0.999), shape, z }))
}

impl System for Training {
    fn step(&mut self, _: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let net = &self.part.module;
        let (mean, log_variance) = net.encode(augment::corrupt(batch.x.clone(), noise, &RECIPE, settings));
        let z = reparameterize((mean.clone(), log_variance.clone()), noise);
        let reconstruction =
            objective::bernoulli(net.logits(z, &mut Watch::nobody()), batch.x.clone().flatten::<2>(1, 3));
        let kl = objective::mean_kl(mean, log_variance);
        let losses = Tensor::cat(vec![reconstruction.clone().detach(), kl.clone().detach()], 0).inner();
        let loss = reconstruction + kl * settings.get(&RECIPE, "beta") as f32;
        self.part.descend(loss, settings.get(&RECIPE, "learning_rate"));
        losses
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained { net: self.part.module.valid(), shape: self.shape, z: self.z })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.part]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.part]
    }
}

struct Trained {
    net: FcVae,
    shape: Shape,
    z: usize,
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::z(self.z)]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let Shape { width, height, channels, .. } = self.shape;
        let z = given.latent(0)?; // [n, z]
        let n = z.dims()[0];
        let logits = self.net.logits(z, watch).reshape([n, channels, height, width]); // [n, c, h, w]
        watch.layer(|| "fc4".into(), || Value::Map(logits.clone()));
        Some(activation::sigmoid(logits)) // [n, c, h, w]
    }

    fn encodes(&self) -> bool {
        true
    }

    fn encode(&self, x: Tensor<4>, _: &Given) -> Option<Posterior> {
        Some(self.net.encode(x))
    }

    fn reconstruction(&self, x: Tensor<4>, given: &Given) -> Option<Tensor<1>> {
        let logits = self.net.logits(given.latent(0)?, &mut Watch::nobody()); // [n, pixels]
        Some(objective::bernoulli_each(logits, x.flatten::<2>(1, 3)))
    }

    fn likelihood(&self) -> Option<Likelihood> {
        Some(Likelihood::Bernoulli)
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        // Burn's linear layers keep their weight as [in, out].
        Some(self.net.fc3.weight.val())
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Trained { net: self.net.clone(), shape: self.shape, z: self.z })
    }
}
