//! What words do: a strip of pictures in which each word of the caption is left out in turn, and a sheet of many captions with
//! many latents. A click goes to a cell's point.
//!
//! Must not know: how pictures are decoded.

use super::super::latent::{self, Carried};
use super::super::{Panel, theme};
use crate::action::Action;
use crate::engine::tool::{ToolKind, ToolOrder};
use crate::gpu::Look;
use crate::point::{Input, Point, Value};
use crate::tools::words::left_out;
use eframe::egui::{self, Align2, FontId, Id, Key, Modifiers, Rect, ScrollArea, Sense, Ui, Vec2};

/// Side of a cell, points.
const CELL: f32 = 72.0;
/// Height of a line of words.
const LINE: f32 = 17.0;
/// Latents of the sheet: the one under the sliders, and samples.
const LATENTS: usize = 5;
/// Most captions of the sheet.
const CAPTIONS: usize = 12;
/// Width of a caption beside its row.
const TITLE: f32 = 190.0;

/// The two windows: what is on their buttons, their titles, and what they are.
const WORDS: (&str, &str, &str) = (
    "Which words",
    "Which words the picture depends on",
    "Each word left out in turn, and how much that changes",
);
const MANY: (&str, &str, &str) = (
    "Many captions",
    "Captions and latents",
    "A sheet: captions down, latents across; the same z under many captions",
);

/// Whether a window is open.
fn open((name, ..): (&str, &str, &str)) -> Id {
    Id::unique(("of captions", name))
}

/// Draws the buttons that open the windows.
pub fn buttons(ui: &mut Ui) {
    for which in [WORDS, MANY] {
        let on = ui.data(|d| d.get_temp::<bool>(open(which))).unwrap_or(false);
        let button = ui.add(egui::Button::new(which.0).small().selected(on));
        if button.on_hover_text(which.2).clicked() {
            ui.data_mut(|d| d.insert_temp(open(which), !on));
        }
    }
}

/// Draws the windows that are open.
pub fn windows(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    window(ui, WORDS, |ui| strip(ui, p));
    window(ui, MANY, |ui| sheet(ui, p, input));
}

/// Draws a window, where it is open.
fn window(ui: &mut Ui, which: (&str, &str, &str), content: impl FnOnce(&mut Ui)) {
    let mut on = ui.data(|d| d.get_temp::<bool>(open(which))).unwrap_or(false);
    if !on {
        return;
    }
    let ctx = ui.ctx().clone();
    let room = ctx.content_rect().size();
    egui::Window::new(which.1)
        .open(&mut on)
        .resizable(true)
        .default_pos(egui::pos2(room.x * 0.3, room.y * 0.2))
        .default_width((TITLE + CELL * LATENTS as f32 + theme::UNIT * 3.0).min(room.x * 0.8))
        .show(&ctx, |ui| {
            let height = room.y * 0.6;
            ScrollArea::both().min_scrolled_height(height).show(ui, content);
        });
    if ctx.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape)) {
        on = false;
    }
    ctx.data_mut(|d| d.insert_temp(open(which), on));
}

/// The caption whole, and with each word left out.
fn strip(ui: &mut Ui, p: &mut Panel<'_>) {
    let point = p.state.point();
    let Some((words, points)) = left_out(p.state.inputs(), &point) else {
        ui.label(theme::quiet(ui, "There are no words in the caption"));
        return;
    };
    let found = p.state.words.clone().filter(|found| found.point == point);
    let asked = Id::unique("words asked");
    let before = ui.data(|d| d.get_temp::<Point>(asked));
    // Once for each point, whatever came of it; never two at a time.
    if found.is_none() && before.as_ref() != Some(&point) && !p.state.tools.contains_key(&ToolKind::Words) {
        ui.data_mut(|d| d.insert_temp(asked, point.clone()));
        p.act(Action::Tool(ToolOrder::Words(point)));
    }
    ui.label(theme::quiet(
        ui,
        "The picture without the word below it, and how much a pixel changes on average. Click a picture to go there",
    ));
    let most = found.iter().flat_map(|f| &f.words).map(|(_, change)| *change).fold(0.0, f32::max);
    let size = Vec2::new(CELL * points.len() as f32, CELL + 2.0 * LINE);
    let (space, _) = ui.allocate_exact_size(size, Sense::hover());
    let row = Rect::from_min_size(space.min, Vec2::new(size.x, CELL));
    cells(ui, p, row, "strip of words", points, |i| match i.checked_sub(1) {
        None => "The whole caption".into(),
        Some(i) => format!("Without {}", words[i]),
    });
    let colours = theme::colours(ui);
    for i in 0..=words.len() {
        let foot = egui::pos2(space.left() + CELL * (i as f32 + 0.5), row.bottom());
        let clip = Rect::from_center_size(foot + Vec2::new(0.0, LINE), Vec2::new(CELL - 4.0, 2.0 * LINE));
        let painter = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
        let change = i.checked_sub(1).and_then(|i| Some(found.as_ref()?.words.get(i)?.1));
        let strong = change.is_some_and(|c| c > 0.0 && c == most);
        let ink = if strong { colours.accent } else { ui.visuals().text_color() };
        let word = i.checked_sub(1).map_or("all words", |i| &words[i]);
        painter.text(foot, Align2::CENTER_TOP, word, FontId::proportional(13.0), ink);
        if let Some(change) = change {
            let place = foot + Vec2::new(0.0, LINE);
            let text = format!("{:.1} %", change * 100.0);
            painter.text(place, Align2::CENTER_TOP, text, FontId::proportional(12.0), colours.quiet);
        }
    }
}

/// Captions of a person's own down, latents across.
fn sheet(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let id = Id::unique("captions of the sheet");
    let now = input.value_in(&p.state.latent.held).text().unwrap_or_default().to_owned();
    let home = input.default_value().text().unwrap_or_default().to_owned();
    let first = || if home == now { now.clone() } else { format!("{now}\n{home}") };
    let mut text = ui.data(|d| d.get_temp::<String>(id)).unwrap_or_else(first);
    ui.label(theme::quiet(ui, "Captions, a line each; this latent first, then samples of the prior"));
    let edit = egui::TextEdit::multiline(&mut text).desired_rows(3).desired_width(f32::INFINITY);
    if ui.add(edit).changed() {
        ui.data_mut(|d| d.insert_temp(id, text.clone()));
    }
    let mut latents = vec![p.state.latent.z.clone()];
    if p.state.dims() > 0 {
        latents.extend(p.state.samples(LATENTS - 1));
    }
    let taken = |line: &&str| !line.is_empty() && input.check(&Value::Text((*line).into())).is_ok();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(taken).take(CAPTIONS).collect();
    for (row, line) in lines.iter().enumerate() {
        let at = |z: &Vec<f32>| {
            let mut held = p.state.latent.held.clone();
            held.insert(input.name.clone(), Value::Text((*line).to_owned()));
            Point { z: z.clone(), held }
        };
        let points: Vec<Point> = latents.iter().map(at).collect();
        let size = Vec2::new(TITLE + CELL * points.len() as f32, CELL);
        let (space, _) = ui.allocate_exact_size(size, Sense::hover());
        if !ui.is_rect_visible(space) {
            continue;
        }
        let side = Rect::from_min_size(space.min, Vec2::new(TITLE - theme::UNIT, CELL));
        ui.put(side, egui::Label::new(theme::quiet(ui, *line)).wrap());
        let strip = Rect::from_min_max(space.min + Vec2::new(TITLE, 0.0), space.max);
        cells(ui, p, strip, ("row of captions", row), points, |i| format!("Latent {} as {line}", i + 1));
    }
}

/// Pictures of points in a row of square cells; a click goes to one.
fn cells(
    ui: &mut Ui,
    p: &mut Panel<'_>,
    strip: Rect,
    id: impl std::hash::Hash + std::fmt::Debug,
    points: Vec<Point>,
    name: impl Fn(usize) -> String,
) {
    let id = Id::unique(id);
    let smooth = p.state.prefs.smooth_pixels;
    match p.pictures.sheet_of(points.len(), points.clone()) {
        Some(image) => p.pictures.paint(ui, id, strip, &image, Look::plain(smooth)),
        None => drop(ui.painter().text(
            strip.left_center() + Vec2::new(8.0, 0.0),
            Align2::LEFT_CENTER,
            "…",
            FontId::proportional(14.0),
            theme::colours(ui).quiet,
        )),
    }
    for (i, point) in points.into_iter().enumerate() {
        let cell = Rect::from_min_size(strip.min + Vec2::new(CELL * i as f32, 0.0), Vec2::splat(CELL));
        if !ui.is_rect_visible(cell) {
            continue;
        }
        let response = latent::handle(ui, p, cell, id.with(i), &Carried::loose(point.clone()));
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name(i)));
        if response.clicked() {
            p.act(Action::Go(point));
        }
    }
}
