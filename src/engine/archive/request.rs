//! What is asked and told about recorded runs: plain values.
//!
//! Must not know: how any of it is read.

use super::film::FilmOrder;
use super::runs::RunCard;
use crate::engine::order::{Change, Parent};
use crate::engine::progress::Metrics;
use crate::engine::table::Table;
use crate::gpu::Image;
use std::path::PathBuf;
use std::sync::Arc;

/// What the window asks about runs. Answered by [`Reply`].
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// List the runs in a folder.
    List(PathBuf),
    /// Follow these runs, and no others.
    Watch(Vec<Watch>),
    /// Make a film.
    Film(FilmOrder),
    /// Give up making it.
    CancelFilm,
    /// Write every step's losses to a file.
    Csv {
        /// The run.
        run: PathBuf,
        /// The file.
        out: PathBuf,
    },
    /// Call a run's folder otherwise.
    Rename {
        /// The run.
        run: PathBuf,
        /// The folder's new name.
        name: String,
    },
    /// Put a run into the bin beside it.
    Bin(PathBuf),
    /// Take it out again.
    Restore {
        /// Where it is.
        from: PathBuf,
        /// Where it was.
        to: PathBuf,
    },
}

/// A run that is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Its folder.
    pub run: PathBuf,
    /// Whether its losses are read too; those of the training in this window come from it.
    pub metrics: bool,
}

/// A run as it is followed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunView {
    /// Its folder.
    pub run: PathBuf,
    /// Recipe name.
    pub recipe: String,
    /// Data SPEC.
    pub data: String,
    /// Steps of which samples are kept, ascending.
    pub samples: Arc<[u64]>,
    /// Steps of which checkpoints are kept, ascending.
    pub checkpoints: Arc<[u64]>,
    /// Changes of settings on the way.
    pub changes: Arc<[Change]>,
    /// Norms of layers at some steps: four columns a layer (see [`crate::engine::statistics`]).
    pub layers: Arc<Table>,
    /// KL of each latent dimension at some steps, nats.
    pub kl: Arc<Table>,
    /// Quantiles of each layer's weights, of its gradient, of what it gives, and of its singular values: 17 columns a layer.
    pub spreads: [Arc<Table>; 4],
    /// Which classes the samples showed, by a judge (see [`crate::engine::classes`]).
    pub classes: Arc<Table>,
    /// Where it came from.
    pub parent: Option<Parent>,
    /// Whether it grew lately.
    pub growing: bool,
}

/// What is told about runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The runs in a folder, the newest first.
    Runs {
        /// The folder.
        folder: PathBuf,
        /// Its runs.
        runs: Vec<RunCard>,
    },
    /// A followed run, when something of it changed.
    Run(RunView),
    /// New losses of a followed run. `first == 1` starts its curves anew.
    Metrics {
        /// Its folder.
        run: PathBuf,
        /// The losses.
        metrics: Metrics,
    },
    /// A film is being made: pictures done and in all.
    Filming(usize, usize),
    /// It was made.
    Filmed(PathBuf),
    /// It was given up.
    FilmCancelled,
    /// Losses were written.
    Written(PathBuf),
    /// A run's folder is called otherwise.
    Renamed {
        /// As it was.
        from: PathBuf,
        /// As it is.
        to: PathBuf,
    },
    /// A run is in the bin.
    Binned {
        /// Where it was.
        run: PathBuf,
        /// Where it is.
        bin: PathBuf,
    },
    /// A run is back.
    Restored(PathBuf),
    /// Something failed: one sentence.
    Failed(String),
}

/// A moment of a run, whose samples are wanted. Newest wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The run's folder.
    pub run: PathBuf,
    /// The step; the samples that were recorded last before it are meant.
    pub step: u64,
}

/// The samples of a moment.
#[derive(Clone, Debug)]
pub struct MomentShown {
    /// The run's folder.
    pub run: PathBuf,
    /// The step they were drawn at.
    pub step: u64,
    /// The picture.
    pub image: Image,
}
