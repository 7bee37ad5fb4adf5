//! Smooth curves through a few points, as paths.
//!
//! Must not know: heads, colours, pixels.

use tiny_skia::{Path, PathBuilder};

/// A point of the picture's unit frame: x to the right, y down, −1..=1 from edge to edge, before the head's own
/// roll, scale and shift.
pub(super) type Point = [f32; 2];

/// The closed smooth curve through points.
pub(super) fn blob(points: &[Point]) -> Option<Path> {
    let n = points.len();
    let mut path = PathBuilder::new();
    let at = |i: usize| points[i % n];
    path.move_to(points.first()?[0], points.first()?[1]);
    for i in 0..n {
        curve(&mut path, at(i + n - 1), at(i), at(i + 1), at(i + 2));
    }
    path.close();
    path.finish()
}

/// The open smooth curve through points.
pub(super) fn line(points: &[Point]) -> Option<Path> {
    lines(&[points], false)
}

/// A closed shape whose sides are smooth curves that meet in corners.
pub(super) fn sides(sides: &[&[Point]]) -> Option<Path> {
    lines(sides, true)
}

/// An ellipse.
pub(super) fn ellipse([x, y]: Point, [rx, ry]: Point) -> Option<Path> {
    PathBuilder::from_oval(tiny_skia::Rect::from_ltrb(x - rx, y - ry, x + rx, y + ry)?)
}

/// A disc.
pub(super) fn disc(centre: Point, radius: f32) -> Option<Path> {
    ellipse(centre, [radius, radius])
}

/// Smooth curves one after the other.
fn lines(sides: &[&[Point]], close: bool) -> Option<Path> {
    let mut path = PathBuilder::new();
    for side in sides {
        let (first, last) = (*side.first()?, side.len() - 1);
        if path.is_empty() {
            path.move_to(first[0], first[1])
        } else {
            path.line_to(first[0], first[1])
        };
        for i in 0..last {
            curve(&mut path, side[i.saturating_sub(1)], side[i], side[i + 1], side[(i + 2).min(last)]);
        }
    }
    if close {
        path.close();
    }
    path.finish()
}

/// The piece from `b` to `c` of the Catmull-Rom spline through four points.
fn curve(path: &mut PathBuilder, a: Point, b: Point, c: Point, d: Point) {
    let [x1, y1] = [b[0] + (c[0] - a[0]) / 6.0, b[1] + (c[1] - a[1]) / 6.0];
    let [x2, y2] = [c[0] - (d[0] - b[0]) / 6.0, c[1] - (d[1] - b[1]) / 6.0];
    path.cubic_to(x1, y1, x2, y2, c[0], c[1]);
}
