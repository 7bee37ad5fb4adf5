//! Printed digits: the outlines of '0' to '9' in the two fonts that the window's own library carries.
//!
//! Must not know: how outlines are bent or drawn.

use super::curve::Point;
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider};
use std::sync::LazyLock;

/// The closed contours of one glyph.
type Outline = Vec<Vec<Point>>;

/// Straight pieces per curve of an outline.
const PIECES: usize = 5;

static OUTLINES: LazyLock<Vec<Vec<Outline>>> = LazyLock::new(|| {
    [epaint_default_fonts::UBUNTU_LIGHT, epaint_default_fonts::HACK_REGULAR]
        .iter()
        .filter_map(|bytes| digits_of(bytes))
        .collect()
});

/// The outline of a digit, its height about 1, y down, in a font chosen by `pick` (0..1);
/// `None` if no font could be read.
pub(super) fn outline(digit: u8, pick: f32) -> Option<Outline> {
    let fonts = &*OUTLINES;
    let font = fonts.get((pick * fonts.len() as f32) as usize)?;
    font.get(usize::from(digit)).cloned()
}

fn digits_of(bytes: &[u8]) -> Option<Vec<Outline>> {
    let font = FontRef::new(bytes).ok()?;
    let (glyphs, characters) = (font.outline_glyphs(), font.charmap());
    ('0'..='9')
        .map(|character| {
            let glyph = glyphs.get(characters.map(character)?)?;
            let mut pen = Flatten::default();
            // A size of 1.4 makes digits, about 0.7 em high in most fonts, about 1 high.
            glyph.draw(DrawSettings::unhinted(Size::new(1.4), LocationRef::default()), &mut pen).ok()?;
            pen.finish();
            Some(pen.contours)
        })
        .collect()
}

/// Collects an outline as polylines.
#[derive(Default)]
struct Flatten {
    contours: Outline,
    current: Vec<Point>,
}

impl Flatten {
    fn finish(&mut self) {
        let contour = std::mem::take(&mut self.current);
        if contour.len() > 2 {
            self.contours.push(contour);
        }
    }

    fn last(&self) -> Point {
        self.current.last().copied().unwrap_or_default()
    }
}

/// Fonts count y upwards; we count it down, hence the signs.
impl OutlinePen for Flatten {
    fn move_to(&mut self, x: f32, y: f32) {
        self.finish();
        self.current.push([x, -y]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        // In pieces, so that a bend of the paper bends long straight sides too.
        let a = self.last();
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            self.current.push([a[0] + (x - a[0]) * t, a[1] + (-y - a[1]) * t]);
        }
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let a = self.last();
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            let s = 1.0 - t;
            let at = |a: f32, c: f32, b: f32| s * s * a + 2.0 * s * t * c + t * t * b;
            self.current.push([at(a[0], cx, x), at(a[1], -cy, -y)]);
        }
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        let a = self.last();
        for piece in 1..=PIECES {
            let t = piece as f32 / PIECES as f32;
            let s = 1.0 - t;
            let at = |a: f32, c: f32, d: f32, b: f32| {
                s * s * s * a + 3.0 * s * s * t * c + 3.0 * s * t * t * d + t * t * t * b
            };
            self.current.push([at(a[0], cx0, cx1, x), at(a[1], -cy0, -cy1, -y)]);
        }
    }

    fn close(&mut self) {
        let start = self.current.first().copied();
        if let Some([x, y]) = start {
            self.line_to(x, -y);
        }
        self.finish();
    }
}
