//! Pictures in pairs (pix2pix): two side by side in each file, or two folders with files of the same names; and two
//! folders whose pictures have no partners.
//!
//! Must not know: what the pictures show, or which of them is made from which.

use super::dataset::{Column, ColumnKind, Dataset, Domain, Skipped, Split};
use super::picture::Part;
use super::want::{DataError, Job, Want};
use super::{files, folder, holdout};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The column of the pictures that the others are made from.
pub const INPUT: &str = "input";

/// Loads pairs: from one folder, whose files hold two pictures side by side, or from two folders, whose files go
/// together by their path within the folder, without its ending. The output (the right half or the second folder;
/// with `right` = false the left half or the first folder) are the pictures, the other the column [`INPUT`]. Files
/// without a partner are listed in [`Dataset::skipped`]. Folders named train, val and test are obeyed as in a folder
/// of pictures; without them a share is held out.
///
/// # Errors
/// [`DataError::File`], in one sentence, when a folder cannot be read or no pair is found; [`DataError::Spec`] when
/// pictures cannot be made as wanted; [`DataError::Cancelled`].
pub fn load(
    dir: &Path,
    second: Option<&Path>,
    right: bool,
    want: Want,
    job: &Job,
) -> Result<Dataset, DataError> {
    files::check(want, 3)?;
    let mut data = Dataset::default();
    let (outputs, inputs, parts) = match second {
        None => {
            let paths = files::list(dir, job)?;
            (paths.clone(), paths, [Part::Right, Part::Left])
        }
        Some(second) => {
            let (first, second) = partners(dir, second, &mut data.skipped, job)?;
            if right { (second, first, [Part::Whole; 2]) } else { (first, second, [Part::Whole; 2]) }
        }
    };
    let parts = if right { parts } else { [parts[1], parts[0]] };
    let half = |done: usize, total: usize| (job.progress)(done, 2 * total);
    let first_half = Job { progress: &half, cancel: job.cancel };
    let rest = |done: usize, total: usize| (job.progress)(total + done, 2 * total);
    let second_half = Job { progress: &rest, cancel: job.cancel };
    let mut many = files::read_parts(&outputs, parts[0], want, dir, &first_half)?;
    let mut other = files::read_parts(&inputs, parts[1], want, second.unwrap_or(dir), &second_half)?;
    // A pair of which one cannot be read is none: both readings are brought to the places that both have.
    let whole = |many: &files::Many, paths: &[PathBuf]| -> Vec<bool> {
        let mut read = many.paths.iter().peekable();
        paths.iter().map(|path| read.next_if(|p| *p == path).is_some()).collect()
    };
    let (a, b) = (whole(&many, &outputs), whole(&other, &inputs));
    let without = |there: &[bool], partner: &[bool]| -> Vec<bool> {
        there.iter().zip(partner).filter(|(there, _)| **there).map(|(_, partner)| !partner).collect()
    };
    many.leave_out(&without(&a, &b));
    other.leave_out(&without(&b, &a));
    data.skipped.append(&mut many.skipped);
    let known: Vec<PathBuf> = data.skipped.iter().map(|s| s.path.clone()).collect();
    data.skipped.extend(other.skipped.into_iter().filter(|s| !known.contains(&s.path)));
    if many.paths.is_empty() {
        let why = data.skipped.first().map(|s| format!(" ({}: {})", s.path.display(), s.reason));
        return Err(DataError::File(format!(
            "no pairs of pictures in {}{}: name a folder of files with two pictures side by side, or two folders with files of the same names",
            dir.display(),
            why.unwrap_or_default()
        )));
    }
    let column = Column { name: INPUT.into(), kind: ColumnKind::Pictures(other.pictures) };
    let split = Split { pictures: many.pictures, columns: vec![column], ..Split::default() };
    // Both folders have the same paths inside, so one of them decides.
    let root = if second.is_some() && right { second.unwrap_or(dir) } else { dir };
    (data.train, data.test) = divided(split, root, &many.paths, want);
    data.title = format!("pairs of pictures in {}", files::short_name(dir));
    Ok(data)
}

/// What is trained on and what is held out, by the folders' names or by chance.
pub(super) fn divided(mut split: Split, root: &Path, paths: &[PathBuf], want: Want) -> (Split, Split) {
    let held: Vec<Option<bool>> = paths.iter().map(|path| folder::is_held_out(root, path)).collect();
    let there = |wanted: bool| held.contains(&Some(wanted));
    if there(true) && there(false) {
        let out: Vec<bool> = held.iter().map(|held| *held == Some(true)).collect();
        let test = split.take_out(&out);
        return (split, test);
    }
    holdout::divide(split, want.hold, |i| key(root, &paths[i]))
}

/// What a file is called in both folders: its path within, without the ending.
fn key(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).with_extension("").to_string_lossy().replace('\\', "/")
}

/// The files of two folders that have the same names, in the same order; the others are listed.
pub(super) fn partners(
    first: &Path,
    second: &Path,
    skipped: &mut Vec<Skipped>,
    job: &Job,
) -> Result<(Vec<PathBuf>, Vec<PathBuf>), DataError> {
    let by_key = |root: &Path| -> Result<BTreeMap<String, PathBuf>, DataError> {
        Ok(files::list(root, job)?.into_iter().map(|path| (key(root, &path), path)).collect())
    };
    let (a, mut b) = (by_key(first)?, by_key(second)?);
    let (mut left, mut right, mut alone) = (Vec::new(), Vec::new(), Vec::new());
    for (key, path) in a {
        match b.remove(&key) {
            Some(partner) => {
                left.push(path);
                right.push(partner);
            }
            None => alone.push(path),
        }
    }
    let reason = |other: &Path| format!("it has no partner in {}", other.display());
    skipped.append(&mut Skipped::all(alone, &reason(second), first));
    skipped.append(&mut Skipped::all(b.into_values().collect(), &reason(first), second));
    Ok((left, right))
}

/// Whether a folder has pictures of two domains as CycleGAN's sets do: in `trainA` and `trainB`.
pub fn is_unpaired(dir: &Path) -> bool {
    ["trainA", "trainB"].iter().all(|name| dir.join(name).is_dir())
}

/// Loads two folders of pictures without partners, each as a folder of pictures is; the first is the first domain (with
/// `right` = false the second), the other the further one. From one folder its sub-folders `A` and `B`, or `trainA`,
/// `trainB`, `testA` and `testB` as CycleGAN's sets have them.
///
/// # Errors
/// As [`load`].
pub fn load_domains(
    dir: &Path,
    second: Option<&Path>,
    right: bool,
    want: Want,
    job: &Job,
) -> Result<Dataset, DataError> {
    let side = |letter: &str, whole: Option<&Path>| -> Result<(Dataset, String), DataError> {
        if let Some(whole) = whole {
            return Ok((folder::load(whole, want, job)?, files::short_name(whole)));
        }
        let (train, test) = (dir.join(format!("train{letter}")), dir.join(format!("test{letter}")));
        if !train.is_dir() {
            return Ok((folder::load(&dir.join(letter), want, job)?, letter.into()));
        }
        let mut data = folder::load(&train, want, job)?;
        if test.is_dir() {
            let rest = std::mem::take(&mut data.test);
            let tests = folder::load(&test, want, job)?;
            data.train.append(rest);
            data.test = tests.train;
            data.test.append(tests.test);
        }
        Ok((data, letter.into()))
    };
    let (a, b) = (side("A", second.map(|_| dir))?, side("B", second)?);
    let ((mut data, name), (other, other_name)) = if right { (a, b) } else { (b, a) };
    let channels = |split: &Split| -> usize { split.pictures.channels };
    if channels(&data.train) != channels(&other.train) {
        return Err(DataError::File(format!(
            "the pictures of {name} and {other_name} are not both grey or both in colour: use pictures of one kind"
        )));
    }
    data.skipped.extend(other.skipped);
    data.title = format!("{name} and {other_name} in {}", files::short_name(dir));
    data.domain = name;
    data.domains = vec![Domain { name: other_name, train: other.train, test: other.test }];
    Ok(data)
}

/// Pictures of a domain or column, where only their count matters.
impl Split {
    /// Adds the pictures of another reading of the same size, without its labels and columns, and drops its own.
    fn append(&mut self, other: Self) {
        self.attributes.clear();
        self.columns.clear();
        self.pictures.append(other.pictures);
    }
}
