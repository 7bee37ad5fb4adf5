//! Draws many points into one picture in memory, each a small mark: 60,000 of them cost a frame a texture, and only when
//! something about them changed.
//!
//! Must not know: what the points are.

use eframe::egui::{Color32, Pos2, Shape, Stroke, Vec2};

/// Shapes that tell groups apart beside their colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Marker {
    /// ●
    Disc,
    /// ○
    Ring,
    /// ■
    Square,
    /// ▲
    Up,
    /// ▼
    Down,
    /// ◆
    Diamond,
    /// +
    Plus,
    /// ×
    Cross,
    /// −
    Flat,
    /// |
    Tall,
    /// A disc that grows from 0 to 4.
    Grown(u8),
}

impl Marker {
    /// The mark of a group.
    pub fn of(k: usize) -> Self {
        use Marker::*;
        [Disc, Square, Up, Diamond, Plus, Cross, Down, Ring, Flat, Tall][k % 10]
    }

    /// Whether a point (in units of the mark's radius) is inside.
    fn holds(self, x: f32, y: f32) -> bool {
        let (a, b) = (x.abs(), y.abs());
        match self {
            Self::Disc => x * x + y * y <= 1.0,
            Self::Ring => (0.36..=1.0).contains(&(x * x + y * y)),
            Self::Square => a <= 0.85 && b <= 0.85,
            Self::Up => y <= 0.75 && a <= (y + 1.0) * 0.6,
            Self::Down => y >= -0.75 && a <= (1.0 - y) * 0.6,
            Self::Diamond => a + b <= 1.15,
            Self::Plus => (a <= 0.33 && b <= 1.1) || (b <= 0.33 && a <= 1.1),
            Self::Cross => (x - y).abs().min((x + y).abs()) <= 0.48 && a <= 0.95 && b <= 0.95,
            Self::Flat => b <= 0.4 && a <= 1.2,
            Self::Tall => a <= 0.4 && b <= 1.2,
            Self::Grown(k) => {
                let r = 0.5 + 0.17 * f32::from(k);
                x * x + y * y <= r * r
            }
        }
    }

    /// Its pixels at a radius: offset and share covered.
    fn pixels(self, radius: f32) -> Vec<(i32, i32, f32)> {
        const FINE: i32 = 4;
        let reach = (radius * 1.25).ceil() as i32;
        let mut found = Vec::new();
        for dy in -reach..=reach {
            for dx in -reach..=reach {
                let inside = |k: i32| {
                    let part = |d: i32, k: i32| (d as f32 + (k as f32 + 0.5) / FINE as f32 - 0.5) / radius;
                    self.holds(part(dx, k % FINE), part(dy, k / FINE))
                };
                let covered = (0..FINE * FINE).filter(|k| inside(*k)).count();
                if covered > 0 {
                    found.push((dx, dy, covered as f32 / (FINE * FINE) as f32));
                }
            }
        }
        found
    }
}

/// A mark as shapes, for a legend.
pub fn outline(mark: Marker, at: Pos2, radius: f32, colour: Color32) -> Vec<Shape> {
    let polygon = |corners: &[(f32, f32)]| {
        let points = corners.iter().map(|(x, y)| at + Vec2::new(*x, *y) * radius).collect();
        vec![Shape::convex_polygon(points, colour, Stroke::NONE)]
    };
    let line = |x: f32, y: f32| {
        let by = Vec2::new(x, y) * radius;
        Shape::line_segment([at - by, at + by], Stroke::new(radius * 0.65, colour))
    };
    match mark {
        Marker::Disc => vec![Shape::circle_filled(at, radius, colour)],
        Marker::Ring => vec![Shape::circle_stroke(at, radius * 0.8, Stroke::new(radius * 0.4, colour))],
        Marker::Square => polygon(&[(-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)]),
        Marker::Up => polygon(&[(0.0, -1.0), (1.05, 0.75), (-1.05, 0.75)]),
        Marker::Down => polygon(&[(0.0, 1.0), (-1.05, -0.75), (1.05, -0.75)]),
        Marker::Diamond => polygon(&[(0.0, -1.15), (1.15, 0.0), (0.0, 1.15), (-1.15, 0.0)]),
        Marker::Plus => vec![line(1.1, 0.0), line(0.0, 1.1)],
        Marker::Cross => vec![line(0.85, 0.85), line(0.85, -0.85)],
        Marker::Flat => vec![line(1.2, 0.0)],
        Marker::Tall => vec![line(0.0, 1.2)],
        Marker::Grown(k) => vec![Shape::circle_filled(at, radius * (0.5 + 0.17 * f32::from(k)), colour)],
    }
}

/// Points to be drawn.
pub struct Scatter<'a> {
    /// Places in pixels of the picture, and each one's group.
    pub points: &'a mut dyn Iterator<Item = (f32, f32, usize, f32)>,
    /// Colour and mark of each group.
    pub looks: &'a [(Color32, Marker)],
    /// Radius of a mark, pixels.
    pub radius: f32,
    /// Width and height of the picture, pixels.
    pub size: [usize; 2],
}

/// Draws them in order, later ones over earlier ones, on nothing. The last number of a point is its opacity.
pub fn draw(scatter: Scatter<'_>) -> Vec<Color32> {
    let [width, height] = scatter.size;
    let mut pixels = vec![Color32::TRANSPARENT; width * height];
    let marks: Vec<_> =
        scatter.looks.iter().map(|(colour, mark)| (*colour, mark.pixels(scatter.radius))).collect();
    for (x, y, group, opacity) in scatter.points {
        let Some((colour, mark)) = marks.get(group) else { continue };
        let (x, y) = (x.floor() as i32, y.floor() as i32);
        for (dx, dy, covered) in mark {
            let (x, y) = (x + dx, y + dy);
            if x < 0 || y < 0 || x as usize >= width || y as usize >= height {
                continue;
            }
            let slot = &mut pixels[y as usize * width + x as usize];
            *slot = over(*colour, covered * opacity, *slot);
        }
    }
    pixels
}

/// An opaque colour of some opacity over a premultiplied one.
fn over(colour: Color32, opacity: f32, under: Color32) -> Color32 {
    let a = (opacity * 256.0) as u32;
    let mix = |c: u8, u: u8| ((u32::from(c) * a + u32::from(u) * (256 - a)) >> 8) as u8;
    Color32::from_rgba_premultiplied(
        mix(colour.r(), under.r()),
        mix(colour.g(), under.g()),
        mix(colour.b(), under.b()),
        mix(255, under.a()),
    )
}
