//! Resampling with a filter, as StyleGAN's programs do it (`upfirdn2d`): zeros between the pixels, zeros around, a convolution,
//! and of what comes out each n-th pixel.
//!
//! Must not know: any layer, files.

use crate::nn::fast::drawing::{DrawingOps, Ways};
use crate::nn::fast::draws;
use crate::nn::fast::planes::Way;
use burn::backend::Dispatch;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Slice, Tensor, TensorData};

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

/// Both, as one operation on a processor: `[n, c, h, w]` → `[n, c, h', w']` as [`enlarge`] and [`reduce`] say.
fn drawn(x: Tensor<4>, taps: &Taps, [up, down]: [usize; 2], margins: [isize; 4], gain: f32) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    let [left, right, top, bottom] = margins;
    let way = |taps: Vec<f32>, side: usize, before: isize, after: isize| {
        let whole = (side * up) as isize + before + after - taps.len() as isize + 1;
        Way { taps, up, down, before, len: (whole.max(0) as usize).div_ceil(down) }
    };
    let ways = match taps {
        Taps::Twice(one) => {
            let one: Vec<f32> = one.iter().map(|v| v * gain.sqrt()).collect();
            let rows = vec![way(one.clone(), w, left, right)];
            Ways { down: way(one, h, top, bottom), rows, twice: true }
        }
        // Each row of its taps goes along the rows of the map, which follow each other.
        Taps::Square(side, all) => {
            let row = |taps: &[f32]| way(taps.iter().map(|v| v * gain).collect(), w, left, right);
            let rows = all.chunks_exact((*side).max(1)).map(row).collect();
            Ways { down: way(vec![0.0; *side], h, top, bottom), rows, twice: false }
        }
    };
    Tensor::from_dispatch(Dispatch::drawn_filter(x.into_dispatch(), ways))
}

/// Makes maps larger: `up` − 1 zeros after each pixel, margins of `[left, right, top, bottom]` zeros (negative: cut off), and the
/// filter times `gain`: `[n, c, h, w]` → `[n, c, h · up + top + bottom − k + 1, w · up + left + right − k + 1]`.
pub fn enlarge(x: Tensor<4>, taps: &Taps, up: usize, margins: [isize; 4], gain: f32) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let (k, [left, right, top, bottom]) = (taps.len() as isize, margins);
    let size = |side: usize, a: isize, b: isize| ((side * up) as isize + a + b - k + 1).max(0) as usize;
    let (height, width) = (size(h, top, bottom), size(w, left, right));
    // A filter that is not one along both ways never makes maps larger in these programs.
    if draws(&x) && (up == 1 || matches!(taps, Taps::Twice(_))) {
        return drawn(x, taps, [up, 1], margins, gain);
    }
    // No transposed convolution: on wgpu Burn's gives wrong numbers for a batch of one channel.
    let more = taps.len().saturating_sub(1);
    let y = window(window(spaced(apart(x), up), 2, -top, height + more), 3, -left, width + more); // [n·c, 1, height + k − 1, width + k − 1]
    filtered(y, taps, 1, gain).reshape([n, c, height, width])
}

/// `up` − 1 zeros after each pixel: `[m, 1, h, w]` → `[m, 1, h · up, w · up]`.
fn spaced(x: Tensor<4>, up: usize) -> Tensor<4> {
    if up == 1 {
        return x;
    }
    let ([m, _, h, w], device) = (x.dims(), x.device());
    let zeros = Tensor::zeros([m, h, w, up - 1], &device); // [m, h, w, up − 1]
    let wide = Tensor::cat(vec![x.reshape([m, h, w, 1]), zeros], 3).reshape([m, h, 1, w * up]); // [m, h, 1, w · up]
    let zeros = Tensor::zeros([m, h, up - 1, w * up], &device); // [m, h, up − 1, w · up]
    Tensor::cat(vec![wide, zeros], 2).reshape([m, 1, h * up, w * up])
}

/// The filter times `gain` and each `down`-th pixel: `[m, 1, h, w]` → `[m, 1, ⌈(h − k + 1) / down⌉, …]`.
fn filtered(x: Tensor<4>, taps: &Taps, down: usize, gain: f32) -> Tensor<4> {
    let device = x.device();
    match taps {
        // Few taps one way after the other are few sums; as a convolution a batch of few maps came out wrong on wgpu.
        Taps::Twice(one) => {
            let one: Vec<f32> = one.iter().map(|v| v * gain.sqrt()).collect();
            along(along(x, 2, &one, down), 3, &one, down)
        }
        Taps::Square(side, all) => {
            // A convolution in the strict sense, and not a correlation.
            let kernel: Vec<f32> = all.iter().rev().map(|v| v * gain).collect();
            let kernel = Tensor::from_data(TensorData::new(kernel, [1, 1, *side, *side]), &device); // [1, 1, k, k]
            conv2d(x, kernel, None, ConvOptions::new([down, down], [0, 0], [1, 1], 1))
        }
    }
}

/// A filter along rows or columns (`dim` 2 or 3) and each `down`-th of what comes out: `[m, 1, h, w]` → the same with
/// ⌈(side − k + 1) / down⌉ there.
fn along(x: Tensor<4>, dim: usize, taps: &[f32], down: usize) -> Tensor<4> {
    let length = (x.dims()[dim] + 1).saturating_sub(taps.len());
    let part = |(i, tap): (usize, &f32)| {
        let mut ranges = [Slice::full(); 4];
        let last = i + length;
        ranges[dim] = Slice::with_step(i as isize, Some(last as isize), down as isize);
        x.clone().slice(ranges) * *tap
    };
    // In the strict sense the last tap meets the first pixel.
    let reversed: Vec<f32> = taps.iter().rev().copied().collect();
    let sum = reversed.iter().enumerate().map(part).reduce(|a, b| a + b);
    sum.unwrap_or(x)
}

/// Makes maps smaller: the filter, and each `down`-th pixel from the first: `[n, c, h, w]` → `[n, c, ⌈(h − k + 1) / down⌉, …]`.
pub fn reduce(x: Tensor<4>, taps: &Taps, down: usize) -> Tensor<4> {
    if draws(&x) {
        return drawn(x, taps, [1, down], [0; 4], 1.0);
    }
    let [n, c, ..] = x.dims();
    let y = filtered(apart(x), taps, down, 1.0);
    let [_, _, h, w] = y.dims();
    y.reshape([n, c, h, w])
}
