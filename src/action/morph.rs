//! What a person does with a morph: where in it they look, its speed, its film.
//!
//! Must not know: Burn, egui.

use super::bench::Benching;
use crate::engine::message::{Command, Place};
use crate::engine::tool::{ToolNews, ToolOrder};
use crate::latent::prior;
use crate::state::State;
use crate::state::bench::{Bookmark, Well};
use crate::state::morph::{FPS, FilmKind, HEIGHT, SECONDS};
use std::path::PathBuf;

/// Pictures of the data that keyframes are taken from.
const EXAMPLES: usize = 400;

/// A change of the morph.
#[derive(Clone, Debug, PartialEq)]
pub enum Morphing {
    /// Look at a moment, 0–1; ends the playing.
    At(f64),
    /// Play, or hold.
    Play(bool),
    /// Seconds from keyframe to keyframe.
    Seconds(f64),
    /// Frames a second.
    Fps(f64),
    /// Height of the film, pixels.
    Height(u32),
    /// What the film is written as.
    Kind(FilmKind),
    /// Add so many random keyframes.
    Random(usize),
    /// Write the film there.
    Film(PathBuf),
}

/// Does it.
pub fn apply(state: &mut State, what: Morphing) -> Vec<Command> {
    match what {
        Morphing::At(at) if at.is_finite() => {
            (state.morph.at, state.morph.playing) = (at.clamp(0.0, 1.0), false);
        }
        Morphing::Play(on) => state.morph.playing = on && state.bench.path().legs() > 0,
        Morphing::Seconds(s) if s.is_finite() => {
            state.morph.seconds = s.clamp(*SECONDS.start(), *SECONDS.end());
        }
        Morphing::Fps(fps) if fps.is_finite() => state.morph.fps = fps.clamp(*FPS.start(), *FPS.end()),
        Morphing::At(_) | Morphing::Seconds(_) | Morphing::Fps(_) => {}
        Morphing::Height(height) => state.morph.height = height.clamp(*HEIGHT.start(), *HEIGHT.end()),
        Morphing::Kind(kind) => state.morph.kind = kind,
        Morphing::Random(count) if state.dims() == 0 => {
            // Without a prior to draw from, pictures of the data stand in.
            let (data, from) = (state.tool_data(), state.draws as usize % EXAMPLES);
            state.draws += count as u64;
            state.pick.filling = Some(Well::Keyframes);
            let order = ToolOrder::Examples { data, from, count };
            state.tools.insert(order.kind(), ToolNews::Working(0, 0));
            return vec![Command::Tool(order)];
        }
        Morphing::Random(count) => {
            state.draws += 1;
            let drawn = prior::samples(state.draws, state.dims(), count, state.spread);
            let held = state.latent.held.clone();
            let marks = drawn.into_iter().map(|z| Bookmark { held: held.clone(), ..z.into() }).collect();
            super::bench(state, Benching::PutAll(Well::Keyframes, marks));
        }
        Morphing::Film(out) => {
            let film = state.film(out);
            if let Err(message) = film.check(state.inputs()) {
                state.fail(Place::Bench, message);
                return Vec::new();
            }
            let order = ToolOrder::Film(film);
            state.tools.insert(order.kind(), ToolNews::Working(0, 0));
            return vec![Command::Tool(order)];
        }
    }
    Vec::new()
}
