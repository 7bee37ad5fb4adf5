//! A run as a film: its samples in order, as an animated GIF that is written frame by frame, however long the run. A line
//! at the lower edge shows the step.
//!
//! Must not know: threads, panels.

use crate::engine::folder;
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, Rgba, RgbaImage, imageops};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The line that shows the step: height in pixels, colours of what is past and of what is to come.
const LINE: u32 = 4;
const PAST: Rgba<u8> = Rgba([0x4f, 0xb3, 0xbf, 255]);
const COMING: Rgba<u8> = Rgba([0x33, 0x37, 0x3d, 255]);
/// How long the last picture stays, in pictures.
const HELD: u32 = 15;
/// Speed of the encoder's palette, 1 (best) to 30.
const SPEED: i32 = 10;

/// What film is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct FilmOrder {
    /// The run's folder.
    pub run: PathBuf,
    /// Where the GIF goes.
    pub out: PathBuf,
    /// Pictures a second, 1–50.
    pub fps: f32,
    /// Pixels per pixel, 1–8.
    pub zoom: u32,
}

/// What film was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Pictures.
    pub frames: usize,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Makes it, whole or not at all. `None`: it was cancelled.
pub fn film(
    order: &FilmOrder,
    progress: &dyn Fn(usize, usize),
    cancel: &AtomicBool,
) -> Result<Option<Made>, String> {
    let out = &order.out;
    crate::weights::whole::ending(out, &["gif"])?;
    let say = |e: &dyn std::fmt::Display| format!("{} could not be written: {e}", out.display());
    let pictures = folder::stepped(&order.run.join("samples"), "png");
    let Some(last) = pictures.last().and_then(|p| folder::step_of(p)) else {
        return Err(format!(
            "{} holds no samples to film; they are recorded while a VAE or a GAN trains",
            order.run.display()
        ));
    };
    let place = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut aside = tempfile::Builder::new().prefix(".zscope-").tempfile_in(place).map_err(|e| say(&e))?;
    let mut made = Made { frames: 0, width: 0, height: 0 };
    {
        let mut buffer = BufWriter::new(aside.as_file_mut());
        let mut gif = GifEncoder::new_with_speed(&mut buffer, SPEED);
        gif.set_repeat(Repeat::Infinite).map_err(|e| say(&e))?;
        let ms = (1000.0 / order.fps.clamp(1.0, 50.0)).round() as u32;
        for (i, path) in pictures.iter().enumerate() {
            if cancel.load(Relaxed) {
                return Ok(None);
            }
            progress(i, pictures.len());
            // A picture may be thinned away, or be damaged, while the run grows: the film goes on without it.
            let Ok(picture) = image::open(path) else { continue };
            let step = folder::step_of(path).unwrap_or(0);
            let frame = frame(&picture.to_rgba8(), order.zoom.clamp(1, 8), step as f64 / last.max(1) as f64);
            if made.frames > 0 && (frame.width(), frame.height()) != (made.width, made.height) {
                continue;
            }
            (made.width, made.height) = (frame.width(), frame.height());
            if made.width > 4096 || made.height > 4096 {
                return Err(format!(
                    "a film of {}×{} pixels is too large; use a smaller zoom",
                    made.width, made.height
                ));
            }
            made.frames += 1;
            let stays = if i + 1 == pictures.len() { ms * HELD } else { ms };
            let delay = Delay::from_numer_denom_ms(stays, 1);
            gif.encode_frame(Frame::from_parts(frame, 0, 0, delay)).map_err(|e| say(&e))?;
        }
        drop(gif);
        buffer.flush().map_err(|e| say(&e))?;
    }
    if made.frames == 0 {
        return Err(format!("no picture in {} can be read", order.run.join("samples").display()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o644);
        aside.as_file().set_permissions(mode).map_err(|e| say(&e))?;
    }
    aside.persist(out).map_err(|e| say(&e.error))?;
    progress(pictures.len(), pictures.len());
    Ok(Some(made))
}

/// A picture, larger, with the line below it.
fn frame(picture: &RgbaImage, zoom: u32, part: f64) -> RgbaImage {
    let (w, h) = (picture.width() * zoom, picture.height() * zoom);
    let large = imageops::resize(picture, w, h, imageops::FilterType::Nearest);
    let reached = (part.clamp(0.0, 1.0) * f64::from(w)).round() as u32;
    let mut all = RgbaImage::from_fn(w, h + LINE, |x, _| if x < reached { PAST } else { COMING });
    imageops::replace(&mut all, &large, 0, 0);
    all
}
