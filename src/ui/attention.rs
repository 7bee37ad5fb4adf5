//! What the place under the pointer looks at, over the picture of a model that attends. Live: it follows the latent, and the weights
//! while they learn.
//!
//! Must not know: how attention is computed.

use super::{Panel, theme};
use crate::action::{Action, inside::Looking};
use eframe::egui::{self, Color32, ColorImage, Pos2, Rect, Response, Stroke, TextureOptions, Ui, Vec2};

/// A switch for it; nothing where the model does not attend.
pub fn switch(ui: &mut Ui, p: &mut Panel<'_>) {
    if p.state.attends().next().is_none() {
        return;
    }
    let mut on = p.state.inside.attention;
    let hint = "Point at a place of the picture: what it looks at while the model draws it is bright (the first attention layer, or the one that is chosen in Layers)";
    if ui.checkbox(&mut on, "Attention").on_hover_text(hint).changed() {
        p.act(Action::Inside(Looking::Attention(on)));
    }
}

/// Draws it where the pointer is over the picture in `rect`.
pub fn over(ui: &Ui, p: &mut Panel<'_>, rect: Rect, response: &Response) {
    let Some(layer) = p.state.attention() else { return };
    // The window of layers asks for its own.
    p.pictures.tap.get_or_insert(layer);
    let Some(at) = response.hover_pos().filter(|at| rect.contains(*at)) else { return };
    let part = (at - rect.min) / rect.size();
    let Some((weights, [h, w])) = p.state.looked_at([part.x, part.y]) else { return };
    let most = weights.iter().copied().fold(1e-9, f32::max);
    let bright = theme::colours(ui).accent;
    let pixel = |v: &f32| {
        let part = (v / most).clamp(0.0, 1.0);
        // Dim where it does not look, the picture as it is where it looks most.
        Color32::from_rgba_unmultiplied(8, 10, 14, ((1.0 - part) * 200.0) as u8)
    };
    let image = ColorImage::new([w, h], weights.iter().map(pixel).collect());
    let id = egui::Id::unique("attention");
    let kept = ui.data(|d| d.get_temp::<egui::TextureHandle>(id));
    let texture = match kept {
        Some(mut texture) => {
            texture.set(image, TextureOptions::LINEAR);
            texture
        }
        None => ui.ctx().load_texture("attention", image, TextureOptions::LINEAR),
    };
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
    painter.image(texture.id(), rect, whole, Color32::WHITE);
    ui.data_mut(|d| d.insert_temp(id, texture));
    let cell = rect.size() / Vec2::new(2.0 * w as f32, 2.0 * h as f32);
    let place = ((at - rect.min) / cell).floor();
    let here = Rect::from_min_size(rect.min + place * cell, cell);
    painter.rect_stroke(here, 0.0, Stroke::new(2.0, bright), egui::StrokeKind::Outside);
}
