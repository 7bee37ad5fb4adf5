//! Built-in shapes in the manner of dSprites (Matthey et al. 2017): one shape, white on black or coloured on a dark
//! ground of its own hue, drawn from six factors that are independent of each other and fully determine the picture,
//! so that disentanglement can be measured against the truth.
//!
//! The factor list (MIG and DCI depend on it): shape 3 classes, scale 6 levels, rotation 9, x 16, y 10, hue 8; each
//! level as likely as any other. Levels rather than a continuum, as in dSprites, because MIG needs discrete factors:
//! their entropy is then exactly ln(levels), with no bin width to choose.
//!
//! Ranges leave no factor ambiguous. dSprites turns its shapes all around, though a square looks the same after 90°
//! and an ellipse after 180°, so that no latent can tell the label; here the range is ±36°, where every rotation of
//! every shape looks different, and no two ends meet: a circle does not fit a single latent dimension. Hue goes from
//! red to violet and not back to red for the same reason. Shapes go further from left to right than up and down: with
//! equal ranges a picture changes as much along any line across the middle, and nothing tells a model which two of them
//! are the axes.
//!
//! Must not know: files, dSprites' own pictures, or what the pictures are used for.

pub mod captions;
pub mod clips;
mod draw;

pub use draw::{Factors, Shape, draw};

use super::dataset::{Attribute, AttributeKind, Dataset, Split};
use super::drawn::{Plan, mix};
use super::want::{DataError, Job, Want};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use std::ops::RangeInclusive;

/// Sizes (width = height, in pixels) at which shapes can be drawn.
pub const SIZES: RangeInclusive<usize> = 16..=256;

/// Seed of the training pictures; picture `i` depends on this and `i` only.
pub const TRAIN_SEED: u64 = 0x7368_6170_6573;

/// Seed of the test pictures: another stream.
pub const TEST_SEED: u64 = 0x6d69_6721;

/// The evenly spaced values that a factor takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// The smallest value.
    pub min: f32,
    /// The largest value.
    pub max: f32,
    /// How many values there are, both ends included.
    pub count: u32,
}

impl Levels {
    /// One of the values, each as likely as any other.
    fn sample(&self, rng: &mut Pcg64) -> f32 {
        let step = (self.max - self.min) / (self.count - 1) as f32;
        self.min + step * rng.random_range(0..self.count) as f32
    }
}

/// Size next to the largest.
pub const SCALE: Levels = Levels { min: 0.5, max: 1.0, count: 6 };
/// Turn in degrees; positive is clockwise.
pub const ROTATION: Levels = Levels { min: -36.0, max: 36.0, count: 9 };
/// How far to the right of the picture's middle the shape's is, in half pictures. Every shape stays inside the picture.
pub const X: Levels = Levels { min: -0.5, max: 0.5, count: 16 };
/// How far down, in the same steps.
pub const Y: Levels = Levels { min: -0.3, max: 0.3, count: 10 };
/// Hue in turns: 0 red, 1/3 green, 2/3 blue.
pub const HUE: Levels = Levels { min: 0.0, max: 0.7, count: 8 };

/// Draws `count` training pictures, and a tenth as many test pictures (500 to 5,000) from another seed.
///
/// The attributes are `shape` (a class), `scale`, `rotation`, `x`, `y` and, in colour, `hue`; they are all that a
/// picture depends on. Grey pictures show white shapes, and have no `hue`. The same count, or a larger one, always
/// begins with the same pictures, on any number of threads.
///
/// # Errors
/// [`DataError::Spec`] when `want.size` is outside [`SIZES`] or `want.channels` is neither 1 nor 3, or the
/// pictures would take more than 8 GiB; [`DataError::Cancelled`] when the job was cancelled.
pub fn load(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let plan = Plan::new("shapes", &SIZES, 3, None, count, want)?;
    let split = |seed, count, before| {
        let (pictures, drawn) = plan.draw(count, before, job, |index, pixels| {
            let factors = sample(seed, index);
            draw(&factors, plan.size, pixels);
            factors
        })?;
        Ok(Split { pictures, attributes: attributes(&drawn, plan.channels == 3), ..Split::default() })
    };
    let (train, test) = (split(TRAIN_SEED, count, 0)?, split(TEST_SEED, plan.tests, count)?);
    Ok(Dataset { title: "built-in shapes".into(), train, test, ..Dataset::default() })
}

/// The factors of picture number `index` of the stream `seed`.
pub fn sample(seed: u64, index: u64) -> Factors {
    let mut rng = Pcg64::seed_from_u64(mix(seed, index));
    Factors {
        shape: Shape::ALL[rng.random_range(0..Shape::ALL.len())],
        scale: SCALE.sample(&mut rng),
        rotation: ROTATION.sample(&mut rng),
        x: X.sample(&mut rng),
        y: Y.sample(&mut rng),
        hue: HUE.sample(&mut rng),
    }
}

/// The label columns of pictures drawn so.
fn attributes(drawn: &[Factors], colour: bool) -> Vec<Attribute> {
    let factor = |name: &str, Levels { min, max, .. }: Levels, of: fn(&Factors) -> f32| {
        Attribute::new(name, AttributeKind::Continuous { min, max }, drawn.iter().map(of).collect())
    };
    let names = Shape::ALL.iter().map(|s| s.name().into()).collect();
    let shape = Attribute::new(
        "shape",
        AttributeKind::Class(names),
        drawn.iter().map(|f| f32::from(f.shape as u8)).collect(),
    );
    let mut all = vec![
        shape,
        factor("scale", SCALE, |f| f.scale),
        factor("rotation", ROTATION, |f| f.rotation),
        factor("x", X, |f| f.x),
        factor("y", Y, |f| f.y),
    ];
    if colour {
        all.push(factor("hue", HUE, |f| f.hue));
    }
    all
}
