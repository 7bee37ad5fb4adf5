//! The selected picture, large, with all its labels; or, for built-in data, a picture drawn from its factors by hand.
//!
//! Must not know: where the picture came from.

use super::super::{Panel, fitted, grouped, theme};
use super::{Browsing, draw, number, spaced};
use crate::action::Action;
use crate::data::spec::Spec;
use crate::data::summary::Keep;
use crate::data::{Attribute, AttributeKind, Pictures};
use crate::engine::message::DataView;
use eframe::egui::{
    self, Align2, Color32, Pos2, Rect, RichText, ScrollArea, Sense, TextureHandle, TextureOptions, Ui, Vec2,
};
use std::collections::BTreeSet;
use std::sync::{Arc, Weak};

/// Largest side of the picture on the screen, points.
const LARGE: f32 = 256.0;

/// Draws the panel for picture `index`.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, view: &DataView, index: usize) {
    ui.add_space(super::TOP);
    ui.horizontal(|ui| {
        ui.label(RichText::new(format!("Picture {}", grouped(index as u64))).strong());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.button("×");
            close.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the picture"));
            if close.on_hover_text("Select no picture").clicked() {
                p.act(Action::Browse(Browsing::Select(None)));
            }
            let own = view.spec.parse::<Spec>().ok().and_then(|s| s.own(index)).is_some();
            let drawing = p.state.browse.drawn.is_some();
            if own {
                let button = ui.add(egui::Button::selectable(drawing, "✏ Draw your own"));
                let hint = "Change the factors that this picture was drawn from, and see it drawn with them";
                if button.on_hover_text(hint).clicked() {
                    p.act(Action::Browse(Browsing::Draw(!drawing)));
                }
            }
        });
    });
    let drawn = p.state.browse.drawn.as_ref().map(|d| d.picture.clone());
    let side = LARGE.min(ui.available_width()).min(ui.available_height() * 0.45);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), side), Sense::hover());
    ui.painter().rect_filled(rect, theme::ROUND, theme::colours(ui).ground);
    let smooth = p.state.prefs.smooth_pixels;
    match drawn {
        Some(picture) => {
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Your picture"));
            paint(ui, rect, (&picture, 0), Held::Drawn(picture.clone()), smooth);
            draw::show(ui, p);
        }
        None => {
            let name = format!("Picture {} large", grouped(index as u64));
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
            let held = Held::Data(Arc::downgrade(&view.train), index);
            paint(ui, rect, (&view.train.pictures, index), held, smooth);
            labels(ui, p, view, index);
        }
    }
}

/// Which picture the large picture's texture holds. Weak, so that a set that is no longer shown is not kept.
#[derive(Clone)]
enum Held {
    Data(Weak<crate::data::Split>, usize),
    Drawn(Arc<Pictures>),
}

impl Held {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Data(a, i), Self::Data(b, k)) => Weak::ptr_eq(a, b) && i == k,
            (Self::Drawn(a), Self::Drawn(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }
}

/// Paints a picture into the middle of a rectangle.
fn paint(ui: &Ui, rect: Rect, (pictures, index): (&Pictures, usize), held: Held, smooth: bool) {
    let id = egui::Id::unique("large picture");
    let old = ui.data_mut(|d| d.get_temp::<(Held, bool, TextureHandle)>(id));
    let place = fitted(rect, pictures.width, pictures.height);
    let texture = match old {
        Some((was, look, texture)) if look == smooth && was.same(&held) => texture,
        old => {
            let Some(pixels) = super::super::colour_image(pictures, index) else { return };
            let options = if smooth { TextureOptions::LINEAR } else { TextureOptions::NEAREST };
            let texture = match old {
                Some((.., mut texture)) => {
                    texture.set(pixels, options);
                    texture
                }
                None => ui.ctx().load_texture("large picture", pixels, options),
            };
            ui.data_mut(|d| d.insert_temp(id, (held.clone(), smooth, texture.clone())));
            texture
        }
    };
    let uv = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
    ui.painter().image(texture.id(), place, uv, Color32::WHITE);
}

/// Every label: classes and what is present as buttons that filter, what is absent in words, factors with their place
/// in their range.
fn labels(ui: &mut Ui, p: &mut Panel<'_>, view: &DataView, index: usize) {
    let all = &view.train.attributes;
    let value = |i: usize| all[i].values.get(index).copied();
    ui.add_space(theme::UNIT);
    if all.is_empty() {
        ui.label(theme::quiet(ui, "This data set has no labels."));
        return;
    }
    ScrollArea::vertical().id_salt("labels").auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - theme::UNIT * 2.0);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = Vec2::splat(theme::UNIT);
            for (i, attribute) in all.iter().enumerate() {
                let Some((text, keep)) = value(i).and_then(|v| present(attribute, v)) else { continue };
                let on = p.state.browse.filter.get(&i) == Some(&keep);
                let button = ui.add(egui::Button::selectable(on, text).frame_when_inactive(true));
                if button.on_hover_text("Keep only pictures with this; again for all").clicked() {
                    p.act(Action::Browse(Browsing::Keep(i, (!on).then_some(keep))));
                }
            }
        });
        let lacks =
            |i: &usize| matches!(all[*i].kind, AttributeKind::Binary) && value(*i).is_some_and(|v| v < 0.5);
        let absent: Vec<String> = (0..all.len()).filter(lacks).map(|i| spaced(&all[i].name)).collect();
        if !absent.is_empty() {
            ui.add_space(theme::UNIT);
            ui.label(theme::quiet(ui, format!("Not {}", absent.join(", "))).small());
        }
        ui.add_space(theme::UNIT * 1.5);
        ui.spacing_mut().item_spacing.y = 0.0;
        for (i, attribute) in all.iter().enumerate() {
            if let (AttributeKind::Continuous { min, max }, Some(v)) = (&attribute.kind, value(i)) {
                factor(ui, &attribute.name, (*min, *max), v);
            }
        }
        ui.add_space(theme::UNIT * 2.0);
    });
}

/// What a picture has of a class or binary attribute, and the condition that says so.
fn present(attribute: &Attribute, value: f32) -> Option<(String, Keep)> {
    match &attribute.kind {
        AttributeKind::Binary if value >= 0.5 => Some((spaced(&attribute.name), Keep::Has)),
        AttributeKind::Class(names) if value >= 0.0 => {
            let class = value as usize;
            let name = names.get(class)?;
            Some((format!("{} {name}", attribute.name), Keep::OneOf(BTreeSet::from([class]))))
        }
        _ => None,
    }
}

/// A factor's name, its value as a dot in its range, and in digits.
fn factor(ui: &mut Ui, name: &str, (min, max): (f32, f32), value: f32) {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 19.0), Sense::hover());
    if !ui.is_rect_visible(rect) {
        return;
    }
    let colours = theme::colours(ui);
    let painter = ui.painter();
    let font = egui::FontId::proportional(12.5);
    let text = ui.visuals().text_color();
    painter.text(rect.left_center(), Align2::LEFT_CENTER, name, font.clone(), text);
    let numbers = 48.0;
    painter.text(rect.right_center(), Align2::RIGHT_CENTER, number(value), font, colours.quiet);
    let rail = Rect::from_min_max(
        egui::pos2(rect.left() + 124.0, rect.center().y - 1.5),
        egui::pos2(rect.right() - numbers, rect.center().y + 1.5),
    );
    painter.rect_filled(rail, 1.5, colours.quiet.gamma_multiply(0.25));
    let part = ((value - min) / (max - min)).clamp(0.0, 1.0);
    if part.is_finite() {
        let at = egui::pos2(rail.left() + rail.width() * part, rail.center().y);
        painter.circle_filled(at, 4.0, colours.accent);
    }
    response.on_hover_text(format!("{name}: {} in {} … {}", number(value), number(min), number(max)));
}
