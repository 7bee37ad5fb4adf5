//! `zscope sample --clip`: samples that move, side by side in one GIF or animated PNG, or frame by frame in a folder.
//!
//! Must not know: egui.

use super::args::SampleArgs;
use super::sample::darken;
use super::{Outcome, Trouble, line, shown};
use crate::engine::device::Chosen;
use crate::engine::grid::{GridWanted, grid_points, tile};
use crate::nn::Watch;
use crate::point::{Kind, Value};
use crate::tools::film::{self, Reel};
use crate::tools::picture::rgb;
use crate::zoo::Held;
use image::{RgbImage, imageops};
use serde_json::json;

/// Draws the grid's points at one moment after the other.
pub(super) fn clip(
    args: &SampleArgs,
    model: &Held,
    grid: GridWanted,
    chosen: &Chosen,
    json: bool,
) -> Outcome {
    let moment = model.inputs().iter().find_map(|input| match input.kind {
        Kind::Moment { frames, trained, rate } => Some((&input.name, frames, trained, rate)),
        _ => None,
    });
    let Some((name, most, trained, rate)) = moment else {
        return Err(Trouble::Misuse(format!(
            "{} draws pictures that stand still: leave out --clip",
            args.file.display()
        )));
    };
    let frames = args.frames.unwrap_or(trained);
    if !(2..=most).contains(&frames) {
        return Err(Trouble::Misuse(format!("--frames goes from 2 to {most} with this model, not {frames}")));
    }
    let mut points = grid_points(model, grid.seed, grid.columns * grid.rows, grid.spread, &[]);
    let mut size = (0, 0);
    let mut draw = |frame: usize| -> Result<RgbImage, String> {
        for point in &mut points {
            point.held.insert(name.clone(), Value::Number(frame as f32));
        }
        let drawn = model.draw(&points, &chosen.device, &mut Watch::nobody());
        let mut picture = rgb(tile(drawn.ok_or("this model can't be sampled")?, grid.columns));
        darken(&mut picture, grid, args.n);
        size = (picture.width() * args.zoom, picture.height() * args.zoom);
        Ok(imageops::resize(&picture, size.0, size.1, imageops::FilterType::Nearest))
    };
    let reel = Reel { out: &args.out, frames: frames.into(), fps: rate };
    let out = film::write(reel, &mut draw, &|_, _| true)?;
    if json {
        let (out, n) = (shown(out.as_path()), args.n);
        return line(&json!({ "out": out, "n": n, "frames": frames, "width": size.0, "height": size.1 }));
    }
    out!("wrote {frames} frames to {}", out.display());
    Ok(())
}
