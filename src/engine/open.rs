//! From a checkpoint to a model that can be looked at.
//!
//! Must not know: files, messages, trainings.

use crate::nn::codebook::{COUNTS, STEPS, SUMS};
use crate::weights::checkpoint::OPTIMISER;
use crate::weights::{Card, Checkpoint};
use crate::zoo::{self, Held, Model, averaged, progan, stylegan};
use burn::tensor::{Device, TensorData};

/// The model of a checkpoint with its inputs at their defaults, for looking at.
pub fn explore(checkpoint: &Checkpoint, device: &Device) -> Result<Held, String> {
    Ok(Held::home(open(checkpoint, device)?, device))
}

/// The model of a checkpoint.
pub fn open(checkpoint: &Checkpoint, device: &Device) -> Result<Box<dyn Model>, String> {
    if let Some(network) = &checkpoint.card.network {
        return zoo::opened::open(network, &checkpoint.tensors, device);
    }
    let Card { recipe, settings, seed, phase, .. } = &checkpoint.card;
    let entry = zoo::find(recipe)?;
    let mut system = entry.built(&checkpoint.card.facts(), settings, *seed, device, *phase)?;
    // Looking needs no optimiser, whose state is twice as large as the weights.
    let weights = |(name, _): &(&String, &TensorData)| !name.starts_with(OPTIMISER);
    let weights = checkpoint.tensors.iter().filter(weights).map(|(n, d)| (n.clone(), d.clone()));
    system.restore(&weights.collect())?;
    Ok(system.model())
}

/// Parameters of the model that is shown: optimiser state, batch norm's statistics, a codebook's averages, where a growth is, the mean of w and the
/// averaged copy's twin do not count.
pub fn parameters<'a>(tensors: impl Iterator<Item = (&'a str, usize)>) -> usize {
    let counted = |name: &str| {
        let average =
            [COUNTS, SUMS, STEPS, progan::GROWN, stylegan::MEAN_W].iter().any(|leaf| name.ends_with(leaf));
        !name.starts_with(OPTIMISER) && !averaged::is_average(name) && !name.contains("running_") && !average
    };
    tensors.filter(|(name, _)| counted(name)).map(|(_, n)| n).sum()
}
