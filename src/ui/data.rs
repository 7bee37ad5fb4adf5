//! The data page: what was read, as thumbnails, with what could not be read; the attributes on the left, and the selected
//! picture on the right.
//!
//! Must not know: how files are read.

mod attributes;
mod draw;
mod histogram;
mod inspect;
pub mod options;
mod thumbs;

use super::dialogs::Dialog;
use super::{Panel, grouped, theme};
use crate::action::{Action, browse::Browsing};
use crate::data::Offer;
use crate::data::formats::Format;
use crate::data::spec::{FOLDER, Spec, built_in, specs};
use crate::data::summary::{Filter, Keep};
use crate::data::{Attribute, AttributeKind, only};
use crate::engine::message::{DataView, Place};
use crate::state::browse::Side;
use eframe::egui::{self, RichText, ScrollArea, Ui};

/// Space above the side panels' first rows, so that they are level with the page's.
const TOP: f32 = 14.0;

/// Draws the side panels: both where there is room, else the one that is chosen.
pub fn sides(root: &mut Ui, p: &mut Panel<'_>, wide: bool) {
    let Some(view) = p.state.data.clone() else { return };
    let (attributes, selected) = (!view.train.attributes.is_empty(), p.state.browse.selected);
    if wide {
        if attributes {
            let left = egui::Panel::left("attributes").default_size(310.0).size_range(270.0..=400.0);
            left.show(root, |ui| attributes::show(ui, p, &view));
        }
        if let Some(picture) = selected {
            let right = egui::Panel::right("selected").default_size(330.0).size_range(290.0..=440.0);
            right.show(root, |ui| inspect::show(ui, p, &view, picture));
        }
    } else if attributes || selected.is_some() {
        let one = egui::Panel::right("data side").default_size(310.0).size_range(290.0..=400.0);
        one.show(root, |ui| match (p.state.browse.side, selected) {
            (Side::Picture, Some(picture)) => {
                if attributes {
                    which(ui, p);
                }
                inspect::show(ui, p, &view, picture);
            }
            _ => {
                if selected.is_some() {
                    which(ui, p);
                }
                attributes::show(ui, p, &view);
            }
        });
    }
}

/// The choice between the side panels.
fn which(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_space(TOP);
    ui.horizontal(|ui| {
        for (side, title) in [(Side::Attributes, "Attributes"), (Side::Picture, "Picture")] {
            if ui.selectable_label(p.state.browse.side == side, title).clicked() {
                p.act(Action::Browse(Browsing::Side(side)));
            }
        }
    });
}

/// Draws the page.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_space(theme::UNIT * 2.0);
    choose(ui, p);
    p.failures(ui, &[Place::Data]);
    if let Some((spec, done, total)) = p.state.loading.clone() {
        ui.horizontal(|ui| {
            let part = if total > 0 { done as f32 / total as f32 } else { 0.0 };
            let text = format!("{spec}: {} of {}", grouped(done as u64), grouped(total as u64));
            ui.add(theme::progress(ui, part, 320.0, text));
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
    about(ui, p, &view);
    if !view.skipped.is_empty() {
        let n = view.skipped.len();
        let title = format!(
            "⚠ {} left out",
            if n == 1 { "1 thing".into() } else { format!("{} things", grouped(n as u64)) }
        );
        egui::CollapsingHeader::new(title).show(ui, |ui| {
            let row = ui.text_style_height(&egui::TextStyle::Body);
            let area = ScrollArea::vertical().id_salt("skipped").max_height(120.0).auto_shrink(false);
            area.show_rows(ui, row, n, |ui, range| {
                for (path, why) in &view.skipped[range] {
                    let text = format!("{path}: {why}");
                    ui.add(egui::Label::new(&text).truncate()).on_hover_text(text);
                }
            });
        });
    }
    filter(ui, p, &view);
    thumbs::show(ui, p, &view);
}

/// The SPEC of the pictures that fit a filter; of all where the filter can't be written as one.
fn filtered(view: &DataView, filter: &Filter) -> String {
    let word = |(at, keep): (&usize, &Keep)| only::words(view.train.attributes.get(*at)?, keep);
    let parsed = view.spec.parse::<Spec>();
    let (Ok(mut spec), Some(all)) = (parsed, filter.iter().map(word).collect::<Option<Vec<_>>>()) else {
        return view.spec.clone();
    };
    spec.options.only.extend(all);
    spec.to_string()
}

/// What the data set is.
fn about(ui: &mut Ui, p: &mut Panel<'_>, view: &DataView) {
    let pictures = &view.train.pictures;
    ui.horizontal(|ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let filter = &p.state.browse.filter;
            let button = ui.button("Train on this").on_hover_ui(|ui| {
                ui.label(match filter.is_empty() {
                    true => "Put this data set into the training form".to_owned(),
                    false => {
                        format!(
                            "Put the pictures that fit into the training form: {}",
                            filtered(view, filter)
                        )
                    }
                });
            });
            if button.clicked() {
                p.act(Action::TrainingData(filtered(view, filter)));
                p.act(Action::Show(crate::state::Tab::Train));
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.label(RichText::new(&view.title).strong());
                let kind = if pictures.channels == 3 { "colour" } else { "grey" };
                let clips = view.train.clips();
                let clips =
                    clips.map_or(String::new(), |c| format!(", first frames of clips of {}", c.length));
                let about = format!(
                    "{} to train on, {} held out, {}×{} {kind}{clips}",
                    grouped(pictures.len() as u64),
                    grouped(view.test_count as u64),
                    pictures.width,
                    pictures.height
                );
                ui.add(egui::Label::new(theme::quiet(ui, about)).truncate());
            });
        });
    });
}

/// The filter in words, each condition with a way to drop it, and how many pictures fit.
fn filter(ui: &mut Ui, p: &mut Panel<'_>, view: &DataView) {
    let Some(kept) = p.state.browse.kept.clone() else { return };
    ui.horizontal_wrapped(|ui| {
        let all = view.train.pictures.len() as u64;
        let count = format!("{} of {}", grouped(kept.pictures.len() as u64), grouped(all));
        ui.label(RichText::new(count).strong()).on_hover_text("Pictures that fit all conditions");
        for (at, keep) in p.state.browse.filter.clone() {
            let Some(attribute) = view.train.attributes.get(at) else { continue };
            let text = format!("{}  ×", condition(attribute, &keep));
            if ui.button(text).on_hover_text("Drop this condition").clicked() {
                p.act(Action::Browse(Browsing::Keep(at, None)));
            }
        }
        if p.state.browse.filter.len() > 1
            && ui.button("Clear all").on_hover_text("Drop every condition").clicked()
        {
            p.act(Action::Browse(Browsing::KeepAll));
        }
    });
}

/// A condition in words.
fn condition(attribute: &Attribute, keep: &Keep) -> String {
    match (keep, &attribute.kind) {
        (Keep::Has, _) => spaced(&attribute.name),
        (Keep::HasNot, _) => format!("not {}", spaced(&attribute.name)),
        (Keep::OneOf(classes), AttributeKind::Class(names)) => {
            let name = |i: &usize| names.get(*i).cloned().unwrap_or_else(|| i.to_string());
            let shown: Vec<String> = classes.iter().take(4).map(name).collect();
            let more = if classes.len() > shown.len() { ", …" } else { "" };
            format!("{} {}{more}", attribute.name, shown.join(", "))
        }
        (Keep::OneOf(_), _) => attribute.name.clone(),
        (Keep::Between(from, to), _) => {
            format!("{} {} … {}", attribute.name, number(*from), number(*to))
        }
    }
}

/// CelebA's names with spaces, for reading.
fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// A value of a factor, short.
fn number(v: f32) -> String {
    let text = if v.abs() >= 100.0 {
        format!("{v:.0}")
    } else if v.abs() >= 2.0 {
        format!("{v:.1}")
    } else {
        format!("{v:.2}")
    };
    // What rounds to nothing has no sign.
    if text.trim_matches(['-', '0', '.']).is_empty() {
        return text.trim_start_matches('-').into();
    }
    text.replace('-', "−")
}

/// A share as a percentage.
fn percent(part: u32, of: u32) -> String {
    if of == 0 {
        return "–".into();
    }
    let share = f64::from(part) / f64::from(of) * 100.0;
    if share > 0.0 && share < 9.95 { format!("{share:.1} %") } else { format!("{share:.0} %") }
}

/// What the menu of faces offers.
const FACES: &str = "Drawn faces with something beside them: line drawings, label maps, a second kind without pairs, or clips; and clips of digits and shapes";

/// What the menu of points offers.
const POINTS: &str =
    "Points of the plane whose density is known, for the 2-D laboratory, and the tracks of simulated crowds";

fn choose(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.horizontal(|ui| {
        let (mut spec, mut size) = (p.state.data_spec.clone(), p.state.data_size);
        let mut chosen = None;
        let mut offer = |ui: &mut Ui, (format, about): (&'static Format, &str)| {
            if ui.selectable_label(spec == format.name, format.name).on_hover_text(about).clicked() {
                chosen = Some(format.name);
            }
        };
        // Clips and captions of digits and shapes have no button of their own, for which the row has no room.
        let kin = |format: &Format| {
            let has = |offer| format.offers.contains(&offer);
            format.name.starts_with("faces-") || has(Offer::Clips) || has(Offer::Captions)
        };
        let walked = |format: &Format| format.points() || format.tracks();
        for one in built_in().filter(|(format, _)| !walked(format) && !kin(format)) {
            offer(ui, one);
            if one.0.name == "faces" {
                let more = ui.menu_button(("With more", RichText::new("▾").monospace()), |ui| {
                    built_in().filter(|(format, _)| kin(format)).for_each(|one| offer(ui, one));
                });
                more.response.on_hover_text(FACES);
            }
        }
        ui.menu_button(("Points", RichText::new("▾").monospace()), |ui| {
            built_in().filter(|(format, _)| walked(format)).for_each(|one| offer(ui, one));
        })
        .response
        .on_hover_text(POINTS);
        if let Some(name) = chosen {
            p.act(Action::DataForm(name.into(), size));
            p.act(Action::LoadData);
        }
        if ui.button("Folder…").on_hover_text(FOLDER).clicked() {
            p.ask(ui.ctx(), Dialog::DataFolder, "");
        }
        let rest = ui.available_width() - 80.0 - 60.0 - 4.0 * ui.spacing().item_spacing.x;
        let edit = egui::TextEdit::singleline(&mut spec).desired_width(rest.clamp(80.0, 260.0));
        let edit = ui.add(edit).on_hover_text(specs());
        egui::ComboBox::from_id_salt("size").selected_text(format!("{size}×{size}")).width(80.0).show_ui(
            ui,
            |ui| {
                for s in [28, 32, 48, 64, 96, 128, 256] {
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
    if let Some(changed) = options::show(ui, &p.state.data_spec) {
        p.act(Action::DataForm(changed, p.state.data_size));
    }
}
