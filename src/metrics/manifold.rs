//! Precision and recall of samples (Kynkäänniemi et al. 2019, "Improved precision and recall metric for assessing generative
//! models"): a set's manifold is the union of balls around its points, each as wide as the distance to its k-th nearest
//! neighbour in the set. Precision is the share of samples on the data's manifold, recall the share of data on the samples'.
//!
//! Must not know: where the features came from.

use rayon::prelude::*;

/// The k of the paper.
pub const NEIGHBOURS: usize = 3;

/// Precision and recall of `samples` among `real`, rows of features of one length, which are as many for a fair comparison.
/// `None`: there are too few rows, or they differ in length.
pub fn precision_recall(real: &[Vec<f32>], samples: &[Vec<f32>]) -> Option<(f64, f64)> {
    let width = real.first()?.len();
    let enough = real.len() > NEIGHBOURS && samples.len() > NEIGHBOURS;
    if !enough || width == 0 || real.iter().chain(samples).any(|row| row.len() != width) {
        return None;
    }
    Some((share_within(samples, real), share_within(real, samples)))
}

/// Share of `points` that lie in one of the balls around `centres`.
fn share_within(points: &[Vec<f32>], centres: &[Vec<f32>]) -> f64 {
    let radii: Vec<f32> = (0..centres.len()).into_par_iter().map(|i| radius(centres, i)).collect();
    let inside = |p: &&Vec<f32>| centres.iter().zip(&radii).any(|(c, r)| apart(p, c) <= *r);
    points.par_iter().filter(inside).count() as f64 / points.len() as f64
}

/// Squared distance of row `i` to its k-th nearest among the others.
fn radius(rows: &[Vec<f32>], i: usize) -> f32 {
    let mut nearest = [f32::INFINITY; NEIGHBOURS];
    for (j, row) in rows.iter().enumerate() {
        let d = apart(row, &rows[i]);
        if j == i || d >= nearest[NEIGHBOURS - 1] {
            continue;
        }
        let at = nearest.partition_point(|n| *n <= d);
        nearest[at..].rotate_right(1);
        nearest[at] = d;
    }
    nearest[NEIGHBOURS - 1]
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}
