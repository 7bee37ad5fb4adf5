//! Clips of the drawn digits: each goes a straight way, or round in a circle, as the shapes do.
//!
//! Must not know: files, or what is trained on them.

use super::super::clips::CLIP;
use super::super::dataset::{Attribute, AttributeKind, Clips, Dataset, Track};
use super::super::drawn::{self, Plan};
use super::super::shapes::clips::{FRAMES, Way};
use super::super::want::{DataError, Job, Want};
use super::{Factors, SIZES, TEST_SEED, TRAIN_SEED, attributes, draw};

/// The names of what changes over time.
pub const TRACKS: [&str; 2] = ["x", "y"];

/// Side of a digit's own picture, in sides of the whole: so small that it stays inside on every way.
const SMALL: f32 = 4.0 / 7.0;

/// Where the digit of clip `index` of the stream `seed` is in frame `frame`: its middle from the picture's, in half pictures, to the
/// right and down.
pub fn place(seed: u64, index: u64, frame: usize) -> [f32; 2] {
    Way::sample(seed, index).0.at(frame as f32 / (FRAMES - 1) as f32)
}

/// Draws `count` training clips of [`FRAMES`] frames, and a tenth as many test clips (31 to 312). The attributes are those of the digits
/// and whether the way is a circle; where a digit is is told of each frame ([`TRACKS`]).
///
/// # Errors
/// As [`super::load`].
pub fn load(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let plan = Plan::new("digits", &SIZES, 1, None, count * FRAMES, want)?;
    let small = ((plan.size as f32 * SMALL).round() as usize).max(1);
    let split = |seed: u64, clips: usize, before: usize| {
        let (frames, all) = plan.draw(clips * FRAMES, before, job, |i, pixels| {
            let (index, frame) = (i / FRAMES as u64, i as usize % FRAMES);
            let one = draw(seed, index, small);
            let at = place(seed, index, frame);
            laid(&one.pixels, small, at, plan.size, plan.channels, pixels);
            (one.digit, one.factors, at)
        })?;
        let first: Vec<(u8, Factors)> =
            all.iter().step_by(FRAMES).map(|(digit, f, _)| (*digit, *f)).collect();
        let mut labels = attributes(&first);
        let round = |i: u64| f32::from(u8::from(matches!(Way::sample(seed, i).0, Way::Circle { .. })));
        let rounds = (0..clips as u64).map(round).collect();
        labels.push(Attribute::new("Circle", AttributeKind::Binary, rounds));
        let of = |(axis, name): (usize, &&str)| Track {
            name: (*name).into(),
            values: all.iter().map(|(_, _, at)| at[axis]).collect(),
        };
        let tracks = TRACKS.iter().enumerate().map(of).collect();
        Ok::<_, DataError>(drawn::clips(CLIP, Clips { frames, length: FRAMES, tracks }, labels))
    };
    let train = split(TRAIN_SEED, count, 0)?;
    let test = split(TEST_SEED, plan.tests / FRAMES, count * FRAMES)?;
    Ok(Dataset { title: "built-in digits that move".into(), train, test, ..Dataset::default() })
}

/// Lays a grey picture of `small × small` on black with its middle `at` (half pictures from the whole's), between pixels by their share,
/// so that half a pixel's move shows.
fn laid(digit: &[u8], small: usize, at: [f32; 2], size: usize, channels: usize, pixels: &mut [u8]) {
    let [left, top] = at.map(|v| (size as f32 * (1.0 + v) - small as f32) / 2.0);
    let of = |x: f32, y: f32| -> f32 {
        let inside = |v: f32| v >= 0.0 && v < small as f32;
        if inside(x) && inside(y) { f32::from(digit[y as usize * small + x as usize]) } else { 0.0 }
    };
    for (i, to) in pixels.chunks_mut(channels).enumerate() {
        let (x, y) = ((i % size) as f32 - left, (i / size) as f32 - top);
        let (x0, y0) = (x.floor(), y.floor());
        let (across, down) = (x - x0, y - y0);
        let row = |y: f32| of(x0, y) * (1.0 - across) + of(x0 + 1.0, y) * across;
        to.fill((row(y0) * (1.0 - down) + row(y0 + 1.0) * down).round() as u8);
    }
}
