//! Tools that take their time run here, each on a thread of its own with its own handle on the weights: progress,
//! Cancel, and one result.
//!
//! Must not know: egui, how training works.

pub mod asked;

use super::families;
use super::grid::examples;
use super::link::{News, Wake};
use super::message::{Event, ModelId};
use super::source::Source;
use crate::data::{DataError, Job, Pictures, Spec, Split, Want};
use crate::latent::Direction;
use crate::latent::direction::Method;
use crate::metrics::codes;
use crate::metrics::judge::Named;
use crate::metrics::tradeoff;
use crate::point::{self, Input, Kind, Point, Value, Values};
use crate::tools::embed::{embed, further};
use crate::tools::film::film;
use crate::tools::learn::{self, Keep};
use crate::tools::memory::{self, Likeness, Nearest};
use crate::tools::picture::{origin, write as write_picture};
use crate::tools::points::{self, Points};
use crate::tools::words::words;
use crate::tools::{Labelled, components, labelled, latents, upscale};
use crate::weights::Checkpoint;
use crate::zoo::{Held, Model, Shape, gather};
pub use asked::{Found, ToolKind, ToolNews, ToolOrder};
use burn::tensor::Device;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The model a tool works with.
pub struct Subject {
    /// Which.
    pub id: ModelId,
    /// A handle on its weights of now.
    pub model: Held,
    /// Its pictures.
    pub shape: Shape,
    /// The classifier that says what its pictures show, where there is one.
    pub judge: Option<Checkpoint>,
    /// Whether a person named that judge; another must first be right about the data's own labels.
    pub vouched: bool,
    /// Where it is.
    pub device: Device,
}

/// A classifier, and the names of its outputs.
type Opened<'a> = (Box<dyn Model>, &'a [String]);

impl Subject {
    /// The classifier, opened, with the names of its outputs; `None` where there is none.
    fn judge(&self) -> Result<Option<Opened<'_>>, String> {
        let Some(judge) = &self.judge else { return Ok(None) };
        Ok(Some((super::open::open(judge, &self.device)?, &judge.card.outputs)))
    }
}

/// A running tool. Dropping it cancels it.
pub struct Running(Arc<AtomicBool>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Starts a tool on a model; its news come as [`Event::Tool`].
pub fn start(
    order: ToolOrder,
    subject: Subject,
    events: Sender<Event>,
    wake: Wake,
) -> Result<Running, String> {
    let (kind, model) = (order.kind(), subject.id);
    begin(kind, model, events, wake, move |cancel, progress| work(order, &subject, cancel, progress))
}

/// Starts a comparison of models, or writes one; its news come as [`Event::Tool`].
pub fn compare(order: ToolOrder, shelf: Shelf, events: Sender<Event>, wake: Wake) -> Result<Running, String> {
    begin(order.kind(), 0, events, wake, move |cancel, progress| beside(order, &shelf, cancel, progress))
}

/// Runs a tool's work on a thread of its own. `model`: the one that its news are of.
fn begin(
    kind: ToolKind,
    model: ModelId,
    events: Sender<Event>,
    wake: Wake,
    work: impl FnOnce(&AtomicBool, Progress<'_>) -> Result<Found, String> + Send + 'static,
) -> Result<Running, String> {
    let cancel = Arc::new(AtomicBool::new(false));
    let flag = cancel.clone();
    let body = move || {
        let events = Mutex::new(events);
        let tell = |news: ToolNews, how: News| {
            let _ =
                events.lock().unwrap_or_else(PoisonError::into_inner).send(Event::Tool { model, kind, news });
            wake(how);
        };
        // From this thread, so that no quick result can come before the word that it is being worked on.
        tell(ToolNews::Working(0, 0), News::Asked);
        let (began, last) = (Instant::now(), AtomicU64::new(0));
        let progress = |done: usize, total: usize| {
            let now = began.elapsed().as_millis() as u64;
            // About ten times a second is all that a bar can show.
            if now >= last.load(Relaxed) + 100 {
                last.store(now, Relaxed);
                tell(ToolNews::Working(done, total), News::Background);
            }
            !flag.load(Relaxed)
        };
        // A pool of its own with one thread: it must slow neither training nor drawing more than one core's worth.
        let (go_on, say) = (&*flag, &progress);
        let pooled = move || match rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build()
        {
            Ok(pool) => pool.install(move || work(go_on, say)),
            Err(_) => work(go_on, say),
        };
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(pooled));
        let news = match result {
            Ok(Ok(found)) => ToolNews::Done(found),
            // Whatever it failed with: it was told to stop, and nobody waits for it.
            Ok(Err(_)) if flag.load(Relaxed) => ToolNews::Cancelled,
            Ok(Err(message)) => ToolNews::Failed(message),
            Err(_) => ToolNews::Failed("the tool failed inside; try again, or with another model".into()),
        };
        tell(news, News::Asked);
    };
    std::thread::Builder::new()
        .name("tool".into())
        .spawn(body)
        .map_err(|e| format!("no thread could be started for this: {e}"))?;
    Ok(Running(cancel))
}

/// Gives a shipped model's checkpoint by its name.
pub type Shipped = dyn Fn(&str) -> Result<Checkpoint, String> + Send;

/// Where models that are compared come from, beside files.
pub struct Shelf {
    /// A shipped model's checkpoint, by its name.
    pub shipped: Box<Shipped>,
    /// The classifier that judges pictures of a shape, where there is one.
    pub judge: fn(&Shape) -> Result<Option<Checkpoint>, String>,
    /// Where they run.
    pub device: Device,
}

/// Does what is of several models.
fn beside(
    order: ToolOrder,
    shelf: &Shelf,
    cancel: &AtomicBool,
    progress: Progress<'_>,
) -> Result<Found, String> {
    let (models, data, effort) = match order {
        ToolOrder::Families { models, data, effort } => (models, data, effort),
        ToolOrder::WriteFamilies(comparison, into) => {
            let folder = super::folder::free(&into, "compare");
            families::write(&comparison, &folder)?;
            return Ok(Found::Written(folder));
        }
        _ => return Err("this is done on one model".into()),
    };
    let open = |source: &Source| match source {
        Source::File(path) => families::read(path),
        Source::Shipped(name) => Ok(families::Entry {
            origin: name.clone(),
            name: name.clone(),
            checkpoint: (shelf.shipped)(name)?,
        }),
        Source::Training => Err("a model in training is compared as its run's newest checkpoint".into()),
    };
    let entries = models.iter().map(open).collect::<Result<Vec<_>, String>>()?;
    let judge = |shape: &Shape| {
        let judge = (shelf.judge)(shape)?;
        Ok(judge.map(|judge| ("the shipped judge".to_string(), judge)))
    };
    let data = Some(data.trim()).filter(|data| !data.is_empty());
    let found = families::compare(&entries, data, effort, &judge, &shelf.device, cancel, progress)?;
    Ok(Found::Families(Arc::new(found)))
}

type Progress<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

fn work(
    order: ToolOrder,
    subject: &Subject,
    cancel: &AtomicBool,
    progress: Progress<'_>,
) -> Result<Found, String> {
    let Subject { model, device, .. } = subject;
    match order {
        ToolOrder::Label { data, count } => {
            let labelled = label(subject, &data, count, cancel, progress)?;
            Ok(Found::Learned(Arc::new(labelled), Vec::new()))
        }
        ToolOrder::Learn { data, count, keep, method } => {
            let (labelled, directions) = learn_all(subject, &data, count, &keep, method, cancel, progress)?;
            Ok(Found::Learned(Arc::new(labelled), directions))
        }
        ToolOrder::Components { method, count, data } => {
            let directions = match method {
                Method::Sefa => components::sefa(model, count)?,
                Method::Ganspace => components::ganspace(model, count, device, progress)?,
                _ => {
                    let split = pictures(&data, LEARN_FROM, subject.shape, cancel, progress)?;
                    components::of_latents(&labelled::encode(model, &split, device, progress)?, count)
                }
            };
            Ok(Found::Components(directions))
        }
        ToolOrder::Embed { picture, .. } if model.latent_dims() == 0 => {
            Ok(Found::Read(read_in(subject, &picture)?, None))
        }
        ToolOrder::Example { data, index, only } => {
            let read = read_of(subject, &data, index, 1, cancel, progress)?.pop();
            let (mut values, picture) = read.map_or_else(Default::default, |(v, p)| (v, Some(p)));
            values.retain(|name, _| only.as_ref().is_none_or(|only| only == name));
            Ok(Found::Read(values, picture))
        }
        ToolOrder::Examples { data, from, count } => {
            let all = given_by(subject, &data, from, count, cancel, progress)?;
            let point = |held| Point { z: vec![0.0; model.latent_dims()], held };
            Ok(Found::Latents("picture".into(), all.into_iter().map(point).collect()))
        }
        ToolOrder::Usage { data, count } => {
            let split = pictures(&data, count, subject.shape, cancel, progress)?;
            let usage = codes::usage(model, &split, device, progress)?;
            Ok(Found::Used(Arc::new(usage.ok_or("this model has no codes that pictures could be read as")?)))
        }
        ToolOrder::Draw(asked) => {
            let prior = model.model().codes_prior().ok_or(
                "this model has no prior over its codes; train one: Train, Continue, Begin the prior",
            )?;
            // Rows of all grids, as progress is asked for after each.
            let rows = |i: &Input| match i.kind {
                Kind::Codes { height, .. } => height,
                _ => 0,
            };
            let (all, mut done) = (model.inputs().iter().map(rows).sum(), 0);
            let drawn = prior.draw(std::slice::from_ref(&asked), &mut || {
                done += 1;
                progress(done, all)
            });
            Ok(Found::Drawn(drawn.and_then(|mut d| d.pop()).ok_or("the codes were not drawn to the end")?))
        }
        ToolOrder::Trade { data, count } => {
            let spec: Spec = data.parse().map_err(|e: DataError| e.to_string())?;
            let say = |done: usize, total: usize| {
                progress(done, total);
            };
            let job = Job { progress: &say, cancel };
            let loaded = spec.load_held_out(subject.shape.want(), &job);
            let test = loaded.map_err(|e| format!("{e}; other data is chosen under Find…, Learn from"))?.test;
            let judge = subject.judge()?.ok_or(
                "no classifier is shipped for such pictures, and in pixels precision and recall say little",
            )?;
            let judge = Named { model: &*judge.0, outputs: judge.1 };
            Ok(Found::Traded(Arc::new(tradeoff::measure(model, judge, &test, count, device, progress)?)))
        }
        ToolOrder::Embed { picture, optimise } => {
            let split = crate::data::read_one(&picture, subject.shape.want())?;
            Ok(Found::Embedded(Arc::new(embed(model, &split, optimise, device, progress)?)))
        }
        ToolOrder::Further { found, optimise } => {
            Ok(Found::Embedded(Arc::new(further(model, &found, optimise, device, progress)?)))
        }
        ToolOrder::Latents(file) => {
            let name = file.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
            let carried = origin(&file).map(|o| o.point());
            if let Some(point) = carried.filter(|p| p.check(model.inputs()).is_ok()) {
                return Ok(Found::Latents(name, vec![point]));
            }
            if model.latent_dims() == 0 {
                let held = read_in(subject, &file)?;
                return Ok(Found::Latents(name, vec![Point { z: Vec::new(), held }]));
            }
            if let Some(rows) = latents::read(&file, model.latent_dims(), point::prior(model.inputs()))? {
                return Ok(Found::Latents(name, rows.into_iter().map(Point::from).collect()));
            }
            let split = crate::data::read_one(&file, subject.shape.want())?;
            Ok(Found::Latents(name, vec![embed(model, &split, 0, device, progress)?.z.clone().into()]))
        }
        ToolOrder::Film(order) => Ok(Found::Written(film(model, &order, device, progress)?)),
        ToolOrder::Picture { origin, plus, smooth, out } => {
            write_picture(model, &origin, plus.as_ref().map(|p| p.as_slice()), smooth, &out, device)?;
            Ok(Found::Written(out))
        }
        ToolOrder::Enlarge { picture, out } => {
            let picture = upscale::read(&picture)?;
            upscale::upscale(model, &picture, upscale::TILE, device, progress)?.write(&out)?;
            Ok(Found::Written(out))
        }
        ToolOrder::Words(point) => Ok(Found::Words(Arc::new(words(model, &point, device)?))),
        ToolOrder::Points { data, count } => {
            Ok(Found::Points(Arc::new(map(subject, data, count, cancel, progress)?)))
        }
        ToolOrder::Families { .. } | ToolOrder::WriteFamilies(..) => Err("this is of several models".into()),
        ToolOrder::Tsne(of) => Ok(Found::Tsne(Arc::new(points::tsne(&of, progress)?))),
        ToolOrder::Nearest { z, of, data, by } => {
            let of = of.pictures.as_ref();
            Ok(Found::Nearest(Arc::new(nearest(subject, z, of, &data, by, cancel, progress)?)))
        }
    }
}

/// A picture of which all is there, until a hand erases some: planar bytes and a full mask.
fn whole(pictures: &Pictures, index: usize) -> Result<Value, String> {
    let mut planes = planar(pictures, index)?;
    planes.resize(planes.len() + pictures.width * pictures.height, 255);
    Ok(Value::Picture(planes.into()))
}

/// A picture's bytes, channel by channel.
fn planar(pictures: &Pictures, index: usize) -> Result<Vec<u8>, String> {
    let bytes = pictures.get(index).ok_or("the picture can't be read; load the data again")?;
    let channels = pictures.channels;
    Ok((0..channels).flat_map(|c| bytes.iter().skip(c).step_by(channels).copied()).collect())
}

/// What `count` pictures of data from number `from` on give of a model's inputs beside its latent. Fails with a sentence where
/// that is nothing.
pub fn given_by(
    subject: &Subject,
    data: &str,
    from: usize,
    count: usize,
    cancel: &AtomicBool,
    progress: Progress<'_>,
) -> Result<Vec<Values>, String> {
    let read = read_of(subject, data, from, count, cancel, progress)?;
    Ok(read.into_iter().map(|(values, _)| values).collect())
}

/// What a picture gave of the inputs, and itself as planar bytes.
type ReadOf = (Values, Arc<[u8]>);

/// The same, each with the picture that it is of, as planar bytes.
fn read_of(
    subject: &Subject,
    data: &str,
    from: usize,
    count: usize,
    cancel: &AtomicBool,
    progress: Progress<'_>,
) -> Result<Vec<ReadOf>, String> {
    let Subject { model, shape, device, .. } = subject;
    let split = pictures(data, from + count, *shape, cancel, progress)?;
    let more = |i: &Input| i.kind.given_by_data() || matches!(i.kind, Kind::Partial { .. });
    // Of a small set of data the last ones.
    let first = from.min(split.pictures.len().saturating_sub(count));
    let picks: Vec<usize> = (first..split.pictures.len().min(first + count)).collect();
    let mut given = Vec::new();
    if !picks.is_empty() && model.inputs().iter().any(more) {
        given = model.values_of(&gather(&split, &picks, device)?);
    }
    // Where parts of a picture go in all of it is there, until a hand erases some.
    for input in model.inputs().iter().filter(|i| matches!(i.kind, Kind::Partial { .. })) {
        for (values, pick) in given.iter_mut().zip(&picks) {
            values.insert(input.name.clone(), whole(&split.pictures, *pick)?);
        }
    }
    match given.is_empty() {
        true => Err("the data gives nothing that this model takes; name other data".into()),
        false => given
            .into_iter()
            .zip(&picks)
            .map(|(values, pick)| Ok((values, planar(&split.pictures, *pick)?.into())))
            .collect(),
    }
}

/// What a picture file gives of a model's inputs: itself where the model takes pictures, its codes where it takes those.
pub fn read_in(subject: &Subject, path: &std::path::Path) -> Result<Values, String> {
    let Subject { model, device, .. } = subject;
    let mut values = Values::new();
    for input in model.inputs() {
        match &input.kind {
            Kind::Picture { width, height, channels, .. } => {
                let want = Want::new(*width, *height, Some(*channels));
                let pictures = crate::data::read_one(path, want)?.pictures;
                values.insert(input.name.clone(), Value::Picture(planar(&pictures, 0)?.into()));
            }
            Kind::Codes { .. } => {
                let split = crate::data::read_one(path, subject.shape.want())?;
                values.extend(examples(model, &split, 1, device).pop().unwrap_or_default());
            }
            Kind::Partial { width, height, channels } => {
                let want = Want::new(*width, *height, Some(*channels));
                let pictures = crate::data::read_one(path, want)?.pictures;
                values.insert(input.name.clone(), whole(&pictures, 0)?);
            }
            _ => {}
        }
    }
    match values.is_empty() {
        true => Err(format!("{} can't go into this model, which takes no pictures", path.display())),
        false => Ok(values),
    }
}

/// The training pictures most like what a latent shows: among `of`, or without those among the first of `data`.
pub fn nearest(
    subject: &Subject,
    z: Arc<[f32]>,
    of: Option<&Pictures>,
    data: &str,
    by: Likeness,
    cancel: &AtomicBool,
    progress: Progress<'_>,
) -> Result<Nearest, String> {
    let loaded;
    let pictures = match of {
        Some(pictures) => pictures,
        None => {
            loaded = pictures(data, COMPARED, subject.shape, cancel, progress)?.pictures;
            &loaded
        }
    };
    let judge = match by {
        Likeness::Pixels => None,
        Likeness::Features => Some(
            subject
                .judge()?
                .ok_or("no classifier is shipped for such pictures; compare them pixel by pixel")?,
        ),
    };
    let judge = judge.as_ref().map(|(judge, _)| &**judge);
    memory::nearest(&subject.model, judge, z, pictures, &subject.device, progress)
}

/// Points for the map, of data or of samples.
pub fn map(
    subject: &Subject,
    data: Option<String>,
    count: usize,
    cancel: &AtomicBool,
    progress: Progress<'_>,
) -> Result<Points, String> {
    let Subject { model, shape, device, .. } = subject;
    if let Some(data) = data {
        let split = pictures(&data, count, *shape, cancel, progress)?;
        return points::encoded(model, data, split, device, progress);
    }
    let judge = subject.judge()?;
    let named = judge.as_ref().map(|(model, outputs)| Named { model: &**model, outputs });
    points::sampled(model, named, count, device, progress)
}

/// Pictures that an output of a model without an encoder is compared with, at most.
const COMPARED: usize = 20_000;

/// Pictures or samples that directions are learnt from by default.
pub const LEARN_FROM: usize = 3000;

/// The first `count` training pictures of a data set.
pub fn pictures(
    data: &str,
    count: usize,
    shape: Shape,
    cancel: &AtomicBool,
    progress: Progress<'_>,
) -> Result<Split, String> {
    let spec: Spec = data.parse().map_err(|e: DataError| e.to_string())?;
    let say = |done: usize, total: usize| {
        progress(done, total);
    };
    let dataset =
        spec.at_most(count).load(shape.want(), &Job { progress: &say, cancel }).map_err(|e| e.to_string())?;
    Ok(dataset.train.head(count))
}

/// Labels latents: encodings by the data's labels, samples by the judge's word.
pub fn label(
    subject: &Subject,
    data: &str,
    count: usize,
    cancel: &AtomicBool,
    progress: Progress<'_>,
) -> Result<Labelled, String> {
    let Subject { model, shape, device, vouched, .. } = subject;
    let judge = subject.judge()?;
    let named = judge.as_ref().map(|(model, outputs)| Named { model: &**model, outputs });
    let unread = if model.encodes() {
        match (pictures(data, count, *shape, cancel, progress), named) {
            (Ok(split), named) => {
                let mut labelled = labelled::encoded(model, &split, device, progress)?;
                if let Some(judge) = named.filter(|j| *vouched || labelled::trusts(*j, &split, device)) {
                    labelled.look(model, judge, device, progress)?;
                }
                return Ok(labelled);
            }
            (Err(message), None) => message,
            // The data is not here, but samples can be judged.
            (Err(_), Some(_)) => String::new(),
        }
    } else {
        "nothing tells what this model's samples show: it has no encoder, and no judge is shipped for such pictures; pick samples by hand instead".into()
    };
    let judge = named.ok_or(unread)?;
    labelled::sampled(model, judge, count, LEARN_SEED, device, progress)
}

/// The latents that a direction's strength is found on.
pub fn tuned_on(labelled: &Labelled) -> &[Vec<f32>] {
    &labelled.z[..labelled.z.len().min(TUNED_ON)]
}

/// Labels latents and finds the direction of every attribute that enough of them have and lack; with a judge each gets
/// the strength that it needs, and a report.
pub fn learn_all(
    subject: &Subject,
    data: &str,
    count: usize,
    keep: &Keep,
    method: Method,
    cancel: &AtomicBool,
    progress: Progress<'_>,
) -> Result<(Labelled, Vec<Direction>), String> {
    let Subject { model, device, .. } = subject;
    let labelled = label(subject, data, count, cancel, progress)?;
    let judge = if labelled.seen.is_empty() { None } else { subject.judge()? };
    let judged = judge.as_ref().map(|(opened, outputs)| {
        let judge = Named { model: &**opened, outputs };
        learn::Judged { model, judge, device }
    });
    let starts = tuned_on(&labelled);
    let before = judged.map(|j| j.look(starts)).transpose()?;
    let names = learn::learnable(&labelled);
    let mut directions = Vec::new();
    for (i, name) in names.iter().enumerate() {
        crate::tools::tick(progress, i, names.len())?;
        let Ok(mut direction) = learn::direction(&labelled, name, keep, method) else { continue };
        if let (Some(judged), Some(before)) = (judged, &before) {
            // A judge that does not know the attribute leaves the direction without a report.
            let _ = learn::tune(judged, &mut direction, starts, before);
        }
        directions.push(direction);
    }
    Ok((labelled, directions))
}

/// Latents among which those are looked for that a direction is tried on.
const TUNED_ON: usize = 512;
/// Seed of the samples that a judge labels.
const LEARN_SEED: u64 = 0x1ea4;
