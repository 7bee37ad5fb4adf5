//! All attributes of the data set with how often each value occurs; a click makes a condition of the filter.
//!
//! Must not know: how counts are made.

use super::super::{Panel, grouped, theme};
use super::histogram::{self, Histogram};
use super::{Browsing, percent, spaced};
use crate::action::Action;
use crate::data::summary::Keep;
use crate::data::{Attribute, AttributeKind};
use crate::engine::message::DataView;
use crate::state::State;
use eframe::egui::{self, Align2, Rect, RichText, ScrollArea, Sense, Ui, Vec2};
use std::collections::BTreeSet;

/// Classes listed before the rest is asked for.
const FIRST_CLASSES: usize = 20;
/// Height of a row with a bar.
const ROW: f32 = 22.0;
const BAR: f32 = 46.0;
const SHARE: f32 = 42.0;

/// Draws the list.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, view: &DataView) {
    ui.add_space(super::TOP);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Attributes").strong());
        let mut find = p.state.browse.find.clone();
        let edit = egui::TextEdit::singleline(&mut find).hint_text("Find…").desired_width(f32::INFINITY);
        if ui.add(edit).on_hover_text("List only attributes with these letters in their names").changed() {
            p.act(Action::Browse(Browsing::Find(find)));
        }
    });
    ui.add_space(theme::UNIT);
    let find = p.state.browse.find.trim().to_lowercase();
    let listed: Vec<usize> = (0..view.train.attributes.len())
        .filter(|i| spaced(&view.train.attributes[*i].name).to_lowercase().contains(&find.replace('_', " ")))
        .collect();
    if listed.is_empty() {
        ui.label(theme::quiet(ui, "No attribute has these letters."));
        return;
    }
    ScrollArea::vertical().id_salt("attributes").auto_shrink(false).show(ui, |ui| {
        // Bars end where the scroll bar begins.
        ui.set_max_width(ui.available_width() - theme::UNIT * 2.0);
        ui.spacing_mut().item_spacing.y = 2.0;
        let of = |kind: fn(&AttributeKind) -> bool| {
            listed.iter().copied().filter(move |i| kind(&view.train.attributes[*i].kind))
        };
        for i in of(|k| matches!(k, AttributeKind::Class(_))) {
            classes(ui, p, view, i);
        }
        let binaries: Vec<usize> = of(|k| matches!(k, AttributeKind::Binary)).collect();
        section(ui, "Labels", binaries.len(), |ui| binaries.iter().for_each(|i| binary(ui, p, view, *i)));
        let factors: Vec<usize> = of(|k| matches!(k, AttributeKind::Continuous { .. })).collect();
        section(ui, "Factors", factors.len(), |ui| factors.iter().for_each(|i| continuous(ui, p, view, *i)));
        ui.add_space(theme::UNIT * 2.0);
    });
}

/// A part of the list that folds; nothing where it would be empty.
fn section(ui: &mut Ui, title: &str, count: usize, add: impl FnOnce(&mut Ui)) {
    if count > 0 {
        let header = egui::CollapsingHeader::new(theme::quiet(ui, format!("{title} · {count}")).small());
        header.id_salt(title).default_open(true).show_unindented(ui, add);
    }
}

/// Counts of an attribute over all pictures, and over those that the filter keeps.
fn counts<'a>(state: &'a State, view: &'a DataView, i: usize) -> (&'a [u32], Option<&'a [u32]>) {
    let all = view.summary.counts.get(i).map_or(&[][..], Vec::as_slice);
    (all, state.browse.kept.as_ref().and_then(|k| k.counts.get(i)).map(Vec::as_slice))
}

fn keep(p: &mut Panel<'_>, i: usize, keep: Option<Keep>) {
    p.act(Action::Browse(Browsing::Keep(i, keep)));
}

/// Has, has not, or either; the share that has it.
fn binary(ui: &mut Ui, p: &mut Panel<'_>, view: &DataView, i: usize) {
    let attribute = &view.train.attributes[i];
    let name = spaced(&attribute.name);
    let wanted = p.state.browse.filter.get(&i).cloned();
    let (all, kept) = counts(p.state, view, i);
    let at = |c: &[u32], k: usize| c.get(k).copied().unwrap_or(0);
    let share = |c: &[u32]| (at(c, 1), c.iter().sum::<u32>());
    let ((has, of), here) = (share(all), kept.map(share));
    let mut hint =
        format!("{} of {} pictures: {}", grouped(has.into()), grouped(of.into()), percent(has, of));
    if let Some((has, of)) = here {
        hint +=
            &format!("\n{} of the {} kept: {}", grouped(has.into()), grouped(of.into()), percent(has, of));
    }
    let mut chosen = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        ui.spacing_mut().button_padding.x = theme::UNIT;
        let buttons = 2.0 * (24.0 + theme::UNIT);
        let width = ui.available_width() - buttons;
        if bar(ui, width, &name, wanted == Some(Keep::Has), (has, of), here).on_hover_text(&hint).clicked() {
            chosen = Some(Keep::Has);
        }
        for (symbol, what, word) in [("✔", Keep::Has, "has"), ("✖", Keep::HasNot, "has not")] {
            let on = wanted.as_ref() == Some(&what);
            let button = egui::Button::selectable(on, RichText::new(symbol).size(11.0));
            let response = ui.add_sized([24.0, ROW], button);
            let label = format!("{name}: {word}");
            response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, on, &label));
            let hint = format!(
                "Keep only pictures that {} it; again for all",
                if word == "has" { "have" } else { "lack" }
            );
            if response.on_hover_text(hint).clicked() {
                chosen = Some(what);
            }
        }
    });
    if let Some(what) = chosen {
        keep(p, i, (wanted != Some(what.clone())).then_some(what));
    }
}

/// One row per class.
fn classes(ui: &mut Ui, p: &mut Panel<'_>, view: &DataView, i: usize) {
    let attribute = &view.train.attributes[i];
    let AttributeKind::Class(names) = &attribute.kind else { return };
    heading(ui, &attribute.name);
    let id = ui.scope_id().with(("all classes", i));
    let everything = names.len() <= FIRST_CLASSES || ui.data(|d| d.get_temp::<bool>(id)).unwrap_or(false);
    let wanted = match p.state.browse.filter.get(&i) {
        Some(Keep::OneOf(classes)) => classes.clone(),
        _ => BTreeSet::new(),
    };
    let mut next = None;
    for (class, name) in names.iter().enumerate().take(if everything { names.len() } else { FIRST_CLASSES }) {
        let (all, kept) = counts(p.state, view, i);
        let share = |c: &[u32]| (c.get(class).copied().unwrap_or(0), c.iter().sum::<u32>());
        let ((count, of), here) = (share(all), kept.map(share));
        let on = wanted.contains(&class);
        let mut hint = format!("{} of {} pictures", grouped(count.into()), grouped(of.into()));
        if let Some((count, of)) = here {
            hint += &format!("\n{} of the {} kept", grouped(count.into()), grouped(of.into()));
        }
        let width = ui.available_width();
        let response = bar(ui, width, name, on, (count, of), here);
        if response.on_hover_text(hint + "\nClick to keep this class; several may be kept").clicked() {
            let mut classes = wanted.clone();
            if !classes.remove(&class) {
                classes.insert(class);
            }
            next = Some(classes);
        }
    }
    if let Some(classes) = next {
        keep(p, i, (!classes.is_empty()).then_some(Keep::OneOf(classes)));
    }
    if !everything && ui.link(format!("Show all {}", grouped(names.len() as u64))).clicked() {
        ui.data_mut(|d| d.insert_temp(id, true));
    }
    ui.add_space(theme::UNIT * 2.0);
}

/// A histogram.
fn continuous(ui: &mut Ui, p: &mut Panel<'_>, view: &DataView, i: usize) {
    let attribute: &Attribute = &view.train.attributes[i];
    let AttributeKind::Continuous { min, max } = attribute.kind else { return };
    heading(ui, &attribute.name);
    let (all, kept) = counts(p.state, view, i);
    let wanted = p.state.browse.filter.get(&i);
    let shown = Histogram { name: &attribute.name, range: (min, max), all, kept, wanted };
    let answer = histogram::show(ui, &shown);
    histogram::ends(ui, &shown);
    if let Some(wanted) = answer {
        keep(p, i, wanted);
    }
}

fn heading(ui: &mut Ui, name: &str) {
    ui.add_space(theme::UNIT * 1.5);
    ui.label(name);
}

/// A clickable row: name, bar, share. With a filter the bar is the kept pictures' share, and a tick marks that of all.
fn bar(
    ui: &mut Ui,
    width: f32,
    name: &str,
    chosen: bool,
    (part, of): (u32, u32),
    kept: Option<(u32, u32)>,
) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, ROW), Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, chosen, name));
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let colours = theme::colours(ui);
    let visuals = ui.style().interact_selectable(&response, chosen);
    if chosen || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme::ROUND, visuals.weak_bg_fill);
    }
    let text = if chosen { colours.on_accent } else { ui.visuals().text_color() };
    let inner = rect.shrink2(egui::vec2(theme::UNIT, 0.0));
    let names = inner.width() - BAR - SHARE - theme::UNIT;
    let galley = egui::WidgetText::from(name).into_galley(
        ui,
        Some(egui::TextWrapMode::Truncate),
        names,
        egui::TextStyle::Body,
    );
    let at = egui::pos2(inner.left(), inner.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, text);
    let share = |(part, of): (u32, u32)| part as f32 / of.max(1) as f32;
    let track = Rect::from_min_size(
        egui::pos2(inner.right() - SHARE - BAR, inner.center().y - 3.0),
        Vec2::new(BAR, 6.0),
    );
    let quiet = if chosen { colours.on_accent } else { colours.quiet };
    let fill = match (chosen, kept) {
        (true, _) => colours.on_accent,
        (false, Some(_)) => colours.accent.gamma_multiply(0.85),
        (false, None) => colours.quiet.gamma_multiply(0.6),
    };
    let painter = ui.painter();
    painter.rect_filled(track, 3.0, quiet.gamma_multiply(0.22));
    let full = track.with_max_x(track.left() + track.width() * share(kept.unwrap_or((part, of))));
    painter.rect_filled(full, 3.0, fill);
    if kept.is_some() {
        let x = track.left() + track.width() * share((part, of));
        painter.vline(x, track.y_range().expand(2.0), egui::Stroke::new(1.5, quiet));
    }
    let (part, of) = kept.unwrap_or((part, of));
    let font = egui::FontId::proportional(11.5);
    painter.text(
        inner.right_center(),
        Align2::RIGHT_CENTER,
        percent(part, of),
        font,
        if chosen { text } else { quiet },
    );
    response
}
