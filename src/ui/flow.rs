//! The way data take through a GAN in one step, with the numbers of the last one: noise → G → fake → D ← real, and the
//! losses that go back. The numbers stand there while a training is paused or slowed down, when there is time to read them.
//!
//! Must not know: how a step is made.

use super::{Panel, plot, theme};
use crate::engine::message::Phase;
use crate::zoo::common::TURN_NAME;
use crate::zoo::{Does, Role};
use eframe::egui::{self, Align2, Color32, FontId, Pos2, Rect, Stroke, Ui, Vec2};

/// Height of the strip, points.
const HEIGHT: f32 = 76.0;

/// Draws it, where a GAN trains. It has its room all the while: what is below does not move when somebody pauses.
pub fn show(ui: &mut Ui, p: &Panel<'_>) {
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
    let turn = changes.iter().rev().find(|c| c.name == TURN_NAME && c.step <= made).map_or(0.0, |c| c.value);
    let learns = |does: Does| {
        let alone = |p: &&crate::zoo::PartInfo| p.turn.is_some_and(|t| t == turn);
        recipe.parts.iter().find(alone).is_none_or(|p| p.does == does)
    };
    let (d_learns, g_learns) = (learns(Does::Judges), learns(Does::Draws));

    let (space, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), HEIGHT), egui::Sense::hover());
    response.on_hover_text(
        "One step: noise becomes pictures in G; D says of real and of generated pictures how real they look; the losses go back to whoever learns",
    );
    let colours = theme::colours(ui);
    ui.painter().rect_filled(space, theme::ROUND, colours.ground);
    let y = space.top() + 28.0;
    let at = |part: f32| Pos2::new(space.left() + part * space.width(), y);
    let painter = ui.painter().clone();
    let text = ui.visuals().text_color();
    let node = |place: Pos2, title: &str, module: bool, learns: bool| {
        let rect = Rect::from_center_size(place, Vec2::new(if module { 44.0 } else { 58.0 }, 28.0));
        let edge = if learns { Stroke::new(2.0, colours.accent) } else { Stroke::new(1.0, colours.quiet) };
        if module {
            painter.rect(rect, theme::ROUND, Color32::TRANSPARENT, edge, egui::StrokeKind::Inside);
        }
        let colour = if module { text } else { colours.quiet };
        painter.text(place, Align2::CENTER_CENTER, title, FontId::proportional(13.5), colour);
        rect
    };
    let noise = node(at(0.07), "noise z", false, false);
    let g = node(at(0.25), "G", true, g_learns);
    let fake = node(at(0.45), "fake", false, false);
    let d = node(at(0.68), "D", true, d_learns);
    let real = node(at(0.91), "real", false, false);
    let line = Stroke::new(1.5, colours.quiet);
    let arrow = |from: Rect, to: Rect| {
        let (a, b) = if from.center().x < to.center().x {
            (from.right_center(), to.left_center())
        } else {
            (from.left_center(), to.right_center())
        };
        let way = (b - a).normalized();
        let (a, b) = (a + way * 5.0, b - way * 5.0);
        painter.line_segment([a, b], line);
        for side in [0.5f32, -0.5] {
            painter.line_segment([b, b - egui::emath::Rot2::from_angle(side) * way * 9.0], line);
        }
    };
    arrow(noise, g);
    arrow(g, fake);
    arrow(fake, d);
    arrow(real, d);
    let say = |x: f32, dy: f32, words: String, colour: Color32| {
        painter.text(Pos2::new(x, y + dy), Align2::CENTER_CENTER, words, FontId::monospace(11.5), colour);
    };
    if !calm {
        let words = "pause, or slow down, to see one step in numbers";
        painter.text(
            Pos2::new(space.center().x, y + 30.0),
            Align2::CENTER_CENTER,
            words,
            FontId::proportional(11.5),
            colours.quiet,
        );
        return;
    }
    if let Some(v) = last(Role::FakeScore) {
        say((fake.right() + d.left()) / 2.0, -16.0, format!("D(fake) {v}"), text);
    }
    if let Some(v) = last(Role::RealScore) {
        say((real.left() + d.right()) / 2.0, -16.0, format!("D(real) {v}"), text);
    }
    let back = |rect: Rect, role: Role, learns: bool| {
        let words = match (last(role), learns) {
            (Some(v), true) => format!("loss {v} ↩ learns"),
            (Some(v), false) => format!("loss {v}, held"),
            (None, _) => return,
        };
        say(rect.center().x, 30.0, words, if learns { colours.accent } else { colours.quiet });
    };
    back(g, Role::Generator, g_learns);
    back(d, Role::Discriminator, d_learns);
}
