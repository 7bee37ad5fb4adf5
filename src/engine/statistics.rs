//! What goes on inside while a model learns, measured at the steps whose samples are recorded: for each layer the norm
//! of its weights, of their gradient, and of the step they made (‖Δw‖/‖w‖, which is about 1e-3 where learning goes
//! well), and its largest singular value; how its weights, singular values, gradient and activations spread, as quantiles; and for a model with an encoder the KL of each
//! latent dimension. Tables beside the run's losses.
//!
//! There are at most some hundred such steps ([`super::schedule`]), so that a table of a long run stays small.
//!
//! Must not know: who looks at it.

use super::table::TableFile;
use crate::nn::spectrum;
use crate::nn::spread::{self, BINS};
use crate::nn::{Gradient, Tap, host::floats};
use crate::zoo::averaged;
use burn::tensor::TensorData;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Name of the table of layers: columns `LAYER:weight`, `LAYER:gradient`, `LAYER:update`, `LAYER:sigma`.
pub const LAYERS: &str = "layers.csv";
/// Name of the table of KL per latent dimension, nats.
pub const KL: &str = "kl.csv";
/// Name of the table of weights: columns `LAYER:0` to `LAYER:16`, the values below which 0 to 16 sixteenths of them lie.
pub const WEIGHTS: &str = "weights.csv";
/// The same of the gradients.
pub const GRADIENTS: &str = "gradients.csv";
/// The same of what the decoder's layers give for a few of the recorded latents.
pub const ACTIVATIONS: &str = "activations.csv";
/// The same of the singular values of the weights.
pub const SPECTRA: &str = "spectra.csv";
/// All singular values cost more than the rest, so they are measured at one of so many of these steps.
const SPECTRA_EVERY: usize = 8;
/// All of them.
pub const TABLES: [&str; 6] = [LAYERS, KL, WEIGHTS, GRADIENTS, ACTIVATIONS, SPECTRA];

/// Measures one run.
pub struct LayerStatistics {
    layers: TableFile,
    kl: TableFile,
    weights: TableFile,
    gradients: TableFile,
    activations: TableFile,
    spectra: TableFile,
    /// Steps that were measured since it was opened.
    measured: usize,
    before: BTreeMap<String, TensorData>,
}

fn norm(values: impl Iterator<Item = f32>) -> f64 {
    values.map(|v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt()
}

/// A row of quantiles: layers, and an even selection of the numbers of each.
fn spread(
    table: &mut TableFile,
    step: u64,
    layers: impl Iterator<Item = (String, Vec<f32>)>,
) -> Result<(), String> {
    let (mut names, mut row) = (Vec::new(), Vec::new());
    for (layer, numbers) in layers {
        names.extend((0..=BINS).map(|k| format!("{layer}:{k}")));
        row.extend(spread::quantiles(numbers));
    }
    if names.is_empty() { Ok(()) } else { table.append(step, &names, &row) }
}

impl LayerStatistics {
    /// Of a run at step `from`.
    pub fn new(run: &Path, from: u64) -> Self {
        let open = |name: &str| TableFile::open(run.join(name), from);
        Self {
            layers: open(LAYERS),
            kl: open(KL),
            weights: open(WEIGHTS),
            gradients: open(GRADIENTS),
            activations: open(ACTIVATIONS),
            spectra: open(SPECTRA),
            measured: 0,
            before: BTreeMap::new(),
        }
    }

    /// Drops what was measured after `step`.
    pub fn rewind(&mut self, step: u64) {
        let Self { layers, kl, weights, gradients, activations, spectra, .. } = self;
        [layers, kl, weights, gradients, activations, spectra]
            .into_iter()
            .for_each(|table| table.rewind(step));
    }

    /// The weights before the step that is measured.
    pub fn before(&mut self, weights: Vec<(String, TensorData)>) {
        // Biases and norms' scales are many and tell little; what an average shows has no gradient.
        let layer = |(name, data): &(String, TensorData)| {
            name.ends_with(".weight") && data.shape().len() >= 2 && !averaged::is_average(name)
        };
        self.before = weights.into_iter().filter(layer).collect();
    }

    /// The weights after it, and the gradients that moved them.
    pub fn after(
        &mut self,
        step: u64,
        weights: &[(String, TensorData)],
        gradients: &[Gradient],
    ) -> Result<(), String> {
        let before = std::mem::take(&mut self.before);
        // A layer without a share in the step, of a part that learned in it, waits for its turn, as in a network that grows.
        let part = |name: &str| name.split_once('.').map(|(part, _)| part.to_string());
        let learned: BTreeSet<_> = gradients.iter().map(|g| part(&g.name)).collect();
        let waits =
            |name: &String| learned.contains(&part(name)) && !gradients.iter().any(|g| g.name == *name);
        let measured = weights.iter().filter(|(name, _)| !waits(name));
        let measured = measured.filter_map(|(name, data)| Some((name, data, before.get(name)?)));
        let layer = |name: &str| name.trim_end_matches(".weight").to_string();
        let (mut names, mut row, mut spectra) = (Vec::new(), Vec::new(), Vec::new());
        for (name, data, before) in measured.clone() {
            let size = norm(data.iter::<f32>());
            let moved = norm(data.iter::<f32>().zip(before.iter::<f32>()).map(|(a, b)| a - b));
            let gradient = gradients.iter().find(|g| g.name == *name).map_or(f32::NAN, |g| g.norm);
            let sigma = spectrum::largest(data).unwrap_or(f32::NAN);
            if self.measured.is_multiple_of(SPECTRA_EVERY) {
                spectra.push((layer(name), spectrum::singular_values(data)));
            }
            let columns = ["weight", "gradient", "update", "sigma"];
            names.extend(columns.map(|what| format!("{}:{what}", layer(name))));
            row.extend([size as f32, gradient, (moved / size.max(1e-12)) as f32, sigma]);
        }
        if names.is_empty() {
            return Ok(());
        }
        self.measured += 1;
        self.layers.append(step, &names, &row)?;
        spread(&mut self.spectra, step, spectra.into_iter())?;
        let numbers = measured.clone().map(|(name, data, _)| (layer(name), spread::picked(data)));
        spread(&mut self.weights, step, numbers)?;
        let sample = |name: &str| gradients.iter().find(|g| g.name == name).map_or(&[][..], |g| &g.sample);
        let numbers = measured.map(|(name, ..)| (layer(name), sample(name).to_vec()));
        spread(&mut self.gradients, step, numbers)
    }

    /// KL of each latent dimension.
    pub fn kl(&mut self, step: u64, values: &[f32]) -> Result<(), String> {
        let names: Vec<String> = (0..values.len()).map(|i| format!("z{i}")).collect();
        self.kl.append(step, &names, values)
    }

    /// What the decoder's layers give.
    pub fn taps(&mut self, step: u64, taps: Vec<Tap>) -> Result<(), String> {
        let numbers = taps.into_iter().map(|Tap { name, value }| (name, floats(spread::pick(value.flat()))));
        spread(&mut self.activations, step, numbers)
    }
}
