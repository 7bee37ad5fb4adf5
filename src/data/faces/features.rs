//! Eyes, brows, nose and the lines of age.
//!
//! Must not know: hair, mouth, or what is worn.

use super::Factors;
use super::colour::{Palette, Rgb, mix};
use super::curve::{Point, blob, disc, line, sides};
use super::pen::Pen;

/// Where the eyes are: left and right of the middle, and down.
pub(super) const EYE: Point = [0.185, 0.0];

/// The dark of pupils and lashes: not black, which looks cut out at small sizes.
const DARK: Rgb = [0.10, 0.07, 0.09];

pub(super) fn eyes(pen: &mut Pen, f: &Factors, c: &Palette) {
    if !f.eyes_seen() {
        return;
    }
    let smile = f.smile.max(0.0);
    let wide = 0.108 * f.eye_size;
    let up = 0.100 * f.eye_size * f.eye_open * (1.0 - 0.08 * smile);
    // Closing, the upper lid goes below the eye's middle, onto the lower one.
    let shut = (1.0 - f.eye_open / 0.15).clamp(0.0, 1.0);
    let droop = 0.030 * f.eye_size * shut;
    let down = (0.066 * f.eye_size * f.eye_open.sqrt() * (1.0 - 0.45 * smile)).max(droop);
    let top = droop - up * (1.0 - shut);
    for side in [-1.0, 1.0] {
        // u goes from the inner corner (−1) to the outer (1).
        let at = |pen: &Pen, u: f32, v: f32| pen.surface(side * (EYE[0] + u * wide), EYE[1] + v, 0.0);
        let lid = |pen: &Pen| {
            [(-1.0, 0.018), (-0.62, 0.68 * top), (0.0, top), (0.62, 0.82 * top), (1.0, -0.012)]
                .map(|(u, v)| at(pen, u, v))
        };
        let under = |pen: &Pen| {
            [(1.0, -0.012), (0.6, 0.75 * down), (0.0, down), (-0.6, 0.85 * down), (-1.0, 0.018)]
                .map(|(u, v)| at(pen, u, v))
        };
        let (lid, under) = (lid(pen), under(pen));
        let eye = sides(&[&lid, &under]);
        pen.fill(eye.clone(), [0.985, 0.98, 0.97], 1.0);
        pen.clip(eye.as_ref());
        let centre = at(pen, 0.28 * f.gaze_x * side, -0.012 + 0.016 * f.gaze_y);
        let radius = 0.070 * f.eye_size.sqrt();
        let rim = mix(c.iris, DARK, 0.55);
        let stops = [(0.0, c.iris, 1.0), (0.7, c.iris, 1.0), (1.0, rim, 1.0)];
        pen.fill_radial(disc(centre, radius), centre, [radius, radius], &stops);
        pen.fill(disc(centre, radius * 0.52), DARK, 1.0);
        // The lid's shadow on the ball.
        pen.stroke(line(&lid), 0.045, DARK, 0.22);
        pen.clip(None);
        let glint = [centre[0] + 0.024 * f.light, centre[1] - 0.026];
        pen.fill(
            disc(glint, 0.018 * f.eye_size),
            [1.0; 3],
            0.92 * ((f.eye_open - 0.2) * 3.0).clamp(0.0, 1.0),
        );
        let soft = 1.0 - f.masculine;
        pen.stroke(line(&lid), 0.022 + 0.014 * soft, DARK, 0.92);
        pen.stroke(line(&under), 0.010, c.skin_dark, 0.8);
        if soft > 0.1 {
            let flick = [
                at(pen, 0.85, 0.35 * top),
                at(pen, 1.12, 0.35 * top - 0.018),
                at(pen, 1.28, 0.4 * top - 0.04),
            ];
            pen.stroke(line(&flick), 0.018, DARK, 0.9 * soft);
        }
        let fold = [(-0.7, -0.8), (0.0, -1.0), (0.75, -0.85)].map(|(u, v)| at(pen, u, v * up - 0.038));
        pen.stroke(line(&fold), 0.012, c.skin_dark, 0.55);
    }
}

pub(super) fn brows(pen: &mut Pen, f: &Factors, c: &Palette) {
    let thick = 0.013 + 0.040 * f.brow_thick;
    let base = -0.165 - 0.028 * f.brow_height - 0.012 * f.eye_open * f.eye_size;
    for side in [-1.0, 1.0] {
        // Inner end, arch, outer end; the tilt moves the inner end most.
        let at = |pen: &Pen, x: f32, y: f32, out: f32| {
            let tilt = 0.055 * f.brow_tilt * (0.19 - x) / 0.11;
            pen.surface(side * x, base + y + tilt + out, 0.01)
        };
        let arch = 0.012 + 0.016 * (1.0 - f.masculine);
        let spine = [
            (0.075, 0.005, 0.9),
            (0.14, -0.006, 1.05),
            (0.21, -arch, 0.85),
            (0.265, -0.6 * arch, 0.6),
            (0.315, 0.03, 0.15),
        ];
        let top = spine.map(|(x, y, w)| at(pen, x, y, -thick * w));
        let low = spine.map(|(x, y, w)| at(pen, x, y, thick * w * 0.8));
        let around: Vec<Point> = top.into_iter().chain(low.into_iter().rev()).collect();
        pen.fill(blob(&around), c.brow, 0.80 + 0.18 * f.brow_thick);
    }
}

pub(super) fn nose(pen: &mut Pen, f: &Factors, c: &Palette) {
    let (wide, long) = (0.052 + 0.050 * f.nose_size, 0.185 + 0.035 * f.nose_size);
    let lift = 0.05 + 0.06 * f.nose_size;
    // The shaded side of the bridge.
    let shade = -f.light.signum();
    let bridge = [
        pen.surface(shade * 0.035, -0.08, 0.02),
        pen.surface(shade * 0.045, 0.02, 0.05),
        pen.surface(shade * (wide + 0.012), long - 0.05, lift * 0.6),
        pen.surface(shade * 0.01, long - 0.06, lift),
        pen.surface(shade * 0.008, 0.0, 0.05),
    ];
    pen.fill(blob(&bridge), c.skin_dark, 0.16 + 0.24 * f.light.abs());
    let tip = pen.surface(0.0, long - 0.025, lift);
    let ball = mix(c.skin, c.skin_dark, 0.30);
    pen.glow([tip[0], tip[1] + 0.012], [wide * 1.65, wide * 1.15], ball, 0.75);
    let under: Vec<Point> = [
        (-1.0, -0.028),
        (-0.78, 0.014),
        (-0.35, 0.010),
        (0.0, 0.026),
        (0.35, 0.010),
        (0.78, 0.014),
        (1.0, -0.028),
    ]
    .iter()
    .map(|&(u, v): &(f32, f32)| pen.surface(u * wide, long + v, lift * (1.0 - 0.6 * u.abs())))
    .collect();
    pen.stroke(line(&under), 0.020, mix(c.skin_dark, DARK, 0.18), 0.85);
    pen.glow(
        [tip[0] + 0.02 * f.light, tip[1] - 0.012],
        [wide * 0.62, wide * 0.55],
        [1.0, 0.97, 0.92],
        0.60 - 0.34 * f.skin_tone,
    );
}

/// Folds beside the mouth, bags under the eyes and lines on the forehead, which come with age.
pub(super) fn age_lines(pen: &mut Pen, f: &Factors, c: &Palette) {
    let alpha = ((f.age - 0.42) * 1.6).clamp(0.0, 0.8);
    if alpha <= 0.0 {
        return;
    }
    let dark = mix(c.skin_dark, DARK, 0.12);
    for side in [-1.0, 1.0] {
        let fold = [(0.10, 0.18), (0.165, 0.255), (0.215, 0.34), (0.215, 0.40)]
            .map(|(x, y)| pen.surface(side * x, y, 0.0));
        pen.stroke(line(&fold), 0.018, dark, alpha * 0.8);
        let bag = [(0.10, 0.085), (0.17, 0.118), (0.25, 0.095)].map(|(x, y)| pen.surface(side * x, y, 0.0));
        pen.stroke(line(&bag), 0.016, dark, alpha * 0.75);
        let crow = [(0.325, 0.0), (0.37, -0.03)].map(|(x, y)| pen.surface(side * x, y, 0.0));
        pen.stroke(line(&crow), 0.013, dark, alpha * 0.7);
    }
    for y in [-0.34, -0.275] {
        let brow = [(-0.17, 0.010), (-0.06, -0.004), (0.06, 0.006), (0.17, 0.0)]
            .map(|(x, v)| pen.surface(x, y + v, 0.0));
        pen.stroke(line(&brow), 0.013, dark, alpha * 0.6);
    }
}
