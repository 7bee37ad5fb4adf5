//! A label map to paint: the legend as a palette of named colours, and the sheet that shows the map in them.
//!
//! Must not know: what the model makes of it.

use super::super::{Panel, theme};
use super::canvas::sheet;
use super::hand::{self, Did, With};
use crate::action::Action;
use crate::action::canvas::Handling;
use crate::canvas::{self, Brush, Ink, Tool};
use crate::data::Label;
use crate::point::{Input, Value};
use eframe::egui::{
    self, Align2, Color32, ColorImage, FontId, Rect, RichText, Sense, TextureOptions, Ui, Vec2,
};

/// The tools, with what each does.
const TOOLS: [(Tool, &str, &str); 6] = [
    (
        Tool::Pencil,
        "✏ Pencil",
        "Paint where the pointer goes; from the keyboard: arrows move the pen, Space puts it down",
    ),
    (Tool::Line, "Line", "Drag a straight line"),
    (Tool::Rectangle, "Rectangle", "Drag a rectangle"),
    (Tool::Fill, "Fill", "Click into a part to make all of it another"),
    (Tool::Eraser, "Eraser", "Make it background again (the right button does it too)"),
    (Tool::Pick, "Pick", "Click on a part to paint with it (Alt-click does it with any tool)"),
];

/// Height of a name in the palette, points.
const ROW: f32 = 24.0;

/// The place of the class that is painted with, in a legend of so many.
fn chosen(p: &Panel<'_>, legend: &[Label]) -> u16 {
    p.state.hand.class.min(legend.len().saturating_sub(1) as u16)
}

/// Draws the choice of tools and the palette.
pub fn tools(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, legend: &[Label]) {
    ui.add_space(theme::UNIT);
    ui.label(RichText::new("Label map").strong())
        .on_hover_text("Paint which part every pixel is of, on the map at the left of the picture");
    let (held, now) = (p.state.hand.tool, p.state.hand.brush);
    ui.horizontal_wrapped(|ui| {
        for (tool, title, hint) in TOOLS {
            if ui.selectable_label(held == tool, title).on_hover_text(hint).clicked() {
                p.act(Action::Canvas(Handling::Tool(tool)));
            }
        }
    });
    let mut brush = now;
    ui.horizontal(|ui| {
        ui.label("Width");
        let width = egui::Slider::new(&mut brush.width, 0.8..=16.0).logarithmic(true).fixed_decimals(1);
        ui.add(width).on_hover_text("Width of a stroke in pixels of the map");
        if held == Tool::Rectangle {
            ui.checkbox(&mut brush.filled, "Filled").on_hover_text("All of the rectangle, or its outline");
        }
    });
    if brush != now {
        p.act(Action::Canvas(Handling::Brush(brush)));
    }
    palette(ui, p, legend);
    if ui.button("Clear").on_hover_text("All background; undo brings the map back").clicked() {
        let blank = Input { home: None, ..input.clone() }.default_value();
        p.act(Action::Hold(input.name.clone(), blank));
        p.act(Action::Release);
    }
    ui.add_space(theme::UNIT);
}

/// The legend: each class as a patch of its colour with its name, in two columns.
fn palette(ui: &mut Ui, p: &mut Panel<'_>, legend: &[Label]) {
    let now = chosen(p, legend);
    let width = (ui.available_width() - theme::UNIT) / 2.0;
    egui::Grid::new("legend").num_columns(2).spacing(Vec2::splat(2.0)).show(ui, |ui| {
        for (i, Label { name, colour: [r, g, b] }) in legend.iter().enumerate() {
            let (rect, response) = ui.allocate_exact_size(Vec2::new(width, ROW), Sense::click());
            let here = usize::from(now) == i;
            response.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::Button, true, here, format!("Paint {name}"))
            });
            let colours = theme::colours(ui);
            let patch = Rect::from_min_size(rect.min, Vec2::splat(ROW)).shrink(3.0);
            ui.painter().rect_filled(patch, 3.0, Color32::from_rgb(*r, *g, *b));
            let edge = egui::Stroke::new(1.0, colours.quiet);
            ui.painter().rect_stroke(patch, 3.0, edge, egui::StrokeKind::Inside);
            if here {
                let edge = egui::Stroke::new(2.0, colours.accent);
                ui.painter().rect_stroke(rect, 3.0, edge, egui::StrokeKind::Inside);
            }
            let text = egui::pos2(patch.right() + 6.0, rect.center().y);
            let ink = ui.visuals().text_color();
            let font = FontId::proportional(13.0);
            ui.painter().with_clip_rect(rect).text(text, Align2::LEFT_CENTER, name, font, ink);
            if response.on_hover_text(format!("Paint with {name}")).clicked() {
                p.act(Action::Canvas(Handling::Class(i as u16)));
            }
            if i % 2 == 1 {
                ui.end_row();
            }
        }
    });
}

/// A map in the legend's colours; a class that the legend lacks is black.
fn coloured(map: &[u8], [width, height]: [usize; 2], legend: &[Label]) -> ColorImage {
    let colour = |class: &u8| {
        let [r, g, b] = legend.get(usize::from(*class)).map_or([0; 3], |label| label.colour);
        Color32::from_rgb(r, g, b)
    };
    ColorImage::new([width, height], map.iter().map(colour).collect())
}

/// Draws the map, and takes what a hand paints on it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, legend: &[Label], space: Rect) {
    let (Some(size), Some(blank)) = (canvas::size(&input.kind), canvas::blank(input)) else { return };
    let value = super::value(p, input);
    let Value::Picture(bytes) = &value else { return };
    let image = || coloured(bytes, size, legend);
    let named = (input, space, "The label map to paint");
    let (rect, response) = sheet(ui, named, size, bytes, TextureOptions::NEAREST, image);
    let hand = &p.state.hand;
    let ink = if hand.tool == Tool::Eraser { blank } else { Ink::Entry(chosen(p, legend)) };
    // A pixel is of one class: there is nothing soft.
    let brush = Brush { soft: 0.0, ..hand.brush };
    let with = With { tool: hand.tool, brush, ink, other: Some(blank) };
    let there = |_: &Panel<'_>| Some(value.clone());
    if let Did::Picked(Ink::Entry(class)) = hand::draw(ui, p, input, (rect, &response), &there, with) {
        p.act(Action::Canvas(Handling::Class(class)));
        if p.state.hand.tool == Tool::Pick && response.clicked() {
            p.act(Action::Canvas(Handling::Tool(Tool::Pencil)));
        }
    }
}
