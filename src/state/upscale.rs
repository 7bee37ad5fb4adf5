//! What the window shows of a small picture that a model enlarges: the true one that it was made of, and where the wipe is.
//!
//! Must not know: Burn, egui, how anything is computed.

use super::State;
use crate::engine::message::EnlargedShown;
use crate::point::{Input, Value, Values};
use crate::tools::enlarged::{self, Asked};
use std::path::PathBuf;
use std::sync::Arc;

/// What is seen of a small picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// Itself, its pixels as squares.
    Low,
    /// Enlarged by cubic interpolation.
    Bicubic,
    /// Enlarged by the model.
    Model,
    /// The picture that it was made of.
    Truth,
}

impl Pane {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Low, Self::Bicubic, Self::Model, Self::Truth];
}

/// The picture that a small one was made of.
#[derive(Clone, Debug)]
pub struct Truth {
    /// The small one, to which alone it belongs.
    pub low: Value,
    /// `channels × height × width` bytes, planar.
    pub picture: Arc<[u8]>,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Enlarging {
    /// What stands left and right of the divider.
    pub beside: [Pane; 2],
    /// Where the divider is: 0 = at the left edge, 1 = at the right one.
    pub wipe: f32,
    /// The picture file that is to be enlarged, until it is known where the result goes.
    pub file: Option<PathBuf>,
    /// The truth of the example that was read last.
    pub truth: Option<Truth>,
    /// What was made of the small picture last.
    pub shown: Option<EnlargedShown>,
}

impl Default for Enlarging {
    fn default() -> Self {
        Self { beside: [Pane::Bicubic, Pane::Model], wipe: 0.5, file: None, truth: None, shown: None }
    }
}

impl State {
    /// The small picture that the explored model enlarges; `None` where it takes none.
    pub fn enlarged_input(&self) -> Option<&Input> {
        let model = self.model.as_ref()?;
        enlarged::input(&model.inputs, [model.channels, model.height, model.width])
    }

    /// The true picture of the small one on the screen; `None` as soon as that is another than it belongs to.
    pub fn truth(&self) -> Option<&Arc<[u8]>> {
        let truth = self.enlarging.truth.as_ref()?;
        let now = self.enlarged_input()?.value_in(&self.held_shown());
        (now == truth.low).then_some(&truth.picture)
    }

    /// What the engine is asked about the small picture.
    pub fn enlarged_wanted(&self) -> Asked {
        Asked { truth: self.truth().cloned() }
    }

    /// What became of the small picture, once it is known.
    pub fn enlarged_seen(&self) -> Option<&EnlargedShown> {
        let id = self.model.as_ref()?.id;
        self.enlarging.shown.as_ref().filter(|shown| shown.model == id)
    }

    /// Takes in what was read of a picture, and that picture where it is known.
    pub fn read(&mut self, values: Values, picture: Option<Arc<[u8]>>) {
        let low = self.enlarged_input().and_then(|input| values.get(&input.name)).cloned();
        if let Some(low) = low {
            self.enlarging.truth = picture.map(|picture| Truth { low, picture });
        }
        self.latent.held.extend(values);
    }
}
