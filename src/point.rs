//! The point: all that a model is given. A model declares its inputs, in order; a point has a value for each of them.
//! The latent that sliders move stands first and by itself, because every tool on latents works on that one while the
//! rest is *held*; what is not named has the input's own default.
//!
//! Must not know: Burn, how a model makes a picture of it, the window.

use crate::data::tracks::{self, Span};
use crate::data::{Label, vocabulary};
use crate::latent::prior::{quantile, share_below};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// What a picture that goes in shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// A photograph or drawing as it is.
    #[default]
    Photo,
    /// Outlines: black lines on white.
    Edges,
}

/// The distribution that a network's latents are drawn from. Sliders, wells and tools have them in σ of a normal, whatever
/// it is; files and the clipboard have the network's own input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// N(0, 1) in each dimension.
    #[default]
    Normal,
    /// Uniform from −1 to 1.
    Uniform,
    /// Uniform from 0 to 1.
    UniformUnit,
}

impl Prior {
    /// The network's own input for positions in σ: Φ of them where the prior is uniform.
    pub fn own(self, sigmas: &[f32]) -> Vec<f32> {
        let one = |v: &f32| match self {
            Self::Normal => *v,
            Self::Uniform => share_below(*v) * 2.0 - 1.0,
            Self::UniformUnit => share_below(*v),
        };
        sigmas.iter().map(one).collect()
    }

    /// Positions in σ of the network's own input. Fails with a sentence for numbers outside of a uniform prior's range.
    pub fn sigmas(self, own: &[f32]) -> Result<Vec<f32>, String> {
        let (low, high) = match self {
            Self::Normal => return Ok(own.to_vec()),
            Self::Uniform => (-1.0, 1.0),
            Self::UniformUnit => (0.0, 1.0),
        };
        let one = |v: &f32| match (low..=high).contains(v) {
            true => Ok(quantile((v - low) / (high - low))),
            false => {
                Err(format!("this model's latents go from {low} to {high} in files, and one of these is {v}"))
            }
        };
        own.iter().map(one).collect()
    }

    /// The unit of sliders in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Normal => "in units of the prior's σ",
            Self::Uniform => {
                "in σ: the model draws its latents evenly from −1 to 1, and 0 σ is 0, ±1 σ is ±0.68, ±2 σ is ±0.95"
            }
            Self::UniformUnit => {
                "in σ: the model draws its latents evenly from 0 to 1, and 0 σ is 0.5, ±1 σ is 0.16 and 0.84"
            }
        }
    }
}

/// Name of the number that logits and widths are divided by.
pub const TEMPERATURE: &str = "temperature";

/// Dimensions of a latent that one part of a network hears (skip-z: Brock et al. 2019).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Who hears them ("first layer", "block 2, 14×14").
    pub heard_by: String,
    /// How many.
    pub dims: usize,
}

/// Name of the number that says at how many pixels a growing network draws.
pub const RESOLUTION: &str = "resolution";
/// Name of the number that says how far a growing network's newest layers are faded in.
pub const FADE: &str = "fade";

/// Name of the latent that says how a clip moves, beside the one that says what it shows.
pub const MOTION: &str = "motion";
/// Name of the number that says which frame of a clip is drawn.
pub const MOMENT: &str = "moment";

/// Name of the number ψ by which w is brought nearer to its mean.
pub const TRUNCATION: &str = "truncation";
/// Name of the number that the noise of a generator with a latent is multiplied with.
pub const NOISE_STRENGTH: &str = "noise strength";

/// What kind of thing an input takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// `dims` numbers, each from N(0, 1) in what the window shows.
    Latent {
        /// How many.
        dims: usize,
        /// What the network itself takes.
        #[serde(default)]
        prior: Prior,
        /// What the first dimensions stand for, where the model was told; the others have no name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
        /// Which part of the network hears which dimensions, from the first on; empty = the first layer hears all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        chunks: Vec<Chunk>,
    },
    /// Weights over classes: one-hot, or between several.
    Class {
        /// The classes, in the order of the weights.
        names: Vec<String>,
    },
    /// A grid of entries of a codebook (van den Oord et al. 2017).
    Codes {
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Entries of the codebook.
        entries: usize,
    },
    /// A picture.
    Picture {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// 1 (grey) or 3 (RGB).
        channels: usize,
        /// What it shows.
        role: Role,
    },
    /// A label map: which class of the legend each pixel is of.
    Labels {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// The classes by their index, at most 256; the first is what is nowhere else (the background).
        legend: Vec<Label>,
    },
    /// A picture of which parts are there, and the rest is to be drawn.
    Partial {
        /// Columns.
        width: usize,
        /// Rows.
        height: usize,
        /// 1 (grey) or 3 (RGB), without the mask.
        channels: usize,
    },
    /// Chance: a number that all dice follow from.
    Noise,
    /// A number.
    Number {
        /// The smallest.
        min: f32,
        /// The largest.
        max: f32,
    },
    /// A whole number from 0.
    Whole {
        /// The largest.
        max: u16,
        /// What each of them is called, where they stand for things; empty = they are numbers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
    },
    /// A moment of a clip: the number of its frame, from 0.
    Moment {
        /// How many there are.
        frames: u16,
        /// How many of them were trained; what follows is the model's own guess.
        trained: u16,
        /// Frames a second at which it plays as it was meant.
        rate: f32,
    },
    /// A text.
    Text {
        /// The words that it knows, the most frequent first; all others are one to it.
        words: Arc<[String]>,
        /// Most words of a text.
        longest: usize,
    },
    /// Where people were: `people × past × 2`, of any number of people.
    Tracks {
        /// How many steps of it are given, and how many come.
        span: Span,
    },
}

impl Kind {
    /// Whether items of data give it beside what is learnt from: codes, pictures, label maps, captions, tracks.
    pub fn given_by_data(&self) -> bool {
        use Kind::{Codes, Labels, Picture, Text, Tracks};
        matches!(self, Codes { .. } | Picture { .. } | Labels { .. } | Text { .. } | Tracks { .. })
    }
}

/// One thing that a model takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Its name in files, `.npz` arrays and [`Point::held`] ("z", "class", "codes", "edges").
    pub name: String,
    /// What it takes.
    pub kind: Kind,
    /// The value that it has where none is given; `None` = the kind's own (see [`Input::default_value`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<Value>,
}

/// The value of one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Value {
    /// One number a dimension, in units of the prior's σ.
    Latent(Vec<f32>),
    /// One weight a class; they add up to 1.
    Class(Vec<f32>),
    /// One entry a place of the grid, row by row.
    Codes(Arc<[u16]>),
    /// On the way from one grid of codes to another.
    Between(Between),
    /// `channels × height × width` bytes, planar; 0 is black. Of a partial picture one plane more, its mask: 255 where it is
    /// there, 0 where it is to be drawn. Of a label map one plane, the index of a class a pixel.
    Picture(Arc<[u8]>),
    /// What dice follow from.
    Noise(u32),
    /// A number as it is.
    Number(f32),
    /// A text as it is.
    Text(String),
    /// On the way from one text to another.
    Texts(Texts),
    /// Where people were: `people × past × 2` metres, a person after the other.
    Tracks(Arc<[f32]>),
}

/// A place on the straight way from one text to another, through what the model makes of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Texts {
    /// Where the way begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// The part of it that is behind, 0–1.
    pub part: f32,
}

/// A place on the straight way from one grid of codes to another, place by place through the codes' vectors. Only the two
/// grids are kept, so that it is small in files; the vectors are the model's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Between {
    /// Where the way begins.
    pub from: Arc<[u16]>,
    /// Where it ends.
    pub to: Arc<[u16]>,
    /// The part of it that is behind, 0–1.
    pub part: f32,
    /// Whether each vector gives way to the nearest entry of the codebook.
    #[serde(default, skip_serializing_if = "is_false")]
    pub nearest: bool,
}

fn is_false(b: &bool) -> bool {
    !*b
}

impl Between {
    /// The grid of the nearer end.
    pub fn nearer(&self) -> &Arc<[u16]> {
        if self.part < 0.5 { &self.from } else { &self.to }
    }

    /// Places whose code changes on the way.
    pub fn changing(&self) -> usize {
        self.from.iter().zip(&*self.to).filter(|(a, b)| a != b).count()
    }
}

/// Values by the names of their inputs.
pub type Values = BTreeMap<String, Value>;

/// All that a model is given. The old form, a bare list of numbers, is read as a latent with all else at its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Point {
    /// The model's first latent, in units of the prior's σ; empty where it has none.
    pub z: Vec<f32>,
    /// All other inputs; what is absent has its default.
    #[serde(skip_serializing_if = "Values::is_empty")]
    pub held: Values,
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Bare(Vec<f32>),
            Whole {
                #[serde(default)]
                z: Vec<f32>,
                #[serde(default)]
                held: Values,
            },
        }
        Ok(match Form::deserialize(from)? {
            Form::Bare(z) => z.into(),
            Form::Whole { z, held } => Self { z, held },
        })
    }
}

impl From<&[f32]> for Point {
    /// A latent with all else at its default.
    fn from(z: &[f32]) -> Self {
        z.to_vec().into()
    }
}

impl From<Arc<[f32]>> for Point {
    /// A latent with all else at its default.
    fn from(z: Arc<[f32]>) -> Self {
        z.to_vec().into()
    }
}

impl AsRef<[f32]> for Point {
    fn as_ref(&self) -> &[f32] {
        &self.z
    }
}

impl From<Vec<f32>> for Point {
    /// A latent with all else at its default.
    fn from(z: Vec<f32>) -> Self {
        Self { z, held: Values::new() }
    }
}

impl Point {
    /// Whether a model with these inputs takes it; a sentence if not.
    pub fn check(&self, inputs: &[Input]) -> Result<(), String> {
        let dims = dims(inputs);
        if self.z.len() != dims || self.z.iter().any(|v| !v.is_finite()) {
            return Err(format!(
                "this latent does not belong to the model, whose latents are {dims} numbers"
            ));
        }
        for (name, value) in &self.held {
            let Some(input) = inputs.iter().find(|i| i.name == *name) else {
                return Err(format!("the model that is open takes no {name}, which this point has"));
            };
            input.check(value)?;
        }
        Ok(())
    }

    /// Part `t` (0–1) of the way to `other` for all that can be blended beside z: weights of classes and further
    /// latents, and codes, which go through their vectors, or through the entries `nearest` to these. What can't be blended
    /// (pictures) stays as it is here until the way is half over.
    pub fn blend_held(&self, other: &Self, t: f32, nearest: bool) -> Values {
        let nearer = if t < 0.5 { &self.held } else { &other.held };
        let mut all = nearer.clone();
        for (name, value) in &mut all {
            let (Some(a), Some(b)) = (self.held.get(name), other.held.get(name)) else { continue };
            if let Some(blended) = a.blend(b, t, nearest) {
                *value = blended;
            }
        }
        all
    }

    /// Feeds a hasher with all that it is.
    pub fn hash_into(&self, hasher: &mut impl Hasher) {
        let floats = |values: &[f32], hasher: &mut dyn Hasher| {
            values.iter().for_each(|v| hasher.write_u32(v.to_bits()));
        };
        floats(&self.z, hasher);
        for (name, value) in &self.held {
            name.hash(hasher);
            match value {
                Value::Latent(v) | Value::Class(v) => floats(v, hasher),
                Value::Codes(v) => v.hash(hasher),
                Value::Between(Between { from, to, part, nearest }) => {
                    (from, to, nearest).hash(hasher);
                    floats(&[*part], hasher);
                }
                Value::Picture(v) => v.hash(hasher),
                Value::Noise(v) => v.hash(hasher),
                Value::Number(v) => hasher.write_u32(v.to_bits()),
                Value::Text(v) => v.hash(hasher),
                Value::Texts(Texts { from, to, part }) => {
                    (from, to).hash(hasher);
                    floats(&[*part], hasher);
                }
                Value::Tracks(v) => floats(v, hasher),
            }
        }
    }
}

impl Value {
    /// Part `t` of the way to another value; `None` where there is nothing between the two.
    fn blend(&self, other: &Self, t: f32, nearest: bool) -> Option<Self> {
        let between = |a: &[f32], b: &[f32]| -> Vec<f32> {
            a.iter().zip(b).map(|(a, b)| a * (1.0 - t) + b * t).collect()
        };
        match (self, other) {
            (Self::Latent(a), Self::Latent(b)) if a.len() == b.len() => Some(Self::Latent(between(a, b))),
            (Self::Class(a), Self::Class(b)) if a.len() == b.len() => Some(Self::Class(between(a, b))),
            (Self::Number(a), Self::Number(b)) => Some(Self::Number(a * (1.0 - t) + b * t)),
            (Self::Text(_) | Self::Texts(_), Self::Text(_) | Self::Texts(_)) => {
                // At its ends the way is the texts themselves.
                let (from, to) = (self.text()?.to_owned(), other.text()?.to_owned());
                Some(match t {
                    _ if from == to || t <= 0.0 => Self::Text(from),
                    _ if t >= 1.0 => Self::Text(to),
                    _ => Self::Texts(Texts { from, to, part: t }),
                })
            }
            // The same people, elsewhere.
            (Self::Tracks(a), Self::Tracks(b)) if a.len() == b.len() => {
                Some(Self::Tracks(between(a, b).into()))
            }
            _ => {
                let (from, to) = (self.codes()?, other.codes()?);
                // At its ends the way is the codes themselves.
                let way = Between { from: from.clone(), to: to.clone(), part: t, nearest };
                Some(match way.changing() {
                    1.. if t > 0.0 && t < 1.0 => Self::Between(way),
                    _ => Self::Codes(way.nearer().clone()),
                })
            }
        }
    }

    /// A text, on the way between two the nearer; `None` of what is none.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Texts(Texts { from, to, part }) => Some(if *part < 0.5 { from } else { to }),
            _ => None,
        }
    }

    /// A grid of codes, on the way between two that of the nearer end; `None` of what is none.
    pub fn codes(&self) -> Option<&Arc<[u16]>> {
        match self {
            Self::Codes(codes) => Some(codes),
            Self::Between(way) => Some(way.nearer()),
            _ => None,
        }
    }
}

impl Input {
    /// A latent called z.
    pub fn z(dims: usize) -> Self {
        Self {
            name: "z".into(),
            kind: Kind::Latent { dims, prior: Prior::Normal, names: Vec::new(), chunks: Vec::new() },
            home: None,
        }
    }

    /// A latent called z whose first dimensions stand for something.
    pub fn z_named(dims: usize, names: Vec<String>) -> Self {
        Self { kind: Kind::Latent { dims, prior: Prior::Normal, names, chunks: Vec::new() }, ..Self::z(dims) }
    }

    /// A latent called z that comes in chunks.
    pub fn z_in_chunks(chunks: Vec<Chunk>) -> Self {
        let dims = chunks.iter().map(|c| c.dims).sum();
        Self { kind: Kind::Latent { dims, prior: Prior::Normal, names: Vec::new(), chunks }, ..Self::z(dims) }
    }

    /// A class of those.
    pub fn class(names: Vec<String>) -> Self {
        Self { name: "class".into(), kind: Kind::Class { names }, home: None }
    }

    /// Chance, called noise.
    pub fn noise() -> Self {
        Self { name: "noise".into(), kind: Kind::Noise, home: None }
    }

    /// A number from `min` to `max` that is usually `home`.
    pub fn number(name: &str, [min, max]: [f32; 2], home: f32) -> Self {
        Self { name: name.into(), kind: Kind::Number { min, max }, home: Some(Value::Number(home)) }
    }

    /// Where people were, called tracks.
    pub fn tracks(span: Span) -> Self {
        Self { name: "tracks".into(), kind: Kind::Tracks { span }, home: None }
    }

    /// A whole number from 0 to `max` that is usually `home`.
    pub fn whole(name: &str, max: u16, home: u16) -> Self {
        let kind = Kind::Whole { max, names: Vec::new() };
        Self { name: name.into(), kind, home: Some(Value::Number(home.into())) }
    }

    /// The latent of a clip's motion, of so many dimensions.
    pub fn motion(dims: usize) -> Self {
        Self { name: MOTION.into(), ..Self::z(dims) }
    }

    /// A moment of a clip of so many frames, the first `trained` of which were trained, at so many a second.
    pub fn moment(frames: u16, trained: u16, rate: f32) -> Self {
        Self { name: MOMENT.into(), kind: Kind::Moment { frames, trained, rate }, home: None }
    }

    /// One of several things, usually the first.
    pub fn choice(name: &str, names: &[&str]) -> Self {
        let max = names.len().saturating_sub(1) as u16;
        let kind = Kind::Whole { max, names: names.iter().map(|n| (*n).to_owned()).collect() };
        Self { name: name.into(), kind, home: Some(Value::Number(0.0)) }
    }

    /// The value that it has where none is given.
    pub fn default_value(&self) -> Value {
        if let Some(home) = &self.home {
            return home.clone();
        }
        match &self.kind {
            Kind::Latent { dims, .. } => Value::Latent(vec![0.0; *dims]),
            Kind::Class { names } => one_hot(0, names.len()),
            Kind::Codes { height, width, .. } => Value::Codes(vec![0; height * width].into()),
            // A sheet on which nothing is drawn yet.
            Kind::Picture { width, height, channels, .. } => {
                Value::Picture(vec![255; width * height * channels].into())
            }
            // All of it is background.
            Kind::Labels { width, height, .. } => Value::Picture(vec![0; width * height].into()),
            // Nothing is there.
            Kind::Partial { width, height, channels } => {
                Value::Picture(vec![0; width * height * (channels + 1)].into())
            }
            Kind::Noise => Value::Noise(1),
            Kind::Number { min, .. } => Value::Number(*min),
            Kind::Whole { .. } | Kind::Moment { .. } => Value::Number(0.0),
            Kind::Text { .. } => Value::Text(String::new()),
            Kind::Tracks { span } => Value::Tracks(tracks::small(*span)),
        }
    }

    /// Its value among these, else its default.
    pub fn value_in(&self, values: &Values) -> Value {
        values.get(&self.name).cloned().unwrap_or_else(|| self.default_value())
    }

    /// Whether it takes this value; a sentence if not.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let Self { name, kind, .. } = self;
        let want = |want: usize, got: usize, what: &str| match want == got {
            true => Ok(()),
            false => Err(format!("{name} takes {want} {what}, and these are {got}")),
        };
        match (kind, value) {
            (Kind::Latent { dims, .. }, Value::Latent(v)) => {
                want(*dims, v.len(), "numbers")?;
                if v.iter().any(|v| !v.is_finite()) {
                    return Err(format!("{name} takes numbers, and one of these is none"));
                }
                Ok(())
            }
            (Kind::Class { names }, Value::Class(v)) => {
                want(names.len(), v.len(), "weights, one a class")?;
                let total: f32 = v.iter().sum();
                if !v.iter().all(|w| (0.0..=1.0).contains(w)) || (total - 1.0).abs() > 1e-3 {
                    return Err(format!("weights of {name} are from 0 to 1 and add up to 1"));
                }
                Ok(())
            }
            (Kind::Codes { height, width, entries }, Value::Codes(v)) => {
                want(height * width, v.len(), "codes")?;
                match v.iter().find(|c| usize::from(**c) >= *entries) {
                    Some(code) => {
                        Err(format!("{name} takes codes from 0 to {}, not {code}", entries.saturating_sub(1)))
                    }
                    None => Ok(()),
                }
            }
            (Kind::Codes { .. }, Value::Between(way)) => {
                self.check(&Value::Codes(way.from.clone()))?;
                self.check(&Value::Codes(way.to.clone()))?;
                match (0.0..=1.0).contains(&way.part) {
                    true => Ok(()),
                    false => Err(format!("a way between codes of {name} goes from 0 to 1, not {}", way.part)),
                }
            }
            (Kind::Picture { width, height, channels, .. }, Value::Picture(v)) => {
                want(width * height * channels, v.len(), "bytes")
            }
            (Kind::Labels { width, height, legend }, Value::Picture(v)) => {
                want(width * height, v.len(), "labels, one a pixel")?;
                match v.iter().find(|label| usize::from(**label) >= legend.len()) {
                    Some(label) => Err(format!(
                        "{name} takes labels from 0 to {}, not {label}",
                        legend.len().saturating_sub(1)
                    )),
                    None => Ok(()),
                }
            }
            (Kind::Partial { width, height, channels }, Value::Picture(v)) => {
                want(width * height * (channels + 1), v.len(), "bytes, its mask among them")
            }
            (Kind::Noise, Value::Noise(_)) => Ok(()),
            (Kind::Number { min, max }, Value::Number(v)) => match (min..=max).contains(&v) {
                true => Ok(()),
                false => Err(format!("{name} goes from {min} to {max}, not {v}")),
            },
            // On the way between two of them it may be any number, which the model rounds.
            (Kind::Whole { max, .. }, Value::Number(v)) => match (0.0..=f32::from(*max)).contains(v) {
                true => Ok(()),
                false => Err(format!("{name} goes from 0 to {max}, not {v}")),
            },
            (Kind::Moment { frames, .. }, Value::Number(v)) => {
                let last = f32::from(frames.saturating_sub(1));
                match (0.0..=last).contains(v) {
                    true => Ok(()),
                    false => Err(format!("{name} goes from 0 to {last}, not {v}")),
                }
            }
            (Kind::Text { longest, .. }, Value::Text(text)) => match vocabulary::words(text).len() {
                many if many > *longest => {
                    Err(format!("{name} takes at most {longest} words, and these are {many}"))
                }
                _ => Ok(()),
            },
            (Kind::Text { .. }, Value::Texts(way)) => {
                self.check(&Value::Text(way.from.clone()))?;
                self.check(&Value::Text(way.to.clone()))?;
                match (0.0..=1.0).contains(&way.part) {
                    true => Ok(()),
                    false => Err(format!("a way between texts of {name} goes from 0 to 1, not {}", way.part)),
                }
            }
            (Kind::Tracks { span }, Value::Tracks(v)) => tracks::check(name, v, *span),
            _ => Err(format!("{name} takes something else than this value")),
        }
    }
}

/// All weight on one class.
pub fn one_hot(class: usize, classes: usize) -> Value {
    Value::Class((0..classes).map(|i| if i == class { 1.0 } else { 0.0 }).collect())
}

/// Dimensions of the first latent; 0 where there is none.
pub fn dims(inputs: &[Input]) -> usize {
    free(inputs).map_or(0, |(_, dims)| dims)
}

/// What the first latent is drawn from.
pub fn prior(inputs: &[Input]) -> Prior {
    let of = |input: &Input| match input.kind {
        Kind::Latent { dims, prior, .. } if dims > 0 => Some(prior),
        _ => None,
    };
    inputs.iter().find_map(of).unwrap_or_default()
}

/// What dimension `i` of the first latent stands for, where the model was told.
pub fn dimension_name(inputs: &[Input], i: usize) -> Option<&str> {
    let (place, _) = free(inputs)?;
    match &inputs.get(place)?.kind {
        Kind::Latent { names, .. } => names.get(i).map(String::as_str),
        _ => None,
    }
}

/// The chunks of the first latent; empty where it is heard whole.
pub fn chunks(inputs: &[Input]) -> &[Chunk] {
    match free(inputs).and_then(|(place, _)| inputs.get(place)).map(|i| &i.kind) {
        Some(Kind::Latent { chunks, .. }) => chunks,
        _ => &[],
    }
}

/// The latents beside the first that a sample draws too, with their dimensions: the motion of a clip.
pub fn drawn_beside(inputs: &[Input]) -> impl Iterator<Item = (&str, usize)> {
    inputs.iter().filter_map(|input| match input.kind {
        Kind::Latent { dims, .. } if input.name == MOTION => Some((input.name.as_str(), dims)),
        _ => None,
    })
}

/// Place and dimensions of the first latent: the input that tools leave free.
pub fn free(inputs: &[Input]) -> Option<(usize, usize)> {
    inputs.iter().enumerate().find_map(|(i, input)| match input.kind {
        Kind::Latent { dims, .. } if dims > 0 => Some((i, dims)),
        _ => None,
    })
}
