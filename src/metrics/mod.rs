//! Figures: which dimensions matter, how well pictures are redrawn, how likely they are, how far samples are from data, how
//! far dimensions stand for known factors.
//!
//! Must not know: messages, the window.

pub mod baseline;
pub mod bound;
pub mod captioned;
pub mod codes;
pub mod disentangle;
pub mod displacement;
pub mod evaluate;
pub mod frechet;
pub mod importance;
pub mod judge;
pub mod manifold;
pub mod psnr;
pub mod requested;
pub mod sampler;
pub mod tradeoff;
pub mod translated;
pub mod upscaled;
