//! An exhibit's page, the same shape for all: the idea, the formula, and what can be done with it.
//!
//! Must not know: what an exhibit opens or trains.

use super::formula;
use crate::action::{Action, atlas::Atlasing};
use crate::atlas::{Exhibit, Lesson, exhibits};
use crate::engine::message::Source;
use crate::state::atlas::Tried;
use crate::ui::{Panel, theme};
use crate::zoo;
use eframe::egui::{self, Key, Modifiers, RichText, ScrollArea, Ui};

/// Widest column of text, points.
const TEXT: f32 = 760.0;

/// Draws it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, exhibit: &'static Exhibit) {
    let words = &exhibit.words;
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        let escape = ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Escape));
        if ui.button("← All exhibits").on_hover_text("The map of the course (Escape)").clicked() || escape {
            p.act(Action::Atlas(Atlasing::Page(None)));
        }
        ui.label(theme::quiet(ui, exhibit.family.title()));
        for (text, hint, to) in [
            ("Previous", "The exhibit before", beside(words.number, false)),
            ("Next", "The next exhibit of the course", beside(words.number, true)),
        ] {
            let button = ui.add_enabled(to.is_some(), egui::Button::new(text)).on_hover_text(hint);
            if let Some(to) = to.filter(|_| button.clicked()) {
                p.act(Action::Atlas(Atlasing::Page(Some(to.words.key.clone()))));
            }
        }
    });
    ui.separator();
    ScrollArea::vertical().id_salt(&words.key).auto_shrink(false).show(ui, |ui| {
        let side = ((ui.available_width() - TEXT) / 2.0).max(0.0);
        ui.horizontal_top(|ui| {
            ui.add_space(side);
            ui.vertical(|ui| content(ui, p, exhibit));
        });
    });
}

fn content(ui: &mut Ui, p: &mut Panel<'_>, exhibit: &'static Exhibit) {
    let words = &exhibit.words;
    ui.set_max_width(TEXT.min(ui.available_width()));
    ui.label(RichText::new(format!("{}  {}", words.number, words.name)).size(24.0).strong());
    ui.label(RichText::new(&words.line).size(15.0).color(theme::colours(ui).quiet));
    ui.add_space(theme::UNIT * 2.0);
    ui.label(RichText::new(words.idea.join(" ")).size(14.5).line_height(Some(21.0)));
    ui.add_space(theme::UNIT * 2.0);
    let ground = theme::colours(ui).ground;
    egui::Frame::new().fill(ground).corner_radius(theme::ROUND).inner_margin(theme::UNIT * 3.0).show(
        ui,
        |ui| {
            ui.set_width(ui.available_width());
            formula::show(ui, exhibit);
            ui.label(theme::quiet(ui, "Point at a symbol to see what it means.").small());
        },
    );
    ui.add_space(theme::UNIT * 2.0);
    open(ui, p, exhibit);
    lesson(ui, p, exhibit, &words.train, Tried::Trained);
    lesson(ui, p, exhibit, &words.broken, Tried::Broken);
    ui.add_space(theme::UNIT * 2.0);
    ui.label(theme::quiet(ui, "Papers").small());
    for paper in &words.papers {
        ui.label(theme::quiet(ui, paper));
    }
    ui.add_space(theme::UNIT * 4.0);
}

/// The exhibit before or behind one.
fn beside(number: u32, behind: bool) -> Option<&'static Exhibit> {
    let number = if behind { number + 1 } else { number.checked_sub(1)? };
    exhibits().iter().find(|e| e.words.number == number)
}

fn open(ui: &mut Ui, p: &mut Panel<'_>, exhibit: &'static Exhibit) {
    let model = p.state.model_of(exhibit);
    let what = match &model {
        Some(Source::Shipped(name)) => format!("The model {name}, which is inside zscope."),
        Some(Source::Training) => "The model that is in training.".into(),
        Some(Source::File(_)) => "The newest of your runs.".into(),
        None => "No model of this is inside zscope yet: train it yourself, and then open it here.".to_owned(),
    };
    row(ui, |ui| {
        let button = theme::primary(ui, "Open");
        if done(ui, p, exhibit, Tried::Opened, |ui| ui.add_enabled(model.is_some(), button)) {
            p.act(Action::Atlas(Atlasing::Do(exhibit.words.key.clone(), Tried::Opened)));
        }
        vec![(what, false), (format!("Try: {}", exhibit.words.question), true)]
    });
}

fn lesson(ui: &mut Ui, p: &mut Panel<'_>, exhibit: &'static Exhibit, lesson: &Lesson, what: Tried) {
    let (title, hint) = match what {
        Tried::Broken => ("Break it", "The same with an ingredient switched off; it starts at once"),
        _ => (
            "Train it yourself",
            "It starts at once on the page Train, with settings that show the effect soon",
        ),
    };
    row(ui, |ui| {
        let free = !p.state.training();
        let press = |ui: &mut Ui| {
            let button = ui.add_enabled(free, egui::Button::new(title)).on_hover_text(hint);
            button.on_disabled_hover_text(super::BUSY)
        };
        if done(ui, p, exhibit, what, press) {
            p.act(Action::Atlas(Atlasing::Do(exhibit.words.key.clone(), what)));
        }
        let recipe = zoo::recipe(&lesson.recipe).map_or(lesson.recipe.as_str(), |r| r.title);
        let about = format!("{recipe} on {}, {} min.", lesson.data, lesson.minutes);
        vec![(lesson.watch.clone(), true), (about, false)]
    });
}

/// A button at the left, with a mark where it was pressed before; true when it is pressed now.
fn done(
    ui: &mut Ui,
    p: &Panel<'_>,
    exhibit: &Exhibit,
    what: Tried,
    press: impl FnOnce(&mut Ui) -> egui::Response,
) -> bool {
    let pressed = press(ui).clicked();
    if p.state.tried(&exhibit.words.key, what) {
        ui.label(RichText::new("✔ tried").small().color(theme::colours(ui).accent));
    }
    pressed
}

/// What can be done at the left, what is said of it at the right; loud sentences first.
fn row(ui: &mut Ui, left: impl FnOnce(&mut Ui) -> Vec<(String, bool)>) {
    const BUTTONS: f32 = 150.0;
    ui.separator();
    ui.horizontal_top(|ui| {
        let layout = egui::Layout::top_down(egui::Align::Min);
        let said = ui.allocate_ui_with_layout(egui::vec2(BUTTONS, 0.0), layout, |ui| {
            ui.set_width(BUTTONS);
            left(ui)
        });
        ui.vertical(|ui| {
            for (text, loud) in said.inner {
                let text = if loud { RichText::new(text) } else { theme::quiet(ui, text).small() };
                ui.add(egui::Label::new(text).wrap());
            }
        });
    });
}
