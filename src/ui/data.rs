//! The data page: what was read, as thumbnails, with what could not be read.
//!
//! Must not know: how files are read.

use super::dialogs::Ask;
use super::{Panel, grouped, theme, top};
use crate::action::Action;
use crate::data::Split;
use crate::engine::message::Place;
use eframe::egui::{
    self, ColorImage, Rect, RichText, ScrollArea, Sense, TextureHandle, TextureOptions, Ui, Vec2,
};
use std::sync::Arc;

const THUMB: f32 = 64.0;
/// Pictures in one texture: one row of the page.
const GAP: f32 = 4.0;

/// Textures of the rows that are on the screen.
#[derive(Clone, Default)]
struct Rows {
    of: Option<Arc<Split>>,
    columns: usize,
    rows: Vec<(usize, TextureHandle)>,
}

/// Draws it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_space(theme::UNIT * 2.0);
    choose(ui, p);
    p.failure(ui, Place::Data);
    if let Some((spec, done, total)) = p.state.loading.clone() {
        ui.horizontal(|ui| {
            let part = if total > 0 { done as f32 / total as f32 } else { 0.0 };
            let text = format!("{spec}: {} of {}", grouped(done as u64), grouped(total as u64));
            ui.add(egui::ProgressBar::new(part).desired_width(320.0).text(text));
            if ui.button("Cancel").clicked() {
                p.act(Action::CancelLoad);
            }
        });
    }
    let Some(view) = p.state.data.clone() else {
        ui.add_space(theme::UNIT * 4.0);
        ui.label(theme::quiet(ui, "Pictures appear here: press Show for a built-in set, choose a folder, or drop one on the window."));
        return;
    };
    let pictures = &view.train.pictures;
    ui.horizontal(|ui| {
        ui.label(RichText::new(&view.title).strong());
        let kind = if pictures.channels == 3 { "colour" } else { "grey" };
        let about = format!(
            "{} to train on, {} held out, {}×{} {kind}",
            grouped(pictures.len() as u64),
            grouped(view.test_count as u64),
            pictures.width,
            pictures.height
        );
        ui.label(theme::quiet(ui, about));
        if ui.button("Train on this").on_hover_text("Put this data set into the training form").clicked() {
            p.act(Action::TrainingData(view.spec.clone()));
            p.act(Action::Show(crate::state::Tab::Train));
        }
    });
    if !view.skipped.is_empty() {
        let title = format!("⚠ {} could not be read", grouped(view.skipped.len() as u64));
        egui::CollapsingHeader::new(title).show(ui, |ui| {
            ScrollArea::vertical().id_salt("skipped").max_height(120.0).auto_shrink(false).show(ui, |ui| {
                for (path, why) in &view.skipped {
                    ui.label(format!("{path}: {why}"));
                }
            });
        });
    }
    thumbnails(ui, &view.train);
}

fn choose(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.horizontal(|ui| {
        let (mut spec, mut size) = (p.state.data_spec.clone(), p.state.data_size);
        for name in ["digits", "faces", "shapes"] {
            if ui.selectable_label(spec == name, name).on_hover_text("Built in").clicked() {
                p.act(Action::DataForm(name.into(), size));
                p.act(Action::LoadData);
            }
        }
        if ui.button("Folder…").on_hover_text("A folder of pictures, or of MNIST-style IDX files").clicked()
        {
            top::ask(ui.ctx(), p, Ask::DataFolder, "");
        }
        let edit = ui.add(egui::TextEdit::singleline(&mut spec).desired_width(260.0));
        let edit = edit.on_hover_text(
            "digits[:COUNT], faces[:COUNT], shapes[:COUNT], idx:DIR (MNIST's format), folder:DIR (pictures)",
        );
        egui::ComboBox::from_id_salt("size").selected_text(format!("{size}×{size}")).width(80.0).show_ui(
            ui,
            |ui| {
                for s in [28, 32, 64] {
                    ui.selectable_value(&mut size, s, format!("{s}×{s}"));
                }
            },
        );
        if spec != p.state.data_spec || size != p.state.data_size {
            p.act(Action::DataForm(spec, size));
        }
        let enter = edit.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        if ui.add(theme::primary(ui, "Show")).clicked() || enter {
            p.act(Action::LoadData);
        }
    });
}

fn thumbnails(ui: &mut Ui, split: &Arc<Split>) {
    let pictures = &split.pictures;
    let columns = (((ui.available_width() - 16.0) / (THUMB + GAP)) as usize).max(1);
    let count = pictures.len().div_ceil(columns);
    let id = ui.scope_id().with("thumbnails");
    let mut rows = ui.data_mut(|d| d.get_temp::<Rows>(id)).unwrap_or_default();
    let same = rows.of.as_ref().is_some_and(|s| Arc::ptr_eq(s, split)) && rows.columns == columns;
    if !same {
        rows = Rows { of: Some(split.clone()), columns, rows: Vec::new() };
    }
    ScrollArea::vertical().id_salt("pictures").auto_shrink(false).show_rows(ui, THUMB, count, |ui, range| {
        rows.rows.retain(|(r, _)| range.contains(r));
        for r in range {
            let first = r * columns;
            let n = columns.min(pictures.len() - first);
            let known = rows.rows.iter().find(|(k, _)| *k == r).map(|(_, t)| t.clone());
            let texture = known.unwrap_or_else(|| {
                let made =
                    ui.ctx().load_texture("thumbnails", strip(split, first, n), TextureOptions::LINEAR);
                rows.rows.push((r, made.clone()));
                made
            });
            let (rect, response) =
                ui.allocate_exact_size(Vec2::new(n as f32 * (THUMB + GAP), THUMB), Sense::hover());
            for k in 0..n {
                let at = Rect::from_min_size(
                    rect.min + egui::vec2(k as f32 * (THUMB + GAP), 0.0),
                    Vec2::splat(THUMB),
                );
                let uv = Rect::from_min_max(
                    egui::pos2(k as f32 / n as f32, 0.0),
                    egui::pos2((k + 1) as f32 / n as f32, 1.0),
                );
                ui.painter().image(texture.id(), at, uv, egui::Color32::WHITE);
            }
            if let Some(at) = response.hover_pos() {
                let k = (((at.x - rect.left()) / (THUMB + GAP)) as usize).min(n - 1);
                response.on_hover_text_at_pointer(caption(split, first + k));
            }
        }
    });
    ui.data_mut(|d| d.insert_temp(id, rows));
}

fn strip(split: &Split, first: usize, n: usize) -> ColorImage {
    let p = &split.pictures;
    let bytes = p.width * p.height * p.channels;
    let mut pixels = vec![egui::Color32::BLACK; n * p.width * p.height];
    for k in 0..n {
        let picture = &p.pixels[(first + k) * bytes..(first + k + 1) * bytes];
        for y in 0..p.height {
            for x in 0..p.width {
                let at = (y * p.width + x) * p.channels;
                let c = |i: usize| picture[at + if p.channels == 3 { i } else { 0 }];
                pixels[(y * n + k) * p.width + x] = egui::Color32::from_rgb(c(0), c(1), c(2));
            }
        }
    }
    ColorImage::new([n * p.width, p.height], pixels)
}

fn caption(split: &Split, i: usize) -> String {
    use crate::data::AttributeKind;
    let mut words = Vec::new();
    for a in &split.attributes {
        let Some(v) = a.values.get(i) else { continue };
        match &a.kind {
            AttributeKind::Binary if *v >= 0.5 => words.push(a.name.clone()),
            AttributeKind::Binary | AttributeKind::Continuous { .. } => {}
            AttributeKind::Class(names) => {
                let name = names.get(*v as usize).cloned().unwrap_or_else(|| v.to_string());
                words.push(format!("{} {name}", a.name));
            }
        }
    }
    format!("picture {}{}{}", i, if words.is_empty() { "" } else { ": " }, words.join(", "))
}
