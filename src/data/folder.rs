//! A folder of pictures: any size, any format that the image crate reads here, searched recursively, with labels from
//! the sub-folders' names and from a table beside the pictures.
//!
//! Must not know: what the pictures show, how they are used, or how a file is decoded.

use super::{Attribute, AttributeKind, DataError, Dataset, Job, Skipped, Split, Want, files, labels};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Loads all pictures under a folder, sorted by path.
///
/// Each is turned upright by its EXIF orientation, laid on white where it is transparent, cropped to the square in
/// its middle, and resampled to `want.size` with a Lanczos3 filter (widened when shrinking, so that nothing
/// aliases); of an animation, the first frame counts. `want.channels` = `None` gives RGB, unless all pictures are
/// grey. Files are known by their content, whatever their name (`subject01.happy` may be a GIF); hidden files and
/// folders and files that are plainly no pictures are ignored; pictures that cannot be read are listed in
/// [`Dataset::skipped`].
///
/// When there are two or more sub-folders with pictures directly under `dir`, their names are the classes of the
/// attribute `folder`; pictures beside those sub-folders then have the class `.`. A table `labels.tsv` or
/// `labels.csv` in `dir`, or in the folder above, gives further attributes (see `labels.rs`); pictures that it does
/// not name are then listed as skipped. Every tenth picture, 5,000 at most, is the test split (of two to nine
/// pictures, the last).
///
/// # Errors
/// [`DataError::File`], in one sentence, when the folder cannot be read, holds no readable picture, or takes more than
/// 8 GiB; [`DataError::Spec`] when `want.channels` is neither 1 nor 3 or `want.size` is not 1 to 4096;
/// [`DataError::Cancelled`] when the job was cancelled.
pub fn load(dir: &Path, want: Want, job: &Job) -> Result<Dataset, DataError> {
    files::check(want, 3)?;
    let mut paths = files::list(dir, job)?;
    let (mut skipped, table) = labels::beside(dir, &mut paths);
    let mut many = files::read_all(&paths, want, dir, job)?;
    many.skipped.append(&mut skipped);
    if many.paths.is_empty() {
        return Err(nothing(dir, &many.skipped));
    }
    let mut attributes: Vec<Attribute> = folder_attribute(dir, &many.paths).into_iter().collect();
    if let Some(table) = table {
        attributes.append(&mut table.attributes(&many.paths, &mut many.skipped));
    }
    let (train, test) = Split { pictures: many.pictures, attributes, columns: Vec::new() }.hold_out();
    let title = format!("pictures in {}", files::short_name(dir));
    Ok(Dataset { title, train, test, skipped: many.skipped })
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

/// The attribute `folder`, if there are two or more sub-folders with pictures directly under `dir`.
fn folder_attribute(dir: &Path, paths: &[PathBuf]) -> Option<Attribute> {
    let names: BTreeSet<String> = paths.iter().map(|path| class_of(dir, path)).collect();
    if names.iter().filter(|name| *name != ".").count() < 2 {
        return None;
    }
    let names: Vec<String> = names.into_iter().collect();
    let class = |path: &PathBuf| names.binary_search(&class_of(dir, path)).unwrap_or(0) as f32;
    let values = paths.iter().map(class).collect();
    Some(Attribute { name: "folder".into(), kind: AttributeKind::Class(names), values })
}

/// The sub-folder directly under `dir` that a picture is in, or `.`.
fn class_of(dir: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(dir).unwrap_or(path);
    match inside.parent().and_then(|parent| parent.components().next()) {
        Some(first) => first.as_os_str().to_string_lossy().into_owned(),
        None => ".".into(),
    }
}
