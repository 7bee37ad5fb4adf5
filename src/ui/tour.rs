//! A tour's window: small, movable, one step at a time; with the list of steps where it is presented or written.
//!
//! Must not know: what a step asks for, or opens.

use super::{Panel, dialogs::Dialog, theme};
use crate::action::{Action, atlas::Atlasing, tour::Guiding};
use crate::state::Tab;
use crate::state::atlas::Tried;
use crate::state::tour::{At, Step, shipped};
use crate::ui::atlas::BUSY;
use eframe::egui::{self, Context, RichText, ScrollArea, Ui};

const WIDTH: f32 = 320.0;
/// Height of the list of steps, points; the rest is scrolled to.
const LIST: f32 = 130.0;
/// The window that all pages are laid out for, points: type grows no further than that it still fits.
const LAID_OUT: egui::Vec2 = egui::vec2(1024.0, 680.0);
/// How much larger type becomes at most.
const LARGER: f32 = 1.5;

/// Draws it where a tour is offered or under way.
pub fn show(ctx: &Context, p: &mut Panel<'_>) {
    let at = p.state.touring.at.clone();
    enlarge(ctx, at.as_ref().is_some_and(|at| at.presenting));
    let title = match &at {
        None if !p.state.touring.offered => return,
        None => "New here?".into(),
        Some(at) if at.tour.steps.is_empty() => at.tour.title.clone(),
        Some(at) => format!("{} of {}: {}", at.step + 1, at.tour.steps.len(), at.tour.title),
    };
    let corner = ctx.content_rect().left_bottom() + egui::vec2(theme::UNIT * 2.0, -280.0);
    egui::Window::new(title)
        .id(egui::Id::unique("tour"))
        .collapsible(false)
        .resizable(false)
        .default_pos(corner)
        .show(ctx, |ui| {
            ui.set_width(WIDTH);
            match &at {
                Some(at) => under_way(ui, p, at),
                None => offer(ui, p),
            }
        });
}

/// Larger type while others look on, and the person's own again when they no longer do.
fn enlarge(ctx: &Context, presenting: bool) {
    let own = egui::Id::unique("type before presenting");
    let before = ctx.data(|d| d.get_temp::<f32>(own));
    match (presenting, before) {
        (true, None) => {
            let now = ctx.zoom_factor();
            let fits = ctx.content_rect().size() * now / LAID_OUT;
            ctx.data_mut(|d| d.insert_temp(own, now));
            ctx.set_zoom_factor(fits.min_elem().clamp(now, now.max(LARGER)));
        }
        (false, Some(before)) => {
            ctx.data_mut(|d| d.remove::<f32>(own));
            ctx.set_zoom_factor(before);
        }
        _ => {}
    }
}

fn offer(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.label("Six things to try, in about a minute. The ? at the top offers it again.");
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        if let Some(first) = shipped().first().filter(|_| ui.add(theme::primary(ui, "Show me")).clicked()) {
            p.act(Action::Tour(Guiding::Begin(first.clone())));
        }
        let course =
            ui.button("The atlas").on_hover_text("The course in 25 exhibits, from VAE to styles (F8)");
        if course.clicked() {
            p.act(Action::Tour(Guiding::End));
            p.act(Action::Show(Tab::Atlas));
        }
        if ui.button("No, thanks").clicked() {
            p.act(Action::Tour(Guiding::End));
        }
    });
}

fn under_way(ui: &mut Ui, p: &mut Panel<'_>, at: &At) {
    if at.presenting || at.writing {
        list(ui, p, at);
    }
    match at.now() {
        Some(step) if at.writing => words(ui, p, at, step),
        Some(step) => read(ui, p, at, step),
        None => drop(ui.label(
            "Make the window as it shall be: the model, its picture, the page. Then add it as the first step.",
        )),
    }
    if at.writing {
        writing(ui, p, at);
    }
    ui.add_space(theme::UNIT);
    walk(ui, p, at);
}

fn list(ui: &mut Ui, p: &mut Panel<'_>, at: &At) {
    ScrollArea::vertical().max_height(LIST).auto_shrink([false, true]).show(ui, |ui| {
        for (i, step) in at.tour.steps.iter().enumerate() {
            let line = ui.selectable_label(at.step == i, format!("{}  {}", i + 1, step.title));
            if line.clicked() {
                p.act(Action::Tour(Guiding::Step(i)));
            }
        }
    });
    ui.separator();
}

fn read(ui: &mut Ui, p: &mut Panel<'_>, at: &At, step: &Step) {
    let mark = if at.done { "✔ " } else { "" };
    let ink = if at.done { theme::colours(ui).accent } else { ui.visuals().strong_text_color() };
    ui.label(RichText::new(format!("{mark}{}", step.title)).strong().color(ink));
    ui.label(&step.text);
    if let (Some(key), Some(lesson)) = (&step.exhibit, step.lesson) {
        ui.add_space(theme::UNIT);
        let text = if lesson == Tried::Broken { "Start, with the fault" } else { "Start" };
        let button = ui.add_enabled(!p.state.training(), theme::primary(ui, text));
        let button = button.on_disabled_hover_text(BUSY);
        if button.clicked() {
            p.act(Action::Atlas(Atlasing::Do(key.clone(), lesson)));
        }
    }
}

/// Title and text of the step, to be written.
fn words(ui: &mut Ui, p: &mut Panel<'_>, at: &At, step: &Step) {
    let (mut title, mut text) = (step.title.clone(), step.text.clone());
    let mut tour = at.tour.title.clone();
    for (what, words, rows) in [("Tour", &mut tour, 1), ("Title", &mut title, 1), ("Text", &mut text, 4)] {
        let field = match rows {
            1 => egui::TextEdit::singleline(words),
            rows => egui::TextEdit::multiline(words).desired_rows(rows),
        };
        ui.horizontal_top(|ui| {
            ui.add_sized([40.0, 18.0], egui::Label::new(theme::quiet(ui, what)));
            let response = ui.add(field.desired_width(f32::INFINITY));
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, what));
        });
    }
    if tour != at.tour.title {
        p.act(Action::Tour(Guiding::Title(tour)));
    }
    if (&title, &text) != (&step.title, &step.text) {
        p.act(Action::Tour(Guiding::Words(title, text)));
    }
}

fn writing(ui: &mut Ui, p: &mut Panel<'_>, at: &At) {
    ui.add_space(theme::UNIT);
    let some = !at.tour.steps.is_empty();
    ui.horizontal_wrapped(|ui| {
        let add = ui.button("Add this window").on_hover_text(
            "A step behind this one: the model, the picture on the screen, the page and the layer as they are",
        );
        if add.clicked() {
            p.act(Action::Tour(Guiding::Add));
        }
        let retake = ui.add_enabled(some, egui::Button::new("Take anew"));
        if retake.on_hover_text("The window as it is now, in place of this step's; its texts stay").clicked() {
            p.act(Action::Tour(Guiding::Retake));
        }
        if ui.add_enabled(some, egui::Button::new("Remove")).on_hover_text("Take this step out").clicked() {
            p.act(Action::Tour(Guiding::Remove));
        }
        let save = ui.add_enabled(some, egui::Button::new("Save…"));
        let hint = "One file, to be shared. Models of your own are named by where they lie: beside the file is best";
        if save.on_hover_text(hint).clicked() {
            let ctx = ui.ctx().clone();
            p.ask(&ctx, Dialog::TourOut, &at.tour.title);
        }
    });
}

/// On, back, larger, change, end.
fn walk(ui: &mut Ui, p: &mut Panel<'_>, at: &At) {
    ui.horizontal_wrapped(|ui| {
        if let Some(step) = at.now() {
            if p.state.tab != step.page && ui.button("Go there").clicked() {
                p.act(Action::Show(step.page));
            }
            if at.step > 0 && ui.button("Back").on_hover_text("The step before (Page Up)").clicked() {
                p.act(Action::Tour(Guiding::Step(at.step - 1)));
            }
            let last = at.step + 1 == at.tour.steps.len();
            let (text, to) = if last { ("Done", Guiding::End) } else { ("Next", Guiding::Step(at.step + 1)) };
            let ready = at.done || step.asks.is_none();
            let next = if ready { theme::primary(ui, text) } else { egui::Button::new(text) };
            let hint = if last { "End the tour" } else { "The next step (Page Down)" };
            let closes = last && at.writing;
            if !closes && ui.add(next).on_hover_text(hint).clicked() {
                p.act(Action::Tour(to));
            }
        }
        let mut presenting = at.presenting;
        if ui
            .toggle_value(&mut presenting, "Present")
            .on_hover_text("Larger type, and the list of steps. Page Down and Page Up go on and back")
            .changed()
        {
            p.act(Action::Tour(Guiding::Present(presenting)));
        }
        let mut writing = at.writing;
        if ui
            .toggle_value(&mut writing, "Write")
            .on_hover_text("Change the texts and steps, and save them as a file of your own")
            .changed()
        {
            p.act(Action::Tour(Guiding::Write(writing)));
        }
        if ui.button("End the tour").clicked() {
            p.act(Action::Tour(Guiding::End));
        }
    });
}

/// The tours there are, to be begun from the atlas.
pub fn menu(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.menu_button("Tours ▾", |ui| {
        for tour in shipped() {
            if ui.button(&tour.title).on_hover_text(&tour.about).clicked() {
                p.act(Action::Tour(Guiding::Begin(tour.clone())));
                ui.close();
            }
        }
        ui.separator();
        if ui.button("Open a tour…").on_hover_text("A file that somebody saved here").clicked() {
            let ctx = ui.ctx().clone();
            p.ask(&ctx, Dialog::TourIn, "");
            ui.close();
        }
        let new = ui.button("Write a tour");
        if new.on_hover_text("Steps through this window, each with a title and a text, for a class").clicked()
        {
            p.act(Action::Tour(Guiding::New));
            ui.close();
        }
    })
    .response
    .on_hover_text("Steps through the window that one walks, shows to others, or writes");
}
