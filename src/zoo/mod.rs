//! The zoo: one file a system of the field, and the registry that names them all. A new system is a new file
//! and one line in [`registry`].
//!
//! Must not know: messages, files, the window.

pub mod adversarial;
pub mod augment;
pub mod averaged;
pub mod batch;
pub mod biggan;
pub mod captions;
pub mod cgan;
pub mod classifier;
pub mod coded;
pub mod common;
pub mod conv_vae;
pub mod cyclegan;
pub mod dcgan;
pub mod declare;
pub mod fc_vae;
pub mod lab;
pub mod labels;
pub mod likelihood;
pub mod model;
pub mod opened;
pub mod pix2pix;
pub mod pixelcnn;
pub mod prior;
pub mod progan;
pub mod residual_gan;
pub mod sagan;
pub mod sngan;
pub mod social_gan;
pub mod spade;
pub mod srgan;
pub mod styled;
pub mod stylegan;
pub mod system;
pub mod text_gan;
pub mod train;
pub mod tuned;
pub mod video_gan;
pub mod vq_vae;
pub mod vq_vae_2;

pub use batch::{Gathered, gather};
pub use declare::{Does, Loss, Need, PartInfo, Phase, Recipe, Role, Scale, Setting, Settings};
pub use model::{Fed, Given, Held, Model, Posterior};
pub use system::{Batch, Facts, Scenes, Shape, System};

use burn::tensor::Device;

/// Builds a system with fresh weights: (what the data has, settings, seed, device without autodiff).
pub type Build = fn(&Facts, &Settings, u64, &Device) -> Result<Box<dyn System>, String>;

/// One entry of the registry.
pub struct Entry {
    /// What the system declares.
    pub recipe: &'static Recipe,
    /// Makes one.
    pub build: Build,
}

impl Entry {
    /// A system with fresh weights that has entered the phases up to `phase`: of the shapes that a checkpoint of that phase
    /// has. Fails where the recipe has no such phase.
    pub fn built(
        &self,
        facts: &Facts,
        settings: &Settings,
        seed: u64,
        device: &Device,
        phase: usize,
    ) -> Result<Box<dyn System>, String> {
        if phase > 0 && phase >= self.recipe.phases.len() {
            return Err(format!(
                "the checkpoint is in phase {} of its run, and {} has {}; a newer zscope may have made it: update this one",
                phase + 1,
                self.recipe.name,
                self.recipe.phases.len().max(1)
            ));
        }
        // Here too, whatever file or hand they came from: a build only counts with them.
        settings.check(self.recipe)?;
        let mut system = (self.build)(facts, settings, seed, device)?;
        (1..=phase).for_each(|phase| system.enter(phase, settings, seed));
        Ok(system)
    }
}

static REGISTRY: [Entry; 21] = [
    Entry { recipe: &fc_vae::RECIPE, build: fc_vae::build },
    Entry { recipe: &conv_vae::RECIPE, build: conv_vae::build },
    Entry { recipe: &dcgan::RECIPE, build: dcgan::build },
    Entry { recipe: &cgan::RECIPE, build: cgan::build },
    Entry { recipe: &sngan::RECIPE, build: sngan::build },
    Entry { recipe: &sagan::RECIPE, build: sagan::build },
    Entry { recipe: &biggan::RECIPE, build: biggan::build },
    Entry { recipe: &progan::RECIPE, build: progan::build },
    Entry { recipe: &stylegan::RECIPE, build: stylegan::build },
    Entry { recipe: &lab::RECIPE, build: lab::build },
    Entry { recipe: &vq_vae::RECIPE, build: vq_vae::build },
    Entry { recipe: &pixelcnn::RECIPE, build: pixelcnn::build },
    Entry { recipe: &vq_vae_2::RECIPE, build: vq_vae_2::build },
    Entry { recipe: &pix2pix::RECIPE, build: pix2pix::build },
    Entry { recipe: &cyclegan::RECIPE, build: cyclegan::build },
    Entry { recipe: &spade::RECIPE, build: spade::build },
    Entry { recipe: &srgan::RECIPE, build: srgan::build },
    Entry { recipe: &video_gan::RECIPE, build: video_gan::build },
    Entry { recipe: &text_gan::RECIPE, build: text_gan::build },
    Entry { recipe: &social_gan::RECIPE, build: social_gan::build },
    Entry { recipe: &classifier::RECIPE, build: classifier::build },
];

/// Every system that zscope knows, in the order they are shown.
pub fn registry() -> &'static [Entry] {
    &REGISTRY
}

/// Systems under names that they no longer have, so that their files are opened.
static FORMER: [Entry; 1] = [Entry { recipe: &pix2pix::FORMER, build: pix2pix::build_former }];

/// The registry's systems, those that train networks from elsewhere, and those of former names.
fn all() -> impl Iterator<Item = &'static Entry> {
    registry().iter().chain(&tuned::ENTRIES).chain(&FORMER)
}

/// The system of that name, or a sentence that lists the names there are.
pub fn find(name: &str) -> Result<&'static Entry, String> {
    all().find(|e| e.recipe.name == name).ok_or_else(|| {
        let names: Vec<_> = registry().iter().map(|e| e.recipe.name).collect();
        format!("there is no recipe \"{name}\"; there are {}", names.join(", "))
    })
}

/// The declaration of that name, if there is such a system.
pub fn recipe(name: &str) -> Option<&'static Recipe> {
    all().find(|e| e.recipe.name == name).map(|e| e.recipe)
}
