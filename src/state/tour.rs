//! Tours: steps through the window that somebody wrote down. Three are in the program (`assets/tours/*.toml`); a teacher makes
//! more of them in the window, and each is one file.
//!
//! Must not know: egui, which control an action came from, disks.

use super::{State, Tab, map::View};
use crate::atlas::{Show, exhibit};
use crate::engine::message::{Place, Source};
use crate::point::Point;
use crate::state::atlas::Tried;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A tour, as its file has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tour {
    /// What it is called.
    pub title: String,
    /// What it shows, in a sentence.
    #[serde(default)]
    pub about: String,
    /// Its steps, in order.
    #[serde(default, rename = "step")]
    pub steps: Vec<Step>,
}

/// One step: what is said, and how the window is then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What it is about, or what to do.
    pub title: String,
    /// What it means.
    #[serde(default)]
    pub text: String,
    /// The page.
    pub page: Tab,
    /// The model: the name of a shipped one, or a file; `None` = the one that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Draw the latent anew from the prior with this seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<u64>,
    /// The exhibit of the atlas whose page is open, or whose lesson is offered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exhibit: Option<String>,
    /// The exhibit's lesson that can be begun from here: `Trained` or `Broken`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<Tried>,
    /// What is shown on the page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shows: Vec<Show>,
    /// The layer that is looked into, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// What the person is asked to do. Such a step takes nobody anywhere: it waits, and notices when it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Asks>,
    /// What the model is given, latents in the units of the sliders; `None` = as it is.
    // A table, so that it stands behind all plain values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
}

/// What a step asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asks {
    /// A drag on the picture.
    Drag,
    /// A move of a slider.
    Slider,
    /// Randomise.
    Randomise,
    /// A move along a direction.
    Direction,
    /// A bookmark, or undo.
    Keep,
    /// A training.
    Train,
}

/// Where a person is with tours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Touring {
    /// Whether the first one is offered, as it is to who opens zscope for the first time.
    pub offered: bool,
    /// The tour that is under way.
    pub at: Option<At>,
}

/// A tour that is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct At {
    /// The tour.
    pub tour: Arc<Tour>,
    /// The step that is shown.
    pub step: usize,
    /// Whether the person did what it asks for.
    pub done: bool,
    /// Whether it is shown to others: in larger type, with the list of steps.
    pub presenting: bool,
    /// Whether it is being written.
    pub writing: bool,
    /// How far the window is with the step.
    pub way: Way,
}

/// How far the window is on its way to a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// It is there, or a step of it failed, which is said where errors are.
    #[default]
    There,
    /// Nothing was done yet.
    Wanted,
    /// The step's model is being opened.
    Opening,
}

impl At {
    /// A tour at its first step.
    pub fn first(tour: Arc<Tour>) -> Self {
        Self { tour, step: 0, done: false, presenting: false, writing: false, way: Way::Wanted }
    }

    /// The step that is shown; `None` = the tour has none.
    pub fn now(&self) -> Option<&Step> {
        self.tour.steps.get(self.step)
    }

    /// The same, to be changed.
    pub fn now_mut(&mut self) -> Option<&mut Step> {
        Arc::make_mut(&mut self.tour).steps.get_mut(self.step)
    }
}

const FILES: [&str; 3] = [
    include_str!("../../assets/tours/first-minute.toml"),
    include_str!("../../assets/tours/how-a-gan-learns.toml"),
    include_str!("../../assets/tours/pixels-to-style.toml"),
];

/// The tours inside the program. They are part of it, and a test reads them: they can't fail to be read.
pub fn shipped() -> &'static [Arc<Tour>] {
    static ALL: OnceLock<Vec<Arc<Tour>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let read = |text: &&str| Tour::read(text, Path::new("")).map_err(|e| log::error!("{e}")).ok();
        FILES.iter().filter_map(read).map(Arc::new).collect()
    })
}

impl Tour {
    /// Reads a file's text. Models that are files are looked for from `folder` on, which is the file's own.
    /// Fails with a sentence that says what is wrong, and at which step.
    pub fn read(text: &str, folder: &Path) -> Result<Self, String> {
        let mut tour: Self = toml::from_str(text).map_err(|e| {
            let line = e.span().map(|s| text[..s.start.min(text.len())].lines().count().max(1));
            let place = line.map(|n| format!(" in line {n}")).unwrap_or_default();
            format!("it is no tour: {}{place}", e.message().lines().next().unwrap_or_default())
        })?;
        if tour.steps.is_empty() {
            return Err("it is a tour without a step; write at least one [[step]]".into());
        }
        for (i, step) in tour.steps.iter_mut().enumerate() {
            let n = i + 1;
            if let Some(key) = step.exhibit.as_ref().filter(|key| exhibit(key).is_none()) {
                return Err(format!("step {n} names the exhibit \"{key}\", which the atlas has not"));
            }
            if step.lesson.is_some() && step.exhibit.is_none() {
                return Err(format!("step {n} has a lesson and does not say of which exhibit"));
            }
            if step.lesson == Some(Tried::Opened) {
                return Err(format!("the lesson of step {n} must be \"Trained\" or \"Broken\""));
            }
            if let Some(model) = &mut step.model
                && named(model).is_none()
            {
                *model = folder.join(&*model).display().to_string();
            }
        }
        Ok(tour)
    }

    /// The text of its file. Models that lie in `folder` or deeper are named from there on, so that both can be moved.
    /// Fails with a sentence where it has no steps, or can't be written down.
    pub fn text(&self, folder: &Path) -> Result<String, String> {
        if self.steps.is_empty() {
            return Err("a tour needs at least one step: press Add this window first".into());
        }
        let mut tour = self.clone();
        for model in tour.steps.iter_mut().filter_map(|s| s.model.as_mut()) {
            if let Ok(inside) = Path::new(model.as_str()).strip_prefix(folder) {
                *model = inside.display().to_string();
            }
        }
        toml::to_string_pretty(&tour).map_err(|e| format!("the tour can't be written down: {e}"))
    }
}

/// The shipped model of that name.
fn named(name: &str) -> Option<&'static str> {
    crate::shipped::MODELS.iter().map(|m| m.name).find(|n| *n == name)
}

impl Step {
    /// The model that it needs open; `None` = any.
    pub fn source(&self) -> Option<Source> {
        let model = self.model.as_ref()?;
        Some(match named(model) {
            Some(name) => Source::Shipped(name.into()),
            None => Source::File(PathBuf::from(model)),
        })
    }
}

impl State {
    /// Begins the tour of a file that was read, or says why not.
    pub fn toured(&mut self, path: &Path, text: &str) {
        match Tour::read(text, path.parent().unwrap_or(Path::new(""))) {
            Ok(tour) => self.touring.at = Some(At::first(Arc::new(tour))),
            Err(why) => self.fail(Place::Model, format!("{} can't be walked: {why}", path.display())),
        }
    }

    /// The window as it is, as a step whose texts are to be written.
    pub fn as_step(&self) -> Step {
        let model = self.model.as_ref();
        let shows = match (self.tab, self.map.view) {
            (Tab::Map, View::Plane) => vec![Show::Plane],
            (Tab::Map, View::Strips) => vec![Show::Strips],
            _ => Vec::new(),
        };
        Step {
            page: self.tab,
            model: model.and_then(|m| match &m.source {
                Source::Shipped(name) => Some(name.clone()),
                Source::File(path) => Some(path.display().to_string()),
                Source::Training => None,
            }),
            point: model.filter(|m| m.source != Source::Training).map(|_| self.point()),
            layer: model
                .filter(|_| self.inside.window)
                .and_then(|m| m.layers.get(self.inside.layer))
                .map(|layer| layer.name.clone()),
            exhibit: self.atlas.page.clone().filter(|_| self.tab == Tab::Atlas),
            shows,
            ..Step::default()
        }
    }
}
