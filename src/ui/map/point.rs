//! Beside the points: the one under the pointer or chosen, its true neighbours, the group, and pictures like the one now.
//!
//! Must not know: where points lie.

use super::super::{Panel, grouped, theme};
use super::colour::says;
use super::{data_picture, group, hovered_id, likeness, title};
use crate::gpu::Look;
use crate::tools::points::Points;
use eframe::egui::{Id, Sense, Ui, Vec2};

/// Draws it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(points) = p.state.map.cloud.points.clone() else {
        let text = "A map shows where pictures lie. Point at one to see it, click to go there, drag with Shift to take a group.";
        ui.label(theme::quiet(ui, text));
        return;
    };
    if p.state.model.as_ref().is_some_and(|m| m.step != p.state.map.cloud.step) {
        let text = format!(
            "Encoded with the weights of step {}; press Map again for those of now.",
            grouped(p.state.map.cloud.step)
        );
        ui.label(theme::quiet(ui, text));
    }
    let hovered: Option<usize> = ui.data(|d| d.get_temp(hovered_id())).flatten();
    let chosen = p.state.map.cloud.chosen.clone();
    match hovered.or(chosen.as_ref().map(|c| c.point)) {
        Some(i) => one(ui, p, &points, i),
        None => drop(ui.label(theme::quiet(ui, "Point at a point to see its picture; click to go there."))),
    }
    if let Some(chosen) = chosen.filter(|c| hovered.is_none_or(|h| h == c.point)) {
        let (kept, all) = (chosen.kept, chosen.neighbours.len());
        let text = format!(
            "Its {all} nearest in all {} dimensions; {kept} of them are its nearest here too:",
            points.dims
        );
        ui.label(theme::quiet(ui, text))
            .on_hover_text("Lines lead to them: long lines show where the map lies");
        let cell = ((ui.available_width() - 8.0 * 3.0) / 8.0).min(40.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 3.0;
            let rows: Vec<&[f32]> = chosen.neighbours.iter().map(|(i, _)| points.z(*i)).collect();
            match &points.pictures {
                Some(pictures) => {
                    for (k, (i, _)) in chosen.neighbours.iter().enumerate() {
                        let (rect, _) = ui.allocate_exact_size(Vec2::splat(cell), Sense::hover());
                        data_picture(ui, Id::unique(("neighbour", k)), rect, pictures, *i, points.key);
                    }
                }
                None => {
                    let size = Vec2::new(cell * rows.len() as f32, cell);
                    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
                    if let Some(image) = p.pictures.sheet(rows.len(), &rows) {
                        p.pictures.paint(ui, Id::unique("neighbours"), rect, &image, Look::plain(true));
                    }
                }
            }
        });
    }
    group::show(ui, p, &points);
    likeness::show(ui, p, &points);
}

/// A point's picture beside what the model makes of it.
fn one(ui: &mut Ui, p: &mut Panel<'_>, points: &Points, i: usize) {
    let noun = if points.pictures.is_some() { "Picture" } else { "Sample" };
    title(ui, &format!("{noun} {}", grouped(i as u64)));
    let said: Vec<String> = points.attributes.iter().filter_map(|a| says(a, i)).collect();
    if !said.is_empty() {
        ui.label(theme::quiet(ui, said.join(", ")).small());
    }
    let half = ((ui.available_width() - theme::UNIT) * 0.5).min(128.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        if let Some(pictures) = &points.pictures {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(half), Sense::hover());
            data_picture(ui, Id::unique("map point"), rect, pictures, i, points.key);
            response.on_hover_text("The picture of the data");
        }
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(half), Sense::hover());
        ui.painter().rect_filled(rect, 0.0, theme::colours(ui).ground);
        if let Some(image) = p.pictures.sheet(1, &[points.z(i)]) {
            let place = super::super::fitted(rect, image.width, image.height);
            let look = Look::plain(p.state.prefs.smooth_pixels);
            p.pictures.paint(ui, Id::unique("map reconstruction"), place, &image, look);
        }
        response.on_hover_text("What the model draws from its latent");
    });
    if points.pictures.is_some() {
        ui.label(theme::quiet(ui, "Data | reconstruction").small());
    }
}
