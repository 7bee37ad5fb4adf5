//! What batch norms tell of the layers between them: from one to the next, the activation and ε with which samples have the
//! variance that it remembers.
//!
//! Must not know: files, names, residual blocks.

use super::evidence::{CONTENT, MARGIN, SAMPLES, SEARCH, begun, first_norm, most_samples, pay, surprise};
use crate::nn::Tensors;
use crate::nn::network::run::{Runner, Value};
use crate::nn::network::{Layer, Network, Op, Prior, settings};
use burn::tensor::Device;

/// Settles prior, activations and ε from one norm to the next, each with an activation and an ε of its own. Returns the
/// mean surprise, or `None` where there is no norm or too little left to spend.
pub fn by_stages(
    network: &mut Network,
    tensors: &Tensors,
    cost: usize,
    left: &mut usize,
) -> Result<Option<f64>, String> {
    let norms: Vec<usize> = (0..network.decoder.len())
        .filter(|&i| matches!(network.decoder[i].op, Op::BatchNorm { .. }))
        .collect();
    if norms.is_empty() || network.latent.dims == 0 {
        return Ok(None);
    }
    let samples = (SEARCH / (6 * cost.max(1))).min(most_samples(network));
    if samples < SAMPLES.0 || !pay(left, samples, cost) {
        return Ok(None);
    }
    let device = Device::flex();
    // How the class joins, what stands before the map, and the prior, by the first norm; with an activation before it, by
    // the best of both.
    let choices = |name: &str| -> Vec<Option<String>> {
        let found = settings::all(network).into_iter().find(|k| k.name == name);
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
                    settings::set(&mut trial, name, choice)?;
                }
            }
            let first = first_norm(&trial.decoder);
            let runner = Runner::unchecked(&trial, tensors, &device)?.of_all_classes();
            let x = begun(&runner, first, samples, &device)?;
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
    let runner = Runner::unchecked(network, tensors, &device)?.of_all_classes();
    let mut x = begun(&runner, norms[0], samples, &device)?;
    let mut votes: Vec<Op> = Vec::new();
    let own = |l: &Layer| if let Op::BatchNorm { epsilon, .. } = l.op { Some(epsilon) } else { None };
    let mut epsilon = network.decoder.iter().find_map(own).unwrap_or(1e-5);
    for pair in norms.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let stage: Vec<Layer> = network.decoder[from..to].to_vec();
        let place = stage.iter().position(|l| l.op.activation());
        let mut ways: Vec<(Option<Op>, f64)> = vec![(None, epsilon)];
        if place.is_some() {
            // What stood before the last norm is tried first, and kept where it explains this one.
            let last = votes.last().cloned().into_iter().map(Some);
            let others = settings::activations().into_iter().map(|(_, op)| Some(op)).chain([None]);
            ways = last.chain(others).map(|op| (op, epsilon)).collect();
        }
        let mut chosen: Option<(f64, Vec<Layer>, Value)> = None;
        let mut tried = 0;
        while let Some((op, e)) = ways.get(tried).cloned() {
            tried += 1;
            // A stage is about its part of all of them.
            if tried > 1 && !pay(left, samples, cost / norms.len()) {
                break;
            }
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
