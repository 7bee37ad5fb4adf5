//! What a person can do with how a scene is looked at; moving people is a change of the point ([`super::Action::Hold`]).
//!
//! Must not know: Burn, egui.

use crate::state::State;
use crate::state::scene::moments;

/// Everything that can be done with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scening {
    /// Choose a person, or nobody.
    Choose(Option<usize>),
    /// What comes as a density, or as single ways.
    Density(bool),
    /// Draw a baseline too, or no longer, by its place in [`crate::metrics::baseline::Baseline::ALL`].
    Baseline(usize, bool),
    /// Look at a moment, seconds from the last step that was observed; ends the playing.
    At(f32),
    /// Play the time, or stop.
    Play(bool),
    /// So many seconds have passed while it plays.
    Passed(f32),
}

/// Does it.
pub fn apply(state: &mut State, what: Scening) {
    let Some([first, last]) = state.scene_input().map(|(_, span)| moments(span)) else { return };
    let scene = &mut state.scene;
    match what {
        Scening::Choose(who) => scene.chosen = who,
        Scening::Density(on) => scene.density = on,
        Scening::Baseline(i, on) => {
            if let Some(drawn) = scene.baselines.get_mut(i) {
                *drawn = on;
            }
        }
        Scening::At(at) if at.is_finite() => (scene.at, scene.playing) = (at.clamp(first, last), false),
        Scening::Play(on) => {
            scene.playing = on;
            if on && scene.at >= last {
                scene.at = first;
            }
        }
        Scening::Passed(seconds) if scene.playing && seconds.is_finite() => {
            scene.at += seconds.max(0.0);
            // At the end it begins anew.
            if scene.at > last {
                scene.at = first;
            }
        }
        Scening::At(_) | Scening::Passed(_) => {}
    }
}
