//! A way through several points, in time: what a morph plays and a film shows.
//!
//! Must not know: how a latent is drawn, frames, files.

use super::interpolate::{lerp, slerp};
use crate::point::Point;
use serde::{Deserialize, Serialize};

/// How two neighbouring keyframes are joined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interpolation {
    /// Along the sphere.
    #[default]
    Spherical,
    /// Straight.
    Linear,
}

/// How time goes by between two keyframes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Easing {
    /// Evenly.
    Even,
    /// Slow at each keyframe, quick between: 3t² − 2t³.
    #[default]
    Smooth,
    /// Slower still: 6t⁵ − 15t⁴ + 10t³ (Perlin 2002).
    Smoother,
}

impl Easing {
    /// 0–1 → 0–1.
    pub fn ease(self, t: f32) -> f32 {
        match self {
            Self::Even => t,
            Self::Smooth => t * t * (3.0 - 2.0 * t),
            Self::Smoother => t * t * t * (t * (6.0 * t - 15.0) + 10.0),
        }
    }
}

/// A way through keyframes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path {
    /// The points it passes, in order.
    pub keyframes: Vec<Point>,
    /// How neighbours are joined.
    pub interpolation: Interpolation,
    /// How time goes by between them.
    pub easing: Easing,
    /// Whether it returns to the first keyframe.
    pub closed: bool,
    /// Whether codes on the way give way to the nearest entries of their codebook.
    pub nearest: bool,
}

impl Path {
    /// Legs between keyframes; each takes the same time.
    pub fn legs(&self) -> usize {
        let n = self.keyframes.len();
        if self.closed && n > 1 { n } else { n.saturating_sub(1) }
    }

    /// The point at `t`, 0 (start) to 1 (end): its latent along the way, and of the rest what can be blended. Without
    /// keyframes its latent is empty.
    pub fn at(&self, t: f32) -> Point {
        let legs = self.legs();
        let Some(first) = self.keyframes.first() else { return Point::default() };
        if legs == 0 {
            return first.clone();
        }
        let along = t.clamp(0.0, 1.0) * legs as f32;
        let leg = (along as usize).min(legs - 1);
        let t = self.easing.ease(along - leg as f32);
        let (a, b) = (&self.keyframes[leg], &self.keyframes[(leg + 1) % self.keyframes.len()]);
        let z = match self.interpolation {
            Interpolation::Linear => lerp(&a.z, &b.z, t),
            Interpolation::Spherical => slerp(&a.z, &b.z, t),
        };
        Point { z, held: a.blend_held(b, t, self.nearest) }
    }

    /// `count` points at even times. Of a closed path the end is left out, as it is the start again.
    pub fn frames(&self, count: usize) -> Vec<Point> {
        let last = if self.closed { count } else { count.saturating_sub(1) };
        (0..count).map(|i| self.at(i as f32 / last.max(1) as f32)).collect()
    }
}
