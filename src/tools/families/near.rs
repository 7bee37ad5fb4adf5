//! The training pictures nearest to samples: a model that copies draws what lies far nearer to them than pictures do that it
//! never saw.
//!
//! Must not know: what the samples are for, messages, the window.

use super::Stage;
use crate::data::Split;
use crate::latent::neighbours;
use crate::metrics::judge::{Named, Reading};
use crate::nn::host::floats;
use crate::tools::memory::Likeness;
use crate::zoo::{batch, gather};
use burn::tensor::{Device, Tensor};

/// Most training pictures: all of MNIST.
const MOST: usize = 60_000;
/// Most numbers of them in memory (256 MB), where they are compared pixel by pixel.
const NUMBERS: usize = 64 << 20;
/// Pictures at once.
const BATCH: usize = 250;

/// `count` of `all` numbers, evenly; all where there are no more.
pub fn even(all: usize, count: usize) -> Vec<usize> {
    let count = count.min(all);
    (0..count).map(|i| i * all / count).collect()
}

/// Training pictures as rows of numbers that can be compared.
pub struct Training<'a> {
    /// What is compared.
    pub by: Likeness,
    judge: Option<Named<'a>>,
    picks: Vec<usize>,
    rows: Vec<f32>,
}

impl<'a> Training<'a> {
    /// The training pictures, all or an even selection: by the features that `judge` sees, or without one pixel by pixel. `None`:
    /// there are none here.
    pub(super) fn of(
        split: &Split,
        judge: Option<Named<'a>>,
        device: &Device,
        stage: &Stage<'_>,
    ) -> Result<Option<Self>, String> {
        if split.pictures.is_empty() {
            return Ok(None);
        }
        let by = if judge.is_some() { Likeness::Features } else { Likeness::Pixels };
        let room = if judge.is_some() { MOST } else { NUMBERS / split.pictures.stride().max(1) };
        let picks = even(split.pictures.len(), MOST.min(room.max(1)));
        let mut training = Self { by, judge, picks: picks.clone(), rows: Vec::new() };
        for (i, chunk) in picks.chunks(BATCH).enumerate() {
            stage.at((i * BATCH) as f64 / picks.len() as f64)?;
            let rows = training.rows_of(batch::pictures(&split.pictures, chunk, device)?)?;
            training.rows.extend(rows.concat());
        }
        Ok(Some(training))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.picks.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.picks.is_empty()
    }

    /// Pictures `[n, c, h, w]` as rows.
    fn rows_of(&self, x: Tensor<4>) -> Result<Vec<Vec<f32>>, String> {
        let Some(judge) = self.judge else {
            let width: usize = x.dims()[1..].iter().product();
            return Ok(floats(x).chunks(width.max(1)).map(<[f32]>::to_vec).collect());
        };
        let mut reading = Reading::default();
        if !judge.read(x, &mut reading) {
            return Err("the judge is no classifier; name another".into());
        }
        Ok(reading.features)
    }

    /// For each of the first `count` of the pictures, in batches `[n, c, h, w]`, the number of the nearest training picture
    /// and the root-mean-square difference to it.
    pub fn nearest(&self, pictures: &[Tensor<4>], count: usize) -> Result<Vec<(usize, f32)>, String> {
        let mut found = Vec::new();
        for x in pictures {
            for row in self.rows_of(x.clone())? {
                if found.len() < count
                    && let Some((i, d)) = neighbours::nearest(&self.rows, &row, 1).first()
                {
                    found.push((self.picks[*i], d / (row.len().max(1) as f32).sqrt()));
                }
            }
        }
        Ok(found)
    }

    /// The mean of that difference over pictures of a split.
    pub fn mean_of(&self, split: &Split, picks: &[usize], device: &Device) -> Result<f64, String> {
        let found = self.nearest(&[gather(split, picks, device)?.x], picks.len())?;
        Ok(found.iter().map(|(_, d)| f64::from(*d)).sum::<f64>() / found.len().max(1) as f64)
    }
}
