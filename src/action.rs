//! What a person can do, and what it does to the state: one function, which returns the commands for the engine.
//! Undo lives here.
//!
//! Must not know: Burn, egui, which control or key an action came from.

pub mod atlas;
pub mod bench;
pub mod browse;
pub mod canvas;
pub mod clip;
pub mod drawing;
pub mod families;
pub mod inside;
pub mod map;
pub mod morph;
pub mod pick;
pub mod pixels;
pub mod plane;
pub mod sampling;
pub mod scene;
pub mod tour;
pub mod travel;
pub mod upscale;

use crate::engine::message::{Command, DeviceChoice, Event, Phase, Place, Source, TrainOrder};
use crate::engine::tool::{ToolKind, ToolNews, ToolOrder};
use crate::latent::prior;
use crate::point::{Kind, Point, Value, drawn_beside};
use crate::random::dice;
use crate::state::bench::{Bench, Well};
use crate::state::{Latent, State, Tab, Theme, Until, Z_LIMIT};
use crate::tools::picture::Origin;
use crate::zoo::{self, Settings};
use std::path::PathBuf;
use std::sync::Arc;

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
    /// Go to a latent; locks hold.
    Go(Point),
    /// Give another input than the latent (a class, codes, a drawing) a value.
    Hold(String, Value),
    /// Move along a direction, to a position in its units. Moves of the same gesture undo together.
    SetDirection(usize, f32),
    /// Move along a direction by so many units.
    Nudge(usize, f32),
    /// Look at what D says of single pictures of the training, or at samples.
    Judging(bool),
    /// List all directions, or the first.
    AllDirections(bool),
    /// Part of the picture that shows the one that was brought, 0–1.
    Wipe(f32),
    /// Add what was lost of it, or not.
    KeepLost(bool),
    /// Put it away.
    PutAway,
    /// Save the picture, with its latent.
    SavePicture(PathBuf),
    /// Write the directions to a file.
    WriteDirections(PathBuf),
    /// Add directions from a file.
    ReadDirections(PathBuf),
    /// Something with the hand that draws on what a model takes.
    Canvas(canvas::Handling),
    /// Something where a small picture is enlarged.
    Upscale(upscale::Upscaling),
    /// Something with a picture's pixels.
    Pixels(pixels::Pixeling),
    /// Something with a prior that draws codes.
    Sampling(sampling::Sampling),
    /// Something with a plane of points.
    Plane(plane::Planing),
    /// Something with how a scene of people is looked at.
    Scene(scene::Scening),
    /// Something with the points that are drawn to train on.
    Draw(drawing::Drawing),
    /// Something with models side by side.
    Families(families::Siding),
    /// Something with wells or directions.
    Bench(bench::Benching),
    /// Something with the morph.
    Morph(morph::Morphing),
    /// Something with latents to choose from.
    Pick(pick::Picking),
    /// Put a tool to work.
    Tool(ToolOrder),
    /// Give a tool up.
    CancelTool(ToolKind),
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
    /// Where Randomise cuts the prior off, σ; `None` = nowhere.
    Truncation(Option<f32>),
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
    /// Put the latents of a file into a well: numbers, a picture that carries one, any picture.
    Fill(Well, PathBuf),
    /// Draw this model too, at the latent of the explored one; `None` = no longer.
    Compare(Option<Source>),
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
    /// Let a later phase of it begin, by name.
    BeginPhase(&'static str),
    /// Hold it.
    Pause,
    /// Train the opened checkpoint, or the training that ended, on.
    Continue,
    /// The same where its data has moved, on the data of this SPEC.
    ContinueOn(String),
    /// Train the explored model on, on the data of the form.
    Tune,
    /// Go on.
    Resume,
    /// One step, then hold.
    Step,
    /// One step in which only D, or only G, learns (a value of the setting "turn"), then hold.
    StepOnly(f64),
    /// At most so many steps a second; `None` = as fast as it goes.
    Slow(Option<f64>),
    /// End it.
    Stop,
    /// Weight of the past in the curves.
    Smoothing(f64),
    /// Logarithmic axis.
    LogScale(bool),
    /// Look inside the model.
    Inside(inside::Looking),
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
    /// Something on the map.
    Map(map::Mapping),
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
    /// Show the network of a foreign file.
    Network(bool),
    /// Choose what shapes don't tell of it: which setting, and what it shall be.
    NetworkSetting(String, String),
    /// Something with a tour.
    Tour(tour::Guiding),
    /// Show the keys.
    Help(bool),
    /// Something failed in the window itself.
    Report(Place, String),
    /// An error was read.
    Dismiss(Place),
    /// The notice in the status line was read.
    DismissNotice,
    /// A warning about a training, by its title, was read, or is to be shown again.
    Heard(&'static str, bool),
    /// Something with a clip that plays.
    Clip(clip::Clipping),
    /// Something in the atlas.
    Atlas(atlas::Atlasing),
}

/// What undo brings back.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The point, and what holds its sliders.
    pub latent: Latent,
    /// Wells and directions.
    pub bench: Arc<Bench>,
}

/// What was, for undo.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What undo brings back, the newest last, each with the name of what was done then.
    pub past: Vec<(String, Kept)>,
    /// What redo brings back, the next one last.
    pub future: Vec<(String, Kept)>,
    /// What the gesture in progress moves; its moves are one entry.
    gesture: Option<Gesture>,
    /// How often it changed, so that it is not compared step by step.
    changes: u64,
}

/// What moves together while a hand is down.
#[derive(Clone, Debug, PartialEq)]
enum Gesture {
    Dimensions(Vec<usize>),
    Direction(usize),
    Input(String),
    Stroke,
}

const DEPTH: usize = 500;

impl History {
    /// What would be taken back.
    pub fn undoable(&self) -> Option<&str> {
        self.past.last().map(|(name, _)| name.as_str())
    }

    /// What would be done again.
    pub fn redoable(&self) -> Option<&str> {
        self.future.last().map(|(name, _)| name.as_str())
    }

    /// What there was to undo and to redo for a model, as it comes back.
    pub fn of(past: Vec<(String, Kept)>, future: Vec<(String, Kept)>) -> Self {
        Self { past, future, ..Self::default() }
    }

    /// A number that is another one after every change.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    fn keep(&mut self, name: String, before: Kept, gesture: Option<Gesture>) {
        if gesture.is_none() || gesture != self.gesture {
            self.past.push((name, before));
            if self.past.len() > DEPTH {
                self.past.remove(0);
            }
        }
        self.gesture = gesture;
        self.future.clear();
        self.changes += 1;
    }
}

/// Does it, and keeps what was before for undo. The engine gets the returned commands in order.
pub fn apply(state: &mut State, history: &mut History, action: Action) -> Vec<Command> {
    tour::after(state, &action);
    match action {
        Action::Undo => return step(state, history, true),
        Action::Redo => return step(state, history, false),
        Action::Release => {
            history.gesture = None;
            return Vec::new();
        }
        // A clip goes by: that is nothing to take back.
        Action::Clip(what) => return clip::apply(state, what),
        _ => {}
    }
    let before = Kept { latent: state.latent.clone(), bench: state.bench.clone() };
    let (name, gesture) = named(state, &action);
    let commands = perform(state, action);
    record(state, history, before, name, gesture);
    commands
}

/// Keeps what was before, if it is no longer. Also for what a tool brought.
fn record(state: &State, history: &mut History, before: Kept, name: String, gesture: Option<Gesture>) {
    let same_bench = Arc::ptr_eq(&before.bench, &state.bench) || before.bench == state.bench;
    if before.latent != state.latent || !same_bench {
        history.keep(name, before, gesture);
    }
}

/// Takes in what the engine tells; what it changes of the latent or the bench can be undone.
pub fn tell(state: &mut State, history: &mut History, event: Event) {
    let name = match &event {
        Event::Tool { kind: ToolKind::Embed, .. } | Event::Latent { .. } => "Go to a picture's latent",
        Event::Tool { kind: ToolKind::Example, .. } => "Take another example",
        Event::Tool { kind: ToolKind::Draw, .. } => "Draw codes",
        Event::Tool { kind: ToolKind::Latents, .. } => "Put into a well",
        Event::Directions(_) => "Open directions",
        Event::Tool { .. } => "Learn directions",
        _ => return state.tell(event),
    };
    let before = Kept { latent: state.latent.clone(), bench: state.bench.clone() };
    state.tell(event);
    record(state, history, before, name.into(), None);
    if !state.tools.contains_key(&ToolKind::Directions)
        && let Some(formula) = state.pick.waiting.take()
        && state.labelled.is_some()
    {
        apply(state, history, Action::Pick(pick::Picking::Preset));
        let preset = bench::Benching::Preset(formula, state.pick.preset);
        apply(state, history, Action::Bench(preset));
    }
}

/// What undo calls an action, and the gesture that it is part of.
fn named(state: &State, action: &Action) -> (String, Option<Gesture>) {
    use bench::Benching;
    let direction = |i: usize| state.bench.directions.get(i).map_or("direction", |d| d.name.as_str());
    let name = match action {
        Action::SetZ(i, _) => format!("Move z{i}"),
        Action::SetPair([(i, _), (j, _)]) => format!("Move z{i} and z{j}"),
        Action::SetDirection(i, _) | Action::Nudge(i, _) => format!("Move {}", direction(*i)),
        Action::ResetZ(i) => format!("Reset z{i}"),
        Action::ResetAll => "Reset all".into(),
        Action::Randomise => "Randomise".into(),
        Action::Lock(i, on) => format!("{} z{i}", if *on { "Lock" } else { "Unlock" }),
        Action::AxisRight(_) | Action::AxisUp(_) => "Choose what a drag moves".into(),
        Action::Go(_) => "Go to a latent".into(),
        Action::Hold(name, _) => format!("Change {name}"),
        Action::Canvas(_) => "Draw".into(),
        Action::Bench(what) => match what {
            Benching::Put(..) => "Put into a well",
            Benching::PutAll(..) => "Put a group into a well",
            Benching::Take(..) => "Take out of a well",
            Benching::Move { .. } => "Move between wells",
            Benching::Name(..) | Benching::NameDirection(..) | Benching::NameDimension(..) => "Rename",
            Benching::Clear(_) => "Empty a well",
            Benching::Interpolation(_) | Benching::Easing(_) | Benching::Closed(_) | Benching::Nearest(_) => {
                "Change the morph"
            }
            Benching::Preset(..) => "Fill A, B and C",
            Benching::Direction(_) | Benching::FromPicks(_) | Benching::Combine(..) => "Add a direction",
            Benching::Strength(..) => "Change a strength",
            Benching::RemoveDirection(_) | Benching::ClearDirections => "Remove directions",
        }
        .into(),
        Action::Morph(_) => "Add random keyframes".into(),
        _ => "Change".into(),
    };
    let gesture = match action {
        Action::SetZ(i, _) => Some(Gesture::Dimensions(vec![*i])),
        Action::SetPair([(i, _), (j, _)]) => Some(Gesture::Dimensions(vec![*i, *j])),
        Action::SetDirection(i, _) => Some(Gesture::Direction(*i)),
        Action::Hold(name, _) => Some(Gesture::Input(name.clone())),
        // Until the hand is lifted; which input it draws on does not change on the way.
        Action::Canvas(_) => Some(Gesture::Stroke),
        _ => None,
    };
    (name, gesture)
}

fn perform(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::Undo | Action::Redo | Action::Release | Action::Clip(_) => {}
        Action::Show(tab) => {
            // Every page has its own run, and so its own time.
            if tab != state.tab {
                (state.travel.cursor, state.travel.hover, state.travel.playing) = (None, None, None);
            }
            state.tab = tab;
            // Who comes here for the first time sees pictures, and not how to ask for them.
            let bare = state.data.is_none() && state.loading.is_none();
            if tab == Tab::Data && bare && state.failure(Place::Data).is_none() {
                return perform(state, Action::LoadData);
            }
        }
        Action::SetZ(i, value) => set(state, &[(i, value)]),
        Action::SetPair(pair) => set(state, &pair),
        Action::Go(point) => {
            replace(state, point.z);
            state.latent.held.extend(point.held);
        }
        Action::Hold(name, value) => hold(state, name, value),
        Action::SetDirection(i, position) => {
            if let Some(direction) = state.bench.directions.get(i).filter(|_| position.is_finite()) {
                let z = direction.moved_to(&state.latent.z, position, state.keeps_norm());
                replace(state, z);
            }
        }
        Action::Nudge(i, units) => {
            if let Some(direction) = state.bench.directions.get(i).filter(|_| units.is_finite()) {
                let z = direction.stepped(&state.latent.z, units, state.keeps_norm());
                replace(state, z);
            }
        }
        Action::AllDirections(on) => state.all_directions = on,
        Action::Wipe(part) => state.wipe = part.clamp(0.0, 1.0),
        Action::KeepLost(on) => state.keep_lost = on,
        Action::PutAway => (state.embedded, state.keep_lost, state.wipe) = (None, false, 0.0),
        Action::SavePicture(out) => {
            if let Some(model) = &state.model {
                let (model, fingerprint) = (model.name.clone(), model.fingerprint.clone());
                let Point { z, held } = state.point();
                let prior = crate::point::prior(state.inputs());
                let origin = Origin { model, fingerprint, z, prior, held };
                let smooth = state.prefs.smooth_pixels;
                let order = ToolOrder::Picture { origin, plus: state.lost().map(|p| p.0), smooth, out };
                return vec![Command::Tool(order)];
            }
        }
        Action::WriteDirections(path) => {
            return vec![Command::WriteDirections(path, state.bench.directions.clone())];
        }
        Action::ReadDirections(path) => return vec![Command::ReadDirections(path)],
        Action::Bench(what) => bench(state, what),
        Action::Atlas(what) => return atlas::apply(state, what),
        Action::Morph(what) => return morph::apply(state, what),
        Action::Pick(what) => pick::apply(state, what),
        Action::Fill(well, file) => {
            state.pick.filling = Some(well);
            return perform(state, Action::Tool(ToolOrder::Latents(file)));
        }
        Action::Tool(order) => {
            state.failures.remove(&Place::Bench.into());
            state.tools.insert(order.kind(), ToolNews::Working(0, 0));
            return vec![Command::Tool(order)];
        }
        Action::CancelTool(kind) => {
            state.tools.remove(&kind);
            return vec![Command::CancelTool(kind)];
        }
        Action::ResetZ(i) => {
            let home = state.home(i);
            set(state, &[(i, home)]);
        }
        Action::ResetAll => {
            let home: Vec<f32> = (0..state.dims()).map(|i| state.home(i)).collect();
            replace(state, home);
        }
        Action::Randomise if state.draws_codes() => {
            return perform(state, Action::Sampling(sampling::Sampling::Draw(0)));
        }
        Action::Randomise => {
            state.draws += 1;
            let drawn = prior::samples(state.draws, state.dims(), 1, state.spread);
            replace(state, drawn.concat());
            // What has dice beside a latent, or instead of one, throws them anew.
            for input in state.inputs().to_vec() {
                if input.kind == Kind::Noise {
                    state.latent.held.insert(input.name, Value::Noise(dice(state.draws, 0)));
                }
            }
            let beside: Vec<(String, usize)> =
                drawn_beside(state.inputs()).map(|(name, dims)| (name.to_owned(), dims)).collect();
            for (name, dims) in beside {
                let own = prior::beside(&name, state.draws, 0, dims, state.spread);
                state.latent.held.insert(name, Value::Latent(own));
            }
        }
        Action::Lock(i, on) => {
            if on {
                state.latent.locked.insert(i)
            } else {
                state.latent.locked.remove(&i)
            };
        }
        Action::AxisRight(i) => axes(state, |(_, up)| (i, up)),
        Action::AxisUp(i) => axes(state, |(right, _)| (right, i)),
        Action::Temperature(t) => state.spread.temperature = t.clamp(0.0, 2.0),
        Action::Truncation(t) => state.spread.truncation = t.map(|t| t.clamp(0.05, 5.0)),
        Action::Filter(text) => state.filter = text,
        Action::AllSliders(on) => state.all_sliders = on,
        Action::ByImportance(on) => state.by_importance = on,
        Action::Sort => state.sort(),
        Action::NextGrid => state.grid_seed += 1,
        Action::Open(path) => return vec![Command::Open(path)],
        Action::OpenShipped(name) => return vec![Command::OpenShipped(name)],
        Action::WatchTraining => return vec![Command::WatchTraining],
        Action::Compare(with) => return vec![Command::Compare(with)],
        Action::Save(path) => return vec![Command::Save(path, state.bench.directions.clone())],
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
            state.travel.tuned = None;
            return vec![Command::Train(order(state))];
        }
        Action::Tune => {
            state.failures.remove(&Place::Train.into());
            state.travel.tuned = Some(state.point());
            return vec![Command::Tune(order(state))];
        }
        Action::Continue => {
            state.failures.remove(&Place::Train.into());
            if let Some((from, _)) = state.continuable() {
                state.travel.tuned = Some(state.point());
                return vec![go_on(state, from, None)];
            }
        }
        Action::ContinueOn(data) => {
            state.failures.remove(&Place::Train.into());
            if let Some(moved) = state.moved.take() {
                return vec![go_on(state, moved.from, Some(data))];
            }
        }
        Action::BeginPhase(name) => return vec![Command::BeginPhase(name.into())],
        Action::Pause => return vec![Command::Pause],
        Action::Resume => return vec![Command::Resume],
        Action::Step => return vec![Command::Step],
        Action::StepOnly(value) => {
            return vec![Command::StepWith { name: zoo::common::TURN_NAME.into(), value }];
        }
        Action::Slow(rate) => {
            state.slow = rate;
            return vec![Command::Slow(rate)];
        }
        Action::Stop => {
            return vec![if state.progress.phase == Phase::Preparing {
                Command::CancelLoad
            } else {
                Command::Stop
            }];
        }
        Action::Smoothing(s) => state.prefs.smoothing = s.clamp(0.0, 0.999),
        Action::Inside(what) => inside::apply(state, what),
        Action::Judging(on) => state.judging = on,
        Action::Canvas(what) => canvas::apply(state, what),
        Action::Upscale(what) => return upscale::apply(state, what),
        Action::Pixels(what) => pixels::apply(state, what),
        Action::Sampling(sampling::Sampling::Draw(kept)) => {
            let order = state.draw_codes(kept);
            return perform(state, Action::Tool(order));
        }
        Action::Sampling(what) => sampling::apply(state, what),
        Action::Plane(what) => plane::apply(state, what),
        Action::Scene(what) => scene::apply(state, what),
        Action::Draw(what) => return drawing::apply(state, what),
        Action::Families(what) => return families::apply(state, what),
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
        Action::Map(what) => map::apply(state, what),
        Action::Travel(what) => return travel::apply(state, what),
        Action::Device(choice) => {
            state.prefs.device = choice;
            return vec![Command::UseDevice(choice)];
        }
        Action::Theme(theme) => state.prefs.theme = theme,
        Action::SmoothPixels(on) => state.prefs.smooth_pixels = on,
        Action::Range([low, high]) => state.range = [low, high.max(low + 0.01)],
        Action::Difference(on) => state.difference = on,
        Action::Network(on) => state.network = on,
        Action::NetworkSetting(name, choice) => {
            // The same latent is looked at with the other choice.
            if let Some(Source::File(path)) = state.model.as_ref().map(|m| &m.source) {
                state.travel.kept = Some((path.clone(), state.point()));
            }
            return vec![Command::NetworkSetting { name, choice }];
        }
        Action::Help(on) => state.help = on,
        Action::Tour(what) => return tour::apply(state, what),
        Action::Report(place, message) => state.fail(place, message),
        Action::Dismiss(place) => {
            state.failures.remove(&place.into());
            if place == Place::Train {
                state.moved = None;
            }
        }
        Action::DismissNotice => state.notice = None,
        Action::Heard(title, true) => drop(state.heard.insert(title)),
        Action::Heard(title, false) => drop(state.heard.remove(title)),
    }
    Vec::new()
}

/// Trains a run or a checkpoint on; remembered until it has begun, in case its data is not where it was.
fn go_on(state: &mut State, from: PathBuf, data: Option<String>) -> Command {
    (state.continuing, state.moved) = (Some(from.clone()), None);
    Command::Continue { from, data, out: None }
}

/// Changes the bench; what fails changes nothing of it.
fn bench(state: &mut State, what: bench::Benching) {
    let mut changed = state.bench.clone();
    match bench::apply(Arc::make_mut(&mut changed), state.inputs(), state.labelled.as_deref(), what) {
        Ok(()) => {
            state.bench = changed;
            state.failures.remove(&Place::Bench.into());
        }
        Err(message) => state.fail(Place::Bench, message),
    }
}

fn set(state: &mut State, values: &[(usize, f32)]) {
    let dims = state.dims();
    for (i, v) in values.iter().filter(|(i, v)| *i < dims && v.is_finite()) {
        state.latent.z[*i] = v.clamp(-Z_LIMIT, Z_LIMIT);
    }
}

/// Gives another input than the latent this value, where the model takes it.
fn hold(state: &mut State, name: String, value: Value) {
    let input = state.inputs().iter().find(|i| i.name == name);
    match input.map(|input| input.check(&value)) {
        Some(Ok(())) => {
            state.latent.held.insert(name, value);
        }
        Some(Err(message)) => state.fail(Place::Model, message),
        None => state.fail(Place::Model, format!("the model that is open takes no {name}")),
    }
}

/// Moves all unlocked dimensions.
fn replace(state: &mut State, z: Vec<f32>) {
    for (i, value) in z.into_iter().enumerate().take(state.latent.z.len()) {
        if !state.latent.locked.contains(&i) && value.is_finite() {
            state.latent.z[i] = value.clamp(-Z_LIMIT, Z_LIMIT);
        }
    }
}

fn axes(state: &mut State, change: impl Fn((usize, usize)) -> (usize, usize)) {
    if let Some(now) = state.axes() {
        state.latent.axes = Some(change(now));
    }
}

/// One step back, or forth.
fn step(state: &mut State, history: &mut History, back: bool) -> Vec<Command> {
    history.gesture = None;
    history.changes += 1;
    let (from, to) = match back {
        true => (&mut history.past, &mut history.future),
        false => (&mut history.future, &mut history.past),
    };
    if let Some((name, kept)) = from.pop() {
        let latent = std::mem::replace(&mut state.latent, kept.latent);
        let bench = std::mem::replace(&mut state.bench, kept.bench);
        to.push((name, Kept { latent, bench }));
    }
    Vec::new()
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
