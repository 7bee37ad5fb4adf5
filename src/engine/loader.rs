//! Reads data sets on a thread of its own, with progress and Cancel.
//!
//! Must not know: Burn, what the data is for.

use super::link::{News, Wake};
use super::message::Event;
use crate::data::{DataError, Dataset, Job, Spec, Want};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A load that is under way, of what is made of a data set. Dropping it cancels it.
pub struct Loading<T> {
    cancel: Arc<AtomicBool>,
    result: Receiver<Result<T, DataError>>,
}

impl<T> Drop for Loading<T> {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

impl<T: Send + 'static> Loading<T> {
    /// Starts to read; `finish` makes of the data set what is wanted, on the loading thread too. Fails at once when the
    /// SPEC is not one.
    pub fn start(
        spec: &str,
        want: Want,
        events: Sender<Event>,
        wake: Wake,
        finish: impl FnOnce(Dataset) -> T + Send + 'static,
    ) -> Result<Self, String> {
        let parsed: Spec = spec.parse().map_err(|e: DataError| e.to_string())?;
        let cancel = Arc::new(AtomicBool::new(false));
        let (send, result) = channel();
        let (text, flag) = (spec.to_string(), cancel.clone());
        let body = move || {
            let started = Instant::now();
            let last = AtomicU64::new(0);
            let events = Mutex::new(events);
            let progress = |done: usize, total: usize| {
                // About ten times a second is all a progress bar can show.
                let now = started.elapsed().as_millis() as u64;
                let before = last.load(Ordering::Relaxed);
                if now >= before + 100
                    && last.compare_exchange(before, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
                    && let Ok(events) = events.lock()
                {
                    let _ = events.send(Event::Loading { spec: text.clone(), done, total });
                    wake(News::Background);
                }
            };
            let job = Job { progress: &progress, cancel: &flag };
            let _ = send.send(parsed.load(want, &job).map(finish));
            wake(News::Asked);
        };
        std::thread::Builder::new()
            .name("loader".into())
            .spawn(body)
            .map_err(|e| format!("no thread could be started to read data: {e}"))?;
        Ok(Self { cancel, result })
    }

    /// The result, once it is there.
    pub fn poll(&self) -> Option<Result<T, String>> {
        match self.result.try_recv() {
            Ok(result) => Some(result.map_err(|e| e.to_string())),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                Some(Err("reading the data failed inside; try other data".into()))
            }
        }
    }

    /// Asks the thread to give up; `poll` then yields its "cancelled".
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}
