//! `zscope predict`: where the people of a file walk next.
//!
//! Must not know: egui.

use super::args::PredictArgs;
use super::{Outcome, Trouble, device, line, load, model, shown};
use crate::data::crowds::file;
use crate::data::tracks;
use crate::metrics::displacement::{TOUCH, collisions, foretold};
use crate::weights::whole;
use serde_json::json;
use std::fmt::Write as _;

pub fn predict(args: &PredictArgs, json: bool) -> Outcome {
    let chosen = device(args.device.into())?;
    let subject = model(&load(&args.file)?, &chosen)?;
    let Some(span) = subject.model().predictor().map(|p| p.span()) else {
        return Err(Trouble::Misuse(format!(
            "{} foretells no tracks: give a model of the recipe social-gan",
            args.file.display()
        )));
    };
    let name = args.tracks.display();
    let frames = file::read(&args.tracks).map_err(|e| e.to_string())?;
    let (ids, past, numbers) = file::last(&frames, span.past).ok_or_else(|| {
        format!(
            "nobody is there in each of the last {} frames of {name}, which are what futures follow from",
            span.past
        )
    })?;
    tracks::check("the model", &past, span)?;
    let samples = usize::from(args.samples);
    let all = foretold(&subject, &past, samples, (args.seed, 0), &chosen.device).unwrap_or_default();
    let gap = numbers.windows(2).map(|w| w[1] - w[0]).min().unwrap_or(1);
    let end = numbers.last().copied().unwrap_or_default();
    let mut text = String::from("frame,id,sample,x,y\n");
    for (k, future) in all.iter().enumerate() {
        for (id, track) in ids.iter().zip(tracks::each(future, span.future)) {
            for (t, [x, y]) in track.iter().enumerate() {
                // Writing to a String never fails.
                let _ = writeln!(text, "{},{id},{k},{x},{y}", end + gap * (t as i64 + 1));
            }
        }
    }
    whole::write(&args.out, text.as_bytes())?;
    let hits: usize = all.iter().map(|one| collisions(one, span.future)).sum();
    let share = hits as f64 / (all.len() * ids.len() * span.future).max(1) as f64;
    if json {
        return line(&json!({
            "out": shown(args.out.as_path()),
            "people": ids.len(),
            "samples": all.len(),
            "steps": span.future,
            "seconds_a_step": span.dt(),
            "collisions": share,
        }));
    }
    out!(
        "wrote {}: {} futures of {} people, {} steps of {} s; {:.2} % of people and steps within {TOUCH} m of another",
        args.out.display(),
        all.len(),
        ids.len(),
        span.future,
        span.dt(),
        100.0 * share
    );
    Ok(())
}
