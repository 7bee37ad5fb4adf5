//! Mouth, moustache and beard.
//!
//! Must not know: the rest of the face.

use super::Factors;
use super::colour::{Palette, mix, times};
use super::curve::{Point, blob, line, sides};
use super::pen::Pen;

/// How far down the mouth is.
const MIDDLE: f32 = 0.365;

/// A mouth, as it is shaped now.
struct Lips {
    /// Half the width.
    wide: f32,
    /// How far up the corners go.
    corner: f32,
    /// Height of the opening in the middle.
    gap: f32,
    /// Where the middle of the upper lip's lower edge is.
    top: f32,
}

impl Lips {
    fn new(f: &Factors) -> Self {
        let smile = f.smile.max(0.0);
        let gap = f.mouth_open * (0.115 + 0.035 * smile);
        Self {
            wide: 0.135 + 0.062 * smile - 0.02 * f.mouth_open * (1.0 - smile) + 0.008 * f.masculine,
            corner: if f.smile > 0.0 { 0.078 * f.smile } else { 0.062 * f.smile },
            gap,
            top: MIDDLE + 0.018 * smile - 0.36 * gap,
        }
    }

    /// The height of a curve that is `middle` in the middle and ends in the corners, at u in −1..=1.
    fn y(&self, u: f32, middle: f32) -> f32 {
        let corner = MIDDLE - self.corner;
        middle + (corner - middle) * u.abs().powf(2.0)
    }

    /// A curve from corner to corner, through `middle` in the middle.
    fn curve(&self, pen: &Pen, middle: f32, sign: f32) -> Vec<Point> {
        let steps = [-1.0, -0.72, -0.36, 0.0, 0.36, 0.72, 1.0];
        steps.iter().map(|u| pen.surface(sign * u * self.wide, self.y(*u, middle), 0.03)).collect()
    }
}

pub(super) fn mouth(pen: &mut Pen, f: &Factors, c: &Palette) {
    let lips = Lips::new(f);
    let full = 0.55 + 0.6 * f.lip_full + 0.35 * f.lipstick;
    let bottom = lips.top + lips.gap;
    let dark = times(mix(c.lip, c.skin_dark, 0.35), [0.62, 0.5, 0.52]);
    // The lips: upper edge with a dip, lower edge round.
    let upper: Vec<Point> =
        [(-1.0, 0.0), (-0.55, 0.62), (-0.2, 1.0), (0.0, 0.8), (0.2, 1.0), (0.55, 0.62), (1.0, 0.0)]
            .iter()
            .map(|&(u, k): &(f32, f32)| {
                pen.surface(u * lips.wide, lips.y(u, lips.top) - 0.034 * full * k, 0.03)
            })
            .collect();
    let lower = lips.curve(pen, bottom + 0.054 * full, -1.0);
    let shade = pen.surface(0.0, bottom + 0.085, 0.0);
    pen.glow(shade, [0.12, 0.05], c.skin_dark, 0.40);
    let (from, to) = (upper[3], lower[3]);
    let light = mix(c.lip, [1.0, 0.86, 0.84], 0.20);
    pen.fill_linear(
        sides(&[&upper, &lower]),
        from,
        to,
        &[(0.0, times(c.lip, [0.86, 0.8, 0.8]), 1.0), (0.5, c.lip, 1.0), (0.85, light, 1.0)],
    );
    let rim = lips.curve(pen, lips.top, 1.0);
    if lips.gap > 0.004 {
        let floor = lips.curve(pen, bottom, -1.0);
        let inside = sides(&[&rim, &floor]);
        pen.fill(inside.clone(), [0.33, 0.07, 0.09], 1.0);
        pen.clip(inside.as_ref());
        let tongue = pen.surface(0.0, bottom + 0.012, 0.0);
        pen.glow(tongue, [lips.wide * 0.75, 0.065], [0.86, 0.36, 0.38], 1.0);
        // Upper teeth, the more of them the broader the smile.
        let depth = (0.022 + 0.036 * (f.smile + 0.3).clamp(0.0, 1.3)).min(lips.gap * 0.72);
        let teeth = lips.curve(pen, lips.top + depth, -1.0);
        pen.fill(sides(&[&rim, &teeth]), [0.985, 0.975, 0.95], 1.0);
        pen.clip(None);
    }
    pen.stroke(line(&rim), 0.020, dark, 0.9);
    // Dimples at the corners: what makes a smile a smile, and a frown a frown, in few pixels.
    for side in [-1.0, 1.0] {
        let bend = 0.02 * f.smile.signum() * f.smile.abs().min(0.6);
        let dimple = [
            pen.surface(side * (lips.wide - 0.005), lips.y(1.0, 0.0), 0.03),
            pen.surface(side * (lips.wide + 0.018), lips.y(1.0, 0.0) - 0.4 * bend, 0.03),
            pen.surface(side * (lips.wide + 0.027), lips.y(1.0, 0.0) - 1.2 * bend, 0.03),
        ];
        pen.stroke(line(&dimple), 0.018, dark, 0.75 * f.smile.abs().min(1.0));
    }
}

/// A moustache over the upper lip.
pub(super) fn moustache(pen: &mut Pen, f: &Factors, c: &Palette) {
    if f.moustache <= 0.0 {
        return;
    }
    let lips = Lips::new(f);
    let (m, corner) = (f.moustache, lips.corner * 0.55);
    let wide = lips.wide + 0.015 + 0.05 * m;
    let top = 0.262 - 0.01 * m + 0.3 * (lips.top - MIDDLE);
    let low = (lips.top - 0.03).max(top + 0.035);
    let half = |s: f32| {
        [
            pen.surface(0.0, top + 0.012, 0.05),
            pen.surface(s * 0.06, top, 0.05),
            pen.surface(s * 0.7 * wide, top + 0.032 - 0.3 * corner, 0.04),
            pen.surface(s * wide, low + 0.05 + 0.02 * m - 1.6 * corner, 0.03),
            pen.surface(s * 0.7 * wide, low + 0.022 - 0.3 * corner, 0.04),
            pen.surface(s * 0.25 * wide, low + 0.008, 0.05),
            pen.surface(0.0, low - 0.012, 0.05),
        ]
    };
    let (left, right) = (half(-1.0), half(1.0));
    let light = mix(c.brow, c.hair_light, 0.45);
    for side in [left, right] {
        pen.fill_linear(blob(&side), side[1], side[5], &[(0.0, light, 0.97), (1.0, c.brow, 0.97)]);
    }
}

/// A beard along jaw and chin, under mouth and moustache.
pub(super) fn beard(pen: &mut Pen, f: &Factors, c: &Palette) {
    if f.beard <= 0.0 {
        return;
    }
    let (b, j) = (f.beard, f.jaw);
    let out = 0.008 + 0.022 * b;
    let edge = |s: f32| {
        [
            pen.rim(s * 0.440, 0.03, 0.0),
            pen.rim(s * (0.422 + out), 0.22, 0.02),
            pen.rim(s * (0.338 + 0.05 * j + out), 0.40 + out, 0.08),
            pen.rim(s * (0.208 + 0.07 * j + 0.5 * out), 0.545 + 1.4 * out, 0.13),
        ]
    };
    let high = 0.06 * b;
    // An open mouth pushes the edge under the lip down.
    let drop = 0.075 * f.mouth_open;
    let inner = |s: f32| {
        [
            pen.rim(s * 0.405, 0.03, 0.0),
            pen.surface(s * 0.385, 0.14, 0.0),
            pen.surface(s * 0.33, 0.285 - high, 0.0),
            pen.surface(s * 0.245, 0.345 - high, 0.0),
            pen.surface(s * 0.215, 0.400 - 0.4 * high, 0.0),
            pen.surface(s * 0.13, 0.458 - 0.2 * high + drop, 0.0),
        ]
    };
    let chin = [pen.rim(0.0, 0.60 + 2.4 * out, 0.16)];
    let lip = [pen.surface(0.0, 0.452 - 0.2 * high + drop, 0.0)];
    let reversed = |points: &[Point]| points.iter().rev().copied().collect::<Vec<_>>();
    let around = [edge(-1.0).to_vec(), chin.to_vec(), reversed(&edge(1.0))].concat();
    let face = [inner(1.0).to_vec(), lip.to_vec(), reversed(&inner(-1.0))].concat();
    let alpha = 0.42 + 0.56 * b;
    let light = mix(c.brow, c.hair_light, 0.40);
    let path = sides(&[&around, &face]);
    pen.fill_linear(
        path,
        [0.25 * f.light, 0.2],
        [-0.25 * f.light, 0.68],
        &[(0.0, light, alpha), (0.6, c.brow, alpha), (1.0, times(c.brow, [0.8; 3]), alpha)],
    );
}
