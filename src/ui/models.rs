//! The list of models on the left: the one in training, the shipped ones, the recent files.
//!
//! Must not know: how a model is opened.

use super::{Panel, theme};
use crate::action::Action;
use crate::engine::message::{Phase, Source};
use eframe::egui::{self, RichText, ScrollArea, Ui};

/// Draws it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_space(theme::UNIT * 2.0);
        let source = p.state.model.as_ref().map(|m| m.source.clone());
        if p.state.progress.phase != Phase::Idle && p.state.progress.phase != Phase::Preparing {
            heading(ui, "In training");
            let name = format!("{} on {}", p.state.progress.recipe, p.state.progress.data);
            if entry(ui, source == Some(Source::Training), &name, "Explore the model as training left it now")
                .clicked()
            {
                p.act(Action::WatchTraining);
            }
        }
        heading(ui, "Shipped");
        for name in p.state.shipped.clone() {
            let open = source == Some(Source::Shipped(name.into()));
            if entry(ui, open, name, "Trained by zscope, inside the program").clicked() {
                p.act(Action::OpenShipped(name.into()));
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
            let name = short(path);
            let open = source == Some(Source::File(path.clone()));
            if entry(ui, open, &name, &path.display().to_string()).clicked() {
                p.actions.push(Action::Open(path.clone()));
            }
        }
    });
}

/// The name that tells it from others: checkpoints of runs are all called alike, so those have their run's name.
fn short(path: &std::path::Path) -> String {
    let stem =
        path.file_stem().map_or_else(|| path.display().to_string(), |s| s.to_string_lossy().into_owned());
    let run = path
        .parent()
        .filter(|d| d.ends_with("checkpoints"))
        .and_then(|d| d.parent())
        .and_then(|d| d.file_name());
    run.map_or(stem.clone(), |r| format!("{} · {stem}", r.to_string_lossy()))
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
