//! Checkpoints on disk.
//!
//! Must not know: the engine, the window.

pub mod checkpoint;
pub mod whole;

pub use checkpoint::{Card, Checkpoint};
