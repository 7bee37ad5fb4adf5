//! One training: a system, its data, its place in both, and the folder it is recorded in. Single-threaded and
//! free of messages, so that the window, the command line and the tests drive the very same steps.
//!
//! Must not know: who watches.

mod saving;

use super::autosave::Autosave;
use super::begin::{self, Begun};
use super::data_loader::DataLoader;
use super::folder::{self, RunFolder};
use super::good::{GoodStates, State};
use super::grid::examples;
pub use super::observer::Notice;
use super::observer::{Observer, Sight};
pub use super::open::{explore, open, parameters};
pub use super::order::continued;
use super::order::{Change, TrainOrder, live};
use super::progress::Metrics;
pub use super::resume::{branch, data_of, going_on, resume, run_of};
use crate::data::{Dataset, Split, Want};
use crate::nn::Noise;
use crate::nn::network::Network;
use crate::point::Values;
use crate::weights::Checkpoint;
use crate::zoo::adversarial::Judged;
use crate::zoo::{self, Entry, Facts, Held, Need, Settings, Shape, System};
use burn::tensor::{Device, Tensor};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pictures that dimensions' importance is measured on.
const PROBE: usize = 256;

/// A training that is ready to step.
pub struct Session {
    /// The order, with `out` filled in; its settings are those in force now.
    pub order: TrainOrder,
    /// What is trained on.
    pub dataset: Arc<Dataset>,
    /// What the system was built for.
    facts: Facts,
    /// Optimiser steps made.
    pub step: u64,
    /// The recipe's phase that the weights are in.
    phase: usize,
    /// Pictures seen.
    pub seen: u64,
    /// Training time so far, pauses left out.
    pub spent: Duration,
    entry: &'static Entry,
    system: Box<dyn System>,
    /// The network that it trains, where that is no recipe's.
    network: Option<Box<Network>>,
    data_loader: DataLoader,
    device: Device,
    /// Losses of the newest steps, still on the device, and the phases of those steps.
    pending: Vec<(usize, Tensor<1>)>,
    observer: Observer,
    /// Settings of the first step.
    base: Settings,
    good: GoodStates,
    /// A change that `run.toml` does not have yet.
    unrecorded: bool,
    autosave: Autosave,
    saved_step: Option<u64>,
    /// Whether the run was let go.
    closed: bool,
}

/// What of the data a recipe wants, by its settings.
pub fn want(entry: &Entry, settings: &Settings) -> Want {
    let channels = settings.find(entry.recipe, "channels").unwrap_or_default() as usize;
    let (width, height) = zoo::common::width_and_height(entry.recipe, settings);
    Want::new(width, height, (channels > 0).then_some(channels))
}

impl Session {
    /// Builds the system for the data, or takes it from `from` (resuming). With `record`, in a run folder.
    pub fn new(
        order: TrainOrder,
        dataset: Arc<Dataset>,
        device: &Device,
        from: Option<Checkpoint>,
        record: bool,
    ) -> Result<Self, String> {
        let entry = zoo::find(&order.recipe)?;
        Self::of(entry, order, dataset, device, from, record)
    }

    /// The same with a system that need not be the registry's.
    pub fn of(
        entry: &'static Entry,
        mut order: TrainOrder,
        dataset: Arc<Dataset>,
        device: &Device,
        from: Option<Checkpoint>,
        record: bool,
    ) -> Result<Self, String> {
        let mut facts = begin::facts(entry.recipe, &order, &dataset)?;
        // Words keep the numbers that they were learnt with, though captions may have changed since.
        if let Some(learnt) = from.as_ref().and_then(|c| c.card.captions.clone())
            && facts.captions.is_some()
        {
            facts.captions = Some(learnt);
        }
        let Begun { system, network, step, phase, seen, spent, notices } =
            begin::begin(entry, &order, &facts, &dataset.train, device, from)?;
        let folder = if record { Some(begin::folder(entry.recipe, &mut order, step)?) } else { None };
        let observer = Observer::new(entry.recipe, folder, &dataset.train, (step, spent), notices);
        let base = order.settings.clone();
        order.settings = order.in_force(step);
        let good = GoodStates::new(State { step, phase, seen, spent, system: system.fork() });
        let autosave = Autosave::new(order.autosave);
        let saved_step = (step > 0).then_some(step);
        let mut data_loader = DataLoader::new(dataset.clone(), order.seed);
        if entry.recipe.needs.contains(&Need::Domains) {
            data_loader = data_loader.with_domains(order.seed);
        }
        if entry.recipe.needs.contains(&Need::Clips) {
            data_loader = data_loader.with_clips();
        }
        let mut session = Self {
            data_loader,
            order,
            dataset,
            facts,
            step,
            phase,
            seen,
            spent,
            entry,
            system,
            network,
            device: device.clone().autodiff(),
            pending: Vec::new(),
            observer,
            base,
            good,
            unrecorded: false,
            autosave,
            saved_step,
            closed: false,
        };
        if session.observer.due(step, spent) {
            let device = session.device.clone().inner();
            session.observer.samples(&Sight {
                step,
                spent,
                system: &*session.system,
                train: &session.dataset.train,
                device: &device,
            });
        }
        if session.network.is_some() && step == 0 {
            // Neither going on nor repeating may need the file that it came from.
            session.save()?;
        }
        Ok(session)
    }

    /// From now on a judge says which classes the samples of a recorded run show. Fails when it cannot be opened.
    pub fn judged_by(&mut self, judge: &Checkpoint) -> Result<(), String> {
        if !self.model().draws() {
            return Ok(());
        }
        self.observer.judged_by(judge, self.step, self.spent, &self.device.clone().inner())
    }

    /// What the system declares.
    pub fn recipe(&self) -> &'static zoo::Recipe {
        self.entry.recipe
    }

    /// One optimiser step. Its losses stay on the device until [`Session::metrics`].
    pub fn advance(&mut self) {
        let started = Instant::now();
        for change in self.order.changes.iter().filter(|c| c.step == self.step) {
            let before = self.order.settings.0.insert(change.name.clone(), change.value);
            if before != Some(change.value) {
                self.observer.say(Notice::Changed { name: change.name.clone(), value: change.value });
            }
        }
        self.enter();
        let settings = &self.order.settings;
        // A GAN's discriminator may take several batches in a step.
        let recipe = self.entry.recipe;
        let turns = settings.find(recipe, zoo::common::D_STEPS_NAME).map_or(1, |n| (n as usize).max(1));
        let count = settings.count(recipe, "batch") * turns;
        let probing = self.observer.due(self.step + 1, self.spent);
        let measuring = Instant::now();
        if probing {
            self.observer.before(self.system.weights());
            self.system.probe(true);
        }
        let measured = measuring.elapsed();
        let factors = self.system.follows_factors(&self.order.settings);
        let batch = match self.data_loader.batch(self.seen, count, factors, &self.device) {
            Ok(batch) => batch,
            Err(message) => {
                self.system.probe(false);
                return self.observer.say(Notice::Unreadable(message));
            }
        };
        let mut noise = Noise::new(self.order.seed, self.step);
        let losses = self.system.step(self.step, &batch, &mut noise, &self.order.settings);
        self.pending.push((self.phase, losses));
        self.step += 1;
        self.seen += count as u64;
        self.spent += started.elapsed().saturating_sub(measured);
        let gradients = if probing { self.system.gradients() } else { Vec::new() };
        if probing {
            self.system.probe(false);
        }
        let device = self.device.clone().inner();
        let now = Sight {
            step: self.step,
            spent: self.spent,
            system: &*self.system,
            train: &self.dataset.train,
            device: &device,
        };
        if probing {
            self.observer.measure(&now, &gradients, self.network.as_deref(), measured);
            self.observer.samples(&now);
        }
        self.observer.look(&now);
    }

    /// Enters the phase that the next step is made in. No way leads back, whatever a resumed run's settings say.
    fn enter(&mut self) {
        let next = self.recipe().phase_at(&self.base, self.step);
        while self.phase < next {
            self.phase += 1;
            self.system.enter(self.phase, &self.order.settings, self.order.seed);
            self.observer.entered();
        }
    }

    /// Lets a later phase begin with the next step. Fails with a sentence where the recipe has none of that name.
    pub fn begin_phase(&mut self, name: &str) -> Result<(), String> {
        let recipe = self.recipe();
        let mut order = self.recorded();
        order.begin_phase(recipe, name, self.step, self.phase)?;
        self.base = order.settings;
        self.order.settings = self.recorded().in_force(self.step);
        self.unrecorded = true;
        Ok(())
    }

    /// What the phase is called that the training is in; empty where its run has only one.
    pub fn phase(&self) -> &'static str {
        self.recipe().phase_name(self.phase)
    }

    /// What there is to say since the last call.
    pub fn notices(&mut self) -> Vec<Notice> {
        self.observer.notices()
    }

    /// Reads the losses of all steps since the last call, and appends them to the run's metrics. Where one is no number,
    /// the training goes back to its last good state: then there are no rows, and `first` is the step that follows it.
    pub fn metrics(&mut self) -> Metrics {
        self.record();
        if self.pending.is_empty() {
            return Metrics { first: self.step + 1, rows: Vec::new() };
        }
        let count = self.pending.len();
        let (phases, losses): (Vec<usize>, Vec<Tensor<1>>) =
            std::mem::take(&mut self.pending).into_iter().unzip();
        let values: Vec<f32> = Tensor::cat(losses, 0).into_data().iter::<f32>().collect();
        if values.iter().any(|v| !v.is_finite()) {
            self.go_back();
            return Metrics { first: self.step + 1, rows: Vec::new() };
        }
        let mut values = values.into_iter();
        let mut value = |measured| if measured { values.next().unwrap_or(f32::NAN) } else { f32::NAN };
        let row = |phase| self.recipe().measured(phase).into_iter().map(&mut value).collect();
        let rows: Vec<Vec<f32>> = phases.into_iter().map(row).collect();
        let metrics = Metrics { first: self.step + 1 - count as u64, rows };
        self.observer.losses(&metrics, &self.order.settings);
        self.good.keep(|| State {
            step: self.step,
            phase: self.phase,
            seen: self.seen,
            spent: self.spent,
            system: self.system.fork(),
        });
        metrics
    }

    fn go_back(&mut self) {
        let step = self.step;
        let State { step: back, phase, seen, spent, system } = self.good.back();
        (self.step, self.phase, self.seen, self.spent, self.system) = (back, phase, seen, spent, system);
        self.order.settings = self.recorded().in_force(back);
        self.observer.rewind(back);
        self.observer.say(Notice::Broken { step, back });
    }

    /// The order as it is recorded: with the settings of the first step.
    fn recorded(&self) -> TrainOrder {
        TrainOrder { settings: self.base.clone(), ..self.order.clone() }
    }

    /// Changes a live setting from the next step on, and records that.
    pub fn change(&mut self, name: &str, value: f64) -> Result<(), String> {
        let recipe = self.recipe();
        let value = live(recipe, name, value)?;
        if self.order.settings.get(recipe, name) == value {
            return Ok(());
        }
        // What was to come of this setting while a run is repeated is overruled by a hand.
        let step = self.step;
        self.order.changes.retain(|c| c.name != name || c.step < step);
        self.order.changes.push(Change { step, name: name.into(), value });
        self.order.changes.sort_by_key(|c| c.step);
        self.order.settings.0.insert(name.into(), value);
        // A slider changes it many times a second; the folder hears of it with the next losses.
        self.unrecorded = true;
        Ok(())
    }

    /// Writes what was changed into the run's folder. Always before losses or a checkpoint that it has a part in.
    fn record(&mut self) {
        if self.unrecorded {
            let order = self.recorded();
            self.unrecorded = !self.observer.order(&order);
        }
    }

    /// Passes over the data made.
    pub fn epoch(&self) -> f64 {
        self.seen as f64 / self.data_loader.len() as f64
    }

    /// The part of the order that is done, 0–1, where it names an end.
    pub fn fraction(&self) -> Option<f64> {
        let TrainOrder { steps, epochs, minutes, .. } = self.order;
        let parts = [
            steps.map(|n| self.step as f64 / n.max(1) as f64),
            epochs.map(|n| self.epoch() / n.max(1e-9)),
            minutes.map(|n| self.spent.as_secs_f64() / 60.0 / n.max(1e-9)),
        ];
        parts.into_iter().flatten().reduce(f64::max)
    }

    /// Whether the ordered end is reached.
    pub fn finished(&self) -> bool {
        self.fraction().is_some_and(|f| f >= 1.0)
    }

    /// The pictures that the system was built for.
    pub fn shape(&self) -> Shape {
        self.facts.shape
    }

    /// What D said of the pictures of the last step, where there is a D.
    pub fn judged(&self) -> Option<Judged<4>> {
        self.system.judged()
    }

    /// The weights of now, for looking at.
    pub fn model(&self) -> Held {
        Held::home(self.system.model(), &self.device.clone().inner())
    }

    /// Values of the inputs beside the latent that are worth opening on: what the first picture of the data says.
    pub fn opening(&self) -> Values {
        let device = self.device.clone().inner();
        examples(&self.model(), &self.dataset.train, 1, &device).pop().unwrap_or_default()
    }

    /// A few training pictures, for measuring which dimensions matter.
    pub fn probe(&self) -> Split {
        self.dataset.train.head(PROBE)
    }

    /// The run folder.
    pub fn folder(&self) -> Option<&Path> {
        self.observer.folder().map(RunFolder::path)
    }

    /// Trainable parameters and buffers of what is shown.
    pub fn parameters(&self) -> usize {
        let weights = self.system.weights();
        parameters(weights.iter().map(|(name, data)| (name.as_str(), data.num_elements())))
    }

    /// Metrics recorded before this session resumed the run.
    pub fn past(&self) -> Metrics {
        match self.observer.folder() {
            Some(folder) if self.step > 0 => folder::read_metrics(folder.path(), self.step),
            _ => Metrics { first: 1, rows: Vec::new() },
        }
    }
}
