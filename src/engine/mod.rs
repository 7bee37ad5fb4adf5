//! The engine: trains and decodes on its own threads, and talks in plain values. The worker trains; the viewer draws
//! from immutable copies of the weights; a tool that takes its time has a thread of its own while it runs; the archive
//! reads what is recorded of runs.
//!
//! Must not know: egui, panels.

pub mod archive;
pub mod autosave;
pub mod begin;
pub mod classes;
pub mod data_loader;
pub mod device;
pub mod drive;
pub mod families;
pub mod folder;
pub mod good;
pub mod grid;
pub mod health;
pub mod judged;
pub mod link;
pub mod loader;
pub mod message;
pub mod observer;
pub mod open;
pub mod order;
pub mod points;
pub mod progress;
pub mod record;
pub mod resume;
pub mod schedule;
pub mod session;
pub mod source;
pub mod statistics;
pub mod table;
pub mod tap;
pub mod tensorboard;
pub mod tool;
pub mod tuning;
pub mod viewer;
pub mod worker;

pub use link::{Link, News, Wake};
pub use worker::{Config, ShippedModel};

/// A running engine. Dropping the [`Link`] ends it; `join` waits until a training was saved.
pub struct Engine {
    worker: std::thread::JoinHandle<()>,
}

impl Engine {
    /// Waits for the end, which comes when the link's commands are gone.
    pub fn join(self) {
        let _ = self.worker.join();
    }
}

/// Starts worker and viewers. `wake` is called whenever there is something new to show.
pub fn start(config: Config, wake: Wake) -> Result<(Link, Engine), String> {
    let (link, end, records) = link::link(wake);
    let (slot, second) = (viewer::SubjectSlot::default(), viewer::SubjectSlot::default());
    let say = |e: std::io::Error| format!("the engine's threads could not be started: {e}");
    // The compared model has a viewer of its own: neither waits for the other, and what fails in one leaves the other be.
    for (slot, wanted) in [(&slot, &end.wanted), (&second, &end.compared)] {
        let (shown, events) = (end.shown.clone(), end.events.clone());
        viewer::Viewer::spawn(slot.clone(), wanted.clone(), shown, events, end.wake.clone()).map_err(say)?;
    }
    archive::spawn(records).map_err(say)?;
    let worker = std::thread::Builder::new()
        .name("engine".into())
        .spawn(move || worker::Worker::new(end, [slot, second], config).run())
        .map_err(say)?;
    Ok((link, Engine { worker }))
}
