//! A trained system for looking at: it declares what it takes and gives, and draws in one forward pass. Most tools work
//! on a model that is *held* at a point with its latent left free ([`Held`]), which is a map from latents to pictures.
//!
//! Must not know: files, messages, the window, any one system.

use super::captions::Told;
use super::likelihood::Likelihood;
use super::{Batch, Scenes, Shape};
use crate::data::tracks::Span;
use crate::data::vocabulary;
use crate::nn::spade::one_hot;
use crate::nn::{Noise, Tap, Watch};
use crate::objective::game::Game;
use crate::point::{self, Between, Input, Kind, Point, Value, Values};
use crate::random::dice;
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::sync::Arc;

/// Mean and log-variance of q(z|x), each `[n, z]`.
pub type Posterior = (Tensor<2>, Tensor<2>);

/// The values of one input for a batch of `n` points.
#[derive(Clone, Debug)]
pub enum Fed {
    /// `[n, dims]`, N(0, 1) under the prior.
    Latent(Tensor<2>),
    /// Weights over classes `[n, classes]`.
    Class(Tensor<2>),
    /// Entries of a codebook `[n, height, width]`.
    Codes(Tensor<3, Int>),
    /// Vectors on the way from one grid of codes to another.
    Between(Box<Way>),
    /// `[n, channels, height, width]`, 0–1; of partial pictures with their masks as the last channel.
    Picture(Tensor<4>),
    /// Label maps, one-hot: `[n, classes, height, width]`.
    Labels(Tensor<4>),
    /// What dice follow from, a number a point.
    Noise(Vec<u32>),
    /// A number a point.
    Number(Vec<f32>),
    /// A text a point.
    Text(Box<Told>),
    /// A scene a point: `people × past × 2` metres, of any number of people.
    Tracks(Vec<Arc<[f32]>>),
}

/// The way between two grids of codes for a batch of `n` points.
#[derive(Clone, Debug)]
pub struct Way {
    /// Entries at the start `[n, height, width]`.
    pub from: Tensor<3, Int>,
    /// Entries at the end `[n, height, width]`.
    pub to: Tensor<3, Int>,
    /// The part of the way that is behind each point, 0–1: `[n]`.
    pub part: Tensor<1>,
    /// Whether each point's vectors give way to the nearest entries.
    pub nearest: Vec<bool>,
}

/// What a model is given for a batch: a value for each of its inputs, in their order, all of the same `n`.
#[derive(Clone, Debug, Default)]
pub struct Given(pub Vec<Fed>);

impl Given {
    /// The latent `[n, dims]` that is input `i`.
    pub fn latent(&self, i: usize) -> Option<Tensor<2>> {
        match self.0.get(i) {
            Some(Fed::Latent(z)) => Some(z.clone()),
            _ => None,
        }
    }

    /// The class weights `[n, classes]` that are input `i`.
    pub fn class(&self, i: usize) -> Option<Tensor<2>> {
        match self.0.get(i) {
            Some(Fed::Class(weights)) => Some(weights.clone()),
            _ => None,
        }
    }

    /// The codes `[n, height, width]` that are input `i`.
    pub fn codes(&self, i: usize) -> Option<Tensor<3, Int>> {
        match self.0.get(i) {
            Some(Fed::Codes(codes)) => Some(codes.clone()),
            _ => None,
        }
    }

    /// The picture `[n, channels, height, width]`, 0–1, that is input `i`.
    pub fn picture(&self, i: usize) -> Option<Tensor<4>> {
        match self.0.get(i) {
            Some(Fed::Picture(x)) => Some(x.clone()),
            _ => None,
        }
    }

    /// The one-hot label map `[n, classes, height, width]` that is input `i`.
    pub fn labels(&self, i: usize) -> Option<Tensor<4>> {
        match self.0.get(i) {
            Some(Fed::Labels(x)) => Some(x.clone()),
            _ => None,
        }
    }

    /// What dice follow from, a number a point, that is input `i`.
    pub fn noise(&self, i: usize) -> Option<Vec<u32>> {
        match self.0.get(i) {
            Some(Fed::Noise(seeds)) => Some(seeds.clone()),
            _ => None,
        }
    }

    /// The numbers that are input `i`, one a point.
    pub fn number(&self, i: usize) -> Option<Vec<f32>> {
        match self.0.get(i) {
            Some(Fed::Number(all)) => Some(all.clone()),
            _ => None,
        }
    }

    /// The texts, one a point, that are input `i`.
    pub fn text(&self, i: usize) -> Option<&Told> {
        match self.0.get(i) {
            Some(Fed::Text(told)) => Some(told),
            _ => None,
        }
    }

    /// The scenes that are input `i`, one a point: `people × past × 2` metres each.
    pub fn tracks(&self, i: usize) -> Option<&[Arc<[f32]>]> {
        match self.0.get(i) {
            Some(Fed::Tracks(all)) => Some(all),
            _ => None,
        }
    }

    /// Points as tensors. Fails with a sentence where one is no point of these inputs.
    pub fn of(inputs: &[Input], points: &[Point], device: &Device) -> Result<Self, String> {
        points.iter().try_for_each(|p| p.check(inputs))?;
        let free = point::free(inputs).map(|(i, _)| i);
        let one = |(i, input): (usize, &Input)| {
            let values = points.iter().map(|p| {
                if Some(i) == free {
                    return Value::Latent(p.z.clone());
                }
                input.value_in(&p.held)
            });
            feed(input, values.collect(), device)
        };
        Ok(Self(inputs.iter().enumerate().map(one).collect()))
    }
}

/// Checked values of one input as a tensor.
fn feed(input: &Input, values: Vec<Value>, device: &Device) -> Fed {
    let n = values.len();
    if let Kind::Codes { height, width, .. } = input.kind
        && values.iter().any(|v| matches!(v, Value::Between(_)))
    {
        return between(values, [height, width], device);
    }
    if let Kind::Text { words, longest } = &input.kind {
        return Fed::Text(Box::new(Told::of(values, words, *longest, device)));
    }
    let labels = matches!(input.kind, Kind::Labels { .. });
    let mut floats: Vec<f32> = Vec::new();
    let mut ints: Vec<i32> = Vec::new();
    let mut seeds: Vec<u32> = Vec::new();
    let mut scenes: Vec<Arc<[f32]>> = Vec::new();
    for value in values {
        match value {
            Value::Latent(v) | Value::Class(v) => floats.extend(v),
            Value::Codes(v) => ints.extend(v.iter().map(|c| i32::from(*c))),
            Value::Picture(v) if labels => ints.extend(v.iter().map(|b| i32::from(*b))),
            Value::Picture(v) => floats.extend(v.iter().map(|b| f32::from(*b) / 255.0)),
            Value::Noise(v) => seeds.push(v),
            Value::Number(v) => floats.push(v),
            Value::Tracks(v) => scenes.push(v),
            // Only codes and texts have them, which are fed by themselves.
            Value::Between(_) | Value::Text(_) | Value::Texts(_) => {}
        }
    }
    match &input.kind {
        Kind::Latent { dims, .. } => {
            Fed::Latent(Tensor::from_data(TensorData::new(floats, [n, *dims]), device))
        }
        Kind::Class { names } => {
            Fed::Class(Tensor::from_data(TensorData::new(floats, [n, names.len()]), device))
        }
        Kind::Codes { height, width, .. } => {
            Fed::Codes(Tensor::from_data(TensorData::new(ints, [n, *height, *width]), device))
        }
        Kind::Picture { width, height, channels, .. } => {
            Fed::Picture(Tensor::from_data(TensorData::new(floats, [n, *channels, *height, *width]), device))
        }
        Kind::Partial { width, height, channels } => Fed::Picture(Tensor::from_data(
            TensorData::new(floats, [n, channels + 1, *height, *width]),
            device,
        )),
        Kind::Labels { width, height, legend } => {
            let maps = Tensor::<3, Int>::from_data(TensorData::new(ints, [n, *height, *width]), device); // [n, h, w]
            Fed::Labels(one_hot(maps, legend.len())) // [n, classes, h, w]
        }
        Kind::Noise => Fed::Noise(seeds),
        Kind::Number { .. } | Kind::Whole { .. } | Kind::Moment { .. } => Fed::Number(floats),
        // Fed above.
        Kind::Text { words, longest } => Fed::Text(Box::new(Told::of(Vec::new(), words, *longest, device))),
        Kind::Tracks { .. } => Fed::Tracks(scenes),
    }
}

/// The pasts of a batch's scenes.
fn pasts(Scenes { at, counts }: &Scenes, span: Span) -> Fed {
    let all: Vec<f32> = at.clone().narrow(1, 0, span.past).into_data().iter::<f32>().collect();
    let mut rest = all.as_slice();
    let one = |count: &usize| -> Arc<[f32]> {
        let (own, after) = rest.split_at(rest.len().min(count * span.past * 2));
        rest = after;
        own.into()
    };
    Fed::Tracks(counts.iter().map(one).collect())
}

/// Checked grids of codes, of which some are on the way between two.
fn between(values: Vec<Value>, [height, width]: [usize; 2], device: &Device) -> Fed {
    let n = values.len();
    let (mut ends, mut part, mut nearest) = ([Vec::new(), Vec::new()], Vec::new(), Vec::new());
    for value in values {
        let way = match value {
            Value::Between(way) => way,
            Value::Codes(at) => Between { from: at.clone(), to: at, part: 0.0, nearest: false },
            _ => continue,
        };
        for (end, codes) in ends.iter_mut().zip([&way.from, &way.to]) {
            end.extend(codes.iter().map(|c| i32::from(*c)));
        }
        part.push(way.part);
        nearest.push(way.nearest);
    }
    let [from, to] = ends.map(|codes| Tensor::from_data(TensorData::new(codes, [n, height, width]), device));
    let part = Tensor::from_data(TensorData::new(part, [n]), device); // [n]
    Fed::Between(Box::new(Way { from, to, part, nearest }))
}

impl Fed {
    /// One value for each of `n` points.
    fn repeated(&self, n: usize) -> Self {
        match self {
            Self::Latent(x) => Self::Latent(x.clone().repeat_dim(0, n)),
            Self::Class(x) => Self::Class(x.clone().repeat_dim(0, n)),
            Self::Codes(x) => Self::Codes(x.clone().repeat_dim(0, n)),
            Self::Between(way) => Self::Between(Box::new(Way {
                from: way.from.clone().repeat_dim(0, n),
                to: way.to.clone().repeat_dim(0, n),
                part: way.part.clone().repeat_dim(0, n),
                nearest: way.nearest.repeat(n),
            })),
            Self::Picture(x) => Self::Picture(x.clone().repeat_dim(0, n)),
            Self::Labels(x) => Self::Labels(x.clone().repeat_dim(0, n)),
            Self::Noise(v) => Self::Noise(v.repeat(n)),
            Self::Number(v) => Self::Number(v.repeat(n)),
            Self::Text(told) => Self::Text(Box::new(told.repeated(n))),
            Self::Tracks(v) => Self::Tracks((0..n).flat_map(|_| v.iter().cloned()).collect()),
        }
    }

    /// The value of point `i` as plain numbers.
    pub fn at(&self, i: usize) -> Value {
        let first = |x: Tensor<2>| -> Vec<f32> { x.narrow(0, i, 1).into_data().iter::<f32>().collect() };
        let grid = |x: &Tensor<3, Int>| -> Arc<[u16]> {
            x.clone().narrow(0, i, 1).into_data().iter::<i64>().map(|c| c as u16).collect()
        };
        match self {
            Self::Latent(x) => Value::Latent(first(x.clone())),
            Self::Class(x) => Value::Class(first(x.clone())),
            Self::Codes(x) => Value::Codes(grid(x)),
            Self::Between(way) => Value::Between(Between {
                from: grid(&way.from),
                to: grid(&way.to),
                part: way.part.clone().narrow(0, i, 1).into_data().iter::<f32>().next().unwrap_or(0.0),
                nearest: way.nearest.get(i).copied().unwrap_or(false),
            }),
            Self::Picture(x) => {
                let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
                Value::Picture(first(x.clone().flatten(1, 3)).into_iter().map(byte).collect())
            }
            Self::Labels(x) => {
                let map = x.clone().narrow(0, i, 1).argmax(1); // [1, 1, h, w]
                Value::Picture(map.into_data().iter::<i64>().map(|label| label as u8).collect())
            }
            Self::Noise(v) => Value::Noise(v.get(i).copied().unwrap_or_default()),
            Self::Number(v) => Value::Number(v.get(i).copied().unwrap_or_default()),
            Self::Text(told) => told.values.get(i).cloned().unwrap_or(Value::Text(String::new())),
            Self::Tracks(v) => Value::Tracks(v.get(i).cloned().unwrap_or_default()),
        }
    }
}

/// A trained system for looking at: weights that never change.
pub trait Model: Send {
    /// What it takes, in order. Empty: it draws nothing (a classifier).
    fn inputs(&self) -> Vec<Input> {
        Vec::new()
    }

    /// Draws: `[n, channels, height, width]`, 0–1. `None`: it draws nothing, or nobody wants the result any more.
    fn forward(&self, _given: &Given, _watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        None
    }

    /// `[n, channels, height, width]` → q(z|x) of the free latent, all else as `held` has it (its latent is not looked
    /// at). `None`: the system has no encoder.
    fn encode(&self, _x: Tensor<4>, _held: &Given) -> Option<Posterior> {
        None
    }

    /// Whether [`Model::encode`] gives something.
    fn encodes(&self) -> bool {
        false
    }

    /// What pictures `[n, c, h, w]`, 0–1, say of the inputs that are no latents (a VQ-VAE's codes, the small version of each), as (place among the
    /// inputs, value).
    fn read(&self, _x: Tensor<4>) -> Vec<(usize, Fed)> {
        Vec::new()
    }

    /// −ln p(x|z) of pictures `[n, c, h, w]` in nats, picture by picture, for what is given, by the system's own likelihood
    /// ([`Model::likelihood`]): `[n]`.
    /// `None`: the system has no likelihood.
    fn reconstruction(&self, _x: Tensor<4>, _given: &Given) -> Option<Tensor<1>> {
        None
    }

    /// −ln p(x) of pictures `[n, c, h, w]`, 0–1, pixel by pixel in nats: `[n, c, h, w]`, for what is given (its picture and its
    /// noise are not looked at). A model of two values draws them from the grey values by `noise` first (dynamic
    /// binarisation); one whose channels have a common cost gives `[n, 1, h, w]`. `None`: the system has no exact
    /// likelihood.
    fn surprise(&self, _x: Tensor<4>, _given: &Given, _noise: &mut Noise) -> Option<Tensor<4>> {
        None
    }

    /// What [`Model::reconstruction`] takes a picture to be, given what is drawn. `None`: the system has no likelihood.
    fn likelihood(&self) -> Option<Likelihood> {
        None
    }

    /// `[n, c, h, w]` → (logits `[n, outputs]`, features `[n, f]`). `None`: it is no classifier.
    fn classify(&self, _x: Tensor<4>) -> Option<(Tensor<2>, Tensor<2>)> {
        None
    }

    /// What a classifier's outputs are: classes, of which a picture has one (their probabilities are the softmax of
    /// the logits), or attributes, each there or not (sigmoid).
    fn independent(&self) -> bool {
        false
    }

    /// Weights of the first layer that the free latent meets `[z, h]`. `None`: it does not show them.
    fn first_weight(&self) -> Option<Tensor<2>> {
        None
    }

    /// What it draws as points of the plane, and what its discriminator says there. `None`: it draws pictures only.
    fn plane(&self) -> Option<&dyn Plane> {
        None
    }

    /// What it says of single pixels. `None`: it does not draw pixel by pixel.
    fn pixels(&self) -> Option<&dyn Pixels> {
        None
    }

    /// What enlarges pictures of any size. `None`: it does not.
    fn upscaler(&self) -> Option<&dyn Upscaler> {
        None
    }

    /// What translates pictures between two domains. `None`: it does not.
    fn translator(&self) -> Option<&dyn Translator> {
        None
    }

    /// What foretells where people walk. `None`: it does not.
    fn predictor(&self) -> Option<&dyn Predictor> {
        None
    }

    /// What draws its codes. `None`: it has none, or no prior over them was learnt.
    fn codes_prior(&self) -> Option<&dyn CodesPrior> {
        None
    }

    /// The vectors of the codebook `[entries, d]` that input `i` is of. `None`: it is of none.
    fn codebook(&self, _i: usize) -> Option<Tensor<2>> {
        None
    }

    /// A PyTorch program that loads its weights from beside itself, where plain layers are not all that it is of; FILE in it
    /// stands for the name of their file, and DEFAULTS for the recipe's settings by their names, as far as the file does not
    /// name them.
    fn program(&self) -> Option<&'static str> {
        None
    }

    /// Another handle on the same weights.
    fn fork(&self) -> Box<dyn Model>;
}

/// A model whose samples are points of the plane, with the discriminator that it plays against.
pub trait Plane {
    /// `[n, 2]` for what is given; `None`: it is not what the model takes.
    fn points(&self, given: &Given) -> Option<Tensor<2>>;

    /// C of points: `[n, 2]` → `[n, 1]`.
    fn critic(&self, x: Tensor<2>) -> Tensor<2>;

    /// The game that the two play.
    fn game(&self) -> Game;
}

/// What a place may become.
#[derive(Clone, Debug, PartialEq)]
pub struct Chances {
    /// Of each channel the probability of each of its levels, from dark to bright; where the channels depend on each
    /// other, by what the channels before it are.
    pub levels: Vec<Vec<f32>>,
}

/// A model that draws its pictures pixel by pixel.
pub trait Pixels {
    /// −ln p(x_i | x_<i) of pictures as the model draws them, `[n, c, h, w]`, 0–1, in nats: `[n, c, h, w]`, or `[n, 1, h, w]` where the
    /// channels have a common cost.
    fn costs(&self, x: Tensor<4>, given: &Given) -> Tensor<4>;

    /// What pixel (`row`, `column`) of a picture `[1, c, h, w]` may be, by the pixels before it.
    fn chances(&self, x: Tensor<4>, given: &Given, row: usize, column: usize) -> Chances;

    /// ‖∂ what is said of pixel (`row`, `column`) / ∂ each pixel‖ of a picture `[1, c, h, w]`, over the channels: `[h, w]`. `blind`: of the
    /// network as it would be with one stack and fresh weights.
    fn reach(&self, x: Tensor<4>, given: &Given, row: usize, column: usize, blind: bool) -> Tensor<2>;

    /// A picture `[n, c, h, w]`, 0–1, as the model could have drawn it: in two values, or in levels.
    fn rounded(&self, x: Tensor<4>) -> Tensor<4>;
}

/// A model that enlarges pictures of any height and width.
pub trait Upscaler {
    /// How many times wider and higher they become.
    fn factor(&self) -> usize;

    /// Channels of the pictures, 1 or 3.
    fn channels(&self) -> usize;

    /// How many pixels of the small picture away from a place, at most, bear on what is drawn there: tiles that overlap by as many
    /// have no seams.
    fn reach(&self) -> usize;

    /// `[n, channels, h, w]`, 0–1 → `[n, channels, factor·h, factor·w]`, 0–1.
    fn enlarge(&self, low: Tensor<4>) -> Tensor<4>;
}

/// A model that translates pictures of one domain to another, and back.
pub trait Translator {
    /// What the two domains are called.
    fn domains(&self) -> [&str; 2];

    /// The pictures of both.
    fn shape(&self) -> Shape;

    /// `[n, c, h, w]`, 0–1, of the first domain → the same shape of the second; with `back` of the second → the first.
    fn translate(&self, x: Tensor<4>, back: bool) -> Tensor<4>;
}

/// A model that foretells where people walk.
pub trait Predictor {
    /// How many steps it is given, and how many it foretells.
    fn span(&self) -> Span;

    /// What comes for one scene, `people × past × 2` metres, by each of these latents `[k, dims]`: `[k, people, future, 2]` in metres,
    /// where the scene is.
    fn futures(&self, past: &[f32], z: Tensor<2>) -> Tensor<4>;
}

/// What one sample's codes are drawn by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CodesAsked {
    /// What all dice follow from.
    pub seed: u32,
    /// The class that the prior is told; `None` = any, each as likely as the others. Not looked at where it is told none.
    pub class: Option<usize>,
    /// Divides logits, level by level, 0–2: 1 = what was learnt, 0 = the likeliest code of each place. A level that has none
    /// is drawn as it was learnt.
    pub temperatures: Vec<f32>,
    /// Grids that are kept as they are, row by row, level by level; `None`, or none, = drawn.
    pub kept: Vec<Option<Arc<[u16]>>>,
}

impl CodesAsked {
    /// What sample `i` of a seed is drawn by, of `classes` classes by turns.
    pub fn nth(seed: u64, i: usize, classes: usize) -> Self {
        Self { seed: dice(seed, i), class: i.checked_rem(classes), ..Self::default() }
    }
}

/// A learnt prior over a model's grids of codes, level by level, the coarsest first; each level is told of those above it.
pub trait CodesPrior {
    /// Names of the classes that it is told; empty where it is told none.
    fn classes(&self) -> &[String];

    /// Draws grids of codes, for each sample one a level, named by the inputs that take them. `go_on` is asked after every row
    /// of a level. `None`: it said no.
    fn draw(&self, asked: &[CodesAsked], go_on: &mut dyn FnMut() -> bool) -> Option<Vec<Values>>;

    /// −ln p of the codes of pictures in nats, level by level, those above given: `[n]` each. `class`: weights
    /// `[n, classes]`, where it is told them. `None`: these are no codes of the model.
    fn costs(&self, codes: &Given, class: Option<Tensor<2>>) -> Option<Vec<Tensor<1>>>;
}

/// A model held at a point with its first latent left free: a map from latents to pictures, which is all that tools on
/// latents need. A model without a latent has no free dimensions, and is drawn at its point.
pub struct Held {
    model: Box<dyn Model>,
    inputs: Vec<Input>,
    /// Place and dimensions of the free latent.
    free: Option<(usize, usize)>,
    /// One value for each input; the free one's is not looked at.
    fixed: Given,
    values: Values,
}

impl Held {
    /// Everything beside the free latent at its default.
    pub fn home(model: Box<dyn Model>, device: &Device) -> Self {
        let inputs = model.inputs();
        let fixed = inputs.iter().map(|i| feed(i, vec![i.default_value()], device)).collect();
        let free = point::free(&inputs);
        Self { model, inputs, free, fixed: Given(fixed), values: Values::new() }
    }

    /// Held at these values. Fails with a sentence where the model does not take them.
    pub fn at(self, values: &Values, device: &Device) -> Result<Self, String> {
        let point = Point { z: vec![0.0; self.latent_dims()], held: values.clone() };
        let fixed = Given::of(&self.inputs, &[point], device)?;
        Ok(Self { fixed, values: values.clone(), ..self })
    }

    /// The same weights held elsewhere.
    pub fn elsewhere(&self, values: &Values, device: &Device) -> Result<Self, String> {
        self.fork().at(values, device)
    }

    /// Another handle on the same weights at the same values.
    pub fn fork(&self) -> Self {
        Self {
            model: self.model.fork(),
            inputs: self.inputs.clone(),
            free: self.free,
            fixed: self.fixed.clone(),
            values: self.values.clone(),
        }
    }

    /// The model itself.
    pub fn model(&self) -> &dyn Model {
        &*self.model
    }

    /// What the model takes.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// Where it is held; what is absent is at its default.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Dimensions of the free latent; 0 = there is none.
    pub fn latent_dims(&self) -> usize {
        self.free.map_or(0, |(_, dims)| dims)
    }

    /// Whether pictures can be encoded as its free latent.
    pub fn encodes(&self) -> bool {
        self.model.encodes()
    }

    /// Whether it draws at all.
    pub fn draws(&self) -> bool {
        !self.inputs.is_empty()
    }

    /// What the model is given for `n` points that differ in the free latent only, `[n, dims]`.
    pub fn given(&self, z: Tensor<2>) -> Given {
        let n = z.dims()[0];
        let mut all: Vec<Fed> = self.fixed.0.iter().map(|fed| fed.repeated(n)).collect();
        if let Some((i, _)) = self.free {
            all[i] = Fed::Latent(z);
        }
        Given(all)
    }

    /// `[n, dims]` → `[n, channels, height, width]`, 0–1; a model without a latent draws its point `n` times. `None`:
    /// the system draws nothing.
    pub fn decode(&self, z: Tensor<2>) -> Option<Tensor<4>> {
        self.model.forward(&self.given(z), &mut Watch::nobody())
    }

    /// What the items of a batch say of the inputs beside the free latent, an entry each: their classes, their further
    /// pictures, their label maps, and what the model reads in the pictures themselves (codes).
    pub fn values_of(&self, batch: &Batch) -> Vec<Values> {
        let n = batch.x.dims()[0];
        let mut all = vec![Values::new(); n];
        let read = self.model.read(batch.x.clone());
        let ids = batch.classes.clone().map(|c| c.into_data().iter::<i64>().collect::<Vec<_>>());
        for (place, input) in self.inputs.iter().enumerate() {
            let column = match &input.kind {
                Kind::Picture { .. } => batch.columns.get(&input.name).cloned().map(Fed::Picture),
                Kind::Labels { legend, .. } => {
                    batch.labels.clone().map(|maps| Fed::Labels(one_hot(maps, legend.len())))
                }
                Kind::Tracks { span } => batch.tracks.as_ref().map(|scenes| pasts(scenes, *span)),
                _ => None,
            };
            let fed = column.or_else(|| read.iter().find(|(i, _)| *i == place).map(|(_, fed)| fed.clone()));
            for (i, values) in all.iter_mut().enumerate() {
                let value = match (&fed, &input.kind, &ids) {
                    (Some(fed), ..) => fed.at(i),
                    (None, Kind::Text { longest, .. }, _) => {
                        let Some(text) = batch.captions.as_ref().and_then(|all| all.get(i)) else { continue };
                        Value::Text(vocabulary::cut(text, *longest))
                    }
                    (None, Kind::Class { names }, Some(ids)) => {
                        point::one_hot(ids.get(i).copied().unwrap_or(0) as usize, names.len())
                    }
                    _ => continue,
                };
                values.insert(input.name.clone(), value);
            }
        }
        all
    }

    /// Draws any points of the model, whatever of them differs: `[n, channels, height, width]`. `None`: one of them is
    /// no point of this model, or nobody wants the result any more.
    pub fn draw(&self, points: &[Point], device: &Device, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        self.model.forward(&self.given_at(points, device).ok()?, watch)
    }

    /// What the model is given at any of its points; what a point does not hold is as the model is held. Fails with a sentence
    /// where one is no point of this model.
    pub fn given_at(&self, points: &[Point], device: &Device) -> Result<Given, String> {
        let whole = |p: &Point| {
            let mut held = self.values.clone();
            held.extend(p.held.clone());
            Point { z: p.z.clone(), held }
        };
        let points: Vec<Point> = points.iter().map(whole).collect();
        Given::of(&self.inputs, &points, device)
    }

    /// `[n, dims]` → what each layer gives on the way to the picture, in order; a VAE's or GAN's last one gives what
    /// becomes the picture by a squashing function. Empty: the system draws nothing.
    pub fn taps(&self, z: Tensor<2>) -> Vec<Tap> {
        let mut taps = Vec::new();
        self.model.forward(&self.given(z), &mut Watch::taps(&mut taps));
        taps
    }

    /// `[n, dims]` → activations of the first layer `[n, h]`. `None`: the model shows no layers.
    pub fn hidden(&self, z: Tensor<2>) -> Option<Tensor<2>> {
        let dims = self.latent_dims();
        // A layer that only gives the latent another shape says nothing new.
        let mut all = self.taps(z).into_iter().map(|tap| tap.value.flat());
        all.find(|h| h.dims()[1] != dims)
    }

    /// `[n, channels, height, width]` → q(z|x) of the free latent. `None`: the system has no encoder.
    pub fn encode(&self, x: Tensor<4>) -> Option<Posterior> {
        let n = x.dims()[0];
        let held = Given(self.fixed.0.iter().map(|fed| fed.repeated(n)).collect());
        self.model.encode(x, &held)
    }

    /// −ln p(x|z) of pictures `[n, c, h, w]` by latents `[n, dims]`, in nats, picture by picture: `[n]`. `None`: the system has no likelihood.
    pub fn reconstruction(&self, x: Tensor<4>, z: Tensor<2>) -> Option<Tensor<1>> {
        self.model.reconstruction(x, &self.given(z))
    }

    /// [`Model::surprise`] of pictures `[n, c, h, w]`, for what it is held at: `[n, c, h, w]`.
    pub fn surprise(&self, x: Tensor<4>, noise: &mut Noise) -> Option<Tensor<4>> {
        let n = x.dims()[0];
        let held = Given(self.fixed.0.iter().map(|fed| fed.repeated(n)).collect());
        self.model.surprise(x, &held, noise)
    }

    /// Weights of the first layer `[z, h]`. `None`: the model does not show them.
    pub fn first_weight(&self) -> Option<Tensor<2>> {
        self.model.first_weight()
    }
}
