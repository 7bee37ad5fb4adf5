//! Clips of the drawn shapes: each goes a straight way, or round in a circle, and turns evenly meanwhile, so that where it is is
//! known of every frame.
//!
//! Must not know: files, or what is trained on them.

use super::super::clips::CLIP;
use super::super::dataset::{Attribute, AttributeKind, Clips, Dataset, Track};
use super::super::drawn::{self, Plan, mix};
use super::super::want::{DataError, Job, Want};
use super::{Factors, ROTATION, SIZES, TEST_SEED, TRAIN_SEED, X, Y, attributes, draw, sample};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use std::f32::consts::TAU;

/// Frames of a clip.
pub const FRAMES: usize = 16;

/// What is mixed into a shape's number for its way.
const WAY: u64 = 0x0077_6179;

/// The way of a shape's middle through the picture, in half pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    /// From … to.
    Straight([f32; 2], [f32; 2]),
    /// Round a middle at a radius: from an angle, in radians, through another.
    Circle {
        /// The middle.
        middle: [f32; 2],
        /// The radius.
        radius: f32,
        /// Where it begins.
        begin: f32,
        /// How far it goes; negative = against the clock.
        through: f32,
    },
}

/// The names of what changes over time.
pub const TRACKS: [&str; 3] = ["x", "y", "rotation"];

impl Way {
    /// The way of shape number `index` of the stream `seed`, and by how many degrees it turns on it. Takes the same numbers
    /// whichever way it is.
    pub fn sample(seed: u64, index: u64) -> (Self, f32) {
        let rng = &mut Pcg64::seed_from_u64(mix(mix(seed, index), WAY));
        let circle = rng.random::<f32>() < 0.5;
        let place = |rng: &mut Pcg64| [rng.random_range(X.min..=X.max), rng.random_range(Y.min..=Y.max)];
        let (from, to) = (place(rng), place(rng));
        let radius = rng.random_range(0.15..=Y.max);
        let (begin, through) = (rng.random_range(0.0..TAU), rng.random_range(0.5..=1.0) * TAU);
        let back: bool = rng.random();
        let turns = rng.random_range(-30.0..=30.0f32);
        // All of the circle stays where shapes are whole.
        let inside = |v: f32, most: f32| v.clamp(radius - most, most - radius);
        let way = match circle {
            true => Self::Circle {
                middle: [inside(from[0], X.max), inside(from[1], Y.max)],
                radius,
                begin,
                through: if back { -through } else { through },
            },
            false => Self::Straight(from, to),
        };
        (way, turns)
    }

    /// Where the middle is at part `s` (0–1) of the clip.
    pub fn at(&self, s: f32) -> [f32; 2] {
        match self {
            Self::Straight(a, b) => [a[0] + (b[0] - a[0]) * s, a[1] + (b[1] - a[1]) * s],
            Self::Circle { middle, radius, begin, through } => {
                let angle = begin + through * s;
                [middle[0] + radius * angle.cos(), middle[1] + radius * angle.sin()]
            }
        }
    }
}

/// Frame `frame` of clip `index` of the stream `seed`.
pub fn factors(seed: u64, index: u64, frame: usize) -> Factors {
    let s = frame as f32 / (FRAMES - 1) as f32;
    let (way, turns) = Way::sample(seed, index);
    let [x, y] = way.at(s);
    let shape = sample(seed, index);
    let rotation = (shape.rotation + turns * (s - 0.5)).clamp(ROTATION.min, ROTATION.max);
    Factors { x, y, rotation, ..shape }
}

/// Draws `count` training clips of [`FRAMES`] frames, and a tenth as many test clips (31 to 312). The attributes are those of the
/// first frame and whether the way is a circle; what changes is told of each frame ([`TRACKS`]).
///
/// # Errors
/// As [`super::load`].
pub fn load(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let plan = Plan::new("shapes", &SIZES, 3, None, count * FRAMES, want)?;
    let split = |seed: u64, clips: usize, before: usize| {
        let (frames, all) = plan.draw(clips * FRAMES, before, job, |i, pixels| {
            let f = factors(seed, i / FRAMES as u64, i as usize % FRAMES);
            draw(&f, plan.size, pixels);
            f
        })?;
        let first: Vec<Factors> = all.iter().step_by(FRAMES).copied().collect();
        let mut labels = attributes(&first, plan.channels == 3);
        let round = |i: u64| f32::from(u8::from(matches!(Way::sample(seed, i).0, Way::Circle { .. })));
        let rounds = (0..clips as u64).map(round).collect();
        labels.push(Attribute::new("Circle", AttributeKind::Binary, rounds));
        let of = |name: &str, get: fn(&Factors) -> f32| Track {
            name: name.into(),
            values: all.iter().map(get).collect(),
        };
        let [x, y, rotation] = TRACKS;
        let tracks = vec![of(x, |f| f.x), of(y, |f| f.y), of(rotation, |f| f.rotation)];
        Ok::<_, DataError>(drawn::clips(CLIP, Clips { frames, length: FRAMES, tracks }, labels))
    };
    let train = split(TRAIN_SEED, count, 0)?;
    let test = split(TEST_SEED, plan.tests / FRAMES, count * FRAMES)?;
    Ok(Dataset { title: "built-in shapes that move".into(), train, test, ..Dataset::default() })
}
