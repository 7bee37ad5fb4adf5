//! What a model that enlarges pictures is worth: PSNR, SSIM and the energy of slopes of what it makes of small versions of
//! held-out pictures, beside what bicubic interpolation makes of them.
//!
//! Must not know: messages, the window, any one system.

use super::psnr::{Likeness, likeness};
use crate::data::Split;
use crate::nn::Watch;
use crate::nn::host::floats;
use crate::nn::resample::bicubic;
use crate::zoo::model::Fed;
use crate::zoo::{Given, Held, gather};
use burn::tensor::Device;
use serde::Serialize;

/// Pictures at once.
const BATCH: usize = 25;

/// Means over pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Upscaled {
    /// By how much pictures are enlarged.
    pub factor: usize,
    /// The model's.
    pub model: Likeness,
    /// Bicubic interpolation's.
    pub bicubic: Likeness,
}

/// Measures it on these of the pictures. `None`: the model enlarges no pictures.
pub fn measure(
    model: &Held,
    test: &Split,
    picks: &[usize],
    device: &Device,
) -> Result<Option<Upscaled>, String> {
    let Some(large) = model.model().upscaler() else { return Ok(None) };
    let factor = large.factor();
    let mut sums = [Likeness::default(); 2];
    let mut count = 0.0;
    for picks in picks.chunks(BATCH) {
        let x = gather(test, picks, device)?.x;
        let Some((_, low)) = model.model().read(x.clone()).into_iter().next() else { return Ok(None) };
        let Fed::Picture(low) = low else { return Ok(None) };
        let [_, c, h, w] = x.dims();
        let simple = bicubic(low.clone(), [h, w]).clamp(0.0, 1.0); // [n, c, h, w]
        let Some(drawn) = model.model().forward(&Given(vec![Fed::Picture(low)]), &mut Watch::nobody()) else {
            return Ok(None);
        };
        let (truth, drawn, simple) = (floats(x), floats(drawn), floats(simple));
        let size = c * h * w;
        for (truth, pair) in truth.chunks(size).zip(drawn.chunks(size).zip(simple.chunks(size))) {
            for (sum, own) in sums.iter_mut().zip([pair.0, pair.1]) {
                let l = likeness(own, truth, [c, h, w], factor);
                sum.psnr += l.psnr;
                sum.energy += l.energy;
                sum.ssim = l.ssim.map(|v| v + sum.ssim.unwrap_or(0.0));
            }
            count += 1.0;
        }
    }
    let mean = |l: Likeness| Likeness {
        psnr: l.psnr / count,
        ssim: l.ssim.map(|v| v / count),
        energy: l.energy / count,
    };
    Ok((count > 0.0).then(|| Upscaled { factor, model: mean(sums[0]), bicubic: mean(sums[1]) }))
}
