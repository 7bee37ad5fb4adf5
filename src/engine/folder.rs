//! A run's folder: `run.toml` (the order), `metrics.csv` (every step, append-only) and `checkpoints/`, readable
//! by other programs while it grows.
//!
//! Must not know: Burn, the window.

use super::message::{Metrics, TrainOrder};
use crate::weights::whole;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Checkpoints that are kept: the newest ones.
const KEEP: usize = 3;

/// An open run folder.
pub struct RunFolder {
    path: PathBuf,
    metrics: BufWriter<File>,
}

/// Where runs go when nobody names a folder: the user's data folder, else here.
pub fn runs() -> PathBuf {
    dirs::data_dir().unwrap_or_else(|| PathBuf::from(".")).join("zscope").join("runs")
}

/// A new folder's path for a recipe: `runs/fc-vae-001`, the first number that is free.
pub fn fresh(recipe: &str) -> PathBuf {
    let free = (1..).map(|i| runs().join(format!("{recipe}-{i:03}"))).find(|p| !p.exists());
    free.unwrap_or_else(|| runs().join(recipe))
}

fn say(path: &Path) -> impl Fn(std::io::Error) -> String {
    move |e| format!("{} could not be written: {e}", path.display())
}

impl RunFolder {
    /// Makes a folder for a new run, or (resuming at step `from`) opens one and drops metrics after `from`.
    pub fn open(path: &Path, order: &TrainOrder, losses: &[&str], from: u64) -> Result<Self, String> {
        std::fs::create_dir_all(path.join("checkpoints")).map_err(say(path))?;
        let text = toml::to_string(order).map_err(|e| format!("run.toml: {e}"))?;
        whole::write(&path.join("run.toml"), text.as_bytes())?;
        let file = path.join("metrics.csv");
        let mut kept = format!("step,{}\n", losses.join(","));
        if from > 0 {
            for line in past(&file, from) {
                kept.push_str(&line);
                kept.push('\n');
            }
        }
        whole::write(&file, kept.as_bytes())?;
        let metrics = OpenOptions::new().append(true).open(&file).map_err(say(&file))?;
        Ok(Self { path: path.to_path_buf(), metrics: BufWriter::new(metrics) })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends metrics.
    pub fn append(&mut self, metrics: &Metrics) -> Result<(), String> {
        let file = self.path.join("metrics.csv");
        for (step, row) in (metrics.first..).zip(&metrics.rows) {
            let row: Vec<String> = row.iter().map(f32::to_string).collect();
            writeln!(self.metrics, "{step},{}", row.join(",")).map_err(say(&file))?;
        }
        self.metrics.flush().map_err(say(&file))
    }

    /// Where the checkpoint of a step goes.
    pub fn checkpoint(&self, step: u64) -> PathBuf {
        self.path.join("checkpoints").join(format!("step-{step:08}.safetensors"))
    }

    /// Deletes all but the newest checkpoints.
    pub fn thin(&self) {
        let all = checkpoints(&self.path);
        for old in all.iter().rev().skip(KEEP) {
            // One that cannot be deleted now is tried again after the next checkpoint.
            let _ = std::fs::remove_file(old);
        }
    }
}

/// A run's checkpoints, oldest first.
pub fn checkpoints(run: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(run.join("checkpoints"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|p| p.extension().is_some_and(|e| e == "safetensors"))
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("step-")))
        .collect();
    all.sort();
    all
}

fn past(file: &Path, until: u64) -> Vec<String> {
    let Ok(file) = File::open(file) else { return Vec::new() };
    let step = |line: &str| line.split(',').next().and_then(|s| s.parse::<u64>().ok());
    BufReader::new(file)
        .lines()
        .map_while(Result::ok)
        .filter(|line| step(line).is_some_and(|s| (1..=until).contains(&s)))
        .collect()
}

/// Metrics of a run up to a step, for a resumed run's curves.
pub fn read_metrics(run: &Path, until: u64) -> Metrics {
    let rows: Vec<Vec<f32>> = past(&run.join("metrics.csv"), until)
        .iter()
        .map(|line| line.split(',').skip(1).filter_map(|v| v.parse().ok()).collect())
        .collect();
    Metrics { first: 1, rows }
}

/// The order that a run folder records.
pub fn read_order(run: &Path) -> Result<TrainOrder, String> {
    let path = run.join("run.toml");
    let text =
        std::fs::read_to_string(&path).map_err(|e| format!("{} could not be read: {e}", path.display()))?;
    toml::from_str(&text).map_err(|e| format!("{} is damaged: {e}", path.display()))
}
