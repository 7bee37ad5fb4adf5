//! What `zscope eval` prints: the ELBO and its two terms, reconstruction PSNR and active dimensions for a VAE;
//! what the judge says of a generator's samples and of a VAE's reconstructions; how often a classifier is right.
//!
//! Must not know: messages, the window.

use super::captioned::Captioned;
use super::codes::{self, LevelFigures};
use super::disentangle::Scores;
use super::frechet::Moments;
use super::judge::{ByName, Named, Reading};
use super::manifold::precision_recall;
use super::requested;
use super::sampler;
use super::translated::Translated;
use super::upscaled::{self, Upscaled};
use crate::data::Split;
use crate::latent::prior::Spread;
use crate::nn::Noise;
use crate::nn::host::floats;
use crate::objective;
use crate::zoo::{Held, gather};
use burn::tensor::Device;
use serde::Serialize;

/// Pictures evaluated at once.
const BATCH: usize = 250;
/// Seed of the noise in z.
const SEED: u64 = 0xe7a1;
/// A dimension is active when the variance of its posterior mean over the data exceeds this (Burda, Grosse and
/// Salakhutdinov 2016, IWAE, section 5.2).
const ACTIVE: f32 = 0.01;
/// Held-out pictures together hold at most this many numbers: 2,000 colour pictures of 64×64. Of more, an even
/// selection is used, so that figures come within a minute on two cores.
const MOST: usize = 2_000 * 64 * 64 * 3;
/// Attributes whose frequency differs by no more than this, in percentage points, count as met.
pub const NEAR: f64 = 5.0;

/// How often an attribute is there, as the judge sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Frequency {
    /// Share of samples.
    pub samples: f64,
    /// Share of held-out pictures.
    pub data: f64,
}

/// Figures of one model; what does not apply to it is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Held-out pictures that were used.
    pub pictures: usize,
    /// Held-out pictures that there are.
    pub held_out: usize,
    /// −ln p(x) in nats per image, exactly; of a model of two values on binarised pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nll: Option<f64>,
    /// The same in bits for each number of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits_per_dimension: Option<f64>,
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
    /// Mean squared error of pictures redrawn from their codes, as a share of the pixels' variance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nmse: Option<f64>,
    /// Bits of a picture's codes: places · log₂ K.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bits: Option<f64>,
    /// The same where each code is written as long as its use asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entropy_bits: Option<f64>,
    /// Each level of codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codes: Option<ByName<LevelFigures>>,
    /// Active dimensions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_dims: Option<usize>,
    /// Fréchet distance in the judge's features between samples and held-out pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frechet: Option<f64>,
    /// Mean over classes of the Fréchet distance between samples that were asked for a class and real pictures of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frechet_within_classes: Option<f64>,
    /// Share of samples that the judge names as the class that they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_agreement: Option<f64>,
    /// Share of samples on the data's manifold in the judge's features, and of data on the samples' (Kynkäänniemi et al. 2019).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// See [`Figures::precision`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// Share of samples of which the judge is sure (see [`CONFIDENT`](super::judge::CONFIDENT)): of the class, or of
    /// every attribute. For a classifier the share of held-out pictures of which it is as sure itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confident_share: Option<f64>,
    /// Share of single attributes of samples of which the judge is sure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confident_share_mean: Option<f64>,
    /// [`Figures::confident_share`] of held-out pictures: the most that samples can be expected to reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confident_share_real: Option<f64>,
    /// [`Figures::confident_share_mean`] of held-out pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confident_share_mean_real: Option<f64>,
    /// Classes that occur among the confident samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes_seen: Option<usize>,
    /// Share of held-out pictures of which the judge says the same as of their reconstruction from the posterior mean.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_agreement: Option<ByName<f64>>,
    /// How often each attribute is there among samples and among held-out pictures, both as the judge sees them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_frequency: Option<ByName<Frequency>>,
    /// The largest difference of these, in percentage points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_frequency_gap_max: Option<f64>,
    /// Attributes whose frequencies differ by at most [`NEAR`] percentage points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes_within_5_points: Option<usize>,
    /// Share of held-out pictures that a classifier names rightly; of attributes, the mean over them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// The same for each attribute that the labels name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute_accuracy: Option<ByName<f64>>,
    /// [`Figures::accuracy`] of the judge: how far its word can be trusted on these pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge_accuracy: Option<f64>,
    /// What its enlarged pictures are worth, beside bicubic interpolation's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upscaled: Option<Upscaled>,
    /// How right the translations to the other domain and back are, where the true ones are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translated: Option<[Translated; 2]>,
    /// Whether samples show what their captions say, where the model takes captions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub captioned: Option<Captioned>,
    /// How far latent dimensions stand for the data's known factors, where it has them.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub disentanglement: Option<Scores>,
}

/// Evaluates on held-out pictures. `outputs`: what the model's own outputs stand for, where it is a classifier.
/// `judge`: the classifier for samples and reconstructions, where one fits the pictures; `samples`: how many it judges, and how they are
/// spread.
pub fn evaluate(
    model: &Held,
    outputs: &[String],
    test: &Split,
    judge: Option<Named<'_>>,
    (samples, spread): (usize, Spread),
    device: &Device,
) -> Result<Figures, String> {
    let picks = selection(test);
    let mut figures = Figures { pictures: picks.len(), held_out: test.pictures.len(), ..Default::default() };
    let judge = judge.filter(|_| sampler::unable(model).is_none());
    if let Some(nats) = exact(model, test, &picks, device)? {
        let numbers = test.pictures.stride().max(1) as f64;
        (figures.nll, figures.bits_per_dimension) =
            (Some(nats), Some(nats / numbers / std::f64::consts::LN_2));
    }
    if let Some(coded) = codes::measure(model, test, &picks, device)? {
        (figures.nmse, figures.psnr_db) = (Some(coded.nmse), Some(coded.psnr_db));
        (figures.bits, figures.entropy_bits) = (Some(coded.bits), Some(coded.entropy_bits));
        figures.codes = Some(coded.levels);
    }
    figures.upscaled = upscaled::measure(model, test, &picks, device)?;
    let mut redrawn = Reading::default();
    let reader = judge.filter(|j| j.model.independent()).map(|j| (j, &mut redrawn));
    autoencode(model, test, &picks, reader, device, &mut figures)?;
    let subject = Named { model: model.model(), outputs };
    if let Some(own) = read(subject, test, &picks, device)? {
        classifier(subject, &own, test, &picks, &mut figures);
    }
    if let Some(judge) = judge
        && let Some(real) = read(judge, test, &picks, device)?
        && let Ok(drawn) = drawn(model, judge, samples, spread, device, &|| true)
    {
        figures.judge_accuracy = accuracy(judge, &real, test, &picks).0;
        judged(judge, &drawn, &real, &mut figures);
        let names = requested::classes(model);
        figures.class_agreement = requested::agreement(judge, &names, &drawn);
        figures.frechet_within_classes = requested::frechet_within(&names, &drawn, &real, test, &picks);
        // As many of each.
        let rows = drawn.features.len().min(real.features.len());
        let both = precision_recall(&real.features[..rows], &drawn.features[..rows]);
        (figures.precision, figures.recall) = (both.map(|b| b.0), both.map(|b| b.1));
        if redrawn.probabilities.len() == picks.len() && !picks.is_empty() {
            figures.attribute_agreement = Some(judge.by_name(real.agreement(&redrawn)));
        }
    }
    Ok(figures)
}

/// −ln p(x) of pictures in nats, their mean. `None`: the model has no exact likelihood.
fn exact(model: &Held, test: &Split, picks: &[usize], device: &Device) -> Result<Option<f64>, String> {
    /// A network of many channels has large maps.
    const FEW: usize = 50;
    let mut total = 0.0;
    for (i, chunk) in picks.chunks(FEW).enumerate() {
        let x = gather(test, chunk, device)?.x;
        let Some(costs) = model.surprise(x, &mut Noise::new(SEED, i as u64)) else { return Ok(None) };
        total += floats(costs).into_iter().map(f64::from).sum::<f64>();
    }
    Ok((!picks.is_empty()).then(|| total / picks.len() as f64))
}

/// The posterior mean of every picture, `[n][z]`; `None` without an encoder. Fails where pictures can't be read.
pub fn means(model: &Held, split: &Split, device: &Device) -> Result<Option<Vec<Vec<f32>>>, String> {
    let all: Vec<usize> = (0..split.pictures.len()).collect();
    let mut codes = Vec::with_capacity(all.len());
    for picks in all.chunks(BATCH) {
        let Some((mean, _)) = model.encode(gather(split, picks, device)?.x) else { return Ok(None) };
        codes.extend(floats(mean).chunks(model.latent_dims().max(1)).map(<[f32]>::to_vec));
    }
    Ok(Some(codes))
}

/// The held-out pictures that are used: all, or an even selection.
pub fn selection(test: &Split) -> Vec<usize> {
    let all = test.pictures.len();
    let count = all.min(MOST / test.pictures.stride().max(1));
    (0..count).map(|i| i * all / count).collect()
}

/// What a classifier says of held-out pictures. `None`: it is none.
pub fn read(
    classifier: Named<'_>,
    test: &Split,
    picks: &[usize],
    device: &Device,
) -> Result<Option<Reading>, String> {
    let mut reading = Reading::default();
    for chunk in picks.chunks(BATCH) {
        if !classifier.read(gather(test, chunk, device)?.x, &mut reading) {
            return Ok(None);
        }
    }
    Ok(Some(reading))
}

/// What the judge says of the model's samples. Fails with a sentence where it draws none by itself, or `go_on` said no.
pub fn drawn(
    model: &Held,
    judge: Named<'_>,
    samples: usize,
    spread: Spread,
    device: &Device,
    go_on: &dyn Fn() -> bool,
) -> Result<Reading, String> {
    let mut reading = Reading::default();
    let read = |_, x| {
        judge.read(x, &mut reading);
    };
    sampler::each(model, samples, spread, device, go_on, read)?;
    match reading.features.len() == samples {
        true => Ok(reading),
        false => Err("the samples were not drawn to the end".into()),
    }
}

/// Accuracy, and for attributes that of each.
fn accuracy(
    classifier: Named<'_>,
    said: &Reading,
    test: &Split,
    picks: &[usize],
) -> (Option<f64>, Option<ByName<f64>>) {
    let each = classifier.attribute_accuracy(said, test, picks);
    if each.0.is_empty() {
        return (classifier.class_accuracy(said, test, picks), None);
    }
    let mean = each.0.iter().map(|(_, a)| a).sum::<f64>() / each.0.len() as f64;
    (Some(mean), Some(each))
}

fn classifier(subject: Named<'_>, own: &Reading, test: &Split, picks: &[usize], figures: &mut Figures) {
    (figures.accuracy, figures.attribute_accuracy) = accuracy(subject, own, test, picks);
    if subject.model.independent() {
        let (every, mean) = own.sure_of_attributes();
        (figures.confident_share, figures.confident_share_mean) = (Some(every), Some(mean));
    } else {
        figures.confident_share = Some(own.sure_of_class().0);
    }
}

fn judged(judge: Named<'_>, drawn: &Reading, real: &Reading, figures: &mut Figures) {
    if let (Some(a), Some(b)) = (Moments::of(&drawn.features), Moments::of(&real.features)) {
        figures.frechet = Some(a.distance(&b));
    }
    if !judge.model.independent() {
        let (share, seen) = drawn.sure_of_class();
        (figures.confident_share, figures.classes_seen) = (Some(share), Some(seen.len()));
        figures.confident_share_real = Some(real.sure_of_class().0);
        return;
    }
    let ((every, mean), (every_real, mean_real)) = (drawn.sure_of_attributes(), real.sure_of_attributes());
    (figures.confident_share, figures.confident_share_mean) = (Some(every), Some(mean));
    (figures.confident_share_real, figures.confident_share_mean_real) = (Some(every_real), Some(mean_real));
    let both = drawn.frequencies().into_iter().zip(real.frequencies());
    let frequencies: Vec<Frequency> = both.map(|(samples, data)| Frequency { samples, data }).collect();
    let gaps = frequencies.iter().map(|f| 100.0 * (f.samples - f.data).abs());
    figures.attributes_within_5_points = Some(gaps.clone().filter(|gap| *gap <= NEAR).count());
    figures.attribute_frequency_gap_max = gaps.reduce(f64::max);
    figures.attribute_frequency = Some(judge.by_name(frequencies));
}

/// The figures of a VAE; `judge` reads the reconstructions from the posterior mean.
fn autoencode(
    model: &Held,
    test: &Split,
    all: &[usize],
    mut judge: Option<(Named<'_>, &mut Reading)>,
    device: &Device,
    figures: &mut Figures,
) -> Result<(), String> {
    let (mut reconstruction, mut kl, mut psnr) = (0.0, 0.0, 0.0);
    let dims = model.latent_dims();
    let (mut sum, mut squares) = (vec![0.0f64; dims], vec![0.0f64; dims]);
    for (i, picks) in all.chunks(BATCH).enumerate() {
        let x = gather(test, picks, device)?.x;
        let Some((mean, log_variance)) = model.encode(x.clone()) else { return Ok(()) };
        let n = picks.len();
        let epsilon = Noise::new(SEED, i as u64).normal([n, dims], device);
        let z = mean.clone() + (log_variance.clone() * 0.5).exp() * epsilon;
        let Some(cost) = model.reconstruction(x.clone(), z) else { return Ok(()) };
        let Some(y) = model.decode(mean.clone()) else { return Ok(()) };
        reconstruction += floats(cost).into_iter().map(f64::from).sum::<f64>();
        kl += f64::from(floats(objective::mean_kl(mean.clone(), log_variance))[0]) * n as f64;
        if let Some((judge, redrawn)) = &mut judge {
            judge.read(y.clone(), redrawn);
        }
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
    Ok(())
}
