//! BigGAN: Brock, Donahue and Simonyan 2019, "Large scale GAN training for high fidelity natural image synthesis": SAGAN with a class
//! embedding that all blocks share, z in chunks to every block, and orthogonal regularisation off the diagonal; at small widths by
//! default, the paper's 96 by `width`. Shapes: [`super::residual_gan`].
//!
//! Must not know: files, messages.

use super::system::{Facts, System};
use super::{Recipe, Setting, Settings, common, residual_gan};
use burn::tensor::Device;

static SETTINGS: [Setting; 28] =
    residual_gan::settings([1e-4, 4e-4, 60.0], [1.0, 1.0, 1.0], [32.0, 1.0, 1e-4]);

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "biggan",
    title: "BigGAN",
    summary: "SAGAN whose class is one embedding for all blocks, with z to every block and weights that are kept orthogonal, so that it can be truncated.",
    paper: "Brock, Donahue and Simonyan 2019, Large Scale GAN Training for High Fidelity Natural Image Synthesis",
    parts: &[common::GENERATOR, common::DISCRIMINATOR, common::AVERAGE],
    needs: &[],
    phases: &[],
    tiny: &[("batch", 8.0), ("z", 6.0), ("width", 4.0), ("shared", 4.0)],
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
