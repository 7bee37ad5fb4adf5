//! One picture of raw bytes (an IDX file's, CIFAR's) at the wanted size and channels.
//!
//! Must not know: files.

use crate::data::picture::inside;
use crate::data::want::{Fit, Want};
use image::imageops::{FilterType, crop_imm, replace, resize};
use image::{ImageBuffer, Luma, Pixel, Rgb, RgbImage};

/// The shape that a file's pictures have.
pub(in crate::data) struct Header {
    pub(in crate::data) count: usize,
    pub(in crate::data) height: usize,
    pub(in crate::data) width: usize,
    pub(in crate::data) channels: usize,
}

/// One picture at the wanted size and channels; as is usual for scans of digits, the whole of it on black.
pub(in crate::data) fn fit(raw: &[u8], header: &Header, want: Want, channels: usize) -> Vec<u8> {
    let (width, height) = (want.width, want.height);
    let fitted = match want.fit.unwrap_or(Fit::Pad) {
        Fit::Pad if width == height => padded(raw, header, width),
        fit if header.channels == 3 => reshaped::<Rgb<u8>>(raw, header, fit, width, height),
        fit => reshaped::<Luma<u8>>(raw, header, fit, width, height),
    };
    match (header.channels, channels) {
        (1, 3) => fitted.iter().flat_map(|v| [*v; 3]).collect(),
        (3, 1) => RgbImage::from_raw(width as u32, height as u32, fitted)
            .map(|rgb| rgb.pixels().map(|p| p.to_luma().0[0]).collect())
            .unwrap_or_default(),
        _ => fitted,
    }
}

/// The whole picture in the middle of a black square of this size.
fn padded(raw: &[u8], header: &Header, size: usize) -> Vec<u8> {
    let side = header.width.max(header.height);
    // The custom for nets that halve five times: 28 grows to 32 by a margin, not by resampling.
    let padded = if side == 28 && size == 32 { 32 } else { side };
    let square = pad(raw, header, padded);
    match (padded == size, header.channels) {
        (true, _) => square,
        (false, 3) => resample::<Rgb<u8>>(square, padded, size),
        (false, _) => resample::<Luma<u8>>(square, padded, size),
    }
}

/// The picture cropped, stretched or padded to another shape.
fn reshaped<P: Pixel<Subpixel = u8> + 'static>(
    raw: &[u8],
    header: &Header,
    fit: Fit,
    width: usize,
    height: usize,
) -> Vec<u8> {
    let (from_width, from_height) = (header.width as u32, header.height as u32);
    let (to_width, to_height) = (width as u32, height as u32);
    let Some(picture) = ImageBuffer::<P, _>::from_raw(from_width, from_height, raw.to_vec()) else {
        return Vec::new();
    };
    let small = |w: u32, h: u32| resize(&picture, w, h, FilterType::Triangle);
    match fit {
        Fit::Stretch => small(to_width, to_height).into_raw(),
        Fit::Crop => {
            // The largest part of the wanted shape.
            let (w, h) = inside((to_width, to_height), (from_width, from_height));
            let part = crop_imm(&picture, (from_width - w) / 2, (from_height - h) / 2, w, h).to_image();
            resize(&part, to_width, to_height, FilterType::Triangle).into_raw()
        }
        Fit::Pad => {
            let (w, h) = inside((from_width, from_height), (to_width, to_height));
            let mut ground = ImageBuffer::<P, Vec<u8>>::new(to_width, to_height);
            replace(&mut ground, &small(w, h), i64::from((to_width - w) / 2), i64::from((to_height - h) / 2));
            ground.into_raw()
        }
    }
}

/// The picture in the middle of a black square.
fn pad(raw: &[u8], header: &Header, side: usize) -> Vec<u8> {
    if header.width == side && header.height == side {
        return raw.to_vec();
    }
    let mut square = vec![0; side * side * header.channels];
    let (left, top) = ((side - header.width) / 2, (side - header.height) / 2);
    let width = header.width * header.channels;
    for (from, to) in raw.chunks(width).zip(square.chunks_mut(side * header.channels).skip(top)) {
        let left = left * header.channels;
        to[left..left + width].copy_from_slice(from);
    }
    square
}

fn resample<P: Pixel<Subpixel = u8> + 'static>(square: Vec<u8>, side: usize, size: usize) -> Vec<u8> {
    ImageBuffer::<P, _>::from_raw(side as u32, side as u32, square)
        .map(|picture| resize(&picture, size as u32, size as u32, FilterType::Triangle).into_raw())
        .unwrap_or_default()
}
