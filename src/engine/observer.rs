//! Looks on while a system trains, and writes what it sees into the run's folder: losses, samples, norms of layers, what a
//! judge says, warnings. It only reads: not a bit of the training depends on it.
//!
//! Must not know: how a step is made, who is told.

use super::classes::Classes;
use super::folder::RunFolder;
use super::grid::{GRID, given, grid_points};
use super::health::{Monitor, Warning};
use super::order::TrainOrder;
use super::progress::Metrics;
use super::record::{Recorder, pairwise};
use super::statistics::LayerStatistics;
use crate::data::Split;
use crate::metrics::importance;
use crate::nn::network::Network;
use crate::nn::{Gradient, Watch};
use crate::weights::Checkpoint;
use crate::zoo::{Does, Held, Recipe, Settings, System, adversarial};
use burn::tensor::{Device, TensorData};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Pictures that are compared to say how much those of the data differ.
const COMPARED: usize = 16;
/// Pictures that the KL of dimensions is measured on while training.
const SEEN_INSIDE: usize = 64;
/// Latents that layers' activations are measured on while training.
const TAPPED: usize = 4;

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
    /// The next pictures can't be read, so that no step was made.
    Unreadable(String),
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

/// Where a training stands, to look at.
pub struct Sight<'a> {
    /// Optimiser steps made.
    pub step: u64,
    /// Training time.
    pub spent: Duration,
    /// What trains.
    pub system: &'a dyn System,
    /// What it trains on.
    pub train: &'a Split,
    /// Where pictures are drawn, without autodiff.
    pub device: &'a Device,
}

impl Sight<'_> {
    fn model(&self) -> Held {
        Held::home(self.system.model(), self.device)
    }
}

/// What writes into the folder of a recorded run.
struct Record {
    folder: RunFolder,
    recorder: Recorder,
    statistics: LayerStatistics,
    classes: Option<Classes>,
}

/// Who looks on.
pub struct Observer {
    recipe: &'static Recipe,
    /// `None`: nothing is recorded.
    record: Option<Record>,
    monitor: Monitor,
    /// What of the folder fails now.
    failing: BTreeSet<&'static str>,
    notices: Vec<Notice>,
}

impl Observer {
    /// `folder`: of a run that is recorded, from this step on.
    pub fn new(
        recipe: &'static Recipe,
        folder: Option<RunFolder>,
        train: &Split,
        (step, spent): (u64, Duration),
        notices: Vec<Notice>,
    ) -> Self {
        let record = folder.map(|folder| Record {
            recorder: Recorder::new(folder.path(), step, spent),
            statistics: LayerStatistics::new(folder.path(), step),
            classes: None,
            folder,
        });
        let monitor = Monitor::new(recipe, differ(train));
        Self { recipe, record, monitor, failing: BTreeSet::new(), notices }
    }

    /// The run's folder.
    pub fn folder(&self) -> Option<&RunFolder> {
        self.record.as_ref().map(|r| &r.folder)
    }

    /// The same, to write a checkpoint into, or to let it go.
    pub fn folder_mut(&mut self) -> Option<&mut RunFolder> {
        self.record.as_mut().map(|r| &mut r.folder)
    }

    /// From now on a judge says which classes the samples show, where anything is recorded. Fails when it can't be opened.
    pub fn judged_by(
        &mut self,
        judge: &Checkpoint,
        step: u64,
        spent: Duration,
        device: &Device,
    ) -> Result<(), String> {
        let Some(record) = &mut self.record else { return Ok(()) };
        let classes = Classes::new(record.folder.path(), step, spent, judge, device)?;
        self.monitor.seen(&classes.seen());
        record.classes = Some(classes);
        Ok(())
    }

    /// Whether samples and norms are to be recorded at that step.
    pub fn due(&self, step: u64, spent: Duration) -> bool {
        self.record.as_ref().is_some_and(|r| r.recorder.due(step, spent))
    }

    /// Keeps the weights before a step whose norms are recorded.
    pub fn before(&mut self, weights: Vec<(String, TensorData)>) {
        if let Some(record) = &mut self.record {
            record.statistics.before(weights);
        }
    }

    /// Writes what goes on inside at this step, by the gradients of its losses. `network`: what trains, where that is no
    /// recipe's; `before`: what it took to keep the weights.
    pub fn measure(
        &mut self,
        now: &Sight<'_>,
        gradients: &[Gradient],
        network: Option<&Network>,
        before: Duration,
    ) {
        let began = Instant::now();
        let Some(Record { folder, recorder, statistics, .. }) = &mut self.record else { return };
        let written =
            folder.reach().and_then(|()| statistics.after(now.step, &now.system.weights(), gradients));
        let (model, device) = (now.model(), now.device);
        let kl = importance::kl(&model, &now.train.head(SEEN_INSIDE), device);
        let written = written.and_then(|()| kl.map_or(Ok(()), |kl| statistics.kl(now.step, &kl)));
        let written = written.and_then(|()| {
            let given = given(&model, now.train, TAPPED, device);
            let points = grid_points(&model, GRID.seed, TAPPED, 1.0, &given);
            let mut taps = Vec::new();
            model.draw(&points, device, &mut Watch::taps(&mut taps));
            if taps.is_empty() { Ok(()) } else { statistics.taps(now.step, taps) }
        });
        let recipe = self.recipe;
        let of_g = gradients.iter().filter(|g| match network {
            Some(network) => recipe.adversarial() && network.draws_by(&g.name),
            None => recipe.owns(Does::Draws, &g.name),
        });
        self.monitor.generator_gradient(of_g.map(|g| g.norm * g.norm).sum::<f32>().sqrt());
        recorder.charge(before + began.elapsed());
        self.noted("statistics", written);
    }

    /// Draws and records the samples of this step.
    pub fn samples(&mut self, now: &Sight<'_>) {
        let Some(Record { folder, recorder, .. }) = &mut self.record else { return };
        let drawn =
            folder.reach().and_then(|()| recorder.draw(now.step, &now.model(), now.train, now.device));
        if let Ok(Some(samples)) = &drawn {
            self.monitor.samples(samples.differ);
            folder.show(now.step, samples);
        }
        self.noted("samples", drawn.map(drop));
    }

    /// Lets the judge look at some samples, where that is due.
    pub fn look(&mut self, now: &Sight<'_>) {
        let Some(Record { folder, classes: Some(classes), .. }) = &mut self.record else { return };
        if !classes.due(now.step, now.spent) {
            return;
        }
        let looked =
            folder.reach().and_then(|()| classes.go_on(now.step, || now.model(), now.train, now.device));
        if looked == Ok(true) {
            self.monitor.seen(&classes.seen());
        }
        // Between two rows nothing was written, so nothing is known of the folder.
        if looked != Ok(false) {
            self.noted("classes", looked.map(drop));
        }
    }

    /// Appends losses that are numbers, made under these settings, to the run's metrics, and says what is wrong now.
    pub fn losses(&mut self, metrics: &Metrics, settings: &Settings) {
        if let Some(record) = &mut self.record {
            let written = record.folder.append(metrics);
            self.noted("metrics", written);
        }
        self.monitor.plays(adversarial::game(self.recipe, settings));
        self.monitor.losses(metrics.first, &metrics.rows);
        if let Some(warnings) = self.monitor.look() {
            self.notices.push(Notice::Health(warnings));
        }
    }

    /// Writes the order into the run's folder; whether it is there now.
    pub fn order(&mut self, order: &TrainOrder) -> bool {
        let Some(record) = &mut self.record else { return true };
        let written = record.folder.record(order);
        let there = written.is_ok();
        self.noted("order", written);
        there
    }

    /// The training entered another phase, whose losses are not to be judged by those before.
    pub fn entered(&mut self) {
        self.monitor.begin_anew();
    }

    /// The training went back to an earlier step: what was written since goes.
    pub fn rewind(&mut self, back: u64) {
        self.monitor.forget();
        let Some(Record { folder, recorder, statistics, classes }) = &mut self.record else { return };
        let rewound = folder.rewind(back);
        recorder.rewind(back);
        statistics.rewind(back);
        if let Some(classes) = classes {
            classes.rewind(back);
            self.monitor.seen(&classes.seen());
        }
        self.noted("metrics", rewound);
    }

    /// There is something to say.
    pub fn say(&mut self, notice: Notice) {
        self.notices.push(notice);
    }

    /// What there is to say since the last call.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
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
}

/// How much the first pictures of a split differ: the mean over pairs of the root-mean-square difference (0–1).
fn differ(split: &Split) -> f32 {
    let few = split.pictures.len().min(COMPARED);
    let floats = |i: usize| -> Vec<f32> {
        split.pictures.get(i).unwrap_or_default().iter().map(|b| f32::from(*b) / 255.0).collect()
    };
    pairwise(&(0..few).map(floats).collect::<Vec<_>>())
}
