//! The window's panels: they read the state and collect actions. Nothing else changes anything.
//!
//! Must not know: Burn, the engine's threads.

pub mod atlas;
pub mod attention;
pub mod bookmarks;
pub mod brought;
pub mod compare;
pub mod curves;
pub mod data;
pub mod dialogs;
pub mod directions;
pub mod drawing;
pub mod explore;
pub mod families;
pub mod film;
pub mod flow;
pub mod handles;
pub mod health;
pub mod help;
pub mod judged;
pub mod latent;
pub mod layers;
pub mod map;
pub mod mix;
pub mod models;
pub mod morph;
pub mod network;
pub mod pixels;
pub mod plane;
pub mod plot;
pub mod runs;
pub mod samples;
pub mod sliders;
pub mod spread;
pub mod status;
pub mod tap;
pub mod theme;
pub mod time;
pub mod top;
pub mod tour;
pub mod train;
pub mod truncation;
pub mod upscale;
pub mod well;

use crate::action::Action;
use crate::engine::archive::MomentShown;
use crate::engine::message::{ModelInfo, Place, Sheet, Shown, What};
use crate::gpu::{Canvas, Image, Look};
use crate::point::{Point, Values};
use crate::state::State;
use crate::tools::embed::Embedded;
pub use crate::tools::families::table::grouped;
use eframe::egui::{self, Rect, Ui};
use std::collections::HashMap;
use std::sync::Arc;

/// The newest picture of each kind, and the canvases that paint them.
#[derive(Default)]
pub struct Pictures {
    /// The main picture.
    pub main: Option<Shown>,
    /// The same latent as another model draws it.
    pub compared: Option<Shown>,
    /// The sample grid.
    pub grid: Option<Shown>,
    /// Recorded samples of a moment.
    pub moment: Option<MomentShown>,
    /// The layer that this frame shows the activations of.
    pub tap: Option<usize>,
    /// Whether this frame shows the plane of a model's points.
    pub plane: bool,
    /// What this frame shows of the picture's pixels.
    pub pixels: Option<crate::tools::pixels::Asked>,
    /// What this frame shows of a small picture that is enlarged.
    pub enlarged: Option<crate::tools::enlarged::Asked>,
    /// What this frame shows of what comes of a scene.
    pub futures: Option<crate::tools::futures::Asked>,
    /// Its textures.
    enlargements: Option<upscale::Painted>,
    /// What colours the picture's pixels.
    tint: Option<pixels::Painted>,
    /// The ground of the plane that was shown last.
    ground: Option<plane::Painted>,
    /// What follows from the numbers of the layer that was shown last.
    pub given: Option<tap::Given>,
    /// Strips by dimension.
    pub strips: HashMap<usize, Shown>,
    /// Sheets by key, with the frame in which each was on the screen last.
    sheets: HashMap<u64, (Option<Shown>, u64)>,
    /// Sheets that this frame shows.
    wishes: Vec<Sheet>,
    frame: u64,
    /// The explored model's inputs beside the latent, as they are in this frame.
    pub held: Values,
    /// The picture to compare with, and its model.
    pub pinned: Option<Shown>,
    /// The picture that a person brought, as [`brought::pictures`].
    brought: Option<(Arc<Embedded>, [Image; 3])>,
    canvases: HashMap<egui::Id, Canvas>,
    /// Where the main picture belongs in this frame.
    places: Vec<MainPlace>,
}

/// A place that the main picture is painted into at the end of the frame.
struct MainPlace {
    painter: egui::Painter,
    at: egui::layers::ShapeIdx,
    id: egui::Id,
    rect: Rect,
    look: Look,
    difference: bool,
}

impl Pictures {
    /// Keeps a finished picture in place of the older one of its kind.
    pub fn keep(&mut self, shown: Shown) {
        match shown.what {
            What::Main => self.main = Some(shown),
            What::Grid(_) => self.grid = Some(shown),
            What::Strip(dimension) => {
                self.strips.insert(dimension, shown);
            }
            What::Sheet(key) => {
                let seen = self.sheets.get(&key).map_or(self.frame, |(_, seen)| *seen);
                self.sheets.insert(key, (Some(shown), seen));
            }
        }
    }

    /// Another model is explored: the old one's pictures are not its.
    pub fn clear(&mut self) {
        let (canvases, moment) = (std::mem::take(&mut self.canvases), self.moment.take());
        *self = Self { canvases, moment, ..Self::default() };
    }

    /// The picture of these latents side by side, with all other inputs as they are now (see [`Pictures::sheet_of`]).
    pub fn sheet<T: AsRef<[f32]>>(&mut self, columns: usize, latents: &[T]) -> Option<Image> {
        let point = |z: &T| Point { z: z.as_ref().to_vec(), held: self.held.clone() };
        let points = latents.iter().map(point).collect();
        self.sheet_of(columns, points)
    }

    /// The picture of these points side by side, once it is drawn; asking for it is what makes the engine draw it.
    /// Dialog in every frame that shows it.
    pub fn sheet_of(&mut self, columns: usize, points: Vec<Point>) -> Option<Image> {
        let sheet = Sheet::new(columns, points);
        let key = sheet.key;
        if !self.wishes.contains(&sheet) {
            self.wishes.push(sheet);
        }
        let (shown, seen) = self.sheets.entry(key).or_insert((None, self.frame));
        *seen = self.frame;
        shown.as_ref().map(|s| s.image.clone())
    }

    /// Whether the sheet of that key is drawn.
    pub fn has_sheet(&self, key: u64) -> bool {
        self.sheets.get(&key).is_some_and(|(shown, _)| shown.is_some())
    }

    /// The sheets that this frame asked for. Pictures that were not asked for lately are dropped.
    pub fn wishes(&mut self) -> Vec<Sheet> {
        const KEPT: u64 = 120;
        self.frame += 1;
        self.sheets.retain(|_, (_, seen)| *seen + KEPT >= self.frame);
        std::mem::take(&mut self.wishes)
    }

    /// The picture that a person brought, the redrawn one, and what is lost between them.
    pub fn brought(&mut self, embedded: &Arc<Embedded>, model: &ModelInfo) -> [Image; 3] {
        match &self.brought {
            Some((held, images)) if Arc::ptr_eq(held, embedded) => images.clone(),
            _ => {
                let images = brought::pictures(embedded, model);
                self.brought = Some((embedded.clone(), images.clone()));
                images
            }
        }
    }

    /// Paints the part of a picture that lies in `part`; the whole of it would fill `rect`.
    pub fn paint_part(&mut self, ui: &Ui, id: egui::Id, rect: Rect, part: Rect, image: &Image, look: Look) {
        let shape = self.canvases.entry(id).or_default().shape(ui.ctx(), rect, image, look, None);
        ui.painter().with_clip_rect(part.intersect(ui.clip_rect())).add(shape);
    }

    /// Paints a picture so that it fills the rectangle.
    pub fn paint(&mut self, ui: &Ui, id: egui::Id, rect: Rect, image: &Image, look: Look) {
        let shape = self.canvases.entry(id).or_default().shape(ui.ctx(), rect, image, look, None);
        ui.painter().add(shape);
    }

    /// Keeps a place for the main picture, or for how it differs from the pinned one: it is painted at the end of the
    /// frame, because the picture of this frame's movement may arrive before then.
    pub fn place_main(&mut self, ui: &Ui, id: egui::Id, rect: Rect, look: Look, difference: bool) {
        let painter = ui.painter().clone();
        let at = painter.add(egui::Shape::Noop);
        self.places.push(MainPlace { painter, at, id, rect, look, difference });
    }

    /// Paints the main picture where it belongs.
    pub fn paint_main(&mut self) {
        for MainPlace { painter, at, id, rect, look, difference } in std::mem::take(&mut self.places) {
            let Some(main) = &self.main else { continue };
            let minus = self.pinned.as_ref().filter(|_| difference).map(|p| &p.image);
            let canvas = self.canvases.entry(id).or_default();
            painter.set(at, canvas.shape(painter.ctx(), rect, &main.image, look, minus));
        }
    }
}

/// What a panel gets.
pub struct Panel<'a> {
    /// What there is to show.
    pub state: &'a State,
    /// Finished pictures.
    pub pictures: &'a mut Pictures,
    /// What the person did in this frame.
    pub actions: &'a mut Vec<Action>,
    /// Native dialogs, which answer later.
    pub dialogs: &'a mut dialogs::Dialogs,
    /// What undo and redo would do, if anything.
    pub history: [Option<String>; 2],
}

impl Panel<'_> {
    /// The person did this.
    pub fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// Opens a native dialog; why it can't stands where its answer would have gone.
    pub fn ask(&mut self, ctx: &egui::Context, what: dialogs::Dialog, name: &str) {
        use dialogs::Dialog;
        let ctx = ctx.clone();
        if let Err(message) = self.dialogs.ask(what, name, move || ctx.request_repaint()) {
            let place = match what {
                Dialog::Open | Dialog::Compare | Dialog::Save | Dialog::Picture | Dialog::SavePicture => {
                    Place::Model
                }
                Dialog::TourIn | Dialog::TourOut => Place::Model,
                Dialog::Enlarge | Dialog::Enlarged => Place::Model,
                Dialog::DirectionsIn | Dialog::DirectionsOut | Dialog::Well(_) => Place::Bench,
                Dialog::DataFolder => Place::Data,
                Dialog::TrainingFolder | Dialog::MovedData => Place::Train,
                Dialog::Runs | Dialog::Film | Dialog::Csv => Place::Runs,
                Dialog::Morph(_) | Dialog::Clip(_) => Place::Bench,
                Dialog::Beside | Dialog::Families => Place::Families,
            };
            self.act(Action::Report(place, message));
        }
    }

    /// The errors of these places, over the foot of the panel that they belong to (see [`Panel::failures_over`]).
    pub fn failures(&mut self, ui: &Ui, places: &[Place]) {
        self.failures_over(ui, ui.max_rect(), places);
    }

    /// Room behind the last of what scrolls in a panel, so that it can be scrolled out from under an error.
    pub fn room_for_failures(&self, ui: &mut Ui, places: &[Place]) {
        const ROOM: f32 = 120.0;
        if places.iter().any(|place| self.state.failure(*place).is_some()) {
            ui.add_space(ROOM);
        }
    }

    /// The errors of these places, over the foot of a part of the panel that has no controls there, each with a button
    /// that dismisses it. They take no room: nothing that is under a pointer moves because something went wrong.
    pub fn failures_over(&mut self, ui: &Ui, space: Rect, places: &[Place]) {
        let told = |place: &Place| self.state.failure(*place).map(|message| (*place, message.to_owned()));
        let all: Vec<(Place, String)> = places.iter().filter_map(told).collect();
        if all.is_empty() {
            return;
        }
        let space = space.intersect(ui.clip_rect());
        let width = (space.width() - 4.0 * theme::UNIT).clamp(120.0, 620.0);
        let corner = space.left_bottom() + egui::vec2(2.0, -2.0) * theme::UNIT;
        egui::Area::new(ui.scope_id().with("failures"))
            .order(egui::Order::Foreground)
            .pivot(egui::Align2::LEFT_BOTTOM)
            .fixed_pos(corner)
            .show(ui.ctx(), |ui| {
                ui.set_width(width);
                all.into_iter().for_each(|(place, message)| self.failure(ui, place, message));
            });
    }

    fn failure(&mut self, ui: &mut Ui, place: Place, message: String) {
        let colours = theme::colours(ui);
        let read = card(ui, [colours.bad_ground, colours.bad], |ui| {
            let text = egui::RichText::new(format!("⚠ {message}")).color(colours.bad);
            ui.add(egui::Label::new(text).wrap());
            if place == Place::Train
                && self.state.moved.is_some()
                && ui.button("Where the data is now…").on_hover_text(crate::data::spec::FOLDER).clicked()
            {
                self.ask(ui.ctx(), dialogs::Dialog::MovedData, "");
            }
        });
        if read {
            self.act(Action::Dismiss(place));
        }
    }
}

/// Something that is said over the page, with a button at its right that puts it away; true when that was clicked.
/// `ground`, `edge`: its colours.
pub fn card(ui: &mut Ui, [ground, edge]: [egui::Color32; 2], content: impl FnOnce(&mut Ui)) -> bool {
    let mut read = false;
    egui::Frame::new()
        .fill(ground)
        .stroke(egui::Stroke::new(1.0, edge))
        .corner_radius(theme::ROUND)
        .inner_margin(theme::UNIT * 1.5)
        .show(ui, |ui| {
            ui.horizontal_top(|ui| {
                let width = (ui.available_width() - 28.0).max(60.0);
                ui.allocate_ui_with_layout(
                    egui::vec2(width, 0.0),
                    egui::Layout::top_down(egui::Align::Min),
                    |ui| {
                        ui.set_width(width);
                        content(ui);
                    },
                );
                read = ui.small_button("×").on_hover_text("I have read this").clicked();
            });
        });
    ui.add_space(theme::UNIT);
    read
}

/// A picture of data as egui has them; `None` as [`crate::data::Pictures::get`].
fn colour_image(p: &crate::data::Pictures, index: usize) -> Option<egui::ColorImage> {
    let bytes = p.get(index)?;
    let size = [p.width, p.height];
    Some(match p.channels {
        3 => egui::ColorImage::from_rgb(size, &bytes),
        _ => egui::ColorImage::from_gray(size, &bytes),
    })
}

/// `channels × height × width` bytes as egui has pictures.
fn planar(bytes: &[u8], [channels, height, width]: [usize; 3]) -> egui::ColorImage {
    let plane = height * width;
    let byte = |c: usize, i: usize| {
        bytes.get(c.min(channels.saturating_sub(1)) * plane + i).copied().unwrap_or_default()
    };
    let pixels = (0..plane).map(|i| egui::Color32::from_rgb(byte(0, i), byte(1, i), byte(2, i))).collect();
    egui::ColorImage::new([width, height], pixels)
}

/// The largest rectangle of a shape in the middle of another.
pub fn fitted(outer: Rect, width: usize, height: usize) -> Rect {
    let shape = egui::vec2(width.max(1) as f32, height.max(1) as f32);
    let scale = (outer.width() / shape.x).min(outer.height() / shape.y).max(0.0);
    Rect::from_center_size(outer.center(), shape * scale)
}

/// Seconds in words: "8 min", "40 s", "2 h 5 min".
pub fn duration(seconds: f64) -> String {
    let s = seconds.max(0.0).round() as u64;
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min", (s + 30) / 60),
        _ => format!("{} h {} min", s / 3600, s % 3600 / 60),
    }
}
