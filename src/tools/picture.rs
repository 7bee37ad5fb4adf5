//! Pictures out of tensors, and PNG files that carry the latent and the model they show, so that a picture brings its
//! latent back.
//!
//! Must not know: how they were decoded.

use crate::nn::Watch;
use crate::point::{Point, Prior, Values};
use crate::zoo::Held;
use burn::tensor::{Device, Tensor};
use image::RgbImage;
use image::imageops::{FilterType, resize};
use serde::{Deserialize, Serialize};
use std::io::Cursor;
use std::path::Path;

/// What a PNG says about the picture in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The model's name ("faces-vae").
    pub model: String,
    /// A number that follows from the model's weights.
    pub fingerprint: String,
    /// The latent in σ; the file holds the network's own input, as every file does.
    pub z: Vec<f32>,
    /// What the model draws it from. Absent from files that hold N(0, 1), and from old ones, which hold σ.
    #[serde(default, skip_serializing_if = "is_normal")]
    pub prior: Prior,
    /// The model's other inputs; what is absent has its default.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub held: Values,
}

impl Origin {
    /// All that the model was given.
    pub fn point(&self) -> Point {
        Point { z: self.z.clone(), held: self.held.clone() }
    }
}

fn is_normal(prior: &Prior) -> bool {
    *prior == Prior::Normal
}

/// Keyword of the PNG's text chunk.
const KEY: &str = "zscope";
/// Largest file that is looked into.
const LARGEST: u64 = 256 << 20;

/// `[c, h, w]`, 0–1, as 8-bit RGB.
pub fn rgb(t: Tensor<3>) -> RgbImage {
    let [c, h, w] = t.dims();
    let values: Vec<f32> = t.into_data().iter::<f32>().collect();
    from_planar(&values, c, h, w)
}

/// `channels × height × width` floats, 0–1, as 8-bit RGB.
pub fn from_planar(values: &[f32], channels: usize, height: usize, width: usize) -> RgbImage {
    let at = |c: usize, i: usize| {
        let v = values.get(c.min(channels.saturating_sub(1)) * width * height + i).copied().unwrap_or(0.0);
        (v.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let i = y as usize * width + x as usize;
        image::Rgb([at(0, i), at(1, i), at(2, i)])
    })
}

/// The PNG of a picture, with what it says about itself.
pub fn png(picture: &RgbImage, origin: Option<&Origin>) -> Result<Vec<u8>, String> {
    let say = |e: &dyn std::fmt::Display| format!("the PNG could not be made: {e}");
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    if let Some(origin) = origin {
        let own = Origin { z: origin.prior.own(&origin.z), ..origin.clone() };
        let text = serde_json::to_string(&own).map_err(|e| say(&e))?;
        encoder.add_itxt_chunk(KEY.into(), text).map_err(|e| say(&e))?;
    }
    let mut writer = encoder.write_header().map_err(|e| say(&e))?;
    writer.write_image_data(picture.as_raw()).map_err(|e| say(&e))?;
    writer.finish().map_err(|e| say(&e))?;
    Ok(bytes)
}

/// Whether a file is a picture, by its first bytes.
pub fn is_picture(path: &Path) -> bool {
    use std::io::Read;
    let mut first = Vec::new();
    let read = std::fs::File::open(path).and_then(|f| f.take(64).read_to_end(&mut first));
    read.is_ok() && image::guess_format(&first).is_ok()
}

/// Least height of a saved picture; a smaller one is enlarged by a whole number.
const HEIGHT: u32 = 256;

/// Draws a point, adds something to it (`channels × height × width` floats), and writes the PNG.
pub fn write(
    model: &Held,
    origin: &Origin,
    plus: Option<&[f32]>,
    smooth: bool,
    out: &Path,
    device: &Device,
) -> Result<(), String> {
    origin.point().check(model.inputs())?;
    let t =
        model.draw(&[origin.point()], device, &mut Watch::nobody()).ok_or("this model draws no pictures")?;
    let [_, c, h, w] = t.dims();
    let mut values: Vec<f32> = t.into_data().iter::<f32>().collect();
    if let Some(plus) = plus {
        values.iter_mut().zip(plus).for_each(|(v, p)| *v += p);
    }
    let picture = from_planar(&values, c, h, w);
    let zoom = HEIGHT.div_ceil(picture.height().max(1));
    let filter = if smooth { FilterType::Triangle } else { FilterType::Nearest };
    let picture = resize(&picture, picture.width() * zoom, picture.height() * zoom, filter);
    crate::weights::whole::write(out, &png(&picture, Some(origin))?)
}

/// What a file says about the picture in it; `None` when it is no PNG that zscope wrote.
pub fn origin(path: &Path) -> Option<Origin> {
    if std::fs::metadata(path).ok()?.len() > LARGEST {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    let mut reader = png::Decoder::new(Cursor::new(&bytes)).read_info().ok()?;
    let found = |reader: &png::Reader<Cursor<&Vec<u8>>>| {
        let chunk = reader.info().utf8_text.iter().find(|c| c.keyword == KEY)?;
        let own: Origin = serde_json::from_str(&chunk.get_text().ok()?).ok()?;
        Some(Origin { z: own.prior.sigmas(&own.z).ok()?, ..own })
    };
    if let Some(origin) = found(&reader) {
        return Some(origin);
    }
    // The chunk may stand behind the picture.
    reader.finish().ok()?;
    found(&reader)
}
