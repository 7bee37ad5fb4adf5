//! `zscope layers`: what each layer of a decoder gives for a latent, in numbers and as pictures of its maps.
//!
//! Must not know: egui.

use super::super::{GROUND, Outcome, Trouble, line, shown};
use super::Opened;
use super::args::LayersArgs;
use crate::engine::message::LayerInfo;
use crate::engine::tap;
use crate::tools::layer::{Figures, columns, grid};
use crate::tools::picture::{from_planar, png};
use crate::weights::whole;
use image::{RgbImage, imageops};
use serde_json::json;

/// Pixels of a sheet's width, and of one layer's height where several are on it.
const WIDTH: usize = 1024;
const HEIGHT: usize = 256;
/// Pixels between layers on a sheet.
const BETWEEN: u32 = 12;
/// Numbers of a layer that are drawn; of a larger one the first maps.
const MOST: usize = 1 << 24;

type Given = (LayerInfo, Vec<f32>);

/// Runs `zscope layers`.
pub fn layers(args: LayersArgs, json: bool) -> Outcome {
    let opened = Opened::new(&args.file, args.device, None)?;
    let (z, _) = opened.latent(&args.from)?;
    let all = tap::all(&opened.model, &z.clone().into(), &opened.chosen.device);
    let picked = match &args.layer {
        Some(word) => {
            let i = pick(&all, word).map_err(Trouble::Misuse)?;
            i..i + 1
        }
        None => 0..all.len(),
    };
    let chosen = &all[picked.clone()];
    let figures: Vec<_> = chosen.iter().map(|(info, values)| Figures::of(values, &info.shape)).collect();
    if let Some(out) = &args.out {
        let tall = if chosen.len() == 1 { WIDTH } else { HEIGHT };
        let drawn: Vec<_> = chosen.iter().zip(&figures).map(|(layer, f)| draw(layer, f, tall)).collect();
        whole::write(out, &png(&stack(&drawn), Some(&opened.origin(&z)))?)?;
    }
    if json {
        let rows: Vec<_> = chosen
            .iter()
            .zip(&figures)
            .map(|((info, _), f)| {
                json!({
                    "name": info.name, "shape": info.shape, "min": f.low, "mean": f.mean, "max": f.high,
                    "zeros": f.zeros, "empty_maps": f.flat,
                })
            })
            .collect();
        return line(&json!({ "z": opened.own(&z), "layers": rows, "out": shown(args.out.as_deref()) }));
    }
    let wide = chosen.iter().map(|(info, _)| info.name.chars().count()).max().unwrap_or(0).max(5);
    out!(
        "    {:<wide$}  {:>13} {:>10} {:>10} {:>10} {:>7} {:>6}",
        "layer",
        "shape",
        "min",
        "mean",
        "max",
        "zeros",
        "empty"
    );
    for (i, ((info, values), f)) in picked.zip(chosen.iter().zip(&figures)) {
        let shape = info.shape.iter().map(usize::to_string).collect::<Vec<_>>().join("×");
        out!(
            "{:>3} {:<wide$}  {shape:>13} {:>10.4} {:>10.4} {:>10.4} {:>5.1} % {:>6}",
            i + 1,
            info.name,
            f.low,
            f.mean,
            f.high,
            100.0 * f.zeros,
            f.flat
        );
        if let (Some(_), ([c, ..], shown)) = (&args.out, (maps(&info.shape), drawn(info, values)))
            && shown < c
        {
            out!("    the first {shown} of its {c} maps are drawn");
        }
    }
    if let Some(out) = &args.out {
        out!("wrote {}", out.display());
    }
    Ok(())
}

/// The layer of that name, or of that number in the list, from 1.
fn pick(all: &[Given], word: &str) -> Result<usize, String> {
    let named: Vec<usize> = (0..all.len()).filter(|i| all[*i].0.name == word).collect();
    match named[..] {
        [one] => return Ok(one),
        [] => {}
        _ => return Err(format!("{} layers are called {word}; give the number of one", named.len())),
    }
    let number = word.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).filter(|i| *i < all.len());
    let names = || all.iter().map(|(info, _)| info.name.as_str()).collect::<Vec<_>>().join(", ");
    number.ok_or_else(|| format!("there is no layer \"{word}\"; the model has {}", names()))
}

/// A shape as maps; units are maps of one pixel.
fn maps(shape: &[usize]) -> [usize; 3] {
    let at = |i: usize| shape.get(i).copied().unwrap_or(1);
    [at(0), at(1), at(2)]
}

/// How many maps of a layer are drawn.
fn drawn(info: &LayerInfo, values: &[f32]) -> usize {
    let [c, h, w] = maps(&info.shape);
    if values.len() <= MOST { c } else { (MOST / (h * w)).max(1) }
}

/// A layer's maps, as large as they fit.
fn draw(layer: &Given, figures: &Figures, tall: usize) -> RgbImage {
    let (info, values) = layer;
    let [_, h, w] = maps(&info.shape);
    let c = drawn(info, values);
    let across = columns([c, h, w], WIDTH as f32, tall as f32);
    let fits = |space: usize, count: usize, side: usize| (space / count).saturating_sub(1) / side.max(1);
    let zoom = fits(WIDTH, across, w).min(fits(tall, c.div_ceil(across).max(1), h)).max(1);
    let grid = grid(values, (figures.low, figures.high), [c, h, w], across, zoom);
    from_planar(&grid.pixels, 3, grid.height, grid.width)
}

/// Pictures one under another.
fn stack(all: &[RgbImage]) -> RgbImage {
    let width = all.iter().map(RgbImage::width).max().unwrap_or(1);
    let gaps = BETWEEN * all.len().saturating_sub(1) as u32;
    let height = all.iter().map(RgbImage::height).sum::<u32>() + gaps;
    let mut sheet = RgbImage::from_pixel(width, height.max(1), GROUND);
    let mut top = 0;
    for picture in all {
        imageops::replace(&mut sheet, picture, 0, top);
        top += i64::from(picture.height() + BETWEEN);
    }
    sheet
}
