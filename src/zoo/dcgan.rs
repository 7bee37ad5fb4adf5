//! DCGAN: Radford, Metz and Chintala 2016, "Unsupervised representation learning with deep convolutional
//! generative adversarial networks", with the non-saturating loss of Goodfellow et al. 2014.
//!
//! Shapes for 64×64: z (100) → 8w×4² → 4w×8² → 2w×16² → w×32² → 3×64×64, tanh (mapped to 0–1); the discriminator
//! mirrors it with LeakyReLU 0.2 and no batch norm next to the picture. All kernels 4×4, stride 2; 28×28 goes
//! 4 → 7 → 14 → 28, the first of these 3×3. Convolutions start as N(0, 0.02), batch norm as N(1, 0.02); Adam 2e-4, β₁ 0.5. What is
//! shown is an averaged copy of the generator. The game is one of a menu ([`super::adversarial`]), with penalties on D's slope,
//! packs, and blur and noise of what the discriminator sees.
//!
//! Must not know: files, messages.

use super::adversarial::{self, Judged, Players, Rules};
use super::augment::{self, D_BLUR, D_NOISE};
use super::averaged::Averaged;
use super::common;
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Model, Recipe, Scale, Setting, Settings};
use crate::nn::fast;
use crate::nn::network::run::Value;
use crate::nn::stack::{Activation, Down, Up, channels, halvings};
use crate::nn::{Dual, Init, Noise, Watch, init};
use crate::point::Input;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::{Device, Tensor};

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
        adversarial::LOSS,
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
        adversarial::R2,
        adversarial::SLOPE,
        adversarial::CLIP,
        adversarial::SMOOTHING,
        adversarial::PACK,
        D_NORM,
        D_BLUR,
        D_NOISE,
        common::EMA,
    ],
    losses: &common::GAME,
    data: "digits",
};

/// Whether D has batch norm.
pub const D_NORM: Setting = Setting {
    name: "d_norm",
    title: "Batch norm in D",
    help: "DCGAN has it. WGAN-GP, DRAGAN, R1 and R2 ask for the slope at each sample alone, which batch norm blurs: choose no with them.",
    default: 1.0,
    min: 0.0,
    max: 1.0,
    scale: Scale::Choice(&[(0.0, "no"), (1.0, "yes")]),
    live: false,
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
    #[module(skip)]
    pack: usize,
}

impl Discriminator {
    /// `norm`: whether it has batch norm; `pack`: pictures that it judges at once.
    fn new(shape: &Shape, width: usize, classes: usize, norm: bool, pack: usize, device: &Device) -> Self {
        let (count, smallest) = halvings(shape.size());
        let from = pack * (shape.channels + classes);
        Self {
            down: Down::new(from, shape.size(), width, Activation::Leaky, norm, device),
            judge: Conv2dConfig::new([channels(width, count - 1), 1], smallest).with_bias(!norm).init(device),
            pack,
        }
    }

    /// Pictures `[n, c, s, s]` and one-hot classes `[n, classes]` → logits `[n / pack, 1]`. The last layer's kernel covers the
    /// whole grid, so the convolution is a matrix product. A class is a map of ones among maps of zeros; a pack is the
    /// channels of all its pictures.
    fn forward(&self, x: Dual<4>, class: Option<Tensor<2>>) -> Dual<2> {
        let [n, _, h, w] = x.value.dims();
        let x = match class {
            Some(class) => {
                let classes = class.dims()[1];
                let maps = class.reshape([n, classes, 1, 1]).expand([n, classes, h, w]); // [n, classes, s, s]
                x.beside(maps) // [n, c + classes, s, s]
            }
            None => x, // [n, c, h, w]
        };
        let x = match self.pack {
            1 => x,
            pack => x.linear(|x| {
                let (packs, c) = (n / pack, x.dims()[1]);
                x.slice_dim(0, 0..packs * pack).reshape([packs, pack * c, h, w]) // [n / pack, pack · c, s, s]
            }),
        };
        let h = self.down.forward(x).linear(|h| h.flatten::<2>(1, 3)); // [n, deepest · h · w]
        let features = h.value.dims()[1];
        let weight = self.judge.weight.val().reshape([features, 1]); // [deepest · h · w, 1]
        let logits = h.linear(|h| h.matmul(weight.clone())); // [n, 1]
        match &self.judge.bias {
            Some(bias) => logits.plus(bias.val().unsqueeze()), // [n, 1]
            None => logits,                                    // [n, 1]
        }
    }
}

#[derive(Clone)]
struct Training {
    generator: Averaged<Generator>,
    discriminator: Part<Discriminator>,
    z: usize,
    /// Names of the classes that are given beside z; none without a condition.
    classes: Vec<String>,
    /// What D said in the last step.
    judged: Option<Judged<4>>,
}

impl Training {
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
    let norm = settings.get(&RECIPE, D_NORM.name) == 1.0;
    let pack = settings.count(&RECIPE, adversarial::PACK.name).max(1);
    let discriminator = Discriminator::new(&shape, width, classes.len(), norm, pack, &training);
    let discriminator = init::initialise(discriminator, "discriminator", seed, Init::Dcgan);
    Ok(Box::new(Training {
        generator: Averaged::new("generator", generator, 0.5, 0.999),
        discriminator: Part::new("discriminator", discriminator, 0.5, 0.999),
        z,
        classes,
        judged: None,
    }))
}

/// One step's batch.
struct Turns<'a> {
    batch: &'a Batch,
    /// The batch's classes, one-hot `[all, classes]`.
    class: Option<Tensor<2>>,
    /// Pictures in a turn.
    n: usize,
    turns: usize,
    pack: usize,
    z: usize,
    settings: &'a Settings,
}

impl Turns<'_> {
    /// The classes `[n, classes]` of the `i`-th turn's pictures; what is generated in that turn is of the same.
    fn class(&self, i: usize) -> Option<Tensor<2>> {
        self.class.clone().map(|c| adversarial::of_turn(c, i, self.turns, self.pack)) // [n, classes]
    }
}

impl Players<Generator, Discriminator, 4> for Turns<'_> {
    fn real(&self, i: usize, noise: &mut Noise) -> Tensor<4> {
        let x = adversarial::of_turn(self.batch.x.clone(), i, self.turns, self.pack); // [n, c, h, w]
        self.seen(x * 2.0 - 1.0, noise) // [n, c, h, w], −1 to 1
    }

    fn latents(&self, noise: &mut Noise) -> Tensor<2> {
        adversarial::latents(self.n, self.z, noise, &self.batch.x.device()) // [n, z]
    }

    fn fake(&self, g: &Generator, z: Tensor<2>, i: usize) -> Tensor<4> {
        g.forward(z, self.class(i), &mut Watch::nobody()) // [n, c, h, w], −1 to 1
    }

    fn seen(&self, x: Tensor<4>, noise: &mut Noise) -> Tensor<4> {
        augment::instance_noise(x, noise, &RECIPE, self.settings, 2.0) // [n, c, h, w]
    }

    fn judge(&self, d: &Discriminator, x: Dual<4>, i: usize) -> Dual<2> {
        d.forward(x, self.class(i)) // [n / pack, 1]
    }
}

impl System for Training {
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turns = settings.count(&RECIPE, common::D_STEPS_NAME).max(1);
        let pack = self.discriminator.module.pack;
        let (class, n) = (self.condition(batch), adversarial::in_turn(batch.x.dims()[0], turns, pack));
        let players = Turns { batch, class, n, turns, pack, z: self.z, settings };
        let rules = Rules::of(&RECIPE, settings);
        let Self { generator, discriminator, .. } = self;
        let (losses, judged) =
            adversarial::step(generator, discriminator, &players, &rules, (&RECIPE, settings), step, noise);
        self.judged = Some(judged);
        losses
    }

    fn judged(&self) -> Option<Judged<4>> {
        self.judged.clone().map(Judged::to_unit)
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
