//! What goes on inside a model, as the window shows it: which charts, and the layer whose activations are looked at.
//!
//! Must not know: Burn, egui, how anything is measured.

use super::{State, Tab};
use crate::engine::message::{ModelInfo, Tapped};

/// What is plotted of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charts {
    /// What the model pays, every step.
    #[default]
    Losses,
    /// Norms by layer, and what else is one number.
    Norms,
    /// How weights, gradients and activations spread.
    Histograms,
    /// The activations of a layer for the latent under the sliders.
    Layers,
}

/// Whose histograms are plotted, in the order of [`crate::engine::archive::RunView::spreads`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// Of a layer's weights.
    #[default]
    Weights,
    /// Of their gradient.
    Gradients,
    /// Of what the layer gives.
    Activations,
    /// Of the singular values of a layer's weights.
    Singular,
}

/// What is looked at inside.
#[derive(Clone, Debug, Default)]
pub struct Inside {
    /// What is plotted.
    pub charts: Charts,
    /// Whose histograms.
    pub spread: Spread,
    /// The layer whose activations are looked at.
    pub layer: usize,
    /// Whether they have a window of their own.
    pub window: bool,
    /// What a layer gave last.
    pub tapped: Option<Tapped>,
}

impl Inside {
    /// Another model is looked at; the layer stays where it has as many.
    pub fn opened(&mut self, model: &ModelInfo) {
        self.layer = self.layer.min(model.layers.len().saturating_sub(1));
        self.tapped = None;
    }
}

impl State {
    /// What is plotted on this page: a recorded run has no latent under sliders.
    pub fn charts(&self) -> Charts {
        match self.inside.charts {
            Charts::Layers if self.tab == Tab::Runs => Charts::Losses,
            charts => charts,
        }
    }

    /// What the chosen layer gives, once it is known.
    pub fn tapped(&self) -> Option<&Tapped> {
        let id = self.model.as_ref()?.id;
        self.inside.tapped.as_ref().filter(|t| t.model == id && t.layer == self.inside.layer)
    }
}
