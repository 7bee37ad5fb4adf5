//! When a training is saved by itself: soon at first, when little has been invested and much happens, then on a clock,
//! and never so often that saving takes more than a twentieth of the time.
//!
//! Must not know: what is saved.

use std::time::{Duration, Instant};

/// A killed process loses no more training than this.
pub const EVERY: Duration = Duration::from_secs(60);
/// The first save; each later one waits twice as long.
const FIRST: Duration = Duration::from_secs(5);
/// A save waits so many times what the last one took.
const COST: u32 = 20;

/// The clock.
#[derive(Debug)]
pub struct Autosave {
    every: Duration,
    gap: Duration,
    last: Instant,
    cost: Duration,
}

impl Autosave {
    /// Every so many seconds; `None` = [`EVERY`].
    pub fn new(seconds: Option<f64>) -> Self {
        let every = seconds.map_or(EVERY, |s| Duration::from_secs_f64(s.clamp(0.01, 86_400.0)));
        Self { every, gap: FIRST.min(every), last: Instant::now(), cost: Duration::ZERO }
    }

    /// Whether it is time.
    pub fn due(&self) -> bool {
        self.last.elapsed() >= self.gap.max(self.cost * COST)
    }

    /// A save was tried, and took so long.
    pub fn done(&mut self, cost: Duration) {
        self.gap = (self.gap * 2).min(self.every);
        self.cost = cost;
        self.last = Instant::now();
    }
}
