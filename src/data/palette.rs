//! The classes in a PNG: its palette's indices, or its grey values, fitted as pictures are but never mixed.
//!
//! Must not know: which picture a map belongs to, or what its classes are called. Trusts no file, as `picture.rs`.

use super::picture::{MAX_SIDE, inside, middle};
use super::want::{Fit, Want};
use image::GrayImage;
use image::imageops::{self, FilterType};
use png::{BitDepth, ColorType, Decoder, Limits, Transformations};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Largest map file, and most memory that decoding one may take.
const MAX_FILE: u64 = 64 << 20;

/// A map that was read.
pub(super) struct Map {
    /// Width and height of the file.
    pub(super) size: (usize, usize),
    /// The class of each wanted pixel, row by row.
    pub(super) indices: Vec<u8>,
    /// The colours of the classes, where the file has a palette.
    pub(super) palette: Vec<[u8; 3]>,
}

/// Reads one at the wanted size, each pixel the nearest of the file's. Beside a padded one is class 0. Fails with a sentence.
pub(super) fn read(path: &Path, want: Want) -> Result<Map, String> {
    let unreadable = |e: std::io::Error| format!("it cannot be read ({e})");
    if std::fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE {
        return Err(format!("it is larger than {} MiB", MAX_FILE >> 20));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    // Decoders meet damaged files here, and a panic in one of them must not take zscope along.
    match catch_unwind(AssertUnwindSafe(|| decode(&bytes, want))) {
        Ok(map) => map,
        Err(_) => Err("its decoder gave up: the file is damaged".into()),
    }
}

fn decode(bytes: &[u8], want: Want) -> Result<Map, String> {
    if !bytes.starts_with(b"\x89PNG") {
        return Err("it is no PNG, and other formats don't keep the indices of classes".into());
    }
    let failed = |e: png::DecodingError| format!("it cannot be decoded ({e})");
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MAX_FILE as usize });
    // As it stands in the file: by default a palette would become colours.
    decoder.set_transformations(Transformations::IDENTITY);
    let mut reader = decoder.read_info().map_err(failed)?;
    let info = reader.info();
    let (width, height, depth) = (info.width, info.height, info.bit_depth);
    let colours = info.palette.as_deref().unwrap_or_default();
    let palette: Vec<[u8; 3]> = colours.as_chunks().0.to_vec();
    match info.color_type {
        ColorType::Indexed | ColorType::Grayscale if depth != BitDepth::Sixteen => {}
        ColorType::Indexed | ColorType::Grayscale => {
            return Err("its values have 16 bits, and a class has 8".into());
        }
        _ => return Err("it is in colours: a map has a palette, or is grey".into()),
    }
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
        return Err(format!("it is too large ({width} x {height} pixels)"));
    }
    let size = reader.output_buffer_size().filter(|size| *size as u64 <= MAX_FILE);
    let mut rows = vec![0; size.ok_or_else(|| format!("it is too large ({width} x {height} pixels)"))?];
    let line = reader.next_frame(&mut rows).map_err(failed)?.line_size;
    // Below 8 bits several pixels share a byte, the first of them in its highest bits.
    let (bits, each) = (depth as usize, 8 / depth as usize);
    let mask = (u16::from(u8::MAX) >> (8 - bits)) as u8;
    let pixel = |x: u32, y: u32| {
        let (x, y) = (x as usize, y as usize);
        let byte = rows.get(y * line + x / each).copied().unwrap_or_default();
        byte >> (8 - bits * (x % each + 1)) & mask
    };
    let map = GrayImage::from_fn(width, height, |x, y| image::Luma([pixel(x, y)]));
    let size = (width as usize, height as usize);
    Ok(Map { size, indices: fitted(&map, want).into_raw(), palette })
}

/// The map at the wanted width and height.
fn fitted(map: &GrayImage, want: Want) -> GrayImage {
    let to = (want.width as u32, want.height as u32);
    let near = |map: &GrayImage, (w, h): (u32, u32)| imageops::resize(map, w, h, FilterType::Nearest);
    match want.fit.unwrap_or(Fit::Crop) {
        Fit::Stretch => near(map, to),
        Fit::Crop => {
            let [left, top, width, height] = middle(map.dimensions(), to);
            near(&imageops::crop_imm(map, left, top, width, height).to_image(), to)
        }
        Fit::Pad => {
            let (width, height) = inside(map.dimensions(), to);
            let mut padded = GrayImage::new(to.0, to.1);
            let (left, top) = ((to.0 - width) / 2, (to.1 - height) / 2);
            imageops::replace(&mut padded, &near(map, (width, height)), i64::from(left), i64::from(top));
            padded
        }
    }
}
