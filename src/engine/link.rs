//! The two ends of the wire between a window (or a test, or the command line) and the engine: commands in,
//! events out, a newest-wins slot for what is wanted on the screen, and a channel for finished pictures.
//!
//! Must not know: Burn, egui.

use super::archive::{
    self,
    request::{Moment, MomentShown, Request},
};
use super::message::{Command, Event, Shown, Wanted};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A place for one value; putting a newer one forgets the older.
#[derive(Debug)]
pub struct Slot<T>(Arc<(Mutex<Inside<T>>, Condvar)>);

#[derive(Debug)]
struct Inside<T> {
    value: Option<T>,
    /// Somebody asked the waiter to look up, value or not.
    nudged: bool,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self(Arc::new((Mutex::new(Inside { value: None, nudged: false }), Condvar::new())))
    }
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, Inside<T>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a value in, over whatever was there, and wakes who waits.
    pub fn put(&self, value: T) {
        self.lock().value = Some(value);
        self.0.1.notify_one();
    }

    /// Wakes who waits although there is no new value.
    pub fn nudge(&self) {
        self.lock().nudged = true;
        self.0.1.notify_one();
    }

    /// Whether a value waits of which `holds` is true.
    pub fn waits(&self, holds: impl FnOnce(&T) -> bool) -> bool {
        self.lock().value.as_ref().is_some_and(holds)
    }

    /// Takes the value out, if there is one.
    pub fn take(&self) -> Option<T> {
        self.lock().value.take()
    }

    /// Takes the value out, waiting for one (or a nudge) at most `timeout`.
    pub fn take_within(&self, timeout: Duration) -> Option<T> {
        let nothing = |i: &mut Inside<T>| i.value.is_none() && !i.nudged;
        let (mut inside, _) = self
            .0
            .1
            .wait_timeout_while(self.lock(), timeout, nothing)
            .unwrap_or_else(PoisonError::into_inner);
        inside.nudged = false;
        inside.value.take()
    }
}

/// How soon the window should show what is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Somebody waits for it: repaint now.
    Asked,
    /// It changed by itself (training goes on): repaint at a rate whose cost stays small.
    Background,
}

/// Called by the engine when there is news: the window asks for a repaint.
pub type Wake = Arc<dyn Fn(News) + Send + Sync>;

/// The window's end.
pub struct Link {
    /// Commands to the engine.
    pub commands: Sender<Command>,
    /// Events from the engine; drain all of them each frame.
    pub events: Receiver<Event>,
    /// What is visible and so wanted.
    pub wanted: Slot<Wanted>,
    /// The same for the model that is compared with the explored one.
    pub compared: Slot<Wanted>,
    /// Finished pictures; drain all of them each frame and keep the newest of each kind.
    pub shown: Receiver<Shown>,
    /// Questions about recorded runs; they are answered by events. Nudge `moment` after one.
    pub asks: Sender<Request>,
    /// The moment of a run whose samples are wanted.
    pub moment: Slot<Moment>,
    /// Samples of such moments.
    pub moments: Receiver<MomentShown>,
}

/// The engine's end.
pub struct EngineEnd {
    /// Commands from the window. Disconnected = the window is gone: save and stop.
    pub commands: Receiver<Command>,
    /// Events to the window.
    pub events: Sender<Event>,
    /// What the window wants to see.
    pub wanted: Slot<Wanted>,
    /// The same for the model that is compared with the explored one.
    pub compared: Slot<Wanted>,
    /// Finished pictures.
    pub shown: Sender<Shown>,
    /// Tell the window that there is news.
    pub wake: Wake,
}

/// Makes both ends, and the archive's.
pub fn link(wake: Wake) -> (Link, EngineEnd, archive::End) {
    let (commands_in, commands) = channel();
    let (events, events_out) = channel();
    let (shown, shown_out) = channel();
    let (asks_in, asks) = channel();
    let (moments, moments_out) = channel();
    let (wanted, compared, moment) = (Slot::default(), Slot::default(), Slot::default());
    (
        Link {
            commands: commands_in,
            events: events_out,
            wanted: wanted.clone(),
            compared: compared.clone(),
            shown: shown_out,
            asks: asks_in,
            moment: moment.clone(),
            moments: moments_out,
        },
        EngineEnd { commands, events: events.clone(), wanted, compared, shown, wake: wake.clone() },
        archive::End { asks, moment, shown: moments, events, wake },
    )
}
