//! `zscope convert`: a model for other programs.
//!
//! Must not know: egui.

use super::args::ConvertArgs;
use super::{Outcome, Trouble, line, load, shown};
use crate::engine::session;
use crate::nn::network::run::{Runner, sizes};
use crate::nn::network::{Network, python, settings};
use crate::nn::{Noise, Tensors};
use crate::weights::checkpoint::OPTIMISER;
use crate::weights::foreign::number::Kind;
use crate::weights::foreign::{Archive, Entry, Layout};
use crate::weights::{Checkpoint, infer, write};
use crate::zoo::{self, Held};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::json;
use std::collections::BTreeMap;

/// By how much an exported network may differ from the model: rounding, and no more.
const CLOSE: f32 = 1e-4;

/// Writes a model in another format.
pub fn convert(args: &ConvertArgs, json: bool) -> Outcome {
    let checkpoint = load(&args.file)?.stripped();
    if let Some(program) = &args.torch {
        if args.out.extension().is_none_or(|e| e != "safetensors") {
            return Err(Trouble::Misuse(
                "--torch goes with --out NAME.safetensors, which the program loads".into(),
            ));
        }
        let file = args.out.file_name().map_or_else(|| "model.safetensors".into(), |n| n.to_string_lossy());
        let text = loading(&checkpoint, &file)?;
        write::write(&checkpoint, &args.out, args.half)?;
        crate::weights::whole::write(program, text.as_bytes())?;
    } else {
        write::write(&checkpoint, &args.out, args.half)?;
    }
    if json {
        return line(&json!({ "out": shown(args.out.as_path()), "torch": shown(args.torch.as_deref()) }));
    }
    out!("wrote {}", args.out.display());
    if let Some(program) = &args.torch {
        out!("wrote {}", program.display());
    }
    Ok(())
}

/// The program that loads a checkpoint from `file`: the model's own, where it has one, else one of plain layers.
fn loading(checkpoint: &Checkpoint, file: &str) -> Result<String, String> {
    // A style-based generator is no chain of plain layers.
    if checkpoint.card.network.as_ref().is_none_or(|n| n.style.is_some())
        && let Some(own) = session::explore(checkpoint, &Device::flex())?.model().program()
    {
        let recipe = zoo::recipe(&checkpoint.card.recipe);
        let defaults: BTreeMap<&str, f64> =
            recipe.iter().flat_map(|r| r.settings).map(|s| (s.name, s.default)).collect();
        let own = own.replace("DEFAULTS", &serde_json::to_string(&defaults).map_err(|e| e.to_string())?);
        return Ok(own.replace("\"FILE\"", &format!("{file:?}")).replace("FILE", file));
    }
    let (network, tensors) = described(checkpoint)?;
    python::program(&network, &sizes(&tensors), file)
}

/// A checkpoint as a network of plain layers. For a recipe of zscope's own it is inferred like a stranger's, and
/// believed only where it computes what the recipe computes.
fn described(checkpoint: &Checkpoint) -> Result<(Network, Tensors), String> {
    if let Some(network) = &checkpoint.card.network {
        return Ok((*network.clone(), used(network, &checkpoint.tensors)));
    }
    let recipe = &checkpoint.card.recipe;
    let weights = checkpoint.tensors.iter().filter(|(name, _)| !name.starts_with(OPTIMISER));
    let tensors = weights
        .map(|(name, data)| Entry {
            name: name.clone(),
            shape: data.shape().to_vec(),
            kind: Kind::F32,
            values: data.iter::<f32>().collect(),
        })
        .collect();
    let archive = Archive {
        format: "zscope",
        layout: Layout::Torch,
        ordered: false,
        part: String::new(),
        card: None,
        tensors,
        hints: Default::default(),
        objects: Default::default(),
    };
    let guess =
        infer::infer(archive).map_err(|e| format!("a {recipe} can't be written as a program: it {e}"))?;
    let device = Device::flex();
    let model = session::explore(checkpoint, &device)?;
    let mut best: Option<(f32, Network)> = None;
    let all = std::iter::once(guess.network).chain(guess.others.into_iter().map(|(_, n)| n));
    let shape = &checkpoint.card.shape;
    let size = |n: &Network| (n.picture.width, n.picture.height, n.picture.channels);
    for network in all.filter(|n| size(n) == (shape.width, shape.height, shape.channels)) {
        for output in ["sigmoid", "tanh", "none"] {
            for (inner, before) in [
                ("ReLU", "ReLU"),
                ("ReLU", "none"),
                ("LeakyReLU 0.2", "LeakyReLU 0.2"),
                ("LeakyReLU 0.2", "none"),
            ] {
                let mut trial = network.clone();
                // What a network does not have it can't be given; then the others tell it apart.
                let _ = settings::set(&mut trial, "output", output);
                let _ = settings::set(&mut trial, "activation", inner);
                let _ = settings::set(&mut trial, "map_activation", before);
                let _ = settings::set(&mut trial, "encoder_activation", inner);
                if trial.decoder.is_empty() {
                    let _ = settings::set(&mut trial, "range", "0 to 1");
                    let _ = settings::set(&mut trial, "critic_activation", inner);
                }
                let Some(apart) = difference(&trial, &guess.tensors, &model, &device) else { continue };
                if best.as_ref().is_none_or(|(b, _)| apart < *b) {
                    best = Some((apart, trial));
                }
            }
        }
    }
    match best {
        Some((apart, network)) if apart < CLOSE => {
            let tensors = used(&network, &guess.tensors);
            Ok((network, tensors))
        }
        _ => Err(format!("a {recipe} can't be written as a program of plain layers")),
    }
}

fn used(network: &Network, tensors: &Tensors) -> Tensors {
    let names = network.names();
    let of =
        |name: &String| name.rsplit_once('.').is_some_and(|(module, _)| names.iter().any(|n| n == module));
    tensors.iter().filter(|(name, _)| of(name)).map(|(n, d)| (n.clone(), d.clone())).collect()
}

/// The largest difference of what a description and a model compute. `None`: they do not take the same.
fn difference(network: &Network, tensors: &Tensors, model: &Held, device: &Device) -> Option<f32> {
    fn apart<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Option<f32> {
        (a.dims() == b.dims()).then(|| (a - b).abs().max().into_data().iter::<f32>().next()).flatten()
    }
    let runner = Runner::new(network, tensors, device).ok()?;
    let p = network.picture;
    let mut worst: f32 = 0.0;
    let z = Noise::new(7, 0).normal([4, network.latent.dims.max(1)], device);
    if model.latent_dims() != if network.decoder.is_empty() { 0 } else { network.latent.dims } {
        return None;
    }
    if let Some(y) = model.decode(z.clone()) {
        worst = worst.max(apart(runner.to_unit(runner.decode(z).ok()?), y)?);
    }
    let noise = Noise::new(7, 1).uniforms(2 * p.shown() * p.height * p.width, 0.5);
    let values: Vec<f32> = noise.into_iter().map(|v| v + 0.5).collect();
    let x: Tensor<4> = Tensor::from_data(TensorData::new(values, [2, p.shown(), p.height, p.width]), device);
    if let Some((mean, variance)) = model.encode(x.clone()) {
        let (m, v) = runner.encode(runner.from_unit(x.clone())).ok()?;
        worst = worst.max(apart(m, mean)?).max(apart(v?, variance)?);
    }
    if let Some((logits, _)) = model.model().classify(x.clone()) {
        worst = worst.max(apart(runner.discriminate(runner.from_unit(x)).ok()?.0, logits)?);
    }
    Some(worst)
}
