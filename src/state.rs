//! Everything the window shows, as plain values: what a person chose and what the engine told last.
//!
//! Must not know: Burn, egui, how anything is drawn or computed.

pub mod atlas;
pub mod bench;
pub mod browse;
pub mod canvas;
pub mod clip;
pub mod drawing;
pub mod families;
pub mod inside;
pub mod map;
pub mod morph;
pub mod pick;
pub mod pixels;
pub mod plane;
pub mod sampling;
pub mod scene;
pub mod tour;
pub mod travel;
pub mod upscale;

use crate::curve::Curve;
use crate::engine::ShippedModel;
use crate::engine::health::Warning;
use crate::engine::message::{
    DataView, DeviceChoice, Event, GridWanted, Importance, JudgedShown, Metrics, ModelId, ModelInfo, Phase,
    Place, Plus, Progress, Source,
};
use crate::engine::tool::{Found, ToolKind, ToolNews};
use crate::latent::Direction;
use crate::latent::direction::keeps_norm;
use crate::latent::prior::Spread;
use crate::metrics::codes::{Off, Usage};
use crate::metrics::tradeoff::Traded;
use crate::point::{Input, Kind, Point, Values};
use crate::tools::Labelled;
use crate::tools::embed::Embedded;
use crate::tools::words::Words;
use crate::zoo::{self, Recipe, Settings};
use bench::{Bench, Bookmark};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// The verbs at the top.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tab {
    /// One latent under the fingers.
    #[default]
    Explore,
    /// Between some.
    Morph,
    /// Them, by arithmetic.
    Mix,
    /// Latent space as a whole.
    Map,
    /// Change the weights.
    Train,
    /// What models learn from.
    Data,
    /// What was trained.
    Runs,
    /// The course, exhibit by exhibit.
    Atlas,
}

/// Dark, light, or as the desktop has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Theme {
    /// Dark.
    #[default]
    Dark,
    /// Light.
    Light,
}

/// What is remembered from one start to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Prefs {
    /// Colours.
    pub theme: Theme,
    /// Where models run.
    pub device: DeviceChoice,
    /// Checkpoints opened or saved, newest first.
    pub recent: Vec<PathBuf>,
    /// Weight of the past in the drawn curves, 0–0.999.
    pub smoothing: f64,
    /// Logarithmic loss axis.
    pub log_scale: bool,
    /// Bilinear pictures instead of hard pixels.
    pub smooth_pixels: bool,
    /// Whether the tour was taken, or declined.
    pub toured: bool,
    /// What was tried of each exhibit of the atlas, by its key.
    pub tried: BTreeMap<String, BTreeSet<atlas::Tried>>,
}

impl Default for Prefs {
    fn default() -> Self {
        Self {
            theme: Theme::Dark,
            device: DeviceChoice::Auto,
            recent: Vec::new(),
            smoothing: 0.9,
            log_scale: false,
            smooth_pixels: true,
            toured: true,
            tried: BTreeMap::new(),
        }
    }
}

/// The part of the state that undo brings back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Latent {
    /// One value per dimension, in units of the prior's σ.
    pub z: Vec<f32>,
    /// The model's other inputs; what is absent has its default.
    pub held: Values,
    /// Dimensions that Randomise and Reset all leave alone.
    pub locked: BTreeSet<usize>,
    /// The dimensions that a drag on the picture moves: right, up. `None` = the two that matter most.
    pub axes: Option<(usize, usize)>,
}

impl Latent {
    /// All that the model is given.
    pub fn point(&self) -> Point {
        Point { z: self.z.clone(), held: self.held.clone() }
    }
}

/// When a training ends by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Until {
    /// When a person stops it.
    Stopped,
    /// After so many passes over the data.
    Epochs(f64),
    /// After so many minutes.
    Minutes(f64),
}

/// The training that the form describes.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Recipe name.
    pub recipe: String,
    /// Data SPEC.
    pub data: String,
    /// Settings that differ from their defaults.
    pub settings: Settings,
    /// Seed.
    pub seed: u64,
    /// Its end.
    pub until: Until,
}

impl Form {
    /// The recipe's declaration.
    pub fn recipe(&self) -> Option<&'static Recipe> {
        zoo::recipe(&self.recipe)
    }
}

/// How many sliders are listed before "Show all".
pub const FIRST_SLIDERS: usize = 12;
/// Range of a slider, in units of the prior's σ; exact entry goes further.
pub const SLIDER_RANGE: f32 = 3.0;
/// Range of exact entry.
pub const Z_LIMIT: f32 = 20.0;

/// A figure that is shown in the status line: smoothed, so that it doesn't jitter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meters {
    /// Input event to the submission of the frame that shows its picture, ms.
    pub latency_ms: Option<f32>,
    /// Frames a second while something moves.
    pub fps: Option<f32>,
    /// The frame's own CPU work, ms.
    pub frame_ms: f32,
}

/// Everything.
#[derive(Clone, Debug)]
pub struct State {
    /// Remembered.
    pub prefs: Prefs,
    /// The tab that is open.
    pub tab: Tab,
    /// The latent, undoable.
    pub latent: Latent,
    /// Wells and directions, undoable.
    pub bench: Arc<Bench>,
    /// The morph on the screen, and its film.
    pub morph: morph::Morph,
    /// How a clip plays.
    pub clip: clip::Clip,
    /// Latents to choose from.
    pub pick: pick::Pick,
    /// Latents of the model of which it is known what they show.
    pub labelled: Option<Arc<Labelled>>,
    /// The picture that was encoded last.
    pub embedded: Option<Arc<Embedded>>,
    /// What was lost of it, where that is kept.
    lost: Option<Plus>,
    /// Whether what was lost of it is added to the picture.
    pub keep_lost: bool,
    /// Part of the picture, from the left, that shows it instead, 0–1.
    pub wipe: f32,
    /// Whether all directions are listed, or the first.
    pub all_directions: bool,
    /// What the map shows.
    pub map: map::Map,
    /// Tools at work.
    pub tools: BTreeMap<ToolKind, ToolNews>,
    /// The explored model.
    pub model: Option<ModelInfo>,
    /// Whether its point was carried over from the one before (a neighbouring checkpoint, another choice for its network).
    pub carried: bool,
    /// Importance of its dimensions, and how it was measured.
    pub ranking: Option<(Importance, Vec<f32>)>,
    /// Dimensions in the order they are listed.
    pub order: Vec<usize>,
    /// List by importance (or by index).
    pub by_importance: bool,
    /// What the slider filter says ("7", "3-9").
    pub filter: String,
    /// Whether all sliders are listed.
    pub all_sliders: bool,
    /// How Randomise draws: temperature 0–2, truncation 0.05–5 σ.
    pub spread: Spread,
    /// What truncation costs the explored model, where that was measured.
    pub traded: Option<Arc<Vec<Traded>>>,
    /// Seed of the last Randomise; the next one is one more.
    pub draws: u64,
    /// Seed of the sample grid.
    pub grid_seed: u64,
    /// The training form.
    pub form: Form,
    /// Where the training stands.
    pub progress: Progress,
    /// Recipe whose losses `curves` holds.
    pub curves_of: Option<&'static Recipe>,
    /// One curve per declared loss.
    pub curves: Vec<Curve>,
    /// What each word of a caption does, where that was asked last.
    pub words: Option<Arc<Words>>,
    /// How often the explored model's codes are used, where that was counted.
    pub used: Option<Arc<Usage>>,
    /// How far what is drawn is from the codebook.
    pub off: Vec<Off>,
    /// What goes on inside, and what of a run is plotted.
    pub inside: inside::Inside,
    /// What D said of the pictures of the last step that was told of.
    pub judged: Option<JudgedShown>,
    /// Whether these are looked at, in place of samples.
    pub judging: bool,
    /// How codes are drawn from a prior.
    pub sampling: sampling::Sampling,
    /// What is looked at of a picture's pixels.
    pub pixels: pixels::PixelView,
    /// What is looked at where a small picture is enlarged.
    pub enlarging: upscale::Enlarging,
    /// The hand that draws on what a model takes.
    pub hand: canvas::Hand,
    /// What is looked at of a plane of points.
    pub plane: plane::PlaneView,
    /// What is looked at of a scene that people walk in.
    pub scene: scene::SceneView,
    /// The points that are drawn to train on.
    pub drawing: drawing::PointSet,
    /// Models side by side.
    pub families: families::Families,
    /// Steps a second that the training is slowed down to; `None` = as fast as it goes.
    pub slow: Option<f64>,
    /// What is wrong with the training.
    pub warnings: Vec<Warning>,
    /// The titles of warnings that a person has read.
    pub heard: BTreeSet<&'static str>,
    /// Recorded runs, and the moment that is looked at.
    pub travel: travel::Travel,
    /// Losses that are hidden in the plot.
    pub hidden: BTreeSet<&'static str>,
    /// Data SPEC typed on the data page.
    pub data_spec: String,
    /// Size asked for on the data page.
    pub data_size: usize,
    /// What was read.
    pub data: Option<DataView>,
    /// What the data page looks at of it.
    pub browse: browse::Browse,
    /// SPEC, pictures done and in all, while data is read.
    pub loading: Option<(String, usize, usize)>,
    /// The run or checkpoint that is to be trained on and has not begun.
    pub continuing: Option<PathBuf>,
    /// The one whose data could not be read.
    pub moved: Option<Moved>,
    /// Errors, where their results would have been.
    pub failures: BTreeMap<PlaceKey, String>,
    /// The model that is drawn too, at the latent of the explored one.
    pub compared: Option<Arc<ModelInfo>>,
    /// The foreign file whose network is being worked out.
    pub opening: Option<String>,
    /// The last good news in a sentence ("saved …").
    pub notice: Option<String>,
    /// Device in words; whether it is a GPU; whether a hardware GPU could be chosen.
    pub device: (String, bool, bool),
    /// The models inside the program, as the gallery shows them.
    pub shipped: Vec<&'static ShippedModel>,
    /// The values of the picture that are drawn black and white.
    pub range: [f32; 2],
    /// Whether the difference to the pinned picture is shown.
    pub difference: bool,
    /// Whether the key list is open.
    pub help: bool,
    /// Where a person is with tours.
    pub touring: tour::Touring,
    /// Where a person is in the atlas.
    pub atlas: atlas::Atlas,
    /// Whether the network of a foreign file is shown.
    pub network: bool,
    /// The foreign files whose networks were shown.
    introduced: BTreeSet<PathBuf>,
    /// Figures for the status line.
    pub meters: Meters,
}

/// A training that can't go on because its data could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The run or checkpoint.
    pub from: PathBuf,
    /// The SPEC of its data, as it was.
    pub data: String,
}

/// A [`Place`] that can be a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlaceKey(u8);

impl From<Place> for PlaceKey {
    fn from(place: Place) -> Self {
        Self(match place {
            Place::Model => 0,
            Place::Train => 1,
            Place::Data => 2,
            Place::Engine => 3,
            Place::Runs => 4,
            Place::Bench => 5,
            Place::Families => 6,
        })
    }
}

impl State {
    /// A new window. `shipped`: the models inside the program.
    pub fn new(prefs: Prefs, shipped: Vec<&'static ShippedModel>) -> Self {
        let recipe = zoo::recipe("fc-vae");
        let touring = tour::Touring { offered: !prefs.toured, at: None };
        Self {
            prefs,
            tab: Tab::Explore,
            latent: Latent::default(),
            bench: Arc::default(),
            morph: morph::Morph::default(),
            clip: clip::Clip::default(),
            pick: pick::Pick::default(),
            labelled: None,
            embedded: None,
            lost: None,
            keep_lost: false,
            wipe: 0.0,
            all_directions: false,
            map: map::Map::default(),
            tools: BTreeMap::new(),
            model: None,
            carried: false,
            ranking: None,
            order: Vec::new(),
            by_importance: true,
            filter: String::new(),
            all_sliders: false,
            spread: Spread::default(),
            traded: None,
            draws: 0,
            grid_seed: 1,
            form: Form {
                recipe: "fc-vae".into(),
                data: recipe.map_or("digits", |r| r.data).into(),
                settings: Settings::default(),
                seed: 1,
                until: Until::Stopped,
            },
            progress: Progress::default(),
            curves_of: None,
            curves: Vec::new(),
            words: None,
            used: None,
            off: Vec::new(),
            inside: inside::Inside::default(),
            judged: None,
            judging: false,
            sampling: sampling::Sampling::default(),
            pixels: pixels::PixelView::default(),
            enlarging: upscale::Enlarging::default(),
            hand: canvas::Hand::default(),
            plane: plane::PlaneView::default(),
            scene: scene::SceneView::default(),
            drawing: drawing::PointSet::default(),
            families: families::Families::default(),
            slow: None,
            warnings: Vec::new(),
            heard: BTreeSet::new(),
            travel: travel::Travel::default(),
            hidden: BTreeSet::new(),
            // A moment's work, as it is shown unasked.
            data_spec: "faces:1000".into(),
            data_size: 64,
            data: None,
            browse: browse::Browse::default(),
            loading: None,
            continuing: None,
            moved: None,
            failures: BTreeMap::new(),
            opening: None,
            compared: None,
            notice: None,
            device: (String::new(), false, false),
            shipped,
            range: [0.0, 1.0],
            difference: false,
            help: false,
            touring,
            atlas: atlas::Atlas::default(),
            network: false,
            introduced: BTreeSet::new(),
            meters: Meters::default(),
        }
    }

    /// What is added to the picture: what was lost of the one that a person brought, if that is kept.
    pub fn lost(&self) -> Option<Plus> {
        self.lost.clone().filter(|_| self.keep_lost)
    }

    /// Takes in the picture that a person brought.
    fn brought(&mut self, embedded: Arc<Embedded>) {
        self.latent.z.clone_from(&embedded.z);
        let lost = embedded.target.iter().zip(&embedded.drawn).map(|(t, d)| t - d).collect();
        self.lost = Some(Plus(Arc::new(lost)));
        self.embedded = Some(embedded);
        self.wipe = 0.0;
    }

    /// Whether the explored model takes codes, which a morph can go between.
    pub fn has_codes(&self) -> bool {
        self.inputs().iter().any(|i| matches!(i.kind, Kind::Codes { .. }))
    }

    /// What the explored model takes; nothing without one.
    pub fn inputs(&self) -> &[Input] {
        self.model.as_ref().map_or(&[], |m| &m.inputs)
    }

    /// All that the explored model is given now.
    pub fn point(&self) -> Point {
        self.latent.point()
    }

    /// Another latent with all else as it is now.
    pub fn point_at(&self, z: &[f32]) -> Point {
        Point { z: z.to_vec(), held: self.latent.held.clone() }
    }

    /// Number of z dimensions of the explored model.
    pub fn dims(&self) -> usize {
        self.model.as_ref().map_or(0, |m| m.latent_dims)
    }

    /// What dimension `i` of z is called: by the person, by the model, or by its number.
    pub fn dimension(&self, i: usize) -> String {
        // CelebA's names have underscores for blanks.
        let told = || Some(crate::point::dimension_name(self.inputs(), i)?.replace('_', " "));
        self.bench.dimensions.get(&i).cloned().or_else(told).unwrap_or_else(|| format!("z{i}"))
    }

    /// Whether moves along directions keep |z|.
    pub fn keeps_norm(&self) -> bool {
        self.model.as_ref().is_some_and(|m| keeps_norm(m.has_encoder, m.latent_dims))
    }

    /// Whether any dimension of z has a name.
    pub fn names_dimensions(&self) -> bool {
        !self.bench.dimensions.is_empty() || crate::point::dimension_name(self.inputs(), 0).is_some()
    }

    /// The value to which dimension `i` resets: where the model opens.
    pub fn home(&self, i: usize) -> f32 {
        self.model.as_ref().and_then(|m| m.opening.get(i)).copied().unwrap_or(0.0)
    }

    /// Whether a training can be paused or stopped now.
    pub fn training(&self) -> bool {
        matches!(self.progress.phase, Phase::Preparing | Phase::Running | Phase::Paused)
    }

    /// What "Continue" would train on: the training that ended, or the opened checkpoint; and its step.
    pub fn continuable(&self) -> Option<(PathBuf, u64)> {
        let model = self.model.as_ref()?;
        match &model.source {
            Source::Training if self.progress.phase == Phase::Finished => {
                self.progress.folder.clone().map(|folder| (folder, self.progress.step))
            }
            Source::File(path) if model.resumable && !self.training() => Some((path.clone(), model.step)),
            _ => None,
        }
    }

    /// The dimensions that a drag on the picture moves: right, up.
    pub fn axes(&self) -> Option<(usize, usize)> {
        let dims = self.dims();
        let kept = self.latent.axes.filter(|(a, b)| *a < dims && *b < dims);
        kept.or_else(|| match self.order.as_slice() {
            [] => (dims >= 2).then_some((0, 1)),
            [only] => Some((*only, *only)),
            [first, second, ..] => Some((*first, *second)),
        })
    }

    /// The dimensions that are listed, in order.
    pub fn listed(&self) -> Vec<usize> {
        let wanted = parse_filter(&self.filter);
        let all: Vec<usize> =
            if self.by_importance { self.order.clone() } else { (0..self.dims()).collect() };
        let word = self.filter.trim().to_lowercase();
        if wanted.is_none() && word.contains(char::is_alphabetic) && self.names_dimensions() {
            return all.into_iter().filter(|i| self.dimension(*i).to_lowercase().contains(&word)).collect();
        }
        let shown =
            all.into_iter().filter(|i| wanted.as_ref().is_none_or(|w| w.iter().any(|r| r.contains(i))));
        let limit = if self.all_sliders || wanted.is_some() { usize::MAX } else { FIRST_SLIDERS };
        shown.take(limit).collect()
    }

    /// The sample grid that is visible in this tab.
    pub fn grid(&self) -> Option<GridWanted> {
        let grid = GridWanted { seed: self.grid_seed, columns: 8, rows: 4, spread: self.spread };
        // The samples of a model of points are on its plane.
        (self.tab == Tab::Train && self.model.as_ref().is_some_and(|m| !m.points)).then_some(grid)
    }

    /// An error at its place.
    pub fn failure(&self, place: Place) -> Option<&str> {
        self.failures.get(&place.into()).map(String::as_str)
    }

    /// Puts an error where its result would have been.
    pub fn fail(&mut self, place: Place, message: String) {
        self.failures.insert(place.into(), message);
    }

    /// Takes in what the engine tells.
    pub fn tell(&mut self, event: Event) {
        match event {
            Event::Model(info) => self.opened(info),
            Event::Grown { model, inputs, layers } => {
                if let Some(info) = self.model.as_mut().filter(|m| m.id == model) {
                    (info.inputs, info.layers) = (inputs, layers);
                }
            }
            Event::Opening(name) => self.opening = name,
            Event::Compared(with) => self.compare_with(with),
            Event::Ranking { model, measure, values } => self.ranked(model, measure, values),
            Event::Progress(progress) => self.progress = progress,
            Event::Metrics(metrics) => self.measured(&metrics),
            Event::Loading { spec, done, total } => self.loading = Some((spec, done, total)),
            Event::Data(view) => {
                self.loading = None;
                self.failures.remove(&Place::Data.into());
                self.browse = browse::Browse::default();
                self.data = Some(view);
            }
            Event::Saved(path) => {
                self.notice = Some(format!("Saved {}", path.display()));
                self.remember(path);
            }
            Event::Began(order) => {
                self.continuing = None;
                self.judged = None;
                // The form shows what trains, wherever it was ordered.
                (self.form.recipe, self.form.data) = (order.recipe, order.data);
                (self.form.settings, self.form.seed) = (order.settings, order.seed);
            }
            Event::Changed { name, value } => {
                self.form.settings.0.insert(name, value);
            }
            Event::Note(note) => self.notice = Some(note),
            Event::Health(warnings) => {
                // What comes back is said again.
                self.heard.retain(|title| warnings.iter().any(|w| w.title == *title));
                self.warnings = warnings;
            }
            Event::Recovered(place) => {
                self.failures.remove(&place.into());
                self.notice = Some("The run folder can be written again".into());
            }
            Event::Archive(told) => self.tell_runs(told),
            Event::Tapped(tapped) => self.inside.tapped = Some(tapped),
            Event::Here { model, at } if self.model.as_ref().is_some_and(|m| m.id == model) => {
                self.plane.here = Some(at)
            }
            Event::Here { .. } => {}
            Event::Judged(judged) => self.judged = judged,
            Event::Used { model, usage } if self.model.as_ref().is_some_and(|m| m.id == model) => {
                self.used = Some(usage);
            }
            Event::Off { model, off } if self.model.as_ref().is_some_and(|m| m.id == model) => self.off = off,
            Event::Used { .. } | Event::Off { .. } => {}
            Event::Plane(shown) => self.plane.shown = Some(shown),
            Event::Pixels(shown) => self.pixels.shown = Some(shown),
            Event::Enlarged(shown) => self.enlarging.shown = Some(shown),
            Event::Futures(shown) => self.scene.shown = Some(shown),
            Event::Device { name, gpu, gpu_available } => self.device = (name, gpu, gpu_available),
            Event::Tool { model, kind, news } => self.tool(model, kind, news),
            Event::Latent { model, point } => {
                if self.model.as_ref().is_some_and(|m| m.id == model && point.check(&m.inputs).is_ok()) {
                    self.latent.z = point.z;
                    self.latent.held.extend(point.held);
                }
            }
            Event::Directions(directions) => self.learned(directions),
            Event::Points(path) => {
                self.failures.remove(&Place::Train.into());
                self.notice = Some(format!("Saved the points as {}", path.display()));
                self.form.data = format!("points:{}", path.display());
                self.drawing.open = false;
            }
            Event::Tour(path, text) => self.toured(&path, &text),
            Event::Written(path) => self.notice = Some(format!("Saved {}", path.display())),
            Event::Failed { place, message } => {
                if place == Place::Data {
                    self.loading = None;
                }
                let continuing = if place == Place::Train { self.continuing.take() } else { None };
                match continuing.filter(|_| self.progress.phase == Phase::Preparing) {
                    Some(from) => {
                        self.moved = Some(Moved { from, data: self.progress.data.clone() });
                        self.fail(place, format!("{message}; if the data has moved, say where it is now"));
                    }
                    None => self.fail(place, message),
                }
            }
        }
    }

    fn compare_with(&mut self, with: Option<ModelInfo>) {
        self.failures.remove(&Place::Model.into());
        let before = std::mem::replace(&mut self.compared, with.map(Arc::new));
        if let Some(with) = self.compared.clone() {
            self.pick.compared = None;
            if let Source::File(path) = &with.source {
                self.remember(path.clone());
            }
        } else if let Some(gone) = before.filter(|m| m.latent_dims != self.dims()) {
            self.notice = Some(format!(
                "The comparison with {} has ended: its latents have {} numbers, and this model's {}",
                gone.name,
                gone.latent_dims,
                self.dims()
            ));
        }
    }

    fn opened(&mut self, info: ModelInfo) {
        let same = self.model.as_ref().is_some_and(|m| m.id == info.id);
        self.failures.remove(&Place::Model.into());
        if !same {
            // What a tool could not do was of the model before.
            self.failures.remove(&Place::Bench.into());
            // A stranger's network is shown when its file is opened for the first time; after that as a person left it.
            if let (Source::File(path), Some(_)) = (&info.source, &info.network)
                && self.introduced.insert(path.clone())
            {
                self.network = true;
            }
            if let crate::engine::message::Source::File(path) = &info.source {
                self.remember(path.clone());
            }
            let kept = self.travel.kept.take().filter(|(path, z)| {
                info.source == Source::File(path.clone()) && z.z.len() == info.latent_dims
            });
            let tuned = self.travel.tuned.take_if(|_| info.source == Source::Training);
            let kept = kept.map(|(_, point)| point).or(tuned.filter(|p| p.z.len() == info.latent_dims));
            self.carried = kept.is_some();
            let opening = || Point { z: info.opening.clone(), held: info.held.clone() };
            let Point { mut z, held } = kept.unwrap_or_else(opening);
            z.resize(info.latent_dims, 0.0);
            let mut latent = Latent { z, held, ..Latent::default() };
            // What was kept of another model is kept where this one takes it.
            latent
                .held
                .retain(|name, value| info.inputs.iter().any(|i| i.name == *name && i.check(value).is_ok()));
            self.latent = latent;
            let fitting = |d: &Direction| d.fits(info.latent_dims);
            let directions = info.directions.iter().filter(|d| fitting(d)).cloned().collect();
            self.bench = Arc::new(Bench { directions, ..Bench::default() });
            (self.labelled, self.embedded, self.lost) = (None, None, None);
            (self.pick.data, self.pick.waiting) = (None, None);
            (self.wipe, self.keep_lost) = (0.0, false);
            (self.morph.at, self.morph.playing, self.pick.compared) = (0.0, false, None);
            self.clip.playing = false;
            self.tools.retain(|kind, _| *kind == ToolKind::Families);
            self.map.opened(&info);
            self.inside.opened(&info);
            (self.plane.shown, self.plane.here) = (None, None);
            self.pixels.opened();
            self.hand.release();
            (self.enlarging.truth, self.enlarging.shown) = (None, None);
            self.scene.opened();
            self.sampling.opened();
            (self.used, self.traded, self.off) = (None, None, Vec::new());
            self.words = None;
            self.ranking = None;
            self.order = (0..info.latent_dims).collect();
            self.filter.clear();
            self.difference = false;
            self.all_sliders = false;
        }
        self.model = Some(info);
    }

    /// Takes directions in that fit the model, each in place of an older one of its name.
    fn learned(&mut self, directions: Vec<Direction>) {
        let dims = self.dims();
        let bench = Arc::make_mut(&mut self.bench);
        let mut misfits = 0;
        for direction in directions {
            if !direction.fits(dims) {
                misfits += 1;
                continue;
            }
            match bench.directions.iter_mut().find(|d| d.name == direction.name) {
                Some(old) => *old = direction,
                None => bench.directions.push(direction),
            }
        }
        if misfits > 0 {
            let message = format!(
                "{misfits} of these directions were left out: they are not of this model, whose latents have {dims} dimensions"
            );
            self.fail(Place::Bench, message);
        }
    }

    fn tool(&mut self, model: ModelId, kind: ToolKind, news: ToolNews) {
        let of_several = kind == ToolKind::Families;
        if !of_several && self.model.as_ref().is_none_or(|m| m.id != model) {
            return;
        }
        let found = match news {
            // Every page that has tools shows this.
            ToolNews::Failed(message) => {
                if of_several && !self.families.open {
                    self.notice = Some(format!("The comparison failed: {message}"));
                }
                self.fail(if of_several { Place::Families } else { Place::Bench }, message);
                None
            }
            ToolNews::Working(..) => {
                self.tools.insert(kind, news);
                return;
            }
            ToolNews::Cancelled => None,
            ToolNews::Done(found) => Some(found),
        };
        self.tools.remove(&kind);
        let Some(found) = found else { return };
        match found {
            Found::Learned(labelled, directions) => {
                let judged = match labelled.seen.is_empty() {
                    true => "no judge that is right about such pictures, so none says how well they work",
                    false => "judged by the shipped classifier of such pictures",
                };
                if !directions.is_empty() {
                    let (n, of) = (directions.len(), labelled.z.len());
                    let data = self.tool_data();
                    self.notice = Some(format!("{n} directions from {of} latents of {data}; {judged}"));
                }
                self.learned(directions);
                self.labelled = Some(labelled);
            }
            Found::Components(directions) => self.learned(directions),
            Found::Embedded(embedded) => self.brought(embedded),
            Found::Read(values, picture) => self.read(values, picture),
            Found::Drawn(codes) => self.drawn(codes),
            Found::Latents(name, points) => self.fill(&name, points),
            Found::Families(found) => {
                if !self.families.open {
                    self.notice =
                        Some("The comparison of models is done: it is where it was asked for".into());
                }
                self.families.found = Some(found);
            }
            Found::Used(usage) => self.used = Some(usage),
            Found::Words(words) => self.words = Some(words),
            Found::Traded(traded) => self.traded = Some(traded),
            Found::Written(path) => self.notice = Some(format!("Saved {}", path.display())),
            found @ (Found::Points(_) | Found::Tsne(_) | Found::Nearest(_)) => self.mapped(found),
        }
    }

    /// Puts the latents of a file into the well that was chosen for them.
    fn fill(&mut self, name: &str, points: Vec<Point>) {
        let Some(well) = self.pick.filling.take() else { return };
        let many = points.len() > 1;
        let call = |i: usize| if many { format!("{name} {}", i + 1) } else { name.to_owned() };
        let marks =
            points.into_iter().enumerate().map(|(i, p)| Bookmark { name: call(i), ..p.into() }).collect();
        let inputs = self.inputs().to_vec();
        let mut bench = self.bench.clone();
        match Arc::make_mut(&mut bench).put_all(&inputs, well, marks) {
            Ok(()) => self.bench = bench,
            Err(message) => self.fail(Place::Bench, message),
        }
    }

    fn ranked(&mut self, model: ModelId, measure: Importance, values: Vec<f32>) {
        if self.model.as_ref().is_none_or(|m| m.id != model || m.latent_dims != values.len()) {
            return;
        }
        // Sliders must not change places under a hand: while the model trains, the first order stays until asked.
        let first = self.ranking.is_none();
        self.ranking = Some((measure, values));
        if first {
            self.sort();
        }
    }

    /// Lists the dimensions that matter most first.
    pub fn sort(&mut self) {
        if let Some((_, values)) = &self.ranking {
            let mut order: Vec<usize> = (0..values.len()).collect();
            // The maker's choice stands before what was measured: a smile is few pixels, and a background many.
            let first = self.model.as_ref().map_or(&[][..], |m| &m.first);
            let place = |i: &usize| first.iter().position(|f| f == i).unwrap_or(first.len());
            order.sort_by(|a, b| place(a).cmp(&place(b)).then(values[*b].total_cmp(&values[*a])));
            self.order = order;
        }
    }

    fn measured(&mut self, metrics: &Metrics) {
        let recipe = zoo::recipe(&self.progress.recipe);
        if metrics.first == 1 || self.curves_of != recipe {
            self.curves_of = recipe;
            self.curves = recipe.map_or(Vec::new(), |r| vec![Curve::default(); r.losses.len()]);
        }
        travel::grow(&mut self.curves, metrics);
    }

    /// Puts a checkpoint at the top of the recent list.
    pub fn remember(&mut self, path: PathBuf) {
        const RECENT: usize = 12;
        // The list is kept in a text file, which can't hold a name that is no text.
        if path.to_str().is_none() {
            return;
        }
        // Of a run only its newest is worth a place: others may be gone by tomorrow.
        let run = |p: &std::path::Path| p.parent().filter(|d| d.ends_with("checkpoints")).map(PathBuf::from);
        let same = run(&path);
        self.prefs.recent.retain(|p| *p != path && (same.is_none() || run(p) != same));
        self.prefs.recent.insert(0, path);
        self.prefs.recent.truncate(RECENT);
    }
}

/// "7", "z7", "3-9", "1, 4-6": ranges of dimensions. `None` = no filter, or nothing that is one.
pub fn parse_filter(text: &str) -> Option<Vec<std::ops::RangeInclusive<usize>>> {
    let number = |t: &str| t.trim().trim_start_matches(['z', 'Z']).parse::<usize>().ok();
    let range = |part: &str| match part.split_once(['-', '–']) {
        Some((a, b)) => Some(number(a)?..=number(b)?),
        None => number(part).map(|n| n..=n),
    };
    let ranges: Vec<_> = text.split([',', ' ']).filter(|p| !p.trim().is_empty()).filter_map(range).collect();
    (!ranges.is_empty()).then_some(ranges)
}
