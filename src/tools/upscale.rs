//! Enlarges pictures of any size by a model, in tiles that overlap by as much as a pixel depends on, so that there are no
//! seams.
//!
//! Must not know: messages, threads, the window.

use super::picture::{from_planar, png};
use super::{Tick, tick};
use crate::nn::host::floats;
use crate::nn::resample;
use crate::weights::whole;
use crate::zoo::Held;
use crate::zoo::model::Upscaler;
use burn::tensor::{Device, Tensor, TensorData};
use std::path::Path;

/// Side of the middle of a tile, in pixels of the small picture.
pub const TILE: usize = 64;
/// Most pixels of a picture that is enlarged.
const MOST: usize = 4 << 20;

/// A picture as `channels × height × width` numbers, 0–1.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain {
    /// 1 or 3.
    pub channels: usize,
    /// Height in pixels.
    pub height: usize,
    /// Width in pixels.
    pub width: usize,
    /// Its numbers, channel by channel.
    pub values: Vec<f32>,
}

/// Reads a picture file at its own size, grey or colour as it is. Fails with a sentence.
pub fn read(path: &Path) -> Result<Plain, String> {
    let (width, height) = crate::data::upright_size(path)?;
    if width * height > MOST {
        return Err(format!(
            "{} has {width}×{height} pixels, and at most {MOST} are enlarged at once: make it smaller, or cut a part out",
            path.display()
        ));
    }
    let want = crate::data::Want::new(width, height, Some(3));
    let pixels = crate::data::read_one(path, want)?.pictures.pixels;
    let grey = pixels.chunks(3).all(|p| p.iter().all(|v| *v == p[0]));
    let channels = if grey { 1 } else { 3 };
    let plane = |c: usize| pixels.iter().skip(c).step_by(3).map(|v| f32::from(*v) / 255.0);
    Ok(Plain { channels, height, width, values: (0..channels).flat_map(plane).collect() })
}

impl Plain {
    /// The same of other values and size.
    fn resized(&self, height: usize, width: usize) -> Self {
        let size = [self.height, self.width];
        let values = resample::plain(&self.values, self.channels, size, [height, width]);
        let values = values.into_iter().map(|v| v.clamp(0.0, 1.0)).collect();
        Self { channels: self.channels, height, width, values }
    }

    /// Writes it as a PNG. Fails with a sentence.
    pub fn write(&self, out: &Path) -> Result<(), String> {
        let picture = from_planar(&self.values, self.channels, self.height, self.width);
        whole::write(out, &png(&picture, None)?)
    }

    /// Enlarged bicubically.
    pub fn bicubic(&self, factor: usize) -> Self {
        self.resized(self.height * factor, self.width * factor)
    }

    /// Made smaller bicubically, in 8 bits, after what a factor leaves over was cut off at the right and below; the cut
    /// picture beside it. Fails with a sentence where nothing would be left.
    pub fn made_small(&self, factor: usize) -> Result<(Self, Self), String> {
        let (height, width) = (self.height / factor, self.width / factor);
        if height == 0 || width == 0 {
            return Err(format!(
                "a picture of {}×{} can't be made {factor} times smaller",
                self.width, self.height
            ));
        }
        let row = |c: usize, y: usize| &self.values[(c * self.height + y) * self.width..][..width * factor];
        let rows = (0..self.channels).flat_map(|c| (0..height * factor).map(move |y| (c, y)));
        let values = rows.flat_map(|(c, y)| row(c, y).iter().copied()).collect();
        let large = Self { channels: self.channels, height: height * factor, width: width * factor, values };
        let mut low = large.resized(height, width);
        low.values.iter_mut().for_each(|v| *v = (*v * 255.0).round() / 255.0);
        Ok((low, large))
    }
}

/// Enlarges a picture, tiles of `tile` small pixels at a time; a grey one stays grey, and a model of grey pictures enlarges the colours of
/// a picture one by one. Fails with a sentence where the model enlarges nothing, or `progress` said no.
pub fn upscale(
    model: &Held,
    picture: &Plain,
    tile: usize,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Plain, String> {
    let large =
        model.model().upscaler().ok_or("this model enlarges no pictures; choose one of the recipe srgan")?;
    let Plain { channels, height, width, values } = picture;
    let (channels, plane) = (*channels, height * width);
    let parts: Vec<Vec<f32>> = match (large.channels(), channels) {
        (3, 1) => vec![values.repeat(3)],
        (1, 3) => values.chunks(plane).map(<[f32]>::to_vec).collect(),
        _ => vec![values.clone()],
    };
    let mut out = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let shape = [large.channels(), *height, *width];
        out.extend(tiled(large, part, shape, tile, device, (i, parts.len()), progress)?);
    }
    let factor = large.factor();
    let size = plane * factor * factor;
    if (large.channels(), channels) == (3, 1) {
        // The mean of what should be three times the same.
        out = (0..size).map(|i| (out[i] + out[size + i] + out[2 * size + i]) / 3.0).collect();
    }
    Ok(Plain { channels, height: height * factor, width: width * factor, values: out })
}

/// Enlarges `c × h × w` numbers. `of`: which of how many such pictures it is, for the progress.
fn tiled(
    large: &dyn Upscaler,
    values: &[f32],
    [c, h, w]: [usize; 3],
    tile: usize,
    device: &Device,
    (part, parts): (usize, usize),
    progress: Tick<'_>,
) -> Result<Vec<f32>, String> {
    let (factor, reach, tile) = (large.factor(), large.reach(), tile.max(1));
    let x = Tensor::<4>::from_data(TensorData::new(values.to_vec(), [1, c, h, w]), device); // [1, c, h, w]
    let (rows, columns) = (h.div_ceil(tile), w.div_ceil(tile));
    let all = rows * columns;
    let mut out = vec![0.0f32; c * h * w * factor * factor];
    let span = |i: usize, most: usize| {
        let (first, last) = (i * tile, ((i + 1) * tile).min(most));
        (first, last, first.saturating_sub(reach), (last + reach).min(most))
    };
    for i in 0..all {
        tick(progress, part * all + i, parts * all)?;
        let (top, bottom, above, below) = span(i / columns, h);
        let (left, right, before, behind) = span(i % columns, w);
        let around = x.clone().slice_dim(2, above..below).slice_dim(3, before..behind); // [1, c, h', w']
        let y = large.enlarge(around); // [1, c, factor·h', factor·w']
        let own = |first: usize, last: usize, from: usize| factor * (first - from)..factor * (last - from);
        let y = y.slice_dim(2, own(top, bottom, above)).slice_dim(3, own(left, right, before)); // [1, c, …]
        let (high, wide) = (factor * (bottom - top), factor * (right - left));
        for (k, line) in floats(y).chunks(wide).enumerate() {
            let (channel, row) = (k / high, k % high);
            let at = (channel * factor * h + factor * top + row) * factor * w + factor * left;
            out[at..at + wide].copy_from_slice(line);
        }
    }
    Ok(out)
}
