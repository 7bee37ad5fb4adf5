//! Tensors as plain numbers in memory, and pictures in another size.
//!
//! Must not know: what the numbers are.

use burn::tensor::Tensor;
use burn::tensor::module::interpolate;
use burn::tensor::ops::{InterpolateMode, InterpolateOptions};

/// Maps `[n, c, h, w]` in another size, blended between pixels; as they are where they have it.
pub fn resized(x: Tensor<4>, height: usize, width: usize) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    if (h, w) == (height, width) {
        return x;
    }
    let options = InterpolateOptions::new(InterpolateMode::Bilinear);
    interpolate(x, options.with_align_corners(false).with_output_size([height, width]))
}

/// All numbers of a tensor `[…]`, row-major.
pub fn floats<const D: usize>(t: Tensor<D>) -> Vec<f32> {
    t.into_data().iter::<f32>().collect()
}

/// The rows of a tensor `[n, k]`: n lists of k numbers.
pub fn rows(t: Tensor<2>) -> Vec<Vec<f32>> {
    let width = t.dims()[1].max(1);
    floats(t).chunks(width).map(<[f32]>::to_vec).collect()
}
