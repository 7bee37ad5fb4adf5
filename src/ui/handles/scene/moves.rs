//! What a hand makes of a scene: people moved, turned, added and taken out, as plain numbers.
//!
//! Must not know: pointers, how anything is drawn.

use crate::data::crowds::picture::View;
use crate::data::tracks::{Span, each};
use std::sync::Arc;

/// Seconds of walking that the handle of the heading is ahead of a person.
const AHEAD: f32 = 1.2;
/// How fast anybody can be made to walk, m/s.
const FASTEST: f32 = 4.0;
/// How fast a person walks who is added, m/s (Helbing and Molnár 1995).
const SPEED: f32 = 1.34;

/// What a hand holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// Whom, by their place in the scene.
    pub who: usize,
    /// The heading, and not the person.
    pub turns: bool,
    /// The scene before.
    pub before: Arc<[f32]>,
    /// Where it was taken, metres.
    pub from: [f32; 2],
}

/// The last step of each person, and how far they went in it.
pub fn lasts(scene: &[f32], span: Span) -> Vec<([f32; 2], [f32; 2])> {
    let one = |track: &[[f32; 2]]| {
        let last = track.last().copied().unwrap_or_default();
        let before = track.len().checked_sub(2).map_or(last, |i| track[i]);
        (last, [last[0] - before[0], last[1] - before[1]])
    };
    each(scene, span.past).map(one).collect()
}

/// Where the handle of a person's heading is.
pub fn tip((last, step): ([f32; 2], [f32; 2]), span: Span) -> [f32; 2] {
    let far = AHEAD / span.dt().max(1e-3);
    [last[0] + step[0] * far, last[1] + step[1] * far]
}

/// A scene in which a hand has moved what it holds to `to`.
pub fn moved(held: &Held, to: [f32; 2], span: Span) -> Arc<[f32]> {
    let mut all = held.before.to_vec();
    let each = span.past * 2;
    let Some(track) = all.get_mut(held.who * each..(held.who + 1) * each) else { return all.into() };
    let by = [to[0] - held.from[0], to[1] - held.from[1]];
    if !held.turns {
        track.as_chunks_mut::<2>().0.iter_mut().for_each(|p| *p = [p[0] + by[0], p[1] + by[1]]);
        return all.into();
    }
    // The whole past turns around its last step, and is as long as the new speed asks.
    let Some((last, step)) = lasts(&held.before, span).get(held.who).copied() else { return all.into() };
    let far = AHEAD / span.dt().max(1e-3);
    let wish = [(to[0] - last[0]) / far, (to[1] - last[1]) / far];
    // Nobody runs faster.
    let wished = wish[0].hypot(wish[1]);
    let wish = wish.map(|v| v * (FASTEST * span.dt() / wished.max(1e-6)).min(1.0));
    let long = step[0].hypot(step[1]);
    if long < 1e-2 {
        // Who stood still walks straight to where they stand.
        let (points, _) = track.as_chunks_mut::<2>();
        let count = points.len();
        for (i, p) in points.iter_mut().enumerate() {
            let ago = (count - 1 - i) as f32;
            *p = [last[0] - wish[0] * ago, last[1] - wish[1] * ago];
        }
        return all.into();
    }
    // wish = step · (a + ib), as complex numbers.
    let squared = long * long;
    let a = (wish[0] * step[0] + wish[1] * step[1]) / squared;
    let b = (wish[1] * step[0] - wish[0] * step[1]) / squared;
    for p in track.as_chunks_mut::<2>().0 {
        let [x, y] = [p[0] - last[0], p[1] - last[1]];
        *p = [last[0] + x * a - y * b, last[1] + x * b + y * a];
    }
    all.into()
}

/// A scene with one more person at `at`, who walks to the middle of the others.
pub fn joined(scene: &[f32], at: [f32; 2], span: Span) -> Arc<[f32]> {
    let middle = View::of(&lasts(scene, span).iter().map(|(last, _)| *last).collect::<Vec<_>>()).middle;
    let way = [middle[0] - at[0], middle[1] - at[1]];
    let long = way[0].hypot(way[1]);
    let ahead = if long > 0.1 { way.map(|v| v / long) } else { [1.0, 0.0] };
    let step = ahead.map(|v| v * SPEED * span.dt());
    let ago = (0..span.past).rev().map(|k| k as f32);
    let own = ago.flat_map(|ago| [at[0] - step[0] * ago, at[1] - step[1] * ago]);
    scene.iter().copied().chain(own).collect()
}

/// A scene without a person.
pub fn without(scene: &[f32], who: usize, span: Span) -> Arc<[f32]> {
    let all = each(scene, span.past).enumerate().filter(|(i, _)| *i != who);
    all.flat_map(|(_, track)| track.as_flattened()).copied().collect()
}
