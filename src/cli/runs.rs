//! `zscope runs` and `zscope film`: what is recorded of trainings.
//!
//! Must not know: egui.

use super::args::{FilmArgs, RunsArgs};
use super::{Outcome, Trouble, line, shown};
use crate::engine::archive::film::{self, FilmOrder};
use crate::engine::archive::runs::{self, RunCard, Thumbs};
use crate::engine::folder;
use serde_json::json;
use std::sync::atomic::AtomicBool;

pub fn runs(args: &RunsArgs, json: bool) -> Outcome {
    let place = args.folder.clone().unwrap_or_else(folder::runs);
    let all = match runs::card(&place) {
        Some(run) => {
            if let Some(out) = &args.csv {
                runs::csv(&place, out)?;
                if !json {
                    out!("wrote {}", out.display());
                }
            }
            vec![run]
        }
        None if args.csv.is_some() => {
            return Err(Trouble::Misuse(format!(
                "{} is no run: --csv wants one run's folder",
                place.display()
            )));
        }
        None if args.folder.is_some() && !place.is_dir() => {
            return Err(Trouble::Failure(format!("there is no folder {}", place.display())));
        }
        None => runs::list(&place, &mut Thumbs::default()),
    };
    if json {
        return all.iter().try_for_each(line);
    }
    if all.is_empty() {
        out!("no runs in {}; zscope train makes one", place.display());
    }
    all.iter().for_each(print);
    Ok(())
}

fn print(run: &RunCard) {
    let losses: Vec<String> = run.losses.iter().map(|(name, v)| format!("{name} {v:.4}")).collect();
    let mut state = String::from(if run.growing { "  (growing)" } else { "" });
    if !run.vanished.is_empty() {
        state += &format!("  (no longer drawn: {})", run.vanished.join(", "));
    }
    out!(
        "{:<24} {:<10} {:<16} step {:>8}  {}{state}",
        run.name,
        run.recipe,
        run.data,
        run.step,
        losses.join("  ")
    );
}

pub fn film(args: &FilmArgs, json: bool) -> Outcome {
    if !(1.0..=50.0).contains(&args.fps) {
        return Err(Trouble::Misuse(format!("--fps goes from 1 to 50, not {}", args.fps)));
    }
    let order = FilmOrder { run: args.run.clone(), out: args.out.clone(), fps: args.fps, zoom: args.zoom };
    let Some(made) = film::film(&order, &|_, _| {}, &AtomicBool::new(false))? else { return Ok(()) };
    if json {
        return line(&json!({
            "out": shown(args.out.as_path()), "frames": made.frames, "width": made.width, "height": made.height,
        }));
    }
    out!("wrote {}: {} pictures of {}×{}", args.out.display(), made.frames, made.width, made.height);
    Ok(())
}
