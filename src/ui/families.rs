//! Models side by side: which, on what data; the table, what it rests on, and the sheets of what they draw. It floats over every
//! page, and is worked on while it is closed.
//!
//! Must not know: what is measured, how it is written.

use super::dialogs::Dialog;
use super::{Panel, theme};
use crate::action::{Action, families::Siding};
use crate::engine::message::Place;
use crate::engine::tool::{ToolKind, ToolNews};
use crate::tools::families::Comparison;
use eframe::egui::{
    self, ColorImage, Context, Grid, Id, Key, Modifiers, RichText, ScrollArea, TextureHandle, TextureOptions,
    Ui, Vec2,
};
use std::sync::Arc;

/// The window, if it is open.
pub fn window(ctx: &Context, p: &mut Panel<'_>) {
    if !p.state.families.open {
        return;
    }
    let area = ctx.content_rect();
    let size = Vec2::new((area.width() - 80.0).min(1180.0), (area.height() - 140.0).min(760.0));
    let mut open = true;
    egui::Window::new("Side by side")
        .open(&mut open)
        .collapsible(true)
        .resizable(true)
        .default_size(size)
        .max_size(area.size() - Vec2::new(24.0, 90.0))
        .default_pos(area.center() - size / 2.0)
        .show(ctx, |ui| {
            chosen(ui, p);
            asked(ui, p);
            ui.separator();
            let space = ui.available_rect_before_wrap();
            found(ui, p);
            p.failures_over(ui, space, &[Place::Families]);
        });
    let mine = !ctx.egui_wants_keyboard_input() && !p.state.help;
    if !open || mine && ctx.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape)) {
        p.act(Action::Families(Siding::Open(false)));
    }
}

/// The models that can be chosen, those of one picture size.
fn chosen(ui: &mut Ui, p: &mut Panel<'_>) {
    let families = &p.state.families;
    let offers: Vec<_> = families.fitting().into_iter().cloned().collect();
    let hidden = families.offered.len() - offers.len();
    let taken = families.chosen.clone();
    ui.horizontal_wrapped(|ui| {
        for offer in offers {
            let mut on = taken.contains(&offer.source);
            let tick = ui.checkbox(&mut on, &offer.name);
            let tick = match &offer.source {
                crate::engine::message::Source::File(path) => tick.on_hover_text(path.display().to_string()),
                _ => tick.on_hover_text("Inside the program"),
            };
            if tick.changed() {
                p.act(Action::Families(Siding::Choose(offer.source, on)));
            }
        }
        if ui.button("Another…").on_hover_text("Choose the file of another checkpoint").clicked() {
            p.ask(ui.ctx(), Dialog::Beside, "");
        }
        if hidden > 0 {
            ui.label(theme::quiet(ui, format!("{hidden} more draw pictures of another size")).small());
        }
    });
}

/// On what and how much; the button that starts, or how far it is.
fn asked(ui: &mut Ui, p: &mut Panel<'_>) {
    let families = &p.state.families;
    let (mut data, effort) = (families.data.clone(), families.effort);
    let (mut samples, mut pictures) = (effort.samples, effort.pictures);
    let (ready, found) = (!families.chosen.is_empty(), families.found.is_some());
    let news = p.state.tools.get(&ToolKind::Families).cloned();
    ui.horizontal_wrapped(|ui| {
        let hint = format!(
            "Its held-out pictures are measured on; empty: what the first model was trained on. {}",
            crate::data::spec::specs()
        );
        let label = ui.label("Data").on_hover_text(&hint);
        let field =
            egui::TextEdit::singleline(&mut data).desired_width(200.0).hint_text("the first model's own");
        if ui.add(field).labelled_by(label.id).on_hover_text(hint).changed() {
            p.act(Action::Families(Siding::Data(data)));
        }
        let hint = "Samples that FID64, precision and recall rest on; more are steadier, and take longer";
        let label = ui.label("Samples").on_hover_text(hint);
        let drag = egui::DragValue::new(&mut samples).range(64..=50_000).speed(20.0);
        if ui.add(drag).labelled_by(label.id).on_hover_text(hint).changed() {
            p.act(Action::Families(Siding::Samples(samples)));
        }
        let hint = "Held-out pictures whose likelihood is measured, each by 500 draws of a VAE's latent";
        let label = ui.label("Likelihood of").on_hover_text(hint);
        let drag = egui::DragValue::new(&mut pictures).range(2..=10_000).speed(5.0).suffix(" pictures");
        if ui.add(drag).labelled_by(label.id).on_hover_text(hint).changed() {
            p.act(Action::Families(Siding::Pictures(pictures)));
        }
        if let Some(ToolNews::Working(done, total)) = news {
            let part = done as f32 / total.max(1) as f32;
            ui.add(theme::progress(ui, part, 160.0, "Comparing"));
            if ui.button("Cancel").on_hover_text("Give it up").clicked() {
                p.act(Action::CancelTool(ToolKind::Families));
            }
            return;
        }
        let start = ui.add_enabled(ready, theme::primary(ui, "Compare them"));
        if start.on_disabled_hover_text("Choose some models first").clicked() {
            p.act(Action::Families(Siding::Start));
        }
        let hint = "Write compare.md, compare.csv, compare.json and compare.png into a new folder";
        if ui.add_enabled(found, egui::Button::new("Save…")).on_hover_text(hint).clicked() {
            p.ask(ui.ctx(), Dialog::Families, "");
        }
    });
}

/// What was found last.
fn found(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(found) = p.state.families.found.clone() else {
        let words = "How likely held-out pictures are to each model, how its samples lie among the data, whether it copies its training pictures, how long a sample takes; and sheets of what each draws, redraws, and finds between two pictures.";
        ui.add(egui::Label::new(theme::quiet(ui, words)).wrap());
        return;
    };
    ScrollArea::both().auto_shrink(false).show(ui, |ui| {
        table(ui, &found);
        ui.add_space(theme::UNIT * 2.0);
        let texture = texture(ui, &found);
        let wide = texture.size_vec2().x.min(ui.clip_rect().width() - 20.0).max(200.0);
        let size = texture.size_vec2() * (wide / texture.size_vec2().x.max(1.0));
        let names: Vec<&str> = found.rows.iter().map(|r| r.name.as_str()).collect();
        let alt = format!("Sheets of {}", names.join(", "));
        ui.add(egui::Image::new(&texture).fit_to_exact_size(size).alt_text(alt));
        ui.add_space(theme::UNIT * 2.0);
        ui.set_max_width((ui.clip_rect().width() - 20.0).max(200.0));
        for note in &found.notes {
            ui.add(egui::Label::new(theme::quiet(ui, note).small()).wrap());
        }
        p.room_for_failures(ui, &[Place::Families]);
    });
}

fn table(ui: &mut Ui, found: &Comparison) {
    Grid::new("models side by side").striped(true).spacing([theme::UNIT * 5.0, theme::UNIT]).show(ui, |ui| {
        for (i, line) in found.lines().iter().enumerate() {
            for (k, cell) in line.iter().enumerate() {
                match (i, k) {
                    (_, 0) => drop(ui.label(theme::quiet(ui, cell))),
                    (0, _) => drop(ui.label(RichText::new(cell).strong())),
                    _ => drop(ui.label(RichText::new(cell).monospace())),
                }
            }
            ui.end_row();
        }
    });
}

/// The sheets as a texture, made when they are first seen.
fn texture(ui: &Ui, found: &Arc<Comparison>) -> TextureHandle {
    type Seen = Option<(Arc<Comparison>, TextureHandle)>;
    let id = Id::unique("sheets of models side by side");
    if let Some((of, texture)) = ui.data(|d| d.get_temp::<Seen>(id)).flatten()
        && Arc::ptr_eq(&of, found)
    {
        return texture;
    }
    let picture = &found.picture;
    let size = [picture.width() as usize, picture.height() as usize];
    let pixels = ColorImage::from_rgb(size, picture.as_raw());
    let texture = ui.ctx().load_texture("sheets", pixels, TextureOptions::LINEAR);
    ui.data_mut(|d| d.insert_temp::<Seen>(id, Some((found.clone(), texture.clone()))));
    texture
}
