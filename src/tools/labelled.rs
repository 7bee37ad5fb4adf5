//! Latents of which it is known what they show: encodings of labelled pictures, or samples that a judge looked at.
//!
//! Must not know: what is made of them.

use super::{BATCH, Tick, decode, rows, tick};
use crate::data::{AttributeKind, Split};
use crate::metrics::judge::{CONFIDENT, Named, Reading};
use crate::nn::Noise;
use crate::zoo::{Held, gather};
use burn::tensor::Device;

/// Latents with their attributes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labelled {
    /// The latents.
    pub z: Vec<Vec<f32>>,
    /// Names of the attributes. A class counts as an attribute of its own.
    pub names: Vec<String>,
    /// For each attribute, which latents have it.
    pub has: Vec<Vec<bool>>,
    /// For each attribute, how sure a judge is that the model's picture of each latent has it, 0–1; empty where it does
    /// not know the attribute. Empty where there is no judge to be trusted.
    pub seen: Vec<Vec<f32>>,
}

/// Probability from which a judge's word makes a label; below 1 − it, the other label.
const SAYS: f32 = 0.5;

impl Labelled {
    /// Which latents have the attribute. Fails with a sentence that lists the names there are.
    pub fn column(&self, name: &str) -> Result<&[bool], String> {
        let found = self.names.iter().position(|n| n.eq_ignore_ascii_case(name));
        found.map(|i| self.has[i].as_slice()).ok_or_else(|| {
            if self.names.is_empty() {
                return format!("nothing is labelled here, so \"{name}\" is not known");
            }
            format!("there is no attribute \"{name}\"; there are {}", self.names.join(", "))
        })
    }

    /// Whether no latent has two of the attributes, as with the classes of a data set.
    pub fn exclusive(&self) -> bool {
        (0..self.z.len()).all(|i| self.has.iter().filter(|column| column.get(i) == Some(&true)).count() <= 1)
    }

    /// Latents that have the attribute (or lack it, `wanted` = false), and plainly so in the model's picture where a
    /// judge looked: a picture that does not show it is a poor example of it.
    pub fn examples(&self, name: &str, wanted: bool) -> Result<Vec<bool>, String> {
        let column = self.column(name)?;
        let index = self.names.iter().position(|n| n.eq_ignore_ascii_case(name)).unwrap_or(0);
        let plainly = |i: usize| {
            let p = self.seen.get(index).and_then(|s| s.get(i)).copied();
            p.is_none_or(|p| if wanted { p >= CONFIDENT } else { p <= 1.0 - CONFIDENT })
        };
        Ok((0..column.len()).map(|i| column[i] == wanted && plainly(i)).collect())
    }

    /// Lets a judge look at the model's picture of every latent; of an attribute that it does not know nothing is kept.
    pub fn look(
        &mut self,
        model: &Held,
        judge: Named<'_>,
        device: &Device,
        progress: Tick<'_>,
    ) -> Result<(), String> {
        let mut reading = Reading::default();
        let total = self.z.len();
        decode(model, &self.z, device, |done, x| {
            tick(progress, done, total)?;
            judge.read(x, &mut reading).then_some(()).ok_or("the judge is no classifier".into())
        })?;
        let names = verdicts(judge, &reading).0;
        let column = |name: &String| match names.iter().position(|n| n == name) {
            Some(k) => reading.probabilities.iter().map(|row| row[k]).collect(),
            None => Vec::new(),
        };
        self.seen = self.names.iter().map(column).collect();
        Ok(())
    }

    /// Correlation (φ) of two attributes, −1 to 1; 0 where one of them is the same everywhere.
    pub fn correlation(a: &[bool], b: &[bool]) -> f64 {
        let n = a.len().min(b.len()).max(1) as f64;
        let count = |of: &dyn Fn(bool, bool) -> bool| {
            a.iter().zip(b).filter(|(a, b)| of(**a, **b)).count() as f64 / n
        };
        let (pa, pb, both) = (count(&|a, _| a), count(&|_, b| b), count(&|a, b| a && b));
        let scale = (pa * (1.0 - pa) * pb * (1.0 - pb)).sqrt();
        if scale > 0.0 { (both - pa * pb) / scale } else { 0.0 }
    }
}

/// Whether a judge can be trusted with such pictures: a judge of drawn faces knows the names of photographs' attributes,
/// but not what they look like. It must be right about the pictures' own labels, as the mean over the attributes of
/// the share of those with it and of those without it.
pub fn trusts(judge: Named<'_>, split: &Split, device: &Device) -> bool {
    const PICTURES: usize = 256;
    const RIGHT: f64 = 0.75;
    let split = split.head(PICTURES);
    let all: Vec<usize> = (0..split.pictures.len()).collect();
    let mut reading = Reading::default();
    if !all
        .chunks(BATCH)
        .all(|picks| gather(&split, picks, device).is_ok_and(|batch| judge.read(batch.x, &mut reading)))
    {
        return false;
    }
    let ((names, says), (labels, truth)) = (verdicts(judge, &reading), labels(&split));
    let balanced = |name: &String, said: &Vec<bool>| {
        let truth = &truth[labels.iter().position(|l| l == name)?];
        let right = |wanted: bool| {
            let of: Vec<bool> =
                said.iter().zip(truth).filter(|(_, t)| **t == wanted).map(|(s, _)| *s).collect();
            (!of.is_empty()).then(|| of.iter().filter(|s| **s == wanted).count() as f64 / of.len() as f64)
        };
        Some((right(true)? + right(false)?) / 2.0)
    };
    let shares: Vec<f64> = names.iter().zip(&says).filter_map(|(n, s)| balanced(n, s)).collect();
    !shares.is_empty() && shares.iter().sum::<f64>() / shares.len() as f64 >= RIGHT
}

/// What the labels of a data set say of each picture: binary attributes, and each class by its name.
pub fn labels(split: &Split) -> (Vec<String>, Vec<Vec<bool>>) {
    let (mut names, mut has) = (Vec::new(), Vec::new());
    for attribute in &split.attributes {
        match &attribute.kind {
            AttributeKind::Binary => {
                names.push(attribute.name.clone());
                has.push(attribute.values.iter().map(|v| *v > 0.5).collect());
            }
            AttributeKind::Class(classes) => {
                for (k, class) in classes.iter().enumerate() {
                    names.push(class.clone());
                    has.push(attribute.values.iter().map(|v| *v as usize == k).collect());
                }
            }
            AttributeKind::Continuous { .. } => {}
        }
    }
    (names, has)
}

/// Posterior means of pictures, `[n][z]`. Fails for a model without an encoder, or when cancelled.
pub fn encode(
    model: &Held,
    split: &Split,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Vec<Vec<f32>>, String> {
    let all: Vec<usize> = (0..split.pictures.len()).collect();
    let mut z = Vec::with_capacity(all.len());
    for picks in all.chunks(BATCH) {
        tick(progress, z.len(), all.len())?;
        let (mean, _) = model.encode(gather(split, picks, device)?.x).ok_or("this model has no encoder")?;
        z.extend(rows(mean));
    }
    Ok(z)
}

/// Encodings of labelled pictures.
pub fn encoded(model: &Held, split: &Split, device: &Device, progress: Tick<'_>) -> Result<Labelled, String> {
    let (names, has) = labels(split);
    if names.is_empty() {
        return Err("these pictures have no labels; choose data with attributes or classes".into());
    }
    Ok(Labelled { z: encode(model, split, device, progress)?, names, has, seen: Vec::new() })
}

/// `count` samples from the prior, labelled by the judge.
pub fn sampled(
    model: &Held,
    judge: Named<'_>,
    count: usize,
    seed: u64,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Labelled, String> {
    let values = Noise::new(seed, 0).normals(count * model.latent_dims());
    let z: Vec<Vec<f32>> = values.chunks(model.latent_dims().max(1)).map(<[f32]>::to_vec).collect();
    let mut reading = Reading::default();
    decode(model, &z, device, |done, x| {
        tick(progress, done, count)?;
        judge.read(x, &mut reading).then_some(()).ok_or("the judge is no classifier".into())
    })?;
    let (names, has) = verdicts(judge, &reading);
    let column = |k: usize| reading.probabilities.iter().map(|row| row[k]).collect();
    let seen = (0..names.len()).map(column).collect();
    Ok(Labelled { z, names, has, seen })
}

/// A judge's reading as labels: of attributes those more likely than not, of classes the likeliest.
pub fn verdicts(judge: Named<'_>, reading: &Reading) -> (Vec<String>, Vec<Vec<bool>>) {
    let outputs = reading.probabilities.first().map_or(0, Vec::len);
    let names = judge.by_name(vec![(); outputs]).0.into_iter().map(|(name, ())| name).collect();
    let has = |k: usize| reading.probabilities.iter().map(|row| says(judge, row, k)).collect();
    (names, (0..outputs).map(has).collect())
}

fn says(judge: Named<'_>, row: &[f32], k: usize) -> bool {
    if judge.model.independent() { row[k] >= SAYS } else { row.iter().all(|p| *p <= row[k]) }
}
