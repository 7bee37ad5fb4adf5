//! The handle of a clip's moment: play and hold, a scrubber on which the end of what was trained is marked, loop, speed, saving.
//!
//! Must not know: how pictures are decoded, what moves in them.

use super::super::dialogs::Dialog;
use super::super::{Panel, film, theme};
use crate::action::Action;
use crate::action::clip::Clipping;
use crate::engine::tool::{ToolKind, ToolNews};
use crate::point::{Input, Value};
use crate::state::morph::FilmKind;
use eframe::egui::{self, Pos2, Rect, RichText, Sense, Ui, Vec2};

/// Height of the scrubber, points.
const HIGH: f32 = 22.0;
/// The speeds that there are buttons for.
const SPEEDS: [(f64, &str); 5] = [(0.25, "×¼"), (0.5, "×½"), (1.0, "×1"), (2.0, "×2"), (4.0, "×4")];

/// Draws it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    ui.add_space(theme::UNIT);
    ui.label(RichText::new("Clip").strong())
        .on_hover_text("Content and motion are the clip; this says which of its frames is drawn");
    ui.horizontal(|ui| {
        let playing = p.state.clip.playing;
        let (symbol, name) = if playing { ("⏸", "Hold the clip") } else { ("▶", "Play the clip") };
        let button = ui.add(egui::Button::new(symbol).min_size(Vec2::new(32.0, HIGH)));
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
        if button.on_hover_text("Play the clip, or hold it (Space)").clicked() {
            p.act(Action::Clip(Clipping::Play(!playing)));
        }
        scrubber(ui, p, input);
    });
    ui.horizontal(|ui| {
        let mut looped = p.state.clip.looped;
        if ui.checkbox(&mut looped, "Loop").on_hover_text("Begin again at the end").changed() {
            p.act(Action::Clip(Clipping::Loop(looped)));
        }
        for (speed, name) in SPEEDS {
            let on = (p.state.clip.speed - speed).abs() < 1e-6;
            let hint = format!("{speed} times as fast as it was meant");
            if ui.add(egui::Button::new(name).small().selected(on)).on_hover_text(hint).clicked() {
                p.act(Action::Clip(Clipping::Speed(speed)));
            }
        }
    });
    ui.horizontal(|ui| {
        let trained = p.state.moments().map_or(0, |m| m.trained);
        let mut longer = p.state.clip.longer;
        let hint = format!(
            "Play on past the {trained} frames that were trained: what comes then is the model's own guess"
        );
        if ui.checkbox(&mut longer, "Longer than trained").on_hover_text(hint).changed() {
            p.act(Action::Clip(Clipping::Longer(longer)));
        }
        save(ui, p);
    });
    if let Some(ToolNews::Working(done, total)) = p.state.tools.get(&ToolKind::Film).cloned() {
        film::working(ui, p, ToolKind::Film, done, total, "frames");
    }
    ui.add_space(theme::UNIT);
}

fn save(ui: &mut Ui, p: &mut Panel<'_>) {
    let menu = ui.menu_button("Save clip…", |ui| {
        for (kind, name) in [
            (FilmKind::Gif, "Animated GIF…"),
            (FilmKind::Apng, "Animated PNG…"),
            (FilmKind::Frames, "Folder of PNGs…"),
        ] {
            if ui.button(name).clicked() {
                p.ask(ui.ctx(), Dialog::Clip(kind), "clip");
                ui.close();
            }
        }
    });
    menu.response.on_hover_text("Write the frames that play here, at the speed that is set");
}

/// The way through the frames; a drag along it holds the clip and looks at a moment.
fn scrubber(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let Some(moments) = p.state.moments() else { return };
    let words = 62.0;
    let wide = (ui.available_width() - words).max(60.0);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(wide, HIGH), Sense::click_and_drag());
    let (now, last) = (p.state.clip_frame(), moments.frames.saturating_sub(1).max(1));
    response.widget_info(|| egui::WidgetInfo::slider(true, f64::from(now), "Moment of the clip"));
    let colours = theme::colours(ui);
    let x = |frame: f32| rect.left() + rect.width() * frame / f32::from(last);
    let line = |from: f32, to: f32| {
        Rect::from_min_max(Pos2::new(x(from), rect.center().y - 3.0), Pos2::new(x(to), rect.center().y + 3.0))
    };
    let painter = ui.painter();
    let end = f32::from(moments.trained.saturating_sub(1));
    painter.rect_filled(line(0.0, f32::from(last)), 3.0, colours.ground);
    painter.rect_filled(line(0.0, end), 3.0, colours.quiet);
    let mark = [Pos2::new(x(end), rect.top()), Pos2::new(x(end), rect.bottom())];
    painter.line_segment(mark, egui::Stroke::new(2.0, colours.accent));
    painter.circle_filled(Pos2::new(x(now.into()), rect.center().y), 7.0, colours.accent);
    let go = |p: &mut Panel<'_>, frame: u16| {
        p.act(Action::Clip(Clipping::Play(false)));
        p.act(Action::Hold(input.name.clone(), Value::Number(frame.into())));
    };
    if (response.dragged() || response.clicked())
        && let Some(at) = response.interact_pointer_pos()
    {
        let part = ((at.x - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0);
        let frame = (part * f32::from(last)).round() as u16;
        if frame != now || p.state.clip.playing {
            go(p, frame);
        }
    }
    if response.drag_stopped() || response.clicked() {
        p.act(Action::Release);
    }
    if response.has_focus() {
        for (key, to) in
            [(egui::Key::ArrowLeft, now.saturating_sub(1)), (egui::Key::ArrowRight, (now + 1).min(last))]
        {
            if ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, key)) {
                go(p, to);
                p.act(Action::Release);
            }
        }
    }
    let hint = format!(
        "Drag along the frames. The line is where the {} end that were trained; what comes after it is the model's own guess",
        moments.trained
    );
    response.on_hover_text(hint);
    ui.label(theme::quiet(ui, format!("{} of {}", now + 1, moments.frames)).monospace());
}
