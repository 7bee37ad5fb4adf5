//! The zoo: one file a system of the field, and the registry that names them all.
//!
//! Must not know: messages, files, the window.

pub mod declare;

pub use declare::{Family, Loss, Recipe, Scale, Setting, Settings};
