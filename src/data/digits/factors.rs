//! What a digit is drawn with.
//!
//! Must not know: how it is drawn.

use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

/// What a digit was drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Factors {
    /// How far upright strokes lean, in degrees, −25..=45; positive leans right, as most hands do.
    pub slant: f32,
    /// Turn of the whole digit in degrees, −15..=15; positive is clockwise.
    pub rotation: f32,
    /// Width of the pen in pixels of a 28-pixel picture, 1.2..=5.5.
    pub width: f32,
    /// Extra width over height, 0.6..=1.7; 1 is the skeleton as designed.
    pub aspect: f32,
}

/// A normal random number, clipped to a range.
pub(super) fn normal(rng: &mut Pcg64, mean: f32, deviation: f32, (min, max): (f32, f32)) -> f32 {
    let z: f32 = rng.sample(StandardNormal);
    (mean + deviation * z).clamp(min, max)
}
