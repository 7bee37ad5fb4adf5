//! One picture of raw bytes (an IDX file's, CIFAR's) at the wanted size and channels.
//!
//! Must not know: files.

use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma, Pixel, Rgb, RgbImage};

/// The shape that a file's pictures have.
pub(in crate::data) struct Header {
    pub(in crate::data) count: usize,
    pub(in crate::data) height: usize,
    pub(in crate::data) width: usize,
    pub(in crate::data) channels: usize,
}

/// One picture at the wanted size and channels.
pub(in crate::data) fn fit(raw: &[u8], header: &Header, size: usize, channels: usize) -> Vec<u8> {
    let side = header.width.max(header.height);
    // The custom for nets that halve five times: 28 grows to 32 by a margin, not by resampling.
    let padded = if side == 28 && size == 32 { 32 } else { side };
    let square = pad(raw, header, padded);
    let resized = match (padded == size, header.channels) {
        (true, _) => square,
        (false, 3) => resample::<Rgb<u8>>(square, padded, size),
        (false, _) => resample::<Luma<u8>>(square, padded, size),
    };
    match (header.channels, channels) {
        (1, 3) => resized.iter().flat_map(|v| [*v; 3]).collect(),
        (3, 1) => RgbImage::from_raw(size as u32, size as u32, resized)
            .map(|rgb| rgb.pixels().map(|p| p.to_luma().0[0]).collect())
            .unwrap_or_default(),
        _ => resized,
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
