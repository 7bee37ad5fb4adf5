//! Where people walk next: Social GAN (Gupta, Johnson, Fei-Fei, Savarese and Alahi 2018, "Social GAN: socially acceptable trajectories
//! with generative adversarial networks"). An encoder reads how each person walked, a pooling tells each what the others are about to
//! do, and a decoder walks on from there and from a noise that all of a scene share, so that one noise is one future of all. Of k futures
//! only the best pays for its distance to the truth (the variety loss), which leaves the others free to be something else; a
//! discriminator says of whole tracks how real they are.
//!
//! Shapes of n people who are m at most in a scene: tracks n×8×2 → steps n×7×2 → 16 → LSTM 32; pairs n·m×(16 + 32) → 64 → 32, the most
//! of each; 32 + 32 → 64 → 24, with z 8 → LSTM 32 → n×12×2. D: n×20×2 → 16 → LSTM 64 → 64 → C.
//!
//! As in the published code pooling is done once and D judges each track by itself; unlike there, the last layer of each MLP is
//! linear, the variety loss is of distances in metres and not of squared steps, scenes are turned at random if asked, and gradients
//! are not clipped, as Adam divides by their size anyway.
//!
//! Must not know: files, messages, the window.

use super::adversarial::{self, Rules};
use super::model::Predictor;
use super::system::{Batch, Facts, Scenes, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Loss, Model, Need, Recipe, Role, Scale, Setting, Settings, common};
use crate::data::crowds::picture;
use crate::data::tracks::{self, Span};
use crate::nn::host::floats;
use crate::nn::mlp::{Bend, Mlp};
use crate::nn::network::run::Value;
use crate::nn::social::{Company, Decoder, Encoder, Pooling, Walked, moves};
use crate::nn::{Dual, Init, Noise, Watch, init};
use crate::point::Input;
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use std::f32::consts::PI;

/// Name of the setting that says of how many futures the best pays.
pub const BEST_OF: &str = "best_of";

/// A count of units.
const fn units(name: &'static str, title: &'static str, help: &'static str, default: f64) -> Setting {
    Setting { name, title, help, default, min: 2.0, max: 512.0, scale: Scale::Integer, live: false }
}

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "social-gan",
    title: "Social GAN",
    summary: "Foretells where people walk who give way to each other: many futures of one scene.",
    paper: "Gupta, Johnson, Fei-Fei, Savarese and Alahi 2018, Social GAN: Socially Acceptable Trajectories with Generative Adversarial Networks",
    parts: &[common::GENERATOR, common::DISCRIMINATOR],
    needs: &[Need::Tracks],
    phases: &[],
    tiny: &[
        ("batch", 4.0),
        ("z", 4.0),
        ("units", 12.0),
        ("units_d", 8.0),
        ("embedding", 6.0),
        ("hidden", 16.0),
        ("pooled", 6.0),
        (BEST_OF, 2.0),
        ("size", 32.0),
    ],
    settings: &[
        adversarial::LOSS,
        common::rate_g(1e-3),
        common::rate_d(1e-3),
        Setting { help: "Scenes in one optimiser step, for each turn of D.", ..common::batch(32.0) },
        common::latent(8.0),
        Setting {
            name: BEST_OF,
            title: "Best of k",
            help: "How many futures of each scene are drawn in a step, of which only the best pays for its distance to the truth: more leave more freedom to be something else. The published models have 20, their script 10.",
            default: 10.0,
            min: 1.0,
            max: 50.0,
            scale: Scale::Integer,
            live: true,
        },
        Setting {
            name: "variety",
            title: "Weight of variety",
            help: "What G pays for each metre that the best of its futures is away from the truth, beside what it pays to D; 0 leaves it to D alone.",
            default: 10.0,
            min: 0.0,
            max: 1000.0,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: "turned",
            title: "Turn scenes",
            help: "Turn each scene of a step by any angle, so that few scenes stand for many; the published code does not.",
            default: 1.0,
            min: 0.0,
            max: 1.0,
            scale: Scale::Choice(&[(0.0, "no"), (1.0, "yes")]),
            live: true,
        },
        units("units", "Units of G", "What G's LSTMs remember of each person, z with it.", 32.0),
        units("units_d", "Units of D", "What D's LSTM remembers of each track.", 64.0),
        units("embedding", "Embedding", "Numbers that a step or a distance becomes.", 16.0),
        units(
            "hidden",
            "Hidden layers",
            "How wide the hidden layers of the pooling and of the others are; the published pooling has 512.",
            64.0,
        ),
        units("pooled", "Pooled", "Numbers that each is told of the others in the scene.", 32.0),
        common::TURN,
        Setting { default: 2.0, ..common::D_STEPS },
        common::PENALTY,
        adversarial::R2,
        Setting { default: 1.0, ..adversarial::SLOPE },
        adversarial::CLIP,
        adversarial::SMOOTHING,
        Setting { help: "Width and height of the small pictures of scenes.", ..common::size(64.0) },
    ],
    losses: &[
        common::GAME[0],
        common::GAME[1],
        Loss {
            name: "best",
            title: "Best of k",
            unit: "m",
            help: "Mean distance to the truth of the best of k futures of each scene, over people and steps.",
            role: Role::Term,
            axis: "metres",
            even: None,
        },
        Loss {
            name: "mean",
            title: "Mean of k",
            unit: "m",
            help: "The same of all k on average: far above the best where futures differ.",
            role: Role::Figure,
            axis: "metres",
            even: None,
        },
        common::GAME[2],
        common::GAME[3],
    ],
    data: "crowds",
};

/// Reads, pools and walks on.
#[derive(Module, Debug)]
struct Generator {
    encoder: Encoder,
    pooling: Pooling,
    context: Mlp,
    decoder: Decoder,
}

impl Generator {
    /// What people did `[n, past, 2]` as what they are about to do, without noise: `[n, units − z]`.
    fn read(&self, past: Tensor<3>, company: &Company) -> Tensor<2> {
        let [n, steps, _] = past.dims();
        let last = past.clone().slice_dim(1, steps - 1..steps).reshape([n, 2]); // [n, 2]
        let read = self.encoder.forward(past.into()).value; // [n, units]
        let told = self.pooling.forward(read.clone(), last, company, "generator.pooling.mlp"); // [n, pooled]
        let both = Tensor::cat(vec![read, told], 1); // [n, units + pooled]
        self.context.forward(both, "generator.context", &mut Watch::nobody()).value // [n, units − z]
    }

    /// k futures of people, by the noises of their scenes `[k · scenes, z]`, a future of all after the other: `[k · n, steps, 2]`.
    fn walk(&self, past: Tensor<3>, company: &Company, z: Tensor<2>, future: usize) -> Walked {
        let ([n, steps, _], scenes) = (past.dims(), company.first.dims()[0].max(1));
        let ([all, dims], read) = (z.dims(), self.read(past.clone(), company)); // [n, units − z]
        let k = all / scenes;
        let last = moves(past).slice_dim(1, steps - 2..steps - 1).reshape([n, 2]); // [n, 2]
        // Everybody of a scene has the noise of that scene.
        let own = z.reshape([k, scenes, dims]).select(1, company.scene.clone()).reshape([k * n, dims]); // [k · n, z]
        let hidden = Tensor::cat(vec![read.repeat_dim(0, k), own], 1); // [k · n, units]
        self.decoder.forward(hidden, last.repeat_dim(0, k), future) // [k · n, future, 2]
    }
}

/// Says of tracks how real they are: `[n, steps, 2]` → C `[n, 1]`.
#[derive(Module, Debug)]
struct Discriminator {
    encoder: Encoder,
    classifier: Mlp,
}

impl Discriminator {
    /// `[n, steps, 2]` → `[n, 1]`.
    fn forward(&self, at: Dual<3>) -> Dual<2> {
        let read = self.encoder.forward(at); // [n, units]
        self.classifier.forward(read, "discriminator.classifier", &mut Watch::nobody()) // [n, 1]
    }
}

#[derive(Clone)]
struct Training {
    generator: Part<Generator>,
    discriminator: Part<Discriminator>,
    span: Span,
    z: usize,
    shape: Shape,
}

/// Builds the system with PyTorch's initialisation of dense layers. Fails for data without tracks, and where there is no room for
/// z beside what is remembered.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    RECIPE.check_data(facts)?;
    let (Some(span), shape) = (facts.tracks, facts.shape) else {
        return Err(format!("{} needs tracks of people", RECIPE.name));
    };
    if span.past < 2 || span.future < 1 {
        return Err(format!("{} needs two steps that are observed and one to come", RECIPE.name));
    }
    if shape.width != shape.height {
        return Err("scenes are drawn as squares: leave the height of their pictures alone".into());
    }
    let count = |name| settings.count(&RECIPE, name);
    let [z, units, embedding, hidden, pooled] = ["z", "units", "embedding", "hidden", "pooled"].map(count);
    if z >= units {
        return Err(format!(
            "the {z} dimensions of z are a part of G's {units} units: choose fewer than {units}"
        ));
    }
    let training = device.clone().autodiff();
    let mlp = |ends| Mlp::new(ends, hidden, 1, Bend::Relu, &training);
    let generator = Generator {
        encoder: Encoder::new(embedding, units, &training),
        pooling: Pooling::new([embedding, units, hidden, pooled], &training),
        context: mlp([units + pooled, units - z]),
        decoder: Decoder::new(embedding, units, &training),
    };
    let units_d = count("units_d");
    let discriminator =
        Discriminator { encoder: Encoder::new(embedding, units_d, &training), classifier: mlp([units_d, 1]) };
    let generator = init::initialise(generator, "generator", seed, Init::Torch);
    let discriminator = init::initialise(discriminator, "discriminator", seed, Init::Torch);
    Ok(Box::new(Training {
        generator: Part::new("generator", generator, 0.9, 0.999),
        discriminator: Part::new("discriminator", discriminator, 0.9, 0.999),
        span,
        z,
        shape,
    }))
}

/// The scenes of turn `i` of `turns` of a batch: one at least.
fn of_turn(Scenes { at, counts }: &Scenes, i: usize, turns: usize) -> Scenes {
    let size = (counts.len() / turns.max(1)).max(1);
    let first = (i * size).min(counts.len().saturating_sub(size));
    let own = counts[first..(first + size).min(counts.len())].to_vec();
    let before: usize = counts[..first].iter().sum();
    let people: usize = own.iter().sum();
    Scenes { at: at.clone().slice_dim(0, before..before + people), counts: own }
}

/// Tracks `[n, steps, 2]` of which each scene is turned by an angle of its own: the same shape.
fn turned(Scenes { at, counts }: &Scenes, noise: &mut Noise) -> Tensor<3> {
    let n = at.dims()[0];
    let angles = noise.uniforms(counts.len(), PI);
    let of = |f: fn(f32) -> f32| -> Tensor<3> {
        let each = angles.iter().zip(counts).flat_map(|(a, count)| std::iter::repeat_n(f(*a), *count));
        Tensor::from_data(TensorData::new(each.collect::<Vec<f32>>(), [n, 1, 1]), &at.device())
    };
    let (sin, cos) = (of(f32::sin), of(f32::cos)); // [n, 1, 1] each
    let [x, y] = [0, 1].map(|k| at.clone().slice_dim(2, k..k + 1)); // [n, steps, 1] each
    let across = x.clone() * cos.clone() - y.clone() * sin.clone(); // [n, steps, 1]
    Tensor::cat(vec![across, x * sin + y * cos], 2) // [n, steps, 2]
}

impl Training {
    /// k futures for every scene, `[k · n, future, 2]` from where people were last, and tracks `[n, steps, 2]` that end in the first.
    fn drawn(
        &self,
        g: &Generator,
        at: &Tensor<3>,
        company: &Company,
        k: usize,
        noise: &mut Noise,
    ) -> (Tensor<3>, Tensor<3>) {
        let (past, n) = (at.clone().slice_dim(1, 0..self.span.past), at.dims()[0]);
        let z = noise.normal([k * company.first.dims()[0], self.z], &at.device()); // [k · scenes, z]
        let walked = g.walk(past.clone(), company, z, self.span.future).at; // [k · n, future, 2]
        let last = past.clone().slice_dim(1, self.span.past - 1..self.span.past); // [n, 1, 2]
        let first = walked.clone().slice_dim(0, 0..n) + last; // [n, future, 2]
        (walked, Tensor::cat(vec![past, first], 1)) // [n, steps, 2]
    }

    /// How far k futures `[k · n, future, 2]` of each scene are from the truth `[n, steps, 2]`, on average over people and steps, m:
    /// `[k, scenes]`.
    fn away(&self, walked: Tensor<3>, at: &Tensor<3>, company: &Company) -> Tensor<2> {
        let (n, Span { past, future, .. }) = (at.dims()[0], self.span);
        let k = walked.dims()[0] / n.max(1);
        let last = at.clone().slice_dim(1, past - 1..past); // [n, 1, 2]
        let truth = at.clone().slice_dim(1, past..past + future) - last; // [n, future, 2]
        let squared = (walked - truth.repeat_dim(0, k)).square().sum_dim(2); // [k · n, future, 1]
        // At no distance at all a root has no slope.
        let far = (squared + 1e-8).sqrt().mean_dim(1).reshape([k, n]); // [k, n]
        far.matmul(company.share.clone()) // [k, scenes]
    }
}

impl System for Training {
    fn step(&mut self, _: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turn = settings.get(&RECIPE, common::TURN_NAME);
        let rules = Rules::of(&RECIPE, settings);
        let (learns_g, learns_d) = (turn != common::D_ONLY, turn != common::G_ONLY);
        let turns = settings.count(&RECIPE, common::D_STEPS_NAME).max(1);
        let k = settings.count(&RECIPE, BEST_OF).max(1);
        let device = batch.x.device();
        // Its data has tracks, or the recipe would not have begun.
        let still = || Scenes { at: Tensor::zeros([2, self.span.steps(), 2], &device), counts: vec![2] };
        let scenes = batch.tracks.clone().unwrap_or_else(still);
        let whirl = settings.get(&RECIPE, "turned") > 0.0;
        let seen = |i: usize, noise: &mut Noise| {
            let own = of_turn(&scenes, i, turns);
            let at = if whirl { turned(&own, noise) } else { own.at.clone() }; // [n, steps, 2]
            (at, Company::of(&own.counts, &device))
        };
        let judge = |d: &Discriminator, x: Dual<3>| d.forward(x); // [n, 1]
        let learns = learns_d.then(|| (settings.get(&RECIPE, "learning_rate_d"), 1.0));
        for i in (1..turns).filter(|_| learns_d) {
            let (real, company) = seen(i, noise);
            let (_, fake) = self.drawn(&self.generator.playing(false), &real, &company, 1, noise);
            rules.turn_of_d(&mut self.discriminator, &judge, [real, fake], learns, noise);
        }
        let (real, company) = seen(0, noise);
        let g = self.generator.playing(learns_g);
        let (walked, fake) = self.drawn(&g, &real, &company, k, noise);
        let samples = [real.clone(), fake.clone()];
        let turn = rules.turn_of_d(&mut self.discriminator, &judge, samples, learns, noise);
        let away = self.away(walked, &real, &company); // [k, scenes]
        let (best, mean) = (away.clone().min_dim(0).mean(), away.mean()); // [1] each
        let held = self.discriminator.playing(false);
        let on = |x: Tensor<3>| held.forward(x.into()).value; // [n, 1]
        let loss_g = rules.game.generator(on(fake), || on(real)); // [1]
        let shown = [&loss_g, &best, &mean].map(|loss| loss.clone().detach()); // [1] each
        if learns_g {
            let loss = loss_g + best * settings.get(&RECIPE, "variety") as f32; // [1]
            self.generator.descend(loss, settings.get(&RECIPE, "learning_rate_g"));
        }
        let [game, best, mean] = shown;
        Tensor::cat(vec![turn.paid, game, best, mean, turn.on_real, turn.on_fake], 0).inner()
    }

    fn model(&self) -> Box<dyn Model> {
        let generator = self.generator.module.valid();
        Box::new(Trained { generator, span: self.span, z: self.z, shape: self.shape })
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
    generator: Generator,
    span: Span,
    z: usize,
    shape: Shape,
}

impl Trained {
    /// Scenes `people × past × 2` as one tensor `[people, past, 2]`, and who is in which.
    fn gathered<'a>(&self, scenes: impl Iterator<Item = &'a [f32]>, device: &Device) -> (Tensor<3>, Company) {
        let (mut all, mut counts) = (Vec::new(), Vec::new());
        for scene in scenes {
            counts.push(tracks::people(scene, self.span.past));
            all.extend_from_slice(scene);
        }
        let people = counts.iter().sum();
        let at = Tensor::from_data(TensorData::new(all, [people, self.span.past, 2]), device); // [people, past, 2]
        (at, Company::of(&counts, device))
    }
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::z(self.z), Input::tracks(self.span)]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let (z, scenes) = (given.latent(0)?, given.tracks(1)?); // [n, z]
        let (n, device, Shape { width: side, channels, .. }) = (scenes.len(), z.device(), self.shape);
        let (past, company) = self.gathered(scenes.iter().map(|s| &**s), &device); // [people, past, 2]
        let Walked { at, moves, hidden } = self.generator.walk(past, &company, z, self.span.future); // [people, future, 2]
        // Of each scene the first person is looked at.
        let first = company.first.clone();
        watch.layer(
            || "generator.decoder.lstm.hidden".into(),
            || Value::Flat(hidden.select(0, first.clone())), // [n, units]
        );
        watch.layer(
            || "generator.decoder.place".into(),
            || Value::Flat(moves.select(0, first.clone()).flatten(1, 2)), // [n, future · 2]
        );
        let walked = floats(at);
        let mut rest = walked.as_slice();
        let mut pixels = Vec::with_capacity(n * channels * side * side);
        for scene in scenes {
            let count = tracks::people(scene, self.span.past) * self.span.future * 2;
            let (own, after) = rest.split_at(count.min(rest.len()));
            rest = after;
            let future = placed(scene, own, self.span);
            let colours = picture::drawn(scene, &future, self.span, side);
            match channels {
                1 => pixels.extend(colours.iter().map(|[r, g, b]| 0.299 * r + 0.587 * g + 0.114 * b)),
                _ => (0..channels).for_each(|c| pixels.extend(colours.iter().map(|colour| colour[c.min(2)]))),
            }
        }
        Some(Tensor::from_data(TensorData::new(pixels, [n, channels, side, side]), &device)) // [n, channels, side, side]
    }

    fn predictor(&self) -> Option<&dyn Predictor> {
        Some(self)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

/// Futures from where people were last, `people × future × 2`, as where they are.
fn placed(past: &[f32], walked: &[f32], span: Span) -> Vec<f32> {
    let last = tracks::each(past, span.past).filter_map(|t| t.last().copied());
    let each = tracks::each(walked, span.future);
    last.zip(each).flat_map(|([x, y], t)| t.iter().flat_map(move |[dx, dy]| [x + dx, y + dy])).collect()
}

impl Predictor for Trained {
    fn span(&self) -> Span {
        self.span
    }

    fn futures(&self, past: &[f32], z: Tensor<2>) -> Tensor<4> {
        let ([k, _], device, Span { past: seen, future, .. }) = (z.dims(), z.device(), self.span);
        let (past, company) = self.gathered([past].into_iter(), &device); // [people, past, 2]
        let people = past.dims()[0];
        let last = past.clone().slice_dim(1, seen - 1..seen).reshape([1, people, 1, 2]); // [1, people, 1, 2]
        let walked = self.generator.walk(past, &company, z, future).at; // [k · people, future, 2]
        walked.reshape([k, people, future, 2]) + last // [k, people, future, 2]
    }
}
