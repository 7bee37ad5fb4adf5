//! The gallery: the model in training, the shipped ones with their samples, the recent files. It stands on the left of
//! Explore; where that has no room, and on the other pages, the same entries are in a menu of the bar at the top.
//!
//! Must not know: how a model is opened.

use super::{Panel, theme};
use crate::action::Action;
use crate::engine::ShippedModel;
use crate::engine::folder::name_of;
use crate::engine::message::{Phase, Source};
use crate::state::Tab;
use eframe::egui::{
    self, Color32, ColorImage, Pos2, Rect, RichText, ScrollArea, Sense, TextureHandle, TextureOptions, Ui,
    Vec2,
};

/// Side of a gallery picture, points.
const PICTURE: f32 = 64.0;
/// Width of the menu.
const MENU: f32 = 280.0;

/// Draws the panel.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_space(theme::UNIT * 2.0);
        entries(ui, p);
    });
}

/// The same as a menu, for where the panel is not.
pub fn menu(ui: &mut Ui, p: &mut Panel<'_>) {
    // The arrow is in the fixed-width font only.
    let button = ui.button(("Models", RichText::new("▾").monospace()));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Models"));
    let button = button.on_hover_text("Choose a shipped model, or a recent one");
    egui::Popup::menu(&button).show(|ui| {
        ui.set_width(MENU);
        let high = ui.ctx().content_rect().height() - 120.0;
        ScrollArea::vertical().max_height(high).show(ui, |ui| {
            if entries(ui, p) {
                // These pages show no model.
                if matches!(p.state.tab, Tab::Data | Tab::Runs | Tab::Atlas) {
                    p.act(Action::Show(Tab::Explore));
                }
                ui.close();
            }
        });
    });
}

/// Draws the entries; true when one was chosen.
fn entries(ui: &mut Ui, p: &mut Panel<'_>) -> bool {
    let source = p.state.model.as_ref().map(|m| m.source.clone());
    let mut chosen = None;
    if p.state.progress.phase != Phase::Idle && p.state.progress.phase != Phase::Preparing {
        heading(ui, "In training");
        let name = format!("{} on {}", p.state.progress.recipe, p.state.progress.data);
        if entry(ui, source == Some(Source::Training), &name, "Explore the model as training left it now")
            .clicked()
        {
            chosen = Some(Action::WatchTraining);
        }
    }
    heading(ui, "Shipped");
    for model in p.state.shipped.clone() {
        let open = source == Some(Source::Shipped(model.name.into()));
        if card(ui, model, open).clicked() {
            chosen = Some(Action::OpenShipped(model.name.into()));
        }
    }
    heading(ui, "Recent");
    if p.state.prefs.recent.is_empty() {
        ui.label(theme::quiet(
            ui,
            "Checkpoints you open or save are listed here. Drop one anywhere on the window.",
        ));
    }
    for path in &p.state.prefs.recent {
        let name = name_of(path);
        let open = source == Some(Source::File(path.clone()));
        if entry(ui, open, &name, &path.display().to_string()).clicked() {
            chosen = Some(Action::Open(path.clone()));
        }
    }
    let any = chosen.is_some();
    p.actions.extend(chosen);
    any
}

fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(theme::UNIT * 2.0);
    ui.label(theme::quiet(ui, text).small());
}

fn entry(ui: &mut Ui, open: bool, name: &str, hint: &str) -> egui::Response {
    let button =
        egui::Button::selectable(open, RichText::new(name)).truncate().min_size(egui::vec2(0.0, 28.0));
    ui.with_layout(egui::Layout::top_down_justified(egui::Align::Min), |ui| ui.add(button))
        .inner
        .on_hover_text(hint)
}

/// A shipped model: its samples, its title, its sentence.
fn card(ui: &mut Ui, model: &'static ShippedModel, open: bool) -> egui::Response {
    let colours = theme::colours(ui);
    let text = if open { colours.on_accent } else { ui.visuals().text_color() };
    let quiet = if open { colours.on_accent } else { colours.quiet };
    let margin = theme::UNIT * 1.5;
    let width = (ui.available_width() - PICTURE - 3.0 * margin).max(40.0);
    let layout = |words: &str, size: f32, colour: Color32| {
        ui.painter().layout(words.to_owned(), egui::FontId::proportional(size), colour, width)
    };
    let (title, about) = (layout(model.title, 13.5, text), layout(model.about, 11.5, quiet));
    let words = title.size().y + 2.0 + about.size().y;
    let size = Vec2::new(ui.available_width(), words.max(PICTURE) + 2.0 * margin);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, open, model.title));
    if ui.is_rect_visible(rect) {
        let visuals = ui.style().interact_selectable(&response, open);
        if open || response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, theme::ROUND, visuals.weak_bg_fill);
        }
        let place = Rect::from_min_size(rect.min + Vec2::splat(margin), Vec2::splat(PICTURE));
        if let Some(texture) = samples(ui, model) {
            let uv = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
            ui.painter().image(texture.id(), place, uv, Color32::WHITE);
        }
        let at = egui::pos2(place.right() + margin, rect.center().y - words / 2.0);
        let below = at + egui::vec2(0.0, title.size().y + 2.0);
        ui.painter().galley(at, title, text);
        ui.painter().galley(below, about, quiet);
    }
    response.on_hover_text(format!("{}: trained by zscope, inside the program", model.name))
}

/// The samples of a shipped model as a texture, made when they are first seen.
pub(super) fn samples(ui: &Ui, model: &ShippedModel) -> Option<TextureHandle> {
    let id = egui::Id::unique(("gallery", model.name));
    if let Some(texture) = ui.data(|d| d.get_temp::<Option<TextureHandle>>(id)) {
        return texture;
    }
    let texture = image::load_from_memory(model.picture).ok().map(|picture| {
        let picture = picture.to_rgb8();
        let size = [picture.width() as usize, picture.height() as usize];
        ui.ctx().load_texture(
            model.name,
            ColorImage::from_rgb(size, picture.as_raw()),
            TextureOptions::LINEAR,
        )
    });
    ui.data_mut(|d| d.insert_temp(id, texture.clone()));
    texture
}
