//! Which classes a generator draws, as a judge sees them: now and then it looks at the pictures of the same latents, and
//! `classes.csv` has a row of each look. Attributes count as two classes each, with and without.
//!
//! The row of step 0 is what the judge says of as many pictures of the data. A judge that is not right about the data's
//! own labels is not asked.
//!
//! Must not know: how a step is made, who reads the table.

use super::grid::{GRID, given, grid_points};
use super::table::CLASSES;
use super::table::{Table, TableFile};
use crate::data::Split;
use crate::metrics::judge::{Named, Reading};
use crate::nn::Watch;
use crate::point::Point;
use crate::tools::labelled;
use crate::weights::Checkpoint;
use crate::zoo::{Held, Model, gather};
use burn::tensor::Device;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How the name of the pictures without an attribute begins.
pub const WITHOUT: &str = "without ";
/// Latents whose pictures are judged; the first of them are those of the recorded grid.
pub const LOOK: usize = 256;
/// Pictures that are judged between two steps, so that a command is obeyed soon.
const CHUNK: usize = 16;
/// Part of the training time that judging may take, once the first looks are done.
const SHARE: f64 = 0.01;
/// Judging that is free at the start.
const FIRST: Duration = Duration::from_millis(1500);
/// Steps between looks at least, and part of the step that they are.
const GAP: (u64, u64) = (25, 12);

/// Whether a judge may be asked.
enum Trust {
    /// Not known yet.
    Open,
    Yes,
    No,
}

/// A look that is under way.
struct Look {
    step: u64,
    model: Held,
    points: Vec<Point>,
    done: usize,
    reading: Reading,
}

/// Watches one run.
pub struct Classes {
    path: PathBuf,
    file: TableFile,
    judge: Box<dyn Model>,
    outputs: Vec<String>,
    trust: Trust,
    look: Option<Look>,
    next: u64,
    spent: Duration,
    began: Duration,
}

impl Classes {
    /// Of a run at step `from`, after so much training. Fails when the judge cannot be opened.
    pub fn new(
        run: &Path,
        from: u64,
        trained: Duration,
        judge: &Checkpoint,
        device: &Device,
    ) -> Result<Self, String> {
        let path = run.join(CLASSES);
        Ok(Self {
            file: TableFile::open(path.clone(), from),
            path,
            judge: super::open::open(judge, device)?,
            outputs: judge.card.outputs.clone(),
            trust: Trust::Open,
            look: None,
            next: from + GAP.0,
            spent: Duration::ZERO,
            began: trained,
        })
    }

    /// Drops what was seen after `step`, as the run went back there.
    pub fn rewind(&mut self, step: u64) {
        self.file.rewind(step);
        self.look = None;
        self.next = step + GAP.0;
    }

    /// What was seen so far.
    pub fn seen(&self) -> Table {
        Table::read(&self.path)
    }

    /// Whether a look begins, or goes on.
    pub fn due(&self, step: u64, trained: Duration) -> bool {
        let budget = FIRST.as_secs_f64() + SHARE * trained.saturating_sub(self.began).as_secs_f64();
        let asked = !matches!(self.trust, Trust::No);
        asked && (self.look.is_some() || step >= self.next && self.spent.as_secs_f64() <= budget)
    }

    /// Judges some pictures, of `model` where a look begins. True when a look is complete and its row written.
    pub fn go_on(
        &mut self,
        step: u64,
        model: impl FnOnce() -> Held,
        data: &Split,
        device: &Device,
    ) -> Result<bool, String> {
        let began = Instant::now();
        if matches!(self.trust, Trust::Open) {
            let trusted = labelled::trusts(self.named(), data, device);
            self.trust = if trusted { Trust::Yes } else { Trust::No };
            if trusted && self.seen().rows.is_empty() {
                self.reference(data, device)?;
            }
        } else if let Some(look) = &mut self.look {
            let count = CHUNK.min(LOOK - look.done);
            let points = &look.points[look.done..look.done + count];
            let judge = Named { model: &*self.judge, outputs: &self.outputs };
            let drawn = look.model.draw(points, device, &mut Watch::nobody());
            let read = drawn.is_some_and(|x| judge.read(x, &mut look.reading));
            look.done += count;
            if !read {
                self.trust = Trust::No;
            }
        } else {
            let model = model();
            let points = grid_points(&model, GRID.seed, LOOK, 1.0, &given(&model, data, LOOK, device));
            self.next = step + GAP.0.max(step / GAP.1);
            self.look = Some(Look { step, model, points, done: 0, reading: Reading::default() });
        }
        self.spent += began.elapsed();
        match self.look.take_if(|look| look.done == LOOK) {
            Some(look) => self.write(look.step, &look.reading).map(|()| true),
            None => Ok(false),
        }
    }

    fn named(&self) -> Named<'_> {
        Named { model: &*self.judge, outputs: &self.outputs }
    }

    fn reference(&mut self, data: &Split, device: &Device) -> Result<(), String> {
        let all: Vec<usize> = (0..data.pictures.len().min(LOOK)).collect();
        let mut reading = Reading::default();
        for picks in all.chunks(CHUNK) {
            self.named().read(gather(data, picks, device)?.x, &mut reading);
        }
        self.write(0, &reading)
    }

    fn write(&mut self, step: u64, reading: &Reading) -> Result<(), String> {
        let (sure, shares) = if self.judge.independent() {
            (reading.sure_of_attributes().1, reading.frequencies())
        } else {
            (reading.sure_of_class().0, reading.shares())
        };
        let (mut names, mut row) = (vec!["sure".to_string()], vec![sure as f32]);
        for (name, share) in self.named().by_name(shares).0 {
            row.push(share as f32);
            if self.judge.independent() {
                names.extend([name.clone(), format!("{WITHOUT}{name}")]);
                row.push(1.0 - share as f32);
            } else {
                names.push(name);
            }
        }
        self.file.append(step, &names, &row)
    }
}
