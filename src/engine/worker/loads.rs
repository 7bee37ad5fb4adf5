//! The worker's reading of data: for the data page, and for a training that begins when it is read.
//!
//! Must not know: egui, panels, formats.

use super::Worker;
use crate::data::{Dataset, Want};
use crate::engine::link::News;
use crate::engine::loader::Loading;
use crate::engine::message::*;
use std::sync::Arc;

impl Worker {
    pub(super) fn browse(&mut self, spec: &str, size: usize) -> Result<(), String> {
        let want = Want { size, channels: None };
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
