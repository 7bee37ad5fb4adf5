//! The hand that draws on what a model takes: its tool, its brush, its colour, and the stroke under way.
//!
//! Must not know: Burn, egui, which model takes the drawing.

use crate::canvas::{self, Brush, Ink, Tool, Way};
use crate::point::Value;

/// A stroke that has begun, on top of what was there.
#[derive(Clone, Debug, PartialEq)]
struct Stroke {
    input: String,
    size: [usize; 2],
    base: Value,
    ink: Ink,
    tool: Tool,
    brush: Brush,
    start: [f32; 2],
    last: [f32; 2],
    cover: Vec<f32>,
}

/// The hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Hand {
    /// What it holds.
    pub tool: Tool,
    /// Its brush on pixels.
    pub brush: Brush,
    /// Its colour.
    pub colour: [u8; 3],
    /// The class of a label map that it paints.
    pub class: u16,
    /// Where the keys have brought the pen, in places, and whether it is down.
    pub pen: Option<([f32; 2], bool)>,
    stroke: Option<Stroke>,
}

impl Default for Hand {
    fn default() -> Self {
        Self {
            tool: Tool::Pencil,
            brush: Brush::default(),
            colour: [0; 3],
            class: 1,
            pen: None,
            stroke: None,
        }
    }
}

/// What a stroke is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Begun {
    /// Name of the input that is drawn on.
    pub input: String,
    /// Columns and rows.
    pub size: [usize; 2],
    /// What was there.
    pub base: Value,
    /// What is put down.
    pub ink: Ink,
    /// With what.
    pub tool: Tool,
    /// And how wide.
    pub brush: Brush,
    /// Where, in places.
    pub at: [f32; 2],
}

impl Hand {
    /// A stroke begins: what the input is then.
    pub fn begin(&mut self, begun: Begun) -> Option<(String, Value)> {
        let Begun { input, size, base, ink, tool, brush, at } = begun;
        let cover = vec![0.0; size[0] * size[1]];
        let stroke = Stroke { input, size, base, ink, tool, brush, start: at, last: at, cover };
        self.stroke = Some(stroke);
        self.to(at)
    }

    /// It goes on to there: what the input is then; `None` where none has begun.
    pub fn to(&mut self, at: [f32; 2]) -> Option<(String, Value)> {
        let stroke = self.stroke.as_mut()?;
        if at.iter().any(|v| !v.is_finite()) {
            return None;
        }
        let Stroke { size, brush, start, last, cover, .. } = stroke;
        match stroke.tool {
            Tool::Pencil | Tool::Eraser => canvas::stroke(cover, *size, Way { from: *last, to: at }, brush),
            Tool::Line => {
                cover.fill(0.0);
                canvas::stroke(cover, *size, Way { from: *start, to: at }, brush);
            }
            Tool::Rectangle => {
                cover.fill(0.0);
                canvas::rectangle(cover, *size, Way { from: *start, to: at }, brush);
            }
            Tool::Fill => canvas::fill(cover, *size, at, &stroke.base, stroke.ink),
            Tool::Pick => return None,
        }
        stroke.last = at;
        Some((stroke.input.clone(), canvas::inked(&stroke.base, &stroke.cover, stroke.ink)))
    }

    /// Whether a stroke is under way on this input.
    pub fn draws_on(&self, input: &str) -> bool {
        self.stroke.as_ref().is_some_and(|s| s.input == input)
    }

    /// The stroke ended, or another model is open.
    pub fn release(&mut self) {
        self.stroke = None;
    }
}
