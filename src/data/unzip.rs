//! A zip of pictures, unpacked into a folder that goes when it is no longer needed.
//!
//! Must not know: what pictures or tables are. Believes no name and no size in the zip: nothing is written outside of
//! the folder, and what is unpacked is counted.

use super::want::{DataError, Job};
use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ZipLocator};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use tempfile::TempDir;

/// Most bytes that are unpacked: 32 GiB.
const MOST: u64 = 32 << 30;

/// Whether a path is a zip, by its name and because it is a file.
pub(super) fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip")) && path.is_file()
}

/// Unpacks a zip.
///
/// # Errors
/// [`DataError::File`], in one sentence, when it cannot be read, is damaged, or holds more than 32 GiB;
/// [`DataError::Cancelled`].
pub(super) fn unpack(path: &Path, job: &Job) -> Result<TempDir, DataError> {
    let at = path.display();
    let fail = |why: String| {
        DataError::File(format!("cannot unpack {at} ({why}): unpack it by hand and name the folder"))
    };
    let file = File::open(path).map_err(|e| fail(e.to_string()))?;
    let folder = tempfile::tempdir().map_err(|e| fail(e.to_string()))?;
    let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive =
        ZipLocator::new().locate_in_file(file, &mut buffer).map_err(|(_, e)| fail(e.to_string()))?;
    let mut found = Vec::new();
    let mut entries = archive.entries(&mut buffer);
    while let Some(entry) = entries.next_entry().map_err(|e| fail(e.to_string()))? {
        let name = String::from_utf8_lossy(entry.file_path().as_ref()).into_owned();
        if !name.ends_with('/') {
            found.push((name, entry.compression_method(), entry.wayfinder()));
        }
    }
    let (total, mut left) = (found.len(), MOST);
    for (i, (name, method, place)) in found.into_iter().enumerate() {
        job.tick(i, total)?;
        let Some(inside) = inside(&name) else { continue };
        let entry = archive.get_entry(place).map_err(|e| fail(e.to_string()))?;
        let to = folder.path().join(inside);
        left = match method {
            CompressionMethod::STORE => write(entry.verifying_reader(entry.reader()), &to, left),
            CompressionMethod::DEFLATE => {
                write(entry.verifying_reader(DeflateDecoder::new(entry.reader())), &to, left)
            }
            _ => Err("it is compressed in a way that is not read here".into()),
        }
        .map_err(|why| fail(format!("{name}: {why}")))?;
    }
    Ok(folder)
}

/// A name as a path that stays inside the folder; `None` for any other.
fn inside(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(name.replace('\\', "/"));
    path.components().all(|part| matches!(part, Component::Normal(_))).then_some(path)
}

/// Writes one file; returns how many bytes may still be written.
fn write(from: impl Read, to: &Path, left: u64) -> Result<u64, String> {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    }
    let mut file = File::create(to).map_err(|e| e.to_string())?;
    let written = std::io::copy(&mut from.take(left + 1), &mut file).map_err(|e| e.to_string())?;
    left.checked_sub(written).ok_or_else(|| format!("more than {} GiB are in it", MOST >> 30))
}
