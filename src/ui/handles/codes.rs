//! Grids of codes: the codebook as a palette with how often each entry is used, and painting with it on the picture itself.
//! Of several grids one is painted at a time.
//!
//! Must not know: how codes are decoded.

use super::super::{Panel, latent, theme};
use super::hand::{self, Did, With};
use crate::action::Action;
use crate::action::sampling::Sampling;
use crate::canvas::{self, Ink};
use crate::engine::message::ModelId;
use crate::engine::tool::{ToolKind, ToolNews, ToolOrder};
use crate::gpu::Look;
use crate::metrics::codes::{in_use, perplexity};
use crate::point::{Input, Kind, Point, Value};
use crate::state::bench::Well;
use eframe::egui::{
    self, Align2, Color32, FontId, Id, Key, Pos2, Rect, Response, RichText, ScrollArea, Sense, Ui, Vec2,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Entries in a row of the palette.
const COLUMNS: usize = 8;
/// Height of the palette, points.
const HEIGHT: f32 = 260.0;
/// Height of the histogram of use, points.
const BARS: f32 = 34.0;
/// Pictures in which codes are counted when a person asks.
const COUNTED: usize = 500;
/// Side of a place from which on its number is written into it.
const NUMBERED: f32 = 20.0;

/// What is painted with, and how.
#[derive(Clone, Copy, Default)]
struct Brush {
    entry: usize,
    /// Codes beside the one under the pointer.
    more: usize,
    /// Whether the grid is shown while nobody points at it.
    grid: bool,
}

fn brush_id() -> Id {
    Id::unique("brush of codes")
}

fn brush(ui: &Ui) -> Brush {
    ui.data(|d| d.get_temp(brush_id())).unwrap_or_default()
}

fn set(ui: &Ui, brush: Brush) {
    ui.data_mut(|d| d.insert_temp(brush_id(), brush));
}

/// The inputs that take codes.
fn grids(p: &Panel<'_>) -> Vec<Input> {
    p.state.inputs().iter().filter(|i| matches!(i.kind, Kind::Codes { .. })).cloned().collect()
}

/// The grid that is painted: the one that was chosen, else the first. `None`: the model takes no codes.
pub fn painted(ui: &Ui, p: &Panel<'_>) -> Option<Input> {
    let chosen = ui.data(|d| d.get_temp::<String>(Id::unique("grid of codes")));
    let mut all = grids(p);
    let place = all.iter().position(|i| chosen.as_ref() == Some(&i.name)).unwrap_or(0);
    (place < all.len()).then(|| all.swap_remove(place))
}

/// The codes of a grid now; on the way between two those of the nearer one.
fn codes(p: &Panel<'_>, input: &Input) -> Option<Arc<[u16]>> {
    super::value(p, input).codes().cloned()
}

fn hold(p: &mut Panel<'_>, input: &Input, value: Value) {
    p.act(Action::Hold(input.name.clone(), value));
    p.act(Action::Release);
}

/// A name with a capital letter.
pub fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect())
}

/// Which of several grids is painted, and what another picture's codes bring to it.
fn levels(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let all = grids(p);
    if all.len() < 2 {
        return;
    }
    ui.horizontal(|ui| {
        for grid in &all {
            let hint = format!("Paint the {} codes and show their codebook; the others stay", grid.name);
            if ui.selectable_label(grid.name == input.name, capital(&grid.name)).on_hover_text(hint).clicked()
            {
                ui.data_mut(|d| d.insert_temp(Id::unique("grid of codes"), grid.name.clone()));
            }
        }
        let words = format!("{} codes from…", capital(&input.name));
        let hint = format!("Take the {} codes of another picture; all else stays", input.name);
        ui.menu_button(words, |ui| from(ui, p, input)).response.on_hover_text(hint);
    });
}

/// Pictures whose codes of one grid can be taken.
fn from(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    const SIDE: f32 = 44.0;
    let data = p.state.model.as_ref().map_or(String::new(), |m| m.data.clone());
    if ui.add_enabled(!data.is_empty(), egui::Button::new("🎲 Another example")).clicked() {
        let (index, only) = (super::next(ui), Some(input.name.clone()));
        p.act(Action::Tool(ToolOrder::Example { data, index, only }));
        ui.close();
    }
    let wells = [Well::Bookmarks, Well::Keyframes];
    let marks: Vec<_> = wells.iter().flat_map(|w| p.state.bench.well(*w)).cloned().collect();
    let with = |value: &Value| {
        let mut held = p.state.latent.held.clone();
        held.insert(input.name.clone(), value.clone());
        Point { z: p.state.latent.z.clone(), held }
    };
    let values: Vec<Value> = marks.iter().map(|m| input.value_in(&m.held)).collect();
    let points: Vec<Point> = values.iter().map(with).collect();
    if points.is_empty() {
        ui.label(theme::quiet(ui, "Bookmarks (B) stand here too, as they would look"));
        return;
    }
    ui.label(theme::quiet(ui, "Bookmarks and keyframes, as the picture would look"));
    ScrollArea::vertical().max_height(4.0 * SIDE).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            for (i, (point, value)) in points.iter().zip(values).enumerate() {
                let (rect, response) = ui.allocate_exact_size(Vec2::splat(SIDE), Sense::click());
                latent::picture(ui, p, rect, Id::unique(("codes from", &input.name, i)), point);
                let named =
                    || egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Codes of {}", i + 1));
                response.widget_info(named);
                if response.clicked() {
                    hold(p, input, value);
                    ui.close();
                }
            }
        });
    });
}

/// The order in which entries are listed, as long as nobody sorts anew: entries must not move under a hand.
type Order = (ModelId, String, Arc<[u16]>);

fn order(ui: &Ui, p: &Panel<'_>, input: &Input, entries: usize) -> (Arc<[u16]>, bool) {
    let id = p.state.model.as_ref().map_or(0, |m| m.id);
    let kept = ui.data(|d| d.get_temp::<Order>(Id::unique("order of codes")));
    match kept {
        Some((of, name, order)) if of == id && name == input.name && order.len() == entries => (order, true),
        _ => ((0..entries as u16).collect(), false),
    }
}

/// How often each entry is used, as bars in the order of the palette; and what is said of all of them.
fn histogram(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, order: &Arc<[u16]>, sorted: bool) {
    let used = p.state.used.clone();
    let counts = used.as_ref().and_then(|u| u.counts.get(&input.name)).filter(|c| c.len() == order.len());
    ui.horizontal(|ui| {
        match p.state.tools.get(&ToolKind::Usage) {
            Some(ToolNews::Working(..)) => {
                ui.spinner();
            }
            _ => {
                let data = p.state.model.as_ref().map_or(String::new(), |m| m.data.clone());
                let hint = format!("Count how often each code is used in {COUNTED} pictures of {data}");
                let button = egui::Button::new("Count use").small();
                if ui.add_enabled(!data.is_empty(), button).on_hover_text(hint).clicked() {
                    p.act(Action::Tool(ToolOrder::Usage { data, count: COUNTED }));
                }
            }
        }
        let Some(counts) = counts else {
            ui.add(egui::Label::new(theme::quiet(ui, "Not counted yet")).truncate());
            return;
        };
        let sort = ui.selectable_label(sorted, "By use").on_hover_text("List the most used codes first");
        if sort.clicked() {
            let id = Id::unique("order of codes");
            if sorted {
                ui.data_mut(|d| d.remove::<Order>(id));
            } else if let Some(model) = &p.state.model {
                let mut order: Vec<u16> = (0..counts.len() as u16).collect();
                order.sort_by_key(|k| std::cmp::Reverse(counts[usize::from(*k)]));
                let order: Order = (model.id, input.name.clone(), order.into());
                ui.data_mut(|d| d.insert_temp(id, order));
            }
        }
        let pictures = used.as_ref().map_or(0, |u| u.pictures);
        let alive = (in_use(counts) * counts.len() as f64).round();
        let words = format!("{alive} used, perplexity {:.0}", perplexity(counts));
        let hint = format!(
            "In {pictures} pictures of the data. Perplexity: so many codes in even use would say as much. What is never used is dead, and crossed out"
        );
        ui.add(egui::Label::new(theme::quiet(ui, words)).truncate()).on_hover_text(hint);
    });
    let Some(counts) = counts else { return };
    let colours = theme::colours(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), BARS), Sense::hover());
    ui.painter().rect_filled(rect, 2.0, colours.ground);
    let most = counts.iter().copied().max().unwrap_or(1).max(1) as f32;
    let step = rect.width() / order.len().max(1) as f32;
    for (i, k) in order.iter().enumerate() {
        let count = counts[usize::from(*k)];
        let left = rect.left() + i as f32 * step;
        let (tall, colour) = match count {
            0 => (3.0, colours.bad),
            n => ((n as f32 / most * (BARS - 3.0)).max(1.0), colours.accent),
        };
        let low = Pos2::new(left, rect.bottom() - tall);
        let bar = Rect::from_min_size(low, Vec2::new((step - 1.0).max(step * 0.6), tall));
        ui.painter().rect_filled(bar, 0.0, colour);
    }
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "How often codes are used"));
    if let Some(at) = response.hover_pos() {
        let i = ((at.x - rect.left()) / step).max(0.0) as usize;
        if let Some(k) = order.get(i) {
            let total: u64 = counts.iter().sum();
            let share = 100.0 * counts[usize::from(*k)] as f64 / total.max(1) as f64;
            response.on_hover_text(format!("Code {k}: {share:.2} % of all places"));
        }
    }
}

/// Draws the palette: each entry as the picture that has it everywhere.
pub fn palette(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let Kind::Codes { height, width, entries } = input.kind else { return };
    let Some(now) = codes(p, input) else { return };
    let (places, model) = (height * width, p.state.model.as_ref().map(|m| (m.width, m.height)));
    let mut chosen = brush(ui);
    chosen.entry = chosen.entry.min(entries.saturating_sub(1));
    let used: BTreeSet<u16> = now.iter().copied().collect();
    ui.add_space(theme::UNIT);
    levels(ui, p, input);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Codebook").strong()).on_hover_text(
            "What each code draws, as the picture that has it everywhere. Click one, then paint on the picture",
        );
        let words = format!("{} of {entries} in this picture", used.len());
        ui.label(theme::quiet(ui, words));
    });
    ui.horizontal(|ui| {
        ui.label("Brush");
        let mut wide = chosen.more + 1;
        ui.spacing_mut().slider_width = 70.0;
        let slider = egui::Slider::new(&mut wide, 1..=5);
        if ui.add(slider).on_hover_text("How many codes wide a stroke is").changed() {
            chosen.more = wide.saturating_sub(1);
            set(ui, chosen);
        }
        if ui.button("Fill").on_hover_text("Put the chosen code everywhere").clicked() {
            hold(p, input, Value::Codes(vec![chosen.entry as u16; places].into()));
        }
        let hint = "Show the grid and the codes' numbers over the picture";
        if ui.checkbox(&mut chosen.grid, "Grid").on_hover_text(hint).changed() {
            set(ui, chosen);
        }
    });
    let (listed, sorted) = order(ui, p, input, entries);
    histogram(ui, p, input, &listed, sorted);
    let dead = |entry: u16| {
        let counts = p.state.used.as_ref().and_then(|u| u.counts.get(&input.name));
        counts.and_then(|c| c.get(usize::from(entry))) == Some(&0)
    };
    let dead: Vec<usize> = (0..entries).filter(|i| dead(listed[*i])).collect();
    let colours = theme::colours(ui);
    let side = ((ui.available_width() - 10.0) / COLUMNS as f32).clamp(16.0, 44.0);
    let shape = model.map_or(1.0, |(w, h)| h as f32 / w.max(1) as f32);
    let cell = Vec2::new(side, side * shape);
    let rows = entries.div_ceil(COLUMNS);
    let smooth = p.state.prefs.smooth_pixels;
    ScrollArea::vertical().id_salt(("codebook", &input.name)).max_height(HEIGHT).show(ui, |ui| {
        let size = Vec2::new(cell.x * COLUMNS as f32, cell.y * rows as f32);
        let (space, response) = ui.allocate_exact_size(size, Sense::click());
        // A row at a time, and only rows that are seen: a large codebook is drawn where it is looked at.
        for row in 0..rows {
            let top = space.top() + row as f32 * cell.y;
            let count = COLUMNS.min(entries - row * COLUMNS);
            let rect =
                Rect::from_min_size(Pos2::new(space.left(), top), Vec2::new(cell.x * count as f32, cell.y));
            if !ui.is_rect_visible(rect) {
                continue;
            }
            let point = |k: usize| {
                let mut held = p.state.latent.held.clone();
                let entry = listed[row * COLUMNS + k];
                held.insert(input.name.clone(), Value::Codes(vec![entry; places].into()));
                Point { z: p.state.latent.z.clone(), held }
            };
            let points = (0..count).map(point).collect();
            if let Some(image) = p.pictures.sheet_of(count, points) {
                p.pictures.paint(ui, Id::unique(("codebook", row)), rect, &image, Look::plain(smooth));
            } else {
                ui.painter().rect_filled(rect, 0.0, colours.ground);
            }
        }
        let place = |i: usize| {
            let corner = Vec2::new((i % COLUMNS) as f32 * cell.x, (i / COLUMNS) as f32 * cell.y);
            Rect::from_min_size(space.min + corner, cell)
        };
        for i in dead {
            let rect = place(i).shrink(2.0);
            ui.painter().rect_filled(rect, 0.0, Color32::from_black_alpha(110));
            let stroke = egui::Stroke::new(1.5, colours.bad);
            ui.painter().line_segment([rect.left_top(), rect.right_bottom()], stroke);
            ui.painter().line_segment([rect.right_top(), rect.left_bottom()], stroke);
        }
        for (i, entry) in listed.iter().enumerate() {
            if used.contains(entry) {
                let dot = place(i).right_bottom() - Vec2::splat(5.0);
                ui.painter().circle_filled(dot, 2.5, colours.accent);
            }
            if usize::from(*entry) == chosen.entry {
                let stroke = egui::Stroke::new(2.5, colours.accent);
                ui.painter().rect_stroke(place(i), 1.0, stroke, egui::StrokeKind::Inside);
            }
        }
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "The codebook"));
        let under = |at: Pos2| {
            let at = (at - space.min) / cell;
            let i = at.y.max(0.0) as usize * COLUMNS + (at.x.max(0.0) as usize).min(COLUMNS - 1);
            listed.get(i).map(|entry| usize::from(*entry))
        };
        if let Some(entry) = response.interact_pointer_pos().filter(|_| response.clicked()).and_then(under) {
            set(ui, Brush { entry, ..chosen });
        }
        if let Some(entry) = response.hover_pos().and_then(under) {
            let times = now.iter().filter(|c| usize::from(**c) == entry).count();
            response.on_hover_text(format!("Code {entry}: {times} of {places} places in this picture"));
        }
    });
    ui.add_space(theme::UNIT * 2.0);
}

/// Marks the place that is drawn now, where codes are shown one by one.
pub fn mark(ui: &Ui, p: &Panel<'_>, rect: Rect) {
    let Some((grid, at)) = p.state.drawing_at() else { return };
    let Some(Kind::Codes { height, width, .. }) =
        p.state.inputs().iter().find(|i| i.name == grid).map(|i| i.kind.clone())
    else {
        return;
    };
    let cell = rect.size() / Vec2::new(width as f32, height as f32);
    let corner = rect.min + Vec2::new((at % width) as f32 * cell.x, (at / width) as f32 * cell.y);
    let stroke = egui::Stroke::new(2.0, theme::colours(ui).accent);
    ui.painter().rect_stroke(Rect::from_min_size(corner, cell), 0.0, stroke, egui::StrokeKind::Inside);
}

/// Paints with the chosen code where the pointer is pressed, and shows the grid while it is over the picture, or always where
/// a person wants that.
pub fn paint(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, rect: Rect, response: &Response) {
    let Kind::Codes { height, width, entries } = input.kind else { return };
    let Some(now) = codes(p, input).filter(|c| c.len() == height * width) else { return };
    let cell = rect.size() / Vec2::new(width as f32, height as f32);
    let mut chosen = brush(ui);
    if !ui.ctx().egui_wants_keyboard_input() {
        let back = ui.input(|i| i.key_pressed(Key::OpenBracket));
        let on = ui.input(|i| i.key_pressed(Key::CloseBracket));
        if back || on {
            let by = if on { 1 } else { entries.saturating_sub(1) };
            chosen.entry = (chosen.entry.min(entries - 1) + by) % entries;
            set(ui, chosen);
        }
    }
    let pointer = ui.input(|i| i.pointer.latest_pos());
    let over = pointer.filter(|at| rect.contains(*at) && (response.hovered() || response.dragged()));
    let painter = ui.painter().with_clip_rect(rect);
    if over.is_some() || chosen.grid {
        let thin = egui::Stroke::new(0.5, Color32::from_white_alpha(60));
        for i in 1..width {
            painter.vline(rect.left() + i as f32 * cell.x, rect.y_range(), thin);
        }
        for i in 1..height {
            painter.hline(rect.x_range(), rect.top() + i as f32 * cell.y, thin);
        }
    }
    if chosen.grid && cell.min_elem() >= NUMBERED {
        let font = FontId::monospace((cell.min_elem() * 0.34).clamp(8.0, 14.0));
        for (i, code) in now.iter().enumerate() {
            let corner = Vec2::new((i % width) as f32 * cell.x, (i / width) as f32 * cell.y);
            let middle = rect.min + corner + cell / 2.0;
            let said = code.to_string();
            let shade = Color32::from_black_alpha(190);
            painter.text(middle + Vec2::splat(1.0), Align2::CENTER_CENTER, &said, font.clone(), shade);
            let bright = Color32::from_white_alpha(220);
            painter.text(middle, Align2::CENTER_CENTER, said, font.clone(), bright);
        }
    }
    let pressed = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_down());
    if pressed && p.state.sampling.replay.is_some() {
        // What was drawn is painted on when all of it is there.
        p.act(Action::Sampling(Sampling::Whole));
        return;
    }
    let ink = Ink::Entry(chosen.entry.min(entries - 1) as u16);
    let brush = canvas::Brush {
        width: (chosen.more + 1) as f32,
        tip: canvas::Tip::Square,
        ..canvas::Brush::default()
    };
    let with = With { tool: canvas::Tool::Pencil, brush, ink, other: None };
    let there = |_: &Panel<'_>| Some(Value::Codes(now.to_vec().into()));
    if let Did::Picked(Ink::Entry(entry)) = hand::draw(ui, p, input, (rect, response), &there, with) {
        set(ui, Brush { entry: usize::from(entry), ..chosen });
    }
}
