//! Latents as points: what is mapped, how it is laid out and coloured.
//!
//! Must not know: how latents are encoded or laid out.

use super::super::{Panel, grouped, theme};
use super::chart;
use super::colour::{Groups, legend};
use crate::action::{Action, map::Mapping};
use crate::data::spec::{built_in, specs};
use crate::engine::tool::{ToolKind, ToolNews, ToolOrder};
use crate::latent::tsne::EMBEDDED;
use crate::state::map::{By, MOST_POINTS};
use crate::tools::points::Points;
use eframe::egui::{self, Align2, FontId, Ui};
use std::sync::Arc;

/// Draws the page.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    form(ui, p);
    progress(ui, p, ToolKind::Points, "Mapping");
    let Some(points) = p.state.map.cloud.points.clone() else {
        let rect = ui.available_rect_before_wrap();
        ui.painter().rect_filled(rect, theme::ROUND, theme::colours(ui).ground);
        let text = match p.state.map.cloud.samples {
            true => "Press Map: samples from the prior appear here as points, by what a judge sees in them.",
            false => "Press Map: the data's pictures appear here as points, where the encoder puts them.",
        };
        let quiet = theme::colours(ui).quiet;
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, FontId::proportional(14.0), quiet);
        return;
    };
    layouts(ui, p, &points);
    progress(ui, p, ToolKind::Tsne, "t-SNE");
    let groups = Groups::now(ui, &points, p.state.map.cloud.colour);
    legend(ui, p, &points, &groups);
    let Some(layout) = p.state.map.cloud.layout.clone() else { return };
    chart::show(ui, p, &points, &layout, &groups);
}

/// What is mapped.
fn form(ui: &mut Ui, p: &mut Panel<'_>) {
    let encoder = p.state.model.as_ref().is_some_and(|m| m.has_encoder);
    let (mut data, mut count) = (p.state.map.cloud.data.clone(), p.state.map.cloud.count);
    ui.horizontal_wrapped(|ui| {
        for (samples, name, hint) in [
            (false, "Data", "Pictures, where the encoder puts them"),
            (true, "Samples", "Latents drawn from the prior, by what a judge sees in their pictures"),
        ] {
            let button = egui::Button::selectable(p.state.map.cloud.samples == samples, name);
            let response = ui.add_enabled(samples || encoder, button).on_hover_text(hint);
            let why = "This model has no encoder, so only samples can be mapped";
            if response.on_disabled_hover_text(why).clicked() {
                p.act(Action::Map(Mapping::Samples(samples)));
            }
        }
        if !p.state.map.cloud.samples {
            let edit = egui::TextEdit::singleline(&mut data).desired_width(120.0);
            if ui.add(edit).on_hover_text(specs()).changed() {
                p.act(Action::Map(Mapping::Data(data.clone())));
            }
        }
        let entry = egui::DragValue::new(&mut count).range(10..=MOST_POINTS).speed(50).suffix(" points");
        let hint = format!("At most so many, the first of the set; up to {}", grouped(MOST_POINTS as u64));
        if ui.add(entry).on_hover_text(hint).changed() {
            p.act(Action::Map(Mapping::Points(count)));
        }
        let busy = matches!(p.state.tools.get(&ToolKind::Points), Some(ToolNews::Working(..)));
        let button = theme::primary(ui, "Map");
        if ui.add_enabled(!busy, button).on_hover_text("Encode them and lay them out").clicked() {
            let data = (!p.state.map.cloud.samples).then(|| data.trim().to_owned());
            // Built-in sets are drawn as long as they are wanted.
            let grows = built_in().any(|(format, _)| data.as_deref() == Some(format.name));
            let data = data.map(|d| if grows { format!("{d}:{count}") } else { d });
            p.act(Action::Tool(ToolOrder::Points { data, count }));
        }
    });
}

/// How far a tool is, with Cancel.
fn progress(ui: &mut Ui, p: &mut Panel<'_>, kind: ToolKind, what: &str) {
    let Some(ToolNews::Working(done, total)) = p.state.tools.get(&kind).cloned() else { return };
    ui.horizontal(|ui| {
        let part = done as f32 / total.max(1) as f32;
        let text = format!("{what}: {} of {}", grouped(done as u64), grouped(total as u64));
        ui.add(theme::progress(ui, part, 280.0, text));
        if ui.button("Cancel").on_hover_text("Give it up; nothing else changes").clicked() {
            p.act(Action::CancelTool(kind));
        }
    });
}

/// How they are laid out.
fn layouts(ui: &mut Ui, p: &mut Panel<'_>, points: &Arc<Points>) {
    let by = p.state.map.cloud.by;
    ui.horizontal_wrapped(|ui| {
        let share = points.share.map(|s| s * 100.0);
        let hint = format!(
            "The two directions in which the points differ most; they carry {:.0} % and {:.0} % of the variance",
            share[0], share[1]
        );
        if ui.selectable_label(by == By::Pca, "PCA").on_hover_text(hint).clicked() {
            p.act(Action::Map(Mapping::By(By::Pca)));
        }
        let first = p.state.order.first().copied().unwrap_or(0);
        let second = p.state.order.get(1).copied().unwrap_or(first);
        let (i, j) = if let By::Dimensions(i, j) = by { (i, j) } else { (first, second) };
        let here = matches!(by, By::Dimensions(..));
        let hint = "Two dimensions of z as they are, in σ";
        if ui.selectable_label(here, format!("{} × {}", p.state.dimension(i), p.state.dimension(j))).on_hover_text(hint).clicked() {
            p.act(Action::Map(Mapping::By(By::Dimensions(i, j))));
        }
        if here {
            for (k, now) in [i, j].into_iter().enumerate() {
                let combo = egui::ComboBox::from_id_salt(("points axis", k)).selected_text(p.state.dimension(now));
                combo.width(64.0).show_ui(ui, |ui| {
                    for d in p.state.order.clone() {
                        if ui.selectable_label(d == now, p.state.dimension(d)).clicked() {
                            let by = if k == 0 { By::Dimensions(d, j) } else { By::Dimensions(i, d) };
                            p.act(Action::Map(Mapping::By(by)));
                        }
                    }
                });
            }
        }
        let hint = format!(
            "Neighbours stay neighbours; distances between groups mean little (van der Maaten and Hinton 2008). Of more than {} points that many are embedded, and the others are placed between their nearest ones. The same points give the same map",
            grouped(EMBEDDED as u64)
        );
        if ui.selectable_label(by == By::Tsne, "t-SNE").on_hover_text(hint).clicked() {
            let busy = matches!(p.state.tools.get(&ToolKind::Tsne), Some(ToolNews::Working(..)));
            if p.state.map.cloud.tsne.is_some() {
                p.act(Action::Map(Mapping::By(By::Tsne)));
            } else if !busy {
                p.act(Action::Tool(ToolOrder::Tsne(points.clone())));
            }
        }
        ui.separator();
        let id = chart::lasso_id();
        let mut on: bool = ui.data(|d| d.get_temp(id)).unwrap_or(false);
        let hint = "Draw around points to take them as a group (or hold Shift while dragging)";
        if ui.toggle_value(&mut on, "Lasso").on_hover_text(hint).changed() {
            ui.data_mut(|d| d.insert_temp(id, on));
        }
        if ui.button("All points").on_hover_text("See all of them again (double-click)").clicked() {
            chart::whole(ui);
        }
        ui.label(theme::quiet(ui, format!("{} · {}", points.title, grouped(points.len() as u64))));
    });
}
