//! Latents for a map: encodings of pictures, or samples that a judge looked at, with their principal components; and
//! their t-SNE.
//!
//! Must not know: how a map is drawn.

use super::{CANCELLED, Labelled, Tick, labelled, tick};
use crate::data::{Attribute, AttributeKind, Pictures, Split};
use crate::latent::pca::{Pca, pca};
use crate::latent::tsne::{self, EMBEDDED};
use crate::metrics::judge::Named;
use crate::nn::Noise;
use crate::zoo::Held;
use burn::tensor::Device;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Latents with what is known of them.
#[derive(Default, PartialEq)]
pub struct Points {
    /// What they are, in words.
    pub title: String,
    /// Numbers in a latent.
    pub dims: usize,
    /// The latents, one after the other.
    pub rows: Vec<f32>,
    /// What they show: the data's labels, or a judge's word.
    pub attributes: Vec<Attribute>,
    /// The pictures that were encoded; none for samples.
    pub pictures: Option<Pictures>,
    /// Their first two principal components.
    pub pca: Pca,
    /// Coordinates along those.
    pub flat: Vec<[f32; 2]>,
    /// Share of the variance that each of the two carries, 0–1.
    pub share: [f32; 2],
    /// Follows from the latents.
    pub key: u64,
}

impl std::fmt::Debug for Points {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Points({}, {} × {})", self.title, self.len(), self.dims)
    }
}

impl Points {
    /// Points from latents.
    pub fn new(
        title: String,
        latents: &[Vec<f32>],
        attributes: Vec<Attribute>,
        pictures: Option<Pictures>,
    ) -> Self {
        let dims = latents.first().map_or(0, Vec::len);
        let mut pca = pca(latents, dims);
        let total: f32 = pca.variances.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        let part = |k: usize| pca.variances.get(k).map_or(0.0, |v| v / total);
        let share = [part(0), part(1)];
        pca.components.truncate(2);
        pca.variances.truncate(2);
        let flat = |z: &Vec<f32>| {
            let at = pca.project(z);
            [at.first().copied().unwrap_or(0.0), at.get(1).copied().unwrap_or(0.0)]
        };
        let flat = latents.iter().map(flat).collect();
        let rows: Vec<f32> = latents.iter().flatten().copied().collect();
        let mut hasher = DefaultHasher::new();
        rows.iter().for_each(|v| v.to_bits().hash(&mut hasher));
        Self { title, dims, rows, attributes, pictures, pca, flat, share, key: hasher.finish() }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.rows.len().checked_div(self.dims).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Latent `i`; empty past the end.
    pub fn z(&self, i: usize) -> &[f32] {
        self.rows.get(i * self.dims..(i + 1) * self.dims).unwrap_or_default()
    }
}

/// Points from pictures by the model's encoder (posterior means). Fails for a model without one, or when cancelled.
pub fn encoded(
    model: &Held,
    title: String,
    split: Split,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Points, String> {
    let latents = labelled::encode(model, &split, device, progress)?;
    Ok(Points::new(title, &latents, split.attributes, Some(split.pictures)))
}

/// Points from the prior; what they show is the judge's word, where there is one.
pub fn sampled(
    model: &Held,
    judge: Option<Named<'_>>,
    count: usize,
    device: &Device,
    progress: Tick<'_>,
) -> Result<Points, String> {
    const SEED: u64 = 0x3a9;
    let dims = model.latent_dims();
    if dims == 0 {
        return Err("this model has no latent space, so there is nothing to map".into());
    }
    let (z, attributes) = match judge {
        Some(judge) => {
            let Labelled { z, names, has, .. } =
                labelled::sampled(model, judge, count, SEED, device, progress)?;
            (z, said(judge, &names, &has))
        }
        None => {
            tick(progress, 0, count)?;
            let values = Noise::new(SEED, 0).normals(count * dims);
            (values.chunks(dims).map(<[f32]>::to_vec).collect(), Vec::new())
        }
    };
    Ok(Points::new("samples from the prior".into(), &z, attributes, None))
}

/// A judge's words as labels: one column of classes, or a column an attribute.
fn said(judge: Named<'_>, names: &[String], has: &[Vec<bool>]) -> Vec<Attribute> {
    if judge.model.independent() {
        let column = |(name, has): (&String, &Vec<bool>)| {
            let values = has.iter().map(|h| f32::from(u8::from(*h))).collect();
            Attribute::new(name, AttributeKind::Binary, values)
        };
        return names.iter().zip(has).map(column).collect();
    }
    let count = has.first().map_or(0, Vec::len);
    let class = |i: usize| has.iter().position(|h| h[i]).map_or(-1.0, |k| k as f32);
    let values = (0..count).map(class).collect();
    vec![Attribute::new("class", AttributeKind::Class(names.to_vec()), values)]
}

/// A t-SNE map of points.
#[derive(Default, PartialEq)]
pub struct Tsne {
    /// A place for each point.
    pub xy: Vec<[f32; 2]>,
    /// Latents of the points that were embedded, one after the other.
    pub rows: Vec<f32>,
    /// Their places.
    pub embedded: Vec<[f32; 2]>,
    /// Key of the points.
    pub key: u64,
}

impl std::fmt::Debug for Tsne {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tsne({} of {} embedded)", self.embedded.len(), self.xy.len())
    }
}

/// Embeds at most [`EMBEDDED`] points, evenly spread over all, by t-SNE, and places the others between their nearest
/// embedded ones.
pub fn tsne(points: &Points, progress: Tick<'_>) -> Result<Tsne, String> {
    let (n, dims) = (points.len(), points.dims);
    if n < 3 {
        return Err("t-SNE needs at least three points; map more".into());
    }
    let m = n.min(EMBEDDED);
    let picks: Vec<usize> = (0..m).map(|i| i * n / m).collect();
    let chosen: Vec<&[f32]> = picks.iter().map(|i| points.z(*i)).collect();
    // Placing one of the others costs about a fifty-thousandth of all iterations.
    let placing = (n - m) / 1000;
    let go_on = |done: usize, total: usize| progress(done, total + placing);
    let embedded = tsne::tsne(&chosen, &go_on).ok_or(CANCELLED)?;
    let rows: Vec<f32> = chosen.iter().flat_map(|z| z.iter().copied()).collect();
    let mut xy = Vec::with_capacity(n);
    let mut next = 0;
    for i in 0..n {
        if i % 500 == 0 {
            tick(progress, tsne::ITERATIONS + i / 1000, tsne::ITERATIONS + placing)?;
        }
        if picks.get(next) == Some(&i) {
            xy.push(embedded[next]);
            next += 1;
        } else {
            xy.push(tsne::place(&rows, &embedded, &points.rows[i * dims..(i + 1) * dims]));
        }
    }
    Ok(Tsne { xy, rows, embedded, key: points.key })
}
