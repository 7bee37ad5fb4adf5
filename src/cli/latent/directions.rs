//! `zscope directions`: finds directions, judges them, saves and exports them.
//!
//! Must not know: egui.

use super::super::{Outcome, Trouble, line};
use super::args::{DirectionsArgs, Way};
use super::{ON, Opened, count};
use crate::engine::tool;
use crate::latent::Direction;
use crate::latent::direction::Method;
use crate::metrics::judge::ByName;
use crate::tools::learn::{Judged, Keep, direction, evaluate, tune};
use crate::tools::{components, labelled};
use crate::weights::whole;
use serde::Serialize;
use std::sync::atomic::AtomicBool;

/// Unseen latents that are looked at for each that is to be moved.
const LOOKED_AT: usize = 4;
/// Components that are found by default.
const COMPONENTS: usize = 10;

/// One line of output.
#[derive(Serialize)]
struct Row<'a> {
    attribute: &'a str,
    method: Method,
    strength: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<ByName<f64>>,
}

/// Runs `zscope directions`.
pub fn directions(args: DirectionsArgs, json: bool) -> Outcome {
    let opened = Opened::new(&args.file, args.device, args.judge.as_deref())?;
    let mut found = find(&opened, &args)?;
    if let Some(strength) = args.strength {
        found.iter_mut().for_each(|d| d.strength = strength);
    }
    if let (Some(n), [direction]) = (args.evaluate, found.as_mut_slice()) {
        let judged = Judged {
            model: &opened.model,
            judge: opened.right_judge(&args.data)?,
            device: &opened.chosen.device,
        };
        let n = n as usize;
        let starts = opened.unseen(&args.data, n * LOOKED_AT)?;
        let before = judged.look(&starts)?;
        direction.report = Some(evaluate(judged, direction, direction.strength, &starts, &before, n)?);
    }
    if let Some(path) = &args.save {
        let mut copy = opened.checkpoint.clone();
        // Others that were saved stay.
        copy.card.directions.retain(|old| found.iter().all(|new| new.name != old.name));
        copy.card.directions.extend(found.iter().cloned());
        copy.write(path)?;
    }
    if let Some(path) = &args.export {
        let text = serde_json::to_string(&found).map_err(|e| e.to_string())?;
        whole::write(path, text.as_bytes())?;
    }
    for direction in &found {
        print(direction, json)?;
    }
    Ok(())
}

fn find(opened: &Opened, args: &DirectionsArgs) -> Result<Vec<Direction>, Trouble> {
    let saved = &opened.checkpoint.card.directions;
    let method = match args.method {
        None => {
            let named =
                |d: &&Direction| args.attribute.as_ref().is_none_or(|name| d.name.eq_ignore_ascii_case(name));
            let known: Vec<_> = saved.iter().filter(named).cloned().collect();
            if !known.is_empty() {
                return Ok(known);
            }
            Method::Normal
        }
        Some(Way::Means) => Method::Means,
        Some(Way::Normal) => Method::Normal,
        Some(way) => return unlabelled(opened, args, way),
    };
    let keep = match args.keep.as_str() {
        "none" => Keep::Nothing,
        "unrelated" => Keep::Unrelated,
        names => Keep::These(names.split(',').map(|n| n.trim().to_string()).collect()),
    };
    let count = count(args.count)?;
    let Some(name) = &args.attribute else {
        let (subject, data) = (opened.subject()?, opened.data(&args.data));
        let cancel = AtomicBool::new(false);
        return Ok(tool::learn_all(&subject, data, count, &keep, method, &cancel, ON)?.1);
    };
    let labelled = opened.labelled(&args.data, count)?;
    let mut one = direction(&labelled, name, &keep, method).map_err(Trouble::Misuse)?;
    // Where the judge can't be trusted with such pictures, the strength stays 1.
    if let (Ok(judge), false) = (opened.judge(), labelled.seen.is_empty()) {
        let judged = Judged { model: &opened.model, judge, device: &opened.chosen.device };
        let starts = tool::tuned_on(&labelled);
        // A judge that does not know the attribute leaves the direction at strength 1.
        let _ = tune(judged, &mut one, starts, &judged.look(starts)?);
    }
    Ok(vec![one])
}

fn unlabelled(opened: &Opened, args: &DirectionsArgs, way: Way) -> Result<Vec<Direction>, Trouble> {
    if args.attribute.is_some() {
        return Err(Trouble::Misuse(
            "components have no attribute: leave --attribute out, or use --method means".into(),
        ));
    }
    let n = args.count.unwrap_or(COMPONENTS).clamp(1, opened.model.latent_dims());
    let (model, device) = (&opened.model, &opened.chosen.device);
    Ok(match way {
        Way::Sefa => components::sefa(model, n)?,
        Way::Ganspace => components::ganspace(model, n, device, ON)?,
        _ => {
            let subject = opened.subject()?;
            let cancel = AtomicBool::new(false);
            let split =
                tool::pictures(opened.data(&args.data), tool::LEARN_FROM, subject.shape, &cancel, ON)?;
            components::of_latents(&labelled::encode(model, &split, device, ON)?, n)
        }
    })
}

fn print(direction: &Direction, json: bool) -> Outcome {
    let Direction { name, method, strength, report, .. } = direction;
    if json {
        return line(&Row {
            attribute: name,
            method: *method,
            strength: *strength,
            moved: report.as_ref().map(|r| r.moved),
            success: report.as_ref().map(|r| r.success),
            kept: report.as_ref().map(|r| ByName(r.kept.clone())),
        });
    }
    match report {
        None => out!("{name:<24} strength {strength:.2}"),
        Some(r) => {
            let least = r.kept.iter().min_by(|a, b| a.1.total_cmp(&b.1));
            let least = least.map_or(String::new(), |(n, share)| {
                format!("; moves {n} most, which stays in {:.1} %", 100.0 * share)
            });
            out!("{name:<24} strength {strength:.2} turns {:.1} % of {}{least}", 100.0 * r.success, r.moved);
        }
    }
    Ok(())
}
