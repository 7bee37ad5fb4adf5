//! What is compared with the picture on the screen: another latent, or the same latent as another model draws it. A wipe
//! between the two, or the other one while a key is held; and the menu that chooses a model.
//!
//! Must not know: how pictures are decoded.

use super::dialogs::Dialog;
use super::{Panel, theme};
use crate::action::Action;
use crate::action::families::Siding;
use crate::action::pick::Picking;
use crate::engine::folder::name_of;
use crate::engine::message::{ModelInfo, Source};
use crate::gpu::{Image, Look};
use eframe::egui::{self, Align2, FontId, Id, Key, Pos2, Rect, RichText, ScrollArea, Sense, Ui, Vec2};

/// The other picture, what is written on both, and what ends the comparison.
struct Other {
    image: Option<Image>,
    tags: [String; 2],
    end: Action,
}

/// What there is to compare with: a latent that was chosen for it, another model; while the key is held also the newest
/// bookmark.
fn other(p: &mut Panel<'_>, held: bool) -> Option<Other> {
    let latent = |p: &mut Panel<'_>| {
        let z = p.state.other()?;
        let tags = ["Current".into(), "Compared".into()];
        Some(Other { image: p.pictures.sheet(1, &[&z]), tags, end: Action::Pick(Picking::Compare(None)) })
    };
    if p.state.pick.compared.is_some() {
        return latent(p);
    }
    if let Some(with) = &p.state.compared {
        let tags = [p.state.model.as_ref().map_or_else(String::new, called), called(with)];
        let image = p.pictures.compared.as_ref().filter(|s| s.model == with.id).map(|s| s.image.clone());
        return Some(Other { image, tags, end: Action::Compare(None) });
    }
    if held { latent(p) } else { None }
}

/// What tells a model from another one.
fn called(model: &ModelInfo) -> String {
    match &model.source {
        Source::File(path) => name_of(path),
        _ => model.name.clone(),
    }
}

/// Lays the other picture over the main one, which fills `rect`.
pub fn over(ui: &mut Ui, p: &mut Panel<'_>, rect: Rect) {
    let typing = ui.ctx().egui_wants_keyboard_input();
    let held = !typing && ui.input(|i| i.key_down(Key::C) && i.modifiers.is_none());
    let Some(Other { image: Some(image), tags: [this, that], end }) = other(p, held) else { return };
    let from = if held { rect.left() } else { rect.left() + rect.width() * p.state.pick.wipe };
    let part = Rect::from_min_max(Pos2::new(from, rect.top()), rect.max);
    let [low, high] = p.state.range;
    let look = Look { smooth: p.state.prefs.smooth_pixels, low, high };
    p.pictures.paint_part(ui, Id::unique("compared picture"), rect, part, &image, look);
    let room = rect.width() / 2.0 - 12.0;
    tag(ui, rect.right_bottom() - Vec2::splat(8.0), Align2::RIGHT_BOTTOM, &that, room);
    if held {
        return;
    }
    tag(ui, rect.left_bottom() + Vec2::new(8.0, -8.0), Align2::LEFT_BOTTOM, &this, room);
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
    let button = ui.put(close, egui::Button::new("×"));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "End the comparison"));
    if button.on_hover_text("End the comparison").clicked() {
        p.act(end);
    }
}

/// A word on a picture, cut where it has no room.
fn tag(ui: &Ui, at: Pos2, anchor: Align2, text: &str, room: f32) {
    let mut job = egui::text::LayoutJob::simple_singleline(
        text.to_owned(),
        FontId::proportional(12.0),
        egui::Color32::WHITE,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.max(20.0));
    let galley = ui.painter().layout_job(job);
    let place = anchor.anchor_size(at, galley.size());
    ui.painter().rect_filled(place.expand(3.0), 3.0, egui::Color32::from_black_alpha(170));
    ui.painter().galley(place.min, galley, egui::Color32::WHITE);
}

/// The menu that chooses a model to compare with.
pub fn menu(ui: &mut Ui, p: &mut Panel<'_>) {
    // The arrow is in the fixed-width font only.
    let button = ui.button(("Compare", RichText::new("▾").monospace()));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Compare with a model"));
    let hint = "See the same latent as another model draws it, with a wipe between the two. To compare two latents, right-click one";
    egui::Popup::menu(&button.on_hover_text(hint)).show(|ui| {
        ui.set_width(240.0);
        if ui.button("Another checkpoint…").on_hover_text("Choose its file").clicked() {
            p.ask(ui.ctx(), Dialog::Compare, "");
        }
        let hint = "Any models of one picture size: likelihood, FID64, precision and recall, time, and sheets of what they draw";
        if ui.button("Side by side, with figures…").on_hover_text(hint).clicked() {
            p.act(Action::Families(Siding::Open(true)));
            ui.close();
        }
        let here = p.state.model.as_ref().map(|m| m.source.clone());
        // The shipped models are not offered: no two of them take latents of one length.
        let recent = p.state.prefs.recent.iter().map(|path| (Source::File(path.clone()), name_of(path)));
        let offered: Vec<_> = recent.filter(|(s, _)| here.as_ref() != Some(s)).collect();
        ui.separator();
        if offered.is_empty() {
            let text =
                "Checkpoints that were opened lately are listed here; those of a run are at its moments too.";
            ui.add(egui::Label::new(theme::quiet(ui, text).small()).wrap());
        }
        let high = ui.ctx().content_rect().height() / 2.0;
        ScrollArea::vertical().max_height(high).show(ui, |ui| {
            for (source, title) in offered {
                if ui.add(egui::Button::new(title).truncate()).clicked() {
                    p.act(Action::Compare(Some(source)));
                    ui.close();
                }
            }
        });
        if p.state.compared.is_some() {
            ui.separator();
            if ui.button("End the comparison").clicked() {
                p.act(Action::Compare(None));
            }
        }
    });
}
