//! What a person can do where a small picture is enlarged.
//!
//! Must not know: Burn, egui.

use crate::state::State;
use crate::state::upscale::Against;

/// Everything that can be done with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Upscaling {
    /// Put the divider there: 0 = at the left edge, 1 = at the right one.
    Wipe(f32),
    /// What stands right of the divider.
    Against(Against),
}

/// Does it.
pub fn apply(state: &mut State, what: Upscaling) {
    match what {
        Upscaling::Wipe(at) if at.is_finite() => state.enlarging.wipe = at.clamp(0.0, 1.0),
        Upscaling::Wipe(_) => {}
        Upscaling::Against(what) => state.enlarging.against = what,
    }
}
