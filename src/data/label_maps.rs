//! `labels:DIR`: pictures with label maps of one's own. DIR/images has the pictures, DIR/labels a PNG of each under the same
//! name, whose palette index or grey value is the class; DIR/legend.csv (index, name, colour) names them.
//!
//! Must not know: what the pictures show, or what maps are for.

use super::dataset::{Column, ColumnKind, Dataset, Label, LabelMaps, Skipped, Split};
use super::palette::{self, Map};
use super::pictures::Pictures;
use super::want::{DataError, Job, Want};
use super::{files, pairs, table};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The column of the maps.
pub const LABELS: &str = "labels";

/// Whether a folder has pictures and label maps as [`load`] wants them.
pub fn is_here(dir: &Path) -> bool {
    ["images", "labels"].iter().all(|name| dir.join(name).is_dir())
}

/// Loads the pictures that have a map, and their maps, which are fitted as the pictures are, a pixel for a pixel. Files without a
/// partner, and maps that can't be used, are listed in [`Dataset::skipped`]. Folders named train and test are obeyed, else a
/// share is held out.
///
/// # Errors
/// [`DataError::File`], in one sentence, when a folder cannot be read, no picture has a map, or the legend is none;
/// [`DataError::Spec`] when pictures cannot be made as wanted; [`DataError::Cancelled`].
pub fn load(dir: &Path, want: Want, job: &Job) -> Result<Dataset, DataError> {
    files::check(want, 3)?;
    if !is_here(dir) {
        return Err(DataError::File(format!(
            "{} has no folders images and labels: pictures go into the one, and a PNG of the same name for each into the other",
            dir.display()
        )));
    }
    let mut skipped = Vec::new();
    let roots = [dir.join("images"), dir.join("labels")];
    let (images, maps) = pairs::partners(&roots[0], &roots[1], &mut skipped, job)?;
    let told = legend_of(&dir.join("legend.csv"))?;
    let of: BTreeMap<PathBuf, PathBuf> = images.iter().cloned().zip(maps).collect();
    let mut many = files::read_all(&images, want, &roots[0], job)?;
    skipped.append(&mut many.skipped);
    files::check_room(many.paths.len().saturating_mul(want.width * want.height), want, &roots[1])?;
    let (mut pixels, mut out, mut palette, mut most) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (i, path) in many.paths.iter().enumerate() {
        job.tick(i, many.paths.len())?;
        let map = of.get(path).cloned().unwrap_or_default();
        let read = palette::read(&map, want).and_then(|read| fits(read, path, &told));
        out.push(read.is_err());
        match read {
            Ok(read) => {
                if palette.is_empty() {
                    palette = read.palette;
                }
                most = read.indices.iter().copied().fold(most, u8::max);
                pixels.extend(read.indices);
            }
            Err(reason) => skipped.push(Skipped { path: map, reason }),
        }
    }
    many.leave_out(&out);
    if many.paths.is_empty() {
        let why = skipped.first().map(|s| format!(" ({}: {})", s.path.display(), s.reason));
        return Err(DataError::File(format!(
            "no pictures with label maps in {}{}: it needs a folder images, and a folder labels with a PNG of the same name for each",
            dir.display(),
            why.unwrap_or_default()
        )));
    }
    let legend = if told.is_empty() { unnamed(most, &palette) } else { told };
    let maps = Pictures { pixels, ..Pictures::empty(want.width, want.height, 1) };
    let kind = ColumnKind::Labels(LabelMaps { maps, legend });
    let split = Split {
        pictures: many.pictures,
        columns: vec![Column { name: LABELS.into(), kind }],
        ..Split::default()
    };
    let (train, test) = pairs::divided(split, &roots[0], &many.paths, want);
    let title = format!("pictures with label maps in {}", files::short_name(dir));
    Ok(Dataset { title, train, test, skipped, ..Dataset::default() })
}

/// A map that belongs to the picture at `path`: of its size, and of classes that the legend has, where there is one.
fn fits(map: Map, path: &Path, told: &[Label]) -> Result<Map, String> {
    let size = super::picture::upright_size(path)?;
    if map.size != size {
        let ((w, h), (width, height)) = (map.size, size);
        return Err(format!("it is of {w}×{h} pixels, and its picture of {width}×{height}"));
    }
    match map.indices.iter().find(|class| !told.is_empty() && usize::from(**class) >= told.len()) {
        Some(class) => Err(format!("it has the class {class}, which legend.csv does not name")),
        None => Ok(map),
    }
}

/// The classes that a table names, by their index; none where there is no table. What it leaves out is called by its number.
fn legend_of(file: &Path) -> Result<Vec<Label>, DataError> {
    if !file.is_file() {
        return Ok(Vec::new());
    }
    let wrong = |reason: String| DataError::File(format!("{}: {reason}", file.display()));
    let mut all: BTreeMap<u8, Label> = BTreeMap::new();
    for (line, cells) in table::read(file).map_err(wrong)?.rows {
        let cell = |i: usize| cells.get(i).map_or("", |c| c.trim());
        if cell(0).eq_ignore_ascii_case("index") {
            continue;
        }
        let (Ok(index), Some(colour)) = (cell(0).parse::<u8>(), colour_of(cell(2))) else {
            return Err(wrong(format!(
                "line {line} is no index from 0 to 255, name and colour, such as 3,hair,#805030"
            )));
        };
        if all.insert(index, Label { name: cell(1).into(), colour }).is_some() {
            return Err(wrong(format!("line {line} names the class {index} again")));
        }
    }
    let Some((most, _)) = all.last_key_value() else {
        return Err(wrong("it names no class".into()));
    };
    let mut legend = unnamed(*most, &[]);
    all.into_iter().for_each(|(index, label)| legend[usize::from(index)] = label);
    Ok(legend)
}

/// Classes up to `most`, called by their numbers, in the colours of a palette where it has them.
fn unnamed(most: u8, palette: &[[u8; 3]]) -> Vec<Label> {
    let colour = |i: u8| {
        // Neighbours are far apart: the colours of VOC, whose bits are the index's.
        let channel = |c: u8| (0..3).fold(0, |v, bit| v | (i >> (3 * bit + c).min(7) & 1) << (7 - bit));
        palette.get(usize::from(i)).copied().unwrap_or_else(|| [channel(0), channel(1), channel(2)])
    };
    (0..=most).map(|i| Label { name: format!("class {i}"), colour: colour(i) }).collect()
}

/// `#rrggbb`, with or without its mark.
fn colour_of(text: &str) -> Option<[u8; 3]> {
    let hex = text.trim_start_matches('#');
    if hex.len() != 6 || !hex.is_ascii() {
        return None;
    }
    let byte = |i: usize| u8::from_str_radix(hex.get(i..i + 2)?, 16).ok();
    Some([byte(0)?, byte(2)?, byte(4)?])
}
