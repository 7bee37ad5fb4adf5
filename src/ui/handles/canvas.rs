//! A sheet to draw on: the picture that a model takes, with a pencil and an eraser.
//!
//! Must not know: what the model makes of it.

use super::super::{Panel, fitted, theme};
use crate::action::Action;
use crate::point::{Input, Kind, Value};
use eframe::egui::{
    self, Color32, ColorImage, Id, Pos2, Rect, RichText, Sense, TextureHandle, TextureOptions, Ui, Vec2,
};
use std::sync::Arc;

/// What a stroke does.
#[derive(Clone, Copy, PartialEq)]
enum Tool {
    Pencil,
    Eraser,
}

/// The tool, and the width of its stroke in pixels of the picture.
#[derive(Clone, Copy)]
struct Brush {
    tool: Tool,
    width: f32,
}

fn brush_id() -> Id {
    Id::unique("pencil")
}

fn brush(ui: &Ui) -> Brush {
    ui.data(|d| d.get_temp(brush_id())).unwrap_or(Brush { tool: Tool::Pencil, width: 1.2 })
}

/// Draws the choice of tools.
pub fn tools(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let mut now = brush(ui);
    ui.add_space(theme::UNIT);
    ui.label(RichText::new("Drawing").strong()).on_hover_text("Draw on the sheet at the left of the picture");
    ui.horizontal(|ui| {
        ui.selectable_value(&mut now.tool, Tool::Pencil, "✏ Pencil").on_hover_text("Draw black lines");
        ui.selectable_value(&mut now.tool, Tool::Eraser, "Eraser")
            .on_hover_text("Make it white again (the right button does it too)");
    });
    ui.horizontal(|ui| {
        ui.label("Width");
        let slider = egui::Slider::new(&mut now.width, 0.8..=8.0).fixed_decimals(1);
        ui.add(slider).on_hover_text("Width of a stroke in pixels of the picture");
        if ui.button("Clear").on_hover_text("A white sheet; undo brings the drawing back").clicked() {
            let blank = Input { home: None, ..input.clone() }.default_value();
            p.act(Action::Hold(input.name.clone(), blank));
            p.act(Action::Release);
        }
    });
    ui.data_mut(|d| d.insert_temp(brush_id(), now));
    ui.add_space(theme::UNIT);
}

/// The sheet's texture, and the bytes that it shows.
type Shown = Option<(Arc<[u8]>, TextureHandle)>;

fn texture(ui: &Ui, id: Id, bytes: &Arc<[u8]>, [width, height, channels]: [usize; 3]) -> TextureHandle {
    let known: Shown = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    if let Some((of, texture)) = &known
        && Arc::ptr_eq(of, bytes)
    {
        return texture.clone();
    }
    let plane = width * height;
    let at = |c: usize, i: usize| bytes.get(c.min(channels - 1) * plane + i).copied().unwrap_or(255);
    let pixels = (0..plane).map(|i| Color32::from_rgb(at(0, i), at(1, i), at(2, i))).collect();
    let image = ColorImage::new([width, height], pixels);
    let texture = match known {
        Some((_, mut texture)) => {
            texture.set(image, TextureOptions::LINEAR);
            texture
        }
        None => ui.ctx().load_texture("drawing", image, TextureOptions::LINEAR),
    };
    ui.data_mut(|d| d.insert_temp(id, Some((bytes.clone(), texture.clone()))));
    texture
}

/// Draws the sheet, and takes what a hand draws on it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, space: Rect) {
    let Kind::Picture { width, height, channels, .. } = input.kind else { return };
    let Value::Picture(now) = super::value(p, input) else { return };
    let colours = theme::colours(ui);
    ui.painter().rect_filled(space, theme::ROUND, colours.ground);
    let rect = fitted(space.shrink(theme::UNIT * 3.0), width, height);
    let id = Id::unique(("sheet", &input.name));
    let shown = texture(ui, id.with("texture"), &now, [width, height, channels]);
    let whole = Rect::from_min_max(Pos2::ZERO, egui::pos2(1.0, 1.0));
    ui.painter().image(shown.id(), rect, whole, Color32::WHITE);
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "The sheet to draw on"));
    let scale = rect.width() / width as f32;
    let chosen = brush(ui);
    let (pointer, before, primary, secondary) = ui.input(|i| {
        let p = &i.pointer;
        (p.latest_pos(), p.latest_pos().map(|at| at - p.delta()), p.primary_down(), p.secondary_down())
    });
    let over = pointer.filter(|_| response.hovered() || response.is_pointer_button_down_on());
    if let Some(at) = over {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Crosshair);
        let ring = egui::Stroke::new(1.0, colours.accent);
        let painter = ui.painter().with_clip_rect(rect);
        painter.circle_stroke(at, (chosen.width * scale / 2.0).max(3.0), ring);
    }
    let down = response.is_pointer_button_down_on() && (primary || secondary);
    if let (Some(to), Some(from), true) = (pointer, before, down) {
        let erase = secondary || chosen.tool == Tool::Eraser;
        let place = |at: Pos2| (at - rect.min) / scale;
        let stroke = Stroke { from: place(from), to: place(to), width: chosen.width, erase };
        let mut drawn = now.to_vec();
        if stroke.draw(&mut drawn, [width, height, channels]) {
            p.act(Action::Hold(input.name.clone(), Value::Picture(drawn.into())));
        }
    }
    if response.drag_stopped() || response.clicked() || response.secondary_clicked() {
        p.act(Action::Release);
    }
}

/// A straight piece of a stroke, in pixels of the picture.
struct Stroke {
    from: Vec2,
    to: Vec2,
    width: f32,
    erase: bool,
}

impl Stroke {
    /// Draws it into `channels × height × width` bytes, with soft edges. True when a byte changed.
    fn draw(&self, bytes: &mut [u8], [width, height, channels]: [usize; 3]) -> bool {
        let along = self.to - self.from;
        let length = along.length_sq();
        let reach = self.width / 2.0 + 1.0;
        let span = |a: f32, b: f32, most: usize| {
            let low = (a.min(b) - reach).floor().max(0.0) as usize;
            low..((a.max(b) + reach).ceil().max(0.0) as usize).min(most)
        };
        let mut changed = false;
        for y in span(self.from.y, self.to.y, height) {
            for x in span(self.from.x, self.to.x, width) {
                let at = Vec2::new(x as f32 + 0.5, y as f32 + 0.5) - self.from;
                let t = if length > 0.0 { (at.dot(along) / length).clamp(0.0, 1.0) } else { 0.0 };
                let distance = (at - along * t).length();
                let cover = (self.width / 2.0 + 0.5 - distance).clamp(0.0, 1.0);
                if cover <= 0.0 {
                    continue;
                }
                for c in 0..channels {
                    let Some(byte) = bytes.get_mut((c * height + y) * width + x) else { continue };
                    let ink = (255.0 * cover) as u8;
                    let next = if self.erase { (*byte).max(ink) } else { (*byte).min(255 - ink) };
                    changed |= next != *byte;
                    *byte = next;
                }
            }
        }
        changed
    }
}
