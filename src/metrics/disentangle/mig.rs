//! The mutual information gap: for factor v, (I(z₁; v) − I(z₂; v)) / H(v), where z₁ and z₂ are the two dimensions that
//! say most about it.
//!
//! Must not know: where codes and factors came from.

use crate::data::{Attribute, AttributeKind};

/// Bins of a latent dimension, and of a factor that is not discrete.
const BINS: usize = 20;
/// A factor with at most so many different values is taken value by value.
const DISCRETE: usize = 64;

/// What one factor's gap is.
pub(super) struct Gap {
    /// The dimension that says most about the factor.
    pub dimension: usize,
    /// 0..=1.
    pub gap: f64,
}

/// The gap of each factor. `columns[d]`: dimension `d` of every picture. Factors must change.
pub(super) fn gaps(columns: &[Vec<f32>], factors: &[&Attribute]) -> Vec<Gap> {
    let cut: Vec<Vec<usize>> = columns.iter().map(|c| equal_bins(c)).collect();
    factors
        .iter()
        .map(|factor| {
            let levels = levels(factor);
            let mut told: Vec<(usize, f64)> =
                cut.iter().map(|bins| mutual_information(bins, &levels)).enumerate().collect();
            told.sort_by(|a, b| b.1.total_cmp(&a.1));
            let second = told.get(1).map_or(0.0, |t| t.1);
            // H(v) = I(v; v).
            let gap = (told[0].1 - second) / mutual_information(&levels, &levels);
            Gap { dimension: told[0].0, gap: gap.clamp(0.0, 1.0) }
        })
        .collect()
}

/// Which of [`BINS`] bins of equal width, from the smallest value to the largest, each value is in.
fn equal_bins(values: &[f32]) -> Vec<usize> {
    let (min, max) = values.iter().fold((f32::MAX, f32::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
    let width = (f64::from(max) - f64::from(min)) / BINS as f64;
    let bin = |v: f32| if width > 0.0 { ((f64::from(v) - f64::from(min)) / width) as usize } else { 0 };
    values.iter().map(|v| bin(*v).min(BINS - 1)).collect()
}

/// A factor as numbers of its levels: its different values, or bins where there are many of them.
fn levels(factor: &Attribute) -> Vec<usize> {
    let mut different: Vec<f32> = factor.values.clone();
    different.sort_by(f32::total_cmp);
    different.dedup();
    if different.len() > DISCRETE && matches!(factor.kind, AttributeKind::Continuous { .. }) {
        return equal_bins(&factor.values);
    }
    factor.values.iter().map(|v| different.partition_point(|d| d.total_cmp(v).is_lt())).collect()
}

/// Mutual information of two discrete variables in nats, by counting (the plug-in estimate).
fn mutual_information(a: &[usize], b: &[usize]) -> f64 {
    let most = |of: &[usize]| of.iter().max().map_or(0, |m| m + 1);
    let (rows, columns, n) = (most(a), most(b), a.len() as f64);
    let mut joint = vec![0.0f64; rows * columns];
    a.iter().zip(b).for_each(|(i, j)| joint[i * columns + j] += 1.0 / n);
    let of_a: Vec<f64> = joint.chunks(columns).map(|row| row.iter().sum()).collect();
    let of_b: Vec<f64> = (0..columns).map(|j| joint.iter().skip(j).step_by(columns).sum()).collect();
    let term = |k: usize, p: f64| p * (p / (of_a[k / columns] * of_b[k % columns])).ln();
    joint.iter().enumerate().filter(|(_, p)| **p > 0.0).map(|(k, p)| term(k, *p)).sum()
}
