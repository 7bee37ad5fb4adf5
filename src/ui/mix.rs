//! The page of arithmetic, A − B + C, as the DCGAN paper shows it: each of the three the mean of several latents, the
//! result in the middle of its neighbours.
//!
//! Must not know: how pictures are decoded, where labels come from.

use super::latent::{self, Carried};
use super::well::{self, Looks};
use super::{Panel, film, fitted, samples, theme};
use crate::action::Action;
use crate::action::bench::Benching;
use crate::action::pick::Picking;
use crate::engine::message::Place;
use crate::engine::tool::{LEARN_FROM, ToolKind, ToolNews, ToolOrder};
use crate::latent::arithmetic::mean;
use crate::state::bench::Well;
use crate::state::pick::NOISE;
use crate::tools::Labelled;
use crate::tools::arithmetic::{Formula, GROUP};
use eframe::egui::{self, FontId, Id, Pos2, Rect, RichText, ScrollArea, Sense, Ui, Vec2};

/// The three, with what each is for and what it says while it is empty.
const PARTS: [(Well, &str, &str, &str); 3] = [
    (
        Well::A,
        "A",
        "Latents that have what is carried over",
        "Drop those that have it, such as smiling women",
    ),
    (Well::B, "B", "The same without it: taken away", "Drop the same without it, such as neutral women"),
    (Well::C, "C", "Whom it is carried over to", "Drop whom to give it, such as neutral men"),
];
/// Side of a thumbnail, points.
const SIDE: f32 = 46.0;
/// Presets for faces: what is carried over, to whom; how it reads.
const FACES: [(&str, &str); 2] = [
    ("Smiling,Male", "smiling woman − neutral woman + neutral man"),
    ("Eyeglasses,-Male", "man with glasses − man + woman"),
];
/// Presets for digits.
const DIGITS: [(&str, &str); 2] =
    [("8,3,5", "8 − 3 + 5: closes a 5, to a 6 or an 8"), ("7,1,4", "7 − 1 + 4: roofs a 4, to a 9")];

/// Draws the page.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    p.failures(ui, &[Place::Engine, Place::Model, Place::Bench]);
    if super::handles::nothing_here(ui, p) {
        return;
    }
    ui.add_space(theme::UNIT);
    let space = ui.available_rect_before_wrap();
    let sign = 26.0;
    let width = ((space.width() - 2.0 * sign) / 3.0).max(120.0);
    let high = (space.height() * 0.36).clamp(150.0, 250.0);
    for (i, (part, title, about, empty)) in PARTS.into_iter().enumerate() {
        let left = space.left() + i as f32 * (width + sign);
        let place = Rect::from_min_size(Pos2::new(left, space.top()), Vec2::new(width, high));
        if i > 0 {
            let at = Pos2::new(left - sign / 2.0, space.top() + high / 2.0);
            let text = if i == 1 { "−" } else { "+" };
            let colour = ui.visuals().text_color();
            ui.painter().text(at, egui::Align2::CENTER_CENTER, text, FontId::proportional(24.0), colour);
        }
        ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
            ui.set_clip_rect(place.expand(2.0).intersect(ui.clip_rect()));
            group(ui, p, part, (title, about, empty), high);
        });
    }
    let below = Rect::from_min_max(Pos2::new(space.left(), space.top() + high + theme::UNIT), space.max);
    figure(ui, p, below);
}

/// One of the three: its mean, large, and the well.
fn group(ui: &mut Ui, p: &mut Panel<'_>, part: Well, text: (&str, &str, &str), high: f32) {
    let (title, about, empty) = text;
    let marks = p.state.bench.well(part).to_vec();
    let thumbs = SIDE + 3.0 * theme::UNIT;
    let looks = Looks { title, about, empty, side: SIDE, row: true, height: thumbs };
    well::show(ui, p, part, &looks);
    let top = ui.cursor().min;
    let room = Rect::from_min_size(top, Vec2::new(ui.available_width(), (high - thumbs - 44.0).max(40.0)));
    ui.painter().rect_filled(room, theme::ROUND, theme::colours(ui).ground);
    let area = ui.interact(room, Id::unique(("mean ground", part)), Sense::hover());
    let size = p.state.model.as_ref().map_or((1, 1), |m| (m.width, m.height));
    if marks.is_empty() {
        let text = format!("the mean of {title}");
        let font = FontId::proportional(12.0);
        let quiet = theme::colours(ui).quiet;
        ui.painter().text(room.center(), egui::Align2::CENTER_CENTER, text, font, quiet);
    } else {
        let rect = fitted(room.shrink(theme::UNIT), size.0, size.1);
        let carried =
            Carried { name: format!("mean of {title}"), ..Carried::loose(p.state.point_at(&mean(&marks))) };
        let response = latent::thumbnail(ui, p, rect, Id::unique(("mean", part)), &carried);
        let said = format!("Mean of {title}");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &said));
        if response.clicked() {
            p.act(Action::Go(carried.point.clone()));
        }
        response.on_hover_text(format!("The mean of {title}; the more latents, the purer the concept"));
    }
    well::drop_on(ui, p, part, &area, |_| (marks.len(), Rect::NOTHING));
}

/// The 3×3 figure, or what an empty page teaches.
fn figure(ui: &mut Ui, p: &mut Panel<'_>, space: Rect) {
    ui.painter().rect_filled(space, theme::ROUND, theme::colours(ui).ground);
    let latents = p.state.figure();
    let Some(model) = p.state.model.clone() else { return };
    if latents.is_empty() {
        let place = Rect::from_center_size(space.center(), Vec2::new(space.width().min(460.0), 96.0));
        ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
            ui.vertical_centered(|ui| {
                ui.label(RichText::new("A − B + C").heading());
                let text = "Put three latents each into A, B and C, or let a preset choose them. Their means cancel what differs from picture to picture, and what is left is the concept.";
                ui.add(egui::Label::new(theme::quiet(ui, text)).wrap());
            });
        });
        return;
    }
    let rect = fitted(space.shrink(theme::UNIT * 2.0), model.width, model.height);
    let id = Id::unique("figure");
    if let Some(i) = latent::cells(ui, p, rect, (id, "Result"), 3, &latents) {
        p.act(Action::Go(latents[i].as_slice().into()));
    }
    let middle = Rect::from_center_size(rect.center(), rect.size() / 3.0);
    let stroke = egui::Stroke::new(2.0, theme::colours(ui).accent);
    ui.painter().rect_stroke(middle, 0.0, stroke, egui::StrokeKind::Inside);
    let free = Rect::from_min_max(space.min, Pos2::new(rect.left(), space.max.y)).shrink(theme::UNIT * 2.0);
    if free.width() >= 90.0 {
        ui.scope_builder(egui::UiBuilder::new().max_rect(free), |ui| {
            ui.label(RichText::new("= A − B + C").strong());
            let text = "The result is in the middle; around it the same with noise.";
            ui.add(egui::Label::new(theme::quiet(ui, text).small()).wrap());
        });
    }
}

/// Draws the panel at the side: presets, the noise, samples.
pub fn side(ui: &mut Ui, p: &mut Panel<'_>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_space(theme::UNIT * 2.0);
        presets(ui, p);
        ui.separator();
        noise(ui, p);
        ui.separator();
        samples::show(ui, p, &[(Well::A, "A"), (Well::B, "B"), (Well::C, "C")], 64.0, 4, true);
    });
}

/// Fills the wells from what is known of the model's pictures.
fn presets(ui: &mut Ui, p: &mut Panel<'_>) {
    let about = format!("Each fills A, B and C with {GROUP} latents; again, with others");
    ui.label(RichText::new("Presets").strong()).on_hover_text(about);
    let labelled = p.state.labelled.clone();
    let known = |name: &str| labelled.as_ref().is_some_and(|l| l.column(name).is_ok());
    // Before anything is labelled: faces have colours.
    let faces = p.state.model.as_ref().is_some_and(|m| m.channels == 3);
    for (formula, text) in FACES.into_iter().chain(DIGITS) {
        let Ok(formula) = formula.parse::<Formula>() else { continue };
        let ready = formula.names().into_iter().all(known);
        let likely = labelled.is_none() && faces == matches!(formula, Formula::Carry { .. });
        if !ready && !likely {
            continue;
        }
        let width = ui.available_width();
        let button = egui::Button::new(text).wrap().min_size(Vec2::new(width, 26.0));
        let hint = match ready {
            true => format!("{text}: press again for other latents"),
            false => format!("{text}: first it is found out what the model's pictures show, once"),
        };
        let busy = p.state.tools.contains_key(&ToolKind::Directions);
        if ui.add_enabled(ready || !busy, button).on_hover_text(hint).clicked() {
            if ready {
                preset(p, formula);
            } else {
                p.act(Action::Pick(Picking::Await(formula)));
                p.act(Action::Tool(ToolOrder::Label { data: p.state.tool_data(), count: LEARN_FROM }));
            }
        }
    }
    if let Some(ToolNews::Working(done, total)) = p.state.tools.get(&ToolKind::Directions).cloned() {
        return film::working(ui, p, ToolKind::Directions, done, total, "done");
    }
    match labelled {
        Some(labelled) => own(ui, p, &labelled),
        None => label(ui, p),
    }
}

fn preset(p: &mut Panel<'_>, formula: Formula) {
    p.act(Action::Pick(Picking::Preset));
    p.act(Action::Bench(Benching::Preset(formula, p.state.pick.preset + 1)));
}

/// Labelling, which presets wait for.
fn label(ui: &mut Ui, p: &mut Panel<'_>) {
    let hint =
        "Find out what the model's pictures show, from the data's labels or from what a classifier sees";
    if ui.add(theme::primary(ui, "Label samples")).on_hover_text(hint).clicked() {
        let order = ToolOrder::Label { data: p.state.tool_data(), count: LEARN_FROM };
        p.act(Action::Tool(order));
    }
    ui.add(egui::Label::new(theme::quiet(ui, "Presets choose latents by what they show.").small()).wrap());
}

/// A preset of one's own: any attribute carried over to those who have another; where no latent has two of them, any
/// three classes.
fn own(ui: &mut Ui, p: &mut Panel<'_>, labelled: &Labelled) {
    let names = &labelled.names;
    if names.len() < 2 {
        return;
    }
    let chosen = |which: usize| {
        let kept = p.state.pick.carry[which].as_ref().filter(|name| names.contains(*name));
        kept.unwrap_or(&names[which.min(names.len() - 1)]).clone()
    };
    let [a, b, c] = [0, 1, 2].map(chosen);
    let classes = labelled.exclusive();
    ui.horizontal_wrapped(|ui| {
        if classes {
            choice(ui, p, names, (0, &a, "A"));
            choice(ui, p, names, (1, &b, "− B"));
            choice(ui, p, names, (2, &c, "+ C"));
        } else {
            choice(ui, p, names, (0, &a, "Carry"));
            choice(ui, p, names, (1, &b, "over to"));
        }
        let fill = ui.add_enabled(a != b, egui::Button::new("Fill"));
        let hint = match classes {
            true => "Three latents of each class",
            false => {
                "A: has the first but not the second. B: has neither. C: has the second but not the first"
            }
        };
        if fill.on_hover_text(hint).on_disabled_hover_text("Choose two different ones").clicked() {
            let carried = Formula::Carry { what: (a.clone(), true), whom: (b.clone(), true) };
            preset(p, if classes { Formula::Classes([a.clone(), b.clone(), c.clone()]) } else { carried });
        }
    });
}

fn choice(ui: &mut Ui, p: &mut Panel<'_>, names: &[String], (which, now, before): (usize, &String, &str)) {
    ui.label(before);
    let mut choice = now.clone();
    let shown = choice.replace('_', " ");
    let width = if names.iter().all(|n| n.len() < 4) { 44.0 } else { 96.0 };
    egui::ComboBox::from_id_salt(("carry", which)).selected_text(shown).width(width).show_ui(ui, |ui| {
        for name in names {
            ui.selectable_value(&mut choice, name.clone(), name.replace('_', " "));
        }
    });
    if choice != *now {
        p.act(Action::Pick(Picking::Carry(which, choice)));
    }
}

fn noise(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.label(RichText::new("Noise around the result").strong());
    ui.horizontal(|ui| {
        let mut spread = p.state.pick.spread;
        let slider = egui::Slider::new(&mut spread, 0.0..=2.0).fixed_decimals(2).prefix("±").trailing_fill(true);
        let hint = "How far each number of the eight neighbours strays from the result, evenly, in σ of the prior; the DCGAN paper takes ±0.25";
        if ui.add(slider).on_hover_text(hint).changed() {
            p.act(Action::Pick(Picking::Spread(spread)));
        }
        let reset = ui.add_enabled(p.state.pick.spread != NOISE, egui::Button::new("↺").small());
        if reset.on_hover_text("Back to ±0.25").clicked() {
            p.act(Action::Pick(Picking::Spread(NOISE)));
        }
    });
    ui.horizontal(|ui| {
        if ui.button("🎲 New noise").on_hover_text("Other neighbours of the same result").clicked() {
            p.act(Action::Pick(Picking::Noise));
        }
        let mixed = p.state.bench.mixed();
        let send = ui.add_enabled(!mixed.is_empty(), egui::Button::new("To the sliders"));
        if send.on_hover_text("Put the result under the sliders of Explore").clicked() {
            p.act(Action::Go(mixed.into()));
        }
    });
}
