//! Bookmarks and samples beside the picture on Explore; where that has no room, in a menu of the bar at the top.
//!
//! Must not know: how a well is drawn.

use super::well::{self, Looks};
use super::{Panel, samples, theme};
use crate::state::bench::Well;
use eframe::egui::{self, RichText, Ui};

/// Height of the panel, points.
pub const HEIGHT: f32 = 372.0;

/// Draws both.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_space(theme::UNIT * 2.0);
    let side = 52.0;
    let looks = Looks {
        title: "Bookmarks",
        about: "Latents worth coming back to (B keeps the one on the screen)",
        empty: "Press B to keep the latent on the screen, or drop a sample here. A click on a bookmark goes back to it.",
        side,
        row: false,
        height: 2.0 * (side + theme::UNIT) + theme::UNIT,
    };
    well::show(ui, p, Well::Bookmarks, &looks);
    ui.add_space(theme::UNIT);
    samples::show(ui, p, &[(Well::Bookmarks, "bookmarks")], 52.0, 2, false);
}

/// The same as a menu.
pub fn menu(ui: &mut Ui, p: &mut Panel<'_>) {
    let button = ui.button(("Bookmarks", RichText::new("▾").monospace()));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Bookmarks and samples"));
    let button = button.on_hover_text("Latents worth coming back to, and samples to choose from");
    let stays = egui::PopupCloseBehavior::CloseOnClickOutside;
    egui::Popup::menu(&button).close_behavior(stays).show(|ui| {
        ui.set_width(260.0);
        show(ui, p);
    });
}
