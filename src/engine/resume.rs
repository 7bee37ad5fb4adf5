//! What it takes to go on with a run or a checkpoint: its order and the state to begin with.
//!
//! Must not know: how a training steps.

use super::folder;
use super::order::TrainOrder;
use super::points::kept;
use super::tuning;
use crate::weights::{self, Checkpoint};
use std::path::Path;

/// A run's order and newest checkpoint that can be read; a damaged newest one falls back to the one before. A run that
/// was killed before its first save has none, and starts anew as it was ordered.
pub fn resume(run: &Path) -> Result<(TrainOrder, Option<Checkpoint>), String> {
    let order = folder::read_order(run)?;
    let order = TrainOrder { data: kept(run, &order.data), ..order };
    let mut first_error = None;
    for path in folder::checkpoints(run).iter().rev() {
        match Checkpoint::read(path) {
            Ok(checkpoint) => return Ok((order, Some(checkpoint))),
            Err(e) => {
                first_error.get_or_insert(e);
            }
        }
    }
    first_error.map_or(Ok((order, None)), Err)
}

/// The run that a checkpoint lies in.
pub fn run_of(checkpoint: &Path) -> Option<&Path> {
    checkpoint.parent().filter(|p| p.ends_with("checkpoints")).and_then(Path::parent)
}

/// The SPEC by which the data of a checkpoint is had now: one that lies in a run may have its points there.
pub fn data_of(checkpoint: &Path, data: &str) -> String {
    run_of(checkpoint).map_or_else(|| data.into(), |run| kept(run, data))
}

fn endless(order: TrainOrder) -> TrainOrder {
    TrainOrder { steps: None, epochs: None, minutes: None, ..order }
}

/// What it takes to train `from` on until somebody stops it: a run folder, or a checkpoint. A checkpoint that is the
/// newest of its run goes on in that run's folder; of any other the training gets a folder of its own.
pub fn going_on(from: &Path) -> Result<(TrainOrder, Option<Checkpoint>), String> {
    let run = match run_of(from) {
        Some(run) if folder::checkpoints(run).last().is_some_and(|newest| newest == from) => Some(run),
        None if from.is_dir() => Some(from),
        _ => None,
    };
    if let Some(run) = run {
        let (order, checkpoint) = resume(run)?;
        return Ok((TrainOrder { out: Some(run.into()), resume: true, ..endless(order) }, checkpoint));
    }
    branch(from).map(|(order, checkpoint)| (order, Some(checkpoint)))
}

/// What it takes to train a checkpoint on in a run of its own, until somebody stops it (see [`tuning::begin`]). One that
/// lies in a run brings that run's past with it.
pub fn branch(from: &Path) -> Result<(TrainOrder, Checkpoint), String> {
    let run = run_of(from);
    let name = run.unwrap_or(from).file_stem().map_or(String::new(), |n| n.to_string_lossy().into_owned());
    tuning::begin(TrainOrder::default(), &name, run, weights::read(from)?)
}
