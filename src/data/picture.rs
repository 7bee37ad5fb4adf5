//! One picture file: known by its content, decoded within limits, turned upright, cropped to a square and resized.
//!
//! Must not know: folders, labels, or what pictures show. Trusts no file: decoding has limits, and a panic in a decoder
//! becomes a sentence.

use super::Want;
use image::imageops::{FilterType, resize};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Pixel, RgbImage};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Largest width and height of a picture file, in pixels.
const MAX_SIDE: u32 = 20_000;

/// Most memory that decoding one picture may take; 96 megapixels of RGB.
const MAX_MEMORY: u64 = 288 << 20;

/// Largest picture file; a larger one is no photograph.
const MAX_FILE: u64 = 256 << 20;

/// Extensions of files that are plainly no pictures, which often lie beside pictures: not even opened, since a text
/// may by chance begin like a picture ("BM…").
const NOT_PICTURES: &[&str] = &[
    "txt",
    "json",
    "jsonl",
    "tsv",
    "csv",
    "md",
    "rst",
    "html",
    "htm",
    "xml",
    "yaml",
    "yml",
    "toml",
    "ini",
    "log",
    "pdf",
    "doc",
    "docx",
    "zip",
    "gz",
    "tar",
    "tgz",
    "xz",
    "7z",
    "rar",
    "npy",
    "npz",
    "mat",
    "pt",
    "pth",
    "safetensors",
    "parquet",
    "h5",
    "hdf5",
    "db",
    "lock",
    "py",
    "ipynb",
    "sh",
    "rs",
    "mp4",
    "mov",
    "avi",
    "mkv",
    "webm",
    "mp3",
    "wav",
];

/// Extensions of pictures, read here or not: such a file is listed as skipped when it cannot be read.
const PICTURES: &[&str] = &[
    "png", "apng", "jpg", "jpeg", "jpe", "jfif", "gif", "bmp", "dib", "webp", "tif", "tiff", "pnm", "pbm",
    "pgm", "ppm", "pam", "tga", "ico", "cur", "qoi", "avif", "heic", "heif", "jxl", "jp2", "exr", "hdr",
    "psd", "svg", "dds",
];

/// Whether a file may be a picture, by its name: any extension, or none, that is not plainly another kind of file's.
pub(super) fn may_be(path: &Path) -> bool {
    !has_extension(path, NOT_PICTURES)
}

/// Whether a file says by its name that it is a picture.
pub(super) fn says_so(path: &Path) -> bool {
    has_extension(path, PICTURES)
}

fn has_extension(path: &Path, list: &[&str]) -> bool {
    path.extension().is_some_and(|e| list.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// What a file turned out to be.
pub(super) enum Read {
    /// `size × size × channels` bytes; 3 channels unless grey was wanted; whether all pixels are grey.
    Picture { pixels: Vec<u8>, grey: bool },
    /// A picture, but it cannot be read, and why.
    Skipped(String),
    /// No picture at all.
    NoPicture,
}

/// Reads one file at the wanted size. A picture is turned upright by its EXIF orientation, laid on white where it is
/// transparent, cropped to the square in its middle, and resampled with a Lanczos3 filter (widened when shrinking, so
/// that nothing aliases); of an animation, the first frame counts.
pub(super) fn read(path: &Path, want: Want) -> Read {
    let named_so = says_so(path);
    let bytes = match bytes_of(path, named_so) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Read::NoPicture,
        Err(reason) => return Read::Skipped(reason),
    };
    // Decoders meet damaged files here, and a panic in one of them must not take zscope along.
    match catch_unwind(AssertUnwindSafe(|| decode(&bytes, path, want))) {
        Ok(Ok((pixels, grey))) => Read::Picture { pixels, grey },
        Ok(Err(reason)) => Read::Skipped(reason),
        Err(_) => Read::Skipped("its decoder gave up: the file is damaged".into()),
    }
}

/// The file's bytes; `None` when neither its name nor its first bytes are a picture's.
fn bytes_of(path: &Path, named_so: bool) -> Result<Option<Vec<u8>>, String> {
    use std::io::Read as _;
    let unreadable = |e: std::io::Error| format!("it cannot be read ({e})");
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(_) if !named_so => return Ok(None),
        Err(e) => return Err(unreadable(e)),
    };
    let mut bytes = Vec::new();
    let mut file = file.take(64);
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    if !named_so && image::guess_format(&bytes).is_err() {
        return Ok(None);
    }
    file.set_limit(MAX_FILE);
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(format!("it is larger than {} MiB", MAX_FILE >> 20));
    }
    Ok(Some(bytes))
}

/// Decodes, turns, crops and resizes one picture.
fn decode(bytes: &[u8], path: &Path, want: Want) -> Result<(Vec<u8>, bool), String> {
    let failed = |e: image::ImageError| {
        // Some decoders write several lines.
        let why: Vec<_> = e.to_string().split_whitespace().map(str::to_string).collect();
        format!("it cannot be decoded ({})", why.join(" "))
    };
    let mut reader = ImageReader::new(Cursor::new(bytes));
    // By content first; by name only for what has no mark of its own (TGA).
    match image::guess_format(bytes).ok().or_else(|| image::ImageFormat::from_path(path).ok()) {
        Some(format) => reader.set_format(format),
        None => return Err("it is of no format that can be read here".into()),
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(failed)?;
    if decoder.total_bytes() > MAX_MEMORY {
        let (width, height) = decoder.dimensions();
        return Err(format!("it is too large ({width} x {height} pixels)"));
    }
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(failed)?;
    if picture.width() == 0 || picture.height() == 0 {
        return Err("it has no pixels".into());
    }
    // The crop first: it is in the middle, so that turning may wait until there is less to turn.
    let side = picture.width().min(picture.height());
    let (left, top) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    picture = picture.crop_imm(left, top, side, side);
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let rgb = on_white(picture);
    let size = want.size as u32;
    let small = if side == size { rgb } else { resize(&rgb, size, size, FilterType::Lanczos3) };
    let grey = small.pixels().all(|p| p.0[0] == p.0[1] && p.0[1] == p.0[2]);
    let pixels = match want.channels {
        Some(1) => small.pixels().map(|p| p.to_luma().0[0]).collect(),
        _ => small.into_raw(),
    };
    Ok((pixels, grey))
}

/// RGB, with white behind what is transparent, as on a page.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    let mut rgb = RgbImage::new(rgba.width(), rgba.height());
    for (to, from) in rgb.pixels_mut().zip(rgba.pixels()) {
        let [r, g, b, a] = from.0.map(u32::from);
        to.0 = [r, g, b].map(|v| ((v * a + 255 * (255 - a) + 127) / 255) as u8);
    }
    rgb
}
