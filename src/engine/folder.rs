//! A run's folder: `run.toml` (the order, with what was changed on the way), `metrics.csv` (every step, append-only),
//! TensorBoard's event files, `samples/` and `checkpoints/`, readable by other programs while it grows.
//!
//! A folder that cannot be written for a while harms nothing: its rows wait in memory, what was whole stays whole, and
//! one sentence says what is wrong.
//!
//! Must not know: Burn, the window.

use super::grid::Drawn;
use super::order::TrainOrder;
use super::progress::Metrics;
use super::schedule;
use super::statistics;
use super::table::CLASSES;
use super::tensorboard::Board;
use crate::weights::whole;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Checkpoints that are kept: the newest, and others over the whole run.
const KEEP: usize = 12;
/// The newest of them, which always stay.
const NEWEST: usize = 3;
/// Bytes that all checkpoints together may have, as long as the newest stay.
const ROOM: u64 = 1 << 30;
/// Rows that wait for a folder that cannot be written, bytes; later ones are lost.
const WAITING: usize = 64 << 20;
/// Largest gap in the steps of a metrics file that is believed.
const GAP: u64 = 10_000_000;

/// An open run folder.
pub struct RunFolder {
    path: PathBuf,
    losses: Vec<String>,
    order: TrainOrder,
    metrics: Option<File>,
    /// Bytes of whole lines in the file.
    length: u64,
    /// Lines that are not in the file yet.
    waiting: String,
    board: Option<Board>,
    /// Held as long as the run is trained, so that no other zscope writes into it.
    lock: Option<File>,
}

/// Where runs go when nobody names a folder: the user's data folder, else here.
pub fn runs() -> PathBuf {
    dirs::data_dir().unwrap_or_else(|| PathBuf::from(".")).join("zscope").join("runs")
}

/// A new folder's path for a recipe: `runs/fc-vae-001`, the first number that is free.
pub fn fresh(recipe: &str) -> PathBuf {
    free(&runs(), recipe)
}

/// What tells a checkpoint from others: those of runs are called alike, so they have their run's name in front.
pub fn name_of(checkpoint: &Path) -> String {
    let stem = checkpoint
        .file_stem()
        .map_or_else(|| checkpoint.display().to_string(), |s| s.to_string_lossy().into_owned());
    let run = checkpoint
        .parent()
        .filter(|d| d.ends_with("checkpoints"))
        .and_then(|d| d.parent())
        .and_then(|d| d.file_name());
    run.map_or(stem.clone(), |r| format!("{} · {stem}", r.to_string_lossy()))
}

/// The first of `NAME-001`, `NAME-002` … in a folder that does not exist.
pub fn free(folder: &Path, name: &str) -> PathBuf {
    let free = (1..).map(|i| folder.join(format!("{name}-{i:03}"))).find(|p| !p.exists());
    free.unwrap_or_else(|| folder.join(name))
}

fn say(path: &Path) -> impl Fn(std::io::Error) -> String {
    move |e| format!("{} could not be written: {e}", path.display())
}

impl RunFolder {
    /// Makes a folder for a new run, or (resuming at step `from`) opens one and drops what it says of later steps.
    /// `order`: what `run.toml` records. Fails where another process trains in it.
    pub fn open(path: &Path, order: &TrainOrder, losses: &[&str], from: u64) -> Result<Self, String> {
        std::fs::create_dir_all(path.join("checkpoints")).map_err(say(path))?;
        let lock = lock(path)?;
        for folder in [path.to_path_buf(), path.join("checkpoints"), path.join("samples")] {
            whole::tidy(&folder);
        }
        let mut run = Self {
            path: path.to_path_buf(),
            losses: losses.iter().map(|l| (*l).to_string()).collect(),
            order: order.clone(),
            metrics: None,
            length: 0,
            waiting: String::new(),
            board: None,
            lock,
        };
        run.write_order()?;
        run.rewind(from)?;
        Ok(run)
    }

    /// Lets the run go: from now on it can be trained on, moved or deleted, here or by another zscope.
    pub fn release(&mut self) {
        self.lock = None;
        (self.metrics, self.board) = (None, None);
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Records the order anew, with a change that was made on the way.
    pub fn record(&mut self, order: &TrainOrder) -> Result<(), String> {
        self.order = order.clone();
        self.write_order()
    }

    fn write_order(&self) -> Result<(), String> {
        let text = toml::to_string(&self.order).map_err(|e| format!("run.toml: {e}"))?;
        whole::write(&self.path.join("run.toml"), text.as_bytes())
    }

    /// Drops what is recorded of the steps after `step`.
    pub fn rewind(&mut self, step: u64) -> Result<(), String> {
        let file = self.path.join("metrics.csv");
        let mut kept = format!("step,{}\n", self.losses.join(","));
        if step > 0 {
            for line in past(&file, step).into_iter().chain(rows(&self.waiting, step)) {
                kept.push_str(&line);
                kept.push('\n');
            }
        }
        whole::write(&file, kept.as_bytes())?;
        self.waiting.clear();
        self.length = kept.len() as u64;
        self.metrics = Some(OpenOptions::new().append(true).open(&file).map_err(say(&file))?);
        // TensorBoard's files are for other programs' eyes; a run without them is a whole run.
        self.board = Board::new(&self.path, &self.losses, step).ok();
        Ok(())
    }

    /// Appends metrics. What cannot be written waits in memory and is tried again with the next.
    pub fn append(&mut self, metrics: &Metrics) -> Result<(), String> {
        if self.waiting.len() < WAITING {
            for (step, row) in (metrics.first..).zip(&metrics.rows) {
                // What is not measured in a step's phase has an empty cell.
                let cell = |v: &f32| if v.is_nan() { String::new() } else { v.to_string() };
                let row: Vec<String> = row.iter().map(cell).collect();
                self.waiting.push_str(&format!("{step},{}\n", row.join(",")));
            }
        }
        self.reach()?;
        let file = self.path.join("metrics.csv");
        let Some(open) = &mut self.metrics else { return Err(format!("{} is not open", file.display())) };
        if let Err(e) = open.write_all(self.waiting.as_bytes()) {
            // Half a line must not stay; if it does, readers pass over it.
            let _ = open.set_len(self.length);
            return Err(say(&file)(e));
        }
        self.length += self.waiting.len() as u64;
        self.waiting.clear();
        if let Some(board) = &mut self.board
            && board.append(metrics.first, &metrics.rows).is_err()
        {
            self.board = None;
        }
        Ok(())
    }

    /// Shows the samples of a step in TensorBoard too.
    pub fn show(&mut self, step: u64, samples: &Drawn) {
        if let Some(board) = &mut self.board
            && board.picture(step, samples).is_err()
        {
            self.board = None;
        }
    }

    /// Makes the folder anew if it has vanished while its parent is there. On Unix an open file outlives its name, so
    /// without this a run would be recorded nowhere.
    pub fn reach(&mut self) -> Result<(), String> {
        if self.path.join("metrics.csv").exists() {
            return Ok(());
        }
        let gone = |e: std::io::Error| format!("the run folder {} has vanished: {e}", self.path.display());
        if !self.path.exists() {
            std::fs::create_dir(&self.path).map_err(gone)?;
        }
        std::fs::create_dir_all(self.path.join("checkpoints")).map_err(gone)?;
        self.write_order()?;
        let waiting = std::mem::take(&mut self.waiting);
        let opened = self.rewind(0);
        self.waiting = waiting;
        opened
    }

    /// Where the checkpoint of a step goes.
    pub fn checkpoint(&self, step: u64) -> PathBuf {
        self.path.join("checkpoints").join(format!("step-{step:08}.safetensors"))
    }

    /// Deletes checkpoints until there are few enough: the newest stay, and others at ever larger distances.
    pub fn thin(&self) {
        let all = checkpoints(&self.path);
        let size = |p: &PathBuf| p.metadata().map_or(0, |m| m.len());
        let largest = all.iter().map(size).max().unwrap_or(0).max(1);
        let most = KEEP.min((ROOM / largest) as usize).max(NEWEST);
        let steps: Vec<u64> = all.iter().filter_map(|p| step_of(p)).collect();
        for step in schedule::superfluous(&steps, most, NEWEST) {
            // One that cannot be deleted now is tried again after the next checkpoint.
            let _ = std::fs::remove_file(self.checkpoint(step));
        }
    }
}

/// Holds the run for this process, until the file is dropped or the process ends. `None` where the file system cannot
/// lock.
fn lock(run: &Path) -> Result<Option<File>, String> {
    let path = run.join(".lock");
    let file = OpenOptions::new().create(true).append(true).open(&path).map_err(say(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Err(format!(
            "{} is being trained by another zscope; stop it there, or name another folder",
            run.display()
        )),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// The step in the name of a checkpoint or of a sample ("step-00000064.png").
pub fn step_of(path: &Path) -> Option<u64> {
    path.file_stem()?.to_str()?.strip_prefix("step-")?.parse().ok()
}

/// Files of a folder that are named by a step and have this extension, oldest step first.
pub fn stepped(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|p| p.extension().is_some_and(|e| e == extension) && step_of(p).is_some())
        .collect();
    all.sort_by_key(|p| step_of(p));
    all
}

/// A run's checkpoints, oldest first.
pub fn checkpoints(run: &Path) -> Vec<PathBuf> {
    stepped(&run.join("checkpoints"), "safetensors")
}

fn step_in(line: &str) -> Option<u64> {
    line.split(',').next()?.parse().ok()
}

/// Whole rows up to a step, each later than the one before.
fn rows(text: &str, until: u64) -> Vec<String> {
    let mut last = 0;
    let mut later = |line: &str| match step_in(line) {
        Some(step) if step > last && step <= until && step - last < GAP => {
            last = step;
            true
        }
        _ => false,
    };
    text.lines().filter(|l| later(l)).map(str::to_string).collect()
}

fn past(file: &Path, until: u64) -> Vec<String> {
    let Ok(file) = File::open(file) else { return Vec::new() };
    let mut text = String::new();
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    // A line that was cut by a crash has no end, and is not believed.
    while let Ok(n @ 1..) = lines.read_until(b'\n', &mut line) {
        if line.ends_with(b"\n") {
            text.push_str(&String::from_utf8_lossy(&line[..n]));
        }
        line.clear();
    }
    rows(&text, until)
}

/// Rows to metrics: a step that has no row is no number.
fn parsed(lines: &[String], columns: usize) -> Metrics {
    let Some(first) = lines.first().and_then(|l| step_in(l)) else {
        return Metrics { first: 1, rows: Vec::new() };
    };
    let mut all: Vec<Vec<f32>> = Vec::with_capacity(lines.len());
    for line in lines {
        let Some(step) = step_in(line) else { continue };
        while first + (all.len() as u64) < step {
            all.push(vec![f32::NAN; columns]);
        }
        let mut row: Vec<f32> = line.split(',').skip(1).map(|v| v.parse().unwrap_or(f32::NAN)).collect();
        row.resize(columns, f32::NAN);
        all.push(row);
    }
    Metrics { first, rows: all }
}

/// The first line of a run's metrics: "step", and the names of its losses.
pub fn header(run: &Path) -> Option<String> {
    BufReader::new(File::open(run.join("metrics.csv")).ok()?).lines().next()?.ok()
}

/// Losses in a row: a run that a newer zscope went on with may have more at its end than at its beginning.
fn columns(lines: &[String]) -> usize {
    let count = |l: &String| l.split(',').count() - 1;
    lines.first().map_or(0, count).max(lines.last().map_or(0, count))
}

/// Metrics of a run up to a step, for a resumed run's curves.
pub fn read_metrics(run: &Path, until: u64) -> Metrics {
    let lines = past(&run.join("metrics.csv"), until);
    let columns = columns(&lines);
    let Metrics { first, mut rows } = parsed(&lines, columns);
    // A run that began in the middle has no record of the steps before.
    let before = (1..first).map(|_| vec![f32::NAN; columns]);
    rows.splice(0..0, before);
    Metrics { first: 1, rows }
}

/// Reads a metrics file as it grows.
#[derive(Debug, Default)]
pub struct Tail {
    offset: u64,
    last: u64,
}

impl Tail {
    /// The rows that were added since the last look. A file that became shorter (a run that was resumed) is read from its
    /// start again.
    pub fn read(&mut self, run: &Path) -> std::io::Result<Metrics> {
        let mut file = File::open(run.join("metrics.csv"))?;
        if file.metadata()?.len() < self.offset {
            *self = Self::default();
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
        let text = String::from_utf8_lossy(&bytes[..whole]);
        let lines: Vec<String> = rows(&text, u64::MAX);
        self.offset += whole as u64;
        let mut metrics = parsed(&lines, columns(&lines));
        if metrics.rows.is_empty() {
            metrics.first = self.last + 1;
        }
        self.last = metrics.first + metrics.rows.len() as u64 - 1;
        Ok(metrics)
    }
}

/// The order that a run folder records.
pub fn read_order(run: &Path) -> Result<TrainOrder, String> {
    let path = run.join("run.toml");
    let text =
        std::fs::read_to_string(&path).map_err(|e| format!("{} could not be read: {e}", path.display()))?;
    let order: TrainOrder =
        toml::from_str(&text).map_err(|e| format!("{} is damaged: {e}", path.display()))?;
    // Folders are moved and renamed; a run is where it is.
    Ok(TrainOrder { out: Some(run.to_path_buf()), ..order })
}

/// Gives a run that goes on from another's checkpoint that one's past: its metrics and its samples up to `step`.
pub fn inherit(parent: &Path, run: &Path, step: u64) -> Result<(), String> {
    let samples = run.join("samples");
    std::fs::create_dir_all(&samples).map_err(say(&samples))?;
    if let Some(head) = header(parent) {
        let mut text = head + "\n";
        past(&parent.join("metrics.csv"), step).iter().for_each(|line| text += &format!("{line}\n"));
        whole::write(&run.join("metrics.csv"), text.as_bytes())?;
    }
    for name in statistics::TABLES.into_iter().chain([CLASSES]) {
        // What is after the step is dropped when the run opens it.
        let _ = std::fs::copy(parent.join(name), run.join(name));
    }
    for picture in stepped(&parent.join("samples"), "png") {
        if let (Some(s), Some(name)) = (step_of(&picture), picture.file_name())
            && s <= step
        {
            // A picture that cannot be copied is one picture less.
            let _ = std::fs::copy(&picture, samples.join(name));
        }
    }
    Ok(())
}
