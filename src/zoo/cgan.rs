//! Conditional GAN: Mirza and Osindero 2014, "Conditional generative adversarial nets", on DCGAN's networks (Radford,
//! Metz and Chintala 2016). min_G max_D E[ln D(x, y)] + E[ln(1 − D(G(z, y), y))], G by the non-saturating loss.
//!
//! Shapes for 28×28 and ten classes: z (64) and y (10, one-hot) side by side → 4w×4² → … → 1×28×28; D sees the picture
//! with ten maps more, of which the class's is all ones: 11×28×28 → w×14² → … → one logit. Between one-hot weights the
//! generator draws between classes.
//!
//! Must not know: files, messages.

use super::system::{Facts, System};
use super::{Need, Recipe, Settings, common, dcgan};
use burn::tensor::Device;

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "cgan",
    title: "Conditional GAN",
    summary: "A GAN that is told which class to draw: the same z is a 3, a 7 or something between.",
    paper: "Mirza and Osindero 2014, Conditional Generative Adversarial Nets",
    parts: &[common::GENERATOR, common::DISCRIMINATOR, common::AVERAGE],
    needs: &[Need::Classes],
    phases: &[],
    tiny: dcgan::RECIPE.tiny,
    settings: dcgan::RECIPE.settings,
    losses: dcgan::RECIPE.losses,
    data: "digits",
};

/// Builds the system with DCGAN's initialisation. Fails for data without classes.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    RECIPE.check_data(facts)?;
    dcgan::conditioned(facts, facts.class_names(), settings, seed, device)
}
