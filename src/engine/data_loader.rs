//! Pictures to batches: which pictures step `n` sees follows from the seed and the number of pictures seen so
//! far, so a resumed run needs no other position in the data.
//!
//! Must not know: what is trained.

use crate::data::{Column, ColumnKind, Dataset, Pictures, Split};
use crate::nn::Noise;
use crate::zoo::{Batch, Facts, Shape, gather};
use burn::tensor::Device;
use std::sync::Arc;

/// Stream of the shuffles, apart from the noise of the steps.
const SHUFFLE: u64 = 0x5348_5546;

/// Deals batches of a set's training pictures, every one once an epoch, in an order drawn anew each epoch.
pub struct DataLoader {
    data: Arc<Dataset>,
    seed: u64,
    epoch: u64,
    order: Vec<u32>,
}

impl DataLoader {
    /// Starts at the first epoch; there must be pictures to train on.
    pub fn new(data: Arc<Dataset>, seed: u64) -> Self {
        Self { data, seed, epoch: u64::MAX, order: Vec::new() }
    }

    /// Pictures in an epoch.
    pub fn len(&self) -> usize {
        self.data.train.pictures.len()
    }

    /// Whether there is nothing to deal.
    pub fn is_empty(&self) -> bool {
        self.data.train.pictures.is_empty()
    }

    /// The next `count` pictures after `seen` were dealt.
    pub fn batch(&mut self, seen: u64, count: usize, device: &Device) -> Batch {
        let n = self.len() as u64;
        let picks: Vec<usize> = (seen..seen + count as u64)
            .map(|k| {
                let epoch = k / n;
                if epoch != self.epoch {
                    self.epoch = epoch;
                    self.order = Noise::new(self.seed ^ SHUFFLE, epoch).permutation(n as usize);
                }
                self.order[(k % n) as usize] as usize
            })
            .collect();
        gather(&self.data.train, &picks, device)
    }
}

/// What a split holds: its pictures' shape, and which labels and further pictures they have.
pub fn facts(split: &Split) -> Facts {
    let Pictures { width, height, channels, .. } = split.pictures;
    let classes = split.classes().map_or_else(Vec::new, |(names, _)| names.to_vec());
    let shape = Shape { width, height, channels, classes: classes.len(), attributes: split.binary().len() };
    let column = |c: &Column| {
        let ColumnKind::Pictures(Pictures { width, height, channels, .. }) = c.kind else { return None };
        Some((c.name.clone(), Shape { width, height, channels, classes: 0, attributes: 0 }))
    };
    let factors = split.factors().into_iter().map(|a| a.name.clone()).collect();
    Facts { shape, classes, factors, columns: split.columns.iter().filter_map(column).collect() }
}
