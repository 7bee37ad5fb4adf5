//! What a person can do with the points that are drawn to train on.
//!
//! Must not know: Burn, egui, how the points are written.

use crate::data::points::SIGMAS;
use crate::engine::message::{Command, Place};
use crate::state::State;

/// Everything that can be done with them.
#[derive(Clone, Debug, PartialEq)]
pub enum Drawing {
    /// Open the sheet, or close it.
    Open(bool),
    /// Draw on to there.
    Paint([f32; 2]),
    /// Erase on to there.
    Erase([f32; 2]),
    /// The stroke ended.
    Release,
    /// The left button erases, or draws.
    Eraser(bool),
    /// σ of the Gaussian around each point.
    Sigma(f32),
    /// Take all points away.
    Clear,
    /// Take the newest stroke back.
    Undo,
    /// Write the points to a file, and train on that.
    Use,
}

/// Does it.
pub fn apply(state: &mut State, what: Drawing) -> Vec<Command> {
    let set = &mut state.drawing;
    match what {
        Drawing::Open(on) => {
            set.release();
            set.open = on;
        }
        Drawing::Paint(to) => set.paint(to),
        Drawing::Erase(to) => set.erase(to),
        Drawing::Release => set.release(),
        Drawing::Eraser(on) => set.erases = on,
        Drawing::Sigma(sigma) if sigma.is_finite() => {
            set.sigma = sigma.clamp(*SIGMAS.start(), *SIGMAS.end());
        }
        Drawing::Sigma(_) => {}
        Drawing::Clear => set.clear(),
        Drawing::Undo => set.undo(),
        Drawing::Use if set.points.is_empty() => {}
        Drawing::Use => {
            let (points, sigma) = (set.points.clone(), set.sigma);
            state.failures.remove(&Place::Train.into());
            return vec![Command::WritePoints { points, sigma, folder: None }];
        }
    }
    Vec::new()
}
