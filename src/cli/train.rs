//! `zscope train`: the engine's own session, with a line a second.
//!
//! Must not know: egui.

use super::args::TrainArgs;
use super::{Outcome, Trouble, device, line};
use crate::data::{DataError, Job, Spec};
use crate::engine::message::TrainOrder;
use crate::engine::session::{self, Session};
use crate::zoo::{self, Recipe, Settings};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// A killed process loses no more training than this.
const AUTOSAVE: Duration = Duration::from_secs(60);

/// `KEY=VALUE` words to checked settings. A choice may be named ("gaussian").
pub fn settings(recipe: &Recipe, words: &[String]) -> Result<Settings, Trouble> {
    let mut settings = Settings::default();
    for word in words {
        let (name, text) = word
            .split_once('=')
            .ok_or_else(|| Trouble::Misuse(format!("\"{word}\" is no setting: write --set NAME=VALUE")))?;
        let choice = recipe.setting(name).and_then(|s| s.choice(text));
        let value = match choice.or_else(|| text.parse().ok()) {
            Some(value) => recipe.check(name, value).map_err(Trouble::Misuse)?,
            None => return Err(Trouble::Misuse(format!("{name} is a number, not \"{text}\""))),
        };
        settings.0.insert(name.into(), value);
    }
    Ok(settings)
}

pub fn train(args: TrainArgs, json: bool) -> Outcome {
    let entry = zoo::find(&args.recipe).map_err(Trouble::Misuse)?;
    let order = TrainOrder {
        recipe: args.recipe.clone(),
        data: args.data.clone().unwrap_or_else(|| entry.recipe.data.into()),
        settings: settings(entry.recipe, &args.set)?,
        seed: args.seed,
        steps: args.steps,
        epochs: args.epochs,
        minutes: args.minutes,
        out: args.out.clone(),
        resume: args.resume,
    };
    let (order, from) = match (&order.out, args.resume) {
        (Some(run), true) => {
            let (recorded, checkpoint) = session::resume(run)?;
            if recorded.recipe != args.recipe {
                let message =
                    format!("{} is a run of {}, not {}", run.display(), recorded.recipe, args.recipe);
                return Err(Trouble::Misuse(message));
            }
            (session::continued(order, recorded), Some(checkpoint))
        }
        _ => (order, None),
    };
    if order.steps.is_none() && order.epochs.is_none() && order.minutes.is_none() {
        return Err(Trouble::Misuse("say when to stop: --steps N, --epochs N or --minutes M".into()));
    }
    let spec: Spec = order.data.parse().map_err(|e: DataError| Trouble::Misuse(e.to_string()))?;
    let chosen = device(args.device.into())?;
    let cancel = AtomicBool::new(false);
    let job = Job { progress: &|_, _| {}, cancel: &cancel };
    let data = spec.load(session::want(entry, &order.settings), &job).map_err(|e| e.to_string())?;
    if !json {
        eprintln!(
            "{} on {}: {} pictures, {}",
            entry.recipe.title,
            data.title,
            data.train.pictures.len(),
            chosen.name
        );
    }
    let mut session = Session::new(order, Arc::new(data), &chosen.device, from, true)?;
    let mut saved = Instant::now();
    let mut told = (Instant::now(), session.seen, session.spent);
    while !session.finished() {
        session.advance();
        if told.0.elapsed() >= Duration::from_secs(1) || session.finished() {
            report(&mut session, &mut told, json)?;
        }
        if saved.elapsed() >= AUTOSAVE {
            session.save()?;
            saved = Instant::now();
        }
    }
    if let Some(path) = session.save()? {
        if json {
            line(&json!({ "saved": path }))?;
        } else {
            out!("saved {}", path.display());
        }
    }
    Ok(())
}

/// Prints where the training stands: the mean of each loss since the last line.
fn report(session: &mut Session, told: &mut (Instant, u64, Duration), json: bool) -> Outcome {
    let (metrics, written) = session.metrics();
    written?;
    let n = metrics.rows.len().max(1) as f64;
    let seconds = (session.spent - told.2).as_secs_f64();
    let rate = (session.seen - told.1) as f64 / seconds.max(1e-9);
    *told = (Instant::now(), session.seen, session.spent);
    let means: Vec<(&str, f64)> = session
        .recipe()
        .losses
        .iter()
        .enumerate()
        .map(|(i, loss)| (loss.name, metrics.rows.iter().map(|r| f64::from(r[i])).sum::<f64>() / n))
        .collect();
    if means.iter().any(|(_, v)| !v.is_finite()) {
        let step = session.step;
        return Err(Trouble::Failure(format!(
            "a loss is no longer a number near step {step}; resume from the last checkpoint with a smaller learning rate"
        )));
    }
    if json {
        let mut object = Map::new();
        object.insert("step".into(), json!(session.step));
        object.insert("epoch".into(), json!(session.epoch()));
        object.insert("images_per_s".into(), json!(rate));
        object.extend(means.into_iter().map(|(name, v)| (name.to_string(), Value::from(v))));
        return line(&object);
    }
    let losses: Vec<String> = means.iter().map(|(name, v)| format!("{name} {v:.4}")).collect();
    out!(
        "step {:>7}  epoch {:>7.2}  {:>7.0} img/s  {}",
        session.step,
        session.epoch(),
        rate,
        losses.join("  ")
    );
    Ok(())
}
