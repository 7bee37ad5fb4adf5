//! The worker's training: begins, steps, holds, changes and saves it, and tells the window where it stands.
//!
//! Must not know: egui, panels, how a step is made.

use super::{Training, Worker};
use crate::data::Dataset;
use crate::engine::drive::{Drive, Reading};
use crate::engine::judged;
use crate::engine::link::News;
use crate::engine::loader::Loading;
use crate::engine::message::*;
use crate::engine::points;
use crate::engine::session::{self, Notice, Session};
use crate::engine::tuning;
use crate::weights::Checkpoint;
use crate::zoo;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often scalars leave the device and the window hears of progress.
const TICK: Duration = Duration::from_millis(100);
/// How often the window hears what D says of single pictures, while steps are too quick to be followed.
const JUDGED: Duration = Duration::from_millis(500);
/// Rates are taken over this much training.
const WINDOW: Duration = Duration::from_secs(4);

impl Worker {
    fn free(&self) -> Result<(), String> {
        let busy = self.training.as_ref().is_some_and(|t| matches!(t.phase, Phase::Running | Phase::Paused));
        if busy || self.preparing.is_some() {
            return Err("a training is under way; stop it first".into());
        }
        Ok(())
    }

    /// Trains a checkpoint on; `data`: the SPEC of where its data is now.
    pub(super) fn go_on(
        &mut self,
        from: &Path,
        data: Option<String>,
        out: Option<PathBuf>,
    ) -> Result<(), String> {
        self.free()?;
        let (order, checkpoint) = session::going_on(from)?;
        let (out, data) = (order.out.clone().or(out), data.unwrap_or_else(|| order.data.clone()));
        self.read_for(TrainOrder { out, data, ..order }, checkpoint)
    }

    pub(super) fn branch(&mut self, from: &Path, out: Option<PathBuf>) -> Result<(), String> {
        self.free()?;
        let (order, checkpoint) = session::branch(from)?;
        self.read_for(TrainOrder { out, ..order }, Some(checkpoint))
    }

    /// Trains the explored model on, as it is, with the settings that were chosen for its network.
    pub(super) fn tune(&mut self, asked: TrainOrder) -> Result<(), String> {
        self.free()?;
        let explored = self.explored.as_ref().ok_or("there is no model to train on; open one first")?;
        let info = &explored.info;
        let checkpoint = match (&explored.checkpoint, &self.training) {
            (Some(checkpoint), _) => checkpoint.clone(),
            (None, Some(training)) => training.drive.session.checkpoint()?,
            (None, None) => return Err("there is no model to train on; open one first".into()),
        };
        let run = match &info.source {
            Source::File(path) => session::run_of(path),
            _ => None,
        };
        let (order, checkpoint) = tuning::begin(asked, &info.name, run, checkpoint)?;
        self.read_for(order, Some(checkpoint))
    }

    pub(super) fn prepare(&mut self, order: TrainOrder) -> Result<(), String> {
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

    pub(super) fn begin(
        &mut self,
        order: TrainOrder,
        from: Option<Checkpoint>,
        data: Dataset,
    ) -> Result<(), String> {
        let mut session = Session::new(order, Arc::new(data), &self.device.device, from, true)?;
        if let Some(judge) = (self.config.judge)(&session.shape())? {
            session.judged_by(&judge)?;
        }
        let id = self.new_id();
        let past = session.past();
        let world = points::world(&session.order.data).map(Arc::new);
        self.training = Some(Training {
            drive: Drive::new(session, TICK),
            id,
            phase: Phase::Running,
            world,
            recent: VecDeque::new(),
            judged: Instant::now(),
            saved: None,
        });
        self.send(Event::Metrics(past), News::Asked);
        self.send(Event::Health(Vec::new()), News::Background);
        if let Some(order) = self.training.as_ref().map(|t| t.drive.session.order.clone()) {
            self.send(Event::Began(order), News::Background);
        }
        let notices = self.training.as_mut().map(|t| t.drive.session.notices());
        self.pass_on(notices.unwrap_or_default());
        self.watch()?;
        self.report(News::Asked);
        Ok(())
    }

    /// One turn of the training loop, and what the window hears of it.
    pub(super) fn advance(&mut self) {
        let Some(training) = &mut self.training else { return };
        let turn = training.drive.turn();
        if turn.held {
            training.phase = Phase::Paused;
        }
        let news = if turn.held || turn.finished { News::Asked } else { News::Background };
        if let Some(reading) = turn.reading {
            self.tell(reading, news);
        }
        if turn.finished
            && let Some(training) = &mut self.training
        {
            training.phase = Phase::Finished;
        }
        if turn.held || turn.finished || self.slot.hungry() {
            self.lend();
        }
        let held = self.training.as_ref().is_some_and(|t| t.phase != Phase::Running);
        let followed = held || turn.finished || self.slow.is_some();
        self.tell_judged(followed, news);
        if let Some(saved) = turn.saved {
            self.saved(saved);
        }
        if turn.finished {
            // Only now: who hears of the end may go on with the run, or bin it.
            self.report(News::Asked);
        }
    }

    /// Tells the window what D said of the last step's pictures: of each step that can be followed (`now`), else now and then.
    fn tell_judged(&mut self, now: bool, news: News) {
        let Some(training) = &mut self.training else { return };
        if !now && training.judged.elapsed() < JUDGED {
            return;
        }
        training.judged = Instant::now();
        let session = &training.drive.session;
        // None where there is no D, or no step since the training went back.
        let shown = session.judged().and_then(|j| judged::shown(training.id, session.step, j).ok());
        if shown.is_some() || now {
            self.send(Event::Judged(shown), news);
        }
    }

    /// Reads scalars and tells the window, whatever the clock says.
    pub(super) fn tick(&mut self, news: News) {
        let Some(training) = &mut self.training else { return };
        let reading = training.drive.read();
        self.tell(reading, news);
    }

    /// Tells the window what was read of the training.
    fn tell(&mut self, reading: Reading, news: News) {
        let Some(training) = &mut self.training else { return };
        let session = &training.drive.session;
        training.recent.push_back((session.spent, session.step, session.seen));
        while training.recent.len() > 2
            && training.recent.front().is_some_and(|(t, ..)| session.spent.saturating_sub(*t) > WINDOW)
        {
            training.recent.pop_front();
        }
        self.send(Event::Metrics(reading.metrics), news);
        self.pass_on(reading.notices);
        self.report(news);
    }

    /// Tells the window what the training says besides its losses.
    fn pass_on(&mut self, notices: Vec<Notice>) {
        for notice in notices {
            match notice {
                Notice::Trouble(message) => self.fail(Place::Train, message),
                Notice::Recovered => self.send(Event::Recovered(Place::Train), News::Asked),
                Notice::Changed { name, value } => self.send(Event::Changed { name, value }, News::Asked),
                Notice::Fresh(note) => self.send(Event::Note(note), News::Asked),
                Notice::Health(warnings) => self.send(Event::Health(warnings), News::Asked),
                Notice::Unreadable(message) => {
                    if let Some(training) = &mut self.training {
                        training.phase = Phase::Paused;
                        training.drive.allow(None);
                    }
                    self.fail(Place::Train, format!("{message}; the training is held"));
                }
                Notice::Broken { step, back } => {
                    if let Some(training) = &mut self.training {
                        training.phase = Phase::Paused;
                        training.drive.allow(None);
                        // Rates of steps that are gone are those of no time.
                        training.recent.clear();
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

    pub(super) fn report(&self, news: News) {
        let Some(t) = &self.training else {
            let phase = if self.preparing.is_some() { Phase::Preparing } else { Phase::Idle };
            self.send(Event::Progress(Progress { phase, ..Default::default() }), news);
            return;
        };
        let s = &t.drive.session;
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
            stage: s.phase().into(),
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

    pub(super) fn hold(&mut self) -> Result<(), String> {
        let training = self.training.as_mut().ok_or("nothing is being trained")?;
        if training.phase == Phase::Running {
            training.phase = Phase::Paused;
            training.recent.clear();
        }
        self.tick(News::Asked);
        self.tell_judged(true, News::Asked);
        self.save_training();
        self.lend();
        Ok(())
    }

    pub(super) fn go(&mut self, allowance: Option<u64>) -> Result<(), String> {
        let training = self.training.as_mut().ok_or("nothing is being trained; start a training first")?;
        if training.phase == Phase::Finished {
            return Err("this training has ended; start another, or resume its run with a later end".into());
        }
        training.phase = Phase::Running;
        training.drive.allow(allowance);
        self.report(News::Asked);
        self.lend();
        Ok(())
    }

    pub(super) fn step_with(&mut self, name: String, value: f64) -> Result<(), String> {
        let training = self.training.as_mut().ok_or("nothing is being trained; start a training first")?;
        if training.phase != Phase::Paused {
            return Err("pause the training before stepping".into());
        }
        training.drive.step_with(name, value)?;
        training.phase = Phase::Running;
        self.report(News::Asked);
        self.lend();
        Ok(())
    }

    pub(super) fn stop(&mut self) -> Result<(), String> {
        if self.preparing.take().is_some() {
            self.report(News::Asked);
            return Ok(());
        }
        let training = self.training.as_mut().ok_or("nothing is being trained")?;
        training.phase = Phase::Paused;
        self.tick(News::Background);
        if let Some(training) = &mut self.training {
            training.phase = Phase::Finished;
        }
        self.tell_judged(true, News::Asked);
        self.save_training();
        self.lend();
        // Only now: who hears of the end may go on with the run, or bin it.
        self.report(News::Asked);
        Ok(())
    }

    pub(super) fn set(&mut self, name: &str, value: f64) -> Result<(), String> {
        let training = self.training.as_mut().ok_or("nothing is being trained")?;
        training.drive.session.change(name, value)?;
        let notices = training.drive.session.notices();
        self.pass_on(notices);
        self.report(News::Asked);
        Ok(())
    }

    pub(super) fn begin_phase(&mut self, name: &str) -> Result<(), String> {
        let training = self.training.as_mut().ok_or("nothing is being trained; start a training first")?;
        training.drive.session.begin_phase(name)?;
        self.report(News::Asked);
        Ok(())
    }

    /// Saves the training where it stands, if it moved since the last time.
    pub(super) fn save_training(&mut self) {
        let Some(training) = &mut self.training else { return };
        let saved = training.drive.session.save();
        self.saved(saved);
    }

    /// Tells the window what became of saving; a training that has ended lets its folder go.
    fn saved(&mut self, saved: Result<Option<PathBuf>, String>) {
        let Some(training) = &mut self.training else { return };
        if training.phase == Phase::Finished {
            training.drive.session.close();
        }
        match saved {
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
        let notices = self.training.as_mut().map(|t| t.drive.session.notices());
        self.pass_on(notices.unwrap_or_default());
    }
}
