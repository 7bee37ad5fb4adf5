//! Pictures drawn by number: what the built-in generators share. Checking what is asked for, the loop over the
//! pictures (on all cores, with progress and Cancel), and how a picture's own random numbers follow from its index.
//!
//! Must not know: what is in a picture.

use super::dataset::{Attribute, Clips, Column, ColumnKind, Split};
use super::pictures::{MAX_BYTES, Pictures};
use super::want::{DataError, Fit, Job, Want};
use rayon::prelude::*;
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;

/// Most test pictures.
const TEST_MAX: usize = 5000;

/// Least test pictures.
const TEST_MIN: usize = 500;

/// Pictures drawn between two looks at Cancel.
const CHUNK: usize = 512;

/// What will be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Training pictures.
    pub count: usize,
    /// Test pictures: a tenth as many, 500 to 5,000.
    pub tests: usize,
    /// Width of the pictures in pixels.
    pub width: usize,
    /// Height of the pictures in pixels.
    pub height: usize,
    /// Side of the square that is drawn; pictures that are no squares are cut out of it, or have black beside it.
    pub size: usize,
    /// 1 = grey, 3 = RGB.
    pub channels: usize,
}

impl Plan {
    /// Checks that `count` pictures of `what` ("faces") can be drawn as wanted; `usual`: channels when none are named.
    /// `fit`: how a square becomes a picture that is none; stretched, shapes would no longer be what their labels say.
    ///
    /// # Errors
    /// [`DataError::Spec`] when a side is outside `sizes`, the pictures are no squares and can't be fitted,
    /// `want.channels` is neither 1 nor 3, or the pictures would take more than 8 GiB.
    pub fn new(
        what: &str,
        sizes: &RangeInclusive<usize>,
        usual: usize,
        fit: Option<Fit>,
        count: usize,
        want: Want,
    ) -> Result<Self, DataError> {
        let (Want { width, height, .. }, channels) = (want, want.channels.unwrap_or(usual));
        let size = match fit {
            _ if width == height => width,
            Some(Fit::Crop) => width.max(height),
            Some(Fit::Pad) => width.min(height),
            _ => {
                return Err(DataError::Spec(format!(
                    "the built-in {what} are drawn as squares, not at {width} x {height} pixels: choose a square size, or other pictures"
                )));
            }
        };
        if !sizes.contains(&width) || !sizes.contains(&height) {
            let asked = if width == height { format!("{width}") } else { format!("{width} x {height}") };
            return Err(DataError::Spec(format!(
                "the built-in {what} can be drawn at {} to {} pixels, not {asked}: choose a model of such a size",
                sizes.start(),
                sizes.end(),
            )));
        }
        if channels != 1 && channels != 3 {
            return Err(DataError::Spec(format!(
                "the built-in {what} have 1 (grey) or 3 (RGB) channels, not {channels}: choose one of these"
            )));
        }
        if count.saturating_mul(width * height * channels) > MAX_BYTES {
            return Err(DataError::Spec(format!(
                "{count} {what} of {width} x {height} pixels take more than {} GiB: ask for fewer",
                MAX_BYTES >> 30
            )));
        }
        let tests = (count / 10).clamp(TEST_MIN, TEST_MAX);
        Ok(Self { count, tests, width, height, size, channels })
    }

    /// Draws pictures 0..`count` of one stream; progress goes on from `before`. `draw` gets a picture's index and its
    /// bytes (`size × size × channels`, row-major, interleaved) to fill, and returns what it was drawn from.
    ///
    /// # Errors
    /// [`DataError::Cancelled`].
    pub fn draw<F: Send>(
        &self,
        count: usize,
        before: usize,
        job: &Job,
        draw: impl Fn(u64, &mut [u8]) -> F + Sync,
    ) -> Result<(Pictures, Vec<F>), DataError> {
        let total = self.count + self.tests;
        let mut pictures = Pictures::empty(self.width, self.height, self.channels);
        let stride = pictures.stride();
        pictures.pixels = vec![0; count * stride];
        let mut drawn: Vec<F> = Vec::with_capacity(count);
        for (part, pixels) in pictures.pixels.chunks_mut(CHUNK * stride).enumerate() {
            job.tick(before + part * CHUNK, total)?;
            let factors: Option<Vec<F>> = pixels
                .par_chunks_mut(stride)
                .enumerate()
                .map(|(i, pixels)| {
                    let going = !job.cancel.load(Ordering::Relaxed);
                    going.then(|| self.one((part * CHUNK + i) as u64, pixels, &draw))
                })
                .collect();
            drawn.extend(factors.ok_or(DataError::Cancelled)?);
        }
        job.tick(before + count, total)?;
        Ok((pictures, drawn))
    }
}

impl Plan {
    /// Draws one picture, by way of a square where it is none.
    fn one<F>(&self, index: u64, pixels: &mut [u8], draw: &impl Fn(u64, &mut [u8]) -> F) -> F {
        if self.width == self.height {
            return draw(index, pixels);
        }
        let mut square = vec![0; self.size * self.size * self.channels];
        let factors = draw(index, &mut square);
        self.middle(&square, pixels);
        factors
    }

    /// The middle of a square of side [`Plan::size`] as a picture of the wanted shape; what lies outside of the square stays
    /// as it is.
    fn middle(&self, square: &[u8], pixels: &mut [u8]) {
        let channels = self.channels;
        // Where a line of `all` begins in the square and in the picture, and how much of it is in both.
        let span = |all: usize| {
            let (side, both) = (self.size, all.min(self.size));
            ((side - both) / 2, (all - both) / 2, both)
        };
        let ((left, to_left, across), (top, to_top, down)) = (span(self.width), span(self.height));
        for y in 0..down {
            let from = ((top + y) * self.size + left) * channels;
            let to = ((to_top + y) * self.width + to_left) * channels;
            pixels[to..to + across * channels].copy_from_slice(&square[from..from + across * channels]);
        }
    }
}

/// Clips with their labels, an entry a clip; the pictures are the first frames.
pub(super) fn clips(name: &str, clips: Clips, attributes: Vec<Attribute>) -> Split {
    let pictures = clips.frames.every(clips.length);
    let column = Column { name: name.into(), kind: ColumnKind::Clips(clips) };
    Split { pictures, attributes, columns: vec![column] }
}

/// One well-mixed number of two (SplitMix64's finaliser), so that neighbouring pictures share nothing.
pub(super) fn mix(seed: u64, index: u64) -> u64 {
    let mut z = seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
