//! Whether pictures show what their captions say: a classifier looks for each attribute that a caption of drawn faces names.
//!
//! Must not know: how pictures are drawn, messages, the window.

use super::judge::{ByName, Named, Reading};
use crate::data::Split;
use crate::data::faces::captions::named;
use crate::nn::{Noise, Watch};
use crate::point::{Kind, Point, Value, Values};
use crate::zoo::Held;
use crate::zoo::batch::pictures;
use burn::tensor::Device;
use serde::Serialize;
use std::collections::BTreeMap;

/// Captions that are drawn, at most.
const MOST: usize = 200;
/// Pictures drawn at once.
const BATCH: usize = 50;
/// Seed of the latents.
const SEED: u64 = 0xca97;

/// Figures of samples of held-out captions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Captioned {
    /// Samples, each of a caption of its own.
    pub samples: usize,
    /// Attributes that their captions name, all together.
    pub named: usize,
    /// Share of these that are in the sample as its caption says, by the classifier.
    pub right: f64,
    /// The same share for the caption of another sample: what a model has that does not read.
    pub right_of_others: f64,
    /// The same share of real pictures with their captions: what the classifier has at best.
    pub right_of_data: f64,
    /// Share by attribute, of samples.
    pub by_attribute: ByName<f64>,
}

/// Of how many named attributes how many are right.
#[derive(Clone, Copy, Default)]
struct Tally([usize; 2]);

impl Tally {
    fn add(&mut self, right: bool) {
        self.0[0] += usize::from(right);
        self.0[1] += 1;
    }

    fn share(self) -> f64 {
        self.0[0] as f64 / self.0[1].max(1) as f64
    }
}

/// Draws held-out captions and asks the judge. `None`: the model takes no caption, the data has none, or the judge names none of the
/// attributes that captions name. Fails where pictures can't be read.
pub fn measure(
    model: &Held,
    judge: Named<'_>,
    test: &Split,
    device: &Device,
) -> Result<Option<Captioned>, String> {
    let takes = model.inputs().iter().find(|i| matches!(i.kind, Kind::Text { .. }));
    let (Some(input), Some((_, captions)), true) = (takes, test.captions(), judge.model.independent()) else {
        return Ok(None);
    };
    let fits = |text: &&String| input.check(&Value::Text((*text).clone())).is_ok();
    // Which of the pictures each belongs to, for the real ones.
    let (whose, captions): (Vec<usize>, Vec<&String>) =
        captions.iter().enumerate().filter(|(_, text)| fits(text)).take(MOST).unzip();
    let (count, dims) = (captions.len(), model.latent_dims());
    let latents = Noise::new(SEED, 0).normals(count * dims);
    let point = |i: usize| Point {
        z: latents[i * dims..(i + 1) * dims].to_vec(),
        held: Values::from([(input.name.clone(), Value::Text(captions[i].clone()))]),
    };
    let points: Vec<Point> = (0..count).map(point).collect();
    let (mut drawn, mut real) = (Reading::default(), Reading::default());
    for (points, picks) in points.chunks(BATCH).zip(whose.chunks(BATCH)) {
        let Some(x) = model.draw(points, device, &mut Watch::nobody()) else { return Ok(None) };
        judge.read(x, &mut drawn);
        judge.read(pictures(&test.pictures, picks, device)?, &mut real);
    }
    let (mut right, mut others, mut data) = (Tally::default(), Tally::default(), Tally::default());
    let mut each: BTreeMap<&str, Tally> = BTreeMap::new();
    for (i, caption) in captions.iter().enumerate() {
        for (attribute, there) in named(caption) {
            let Some(k) = judge.outputs.iter().position(|o| o == attribute) else { continue };
            let says = |reading: &Reading, i: usize| reading.probabilities[i][k] > 0.5;
            let own = says(&drawn, i) == there;
            right.add(own);
            each.entry(attribute).or_default().add(own);
            others.add(says(&drawn, (i + 1) % count) == there);
            data.add(says(&real, i) == there);
        }
    }
    let by_attribute = each.into_iter().map(|(name, tally)| (name.to_owned(), tally.share())).collect();
    Ok((right.0[1] > 0).then(|| Captioned {
        samples: count,
        named: right.0[1],
        right: right.share(),
        right_of_others: others.share(),
        right_of_data: data.share(),
        by_attribute: ByName(by_attribute),
    }))
}
