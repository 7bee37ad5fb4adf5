//! t-SNE (van der Maaten and Hinton 2008) with Barnes–Hut's approximate gradient (van der Maaten 2014), by the library
//! bhtsne, started from principal components: neighbours in the full space become neighbours on a plane, distances between
//! groups mean little. The same rows give the same map.
//!
//! Must not know: what the rows are.

use super::pca::pca;
use bhtsne::tSNE;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Most rows that are embedded; others are placed among them.
pub const EMBEDDED: usize = 5000;
/// Iterations.
pub const ITERATIONS: usize = 750;
/// How many neighbours each row has, effectively: 2^entropy of P(·|i).
pub const PERPLEXITY: f32 = 30.0;
/// Cells that look smaller than this (width over distance) repel as one; 0 would be exact.
const THETA: f32 = 0.5;
/// Rows among which a new one is placed.
const PLACED_BY: usize = 5;
/// Of the jitter that parts rows which are the same.
const SEED: u64 = 0x75e;

/// What is thrown through the library to give it up: it has no other way out of its iterations.
struct GivenUp;

/// Embeds rows of equal length on the plane. `go_on(done, total)` is called after each iteration; false ends it with
/// `None`.
pub fn tsne<T: AsRef<[f32]> + Sync>(
    rows: &[T],
    go_on: &(dyn Fn(usize, usize) -> bool + Sync),
) -> Option<Vec<[f32; 2]>> {
    let begin = start(rows);
    if rows.len() < 5 {
        return Some(begin);
    }
    let rows: Vec<&[f32]> = rows.iter().map(AsRef::as_ref).collect();
    let distance =
        |a: &&[f32], b: &&[f32]| a.iter().zip(*b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
    let embed = || {
        let mut fit: tSNE<'_, f32, &[f32]> = tSNE::new(&rows);
        fit.perplexity(PERPLEXITY.min((rows.len() - 2) as f32 / 3.0).max(1.0))
            .epochs(ITERATIONS)
            .initial_embedding(begin.as_flattened())
            .epoch_callback(|epoch, _| {
                if !go_on(epoch + 1, ITERATIONS) {
                    // No panic: its hook says nothing of this.
                    resume_unwind(Box::new(GivenUp));
                }
            })
            .barnes_hut(THETA, distance)
            .embedding()
    };
    // On one thread: the order in which threads add up numbers would make another map each time.
    let alone = || match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
        Ok(pool) => pool.install(embed),
        Err(_) => embed(),
    };
    match catch_unwind(AssertUnwindSafe(alone)) {
        Ok(flat) => Some(flat.chunks_exact(2).map(|p| [p[0], p[1]]).collect()),
        Err(thrown) if thrown.is::<GivenUp>() => None,
        Err(panic) => resume_unwind(panic),
    }
}

/// Where a row belongs among embedded ones: the mean of its nearest, each by the inverse of its squared distance.
pub fn place(rows: &[f32], embedded: &[[f32; 2]], z: &[f32]) -> [f32; 2] {
    let width = z.len().max(1);
    let mut best = [(f32::INFINITY, 0usize); PLACED_BY];
    for (i, row) in rows.chunks_exact(width).take(embedded.len()).enumerate() {
        let d: f32 = row.iter().zip(z).map(|(a, b)| (a - b) * (a - b)).sum();
        if d < best[PLACED_BY - 1].0 {
            let at = best.partition_point(|(other, _)| *other <= d);
            best[at..].rotate_right(1);
            best[at] = (d, i);
        }
    }
    let (mut sum, mut weight) = ([0.0f32; 2], 0.0);
    for (d, i) in best.into_iter().filter(|(d, _)| d.is_finite()) {
        let w = 1.0 / (d + 1e-9);
        let at = embedded[i];
        sum = [sum[0] + w * at[0], sum[1] + w * at[1]];
        weight += w;
    }
    if weight > 0.0 { [sum[0] / weight, sum[1] / weight] } else { [0.0; 2] }
}

/// The first two principal components, scaled to a spread of 10⁻⁴, so that groups keep their sides.
fn start<T: AsRef<[f32]>>(rows: &[T]) -> Vec<[f32; 2]> {
    let found = pca(rows, 2);
    let spread = found.variances.first().map_or(1.0, |v| v.sqrt()).max(1e-12);
    let mut rng = Pcg64Mcg::seed_from_u64(SEED);
    let mut jitter = || rng.random_range(-1e-6f32..1e-6);
    rows.iter()
        .map(|row| {
            let at = found.project(row.as_ref());
            let part = |k: usize| at.get(k).copied().unwrap_or(0.0) / spread * 1e-4;
            [part(0) + jitter(), part(1) + jitter()]
        })
        .collect()
}
