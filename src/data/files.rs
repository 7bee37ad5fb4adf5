//! Many picture files: which there are under a folder, and all of them read, in memory or into a cache file.
//!
//! Must not know: labels, or how one file is decoded. Of the originals only a few are in memory at a time.

use super::cache::{self, CacheFile, Key, Told, Writer};
use super::dataset::{Skipped, Split};
use super::picture::{self, Part, Read};
use super::pictures::Filed;
use super::pictures::{MAX_BYTES, Pictures};
use super::want::{DataError, Job, Want};
use rayon::prelude::*;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Largest width and height that pictures are resized to.
const MAX_WANTED: usize = 4096;

/// Pictures decoded between two looks at Cancel.
const CHUNK: usize = 64;

/// Pictures that were read, in the order of their files.
pub(super) struct Many {
    /// The file of each picture.
    pub(super) paths: Vec<PathBuf>,
    /// The pictures, at the wanted size.
    pub(super) pictures: Pictures,
    /// Pictures that cannot be read.
    pub(super) skipped: Vec<Skipped>,
}

/// Fails when pictures cannot be made as wanted: [`DataError::Spec`] when `want.channels` is neither 1 nor 3 or
/// the size is not 1 to 4096. `usual`: channels when none are wanted, for the sentence.
pub(super) fn check(want: Want, usual: usize) -> Result<(), DataError> {
    let sizes = 1..=MAX_WANTED;
    let fits = sizes.contains(&want.width) && sizes.contains(&want.height);
    if !matches!(want.channels, None | Some(1) | Some(3)) || !fits {
        return Err(DataError::Spec(format!(
            "pictures of {} x {} pixels with {} channels cannot be made: choose 1 to {MAX_WANTED} pixels and 1 (grey) or 3 (RGB) channels",
            want.width,
            want.height,
            want.channels.unwrap_or(usual)
        )));
    }
    Ok(())
}

/// A folder's last name, for a title; the whole path when it has none (`.`, `/`).
pub(super) fn short_name(dir: &Path) -> String {
    dir.file_name().map_or_else(|| dir.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Fails when so many bytes of pictures are more than are taken into memory.
pub(super) fn check_room(bytes: usize, want: Want, dir: &Path) -> Result<(), DataError> {
    if bytes > MAX_BYTES {
        return Err(DataError::File(format!(
            "the pictures in {} take more than {} GiB at {} x {} pixels: use a smaller size or a part of them",
            dir.display(),
            MAX_BYTES >> 30,
            want.width,
            want.height
        )));
    }
    Ok(())
}

/// All files under a folder that may be pictures, sorted; nothing is opened. Hidden files and folders are ignored.
pub(super) fn list(dir: &Path, job: &Job) -> Result<Vec<PathBuf>, DataError> {
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
                Ok(meta) if meta.is_file() && picture::may_be(&path) => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    Ok(files)
}

impl Many {
    /// Leaves out the marked pictures.
    pub(super) fn leave_out(&mut self, out: &[bool]) {
        let mut split = Split { pictures: std::mem::take(&mut self.pictures), ..Split::default() };
        split.take_out(out);
        self.pictures = split.pictures;
        let mut marks = out.iter();
        self.paths.retain(|_| !marks.next().copied().unwrap_or(false));
    }
}

/// Reads the files that are pictures, in their order; `dir` is named in errors. `want.channels` = `None` gives RGB,
/// unless all pictures are grey.
///
/// # Errors
/// [`DataError::File`] when they must be kept in a cache file, which can't be written; [`DataError::Cancelled`] when the job was cancelled.
pub(super) fn read_all(files: &[PathBuf], want: Want, dir: &Path, job: &Job) -> Result<Many, DataError> {
    read_parts(files, Part::Whole, want, dir, job)
}

/// [`read_all`] of a part of each picture. Where they may take more than is held in memory, they are kept in a cache file, or
/// found in the one that was made of the same files before.
pub(super) fn read_parts(
    files: &[PathBuf],
    part: Part,
    want: Want,
    dir: &Path,
    job: &Job,
) -> Result<Many, DataError> {
    // Grey is kept as three equal bytes until all pictures are known, unless grey is wanted.
    let channels = want.channels.unwrap_or(3);
    let mut pictures = Pictures::empty(want.width, want.height, channels);
    let stride = pictures.stride();
    let mut writer = None;
    if files.len().saturating_mul(stride) > cache::most_in_memory() {
        let Want { width, height, fit, .. } = want;
        let key = Key::new(files, dir, &format!("{part:?} {width} {height} {channels} {fit:?}"));
        if let Some((file, told)) = CacheFile::find(&key) {
            return Ok(filed(pictures, files, want, file, told));
        }
        writer = Some(Writer::begin(key, stride)?);
    }
    let (mut kept, mut skipped, mut all_grey) = (Vec::new(), Vec::new(), true);
    // Pictures with 16 bits a value, and the largest of these values.
    let (mut deep, mut deepest) = (Vec::new(), 0);
    for (number, chunk) in files.chunks(CHUNK).enumerate() {
        job.tick(number * CHUNK, files.len())?;
        let read = chunk.par_iter().map(|path| {
            let cancelled = job.cancel.load(Ordering::Relaxed); // then the next tick fails
            if cancelled { Read::NoPicture } else { picture::read_part(path, part, want, 16) }
        });
        for (place, read) in read.collect::<Vec<_>>().into_iter().enumerate() {
            let place = (number * CHUNK + place) as u32;
            match read {
                Read::Picture(one) => {
                    all_grey &= one.grey;
                    if let Some(most) = one.deepest {
                        deep.push(kept.len());
                        deepest = most.max(deepest);
                    }
                    match &mut writer {
                        Some(writer) => writer.push(&one.bytes)?,
                        None => pictures.pixels.extend_from_slice(&one.bytes),
                    }
                    kept.push(place);
                }
                Read::Skipped(reason) => skipped.push((place, reason)),
                Read::NoPicture => {}
            }
        }
    }
    // How many of the 16 bits are used is known only now, and is the same for all.
    let bits = picture::bits_of(deepest);
    if bits < 16 {
        for index in deep {
            job.tick(files.len(), files.len())?;
            if let Read::Picture(one) = picture::read_part(&files[kept[index] as usize], part, want, bits) {
                match &mut writer {
                    Some(writer) => writer.replace(index, &one.bytes)?,
                    None => pictures.pixels[index * stride..(index + 1) * stride].copy_from_slice(&one.bytes),
                }
            }
        }
    }
    job.tick(files.len(), files.len())?;
    if let Some(writer) = writer {
        let (file, told) = writer.finish(kept, skipped, all_grey)?;
        return Ok(filed(pictures, files, want, file, told));
    }
    if want.channels.is_none() && all_grey {
        let count = pictures.pixels.len() / 3;
        for i in 0..count {
            pictures.pixels[i] = pictures.pixels[3 * i];
        }
        pictures.pixels.truncate(count);
        pictures.channels = 1;
    }
    Ok(many(files, pictures, &kept, skipped))
}

/// Pictures that are in a cache file.
fn filed(mut pictures: Pictures, files: &[PathBuf], want: Want, file: CacheFile, told: Told) -> Many {
    let Told { kept, skipped, grey, .. } = told;
    pictures.filed = Filed::all(file, kept.len());
    if want.channels.is_none() && grey {
        pictures.channels = 1;
    }
    many(files, pictures, &kept, skipped)
}

/// With the files that were kept and skipped, by their numbers.
fn many(files: &[PathBuf], pictures: Pictures, kept: &[u32], skipped: Vec<(u32, String)>) -> Many {
    let path = |place: u32| files.get(place as usize).cloned().unwrap_or_default();
    Many {
        paths: kept.iter().map(|place| path(*place)).collect(),
        pictures,
        skipped: skipped.into_iter().map(|(place, reason)| Skipped { path: path(place), reason }).collect(),
    }
}
