//! The latent that says how a clip moves: sliders of its own beside those of the content, another one by chance, and two places on
//! which a latent is dropped to take its content alone or its motion alone.
//!
//! Must not know: how pictures are decoded, what moves.

use super::super::latent::{Carried, picture};
use super::super::{Panel, theme};
use super::matrix;
use crate::action::Action;
use crate::latent::prior;
use crate::point::{Input, Kind, MOTION, Point, Value, Values};
use crate::random::dice;
use eframe::egui::{self, Id, Rect, RichText, Sense, Ui, Vec2};
use std::ops::Range;

/// Side of the places' pictures, points.
const SIDE: f32 = 72.0;
/// Sliders of a motion that are always seen.
const FEW: usize = 8;
/// How far a slider goes to each side, σ.
const REACH: f32 = 4.0;
/// Width of a slider's rail, points.
const SLIDER: f32 = 64.0;

/// Draws it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let Value::Latent(now) = super::value(p, input) else { return };
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Motion").strong())
            .on_hover_text("How it moves; the sliders above are the content, which stays in all frames");
        matrix::switch(ui);
        matrix::show(ui, p, input);
    });
    ui.horizontal(|ui| {
        place(ui, p, "Content", "Drop a latent here to take its content alone: another one with this motion");
        place(
            ui,
            p,
            "Motion",
            "Drop a latent here to take its motion alone: the same content moves as that one",
        );
        ui.vertical(|ui| {
            let hint = "Draw the motion anew, dice and all: the content stays";
            if ui.button("🎲 Another motion").on_hover_text(hint).clicked() {
                let seed = seed(ui);
                p.act(Action::Go(with_motion(p, drawn(p, input, seed, now.len()))));
            }
            let still = ui.add_enabled(now.iter().any(|v| *v != 0.0), egui::Button::new("↺ Middle").small());
            if still.on_hover_text("Put the motion at the middle of what it is drawn from").clicked() {
                put(p, input, vec![0.0; now.len()]);
                p.act(Action::Release);
            }
        });
    });
    sliders(ui, p, input, &now, 0..now.len().min(FEW));
    if now.len() > FEW {
        let title = format!("{} more", now.len() - FEW);
        egui::CollapsingHeader::new(title).show(ui, |ui| sliders(ui, p, input, &now, FEW..now.len()));
    }
    ui.add_space(theme::UNIT);
}

/// Two beside each other, as the content's sliders need the height.
fn sliders(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, now: &[f32], which: Range<usize>) {
    egui::Grid::new(("motion", &input.name, which.start)).num_columns(4).show(ui, |ui| {
        ui.spacing_mut().slider_width = SLIDER;
        for i in which {
            slider(ui, p, input, now, i);
            if i % 2 == 1 {
                ui.end_row();
            }
        }
    });
}

fn slider(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, now: &[f32], i: usize) {
    let label = ui.label(format!("m{i}"));
    let mut v = now[i];
    // Rounded in what is written alone: a slider that rounds its number changes what nobody touched.
    let slider = egui::Slider::new(&mut v, -REACH..=REACH)
        .clamping(egui::SliderClamping::Edits)
        .custom_formatter(|v, _| format!("{v:+.2}"));
    let response = ui.add(slider).labelled_by(label.id);
    if response.changed() {
        let mut other = now.to_vec();
        other[i] = v;
        put(p, input, other);
    }
    if response.drag_stopped() {
        p.act(Action::Release);
    }
    response.on_hover_text(format!("Dimension {i} of the motion, in units of the prior's σ"));
}

fn put(p: &mut Panel<'_>, input: &Input, z: Vec<f32>) {
    p.act(Action::Hold(input.name.clone(), Value::Latent(z)));
}

/// What of a point is its motion: the latent, and what its dice follow from.
pub fn of(p: &Panel<'_>, held: &Values) -> Values {
    let inputs = p.state.inputs().iter();
    let motion = inputs.filter(|i| i.name == MOTION || i.kind == Kind::Noise);
    motion.map(|i| (i.name.clone(), i.value_in(held))).collect()
}

/// Motion number `seed` of those that are drawn by chance.
pub fn drawn(p: &Panel<'_>, input: &Input, seed: u64, dims: usize) -> Values {
    let own = prior::beside(&input.name, seed, 0, dims, p.state.spread);
    let mut all: Values = [(input.name.clone(), Value::Latent(own))].into();
    let chance = p.state.inputs().iter().filter(|i| i.kind == Kind::Noise);
    all.extend(chance.map(|i| (i.name.clone(), Value::Noise(dice(seed, 0)))));
    all
}

/// The content that is on the screen with another motion.
fn with_motion(p: &Panel<'_>, motion: Values) -> Point {
    let mut point = p.state.point();
    point.held.extend(motion);
    point
}

/// A picture of what is on the screen, on which another latent is dropped.
fn place(ui: &mut Ui, p: &mut Panel<'_>, name: &str, hint: &str) {
    ui.vertical(|ui| {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(SIDE), Sense::hover());
        ui.painter().rect_filled(rect, theme::ROUND, theme::colours(ui).ground);
        let mut point = p.state.point();
        if name == "Content" {
            // By itself: where the motion is at its middle.
            for own in of(p, &Values::new()) {
                point.held.insert(own.0, own.1);
            }
        } else {
            point = p.state.at_moment(point);
        }
        let inner: Rect = rect.shrink(2.0);
        picture(ui, p, inner, Id::unique(("clip place", name)), &point);
        if let Some(carried) = response.dnd_release_payload::<Carried>() {
            let here = p.state.point();
            let next = match name {
                "Content" => Point { z: carried.point.z.clone(), held: here.held },
                _ => with_motion(p, of(p, &carried.point.held)),
            };
            p.act(Action::Go(next));
        }
        if response.dnd_hover_payload::<Carried>().is_some() {
            let stroke = egui::Stroke::new(2.0, theme::colours(ui).accent);
            ui.painter().rect_stroke(rect, 2.0, stroke, egui::StrokeKind::Inside);
        }
        response.on_hover_text(hint);
        ui.label(theme::quiet(ui, name));
    });
}

/// The number of the next one; far from those that Randomise counts.
fn seed(ui: &Ui) -> u64 {
    let id = Id::unique("motion drawn");
    ui.data_mut(|d| {
        let n = d.get_temp_mut_or_default::<u64>(id);
        *n += 1;
        (1 << 41) + *n
    })
}
