//! One animated file (GIF, APNG, WebP) as the frames of a clip.
//!
//! Must not know: folders, or what clips are for. Trusts no file, as [`super::picture`].

use super::picture::{MAX_MEMORY, MAX_SIDE, bytes_of, fitted};
use super::want::Want;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder, DynamicImage, Frames, ImageDecoder, ImageFormat, Limits, Pixel};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Most frames of one file; what comes after them is not read.
const MOST: usize = 1_000;

/// The frames of an animation, each `height × width × channels` bytes at the wanted size. `None`: it is no animation, one of a
/// single frame, or damaged; who reads it as a picture says why.
pub(super) fn frames(path: &Path, want: Want) -> Option<Vec<Vec<u8>>> {
    let bytes = bytes_of(path, false).ok()??;
    // Decoders meet damaged files here.
    let read = catch_unwind(AssertUnwindSafe(|| decode(&bytes, want))).ok()?;
    read.ok().filter(|all| all.len() > 1)
}

fn decode(bytes: &[u8], want: Want) -> image::ImageResult<Vec<Vec<u8>>> {
    let from = Cursor::new(bytes);
    let limits = || {
        let mut limits = Limits::default();
        (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
        limits.max_alloc = Some(MAX_MEMORY);
        limits
    };
    let all: Frames<'_> = match image::guess_format(bytes).ok() {
        Some(ImageFormat::Gif) => {
            let mut decoder = GifDecoder::new(from)?;
            decoder.set_limits(limits())?;
            decoder.into_frames()
        }
        Some(ImageFormat::Png) => {
            let decoder = PngDecoder::with_limits(from, limits())?;
            if !decoder.is_apng()? {
                return Ok(Vec::new());
            }
            decoder.apng()?.into_frames()
        }
        Some(ImageFormat::WebP) => {
            let mut decoder = WebPDecoder::new(from)?;
            decoder.set_limits(limits())?;
            if !decoder.has_animation() {
                return Ok(Vec::new());
            }
            decoder.into_frames()
        }
        _ => return Ok(Vec::new()),
    };
    let one = |frame: image::ImageResult<image::Frame>| -> image::ImageResult<Vec<u8>> {
        let picture = DynamicImage::ImageRgba8(frame?.into_buffer());
        let rgb = fitted(picture, Orientation::NoTransforms, want);
        Ok(match want.channels {
            Some(1) => rgb.pixels().map(|p| p.to_luma().0[0]).collect(),
            _ => rgb.into_raw(),
        })
    };
    all.take(MOST).map(one).collect()
}
