//! Where a training stands, and what its steps measured.
//!
//! Must not know: who asks, how a step is made.

use crate::zoo::Settings;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Training as the window shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Phase {
    /// Nothing is being trained.
    #[default]
    Idle,
    /// Data is being read for a training.
    Preparing,
    /// Steps are being made.
    Running,
    /// Held; nothing is lost.
    Paused,
    /// Done or stopped; the run folder holds its last state.
    Finished,
}

/// Where a training stands. Sent about ten times a second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What is going on.
    pub phase: Phase,
    /// Recipe name.
    pub recipe: String,
    /// Data set's title.
    pub data: String,
    /// What the run's phase is called; empty where it has only one.
    pub stage: String,
    /// Optimiser steps made.
    pub step: u64,
    /// Passes over the data made (fractional).
    pub epoch: f64,
    /// Part done, 0–1, where an end was ordered.
    pub fraction: Option<f64>,
    /// Optimiser steps per second of training time, over the last seconds.
    pub steps_per_s: f64,
    /// Pictures per second of training time, over the last seconds.
    pub images_per_s: f64,
    /// Seconds left at this rate, where an end was ordered.
    pub seconds_left: Option<f64>,
    /// The run folder.
    pub folder: Option<PathBuf>,
    /// Values of the live settings in force.
    pub live: Settings,
}

/// Metrics of consecutive steps: `rows[i]` belongs to step `first + i` and has one value per declared loss; a loss that is
/// not measured in the step's phase has NaN there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Step of the first row (the first step of a run is 1).
    pub first: u64,
    /// One row a step, in the order of the recipe's losses.
    pub rows: Vec<Vec<f32>>,
}
