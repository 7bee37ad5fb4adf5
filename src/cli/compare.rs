//! `zscope compare`: the figures of several runs side by side, each of its newest checkpoint.
//!
//! Must not know: egui.

use super::args::{CompareArgs, DataArgs, EvalArgs};
use super::evaluate::measure;
use super::{Outcome, Trouble, device, line, load, model};
use crate::engine::session;
use crate::zoo::{self, Settings, adversarial};
use serde_json::json;
use std::path::Path;

/// The newest checkpoint of a run, or the one that is named.
fn newest(path: &Path) -> Result<crate::weights::Checkpoint, Trouble> {
    if !path.join("run.toml").exists() {
        return Ok(load(path)?);
    }
    let (_, checkpoint) = session::resume(path)?;
    checkpoint.ok_or_else(|| {
        Trouble::Failure(format!("{} has no checkpoint yet: train it further first", path.display()))
    })
}

/// What a run plays, where it is a GAN with a menu of games.
fn game(recipe: &str, settings: &Settings) -> &'static str {
    let recipe = zoo::recipe(recipe);
    let place = recipe.and_then(|r| settings.find(r, adversarial::LOSS_NAME));
    let game = place.and_then(|place| crate::objective::game::GAMES.get(place as usize));
    game.map_or("", |(_, name)| name)
}

pub fn compare(args: &CompareArgs, json: bool) -> Outcome {
    let chosen = device(args.device.into())?;
    if !json {
        out!(
            "{:<28} {:<16} {:>9} {:>9} {:>8} {:>9} {:>8}",
            "run",
            "loss",
            "FID64",
            "sure",
            "classes",
            "steps",
            "seconds"
        );
    }
    for run in &args.runs {
        let checkpoint = newest(run)?;
        let card = &checkpoint.card;
        let subject = model(&checkpoint, &chosen)?;
        if subject.model().plane().is_some() {
            return Err(Trouble::Misuse(format!(
                "{} draws points: zscope eval has its figures, and zscope lab sweep a table of many",
                run.display()
            )));
        }
        let spec = args.data.clone().unwrap_or_else(|| card.data.clone());
        let asked = EvalArgs {
            file: run.clone(),
            data: args.data.clone(),
            data_options: DataArgs::default(),
            judge: None,
            samples: args.samples,
            device: args.device,
        };
        let figures = measure(&asked, &checkpoint, &subject, &spec, &chosen)?.figures;
        let name =
            run.file_name().map_or_else(|| run.display().to_string(), |n| n.to_string_lossy().into_owned());
        let game = game(&card.recipe, &card.settings);
        let sure = figures.confident_share_mean.or(figures.confident_share);
        if json {
            line(&json!({
                "run": run.display().to_string(),
                "recipe": card.recipe,
                "loss": game,
                "fid64": figures.frechet,
                "sure": sure,
                "classes": figures.classes_seen,
                "steps": card.step,
                "seconds": card.seconds,
            }))?;
            continue;
        }
        let show = |v: Option<f64>| v.map_or("—".to_owned(), |v| format!("{v:.3}"));
        out!(
            "{name:<28} {game:<16} {:>9} {:>9} {:>8} {:>9} {:>8.0}",
            show(figures.frechet),
            show(sure),
            figures.classes_seen.map_or("—".into(), |n| n.to_string()),
            card.step,
            card.seconds
        );
    }
    if !json {
        out!(
            "FID64: Fréchet distance in the judge's 64 features; sure: samples (or attributes) named with p ≥ 0.9"
        );
    }
    Ok(())
}
