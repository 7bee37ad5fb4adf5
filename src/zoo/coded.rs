//! What systems with codebooks share, whether they have one level of codes or several: settings, losses, the step, and the
//! model that is looked at. What is a system's own is its network ([`Codec`]).
//!
//! A run has two phases: first encoder, decoder and codebooks learn, then, beside these as they are, the priors over the codes.
//!
//! Must not know: any one system, files, messages.

use super::augment;
use super::model::{CodesAsked, CodesPrior};
use super::prior::{self, Learning, Prior};
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Fed, Given, Loss, Model, Phase, Recipe, Role, Scale, Setting, Settings};
use crate::nn::codebook::{Codebook, Quantised};
use crate::nn::pixelcnn::Told;
use crate::nn::pixelcnn::sampler::Sampler;
use crate::nn::{Init, Noise, Tensors, Watch, init};
use crate::point::{Input, Kind, Value, Values};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::sync::{Arc, OnceLock};

/// Entries of each codebook.
pub const fn entries(default: f64) -> Setting {
    Setting {
        name: "entries",
        title: "Codebook entries",
        help: "How many codes there are to choose from in each place: more draw finer, and more of them go unused.",
        default,
        min: 2.0,
        max: 4096.0,
        scale: Scale::Integer,
        live: false,
    }
}

/// Numbers in a code's vector.
pub const fn code_size(default: f64) -> Setting {
    Setting {
        name: "code_size",
        title: "Numbers in a code",
        help: "Length of the vector that an entry of the codebook stands for.",
        default,
        min: 1.0,
        max: 256.0,
        scale: Scale::Integer,
        live: false,
    }
}

/// β of van den Oord et al. 2017.
pub const COMMITMENT: Setting = Setting {
    name: "commitment",
    title: "Commitment β",
    help: "How much the encoder pays for being far from the code that it chose: too little and codes flutter, too much and it stops learning.",
    default: 0.25,
    min: 0.0,
    max: 10.0,
    scale: Scale::Linear,
    live: true,
};

/// What the drawing costs.
pub const RECONSTRUCTION: Loss = Loss {
    name: "reconstruction",
    title: "Reconstruction",
    unit: "share of the variance",
    help: "Mean squared error of the picture drawn from its codes, divided by the variance of the pixels: 1 = a grey picture would do as well.",
    role: Role::Reconstruction,
    axis: "reconstruction",
    even: None,
};

/// What being between codes costs.
pub const COMMITTED: Loss = Loss {
    name: "commitment",
    title: "Commitment",
    unit: "squared distance",
    help: "‖z_e − e‖²: how far the encoder is from the codes that it chooses.",
    role: Role::Term,
    axis: "commitment",
    even: None,
};

/// Perplexity of one level's codes.
pub const fn perplexity(name: &'static str, title: &'static str) -> Loss {
    Loss {
        name,
        title,
        unit: "codes",
        help: "exp(entropy) of the codes in a batch: how many of them are in even use; near 1 the codebook has collapsed.",
        role: Role::Figure,
        axis: "perplexity",
        even: None,
    }
}

/// Share of one level's codes that are in use.
pub const fn in_use(name: &'static str, title: &'static str) -> Loss {
    Loss {
        name,
        title,
        unit: "share",
        help: "The part of the codebook's entries that stand for something in a batch; what is used rarely is not in every batch.",
        role: Role::CodesInUse,
        axis: "share",
        even: Some((1.0, "all")),
    }
}

/// The first phase of a run.
pub const fn phase(losses: &'static [&'static str]) -> Phase {
    Phase { name: "codes", begins: None, losses, settings: &[] }
}

/// The second one.
pub const fn prior_phase(losses: &'static [&'static str]) -> Phase {
    Phase { name: prior::PHASE, begins: Some(prior::FROM_NAME), losses, settings: &prior::SETTINGS }
}

/// Gives back what stands for the encodings `[n, d, h, w]` of a level, of the same shape.
pub type Quantise<'a> = dyn FnMut(usize, Tensor<4>) -> Tensor<4> + 'a;

/// A network between pictures and the codes of one level or more, the coarsest first. Its codebooks are kept beside it.
pub trait Codec: Module {
    /// Pictures `[n, c, H, W]`, −1 to 1 → what `quantise` gives for each level, `[n, d, h, w]` each.
    fn encode(&self, x: Tensor<4>, quantise: &mut Quantise<'_>) -> Vec<Tensor<4>>;

    /// The codes' vectors of each level, `[n, d, h, w]` each → `[n, c, H, W]`, about −1 to 1.
    fn decode(&self, vectors: Vec<Tensor<4>>, watch: &mut Watch<'_>) -> Tensor<4>;

    /// What the prior over a level's codes is told of the vectors `[n, d, h, w]` of the level above: `[n, d, H, W]` of its own grid.
    fn told(&self, above: Tensor<4>) -> Tensor<4> {
        above
    }
}

/// A level of codes.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    /// Name of the input that takes its codes.
    pub input: &'static str,
    /// What the names of its codebook's tensors begin with.
    pub codebook: &'static str,
    /// What those of its prior begin with.
    pub prior: &'static str,
    /// Pixels of the picture to a side of a place.
    pub pixels: usize,
}

/// −1 to 1 as 0–1: `[n, c, H, W]` → the same shape.
fn unit(x: Tensor<4>) -> Tensor<4> {
    (x + 1.0) * 0.5
}

/// Maps as rows, place by place: `[n, d, h, w]` → `[n · h · w, d]`.
fn rows(x: Tensor<4>) -> Tensor<2> {
    let [n, d, h, w] = x.dims();
    x.permute([0, 2, 3, 1]).reshape([n * h * w, d])
}

/// Rows as maps again: `[n · h · w, d]` → `[n, d, h, w]`.
fn maps(x: Tensor<2>, [n, h, w]: [usize; 3]) -> Tensor<4> {
    let d = x.dims()[1];
    x.reshape([n, h, w, d]).permute([0, 3, 1, 2])
}

/// A codebook's vectors as priors see them, `[entries, d]`: of mean square 1, whatever the encoder's scale is.
fn table(book: &Codebook) -> Tensor<2> {
    let vectors = book.vectors(); // [entries, d]
    let scale = vectors.clone().square().mean().sqrt().clamp_min(1e-6).reshape([1, 1]); // [1, 1]
    vectors / scale // [entries, d]
}

/// The rows of a table for grids of codes: `[entries, d]` and `[n, h, w]` → `[n, d, h, w]`.
fn look(table: Tensor<2>, codes: Tensor<3, Int>) -> Tensor<4> {
    let [n, h, w] = codes.dims();
    maps(table.select(0, codes.reshape([n * h * w])), [n, h, w]) // [n, d, h, w]
}

/// A system of codes in training.
#[derive(Clone)]
pub struct Training<N: Codec> {
    recipe: &'static Recipe,
    /// The network between pictures and codes.
    part: Part<N>,
    levels: &'static [Level],
    /// One for each level.
    codebooks: Vec<Codebook>,
    /// One for each level in the phase in which they learn, before it none.
    priors: Vec<Learning>,
    shape: Shape,
    classes: Vec<String>,
    device: Device,
}

impl<N: Codec> Training<N> {
    /// A network with fresh weights, and codebooks that wait for data. `device`: one with autodiff.
    pub fn new(
        (recipe, levels): (&'static Recipe, &'static [Level]),
        facts: &Facts,
        net: N,
        settings: &Settings,
        seed: u64,
        device: &Device,
    ) -> Self {
        let (entries, d) = (settings.count(recipe, "entries"), settings.count(recipe, "code_size"));
        let net = init::initialise(net, "", seed, Init::Torch);
        let codebooks = levels.iter().map(|_| Codebook::new(entries, d, device)).collect();
        let mut classes = facts.class_names();
        classes.truncate(prior::classes(recipe, settings, facts.shape.classes));
        Self {
            recipe,
            part: Part::new("", net, 0.9, 0.999),
            levels,
            codebooks,
            priors: Vec::new(),
            shape: facts.shape,
            classes,
            device: device.clone(),
        }
    }

    /// The weights of now, without gradients, with these priors.
    fn trained(&self, priors: Vec<Prior>) -> Trained<N> {
        Trained {
            net: self.part.module.valid(),
            levels: self.levels,
            codebooks: self.codebooks.iter().map(Codebook::valid).collect(),
            priors,
            samplers: Arc::new(OnceLock::new()),
            shape: self.shape,
            classes: self.classes.clone(),
        }
    }

    /// One step of encoder, decoder and codebooks.
    fn learn_codes(&mut self, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let recipe = self.recipe;
        let seen = augment::corrupt(batch.x.clone(), noise, recipe, settings) * 2.0 - 1.0; // [n, c, H, W]
        let (books, mut said, mut distances) = (&mut self.codebooks, Vec::new(), Vec::new());
        let vectors = self.part.module.encode(seen, &mut |level, encoded| {
            let [n, _, h, w] = encoded.dims();
            let encoded = rows(encoded); // [n · h · w, d]
            let still = encoded.clone().detach();
            books[level].begin(&still, noise);
            let Quantised { codes, vectors } = books[level].quantise(still.clone());
            distances.push((encoded.clone() - vectors.clone()).square().mean());
            said.push((still.clone(), codes));
            // Straight through: the value of the code's vector, the gradient of the encoding.
            maps(encoded + (vectors - still), [n, h, w])
        });
        let drawn = unit(self.part.module.decode(vectors, &mut Watch::nobody()));
        let x = batch.x.clone();
        let variance = (x.clone() - x.clone().mean().reshape([1, 1, 1, 1])).square().mean();
        let reconstruction = (x - drawn).square().mean() / (variance + 1e-8);
        let count = distances.len().max(1) as f32;
        let commitment = Tensor::cat(distances, 0).sum() / count; // [1]
        let mut shown = vec![reconstruction.clone().detach(), commitment.clone().detach()];
        let mut used = Vec::new();
        for (book, (encoded, codes)) in books.iter_mut().zip(said) {
            let learned = book.learn(encoded, codes, noise);
            shown.push(learned.perplexity);
            used.push(learned.in_use);
        }
        shown.extend(used);
        let beta = settings.get(recipe, "commitment") as f32;
        self.part.descend(reconstruction + commitment * beta, settings.get(recipe, "learning_rate"));
        Tensor::cat(shown, 0).inner()
    }

    /// One step of the priors, on the codes that the frozen encoder gives.
    fn learn_priors(&mut self, step: u64, batch: &Batch, settings: &Settings) -> Tensor<1> {
        let frozen = self.trained(Vec::new());
        let step = prior::steps(self.recipe, settings, step);
        let rate = settings.get(self.recipe, prior::RATE.name);
        let codes = frozen.codes(batch.x.clone().inner()); // [n, h, w] each
        let class = match self.classes.len() {
            0 => None,
            k => batch.classes.clone().map(|ids| ids.one_hot::<2>(k).float()), // [n, classes]
        };
        let mut shown = Vec::new();
        for (level, learning) in self.priors.iter_mut().enumerate() {
            let map = frozen.told(level, &codes).map(Tensor::from_inner); // [n, d, h, w]
            let told = Told { class: class.clone(), map };
            let vectors = Tensor::from_inner(look(table(&frozen.codebooks[level]), codes[level].clone())); // [n, d, h, w]
            let codes = Tensor::from_inner(codes[level].clone()); // [n, h, w]
            shown.push(learning.step(codes, vectors, &told, rate, step));
        }
        Tensor::cat(shown, 0).inner()
    }
}

impl<N: Codec + Sync + 'static> System for Training<N> {
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        match self.priors.is_empty() {
            true => self.learn_codes(batch, noise, settings),
            false => self.learn_priors(step, batch, settings),
        }
    }

    fn enter(&mut self, _: usize, settings: &Settings, seed: u64) {
        let d = settings.count(self.recipe, "code_size");
        let of = |(i, (level, book)): (usize, (&Level, &Codebook))| {
            let map = if i > 0 { d } else { 0 };
            let plan = prior::plan(self.recipe, settings, [book.entries(), d, self.classes.len(), map]);
            Learning::new(level.prior, &plan, seed, &self.device)
        };
        self.priors = self.levels.iter().zip(&self.codebooks).enumerate().map(of).collect();
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(self.trained(self.priors.iter().map(Learning::shown).collect()))
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        let priors = self.priors.iter().map(|p| &p.part as &dyn Learns);
        std::iter::once(&self.part as &dyn Learns).chain(priors).collect()
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        let priors = self.priors.iter_mut().map(|p| &mut p.part as &mut dyn Learns);
        std::iter::once(&mut self.part as &mut dyn Learns).chain(priors).collect()
    }

    fn weights(&self) -> Vec<(String, TensorData)> {
        let mut all: Vec<_> = self.parts().into_iter().flat_map(Learns::weights).collect();
        let books = self.levels.iter().zip(&self.codebooks);
        all.extend(books.flat_map(|(level, book)| book.collect(level.codebook)));
        all
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        for (level, book) in self.levels.iter().zip(&mut self.codebooks) {
            book.restore(level.codebook, tensors)?;
        }
        self.parts_mut().into_iter().try_for_each(|part| part.restore(tensors))
    }
}

struct Trained<N> {
    net: N,
    levels: &'static [Level],
    codebooks: Vec<Codebook>,
    /// One for each level, or none.
    priors: Vec<Prior>,
    /// The priors as they draw, read from the device when the first codes are drawn.
    samplers: Arc<OnceLock<Vec<Sampler>>>,
    shape: Shape,
    /// Classes that the priors are told.
    classes: Vec<String>,
}

impl<N: Codec> Trained<N> {
    /// Rows and columns of a level's grid.
    fn size(&self, level: &Level) -> [usize; 2] {
        self.shape.size().map(|side| side / level.pixels)
    }

    /// The vectors `[n, d, h, w]` that a level is given.
    fn vectors(&self, level: usize, given: &Given) -> Option<Tensor<4>> {
        let book = self.codebooks.get(level)?;
        let look = |codes: &Tensor<3, Int>| look(book.vectors(), codes.clone());
        match given.0.get(level)? {
            Fed::Codes(codes) => Some(look(codes)),
            Fed::Between(way) => {
                let (from, to) = (look(&way.from), look(&way.to)); // [n, d, h, w]
                let [n, _, h, w] = from.dims();
                let one = |v: Tensor<1>| v.reshape([n, 1, 1, 1]);
                let blend = from.clone() + (to - from) * one(way.part.clone()); // [n, d, h, w]
                let entries = || maps(book.quantise(rows(blend.clone())).vectors, [n, h, w]); // [n, d, h, w]
                match way.nearest.iter().any(|snaps| *snaps) {
                    false => Some(blend),
                    true => {
                        let snaps: Vec<f32> = way.nearest.iter().map(|s| f32::from(u8::from(*s))).collect();
                        let snaps = Tensor::from_data(TensorData::new(snaps, [n]), &blend.device());
                        Some(blend.clone() + (entries() - blend) * one(snaps)) // [n, d, h, w]
                    }
                }
            }
            _ => None,
        }
    }

    /// The codes of pictures `[n, c, H, W]`, 0–1, level by level: `[n, h, w]`.
    fn codes(&self, x: Tensor<4>) -> Vec<Tensor<3, Int>> {
        let mut read = Vec::new();
        self.net.encode(x * 2.0 - 1.0, &mut |level, encoded| {
            let [n, _, h, w] = encoded.dims();
            let Quantised { codes, vectors } = self.codebooks[level].quantise(rows(encoded));
            read.push(codes.reshape([n, h, w]));
            maps(vectors, [n, h, w])
        });
        read
    }

    /// What a level's prior is told of the codes `[n, h, w]` of the level above: `[n, d, H, W]`; `None` of the coarsest.
    fn told(&self, level: usize, codes: &[Tensor<3, Int>]) -> Option<Tensor<4>> {
        let above = level.checked_sub(1)?;
        let vectors = look(self.codebooks[above].vectors(), codes.get(above)?.clone()); // [n, d, h, w]
        Some(self.net.told(vectors)) // [n, d, H, W]
    }
}

impl<N: Codec> CodesPrior for Trained<N> {
    fn classes(&self) -> &[String] {
        &self.classes
    }

    fn draw(&self, asked: &[CodesAsked], go_on: &mut dyn FnMut() -> bool) -> Option<Vec<Values>> {
        let samplers = self.samplers.get_or_init(|| {
            let books = self.priors.iter().zip(&self.codebooks);
            books.map(|(prior, book)| prior.sampler(table(book))).collect()
        });
        if asked.is_empty() {
            return Some(Vec::new());
        }
        let device = self.codebooks.first()?.vectors().device();
        let mut codes: Vec<Tensor<3, Int>> = Vec::new();
        let mut all = vec![Values::new(); asked.len()];
        for (i, (level, sampler)) in self.levels.iter().zip(samplers).enumerate() {
            let ([h, w], map) = (self.size(level), self.told(i, &codes)); // [n, d, h, w]
            let grids = prior::draw(sampler, (i, self.classes.len()), asked, [h, w], map, go_on)?;
            let flat: Vec<i32> = grids.iter().flat_map(|g| g.iter().map(|c| i32::from(*c))).collect();
            codes.push(Tensor::from_data(TensorData::new(flat, [asked.len(), h, w]), &device));
            for (values, grid) in all.iter_mut().zip(grids) {
                values.insert(level.input.into(), Value::Codes(grid));
            }
        }
        Some(all)
    }

    fn costs(&self, given: &Given, class: Option<Tensor<2>>) -> Option<Vec<Tensor<1>>> {
        let codes: Vec<Tensor<3, Int>> =
            (0..self.levels.len()).map(|i| given.codes(i)).collect::<Option<_>>()?; // [n, h, w] each
        let class = class.filter(|_| !self.classes.is_empty());
        if class.is_none() && !self.classes.is_empty() {
            return None;
        }
        let of = |(i, prior): (usize, &Prior)| {
            let told = Told { class: class.clone(), map: self.told(i, &codes) };
            let vectors = look(table(&self.codebooks[i]), codes[i].clone()); // [n, d, h, w]
            prior.costs(codes[i].clone(), vectors, &told) // [n]
        };
        Some(self.priors.iter().enumerate().map(of).collect())
    }
}

impl<N: Codec + 'static> Model for Trained<N> {
    fn inputs(&self) -> Vec<Input> {
        let input = |(level, book): (&Level, &Codebook)| {
            let [height, width] = self.size(level);
            let kind = Kind::Codes { height, width, entries: book.entries() };
            Input { name: level.input.into(), kind, home: None }
        };
        self.levels.iter().zip(&self.codebooks).map(input).collect()
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let vectors = (0..self.levels.len()).map(|i| self.vectors(i, given)).collect::<Option<_>>()?; // [n, d, h, w] each
        Some(unit(self.net.decode(vectors, watch)).clamp(0.0, 1.0)) // [n, c, H, W]
    }

    fn read(&self, x: Tensor<4>) -> Vec<(usize, Fed)> {
        self.codes(x).into_iter().map(Fed::Codes).enumerate().collect()
    }

    fn codes_prior(&self) -> Option<&dyn CodesPrior> {
        (!self.priors.is_empty()).then_some(self)
    }

    fn codebook(&self, input: usize) -> Option<Tensor<2>> {
        self.codebooks.get(input).map(Codebook::vectors)
    }

    fn program(&self) -> Option<&'static str> {
        Some(concat!(include_str!("coded.py"), include_str!("gated.py"), include_str!("read.py")))
    }

    fn fork(&self) -> Box<dyn Model> {
        let Self { net, levels, codebooks, priors, samplers, shape, classes } = self;
        Box::new(Trained {
            net: net.clone(),
            levels,
            codebooks: codebooks.clone(),
            priors: priors.clone(),
            samplers: samplers.clone(),
            shape: *shape,
            classes: classes.clone(),
        })
    }
}
