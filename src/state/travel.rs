//! Recorded runs as the window shows them: the list, those that are followed with their curves, and the moment in time
//! that is looked at.
//!
//! Must not know: Burn, egui, disks.

use super::{State, Tab};
use crate::curve::Curve;
use crate::engine::archive::runs::RunCard;
use crate::engine::archive::{Moment, Reply, RunView, Watch};
use crate::engine::message::{Metrics, Place};
use crate::point::Point;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Pictures a second when a run is played.
const FPS: f64 = 15.0;

/// What is known of runs.
#[derive(Clone, Debug, Default)]
pub struct Travel {
    /// The folder that is listed.
    pub folder: PathBuf,
    /// Its runs; `None` = not read yet.
    pub list: Option<Vec<RunCard>>,
    /// The run that is open on the page of runs.
    pub open: Option<PathBuf>,
    /// Runs whose curves are drawn beside its own.
    pub compared: BTreeSet<PathBuf>,
    /// Runs that are followed.
    pub runs: BTreeMap<PathBuf, RunView>,
    /// Their losses.
    pub curves: BTreeMap<PathBuf, Vec<Curve>>,
    /// The step that is looked at; `None` = now.
    pub cursor: Option<u64>,
    /// The step under the pointer, which goes before the cursor.
    pub hover: Option<u64>,
    /// Whether the run is being played, and where between its pictures that is.
    pub playing: Option<f64>,
    /// Pictures of a film that are done, and in all.
    pub film: Option<(usize, usize)>,
    /// The run that was put into the bin last: where it was, where it is.
    pub binned: Option<(PathBuf, PathBuf)>,
    /// The name that is being typed for the open run.
    pub name: Option<String>,
    /// The latent to keep when this checkpoint opens.
    pub kept: Option<(PathBuf, Point)>,
    /// The point to keep when the explored model comes back as the one in training.
    pub tuned: Option<Point>,
}

impl State {
    /// The run whose time is shown in this tab.
    pub fn focus(&self) -> Option<&Path> {
        match self.tab {
            Tab::Runs => self.travel.open.as_deref(),
            Tab::Train => self.progress.folder.as_deref(),
            _ => None,
        }
    }

    /// The same as it is followed.
    pub fn followed(&self) -> Option<&RunView> {
        self.travel.runs.get(self.focus()?)
    }

    /// The runs that are to be followed now.
    pub fn watched(&self) -> Vec<Watch> {
        let of = |run: &PathBuf, metrics| Watch { run: run.clone(), metrics };
        match self.tab {
            Tab::Train => self.progress.folder.iter().map(|run| of(run, false)).collect(),
            Tab::Runs => {
                let open = self.travel.open.iter();
                let all: BTreeSet<&PathBuf> = open.chain(&self.travel.compared).collect();
                all.into_iter().map(|run| of(run, true)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The moment whose recorded samples are to be shown; `None` = the live ones.
    pub fn moment(&self) -> Option<Moment> {
        let view = self.followed()?;
        let newest = view.samples.last().copied().filter(|_| self.tab == Tab::Runs);
        let step = self.travel.hover.or(self.travel.cursor).or(newest)?;
        view.samples.first().map(|_| Moment { run: view.run.clone(), step })
    }

    /// The kept picture that a step falls on: its place among the followed run's.
    pub fn picture_at(&self, step: u64) -> usize {
        let Some(view) = self.followed() else { return 0 };
        view.samples.partition_point(|s| *s <= step).saturating_sub(1)
    }

    /// The checkpoint that lies nearest to a step of the followed run.
    pub fn checkpoint_at(&self, step: u64) -> Option<(u64, PathBuf)> {
        let view = self.followed()?;
        let nearest = view.checkpoints.iter().min_by_key(|c| c.abs_diff(step))?;
        let file = format!("step-{nearest:08}.safetensors");
        Some((*nearest, view.run.join("checkpoints").join(file)))
    }

    /// Plays on by `seconds`; true while there is more.
    pub fn play(&mut self, seconds: f64) -> bool {
        let Some(at) = self.travel.playing else { return false };
        let samples = self.followed().map(|v| v.samples.clone()).unwrap_or_default();
        let next = at + seconds * FPS;
        let last = samples.len().saturating_sub(1);
        let place = (next as usize).min(last);
        self.travel.cursor = samples.get(place).copied();
        self.travel.playing = (place < last).then_some(next);
        self.travel.playing.is_some()
    }

    /// Takes in what the archive tells.
    pub fn tell_runs(&mut self, told: Reply) {
        match told {
            Reply::Runs { folder, runs } => {
                if folder == self.travel.folder {
                    self.runs_listed(runs);
                }
            }
            Reply::Run(view) => {
                self.travel.runs.insert(view.run.clone(), view);
            }
            Reply::Metrics { run, metrics } => {
                grow(self.travel.curves.entry(run).or_default(), &metrics);
            }
            Reply::Filming(done, total) => self.travel.film = Some((done, total)),
            Reply::Filmed(path) => {
                self.travel.film = None;
                self.notice = Some(format!("Wrote the film {}", path.display()));
            }
            Reply::Written(path) => self.notice = Some(format!("Wrote the losses {}", path.display())),
            Reply::FilmCancelled => self.travel.film = None,
            Reply::Renamed { from, to } => {
                if self.travel.open.as_ref() == Some(&from) {
                    self.travel.open = Some(to);
                }
                self.travel.compared.remove(&from);
            }
            Reply::Binned { run, bin } => {
                if self.travel.open.as_ref() == Some(&run) {
                    self.travel.open = None;
                }
                self.travel.compared.remove(&run);
                self.travel.binned = Some((run, bin));
            }
            Reply::Restored(run) => {
                self.travel.binned = None;
                self.travel.open = Some(run);
            }
            Reply::Failed(message) => {
                self.travel.film = None;
                self.fail(Place::Runs, message);
            }
        }
    }

    fn runs_listed(&mut self, runs: Vec<RunCard>) {
        let there = |run: &PathBuf| runs.iter().any(|r| r.path == *run);
        self.travel.compared.retain(there);
        if !self.travel.open.as_ref().is_some_and(|run| there(run) || self.travel.runs.contains_key(run)) {
            self.travel.open = runs.first().map(|r| r.path.clone());
        }
        self.travel.list = Some(runs);
    }
}

/// Appends losses to curves, or starts them anew.
pub fn grow(curves: &mut Vec<Curve>, metrics: &Metrics) {
    let columns = metrics.rows.first().map_or(0, Vec::len);
    if metrics.first == 1 || curves.len() < columns {
        *curves = vec![Curve::default(); columns.max(curves.len())];
    }
    for (i, curve) in curves.iter_mut().enumerate() {
        curve.truncate(metrics.first);
        // A training that goes on from a lone checkpoint has no record of the steps before.
        (curve.len() as u64 + 1..metrics.first).for_each(|_| curve.push(f32::NAN));
        metrics.rows.iter().for_each(|row| curve.push(row.get(i).copied().unwrap_or(f32::NAN)));
    }
}
