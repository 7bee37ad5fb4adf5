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
use super::common;
use super::system::{Batch, Model, Shape, System};
use super::train::Part;
use super::{Family, Loss, Recipe, Scale, Setting, Settings};
use crate::nn::fast;
use crate::nn::stack::{Activation, Down, Up, channels, halvings};
use crate::nn::{Gradient, Init, Noise, Tap, Tensors, ema, init, named};
use crate::objective;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "dcgan",
    title: "DCGAN",
    summary: "A generator and a discriminator play against each other: sharp pictures, no encoder.",
    paper: "Radford, Metz and Chintala 2016, Unsupervised Representation Learning with Deep Convolutional GANs",
    family: Family::Gan,
    settings: &[
        common::rate_g(2e-4),
        common::rate_d(2e-4),
        common::batch(64.0),
        common::latent(100.0),
        common::width(32.0),
        common::size(28.0),
        common::COLOUR,
        common::D_STEPS,
        common::TURN,
        Setting {
            name: "penalty",
            title: "Gradient penalty λ",
            help: "What D pays for steepness at real pictures (R1): more keeps it from winning outright and the game steady, too much leaves G without a lead; 0 = DCGAN as published.",
            default: 0.0,
            min: 0.0,
            max: 100.0,
            scale: Scale::Linear,
            live: true,
        },
        D_BLUR,
        D_NOISE,
        Setting {
            name: "ema",
            title: "Averaging",
            help: "How slowly the averaged generator that is shown follows the trained one, once it has learnt for a while (at first it keeps up): 0 shows the raw weights.",
            default: 0.995,
            min: 0.0,
            max: 0.9999,
            scale: Scale::Linear,
            live: true,
        },
    ],
    losses: &[
        Loss {
            name: "loss_d",
            title: "D loss",
            unit: "nats",
            help: "What the discriminator pays for its mistakes; 1.386 = it cannot tell real from fake.",
        },
        Loss {
            name: "loss_g",
            title: "G loss",
            unit: "nats",
            help: "What the generator pays for being found out; 0.693 = D cannot tell.",
        },
        Loss {
            name: "d_real",
            title: "D(real)",
            unit: "probability",
            help: "How real the discriminator finds real pictures, on average.",
        },
        Loss {
            name: "d_fake",
            title: "D(fake)",
            unit: "probability",
            help: "How real the discriminator finds generated pictures, on average.",
        },
    ],
    data: "digits",
};

/// `[n, z]` → `[n, c, s, s]`, −1 to 1.
#[derive(Module, Debug)]
pub struct Generator {
    project: ConvTranspose2d,
    bn: BatchNorm,
    up: Up,
}

impl Generator {
    fn new(shape: &Shape, width: usize, z: usize, device: &Device) -> Self {
        let (count, side) = halvings(shape.width);
        let deepest = channels(width, count - 1);
        Self {
            project: ConvTranspose2dConfig::new([z, deepest], [side, side]).with_bias(false).init(device),
            bn: BatchNormConfig::new(deepest).init(device),
            up: Up::new(shape.channels, shape.width, width, false, device),
        }
    }

    /// The first layer is a transposed convolution over a 1×1 picture of z: as a matrix product it is the same
    /// sum with one well-shaped call (its weight `[z, c, k, k]` is a `z × ckk` matrix as it lies).
    fn forward(&self, z: Tensor<2>) -> Tensor<4> {
        fast::tanh(self.up.forward(self.hidden(z)))
    }

    /// `[n, z]` → the first activations `[n, c, k, k]`.
    fn hidden(&self, z: Tensor<2>) -> Tensor<4> {
        let n = z.dims()[0];
        let [_, to, k, _] = self.project.weight.dims();
        let x = z.matmul(self.first_weight()).reshape([n, to, k, k]);
        fast::norm(&self.bn, x, fast::RELU)
    }

    fn first_weight(&self) -> Tensor<2> {
        let weight = self.project.weight.val();
        let [from, to, k, _] = weight.dims();
        weight.reshape([from, to * k * k])
    }
}

/// `[n, c, s, s]`, −1 to 1 → logits `[n, 1]` ("real").
#[derive(Module, Debug)]
pub struct Discriminator {
    down: Down,
    judge: Conv2d,
}

/// σ of the step, on the pictures' scale of −1 to 1, over which D's slope is taken.
const STEP: f32 = 0.02;

impl Discriminator {
    fn new(shape: &Shape, width: usize, device: &Device) -> Self {
        let (count, side) = halvings(shape.width);
        Self {
            down: Down::new(shape.channels, shape.width, width, Activation::Leaky, device),
            judge: Conv2dConfig::new([channels(width, count - 1), 1], [side, side])
                .with_bias(false)
                .init(device),
        }
    }

    /// The last layer's kernel covers the whole grid, so the convolution is a matrix product.
    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let h = self.down.forward(x).flatten::<2>(1, 3);
        let [_, features] = h.dims();
        h.matmul(self.judge.weight.val().reshape([features, 1]))
    }

    /// Logits of real pictures `[n, c, s, s]`, and what D pays for its slope there. Both ends of the slope are in one
    /// batch, so that batch norm sees one and the same distribution.
    fn on_real(&self, x: Tensor<4>, lambda: f32, noise: &mut Noise) -> (Tensor<2>, Option<Tensor<1>>) {
        if lambda == 0.0 {
            return (self.forward(x), None);
        }
        let [n, c, h, w] = x.dims();
        let away = noise.normal([n, c * h * w], &x.device()).reshape([n, c, h, w]) * STEP;
        let both = self.forward(Tensor::cat(vec![x.clone(), x + away], 0));
        let (here, there) = (both.clone().slice_dim(0, 0..n), both.slice_dim(0, n..2 * n));
        (here.clone(), Some(objective::gradient_penalty(here, there, STEP, lambda)))
    }

    fn verdict(&self, real: Tensor<4>, fake: Tensor<4>, lambda: f32, noise: &mut Noise) -> Verdict {
        let (on_real, penalty) = self.on_real(real, lambda, noise);
        let on_fake = self.forward(fake);
        let game = objective::says_real(on_real.clone()) + objective::says_fake(on_fake.clone());
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
    generator: Part<Generator>,
    discriminator: Part<Discriminator>,
    average: Generator,
    z: usize,
}

/// Builds the system with the paper's initialisation.
pub fn build(
    shape: Shape,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    shape.check_square()?;
    let (z, width) = (settings.count(&RECIPE, "z"), settings.count(&RECIPE, "width"));
    let training = device.clone().autodiff();
    let generator = Generator::new(&shape, width, z, &training);
    let generator = init::initialise(generator, "generator", seed, Init::Dcgan);
    let discriminator = Discriminator::new(&shape, width, &training);
    let discriminator = init::initialise(discriminator, "discriminator", seed, Init::Dcgan);
    let average = generator.valid();
    Ok(Box::new(Training {
        generator: Part::new("generator", generator, 0.5, 0.999),
        discriminator: Part::new("discriminator", discriminator, 0.5, 0.999),
        average,
        z,
    }))
}

impl System for Training {
    fn step(&mut self, made: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turns = settings.count(&RECIPE, common::D_STEPS_NAME).max(1);
        let turn = settings.get(&RECIPE, common::TURN_NAME);
        let n = batch.x.dims()[0] / turns;
        // What D sees of pictures of −1 to 1.
        let seen = |x: Tensor<4>, noise: &mut Noise| augment::veil(x, noise, &RECIPE, settings, 2.0);
        let real = |i: usize, noise: &mut Noise| {
            seen(batch.x.clone().slice_dim(0, i * n..(i + 1) * n) * 2.0 - 1.0, noise)
        };
        let rate_d = settings.get(&RECIPE, "learning_rate_d");
        let lambda = settings.get(&RECIPE, "penalty") as f32;
        // Turns of the discriminator before the one that both share.
        for i in (1..turns).filter(|_| turn != common::G_ONLY) {
            let fake = self.generator.module.forward(noise.normal([n, self.z], &batch.x.device()));
            let (real, fake) = (real(i, noise), seen(fake.detach(), noise));
            let verdict = self.discriminator.module.verdict(real, fake, lambda, noise);
            self.discriminator.descend(verdict.loss, rate_d);
        }

        let fake = self.generator.module.forward(noise.normal([n, self.z], &batch.x.device()));
        let (real, fake) = (real(0, noise), seen(fake, noise));
        let d = &self.discriminator.module;
        let Verdict { loss, game, on_real, on_fake } = d.verdict(real, fake.clone().detach(), lambda, noise);
        let d_real = activation::sigmoid(on_real.detach()).mean();
        let d_fake = activation::sigmoid(on_fake.detach()).mean();
        let shown_d = game.detach();
        if turn != common::G_ONLY {
            self.discriminator.descend(loss, rate_d);
        }

        // D only passes the gradient on: its weights need none here.
        let d = self.discriminator.module.clone().no_grad();
        let loss_g = objective::says_real(d.forward(fake));
        let shown_g = loss_g.clone().detach();
        if turn != common::D_ONLY {
            self.generator.descend(loss_g, settings.get(&RECIPE, "learning_rate_g"));
            let decay = ema::decay(settings.get(&RECIPE, "ema") as f32, made);
            // `valid()` gives the average batch-norm statistics of its own: a copy lent to the screen must not
            // change while it is looked at.
            self.average = ema::blend(self.average.valid(), &self.generator.module.valid(), decay);
        }

        Tensor::cat(vec![shown_d, shown_g, d_real, d_fake], 0).inner()
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained { generator: self.average.valid(), z: self.z })
    }

    fn weights(&self) -> Vec<(String, TensorData)> {
        let mut all = named::collect(&self.average, "generator_ema");
        all.extend(self.generator.weights());
        all.extend(self.discriminator.weights());
        all
    }

    fn optimisers(&self) -> Result<Vec<(String, TensorData)>, String> {
        Ok(vec![self.generator.optimiser()?, self.discriminator.optimiser()?])
    }

    fn probe(&mut self, on: bool) {
        self.generator.probe(on);
        self.discriminator.probe(on);
    }

    fn gradients(&self) -> Vec<Gradient> {
        let mut all = self.generator.gradients();
        all.extend(self.discriminator.gradients());
        all
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        self.average = named::load(self.average.clone(), "generator_ema", tensors)?;
        self.generator.restore(tensors)?;
        self.discriminator.restore(tensors)
    }
}

struct Trained {
    generator: Generator,
    z: usize,
}

impl Model for Trained {
    fn decode(&self, z: Tensor<2>) -> Option<Tensor<4>> {
        Some((self.generator.forward(z) + 1.0) * 0.5)
    }

    fn taps(&self, z: Tensor<2>) -> Vec<Tap> {
        self.generator.up.taps("generator.project", self.generator.hidden(z), "generator.up")
    }

    fn hidden(&self, z: Tensor<2>) -> Option<Tensor<2>> {
        Some(self.generator.hidden(z).flatten(1, 3))
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        Some(self.generator.first_weight())
    }

    fn latent_dims(&self) -> usize {
        self.z
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Trained { generator: self.generator.clone(), z: self.z })
    }
}
