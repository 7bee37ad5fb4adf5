//! Foretelling tracks without learning, which whatever learns has to beat: people walk on as in their last step (constant velocity), on
//! the straight line that fits all that was seen of them best (linear), or as in their last step in a direction that is drawn
//! around it (Schöller, Aravantinos, Lay and Knoll 2020, "What the constant velocity model can teach us about pedestrian motion prediction").
//!
//! Must not know: models, files, the window.

use crate::data::tracks::{Span, each};
use crate::random::Stream;

/// σ of the angle that is drawn, degrees: as in the paper.
pub const ANGLE: f32 = 25.0;
/// What the angles' dice follow from.
const SEED: u64 = 0x616e_676c;

/// A way to foretell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Baseline {
    /// As in the last step.
    Constant,
    /// On the straight line of least squares.
    Linear,
    /// As in the last step, turned by an angle of N(0, [`ANGLE`]) for each person and sample.
    Angles,
}

impl Baseline {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Constant, Self::Linear, Self::Angles];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Constant => "constant velocity",
            Self::Linear => "linear fit",
            Self::Angles => "sampled angles",
        }
    }

    /// `samples` futures of a scene, each `people × future × 2` metres; those that draw nothing give one. `past`:
    /// `people × past × 2`; `index`: the scene's number, which the dice follow from.
    pub fn futures(self, past: &[f32], span: Span, samples: usize, index: u64) -> Vec<Vec<f32>> {
        let walk = |turn: &dyn Fn(usize) -> f32| -> Vec<f32> {
            let one = |(i, track): (usize, &[[f32; 2]])| self.track(track, span.future, turn(i));
            each(past, span.past).enumerate().flat_map(one).collect()
        };
        if self != Self::Angles {
            return vec![walk(&|_| 0.0)];
        }
        let one = |k: usize| {
            let people = past.len() / (2 * span.past.max(1));
            let angles = Stream::new(SEED ^ index, k as u64).normals(people);
            walk(&|i| angles.get(i).copied().unwrap_or(0.0) * ANGLE.to_radians())
        };
        (0..samples).map(one).collect()
    }

    /// How one person walks on, `future × 2`.
    fn track(self, past: &[[f32; 2]], future: usize, turn: f32) -> Vec<f32> {
        let Some(last) = past.last().copied() else { return vec![0.0; 2 * future] };
        let (from, step) = match self {
            Self::Linear => line(past),
            Self::Constant | Self::Angles => {
                let before = past.len().checked_sub(2).map_or(last, |i| past[i]);
                let [x, y] = [last[0] - before[0], last[1] - before[1]];
                let (sin, cos) = turn.sin_cos();
                (last, [x * cos - y * sin, x * sin + y * cos])
            }
        };
        (1..=future).flat_map(|t| [from[0] + step[0] * t as f32, from[1] + step[1] * t as f32]).collect()
    }
}

/// The straight line of least squares through a track: where it is at the last step, and how far it goes in one.
fn line(past: &[[f32; 2]]) -> ([f32; 2], [f32; 2]) {
    let n = past.len() as f64;
    let middle = (n - 1.0) / 2.0;
    let spread: f64 = (0..past.len()).map(|t| (t as f64 - middle).powi(2)).sum();
    let of = |k: usize| {
        let mean = past.iter().map(|p| f64::from(p[k])).sum::<f64>() / n;
        let along: f64 =
            past.iter().enumerate().map(|(t, p)| (t as f64 - middle) * (f64::from(p[k]) - mean)).sum();
        let step = if spread > 0.0 { along / spread } else { 0.0 };
        ((mean + step * middle) as f32, step as f32)
    };
    let [(x, dx), (y, dy)] = [of(0), of(1)];
    ([x, y], [dx, dy])
}
