//! Resampling with a filter, as StyleGAN's programs do it (`upfirdn2d`): zeros between the pixels, zeros around, a convolution,
//! and of what comes out each n-th pixel.
//!
//! Must not know: any layer, files.

use burn::tensor::module::{conv_transpose2d, conv2d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Tensor, TensorData};

/// A filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Taps {
    /// The same along both ways.
    Twice(Vec<f32>),
    /// `side × side` numbers, row by row.
    Square(usize, Vec<f32>),
}

impl Taps {
    /// A file's filter `[k]` or `[k, k]`; a square one that is one along both ways becomes that.
    pub fn of(shape: &[usize], numbers: Vec<f32>) -> Self {
        let [side, _] = *shape else { return Self::Twice(numbers) };
        let sums: Vec<f64> =
            numbers.chunks_exact(side.max(1)).map(|r| r.iter().map(|v| f64::from(*v)).sum()).collect();
        let total = sums.iter().sum::<f64>();
        if total > 0.0 {
            let one: Vec<f64> = sums.iter().map(|s| s / total.sqrt()).collect();
            let largest = numbers.iter().fold(0.0f64, |m, v| m.max(f64::from(v.abs())));
            let fits = |(i, v): (usize, &f32)| {
                (f64::from(*v) - one[i / side] * one[i % side]).abs() <= 1e-6 * largest
            };
            if numbers.iter().enumerate().all(fits) {
                return Self::Twice(one.into_iter().map(|v| v as f32).collect());
            }
        }
        Self::Square(side, numbers)
    }

    /// Taps along each way.
    pub fn len(&self) -> usize {
        match self {
            Self::Twice(one) => one.len(),
            Self::Square(side, _) => *side,
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The kernels whose convolutions, one after the other, are this filter times `gain`, with their rows and columns.
    fn kernels(&self, gain: f32) -> Vec<([usize; 2], Vec<f32>)> {
        match self {
            Self::Twice(one) => {
                let (k, by) = (one.len(), gain.sqrt());
                let one: Vec<f32> = one.iter().map(|v| v * by).collect();
                vec![([k, 1], one.clone()), ([1, k], one)]
            }
            Self::Square(side, all) => vec![([*side, *side], all.iter().map(|v| v * gain).collect())],
        }
    }
}

/// Each channel by itself, as a batch: `[n, c, h, w]` → `[n·c, 1, h, w]`.
fn apart(x: Tensor<4>) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    x.reshape([n * c, 1, h, w])
}

/// From `at` on `length` rows or columns (`dim` 2 or 3) of maps `[n, c, h, w]`; what lies outside is 0: the same with `length` there.
fn window(x: Tensor<4>, dim: usize, at: isize, length: usize) -> Tensor<4> {
    let have = x.dims()[dim] as isize;
    let (first, last) = (at.clamp(0, have), (at + length as isize).clamp(0, have));
    let (before, after) = ((first - at) as usize, (at + length as isize - last) as usize);
    let x = x.slice_dim(dim, first as usize..last as usize);
    if before + after == 0 {
        return x;
    }
    let (before, after) = (before.min(length), after.min(length));
    x.pad(if dim == 2 { [(before, after), (0, 0)] } else { [(0, 0), (before, after)] }, 0.0)
}

/// Makes maps larger: `up` − 1 zeros after each pixel, margins of `[left, right, top, bottom]` zeros (negative: cut off), and the
/// filter times `gain`: `[n, c, h, w]` → `[n, c, h · up + top + bottom − k + 1, w · up + left + right − k + 1]`.
pub fn enlarge(x: Tensor<4>, taps: &Taps, up: usize, margins: [isize; 4], gain: f32) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let (k, [left, right, top, bottom]) = (taps.len() as isize, margins);
    let size = |side: usize, a: isize, b: isize| ((side * up) as isize + a + b - k + 1).max(0) as usize;
    let (height, width) = (size(h, top, bottom), size(w, left, right));
    let device = x.device();
    let mut y = apart(x);
    for ([rows, columns], kernel) in taps.kernels(gain) {
        let kernel = Tensor::from_data(TensorData::new(kernel, [1, 1, rows, columns]), &device); // [1, 1, k, k], or one row
        // The step is taken along the ways that the kernel has.
        let step = |k: usize| if k > 1 || taps.len() == 1 { up } else { 1 };
        let options = ConvTransposeOptions::new([step(rows), step(columns)], [0, 0], [0, 0], [1, 1], 1);
        y = conv_transpose2d(y, kernel, None, options);
    }
    // A transposed convolution is the whole one, of which a part is wanted.
    let y = window(window(y, 2, k - 1 - top, height), 3, k - 1 - left, width);
    y.reshape([n, c, height, width])
}

/// Makes maps smaller: the filter, and each `down`-th pixel from the first: `[n, c, h, w]` → `[n, c, ⌈(h − k + 1) / down⌉, …]`.
pub fn reduce(x: Tensor<4>, taps: &Taps, down: usize) -> Tensor<4> {
    let [n, c, ..] = x.dims();
    let device = x.device();
    let mut y = apart(x);
    for ([rows, columns], mut kernel) in taps.kernels(1.0) {
        // A convolution in the strict sense, and not a correlation.
        kernel.reverse();
        let kernel = Tensor::from_data(TensorData::new(kernel, [1, 1, rows, columns]), &device); // [1, 1, k, k], or one row
        let step = |k: usize| if k > 1 || taps.len() == 1 { down } else { 1 };
        y = conv2d(y, kernel, None, ConvOptions::new([step(rows), step(columns)], [0, 0], [1, 1], 1));
    }
    let [_, _, h, w] = y.dims();
    y.reshape([n, c, h, w])
}
