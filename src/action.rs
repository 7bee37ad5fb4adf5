//! What a person can do, and what it does to the state: one function, which returns the commands for the engine.
//! Undo lives here.
//!
//! Must not know: Burn, egui, which control or key an action came from.

pub mod browse;
pub mod travel;

use crate::engine::message::{Command, DeviceChoice, Phase, Place, TrainOrder};
use crate::state::{Latent, State, Tab, Theme, Until, Z_LIMIT};
use crate::zoo::{self, Settings};
use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use std::path::PathBuf;

/// Everything a person can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Go to a tab.
    Show(Tab),
    /// Set one dimension. Moves of the same gesture undo together.
    SetZ(usize, f32),
    /// Set two dimensions at once, as a drag on the picture does.
    SetPair([(usize, f32); 2]),
    /// A gesture ended: the next move is undone apart.
    Release,
    /// Put one dimension where the model opened.
    ResetZ(usize),
    /// Put all unlocked dimensions there.
    ResetAll,
    /// Draw all unlocked dimensions from the prior, times the temperature.
    Randomise,
    /// Protect a dimension from Randomise and Reset all, or no longer.
    Lock(usize, bool),
    /// Choose the dimension that a drag to the right moves.
    AxisRight(usize),
    /// Choose the dimension that a drag upwards moves.
    AxisUp(usize),
    /// Take back.
    Undo,
    /// Do again.
    Redo,
    /// Scale of Randomise.
    Temperature(f32),
    /// Filter of the slider list.
    Filter(String),
    /// List all sliders, or the first.
    AllSliders(bool),
    /// List by importance, or by index.
    ByImportance(bool),
    /// Sort by the newest ranking.
    Sort,
    /// Another sample grid.
    NextGrid,
    /// Open a checkpoint.
    Open(PathBuf),
    /// Open a shipped model.
    OpenShipped(String),
    /// Explore the model that is being trained.
    WatchTraining,
    /// Save the explored model.
    Save(PathBuf),
    /// Choose the recipe of the form.
    Recipe(String),
    /// Choose the data of the form.
    TrainingData(String),
    /// Set a setting; applied at once to a running training where the setting is live.
    Set(String, f64),
    /// Put a setting at its default.
    Unset(String),
    /// Seed of the next training.
    Seed(u64),
    /// End of the next training.
    Until(Until),
    /// Start training.
    Train,
    /// Hold it.
    Pause,
    /// Train the opened checkpoint, or the training that ended, on.
    Continue,
    /// Go on.
    Resume,
    /// One step, then hold.
    Step,
    /// End it.
    Stop,
    /// Weight of the past in the curves.
    Smoothing(f64),
    /// Logarithmic axis.
    LogScale(bool),
    /// Hide a curve, or show it.
    Hide(&'static str, bool),
    /// SPEC and size on the data page.
    DataForm(String, usize),
    /// Read it.
    LoadData,
    /// Give up reading.
    CancelLoad,
    /// Something on the data page.
    Browse(browse::Browsing),
    /// Something with recorded runs, or with time.
    Travel(travel::Travelling),
    /// Where models run.
    Device(DeviceChoice),
    /// Dark or light.
    Theme(Theme),
    /// Bilinear or hard pixels.
    SmoothPixels(bool),
    /// The values drawn black and white.
    Range([f32; 2]),
    /// Show how the picture differs from the pinned one.
    Difference(bool),
    /// Show the keys.
    Help(bool),
    /// Something failed in the window itself.
    Report(Place, String),
    /// An error was read.
    Dismiss(Place),
}

/// What was, for undo.
#[derive(Debug, Default)]
pub struct History {
    past: Vec<Latent>,
    future: Vec<Latent>,
    /// Dimensions that the gesture in progress moves; its moves are one entry.
    gesture: Vec<usize>,
}

const DEPTH: usize = 500;

impl History {
    /// Whether there is something to take back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is something to do again.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Another model: its latents are not the old one's.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn keep(&mut self, latent: &Latent, gesture: Vec<usize>) {
        if gesture.is_empty() || gesture != self.gesture {
            self.past.push(latent.clone());
            if self.past.len() > DEPTH {
                self.past.remove(0);
            }
        }
        self.gesture = gesture;
        self.future.clear();
    }
}

/// Does it. The engine gets the returned commands in order.
pub fn apply(state: &mut State, history: &mut History, action: Action) -> Vec<Command> {
    match action {
        Action::Show(tab) => {
            // Every page has its own run, and so its own time.
            if tab != state.tab {
                (state.travel.cursor, state.travel.hover, state.travel.playing) = (None, None, None);
            }
            state.tab = tab;
        }
        Action::SetZ(i, value) => set(state, history, &[(i, value)]),
        Action::SetPair(pair) => set(state, history, &pair),
        Action::Release => history.gesture.clear(),
        Action::ResetZ(i) => {
            let home = state.home(i);
            history.gesture.clear();
            set(state, history, &[(i, home)]);
            history.gesture.clear();
        }
        Action::ResetAll => {
            let home: Vec<f32> = (0..state.dims()).map(|i| state.home(i)).collect();
            replace(state, history, home);
        }
        Action::Randomise => {
            state.draws += 1;
            let mut rng = rand_pcg::Pcg64::seed_from_u64(state.draws);
            let mut draw = || -> f32 { StandardNormal.sample(&mut rng) };
            let z =
                (0..state.dims()).map(|_| (draw() * state.temperature).clamp(-Z_LIMIT, Z_LIMIT)).collect();
            replace(state, history, z);
        }
        Action::Lock(i, on) => {
            history.keep(&state.latent, Vec::new());
            if on {
                state.latent.locked.insert(i)
            } else {
                state.latent.locked.remove(&i)
            };
        }
        Action::AxisRight(i) => axes(state, history, |(_, up)| (i, up)),
        Action::AxisUp(i) => axes(state, history, |(right, _)| (right, i)),
        Action::Undo => step(&mut state.latent, &mut history.past, &mut history.future, &mut history.gesture),
        Action::Redo => step(&mut state.latent, &mut history.future, &mut history.past, &mut history.gesture),
        Action::Temperature(t) => state.temperature = t.clamp(0.0, 2.0),
        Action::Filter(text) => state.filter = text,
        Action::AllSliders(on) => state.all_sliders = on,
        Action::ByImportance(on) => state.by_importance = on,
        Action::Sort => state.sort(),
        Action::NextGrid => state.grid_seed += 1,
        Action::Open(path) => return vec![Command::Open(path)],
        Action::OpenShipped(name) => return vec![Command::OpenShipped(name)],
        Action::WatchTraining => return vec![Command::WatchTraining],
        Action::Save(path) => return vec![Command::Save(path)],
        Action::Recipe(name) => {
            if let Some(recipe) = zoo::recipe(&name) {
                state.form.recipe = name;
                state.form.data = recipe.data.into();
                state.form.settings = Settings::default();
            }
        }
        Action::TrainingData(spec) => state.form.data = spec,
        Action::Set(name, value) => return setting(state, name, Some(value)),
        Action::Unset(name) => return setting(state, name, None),
        Action::Seed(seed) => state.form.seed = seed,
        Action::Until(until) => state.form.until = until,
        Action::Train => {
            state.failures.remove(&Place::Train.into());
            return vec![Command::Train(order(state))];
        }
        Action::Continue => {
            state.failures.remove(&Place::Train.into());
            if let Some((from, _)) = state.continuable() {
                return vec![Command::Continue { from, out: None }];
            }
        }
        Action::Pause => return vec![Command::Pause],
        Action::Resume => return vec![Command::Resume],
        Action::Step => return vec![Command::Step],
        Action::Stop => {
            return vec![if state.progress.phase == Phase::Preparing {
                Command::CancelLoad
            } else {
                Command::Stop
            }];
        }
        Action::Smoothing(s) => state.prefs.smoothing = s.clamp(0.0, 0.999),
        Action::LogScale(on) => state.prefs.log_scale = on,
        Action::Hide(name, on) => {
            if on {
                state.hidden.insert(name)
            } else {
                state.hidden.remove(name)
            };
        }
        Action::DataForm(spec, size) => (state.data_spec, state.data_size) = (spec, size),
        Action::LoadData => {
            state.failures.remove(&Place::Data.into());
            state.loading = Some((state.data_spec.clone(), 0, 0));
            return vec![Command::LoadData { spec: state.data_spec.clone(), size: state.data_size }];
        }
        Action::CancelLoad => {
            state.loading = None;
            return vec![Command::CancelLoad];
        }
        Action::Browse(what) => {
            if let Some(data) = &state.data {
                browse::apply(&mut state.browse, data, what);
            }
        }
        Action::Travel(what) => return travel::apply(state, what),
        Action::Device(choice) => {
            state.prefs.device = choice;
            return vec![Command::UseDevice(choice)];
        }
        Action::Theme(theme) => state.prefs.theme = theme,
        Action::SmoothPixels(on) => state.prefs.smooth_pixels = on,
        Action::Range([low, high]) => state.range = [low, high.max(low + 0.01)],
        Action::Difference(on) => state.difference = on,
        Action::Help(on) => state.help = on,
        Action::Report(place, message) => state.fail(place, message),
        Action::Dismiss(place) => {
            state.failures.remove(&place.into());
        }
    }
    Vec::new()
}

fn set(state: &mut State, history: &mut History, values: &[(usize, f32)]) {
    let dims = state.dims();
    let fits = |(i, v): &&(usize, f32)| *i < dims && v.is_finite();
    let values: Vec<_> = values.iter().filter(fits).map(|(i, v)| (*i, v.clamp(-Z_LIMIT, Z_LIMIT))).collect();
    if values.iter().all(|(i, v)| state.latent.z.get(*i) == Some(v)) {
        return;
    }
    history.keep(&state.latent, values.iter().map(|(i, _)| *i).collect());
    values.iter().for_each(|(i, v)| state.latent.z[*i] = *v);
}

fn replace(state: &mut State, history: &mut History, z: Vec<f32>) {
    history.keep(&state.latent, Vec::new());
    let free = |i: &usize| !state.latent.locked.contains(i);
    let moved: Vec<usize> = (0..state.latent.z.len().min(z.len())).filter(free).collect();
    moved.into_iter().for_each(|i| state.latent.z[i] = z[i]);
}

fn axes(state: &mut State, history: &mut History, change: impl Fn((usize, usize)) -> (usize, usize)) {
    if let Some(now) = state.axes() {
        history.keep(&state.latent, Vec::new());
        state.latent.axes = Some(change(now));
    }
}

fn step(now: &mut Latent, from: &mut Vec<Latent>, to: &mut Vec<Latent>, gesture: &mut Vec<usize>) {
    gesture.clear();
    if let Some(other) = from.pop() {
        to.push(std::mem::replace(now, other));
    }
}

fn setting(state: &mut State, name: String, value: Option<f64>) -> Vec<Command> {
    let Some(recipe) = state.form.recipe() else { return Vec::new() };
    let Some(declared) = recipe.setting(&name) else { return Vec::new() };
    let value = value.unwrap_or(declared.default);
    match recipe.check(&name, value) {
        Err(message) => {
            state.fail(Place::Train, message);
            Vec::new()
        }
        Ok(value) => {
            state.failures.remove(&Place::Train.into());
            if value == declared.default {
                state.form.settings.0.remove(&name);
            } else {
                state.form.settings.0.insert(name.clone(), value);
            }
            let now = state.training() && declared.live && state.progress.recipe == recipe.name;
            if now { vec![Command::Set { name, value }] } else { Vec::new() }
        }
    }
}

fn order(state: &State) -> TrainOrder {
    let form = &state.form;
    TrainOrder {
        recipe: form.recipe.clone(),
        data: form.data.trim().into(),
        settings: form.settings.clone(),
        seed: form.seed,
        epochs: if let Until::Epochs(n) = form.until { Some(n) } else { None },
        minutes: if let Until::Minutes(n) = form.until { Some(n) } else { None },
        ..TrainOrder::default()
    }
}
