//! What a training begins with: the data is checked, the system built or taken from a checkpoint, the run's folder opened.
//!
//! Must not know: how a step is made, who watches.

use super::data_loader;
use super::folder::{self, RunFolder};
use super::observer::Notice;
use super::order::TrainOrder;
use super::points;
use super::tuning;
use crate::data::{Dataset, Split};
use crate::nn::network::Network;
use crate::weights::Checkpoint;
use crate::weights::checkpoint::OPTIMISER;
use crate::zoo::{self, Entry, Facts, Need, Recipe, System};
use burn::tensor::Device;
use std::time::Duration;

/// A system that is ready to step, and where it stands.
pub struct Begun {
    /// The system.
    pub system: Box<dyn System>,
    /// The network that it trains, where that is no recipe's.
    pub network: Option<Box<Network>>,
    /// Optimiser steps made.
    pub step: u64,
    /// The recipe's phase that it is in.
    pub phase: usize,
    /// Pictures seen.
    pub seen: u64,
    /// Training time so far.
    pub spent: Duration,
    /// What there is to say of it.
    pub notices: Vec<Notice>,
}

/// What of the data a system is built for. Fails with a sentence where the order is none, or the data lacks something.
pub fn facts(recipe: &Recipe, order: &TrainOrder, dataset: &Dataset) -> Result<Facts, String> {
    order.check(recipe)?;
    if dataset.train.pictures.is_empty() {
        return Err(format!("{} holds no pictures to train on", dataset.title));
    }
    if recipe.needs.contains(&Need::Domains)
        && let Some(empty) = dataset.domains.iter().find(|d| d.train.pictures.is_empty())
    {
        return Err(format!("{} holds no pictures of {} to train on", dataset.title, empty.name));
    }
    let facts = data_loader::facts_of(dataset);
    recipe.check_data(&facts)?;
    Ok(facts)
}

/// What a classifier's outputs stand for with this data; empty for other systems.
pub fn outputs(recipe: &Recipe, train: &Split) -> Vec<String> {
    match (recipe.names_labels(), train.classes()) {
        (true, Some((names, _))) if names.len() > 1 => names.to_vec(),
        (true, _) => train.binary().iter().map(|a| a.name.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Builds the system with fresh weights, or as `from` has it. `device`: without autodiff.
pub fn begin(
    entry: &Entry,
    order: &TrainOrder,
    facts: &Facts,
    train: &Split,
    device: &Device,
    from: Option<Checkpoint>,
) -> Result<Begun, String> {
    let (recipe, shape, settings) = (entry.recipe, facts.shape, &order.settings);
    let phase = from.as_ref().map_or(0, |c| c.card.phase);
    let foreign = from.as_ref().and_then(|c| Some((c.card.network.as_deref()?, &c.tensors)));
    let (mut system, network) = match foreign {
        Some((network, tensors)) => {
            let labels = shape.classes;
            let (system, network) =
                zoo::tuned::build(recipe, network, tensors, settings, labels, order.seed, device)?;
            (system, Some(Box::new(network)))
        }
        None => (entry.built(facts, settings, order.seed, device, phase)?, None),
    };
    let (mut step, mut seen, mut seconds) = (0, 0, 0.0);
    let mut notices = Vec::new();
    if let Some(Checkpoint { card, mut tensors }) = from {
        let classes = !recipe.names_labels() || card.shape.classes == shape.classes;
        if !card.shape.fits(&shape) || !classes {
            return Err("the checkpoint was trained on pictures of another size or kind".into());
        }
        if !card.outputs.is_empty() && card.outputs != outputs(recipe, train) {
            return Err(format!(
                "the checkpoint was trained to tell {}, and this data has other labels",
                card.outputs.join(", ")
            ));
        }
        if !order.resume {
            let made = match network {
                Some(_) => zoo::tuned::made(&system.weights(), &tensors),
                None => tuning::complete(&mut tensors, system.weights()),
            };
            notices.extend(tuning::notice(recipe, &tensors, &made).map(Notice::Fresh));
        }
        // A network from elsewhere was built with its tensors; there is more to take only where it was trained.
        if network.is_none() || tensors.keys().any(|n| n.starts_with(OPTIMISER)) {
            system.restore(&tensors)?;
        }
        (step, seen, seconds) = (card.step, card.seen, card.seconds);
    }
    Ok(Begun { system, network, step, phase, seen, spent: Duration::from_secs_f64(seconds), notices })
}

/// The folder of a run that goes on from `step`; the order says afterwards where it is.
pub fn folder(recipe: &Recipe, order: &mut TrainOrder, step: u64) -> Result<RunFolder, String> {
    let path = order.out.clone().unwrap_or_else(|| folder::fresh(&order.recipe));
    order.out = Some(path.clone());
    if !order.resume && path.join("run.toml").exists() {
        return Err(format!(
            "{} already holds a run; resume it (--resume), or name another folder",
            path.display()
        ));
    }
    // Before anything is written.
    points::check(&path, &order.data)?;
    if let Some(parent) = &order.past {
        folder::inherit(parent, &path, step)?;
    }
    let losses: Vec<_> = recipe.losses.iter().map(|l| l.name).collect();
    let run = RunFolder::open(&path, order, &losses, step)?;
    points::keep(&path, &order.data)?;
    Ok(run)
}
