//! The standard normal as the prior of each dimension: how probable positions are, and draws from it.
//!
//! Must not know: what is made of them.

use crate::random::{Stream, hash};
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

/// How far from the middle latents are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Scales what is drawn: 1 = the prior, 0 = its middle.
    pub temperature: f32,
    /// Where N(0, 1) is cut off on both sides before that, in σ, above 0 (the truncation trick: Brock et al. 2019); `None` =
    /// nowhere.
    pub truncation: Option<f32>,
}

impl Default for Spread {
    fn default() -> Self {
        Self { temperature: 1.0, truncation: None }
    }
}

impl From<f32> for Spread {
    /// That temperature, cut off nowhere.
    fn from(temperature: f32) -> Self {
        Self { temperature, ..Self::default() }
    }
}

impl Spread {
    /// The prior cut off at ±`truncation` σ.
    pub fn cut(truncation: Option<f32>) -> Self {
        Self { truncation, ..Self::default() }
    }

    /// Latents so drawn from draws of N(0, 1). Each keeps its rank, by ε → Φ⁻¹(Φ(−t) + Φ(ε) (Φ(t) − Φ(−t))): what is cut off is
    /// distributed as by drawing anew until it lies within, and the same draw moves steadily as t does.
    pub fn of(self, normals: Vec<f32>) -> Vec<f32> {
        let normal = Normal::standard();
        let within = |v: f32, t: f64| {
            let (low, high) = (normal.cdf(-t), normal.cdf(t));
            normal.inverse_cdf(low + normal.cdf(f64::from(v)) * (high - low)).clamp(-t, t) as f32
        };
        let one = |v: f32| self.truncation.map_or(v, |t| within(v, f64::from(t))) * self.temperature;
        normals.into_iter().map(one).collect()
    }
}

/// `count` latents of N(0, I), so spread; the same seed gives the same ones, and a longer list begins like a shorter. The
/// window's samples, its grid and `zscope sample` are these.
pub fn samples(seed: u64, dims: usize, count: usize, spread: impl Into<Spread>) -> Vec<Vec<f32>> {
    let (mut stream, spread) = (Stream::new(seed, 0), spread.into());
    (0..count).map(|_| spread.of(stream.normals(dims))).collect()
}

/// Latent `index` of a seed beside the first one, by its name: of N(0, I), so spread, and unrelated to the first.
pub fn beside(name: &str, seed: u64, index: usize, dims: usize, spread: impl Into<Spread>) -> Vec<f32> {
    let spread: Spread = spread.into();
    spread.of(Stream::new(seed ^ hash(name), index as u64).normals(dims))
}

/// `count` draws from U(−1, 1).
pub fn noise(seed: u64, count: usize) -> Vec<f32> {
    let mut rng = Pcg64::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0..=1.0)).collect()
}
