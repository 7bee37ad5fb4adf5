//! Data: the built-in generators and the readers of real formats, all ending in one plain value, [`Dataset`].
//!
//! Must not know: Burn, the engine, the window. Everything here is bytes and plain Rust.

pub mod celeba;
pub mod cifar;
pub mod dataset;
pub mod digits;
mod drawn;
pub mod faces;
mod files;
pub mod folder;
pub mod idx;
mod labels;
pub mod own;
mod picture;
pub mod shapes;
pub mod spec;
pub mod summary;

pub use dataset::{Attribute, AttributeKind, Dataset, Pictures, Skipped, Split};
pub use spec::{DataError, Job, Spec, Want};
