//! Models side by side: which are chosen, and what was found of them. The window that shows it can be closed while it is worked
//! on.
//!
//! Must not know: Burn, egui, what is measured.

use super::State;
use crate::engine::folder::name_of;
use crate::engine::message::Source;
use crate::tools::families::{Comparison, Effort};
use crate::weights::Checkpoint;
use std::path::PathBuf;
use std::sync::Arc;

/// Width, height and channels of pictures.
pub type Size = [usize; 3];

/// A model that can be chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Where it is.
    pub source: Source,
    /// What it is called.
    pub name: String,
    /// Its pictures, where that is known before it is opened.
    pub size: Option<Size>,
}

impl Offer {
    /// A file, or the folder of a run.
    pub fn file(path: PathBuf) -> Self {
        let name = if path.is_dir() {
            path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())
        } else {
            name_of(&path)
        };
        Self { name, source: Source::File(path), size: None }
    }
}

/// What is chosen, and what was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Families {
    /// Whether the window is open.
    pub open: bool,
    /// What can be chosen.
    pub offered: Vec<Offer>,
    /// What is chosen, in the order of the table.
    pub chosen: Vec<Source>,
    /// Data SPEC; empty = what the first was trained on.
    pub data: String,
    /// How much is measured.
    pub effort: Effort,
    /// What was found last.
    pub found: Option<Arc<Comparison>>,
}

impl Families {
    /// Those that can stand in one table with the first that is chosen: of its size, or of a size that is not known yet.
    pub fn fitting(&self) -> Vec<&Offer> {
        let size = |source: &Source| self.offered.iter().find(|o| o.source == *source).and_then(|o| o.size);
        let first = self.chosen.iter().find_map(size);
        self.offered.iter().filter(|o| first.is_none() || o.size.is_none() || o.size == first).collect()
    }

    /// Adds a model to what can be chosen, once.
    pub fn offer(&mut self, offer: Offer) {
        if !self.offered.iter().any(|o| o.source == offer.source) {
            self.offered.push(offer);
        }
    }

    /// Chooses a model, or no longer.
    pub fn choose(&mut self, source: Source, on: bool) {
        self.chosen.retain(|s| *s != source);
        if on {
            self.chosen.push(source);
        }
    }
}

impl State {
    /// Offers what there is: the explored model (of one in training its run), the shipped ones, those that were opened
    /// lately. Where nothing is chosen yet, the explored one is.
    pub(crate) fn offer_families(&mut self) {
        let own = self.model.as_ref().and_then(|m| {
            let size = Some([m.width, m.height, m.channels]);
            match &m.source {
                Source::Training => {
                    let run = self.progress.folder.clone()?;
                    Some(Offer { size, ..Offer::file(run) })
                }
                Source::File(path) => Some(Offer { size, ..Offer::file(path.clone()) }),
                Source::Shipped(name) => Some(Offer { source: m.source.clone(), name: name.clone(), size }),
            }
        });
        let shipped = self.shipped.iter().map(|m| {
            let shape = Checkpoint::card_of(m.bytes).map(|card| card.shape);
            let size = shape.map(|s| [s.width, s.height, s.channels]);
            Offer { source: Source::Shipped(m.name.into()), name: m.name.into(), size }
        });
        let recent = self.prefs.recent.iter().map(|path| Offer::file(path.clone()));
        let all: Vec<Offer> = own.clone().into_iter().chain(shipped).chain(recent).collect();
        all.into_iter().for_each(|offer| self.families.offer(offer));
        if let (true, Some(own)) = (self.families.chosen.is_empty(), own) {
            self.families.chosen.push(own.source);
        }
        if self.families.data.is_empty() {
            // What the map looks at is there: a shipped model's own data may have been a folder of another machine.
            self.families.data.clone_from(&self.map.cloud.data);
        }
    }
}
