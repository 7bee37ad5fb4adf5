//! A picture's latent: by the encoder where there is one, else (or on top) by optimisation.
//!
//! Must not know: files.

use super::{BATCH, Tick, rows, tick};
use crate::data::Split;
use crate::nn::Noise;
use crate::nn::host::floats;
use crate::zoo::{Held, gather};
use burn::tensor::{Device, Tensor, TensorData};
use nalgebra::{DMatrix, DVector};

/// A picture and what the model makes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// Its latent.
    pub z: Vec<f32>,
    /// The picture as the model takes it, `channels × height × width`, 0–1.
    pub target: Vec<f32>,
    /// What the latent decodes to, of the same shape.
    pub drawn: Vec<f32>,
    /// PSNR between the two in dB (peak 1).
    pub psnr_db: f64,
    /// Optimiser steps made; 0 = encoded.
    pub steps: usize,
}

/// σ of the picture's likelihood while projecting: weighs an error in the picture against distance from the prior.
const SIGMA: f64 = 0.1;
/// Step of the difference quotients, in units of the prior's σ.
const EPSILON: f32 = 0.05;
/// Samples among which a projection looks for its start.
const STARTS: usize = 256;
/// A projection ends when a step gains less than this share.
const GAIN: f64 = 1e-3;
/// Seed of the starts.
const SEED: u64 = 0x9a0;

/// The latent of the first picture of `split`. `optimise`: most optimiser steps after the encoder's answer (which a
/// model without an encoder replaces by the best of 256 samples and at least 30 steps).
pub fn embed(
    model: &Held,
    split: &Split,
    optimise: usize,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Embedded, String> {
    if split.pictures.is_empty() {
        return Err("there is no picture to encode".into());
    }
    let x = gather(split, &[0], device)?.x;
    let target = floats(x.clone());
    let (start, most) = match model.encode(x.clone()) {
        Some((mean, _)) => (floats(mean), optimise),
        None => (best_sample(model, &target, device, progress)?, optimise.max(30)),
    };
    search(model, start, target, 0, most, device, progress)
}

/// Goes on from a latent that was found before, by at most `most` steps.
pub fn further(
    model: &Held,
    found: &Embedded,
    most: usize,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Embedded, String> {
    search(model, found.z.clone(), found.target.clone(), found.steps, most, device, progress)
}

/// At most `most` steps from `start`, after `made` others.
fn search(
    model: &Held,
    start: Vec<f32>,
    target: Vec<f32>,
    made: usize,
    most: usize,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Embedded, String> {
    let (z, steps) = descend(model, start, &target, most, device, progress)?;
    let drawn = decode(model, &[&z], device)?.swap_remove(0);
    let squared = squared(&drawn, &target) / target.len().max(1) as f64;
    Ok(Embedded { z, target, drawn, psnr_db: -10.0 * squared.max(1e-10).log10(), steps: made + steps })
}

fn squared(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a - b) * f64::from(a - b)).sum()
}

fn decode<T: AsRef<[f32]>>(model: &Held, z: &[T], device: &Device) -> Result<Vec<Vec<f32>>, String> {
    let mut all = Vec::with_capacity(z.len());
    super::decode(model, z, device, |_, x| {
        all.extend(rows(x.flatten::<2>(1, 3)));
        Ok(())
    })?;
    Ok(all)
}

fn best_sample(
    model: &Held,
    target: &[f32],
    device: &Device,
    progress: Tick<'_>,
) -> Result<Vec<f32>, String> {
    let dims = model.latent_dims();
    let mut best = (f64::INFINITY, vec![0.0; dims]);
    for i in 0..STARTS / BATCH {
        tick(progress, i, 100)?;
        let values = Noise::new(SEED, i as u64).normals(BATCH * dims);
        let z: Vec<&[f32]> = values.chunks(dims.max(1)).collect();
        for (z, x) in z.iter().zip(decode(model, &z, device)?) {
            let error = squared(&x, target);
            if error < best.0 {
                best = (error, z.to_vec());
            }
        }
    }
    Ok(best.1)
}

/// Levenberg and Marquardt on |x(z) − target|²/2σ² + |z|²/2: the latent of highest posterior probability near the
/// start. The Jacobian is taken by difference quotients, so that any model that decodes can be projected to.
fn descend(
    model: &Held,
    mut z: Vec<f32>,
    target: &[f32],
    most: usize,
    device: &Device,
    progress: Tick<'_>,
) -> Result<(Vec<f32>, usize), String> {
    let dims = z.len();
    let weight = 1.0 / (SIGMA * SIGMA);
    let cost = |x: &[f32], z: &[f32]| {
        0.5 * weight * squared(x, target) + 0.5 * z.iter().map(|v| f64::from(v * v)).sum::<f64>()
    };
    let (mut damping, mut steps) = (1.0f64, 0);
    let mut x = if most == 0 { Vec::new() } else { decode(model, &[&z], device)?.swap_remove(0) };
    while steps < most {
        tick(progress, steps, most)?;
        steps += 1;
        let nudged: Vec<Vec<f32>> = (0..dims)
            .map(|i| {
                let mut moved = z.clone();
                moved[i] += EPSILON;
                moved
            })
            .collect();
        let slopes: Vec<f32> = decode(model, &nudged, device)?
            .iter()
            .flat_map(|moved| moved.iter().zip(&x).map(|(a, b)| (a - b) / EPSILON))
            .collect();
        let jacobian = Tensor::<2>::from_data(TensorData::new(slopes, [dims, x.len()]), device);
        let residual: Vec<f32> = x.iter().zip(target).map(|(x, t)| x - t).collect();
        let residual = Tensor::<2>::from_data(TensorData::new(residual, [x.len(), 1]), device);
        let gradient = floats(jacobian.clone().matmul(residual));
        let curvature = floats(jacobian.clone().matmul(jacobian.transpose()));
        let a = DMatrix::from_fn(dims, dims, |i, j| {
            weight * f64::from(curvature[i * dims + j]) + if i == j { 1.0 } else { 0.0 }
        });
        let g = DVector::from_fn(dims, |i, _| weight * f64::from(gradient[i]) + f64::from(z[i]));
        let before = cost(&x, &z);
        let mut gained = 0.0;
        for _ in 0..6 {
            let mut damped = a.clone();
            (0..dims).for_each(|i| damped[(i, i)] *= 1.0 + damping);
            let Some(factors) = damped.cholesky() else { break };
            let step = factors.solve(&g);
            let next: Vec<f32> = z.iter().zip(step.iter()).map(|(z, s)| z - *s as f32).collect();
            let drawn = decode(model, &[&next], device)?.swap_remove(0);
            let after = cost(&drawn, &next);
            if after < before {
                gained = (before - after) / before.max(f64::MIN_POSITIVE);
                (z, x, damping) = (next, drawn, (damping * 0.3).max(1e-4));
                break;
            }
            damping *= 4.0;
        }
        if gained < GAIN {
            break;
        }
    }
    Ok((z, steps))
}
