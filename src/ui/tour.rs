//! The tour: a small window that can be moved, with one thing to try at a time. It covers little, and nothing waits for it.
//!
//! Must not know: what a step asks for.

use super::{Panel, theme};
use crate::action::Action;
use crate::state::tour::{STEPS, Tour};
use eframe::egui::{self, Context, RichText};

const WIDTH: f32 = 300.0;

/// Draws it where it is offered or under way.
pub fn show(ctx: &Context, p: &mut Panel<'_>) {
    let title = match p.state.tour {
        Tour::Away => return,
        Tour::Offered => "New here?".into(),
        Tour::At { step, .. } => format!("{} of {}", step + 1, STEPS.len()),
    };
    let corner = ctx.content_rect().left_bottom() + egui::vec2(theme::UNIT * 2.0, -240.0);
    egui::Window::new(title)
        .id(egui::Id::unique("tour"))
        .collapsible(false)
        .resizable(false)
        .default_pos(corner)
        .show(ctx, |ui| {
            ui.set_width(WIDTH);
            match p.state.tour {
                Tour::At { step, done } => at(ui, p, step, done),
                _ => offer(ui, p),
            }
        });
}

fn offer(ui: &mut egui::Ui, p: &mut Panel<'_>) {
    ui.label("Six things to try, in about a minute. The ? at the top offers it again.");
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        if ui.add(theme::primary(ui, "Show me")).clicked() {
            p.act(Action::Tour(Tour::At { step: 0, done: false }));
        }
        if ui.button("No, thanks").clicked() {
            p.act(Action::Tour(Tour::Away));
        }
    });
}

fn at(ui: &mut egui::Ui, p: &mut Panel<'_>, step: usize, done: bool) {
    let Some(now) = STEPS.get(step) else { return };
    let colours = theme::colours(ui);
    let mark = if done { "✔ " } else { "" };
    let ink = if done { colours.accent } else { ui.visuals().strong_text_color() };
    ui.label(RichText::new(format!("{mark}{}", now.title)).strong().color(ink));
    ui.label(now.text);
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        if p.state.tab != now.tab && ui.button("Go there").clicked() {
            p.act(Action::Show(now.tab));
        }
        let last = step + 1 == STEPS.len();
        let to = if last { Tour::Away } else { Tour::At { step: step + 1, done: false } };
        let text = if last { "Done" } else { "Next" };
        let next = if done { theme::primary(ui, text) } else { egui::Button::new(text) };
        if ui.add(next).clicked() {
            p.act(Action::Tour(to));
        }
        if !last && ui.button("End the tour").clicked() {
            p.act(Action::Tour(Tour::Away));
        }
    });
}
