//! Words in pictures, in the fonts that the window's own library carries.
//!
//! Must not know: what is written.

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};
use tiny_skia::{Color, FillRule, Paint, PathBuilder, Pixmap, Transform};

/// The fonts, in the order in which a character is looked for.
pub struct Letters(Vec<FontRef<'static>>);

impl Default for Letters {
    fn default() -> Self {
        let all = [epaint_default_fonts::UBUNTU_LIGHT, epaint_default_fonts::HACK_REGULAR];
        Self(all.into_iter().filter_map(|bytes| FontRef::new(bytes).ok()).collect())
    }
}

impl Letters {
    /// The font that has a character, and its glyph; of what none has a question mark.
    fn find(&self, character: char) -> Option<(&FontRef<'static>, GlyphId)> {
        let of = |c: char| self.0.iter().find_map(|font| Some((font, font.charmap().map(c)?)));
        of(character).or_else(|| of('?'))
    }

    /// How wide words are, in pixels.
    pub fn width(&self, words: &str, size: f32) -> f32 {
        words.chars().map(|c| self.advance(c, size)).sum()
    }

    fn advance(&self, character: char, size: f32) -> f32 {
        let found = self.find(character);
        let wide = found.and_then(|(font, glyph)| {
            font.glyph_metrics(Size::new(size), LocationRef::default()).advance_width(glyph)
        });
        wide.unwrap_or(0.0)
    }

    /// Writes words from `at` on, the left end of the line that they stand on.
    pub fn write(&self, on: &mut Pixmap, words: &str, at: [f32; 2], size: f32, [r, g, b]: [u8; 3]) {
        let mut paint = Paint::default();
        paint.set_color(Color::from_rgba8(r, g, b, 255));
        let mut x = at[0];
        for character in words.chars() {
            let mut pen = Pen { path: PathBuilder::new() };
            let drawn = self.find(character).and_then(|(font, glyph)| {
                let settings = DrawSettings::unhinted(Size::new(size), LocationRef::default());
                font.outline_glyphs().get(glyph)?.draw(settings, &mut pen).ok()
            });
            if let (Some(_), Some(path)) = (drawn, pen.path.finish()) {
                let place = Transform::from_translate(x, at[1]);
                on.fill_path(&path, &paint, FillRule::Winding, place, None);
            }
            x += self.advance(character, size);
        }
    }

    /// Words in lines that are no wider than `width`, where a word is not wider by itself.
    pub fn wrapped(&self, words: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in words.split_whitespace() {
            match lines.last_mut() {
                Some(line) if self.width(&format!("{line} {word}"), size) <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.into()),
            }
        }
        lines
    }
}

/// An outline on its way into a path; fonts count y upwards, pictures downwards.
struct Pen {
    path: PathBuilder,
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.path.move_to(x, -y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.path.line_to(x, -y);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.path.quad_to(cx, -cy, x, -y);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.path.cubic_to(cx0, -cy0, cx1, -cy1, x, -y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
