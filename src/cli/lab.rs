//! `zscope lab sweep`: every loss on every set of points with several seeds, as ordinary runs in one folder, and a table and a
//! picture of how they went. What is done is not done again, so a sweep that was ended goes on where it was.
//!
//! Must not know: egui, how a loss is computed.

use super::args::SweepArgs;
use super::train::{ending, settings};
use super::{Outcome, Trouble, line};
use crate::data::plane::NAMES;
use crate::data::{DataError, Job, Spec};
use crate::engine::device;
use crate::engine::drive::Drive;
use crate::engine::order::TrainOrder;
use crate::engine::session::{self, Session};
use crate::engine::{folder, points};
use crate::objective::game::GAMES;
use crate::tools::plane::{FINE, figures};
use crate::weights::whole;
use crate::zoo::adversarial::LOSS_NAME;
use crate::zoo::{self, Settings};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What is kept of each run that is done, a line each.
const DONE: &str = "sweep.jsonl";
/// Name of the non-saturating game with R1, beside the eight plain ones.
const CALM: &str = "non-saturating+R1";

/// One run of the sweep.
#[derive(Clone, Debug, PartialEq)]
struct Task {
    loss: String,
    data: String,
    seed: u64,
    settings: Settings,
}

impl Task {
    fn name(&self) -> String {
        format!("{}-{}-{}", self.loss.replace('+', "-"), label(&self.data), self.seed)
    }
}

/// What a set of points is called in tables and names of runs: of a file its name, without folders and ending, with what a
/// folder may be called on every system.
fn label(data: &str) -> String {
    let spec = data.parse::<Spec>().ok();
    let stem = spec.as_ref().and_then(Spec::file).and_then(Path::file_stem);
    let name = stem.map_or_else(|| data.into(), |stem| stem.to_string_lossy());
    name.chars().map(|c| if c.is_alphanumeric() || ".-_".contains(c) { c } else { '-' }).collect()
}

/// How one run went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Row {
    run: String,
    loss: String,
    data: String,
    seed: u64,
    steps: u64,
    seconds: f64,
    /// Whether a loss was no number, and the run ended there.
    broken: bool,
    modes: Option<usize>,
    modes_there: Option<usize>,
    high_quality: Option<f32>,
    reverse_kl: Option<f32>,
    jsd: Option<f32>,
}

/// The losses of a sweep by name, each with the settings that its paper has beside it.
fn losses() -> Vec<(String, Vec<(&'static str, f64)>)> {
    let plain = GAMES.iter().enumerate().map(|(place, (_, name))| {
        // The critics of Wasserstein's distance learn five times for each step of G, as in their papers.
        let turns = if name.starts_with("WGAN") { 5.0 } else { 1.0 };
        (name.to_string(), vec![(LOSS_NAME, place as f64), ("d_steps", turns), ("penalty", 0.0)])
    });
    plain.chain([(CALM.to_string(), vec![(LOSS_NAME, 0.0), ("penalty", 0.1)])]).collect()
}

/// All settings of a loss's runs: its own, and over them what a person sets for all of them.
fn together(own: &[(&'static str, f64)], given: &Settings) -> Settings {
    let own = own.iter().map(|(n, v)| ((*n).to_string(), *v));
    Settings(own.chain(given.0.clone()).collect())
}

fn tasks(args: &SweepArgs) -> Result<Vec<Task>, Trouble> {
    let recipe = zoo::find("lab")?.recipe;
    let (all, given) = (losses(), settings(recipe, &args.set)?);
    let mut tasks = Vec::new();
    for (i, data) in args.data.iter().enumerate() {
        let wrong = |e: DataError| Trouble::Misuse(e.to_string());
        if data.parse::<Spec>().map_err(wrong)?.world().map_err(wrong)?.is_none() {
            return Err(Trouble::Misuse(format!(
                "{data} is no set of points: use points:FILE, {}",
                NAMES.join(", ")
            )));
        }
        if let Some(other) = args.data[..i].iter().find(|other| label(other) == label(data)) {
            return Err(Trouble::Misuse(format!(
                "{other} and {data} would have the same names in the sweep's table: rename a file, or leave one out"
            )));
        }
        for (loss, own) in &all {
            if !args.loss.is_empty() && !args.loss.iter().any(|l| l.eq_ignore_ascii_case(loss)) {
                continue;
            }
            for seed in 1..=args.seeds {
                let settings = together(own, &given);
                tasks.push(Task { loss: loss.clone(), data: data.clone(), seed, settings });
            }
        }
    }
    if let Some(unknown) = args.loss.iter().find(|l| !all.iter().any(|(n, _)| n.eq_ignore_ascii_case(l))) {
        let names: Vec<&str> = all.iter().map(|(n, _)| n.as_str()).collect();
        return Err(Trouble::Misuse(format!("there is no loss {unknown}: use {}", names.join(", "))));
    }
    Ok(tasks)
}

/// Trains one run to its end, or goes on with it; `None`: it was ended before, and is saved.
fn train(task: &Task, out: &Path, steps: u64, ending: &AtomicBool) -> Result<Option<Row>, String> {
    let entry = zoo::find("lab")?;
    let folder = out.join(task.name());
    let mut order = TrainOrder {
        recipe: entry.recipe.name.into(),
        data: task.data.clone(),
        settings: task.settings.clone(),
        seed: task.seed,
        steps: Some(steps),
        out: Some(folder.clone()),
        resume: folder.join("run.toml").exists(),
        ..TrainOrder::default()
    };
    let mut from = None;
    if order.resume {
        let (recorded, checkpoint) = session::resume(&folder)?;
        if recorded.settings != order.settings {
            return Err(format!("{} has other settings: name another folder", folder.display()));
        }
        // The run has the points that it began with, whatever their file says by now.
        order.data = String::new();
        let step = checkpoint.as_ref().map_or(0, |c| c.card.step);
        (order, from) = (session::continued(order, recorded, step), checkpoint);
    }
    let spec: Spec = order.data.parse().map_err(|e: DataError| e.to_string())?;
    let world = spec.world().map_err(|e| e.to_string())?;
    let job = Job { progress: &|_, _| {}, cancel: ending };
    let data = spec.load(session::want(entry, &order.settings), &job).map_err(|e| e.to_string())?;
    let chosen = device::cpu().device;
    let session = Session::new(order, Arc::new(data), &chosen, from, true)?;
    let mut drive = Drive::new(session, Duration::from_secs(1));
    let mut broken = false;
    while !drive.session.finished() && !broken && !ending.load(Relaxed) {
        broken = drive.turn().broken();
    }
    broken |= drive.read().broken();
    drive.session.save()?;
    if !broken && !drive.session.finished() {
        return Ok(None);
    }
    let seen = figures(&drive.session.model(), world.as_ref(), FINE, &chosen);
    let coverage = seen.and_then(|f| f.coverage);
    let row = Row {
        run: task.name(),
        loss: task.loss.clone(),
        data: task.data.clone(),
        seed: task.seed,
        steps: drive.session.step,
        seconds: drive.session.spent.as_secs_f64(),
        broken,
        modes: coverage.map(|c| c.modes),
        modes_there: coverage.map(|c| c.of),
        high_quality: coverage.map(|c| c.high_quality),
        reverse_kl: coverage.map(|c| c.reverse_kl).filter(|v| v.is_finite()),
        jsd: seen.and_then(|f| f.optimal).map(|o| o.jsd),
    };
    drive.session.close();
    Ok(Some(row))
}

/// Rows of an earlier start in this folder.
fn done(out: &Path) -> Vec<Row> {
    let text = std::fs::read_to_string(out.join(DONE)).unwrap_or_default();
    // A last line that a kill cut short is of a run that is looked at again.
    text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect()
}

/// Refuses what would put figures of other settings, or of other points under the same name, into one table.
fn mixed(args: &SweepArgs, out: &Path, rows: &[Row], tasks: &[Task]) -> Result<(), Trouble> {
    let (all, given) = (losses(), settings(zoo::find("lab")?.recipe, &args.set)?);
    for row in rows {
        let Ok(order) = folder::read_order(&out.join(&row.run)) else { continue };
        let own = all.iter().find(|(loss, _)| *loss == row.loss).map_or(&[][..], |(_, own)| own);
        if order.settings != together(own, &given) {
            return Err(Trouble::Misuse(format!(
                "{} was made with other settings: name another folder with --out",
                out.join(&row.run).display()
            )));
        }
    }
    let begun = tasks.iter().find(|t| !points::unchanged(&out.join(t.name()), &t.data));
    match begun {
        Some(task) => Err(Trouble::Misuse(format!(
            "{} was trained on other points than {} has now: name another folder with --out",
            out.join(task.name()).display(),
            task.data
        ))),
        None => Ok(()),
    }
}

pub fn sweep(args: &SweepArgs, json: bool) -> Outcome {
    let tasks = tasks(args)?;
    let out = &args.out;
    std::fs::create_dir_all(out).map_err(|e| format!("{} can't be made: {e}", out.display()))?;
    let rows = done(out);
    if let Some(other) = rows.iter().find(|r| !r.broken && r.steps != args.steps) {
        return Err(Trouble::Misuse(format!(
            "{} holds a sweep of {} steps each: name another folder with --out, or say --steps {}",
            out.display(),
            other.steps,
            other.steps
        )));
    }
    if let Some(other) = rows.iter().find(|r| tasks.iter().any(|t| t.name() == r.run && t.data != r.data)) {
        return Err(Trouble::Misuse(format!(
            "{} holds a sweep of {}: name another folder with --out",
            out.display(),
            other.data
        )));
    }
    mixed(args, out, &rows, &tasks)?;
    let left: VecDeque<Task> =
        tasks.iter().filter(|t| !rows.iter().any(|r| r.run == t.name())).cloned().collect();
    let ending = ending()?;
    let (total, begun) = (tasks.len(), tasks.len() - left.len());
    if !json {
        eprintln!("{total} runs of {} steps, {begun} of them done before", args.steps);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = args.jobs.unwrap_or(cores).clamp(1, left.len().max(1));
    let (left, rows, failed) = (Mutex::new(left), Mutex::new(rows), Mutex::new(Vec::new()));
    // Rows of other losses or seeds may stand in the same table.
    let ended = |rows: &[Row]| tasks.iter().filter(|t| rows.iter().any(|r| r.run == t.name())).count();
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let work = || {
        while let Some(task) = next().filter(|_| !ending.load(Relaxed)) {
            // One that fails inside must not take the others with it.
            let trained = catch_unwind(AssertUnwindSafe(|| train(&task, out, args.steps, &ending)));
            match trained.unwrap_or_else(|_| Err("the training failed inside".into())) {
                Ok(None) => {}
                Ok(Some(row)) => {
                    let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
                    rows.push(row);
                    if let (false, Some(row)) = (json, rows.last()) {
                        eprintln!("{:>3} of {total}  {}", ended(&rows), words(row));
                    }
                    if let Err(e) = write(out, &rows) {
                        failed.lock().unwrap_or_else(PoisonError::into_inner).push(e);
                        ending.store(true, Relaxed);
                    }
                }
                Err(e) => {
                    failed
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(format!("{}: {e}", task.name()));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..workers {
            // Runs side by side are faster than one run on several cores: such small networks hardly share work.
            scope.spawn(|| {
                match rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build() {
                    Ok(pool) => pool.install(work),
                    Err(_) => work(),
                }
            });
        }
    });
    let rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(e) = failed.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().next() {
        return Err(Trouble::Failure(e));
    }
    if ending.load(Relaxed) && ended(&rows) < total {
        eprintln!("ended after {} of {total} runs; the same command goes on", ended(&rows));
        return Ok(());
    }
    if json {
        rows.iter().try_for_each(line)
    } else {
        for row in table(&rows) {
            out!("{row}");
        }
        out!(
            "written: sweep.csv, sweep.json and sweep.svg in {}; its runs open on the page Runs",
            out.display()
        );
        Ok(())
    }
}

fn words(row: &Row) -> String {
    let modes = row.modes.zip(row.modes_there).map(|(m, of)| format!("{m} of {of} modes, "));
    let near = row.high_quality.map(|h| format!("{:.1} % within 3σ, ", 100.0 * h));
    let jsd = row.jsd.map_or(String::new(), |j| format!("JSD {j:.3}, "));
    let broken = if row.broken { "a loss was no number, " } else { "" };
    format!(
        "{:<36} {broken}{}{}{jsd}{:.0} s",
        row.run,
        modes.unwrap_or_default(),
        near.unwrap_or_default(),
        row.seconds
    )
}

/// Rows of the same loss and data, in the order of the menu.
fn groups(rows: &[Row]) -> Vec<(String, String, Vec<&Row>)> {
    let mut all: Vec<(String, String, Vec<&Row>)> = Vec::new();
    let mut data: Vec<&str> = rows.iter().map(|r| r.data.as_str()).collect();
    data.sort_unstable();
    data.dedup();
    for data in data {
        for (loss, _) in losses() {
            let own: Vec<&Row> = rows.iter().filter(|r| r.data == data && r.loss == loss).collect();
            if !own.is_empty() {
                all.push((data.into(), loss, own));
            }
        }
    }
    all
}

fn mean(rows: &[&Row], of: impl Fn(&Row) -> Option<f64>) -> Option<f64> {
    let all: Vec<f64> = rows.iter().filter_map(|r| of(r)).collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

/// What is measured of each run: title, value, and what the longest bar is.
type Measure = (&'static str, fn(&Row) -> Option<f64>, Option<f64>);

const MEASURES: [Measure; 4] = [
    ("modes, part of all", |r| Some(r.modes? as f64 / r.modes_there?.max(1) as f64), Some(1.0)),
    ("within 3σ, part of samples", |r| r.high_quality.map(f64::from), Some(1.0)),
    ("JSD, nats", |r| r.jsd.map(f64::from), Some(std::f64::consts::LN_2)),
    ("seconds", |r| Some(r.seconds), None),
];

fn table(rows: &[Row]) -> Vec<String> {
    let mut all = vec![format!(
        "{:<12} {:<20} {:>7} {:>10} {:>8} {:>8}",
        "data", "loss", "modes", "within 3σ", "JSD", "seconds"
    )];
    for (data, loss, own) in groups(rows) {
        let show = |i: usize| mean(&own, MEASURES[i].1).map_or("—".into(), |v| format!("{v:.3}"));
        all.push(format!(
            "{:<12} {loss:<20} {:>7} {:>10} {:>8} {:>8}",
            label(&data),
            show(0),
            show(1),
            show(2),
            show(3)
        ));
    }
    all
}

/// A cell of a table of comma-separated values.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.into() }
}

/// Writes what is known so far: lines to go on from, a table twice, and the picture; each whole or as it was.
fn write(out: &Path, rows: &[Row]) -> Result<(), String> {
    let failed = |e: serde_json::Error| format!("the sweep's table could not be written: {e}");
    let lines = rows.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let json = serde_json::to_vec_pretty(rows).map_err(failed)?;
    let mut csv =
        "run,loss,data,seed,steps,seconds,broken,modes,modes_there,high_quality,reverse_kl,jsd\n".to_string();
    for r in rows {
        let number = |v: Option<f32>| v.map_or(String::new(), |v| v.to_string());
        let count = |v: Option<usize>| v.map_or(String::new(), |v| v.to_string());
        let _ = writeln!(
            csv,
            "{},{},{},{},{},{:.2},{},{},{},{},{},{}",
            r.run,
            r.loss,
            quoted(&r.data),
            r.seed,
            r.steps,
            r.seconds,
            r.broken,
            count(r.modes),
            count(r.modes_there),
            number(r.high_quality),
            number(r.reverse_kl),
            number(r.jsd)
        );
    }
    let lines = lines.join("\n") + "\n";
    whole::write_lightly(&out.join(DONE), lines.as_bytes())?;
    whole::write_lightly(&out.join("sweep.csv"), csv.as_bytes())?;
    whole::write_lightly(&out.join("sweep.json"), &json)?;
    whole::write_lightly(&out.join("sweep.svg"), svg(rows).as_bytes())
}

/// Small multiples: a row of charts for each set of points, in each a bar for each loss, the mean of its seeds, which stand on it as
/// ticks.
fn svg(rows: &[Row]) -> String {
    const WIDE: f64 = 230.0;
    const BAR: f64 = 17.0;
    const NAMES: f64 = 130.0;
    let groups = groups(rows);
    let mut data: Vec<&str> = groups.iter().map(|(d, ..)| d.as_str()).collect();
    data.dedup();
    let tallest = data.iter().map(|d| groups.iter().filter(|(g, ..)| g == d).count()).max().unwrap_or(0);
    let high = 56.0 + tallest as f64 * BAR;
    let (width, height) = (NAMES + WIDE * MEASURES.len() as f64 + 10.0, high * data.len() as f64 + 10.0);
    let mut s = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (row, data) in data.iter().enumerate() {
        let top = row as f64 * high + 34.0;
        let own: Vec<_> = groups.iter().filter(|(d, ..)| d == data).collect();
        let _ = writeln!(
            s,
            "<text x=\"8\" y=\"{}\" font-weight=\"bold\" font-size=\"13\">{}</text>",
            top - 8.0,
            label(data)
        );
        for (i, (_, loss, _)) in own.iter().enumerate() {
            let y = top + i as f64 * BAR + 12.0;
            let _ = writeln!(s, "<text x=\"{}\" y=\"{y}\" text-anchor=\"end\">{loss}</text>", NAMES - 6.0);
        }
        for (column, (title, of, most)) in MEASURES.iter().enumerate() {
            let left = NAMES + column as f64 * WIDE;
            let all = own.iter().flat_map(|(.., rows)| rows.iter().filter_map(|r| of(r)));
            let most = most.unwrap_or_else(|| all.fold(1e-9, f64::max));
            let room = WIDE - 60.0;
            let _ = writeln!(s, "<text x=\"{left}\" y=\"{}\" fill=\"#555\">{title}</text>", top - 8.0);
            for (i, (.., rows)) in own.iter().enumerate() {
                let Some(value) = mean(rows, of) else { continue };
                let (y, long) = (top + i as f64 * BAR, (value / most).clamp(0.0, 1.0) * room);
                let _ = writeln!(
                    s,
                    "<rect x=\"{left}\" y=\"{y}\" width=\"{long:.1}\" height=\"{}\" fill=\"#4fb3bf\"/>",
                    BAR - 4.0
                );
                for one in rows.iter().filter_map(|r| of(r)) {
                    let x = left + (one / most).clamp(0.0, 1.0) * room;
                    let _ = writeln!(
                        s,
                        "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{y}\" y2=\"{}\" stroke=\"#123\" stroke-width=\"1.2\"/>",
                        y + BAR - 4.0
                    );
                }
                let _ = writeln!(
                    s,
                    "<text x=\"{:.1}\" y=\"{}\" fill=\"#333\">{value:.2}</text>",
                    left + room + 6.0,
                    y + 11.0
                );
            }
        }
    }
    s + "</svg>\n"
}
