//! Directions without labels: principal components of latents (PCA), of hidden activations (GANSpace), and the closed
//! form of SeFa.
//!
//! Must not know: what the directions show; a person names them.

use super::{Tick, rows, tick};
use crate::latent::direction::Method;
use crate::latent::pca::{eigen, pca};
use crate::latent::{Direction, dot, norm};
use crate::nn::Noise;
use crate::zoo::Held;
use burn::tensor::Device;
use nalgebra::DMatrix;

/// Samples whose activations GANSpace looks at.
const SAMPLES: usize = 512;
/// Seed of those samples.
const SEED: u64 = 0x6a5;

/// The first `count` components of latents (encodings). One unit is a standard deviation.
pub fn of_latents<T: AsRef<[f32]>>(latents: &[T], count: usize) -> Vec<Direction> {
    let found = pca(latents, count);
    let one = |(k, (vector, variance)): (usize, (&Vec<f32>, &f32))| {
        let centre = dot(&found.mean, vector) / variance.sqrt().max(1e-6);
        named(format!("PC {}", k + 1), vector.clone(), variance.sqrt(), centre, Method::Pca)
    };
    found.components.iter().zip(&found.variances).enumerate().map(one).collect()
}

/// Härkönen et al. 2020, GANSpace, section 2.2: components of the first layer's activations over samples from the
/// prior, carried back to z by least squares. One unit has the length of a standard deviation of the prior.
pub fn ganspace(
    model: &Held,
    count: usize,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Vec<Direction>, String> {
    let mut noise = Noise::new(SEED, 0);
    let (mut z, mut hidden) = (Vec::new(), Vec::new());
    while z.len() < SAMPLES {
        tick(progress, z.len(), SAMPLES)?;
        let latents = noise.normal([super::BATCH, model.latent_dims()], device);
        let h = model.hidden(latents.clone()).ok_or("this model does not show its hidden layers")?;
        z.extend(rows(latents));
        hidden.extend(rows(h));
    }
    let found = pca(&hidden, count);
    let coordinates: Vec<Vec<f32>> = hidden.iter().map(|h| found.project(h)).collect();
    // The coordinates are uncorrelated and centred, so each column of the least-squares solution stands alone.
    let back = |k: usize| {
        let scale: f32 = coordinates.iter().map(|c| c[k] * c[k]).sum();
        let mut vector = vec![0.0; model.latent_dims()];
        for (c, z) in coordinates.iter().zip(&z) {
            vector.iter_mut().zip(z).for_each(|(v, z)| *v += c[k] * z / scale.max(f32::MIN_POSITIVE));
        }
        let length = norm(&vector).max(f32::MIN_POSITIVE);
        let unit = vector.into_iter().map(|v| v / length).collect();
        named(format!("Activations {}", k + 1), unit, 1.0, 0.0, Method::Ganspace)
    };
    Ok((0..found.components.len()).map(back).collect())
}

/// Shen and Zhou 2021, SeFa, equation 5: the eigenvectors of AᵀA with the largest eigenvalues, A the weights of the
/// first layer; no sample is needed. One unit has the length of a standard deviation of the prior.
pub fn sefa(model: &Held, count: usize) -> Result<Vec<Direction>, String> {
    let weight = model.first_weight().ok_or("this model does not show the weights of its first layer")?;
    let a = rows(weight);
    let (from, to) = (a.len(), a.first().map_or(0, Vec::len));
    let a = DMatrix::from_fn(from, to, |i, j| f64::from(a[i][j]));
    let (vectors, _) = eigen(&a * a.transpose(), count);
    let one = |(k, v): (usize, Vec<f32>)| named(format!("SeFa {}", k + 1), v, 1.0, 0.0, Method::Sefa);
    Ok(vectors.into_iter().enumerate().map(one).collect())
}

fn named(name: String, unit: Vec<f32>, length: f32, centre: f32, method: Method) -> Direction {
    let vector = unit.into_iter().map(|v| v * length.max(1e-6)).collect();
    Direction { name, vector, centre, strength: 1.0, spread: None, method, report: None }
}
