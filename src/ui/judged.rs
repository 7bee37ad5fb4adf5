//! The pictures of a GAN's last step, those first that D finds most real: whom it catches, and who fools it.
//!
//! Must not know: how a step is made, or anything of Burn.

use super::{Panel, fitted, grouped, theme};
use crate::action::Action;
use crate::engine::message::JudgedShown;
use crate::gpu::Look;
use eframe::egui::{self, Align2, Color32, FontId, Id, Rect, Stroke, Ui, Vec2};

/// Height of the line above each kind of picture.
const CAPTION: f32 = 20.0;

/// Samples, or what D says of the step's pictures.
pub fn choice(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.horizontal(|ui| {
        let all = [
            (false, "Samples", "The same latents all the time, as the shown weights draw them"),
            (
                true,
                "What D says",
                "The last step's real and generated pictures, sorted by how real D finds them",
            ),
        ];
        for (judging, title, hint) in all {
            if ui.selectable_label(p.state.judging == judging, title).on_hover_text(hint).clicked() {
                p.act(Action::Judging(judging));
            }
        }
    });
}

/// Both kinds, one above the other.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, space: Rect, judged: &JudgedShown) {
    ui.painter().rect_filled(space, theme::ROUND, theme::colours(ui).ground);
    let inner = space.shrink(8.0);
    let half = inner.height() / 2.0;
    for (i, title) in ["Real", "Generated"].into_iter().enumerate() {
        let top = inner.top() + half * i as f32;
        let part = Rect::from_min_size(egui::pos2(inner.left(), top), Vec2::new(inner.width(), half - 4.0));
        kind(ui, p, part, judged, i, title);
    }
}

/// What is said of one kind: how many pass for real, and which.
fn kind(ui: &mut Ui, p: &mut Panel<'_>, space: Rect, judged: &JudgedShown, i: usize, title: &str) {
    let colours = theme::colours(ui);
    let (said, even) = (&judged.said[i], judged.game.score_means().even.map(|(v, _)| v as f32));
    let passes = |v: f32| even.is_some_and(|even| v > even);
    let count = match even {
        Some(_) => {
            format!(": {} of {} taken for real", said.iter().filter(|v| passes(**v)).count(), said.len())
        }
        None => String::new(),
    };
    let of = match judged.of > said.len() {
        true => format!(" (the first of the {} in a batch)", judged.of),
        false => String::new(),
    };
    let place = egui::pos2(space.left(), space.top() + CAPTION / 2.0);
    let words = format!("{title}{count}");
    let font = FontId::proportional(13.0);
    let painter = ui.painter().with_clip_rect(space);
    painter.text(place, Align2::LEFT_CENTER, words, font, ui.visuals().text_color());
    let step = format!("step {}{of}", grouped(judged.step));
    let right = egui::pos2(space.right(), place.y);
    if i == 0 && space.width() > 380.0 {
        painter.text(right, Align2::RIGHT_CENTER, step, FontId::proportional(11.5), colours.quiet);
    }
    let below = Rect::from_min_max(egui::pos2(space.left(), space.top() + CAPTION), space.max);
    let sheet = &judged.sheets[i];
    let rect = fitted(below, sheet.width, sheet.height);
    let look = Look::plain(p.state.prefs.smooth_pixels);
    p.pictures.paint(ui, Id::unique(("judged", i)), rect, sheet, look);
    let [columns, rows] = judged.grid();
    let cell = rect.size() / Vec2::new(columns as f32, rows as f32);
    for (k, v) in said.iter().enumerate() {
        let at = Vec2::new((k % columns) as f32, (k / columns) as f32);
        let square = Rect::from_min_size(rect.min + at * cell, cell).shrink(0.5);
        // A real picture that D catches, or a generated one that fools it: there it is wrong.
        if even.is_some() && passes(*v) == (i == 1) {
            let stroke = Stroke::new(1.5, colours.curves[1]);
            ui.painter().rect_stroke(square, 0.0, stroke, egui::StrokeKind::Inside);
        }
        let words = if v.abs() < 10.0 { format!("{v:.2}") } else { format!("{v:.0}") }.replace('-', "−");
        if cell.x >= 30.0 {
            let font = FontId::monospace(9.5);
            let galley = ui.painter().layout_no_wrap(words, font, Color32::WHITE);
            let at = square.right_bottom() - galley.size() - Vec2::splat(2.0);
            let ground = Rect::from_min_size(at, galley.size()).expand(1.0);
            ui.painter().rect_filled(ground, 2.0, Color32::from_black_alpha(170));
            ui.painter().galley(at, galley, Color32::WHITE);
        }
    }
    let hint = match (i, even.is_some()) {
        (0, true) => {
            "Real pictures, those first that D finds most real; framed are those it takes for generated"
        }
        (_, true) => "Pictures of G, those first that D finds most real; framed are those that fool it",
        _ => "Those first that the critic scores highest; its scores have no zero of their own",
    };
    ui.interact(space, Id::unique(("judged kind", i)), egui::Sense::hover()).on_hover_text(hint);
}
