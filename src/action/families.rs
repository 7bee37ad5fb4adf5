//! What a person can do with models side by side.
//!
//! Must not know: Burn, egui, what is measured.

use crate::engine::message::{Command, Place, Source};
use crate::engine::tool::{ToolKind, ToolNews, ToolOrder};
use crate::state::State;
use crate::state::families::Offer;
use std::path::PathBuf;

/// Everything that can be done with them.
#[derive(Clone, Debug, PartialEq)]
pub enum Siding {
    /// Open the window, or close it.
    Open(bool),
    /// Open it with these files or folders of runs chosen, and nothing else.
    Of(Vec<PathBuf>),
    /// Choose a model, or no longer.
    Choose(Source, bool),
    /// Add a file to what can be chosen, and choose it.
    Add(PathBuf),
    /// Data SPEC.
    Data(String),
    /// Samples that figures rest on.
    Samples(usize),
    /// Held-out pictures whose likelihood is measured.
    Pictures(usize),
    /// Compare what is chosen.
    Start,
    /// Write what was found into a new folder in that one.
    Save(PathBuf),
}

/// Does it.
pub fn apply(state: &mut State, what: Siding) -> Vec<Command> {
    match what {
        Siding::Open(on) => {
            state.families.open = on;
            if on {
                state.offer_families();
            }
        }
        Siding::Of(paths) => {
            state.families.open = true;
            let families = &mut state.families;
            families.chosen.clear();
            // Runs have data of their own.
            families.data.clear();
            for path in paths {
                let offer = Offer::file(path);
                families.chosen.push(offer.source.clone());
                families.offer(offer);
            }
            let data = std::mem::take(&mut state.families.data);
            state.offer_families();
            state.families.data = data;
        }
        Siding::Choose(source, on) => state.families.choose(source, on),
        Siding::Add(path) => {
            let offer = Offer::file(path);
            state.families.choose(offer.source.clone(), true);
            state.families.offer(offer);
        }
        Siding::Data(data) => state.families.data = data,
        Siding::Samples(n) => state.families.effort.samples = n.clamp(64, 50_000),
        Siding::Pictures(n) => state.families.effort.pictures = n.clamp(2, 10_000),
        Siding::Start => {
            let families = &state.families;
            if families.chosen.is_empty() {
                return Vec::new();
            }
            let (models, data) = (families.chosen.clone(), families.data.clone());
            return ordered(state, ToolOrder::Families { models, data, effort: state.families.effort });
        }
        Siding::Save(into) => {
            if let Some(found) = state.families.found.clone() {
                return ordered(state, ToolOrder::WriteFamilies(found, into));
            }
        }
    }
    Vec::new()
}

fn ordered(state: &mut State, order: ToolOrder) -> Vec<Command> {
    state.failures.remove(&Place::Families.into());
    state.tools.insert(ToolKind::Families, ToolNews::Working(0, 0));
    vec![Command::Tool(order)]
}
