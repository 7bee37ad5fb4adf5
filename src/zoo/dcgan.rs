//! DCGAN: Radford, Metz and Chintala 2016, "Unsupervised representation learning with deep convolutional
//! generative adversarial networks", with the non-saturating loss of Goodfellow et al. 2014.
//!
//! Shapes for 64×64: z (100) → 8w×4² → 4w×8² → 2w×16² → w×32² → 3×64×64, tanh (mapped to 0–1); the discriminator
//! mirrors it with LeakyReLU 0.2 and no batch norm next to the picture. All kernels 4×4, stride 2; 28×28 goes
//! 4 → 7 → 14 → 28, the first of these 3×3. Convolutions start as N(0, 0.02), batch norm as N(1, 0.02); Adam 2e-4, β₁ 0.5. What is
//! shown is an averaged copy of the generator. A gradient penalty can be added (λ, 0 by default), and blur and noise of
//! what the discriminator sees.
//!
//! Must not know: files, messages.

use super::augment::{self, D_BLUR, D_NOISE};
use super::averaged::Averaged;
use super::common;
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Model, Recipe, Settings};
use crate::nn::fast;
use crate::nn::network::run::Value;
use crate::nn::stack::{Activation, Down, Up, channels, halvings};
use crate::nn::{Init, Noise, Watch, init};
use crate::objective;
use crate::point::Input;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::{Device, Tensor, activation};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "dcgan",
    title: "DCGAN",
    summary: "A generator and a discriminator play against each other: sharp pictures, no encoder.",
    paper: "Radford, Metz and Chintala 2016, Unsupervised Representation Learning with Deep Convolutional GANs",
    parts: &[common::GENERATOR, common::DISCRIMINATOR, common::AVERAGE],
    needs: &[],
    phases: &[],
    tiny: &[("batch", 8.0), ("z", 4.0), ("width", 4.0)],
    settings: &[
        common::rate_g(2e-4),
        common::rate_d(2e-4),
        common::batch(64.0),
        common::latent(100.0),
        common::width(32.0),
        common::size(28.0),
        common::HEIGHT,
        common::COLOUR,
        common::D_STEPS,
        common::TURN,
        common::PENALTY,
        D_BLUR,
        D_NOISE,
        common::EMA,
    ],
    losses: &common::GAME,
    data: "digits",
};

/// `[n, z]`, and class weights `[n, classes]` beside it where there are classes → `[n, c, h, w]`, −1 to 1.
#[derive(Module, Debug)]
pub struct Generator {
    project: ConvTranspose2d,
    bn: BatchNorm,
    up: Up,
}

impl Generator {
    /// `inputs`: dimensions of z, and one for each class.
    fn new(shape: &Shape, width: usize, inputs: usize, device: &Device) -> Self {
        let (count, smallest) = halvings(shape.size());
        let deepest = channels(width, count - 1);
        Self {
            project: ConvTranspose2dConfig::new([inputs, deepest], smallest).with_bias(false).init(device),
            bn: BatchNormConfig::new(deepest).init(device),
            up: Up::new(shape.channels, shape.size(), width, false, device),
        }
    }

    /// The first layer is a transposed convolution over a 1×1 picture of z: as a matrix product it is the same
    /// sum with one well-shaped call (its weight `[z, c, h, w]` is a `z × chw` matrix as it lies).
    fn forward(&self, z: Tensor<2>, class: Option<Tensor<2>>, watch: &mut Watch<'_>) -> Tensor<4> {
        let n = z.dims()[0];
        let [_, to, h, w] = self.project.weight.dims();
        let z = match class {
            Some(class) => Tensor::cat(vec![z, class], 1), // [n, z + classes]
            None => z,                                     // [n, z]
        };
        let x = z.matmul(self.first_weight()).reshape([n, to, h, w]); // [n, deepest, h, w]
        let x = fast::norm(&self.bn, x, fast::RELU); // [n, deepest, h, w]
        watch.layer(|| "generator.project".into(), || Value::Map(x.clone()));
        fast::tanh(self.up.forward(x, "generator.up", watch)) // [n, c, H, W]
    }

    /// `[z + classes, deepest · h · w]`.
    fn first_weight(&self) -> Tensor<2> {
        let weight = self.project.weight.val();
        let [from, to, h, w] = weight.dims();
        weight.reshape([from, to * h * w])
    }
}

/// `[n, c, h, w]`, −1 to 1, with one more channel for each class → logits `[n, 1]` ("real").
#[derive(Module, Debug)]
pub struct Discriminator {
    down: Down,
    judge: Conv2d,
}

/// σ of the step, on the pictures' scale of −1 to 1, over which D's slope is taken.
const STEP: f32 = 0.02;

impl Discriminator {
    fn new(shape: &Shape, width: usize, classes: usize, device: &Device) -> Self {
        let (count, smallest) = halvings(shape.size());
        Self {
            down: Down::new(shape.channels + classes, shape.size(), width, Activation::Leaky, device),
            judge: Conv2dConfig::new([channels(width, count - 1), 1], smallest).with_bias(false).init(device),
        }
    }

    /// Pictures `[n, c, s, s]` and one-hot classes `[n, classes]` → logits `[n, 1]`. The last layer's kernel covers the whole grid, so the convolution is a matrix product. A class is a map of ones
    /// among maps of zeros.
    fn forward(&self, x: Tensor<4>, class: Option<Tensor<2>>) -> Tensor<2> {
        let x = match class {
            Some(class) => {
                let ([n, _, h, w], [_, classes]) = (x.dims(), class.dims());
                let maps = class.reshape([n, classes, 1, 1]).expand([n, classes, h, w]); // [n, classes, s, s]
                Tensor::cat(vec![x, maps], 1) // [n, c + classes, s, s]
            }
            None => x, // [n, c, h, w]
        };
        let h = self.down.forward(x).flatten::<2>(1, 3); // [n, deepest · h · w]
        let [_, features] = h.dims();
        h.matmul(self.judge.weight.val().reshape([features, 1])) // [n, 1]
    }

    /// Logits of real pictures `[n, c, h, w]`, and what D pays for its slope there. Both ends of the slope are in one
    /// batch, so that batch norm sees one and the same distribution.
    fn on_real(
        &self,
        x: Tensor<4>,
        class: Option<Tensor<2>>,
        lambda: f32,
        noise: &mut Noise,
    ) -> (Tensor<2>, Option<Tensor<1>>) {
        if lambda == 0.0 {
            return (self.forward(x, class), None);
        }
        let [n, c, h, w] = x.dims();
        let away = noise.normal([n, c * h * w], &x.device()).reshape([n, c, h, w]) * STEP;
        let class = class.map(|class| Tensor::cat(vec![class.clone(), class], 0)); // [2n, classes]
        let both = self.forward(Tensor::cat(vec![x.clone(), x + away], 0), class); // [2n, 1]
        let (here, there) = (both.clone().slice_dim(0, 0..n), both.slice_dim(0, n..2 * n));
        (here.clone(), Some(objective::gradient_penalty(here, there, STEP, lambda)))
    }

    /// What D pays for pictures `[n, c, s, s]`, real and generated, of classes `[n, classes]`.
    fn verdict(
        &self,
        real: Tensor<4>,
        fake: Tensor<4>,
        class: Option<Tensor<2>>,
        lambda: f32,
        noise: &mut Noise,
    ) -> Verdict {
        let (on_real, penalty) = self.on_real(real, class.clone(), lambda, noise);
        let on_fake = self.forward(fake, class);
        let game = objective::bce_real(on_real.clone()) + objective::bce_fake(on_fake.clone());
        let loss = match penalty {
            Some(penalty) => game.clone() + penalty,
            None => game.clone(),
        };
        Verdict { loss, game, on_real, on_fake }
    }
}

/// What the discriminator says of a batch.
struct Verdict {
    /// What it pays, the penalty with it.
    loss: Tensor<1>,
    /// The same without the penalty, which the plot shows: 2 ln 2 = it cannot tell.
    game: Tensor<1>,
    /// Logits `[n, 1]`.
    on_real: Tensor<2>,
    on_fake: Tensor<2>,
}

#[derive(Clone)]
struct Training {
    generator: Averaged<Generator>,
    discriminator: Part<Discriminator>,
    z: usize,
    /// Names of the classes that are given beside z; none without a condition.
    classes: Vec<String>,
}

impl Training {
    /// Pictures `[n, c, h, w]`, −1 to 1, of latents drawn from the prior; of these classes `[n, classes]`.
    fn fake(&self, n: usize, class: Option<Tensor<2>>, noise: &mut Noise, device: &Device) -> Tensor<4> {
        let z = noise.normal([n, self.z], device); // [n, z]
        self.generator.module().forward(z, class, &mut Watch::nobody())
    }

    /// The batch's classes, one-hot `[n, classes]`; `None` without a condition.
    fn condition(&self, batch: &Batch) -> Option<Tensor<2>> {
        let ids = batch.classes.clone().filter(|_| !self.classes.is_empty())?;
        Some(ids.one_hot::<2>(self.classes.len()).float())
    }
}

/// Builds the system with the paper's initialisation.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    conditioned(facts, Vec::new(), settings, seed, device)
}

/// The same with a class beside z and beside the picture; without one where `classes` is empty.
pub(super) fn conditioned(
    facts: &Facts,
    classes: Vec<String>,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let shape = facts.shape;
    shape.check_halved()?;
    let (z, width) = (settings.count(&RECIPE, "z"), settings.count(&RECIPE, "width"));
    let training = device.clone().autodiff();
    let generator = Generator::new(&shape, width, z + classes.len(), &training);
    let generator = init::initialise(generator, "generator", seed, Init::Dcgan);
    let discriminator = Discriminator::new(&shape, width, classes.len(), &training);
    let discriminator = init::initialise(discriminator, "discriminator", seed, Init::Dcgan);
    Ok(Box::new(Training {
        generator: Averaged::new("generator", generator, 0.5, 0.999),
        discriminator: Part::new("discriminator", discriminator, 0.5, 0.999),
        z,
        classes,
    }))
}

impl System for Training {
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turns = settings.count(&RECIPE, common::D_STEPS_NAME).max(1);
        let turn = settings.get(&RECIPE, common::TURN_NAME);
        let n = batch.x.dims()[0] / turns;
        let device = batch.x.device();
        let all = self.condition(batch);
        // Those of the i-th turn's pictures; what is generated in that turn is of the same classes.
        let class = |i: usize| all.clone().map(|c| c.slice_dim(0, i * n..(i + 1) * n));
        // What D sees of pictures of −1 to 1.
        let seen =
            |x: Tensor<4>, noise: &mut Noise| augment::instance_noise(x, noise, &RECIPE, settings, 2.0);
        let real = |i: usize, noise: &mut Noise| {
            seen(batch.x.clone().slice_dim(0, i * n..(i + 1) * n) * 2.0 - 1.0, noise)
        };
        let rate_d = settings.get(&RECIPE, "learning_rate_d");
        let lambda = settings.get(&RECIPE, "penalty") as f32;
        // Turns of the discriminator before the one that both share.
        for i in (1..turns).filter(|_| turn != common::G_ONLY) {
            let fake = self.fake(n, class(i), noise, &device);
            let (real, fake) = (real(i, noise), seen(fake.detach(), noise));
            let verdict = self.discriminator.module.verdict(real, fake, class(i), lambda, noise);
            self.discriminator.descend(verdict.loss, rate_d);
        }

        let fake = self.fake(n, class(0), noise, &device);
        let (real, fake) = (real(0, noise), seen(fake, noise));
        let d = &self.discriminator.module;
        let Verdict { loss, game, on_real, on_fake } =
            d.verdict(real, fake.clone().detach(), class(0), lambda, noise);
        let d_real = activation::sigmoid(on_real.detach()).mean();
        let d_fake = activation::sigmoid(on_fake.detach()).mean();
        let shown_d = game.detach();
        if turn != common::G_ONLY {
            self.discriminator.descend(loss, rate_d);
        }

        // D only passes the gradient on: its weights need none here.
        let d = self.discriminator.module.clone().no_grad();
        let loss_g = objective::bce_real(d.forward(fake, class(0)));
        let shown_g = loss_g.clone().detach();
        if turn != common::D_ONLY {
            let (rate, decay) =
                (settings.get(&RECIPE, "learning_rate_g"), settings.get(&RECIPE, "ema") as f32);
            self.generator.descend(loss_g, rate, decay, step);
        }

        Tensor::cat(vec![shown_d, shown_g, d_real, d_fake], 0).inner()
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained { generator: self.generator.shown(), z: self.z, classes: self.classes.clone() })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.generator, &self.discriminator]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.generator, &mut self.discriminator]
    }
}

struct Trained {
    generator: Generator,
    z: usize,
    classes: Vec<String>,
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let class = (!self.classes.is_empty()).then(|| Input::class(self.classes.clone()));
        std::iter::once(Input::z(self.z)).chain(class).collect()
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let x = self.generator.forward(given.latent(0)?, given.class(1), watch); // [n, c, h, w], −1 to 1
        Some((x + 1.0) * 0.5) // [n, c, h, w], 0 to 1
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        // The rows of the classes, which follow those of z, are no directions of z.
        Some(self.generator.first_weight().slice_dim(0, 0..self.z))
    }

    fn fork(&self) -> Box<dyn Model> {
        let Self { generator, z, classes } = self;
        Box::new(Trained { generator: generator.clone(), z: *z, classes: classes.clone() })
    }
}
