//! The two kinds of chance that factors are drawn with.
//!
//! Must not know: what is decided by them.

use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

/// True with this probability.
pub(super) fn chance(rng: &mut Pcg64, probability: f32) -> bool {
    rng.random::<f32>() < probability
}

/// A normal random number, clipped to a range.
pub(super) fn normal(rng: &mut Pcg64, mean: f32, deviation: f32, (min, max): (f32, f32)) -> f32 {
    let z: f32 = rng.sample(StandardNormal);
    (mean + deviation * z).clamp(min, max)
}
