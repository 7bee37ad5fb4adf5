//! What an encoder tells of a network with both halves: the right one finds again the latents of pictures that the decoder
//! drew.
//!
//! Must not know: files, names, norms.

use super::evidence::{MOST, latents};
use crate::nn::Tensors;
use crate::nn::host::floats;
use crate::nn::network::run::Runner;
use crate::nn::network::{Layer, Network, Op, Posterior, knobs};
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
            if f > best + 0.1 && f > TOLD {
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
                trial.settle(&[name]);
                *network = trial;
                drawn = other.unwrap_or(drawn);
            }
        }
    }
    Ok(())
}
