//! The viewer: the thread that draws what the window wants from an immutable copy of the weights. It is apart
//! from the training thread because one optimiser step of a 64×64 GAN takes far longer on a CPU than a frame:
//! a slider must not wait for it.
//!
//! Must not know: how training works.

use super::grid::{draw_grid, given, tile};
use super::link::{News, Slot, Wake};
use super::message::{
    EnlargedShown, Event, FuturesShown, GridWanted, Importance, ModelId, PixelsShown, PlaneShown, STRIP,
    Sheet, Shown, Wanted, What,
};
use super::tap;
use crate::data::Split;
use crate::data::plane::World;
use crate::gpu::{Image, publish};
use crate::metrics::{codes, importance};
use crate::nn::Watch;
use crate::point::{Kind, Point, Value, Values};
use crate::tools::{enlarged, futures, pixels, plane};
use crate::zoo::Held;
use burn::tensor::{Device, Tensor, TensorData};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is looked at: a model's weights at one moment.
pub struct Subject {
    /// Which model.
    pub id: ModelId,
    /// Optimiser steps of these weights.
    pub step: u64,
    /// Whether newer weights of it may follow.
    pub live: bool,
    /// The weights.
    pub model: Held,
    /// Where they are.
    pub device: Device,
    /// Pictures to measure which dimensions matter on; `None` = already known.
    pub probe: Option<Arc<Split>>,
    /// The distribution of its data, where that is one of points of the plane.
    pub world: Option<Arc<World>>,
}

/// Where the engine leaves the newest subject for the viewer, and the viewer says that it could use a newer one.
#[derive(Clone, Default)]
pub struct SubjectSlot {
    /// The newest that was left; none inside = nothing shall be looked at.
    subject: Arc<Mutex<Option<Option<Subject>>>>,
    hungry: Arc<AtomicBool>,
    closed: Arc<AtomicBool>,
}

impl SubjectSlot {
    /// Leaves a subject; `None` = the one that is looked at is let go.
    pub fn put(&self, subject: Option<Subject>) {
        self.hungry.store(false, Relaxed);
        *self.subject.lock().unwrap_or_else(PoisonError::into_inner) = Some(subject);
    }

    /// Whether the viewer would draw newer weights if it had them.
    pub fn hungry(&self) -> bool {
        self.hungry.load(Relaxed)
    }

    /// Ends the viewer.
    pub fn close(&self) {
        self.closed.store(true, Relaxed);
    }

    /// Whether another model than `id`, or none, is to be looked at.
    fn other_than(&self, id: ModelId) -> bool {
        let subject = self.subject.lock().unwrap_or_else(PoisonError::into_inner);
        subject.as_ref().is_some_and(|new| new.as_ref().is_none_or(|s| s.id != id))
    }

    fn take(&self) -> Option<Option<Subject>> {
        self.subject.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Share of wall-clock time that drawing may take when nobody asked for it.
pub const BUDGET: f64 = 0.05;
/// The same where the plane is watched.
const PLANE_BUDGET: f64 = 0.08;
/// Places along each side of the lattice of z that p_G is had by while a training runs.
const PLANE_LIVE: usize = 96;
/// Points of the data that are shown.
const PLANE_REAL: usize = 1000;
/// How long after a request strips and rankings wait, so that they never delay a drag.
const QUIET: Duration = Duration::from_millis(120);
/// How often which-dimensions-matter is measured again while training.
const RANKING_EVERY: Duration = Duration::from_secs(5);

/// Pictures that are done in part are shown this far apart.
const PARTIAL: Duration = Duration::from_millis(30);

/// Pictures of a sheet that are drawn between two looks at what is wanted.
const SHEET_CHUNK: usize = 8;

/// A sheet of which some pictures are drawn.
struct Unfinished {
    key: u64,
    step: u64,
    parts: Vec<Tensor<4>>,
    done: usize,
}

/// The viewer's thread.
pub struct Viewer {
    slot: SubjectSlot,
    wanted: Slot<Wanted>,
    shown: Sender<Shown>,
    events: Sender<Event>,
    wake: Wake,
    subject: Option<Subject>,
    current: Option<Wanted>,
    /// (model, step, the point without its dimension) that a strip was drawn for.
    strips: HashMap<usize, (u64, Point)>,
    /// Sheets on the screen that are drawn, with the step of their weights.
    sheets: HashMap<u64, u64>,
    /// The sheet that is being drawn.
    unfinished: Option<Unfinished>,
    /// The layer that was tapped last, of which weights and for which latent.
    tapped: Option<(usize, u64, Point)>,
    /// The main picture `[1, c, h, w]` that was drawn last, of which weights and point, where its pixels can be asked about.
    main: RefCell<Option<(u64, Point, Tensor<4>)>>,
    /// What was said of its pixels last, and what was asked.
    pixeled: Option<(u64, Point, pixels::Asked, Arc<pixels::Look>)>,
    /// Of which weights, point and question it was told what becomes of a small picture.
    enlarged: Option<(u64, Point, enlarged::Asked)>,
    /// Of which weights, point and question it was told what comes of a scene.
    foretold: Option<(u64, Point, futures::Asked)>,
    /// The step of the weights that the plane was looked at last.
    planed: Option<u64>,
    /// Whether the picture that was drawn last was on the way between two grids of codes.
    between: Cell<bool>,
    last_request: Instant,
    /// Unasked drawing waits until then.
    rest_until: Instant,
    ranked: Option<(ModelId, Instant)>,
    /// Sensitivities measured so far, one dimension at a time so that a drag never waits for the rest.
    measuring: Vec<f32>,
    drawn_step: Option<(ModelId, u64)>,
}

impl Viewer {
    /// Starts the thread. It has a thread pool of its own: in the shared one a decode would queue behind the
    /// training's work at every layer.
    pub fn spawn(
        slot: SubjectSlot,
        wanted: Slot<Wanted>,
        shown: Sender<Shown>,
        events: Sender<Event>,
        wake: Wake,
    ) -> std::io::Result<std::thread::JoinHandle<()>> {
        let now = Instant::now();
        let mut viewer = Self {
            slot,
            wanted,
            shown,
            events,
            wake,
            subject: None,
            current: None,
            strips: HashMap::new(),
            sheets: HashMap::new(),
            unfinished: None,
            tapped: None,
            main: RefCell::new(None),
            pixeled: None,
            enlarged: None,
            foretold: None,
            planed: None,
            between: Cell::new(false),
            last_request: now,
            rest_until: now,
            ranked: None,
            measuring: Vec::new(),
            drawn_step: None,
        };
        std::thread::Builder::new().name("viewer".into()).spawn(move || match rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .use_current_thread()
            .build()
        {
            Ok(pool) => pool.install(|| viewer.run()),
            Err(_) => viewer.run(),
        })
    }

    fn run(&mut self) {
        while !self.slot.closed.load(Relaxed) {
            let request = self.wanted.take_within(self.patience());
            self.take_subject();
            if let Some(request) = request {
                self.last_request = Instant::now();
                self.sheets.retain(|key, _| request.sheets.iter().any(|s| s.key == *key));
                self.current = Some(request);
                // A panic while drawing is told where the picture would be; the viewer goes on.
                self.guarded(|v| v.asked());
            } else if self.plane_due(true) {
                self.guarded(|v| v.plane(News::Asked));
            } else if self.pixels_due() {
                self.guarded(|v| v.pixels(News::Asked));
            } else if self.futures_due() {
                self.guarded(|v| v.futures(News::Asked));
            } else if self.enlarged_due() {
                self.guarded(|v| v.enlarged(News::Asked));
            } else if self.tap_due(true) {
                self.guarded(|v| v.tap(News::Asked));
            } else if let Some(sheet) = self.next_sheet(true) {
                // Somebody looks at its empty place.
                self.guarded(|v| v.draw_sheet(&sheet, News::Asked));
            } else if Instant::now() >= self.rest_until {
                let started = Instant::now();
                // Where the plane is watched, little else is drawn.
                let budget = if self.plane_due(false) { PLANE_BUDGET } else { BUDGET };
                self.guarded(|v| v.unasked());
                let spent = started.elapsed();
                self.rest_until = Instant::now() + spent.mul_f64(1.0 / budget - 1.0);
                if !self.subject.as_ref().is_some_and(|s| s.live) {
                    // Nothing trains that drawing could slow down.
                    self.rest_until = Instant::now();
                }
            }
        }
    }

    fn guarded(&mut self, draw: impl FnOnce(&mut Self)) {
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| draw(self)));
        if result.is_err() {
            self.subject = None;
            let message =
                "the picture could not be drawn: the model failed inside; open it again or another one";
            let _ = self
                .events
                .send(Event::Failed { place: super::message::Place::Model, message: message.into() });
            (self.wake)(News::Asked);
        }
    }

    /// How long to wait for a request before looking for other work.
    fn patience(&self) -> Duration {
        if self.plane_due(true)
            || self.pixels_due()
            || self.enlarged_due()
            || self.futures_due()
            || self.tap_due(true)
            || self.next_sheet(true).is_some()
        {
            return Duration::ZERO;
        }
        let pending = self.next_strip().is_some()
            || self.next_sheet(false).is_some()
            || self.tap_due(false)
            || self.plane_due(false)
            || self.ranking_due();
        let live = self.subject.as_ref().is_some_and(|s| s.live);
        if pending || live {
            let quiet = QUIET.saturating_sub(self.last_request.elapsed());
            let rest = self.rest_until.saturating_duration_since(Instant::now());
            quiet.max(rest).max(Duration::from_millis(if pending { 0 } else { 20 }))
        } else {
            Duration::from_millis(500)
        }
    }

    fn take_subject(&mut self) {
        let Some(subject) = self.slot.take() else { return };
        let id = subject.as_ref().map(|s| s.id);
        if self.subject.as_ref().map(|old| old.id) != id {
            self.strips.clear();
            self.sheets.clear();
            self.unfinished = None;
            self.tapped = None;
            self.planed = None;
            (self.main, self.pixeled, self.enlarged) = (RefCell::new(None), None, None);
            self.foretold = None;
            self.measuring.clear();
            let known = subject.as_ref().filter(|s| s.probe.is_none());
            self.ranked = known.map(|s| (s.id, Instant::now()));
        }
        self.subject = subject;
    }

    /// The person's request: the picture first, then the grid.
    fn asked(&mut self) {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return };
        if subject.id != wanted.model {
            return;
        }
        self.drawn_step = Some((subject.id, subject.step));
        if let Some(point) = &wanted.point {
            self.main(point, wanted, News::Asked);
        }
        if let Some(grid) = wanted.grid {
            self.draw(What::Grid(grid), News::Asked, |model, device| {
                draw_grid(model, grid, &self.given(grid), device)
            });
        }
    }

    /// Whether what is being drawn is still of use: the window wants no other picture by now, and looks at this model.
    fn still_wanted(&self) -> bool {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return false };
        let other =
            |new: &Wanted| (new.model, &new.point, &new.plus) != (wanted.model, &wanted.point, &wanted.plus);
        !self.slot.closed.load(Relaxed) && !self.wanted.waits(other) && !self.slot.other_than(subject.id)
    }

    /// Draws the main picture. A model of many passes shows how far it is, and is given up as soon as another picture is
    /// wanted.
    fn main(&self, point: &Point, wanted: &Wanted, news: News) {
        let Some(subject) = &self.subject else { return };
        let (began, mut last) = (Instant::now(), Instant::now());
        let mut partly = |pictures: Tensor<4>| {
            if last.elapsed() >= PARTIAL {
                last = Instant::now();
                self.show((What::Main, true), news, began, tile(pictures, 1));
            }
        };
        let go_on = || self.still_wanted();
        let mut watch = Watch::drawing(&go_on, &mut partly);
        let points = std::slice::from_ref(point);
        let Some(drawn) = subject.model.draw(points, &subject.device, &mut watch) else { return };
        let asked_about = wanted.enlarged.is_some() || subject.model.model().pixels().is_some();
        let kept = asked_about.then(|| (subject.step, point.clone(), drawn.clone()));
        let picture = tile(drawn, 1);
        let shape = picture.dims();
        let picture = match wanted.plus.as_ref().filter(|p| p.0.len() == shape.iter().product::<usize>()) {
            Some(plus) => {
                picture + Tensor::from_data(TensorData::new(plus.0.to_vec(), shape), &subject.device)
            }
            None => picture,
        };
        self.show((What::Main, false), news, began, picture);
        // Behind the picture, which nothing may delay; that it is of the codebook again is said once.
        let between = point.held.values().any(|v| matches!(v, Value::Between(_)));
        if self.between.replace(between) || between {
            let off = codes::off(&subject.model, &point.held);
            let _ = self.events.send(Event::Off { model: subject.id, off });
            (self.wake)(News::Background);
        }
        if let Some(at) = plane::place(&subject.model, point, &subject.device).filter(|_| wanted.plane) {
            let _ = self.events.send(Event::Here { model: subject.id, at });
            (self.wake)(news);
        }
        self.main.replace(kept);
    }

    /// Work nobody waits for: newer weights, strips, rankings; one piece at a time.
    fn unasked(&mut self) {
        let Some(subject) = &self.subject else { return };
        let now = (subject.id, subject.step);
        if subject.live {
            self.slot.hungry.store(true, Relaxed);
        }
        if self.last_request.elapsed() < QUIET {
            return;
        }
        if self.drawn_step != Some(now) {
            let Some(wanted) = &self.current else { return };
            if wanted.model != subject.id {
                return;
            }
            self.drawn_step = Some(now);
            if let Some(point) = &wanted.point {
                self.main(point, wanted, News::Background);
            }
            if let Some(grid) = wanted.grid {
                self.draw(What::Grid(grid), News::Background, |model, device| {
                    draw_grid(model, grid, &self.given(grid), device)
                });
            }
            // While steps are quick there are newer weights at every turn: what is watched must have its share of each.
            if self.plane_due(false) {
                self.plane(News::Background);
            } else if self.tap_due(false) {
                self.tap(News::Background);
            }
        } else if self.plane_due(false) {
            self.plane(News::Background);
        } else if self.tap_due(false) {
            self.tap(News::Background);
        } else if let Some(sheet) = self.next_sheet(false) {
            self.draw_sheet(&sheet, News::Background);
        } else if let Some(dimension) = self.next_strip() {
            let Some(point) = self.current.as_ref().and_then(|w| w.point.clone()) else { return };
            let key = (subject.step, without(&point, dimension));
            self.draw(What::Strip(dimension), News::Background, |model, device| {
                strip(model, &point, dimension, device)
            });
            self.strips.insert(dimension, key);
        } else if self.ranking_due() {
            self.rank();
        }
    }

    /// Whether the visible plane was never looked at (`fresh`), or is out of date.
    fn plane_due(&self, fresh: bool) -> bool {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return false };
        let due = match self.planed {
            None => true,
            Some(step) => !fresh && step != subject.step,
        };
        wanted.plane && subject.id == wanted.model && due
    }

    /// Whether something is asked about the main picture's pixels that was not told yet.
    fn pixels_due(&self) -> bool {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return false };
        let main = self.main.borrow();
        let (Some(asked), Some((step, point, _))) = (wanted.pixels, &*main) else { return false };
        let told = self.pixeled.as_ref();
        subject.id == wanted.model
            && told.is_none_or(|(of, at, what, _)| (of, at, *what) != (step, point, asked))
    }

    /// Tells what is asked about the main picture's pixels.
    fn pixels(&mut self, news: News) {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return };
        let (Some(asked), Some((step, point, x))) = (wanted.pixels, self.main.borrow().clone()) else {
            return;
        };
        let same = |(of, at, _, _): &&(u64, Point, pixels::Asked, Arc<pixels::Look>)| {
            (*of, at) == (step, &point) && step == subject.step
        };
        let before = self.pixeled.as_ref().filter(same).map(|(.., look)| look.clone());
        let look = pixels::look(&subject.model, &point, x, asked, before.as_deref(), &subject.device);
        let Some(look) = look.map(Arc::new) else {
            // Nothing to tell of this model: not asked again.
            self.main.replace(None);
            return;
        };
        let shown = PixelsShown { model: subject.id, step, point: point.clone(), look: look.clone() };
        let _ = self.events.send(Event::Pixels(shown));
        (self.wake)(news);
        self.pixeled = Some((step, point, asked, look));
    }

    /// Whether it was not told yet what becomes of the small picture on the screen.
    fn enlarged_due(&self) -> bool {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return false };
        let main = self.main.borrow();
        let (Some(asked), Some((step, point, _))) = (&wanted.enlarged, &*main) else { return false };
        let told = self.enlarged.as_ref();
        // A truth belongs to its own small picture alone.
        subject.id == wanted.model
            && wanted.point.as_ref() == Some(point)
            && told.is_none_or(|(of, at, what)| (of, at, what) != (step, point, asked))
    }

    /// Tells what becomes of the small picture on the screen.
    fn enlarged(&mut self, news: News) {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return };
        let (Some(asked), Some((step, point, x))) = (wanted.enlarged.clone(), self.main.borrow().clone())
        else {
            return;
        };
        let [_, c, h, w] = x.dims();
        let look = enlarged::input(subject.model.inputs(), [c, h, w]).and_then(|input| {
            let Kind::Picture { width, height, .. } = input.kind else { return None };
            let Value::Picture(low) = input.value_in(&point.held) else { return None };
            enlarged::look(&low, [height, width], x, &asked)
        });
        if let Some(look) = look.map(Arc::new) {
            let shown = EnlargedShown { model: subject.id, step, point: point.clone(), look };
            let _ = self.events.send(Event::Enlarged(shown));
            (self.wake)(news);
        }
        // Where there is nothing to tell it is not asked again either.
        self.enlarged = Some((step, point, asked));
    }

    /// Whether it was not told yet what comes of the scene on the screen.
    fn futures_due(&self) -> bool {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return false };
        let (Some(asked), Some(point)) = (&wanted.futures, &wanted.point) else { return false };
        let told = self.foretold.as_ref();
        subject.id == wanted.model
            && told.is_none_or(|(of, at, what)| (*of, at, what) != (subject.step, point, asked))
    }

    /// Tells what comes of the scene on the screen.
    fn futures(&mut self, news: News) {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return };
        let (Some(asked), Some(point)) = (wanted.futures, wanted.point.clone()) else { return };
        let step = subject.step;
        if let Some(look) = futures::look(&subject.model, &point, asked, &subject.device).map(Arc::new) {
            let shown = FuturesShown { model: subject.id, step, point: point.clone(), look };
            let _ = self.events.send(Event::Futures(shown));
            (self.wake)(news);
        }
        // Where there is nothing to tell it is not asked again either.
        self.foretold = Some((step, point, asked));
    }

    /// Tells what is to be seen of the plane.
    fn plane(&mut self, news: News) {
        let Some(subject) = &self.subject else { return };
        self.planed = Some(subject.step);
        let fine = if subject.live { PLANE_LIVE } else { plane::FINE };
        let world = subject.world.as_deref();
        let Some(look) = plane::look(&subject.model, world, fine, &subject.device) else { return };
        let real = Arc::new(world.map_or_else(Vec::new, |w| w.held_out(PLANE_REAL)));
        let shown = PlaneShown { model: subject.id, step: subject.step, look: Arc::new(look), real };
        let _ = self.events.send(Event::Plane(shown));
        (self.wake)(news);
    }

    /// Whether the visible layer was never tapped for this latent (`fresh`), or is out of date.
    fn tap_due(&self, fresh: bool) -> bool {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return false };
        let (Some(layer), Some(point)) = (wanted.tap, &wanted.point) else { return false };
        subject.id == wanted.model
            && match &self.tapped {
                Some((of, step, at)) if *of == layer && at == point => !fresh && *step != subject.step,
                _ => true,
            }
    }

    /// Tells what the visible layer gives.
    fn tap(&mut self, news: News) {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return };
        let (Some(layer), Some(point)) = (wanted.tap, &wanted.point) else { return };
        // One that cannot be tapped is not asked again either.
        self.tapped = Some((layer, subject.step, point.clone()));
        let of = (subject.id, subject.step);
        if let Some(tapped) = tap::tapped(of, &subject.model, layer, point, &subject.device) {
            let _ = self.events.send(Event::Tapped(tapped));
            (self.wake)(news);
        }
    }

    /// The first visible sheet that was never drawn (`fresh`), or is out of date.
    fn next_sheet(&self, fresh: bool) -> Option<Sheet> {
        let (subject, wanted) = (self.subject.as_ref()?, self.current.as_ref()?);
        if subject.id != wanted.model {
            return None;
        }
        let due = |s: &&Sheet| match self.sheets.get(&s.key) {
            None => true,
            Some(step) => !fresh && *step != subject.step,
        };
        wanted.sheets.iter().find(due).cloned()
    }

    /// Draws the next few pictures of a sheet, so that a drag never waits for a large one; sends it when all are there.
    fn draw_sheet(&mut self, sheet: &Sheet, news: News) {
        let Some(subject) = &self.subject else { return };
        let step = subject.step;
        let same = |u: &Unfinished| u.key == sheet.key && u.step == step;
        let mut begun = self.unfinished.take().filter(same).unwrap_or(Unfinished {
            key: sheet.key,
            step,
            parts: Vec::new(),
            done: 0,
        });
        let total = sheet.points.len();
        let count = SHEET_CHUNK.min(total - begun.done.min(total));
        let points = &sheet.points[begun.done..begun.done + count];
        let (go_on, mut nobody) = (|| self.still_wanted(), |_| {});
        let drawn = match points {
            [] => None,
            points => subject.model.draw(points, &subject.device, &mut Watch::drawing(&go_on, &mut nobody)),
        };
        if drawn.is_none() && !self.still_wanted() {
            // Given up for something else; it is asked for again if somebody still looks at it.
            self.unfinished = Some(begun);
            return;
        }
        let Some(part) = drawn else {
            // Nothing to draw, or points of another model: not asked again.
            self.sheets.insert(sheet.key, step);
            return;
        };
        begun.parts.push(part);
        begun.done += count;
        if begun.done < total {
            self.unfinished = Some(begun);
            return;
        }
        let columns = sheet.columns.clamp(1, total);
        let missing = total.div_ceil(columns) * columns - total;
        if missing > 0 {
            let [_, c, h, w] = begun.parts[0].dims();
            begun.parts.push(Tensor::zeros([missing, c, h, w], &subject.device));
        }
        let all = Tensor::cat(std::mem::take(&mut begun.parts), 0);
        self.draw(What::Sheet(sheet.key), news, |_, _| Some(tile(all.clone(), columns)));
        self.sheets.insert(sheet.key, step);
    }

    fn draw(&self, what: What, news: News, make: impl Fn(&Held, &Device) -> Option<Tensor<3>>) {
        let Some(subject) = &self.subject else { return };
        let started = Instant::now();
        let Some(tensor) = make(&subject.model, &subject.device) else { return };
        self.show((what, false), news, started, tensor);
    }

    /// Sends a picture `[c, h, w]`, whole or done in part; `began`: when it was begun.
    fn show(&self, (what, partial): (What, bool), news: News, began: Instant, tensor: Tensor<3>) {
        let (Some(subject), Some(wanted)) = (&self.subject, &self.current) else { return };
        let image: Image = match publish(tensor) {
            Ok(image) => image,
            Err(message) => {
                let place = super::message::Place::Engine;
                let _ = self.events.send(Event::Failed { place, message });
                (self.wake)(News::Asked);
                return;
            }
        };
        let shown = Shown {
            model: subject.id,
            stamp: wanted.stamp,
            step: subject.step,
            what,
            partial,
            image,
            decode_ms: began.elapsed().as_secs_f32() * 1e3,
            asked: wanted.asked,
        };
        let _ = self.shown.send(shown);
        (self.wake)(news);
    }

    /// The first visible strip whose picture is out of date.
    fn next_strip(&self) -> Option<usize> {
        let (subject, wanted) = (self.subject.as_ref()?, self.current.as_ref()?);
        let point = wanted.point.as_ref()?;
        if subject.id != wanted.model {
            return None;
        }
        wanted.strips.iter().copied().find(|&d| {
            d < point.z.len()
                && self
                    .strips
                    .get(&d)
                    .is_none_or(|(step, around)| *step != subject.step || *around != without(point, d))
        })
    }

    /// What the grid's pictures are drawn of, beside latents.
    fn given(&self, grid: GridWanted) -> Vec<Values> {
        let Some(Subject { model, probe: Some(probe), device, .. }) = &self.subject else {
            return Vec::new();
        };
        given(model, probe, grid.columns * grid.rows, device)
    }

    fn ranking_due(&self) -> bool {
        let Some(subject) = &self.subject else { return false };
        match self.ranked {
            Some((id, when)) if id == subject.id => {
                subject.live && subject.probe.is_some() && when.elapsed() > RANKING_EVERY
            }
            _ => subject.probe.is_some(),
        }
    }

    fn rank(&mut self) {
        let Some(Subject { id, model, probe: Some(probe), device, .. }) = &self.subject else { return };
        if let Ok(Some(usage)) = codes::usage(model, probe, device, &|_, _| true) {
            let _ = self.events.send(Event::Used { model: *id, usage: Arc::new(usage) });
        }
        let (measure, values) = match importance::kl(model, probe, device) {
            Some(values) => (Importance::Kl, values),
            None => {
                if self.measuring.len() < model.latent_dims() {
                    let next = importance::sensitivity(model, self.measuring.len(), device);
                    self.measuring.push(next);
                    return;
                }
                (Importance::Sensitivity, std::mem::take(&mut self.measuring))
            }
        };
        let _ = self.events.send(Event::Ranking { model: *id, measure, values });
        self.ranked = Some((*id, Instant::now()));
        (self.wake)(News::Background);
    }
}

/// The point with one dimension of its latent left out of account.
fn without(point: &Point, dimension: usize) -> Point {
    let mut rest = point.clone();
    if let Some(v) = rest.z.get_mut(dimension) {
        *v = 0.0;
    }
    rest
}

fn strip(model: &Held, point: &Point, dimension: usize, device: &Device) -> Option<Tensor<3>> {
    let at = |value: &f32| {
        let mut point = point.clone();
        point.z[dimension] = *value;
        point
    };
    let points: Vec<Point> = STRIP.iter().map(at).collect();
    Some(tile(model.draw(&points, device, &mut Watch::nobody())?, STRIP.len()))
}
