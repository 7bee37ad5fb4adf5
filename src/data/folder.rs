//! A folder of pictures: any size, any format that the image crate reads here, searched recursively, with labels from
//! the sub-folders' names and from a table beside the pictures.
//!
//! Must not know: what the pictures show, how they are used, or how a file is decoded.

use super::dataset::{Attribute, AttributeKind, Dataset, Skipped, Split};
use super::want::{DataError, Job, Want};
use super::{files, holdout, labels, picture, texts, unzip};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The column of classes that sub-folders make.
const FOLDER: &str = "folder";

/// Loads all pictures under a folder, or in a zip, sorted by path.
///
/// Each is turned upright by its EXIF orientation, laid on white where it is transparent, cropped to the wanted shape
/// in its middle (or fitted as `want.fit` says), and resampled with a Lanczos3 filter (widened when shrinking, so that nothing
/// aliases); of an animation, the first frame counts. `want.channels` = `None` gives RGB, unless all pictures are
/// grey. Files are known by their content, whatever their name (`subject01.happy` may be a GIF); hidden files and
/// folders and files that are plainly no pictures are ignored; pictures that cannot be read are listed in
/// [`Dataset::skipped`].
///
/// Folders called `train`, `val` (`valid`, `validation`) and `test` (`testing`) directly under `dir` are no classes: what
/// is in `train` is trained on, what is in the others is held out. Without them a tenth of each class, 5,000 at most, is
/// held out (of two to nine pictures, one), by a hash of the files' paths within the folder.
///
/// When there are two or more sub-folders with pictures directly under `dir` (or under those folders), their names are
/// the classes of the attribute `folder`; pictures beside those sub-folders then have the class `.`. A table
/// `labels.tsv`, `labels.csv`, `metadata.csv`, `metadata.jsonl` or StyleGAN's `dataset.json` in `dir`, or in the folder
/// above, gives further attributes (see `labels.rs`); pictures that it does not name are then listed as skipped.
///
/// # Errors
/// [`DataError::File`], in one sentence, when the folder cannot be read, holds no readable picture, or takes more than
/// 8 GiB; [`DataError::Spec`] when `want.channels` is neither 1 nor 3 or the size is not 1 to 4096;
/// [`DataError::Cancelled`] when the job was cancelled.
pub fn load(dir: &Path, want: Want, job: &Job) -> Result<Dataset, DataError> {
    files::check(want, 3)?;
    if !unzip::is_zip(dir) {
        return load_folder(dir, want, job);
    }
    let unpacked = unzip::unpack(dir, job)?;
    let mut data = load_folder(unpacked.path(), want, job)?;
    data.title = format!("pictures in {}", files::short_name(dir));
    for skipped in &mut data.skipped {
        // The folder is gone soon: what is named is within the zip.
        if let Ok(inside) = skipped.path.strip_prefix(unpacked.path()) {
            skipped.path = dir.join(inside);
        }
    }
    Ok(data)
}

/// [`load`] of a folder.
fn load_folder(dir: &Path, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let mut paths = files::list(dir, job)?;
    let (mut skipped, table) = labels::beside(dir, &mut paths);
    // A table's texts come first.
    let told = table.is_none() && texts::beside(dir, &mut paths, &mut skipped);
    let held = split_folders(dir, &mut paths, &mut skipped);
    let mut many = files::read_all(&paths, want, dir, job)?;
    many.skipped.append(&mut skipped);
    if many.paths.is_empty() {
        return Err(nothing(dir, &many.skipped));
    }
    let classes = folder_attribute(dir, &many.paths, held);
    // A list that gives each picture its class says more than where the picture lies.
    let listed = table.as_ref().is_some_and(|t| t.replaces_folders());
    let mut attributes: Vec<Attribute> = classes.into_iter().filter(|_| !listed).collect();
    let mut columns = Vec::new();
    if let Some(table) = table {
        let (mut more, texts) = table.attributes(&many.paths, &mut many.skipped);
        attributes.append(&mut more);
        columns = texts;
    }
    if told {
        columns.push(texts::column(&many.paths));
    }
    let split = Split { pictures: many.pictures, attributes, columns };
    let title = format!("pictures in {}", files::short_name(dir));
    let (train, test) = match held {
        true => divided(split, dir, &many.paths, &mut many.skipped),
        false => holdout::divide(split, want.hold, |i| inside(dir, &many.paths[i])),
    };
    Ok(Dataset { title, train, test, skipped: many.skipped, ..Dataset::default() })
}

/// A picture's path within the folder, as it is on every system.
fn inside(dir: &Path, path: &Path) -> String {
    path.strip_prefix(dir).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

/// Whether a path is held out, by the name of the folder directly under `dir` that it is in; `None` where that is no
/// name of a split.
pub(super) fn is_held_out(dir: &Path, path: &Path) -> Option<bool> {
    let first = path.strip_prefix(dir).ok()?.parent()?.components().next()?;
    match first.as_os_str().to_string_lossy().to_lowercase().as_str() {
        "train" | "training" => Some(false),
        "val" | "valid" | "validation" | "test" | "testing" => Some(true),
        _ => None,
    }
}

/// Whether the folder is divided into `train` and others; then pictures outside of these are left out and listed.
fn split_folders(dir: &Path, paths: &mut Vec<PathBuf>, skipped: &mut Vec<Skipped>) -> bool {
    let of =
        |wanted: bool| move |path: &PathBuf| is_held_out(dir, path) == Some(wanted) && picture::says_so(path);
    if !paths.iter().any(of(false)) {
        return false;
    }
    // A class that happens to be called "train" is beside other classes; a folder of pictures to train on is not.
    let other = |path: &PathBuf| is_held_out(dir, path).is_none() && picture::says_so(path);
    if !paths.iter().any(of(true)) && paths.iter().any(other) {
        return false;
    }
    let outside = paths.iter().filter(|path| other(path)).cloned().collect();
    skipped.append(&mut Skipped::all(outside, "it is in none of the folders train, val and test", dir));
    paths.retain(|path| is_held_out(dir, path).is_some());
    true
}

/// Divides by the folders' names; a held-out picture whose class is not trained on is left out and listed.
fn divided(mut split: Split, dir: &Path, paths: &[PathBuf], skipped: &mut Vec<Skipped>) -> (Split, Split) {
    let held: Vec<bool> = paths.iter().map(|path| is_held_out(dir, path) == Some(true)).collect();
    let mut test = split.take_out(&held);
    let strange = |values: &[f32]| -> Vec<bool> { values.iter().map(|v| v.is_nan()).collect() };
    let class = |a: &&Attribute| a.name == FOLDER;
    if let Some(strangers) = test.attributes.iter().find(class).map(|a| strange(&a.values)) {
        let of_test = paths.iter().zip(&held).filter_map(|(path, held)| held.then_some(path));
        let left_out =
            of_test.zip(&strangers).filter(|(_, out)| **out).map(|(path, _)| path.clone()).collect();
        skipped.append(&mut Skipped::all(left_out, "no training picture is of its folder's class", dir));
        test.take_out(&strangers);
    }
    (split, test)
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

/// The attribute `folder`, if there are two or more sub-folders with pictures directly under `dir`, or, where it is
/// divided, under its folder `train`. Held-out pictures of another class have the class NaN.
fn folder_attribute(dir: &Path, paths: &[PathBuf], divided: bool) -> Option<Attribute> {
    let depth = usize::from(divided);
    let trained = paths.iter().filter(|path| !divided || is_held_out(dir, path) == Some(false));
    let names: BTreeSet<String> = trained.map(|path| class_of(dir, path, depth)).collect();
    if names.iter().filter(|name| *name != ".").count() < 2 {
        return None;
    }
    let names: Vec<String> = names.into_iter().collect();
    let class =
        |path: &PathBuf| names.binary_search(&class_of(dir, path, depth)).map_or(f32::NAN, |at| at as f32);
    let values = paths.iter().map(class).collect();
    Some(Attribute::new(FOLDER, AttributeKind::Class(names), values))
}

/// The sub-folder that a picture is in, so many folders under `dir`, or `.`.
fn class_of(dir: &Path, path: &Path, depth: usize) -> String {
    let inside = path.strip_prefix(dir).unwrap_or(path);
    match inside.parent().and_then(|parent| parent.components().nth(depth)) {
        Some(folder) => folder.as_os_str().to_string_lossy().into_owned(),
        None => ".".into(),
    }
}
