//! What a person does with tours: walking one, writing one; and which step an action does.
//!
//! Must not know: Burn, egui, disks.

use super::atlas::{Atlasing, opening, shown};
use super::bench::Benching;
use super::{Action, families::Siding, inside::Looking};
use crate::atlas::Show;
use crate::engine::message::{Command, Place};
use crate::state::bench::Well;
use crate::state::tour::{Asks, At, Step, Tour, Way};
use crate::state::{State, Tab};
use std::path::PathBuf;
use std::sync::Arc;

/// Everything that can be done with them.
#[derive(Clone, Debug, PartialEq)]
pub enum Guiding {
    /// Offer the first one.
    Offer,
    /// Begin a tour.
    Begin(Arc<Tour>),
    /// Go to a step of it.
    Step(usize),
    /// End it, or decline the offer.
    End,
    /// Show it to others: in larger type, with the list of steps; or no longer.
    Present(bool),
    /// Write a new one.
    New,
    /// Change the one that is under way, or no longer.
    Write(bool),
    /// Its title.
    Title(String),
    /// Title and text of the step that is shown.
    Words(String, String),
    /// Put the window as it is behind the step that is shown.
    Add,
    /// Put the window as it is in place of that step; its texts stay.
    Retake,
    /// Take the step out.
    Remove,
    /// Open a tour's file.
    Read(PathBuf),
    /// Write it to a file.
    Save(PathBuf),
}

/// Does it.
pub fn apply(state: &mut State, what: Guiding) -> Vec<Command> {
    if what != Guiding::Offer {
        // Who begins one, or declines, is no longer asked.
        state.touring.offered = false;
        state.prefs.toured = true;
    }
    match what {
        Guiding::Offer => state.touring.offered = true,
        Guiding::Begin(tour) => state.touring.at = Some(At::first(tour)),
        Guiding::End => state.touring.at = None,
        Guiding::New => {
            let tour = Tour { title: "My tour".into(), ..Tour::default() };
            let at = At { writing: true, way: Way::There, ..At::first(Arc::new(tour)) };
            state.touring.at = Some(at);
        }
        Guiding::Read(path) => return vec![Command::ReadTour(path)],
        what => {
            let here = state.as_step();
            let Some(at) = &mut state.touring.at else { return Vec::new() };
            match change(at, what, here) {
                Ok(Some(command)) => return vec![command],
                Ok(None) => {}
                Err(message) => state.fail(Place::Model, message),
            }
        }
    }
    Vec::new()
}

/// What changes the tour that is under way, or writes it.
fn change(at: &mut At, what: Guiding, here: Step) -> Result<Option<Command>, String> {
    let last = at.tour.steps.len().saturating_sub(1);
    match what {
        Guiding::Step(step) => {
            (at.step, at.done, at.way) = (step.min(last), false, Way::Wanted);
        }
        Guiding::Present(on) => at.presenting = on,
        Guiding::Write(on) => at.writing = on,
        Guiding::Title(title) => Arc::make_mut(&mut at.tour).title = title,
        Guiding::Words(title, text) => {
            if let Some(step) = at.now_mut() {
                (step.title, step.text) = (title, text);
            }
        }
        Guiding::Add => {
            let steps = &mut Arc::make_mut(&mut at.tour).steps;
            let place = if steps.is_empty() { 0 } else { at.step + 1 };
            let title = format!("Step {}", steps.len() + 1);
            steps.insert(place, Step { title, ..here });
            (at.step, at.done, at.way) = (place, false, Way::There);
        }
        Guiding::Retake => {
            if let Some(step) = at.now_mut() {
                let (title, text) = (std::mem::take(&mut step.title), std::mem::take(&mut step.text));
                *step = Step { title, text, ..here };
            }
        }
        Guiding::Remove => {
            let steps = &mut Arc::make_mut(&mut at.tour).steps;
            if at.step < steps.len() {
                steps.remove(at.step);
                at.step = at.step.min(steps.len().saturating_sub(1));
            }
        }
        Guiding::Save(path) => {
            let folder = path.parent().map(PathBuf::from).unwrap_or_default();
            let text = at.tour.text(&folder)?;
            return Ok(Some(Command::WriteTour(path, text)));
        }
        Guiding::Offer | Guiding::Begin(_) | Guiding::End | Guiding::New | Guiding::Read(_) => {}
    }
    Ok(None)
}

/// Notices that a person did what the step asks for.
pub fn after(state: &mut State, action: &Action) {
    let does = |asks: Asks| match asks {
        Asks::Drag => matches!(action, Action::SetPair(_)),
        Asks::Slider => matches!(action, Action::SetZ(..)),
        Asks::Randomise => matches!(action, Action::Randomise),
        Asks::Direction => matches!(action, Action::Nudge(..) | Action::SetDirection(..)),
        Asks::Keep => matches!(action, Action::Undo | Action::Bench(Benching::Put(Well::Bookmarks, ..))),
        Asks::Train => matches!(action, Action::Train),
    };
    if let Some(at) = &mut state.touring.at
        && at.now().and_then(|step| step.asks).is_some_and(does)
    {
        at.done = true;
    }
}

/// What brings the window to the step that is shown: first its model, and once that is there, all else.
pub fn arrival(state: &mut State) -> Vec<Action> {
    let Some(at) = &mut state.touring.at else { return Vec::new() };
    let Some(step) = at.now().filter(|_| at.way != Way::There).cloned() else { return Vec::new() };
    if step.asks.is_some() {
        at.way = Way::There;
        return Vec::new();
    }
    let source = step.source();
    let open = state.model.as_ref().map(|m| &m.source);
    let there = source.is_none() || open == source.as_ref();
    match (at.way, there) {
        (_, true) => at.way = Way::There,
        (Way::Wanted, false) => {
            at.way = Way::Opening;
            state.failures.remove(&Place::Model.into());
            return source.map(opening).into_iter().collect();
        }
        // The page is shown all the same, and the error on it.
        (_, false) if state.failures.contains_key(&Place::Model.into()) => {
            at.way = Way::There;
            return vec![Action::Show(step.page)];
        }
        (_, false) => return Vec::new(),
    }
    dressed(state, &step)
}

/// What makes the window as a step has it, its model being open.
fn dressed(state: &mut State, step: &Step) -> Vec<Action> {
    let mut all = vec![Action::Show(step.page)];
    if step.layer.is_none() && !step.shows.contains(&Show::Layers) {
        all.push(Action::Inside(Looking::Window(false)));
    }
    if !step.shows.contains(&Show::Families) {
        all.push(Action::Families(Siding::Open(false)));
    }
    if step.page == Tab::Atlas {
        all.push(Action::Atlas(Atlasing::Page(step.exhibit.clone())));
    }
    if let Some(seed) = step.draw {
        state.draws = seed.wrapping_sub(1);
        all.push(Action::Randomise);
    }
    if let Some(point) = &step.point {
        match point.check(state.inputs()) {
            Ok(()) => all.push(Action::Go(point.clone())),
            Err(why) => {
                let message = format!("the latent of the step \"{}\" is of another model: {why}", step.title);
                state.fail(Place::Model, message);
            }
        }
    }
    all.extend(step.shows.iter().flat_map(|show| shown(state, *show)));
    if let Some(layer) = &step.layer {
        all.extend([Action::Inside(Looking::Named(layer.clone())), Action::Inside(Looking::Window(true))]);
    }
    all
}
