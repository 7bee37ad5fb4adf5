//! What the worker has others read meanwhile: data for the data page, or for a training that begins when it is read, and
//! foreign files, whose networks take seconds to be worked out.
//!
//! Must not know: egui, panels, formats.

use super::Worker;
use crate::data::{Dataset, Want};
use crate::engine::link::{News, Wake};
use crate::engine::loader::Loading;
use crate::engine::message::*;
use crate::nn::network::Network;
use crate::weights::{Checkpoint, infer, open};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// A foreign file that is being read on a thread of its own.
pub(super) struct Opening {
    path: PathBuf,
    result: Receiver<Result<Read, String>>,
}

/// A foreign file's model, and all networks that fit it.
pub(super) type Read = (Checkpoint, Vec<(String, Network)>);

impl Opening {
    pub(super) fn start(path: &Path, wake: Wake) -> Result<Self, String> {
        let (send, result) = channel();
        let file = path.to_path_buf();
        let body = move || {
            let read = open::foreign(&file).map(|(checkpoint, others)| {
                let own = checkpoint.card.network.as_deref().filter(|_| !others.is_empty());
                let own = own.map(|n| (infer::summary(n), n.clone()));
                (checkpoint, own.into_iter().chain(others).collect())
            });
            // Nobody waits for it where another file was opened since.
            let _ = send.send(read);
            wake(News::Asked);
        };
        let thread = std::thread::Builder::new().name("opener".into());
        thread
            .spawn(body)
            .map_err(|e| format!("no thread could be started to read {}: {e}", path.display()))?;
        Ok(Self { path: path.to_path_buf(), result })
    }

    /// What is said where the thread ended without a word.
    fn lost(&self) -> String {
        format!("reading {} failed inside; try another file", self.path.display())
    }
}

impl Worker {
    fn look_at_opening(&mut self) {
        let Some(opening) = &self.opening else { return };
        let result = match opening.result.try_recv() {
            Ok(result) => result,
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => Err(opening.lost()),
        };
        self.end_opening(result);
    }

    /// Waits for the file that is being opened, as what is ordered next is about it.
    pub(super) fn await_opening(&mut self) {
        let Some(opening) = &self.opening else { return };
        let result = opening.result.recv().unwrap_or_else(|_| Err(opening.lost()));
        self.end_opening(result);
    }

    fn end_opening(&mut self, result: Result<Read, String>) {
        let Some(path) = self.opening.as_ref().map(|o| o.path.clone()) else { return };
        self.close_opening();
        if let Err(e) = result.and_then(|read| self.opened(&path, read)) {
            self.fail(Place::Model, e);
        }
    }

    /// Nothing is waited for any more.
    pub(super) fn close_opening(&mut self) {
        if self.opening.take().is_some() {
            self.send(Event::Opening(None), News::Asked);
        }
    }

    pub(super) fn browse(&mut self, spec: &str, size: usize) -> Result<(), String> {
        let want = Want::square(size, None);
        let (events, wake, named) = (self.end.events.clone(), self.end.wake.clone(), spec.to_string());
        self.browsing = Some(Loading::start(spec, want, events, wake, |data| view(named, data))?);
        Ok(())
    }

    pub(super) fn cancel(&mut self) -> Result<(), String> {
        if let Some(loading) = &self.browsing {
            loading.cancel();
        }
        if let Some((_, _, loading)) = &self.preparing {
            loading.cancel();
        }
        Ok(())
    }

    pub(super) fn look_at_loads(&mut self) {
        self.look_at_opening();
        if let Some(result) = self.browsing.as_ref().and_then(Loading::poll) {
            self.browsing = None;
            match result {
                Ok(view) => self.send(Event::Data(view), News::Asked),
                Err(e) => self.fail(Place::Data, e),
            }
        }
        if let Some(result) = self.preparing.as_ref().and_then(|(_, _, l)| l.poll())
            && let Some((order, from, _)) = self.preparing.take()
        {
            let begun = result.and_then(|data| self.begin(order, from, data));
            if let Err(e) = begun {
                self.fail(Place::Train, e);
                self.report(News::Asked);
            }
        }
    }
}

/// A data set as the data page shows it. Counting it takes a fifth of a second for a large one, which the loading
/// thread has and a training has not.
fn view(spec: String, data: Dataset) -> DataView {
    let skipped = data.skipped.iter().map(|s| (s.path.display().to_string(), s.reason.clone())).collect();
    DataView {
        spec,
        title: data.title,
        test_count: data.test.pictures.len(),
        summary: Arc::new(crate::data::summary::Summary::new(&data.train)),
        train: Arc::new(data.train),
        skipped,
    }
}
