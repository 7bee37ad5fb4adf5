//! A plane through latent space: two handles as axes, evenly ruled in standard deviations or in probability, all else as
//! in the latent it passes through (the manifold grid of Kingma and Welling 2014, figure 4).
//!
//! Must not know: how pictures of it are drawn.

use super::prior::{quantile, share_below};
use super::{Direction, add_scaled, dot, norm};

/// One axis of a plane. Its coordinate s of a latent is the prior's σ from the prior's mean along it.
#[derive(Clone, Debug, PartialEq)]
pub enum Axis {
    /// A dimension of z.
    Dimension(usize),
    /// Along a unit vector: s = z·e, which is N(0, 1) under the prior, as each dimension is.
    Along(Vec<f32>),
}

impl Axis {
    /// Along a direction, whatever its unit and centre.
    pub fn direction(d: &Direction) -> Self {
        let length = norm(&d.vector).max(f32::MIN_POSITIVE);
        Self::Along(d.vector.iter().map(|v| v / length).collect())
    }

    /// The coordinate of a latent.
    pub fn of(&self, z: &[f32]) -> f32 {
        match self {
            Self::Dimension(i) => z.get(*i).copied().unwrap_or(0.0),
            Self::Along(e) => dot(z, e),
        }
    }

    fn unit(&self, dims: usize) -> Vec<f32> {
        match self {
            Self::Dimension(i) => (0..dims).map(|j| f32::from(u8::from(*i == j))).collect(),
            Self::Along(e) => e.clone(),
        }
    }
}

/// What is even along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ruling {
    /// Equal steps are equally probable: positions are 0–1, s = Φ⁻¹(position).
    #[default]
    Probability,
    /// Equal steps are equal distances: positions are σ.
    Sigma,
}

impl Ruling {
    /// Coordinate s of a position.
    pub fn coordinate(self, position: f32) -> f32 {
        match self {
            Self::Probability => quantile(position),
            Self::Sigma => position,
        }
    }

    /// Position of a coordinate s.
    pub fn position(self, s: f32) -> f32 {
        match self {
            Self::Probability => share_below(s),
            Self::Sigma => s,
        }
    }

    /// Middle and half-width of the whole of it: all probability, or ±2.5 σ.
    pub fn whole(self) -> (f32, f32) {
        match self {
            Self::Probability => (0.5, 0.5),
            Self::Sigma => (0.0, 2.5),
        }
    }
}

/// A plane through a latent.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// What goes to the right.
    pub right: Axis,
    /// What goes up.
    pub up: Axis,
    /// What is even.
    pub ruling: Ruling,
}

impl Plane {
    /// The latent with these coordinates, and as `z` in all that is orthogonal to both axes.
    pub fn through(&self, z: &[f32], right: f32, up: f32) -> Vec<f32> {
        if let (Axis::Dimension(i), Axis::Dimension(j)) = (&self.right, &self.up) {
            let mut z = z.to_vec();
            for (k, v) in [(*i, right), (*j, up)] {
                if let Some(slot) = z.get_mut(k) {
                    *slot = v;
                }
            }
            return z;
        }
        let (e, f) = (self.right.unit(z.len()), self.up.unit(z.len()));
        let (a, b) = (right - self.right.of(z), up - self.up.of(z));
        // Axes that are not orthogonal move each other: both coordinates come out right by the Gram matrix.
        let c = dot(&e, &f);
        let rest = 1.0 - c * c;
        let (x, y) = if rest > 1e-4 { ((a - c * b) / rest, (b - c * a) / rest) } else { (a, 0.0) };
        add_scaled(&add_scaled(z, x, &e), y, &f)
    }

    /// The latents of `columns × rows` cells, row by row from above. Cell (i, j) lies around position
    /// (i + ½, j + ½) · `step`, j upwards; `first`: the lowest i and j.
    pub fn cells(
        &self,
        z: &[f32],
        first: [i64; 2],
        (columns, rows): (usize, usize),
        step: f32,
    ) -> Vec<Vec<f32>> {
        let s = |k: i64| self.ruling.coordinate((k as f32 + 0.5) * step);
        let row = |j: i64| (0..columns as i64).map(move |i| (first[0] + i, j));
        let places = (0..rows as i64).rev().flat_map(|j| row(first[1] + j));
        places.map(|(i, j)| self.through(z, s(i), s(j))).collect()
    }
}
