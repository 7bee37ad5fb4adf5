//! A finished picture, wherever its numbers are.
//!
//! Must not know: how it was made.

use std::sync::Arc;

/// A picture as `channels × height × width` floats, row-major, nominally 0–1 (values outside are clamped
/// when drawn).
#[derive(Clone, Debug)]
pub struct Image {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// 1 (grey) or 3 (RGB, planar).
    pub channels: usize,
    /// Where the numbers are.
    pub pixels: Pixels,
}

/// Where a picture's numbers are.
#[derive(Clone, Debug)]
pub enum Pixels {
    /// In memory: `channels × height × width` floats.
    Cpu(Arc<Vec<f32>>),
    /// In the buffer of the window's GPU where they were computed.
    Gpu(Arc<super::share::BufferRange>),
}
