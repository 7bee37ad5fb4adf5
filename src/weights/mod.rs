//! Checkpoints on disk.
//!
//! Must not know: the engine, the window.

pub mod checkpoint;
pub mod foreign;
pub mod infer;
pub mod open;
pub mod whole;
pub mod write;

pub use checkpoint::{Card, Checkpoint};
pub use open::read;
