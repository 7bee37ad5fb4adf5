//! What the numbers that a layer gives say, and its maps as one picture. Window and command line show the same.
//!
//! Must not know: how a layer is run, where the picture goes.

/// Colour of the lines between maps: not grey, which the maps are.
const GAP: [f32; 3] = [0.13, 0.30, 0.33];

/// What a layer's numbers are, taken together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Smallest of the finite ones; 0 of none.
    pub low: f32,
    /// Largest of them; 0 of none.
    pub high: f32,
    /// Mean of the finite ones; 0 of none.
    pub mean: f32,
    /// Part of the numbers that is exactly 0, 0–1.
    pub zeros: f32,
    /// Maps that are the same everywhere; of units none.
    pub flat: usize,
}

impl Figures {
    /// Of all numbers of a layer, row-major, of this shape: `[features]` or `[channels, height, width]`.
    pub fn of(values: &[f32], shape: &[usize]) -> Self {
        let (low, high) = range(values);
        let each: usize = shape.iter().skip(1).product();
        let same = |map: &&[f32]| range(map).0 == range(map).1;
        let flat = if each > 1 { values.chunks(each).filter(same).count() } else { 0 };
        let zeros = values.iter().filter(|v| **v == 0.0).count() as f32 / values.len().max(1) as f32;
        Self { low, high, mean: mean(values), zeros, flat }
    }
}

/// Smallest and largest of the finite ones; 0 of none.
pub fn range(values: &[f32]) -> (f32, f32) {
    let finite = values.iter().copied().filter(|v| v.is_finite());
    let both = finite.fold(None, |both, v| match both {
        None => Some((v, v)),
        Some((low, high)) => Some((f32::min(low, v), f32::max(high, v))),
    });
    both.unwrap_or((0.0, 0.0))
}

/// Mean of the finite ones; 0 of none.
pub fn mean(values: &[f32]) -> f32 {
    let finite = values.iter().filter(|v| v.is_finite());
    let (sum, count) = finite.fold((0.0, 0usize), |(sum, n), v| (sum + f64::from(*v), n + 1));
    (sum / count.max(1) as f64) as f32
}

/// In how many columns `[count, height, width]` maps, each with a gap of one, are largest within a space.
pub fn columns([c, h, w]: [usize; 3], width: f32, height: f32) -> usize {
    let side = |columns: usize| {
        let rows = c.div_ceil(columns);
        (width / (columns * (w + 1)) as f32).min(height / (rows * (h + 1)) as f32)
    };
    (1..=c.max(1)).max_by(|a, b| side(*a).total_cmp(&side(*b)).then(b.cmp(a))).unwrap_or(1)
}

/// Maps side by side as one picture.
pub struct Grid {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// RGB, planar, 0–1.
    pub pixels: Vec<f32>,
}

/// Maps `[count, height, width]` side by side, with a line of one pixel between them, all on one scale (black is the
/// smallest number of `range`, white the largest), so that a map that says little is dark. `zoom`: pixels for a number's
/// side.
pub fn grid(
    values: &[f32],
    (low, high): (f32, f32),
    [c, h, w]: [usize; 3],
    columns: usize,
    zoom: usize,
) -> Grid {
    let scale = if high > low { 1.0 / (high - low) } else { 0.0 };
    let (across, down) = (w * zoom + 1, h * zoom + 1);
    let (width, height) = (columns * across, c.div_ceil(columns.max(1)) * down);
    let mut pixels: Vec<f32> = GAP.iter().flat_map(|v| std::iter::repeat_n(*v, width * height)).collect();
    for (i, map) in values.chunks((h * w).max(1)).take(c).enumerate() {
        let (left, top) = (i % columns * across, i / columns * down);
        for (k, v) in map.iter().enumerate() {
            for row in 0..zoom {
                let at = (top + k / w * zoom + row) * width + left + k % w * zoom;
                for colour in pixels.chunks_mut(width * height) {
                    colour[at..at + zoom].fill((v - low) * scale);
                }
            }
        }
    }
    Grid { width, height, pixels }
}
