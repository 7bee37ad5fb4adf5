//! One shape from its factors.
//!
//! Must not know: other pictures, or how factors are chosen.

use super::super::faces::colour::hsl;
use tiny_skia::{Color, FillRule, Paint, Path, PathBuilder, Pixmap, Rect, Shader, Transform};

/// Radius of the circle around the largest shape, in half pictures.
const REACH: f32 = 0.44;
/// How full colours are, 0..=1.
const SATURATION: f32 = 0.8;
/// How light the shape is, and the ground it lies on. The ground has the shape's hue, though dSprites' is black: hue
/// seen in the shape alone is noise to whatever looks for the shape, and small VAEs learn to overlook it. On black,
/// at 32×32, a forest read nothing of the hue off the codes after 2,000 to 3,000 steps with β = 0.1, 4 and 25; on this
/// ground, after 2,500 steps with β = 20, it reads 99 % of its variance.
const LIGHTNESS: f32 = 0.6;
const GROUND: f32 = 0.14;

/// What can be drawn: dSprites' three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Looks the same after a quarter turn.
    Square,
    /// Lies on its long axis; looks the same after half a turn.
    Ellipse,
    /// Stands on its point.
    Heart,
}

impl Shape {
    /// All of them, in the order of their class indices.
    pub const ALL: [Self; 3] = [Self::Square, Self::Ellipse, Self::Heart];

    /// Its name as a class.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Square => "square",
            Self::Ellipse => "ellipse",
            Self::Heart => "heart",
        }
    }

    /// Its outline, within about the unit circle around its middle, y down.
    fn path(self) -> Option<Path> {
        match self {
            Self::Square => Some(PathBuilder::from_rect(Rect::from_ltrb(-0.7, -0.7, 0.7, 0.7)?)),
            Self::Ellipse => PathBuilder::from_oval(Rect::from_ltrb(-1.0, -0.56, 1.0, 0.56)?),
            Self::Heart => {
                let mut path = PathBuilder::new();
                path.move_to(0.0, 0.92);
                path.cubic_to(-0.30, 0.60, -0.96, 0.24, -0.96, -0.34);
                path.cubic_to(-0.96, -0.68, -0.72, -0.86, -0.48, -0.86);
                path.cubic_to(-0.24, -0.86, -0.07, -0.70, 0.0, -0.50);
                path.cubic_to(0.07, -0.70, 0.24, -0.86, 0.48, -0.86);
                path.cubic_to(0.72, -0.86, 0.96, -0.68, 0.96, -0.34);
                path.cubic_to(0.96, 0.24, 0.30, 0.60, 0.0, 0.92);
                path.close();
                path.finish()
            }
        }
    }
}

/// Everything that a picture is drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// Which shape.
    pub shape: Shape,
    /// Size next to the largest, [`super::SCALE`].
    pub scale: f32,
    /// Turn in degrees, [`super::ROTATION`]; positive is clockwise.
    pub rotation: f32,
    /// Middle of the shape to the right of the picture's, in half pictures, [`super::X`].
    pub x: f32,
    /// Middle of the shape below the picture's, in half pictures, [`super::Y`].
    pub y: f32,
    /// Hue in turns, [`super::HUE`]; not seen in grey pictures.
    pub hue: f32,
}

/// Draws into `size × size` pixels of 1 or 3 interleaved bytes: the shape in its hue on a dark ground of the same hue
/// or, where there is one byte a pixel, white on black. Edges are anti-aliased, so that half a pixel's move shows.
pub fn draw(f: &Factors, size: usize, pixels: &mut [u8]) {
    let side = u32::try_from(size).unwrap_or(0);
    let (Some(mut pixmap), Some(path)) = (Pixmap::new(side, side), f.shape.path()) else { return };
    let channels = pixels.len() / (size * size);
    let colour = |lightness, grey: f32| {
        let [r, g, b] = if channels == 3 { hsl(f.hue, SATURATION, lightness) } else { [grey; 3] };
        Color::from_rgba(r, g, b, 1.0).unwrap_or(Color::BLACK)
    };
    let half = size as f32 / 2.0;
    let scale = REACH * f.scale;
    let place = Transform::from_row(half, 0.0, 0.0, half, half, half)
        .pre_translate(f.x, f.y)
        .pre_concat(Transform::from_rotate(f.rotation))
        .pre_scale(scale, scale);
    pixmap.fill(colour(GROUND, 0.0));
    let shader = Shader::SolidColor(colour(LIGHTNESS, 1.0));
    let paint = Paint { shader, anti_alias: true, ..Paint::default() };
    pixmap.fill_path(&path, &paint, FillRule::Winding, place, None);
    for (to, from) in pixels.chunks_exact_mut(channels).zip(pixmap.data().chunks_exact(4)) {
        to.copy_from_slice(&from[..channels]);
    }
}

/// A shape of a scene.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    /// Which.
    pub shape: Shape,
    /// Radius of the circle around it, in half pictures.
    pub scale: f32,
    /// Its middle to the right of and below the picture's, in half pictures.
    pub at: [f32; 2],
    /// Red, green, blue, 0..=1.
    pub colour: [f32; 3],
}

/// Several shapes on a dark grey ground, the later over the earlier: `size × size` pixels of RGB, row-major.
pub(super) fn paint(shapes: &[Placed], size: usize) -> Vec<u8> {
    let side = u32::try_from(size).unwrap_or(0);
    let Some(mut pixmap) = Pixmap::new(side, side) else { return Vec::new() };
    pixmap.fill(Color::from_rgba(GROUND, GROUND, GROUND, 1.0).unwrap_or(Color::BLACK));
    let half = size as f32 / 2.0;
    for Placed { shape, scale, at: [x, y], colour: [r, g, b] } in shapes {
        let Some(path) = shape.path() else { continue };
        let place = Transform::from_row(half, 0.0, 0.0, half, half, half)
            .pre_translate(*x, *y)
            .pre_scale(*scale, *scale);
        let colour = Color::from_rgba(*r, *g, *b, 1.0).unwrap_or(Color::WHITE);
        let paint = Paint { shader: Shader::SolidColor(colour), anti_alias: true, ..Paint::default() };
        pixmap.fill_path(&path, &paint, FillRule::Winding, place, None);
    }
    pixmap.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect()
}
