//! A caption that is typed: the picture follows, words that the model does not know are named, and the word that is begun can be
//! completed. A second caption, and the way from one to the other.
//!
//! Must not know: how pictures are decoded, what the model makes of words.

use super::super::{Panel, theme};
use super::words;
use crate::action::Action;
use crate::data::vocabulary;
use crate::point::{Input, Texts, Value};
use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::{self, Id, Key, Modifiers, RichText, TextEdit, Ui};

/// What stands over the field.
const TITLE: &str = "What the picture shows";
/// What stands over the field of the second caption.
const SECOND: &str = "The other caption";
/// Completions that are offered at once.
const OFFERED: usize = 5;
/// Seconds after the last letter at which an edit is one step of undo.
const SETTLES: f64 = 1.0;

/// Draws them.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, all: &[String], longest: usize) {
    // As it is asked for, and not as it is drawn: letters must not wait for pictures.
    let now = input.value_in(&p.state.latent.held);
    let hold = |p: &mut Panel<'_>, value: Value| p.act(Action::Hold(input.name.clone(), value));
    ui.add_space(theme::UNIT);
    let known = (all, longest);
    match now {
        Value::Text(text) => {
            if let Some(text) = field(ui, p, (input, 0), TITLE, &text, known) {
                hold(p, Value::Text(text));
            }
            ui.horizontal(|ui| {
                let hint = "Another caption, and a slider from this one to it";
                if ui.add(egui::Button::new("Second caption").small()).on_hover_text(hint).clicked() {
                    hold(p, Value::Texts(Texts { from: text.clone(), to: text, part: 0.0 }));
                    p.act(Action::Release);
                }
                words::buttons(ui);
            });
        }
        Value::Texts(way) => {
            if let Some(from) = field(ui, p, (input, 0), TITLE, &way.from, known) {
                hold(p, Value::Texts(Texts { from, ..way.clone() }));
            }
            if let Some(to) = field(ui, p, (input, 1), SECOND, &way.to, known) {
                hold(p, Value::Texts(Texts { to, ..way.clone() }));
            }
            between(ui, p, input, &way);
            ui.horizontal(words::buttons);
        }
        _ => {}
    }
    words::windows(ui, p, input);
    ui.add_space(theme::UNIT * 2.0);
}

/// The slider from one caption to the other.
fn between(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, way: &Texts) {
    ui.horizontal(|ui| {
        let label = ui.label("From one to the other");
        let mut part = way.part;
        let slider = egui::Slider::new(&mut part, 0.0..=1.0).fixed_decimals(2).trailing_fill(true);
        let response = ui.add(slider).labelled_by(label.id);
        if response.changed() {
            let value = Value::Texts(Texts { part, ..way.clone() });
            p.act(Action::Hold(input.name.clone(), value));
        }
        if response.drag_stopped() {
            p.act(Action::Release);
        }
        response.on_hover_text(
            "0 is the first caption, 1 the other; between them what the model makes of both is mixed",
        );
        let one = ui.add(egui::Button::new("One caption").small());
        if one.on_hover_text("Keep the nearer caption alone").clicked() {
            let nearer = if way.part < 0.5 { way.from.clone() } else { way.to.clone() };
            p.act(Action::Hold(input.name.clone(), Value::Text(nearer)));
            p.act(Action::Release);
        }
    });
}

/// A field for a caption, and below it the words that are not known and those that complete the one that is begun. Returns the
/// text where it was changed.
fn field(
    ui: &mut Ui,
    p: &mut Panel<'_>,
    (input, place): (&Input, usize),
    title: &str,
    now: &str,
    (words, longest): (&[String], usize),
) -> Option<String> {
    let id = Id::unique(("caption", &input.name, place));
    let offered = vocabulary::completions(words, now, OFFERED);
    let focused = ui.memory(|m| m.has_focus(id));
    // Tab takes the first where there is one, and goes on as ever where there is none.
    let tab = focused && !offered.is_empty() && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Tab));
    let mut taken = offered.first().filter(|_| tab).map(|word| (*word).to_owned());
    let label = ui.label(RichText::new(title).strong()).on_hover_text(
        "Type what shall be drawn; the picture follows. Tab takes the first word that is offered",
    );
    let mut text = now.to_owned();
    let edit = TextEdit::multiline(&mut text)
        .id(id)
        .desired_rows(2)
        .desired_width(f32::INFINITY)
        .return_key(None)
        .lock_focus(!offered.is_empty());
    let response = ui.add(edit).labelled_by(label.id);
    let mut changed = response.changed();
    ui.horizontal_wrapped(|ui| {
        if !focused {
            return;
        }
        for word in &offered {
            let button = ui.add(egui::Button::new(*word).small());
            if button.on_hover_text("Complete the word that is begun").clicked() {
                taken = Some((*word).to_owned());
            }
        }
    });
    if let Some(word) = taken {
        text = vocabulary::completed(now, &word);
        changed = true;
        // The next word is typed behind it.
        let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
        state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(text.chars().count()))));
        state.store(ui.ctx(), id);
        response.request_focus();
    }
    let unknown = vocabulary::unknown(words, &text);
    if !unknown.is_empty() {
        let said = format!("Not known to the model: {}", unknown.join(", "));
        ui.label(RichText::new(said).color(theme::colours(ui).bad))
            .on_hover_text("It never read these words, and takes all of them for the same");
    }
    settle(ui, p, id, changed, response.lost_focus());
    let many = vocabulary::words(&text).len();
    if many > longest {
        ui.label(theme::quiet(ui, format!("At most {longest} words; what follows is left out")));
        text = vocabulary::cut(&text, longest);
    }
    (changed && text != now).then_some(text)
}

/// Makes an edit one step of undo, once nobody types any more.
fn settle(ui: &Ui, p: &mut Panel<'_>, id: Id, changed: bool, left: bool) {
    let id = id.with("typed");
    let time = ui.input(|i| i.time);
    if changed {
        ui.data_mut(|d| d.insert_temp(id, time));
        ui.ctx().request_repaint_after_secs(SETTLES as f32);
        return;
    }
    let Some(since) = ui.data(|d| d.get_temp::<f64>(id)) else { return };
    if left || time - since >= SETTLES {
        ui.data_mut(|d| d.remove::<f64>(id));
        p.act(Action::Release);
    }
}
