//! Spoiling pictures a little while a network learns, by a Gaussian blur and Gaussian noise. A classifier or an encoder
//! then also reads what generators draw, which is softer than data: each picture as much as the dice say, and a VAE still
//! has to redraw it as it was (the denoising criterion of Im et al. 2017). A discriminator is kept from winning.
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

/// [`BLUR`] of a GAN: σ itself, of all that its discriminator sees.
pub const D_BLUR: Setting = Setting {
    help: "What D sees, real and generated, is blurred by a Gaussian of this many pixels: it judges shapes before details, which D learns too fast from; 0 = as it is. Lower it as G catches up.",
    ..BLUR
};

/// [`NOISE`] of a GAN: σ itself, of all that its discriminator sees.
pub const D_NOISE: Setting = Setting {
    help: "What D sees, real and generated, gets grain of this σ (0–1 scale), so that D can't win outright while the two differ much (instance noise); 0 = as it is. Lower it as G catches up.",
    ..NOISE
};

/// The settings [`BLUR`] and [`NOISE`] as they are now.
fn most(recipe: &Recipe, settings: &Settings) -> [f32; 2] {
    ["blur", "noise"].map(|name| settings.get(recipe, name) as f32)
}

/// `[n, c, h, w]`, 0–1 → the same, each blurred and noised by a random strength, at most what the settings [`BLUR`] and
/// [`NOISE`] of `recipe` allow.
pub fn corrupt(x: Tensor<4>, noise: &mut Noise, recipe: &Recipe, settings: &Settings) -> Tensor<4> {
    let n = x.dims()[0];
    let mut strengths =
        |most: f32| -> Vec<f32> { noise.uniforms(n, 1.0).iter().map(|u| u.abs() * most).collect() };
    // Where nothing is asked for no dice are thrown, so that a run without is the same as ever.
    let [blurs, grains] =
        most(recipe, settings).map(|most| if most > 0.0 { strengths(most) } else { Vec::new() });
    apply(x, noise, &blurs, &grains)
}

/// `[n, c, h, w]` whose values span `range` → what a discriminator is shown instead: all blurred by
/// [`D_BLUR`], and with noise of [`D_NOISE`] · `range`. With noise on real and generated pictures alike D compares two
/// distributions that overlap, and its gradient leads G somewhere (instance noise: Sønderby et al. 2017, "Amortised MAP
/// inference for image super-resolution"; Arjovsky and Bottou 2017); the blur is StyleGAN3's (Karras et al. 2021). G's
/// gradient passes through both.
pub fn instance_noise(
    x: Tensor<4>,
    noise: &mut Noise,
    recipe: &Recipe,
    settings: &Settings,
    range: f32,
) -> Tensor<4> {
    let [sigma, grain] = most(recipe, settings);
    let one = |sigma: f32| if sigma > 0.0 { vec![sigma] } else { Vec::new() };
    apply(x, noise, &one(sigma), &one(grain * range))
}

/// `[n, c, h, w]` → the same shape, blurred, then noised, by a σ for each picture or one for all; nothing where there is
/// none.
fn apply(x: Tensor<4>, noise: &mut Noise, blurs: &[f32], grains: &[f32]) -> Tensor<4> {
    let x = if blurs.is_empty() { x } else { blur(x, blurs) };
    if grains.is_empty() {
        return x;
    }
    let device = x.device();
    let sigma = Tensor::<1>::from_data(TensorData::new(grains.to_vec(), [grains.len()]), &device);
    let [n, c, h, w] = x.dims();
    let grain = noise.normal([n, c * h * w], &device).reshape([n, c, h, w]);
    x + grain * sigma.reshape([grains.len(), 1, 1, 1])
}

/// Blurs picture `i` of `[n, c, h, w]` with a Gaussian of σ = `sigmas[i]` pixels (0 = not at all), or all with the one σ
/// there is. Rows and columns are multiplied with the matrix of weights, each row of which sums to 1, so that edges keep
/// their brightness.
pub fn blur(x: Tensor<4>, sigmas: &[f32]) -> Tensor<4> {
    let device = x.device();
    let ([_, _, h, w], n) = (x.dims(), sigmas.len());
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
