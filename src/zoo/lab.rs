//! The adversarial laboratory: a GAN of two small networks whose samples are points of the plane (Goodfellow et al. 2014), so
//! small that all of it can be seen: where G puts its samples, what D says everywhere, and how far D is from the optimal
//! discriminator D* = p / (p + q).
//!
//! Shapes: z (2) → 128 → 128 → a point (2); a point (2) → 128 → 128 → C (1). The game is one of a menu
//! ([`super::adversarial`]); Adam 1e-3, β₁ 0.5, β₂ 0.9. What is shown is an averaged copy of the generator.
//!
//! Must not know: files, messages, which distribution the points are of.

use super::adversarial::{self, Players, Rules};
use super::averaged::Averaged;
use super::model::{Model, Plane};
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Need, Recipe, Scale, Setting, Settings, common};
use crate::data::plane::{BOUND, dot};
use crate::nn::mlp::{Bend, Mlp};
use crate::nn::{Dual, Init, Noise, Watch, init};
use crate::objective::game::Game;
use crate::point::Input;
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

/// Units of a hidden layer.
const HIDDEN: Setting = Setting {
    name: "hidden",
    title: "Units in a layer",
    help: "How wide the hidden layers of G and D are: more can bend the plane more finely.",
    default: 128.0,
    min: 2.0,
    max: 1024.0,
    scale: Scale::Integer,
    live: false,
};

/// Hidden layers.
const DEPTH: Setting = Setting {
    name: "depth",
    title: "Hidden layers",
    help: "How many hidden layers G and D have: with none D is a straight line.",
    default: 2.0,
    min: 0.0,
    max: 6.0,
    scale: Scale::Integer,
    live: false,
};

/// What follows a hidden layer.
const BEND: Setting = Setting {
    name: "activation",
    title: "Activation",
    help: "What follows each hidden layer: ReLUs make D of flat pieces with edges between them, tanh makes it smooth.",
    default: 0.0,
    min: 0.0,
    max: 2.0,
    scale: Scale::Choice(&[(0.0, "ReLU"), (1.0, "leaky ReLU"), (2.0, "tanh")]),
    live: false,
};

/// σ of the grain on all that D sees.
const GRAIN: Setting = Setting {
    name: "noise",
    title: "Instance noise σ",
    help: "What D sees, real and generated, is moved by Gaussian noise of this σ (the plane is 4 wide): narrow modes become broad, and D can't win outright; 0 = as it is.",
    default: 0.0,
    min: 0.0,
    max: 1.0,
    scale: Scale::Linear,
    live: true,
};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "lab",
    title: "2-D laboratory",
    summary: "A GAN whose samples are points of the plane: all that G, D and their game do can be seen.",
    paper: "Goodfellow et al. 2014, Generative Adversarial Networks",
    parts: &[common::GENERATOR, common::DISCRIMINATOR, common::AVERAGE],
    needs: &[Need::Points],
    phases: &[],
    tiny: &[("batch", 16.0), ("hidden", 8.0)],
    settings: &[
        adversarial::LOSS,
        common::rate_g(1e-3),
        common::rate_d(1e-3),
        common::batch(256.0),
        common::latent(2.0),
        HIDDEN,
        DEPTH,
        BEND,
        common::TURN,
        common::D_STEPS,
        Setting { default: 0.1, ..common::PENALTY },
        adversarial::R2,
        Setting { default: 0.1, ..adversarial::SLOPE },
        Setting { default: 0.1, ..adversarial::CLIP },
        adversarial::SMOOTHING,
        adversarial::PACK,
        GRAIN,
        common::EMA,
        Setting { help: "Width and height of the small pictures of single points.", ..common::size(32.0) },
    ],
    losses: &common::GAME,
    data: "2d-ring",
};

/// A discriminator of packs of points: `[n, 2]` → C `[n / pack, 1]`.
#[derive(Module, Debug)]
pub struct Discriminator {
    mlp: Mlp,
    #[module(skip)]
    pack: usize,
}

impl Discriminator {
    /// `[n, 2]` → `[n / pack, 1]`.
    fn forward(&self, x: Dual<2>) -> Dual<2> {
        let packs = x.value.dims()[0] / self.pack;
        let packed = |x: Tensor<2>| x.slice_dim(0, 0..packs * self.pack).reshape([packs, 2 * self.pack]);
        let x = if self.pack == 1 { x } else { x.linear(packed) }; // [n / pack, 2 · pack]
        self.mlp.forward(x, "discriminator.mlp", &mut Watch::nobody()) // [n / pack, 1]
    }
}

#[derive(Clone)]
struct Training {
    generator: Averaged<Mlp>,
    discriminator: Part<Discriminator>,
    z: usize,
    /// What was played in the last step.
    game: Game,
    shape: Shape,
}

/// Builds the system with PyTorch's initialisation.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let shape = facts.shape;
    if shape.width != shape.height {
        return Err("the plane is a square: leave the height of its pictures alone".into());
    }
    let count = |name| settings.count(&RECIPE, name);
    let bend = match count(BEND.name) {
        0 => Bend::Relu,
        1 => Bend::Leaky,
        _ => Bend::Tanh,
    };
    let (z, pack, training) = (count("z"), count("pack").max(1), device.clone().autodiff());
    let mlp = |ends| Mlp::new(ends, count(HIDDEN.name), count(DEPTH.name), bend, &training);
    let generator = init::initialise(mlp([z, 2]), "generator", seed, Init::Torch);
    let discriminator = Discriminator { mlp: mlp([2 * pack, 1]), pack };
    let discriminator = init::initialise(discriminator, "discriminator", seed, Init::Torch);
    Ok(Box::new(Training {
        generator: Averaged::new("generator", generator, 0.5, 0.9),
        discriminator: Part::new("discriminator", discriminator, 0.5, 0.9),
        z,
        game: Game::at(count(adversarial::LOSS_NAME)),
        shape,
    }))
}

/// One step's batch.
struct Turns<'a> {
    points: Tensor<2>,
    /// Points in a turn.
    n: usize,
    turns: usize,
    pack: usize,
    z: usize,
    settings: &'a Settings,
}

impl Players<Mlp, Discriminator, 2> for Turns<'_> {
    fn real(&self, i: usize, noise: &mut Noise) -> Tensor<2> {
        let x = adversarial::of_turn(self.points.clone(), i, self.turns, self.pack); // [n, 2]
        self.seen(x, noise) // [n, 2]
    }

    fn latents(&self, noise: &mut Noise) -> Tensor<2> {
        adversarial::latents(self.n, self.z, noise, &self.points.device()) // [n, z]
    }

    fn fake(&self, g: &Mlp, z: Tensor<2>, _: usize) -> Tensor<2> {
        g.forward(z, "generator", &mut Watch::nobody()).value // [n, 2]
    }

    fn seen(&self, x: Tensor<2>, noise: &mut Noise) -> Tensor<2> {
        let sigma = self.settings.get(&RECIPE, GRAIN.name) as f32;
        if sigma == 0.0 {
            return x; // [n, 2]
        }
        let grain = noise.normal(x.dims(), &x.device());
        x + grain * sigma // [n, 2]
    }

    fn judge(&self, d: &Discriminator, x: Dual<2>, _: usize) -> Dual<2> {
        d.forward(x) // [n / pack, 1]
    }
}

impl System for Training {
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turns = settings.count(&RECIPE, common::D_STEPS_NAME).max(1);
        // Its data has points, or the recipe would not have begun.
        let points = batch.points.clone().unwrap_or_else(|| Tensor::zeros([turns, 2], &batch.x.device()));
        let pack = self.discriminator.module.pack;
        let n = adversarial::in_turn(points.dims()[0], turns, pack);
        let players = Turns { points, n, turns, pack, z: self.z, settings };
        let rules = Rules::of(&RECIPE, settings);
        self.game = rules.game;
        let Self { generator, discriminator, .. } = self;
        adversarial::step(generator, discriminator, &players, &rules, (&RECIPE, settings), step, noise).0
    }

    fn model(&self) -> Box<dyn Model> {
        let (generator, discriminator) = (self.generator.shown(), self.discriminator.module.valid());
        Box::new(Trained { generator, discriminator, z: self.z, game: self.game, shape: self.shape })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.generator, &self.discriminator]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.generator, &mut self.discriminator]
    }
}

#[derive(Clone)]
struct Trained {
    generator: Mlp,
    discriminator: Discriminator,
    z: usize,
    game: Game,
    shape: Shape,
}

/// Points `[n, 2]` as bright dots, each in a picture of its own: `[n, channels, side, side]`, 0–1.
fn pictured(points: Tensor<2>, Shape { width: side, channels, .. }: Shape) -> Tensor<4> {
    let (n, device) = (points.dims()[0], points.device());
    let at: Vec<f32> = (0..side).map(|i| ((i as f32 + 0.5) / side as f32 * 2.0 - 1.0) * BOUND).collect();
    let places = Tensor::<2>::from_data(TensorData::new(at, [1, side]), &device); // [1, side]
    let sigma = dot(side) * 2.0 * BOUND / side as f32;
    // A Gaussian of two directions is the product of two of one.
    let along = |at: Tensor<2>| ((at - places.clone()).square() / (-2.0 * sigma * sigma)).exp(); // [n, side]
    let across = along(points.clone().slice_dim(1, 0..1)).reshape([n, 1, 1, side]); // [n, 1, 1, side]
    let down = along(-points.slice_dim(1, 1..2)).reshape([n, 1, side, 1]); // [n, 1, side, 1]
    (down * across).expand([n, channels, side, side]) // [n, channels, side, side]
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::z(self.z)]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let points = self.generator.forward(given.latent(0)?, "generator", watch).value; // [n, 2]
        Some(pictured(points, self.shape)) // [n, channels, side, side], 0 to 1
    }

    fn plane(&self) -> Option<&dyn Plane> {
        Some(self)
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        self.generator.first_weight()
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

impl Plane for Trained {
    fn points(&self, given: &Given) -> Option<Tensor<2>> {
        Some(self.generator.forward(given.latent(0)?, "generator", &mut Watch::nobody()).value) // [n, 2]
    }

    fn critic(&self, x: Tensor<2>) -> Tensor<2> {
        // A pack of the same point, where D judges several at once.
        let pack = self.discriminator.pack;
        let n = x.dims()[0];
        let x = x.reshape([n, 1, 2]).expand([n, pack, 2]).reshape([n * pack, 2]); // [n · pack, 2]
        self.discriminator.forward(x.into()).value // [n, 1]
    }

    fn game(&self) -> Game {
        self.game
    }
}
