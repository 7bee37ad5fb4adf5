//! What truncation gains and loses (Brock et al. 2019): precision and recall of samples of the prior cut off ever nearer to its
//! middle.
//!
//! Must not know: who asks, messages, the window.

use super::evaluate::{drawn, read, selection};
use super::frechet::Moments;
use super::judge::Named;
use super::manifold::precision_recall;
use super::requested;
use crate::data::Split;
use crate::latent::prior::Spread;
use crate::zoo::Held;
use burn::tensor::Device;

/// Where the prior is cut off, σ; the last is the whole prior.
pub const CUTS: [Option<f32>; 6] = [Some(0.25), Some(0.5), Some(0.75), Some(1.0), Some(1.5), None];

/// Figures of samples of one truncation, in the judge's features.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traded {
    /// Where the prior was cut off, σ; `None` = nowhere.
    pub truncation: Option<f32>,
    /// Share of samples on the data's manifold, 0–1.
    pub precision: f64,
    /// Share of data on the samples' manifold, 0–1.
    pub recall: f64,
    /// Fréchet distance to held-out pictures.
    pub frechet: Option<f64>,
    /// Share of samples that are named as the class that they were asked for.
    pub agreement: Option<f64>,
}

/// Measures every one of [`CUTS`] on `count` samples, and as many held-out pictures at most. Fails with a sentence where that is too
/// few, or when `go_on`, which is told how many cuts are measured and of how many, says no.
pub fn measure(
    model: &Held,
    judge: Named<'_>,
    test: &Split,
    count: usize,
    device: &Device,
    go_on: &dyn Fn(usize, usize) -> bool,
) -> Result<Vec<Traded>, String> {
    let mut picks = selection(test);
    picks.truncate(count);
    let unread = "the judge can't read these pictures";
    let real = read(judge, test, &picks, device)?.ok_or(unread)?;
    let names = requested::classes(model);
    let mut all = Vec::new();
    for (i, truncation) in CUTS.into_iter().enumerate() {
        let samples = picks.len();
        let wanted = || go_on(i, CUTS.len());
        let drawn = drawn(model, judge, samples, Spread::cut(truncation), device, &wanted)?;
        let (precision, recall) = precision_recall(&real.features, &drawn.features)
            .ok_or_else(|| format!("{samples} held-out pictures are too few to compare samples with"))?;
        let moments = Moments::of(&drawn.features).zip(Moments::of(&real.features));
        let frechet = moments.map(|(a, b)| a.distance(&b));
        let agreement = requested::agreement(judge, &names, &drawn);
        all.push(Traded { truncation, precision, recall, frechet, agreement });
    }
    Ok(all)
}
