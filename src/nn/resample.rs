//! Bicubic resampling, as the papers of super-resolution have it: MATLAB's `imresize` with its antialiasing, Keys' cubic
//! with a = −½ (Keys 1981), edges mirrored. A side is resampled by a small matrix, so that tensors and plain pictures have
//! the same sums: Y = A·X·Bᵀ.
//!
//! Must not know: any one system, files.

use burn::tensor::{Device, Tensor, TensorData};

/// Keys' cubic with a = −½, at a distance in pixels.
fn cubic(x: f64) -> f64 {
    let x = x.abs();
    match x {
        _ if x <= 1.0 => 1.5 * x.powi(3) - 2.5 * x.powi(2) + 1.0,
        _ if x < 2.0 => -0.5 * x.powi(3) + 2.5 * x.powi(2) - 4.0 * x + 2.0,
        _ => 0.0,
    }
}

/// The place that stands for one outside of a side of `from` pixels: edges are mirrors.
fn mirrored(place: i64, from: usize) -> usize {
    let around = place.rem_euclid(2 * from as i64) as usize;
    if around < from { around } else { 2 * from - 1 - around }
}

/// What each of `to` pixels takes of `from` pixels: (the first, weights of it and those behind it), edges not yet mirrored.
fn taps(from: usize, to: usize) -> Vec<(i64, Vec<f64>)> {
    let scale = to as f64 / from.max(1) as f64;
    // The kernel is widened where the side shrinks, so that nothing aliases.
    let shrink = scale.min(1.0);
    let reach = 2.0 / shrink;
    let one = |i: usize| {
        let centre = (i as f64 + 0.5) / scale - 0.5;
        let first = (centre - reach).ceil() as i64;
        let last = (centre + reach).floor() as i64;
        let weights: Vec<f64> = (first..=last).map(|j| cubic(shrink * (centre - j as f64))).collect();
        let sum: f64 = weights.iter().sum();
        (first, weights.into_iter().map(|w| w / sum).collect())
    };
    (0..to).map(one).collect()
}

/// The matrix that brings a side of `from` pixels to `to`, row by row: `to × from` numbers.
pub fn matrix(from: usize, to: usize) -> Vec<f32> {
    let mut rows = vec![0.0f64; to * from];
    for (i, (first, weights)) in taps(from, to).into_iter().enumerate() {
        for (k, w) in weights.into_iter().enumerate() {
            rows[i * from + mirrored(first + k as i64, from)] += w;
        }
    }
    rows.into_iter().map(|w| w as f32).collect()
}

/// Pictures `[n, c, h, w]` at another height and width: `[n, c, height, width]`, not cut to any range.
pub fn bicubic(x: Tensor<4>, [height, width]: [usize; 2]) -> Tensor<4> {
    let [_, _, h, w] = x.dims();
    let device: Device = x.device();
    let side = |from: usize, to: usize| {
        Tensor::<2>::from_data(TensorData::new(matrix(from, to), [to, from]), &device) // [to, from]
    };
    let rows = side(h, height).unsqueeze::<4>(); // [1, 1, height, h]
    let columns = side(w, width).transpose().unsqueeze::<4>(); // [1, 1, w, width]
    rows.matmul(x).matmul(columns) // [n, c, height, width]
}

/// The same of one picture as `channels × h × w` numbers: `channels × height × width`.
pub fn plain(x: &[f32], channels: usize, [h, w]: [usize; 2], [height, width]: [usize; 2]) -> Vec<f32> {
    let (rows, columns) = (taps(h, height), taps(w, width));
    let mut out = Vec::with_capacity(channels * height * width);
    for plane in x.chunks(h * w).take(channels) {
        let mut wide = vec![0.0f32; h * width];
        for (line, to) in plane.chunks(w).zip(wide.chunks_mut(width)) {
            for (value, (first, weights)) in to.iter_mut().zip(&columns) {
                let all = weights.iter().enumerate();
                let sum: f64 = all.map(|(k, c)| c * f64::from(line[mirrored(first + k as i64, w)])).sum();
                *value = sum as f32;
            }
        }
        for (first, weights) in &rows {
            let mut line = vec![0.0f32; width];
            for (k, c) in weights.iter().enumerate() {
                let from = &wide[mirrored(first + k as i64, h) * width..][..width];
                line.iter_mut().zip(from).for_each(|(v, x)| *v += *c as f32 * x);
            }
            out.extend(line);
        }
    }
    out
}
