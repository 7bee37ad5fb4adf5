//! States that a training can go back to: the newest one that later losses proved good, and one that waits for its proof.
//!
//! Must not know: losses, files.

use crate::zoo::System;
use std::time::{Duration, Instant};

/// How often a copy of the state is taken.
const GAP: Duration = Duration::from_secs(1);

/// Where a training stood.
pub struct State {
    /// Optimiser steps made.
    pub step: u64,
    /// The recipe's phase that it was in.
    pub phase: usize,
    /// Pictures seen.
    pub seen: u64,
    /// Training time.
    pub spent: Duration,
    /// Weights and optimisers; shared with the training until one side changes them.
    pub system: Box<dyn System>,
}

/// The states that are kept.
pub struct GoodStates {
    good: State,
    unproved: Option<State>,
    taken: Instant,
}

impl GoodStates {
    /// The first state is good: nothing has been learnt that could have gone wrong.
    pub fn new(first: State) -> Self {
        Self { good: first, unproved: None, taken: Instant::now() }
    }

    /// Losses up to now are numbers: keeps the state of now where it is time; the one kept before is proved good by the
    /// losses since.
    pub fn keep(&mut self, now: impl FnOnce() -> State) {
        if self.unproved.is_some() && self.taken.elapsed() < GAP {
            return;
        }
        let now = now();
        let step = now.step;
        if let Some(old) = self.unproved.replace(now)
            && old.step < step
        {
            self.good = old;
        }
        self.taken = Instant::now();
    }

    /// A copy of the newest state that is known to be good; what was kept since is forgotten.
    pub fn back(&mut self) -> State {
        self.unproved = None;
        State { system: self.good.system.fork(), ..self.good }
    }
}
