//! Random numbers for training and sampling, made on the host so that they are the same on every device and
//! a resumed run needs no generator state: the numbers of step `n` follow from (seed, n) alone.
//!
//! Must not know: what the noise is for.

use crate::random::Stream;
pub use crate::random::hash;
use burn::tensor::{Device, Tensor, TensorData};

/// A stream of random numbers that depends only on what it was made from, as tensors too.
pub struct Noise(Stream);

impl Noise {
    /// The stream `index` of a seed.
    pub fn new(seed: u64, index: u64) -> Self {
        Self(Stream::new(seed, index))
    }

    /// The stream that belongs to a name (a parameter's path).
    pub fn named(seed: u64, name: &str) -> Self {
        Self::new(seed, hash(name))
    }

    /// `count` draws from N(0, 1).
    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        self.0.normals(count)
    }

    /// `count` draws from U(−bound, bound).
    pub fn uniforms(&mut self, count: usize, bound: f32) -> Vec<f32> {
        self.0.uniforms(count, bound)
    }

    /// Draws of N(0, 1): `[rows, columns]`.
    pub fn normal(&mut self, [rows, columns]: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(self.normals(rows * columns), [rows, columns]), device)
    }

    /// A random order of 0..count (Fisher–Yates).
    pub fn permutation(&mut self, count: usize) -> Vec<u32> {
        self.0.permutation(count)
    }
}
