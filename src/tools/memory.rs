//! Whether a model remembers pictures: the training pictures that are most like one of its outputs, beside how much
//! training pictures are like each other.
//!
//! Must not know: how they are shown.

use super::{BATCH, Tick, decode, picture, tick};
use crate::data::Pictures;
use crate::latent::neighbours;
use crate::nn::host::floats;
use crate::zoo::{Held, Model, batch};
use burn::tensor::{Device, Tensor};
use std::sync::Arc;

/// By what pictures are like each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// Root-mean-square difference of their pixels, 0–1.
    Pixels,
    /// Root-mean-square difference of the features that a classifier sees in them (the layer before its outputs): alike
    /// are those that show the like, wherever in the picture.
    Features,
}

/// Training pictures that are most like an output.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// The output's latent.
    pub z: Arc<[f32]>,
    /// What was compared.
    pub by: Likeness,
    /// Their numbers, nearest first, with their differences to the output.
    pub found: Vec<(usize, f32)>,
    /// The pictures themselves, in the same order.
    pub pictures: Pictures,
    /// The same difference between the nearest one and the training picture most like it.
    pub among: f32,
    /// How many pictures were looked at.
    pub looked_at: usize,
}

/// Pictures that are shown.
const COUNT: usize = 6;

/// Compares the picture of `z` with all of `pictures`: by the features that `judge` sees, or without one pixel by pixel.
pub fn nearest(
    model: &Held,
    judge: Option<&dyn Model>,
    z: Arc<[f32]>,
    pictures: &Pictures,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Nearest, String> {
    let mut drawn = None;
    decode(model, std::slice::from_ref(&z), device, |_, x| {
        drawn = Some(x);
        Ok(())
    })?;
    let drawn = drawn.ok_or("this model draws no pictures")?;
    let [_, c, h, w] = drawn.dims();
    if (w, h) != (pictures.width, pictures.height) {
        return Err("these pictures have another size than the model's; choose other data".into());
    }
    let (by, (found, among)) = match judge {
        Some(judge) => (Likeness::Features, by_features(judge, drawn, pictures, device, progress)?),
        None => {
            let drawn = picture::rgb(drawn.reshape([c, h, w]));
            let bytes: Vec<u8> = match pictures.channels {
                3 => drawn.into_raw(),
                _ => drawn.pixels().map(|p| p.0[0]).collect(),
            };
            (Likeness::Pixels, by_pixels(&bytes, pictures, progress)?)
        }
    };
    let mut shown = Pictures::empty(w, h, pictures.channels);
    found.iter().filter_map(|(i, _)| pictures.get(*i)).for_each(|p| shown.pixels.extend_from_slice(&p));
    Ok(Nearest { z, by, found, pictures: shown, among, looked_at: pictures.len() })
}

/// The pictures nearest to another, and how near the first of them is to its own nearest.
type Found = (Vec<(usize, f32)>, f32);

fn by_features(
    judge: &dyn Model,
    drawn: Tensor<4>,
    pictures: &Pictures,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Found, String> {
    let features = |x: Tensor<4>| {
        let (_, features) = judge.classify(x).ok_or("the judge is no classifier; compare pixel by pixel")?;
        Ok::<_, String>(floats(features))
    };
    let own = features(drawn)?;
    let n = pictures.len();
    let mut all = Vec::with_capacity(n * own.len());
    let picks: Vec<usize> = (0..n).collect();
    for picks in picks.chunks(BATCH) {
        tick(progress, picks[0], n)?;
        all.extend(features(batch::pictures(pictures, picks, device)?)?);
    }
    let rms = |d: f32| d / (own.len().max(1) as f32).sqrt();
    let near = |to: &[f32], count| neighbours::nearest(&all, to, count);
    let found = near(&own, COUNT);
    let among = found.first().and_then(|(first, _)| {
        let row = all.chunks_exact(own.len().max(1)).nth(*first)?;
        near(row, 2).into_iter().find(|(i, _)| i != first)
    });
    Ok((found.into_iter().map(|(i, d)| (i, rms(d))).collect(), among.map_or(0.0, |(_, d)| rms(d))))
}

fn by_pixels(bytes: &[u8], pictures: &Pictures, progress: Tick<'_>) -> Result<Found, String> {
    let found = closest(bytes, pictures, COUNT, None, progress, 0)?;
    let among = match found.first() {
        Some((first, _)) => {
            let own = pictures.get(*first).unwrap_or_default();
            closest(&own, pictures, 1, Some(*first), progress, 1)?.first().map_or(0.0, |(_, d)| *d)
        }
        None => 0.0,
    };
    Ok((found, among))
}

/// The `count` pictures that differ least from `bytes`, without `but`; `turn`: which of two passes it is.
fn closest(
    bytes: &[u8],
    pictures: &Pictures,
    count: usize,
    but: Option<usize>,
    progress: Tick<'_>,
    turn: usize,
) -> Result<Vec<(usize, f32)>, String> {
    let n = pictures.len();
    let mut best: Vec<(u64, usize)> = Vec::new();
    for i in 0..n {
        if i % 1000 == 0 {
            tick(progress, turn * n + i, 2 * n)?;
        }
        let other = pictures.get(i).unwrap_or_default();
        if Some(i) == but || other.len() != bytes.len() {
            continue;
        }
        let sum: u64 = bytes
            .chunks(1024)
            .zip(other.chunks(1024))
            .map(|(a, b)| {
                let squares = a.iter().zip(b).map(|(a, b)| u32::from(a.abs_diff(*b)).pow(2));
                u64::from(squares.sum::<u32>())
            })
            .sum();
        if best.len() < count || best.last().is_some_and(|(worst, _)| sum < *worst) {
            let at = best.partition_point(|(d, _)| *d <= sum);
            best.insert(at, (sum, i));
            best.truncate(count);
        }
    }
    let rms = |sum: u64| ((sum as f64 / bytes.len().max(1) as f64).sqrt() / 255.0) as f32;
    Ok(best.into_iter().map(|(d, i)| (i, rms(d))).collect())
}
