//! Built-in faces: cartoon portraits drawn from some forty factors, with CelebA's attribute names, so that a model
//! of faces can be trained with nothing downloaded.
//!
//! Must not know: files, CelebA's own pictures (only its words), or what the pictures are used for.

mod accessories;
mod colour;
mod columns;
mod curve;
mod dice;
mod draw;
mod factors;
mod features;
mod hair;
mod mouth;
mod pen;

pub use columns::{BINARY, CONTINUOUS};
pub use draw::draw;
pub use factors::{Correlation, Factors, Glasses, Hat};

use super::{DataError, Dataset, Job, Pictures, Split, Want};
use rand::SeedableRng;
use rand_pcg::Pcg64;
use rayon::prelude::*;
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;

/// Sizes (width = height, in pixels) at which faces can be drawn.
pub const SIZES: RangeInclusive<usize> = 16..=256;

/// Seed of the training pictures; picture `i` depends on this and `i` only.
pub const TRAIN_SEED: u64 = 0x6661_6365_7321;

/// Seed of the test pictures: another stream, so no test picture is a training picture.
pub const TEST_SEED: u64 = 0x6865_6c64;

/// Most test pictures that [`load`] draws.
const TEST_MAX: usize = 5000;

/// Least test pictures that [`load`] draws.
const TEST_MIN: usize = 500;

/// Most bytes of training pictures: 8 GiB.
const MAX_BYTES: usize = 8 << 30;

/// Pictures drawn between two looks at Cancel.
const CHUNK: usize = 512;

/// Draws `count` training pictures, and a tenth as many test pictures (500 to 5,000) from another seed, with
/// factors that go together as [`Correlation::CelebaLike`] says.
///
/// The attributes are [`BINARY`] and [`CONTINUOUS`]. The same count, or a larger one, always begins with the same
/// pictures, on any number of threads.
///
/// # Errors
/// As [`load_with`].
pub fn load(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    load_with(count, Correlation::default(), want, job)
}

/// [`load`] with another population.
///
/// # Errors
/// [`DataError::Spec`] when `want.size` is outside [`SIZES`] or `want.channels` is neither 1 nor 3, or the
/// pictures would take more than 8 GiB; [`DataError::Cancelled`] when the job was cancelled.
pub fn load_with(
    count: usize,
    correlation: Correlation,
    want: Want,
    job: &Job,
) -> Result<Dataset, DataError> {
    if !SIZES.contains(&want.size) {
        return Err(DataError::Spec(format!(
            "the built-in faces can be drawn at {} to {} pixels, not {}: choose a model of such a size",
            SIZES.start(),
            SIZES.end(),
            want.size
        )));
    }
    let channels = want.channels.unwrap_or(3);
    if channels != 1 && channels != 3 {
        return Err(DataError::Spec(format!(
            "the built-in faces have 3 (RGB) or 1 (grey) channels, not {channels}: choose one of these"
        )));
    }
    if count.saturating_mul(want.size * want.size * channels) > MAX_BYTES {
        return Err(DataError::Spec(format!(
            "{count} faces of {0} x {0} pixels take more than {1} GiB: ask for fewer",
            want.size,
            MAX_BYTES >> 30
        )));
    }
    let tests = (count / 10).clamp(TEST_MIN, TEST_MAX);
    let total = count + tests;
    let draw =
        |seed, count, before| split(seed, count, correlation, (want.size, channels), job, (before, total));
    let (train, test) = (draw(TRAIN_SEED, count, 0)?, draw(TEST_SEED, tests, count)?);
    Ok(Dataset { title: "built-in faces".into(), train, test, skipped: Vec::new() })
}

/// The test pictures that [`load_with`] draws for `count` training pictures, and none of these: nine tenths of the
/// time are saved.
///
/// # Errors
/// As [`load_with`].
pub fn held_out(count: usize, correlation: Correlation, want: Want, job: &Job) -> Result<Dataset, DataError> {
    // With no training pictures there are the fewest test pictures; what they are called and whether the size can be
    // drawn are said there.
    let few = load_with(0, correlation, want, job)?;
    let tests = (count / 10).clamp(TEST_MIN, TEST_MAX);
    let shape = (want.size, few.test.pictures.channels);
    Ok(Dataset { test: split(TEST_SEED, tests, correlation, shape, job, (0, tests))?, ..few })
}

/// The factors of face number `index` of the stream `seed`.
pub fn sample(seed: u64, index: u64, correlation: Correlation) -> Factors {
    Factors::sample(&mut Pcg64::seed_from_u64(mix(seed, index)), correlation)
}

/// Draws pictures 0..count of one seed; progress goes from `before` to `before + count` of `total`.
fn split(
    seed: u64,
    count: usize,
    correlation: Correlation,
    (size, channels): (usize, usize),
    job: &Job,
    (before, total): (usize, usize),
) -> Result<Split, DataError> {
    let stride = size * size * channels;
    let mut pictures = Pictures::empty(size, size, channels);
    pictures.pixels = vec![0; count * stride];
    let mut drawn: Vec<Factors> = Vec::with_capacity(count);
    for (part, pixels) in pictures.pixels.chunks_mut(CHUNK * stride).enumerate() {
        job.tick(before + part * CHUNK, total)?;
        let labels: Vec<Factors> = pixels
            .par_chunks_mut(stride)
            .enumerate()
            .map(|(i, pixels)| {
                if job.cancel.load(Ordering::Relaxed) {
                    return Factors::default(); // thrown away: the next tick fails
                }
                let factors = sample(seed, (part * CHUNK + i) as u64, correlation);
                let picture = draw(&factors, size);
                if channels == 3 {
                    pixels.copy_from_slice(&picture);
                } else {
                    for (to, from) in pixels.iter_mut().zip(picture.chunks_exact(3)) {
                        *to = grey(from);
                    }
                }
                factors
            })
            .collect();
        drawn.extend(labels);
    }
    job.tick(before + count, total)?;
    Ok(Split { pictures, attributes: columns::attributes(&drawn) })
}

/// How light a colour is (the weights of Rec. 601), 0..=255.
fn grey(rgb: &[u8]) -> u8 {
    let weighted: u32 = rgb.iter().zip([299, 587, 114]).map(|(v, w)| u32::from(*v) * w).sum();
    ((weighted + 500) / 1000) as u8
}

/// One well-mixed number of two (SplitMix64's finaliser), so that neighbouring pictures share nothing.
fn mix(seed: u64, index: u64) -> u64 {
    let mut z = seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
