//! A pen for faces: turns points of a head into points of the picture, smooth curves through them into paths, and
//! fills these.
//!
//! Must not know: what a face consists of.

use super::Factors;
use super::colour::Rgb;
use super::curve::{Point, ellipse};
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Mask, Paint, Path, Pixmap,
    RadialGradient, Shader, SpreadMode, Stroke, Transform,
};

/// Half-axes of the ellipsoid that faces are drawn on: across, along, in depth.
const AXES: [f32; 3] = [0.47, 0.64, 0.40];

/// The colours of the light and of the shade over everything, in bytes.
const WARM: Rgb = [255.0, 242.0, 209.0];
const COLD: Rgb = [31.0, 15.0, 56.0];

/// How much larger than the unit frame a head of scale 1 is drawn, so that the face fills the picture.
const SIZE: f32 = 1.13;

/// How far below the picture's middle the head's middle is, which leaves room for hats.
const MIDDLE: f32 = 0.05;

/// The picture being drawn, and where its head is.
pub(super) struct Pen {
    pixmap: Pixmap,
    /// Unit frame to pixels, with the head's roll, scale and shift.
    head: Transform,
    /// Unit frame to pixels, with the scale and shift only, and little of the roll: shoulders.
    body: Transform,
    /// Unit frame to pixels.
    frame: Transform,
    /// What the next marks are drawn with.
    now: Transform,
    mask: Option<Mask>,
    yaw: (f32, f32),
    pitch: (f32, f32),
    width: f32,
    /// Width of the lines of a line drawing, in the unit frame; `None` paints.
    lines: Option<f32>,
    /// Of a label map, the class of what is drawn next; `None` paints.
    class: Option<u8>,
}

/// What is fainter than this is shading, which a line drawing leaves out.
const SHADE: f32 = 0.5;

/// What is filled or stroked more faintly than this is shading, which a label map leaves out: a thin beard is not, the edge of an
/// eyelid's fold is.
const FILL: f32 = 0.42;
const STROKE: f32 = 0.6;

/// Width of a line drawing's lines: in pixels in small pictures, in the unit frame in large ones.
const LINE: (f32, f32) = (1.1, 0.018);

impl Pen {
    /// A pen for an empty picture of `size × size` pixels; `None` when there is no such picture.
    pub fn new(size: usize, f: &Factors) -> Option<Self> {
        let pixmap = Pixmap::new(u32::try_from(size).ok()?, u32::try_from(size).ok()?)?;
        let half = size as f32 / 2.0;
        let frame = Transform::from_row(half, 0.0, 0.0, half, half, half);
        let place =
            frame.pre_translate(f.shift_x, f.shift_y + MIDDLE).pre_scale(f.scale * SIZE, f.scale * SIZE);
        // A head tilts about the neck, not about its middle.
        let tilt = |degrees| place.pre_concat(Transform::from_rotate_at(degrees, 0.0, 0.45));
        let head = tilt(f.roll);
        Some(Self {
            pixmap,
            head,
            body: tilt(f.roll * 0.2),
            frame,
            now: frame,
            mask: None,
            yaw: f.yaw.to_radians().sin_cos(),
            pitch: f.pitch.to_radians().sin_cos(),
            width: f.face_width,
            lines: None,
            class: None,
        })
    }

    /// The same pen for a line drawing: black outlines on white, each part hiding what it lies on, no shading.
    pub fn of_lines(size: usize, f: &Factors) -> Option<Self> {
        let mut pen = Self::new(size, f)?;
        pen.pixmap.fill(Color::WHITE);
        pen.lines = Some((LINE.0 * 2.0 / size as f32).max(LINE.1));
        Some(pen)
    }

    /// The same pen for a label map: each pixel holds the class of what was last drawn over it, 0 at first; no pixel is between two
    /// classes, and shading is left out.
    pub fn of_labels(size: usize, f: &Factors) -> Option<Self> {
        let mut pen = Self::new(size, f)?;
        pen.pixmap.fill(Color::BLACK);
        pen.class = Some(0);
        Some(pen)
    }

    /// Of a label map, the class of the marks from here on; a picture and a line drawing stay as they are.
    pub fn part(&mut self, class: u8) {
        self.class = self.class.map(|_| class);
    }

    /// Whether this is a picture with a background, light and shade.
    pub fn is_of_colours(&self) -> bool {
        self.lines.is_none() && self.class.is_none()
    }

    /// From here on, marks move with the head.
    pub fn on_head(&mut self) {
        self.now = self.head;
    }

    /// From here on, marks move with the shoulders.
    pub fn on_body(&mut self) {
        self.now = self.body;
    }

    /// From here on, marks stay with the picture.
    pub fn on_frame(&mut self) {
        self.now = self.frame;
    }

    /// A point of the face, lying on the ellipsoid, `lift` in front of it, as the turned head shows it.
    pub fn surface(&self, x: f32, y: f32, lift: f32) -> Point {
        let left = 1.0 - (x / AXES[0]).powi(2) - (y / AXES[1]).powi(2);
        let (x, z) = (x * self.width, AXES[2] * left.max(0.0).sqrt() + lift);
        let (turned, deep) = (x * self.yaw.1 + z * self.yaw.0, z * self.yaw.1 - x * self.yaw.0);
        // Pitch turns about the head's middle depth, so that a nod moves the features and not the whole face.
        [turned, y * self.pitch.1 + deep * self.pitch.0]
    }

    /// A point of the outline: it stays where it is when the head turns (another part of the round head comes into
    /// its place), except that what is in front (`z` > 0) moves with the turn, and what is behind against it.
    pub fn rim(&self, x: f32, y: f32, z: f32) -> Point {
        [x * self.width + z * self.yaw.0, y + z * self.pitch.0]
    }

    /// Fills a path with one colour.
    pub fn fill(&mut self, path: Option<Path>, colour: Rgb, alpha: f32) {
        if self.outlined(&path, alpha) {
            return;
        }
        self.paint(path, Some(Shader::SolidColor(colour_of(colour, alpha))));
    }

    /// Fills a path with colours going from one point to another.
    pub fn fill_linear(&mut self, path: Option<Path>, from: Point, to: Point, stops: &[(f32, Rgb, f32)]) {
        if self.outlined(&path, strongest(stops)) {
            return;
        }
        let shader = LinearGradient::new(
            point(from),
            point(to),
            gradient(stops),
            SpreadMode::Pad,
            Transform::identity(),
        );
        self.paint(path, shader);
    }

    /// Fills a path with colours going outwards from a point; the last at the ellipse of these half-axes.
    pub fn fill_radial(
        &mut self,
        path: Option<Path>,
        [x, y]: Point,
        [rx, ry]: Point,
        stops: &[(f32, Rgb, f32)],
    ) {
        if self.outlined(&path, strongest(stops)) {
            return;
        }
        let zero = tiny_skia::Point::from_xy(0.0, 0.0);
        let placed = Transform::from_row(rx, 0.0, 0.0, ry, x, y);
        let stops = gradient(stops);
        self.paint(path, RadialGradient::new(zero, 0.0, zero, 1.0, stops, SpreadMode::Pad, placed));
    }

    /// A soft spot: `alpha` in its middle, nothing at the ellipse of these half-axes.
    pub fn glow(&mut self, centre: Point, radii: Point, colour: Rgb, alpha: f32) {
        if alpha > 0.004 && self.is_of_colours() {
            // Two stops: more of them make tiny-skia several times slower.
            let stops = [(0.0, colour, alpha), (1.0, colour, 0.0)];
            self.fill_radial(ellipse(centre, radii), centre, radii, &stops);
        }
    }

    /// Draws along a path, `width` wide, with round ends.
    pub fn stroke(&mut self, path: Option<Path>, width: f32, colour: Rgb, alpha: f32) {
        let Some(path) = path else { return };
        if self.class.is_some() && alpha < STROKE {
            return;
        }
        let (width, colour, alpha) = match self.lines {
            Some(_) if alpha < SHADE => return,
            Some(thin) => (thin, [0.0; 3], 1.0),
            None if alpha <= 0.004 => return,
            None => (width, colour, alpha),
        };
        let shader = self.class.map_or(Shader::SolidColor(colour_of(colour, alpha)), shader_of);
        let stroke =
            Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        let paint = Paint { anti_alias: self.class.is_none(), ..paint_with(shader) };
        self.pixmap.stroke_path(&path, &paint, &stroke, self.now, self.mask.as_ref());
    }

    /// From here on, only what is inside the path is drawn; `None` ends this.
    pub fn clip(&mut self, path: Option<&Path>) {
        self.mask = path.and_then(|path| {
            let mut mask = Mask::new(self.pixmap.width(), self.pixmap.height())?;
            mask.fill_path(path, FillRule::Winding, self.class.is_none(), self.now);
            Some(mask)
        });
    }

    /// A soft light over everything, which ties the parts together: warm from above and `from` (−1 left, 1 right),
    /// cold from the other side. By hand, because two gradients over all pixels take longer than a whole head.
    pub fn light(&mut self, from: f32) {
        let size = self.pixmap.width() as usize;
        let (unit, reach) = (2.0 / size as f32, 0.9 * (from * from + 1.0));
        for (y, row) in self.pixmap.data_mut().chunks_exact_mut(size * 4).enumerate() {
            let down = (y as f32 + 0.5) * unit - 1.0;
            for (x, pixel) in row.chunks_exact_mut(4).enumerate() {
                let t = (((x as f32 + 0.5) * unit - 1.0) * from - down) / reach;
                let (alpha, colour) =
                    if t > 0.0 { (t.min(1.0) * 0.10, WARM) } else { (-t.max(-1.0) * 0.15, COLD) };
                for (value, to) in pixel.iter_mut().zip(colour) {
                    let now = f32::from(*value);
                    *value = (now + (to - now) * alpha + 0.5) as u8;
                }
            }
        }
    }

    /// The picture as `size × size × 3` bytes, row-major, RGB.
    pub fn finish(self) -> Vec<u8> {
        self.pixmap.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect()
    }

    /// In a line drawing or a label map, draws the outline of what would be filled this strongly, white inside, or its class, and
    /// returns true.
    fn outlined(&mut self, path: &Option<Path>, alpha: f32) -> bool {
        if let Some(class) = self.class {
            if alpha >= FILL {
                self.paint(path.clone(), Some(shader_of(class)));
            }
            return true;
        }
        let Some(thin) = self.lines else { return false };
        // What is hardly wider than a line (a glint, a bead's shine) would only be a blot.
        let is_wide = |path: &&Path| path.bounds().width().max(path.bounds().height()) > 1.5 * thin;
        if let Some(path) = path.as_ref().filter(is_wide).filter(|_| alpha >= SHADE) {
            self.paint(Some(path.clone()), Some(Shader::SolidColor(Color::WHITE)));
            self.stroke(Some(path.clone()), thin, [0.0; 3], 1.0);
        }
        true
    }

    /// Fills a path with a shader; does nothing where either is missing (a path without extent).
    fn paint(&mut self, path: Option<Path>, shader: Option<Shader<'_>>) {
        if let (Some(path), Some(shader)) = (path, shader) {
            let paint = Paint { anti_alias: self.class.is_none(), ..paint_with(shader) };
            self.pixmap.fill_path(&path, &paint, FillRule::Winding, self.now, self.mask.as_ref());
        }
    }
}

/// A class as a grey, which a label map keeps exactly: nothing in it is blended.
fn shader_of(class: u8) -> Shader<'static> {
    Shader::SolidColor(Color::from_rgba8(class, class, class, 255))
}

/// The largest alpha of a gradient.
fn strongest(stops: &[(f32, Rgb, f32)]) -> f32 {
    stops.iter().fold(0.0, |most, stop| most.max(stop.2))
}

fn paint_with(shader: Shader<'_>) -> Paint<'_> {
    Paint { shader, anti_alias: true, ..Paint::default() }
}

fn gradient(stops: &[(f32, Rgb, f32)]) -> Vec<GradientStop> {
    stops.iter().map(|&(at, colour, alpha)| GradientStop::new(at, colour_of(colour, alpha))).collect()
}

fn colour_of([r, g, b]: Rgb, alpha: f32) -> Color {
    let [r, g, b, a] = [r, g, b, alpha].map(|v| v.clamp(0.0, 1.0));
    Color::from_rgba(r, g, b, a).unwrap_or(Color::TRANSPARENT)
}

fn point([x, y]: Point) -> tiny_skia::Point {
    tiny_skia::Point::from_xy(x, y)
}
