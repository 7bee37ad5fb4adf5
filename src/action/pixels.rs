//! What a person can do with a picture that is drawn pixel by pixel.
//!
//! Must not know: Burn, egui.

use crate::state::State;
use crate::state::pixels::{Hand, View};

/// Everything that can be done with it.
#[derive(Clone, Debug, PartialEq)]
pub enum Pixeling {
    /// Colour the picture by something.
    View(View),
    /// Show so many pixels in the order of drawing; `None` = all.
    Drawn(Option<f32>),
    /// Let more come by themselves, or not.
    Play(bool),
    /// So many a second.
    Speed(f32),
    /// Ask the network with one stack what a pixel depends on, or this one.
    Blind(bool),
    /// The pointer is over a pixel, or over none.
    Under(Option<[usize; 2]>),
    /// Choose a pixel.
    Choose(Option<[usize; 2]>),
    /// What a press on the picture does.
    Hand(Hand),
    /// Width of a stroke in pixels.
    Brush(f32),
}

/// Does it.
pub fn apply(state: &mut State, what: Pixeling) {
    let all = state.pixel_count() as f32;
    let view = &mut state.pixels;
    match what {
        Pixeling::View(to) => view.view = to,
        Pixeling::Drawn(Some(at)) if at >= all => (view.drawn, view.playing) = (None, false),
        Pixeling::Drawn(at) => view.drawn = at.map(|at| at.max(0.0)),
        Pixeling::Play(on) => {
            // What is whole begins anew.
            if on && view.drawn.is_none() {
                view.drawn = Some(0.0);
            }
            view.playing = on;
        }
        Pixeling::Speed(speed) => view.speed = speed.clamp(1.0, 5000.0),
        Pixeling::Blind(on) => view.blind = on,
        Pixeling::Under(at) => view.under = at,
        Pixeling::Choose(at) => view.chosen = at,
        Pixeling::Hand(hand) => view.hand = hand,
        Pixeling::Brush(width) => view.brush = width.clamp(1.0, 64.0),
    }
}
