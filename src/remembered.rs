//! What a person left with each model: the point, wells, directions and undo. It comes back with the model, when it is
//! switched to again and after a restart: a small JSON file for each model, by the fingerprint of its weights.
//!
//! Must not know: egui, Burn, how any of it is shown.

use crate::action::{History, Kept};
use crate::point::Input;
use crate::state::Latent;
use crate::state::bench::Bench;
use crate::weights::whole;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Steps of undo and redo that a file holds each.
const STEPS: usize = 100;
/// Files that are kept, the newest ones.
const MODELS: usize = 200;
/// Largest file that is read or written.
const LARGEST: u64 = 32 << 20;

/// What was left with one model.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// The point, wells and directions.
    pub now: Kept,
    /// What can be undone and redone.
    pub history: History,
}

/// The same as it stands in a file. A bench is written once, however many steps of undo share it.
#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    benches: Vec<Bench>,
    now: (Latent, usize),
    #[serde(default)]
    past: Vec<(String, Latent, usize)>,
    #[serde(default)]
    future: Vec<(String, Latent, usize)>,
}

impl Stored {
    fn of(what: &Remembered) -> Self {
        let mut seen: Vec<Arc<Bench>> = Vec::new();
        let mut number = |bench: &Arc<Bench>| match seen.iter().rposition(|b| Arc::ptr_eq(b, bench)) {
            Some(i) => i,
            None => {
                seen.push(bench.clone());
                seen.len() - 1
            }
        };
        let now = (what.now.latent.clone(), number(&what.now.bench));
        let mut steps = |all: &[(String, Kept)]| -> Vec<(String, Latent, usize)> {
            let newest = &all[all.len().saturating_sub(STEPS)..];
            newest.iter().map(|(n, k)| (n.clone(), k.latent.clone(), number(&k.bench))).collect()
        };
        let (past, future) = (steps(&what.history.past), steps(&what.history.future));
        Self { format: 1, benches: seen.iter().map(|b| (**b).clone()).collect(), now, past, future }
    }

    fn read(self) -> Option<Remembered> {
        let benches: Vec<Arc<Bench>> = self.benches.into_iter().map(Arc::new).collect();
        let kept = |latent: Latent, i: usize| Some(Kept { latent, bench: benches.get(i)?.clone() });
        let steps = |all: Vec<(String, Latent, usize)>| -> Option<Vec<(String, Kept)>> {
            all.into_iter().map(|(name, latent, i)| Some((name, kept(latent, i)?))).collect()
        };
        let history = History::of(steps(self.past)?, steps(self.future)?);
        Some(Remembered { now: kept(self.now.0, self.now.1)?, history })
    }
}

impl Remembered {
    /// As far as it is of a model with these inputs; `None` where its point is none of the model's.
    pub fn fitting(self, inputs: &[Input]) -> Option<Self> {
        let whole = |latent: &Latent| latent.point().check(inputs).is_ok();
        if !whole(&self.now.latent) {
            return None;
        }
        let bench = |bench: Arc<Bench>| Arc::new(Arc::unwrap_or_clone(bench).fitting(inputs));
        // One bench that many steps share stays one.
        let mut known: Vec<(*const Bench, Arc<Bench>)> = Vec::new();
        let mut kept = |k: Kept| {
            let at = Arc::as_ptr(&k.bench);
            let fitted = match known.iter().find(|(p, _)| *p == at) {
                Some((_, fitted)) => fitted.clone(),
                None => {
                    let fitted = bench(k.bench.clone());
                    known.push((at, fitted.clone()));
                    fitted
                }
            };
            Kept { latent: k.latent, bench: fitted }
        };
        let now = kept(self.now.clone());
        let mut steps = |all: &[(String, Kept)]| -> Vec<(String, Kept)> {
            let fit = all.iter().filter(|(_, k)| whole(&k.latent));
            fit.map(|(name, k)| (name.clone(), kept(k.clone()))).collect()
        };
        let (past, future) = (steps(&self.history.past), steps(&self.history.future));
        Some(Self { now, history: History::of(past, future) })
    }
}

/// What was left with every model.
#[derive(Debug, Default)]
pub struct Memory {
    /// Where files are; `None` = nothing outlives the window.
    folder: Option<PathBuf>,
    models: HashMap<String, Remembered>,
    /// What the file of the newest model holds: its point and wells, and how often its undo had changed.
    written: Option<(String, Kept, u64)>,
}

impl Memory {
    /// With files in this folder, or in memory only.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, ..Self::default() }
    }

    fn file(&self, model: &str) -> Option<PathBuf> {
        // A fingerprint is of letters and digits; anything else is no file's name.
        let plain = !model.is_empty() && model.chars().all(|c| c.is_ascii_alphanumeric());
        self.folder.as_ref().filter(|_| plain).map(|folder| folder.join(format!("{model}.json")))
    }

    /// Keeps what is left with a model, by its fingerprint, in memory and on disk; nothing is done where nothing changed
    /// since. Fails with a sentence; it is kept until the window closes all the same.
    pub fn put(&mut self, model: &str, now: &Kept, history: &History) -> Result<(), String> {
        let same = |(of, kept, changes): &(String, Kept, u64)| {
            of == model && *changes == history.changes() && kept == now
        };
        if model.is_empty() || self.written.as_ref().is_some_and(same) {
            return Ok(());
        }
        let what = Remembered { now: now.clone(), history: history.clone() };
        let written = self.file(model).map_or(Ok(()), |file| write(&file, &what));
        self.written = Some((model.into(), now.clone(), history.changes()));
        self.models.insert(model.into(), what);
        written
    }

    /// What was left with a model. A file that can't be understood is put aside, and said.
    pub fn take(&mut self, model: &str) -> Result<Option<Remembered>, String> {
        if let Some(known) = self.models.get(model) {
            return Ok(Some(known.clone()));
        }
        self.file(model).map_or(Ok(None), |file| read(&file))
    }
}

fn write(file: &Path, what: &Remembered) -> Result<(), String> {
    let say = |e: &dyn std::fmt::Display| {
        format!(
            "{} can't be written ({e}); bookmarks and undo are kept until the window is closed",
            file.display()
        )
    };
    let mut stored = Stored::of(what);
    let mut text = serde_json::to_string(&stored).map_err(|e| say(&e))?;
    if text.len() as u64 > LARGEST {
        // Bookmarks are worth more than the way to them.
        let now = Remembered { now: what.now.clone(), history: History::default() };
        stored = Stored::of(&now);
        text = serde_json::to_string(&stored).map_err(|e| say(&e))?;
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| say(&e))?;
    whole::write_lightly(file, text.as_bytes()).map_err(|e| say(&e))?;
    thin(folder);
    Ok(())
}

fn read(file: &Path) -> Result<Option<Remembered>, String> {
    let Ok(meta) = std::fs::metadata(file) else { return Ok(None) };
    let text = (meta.len() <= LARGEST).then(|| std::fs::read(file)).and_then(Result::ok);
    let stored = text.and_then(|text| serde_json::from_slice::<Stored>(&text).ok());
    match stored.and_then(Stored::read) {
        Some(remembered) => Ok(Some(remembered)),
        None => {
            let aside = file.with_extension("damaged");
            let kept = std::fs::rename(file, &aside).is_ok();
            let next =
                if kept { format!("it was put aside as {}", aside.display()) } else { "delete it".into() };
            Err(format!("{} is damaged, so this model opens without its bookmarks; {next}", file.display()))
        }
    }
}

/// Deletes the oldest files beyond those that are kept.
fn thin(folder: &Path) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut all: Vec<_> = entries
        .filter(|e| e.path().extension().is_some_and(|x| x == "json"))
        .filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.path())))
        .collect();
    all.sort();
    let extra = all.len().saturating_sub(MODELS);
    for (_, path) in all.into_iter().take(extra) {
        let _ = std::fs::remove_file(path);
    }
}
