//! `zscope translate`: a person's own pictures become pictures of another domain.
//!
//! Must not know: egui.

use super::args::TranslateArgs;
use super::{Outcome, Trouble, device, line, load, model, shown};
use crate::data::pictures_in;
use crate::tools::picture::{from_planar, png};
use crate::tools::translate::{Translation, is_back, translate};
use crate::weights::whole;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The files that were named, those of folders one by one, each with what it is called below --out, without an ending.
fn listed(named: &[PathBuf]) -> Result<Vec<(PathBuf, PathBuf)>, String> {
    let mut all = Vec::new();
    for path in named {
        if !path.is_dir() {
            let name = path.file_name().map_or_else(|| "picture".into(), PathBuf::from);
            all.push((path.clone(), name));
            continue;
        }
        let inside = pictures_in(path)?;
        if inside.is_empty() {
            return Err(format!("the folder {} holds no pictures", path.display()));
        }
        let below = |file: PathBuf| {
            let name = file.strip_prefix(path).map(Path::to_path_buf).unwrap_or_else(|_| file.clone());
            (file, name)
        };
        all.extend(inside.into_iter().map(below));
    }
    let mut taken = BTreeSet::new();
    for (_, name) in &mut all {
        // Two files that differ in their ending alone keep it.
        let short = name.with_extension("");
        let mut own = if taken.contains(&short) { name.clone() } else { short };
        while taken.contains(&own) {
            own = own.with_file_name(format!("{}-", own.file_name().unwrap_or_default().to_string_lossy()));
        }
        taken.insert(own.clone());
        *name = own;
    }
    Ok(all)
}

/// Writes one picture as PNG to `out`, with `ending` behind its name.
fn write(values: &[f32], [c, h, w]: [usize; 3], out: &Path, ending: &str) -> Result<PathBuf, String> {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    let file = out.with_file_name(format!("{name}{ending}.png"));
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|e| format!("the folder {} could not be made: {e}", folder.display()))?;
    }
    whole::write(&file, &png(&from_planar(values, c, h, w), None)?)?;
    Ok(file)
}

pub fn translate_all(args: &TranslateArgs, json: bool) -> Outcome {
    let chosen = device(args.device.into())?;
    let subject = model(&load(&args.file)?, &chosen)?;
    let Some(domains) = subject.model().translator().map(|t| t.domains()) else {
        return Err(Trouble::Misuse(format!(
            "{} translates no pictures: give a model of the recipe cyclegan",
            args.file.display()
        )));
    };
    let back = args.direction.as_deref().map(|words| is_back(words, domains)).transpose();
    let back = back.map_err(Trouble::Misuse)?.unwrap_or(false);
    let files = listed(&args.pictures)?;
    let (all, mut cycles, mut left_out) = (files.len(), Vec::new(), 0);
    for (i, (file, name)) in files.iter().enumerate() {
        let Translation { size, drawn, home, cycle } = match translate(&subject, file, back, &chosen.device) {
            Ok(made) => made,
            Err(reason) => {
                left_out += 1;
                eprintln!("zscope: left out: {reason}");
                continue;
            }
        };
        let out = args.out.join(name);
        let written = write(&drawn, size, &out, "")?;
        let again = args.back.then(|| write(&home, size, &out, "-back")).transpose()?;
        cycles.push(f64::from(cycle));
        if json {
            line(&json!({
                "picture": shown(file.as_path()),
                "out": shown(written.as_path()),
                "back": again.as_deref().and_then(shown),
                "cycle_l1": cycle,
                "done": i + 1,
                "of": all,
            }))?;
        } else {
            out!("{} of {all}: wrote {}  cycle L1 {cycle:.4}", i + 1, written.display());
        }
    }
    if cycles.is_empty() {
        return Err(Trouble::Failure("none of these pictures could be read".into()));
    }
    let mean = cycles.iter().sum::<f64>() / cycles.len() as f64;
    if json {
        return line(&json!({ "pictures": cycles.len(), "left_out": left_out, "cycle_l1": mean }));
    }
    let kept = if left_out == 0 { String::new() } else { format!(", {left_out} left out") };
    let s = if cycles.len() == 1 { "" } else { "s" };
    out!(
        "{} picture{s}{kept}: mean cycle L1 {mean:.4} (0–1 scale; 0 = all come home as they were)",
        cycles.len()
    );
    Ok(())
}
