//! `zscope sample`: samples from the prior as one PNG.
//!
//! Must not know: egui.

use super::args::SampleArgs;
use super::{GROUND, Outcome, Trouble, device, line, load, model, shown};
use crate::data::{DataError, Job, Spec, vocabulary};
use crate::engine::device::Chosen;
use crate::engine::grid::{codes_asked, draw_grid, examples, in_every_class, tile};
use crate::engine::message::GridWanted;
use crate::engine::worker::same_latents;
use crate::latent::prior::Spread;
use crate::nn::Watch;
use crate::point::{Input, Kind, Value, Values, one_hot};
use crate::tools::film;
use crate::tools::picture::{png, rgb};
use crate::weights::{Card, whole};
use crate::zoo::Held;
use crate::zoo::model::CodesPrior;
use image::{RgbImage, imageops};
use serde_json::json;
use std::path::Path;
use std::sync::atomic::AtomicBool;

pub fn sample(args: SampleArgs, json: bool) -> Outcome {
    if args.n == 0 || args.n > 10_000 {
        return Err(Trouble::Misuse("--n goes from 1 to 10000".into()));
    }
    if !(1..=16).contains(&args.zoom) {
        return Err(Trouble::Misuse("--zoom goes from 1 to 16".into()));
    }
    if !(0.0..=10.0).contains(&args.temperature) {
        return Err(Trouble::Misuse(format!("--temperature goes from 0 to 10, not {}", args.temperature)));
    }
    if args.clip {
        film::ending(&args.out).map_err(Trouble::Misuse)?;
    } else if !args.each {
        whole::ending(&args.out, &["png"]).map_err(Trouble::Misuse)?;
    } else if args.out.is_file() {
        return Err(Trouble::Misuse(format!("--each wants a folder, and {} is a file", args.out.display())));
    }
    let chosen = device(args.device.into())?;
    let (card, first) = open(&args.file, &chosen)?;
    let columns = (args.n as f64).sqrt().ceil() as usize;
    let rows = args.n.div_ceil(columns);
    let spread = Spread { temperature: args.temperature, truncation: args.truncation };
    let grid = GridWanted { seed: args.seed, columns, rows, spread };
    if args.clip {
        return super::clip::clip(&args, &first, grid, &chosen, json);
    }
    if args.every_class {
        return every_class(&args, &first, spread, &chosen, json);
    }
    let given = given(&args, &card, &first, &chosen)?;
    let mut picture = draw(&first, grid, &given, args.n, &chosen)?;
    if let Some(other) = &args.against {
        let (_, second) = open(other, &chosen)?;
        let names = [&args.file, other].map(|path| path.display().to_string());
        same_latents((&names[0], first.latent_dims()), (&names[1], second.latent_dims()))
            .map_err(Trouble::Failure)?;
        picture = between(&picture, &draw(&second, grid, &given, args.n, &chosen)?, rows as u32)?;
    }
    if args.each {
        return each(&picture, (columns as u32, rows as u32), &args, json);
    }
    finished(picture, &args, json)
}

/// The same latents in every class, a row a latent.
fn every_class(args: &SampleArgs, model: &Held, spread: Spread, chosen: &Chosen, json: bool) -> Outcome {
    let (points, classes) = in_every_class(model, args.seed, args.n, spread).ok_or_else(|| {
        Trouble::Misuse(format!("{} takes no class: leave out --every-class", args.file.display()))
    })?;
    if points.len() > 10_000 {
        return Err(Trouble::Misuse(format!(
            "--n {} in {classes} classes is more than 10000 pictures; choose fewer latents",
            args.n
        )));
    }
    let drawn = model.draw(&points, &chosen.device, &mut Watch::nobody());
    let drawn = drawn.ok_or("this model cannot be sampled".to_string())?;
    finished(rgb(tile(drawn, classes)), args, json)
}

/// Writes the sheet, and says so.
fn finished(picture: RgbImage, args: &SampleArgs, json: bool) -> Outcome {
    let (w, h) = (picture.width() * args.zoom, picture.height() * args.zoom);
    let picture = imageops::resize(&picture, w, h, imageops::FilterType::Nearest);
    whole::write(&args.out, &png(&picture, None)?)?;
    if json {
        return line(&json!({ "out": shown(args.out.as_path()), "n": args.n, "width": w, "height": h }));
    }
    out!("wrote {}", args.out.display());
    Ok(())
}

/// The tiles of a grid as files of their own.
fn each(grid: &RgbImage, (columns, rows): (u32, u32), args: &SampleArgs, json: bool) -> Outcome {
    let folder = &args.out;
    std::fs::create_dir_all(folder)
        .map_err(|e| format!("the folder {} could not be made: {e}", folder.display()))?;
    let (w, h) = (grid.width() / columns, grid.height() / rows);
    let (wide, high) = (w * args.zoom, h * args.zoom);
    for i in 0..args.n {
        let (x, y) = (i as u32 % columns * w, i as u32 / columns * h);
        let tile = imageops::crop_imm(grid, x, y, w, h).to_image();
        let tile = imageops::resize(&tile, wide, high, imageops::FilterType::Nearest);
        whole::write(&folder.join(format!("{i:04}.png")), &png(&tile, None)?)?;
    }
    if json {
        return line(&json!({ "out": shown(folder.as_path()), "n": args.n, "width": wide, "height": high }));
    }
    out!("wrote {} pictures into {}", args.n, folder.display());
    Ok(())
}

fn open(file: &Path, chosen: &Chosen) -> Result<(Card, Held), Trouble> {
    let checkpoint = load(file)?;
    let model = model(&checkpoint, chosen)?;
    if !model.draws() {
        return Err(Trouble::Failure(format!(
            "{} draws no pictures, so it can't be sampled",
            file.display()
        )));
    }
    Ok((checkpoint.card, model))
}

/// What samples have beside their latents: the class that was asked for, or what pictures of data say.
fn given(args: &SampleArgs, card: &Card, model: &Held, chosen: &Chosen) -> Result<Vec<Values>, Trouble> {
    let takes = |kind: fn(&Kind) -> bool| model.inputs().iter().find(|i| kind(&i.kind));
    if let Some(prior) = model.model().codes_prior() {
        return drawn_codes(args, model, prior);
    }
    if let Some(word) = args.temperature_of.first() {
        return Err(Trouble::Misuse(format!(
            "--temperature-of {word} is of a grid of codes that a prior draws, and {} has no such prior",
            args.file.display()
        )));
    }
    let mut all = Vec::new();
    if !args.caption.is_empty() {
        return captions(args, model);
    }
    if takes(Kind::given_by_data).is_some() {
        let spec: Spec = args
            .data
            .as_deref()
            .unwrap_or(&card.data)
            .parse()
            .map_err(|e: DataError| Trouble::Misuse(e.to_string()))?;
        let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
        let data = spec.at_most(args.n).load(card.shape.want(), &job).map_err(|e| e.to_string())?;
        all = examples(model, &data.train, args.n, &chosen.device);
    }
    let Some(asked) = &args.class else { return Ok(all) };
    let Some(Input { name, kind: Kind::Class { names }, .. }) = takes(|k| matches!(k, Kind::Class { .. }))
    else {
        return Err(Trouble::Misuse(format!("{} takes no class: leave out --class", args.file.display())));
    };
    let class = class_of(asked, names)?;
    if all.is_empty() {
        all.push(Values::new());
    }
    all.iter_mut().for_each(|v| drop(v.insert(name.clone(), one_hot(class, names.len()))));
    Ok(all)
}

/// The captions that were asked for, by turns; words that the model does not know are said.
fn captions(args: &SampleArgs, model: &Held) -> Result<Vec<Values>, Trouble> {
    let text = model.inputs().iter().find_map(|input| match &input.kind {
        Kind::Text { words, .. } => Some((input, words)),
        _ => None,
    });
    let Some((input, words)) = text else {
        return Err(Trouble::Misuse(format!(
            "{} takes no caption: leave out --caption",
            args.file.display()
        )));
    };
    let one = |caption: &String| {
        let value = Value::Text(caption.clone());
        input.check(&value).map_err(Trouble::Misuse)?;
        let unknown = vocabulary::unknown(words, caption);
        if !unknown.is_empty() {
            eprintln!("zscope: not known to the model: {}", unknown.join(", "));
        }
        Ok(Values::from([(input.name.clone(), value)]))
    };
    args.caption.iter().map(one).collect()
}

/// The number of a class by its name or number.
fn class_of(asked: &str, names: &[String]) -> Result<usize, Trouble> {
    let number = asked.parse().ok().filter(|i| *i < names.len());
    names.iter().position(|n| n.eq_ignore_ascii_case(asked)).or(number).ok_or_else(|| {
        Trouble::Misuse(format!("there is no class \"{asked}\"; there are {}", names.join(", ")))
    })
}

/// Codes that the model's prior draws, for each sample.
fn drawn_codes(args: &SampleArgs, model: &Held, prior: &dyn CodesPrior) -> Result<Vec<Values>, Trouble> {
    let grids: Vec<&Input> = model.inputs().iter().filter(|i| matches!(i.kind, Kind::Codes { .. })).collect();
    let mut temperatures = vec![args.temperature; grids.len()];
    for word in &args.temperature_of {
        let set = word.split_once('=').and_then(|(name, t)| {
            let place = grids.iter().position(|i| i.name == name)?;
            Some((place, t.parse::<f32>().ok().filter(|t| (0.0..=10.0).contains(t))?))
        });
        let Some((place, t)) = set else {
            let names: Vec<&str> = grids.iter().map(|i| i.name.as_str()).collect();
            return Err(Trouble::Misuse(format!(
                "--temperature-of {word}: write INPUT=T with T from 0 to 10; the inputs are {}",
                names.join(", ")
            )));
        };
        temperatures[place] = t;
    }
    let class = match &args.class {
        Some(_) if prior.classes().is_empty() => {
            return Err(Trouble::Misuse(format!(
                "the prior of {} was told no class: leave out --class",
                args.file.display()
            )));
        }
        Some(asked) => Some(class_of(asked, prior.classes())?),
        None => None,
    };
    let mut asked = codes_asked(model, prior, args.seed, args.n, args.temperature);
    for one in &mut asked {
        one.temperatures.clone_from(&temperatures);
        one.class = class.or(one.class);
    }
    Ok(prior.draw(&asked, &mut || true).unwrap_or_default())
}

/// The first `n` tiles of a grid; those past them, which fill up its last row, stay dark.
fn draw(
    model: &Held,
    grid: GridWanted,
    given: &[Values],
    n: usize,
    chosen: &Chosen,
) -> Result<RgbImage, Trouble> {
    let tensor =
        draw_grid(model, grid, given, &chosen.device).ok_or("this model cannot be sampled".to_string())?;
    let mut picture = rgb(tensor);
    darken(&mut picture, grid, n);
    Ok(picture)
}

/// Tiles of a grid past the first `n` become dark.
pub(super) fn darken(picture: &mut RgbImage, grid: GridWanted, n: usize) {
    let tile = (picture.width() as usize / grid.columns, picture.height() as usize / grid.rows);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if (y as usize / tile.1) * grid.columns + x as usize / tile.0 >= n {
            *pixel = GROUND;
        }
    }
}

/// Rows of tiles of two grids in turn: one of `a`, the same of `b` under it.
fn between(a: &RgbImage, b: &RgbImage, rows: u32) -> Result<RgbImage, Trouble> {
    if a.dimensions() != b.dimensions() {
        return Err(Trouble::Failure(
            "the two models draw pictures of different sizes, which can't stand in one sheet; compare them in the window"
                .into(),
        ));
    }
    let high = a.height() / rows.max(1);
    let mut both = RgbImage::new(a.width(), 2 * a.height());
    for row in 0..rows {
        for (k, picture) in [a, b].into_iter().enumerate() {
            let strip = imageops::crop_imm(picture, 0, row * high, picture.width(), high).to_image();
            imageops::replace(&mut both, &strip, 0, i64::from((2 * row + k as u32) * high));
        }
    }
    Ok(both)
}
