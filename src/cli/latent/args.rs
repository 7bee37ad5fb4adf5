//! What can be typed after walk, edit, directions, project, map and layers.
//!
//! Must not know: how any of it is done.

use super::super::args::{On, finite, written};
use clap::{Args, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

/// `zscope walk`.
#[derive(Debug, Args)]
pub struct WalkArgs {
    /// Checkpoint or shipped model.
    pub file: PathBuf,
    /// A keyframe, in order: the seed of a sample, a picture (encoded, or projected), a PNG that zscope saved, or a
    /// text file with a latent. Of a model of codes a number is a picture of its data. Without any: 1, 2, 3 and 4.
    #[arg(long = "key", value_name = "SEED|FILE")]
    pub keys: Vec<OsString>,
    /// Frames in all.
    #[arg(long, default_value_t = 90)]
    pub frames: usize,
    /// Frames a second.
    #[arg(long, default_value_t = 25.0, value_parser = finite::<f32>)]
    pub fps: f32,
    /// Height in pixels.
    #[arg(long, default_value_t = 256)]
    pub height: u32,
    /// Straight lines instead of the sphere.
    #[arg(long)]
    pub linear: bool,
    /// How time goes by between keyframes.
    #[arg(long, value_enum, default_value_t = Ease::Smooth)]
    pub easing: Ease,
    /// Return to the first keyframe.
    #[arg(long)]
    pub closed: bool,
    /// Of a model of codes: on the way, the entries of the codebook nearest to what lies between two codes.
    #[arg(long)]
    pub nearest: bool,
    /// Data SPEC of the numbered pictures of a model of codes [default: what it learnt from].
    #[arg(long)]
    pub data: Option<String>,
    /// Squares for pixels, not blended.
    #[arg(long)]
    pub sharp: bool,
    /// A .gif, an animated .png or .apng, or a folder for numbered PNGs.
    #[arg(long)]
    pub out: PathBuf,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// Easing by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Ease {
    /// Evenly.
    Even,
    /// Slow at each keyframe.
    Smooth,
    /// Slower still.
    Smoother,
}

/// `zscope edit`.
#[derive(Debug, Args)]
pub struct EditArgs {
    /// Checkpoint or shipped model.
    pub file: PathBuf,
    /// What is edited: the seed of a sample, a picture, a PNG that zscope saved, or a text file with a latent.
    #[arg(long = "from", value_name = "SEED|FILE", default_value = "1")]
    pub from: OsString,
    /// Move along a direction of the model by so many units: --move Smiling=1.5; without a number by its own strength.
    #[arg(long = "move", value_name = "NAME[=UNITS]", allow_hyphen_values = true)]
    pub moves: Vec<String>,
    /// Set a dimension, in σ as the sliders of the window have it: --set 3=1.2
    #[arg(long = "set", value_name = "DIM=VALUE")]
    pub set: Vec<String>,
    /// Add back what the model could not redraw of the picture.
    #[arg(long)]
    pub residual: bool,
    /// A − B + C: give the first attribute to somebody who has the second, "Smiling,Male" or "Eyeglasses,-Male"; or three
    /// classes, "8,3,5".
    #[arg(long, value_name = "WHAT,WHOM|A,B,C", allow_hyphen_values = true)]
    pub arithmetic: Option<String>,
    /// With --arithmetic: how often the judge sees the result in so many random draws.
    #[arg(long, requires = "arithmetic", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub evaluate: Option<u32>,
    /// Seed of the draws, and of the noise around the result.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Data whose labels choose A, B and C; default: what the model was trained on.
    #[arg(long)]
    pub data: Option<String>,
    /// The classifier that judges; default: the shipped one that reads such pictures, if any.
    #[arg(long)]
    pub judge: Option<PathBuf>,
    /// Pictures or samples that are labelled.
    #[arg(long, default_value_t = crate::engine::tool::LEARN_FROM)]
    pub count: usize,
    /// The picture; it carries its latent. With --arithmetic the paper's figure: the means, and 3×3 results.
    #[arg(long, value_parser = written(&["png"]))]
    pub out: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// `zscope directions`.
#[derive(Debug, Args)]
pub struct DirectionsArgs {
    /// Checkpoint or shipped model.
    pub file: PathBuf,
    /// Only this attribute; without it, all that the model has, or that can be learnt.
    #[arg(long)]
    pub attribute: Option<String>,
    /// Find them anew, in this way, whatever is saved with the model; those that it lacks are found by "normal".
    #[arg(long, value_enum)]
    pub method: Option<Way>,
    /// Which other attributes are projected out: "none", "unrelated" (all that are no near synonym), or names parted
    /// by commas.
    #[arg(long, default_value = "none")]
    pub keep: String,
    /// Data whose labels are used; default: what the model was trained on.
    #[arg(long)]
    pub data: Option<String>,
    /// The classifier that judges; default: the shipped one that reads such pictures, if any.
    #[arg(long)]
    pub judge: Option<PathBuf>,
    /// Pictures or samples that are labelled, or components that are found.
    #[arg(long)]
    pub count: Option<usize>,
    /// How far to go, in units; default: the direction's own strength.
    #[arg(long, allow_hyphen_values = true, value_parser = finite::<f32>)]
    pub strength: Option<f32>,
    /// Move so many latents of unseen pictures (or fresh samples) that lack the attribute, and let the judge look.
    #[arg(long, requires = "attribute", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub evaluate: Option<u32>,
    /// Write the model with these directions.
    #[arg(long, value_parser = written(&["safetensors"]))]
    pub save: Option<PathBuf>,
    /// Write the directions alone, as JSON, for sharing.
    #[arg(long, value_parser = written(&["json"]))]
    pub export: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// Ways to find directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Way {
    /// Difference of the means of those that have it and those that have not.
    Means,
    /// Normal of a linear classifier.
    Normal,
    /// Principal components of encodings.
    Pca,
    /// Principal components of the first layer's activations, carried back to z.
    Ganspace,
    /// Eigenvectors of the first layer's weights.
    Sefa,
}

/// `zscope project`.
#[derive(Debug, Args)]
pub struct ProjectArgs {
    /// Checkpoint or shipped model.
    pub file: PathBuf,
    /// The picture.
    #[arg(long)]
    pub image: PathBuf,
    /// Most optimiser steps; after the encoder's answer, where there is an encoder.
    #[arg(long, default_value_t = 30)]
    pub steps: usize,
    /// The model's picture of it; it carries its latent.
    #[arg(long, value_parser = written(&["png"]))]
    pub out: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// `zscope map`.
#[derive(Debug, Subcommand)]
pub enum MapCommand {
    /// Draw pictures on a plane through latent space, evenly in probability or in σ.
    Plane(PlaneArgs),
    /// Say how much every dimension matters, and draw what each does, those that matter most first.
    Strips(StripsArgs),
    /// Lay encodings of data, or samples, out on a plane: as a table, or as a mosaic of pictures.
    Points(PointsArgs),
    /// Find the training pictures that are most like an output.
    Nearest(NearestArgs),
}

/// `zscope map plane`.
#[derive(Debug, Args)]
pub struct PlaneArgs {
    /// Checkpoint or shipped model.
    pub file: PathBuf,
    /// What goes to the right: a dimension or a direction of the model; default: the dimension that matters most.
    #[arg(long, value_name = "DIM|NAME")]
    pub across: Option<String>,
    /// What goes up; default: the dimension that matters second most.
    #[arg(long, value_name = "DIM|NAME")]
    pub up: Option<String>,
    /// What is even: equal steps of probability, or of σ.
    #[arg(long, value_enum, default_value_t = Rule::Probability)]
    pub rule: Rule,
    /// Pictures each way, 7 to 32.
    #[arg(long, default_value_t = 12)]
    pub n: usize,
    /// The latent that the plane goes through, as in walk; default: the origin.
    #[arg(long, value_name = "SEED|FILE")]
    pub from: Option<OsString>,
    /// The picture.
    #[arg(long, value_parser = written(&["png"]))]
    pub out: PathBuf,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// What is even on a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rule {
    /// Equal steps are equally probable under the prior.
    Probability,
    /// Equal steps are equal distances; the whole is ±2.5 σ.
    Sigma,
}

/// `zscope map strips`.
#[derive(Debug, Args)]
pub struct StripsArgs {
    /// Checkpoint or shipped model.
    pub file: PathBuf,
    /// The latent that is moved, as in walk; default: the origin.
    #[arg(long, value_name = "SEED|FILE")]
    pub from: Option<OsString>,
    /// A picture with a row for every dimension: −2.5, −1.25, 0, 1.25 and 2.5 σ.
    #[arg(long, value_parser = written(&["png"]))]
    pub out: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// `zscope map points`.
#[derive(Debug, Args)]
pub struct PointsArgs {
    /// Checkpoint or shipped model.
    pub file: PathBuf,
    /// Data that is encoded; default: what the model was trained on.
    #[arg(long)]
    pub data: Option<String>,
    /// Samples from the prior instead of data (always so for a model without an encoder).
    #[arg(long)]
    pub samples: bool,
    /// How many, 3 to 60000.
    #[arg(long, default_value_t = 2000)]
    pub count: usize,
    /// How they are laid out.
    #[arg(long, value_enum, default_value_t = Layout::Pca)]
    pub by: Layout,
    /// A .csv with a line for each point (place, what it shows, latent), or a .png: a mosaic of what the model draws.
    #[arg(long, value_parser = written(&["csv", "png"]))]
    pub out: PathBuf,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// Ways to lay points out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// The first two principal components.
    Pca,
    /// t-SNE.
    Tsne,
    /// The two dimensions that matter most.
    Dims,
}

/// `zscope map nearest`.
#[derive(Debug, Args)]
pub struct NearestArgs {
    /// Checkpoint or shipped model.
    pub file: PathBuf,
    /// The latent of the output, as in walk.
    #[arg(long, value_name = "SEED|FILE", default_value = "1")]
    pub from: OsString,
    /// Pictures that are looked through; default: what the model was trained on.
    #[arg(long)]
    pub data: Option<String>,
    /// Compare what a classifier sees, not pixel by pixel.
    #[arg(long)]
    pub features: bool,
    /// That classifier; default: the shipped one that reads such pictures, if any.
    #[arg(long)]
    pub judge: Option<PathBuf>,
    /// A picture: the output, and those most like it.
    #[arg(long, value_parser = written(&["png"]))]
    pub out: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}

/// `zscope layers`.
#[derive(Debug, Args)]
pub struct LayersArgs {
    /// Checkpoint, foreign file or shipped model.
    pub file: PathBuf,
    /// The latent: the seed of a sample, a picture, a PNG that zscope saved, or a text file with a latent.
    #[arg(long = "from", value_name = "SEED|FILE", default_value = "1")]
    pub from: OsString,
    /// Only this layer, by its name or its number in the list.
    #[arg(long, value_name = "NAME|NUMBER")]
    pub layer: Option<String>,
    /// The maps of the layer, or of all one under another, as a PNG: in each layer black is the smallest number, white
    /// the largest.
    #[arg(long, value_parser = written(&["png"]))]
    pub out: Option<PathBuf>,
    /// Where to compute.
    #[arg(long, value_enum, default_value_t = On::Auto)]
    pub device: On,
}
