//! Texts beside pictures: a file of the same name that ends in `.txt` says what its picture shows.
//!
//! Must not know: how pictures are read. Believes no file: what is no text is listed and left out.

use super::dataset::{Column, ColumnKind, Skipped};
use super::picture;
use std::path::{Path, PathBuf};

/// Most bytes of a text that are read.
const MOST: u64 = 64 << 10;

/// The text beside a picture: its first line that has something in it. `None` where there is no such file, or nothing in it.
fn of(path: &Path) -> Option<String> {
    use std::io::Read;
    let mut bytes = Vec::new();
    std::fs::File::open(path.with_extension("txt")).ok()?.take(MOST).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.trim_start_matches('\u{feff}').lines().map(str::trim).find(|l| !l.is_empty()).map(str::to_owned)
}

/// Looks for texts beside pictures, and keeps of `paths` (the files that may be pictures) only those that have one; the others
/// are listed in `skipped`. Where less than half of the pictures have one none is used, which is said too. Returns whether they
/// are used.
pub(super) fn beside(dir: &Path, paths: &mut Vec<PathBuf>, skipped: &mut Vec<Skipped>) -> bool {
    let pictures = || paths.iter().filter(|path| picture::says_so(path));
    let (all, with) = (pictures().count(), pictures().filter(|path| of(path).is_some()).count());
    if with == 0 {
        return false;
    }
    if with * 2 < all {
        let reason =
            format!("only {with} of the {all} pictures have a text beside them, so these were not used");
        skipped.push(Skipped { path: dir.into(), reason });
        return false;
    }
    let (kept, rest): (Vec<_>, Vec<_>) =
        std::mem::take(paths).into_iter().partition(|path| of(path).is_some());
    *paths = kept;
    let rest = rest.into_iter().filter(|path| picture::says_so(path)).collect();
    skipped.append(&mut Skipped::all(
        rest,
        "no text is beside it (a file of its name that ends in .txt)",
        dir,
    ));
    true
}

/// The texts of these pictures as a column.
pub(super) fn column(paths: &[PathBuf]) -> Column {
    let texts = paths.iter().map(|path| of(path).unwrap_or_default()).collect();
    Column { name: "caption".into(), kind: ColumnKind::Captions(texts) }
}
