//! One training: a system, its data, its place in both, and the folder it is recorded in. Single-threaded and
//! free of messages, so that the window, the command line and the tests drive the very same steps.
//!
//! Must not know: who watches.

use super::feeder::{self, Feeder};
use super::folder::{self, RunFolder};
use super::message::{Metrics, TrainOrder};
use crate::data::{Dataset, Split, Want};
use crate::metrics::importance;
use crate::nn::{Noise, Tensors};
use crate::weights::{Card, Checkpoint};
use crate::zoo::{self, Entry, Family, Model, Settings, Shape, System};
use burn::tensor::{Device, Tensor};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pictures that dimensions' importance is measured on.
const PROBE: usize = 256;

/// A training that is ready to step.
pub struct Session {
    /// The order, with `out` filled in.
    pub order: TrainOrder,
    /// What is trained on.
    pub dataset: Arc<Dataset>,
    /// Pictures the system was built for.
    pub shape: Shape,
    /// Optimiser steps made.
    pub step: u64,
    /// Pictures seen.
    pub seen: u64,
    /// Training time so far, pauses left out.
    pub spent: Duration,
    entry: &'static Entry,
    system: Box<dyn System>,
    feeder: Feeder,
    device: Device,
    /// Losses of the newest steps, still on the device.
    pending: Vec<Tensor<1>>,
    folder: Option<RunFolder>,
}

/// What of the data a recipe wants, by its settings.
pub fn want(entry: &Entry, settings: &Settings) -> Want {
    let channels = settings.count(entry.recipe, "channels");
    Want { size: settings.count(entry.recipe, "size"), channels: (channels > 0).then_some(channels) }
}

/// What a classifier's outputs stand for with this data; empty for other systems.
fn outputs(entry: &Entry, train: &Split) -> Vec<String> {
    match (entry.recipe.family, train.classes()) {
        (Family::Classifier, Some((names, _))) if names.len() > 1 => names.to_vec(),
        (Family::Classifier, _) => train.binary().iter().map(|a| a.name.clone()).collect(),
        _ => Vec::new(),
    }
}

impl Session {
    /// Builds the system for the data, or takes it from `from` (resuming). With `record`, in a run folder.
    pub fn new(
        mut order: TrainOrder,
        dataset: Arc<Dataset>,
        device: &Device,
        from: Option<Checkpoint>,
        record: bool,
    ) -> Result<Self, String> {
        let entry = zoo::find(&order.recipe)?;
        order.settings.check(entry.recipe)?;
        if dataset.train.pictures.is_empty() {
            return Err(format!("{} holds no pictures to train on", dataset.title));
        }
        let shape = feeder::shape(&dataset.train);
        let mut system = (entry.build)(shape, &order.settings, order.seed, device)?;
        let (mut step, mut seen, mut seconds) = (0, 0, 0.0);
        if let Some(Checkpoint { card, tensors }) = from {
            if !card.shape.fits(&shape) || card.shape.classes != shape.classes {
                return Err("the checkpoint was trained on pictures of another size or kind".into());
            }
            if !card.outputs.is_empty() && card.outputs != outputs(entry, &dataset.train) {
                return Err(format!(
                    "the checkpoint was trained to tell {}, and this data has other labels",
                    card.outputs.join(", ")
                ));
            }
            system.restore(&tensors)?;
            (step, seen, seconds) = (card.step, card.seen, card.seconds);
        }
        let folder = if record {
            let path = order.out.clone().unwrap_or_else(|| folder::fresh(&order.recipe));
            order.out = Some(path.clone());
            let losses: Vec<_> = entry.recipe.losses.iter().map(|l| l.name).collect();
            Some(RunFolder::open(&path, &order, &losses, step)?)
        } else {
            None
        };
        let train = Arc::new(dataset.train.clone());
        Ok(Self {
            feeder: Feeder::new(train, order.seed),
            order,
            dataset,
            shape,
            step,
            seen,
            spent: Duration::from_secs_f64(seconds),
            entry,
            system,
            device: device.clone().autodiff(),
            pending: Vec::new(),
            folder,
        })
    }

    /// What the system declares.
    pub fn recipe(&self) -> &'static zoo::Recipe {
        self.entry.recipe
    }

    /// One optimiser step. Its losses stay on the device until [`Session::metrics`].
    pub fn advance(&mut self) {
        let started = Instant::now();
        let count = self.order.settings.count(self.recipe(), "batch");
        let batch = self.feeder.batch(self.seen, count, &self.device);
        let mut noise = Noise::new(self.order.seed, self.step);
        let losses = self.system.step(&batch, &mut noise, &self.order.settings);
        self.pending.push(losses);
        self.step += 1;
        self.seen += count as u64;
        self.spent += started.elapsed();
    }

    /// Reads the losses of all steps since the last call, and appends them to the run's metrics.
    pub fn metrics(&mut self) -> (Metrics, Result<(), String>) {
        if self.pending.is_empty() {
            return (Metrics { first: self.step + 1, rows: Vec::new() }, Ok(()));
        }
        let count = self.pending.len();
        let columns = self.recipe().losses.len();
        let values: Vec<f32> =
            Tensor::cat(std::mem::take(&mut self.pending), 0).into_data().iter::<f32>().collect();
        let rows = values.chunks(columns).map(<[f32]>::to_vec).collect();
        let metrics = Metrics { first: self.step + 1 - count as u64, rows };
        let written = self.folder.as_mut().map_or(Ok(()), |f| f.append(&metrics));
        (metrics, written)
    }

    /// Passes over the data made.
    pub fn epoch(&self) -> f64 {
        self.seen as f64 / self.feeder.len() as f64
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

    /// The weights of now, for looking at.
    pub fn model(&self) -> Box<dyn Model> {
        self.system.model()
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
            shape: self.shape,
            data: self.order.data.clone(),
            seed: self.order.seed,
            step: self.step,
            seen: self.seen,
            seconds: self.spent.as_secs_f64(),
            importance,
            importance_is_kl,
            opening,
            outputs: outputs(self.entry, &self.dataset.train),
        }
    }

    /// Everything needed to go on, with which dimensions matter (measured here and now).
    pub fn checkpoint(&self) -> Result<Checkpoint, String> {
        let model = self.model();
        let (probe, device) = (self.probe(), self.device.clone().inner());
        let (importance, is_kl) = importance::measure(&*model, &probe, &device);
        let card = self.card(importance, is_kl, importance::opening(&*model, &probe, &device));
        let mut tensors: Tensors = self.system.weights().into_iter().collect();
        tensors.extend(self.system.optimisers()?);
        Ok(Checkpoint { card, tensors })
    }

    /// Writes a checkpoint into the run folder, whole or not at all; older ones are thinned.
    pub fn save(&self) -> Result<Option<PathBuf>, String> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let path = folder.checkpoint(self.step);
        self.checkpoint()?.write(&path)?;
        folder.thin();
        Ok(Some(path))
    }
}

/// Parameters of the model that is shown: optimiser state, batch norm's statistics and the averaged copy's
/// twin do not count.
pub fn parameters<'a>(tensors: impl Iterator<Item = (&'a str, usize)>) -> usize {
    let counted = |name: &str| {
        !name.starts_with("optimizer.") && !name.starts_with("generator_ema.") && !name.contains("running_")
    };
    tensors.filter(|(name, _)| counted(name)).map(|(_, n)| n).sum()
}

/// A resumed run keeps its recipe, data, seed and settings; the new order brings its end and what it sets.
pub fn continued(asked: TrainOrder, recorded: TrainOrder) -> TrainOrder {
    let mut settings = recorded.settings.clone();
    settings.0.extend(asked.settings.0.clone());
    let named_end = asked.steps.is_some() || asked.epochs.is_some() || asked.minutes.is_some();
    let end = if named_end { &asked } else { &recorded };
    let (steps, epochs, minutes) = (end.steps, end.epochs, end.minutes);
    TrainOrder { settings, steps, epochs, minutes, out: asked.out, resume: true, ..recorded }
}

/// A run's order and newest checkpoint that can be read; a damaged newest one falls back to the one before.
pub fn resume(run: &Path) -> Result<(TrainOrder, Checkpoint), String> {
    let order = folder::read_order(run)?;
    let mut first_error = None;
    for path in folder::checkpoints(run).iter().rev() {
        match Checkpoint::read(path) {
            Ok(checkpoint) => return Ok((order, checkpoint)),
            Err(e) => {
                first_error.get_or_insert(e);
            }
        }
    }
    Err(first_error.unwrap_or_else(|| format!("{} holds no checkpoint to resume from", run.display())))
}

/// What it takes to train `from` on until somebody stops it: a run folder, or a checkpoint. A checkpoint that is the
/// newest of its run goes on in that run's folder; of any other the training gets a folder of its own.
pub fn going_on(from: &Path) -> Result<(TrainOrder, Checkpoint), String> {
    let endless = |order: TrainOrder| TrainOrder { steps: None, epochs: None, minutes: None, ..order };
    let run = match from.parent().filter(|p| p.ends_with("checkpoints")).and_then(Path::parent) {
        Some(run) if folder::checkpoints(run).last().is_some_and(|newest| newest == from) => Some(run),
        None if from.is_dir() => Some(from),
        _ => None,
    };
    if let Some(run) = run {
        let (order, checkpoint) = resume(run)?;
        return Ok((TrainOrder { out: Some(run.into()), resume: true, ..endless(order) }, checkpoint));
    }
    let checkpoint = Checkpoint::read(from)?;
    if !checkpoint.resumable() {
        return Err(format!(
            "{} holds no optimiser state, so its training can't go on; choose a checkpoint of a run",
            from.display()
        ));
    }
    let Card { recipe, settings, data, seed, .. } = checkpoint.card.clone();
    Ok((TrainOrder { recipe, settings, data, seed, ..TrainOrder::default() }, checkpoint))
}

/// The model of a checkpoint, for looking at.
pub fn open(checkpoint: &Checkpoint, device: &Device) -> Result<Box<dyn Model>, String> {
    let Card { recipe, settings, shape, seed, .. } = &checkpoint.card;
    let entry = zoo::find(recipe)?;
    settings.check(entry.recipe)?;
    let mut system = (entry.build)(*shape, settings, *seed, device)?;
    let mut weights = checkpoint.clone().stripped();
    system.restore(&std::mem::take(&mut weights.tensors))?;
    Ok(system.model())
}
