//! Singular values of weights, on the host: how much a layer stretches what it is given, in the direction in which it does so most,
//! and in all others.
//!
//! Must not know: any one system.

use burn::tensor::TensorData;
use nalgebra::{DMatrix, SymmetricEigen};

/// Longest side of which all singular values are computed; of larger weights only the largest is.
const MOST: usize = 160;
/// Steps of power iteration for one that is larger.
const STEPS: usize = 30;

/// The singular values of a weight `[rows, …]`, taken as a matrix `[rows, all the rest]`, ascending; of one that is large in both
/// directions only the largest. Empty where a number is not finite, or there are none.
pub fn singular_values(weight: &TensorData) -> Vec<f32> {
    let (shape, values) = (weight.shape().to_vec(), weight.iter::<f32>().collect::<Vec<f32>>());
    let rows = shape.first().copied().unwrap_or(0).max(1);
    let columns = values.len() / rows;
    if values.is_empty() || values.iter().any(|v| !v.is_finite()) {
        return Vec::new();
    }
    let w = DMatrix::from_row_slice(rows, columns, &values);
    if rows.min(columns) <= MOST {
        // The eigenvalues of WWᵀ or of WᵀW, whichever is smaller, are the squares.
        let gram = if rows <= columns { &w * w.transpose() } else { w.transpose() * &w };
        let gram = gram.map(f64::from);
        let squares = SymmetricEigen::new(gram).eigenvalues;
        let mut all: Vec<f32> = squares.iter().map(|s| s.max(0.0).sqrt() as f32).collect();
        all.sort_unstable_by(f32::total_cmp);
        return all;
    }
    let mut v = DMatrix::from_element(columns, 1, 1.0f32);
    let mut sigma = 0.0;
    for _ in 0..STEPS {
        let u = &w * &v;
        v = w.transpose() * u;
        sigma = v.norm().sqrt();
        if sigma == 0.0 {
            break;
        }
        v /= v.norm();
    }
    vec![sigma]
}
