//! What the window shows of a scene that people walk in: how what comes is drawn, who is chosen, and the moment that is looked at.
//!
//! Must not know: Burn, egui, how anything is computed.

use super::State;
use crate::data::tracks::Span;
use crate::engine::message::FuturesShown;
use crate::metrics::baseline::Baseline;
use crate::point::{Input, Kind};
use crate::tools::futures::Asked;

/// Futures that are fanned out.
pub const SAMPLES: usize = 20;

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct SceneView {
    /// What comes as a density instead of single ways.
    pub density: bool,
    /// The baselines that are drawn too, in the order of [`Baseline::ALL`].
    pub baselines: [bool; Baseline::ALL.len()],
    /// Who is chosen, by their place in the scene.
    pub chosen: Option<usize>,
    /// Seconds from the last step that was observed; before it they are negative.
    pub at: f32,
    /// Whether the time is played.
    pub playing: bool,
    /// What came of the scene last.
    pub shown: Option<FuturesShown>,
}

impl SceneView {
    /// Another model was opened.
    pub fn opened(&mut self) {
        (self.chosen, self.shown, self.playing, self.at) = (None, None, false, 0.0);
    }
}

/// The first and the last moment of a scene, seconds from the last step that was observed.
pub fn moments(span: Span) -> [f32; 2] {
    [-(span.past.saturating_sub(1) as f32) * span.dt(), span.future as f32 * span.dt()]
}

impl State {
    /// The scene that the explored model takes; `None` where it takes none.
    pub fn scene_input(&self) -> Option<(&Input, Span)> {
        self.inputs().iter().find_map(|i| match i.kind {
            Kind::Tracks { span } => Some((i, span)),
            _ => None,
        })
    }

    /// What the engine is asked about the scene.
    pub fn futures_wanted(&self) -> Asked {
        Asked { samples: SAMPLES }
    }

    /// What came of the scene last, once it is known.
    pub fn futures_seen(&self) -> Option<&FuturesShown> {
        let id = self.model.as_ref()?.id;
        self.scene.shown.as_ref().filter(|shown| shown.model == id)
    }
}
