//! Whether a model remembers pictures: the training pictures that are most like one of its outputs, beside how much
//! training pictures are like each other.
//!
//! Must not know: how they are shown.

use super::{Tick, decode, picture, tick};
use crate::data::Pictures;
use crate::zoo::Model;
use burn::tensor::Device;
use std::sync::Arc;

/// Training pictures that are most like an output.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// The output's latent.
    pub z: Arc<[f32]>,
    /// The pictures, nearest first, with their root-mean-square difference (0–1) to the output.
    pub found: Vec<(usize, f32)>,
    /// The same difference between the nearest one and the training picture most like it.
    pub among: f32,
    /// How many pictures were looked at.
    pub looked_at: usize,
}

/// Pictures that are shown.
const COUNT: usize = 6;

/// Compares the picture of `z` with all of `pictures`, pixel by pixel.
pub fn nearest(
    model: &dyn Model,
    z: Arc<[f32]>,
    pictures: &Pictures,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Nearest, String> {
    let mut drawn = None;
    decode(model, std::slice::from_ref(&z), device, |_, x| {
        let [_, c, h, w] = x.dims();
        drawn = Some(picture::rgb(x.reshape([c, h, w])));
        Ok(())
    })?;
    let drawn = drawn.ok_or("this model draws no pictures")?;
    if (drawn.width() as usize, drawn.height() as usize) != (pictures.width, pictures.height) {
        return Err("these pictures have another size than the model's; map other data".into());
    }
    let bytes: Vec<u8> = match pictures.channels {
        3 => drawn.into_raw(),
        _ => drawn.pixels().map(|p| p.0[0]).collect(),
    };
    let found = closest(&bytes, pictures, COUNT, None, progress, 0)?;
    let among = match found.first() {
        Some((first, _)) => {
            let own = pictures.get(*first).unwrap_or_default();
            closest(own, pictures, 1, Some(*first), progress, 1)?.first().map_or(0.0, |(_, d)| *d)
        }
        None => 0.0,
    };
    Ok(Nearest { z, found, among, looked_at: pictures.len() })
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
