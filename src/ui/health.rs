//! Warnings about a training, in words: what is wrong, the figures that show it, what to try. Each floats over the curves
//! until it is read, and stays as a word at the head of the page, so that nothing moves when it is said.
//!
//! Must not know: how they come about.

use super::{Panel, card, grouped, theme};
use crate::action::Action;
use crate::engine::health::Warning;
use eframe::egui::{self, Align, Layout, RichText, Ui};

/// Width of a warning over the curves, points.
const WIDTH: f32 = 430.0;

/// Draws the word at the right of the row, and under it what was not read yet; nothing where nothing is wrong.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, warnings: &[Warning]) {
    let Some(first) = warnings.first() else { return };
    let all_read = warnings.iter().all(|w| p.state.heard.contains(w.title));
    let more = warnings.len() - 1;
    let text = match more {
        0 => format!("⚠ {}", first.title),
        _ => format!("⚠ {} and {more} more", first.title),
    };
    let word = ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let button = egui::Button::selectable(!all_read, text).truncate();
        ui.add(button).on_hover_text("Show or hide what is wrong with this training, and what to try")
    });
    if word.inner.clicked() {
        warnings.iter().for_each(|w| p.act(Action::Heard(w.title, !all_read)));
    }
    let unread: Vec<&Warning> = warnings.iter().filter(|w| !p.state.heard.contains(w.title)).collect();
    if unread.is_empty() {
        return;
    }
    let corner = ui.max_rect().right_bottom() + egui::vec2(0.0, theme::UNIT);
    egui::Area::new(ui.scope_id().with("warnings"))
        .order(egui::Order::Foreground)
        .pivot(egui::Align2::RIGHT_TOP)
        .fixed_pos(corner)
        .show(ui.ctx(), |ui| {
            ui.set_width(WIDTH);
            unread.into_iter().for_each(|w| warning(ui, p, w));
        });
}

fn warning(ui: &mut Ui, p: &mut Panel<'_>, w: &Warning) {
    let colours = [ui.visuals().window_fill, theme::colours(ui).quiet];
    let read = card(ui, colours, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(format!("⚠ {}", w.title)).strong());
            ui.label(theme::quiet(ui, format!("since step {}", grouped(w.since))));
        });
        ui.add(egui::Label::new(format!("{}. {}", capital(&w.evidence), w.advice)).wrap());
    });
    if read {
        p.act(Action::Heard(w.title, true));
    }
}

fn capital(words: &str) -> String {
    let mut all = words.chars();
    all.next().map_or(String::new(), |c| c.to_uppercase().chain(all).collect())
}
