//! From lines to a picture: a round pen, slightly uneven ink, soft edges, and MNIST's layout (the digit in a
//! 20/28 box, its centre of mass in the middle).
//!
//! Must not know: digits, fonts, how the lines came about.

use super::curve::Point;
use super::factors::{Factors, normal};
use super::warp::bounds;
use rand::RngExt;
use rand_pcg::Pcg64;
use tiny_skia::{FillRule, LineCap, LineJoin, Mask, Path, PathBuilder, Stroke, Transform};

/// Side of MNIST's pictures, the unit in which pen widths are given.
const SIDE: f32 = 28.0;

/// Side of the box that MNIST fits its digits into, of [`SIDE`].
const BOX: f32 = 20.0;

/// Ink (0..1) below which none is seen.
const FAINT: f32 = 0.06;

/// How the lines are drawn.
pub(super) struct Pen {
    /// Width in pixels of a 28-pixel picture.
    width: f32,
    /// Whether the lines are outlines to be filled rather than strokes.
    filled: bool,
    /// Largest side of the ink, of the 28.
    extent: f32,
    /// Where the centre of mass goes, off the middle, of the 28.
    offset: Point,
    /// Blur in pixels of a 28-pixel picture (standard deviation).
    soft: f32,
    /// Factor on the ink before it saturates at 255.
    gain: f32,
    /// Unevenness of the ink: waves of (x, y, phase) frequency, and their depth 0..1.
    waves: [[f32; 3]; 3],
    depth: f32,
}

impl Pen {
    /// A random pen of the given factors' width; `filled` if the lines are outlines.
    pub(super) fn random(rng: &mut Pcg64, factors: &Factors, filled: bool) -> Self {
        Self {
            // A font's outline has a width of its own; the pen only fattens it.
            width: if filled { (factors.width - 1.5).max(0.0) } else { factors.width },
            filled,
            extent: BOX * rng.random_range(0.95..=1.0),
            offset: [rng.random_range(-0.5..=0.5), rng.random_range(-0.5..=0.5)],
            soft: rng.random_range(0.1..0.4),
            gain: normal(rng, 1.25, 0.15, (1.0, 1.6)),
            waves: std::array::from_fn(|_| std::array::from_fn(|_| rng.random_range(-6.0..6.0))),
            depth: rng.random_range(0.0..0.12),
        }
    }

    /// How much of the ink sticks at (x, y), both 0..1 over the picture.
    fn ink(&self, x: f32, y: f32) -> f32 {
        let sum: f32 = self.waves.iter().map(|[u, v, phase]| (u * x + v * y + phase).sin()).sum();
        1.0 + self.depth * sum / 3.0
    }
}

/// Draws the lines as a `size × size` grey picture, 0 = paper, 255 = ink.
pub(super) fn draw(lines: &[Vec<Point>], pen: &Pen, size: usize) -> Vec<u8> {
    // Drawn finer than wanted and then averaged down, which also lets the centre land between pixels.
    let fine = if size <= 48 { 3 } else { 2 };
    let side = size * fine;
    let Some(mask) = rasterise(lines, pen, side) else { return vec![0; size * size] };
    let (mass, low, high) = weigh(mask.data(), side);
    let sigma = pen.soft * size as f32 / SIDE;
    let unit = side as f32 / SIDE;
    // The outermost pixels stay empty, even when the mass is far off the box's middle.
    let border = (1.0 + 2.0 * sigma) * fine as f32;
    let shift = [0, 1].map(|axis| {
        let shift = side as f32 / 2.0 + pen.offset[axis] * unit - mass[axis];
        let (least, most) = (border - low[axis], side as f32 - border - high[axis]);
        if least <= most { shift.clamp(least, most) } else { (least + most) / 2.0 }
    });
    shrink(mask.data(), side, size, shift, sigma, |x, y, value| {
        let centre = |i: usize| (i as f32 + 0.5) / size as f32;
        // Paper takes no faint ink: it would only widen the strokes with a haze.
        (value - FAINT) * pen.gain * pen.ink(centre(x), centre(y))
    })
}

/// Draws the lines, scaled to the pen's extent and in the middle, on a `side × side` mask.
fn rasterise(lines: &[Vec<Point>], pen: &Pen, side: usize) -> Option<Mask> {
    let unit = side as f32 / SIDE;
    let (low, high) = bounds(lines);
    let largest = (high[0] - low[0]).max(high[1] - low[1]).max(1e-3);
    // The ink is as wide as the lines plus the pen; together they fill the extent.
    let scale = (pen.extent - pen.width) * unit / largest;
    let middle = [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0];
    let half = side as f32 / 2.0;
    let mut builder = PathBuilder::new();
    for line in lines {
        let mut points =
            line.iter().map(|p| [(p[0] - middle[0]) * scale + half, (p[1] - middle[1]) * scale + half]);
        if let Some([x, y]) = points.next() {
            builder.move_to(x, y);
        }
        for [x, y] in points {
            builder.line_to(x, y);
        }
        if pen.filled {
            builder.close();
        }
    }
    let path = builder.finish()?;
    let mut mask = Mask::new(side as u32, side as u32)?;
    let mut fill = |path: &Path| mask.fill_path(path, FillRule::Winding, true, Transform::identity());
    if pen.filled {
        fill(&path);
    }
    if pen.width > 0.0 {
        let stroke = Stroke {
            width: pen.width * unit,
            line_cap: LineCap::Round,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        fill(&path.stroke(&stroke, 1.0)?);
    }
    Some(mask)
}

/// Centre of mass, and the first and last edges of the ink, in pixels of the mask.
fn weigh(mask: &[u8], side: usize) -> (Point, Point, Point) {
    let (mut sum, mut at) = (0.0f64, [0.0f64; 2]);
    let (mut low, mut high) = ([side as f32; 2], [0.0f32; 2]);
    for (y, row) in mask.chunks(side).enumerate() {
        for (x, value) in row.iter().enumerate() {
            if *value > 0 {
                let (w, p) = (f64::from(*value), [x as f32, y as f32]);
                sum += w;
                for axis in 0..2 {
                    at[axis] += w * (f64::from(p[axis]) + 0.5);
                    low[axis] = low[axis].min(p[axis]);
                    high[axis] = high[axis].max(p[axis] + 1.0);
                }
            }
        }
    }
    let sum = sum.max(1.0);
    ([(at[0] / sum) as f32, (at[1] / sum) as f32], low, high)
}

/// Averages the mask, moved by `shift` of its pixels, down to `size × size` with a Gaussian of `sigma` result
/// pixels on top of the pixel's own square; `finish` gets (x, y, 0..1) and returns the ink there.
fn shrink(
    mask: &[u8],
    side: usize,
    size: usize,
    shift: Point,
    sigma: f32,
    finish: impl Fn(usize, usize, f32) -> f32,
) -> Vec<u8> {
    let fine = side as f32 / size as f32;
    let (across, down) =
        (weights(size, side, fine, shift[0], sigma), weights(size, side, fine, shift[1], sigma));
    // First along the rows, then along the columns.
    let mut narrow = vec![0.0f32; size * side];
    for (row, to) in mask.chunks(side).zip(narrow.chunks_mut(size)) {
        if row.iter().any(|v| *v > 0) {
            for (to, (first, weights)) in to.iter_mut().zip(&across) {
                *to = weights.iter().zip(&row[*first..]).map(|(w, v)| w * f32::from(*v)).sum();
            }
        }
    }
    let mut out = vec![0u8; size * size];
    let mut sums = vec![0.0f32; size];
    for (y, ((first, weights), to)) in down.iter().zip(out.chunks_mut(size)).enumerate() {
        sums.fill(0.0);
        for (w, row) in weights.iter().zip(narrow[first * size..].chunks(size)) {
            for (sum, v) in sums.iter_mut().zip(row) {
                *sum += w * v;
            }
        }
        for (x, (to, sum)) in to.iter_mut().zip(&sums).enumerate() {
            if *sum > 0.0 {
                *to = (finish(x, y, *sum / 255.0) * 255.0).round().clamp(0.0, 255.0) as u8;
            }
        }
    }
    out
}

/// For each result pixel along one axis: the first mask pixel it sees, and the weights from there on.
fn weights(size: usize, side: usize, fine: f32, shift: f32, sigma: f32) -> Vec<(usize, Vec<f32>)> {
    let reach = fine * (0.5 + 2.5 * sigma);
    (0..size)
        .map(|i| {
            let centre = (i as f32 + 0.5) * fine - shift;
            let first = ((centre - reach).floor().max(0.0) as usize).min(side);
            let end = ((centre + reach).ceil().max(0.0) as usize).min(side);
            // A square of one pixel blurred by a Gaussian, approximated by the Gaussian of the summed variance.
            let variance = (sigma * sigma + 1.0 / 12.0) * fine * fine;
            let at = |j: usize| (-(j as f32 + 0.5 - centre).powi(2) / (2.0 * variance)).exp();
            let norm = (std::f32::consts::TAU * variance).sqrt();
            (first, (first..end).map(|j| at(j) / norm).collect())
        })
        .collect()
}
