//! What is asked of tools, and what they tell: plain values.
//!
//! Must not know: how any of it is done.

use crate::engine::source::Source;
use crate::latent::Direction;
use crate::latent::direction::Method;
use crate::metrics::codes::Usage;
use crate::metrics::tradeoff::Traded;
use crate::point::{Point, Values};
use crate::tools::Labelled;
use crate::tools::embed::Embedded;
use crate::tools::families::{Comparison, Effort};
use crate::tools::film::Film;
use crate::tools::learn::Keep;
use crate::tools::memory::{Likeness, Nearest};
use crate::tools::picture::Origin;
use crate::tools::points::{Points, Tsne};
use crate::tools::words::Words;
use crate::zoo::model::CodesAsked;
use std::path::PathBuf;
use std::sync::Arc;

/// What a tool is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolOrder {
    /// Find a direction for every attribute, and keep the labelled latents.
    Learn {
        /// Data whose labels are used with the encoder, if the model has one; samples are judged otherwise.
        data: String,
        /// Pictures or samples.
        count: usize,
        /// Which other attributes stay.
        keep: Keep,
        /// Difference of means, or the classifier's normal.
        method: Method,
    },
    /// Find out what latents show, for presets: encodings of labelled data, or samples that a judge looks at.
    Label {
        /// Data whose labels are used with the encoder, if the model has one.
        data: String,
        /// Pictures or samples.
        count: usize,
    },
    /// Find directions without labels ([`Method::Pca`], [`Method::Ganspace`] or [`Method::Sefa`]).
    Components {
        /// Which.
        method: Method,
        /// How many.
        count: usize,
        /// Data that is encoded for [`Method::Pca`].
        data: String,
    },
    /// Encode a picture file, or project it where there is no encoder.
    Embed {
        /// The picture.
        picture: PathBuf,
        /// Optimiser steps after the encoder's answer.
        optimise: usize,
    },
    /// Search on for the latent of a picture that was embedded before.
    Further {
        /// What was found so far.
        found: Arc<Embedded>,
        /// Most further steps.
        optimise: usize,
    },
    /// Read what a picture of the data gives of the model's inputs beside its latent: its codes, its outlines.
    Example {
        /// Data SPEC.
        data: String,
        /// Which of its training pictures.
        index: usize,
        /// The one input that is wanted, all others left as they are; `None` = all.
        only: Option<String>,
    },
    /// The points that some pictures of the data give, into the well that is filled.
    Examples {
        /// Data SPEC.
        data: String,
        /// The first of its training pictures.
        from: usize,
        /// How many.
        count: usize,
    },
    /// Count how often each code stands for something in pictures of the data.
    Usage {
        /// Data SPEC.
        data: String,
        /// How many training pictures, at most.
        count: usize,
    },
    /// Draw codes from the model's prior over them.
    Draw(CodesAsked),
    /// Measure what samples of a truncated prior gain and lose.
    Trade {
        /// Data SPEC, whose held-out pictures samples are compared with.
        data: String,
        /// Samples for each truncation.
        count: usize,
    },
    /// Read the latents in a file; a picture is encoded, or projected where there is no encoder.
    Latents(PathBuf),
    /// Write a film.
    Film(Film),
    /// Write a picture that carries its latent.
    Picture {
        /// Latent and model.
        origin: Origin,
        /// Added to the picture: `channels × height × width` floats.
        plus: Option<Arc<Vec<f32>>>,
        /// Blend between pixels (else squares) where it is enlarged.
        smooth: bool,
        /// The PNG.
        out: PathBuf,
    },
    /// Enlarge a picture file of any size, in tiles.
    Enlarge {
        /// The picture.
        picture: PathBuf,
        /// The PNG.
        out: PathBuf,
    },
    /// Encode data, or draw samples, for the map.
    Points {
        /// Data SPEC; `None` = samples from the prior.
        data: Option<String>,
        /// How many, at most.
        count: usize,
    },
    /// Put models side by side.
    Families {
        /// The models: shipped ones, checkpoints, or folders of runs.
        models: Vec<Source>,
        /// Data SPEC.
        data: String,
        /// How much is measured.
        effort: Effort,
    },
    /// Write such a comparison into a new folder in that one.
    WriteFamilies(Arc<Comparison>, PathBuf),
    /// Lay points out by t-SNE.
    Tsne(Arc<Points>),
    /// Find the training pictures that are most like what a latent shows.
    Nearest {
        /// The latent.
        z: Arc<[f32]>,
        /// The map, whose pictures are looked at where it has some.
        of: Arc<Points>,
        /// Data SPEC for a map of samples.
        data: String,
        /// What is compared.
        by: Likeness,
    },
    /// Draw a point with each word of its caption left out in turn.
    Words(Point),
}

/// Kinds of tools; of each, one runs at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ToolKind {
    /// [`ToolOrder::Learn`], [`ToolOrder::Label`] and [`ToolOrder::Components`].
    Directions,
    /// [`ToolOrder::Embed`].
    Embed,
    /// [`ToolOrder::Example`].
    Example,
    /// [`ToolOrder::Draw`].
    Draw,
    /// [`ToolOrder::Trade`].
    Trade,
    /// [`ToolOrder::Latents`] and [`ToolOrder::Examples`].
    Latents,
    /// [`ToolOrder::Usage`].
    Usage,
    /// [`ToolOrder::Film`].
    Film,
    /// [`ToolOrder::Picture`].
    Picture,
    /// [`ToolOrder::Enlarge`].
    Enlarge,
    /// [`ToolOrder::Points`].
    Points,
    /// [`ToolOrder::Families`] and [`ToolOrder::WriteFamilies`]; they are of no one model.
    Families,
    /// [`ToolOrder::Tsne`].
    Tsne,
    /// [`ToolOrder::Nearest`].
    Nearest,
    /// [`ToolOrder::Words`].
    Words,
}

impl ToolOrder {
    /// Its kind.
    pub fn kind(&self) -> ToolKind {
        match self {
            Self::Learn { .. } | Self::Label { .. } | Self::Components { .. } => ToolKind::Directions,
            Self::Embed { .. } | Self::Further { .. } => ToolKind::Embed,
            Self::Example { .. } => ToolKind::Example,
            Self::Latents(_) | Self::Examples { .. } => ToolKind::Latents,
            Self::Usage { .. } => ToolKind::Usage,
            Self::Draw(_) => ToolKind::Draw,
            Self::Trade { .. } => ToolKind::Trade,
            Self::Film(_) => ToolKind::Film,
            Self::Picture { .. } => ToolKind::Picture,
            Self::Enlarge { .. } => ToolKind::Enlarge,
            Self::Points { .. } => ToolKind::Points,
            Self::Families { .. } | Self::WriteFamilies(..) => ToolKind::Families,
            Self::Tsne(_) => ToolKind::Tsne,
            Self::Nearest { .. } => ToolKind::Nearest,
            Self::Words(_) => ToolKind::Words,
        }
    }
}

/// What a tool found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Labelled latents, and the directions of their attributes.
    Learned(Arc<Labelled>, Vec<Direction>),
    /// Directions without labels.
    Components(Vec<Direction>),
    /// A picture's latent.
    Embedded(Arc<Embedded>),
    /// Values of inputs beside the latent, and the picture of the data that they were read of, as planar bytes of the size that is drawn.
    Read(Values, Option<Arc<[u8]>>),
    /// Codes that a prior drew, by the inputs that take them.
    Drawn(Values),
    /// Points of a file or of data, and what to call them.
    Latents(String, Vec<Point>),
    /// How often codes are used.
    Used(Arc<Usage>),
    /// What samples of a truncated prior gain and lose, from the narrowest to the whole prior.
    Traded(Arc<Vec<Traded>>),
    /// A film or picture was written there.
    Written(PathBuf),
    /// Points for the map.
    Points(Arc<Points>),
    /// Models side by side.
    Families(Arc<Comparison>),
    /// Where t-SNE lays them.
    Tsne(Arc<Tsne>),
    /// Training pictures like an output.
    Nearest(Arc<Nearest>),
    /// What each word of a caption does.
    Words(Arc<Words>),
}

/// How a tool stands.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolNews {
    /// It is at work: (done, total); total 0 = not known.
    Working(usize, usize),
    /// It is done.
    Done(Found),
    /// It could not be done: one sentence.
    Failed(String),
    /// The person gave it up.
    Cancelled,
}
