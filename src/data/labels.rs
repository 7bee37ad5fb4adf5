//! A table of labels beside pictures: `labels.tsv` or `labels.csv`, a header row, then a row per picture that begins
//! with its file, relative to the table's folder or by name alone.
//!
//! Must not know: how pictures are read. Believes no row: what does not fit is listed and left out.

use super::dataset::{Attribute, AttributeKind, Column, Skipped};
use super::picture;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Most classes of one column; more different words name no classes.
const MAX_CLASSES: usize = 100;

/// Largest table that is read.
const MAX_FILE: u64 = 256 << 20;

/// Names of columns whose numbers are names of classes rather than amounts.
const CLASSES: [&str; 4] = ["label", "class", "target", "category"];

/// A table that was read.
pub(super) struct Table {
    file: PathBuf,
    names: Vec<String>,
    rows: HashMap<String, Vec<String>>,
}

/// Looks for a table in the folder, or in the one above, and keeps of `paths` (the files that may be pictures) only
/// those that it names. A table that names less than half of the pictures is not used. Returns what was left out.
pub(super) fn beside(dir: &Path, paths: &mut Vec<PathBuf>) -> (Vec<Skipped>, Option<Table>) {
    let mut skipped = Vec::new();
    for (folder, own) in [(Some(dir), true), (dir.parent(), false)] {
        let files = ["labels.tsv", "labels.csv"].map(|name| folder.map(|folder| folder.join(name)));
        let Some(file) = files.into_iter().flatten().find(|file| file.is_file()) else { continue };
        match Table::read(&file, &mut skipped) {
            Ok(table) => match table.choose(dir, paths, own, &mut skipped) {
                Ok(()) => return (skipped, Some(table)),
                Err(reason) if own => skipped.push(Skipped { path: file, reason }),
                Err(_) => skipped.clear(), // another folder's table
            },
            Err(reason) if own => skipped.push(Skipped { path: file, reason }),
            Err(_) => {}
        }
        if own {
            break;
        }
    }
    (skipped, None)
}

impl Table {
    fn read(file: &Path, skipped: &mut Vec<Skipped>) -> Result<Self, String> {
        let unreadable = |e: std::io::Error| format!("it cannot be read ({e}), so there are no labels");
        if std::fs::metadata(file).map_err(unreadable)?.len() > MAX_FILE {
            return Err(format!("it is larger than {} MiB, so there are no labels", MAX_FILE >> 20));
        }
        let bytes = std::fs::read(file).map_err(unreadable)?;
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.trim_start_matches('\u{feff}').lines();
        let head = lines.next().unwrap_or_default();
        let tabs = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("tsv"));
        let separator = if tabs {
            '\t'
        } else if head.contains(',') {
            ','
        } else {
            ';'
        };
        let names: Vec<String> = cells(head, separator).into_iter().skip(1).collect();
        if names.is_empty() {
            return Err("its first line names no columns, so there are no labels".into());
        }
        let (mut rows, mut wrong, mut first) = (HashMap::new(), 0, 0);
        for (i, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let mut row = cells(line, separator);
            if row.len() != names.len() + 1 {
                wrong += 1;
                first = if wrong == 1 { i + 2 } else { first };
                continue;
            }
            rows.insert(row.remove(0).replace('\\', "/").trim_start_matches("./").to_string(), row);
        }
        if wrong > 0 {
            let reason = format!(
                "{wrong} of its lines do not have {} cells (the first: line {first})",
                names.len() + 1
            );
            skipped.push(Skipped { path: file.into(), reason });
        }
        Ok(Self { file: file.into(), names, rows })
    }

    /// The row of a picture, and what it is called there: by its path from the table's folder, or by its name alone.
    fn row(&self, path: &Path) -> Option<(&String, &Vec<String>)> {
        let inside =
            path.strip_prefix(self.file.parent()?).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let name = path.file_name()?.to_string_lossy();
        self.rows.get_key_value(inside.as_str()).or_else(|| self.rows.get_key_value(name.as_ref()))
    }

    /// Keeps the paths that have a row. Fails when these are less than half of the pictures.
    fn choose(
        &self,
        dir: &Path,
        paths: &mut Vec<PathBuf>,
        own: bool,
        skipped: &mut Vec<Skipped>,
    ) -> Result<(), String> {
        let named = paths.iter().filter(|path| self.row(path).is_some()).count();
        let (kept, rest): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| self.row(path).is_some());
        let rest: Vec<_> = rest.into_iter().filter(|path| picture::says_so(path)).collect();
        if named == 0 || named < rest.len() {
            let all = named + rest.len();
            return Err(format!("it names only {named} of the {all} pictures here, so it was not used"));
        }
        let found: HashSet<&String> = kept.iter().filter_map(|path| Some(self.row(path)?.0)).collect();
        let absent = self.rows.len() - found.len();
        if absent > 0 && own {
            let reason =
                format!("{absent} of the {} pictures it names are not in the folder", self.rows.len());
            skipped.push(Skipped { path: self.file.clone(), reason });
        }
        let table = self.file.file_name().unwrap_or_default().to_string_lossy();
        skipped.append(&mut Skipped::all(rest, &format!("{table} does not name it"), dir));
        *paths = kept;
        Ok(())
    }

    /// The columns as attributes of these pictures: 0 and 1 (or −1 and 1) are binary, other numbers continuous, and
    /// up to a hundred different words classes, in alphabetical order; so are the numbers of a column called label,
    /// class, target or category. A column that is the same everywhere says nothing and is left out; one with more
    /// words is listed in `skipped`.
    pub(super) fn attributes(
        &self,
        paths: &[PathBuf],
        skipped: &mut Vec<Skipped>,
    ) -> (Vec<Attribute>, Vec<Column>) {
        let rows: Vec<_> = paths.iter().filter_map(|path| Some(self.row(path)?.1)).collect();
        let mut attributes = Vec::new();
        for (column, name) in self.names.iter().enumerate() {
            let words: Vec<&str> =
                rows.iter().map(|row| row.get(column).map_or("", |cell| cell.as_str())).collect();
            match kind_of(name, &words) {
                Ok(Some((kind, values))) => attributes.push(Attribute { name: name.clone(), kind, values }),
                Ok(None) => {}
                Err(reason) => skipped.push(Skipped { path: self.file.clone(), reason }),
            }
        }
        (attributes, Vec::new())
    }

    /// Whether its classes stand for those of the folders' names.
    pub(super) fn replaces_folders(&self) -> bool {
        false
    }
}

/// What the words of a column mean, and their values; `None` when they are all the same.
fn kind_of(name: &str, words: &[&str]) -> Result<Option<(AttributeKind, Vec<f32>)>, String> {
    let different: BTreeSet<&str> = words.iter().copied().collect();
    if different.len() < 2 {
        return Ok(None);
    }
    let numbers: Option<Vec<f32>> =
        words.iter().map(|word| word.parse::<f32>().ok().filter(|v| v.is_finite())).collect();
    let named = CLASSES.iter().any(|class| name.eq_ignore_ascii_case(class));
    if let Some(values) = numbers.filter(|_| !named) {
        let (min, max) =
            values.iter().fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
        let two = |low: f32| values.iter().all(|v| *v == low || *v == 1.0);
        if two(0.0) || two(-1.0) {
            return Ok(Some((AttributeKind::Binary, values.iter().map(|v| v.max(0.0)).collect())));
        }
        return Ok(Some((AttributeKind::Continuous { min, max }, values)));
    }
    if different.len() > MAX_CLASSES {
        return Err(format!(
            "its column {name} has {} different words, too many for classes, and was left out",
            different.len()
        ));
    }
    let classes: Vec<&str> = different.into_iter().collect();
    let values = words.iter().map(|word| classes.binary_search(word).unwrap_or(0) as f32).collect();
    let names = classes.into_iter().map(|class| if class.is_empty() { "none" } else { class }.to_string());
    Ok(Some((AttributeKind::Class(names.collect()), values)))
}

/// The cells of a line; one in double quotes may hold the separator, and a quote as two quotes (RFC 4180, except that
/// a cell ends with its line).
fn cells(line: &str, separator: char) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted || cell.trim().is_empty() => quoted = !quoted,
            _ if letter == separator && !quoted => cells.push(std::mem::take(&mut cell).trim().to_string()),
            _ => cell.push(letter),
        }
    }
    cells.push(cell.trim().to_string());
    cells
}
