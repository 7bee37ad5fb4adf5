//! `zscope atlas`: the course's exhibits, and their trainings one after the other.
//!
//! Must not know: egui.

use super::args::{AtlasArgs, Cli, Command};
use super::{Outcome, Trouble, line, train};
use crate::atlas::{Exhibit, Lesson, exhibit, exhibits};
use clap::Parser;
use serde_json::json;
use std::ffi::OsString;

pub fn atlas(args: &AtlasArgs, json: bool) -> Outcome {
    let chosen = args.exhibits.iter().map(|key| {
        exhibit(key).ok_or_else(|| {
            let keys: Vec<_> = exhibits().iter().map(|e| e.words.key.as_str()).collect();
            Trouble::Misuse(format!("the atlas has no exhibit \"{key}\"; it has {}", keys.join(", ")))
        })
    });
    let mut chosen: Vec<&Exhibit> = chosen.collect::<Result<_, _>>()?;
    if chosen.is_empty() {
        chosen = exhibits().iter().collect();
    }
    chosen.sort_by_key(|e| e.words.number);
    match &args.train {
        Some(_) => chosen.into_iter().try_for_each(|e| learn(args, e, json)),
        None => chosen.into_iter().try_for_each(|e| told(e, json)),
    }
}

fn told(exhibit: &Exhibit, json: bool) -> Outcome {
    let w = &exhibit.words;
    if json {
        return line(&json!({
            "number": w.number, "key": w.key, "name": w.name, "family": exhibit.family.title(), "line": w.line,
            "idea": w.idea, "formula": w.formula, "papers": w.papers, "model": w.open.model, "question": w.question,
            "train": told_of(&w.train), "break": told_of(&w.broken),
        }));
    }
    out!("{:>2}  {:<17} {}: {}", w.number, w.key, w.name, w.line);
    Ok(())
}

fn told_of(lesson: &Lesson) -> serde_json::Value {
    let Lesson { recipe, data, settings, minutes, watch } = lesson;
    json!({ "recipe": recipe, "data": data, "settings": settings.0, "minutes": minutes, "watch": watch })
}

/// Trains an exhibit as its page does, into the folder of its key; one that was trained there goes on.
fn learn(args: &AtlasArgs, exhibit: &Exhibit, json: bool) -> Outcome {
    let Some(folder) = &args.train else { return Ok(()) };
    let w = &exhibit.words;
    let (lesson, ending) = if args.broken { (&w.broken, "-broken") } else { (&w.train, "") };
    let out = folder.join(format!("{}{ending}", w.key));
    let minutes = args.minutes.unwrap_or(lesson.minutes);
    let mut words: Vec<OsString> =
        ["zscope", "train", &lesson.recipe, "--data", &lesson.data].map(OsString::from).into();
    for (name, value) in &lesson.settings.0 {
        words.extend(["--set".into(), format!("{name}={value}").into()]);
    }
    words.extend(["--minutes".into(), minutes.to_string().into(), "--out".into(), out.into()]);
    let parsed = Cli::try_parse_from(words).map_err(|e| Trouble::Failure(format!("{}: {e}", w.key)))?;
    let Some(Command::Train(order)) = parsed.command else { return Ok(()) };
    if !json {
        out!("\n{} {}: {}", w.number, w.name, lesson.watch);
    }
    train::train(order, json)
}
