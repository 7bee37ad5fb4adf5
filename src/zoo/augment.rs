//! Spoiling pictures a little while a classifier or an encoder learns, so that it also reads what generators draw, which is
//! softer than data: a Gaussian blur and Gaussian noise, each picture as much as the dice say. A VAE still has to redraw the
//! picture as it was (the denoising criterion of Im et al. 2017).
//!
//! Must not know: any one system.

use super::{Recipe, Scale, Setting, Settings};
use crate::nn::Noise;
use burn::tensor::{Tensor, TensorData};

/// Largest σ of the blur.
pub const BLUR: Setting = Setting {
    name: "blur",
    title: "Blur",
    help: "Each picture is blurred by a Gaussian of 0 to this many pixels, so that soft pictures are read too; 0 = as it is.",
    default: 0.0,
    min: 0.0,
    max: 8.0,
    scale: Scale::Linear,
    live: true,
};

/// Largest σ of the noise.
pub const NOISE: Setting = Setting {
    name: "noise",
    title: "Noise",
    help: "Each picture gets grain of 0 to this σ (0–1 scale), so that small faults do not mislead; 0 = as it is.",
    default: 0.0,
    min: 0.0,
    max: 1.0,
    scale: Scale::Linear,
    live: true,
};

/// `[n, c, h, w]`, 0–1 → the same, spoilt as the settings [`BLUR`] and [`NOISE`] of `recipe` allow.
pub fn spoil(x: Tensor<4>, noise: &mut Noise, recipe: &Recipe, settings: &Settings) -> Tensor<4> {
    let (most_blur, most_noise) = (settings.get(recipe, "blur") as f32, settings.get(recipe, "noise") as f32);
    let n = x.dims()[0];
    let mut strengths =
        |most: f32| -> Vec<f32> { noise.uniforms(n, 1.0).iter().map(|u| u.abs() * most).collect() };
    let x = if most_blur > 0.0 { blur(x, &strengths(most_blur)) } else { x };
    if most_noise <= 0.0 {
        return x;
    }
    let device = x.device();
    let sigma =
        Tensor::<1>::from_data(TensorData::new(strengths(most_noise), [n]), &device).reshape([n, 1, 1, 1]);
    let [_, c, h, w] = x.dims();
    let grain = noise.normal([n, c * h * w], &device).reshape([n, c, h, w]);
    x + grain * sigma
}

/// Blurs picture `i` of `[n, c, h, w]` with a Gaussian of σ = `sigmas[i]` pixels (0 = not at all). Rows and columns
/// are multiplied with the matrix of weights, each row of which sums to 1, so that edges keep their brightness.
pub fn blur(x: Tensor<4>, sigmas: &[f32]) -> Tensor<4> {
    let device = x.device();
    let [n, _, h, w] = x.dims();
    let weights = |side: usize| -> Tensor<4> {
        let values: Vec<f32> = sigmas.iter().flat_map(|&sigma| gaussian(side, sigma)).collect();
        Tensor::<3>::from_data(TensorData::new(values, [n, side, side]), &device).unsqueeze_dim(1)
    };
    weights(h).matmul(x).matmul(weights(w).transpose())
}

/// `side × side` weights: row `i` is a Gaussian around `i`.
fn gaussian(side: usize, sigma: f32) -> Vec<f32> {
    let scale = -0.5 / (sigma * sigma).max(1e-6);
    let mut all = Vec::with_capacity(side * side);
    for i in 0..side {
        let row = (0..side).map(|j| ((i.abs_diff(j) as f32).powi(2) * scale).exp());
        let sum: f32 = row.clone().sum();
        all.extend(row.map(|v| v / sum));
    }
    all
}
