//! One training: a system, its data, its place in both, and the folder it is recorded in. Single-threaded and
//! free of messages, so that the window, the command line and the tests drive the very same steps.
//!
//! Must not know: who watches.

use super::autosave::Autosave;
use super::classes::Classes;
use super::data_loader::{self, DataLoader};
use super::folder::{self, RunFolder};
use super::grid::{GRID, examples, grid_points};
use super::health::{Monitor, Warning};
pub use super::open::{explore, open, parameters};
pub use super::order::continued;
use super::order::live;
use super::order::{Change, TrainOrder};
use super::progress::Metrics;
use super::record::{Recorder, pairwise};
use super::statistics::LayerStatistics;
use super::tuning;
use crate::data::{Dataset, Split, Want};
use crate::metrics::importance;
use crate::nn::network::Network;
use crate::nn::{Noise, Tensors, Watch};
use crate::point::Values;
use crate::weights::checkpoint::OPTIMISER;
use crate::weights::{self, Card, Checkpoint};
use crate::zoo::{self, Does, Entry, Facts, Held, Settings, Shape, System};
use burn::tensor::{DType, Device, Tensor, TensorData};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pictures that dimensions' importance is measured on.
const PROBE: usize = 256;

/// Pictures that are compared to say how much those of the data differ.
const COMPARED: usize = 16;
/// Pictures that the KL of dimensions is measured on while training.
const SEEN_INSIDE: usize = 64;
/// Latents that layers' activations are measured on while training.
const TAPPED: usize = 4;
/// How often a copy of the state is taken to go back to.
const SNAPSHOT: Duration = Duration::from_secs(1);

/// What a training says besides its losses.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The run folder cannot be written; training goes on.
    Trouble(String),
    /// It can be again.
    Recovered,
    /// A loss at about `step` is no number; the training went back to its last good state, after step `back`.
    Broken {
        /// Step at which it was noticed.
        step: u64,
        /// Step of the state that is in force now.
        back: u64,
    },
    /// A setting changed as the record says, because the run is repeated from here.
    Changed {
        /// The setting's name.
        name: String,
        /// Its value now.
        value: f64,
    },
    /// What is wrong now; empty = nothing any more.
    Health(Vec<Warning>),
    /// What was begun afresh, as the file lacks it.
    Fresh(String),
}

/// A state to go back to.
struct Snapshot {
    step: u64,
    seen: u64,
    spent: Duration,
    system: Box<dyn System>,
}

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
    /// Losses of the newest steps, still on the device.
    pending: Vec<Tensor<1>>,
    folder: Option<RunFolder>,
    recorder: Option<Recorder>,
    statistics: Option<LayerStatistics>,
    classes: Option<Classes>,
    /// Settings of the first step.
    base: Settings,
    /// The newest state that later losses proved good, and a newer one that waits for its proof.
    good: Snapshot,
    unproved: Option<Snapshot>,
    snapped: Instant,
    monitor: Monitor,
    /// What of the folder fails now.
    failing: BTreeSet<&'static str>,
    notices: Vec<Notice>,
    /// A change that `run.toml` does not have yet.
    unrecorded: bool,
    autosave: Autosave,
    saved_step: Option<u64>,
    /// Whether the run was let go.
    closed: bool,
}

/// What of the data a recipe wants, by its settings.
pub fn want(entry: &Entry, settings: &Settings) -> Want {
    let channels = settings.count(entry.recipe, "channels");
    let (width, height) = zoo::common::width_and_height(entry.recipe, settings);
    Want::new(width, height, (channels > 0).then_some(channels))
}

/// What a classifier's outputs stand for with this data; empty for other systems.
fn outputs(entry: &Entry, train: &Split) -> Vec<String> {
    match (entry.recipe.names_labels(), train.classes()) {
        (true, Some((names, _))) if names.len() > 1 => names.to_vec(),
        (true, _) => train.binary().iter().map(|a| a.name.clone()).collect(),
        _ => Vec::new(),
    }
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
        order.check(entry.recipe)?;
        if dataset.train.pictures.is_empty() {
            return Err(format!("{} holds no pictures to train on", dataset.title));
        }
        let facts = data_loader::facts(&dataset.train);
        entry.recipe.check_data(&facts)?;
        let shape = facts.shape;
        let foreign = from.as_ref().and_then(|c| Some((c.card.network.as_deref()?, &c.tensors)));
        let (mut system, network) = match foreign {
            Some((network, tensors)) => {
                let (recipe, settings, labels) = (entry.recipe, &order.settings, shape.classes);
                let built =
                    zoo::tuned::build(recipe, network, tensors, settings, labels, order.seed, device)?;
                (built.0, Some(Box::new(built.1)))
            }
            None => ((entry.build)(&facts, &order.settings, order.seed, device)?, None),
        };
        let (mut step, mut seen, mut seconds) = (0, 0, 0.0);
        let mut notices = Vec::new();
        if let Some(Checkpoint { card, mut tensors }) = from {
            let classes = !entry.recipe.names_labels() || card.shape.classes == shape.classes;
            if !card.shape.fits(&shape) || !classes {
                return Err("the checkpoint was trained on pictures of another size or kind".into());
            }
            if !card.outputs.is_empty() && card.outputs != outputs(entry, &dataset.train) {
                return Err(format!(
                    "the checkpoint was trained to tell {}, and this data has other labels",
                    card.outputs.join(", ")
                ));
            }
            if !order.resume {
                let made = match network {
                    Some(_) => zoo::tuned::made(&system.weights(), &tensors),
                    None => tuning::complete(&mut tensors, system.weights()),
                };
                notices.extend(tuning::notice(entry.recipe, &tensors, &made).map(Notice::Fresh));
            }
            // A network from elsewhere was built with its tensors; there is more to take only where it was trained.
            if network.is_none() || tensors.keys().any(|n| n.starts_with(OPTIMISER)) {
                system.restore(&tensors)?;
            }
            (step, seen, seconds) = (card.step, card.seen, card.seconds);
        }
        let folder = if record {
            let path = order.out.clone().unwrap_or_else(|| folder::fresh(&order.recipe));
            order.out = Some(path.clone());
            if !order.resume && path.join("run.toml").exists() {
                return Err(format!(
                    "{} already holds a run; resume it (--resume), or name another folder",
                    path.display()
                ));
            }
            if let Some(parent) = &order.past {
                folder::inherit(parent, &path, step)?;
            }
            let losses: Vec<_> = entry.recipe.losses.iter().map(|l| l.name).collect();
            Some(RunFolder::open(&path, &order, &losses, step)?)
        } else {
            None
        };
        let spent = Duration::from_secs_f64(seconds);
        let recorder = folder.as_ref().map(|f| Recorder::new(f.path(), step, spent));
        let statistics = folder.as_ref().map(|f| LayerStatistics::new(f.path(), step));
        let base = order.settings.clone();
        order.settings = order.in_force(step);
        let monitor = Monitor::new(entry.recipe, differ(&dataset.train));
        let good = Snapshot { step, seen, spent, system: system.fork() };
        let autosave = Autosave::new(order.autosave);
        let saved_step = (step > 0).then_some(step);
        let mut session = Self {
            data_loader: DataLoader::new(dataset.clone(), order.seed),
            order,
            dataset,
            facts,
            step,
            seen,
            spent,
            entry,
            system,
            network,
            device: device.clone().autodiff(),
            pending: Vec::new(),
            folder,
            recorder,
            statistics,
            classes: None,
            base,
            good,
            unproved: None,
            snapped: Instant::now(),
            monitor,
            failing: BTreeSet::new(),
            notices,
            unrecorded: false,
            autosave,
            saved_step,
            closed: false,
        };
        if session.recorder.as_ref().is_some_and(|r| r.due(step, spent)) {
            session.observe();
        }
        if session.network.is_some() && step == 0 {
            // Neither going on nor repeating may need the file that it came from.
            session.save()?;
        }
        Ok(session)
    }

    /// From now on a judge says which classes the samples of a recorded run show. Fails when it cannot be opened.
    pub fn judged_by(&mut self, judge: &Checkpoint) -> Result<(), String> {
        let draws = self.model().draws();
        let Some(folder) = self.folder.as_ref().filter(|_| draws) else { return Ok(()) };
        let device = self.device.clone().inner();
        let classes = Classes::new(folder.path(), self.step, self.spent, judge, &device)?;
        self.monitor.seen(&classes.seen());
        self.classes = Some(classes);
        Ok(())
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
                self.notices.push(Notice::Changed { name: change.name.clone(), value: change.value });
            }
        }
        let settings = &self.order.settings;
        // A GAN's discriminator may take several batches in a step.
        let turns = settings.count(self.recipe(), zoo::common::D_STEPS_NAME).max(1);
        let count = settings.count(self.recipe(), "batch") * turns;
        let probing = self.recorder.as_ref().is_some_and(|r| r.due(self.step + 1, self.spent));
        let measuring = Instant::now();
        if let (true, Some(statistics)) = (probing, &mut self.statistics) {
            statistics.before(self.system.weights());
            self.system.probe(true);
        }
        let measured = measuring.elapsed();
        let batch = self.data_loader.batch(self.seen, count, &self.device);
        let mut noise = Noise::new(self.order.seed, self.step);
        let losses = self.system.step(self.step, &batch, &mut noise, &self.order.settings);
        self.pending.push(losses);
        self.step += 1;
        self.seen += count as u64;
        self.spent += started.elapsed().saturating_sub(measured);
        if probing {
            self.measure(measured);
            self.observe();
        }
        self.look();
    }

    /// Writes what goes on inside at this step. It only reads.
    fn measure(&mut self, before: Duration) {
        let began = Instant::now();
        let (Some(recorder), Some(statistics), Some(folder)) =
            (&mut self.recorder, &mut self.statistics, &mut self.folder)
        else {
            return;
        };
        let gradients = self.system.gradients();
        self.system.probe(false);
        let written =
            folder.reach().and_then(|()| statistics.after(self.step, &self.system.weights(), &gradients));
        let device = self.device.clone().inner();
        let model = Held::home(self.system.model(), &device);
        let kl = importance::kl(&model, &self.dataset.train.head(SEEN_INSIDE), &device);
        let written = written.and_then(|()| kl.map_or(Ok(()), |kl| statistics.kl(self.step, &kl)));
        let written = written.and_then(|()| {
            let examples = examples(&model, &self.dataset.train, TAPPED, &device);
            let points = grid_points(&model, GRID.seed, TAPPED, 1.0, &examples);
            let mut taps = Vec::new();
            model.draw(&points, &device, &mut Watch::taps(&mut taps));
            if taps.is_empty() { Ok(()) } else { statistics.taps(self.step, taps) }
        });
        let recipe = self.entry.recipe;
        let of_g = gradients.iter().filter(|g| match &self.network {
            Some(network) => recipe.adversarial() && network.draws_by(&g.name),
            None => recipe.owns(Does::Draws, &g.name),
        });
        self.monitor.generator_gradient(of_g.map(|g| g.norm * g.norm).sum::<f32>().sqrt());
        recorder.charge(before + began.elapsed());
        self.noted("statistics", written);
    }

    /// Draws the samples of this step, where they are due; not a bit of the training depends on it.
    fn observe(&mut self) {
        let device = self.device.clone().inner();
        let (Some(recorder), Some(folder)) = (&mut self.recorder, &mut self.folder) else { return };
        let model = || Held::home(self.system.model(), &device);
        let drawn =
            folder.reach().and_then(|()| recorder.draw(self.step, &model(), &self.dataset.train, &device));
        if let Ok(Some(samples)) = &drawn {
            self.monitor.samples(samples.differ);
            folder.show(self.step, samples);
        }
        self.noted("samples", drawn.map(drop));
    }

    /// Lets the judge look at some samples, where that is due; not a bit of the training depends on it.
    fn look(&mut self) {
        let (Some(classes), Some(folder)) = (&mut self.classes, &mut self.folder) else { return };
        if !classes.due(self.step, self.spent) {
            return;
        }
        let device = self.device.clone().inner();
        let model = || Held::home(self.system.model(), &device);
        let data = &self.dataset.train;
        let looked = folder.reach().and_then(|()| classes.go_on(self.step, model, data, &device));
        if looked == Ok(true) {
            self.monitor.seen(&classes.seen());
        }
        // Between two rows nothing was written, so nothing is known of the folder.
        if looked != Ok(false) {
            self.noted("classes", looked.map(drop));
        }
    }

    /// Says once what fails, and once when nothing does any more.
    fn noted(&mut self, what: &'static str, result: Result<(), String>) {
        match result {
            Err(e) => {
                // One outage is one sentence, however many things it hits.
                let first = self.failing.is_empty();
                self.failing.insert(what);
                if first {
                    self.notices.push(Notice::Trouble(format!("{e}; training goes on and tries again")));
                }
            }
            Ok(()) => {
                if self.failing.remove(what) && self.failing.is_empty() {
                    self.notices.push(Notice::Recovered);
                }
            }
        }
    }

    /// What there is to say since the last call.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// Reads the losses of all steps since the last call, and appends them to the run's metrics. Where one is no number,
    /// the training goes back to its last good state: then there are no rows, and `first` is the step that follows it.
    pub fn metrics(&mut self) -> Metrics {
        self.record();
        if self.pending.is_empty() {
            return Metrics { first: self.step + 1, rows: Vec::new() };
        }
        let count = self.pending.len();
        let columns = self.recipe().losses.len();
        let values: Vec<f32> =
            Tensor::cat(std::mem::take(&mut self.pending), 0).into_data().iter::<f32>().collect();
        if values.iter().any(|v| !v.is_finite()) {
            self.go_back();
            return Metrics { first: self.step + 1, rows: Vec::new() };
        }
        let rows: Vec<Vec<f32>> = values.chunks(columns).map(<[f32]>::to_vec).collect();
        let metrics = Metrics { first: self.step + 1 - count as u64, rows };
        if let Some(folder) = &mut self.folder {
            let written = folder.append(&metrics);
            self.noted("metrics", written);
        }
        self.monitor.losses(metrics.first, &metrics.rows);
        if let Some(warnings) = self.monitor.look() {
            self.notices.push(Notice::Health(warnings));
        }
        if self.unproved.is_none() || self.snapped.elapsed() >= SNAPSHOT {
            self.snapshot();
        }
        metrics
    }

    /// Keeps the state of now; the one kept before is proved good by the losses since.
    fn snapshot(&mut self) {
        let now =
            Snapshot { step: self.step, seen: self.seen, spent: self.spent, system: self.system.fork() };
        if let Some(old) = self.unproved.replace(now)
            && old.step < self.step
        {
            self.good = old;
        }
        self.snapped = Instant::now();
    }

    fn go_back(&mut self) {
        let step = self.step;
        let Snapshot { step: back, seen, spent, .. } = self.good;
        self.system = self.good.system.fork();
        (self.step, self.seen, self.spent) = (back, seen, spent);
        self.order.settings = self.recorded().in_force(back);
        self.unproved = None;
        self.monitor.forget();
        if let Some(folder) = &mut self.folder {
            let rewound = folder.rewind(back);
            self.noted("metrics", rewound);
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.rewind(back);
        }
        if let Some(statistics) = &mut self.statistics {
            statistics.rewind(back);
        }
        if let Some(classes) = &mut self.classes {
            classes.rewind(back);
            self.monitor.seen(&classes.seen());
        }
        self.notices.push(Notice::Broken { step, back });
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
        let order = self.recorded();
        if let (true, Some(folder)) = (self.unrecorded, &mut self.folder) {
            let written = folder.record(&order);
            self.unrecorded = written.is_err();
            self.noted("order", written);
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
        self.folder.as_ref().map(RunFolder::path)
    }

    /// Trainable parameters and buffers of what is shown.
    pub fn parameters(&self) -> usize {
        let weights = self.system.weights();
        parameters(weights.iter().map(|(name, data)| (name.as_str(), data.num_elements())))
    }

    /// Metrics recorded before this session resumed the run.
    pub fn past(&self) -> Metrics {
        match &self.folder {
            Some(folder) if self.step > 0 => folder::read_metrics(folder.path(), self.step),
            _ => Metrics { first: 1, rows: Vec::new() },
        }
    }

    /// What a checkpoint of now says about itself.
    pub fn card(&self, importance: Vec<f32>, importance_is_kl: bool, opening: Vec<f32>) -> Card {
        Card {
            format: 1,
            recipe: self.order.recipe.clone(),
            settings: self.order.settings.clone(),
            shape: self.shape(),
            classes: self.facts.classes.clone(),
            columns: self.facts.columns.clone(),
            data: self.order.data.clone(),
            seed: self.order.seed,
            step: self.step,
            seen: self.seen,
            seconds: self.spent.as_secs_f64(),
            importance,
            importance_is_kl,
            opening,
            held: Values::new(),
            outputs: outputs(self.entry, &self.dataset.train),
            directions: Vec::new(),
            network: self.network.clone(),
        }
    }

    /// Everything needed to go on, with which dimensions matter (measured here and now).
    pub fn checkpoint(&self) -> Result<Checkpoint, String> {
        let model = self.model();
        let (probe, device) = (self.probe(), self.device.clone().inner());
        let (importance, is_kl) = importance::measure(&model, &probe, &device);
        let mut card = self.card(importance, is_kl, importance::opening(&model, &probe, &device));
        card.held = self.opening();
        let mut tensors: Tensors = self.system.weights().into_iter().collect();
        let finite = |d: &TensorData| d.dtype() != DType::F32 || d.iter::<f32>().all(f32::is_finite);
        if let Some((name, _)) = tensors.iter().find(|(_, d)| !finite(d)) {
            return Err(format!(
                "the weights of step {} are not saved, as {name} holds a value that is no number",
                self.step
            ));
        }
        tensors.extend(self.system.optimisers()?);
        Ok(Checkpoint { card, tensors })
    }

    /// Whether it is time to save.
    pub fn save_due(&self) -> bool {
        self.autosave.due()
    }

    /// Lets the run folder go once its last state is saved: it can be trained on, moved or deleted. The weights stay, for
    /// looking at; nothing more is written.
    pub fn close(&mut self) {
        if self.folder.is_none() || self.saved_step == Some(self.step) {
            self.closed = true;
            self.folder.iter_mut().for_each(RunFolder::release);
        }
    }

    /// Writes a checkpoint into the run folder, whole or not at all, unless that step is saved already; older ones are
    /// thinned.
    pub fn save(&mut self) -> Result<Option<PathBuf>, String> {
        let Some(folder) = self.folder.as_ref().filter(|_| !self.closed) else { return Ok(None) };
        let path = folder.checkpoint(self.step);
        self.record();
        let Some(folder) = &mut self.folder else { return Ok(None) };
        if self.saved_step == Some(self.step) && path.exists() {
            return Ok(Some(path));
        }
        let began = Instant::now();
        let reached = folder.reach();
        let written = reached.and_then(|()| self.checkpoint()).and_then(|c| c.write(&path));
        self.autosave.done(began.elapsed());
        written?;
        self.saved_step = Some(self.step);
        if let Some(folder) = &self.folder {
            folder.thin();
        }
        Ok(Some(path))
    }
}

/// How much the first pictures of a split differ: the mean over pairs of the root-mean-square difference (0–1).
fn differ(split: &Split) -> f32 {
    let few = split.pictures.len().min(COMPARED);
    let floats = |i: usize| -> Vec<f32> {
        split.pictures.get(i).unwrap_or_default().iter().map(|b| f32::from(*b) / 255.0).collect()
    };
    pairwise(&(0..few).map(floats).collect::<Vec<_>>())
}

/// A run's order and newest checkpoint that can be read; a damaged newest one falls back to the one before. A run that
/// was killed before its first save has none, and starts anew as it was ordered.
pub fn resume(run: &Path) -> Result<(TrainOrder, Option<Checkpoint>), String> {
    let order = folder::read_order(run)?;
    let mut first_error = None;
    for path in folder::checkpoints(run).iter().rev() {
        match Checkpoint::read(path) {
            Ok(checkpoint) => return Ok((order, Some(checkpoint))),
            Err(e) => {
                first_error.get_or_insert(e);
            }
        }
    }
    first_error.map_or(Ok((order, None)), Err)
}

/// The run that a checkpoint lies in.
pub fn run_of(checkpoint: &Path) -> Option<&Path> {
    checkpoint.parent().filter(|p| p.ends_with("checkpoints")).and_then(Path::parent)
}

fn endless(order: TrainOrder) -> TrainOrder {
    TrainOrder { steps: None, epochs: None, minutes: None, ..order }
}

/// What it takes to train `from` on until somebody stops it: a run folder, or a checkpoint. A checkpoint that is the
/// newest of its run goes on in that run's folder; of any other the training gets a folder of its own.
pub fn going_on(from: &Path) -> Result<(TrainOrder, Option<Checkpoint>), String> {
    let run = match run_of(from) {
        Some(run) if folder::checkpoints(run).last().is_some_and(|newest| newest == from) => Some(run),
        None if from.is_dir() => Some(from),
        _ => None,
    };
    if let Some(run) = run {
        let (order, checkpoint) = resume(run)?;
        return Ok((TrainOrder { out: Some(run.into()), resume: true, ..endless(order) }, checkpoint));
    }
    branch(from).map(|(order, checkpoint)| (order, Some(checkpoint)))
}

/// What it takes to train a checkpoint on in a run of its own, until somebody stops it (see [`tuning::begin`]). One that
/// lies in a run brings that run's past with it.
pub fn branch(from: &Path) -> Result<(TrainOrder, Checkpoint), String> {
    let run = run_of(from);
    let name = run.unwrap_or(from).file_stem().map_or(String::new(), |n| n.to_string_lossy().into_owned());
    tuning::begin(TrainOrder::default(), &name, run, weights::read(from)?)
}
