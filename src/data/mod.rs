//! Data: the built-in generators and the readers of real formats, all ending in one plain value, [`Dataset`].
//!
//! Must not know: Burn, the engine, the window. Everything here is bytes and plain Rust.

mod animated;
mod cache;
pub mod celeba;
pub mod cifar;
pub mod clips;
pub mod crowds;
pub mod dataset;
pub mod digits;
mod drawn;
pub mod faces;
mod factor_scores;
mod files;
pub mod folder;
pub mod formats;
mod holdout;
pub mod idx;
pub mod label_maps;
mod labels;
mod merge;
pub mod only;
pub mod own;
pub mod pairs;
mod palette;
mod picture;
mod pictures;
pub mod plane;
pub mod points;
pub mod shapes;
pub mod spec;
pub mod summary;
mod table;
mod texts;
pub mod tracks;
mod unzip;
pub mod vocabulary;
pub mod want;

use std::path::Path;

pub use dataset::{
    Attribute, AttributeKind, Clips, Column, ColumnKind, Dataset, Domain, Label, LabelMaps, Offer, Pictures,
    Skipped, Split, Track,
};
pub use factor_scores::FactorScores;
pub use picture::grey;
pub use spec::Spec;
pub use vocabulary::Vocabulary;
pub use want::{DataError, Fit, Hold, Job, Want};

/// Width and height of a picture file, once it is turned upright. Fails with a sentence.
pub fn upright_size(path: &Path) -> Result<(usize, usize), String> {
    let said = |reason| format!("{}: {reason}; choose another picture", path.display());
    picture::upright_size(path).map_err(said)
}

/// The files under a folder that may be pictures, in the order of their names. Fails with a sentence where it can't be read.
pub fn pictures_in(dir: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let job = Job { progress: &|_, _| {}, cancel: &std::sync::atomic::AtomicBool::new(false) };
    files::list(dir, &job).map_err(|e| e.to_string())
}

/// One picture file as a set of one, fitted and resized. Fails with a sentence.
pub fn read_one(path: &Path, want: Want) -> Result<Split, String> {
    let channels = want.channels.unwrap_or(3);
    match picture::read(path, Want { channels: Some(channels), ..want }) {
        picture::Read::Picture(one) => {
            let pictures =
                Pictures { pixels: one.bytes, ..Pictures::empty(want.width, want.height, channels) };
            Ok(Split { pictures, ..Split::default() })
        }
        picture::Read::Skipped(reason) => {
            Err(format!("{}: {reason}; choose another picture", path.display()))
        }
        picture::Read::NoPicture => {
            Err(format!("{} is no picture; choose a PNG or JPEG file", path.display()))
        }
    }
}
