//! Run folders as a list shows them: recipe, data, steps, the last losses, a thumbnail, when.
//!
//! Must not know: threads, panels.

use crate::engine::order::Parent;
use crate::engine::table::{CLASSES, Table};
use crate::engine::{folder, health};
use crate::gpu::{Image, Pixels};
use crate::weights::whole;
use crate::zoo::{self, Settings};
use serde::Serialize;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Bytes at the end of the metrics that the last losses are read from.
const TAIL: u64 = 8 << 10;
/// Rows that they are the mean of.
const ROWS: usize = 50;
/// Side of a thumbnail, pixels.
const SIDE: u32 = 96;
/// A run whose metrics are younger grows.
const FRESH: Duration = Duration::from_secs(15);

/// A path as JSON holds it, whatever bytes it has.
fn lossy<S: serde::Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&path.to_string_lossy())
}

/// A run in the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunCard {
    /// Its folder; in JSON with bytes that are no UTF-8 replaced.
    #[serde(serialize_with = "lossy")]
    pub path: PathBuf,
    /// The folder's name.
    pub name: String,
    /// Recipe name.
    pub recipe: String,
    /// Data SPEC.
    pub data: String,
    /// Settings that it was begun with, where they differ from the recipe's defaults.
    pub settings: Settings,
    /// Seed of weights, noise and the order of the data.
    pub seed: u64,
    /// Optimiser steps recorded.
    pub step: u64,
    /// Losses by name: their means over the last steps.
    pub losses: Vec<(String, f32)>,
    /// Number of checkpoints.
    pub checkpoints: usize,
    /// Number of sample pictures.
    pub samples: usize,
    /// Settings changed on the way.
    pub changes: usize,
    /// Where it came from.
    pub parent: Option<Parent>,
    /// Classes that were drawn and are drawn no more, as a judge saw it.
    pub vanished: Vec<String>,
    /// When it was last written, seconds since 1970.
    pub modified: u64,
    /// Whether that was within the last seconds.
    pub growing: bool,
    /// A part of its newest samples.
    #[serde(skip)]
    pub thumb: Option<Arc<Thumb>>,
}

impl RunCard {
    /// What another run has otherwise, each with its value in this one and in that: recipe, data, seed and settings.
    pub fn differences(&self, other: &Self) -> Vec<(String, String, String)> {
        let mut all: Vec<(String, String, String)> = [
            ("recipe", self.recipe.clone(), other.recipe.clone()),
            ("data", self.data.clone(), other.data.clone()),
            ("seed", self.seed.to_string(), other.seed.to_string()),
        ]
        .map(|(name, a, b)| (name.to_string(), a, b))
        .into();
        let names: std::collections::BTreeSet<&String> =
            self.settings.0.keys().chain(other.settings.0.keys()).collect();
        let value = |of: &Self, name: &str| {
            let recipe = zoo::recipe(&of.recipe);
            let value =
                recipe.map_or_else(|| of.settings.0.get(name).copied(), |r| of.settings.find(r, name));
            value.map_or_else(|| "none".into(), |v| v.to_string())
        };
        all.extend(names.into_iter().map(|name| (name.clone(), value(self, name), value(other, name))));
        all.retain(|(_, a, b)| a != b);
        all
    }
}

/// A small picture.
#[derive(Debug, PartialEq)]
pub struct Thumb {
    /// The samples' file that it is of.
    pub of: PathBuf,
    /// Width and height.
    pub size: [usize; 2],
    /// RGB, row by row.
    pub rgb: Vec<u8>,
}

/// Thumbnails that were made, by run.
#[derive(Debug, Default)]
pub struct Thumbs(HashMap<PathBuf, Arc<Thumb>>);

impl Thumbs {
    fn of(&mut self, run: &Path) -> Option<Arc<Thumb>> {
        let newest = folder::stepped(&run.join("samples"), "png").pop()?;
        if let Some(known) = self.0.get(run).filter(|t| t.of == newest) {
            return Some(known.clone());
        }
        let picture = open(&newest).ok()?.to_rgb8();
        // The first half of the grid's columns: a square of samples.
        let side = picture.height().min(picture.width());
        let square = image::imageops::crop_imm(&picture, 0, 0, side, side).to_image();
        let small = image::imageops::resize(&square, SIDE, SIDE, image::imageops::FilterType::Triangle);
        let size = [small.width() as usize, small.height() as usize];
        let thumb = Arc::new(Thumb { of: newest, size, rgb: small.into_raw() });
        self.0.insert(run.to_path_buf(), thumb.clone());
        Some(thumb)
    }
}

/// The runs in a folder, the one written last first. What is no run is passed over.
pub fn list(folder: &Path, thumbs: &mut Thumbs) -> Vec<RunCard> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let visible = entries.filter(|e| !e.file_name().to_string_lossy().starts_with('.'));
    let mut all: Vec<RunCard> =
        visible.filter_map(|e| card(&e.path())).map(|c| RunCard { thumb: thumbs.of(&c.path), ..c }).collect();
    all.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.name.cmp(&b.name)));
    all
}

/// What a run's folder says, without its thumbnail; `None` when it is no run.
pub fn card(run: &Path) -> Option<RunCard> {
    let order = folder::read_order(run).ok()?;
    let metrics = run.join("metrics.csv");
    let written = [metrics.clone(), run.join("run.toml")]
        .iter()
        .filter_map(|p| p.metadata().ok()?.modified().ok())
        .max()
        .unwrap_or(SystemTime::UNIX_EPOCH);
    let (step, losses) = last(&metrics).unwrap_or_default();
    Some(RunCard {
        path: run.to_path_buf(),
        name: run.file_name().map_or(String::new(), |n| n.to_string_lossy().into_owned()),
        recipe: order.recipe,
        data: order.data,
        settings: order.settings,
        seed: order.seed,
        step,
        losses,
        checkpoints: folder::checkpoints(run).len(),
        samples: folder::stepped(&run.join("samples"), "png").len(),
        changes: order.changes.len(),
        parent: order.parent,
        vanished: health::vanished(&Table::read(&run.join(CLASSES))).map_or(Vec::new(), |w| w.classes),
        modified: written.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs()),
        growing: written.elapsed().is_ok_and(|age| age < FRESH),
        thumb: None,
    })
}

/// The last step of a metrics file, and the means of its losses over the last rows.
fn last(metrics: &Path) -> Option<(u64, Vec<(String, f32)>)> {
    let mut file = File::open(metrics).ok()?;
    let mut head = String::new();
    BufReader::new(&file).read_line(&mut head).ok()?;
    let length = file.metadata().ok()?.len();
    let start = length.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    // The first line may be the end of one, and the last the beginning of one.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let columns = head.trim().split(',').count();
    let rows: Vec<Vec<f32>> = whole
        .lines()
        .skip(1)
        .map(|l| l.split(',').map_while(|v| v.parse().ok()).collect::<Vec<f32>>())
        .filter(|r| r.len() == columns)
        .collect();
    let step = whole.lines().next_back()?.split(',').next()?.parse().unwrap_or(0);
    let recent = &rows[rows.len().saturating_sub(ROWS)..];
    let mean = |i: usize| recent.iter().map(|r| r[i]).sum::<f32>() / recent.len().max(1) as f32;
    let losses = if recent.is_empty() {
        Vec::new()
    } else {
        head.trim().split(',').enumerate().skip(1).map(|(i, name)| (name.to_string(), mean(i))).collect()
    };
    Some((step, losses))
}

/// Writes every step's losses of a run as a table with names; a step that has none is left empty.
pub fn csv(run: &Path, out: &Path) -> Result<(), String> {
    let head = folder::header(run).ok_or_else(|| format!("{} holds no losses", run.display()))?;
    let metrics = folder::read_metrics(run, u64::MAX);
    let mut text = head + "\n";
    for (step, row) in (metrics.first..).zip(&metrics.rows) {
        let show = |v: &f32| if v.is_finite() { v.to_string() } else { String::new() };
        text += &format!("{step},{}\n", row.iter().map(show).collect::<Vec<_>>().join(","));
    }
    whole::write(out, text.as_bytes())
}

fn open(path: &Path) -> Result<image::DynamicImage, String> {
    let say = |e: &dyn std::fmt::Display| format!("{} could not be read: {e}", path.display());
    let reader = image::ImageReader::open(path).map_err(|e| say(&e))?;
    reader.with_guessed_format().map_err(|e| say(&e))?.decode().map_err(|e| say(&e))
}

/// A recorded picture, grey or RGB.
pub fn picture(path: &Path) -> Result<Image, String> {
    let picture = open(path)?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let float = |b: &u8| f32::from(*b) / 255.0;
    let (channels, values): (usize, Vec<f32>) = if picture.color().has_color() {
        let bytes = picture.to_rgb8().into_raw();
        (3, (0..3).flat_map(|c| bytes.iter().skip(c).step_by(3).map(float).collect::<Vec<_>>()).collect())
    } else {
        (1, picture.to_luma8().as_raw().iter().map(float).collect())
    };
    Ok(Image { width, height, channels, pixels: Pixels::Cpu(Arc::new(values)) })
}
