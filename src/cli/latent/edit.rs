//! `zscope edit` and `zscope project`: a latent moved along directions, arithmetic, and a picture's latent.
//!
//! Must not know: egui.

use super::super::{GROUND, Outcome, Trouble, line, shown};
use super::args::{EditArgs, ProjectArgs};
use super::{Opened, count};
use crate::latent::add_scaled;
use crate::latent::arithmetic::{combine, mean, neighbourhood};
use crate::nn::Noise;
use crate::tools::arithmetic::{Formula, Verdict, draw, evaluate};
use crate::tools::learn::Judged;
use crate::tools::picture::{from_planar, png, rgb};
use crate::tools::{Labelled, tensor};
use crate::weights::whole;
use image::{RgbImage, imageops};
use rand::SeedableRng;
use serde_json::json;

/// How far the neighbourhood strays; the DCGAN paper's number.
const NEIGHBOURHOOD: f32 = 0.25;

/// Runs `zscope edit`.
pub fn edit(args: EditArgs, json: bool) -> Outcome {
    let opened = Opened::new(&args.file, args.device, args.judge.as_deref())?;
    if let Some(formula) = &args.arithmetic {
        return arithmetic(&opened, &args, formula.parse().map_err(Trouble::Misuse)?, json);
    }
    let (mut z, embedded) = opened.latent(&args.from)?;
    for word in &args.moves {
        let (name, units) = match word.split_once('=') {
            Some((name, units)) => (name, Some(number(units, "--move")?)),
            None => (word.as_str(), None),
        };
        let known = &opened.checkpoint.card.directions;
        let direction = known.iter().find(|d| d.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
            let names: Vec<_> = known.iter().map(|d| d.name.as_str()).collect();
            Trouble::Misuse(format!(
                "the model has no direction \"{name}\"; it has {}. `zscope directions FILE --save` finds and keeps some",
                if names.is_empty() { "none".into() } else { names.join(", ") }
            ))
        })?;
        z = add_scaled(&z, units.unwrap_or(direction.strength), &direction.vector);
    }
    for word in &args.set {
        let misuse = || Trouble::Misuse(format!("\"{word}\" is no dimension and value; write --set 3=1.2"));
        let (dimension, value) = word.split_once('=').ok_or_else(misuse)?;
        let i: usize = dimension.trim().trim_start_matches('z').parse().map_err(|_| misuse())?;
        let dims = z.len();
        let place = z.get_mut(i).ok_or_else(|| {
            Trouble::Misuse(format!("there is no dimension {i}: this model has 0 to {}", dims - 1))
        })?;
        *place = number(value, "--set")?;
    }
    let drawn = opened
        .model
        .decode(tensor(&[&z], &opened.chosen.device))
        .ok_or("this model draws no pictures".to_string())?;
    let [_, c, h, w] = drawn.dims();
    let mut values: Vec<f32> = drawn.into_data().iter::<f32>().collect();
    if args.residual {
        let embedded = embedded.as_ref().ok_or_else(|| {
            Trouble::Misuse("--residual needs a picture to edit: give one with --from".into())
        })?;
        let lost = embedded.target.iter().zip(&embedded.drawn).map(|(t, d)| t - d);
        values.iter_mut().zip(lost).for_each(|(v, lost)| *v += lost);
    }
    if let Some(out) = &args.out {
        whole::write(out, &png(&from_planar(&values, c, h, w), Some(&opened.origin(&z)))?)?;
    }
    if json {
        let psnr = embedded.as_ref().map(|e| e.psnr_db);
        return line(
            &json!({ "out": shown(args.out.as_deref()), "z": opened.own(&z), "reconstruction_psnr_db": psnr }),
        );
    }
    match &args.out {
        Some(out) => out!("wrote {}", out.display()),
        None => out!("{}", opened.text(&z)),
    }
    Ok(())
}

fn number(text: &str, flag: &str) -> Result<f32, Trouble> {
    text.trim()
        .parse()
        .ok()
        .filter(|v: &f32| v.is_finite())
        .ok_or_else(|| Trouble::Misuse(format!("\"{text}\" in {flag} is not a number")))
}

fn arithmetic(opened: &Opened, args: &EditArgs, formula: Formula, json: bool) -> Outcome {
    let labelled = opened.labelled(&args.data, count(Some(args.count))?)?;
    let candidates = formula.candidates(&labelled).map_err(Trouble::Misuse)?;
    let mut verdict = Verdict::default();
    if let Some(n) = args.evaluate {
        let judged = Judged {
            model: &opened.model,
            judge: opened.right_judge(&args.data)?,
            device: &opened.chosen.device,
        };
        verdict = evaluate(judged, &labelled, &formula, n as usize, args.seed)?;
    }
    if let Some(out) = &args.out {
        let groups = draw(&candidates, &mut rand_pcg::Pcg64Mcg::seed_from_u64(args.seed));
        whole::write(out, &png(&figure(opened, &labelled, groups, args.seed)?, None)?)?;
    }
    if json {
        let seen: serde_json::Map<_, _> = verdict.seen.into_iter().map(|(n, s)| (n, json!(s))).collect();
        let (draws, success, out) = (args.evaluate, verdict.success, args.out.as_ref());
        let names = match &formula {
            Formula::Carry { what, whom } => json!({ "what": what.0, "whom": whom.0 }),
            Formula::Classes([a, b, c]) => json!({ "a": a, "b": b, "c": c }),
        };
        let mut all = json!({ "draws": draws, "success": success, "seen": seen, "out": shown(out.map(|p| p.as_path())) });
        if let (Some(all), serde_json::Value::Object(names)) = (all.as_object_mut(), names) {
            all.extend(names);
        }
        return line(&all);
    }
    if let Some(n) = args.evaluate {
        match verdict.success {
            Some(success) => out!("the judge sees the result in {:.1} % of {n} draws", 100.0 * success),
            None => {
                verdict.seen.sort_by(|a, b| b.1.total_cmp(&a.1));
                let most = verdict.seen.iter().take_while(|(_, s)| *s >= 0.01);
                let shares: Vec<String> = most.map(|(n, s)| format!("{n} {:.1} %", 100.0 * s)).collect();
                out!("in the results of {n} draws the judge sees {}", shares.join(", "));
            }
        }
    }
    if let Some(out) = &args.out {
        out!("wrote {}", out.display());
    }
    Ok(())
}

/// The figure of the DCGAN paper: a column for each of A, B and C with its three latents above their mean, then the
/// 3×3 neighbourhood of A − B + C, twice as large.
fn figure(
    opened: &Opened,
    labelled: &Labelled,
    groups: [Vec<usize>; 3],
    seed: u64,
) -> Result<RgbImage, String> {
    let chosen = groups.each_ref().map(|g| g.iter().map(|&i| labelled.z[i].clone()).collect::<Vec<_>>());
    let [a, b, c] = &chosen;
    let result = combine(a, b, c);
    let noise = Noise::new(seed, 2).uniforms(8 * result.len(), 1.0);
    let around = neighbourhood(&result, NEIGHBOURHOOD, &noise);
    let (device, shape) = (&opened.chosen.device, opened.checkpoint.card.shape);
    let (w, h) = (shape.width as i64, shape.height as i64);
    let gap = w / 4;
    let rows = chosen.iter().map(Vec::len).max().unwrap_or(0) as i64 + 1;
    let mut sheet =
        RgbImage::from_pixel((3 * (w + gap) + 6 * w) as u32, (rows * h + gap).max(6 * h) as u32, GROUND);
    let mut put = |z: &[f32], x: i64, y: i64, zoom: u32| -> Result<(), String> {
        let t = opened.model.decode(tensor(&[z], device)).ok_or("this model draws no pictures")?;
        let [_, c, h, w] = t.dims();
        let picture = rgb(t.reshape([c, h, w]));
        let picture =
            imageops::resize(&picture, w as u32 * zoom, h as u32 * zoom, imageops::FilterType::Nearest);
        imageops::replace(&mut sheet, &picture, x, y);
        Ok(())
    };
    for (k, group) in chosen.iter().enumerate() {
        let x = k as i64 * (w + gap);
        for (row, z) in group.iter().enumerate() {
            put(z, x, row as i64 * h, 1)?;
        }
        put(&mean(group), x, (rows - 1) * h + gap, 1)?;
    }
    for (i, z) in around.iter().enumerate() {
        put(z, 3 * (w + gap) + (i as i64 % 3) * 2 * w, (i as i64 / 3) * 2 * h, 2)?;
    }
    Ok(sheet)
}

/// Runs `zscope project`.
pub fn project(args: ProjectArgs, json: bool) -> Outcome {
    if args.steps > 1000 {
        return Err(Trouble::Misuse("--steps goes up to 1000".into()));
    }
    let opened = Opened::new(&args.file, args.device, None)?;
    let embedded = opened.embed(&args.image, args.steps)?;
    let shape = opened.checkpoint.card.shape;
    if let Some(out) = &args.out {
        let picture = from_planar(&embedded.drawn, shape.channels, shape.height, shape.width);
        whole::write(out, &png(&picture, Some(&opened.origin(&embedded.z)))?)?;
    }
    if json {
        let (psnr, steps) = (embedded.psnr_db, embedded.steps);
        return line(
            &json!({ "z": opened.own(&embedded.z), "psnr_db": psnr, "steps": steps, "out": shown(args.out.as_deref()) }),
        );
    }
    out!("{:.2} dB after {} steps", embedded.psnr_db, embedded.steps);
    match &args.out {
        Some(out) => out!("wrote {}", out.display()),
        None => out!("{}", opened.text(&embedded.z)),
    }
    Ok(())
}
