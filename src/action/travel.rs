//! What a person can do with recorded runs and with time.
//!
//! Must not know: Burn, egui, disks.

use crate::engine::archive::Request;
use crate::engine::archive::film::FilmOrder;
use crate::engine::message::{Command, Place, Source};
use crate::state::{State, Tab};
use std::path::PathBuf;

/// Pictures a second of an exported film.
const FPS: f32 = 15.0;
/// Pixels per pixel of it.
const ZOOM: u32 = 2;

/// Everything that can be done with runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Travelling {
    /// Read the list again.
    List,
    /// List the runs of another folder.
    Folder(PathBuf),
    /// Open a run.
    Open(PathBuf),
    /// Draw a run's curves beside the open one's, or no longer.
    Compare(PathBuf, bool),
    /// Look at a step; `None` = now.
    Cursor(Option<u64>),
    /// The pointer is over a step.
    Hover(Option<u64>),
    /// Play the run, or stop there.
    Play(bool),
    /// Make a film of the run in focus.
    Film(PathBuf),
    /// Give it up.
    CancelFilm,
    /// Write every step's losses of the open run to a file.
    Csv(PathBuf),
    /// Type a name for the open run; `None` = leave it as it is.
    Name(Option<String>),
    /// Take that name.
    Rename,
    /// Put a run into the bin.
    Bin(PathBuf),
    /// Take the last one out again.
    Restore,
    /// Train a run on in its own folder.
    Resume(PathBuf),
    /// Open the checkpoint nearest to a step, with the latent of now.
    Checkpoint(u64),
    /// Compare it with the explored model.
    CompareAt(u64),
    /// Train that checkpoint on in a run of its own.
    Branch(u64),
}

/// Does it. The engine gets the returned commands.
pub fn apply(state: &mut State, what: Travelling) -> Vec<Command> {
    let ask = |ask| vec![Command::Archive(ask)];
    match what {
        Travelling::List => return ask(Request::List(state.travel.folder.clone())),
        Travelling::Folder(folder) => {
            state.travel.folder.clone_from(&folder);
            (state.travel.list, state.travel.open) = (None, None);
            return ask(Request::List(folder));
        }
        Travelling::Open(run) => {
            state.travel.compared.remove(&run);
            state.travel.open = Some(run);
            (state.travel.cursor, state.travel.hover, state.travel.playing) = (None, None, None);
            state.travel.name = None;
        }
        Travelling::Compare(run, on) => {
            if on {
                state.travel.compared.insert(run);
            } else {
                state.travel.compared.remove(&run);
                state.travel.curves.remove(&run);
            }
        }
        Travelling::Cursor(step) => (state.travel.cursor, state.travel.playing) = (step, None),
        Travelling::Hover(step) => state.travel.hover = step,
        Travelling::Play(on) => {
            let pictures = state.followed().map_or(0, |v| v.samples.len());
            let at = state.travel.cursor.map_or(0, |step| state.picture_at(step));
            // From the end it starts again.
            let at = if at + 1 >= pictures { 0 } else { at };
            state.travel.playing = (on && pictures > 1).then_some(at as f64);
        }
        Travelling::Film(out) => {
            let Some(run) = state.focus().map(PathBuf::from) else { return Vec::new() };
            state.travel.film = Some((0, 0));
            state.failures.remove(&Place::Runs.into());
            return ask(Request::Film(FilmOrder { run, out, fps: FPS, zoom: ZOOM }));
        }
        Travelling::CancelFilm => return ask(Request::CancelFilm),
        Travelling::Csv(out) => {
            let Some(run) = state.focus().map(PathBuf::from) else { return Vec::new() };
            state.failures.remove(&Place::Runs.into());
            return ask(Request::Csv { run, out });
        }
        Travelling::Name(name) => state.travel.name = name,
        Travelling::Rename => {
            let (Some(run), Some(name)) = (state.travel.open.clone(), state.travel.name.take()) else {
                return Vec::new();
            };
            state.failures.remove(&Place::Runs.into());
            let list = Command::Archive(Request::List(state.travel.folder.clone()));
            return vec![Command::Archive(Request::Rename { run, name }), list];
        }
        Travelling::Bin(run) => {
            state.failures.remove(&Place::Runs.into());
            let list = Command::Archive(Request::List(state.travel.folder.clone()));
            return vec![Command::Archive(Request::Bin(run)), list];
        }
        Travelling::Restore => {
            let Some((to, from)) = state.travel.binned.clone() else { return Vec::new() };
            let list = Command::Archive(Request::List(state.travel.folder.clone()));
            return vec![Command::Archive(Request::Restore { from, to }), list];
        }
        Travelling::Resume(run) => {
            state.failures.remove(&Place::Train.into());
            state.tab = Tab::Train;
            return vec![super::go_on(state, run, None)];
        }
        Travelling::Checkpoint(step) => {
            if let Some((_, path)) = state.checkpoint_at(step) {
                state.travel.kept = Some((path.clone(), state.point()));
                state.travel.playing = None;
                return vec![Command::Open(path)];
            }
        }
        Travelling::CompareAt(step) => {
            if let Some((_, path)) = state.checkpoint_at(step) {
                let with = Some(Source::File(path.clone()));
                if state.tab == Tab::Runs {
                    state.tab = Tab::Explore;
                }
                return vec![Command::Compare(with)];
            }
        }
        Travelling::Branch(step) => {
            if let Some((_, from)) = state.checkpoint_at(step) {
                state.failures.remove(&Place::Train.into());
                state.tab = Tab::Train;
                (state.travel.cursor, state.travel.playing) = (None, None);
                return vec![Command::Branch { from, out: None }];
            }
        }
    }
    Vec::new()
}
