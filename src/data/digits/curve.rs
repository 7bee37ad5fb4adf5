//! Smooth curves through a few points, as polylines.
//!
//! Must not know: digits, pictures.

/// A point; x to the right, y down. A digit is about 1 high.
pub(super) type Point = [f32; 2];

/// Straight pieces per pair of points: at 28 pixels a piece is about a pixel long.
const PIECES: usize = 6;

/// Two points nearer than this are the same point, written twice to mark a corner.
const SAME: f32 = 1e-4;

/// Polylines through the strokes' points: smooth (centripetal Catmull-Rom, which neither loops nor overshoots
/// between unevenly spaced points), except where a point is given twice in a row, which makes a corner.
pub(super) fn flatten(strokes: &[Vec<Point>]) -> Vec<Vec<Point>> {
    strokes.iter().map(|stroke| flatten_one(stroke)).filter(|line| line.len() > 1).collect()
}

fn flatten_one(stroke: &[Point]) -> Vec<Point> {
    let mut line = Vec::with_capacity(stroke.len() * PIECES);
    for run in stroke.chunk_by(|a, b| distance(*a, *b) > SAME) {
        smooth(run, &mut line);
    }
    line
}

/// Appends the smooth curve through the points of one corner-free run.
fn smooth(run: &[Point], line: &mut Vec<Point>) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    line.push(*first);
    for i in 1..run.len() {
        let (b, c) = (run[i - 1], run[i]);
        // Beyond the ends the curve is told to go on as it came.
        let a = if i > 1 { run[i - 2] } else { mirror(b, c) };
        let d = if i + 1 < run.len() { run[i + 1] } else { mirror(*last, b) };
        for piece in 1..=PIECES {
            line.push(catmull_rom(a, b, c, d, piece as f32 / PIECES as f32));
        }
    }
}

/// The point that lies as far before `of` as `other` lies behind it.
fn mirror(of: Point, other: Point) -> Point {
    [2.0 * of[0] - other[0], 2.0 * of[1] - other[1]]
}

/// The centripetal Catmull-Rom curve from `b` (t = 0) to `c` (t = 1), by Barry and Goldman's pyramid.
fn catmull_rom(a: Point, b: Point, c: Point, d: Point, t: f32) -> Point {
    let knot = |p, q| distance(p, q).sqrt().max(SAME);
    let t0 = 0.0;
    let t1 = t0 + knot(a, b);
    let t2 = t1 + knot(b, c);
    let t3 = t2 + knot(c, d);
    let at = t1 + (t2 - t1) * t;
    let mix = |p: Point, q: Point, from: f32, to: f32| {
        let w = (at - from) / (to - from);
        [p[0] + (q[0] - p[0]) * w, p[1] + (q[1] - p[1]) * w]
    };
    let (ab, bc, cd) = (mix(a, b, t0, t1), mix(b, c, t1, t2), mix(c, d, t2, t3));
    mix(mix(ab, bc, t0, t2), mix(bc, cd, t1, t3), t1, t2)
}

fn distance(a: Point, b: Point) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}
