//! Built-in digits: handwriting-like pictures of 0 to 9, drawn from stroke skeletons and two fonts, so that a
//! first model can be trained with nothing downloaded. Laid out like MNIST: white on black, the digit in the
//! middle 20/28 of the picture, centred by its centre of mass.
//!
//! Must not know: files, MNIST's own pictures (only its layout), or what the pictures are used for.

pub mod clips;
mod curve;
mod draw;
mod factors;
mod fonts;
mod hands;
mod ink;
mod warp;

pub use self::factors::Factors;
pub use draw::{ASPECT, Drawn, ROTATION, SLANT, WIDTH, draw, draw_as, factors};

use super::dataset::{Attribute, AttributeKind, Dataset, Split};
use super::drawn::Plan;
use super::want::{DataError, Fit, Job, Want};
use std::ops::RangeInclusive;

/// Sizes (width = height, in pixels) at which digits can be drawn.
pub const SIZES: RangeInclusive<usize> = 16..=256;

/// Seed of the training pictures; picture `i` depends on this and `i` only.
pub const TRAIN_SEED: u64 = 0x7a73_636f_7065;

/// Seed of the test pictures: another stream, so no test picture is a training picture.
pub const TEST_SEED: u64 = 0x7465_7374;

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
    let plan = Plan::new("digits", &SIZES, 1, Some(Fit::Pad), count, want)?;
    let split = |seed, count, before| {
        let (pictures, drawn) = plan.draw(count, before, job, |index, pixels| {
            let one = draw(seed, index, plan.size);
            for (to, from) in pixels.chunks_mut(plan.channels).zip(&one.pixels) {
                to.fill(*from);
            }
            (one.digit, one.factors)
        })?;
        Ok(Split { pictures, attributes: attributes(&drawn), ..Split::default() })
    };
    let (train, test) = (split(TRAIN_SEED, count, 0)?, split(TEST_SEED, plan.tests, count)?);
    Ok(Dataset { title: "built-in digits".into(), train, test, ..Dataset::default() })
}

/// The label columns of pictures drawn so.
fn attributes(drawn: &[(u8, Factors)]) -> Vec<Attribute> {
    let names = (0..10).map(|d| d.to_string()).collect();
    let factor = |name: &str, (min, max): (f32, f32), of: fn(&Factors) -> f32| {
        let values = drawn.iter().map(|(_, f)| of(f)).collect();
        Attribute::new(name, AttributeKind::Continuous { min, max }, values)
    };
    let digit = drawn.iter().map(|(digit, _)| f32::from(*digit)).collect();
    vec![
        Attribute::new("digit", AttributeKind::Class(names), digit),
        factor("slant", draw::SLANT, |f| f.slant),
        factor("rotation", draw::ROTATION, |f| f.rotation),
        factor("stroke width", draw::WIDTH, |f| f.width),
        factor("aspect", draw::ASPECT, |f| f.aspect),
    ]
}
