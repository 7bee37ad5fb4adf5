//! Figures: which dimensions matter, how well pictures are redrawn, how far samples are from data, how far dimensions
//! stand for known factors.
//!
//! Must not know: messages, the window.

pub mod codes;
pub mod disentangle;
pub mod evaluate;
pub mod frechet;
pub mod importance;
pub mod judge;
