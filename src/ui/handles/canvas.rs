//! A sheet to draw on: the picture that a model takes, with pencil, line, rectangle, fill and eraser.
//!
//! Must not know: what the model makes of it.

use super::super::dialogs::Dialog;
use super::super::{Panel, fitted, planar, theme};
use super::hand::{self, Did, With};
use crate::action::Action;
use crate::action::canvas::Handling;
use crate::canvas::{self, Brush, Ink, Tool};
use crate::point::{Input, Kind, Role, Value};
use eframe::egui::{
    self, Color32, ColorImage, Id, Pos2, Rect, Response, RichText, Sense, TextureHandle, TextureOptions, Ui,
    Vec2,
};
use std::sync::Arc;

/// The tools, with what each does and its key.
const TOOLS: [(Tool, &str, &str); 6] = [
    (
        Tool::Pencil,
        "✏ Pencil",
        "Draw where the pointer goes; from the keyboard: arrows move the pen, Space puts it down",
    ),
    (Tool::Line, "Line", "Drag a straight line"),
    (Tool::Rectangle, "Rectangle", "Drag a rectangle"),
    (Tool::Fill, "Fill", "Click into an area of one colour"),
    (Tool::Eraser, "Eraser", "Make it white again (the right button does it too)"),
    (Tool::Pick, "Pick", "Click on a colour to draw with it (Alt-click does it with any tool)"),
];

/// Colours to begin with.
const COLOURS: [[u8; 3]; 12] = [
    [0, 0, 0],
    [255, 255, 255],
    [128, 128, 128],
    [229, 190, 160],
    [164, 110, 76],
    [90, 56, 37],
    [200, 40, 50],
    [240, 160, 50],
    [245, 220, 90],
    [70, 150, 80],
    [60, 110, 200],
    [130, 80, 170],
];

/// Draws the choice of tools.
pub fn tools(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let Kind::Picture { channels, role, .. } = input.kind else { return };
    let lines = role == Role::Edges;
    ui.add_space(theme::UNIT);
    ui.label(RichText::new("Drawing").strong()).on_hover_text("Draw on the sheet at the left of the picture");
    let (held, now, colour) = (p.state.hand.tool, p.state.hand.brush, p.state.hand.colour);
    ui.horizontal_wrapped(|ui| {
        // Lines are black: there is no colour to pick.
        for (tool, title, hint) in TOOLS.iter().filter(|(tool, ..)| !lines || *tool != Tool::Pick) {
            if ui.selectable_label(held == *tool, *title).on_hover_text(*hint).clicked() {
                p.act(Action::Canvas(Handling::Tool(*tool)));
            }
        }
    });
    let mut brush = now;
    egui::Grid::new("brush").num_columns(2).show(ui, |ui| {
        ui.label("Width");
        let width = egui::Slider::new(&mut brush.width, 0.8..=16.0).logarithmic(true).fixed_decimals(1);
        ui.add(width).on_hover_text("Width of a stroke in pixels of the picture");
        ui.end_row();
        ui.label("Softness");
        let soft = egui::Slider::new(&mut brush.soft, 0.0..=1.0).fixed_decimals(1);
        ui.add(soft).on_hover_text("How much of the width fades out: 0 = a sharp edge");
        ui.end_row();
    });
    if held == Tool::Rectangle && !lines {
        ui.checkbox(&mut brush.filled, "Filled").on_hover_text("All of the rectangle, or its outline");
    }
    if brush != now {
        p.act(Action::Canvas(Handling::Brush(brush)));
    }
    if !lines {
        colours(ui, p, colour, channels);
    }
    ui.horizontal(|ui| {
        if ui.button("Clear").on_hover_text("A white sheet; undo brings the drawing back").clicked() {
            let blank = Input { home: None, ..input.clone() }.default_value();
            p.act(Action::Hold(input.name.clone(), blank));
            p.act(Action::Release);
        }
        let hint =
            "Put a picture from a file on the sheet, cut to its shape; dropping it on the window does it too";
        if ui.button("Open a picture…").on_hover_text(hint).clicked() {
            let name = p.state.model.as_ref().map_or_else(String::new, |m| m.name.clone());
            p.ask(ui.ctx(), Dialog::Picture, &name);
        }
    });
    ui.add_space(theme::UNIT);
}

/// Some colours, and any other.
fn colours(ui: &mut Ui, p: &mut Panel<'_>, now: [u8; 3], channels: usize) {
    let mut chosen = now;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::splat(4.0);
        for colour in COLOURS.iter().filter(|c| channels == 3 || c[0] == c[1] && c[1] == c[2]) {
            let [r, g, b] = *colour;
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(24.0), Sense::click());
            let named = format!("Colour {r} {g} {b}");
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &named));
            ui.painter().rect_filled(rect.shrink(2.0), 3.0, Color32::from_rgb(r, g, b));
            let (wide, edge) = match now == *colour {
                true => (2.5, theme::colours(ui).accent),
                false => (1.0, theme::colours(ui).quiet),
            };
            let edge = egui::Stroke::new(wide, edge);
            ui.painter().rect_stroke(rect.shrink(1.0), 3.0, edge, egui::StrokeKind::Inside);
            if response.clicked() {
                chosen = *colour;
            }
        }
        if channels == 3 {
            ui.color_edit_button_srgb(&mut chosen).on_hover_text("Any other colour");
        }
    });
    if chosen != now {
        p.act(Action::Canvas(Handling::Colour(chosen)));
    }
}

/// The sheet's texture, and the bytes that it shows.
type Shown = Option<(Arc<[u8]>, TextureHandle)>;

fn texture(
    ui: &Ui,
    id: Id,
    bytes: &Arc<[u8]>,
    options: TextureOptions,
    image: impl FnOnce() -> ColorImage,
) -> TextureHandle {
    let known: Shown = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    if let Some((of, texture)) = &known
        && Arc::ptr_eq(of, bytes)
    {
        return texture.clone();
    }
    let image = image();
    let texture = match known {
        Some((_, mut texture)) => {
            texture.set(image, options);
            texture
        }
        None => ui.ctx().load_texture("drawing", image, options),
    };
    ui.data_mut(|d| d.insert_temp(id, Some((bytes.clone(), texture.clone()))));
    texture
}

/// Draws a sheet of `[width, height]` pixels that shows `image` of these bytes, and tells where it is and what is done there.
pub fn sheet(
    ui: &mut Ui,
    (input, space, named): (&Input, Rect, &str),
    [width, height]: [usize; 2],
    bytes: &Arc<[u8]>,
    options: TextureOptions,
    image: impl FnOnce() -> ColorImage,
) -> (Rect, Response) {
    let colours = theme::colours(ui);
    ui.painter().rect_filled(space, theme::ROUND, colours.ground);
    let rect = fitted(space.shrink(theme::UNIT * 3.0), width, height);
    let id = Id::unique(("sheet", &input.name));
    let shown = texture(ui, id.with("texture"), bytes, options, image);
    let whole = Rect::from_min_max(Pos2::ZERO, egui::pos2(1.0, 1.0));
    ui.painter().image(shown.id(), rect, whole, Color32::WHITE);
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, named));
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    (rect, response)
}

/// Draws the sheet, and takes what a hand draws on it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, space: Rect) {
    let Kind::Picture { width, height, channels, role } = input.kind else { return };
    let value = super::value(p, input);
    let Value::Picture(bytes) = &value else { return };
    let image = || planar(bytes, [channels, height, width]);
    let named = (input, space, "The sheet to draw on");
    let (rect, response) = sheet(ui, named, [width, height], bytes, TextureOptions::LINEAR, image);
    let hand = &p.state.hand;
    let lines = role == Role::Edges;
    let Some(blank) = canvas::blank(input) else { return };
    let ink = match (hand.tool, lines) {
        (Tool::Eraser, _) => blank,
        (_, true) => Ink::Colour([0; 3]),
        (_, false) => Ink::Colour(hand.colour),
    };
    // A drawing of lines has outlines only.
    let brush = Brush { filled: hand.brush.filled && !lines, ..hand.brush };
    let tool = if lines && hand.tool == Tool::Pick { Tool::Pencil } else { hand.tool };
    let with = With { tool, brush, ink, other: Some(blank) };
    let there = |_: &Panel<'_>| Some(value.clone());
    if let Did::Picked(Ink::Colour(colour)) = hand::draw(ui, p, input, (rect, &response), &there, with) {
        p.act(Action::Canvas(Handling::Colour(colour)));
        if p.state.hand.tool == Tool::Pick && response.clicked() {
            p.act(Action::Canvas(Handling::Tool(Tool::Pencil)));
        }
    }
}
