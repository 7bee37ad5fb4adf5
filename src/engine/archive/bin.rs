//! Renaming runs, and putting them into a bin: the folder `.bin` beside them, on the same disk, so that nothing is
//! copied and everything can be put back. Deleting that folder empties it.
//!
//! Must not know: what a run holds, panels.

use crate::engine::folder;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Name of the bin.
const BIN: &str = ".bin";

/// Gives a run's folder another name in the same place.
pub fn rename(run: &Path, name: &str) -> Result<PathBuf, String> {
    let name = name.trim();
    let plain = !name.is_empty()
        && !name.starts_with('.')
        && name.len() <= 120
        && !name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|', '\0', '\n']);
    if !plain {
        return Err(format!("\"{name}\" can't be a folder's name; use letters, digits, - and _"));
    }
    let to = run.with_file_name(name);
    if to == run {
        return Ok(to);
    }
    if to.exists() {
        return Err(format!("there is already a run called {name}; choose another name"));
    }
    moved(run, &to)?;
    Ok(to)
}

/// Puts a run into the bin; gives where it is then.
pub fn put(run: &Path) -> Result<PathBuf, String> {
    folder::read_order(run).map_err(|e| format!("only runs go to the bin: {e}"))?;
    let bin = run.with_file_name(BIN);
    std::fs::create_dir_all(&bin).map_err(|e| format!("{} could not be made: {e}", bin.display()))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos());
    let name = run.file_name().map_or(String::new(), |n| n.to_string_lossy().into_owned());
    let to = bin.join(format!("{name}-{now}"));
    moved(run, &to)?;
    Ok(to)
}

/// Takes a run out of the bin.
pub fn restore(from: &Path, to: &Path) -> Result<(), String> {
    if to.exists() {
        return Err(format!("{} is there again already; rename it first", to.display()));
    }
    moved(from, to)
}

/// Moves a folder that no zscope trains in.
fn moved(from: &Path, to: &Path) -> Result<(), String> {
    let lock = OpenOptions::new().append(true).open(from.join(".lock")).ok();
    if lock.is_some_and(|l| matches!(l.try_lock(), Err(std::fs::TryLockError::WouldBlock))) {
        return Err(format!("{} is being trained; stop it first", from.display()));
    }
    std::fs::rename(from, to).map_err(|e| format!("{} could not be moved: {e}", from.display()))
}
