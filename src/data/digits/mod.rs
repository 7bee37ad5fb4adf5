//! Built-in digits: handwriting-like pictures of 0 to 9, drawn from stroke skeletons and two fonts, so that a
//! first model can be trained with nothing downloaded. Laid out like MNIST: white on black, the digit in the
//! middle 20/28 of the picture, centred by its centre of mass.
//!
//! Must not know: files, MNIST's own pictures (only its layout), or what the pictures are used for.

mod curve;
mod draw;
mod fonts;
mod hands;
mod ink;
mod warp;

pub use draw::{ASPECT, Drawn, Factors, ROTATION, SLANT, WIDTH, draw, draw_as, factors};

use super::{Attribute, AttributeKind, DataError, Dataset, Job, Pictures, Split, Want};
use rayon::prelude::*;
use std::ops::RangeInclusive;
use std::sync::atomic::Ordering;

/// Sizes (width = height, in pixels) at which digits can be drawn.
pub const SIZES: RangeInclusive<usize> = 16..=128;

/// Seed of the training pictures; picture `i` depends on this and `i` only.
pub const TRAIN_SEED: u64 = 0x7a73_636f_7065;

/// Seed of the test pictures: another stream, so no test picture is a training picture.
pub const TEST_SEED: u64 = 0x7465_7374;

/// Most test pictures that [`load`] draws.
const TEST_MAX: usize = 5000;

/// Least test pictures that [`load`] draws.
const TEST_MIN: usize = 500;

/// Most bytes of training pictures: 8 GiB.
const MAX_BYTES: usize = 8 << 30;

/// Pictures drawn between two looks at Cancel.
const CHUNK: usize = 512;

/// Draws `count` training pictures, and a tenth as many test pictures (500 to 5,000) from another seed.
///
/// The attributes are `digit` (a class) and the factors each picture was drawn with: `slant` and `rotation` in
/// degrees, `stroke width` in pixels of a 28-pixel picture, `aspect` (extra width over height; 1 = as designed).
/// The same count, or a larger one, always begins with the same pictures, on any number of threads.
///
/// # Errors
/// [`DataError::Spec`] when `want.size` is outside [`SIZES`] or `want.channels` is neither 1 nor 3, or the
/// pictures would take more than 8 GiB; [`DataError::Cancelled`] when the job was cancelled.
pub fn load(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    if !SIZES.contains(&want.size) {
        return Err(DataError::Spec(format!(
            "the built-in digits can be drawn at {} to {} pixels, not {}: choose a model of such a size",
            SIZES.start(),
            SIZES.end(),
            want.size
        )));
    }
    let channels = want.channels.unwrap_or(1);
    if channels != 1 && channels != 3 {
        return Err(DataError::Spec(format!(
            "the built-in digits have 1 (grey) or 3 (RGB) channels, not {channels}: choose one of these"
        )));
    }
    if count.saturating_mul(want.size * want.size * channels) > MAX_BYTES {
        return Err(DataError::Spec(format!(
            "{count} digits of {0} x {0} pixels take more than {1} GiB: ask for fewer",
            want.size,
            MAX_BYTES >> 30
        )));
    }
    let tests = (count / 10).clamp(TEST_MIN, TEST_MAX);
    let total = count + tests;
    let train = split(TRAIN_SEED, count, want.size, channels, job, 0, total)?;
    let test = split(TEST_SEED, tests, want.size, channels, job, count, total)?;
    Ok(Dataset { title: "built-in digits".into(), train, test, skipped: Vec::new() })
}

/// Draws pictures 0..count of one seed; progress goes from `before` to `before + count` of `total`.
fn split(
    seed: u64,
    count: usize,
    size: usize,
    channels: usize,
    job: &Job,
    before: usize,
    total: usize,
) -> Result<Split, DataError> {
    let stride = size * size * channels;
    let mut pictures = Pictures::empty(size, size, channels);
    pictures.pixels = vec![0; count * stride];
    let mut drawn: Vec<(u8, Factors)> = Vec::with_capacity(count);
    for (part, pixels) in pictures.pixels.chunks_mut(CHUNK * stride).enumerate() {
        job.tick(before + part * CHUNK, total)?;
        let labels: Vec<(u8, Factors)> = pixels
            .par_chunks_mut(stride)
            .enumerate()
            .map(|(i, pixels)| {
                if job.cancel.load(Ordering::Relaxed) {
                    return (0, Factors::default()); // thrown away: the next tick fails
                }
                let one = draw(seed, (part * CHUNK + i) as u64, size);
                for (to, from) in pixels.chunks_mut(channels).zip(&one.pixels) {
                    to.fill(*from);
                }
                (one.digit, one.factors)
            })
            .collect();
        drawn.extend(labels);
    }
    job.tick(before + count, total)?;
    Ok(Split { pictures, attributes: attributes(&drawn) })
}

/// The label columns of pictures drawn so.
fn attributes(drawn: &[(u8, Factors)]) -> Vec<Attribute> {
    let names = (0..10).map(|d| d.to_string()).collect();
    let factor = |name: &str, (min, max): (f32, f32), of: fn(&Factors) -> f32| Attribute {
        name: name.into(),
        kind: AttributeKind::Continuous { min, max },
        values: drawn.iter().map(|(_, f)| of(f)).collect(),
    };
    vec![
        Attribute {
            name: "digit".into(),
            kind: AttributeKind::Class(names),
            values: drawn.iter().map(|(digit, _)| f32::from(*digit)).collect(),
        },
        factor("slant", draw::SLANT, |f| f.slant),
        factor("rotation", draw::ROTATION, |f| f.rotation),
        factor("stroke width", draw::WIDTH, |f| f.width),
        factor("aspect", draw::ASPECT, |f| f.aspect),
    ]
}
