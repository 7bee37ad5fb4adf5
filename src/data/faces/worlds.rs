//! Unpaired worlds with a known secret: drawn faces in one domain and other faces in a second (by day and at dusk;
//! pictures and their pencil drawings; without and with sunglasses), and the true translation of any face of the first.
//!
//! Must not know: files, or which models are trained on them.

use super::super::dataset::{Dataset, Domain, Pictures, Split};
use super::super::drawn::{Plan, mix};
use super::super::want::{DataError, Fit, Job, Want};
use super::{Correlation, Factors, Glasses, SIZES, TEST_SEED, TRAIN_SEED, columns, draw, edges, put, sample};

/// What is mixed into the seeds of the second domain, so that none of its faces is a partner of one of the first.
const OTHER: u64 = 0x006f_7468_6572;

/// A world of two domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// By day | at dusk: a function of each pixel ([`dusk`]).
    Dusk,
    /// Pictures | their pencil drawings ([`edges`]): follows from the factors.
    Pencil,
    /// Without | with sunglasses: follows from the factors.
    Sunglasses,
}

impl World {
    /// The world of that name in a SPEC.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "faces-dusk" => Some(Self::Dusk),
            "faces-pencil" => Some(Self::Pencil),
            "faces-sunglasses" => Some(Self::Sunglasses),
            _ => None,
        }
    }

    /// What its two domains are called, the first first.
    pub fn names(self) -> [&'static str; 2] {
        match self {
            Self::Dusk => ["day", "dusk"],
            Self::Pencil => ["picture", "pencil"],
            Self::Sunglasses => ["without sunglasses", "with sunglasses"],
        }
    }

    /// The factors a face of the first (`second` = false) or second domain is drawn from.
    pub fn factors(self, f: &Factors, second: bool) -> Factors {
        match self {
            Self::Sunglasses => Factors { glasses: second.then_some(Glasses::Sun), ..*f },
            Self::Dusk | Self::Pencil => *f,
        }
    }

    /// A face as the first or second domain shows it: `size × size × 3` bytes, row-major, RGB. The second of a face is
    /// the true translation of the first of the same face: the secret that no training sees.
    pub fn picture(self, f: &Factors, second: bool, size: usize) -> Vec<u8> {
        let f = self.factors(f, second);
        match (self, second) {
            (Self::Dusk, true) => {
                let mut pixels = draw(&f, size);
                for pixel in pixels.chunks_exact_mut(3) {
                    pixel.copy_from_slice(&dusk([pixel[0], pixel[1], pixel[2]]));
                }
                pixels
            }
            (Self::Pencil, true) => edges(&f, size).into_iter().flat_map(|v| [v; 3]).collect(),
            _ => draw(&f, size),
        }
    }

    /// Draws `count` training pictures of each domain and a tenth as many test pictures (500 to 5,000), each domain of
    /// faces of its own.
    ///
    /// # Errors
    /// As [`super::load_with`].
    pub fn load(self, count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
        self.load_part(count, count, want, job)
    }

    /// The test pictures of [`World::load`] alone.
    ///
    /// # Errors
    /// As [`World::load`].
    pub fn held_out(self, count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
        self.load_part(count, 0, want, job)
    }

    /// The true translations of the test pictures of [`World::load`], in their order: those of the first domain, then those of the
    /// second, of which each may be one of several that would do.
    ///
    /// # Errors
    /// As [`World::load`].
    pub fn truths(self, count: usize, want: Want, job: &Job) -> Result<[Pictures; 2], DataError> {
        let plan = Plan::new("faces", &SIZES, 3, Some(Fit::Crop), count, want)?;
        let of = |second: bool| {
            let seed = if second { mix(TEST_SEED, OTHER) } else { TEST_SEED };
            let draw = |index, pixels: &mut [u8]| {
                put(&self.picture(&sample(seed, index, Correlation::default()), !second, plan.size), pixels);
            };
            Ok::<_, DataError>(plan.draw(plan.tests, 0, job, draw)?.0)
        };
        Ok([of(false)?, of(true)?])
    }

    /// Draws the first `drawn` of the `count` training pictures of each domain, and all test pictures.
    fn load_part(self, count: usize, drawn: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
        let plan = Plan::new("faces", &SIZES, 3, Some(Fit::Crop), count, want)?;
        let split = |seed: u64, count, second| {
            let quiet = Job { progress: &|_, _| {}, cancel: job.cancel };
            let job = if second { &quiet } else { job };
            let seed = if second { mix(seed, OTHER) } else { seed };
            let before = if count == drawn { 0 } else { drawn };
            let (pictures, faces) = plan.draw(count, before, job, |index, pixels| {
                let f = sample(seed, index, Correlation::default());
                put(&self.picture(&f, second, plan.size), pixels);
                self.factors(&f, second)
            })?;
            Ok::<_, DataError>(Split {
                pictures,
                attributes: columns::attributes(&faces),
                ..Split::default()
            })
        };
        let other = Domain {
            name: self.names()[1].into(),
            train: split(TRAIN_SEED, drawn, true)?,
            test: split(TEST_SEED, plan.tests, true)?,
        };
        let (train, test) = (split(TRAIN_SEED, drawn, false)?, split(TEST_SEED, plan.tests, false)?);
        let [first, second] = self.names();
        let title = format!("built-in faces without partners: {first} and {second}");
        Ok(Dataset { title, train, test, domain: first.into(), domains: vec![other], ..Dataset::default() })
    }
}

/// A colour by day as it is at dusk: darker, and bluer, each channel by a straight line, so that it can be undone but
/// for rounding. RGB, 0..=255.
pub fn dusk(day: [u8; 3]) -> [u8; 3] {
    let line = |v: u8, slope: f32, base: f32| (f32::from(v) * slope + base).round() as u8;
    [line(day[0], 0.45, 8.0), line(day[1], 0.5, 12.0), line(day[2], 0.6, 44.0)]
}
