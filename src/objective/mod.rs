//! Losses as pure functions of tensors: formula and paper above each.
//!
//! Must not know: modules, optimisers, files.

pub mod discrete;
pub mod game;
pub mod slope;

use crate::nn::fast;
use burn::tensor::{Int, Tensor, activation};

/// Mean over the batch of per-picture sums: `[n, …]` → `[1]`. Summed per picture first: rounding stays small, and the order of
/// summation does not depend on how threads share the work.
fn mean_of_sums<const D: usize>(values: Tensor<D>) -> Tensor<1> {
    let n = values.dims()[0];
    values.reshape([n as i32, -1]).sum_dim(1).mean()
}

/// Sums of each picture: `[n, …]` → `[n]`.
fn sums<const D: usize>(values: Tensor<D>) -> Tensor<1> {
    let n = values.dims()[0];
    values.reshape([n as i32, -1]).sum_dim(1).reshape([n])
}

/// KL(N(μ, σ²) ‖ N(0, 1)) per dimension: ½(μ² + σ² − ln σ² − 1). Kingma and Welling 2014, appendix B.
/// `[n, z]` and `[n, z]` → `[n, z]`, in nats.
pub fn gaussian_kl(mean: Tensor<2>, log_variance: Tensor<2>) -> Tensor<2> {
    (mean.square() + log_variance.clone().exp() - log_variance - 1.0) * 0.5
}

/// KL(q ‖ N(0, I)) summed over dimensions, averaged over the batch, in nats per image: both `[n, z]` → `[1]`.
pub fn mean_kl(mean: Tensor<2>, log_variance: Tensor<2>) -> Tensor<1> {
    mean_of_sums(gaussian_kl(mean, log_variance))
}

/// Total correlation of the latents, KL(q(z) ‖ Π q(z_d)), up to a constant: how much they tell of each other. q(z) is the
/// mean of the batch's posteriors (minibatch-weighted sampling: Chen et al. 2018, "Isolating sources of disentanglement in
/// variational autoencoders", appendix C.1). Draws z of the posteriors of mean and ln σ², `[n, z]` each → `[1]`, in nats.
pub fn total_correlation(z: Tensor<2>, mean: Tensor<2>, log_variance: Tensor<2>) -> Tensor<1> {
    let [n, d] = z.dims();
    let of_others = |x: Tensor<2>| x.reshape([1, n, d]); // [1, n, z]
    let (mean, log_variance) = (of_others(mean), of_others(log_variance));
    // ln q(z_d of the i-th | the j-th picture), without ln √2π, which cancels.
    let scaled = (z.reshape([n, 1, d]) - mean).square() / log_variance.clone().exp(); // [n, n, z]
    let each = (scaled + log_variance) * -0.5; // [n, n, z]
    let joint = log_sum_exp(each.clone().sum_dim(2)); // [n, 1, 1]
    let apart = log_sum_exp(each).sum_dim(2); // [n, 1, 1]
    (joint - apart).mean()
}

/// ln Σ exp over the second dimension: `[n, m, k]` → `[n, 1, k]`.
pub fn log_sum_exp(x: Tensor<3>) -> Tensor<3> {
    let most = x.clone().detach().max_dim(1); // [n, 1, k]
    (x - most.clone()).exp().sum_dim(1).log() + most
}

/// −ln p(x|z) for a Bernoulli with the given logits, on grey values as they are (no binarisation), summed over
/// pixels and averaged over the batch, in nats per image: both `[n, …]`, `x` 0–1 → `[1]`. Stable form max(l, 0) − l·x + ln(1 + e^−|l|).
pub fn bernoulli<const D: usize>(logits: Tensor<D>, x: Tensor<D>) -> Tensor<1> {
    if let Some(cost) = fast::bernoulli(&logits, &x) {
        return cost;
    }
    mean_of_sums(activation::relu(logits.clone()) - logits.clone() * x + (-logits.abs()).exp().log1p())
}

/// The same of each picture: both `[n, …]` → `[n]`. Never on the way to a gradient.
pub fn bernoulli_each<const D: usize>(logits: Tensor<D>, x: Tensor<D>) -> Tensor<1> {
    sums(activation::relu(logits.clone()) - logits.clone() * x + (-logits.abs()).exp().log1p())
}

/// −ln p(x|z) for a Gaussian with mean `y` and fixed σ: Σ (x − y)² / 2σ² + ln(σ√2π), summed over pixels and
/// averaged over the batch, in nats per image: both `[n, …]` → `[1]`. `x`, `y` on the 0–1 scale, σ in the same unit.
pub fn gaussian<const D: usize>(y: Tensor<D>, x: Tensor<D>, sigma: f32) -> Tensor<1> {
    let constant = gaussian_constant(&x, sigma);
    mean_of_sums((x - y).square()) / (2.0 * sigma * sigma) + constant
}

/// [`gaussian`] with the mean y = σ(logits), the logistic function of a decoder's output: both `[n, …]` → `[1]`.
pub fn gaussian_of_logits<const D: usize>(logits: Tensor<D>, x: Tensor<D>, sigma: f32) -> Tensor<1> {
    match fast::gaussian(&logits, &x) {
        Some(half) => half / (sigma * sigma) + gaussian_constant(&x, sigma),
        None => gaussian(activation::sigmoid(logits), x, sigma),
    }
}

/// The same of each picture: both `[n, …]` → `[n]`. Never on the way to a gradient.
pub fn gaussian_of_logits_each<const D: usize>(logits: Tensor<D>, x: Tensor<D>, sigma: f32) -> Tensor<1> {
    let constant = gaussian_constant(&x, sigma);
    sums((x - activation::sigmoid(logits)).square()) / (2.0 * sigma * sigma) + constant
}

/// ln(σ√2π) of all pixels of one picture of `x` `[n, …]`.
fn gaussian_constant<const D: usize>(x: &Tensor<D>, sigma: f32) -> f32 {
    let pixels: usize = x.dims()[1..].iter().product();
    pixels as f32 * (sigma * (2.0 * std::f32::consts::PI).sqrt()).ln()
}

/// −ln σ(l), averaged: what a GAN's discriminator pays on real pictures, and its generator on fake ones in the
/// non-saturating game (Goodfellow et al. 2014). `[n, 1]` logits → nats.
pub fn bce_real(logits: Tensor<2>) -> Tensor<1> {
    activation::softplus(-logits, 1.0).mean()
}

/// −ln(1 − σ(l)), averaged: what the discriminator pays on fake pictures. `[n, 1]` logits → nats.
pub fn bce_fake(logits: Tensor<2>) -> Tensor<1> {
    activation::softplus(logits, 1.0).mean()
}

/// Cross-entropy of `[n, classes]` logits with class indices `[n]`, averaged: nats.
pub fn cross_entropy(logits: Tensor<2>, classes: Tensor<1, Int>) -> Tensor<1> {
    let n = classes.dims()[0];
    let picked = activation::log_softmax(logits, 1).gather(1, classes.reshape([n, 1]));
    -picked.mean()
}
