//! How right translations of pictures are where the true ones are known, as of drawn faces that stand in another world: how far they
//! are from the truth, beside how far the pictures were that went in, and whether they come home.
//!
//! Must not know: how the truth is drawn, messages, the window.

use crate::data::Pictures;
use crate::nn::host::floats;
use crate::zoo::Held;
use crate::zoo::batch::pictures;
use burn::tensor::{Device, Tensor};
use serde::Serialize;

/// Pictures translated at once.
const BATCH: usize = 50;
/// Most pictures that are looked at, the first ones.
const MOST: usize = 500;
/// A translation is right that is nearer to the truth than this share of what the picture was that went in.
pub const RIGHT: f32 = 0.5;

/// Figures of one way.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Translated {
    /// Which way ("day → dusk").
    pub way: String,
    /// Pictures that were looked at.
    pub pictures: usize,
    /// Mean L1 of the translations to the truth, 0–1 scale.
    pub l1: f64,
    /// The same of the pictures as they went in: what doing nothing would have.
    pub l1_untouched: f64,
    /// Share of pictures translated rightly: nearer to the truth than half of what they were ([`RIGHT`]).
    pub right: f64,
    /// Mean L1 of the pictures to themselves after there and back.
    pub cycle: f64,
}

/// Mean absolute difference of each picture of two batches `[n, c, h, w]`.
fn apart(x: &Tensor<4>, y: &Tensor<4>) -> Vec<f32> {
    floats((x.clone() - y.clone()).abs().flatten::<2>(1, 3).mean_dim(1)) // [n, 1]
}

/// Measures one way: `of` are pictures of the first domain (`back`: of the second), `truth` the true translation of each.
/// `None`: the model translates nothing, or there are no pictures. Fails where a picture can't be read.
pub fn measure(
    model: &Held,
    of: &Pictures,
    truth: &Pictures,
    back: bool,
    device: &Device,
) -> Result<Option<Translated>, String> {
    let Some(translator) = model.model().translator() else { return Ok(None) };
    let count = of.len().min(truth.len()).min(MOST);
    if count == 0 {
        return Ok(None);
    }
    let [first, second] = translator.domains();
    let way = if back { format!("{second} → {first}") } else { format!("{first} → {second}") };
    let mut sums = Translated { way, pictures: count, ..Translated::default() };
    let all: Vec<usize> = (0..count).collect();
    for picks in all.chunks(BATCH) {
        let (x, y) = (pictures(of, picks, device)?, pictures(truth, picks, device)?); // [n, c, h, w] each
        let drawn = translator.translate(x.clone(), back); // [n, c, h, w]
        let home = translator.translate(drawn.clone(), !back); // [n, c, h, w]
        let (now, before, again) = (apart(&drawn, &y), apart(&x, &y), apart(&home, &x));
        for ((now, before), again) in now.into_iter().zip(before).zip(again) {
            sums.l1 += f64::from(now);
            sums.l1_untouched += f64::from(before);
            sums.cycle += f64::from(again);
            sums.right += f64::from(u8::from(now < RIGHT * before));
        }
    }
    let n = count as f64;
    let Translated { l1, l1_untouched, right, cycle, .. } = sums;
    Ok(Some(Translated {
        l1: l1 / n,
        l1_untouched: l1_untouched / n,
        right: right / n,
        cycle: cycle / n,
        ..sums
    }))
}
