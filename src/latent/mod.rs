//! The mathematics of latents, on plain `f32` vectors: interpolation, arithmetic, directions, principal components.
//! A latent is one value per dimension in units of the prior's σ; all latents of a call have the same length.
//!
//! Must not know: Burn, models, the window.

pub mod arithmetic;
pub mod classify;
pub mod direction;
pub mod interpolate;
pub mod neighbours;
pub mod path;
pub mod pca;
pub mod plane;
pub mod prior;
pub mod text;
pub mod tsne;

pub use direction::Direction;
pub use path::{Easing, Interpolation, Path};

/// a · b.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Euclidean norm.
pub fn norm(a: &[f32]) -> f32 {
    dot(a, a).sqrt()
}

/// a + s · b.
pub fn add_scaled(a: &[f32], s: f32, b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + s * b).collect()
}
