//! What generators of pictures do when they only draw, on pictures that lie channel by channel: modulated convolutions, filters that
//! make maps larger and smaller, and noise, bias and activation in one pass. The split of the work depends on shapes only.
//!
//! Must not know: tensors, layers, when it is used.

use super::gemm::{Mat, product};
use multiversion::multiversion as wide;
use rayon::prelude::*;
use std::cell::RefCell;

/// Columns of a product that are made at once: patches of about so many pixels stay in a core's cache.
const COLUMNS: usize = 1024;
/// Shares of a map that is too small for that.
const SHARES: usize = 4;
/// Out-channels of a transposed convolution that are made at once.
const TOGETHER: usize = 8;

thread_local!(static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) });

/// Lends the thread's buffer, with whatever was in it.
fn scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    let mut buffer = SCRATCH.with_borrow_mut(std::mem::take);
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    let result = work(&mut buffer[..len]);
    SCRATCH.with_borrow_mut(|kept| *kept = buffer);
    result
}

/// The shapes of a modulated convolution.
#[derive(Clone, Copy, Debug)]
pub struct Convolved {
    /// Pictures.
    pub n: usize,
    /// Channels in.
    pub c: usize,
    /// Rows in.
    pub h: usize,
    /// Columns in.
    pub w: usize,
    /// Channels out.
    pub o: usize,
    /// Side of the kernel.
    pub k: usize,
    /// Zeros around.
    pub pad: usize,
}

impl Convolved {
    /// Rows and columns out.
    pub fn out(&self) -> [usize; 2] {
        [self.h, self.w].map(|side| side + 2 * self.pad + 1 - self.k)
    }

    /// Multiplications and additions.
    pub fn flops(&self) -> usize {
        let [oh, ow] = self.out();
        2 * self.n * oh * ow * self.c * self.k * self.k * self.o
    }
}

/// Patches of the rows `first..first + rows` of what comes out, of some channels, times their style: a row for each number of a
/// kernel, `[channels · k · k, rows · ow]`.
#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn patches(x: &[f32], style: &[f32], g: &Convolved, (first, rows): (usize, usize), col: &mut [f32]) {
    let ow = g.out()[1];
    let mut lines = col.chunks_exact_mut(ow);
    for (plane, by) in x.chunks_exact(g.h * g.w).zip(style) {
        for ky in 0..g.k {
            for kx in 0..g.k {
                for r in first..first + rows {
                    let Some(line) = lines.next() else { return };
                    let (y, left) = ((r + ky).wrapping_sub(g.pad), g.pad.saturating_sub(kx).min(ow));
                    if y >= g.h {
                        line.fill(0.0);
                        continue;
                    }
                    let from = (left + kx).saturating_sub(g.pad).min(g.w);
                    let count = (g.w - from).min(ow - left);
                    line[..left].fill(0.0);
                    let row = &plane[y * g.w + from..y * g.w + from + count];
                    line[left..left + count].iter_mut().zip(row).for_each(|(out, v)| *out = v * by);
                    line[left + count..].fill(0.0);
                }
            }
        }
    }
}

/// A convolution whose inputs are scaled by `style` `[n, c]` and whose outputs by `back` `[n, o]`: `[n, c, h, w]`, weights `[o, c, k, k]` →
/// `[n, o, h + 2 pad − k + 1, …]`.
pub fn modulated(x: &[f32], weight: &[f32], style: &[f32], back: &[f32], g: &Convolved) -> Vec<f32> {
    let ([oh, ow], patch) = (g.out(), g.c * g.k * g.k);
    let mut y = vec![0.0; g.n * g.o * oh * ow];
    let rows = (COLUMNS / ow.max(1)).clamp(1, oh.max(1));
    let strips: Vec<(usize, usize)> =
        (0..oh).step_by(rows).map(|first| (first, rows.min(oh - first))).collect();
    let pictures = x.chunks_exact(g.c * g.h * g.w).zip(style.chunks_exact(g.c));
    let results = y.chunks_exact_mut(g.o * oh * ow).zip(back.chunks_exact(g.o));
    for ((x, style), (y, back)) in pictures.zip(results) {
        if strips.len() < SHARES {
            small(x, weight, style, back, g, y);
            continue;
        }
        let made: Vec<Vec<f32>> = strips
            .par_iter()
            .map(|&(first, rows)| {
                let mut out = vec![0.0; g.o * rows * ow];
                scratch(patch * rows * ow, |col| {
                    patches(x, style, g, (first, rows), col);
                    product(&mut out, false, Mat::new(weight, g.o, patch), Mat::new(col, patch, rows * ow));
                });
                out
            })
            .collect();
        y.par_chunks_exact_mut(oh * ow).zip(back).enumerate().for_each(|(o, (plane, by))| {
            let mut at = 0;
            for (strip, (_, rows)) in made.iter().zip(&strips) {
                let count = rows * ow;
                let part = &strip[o * count..(o + 1) * count];
                plane[at..at + count].iter_mut().zip(part).for_each(|(out, v)| *out = v * by);
                at += count;
            }
        });
    }
    y
}

/// The same of one picture whose map is small: out-channels are shared out.
fn small(x: &[f32], weight: &[f32], style: &[f32], back: &[f32], g: &Convolved, y: &mut [f32]) {
    let ([oh, ow], kernel) = (g.out(), g.k * g.k);
    let (patch, count) = (g.c * kernel, oh * ow);
    scratch(patch * count, |col| {
        let each = g.c.div_ceil(SHARES).max(1);
        let shares = col.par_chunks_mut(each * kernel * count).zip(x.par_chunks(each * g.h * g.w));
        shares.zip(style.par_chunks(each)).for_each(|((col, x), style)| patches(x, style, g, (0, oh), col));
        let col: &[f32] = col;
        let each = g.o.div_ceil(SHARES).max(1);
        let shares = y.par_chunks_mut(each * count).zip(weight.par_chunks(each * patch));
        shares.zip(back.par_chunks(each)).for_each(|((y, weight), back)| {
            product(y, false, Mat::new(weight, back.len(), patch), Mat::new(col, patch, count));
            for (plane, by) in y.chunks_exact_mut(count).zip(back) {
                plane.iter_mut().for_each(|v| *v *= by);
            }
        });
    });
}

/// A transposed convolution of stride 2 with kernels of 3 × 3, modulated likewise: `[n, c, h, w]`, weights `[o, 3, 3, c]` →
/// `[n, o, 2 h + 1, 2 w + 1]`.
pub fn doubled(x: &[f32], packed: &[f32], style: &[f32], back: &[f32], g: &Convolved) -> Vec<f32> {
    let (px, [oh, ow]) = (g.h * g.w, [2 * g.h + 1, 2 * g.w + 1]);
    let mut y = vec![0.0; g.n * g.o * oh * ow];
    let pictures = x.chunks_exact(g.c * px).zip(style.chunks_exact(g.c));
    let results = y.chunks_exact_mut(g.o * oh * ow).zip(back.chunks_exact(g.o));
    for ((x, style), (y, back)) in pictures.zip(results) {
        let mut scaled = x.to_vec();
        scaled.par_chunks_mut(px).zip(style).for_each(|(plane, by)| plane.iter_mut().for_each(|v| *v *= by));
        let scaled = &scaled[..];
        let shares = y.par_chunks_mut(TOGETHER * oh * ow).zip(packed.par_chunks(TOGETHER * 9 * g.c));
        shares.zip(back.par_chunks(TOGETHER)).for_each(|((y, weight), back)| {
            let rows = 9 * back.len();
            scratch(rows * px, |taps| {
                product(taps, false, Mat::new(weight, rows, g.c), Mat::new(scaled, g.c, px));
                for ((plane, taps), by) in
                    y.chunks_exact_mut(oh * ow).zip(taps.chunks_exact(9 * px)).zip(back)
                {
                    overlaid(plane, taps, *by, [g.h, g.w]);
                }
            });
        });
    }
    y
}

/// Nine maps of products, each put where its part of the kernel stands, two pixels apart.
#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn overlaid(plane: &mut [f32], taps: &[f32], by: f32, [h, w]: [usize; 2]) {
    let ow = 2 * w + 1;
    for (tap, map) in taps.chunks_exact(h * w).enumerate() {
        for (r, row) in map.chunks_exact(w).enumerate() {
            let at = (2 * r + tap / 3) * ow + tap % 3;
            plane[at..].iter_mut().step_by(2).zip(row).for_each(|(sum, v)| *sum += v * by);
        }
    }
}

/// Along one way: `up` − 1 zeros after each number, `before` zeros (negative: numbers cut off), the taps, each `down`-th; either factor
/// is 1.
#[derive(Clone, Debug)]
pub struct Way {
    /// The filter.
    pub taps: Vec<f32>,
    /// How many times longer.
    pub up: usize,
    /// How many times shorter.
    pub down: usize,
    /// Zeros before.
    pub before: isize,
    /// Numbers that come out.
    pub len: usize,
}

impl Way {
    /// What of `n` numbers number `j` of the result is made of: first number, first tap, the step between taps.
    fn part(&self, j: usize, n: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let (k, up) = (self.taps.len(), self.up as isize);
        let base = (j * self.down) as isize - self.before;
        let first = (-base).rem_euclid(up);
        (first as usize..k).step_by(self.up).filter_map(move |t| {
            let i = (base + t as isize) / up;
            // A convolution: the last tap meets the first number.
            (i >= 0 && (i as usize) < n).then(|| (i as usize, self.taps[k - 1 - t]))
        })
    }
}

/// sum ← sum + by · x.
#[inline(always)]
fn add(sum: &mut [f32], x: &[f32], by: f32) {
    sum.iter_mut().zip(x).for_each(|(sum, v)| *sum += by * v);
}

/// Adds a row that went along a way to `out`; `room` is for parts of it.
#[inline(always)]
fn along(out: &mut [f32], x: &[f32], way: &Way, room: &mut Vec<f32>) {
    let (k, n) = (way.taps.len() as isize, x.len() as isize);
    // One row of taps after the other, each of neighbours: numbers `at` on of what is read, for the outputs from `first` on.
    let spans = |offset: isize, count: usize, have: isize| {
        let first = (-offset).max(0) as usize;
        let last = (have - offset).clamp(0, count as isize) as usize;
        (first.min(last), last)
    };
    if way.up == 1 && way.down == 1 {
        for t in 0..k {
            let offset = t - way.before;
            let (first, last) = spans(offset, out.len(), n);
            if first < last {
                let from = (first as isize + offset) as usize;
                add(&mut out[first..last], &x[from..from + last - first], way.taps[(k - 1 - t) as usize]);
            }
        }
    } else if way.down == 1 {
        let up = way.up;
        for phase in 0..up {
            let count = out.len().saturating_sub(phase).div_ceil(up);
            let base = phase as isize - way.before;
            let t0 = (-base).rem_euclid(up as isize);
            room.clear();
            room.resize(count, 0.0);
            for t in (t0..k).step_by(up) {
                let offset = (base + t) / up as isize;
                let (first, last) = spans(offset, count, n);
                if first < last {
                    let from = (first as isize + offset) as usize;
                    add(
                        &mut room[first..last],
                        &x[from..from + last - first],
                        way.taps[(k - 1 - t) as usize],
                    );
                }
            }
            out.iter_mut().skip(phase).step_by(up).zip(room.iter()).for_each(|(o, v)| *o += v);
        }
    } else {
        let down = way.down as isize;
        for phase in 0..down {
            room.clear();
            room.extend(x.iter().skip(phase as usize).step_by(way.down));
            for t in (0..k).filter(|t| (t - way.before).rem_euclid(down) == phase) {
                let offset = (t - way.before).div_euclid(down);
                let (first, last) = spans(offset, out.len(), room.len() as isize);
                if first < last {
                    let from = (first as isize + offset) as usize;
                    add(
                        &mut out[first..last],
                        &room[from..from + last - first],
                        way.taps[(k - 1 - t) as usize],
                    );
                }
            }
        }
    }
}

/// Maps `[planes, h, w]` down their columns and along their rows: `[planes, down.len, across.len]`.
pub fn resampled(x: &[f32], [h, w]: [usize; 2], down: &Way, across: &Way) -> Vec<f32> {
    let planes = x.len() / (h * w).max(1);
    let mut y = vec![0.0; planes * down.len * across.len];
    y.par_chunks_exact_mut((down.len * across.len).max(1)).zip(x.par_chunks_exact((h * w).max(1))).for_each(
        |(y, x)| {
            // Whichever leaves less to do for the other goes first.
            if across.up > 1 {
                scratch(h * across.len, |between| {
                    between.fill(0.0);
                    rows(between, x, w, across);
                    columns(y, between, across.len, down);
                });
            } else {
                scratch(down.len * w, |between| {
                    between.fill(0.0);
                    columns(between, x, w, down);
                    rows(y, between, w, across);
                });
            }
        },
    );
    y
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn rows(out: &mut [f32], x: &[f32], w: usize, way: &Way) {
    let mut room = Vec::new();
    out.chunks_exact_mut(way.len.max(1))
        .zip(x.chunks_exact(w))
        .for_each(|(out, x)| along(out, x, way, &mut room));
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn columns(out: &mut [f32], x: &[f32], w: usize, way: &Way) {
    let n = x.len() / w.max(1);
    for (j, out) in out.chunks_exact_mut(w.max(1)).enumerate() {
        for (i, by) in way.part(j, n) {
            add(out, &x[i * w..(i + 1) * w], by);
        }
    }
}

/// Maps `[planes, h, w]` through a filter that is not one along both ways, and each n-th pixel: `down` says how rows of taps follow
/// each other (its own taps are not looked at), and each of `across` is one of them.
pub fn squarely(x: &[f32], [h, w]: [usize; 2], down: &Way, across: &[Way]) -> Vec<f32> {
    let len = across.first().map_or(0, |a| a.len);
    let planes = x.len() / (h * w).max(1);
    let mut y = vec![0.0; planes * down.len * len];
    let shares = y.par_chunks_exact_mut((down.len * len).max(1)).zip(x.par_chunks_exact((h * w).max(1)));
    shares.for_each(|(y, x)| square(y, x, [h, w], down, across));
    y
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn square(y: &mut [f32], x: &[f32], [h, w]: [usize; 2], down: &Way, across: &[Way]) {
    let (k, mut room) = (across.len(), Vec::new());
    for (j, out) in y.chunks_exact_mut(across.first().map_or(1, |a| a.len.max(1))).enumerate() {
        for (t, way) in across.iter().enumerate() {
            let at = (j * down.down) as isize + (k - 1 - t) as isize - down.before;
            if at >= 0 && (at as usize) < h {
                along(out, &x[at as usize * w..(at as usize + 1) * w], way, &mut room);
            }
        }
    }
}

/// What ends a layer.
#[derive(Clone, Copy, Debug)]
pub struct Finish {
    /// Slope below 0; 1 = no activation.
    pub slope: f32,
    /// Factor behind it.
    pub gain: f32,
    /// What no number exceeds then; infinite = no limit.
    pub limit: f32,
}

/// x + noise + bias, the activation, the factor, the limit, in place: `[n, c, pixels]`, noise `[1 or n, pixels]` or none, bias `[c]`.
pub fn finished(x: &mut [f32], pixels: usize, noise: Option<&[f32]>, bias: &[f32], finish: Finish) {
    let pixels = pixels.max(1);
    let maps = noise.map_or(1, |noise| (noise.len() / pixels).max(1));
    x.par_chunks_exact_mut(pixels).enumerate().for_each(|(i, plane)| {
        let (sample, channel) = (i / bias.len(), i % bias.len());
        let noise = noise.and_then(|n| n.chunks_exact(pixels).nth(sample % maps));
        ended(plane, noise, bias[channel], finish);
    });
}

#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn ended(plane: &mut [f32], noise: Option<&[f32]>, bias: f32, Finish { slope, gain, limit }: Finish) {
    if let Some(noise) = noise {
        plane.iter_mut().zip(noise).for_each(|(v, noise)| *v += noise);
    }
    for v in plane {
        let x = *v + bias;
        *v = (x.max(x * slope) * gain).clamp(-limit, limit);
    }
}
