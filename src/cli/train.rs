//! `zscope train`: the engine's own session, with a line a second.
//!
//! Must not know: egui.

use super::args::TrainArgs;
use super::{Outcome, Trouble, device, line, load, shown};
use crate::data::{DataError, Job, Spec};
use crate::engine::drive::{Drive, Reading};
use crate::engine::folder;
use crate::engine::message::{Change, Parent, TrainOrder};
use crate::engine::points;
use crate::engine::session::{self, Notice, Session};
use crate::engine::tuning;
use crate::weights::Checkpoint;
use crate::zoo::{self, Recipe, Settings};
use serde_json::{Map, Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Seed of a run that names none.
const SEED: u64 = 1;

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

/// `STEP:KEY=VALUE` words to changes.
fn changes(recipe: &Recipe, words: &[String]) -> Result<Vec<Change>, Trouble> {
    let mut all = Vec::new();
    for word in words {
        let parts = word.split_once(':').and_then(|(step, set)| Some((step.parse().ok()?, set.to_string())));
        let (step, set) = parts
            .ok_or_else(|| Trouble::Misuse(format!("\"{word}\" is no change: write --at STEP:NAME=VALUE")))?;
        let set = settings(recipe, &[set])?;
        all.extend(set.0.into_iter().map(|(name, value)| Change { step, name, value }));
    }
    all.sort_by_key(|c| c.step);
    Ok(all)
}

/// A recorded run must be of the recipe that was named.
fn same(run: &Path, order: TrainOrder, recipe: &str) -> Result<TrainOrder, Trouble> {
    if order.recipe == recipe {
        return Ok(order);
    }
    Err(Trouble::Misuse(format!("{} is a run of {}, not {recipe}", run.display(), order.recipe)))
}

/// A model to go on with, as it is asked for.
fn from(args: &TrainArgs, from: &Path) -> Result<(TrainOrder, Checkpoint), Trouble> {
    let TrainArgs { steps, epochs, minutes, autosave, .. } = *args;
    let seed = args.seed.unwrap_or(SEED);
    let data = match args.data.as_deref() {
        Some(data) => super::spec_with(data, &args.data_options)?,
        None => String::new(),
    };
    let (recipe, out) = (args.recipe.clone(), args.out.clone());
    let bare =
        TrainOrder { recipe, data, seed, steps, epochs, minutes, out, autosave, ..TrainOrder::default() };
    let run = session::run_of(from);
    let name = run.unwrap_or(from).file_stem().map_or(String::new(), |n| n.to_string_lossy().into_owned());
    let checkpoint = load(from)?;
    // Which settings there are is known once the recipe is.
    let phase = checkpoint.card.phase;
    let (order, _) = tuning::begin(bare.clone(), &name, run, checkpoint.clone())?;
    let order = if args.recipe.is_empty() { order } else { same(from, order, &args.recipe)? };
    let recipe = zoo::find(&order.recipe).map_err(Trouble::Misuse)?.recipe;
    let (settings, changes) = (settings(recipe, &args.set)?, changes(recipe, &args.at)?);
    let asked = TrainOrder { recipe: recipe.name.into(), settings, changes, ..bare };
    if let Some(name) = asked.settings.0.keys().find(|n| !tuning::free(recipe, n, phase)) {
        return Err(Trouble::Misuse(format!("{name} is fixed by the model in {}", from.display())));
    }
    Ok(tuning::begin(asked, &name, run, checkpoint)?)
}

/// What is to be trained, and from which checkpoint.
fn order(args: &TrainArgs, recipe: &Recipe) -> Result<(TrainOrder, Option<Checkpoint>), Trouble> {
    let TrainArgs { steps, epochs, minutes, autosave, .. } = *args;
    let asked = TrainOrder {
        recipe: args.recipe.clone(),
        data: super::spec_with(args.data.as_deref().unwrap_or(recipe.data), &args.data_options)?,
        settings: settings(recipe, &args.set)?,
        seed: args.seed.unwrap_or(SEED),
        steps,
        epochs,
        minutes,
        out: args.out.clone(),
        resume: args.resume,
        autosave,
        changes: changes(recipe, &args.at)?,
        ..TrainOrder::default()
    };
    // Where nothing was recorded yet, going on means beginning.
    let begun = |run: &PathBuf| run.join("run.toml").exists();
    if let (Some(run), true) = (asked.out.as_ref().filter(|run| begun(run)), args.resume) {
        let named = args.data.as_deref().map(|data| super::spec_with(data, &args.data_options));
        let asked = TrainOrder { data: named.transpose()?.unwrap_or_default(), ..asked.clone() };
        let (recorded, checkpoint) = session::resume(run)?;
        let recorded = same(run, recorded, &args.recipe)?;
        if let Some(seed) = args.seed.filter(|seed| *seed != recorded.seed) {
            return Err(Trouble::Misuse(format!(
                "{} was begun with seed {}, which draws its noise and the order of its pictures to the end: leave out --seed {seed}, or begin another run",
                run.display(),
                recorded.seed
            )));
        }
        let step = checkpoint.as_ref().map_or(0, |c| c.card.step);
        return Ok((session::continued(asked, recorded, step), checkpoint));
    }
    if let Some(run) = &args.replay {
        let order = same(run, folder::read_order(run)?, &args.recipe)?;
        let order = TrainOrder { data: points::kept(run, &order.data), ..order };
        if let Some(Parent { name, step }) = &order.parent {
            return Err(Trouble::Misuse(format!(
                "{} began with step {step} of {name}, so it can't be repeated from its start; use --from",
                run.display()
            )));
        }
        let TrainOrder { settings, data, seed, mut changes, .. } = order;
        changes.extend(asked.changes.clone());
        changes.sort_by_key(|c| c.step);
        return Ok((TrainOrder { settings, data, seed, changes, ..asked }, None));
    }
    Ok((asked, None))
}

/// A flag that the system raises when it asks the program to end; asked twice, the program ends at once.
pub(super) fn ending() -> Result<Arc<AtomicBool>, String> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 1, flag.clone())
            .and_then(|_| signal_hook::flag::register(signal, flag.clone()))
            .map_err(|e| format!("signals cannot be caught here: {e}"))?;
    }
    Ok(flag)
}

pub fn train(args: TrainArgs, json: bool) -> Outcome {
    let (order, from) = match &args.from {
        Some(file) => from(&args, file).map(|(order, checkpoint)| (order, Some(checkpoint)))?,
        None => order(&args, zoo::find(&args.recipe).map_err(Trouble::Misuse)?.recipe)?,
    };
    let mut order = order;
    let entry = zoo::find(&order.recipe)?;
    if let Some(name) = &args.phase {
        let Some(card) = from.as_ref().map(|c| &c.card) else {
            return Err(Trouble::Misuse(format!(
                "--phase {name} goes on with something: add --resume with the run's folder as --out, or --from a checkpoint"
            )));
        };
        order.begin_phase(entry.recipe, name, card.step, card.phase).map_err(Trouble::Misuse)?;
    }
    order.check(entry.recipe).map_err(Trouble::Misuse)?;
    if order.steps.is_none() && order.epochs.is_none() && order.minutes.is_none() {
        return Err(Trouble::Misuse("say when to stop: --steps N, --epochs N or --minutes M".into()));
    }
    let spec: Spec = order.data.parse().map_err(|e: DataError| Trouble::Misuse(e.to_string()))?;
    let ending = ending()?;
    let chosen = device(args.device.into())?;
    let told = Telling::new(json);
    let job = Job { progress: &|done, total| told.tell(done, total), cancel: &ending };
    let data = spec.load(session::want(entry, &order.settings), &job).map_err(|e| e.to_string())?;
    told.end();
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
    if let Some(judge) = crate::shipped::judge_of(&session.shape())? {
        session.judged_by(&judge)?;
    }
    let mut told = (session.seen, session.spent);
    let mut drive = Drive::new(session, Duration::from_secs(1));
    let mut broken = None;
    while !drive.session.finished() && broken.is_none() && !ending.load(Relaxed) {
        let turn = drive.turn();
        if let Some(reading) = turn.reading {
            broken = report(&drive.session, reading, &mut told, json)?;
        }
        // Only the last save decides.
        if let Some(Err(e)) = turn.saved {
            eprintln!("zscope: {e}; training goes on and is saved again soon");
        }
    }
    if broken.is_none() {
        let reading = drive.read();
        broken = report(&drive.session, reading, &mut told, json)?;
    }
    let mut session = drive.session;
    let saved = session.save()?;
    let stopped = !session.finished() && broken.is_none();
    if let Some(path) = saved {
        if json {
            line(&json!({ "saved": shown(path.as_path()), "stopped": stopped }))?;
        } else if stopped {
            out!("stopped at step {}, saved {}; --resume goes on from there", session.step, path.display());
        } else {
            out!("saved {}", path.display());
        }
    }
    broken.map_or(Ok(()), |message| Err(Trouble::Failure(message)))
}

/// Says how far the reading of the pictures is: at once, and then every second while it goes on.
struct Telling {
    json: bool,
    began: Instant,
    /// When the last line was written; `None` before the first.
    last: std::sync::Mutex<Option<Duration>>,
}

impl Telling {
    fn new(json: bool) -> Self {
        Self { json, began: Instant::now(), last: std::sync::Mutex::new(None) }
    }

    fn tell(&self, done: usize, total: usize) {
        let now = self.began.elapsed();
        // Small sets are read before anybody wonders.
        let due = |last: Option<Duration>| now >= last.unwrap_or_default() + Duration::from_millis(700);
        let Ok(mut last) = self.last.lock() else { return };
        if total > 1 && due(*last) {
            *last = Some(now);
            if self.json {
                let _ = line(&json!({ "loading": done, "of": total }));
            } else {
                eprintln!("reading pictures: {done} of {total}");
            }
        }
    }

    /// The last line, where there was a first.
    fn end(&self) {
        if !self.json && self.last.lock().is_ok_and(|last| last.is_some()) {
            eprintln!("reading pictures: done in {:.1} s", self.began.elapsed().as_secs_f64());
        }
    }
}

/// Prints where the training stands: the mean of each loss since the last line, and what is wrong. Gives a sentence when
/// the training broke.
fn report(
    session: &Session,
    reading: Reading,
    told: &mut (u64, Duration),
    json: bool,
) -> Result<Option<String>, Trouble> {
    let Reading { metrics, notices } = reading;
    for notice in notices {
        match notice {
            Notice::Trouble(message) => eprintln!("zscope: {message}"),
            Notice::Recovered => eprintln!("zscope: the run folder can be written again"),
            Notice::Changed { name, value } if !json => {
                eprintln!("step {}: {name} is {value} now, as the record says", session.step);
            }
            Notice::Changed { .. } => {}
            Notice::Fresh(note) => eprintln!("{note}"),
            Notice::Health(warnings) => {
                for w in &warnings {
                    if json {
                        let about = json!({ "title": w.title, "evidence": w.evidence, "advice": w.advice });
                        line(&json!({ "warning": about, "step": w.since }))?;
                    } else {
                        eprintln!("step {}: {}: {}. {}", w.since, w.title, w.evidence, w.advice);
                    }
                }
            }
            Notice::Unreadable(message) => return Ok(Some(message)),
            Notice::Broken { step, back } => {
                return Ok(Some(format!(
                    "a loss was no longer a number near step {step}; step {back}, the last good one, is kept: resume with a smaller learning rate"
                )));
            }
        }
    }
    if metrics.rows.is_empty() {
        return Ok(None);
    }
    let seconds = session.spent.saturating_sub(told.1).as_secs_f64();
    let rate = (session.seen - told.0) as f64 / seconds.max(1e-9);
    *told = (session.seen, session.spent);
    // A loss that no step measured since, as the run is in another phase, is left out.
    let mean = |i: usize| {
        let there: Vec<f64> = metrics.rows.iter().map(|r| f64::from(r[i])).filter(|v| !v.is_nan()).collect();
        (!there.is_empty()).then(|| there.iter().sum::<f64>() / there.len() as f64)
    };
    let losses = session.recipe().losses.iter().enumerate();
    let means: Vec<(&str, f64)> = losses.filter_map(|(i, loss)| Some((loss.name, mean(i)?))).collect();
    if json {
        let mut object = Map::new();
        object.insert("step".into(), json!(session.step));
        object.insert("epoch".into(), json!(session.epoch()));
        object.insert("images_per_s".into(), json!(rate));
        object.extend(means.into_iter().map(|(name, v)| (name.to_string(), Value::from(v))));
        line(&object)?;
        return Ok(None);
    }
    let losses: Vec<String> = means.iter().map(|(name, v)| format!("{name} {v:.4}")).collect();
    out!(
        "step {:>7}  epoch {:>7.2}  {:>7.0} img/s  {}",
        session.step,
        session.epoch(),
        rate,
        losses.join("  ")
    );
    Ok(None)
}
