//! How much of a codebook is in use, and how well pictures are redrawn from their codes.
//!
//! Must not know: any one system, messages, the window.

use super::judge::ByName;
use crate::data::Split;
use crate::nn::Watch;
use crate::nn::host::floats;
use crate::point::{Kind, Value};
use crate::zoo::{Batch, Fed, Given, Held, gather};
use burn::tensor::{Device, Tensor};
use serde::Serialize;
use std::collections::BTreeMap;

/// Pictures read at once.
const BATCH: usize = 64;

/// How often each entry of each codebook stands for something in pictures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// Pictures that were read.
    pub pictures: usize,
    /// A count for each entry, by the input that takes the codes.
    pub counts: BTreeMap<String, Vec<u64>>,
}

/// What is said of one level of codes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LevelFigures {
    /// Places of the grid.
    pub places: usize,
    /// Entries of the codebook.
    pub entries: usize,
    /// Share of them that stand for something in these pictures.
    pub in_use: f64,
    /// exp(entropy) of their use.
    pub perplexity: f64,
    /// −log₂ p of a picture's codes of this level by the model's prior, those above given; `None` = it has none, or is told
    /// classes that the pictures lack.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prior_bits: Option<f64>,
}

/// The figures of a model of codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Mean squared error of redrawn pictures, as a share of the pixels' variance.
    pub nmse: f64,
    /// Mean over pictures of the PSNR, dB (peak 1).
    pub psnr_db: f64,
    /// Bits of a picture's codes, each place written with the same length: places · log₂ K.
    pub bits: f64,
    /// The same, each code written as long as its use asks for: places · entropy.
    pub entropy_bits: f64,
    /// Each level.
    pub levels: ByName<LevelFigures>,
}

impl Usage {
    /// Adds what was read of `n` pictures.
    fn add(&mut self, model: &Held, read: &[(usize, Fed)], n: usize) {
        self.pictures += n;
        for (place, fed) in read {
            let Some(input) = model.inputs().get(*place) else { continue };
            let (Kind::Codes { entries, .. }, Fed::Codes(codes)) = (&input.kind, fed) else { continue };
            let counts = self.counts.entry(input.name.clone()).or_insert_with(|| vec![0; *entries]);
            for code in codes.clone().into_data().iter::<i64>() {
                if let Some(count) = counts.get_mut(code as usize) {
                    *count += 1;
                }
            }
        }
    }
}

/// The part of the entries that were used at all.
pub fn in_use(counts: &[u64]) -> f64 {
    counts.iter().filter(|c| **c > 0).count() as f64 / counts.len().max(1) as f64
}

/// exp(entropy) of the entries' use: from 1, where one stands for everything, to their number.
pub fn perplexity(counts: &[u64]) -> f64 {
    let total: u64 = counts.iter().sum();
    let p = |c: &u64| *c as f64 / total.max(1) as f64;
    counts.iter().map(p).filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum::<f64>().exp()
}

/// Whether a model takes codes, which it can read in pictures.
pub fn has_codes(model: &Held) -> bool {
    model.inputs().iter().any(|i| matches!(i.kind, Kind::Codes { .. }))
}

/// Counts the codes of pictures; `progress` is told how many are done and says whether to go on. `None`: the model reads no
/// codes, or it was told to stop.
pub fn usage(
    model: &Held,
    split: &Split,
    device: &Device,
    progress: &dyn Fn(usize, usize) -> bool,
) -> Result<Option<Usage>, String> {
    let all: Vec<usize> = (0..split.pictures.len()).collect();
    let mut usage = Usage::default();
    for (i, picks) in all.chunks(BATCH).enumerate() {
        if !has_codes(model) || !progress(i * BATCH, all.len()) {
            return Ok(None);
        }
        let read = model.model().read(gather(split, picks, device)?.x);
        usage.add(model, &read, picks.len());
    }
    Ok((!usage.counts.is_empty()).then_some(usage))
}

/// What a batch of pictures `[n, c, h, w]` is redrawn as from its codes, of the same shape, with the codes. `None`: the model
/// takes anything else than codes, or reads none.
fn redrawn(model: &Held, x: Tensor<4>) -> Option<(Tensor<4>, Vec<(usize, Fed)>)> {
    let read = model.model().read(x);
    let of = |place: usize| read.iter().find(|(i, _)| *i == place).map(|(_, fed)| fed.clone());
    let given = (0..model.inputs().len()).map(of).collect::<Option<Vec<_>>>()?;
    Some((model.model().forward(&Given(given), &mut Watch::nobody())?, read))
}

/// Measures a model of codes on some pictures of a split. `None`: it is none.
pub fn measure(
    model: &Held,
    test: &Split,
    picks: &[usize],
    device: &Device,
) -> Result<Option<Figures>, String> {
    let mut usage = Usage::default();
    let (mut error, mut sum, mut squares, mut psnr) = (0.0f64, 0.0f64, 0.0f64, 0.0f64);
    let mut nats: Option<Vec<f64>> = None;
    for picks in picks.chunks(BATCH) {
        if !has_codes(model) {
            return Ok(None);
        }
        let Batch { x, classes, .. } = gather(test, picks, device)?;
        let Some((y, read)) = redrawn(model, x.clone()) else { return Ok(None) };
        if let Some(prior) = model.model().codes_prior() {
            let class = classes.filter(|_| !prior.classes().is_empty());
            let class = class.map(|ids| ids.one_hot::<2>(prior.classes().len()).float()); // [n, classes]
            let codes = Given(read.iter().map(|(_, fed)| fed.clone()).collect());
            for (level, cost) in prior.costs(&codes, class).unwrap_or_default().into_iter().enumerate() {
                let all = nats.get_or_insert_with(|| vec![0.0; read.len()]);
                all[level] += floats(cost).into_iter().map(f64::from).sum::<f64>();
            }
        }
        usage.add(model, &read, picks.len());
        let n = picks.len() as f64;
        let errors = floats((x.clone() - y).square().flatten::<2>(1, 3).mean_dim(1));
        error += errors.iter().map(|e| f64::from(*e)).sum::<f64>();
        psnr += errors.iter().map(|e| -10.0 * f64::from(e.max(1e-10)).log10()).sum::<f64>();
        sum += f64::from(floats(x.clone().mean())[0]) * n;
        squares += f64::from(floats(x.square().mean())[0]) * n;
    }
    let n = picks.len().max(1) as f64;
    let variance = squares / n - (sum / n).powi(2);
    let mut levels = Vec::new();
    let (mut bits, mut entropy_bits) = (0.0, 0.0);
    for input in model.inputs() {
        let (Kind::Codes { height, width, entries }, Some(counts)) =
            (&input.kind, usage.counts.get(&input.name))
        else {
            continue;
        };
        let (places, perplexity) = (height * width, perplexity(counts));
        bits += places as f64 * (*entries as f64).log2();
        entropy_bits += places as f64 * perplexity.log2();
        let nats = nats.as_ref().and_then(|all| all.get(levels.len()));
        let level = LevelFigures {
            places,
            entries: *entries,
            in_use: in_use(counts),
            perplexity,
            prior_bits: nats.map(|nats| nats / n / std::f64::consts::LN_2),
        };
        levels.push((input.name.clone(), level));
    }
    let (nmse, psnr_db, levels) = (error / n / variance.max(1e-12), psnr / n, ByName(levels));
    Ok((usage.pictures > 0).then_some(Figures { nmse, psnr_db, bits, entropy_bits, levels }))
}

/// How far what a model is given is from its codebooks.
#[derive(Clone, Debug, PartialEq)]
pub struct Off {
    /// The input of codes.
    pub input: String,
    /// Places whose vector is no entry.
    pub places: usize,
    /// Places of the grid.
    pub of: usize,
    /// Mean distance of those vectors to the nearest entry; 1 = as far as an entry is from its nearest neighbour, on average.
    pub apart: f32,
    /// Whether the model is given the nearest entries in their place.
    pub nearest: bool,
}

/// How far each grid that is on the way between two is from its codebook; nothing where none is.
pub fn off(model: &Held, values: &crate::point::Values) -> Vec<Off> {
    let one = |(place, input): (usize, &crate::point::Input)| {
        let Some(Value::Between(way)) = values.get(&input.name) else { return None };
        let book = model.model().codebook(place)?; // [entries, d]
        let d = book.dims()[1];
        let rows = floats(book);
        let entry = |k: usize| rows.get(k * d..(k + 1) * d).unwrap_or_default();
        let nearest = |v: &[f32], but: Option<usize>| {
            let distance = |e: &[f32]| v.iter().zip(e).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
            let all = rows.chunks_exact(d.max(1)).enumerate().filter(|(k, _)| Some(*k) != but);
            all.map(|(_, e)| distance(e)).fold(f32::INFINITY, f32::min).sqrt()
        };
        // A selection is enough for a mean.
        let entries = rows.len() / d.max(1);
        let some: Vec<usize> = (0..entries).step_by(entries.div_ceil(64).max(1)).collect();
        let spacing =
            some.iter().map(|k| nearest(entry(*k), Some(*k))).sum::<f32>() / some.len().max(1) as f32;
        let mut apart = Vec::new();
        for (a, b) in way.from.iter().zip(&*way.to).filter(|(a, b)| a != b) {
            let (a, b) = (entry(usize::from(*a)), entry(usize::from(*b)));
            let v: Vec<f32> = a.iter().zip(b).map(|(a, b)| a + (b - a) * way.part).collect();
            apart.push(nearest(&v, None) / spacing.max(1e-12));
        }
        let leaves: Vec<f32> = apart.into_iter().filter(|a| *a > 1e-3).collect();
        let mean = leaves.iter().sum::<f32>() / leaves.len().max(1) as f32;
        Some(Off {
            input: input.name.clone(),
            places: leaves.len(),
            of: way.from.len(),
            apart: mean,
            nearest: way.nearest,
        })
    };
    model.inputs().iter().enumerate().filter_map(one).collect()
}
