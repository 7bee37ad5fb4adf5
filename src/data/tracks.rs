//! Tracks: where people walk, step by step, in metres. A scene is one stretch of time with all who are there throughout; scenes have
//! different numbers of people.
//!
//! Must not know: where tracks come from, what foretells them, the window.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Most people in one scene.
pub const MOST: usize = 512;
/// How far from the origin anybody may be, metres: beyond that 32 bits no longer tell centimetres.
pub const FAR: f32 = 10_000.0;

/// How many steps tracks have, and how far apart these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Steps that are observed.
    pub past: usize,
    /// Steps that are to come.
    pub future: usize,
    /// Milliseconds from one step to the next.
    pub step_ms: u32,
}

impl Span {
    /// What the field measures with: 3.2 s observed, 4.8 s to come, in steps of 0.4 s (Pellegrini et al. 2009).
    pub const USUAL: Self = Self { past: 8, future: 12, step_ms: 400 };

    /// Steps in all.
    pub fn steps(self) -> usize {
        self.past + self.future
    }

    /// Seconds from one step to the next.
    pub fn dt(self) -> f32 {
        self.step_ms as f32 / 1000.0
    }
}

/// Scenes of one span.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracks {
    /// How long they are.
    pub span: Span,
    /// Each scene: `people × steps × 2` numbers, x and y in metres, a person after the other.
    pub scenes: Vec<Arc<[f32]>>,
}

/// The tracks of a scene one by one, each as many points as it has steps: `numbers` are `people × steps × 2`.
pub fn each(numbers: &[f32], steps: usize) -> impl Iterator<Item = &[[f32; 2]]> {
    let (points, _) = numbers.as_chunks::<2>();
    points.chunks_exact(steps.max(1))
}

/// How many people a scene of so many steps has.
pub fn people(numbers: &[f32], steps: usize) -> usize {
    numbers.len() / (2 * steps.max(1))
}

/// The first steps of a scene, `people × past × 2`.
pub fn past(numbers: &[f32], span: Span) -> Arc<[f32]> {
    each(numbers, span.steps()).flat_map(|track| track[..span.past].as_flattened()).copied().collect()
}

/// The last steps of a scene, `people × future × 2`.
pub fn future(numbers: &[f32], span: Span) -> Vec<f32> {
    each(numbers, span.steps()).flat_map(|track| track[span.past..].as_flattened()).copied().collect()
}

/// Whether these are the pasts of people who can be foretold; a sentence that begins with `name` if not.
pub fn check(name: &str, numbers: &[f32], span: Span) -> Result<(), String> {
    let each = 2 * span.past.max(1);
    if numbers.is_empty() || !numbers.len().is_multiple_of(each) {
        return Err(format!(
            "{name} takes {} numbers for each person, x and y of {} steps, and these are {}",
            each,
            span.past,
            numbers.len()
        ));
    }
    if numbers.len() / each > MOST {
        return Err(format!("{name} takes at most {MOST} people, and these are {}", numbers.len() / each));
    }
    match numbers.iter().find(|v| !v.is_finite() || v.abs() > FAR) {
        Some(v) => Err(format!("{name} takes metres within {FAR} of the origin, not {v}")),
        None => Ok(()),
    }
}

/// A small scene to begin with, `people × past × 2`: two who come from the left, two from the right on their way, and one who crosses.
pub fn small(span: Span) -> Arc<[f32]> {
    // Where each is at the last step, and how fast they walk, metres a second.
    const PEOPLE: [([f32; 2], [f32; 2]); 5] = [
        ([-3.0, 0.5], [1.3, 0.0]),
        ([-3.1, -0.4], [1.3, 0.0]),
        ([3.0, 0.6], [-1.2, -0.05]),
        ([3.6, -0.9], [-1.1, 0.05]),
        ([0.4, -3.2], [0.0, 1.4]),
    ];
    let walk = |(at, v): &([f32; 2], [f32; 2])| -> Vec<f32> {
        let ago = |i: usize| (span.past - 1 - i) as f32 * span.dt();
        (0..span.past).flat_map(|i| [at[0] - v[0] * ago(i), at[1] - v[1] * ago(i)]).collect()
    };
    PEOPLE.iter().flat_map(walk).collect()
}
