//! What is worn: glasses, hats, earrings.
//!
//! Must not know: the face under it, except where its eyes and ears are.

use super::colour::{Palette, Rgb, hsl, mix, times};
use super::curve::{Point, blob, disc, ellipse, line, sides};
use super::features::EYE;
use super::pen::Pen;
use super::{Factors, Glasses, Hat};

/// A lens as (across, down) around the eye's middle; positive across is outwards.
fn lens(kind: Glasses) -> [Point; 8] {
    match kind {
        Glasses::Round => {
            let d = 0.108;
            [[-0.15, 0.0], [-d, -d], [0.0, -0.15], [d, -d], [0.15, 0.0], [d, d], [0.0, 0.15], [-d, d]]
        }
        Glasses::Square => [
            [-0.145, 0.0],
            [-0.128, -0.098],
            [0.0, -0.112],
            [0.138, -0.104],
            [0.155, 0.0],
            [0.132, 0.108],
            [0.0, 0.122],
            [-0.124, 0.106],
        ],
        Glasses::Cat => [
            [-0.14, 0.0],
            [-0.115, -0.072],
            [0.0, -0.094],
            [0.178, -0.150],
            [0.158, -0.01],
            [0.112, 0.088],
            [0.0, 0.115],
            [-0.105, 0.088],
        ],
        Glasses::Sun => [
            [-0.148, -0.01],
            [-0.128, -0.088],
            [0.0, -0.102],
            [0.150, -0.094],
            [0.165, 0.0],
            [0.125, 0.112],
            [0.01, 0.138],
            [-0.112, 0.104],
        ],
    }
}

pub(super) fn glasses(pen: &mut Pen, f: &Factors) {
    let Some(kind) = f.glasses else { return };
    let coloured = hsl(f.hat_hue + 0.5, 0.45, 0.26);
    let (frame, width): (Rgb, f32) = match kind {
        Glasses::Round => (mix([0.20, 0.15, 0.12], [0.72, 0.55, 0.30], f.background_light), 0.026),
        Glasses::Square => ([0.11, 0.09, 0.11], 0.036),
        Glasses::Cat => (coloured, 0.036),
        Glasses::Sun => ([0.08, 0.07, 0.09], 0.032),
    };
    let lift = 0.045;
    let down = 0.012;
    for side in [-1.0, 1.0] {
        let around = lens(kind).map(|[u, v]| pen.surface(side * (EYE[0] + u), EYE[1] + down + v, lift));
        let path = blob(&around);
        // The arm, to the ear.
        let hinge = pen.surface(side * (EYE[0] + 0.148), EYE[1] - 0.035, lift);
        let ear = pen.rim(side * if f.hair_length > 0.3 && f.has_hair() { 0.40 } else { 0.45 }, -0.03, -0.06);
        if (ear[0] - hinge[0]) * side > 0.0 {
            pen.stroke(line(&[hinge, ear]), width * 0.8, frame, 0.95);
        }
        if kind == Glasses::Sun {
            let (top, low) = (around[2], around[6]);
            let tint = hsl(f.hat_hue, 0.35, 0.24);
            pen.fill_linear(path.clone(), top, low, &[(0.0, [0.07, 0.06, 0.09], 0.98), (1.0, tint, 0.92)]);
        } else {
            pen.fill(path.clone(), [0.93, 0.97, 1.0], 0.13);
        }
        pen.clip(path.as_ref());
        let shine = [(-0.02, -0.13), (-0.09, 0.05)]
            .map(|(u, v)| pen.surface(side * EYE[0] + u + 0.06 * f.light, v, lift));
        pen.stroke(line(&shine), 0.035, [1.0; 3], if kind == Glasses::Sun { 0.28 } else { 0.20 });
        pen.clip(None);
        pen.stroke(path, width, frame, 0.96);
    }
    let bridge = [(-0.042, -0.012), (0.0, -0.034), (0.042, -0.012)]
        .map(|(x, y)| pen.surface(x, y + down, lift + 0.02));
    pen.stroke(line(&bridge), width, frame, 0.96);
}

pub(super) fn earrings(pen: &mut Pen, f: &Factors) {
    let gold = mix([0.98, 0.80, 0.30], [0.88, 0.90, 0.96], (f.cloth_hue * 2.0 - 0.5).clamp(0.0, 1.0));
    for side in [-1.0, 1.0] {
        let lobe = pen.rim(side * 0.448, 0.175, -0.09);
        let drop = [lobe[0], lobe[1] + 0.062];
        pen.stroke(line(&[lobe, drop]), 0.018, times(gold, [0.8, 0.74, 0.7]), 1.0);
        pen.fill(disc(drop, 0.046), times(gold, [0.78, 0.7, 0.66]), 1.0);
        pen.fill(disc([drop[0] - 0.004, drop[1] - 0.006], 0.036), gold, 1.0);
        pen.fill(disc([drop[0] + 0.014 * f.light, drop[1] - 0.015], 0.013), [1.0; 3], 0.9);
    }
}

/// The edge of a hat on the forehead, from the left to the right; `bow` is how far it comes down in the middle.
fn edge(pen: &Pen, y: f32, bow: f32, out: f32) -> Vec<Point> {
    let steps = [-1.0f32, -0.75, -0.4, 0.0, 0.4, 0.75, 1.0];
    let at = |u: f32| {
        let across = (1.0 - u * u).sqrt();
        let front = pen.rim(u * (0.462 + out), y + bow * across, 0.40 * across);
        [front[0], front[1]]
    };
    steps.iter().map(|u| at(*u)).collect()
}

/// A dome over the head, from the right to the left.
fn dome(pen: &Pen, y: f32, top: f32, wide: f32, square: f32) -> Vec<Point> {
    (0..=10)
        .map(|i| {
            let angle = std::f32::consts::PI * i as f32 / 10.0;
            let x = angle.cos().signum() * angle.cos().abs().powf(square) * wide;
            pen.rim(x, y - angle.sin().max(0.0).powf(square) * (y - top), -0.02)
        })
        .collect()
}

/// What of a hat is behind the head: the far side of a brim.
pub(super) fn hat_behind(pen: &mut Pen, f: &Factors, c: &Palette) {
    if f.hat == Some(Hat::Brim) {
        let at = pen.rim(0.0, -0.335, -0.02);
        pen.fill(ellipse(at, [0.645, 0.16]), times(c.hat, [0.52, 0.5, 0.55]), 1.0);
    }
}

pub(super) fn hat(pen: &mut Pen, f: &Factors, c: &Palette) {
    let Some(kind) = f.hat else { return };
    let (light, dark) = (mix(c.hat, [1.0, 0.96, 0.9], 0.26), times(c.hat, [0.62, 0.58, 0.66]));
    let x = 0.35 * f.light;
    let stops = [(0.0, light, 1.0), (0.45, c.hat, 1.0), (1.0, dark, 1.0)];
    let (y, bow, top, square) = match kind {
        Hat::Beanie => (-0.26, -0.05, -0.765, 0.80),
        Hat::Cap => (-0.27, -0.055, -0.74, 0.85),
        Hat::Brim => (-0.33, 0.02, -0.84, 0.55),
    };
    let low = edge(pen, y, bow, 0.02);
    let over = dome(pen, y, top, 0.492, square);
    // The hat's shadow on face and hair.
    let cast: Vec<Point> = low.iter().map(|[x, y]| [x * 0.97, y + 0.06]).collect();
    let back: Vec<Point> = low.iter().rev().map(|[x, y]| [x * 0.97, y - 0.03]).collect();
    pen.fill(sides(&[&cast, &back]), [0.16, 0.07, 0.10], 0.26);
    let path = sides(&[&low, &over]);
    pen.fill_linear(path.clone(), [x, -0.8], [-x, -0.2], &stops);
    match kind {
        Hat::Beanie => {
            pen.clip(path.as_ref());
            for i in -3..=3 {
                let u = i as f32 / 3.0;
                let rib = [
                    pen.rim(u * 0.14, -0.77, 0.0),
                    pen.rim(u * 0.38, -0.60, 0.06),
                    pen.rim(u * 0.46, -0.3, 0.2 * (1.0 - u * u)),
                ];
                pen.stroke(line(&rib), 0.018, dark, 0.45);
            }
            pen.clip(None);
            let (upper, lower) = (edge(pen, y - 0.135, bow, 0.025), edge(pen, y + 0.01, bow, 0.04));
            let upper: Vec<Point> = upper.into_iter().rev().collect();
            pen.fill_linear(
                sides(&[&lower, &upper]),
                [x, -0.45],
                [-x, -0.2],
                &[(0.0, mix(light, [1.0; 3], 0.2), 1.0), (1.0, mix(c.hat, dark, 0.3), 1.0)],
            );
            let bobble = pen.rim(0.0, -0.775, -0.04);
            pen.fill_radial(
                disc(bobble, 0.075),
                [bobble[0] + 0.03 * f.light, bobble[1] - 0.03],
                [0.11, 0.11],
                &[(0.0, mix(light, [1.0; 3], 0.45), 1.0), (1.0, c.hat, 1.0)],
            );
        }
        Hat::Cap => {
            let seam = [pen.rim(0.0, -0.74, 0.0), pen.rim(0.0, -0.55, 0.25), pen.rim(0.0, -0.34, 0.40)];
            pen.stroke(line(&seam), 0.014, dark, 0.6);
            let root = edge(pen, y - 0.01, bow, 0.0)[1..6].to_vec();
            let peak: Vec<Point> =
                [(0.37, -0.225), (0.28, -0.165), (0.0, -0.155), (-0.28, -0.165), (-0.37, -0.225)]
                    .iter()
                    .map(|&(u, v): &(f32, f32)| pen.rim(u, v, 0.52))
                    .collect();
            pen.fill_linear(
                sides(&[&root, &peak]),
                [0.0, -0.36],
                [0.0, -0.14],
                &[(0.0, dark, 1.0), (0.5, c.hat, 1.0), (1.0, light, 1.0)],
            );
        }
        Hat::Brim => {
            let band: Vec<Point> = edge(pen, y - 0.12, bow, 0.02).into_iter().rev().collect();
            pen.fill(sides(&[&low, &band]), dark, 1.0);
            let front: Vec<Point> = (0..=10)
                .map(|i| std::f32::consts::PI * i as f32 / 10.0)
                .map(|a| pen.rim(-a.cos() * 0.66, -0.335 + 0.135 * a.sin(), 0.30 * a.sin()))
                .collect();
            let back: Vec<Point> = low.iter().rev().map(|[x, y]| [*x, y - 0.02]).collect();
            pen.fill_linear(
                sides(&[&front, &back]),
                [x, -0.42],
                [-x, -0.18],
                &[(0.0, light, 1.0), (1.0, c.hat, 1.0)],
            );
        }
    }
}
