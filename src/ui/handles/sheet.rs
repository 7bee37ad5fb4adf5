//! The same latents in every class, side by side: classes across, latents down. A click goes to a cell's point.
//!
//! Must not know: how pictures are decoded.

use super::super::latent::{self, Carried};
use super::super::{Panel, theme};
use crate::action::Action;
use crate::gpu::Look;
use crate::point::{Input, Point, one_hot};
use eframe::egui::{self, Align2, FontId, Id, Rect, ScrollArea, Sense, Ui, Vec2};

/// Latents: the one under the sliders, and samples.
const ROWS: usize = 5;
/// Side of a cell, points.
const CELL: f32 = 64.0;
/// Height of the classes' names.
const NAME: f32 = 18.0;

/// Whether it is open.
fn open() -> Id {
    Id::unique("sheet of classes")
}

/// Draws the button that opens it.
pub fn switch(ui: &mut Ui) {
    let on = ui.data(|d| d.get_temp::<bool>(open())).unwrap_or(false);
    let hint = "A sheet: every class across, this latent and others down";
    if ui.add(egui::Button::new("All classes").small().selected(on)).on_hover_text(hint).clicked() {
        ui.data_mut(|d| d.insert_temp(open(), !on));
    }
}

/// Draws the sheet in a window of its own, where it is open.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, names: &[String]) {
    let mut on = ui.data(|d| d.get_temp::<bool>(open())).unwrap_or(false);
    if !on {
        return;
    }
    let ctx = ui.ctx().clone();
    let room = ctx.content_rect().size();
    let wide = (CELL * names.len() as f32 + theme::UNIT).min(room.x * 0.8);
    egui::Window::new("Every class")
        .open(&mut on)
        .resizable(true)
        .default_pos(egui::pos2(room.x * 0.3, room.y * 0.15))
        .default_width(wide)
        .show(&ctx, |ui| {
            ui.label(theme::quiet(
                ui,
                "Classes across; this latent first, then samples of the prior. Click a picture to go there",
            ));
            // Tall enough for all rows, where the window has the room.
            let height = (CELL * ROWS as f32 + NAME + theme::UNIT * 2.0).min(room.y * 0.7);
            ScrollArea::both().min_scrolled_height(height).show(ui, |ui| cells(ui, p, input, names));
        });
    if ctx.input_mut(|i| i.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
        on = false;
    }
    ctx.data_mut(|d| d.insert_temp(open(), on));
}

fn cells(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, names: &[String]) {
    let mut latents = vec![p.state.latent.z.clone()];
    // A model without a latent has one row.
    if p.state.dims() > 0 {
        latents.extend(p.state.samples(ROWS - 1));
    }
    let at = |z: &[f32], class: usize| {
        let mut held = p.state.latent.held.clone();
        held.insert(input.name.clone(), one_hot(class, names.len()));
        Point { z: z.to_vec(), held }
    };
    let points: Vec<Vec<Point>> =
        latents.iter().map(|z| (0..names.len()).map(|class| at(z, class)).collect()).collect();
    let size = Vec2::new(CELL * names.len() as f32, NAME + CELL * latents.len() as f32);
    let (space, _) = ui.allocate_exact_size(size, Sense::hover());
    let smooth = p.state.prefs.smooth_pixels;
    let quiet = theme::colours(ui).quiet;
    for (class, name) in names.iter().enumerate() {
        let place = egui::pos2(space.left() + CELL * (class as f32 + 0.5), space.top());
        let clip = Rect::from_center_size(place + Vec2::new(0.0, NAME * 0.5), Vec2::new(CELL - 4.0, NAME));
        let painter = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
        painter.text(place, Align2::CENTER_TOP, name, FontId::proportional(12.0), quiet);
    }
    for (row, points) in points.into_iter().enumerate() {
        let top = space.top() + NAME + CELL * row as f32;
        let strip = Rect::from_min_size(egui::pos2(space.left(), top), Vec2::new(size.x, CELL));
        if !ui.is_rect_visible(strip) {
            continue;
        }
        let id = Id::unique(("row of classes", row));
        // Pictures that are not square stand in the middle of square cells only where they are drawn one by one.
        let image = p.pictures.sheet_of(points.len(), points.clone());
        match &image {
            Some(image) => p.pictures.paint(ui, id, strip, image, Look::plain(smooth)),
            None => drop(ui.painter().text(
                strip.left_center() + Vec2::new(8.0, 0.0),
                Align2::LEFT_CENTER,
                "…",
                FontId::proportional(14.0),
                quiet,
            )),
        }
        for (class, point) in points.into_iter().enumerate() {
            let corner = strip.min + Vec2::new(CELL * class as f32, 0.0);
            let cell = Rect::from_min_size(corner, Vec2::splat(CELL));
            if !ui.is_rect_visible(cell) {
                continue;
            }
            let response = latent::handle(ui, p, cell, id.with(class), &Carried::loose(point.clone()));
            let label = format!("Latent {} as {}", row + 1, names[class]);
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
            if response.clicked() {
                p.act(Action::Go(point));
            }
        }
    }
}
