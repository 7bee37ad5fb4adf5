//! The scene that people walk in, in metres: who was where, many futures of theirs fanned out or as a density, the baselines beside them,
//! and the time to play. People are dragged, turned, added and removed.
//!
//! Must not know: how futures are made.

use super::super::{Panel, theme};
use super::walked;
use crate::action::Action;
use crate::action::scene::Scening;
use crate::data::crowds::picture::View;
use crate::data::tracks::{self, MOST, Span, each};
use crate::metrics::baseline::Baseline;
use crate::metrics::displacement::TOUCH;
use crate::point::{Input, Value};
use crate::state::scene::moments;
use eframe::egui::{
    self, Align2, Color32, FontId, Id, Key, Pos2, Rect, Response, RichText, Sense, Shape, Stroke, Ui, Vec2,
};
use std::sync::Arc;

/// Radius of a person, points.
const RADIUS: f32 = 7.0;
/// How near to something a pointer takes hold of it, points.
const REACH: f32 = 14.0;
/// Seconds of walking that the handle of the heading is ahead of a person.
const AHEAD: f32 = 1.2;
/// How fast a person walks who is added, m/s (Helbing and Molnár 1995).
const SPEED: f32 = 1.34;
/// How fast anybody can be made to walk, m/s.
const FASTEST: f32 = 4.0;
/// Cells of the density each way.
const CELLS: usize = 56;

/// Where metres are on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ground {
    view: View,
    rect: Rect,
}

impl Ground {
    fn scale(&self) -> f32 {
        self.rect.width().min(self.rect.height()) / (2.0 * self.view.half)
    }

    fn screen(&self, [x, y]: [f32; 2]) -> Pos2 {
        let [cx, cy] = self.view.middle;
        self.rect.center() + Vec2::new(x - cx, cy - y) * self.scale()
    }

    fn metres(&self, at: Pos2) -> [f32; 2] {
        let away = (at - self.rect.center()) / self.scale();
        let [cx, cy] = self.view.middle;
        [cx + away.x, cy - away.y]
    }
}

/// What a hand holds.
#[derive(Clone, Debug)]
struct Held {
    who: usize,
    /// The heading, and not the person.
    turns: bool,
    /// The scene before.
    before: Arc<[f32]>,
    /// Where it was taken, metres.
    from: [f32; 2],
}

/// The last step of each person, and how far they went in it.
fn lasts(scene: &[f32], span: Span) -> Vec<([f32; 2], [f32; 2])> {
    let one = |track: &[[f32; 2]]| {
        let last = track.last().copied().unwrap_or_default();
        let before = track.len().checked_sub(2).map_or(last, |i| track[i]);
        (last, [last[0] - before[0], last[1] - before[1]])
    };
    each(scene, span.past).map(one).collect()
}

/// Where the handle of a person's heading is.
fn tip((last, step): ([f32; 2], [f32; 2]), span: Span) -> [f32; 2] {
    let far = AHEAD / span.dt().max(1e-3);
    [last[0] + step[0] * far, last[1] + step[1] * far]
}

/// A scene in which a hand has moved what it holds to `to`.
fn moved(held: &Held, to: [f32; 2], span: Span) -> Arc<[f32]> {
    let mut all = held.before.to_vec();
    let each = span.past * 2;
    let Some(track) = all.get_mut(held.who * each..(held.who + 1) * each) else { return all.into() };
    let by = [to[0] - held.from[0], to[1] - held.from[1]];
    if !held.turns {
        track.as_chunks_mut::<2>().0.iter_mut().for_each(|p| *p = [p[0] + by[0], p[1] + by[1]]);
        return all.into();
    }
    // The whole past turns around its last step, and is as long as the new speed asks.
    let Some((last, step)) = lasts(&held.before, span).get(held.who).copied() else { return all.into() };
    let far = AHEAD / span.dt().max(1e-3);
    let wish = [(to[0] - last[0]) / far, (to[1] - last[1]) / far];
    // Nobody runs faster.
    let wished = wish[0].hypot(wish[1]);
    let wish = wish.map(|v| v * (FASTEST * span.dt() / wished.max(1e-6)).min(1.0));
    let long = step[0].hypot(step[1]);
    if long < 1e-2 {
        // Who stood still walks straight to where they stand.
        let (points, _) = track.as_chunks_mut::<2>();
        let count = points.len();
        for (i, p) in points.iter_mut().enumerate() {
            let ago = (count - 1 - i) as f32;
            *p = [last[0] - wish[0] * ago, last[1] - wish[1] * ago];
        }
        return all.into();
    }
    // wish = step · (a + ib), as complex numbers.
    let squared = long * long;
    let a = (wish[0] * step[0] + wish[1] * step[1]) / squared;
    let b = (wish[1] * step[0] - wish[0] * step[1]) / squared;
    for p in track.as_chunks_mut::<2>().0 {
        let [x, y] = [p[0] - last[0], p[1] - last[1]];
        *p = [last[0] + x * a - y * b, last[1] + x * b + y * a];
    }
    all.into()
}

/// A scene with one more person at `at`, who walks to the middle of the others.
fn joined(scene: &[f32], at: [f32; 2], span: Span) -> Arc<[f32]> {
    let middle = View::of(&lasts(scene, span).iter().map(|(last, _)| *last).collect::<Vec<_>>()).middle;
    let way = [middle[0] - at[0], middle[1] - at[1]];
    let long = way[0].hypot(way[1]);
    let ahead = if long > 0.1 { way.map(|v| v / long) } else { [1.0, 0.0] };
    let step = ahead.map(|v| v * SPEED * span.dt());
    let ago = (0..span.past).rev().map(|k| k as f32);
    let own = ago.flat_map(|ago| [at[0] - step[0] * ago, at[1] - step[1] * ago]);
    scene.iter().copied().chain(own).collect()
}

/// A scene without a person.
fn without(scene: &[f32], who: usize, span: Span) -> Arc<[f32]> {
    let all = each(scene, span.past).enumerate().filter(|(i, _)| *i != who);
    all.flat_map(|(_, track)| track.as_flattened()).copied().collect()
}

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

/// The colour of a baseline.
fn colour(i: usize) -> Color32 {
    [Color32::from_rgb(120, 200, 130), Color32::from_rgb(200, 120, 210), Color32::from_rgb(210, 190, 90)]
        [i % 3]
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

/// Lines of the ground at whole metres, and how long some are.
fn metres(ui: &Ui, painter: &egui::Painter, ground: &Ground) {
    let colours = theme::colours(ui);
    let every = if ground.view.half > 15.0 { 5.0 } else { 1.0 };
    let line = Stroke::new(1.0, colours.quiet.gamma_multiply(0.16));
    let [low, high] = [ground.rect.left_bottom(), ground.rect.right_top()].map(|at| ground.metres(at));
    let steps = |from: f32, to: f32| (from / every).ceil() as i32..=(to / every).floor() as i32;
    for i in steps(low[0], high[0]) {
        painter.vline(ground.screen([i as f32 * every, 0.0]).x, ground.rect.y_range(), line);
    }
    for i in steps(low[1], high[1]) {
        painter.hline(ground.rect.x_range(), ground.screen([0.0, i as f32 * every]).y, line);
    }
    let (length, at) = (2.0 * every, ground.rect.left_bottom() + Vec2::new(12.0, -14.0));
    let end = at + Vec2::new(length * ground.scale(), 0.0);
    painter.line_segment([at, end], Stroke::new(2.0, colours.quiet));
    let words = format!("{length} m");
    painter.text(
        end + Vec2::new(6.0, 0.0),
        Align2::LEFT_CENTER,
        words,
        FontId::proportional(12.0),
        colours.quiet,
    );
}

/// One way as a line that begins where somebody is.
fn way(ground: &Ground, from: [f32; 2], track: &[[f32; 2]], stroke: Stroke) -> Shape {
    let all = std::iter::once(&from).chain(track).map(|p| ground.screen(*p)).collect();
    Shape::line(all, stroke)
}

/// What comes, and what the baselines say.
fn futures(p: &Panel<'_>, painter: &egui::Painter, ground: &Ground, scene: &Arc<[f32]>, span: Span) {
    let last: Vec<[f32; 2]> = lasts(scene, span).iter().map(|(last, _)| *last).collect();
    let fan = |future: &[f32], stroke: Stroke| {
        for (from, track) in last.iter().zip(each(future, span.future)) {
            painter.add(way(ground, *from, track, stroke));
        }
    };
    let orange = Color32::from_rgb(255, 158, 56);
    if let Some(seen) = p.state.futures_seen().filter(|s| s.look.people == last.len()) {
        if p.state.scene.density {
            density(painter, ground, &seen.look.samples, orange);
        } else {
            seen.look.samples.iter().for_each(|one| fan(one, Stroke::new(1.0, orange.gamma_multiply(0.35))));
        }
        fan(&seen.look.own, Stroke::new(2.5, orange));
    }
    for (i, baseline) in Baseline::ALL.into_iter().enumerate().filter(|(i, _)| p.state.scene.baselines[*i]) {
        let all = baseline.futures(scene, span, crate::state::scene::SAMPLES, 0);
        let wide = if all.len() > 1 { 1.0 } else { 2.0 };
        let faint = if all.len() > 1 { 0.4 } else { 0.9 };
        all.iter().for_each(|one| fan(one, Stroke::new(wide, colour(i).gamma_multiply(faint))));
    }
}

/// How likely each place is to be walked on: squares that are the brighter the more futures go there.
fn density(painter: &egui::Painter, ground: &Ground, samples: &[Vec<f32>], colour: Color32) {
    let mut cells = vec![0.0f32; CELLS * CELLS];
    let wide = 2.0 * ground.view.half / CELLS as f32;
    let corner = ground.view.middle.map(|v| v - ground.view.half);
    for [x, y] in samples.iter().flat_map(|one| one.as_chunks::<2>().0) {
        // Shared by the four cells around.
        let (u, v) = ((x - corner[0]) / wide - 0.5, (y - corner[1]) / wide - 0.5);
        for (i, j) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let (column, row) = (u.floor() + i, v.floor() + j);
            let inside = |v: f32| (0.0..CELLS as f32).contains(&v);
            if inside(column) && inside(row) {
                let part = (1.0 - (u - column).abs()) * (1.0 - (v - row).abs());
                cells[row as usize * CELLS + column as usize] += part;
            }
        }
    }
    let most = cells.iter().copied().fold(0.0, f32::max).max(1e-6);
    let mut mesh = egui::Mesh::default();
    for (k, cell) in cells.iter().enumerate().filter(|(_, v)| **v > 0.01 * most) {
        let (column, row) = ((k % CELLS) as f32, (k / CELLS) as f32);
        let low = ground.screen([corner[0] + column * wide, corner[1] + row * wide]);
        let high = ground.screen([corner[0] + (column + 1.0) * wide, corner[1] + (row + 1.0) * wide]);
        mesh.add_colored_rect(Rect::from_two_pos(low, high), colour.gamma_multiply((cell / most).sqrt()));
    }
    painter.add(mesh);
}

/// Where somebody is at a moment, on the way of their past and of what comes.
fn at_moment(track: &[[f32; 2]], future: Option<&[[f32; 2]]>, span: Span, at: f32) -> [f32; 2] {
    let all: Vec<[f32; 2]> = track.iter().chain(future.unwrap_or_default()).copied().collect();
    let Some(end) = all.len().checked_sub(1) else { return [0.0; 2] };
    let place = (at / span.dt().max(1e-3) + (span.past.max(1) - 1) as f32).clamp(0.0, end as f32);
    let (i, part) = (place as usize, place.fract());
    let (a, b) = (all[i], all[(i + 1).min(end)]);
    [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]
}

/// The pasts as lines with a dot a step, and people as they are at the moment that is looked at.
fn people(ui: &Ui, p: &Panel<'_>, painter: &egui::Painter, ground: &Ground, scene: &[f32], span: Span) {
    let colours = theme::colours(ui);
    let blue = Color32::from_rgb(92, 158, 255);
    let (at, count) = (p.state.scene.at, tracks::people(scene, span.past));
    let seen = p.state.futures_seen().filter(|s| s.look.people == count);
    let mut coming = seen.map(|s| each(&s.look.own, span.future));
    for (i, (track, last)) in each(scene, span.past).zip(lasts(scene, span)).enumerate() {
        let future = coming.as_mut().and_then(Iterator::next);
        let points: Vec<Pos2> = track.iter().map(|p| ground.screen(*p)).collect();
        for point in &points {
            painter.circle_filled(*point, 2.5, blue.gamma_multiply(0.8));
        }
        painter.add(Shape::line(points, Stroke::new(1.5, blue)));
        let here = ground.screen(at_moment(track, future, span, at));
        let chosen = p.state.scene.chosen == Some(i);
        if at == 0.0 {
            // What turns them.
            let ring = ground.screen(tip(last, span));
            painter.line_segment([here, ring], Stroke::new(1.0, colours.quiet));
            painter.circle(ring, 4.0, colours.ground, Stroke::new(1.5, colours.quiet));
        }
        painter.circle_filled(here, RADIUS, ui.visuals().text_color());
        let edge = if chosen { Stroke::new(3.0, colours.accent) } else { Stroke::new(1.5, colours.ground) };
        painter.circle_stroke(here, RADIUS, edge);
    }
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
