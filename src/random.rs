//! Random numbers that follow from (seed, index) alone: the same on every device and platform, in the window, on the command
//! line and in training, so that one seed is one picture everywhere.
//!
//! Must not know: what the numbers are for, tensors.

use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64Mcg;

/// A stream of random numbers that depends only on what it was made from.
pub struct Stream(Pcg64Mcg);

impl Stream {
    /// The stream `index` of a seed. Streams of different indices are unrelated (SplitMix64 finaliser).
    pub fn new(seed: u64, index: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(mix(seed ^ mix(index.wrapping_add(0x9e37_79b9_7f4a_7c15)))))
    }

    /// `count` draws from N(0, 1).
    pub fn normals(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.0.sample(StandardNormal)).collect()
    }

    /// `count` draws from U(−bound, bound).
    pub fn uniforms(&mut self, count: usize, bound: f32) -> Vec<f32> {
        (0..count).map(|_| (self.0.random::<f32>() * 2.0 - 1.0) * bound).collect()
    }

    /// Any number of 32 bits.
    pub fn number(&mut self) -> u32 {
        self.0.random()
    }

    /// A random order of 0..count (Fisher–Yates).
    pub fn permutation(&mut self, count: usize) -> Vec<u32> {
        let mut order: Vec<u32> = (0..count as u32).collect();
        for i in (1..count).rev() {
            order.swap(i, self.0.random_range(0..=i));
        }
        order
    }
}

/// What the dice of sample `index` of a seed follow from.
pub fn dice(seed: u64, index: usize) -> u32 {
    Stream::new(seed, index as u64).number()
}

/// SplitMix64's finaliser (Steele, Lea and Flood 2014): neighbouring inputs give unrelated outputs.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// FNV-1a, 64 bits: the same on every platform and release, which std's hasher does not promise.
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}
