//! `zscope compare`: families of models side by side, runs by the newest checkpoint of each.
//!
//! Must not know: egui, what is measured.

use super::args::CompareArgs;
use super::{Outcome, Trouble, device, line, load};
use crate::data::{DataError, Spec};
use crate::engine::families::{self, Entry};
use crate::tools::families::{Effort, same_size};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// A run's folder, a checkpoint, or a shipped model.
fn entry(path: &Path) -> Result<Entry, String> {
    if path.exists() {
        return families::read(path);
    }
    let origin = path.display().to_string();
    Ok(Entry { name: origin.clone(), origin, checkpoint: load(path)? })
}

pub fn compare(args: &CompareArgs, json: bool) -> Outcome {
    if let Some(spec) = &args.data {
        spec.parse::<Spec>().map_err(|e: DataError| Trouble::Misuse(e.to_string()))?;
    }
    if let Some(out) = args.out.as_ref().filter(|out| out.is_file()) {
        return Err(Trouble::Misuse(format!("--out wants a folder, and {} is a file", out.display())));
    }
    let entries = args.runs.iter().map(|path| entry(path)).collect::<Result<Vec<_>, _>>()?;
    let shapes: Vec<_> = entries.iter().map(|e| (e.name.as_str(), e.checkpoint.card.shape)).collect();
    same_size(&shapes).map_err(Trouble::Misuse)?;
    let chosen = device(args.device.into())?;
    let effort = Effort { samples: args.samples as usize, pictures: args.pictures as usize };
    let judge = |shape: &_| Ok(crate::shipped::judge(shape)?.map(|(name, judge)| (name.to_string(), judge)));
    let said = AtomicUsize::new(0);
    let tell = |done: usize, total: usize| {
        let tenth = (10 * done).checked_div(total).unwrap_or(0);
        if !json && said.fetch_max(tenth, Relaxed) < tenth {
            eprintln!("{:>3} %", 10 * tenth);
        }
        true
    };
    let cancel = AtomicBool::new(false);
    let data = args.data.as_deref();
    let found = families::compare(&entries, data, effort, &judge, &chosen.device, &cancel, &tell)?;
    let written = args.out.as_ref().map(|out| families::write(&found, out)).transpose()?;
    if json {
        return found.rows.iter().try_for_each(|row| line(&found.object(row)));
    }
    out!("{}", found.text());
    found.notes.iter().for_each(|note| out!("{note}"));
    if let (Some(_), Some(out)) = (written, &args.out) {
        out!("written: compare.md, compare.csv, compare.json and compare.png in {}", out.display());
    }
    Ok(())
}
