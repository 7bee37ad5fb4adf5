//! What an encoder tells of a network with both halves: the right one finds again the latents of pictures that the decoder
//! drew.
//!
//! Must not know: files, names, norms.

use super::evidence::{self, CONTENT, MARGIN, MOST, TOLD as TOLD_BY_NORMS, latents, pay};
use super::parts::Candidate;
use crate::nn::Tensors;
use crate::nn::host::floats;
use crate::nn::network::run::Runner;
use crate::nn::network::{Layer, Network, Op, Posterior, settings};
use burn::tensor::{Device, Tensor};

/// r² from which on what the encoder finds again tells something.
const TOLD: f64 = 0.5;
/// Samples that go through decoder and encoder.
const CYCLE: usize = 40;

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

/// Encoders that are compared for each decoder.
const BESIDE: usize = 6;

/// How well the latents of drawn pictures are found again, by the best of a candidate's encoders; `None` where it has no two
/// halves, or too little is left.
pub fn agrees(
    candidate: &Candidate,
    tensors: &Tensors,
    cost: usize,
    left: &mut usize,
) -> Result<Option<f64>, String> {
    let network = &candidate.network;
    let halves = !network.decoder.is_empty() && network.encodes() && network.latent.dims > 0;
    if !halves || !pay(left, CYCLE, cost) {
        return Ok(None);
    }
    let device = Device::flex();
    let mut best = 0.0f64;
    // What stands before the map hides all the rest where it is wrong.
    for before in [None, Some("none")] {
        let mut with = network.clone();
        if before.is_some_and(|b| settings::set(&mut with, "map_activation", b).is_err()) {
            break;
        }
        let drawn = draw(&with, tensors, &device)?;
        for encoder in std::iter::once(&network.encoder).chain(candidate.encoders.iter().take(BESIDE)) {
            if best > TOLD || !pay(left, CYCLE, cost) {
                break;
            }
            let other = Network { encoder: encoder.clone(), ..with.clone() };
            best = best.max(found(&other, &drawn, tensors, &device).unwrap_or(0.0));
        }
    }
    Ok(Some(best))
}

/// Activations that an encoder is glanced at with.
const USUAL: [&str; 2] = ["ReLU", "LeakyReLU 0.2"];
/// Pictures that an encoder's batch norms are compared on.
const HEARD: usize = 16;

/// The activation, of some, with which an encoder's batch norms are least surprised, as they remember the data, and what a
/// decoder draws is like it; infinite where it has none.
fn told_by_norms<'a>(
    network: &Network,
    activations: &[&'a str],
    drawn: &Drawn,
    tensors: &Tensors,
) -> Result<(f64, Option<&'a str>), String> {
    let mut best = (f64::INFINITY, None);
    for activation in activations {
        let mut trial = network.clone();
        if best.0 < CONTENT || settings::set(&mut trial, "encoder_activation", activation).is_err() {
            break;
        }
        let x = drawn.x.clone().narrow(0, 0, HEARD);
        let Some(surprise) = evidence::heard(&trial, x, tensors)? else { break };
        if surprise + if best.1.is_some() { MARGIN } else { 0.0 } < best.0 {
            best = (surprise, Some(*activation));
        }
    }
    Ok(best)
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
    let glance = |network: &Network| told_by_norms(network, &USUAL, &drawn, tensors);
    let mut least = glance(network)?.0;
    for encoder in encoders {
        let trial = Network { encoder, ..network.clone() };
        // Norms tell more of an encoder than what is found again.
        let surprise = glance(&trial)?.0;
        if surprise < TOLD_BY_NORMS && surprise + 3.0 * MARGIN < least {
            (*network, least) = (trial, surprise);
            best = found(network, &drawn, tensors, &device)?;
        } else if least > TOLD_BY_NORMS {
            let Ok(f) = found(&trial, &drawn, tensors, &device) else { continue };
            if f > best + 0.05 && f > 0.3 {
                (*network, best, least) = (trial, f, surprise);
            }
        }
    }
    if least < TOLD_BY_NORMS {
        let all: Vec<&str> = settings::activations().into_iter().map(|(name, _)| name).collect();
        if let Some(activation) = told_by_norms(network, &all, &drawn, tensors)?.1 {
            settings::set(network, "encoder_activation", activation)?;
            network.settle(&["encoder_activation"]);
            best = found(network, &drawn, tensors, &device)?;
        }
    }
    let usual = best;
    let orders: &[Posterior] = match network.posterior {
        // Names tell.
        _ if network.settled.iter().any(|s| s == "posterior") => &[],
        Posterior::Heads => &[Posterior::HeadsReversed],
        Posterior::Halves => &[Posterior::Interleaved, Posterior::HalvesReversed],
        _ => &[],
    };
    for order in orders {
        let trial = Network { posterior: *order, ..network.clone() };
        let f = found(&trial, &drawn, tensors, &device)?;
        // Where hardly anything is found again, the difference is chance.
        if f > best + 0.02 && f > 0.1 {
            best = f;
            network.posterior = *order;
        }
    }
    if best > TOLD {
        network.settle(&["posterior"]);
    }
    if best > usual {
        network.notes.push(format!(
            "Mean and log-variance are told apart by what the encoder finds again of drawn latents (r² {best:.2}, and {usual:.2} the usual way)."
        ));
    }
    let settled = network.decoder.iter().any(|l| matches!(l.op, Op::BatchNorm { .. }));
    let usual: Vec<&str> = settings::activations().into_iter().map(|(name, _)| name).collect();
    let questions = [
        ("activation", usual.as_slice()),
        ("map_activation", &["none"]),
        ("encoder_activation", &usual),
        ("head_activation", &["none"]),
    ];
    for (name, choices) in questions {
        let encodes = name == "encoder_activation" || name == "head_activation";
        if !encodes && settled || network.settled.iter().any(|s| s == name) {
            continue;
        }
        for choice in choices.iter().copied() {
            let mut trial = network.clone();
            if settings::set(&mut trial, name, choice).is_err() {
                break;
            }
            let other = if encodes { None } else { Some(draw(&trial, tensors, &device)?) };
            let f = found(&trial, other.as_ref().unwrap_or(&drawn), tensors, &device)?;
            // Little that is found again tells little.
            if f > best + 0.1 && f > TOLD {
                best = f;
                let part = match name {
                    "activation" => "in the decoder",
                    "map_activation" => "before the decoder's map",
                    "head_activation" => "before the heads",
                    _ => "in the encoder",
                };
                trial.notes.retain(|n| !n.contains(part));
                trial.notes.push(format!(
                    "{choice} {part}: with it the encoder finds drawn latents again best (r² {f:.2})."
                ));
                trial.settle(&[name]);
                *network = trial;
                drawn = other.unwrap_or(drawn);
            }
        }
    }
    Ok(())
}
