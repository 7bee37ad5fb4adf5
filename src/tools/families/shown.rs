//! What of a model stands in the picture of a comparison: samples, each beside the training picture nearest to it,
//! held-out pictures beside their reconstructions, and ways between two pictures.
//!
//! Must not know: where it stands there, messages, the window.

use super::{Family, Row};
use crate::data::Dataset;
use crate::latent::interpolate::{lerp, slerp};
use crate::metrics::sampler;
use crate::nn::Watch;
use crate::nn::host::rows;
use crate::point::{Kind, Point};
use crate::tools::picture::rgb;
use crate::zoo::{batch, gather};
use burn::tensor::{Device, Tensor};
use image::RgbImage;

/// Pictures in a row of a sheet.
pub const COLUMNS: usize = 6;

/// Two rows of [`COLUMNS`] pictures, or why there are none.
pub type Block = Result<Vec<RgbImage>, String>;

/// What there is of a model.
pub struct Band {
    /// What it is called, and what it is.
    pub title: [String; 2],
    /// Samples.
    pub samples: Block,
    /// Samples, and below each the training picture nearest to it.
    pub nearest: Block,
    /// Held-out pictures, and below each what the model makes of it.
    pub redrawn: Block,
    /// Two ways between two pictures.
    pub ways: Block,
}

/// Pictures `[n, c, h, w]` one by one, the first `count`.
fn tiles(x: Tensor<4>, count: usize) -> Vec<RgbImage> {
    let [n, c, h, w] = x.dims();
    (0..n.min(count)).map(|i| rgb(x.clone().narrow(0, i, 1).reshape([c, h, w]))).collect()
}

/// What of a model is shown. `samples`: the first of them, in batches `[n, c, h, w]`; `nearest`: for each the number of the
/// training picture nearest to it.
pub fn band(
    family: &Family,
    row: &Row,
    data: &Dataset,
    samples: &[Tensor<4>],
    nearest: &[usize],
    device: &Device,
) -> Result<Band, String> {
    let drawn: Vec<RgbImage> =
        samples.iter().flat_map(|x| tiles(x.clone(), 2 * COLUMNS)).take(2 * COLUMNS).collect();
    let unable = || row.why.iter().find(|(what, _)| *what == "samples").map(|(_, why)| why.clone());
    let none = || unable().unwrap_or_else(|| "there are none".into());
    let pairs = || -> Result<Block, String> {
        if drawn.is_empty() || nearest.is_empty() {
            return Ok(Err(none()));
        }
        let picks = &nearest[..COLUMNS.min(nearest.len())];
        let near = tiles(batch::pictures(&data.train.pictures, picks, device)?, COLUMNS);
        Ok(Ok(drawn.iter().take(COLUMNS).cloned().chain(near).collect()))
    };
    let parameters = super::table::grouped(family.parameters[0] as u64);
    Ok(Band {
        title: [family.name.clone(), format!("{}, {parameters} parameters", family.recipe)],
        nearest: pairs()?,
        samples: if drawn.is_empty() { Err(none()) } else { Ok(drawn) },
        redrawn: redrawn(family, data, device)?,
        ways: ways(family, data, device)?,
    })
}

/// Held-out pictures and their reconstructions.
fn redrawn(family: &Family, data: &Dataset, device: &Device) -> Result<Block, String> {
    let model = &family.model;
    let codes = model.inputs().iter().any(|i| matches!(i.kind, Kind::Codes { .. }));
    if !model.encodes() && !codes {
        return Ok(Err("it has no encoder, so it redraws nothing".into()));
    }
    let batch = gather(&data.test, &super::near::even(data.test.pictures.len(), COLUMNS), device)?;
    let n = batch.x.dims()[0];
    let means = model.encode(batch.x.clone()).map_or_else(|| vec![Vec::new(); n], |(mean, _)| rows(mean));
    let points: Vec<Point> = means
        .into_iter()
        .zip(model.values_of(&batch))
        .map(|(z, held)| Point { z: if model.latent_dims() == 0 { Vec::new() } else { z }, held })
        .collect();
    let Some(y) = model.draw(&points, device, &mut Watch::nobody()) else {
        return Ok(Err("it could not redraw these pictures".into()));
    };
    Ok(Ok([tiles(batch.x, COLUMNS), tiles(y, COLUMNS)].concat()))
}

/// Ways between two held-out pictures where the model encodes, between two samples where it has a latent alone.
fn ways(family: &Family, data: &Dataset, device: &Device) -> Result<Block, String> {
    let model = &family.model;
    if model.latent_dims() == 0 {
        return Ok(Err("it has no latent, so there is nothing between two pictures".into()));
    }
    let along = |i: usize| i as f32 / (COLUMNS - 1) as f32;
    let ends: Vec<Point> = if model.encodes() {
        let all = data.test.pictures.len();
        let picks: Vec<usize> = super::near::even(all, 2 * COLUMNS).into_iter().skip(1).step_by(2).collect();
        let batch = gather(&data.test, &picks, device)?;
        let held = model.values_of(&batch);
        let Some((mean, _)) = model.encode(batch.x) else { return Ok(Err("it has no encoder".into())) };
        rows(mean).into_iter().zip(held).map(|(z, held)| Point { z, held }).collect()
    } else {
        sampler::first(model, 4).unwrap_or_default()
    };
    let mut points = Vec::new();
    for pair in ends.chunks_exact(2).take(2) {
        let (a, b) = (&pair[0], &pair[1]);
        points.extend((0..COLUMNS).map(|i| {
            let t = along(i);
            // Between encodings straight; samples have a length that is kept.
            let z = if model.encodes() { lerp(&a.z, &b.z, t) } else { slerp(&a.z, &b.z, t) };
            Point { z, held: a.blend_held(b, t, false) }
        }));
    }
    match model.draw(&points, device, &mut Watch::nobody()).filter(|_| points.len() == 2 * COLUMNS) {
        Some(x) => Ok(Ok(tiles(x, 2 * COLUMNS))),
        None => Ok(Err("there are too few held-out pictures to go between".into())),
    }
}
