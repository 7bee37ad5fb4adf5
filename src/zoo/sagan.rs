//! SAGAN: Zhang, Goodfellow, Metaxas and Odena 2019, "Self-attention generative adversarial networks": SNGAN with attention at one map of
//! both networks, spectral norm in G too, and D four times as fast as G. Shapes: [`super::residual_gan`].
//!
//! Must not know: files, messages.

use super::system::{Facts, System};
use super::{Recipe, Setting, Settings, common, residual_gan};
use burn::tensor::Device;

static SETTINGS: [Setting; 28] = residual_gan::settings([1e-4, 4e-4, 64.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]);

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "sagan",
    title: "SAGAN",
    summary: "SNGAN in which every place can look at every other: what belongs together is drawn together.",
    paper: "Zhang et al. 2019, Self-Attention Generative Adversarial Networks",
    parts: &[common::GENERATOR, common::DISCRIMINATOR, common::AVERAGE],
    needs: &[],
    phases: &[],
    tiny: &[("batch", 8.0), ("z", 4.0), ("width", 4.0)],
    settings: &SETTINGS,
    losses: &common::GAME,
    data: "digits",
};

/// Builds the system. Fails with a sentence where the data has no classes to tell it, or the settings do not suit the pictures.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    residual_gan::build(&RECIPE, facts, settings, seed, device)
}
