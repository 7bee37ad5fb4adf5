//! What is wanted of a data set (size, channels, how pictures are fitted, what is held out), the running load, and why
//! it may fail.
//!
//! Must not know: formats, files.

use std::sync::atomic::{AtomicBool, Ordering};

/// Why data could not be loaded: one sentence for a person.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DataError {
    /// The SPEC is not one we know.
    #[error("{0}")]
    Spec(String),
    /// A file or folder could not be used.
    #[error("{0}")]
    File(String),
    /// The person pressed Cancel.
    #[error("loading was cancelled")]
    Cancelled,
}

/// How a picture of another shape becomes one of the wanted width and height.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fit {
    /// What fits of its middle, the rest cut off.
    Crop,
    /// The whole picture, with black beside or above and below.
    Pad,
    /// The whole picture, its sides stretched.
    Stretch,
}

impl Fit {
    /// All of them, with their words.
    pub const ALL: [(Self, &str); 3] = [(Self::Crop, "crop"), (Self::Pad, "pad"), (Self::Stretch, "stretch")];
}

/// Which share of the pictures is held out of a set that has no test pictures of its own, and which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hold {
    /// Of a thousand pictures, so many: 0 to 900.
    pub per_mille: u16,
    /// Another seed holds out others.
    pub seed: u64,
}

impl Default for Hold {
    fn default() -> Self {
        Self { per_mille: 100, seed: 0 }
    }
}

/// What the model wants: pictures are drawn at, or fitted and resized to, this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// 1 = grey, 3 = RGB, `None` = as the data is.
    pub channels: Option<usize>,
    /// How pictures of another shape are fitted; `None` = as is usual for the format: photographs are cropped, scans of
    /// digits padded. What a SPEC says (`?fit=pad`) is obeyed before this.
    pub fit: Option<Fit>,
    /// What is held out. What a SPEC says (`?hold=0.2`) is obeyed before this.
    pub hold: Hold,
}

impl Want {
    /// Pictures of this width and height, fitted and held out as is usual.
    pub fn new(width: usize, height: usize, channels: Option<usize>) -> Self {
        Self { width, height, channels, fit: None, hold: Hold::default() }
    }

    /// Square pictures.
    pub fn square(size: usize, channels: Option<usize>) -> Self {
        Self::new(size, size, channels)
    }
}

/// A running load: where to report progress, and whether to give up.
pub struct Job<'a> {
    /// Called with (done, total) now and then, from the loading thread.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
    /// Set by the person's Cancel.
    pub cancel: &'a AtomicBool,
}

impl Job<'_> {
    /// Fails with [`DataError::Cancelled`] once Cancel was pressed; else reports progress.
    pub fn tick(&self, done: usize, total: usize) -> Result<(), DataError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(DataError::Cancelled);
        }
        (self.progress)(done, total);
        Ok(())
    }
}
