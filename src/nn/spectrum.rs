//! Singular values of weights, on the host: how much a layer stretches what it is given, in the direction in which it does so most,
//! and in all others.
//!
//! Must not know: any one system.

use burn::tensor::TensorData;
use nalgebra::{DMatrix, SymmetricEigen};

/// Longest side of which all singular values are computed.
const MOST: usize = 160;
/// Steps of power iteration for the largest alone.
const STEPS: usize = 8;

/// A weight `[rows, …]` as a matrix `[all the rest, rows]`: numbers that lie row by row are its columns. Its singular values are those
/// of the transposed one. `None`: there are no numbers, or one is not finite.
fn matrix(weight: &TensorData) -> Option<DMatrix<f32>> {
    let (rows, values) = (*weight.shape().to_vec().first()?, weight.iter::<f32>().collect::<Vec<f32>>());
    if rows == 0 || values.is_empty() || values.iter().any(|v| !v.is_finite()) {
        return None;
    }
    Some(DMatrix::from_vec(values.len() / rows, rows, values))
}

/// About the largest singular value of a weight `[rows, …]`, taken as a matrix `[rows, all the rest]`, by a few steps of power
/// iteration, from below. `None`: there are no numbers, or one is not finite.
pub fn largest(weight: &TensorData) -> Option<f32> {
    let w = matrix(weight)?;
    let mut v = DMatrix::from_element(w.ncols(), 1, 1.0f32);
    let mut sigma = 0.0;
    for _ in 0..STEPS {
        v = w.tr_mul(&(&w * &v));
        let length = v.norm();
        sigma = length.sqrt();
        if length == 0.0 {
            break;
        }
        v /= length;
    }
    Some(sigma)
}

/// The singular values of a weight `[rows, …]`, taken as a matrix `[rows, all the rest]`, ascending. Empty where it is large in both
/// directions, a number is not finite, or there are none.
pub fn singular_values(weight: &TensorData) -> Vec<f32> {
    let Some(w) = matrix(weight).filter(|w| w.nrows().min(w.ncols()) <= MOST) else { return Vec::new() };
    // The eigenvalues of WWᵀ or of WᵀW, whichever is smaller, are the squares.
    let gram = if w.nrows() <= w.ncols() { &w * w.transpose() } else { w.tr_mul(&w) };
    let squares = SymmetricEigen::new(gram.map(f64::from)).eigenvalues;
    let mut all: Vec<f32> = squares.iter().map(|s| s.max(0.0).sqrt() as f32).collect();
    all.sort_unstable_by(f32::total_cmp);
    all
}
