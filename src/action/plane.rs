//! What a person can do with a plane of points.
//!
//! Must not know: Burn, egui.

use crate::state::State;
use crate::state::plane::{Ground, Layer};

/// Everything that can be done with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Planing {
    /// Colour the ground by something else.
    Ground(Ground),
    /// Draw a layer, or not.
    Layer(Layer, bool),
}

/// Does it.
pub fn apply(state: &mut State, what: Planing) {
    match what {
        Planing::Ground(ground) => state.plane.ground = ground,
        Planing::Layer(layer, true) => {
            state.plane.hidden.remove(&layer);
        }
        Planing::Layer(layer, false) => {
            state.plane.hidden.insert(layer);
        }
    }
}
