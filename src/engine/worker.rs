//! The engine's thread: takes commands between optimiser steps, trains, and leaves weights for the viewer.
//!
//! Must not know: egui, panels.

use super::device::{self, Chosen, Gpu};
use super::link::{EngineEnd, News};
use super::loader::Loading;
use super::message::*;
use super::session::{self, Said, Session};
use super::tool::{self, ToolKind, ToolNews, ToolOrder};
use super::viewer::{Desk, Subject};
use crate::data::{Dataset, Want};
use crate::latent::Direction;
use crate::metrics::importance;
use crate::nn::network;
use crate::tools::picture;
use crate::weights::{self, Card, Checkpoint};
use crate::zoo;
use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

/// How often scalars leave the device and the window hears of progress.
const TICK: Duration = Duration::from_millis(100);
/// Rates are taken over this much training.
const WINDOW: Duration = Duration::from_secs(4);
/// Pictures that importance is measured on while training.
const LIVE_PROBE: usize = 64;

/// A model that is shipped inside the program.
pub struct ShippedModel {
    /// Name for [`Command::OpenShipped`].
    pub name: &'static str,
    /// What the gallery calls it.
    pub title: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Samples of it, as a PNG.
    pub picture: &'static [u8],
    /// The checkpoint's bytes.
    pub bytes: &'static [u8],
}

impl std::fmt::Debug for ShippedModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShippedModel").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the engine starts with.
pub struct Config {
    /// A GPU that may be used.
    pub gpu: Option<Gpu>,
    /// Where to begin.
    pub choice: DeviceChoice,
    /// Models inside the program.
    pub shipped: &'static [ShippedModel],
    /// The classifier that judges pictures of a shape, where there is one.
    pub judge: fn(&zoo::Shape) -> Result<Option<Checkpoint>, String>,
}

struct Training {
    session: Session,
    id: ModelId,
    phase: Phase,
    /// Steps to make before holding; `None` = go on.
    allowance: Option<u64>,
    /// The setting to put back after a step with another value.
    after: Option<(String, f64)>,
    recent: VecDeque<(Duration, u64, u64)>,
    ticked: Instant,
    /// What the window was last told is saved.
    saved: Option<PathBuf>,
}

struct Explored {
    info: ModelInfo,
    /// `None` for the model in training: its weights are the session's.
    checkpoint: Option<Checkpoint>,
}

/// The engine's thread.
pub struct Worker {
    end: EngineEnd,
    desk: Desk,
    config: Config,
    device: Chosen,
    explored: Option<Explored>,
    training: Option<Training>,
    preparing: Option<(TrainOrder, Option<Checkpoint>, Loading<Dataset>)>,
    browsing: Option<Loading<DataView>>,
    tools: HashMap<ToolKind, tool::Running>,
    /// At most so many steps a second.
    slow: Option<f64>,
    stepped: Instant,
    next_id: ModelId,
}

impl Worker {
    /// Chooses the device and tells the window.
    pub fn new(end: EngineEnd, desk: Desk, config: Config) -> Self {
        let chosen = device::choose(config.choice, config.gpu.as_ref());
        let (device, problem) = match chosen {
            Ok(device) => (device, None),
            Err(e) => (device::cpu(), Some(e)),
        };
        let worker = Self {
            end,
            desk,
            config,
            device,
            explored: None,
            training: None,
            preparing: None,
            browsing: None,
            tools: HashMap::new(),
            slow: None,
            stepped: Instant::now(),
            next_id: 1,
        };
        worker.tell_device();
        if let Some(problem) = problem {
            worker.fail(Place::Engine, problem);
        }
        worker
    }

    /// Runs until the window is gone; a training is saved then.
    pub fn run(&mut self) {
        loop {
            let running = self.training.as_ref().is_some_and(|t| t.phase == Phase::Running);
            let busy = self.preparing.is_some() || self.browsing.is_some();
            let rest = self.rest();
            let command = if running && rest.is_zero() {
                match self.end.commands.try_recv() {
                    Ok(command) => Some(command),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => break,
                }
            } else {
                let patience = Duration::from_millis(if busy { 30 } else { 500 });
                let patience = if running { rest.min(patience) } else { patience };
                match self.end.commands.recv_timeout(patience) {
                    Ok(command) => Some(command),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => break,
                }
            };
            if let Some(command) = command {
                self.guarded(|w| w.obey(command));
                continue;
            }
            self.guarded(Self::look_at_loads);
            if running && self.rest().is_zero() {
                self.stepped = Instant::now();
                self.guarded(Self::advance);
            }
        }
        if self.training.as_ref().is_some_and(|t| t.phase == Phase::Running) {
            self.tick(News::Background);
        }
        self.save_training();
        self.desk.close();
        self.end.wanted.nudge();
    }

    /// How long the next step waits, so that steps can be followed.
    fn rest(&self) -> Duration {
        let gap = self.slow.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate.max(0.01)));
        gap.saturating_sub(self.stepped.elapsed())
    }

    /// A panic below becomes an event; the training it hit is held at its last good state.
    fn guarded(&mut self, work: impl FnOnce(&mut Self)) {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(self)));
        let Err(panic) = result else { return };
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given");
        let held = self.training.as_mut().is_some_and(|t| {
            let running = t.phase == Phase::Running;
            t.phase = if running { Phase::Paused } else { t.phase };
            running
        });
        let next =
            if held { "the training is held; save it or resume" } else { "try again or another model" };
        self.fail(Place::Engine, format!("the engine failed inside ({said}); {next}"));
        self.report(News::Asked);
    }

    fn send(&self, event: Event, news: News) {
        let _ = self.end.events.send(event);
        (self.end.wake)(news);
    }

    fn fail(&self, place: Place, message: impl Into<String>) {
        self.send(Event::Failed { place, message: message.into() }, News::Asked);
    }

    fn tell_device(&self) {
        let gpu_available = self.config.gpu.is_some();
        let Chosen { name, gpu, .. } = &self.device;
        self.send(Event::Device { name: name.clone(), gpu: *gpu, gpu_available }, News::Asked);
    }

    fn obey(&mut self, command: Command) {
        let (place, result) = match command {
            Command::Open(path) => (Place::Model, self.open(&path)),
            Command::OpenShipped(name) => (Place::Model, self.open_shipped(&name)),
            Command::WatchTraining => (Place::Train, self.watch()),
            Command::Knob { name, choice } => (Place::Model, self.choose(&name, &choice)),
            Command::Save(path, directions) => (Place::Model, self.save(&path, directions)),
            Command::Tool(order) => (Place::Model, self.put_to_work(order)),
            Command::WriteDirections(path, directions) => {
                (Place::Bench, self.write_directions(&path, &directions))
            }
            Command::ReadDirections(path) => (Place::Bench, self.read_directions(&path)),
            Command::CancelTool(kind) => {
                self.tools.remove(&kind);
                (Place::Model, Ok(()))
            }
            Command::Train(order) => (Place::Train, self.prepare(order)),
            Command::Continue { from, out } => (Place::Train, self.go_on(&from, out)),
            Command::Branch { from, out } => (Place::Train, self.branch(&from, out)),
            Command::Pause => (Place::Train, self.hold()),
            Command::Resume => (Place::Train, self.go(None)),
            Command::Step => (Place::Train, self.go(Some(1))),
            Command::StepWith { name, value } => (Place::Train, self.step_with(name, value)),
            Command::Slow(rate) => {
                self.slow = rate.filter(|r| *r > 0.0);
                return;
            }
            Command::Stop => (Place::Train, self.stop()),
            Command::Set { name, value } => (Place::Train, self.set(&name, value)),
            Command::LoadData { spec, size } => (Place::Data, self.browse(&spec, size)),
            Command::CancelLoad => (Place::Data, self.cancel()),
            Command::UseDevice(choice) => (Place::Engine, self.use_device(choice)),
            // The archive answers these.
            Command::Archive(_) => return,
        };
        if let Err(message) = result {
            self.fail(place, message);
        }
    }

    // ---- models ----

    fn open(&mut self, path: &Path) -> Result<(), String> {
        if picture::is_picture(path) {
            return self.bring(path);
        }
        let name = path.file_stem().map_or("model".into(), |s| s.to_string_lossy().into_owned());
        let checkpoint = weights::read(path)?;
        self.explore(name, Source::File(path.to_path_buf()), checkpoint)
            .map_err(|e| format!("{} does not fit its recipe: {e}", path.display()))
    }

    fn open_shipped(&mut self, name: &str) -> Result<(), String> {
        let shipped = self.config.shipped.iter().find(|m| m.name == name);
        let shipped = shipped.ok_or_else(|| format!("no model \"{name}\" is shipped with this program"))?;
        let checkpoint = Checkpoint::from_bytes(shipped.bytes).map_err(|e| format!("{name} {e}"))?;
        self.explore(name.into(), Source::Shipped(name.into()), checkpoint)
    }

    fn explore(&mut self, name: String, source: Source, checkpoint: Checkpoint) -> Result<(), String> {
        let model = session::open(&checkpoint, &self.device.device)?;
        if model.latent_dims() == 0 {
            return Err("this model has no latent space to explore; open a VAE or a GAN".into());
        }
        let id = self.new_id();
        let card = &checkpoint.card;
        let mut info =
            info(id, name, source, card, count(&checkpoint), model.latent_dims(), has_encoder(card));
        if card.network.is_some() && info.opening.is_empty() {
            info.opening = importance::opening(&*model, &crate::data::Split::default(), &self.device.device);
        }
        info.resumable = checkpoint.resumable();
        info.fingerprint = checkpoint.fingerprint();
        info.network = card
            .network
            .as_ref()
            .map(|n| Box::new(network::view::view(n, &network::run::sizes(&checkpoint.tensors))));
        self.tools.clear();
        let known = card.importance.len() == model.latent_dims();
        let probe = (!known).then(|| Arc::new(crate::data::Split::default()));
        self.desk.put(Subject {
            id,
            step: card.step,
            live: false,
            model,
            device: self.device.device.clone(),
            probe,
        });
        self.end.wanted.nudge();
        let (importance, is_kl) = (card.importance.clone(), card.importance_is_kl);
        self.explored = Some(Explored { info: info.clone(), checkpoint: Some(checkpoint) });
        self.send(Event::Model(info), News::Asked);
        if known {
            let measure = if is_kl { Importance::Kl } else { Importance::Sensitivity };
            self.send(Event::Ranking { model: id, measure, values: importance }, News::Asked);
        }
        Ok(())
    }

    /// Changes what shapes don't tell of the explored foreign network, and remembers it beside its file.
    fn choose(&mut self, name: &str, choice: &str) -> Result<(), String> {
        let foreign = self.explored.as_ref().and_then(|e| Some((&e.info, e.checkpoint.as_ref()?)));
        let (info, checkpoint) = foreign.ok_or("only a foreign network has such settings; open one first")?;
        let mut checkpoint = checkpoint.clone();
        let network = checkpoint.card.network.as_mut();
        let network = network.ok_or("only a foreign network has such settings; open one first")?;
        network::knobs::set(network, name, choice)?;
        network::shape::check(network, &network::run::sizes(&checkpoint.tensors))?;
        let (network, source) = (network.clone(), info.source.clone());
        self.explore(info.name.clone(), source.clone(), checkpoint)?;
        match source {
            Source::File(path) if !weights::open::own(&path) => {
                let noted = weights::open::remember(&path, &network);
                noted.map(drop).map_err(|e| format!("{e}; the choice holds until the window is closed"))
            }
            _ => Ok(()),
        }
    }

    fn new_id(&mut self) -> ModelId {
        self.next_id += 1;
        self.next_id - 1
    }

    fn watch(&mut self) -> Result<(), String> {
        let Some(training) = &self.training else { return Err("nothing is being trained".into()) };
        let session = &training.session;
        let checkpoint = session.card(Vec::new(), false, Vec::new());
        let model = session.model();
        if model.latent_dims() == 0 {
            return Ok(());
        }
        let name = format!("{} in training", session.recipe().title);
        let dims = model.latent_dims();
        let card = &checkpoint;
        let parameters = session.parameters();
        let info = info(training.id, name, Source::Training, card, parameters, dims, has_encoder(card));
        self.explored = Some(Explored { info: info.clone(), checkpoint: None });
        self.lend();
        self.send(Event::Model(info), News::Asked);
        Ok(())
    }

    /// Leaves the weights of now for the viewer, when it is the trained model that is looked at.
    fn lend(&mut self) {
        let (Some(training), Some(explored)) = (&self.training, &self.explored) else { return };
        if explored.info.id != training.id {
            return;
        }
        let session = &training.session;
        self.desk.put(Subject {
            id: training.id,
            step: session.step,
            live: training.phase == Phase::Running,
            model: session.model(),
            device: self.device.device.clone(),
            probe: Some(Arc::new(session.dataset.train.head(LIVE_PROBE))),
        });
        self.end.wanted.nudge();
    }

    fn save(&mut self, path: &Path, directions: Vec<Direction>) -> Result<(), String> {
        let explored = self.explored.as_ref().ok_or("there is no model to save; open or train one first")?;
        let mut checkpoint = match (&explored.checkpoint, &self.training) {
            (Some(checkpoint), _) => checkpoint.clone(),
            (None, Some(training)) => training.session.checkpoint()?,
            (None, None) => return Err("there is no model to save; open or train one first".into()),
        };
        checkpoint.card.directions = directions;
        checkpoint.write(path)?;
        self.send(Event::Saved(path.to_path_buf()), News::Asked);
        Ok(())
    }

    fn write_directions(&mut self, path: &Path, directions: &[Direction]) -> Result<(), String> {
        let text = serde_json::to_string(directions)
            .map_err(|e| format!("the directions could not be put together: {e}"))?;
        crate::weights::whole::write(path, text.as_bytes())?;
        self.send(Event::Written(path.to_path_buf()), News::Asked);
        Ok(())
    }

    fn read_directions(&mut self, path: &Path) -> Result<(), String> {
        const LARGEST: u64 = 64 << 20;
        let name = path.display();
        let size = std::fs::metadata(path).map_err(|e| format!("{name} could not be read: {e}"))?.len();
        if size > LARGEST {
            return Err(format!(
                "{name} is too large for a file of directions; choose one that zscope saved"
            ));
        }
        let text = std::fs::read_to_string(path).map_err(|e| format!("{name} could not be read: {e}"))?;
        let directions = serde_json::from_str(&text)
            .map_err(|e| format!("{name} holds no directions ({e}); choose a file that zscope saved"))?;
        self.send(Event::Directions(directions), News::Asked);
        Ok(())
    }

    /// A picture: one that carries a latent goes there, on the model that drew it; any other is encoded.
    fn bring(&mut self, path: &Path) -> Result<(), String> {
        let Some(origin) = picture::origin(path) else {
            if self.explored.is_none() {
                return Err("open a model first; then a picture can be edited with it".into());
            }
            self.put_to_work(ToolOrder::Embed { picture: path.to_path_buf(), optimise: 0 })?;
            self.tell_working(ToolKind::Embed);
            return Ok(());
        };
        let same = |w: &Self| {
            w.explored.as_ref().is_some_and(|e| {
                e.info.latent_dims == origin.z.len()
                    && (e.info.fingerprint == origin.fingerprint || e.info.fingerprint.is_empty())
            })
        };
        if !same(self) && self.config.shipped.iter().any(|m| m.name == origin.model) {
            self.open_shipped(&origin.model)?;
        }
        match self.explored.as_ref().map(|e| e.info.id).filter(|_| same(self)) {
            Some(model) => self.send(Event::Latent { model, z: origin.z }, News::Asked),
            None => {
                return Err(format!(
                    "{} was drawn by the model \"{}\", which is not open; open it and drop the picture again",
                    path.display(),
                    origin.model
                ));
            }
        }
        Ok(())
    }

    fn tell_working(&self, kind: ToolKind) {
        let Some(explored) = &self.explored else { return };
        let news = ToolNews::Working(0, 0);
        self.send(Event::Tool { model: explored.info.id, kind, news }, News::Asked);
    }

    /// Starts a tool on the explored model's weights of now; an older one of its kind is given up.
    fn put_to_work(&mut self, order: ToolOrder) -> Result<(), String> {
        let kind = order.kind();
        self.tools.remove(&kind);
        let explored =
            self.explored.as_ref().ok_or("there is no model to work on; open or train one first")?;
        let device = self.device.device.clone();
        let (model, shape) = match (&explored.checkpoint, &self.training) {
            (Some(checkpoint), _) => (session::open(checkpoint, &device)?, checkpoint.card.shape),
            (None, Some(training)) => (training.session.model(), training.session.shape),
            (None, None) => return Err("there is no model to work on; open or train one first".into()),
        };
        let judge = (self.config.judge)(&shape)?;
        let subject = tool::Subject { id: explored.info.id, model, shape, judge, vouched: false, device };
        let running = tool::start(order, subject, self.end.events.clone(), self.end.wake.clone())?;
        self.tools.insert(kind, running);
        Ok(())
    }

    fn use_device(&mut self, choice: DeviceChoice) -> Result<(), String> {
        let training =
            self.training.as_ref().is_some_and(|t| matches!(t.phase, Phase::Running | Phase::Paused));
        if training || self.preparing.is_some() {
            return Err("stop the training before changing the device".into());
        }
        self.device = device::choose(choice, self.config.gpu.as_ref())?;
        self.tell_device();
        if let Some(Explored { info, checkpoint: Some(checkpoint) }) = self.explored.take() {
            return self.explore(info.name, info.source, checkpoint);
        }
        // The finished training's weights are on the old device; its checkpoint brings them to the new one.
        if let Some(training) = self.training.take()
            && let Ok(checkpoint) = training.session.checkpoint()
        {
            return self.explore(training.session.recipe().title.into(), Source::Training, checkpoint);
        }
        Ok(())
    }

    // ---- data ----

    fn browse(&mut self, spec: &str, size: usize) -> Result<(), String> {
        let want = Want { size, channels: None };
        let (events, wake, named) = (self.end.events.clone(), self.end.wake.clone(), spec.to_string());
        self.browsing = Some(Loading::start(spec, want, events, wake, |data| view(named, data))?);
        Ok(())
    }

    fn cancel(&mut self) -> Result<(), String> {
        if let Some(loading) = &self.browsing {
            loading.cancel();
        }
        if let Some((_, _, loading)) = &self.preparing {
            loading.cancel();
        }
        Ok(())
    }

    fn look_at_loads(&mut self) {
        if let Some(result) = self.browsing.as_ref().and_then(Loading::poll) {
            self.browsing = None;
            match result {
                Ok(view) => self.send(Event::Data(view), News::Asked),
                Err(e) => self.fail(Place::Data, e),
            }
        }
        if let Some(result) = self.preparing.as_ref().and_then(|(_, _, l)| l.poll())
            && let Some((order, from, _)) = self.preparing.take()
        {
            let begun = result.and_then(|data| self.begin(order, from, data));
            if let Err(e) = begun {
                self.fail(Place::Train, e);
                self.report(News::Asked);
            }
        }
    }

    // ---- training ----

    fn free(&self) -> Result<(), String> {
        let busy = self.training.as_ref().is_some_and(|t| matches!(t.phase, Phase::Running | Phase::Paused));
        if busy || self.preparing.is_some() {
            return Err("a training is under way; stop it first".into());
        }
        Ok(())
    }

    fn go_on(&mut self, from: &Path, out: Option<PathBuf>) -> Result<(), String> {
        self.free()?;
        let (order, checkpoint) = session::going_on(from)?;
        let out = order.out.clone().or(out);
        self.read_for(TrainOrder { out, ..order }, checkpoint)
    }

    fn branch(&mut self, from: &Path, out: Option<PathBuf>) -> Result<(), String> {
        self.free()?;
        let (order, checkpoint) = session::branch(from)?;
        self.read_for(TrainOrder { out, ..order }, Some(checkpoint))
    }

    fn prepare(&mut self, order: TrainOrder) -> Result<(), String> {
        self.free()?;
        let (order, from) = match (&order.out, order.resume) {
            (Some(run), true) => {
                let (recorded, checkpoint) = session::resume(run)?;
                let step = checkpoint.as_ref().map_or(0, |c| c.card.step);
                (session::continued(order, recorded, step), checkpoint)
            }
            _ => (order, None),
        };
        self.read_for(order, from)
    }

    /// Starts to read the data of a training that then begins, or goes on from a checkpoint.
    fn read_for(&mut self, order: TrainOrder, from: Option<Checkpoint>) -> Result<(), String> {
        let entry = zoo::find(&order.recipe)?;
        order.check(entry.recipe)?;
        let want = session::want(entry, &order.settings);
        let (events, wake) = (self.end.events.clone(), self.end.wake.clone());
        let loading = Loading::start(&order.data, want, events, wake, |data| data)?;
        let progress = Progress {
            phase: Phase::Preparing,
            recipe: order.recipe.clone(),
            data: order.data.clone(),
            ..Default::default()
        };
        self.preparing = Some((order, from, loading));
        self.send(Event::Progress(progress), News::Asked);
        Ok(())
    }

    fn begin(&mut self, order: TrainOrder, from: Option<Checkpoint>, data: Dataset) -> Result<(), String> {
        let session = Session::new(order, Arc::new(data), &self.device.device, from, true)?;
        let id = self.new_id();
        let now = Instant::now();
        let past = session.past();
        self.training = Some(Training {
            session,
            id,
            phase: Phase::Running,
            allowance: None,
            after: None,
            recent: VecDeque::new(),
            ticked: now,
            saved: None,
        });
        self.send(Event::Metrics(past), News::Asked);
        self.send(Event::Health(Vec::new()), News::Background);
        if let Some(order) = self.training.as_ref().map(|t| t.session.order.clone()) {
            self.send(Event::Began(order), News::Background);
        }
        self.pass_on();
        self.watch()?;
        self.report(News::Asked);
        Ok(())
    }

    fn advance(&mut self) {
        let Some(training) = &mut self.training else { return };
        training.session.advance();
        if let Some(left) = &mut training.allowance {
            *left = left.saturating_sub(1);
        }
        let held = training.allowance == Some(0);
        let finished = training.session.finished();
        if held {
            training.phase = Phase::Paused;
            training.allowance = None;
            if let Some((name, value)) = training.after.take() {
                // It had this value before, so it is allowed.
                let _ = training.session.change(&name, value);
            }
        }
        if finished {
            training.phase = Phase::Finished;
        }
        if held || finished || training.ticked.elapsed() >= TICK {
            self.tick(if held || finished { News::Asked } else { News::Background });
        }
        if held || finished || self.desk.hungry() {
            self.lend();
        }
        let due = self.training.as_ref().is_some_and(|t| t.session.save_due());
        if finished || due {
            if !(held || finished) {
                // Only a state whose losses are numbers is worth saving.
                self.tick(News::Background);
            }
            self.save_training();
        }
    }

    /// Reads scalars, sends them, records them, looks whether they are still numbers.
    fn tick(&mut self, news: News) {
        let Some(training) = &mut self.training else { return };
        training.ticked = Instant::now();
        let session = &mut training.session;
        training.recent.push_back((session.spent, session.step, session.seen));
        while training.recent.len() > 2
            && training.recent.front().is_some_and(|(t, ..)| session.spent - *t > WINDOW)
        {
            training.recent.pop_front();
        }
        let metrics = session.metrics();
        self.send(Event::Metrics(metrics), news);
        self.pass_on();
        self.report(news);
    }

    /// Tells the window what the training says.
    fn pass_on(&mut self) {
        let Some(training) = &mut self.training else { return };
        for said in training.session.said() {
            match said {
                Said::Trouble(message) => self.fail(Place::Train, message),
                Said::Recovered => self.send(Event::Recovered(Place::Train), News::Asked),
                Said::Changed { name, value } => self.send(Event::Changed { name, value }, News::Asked),
                Said::Health(warnings) => self.send(Event::Health(warnings), News::Asked),
                Said::Broken { step, back } => {
                    if let Some(training) = &mut self.training {
                        training.phase = Phase::Paused;
                        training.allowance = None;
                    }
                    let message = format!(
                        "a loss was no longer a number near step {step}: the training went back to step {back}, its last good state, and is held there; lower the learning rate, then resume"
                    );
                    self.fail(Place::Train, message);
                    self.lend();
                }
            }
        }
    }

    fn report(&self, news: News) {
        let Some(t) = &self.training else {
            let phase = if self.preparing.is_some() { Phase::Preparing } else { Phase::Idle };
            self.send(Event::Progress(Progress { phase, ..Default::default() }), news);
            return;
        };
        let s = &t.session;
        let rate = |of: fn(&(Duration, u64, u64)) -> u64| match (t.recent.front(), t.recent.back()) {
            (Some(a), Some(b)) if b.0 > a.0 => (of(b) - of(a)) as f64 / (b.0 - a.0).as_secs_f64(),
            _ => 0.0,
        };
        let fraction = s.fraction();
        let seconds_left = fraction.filter(|f| *f > 0.0 && s.step > 0).map(|f| {
            let spent = s.spent.as_secs_f64();
            (spent / f - spent).max(0.0)
        });
        let mut live = s.order.settings.clone();
        let changeable = |name: &String| s.recipe().setting(name).is_some_and(|x| x.live);
        live.0.retain(|name, _| changeable(name));
        let progress = Progress {
            phase: t.phase,
            recipe: s.order.recipe.clone(),
            data: s.dataset.title.clone(),
            step: s.step,
            epoch: s.epoch(),
            fraction,
            steps_per_s: rate(|r| r.1),
            images_per_s: rate(|r| r.2),
            seconds_left,
            folder: s.folder().map(Path::to_path_buf),
            live,
        };
        self.send(Event::Progress(progress), news);
    }

    fn hold(&mut self) -> Result<(), String> {
        let training = self.training.as_mut().ok_or("nothing is being trained")?;
        if training.phase == Phase::Running {
            training.phase = Phase::Paused;
            training.recent.clear();
        }
        self.tick(News::Asked);
        self.save_training();
        self.lend();
        Ok(())
    }

    fn go(&mut self, allowance: Option<u64>) -> Result<(), String> {
        let training = self.training.as_mut().ok_or("nothing is being trained; start a training first")?;
        if training.phase == Phase::Finished {
            return Err("this training has ended; start another, or resume its run with a later end".into());
        }
        training.phase = Phase::Running;
        training.allowance = allowance;
        self.report(News::Asked);
        self.lend();
        Ok(())
    }

    fn step_with(&mut self, name: String, value: f64) -> Result<(), String> {
        let training = self.training.as_mut().ok_or("nothing is being trained; start a training first")?;
        if training.phase != Phase::Paused {
            return Err("pause the training before stepping".into());
        }
        let session = &mut training.session;
        let before = session.order.settings.get(session.recipe(), &name);
        session.change(&name, value)?;
        training.after = Some((name, before));
        self.go(Some(1))
    }

    fn stop(&mut self) -> Result<(), String> {
        if self.preparing.take().is_some() {
            self.report(News::Asked);
            return Ok(());
        }
        let training = self.training.as_mut().ok_or("nothing is being trained")?;
        training.phase = Phase::Finished;
        self.tick(News::Asked);
        self.save_training();
        self.lend();
        Ok(())
    }

    fn set(&mut self, name: &str, value: f64) -> Result<(), String> {
        let training = self.training.as_mut().ok_or("nothing is being trained")?;
        training.session.change(name, value)?;
        self.pass_on();
        self.report(News::Asked);
        Ok(())
    }

    /// Saves the training where it stands, if it moved since the last time.
    fn save_training(&mut self) {
        let Some(training) = &mut self.training else { return };
        match training.session.save() {
            Ok(path) => {
                if path != training.saved
                    && let Some(path) = path
                {
                    training.saved = Some(path.clone());
                    self.send(Event::Saved(path), News::Background);
                }
            }
            Err(e) => {
                let next = match training.phase {
                    Phase::Finished => "save the model elsewhere (Save…)",
                    _ => "training goes on and is saved again soon",
                };
                self.fail(Place::Train, format!("{e}; {next}"));
            }
        }
        self.pass_on();
    }
}

fn has_encoder(card: &Card) -> bool {
    card.network.as_ref().is_some_and(|n| n.encodes())
        || zoo::find(&card.recipe).is_ok_and(|e| e.recipe.family == zoo::Family::Vae)
}

fn count(checkpoint: &Checkpoint) -> usize {
    session::parameters(checkpoint.tensors.iter().map(|(name, data)| (name.as_str(), data.num_elements())))
}

fn info(
    id: ModelId,
    name: String,
    source: Source,
    card: &Card,
    parameters: usize,
    latent_dims: usize,
    has_encoder: bool,
) -> ModelInfo {
    let foreign = card.network.is_some().then(|| "Foreign network".to_string());
    let title = foreign
        .unwrap_or_else(|| zoo::find(&card.recipe).map_or(card.recipe.clone(), |e| e.recipe.title.into()));
    ModelInfo {
        id,
        name,
        source,
        recipe: card.recipe.clone(),
        title,
        data: card.data.clone(),
        latent_dims,
        width: card.shape.width,
        height: card.shape.height,
        channels: card.shape.channels,
        parameters,
        step: card.step,
        has_encoder,
        opening: card.opening.clone(),
        resumable: false,
        directions: card.directions.clone(),
        fingerprint: String::new(),
        network: None,
    }
}

/// A data set as the data page shows it. Counting it takes a fifth of a second for a large one, which the loading
/// thread has and a training has not.
fn view(spec: String, data: Dataset) -> DataView {
    let skipped = data.skipped.iter().map(|s| (s.path.display().to_string(), s.reason.clone())).collect();
    DataView {
        spec,
        title: data.title,
        test_count: data.test.pictures.len(),
        summary: Arc::new(crate::data::summary::Summary::new(&data.train)),
        train: Arc::new(data.train),
        skipped,
    }
}
