//! Pictures drawn by number: what the built-in generators share. Checking what is asked for, the loop over the
//! pictures (on all cores, with progress and Cancel), and how a picture's own random numbers follow from its index.
//!
//! Must not know: what is in a picture.

use super::dataset::{MAX_BYTES, Pictures};
use super::want::{DataError, Job, Want};
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
    /// Width and height in pixels.
    pub size: usize,
    /// 1 = grey, 3 = RGB.
    pub channels: usize,
}

impl Plan {
    /// Checks that `count` pictures of `what` ("faces") can be drawn as wanted; `usual`: channels when none are named.
    ///
    /// # Errors
    /// [`DataError::Spec`] when the size is outside `sizes` or no square, `want.channels` is neither 1 nor 3, or the
    /// pictures would take more than 8 GiB.
    pub fn new(
        what: &str,
        sizes: &RangeInclusive<usize>,
        usual: usize,
        count: usize,
        want: Want,
    ) -> Result<Self, DataError> {
        let (size, channels) = (want.width, want.channels.unwrap_or(usual));
        if want.height != size {
            return Err(DataError::Spec(format!(
                "the built-in {what} are drawn as squares, not at {size} x {} pixels: choose a square size, or pictures of your own",
                want.height
            )));
        }
        if !sizes.contains(&size) {
            return Err(DataError::Spec(format!(
                "the built-in {what} can be drawn at {} to {} pixels, not {size}: choose a model of such a size",
                sizes.start(),
                sizes.end(),
            )));
        }
        if channels != 1 && channels != 3 {
            return Err(DataError::Spec(format!(
                "the built-in {what} have 1 (grey) or 3 (RGB) channels, not {channels}: choose one of these"
            )));
        }
        if count.saturating_mul(size * size * channels) > MAX_BYTES {
            return Err(DataError::Spec(format!(
                "{count} {what} of {size} x {size} pixels take more than {} GiB: ask for fewer",
                MAX_BYTES >> 30
            )));
        }
        Ok(Self { count, tests: (count / 10).clamp(TEST_MIN, TEST_MAX), size, channels })
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
        let stride = self.size * self.size * self.channels;
        let total = self.count + self.tests;
        let mut pictures = Pictures::empty(self.size, self.size, self.channels);
        pictures.pixels = vec![0; count * stride];
        let mut drawn: Vec<F> = Vec::with_capacity(count);
        for (part, pixels) in pictures.pixels.chunks_mut(CHUNK * stride).enumerate() {
            job.tick(before + part * CHUNK, total)?;
            let factors: Option<Vec<F>> = pixels
                .par_chunks_mut(stride)
                .enumerate()
                .map(|(i, pixels)| {
                    let going = !job.cancel.load(Ordering::Relaxed);
                    going.then(|| draw((part * CHUNK + i) as u64, pixels))
                })
                .collect();
            drawn.extend(factors.ok_or(DataError::Cancelled)?);
        }
        job.tick(before + count, total)?;
        Ok((pictures, drawn))
    }
}

/// One well-mixed number of two (SplitMix64's finaliser), so that neighbouring pictures share nothing.
pub(super) fn mix(seed: u64, index: u64) -> u64 {
    let mut z = seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
