//! The scene that people walk in, in metres: who was where, many futures of theirs fanned out or as a density, the baselines beside them,
//! and the time to play. People are dragged, turned, added and removed.
//!
//! Must not know: how futures are made.

mod draw;
mod moves;

use super::super::{Panel, theme};
use super::walked;
use crate::action::Action;
use crate::action::scene::Scening;
use crate::data::crowds::picture::View;
use crate::data::tracks::{self, MOST, Span};
use crate::metrics::baseline::Baseline;
use crate::metrics::displacement::TOUCH;
use crate::point::{Input, Value};
use crate::state::scene::moments;
use draw::{Ground, colour, futures, metres, people};
use eframe::egui::{self, Id, Key, Pos2, Rect, Response, RichText, Sense, Ui};
use moves::{Held, joined, lasts, moved, tip, without};
use std::sync::Arc;

/// How near to something a pointer takes hold of it, points.
const REACH: f32 = 14.0;

/// Gives the model another scene; one step of undo where a gesture ends with it.
fn put(p: &mut Panel<'_>, input: &Input, scene: Arc<[f32]>, ends: bool) {
    p.act(Action::Hold(input.name.clone(), Value::Tracks(scene)));
    if ends {
        p.act(Action::Release);
    }
}

/// The scene as it is now.
fn now(p: &Panel<'_>, input: &Input) -> Option<Arc<[f32]>> {
    match super::value(p, input) {
        Value::Tracks(scene) => Some(scene),
        _ => None,
    }
}

/// Draws what stands beside the scene: who is there, what is drawn, and the figures.
pub fn tools(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, span: Span) {
    let Some(scene) = now(p, input) else { return };
    let count = tracks::people(&scene, span.past);
    ui.add_space(theme::UNIT);
    ui.label(RichText::new("People").strong())
        .on_hover_text("Drag them in the scene, or the ring ahead of one to turn; double-click adds one");
    let chosen = p.state.scene.chosen.filter(|who| *who < count);
    ui.horizontal_wrapped(|ui| {
        let hint = "Add somebody at the foot of the scene who walks to the middle (or double-click where)";
        if ui.add_enabled(count < MOST, egui::Button::new("Add")).on_hover_text(hint).clicked() {
            let last: Vec<[f32; 2]> = lasts(&scene, span).iter().map(|(last, _)| *last).collect();
            let view = View::of(&last);
            let at = [view.middle[0], view.middle[1] - 0.8 * view.half];
            put(p, input, joined(&scene, at, span), true);
            p.act(Action::Scene(Scening::Choose(Some(count))));
        }
        let able = chosen.is_some() && count > 1;
        let hint = "Take the chosen person out (Delete)";
        let button = ui.add_enabled(able, egui::Button::new("Remove"));
        let none = "Click on a person first; one has to stay";
        if button.on_hover_text(hint).on_disabled_hover_text(none).clicked()
            && let Some(who) = chosen
        {
            remove(p, input, &scene, who, span);
        }
        let home = input.default_value();
        let other = Value::Tracks(scene.clone()) != home;
        let hint = "The small scene that the model opens with";
        if ui.add_enabled(other, egui::Button::new("↺").small()).on_hover_text(hint).clicked() {
            p.act(Action::Hold(input.name.clone(), home));
            p.act(Action::Release);
        }
    });
    drawn(ui, p);
    time(ui, p, span);
    let words = match p.state.futures_seen() {
        Some(seen) => {
            let share = 100.0 * seen.look.collisions;
            format!(
                "{count} people, {} futures; {share:.1} % of places within {TOUCH} m",
                seen.look.samples.len()
            )
        }
        None => format!("{count} people"),
    };
    ui.label(theme::quiet(ui, words)).on_hover_text(
        "Collisions: of all people and steps of the futures, those that are nearer to another than 0.1 m",
    );
    ui.add_space(theme::UNIT);
}

/// What is drawn of what comes.
fn drawn(ui: &mut Ui, p: &mut Panel<'_>) {
    let mut density = p.state.scene.density;
    let hint = "What comes as places that are more or less likely, instead of single ways";
    ui.horizontal_wrapped(|ui| {
        if ui.checkbox(&mut density, "Density").on_hover_text(hint).changed() {
            p.act(Action::Scene(Scening::Density(density)));
        }
        for (i, baseline) in Baseline::ALL.into_iter().enumerate() {
            let mut on = p.state.scene.baselines[i];
            let words = RichText::new(baseline.name()).color(colour(i));
            let hint = "What this foretells, which has learnt nothing";
            if ui.checkbox(&mut on, words).on_hover_text(hint).changed() {
                p.act(Action::Scene(Scening::Baseline(i, on)));
            }
        }
    });
}

/// The time: played, and looked at.
fn time(ui: &mut Ui, p: &mut Panel<'_>, span: Span) {
    let ([first, last], playing) = (moments(span), p.state.scene.playing);
    ui.horizontal(|ui| {
        let (symbol, hint) = if playing { ("⏸", "Hold the time") } else { ("▶", "Play the time") };
        if ui.button(symbol).on_hover_text(hint).clicked() {
            p.act(Action::Scene(Scening::Play(!playing)));
        }
        let mut at = p.state.scene.at;
        let slider = egui::Slider::new(&mut at, first..=last).fixed_decimals(1).suffix(" s");
        let hint = "Where people are at a moment, as the noise under the sliders has it; 0 s is the last that was seen";
        if ui.add(slider).on_hover_text(hint).changed() {
            p.act(Action::Scene(Scening::At(at)));
        }
    });
    if playing {
        p.act(Action::Scene(Scening::Passed(ui.input(|i| i.stable_dt).min(0.1))));
        ui.ctx().request_repaint();
    }
}

fn remove(p: &mut Panel<'_>, input: &Input, scene: &[f32], who: usize, span: Span) {
    put(p, input, without(scene, who, span), true);
    p.act(Action::Scene(Scening::Choose(None)));
}

/// Draws the scene, and takes what a hand does there; gives where it is.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, space: Rect, id: Id) -> Option<Rect> {
    let (input, span) = walked(p)?;
    let scene = now(p, &input)?;
    p.pictures.futures = Some(p.state.futures_wanted());
    let rect = space.shrink(theme::UNIT * 2.0);
    let response = ui.interact(rect, id.with("scene"), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "The scene to walk in"));
    let ground = ground(ui, p, &scene, span, rect, id);
    let painter = ui.painter().with_clip_rect(rect);
    metres(ui, &painter, &ground);
    futures(p, &painter, &ground, &scene, span);
    people(ui, p, &painter, &ground, &scene, span);
    hand(ui, p, &input, (&ground, &response), &scene, span, id);
    Some(rect)
}

/// What is seen: it stays where it is while all are well inside, and while a hand holds somebody.
fn ground(ui: &Ui, p: &Panel<'_>, scene: &[f32], span: Span, rect: Rect, id: Id) -> Ground {
    let last: Vec<[f32; 2]> = lasts(scene, span).iter().map(|(last, _)| *last).collect();
    let (fresh, model) = (View::of(&last), p.state.model.as_ref().map_or(0, |m| m.id));
    let key = id.with("ground");
    let kept: Option<(u64, View)> = ui.data(|d| d.get_temp(key));
    let held = ui.data(|d| d.get_temp::<Option<Held>>(id.with("held"))).flatten().is_some();
    let inside = |view: &View| {
        let near = |p: &[f32; 2]| (0..2).all(|k| (p[k] - view.middle[k]).abs() < 0.92 * view.half);
        last.iter().all(near) && view.half < 2.5 * fresh.half
    };
    let view = match kept.filter(|(of, view)| *of == model && (held || inside(view))) {
        Some((_, view)) => view,
        None => fresh,
    };
    ui.data_mut(|d| d.insert_temp(key, (model, view)));
    Ground { view, rect }
}

/// Takes what a hand does: drags, double clicks, and Delete.
fn hand(
    ui: &mut Ui,
    p: &mut Panel<'_>,
    input: &Input,
    (ground, response): (&Ground, &Response),
    scene: &Arc<[f32]>,
    span: Span,
    id: Id,
) {
    let key = id.with("held");
    let nearest = |at: Pos2| -> Option<(usize, bool)> {
        let all = lasts(scene, span);
        let place = |(i, last): (usize, &([f32; 2], [f32; 2]))| {
            let near = |to: [f32; 2]| (ground.screen(to) - at).length();
            // Where both are under the pointer it is the person who is meant.
            [(near(last.0) - 2.0, (i, false)), (near(tip(*last, span)), (i, true))]
        };
        let ends = all.iter().enumerate().flat_map(place);
        let best = ends.min_by(|a, b| a.0.total_cmp(&b.0));
        best.filter(|(far, _)| *far <= REACH).map(|(_, found)| found)
    };
    let (origin, pointer) = ui.input(|i| (i.pointer.press_origin(), i.pointer.latest_pos()));
    if response.drag_started()
        && let Some(from) = origin.or(pointer)
        && let Some((who, turns)) = nearest(from)
    {
        let held = Held { who, turns, before: scene.clone(), from: ground.metres(from) };
        ui.data_mut(|d| d.insert_temp(key, Some(held)));
        p.act(Action::Scene(Scening::Choose(Some(who))));
        p.act(Action::Scene(Scening::At(0.0)));
    }
    let held: Option<Held> = ui.data(|d| d.get_temp::<Option<Held>>(key)).flatten();
    if let Some(held) = &held
        && (response.dragged() || response.drag_stopped())
        && let Some(at) = pointer
    {
        let next = moved(held, ground.metres(at), span);
        if next != *scene {
            put(p, input, next, false);
        }
    }
    if held.is_some() && !response.dragged() {
        ui.data_mut(|d| d.insert_temp::<Option<Held>>(key, None));
        p.act(Action::Release);
    }
    if let Some(at) = response.hover_pos() {
        let icon = match nearest(at) {
            Some(_) if held.is_some() => egui::CursorIcon::Grabbing,
            Some(_) => egui::CursorIcon::Grab,
            None => egui::CursorIcon::Default,
        };
        ui.ctx().set_cursor_icon(icon);
    }
    let clicked = response.interact_pointer_pos().or(pointer);
    if response.double_clicked()
        && let Some(at) = clicked.filter(|at| nearest(*at).is_none())
    {
        let count = tracks::people(scene, span.past);
        if count < MOST {
            put(p, input, joined(scene, ground.metres(at), span), true);
            p.act(Action::Scene(Scening::Choose(Some(count))));
        }
    } else if response.clicked()
        && let Some(at) = clicked
    {
        response.request_focus();
        p.act(Action::Scene(Scening::Choose(nearest(at).map(|(who, _)| who))));
    }
    let count = tracks::people(scene, span.past);
    let free = response.has_focus() || ui.memory(|m| m.focused().is_none());
    let asked = ui.input(|i| i.key_pressed(Key::Delete) || i.key_pressed(Key::Backspace));
    if let Some(who) = p.state.scene.chosen.filter(|who| free && asked && *who < count && count > 1) {
        remove(p, input, scene, who, span);
    }
}
