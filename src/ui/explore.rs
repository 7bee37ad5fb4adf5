//! The picture, large; a drag on it moves two dimensions.
//!
//! Must not know: how it was decoded.

use super::latent::{self, Carried};
use super::{
    Panel, attention, brought, compare, dialogs::Dialog, directions, fitted, handles, pixels, plane, status,
    theme, upscale,
};
use crate::action::Action;
use crate::engine::message::Place;
use crate::gpu::Look;
use eframe::egui::{self, Align2, FontId, Id, Rect, Sense, Ui};

/// How far a drag over the whole picture moves z, in units of the prior's σ.
const DRAG: f32 = 5.0;

/// Draws it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    let footer = 30.0;
    let mut space = ui.available_rect_before_wrap();
    let (room, asked) = (space.height() * 0.45, directions::height(p, space.width()));
    let handles = asked.min(room);
    let below = Rect::from_min_max(egui::pos2(space.min.x, space.max.y - handles), space.max);
    ui.scope_builder(egui::UiBuilder::new().max_rect(below), |ui| directions::show(ui, p));
    space.max.y -= handles + theme::UNIT;
    if brought::is_here(p) {
        let yours = Rect::from_min_max(egui::pos2(space.min.x, space.max.y - brought::HEIGHT), space.max);
        ui.scope_builder(egui::UiBuilder::new().max_rect(yours), |ui| brought::show(ui, p));
        space.max.y -= brought::HEIGHT;
    }
    let picture = Rect::from_min_max(space.min, egui::pos2(space.max.x, space.max.y - footer));
    canvas(ui, p, picture, Id::unique("main picture"));
    p.failures_over(ui, picture, &[Place::Engine, Place::Model, Place::Bench]);
    let under = Rect::from_min_max(egui::pos2(space.min.x, picture.max.y), space.max);
    ui.scope_builder(egui::UiBuilder::new().max_rect(under.shrink2(egui::vec2(0.0, 4.0))), |ui| {
        ui.horizontal_centered(|ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let mut smooth = p.state.prefs.smooth_pixels;
                if ui
                    .checkbox(&mut smooth, "Smooth")
                    .on_hover_text("Blend between pixels, or show them as squares")
                    .changed()
                {
                    p.act(Action::SmoothPixels(smooth));
                }
                view(ui, p);
                compare::menu(ui, p);
                // What is left of the row: words give way to controls.
                ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| dragged(ui, p));
            });
        });
    });
}

/// What a drag on the picture does, in words.
fn dragged(ui: &mut Ui, p: &Panel<'_>) {
    let walked = p.state.scene_input().is_some();
    let (words, hint) = if let Some((right, up)) = p.state.axes().filter(|_| !walked) {
        let [right, up] = [right, up].map(|i| p.state.dimension(i));
        let hint = "Right-click a slider to choose which dimensions a drag moves";
        (format!("Drag the picture: ↔ {right}, ↕ {up}"), hint)
    } else if let Some(hint) = handles::hint(p) {
        (hint.to_owned(), "")
    } else {
        return;
    };
    let label = ui.add(egui::Label::new(theme::quiet(ui, &words)).truncate());
    if !hint.is_empty() {
        label.on_hover_text(format!("{words}. {hint}"));
    }
}

/// Bringing a picture, and taking one along.
pub fn files(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(model) = p.state.model.clone() else { return };
    let hint = match model.has_encoder {
        _ if p.state.has_codes() => {
            "Open a photograph or drawing: the model reads its codes, and every stroke edits it. Dropping it here does the same"
        }
        true => {
            "Open a photograph or drawing: the model encodes it, and every slider edits it. Dropping it here does the same"
        }
        false => {
            "Open a photograph or drawing: the latent that draws it best is searched, as this model has no encoder. Dropping it here does the same"
        }
    };
    if ui.button("Edit a picture…").on_hover_text(hint).clicked() {
        p.ask(ui.ctx(), Dialog::Picture, &model.name);
    }
    let hint =
        "Save the picture as a PNG that carries what it was drawn from: dropped here, it brings that back";
    if ui.button("Save picture…").on_hover_text(hint).clicked() {
        p.ask(ui.ctx(), Dialog::SavePicture, &model.name);
    }
}

/// Room in the row under the picture for the value range beside the rest.
const RANGED: f32 = 400.0;

/// Value range and difference view.
fn view(ui: &mut Ui, p: &mut Panel<'_>) {
    if ui.available_width() > RANGED {
        range(ui, p);
    }
    attention::switch(ui, p);
    let mut difference = p.state.difference;
    let hint =
        "Show how the picture differs from the one that was here when this was switched on, on middle grey";
    if ui.checkbox(&mut difference, "Difference").on_hover_text(hint).changed() {
        if difference {
            p.pictures.pinned = p.pictures.main.clone();
        }
        p.act(Action::Difference(difference));
    }
}

/// Which values are black and white.
fn range(ui: &mut Ui, p: &mut Panel<'_>) {
    let [low, high] = p.state.range;
    let reset = ui.add_enabled([low, high] != [0.0, 1.0], egui::Button::new("↺").small());
    if reset.on_hover_text("Back to 0 … 1").clicked() {
        p.act(Action::Range([0.0, 1.0]));
    }
    let (mut l, mut h) = (low, high);
    let edge = |v| egui::DragValue::new(v).speed(0.005).range(-1.0..=2.0).fixed_decimals(2);
    let white = ui.add(edge(&mut h)).on_hover_text("The value drawn white");
    let black = ui.add(edge(&mut l)).on_hover_text("The value drawn black");
    ui.label(theme::quiet(ui, "Range"));
    if white.changed() || black.changed() {
        p.act(Action::Range([l, h]));
    }
}

/// The main picture in a rectangle, with its drag. Also used beside the curves while training.
pub fn canvas(ui: &mut Ui, p: &mut Panel<'_>, space: Rect, id: Id) {
    let colours = theme::colours(ui);
    ui.painter().rect_filled(space, theme::ROUND, colours.ground);
    let Some(model) = &p.state.model else {
        let text = match &p.state.opening {
            Some(name) => status::opening(name),
            None => "Open a checkpoint, or drop one here".into(),
        };
        ui.painter().text(
            space.center(),
            Align2::CENTER_CENTER,
            text,
            FontId::proportional(16.0),
            colours.quiet,
        );
        return;
    };
    let model = model.clone();
    let explored = p.state.tab == crate::state::Tab::Explore;
    if explored && let Some(input) = p.state.enlarged_input().cloned() {
        let (rect, response) = upscale::show(ui, p, space, &input, id);
        grip(ui, p, space, id);
        if let Some(carried) = response.dnd_release_payload::<Carried>() {
            p.act(Action::Go(carried.point.clone()));
        }
        compare::over(ui, p, rect);
        return;
    }
    if explored && let Some(rect) = handles::scene(ui, p, space, id) {
        grip(ui, p, space, id);
        compare::over(ui, p, rect);
        return;
    }
    let space = if explored { handles::beside(ui, p, space) } else { space };
    let space = match explored {
        true if model.points => figures_beside(ui, p, space, plane::side),
        true if model.pixels => figures_beside(ui, p, space, pixels::side),
        _ => space,
    };
    let rect = fitted(space.shrink(theme::UNIT * 3.0), model.width, model.height);
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "The picture of the latent"));
    match &p.pictures.main {
        _ if model.points => plane::paint(ui, p, rect),
        Some(shown) if shown.model == model.id => {
            let [low, high] = p.state.range;
            let look = Look { smooth: p.state.prefs.smooth_pixels, low, high };
            p.pictures.place_main(ui, id, rect, look, p.state.difference);
            brought::wiped(ui, p, rect);
            if explored && model.pixels {
                pixels::over(ui, p, rect);
            }
            attention::over(ui, p, rect, &response);
        }
        _ => {
            ui.painter().text(
                rect.center(),
                Align2::CENTER_CENTER,
                "…",
                FontId::proportional(24.0),
                colours.quiet,
            );
        }
    }
    let painted = explored && handles::over(ui, p, rect, &response);
    if p.state.dims() > 0 && !painted && (response.hovered() || response.dragged()) {
        ui.ctx().set_cursor_icon(if response.dragged() {
            egui::CursorIcon::Grabbing
        } else {
            egui::CursorIcon::Grab
        });
    }
    grip(ui, p, space, id);
    if let Some(carried) = response.dnd_release_payload::<Carried>() {
        p.act(Action::Go(carried.point.clone()));
    }
    compare::over(ui, p, rect);
    let Some((right, up)) = p.state.axes().filter(|_| !painted) else { return };
    let z = |i: usize| p.state.latent.z.get(i).copied().unwrap_or(0.0);
    let moved = response.drag_delta();
    if response.dragged() && moved != egui::Vec2::ZERO {
        let (dx, dy) = (moved.x / rect.width() * DRAG, -moved.y / rect.height() * DRAG);
        if right == up {
            p.act(Action::SetZ(right, z(right) + dx));
        } else {
            p.act(Action::SetPair([(right, z(right) + dx), (up, z(up) + dy)]));
        }
    }
    if response.drag_stopped() {
        p.act(Action::Release);
    }
    if response.double_clicked() {
        p.act(Action::ResetAll);
    }
    response.context_menu(|ui| {
        if ui.button("🎲 Randomise").clicked() {
            p.act(Action::Randomise);
            ui.close();
        }
        if ui.button("↺ Reset all").clicked() {
            p.act(Action::ResetAll);
            ui.close();
        }
        ui.separator();
        latent::menu(ui, p, &Carried::loose(p.state.point()));
    });
}

/// Figures at the right, and what is left.
fn figures_beside(ui: &mut Ui, p: &mut Panel<'_>, space: Rect, figures: fn(&mut Ui, &mut Panel<'_>)) -> Rect {
    let inner = space.shrink(theme::UNIT * 3.0);
    // In a narrow window the picture needs the room.
    if inner.width() < plane::WIDTH * 1.8 {
        return space;
    }
    let side = Rect::from_min_max(egui::pos2(inner.right() - plane::WIDTH, inner.top()), inner.max);
    ui.scope_builder(egui::UiBuilder::new().max_rect(side), |ui| figures(ui, p));
    Rect::from_min_max(space.min, egui::pos2(side.left() - theme::UNIT, space.max.y))
}

/// A corner by which the picture itself is dragged into a well: a drag on the picture moves its latent.
fn grip(ui: &mut Ui, p: &mut Panel<'_>, space: Rect, id: Id) {
    if p.state.tab != crate::state::Tab::Explore {
        return;
    }
    let place = Rect::from_min_size(space.min + egui::vec2(6.0, 6.0), egui::vec2(26.0, 26.0));
    let response = latent::handle(ui, p, place, id.with("grip"), &Carried::loose(p.state.point()));
    let colours = theme::colours(ui);
    for i in 0..6u8 {
        let (column, row) = (f32::from(i % 2) - 0.5, f32::from(i / 2) - 1.0);
        ui.painter().circle_filled(place.center() + egui::vec2(column, row) * 6.0, 1.6, colours.quiet);
    }
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Drag the picture into a well"));
    response.on_hover_text("Drag this into a well to put the latent there (B bookmarks it)");
}
