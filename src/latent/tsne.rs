//! t-SNE (van der Maaten and Hinton 2008) with the exact gradient, started from principal components: neighbours in the
//! full space become neighbours on a plane, distances between groups mean little. The same rows give the same map.
//!
//! Must not know: what the rows are, threads but rayon's.

use super::pca::pca;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rayon::prelude::*;

/// Most rows that are embedded exactly; each iteration looks at all pairs of them.
pub const EXACT: usize = 2000;
/// Iterations.
pub const ITERATIONS: usize = 750;
/// How many neighbours each row has, effectively: 2^entropy of P(·|i).
pub const PERPLEXITY: f32 = 30.0;
/// Iterations in which P is exaggerated, and by how much (section 3.4 of the paper; 12 as in van der Maaten 2014).
const EXAGGERATED: (usize, f32) = (250, 12.0);
/// Rows among which a new one is placed.
const PLACED_BY: usize = 5;
/// Of the jitter that parts rows which are the same.
const SEED: u64 = 0x75e;

/// Embeds rows of equal length on the plane. `go_on(done, total)` is called after each iteration; false ends it with
/// `None`.
pub fn tsne<T: AsRef<[f32]> + Sync>(
    rows: &[T],
    go_on: &(dyn Fn(usize, usize) -> bool + Sync),
) -> Option<Vec<[f32; 2]>> {
    let n = rows.len();
    let mut y = start(rows);
    if n < 3 {
        return Some(y);
    }
    let p = affinities(rows);
    let (mut speed, mut gain) = (vec![[0.0f32; 2]; n], vec![[1.0f32; 2]; n]);
    let rate = (n as f32 / EXAGGERATED.1).max(50.0);
    for iteration in 0..ITERATIONS {
        let early = iteration < EXAGGERATED.0;
        let (exaggeration, momentum) = if early { (EXAGGERATED.1, 0.5) } else { (1.0, 0.8) };
        let gradient = gradient(&p, &y, exaggeration);
        for i in 0..n {
            for k in 0..2 {
                // Jacobs 1988: a step grows while its direction holds.
                let same = (gradient[i][k] > 0.0) == (speed[i][k] > 0.0);
                gain[i][k] = if same { (gain[i][k] * 0.8).max(0.01) } else { gain[i][k] + 0.2 };
                speed[i][k] = momentum * speed[i][k] - rate * gain[i][k] * gradient[i][k];
                y[i][k] += speed[i][k];
            }
        }
        let mean = |k: usize| y.iter().map(|p| p[k]).sum::<f32>() / n as f32;
        let middle = [mean(0), mean(1)];
        y.iter_mut().for_each(|p| *p = [p[0] - middle[0], p[1] - middle[1]]);
        if !go_on(iteration + 1, ITERATIONS) {
            return None;
        }
    }
    Some(y)
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

/// Joint probabilities p(i, j), `n × n`, symmetric, summing to 1; each row's Gaussian as wide as the perplexity asks
/// (equation 1 of the paper).
fn affinities<T: AsRef<[f32]> + Sync>(rows: &[T]) -> Vec<f32> {
    let n = rows.len();
    let perplexity = PERPLEXITY.min((n - 1) as f32 / 3.0).max(1.0);
    let conditional: Vec<Vec<f32>> =
        (0..n).into_par_iter().map(|i| conditional(rows, i, perplexity.ln())).collect();
    let mut p = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            p[i * n + j] = ((conditional[i][j] + conditional[j][i]) / (2.0 * n as f32)).max(1e-12);
        }
    }
    p
}

/// p(j|i) for all j, with the entropy `wanted` (nats), found by bisection of the precision.
fn conditional<T: AsRef<[f32]>>(rows: &[T], i: usize, wanted: f32) -> Vec<f32> {
    let here = rows[i].as_ref();
    let distance = |row: &T| row.as_ref().iter().zip(here).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
    let squares: Vec<f32> = rows.iter().map(distance).collect();
    let near = squares.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, d)| *d).fold(f32::MAX, f32::min);
    let mut p = vec![0.0; squares.len()];
    let (mut low, mut high, mut precision) = (0.0f32, f32::INFINITY, 1.0f32);
    for _ in 0..64 {
        let (mut sum, mut weighted) = (0.0f64, 0.0f64);
        for (j, d) in squares.iter().enumerate() {
            // Relative to the nearest, so that nothing is lost where all are far.
            p[j] = if j == i { 0.0 } else { (-precision * (d - near)).exp() };
            sum += f64::from(p[j]);
            weighted += f64::from(p[j] * (d - near));
        }
        let entropy = (sum.ln() + f64::from(precision) * weighted / sum) as f32;
        let scale = (1.0 / sum) as f32;
        p.iter_mut().for_each(|v| *v *= scale);
        if (entropy - wanted).abs() < 1e-4 {
            break;
        }
        if entropy > wanted {
            low = precision;
            precision = if high.is_finite() { 0.5 * (low + high) } else { precision * 2.0 };
        } else {
            high = precision;
            precision = 0.5 * (low + high);
        }
    }
    p
}

/// 4 Σⱼ (x·pᵢⱼ − qᵢⱼ)(yᵢ − yⱼ)/(1 + |yᵢ − yⱼ|²), equation 5 of the paper, x the exaggeration.
fn gradient(p: &[f32], y: &[[f32; 2]], exaggeration: f32) -> Vec<[f32; 2]> {
    let n = y.len();
    let (xs, ys): (Vec<f32>, Vec<f32>) = y.iter().map(|p| (p[0], p[1])).unzip();
    let row = |(i, p): (usize, &[f32])| {
        let (x, y) = (xs[i], ys[i]);
        // [attraction x, y, repulsion x, y, Σ q], in lanes, so that the sums need no order among themselves.
        let mut sums = [[0.0f32; LANES]; 5];
        let mut add = |lane: usize, p: f32, dx: f32, dy: f32| {
            let q = 1.0 / (1.0 + dx * dx + dy * dy);
            sums[0][lane] += p * q * dx;
            sums[1][lane] += p * q * dy;
            sums[2][lane] += q * q * dx;
            sums[3][lane] += q * q * dy;
            sums[4][lane] += q;
        };
        let whole = n / LANES * LANES;
        for at in (0..whole).step_by(LANES) {
            let (p, xs, ys) = (&p[at..at + LANES], &xs[at..at + LANES], &ys[at..at + LANES]);
            for l in 0..LANES {
                add(l, p[l], x - xs[l], y - ys[l]);
            }
        }
        for j in whole..n {
            add(0, p[j], x - xs[j], y - ys[j]);
        }
        sums.map(|lanes| lanes.iter().sum::<f32>())
    };
    let sums: Vec<[f32; 5]> = p.par_chunks_exact(n).enumerate().map(row).collect();
    // Each point's own q is 1.
    let z: f64 = sums.iter().map(|s| f64::from(s[4]) - 1.0).sum::<f64>().max(1e-12);
    let part = |s: &[f32; 5], k: usize| 4.0 * (exaggeration * s[k] - s[k + 2] / z as f32);
    sums.iter().map(|s| [part(s, 0), part(s, 1)]).collect()
}

/// Pairs that are computed side by side.
const LANES: usize = 8;
