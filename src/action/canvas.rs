//! What a person can do with the hand that draws.
//!
//! Must not know: Burn, egui, which model takes the drawing.

use crate::canvas::{Brush, Tool};
use crate::state::State;
use crate::state::canvas::Begun;

/// Everything that can be done with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Handling {
    /// Take up a tool.
    Tool(Tool),
    /// Take another brush.
    Brush(Brush),
    /// Take another colour.
    Colour([u8; 3]),
    /// Paint another class of label maps.
    Class(u16),
    /// Bring the pen of the keys there, down or up; `None` = put it away.
    Pen(Option<([f32; 2], bool)>),
    /// Begin a stroke.
    Begin(Box<Begun>),
    /// Go on with it to there, in places.
    To([f32; 2]),
    /// End it.
    End,
}

/// Does it.
pub fn apply(state: &mut State, what: Handling) {
    let hand = &mut state.hand;
    let drawn = match what {
        Handling::Tool(tool) => {
            hand.tool = tool;
            None
        }
        Handling::Brush(brush) => {
            let width = brush.width.clamp(0.8, 64.0);
            hand.brush = Brush { width, soft: brush.soft.clamp(0.0, 1.0), ..brush };
            None
        }
        Handling::Colour(colour) => {
            hand.colour = colour;
            None
        }
        Handling::Class(class) => {
            hand.class = class;
            None
        }
        Handling::Pen(pen) => {
            hand.pen = pen;
            None
        }
        Handling::Begin(begun) => hand.begin(*begun),
        Handling::To(at) => hand.to(at),
        Handling::End => {
            hand.release();
            None
        }
    };
    if let Some((input, value)) = drawn {
        super::hold(state, input, value);
    }
}
