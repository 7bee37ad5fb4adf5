//! A training as it is ordered, recorded and resumed.
//!
//! Must not know: messages, folders, how a step is made.

use crate::zoo::{self, Settings};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A live setting that was changed on the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Steps made before it: the next one is the first with the new value.
    pub step: u64,
    /// The setting's name.
    pub name: String,
    /// Its new value.
    pub value: f64,
}

/// Where a run came from that began with another's checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parent {
    /// Name of the other run's folder, or of a lone checkpoint.
    pub name: String,
    /// Steps that the checkpoint had.
    pub step: u64,
}

/// A training as ordered by a person; also what `run.toml` records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrainOrder {
    /// Recipe name (`fc-vae`).
    pub recipe: String,
    /// Data SPEC.
    pub data: String,
    /// Settings that differ from their defaults.
    pub settings: Settings,
    /// Seed of weights, noise and the order of the data.
    pub seed: u64,
    /// Stop after this many steps; `None` = until stopped.
    pub steps: Option<u64>,
    /// Stop after this many passes over the data.
    pub epochs: Option<f64>,
    /// Stop after this many minutes of training time.
    pub minutes: Option<f64>,
    /// The run folder; `None` = a new one in the user's data folder.
    #[serde(skip_serializing)]
    pub out: Option<PathBuf>,
    /// Go on from the newest checkpoint in `out`.
    #[serde(skip)]
    pub resume: bool,
    /// The run whose metrics and samples it takes over, up to the checkpoint that it begins with.
    #[serde(skip)]
    pub past: Option<PathBuf>,
    /// Save every so many seconds; `None` = as [`super::autosave`] says.
    #[serde(skip)]
    pub autosave: Option<f64>,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// Changes of live settings, by step: those that were made, and while a run is repeated those that will be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
}

impl TrainOrder {
    /// Checks the settings and their changes against what the recipe declares.
    pub fn check(&self, recipe: &zoo::Recipe) -> Result<(), String> {
        self.settings.check(recipe)?;
        self.changes.iter().try_for_each(|c| live(recipe, &c.name, c.value).map(drop))
    }

    /// Lets the recipe's phase of that name begin with the step after `step`, where the run is in an earlier one: `phase`. Fails
    /// with a sentence where there is no such phase.
    pub fn begin_phase(
        &mut self,
        recipe: &zoo::Recipe,
        name: &str,
        step: u64,
        phase: usize,
    ) -> Result<(), String> {
        let (place, begins) = recipe.later_phase(name)?;
        if phase < place {
            self.settings.0.insert(begins.into(), step as f64);
        }
        Ok(())
    }

    /// The settings in force after `step` steps.
    pub fn in_force(&self, step: u64) -> Settings {
        let mut settings = self.settings.clone();
        let made = self.changes.iter().filter(|c| c.step <= step);
        settings.0.extend(made.map(|c| (c.name.clone(), c.value)));
        settings
    }
}

/// Checks a change of a setting while a training runs.
pub(super) fn live(recipe: &zoo::Recipe, name: &str, value: f64) -> Result<f64, String> {
    let value = recipe.check(name, value)?;
    match recipe.setting(name) {
        Some(s) if !s.live => {
            Err(format!("{name} cannot be changed while training; start a new run with it"))
        }
        _ => Ok(value),
    }
}

/// A run that is resumed at `step` keeps its recipe, seed, settings and their changes; the new order brings its end, what
/// it sets from there on, and where its data is now, if it names any.
pub fn continued(asked: TrainOrder, recorded: TrainOrder, step: u64) -> TrainOrder {
    let data = if asked.data.is_empty() { recorded.data.clone() } else { asked.data.clone() };
    let mut settings = recorded.settings.clone();
    let mut changes = recorded.changes.clone();
    let now = recorded.in_force(step);
    let recipe = zoo::recipe(&recorded.recipe);
    for (name, value) in &asked.settings.0 {
        let declared = recipe.and_then(|r| r.setting(name));
        let same = recipe.is_some_and(|r| now.get(r, name) == *value);
        if declared.is_some_and(|s| s.live) && step > 0 {
            if !same {
                changes.push(Change { step, name: name.clone(), value: *value });
            }
        } else {
            settings.0.insert(name.clone(), *value);
        }
    }
    changes.extend(asked.changes.iter().filter(|c| c.step >= step).cloned());
    changes.sort_by_key(|c| c.step);
    let named_end = asked.steps.is_some() || asked.epochs.is_some() || asked.minutes.is_some();
    let end = if named_end { &asked } else { &recorded };
    let (steps, epochs, minutes) = (end.steps, end.epochs, end.minutes);
    let TrainOrder { out, autosave, .. } = asked;
    TrainOrder { data, settings, changes, steps, epochs, minutes, out, autosave, resume: true, ..recorded }
}
