//! A strided convolution and its transpose are three sums over the same pairs of places: `down` (convolution; what a
//! transposed one passes back), `up` (a transposed convolution; what a convolution passes back) and `weight` (the
//! gradient of either's kernel). Pictures are channels-last: then a patch is a few long runs, the output of the product
//! is the next layer's input as it lies, and whatever is per channel is per column.
//!
//! "Image" is the larger side `[n, h, w, c]`, "deep" the smaller one `[n, oh, ow, d]`.
//!
//! Must not know: tensors, gradients, layers.

use super::gemm::{Mat, product};
use multiversion::multiversion as wide;
use rayon::prelude::*;
use std::cell::RefCell;

/// The shapes of one layer.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    /// Pictures.
    pub n: usize,
    /// The image's height.
    pub h: usize,
    /// The image's width.
    pub w: usize,
    /// The image's channels.
    pub c: usize,
    /// The deep picture's height.
    pub oh: usize,
    /// The deep picture's width.
    pub ow: usize,
    /// The deep picture's channels.
    pub d: usize,
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Pixels from one patch to the next.
    pub stride: usize,
    /// Zeros above the image, and left of it; those below and at the right follow from the deep picture's size.
    pub pad: [usize; 2],
}

impl Geometry {
    /// Multiplications and additions of any of the three sums.
    pub fn flops(&self) -> usize {
        2 * self.n * self.places() * self.patch() * self.d
    }

    /// Numbers of the image, the deep picture and the kernel together.
    pub fn numbers(&self) -> usize {
        self.n * (self.image() + self.places() * self.d) + self.patch() * self.d
    }

    fn image(&self) -> usize {
        self.h * self.w * self.c
    }

    fn places(&self) -> usize {
        self.oh * self.ow
    }

    /// Numbers of a patch.
    fn patch(&self) -> usize {
        self.kernel[0] * self.kernel[1] * self.c
    }

    /// Pictures whose patches are made at once: as many as stay in a core's cache, and at least four shares of a batch.
    fn chunk(&self) -> usize {
        let fit = (1 << 18) / (self.places() * self.patch());
        fit.clamp(1, self.n.div_ceil(4).max(1))
    }
}

thread_local!(static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) });

/// Lends the thread's buffer, with whatever was in it.
fn scratch<R>(len: usize, work: impl FnOnce(&mut [f32]) -> R) -> R {
    SCRATCH.with_borrow_mut(|buffer| {
        if buffer.len() < len {
            buffer.resize(len, 0.0);
        }
        work(&mut buffer[..len])
    })
}

/// `[d, c, kh, kw]` → `[kh·kw·c, d]`, the order of a channels-last patch.
pub fn pack(weight: &[f32], g: &Geometry) -> Vec<f32> {
    let (kk, c, d) = (g.kernel[0] * g.kernel[1], g.c, g.d);
    let mut packed = vec![0.0; weight.len()];
    for (j, kernels) in weight.chunks_exact(c * kk).enumerate() {
        for (i, kernel) in kernels.chunks_exact(kk).enumerate() {
            for (k, v) in kernel.iter().enumerate() {
                packed[(k * c + i) * d + j] = *v;
            }
        }
    }
    packed
}

/// The way back, for gradients.
pub fn unpack(packed: &[f32], g: &Geometry) -> Vec<f32> {
    let (kk, c, d) = (g.kernel[0] * g.kernel[1], g.c, g.d);
    let mut weight = vec![0.0; packed.len()];
    for (j, kernels) in weight.chunks_exact_mut(c * kk).enumerate() {
        for (i, kernel) in kernels.chunks_exact_mut(kk).enumerate() {
            for (k, v) in kernel.iter_mut().enumerate() {
                *v = packed[(k * c + i) * d + j];
            }
        }
    }
    weight
}

/// What of a kernel's columns lies in a picture of `side` columns when its left edge is at `at` (in the padded picture):
/// first column of the kernel, first of the picture, and how many; of rows likewise.
fn overlap(at: usize, pad: usize, kernel: usize, side: usize) -> (usize, usize, usize) {
    let first = pad.saturating_sub(at).min(kernel);
    let last = (side + pad).saturating_sub(at).min(kernel);
    (first, (at + first).saturating_sub(pad), last.saturating_sub(first))
}

/// Calls `run(offset in the patches, offset in the picture, length)` for each run that a picture's patches have of it,
/// and `gap(offset in the patches, length)` for what lies outside the picture.
#[inline(always)]
fn runs(g: &Geometry, mut run: impl FnMut(usize, usize, usize), mut gap: impl FnMut(usize, usize)) {
    let (patch, line) = (g.patch(), g.kernel[1] * g.c);
    for oy in 0..g.oh {
        let (top, y, rows) = overlap(oy * g.stride, g.pad[0], g.kernel[0], g.h);
        for ox in 0..g.ow {
            let (left, x, columns) = overlap(ox * g.stride, g.pad[1], g.kernel[1], g.w);
            let at = (oy * g.ow + ox) * patch;
            gap(at, top * line);
            for r in 0..rows {
                let first = at + (top + r) * line;
                let (from, len) = (first + left * g.c, columns * g.c);
                gap(first, left * g.c);
                run(from, ((y + r) * g.w + x) * g.c, len);
                gap(from + len, first + line - from - len);
            }
            let last = at + (top + rows) * line;
            gap(last, at + patch - last);
        }
    }
}

/// Pictures → their patches, a row a place.
#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn patches(images: &[f32], out: &mut [f32], g: &Geometry) {
    for (image, out) in images.chunks(g.image()).zip(out.chunks_mut(g.places() * g.patch())) {
        let out = std::cell::Cell::from_mut(out).as_slice_of_cells();
        let copy = |to: usize, from: usize, len: usize| {
            for (out, v) in out[to..to + len].iter().zip(&image[from..from + len]) {
                out.set(*v);
            }
        };
        runs(g, copy, |at, len| out[at..at + len].iter().for_each(|out| out.set(0.0)));
    }
}

/// Patches, added up where they lie in the pictures.
#[wide(targets("x86_64+avx512f", "x86_64+avx2+fma"))]
fn overlay(patches: &[f32], images: &mut [f32], g: &Geometry) {
    for (patches, image) in patches.chunks(g.places() * g.patch()).zip(images.chunks_mut(g.image())) {
        let add = |from: usize, to: usize, len: usize| {
            for (sum, v) in image[to..to + len].iter_mut().zip(&patches[from..from + len]) {
                *sum += v;
            }
        };
        runs(g, add, |_, _| {});
    }
}

/// Image → deep. `packed` is `[kh·kw·c, d]`.
pub fn down(image: &[f32], packed: &[f32], g: &Geometry) -> Vec<f32> {
    let (chunk, places, patch) = (g.chunk(), g.places(), g.patch());
    let mut deep = vec![0.0; g.n * places * g.d];
    let shares = deep.par_chunks_mut(chunk * places * g.d).zip(image.par_chunks(chunk * g.image()));
    shares.for_each(|(deep, image)| {
        let rows = deep.len() / g.d;
        scratch(rows * patch, |col| {
            patches(image, col, g);
            product(deep, false, Mat::new(col, rows, patch), Mat::new(packed, patch, g.d));
        });
    });
    deep
}

/// Deep → image.
pub fn up(deep: &[f32], packed: &[f32], g: &Geometry) -> Vec<f32> {
    let (chunk, places, patch) = (g.chunk(), g.places(), g.patch());
    let mut image = vec![0.0; g.n * g.image()];
    let shares = image.par_chunks_mut(chunk * g.image()).zip(deep.par_chunks(chunk * places * g.d));
    shares.for_each(|(image, deep)| {
        let rows = deep.len() / g.d;
        scratch(rows * patch, |col| {
            product(col, false, Mat::new(deep, rows, g.d), Mat::new(packed, patch, g.d).transposed());
            overlay(col, image, g);
        });
    });
    image
}

/// The gradient of the packed kernel. A fixed number of shares, added up in order, so that the sum does not depend on
/// how many threads there are.
pub fn weight(image: &[f32], deep: &[f32], g: &Geometry) -> Vec<f32> {
    let (chunk, places, patch) = (g.chunk(), g.places(), g.patch());
    let share = g.n.div_ceil(4).max(1);
    let shares = image.par_chunks(share * g.image()).zip(deep.par_chunks(share * places * g.d));
    let sums: Vec<Vec<f32>> = shares
        .map(|(image, deep)| {
            let mut sum = vec![0.0; patch * g.d];
            let chunks = image.chunks(chunk * g.image()).zip(deep.chunks(chunk * places * g.d));
            for (i, (image, deep)) in chunks.enumerate() {
                let rows = deep.len() / g.d;
                scratch(rows * patch, |col| {
                    patches(image, col, g);
                    let col = Mat::new(col, rows, patch).transposed();
                    product(&mut sum, i > 0, col, Mat::new(deep, rows, g.d));
                });
            }
            sum
        })
        .collect();
    super::rows::total(sums)
}
