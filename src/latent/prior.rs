//! The standard normal as the prior of each dimension: how probable positions are.
//!
//! Must not know: latents of more than one dimension.

use statrs::distribution::{ContinuousCDF, Normal};

/// Position below which a share `p` (0–1, ends excluded) of N(0, 1) lies. Ends are taken as 1e-6 from the end.
pub fn quantile(p: f32) -> f32 {
    Normal::standard().inverse_cdf(f64::from(p).clamp(1e-6, 1.0 - 1e-6)) as f32
}

/// Share of N(0, 1) below `x`.
pub fn share_below(x: f32) -> f32 {
    Normal::standard().cdf(f64::from(x)) as f32
}
