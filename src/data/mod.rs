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

use std::path::Path;

pub use dataset::{Attribute, AttributeKind, Column, Dataset, Pictures, Skipped, Split};
pub use spec::{DataError, Job, Spec, Want};

/// One picture file as a set of one, cropped to a square and resized. Fails with a sentence.
pub fn read_one(path: &Path, want: Want) -> Result<Split, String> {
    let channels = want.channels.unwrap_or(3);
    match picture::read(path, Want { channels: Some(channels), ..want }) {
        picture::Read::Picture { pixels, .. } => {
            let pictures = Pictures { width: want.size, height: want.size, channels, pixels };
            Ok(Split { pictures, attributes: Vec::new(), columns: Vec::new() })
        }
        picture::Read::Skipped(reason) => {
            Err(format!("{}: {reason}; choose another picture", path.display()))
        }
        picture::Read::NoPicture => {
            Err(format!("{} is no picture; choose a PNG or JPEG file", path.display()))
        }
    }
}
