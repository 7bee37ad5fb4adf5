//! Where a model came from, as a plain value.
//!
//! Must not know: Burn, egui, how it is opened.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where a model came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Source {
    /// Inside the program.
    Shipped(String),
    /// A checkpoint file.
    File(PathBuf),
    /// It is being trained.
    Training,
}
