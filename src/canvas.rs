//! Drawing on grids: strokes, straight lines, rectangles and filled areas, on pixels (of a picture, or of its mask) and on
//! entries (codes, labels) alike. What is drawn covers places to a part, 0–1; a grid of entries takes what is covered half.
//!
//! Must not know: egui, which model takes the grid, who draws.

use crate::data::grey;
use crate::point::{Input, Kind, Value};

/// What a hand holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Draws where it goes.
    #[default]
    Pencil,
    /// A straight line.
    Line,
    /// A rectangle.
    Rectangle,
    /// All that hangs together with one place and is as that.
    Fill,
    /// Draws what an empty sheet has.
    Eraser,
    /// Takes up what is there.
    Pick,
}

/// What the tip of a brush is like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tip {
    /// A disc.
    #[default]
    Round,
    /// A square, which on a grid of entries covers whole places.
    Square,
}

/// A brush, in pixels (places) of the grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Brush {
    /// Width of a stroke.
    pub width: f32,
    /// The part of it that fades out, 0–1.
    pub soft: f32,
    /// Its tip.
    pub tip: Tip,
    /// Whether a rectangle is filled.
    pub filled: bool,
}

impl Default for Brush {
    fn default() -> Self {
        Self { width: 1.2, soft: 0.0, tip: Tip::Round, filled: true }
    }
}

/// What is put down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ink {
    /// A colour, of which a grey picture takes how light it is.
    Colour([u8; 3]),
    /// An entry of a codebook, or a class of a label map.
    Entry(u16),
    /// Whether a partial picture is there (255) or to be drawn (0).
    Mask(u8),
}

/// What an empty sheet has where an eraser goes; `None`: nothing can be drawn on such an input.
pub fn blank(input: &Input) -> Option<Ink> {
    match (&input.kind, Input { home: None, ..input.clone() }.default_value()) {
        (Kind::Picture { .. }, _) => Some(Ink::Colour([255; 3])),
        (Kind::Partial { .. }, _) => Some(Ink::Mask(0)),
        (Kind::Labels { .. }, _) => Some(Ink::Entry(0)),
        (_, Value::Codes(codes)) => Some(Ink::Entry(codes.first().copied().unwrap_or_default())),
        _ => None,
    }
}

/// Columns and rows of the grid that an input takes; `None`: it takes none.
pub fn size(kind: &Kind) -> Option<[usize; 2]> {
    match kind {
        Kind::Picture { width, height, .. }
        | Kind::Partial { width, height, .. }
        | Kind::Labels { width, height, .. }
        | Kind::Codes { width, height, .. } => Some([*width, *height]),
        _ => None,
    }
}

/// A part of the way of a hand, in places from the left upper corner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    /// Where it begins.
    pub from: [f32; 2],
    /// Where it ends.
    pub to: [f32; 2],
}

/// Adds to `cover` (a number a place, row by row) what a straight stroke covers.
pub fn stroke(cover: &mut [f32], [width, height]: [usize; 2], Way { from, to }: Way, brush: &Brush) {
    let along = [to[0] - from[0], to[1] - from[1]];
    let length = along[0] * along[0] + along[1] * along[1];
    // A tip is never so small that it misses the place that it is in.
    let half = (brush.width / 2.0).max(0.5);
    let fade = (brush.soft * brush.width).max(1.0);
    let reach = half + 1.0;
    let span = |a: f32, b: f32, most: usize| {
        let low = (a.min(b) - reach).floor().max(0.0) as usize;
        low..((a.max(b) + reach).ceil().max(0.0) as usize).min(most)
    };
    for y in span(from[1], to[1], height) {
        for x in span(from[0], to[0], width) {
            let at = [x as f32 + 0.5 - from[0], y as f32 + 0.5 - from[1]];
            let part = match length > 0.0 {
                true => ((at[0] * along[0] + at[1] * along[1]) / length).clamp(0.0, 1.0),
                false => 0.0,
            };
            let off = [at[0] - along[0] * part, at[1] - along[1] * part];
            let distance = match brush.tip {
                Tip::Round => (off[0] * off[0] + off[1] * off[1]).sqrt(),
                Tip::Square => off[0].abs().max(off[1].abs()),
            };
            let here = ((half + 0.5 - distance) / fade).clamp(0.0, 1.0);
            if let Some(cover) = cover.get_mut(y * width + x) {
                *cover = cover.max(here);
            }
        }
    }
}

/// Adds what a rectangle with these corners covers: all of it, or its outline.
pub fn rectangle(cover: &mut [f32], size: [usize; 2], Way { from, to }: Way, brush: &Brush) {
    let (a, b) = ([from[0], to[1]], [to[0], from[1]]);
    let sides = [(from, a), (a, to), (to, b), (b, from)];
    for (from, to) in sides {
        stroke(cover, size, Way { from, to }, brush);
    }
    if !brush.filled {
        return;
    }
    let [left, right] = [from[0].min(to[0]), from[0].max(to[0])];
    let [top, bottom] = [from[1].min(to[1]), from[1].max(to[1])];
    for (i, cover) in cover.iter_mut().enumerate() {
        let (x, y) = ((i % size[0]) as f32 + 0.5, (i / size[0]) as f32 + 0.5);
        if x >= left && x <= right && y >= top && y <= bottom {
            *cover = 1.0;
        }
    }
}

/// The place, row by row, that a point is in, or the nearest.
fn under(at: [f32; 2], [width, height]: [usize; 2]) -> usize {
    let along = |v: f32, most: usize| (v.max(0.0) as usize).min(most.saturating_sub(1));
    along(at[1], height) * width + along(at[0], width)
}

/// How far two colours (0–255) may be apart to hang together when an area is filled. Classes are the same or not.
fn alike(ink: Ink) -> u8 {
    if matches!(ink, Ink::Entry(_)) { 0 } else { 24 }
}

/// Adds all that hangs together with the place `at`, side by side, and is as that, where this ink is put down.
pub fn fill(cover: &mut [f32], [width, height]: [usize; 2], at: [f32; 2], value: &Value, ink: Ink) {
    let (start, places) = (under(at, [width, height]), width * height);
    let most = alike(ink);
    let same = |i: usize| match value {
        Value::Picture(bytes) => bytes
            .chunks_exact(places.max(1))
            .all(|plane| plane[i].abs_diff(plane[start.min(places.saturating_sub(1))]) <= most),
        value => value.codes().is_some_and(|codes| codes.get(i) == codes.get(start)),
    };
    let mut open = vec![start];
    while let Some(i) = open.pop() {
        if i >= places || cover.get(i).is_none_or(|c| *c >= 1.0) || !same(i) {
            continue;
        }
        cover[i] = 1.0;
        let (x, y) = (i % width, i / width);
        let beside = [
            (x > 0).then(|| i - 1),
            (x + 1 < width).then(|| i + 1),
            (y > 0).then(|| i - width),
            (y + 1 < height).then(|| i + width),
        ];
        open.extend(beside.into_iter().flatten());
    }
}

/// The value with ink where it is covered.
pub fn inked(value: &Value, cover: &[f32], ink: Ink) -> Value {
    let places = cover.len().max(1);
    let mix = |old: u8, new: u8, part: f32| {
        (f32::from(old) + (f32::from(new) - f32::from(old)) * part).round().clamp(0.0, 255.0) as u8
    };
    match (value, ink) {
        (Value::Picture(bytes), Ink::Colour(colour)) => {
            let planes = bytes.len() / places;
            let mut bytes = bytes.to_vec();
            for (c, plane) in bytes.chunks_exact_mut(places).enumerate() {
                let new = if planes == 3 { colour[c.min(2)] } else { grey(&colour) };
                plane.iter_mut().zip(cover).for_each(|(v, part)| *v = mix(*v, new, *part));
            }
            Value::Picture(bytes.into())
        }
        (Value::Picture(bytes), Ink::Mask(new)) => {
            let mut bytes = bytes.to_vec();
            let from = bytes.len().saturating_sub(places);
            bytes[from..].iter_mut().zip(cover).filter(|(_, part)| **part >= 0.5).for_each(|(m, _)| *m = new);
            Value::Picture(bytes.into())
        }
        (Value::Picture(bytes), Ink::Entry(entry)) => {
            let one = |(old, part): (&u8, &f32)| if *part >= 0.5 { entry as u8 } else { *old };
            Value::Picture(bytes.iter().zip(cover).map(one).collect())
        }
        (value, Ink::Entry(entry)) => match value.codes() {
            Some(codes) => {
                let one = |(old, part): (&u16, &f32)| if *part >= 0.5 { entry } else { *old };
                Value::Codes(codes.iter().zip(cover).map(one).collect())
            }
            None => value.clone(),
        },
        (value, _) => value.clone(),
    }
}

/// What is at a place: the ink that would draw it.
pub fn picked(value: &Value, size: [usize; 2], at: [f32; 2]) -> Option<Ink> {
    let (i, places) = (under(at, size), size[0] * size[1]);
    match value {
        Value::Picture(bytes) => {
            let plane = |c: usize| bytes.get(c * places + i).copied();
            let first = plane(0)?;
            Some(Ink::Colour([first, plane(1).unwrap_or(first), plane(2).unwrap_or(first)]))
        }
        value => value.codes()?.get(i).map(|entry| Ink::Entry(*entry)),
    }
}

/// What is at a place of an input's grid: the ink that would draw it there.
pub fn taken(input: &Input, value: &Value, at: [f32; 2]) -> Option<Ink> {
    match (&input.kind, picked(value, size(&input.kind)?, at)?) {
        (Kind::Labels { .. }, Ink::Colour([class, ..])) => Some(Ink::Entry(class.into())),
        (_, ink) => Some(ink),
    }
}
