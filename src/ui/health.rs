//! Warnings about a training, in words: what is wrong, the figures that show it, what to try.
//!
//! Must not know: how they come about.

use super::{Panel, grouped, theme};
use crate::engine::health::Warning;
use eframe::egui::{self, RichText, Ui};

/// Draws those of the training above its curves; nothing where nothing is wrong.
pub fn show(ui: &mut Ui, p: &Panel<'_>) {
    p.state.warnings.iter().for_each(|w| warning(ui, w));
}

/// Draws one.
pub fn warning(ui: &mut Ui, w: &Warning) {
    let colours = theme::colours(ui);
    let frame = egui::Frame::new()
        .fill(ui.visuals().faint_bg_color)
        .stroke(egui::Stroke::new(1.0, colours.quiet))
        .corner_radius(theme::ROUND)
        .inner_margin(theme::UNIT * 1.5);
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(format!("⚠ {}", w.title)).strong());
            ui.label(theme::quiet(ui, format!("since step {}", grouped(w.since))));
        });
        ui.add(egui::Label::new(format!("{}. {}", capital(&w.evidence), w.advice)).wrap());
    });
    ui.add_space(theme::UNIT);
}

fn capital(words: &str) -> String {
    let mut all = words.chars();
    all.next().map_or(String::new(), |c| c.to_uppercase().chain(all).collect())
}
