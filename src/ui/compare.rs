//! Two latents compared on one picture: a wipe between the one on the screen and another, or the other while a key is
//! held.
//!
//! Must not know: how pictures are decoded.

use super::{Panel, theme};
use crate::action::Action;
use crate::action::pick::Picking;
use crate::gpu::Look;
use eframe::egui::{self, Align2, FontId, Id, Key, Pos2, Rect, Sense, Ui, Vec2};

/// Lays the other picture over the main one, which fills `rect`.
pub fn over(ui: &mut Ui, p: &mut Panel<'_>, rect: Rect) {
    let typing = ui.ctx().egui_wants_keyboard_input();
    let held = !typing && ui.input(|i| i.key_down(Key::C) && i.modifiers.is_none());
    let wiping = p.state.pick.compared.is_some();
    let Some(other) = p.state.other().filter(|_| held || wiping) else { return };
    let Some(image) = p.pictures.sheet(1, &[&other]) else { return };
    let from = if held { rect.left() } else { rect.left() + rect.width() * p.state.pick.wipe };
    let part = Rect::from_min_max(Pos2::new(from, rect.top()), rect.max);
    let [low, high] = p.state.range;
    let look = Look { smooth: p.state.prefs.smooth_pixels, low, high };
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
        ui.set_clip_rect(part.intersect(ui.clip_rect()));
        p.pictures.paint(ui, Id::unique("compared picture"), rect, &image, look);
    });
    let font = FontId::proportional(12.0);
    let tag = |at: Pos2, anchor: Align2, text: &str| {
        let galley = ui.painter().layout_no_wrap(text.to_owned(), font.clone(), egui::Color32::WHITE);
        let place = anchor.anchor_size(at, galley.size());
        ui.painter().rect_filled(place.expand(3.0), 3.0, egui::Color32::from_black_alpha(170));
        ui.painter().galley(place.min, galley, egui::Color32::WHITE);
    };
    let inset = Vec2::splat(8.0);
    tag(rect.right_bottom() - inset, Align2::RIGHT_BOTTOM, "Compared");
    if held {
        return;
    }
    tag(rect.left_bottom() + Vec2::new(8.0, -8.0), Align2::LEFT_BOTTOM, "Current");
    ui.painter().line_segment(
        [part.left_top(), part.left_bottom()],
        egui::Stroke::new(2.0, theme::colours(ui).accent),
    );
    let grip = Rect::from_center_size(part.left_center(), Vec2::new(14.0, rect.height()));
    let response = ui.interact(grip, Id::unique("wipe of the comparison"), Sense::drag());
    response.widget_info(|| egui::WidgetInfo::slider(true, p.state.pick.wipe.into(), "Wipe"));
    if response.dragged()
        && let Some(at) = response.interact_pointer_pos()
    {
        p.act(Action::Pick(Picking::Wipe((at.x - rect.left()) / rect.width().max(1.0))));
    }
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
    }
    response.on_hover_text("Left of this line is the current picture, right of it the compared one");
    let close = Rect::from_min_size(rect.right_top() + Vec2::new(-32.0, 8.0), Vec2::splat(24.0));
    let end = ui.put(close, egui::Button::new("×"));
    end.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "End the comparison"));
    if end.on_hover_text("End the comparison").clicked() {
        p.act(Action::Pick(Picking::Compare(None)));
    }
}
