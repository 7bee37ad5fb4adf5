//! One wgpu device for egui and Burn, and pictures on the screen without a copy through the CPU.
//!
//! Must not know: anything else of zscope.

pub mod image;
pub mod share;

pub use image::{Image, Pixels};
pub use share::{headless, publish};
