//! A path through latent space as a film, or any pictures one after the other: GIF, animated PNG, or a folder of numbered PNGs,
//! written frame by frame.
//!
//! Must not know: where the path came from, the window.

use super::picture::{png as still, rgb};
use super::{Tick, tick};
use crate::latent::Path;
use crate::nn::Watch;
use crate::point::Input;
use crate::zoo::Held;
use burn::tensor::Device;
use image::RgbImage;
use image::codecs::gif::{GifEncoder, Repeat};
use image::imageops::{FilterType, resize};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path as FilePath, PathBuf};

/// What is filmed.
#[derive(Clone, Debug, PartialEq)]
pub struct Film {
    /// The way.
    pub path: Path,
    /// Frames, 2 to 10,000.
    pub frames: usize,
    /// Frames a second, 1 to 60.
    pub fps: f32,
    /// Height in pixels, 16 to 2,048.
    pub height: u32,
    /// Blend between pixels (else squares).
    pub smooth: bool,
    /// `.gif`; `.png` or `.apng` (animated PNG); anything else = a folder of numbered PNGs.
    pub out: PathBuf,
}

/// Frames decoded at once.
const AT_ONCE: usize = 8;

impl Film {
    /// Fails with a sentence when it can't be filmed.
    pub fn check(&self, inputs: &[Input]) -> Result<(), String> {
        ending(&self.out)?;
        if self.path.keyframes.len() < 2 {
            return Err("a film needs two keyframes; add another".into());
        }
        self.path.keyframes.iter().try_for_each(|point| {
            point.check(inputs).map_err(|e| format!("a keyframe can't be filmed: {e}"))
        })?;
        if !(2..=10_000).contains(&self.frames) {
            return Err(format!("a film has 2 to 10000 frames, not {}", self.frames));
        }
        if !(1.0..=60.0).contains(&self.fps) {
            return Err(format!("a film has 1 to 60 frames a second, not {}", self.fps));
        }
        if !(16..=2048).contains(&self.height) {
            return Err(format!("a film is 16 to 2048 pixels high, not {}", self.height));
        }
        Ok(())
    }
}

/// Fails with a sentence where nothing that moves can be written to a file of that ending.
pub fn ending(out: &FilePath) -> Result<(), String> {
    if out.extension().is_none() || out.is_dir() {
        return Ok(());
    }
    let moves = crate::weights::whole::ending(out, &["gif", "png", "apng"]);
    moves.map(drop).map_err(|e| format!("{e}, or name a folder for numbered PNGs"))
}

/// What is written: where to, how many frames, and how many a second.
#[derive(Clone, Copy, Debug)]
pub struct Reel<'a> {
    /// As [`Film::out`].
    pub out: &'a FilePath,
    /// Frames.
    pub frames: usize,
    /// Frames a second.
    pub fps: f32,
}

/// Where the frames go.
enum Sink {
    Gif(Box<GifEncoder<BufWriter<File>>>),
    Apng(Box<png::Writer<BufWriter<File>>>),
    Folder(PathBuf),
}

/// Films it. The file appears when it is whole; of a cancelled or failed film nothing is left but the numbered PNGs
/// that were written.
pub fn film(model: &Held, film: &Film, device: &Device, progress: Tick<'_>) -> Result<PathBuf, String> {
    film.check(model.inputs())?;
    let latents = film.path.frames(film.frames);
    let mut ahead = Vec::new();
    let mut draw = |i: usize| -> Result<RgbImage, String> {
        if i.is_multiple_of(AT_ONCE) {
            let chunk = &latents[i..(i + AT_ONCE).min(latents.len())];
            let x = model.draw(chunk, device, &mut Watch::nobody()).ok_or("this model draws no pictures")?;
            let [n, c, h, w] = x.dims();
            ahead = (0..n).map(|k| rgb(x.clone().narrow(0, k, 1).reshape([c, h, w]))).collect();
        }
        let picture = ahead.get(i % AT_ONCE).ok_or("this model draws no pictures")?;
        Ok(scaled(picture, film))
    };
    write(Reel { out: &film.out, frames: film.frames, fps: film.fps }, &mut draw, progress)
}

/// Writes the pictures that `draw` gives for frames 0, 1, …, all of one size. The file appears as [`film`]'s does.
pub fn write(
    reel: Reel<'_>,
    draw: &mut dyn FnMut(usize) -> Result<RgbImage, String>,
    progress: Tick<'_>,
) -> Result<PathBuf, String> {
    let out = reel.out;
    let say = |e: &dyn std::fmt::Display| format!("{} could not be written: {e}", out.display());
    let extension = out.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let aside = out.with_extension(format!("{extension}.part"));
    let mut sink: Option<Sink> = None;
    let mut write = || -> Result<(), String> {
        for i in 0..reel.frames {
            tick(progress, i, reel.frames)?;
            let picture = draw(i)?;
            let to = match &mut sink {
                Some(sink) => sink,
                None => sink.insert(open(reel, &extension, &aside, &picture).map_err(|e| say(&e))?),
            };
            add(to, reel, i, picture).map_err(|e| say(&e))?;
        }
        Ok(())
    };
    let written = write();
    let written = written.and_then(|()| close(sink.take()).map_err(|e| say(&e)));
    if extension == "gif" || extension == "png" || extension == "apng" {
        let moved = written.and_then(|()| std::fs::rename(&aside, out).map_err(|e| say(&e)));
        if moved.is_err() {
            let _ = std::fs::remove_file(&aside);
        }
        moved?;
    } else {
        written?;
    }
    Ok(out.to_path_buf())
}

fn scaled(picture: &RgbImage, film: &Film) -> RgbImage {
    let width =
        (f64::from(film.height) * f64::from(picture.width()) / f64::from(picture.height().max(1))).round();
    let filter = if film.smooth { FilterType::Triangle } else { FilterType::Nearest };
    resize(picture, (width as u32).max(1), film.height, filter)
}

fn open(reel: Reel<'_>, extension: &str, aside: &FilePath, first: &RgbImage) -> Result<Sink, String> {
    let text = |e: &dyn std::fmt::Display| e.to_string();
    let file = || File::create(aside).map(BufWriter::new).map_err(|e| text(&e));
    match extension {
        "gif" => {
            let mut encoder = GifEncoder::new_with_speed(file()?, 10);
            encoder.set_repeat(Repeat::Infinite).map_err(|e| text(&e))?;
            Ok(Sink::Gif(Box::new(encoder)))
        }
        "png" | "apng" => {
            let mut encoder = png::Encoder::new(file()?, first.width(), first.height());
            encoder.set_color(png::ColorType::Rgb);
            encoder.set_depth(png::BitDepth::Eight);
            encoder.set_animated(reel.frames as u32, 0).map_err(|e| text(&e))?;
            encoder.set_frame_delay(100, (reel.fps * 100.0).round() as u16).map_err(|e| text(&e))?;
            Ok(Sink::Apng(Box::new(encoder.write_header().map_err(|e| text(&e))?)))
        }
        _ => {
            std::fs::create_dir_all(reel.out).map_err(|e| text(&e))?;
            Ok(Sink::Folder(reel.out.to_path_buf()))
        }
    }
}

fn add(sink: &mut Sink, reel: Reel<'_>, index: usize, picture: RgbImage) -> Result<(), String> {
    let text = |e: &dyn std::fmt::Display| e.to_string();
    match sink {
        Sink::Gif(encoder) => {
            let delay = image::Delay::from_numer_denom_ms((100_000.0 / reel.fps) as u32, 100);
            let frame = image::DynamicImage::ImageRgb8(picture).into_rgba8();
            encoder.encode_frame(image::Frame::from_parts(frame, 0, 0, delay)).map_err(|e| text(&e))
        }
        Sink::Apng(writer) => writer.write_image_data(picture.as_raw()).map_err(|e| text(&e)),
        Sink::Folder(folder) => {
            let path = folder.join(format!("{index:05}.png"));
            crate::weights::whole::write(&path, &still(&picture, None)?)
        }
    }
}

fn close(sink: Option<Sink>) -> Result<(), String> {
    match sink {
        Some(Sink::Apng(writer)) => writer.finish().map_err(|e| e.to_string()),
        // The encoder writes the trailer, and its buffer, when it is dropped.
        Some(Sink::Gif(encoder)) => {
            drop(encoder);
            Ok(())
        }
        Some(Sink::Folder(_)) | None => Ok(()),
    }
}
