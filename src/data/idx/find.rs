//! Which files of a folder are IDX files, by their customary names.
//!
//! Must not know: what is in them.

use crate::data::want::DataError;
use std::path::{Path, PathBuf};

/// The files of pictures in a folder.
pub(super) struct Found {
    pub(super) train: PathBuf,
    pub(super) test: Option<PathBuf>,
}

/// Finds the files of pictures in a folder.
pub(super) fn find(dir: &Path) -> Result<Found, DataError> {
    let at = dir.display();
    let entries = std::fs::read_dir(dir).map_err(|e| {
        DataError::File(format!("cannot read the folder {at} ({e}): name a folder with IDX files"))
    })?;
    let (mut train, mut test, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let path = entry
            .map_err(|e| DataError::File(format!("cannot list the folder {at} ({e}): check the disk")))?
            .path();
        let Some(plain) = plain_name(&path) else { continue };
        // Both spellings: "train-images-idx3-ubyte" and "train-images.idx3-ubyte".
        if !path.is_file() || !plain.contains("images-idx3") && !plain.contains("images-idx4") {
            continue;
        }
        let group = if plain.contains("train-images") {
            &mut train
        } else if plain.contains("t10k-images") || plain.contains("test-images") {
            &mut test
        } else {
            &mut other
        };
        group.push((plain, path));
    }
    let (train, test, other) =
        (only(train, at.to_string())?, only(test, at.to_string())?, only(other, at.to_string())?);
    match (train, test, other) {
        (Some(train), test, _) => Ok(Found { train, test }),
        (None, Some(only), None) | (None, None, Some(only)) => Ok(Found { train: only, test: None }),
        (None, Some(test), Some(other)) => Ok(Found { train: other, test: Some(test) }),
        (None, None, None) => Err(DataError::File(format!(
            "no IDX pictures in {at}: it needs a file such as train-images-idx3-ubyte or train-images-idx3-ubyte.gz"
        ))),
    }
}

/// A file's name in lower case, without `.gz`, with dots as dashes.
fn plain_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    Some(name.strip_suffix(".gz").unwrap_or(&name).replace('.', "-"))
}

/// The one file of a group: the plain one of a plain and gzipped pair, an error if there are different ones.
fn only(mut group: Vec<(String, PathBuf)>, at: String) -> Result<Option<PathBuf>, DataError> {
    group.sort_by_key(|(plain, path)| {
        (plain.clone(), path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gz")))
    });
    if let (Some((first, _)), Some((last, _))) = (group.first(), group.last())
        && first != last
    {
        return Err(DataError::File(format!(
            "{at} holds several data sets ({first} and {last}): put the files of one of them into a folder of their own"
        )));
    }
    Ok(group.into_iter().next().map(|(_, path)| path))
}

/// The labels file that belongs to a pictures file; `None` if there is none.
pub(super) fn labels_of(images: &Path) -> Result<Option<PathBuf>, DataError> {
    let (Some(dir), Some(wanted)) = (images.parent(), plain_name(images)) else { return Ok(None) };
    let wanted = wanted.replace("images-idx3", "labels-idx1").replace("images-idx4", "labels-idx1");
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    let Ok(entries) = std::fs::read_dir(dir) else { return Ok(None) };
    let files = entries.flatten().map(|entry| entry.path());
    let matching =
        files.filter_map(|path| Some((plain_name(&path).filter(|p| *p == wanted)?, path))).collect();
    only(matching, dir.display().to_string())
}
