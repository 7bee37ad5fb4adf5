//! The prior that draws a model's codes: the class that it is asked for, a temperature for each grid, and what was drawn shown
//! code by code.
//!
//! Must not know: how codes are drawn.

use super::super::{Panel, theme};
use super::codes::capital;
use crate::action::Action;
use crate::action::sampling::Sampling;
use crate::engine::tool::{ToolKind, ToolNews};
use eframe::egui::{self, RichText, Ui};

/// Draws what stands above the codebook; nothing where there is no prior.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(classes) = p.state.model.as_ref().and_then(|m| m.codes_prior.clone()) else { return };
    let grids: Vec<String> = p.state.grids().map(|i| i.name.clone()).collect();
    let now = p.state.sampling.clone();
    if now.replay.is_some() {
        p.act(Action::Sampling(Sampling::Passed(ui.input(|i| i.stable_dt).min(0.1))));
        ui.ctx().request_repaint();
    }
    ui.add_space(theme::UNIT);
    ui.label(RichText::new("Prior").strong()).on_hover_text(
        "What was learnt of which codes go together: it draws them one by one, row by row, each by those before it and by the grids above",
    );
    if !classes.is_empty() {
        ui.horizontal(|ui| {
            let label = ui.label("Class");
            let name = now.class.and_then(|k| classes.get(k)).map_or("any", String::as_str);
            let combo = egui::ComboBox::from_id_salt("class of codes").selected_text(name);
            let shown = combo.show_ui(ui, |ui| {
                for (i, name) in std::iter::once("any").chain(classes.iter().map(String::as_str)).enumerate()
                {
                    let class = i.checked_sub(1);
                    if ui.selectable_label(now.class == class, name).clicked() {
                        p.act(Action::Sampling(Sampling::Class(class)));
                        p.act(Action::Sampling(Sampling::Draw(0)));
                    }
                }
            });
            shown.response.labelled_by(label.id);
        });
    }
    ui.horizontal(|ui| {
        let sample = theme::primary(ui, "🎲 Sample");
        if ui.add(sample).on_hover_text("Draw all codes anew (R)").clicked() {
            p.act(Action::Randomise);
        }
        for (i, name) in grids.iter().enumerate().skip(1) {
            let words = format!("{} anew", capital(name));
            let hint = format!("Draw the {name} codes once more; the grids above stay");
            if ui.button(words).on_hover_text(hint).clicked() {
                p.act(Action::Sampling(Sampling::Draw(i)));
            }
        }
        if matches!(p.state.tools.get(&ToolKind::Draw), Some(ToolNews::Working(..))) {
            ui.spinner();
        }
    });
    for name in &grids {
        ui.horizontal(|ui| {
            let words = if grids.len() > 1 { format!("{} temperature", capital(name)) } else { "Temperature".into() };
            let label = ui.label(words);
            let mut t = now.temperature(name);
            ui.spacing_mut().slider_width = 70.0;
            let slider = egui::Slider::new(&mut t, 0.0..=2.0).fixed_decimals(2);
            let hint = "How bold the dice are from the next sample on: 0 takes the likeliest code of each place, 1 is what was learnt";
            let response = ui.add(slider).labelled_by(label.id).on_hover_text(hint);
            if response.changed() {
                p.act(Action::Sampling(Sampling::Temperature(name.clone(), t)));
            }
        });
    }
    ui.horizontal(|ui| {
        let mut slowly = now.slowly;
        let hint = "Show what is drawn in the order of drawing: first the codes above, then those below, and the picture with them";
        if ui.checkbox(&mut slowly, "Code by code").on_hover_text(hint).changed() {
            p.act(Action::Sampling(Sampling::Slowly(slowly)));
        }
        if slowly {
            let mut speed = now.speed;
            ui.spacing_mut().slider_width = 70.0;
            let slider = egui::Slider::new(&mut speed, 5.0..=1000.0).logarithmic(true).fixed_decimals(0);
            if ui.add(slider).on_hover_text("Codes a second").changed() {
                p.act(Action::Sampling(Sampling::Speed(speed)));
            }
        }
        if now.replay.is_some() && ui.button("All").on_hover_text("Show all that was drawn").clicked() {
            p.act(Action::Sampling(Sampling::Whole));
        }
    });
    if let Some((grid, place)) = p.state.drawing_at() {
        ui.label(theme::quiet(ui, format!("Drawing the {grid}, code {}", place + 1)));
    }
}
