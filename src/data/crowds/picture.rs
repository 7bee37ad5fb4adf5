//! Scenes as pictures: the past of each person as a blue line, what comes as an orange one, and where they are as a bright dot.
//!
//! Must not know: where tracks come from, models, files.

use super::super::picture::grey;
use super::super::tracks::{self, Span, each};

/// What is behind the lines, sRGB 0–1.
const GROUND: [f32; 3] = [0.09, 0.09, 0.11];
/// Lines of the past.
const PAST: [f32; 3] = [0.36, 0.62, 1.0];
/// Lines of what comes.
const FUTURE: [f32; 3] = [1.0, 0.62, 0.22];
/// Where people are.
const HERE: [f32; 3] = [0.96, 0.96, 0.96];
/// Metres around the people that are seen too: as far as one walks in what is to come.
const MARGIN: f32 = 4.0;
/// Metres that are seen at least each way from the middle, and at most.
const HALVES: [f32; 2] = [6.0, 40.0];

/// Which part of the ground is seen: a square around a middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Its middle, m.
    pub middle: [f32; 2],
    /// How far it reaches each way, m.
    pub half: f32,
}

impl View {
    /// What is seen of people of whom the last step of the past is at `last`; it depends on these alone, so that the same scene is seen
    /// alike whatever comes.
    pub fn of(last: &[[f32; 2]]) -> Self {
        let edge = |k: usize, f: fn(f32, f32) -> f32, from: f32| last.iter().map(|p| p[k]).fold(from, f);
        let low = [0, 1].map(|k| edge(k, f32::min, f32::MAX));
        let high = [0, 1].map(|k| edge(k, f32::max, f32::MIN));
        if last.is_empty() {
            return Self { middle: [0.0; 2], half: HALVES[0] };
        }
        let middle = [0, 1].map(|k| 0.5 * (low[k] + high[k]));
        let reach = (0.5 * (high[0] - low[0])).max(0.5 * (high[1] - low[1])) + MARGIN;
        Self { middle, half: reach.clamp(HALVES[0], HALVES[1]) }
    }

    /// Where a place is in a square of that side, from its upper left corner.
    fn pixel(self, [x, y]: [f32; 2], side: f32) -> [f32; 2] {
        let scale = 0.5 * side / self.half;
        [(x - self.middle[0] + self.half) * scale, (self.middle[1] + self.half - y) * scale]
    }
}

/// A square of colours that lines are drawn on.
struct Sheet {
    side: usize,
    pixels: Vec<[f32; 3]>,
}

impl Sheet {
    /// A line from one place to the other, in pixels, `wide` pixels to each side, with soft edges.
    fn line(&mut self, a: [f32; 2], b: [f32; 2], wide: f32, colour: [f32; 3]) {
        let soft = wide + 1.0;
        let limit = |v: f32| v.clamp(0.0, self.side as f32) as usize;
        let (left, right) = (limit(a[0].min(b[0]) - soft), limit(a[0].max(b[0]) + soft + 1.0));
        let (top, bottom) = (limit(a[1].min(b[1]) - soft), limit(a[1].max(b[1]) + soft + 1.0));
        let along = [b[0] - a[0], b[1] - a[1]];
        let squared = (along[0] * along[0] + along[1] * along[1]).max(1e-9);
        for y in top..bottom.min(self.side) {
            for x in left..right.min(self.side) {
                let p = [x as f32 + 0.5 - a[0], y as f32 + 0.5 - a[1]];
                let part = ((p[0] * along[0] + p[1] * along[1]) / squared).clamp(0.0, 1.0);
                let away = (p[0] - part * along[0]).hypot(p[1] - part * along[1]);
                let cover = (wide + 0.5 - away).clamp(0.0, 1.0);
                if cover > 0.0 {
                    let pixel = &mut self.pixels[y * self.side + x];
                    for (v, c) in pixel.iter_mut().zip(colour) {
                        *v += (c - *v) * cover;
                    }
                }
            }
        }
    }
}

/// A scene as a square of colours 0–1, row by row from the top: `past` are `people × past × 2` metres, `future` `people × future × 2`.
pub fn drawn(past: &[f32], future: &[f32], span: Span, side: usize) -> Vec<[f32; 3]> {
    let last: Vec<[f32; 2]> = each(past, span.past).filter_map(|t| t.last().copied()).collect();
    let view = View::of(&last);
    let mut sheet = Sheet { side, pixels: vec![GROUND; side * side] };
    let at = |p: &[f32; 2]| view.pixel(*p, side as f32);
    // Thin lines on small pictures, and no finer than a pixel.
    let wide = (side as f32 / 160.0).max(0.4);
    for track in each(past, span.past) {
        track.windows(2).for_each(|w| sheet.line(at(&w[0]), at(&w[1]), wide, PAST));
    }
    for (from, track) in last.iter().zip(each(future, span.future)) {
        let mut before = at(from);
        for place in track {
            sheet.line(before, at(place), wide, FUTURE);
            before = at(place);
        }
    }
    last.iter().for_each(|p| sheet.line(at(p), at(p), wide * 2.0, HERE));
    sheet.pixels
}

/// The picture of a scene with its truth, `people × steps × 2`, as interleaved bytes of `side × side × channels`.
pub fn whole(scene: &[f32], span: Span, side: usize, channels: usize, pixels: &mut [u8]) {
    let (past, future) = (tracks::past(scene, span), tracks::future(scene, span));
    let colours = drawn(&past, &future, span, side);
    for (to, colour) in pixels.chunks_exact_mut(channels).zip(colours) {
        let bytes = colour.map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8);
        match to {
            [one] => *one = grey(&bytes),
            _ => to.copy_from_slice(&bytes[..channels.min(3)]),
        }
    }
}
