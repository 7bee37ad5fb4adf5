//! `zscope sample`: samples from the prior as one PNG.
//!
//! Must not know: egui.

use super::args::SampleArgs;
use super::{Outcome, Trouble, device, line, load, model};
use crate::engine::message::GridWanted;
use crate::engine::viewer::draw_grid;
use crate::weights::whole;
use image::{ImageFormat, RgbImage, imageops};
use serde_json::json;
use std::io::Cursor;

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
    let [channels, height, width] = tensor.dims();
    let values: Vec<f32> = tensor.into_data().iter::<f32>().collect();
    let at = |c: usize, i: usize| {
        (values[c.min(channels - 1) * width * height + i].clamp(0.0, 1.0) * 255.0).round() as u8
    };
    // The grid is a full rectangle; tiles past `n` stay dark.
    let tile = (width / columns, height / rows);
    let picture = RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let (x, y) = (x as usize, y as usize);
        let index = (y / tile.1) * columns + x / tile.0;
        let i = y * width + x;
        if index < args.n { image::Rgb([at(0, i), at(1, i), at(2, i)]) } else { image::Rgb([24, 24, 27]) }
    });
    let (w, h) = (picture.width() * args.zoom, picture.height() * args.zoom);
    let picture = imageops::resize(&picture, w, h, imageops::FilterType::Nearest);
    let mut png = Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).map_err(|e| format!("the PNG could not be made: {e}"))?;
    whole::write(&args.out, png.get_ref())?;
    if json {
        return line(&json!({ "out": args.out, "n": args.n, "width": w, "height": h }));
    }
    out!("wrote {}", args.out.display());
    Ok(())
}
