//! The picture that a person brought to be edited: what it was, what the model made of it, what was lost; a wipe between
//! before and after.
//!
//! Must not know: how it was encoded.

use super::{Panel, theme};
use crate::action::Action;
use crate::engine::message::ModelInfo;
use crate::engine::tool::{ToolKind, ToolNews, ToolOrder};
use crate::gpu::{Image, Look, Pixels};
use crate::tools::embed::Embedded;
use eframe::egui::{self, Rect, Sense, Ui, Vec2};
use std::sync::Arc;

/// Height of the panel.
pub const HEIGHT: f32 = 60.0;
const THUMB: f32 = 52.0;
/// Steps that a search goes on by.
const FURTHER: usize = 20;
const TITLES: [&str; 3] = ["Your picture", "Redrawn by the model", "What is lost, on middle grey"];

/// Your picture, the redrawn one, and what is lost between them.
pub fn pictures(embedded: &Embedded, model: &ModelInfo) -> [Image; 3] {
    let lost = embedded.target.iter().zip(&embedded.drawn).map(|(t, d)| t - d + 0.5).collect();
    [embedded.target.clone(), embedded.drawn.clone(), lost].map(|values| Image {
        width: model.width,
        height: model.height,
        channels: model.channels,
        pixels: Pixels::Cpu(Arc::new(values)),
    })
}

/// Whether there is anything to show.
pub fn is_here(p: &Panel<'_>) -> bool {
    p.state.embedded.is_some() || p.state.tools.contains_key(&ToolKind::Embed)
}

/// Draws it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    match p.state.tools.get(&ToolKind::Embed).cloned() {
        Some(ToolNews::Working(done, total)) => {
            ui.horizontal(|ui| {
                ui.label("Looking for the latent of your picture");
                let part = if total == 0 { 0.0 } else { done as f32 / total as f32 };
                ui.add(theme::progress(ui, part, 160.0, format!("step {done}")));
                if ui.button("Cancel").clicked() {
                    p.act(Action::CancelTool(ToolKind::Embed));
                }
            });
        }
        _ => {
            if let Some(embedded) = p.state.embedded.clone() {
                here(ui, p, &embedded);
            }
        }
    }
}

fn here(ui: &mut Ui, p: &mut Panel<'_>, embedded: &Arc<Embedded>) {
    let Some(model) = p.state.model.clone() else { return };
    ui.horizontal(|ui| {
        let images = p.pictures.brought(embedded, &model);
        for (k, (image, title)) in images.iter().zip(TITLES).enumerate() {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(THUMB), Sense::hover());
            p.pictures.paint(ui, egui::Id::unique(("brought", k)), rect, image, Look::plain(true));
            response.on_hover_text(title);
        }
        ui.vertical(|ui| {
            ui.horizontal(|ui| {
                let how = match embedded.steps {
                    0 => "encoded".into(),
                    n => format!("found in {n} steps"),
                };
                let hint = "Peak signal-to-noise ratio between your picture and the redrawn one: from about 35 dB they look the same";
                ui.label(format!("Your picture, {how}, {:.1} dB", embedded.psnr_db)).on_hover_text(hint);
                let back = ui.small_button("Back to it");
                if back.on_hover_text("Put the sliders where your picture is").clicked() {
                    p.act(Action::Go(embedded.z.as_slice().into()));
                }
                let on = ui.small_button("Search further");
                let hint = format!("Up to {FURTHER} more steps towards a latent that draws your picture better");
                if on.on_hover_text(hint).clicked() {
                    p.act(Action::Tool(ToolOrder::Further { found: embedded.clone(), optimise: FURTHER }));
                }
                if ui.small_button("×").on_hover_text("Put your picture away").clicked() {
                    p.act(Action::PutAway);
                }
            });
            ui.horizontal(|ui| {
                ui.label(theme::quiet(ui, "After"));
                let mut wipe = p.state.wipe;
                ui.spacing_mut().slider_width = 120.0;
                let slider = egui::Slider::new(&mut wipe, 0.0..=1.0).show_value(false).trailing_fill(true);
                let hint = "Wipe from the edited picture to yours";
                if ui.add(slider).on_hover_text(hint).changed() {
                    p.act(Action::Wipe(wipe));
                }
                ui.label(theme::quiet(ui, "Before"));
                let mut keep = p.state.keep_lost;
                let hint = "Add what the model could not redraw of your picture back to every edit of it";
                if ui.checkbox(&mut keep, "Keep what is lost").on_hover_text(hint).changed() {
                    p.act(Action::KeepLost(keep));
                }
            });
        });
    });
}

/// Over the main picture: yours, left of the wipe.
pub fn wiped(ui: &Ui, p: &mut Panel<'_>, rect: Rect) {
    let (Some(embedded), Some(model)) = (p.state.embedded.clone(), p.state.model.clone()) else { return };
    if p.state.wipe <= 0.0 {
        return;
    }
    let edge = rect.left() + rect.width() * p.state.wipe;
    let part = Rect::from_min_max(rect.min, egui::pos2(edge, rect.max.y));
    let look = Look::plain(p.state.prefs.smooth_pixels);
    let [yours, ..] = p.pictures.brought(&embedded, &model);
    p.pictures.paint_part(ui, egui::Id::unique("wiped"), rect, part, &yours, look);
    ui.painter().vline(edge, rect.y_range(), egui::Stroke::new(2.0, theme::colours(ui).accent));
}
