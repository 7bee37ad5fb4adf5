//! The factors of a set's pictures as independent numbers of N(0, 1), such as latents are: normal scores (van der Waerden),
//! made independent by the symmetric whitening of their correlations (ZCA-cor; Kessy, Lewin and Strimmer 2018, "Optimal
//! whitening and decorrelation"), which keeps each score as near to its own factor as can be.
//!
//! Must not know: models, or what the scores are used for.

use super::drawn::mix;
use super::{Attribute, Split};
use nalgebra::{DMatrix, DVector, SymmetricEigen};
use rayon::prelude::*;
use statrs::distribution::{ContinuousCDF, Normal};

/// Least variance that a combination of factors is taken to have: two that say the same are not blown up to tell apart.
const LEAST: f64 = 0.05;

/// Scores of every picture of a split.
#[derive(Clone, Debug)]
pub struct FactorScores {
    /// Names of the factors, in the order of [`Split::factors`].
    pub names: Vec<String>,
    /// Picture by picture.
    scores: Vec<f32>,
}

impl FactorScores {
    /// Those of a split's pictures; `None` where it has no factors.
    pub fn of(split: &Split) -> Option<Self> {
        let factors = split.factors();
        let (n, count) = (split.pictures.len(), factors.len());
        if n == 0 || count == 0 {
            return None;
        }
        let standard = Normal::standard();
        let quantiles: Vec<f64> =
            (0..n).map(|rank| standard.inverse_cdf((rank as f64 + 0.5) / n as f64)).collect();
        let columns: Vec<DVector<f64>> =
            factors.par_iter().enumerate().map(|(k, a)| normal_scores(a, k as u64, &quantiles)).collect();
        let scores = DMatrix::from_columns(&columns);
        let whitened = &scores * whitening(&scores);
        let names = factors.iter().map(|a| a.name.clone()).collect();
        Some(Self { names, scores: whitened.transpose().iter().map(|v| *v as f32).collect() })
    }

    /// The scores of a picture, a factor each; zeros past the end.
    pub fn row(&self, picture: usize) -> impl Iterator<Item = f32> + '_ {
        let count = self.names.len();
        (0..count).map(move |k| self.scores.get(picture * count + k).copied().unwrap_or(0.0))
    }
}

/// Each value's rank as a quantile of N(0, 1). What is equal is put in an order that follows from `seed`, so that a factor
/// that is there or not is spread as evenly as one with a scale. What is not known, as the shape of glasses that nobody wears,
/// can be anything: it has one of the quantiles, which follows from `seed` too.
fn normal_scores(of: &Attribute, seed: u64, quantiles: &[f64]) -> DVector<f64> {
    let value = |i: usize| of.values.get(i).copied().unwrap_or(f32::NAN);
    let mut order: Vec<usize> = (0..quantiles.len()).filter(|i| value(*i).is_finite()).collect();
    order.sort_by(|a, b| {
        value(*a).total_cmp(&value(*b)).then(mix(seed, *a as u64).cmp(&mix(seed, *b as u64)))
    });
    let n = quantiles.len();
    let mut scores = DVector::from_fn(n, |i, _| quantiles[(mix(!seed, i as u64) % n as u64) as usize]);
    let step = quantiles.len() as f64 / order.len().max(1) as f64;
    for (rank, i) in order.into_iter().enumerate() {
        let at = ((rank as f64 + 0.5) * step) as usize;
        scores[i] = quantiles[at.min(quantiles.len() - 1)];
    }
    scores
}

/// W = V Λ^(−1/2) Vᵀ of the scores' correlations V Λ Vᵀ.
fn whitening(scores: &DMatrix<f64>) -> DMatrix<f64> {
    let second = scores.tr_mul(scores) / scores.nrows() as f64;
    let SymmetricEigen { eigenvectors, eigenvalues } = SymmetricEigen::new(second);
    let scale = DMatrix::from_diagonal(&eigenvalues.map(|v| v.max(LEAST).sqrt().recip()));
    &eigenvectors * scale * eigenvectors.transpose()
}
