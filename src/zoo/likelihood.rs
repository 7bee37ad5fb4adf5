//! What the likelihood of a picture is, given what a decoder draws.
//!
//! Must not know: any one system.

use super::{Recipe, Scale, Setting, Settings, common};
use crate::objective;
use burn::tensor::Tensor;

/// The setting that chooses; [`common::SIGMA`] belongs to it.
pub const LIKELIHOOD: Setting = Setting {
    name: "likelihood",
    title: "Likelihood",
    help: "How redrawing errors are counted: Bernoulli suits black-and-white digits, Gaussian suits photographs.",
    default: 1.0,
    min: 0.0,
    max: 1.0,
    scale: Scale::Choice(&[(0.0, "Bernoulli"), (1.0, "Gaussian")]),
    live: false,
};

/// A likelihood of pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Likelihood {
    /// Each grey value is a probability of white.
    Bernoulli,
    /// Each grey value is normal around what is drawn.
    Gaussian {
        /// σ on the 0–1 scale.
        sigma: f32,
    },
}

impl Likelihood {
    /// As the settings [`LIKELIHOOD`] and [`common::SIGMA`] of `recipe` say.
    pub fn of(recipe: &Recipe, settings: &Settings) -> Self {
        match settings.get(recipe, LIKELIHOOD.name) {
            0.0 => Self::Bernoulli,
            _ => Self::Gaussian { sigma: settings.get(recipe, common::SIGMA.name) as f32 },
        }
    }

    /// −ln p(x|z) of pictures `[n, c, h, w]`, 0–1, by logits of that shape, averaged over the batch, in nats per image: `[1]`.
    pub fn cost(self, logits: Tensor<4>, x: Tensor<4>) -> Tensor<1> {
        match self {
            Self::Bernoulli => objective::bernoulli(logits, x),
            Self::Gaussian { sigma } => objective::gaussian_of_logits(logits, x, sigma),
        }
    }

    /// −ln p(x|z) of each of the pictures `[n, c, h, w]`, 0–1, by logits of that shape, in nats: `[n]`.
    pub fn cost_of_each(self, logits: Tensor<4>, x: Tensor<4>) -> Tensor<1> {
        match self {
            Self::Bernoulli => objective::bernoulli_each(logits, x),
            Self::Gaussian { sigma } => objective::gaussian_of_logits_each(logits, x, sigma),
        }
    }
}
