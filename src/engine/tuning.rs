//! What it takes to train on a model that is at hand: a checkpoint of a run with all its state, one that was stripped for
//! sharing, or a network from elsewhere. What is missing is begun afresh, and said.
//!
//! Must not know: messages' senders, how a step is made.

use super::folder;
use super::order::{Change, Parent, TrainOrder, continued};
use super::points::{self, kept};
use crate::nn::Tensors;
use crate::weights::checkpoint::{FOREIGN, OPTIMISER};
use crate::weights::{Card, Checkpoint};
use crate::zoo::{self, Recipe, Settings, averaged, tuned};
use burn::tensor::TensorData;
use std::collections::BTreeMap;
use std::path::Path;

/// The order and the checkpoint that a training on begins with. `asked`: what a person chose; an empty recipe or SPEC is
/// the model's own, and of the settings those count that can be changed live. `name`: what the model is called. `run`: the
/// run that it lies in, if any.
///
/// With other data, and where the optimiser's state is missing, steps and passes are counted from 0.
pub fn begin(
    asked: TrainOrder,
    name: &str,
    run: Option<&Path>,
    mut checkpoint: Checkpoint,
) -> Result<(TrainOrder, Checkpoint), String> {
    let parent = Some(Parent { name: name.into(), step: checkpoint.card.step });
    let foreign = checkpoint.card.recipe == FOREIGN;
    if foreign {
        prepare(&asked, name, &mut checkpoint)?;
    }
    let Card { recipe, settings, data, seed, step, .. } = checkpoint.card.clone();
    let known = run.map_or_else(|| data.clone(), |run| kept(run, &data));
    // Where a run has kept points of its own, the file that they came from holds others by now, or is gone.
    let same = asked.data == known || asked.data == data && (known == data || !points::readable(&data));
    let other_data = !asked.data.is_empty() && !same;
    let own = TrainOrder { recipe, settings, data: known, seed, parent, ..TrainOrder::default() };
    let anew = foreign || other_data || !checkpoint.resumable();
    let order = if anew {
        let card = &mut checkpoint.card;
        (card.step, card.seen, card.seconds) = (0, 0, 0.0);
        own
    } else {
        past(own, run, step)?
    };
    let recipe = zoo::find(&order.recipe)?.recipe;
    let mut chosen = asked;
    if chosen.recipe != order.recipe {
        // They are another recipe's, that stands in the form.
        chosen.settings = Settings::default();
    }
    chosen.settings.0.retain(|n, _| free(recipe, n, checkpoint.card.phase));
    let data = if other_data { chosen.data.clone() } else { order.data.clone() };
    let step = checkpoint.card.step;
    Ok((TrainOrder { data, resume: false, ..continued(chosen, order, step) }, checkpoint))
}

/// Whether a setting is free when a model of a run's phase is trained on: a live one, one of a later phase, or the width of a half
/// that is made fresh.
pub fn free(recipe: &zoo::Recipe, name: &str, phase: usize) -> bool {
    let fresh = tuned::is(recipe.name) && name == tuned::WIDTH_NAME;
    recipe.setting(name).is_some_and(|s| s.live || fresh || recipe.comes_later(name, phase))
}

/// Gives a foreign network the card of the recipe that trains it.
fn prepare(asked: &TrainOrder, name: &str, checkpoint: &mut Checkpoint) -> Result<(), String> {
    let card = &mut checkpoint.card;
    let network =
        card.network.as_deref().ok_or_else(|| format!("{name} does not say what network it holds"))?;
    let suits = tuned::suits(network).map_err(|e| format!("{name} {e}"))?;
    let recipe = if tuned::is(&asked.recipe) { asked.recipe.as_str() } else { suits.name };
    let p = network.picture;
    if p.width != p.height {
        return Err(format!(
            "{name} draws pictures of {}×{}, and only square ones can be trained on",
            p.width, p.height
        ));
    }
    let fixed = [("size", p.width), ("channels", p.shown())];
    card.settings = Settings(fixed.map(|(n, v)| (n.to_string(), v as f64)).into());
    card.recipe = recipe.into();
    if card.data.is_empty() {
        card.data = suits.data.into();
    }
    card.seed = asked.seed;
    Ok(())
}

/// A checkpoint that lies in a run brings that run's past with it.
fn past(own: TrainOrder, run: Option<&Path>, step: u64) -> Result<TrainOrder, String> {
    let recorded = run.and_then(|run| Some((run, folder::read_order(run).ok()?)));
    let Some((run, mut recorded)) = recorded.filter(|(_, r)| r.recipe == own.recipe) else {
        return Ok(own);
    };
    recorded.changes.retain(|c| c.step < step);
    // A change at this very step was made before the checkpoint was written, or after: the checkpoint knows.
    let before = recorded.in_force(step);
    let recipe = zoo::find(&own.recipe)?.recipe;
    for s in recipe.settings.iter().filter(|s| s.live) {
        let value = own.settings.get(recipe, s.name);
        if before.get(recipe, s.name) != value {
            recorded.changes.push(Change { step, name: s.name.into(), value });
        }
    }
    let TrainOrder { settings, changes, .. } = recorded;
    Ok(TrainOrder { settings, changes, past: Some(run.into()), ..own })
}

/// Gives a checkpoint the halves that it lacks altogether, from a system with fresh weights, and says which (by the first
/// part of their names: "encoder"). A half that is there in part is left to fail by name.
pub fn complete(tensors: &mut Tensors, fresh: Vec<(String, TensorData)>) -> Vec<String> {
    let half = |name: &str| name.split('.').next().unwrap_or(name).to_owned();
    for (name, _) in &fresh {
        if !tensors.contains_key(name)
            && let Some(twin) = averaged::twin(name).and_then(|twin| tensors.get(&twin).cloned())
        {
            tensors.insert(name.clone(), twin);
        }
    }
    let mut halves: BTreeMap<String, bool> = BTreeMap::new();
    for (name, _) in &fresh {
        *halves.entry(half(name)).or_default() |= tensors.contains_key(name);
    }
    // A file that has nothing of this recipe is no stripped model of it.
    if !halves.values().any(|there| *there) {
        return Vec::new();
    }
    tensors.extend(fresh.into_iter().filter(|(n, _)| halves.get(&half(n)) == Some(&false)));
    halves.into_iter().filter(|(_, there)| !there).map(|(name, _)| name).collect()
}

/// What a person should know of a training that begins with these tensors; `None` = nothing. `made`: what was made fresh.
pub fn notice(recipe: &Recipe, tensors: &Tensors, made: &[String]) -> Option<String> {
    let mut words = Vec::new();
    if !tensors.keys().any(|n| n.starts_with(OPTIMISER)) {
        words.push("the file holds no optimiser state, so that begins afresh".to_owned());
    }
    if !made.is_empty() {
        words.push(format!("made fresh, to be trained: {}", made.join(", ")));
        if recipe.adversarial() {
            words.push("a fresh discriminator needs some hundred steps before its opinion counts".into());
        }
    }
    let mut text = words.join("; ");
    let first = text.chars().next()?.to_uppercase().to_string();
    text.replace_range(..text.chars().next().map_or(0, char::len_utf8), &first);
    Some(text)
}
