//! What shapes can't tell of a network, as settings: each has a few choices, and a person sees at once which is right.
//!
//! Must not know: Burn, files, the window.

use super::{Layer, Network, Op, Order, Posterior, Prior, Range};
use serde::{Deserialize, Serialize};

/// One setting of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knob {
    /// Key on the command line and in actions.
    pub name: String,
    /// Plain name in the window.
    pub title: String,
    /// One sentence: what turning it does to the picture.
    pub help: String,
    /// What can be chosen.
    pub choices: Vec<String>,
    /// Which is; `None` = something else, as layers may differ.
    pub chosen: Option<usize>,
}

const PRIORS: [(&str, Prior); 3] =
    [("normal", Prior::Normal), ("uniform -1 to 1", Prior::Uniform), ("uniform 0 to 1", Prior::UniformUnit)];
const RANGES: [(&str, Range); 3] =
    [("0 to 1", Range::Unit), ("-1 to 1", Range::Signed), ("0 to 255", Range::Bytes)];
const ORDERS: [(&str, Order); 2] = [("RGB", Order::Rgb), ("BGR", Order::Bgr)];
const PAIRS: [(&str, Posterior); 3] = [
    ("halves", Posterior::Halves),
    ("halves, variance first", Posterior::HalvesReversed),
    ("interleaved", Posterior::Interleaved),
];
const HEADS: [(&str, Posterior); 2] =
    [("mean first", Posterior::Heads), ("variance first", Posterior::HeadsReversed)];
const LAST: [(&str, Option<Op>); 3] =
    [("none", None), ("sigmoid", Some(Op::Sigmoid)), ("tanh", Some(Op::Tanh))];
const EPSILONS: [(&str, f64); 5] =
    [("1e-5", 1e-5), ("1e-3", 1e-3), ("1e-8", 1e-8), ("1e-12", 1e-12), ("0.8", 0.8)];

/// Activations between layers, with the names they are chosen by.
pub fn activations() -> Vec<(&'static str, Op)> {
    vec![
        ("ReLU", Op::Relu),
        ("LeakyReLU 0.2", Op::LeakyRelu { slope: 0.2 }),
        ("LeakyReLU 0.01", Op::LeakyRelu { slope: 0.01 }),
        ("LeakyReLU 0.1", Op::LeakyRelu { slope: 0.1 }),
        ("ELU", Op::Elu),
        ("SELU", Op::Selu),
        ("SiLU", Op::Silu),
        ("GELU", Op::Gelu),
        ("tanh", Op::Tanh),
    ]
}

fn pick<T: PartialEq>(all: &[(&str, T)], now: &T) -> (Vec<String>, Option<usize>) {
    (all.iter().map(|(n, _)| n.to_string()).collect(), all.iter().position(|(_, v)| v == now))
}

fn value<T: Clone>(all: &[(&str, T)], name: &str, knob: &str) -> Result<T, String> {
    all.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone()).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|(n, _)| *n).collect();
        format!("{knob} is one of {}, not {name}", names.join(" | "))
    })
}

/// The activation at the very end of a part.
fn last(layers: &[Layer]) -> Option<&Op> {
    layers.last().map(|l| &l.op).filter(|op| op.elementwise())
}

/// Activations inside a part: those before its last layer with weights.
fn inner(layers: &[Layer]) -> Vec<&Op> {
    let end = layers.iter().rposition(|l| !l.op.weights().is_empty()).unwrap_or(0);
    layers[..end].iter().map(|l| &l.op).filter(|op| op.elementwise() && op.weights().is_empty()).collect()
}

fn epsilons(layers: &[Layer]) -> Vec<f64> {
    layers
        .iter()
        .filter_map(|l| if let Op::BatchNorm { epsilon, .. } = l.op { Some(epsilon) } else { None })
        .collect()
}

/// The settings that this network has.
pub fn knobs(network: &Network) -> Vec<Knob> {
    let mut out = Vec::new();
    let mut add = |name: &str, title: &str, help: &str, (choices, chosen): (Vec<String>, Option<usize>)| {
        out.push(Knob { name: name.into(), title: title.into(), help: help.into(), choices, chosen });
    };
    let decodes = !network.decoder.is_empty();
    if decodes {
        add(
            "output",
            "Last activation",
            "What the last layer's numbers go through: with the wrong one pictures are grey or burnt out",
            pick(&LAST, &last(&network.decoder).cloned()),
        );
    }
    add(
        "range",
        "Value range",
        "Which numbers are black and white: with the wrong one pictures are pale, dark or clipped",
        pick(&RANGES, &network.picture.range),
    );
    if network.picture.channels == 3 {
        add(
            "order",
            "Channel order",
            "Which channel is red: with the wrong one faces are blue",
            pick(&ORDERS, &network.picture.order),
        );
    }
    if decodes {
        add(
            "prior",
            "Latents are drawn",
            "What z was drawn from in training; sliders stay in units of a normal σ and are mapped to it (by Φ)",
            pick(&PRIORS, &network.latent.prior),
        );
    }
    if network.latent.classes > 1 {
        let names = (0..network.latent.classes).map(|i| i.to_string()).collect();
        add("class", "Class", "Which class a conditional network draws", (names, Some(network.latent.class)));
    }
    for (name, title, layers) in [
        ("activation", "Activation, decoder", &network.decoder),
        ("encoder_activation", "Activation, encoder", &network.encoder),
        ("critic_activation", "Activation, critic", &network.critic),
    ] {
        let ops = inner(layers);
        if let Some(first) = ops.first() {
            let all = activations();
            let alike = ops.iter().all(|op| op == first);
            let (choices, chosen) = pick(&all, first);
            let help = "What stands between layers: with the wrong one pictures are muddled or too flat";
            add(name, title, help, (choices, chosen.filter(|_| alike)));
        }
    }
    if matches!(network.posterior, Posterior::Halves | Posterior::HalvesReversed | Posterior::Interleaved) {
        add(
            "posterior",
            "Mean and log-variance",
            "Which of the encoder's numbers are means: with the wrong one a redrawn picture is another one",
            pick(&PAIRS, &network.posterior),
        );
    }
    if matches!(network.posterior, Posterior::Heads | Posterior::HeadsReversed) {
        add(
            "posterior",
            "Mean and log-variance",
            "Which of the encoder's two layers gives means: with the wrong one a redrawn picture is another one",
            pick(&HEADS, &network.posterior),
        );
    }
    let eps = epsilons(&network.decoder);
    if let Some(first) = eps.first() {
        let (choices, chosen) = pick(&EPSILONS, first);
        let alike = eps.iter().all(|e| e == first);
        let help =
            "Added to a batch norm's variance; some programs pass 0.8 by mistake, which dims all layers";
        add("epsilon", "Batch norm's ε", help, (choices, chosen.filter(|_| alike)));
    }
    out
}

/// Chooses. The sentence names what can be chosen.
pub fn set(network: &mut Network, name: &str, choice: &str) -> Result<(), String> {
    let choice = choice.trim();
    match name {
        "output" => {
            let op = value(&LAST, choice, name)?;
            if last(&network.decoder).is_some() {
                network.decoder.pop();
            }
            network.picture.range = match op {
                Some(Op::Tanh) => Range::Signed,
                Some(_) => Range::Unit,
                None => network.picture.range,
            };
            network.decoder.extend(op.map(Layer::from));
        }
        "range" => network.picture.range = value(&RANGES, choice, name)?,
        "order" => network.picture.order = value(&ORDERS, choice, name)?,
        "prior" => network.latent.prior = value(&PRIORS, choice, name)?,
        "posterior" => {
            let heads = matches!(network.posterior, Posterior::Heads | Posterior::HeadsReversed);
            network.posterior =
                if heads { value(&HEADS, choice, name)? } else { value(&PAIRS, choice, name)? };
        }
        "class" => {
            let class = choice.parse().ok().filter(|c| *c < network.latent.classes);
            network.latent.class = class.ok_or_else(|| {
                format!("class goes from 0 to {}, not {choice}", network.latent.classes.max(1) - 1)
            })?;
        }
        "activation" | "encoder_activation" | "critic_activation" => {
            let op = value(&activations(), choice, name)?;
            let layers = match name {
                "activation" => &mut network.decoder,
                "encoder_activation" => &mut network.encoder,
                _ => &mut network.critic,
            };
            let heads = name == "encoder_activation" && !network.head.is_empty();
            let end = if heads {
                layers.len()
            } else {
                layers.iter().rposition(|l| !l.op.weights().is_empty()).unwrap_or(0)
            };
            for layer in &mut layers[..end] {
                if layer.op.elementwise() && layer.op.weights().is_empty() {
                    *layer = op.clone().into();
                }
            }
        }
        "epsilon" => {
            let number = value(&EPSILONS, choice, name)
                .or_else(|e| choice.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0).ok_or(e))?;
            for layer in network.parts_mut().into_iter().flatten() {
                if let Op::BatchNorm { epsilon, .. } = &mut layer.op {
                    *epsilon = number;
                }
            }
        }
        _ => {
            let names: Vec<_> = knobs(network).into_iter().map(|k| k.name).collect();
            return Err(format!("this network has no setting \"{name}\"; it has {}", names.join(", ")));
        }
    }
    Ok(())
}
