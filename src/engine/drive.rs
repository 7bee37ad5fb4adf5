//! The training loop, which the window and the command line share: one step after another, when losses are read, when the
//! state is saved, when a training holds or ends. They differ in what comes in between, and in where goes what is said.
//!
//! Must not know: messages, the terminal, how a step is made.

use super::progress::Metrics;
use super::session::{Notice, Session};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A session with the clock that losses are read by, and the steps that it may make.
pub struct Drive {
    /// The training.
    pub session: Session,
    every: Duration,
    read: Instant,
    /// Steps to make before holding; `None` = go on.
    allowance: Option<u64>,
    /// The setting to put back once these are made.
    after: Option<(String, f64)>,
}

/// What was read and noticed since the last time.
#[derive(Debug)]
pub struct Reading {
    /// Losses of the steps since.
    pub metrics: Metrics,
    /// What else there is to say.
    pub notices: Vec<Notice>,
}

impl Reading {
    /// Whether it can't just go on: a loss was no number, and the training is back at its last good state, or pictures
    /// can't be read.
    pub fn broken(&self) -> bool {
        self.notices.iter().any(|n| matches!(n, Notice::Broken { .. } | Notice::Unreadable(_)))
    }
}

/// What became of one turn of the loop.
#[derive(Debug, Default)]
pub struct Turn {
    /// What was read, where it was time.
    pub reading: Option<Reading>,
    /// What became of saving, where it was time.
    pub saved: Option<Result<Option<PathBuf>, String>>,
    /// Whether the allowed steps are made.
    pub held: bool,
    /// Whether the ordered end is reached.
    pub finished: bool,
}

impl Turn {
    /// See [`Reading::broken`].
    pub fn broken(&self) -> bool {
        self.reading.as_ref().is_some_and(Reading::broken)
    }
}

impl Drive {
    /// `every`: how often losses leave the device.
    pub fn new(session: Session, every: Duration) -> Self {
        Self { session, every, read: Instant::now(), allowance: None, after: None }
    }

    /// So many steps from now on, then it holds; `None` = no end but the order's.
    pub fn allow(&mut self, steps: Option<u64>) {
        self.allowance = steps;
    }

    /// One step with another value of a live setting, which has its own again after it.
    pub fn step_with(&mut self, name: String, value: f64) -> Result<(), String> {
        let before = self.session.order.settings.get(self.session.recipe(), &name);
        self.session.change(&name, value)?;
        (self.after, self.allowance) = (Some((name, before)), Some(1));
        Ok(())
    }

    /// One step, and what is due after it. Only a state whose losses proved to be numbers is saved; where the folder can't
    /// be written now, it may be there again later.
    pub fn turn(&mut self) -> Turn {
        if self.session.finished() {
            // A run that goes on at the end of its order has nothing left to do.
            let reading = Some(self.read());
            return Turn { reading, saved: Some(self.session.save()), held: false, finished: true };
        }
        self.session.advance();
        if let Some(left) = &mut self.allowance {
            *left = left.saturating_sub(1);
        }
        let mut turn = Turn { held: self.allowance == Some(0), ..Turn::default() };
        if turn.held {
            self.allowance = None;
            if let Some((name, value)) = self.after.take() {
                // It had this value before, so it is allowed.
                let _ = self.session.change(&name, value);
            }
        }
        turn.finished = self.session.finished();
        let due = turn.finished || self.session.save_due();
        if turn.held || due || self.read.elapsed() >= self.every {
            turn.reading = Some(self.read());
        }
        if turn.broken() {
            // It is back where it had not ended yet.
            turn.finished = self.session.finished();
        } else if due {
            turn.saved = Some(self.session.save());
        }
        turn
    }

    /// Reads the losses and notices since the last time.
    pub fn read(&mut self) -> Reading {
        self.read = Instant::now();
        Reading { metrics: self.session.metrics(), notices: self.session.notices() }
    }
}
