//! DCI. A regressor reads each factor j off the codes; how much it uses dimension i is R_ij, summing to 1 over i.
//! Disentanglement of i: 1 − H(R_i· / Σ_j R_ij) in the base of the number of factors, and the mean over dimensions is
//! weighted by Σ_j R_ij. Completeness of j: 1 − H(R_·j) in the base of the number of dimensions. Informativeness of j:
//! 1 − error / error of the best constant guess on pictures that the regressor has not seen, which is R² for a number
//! (the paper prints an error instead, where less is better).
//!
//! The regressor is a random forest, one of the paper's two: the other, lasso, sees only factors that are linear in
//! the codes, and a VAE's often are not (hue, a class of shapes).
//!
//! Must not know: where codes and factors came from.

use super::forest::{Forest, Table};
use crate::data::{Attribute, AttributeKind};

/// Of so many pictures, one is kept from the regressor to measure its error.
const HELD_OUT: usize = 5;

pub(super) struct Dci {
    pub disentanglement: f64,
    pub completeness: f64,
    /// Of each factor.
    pub informativeness: Vec<f64>,
}

/// Measures it. `columns[d]`: dimension `d` of every picture. Factors must change.
pub(super) fn measure(columns: &[Vec<f32>], factors: &[&Attribute]) -> Dci {
    let n = columns[0].len();
    let (tests, fits): (Vec<usize>, Vec<usize>) = (0..n).partition(|i| i % HELD_OUT == HELD_OUT - 1);
    let table = Table::new(columns);
    let (mut importance, mut informativeness) = (Vec::new(), Vec::new());
    for factor in factors {
        let target = targets(factor);
        let forest = Forest::fit(&table, &target, &fits);
        informativeness.push(skill(&table, &forest, &target, &fits, &tests));
        importance.push(shares(forest.importance()));
    }
    let (dims, count) = (columns.len(), factors.len());
    let weights: Vec<f64> = (0..dims).map(|i| importance.iter().map(|r| r[i]).sum()).collect();
    let total: f64 = weights.iter().sum();
    let of = |i: usize| {
        let row: Vec<f64> = importance.iter().map(|r| r[i]).collect();
        weights[i] * (1.0 - entropy(&shares(&row), count))
    };
    let disentanglement = if total > 0.0 { (0..dims).map(of).sum::<f64>() / total } else { 0.0 };
    let complete = |r: &Vec<f64>| if r.iter().sum::<f64>() > 0.0 { 1.0 - entropy(r, dims) } else { 0.0 };
    let completeness = importance.iter().map(complete).sum::<f64>() / count as f64;
    Dci { disentanglement, completeness, informativeness }
}

/// What the forest learns of a factor for each picture: the value, or one number per class, 1 for the right one.
fn targets(factor: &Attribute) -> Vec<Vec<f32>> {
    match &factor.kind {
        AttributeKind::Class(names) => {
            let one = |v: &f32| (0..names.len()).map(|k| f32::from(u8::from(k as f32 == *v))).collect();
            factor.values.iter().map(one).collect()
        }
        _ => factor.values.iter().map(|v| vec![*v]).collect(),
    }
}

/// 1 − error / error of guessing, at least 0: squared error of a number, share of wrong names of a class.
fn skill(table: &Table, forest: &Forest, target: &[Vec<f32>], fits: &[usize], tests: &[usize]) -> f64 {
    let width = target[0].len();
    let mut guess = vec![0.0f64; width];
    for &i in fits {
        target[i].iter().zip(&mut guess).for_each(|(t, g)| *g += f64::from(*t) / fits.len() as f64);
    }
    let (mut error, mut blind) = (0.0, 0.0);
    for &i in tests {
        error += cost(&forest.predict(table, i), &target[i]);
        blind += cost(&guess, &target[i]);
    }
    if blind > 0.0 { (1.0 - error / blind).clamp(0.0, 1.0) } else { 0.0 }
}

fn cost(predicted: &[f64], target: &[f32]) -> f64 {
    if let ([p], [t]) = (predicted, target) {
        return (p - f64::from(*t)).powi(2);
    }
    let best = (0..predicted.len()).max_by(|&a, &b| predicted[a].total_cmp(&predicted[b]));
    f64::from(u8::from(best.is_none_or(|k| target[k] != 1.0)))
}

/// Scaled to sum to 1; all zero stays so.
fn shares(values: &[f64]) -> Vec<f64> {
    let total: f64 = values.iter().sum();
    values.iter().map(|v| if total > 0.0 { v / total } else { 0.0 }).collect()
}

/// Entropy of shares in the base of `count`, 0..=1; 0 where there is only one thing to choose.
fn entropy(shares: &[f64], count: usize) -> f64 {
    if count < 2 {
        return 0.0;
    }
    let nats: f64 = shares.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum();
    nats / (count as f64).ln()
}
