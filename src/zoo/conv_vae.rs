//! The convolutional variational auto-encoder: Kingma and Welling 2014 with DCGAN's layers (Radford, Metz and
//! Chintala 2016); with β ≠ 1 the β-VAE of Higgins et al. 2017, with a price on total correlation the β-TCVAE of Chen et al.
//! 2018. The first latents can be made to follow the data's factors, Σ (μ_k − f_k)² / 2 (Locatello et al. 2020,
//! "Disentangling factors of variation using few labels"); every second picture of a batch is then drawn from its factors
//! instead of what the encoder finds, so that the decoder knows all of the prior (Dosovitskiy et al. 2015, "Learning to
//! generate chairs", draws from factors alone).
//!
//! Shapes for 64×64: 3×64×64 → w×32² → 2w×16² → 4w×8² → 8w×4² → μ, ln σ²; z → 8w×4² → … → 3×64×64, all 4×4
//! kernels, stride 2. Loss: −ELBO with a Bernoulli on grey values or a Gaussian of fixed σ. The labels can be drawn from
//! the latents too, by one linear layer, weighted: −ln p(x|z) − w · ln p(y|z) + β · KL, the model M1 of Kingma et al.
//! 2014 ("Semi-supervised learning with deep generative models") learnt in one go.
//!
//! Must not know: files, messages.

use super::augment::{self, BLUR, NOISE};
use super::common::{self, KL, RECONSTRUCTION};
use super::fc_vae::reparameterize;
use super::labels::Labels;
use super::likelihood::{LIKELIHOOD, Likelihood};
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Loss, Model, Posterior, Recipe, Role, Scale, Setting, Settings};
use crate::nn::fast;
use crate::nn::network::run::Value;
use crate::nn::stack::{Activation, Down, Up, channels, halvings};
use crate::nn::{Init, Noise, Tensors, Watch, init};
use crate::objective;
use crate::point::Input;
use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, activation};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "conv-vae",
    title: "Convolutional VAE",
    summary: "Convolutions each way: sharper pictures and colour, with a latent space one can steer.",
    paper: "Kingma and Welling 2014, Auto-Encoding Variational Bayes; Higgins et al. 2017, β-VAE",
    parts: &[common::AUTOENCODER],
    needs: &[],
    phases: &[],
    tiny: &[("batch", 8.0), ("z", 3.0), ("width", 4.0), ("size", 28.0)],
    settings: &[
        common::learning_rate(1e-3),
        common::batch(64.0),
        common::beta(1.0),
        common::latent(64.0),
        common::width(16.0),
        common::size(64.0),
        common::HEIGHT,
        common::COLOUR,
        Setting {
            name: "tc",
            title: "Total correlation",
            help: "How much more it costs when latents tell of each other: above 0, each slider comes to change one thing (β-TCVAE, Chen et al. 2018, where it is β − 1).",
            default: 0.0,
            min: 0.0,
            max: 1000.0,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: "factors",
            title: "Weight of known factors",
            help: "How much each of the first sliders must follow one factor of the data, in the data's order: above 0, a slider is a smile, another the light; needs data with factors or labels, such as faces, shapes or a table's columns (Locatello et al. 2020).",
            default: 0.0,
            min: 0.0,
            max: 1000.0,
            scale: Scale::Linear,
            live: true,
        },
        LIKELIHOOD,
        common::SIGMA,
        Setting {
            name: "labels",
            title: "Weight of labels",
            help: "How much the latents must also tell the data's labels: above 0, a smile that is small in pixels is kept, and directions are cleaner; needs data with labels.",
            default: 0.0,
            min: 0.0,
            max: 1000.0,
            scale: Scale::Linear,
            live: true,
        },
        BLUR,
        NOISE,
    ],
    losses: &[
        RECONSTRUCTION,
        KL,
        Loss {
            name: "labels",
            title: "Labels",
            unit: "nats per image",
            help: "−ln p(y|z): how badly the latents tell the picture's labels; 0 while the weight of labels is 0.",
            role: Role::Term,
            axis: "labels",
            even: None,
        },
    ],
    data: "faces",
};

/// Encoder `[n, c, h, w]` → q(z|x).
#[derive(Module, Debug)]
struct Encoder {
    down: Down,
    mean: Linear,
    log_variance: Linear,
}

/// Decoder `[n, z]` → logits `[n, c, h, w]`.
#[derive(Module, Debug)]
struct Decoder {
    fc: Linear,
    bn: BatchNorm,
    up: Up,
}

/// The network.
#[derive(Module, Debug)]
pub struct ConvVae {
    encoder: Encoder,
    decoder: Decoder,
    /// `[n, z]` → logits of the labels; only where the latents must tell them.
    labels: Option<Linear>,
}

impl ConvVae {
    fn new(shape: &Shape, width: usize, z: usize, device: &Device) -> Self {
        let (count, [h, w]) = halvings(shape.size());
        let deepest = channels(width, count - 1);
        let flat = deepest * h * w;
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        Self {
            encoder: Encoder {
                down: Down::new(shape.channels, shape.size(), width, Activation::Relu, true, device),
                mean: linear(flat, z),
                log_variance: linear(flat, z),
            },
            decoder: Decoder {
                fc: linear(z, flat),
                bn: BatchNormConfig::new(deepest).init(device),
                up: Up::new(shape.channels, shape.size(), width, true, device),
            },
            labels: None,
        }
    }

    /// `[n, c, h, w]` → q(z|x).
    fn encode(&self, x: Tensor<4>) -> Posterior {
        let h = self.encoder.down.forward(x).value.flatten::<2>(1, 3); // [n, deepest · h · w]
        (self.encoder.mean.forward(h.clone()), self.encoder.log_variance.forward(h)) // [n, z] each
    }

    /// `[n, z]` → logits `[n, c, h, w]`.
    fn logits(&self, z: Tensor<2>, shape: &Shape, watch: &mut Watch<'_>) -> Tensor<4> {
        let (_, [h, w]) = halvings(shape.size());
        let Decoder { fc, bn, up } = &self.decoder;
        let [deepest] = bn.gamma.shape().dims();
        let n = z.dims()[0];
        let h = fc.forward(z).reshape([n, deepest, h, w]); // [n, deepest, h, w]
        let h = fast::norm(bn, h, fast::RELU); // [n, deepest, h, w]
        watch.layer(|| "decoder.fc".into(), || Value::Map(h.clone()));
        up.forward(h, "decoder.up", watch) // [n, c, h, w]
    }
}

/// Means `[n, z]`, of which every second row begins with the numbers of `first` `[n, followed]` instead of its own.
fn every_second(mean: Tensor<2>, first: Tensor<2>) -> Tensor<2> {
    let ([n, z], [_, followed]) = (mean.dims(), first.dims());
    let odd =
        Tensor::<1, Int>::arange(0..n as i64, &mean.device()).remainder_scalar(2).float().unsqueeze_dim(1); // [n, 1]
    let own = mean.clone().slice_dim(1, 0..followed); // [n, followed]
    let begun = own.clone() + (first - own) * odd; // [n, followed]
    if followed == z {
        return begun;
    }
    Tensor::cat(vec![begun, mean.slice_dim(1, followed..z)], 1) // [n, z]
}

#[derive(Clone)]
struct Training {
    part: Part<ConvVae>,
    shape: Shape,
    z: usize,
    likelihood: Likelihood,
    /// What the data's labels are.
    labels: Option<Labels>,
    /// Names of the data's factors.
    factors: Vec<String>,
    /// Whether the first latents follow them.
    follows: bool,
    seed: u64,
}

impl Training {
    /// The layer that tells labels, fresh; `None` where the data has none.
    fn head(&self, device: &Device) -> Option<Linear> {
        let head = LinearConfig::new(self.z, self.labels?.outputs()).init(device);
        Some(init::initialise(head, "labels", self.seed, Init::Torch))
    }

    /// −ln p(y|z) for latents `[n, z]`, weighted as a cost `[1]`, and as it is plotted `[1]`. Without weight the layer goes:
    /// it is no part of the VAE.
    fn tell(&mut self, z: Tensor<2>, batch: &Batch, weight: f32) -> Option<(Tensor<1>, Tensor<1>)> {
        if weight <= 0.0 {
            self.part.module.labels = None;
            return None;
        }
        let labels = self.labels?;
        if self.part.module.labels.is_none() {
            self.part.module.labels = self.head(&z.device());
        }
        let cost = labels.cost(self.part.module.labels.as_ref()?.forward(z), batch);
        let shown = cost.clone().detach();
        Some((cost * weight, shown))
    }
}

/// Builds the system with fresh weights. Fails for pictures that are too small to be halved twice.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let shape = facts.shape;
    shape.check_halved()?;
    let z = settings.count(&RECIPE, "z");
    let net = ConvVae::new(&shape, settings.count(&RECIPE, "width"), z, &device.clone().autodiff());
    let net = init::initialise(net, "", seed, Init::Torch);
    let (likelihood, labels) = (Likelihood::of(&RECIPE, settings), Labels::of(&shape));
    if settings.get(&RECIPE, "labels") > 0.0 && labels.is_none() {
        return Err(
            "the data has no labels for latents to tell; set labels to 0, or choose labelled data".into()
        );
    }
    if settings.get(&RECIPE, "factors") > 0.0 && facts.factors.is_empty() {
        return Err("nothing is told of the data's pictures, so no slider can follow it; set factors to 0, or choose faces, shapes, digits or labelled pictures".into());
    }
    let follows = settings.get(&RECIPE, "factors") > 0.0;
    let (part, factors) = (Part::new("", net, 0.9, 0.999), facts.factors.clone());
    Ok(Box::new(Training { part, shape, z, likelihood, labels, factors, follows, seed }))
}

impl System for Training {
    fn step(&mut self, _: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        self.likelihood = Likelihood::of(&RECIPE, settings);
        let weight = settings.get(&RECIPE, "factors") as f32;
        self.follows = weight > 0.0;
        let net = &self.part.module;
        let (mean, log_variance) = net.encode(augment::corrupt(batch.x.clone(), noise, &RECIPE, settings));
        let factors = batch.factors.clone().filter(|_| weight > 0.0).map(|f| {
            let followed = f.dims()[1].min(self.z);
            f.slice_dim(1, 0..followed) // [n, followed]
        });
        let centre = match &factors {
            Some(factors) => every_second(mean.clone(), factors.clone()),
            None => mean.clone(),
        };
        let z = reparameterize((centre, log_variance.clone()), noise);
        let reconstruction = {
            let logits = net.logits(z.clone(), &self.shape, &mut Watch::nobody());
            self.likelihood.cost(logits, batch.x.clone())
        };
        let kl = objective::mean_kl(mean.clone(), log_variance.clone());
        let mut loss = reconstruction.clone() + kl.clone() * settings.get(&RECIPE, "beta") as f32;
        let tc = settings.get(&RECIPE, "tc") as f32;
        if tc > 0.0 {
            loss = loss + objective::total_correlation(z.clone(), mean.clone(), log_variance) * tc;
        }
        if let Some(factors) = factors {
            let apart = mean.slice_dim(1, 0..factors.dims()[1]) - factors; // [n, followed]
            loss = loss + apart.square().sum_dim(1).mean() * (weight / 2.0);
        }
        let mut told = Tensor::zeros([1], &batch.x.device());
        if let Some((cost, shown)) = self.tell(z, batch, settings.get(&RECIPE, "labels") as f32) {
            loss = loss + cost;
            told = shown;
        }
        let losses = Tensor::cat(vec![reconstruction.detach(), kl.detach(), told], 0).inner();
        self.part.descend(loss, settings.get(&RECIPE, "learning_rate"));
        losses
    }

    fn follows_factors(&self, settings: &Settings) -> bool {
        settings.get(&RECIPE, "factors") > 0.0
    }

    fn model(&self) -> Box<dyn Model> {
        let Self { shape, z, likelihood, .. } = *self;
        let names = if self.follows { self.factors.iter().take(z).cloned().collect() } else { Vec::new() };
        Box::new(Trained { net: self.part.module.valid(), shape, z, names, likelihood })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.part]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.part]
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        let device = self.part.module.decoder.fc.weight.val().device();
        self.part.module.labels =
            if tensors.contains_key("labels.weight") { self.head(&device) } else { None };
        self.part.restore(tensors)
    }
}

struct Trained {
    net: ConvVae,
    shape: Shape,
    z: usize,
    /// What the first latents stand for.
    names: Vec<String>,
    likelihood: Likelihood,
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::z_named(self.z, self.names.clone())]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let logits = self.net.logits(given.latent(0)?, &self.shape, watch); // [n, c, h, w]
        Some(activation::sigmoid(logits)) // [n, c, h, w]
    }

    fn encodes(&self) -> bool {
        true
    }

    fn encode(&self, x: Tensor<4>, _: &Given) -> Option<Posterior> {
        Some(self.net.encode(x))
    }

    fn reconstruction(&self, x: Tensor<4>, given: &Given) -> Option<Tensor<1>> {
        let logits = self.net.logits(given.latent(0)?, &self.shape, &mut Watch::nobody()); // [n, c, h, w]
        Some(self.likelihood.cost_of_each(logits, x))
    }

    fn likelihood(&self) -> Option<Likelihood> {
        Some(self.likelihood)
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        // Burn's linear layers keep their weight as [in, out].
        Some(self.net.decoder.fc.weight.val())
    }

    fn fork(&self) -> Box<dyn Model> {
        let Self { shape, z, likelihood, .. } = *self;
        Box::new(Trained { net: self.net.clone(), shape, z, names: self.names.clone(), likelihood })
    }
}
