//! The same latents drawn again and again while a run trains, as PNGs in its `samples/`: step by step at first, then at
//! gaps that are a fixed part of the step; when they become many, those go whose absence is felt least. Nothing of the
//! training is touched: a copy of the weights draws, and the clock decides at most that a picture is left out.
//!
//! Must not know: how a step is made, who looks at the pictures.

use super::grid::{Drawn, GRID, GridWanted, draw_grid, given, grid_points};
use super::{folder, schedule};
use crate::data::Split;
use crate::nn::Watch;
use crate::nn::host::floats;
use crate::weights::whole;
use crate::zoo::Held;
use burn::tensor::Device;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Part of the training time that drawing may take, once the first moments are over.
const SHARE: f64 = 0.03;
/// Pictures that are drawn whatever they cost, so that no machine is too slow to show where a run began.
const FREE: usize = 3;
/// Drawing that is free at the start, where everything happens.
const FIRST: Duration = Duration::from_millis(1500);
/// Pictures that are kept.
const MOST: usize = 400;
/// Bytes that they may have together.
const ROOM: u64 = 64 << 20;
/// Tiles that are compared to say how much samples differ.
const COMPARED: usize = 16;

/// Records one run's samples.
pub struct Recorder {
    folder: PathBuf,
    /// Bytes by step.
    kept: BTreeMap<u64, u64>,
    next: u64,
    /// Pictures drawn since it was opened.
    drawn: usize,
    spent: Duration,
    began: Duration,
}

impl Recorder {
    /// Of a run at step `from`, after so much training; pictures of later steps are dropped.
    pub fn new(run: &Path, from: u64, trained: Duration) -> Self {
        let folder = run.join("samples");
        let mut kept = BTreeMap::new();
        for path in folder::stepped(&folder, "png") {
            match folder::step_of(&path) {
                Some(step) if step <= from => {
                    kept.insert(step, path.metadata().map_or(0, |m| m.len()));
                }
                // The steps after `from` are made anew, and drawn anew.
                _ => drop(std::fs::remove_file(&path)),
            }
        }
        let next = if from == 0 && kept.is_empty() { 0 } else { schedule::next(from) };
        Self { folder, kept, next, drawn: 0, spent: Duration::ZERO, began: trained }
    }

    /// Whether a picture of this step belongs in the record, and its time is there.
    pub fn due(&self, step: u64, trained: Duration) -> bool {
        let budget = FIRST.as_secs_f64() + SHARE * trained.saturating_sub(self.began).as_secs_f64();
        step >= self.next && (self.drawn < FREE || self.spent.as_secs_f64() <= budget)
    }

    /// Time that was spent on measuring beside the drawing; it counts with it.
    pub fn charge(&mut self, time: Duration) {
        self.spent += time;
    }

    /// Drops what was recorded after `step`, as the run went back there.
    pub fn rewind(&mut self, step: u64) {
        for later in self.kept.split_off(&(step + 1)).into_keys() {
            let _ = std::fs::remove_file(self.picture(later));
        }
        self.next = schedule::next(step);
    }

    /// Draws the grid and writes it; a model without latents draws what the first pictures of `data` say. `None` for a model
    /// that draws nothing.
    pub fn draw(
        &mut self,
        step: u64,
        model: &Held,
        data: &Split,
        device: &Device,
    ) -> Result<Option<Drawn>, String> {
        let began = Instant::now();
        (self.next, self.drawn) = (schedule::next(step), self.drawn + 1);
        let given = given(model, data, GRID.columns * GRID.rows, device);
        let Some(tensor) = draw_grid(model, GRID, &given, device) else { return Ok(None) };
        let [channels, height, width] = tensor.dims();
        let values = floats(tensor);
        let differ = match model.model().plane() {
            Some(_) => apart(model, device),
            None => difference(&values, [channels, height, width]),
        };
        let drawn = png(step, &values, [channels, height, width])
            .and_then(|png| self.write(step, &png).map(|()| Drawn { differ, png, width, height, channels }));
        self.spent += began.elapsed();
        drawn.map(Some)
    }

    fn write(&mut self, step: u64, png: &[u8]) -> Result<(), String> {
        whole::write_lightly(&self.picture(step), png)?;
        self.kept.insert(step, png.len() as u64);
        self.thin();
        Ok(())
    }

    fn thin(&mut self) {
        let bytes: u64 = self.kept.values().sum();
        let mean = (bytes / self.kept.len().max(1) as u64).max(1);
        let most = MOST.min((ROOM / mean) as usize).max(8);
        let steps: Vec<u64> = self.kept.keys().copied().collect();
        for step in schedule::superfluous(&steps, most, 1) {
            let _ = std::fs::remove_file(self.picture(step));
            self.kept.remove(&step);
        }
    }

    fn picture(&self, step: u64) -> PathBuf {
        self.folder.join(format!("step-{step:08}.png"))
    }
}

/// `channels × height × width` values as a PNG.
fn png(step: u64, values: &[f32], [channels, height, width]: [usize; 3]) -> Result<Vec<u8>, String> {
    let plane = width * height;
    let byte = |v: f32| (v.clamp(0.0, 1.0) * 255.0).round() as u8;
    let bytes: Vec<u8> =
        (0..plane).flat_map(|i| (0..channels).map(move |c| byte(values[c * plane + i]))).collect();
    let colour = if channels == 3 { ExtendedColorType::Rgb8 } else { ExtendedColorType::L8 };
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive)
        .write_image(&bytes, width as u32, height as u32, colour)
        .map_err(|e| format!("the samples of step {step} could not be drawn: {e}"))?;
    Ok(png)
}

/// How much the pictures of single points differ, as [`difference`] says of tiles.
fn apart(model: &Held, device: &Device) -> f32 {
    let points = grid_points(model, GRID.seed, COMPARED, GRID.spread, &[]);
    let drawn = model.draw(&points, device, &mut Watch::nobody()).map_or_else(Vec::new, floats);
    pairwise(&drawn.chunks(drawn.len() / COMPARED.max(1)).map(<[f32]>::to_vec).collect::<Vec<_>>())
}

/// Mean over pairs of tiles of the root-mean-square difference of their pixels.
fn difference(values: &[f32], [channels, height, width]: [usize; 3]) -> f32 {
    let GridWanted { columns, rows, .. } = GRID;
    let (w, h) = (width / columns, height / rows);
    let tiles: Vec<Vec<f32>> = (0..COMPARED.min(columns * rows))
        .map(|t| {
            let (x, y) = (t % columns * w, t / columns * h);
            (0..channels * h)
                .flat_map(|r| {
                    let start = (r / h) * width * height + (y + r % h) * width + x;
                    values[start..start + w].to_vec()
                })
                .collect()
        })
        .collect();
    pairwise(&tiles)
}

/// Mean over pairs of the root-mean-square difference of their values; 0 of fewer than two.
pub fn pairwise(all: &[Vec<f32>]) -> f32 {
    let rms = |a: &[f32], b: &[f32]| {
        let sum: f32 = a.iter().zip(b).map(|(p, q)| (p - q) * (p - q)).sum();
        (sum / a.len().max(1) as f32).sqrt()
    };
    let pairs = all.iter().enumerate().flat_map(|(i, a)| all[i + 1..].iter().map(move |b| rms(a, b)));
    let (sum, n) = pairs.fold((0.0, 0), |(sum, n), d| (sum + d, n + 1));
    if n == 0 { 0.0 } else { sum / n as f32 }
}
