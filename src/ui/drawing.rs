//! The sheet to draw a set of points on, with the Gaussian around each as a soft dot, so that one sees what is trained on.
//!
//! Must not know: where the points are written, what is trained on them.

use super::{Panel, grouped, plane, theme};
use crate::action::{Action, drawing::Drawing};
use crate::data::plane::{BOUND, World};
use crate::data::points::{MOST, SIGMA, SIGMAS};
use crate::state::drawing::{PointSet, REACH};
use eframe::egui::{
    self, Color32, ColorImage, Context, Id, Pos2, Rect, Sense, Stroke, TextureHandle, TextureOptions, Ui,
    Vec2,
};
use std::f32::consts::PI;
use std::sync::Arc;

/// Cells along each side of the picture of the density.
const SIDE: usize = 96;
/// What the window needs beside the sheet.
const AROUND: f32 = 240.0;

/// The window, if it is open. It stays open while other pages are looked at, and shows on this one only.
pub fn window(ctx: &Context, p: &mut Panel<'_>) {
    if !p.state.drawn_on() {
        return;
    }
    let area = ctx.content_rect();
    let side = (area.height() - AROUND).min(area.width() - 4.0 * theme::UNIT).clamp(200.0, 480.0);
    let mut open = true;
    egui::Window::new("Draw points")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .default_pos(area.center() - Vec2::new(side, side + AROUND * 0.6) / 2.0)
        .show(ctx, |ui| {
            ui.set_width(side);
            sheet(ui, p, side);
            ui.add_space(theme::UNIT);
            tools(ui, p);
        });
    // Escape belongs to whoever is in front: a field that is typed in, or the help.
    let mine = !ctx.egui_wants_keyboard_input() && !p.state.help;
    if !open || mine && ctx.input_mut(|i| i.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
        p.act(Action::Draw(Drawing::Open(false)));
    }
}

fn sheet(ui: &mut Ui, p: &mut Panel<'_>, side: f32) {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click_and_drag());
    response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "The plane to draw points on"));
    let set = &p.state.drawing;
    let colours = theme::colours(ui);
    let [real, _] = plane::sides(ui);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    painter.rect_filled(rect, 0.0, colours.ground);
    let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
    painter.image(texture(ui, set).id(), rect, whole, real);
    let place = |[x, y]: &[f32; 2]| {
        rect.min + Vec2::new((x + BOUND) / (2.0 * BOUND), (BOUND - y) / (2.0 * BOUND)) * rect.size()
    };
    painter.add(plane::dots(set.points.iter().map(place), 1.2, real));
    painter.rect_stroke(rect, 0.0, Stroke::new(1.0, colours.quiet), egui::StrokeKind::Inside);
    if set.points.is_empty() {
        let words = "Drag to draw points; drag with the right button to erase";
        let font = egui::FontId::proportional(13.0);
        painter.text(rect.center(), egui::Align2::CENTER_CENTER, words, font, colours.quiet);
    }
    let (pointer, left, right) =
        ui.input(|i| (i.pointer.latest_pos(), i.pointer.primary_down(), i.pointer.secondary_down()));
    let erases = right || set.erases;
    if let Some(at) = pointer.filter(|_| response.hovered() || response.is_pointer_button_down_on()) {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Crosshair);
        if erases {
            let reach = REACH / (2.0 * BOUND) * side;
            painter.circle_stroke(at, reach, Stroke::new(1.0, colours.accent));
        }
    }
    let down = response.is_pointer_button_down_on() && (left || right);
    if let Some(at) = pointer.filter(|_| down) {
        let part = (at - rect.min) / side * 2.0 * BOUND;
        let to = [part.x - BOUND, BOUND - part.y];
        p.act(Action::Draw(if erases { Drawing::Erase(to) } else { Drawing::Paint(to) }));
    }
    if response.drag_stopped() || response.clicked() || response.secondary_clicked() {
        p.act(Action::Draw(Drawing::Release));
    }
}

/// What the picture shows: points and σ. Points that change are another list.
type Shown = Option<(Arc<Vec<[f32; 2]>>, f32, TextureHandle)>;

/// The soft dots, white where they are.
fn texture(ui: &Ui, set: &PointSet) -> TextureHandle {
    let id = Id::unique("drawn points");
    let known: Shown = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    if let Some((points, sigma, texture)) = &known
        && Arc::ptr_eq(points, &set.points)
        && *sigma == set.sigma
    {
        return texture.clone();
    }
    let image = ColorImage::new([SIDE, SIDE], soft(set));
    let texture = match known {
        Some((.., mut texture)) => {
            texture.set(image, TextureOptions::LINEAR);
            texture
        }
        None => ui.ctx().load_texture("drawn points", image, TextureOptions::LINEAR),
    };
    ui.data_mut(|d| d.insert_temp(id, Some((set.points.clone(), set.sigma, texture.clone()))));
    texture
}

/// The density, as the sum of dots that are each 1 in their middle.
fn soft(set: &PointSet) -> Vec<Color32> {
    if set.points.is_empty() {
        return vec![Color32::TRANSPARENT; SIDE * SIDE];
    }
    let world = World::new(String::new(), set.points.to_vec(), set.sigma, false);
    let cell = 2.0 * BOUND / SIDE as f32;
    let scale = set.points.len() as f32 * 2.0 * PI * (set.sigma / cell).powi(2);
    let alpha = |v: f32| (150.0 * (1.0 - (-v * scale).exp())).round() as u8;
    world.cells(SIDE).into_iter().map(|v| Color32::from_white_alpha(alpha(v))).collect()
}

fn tools(ui: &mut Ui, p: &mut Panel<'_>) {
    let set = p.state.drawing.clone();
    ui.horizontal(|ui| {
        let all = [
            (false, "✏ Draw", "Drag: points along the way"),
            (true, "Eraser", "Drag: points near the pointer go (the right button does it too)"),
        ];
        for (erases, name, hint) in all {
            if ui.selectable_label(set.erases == erases, name).on_hover_text(hint).clicked() {
                p.act(Action::Draw(Drawing::Eraser(erases)));
            }
        }
        let undo = ui.add_enabled(set.undoable(), egui::Button::new("Undo stroke"));
        if undo.on_hover_text("Take the newest stroke back (Ctrl+Z)").clicked() {
            p.act(Action::Draw(Drawing::Undo));
        }
        let clear = ui.add_enabled(!set.points.is_empty(), egui::Button::new("Clear"));
        if clear.on_hover_text("Take all points away; undo brings them back").clicked() {
            p.act(Action::Draw(Drawing::Clear));
        }
    });
    ui.horizontal(|ui| {
        let hint = format!(
            "Around each point there is a Gaussian of this σ, and the training points are drawn from all of them alike. From {} to {} of a plane that is 4 wide. Default {SIGMA}",
            SIGMAS.start(),
            SIGMAS.end()
        );
        let label = ui.label("Width of each point σ").on_hover_text(&hint);
        let mut sigma = set.sigma;
        let slider = egui::Slider::new(&mut sigma, SIGMAS).logarithmic(true).fixed_decimals(3);
        if ui.add(slider).labelled_by(label.id).on_hover_text(hint).changed() {
            p.act(Action::Draw(Drawing::Sigma(sigma)));
        }
        let reset = ui.add_enabled(set.sigma != SIGMA, egui::Button::new("↺").min_size(Vec2::splat(24.0)));
        if reset.on_hover_text(format!("Back to {SIGMA}")).clicked() {
            p.act(Action::Draw(Drawing::Sigma(SIGMA)));
        }
    });
    ui.horizontal(|ui| {
        let button = ui.add_enabled(!set.points.is_empty(), theme::primary(ui, "Use these"));
        let hint = "Save the points as a file, and train on that";
        if button.on_hover_text(hint).on_disabled_hover_text("Draw some points first").clicked() {
            p.act(Action::Draw(Drawing::Use));
        }
        let most = if set.full() { ", the most there may be" } else { "" };
        ui.label(theme::quiet(
            ui,
            format!("{} of {} points{most}", grouped(set.points.len() as u64), grouped(MOST as u64)),
        ));
    });
}
