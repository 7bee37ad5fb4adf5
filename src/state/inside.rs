//! What goes on inside a model, as the window shows it: which charts, and the layer whose activations are looked at.
//!
//! Must not know: Burn, egui, how anything is measured.

use super::{State, Tab};
use crate::engine::message::{ModelInfo, Tapped};
use crate::nn::attention::LOOKS;

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
    /// Whether the picture shows what the place under the pointer looks at, in a model that attends.
    pub attention: bool,
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

    /// The layers of the explored model that tell what each place looks at.
    pub fn attends(&self) -> impl Iterator<Item = (usize, &str)> {
        let layers = self.model.iter().flat_map(|m| &m.layers).enumerate();
        layers.filter(|(_, l)| l.name.ends_with(LOOKS)).map(|(i, l)| (i, l.name.trim_end_matches(LOOKS)))
    }

    /// The layer whose attention is shown over the picture: the chosen one where it attends, else the first that does. `None`:
    /// nobody wants it, or none does.
    pub fn attention(&self) -> Option<usize> {
        let chosen = |(i, _): &(usize, &str)| *i == self.inside.layer;
        let all = || self.attends();
        all().find(chosen).or_else(|| all().next()).map(|(i, _)| i).filter(|_| self.inside.attention)
    }

    /// What the place of the picture at `[across, down]`, each from 0 to 1, looks at: the weights of the places of a smaller map
    /// `[height, width]`, row by row, which add up to 1. `None`: it is not known, or nobody wants it.
    pub fn looked_at(&self, [across, down]: [f32; 2]) -> Option<(&[f32], [usize; 2])> {
        let id = self.model.as_ref()?.id;
        let known = self.inside.tapped.as_ref().filter(|t| t.model == id);
        let tapped = known.filter(|t| Some(t.layer) == self.attention())?;
        let [places, h, w] = tapped.shape[..] else { return None };
        // The map that attends is twice as wide and as high as that of its pooled places.
        let at = |part: f32, of: usize| ((part.clamp(0.0, 1.0) * of as f32) as usize).min(of - 1);
        let place = at(down, 2 * h) * 2 * w + at(across, 2 * w);
        let each = h * w;
        (place < places)
            .then(|| tapped.values.get(place * each..(place + 1) * each))
            .flatten()
            .map(|v| (v, [h, w]))
    }

    /// What the chosen layer gives, once it is known.
    pub fn tapped(&self) -> Option<&Tapped> {
        let id = self.model.as_ref()?.id;
        self.inside.tapped.as_ref().filter(|t| t.model == id && t.layer == self.inside.layer)
    }
}
