//! What a person can do with a prior that draws codes.
//!
//! Must not know: Burn, egui.

use crate::state::State;

/// Everything that can be done with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Sampling {
    /// Draw codes by other dice; those of the first so many grids stay.
    Draw(usize),
    /// Ask for a class, or for any.
    Class(Option<usize>),
    /// The temperature of an input's codes.
    Temperature(String, f32),
    /// Show what is drawn code by code, or at once.
    Slowly(bool),
    /// So many codes a second.
    Speed(f32),
    /// Time passed in which more codes are shown.
    Passed(f32),
    /// Show all that was drawn.
    Whole,
}

/// Does all but [`Sampling::Draw`], which is a tool's work.
pub fn apply(state: &mut State, what: Sampling) {
    let sampling = &mut state.sampling;
    match what {
        Sampling::Draw(_) => {}
        Sampling::Class(class) => sampling.class = class,
        Sampling::Temperature(input, t) => drop(sampling.temperatures.insert(input, t.clamp(0.0, 2.0))),
        Sampling::Slowly(on) => sampling.slowly = on,
        Sampling::Speed(speed) => sampling.speed = speed.clamp(1.0, 5000.0),
        Sampling::Passed(seconds) => drop(state.replayed(seconds)),
        Sampling::Whole => sampling.replay = None,
    }
}
