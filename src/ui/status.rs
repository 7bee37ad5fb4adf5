//! The line at the bottom: device, latency, frames, steps.
//!
//! Must not know: how they are measured.

use super::{Panel, card, theme};
use crate::action::Action;
use crate::engine::message::{DeviceChoice, Phase};
use eframe::egui::{self, Ui};

/// Draws it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.horizontal(|ui| {
        let (name, gpu, available) = p.state.device.clone();
        let title = if name.is_empty() { "starting".to_owned() } else { name };
        let arrow = theme::quiet(ui, "▾").monospace();
        let button = egui::Button::new((theme::quiet(ui, title), arrow)).frame(false);
        let response = ui.add(button).on_hover_text("Where models run");
        egui::Popup::menu(&response).show(|ui| {
            for (choice, text, on) in [
                (DeviceChoice::Auto, "Automatic: the GPU where there is a hardware one", true),
                (DeviceChoice::Cpu, "CPU (Burn flex)", true),
                (DeviceChoice::Gpu, "GPU (Burn wgpu)", available || gpu || p.state.prefs.device == DeviceChoice::Gpu),
            ] {
                let chosen = p.state.prefs.device == choice;
                let item = ui.add_enabled(on, egui::Button::selectable(chosen, text));
                if item.on_disabled_hover_text("There is no hardware GPU here").clicked() {
                    p.act(Action::Device(choice));
                    ui.close();
                }
            }
        });
        let m = p.state.meters;
        let mut words = String::new();
        if let Some(ms) = m.latency_ms {
            words += &format!("  ·  slider to pixel {ms:>4.1} ms");
        }
        if let Some(fps) = m.fps {
            words += &format!("  ·  {fps:>3.0} frames/s");
        }
        if p.state.progress.phase == Phase::Running {
            words += &format!("  ·  {:.1} steps/s", p.state.progress.steps_per_s);
        }
        ui.label(theme::quiet(ui, words).monospace().size(11.5)).on_hover_text(
            "From the input to the submission of the frame that shows its picture; frames while something moves",
        );
        if let Some(name) = &p.state.opening {
            // No spinner: where pixels are drawn in software its frames would take half of what works the network out.
            ui.label(opening(name));
        } else if let Some(said) = p.state.notice.clone() {
            notice(ui, p, &said);
        }
    });
}

/// Width of a notice that the line has no room for, points.
const NOTICE: f32 = 460.0;

/// What was done last, in the line; where that has no room for it, the whole of it floats above. It stays until it is
/// read or something else is said.
fn notice(ui: &mut Ui, p: &mut Panel<'_>, said: &str) {
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        if ui.small_button("×").on_hover_text("I have read this").clicked() {
            p.act(Action::DismissNotice);
        }
        let text = theme::quiet(ui, said.to_owned());
        let font = egui::TextStyle::Body.resolve(ui.style());
        let wide = ui.painter().layout_no_wrap(said.to_owned(), font, egui::Color32::WHITE).size().x;
        let fits = wide <= ui.available_width();
        if fits {
            ui.label(text);
            return;
        }
        let corner = ui.max_rect().right_top() - egui::vec2(0.0, 2.0 * theme::UNIT);
        egui::Area::new(egui::Id::unique("notice"))
            .order(egui::Order::Foreground)
            .pivot(egui::Align2::RIGHT_BOTTOM)
            .fixed_pos(corner)
            .show(ui.ctx(), |ui| {
                ui.set_width(NOTICE);
                let colours = [ui.visuals().window_fill, theme::colours(ui).quiet];
                if card(ui, colours, |ui| drop(ui.add(egui::Label::new(said).wrap()))) {
                    p.act(Action::DismissNotice);
                }
            });
    });
}

/// What is said while a foreign file is being opened.
pub fn opening(name: &str) -> String {
    format!("Working out the network of {name}…")
}
