//! The line at the bottom: device, latency, frames, steps.
//!
//! Must not know: how they are measured.

use super::{Panel, theme};
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
        } else if let Some(notice) = &p.state.notice {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(theme::quiet(ui, notice.clone())).truncate());
            });
        }
    });
}

/// What is said while a foreign file is being opened.
pub fn opening(name: &str) -> String {
    format!("Working out the network of {name}…")
}
