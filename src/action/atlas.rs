//! What a person does in the atlas: pages, and what an exhibit opens, trains and breaks.
//!
//! Must not know: egui, Burn.

use super::{Action, families::Siding, inside::Looking, map::Mapping, morph::Morphing, pixels::Pixeling};
use crate::atlas::{Exhibit, Family, Lesson, Page, Show, exhibit};
use crate::engine::message::{Command, Place, Source};
use crate::engine::tool::ToolOrder;
use crate::state::atlas::{OnWay, Tried};
use crate::state::bench::Well;
use crate::state::{State, Tab, Until, map, pixels};

/// Shipped models of three families, which are put side by side.
const BESIDE: [&str; 3] = ["digits-pixelcnn", "digits-vae", "digits-gan"];
/// Data that they are compared on: built in, so that nothing has to be found on a disk.
const BESIDE_DATA: &str = "digits:2000";

/// Everything that can be done there.
#[derive(Clone, Debug, PartialEq)]
pub enum Atlasing {
    /// Open an exhibit's page, by its key; `None` = the map of all.
    Page(Option<String>),
    /// Look for exhibits by these words.
    Search(String),
    /// Show a part of the course alone, or all of it.
    Family(Option<Family>),
    /// Do with an exhibit what its page offers.
    Do(String, Tried),
    /// Put away what is said beside the tool.
    PutAway,
}

/// Does it.
pub fn apply(state: &mut State, what: Atlasing) -> Vec<Command> {
    match what {
        Atlasing::Page(key) => state.atlas.page = key.filter(|key| exhibit(key).is_some()),
        Atlasing::Search(words) => state.atlas.search = words,
        Atlasing::Family(family) => state.atlas.family = family,
        Atlasing::PutAway => state.atlas.note = None,
        Atlasing::Do(key, what) => {
            let Some(exhibit) = exhibit(&key) else { return Vec::new() };
            return match what {
                Tried::Opened => open(state, exhibit),
                Tried::Trained => train(state, exhibit, &exhibit.words.train, what),
                Tried::Broken => train(state, exhibit, &exhibit.words.broken, what),
            };
        }
    }
    Vec::new()
}

fn did(state: &mut State, exhibit: &Exhibit, what: Tried) {
    let key = exhibit.words.key.clone();
    state.prefs.tried.entry(key.clone()).or_default().insert(what);
    state.atlas.note = Some((key, what));
}

fn open(state: &mut State, exhibit: &Exhibit) -> Vec<Command> {
    let Some(model) = state.model_of(exhibit) else {
        let message = format!(
            "no model of {} is inside zscope, and none of your runs is one; train it yourself first",
            exhibit.words.name
        );
        state.fail(Place::Model, message);
        return Vec::new();
    };
    state.failures.remove(&Place::Model.into());
    did(state, exhibit, Tried::Opened);
    state.atlas.on_way = Some(OnWay { model: model.clone(), key: exhibit.words.key.clone() });
    if state.model.as_ref().is_some_and(|m| m.source == model) {
        return Vec::new();
    }
    super::perform(state, opening(model))
}

/// What opens the model of a source.
pub(super) fn opening(source: Source) -> Action {
    match source {
        Source::Shipped(name) => Action::OpenShipped(name),
        Source::File(path) => Action::Open(path),
        Source::Training => Action::WatchTraining,
    }
}

fn train(state: &mut State, exhibit: &Exhibit, lesson: &Lesson, what: Tried) -> Vec<Command> {
    if state.training() {
        state.notice = Some("A training is running: stop it on Train, then press this again".into());
        return Vec::new();
    }
    did(state, exhibit, what);
    state.tab = Tab::Train;
    let form = &mut state.form;
    (form.recipe, form.data) = (lesson.recipe.clone(), lesson.data.clone());
    (form.settings, form.until) = (lesson.settings.clone(), Until::Minutes(lesson.minutes));
    super::perform(state, Action::Train)
}

/// What is done now that the model is there which an exhibit asked for; nothing while it is not, or where it can't be opened.
pub fn arrival(state: &mut State) -> Vec<Action> {
    if state.failure(Place::Model).is_some() {
        state.atlas.on_way = None;
    }
    let there = |way: &mut OnWay| state.model.as_ref().is_some_and(|m| m.source == way.model);
    let Some(way) = state.atlas.on_way.take_if(there) else { return Vec::new() };
    let Some(exhibit) = exhibit(&way.key) else { return Vec::new() };
    let open = &exhibit.words.open;
    let tab = match open.page {
        Page::Explore => Tab::Explore,
        Page::Morph => Tab::Morph,
        Page::Mix => Tab::Mix,
        Page::Map => Tab::Map,
    };
    let shows = open.shows.iter().flat_map(|show| shown(state, *show));
    std::iter::once(Action::Show(tab)).chain(shows).collect()
}

/// What shows it.
pub(super) fn shown(state: &State, show: Show) -> Vec<Action> {
    match show {
        Show::Plane => vec![Action::Map(Mapping::View(map::View::Plane))],
        Show::Strips => vec![Action::Map(Mapping::View(map::View::Strips))],
        Show::Surprise => vec![Action::Pixels(Pixeling::View(pixels::View::Surprise))],
        Show::Families => {
            let chosen =
                |name: &&str| Action::Families(Siding::Choose(Source::Shipped((*name).into()), true));
            std::iter::once(Action::Families(Siding::Open(true)))
                .chain(BESIDE.iter().map(chosen))
                .chain([Action::Families(Siding::Data(BESIDE_DATA.into()))])
                .collect()
        }
        Show::Layers => {
            vec![Action::Inside(Looking::Layer(0)), Action::Inside(Looking::Window(true))]
        }
        // A person's own keyframes stay.
        Show::Keyframes if state.bench.wells.get(&Well::Keyframes).is_some_and(|w| w.len() > 1) => Vec::new(),
        Show::Keyframes => vec![Action::Morph(Morphing::Random(4)), Action::Morph(Morphing::Play(true))],
        Show::Example => {
            let data = state.model.as_ref().map(|m| m.data.clone()).unwrap_or_default();
            vec![Action::Tool(ToolOrder::Example { data, index: 3, only: None })]
        }
    }
}
