//! The atlas: a map of the course with a card for each exhibit, and what is said beside the tool that an exhibit opened.
//!
//! Must not know: what an exhibit opens or trains.

mod formula;
mod page;

use super::{Panel, models, theme};
use crate::action::{Action, atlas::Atlasing};
use crate::atlas::{Exhibit, Family, exhibit};
use crate::engine::message::Place;
use crate::state::Tab;
use crate::state::atlas::Tried;
use eframe::egui::{self, Color32, Context, Key, Pos2, Rect, RichText, ScrollArea, Sense, Ui, Vec2};

/// Why a lesson can't begin now.
pub(super) const BUSY: &str = "A training is running: stop it on Train first";
/// Size of a card, points.
const CARD: Vec2 = Vec2::new(228.0, 96.0);
/// Side of its picture, points.
const PICTURE: f32 = 72.0;
/// Seconds that one sample of a moving picture is shown.
const SAMPLE: f64 = 0.7;
/// Width of what is said beside the tool, points.
const NOTE: f32 = 300.0;

/// Draws the page of an exhibit, or the map of all.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    match p.state.exhibit_open() {
        Some(exhibit) => page::show(ui, p, exhibit),
        None => map(ui, p),
    }
    p.failures(ui, &[Place::Model, Place::Engine]);
}

fn map(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_space(theme::UNIT);
    ui.horizontal_wrapped(|ui| {
        super::tour::menu(ui, p);
        search(ui, p);
        ui.separator();
        let all = std::iter::once((None, "All")).chain(Family::ALL.map(|f| (Some(f), f.title())));
        for (family, title) in all {
            let chosen = p.state.atlas.family == family;
            if ui.selectable_label(chosen, title).clicked() {
                p.act(Action::Atlas(Atlasing::Family(family)));
            }
        }
    });
    ui.separator();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let found: Vec<&'static Exhibit> = p.state.exhibits_found().collect();
        if found.is_empty() {
            ui.add_space(theme::UNIT * 4.0);
            ui.label("No exhibit has these words. Search for a model, an idea or an author: style, KL, Goodfellow.");
        }
        for family in Family::ALL {
            let mine: Vec<_> = found.iter().filter(|e| e.family == family).collect();
            if mine.is_empty() {
                continue;
            }
            ui.add_space(theme::UNIT);
            ui.horizontal_wrapped(|ui| {
                ui.heading(family.title());
                ui.label(theme::quiet(ui, family.about()));
            });
            ui.horizontal_wrapped(|ui| {
                for exhibit in mine {
                    if card(ui, p, exhibit).clicked() {
                        p.act(Action::Atlas(Atlasing::Page(Some(exhibit.words.key.clone()))));
                    }
                }
            });
        }
        ui.add_space(theme::UNIT * 2.0);
    });
}

fn search(ui: &mut Ui, p: &mut Panel<'_>) {
    let mut words = p.state.atlas.search.clone();
    let field = egui::TextEdit::singleline(&mut words)
        .hint_text("Search: style, KL, Goodfellow")
        .desired_width(220.0);
    let response = ui.add(field);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Search the atlas"));
    if words != p.state.atlas.search {
        p.act(Action::Atlas(Atlasing::Search(words)));
    }
    let slash = |ui: &Ui| ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Slash));
    if !ui.ctx().egui_wants_keyboard_input() && slash(ui) {
        response.request_focus();
    }
    response.on_hover_text("Words of a name, an idea or a paper (/)");
}

/// An exhibit: a moving picture by its model, its number and name, its sentence, and what was tried.
fn card(ui: &mut Ui, p: &Panel<'_>, exhibit: &'static Exhibit) -> egui::Response {
    let words = &exhibit.words;
    let (rect, response) = ui.allocate_exact_size(CARD, Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &words.name));
    if ui.is_rect_visible(rect) {
        let visuals = ui.style().interact(&response);
        ui.painter().rect_filled(rect, theme::ROUND, visuals.weak_bg_fill);
        if response.hovered() || response.has_focus() {
            let edge = egui::Stroke::new(1.5, theme::colours(ui).accent);
            ui.painter().rect_stroke(rect, theme::ROUND, edge, egui::StrokeKind::Inside);
        }
        let margin = theme::UNIT * 1.5;
        let top = rect.min + Vec2::splat(margin);
        let place = Rect::from_min_size(top, Vec2::splat(PICTURE));
        picture(ui, p, exhibit, place, response.hovered() || response.has_focus());
        let left = place.right() + margin;
        let width = rect.right() - margin - left;
        let text = |words: String, size: f32, colour: Color32| {
            ui.painter().layout(words, egui::FontId::proportional(size), colour, width)
        };
        let colours = theme::colours(ui);
        let name = text(format!("{} {}", words.number, words.name), 13.0, ui.visuals().strong_text_color());
        let line = text(words.line.clone(), 11.5, colours.quiet);
        let below = egui::pos2(left, top.y + name.size().y + 2.0);
        let clip = ui.painter().with_clip_rect(rect.shrink(2.0));
        clip.galley(egui::pos2(left, top.y), name, colours.quiet);
        clip.galley(below, line, colours.quiet);
        let tried = [Tried::Opened, Tried::Trained, Tried::Broken].map(|t| p.state.tried(&words.key, t));
        if tried.contains(&true) {
            let marks: String = tried.iter().map(|t| if *t { '●' } else { '○' }).collect();
            let at = egui::pos2(place.left(), rect.bottom() - 2.0);
            clip.text(at, egui::Align2::LEFT_BOTTOM, marks, egui::FontId::proportional(10.0), colours.accent);
        }
    }
    response.on_hover_text(&words.line)
}

/// Samples of the exhibit's shipped model, one after the other under the pointer; where none is shipped, its formula.
fn picture(ui: &Ui, p: &Panel<'_>, exhibit: &Exhibit, place: Rect, moves: bool) {
    let name = exhibit.words.open.model.as_deref();
    let shipped = p.state.shipped.iter().find(|m| Some(m.name) == name);
    let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
    ui.painter().rect_filled(place, 3.0, theme::colours(ui).ground);
    match shipped.and_then(|model| models::samples(ui, model)) {
        Some(texture) if moves => {
            // Four samples stand two by two.
            let now = (ui.input(|i| i.time) / SAMPLE) as usize % 4;
            let corner = Pos2::new((now % 2) as f32 * 0.5, (now / 2) as f32 * 0.5);
            let part = Rect::from_min_size(corner, Vec2::splat(0.5));
            ui.painter().image(texture.id(), place, part, Color32::WHITE);
            ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(SAMPLE / 2.0));
        }
        Some(texture) => {
            ui.painter().image(texture.id(), place, whole, Color32::WHITE);
        }
        None => {
            let first = exhibit.words.formula.first().map_or("", String::as_str);
            formula::sketch(ui, first, place);
        }
    }
}

/// What to watch for beside the tool that an exhibit opened, with the way back.
pub fn note(ctx: &Context, p: &mut Panel<'_>) {
    let Some((key, what)) = p.state.atlas.note.clone() else { return };
    let Some(exhibit) = exhibit(&key).filter(|_| p.state.tab != Tab::Atlas) else { return };
    let words = &exhibit.words;
    let text = match what {
        Tried::Opened => &words.question,
        Tried::Trained => &words.train.watch,
        Tried::Broken => &words.broken.watch,
    };
    let corner = ctx.content_rect().right_bottom() + egui::vec2(-NOTE - 60.0, -230.0);
    let mut open = true;
    egui::Window::new(format!("{} {}", words.number, words.name))
        .id(egui::Id::unique("exhibit"))
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .default_pos(corner)
        .show(ctx, |ui| {
            ui.set_width(NOTE);
            let head = match what {
                Tried::Opened => "Try",
                Tried::Trained => "Watch for",
                Tried::Broken => "What goes wrong",
            };
            ui.label(RichText::new(head).strong().color(theme::colours(ui).accent));
            ui.label(text);
            ui.add_space(theme::UNIT);
            if ui.button("Back to the exhibit").clicked() {
                p.act(Action::Atlas(Atlasing::Page(Some(key.clone()))));
                p.act(Action::Show(Tab::Atlas));
            }
        });
    if !open {
        p.act(Action::Atlas(Atlasing::PutAway));
    }
}
