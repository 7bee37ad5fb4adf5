//! Everything that passes between the window (or the command line) and the engine: plain values both ways.
//!
//! Must not know: Burn, egui. Handles to pictures are opaque ([`crate::gpu::Image`]).

use super::archive::request::{Reply, Request};
pub use super::grid::GridWanted;
use super::health::Warning;
pub use super::order::{Change, Parent, TrainOrder};
pub use super::progress::{Metrics, Phase, Progress};
pub use super::source::Source;
use super::tool::asked::{ToolKind, ToolNews, ToolOrder};
use crate::gpu::Image;
use crate::latent::Direction;
use crate::metrics::codes::{Off, Usage};
use crate::nn::network::view::View;
use crate::objective::game::Game;
use crate::point::{Input, Point, Values};
use crate::tools::{enlarged, futures, pixels, plane};
use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Where models run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceChoice {
    /// The GPU where a hardware adapter exists, else the CPU.
    #[default]
    Auto,
    /// Burn's flex backend.
    Cpu,
    /// Burn's wgpu backend.
    Gpu,
}

/// What the window asks the engine to do. Answered by [`Event`]s.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Explore the model in this checkpoint file.
    Open(PathBuf),
    /// Explore a model that is shipped inside the program, by name ("faces-vae").
    OpenShipped(String),
    /// Explore the model that is being trained, as it is now.
    WatchTraining,
    /// Draw this model too, at the latent of the explored one; `None` = no longer.
    Compare(Option<Source>),
    /// Save the explored model as a checkpoint (whole or absent), with these directions.
    Save(PathBuf, Vec<Direction>),
    /// Write directions to a file, for sharing.
    WriteDirections(PathBuf, Vec<Direction>),
    /// Write points that were drawn to a file of their own. Answered by [`Event::Points`].
    WritePoints {
        /// The points.
        points: Arc<Vec<[f32; 2]>>,
        /// σ of the Gaussian around each.
        sigma: f32,
        /// Where the file goes; `None` = the user's data folder.
        folder: Option<PathBuf>,
    },
    /// Read directions that somebody shared.
    ReadDirections(PathBuf),
    /// Read a tour that somebody shared. Answered by [`Event::Tour`].
    ReadTour(PathBuf),
    /// Write this text, which is a tour's, to a file (whole or absent).
    WriteTour(PathBuf, String),
    /// Choose what shapes don't tell of the explored foreign network; it is remembered beside its file.
    NetworkSetting {
        /// The setting's name.
        name: String,
        /// What it shall be.
        choice: String,
    },
    /// Put a tool to work on the explored model.
    Tool(ToolOrder),
    /// Give a tool up.
    CancelTool(ToolKind),
    /// Start training. Replaces a training that is stopped; refused while one runs.
    Train(TrainOrder),
    /// Train a checkpoint on, until stopped: in its run folder when it is that run's newest, else in a new one.
    Continue {
        /// A checkpoint, or a run folder, whose newest checkpoint it means.
        from: PathBuf,
        /// Where its data is now; `None` = where it was.
        data: Option<String>,
        /// The run folder where a new one is needed; `None` = a new one in the user's data folder.
        out: Option<PathBuf>,
    },
    /// Train a checkpoint on, until stopped, in a run of its own, which has the past of the checkpoint's run.
    Branch {
        /// The checkpoint.
        from: PathBuf,
        /// The new run folder; `None` = one in the user's data folder.
        out: Option<PathBuf>,
    },
    /// Train the explored model on, on the data of this order: a recipe's model, or a network from elsewhere, whose
    /// missing half is made fresh (see [`super::tuning`]).
    Tune(TrainOrder),
    /// Hold the training after the current step.
    Pause,
    /// Go on after [`Command::Pause`].
    Resume,
    /// Make exactly one optimiser step, then hold.
    Step,
    /// Make exactly one step with a live setting at another value, then hold.
    StepWith {
        /// The setting's name.
        name: String,
        /// Its value in this step.
        value: f64,
    },
    /// Make at most so many steps a second, so that each can be followed; `None` = as fast as it goes.
    Slow(Option<f64>),
    /// Let a later phase of the training begin with its next step, by name ("prior").
    BeginPhase(String),
    /// End the training; its last state is saved in the run folder and stays explorable.
    Stop,
    /// Change a live setting while it trains.
    Set {
        /// The setting's name.
        name: String,
        /// Its new value, checked against the declaration.
        value: f64,
    },
    /// Read a data set for the data page.
    LoadData {
        /// A data SPEC (`digits`, `folder:DIR`).
        spec: String,
        /// Width and height of the pictures.
        size: usize,
    },
    /// Give up reading data (for the data page or for a training that waits for it).
    CancelLoad,
    /// Move models to another device. Training, if any, must be stopped first.
    UseDevice(DeviceChoice),
    /// Something about recorded runs.
    Archive(Request),
}

/// Which model a fact is about; a new number for each model that was opened or trained.
pub type ModelId = u64;

/// One tensor of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TensorInfo {
    /// Name as a PyTorch user would expect (`decoder.fc1.weight`).
    pub name: String,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Element type ("F32").
    pub dtype: String,
}

/// What the window needs to know of the explored model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Number of this model in this session.
    pub id: ModelId,
    /// What to call it ("faces-vae", "my-run").
    pub name: String,
    /// Where it came from.
    pub source: Source,
    /// Recipe name.
    pub recipe: String,
    /// Recipe title.
    pub title: String,
    /// Data SPEC it was trained on.
    pub data: String,
    /// What it takes, in order.
    pub inputs: Vec<Input>,
    /// Dimensions of its first latent, each with prior N(0, 1) in what the window shows; 0 = it has none.
    pub latent_dims: usize,
    /// Width of its pictures in pixels.
    pub width: usize,
    /// Height of its pictures in pixels.
    pub height: usize,
    /// 1 (grey) or 3 (RGB).
    pub channels: usize,
    /// Trainable parameters.
    pub parameters: usize,
    /// Optimiser steps it has seen.
    pub step: u64,
    /// Whether its samples are points of the plane, of which its pictures are drawings.
    pub points: bool,
    /// Whether it draws its pictures pixel by pixel.
    #[serde(default)]
    pub pixels: bool,
    /// Names of the classes that the prior over its codes is told; `None` = no prior over codes was learnt.
    #[serde(default)]
    pub codes_prior: Option<Vec<String>>,
    /// Whether pictures can be encoded.
    pub has_encoder: bool,
    /// A latent worth opening on; empty = the origin.
    pub opening: Vec<f32>,
    /// Dimensions that its maker wants listed before the others.
    pub first: Vec<usize>,
    /// Values of its other inputs worth opening on; what is absent has its default.
    pub held: Values,
    /// Whether its optimiser's state is there, so that training can go on where it was.
    pub resumable: bool,
    /// Directions that were saved with it.
    pub directions: Vec<Direction>,
    /// A number that follows from its weights; empty while it trains.
    pub fingerprint: String,
    /// A foreign file's network, layer by layer.
    pub network: Option<Box<View>>,
    /// The layers on the way from a latent to the picture, whose activations can be seen.
    pub layers: Vec<LayerInfo>,
}

/// A layer on the way from a latent to the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerInfo {
    /// The name that its tensors begin with ("decoder.fc"), or what it is.
    pub name: String,
    /// What it gives for one latent: `[features]`, or `[channels, height, width]`.
    pub shape: Vec<usize>,
}

/// What a layer gives for the latent on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Tapped {
    /// The model.
    pub model: ModelId,
    /// Optimiser steps of its weights.
    pub step: u64,
    /// Which of its layers.
    pub layer: usize,
    /// `[features]`, or `[channels, height, width]`: of a very large layer only the first channels.
    pub shape: Vec<usize>,
    /// Its numbers, row-major.
    pub values: Arc<Vec<f32>>,
    /// Channels or features in all.
    pub all: usize,
}

/// What is to be seen of a model whose samples are points of the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneShown {
    /// The model.
    pub model: ModelId,
    /// Optimiser steps of its weights.
    pub step: u64,
    /// What there is.
    pub look: Arc<plane::Look>,
    /// Points of the data that no training sees; empty where they are not known.
    pub real: Arc<Vec<[f32; 2]>>,
}

/// What a model that draws pixel by pixel says of the picture on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct PixelsShown {
    /// The model.
    pub model: ModelId,
    /// Optimiser steps of its weights.
    pub step: u64,
    /// What it drew the picture of.
    pub point: Point,
    /// What there is.
    pub look: Arc<pixels::Look>,
}

/// What becomes of the small picture on the screen that a model enlarges.
#[derive(Clone, Debug, PartialEq)]
pub struct EnlargedShown {
    /// The model.
    pub model: ModelId,
    /// Optimiser steps of its weights.
    pub step: u64,
    /// What it drew the picture of.
    pub point: Point,
    /// What there is.
    pub look: Arc<enlarged::Look>,
}

/// What comes of the scene on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct FuturesShown {
    /// The model.
    pub model: ModelId,
    /// Optimiser steps of its weights.
    pub step: u64,
    /// The point that the scene is of.
    pub point: Point,
    /// What there is.
    pub look: Arc<futures::Look>,
}

/// What D said of the pictures of a step: of real ones, and of generated ones.
#[derive(Clone, Debug)]
pub struct JudgedShown {
    /// The model in training.
    pub model: ModelId,
    /// Optimiser steps made, this one with them.
    pub step: u64,
    /// The game that is played.
    pub game: Game,
    /// Real and generated pictures side by side, row by row, those first that D finds most real.
    pub sheets: [Image; 2],
    /// What D says of each, in the unit of the game's plot, in the same order.
    pub said: [Vec<f32>; 2],
    /// Where among them the batch's first is.
    pub first: [usize; 2],
    /// Pictures in a row, one at least.
    pub columns: usize,
    /// Pictures in the batch: more than are shown.
    pub of: usize,
    /// The first numbers of the latent that the batch's first generated picture was drawn of; empty where there is none.
    pub z: Vec<f32>,
}

impl JudgedShown {
    /// Columns and rows of a sheet.
    pub fn grid(&self) -> [usize; 2] {
        [self.columns, self.said[0].len().div_ceil(self.columns)]
    }
}

impl PartialEq for JudgedShown {
    fn eq(&self, other: &Self) -> bool {
        (self.model, self.step) == (other.model, other.step)
    }
}

/// How the importance of dimensions was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Importance {
    /// Mean KL(q(z_i|x) ‖ p(z_i)) over data, in nats: what the encoder says in this dimension.
    Kl,
    /// Root-mean-square change of the picture (0–1) when z_i moves from −1 to +1.
    Sensitivity,
}

/// A data set as the data page shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataView {
    /// The SPEC that was read.
    pub spec: String,
    /// What to call it.
    pub title: String,
    /// Training pictures; shared, never copied.
    pub train: std::sync::Arc<crate::data::Split>,
    /// What its attributes hold; shared as well.
    pub summary: std::sync::Arc<crate::data::summary::Summary>,
    /// Held-out pictures.
    pub test_count: usize,
    /// What was left out: path and reason; shared as well.
    pub skipped: std::sync::Arc<[(String, String)]>,
}

/// Where in the window an error belongs: where its result would have been.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// Opening or saving a model.
    Model,
    /// Training.
    Train,
    /// Reading data.
    Data,
    /// Recorded runs.
    Runs,
    /// The device or the engine itself.
    Engine,
    /// Wells and directions.
    Bench,
    /// Models side by side.
    Families,
}

/// What the engine tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The explored model changed (opened, or training started), or its step moved on by a checkpoint.
    Model(ModelInfo),
    /// The explored model takes other things than before, or these are other ones where nothing is said: a network grew while it trained.
    Grown {
        /// Which.
        model: ModelId,
        /// What it takes now.
        inputs: Vec<Input>,
        /// Its layers now.
        layers: Vec<LayerInfo>,
    },
    /// The network of a foreign file of that name is being worked out, which can take seconds; `None` = no more.
    Opening(Option<String>),
    /// The model that is drawn too, at the same latent; `None` = none any more.
    Compared(Option<ModelInfo>),
    /// Which dimensions matter; larger = more.
    Ranking {
        /// The model it was measured on.
        model: ModelId,
        /// How it was measured.
        measure: Importance,
        /// One value per latent dimension.
        values: Vec<f32>,
    },
    /// Where the training stands.
    Progress(Progress),
    /// New metrics. `first == 1` starts a new curve; a resumed run sends its past first.
    Metrics(Metrics),
    /// Progress of reading data.
    Loading {
        /// SPEC being read.
        spec: String,
        /// Pictures done.
        done: usize,
        /// Pictures in all (0 = not known yet).
        total: usize,
    },
    /// Data for the data page.
    Data(DataView),
    /// A checkpoint was written.
    Saved(PathBuf),
    /// A tour's file was read: where it lies, its text.
    Tour(PathBuf, String),
    /// A training begins, or goes on: its order, with the settings in force.
    Began(TrainOrder),
    /// A setting changed by itself, as the record of a run that is repeated says.
    Changed {
        /// The setting's name.
        name: String,
        /// Its value now.
        value: f64,
    },
    /// What is wrong with the training; an empty list takes back the one before.
    Health(Vec<Warning>),
    /// Something that a person should know, and need do nothing about.
    Note(String),
    /// An error that lasted is over.
    Recovered(Place),
    /// Something about recorded runs.
    Archive(Reply),
    /// What the wanted layer gives.
    Tapped(Tapped),
    /// What is to be seen of the plane.
    Plane(PlaneShown),
    /// What is said of the picture's pixels.
    Pixels(PixelsShown),
    /// What becomes of the small picture that is enlarged.
    Enlarged(EnlargedShown),
    /// What comes of the scene on the screen.
    Futures(FuturesShown),
    /// How often each code is used in some pictures of the data.
    Used {
        /// The model.
        model: ModelId,
        /// How often.
        usage: Arc<Usage>,
    },
    /// How far what is drawn is from the codebook; an empty list: it is of the codebook.
    Off {
        /// The model.
        model: ModelId,
        /// Each grid that is on the way between two.
        off: Vec<Off>,
    },
    /// What D said of the last step's pictures; `None`: there is no D, or no such step.
    Judged(Option<JudgedShown>),
    /// Where on the plane the point under the sliders is.
    Here {
        /// The model.
        model: ModelId,
        /// Where.
        at: [f32; 2],
    },
    /// The device in words ("CPU, 2 threads (Burn flex)").
    Device {
        /// In words.
        name: String,
        /// Whether it is a GPU.
        gpu: bool,
        /// Whether a hardware GPU could be chosen.
        gpu_available: bool,
    },
    /// The window goes to this point, which a picture carried.
    Latent {
        /// The model it belongs to.
        model: ModelId,
        /// Where to.
        point: Point,
    },
    /// A file was written that is no checkpoint.
    Written(PathBuf),
    /// Drawn points were written to this file.
    Points(PathBuf),
    /// Directions from a file.
    Directions(Vec<Direction>),
    /// How a tool stands.
    Tool {
        /// The model it works on.
        model: ModelId,
        /// Which tool.
        kind: ToolKind,
        /// What it tells.
        news: ToolNews,
    },
    /// Something failed; nothing else was lost.
    Failed {
        /// Where it belongs.
        place: Place,
        /// One sentence: what, why, what next.
        message: String,
    },
}

/// What the window wants to see. Newest wins: it is put in a slot, and an older one that was not yet
/// begun is forgotten.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The model that the latents belong to; results for another one are dropped.
    pub model: ModelId,
    /// Grows with every request; comes back with the result.
    pub stamp: u64,
    /// What the main picture is drawn of; `None` = not visible now.
    pub point: Option<Point>,
    /// The sample grid, if it is visible.
    pub grid: Option<GridWanted>,
    /// The layer whose activations for that latent are visible, by its place in [`ModelInfo::layers`].
    pub tap: Option<usize>,
    /// Whether the plane of the model's points is visible.
    pub plane: bool,
    /// What is visible of what it says of single pixels.
    pub pixels: Option<pixels::Asked>,
    /// What is visible of a small picture that is enlarged.
    pub enlarged: Option<enlarged::Asked>,
    /// What is visible of what comes of a scene.
    pub futures: Option<futures::Asked>,
    /// What is added to the main picture: `channels × height × width` floats.
    pub plus: Option<Plus>,
    /// Other latents that are visible, drawn side by side: thumbnails, filmstrips, planes.
    pub sheets: Vec<Sheet>,
    /// Dimensions whose strips are visible: each shows the picture with that dimension at each of
    /// [`STRIP`]. Drawn when nothing more urgent waits.
    pub strips: Vec<usize>,
    /// When the person's input arrived, for the latency figure.
    pub asked: Instant,
}

/// Something that is added to a picture; two are equal when they are the same.
#[derive(Clone, Debug)]
pub struct Plus(pub Arc<Vec<f32>>);

impl PartialEq for Plus {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Points drawn side by side, row by row. Two with the same key are the same sheet.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Follows from everything below.
    pub key: u64,
    /// Columns of the grid; the last row may be short.
    pub columns: usize,
    /// The points.
    pub points: Arc<[Point]>,
}

impl PartialEq for Sheet {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Sheet {
    /// A sheet of these points.
    pub fn new(columns: usize, points: Vec<Point>) -> Self {
        let mut hasher = DefaultHasher::new();
        columns.hash(&mut hasher);
        points.iter().for_each(|point| point.hash_into(&mut hasher));
        Self { key: hasher.finish(), columns, points: points.into() }
    }
}

/// Positions of a dimension in its strip, in units of the prior's σ.
pub const STRIP: [f32; 5] = [-2.5, -1.25, 0.0, 1.25, 2.5];

/// A finished picture.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The model that drew it.
    pub model: ModelId,
    /// Stamp of the request.
    pub stamp: u64,
    /// Optimiser steps of the weights that drew it.
    pub step: u64,
    /// What it shows.
    pub what: What,
    /// Whether it is done in part, and a better one follows.
    pub partial: bool,
    /// The picture; a grid or strip is one wide picture.
    pub image: Image,
    /// Milliseconds the decoder took.
    pub decode_ms: f32,
    /// When the request's input arrived.
    pub asked: Instant,
}

/// What a [`Shown`] picture shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum What {
    /// The main picture.
    Main,
    /// The sample grid.
    Grid(GridWanted),
    /// The strip of a dimension.
    Strip(usize),
    /// The sheet of that key.
    Sheet(u64),
}
