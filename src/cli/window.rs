//! `zscope shot` and `zscope bench`: the window's code, without a person.
//!
//! Must not know: egui.

use super::args::{Bench, BenchArgs, ShotArgs};
use super::{Outcome, Trouble, device, line, shown, train};
use crate::bench::{self, Figures};
use crate::data::{DataError, Job, Spec};
use crate::engine::message::TrainOrder;
use crate::engine::session::{self, Session};
use crate::nn::fast::profile;
use crate::shot;
use crate::zoo;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Draws the real window off-screen.
pub fn shot(args: &ShotArgs, json: bool) -> Outcome {
    let scenes = shot::scenes();
    if !scenes.contains(&args.scene.as_str()) {
        let message = format!("there is no scene \"{}\"; there are {}", args.scene, scenes.join(", "));
        return Err(Trouble::Misuse(message));
    }
    let size = size(&args.size)?;
    shot::shoot(&args.scene, size, args.light, &args.out)?;
    if json {
        return line(&json!({ "saved": shown(args.out.as_path()) }));
    }
    out!("wrote {}", args.out.display());
    Ok(())
}

fn size(text: &str) -> Result<[f32; 2], Trouble> {
    let wrong = || {
        Trouble::Misuse(format!("\"{text}\" is not a size: write WIDTHxHEIGHT, from 320x240 to 4096x4096"))
    };
    let (w, h) = text.split_once(['x', '×']).ok_or_else(wrong)?;
    let (w, h) = (w.parse::<u32>().map_err(|_| wrong())?, h.parse::<u32>().map_err(|_| wrong())?);
    let fits = (320..=4096).contains(&w) && (240..=4096).contains(&h);
    if fits { Ok([w as f32, h as f32]) } else { Err(wrong()) }
}

/// Measures.
pub fn bench(args: &BenchArgs, json: bool) -> Outcome {
    let figures = match args.what {
        Bench::Train => training(args)?,
        Bench::Map => {
            let figures = bench::map::run(&args.data, args.seconds, args.device.into())?;
            serde_json::to_value(figures).map_err(|e| e.to_string())?
        }
        Bench::Scroll => {
            let figures = bench::scroll::run(&args.data, args.seconds, args.device.into())?;
            serde_json::to_value(figures).map_err(|e| e.to_string())?
        }
        Bench::Soak => {
            let figures = bench::soak::run(args.run.clone(), args.seconds, args.device.into())?;
            serde_json::to_value(figures).map_err(|e| e.to_string())?
        }
        Bench::Latency | Bench::Frame => {
            let entry = args.recipe.as_deref().map(zoo::find).transpose().map_err(Trouble::Misuse)?;
            let recipe = entry.map(|e| e.recipe);
            match bench::run(
                args.what == Bench::Frame,
                (recipe, args.open.clone()),
                args.seconds,
                args.device.into(),
            )? {
                Figures::Latency(f) => serde_json::to_value(f),
                Figures::Frame(f) => serde_json::to_value(f),
            }
            .map_err(|e| e.to_string())?
        }
    };
    if json {
        return line(&figures);
    }
    operations(&figures);
    for (name, value) in figures.as_object().into_iter().flatten().filter(|(_, v)| !v.is_array()) {
        match value.as_f64() {
            Some(v) => out!("{name:34} {v:.1}"),
            None => out!("{name:34} {}", value.as_str().unwrap_or_default()),
        }
    }
    Ok(())
}

/// Pictures per second of training, after two seconds of warming up; nothing is recorded or drawn. With `--profile` where
/// the time goes as well: the operations of [`crate::nn::fast`], and all else as Burn's own.
fn training(args: &BenchArgs) -> Result<Value, Trouble> {
    let recipe = args.recipe.as_deref().unwrap_or("fc-vae");
    let entry = zoo::find(recipe).map_err(Trouble::Misuse)?;
    let order = TrainOrder {
        recipe: recipe.into(),
        data: entry.recipe.data.into(),
        settings: train::settings(entry.recipe, &args.set)?,
        seed: 1,
        ..TrainOrder::default()
    };
    let spec: Spec = order.data.parse().map_err(|e: DataError| e.to_string())?;
    let chosen = device(args.device.into())?;
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = spec.load(session::want(entry, &order.settings), &job).map_err(|e| e.to_string())?;
    let mut session = Session::new(order, Arc::new(data), &chosen.device, None, false)?;
    let mut advance = |seconds: f64| {
        let began = Instant::now();
        let seen = session.seen;
        while began.elapsed() < Duration::from_secs_f64(seconds) {
            session.advance();
        }
        // Reading the losses waits for the device, so that nothing is counted that is not done.
        let _ = session.metrics();
        (session.seen - seen) as f64 / began.elapsed().as_secs_f64()
    };
    advance(2.0);
    let seconds = args.seconds.clamp(1.0, 600.0);
    if !args.profile {
        let rate = advance(seconds);
        return Ok(json!({ "recipe": recipe, "device": chosen.name, "images_per_s": rate }));
    }
    profile::begin();
    let began = Instant::now();
    let rate = advance(seconds);
    let (all, rows) = (began.elapsed().as_secs_f64(), profile::end());
    let (flops, bytes) = profile::machine();
    let mut figures = json!({
        "recipe": recipe, "device": chosen.name, "images_per_s": rate,
        "machine_gflops": flops / 1e9, "machine_gb_per_s": bytes / 1e9,
    });
    let mut operations: Vec<_> = rows.into_iter().collect();
    operations.sort_by_key(|(_, row)| std::cmp::Reverse(row.time));
    let counted: f64 = operations.iter().map(|(_, row)| row.time.as_secs_f64()).sum();
    let each = operations.iter().map(|(name, row)| {
        let s = row.time.as_secs_f64();
        json!({
            "operation": name, "share": s / all, "calls": row.calls,
            "gflops": row.flops as f64 / s / 1e9, "gb_per_s": row.bytes as f64 / s / 1e9,
        })
    });
    let rest = json!({ "operation": "Burn's own", "share": (1.0 - counted / all).max(0.0) });
    figures["operations"] = each.chain(std::iter::once(rest)).collect();
    Ok(figures)
}

/// The profile's rows, for a person.
fn operations(figures: &Value) {
    let Some(rows) = figures["operations"].as_array() else { return };
    out!("{:24} {:>7} {:>9} {:>9} {:>9}", "operation", "% time", "calls", "GFLOP/s", "GB/s");
    for row in rows {
        let number = |name: &str, decimals: usize| {
            row[name].as_f64().filter(|v| *v > 0.0).map_or_else(String::new, |v| format!("{v:.decimals$}"))
        };
        let share = row["share"].as_f64().unwrap_or_default() * 100.0;
        let name = row["operation"].as_str().unwrap_or_default();
        out!(
            "{name:24} {share:7.1} {:>9} {:>9} {:>9}",
            number("calls", 0),
            number("gflops", 1),
            number("gb_per_s", 1)
        );
    }
}
