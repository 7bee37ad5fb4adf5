//! The map: latent space as a whole, as a plane of pictures, as a strip for every dimension, or as points; the current
//! picture beside it.
//!
//! Must not know: how pictures are decoded, how points are laid out.

mod chart;
mod cloud;
mod colour;
mod grid;
mod group;
mod likeness;
mod point;
mod raster;
mod strips;

use super::{Panel, explore, theme};
use crate::action::{Action, map::Mapping};
use crate::engine::message::Place;
use crate::state::map::View;
use eframe::egui::{self, Color32, Id, Rect, RichText, Sense, TextureHandle, TextureOptions, Ui};

/// Space above the first rows, so that those of the panel and the page are level.
const TOP: f32 = 8.0;

/// Draws the page.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_space(TOP);
    p.failures(ui, &[Place::Engine, Place::Model, Place::Bench]);
    if super::handles::nothing_here(ui, p) {
        return;
    }
    ui.horizontal(|ui| {
        for (view, name, hint) in [
            (
                View::Plane,
                "Plane",
                "Pictures over two dimensions or directions, all else as in the picture now",
            ),
            (View::Strips, "Strips", "What every dimension does, those that matter most first"),
            (View::Points, "Points", "Where pictures lie in latent space, laid out flat"),
        ] {
            let chosen = p.state.map.view == view;
            if ui.selectable_label(chosen, name).on_hover_text(hint).clicked() {
                p.act(Action::Map(Mapping::View(view)));
            }
        }
    });
    if p.state.dims() == 0 {
        ui.add_space(theme::UNIT * 4.0);
        let text = match p.state.model {
            None => "A model's latent space appears here when one is open.",
            Some(_) => "This model has no latent space, so there is nothing to map. Open a VAE or a GAN.",
        };
        ui.label(theme::quiet(ui, text));
        return;
    }
    match p.state.map.view {
        View::Plane => grid::show(ui, p),
        View::Strips => strips::show(ui, p),
        View::Points => cloud::show(ui, p),
    }
}

/// Draws the panel on the right: the picture now, and what is under the pointer or chosen.
pub fn side(root: &mut Ui, p: &mut Panel<'_>) {
    let panel = egui::Panel::right("map side").default_size(300.0).size_range(250.0..=420.0);
    panel.show(root, |ui| {
        ui.add_space(TOP);
        let side = ui.available_width().min(ui.available_height() * 0.4);
        let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), side), Sense::hover());
        explore::canvas(ui, p, rect, Id::unique("map picture"));
        ui.horizontal(|ui| {
            if ui.button("🎲 Randomise").on_hover_text("Draw every unlocked slider from the prior (R)").clicked() {
                p.act(Action::Randomise);
            }
            if ui.button("Reset all").on_hover_text("Back to where the model opened (Home)").clicked() {
                p.act(Action::ResetAll);
            }
        });
        ui.separator();
        match p.state.map.view {
            View::Plane => grid::side(ui, p),
            View::Strips => {
                ui.label(theme::quiet(
                    ui,
                    "Each row is the picture now with one dimension at −2.5 … +2.5 σ. A click sets the dimension.",
                ));
            }
            View::Points => {
                egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| point::show(ui, p));
            }
        }
    });
}

/// A picture of data, painted into a rectangle; `id`: of the place, whose texture is written only when the picture
/// changes.
fn data_picture(ui: &Ui, id: Id, rect: Rect, pictures: &crate::data::Pictures, index: usize, key: u64) {
    let held = ui.data(|d| d.get_temp::<(u64, usize, TextureHandle)>(id));
    let texture = match held {
        Some((k, i, texture)) if (k, i) == (key, index) => texture,
        _ => {
            // Only now, as it may be read from a file.
            let Some(image) = super::colour_image(pictures, index) else { return };
            let texture = ui.ctx().load_texture("map picture", image, TextureOptions::LINEAR);
            ui.data_mut(|d| d.insert_temp(id, (key, index, texture.clone())));
            texture
        }
    };
    let place = super::fitted(rect, pictures.width, pictures.height);
    let uv = Rect::from_min_max(egui::Pos2::ZERO, egui::pos2(1.0, 1.0));
    ui.painter().image(texture.id(), place, uv, Color32::WHITE);
}

/// Where the point under the pointer is kept for the panel beside it.
fn hovered_id() -> Id {
    Id::unique("map hover")
}

/// A small bold title.
fn title(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).strong());
}
