//! Pixel norm: Karras et al. 2018, "Progressive growing of GANs", section 4.2. The channels of each place are divided by their root mean
//! square, y = x / √(mean_c(x²) + ε), so that no place's signal can grow without end while G and D outbid each other. It learns nothing.
//!
//! Must not know: any one system.

use burn::tensor::Tensor;

/// Keeps a length from being 0.
pub const EPSILON: f32 = 1e-8;

/// `[n, c, …]` → the same shape; the mean square over c of each sample and place is 1 then. A latent `[n, z]` comes to the sphere of
/// radius √z.
pub fn pixel_norm<const N: usize>(x: Tensor<N>) -> Tensor<N> {
    let square = x.clone().square().mean_dim(1) + EPSILON; // [n, 1, …]
    x / square.sqrt()
}
