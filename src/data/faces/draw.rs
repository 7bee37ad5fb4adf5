//! One face from its factors: what is painted over what, and the parts without a file of their own (background,
//! shoulders, ears, skin).
//!
//! Must not know: other faces, or how factors are chosen.

use super::colour::{Palette, Rgb, hsl, mix, times};
use super::curve::{Point, blob, line};
use super::pen::Pen;
use super::{Factors, accessories, features, grain, hair, mouth};

/// Draws a face at `size × size` pixels (meant for [`super::SIZES`]): `size × size × 3` bytes, row-major, RGB.
pub fn draw(f: &Factors, size: usize) -> Vec<u8> {
    let Some(mut pen) = Pen::new(size, f) else { return vec![0; size * size * 3] };
    paint(&mut pen, f);
    pen.light(f.light);
    let mut pixels = pen.finish();
    grain::add(&mut pixels, f.grain, f.grain_seed);
    pixels
}

/// The same face as a line drawing, black on white: `size × size` bytes, row-major, grey. What has no outline (light,
/// skin, colours, grain) is not in it.
pub fn edges(f: &Factors, size: usize) -> Vec<u8> {
    let Some(mut pen) = Pen::of_lines(size, f) else { return vec![255; size * size] };
    paint(&mut pen, f);
    pen.finish().into_iter().step_by(3).collect()
}

/// The same face as a label map, aligned with [`draw`]'s picture: `size × size` bytes, row-major, each the index of a class in
/// [`PARTS`].
pub fn labels(f: &Factors, size: usize) -> Vec<u8> {
    let Some(mut pen) = Pen::of_labels(size, f) else { return vec![0; size * size] };
    paint(&mut pen, f);
    pen.finish().into_iter().step_by(3).collect()
}

/// The classes of a label map, with the colours that they are shown in (sRGB bytes).
pub const PARTS: [(&str, [u8; 3]); 12] = [
    ("background", [38, 50, 72]),
    ("clothes", [70, 130, 180]),
    ("skin", [240, 190, 150]),
    ("hair", [110, 70, 40]),
    ("beard", [160, 110, 70]),
    ("nose", [255, 150, 90]),
    ("mouth", [210, 50, 70]),
    ("eyes", [250, 250, 250]),
    ("brows", [60, 35, 25]),
    ("earrings", [255, 215, 0]),
    ("glasses", [30, 220, 200]),
    ("hat", [150, 80, 200]),
];

const CLOTHES: u8 = 1;
const SKIN: u8 = 2;
const HAIR: u8 = 3;
const BEARD: u8 = 4;
const NOSE: u8 = 5;
const MOUTH: u8 = 6;
const EYES: u8 = 7;
const BROWS: u8 = 8;
const EARRINGS: u8 = 9;
const GLASSES: u8 = 10;
const HAT: u8 = 11;

/// Everything but the light and the grain over it.
fn paint(pen: &mut Pen, f: &Factors) {
    let c = &Palette::new(f);
    if pen.is_of_colours() {
        background(pen, f, c);
    }
    pen.on_head();
    pen.part(HAT);
    accessories::hat_behind(pen, f, c);
    pen.part(HAIR);
    hair::behind(pen, f, c);
    pen.on_body();
    shoulders(pen, f, c);
    pen.on_head();
    pen.part(SKIN);
    // Long hair covers the ears; slivers of them would show at its edge.
    if !f.has_hair() || f.hair_length < 0.35 {
        ears(pen, f, c);
    }
    head(pen, f, c);
    features::age_lines(pen, f, c);
    pen.part(BEARD);
    mouth::beard(pen, f, c);
    pen.part(NOSE);
    features::nose(pen, f, c);
    pen.part(BEARD);
    mouth::moustache(pen, f, c);
    pen.part(MOUTH);
    mouth::mouth(pen, f, c);
    pen.part(EYES);
    features::eyes(pen, f, c);
    pen.part(HAIR);
    hair::front(pen, f, c);
    pen.part(BROWS);
    features::brows(pen, f, c);
    pen.part(EARRINGS);
    if f.earrings {
        accessories::earrings(pen, f);
    }
    pen.part(GLASSES);
    accessories::glasses(pen, f);
    pen.part(HAT);
    accessories::hat(pen, f, c);
}

/// The whole picture, as a shape.
fn everything() -> Option<tiny_skia::Path> {
    Some(tiny_skia::PathBuilder::from_rect(tiny_skia::Rect::from_ltrb(-1.0, -1.0, 1.0, 1.0)?))
}

fn background(pen: &mut Pen, f: &Factors, c: &Palette) {
    pen.on_frame();
    let stops = [(0.0, c.background_light, 1.0), (1.0, c.background, 1.0)];
    pen.fill_radial(everything(), [0.3 * f.light, -0.35], [1.5, 1.5], &stops);
}

fn shoulders(pen: &mut Pen, f: &Factors, c: &Palette) {
    let wide = 0.62 + 0.14 * f.masculine;
    let neck = 0.155 + 0.055 * f.masculine;
    let body = |x: f32, y: f32| -> Vec<Point> {
        let side = [[neck + 0.03, 0.74], [0.42, 0.84], [wide, 0.96], [wide + 0.12, 1.25], [wide, 1.6]];
        let left = side.iter().map(|[u, v]| [x - u, v + y]);
        left.rev().chain([[x, 0.78 + y]]).chain(side.iter().map(|[u, v]| [x + u, v + y])).collect()
    };
    pen.part(CLOTHES);
    let light = mix(c.cloth, [1.0, 0.97, 0.9], 0.22);
    let dark = times(c.cloth, [0.66, 0.62, 0.7]);
    let at = [0.4 * f.light, 0.8];
    pen.fill_radial(
        blob(&body(0.0, 0.0)),
        at,
        [1.1, 0.8],
        &[(0.0, light, 1.0), (0.4, c.cloth, 1.0), (1.0, dark, 1.0)],
    );
    pen.part(SKIN);
    let skin = times(c.skin, [0.93, 0.89, 0.88]);
    let throat = [
        [-neck, 0.3],
        [neck, 0.3],
        [neck, 0.70],
        [neck + 0.07, 0.78],
        [0.0, 0.90],
        [-neck - 0.07, 0.78],
        [-neck, 0.70],
    ];
    pen.fill_linear(blob(&throat), [0.0, 0.55], [0.0, 0.9], &[(0.0, c.skin_dark, 1.0), (0.55, skin, 1.0)]);
    pen.part(CLOTHES);
    let collar = [[-neck - 0.085, 0.765], [-0.11, 0.87], [0.0, 0.905], [0.11, 0.87], [neck + 0.085, 0.765]];
    pen.stroke(line(&collar), 0.035, dark, 0.75);
}

fn ears(pen: &mut Pen, f: &Factors, c: &Palette) {
    for side in [-1.0, 1.0] {
        let at = pen.rim(side * 0.435, 0.035, -0.10);
        let shade = mix(c.skin, c.skin_dark, 0.2 - 0.2 * side * f.light);
        let ear = |k: f32| {
            [[-0.3, -1.0], [0.7, -0.95], [1.0, -0.2], [0.6, 0.5], [0.1, 1.0], [-0.5, 0.8]]
                .map(|[u, v]: Point| [at[0] + side * 0.085 * k * u, at[1] + 0.125 * k * v])
        };
        pen.fill(blob(&ear(1.0)), shade, 1.0);
        pen.fill(blob(&ear(0.55)), c.skin_dark, 0.45);
    }
}

/// The outline of head and jaw, from the top around.
pub(super) fn outline(pen: &Pen, f: &Factors) -> Vec<Point> {
    let j = f.jaw;
    let side = [
        [0.22, -0.555, 0.0],
        [0.375, -0.42, 0.0],
        [0.437, -0.20, 0.0],
        [0.444, 0.03, 0.0],
        [0.418, 0.22, 0.02],
        [0.335 + 0.05 * j, 0.395, 0.08],
        [0.205 + 0.07 * j, 0.535 + 0.01 * j, 0.13],
        [0.085 + 0.03 * j, 0.605, 0.16],
    ];
    let right = side.iter().map(|&[x, y, z]| pen.rim(x, y, z));
    let left = side.iter().rev().map(|&[x, y, z]| pen.rim(-x, y, z));
    std::iter::once(pen.rim(0.0, -0.59, 0.0)).chain(right).chain(left).collect()
}

fn head(pen: &mut Pen, f: &Factors, c: &Palette) {
    let path = blob(&outline(pen, f));
    let at = pen.surface(0.16 * f.light, -0.14, 0.0);
    let edge = mix(c.skin, c.skin_dark, 0.55);
    let stops =
        [(0.0, c.skin_light, 1.0), (0.45, c.skin, 1.0), (0.8, mix(c.skin, edge, 0.4), 1.0), (1.0, edge, 1.0)];
    pen.fill_radial(path.clone(), at, [0.66, 0.82], &stops);
    let chin = pen.surface(0.0, 0.50, 0.0);
    pen.glow(chin, [0.12, 0.08], c.skin_light, 0.4);
    for side in [-1.0, 1.0] {
        let socket = pen.surface(side * 0.18, -0.01, 0.0);
        pen.glow(socket, [0.17, 0.13], c.skin_dark, 0.22);
    }
    pen.clip(path.as_ref());
    // Away from the light, the cheek turns into shadow.
    let far = pen.rim(-0.52 * f.light, 0.1, 0.0);
    pen.glow(far, [0.30, 0.7], c.skin_dark, 0.55 * f.light.abs());
    let rose: Rgb = mix([0.93, 0.30, 0.33], times(c.skin, [0.95, 0.45, 0.42]), 0.25 + 0.5 * f.skin_tone);
    for side in [-1.0, 1.0] {
        let smile = f.smile.max(0.0);
        let cheek = pen.surface(side * 0.255, 0.215 - 0.02 * smile, 0.0);
        pen.glow(cheek, [0.16, 0.125], rose, 0.12 + 0.10 * smile + 0.52 * f.rosy);
    }
    pen.clip(None);
    if f.bald && f.hat.is_none() {
        let shine = pen.surface(0.14 * f.light, -0.46, 0.0);
        pen.glow(shine, [0.17, 0.10], mix(c.skin_light, hsl(0.12, 1.0, 0.97), 0.6), 0.7);
    }
}
