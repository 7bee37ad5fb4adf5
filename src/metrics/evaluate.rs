//! What `zscope eval` prints: the ELBO and its two terms, reconstruction PSNR and active dimensions for a VAE;
//! what the judge says of a generator's samples.
//!
//! Must not know: messages, the window.

use super::disentangle::Scores;
use super::frechet::Moments;
use crate::data::Split;
use crate::nn::Noise;
use crate::objective;
use crate::zoo::{Model, gather};
use burn::tensor::{Device, Tensor, activation};
use serde::Serialize;
use std::collections::BTreeSet;

/// Pictures evaluated at once.
const BATCH: usize = 250;
/// Seed of the samples and of the noise in z.
const SEED: u64 = 0xe7a1;
/// A dimension is active when the variance of its posterior mean over the data exceeds this (Burda, Grosse and
/// Salakhutdinov 2016, IWAE, section 5.2).
const ACTIVE: f32 = 0.01;
/// A sample counts as confident from this probability of its likeliest class.
pub const CONFIDENT: f32 = 0.9;

/// Figures of one model; what does not apply to it is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Held-out pictures that were used.
    pub pictures: usize,
    /// −ELBO in nats per image, one sample of z.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neg_elbo: Option<f64>,
    /// −ln p(x|z) in nats per image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconstruction: Option<f64>,
    /// KL(q(z|x) ‖ p(z)) in nats per image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kl: Option<f64>,
    /// Mean over pictures of the PSNR of the reconstruction from the posterior mean, in dB (peak 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psnr_db: Option<f64>,
    /// Active dimensions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_dims: Option<usize>,
    /// Fréchet distance in the judge's features between samples and held-out pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frechet: Option<f64>,
    /// Share of samples that the judge assigns to some class with probability ≥ 0.9; for a classifier the share of
    /// held-out pictures of which it is as sure, the most that samples can be expected to reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confident_share: Option<f64>,
    /// Classes that occur among the confident samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes_seen: Option<usize>,
    /// Share of held-out pictures that a classifier names rightly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// How far latent dimensions stand for the data's known factors, where it has them.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub disentanglement: Option<Scores>,
}

fn floats<const D: usize>(t: Tensor<D>) -> Vec<f32> {
    t.into_data().iter::<f32>().collect()
}

/// Evaluates on held-out pictures. `judge`: the classifier for samples, where one fits the pictures; `samples`:
/// how many it judges.
pub fn evaluate(
    model: &dyn Model,
    test: &Split,
    judge: Option<&dyn Model>,
    samples: usize,
    device: &Device,
) -> Figures {
    let mut figures = Figures { pictures: test.pictures.len(), ..Default::default() };
    let all: Vec<usize> = (0..test.pictures.len()).collect();
    autoencode(model, test, &all, device, &mut figures);
    accuracy(model, test, &all, device, &mut figures);
    if let Some(judge) = judge
        && model.latent_dims() > 0
    {
        judged(model, judge, test, &all, samples, device, &mut figures);
    }
    figures
}

/// The posterior mean of every picture, `[n][z]`; `None` without an encoder.
pub fn means(model: &dyn Model, split: &Split, device: &Device) -> Option<Vec<Vec<f32>>> {
    let all: Vec<usize> = (0..split.pictures.len()).collect();
    let mut codes = Vec::with_capacity(all.len());
    for picks in all.chunks(BATCH) {
        let (mean, _) = model.encode(gather(split, picks, device).x)?;
        codes.extend(floats(mean).chunks(model.latent_dims().max(1)).map(<[f32]>::to_vec));
    }
    Some(codes)
}

fn autoencode(model: &dyn Model, test: &Split, all: &[usize], device: &Device, figures: &mut Figures) {
    let (mut reconstruction, mut kl, mut psnr) = (0.0, 0.0, 0.0);
    let dims = model.latent_dims();
    let (mut sum, mut squares) = (vec![0.0f64; dims], vec![0.0f64; dims]);
    for (i, picks) in all.chunks(BATCH).enumerate() {
        let x = gather(test, picks, device).x;
        let Some((mean, log_variance)) = model.encode(x.clone()) else { return };
        let n = picks.len();
        let epsilon = Noise::new(SEED, i as u64).normal([n, dims], device);
        let z = mean.clone() + (log_variance.clone() * 0.5).exp() * epsilon;
        let Some(cost) = model.reconstruction(x.clone(), z) else { return };
        let Some(y) = model.decode(mean.clone()) else { return };
        reconstruction += f64::from(floats(cost)[0]) * n as f64;
        kl += f64::from(floats(objective::mean_kl(mean.clone(), log_variance))[0]) * n as f64;
        let errors = (x - y).square().flatten::<2>(1, 3).mean_dim(1);
        psnr += floats(errors).iter().map(|e| -10.0 * f64::from(e.max(1e-10)).log10()).sum::<f64>();
        for (k, v) in floats(mean).into_iter().enumerate() {
            sum[k % dims] += f64::from(v);
            squares[k % dims] += f64::from(v) * f64::from(v);
        }
    }
    let n = all.len().max(1) as f64;
    let variance = |k: usize| squares[k] / n - (sum[k] / n).powi(2);
    figures.active_dims = Some((0..dims).filter(|&k| variance(k) > f64::from(ACTIVE)).count());
    figures.reconstruction = Some(reconstruction / n);
    figures.kl = Some(kl / n);
    figures.neg_elbo = Some((reconstruction + kl) / n);
    figures.psnr_db = Some(psnr / n);
}

fn accuracy(model: &dyn Model, test: &Split, all: &[usize], device: &Device, figures: &mut Figures) {
    let (mut right, mut confident) = (0, 0);
    for picks in all.chunks(BATCH) {
        let batch = gather(test, picks, device);
        let (Some((logits, _)), Some(classes)) = (model.classify(batch.x), batch.classes) else { return };
        let best = activation::softmax(logits.clone(), 1).max_dim(1);
        confident += floats(best).iter().filter(|&&p| p >= CONFIDENT).count();
        let named = logits.argmax(1).reshape([picks.len()]);
        right += floats(named.equal(classes).float()).iter().filter(|&&v| v > 0.5).count();
    }
    let share = |n: usize| Some(n as f64 / all.len().max(1) as f64);
    figures.accuracy = share(right);
    figures.confident_share = share(confident);
}

fn judged(
    model: &dyn Model,
    judge: &dyn Model,
    test: &Split,
    all: &[usize],
    samples: usize,
    device: &Device,
    figures: &mut Figures,
) {
    let (mut drawn, mut real) = (Vec::new(), Vec::new());
    let (mut confident, mut seen) = (0usize, BTreeSet::new());
    let dims = model.latent_dims();
    let rows = |features: Tensor<2>| {
        let width = features.dims()[1];
        floats(features).chunks(width).map(<[f32]>::to_vec).collect::<Vec<_>>()
    };
    for (i, start) in (0..samples).step_by(BATCH).enumerate() {
        let n = BATCH.min(samples - start);
        let z = Noise::new(SEED, (1 << 32) + i as u64).normal([n, dims], device);
        let Some((logits, features)) = model.decode(z).and_then(|x| judge.classify(x)) else { return };
        let classes = logits.dims()[1];
        for p in floats(activation::softmax(logits, 1)).chunks(classes) {
            let best = (0..classes).max_by(|&a, &b| p[a].total_cmp(&p[b])).unwrap_or(0);
            if p[best] >= CONFIDENT {
                confident += 1;
                seen.insert(best);
            }
        }
        drawn.extend(rows(features));
    }
    for picks in all.chunks(BATCH) {
        let Some((_, features)) = judge.classify(gather(test, picks, device).x) else { return };
        real.extend(rows(features));
    }
    figures.confident_share = Some(confident as f64 / samples.max(1) as f64);
    figures.classes_seen = Some(seen.len());
    if let (Some(a), Some(b)) = (Moments::of(&drawn), Moments::of(&real)) {
        figures.frechet = Some(a.distance(&b));
    }
}
