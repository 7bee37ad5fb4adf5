//! The bend of one digit: slant, turn and aspect, and a smooth random displacement (the elastic distortion of
//! Simard, Steinkraus and Platt 2003, applied to the lines instead of the pixels, which keeps them sharp).
//!
//! Must not know: which digit it bends.

use super::curve::Point;
use super::factors::{Factors, normal};
use rand::RngExt;
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

/// Cells along each side of the displacement's grid; few, so that neighbouring strokes bend together.
const CELLS: usize = 4;

/// How far a grid point moves (standard deviation), in heights of the digit.
const SHIFT: f32 = 0.1;

/// A bend of the plane.
pub(super) struct Warp {
    matrix: [[f32; 2]; 2],
    shifts: [[Point; CELLS + 3]; CELLS + 3],
}

impl Warp {
    /// A random elastic bend, then the given slant, turn and aspect.
    pub(super) fn random(rng: &mut Pcg64, factors: &Factors) -> Self {
        let strength = normal(rng, 1.0, 0.4, (0.2, 2.0)) * SHIFT;
        let mut shifts = [[[0.0; 2]; CELLS + 3]; CELLS + 3];
        for shift in shifts.as_flattened_mut().as_flattened_mut() {
            let z: f32 = rng.sample(StandardNormal);
            *shift = strength * z;
        }
        let shear = -factors.slant.to_radians().tan(); // y is down: a right lean moves the top (small y) right
        let (sin, cos) = factors.rotation.to_radians().sin_cos();
        let wide = factors.aspect.sqrt();
        let high = 1.0 / wide;
        let matrix = [[cos * wide, (cos * shear - sin) * high], [sin * wide, (sin * shear + cos) * high]];
        Self { matrix, shifts }
    }

    /// Bends all points of the lines, whose digit is about 1 high.
    pub(super) fn apply(&self, lines: &mut [Vec<Point>]) {
        let (low, high) = bounds(lines);
        let scale = (high[0] - low[0]).max(high[1] - low[1]).max(1e-3);
        for point in lines.iter_mut().flatten() {
            let [u, v] = [(point[0] - low[0]) / scale, (point[1] - low[1]) / scale];
            let [dx, dy] = self.displacement(u, v);
            let [x, y] = [u + dx, v + dy];
            let m = &self.matrix;
            *point = [m[0][0] * x + m[0][1] * y, m[1][0] * x + m[1][1] * y];
        }
    }

    /// The displacement at (u, v), both about 0..1: a uniform cubic B-spline over the grid, hence smooth.
    fn displacement(&self, u: f32, v: f32) -> Point {
        let (column, across) = cell(u);
        let (row, down) = cell(v);
        let mut sum = [0.0; 2];
        for (j, wy) in down.iter().enumerate() {
            for (i, wx) in across.iter().enumerate() {
                let shift = self.shifts[row + j][column + i];
                sum[0] += wx * wy * shift[0];
                sum[1] += wx * wy * shift[1];
            }
        }
        sum
    }
}

/// The grid cell that holds `t` (0..1 over the whole grid), and the four B-spline weights there.
fn cell(t: f32) -> (usize, [f32; 4]) {
    let at = t.clamp(0.0, 1.0) * CELLS as f32;
    let index = (at as usize).min(CELLS - 1);
    let f = at - index as f32;
    let g = 1.0 - f;
    let weights = [
        g * g * g / 6.0,
        (3.0 * f * f * f - 6.0 * f * f + 4.0) / 6.0,
        (3.0 * g * g * g - 6.0 * g * g + 4.0) / 6.0,
        f * f * f / 6.0,
    ];
    (index, weights)
}

/// Smallest and largest coordinates of the lines; zeros when there are none.
pub(super) fn bounds(lines: &[Vec<Point>]) -> (Point, Point) {
    let mut points = lines.iter().flatten();
    let Some(first) = points.next() else { return ([0.0; 2], [0.0; 2]) };
    points.fold((*first, *first), |(low, high), p| {
        ([low[0].min(p[0]), low[1].min(p[1])], [high[0].max(p[0]), high[1].max(p[1])])
    })
}
