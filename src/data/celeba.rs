//! CelebA (Liu, Luo, Wang and Tang 2015): pictures of faces, and `list_attr_celeba.txt` with a row of −1 and 1 for each.
//!
//! Must not know: how a picture file is decoded, or what the attributes are for. Believes neither the list's count line
//! nor its spacing, and takes a folder with some of the pictures as it is.

use super::dataset::{Attribute, AttributeKind, Dataset, Skipped, Split};
use super::want::{DataError, Job, Want};
use super::{files, holdout, picture};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The list's names: as it is published, and as Kaggle hands it out.
const LISTS: [&str; 2] = ["list_attr_celeba.txt", "list_attr_celeba.csv"];

/// Largest list that is read; the published one has 27 MB.
const MAX_LIST: u64 = 256 << 20;

/// The list of attributes that belongs to a folder: in it, in one of its sub-folders, or in the folder above.
pub fn find_list(dir: &Path) -> Option<PathBuf> {
    list_inside(dir).or_else(|| dir.parent().and_then(list_of))
}

/// The list in a folder or in one of its sub-folders.
pub fn list_inside(dir: &Path) -> Option<PathBuf> {
    list_of(dir).or_else(|| {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        // What plainly is a file is not asked for more: there may be 200,000.
        let others = entries.filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_file()));
        let mut lists: Vec<PathBuf> = others.filter_map(|entry| list_of(&entry.path())).collect();
        lists.sort();
        lists.into_iter().next()
    })
}

/// Whether a folder holds CelebA, or is one of its folders.
pub fn is_here(dir: &Path) -> bool {
    list_inside(dir).is_some() || looks_like(dir)
}

/// Whether a folder is one of CelebA's own folders of pictures, by its name, with the list beside it. Another folder
/// that happens to lie beside a list is not taken for CelebA.
pub fn looks_like(dir: &Path) -> bool {
    let name = dir.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    let known = ["celeba", "align", "images", "img_"].iter().any(|word| name.contains(word));
    known && dir.parent().and_then(list_of).is_some()
}

fn list_of(folder: &Path) -> Option<PathBuf> {
    LISTS.iter().map(|name| folder.join(name)).find(|file| file.is_file())
}

/// Loads CelebA from a folder that holds the list of attributes (or whose sub-folder, or the folder above, does) and
/// the pictures, in itself or in folders inside (`img_align_celeba`, `images`), at any resolution.
///
/// Each picture is cropped to the square in its middle, which for the aligned 178×218 pixels is the customary 178×178
/// from row 20 on, and resized as in `folder:DIR`. Pictures go by their names without extension, in the list's order;
/// where two have the same name, one in a folder with "align" in its name is taken. The forty attributes (or however
/// many the list names) are binary columns, 0 and 1. A tenth of the pictures, 5,000 at most, is held
/// out, by a hash of their names.
///
/// Pictures that the list does not name, pictures it names that are not there, rows that make no sense and pictures
/// that cannot be read are listed in [`Dataset::skipped`].
///
/// # Errors
/// [`DataError::File`], in one sentence, when there is no list, no picture that it names, or more than 8 GiB of them;
/// [`DataError::Spec`] when `want.channels` is neither 1 nor 3 or the size is not 1 to 4096;
/// [`DataError::Cancelled`] when the job was cancelled.
pub fn load(dir: &Path, want: Want, job: &Job) -> Result<Dataset, DataError> {
    files::check(want, 3)?;
    let found = files::list(dir, job)?;
    let at = dir.display();
    let file = find_list(dir).ok_or_else(|| {
        DataError::File(format!(
            "no {} in {at}, a folder in it or the one above: put it beside the pictures",
            LISTS[0]
        ))
    })?;
    let mut skipped = Vec::new();
    let list = List::read(&file, &mut skipped)?;
    let (chosen, mut left_out) = list.choose(found, dir);
    if chosen.is_empty() {
        return Err(DataError::File(format!(
            "none of the {} pictures that {} names is in {at}: put the pictures into the folder",
            list.rows.len(),
            file.display()
        )));
    }
    let absent = list.rows.len() - chosen.len();
    if absent > 0 {
        let reason = format!("{absent} of the {} pictures it names are not in the folder", list.rows.len());
        skipped.push(Skipped { path: file.clone(), reason });
    }
    let paths: Vec<PathBuf> = chosen.iter().map(|(_, path)| path.clone()).collect();
    let mut many = files::read_all(&paths, want, dir, job)?;
    if many.paths.is_empty() {
        return Err(DataError::File(format!(
            "none of the {} picture files in {at} can be read: download them again",
            paths.len()
        )));
    }
    skipped.append(&mut left_out);
    skipped.append(&mut many.skipped);
    let rows: Vec<usize> = many.paths.iter().filter_map(|path| list.row(path)).collect();
    let attributes = list.names.iter().enumerate().map(|(column, name)| {
        let values = rows.iter().map(|row| f32::from(list.values[row * list.names.len() + column]));
        Attribute::new(name, AttributeKind::Binary, values.collect())
    });
    let attributes = attributes.collect();
    let split = Split { pictures: many.pictures, attributes, ..Split::default() };
    let (train, test) = holdout::divide(split, want.hold, |i| stem(&many.paths[i]));
    Ok(Dataset {
        title: format!("CelebA in {}", files::short_name(dir)),
        train,
        test,
        skipped,
        ..Dataset::default()
    })
}

/// The list of attributes.
struct List {
    names: Vec<String>,
    /// Pictures' names without extension, and their rows.
    rows: HashMap<String, usize>,
    /// 0 and 1, row after row.
    values: Vec<u8>,
}

impl List {
    /// Reads a list: perhaps a line with a count (not believed), a line of names, and rows of a file name and as many
    /// values; separated by any number of spaces, or by commas. Rows that are otherwise go to `skipped`.
    fn read(file: &Path, skipped: &mut Vec<Skipped>) -> Result<Self, DataError> {
        let at = file.display();
        let fail = |e: std::io::Error| {
            DataError::File(format!("cannot read {at} ({e}): check that the file can be read"))
        };
        if std::fs::metadata(file).map_err(fail)?.len() > MAX_LIST {
            return Err(DataError::File(format!(
                "{at} is larger than {} MiB: it is no list of attributes, download it again",
                MAX_LIST >> 20
            )));
        }
        let bytes = std::fs::read(file).map_err(fail)?;
        let text = String::from_utf8_lossy(&bytes);
        // A spreadsheet begins its files with a byte order mark.
        let text = text.trim_start_matches('\u{feff}');
        let words = |line: &'_ str| -> Vec<String> {
            let between = |c: char| c == ',' || c.is_whitespace();
            line.split(between).filter(|word| !word.is_empty()).map(str::to_string).collect()
        };
        let mut lines =
            text.lines().enumerate().map(|(i, line)| (i + 1, words(line))).filter(|(_, w)| !w.is_empty());
        let (_, mut names) = lines.next().unwrap_or_default();
        if names.len() == 1 && names[0].parse::<u64>().is_ok() {
            names = lines.next().unwrap_or_default().1;
        }
        // Kaggle's list has a name for the column of names too.
        if names.first().is_some_and(|name| name == "image_id") {
            names.remove(0);
        }
        if names.is_empty() || names.iter().any(|name| name.parse::<f32>().is_ok()) {
            return Err(DataError::File(format!(
                "{at} has no line with the names of attributes: it is damaged, download it again"
            )));
        }
        let mut list = Self { names, rows: HashMap::new(), values: Vec::new() };
        let mut wrong = Vec::new();
        for (line, mut row) in lines {
            // pandas writes its running number in front.
            if row.len() == list.names.len() + 2 && row[0].parse::<u64>().is_ok() {
                row.remove(0);
            }
            let values: Option<Vec<u8>> = row[1..]
                .iter()
                .map(|word| match word.to_lowercase().as_str() {
                    "1" | "1.0" | "true" | "yes" => Some(1),
                    "-1" | "0" | "-1.0" | "0.0" | "false" | "no" => Some(0),
                    _ => None,
                })
                .collect();
            match values {
                Some(values) if values.len() == list.names.len() => {
                    let number = list.values.len() / list.names.len();
                    list.rows.insert(stem(Path::new(&row[0])), number);
                    list.values.extend(values);
                }
                _ => wrong.push(line),
            }
        }
        if let Some(first) = wrong.first() {
            let reason = format!(
                "{} of its rows do not have {} values of -1 or 1 (the first: line {first})",
                wrong.len(),
                list.names.len()
            );
            skipped.push(Skipped { path: file.into(), reason });
        }
        if list.rows.is_empty() && !wrong.is_empty() {
            return Err(DataError::File(format!(
                "none of the {} rows of {at} has {} values of -1 or 1 (the first: line {}): write it as CelebA's own list is written",
                wrong.len(),
                list.names.len(),
                wrong[0]
            )));
        }
        Ok(list)
    }

    /// The row of a picture.
    fn row(&self, path: &Path) -> Option<usize> {
        self.rows.get(&stem(path)).copied()
    }

    /// One file for each row that has one, in the list's order; and the pictures that were left out.
    fn choose(&self, mut found: Vec<PathBuf>, dir: &Path) -> (Vec<(usize, PathBuf)>, Vec<Skipped>) {
        let aligned = |path: &PathBuf| path.parent().is_some_and(|p| p.to_string_lossy().contains("align"));
        found.sort_by_key(|path| !aligned(path)); // stable: else by path
        let mut chosen: HashMap<usize, PathBuf> = HashMap::new();
        let (mut unnamed, mut double) = (Vec::new(), Vec::new());
        for path in found {
            match self.row(&path) {
                Some(row) if chosen.contains_key(&row) => double.push(path),
                Some(row) => _ = chosen.insert(row, path),
                None if picture::says_so(&path) => unnamed.push(path),
                None => {}
            }
        }
        let mut skipped = Skipped::all(unnamed, "the list of attributes does not name it", dir);
        skipped.append(&mut Skipped::all(double, "another picture here has the same name", dir));
        let mut chosen: Vec<(usize, PathBuf)> = chosen.into_iter().collect();
        chosen.sort();
        (chosen, skipped)
    }
}

/// A file's name without folder and extension.
fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
