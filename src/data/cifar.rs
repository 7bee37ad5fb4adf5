//! CIFAR-10 and CIFAR-100 (Krizhevsky 2009) in their binary version: records of one label byte (CIFAR-100: two) and
//! 32×32 pixels, all red ones first, then green, then blue.
//!
//! Must not know: what the pictures are for. Believes no file: one whose length or labels are not CIFAR's is listed.

use super::dataset::{Attribute, AttributeKind, Dataset, Pictures, Skipped, Split};
use super::idx::{Header, fit};
use super::want::{DataError, Job, Want};
use super::{files, holdout};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Width and height of the pictures.
const SIDE: usize = 32;

/// Bytes of one picture.
const PICTURE: usize = SIDE * SIDE * 3;

/// Largest file that is read; the largest published one has 154 MB.
const MAX_FILE: u64 = 2 << 30;

/// Records turned into pictures between two looks at Cancel.
const CHUNK: usize = 2048;

/// CIFAR-10's classes, for a folder without `batches.meta.txt`.
const TEN: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// One of the two sets.
struct Kind {
    title: &'static str,
    /// The folder in the published archive.
    folder: &'static str,
    train: &'static [&'static str],
    test: &'static str,
    /// The label bytes, in their order: attribute, file with the names, number of classes.
    labels: &'static [(&'static str, &'static str, usize)],
}

static KINDS: [Kind; 2] = [
    Kind {
        title: "CIFAR-10",
        folder: "cifar-10-batches-bin",
        train: &[
            "data_batch_1.bin",
            "data_batch_2.bin",
            "data_batch_3.bin",
            "data_batch_4.bin",
            "data_batch_5.bin",
        ],
        test: "test_batch.bin",
        labels: &[("class", "batches.meta.txt", 10)],
    },
    Kind {
        title: "CIFAR-100",
        folder: "cifar-100-binary",
        train: &["train.bin"],
        test: "test.bin",
        labels: &[("superclass", "coarse_label_names.txt", 20), ("class", "fine_label_names.txt", 100)],
    },
];

impl Kind {
    /// Bytes of one record.
    fn record(&self) -> usize {
        self.labels.len() + PICTURE
    }

    /// Whether a folder holds the set. A "train.bin" may be anything: the names must be beside it, or its length fit.
    fn here(&self, dir: &Path) -> bool {
        let names_beside = self.labels.iter().any(|(_, file, _)| dir.join(file).is_file());
        let surely = self.train.len() > 1 || names_beside;
        let fits = |length: u64| length > 0 && length.is_multiple_of(self.record() as u64);
        let mut files =
            self.train.iter().chain([&self.test]).filter_map(|file| dir.join(file).metadata().ok());
        files.any(|meta| meta.is_file() && (surely || fits(meta.len())))
    }
}

/// The folder with CIFAR's files: `dir`, or the published archive's folder in it.
fn find(dir: &Path) -> Option<(PathBuf, &'static Kind)> {
    KINDS.iter().find_map(|kind| {
        [dir.to_path_buf(), dir.join(kind.folder)].into_iter().find(|d| kind.here(d)).map(|d| (d, kind))
    })
}

/// Whether a folder holds CIFAR's binary files.
pub fn is_here(dir: &Path) -> bool {
    find(dir).is_some()
}

/// Loads CIFAR-10 (`data_batch_1.bin` to `data_batch_5.bin`, those that are there, and `test_batch.bin`) or CIFAR-100
/// (`train.bin`, `test.bin`) from a folder, or from the published archive's folder in it. Without test pictures a
/// share of each class is held out.
///
/// 32 pixels are resampled with a triangle filter, widened when shrinking so that nothing aliases;
/// `want.channels` = 1 gives the luma. The attribute `class` has the names in `batches.meta.txt` where it lies beside
/// (the known ten otherwise); CIFAR-100 has `class` and `superclass`, numbered where the files with names are missing.
///
/// A file that cannot be read, has no whole record, or has a label that there is not, is listed in
/// [`Dataset::skipped`]; of one that is cut off the whole records are taken, and it is listed too.
///
/// # Errors
/// [`DataError::File`], in one sentence, when there are no such files, or no training picture in them, or they take
/// more than 8 GiB at this size; [`DataError::Spec`] when `want.channels` is neither 1 nor 3 or the size is not 1
/// to 4096; [`DataError::Cancelled`] when the job was cancelled.
pub fn load(dir: &Path, want: Want, job: &Job) -> Result<Dataset, DataError> {
    files::check(want, 3)?;
    let (folder, kind) = find(dir).ok_or_else(|| nothing(dir))?;
    let mut skipped = Vec::new();
    let mut read = |names: &[&str]| -> Vec<Vec<u8>> {
        let paths = names.iter().map(|name| folder.join(name)).filter(|path| path.exists());
        paths.filter_map(|path| records(&path, kind, &mut skipped)).collect()
    };
    let (train, test) = (read(kind.train), read(&[kind.test]));
    let count = |files: &[Vec<u8>]| files.iter().map(|bytes| bytes.len() / kind.record()).sum::<usize>();
    let (first, total) = (count(&train), count(&train) + count(&test));
    if first == 0 {
        let why =
            skipped.first().map_or_else(String::new, |s| format!(" ({}: {})", s.path.display(), s.reason));
        let at = folder.display();
        return Err(DataError::File(format!(
            "no training pictures of {} in {at}{why}: download the binary version again",
            kind.title
        )));
    }
    let bytes = want.width * want.height * want.channels.unwrap_or(3);
    files::check_room(total.saturating_mul(bytes), want, dir)?;
    let names = kind
        .labels
        .iter()
        .map(|(_, file, count)| class_names(&folder.join(file), *count))
        .collect::<Vec<_>>();
    let mut train = split(train, kind, &names, want, job, (0, total))?;
    let mut test = split(test, kind, &names, want, job, (first, total))?;
    if test.pictures.is_empty() {
        (train, test) = holdout::divide(train, want.hold, |i| i.to_string());
    }
    job.tick(total, total)?;
    Ok(Dataset {
        title: format!("{} in {}", kind.title, dir.display()),
        train,
        test,
        skipped,
        ..Dataset::default()
    })
}

/// Why there is nothing to read.
fn nothing(dir: &Path) -> DataError {
    let at = dir.display();
    DataError::File(if dir.join("data_batch_1").is_file() || dir.join("cifar-10-batches-py").is_dir() {
        format!("{at} holds CIFAR's Python version: download the binary version, whose files end in .bin")
    } else {
        format!(
            "no CIFAR files in {at}: it needs data_batch_1.bin to data_batch_5.bin and test_batch.bin, or train.bin and test.bin"
        )
    })
}

/// The whole records of a file; `None` when it has none that make sense.
fn records(path: &Path, kind: &Kind, skipped: &mut Vec<Skipped>) -> Option<Vec<u8>> {
    let mut skip = |reason: String| skipped.push(Skipped { path: path.into(), reason });
    let length = path.metadata().map_or(0, |m| m.len());
    if length > MAX_FILE {
        skip(format!("it is larger than {} GiB", MAX_FILE >> 30));
        return None;
    }
    let mut bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) => {
            skip(format!("it cannot be read ({e})"));
            return None;
        }
    };
    let over = bytes.len() % kind.record();
    let wrong = bytes.chunks_exact(kind.record()).position(|record| {
        record.iter().zip(kind.labels).any(|(label, (_, _, count))| usize::from(*label) >= *count)
    });
    if let Some(at) = wrong {
        skip(format!("its picture {at} has a label that {} does not have: it is damaged", kind.title));
        return None;
    }
    bytes.truncate(bytes.len() - over);
    if bytes.is_empty() {
        skip(format!("it is too short for a picture of {}", kind.title));
        return None;
    }
    if over > 0 {
        skip(format!(
            "it is cut off within its last picture, of which {over} bytes are there; the others were read"
        ));
    }
    Some(bytes)
}

/// The names of classes: a line each, as many as there are classes; otherwise the known ones, or their numbers.
fn class_names(file: &Path, count: usize) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_string).collect();
    match count {
        _ if lines.len() == count => lines,
        10 => TEN.map(str::to_string).to_vec(),
        _ => (0..count).map(|class| class.to_string()).collect(),
    }
}

/// The pictures of some files with their labels; progress goes on from `before` of `total`.
fn split(
    files: Vec<Vec<u8>>,
    kind: &Kind,
    names: &[Vec<String>],
    want: Want,
    job: &Job,
    (before, total): (usize, usize),
) -> Result<Split, DataError> {
    let channels = want.channels.unwrap_or(3);
    let header = Header { count: 1, height: SIDE, width: SIDE, channels: 3 };
    let mut pictures = Pictures::empty(want.width, want.height, channels);
    let mut labels: Vec<Vec<f32>> = vec![Vec::new(); kind.labels.len()];
    let mut done = before;
    for file in files {
        for part in file.chunks(CHUNK * kind.record()) {
            job.tick(done, total)?;
            let read: Vec<Vec<u8>> = part
                .par_chunks_exact(kind.record())
                .map(|record| fit(&interleaved(&record[kind.labels.len()..]), &header, want, channels))
                .collect();
            done += read.len();
            read.iter().for_each(|pixels| pictures.pixels.extend_from_slice(pixels));
            for record in part.chunks_exact(kind.record()) {
                labels.iter_mut().zip(record).for_each(|(column, label)| column.push(f32::from(*label)));
            }
        }
    }
    let columns = kind.labels.iter().zip(names).zip(labels);
    let mut attributes: Vec<Attribute> = columns
        .map(|(((name, _, _), names), values)| {
            Attribute::new(*name, AttributeKind::Class(names.clone()), values)
        })
        .collect();
    attributes.reverse(); // CIFAR-100's class before its superclass: the first is what a classifier learns
    Ok(Split { pictures, attributes, ..Split::default() })
}

/// Red, green and blue of each pixel together.
fn interleaved(planes: &[u8]) -> Vec<u8> {
    let (red, rest) = planes.split_at(SIDE * SIDE);
    let (green, blue) = rest.split_at(SIDE * SIDE);
    red.iter().zip(green).zip(blue).flat_map(|((r, g), b)| [*r, *g, *b]).collect()
}
