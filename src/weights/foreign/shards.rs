//! A model in several files, as Hugging Face's libraries write large ones: `NAME-00001-of-00003.safetensors` and
//! `NAME.safetensors.index.json`. Whichever of them is opened, all are read.
//!
//! Must not know: formats, what network the tensors make.

use super::archive::{Archive, LARGEST};
use super::file::one;
use std::path::{Path, PathBuf};

/// Files that a model may be in.
const MOST: usize = 999;
/// Longest index that is read.
const INDEX: u64 = 16 << 20;

/// Whether a file is one of several, or their index, by its name.
pub fn part(path: &Path) -> bool {
    index(path) || numbered(path).is_some()
}

fn index(path: &Path) -> bool {
    path.file_name().is_some_and(|n| n.to_string_lossy().ends_with(".index.json"))
}

/// What stands before and behind of "00001-of-00003" in a name, how many digits its numbers have, and how many files.
fn numbered(path: &Path) -> Option<(String, String, usize, usize)> {
    let name = path.file_name()?.to_str()?;
    let (before, rest) = name.rsplit_once("-of-")?;
    let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (count, end) = rest.split_once('.')?;
    let many: usize = count.parse().ok().filter(|n| (2..=MOST).contains(n))?;
    let (stem, at) = before.split_at(before.len() - digits);
    (digits >= 2 && digits == count.len() && at.parse::<usize>().ok()? <= many)
        .then(|| (stem.to_owned(), format!("-of-{rest}"), digits, many))
        .filter(|_| !end.is_empty())
}

/// Reads all files of the model that one of them, or its index, is given of.
pub fn read(path: &Path) -> Result<Archive, String> {
    let mut whole: Option<Archive> = None;
    let mut bytes = 0;
    for file in files(path)? {
        let about = std::fs::metadata(&file).map_err(|_| {
            format!(
                "{} is one of several files of a model, and {} is not beside it; put all of them into one folder",
                path.display(),
                file.display()
            )
        })?;
        bytes += about.len();
        if bytes > LARGEST {
            return Err(format!(
                "{} is of a model larger than 8 GiB, which is more than zscope reads",
                path.display()
            ));
        }
        let next = one(&file)?;
        match &mut whole {
            None => whole = Some(next),
            Some(archive) => archive.tensors.extend(next.tensors),
        }
    }
    whole.ok_or_else(|| format!("{} names no files of weights", path.display()))
}

fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    if let Some((before, after, digits, many)) = numbered(path) {
        return Ok((1..=many).map(|i| folder.join(format!("{before}{i:0digits$}{after}"))).collect());
    }
    let say = |e: &dyn std::fmt::Display| format!("{} is no index of a model's files ({e})", path.display());
    if std::fs::metadata(path).map_err(|e| say(&e))?.len() > INDEX {
        return Err(say(&"it is too long"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| say(&e))?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|e| say(&e))?;
    let map = value.get("weight_map").and_then(|m| m.as_object());
    let mut names: Vec<&str> = map.into_iter().flat_map(|m| m.values()).filter_map(|v| v.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    // Files beside the index only: a name must not lead elsewhere.
    if names.is_empty() || names.len() > MOST || names.iter().any(|n| n.contains(['/', '\\']) || *n == "..") {
        return Err(say(&"its weight_map names no files beside it"));
    }
    Ok(names.into_iter().map(|n| folder.join(n)).collect())
}
