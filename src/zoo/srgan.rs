//! Super-resolution: SRResNet and SRGAN (Ledig et al. 2017, "Photo-realistic single image super-resolution using a generative adversarial
//! network"). First the generator learns by the mean squared error alone (SRResNet); then a discriminator plays against it, and
//! it pays besides for features that differ from the true picture's. The paper takes these from VGG, which is not here: they
//! are the discriminator's own last maps.
//!
//! Shapes for 64×64, ×4 and width 32: small picture c×16² → 32×16² through the blocks → 32×32² → 32×64² → c×64², about −1 to 1. The small
//! pictures are made in the step, bicubically ([`crate::nn::resample`]), so that any data will do.
//!
//! Must not know: files, messages.

use super::adversarial::{self, Judged, Rules};
use super::model::{Fed, Upscaler};
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Loss, Model, Phase, Recipe, Role, Scale, Setting, Settings, common};
use crate::nn::resample::bicubic;
use crate::nn::srresnet::{Judge, Plan, SrResNet};
use crate::nn::{Dual, Init, Noise, Watch, init};
use crate::point::{self, Input, Kind};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Name of the picture that goes in.
pub const LOW: &str = "low";
/// Name of the second phase.
const GAME_PHASE: &str = "adversarial";

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "srgan",
    title: "SRGAN",
    summary: "Small pictures become large ones, first as near as possible to the true ones, then as sharp as those.",
    paper: "Ledig et al. 2017, Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network",
    parts: &[common::GENERATOR, common::DISCRIMINATOR],
    needs: &[],
    phases: &[
        Phase { name: "SRResNet", begins: None, losses: &["mse", "psnr"], settings: &[] },
        Phase {
            name: GAME_PHASE,
            begins: Some(FROM.name),
            losses: &["loss_d", "loss_g", "features", "mse", "psnr", "d_real", "d_fake"],
            settings: &[],
        },
    ],
    tiny: &[
        ("batch", 4.0),
        ("width", 4.0),
        ("d_width", 4.0),
        ("blocks", 1.0),
        ("size", 32.0),
        ("kernel", 5.0),
    ],
    settings: &[
        adversarial::LOSS,
        common::rate_g(4e-4),
        common::rate_d(2e-4),
        common::batch(16.0),
        FACTOR,
        FROM,
        Setting {
            name: "adversarial",
            title: "Weight of D's word",
            help: "How much G pays, once there is a D, for being found out, beside the squared error: 0 stays SRResNet, more is sharper and invents more.",
            default: 1e-3,
            min: 0.0,
            max: 1.0,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: "features",
            title: "Weight of features",
            help: "How much G pays, once there is a D, for features that differ from the true picture's; they are those of D, in place of the paper's VGG.",
            default: 6e-3,
            min: 0.0,
            max: 1.0,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: "blocks",
            title: "Residual blocks",
            help: "How deep G is: the paper has 16, 8 suit a processor.",
            default: 8.0,
            min: 1.0,
            max: 32.0,
            scale: Scale::Integer,
            live: false,
        },
        common::width(32.0),
        Setting {
            name: "d_width",
            title: "Width of D",
            help: "Channels of D next to the picture; deeper layers have up to eight times as many. The paper has 64.",
            default: 16.0,
            min: 4.0,
            max: 128.0,
            scale: Scale::Integer,
            live: false,
        },
        Setting {
            name: "kernel",
            title: "First and last kernel",
            help: "Side of the first and last kernel of G: the paper has 9, and 5 is quicker.",
            default: 9.0,
            min: 3.0,
            max: 9.0,
            scale: Scale::Choice(&[(3.0, "3"), (5.0, "5"), (9.0, "9")]),
            live: false,
        },
        common::size(64.0),
        common::HEIGHT,
        common::COLOUR,
        common::TURN,
        common::PENALTY,
        adversarial::R2,
        adversarial::SLOPE,
        adversarial::CLIP,
        adversarial::SMOOTHING,
    ],
    losses: &[
        common::GAME[0],
        common::GAME[1],
        Loss {
            name: "features",
            title: "Features",
            unit: "of their scale",
            help: "Mean squared difference of D's features to the true picture's.",
            role: Role::Term,
            axis: "features",
            even: None,
        },
        Loss {
            name: "mse",
            title: "Squared error",
            unit: "−1 to 1 scale",
            help: "Mean squared difference of a pixel to the true picture.",
            role: Role::Term,
            axis: "mse",
            even: None,
        },
        Loss {
            name: "psnr",
            title: "PSNR",
            unit: "dB",
            help: "Peak signal-to-noise ratio of the batch's pictures in all colours; the papers' figures are of Y alone.",
            role: Role::Figure,
            axis: "psnr",
            even: None,
        },
        common::GAME[2],
        common::GAME[3],
    ],
    data: "faces",
};

const FACTOR: Setting = Setting {
    name: "factor",
    title: "Enlarged by",
    help: "How many times wider and higher the large picture is.",
    default: 4.0,
    min: 2.0,
    max: 4.0,
    scale: Scale::Choice(&[(2.0, "2"), (4.0, "4")]),
    live: false,
};

const FROM: Setting = Setting {
    name: "adversarial_from",
    title: "D begins after",
    help: "After how many steps the discriminator begins; until then G learns by the squared error alone (SRResNet).",
    default: 6000.0,
    min: 1.0,
    max: 1e7,
    scale: Scale::Integer,
    live: false,
};

#[derive(Clone)]
struct Training {
    generator: Part<SrResNet>,
    discriminator: Part<Judge>,
    shape: Shape,
    /// Whether D plays.
    playing: bool,
    /// What D said in the last step.
    judged: Option<Judged<4>>,
}

/// Builds the system with PyTorch's initialisation. Fails for sides that are no multiples of the factor.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let shape = facts.shape;
    let factor = settings.count(&RECIPE, FACTOR.name);
    shape.check_halved_exactly(RECIPE.name, factor.max(2).ilog2())?;
    let training = device.clone().autodiff();
    let plan = Plan {
        channels: shape.channels,
        width: settings.count(&RECIPE, "width"),
        blocks: settings.count(&RECIPE, "blocks"),
        factor,
        kernel: settings.count(&RECIPE, "kernel"),
    };
    let generator = init::initialise(SrResNet::new(plan, &training), "generator", seed, Init::Torch);
    let d_width = settings.count(&RECIPE, "d_width");
    let discriminator = Judge::new(shape.channels, shape.size(), d_width, &training);
    let discriminator = init::initialise(discriminator, "discriminator", seed, Init::Torch);
    Ok(Box::new(Training {
        generator: Part::new("generator", generator, 0.9, 0.999),
        discriminator: Part::new("discriminator", discriminator, 0.9, 0.999),
        shape,
        playing: false,
        judged: None,
    }))
}

/// A picture of −1 to 1 made small: `[n, c, h, w]` → `[n, c, h / factor, w / factor]`, in 8 bits as a file has it.
fn small(x: Tensor<4>, factor: usize) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    let low = bicubic(x, [h / factor, w / factor]).clamp(-1.0, 1.0); // [n, c, h / factor, w / factor]
    ((low + 1.0) * 127.5).round() / 127.5 - 1.0
}

/// PSNR of a mean squared error `[1]` on the scale of −1 to 1, in dB: `[1]`.
fn decibels(mse: Tensor<1>) -> Tensor<1> {
    (mse * 0.25).clamp_min(1e-10).log() * (-10.0 / std::f32::consts::LN_10)
}

impl System for Training {
    fn step(&mut self, _: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turn = settings.get(&RECIPE, common::TURN_NAME);
        // Without a D nothing else could learn.
        let learns_g = turn != common::D_ONLY || !self.playing;
        let learns_d = turn != common::G_ONLY;
        let real = batch.x.clone() * 2.0 - 1.0; // [n, c, h, w]
        let low = small(real.clone(), self.generator.module.factor()); // [n, c, h / factor, w / factor]
        let g = self.generator.playing(learns_g);
        let fake = g.forward(low, "generator", &mut Watch::nobody()); // [n, c, h, w]
        let mse = (real.clone() - fake.clone()).square().mean(); // [1]
        let shown_mse = mse.clone().detach(); // [1]
        let psnr = decibels(shown_mse.clone()); // [1]
        let rate_g = settings.get(&RECIPE, "learning_rate_g");
        if !self.playing {
            self.generator.descend(mse, rate_g);
            return Tensor::cat(vec![shown_mse, psnr], 0).inner();
        }
        let rules = Rules::of(&RECIPE, settings);
        let judge = |d: &Judge, x: Dual<4>| d.verdict(d.features(x)); // [n, 1]
        let learns = learns_d.then(|| (settings.get(&RECIPE, "learning_rate_d"), 1.0));
        let samples = [real.clone(), fake.clone()];
        let turn = rules.turn_of_d(&mut self.discriminator, &judge, samples, learns, noise);
        self.judged = Some(turn.judged);
        let held = self.discriminator.playing(false);
        let of_fake = held.features(fake.into()); // [n, f, h / 16, w / 16]
        let of_real = held.features(real.into()); // [n, f, h / 16, w / 16]
        let features = (of_fake.value.clone() - of_real.value.clone().detach()).square().mean(); // [1]
        let loss_g = rules.game.generator(held.verdict(of_fake).value, || held.verdict(of_real).value); // [1]
        let (shown_g, shown_features) = (loss_g.clone().detach(), features.clone().detach()); // [1] each
        if learns_g {
            let [adversarial, matched] =
                ["adversarial", "features"].map(|name| settings.get(&RECIPE, name) as f32);
            self.generator.descend(mse + loss_g * adversarial + features * matched, rate_g);
        }
        Tensor::cat(vec![turn.paid, shown_g, shown_features, shown_mse, psnr, turn.on_real, turn.on_fake], 0)
            .inner()
    }

    fn enter(&mut self, _: usize, _: &Settings, _: u64) {
        self.playing = true;
    }

    fn judged(&self) -> Option<Judged<4>> {
        self.judged.clone().map(Judged::to_unit)
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained { generator: self.generator.module.valid(), shape: self.shape })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.generator, &self.discriminator]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.generator, &mut self.discriminator]
    }
}

struct Trained {
    generator: SrResNet,
    shape: Shape,
}

impl Trained {
    /// `[n, c, h, w]`, 0–1 → `[n, c, factor·h, factor·w]`, 0–1.
    fn large(&self, low: Tensor<4>, watch: &mut Watch<'_>) -> Tensor<4> {
        let x = self.generator.forward(low * 2.0 - 1.0, "generator", watch); // [n, c, factor·h, factor·w], about −1 to 1
        ((x + 1.0) * 0.5).clamp(0.0, 1.0)
    }
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let (Shape { width, height, channels, .. }, by) = (self.shape, self.generator.factor());
        let kind =
            Kind::Picture { width: width / by, height: height / by, channels, role: point::Role::Photo };
        vec![Input { name: LOW.into(), kind, home: None }]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        Some(self.large(given.picture(0)?, watch)) // [n, c, factor·h, factor·w]
    }

    fn read(&self, x: Tensor<4>) -> Vec<(usize, Fed)> {
        let low = small(x * 2.0 - 1.0, self.generator.factor()); // [n, c, h / factor, w / factor]
        vec![(0, Fed::Picture((low + 1.0) * 0.5))]
    }

    fn upscaler(&self) -> Option<&dyn Upscaler> {
        Some(self)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Trained { generator: self.generator.clone(), shape: self.shape })
    }
}

impl Upscaler for Trained {
    fn factor(&self) -> usize {
        self.generator.factor()
    }

    fn channels(&self) -> usize {
        self.shape.channels
    }

    fn reach(&self) -> usize {
        self.generator.reach()
    }

    fn enlarge(&self, low: Tensor<4>) -> Tensor<4> {
        self.large(low, &mut Watch::nobody()) // [n, c, factor·h, factor·w]
    }
}
