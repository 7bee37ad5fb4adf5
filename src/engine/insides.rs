//! What goes on inside while a model learns, measured at the steps whose samples are recorded: for each layer the norm
//! of its weights, of their gradient, and of the step they made (‖Δw‖/‖w‖, which is about 1e-3 where learning goes
//! well); and for a model with an encoder the KL of each latent dimension. Written into `layers.csv` and `kl.csv`.
//!
//! Must not know: who looks at it.

use super::table::TableFile;
use burn::tensor::TensorData;
use std::collections::BTreeMap;
use std::path::Path;

/// Name of the table of layers: columns `LAYER:weight`, `LAYER:gradient`, `LAYER:update`.
pub const LAYERS: &str = "layers.csv";
/// Name of the table of KL per latent dimension, nats.
pub const KL: &str = "kl.csv";

/// Measures one run.
pub struct Insides {
    layers: TableFile,
    kl: TableFile,
    before: BTreeMap<String, TensorData>,
}

fn norm(values: impl Iterator<Item = f32>) -> f64 {
    values.map(|v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt()
}

impl Insides {
    /// Of a run at step `from`.
    pub fn new(run: &Path, from: u64) -> Self {
        let open = |name: &str| TableFile::open(run.join(name), from);
        Self { layers: open(LAYERS), kl: open(KL), before: BTreeMap::new() }
    }

    /// Drops what was measured after `step`.
    pub fn rewind(&mut self, step: u64) {
        self.layers.rewind(step);
        self.kl.rewind(step);
    }

    /// The weights before the step that is measured.
    pub fn before(&mut self, weights: Vec<(String, TensorData)>) {
        // Biases and norms' scales are many and tell little; what an average shows has no gradient.
        let layer = |(name, data): &(String, TensorData)| {
            name.ends_with(".weight") && data.shape().len() >= 2 && !name.starts_with("generator_ema")
        };
        self.before = weights.into_iter().filter(layer).collect();
    }

    /// The weights after it, and the norms of the gradients that moved them.
    pub fn after(
        &mut self,
        step: u64,
        weights: &[(String, TensorData)],
        gradients: &[(String, f32)],
    ) -> Result<(), String> {
        let (mut names, mut row) = (Vec::new(), Vec::new());
        for (name, data) in weights {
            let Some(before) = self.before.get(name) else { continue };
            let size = norm(data.iter::<f32>());
            let moved = norm(data.iter::<f32>().zip(before.iter::<f32>()).map(|(a, b)| a - b));
            let gradient = gradients.iter().find(|(n, _)| n == name).map_or(f32::NAN, |(_, v)| *v);
            let layer = name.trim_end_matches(".weight");
            names.extend(["weight", "gradient", "update"].map(|what| format!("{layer}:{what}")));
            row.extend([size as f32, gradient, (moved / size.max(1e-12)) as f32]);
        }
        self.before.clear();
        if names.is_empty() { Ok(()) } else { self.layers.append(step, &names, &row) }
    }

    /// KL of each latent dimension.
    pub fn kl(&mut self, step: u64, values: &[f32]) -> Result<(), String> {
        let names: Vec<String> = (0..values.len()).map(|i| format!("z{i}")).collect();
        self.kl.append(step, &names, values)
    }
}
