//! One wgpu device for egui and Burn, and pictures on the screen without a copy through the CPU.
//!
//! Must not know: anything else of zscope.

pub mod canvas;
pub mod image;
pub mod share;

pub use canvas::{Canvas, Look};
pub use image::{Image, Pixels};
pub use share::{Shared, any_adapter, hardware_exists, headless, publish, share, window_setup};
