//! A table of labels beside pictures: `labels.tsv`, `labels.csv`, `metadata.csv`, `metadata.jsonl` or StyleGAN's
//! `dataset.json`, with a row per picture; and what its columns mean.
//!
//! Must not know: how pictures are read, or how a table's file is divided into cells. Believes no row: what does not fit
//! is listed and left out.

use super::dataset::{Attribute, AttributeKind, Column, ColumnKind, Skipped};
use super::picture;
use super::table::{Raw, read};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Tables by their names, whatever their case, the first first.
const FILES: [&str; 8] = [
    "labels.tsv",
    "labels.csv",
    "metadata.csv",
    "metadata.jsonl",
    "dataset.json",
    "train.csv",
    "captions.csv",
    "captions.tsv",
];

/// Most classes of one column; more different words name no classes.
const MAX_CLASSES: usize = 100;

/// Most different whole numbers, from 0 or 1 on, that are taken for classes where the column's name does not say.
const FEW: usize = 20;

/// Names of columns whose numbers are names of classes rather than amounts.
const CLASSES: [&str; 7] = ["label", "class", "target", "category", "digit", "breed", "species"];

/// Names of columns whose different words are texts about the pictures.
const TEXTS: [&str; 4] = ["text", "caption", "captions", "description"];

/// Words for an absent value.
const ABSENT: [&str; 8] = ["", "na", "n/a", "nan", "null", "none", "?", "-"];

/// Words for yes and no.
const YES: [&str; 4] = ["true", "yes", "y", "t"];
const NO: [&str; 4] = ["false", "no", "n", "f"];

/// A table that was read.
pub(super) struct Table {
    file: PathBuf,
    /// The names of its columns, without that of the pictures.
    names: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Rows by what their cell says: the whole path, then the name, then the name without its ending; in lower case. A
    /// name that several rows share is no key.
    keys: [HashMap<String, Option<usize>>; 3],
    comma: bool,
    /// Whether it is StyleGAN's list, whose classes stand for those of folders.
    listed: bool,
}

/// Looks for a table in the folder, or in the one above, and keeps of `paths` (the files that may be pictures) only
/// those that it names. A table that names less than half of the pictures is not used. Returns what was left out.
pub(super) fn beside(dir: &Path, paths: &mut Vec<PathBuf>) -> (Vec<Skipped>, Option<Table>) {
    let mut skipped = Vec::new();
    for (folder, own) in [(Some(dir), true), (dir.parent(), false)] {
        let Some(file) = folder.and_then(table_in) else { continue };
        match Table::read(&file, paths, &mut skipped) {
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

/// The table in a folder.
fn table_in(folder: &Path) -> Option<PathBuf> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let here: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.flatten().map(|e| e.path()).filter(|path| path.is_file()).collect();
    let called = |path: &Path, name: &str| {
        path.file_name().is_some_and(|n| n.to_string_lossy().to_lowercase() == name)
    };
    FILES.iter().find_map(|name| here.iter().find(|path| called(path, name)).cloned())
}

/// A path as tables write it, in lower case, without what leads to the folder.
fn plain(path: &str) -> String {
    path.trim().replace('\\', "/").trim_start_matches("./").to_lowercase()
}

/// The last part of a path, and the same without its ending.
fn last(path: &str) -> (&str, &str) {
    let name = path.rsplit('/').next().unwrap_or(path);
    (name, name.rsplit_once('.').map_or(name, |(stem, _)| if stem.is_empty() { name } else { stem }))
}

impl Table {
    fn read(file: &Path, paths: &[PathBuf], skipped: &mut Vec<Skipped>) -> Result<Self, String> {
        let Raw { mut rows, wrong, comma } = read(file)?;
        if rows.is_empty() {
            return Err("it has no rows, so there are no labels".into());
        }
        // Which cell names the picture: of the column that names the most different ones that are here, best by whole
        // names (a running number may be a name too).
        let here = Here::new(paths);
        let wide = rows.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
        let hits = |column: usize| {
            let cells: HashSet<&str> =
                rows.iter().filter_map(|(_, row)| row.get(column)).map(String::as_str).collect();
            cells.iter().map(|cell| here.rank(cell)).sum::<usize>()
        };
        let counts: Vec<usize> = (0..wide).map(hits).collect();
        let most = counts.iter().copied().max().unwrap_or(0);
        let named = counts.iter().position(|n| *n == most).unwrap_or(0);
        if most == 0 {
            let (line, row) = &rows[rows.len().min(2) - 1];
            let first = row.first().map_or("", String::as_str);
            return Err(format!(
                "none of its cells names a picture here (the first that does not: \"{first}\" in line {line}), so it was not used"
            ));
        }
        // A first row that itself names a picture is no header.
        let header = !rows[0].1.get(named).is_some_and(|cell| here.has(cell));
        let told = file.file_stem().is_some_and(|n| n.eq_ignore_ascii_case("captions"));
        let only = if told { "caption" } else { "label" };
        let mut names: Vec<String> = if header {
            rows.remove(0).1
        } else {
            (0..wide).map(|i| if wide == 2 { only.into() } else { format!("column {}", i + 1) }).collect()
        };
        names.resize(wide.max(names.len()), String::new());
        let width = names.len();
        let (mut short, mut first) = (wrong.0, wrong.1);
        rows.retain(|(line, row)| {
            let whole = row.len() == width;
            if !whole {
                first = if short == 0 { *line } else { first.min(*line) };
                short += 1;
            }
            whole
        });
        if short > 0 {
            let reason = format!("{short} of its lines do not have {width} cells (the first: line {first})");
            skipped.push(Skipped { path: file.into(), reason });
        }
        if width < 2 {
            return Err("its first line names no columns, so there are no labels".into());
        }
        // A column of running numbers without a name is a spreadsheet's or pandas' index.
        let counts = |column: usize| {
            let number = |i: usize| rows[i].1[column].parse::<usize>().ok();
            (0..rows.len()).all(|i| number(i).is_some_and(|n| Some(n) == number(0).map(|first| first + i)))
        };
        let index = |i: usize| {
            i != named && (names[i].is_empty() || names[i].eq_ignore_ascii_case("unnamed: 0")) && counts(i)
        };
        let kept: Vec<usize> = (0..width).filter(|&i| i != named && !index(i)).collect();
        let called: Vec<String> = kept
            .iter()
            .map(|&i| if names[i].is_empty() { format!("column {}", i + 1) } else { names[i].clone() })
            .collect();
        let mut keys: [HashMap<String, Option<usize>>; 3] = Default::default();
        let mut cells = Vec::with_capacity(rows.len());
        let (mut double, mut second) = (0, String::new());
        for (_, row) in &rows {
            let at = cells.len();
            let whole = plain(&row[named]);
            let (name, stem) = last(&whole);
            let (name, stem) = (name.to_string(), stem.to_string());
            if let Some(Some(before)) = keys[0].get(&whole).copied() {
                // Of two rows about one picture the later counts, as in a dictionary.
                cells[before] = kept.iter().map(|&i| row[i].clone()).collect();
                (double, second) = (double + 1, row[named].clone());
                continue;
            }
            keys[0].insert(whole, Some(at));
            for (keys, key) in keys[1..].iter_mut().zip([name, stem]) {
                keys.entry(key).and_modify(|row| *row = None).or_insert(Some(at));
            }
            cells.push(kept.iter().map(|&i| row[i].clone()).collect::<Vec<String>>());
        }
        if double > 0 {
            let reason = format!(
                "{double} of its rows are about a picture that another row is about (such as \"{second}\"); the last was taken"
            );
            skipped.push(Skipped { path: file.into(), reason });
        }
        let listed = file.file_name().is_some_and(|n| n.to_string_lossy().to_lowercase() == "dataset.json");
        Ok(Self { file: file.into(), names: called, rows: cells, keys, comma, listed })
    }

    /// The row of a picture: by its path from the table's folder (or the end of that path), by its name, or by its name
    /// without ending.
    fn row(&self, path: &Path) -> Option<usize> {
        let inside = path.strip_prefix(self.file.parent()?).unwrap_or(path);
        let inside = plain(&inside.to_string_lossy());
        let (name, stem) = last(&inside);
        let found = |keys: &HashMap<String, Option<usize>>, key: &str| keys.get(key).copied().flatten();
        found(&self.keys[0], &inside)
            .or_else(|| found(&self.keys[1], name))
            .or_else(|| found(&self.keys[2], stem))
            .or_else(|| {
                // Kaggle's numbers without the zeros in front.
                let number = stem.trim_start_matches('0');
                found(&self.keys[2], if number.is_empty() { "0" } else { number })
            })
    }

    /// Keeps the paths that have a row. Fails when these are less than half of the pictures.
    fn choose(
        &self,
        dir: &Path,
        paths: &mut Vec<PathBuf>,
        own: bool,
        skipped: &mut Vec<Skipped>,
    ) -> Result<(), String> {
        let (kept, rest): (Vec<_>, Vec<_>) = paths.iter().cloned().partition(|path| self.row(path).is_some());
        let rest: Vec<_> = rest.into_iter().filter(|path| picture::says_so(path)).collect();
        let named = kept.len();
        if named == 0 || named < rest.len() {
            let all = named + rest.len();
            return Err(format!("it names only {named} of the {all} pictures here, so it was not used"));
        }
        let found: HashSet<usize> = kept.iter().filter_map(|path| self.row(path)).collect();
        let absent = self.rows.len() - found.len();
        if absent > 0 && own {
            let first = self.keys[0].iter().filter_map(|(key, row)| Some(((*row)?, key)));
            let first = first.filter(|(row, _)| !found.contains(row)).min().map_or("", |(_, key)| key);
            let reason = format!(
                "{absent} of the {} pictures it names are not in the folder (the first: \"{first}\")",
                self.rows.len()
            );
            skipped.push(Skipped { path: self.file.clone(), reason });
        }
        let table = self.file.file_name().unwrap_or_default().to_string_lossy();
        skipped.append(&mut Skipped::all(rest, &format!("{table} does not name it"), dir));
        *paths = kept;
        Ok(())
    }

    /// Whether its classes stand for those of the folders' names.
    pub(super) fn replaces_folders(&self) -> bool {
        self.listed
    }

    /// The columns as attributes of these pictures, and its texts as columns. 0 and 1, −1 and 1, and words for yes and
    /// no are binary; other numbers continuous, except that few whole numbers from 0 or 1 on are classes, and so are
    /// all whole numbers of a column called label, class, target and the like; up to a hundred different words are
    /// classes, in alphabetical order. A column of texts (`text`, `caption`) goes to the second list. What is not used is
    /// listed in `skipped`, and why.
    pub(super) fn attributes(
        &self,
        paths: &[PathBuf],
        skipped: &mut Vec<Skipped>,
    ) -> (Vec<Attribute>, Vec<Column>) {
        let rows: Vec<&Vec<String>> =
            paths.iter().filter_map(|path| self.rows.get(self.row(path)?)).collect();
        let (mut attributes, mut texts) = (Vec::new(), Vec::new());
        for (column, name) in self.names.iter().enumerate() {
            let words: Vec<&str> =
                rows.iter().map(|row| row.get(column).map_or("", |cell| cell.as_str())).collect();
            if TEXTS.iter().any(|text| name.eq_ignore_ascii_case(text))
                && words.iter().any(|w| w.contains(' '))
            {
                let all = words.iter().map(|w| w.to_string()).collect();
                texts.push(Column { name: name.clone(), kind: ColumnKind::Captions(all) });
                continue;
            }
            match kind_of(name, &words, self.comma) {
                Ok((kind, values, note)) => {
                    attributes.push(Attribute::new(name, kind, values));
                    skipped.extend(note.map(|reason| Skipped { path: self.file.clone(), reason }));
                }
                Err(reason) => skipped.push(Skipped { path: self.file.clone(), reason }),
            }
        }
        (attributes, texts)
    }
}

/// The pictures that are here, by the ways a table may name them.
struct Here(HashSet<String>);

impl Here {
    fn new(paths: &[PathBuf]) -> Self {
        let mut all = HashSet::new();
        for path in paths.iter().filter(|path| picture::may_be(path)) {
            let name = plain(&path.file_name().unwrap_or_default().to_string_lossy());
            let stem = last(&name).1.to_string();
            let number = stem.trim_start_matches('0');
            if stem.parse::<u64>().is_ok() {
                all.insert(if number.is_empty() { "0" } else { number }.to_string());
            }
            all.insert(stem);
            all.insert(name);
        }
        Self(all)
    }

    fn has(&self, cell: &str) -> bool {
        self.rank(cell) > 0
    }

    /// 2 where a cell is a picture's whole name, 1 where it is one but for the ending.
    fn rank(&self, cell: &str) -> usize {
        let cell = plain(cell);
        let (name, stem) = last(&cell);
        let found = |word: &str| !word.is_empty() && self.0.contains(word);
        if found(name) && name != stem { 2 } else { usize::from(found(name) || found(stem)) }
    }
}

/// What a column is, its values, and what is worth a note.
type Meaning = (AttributeKind, Vec<f32>, Option<String>);

/// What the words of a column mean. Fails with the reason why it is not used.
fn kind_of(name: &str, words: &[&str], comma: bool) -> Result<Meaning, String> {
    let lower: Vec<String> = words.iter().map(|word| word.trim().to_lowercase()).collect();
    let absent: Vec<bool> = lower.iter().map(|word| ABSENT.contains(&word.as_str())).collect();
    let there: BTreeSet<&str> =
        lower.iter().zip(&absent).filter(|(_, a)| !**a).map(|(w, _)| w.as_str()).collect();
    let missing = absent.iter().filter(|a| **a).count();
    if there.is_empty() || there.len() == 1 && missing == 0 {
        let word = words.first().copied().unwrap_or_default();
        return Err(format!(
            "its column {name} is the same everywhere (\"{word}\"), says nothing, and was left out"
        ));
    }
    let number = |word: &str| -> Option<f32> {
        let dotted = if comma { word.replace(',', ".") } else { word.to_string() };
        dotted.parse::<f32>().ok().filter(|v| v.is_finite())
    };
    let is = |list: &[&str]| there.iter().all(|word| list.contains(word));
    if is(&[YES, NO].concat()) && missing == 0 {
        let values = lower.iter().map(|word| f32::from(u8::from(YES.contains(&word.as_str()))));
        return Ok((AttributeKind::Binary, values.collect(), None));
    }
    let numbers: Option<Vec<f32>> = there.iter().map(|word| number(word)).collect();
    let named = CLASSES.iter().any(|class| name.eq_ignore_ascii_case(class));
    if let Some(known) = numbers.filter(|_| !named) {
        let two = |low: f32| known.iter().all(|v| *v == low || *v == 1.0);
        let value = |word: &String| number(word).unwrap_or(0.0);
        if missing == 0 && (two(0.0) || two(-1.0)) {
            return Ok((AttributeKind::Binary, lower.iter().map(|w| value(w).max(0.0)).collect(), None));
        }
        let most = known.iter().fold(0.0f32, |most, v| most.max(*v));
        let whole = known.iter().all(|v| v.fract() == 0.0 && *v >= 0.0);
        // Each of 0 to n (or 1 to n) there, each often: numbers that stand for kinds. Ages are many, or have gaps.
        let (kinds, span) = (known.len(), known.len() as f32);
        let classes = whole && (3..=FEW).contains(&kinds) && (most == span || most == span - 1.0);
        if !(classes && words.len() >= 3 * kinds) {
            let (min, max) =
                known.iter().fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(*v), high.max(*v)));
            // An amount that nobody knows is put in the middle of those that are known, and said.
            let sum: f64 = lower.iter().filter_map(|w| number(w)).map(f64::from).sum();
            let mean = (sum / (words.len() - missing).max(1) as f64) as f32;
            let values = lower.iter().map(|w| number(w).unwrap_or(mean)).collect();
            let first = absent.iter().position(|a| *a).map_or("", |at| words[at]);
            let note = (missing > 0).then(|| {
                format!("{missing} cells of its column {name} hold no number (the first: \"{first}\"); their mean, {mean:.3}, stands for them")
            });
            return Ok((AttributeKind::Continuous { min, max }, values, note));
        }
    }
    let original = |i: usize| if absent[i] { "" } else { words[i] };
    let mut classes: Vec<&str> =
        (0..words.len()).map(original).collect::<BTreeSet<_>>().into_iter().collect();
    if classes.len() > MAX_CLASSES {
        return Err(format!(
            "its column {name} has {} different words (such as \"{}\"), too many for classes, and was left out",
            classes.len(),
            words.first().copied().unwrap_or_default()
        ));
    }
    if classes.iter().all(|class| class.is_empty() || class.parse::<f64>().is_ok()) {
        let value = |class: &&str| class.parse::<f64>().unwrap_or(f64::NEG_INFINITY);
        classes.sort_by(|a, b| value(a).total_cmp(&value(b))); // 2 before 10
    }
    let place = |i: usize| classes.iter().position(|class| *class == original(i)).unwrap_or(0) as f32;
    let values = (0..words.len()).map(place).collect();
    let names = classes.iter().map(|class| if class.is_empty() { "none" } else { class }.to_string());
    Ok((AttributeKind::Class(names.collect()), values, None))
}
