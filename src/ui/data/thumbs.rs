//! The thumbnails: as many as the filter keeps, in one texture that holds the rows on the screen and is written to where
//! a row comes in.
//!
//! Must not know: where the pictures came from.

use super::super::{Panel, grouped, theme};
use super::{Browsing, spaced};
use crate::action::Action;
use crate::data::{AttributeKind, Pictures, Split};
use crate::engine::message::DataView;
use crate::state::browse::Kept;
use eframe::egui::{
    self, Color32, ColorImage, Key, Modifiers, Rect, ScrollArea, Sense, TextureHandle, TextureOptions, Ui,
    Vec2,
};
use std::sync::{Arc, Weak};

/// Side of a thumbnail on the screen, points.
const THUMB: f32 = 64.0;
/// Least and largest space between them: what is left of the width is shared out, so that the page has straight edges
/// and pictures of 64 pixels stay sharp.
const GAP: (f32, f32) = (4.0, 12.0);
/// What the scroll bar takes of the width.
const SCROLL_BAR: f32 = 12.0;
/// Larger pictures are averaged down to about this many pixels.
const LARGEST: usize = 64;

/// The rows in the texture. Row `r` of the page lies in slot `r % slots`, so that scrolling writes only rows that come
/// in, and makes no texture.
#[derive(Clone, Default)]
struct Sheet {
    /// Weak, so that a set that is no longer shown is not kept.
    of: Option<Weak<Split>>,
    kept: Option<Arc<Kept>>,
    columns: usize,
    rows: Vec<Option<usize>>,
    texture: Option<TextureHandle>,
    /// Where the page was scrolled to.
    offset: f32,
}

impl Sheet {
    /// Whether it shows the same pictures, in whatever columns.
    fn shows(&self, split: &Arc<Split>, kept: Option<&Arc<Kept>>) -> bool {
        let same_filter = match (&self.kept, kept) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        same_filter && self.of.as_ref().is_some_and(|s| std::ptr::eq(s.as_ptr(), Arc::as_ptr(split)))
    }
}

/// Draws them, and takes clicks and arrow keys.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, view: &DataView) {
    let split = &view.train;
    let kept = p.state.browse.kept.clone();
    let total = kept.as_ref().map_or(split.pictures.len(), |k| k.pictures.len());
    if total == 0 {
        ui.add_space(theme::UNIT * 4.0);
        let why =
            if kept.is_some() { "No picture fits all conditions; drop one of them." } else { "No pictures." };
        ui.label(theme::quiet(ui, why));
        return;
    }
    let width = ui.available_width() - SCROLL_BAR;
    let columns = (((width + GAP.0) / (THUMB + GAP.0)) as usize).max(1);
    let gap =
        ((width - columns as f32 * THUMB) / (columns as f32 - 1.0).max(1.0)).floor().clamp(GAP.0, GAP.1);
    let slots = (ui.available_height() / (THUMB + gap)) as usize + 3;
    let id = ui.scope_id().with("sheet");
    let mut sheet = ui.data_mut(|d| d.get_temp::<Sheet>(id)).unwrap_or_default();
    // Other pictures are shown from the first on.
    let jump = match sheet.shows(split, kept.as_ref()) {
        true => arrows(ui, p, (columns, gap), total, sheet.offset),
        false => Some(0.0),
    };
    prepare(ui, &mut sheet, split, kept, columns, slots);
    ui.spacing_mut().item_spacing = Vec2::splat(gap);
    let mut area = ScrollArea::vertical().id_salt("pictures").auto_shrink(false);
    if let Some(offset) = jump {
        area = area.vertical_scroll_offset(offset);
    }
    let out = area.show_rows(ui, THUMB, total.div_ceil(columns), |ui, range| {
        for row in range {
            let first = row * columns;
            draw_row(ui, p, split, &mut sheet, row, first..(first + columns).min(total));
        }
    });
    sheet.offset = out.state.clamped_offset().y;
    ui.data_mut(|d| d.insert_temp(id, sheet));
}

/// Makes the sheet fit what is shown.
fn prepare(
    ui: &Ui,
    sheet: &mut Sheet,
    split: &Arc<Split>,
    kept: Option<Arc<Kept>>,
    columns: usize,
    slots: usize,
) {
    if sheet.shows(split, kept.as_ref()) && (sheet.columns, sheet.rows.len()) == (columns, slots) {
        return;
    }
    let (w, h) = tile(&split.pictures);
    let size = [columns * w, slots * h];
    let texture = sheet.texture.take().filter(|t| t.size() == size).unwrap_or_else(|| {
        let empty = ColorImage::filled(size, Color32::TRANSPARENT);
        ui.ctx().load_texture("thumbnails", empty, TextureOptions::LINEAR)
    });
    let (of, rows) = (Some(Arc::downgrade(split)), vec![None; slots]);
    *sheet = Sheet { of, kept, columns, rows, texture: Some(texture), offset: sheet.offset };
}

fn draw_row(
    ui: &mut Ui,
    p: &mut Panel<'_>,
    split: &Split,
    sheet: &mut Sheet,
    row: usize,
    places: std::ops::Range<usize>,
) {
    let (w, h) = tile(&split.pictures);
    let slot = row % sheet.rows.len();
    let gap = ui.spacing().item_spacing.x;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), THUMB), Sense::hover());
    let Some(texture) = &mut sheet.texture else { return };
    if sheet.rows[slot] != Some(row) {
        let pictures = places.clone().map(|k| p.state.browse.at(k));
        texture.set_partial(
            [0, slot * h],
            strip(&split.pictures, sheet.columns, pictures),
            TextureOptions::LINEAR,
        );
        sheet.rows[slot] = Some(row);
    }
    let [across, down] = texture.size().map(|n| n as f32);
    let mut mesh = egui::Mesh::with_texture(texture.id());
    let accent = theme::colours(ui).accent;
    let mut frames = Vec::new();
    for (k, place) in places.enumerate() {
        let at =
            Rect::from_min_size(rect.min + egui::vec2(k as f32 * (THUMB + gap), 0.0), Vec2::splat(THUMB));
        // Half a texel in, so that no neighbour shines through at the edge.
        let (x, y) = ((k * w) as f32, (slot * h) as f32);
        let uv = Rect::from_min_max(
            egui::pos2((x + 0.5) / across, (y + 0.5) / down),
            egui::pos2((x + w as f32 - 0.5) / across, (y + h as f32 - 0.5) / down),
        );
        mesh.add_rect_with_uv(at, uv, Color32::WHITE);
        let picture = p.state.browse.at(place);
        // Not in the Tab order: the arrow keys go from picture to picture.
        let response = ui.interact(at, egui::Id::unique(("thumbnail", picture)), Sense::CLICK);
        let chosen = p.state.browse.selected == Some(picture);
        response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, chosen, name(picture)));
        if chosen || response.hovered() {
            frames.push((at, if chosen { 3.0 } else { 1.5 }));
        }
        if response.clicked() {
            p.act(Action::Browse(Browsing::Select(if chosen { None } else { Some(picture) })));
        }
        response.on_hover_ui(|ui| {
            ui.set_max_width(280.0);
            ui.label(caption(split, picture));
        });
    }
    ui.painter().add(mesh);
    for (at, width) in frames {
        ui.painter().rect_stroke(at, 2.0, egui::Stroke::new(width, accent), egui::StrokeKind::Outside);
    }
}

/// The arrow keys move the selection, unless a control has the focus. Returns where to scroll to, to see it.
fn arrows(
    ui: &Ui,
    p: &mut Panel<'_>,
    (columns, gap): (usize, f32),
    total: usize,
    offset: f32,
) -> Option<f32> {
    let place = p.state.browse.selected.and_then(|i| p.state.browse.place(i))?;
    if ui.ctx().memory(|m| m.focused().is_some()) {
        return None;
    }
    let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    let last = total - 1;
    let to = if pressed(Key::ArrowRight) {
        (place + 1).min(last)
    } else if pressed(Key::ArrowLeft) {
        place.saturating_sub(1)
    } else if pressed(Key::ArrowDown) {
        if place + columns <= last { place + columns } else { place }
    } else if pressed(Key::ArrowUp) {
        place.checked_sub(columns).unwrap_or(place)
    } else {
        return None;
    };
    if to == place {
        return None;
    }
    p.act(Action::Browse(Browsing::Select(Some(p.state.browse.at(to)))));
    let (top, high) = ((to / columns) as f32 * (THUMB + gap), ui.available_height());
    let bottom = top + THUMB - high;
    (top < offset || bottom > offset).then_some(if top < offset { top } else { bottom })
}

/// What a thumbnail is called.
fn name(picture: usize) -> String {
    format!("Picture {}", grouped(picture as u64))
}

/// How many pixels wide and high a picture is on the sheet.
fn tile(p: &Pictures) -> (usize, usize) {
    let step = step(p);
    ((p.width / step).max(1), (p.height / step).max(1))
}

/// So many pixels are averaged, each way.
fn step(p: &Pictures) -> usize {
    (p.width.max(p.height) / LARGEST).max(1)
}

/// Pictures side by side, as wide as `columns` of them.
fn strip(p: &Pictures, columns: usize, pictures: impl Iterator<Item = usize>) -> ColorImage {
    let ((w, h), step) = (tile(p), step(p));
    let mut pixels = vec![Color32::TRANSPARENT; columns * w * h];
    for (k, picture) in pictures.enumerate() {
        let Some(bytes) = p.get(picture) else { continue };
        for (y, line) in pixels.chunks_exact_mut(columns * w).enumerate() {
            let Some(line) = line.get_mut(k * w..(k + 1) * w) else { continue };
            let row = &bytes[y * step * p.width * p.channels..];
            match (step, p.channels) {
                (1, 3) => line
                    .iter_mut()
                    .zip(row.chunks_exact(3))
                    .for_each(|(to, c)| *to = Color32::from_rgb(c[0], c[1], c[2])),
                (1, _) => line.iter_mut().zip(row).for_each(|(to, v)| *to = Color32::from_gray(*v)),
                _ => line.iter_mut().enumerate().for_each(|(x, to)| *to = mean(p, row, x * step, step)),
            }
        }
    }
    ColorImage::new([columns * w, h], pixels)
}

/// The mean of `step × step` pixels, whose first row begins at `rows` and whose first column is `x`.
fn mean(p: &Pictures, rows: &[u8], x: usize, step: usize) -> Color32 {
    let channel = |c: usize| {
        let all = (0..step).flat_map(|dy| (0..step).map(move |dx| (dy * p.width + x + dx) * p.channels + c));
        let sum: usize = all.filter_map(|i| rows.get(i)).map(|v| usize::from(*v)).sum();
        (sum / (step * step)) as u8
    };
    if p.channels == 3 {
        Color32::from_rgb(channel(0), channel(1), channel(2))
    } else {
        Color32::from_gray(channel(0))
    }
}

/// What a picture shows, in a sentence.
fn caption(split: &Split, picture: usize) -> String {
    let mut words = Vec::new();
    for a in &split.attributes {
        let Some(v) = a.values.get(picture) else { continue };
        match &a.kind {
            AttributeKind::Binary if *v >= 0.5 => words.push(spaced(&a.name)),
            AttributeKind::Binary | AttributeKind::Continuous { .. } => {}
            AttributeKind::Class(names) => {
                let name = names.get(*v as usize).cloned().unwrap_or_else(|| v.to_string());
                words.push(format!("{} {name}", a.name));
            }
        }
    }
    format!("{}{}{}", name(picture), if words.is_empty() { "" } else { "\n" }, words.join(", "))
}
