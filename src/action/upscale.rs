//! What a person can do where a small picture is enlarged.
//!
//! Must not know: Burn, egui.

use crate::engine::message::Command;
use crate::engine::tool::ToolOrder;
use crate::state::State;
use crate::state::upscale::Pane;
use std::path::PathBuf;

/// Everything that can be done with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Upscaling {
    /// Put the divider there: 0 = at the left edge, 1 = at the right one.
    Wipe(f32),
    /// What stands left (0) or right (1) of the divider.
    Beside(usize, Pane),
    /// A picture file to enlarge; where the result goes is said next.
    File(PathBuf),
    /// Enlarge the file that was chosen, and write the result there.
    Save(PathBuf),
}

/// Does it.
pub fn apply(state: &mut State, what: Upscaling) -> Vec<Command> {
    match what {
        Upscaling::Wipe(at) if at.is_finite() => state.enlarging.wipe = at.clamp(0.0, 1.0),
        Upscaling::Wipe(_) => {}
        Upscaling::Beside(side, pane) => {
            let [left, right] = state.enlarging.beside;
            // The other side's pane changes places with this one: the same on both sides shows nothing.
            state.enlarging.beside = match (side, pane) {
                (0, pane) if pane == right => [right, left],
                (0, pane) => [pane, right],
                (_, pane) if pane == left => [right, left],
                (_, pane) => [left, pane],
            };
        }
        Upscaling::File(picture) => state.enlarging.file = Some(picture),
        Upscaling::Save(out) => {
            let order = state.enlarging.file.take().map(|picture| ToolOrder::Enlarge { picture, out });
            return order.map(Command::Tool).into_iter().collect();
        }
    }
    Vec::new()
}
