//! The standard normal as the prior of each dimension: how probable positions are, and draws from it.
//!
//! Must not know: what is made of them.

use crate::random::Stream;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use statrs::distribution::{ContinuousCDF, Normal};

/// Position below which a share `p` (0–1, ends excluded) of N(0, 1) lies. Ends are taken as 1e-6 from the end.
pub fn quantile(p: f32) -> f32 {
    Normal::standard().inverse_cdf(f64::from(p).clamp(1e-6, 1.0 - 1e-6)) as f32
}

/// Share of N(0, 1) below `x`.
pub fn share_below(x: f32) -> f32 {
    Normal::standard().cdf(f64::from(x)) as f32
}

/// `count` latents of N(0, I), scaled; the same seed gives the same ones, and a longer list begins like a shorter. The
/// window's samples, its grid and `zscope sample` are these.
pub fn samples(seed: u64, dims: usize, count: usize, scale: f32) -> Vec<Vec<f32>> {
    let mut stream = Stream::new(seed, 0);
    (0..count).map(|_| stream.normals(dims).into_iter().map(|v| v * scale).collect()).collect()
}

/// `count` draws from U(−1, 1).
pub fn noise(seed: u64, count: usize) -> Vec<f32> {
    let mut rng = Pcg64::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0..=1.0)).collect()
}
