//! Built-in faces: cartoon portraits drawn from some forty factors, with CelebA's attribute names, so that a model
//! of faces can be trained with nothing downloaded.
//!
//! Must not know: files, CelebA's own pictures (only its words), or what the pictures are used for.

mod accessories;
pub mod captions;
pub mod clips;
pub(super) mod colour;
mod columns;
mod curve;
mod dice;
mod draw;
mod factors;
mod features;
mod grain;
mod hair;
mod mouth;
mod pen;
mod worlds;

pub use columns::{BINARY, CHOICES, CONTINUOUS, Choice, Continuous, GROUPS};
pub use draw::{PARTS, draw, edges, labels};
pub use factors::{Correlation, Factors, Glasses, Hat};
pub use worlds::{World, dusk};

use super::dataset::{Column, ColumnKind, Dataset, Label, LabelMaps, Pictures, Split};
use super::drawn::{Plan, mix};
use super::picture::grey;
use super::want::{DataError, Fit, Job, Want};
use rand::SeedableRng;
use rand_pcg::Pcg64;
use std::ops::RangeInclusive;

/// The name of the column of line drawings.
pub const EDGES: &str = "edges";

/// The name of the column of label maps.
pub const LABELS: &str = "labels";

/// Sizes (width = height, in pixels) at which faces can be drawn.
pub const SIZES: RangeInclusive<usize> = 16..=256;

/// Seed of the training pictures; picture `i` depends on this and `i` only.
pub const TRAIN_SEED: u64 = 0x6661_6365_7321;

/// Seed of the test pictures: another stream, so no test picture is a training picture.
pub const TEST_SEED: u64 = 0x6865_6c64;

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
    load_part(count, count, correlation, want, job)
}

/// [`load`] with a second picture of each: the column `edges`, the same face as a line drawing, grey.
///
/// # Errors
/// As [`load_with`].
pub fn load_edges(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    with_edges(load(count, want, job)?, want, job)
}

/// The test pictures of [`load_edges`] alone.
///
/// # Errors
/// As [`load_with`].
pub fn held_out_edges(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    with_edges(held_out(count, Correlation::default(), want, job)?, want, job)
}

/// [`load`] with the column `labels`, a label map of each face, whose classes are [`PARTS`].
///
/// # Errors
/// As [`load_with`].
pub fn load_labels(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    with_labels(load(count, want, job)?, want, job)
}

/// The test pictures of [`load_labels`] alone.
///
/// # Errors
/// As [`load_with`].
pub fn held_out_labels(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    with_labels(held_out(count, Correlation::default(), want, job)?, want, job)
}

/// Adds the line drawings, from the factors that each face was drawn from.
fn with_edges(data: Dataset, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let title = "built-in faces with their line drawings";
    with_second(data, title, (want, job), edges, |drawings| Column {
        name: EDGES.into(),
        kind: ColumnKind::Pictures(drawings),
    })
}

/// Adds the label maps, from the factors that each face was drawn from.
fn with_labels(data: Dataset, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let label = |(name, colour): &(&str, [u8; 3])| Label { name: (*name).into(), colour: *colour };
    let title = "built-in faces with their label maps";
    with_second(data, title, (want, job), labels, |maps| Column {
        name: LABELS.into(),
        kind: ColumnKind::Labels(LabelMaps { maps, legend: PARTS.iter().map(label).collect() }),
    })
}

/// Adds a column made of a second drawing of each face, `size × size` bytes.
fn with_second(
    mut data: Dataset,
    title: &str,
    (want, job): (Want, &Job),
    draw: fn(&Factors, usize) -> Vec<u8>,
    column: impl Fn(Pictures) -> Column,
) -> Result<Dataset, DataError> {
    let grey = Want { channels: Some(1), ..want };
    data.title = title.into();
    for (seed, split) in [(TRAIN_SEED, &mut data.train), (TEST_SEED, &mut data.test)] {
        let count = split.pictures.len();
        let plan = Plan::new("faces", &SIZES, 1, Some(Fit::Crop), count, grey)?;
        let (drawings, _) =
            plan.draw(count, 0, &Job { progress: &|_, _| {}, cancel: job.cancel }, |i, to| {
                to.copy_from_slice(&draw(&sample(seed, i, Correlation::default()), plan.size));
            })?;
        split.columns.push(column(drawings));
    }
    Ok(data)
}

/// Draws the first `drawn` of the `count` training pictures, and the test pictures that belong to `count`.
fn load_part(
    count: usize,
    drawn: usize,
    correlation: Correlation,
    want: Want,
    job: &Job,
) -> Result<Dataset, DataError> {
    let plan = Plan::new("faces", &SIZES, 3, Some(Fit::Crop), count, want)?;
    let split = |seed, count, before| {
        let (pictures, drawn) = plan.draw(count, before, job, |index, pixels| {
            let factors = sample(seed, index, correlation);
            put(&draw(&factors, plan.size), pixels);
            factors
        })?;
        Ok(Split { pictures, attributes: columns::attributes(&drawn), ..Split::default() })
    };
    let (train, test) = (split(TRAIN_SEED, drawn, 0)?, split(TEST_SEED, plan.tests, drawn)?);
    let title = match correlation {
        Correlation::CelebaLike => "built-in faces",
        Correlation::Independent => "built-in faces, every factor by itself",
    };
    Ok(Dataset { title: title.into(), train, test, ..Dataset::default() })
}

/// The test pictures that [`load_with`] draws for `count` training pictures, and none of these: nine tenths of the
/// time are saved.
///
/// # Errors
/// As [`load_with`].
pub fn held_out(count: usize, correlation: Correlation, want: Want, job: &Job) -> Result<Dataset, DataError> {
    load_part(count, 0, correlation, want, job)
}

/// The factors of face number `index` of the stream `seed`.
pub fn sample(seed: u64, index: u64, correlation: Correlation) -> Factors {
    Factors::sample(&mut Pcg64::seed_from_u64(mix(seed, index)), correlation)
}

/// Puts an RGB picture to where it goes, which has three channels, or one: then it is made grey.
fn put(picture: &[u8], pixels: &mut [u8]) {
    if pixels.len() == picture.len() {
        pixels.copy_from_slice(picture);
        return;
    }
    pixels.iter_mut().zip(picture.chunks_exact(3)).for_each(|(to, from)| *to = grey(from));
}
