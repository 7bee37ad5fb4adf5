//! Where a person is in the atlas, and what they have tried of it.
//!
//! Must not know: egui, how anything is drawn or trained.

use super::State;
use crate::atlas::{Exhibit, Family, Open, exhibit, exhibits};
use crate::engine::message::{Phase, Source};
use serde::{Deserialize, Serialize};

/// What can be done with an exhibit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tried {
    /// Its model was opened.
    Opened,
    /// It was trained.
    Trained,
    /// It was trained without its ingredient.
    Broken,
}

/// Where a person is.
#[derive(Clone, Debug, Default)]
pub struct Atlas {
    /// The exhibit whose page is open; `None` = the map of all.
    pub page: Option<String>,
    /// Words that exhibits are looked for by.
    pub search: String,
    /// The part of the course that is shown; `None` = all.
    pub family: Option<Family>,
    /// What is said beside the tool that an exhibit opened: which exhibit, and what was done with it.
    pub note: Option<(String, Tried)>,
    /// What is shown once the model is there.
    pub on_way: Option<OnWay>,
}

/// A model that an exhibit asked for and that is not open yet.
#[derive(Clone, Debug, PartialEq)]
pub struct OnWay {
    /// The model; it is there when the explored one is from the same source.
    pub model: Source,
    /// The exhibit.
    pub key: String,
}

impl State {
    /// The exhibits that search and family leave.
    pub fn exhibits_found(&self) -> impl Iterator<Item = &'static Exhibit> + '_ {
        let kept = |e: &&Exhibit| self.atlas.family.is_none_or(|family| family == e.family);
        exhibits().iter().filter(kept).filter(|e| e.found_by(&self.atlas.search))
    }

    /// The model that *Open* takes for an exhibit: the shipped one; else the one in training, if it is of its recipe; else
    /// the newest run of its recipe with a checkpoint. `None` = there is none yet.
    pub fn model_of(&self, exhibit: &Exhibit) -> Option<Source> {
        let Open { model, .. } = &exhibit.words.open;
        if let Some(name) = model {
            return Some(Source::Shipped(name.clone()));
        }
        let trains = !matches!(self.progress.phase, Phase::Idle | Phase::Preparing);
        if trains && self.progress.recipe == exhibit.words.recipe {
            return Some(Source::Training);
        }
        let runs = self.travel.list.iter().flatten();
        let of = runs.filter(|r| r.recipe == exhibit.words.recipe && r.checkpoints > 0);
        // The newest stands first.
        let newest = of.map(|r| &r.path).next()?;
        crate::engine::folder::checkpoints(newest).pop().map(Source::File)
    }

    /// Whether something of an exhibit was tried.
    pub fn tried(&self, key: &str, what: Tried) -> bool {
        self.prefs.tried.get(key).is_some_and(|tried| tried.contains(&what))
    }

    /// The exhibit whose page is open.
    pub fn exhibit_open(&self) -> Option<&'static Exhibit> {
        exhibit(self.atlas.page.as_deref()?)
    }
}
