//! One picture file: known by its content, decoded within limits, turned upright, cropped to a square and resized.
//!
//! Must not know: folders, labels, or what pictures show. Trusts no file: decoding has limits, and a panic in a decoder
//! becomes a sentence.

use super::want::{Fit, Want};
use image::imageops::{FilterType, resize};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Pixel, RgbImage};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Largest width and height of a picture file, in pixels.
pub(super) const MAX_SIDE: u32 = 20_000;

/// Most memory that decoding one picture may take; 96 megapixels of RGB.
pub(super) const MAX_MEMORY: u64 = 288 << 20;

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

/// Which part of a file is the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// The left half.
    Left,
    /// The right half.
    Right,
}

/// A picture that was read.
pub(super) struct Pixels {
    /// `height × width × channels` bytes; 3 channels unless grey was wanted.
    pub(super) bytes: Vec<u8>,
    /// Whether all pixels are grey.
    pub(super) grey: bool,
    /// The largest value of a file with 16 bits a value; `None` for 8 bits.
    pub(super) deepest: Option<u16>,
}

/// What a file turned out to be.
pub(super) enum Read {
    /// A picture.
    Picture(Pixels),
    /// A picture, but it cannot be read, and why.
    Skipped(String),
    /// No picture at all.
    NoPicture,
}

/// Reads one file at the wanted size. A picture is turned upright by its EXIF orientation, laid on white where it is
/// transparent, cropped to the square in its middle, and resampled with a Lanczos3 filter (widened when shrinking, so
/// that nothing aliases); of an animation, the first frame counts.
pub(super) fn read(path: &Path, want: Want) -> Read {
    read_part(path, Part::Whole, want, 16)
}

/// [`read`] of a part of the picture. `bits`: how many of a 16-bit value are used, where the set's pictures say by
/// their largest value that it is fewer (12 in scans and X-rays); they would be nearly black else.
pub(super) fn read_part(path: &Path, part: Part, want: Want, bits: u32) -> Read {
    let named_so = says_so(path);
    let bytes = match bytes_of(path, named_so) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Read::NoPicture,
        Err(reason) => return Read::Skipped(reason),
    };
    // Decoders meet damaged files here, and a panic in one of them must not take zscope along.
    match catch_unwind(AssertUnwindSafe(|| decode(&bytes, path, part, want, bits))) {
        Ok(Ok(pixels)) => Read::Picture(pixels),
        Ok(Err(reason)) => Read::Skipped(reason),
        Err(_) => Read::Skipped("its decoder gave up: the file is damaged".into()),
    }
}

/// Width and height of a file's picture, upright.
pub(super) fn upright_size(path: &Path) -> Result<(usize, usize), String> {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    let bytes = bytes_of(path, says_so(path))?.ok_or("it is no picture")?;
    let size = || {
        let failed = |e: image::ImageError| format!("it cannot be decoded ({e})");
        let mut reader = ImageReader::new(Cursor::new(&bytes[..]));
        match image::guess_format(&bytes).ok().or_else(|| image::ImageFormat::from_path(path).ok()) {
            Some(format) => reader.set_format(format),
            None => return Err("it is of no format that can be read here".into()),
        }
        let mut decoder = reader.into_decoder().map_err(failed)?;
        let (width, height) = decoder.dimensions();
        let turned = decoder.orientation().ok();
        let turned = matches!(turned, Some(Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH));
        let (width, height) = if turned { (height, width) } else { (width, height) };
        match width.min(height) {
            0 => Err("it has no pixels".into()),
            _ => Ok((width as usize, height as usize)),
        }
    };
    // Decoders meet damaged files here.
    match catch_unwind(AssertUnwindSafe(size)) {
        Ok(size) => size,
        Err(_) => Err("its decoder gave up: the file is damaged".into()),
    }
}

/// The file's bytes; `None` when neither its name nor its first bytes are a picture's.
pub(super) fn bytes_of(path: &Path, named_so: bool) -> Result<Option<Vec<u8>>, String> {
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
fn decode(bytes: &[u8], path: &Path, part: Part, want: Want, bits: u32) -> Result<Pixels, String> {
    if is_cut_jpeg(bytes) {
        return Err("it is cut off: the end of the JPEG is missing".into());
    }
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
    let deepest = deepest(&picture);
    if deepest.is_some() && bits < 16 {
        brighten(&mut picture, 16 - bits);
    }
    let orientation = orientation.unwrap_or(Orientation::NoTransforms);
    if part != Part::Whole {
        // Which half is left is known once the picture is upright.
        picture.apply_orientation(orientation);
        let half = picture.width() / 2;
        if half == 0 {
            return Err("it is too narrow to hold two pictures".into());
        }
        let left = if part == Part::Left { 0 } else { picture.width() - half };
        picture = picture.crop_imm(left, 0, half, picture.height());
    }
    let orientation = if part == Part::Whole { orientation } else { Orientation::NoTransforms };
    let rgb = fitted(picture, orientation, want);
    let grey = rgb.pixels().all(|p| p.0[0] == p.0[1] && p.0[1] == p.0[2]);
    let bytes = match want.channels {
        Some(1) => rgb.pixels().map(|p| p.to_luma().0[0]).collect(),
        _ => rgb.into_raw(),
    };
    Ok(Pixels { bytes, grey, deepest })
}

/// The upright picture at the wanted width and height.
pub(super) fn fitted(mut picture: DynamicImage, orientation: Orientation, want: Want) -> RgbImage {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    let (width, height) = (want.width as u32, want.height as u32);
    let fit = want.fit.unwrap_or(Fit::Crop);
    if fit == Fit::Crop {
        // The crop first: it is in the middle, so that turning may wait until there is less to turn.
        let turned = matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH);
        let (across, along) = if turned { (height, width) } else { (width, height) };
        let [left, top, cropped_width, cropped_height] =
            middle((picture.width(), picture.height()), (across, along));
        picture = picture.crop_imm(left, top, cropped_width, cropped_height);
    }
    picture.apply_orientation(orientation);
    let rgb = on_white(picture);
    let (to_width, to_height) = match fit {
        Fit::Crop | Fit::Stretch => (width, height),
        Fit::Pad => inside(rgb.dimensions(), (width, height)),
    };
    let small = match rgb.dimensions() == (to_width, to_height) {
        true => rgb,
        false => resize(&rgb, to_width, to_height, FilterType::Lanczos3),
    };
    if (to_width, to_height) == (width, height) {
        return small;
    }
    let mut padded = RgbImage::new(width, height);
    let (left, top) = ((width - to_width) / 2, (height - to_height) / 2);
    image::imageops::replace(&mut padded, &small, i64::from(left), i64::from(top));
    padded
}

/// The largest part in the middle of a picture that has the proportions of another size: left, top, width, height.
pub(super) fn middle((width, height): (u32, u32), (to_width, to_height): (u32, u32)) -> [u32; 4] {
    let part = |all: u32, other: u32, mine: u32, its: u32| {
        let fits = u64::from(other) * u64::from(mine) / u64::from(its.max(1));
        all.min(u32::try_from(fits).unwrap_or(all)).max(1)
    };
    let across = part(width, height, to_width, to_height);
    let along = part(height, width, to_height, to_width);
    [(width - across) / 2, (height - along) / 2, across, along]
}

/// The largest size of the same proportions inside another.
pub(super) fn inside((width, height): (u32, u32), (most_width, most_height): (u32, u32)) -> (u32, u32) {
    let scale = (f64::from(most_width) / f64::from(width)).min(f64::from(most_height) / f64::from(height));
    let side = |v: u32, most: u32| ((f64::from(v) * scale).round() as u32).clamp(1, most);
    (side(width, most_width), side(height, most_height))
}

/// The largest value of a picture with 16 bits a value, without what is transparent.
fn deepest(picture: &DynamicImage) -> Option<u16> {
    let most = |values: &[u16], channels: usize, colours: usize| {
        values.chunks(channels).flat_map(|p| p.iter().take(colours)).max().copied()
    };
    match picture {
        DynamicImage::ImageLuma16(p) => most(p, 1, 1),
        DynamicImage::ImageLumaA16(p) => most(p, 2, 1),
        DynamicImage::ImageRgb16(p) => most(p, 3, 3),
        DynamicImage::ImageRgba16(p) => most(p, 4, 3),
        _ => None,
    }
}

/// How many bits the values up to this one take, of the widths that are in use.
pub(super) fn bits_of(deepest: u16) -> u32 {
    [8, 10, 12, 14].into_iter().find(|bits| u32::from(deepest) < 1 << bits).unwrap_or(16)
}

/// Moves the used bits of 16-bit values to the top.
fn brighten(picture: &mut DynamicImage, by: u32) {
    let shift = |values: &mut [u16], channels: usize, colours: usize| {
        for pixel in values.chunks_mut(channels) {
            // Zeros would come in below: the value's own top bits are repeated there, so that white stays white.
            pixel
                .iter_mut()
                .take(colours)
                .for_each(|v| *v = (*v << by) | (*v >> (16 - by).saturating_sub(by)));
        }
    };
    match picture {
        DynamicImage::ImageLuma16(p) => shift(p, 1, 1),
        DynamicImage::ImageLumaA16(p) => shift(p, 2, 1),
        DynamicImage::ImageRgb16(p) => shift(p, 3, 3),
        DynamicImage::ImageRgba16(p) => shift(p, 4, 3),
        _ => {}
    }
}

/// Whether a JPEG ends before its end marker: its decoder fills what is missing with grey. The marker alone does not
/// do, since a thumbnail inside has one too, so the segments are gone through.
fn is_cut_jpeg(bytes: &[u8]) -> bool {
    if !bytes.starts_with(&[0xff, 0xd8]) {
        return false;
    }
    let mut at = 2;
    while let Some(&byte) = bytes.get(at) {
        if byte != 0xff {
            at += 1; // picture data, or bytes between segments that decoders pass over
            continue;
        }
        match bytes.get(at + 1) {
            Some(0xd9) => return false,
            // A byte 0xff of the data, a restart marker, filling.
            Some(0x00 | 0x01 | 0xd0..=0xd8) => at += 2,
            Some(0xff) => at += 1,
            Some(_) => match (bytes.get(at + 2), bytes.get(at + 3)) {
                (Some(&high), Some(&low)) => at += 2 + usize::from(high) * 256 + usize::from(low),
                _ => return true,
            },
            None => return true,
        }
    }
    true
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

/// How light a colour (RGB) is by the weights of Rec. 601, 0..=255.
pub fn grey(rgb: &[u8]) -> u8 {
    let weighted: u32 = rgb.iter().zip([299, 587, 114]).map(|(v, w)| u32::from(*v) * w).sum();
    ((weighted + 500) / 1000) as u8
}
