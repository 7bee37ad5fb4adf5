//! Instance norm (Ulyanov, Vedaldi and Lempitsky 2016): each channel of each picture brought to mean 0 and variance 1 by its own
//! pixels, without parameters and without running statistics, as PyTorch's `InstanceNorm2d` is by default.
//!
//! Must not know: any one system.

use super::fast;
use burn::tensor::Tensor;

/// What is added to the variance.
pub const EPSILON: f32 = 1e-5;

/// (x − mean) / √(variance + ε) over the places of each picture's channel, then max(y, slope · y): `[n, c, h, w]` → the same shape. The
/// variance is the mean of squares, without Bessel's correction.
pub fn instance_norm(x: Tensor<4>, slope: f32) -> Tensor<4> {
    if let Some(y) = fast::norm_each(&x, EPSILON, slope) {
        return y;
    }
    let away = x.clone() - mean(x); // [n, c, h, w]
    let variance = mean(away.clone().square()); // [n, c, 1, 1]
    fast::activate(away / (variance + EPSILON).sqrt(), slope) // [n, c, h, w]
}

/// The mean over the places of each channel: `[n, c, h, w]` → `[n, c, 1, 1]`.
pub fn mean(x: Tensor<4>) -> Tensor<4> {
    x.mean_dim(2).mean_dim(3) // [n, c, 1, 1]
}
