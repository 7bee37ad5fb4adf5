//! Points in groups by an attribute, each group with a colour and a mark of its own; the legend, where a click hides one.
//!
//! Must not know: where points lie.

use super::super::{Panel, grouped, theme};
use super::raster::{Marker, outline};
use crate::action::{Action, map::Mapping};
use crate::data::{Attribute, AttributeKind};
use crate::tools::points::Points;
use eframe::egui::{self, Color32, Id, RichText, Sense, Ui, Vec2};
use std::sync::Arc;

/// Groups that a range of values is cut into.
const PARTS: usize = 5;
/// Most groups with a mark of their own; classes beyond share the last.
pub const MOST: usize = 10;

/// The groups of some points.
#[derive(Debug, Default, PartialEq)]
pub struct Groups {
    /// Group of each point; past the end of `names` = none.
    pub of: Vec<u8>,
    /// What each is called, and how many it has.
    pub names: Vec<(String, usize)>,
    /// Whether they are classes, worth a name on the map.
    pub classes: bool,
    /// Present or absent: absent ones are drawn first and stand back.
    pub binary: bool,
}

impl Groups {
    /// By an attribute; without one all points are one group.
    pub fn new(points: &Points, attribute: Option<usize>) -> Self {
        let Some(attribute) = attribute.and_then(|i| points.attributes.get(i)) else {
            let names = vec![("all".into(), points.len())];
            return Self { of: vec![0; points.len()], names, ..Self::default() };
        };
        let (titles, group): (Vec<String>, Box<dyn Fn(f32) -> usize>) = match &attribute.kind {
            AttributeKind::Binary => {
                let titles = vec![format!("not {}", attribute.name), attribute.name.clone()];
                (titles, Box::new(|v| usize::from(v >= 0.5)))
            }
            AttributeKind::Class(names) if names.len() <= MOST => {
                (names.clone(), Box::new(|v| if v < 0.0 { MOST } else { v as usize }))
            }
            AttributeKind::Class(names) => {
                let mut titles: Vec<String> = names.iter().take(MOST - 1).cloned().collect();
                titles.push(format!("{} others", names.len() + 1 - MOST));
                (titles, Box::new(|v| if v < 0.0 { MOST } else { (v as usize).min(MOST - 1) }))
            }
            AttributeKind::Continuous { min, max } => {
                let (min, width) = (*min, ((max - min) / PARTS as f32).max(f32::MIN_POSITIVE));
                let edge = |k: usize| min + k as f32 * width;
                let titles = (0..PARTS).map(|k| format!("{:.2} … {:.2}", edge(k), edge(k + 1)));
                let titles = titles.map(|t| t.replace('-', "−")).collect();
                (titles, Box::new(move |v| (((v - min) / width).max(0.0) as usize).min(PARTS - 1)))
            }
        };
        let value = |i: usize| attribute.values.get(i).copied().unwrap_or(f32::NAN);
        let of: Vec<u8> = (0..points.len())
            .map(|i| if value(i).is_finite() { group(value(i)).min(255) as u8 } else { u8::MAX })
            .collect();
        let mut names: Vec<(String, usize)> = titles.into_iter().map(|t| (t.replace('_', " "), 0)).collect();
        for k in &of {
            if let Some((_, count)) = names.get_mut(usize::from(*k)) {
                *count += 1;
            }
        }
        let (classes, binary) = match attribute.kind {
            AttributeKind::Class(_) => (true, false),
            AttributeKind::Binary => (false, true),
            AttributeKind::Continuous { .. } => (false, false),
        };
        Self { of, names, classes, binary }
    }

    /// The groups as the state wants them now, made again only when that changed.
    pub fn now(ui: &Ui, points: &Points, attribute: Option<usize>) -> Arc<Self> {
        let id = Id::unique("map groups");
        let held = ui.data(|d| d.get_temp::<(u64, Option<usize>, Arc<Self>)>(id));
        if let Some((key, colour, groups)) = held
            && (key, colour) == (points.key, attribute)
        {
            return groups;
        }
        let groups = Arc::new(Self::new(points, attribute));
        ui.data_mut(|d| d.insert_temp(id, (points.key, attribute, groups.clone())));
        groups
    }

    /// Colour and mark of a group.
    pub fn look(&self, ui: &Ui, k: usize) -> (Color32, Marker) {
        let colours = theme::colours(ui);
        if self.binary {
            return if k == 0 { (colours.quiet, Marker::Ring) } else { (colours.groups[1], Marker::Disc) };
        }
        if !self.classes && self.names.len() == PARTS {
            // From the quiet to the loud end, and from small to large.
            let t = k as f32 / (PARTS - 1) as f32;
            return (colours.groups[6].lerp_to_gamma(colours.groups[1], t), Marker::Grown(k as u8));
        }
        (colours.groups[k % MOST], Marker::of(k))
    }
}

/// What an attribute's value is, in words.
pub fn says(attribute: &Attribute, i: usize) -> Option<String> {
    let v = *attribute.values.get(i)?;
    match &attribute.kind {
        AttributeKind::Binary => (v >= 0.5).then(|| attribute.name.replace('_', " ")),
        AttributeKind::Class(names) => {
            Some(format!("{} {}", attribute.name, names.get(v.max(0.0) as usize).filter(|_| v >= 0.0)?))
        }
        AttributeKind::Continuous { .. } => None,
    }
}

/// The choice of the attribute, and the legend.
pub fn legend(ui: &mut Ui, p: &mut Panel<'_>, points: &Points, groups: &Groups) {
    ui.horizontal_wrapped(|ui| {
        let now = p.state.map.cloud.colour;
        if points.attributes.is_empty() {
            ui.label(theme::quiet(ui, "Nothing is known of what these show, so they have one colour."));
            return;
        }
        ui.label("Colour");
        let name = |i: Option<usize>| {
            let found = i.and_then(|i| points.attributes.get(i));
            found.map_or_else(|| "none".to_owned(), |a| a.name.replace('_', " "))
        };
        let combo = egui::ComboBox::from_id_salt("map colour").selected_text(name(now)).width(120.0);
        let shown = combo.show_ui(ui, |ui| {
            for i in std::iter::once(None).chain((0..points.attributes.len()).map(Some)) {
                if ui.selectable_label(now == i, name(i)).clicked() {
                    p.act(Action::Map(Mapping::Colour(i)));
                }
            }
        });
        shown.response.on_hover_text("What the points are coloured by");
        if now.is_none() {
            return;
        }
        for (k, (title, count)) in groups.names.iter().enumerate() {
            let hidden = p.state.map.cloud.hidden.contains(&k);
            let (colour, mark) = groups.look(ui, k);
            let ink = if hidden { theme::colours(ui).quiet } else { ui.visuals().text_color() };
            let mut text = RichText::new(title).color(ink);
            if hidden {
                text = text.strikethrough();
            }
            let galley = egui::WidgetText::from(text).into_galley(
                ui,
                Some(egui::TextWrapMode::Extend),
                f32::INFINITY,
                egui::TextStyle::Body,
            );
            let size = Vec2::new(galley.size().x + 20.0, 22.0);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            response.widget_info(|| egui::WidgetInfo::selected(egui::Role::CheckBox, true, !hidden, title));
            let at = rect.left_center() + Vec2::new(8.0, 0.0);
            let faint = if hidden { colour.gamma_multiply(0.35) } else { colour };
            ui.painter().extend(outline(mark, at, 5.0, faint));
            let place = rect.left_center() + Vec2::new(18.0, -0.5 * galley.size().y);
            ui.painter().galley(place, galley, ink);
            let verb = if hidden { "show" } else { "hide" };
            let hint = format!("{} points; click to {verb} them", grouped(*count as u64));
            if response.on_hover_text(hint).clicked() {
                p.act(Action::Map(Mapping::Hide(k, !hidden)));
            }
        }
    });
}
