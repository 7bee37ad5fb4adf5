//! The controls of a picture drawn by hand: one per factor, in groups.
//!
//! Must not know: how pictures are drawn.

use super::super::{Panel, theme};
use super::{Browsing, number, spaced};
use crate::action::Action;
use crate::data::own::{Factor, FactorKind, Own};
use eframe::egui::{self, RichText, ScrollArea, Ui, Vec2};

const NAME: f32 = 112.0;
const VALUE: f32 = 46.0;
const RESET: f32 = 24.0;

/// Draws them.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(drawn) = &p.state.browse.drawn else { return };
    let (now, start) = (drawn.now, drawn.start);
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        let reset = ui.add_enabled(now != start, egui::Button::new("Reset all"));
        if reset.on_hover_text("Every factor as in the selected picture").clicked() {
            p.act(Action::Browse(Browsing::UnturnAll));
        }
        let labels: Vec<String> = now.labels().iter().map(|l| spaced(l)).collect();
        let text = theme::quiet(ui, labels.join(", ")).small();
        ui.add(egui::Label::new(text).truncate()).on_hover_text(labels.join(", "));
    });
    ScrollArea::vertical().id_salt("factors").auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - theme::UNIT * 2.0);
        ui.spacing_mut().item_spacing.y = 2.0;
        let mut group = "";
        for (i, factor) in now.factors().iter().enumerate() {
            if factor.group != group {
                group = factor.group;
                ui.add_space(theme::UNIT * 1.5);
                ui.label(RichText::new(group).strong());
            }
            row(ui, p, i, factor, (&now, &start));
        }
        ui.add_space(theme::UNIT * 2.0);
    });
}

fn row(ui: &mut Ui, p: &mut Panel<'_>, i: usize, factor: &Factor, (now, start): (&Own, &Own)) {
    let (value, home) = (now.get(factor), start.get(factor));
    let mut turned = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        ui.spacing_mut().button_padding.x = theme::UNIT;
        let text = egui::Label::new(factor.name).truncate();
        let label = ui
            .allocate_ui_with_layout(
                Vec2::new(NAME, 24.0),
                egui::Layout::left_to_right(egui::Align::Center),
                |ui| {
                    ui.set_min_size(Vec2::new(NAME, 24.0));
                    ui.add(text)
                },
            )
            .inner
            .on_hover_text(factor.hint);
        let width = (ui.available_width() - RESET - theme::UNIT).max(60.0);
        match factor.kind {
            FactorKind::Range(min, max) => {
                ui.spacing_mut().slider_width = (width - VALUE - theme::UNIT).max(40.0);
                let mut v = value;
                let slider = egui::Slider::new(&mut v, min..=max).show_value(false).trailing_fill(false);
                let slid = ui.add(slider).labelled_by(label.id).on_hover_text(factor.hint);
                let entry = egui::DragValue::new(&mut v)
                    .range(min..=max)
                    .speed((max - min) / 200.0)
                    .custom_formatter(|v, _| number(v as f32))
                    .custom_parser(|t| t.trim().replace('−', "-").parse().ok())
                    .update_while_editing(false);
                let hint = format!("Type a value, {} … {}", number(min), number(max));
                let typed = ui.add_sized([VALUE, 24.0], entry).on_hover_text(hint);
                if slid.changed() || typed.changed() {
                    turned = Some(v);
                }
            }
            FactorKind::Switch => {
                let mut on = value > 0.5;
                ui.allocate_ui_with_layout(
                    Vec2::new(width, 24.0),
                    egui::Layout::left_to_right(egui::Align::Center),
                    |ui| {
                        ui.set_min_size(Vec2::new(width, 24.0));
                        let check = ui.add(egui::Checkbox::without_text(&mut on)).labelled_by(label.id);
                        if check.on_hover_text(factor.hint).changed() {
                            turned = Some(f32::from(u8::from(on)));
                        }
                    },
                );
            }
            FactorKind::Choice(options) => {
                let chosen = value as usize;
                let title = options.get(chosen).copied().unwrap_or_default();
                let combo = egui::ComboBox::from_id_salt(factor.name).selected_text(title).width(width);
                let shown = combo.show_ui(ui, |ui| {
                    for (k, option) in options.iter().enumerate() {
                        if ui.selectable_label(k == chosen, *option).clicked() {
                            turned = Some(k as f32);
                        }
                    }
                });
                shown.response.labelled_by(label.id).on_hover_text(factor.hint);
            }
        }
        let button = egui::Button::new("↺").min_size(Vec2::splat(RESET));
        let reset = ui.add_enabled(value != home, button);
        let back = match factor.kind {
            FactorKind::Range(..) => number(home),
            FactorKind::Switch => if home > 0.5 { "yes" } else { "no" }.into(),
            FactorKind::Choice(options) => options.get(home as usize).copied().unwrap_or_default().into(),
        };
        if reset.on_hover_text(format!("Back to {back}, as in the selected picture")).clicked() {
            p.act(Action::Browse(Browsing::Unturn(i)));
        }
    });
    if let Some(value) = turned {
        p.act(Action::Browse(Browsing::Turn(i, value)));
    }
}
