//! What systems with codebooks share, whether they have one level of codes or several: settings, losses, the step, and the
//! model that is looked at. What is a system's own is its network ([`Codec`]).
//!
//! Must not know: any one system, files, messages.

use super::augment;
use super::system::{Batch, Shape, System};
use super::train::{Learns, Part};
use super::{Fed, Given, Loss, Model, Recipe, Role, Scale, Setting, Settings};
use crate::nn::codebook::{Codebook, Quantised};
use crate::nn::{Init, Noise, Tensors, Watch, init};
use crate::point::{Input, Kind};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};

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

/// Gives back what stands for the encodings `[n, d, h, w]` of a level, of the same shape.
pub type Quantise<'a> = dyn FnMut(usize, Tensor<4>) -> Tensor<4> + 'a;

/// A network between pictures and the codes of one level or more, the coarsest first. Its codebooks are kept beside it.
pub trait Codec: Module {
    /// Pictures `[n, c, H, W]`, −1 to 1 → what `quantise` gives for each level, `[n, d, h, w]` each.
    fn encode(&self, x: Tensor<4>, quantise: &mut Quantise<'_>) -> Vec<Tensor<4>>;

    /// The codes' vectors of each level, `[n, d, h, w]` each → `[n, c, H, W]`, about −1 to 1.
    fn decode(&self, vectors: Vec<Tensor<4>>, watch: &mut Watch<'_>) -> Tensor<4>;
}

/// A level of codes.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    /// Name of the input that takes its codes.
    pub input: &'static str,
    /// What the names of its codebook's tensors begin with.
    pub codebook: &'static str,
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

/// A system of codes in training.
#[derive(Clone)]
pub struct Training<N: Codec> {
    recipe: &'static Recipe,
    /// The network between pictures and codes.
    part: Part<N>,
    levels: &'static [Level],
    /// One for each level.
    codebooks: Vec<Codebook>,
    shape: Shape,
}

impl<N: Codec> Training<N> {
    /// A network with fresh weights, and codebooks that wait for data. `device`: one with autodiff.
    pub fn new(
        (recipe, levels): (&'static Recipe, &'static [Level]),
        shape: Shape,
        net: N,
        settings: &Settings,
        seed: u64,
        device: &Device,
    ) -> Self {
        let (entries, d) = (settings.count(recipe, "entries"), settings.count(recipe, "code_size"));
        let net = init::initialise(net, "", seed, Init::Torch);
        let codebooks = levels.iter().map(|_| Codebook::new(entries, d, device)).collect();
        Self { recipe, part: Part::new("", net, 0.9, 0.999), levels, codebooks, shape }
    }
}

impl<N: Codec + Sync + 'static> System for Training<N> {
    fn step(&mut self, _: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
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

    fn model(&self) -> Box<dyn Model> {
        let codebooks = self.codebooks.iter().map(Codebook::valid).collect();
        let Self { levels, shape, .. } = *self;
        Box::new(Trained { net: self.part.module.valid(), levels, codebooks, shape })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.part]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.part]
    }

    fn weights(&self) -> Vec<(String, TensorData)> {
        let mut all = self.part.weights();
        let books = self.levels.iter().zip(&self.codebooks);
        all.extend(books.flat_map(|(level, book)| book.collect(level.codebook)));
        all
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        for (level, book) in self.levels.iter().zip(&mut self.codebooks) {
            book.restore(level.codebook, tensors)?;
        }
        self.part.restore(tensors)
    }
}

struct Trained<N> {
    net: N,
    levels: &'static [Level],
    codebooks: Vec<Codebook>,
    shape: Shape,
}

impl<N: Codec> Trained<N> {
    /// The vectors `[n, d, h, w]` that a level is given.
    fn vectors(&self, level: usize, given: &Given) -> Option<Tensor<4>> {
        let book = self.codebooks.get(level)?;
        let look = |codes: Tensor<3, Int>| {
            let [n, h, w] = codes.dims();
            maps(book.lookup(codes.reshape([n * h * w])), [n, h, w])
        };
        match given.0.get(level)? {
            Fed::Codes(codes) => Some(look(codes.clone())),
            Fed::Between(way) => {
                let (from, to) = (look(way.from.clone()), look(way.to.clone())); // [n, d, h, w]
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
}

impl<N: Codec + 'static> Model for Trained<N> {
    fn inputs(&self) -> Vec<Input> {
        let input = |(level, book): (&Level, &Codebook)| {
            let (height, width) = (self.shape.height / level.pixels, self.shape.width / level.pixels);
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
        let mut read = Vec::new();
        self.net.encode(x * 2.0 - 1.0, &mut |level, encoded| {
            let [n, _, h, w] = encoded.dims();
            let Quantised { codes, vectors } = self.codebooks[level].quantise(rows(encoded));
            read.push((level, Fed::Codes(codes.reshape([n, h, w]))));
            maps(vectors, [n, h, w])
        });
        read
    }

    fn codebook(&self, input: usize) -> Option<Tensor<2>> {
        self.codebooks.get(input).map(Codebook::vectors)
    }

    fn program(&self) -> Option<&'static str> {
        Some(concat!(include_str!("coded.py"), include_str!("read.py")))
    }

    fn fork(&self) -> Box<dyn Model> {
        let Self { net, levels, codebooks, shape } = self;
        Box::new(Trained { net: net.clone(), levels, codebooks: codebooks.clone(), shape: *shape })
    }
}
