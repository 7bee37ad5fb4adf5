//! What the weights themselves tell of what shapes don't. A batch norm remembers the mean and variance of what it was
//! given in training: the activation, ε and prior before it are those with which samples have that variance.
//!
//! Must not know: files, names.

use super::stages;
use crate::nn::host::floats;
use crate::nn::network::run::{Runner, Value};
use crate::nn::network::{Layer, Network, Op, Range, deep, settings};
use crate::nn::{Noise, Tensors};
use burn::tensor::{Device, Tensor};
use std::collections::BTreeMap;

/// Samples that batch norms are compared on, least and most: the fewer, the less is told from chance.
pub const SAMPLES: (usize, usize) = (8, 256);
/// Most samples where a map's many pixels are samples as well.
const MAPS: usize = 192;
/// Surprise from which on nothing is told: what the norms remember is of other latents, as of an encoder's.
pub const CLUELESS: f64 = 0.6;
/// Surprise below which the norms have told what stands between them.
pub const TOLD: f64 = 0.3;
/// How often all questions are asked.
const ROUNDS: usize = 3;
/// Surprise below which nothing better is looked for.
pub const CONTENT: f64 = 0.12;
/// Seed of the latents.
const SEED: u64 = 0xe71d;
/// By how much another choice must explain the statistics better than the usual one.
pub const MARGIN: f64 = 0.03;
/// Multiplications that one look at all of a network may cost.
pub const MOST: usize = 40_000_000_000;
/// Multiplications that a step of the search for evidence may cost: two to three seconds on two cores.
pub const SEARCH: usize = 24_000_000_000;
/// Samples of a glance.
pub const GLANCE: usize = 24;

/// How far what a batch norm is given is from what it remembers: mean over channels of |ln of the ratio of variances|
/// and of the difference of means in σ.
pub fn surprise(x: &Value, tensors: &Tensors, norm: &str) -> f64 {
    let (x, channels) = match x {
        Value::Flat(x) => (x.clone(), x.dims()[1]),
        Value::Map(x) => {
            let [n, c, h, w] = x.dims();
            (x.clone().permute([0, 2, 3, 1]).reshape([n * h * w, c]), c)
        }
    };
    let mean = x.clone().mean_dim(0);
    let variance = floats((x - mean.clone()).square().mean_dim(0));
    let mean = floats(mean);
    let read =
        |leaf: &str| tensors.get(&format!("{norm}.{leaf}")).map(|d| d.iter::<f32>().collect::<Vec<_>>());
    let (Some(m), Some(v)) = (read("running_mean"), read("running_var")) else { return f64::INFINITY };
    let mut sum = 0.0;
    for c in 0..channels {
        let (was, is) = (f64::from(v[c]).max(0.0) + 1e-7, f64::from(variance[c]) + 1e-7);
        let away = (f64::from(mean[c]) - f64::from(m[c])).abs() / was.sqrt();
        sum += (is / was).ln().abs().min(6.0) + away.min(6.0);
    }
    sum / channels.max(1) as f64
}

/// The latents `[count, dims]` that evidence is taken from, in the prior's own units.
pub fn latents(network: &Network, count: usize, runner: &Runner, device: &Device) -> Tensor<2> {
    runner.own_units(Noise::new(SEED, 0).normal([count, network.latent.dims], device))
}

/// Samples that are enough: in a map every pixel is one.
pub fn most_samples(network: &Network) -> usize {
    let first = first_norm(&network.decoder);
    let maps = |l: &Layer| !matches!(l.op, Op::Linear { .. } | Op::Class { .. }) && !l.op.elementwise();
    if network.decoder.iter().take(first.max(1)).any(maps) { MAPS } else { SAMPLES.1 }
}

/// Whether a layer is a batch norm, or has one inside.
pub fn normed(layer: &Layer) -> bool {
    deep(std::slice::from_ref(layer)).iter().any(|l| matches!(l.op, Op::BatchNorm { .. }))
}

/// Where its first batch norm is, or the block that has it.
pub fn first_norm(decoder: &[Layer]) -> usize {
    decoder.iter().position(normed).unwrap_or(0)
}

/// What the decoder's first layers make of latents.
pub fn begun(runner: &Runner, layers: usize, samples: usize, device: &Device) -> Result<Value, String> {
    let z = latents(runner.network(), samples, runner, device);
    runner.layers(&runner.network().decoder[..layers], Value::Flat(z))
}

/// Settles prior, activations and ε of a decoder's layers by its batch norms. Returns how well it explains them: the
/// mean surprise (about 0.1 where all is right), or `None` where it has none. `cost`: multiplications of a sample; `left`:
/// those that may still be spent.
pub fn settle(
    network: &mut Network,
    tensors: &Tensors,
    cost: usize,
    left: &mut usize,
) -> Result<Option<f64>, String> {
    let mut found = network.clone();
    let residual = network.decoder.iter().any(|l| matches!(l.op, Op::Residual { .. }) && normed(l));
    let mut surprise = if residual { None } else { stages::by_stages(&mut found, tensors, cost, left)? };
    // Many choices explain more than one does, by chance.
    if residual || surprise.is_some_and(|s| s > CONTENT) || mixed(&found) {
        let mut alike = network.clone();
        let one = whole(&mut alike, tensors, cost, left)?;
        if one.is_some_and(|one| surprise.is_none_or(|each| one < each + MARGIN)) {
            (found, surprise) = (alike, one);
        }
    }
    if surprise.is_some_and(|s| s < CLUELESS) {
        *network = found;
    }
    if surprise.is_some_and(|s| s < TOLD) {
        network.settle(&["activation", "map_activation", "epsilon", "prior", "upsampling", "class_join"]);
    }
    Ok(surprise)
}

/// Takes from what is left for so many samples, if there is enough.
pub fn pay(left: &mut usize, samples: usize, cost: usize) -> bool {
    let rest = left.checked_sub(samples.saturating_mul(cost));
    *left = rest.unwrap_or(*left);
    rest.is_some()
}

/// Whether a decoder's norms or activations are of several kinds.
fn mixed(network: &Network) -> bool {
    settings::all(network)
        .iter()
        .any(|k| matches!(k.name.as_str(), "activation" | "epsilon") && k.chosen.is_none())
}

/// One activation, ε and prior for all of a decoder: what most have, and all that can be told of residual blocks, whose
/// stages are not apart.
fn whole(
    network: &mut Network,
    tensors: &Tensors,
    cost: usize,
    left: &mut usize,
) -> Result<Option<f64>, String> {
    let normed = network.decoder.iter().any(normed);
    let samples = (SEARCH / (12 * cost.max(1))).clamp(SAMPLES.0, most_samples(network));
    if !normed || network.latent.dims == 0 || !pay(left, samples, cost) {
        return Ok(None);
    }
    let mut best = walked(network, samples, tensors)?;
    let witness = "with it samples have the variances that the batch norms remember";
    if best < CONTENT {
        return Ok(Some(best));
    }
    let questions = [
        ("class_join", "of class and latent"),
        ("activation", "between layers"),
        ("map_activation", "before the map"),
        ("prior", "for latents"),
        ("upsampling", "between pixels of larger maps"),
        ("epsilon", "for the batch norms' ε"),
    ];
    let mut notes: BTreeMap<&str, String> = BTreeMap::new();
    // One that is wrong hides the right others, so the usual ones are tried together.
    let mut start = None;
    let all = settings::all(network);
    let now = |name: &str| all.iter().find(|k| k.name == name).and_then(|k| k.choices.get(k.chosen?));
    let own = now("epsilon").map_or("1e-5", String::as_str);
    let mut together =
        vec![("LeakyReLU 0.2", own, None), ("ReLU", "0.8", None), ("LeakyReLU 0.2", "0.8", None)];
    if let Some(before) = now("map_activation") {
        let none = before == "none";
        let other = |activation| if none { activation } else { "none" };
        let more = ["ReLU", "LeakyReLU 0.2"].map(|activation| (activation, own, Some(other(activation))));
        together.splice(0..0, more);
    }
    for (activation, epsilon, before) in together {
        let mut trial = network.clone();
        let set = settings::set(&mut trial, "activation", activation)
            .and(settings::set(&mut trial, "epsilon", epsilon))
            .and(before.map_or(Ok(()), |before| settings::set(&mut trial, "map_activation", before)));
        if set.is_err() || !pay(left, samples, cost) {
            break;
        }
        let s = walked(&trial, samples, tensors)?;
        if s + MARGIN < best {
            best = s;
            start = Some((trial, format!("{activation} between layers and an ε of {epsilon}: {witness}.")));
        }
    }
    if let Some((trial, note)) = start {
        *network = trial;
        notes.insert("activation", note);
    }
    // What one question hides, another shows; where all is explained, none is asked.
    for _ in 0..ROUNDS {
        if best < CONTENT {
            break;
        }
        let before = best;
        for (question, place) in questions {
            let Some(setting) = settings::all(network).into_iter().find(|k| k.name == question) else {
                continue;
            };
            let current = setting.chosen;
            let others =
                setting.choices.iter().enumerate().filter(|(i, _)| Some(*i) != current).map(|(_, c)| c);
            // Before the map stands what stands elsewhere, or nothing.
            let elsewhere = settings::all(network).into_iter().find(|k| k.name == "activation");
            let elsewhere = elsewhere.and_then(|k| k.choices.get(k.chosen?).cloned());
            let usual = |c: &String| c == "none" || Some(c) == elsewhere.as_ref();
            let answers: Vec<&String> = others.filter(|c| question != "map_activation" || usual(c)).collect();
            let mut found = None;
            for answer in answers {
                let mut trial = network.clone();
                settings::set(&mut trial, question, answer)?;
                if !pay(left, samples, cost) {
                    break;
                }
                let s = walked(&trial, samples, tensors)?;
                if s + MARGIN < best {
                    best = s;
                    found = Some((trial, format!("{answer} {place}: {witness}.")));
                }
            }
            if let Some((trial, note)) = found {
                *network = trial;
                notes.insert(question, note);
            }
        }
        if best == before {
            break;
        }
    }
    network.notes.extend(notes.into_values());
    Ok(Some(best))
}

/// How well a decoder of residual blocks explains its norms with the usual activations; `None` where it has none.
pub fn glance(network: &Network, tensors: &Tensors, samples: usize) -> Result<Option<f64>, String> {
    let normed = network.decoder.iter().any(normed);
    if !normed || network.latent.dims == 0 {
        return Ok(None);
    }
    let mut best = f64::INFINITY;
    let mut seen: Vec<Vec<Layer>> = Vec::new();
    let mut tried = |activation: &str, before: Option<&str>| -> Result<(), String> {
        let mut trial = network.clone();
        let set = settings::set(&mut trial, "activation", activation)
            .and(before.map_or(Ok(()), |before| settings::set(&mut trial, "map_activation", before)));
        if set.is_ok() && !seen.contains(&trial.decoder) {
            best = best.min(walked(&trial, samples, tensors)?);
            seen.push(trial.decoder);
        }
        Ok(())
    };
    for activation in ["ReLU", "LeakyReLU 0.2"] {
        tried(activation, None)?;
        // Nothing that stands before the map is usual, and the same as elsewhere is too.
        tried(activation, Some(activation))?;
    }
    Ok(best.is_finite().then_some(best))
}

/// Mean surprise of all batch norms of a decoder.
fn walked(network: &Network, samples: usize, tensors: &Tensors) -> Result<f64, String> {
    let device = Device::flex();
    let runner = Runner::unchecked(network, tensors, &device)?.of_all_classes();
    let mut all = Vec::new();
    let first = first_norm(&network.decoder);
    let x = begun(&runner, first, samples, &device)?;
    walk(&runner, &network.decoder[first..], x, tensors, &mut all)?;
    Ok(all.iter().sum::<f64>() / all.len().max(1) as f64)
}

/// Mean surprise of all batch norms of an encoder on pictures `[n, channels, h, w]` in the network's own range; `None` where it has none.
pub fn heard(network: &Network, x: Tensor<4>, tensors: &Tensors) -> Result<Option<f64>, String> {
    let runner = Runner::unchecked(network, tensors, &x.device())?;
    let mut all = Vec::new();
    walk(&runner, &network.encoder, Value::Map(x), tensors, &mut all)?;
    Ok((!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64))
}

/// Runs layers, those inside residual blocks too, and notes how far each batch norm is from what it remembers.
fn walk(
    runner: &Runner,
    layers: &[Layer],
    x: Value,
    tensors: &Tensors,
    all: &mut Vec<f64>,
) -> Result<Value, String> {
    layers.iter().try_fold(x, |x, layer| match &layer.op {
        Op::Residual { main, shortcut } => {
            let added = walk(runner, main, x.clone(), tensors, all)?;
            Ok(added.plus(walk(runner, shortcut, x, tensors, all)?))
        }
        op => {
            if let Op::BatchNorm { weights, .. } = op {
                all.push(surprise(&x, tensors, weights));
            }
            runner.layer(op, x)
        }
    })
}

/// What the decoder's end looks like without an activation: (share below 0, share from 0 to 1, share within ±1.1).
pub fn range(network: &Network, tensors: &Tensors, cost: usize) -> Result<Option<(f64, f64, f64)>, String> {
    if network.decoder.is_empty() || cost > MOST / 16 {
        return Ok(None);
    }
    let device = Device::flex();
    let runner = Runner::unchecked(network, tensors, &device)?;
    let values = floats(runner.decode(latents(network, 16, &runner, &device))?);
    let share =
        |f: fn(f32) -> bool| values.iter().filter(|v| f(**v)).count() as f64 / values.len().max(1) as f64;
    Ok(Some((share(|v| v < -0.05), share(|v| (-0.05..=1.05).contains(&v)), share(|v| v.abs() <= 1.1))))
}

/// The range that goes with the last activation.
pub fn ranged(network: &mut Network, last: Option<Op>, why: &str) {
    network.picture.range = match last {
        Some(Op::Tanh) => Range::Signed,
        _ => Range::Unit,
    };
    network.decoder.extend(last.map(|op| Layer::assumed(op, why)));
}
