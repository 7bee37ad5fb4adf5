//! Time: the samples as they were at a moment of a run, and the bar that moves through the whole run.
//!
//! Must not know: how samples are recorded.

use super::dialogs::Dialog;
use super::{Panel, fitted, grouped, theme};
use crate::action::{Action, travel::Travelling};
use crate::gpu::Look;
use eframe::egui::{self, Button, Id, Rect, Ui, Vec2};

/// Height of the bar, points.
pub const BAR: f32 = 32.0;
/// Narrower than this, the bar's buttons are in a menu.
const ROOM: f32 = 720.0;

/// Paints the samples of the moment that is looked at, where there is one and they are here. True when it did.
pub fn samples(ui: &mut Ui, p: &mut Panel<'_>, space: Rect) -> bool {
    let Some(moment) = p.state.moment() else { return false };
    let Some(shown) = p.pictures.moment.clone().filter(|m| m.run == moment.run) else { return false };
    let inner = Rect::from_min_max(space.min + Vec2::splat(8.0), space.max - egui::vec2(8.0, 26.0));
    let rect = fitted(inner, shown.image.width, shown.image.height);
    let look = Look::plain(p.state.prefs.smooth_pixels);
    p.pictures.paint(ui, Id::unique("moment"), rect, &shown.image, look);
    let caption = format!("The same latents as they were at step {}", grouped(shown.step));
    let at = egui::pos2(space.center().x, space.bottom() - 6.0);
    let font = egui::FontId::proportional(11.5);
    ui.painter().text(at, egui::Align2::CENTER_BOTTOM, caption, font, theme::colours(ui).quiet);
    true
}

/// The bar. It stands where samples of the run in focus are recorded, and says so where none are.
pub fn bar(ui: &mut Ui, p: &mut Panel<'_>) {
    let state = p.state;
    let Some(view) = state.followed().filter(|v| !v.samples.is_empty()) else { return };
    if let Some((done, total)) = state.travel.film {
        filming(ui, p, done, total);
        return;
    }
    let last = view.samples.len() - 1;
    let live = state.tab == crate::state::Tab::Train;
    let looked_at = state.travel.hover.or(state.travel.cursor);
    let place = looked_at.map_or(last, |step| state.picture_at(step));
    let step = looked_at.map_or(view.samples[last], |_| view.samples[place]);
    ui.horizontal(|ui| {
        play(ui, p, last);
        let wide = ui.available_width() >= ROOM;
        let rest = if wide { 520.0 } else { 180.0 };
        ui.spacing_mut().slider_width = (ui.available_width() - rest).max(80.0);
        let mut at = place;
        let slider = ui.add(egui::Slider::new(&mut at, 0..=last).show_value(false));
        slider.widget_info(|| egui::WidgetInfo::slider(true, at as f64, "Moment of the run"));
        let slider = slider.on_hover_text(
            "Move through the run: the samples as they were. The pictures are dense at the start, where most happens",
        );
        if slider.changed() {
            p.act(Action::Travel(Travelling::Cursor(Some(view.samples[at]))));
        }
        let words = if looked_at.is_none() && live { "now".into() } else { format!("step {}", grouped(step)) };
        ui.add_sized([84.0, 24.0], egui::Label::new(theme::quiet(ui, words).monospace()));
        if wide {
            buttons(ui, p, step, looked_at.is_some() && live);
        } else {
            ui.menu_button("More", |ui| {
                ui.set_width(200.0);
                buttons(ui, p, step, looked_at.is_some() && live);
            });
        }
    });
}

fn play(ui: &mut Ui, p: &mut Panel<'_>, last: usize) {
    let playing = p.state.travel.playing.is_some();
    let (title, hint) = if playing {
        ("⏸", "Stop here")
    } else {
        ("▶", "Play the run as a film, from here or from its start")
    };
    let button = ui.add_enabled(last > 0, Button::new(title).min_size(Vec2::new(28.0, 24.0)));
    button.widget_info(|| {
        let name = if playing { "Stop the film" } else { "Play the run" };
        egui::WidgetInfo::labeled(egui::Role::Button, true, name)
    });
    if button.on_hover_text(hint).on_disabled_hover_text("One picture is no film yet").clicked() {
        p.act(Action::Travel(Travelling::Play(!playing)));
    }
}

fn buttons(ui: &mut Ui, p: &mut Panel<'_>, step: u64, past: bool) {
    let now = ui.add_enabled(past, Button::new("Now"));
    if now.on_hover_text("Back to the samples of now").clicked() {
        p.act(Action::Travel(Travelling::Cursor(None)));
    }
    if ui.button("Film…").on_hover_text("Write the run's samples as an animated GIF").clicked() {
        let name = p.state.focus().and_then(|f| f.file_name()).map(|n| n.to_string_lossy().into_owned());
        p.ask(ui.ctx(), Dialog::Film, &name.unwrap_or_else(|| "run".into()));
    }
    let nearest = p.state.checkpoint_at(step).map(|(step, _)| step);
    let open = ui.add_enabled(nearest.is_some(), Button::new("Open checkpoint"));
    let at = nearest.map_or(String::new(), grouped);
    let none = "No checkpoint of this run is kept yet; pausing saves one";
    let hint = format!("Explore the weights of step {at}, the nearest that is kept, with the latent of now");
    if open.on_hover_text(hint).on_disabled_hover_text(none).clicked() {
        p.act(Action::Travel(Travelling::Checkpoint(step)));
    }
    let compare = ui.add_enabled(nearest.is_some() && p.state.model.is_some(), Button::new("Compare"));
    let hint = format!("Lay what the weights of step {at} draw over the model's picture, with a wipe");
    if compare.on_hover_text(hint).on_disabled_hover_text(none).clicked() {
        p.act(Action::Travel(Travelling::CompareAt(step)));
    }
    let free = nearest.is_some() && !p.state.training();
    let branch = ui.add_enabled(free, Button::new("Branch"));
    let hint = format!("Train on from step {at} in a run of its own; this one stays as it is");
    let busy = if p.state.training() { "Stop the training first" } else { none };
    if branch.on_hover_text(hint).on_disabled_hover_text(busy).clicked() {
        p.act(Action::Travel(Travelling::Branch(step)));
    }
}

fn filming(ui: &mut Ui, p: &mut Panel<'_>, done: usize, total: usize) {
    ui.horizontal(|ui| {
        let part = done as f32 / total.max(1) as f32;
        let text = format!("Film: {done} of {total} pictures");
        ui.add(theme::progress(ui, part, 280.0, text));
        if ui.button("Cancel").on_hover_text("Give the film up; nothing is left of it").clicked() {
            p.act(Action::Travel(Travelling::CancelFilm));
        }
    });
}
