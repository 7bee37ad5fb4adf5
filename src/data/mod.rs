//! Data: the built-in generators and the readers of real formats, all ending in one plain value, [`Dataset`].
//!
//! Must not know: Burn, the engine, the window. Everything here is bytes and plain Rust.

pub mod dataset;
pub mod digits;
pub mod faces;
pub mod folder;
pub mod idx;
pub mod own;
pub mod spec;
pub mod summary;

pub use dataset::{Attribute, AttributeKind, Dataset, Pictures, Skipped, Split};
pub use spec::{DataError, Job, Spec, Want};
