//! A row for every dimension, those that matter most first; dead ones are grey, with the reason.
//!
//! Must not know: how pictures are decoded.

use super::super::{Panel, theme};
use crate::action::Action;
use crate::engine::message::Importance;
use crate::gpu::Look;
use eframe::egui::{self, Align2, FontId, Id, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2};

/// Pictures in a row; the middle one is at 0.
const COUNT: usize = 9;
/// The outermost, in σ.
const REACH: f32 = 2.5;
/// Width of the words before the pictures.
const WORDS: f32 = 124.0;

/// Draws them.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some((wide, high)) = p.state.model.as_ref().map(|m| (m.width as f32, m.height as f32)) else {
        return;
    };
    let order = p.state.order.clone();
    let dead = order.iter().filter(|i| p.state.dead(**i).is_some()).count();
    let measured = match p.state.ranking {
        None => "importance is being measured".into(),
        Some((Importance::Kl, _)) => format!("{dead} of {} dimensions are dead, by KL in nats", order.len()),
        Some((Importance::Sensitivity, _)) => {
            format!("{dead} of {} dimensions are dead, by how much the picture changes", order.len())
        }
    };
    ui.label(theme::quiet(ui, measured));
    let cell = ((ui.available_width() - WORDS - 16.0) / COUNT as f32).min(104.0);
    let row = cell * high / wide.max(1.0);
    ui.spacing_mut().item_spacing.y = theme::UNIT;
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, row, order.len(), |ui, range| {
        for i in order.get(range).unwrap_or_default() {
            one(ui, p, *i, Vec2::new(cell * COUNT as f32, row));
        }
    });
}

fn one(ui: &mut Ui, p: &mut Panel<'_>, i: usize, size: Vec2) {
    let colours = theme::colours(ui);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(WORDS + size.x, size.y), Sense::hover());
    let words = Rect::from_min_size(rect.min, Vec2::new(WORDS, size.y));
    let place = Rect::from_min_size(rect.min + Vec2::new(WORDS, 0.0), size);
    let dead = p.state.dead(i);
    let ink = if dead.is_some() { colours.quiet } else { ui.visuals().text_color() };
    let at = words.left_center();
    ui.painter().text(
        at - Vec2::new(0.0, 9.0),
        Align2::LEFT_CENTER,
        p.state.dimension(i),
        FontId::monospace(13.0),
        ink,
    );
    let figure = p.state.ranking.as_ref().and_then(|(m, v)| Some((*m, *v.get(i)?)));
    let figure = match (figure, &dead) {
        (None, _) => "…".into(),
        (Some((Importance::Kl, v)), None) => format!("{v:.2} nats"),
        (Some((Importance::Kl, v)), Some(_)) => format!("dead, {v:.3} nats"),
        (Some((Importance::Sensitivity, v)), None) => format!("changes {:.1} %", v * 100.0),
        (Some((Importance::Sensitivity, v)), Some(_)) => format!("dead, {:.2} %", v * 100.0),
    };
    let font = FontId::proportional(12.0);
    ui.painter().text(at + Vec2::new(0.0, 9.0), Align2::LEFT_CENTER, figure, font, colours.quiet);
    let latents: Vec<Vec<f32>> = (0..COUNT)
        .map(|k| {
            let mut z = p.state.latent.z.clone();
            if let Some(v) = z.get_mut(i) {
                *v = value(k);
            }
            z
        })
        .collect();
    ui.painter().rect_filled(place, 0.0, colours.ground);
    if let Some(image) = p.pictures.sheet(COUNT, &latents) {
        let look = Look::plain(p.state.prefs.smooth_pixels);
        p.pictures.paint(ui, Id::unique(("dimension strip", i)), place, &image, look);
    }
    if dead.is_some() {
        ui.painter().rect_filled(place, 0.0, ui.visuals().panel_fill.gamma_multiply(0.6));
    }
    let response = ui.interact(place, Id::unique(("strip", "dimension", i)), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Strip of z{i}")));
    if let Some(at) = response.hover_pos() {
        let k = (((at.x - place.left()) / size.x * COUNT as f32) as usize).min(COUNT - 1);
        let w = size.x / COUNT as f32;
        let frame = Rect::from_min_size(place.min + Vec2::new(w * k as f32, 0.0), Vec2::new(w, size.y));
        ui.painter().rect_stroke(frame, 2.0, Stroke::new(2.0, colours.accent), StrokeKind::Inside);
        if response.clicked() {
            p.act(Action::SetZ(i, value(k)));
            p.act(Action::Release);
        }
        let text =
            dead.unwrap_or_else(|| format!("{} = {:+.2}; click to set it", p.state.dimension(i), value(k)));
        response.on_hover_text_at_pointer(text);
    }
}

fn value(k: usize) -> f32 {
    REACH * (2.0 * k as f32 / (COUNT - 1) as f32 - 1.0)
}
