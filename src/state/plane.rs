//! What the window shows of a plane of points: which layers, and what was seen last.
//!
//! Must not know: Burn, egui, how anything is measured.

use super::State;
use crate::engine::message::{Phase, PlaneShown, Source};
use crate::zoo::common::{D_ONLY, TURN_NAME};
use serde::{Deserialize, Serialize};

/// What the ground of the plane is coloured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ground {
    /// What D says.
    #[default]
    Said,
    /// What the optimal discriminator would say against this G.
    Optimum,
    /// D less the optimal one.
    Apart,
    /// Nothing.
    Plain,
}

/// A layer that can be switched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Layer {
    /// Points of the data.
    Real,
    /// Samples of G.
    Fakes,
    /// Lines of equal z, as G bends them.
    Lines,
    /// Where G's loss pulls its samples.
    Pulls,
}

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct PlaneView {
    /// What colours the ground.
    pub ground: Ground,
    /// Layers that are not drawn.
    pub hidden: std::collections::BTreeSet<Layer>,
    /// What was seen last.
    pub shown: Option<PlaneShown>,
    /// Where the point under the sliders is.
    pub here: Option<[f32; 2]>,
}

impl State {
    /// What is to be seen of the explored model's plane, once it is known.
    pub fn plane_seen(&self) -> Option<&PlaneShown> {
        let id = self.model.as_ref().filter(|m| m.points)?.id;
        self.plane.shown.as_ref().filter(|shown| shown.model == id)
    }

    /// Whether the plane's D learns alone in the training that is under the sliders; `None`: that one doesn't train now.
    pub fn d_alone(&self) -> Option<bool> {
        let trained = self.model.as_ref()?.source == Source::Training;
        let runs = matches!(self.progress.phase, Phase::Running | Phase::Paused);
        let turn = self.form.settings.0.get(TURN_NAME).copied().unwrap_or_default();
        (trained && runs).then_some(turn == D_ONLY)
    }
}
