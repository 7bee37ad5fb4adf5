//! Latents to choose from: samples of the prior, the noise around a result, and the one that is compared with.
//!
//! Must not know: Burn, egui.

use super::State;
use super::bench::Well;
use crate::latent::arithmetic::neighbourhood;
use crate::latent::prior;
use crate::tools::arithmetic::Formula;
use std::sync::Arc;

/// ±, the noise around a result in the DCGAN paper.
pub const NOISE: f32 = 0.25;

/// What is there to choose from.
#[derive(Clone, Debug, PartialEq)]
pub struct Pick {
    /// Seed of the samples.
    pub seed: u64,
    /// The well that a click on a sample puts it into; `None` = the sliders.
    pub into: Option<Well>,
    /// The well that the latents of a file go into, while it is read.
    pub filling: Option<Well>,
    /// The latent whose picture is compared with the one on the screen.
    pub compared: Option<Arc<[f32]>>,
    /// Part of the picture, from the left, that is the screen's own, 0–1.
    pub wipe: f32,
    /// Seed of the noise around a result.
    pub noise: u64,
    /// How far that noise goes, ± per dimension, 0–2.
    pub spread: f32,
    /// Seed of the last preset.
    pub preset: u64,
    /// The SPEC of the data that tools learn from; `None` = what the model learnt from.
    pub data: Option<String>,
    /// The preset that waits for it to be known what latents show.
    pub waiting: Option<Formula>,
    /// A preset of one's own: the attribute that is carried over, and to whom; or the classes of A, B and C.
    pub carry: [Option<String>; 3],
}

impl Default for Pick {
    fn default() -> Self {
        Self {
            seed: 1,
            into: None,
            filling: None,
            compared: None,
            wipe: 0.5,
            noise: 1,
            spread: NOISE,
            preset: 0,
            data: None,
            waiting: None,
            carry: [None, None, None],
        }
    }
}

impl State {
    /// The SPEC of the data that tools learn from: what a person chose, else what the model learnt from; empty where
    /// neither is known.
    pub fn tool_data(&self) -> String {
        let own = || self.model.as_ref().map_or(String::new(), |m| m.data.clone());
        self.pick.data.clone().unwrap_or_else(own)
    }

    /// The first so many samples to choose from.
    pub fn samples(&self, count: usize) -> Vec<Vec<f32>> {
        prior::samples(self.pick.seed, self.dims(), count, self.spread)
    }

    /// The 3×3 figure of the arithmetic, row by row, the result in its middle; empty while there is no result.
    pub fn figure(&self) -> Vec<Vec<f32>> {
        let mixed = self.bench.mixed();
        if mixed.is_empty() {
            return Vec::new();
        }
        neighbourhood(&mixed, self.pick.spread, &prior::noise(self.pick.noise, 8 * mixed.len()))
    }

    /// What is compared with while a key is held: the latent that was chosen for it, else the newest bookmark.
    pub fn other(&self) -> Option<Arc<[f32]>> {
        let newest = || self.bench.well(Well::Bookmarks).last().map(|m| m.z.clone());
        self.pick.compared.clone().or_else(newest).filter(|z| z.len() == self.dims())
    }
}
