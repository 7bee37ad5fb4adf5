//! The ways between two latents.
//!
//! Must not know: how many there are to pass through, or when.

use super::{add_scaled, dot, norm};

/// The straight way: (1 − t)·a + t·b.
pub fn lerp(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| (1.0 - t) * a + t * b).collect()
}

/// The way along the sphere (Shoemake 1985; White 2016, Sampling Generative Networks): the direction turns at an even
/// rate, and the norm goes straight from |a| to |b|. In many dimensions nearly all latents of N(0, I) have a norm close
/// to √d; the middle of the straight way has only 0.71 of it, which a generator has never seen.
/// Latents that point the same way, or exactly opposite ways, or are zero, are joined by the straight way.
pub fn slerp(a: &[f32], b: &[f32], t: f32) -> Vec<f32> {
    let (na, nb) = (norm(a), norm(b));
    let cosine = (dot(a, b) / (na * nb)).clamp(-1.0, 1.0);
    let angle = cosine.acos();
    let sine = angle.sin();
    if !cosine.is_finite() || sine < 1e-4 {
        return lerp(a, b, t);
    }
    let (wa, wb) = (((1.0 - t) * angle).sin() / sine / na, (t * angle).sin() / sine / nb);
    let unit: Vec<f32> = add_scaled(&a.iter().map(|v| v * wa).collect::<Vec<_>>(), wb, b);
    let length = (1.0 - t) * na + t * nb;
    unit.into_iter().map(|v| v * length).collect()
}
