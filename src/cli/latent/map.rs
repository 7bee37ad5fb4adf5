//! `zscope map`: latent space as a whole: a plane of pictures, a strip for every dimension, latents as points, the
//! training pictures like an output.
//!
//! Must not know: egui.

use super::super::{GROUND, Outcome, Trouble, line, shown};
use super::args::{Layout as By, MapCommand, NearestArgs, PlaneArgs, PointsArgs, Rule, StripsArgs};
use super::{ON, Opened};
use crate::data::{Attribute, AttributeKind};
use crate::engine::grid::tile;
use crate::engine::message::{Importance, STRIP};
use crate::engine::tool;
use crate::latent::plane::{Axis, Plane, Ruling};
use crate::metrics::importance;
use crate::point;
use crate::state::map::{self, CELLS, Cloud, MOST_POINTS};
use crate::tools::memory::Likeness;
use crate::tools::picture::{png, rgb};
use crate::tools::{decode, points};
use crate::weights::whole;
use crate::zoo::batch;
use burn::tensor::Tensor;
use image::{RgbImage, imageops};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Pictures across the mosaic of points.
const MOSAIC: usize = 24;

/// Runs `zscope map`.
pub fn map(command: MapCommand, json: bool) -> Outcome {
    match command {
        MapCommand::Plane(args) => plane(&args, json),
        MapCommand::Strips(args) => strips(&args, json),
        MapCommand::Points(args) => cloud(&args, json),
        MapCommand::Nearest(args) => nearest(&args, json),
    }
}

/// How much each dimension matters, and the dimensions in that order.
fn ranking(opened: &Opened) -> (Importance, Vec<f32>, Vec<usize>) {
    let card = &opened.checkpoint.card;
    let (values, kl) = match card.importance.len() == opened.model.latent_dims() {
        true => (card.importance.clone(), card.importance_is_kl),
        false => importance::measure(&opened.model, &Default::default(), &opened.chosen.device),
    };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
    (if kl { Importance::Kl } else { Importance::Sensitivity }, values, order)
}

/// Latents as one sheet, row by row.
fn sheet(opened: &Opened, latents: &[Vec<f32>], columns: usize) -> Result<RgbImage, String> {
    let mut parts: Vec<Tensor<4>> = Vec::new();
    decode(&opened.model, latents, &opened.chosen.device, |_, x| {
        parts.push(x);
        Ok(())
    })?;
    Ok(rgb(tile(Tensor::cat(parts, 0), columns)))
}

fn write(out: &Path, picture: &RgbImage) -> Result<(), String> {
    whole::write(out, &png(picture, None)?)
}

/// A dimension by its number, or a direction of the model by its name.
fn axis(opened: &Opened, word: &str) -> Result<Axis, Trouble> {
    let dims = opened.model.latent_dims();
    if let Ok(i) = word.parse::<usize>() {
        if i < dims {
            return Ok(Axis::Dimension(i));
        }
        return Err(Trouble::Misuse(format!("there is no dimension {i}: they go from 0 to {}", dims - 1)));
    }
    let directions = &opened.checkpoint.card.directions;
    let found = directions.iter().find(|d| d.name.eq_ignore_ascii_case(word));
    found.map(Axis::direction).ok_or_else(|| {
        let names: Vec<&str> = directions.iter().map(|d| d.name.as_str()).collect();
        Trouble::Misuse(format!(
            "\"{word}\" is neither a dimension nor a direction of this model; its directions are: {}",
            if names.is_empty() { "none".into() } else { names.join(", ") }
        ))
    })
}

fn plane(args: &PlaneArgs, json: bool) -> Outcome {
    if !(CELLS.0..=CELLS.1).contains(&args.n) {
        return Err(Trouble::Misuse(format!("--n goes from {} to {}", CELLS.0, CELLS.1)));
    }
    let opened = Opened::new(&args.file, args.device, None)?;
    let dims = opened.model.latent_dims();
    if dims < 2 {
        return Err(Trouble::Failure("a plane needs two dimensions, and this model has one".into()));
    }
    let (_, _, order) = ranking(&opened);
    let choose = |word: &Option<String>, k: usize| match word {
        Some(word) => axis(&opened, word),
        None => Ok(Axis::Dimension(order[k])),
    };
    let (right, up) = (choose(&args.across, 0)?, choose(&args.up, 1)?);
    let ruling = match args.rule {
        Rule::Probability => Ruling::Probability,
        Rule::Sigma => Ruling::Sigma,
    };
    let z = match &args.from {
        Some(word) => opened.latent(word)?.0,
        None => vec![0.0; dims],
    };
    let plane = Plane { right, up, ruling };
    let (centre, half) = ruling.whole();
    let n = args.n;
    let s = |i: usize| ruling.coordinate(centre - half + (i as f32 + 0.5) * 2.0 * half / n as f32);
    let latents: Vec<Vec<f32>> = (0..n * n).map(|k| plane.through(&z, s(k % n), s(n - 1 - k / n))).collect();
    let picture = sheet(&opened, &latents, n)?;
    write(&args.out, &picture)?;
    if json {
        let name = |axis: &Axis, word: &Option<String>| match axis {
            Axis::Dimension(i) => json!(i),
            Axis::Along(_) => json!(word),
        };
        let (across, up) = (name(&plane.right, &args.across), name(&plane.up, &args.up));
        return line(&json!({ "out": shown(args.out.as_path()), "n": n, "across": across, "up": up }));
    }
    out!("wrote {}", args.out.display());
    Ok(())
}

fn strips(args: &StripsArgs, json: bool) -> Outcome {
    let opened = Opened::new(&args.file, args.device, None)?;
    let dims = opened.model.latent_dims();
    let z = match &args.from {
        Some(word) => opened.latent(word)?.0,
        None => vec![0.0; dims],
    };
    let (measure, values, order) = ranking(&opened);
    let mut latents = Vec::new();
    for &i in &order {
        let dead = map::dead(measure, values[i]);
        for at in STRIP {
            let mut z = z.clone();
            z[i] = at;
            latents.push(z);
        }
        if json {
            let kl = measure == Importance::Kl;
            line(&json!({ "dimension": i, "importance": values[i], "nats": kl, "dead": dead }))?;
        } else {
            let unit = if measure == Importance::Kl { "nats" } else { "of the picture's range" };
            let name = point::dimension_name(opened.model.inputs(), i)
                .map_or_else(String::new, |name| format!("  {name}"));
            out!(
                "z{i:<4} {:.4} {unit}{name}{}",
                values[i],
                dead.map_or_else(String::new, |d| format!("  {d}"))
            );
        }
    }
    if let Some(out) = &args.out {
        write(out, &sheet(&opened, &latents, STRIP.len())?)?;
        if !json {
            out!("wrote {}", out.display());
        }
    }
    Ok(())
}

fn cloud(args: &PointsArgs, json: bool) -> Outcome {
    if !(3..=MOST_POINTS).contains(&args.count) {
        return Err(Trouble::Misuse(format!("--count goes from 3 to {MOST_POINTS}")));
    }
    let ending = whole::ending(&args.out, &["csv", "png"]).map_err(Trouble::Misuse)?;
    let opened = Opened::new(&args.file, args.device, None)?;
    let subject = opened.subject()?;
    let encodes = subject.model.encodes() && !args.samples;
    let data = encodes.then(|| opened.data(&args.data).to_owned());
    let all = Arc::new(tool::map(&subject, data, args.count, &AtomicBool::new(false), ON)?);
    let (by, tsne) = match args.by {
        By::Pca => (map::By::Pca, None),
        By::Tsne => (map::By::Tsne, Some(Arc::new(points::tsne(&all, ON)?))),
        By::Dims => {
            let (_, _, order) = ranking(&opened);
            (map::By::Dimensions(order[0], *order.get(1).unwrap_or(&order[0])), None)
        }
    };
    let mut cloud = Cloud { by, tsne, points: Some(all.clone()), ..Cloud::default() };
    cloud.lay_out();
    let layout = cloud.layout.ok_or("these points could not be laid out".to_string())?;
    if ending == "csv" {
        whole::write(&args.out, table(&opened, &layout.xy, &all).as_bytes())?;
    } else {
        write(&args.out, &mosaic(&opened, &layout, &all)?)?;
    }
    if json {
        let names: Vec<&String> = all.attributes.iter().map(|a| &a.name).collect();
        return line(&json!({
            "out": shown(args.out.as_path()), "points": all.len(), "of": all.title, "attributes": names, "pca_share": all.share,
        }));
    }
    out!("wrote {} points ({}) to {}", all.len(), all.title, args.out.display());
    Ok(())
}

/// A line for each point: its place on the map, what it shows, its latent as the network takes it.
fn table(opened: &Opened, xy: &[[f32; 2]], all: &points::Points) -> String {
    let mut text = String::from("x,y");
    let quoted = |name: &str| match name.contains([',', '"', '\n']) {
        true => format!("\"{}\"", name.replace('"', "\"\"")),
        false => name.to_owned(),
    };
    all.attributes.iter().for_each(|a| text.extend([",", &quoted(&a.name)]));
    (0..all.dims).for_each(|i| text.push_str(&format!(",z{i}")));
    for (i, [x, y]) in xy.iter().enumerate() {
        text.push_str(&format!("\n{x},{y}"));
        for attribute in &all.attributes {
            text.extend([",", &quoted(&value(attribute, i))]);
        }
        opened.own(all.z(i)).iter().for_each(|v| text.push_str(&format!(",{v}")));
    }
    text.push('\n');
    text
}

fn value(attribute: &Attribute, i: usize) -> String {
    let Some(v) = attribute.values.get(i).filter(|v| v.is_finite()) else { return String::new() };
    match &attribute.kind {
        AttributeKind::Class(names) => {
            names.get(v.max(0.0) as usize).filter(|_| *v >= 0.0).cloned().unwrap_or_default()
        }
        _ => v.to_string(),
    }
}

/// The map as a mosaic: in each cell what the model draws of the point nearest to its middle.
fn mosaic(opened: &Opened, layout: &map::Layout, all: &points::Points) -> Result<RgbImage, String> {
    let ([cx, cy], half) = layout.frame;
    let side = 2.0 * half / MOSAIC as f32;
    let mut nearest: Vec<Option<(usize, f32)>> = vec![None; MOSAIC * MOSAIC];
    for (i, [x, y]) in layout.xy.iter().enumerate() {
        let (u, v) = ((x - (cx - half)) / side, ((cy + half) - y) / side);
        if !(0.0..MOSAIC as f32).contains(&u) || !(0.0..MOSAIC as f32).contains(&v) {
            continue;
        }
        let far = (u.fract() - 0.5).hypot(v.fract() - 0.5);
        let slot = &mut nearest[v as usize * MOSAIC + u as usize];
        if slot.is_none_or(|(_, d)| far < d) {
            *slot = Some((i, far));
        }
    }
    let shape = opened.checkpoint.card.shape;
    let (w, h) = (shape.width as u32, shape.height as u32);
    let mut picture = RgbImage::from_pixel(MOSAIC as u32 * w, MOSAIC as u32 * h, GROUND);
    let cells: Vec<usize> = (0..nearest.len()).filter(|k| nearest[*k].is_some()).collect();
    let latents: Vec<&[f32]> = cells.iter().filter_map(|k| nearest[*k]).map(|(i, _)| all.z(i)).collect();
    decode(&opened.model, &latents, &opened.chosen.device, |first, x| {
        let [n, c, h, w] = x.dims();
        for k in 0..n {
            let one = rgb(x.clone().narrow(0, k, 1).reshape([c, h, w]));
            let cell = cells[first + k];
            imageops::replace(&mut picture, &one, (cell % MOSAIC * w) as i64, (cell / MOSAIC * h) as i64);
        }
        Ok(())
    })?;
    Ok(picture)
}

fn nearest(args: &NearestArgs, json: bool) -> Outcome {
    let opened = Opened::new(&args.file, args.device, args.judge.as_deref())?;
    let (z, _) = opened.latent(&args.from)?;
    let by = if args.features { Likeness::Features } else { Likeness::Pixels };
    let (subject, data) = (opened.subject()?, opened.data(&args.data).to_owned());
    let none = AtomicBool::new(false);
    let found = tool::nearest(&subject, z.as_slice().into(), None, &data, by, &none, ON)?;
    if let Some(out) = &args.out {
        let drawn = sheet(&opened, std::slice::from_ref(&z), 1)?;
        let all: Vec<usize> = (0..found.pictures.len()).collect();
        let like = batch::pictures(&found.pictures, &all, &opened.chosen.device)?;
        write(out, &beside(&drawn, &rgb(tile(like, all.len().max(1)))))?;
    }
    if json {
        let all: Vec<_> = found.found.iter().map(|(i, d)| json!({ "picture": i, "difference": d })).collect();
        return line(&json!({
            "nearest": all, "among_data": found.among, "looked_at": found.looked_at, "out": shown(args.out.as_deref()),
        }));
    }
    for (i, d) in &found.found {
        out!("picture {i:<7} differs by {d:.4}");
    }
    out!(
        "the nearest differs by {:.4} from the training picture most like it; {} were looked at",
        found.among,
        found.looked_at
    );
    Ok(())
}

/// The output, a gap, and the pictures like it.
fn beside(drawn: &RgbImage, like: &RgbImage) -> RgbImage {
    let gap = drawn.height() / 4;
    let mut sheet = RgbImage::from_pixel(drawn.width() + gap + like.width(), drawn.height(), GROUND);
    imageops::replace(&mut sheet, drawn, 0, 0);
    imageops::replace(&mut sheet, like, i64::from(drawn.width() + gap), 0);
    sheet
}
