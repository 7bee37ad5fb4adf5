//! A grid of codes: the codebook as a palette, and painting with it on the picture itself.
//!
//! Must not know: how codes are decoded.

use super::super::{Panel, theme};
use crate::action::Action;
use crate::gpu::Look;
use crate::point::{Input, Kind, Point, Value};
use eframe::egui::{self, Id, Pos2, Rect, Response, RichText, ScrollArea, Sense, Ui, Vec2};
use std::sync::Arc;

/// Entries in a row of the palette.
const COLUMNS: usize = 8;
/// Height of the palette, points.
const HEIGHT: f32 = 260.0;

/// The chosen entry and the brush's width in codes.
#[derive(Clone, Copy)]
struct Brush {
    entry: usize,
    width: usize,
}

fn brush_id() -> Id {
    Id::unique("brush of codes")
}

fn brush(ui: &Ui) -> Brush {
    ui.data(|d| d.get_temp(brush_id())).unwrap_or(Brush { entry: 0, width: 1 })
}

fn set(ui: &Ui, brush: Brush) {
    ui.data_mut(|d| d.insert_temp(brush_id(), brush));
}

/// The codes of the grid now.
fn codes(p: &Panel<'_>, input: &Input) -> Option<Arc<[u16]>> {
    match super::value(p, input) {
        Value::Codes(codes) => Some(codes),
        _ => None,
    }
}

/// Draws the palette: each entry as the picture that has it everywhere.
pub fn palette(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, entries: usize) {
    let (Kind::Codes { height, width, .. }, Some(now)) = (&input.kind, codes(p, input)) else { return };
    let (places, model) = (height * width, p.state.model.as_ref().map(|m| (m.width, m.height)));
    let mut chosen = brush(ui);
    chosen.entry = chosen.entry.min(entries.saturating_sub(1));
    let used: std::collections::BTreeSet<u16> = now.iter().copied().collect();
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Codebook").strong()).on_hover_text(
            "What each code draws, as the picture that has it everywhere. Click one, then paint on the picture",
        );
        let words = format!("{} of {entries} in this picture", used.len());
        ui.label(theme::quiet(ui, words));
    });
    ui.horizontal(|ui| {
        ui.label("Brush");
        let slider = egui::Slider::new(&mut chosen.width, 1..=5);
        if ui.add(slider).on_hover_text("How many codes wide a stroke is").changed() {
            set(ui, chosen);
        }
        let all = Value::Codes(vec![chosen.entry as u16; places].into());
        if ui.button("Fill").on_hover_text("Put the chosen code everywhere").clicked() {
            p.act(Action::Hold(input.name.clone(), all));
            p.act(Action::Release);
        }
    });
    let colours = theme::colours(ui);
    let side = ((ui.available_width() - 10.0) / COLUMNS as f32).clamp(16.0, 44.0);
    let shape = model.map_or(1.0, |(w, h)| h as f32 / w.max(1) as f32);
    let cell = Vec2::new(side, side * shape);
    let rows = entries.div_ceil(COLUMNS);
    let smooth = p.state.prefs.smooth_pixels;
    ScrollArea::vertical().id_salt("codebook").max_height(HEIGHT).show(ui, |ui| {
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
                let entry = (row * COLUMNS + k) as u16;
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
        let place = |entry: usize| {
            let corner = Vec2::new((entry % COLUMNS) as f32 * cell.x, (entry / COLUMNS) as f32 * cell.y);
            Rect::from_min_size(space.min + corner, cell)
        };
        for entry in used.iter().map(|e| usize::from(*e)).filter(|e| *e < entries) {
            let dot = place(entry).right_bottom() - Vec2::splat(5.0);
            ui.painter().circle_filled(dot, 2.5, colours.accent);
        }
        let stroke = egui::Stroke::new(2.5, colours.accent);
        ui.painter().rect_stroke(place(chosen.entry), 1.0, stroke, egui::StrokeKind::Inside);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "The codebook"));
        let under = |at: Pos2| {
            let at = (at - space.min) / cell;
            let entry = at.y.max(0.0) as usize * COLUMNS + (at.x.max(0.0) as usize).min(COLUMNS - 1);
            (entry < entries).then_some(entry)
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

/// Paints with the chosen code where the pointer is pressed, and shows the grid while it is over the picture.
pub fn paint(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, rect: Rect, response: &Response) {
    let Kind::Codes { height, width, entries } = input.kind else { return };
    let Some(now) = codes(p, input).filter(|c| c.len() == height * width) else { return };
    let cell = rect.size() / Vec2::new(width as f32, height as f32);
    let chosen = brush(ui);
    let (pointer, alt) = ui.input(|i| (i.pointer.latest_pos(), i.modifiers.alt));
    let over = pointer.filter(|at| rect.contains(*at) && (response.hovered() || response.dragged()));
    let place = |at: Pos2| {
        let at = (at - rect.min) / cell;
        ((at.x.max(0.0) as usize).min(width - 1), (at.y.max(0.0) as usize).min(height - 1))
    };
    if let Some(at) = over {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Crosshair);
        let thin = egui::Stroke::new(0.5, egui::Color32::from_white_alpha(60));
        let painter = ui.painter().with_clip_rect(rect);
        for i in 1..width {
            painter.vline(rect.left() + i as f32 * cell.x, rect.y_range(), thin);
        }
        for i in 1..height {
            painter.hline(rect.x_range(), rect.top() + i as f32 * cell.y, thin);
        }
        let (x, y) = place(at);
        let reach = (chosen.width - 1) as f32 / 2.0;
        let corner = rect.min + Vec2::new((x as f32 - reach) * cell.x, (y as f32 - reach) * cell.y);
        let mark = Rect::from_min_size(corner, cell * chosen.width as f32);
        let stroke = egui::Stroke::new(2.0, theme::colours(ui).accent);
        painter.rect_stroke(mark, 0.0, stroke, egui::StrokeKind::Inside);
    }
    let pressed = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_down());
    if let Some(at) = over.filter(|_| pressed) {
        let (x, y) = place(at);
        if alt {
            set(ui, Brush { entry: usize::from(now[y * width + x]), ..chosen });
            return;
        }
        let mut painted = now.to_vec();
        let (before, after) = ((chosen.width - 1) / 2, chosen.width / 2);
        // A hand moves over several places between two frames.
        let way = ui.input(|i| i.pointer.delta());
        let steps = (way.x / cell.x).abs().max((way.y / cell.y).abs()).ceil().clamp(1.0, 64.0);
        for step in 0..steps as usize {
            let (x, y) = place(at - way * (step as f32 / steps));
            for row in y.saturating_sub(before)..=(y + after).min(height - 1) {
                for column in x.saturating_sub(before)..=(x + after).min(width - 1) {
                    painted[row * width + column] = chosen.entry.min(entries - 1) as u16;
                }
            }
        }
        if painted[..] != now[..] {
            p.act(Action::Hold(input.name.clone(), Value::Codes(painted.into())));
        }
    }
    if response.drag_stopped() || response.clicked() {
        p.act(Action::Release);
    }
}
