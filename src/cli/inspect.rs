//! `zscope inspect`, `recipes` and `data`: what there is.
//!
//! Must not know: egui.

use super::{Outcome, Trouble, line, load, shown};
use crate::data::{AttributeKind, DataError, Job, Spec, Want};
use crate::engine::message::TensorInfo;
use crate::engine::session;
use crate::weights::open;
use crate::zoo;
use serde_json::json;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

pub fn inspect(file: &Path, json: bool) -> Outcome {
    let (checkpoint, others) =
        if file.exists() && !open::own(file) { open::foreign(file)? } else { (load(file)?, Vec::new()) };
    let card = &checkpoint.card;
    if let Some(network) = &card.network {
        return super::foreign::inspect(file, &checkpoint, network, &others, json);
    }
    let entry = zoo::find(&card.recipe)?;
    let latent_dims = match entry.recipe.setting("z") {
        None => 0,
        Some(_) => card.settings.count(entry.recipe, "z"),
    };
    let parameters =
        session::parameters(checkpoint.tensors.iter().map(|(n, d)| (n.as_str(), d.num_elements())));
    let tensors: Vec<TensorInfo> = checkpoint
        .tensors
        .iter()
        .map(|(name, data)| TensorInfo {
            name: name.clone(),
            shape: data.shape().to_vec(),
            dtype: format!("{:?}", data.dtype()),
        })
        .collect();
    if json {
        return line(&json!({
            "recipe": card.recipe, "latent_dims": latent_dims, "parameters": parameters, "step": card.step,
            "data": card.data, "settings": card.settings, "seed": card.seed, "shape": card.shape,
            "importance": card.importance, "outputs": card.outputs, "tensors": tensors,
        }));
    }
    out!("{} ({})", entry.recipe.title, entry.recipe.paper);
    let s = &card.shape;
    out!("pictures           {}×{}, {}", s.width, s.height, if s.channels == 1 { "grey" } else { "colour" });
    out!("latent dimensions  {latent_dims}");
    out!("parameters         {parameters}");
    if !card.outputs.is_empty() {
        out!("tells              {}", card.outputs.join(", "));
    }
    out!(
        "trained            {} steps, {} pictures of {}, seed {}",
        card.step,
        card.seen,
        card.data,
        card.seed
    );
    for setting in entry.recipe.settings {
        out!("  {:<16} {}", setting.name, card.settings.get(entry.recipe, setting.name));
    }
    for t in tensors {
        out!("{:<44} {:<6} {:?}", t.name, t.dtype, t.shape);
    }
    Ok(())
}

pub fn recipes(json: bool) -> Outcome {
    for entry in zoo::registry() {
        let r = entry.recipe;
        if json {
            let settings: Vec<_> = r
                .settings
                .iter()
                .map(|s| json!({ "name": s.name, "default": s.default, "min": s.min, "max": s.max, "help": s.help }))
                .collect();
            let losses: Vec<_> = r.losses.iter().map(|l| l.name).collect();
            line(
                &json!({ "name": r.name, "title": r.title, "data": r.data, "settings": settings, "losses": losses }),
            )?;
            continue;
        }
        out!("{}  {}\n  {}\n  {}", r.name, r.title, r.summary, r.paper);
        for s in r.settings {
            let choices = match s.scale {
                zoo::Scale::Choice(all) => all.iter().map(|(_, n)| *n).collect::<Vec<_>>().join(" | "),
                _ => format!("{} to {}", s.min, s.max),
            };
            out!("    {:<16} {:<10} {choices}\n      {}", s.name, s.default, s.help);
        }
    }
    Ok(())
}

pub fn data(spec: &str, size: usize, json: bool) -> Outcome {
    if !(16..=256).contains(&size) {
        return Err(Trouble::Misuse("--size goes from 16 to 256".into()));
    }
    let parsed: Spec = spec.parse().map_err(|e: DataError| Trouble::Misuse(e.to_string()))?;
    let cancel = AtomicBool::new(false);
    let job = Job { progress: &|_, _| {}, cancel: &cancel };
    let begun = Instant::now();
    let data = parsed.load(Want::square(size, None), &job).map_err(|e| e.to_string())?;
    let p = &data.train.pictures;
    // Drawn, or read and resized, on all cores; both splits.
    let pictures_per_s =
        ((p.len() + data.test.pictures.len()) as f64 / begun.elapsed().as_secs_f64().max(1e-9)).round();
    let attributes: Vec<_> = data
        .train
        .attributes
        .iter()
        .map(|a| {
            let mean = a.values.iter().sum::<f32>() / a.values.len().max(1) as f32;
            match &a.kind {
                AttributeKind::Class(names) => {
                    let counts: Vec<usize> = (0..names.len())
                        .map(|i| a.values.iter().filter(|v| **v as usize == i).count())
                        .collect();
                    json!({ "name": a.name, "kind": "class", "classes": names, "counts": counts })
                }
                AttributeKind::Binary => json!({ "name": a.name, "kind": "binary", "share": mean }),
                AttributeKind::Continuous { min, max } => {
                    json!({ "name": a.name, "kind": "continuous", "min": min, "max": max, "mean": mean })
                }
            }
        })
        .collect();
    let skipped: Vec<_> =
        data.skipped.iter().map(|s| json!({ "path": shown(s.path.as_path()), "reason": s.reason })).collect();
    let known = |c: &crate::data::Clips| c.tracks.iter().map(|t| t.name.clone()).collect::<Vec<_>>();
    let tracks = data.train.clips().map(known).unwrap_or_default();
    if json {
        return line(&json!({
            "spec": spec, "title": data.title, "train": p.len(), "test": data.test.pictures.len(),
            "width": p.width, "height": p.height, "channels": p.channels,
            "frames": data.train.clips().map(|c| c.length), "tracks": tracks,
            "attributes": attributes, "skipped": skipped, "pictures_per_s": pictures_per_s,
        }));
    }
    out!(
        "{}: {} to train on, {} held out, {}×{}×{}",
        data.title,
        p.len(),
        data.test.pictures.len(),
        p.width,
        p.height,
        p.channels
    );
    if let Some(clips) = data.train.clips() {
        out!("first frames of clips of {}", clips.length);
        if !tracks.is_empty() {
            out!("known of every frame: {}", tracks.join(", "));
        }
    }
    out!("{pictures_per_s} pictures a second");
    for a in attributes {
        out!("  {a}");
    }
    for s in &data.skipped {
        out!("skipped {}: {}", s.path.display(), s.reason);
    }
    Ok(())
}
