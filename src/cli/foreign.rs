//! `zscope inspect`, `describe` and `forward` for networks that zscope did not train.
//!
//! Must not know: egui.

use super::args::{DescribeArgs, ForwardArgs};
use super::{Outcome, Trouble, device, line, load, model, shown};
use crate::nn::Watch;
use crate::nn::network::run::{Runner, sizes};
use crate::nn::network::shape::{self, Sizes};
use crate::nn::network::{Layer, Network, settings, view};
use crate::nn::style::run::{Drawn, Generator};
use crate::weights::foreign::{self, Entry};
use crate::weights::{Checkpoint, open, whole, write};
use crate::zoo::Fed;
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde_json::{Value, json};
use std::path::Path;

/// A layer as JSON, with what it contains.
fn layer(part: &str, layer: &Layer, flow: Option<shape::Flow>, sizes: &Sizes) -> Value {
    let op = &layer.op;
    let mut value = json!({
        "part": part, "kind": serde_json::to_value(op).ok().and_then(|v| v.get("kind").cloned()), "title": op.title(),
        "details": op.details(shape::kernel(op, sizes)), "weights": op.weights(), "parameters": shape::parameters(op, sizes),
        "output": flow.map(|f| f.words()), "assumed": layer.assumed,
    });
    if let Some(map) = value.as_object_mut() {
        for (name, inside) in op.within() {
            let all = inside.iter().map(|l| self::layer(part, l, None, sizes)).collect::<Vec<_>>();
            map.insert(name.into(), all.into());
        }
    }
    value
}

/// All layers with what flows out of each.
fn layers(network: &Network, sizes: &Sizes) -> Vec<Value> {
    let mut out = Vec::new();
    if network.style.is_some() {
        for row in view::view(network, sizes).rows {
            out.push(json!({
                "part": row.part, "kind": "style", "title": row.title, "details": row.details, "weights": row.weights,
                "parameters": row.parameters, "output": row.output, "assumed": row.assumed,
            }));
        }
    }
    for (part, list) in network.parts() {
        let flows =
            shape::start(network, part, sizes).and_then(|f| shape::trace(list, f, network.latent, sizes));
        for (i, l) in list.iter().enumerate() {
            out.push(layer(part, l, flows.as_ref().ok().and_then(|f| f.get(i)).copied(), sizes));
        }
    }
    out
}

/// Says what was made of a foreign file.
pub fn inspect(
    file: &Path,
    checkpoint: &Checkpoint,
    network: &Network,
    others: &[(String, Network)],
    json: bool,
) -> Outcome {
    let sizes = sizes(&checkpoint.tensors);
    let described = open::beside(file).exists();
    let parameters = crate::engine::session::parameters(
        checkpoint.tensors.iter().map(|(n, d)| (n.as_str(), d.num_elements())),
    );
    let layers = layers(network, &sizes);
    let settings = settings::all(network);
    if json {
        let tensors: Vec<Value> = checkpoint
            .tensors
            .iter()
            .map(|(name, d)| json!({ "name": name, "shape": d.shape().to_vec(), "dtype": format!("{:?}", d.dtype()) }))
            .collect();
        let settings: serde_json::Map<String, Value> = settings
            .iter()
            .map(|k| {
                (
                    k.name.to_owned(),
                    json!({ "value": k.chosen.and_then(|i| k.choices.get(i)), "choices": k.choices, "guessed": k.guessed }),
                )
            })
            .collect();
        let assumed: Vec<&Value> =
            layers.iter().filter(|l| l["assumed"].as_str().is_some_and(|a| !a.is_empty())).collect();
        return line(&json!({
            "recipe": checkpoint.card.recipe, "latent_dims": network.latent.dims, "parameters": parameters, "step": 0,
            "shape": checkpoint.card.shape, "described": described, "encodes": network.encodes(), "layers": layers,
            "inferred": network.notes, "assumed": assumed, "unused": network.unused, "settings": settings,
            "others": others.iter().map(|(words, _)| words).collect::<Vec<_>>(), "network": network, "tensors": tensors,
        }));
    }
    let p = &network.picture;
    out!("A foreign network{}", if described { ", as described beside the file" } else { "" });
    let colours = match p.channels {
        1 => "grey",
        4 => "colour with opacity, shown on white",
        _ => "colour",
    };
    out!("pictures           {}×{}, {colours}", p.width, p.height);
    if network.latent.dims > 0 {
        out!("latent dimensions  {}", network.latent.dims);
    }
    out!("parameters         {parameters}");
    let mut part = "";
    for l in &layers {
        let text = |key: &str| l[key].as_str().unwrap_or_default().to_owned();
        let now = l["part"].as_str().unwrap_or_default();
        if now != part {
            part = now;
            out!("{part}");
        }
        let mark = if text("assumed").is_empty() { "" } else { "  (assumed)" };
        out!(
            "  {:<24} {:<34} {:<28} → {}{mark}",
            text("title"),
            text("details"),
            text("weights"),
            text("output")
        );
    }
    for note in &network.notes {
        out!("{note}");
    }
    out!("settings (zscope describe {} --set KEY=VALUE); ? = nothing in the file tells", file.display());
    for k in &settings {
        let now = k.chosen.and_then(|i| k.choices.get(i)).map_or("mixed", String::as_str);
        let mark = if k.guessed { '?' } else { ' ' };
        out!("  {:<20} {now:<16} {mark} of {}", k.name, k.choices.join(" | "));
    }
    for (i, (words, _)) in others.iter().enumerate() {
        out!("fits as well ({}): {words}", i + 1);
    }
    if !network.unused.is_empty() {
        out!("unused tensors     {}", network.unused.join(", "));
    }
    Ok(())
}

/// Writes a description beside a file.
pub fn describe(args: &DescribeArgs, json: bool) -> Outcome {
    let file = &args.file;
    if open::own(file) {
        return Err(Trouble::Misuse(format!("{} is zscope's own and needs no description", file.display())));
    }
    let beside = open::beside(file);
    if args.anew && beside.exists() {
        std::fs::remove_file(&beside)
            .map_err(|e| format!("{} could not be deleted: {e}", beside.display()))?;
    }
    let mut network = match open::foreign(file) {
        Ok((checkpoint, others)) if args.other == 0 => {
            let _ = others;
            checkpoint.card.network.map(|n| *n).unwrap_or_default()
        }
        Ok((_, others)) => {
            let count = others.len();
            let chosen = others.into_iter().nth(args.other - 1).map(|(_, n)| n);
            chosen.ok_or_else(|| Trouble::Misuse(format!("--other goes from 1 to {count} here")))?
        }
        Err(e) if beside.exists() => return Err(Trouble::Failure(e)),
        Err(e) => {
            // Nothing fits: the tensors in order, to be corrected by hand.
            let (network, _) = crate::weights::infer::draft(foreign::file::read(file)?)?;
            let path = open::remember(file, &network)?;
            return Err(Trouble::Failure(format!(
                "{e}; its tensors are listed in {} as layers to correct",
                path.display()
            )));
        }
    };
    for pair in &args.set {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| Trouble::Misuse(format!("\"{pair}\" is no setting: write KEY=VALUE")))?;
        settings::choose(&mut network, key.trim(), value).map_err(Trouble::Misuse)?;
    }
    let path = open::remember(file, &network)?;
    // What was written must open again.
    open::foreign(file)?;
    if json {
        return line(&json!({ "saved": shown(path.as_path()) }));
    }
    out!("wrote {}", path.display());
    Ok(())
}

/// An array as a tensor of `D` dimensions.
fn array<const D: usize>(entry: &Entry, shape: [usize; D], device: &Device) -> Result<Tensor<D>, Trouble> {
    if shape.iter().product::<usize>() != entry.values.len() {
        return Err(Trouble::Failure(format!(
            "array {} of shape {:?} does not go with this model, which takes {shape:?}",
            entry.name, entry.shape
        )));
    }
    Ok(Tensor::from_data(TensorData::new(entry.values.clone(), shape), device))
}

/// Class numbers of an array.
fn labels(entry: &Entry) -> Result<Vec<i64>, Trouble> {
    entry
        .values
        .iter()
        .map(|&v| match v.fract() == 0.0 && v.abs() < 1e9 {
            true => Ok(v as i64),
            false => Err(Trouble::Misuse(format!("labels are whole numbers, one for each z, not {v}"))),
        })
        .collect()
}

/// Labels as classes `[n]` of a model that has so many; a sentence where they are none of its.
fn ids(labels: &[i64], classes: usize, device: &Device) -> Result<Tensor<1, Int>, Trouble> {
    if classes < 2 {
        return Err(Trouble::Misuse("this model takes no class: leave labels out of the file".into()));
    }
    let id = |v: &i64| match usize::try_from(*v).ok().filter(|v| *v < classes) {
        Some(v) => Ok(v as i32),
        None => Err(Trouble::Misuse(format!("labels go from 0 to {}, not {v}", classes - 1))),
    };
    let ids = labels.iter().map(id).collect::<Result<Vec<i32>, _>>()?;
    Ok(Tensor::from_data(TensorData::new(ids, [labels.len()]), device))
}

/// Arrays by name, with their shapes.
type Arrays = Vec<(String, Vec<usize>, Vec<f32>)>;

fn keep<const D: usize>(out: &mut Arrays, name: &'static str, t: Tensor<D>) {
    let shape = t.dims().to_vec();
    out.push((name.into(), shape, t.into_data().iter::<f32>().collect()));
}

/// Runs z, with labels, or w for each place, through a style-based generator, in its own range.
fn styled(
    generator: &Generator,
    network: &Network,
    arrays: &[Entry],
    labels: Option<&[i64]>,
    on: &Device,
    out: &mut Arrays,
) -> Outcome {
    let find = |names: &[&str]| arrays.iter().find(|t| names.contains(&t.name.as_str()));
    let [dims, width] = generator.dims();
    let rows = |e: &Entry| e.shape.first().copied().unwrap_or(0);
    let ws = match (find(&["w"]), find(&["z", "array"])) {
        (Some(w), _) => array(w, [rows(w), generator.places(), width], on)?,
        (None, Some(z)) => {
            let classes = network.latent.classes;
            let class = match labels {
                Some(labels) => Some(ids(labels, classes, on)?.one_hot::<2>(classes).float()),
                None if classes > 0 => {
                    let chosen = vec![network.latent.class as i64; rows(z)];
                    Some(ids(&chosen, classes.max(2), on)?.one_hot::<2>(classes).float())
                }
                None => None,
            };
            generator.everywhere(generator.map(array(z, [rows(z), dims], on)?, class, &mut Watch::nobody()))
        }
        _ => return Ok(()),
    };
    keep(out, "w", ws.clone());
    if let Some(y) = generator.pictures(ws, &Drawn::default(), &mut Watch::nobody()) {
        keep(out, "y", y);
    }
    Ok(())
}

/// Runs arrays through a model.
pub fn forward(args: &ForwardArgs, json: bool) -> Outcome {
    let checkpoint = load(&args.file)?;
    let chosen = device(args.device.into())?;
    let on = &chosen.device;
    let input = foreign::file::read(&args.input)?;
    let find = |names: &[&str]| input.tensors.iter().find(|t| names.contains(&t.name.as_str()));
    let z = find(&["z", "array"]);
    let x = find(&["x", "enc_in"]);
    let labels = find(&["labels", "class", "classes"]).map(labels).transpose()?;
    let w = find(&["w"]);
    if z.is_none() && x.is_none() && w.is_none() {
        return Err(Trouble::Misuse(format!("{} holds neither z nor x", args.input.display())));
    }
    let s = checkpoint.card.shape;
    let rows = |e: &Entry| e.shape.first().copied().unwrap_or(0);
    let mut out: Arrays = Vec::new();
    if let (Some(z), Some(labels)) = (z, &labels)
        && rows(z) != labels.len()
    {
        let (z, labels) = (rows(z), labels.len());
        return Err(Trouble::Misuse(format!("labels are one for each z: there are {labels} for {z}")));
    }
    if let Some(network) = &checkpoint.card.network
        && let Some(style) = &network.style
    {
        let generator = Generator::new(style, network.frame(), &checkpoint.tensors, on)?;
        styled(&generator, network, &input.tensors, labels.as_deref(), on, &mut out)?;
    } else if let Some(network) = &checkpoint.card.network {
        let mut runner = Runner::new(network, &checkpoint.tensors, on)?;
        if let Some(labels) = labels {
            runner = runner.of_classes(ids(&labels, network.latent.classes, on)?);
        }
        if let Some(z) = z.filter(|_| !network.decoder.is_empty()) {
            keep(&mut out, "y", runner.decode(array(z, [rows(z), network.latent.dims], on)?)?);
        }
        if let Some(x) = x {
            let p = network.picture;
            let picture = array(x, [rows(x), p.channels, p.height, p.width], on)?;
            if network.encodes() {
                let (mean, variance) = runner.encode(picture.clone())?;
                keep(&mut out, "mu", mean);
                if let Some(v) = variance {
                    keep(&mut out, "logvar", v);
                }
            }
            if !network.critic.is_empty() {
                keep(&mut out, "critic", runner.discriminate(picture)?.0);
            }
        }
    } else {
        let model = model(&checkpoint, &chosen)?;
        if let Some(z) = z {
            let mut given = model.given(array(z, [rows(z), model.latent_dims()], on)?);
            let weights = given.0.iter_mut().find_map(|fed| match fed {
                Fed::Class(weights) => Some(weights),
                _ => None,
            });
            match (labels, weights) {
                (Some(labels), Some(weights)) => {
                    let classes = weights.dims()[1];
                    *weights = ids(&labels, classes, on)?.one_hot::<2>(classes).float();
                }
                (Some(labels), None) => drop(ids(&labels, 0, on)?),
                _ => {}
            }
            if let Some(y) = model.model().forward(&given, &mut Watch::nobody()) {
                keep(&mut out, "y", y);
            }
        }
        if let Some(x) = x {
            let picture = array(x, [rows(x), s.channels, s.height, s.width], on)?;
            if let Some((mean, variance)) = model.encode(picture.clone()) {
                keep(&mut out, "mu", mean);
                keep(&mut out, "logvar", variance);
            }
            if let Some((logits, _)) = model.model().classify(picture) {
                keep(&mut out, "critic", logits);
            }
        }
    }
    if out.is_empty() {
        return Err(Trouble::Failure(format!("{} has no part that takes these arrays", args.file.display())));
    }
    whole::write(
        &args.out,
        &write::npz(&out, false).map_err(|e| format!("{} could not be made: {e}", args.out.display()))?,
    )?;
    if json {
        let shapes: serde_json::Map<_, _> = out.iter().map(|(n, s, _)| (n.to_string(), json!(s))).collect();
        return line(&json!({ "out": shown(args.out.as_path()), "arrays": shapes }));
    }
    out!("wrote {}", args.out.display());
    Ok(())
}
