//! The picture of a comparison: a band for each model, with its samples, the training pictures nearest to them, its
//! reconstructions and its ways between two pictures.
//!
//! Must not know: how any of it was drawn.

use super::letters::Letters;
use super::shown::{Band, Block, COLUMNS};
use crate::zoo::Shape;
use image::{RgbImage, imageops};
use tiny_skia::{Color, Pixmap};

/// About how high a picture is on the sheet, pixels.
const TILE: f32 = 60.0;
const GAP: u32 = 2;
const MARGIN: u32 = 24;
/// Above the pictures of a band: its title.
const TITLE: u32 = 34;
/// Above all bands: what stands below one another.
const HEAD: u32 = 44;

/// The dark of the window's pictures, and words on it.
const GROUND: [u8; 3] = [24, 24, 27];
const WORDS: [u8; 3] = [232, 232, 236];
const QUIET: [u8; 3] = [160, 160, 168];

/// What stands in each column.
const HEADS: [&str; 4] = [
    "Samples",
    "Samples, with the nearest training picture below",
    "Held-out pictures, redrawn below",
    "Between two pictures",
];

/// Draws it, for pictures of that shape.
pub fn sheet(bands: &[Band], shape: Option<Shape>) -> Result<RgbImage, String> {
    let (w, h) = shape.map_or((1, 1), |s| (s.width as u32, s.height as u32));
    let zoom = ((TILE / h.max(w) as f32).round() as u32).max(1);
    let (tile, high) = (w * zoom, h * zoom);
    let block = COLUMNS as u32 * (tile + GAP) - GAP;
    let band = TITLE + 2 * (high + GAP) + MARGIN;
    let width = MARGIN + HEADS.len() as u32 * (block + MARGIN);
    let height = HEAD + bands.len() as u32 * band;
    let mut on = Pixmap::new(width, height)
        .ok_or("the picture of so many models would be too large; compare fewer at a time")?;
    on.fill(Color::from_rgba8(GROUND[0], GROUND[1], GROUND[2], 255));
    let letters = Letters::default();
    let left = |column: usize| MARGIN + column as u32 * (block + MARGIN);
    let mut placed: Vec<(u32, u32, &RgbImage)> = Vec::new();
    for (column, head) in HEADS.iter().enumerate() {
        let size = 14.0 * (block as f32 / letters.width(head, 14.0)).min(1.0);
        letters.write(&mut on, head, [left(column) as f32, 28.0], size, QUIET);
    }
    for (i, of) in bands.iter().enumerate() {
        let top = HEAD + i as u32 * band;
        let [name, about] = &of.title;
        let line = (top + 20) as f32;
        letters.write(&mut on, name, [MARGIN as f32, line], 18.0, WORDS);
        let beside = MARGIN as f32 + letters.width(name, 18.0) + 14.0;
        letters.write(&mut on, about, [beside, line], 13.0, QUIET);
        let blocks: [&Block; 4] = [&of.samples, &of.nearest, &of.redrawn, &of.ways];
        for (column, pictures) in blocks.into_iter().enumerate() {
            let (x, y) = (left(column), top + TITLE);
            match pictures {
                Ok(pictures) => placed.extend(pictures.iter().take(2 * COLUMNS).enumerate().map(|(k, p)| {
                    let (k, columns) = (k as u32, COLUMNS as u32);
                    (x + k % columns * (tile + GAP), y + k / columns * (high + GAP), p)
                })),
                Err(why) => {
                    let words = format!("— {why}");
                    for (k, line) in letters.wrapped(&words, 13.0, block as f32).iter().enumerate() {
                        letters.write(
                            &mut on,
                            line,
                            [x as f32, y as f32 + 14.0 + k as f32 * 18.0],
                            13.0,
                            QUIET,
                        );
                    }
                }
            }
        }
    }
    // The ground is opaque, so that what is premultiplied is what it was.
    let opaque: Vec<u8> = on.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    let mut whole = RgbImage::from_raw(width, height, opaque).ok_or("the picture could not be made")?;
    for (x, y, picture) in placed {
        let large = imageops::resize(picture, tile, high, imageops::FilterType::Nearest);
        imageops::replace(&mut whole, &large, i64::from(x), i64::from(y));
    }
    Ok(whole)
}
