//! The network of a foreign file as a column of layers, and the settings that shapes can't tell; the picture beside it
//! shows at once which is right.
//!
//! Must not know: how a network is inferred or run.

use super::{Panel, grouped, theme};
use crate::action::{Action, inside::Looking};
use crate::nn::network::view::{Row, View};
use crate::nn::style::check::{MAPPING, SYNTHESIS};
use eframe::egui::{self, Context, Key, Modifiers, RichText, ScrollArea, Ui};

/// The parts of a network that latents flow through.
const DRAWING: [&str; 3] = ["decoder", MAPPING, SYNTHESIS];
/// Width of the window, points.
const WIDTH: f32 = 400.0;

/// Draws it, if it is open.
pub fn show(ctx: &Context, p: &mut Panel<'_>) {
    let Some(view) = p.state.model.as_ref().and_then(|m| m.network.clone()) else { return };
    let mut open = p.state.network;
    let area = ctx.content_rect();
    egui::Window::new("Network")
        .open(&mut open)
        .collapsible(true)
        .resizable(true)
        .default_pos(egui::pos2(area.left() + theme::UNIT * 3.0, area.top() + 48.0))
        .default_width(WIDTH)
        .default_height(area.height() - 140.0)
        .max_height(area.height() - 140.0)
        .show(ctx, |ui| {
            settings(ui, p, &view);
            // A style-based generator is drawn with, and not trained.
            let learns = !view.rows.iter().any(|r| r.part == SYNTHESIS);
            if learns
                && ui.button("Fine-tune…").on_hover_text("Train it on, on data that you choose").clicked()
            {
                p.act(Action::Show(crate::state::Tab::Train));
            }
            ui.separator();
            ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| layers(ui, p, &view));
        });
    let typing = ctx.egui_wants_keyboard_input();
    let escaped = open && !typing && ctx.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
    open = open && !escaped;
    if open != p.state.network {
        p.act(Action::Network(open));
    }
}

fn settings(ui: &mut Ui, p: &mut Panel<'_>, view: &View) {
    ui.label(theme::quiet(
        ui,
        "What shapes do not tell. Choose what makes the picture right; it is remembered beside the file. ? marks what is only usual; the rest the weights told, or you.",
    ));
    egui::Grid::new("network settings").num_columns(2).spacing([theme::UNIT * 3.0, theme::UNIT]).show(
        ui,
        |ui| {
            for setting in &view.settings {
                ui.horizontal(|ui| {
                    ui.label(&setting.title).on_hover_text(&setting.help);
                    if setting.guessed {
                        let mark = RichText::new("?").strong().color(theme::colours(ui).accent);
                        ui.label(mark).on_hover_text("Nothing in the file tells; this is what is usual");
                    }
                });
                let now =
                    setting.chosen.and_then(|i| setting.choices.get(i)).map_or("several", String::as_str);
                egui::ComboBox::from_id_salt(("setting", &setting.name))
                    .width(170.0)
                    .truncate()
                    .selected_text(now)
                    .show_ui(ui, |ui| {
                        for (i, choice) in setting.choices.iter().enumerate() {
                            if ui.selectable_label(setting.chosen == Some(i), choice).clicked()
                                && setting.chosen != Some(i)
                            {
                                p.act(Action::NetworkSetting(setting.name.clone(), choice.clone()));
                            }
                        }
                    });
                ui.end_row();
            }
        },
    );
}

fn layers(ui: &mut Ui, p: &mut Panel<'_>, view: &View) {
    let mut part = "";
    let mut decoding = 0..;
    for row in &view.rows {
        if row.part != part {
            part = &row.part;
            ui.add_space(theme::UNIT);
            let mut name = part.to_owned();
            name[..1].make_ascii_uppercase();
            ui.label(RichText::new(name).strong().color(theme::colours(ui).accent));
        }
        let tap = if DRAWING.contains(&row.part.as_str()) && row.depth == 0 { decoding.next() } else { None };
        layer(ui, p, row, tap);
    }
    ui.add_space(theme::UNIT * 2.0);
    for note in &view.notes {
        ui.label(RichText::new(note).small());
    }
    if view.rows.iter().any(|r| !r.assumed.is_empty()) {
        ui.label(theme::quiet(ui, "? marks what names and shapes leave open and was assumed").small());
    }
    if !view.unused.is_empty() {
        ui.label(RichText::new(format!("Not used: {}", view.unused.join(", "))).small());
    }
}

/// A layer: a bar as wide as its parameters' share would be unreadable, so numbers stand in words. `tap`: its place on the
/// way from a latent to the picture.
fn layer(ui: &mut Ui, p: &mut Panel<'_>, row: &Row, tap: Option<usize>) {
    let frame = egui::Frame::new()
        .fill(theme::colours(ui).ground)
        .corner_radius(theme::ROUND)
        .inner_margin(egui::Margin::symmetric(8, 3));
    let shown = ui
        .horizontal(|ui| {
            ui.add_space(row.depth as f32 * theme::UNIT * 4.0);
            frame.show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.horizontal(|ui| {
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        ui.label(RichText::new(&row.output).monospace().small());
                        // What is left of the row: details give way.
                        ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                            ui.label(&row.title);
                            if !row.assumed.is_empty() {
                                ui.label(RichText::new("?").strong().color(theme::colours(ui).accent));
                            }
                            let details = theme::quiet(ui, &row.details).small();
                            ui.add(egui::Label::new(details).truncate());
                        });
                    });
                });
            })
        })
        .response;
    let mut about = Vec::new();
    if !row.details.is_empty() {
        about.push(row.details.clone());
    }
    if !row.weights.is_empty() {
        about.push(format!("{}: {} parameters", row.weights, grouped(row.parameters as u64)));
    }
    if !row.assumed.is_empty() {
        about.push(format!("Assumed: {}", row.assumed));
    }
    if let Some(tap) = tap {
        about.push("Click to see what it gives".into());
        if shown.interact(egui::Sense::click()).clicked() {
            p.act(Action::Inside(Looking::Layer(tap)));
            p.act(Action::Inside(Looking::Window(true)));
        }
    }
    if !about.is_empty() {
        shown.on_hover_text(about.join("\n"));
    }
}
