//! SNGAN with a projection discriminator: Miyato, Kataoka, Koyama and Yoshida 2018, "Spectral normalization for generative adversarial
//! networks"; Miyato and Koyama 2018, "cGANs with projection discriminator". Residual blocks, conditional batch norm in G, spectral norm
//! in D, C(x, y) = w·φ(x) + e(y)·φ(x), hinge loss, Adam with β₁ = 0. Shapes: [`super::residual_gan`].
//!
//! Must not know: files, messages.

use super::system::{Facts, System};
use super::{Recipe, Setting, Settings, common, residual_gan};
use burn::tensor::Device;

static SETTINGS: [Setting; 28] = residual_gan::settings([2e-4, 2e-4, 64.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]);

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "sngan",
    title: "SNGAN",
    summary: "A GAN that is told the class, with a discriminator that can never be steep: each weight is divided by its largest singular value.",
    paper: "Miyato et al. 2018, Spectral Normalization for GANs; Miyato and Koyama 2018, cGANs with Projection Discriminator",
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
