//! Tensors as plain numbers in memory.
//!
//! Must not know: what the numbers are.

use burn::tensor::Tensor;

/// All numbers of a tensor, row-major.
pub fn floats<const D: usize>(t: Tensor<D>) -> Vec<f32> {
    t.into_data().iter::<f32>().collect()
}

/// A tensor's rows.
pub fn rows(t: Tensor<2>) -> Vec<Vec<f32>> {
    let width = t.dims()[1].max(1);
    floats(t).chunks(width).map(<[f32]>::to_vec).collect()
}
