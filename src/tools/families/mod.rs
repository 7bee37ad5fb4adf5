//! Families of models side by side: how likely held-out pictures are to each, how its samples lie among the data, what it
//! costs, and sheets of what it draws, redraws and finds between two pictures.
//!
//! Must not know: messages, threads, the window, where the models and the data came from.

pub mod letters;
pub mod likely;
pub mod near;
pub mod sheet;
pub mod shown;
pub mod table;

use super::tick;
use crate::data::Dataset;
use crate::latent::prior::Spread;
use crate::metrics::evaluate::{self, evaluate, selection};
use crate::metrics::frechet::Moments;
use crate::metrics::judge::{Named, Reading};
use crate::metrics::manifold::precision_recall;
use crate::metrics::sampler;
use crate::nn::Watch;
use crate::zoo::{Held, Shape};
use burn::tensor::Device;
use image::RgbImage;
use likely::Likely;
use near::Training;
use std::time::Instant;
use table::Cell;

/// One of the models.
pub struct Family {
    /// What it is called in the table.
    pub name: String,
    /// Where it came from: a path, or the name of a shipped model.
    pub origin: String,
    /// Its recipe.
    pub recipe: String,
    /// The game that it plays, where it is a GAN with a menu of games; else empty.
    pub loss: String,
    /// Parameters, and those of them that are not a discriminator's.
    pub parameters: [usize; 2],
    /// Optimiser steps.
    pub steps: u64,
    /// Pictures that it has seen in training.
    pub seen: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// What its outputs stand for, where it is a classifier.
    pub outputs: Vec<String>,
    /// Its pictures.
    pub shape: Shape,
    /// The model.
    pub model: Held,
}

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Samples that are judged.
    pub samples: usize,
    /// Held-out pictures whose likelihood is measured.
    pub pictures: usize,
}

/// Held-out pictures whose likelihood is measured where nobody says how many: k = 500 draws of each take a while.
pub const PICTURES: usize = 200;
/// Samples where nobody says how many.
pub const SAMPLES: usize = 2000;

impl Default for Effort {
    fn default() -> Self {
        Self { samples: SAMPLES, pictures: PICTURES }
    }
}

/// What was measured of one model; what does not apply is absent, and [`Row::why`] says why.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// What the model is called.
    pub name: String,
    /// Where it came from.
    pub origin: String,
    /// Its recipe.
    pub recipe: String,
    /// The game that it plays; empty where that is no choice.
    pub loss: String,
    /// Parameters, and those of them that are not a discriminator's.
    pub parameters: [usize; 2],
    /// Optimiser steps.
    pub steps: u64,
    /// Pictures seen in training.
    pub seen: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// How likely held-out pictures are to it.
    pub likely: Option<Likely>,
    /// Fréchet distance between samples and held-out pictures in the judge's features.
    pub fid: Option<f64>,
    /// Share of samples on the data's manifold, share of data on the samples'.
    pub precision_recall: Option<(f64, f64)>,
    /// Share of samples (or of their attributes) of which the judge is sure.
    pub sure: Option<f64>,
    /// Classes that occur among the sure ones.
    pub classes: Option<usize>,
    /// Mean distance of a sample to the training picture nearest to it.
    pub near: Option<f64>,
    /// Seconds that one sample takes by itself, and as one of several that are drawn together.
    pub pace: Option<[f64; 2]>,
    /// What it has not, and why: title of the figure, sentence.
    pub why: Vec<(&'static str, String)>,
}

/// All of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What the data is called.
    pub data: String,
    /// A row for each model, in their order.
    pub rows: Vec<Row>,
    /// Mean distance of held-out pictures to the training picture nearest to them: what [`Row::near`] is beside.
    pub near_held_out: Option<f64>,
    /// What the figures are and how they were measured, and what is missing and why.
    pub notes: Vec<String>,
    /// Sheets of samples, reconstructions and ways between two pictures, a band for each model.
    pub picture: RgbImage,
}

impl Comparison {
    /// The figures of a row in the order of the table.
    pub fn cells(&self, row: &Row) -> Vec<Cell> {
        table::cells(row, self.near_held_out)
    }
}

/// Samples that are drawn together when time is taken.
const TOGETHER: usize = 16;
/// Samples and held-out pictures whose nearest training pictures are looked for.
const LOOKED_UP: usize = 200;
/// Most rows among which precision and recall look for neighbours: the work grows with their square.
const MOST_ROWS: usize = 5000;

/// Whether models draw pictures of one size; a sentence if not.
pub fn same_size(models: &[(&str, Shape)]) -> Result<(), String> {
    let say =
        |s: &Shape| format!("{}×{} {}", s.width, s.height, if s.channels == 1 { "grey" } else { "colour" });
    let Some((first, shape)) = models.first() else { return Ok(()) };
    match models.iter().find(|(_, other)| !shape.fits(other)) {
        Some((name, other)) => Err(format!(
            "{first} is made for pictures of {} and {name} for {}: only models of one picture size can stand in one table",
            say(shape),
            say(other)
        )),
        None => Ok(()),
    }
}

/// How far the whole is: a stage of so many of a thousand parts.
struct Stage<'a> {
    tell: super::Tick<'a>,
    total: usize,
    base: usize,
    span: usize,
}

impl Stage<'_> {
    /// This part of the stage (0–1) is done. Fails where nobody wants the rest.
    fn at(&self, part: f64) -> Result<(), String> {
        tick(self.tell, self.base + (part.clamp(0.0, 1.0) * self.span as f64) as usize, self.total)
    }
}

/// Compares models of one picture size on the held-out pictures of `data`. `judge`: the classifier for samples and its name,
/// where one knows what the data's labels name.
pub fn compare(
    families: &[Family],
    data: &Dataset,
    judge: Option<(&str, Named<'_>)>,
    effort: Effort,
    device: &Device,
    tell: super::Tick<'_>,
) -> Result<Comparison, String> {
    let shapes: Vec<(&str, Shape)> = families.iter().map(|f| (f.name.as_str(), f.shape)).collect();
    same_size(&shapes)?;
    if data.test.pictures.is_empty() {
        return Err(format!(
            "nothing is held out of {}, so there is nothing to measure on: name other data",
            data.title
        ));
    }
    let total = 1000 * (families.len() + 1);
    let stage = |base: usize, span: usize| Stage { tell, total, base, span };
    let picks = selection(&data.test);
    let named = judge.map(|(_, named)| named);
    stage(0, 0).at(0.0)?;
    let real = match named {
        Some(judge) => evaluate::read(judge, &data.test, &picks, device)?,
        None => None,
    };
    let training = Training::of(&data.train, named, device, &stage(100, 800))?;
    let held_out = near::even(data.test.pictures.len(), LOOKED_UP);
    let near_held_out = training.as_ref().map(|t| t.mean_of(&data.test, &held_out, device)).transpose()?;
    let mut rows = Vec::new();
    let mut bands = Vec::new();
    for (i, family) in families.iter().enumerate() {
        let base = 1000 * (i + 1);
        let (row, band) = measured(
            family,
            data,
            named.zip(real.as_ref()),
            training.as_ref(),
            effort,
            device,
            [stage(base, 450), stage(base + 450, 450), stage(base + 900, 100)],
        )?;
        rows.push(row);
        bands.push(band);
    }
    let picture = sheet::sheet(&bands, families.first().map(|f| f.shape))?;
    let basis = table::Basis {
        title: &data.title,
        held_out: (picks.len(), data.test.pictures.len()),
        effort,
        judge: judge.map(|(name, named)| (name, named.model.independent())),
        sure: real.as_ref().map(sure),
        training: training.as_ref().map(|t| (t.len(), data.train.pictures.len(), t.by)),
        manifold: real.as_ref().map_or(0, |r| r.features.len().min(effort.samples).min(MOST_ROWS)),
        looked_up: LOOKED_UP.min(effort.samples),
        together: TOGETHER,
        near_held_out,
    };
    let notes = table::notes(&basis, &rows);
    Ok(Comparison { data: data.title.clone(), rows, near_held_out, notes, picture })
}

/// The share of pictures of which a judge is sure, or of their attributes.
fn sure(reading: &Reading) -> (f64, f64) {
    (reading.sure_of_class().0, reading.sure_of_attributes().1)
}

fn measured(
    family: &Family,
    data: &Dataset,
    judge: Option<(Named<'_>, &Reading)>,
    training: Option<&Training<'_>>,
    effort: Effort,
    device: &Device,
    [liking, drawing, showing]: [Stage<'_>; 3],
) -> Result<(Row, shown::Band), String> {
    let Family { model, .. } = family;
    let mut row = Row {
        name: family.name.clone(),
        origin: family.origin.clone(),
        recipe: family.recipe.clone(),
        loss: family.loss.clone(),
        parameters: family.parameters,
        steps: family.steps,
        seen: family.seen,
        seconds: family.seconds,
        ..Row::default()
    };
    let picks = near::even(data.test.pictures.len(), effort.pictures);
    match likely::likely(model, &data.test, &picks, device, &|part| liking.at(part))? {
        Ok(likely) => row.likely = Some(likely),
        Err(why) => row.why.push(("likelihood", why)),
    }
    let mut samples = Vec::new();
    match sampler::unable(model) {
        Some(why) => row.why.push(("samples", why)),
        None => {
            row.pace = Some(pace(model, device)?);
            let mut reading = Reading::default();
            let done = std::cell::Cell::new(0.0);
            // Without a judge nothing is measured on more than those that are looked up.
            let count = if judge.is_some() { effort.samples } else { LOOKED_UP.min(effort.samples) };
            let go_on = || drawing.at(done.get()).is_ok();
            sampler::each(model, count, Spread::default(), device, &go_on, |first, x| {
                done.set((first + x.dims()[0]) as f64 / count as f64);
                if let Some((judge, _)) = judge {
                    judge.read(x.clone(), &mut reading);
                }
                if first < LOOKED_UP {
                    samples.push(x);
                }
            })?;
            drawing.at(done.get())?;
            if let Some((judge, real)) = judge {
                judged(&mut row, &reading, real, judge.model.independent());
            }
        }
    }
    if !model.draws() && family.outputs.len() > 1 {
        row.sure = evaluate(model, &family.outputs, &data.test, None, (2, Spread::default()), device)?
            .confident_share;
    }
    showing.at(0.0)?;
    let mut nearest = Vec::new();
    if let Some(training) = training.filter(|_| !samples.is_empty()) {
        let found = training.nearest(&samples, LOOKED_UP)?;
        row.near = Some(found.iter().map(|(_, d)| f64::from(*d)).sum::<f64>() / found.len().max(1) as f64);
        nearest = found.into_iter().map(|(i, _)| i).collect();
    }
    let band = shown::band(family, &row, data, &samples, &nearest, device)?;
    Ok((row, band))
}

/// What the judge says of samples, beside what it says of data.
fn judged(row: &mut Row, samples: &Reading, real: &Reading, attributes: bool) {
    if let (Some(a), Some(b)) = (Moments::of(&samples.features), Moments::of(&real.features)) {
        row.fid = Some(a.distance(&b));
    }
    let count = samples.features.len().min(real.features.len()).min(MOST_ROWS);
    let thin = |rows: &[Vec<f32>]| -> Vec<Vec<f32>> {
        near::even(rows.len(), count).into_iter().map(|i| rows[i].clone()).collect()
    };
    row.precision_recall = precision_recall(&thin(&real.features), &thin(&samples.features));
    let (of_class, of_attributes) = sure(samples);
    if attributes {
        row.sure = Some(of_attributes);
    } else {
        (row.sure, row.classes) = (Some(of_class), Some(samples.sure_of_class().1.len()));
    }
}

/// Seconds that a sample takes: drawn by itself, and as one of [`TOGETHER`]; medians of a few, after one that warms up.
fn pace(model: &Held, device: &Device) -> Result<[f64; 2], String> {
    /// Seconds after which one drawing is enough.
    const LONG: f64 = 2.0;
    let median = |count: usize, times: usize| -> Result<f64, String> {
        let points = sampler::first(model, count).ok_or("this model draws nothing by itself")?;
        let mut taken = Vec::new();
        for _ in 0..=times {
            let began = Instant::now();
            let x =
                model.draw(&points, device, &mut Watch::nobody()).ok_or("this model draws no pictures")?;
            // It is drawn when its numbers are here.
            let _ = crate::nn::host::floats(x);
            taken.push(began.elapsed().as_secs_f64());
            if taken[0] > LONG {
                return Ok(taken[0] / count as f64);
            }
        }
        taken.remove(0);
        taken.sort_by(f64::total_cmp);
        Ok(taken[taken.len() / 2] / count as f64)
    };
    Ok([median(1, 5)?, median(TOGETHER, 3)?])
}
