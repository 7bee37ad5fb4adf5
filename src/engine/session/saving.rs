//! The checkpoints of a training: what they say of themselves, when they are written, and that the run's folder is let go.
//!
//! Must not know: how a step is made.

use super::Session;
use crate::engine::begin;
use crate::engine::folder::RunFolder;
use crate::metrics::importance;
use crate::nn::Tensors;
use crate::point::Values;
use crate::weights::{Card, Checkpoint};
use burn::tensor::{DType, TensorData};
use std::path::PathBuf;
use std::time::Instant;

impl Session {
    /// What a checkpoint of now says about itself.
    pub fn card(&self, importance: Vec<f32>, importance_is_kl: bool, opening: Vec<f32>) -> Card {
        Card {
            format: 1,
            recipe: self.order.recipe.clone(),
            settings: self.order.settings.clone(),
            shape: self.shape(),
            classes: self.facts.classes.clone(),
            factors: self.facts.factors.clone(),
            columns: self.facts.columns.clone(),
            domains: self.facts.domains.clone(),
            labels: self.facts.labels.clone(),
            frames: self.facts.frames,
            captions: self.facts.captions.clone(),
            tracks: self.facts.tracks,
            data: self.order.data.clone(),
            seed: self.order.seed,
            step: self.step,
            phase: self.phase,
            seen: self.seen,
            seconds: self.spent.as_secs_f64(),
            importance,
            importance_is_kl,
            opening,
            first: Vec::new(),
            held: Values::new(),
            outputs: begin::outputs(self.entry.recipe, &self.dataset.train),
            directions: Vec::new(),
            network: self.network.clone(),
        }
    }

    /// Everything needed to go on, with which dimensions matter (measured here and now).
    pub fn checkpoint(&self) -> Result<Checkpoint, String> {
        let model = self.model();
        let (probe, device) = (self.probe(), self.device.clone().inner());
        let (importance, is_kl) = importance::measure(&model, &probe, &device);
        let mut card = self.card(importance, is_kl, importance::opening(&model, &probe, &device));
        card.held = self.opening();
        let mut tensors: Tensors = self.system.weights().into_iter().collect();
        let finite = |d: &TensorData| d.dtype() != DType::F32 || d.iter::<f32>().all(f32::is_finite);
        if let Some((name, _)) = tensors.iter().find(|(_, d)| !finite(d)) {
            return Err(format!(
                "the weights of step {} are not saved, as {name} holds a value that is no number",
                self.step
            ));
        }
        tensors.extend(self.system.optimisers()?);
        Ok(Checkpoint { card, tensors })
    }

    /// Whether it is time to save.
    pub fn save_due(&self) -> bool {
        self.autosave.due()
    }

    /// Lets the run folder go once its last state is saved: it can be trained on, moved or deleted. The weights stay, for
    /// looking at; nothing more is written.
    pub fn close(&mut self) {
        if self.observer.folder().is_none() || self.saved_step == Some(self.step) {
            self.closed = true;
            self.observer.folder_mut().into_iter().for_each(RunFolder::release);
        }
    }

    /// Writes a checkpoint into the run folder, whole or not at all, unless that step is saved already; older ones are
    /// thinned.
    pub fn save(&mut self) -> Result<Option<PathBuf>, String> {
        let Some(folder) = self.observer.folder().filter(|_| !self.closed) else { return Ok(None) };
        let path = folder.checkpoint(self.step);
        self.record();
        let Some(folder) = self.observer.folder_mut() else { return Ok(None) };
        if self.saved_step == Some(self.step) && path.exists() {
            return Ok(Some(path));
        }
        let began = Instant::now();
        let reached = folder.reach();
        let written = reached.and_then(|()| self.checkpoint()).and_then(|c| c.write(&path));
        self.autosave.done(began.elapsed());
        written?;
        self.saved_step = Some(self.step);
        if let Some(folder) = self.observer.folder() {
            folder.thin();
        }
        Ok(Some(path))
    }
}
