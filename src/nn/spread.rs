//! How many numbers lie where: an even selection of them, and its quantiles, which are a histogram whose bins all have
//! the same weight and which fits numbers of any scale.
//!
//! Must not know: what the numbers are.

use burn::tensor::{Tensor, TensorData};

/// Numbers that are looked at, where there are more.
const SAMPLE: usize = 2048;
/// Bins of equal weight.
pub const BINS: usize = 16;

/// The distance between the picked ones of `n` numbers, so that at most [`SAMPLE`] are picked. It has no factor in
/// common with `n`: else a column of a matrix, or a place in a kernel, could be hit always or never.
fn stride(n: usize) -> usize {
    let common = |a: usize, b: usize| {
        let (mut a, mut b) = (a, b);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    let least = n.div_ceil(SAMPLE).max(1);
    (least..).find(|s| common(*s, n) == 1).unwrap_or(least)
}

/// An even selection of the numbers of a tensor `[…]`, as `[k]` with k at most [`SAMPLE`]; it stays on its device.
pub fn pick<const D: usize>(t: Tensor<D>) -> Tensor<1> {
    let n: usize = t.dims().iter().product();
    let stride = stride(n);
    let count = n / stride;
    let flat: Tensor<1> = t.reshape([n]);
    if stride == 1 || count == 0 {
        return flat;
    }
    flat.slice_dim(0, 0..count * stride).reshape([count, stride]).slice_dim(1, 0..1).reshape([count])
}

/// The same of numbers in memory.
pub fn picked(data: &TensorData) -> Vec<f32> {
    data.iter::<f32>().step_by(stride(data.num_elements())).collect()
}

/// The values below which 0, 1/16, … 16/16 of the finite numbers lie: [`BINS`] + 1 of them, ascending. Of no finite
/// number all are NaN.
pub fn quantiles(mut values: Vec<f32>) -> Vec<f32> {
    values.retain(|v| v.is_finite());
    values.sort_unstable_by(f32::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return vec![f32::NAN; BINS + 1] };
    (0..=BINS).map(|k| values[(k * last + BINS / 2) / BINS]).collect()
}
