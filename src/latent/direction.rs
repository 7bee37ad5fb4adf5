//! A direction in latent space that means something, as a handle: a unit of it, where its middle is, how far a person
//! goes by default, how it was found and how well it works.
//!
//! Must not know: models, how positions are drawn.

use super::arithmetic::mean;
use super::classify::logistic;
use super::{add_scaled, dot};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// How a direction was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Mean of the latents that have it minus mean of those that have not (Larsen et al. 2016, VAE/GAN, section 3.3).
    Means,
    /// Normal of the plane that parts them best (Shen et al. 2020, InterFaceGAN).
    Normal,
    /// A component of the latents' variance.
    Pca,
    /// A component of the variance of hidden activations, carried back to z (Härkönen et al. 2020, GANSpace).
    Ganspace,
    /// An eigenvector of the first layer's AᵀA (Shen and Zhou 2021, SeFa).
    Sefa,
    /// Made from other directions, or by hand.
    Combined,
}

/// What a judge saw when latents were moved along a direction.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Latents that were moved.
    pub moved: usize,
    /// Share of them in which the attribute turned up.
    pub success: f64,
    /// Share of them in which each other attribute stayed as it was.
    pub kept: Vec<(String, f64)>,
}

/// A named direction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Direction {
    /// Its name ("Smiling").
    pub name: String,
    /// One unit of it.
    pub vector: Vec<f32>,
    /// Where its position is 0: z·v/|v|² there.
    pub centre: f32,
    /// How far + and − go, in units.
    pub strength: f32,
    /// From where to where the latents lie that it was learnt from, in units: one in two hundred is below, one above. `None`
    /// where it was learnt from none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<(f32, f32)>,
    /// How it was found.
    pub method: Method,
    /// How well it works, where a judge looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
}

impl Direction {
    /// Where a latent is along it, in units.
    pub fn position(&self, z: &[f32]) -> f32 {
        dot(z, &self.vector) / dot(&self.vector, &self.vector).max(f32::MIN_POSITIVE) - self.centre
    }

    /// From where to where its slider goes, and + and − do: where the data is, or one and a half steps each way.
    pub fn range(&self) -> (f32, f32) {
        let reach = (1.5 * self.strength.abs()).max(1.5);
        self.spread.unwrap_or((-reach, reach))
    }

    /// The latent moved to a position. With `keep_norm` what is across the direction shrinks or grows so that |z| stays, as
    /// far as that can be: see [`keeps_norm`].
    pub fn moved_to(&self, z: &[f32], position: f32, keep_norm: bool) -> Vec<f32> {
        let moved = add_scaled(z, position - self.position(z), &self.vector);
        if !keep_norm {
            return moved;
        }
        let along = position + self.centre;
        let across = add_scaled(&moved, -along, &self.vector);
        let (left, length2) =
            (dot(z, z) - along * along * dot(&self.vector, &self.vector), dot(&across, &across));
        if left <= 0.0 || length2 <= f32::MIN_POSITIVE {
            return moved;
        }
        let scaled: Vec<f32> = across.iter().map(|v| v * (left / length2).sqrt()).collect();
        add_scaled(&scaled, along, &self.vector)
    }

    /// The latent moved by so many units, but not out of [`Direction::range`].
    pub fn stepped(&self, z: &[f32], units: f32, keep_norm: bool) -> Vec<f32> {
        let (low, high) = self.range();
        let now = self.position(z);
        // What is outside already stays there, and does not jump back.
        let to = if units > 0.0 { (now + units).min(high.max(now)) } else { (now + units).max(low.min(now)) };
        self.moved_to(z, to, keep_norm)
    }

    /// Whether it can be used on latents of so many dimensions: finite, as long, not zero.
    pub fn fits(&self, dims: usize) -> bool {
        self.vector.len() == dims
            && self.vector.iter().all(|v| v.is_finite())
            && self.centre.is_finite()
            && self.strength.is_finite()
            && self.spread.is_none_or(|(low, high)| low < high && (high - low).is_finite())
            && dot(&self.vector, &self.vector) > 1e-12
    }

    /// Σ weight·direction, each in its own units. Empty vector for no parts.
    pub fn combine(name: String, parts: &[(f32, &Direction)]) -> Self {
        let dims = parts.first().map_or(0, |(_, d)| d.vector.len());
        let vector = parts.iter().fold(vec![0.0; dims], |sum, (w, d)| add_scaled(&sum, *w, &d.vector));
        Self {
            name,
            vector,
            centre: 0.0,
            strength: 1.0,
            spread: None,
            method: Method::Combined,
            report: None,
        }
    }
}

/// The direction from latents that have it not to those that have it, by their labels. One unit is as far as it is
/// between the two means along the direction; position 0 lies in the middle.
/// `others`: labels of attributes that must not come along: the direction has no part along the normal of their
/// classifiers. Fails with a sentence when a class has too few members.
pub fn from_labels<T: AsRef<[f32]>>(
    name: &str,
    latents: &[T],
    labels: &[bool],
    others: &[Vec<bool>],
    method: Method,
) -> Result<Direction, String> {
    let part = |wanted: bool| -> Vec<&[f32]> {
        latents.iter().zip(labels).filter(|(_, l)| **l == wanted).map(|(z, _)| z.as_ref()).collect()
    };
    let (with, without) = (part(true), part(false));
    if with.is_empty() || without.is_empty() {
        let missing = if with.is_empty() { "has" } else { "lacks" };
        return Err(format!(
            "no latent {missing} {name}, so its direction can't be found; use more pictures or other data"
        ));
    }
    let (has, lacks) = (mean(&with), mean(&without));
    let difference = add_scaled(&has, -1.0, &lacks);
    let raw = match method {
        Method::Normal => {
            logistic(latents, labels)
                .ok_or_else(|| format!("no plane parts the latents by {name}; use more pictures"))?
                .weights
        }
        _ => difference.clone(),
    };
    let normals: Vec<Vec<f32>> = others.iter().filter_map(|l| Some(logistic(latents, l)?.weights)).collect();
    let vector = project_out(&raw, &normals);
    let length2 = dot(&vector, &vector);
    if length2 <= 1e-12 * dot(&raw, &raw) {
        return Err(format!(
            "nothing of {name} is left once the other attributes are projected out; keep fewer"
        ));
    }
    // In units of the distance between the means along it.
    let unit = dot(&difference, &vector) / length2;
    let unit = if unit.abs() < 1e-6 { 1.0 / length2.sqrt() } else { unit };
    let vector: Vec<f32> = vector.iter().map(|v| v * unit).collect();
    let middle = add_scaled(&has, 1.0, &lacks);
    let centre = 0.5 * dot(&middle, &vector) / dot(&vector, &vector);
    let found =
        Direction { name: name.into(), vector, centre, strength: 1.0, spread: None, method, report: None };
    let mut positions: Vec<f32> = latents.iter().map(|z| found.position(z.as_ref())).collect();
    positions.sort_by(f32::total_cmp);
    let outer = positions.len() / 200;
    let spread = positions.get(outer).copied().zip(positions.iter().rev().nth(outer).copied());
    Ok(Direction { spread: spread.filter(|(low, high)| low < high), ..found })
}

/// Whether moves along directions keep |z|: where there is no encoder, latents were only ever drawn from the prior, nearly
/// all of whose mass lies at |z| ≈ √dims once these are many, and elsewhere a generator has learnt nothing.
pub fn keeps_norm(has_encoder: bool, dims: usize) -> bool {
    const MANY: usize = 16;
    !has_encoder && dims >= MANY
}

/// The part of `v` that is orthogonal to all of `others`.
pub fn project_out(v: &[f32], others: &[Vec<f32>]) -> Vec<f32> {
    if others.is_empty() {
        return v.to_vec();
    }
    let (d, k) = (v.len(), others.len());
    let basis = DMatrix::from_fn(d, k, |i, j| f64::from(others[j][i]));
    let svd = basis.svd(true, false);
    let Some(u) = svd.u else { return v.to_vec() };
    let largest = svd.singular_values.iter().copied().fold(0.0, f64::max);
    let mut rest: Vec<f64> = v.iter().map(|v| f64::from(*v)).collect();
    for (j, s) in svd.singular_values.iter().enumerate() {
        if *s > 1e-9 * largest {
            let column = u.column(j);
            let along: f64 = column.iter().zip(&rest).map(|(a, b)| a * b).sum();
            rest.iter_mut().zip(column.iter()).for_each(|(r, c)| *r -= along * c);
        }
    }
    rest.into_iter().map(|v| v as f32).collect()
}
