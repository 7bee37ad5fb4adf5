//! What the weights themselves tell of what shapes don't. A batch norm remembers the mean and variance of what it was
//! given in training: the activation, ε and prior before it are those with which samples have that variance. An
//! encoder should find again the latents of pictures that its decoder drew.
//!
//! Must not know: files, names.

use crate::nn::host::floats;
use crate::nn::network::run::{Runner, Value};
use crate::nn::network::{Layer, Network, Op, Posterior, Prior, Range, deep, knobs};
use crate::nn::{Noise, Tensors};
use burn::tensor::{Device, Tensor};
use std::collections::BTreeMap;

/// Samples that batch norms are compared on, least and most: the fewer, the less is told from chance.
const SAMPLES: (usize, usize) = (8, 256);
/// Most samples where a map's many pixels are samples as well.
const MAPS: usize = 32;
/// Surprise from which on nothing is told: what the norms remember is of other latents, as of an encoder's.
pub const CLUELESS: f64 = 0.6;
/// How often all questions are asked.
const ROUNDS: usize = 3;
/// Surprise below which nothing better is looked for.
pub const CONTENT: f64 = 0.12;
/// Samples that go through decoder and encoder.
const CYCLE: usize = 40;
/// Seed of those latents.
const SEED: u64 = 0xe71d;
/// By how much another choice must explain the statistics better than the usual one.
const MARGIN: f64 = 0.03;
/// Multiplications that a search for evidence may cost: one to two seconds on two cores.
pub const MOST: usize = 20_000_000_000;
/// Samples that a glance takes, for all the activations it tries.
pub const GLANCE: usize = 16;

/// How far what a batch norm is given is from what it remembers: mean over channels of |ln of the ratio of variances|
/// and of the difference of means in σ.
fn surprise(x: &Value, tensors: &Tensors, norm: &str) -> f64 {
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

/// The latents that evidence is taken from, in the prior's own units.
fn latents(network: &Network, count: usize, runner: &Runner, device: &Device) -> Tensor<2> {
    runner.own_units(Noise::new(SEED, 0).normal([count, network.latent.dims], device))
}

/// Samples that are enough: in a map every pixel is one.
fn most_samples(network: &Network) -> usize {
    let first = first_norm(&network.decoder);
    let maps = |l: &Layer| !matches!(l.op, Op::Linear { .. } | Op::Class { .. }) && !l.op.elementwise();
    if network.decoder.iter().take(first.max(1)).any(maps) { MAPS } else { SAMPLES.1 }
}

/// Where its first batch norm is.
fn first_norm(decoder: &[Layer]) -> usize {
    decoder.iter().position(|l| matches!(l.op, Op::BatchNorm { .. })).unwrap_or(0)
}

/// What the decoder's first layers make of latents, of all classes alike as in training.
fn begun(
    network: &Network,
    layers: usize,
    samples: usize,
    tensors: &Tensors,
    device: &Device,
) -> Result<Value, String> {
    let classes = network.latent.classes.clamp(1, samples / 2);
    let runner = Runner::unchecked(network, tensors, device)?;
    let z = latents(network, samples - samples % classes, &runner, device);
    let parts = z.chunk(classes, 0).into_iter().enumerate().map(|(class, z)| {
        let mut one = network.clone();
        one.latent.class = class;
        Runner::unchecked(&one, tensors, device)?.layers(&one.decoder[..layers], Value::Flat(z))
    });
    Value::cat(parts.collect::<Result<_, String>>()?)
}

/// Settles prior, activations and ε of a decoder's layers by its batch norms. Returns how well it explains them: the
/// mean surprise (about 0.1 where all is right), or `None` where it has none.
pub fn settle(network: &mut Network, tensors: &Tensors, cost: usize) -> Result<Option<f64>, String> {
    let mut found = network.clone();
    let residual = network.decoder.iter().any(|l| matches!(l.op, Op::Residual { .. }));
    let mut surprise = if residual { None } else { by_stages(&mut found, tensors, cost)? };
    // Many choices explain more than one does, by chance.
    if residual || surprise.is_some_and(|s| s > CONTENT) || mixed(&found) {
        let mut alike = network.clone();
        let one = whole(&mut alike, tensors, cost)?;
        if one.is_some_and(|one| surprise.is_none_or(|each| one < each + MARGIN)) {
            (found, surprise) = (alike, one);
        }
    }
    if surprise.is_some_and(|s| s < CLUELESS) {
        *network = found;
    }
    Ok(surprise)
}

/// Whether a decoder's norms or activations are of several kinds.
fn mixed(network: &Network) -> bool {
    knobs::knobs(network)
        .iter()
        .any(|k| matches!(k.name.as_str(), "activation" | "epsilon") && k.chosen.is_none())
}

/// The same from one norm to the next, each with an activation and an ε of its own.
fn by_stages(network: &mut Network, tensors: &Tensors, cost: usize) -> Result<Option<f64>, String> {
    let norms: Vec<usize> = (0..network.decoder.len())
        .filter(|&i| matches!(network.decoder[i].op, Op::BatchNorm { .. }))
        .collect();
    if norms.is_empty() || network.latent.dims == 0 {
        return Ok(None);
    }
    let samples = (MOST / (8 * cost.max(1))).min(most_samples(network));
    if samples < SAMPLES.0 {
        return Ok(None);
    }
    let device = Device::flex();
    // How the class joins, what stands before the map, and the prior, by the first norm; with an activation before it, by
    // the best of both.
    let choices = |name: &str| -> Vec<Option<String>> {
        let found = knobs::knobs(network).into_iter().find(|k| k.name == name);
        found.map_or(vec![None], |k| k.choices.into_iter().map(Some).collect())
    };
    let joins = choices("class_join");
    let early = norms[0] > 0 && network.decoder[..norms[0]].iter().any(|l| l.op.elementwise());
    let places = if early && choices("map_activation").len() > 1 {
        vec![None, Some("none".to_owned())]
    } else {
        vec![None]
    };
    let mut best: Option<(f64, Network)> = None;
    for (join, place) in joins.iter().flat_map(|join| places.iter().map(move |place| (join, place))) {
        for prior in [Prior::Normal, Prior::Uniform, Prior::UniformUnit] {
            let mut trial = network.clone();
            trial.latent.prior = prior;
            for (name, choice) in [("class_join", join), ("map_activation", place)] {
                if let Some(choice) = choice {
                    knobs::set(&mut trial, name, choice)?;
                }
            }
            let first = first_norm(&trial.decoder);
            let x = begun(&trial, first, samples, tensors, &device)?;
            let s = surprise(&x, tensors, trial.decoder[first].op.weights());
            if best.as_ref().is_none_or(|(b, _)| s + MARGIN < *b) {
                best = Some((s, trial));
            }
        }
    }
    let Some((first, trial)) = best else { return Ok(None) };
    let (prior, missing) = (trial.latent.prior, network.decoder.len() - trial.decoder.len());
    *network = trial;
    let norms: Vec<usize> = norms.into_iter().map(|n| n - missing).collect();
    if prior != Prior::Normal {
        network.notes.push(format!(
            "Latents are {}: the first batch norm remembers the variance that such latents give.",
            if prior == Prior::Uniform { "uniform from −1 to 1" } else { "uniform from 0 to 1" }
        ));
    }
    let mut surprises = vec![first];
    // From one norm to the next: what stands between explains what the next remembers.
    let runner = Runner::unchecked(network, tensors, &device)?;
    let mut x = begun(network, norms[0], samples, tensors, &device)?;
    let mut votes: Vec<Op> = Vec::new();
    let mut epsilon = 1e-5;
    for pair in norms.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let stage: Vec<Layer> = network.decoder[from..to].to_vec();
        let place = stage.iter().position(|l| l.op.elementwise() && l.op.weights().is_empty());
        let mut ways: Vec<(Option<Op>, f64)> = vec![(None, 1e-5)];
        if place.is_some() {
            // What stood before the last norm is tried first, and kept where it explains this one.
            let last = votes.last().cloned().into_iter().map(Some);
            let others = knobs::activations().into_iter().map(|(_, op)| Some(op)).chain([None]);
            ways = last.chain(others).map(|op| (op, epsilon)).collect();
        }
        let mut chosen: Option<(f64, Vec<Layer>, Value)> = None;
        let mut tried = 0;
        while let Some((op, e)) = ways.get(tried).cloned() {
            tried += 1;
            let trial = varied(&stage, place, op.as_ref(), e);
            let y = runner.layers(&trial, x.clone())?;
            let s = surprise(&y, tensors, network.decoder[to].op.weights());
            if chosen.as_ref().is_none_or(|(b, ..)| s + MARGIN < *b) {
                chosen = Some((s, trial, y));
                epsilon = e;
            }
            let content = chosen.as_ref().is_some_and(|(s, ..)| *s < CONTENT);
            if content && (tried == 1 || !votes.is_empty()) {
                break;
            }
            if tried == ways.len() && ways.iter().all(|(_, e)| *e == ways[0].1) && !content {
                // No activation explains it: another ε may, with any of them.
                let likely: Vec<Option<Op>> =
                    [Op::LeakyRelu { slope: 0.2 }, Op::Relu].into_iter().map(Some).chain([None]).collect();
                let other = [0.8, 1e-3, 1e-5].into_iter().filter(|e| *e != ways[0].1).collect::<Vec<_>>();
                ways.extend(other.into_iter().flat_map(|e| likely.iter().cloned().map(move |op| (op, e))));
            }
        }
        let Some((mut s, mut trial, mut y)) = chosen else { continue };
        // Values between pixels vary less than pixels do.
        for aligned in [false, true] {
            let smooth = blended(&trial, aligned);
            if smooth == trial {
                break;
            }
            let blurred = runner.layers(&smooth, x.clone())?;
            let t = surprise(&blurred, tensors, network.decoder[to].op.weights());
            if t + MARGIN < s {
                (s, trial, y) = (t, smooth, blurred);
            }
        }
        surprises.push(s);
        if let Some(op) = trial.iter().map(|l| &l.op).find(|op| op.elementwise()) {
            votes.push(op.clone());
        }
        // The stage keeps its length in the list until all is settled: a removed activation leaves a gap to close.
        network.decoder.splice(from..to, padded(trial, to - from));
        x = y;
    }
    finish(network, &norms, &votes);
    Ok(Some(surprises.iter().sum::<f64>() / surprises.len() as f64))
}

/// One activation, ε and prior for all of a decoder: what most have, and all that can be told of residual blocks, whose
/// stages are not apart.
fn whole(network: &mut Network, tensors: &Tensors, cost: usize) -> Result<Option<f64>, String> {
    let normed = deep(&network.decoder).iter().any(|l| matches!(l.op, Op::BatchNorm { .. }));
    let samples = (MOST / (24 * cost.max(1))).clamp(SAMPLES.0, most_samples(network));
    if !normed || network.latent.dims == 0 || samples.saturating_mul(cost) > MOST {
        return Ok(None);
    }
    let mut best = walked(network, samples, tensors)?;
    let mut left = MOST;
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
    // What one question hides, another shows.
    for _ in 0..ROUNDS {
        let before = best;
        for (question, place) in questions {
            let Some(knob) = knobs::knobs(network).into_iter().find(|k| k.name == question) else { continue };
            let current = knob.chosen;
            let others = knob.choices.iter().enumerate().filter(|(i, _)| Some(*i) != current).map(|(_, c)| c);
            // What else could stand before the map is asked with the other activations.
            let answers: Vec<&String> =
                others.filter(|c| question != "map_activation" || *c == "none").collect();
            let mut found = None;
            for answer in answers {
                let mut trial = network.clone();
                knobs::set(&mut trial, question, answer)?;
                let Some(rest) = left.checked_sub(samples * cost) else { break };
                left = rest;
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

/// How well a decoder of residual blocks explains its norms with the usual activations, from few samples; `None` where it
/// has none.
pub fn glance(network: &Network, tensors: &Tensors) -> Result<Option<f64>, String> {
    let normed = deep(&network.decoder).iter().any(|l| matches!(l.op, Op::BatchNorm { .. }));
    if !normed || network.latent.dims == 0 {
        return Ok(None);
    }
    let mut best = f64::INFINITY;
    for name in ["ReLU", "LeakyReLU 0.2"] {
        let mut trial = network.clone();
        if knobs::set(&mut trial, "activation", name).is_ok() {
            best = best.min(walked(&trial, GLANCE / 2, tensors)?);
        }
    }
    Ok(best.is_finite().then_some(best))
}

/// Mean surprise of all batch norms of a decoder.
fn walked(network: &Network, samples: usize, tensors: &Tensors) -> Result<f64, String> {
    let device = Device::flex();
    let runner = Runner::unchecked(network, tensors, &device)?;
    let mut all = Vec::new();
    let first = first_norm(&network.decoder);
    let x = begun(network, first, samples, tensors, &device)?;
    walk(&runner, &network.decoder[first..], x, tensors, &mut all)?;
    Ok(all.iter().sum::<f64>() / all.len().max(1) as f64)
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

/// A stage that begins with a norm, with another ε and another activation, or none.
fn varied(stage: &[Layer], place: Option<usize>, op: Option<&Op>, epsilon: f64) -> Vec<Layer> {
    let mut trial = stage.to_vec();
    if let Some(Op::BatchNorm { epsilon: e, .. }) = trial.first_mut().map(|l| &mut l.op) {
        *e = epsilon;
    }
    if let Some(at) = place {
        match op {
            Some(op) => trial[at] = Layer::from(op.clone()),
            None => drop(trial.remove(at)),
        }
    }
    trial
}

/// A stage whose maps are made larger by blending.
fn blended(stage: &[Layer], corners: bool) -> Vec<Layer> {
    let mut trial = stage.to_vec();
    for layer in &mut trial {
        if let Op::Upsample { bilinear, aligned, .. } = &mut layer.op {
            (*bilinear, *aligned) = (true, corners);
        }
    }
    trial
}

/// A marker of a layer that was found not to be there.
fn gap() -> Layer {
    Layer::assumed(Op::nearest(1), "gap")
}

fn padded(mut layers: Vec<Layer>, length: usize) -> Vec<Layer> {
    layers.resize(length, gap());
    layers
}

/// What follows the last norm has no witness: it is what most of the others are.
fn finish(network: &mut Network, norms: &[usize], votes: &[Op]) {
    let count = |op: &Op| votes.iter().filter(|v| *v == op).count();
    let usual = votes.iter().max_by_key(|op| count(op)).cloned();
    let epsilon_of = |l: &Layer| if let Op::BatchNorm { epsilon, .. } = l.op { Some(epsilon) } else { None };
    // The last of the norms with a witness speaks for the one without.
    let epsilon = norms.len().checked_sub(2).and_then(|i| epsilon_of(&network.decoder[norms[i]]));
    if let Some(&last) = norms.last() {
        if let (Op::BatchNorm { epsilon: e, .. }, Some(known)) = (&mut network.decoder[last].op, epsilon) {
            *e = known;
        }
        let end = network.decoder.iter().rposition(|l| !l.op.weights().is_empty()).unwrap_or(last);
        for layer in &mut network.decoder[last..end.max(last)] {
            if layer.op.elementwise()
                && let Some(op) = &usual
            {
                *layer = Layer::assumed(op.clone(), "that the activation here is that of the layers before");
            }
        }
    }
    let gap = gap();
    network.decoder.retain(|l| *l != gap);
    if let Some(op) = usual {
        network.notes.push(format!(
            "{} between layers: with it samples have the variances that the batch norms remember.",
            op.title()
        ));
    }
    if network.decoder.iter().filter_map(epsilon_of).any(|e| e > 0.1) {
        network.notes.push(
            "A batch norm's ε is 0.8: with 1e-5 samples have not the variances that the next one remembers."
                .into(),
        );
    }
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

/// Latents, and what the decoder draws of them.
struct Drawn {
    z: Tensor<2>,
    x: Tensor<4>,
}

fn draw(network: &Network, tensors: &Tensors, device: &Device) -> Result<Drawn, String> {
    let runner = Runner::new(network, tensors, device)?;
    let z = latents(network, CYCLE, &runner, device);
    Ok(Drawn { x: runner.decode(z.clone())?, z })
}

/// How well the encoder finds the latents of drawn pictures again: the mean over dimensions of the squared correlation
/// of z and the posterior's mean, 0–1; less where they run against each other.
fn found(network: &Network, drawn: &Drawn, tensors: &Tensors, device: &Device) -> Result<f64, String> {
    let (mean, _) = Runner::new(network, tensors, device)?.encode(drawn.x.clone())?;
    let dims = network.latent.dims;
    let (z, m) = (floats(drawn.z.clone()), floats(mean));
    let mut sum = 0.0;
    for d in 0..dims {
        let column = |v: &[f32]| v.iter().skip(d).step_by(dims).map(|x| f64::from(*x)).collect::<Vec<_>>();
        let (a, b) = (column(&z), column(&m));
        let average = |v: &[f64]| v.iter().sum::<f64>() / v.len().max(1) as f64;
        let (ma, mb) = (average(&a), average(&b));
        let (mut ab, mut aa, mut bb) = (0.0, 1e-12, 1e-12);
        for (x, y) in a.iter().zip(&b) {
            ab += (x - ma) * (y - mb);
            aa += (x - ma).powi(2);
            bb += (y - mb).powi(2);
        }
        sum += ab * ab.abs() / (aa * bb);
    }
    Ok(sum / dims.max(1) as f64)
}

/// Settles which encoder it is, how mean and log-variance lie, and the activations, of a network with both halves.
pub fn cycle(
    network: &mut Network,
    encoders: Vec<Vec<Layer>>,
    tensors: &Tensors,
    cost: usize,
) -> Result<(), String> {
    if network.decoder.is_empty() || !network.encodes() || cost > MOST / (24 * CYCLE) {
        return Ok(());
    }
    let device = Device::flex();
    let mut drawn = draw(network, tensors, &device)?;
    let mut best = found(network, &drawn, tensors, &device)?;
    for encoder in encoders {
        let trial = Network { encoder, ..network.clone() };
        let Ok(f) = found(&trial, &drawn, tensors, &device) else { continue };
        if f > best + 0.05 && f > 0.3 {
            best = f;
            *network = trial;
        }
    }
    let usual = best;
    let orders: &[Posterior] = match network.posterior {
        Posterior::Heads => &[Posterior::HeadsReversed],
        Posterior::Halves => &[Posterior::Interleaved, Posterior::HalvesReversed],
        _ => &[],
    };
    for order in orders {
        let trial = Network { posterior: *order, ..network.clone() };
        let f = found(&trial, &drawn, tensors, &device)?;
        if f > best + 0.02 {
            best = f;
            network.posterior = *order;
        }
    }
    if best > usual {
        network.notes.push(format!(
            "Mean and log-variance are told apart by what the encoder finds again of drawn latents (r² {best:.2}, and {usual:.2} the usual way)."
        ));
    }
    let settled = network.decoder.iter().any(|l| matches!(l.op, Op::BatchNorm { .. }));
    let usual: Vec<&str> = knobs::activations().into_iter().map(|(name, _)| name).collect();
    let questions =
        [("activation", usual.as_slice()), ("map_activation", &["none"]), ("encoder_activation", &usual)];
    for (name, choices) in questions {
        if name != "encoder_activation" && settled {
            continue;
        }
        for choice in choices.iter().copied() {
            let mut trial = network.clone();
            if knobs::set(&mut trial, name, choice).is_err() {
                break;
            }
            let other =
                if name == "encoder_activation" { None } else { Some(draw(&trial, tensors, &device)?) };
            let f = found(&trial, other.as_ref().unwrap_or(&drawn), tensors, &device)?;
            // Little that is found again tells little.
            if f > best + 0.1 && f > 0.5 {
                best = f;
                let part = match name {
                    "activation" => "in the decoder",
                    "map_activation" => "before the decoder's map",
                    _ => "in the encoder",
                };
                trial.notes.retain(|n| !n.contains(part));
                trial.notes.push(format!(
                    "{choice} {part}: with it the encoder finds drawn latents again best (r² {f:.2})."
                ));
                *network = trial;
                drawn = other.unwrap_or(drawn);
            }
        }
    }
    Ok(())
}

/// The range that goes with the last activation.
pub fn ranged(network: &mut Network, last: Option<Op>, why: &str) {
    network.picture.range = match last {
        Some(Op::Tanh) => Range::Signed,
        _ => Range::Unit,
    };
    network.decoder.extend(last.map(|op| Layer::assumed(op, why)));
}
