//! What shapes can't tell of a network, as settings: each has a few choices, and a person sees at once which is right.
//!
//! Must not know: Burn, files, the window.

mod places;

use super::{Edges, Join, Layer, Network, Op, Order, Posterior, Prior, Range};
use crate::nn::style::Space;
use places::{
    Hot, before_heads, before_map, behind, codes, deep_mut, edges, epsilons, everywhere, groups, hot, inner,
    inside, joined, last, margin, plain_norms, pools, put_behind, put_margin, put_plain_norms, resize, side,
    side_by_side, summed, upsamplings,
};
use serde::{Deserialize, Serialize};

/// One setting of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkSetting {
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
    /// Whether it is what is usual and nothing in the file tells, as against what the weights told or a person chose.
    pub guessed: bool,
}

const PRIORS: [(&str, Prior); 3] =
    [("normal", Prior::Normal), ("uniform -1 to 1", Prior::Uniform), ("uniform 0 to 1", Prior::UniformUnit)];
const RANGES: [(&str, Range); 3] =
    [("0 to 1", Range::Unit), ("-1 to 1", Range::Signed), ("0 to 255", Range::Bytes)];
const SPACES: [(&str, Space); 2] = [("z", Space::Z), ("w", Space::W)];
const ORDERS: [(&str, Order); 2] = [("RGB", Order::Rgb), ("BGR", Order::Bgr)];
const PAIRS: [(&str, Posterior); 3] = [
    ("halves", Posterior::Halves),
    ("halves, variance first", Posterior::HalvesReversed),
    ("interleaved", Posterior::Interleaved),
];
/// Of an encoder alone nothing says how long z is.
const LONE: [(&str, Posterior); 4] = [
    ("means only", Posterior::Mean),
    ("halves", Posterior::Halves),
    ("halves, variance first", Posterior::HalvesReversed),
    ("interleaved", Posterior::Interleaved),
];
const HEADS: [(&str, Posterior); 2] =
    [("mean first", Posterior::Heads), ("variance first", Posterior::HeadsReversed)];
const LAST: [(&str, Option<Op>); 3] =
    [("none", None), ("sigmoid", Some(Op::Sigmoid)), ("tanh", Some(Op::Tanh))];
const BESIDE: [(&str, Join); 2] = [("class first", Join::Before), ("latent first", Join::After)];
const MIXED: [(&str, Join); 2] = [("multiplied", Join::Multiply), ("added", Join::Add)];
const EDGES: [(&str, Edges); 3] =
    [("zeros", Edges::Zeros), ("reflected", Edges::Reflect), ("replicated", Edges::Replicate)];
/// The choice of no activation.
const NOTHING: &str = "none";
const GROUPS: [(&str, usize); 7] = [
    ("each channel (instance norm)", 0),
    ("all channels (layer norm)", 1),
    ("2 groups", 2),
    ("4 groups", 4),
    ("8 groups", 8),
    ("16 groups", 16),
    ("32 groups", 32),
];
const UPSAMPLINGS: [(&str, (bool, bool)); 3] =
    [("nearest", (false, false)), ("bilinear", (true, false)), ("bilinear, corners aligned", (true, true))];
const EPSILONS: [(&str, f64); 5] =
    [("1e-5", 1e-5), ("1e-3", 1e-3), ("1e-8", 1e-8), ("1e-12", 1e-12), ("0.8", 0.8)];

/// Sides of pictures that are offered, pixels.
const SIDES: [usize; 6] = [32, 64, 96, 128, 256, 512];
/// Sides that may be typed, pixels.
const ANY_SIDE: std::ops::RangeInclusive<usize> = 8..=1024;
const SIDES_OF_ACTIVATIONS: [(&str, bool); 2] = [("before activations", false), ("behind activations", true)];
const MARGINS: [(&str, bool); 2] = [(NOTHING, false), ("2 pixels", true)];
const SUMS: [(&str, bool); 2] = [("mean", false), ("sum", true)];
const PLAIN: [(&str, bool); 2] = [(NOTHING, false), ("each channel (instance norm)", true)];
const POOLS: [(&str, bool); 2] = [("largest", true), ("average", false)];
/// Latents beside which a one-hot class of ten is looked for: what is usual without one.
const USUAL: [usize; 13] = [2, 3, 8, 10, 16, 20, 32, 50, 62, 64, 100, 128, 256];

/// Activations between layers, with the names they are chosen by.
pub fn activations() -> Vec<(&'static str, Op)> {
    vec![
        ("ReLU", Op::Relu),
        ("LeakyReLU 0.2", Op::LeakyRelu { slope: 0.2 }),
        ("LeakyReLU 0.01", Op::LeakyRelu { slope: 0.01 }),
        ("LeakyReLU 0.1", Op::LeakyRelu { slope: 0.1 }),
        ("LeakyReLU 0.3", Op::LeakyRelu { slope: 0.3 }),
        ("ELU", Op::Elu),
        ("SELU", Op::Selu),
        ("SiLU", Op::Silu),
        ("GELU", Op::Gelu),
        ("Softplus", Op::Softplus),
        ("Mish", Op::Mish),
        ("tanh", Op::Tanh),
    ]
}

fn pick<T: PartialEq>(all: &[(&str, T)], now: &T) -> (Vec<String>, Option<usize>) {
    (all.iter().map(|(n, _)| n.to_string()).collect(), all.iter().position(|(_, v)| v == now))
}

fn value<T: Clone>(all: &[(&str, T)], name: &str, setting: &str) -> Result<T, String> {
    all.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone()).ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|(n, _)| *n).collect();
        format!("{setting} is one of {}, not {name}", names.join(" | "))
    })
}

/// An activation by its name; "LeakyReLU 0.05" is one of any slope, which a few choices can't hold.
fn activation(choice: &str, setting: &str) -> Result<Op, String> {
    let leaky = || {
        let (name, slope) = choice.split_once(' ')?;
        let slope = slope.trim().parse().ok().filter(|s: &f64| s.is_finite())?;
        name.eq_ignore_ascii_case("LeakyReLU").then_some(Op::LeakyRelu { slope })
    };
    value(&activations(), choice, setting).or_else(|e| leaky().ok_or(e))
}

/// What all of these are, among the choices; `None` chosen where they differ, and nothing where there are none.
fn agreed<T: PartialEq>(all: &[(&str, T)], now: &[T]) -> Option<(Vec<String>, Option<usize>)> {
    let first = now.first()?;
    let (choices, chosen) = pick(all, first);
    Some((choices, chosen.filter(|_| now.iter().all(|n| n == first))))
}

/// The activation that a place has, or that it has none.
fn optional(place: Option<&Layer>) -> (Vec<String>, Option<usize>) {
    let now = place.map(|l| &l.op).filter(|op| op.activation());
    let mut choices: Vec<String> = activations().into_iter().map(|(n, _)| n.to_owned()).collect();
    let chosen = match now {
        None => Some(choices.len()),
        Some(op) => activations().iter().position(|(_, a)| a == op),
    };
    choices.push(NOTHING.into());
    (choices, chosen)
}

/// Puts an activation, or none, in a place.
fn place(layers: &mut Vec<Layer>, at: usize, choice: &str, name: &str) -> Result<(), String> {
    let op = if choice.eq_ignore_ascii_case(NOTHING) { None } else { Some(activation(choice, name)?) };
    if layers.get(at).is_some_and(|l| l.op.activation()) {
        layers.remove(at);
    }
    if let Some(op) = op {
        layers.insert(at, op.into());
    }
    Ok(())
}

/// A one-hot class by its words: "10 last".
fn hot_words(hot: Hot) -> String {
    match hot {
        None => NOTHING.into(),
        Some((classes, first)) => format!("{classes} {}", if first { "first" } else { "last" }),
    }
}

/// Choices of a one-hot class: what is, and ten where a usual latent is left. An encoder says itself how long z is.
fn one_hot(network: &Network) -> Option<(Vec<String>, Option<usize>)> {
    let now = hot(&network.decoder);
    let other =
        network.decoder.iter().any(|l| matches!(&l.op, Op::Class { weights, .. } if !weights.is_empty()));
    let inputs = network.latent.dims + now.map_or(0, |n| n.0);
    let ten = inputs > 10 && USUAL.contains(&(inputs - 10));
    if network.decoder.is_empty() || other || network.encodes() || now.is_none() && !ten {
        return None;
    }
    let mut all = vec![None, Some((10, false)), Some((10, true))];
    if !all.contains(&now) {
        all.push(now);
    }
    Some((all.iter().map(|h| hot_words(*h)).collect(), all.iter().position(|h| *h == now)))
}

/// Makes so many of a decoder's inputs a class, or latents again.
fn set_one_hot(network: &mut Network, choice: &str) -> Result<(), String> {
    let inputs = network.latent.dims + hot(&network.decoder).map_or(0, |n| n.0);
    let to = if choice.eq_ignore_ascii_case(NOTHING) {
        None
    } else {
        let words =
            choice.split_once(' ').and_then(|(count, place)| Some((count.parse::<usize>().ok()?, place)));
        let (classes, first) = match words {
            Some((n, "last")) => (n, false),
            Some((n, "first")) => (n, true),
            _ => return Err(format!("one_hot is none, or like \"10 last\" or \"10 first\", not {choice}")),
        };
        if classes < 2 || classes >= inputs {
            return Err(format!(
                "one_hot: of {inputs} inputs, from 2 to {} can be a class",
                inputs.max(1) - 1
            ));
        }
        Some((classes, first))
    };
    if hot(&network.decoder).is_some() {
        network.decoder.remove(0);
    }
    if let Some((classes, first)) = to {
        let join = if first { Join::Before } else { Join::After };
        network.decoder.insert(0, Op::Class { weights: String::new(), join, classes }.into());
    }
    network.latent.classes = to.map_or(0, |h| h.0);
    network.latent.class = network.latent.class.min(network.latent.classes.max(1) - 1);
    network.latent.dims = inputs - network.latent.classes;
    Ok(())
}

/// Whether it is an encoder alone with one end, of as many numbers as two halves need.
fn lone(network: &Network) -> bool {
    let heads = matches!(network.posterior, Posterior::Heads | Posterior::HeadsReversed);
    let even = network.posterior != Posterior::Mean || network.latent.dims.is_multiple_of(2);
    network.decoder.is_empty() && !network.encoder.is_empty() && !heads && even
}

/// The settings that this network has.
pub fn all(network: &Network) -> Vec<NetworkSetting> {
    let mut out = Vec::new();
    let mut add = |name: &str, title: &str, help: &str, (choices, chosen): (Vec<String>, Option<usize>)| {
        let guessed = !network.settled.iter().any(|s| s == name);
        out.push(NetworkSetting {
            name: name.into(),
            title: title.into(),
            help: help.into(),
            choices,
            chosen,
            guessed,
        });
    };
    let decodes = !network.decoder.is_empty();
    if let Some(style) = &network.style {
        let help = "What the sliders move: z, which the mapping takes, or what it gives, w, along its principal components; in w the parts of a picture are told apart better";
        let (choices, chosen) = pick(&SPACES, &style.space);
        add("space", "Latent space", help, (choices, chosen));
    }
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
    if let Some((now, factor)) = side(network) {
        let mut all: Vec<usize> =
            SIDES.into_iter().filter(|s| s.is_multiple_of(factor) && *s > factor).collect();
        if !all.contains(&now) {
            all.push(now);
        }
        let names = all.iter().map(usize::to_string).collect();
        let help = "Its layers take pictures of any size: larger ones show more and take longer";
        add("side", "Picture's side", help, (names, all.iter().position(|s| *s == now)));
    }
    if decodes {
        add(
            "prior",
            "Latents are drawn",
            "What z was drawn from in training; sliders stay in units of a normal σ and are mapped to it (by Φ)",
            pick(&PRIORS, &network.latent.prior),
        );
    }
    if let Some(join) = joined(network) {
        let help = "How the class meets the latent: with the wrong one pictures are of no class";
        let table: &[(&str, Join)] = if side_by_side(join) { &BESIDE } else { &MIXED };
        add("class_join", "Class and latent", help, pick(table, &join));
    }
    for (name, title, layers) in [
        ("activation", "Activation, decoder", &network.decoder),
        ("encoder_activation", "Activation, encoder", &network.encoder),
        ("critic_activation", "Activation, critic", &network.critic),
    ] {
        let ops = inner(layers, name == "encoder_activation" && !network.head.is_empty());
        if let Some(agreed) = agreed(&activations(), &ops) {
            let help = "What stands between layers: with the wrong one pictures are muddled or too flat";
            add(name, title, help, agreed);
        }
    }
    if let Some(agreed) = agreed(&SIDES_OF_ACTIVATIONS, &behind(network)) {
        let help =
            "On which side of their activations batch norms stand: with the wrong one pictures are muddled";
        add("norms", "Batch norms stand", help, agreed);
    }
    if let Some(at) = before_map(&network.decoder) {
        let help = "What stands between the first layer and the map that is made of it: with the wrong one pictures are flat";
        add("map_activation", "Activation before the map", help, optional(network.decoder.get(at)));
    }
    if let Some(at) = before_heads(network) {
        let help = "What stands between the encoder's last layer and its two heads: with the wrong one a redrawn picture is another one";
        add("head_activation", "Activation before the heads", help, optional(network.encoder.get(at)));
    }
    if codes(network) {
        let help =
            "What the encoder's last numbers go through: with the wrong one a redrawn picture is another one";
        add("code_activation", "Activation of the code", help, optional(network.encoder.last()));
    }
    if let Some(now) = margin(network) {
        let help = "Whether pictures of 28 pixels were padded to 32: with the wrong one all has a frame";
        add("margin", "Margin around pictures", help, pick(&MARGINS, &now));
    }
    if let Some(agreed) = agreed(&POOLS, &pools(network)) {
        let help = "What is left of each window where maps are made smaller: with the wrong one little is found again";
        add("pools", "Smaller maps keep", help, agreed);
    }
    if let Some(agreed) = agreed(&SUMS, &summed(network)) {
        let help = "What the critic's last layer sees of each channel: with the wrong one opinions are too strong or too weak";
        add("whole_map", "Whole map becomes its", help, agreed);
    }
    if let Some(now) = plain_norms(network) {
        let help = "Norms that have no weights are in no file: where they are missing, contrasts are far off";
        add("plain_norms", "Norms without weights", help, pick(&PLAIN, &now));
    }
    if let Some((choices, chosen)) = one_hot(network) {
        let help = "Which of the decoder's inputs are no latents but a class, one number each";
        add("one_hot", "Class among the inputs", help, (choices, chosen));
    }
    if let Some(agreed) = agreed(&EDGES, &edges(network)) {
        let help = "What convolutions see outside of the map: with the wrong one pictures have a frame";
        add("edges", "Edges of maps", help, agreed);
    }
    if let Some(agreed) = agreed(&GROUPS, &groups(network)) {
        let help = "Which channels are normed together: with the wrong one contrasts are off";
        add("groups", "Norms of", help, agreed);
    }
    if let Some(agreed) = agreed(&UPSAMPLINGS, &upsamplings(network)) {
        let help = "How maps are made larger: with the wrong one edges are blocky or too soft";
        add("upsampling", "Upsampling", help, agreed);
    }
    let table: &[(&str, Posterior)] = if lone(network) { &LONE } else { &PAIRS };
    if lone(network) || table.iter().any(|(_, p)| *p == network.posterior) {
        add(
            "posterior",
            "Mean and log-variance",
            "Which of the encoder's numbers are means: with the wrong one a redrawn picture is another one",
            pick(table, &network.posterior),
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
    if let Some(agreed) = agreed(&EPSILONS, &epsilons(network)) {
        let help =
            "Added to a batch norm's variance; some programs pass 0.8 by mistake, which dims all layers";
        add("epsilon", "Batch norm's ε", help, agreed);
    }
    out
}

/// Chooses for good: no guess from then on. The sentence names what can be chosen.
pub fn choose(network: &mut Network, name: &str, choice: &str) -> Result<(), String> {
    set(network, name, choice)?;
    network.settle(&[name]);
    Ok(())
}

/// Puts batch norms behind the activations that are their neighbours.
pub fn norms_behind(layers: &mut [Layer]) {
    put_behind(layers, true);
}

/// Tries a choice. The sentence names what can be chosen.
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
        "space" => {
            let to = value(&SPACES, choice, name)?;
            let style = network.style.as_mut().ok_or("only a style-based generator has a space w")?;
            let [z, w] = [style.mapping.dims.0, style.mapping.dims.1];
            style.space = to;
            network.latent.dims = if to == Space::Z { z } else { w };
        }
        "range" => network.picture.range = value(&RANGES, choice, name)?,
        "order" => network.picture.order = value(&ORDERS, choice, name)?,
        "side" => {
            let (_, factor) = side(network).ok_or("this network's layers are of one size of pictures")?;
            let fits = |s: &usize| ANY_SIDE.contains(s) && s.is_multiple_of(factor) && *s > factor;
            let to = choice.parse().ok().filter(fits).ok_or_else(|| {
                let (least, most) = (ANY_SIDE.start(), ANY_SIDE.end());
                format!("side goes from {least} to {most} in steps of {factor} pixels, not {choice}")
            })?;
            resize(network, to, factor);
        }
        "prior" => network.latent.prior = value(&PRIORS, choice, name)?,
        "posterior" => {
            let heads = matches!(network.posterior, Posterior::Heads | Posterior::HeadsReversed);
            let table: &[(&str, Posterior)] = if lone(network) { &LONE } else { &PAIRS };
            let to = if heads { value(&HEADS, choice, name)? } else { value(table, choice, name)? };
            // An encoder's numbers stay, whatever they are taken for.
            let share = |p: Posterior| if p == Posterior::Mean { 1 } else { 2 };
            if !heads {
                network.latent.dims = network.latent.dims * share(network.posterior) / share(to);
            }
            network.posterior = to;
        }
        // No choice of a network's but the value of its input where nobody gives one.
        "class" => {
            let class = choice.parse().ok().filter(|c| *c < network.latent.classes);
            network.latent.class = class.ok_or_else(|| {
                format!("class goes from 0 to {}, not {choice}", network.latent.classes.max(1) - 1)
            })?;
        }
        "class_join" => {
            let now = joined(network).ok_or("this network has no class beside its latent")?;
            let to = value(if side_by_side(now) { &BESIDE } else { &MIXED }, choice, name)?;
            everywhere(network, &mut |layer| {
                if let Op::Class { join, .. } = &mut layer.op {
                    *join = to;
                }
            });
        }
        "activation" | "encoder_activation" | "critic_activation" => {
            let op = activation(choice, name)?;
            let layers = match name {
                "activation" => &mut network.decoder,
                "encoder_activation" => &mut network.encoder,
                _ => &mut network.critic,
            };
            let heads = name == "encoder_activation" && !network.head.is_empty();
            let end = if heads { layers.len() } else { inside(layers) };
            deep_mut(&mut layers[..end], &mut |layer| {
                if layer.op.activation() {
                    *layer = op.clone().into();
                }
            });
        }
        "map_activation" => {
            let at = before_map(&network.decoder).ok_or("this network's decoder makes no map of a vector")?;
            place(&mut network.decoder, at, choice, name)?;
        }
        "head_activation" => {
            let at =
                before_heads(network).ok_or("this network's encoder has no linear layer before two heads")?;
            place(&mut network.encoder, at, choice, name)?;
        }
        "code_activation" => {
            let at = network.encoder.len() - usize::from(last(&network.encoder).is_some_and(Op::activation));
            if !codes(network) {
                return Err("this network's encoder does not end in codes without variances".into());
            }
            place(&mut network.encoder, at, choice, name)?;
        }
        "margin" => {
            margin(network).ok_or("only grey pictures of 32 pixels, or of 28 in them, may have a margin")?;
            put_margin(network, value(&MARGINS, choice, name)?);
        }
        "norms" => {
            let put = value(&SIDES_OF_ACTIVATIONS, choice, name)?;
            network.parts_mut().into_iter().for_each(|layers| put_behind(layers, put));
        }
        "pools" => {
            let largest = value(&POOLS, choice, name)?;
            everywhere(network, &mut |layer| match &layer.op {
                Op::MaxPool { size, stride: 0, .. } if !largest => layer.op = Op::AvgPool { size: *size },
                Op::AvgPool { size: size @ 1.. } if largest => layer.op = Op::max_pool(*size),
                _ => {}
            });
        }
        "whole_map" => {
            let sum = value(&SUMS, choice, name)?;
            for layer in &mut network.critic {
                match layer.op {
                    Op::AvgPool { size: 0 } if sum => layer.op = Op::SumPool,
                    Op::SumPool if !sum => layer.op = Op::AvgPool { size: 0 },
                    _ => {}
                }
            }
        }
        "plain_norms" => put_plain_norms(network, value(&PLAIN, choice, name)?),
        "one_hot" => set_one_hot(network, choice)?,
        "edges" => {
            let to = value(&EDGES, choice, name)?;
            deep_mut(&mut network.decoder, &mut |layer| {
                if let Op::Conv { edges, .. } = &mut layer.op {
                    *edges = to;
                }
            });
        }
        "groups" => {
            let to = value(&GROUPS, choice, name)?;
            everywhere(network, &mut |layer| {
                if let Op::GroupNorm { groups, .. } = &mut layer.op {
                    *groups = to;
                }
            });
        }
        "upsampling" => {
            let (smooth, corners) = value(&UPSAMPLINGS, choice, name)?;
            everywhere(network, &mut |layer| {
                if let Op::Upsample { bilinear, aligned, .. } = &mut layer.op {
                    (*bilinear, *aligned) = (smooth, corners);
                }
            });
        }
        "epsilon" => {
            let number = value(&EPSILONS, choice, name)
                .or_else(|e| choice.parse().ok().filter(|x: &f64| x.is_finite() && *x >= 0.0).ok_or(e))?;
            everywhere(network, &mut |layer| {
                if let Op::BatchNorm { epsilon, .. } = &mut layer.op {
                    *epsilon = number;
                }
            });
        }
        _ => {
            let names: Vec<_> = all(network).into_iter().map(|k| k.name).collect();
            return Err(format!("this network has no setting \"{name}\"; it has {}", names.join(", ")));
        }
    }
    Ok(())
}
