//! Samples of the prior to choose from: a click puts one under the sliders or into a well, a drag into any.
//!
//! Must not know: how they are drawn, what the wells are for.

use super::latent::{self, Carried};
use super::{Panel, theme, well};
use crate::action::Action;
use crate::action::pick::Picking;
use crate::state::bench::Well;
use eframe::egui::{self, Align, Id, Layout, Rect, RichText, Sense, Ui, Vec2};

/// Draws them, in as many columns of at least `side` points as fit. `into`: the wells of this page, with their short names. `current`: begin with the
/// latent under the sliders.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, into: &[(Well, &str)], side: f32, rows: usize, current: bool) {
    // Without a latent there is nothing to draw from a prior.
    if p.state.dims() == 0 {
        return;
    }
    ui.horizontal(|ui| {
        let about = "Pictures of latents drawn from the prior, times the temperature";
        ui.label(RichText::new("Samples").strong()).on_hover_text(about);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let other = ui.add(egui::Button::new("🎲 Others").small());
            other.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Other samples"));
            if other.on_hover_text("Draw other samples").clicked() {
                p.act(Action::Pick(Picking::Samples));
            }
        });
    });
    let target = p.state.pick.into.filter(|w| into.iter().any(|(well, _)| well == w));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        ui.label(theme::quiet(ui, "Click into"))
            .on_hover_text("Where a click puts a sample; a drag puts it into any well");
        let sliders = std::iter::once((None, "sliders"));
        for (choice, name) in sliders.chain(into.iter().map(|(well, name)| (Some(*well), *name))) {
            if ui.selectable_label(target == choice, name).clicked() {
                p.act(Action::Pick(Picking::Into(choice)));
            }
        }
    });
    let columns = ((ui.available_width() / side) as usize).max(1);
    let side = ui.available_width() / columns as f32;
    let count = columns * rows - usize::from(current);
    let size = Vec2::new(columns as f32, rows as f32) * side;
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let mut latents = p.state.samples(count);
    if current {
        let place = Rect::from_min_size(rect.min, Vec2::splat(side));
        let carried = Carried::loose(p.state.point());
        latents.insert(0, carried.point.z.clone());
        let response = latent::thumbnail(ui, p, place, Id::unique("current latent"), &carried);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Current latent"));
        ui.painter().rect_stroke(
            place.shrink(1.0),
            2.0,
            egui::Stroke::new(2.0, theme::colours(ui).accent),
            egui::StrokeKind::Inside,
        );
        if response.clicked() {
            chosen(p, target, &carried.point.z);
        }
        response.on_hover_text("The latent under the sliders");
    }
    for (i, z) in latents.iter().enumerate().skip(usize::from(current)) {
        let corner = Vec2::new((i % columns) as f32, (i / columns) as f32) * side;
        let cell = Rect::from_min_size(rect.min + corner, Vec2::splat(side));
        if !ui.is_rect_visible(cell) {
            continue;
        }
        let carried = Carried::loose(p.state.point_at(z));
        let response = latent::thumbnail(ui, p, cell, Id::unique(("sample", i)), &carried);
        let name = format!("Sample {}", i + usize::from(!current));
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
        if response.clicked() {
            chosen(p, target, z);
        }
    }
}

fn chosen(p: &mut Panel<'_>, target: Option<Well>, z: &[f32]) {
    match target {
        Some(into) => well::put(p, into, p.state.point_at(z).into(), None),
        None => p.act(Action::Go(z.into())),
    }
}
