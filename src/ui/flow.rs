//! The way data take through a GAN in one step, with the numbers of the last one: noise → G → fake → D ← real, and the
//! losses that go back. The numbers stand there while a training is paused or slowed down, when there is time to read them.
//!
//! Must not know: how a step is made.

use super::{Panel, plot, theme};
use crate::engine::message::Phase;
use crate::gpu::Look;
use crate::zoo::common::TURN_NAME;
use crate::zoo::{Does, Role};
use eframe::egui::{self, Align2, Color32, FontId, Pos2, Rect, Stroke, Ui, Vec2};

/// Height of the strip, points.
const HEIGHT: f32 = 104.0;
/// Width and height of a picture in it.
const PICTURE: f32 = 40.0;
/// Seconds that the light takes along the way of one step; less where steps follow faster.
const WAY: f32 = 2.4;

/// Where the light is on its way, in the order of Goodfellow's algorithm.
#[derive(Clone, Copy, PartialEq)]
enum Lit {
    /// Noise is drawn.
    Noise,
    /// G makes a picture of it.
    Draws,
    /// The picture is there.
    Fake,
    /// D looks at it and at a real one.
    Judges,
    /// D's loss goes back to D.
    Discriminator,
    /// G's loss goes back through D to G.
    Generator,
}

/// What is lit now, if anything. Where steps can be followed the light runs once for each; else round and round.
fn lit(ui: &Ui, step: u64, calm: bool, slow: Option<f64>, [d_learns, g_learns]: [bool; 2]) -> Option<Lit> {
    let mut way = vec![Lit::Noise, Lit::Draws, Lit::Fake, Lit::Judges];
    way.extend(d_learns.then_some(Lit::Discriminator));
    way.extend(g_learns.then_some(Lit::Generator));
    let now = ui.input(|i| i.time);
    let (began, fresh) = ui.ctx().data_mut(|d| {
        let known = d.get_temp_mut_or(egui::Id::unique("flow"), (step, f64::NEG_INFINITY));
        let fresh = known.0 != step;
        if fresh {
            *known = (step, now);
        }
        (known.1, fresh)
    });
    let part = if calm {
        let seconds = slow.map_or(WAY, |rate| WAY.min(0.9 / rate as f32));
        let part = (now - began) as f32 / seconds;
        if fresh || part < 1.0 {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
        }
        Some(part).filter(|part| *part < 1.0)?
    } else {
        // Frames come while it trains anyway: none is asked for.
        (now / f64::from(WAY)).fract() as f32
    };
    way.get((part * way.len() as f32) as usize).copied()
}

/// Draws it, where a GAN trains. It has its room all the while: what is below does not move when somebody pauses.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    let state = p.state;
    let trains = !matches!(state.progress.phase, Phase::Idle | Phase::Preparing);
    let Some(recipe) = state.curves_of.filter(|r| r.adversarial() && trains) else { return };
    let calm = state.progress.phase != Phase::Running || state.slow.is_some();
    let last = |role: Role| {
        let curve = state.curves.get(recipe.column(role)?)?;
        curve.at(curve.len() as u64).filter(|v| v.is_finite()).map(|v| plot::plain(f64::from(v)))
    };
    // The setting of the step that was made; after a single one of D or G it is back, so the changes tell.
    let changes = state.followed().map(|v| v.changes.clone()).unwrap_or_default();
    let made = state.progress.step.saturating_sub(1);
    let turn = changes.iter().rev().find(|c| c.name == TURN_NAME && c.step <= made).map(|c| c.value);
    let turn = turn.or(state.form.settings.0.get(TURN_NAME).copied()).unwrap_or_default();
    let learns = |does: Does| {
        let alone = |p: &&crate::zoo::PartInfo| p.turn.is_some_and(|t| t == turn);
        recipe.parts.iter().find(alone).is_none_or(|p| p.does == does)
    };
    let (d_learns, g_learns) = (learns(Does::Judges), learns(Does::Draws));

    let lit = lit(ui, state.progress.step, calm, state.slow, [d_learns, g_learns]);
    let is = |one: &[Lit]| lit.is_some_and(|l| one.contains(&l));

    let (space, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), HEIGHT), egui::Sense::hover());
    response.on_hover_text(
        "One step: noise becomes pictures in G; D says of real and of generated pictures how real they look; the losses go back to whoever learns",
    );
    let colours = theme::colours(ui);
    ui.painter().rect_filled(space, theme::ROUND, colours.ground);
    let y = space.top() + 36.0;
    let at = |part: f32| Pos2::new(space.left() + part * space.width(), y);
    let painter = ui.painter().clone();
    let text = ui.visuals().text_color();
    let ring = |on: bool, learns: bool| match (on, learns) {
        (true, _) => Stroke::new(2.5, colours.accent),
        (_, true) => Stroke::new(1.5, colours.accent),
        _ => Stroke::new(1.0, colours.quiet),
    };
    let module = |place: Pos2, title: &str, learns: bool, on: bool| {
        let rect = Rect::from_center_size(place, Vec2::new(44.0, 30.0));
        let fill = if on { colours.accent.gamma_multiply(0.3) } else { Color32::TRANSPARENT };
        painter.rect(rect, theme::ROUND, fill, ring(on, learns), egui::StrokeKind::Inside);
        painter.text(place, Align2::CENTER_CENTER, title, FontId::proportional(14.0), text);
        rect
    };
    // What flows: a picture of it where there is one, its name below.
    let thing = |place: Pos2, title: &str, on: bool, shown: bool| {
        let side = if shown { Vec2::splat(PICTURE) } else { Vec2::new(58.0, 28.0) };
        let rect = Rect::from_center_size(place, side);
        let colour = if on { colours.accent } else { colours.quiet };
        let (under, font) = match shown {
            true => (Pos2::new(place.x, rect.bottom() + 9.0), FontId::proportional(11.5)),
            false => (place, FontId::proportional(13.5)),
        };
        painter.text(under, Align2::CENTER_CENTER, title, font, colour);
        if shown && on {
            painter.rect_stroke(rect, 0.0, Stroke::new(2.5, colours.accent), egui::StrokeKind::Outside);
        }
        rect
    };
    let judged = state.judged.as_ref();
    let known = judged.is_some();
    let has_z = judged.is_some_and(|j| !j.z.is_empty());
    let noise = thing(at(0.07), if known && !has_z { "input" } else { "noise z" }, is(&[Lit::Noise]), has_z);
    let g = module(at(0.25), "G", g_learns, is(&[Lit::Draws, Lit::Generator]));
    let fake = thing(at(0.45), "fake", is(&[Lit::Fake]), known);
    let d = module(at(0.68), "D", d_learns, is(&[Lit::Judges, Lit::Discriminator]));
    let real = thing(at(0.91), "real", is(&[Lit::Judges]) && d_learns, known);
    if let Some(judged) = judged {
        let [columns, rows] = judged.grid();
        bars(ui, noise, &judged.z);
        for (i, (rect, sheet)) in [real, fake].into_iter().zip(&judged.sheets).enumerate() {
            let (column, row) = (judged.first[i] % columns, judged.first[i] / columns);
            let whole = rect.size() * Vec2::new(columns as f32, rows as f32);
            let corner = rect.min - rect.size() * Vec2::new(column as f32, row as f32);
            let look = Look::plain(state.prefs.smooth_pixels);
            let id = egui::Id::unique(("flow picture", i));
            p.pictures.paint_part(ui, id, Rect::from_min_size(corner, whole), rect, sheet, look);
        }
    }
    let head = |tip: Pos2, way: Vec2, line: Stroke| {
        for side in [0.5f32, -0.5] {
            painter.line_segment([tip, tip - egui::emath::Rot2::from_angle(side) * way * 9.0], line);
        }
    };
    let stroke = |on: bool| match on {
        true => Stroke::new(2.5, colours.accent),
        false => Stroke::new(1.5, colours.quiet),
    };
    let arrow = |from: Rect, to: Rect, on: bool| {
        let (a, b) = if from.center().x < to.center().x {
            (from.right_center(), to.left_center())
        } else {
            (from.left_center(), to.right_center())
        };
        let way = (b - a).normalized();
        let (a, b) = (a + way * 5.0, b - way * 5.0);
        painter.line_segment([a, b], stroke(on));
        head(b, way, stroke(on));
    };
    arrow(noise, g, is(&[Lit::Draws]));
    arrow(g, fake, is(&[Lit::Fake]));
    arrow(fake, d, is(&[Lit::Judges]));
    arrow(real, d, is(&[Lit::Judges]) && d_learns);
    let say = |x: f32, dy: f32, words: String, colour: Color32| {
        painter.text(Pos2::new(x, y + dy), Align2::CENTER_CENTER, words, FontId::monospace(11.5), colour);
    };
    // Gradients go back: D's to D alone, G's through D and the picture.
    let low = y + 39.0;
    if d_learns {
        let line = stroke(is(&[Lit::Discriminator]));
        let (from, to) =
            (Pos2::new(d.center().x + 8.0, low), Pos2::new(d.center().x + 8.0, d.bottom() + 3.0));
        painter.line_segment([from, to], line);
        head(to, Vec2::new(0.0, -1.0), line);
    }
    if g_learns {
        let line = stroke(is(&[Lit::Generator]));
        let (x, to) = (d.center().x - 8.0, Pos2::new(g.center().x, g.bottom() + 3.0));
        let corners = [Pos2::new(x, d.bottom() + 3.0), Pos2::new(x, low), Pos2::new(to.x, low), to];
        painter.add(egui::Shape::line(corners.to_vec(), line));
        head(to, Vec2::new(0.0, -1.0), line);
    }
    if !calm {
        let words = "pause, or slow down, to see one step in numbers";
        let place = Pos2::new(space.center().x, y + 54.0);
        painter.text(place, Align2::CENTER_CENTER, words, FontId::proportional(11.5), colours.quiet);
        return;
    }
    if let Some(v) = last(Role::FakeScore) {
        say((fake.right() + d.left()) / 2.0, -18.0, format!("D(fake) {v}"), text);
    }
    if let Some(v) = last(Role::RealScore) {
        say((real.left() + d.right()) / 2.0, -18.0, format!("D(real) {v}"), text);
    }
    let back = |rect: Rect, role: Role, learns: bool| {
        let words = match (last(role), learns) {
            (Some(v), true) => format!("loss {v} ↩ learns"),
            (Some(v), false) => format!("loss {v}, held"),
            (None, _) => return,
        };
        say(rect.center().x, 54.0, words, if learns { colours.accent } else { colours.quiet });
    };
    back(g, Role::Generator, g_learns);
    back(d, Role::Discriminator, d_learns);
}

/// The first numbers of a latent as bars, ±3 high.
fn bars(ui: &Ui, rect: Rect, z: &[f32]) {
    if z.is_empty() {
        return;
    }
    let colours = theme::colours(ui);
    ui.painter().rect_filled(rect, 2.0, ui.visuals().extreme_bg_color);
    let width = rect.width() / z.len() as f32;
    for (i, v) in z.iter().enumerate() {
        let x = rect.left() + width * (i as f32 + 0.5);
        let tip = rect.center().y - (v / 3.0).clamp(-1.0, 1.0) * rect.height() / 2.0;
        let line = Stroke::new((width - 1.0).max(1.0), colours.quiet);
        ui.painter().line_segment([Pos2::new(x, rect.center().y), Pos2::new(x, tip)], line);
    }
}
