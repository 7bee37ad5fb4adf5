//! Whatever is done number by number or column by column, in as few passes over memory as it takes, on all threads.
//! The inner loops are plain; `#[wide]` compiles each for several widths of vectors and picks one at run time.
//!
//! Must not know: tensors, layers.

use multiversion::multiversion as wide;
use rayon::prelude::*;

/// Rows to a share. Fixed, so that sums do not depend on the number of threads.
const ROWS: usize = 256;
/// Numbers to a share where there are no rows.
const SHARE: usize = 16 * 1024;

fn share(columns: usize) -> usize {
    ROWS.max(SHARE / columns.max(1)) * columns
}

/// max(z, slope · z): slope 0 = ReLU, 1 = nothing.
#[inline(always)]
fn activate(z: f32, slope: f32) -> f32 {
    if z > 0.0 { z } else { z * slope }
}

// ---- Inner loops, a share each ----

/// Mean of each column, and the sum of squares about it.
#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn moments_of(x: &[f32], mean: &mut [f32], squares: &mut [f32]) {
    let columns = mean.len();
    let rows = (x.len() / columns) as f32;
    for row in x.chunks_exact(columns) {
        for (m, x) in mean.iter_mut().zip(row) {
            *m += x;
        }
    }
    for m in mean.iter_mut() {
        *m /= rows;
    }
    for row in x.chunks_exact(columns) {
        for ((s, m), x) in squares.iter_mut().zip(mean.iter()).zip(row) {
            *s += (x - m) * (x - m);
        }
    }
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn affine_of(y: &mut [f32], x: &[f32], scale: &[f32], shift: &[f32], slope: f32) {
    for (y, x) in y.chunks_exact_mut(scale.len()).zip(x.chunks_exact(scale.len())) {
        for (((y, x), a), b) in y.iter_mut().zip(x).zip(scale).zip(shift) {
            *y = activate(x * a + b, slope);
        }
    }
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn bias_of(x: &mut [f32], bias: &[f32], slope: f32) {
    for x in x.chunks_exact_mut(bias.len()) {
        for (x, b) in x.iter_mut().zip(bias) {
            *x = activate(*x + b, slope);
        }
    }
}

/// Adds up dz and dz · (x − mean) of each column.
#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn norm_sums(
    x: &[f32],
    dy: &[f32],
    [scale, shift, mean]: [&[f32]; 3],
    slope: f32,
    sum: &mut [f32],
    along: &mut [f32],
) {
    let columns = sum.len();
    let (scale, shift, mean, along) =
        (&scale[..columns], &shift[..columns], &mean[..columns], &mut along[..columns]);
    for (x, dy) in x.chunks_exact(columns).zip(dy.chunks_exact(columns)) {
        for j in 0..columns {
            let dz = if x[j] * scale[j] + shift[j] > 0.0 { dy[j] } else { dy[j] * slope };
            sum[j] += dz;
            along[j] += dz * (x[j] - mean[j]);
        }
    }
}

/// dx = scale · dz − p − q · x, in the place of dy.
#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn norm_dx(x: &[f32], dy: &mut [f32], [scale, shift, p, q]: [&[f32]; 4], slope: f32) {
    let columns = scale.len();
    let (shift, p, q) = (&shift[..columns], &p[..columns], &q[..columns]);
    for (x, dy) in x.chunks_exact(columns).zip(dy.chunks_exact_mut(columns)) {
        for j in 0..columns {
            let dz = if x[j] * scale[j] + shift[j] > 0.0 { dy[j] } else { dy[j] * slope };
            dy[j] = dz * scale[j] - p[j] - q[j] * x[j];
        }
    }
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn bias_dx(y: &[f32], dy: &mut [f32], slope: f32, sum: &mut [f32]) {
    let columns = sum.len();
    for (y, dy) in y.chunks_exact(columns).zip(dy.chunks_exact_mut(columns)) {
        for j in 0..columns {
            dy[j] = if y[j] > 0.0 { dy[j] } else { dy[j] * slope };
            sum[j] += dy[j];
        }
    }
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn tanh_of(x: &mut [f32]) {
    for x in x {
        // Near 0, 1 − 2/(e²ˣ + 1) cancels; the absolute error stays below 1e-7.
        *x = 1.0 - 2.0 / (exp(2.0 * *x) + 1.0);
    }
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn tanh_dx(y: &[f32], dy: &mut [f32]) {
    for (y, dy) in y.iter().zip(dy) {
        *dy *= 1.0 - y * y;
    }
}

/// y = tanh(a) · σ(b) of rows [a, b] of twice `columns`, on this thread.
#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
pub(crate) fn gate_of(y: &mut [f32], x: &[f32], columns: usize) {
    for (y, x) in y.chunks_exact_mut(columns).zip(x.chunks_exact(2 * columns)) {
        let (a, b) = x.split_at(columns);
        for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
            *y = (1.0 - 2.0 / (exp(2.0 * *a) + 1.0)) / (1.0 + exp(-*b));
        }
    }
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn gate_dx(dx: &mut [f32], x: &[f32], dy: &[f32], columns: usize) {
    let all = dx.chunks_exact_mut(2 * columns).zip(x.chunks_exact(2 * columns)).zip(dy.chunks_exact(columns));
    for ((dx, x), dy) in all {
        let (da, db) = dx.split_at_mut(columns);
        let (a, b) = x.split_at(columns);
        for ((((da, db), a), b), dy) in da.iter_mut().zip(db).zip(a).zip(b).zip(dy) {
            let (t, s) = (1.0 - 2.0 / (exp(2.0 * *a) + 1.0), 1.0 / (1.0 + exp(-*b)));
            *da = dy * s * (1.0 - t * t);
            *db = dy * t * s * (1.0 - s);
        }
    }
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn bernoulli_of(gradient: &mut [f32], logits: &[f32], x: &[f32], each: f32) -> f32 {
    // Sixteen sums side by side, or the order of additions forbids vectors.
    let mut sums = [0f32; 16];
    for ((d, l), x) in gradient.chunks_mut(16).zip(logits.chunks(16)).zip(x.chunks(16)) {
        for (((d, l), x), sum) in d.iter_mut().zip(l).zip(x).zip(&mut sums) {
            let e = exp(-l.abs());
            *sum += l.max(0.0) - l * x + log1p(e);
            let s = if *l > 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) };
            *d = (s - x) * each;
        }
    }
    sums.iter().sum()
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn adam_of(w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32], [b1, b2, step, epsilon]: [f32; 4]) {
    for (((w, g), m), v) in w.iter_mut().zip(g).zip(m.iter_mut()).zip(v.iter_mut()) {
        *m = *m * b1 + g * (1.0 - b1);
        *v = *v * b2 + g * g * (1.0 - b2);
        *w -= step * *m / (v.sqrt() + epsilon);
    }
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn blend_of(old: &mut [f32], new: &[f32], keep: f32) {
    for (old, new) in old.iter_mut().zip(new) {
        // What rests stays as it is: rounding would make it creep.
        *old = if *old == *new { *old } else { *old * keep + new * (1.0 - keep) };
    }
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn gaussian_of(gradient: &mut [f32], logits: &[f32], x: &[f32], each: f32) -> f32 {
    let mut sums = [0f32; 16];
    for ((d, l), x) in gradient.chunks_mut(16).zip(logits.chunks(16)).zip(x.chunks(16)) {
        for (((d, l), x), sum) in d.iter_mut().zip(l).zip(x).zip(&mut sums) {
            let s = 1.0 / (1.0 + exp(-l));
            *sum += 0.5 * (s - x) * (s - x);
            *d = (s - x) * s * (1.0 - s) * each;
        }
    }
    sums.iter().sum()
}

/// eˣ in vectors: 2ⁿ · a polynomial on ±½ ln 2 (Cephes' coefficients), within 2 units in the last place.
#[inline(always)]
fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let n = (x * std::f32::consts::LOG2_E + 12_582_912.0) - 12_582_912.0;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p = 1.987_569_1e-4f32;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    p * f32::from_bits(((n as i32 + 127) as u32) << 23)
}

/// ln(1 + x) in vectors, for 0 ≤ x ≤ 1: 2 artanh(x / (2 + x)).
#[inline(always)]
fn log1p(x: f32) -> f32 {
    let s = x / (2.0 + x);
    let t = s * s;
    let p = 1.0 / 13.0f32;
    let p = p * t + 1.0 / 11.0;
    let p = p * t + 1.0 / 9.0;
    let p = p * t + 1.0 / 7.0;
    let p = p * t + 1.0 / 5.0;
    let p = p * t + 1.0 / 3.0;
    2.0 * s * (1.0 + t * p)
}

// ---- The same, shared out ----

/// Mean and biased variance of each column, by shares that are merged in order (Chan, Golub and LeVeque 1979).
fn moments(x: &[f32], columns: usize) -> (Vec<f32>, Vec<f32>) {
    let part = |x: &[f32]| {
        let (mut mean, mut squares) = (vec![0f32; columns], vec![0f32; columns]);
        moments_of(x, &mut mean, &mut squares);
        ((x.len() / columns) as f32, mean, squares)
    };
    let parts: Vec<_> = x.par_chunks(share(columns)).map(part).collect();
    let mut parts = parts.into_iter();
    let (mut count, mut mean, mut squares) = parts.next().unwrap_or_default();
    for (rows, m, s) in parts {
        let all = count + rows;
        for j in 0..columns {
            let away = m[j] - mean[j];
            squares[j] += s[j] + away * away * count * rows / all;
            mean[j] += away * rows / all;
        }
        count = all;
    }
    for s in &mut squares {
        *s /= count;
    }
    (mean, squares)
}

/// `activate(x + bias)` per column, in place.
pub fn bias(x: &mut [f32], bias: &[f32], slope: f32) {
    x.par_chunks_mut(share(bias.len())).for_each(|x| bias_of(x, bias, slope));
}

/// The sum of lists, in order.
pub fn total(parts: Vec<Vec<f32>>) -> Vec<f32> {
    let mut parts = parts.into_iter();
    let mut sum = parts.next().unwrap_or_default();
    for part in parts {
        for (s, p) in sum.iter_mut().zip(part) {
            *s += p;
        }
    }
    sum
}

/// What batch norm keeps for its way back.
#[derive(Clone, Debug)]
pub struct Norm {
    /// Of each column.
    pub mean: Vec<f32>,
    inverse: Vec<f32>,
    scale: Vec<f32>,
    shift: Vec<f32>,
    slope: f32,
}

impl Norm {
    /// Of the batch `x`, a row a place; with its variance.
    pub fn of(x: &[f32], gamma: &[f32], beta: &[f32], epsilon: f32, slope: f32) -> (Self, Vec<f32>) {
        let (mean, variance) = moments(x, gamma.len());
        let inverse: Vec<f32> = variance.iter().map(|v| 1.0 / (v + epsilon).sqrt()).collect();
        let scale: Vec<f32> = gamma.iter().zip(&inverse).map(|(g, i)| g * i).collect();
        let shift = beta.iter().zip(&mean).zip(&scale).map(|((b, m), s)| b - m * s).collect();
        (Self { mean, inverse, scale, shift, slope }, variance)
    }

    /// The batch, normalised and activated.
    pub fn forward(&self, x: &[f32]) -> Vec<f32> {
        let size = share(self.scale.len());
        let mut y = vec![0f32; x.len()];
        let shares = y.par_chunks_mut(size).zip(x.par_chunks(size));
        shares.for_each(|(y, x)| affine_of(y, x, &self.scale, &self.shift, self.slope));
        y
    }

    /// The output's gradient becomes that of x; those of γ and β.
    pub fn backward(&self, x: &[f32], dy: &mut [f32]) -> (Vec<f32>, Vec<f32>) {
        let Self { mean, inverse, scale, shift, slope } = self;
        let columns = scale.len();
        let size = share(columns);
        let part = |(x, dy)| {
            let mut sums = vec![0f32; 2 * columns];
            let (sum, along) = sums.split_at_mut(columns);
            norm_sums(x, dy, [scale, shift, mean], *slope, sum, along);
            sums
        };
        let mut beta = total(x.par_chunks(size).zip(dy.par_chunks(size)).map(part).collect());
        let gamma: Vec<f32> = beta.split_off(columns).iter().zip(inverse).map(|(a, i)| a * i).collect();
        // dx = scale · (dz − mean(dz) − x̂ · mean(dz · x̂)) = scale · dz − p − q · x
        let count = (x.len() / columns) as f32;
        let q: Vec<f32> = (0..columns).map(|j| scale[j] * inverse[j] * gamma[j] / count).collect();
        let p: Vec<f32> = (0..columns).map(|j| scale[j] * beta[j] / count - q[j] * mean[j]).collect();
        let shares = x.par_chunks(size).zip(dy.par_chunks_mut(size));
        shares.for_each(|(x, dy)| norm_dx(x, dy, [scale, shift, &p, &q], *slope));
        (gamma, beta)
    }
}

/// The gradient of `activate(x + bias)` becomes that of x; that of the bias. `y` is the output, whose sign is that of
/// x + bias (where the slope is 0, y is 0 and so is the gradient).
pub fn bias_backward(y: &[f32], dy: &mut [f32], columns: usize, slope: f32) -> Vec<f32> {
    let size = share(columns);
    let part = |(y, dy): (&[f32], &mut [f32])| {
        let mut sum = vec![0f32; columns];
        bias_dx(y, dy, slope, &mut sum);
        sum
    };
    total(y.par_chunks(size).zip(dy.par_chunks_mut(size)).map(part).collect())
}

/// tanh of every number, in place.
pub fn tanh(x: &mut [f32]) {
    x.par_chunks_mut(SHARE).for_each(tanh_of);
}

/// The output's gradient becomes that of x.
pub fn tanh_backward(y: &[f32], dy: &mut [f32]) {
    y.par_chunks(SHARE).zip(dy.par_chunks_mut(SHARE)).for_each(|(y, dy)| tanh_dx(y, dy));
}

/// tanh(a) · σ(b) of the two halves of each row of twice `columns`.
pub fn gate(x: &[f32], columns: usize) -> Vec<f32> {
    let mut y = vec![0f32; x.len() / 2];
    let size = share(columns);
    y.par_chunks_mut(size).zip(x.par_chunks(2 * size)).for_each(|(y, x)| gate_of(y, x, columns));
    y
}

/// The gradient of [`gate`] to x, by that of its output.
pub fn gate_backward(x: &[f32], dy: &[f32], columns: usize) -> Vec<f32> {
    let mut dx = vec![0f32; x.len()];
    let size = share(columns);
    let shares = dx.par_chunks_mut(2 * size).zip(x.par_chunks(2 * size)).zip(dy.par_chunks(size));
    shares.for_each(|((dx, x), dy)| gate_dx(dx, x, dy, columns));
    dx
}

/// −ln p(x|logits) of a Bernoulli, summed over columns and averaged over rows, and its gradient.
pub fn bernoulli(logits: &[f32], x: &[f32], columns: usize) -> (f32, Vec<f32>) {
    let each = columns as f32 / logits.len() as f32;
    let size = columns * 8;
    let mut gradient = vec![0f32; logits.len()];
    let shares = gradient.par_chunks_mut(size).zip(logits.par_chunks(size)).zip(x.par_chunks(size));
    let sums: Vec<f32> = shares.map(|((d, l), x)| bernoulli_of(d, l, x, each)).collect();
    (sums.iter().sum::<f32>() * each, gradient)
}

/// Σ (x − σ(logits))² / 2, summed over columns and averaged over rows, and its gradient.
pub fn gaussian(logits: &[f32], x: &[f32], columns: usize) -> (f32, Vec<f32>) {
    let each = columns as f32 / logits.len() as f32;
    let mut gradient = vec![0f32; logits.len()];
    let shares = gradient.par_chunks_mut(SHARE).zip(logits.par_chunks(SHARE)).zip(x.par_chunks(SHARE));
    let sums: Vec<f32> = shares.map(|((d, l), x)| gaussian_of(d, l, x, each)).collect();
    (sums.iter().sum::<f32>() * each, gradient)
}

/// `old ← keep · old + (1 − keep) · new`.
pub fn blend(old: &mut [f32], new: &[f32], keep: f32) {
    old.par_chunks_mut(SHARE).zip(new.par_chunks(SHARE)).for_each(|(old, new)| blend_of(old, new, keep));
}

/// What an Adam step needs besides tensors.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// How far a step goes.
    pub rate: f32,
    /// How much of the first moment is kept.
    pub beta_1: f32,
    /// How much of the second moment is kept.
    pub beta_2: f32,
    /// Keeps the quotient finite.
    pub epsilon: f32,
    /// Steps made, this one included.
    pub time: i32,
}

/// One Adam step in one pass, in place.
pub fn adam(w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32], r: Rates) {
    let root = (1.0 - r.beta_2.powi(r.time)).sqrt();
    let step = r.rate * root / (1.0 - r.beta_1.powi(r.time));
    let numbers = [r.beta_1, r.beta_2, step, r.epsilon * root];
    let moments = m.par_chunks_mut(SHARE).zip(v.par_chunks_mut(SHARE));
    let shares = w.par_chunks_mut(SHARE).zip(g.par_chunks(SHARE)).zip(moments);
    shares.for_each(|((w, g), (m, v))| adam_of(w, g, m, v, numbers));
}
