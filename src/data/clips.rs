//! `clips:DIR`: a folder of folders, each with the frames of one clip as picture files in the order of their numbers, and of
//! animated files (GIF, APNG, WebP), each of which is a clip.
//!
//! Must not know: how one file is decoded, or what clips are for.

use super::dataset::{Clips, Column, ColumnKind, Dataset, Skipped, Split};
use super::want::{DataError, Job, Want};
use super::{animated, files, pairs};
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

/// The name of the column of clips.
pub const CLIP: &str = "clip";

/// Loads the clips; the pictures are their first frames. All have as many frames as the shortest; what is longer is cut.
/// Folders `train` and `test` are obeyed, else a share is held out.
///
/// # Errors
/// [`DataError::File`] when no folder below `dir` holds two pictures that can be read; [`DataError::Cancelled`] when the job
/// was cancelled.
pub fn load(dir: &Path, want: Want, job: &Job) -> Result<Dataset, DataError> {
    files::check(want, 3)?;
    let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    let mut moving: Vec<(PathBuf, Vec<Vec<u8>>)> = Vec::new();
    let mut still: HashSet<PathBuf> = HashSet::new();
    let listed = files::list(dir, job)?;
    for (i, path) in listed.iter().cloned().enumerate() {
        if may_move(&path) {
            job.tick(i, listed.len())?;
            if let Some(frames) = animated::frames(&path, want) {
                // What stands still beside animations is no frame of theirs.
                still.insert(path.parent().unwrap_or(dir).to_path_buf());
                moving.push((path, frames));
                continue;
            }
        }
        let folder = path.parent().unwrap_or(dir).to_path_buf();
        folders.entry(folder).or_default().push(path);
    }
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    folders.retain(|folder, frames| {
        let among = folder == dir || still.contains(folder);
        let list = if among { &mut beside } else { &mut alone };
        let clip = !among && frames.len() > 1;
        if !clip {
            list.append(frames);
        }
        clip
    });
    let mut skipped =
        Skipped::all(alone, "it is alone in its folder, and a clip has two frames or more", dir);
    skipped.append(&mut Skipped::all(
        beside,
        "it is in no folder of its own, as the frames of a clip are",
        dir,
    ));
    let nothing = || {
        DataError::File(format!(
            "no clips in {}: name a folder with a folder for each clip, and in it the frames as pictures, or with animated files",
            dir.display()
        ))
    };
    let lengths = folders.values().map(Vec::len).chain(moving.iter().map(|(_, frames)| frames.len()));
    let length = lengths.min().ok_or_else(nothing)?;
    let mut paths = Vec::new();
    for (folder, mut frames) in folders {
        frames.sort_by_cached_key(|path| in_order(path));
        if frames.len() > length {
            let reason = format!(
                "{} of its {} frames are left out, as the shortest clip has {length}",
                frames.len() - length,
                frames.len()
            );
            skipped.push(Skipped { path: folder, reason });
        }
        paths.extend(frames.into_iter().take(length));
    }
    // Beside animations, of which nobody asks whether they are grey, all are in colour.
    let read = if moving.is_empty() { want } else { Want { channels: want.channels.or(Some(3)), ..want } };
    let mut many = files::read_all(&paths, read, dir, job)?;
    // A clip of which a frame can't be read is none.
    let damaged: HashSet<PathBuf> =
        many.skipped.iter().filter_map(|s| s.path.parent().map(Path::to_path_buf)).collect();
    let read: HashSet<&PathBuf> = many.paths.iter().collect();
    let whole = |clip: &[PathBuf]| clip.iter().all(|path| read.contains(path));
    let kept: HashSet<PathBuf> = paths
        .chunks(length)
        .filter(|clip| whole(clip))
        .filter_map(|clip| clip.first()?.parent().map(Path::to_path_buf))
        .filter(|folder| !damaged.contains(folder))
        .collect();
    let out: Vec<bool> =
        many.paths.iter().map(|path| !path.parent().is_some_and(|folder| kept.contains(folder))).collect();
    many.leave_out(&out);
    skipped.append(&mut many.skipped);
    let mut clips: Vec<PathBuf> = many.paths.iter().step_by(length).cloned().collect();
    for (path, frames) in moving {
        let Some(pixels) = many.pictures.in_memory() else {
            let reason =
                "the other clips are more than memory holds: put animated files into a folder of their own";
            skipped.push(Skipped { path, reason: reason.into() });
            continue;
        };
        if frames.len() > length {
            let (left, all) = (frames.len() - length, frames.len());
            let reason =
                format!("{left} of its {all} frames are left out, as the shortest clip has {length}");
            skipped.push(Skipped { path: path.clone(), reason });
        }
        frames.iter().take(length).for_each(|frame| pixels.extend_from_slice(frame));
        files::check_room(pixels.len(), want, dir)?;
        clips.push(path);
    }
    if clips.is_empty() {
        return Err(nothing());
    }
    let pictures = many.pictures.every(length);
    let column = Column {
        name: CLIP.into(),
        kind: ColumnKind::Clips(Clips { frames: many.pictures, length, tracks: Vec::new() }),
    };
    let split = Split { pictures, columns: vec![column], ..Split::default() };
    let (train, test) = pairs::divided(split, dir, &clips, want);
    let title = format!("clips in {}", files::short_name(dir));
    Ok(Dataset { title, train, test, skipped, ..Dataset::default() })
}

/// Whether a file is of a format that has animations.
fn may_move(path: &Path) -> bool {
    let end = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    ["gif", "png", "apng", "webp"].contains(&end.as_str())
}

/// A file's name so that frame 2 comes before frame 10: what is no digit as it is, numbers by their value.
fn in_order(path: &Path) -> Vec<(String, u64)> {
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut parts = vec![(String::new(), 0u64)];
    let mut in_number = false;
    for c in name.chars() {
        let digit = c.to_digit(10);
        if in_number && digit.is_none() {
            parts.push((String::new(), 0));
        }
        in_number = digit.is_some();
        if let Some((text, number)) = parts.last_mut() {
            match digit {
                Some(digit) => *number = number.saturating_mul(10).saturating_add(u64::from(digit)),
                None => text.push(c),
            }
        }
    }
    parts
}
