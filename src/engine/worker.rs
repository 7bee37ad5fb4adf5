//! The engine's thread: takes commands between optimiser steps, trains, and leaves weights for the viewer.
//!
//! Must not know: egui, panels.

mod compare;
mod loads;
mod models;
mod tools;
mod training;

pub use compare::same_latents;

use super::device::{self, Chosen, Gpu};
use super::drive::Drive;
use super::link::{EngineEnd, News};
use super::loader::Loading;
use super::message::*;
use super::tool::{self, ToolKind};
use super::viewer::SubjectSlot;
use crate::data::Dataset;
use crate::data::plane::World;
use crate::nn::network::Network;
use crate::weights::Checkpoint;
use crate::zoo;
use loads::Opening;
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};

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
    drive: Drive,
    id: ModelId,
    phase: Phase,
    /// The distribution of its data, where that is points of a known one.
    world: Option<Arc<World>>,
    recent: VecDeque<(Duration, u64, u64)>,
    /// When the window last heard what D says of single pictures.
    judged: Instant,
    /// What the window was last told is saved.
    saved: Option<PathBuf>,
}

struct Explored {
    info: ModelInfo,
    /// Networks that fit a foreign file, the likeliest first, each in words; empty where there is no choice.
    readings: Vec<(String, Network)>,
    /// `None` for the model in training: its weights are the session's.
    checkpoint: Option<Checkpoint>,
}

/// The engine's thread.
pub struct Worker {
    end: EngineEnd,
    slot: SubjectSlot,
    second: SubjectSlot,
    config: Config,
    device: Chosen,
    explored: Option<Explored>,
    /// The model that is drawn too, at the latent of the explored one.
    compared: Option<(ModelInfo, Checkpoint)>,
    training: Option<Training>,
    preparing: Option<(TrainOrder, Option<Checkpoint>, Loading<Dataset>)>,
    browsing: Option<Loading<DataView>>,
    opening: Option<Opening>,
    tools: HashMap<ToolKind, tool::Running>,
    /// At most so many steps a second.
    slow: Option<f64>,
    stepped: Instant,
    next_id: ModelId,
}

impl Worker {
    /// Chooses the device and tells the window. `slots`: where the viewers of the explored model and of the compared one
    /// find theirs.
    pub fn new(end: EngineEnd, slots: [SubjectSlot; 2], config: Config) -> Self {
        let [slot, second] = slots;
        let chosen = device::choose(config.choice, config.gpu.as_ref());
        let (device, problem) = match chosen {
            Ok(device) => (device, None),
            Err(e) => (device::cpu(), Some(e)),
        };
        let worker = Self {
            end,
            slot,
            second,
            config,
            device,
            explored: None,
            compared: None,
            training: None,
            preparing: None,
            browsing: None,
            opening: None,
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
            let busy = self.preparing.is_some() || self.browsing.is_some() || self.opening.is_some();
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
        for (slot, wanted) in [(&self.slot, &self.end.wanted), (&self.second, &self.end.compared)] {
            slot.close();
            wanted.nudge();
        }
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
        if matches!(
            command,
            Command::NetworkSetting { .. }
                | Command::Save(..)
                | Command::Tool(_)
                | Command::Tune(_)
                | Command::Compare(Some(_))
                | Command::WriteDirections(..)
        ) {
            self.await_opening();
        }
        let (place, result) = match command {
            Command::Open(path) => (Place::Model, self.open(&path)),
            Command::OpenShipped(name) => (Place::Model, self.open_shipped(&name)),
            Command::WatchTraining => (Place::Train, self.watch()),
            Command::Compare(with) => (Place::Model, self.compare(with)),
            Command::NetworkSetting { name, choice } => (Place::Model, self.choose(&name, &choice)),
            Command::Save(path, directions) => (Place::Model, self.save(&path, directions)),
            Command::Tool(order) if order.kind() == ToolKind::Families => {
                (Place::Families, self.put_to_work(order))
            }
            Command::Tool(order) => (Place::Model, self.put_to_work(order)),
            Command::WriteDirections(path, directions) => {
                (Place::Bench, self.write_directions(&path, &directions))
            }
            Command::WritePoints { points, sigma, folder } => {
                (Place::Train, self.write_points(&points, sigma, folder))
            }
            Command::ReadTour(path) => (Place::Model, self.read_tour(&path)),
            Command::WriteTour(path, text) => (Place::Model, self.write_tour(&path, &text)),
            Command::ReadDirections(path) => (Place::Bench, self.read_directions(&path)),
            Command::CancelTool(kind) => {
                self.tools.remove(&kind);
                (Place::Model, Ok(()))
            }
            Command::Train(order) => (Place::Train, self.prepare(order)),
            Command::Continue { from, data, out } => (Place::Train, self.go_on(&from, data, out)),
            Command::Branch { from, out } => (Place::Train, self.branch(&from, out)),
            Command::Tune(order) => (Place::Train, self.tune(order)),
            Command::Pause => (Place::Train, self.hold()),
            Command::Resume => (Place::Train, self.go(None)),
            Command::Step => (Place::Train, self.go(Some(1))),
            Command::StepWith { name, value } => (Place::Train, self.step_with(name, value)),
            Command::Slow(rate) => {
                self.slow = rate.filter(|r| *r > 0.0);
                return;
            }
            Command::BeginPhase(name) => (Place::Train, self.begin_phase(&name)),
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
}
