//! What is recorded of runs, for the window: lists of them, their curves and samples, as they grow too, wherever they
//! are trained; films of them; a bin. On a thread of its own, because disks and shared folders are slow.
//!
//! Must not know: Burn, how a run comes about, panels.

pub mod bin;
pub mod film;
pub mod request;
pub mod runs;

use super::folder::{self, Tail};
use super::link::{News, Slot, Wake};
use super::message::Event;
use super::statistics;
use super::table::{CLASSES, Table};
pub use request::{Moment, MomentShown, Reply, Request, RunView, Watch};
use runs::Thumbs;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant};

/// How often a run is looked at for what is new.
const POLL: Duration = Duration::from_secs(1);
/// A run that did not grow for so long counts as at rest.
const REST: Duration = Duration::from_secs(15);

/// The thread's end of the wire.
pub struct End {
    /// What is asked.
    pub asks: Receiver<Request>,
    /// The moment whose samples are wanted.
    pub moment: Slot<Moment>,
    /// Samples of moments.
    pub shown: Sender<MomentShown>,
    /// What is told.
    pub events: Sender<Event>,
    /// Tells the window that there is news.
    pub wake: Wake,
}

struct Followed {
    watch: Watch,
    tail: Tail,
    view: Option<RunView>,
    /// Size of its metrics, and when that changed last.
    size: u64,
    grew: Option<Instant>,
}

struct Archive {
    end: End,
    followed: HashMap<PathBuf, Followed>,
    polled: Option<Instant>,
    thumbs: Thumbs,
    filming: Arc<AtomicBool>,
}

/// Starts the thread; it ends when nobody can ask any more.
pub fn spawn(end: End) -> std::io::Result<std::thread::JoinHandle<()>> {
    let mut archive = Archive {
        end,
        followed: HashMap::new(),
        polled: None,
        thumbs: Thumbs::default(),
        filming: Arc::default(),
    };
    std::thread::Builder::new().name("archive".into()).spawn(move || archive.run())
}

impl Archive {
    fn run(&mut self) {
        loop {
            let moment = self.end.moment.take_within(Duration::from_millis(250));
            loop {
                match self.end.asks.try_recv() {
                    Ok(ask) => self.obey(ask),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        self.filming.store(true, Relaxed);
                        return;
                    }
                }
            }
            if let Some(moment) = moment {
                self.show(&moment);
            }
            if self.polled.is_none_or(|p| p.elapsed() >= POLL) {
                self.poll();
                self.polled = Some(Instant::now());
            }
        }
    }

    fn tell(&self, told: Reply, news: News) {
        tell(&self.end.events, &self.end.wake, told, news);
    }

    fn obey(&mut self, ask: Request) {
        let done = match ask {
            Request::List(folder) => {
                let runs = runs::list(&folder, &mut self.thumbs);
                Ok(Reply::Runs { folder, runs })
            }
            Request::Watch(all) => {
                self.watch(all);
                return;
            }
            Request::Film(order) => {
                self.film(order);
                return;
            }
            Request::CancelFilm => {
                self.filming.store(true, Relaxed);
                return;
            }
            Request::Csv { run, out } => runs::csv(&run, &out).map(|()| Reply::Written(out)),
            Request::Rename { run, name } => {
                bin::rename(&run, &name).map(|to| Reply::Renamed { from: run, to })
            }
            Request::Bin(run) => bin::put(&run).map(|bin| Reply::Binned { run, bin }),
            Request::Restore { from, to } => bin::restore(&from, &to).map(|()| Reply::Restored(to)),
        };
        self.tell(done.unwrap_or_else(Reply::Failed), News::Asked);
    }

    fn watch(&mut self, all: Vec<Watch>) {
        self.followed.retain(|run, f| all.iter().any(|w| w.run == *run && w.metrics == f.watch.metrics));
        for watch in all {
            self.followed.entry(watch.run.clone()).or_insert_with(|| Followed {
                watch,
                tail: Tail::default(),
                view: None,
                size: 0,
                grew: None,
            });
        }
        self.polled = None;
    }

    fn poll(&mut self) {
        let mut news = Vec::new();
        for (run, f) in &mut self.followed {
            let size = std::fs::metadata(run.join("metrics.csv")).map_or(0, |m| m.len());
            if size != f.size {
                // At the first look nothing says when it grew.
                f.grew = (f.size != 0).then(Instant::now);
                f.size = size;
            }
            let growing = f.grew.is_some_and(|g| g.elapsed() < REST);
            let view = view(run, growing, f.view.as_ref());
            if f.view.as_ref() != Some(&view) {
                news.push(Reply::Run(view.clone()));
                f.view = Some(view);
            }
            if f.watch.metrics
                && let Ok(metrics) = f.tail.read(run)
                && !metrics.rows.is_empty()
            {
                news.push(Reply::Metrics { run: run.clone(), metrics });
            }
        }
        news.into_iter().for_each(|told| self.tell(told, News::Background));
    }

    /// Reads the samples of a moment. One that is gone, or being replaced, is passed over in silence: the next is asked
    /// for soon.
    fn show(&self, moment: &Moment) {
        let pictures = folder::stepped(&moment.run.join("samples"), "png");
        let before = pictures.iter().rev().find(|p| folder::step_of(p).is_some_and(|s| s <= moment.step));
        let Some(path) = before.or(pictures.first()) else { return };
        let (Some(step), Ok(image)) = (folder::step_of(path), runs::picture(path)) else { return };
        let shown = MomentShown { run: moment.run.clone(), step, image };
        if self.end.shown.send(shown).is_ok() {
            (self.end.wake)(News::Asked);
        }
    }

    /// Makes a film on a thread of its own, so that other questions are answered meanwhile.
    fn film(&mut self, order: film::FilmOrder) {
        self.filming.store(true, Relaxed);
        let cancel = Arc::new(AtomicBool::new(false));
        self.filming = cancel.clone();
        let (events, wake) = (self.end.events.clone(), self.end.wake.clone());
        let body = move || {
            let progress = |done, total| tell(&events, &wake, Reply::Filming(done, total), News::Background);
            let made = film::film(&order, &progress, &cancel);
            let told = match made {
                Ok(Some(_)) => Reply::Filmed(order.out.clone()),
                Ok(None) => Reply::FilmCancelled,
                Err(e) => Reply::Failed(e),
            };
            tell(&events, &wake, told, News::Asked);
        };
        if let Err(e) = std::thread::Builder::new().name("film".into()).spawn(body) {
            self.tell(Reply::Failed(format!("no thread could be started to make a film: {e}")), News::Asked);
        }
    }
}

fn tell(events: &Sender<Event>, wake: &Wake, told: Reply, news: News) {
    let _ = events.send(Event::Archive(told));
    wake(news);
}

/// What a run's folder holds now. Tables that did not grow since an earlier view are taken from it.
fn view(run: &Path, growing: bool, before: Option<&RunView>) -> RunView {
    let order = folder::read_order(run).unwrap_or_default();
    let steps = |paths: Vec<PathBuf>| paths.iter().filter_map(|p| folder::step_of(p)).collect();
    let spreads = [
        (0, statistics::WEIGHTS),
        (1, statistics::GRADIENTS),
        (2, statistics::ACTIVATIONS),
        (3, statistics::SPECTRA),
    ];
    RunView {
        run: run.to_path_buf(),
        recipe: order.recipe,
        data: order.data,
        samples: steps(folder::stepped(&run.join("samples"), "png")),
        checkpoints: steps(folder::checkpoints(run)),
        changes: order.changes.into(),
        layers: table(run, statistics::LAYERS, before.map(|v| &v.layers)),
        kl: table(run, statistics::KL, before.map(|v| &v.kl)),
        spreads: spreads.map(|(i, name)| table(run, name, before.map(|v| &v.spreads[i]))),
        classes: table(run, CLASSES, before.map(|v| &v.classes)),
        parent: order.parent,
        growing,
    }
}

fn table(run: &Path, name: &str, before: Option<&Arc<Table>>) -> Arc<Table> {
    let path = run.join(name);
    let bytes = path.metadata().map_or(0, |m| m.len());
    match before.filter(|t| t.bytes == bytes) {
        Some(known) => known.clone(),
        None => Arc::new(Table::read(&path)),
    }
}
