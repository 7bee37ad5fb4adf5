//! `zscope sample`: samples from the prior as one PNG.
//!
//! Must not know: egui.

use super::args::SampleArgs;
use super::{GROUND, Outcome, Trouble, device, line, load, model};
use crate::engine::message::GridWanted;
use crate::engine::viewer::draw_grid;
use crate::tools::picture::{png, rgb};
use crate::weights::whole;
use image::imageops;
use serde_json::json;

pub fn sample(args: SampleArgs, json: bool) -> Outcome {
    if args.n == 0 || args.n > 10_000 {
        return Err(Trouble::Misuse("--n goes from 1 to 10000".into()));
    }
    if !(1..=16).contains(&args.zoom) {
        return Err(Trouble::Misuse("--zoom goes from 1 to 16".into()));
    }
    let checkpoint = load(&args.file)?;
    let chosen = device(args.device.into())?;
    let model = model(&checkpoint, &chosen)?;
    if model.latent_dims() == 0 {
        return Err(Trouble::Failure(format!("{} has no latent space to sample from", args.file.display())));
    }
    let columns = (args.n as f64).sqrt().ceil() as usize;
    let rows = args.n.div_ceil(columns);
    let grid = GridWanted { seed: args.seed, columns, rows, temperature: args.temperature };
    let tensor =
        draw_grid(&*model, grid, &chosen.device).ok_or("this model cannot be sampled".to_string())?;
    let mut picture = rgb(tensor);
    // The grid is a full rectangle; tiles past `n` stay dark.
    let tile = (picture.width() as usize / columns, picture.height() as usize / rows);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        if (y as usize / tile.1) * columns + x as usize / tile.0 >= args.n {
            *pixel = GROUND;
        }
    }
    let (w, h) = (picture.width() * args.zoom, picture.height() * args.zoom);
    let picture = imageops::resize(&picture, w, h, imageops::FilterType::Nearest);
    whole::write(&args.out, &png(&picture, None)?)?;
    if json {
        return line(&json!({ "out": args.out, "n": args.n, "width": w, "height": h }));
    }
    out!("wrote {}", args.out.display());
    Ok(())
}
