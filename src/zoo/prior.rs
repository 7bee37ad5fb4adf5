//! Priors over grids of codes: a gated PixelCNN for each level, the coarsest first, each told of the level above (Razavi et al.
//! 2019, section 3.2; van den Oord et al. 2017, section 3.3). p(codes) = p(top) · p(bottom | top).
//!
//! Must not know: how pictures become codes, files, messages.

use super::averaged::Averaged;
use super::model::CodesAsked;
use super::{Loss, Recipe, Role, Scale, Setting, Settings, pixelcnn};
use crate::nn::host::floats;
use crate::nn::pixelcnn::output::Output;
use crate::nn::pixelcnn::sampler::{Ask, Sampler};
use crate::nn::pixelcnn::{PixelCnn, Plan, Told};
use crate::nn::{Init, Watch, init};
use crate::random::dice;
use burn::tensor::{Device, Int, Tensor};
use std::sync::Arc;

/// Name of the phase in which priors learn.
pub const PHASE: &str = "prior";
/// Name of the setting that says when it begins.
pub const FROM_NAME: &str = "prior_from";
/// How slowly the averaged copy that draws follows.
const DECAY: f32 = 0.999;

/// Steps before the second phase.
pub const fn from(default: f64) -> Setting {
    Setting {
        name: FROM_NAME,
        title: "Prior from step",
        help: "After so many steps encoder, decoder and codebook stay as they are, and the prior over the codes learns: then codes can be drawn. It can be begun earlier by hand.",
        default,
        min: 0.0,
        max: 1e9,
        scale: Scale::Integer,
        live: false,
    }
}

/// The priors' learning rate.
pub const RATE: Setting = Setting {
    name: "prior_rate",
    title: "Prior's learning rate",
    help: "Step size of the priors over codes.",
    default: 1e-3,
    min: 1e-6,
    max: 1e-1,
    scale: Scale::Log,
    live: true,
};

/// Features of the priors.
pub const WIDTH: Setting = Setting {
    name: "prior_width",
    title: "Prior's width",
    help: "Numbers of a place in each layer of the priors over codes.",
    default: 64.0,
    min: 4.0,
    max: 512.0,
    scale: Scale::Integer,
    live: false,
};

/// Layers of the priors.
pub const LAYERS: Setting = Setting {
    name: "prior_layers",
    title: "Prior's layers",
    help: "Layers of each prior over codes: each sees one place further.",
    default: 8.0,
    min: 1.0,
    max: 40.0,
    scale: Scale::Integer,
    live: false,
};

/// Whether the priors are told the class.
pub const CONDITIONAL: Setting = Setting {
    title: "Prior is told the class",
    help: "Whether the priors are told which class a picture is of, where the data has classes, and so can be asked for one.",
    default: 1.0,
    scale: Scale::Choice(&[(0.0, "no"), (1.0, "where there are classes")]),
    ..pixelcnn::CONDITIONAL
};

/// The settings that only priors depend on.
pub const SETTINGS: [&str; 4] = [FROM_NAME, WIDTH.name, LAYERS.name, CONDITIONAL.name];

/// What a level's codes cost.
pub const fn cost(name: &'static str, title: &'static str) -> Loss {
    Loss {
        name,
        title,
        unit: "nats per image",
        help: "−ln p of the codes by the prior that learns them: how improbable it finds the grids that pictures become.",
        role: Role::Term,
        axis: "nats",
        even: None,
    }
}

/// What the prior of a level is made for: so many codes of vectors of `d` numbers, so many classes, and maps of `map` numbers
/// a place of the level above; 0 = none.
pub fn plan(recipe: &Recipe, settings: &Settings, [codes, d, classes, map]: [usize; 4]) -> Plan {
    Plan {
        inputs: d,
        features: settings.count(recipe, WIDTH.name),
        layers: settings.count(recipe, LAYERS.name),
        classes,
        map,
        blind: false,
        output: Output::Levels { levels: codes, channels: 1 },
    }
}

/// The classes that priors are told of so many in the data; 0 = none.
pub fn classes(recipe: &Recipe, settings: &Settings, classes: usize) -> usize {
    if settings.count(recipe, CONDITIONAL.name) > 0 && classes > 1 { classes } else { 0 }
}

/// Steps that priors have made before the step after `step`.
pub fn steps(recipe: &Recipe, settings: &Settings, step: u64) -> u64 {
    step.saturating_sub(settings.count(recipe, FROM_NAME) as u64)
}

/// One level's prior in training.
#[derive(Clone)]
pub struct Learning {
    /// Its network.
    pub part: Averaged<PixelCnn>,
    output: Output,
}

impl Learning {
    /// With fresh weights that follow from the seed and the name. `device`: one with autodiff.
    pub fn new(name: &'static str, plan: &Plan, seed: u64, device: &Device) -> Self {
        let net = init::initialise(PixelCnn::new(plan, device), name, seed, Init::Torch);
        Self { part: Averaged::new(name, net, 0.9, 0.999), output: plan.output }
    }

    /// One step on grids of codes `[n, h, w]` with their vectors `[n, d, h, w]`; gives −ln p in nats per image, `[1]`. `step`:
    /// steps that the prior has made.
    pub fn step(
        &mut self,
        codes: Tensor<3, Int>,
        vectors: Tensor<4>,
        told: &Told,
        rate: f64,
        step: u64,
    ) -> Tensor<1> {
        let net = self.part.playing(true);
        let cost = costs(&net, self.output, codes, vectors, told).mean(); // [1]
        let shown = cost.clone().detach();
        self.part.descend(cost, rate, DECAY, step);
        shown
    }

    /// What draws.
    pub fn shown(&self) -> Prior {
        Prior { net: self.part.shown(), output: self.output }
    }
}

/// −ln p of grids of codes `[n, h, w]` with their vectors `[n, d, h, w]`, in nats: `[n]`.
fn costs(
    net: &PixelCnn,
    output: Output,
    codes: Tensor<3, Int>,
    vectors: Tensor<4>,
    told: &Told,
) -> Tensor<1> {
    let [n, h, w] = codes.dims();
    let features = net.forward(vectors, told, "", &mut Watch::nobody()); // [n, f, h, w]
    let costs = net.head().cost(output, features, codes.reshape([n, 1, h, w])); // [n, 1, h, w]
    costs.reshape([n, h * w]).sum_dim(1).reshape([n]) // [n]
}

/// One level's prior, for drawing.
#[derive(Clone)]
pub struct Prior {
    net: PixelCnn,
    output: Output,
}

impl Prior {
    /// The weights as they draw. `table`: what goes in for each code `[entries, d]`.
    pub fn sampler(&self, table: Tensor<2>) -> Sampler {
        Sampler::of(&self.net, self.output, Some(table))
    }

    /// See [`CodesPrior::costs`](super::model::CodesPrior::costs): codes `[n, h, w]` and their vectors `[n, d, h, w]` → `[n]`.
    pub fn costs(&self, codes: Tensor<3, Int>, vectors: Tensor<4>, told: &Told) -> Tensor<1> {
        costs(&self.net, self.output, codes, vectors, told) // [n]
    }
}

/// Among the numbers that dice follow from, the one that a class is drawn by; levels have those below.
const CLASS: usize = 1 << 16;

/// Draws the grids `[height, width]` of one level: for each sample those that are kept, or fresh ones. `map`: what the level
/// is told of the one above, `[n, m, h, w]`. `None`: `go_on` said no.
pub fn draw(
    sampler: &Sampler,
    (level, classes): (usize, usize),
    asked: &[CodesAsked],
    size: [usize; 2],
    map: Option<Tensor<4>>,
    go_on: &mut dyn FnMut() -> bool,
) -> Option<Vec<Arc<[u16]>>> {
    let places = size[0] * size[1];
    let maps = map.map(|m| {
        let [n, numbers, h, w] = m.dims();
        let each = numbers * h * w;
        let rows = floats(m.permute([0, 2, 3, 1])); // [n, h, w, m]
        (0..n).map(|i| rows[i * each..(i + 1) * each].to_vec()).collect::<Vec<_>>()
    });
    let kept = |a: &CodesAsked| a.kept.get(level).cloned().flatten().filter(|k| k.len() == places);
    let mut asks = Vec::new();
    for (i, a) in asked.iter().enumerate().filter(|(_, a)| kept(a).is_none()) {
        let class = a.class.unwrap_or(dice(u64::from(a.seed), CLASS) as usize % classes.max(1));
        asks.push(Ask {
            // Levels throw dice of their own, so that one can be drawn anew without the other.
            seed: dice(u64::from(a.seed), level),
            temperature: a.temperatures.get(level).copied().unwrap_or(1.0),
            class: (0..classes).map(|k| f32::from(u8::from(k == class))).collect(),
            map: maps.as_ref().and_then(|m| m.get(i).cloned()).unwrap_or_default(),
            given: Default::default(),
        });
    }
    let mut drawn = sampler.draw(asks, size, |_| go_on())?.into_iter();
    asked.iter().map(|a| kept(a).or_else(|| drawn.next().map(Into::into))).collect()
}
