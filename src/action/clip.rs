//! What a person does with a clip: play it, hold it, how fast and how far it goes, save it. None of it is for undo: the moment that
//! one goes to by hand is ([`super::Action::Hold`]), and what goes by is not.
//!
//! Must not know: Burn, egui.

use crate::engine::message::{Command, Place};
use crate::engine::tool::{ToolNews, ToolOrder};
use crate::state::State;
use crate::state::clip::SPEED;
use std::path::PathBuf;

/// A change of how a clip plays.
#[derive(Clone, Debug, PartialEq)]
pub enum Clipping {
    /// Play, or hold.
    Play(bool),
    /// Begin again at the end, or stop there.
    Loop(bool),
    /// Go on to where nothing was trained, or not.
    Longer(bool),
    /// Times faster than meant.
    Speed(f64),
    /// Write it there.
    Save(PathBuf),
}

/// Does it.
pub fn apply(state: &mut State, what: Clipping) -> Vec<Command> {
    match what {
        Clipping::Play(true) => state.start_clip(),
        Clipping::Play(false) => state.hold_clip(),
        Clipping::Loop(on) => state.clip.looped = on,
        Clipping::Longer(on) => state.clip.longer = on,
        Clipping::Speed(speed) if speed.is_finite() => {
            state.clip.speed = speed.clamp(*SPEED.start(), *SPEED.end());
        }
        Clipping::Speed(_) => {}
        Clipping::Save(out) => {
            let Some(film) = state.clip_film(out) else { return Vec::new() };
            if let Err(message) = film.check(state.inputs()) {
                state.fail(Place::Bench, message);
                return Vec::new();
            }
            state.failures.remove(&Place::Bench.into());
            let order = ToolOrder::Film(film);
            state.tools.insert(order.kind(), ToolNews::Working(0, 0));
            return vec![Command::Tool(order)];
        }
    }
    Vec::new()
}
