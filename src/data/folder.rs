//! A folder of pictures: any size, any format that the image crate reads here, searched recursively.
//!
//! Must not know: what the pictures show, or how they are used. Trusts no picture file: decoding has limits, and a
//! file that cannot be read is listed, not fatal.

use super::{Attribute, AttributeKind, DataError, Dataset, Job, Pictures, Skipped, Split, Want};
use image::imageops::{FilterType, resize};
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Pixel, RgbImage};
use rayon::prelude::*;
use std::collections::{BTreeSet, HashSet};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Largest width and height of a picture file, in pixels.
const MAX_SIDE: u32 = 20_000;

/// Most memory that decoding one picture may take; 96 megapixels of RGB.
const MAX_MEMORY: u64 = 288 << 20;

/// Largest picture file; a larger one is no photograph.
const MAX_FILE: u64 = 256 << 20;

/// Largest width and height that pictures are resized to.
const MAX_WANTED: usize = 4096;

/// Every `TEST_EVERY`th picture goes to the test split, `MAX_TEST` at most.
const TEST_EVERY: usize = 10;
const MAX_TEST: usize = 5000;

/// Pictures decoded between two looks at Cancel.
const CHUNK: usize = 64;

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

/// Loads all pictures under a folder, sorted by path.
///
/// Each is turned upright by its EXIF orientation, laid on white where it is transparent, cropped to the square in
/// its middle, and resampled to `want.size` with a Lanczos3 filter (widened when shrinking, so that nothing
/// aliases); of an animation, the first frame counts. `want.channels` = `None` gives RGB, unless all pictures are
/// grey. Files are known by their content; hidden files and folders and files that are plainly no pictures are
/// ignored; pictures that cannot be read are listed in [`Dataset::skipped`].
///
/// When there are two or more sub-folders with pictures directly under `dir`, their names are the classes of the
/// one attribute, `folder`; pictures beside those sub-folders then have the class `.`. Every tenth picture, 5,000 at
/// most, is the test split (of two to nine pictures, the last).
///
/// # Errors
/// [`DataError::File`], in one sentence, when the folder cannot be read or holds no readable picture;
/// [`DataError::Spec`] when `want.channels` is neither 1 nor 3 or `want.size` is not 1 to 4096;
/// [`DataError::Cancelled`] when the job was cancelled.
pub fn load(dir: &Path, want: Want, job: &Job) -> Result<Dataset, DataError> {
    if !matches!(want.channels, None | Some(1) | Some(3)) || !(1..=MAX_WANTED).contains(&want.size) {
        return Err(DataError::Spec(format!(
            "pictures of {0} x {0} pixels with {1} channels cannot be made: choose 1 to {MAX_WANTED} pixels and 1 (grey) or 3 (RGB) channels",
            want.size,
            want.channels.unwrap_or(3)
        )));
    }
    let files = list(dir, job)?;
    let mut kept: Vec<(PathBuf, Vec<u8>, bool)> = Vec::new();
    let mut skipped = Vec::new();
    for (part, chunk) in files.chunks(CHUNK).enumerate() {
        job.tick(part * CHUNK, files.len())?;
        let read: Vec<(PathBuf, Read)> = chunk
            .par_iter()
            .map(|path| {
                let cancelled = job.cancel.load(Ordering::Relaxed); // then the next tick fails
                (path.clone(), if cancelled { Read::NoPicture } else { read(path, want) })
            })
            .collect();
        for (path, read) in read {
            match read {
                Read::Picture { pixels, grey } => kept.push((path, pixels, grey)),
                Read::Skipped(reason) => skipped.push(Skipped { path, reason }),
                Read::NoPicture => {}
            }
        }
    }
    job.tick(files.len(), files.len())?;
    if kept.is_empty() {
        return Err(nothing(dir, &skipped));
    }
    let channels = want.channels.unwrap_or(if kept.iter().all(|(_, _, grey)| *grey) { 1 } else { 3 });
    let classes = classes(dir, kept.iter().map(|(path, _, _)| path.as_path()));
    let (mut train, mut test) = (empty(want.size, channels, &classes), empty(want.size, channels, &classes));
    let count = kept.len();
    for (i, (path, pixels, _)) in kept.into_iter().enumerate() {
        let every = TEST_EVERY.min(count);
        let tested = count > 1 && i % every == every - 1 && test.pictures.len() < MAX_TEST;
        let split = if tested { &mut test } else { &mut train };
        match channels {
            // Grey was kept as three equal bytes, unless grey was wanted.
            1 if want.channels.is_none() => split.pictures.pixels.extend(pixels.iter().step_by(3)),
            _ => split.pictures.pixels.extend_from_slice(&pixels),
        }
        if let (Some(names), Some(attribute)) = (&classes, split.attributes.first_mut()) {
            let class = names.binary_search(&class_of(dir, &path)).unwrap_or(0);
            attribute.values.push(class as f32);
        }
    }
    let name =
        dir.file_name().map_or_else(|| dir.display().to_string(), |n| n.to_string_lossy().into_owned());
    Ok(Dataset { title: format!("pictures in {name}"), train, test, skipped })
}

/// Why there is nothing to show.
fn nothing(dir: &Path, skipped: &[Skipped]) -> DataError {
    let at = dir.display();
    DataError::File(match skipped.first() {
        None => format!(
            "no pictures in {at} or the folders in it: name a folder with PNG, JPEG or other pictures"
        ),
        Some(first) => format!(
            "none of the {} picture files in {at} can be read (the first, {}: {}): convert them to PNG or JPEG",
            skipped.len(),
            first.path.display(),
            first.reason
        ),
    })
}

fn empty(size: usize, channels: usize, classes: &Option<Vec<String>>) -> Split {
    let attribute = |names: &Vec<String>| Attribute {
        name: "folder".into(),
        kind: AttributeKind::Class(names.clone()),
        values: Vec::new(),
    };
    Split {
        pictures: Pictures::empty(size, size, channels),
        attributes: classes.iter().map(attribute).collect(),
    }
}

// ---- Which files.

/// All files that may be pictures, sorted; nothing is opened.
fn list(dir: &Path, job: &Job) -> Result<Vec<PathBuf>, DataError> {
    let mut files = Vec::new();
    let mut folders = vec![dir.to_path_buf()];
    // Links to folders are followed, but no folder is entered twice, else a link upwards were endless.
    let mut seen = HashSet::new();
    while let Some(folder) = folders.pop() {
        job.tick(0, 1)?; // how many there are is not known yet
        if folder.canonicalize().is_ok_and(|real| !seen.insert(real)) {
            continue;
        }
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) if folder == dir => {
                return Err(DataError::File(format!(
                    "cannot read the folder {} ({e}): name a folder with pictures",
                    dir.display()
                )));
            }
            Err(_) => continue, // a locked folder inside, as good as empty
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            match std::fs::metadata(&path) {
                Ok(meta) if meta.is_dir() => folders.push(path),
                Ok(meta) if meta.is_file() && !has_extension(&path, NOT_PICTURES) => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    Ok(files)
}

fn has_extension(path: &Path, list: &[&str]) -> bool {
    path.extension().is_some_and(|e| list.iter().any(|known| e.eq_ignore_ascii_case(known)))
}

/// The sorted names of the sub-folders directly under `dir` that hold pictures, if there are two or more.
fn classes<'a>(dir: &Path, paths: impl Iterator<Item = &'a Path>) -> Option<Vec<String>> {
    let names: BTreeSet<String> = paths.map(|path| class_of(dir, path)).collect();
    let folders = names.iter().filter(|name| *name != ".").count();
    (folders >= 2).then(|| names.into_iter().collect())
}

/// The sub-folder directly under `dir` that a picture is in, or `.`.
fn class_of(dir: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(dir).unwrap_or(path);
    match inside.parent().and_then(|parent| parent.components().next()) {
        Some(first) => first.as_os_str().to_string_lossy().into_owned(),
        None => ".".into(),
    }
}

// ---- One picture.

enum Read {
    /// `size × size × channels` bytes; 3 channels unless grey was wanted; whether all pixels are grey.
    Picture { pixels: Vec<u8>, grey: bool },
    /// A picture, but it cannot be read, and why.
    Skipped(String),
    /// No picture at all.
    NoPicture,
}

fn read(path: &Path, want: Want) -> Read {
    let named_so = has_extension(path, PICTURES);
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
