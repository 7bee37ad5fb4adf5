//! How a morph is written as a film: its form, size and rate, and how far the writing is.
//!
//! Must not know: how a film is written.

use super::{Panel, dialogs::Dialog, theme};
use crate::action::Action;
use crate::action::morph::Morphing;
use crate::engine::tool::{ToolKind, ToolNews};
use crate::state::morph::{FPS, FilmKind, HEIGHT, Morph};
use eframe::egui::{self, Align, Layout, RichText, Ui};

/// Draws the form.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.label(RichText::new("Film").strong()).on_hover_text("The frames of the film are those on the screen");
    ui.horizontal(|ui| {
        for (kind, name, about) in [
            (FilmKind::Gif, "GIF", "Plays everywhere; at most 256 colours a frame"),
            (FilmKind::Apng, "APNG", "An animated PNG with all its colours; plays in browsers"),
            (FilmKind::Frames, "PNGs", "A folder of numbered PNG files, for a video editor"),
        ] {
            if ui.selectable_label(p.state.morph.kind == kind, name).on_hover_text(about).clicked() {
                p.act(Action::Morph(Morphing::Kind(kind)));
            }
        }
    });
    let home = Morph::default();
    ui.horizontal(|ui| {
        let (mut height, mut fps) = (p.state.morph.height, p.state.morph.fps);
        let entry = egui::DragValue::new(&mut height).speed(4.0).range(HEIGHT).suffix(" px");
        if ui.add(entry).on_hover_text("Height of the film, 16 to 2048 pixels").changed() {
            p.act(Action::Morph(Morphing::Height(height)));
        }
        let entry =
            egui::DragValue::new(&mut fps).speed(0.2).range(FPS).fixed_decimals(0).suffix(" frames/s");
        let hint =
            "Frames a second, 1 to 60; a GIF counts in hundredths of a second, so 25 or 50 play exactly";
        if ui.add(entry).on_hover_text(hint).changed() {
            p.act(Action::Morph(Morphing::Fps(fps.round())));
        }
        let changed = (height, fps) != (home.height, home.fps);
        let reset = ui.add_enabled(changed, egui::Button::new("↺").small());
        if reset.on_hover_text("Back to 256 pixels and 25 frames a second").clicked() {
            p.act(Action::Morph(Morphing::Height(home.height)));
            p.act(Action::Morph(Morphing::Fps(home.fps)));
        }
    });
    match p.state.tools.get(&ToolKind::Film).cloned() {
        Some(ToolNews::Working(done, total)) => working(ui, p, ToolKind::Film, done, total, "frames"),
        _ => {
            let ready = p.state.bench.path().legs() > 0;
            let text = format!("Save {} frames…", p.state.morph_frames());
            let button =
                ui.add_enabled(ready, egui::Button::new(if ready { &text } else { "Save the film…" }));
            let none = "A film needs two keyframes";
            if button.on_hover_text("Write the morph as it plays here").on_disabled_hover_text(none).clicked()
            {
                p.ask(ui.ctx(), Dialog::Morph(p.state.morph.kind), "morph");
            }
        }
    }
}

/// How far a tool is, with Cancel.
pub fn working(ui: &mut Ui, p: &mut Panel<'_>, kind: ToolKind, done: usize, total: usize, what: &str) {
    // Of one line's height: the layout by itself would take all that is left of a panel.
    let line = egui::vec2(ui.available_width(), ui.spacing().interact_size.y);
    ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
        if ui.button("Cancel").on_hover_text("Give it up").clicked() {
            p.act(Action::CancelTool(kind));
        }
        let part = if total > 0 { done as f32 / total as f32 } else { 0.0 };
        let text = if total > 0 { format!("{done} of {total} {what}") } else { "starting".into() };
        ui.add(theme::progress(ui, part, ui.available_width(), text));
    });
}
