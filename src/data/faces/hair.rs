//! The hair of the head: what hangs behind it, and what frames the face.
//!
//! Must not know: beard and brows, or what is worn over the hair.

use super::Factors;
use super::colour::{Palette, mix};
use super::curve::{Point, blob, line, sides};
use super::pen::Pen;

/// How far the hair stands off the head here: less under a hat.
fn volume(f: &Factors) -> f32 {
    if f.hat.is_some() { 0.25 * f.hair_volume } else { f.hair_volume }
}

/// How far down the hair hangs, and how much of it (0 short, 1 from chin length on).
fn hang(f: &Factors) -> (f32, f32) {
    // Not before short hair ends, else tufts stand out behind the ears.
    (-0.05 + 0.98 * f.hair_length, ((f.hair_length - 0.22) * 5.0).clamp(0.0, 1.0))
}

/// Waves along a lock: how far its edge goes out at this height.
fn wave(f: &Factors, y: f32, phase: f32) -> f32 {
    0.052 * f.hair_wave * (y * 11.0 + phase).sin()
}

pub(super) fn behind(pen: &mut Pen, f: &Factors, c: &Palette) {
    if !f.has_hair() {
        return;
    }
    let (low, long) = hang(f);
    if long <= 0.0 {
        return;
    }
    let wide = 0.475 + 0.11 * volume(f) + 0.03 * long;
    let steps = 9;
    let side = |s: f32| -> Vec<Point> {
        (0..=steps)
            .map(|i| {
                let t = i as f32 / steps as f32;
                let y = -0.35 + (low + 0.35) * t;
                let x = wide * (0.78 + 0.46 * t - 0.30 * t * t) + wave(f, y, 1.0 + s) * t.sqrt();
                // Near the crown no farther back than it, else a turn of the head lets it out at the side.
                pen.rim(s * x, y, -0.04 - 0.10 * t)
            })
            .collect()
    };
    let bottom = [pen.rim(0.2, low + 0.04, -0.14), pen.rim(-0.2, low + 0.04, -0.14)];
    let left: Vec<Point> = side(-1.0).into_iter().rev().collect();
    let all = [vec![pen.rim(0.0, -0.6, -0.1)], side(1.0), bottom.to_vec(), left].concat();
    pen.fill_linear(
        blob(&all),
        [0.0, -0.4],
        [0.0, 0.9],
        &[(0.0, c.hair_dark, 1.0), (1.0, mix(c.hair_dark, c.hair, 0.6), 1.0)],
    );
}

pub(super) fn front(pen: &mut Pen, f: &Factors, c: &Palette) {
    if !f.has_hair() {
        return;
    }
    let outer = crown(pen, f);
    let inner = hairline(pen, f);
    // What the hair throws on the forehead.
    let cast: Vec<Point> = inner.iter().map(|[x, y]| [*x * 0.985, y + 0.032]).collect();
    pen.fill(sides(&[&outer, &cast]), c.skin_dark, 0.34);
    let path = sides(&[&outer, &inner]);
    let x = 0.35 * f.light;
    let stops = [(0.0, c.hair_light, 1.0), (0.35, c.hair, 1.0), (1.0, mix(c.hair, c.hair_dark, 0.75), 1.0)];
    pen.fill_linear(path.clone(), [x, -0.72], [-x * 0.5, 0.35], &stops);
    pen.clip(path.as_ref());
    strands(pen, f, c);
    pen.clip(None);
}

/// The outer edge, from the left lock's tip over the top to the right one's.
fn crown(pen: &Pen, f: &Factors) -> Vec<Point> {
    let (low, long) = hang(f);
    let v = volume(f);
    let tip = 0.02 + (low - 0.02).max(0.0) * long;
    let lock = |s: f32| -> Vec<Point> {
        let steps = 6;
        let one = |i: usize| {
            let t = i as f32 / steps as f32;
            let y = tip + (0.05 - tip) * t;
            let x =
                0.452 + 0.025 * long + 0.10 * v * (0.4 + 0.6 * long) + wave(f, y, 1.0 + s) * long * (1.0 - t);
            let narrow = 0.05 * long * (1.0 - t).powi(3);
            pen.rim(s * (x - narrow), y, -0.04)
        };
        // Short hair has no locks: the edge begins over the ears.
        if long > 0.05 { (0..steps).map(one).collect() } else { vec![pen.rim(s * 0.448, 0.0, -0.04)] }
    };
    let dome = (1..12).map(|i| {
        let angle = std::f32::consts::PI * i as f32 / 12.0;
        let curl = 1.0 + 0.022 * f.hair_wave * (angle * 13.0).sin();
        let (rx, ry) = ((0.47 + 0.10 * v) * curl, (0.53 + 0.17 * v) * curl);
        let flat = angle.sin().powf(0.82);
        pen.rim(-angle.cos() * rx, -0.12 - flat * ry, -0.03)
    });
    let right: Vec<Point> = lock(1.0).into_iter().rev().collect();
    lock(-1.0).into_iter().chain(dome).chain(right).collect()
}

/// The inner edge, from the right lock's tip over the forehead to the left one's.
fn hairline(pen: &Pen, f: &Factors) -> Vec<Point> {
    let (low, long) = hang(f);
    let tip = 0.02 + (low - 0.02).max(0.0) * long;
    let fringe = if f.hat.is_some() { f.fringe.min(0.3) } else { f.fringe };
    let full = ((fringe - 0.4) * 2.5).clamp(0.0, 1.0);
    let recede = (f.masculine * (0.02 + 0.07 * f.age)) * (1.0 - full);
    let high = -0.365 - recede;
    let forehead = |u: f32| {
        // Without a fringe the line rises to the parting and falls to the sides; with one it hangs down.
        let from_part = (u - 0.55 * f.parting).abs();
        let swept = high - 0.035 + 0.15 * from_part.min(1.2).powf(1.3) * (1.0 - 0.35 * f.masculine);
        let strand = 0.022 * (u * 9.0 + 3.0 * f.parting).sin() + 0.02 * u * f.parting;
        let hanging = -0.205 + strand + 0.035 * u * u - 0.02 * (1.0 - f.fringe);
        let y = swept + (hanging - swept) * full + 0.10 * (fringe.min(0.4) - 0.2) * (1.0 - full);
        pen.surface(u * 0.345, y, 0.0)
    };
    let side = |s: f32| -> Vec<Point> {
        let mut points = Vec::new();
        if long > 0.05 {
            for i in 0..5 {
                let y = tip + (0.10 - tip) * i as f32 / 5.0;
                let x = 0.40 - 0.03 * long
                    + 0.03 * (i as f32 / 4.0 - 1.0).abs()
                    + 0.6 * wave(f, y, 1.4 + s) * long;
                points.push(pen.rim(s * x, y, 0.02));
            }
        }
        points.push(pen.rim(s * (0.418 - 0.03 * long), 0.0, 0.0));
        points.push(pen.surface(s * 0.392, -0.13, 0.0));
        points
    };
    let top = (-4..=4).rev().map(|i| forehead(i as f32 / 4.0));
    let left: Vec<Point> = side(-1.0).into_iter().rev().collect();
    side(1.0).into_iter().chain(top).chain(left).collect()
}

/// Streaks of light and dark along the hair, from the parting down.
fn strands(pen: &mut Pen, f: &Factors, c: &Palette) {
    let v = volume(f);
    let (_, long) = hang(f);
    let root = 0.2 * f.parting;
    for i in 0..7 {
        let t = i as f32 / 6.0 * 2.0 - 1.0;
        let bend = 0.016 * f.hair_wave * if i % 2 == 0 { 1.0 } else { -1.0 };
        let path = [
            pen.rim(root + 0.10 * t, -0.62 - 0.14 * v, 0.0),
            pen.rim(root * 0.6 + 0.30 * t + bend, -0.53 - 0.05 * v, 0.05),
            pen.rim(0.43 * t - bend, -0.34, 0.06),
            pen.rim(0.455 * t + bend, -0.05, 0.0),
            pen.rim(0.47 * t - bend, 0.1 + 0.4 * long, 0.0),
        ];
        let (colour, alpha) =
            if i % 2 == 0 { (c.hair_dark, 0.28 - 0.14 * f.hair_colour) } else { (c.hair_light, 0.24) };
        pen.stroke(line(&path), 0.020, colour, alpha);
    }
    // The gloss that goes around the head.
    let x = 0.16 * f.light;
    let gloss = [(-0.26, -0.41), (-0.10, -0.495), (0.10, -0.50), (0.26, -0.42)]
        .map(|(u, y)| pen.rim(u + x, y - 0.09 * v, 0.05));
    pen.stroke(line(&gloss), 0.06, c.hair_light, 0.34);
}
