//! The training page: what to train on the left, the losses in the middle, what the weights draw now beside them; and
//! the bar that stays at the bottom of every page while something trains.
//!
//! Must not know: how a step is made.

use super::data::options;
use super::dialogs::Dialog;
use super::{Panel, curves, duration, explore, fitted, grouped, judged, plane, theme, time};
use crate::action::{Action, drawing::Drawing};
use crate::data::Offer;
use crate::data::formats::Format;
use crate::data::spec::{FOLDER, built_in, specs};
use crate::engine::message::{Phase, Place};
use crate::gpu::Look;
use crate::state::Until;
use crate::zoo::{Need, Scale, Setting};
use eframe::egui::{self, Id, Rect, RichText, ScrollArea, Sense, Ui, Vec2};

/// The form on the left.
pub fn form(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_space(theme::UNIT * 2.0);
    p.failures(ui, &[Place::Train]);
    buttons(ui, p);
    ui.add_space(theme::UNIT);
    ui.separator();
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        recipe(ui, p);
        data(ui, p);
        end(ui, p);
        let Some(recipe) = p.state.form.recipe() else { return };
        ui.add_space(theme::UNIT * 2.0);
        ui.label(RichText::new("Settings").strong());
        for setting in recipe.settings {
            edit(ui, p, setting);
        }
        seed(ui, p);
        p.room_for_failures(ui, &[Place::Train]);
    });
}

fn buttons(ui: &mut Ui, p: &mut Panel<'_>) {
    let phase = p.state.progress.phase;
    ui.horizontal(|ui| match phase {
        Phase::Idle | Phase::Finished => {
            let start = theme::primary(ui, "▶ Start training").min_size(Vec2::new(140.0, 32.0));
            if ui.add(start).on_hover_text("From new weights, with the settings below (Ctrl+Enter)").clicked()
            {
                p.act(Action::Train);
            }
            if let Some((from, step)) = p.state.continuable() {
                let hint = format!(
                    "Train the explored model on from step {}, until you stop it\n{}",
                    grouped(step),
                    from.display()
                );
                if ui.button("▶ Continue").on_hover_text(hint).clicked() {
                    p.act(Action::Continue);
                }
            }
        }
        _ => controls(ui, p),
    });
    if p.state.training() {
        ui.horizontal(|ui| slowly(ui, p));
    } else {
        tune(ui, p);
    }
}

/// The explored model goes on learning, on the data of the form.
fn tune(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(model) = &p.state.model else { return };
    let foreign = match &model.network {
        Some(_) => {
            "\nBatch norms keep the statistics that they came with; a missing encoder or discriminator is made fresh"
        }
        None => "",
    };
    let hint =
        format!("Train {} on, in a run of its own, on the data that is chosen below{foreign}", model.name);
    let button = egui::Button::new(format!("▶ Fine-tune {}", model.name)).truncate();
    if ui.add(button).on_hover_text(hint).clicked() {
        p.act(Action::Tune);
    }
}

/// One half of a GAN alone, and slow motion.
fn slowly(ui: &mut Ui, p: &mut Panel<'_>) {
    let paused = p.state.progress.phase == Phase::Paused;
    let parts = crate::zoo::recipe(&p.state.progress.recipe).map_or(&[][..], |r| r.parts);
    for part in parts {
        let Some(turn) = part.turn else { continue };
        let step = ui.add_enabled(paused, egui::Button::new(format!("⏭ {}", part.title)));
        let does = match part.does {
            crate::zoo::Does::Draws => ": the generator, which draws the pictures",
            crate::zoo::Does::Judges => ": the discriminator, which tells drawn pictures from real ones",
            _ => "",
        };
        let hint = format!("One step in which only {} learns{does}", part.title);
        if step.on_hover_text(hint).on_disabled_hover_text("Pause first").clicked() {
            p.act(Action::StepOnly(turn));
        }
    }
    ui.label("Pace");
    let name = |rate: Option<f64>| rate.map_or("full".to_owned(), |r| format!("{r} steps/s"));
    let combo = egui::ComboBox::from_id_salt("pace").selected_text(name(p.state.slow)).width(100.0);
    let response = combo.show_ui(ui, |ui| {
        for rate in [None, Some(10.0), Some(2.0), Some(0.5)] {
            if ui.selectable_label(p.state.slow == rate, name(rate)).clicked() {
                p.act(Action::Slow(rate));
            }
        }
    });
    response
        .response
        .on_hover_text("Slow motion: so few steps a second that each can be followed. Default: full");
}

/// Pause, single step, stop.
fn controls(ui: &mut Ui, p: &mut Panel<'_>) {
    let phase = p.state.progress.phase;
    if phase == Phase::Paused {
        if ui.button("▶ Resume").on_hover_text("Go on (Ctrl+P)").clicked() {
            p.act(Action::Resume);
        }
    } else if ui
        .add_enabled(phase == Phase::Running, egui::Button::new("⏸ Pause"))
        .on_hover_text("Hold it; nothing is lost (Ctrl+P)")
        .clicked()
    {
        p.act(Action::Pause);
    }
    let step = ui.add_enabled(phase == Phase::Paused, egui::Button::new("⏭ Step"));
    if step.on_hover_text("Exactly one optimiser step").on_disabled_hover_text("Pause first").clicked() {
        p.act(Action::Step);
    }
    let recipe = crate::zoo::recipe(&p.state.progress.recipe);
    let stage = p.state.progress.stage.clone();
    let next = recipe.and_then(|r| {
        let now = r.phases.iter().position(|phase| phase.name == stage)?;
        Some(r.phases.get(now + 1)?.name)
    });
    if let Some(next) = next {
        let hint =
            format!("Let the next phase begin now: what learnt so far stays as it is, and the {next} learns");
        if ui.button(format!("⏩ Begin the {next}")).on_hover_text(hint).clicked() {
            p.act(Action::BeginPhase(next));
        }
    }
    if ui.button("⏹ Stop").on_hover_text("End it; its last state is saved, and can be trained on").clicked()
    {
        p.act(Action::Stop);
    }
}

fn recipe(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_space(theme::UNIT);
    let label = ui.label(RichText::new("Recipe").strong());
    let busy = p.state.training();
    let chosen = p.state.form.recipe();
    ui.add_enabled_ui(!busy, |ui| {
        let title = chosen.map_or("choose", |r| r.title);
        let combo = egui::ComboBox::from_id_salt("recipe").selected_text(title).width(ui.available_width());
        let shown = combo.show_ui(ui, |ui| {
            let foreign = p.state.model.as_ref().is_some_and(|m| m.network.is_some());
            let tuned = crate::zoo::tuned::ENTRIES.iter().filter(|_| foreign);
            for entry in crate::zoo::registry().iter().chain(tuned) {
                let r = entry.recipe;
                let open = p.state.form.recipe == r.name;
                if ui.selectable_label(open, r.title).on_hover_text(r.summary).clicked() {
                    p.act(Action::Recipe(r.name.into()));
                }
            }
        });
        shown.response.labelled_by(label.id);
    });
    if let Some(r) = chosen {
        ui.label(theme::quiet(ui, r.summary).small()).on_hover_text(r.paper);
    }
}

fn data(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_space(theme::UNIT);
    ui.label(RichText::new("Data").strong());
    ui.add_enabled_ui(!p.state.training(), |ui| {
        let mut spec = p.state.form.data.clone();
        ui.horizontal_wrapped(|ui| {
            let needs = p.state.form.recipe().map_or(&[][..], |r| r.needs);
            // What a set has beside its pictures is offered where something asks for it.
            let asked = |offer: &Offer| {
                use Offer::{Captions, Clips, Domains, LabelMaps, Pairs, Tracks};
                !matches!(offer, Pairs | LabelMaps | Domains | Clips | Captions | Tracks)
                    || needs.iter().any(|need| need.may_be_met(&[*offer]))
            };
            let suits = |f: &Format| {
                needs.iter().all(|need| need.may_be_met(f.offers))
                    && f.offers.iter().all(asked)
                    && f.points() == needs.contains(&Need::Points)
            };
            for (format, about) in built_in().filter(|(format, _)| suits(format)) {
                let name = format.name;
                if ui.selectable_label(spec == name, name).on_hover_text(about).clicked() {
                    p.act(Action::TrainingData(name.into()));
                }
            }
            if needs.contains(&Need::Points) {
                let hint = "Draw a set of points with the mouse, and train on it. It is saved as a file, and kept with the run";
                if ui.button("Draw points…").on_hover_text(hint).clicked() {
                    p.act(Action::Draw(Drawing::Open(true)));
                }
            } else if ui.button("Folder…").on_hover_text(FOLDER).clicked() {
                p.ask(ui.ctx(), Dialog::TrainingFolder, "");
            }
        });
        let edit = egui::TextEdit::singleline(&mut spec).desired_width(f32::INFINITY);
        if ui.add(edit).on_hover_text(specs()).changed() {
            p.act(Action::TrainingData(spec));
        } else if let Some(changed) = options::show(ui, &p.state.form.data) {
            p.act(Action::TrainingData(changed));
        }
    });
}

fn end(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_space(theme::UNIT);
    ui.label(RichText::new("Until").strong());
    ui.add_enabled_ui(!p.state.training(), |ui| {
        ui.horizontal(|ui| {
            let until = p.state.form.until;
            let kinds = [
                ("I stop it", Until::Stopped),
                ("epochs", Until::Epochs(10.0)),
                ("minutes", Until::Minutes(10.0)),
            ];
            for (title, kind) in kinds {
                let same = std::mem::discriminant(&kind) == std::mem::discriminant(&until);
                if ui.selectable_label(same, title).clicked() && !same {
                    p.act(Action::Until(kind));
                }
            }
            if let Until::Epochs(n) | Until::Minutes(n) = until {
                let mut n = n;
                if ui
                    .add(egui::DragValue::new(&mut n).range(0.1..=100_000.0).speed(0.5).max_decimals(1))
                    .changed()
                {
                    p.act(Action::Until(match until {
                        Until::Epochs(_) => Until::Epochs(n),
                        _ => Until::Minutes(n),
                    }));
                }
            }
        });
    });
}

fn edit(ui: &mut Ui, p: &mut Panel<'_>, s: &'static Setting) {
    let Some(recipe) = p.state.form.recipe() else { return };
    let now = p.state.form.settings.get(recipe, s.name);
    let free = !p.state.training() || (s.live && p.state.progress.recipe == recipe.name);
    let range = match s.scale {
        Scale::Choice(_) => String::new(),
        _ => format!(" From {} to {}.", s.min, s.max),
    };
    let live = if s.live { " Can be changed while training runs." } else { " Fixed while training runs." };
    let default = match s.scale {
        Scale::Choice(all) => {
            all.iter().find(|(v, _)| *v == s.default).map_or(String::new(), |(_, n)| (*n).into())
        }
        _ => format!("{}", s.default),
    };
    let about = format!("{} Default {default}.{range}{live}\n--set {}=…", s.help, s.name);
    ui.add_enabled_ui(free, |ui| {
        ui.horizontal(|ui| {
            // The longest names of choices are longer than any number.
            let value = if matches!(s.scale, Scale::Choice(_)) { 168.0 } else { 150.0 };
            let width = (ui.available_width() - value).max(80.0);
            let label = named(ui, s.title, width).on_hover_text(&about);
            let mut v = now;
            match s.scale {
                Scale::Choice(all) => {
                    let name = all.iter().find(|(c, _)| *c == v).map_or("?", |(_, n)| *n);
                    let combo =
                        egui::ComboBox::from_id_salt(s.name).selected_text(name).width(114.0).truncate();
                    let shown = combo.show_ui(ui, |ui| {
                        all.iter().for_each(|(c, n)| {
                            ui.selectable_value(&mut v, *c, *n);
                        });
                    });
                    shown.response.labelled_by(label.id);
                }
                scale => {
                    let whole = scale == Scale::Integer;
                    let speed = match scale {
                        Scale::Log => now.abs().max(1e-9) * 0.02,
                        Scale::Integer => 0.25,
                        _ => (s.max - s.min) / 400.0,
                    };
                    let value = egui::DragValue::new(&mut v)
                        .range(s.min..=s.max)
                        .speed(speed)
                        .custom_formatter(move |v, _| if whole { format!("{v:.0}") } else { brief(v) })
                        .update_while_editing(false);
                    ui.add_sized([104.0, 24.0], value).labelled_by(label.id).on_hover_text(&about);
                }
            }
            if v != now {
                p.act(Action::Set(s.name.into(), if s.scale == Scale::Integer { v.round() } else { v }));
            }
            let reset =
                ui.add_enabled(now != s.default, egui::Button::new("↺").min_size(Vec2::new(24.0, 24.0)));
            if reset.on_hover_text(format!("Back to {default}")).clicked() {
                p.act(Action::Unset(s.name.into()));
            }
        });
    });
}

fn seed(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_enabled_ui(!p.state.training(), |ui| {
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 150.0).max(80.0);
            let hint =
                "Weights, noise and the order of the data follow from it: the same seed gives the same run.";
            let label = named(ui, "Seed", width).on_hover_text(hint);
            let mut seed = p.state.form.seed;
            let field = ui.add_sized([104.0, 24.0], egui::DragValue::new(&mut seed));
            if field.labelled_by(label.id).changed() {
                p.act(Action::Seed(seed));
            }
        });
    });
}

/// A name of some width, from the left.
fn named(ui: &mut Ui, title: &str, width: f32) -> egui::Response {
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let inner = ui.allocate_ui_with_layout(Vec2::new(width, 24.0), layout, |ui| {
        ui.set_min_width(width);
        ui.add(egui::Label::new(title).truncate())
    });
    inner.inner
}

fn brief(v: f64) -> String {
    if v != 0.0 && v.abs() < 1e-3 { format!("{v:.1e}") } else { format!("{}", (v * 1e4).round() / 1e4) }
}

/// Height of the choice between samples and what D says.
const BAR: f32 = 28.0;
/// Height of the line that says whose picture it is.
const CAPTION: f32 = 22.0;

/// The middle: losses above, the sample grid and the live picture below.
pub fn page(ui: &mut Ui, p: &mut Panel<'_>) {
    super::flow::show(ui, p);
    let space = ui.available_rect_before_wrap();
    let points = p.state.model.as_ref().is_some_and(|m| m.points);
    // A plane is worth more room than a picture: it is what is watched.
    let part = if points { 0.62 } else { 0.44 };
    let below = (space.height() * part).max(160.0).min(space.height() * 0.65);
    let split = space.bottom() - below;
    let above = Rect::from_min_max(space.min, egui::pos2(space.right(), split - theme::UNIT));
    ui.scope_builder(egui::UiBuilder::new().max_rect(above), |ui| curves::show(ui, p));
    p.failures_over(ui, above, &[Place::Engine, Place::Model, Place::Runs]);
    let mut under = Rect::from_min_max(egui::pos2(space.left(), split), space.max);
    // Its room is kept from the start of a training, so that the pictures stay when the first one is recorded.
    if p.state.progress.phase != Phase::Idle {
        let bar = Rect::from_min_max(egui::pos2(space.left(), space.bottom() - time::BAR), space.max);
        under.max.y = bar.top() - theme::UNIT;
        ui.scope_builder(egui::UiBuilder::new().max_rect(bar), |ui| time::bar(ui, p));
    }
    let side = under.height().min(under.width() * if points { 0.6 } else { 0.4 });
    let live = Rect::from_min_max(under.min, egui::pos2(under.left() + side, under.bottom()));
    let named = Rect::from_min_max(live.min, egui::pos2(live.right(), live.top() + CAPTION));
    ui.scope_builder(egui::UiBuilder::new().max_rect(named), |ui| whose(ui, p));
    let live = Rect::from_min_max(egui::pos2(live.left(), named.bottom()), live.max);
    explore::canvas(ui, p, live, Id::unique("live picture"));
    let grid = Rect::from_min_max(egui::pos2(live.right() + theme::UNIT * 2.0, under.top()), under.max);
    if points && !time::samples(ui, p, grid) {
        ui.scope_builder(egui::UiBuilder::new().max_rect(grid), |ui| plane::side(ui, p));
    } else if !points {
        // Its room is kept from the start, so that the pictures stay where they are.
        let trains = !matches!(p.state.progress.phase, Phase::Idle | Phase::Preparing);
        let own = trains && p.state.curves_of.is_some_and(|r| r.adversarial());
        let bar =
            Rect::from_min_max(grid.min, egui::pos2(grid.right(), grid.top() + if own { BAR } else { 0.0 }));
        if own {
            ui.scope_builder(egui::UiBuilder::new().max_rect(bar), |ui| judged::choice(ui, p));
        }
        let rest = Rect::from_min_max(egui::pos2(grid.left(), bar.bottom()), grid.max);
        match p.state.judged.as_ref().filter(|_| own && p.state.judging) {
            // The past has samples only.
            Some(judged) if !time::samples(ui, p, rest) => judged::show(ui, p, rest, judged),
            Some(_) => {}
            None => samples(ui, p, rest),
        }
    }
}

/// Which model the large picture is of, and of which step: curves and samples beside it may be of another moment.
fn whose(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(model) = &p.state.model else { return };
    let trained = model.source == crate::engine::message::Source::Training;
    let other = !trained && p.state.progress.phase != Phase::Idle;
    let step = p.pictures.main.as_ref().filter(|m| m.model == model.id).map_or(model.step, |m| m.step);
    let past = p.state.travel.hover.or(p.state.travel.cursor).is_some();
    let mut words = match other {
        true => format!("{}, which is not what trains", model.name),
        false => format!("{} · step {}", model.name, grouped(step)),
    };
    if past && !other {
        words += " (now)";
    }
    ui.horizontal(|ui| {
        if other {
            let hint = "Put the model that these curves are of under the sliders";
            if ui.small_button("Show the training").on_hover_text(hint).clicked() {
                p.act(Action::WatchTraining);
            }
        }
        ui.add(egui::Label::new(theme::quiet(ui, words)).truncate());
    });
}

fn samples(ui: &mut Ui, p: &mut Panel<'_>, space: Rect) {
    let colours = theme::colours(ui);
    ui.painter().rect_filled(space, theme::ROUND, colours.ground);
    if time::samples(ui, p, space) {
        return;
    }
    let response = ui.interact(space, Id::unique("samples"), Sense::click());
    // Samples stand beside the curves of the training, so they are its own or none.
    let own = p.state.model.as_ref().filter(|m| m.source == crate::engine::message::Source::Training);
    let own = own.or(p.state.model.as_ref().filter(|_| p.state.progress.phase == Phase::Idle)).map(|m| m.id);
    if let Some(shown) = p.pictures.grid.clone().filter(|s| own == Some(s.model)) {
        let caption = format!("The same latents at step {}; click for others", grouped(shown.step));
        let inner = Rect::from_min_max(space.min + Vec2::splat(8.0), space.max - egui::vec2(8.0, 26.0));
        let rect = fitted(inner, shown.image.width, shown.image.height);
        p.pictures.paint(
            ui,
            Id::unique("grid"),
            rect,
            &shown.image,
            Look::plain(p.state.prefs.smooth_pixels),
        );
        let at = egui::pos2(space.center().x, space.bottom() - 6.0);
        let font = egui::FontId::proportional(11.5);
        ui.painter().text(at, egui::Align2::CENTER_BOTTOM, caption, font, colours.quiet);
    } else if own.is_none() && p.state.model.is_some() {
        let words = "The samples of this training are drawn here while its model is the one on the page";
        let font = egui::FontId::proportional(11.5);
        ui.painter().text(space.center(), egui::Align2::CENTER_CENTER, words, font, colours.quiet);
        return;
    }
    if response.on_hover_text("Samples from the prior, with the weights of now").clicked() {
        p.act(Action::NextGrid);
    }
}

/// The bar at the bottom while something trains.
pub fn bar(ui: &mut Ui, p: &mut Panel<'_>) {
    let g = &p.state.progress;
    let name = match g.phase {
        Phase::Preparing => "Preparing data",
        Phase::Running => "Training",
        Phase::Paused => "Paused",
        // Where an end was ordered and not reached, a person ended it.
        _ if g.fraction.is_some_and(|f| f >= 1.0) => "Finished",
        _ => "Stopped",
    };
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).strong());
        ui.label(theme::quiet(ui, format!("{} on {}", g.recipe, g.data)));
        // On its own page the controls stand at the top of the form.
        if p.state.training() && p.state.tab != crate::state::Tab::Train {
            controls(ui, p);
        }
        let g = &p.state.progress;
        if g.phase == Phase::Preparing {
            let (done, total) = p.state.loading.as_ref().map_or((0, 0), |(_, d, t)| (*d, *t));
            let part = if total > 0 { done as f32 / total as f32 } else { 0.0 };
            let text = format!("{} of {}", grouped(done as u64), grouped(total as u64));
            ui.add(theme::progress(ui, part, 160.0, text));
        } else {
            if let Some(part) = g.fraction {
                ui.add(theme::progress(ui, part as f32, 140.0, format!("{:.0} %", part * 100.0)));
            }
            let stage = if g.stage.is_empty() { String::new() } else { format!("{} · ", g.stage) };
            let mut words = format!("{stage}epoch {:.2} · {} steps", g.epoch, grouped(g.step));
            if g.phase == Phase::Running {
                words +=
                    &format!(" · {:.1} steps/s · {} images/s", g.steps_per_s, grouped(g.images_per_s as u64));
                if let Some(left) = g.seconds_left {
                    words += &format!(" · {} left", duration(left));
                }
            }
            ui.label(RichText::new(words).monospace());
        }
        if let Some(folder) = &g.folder {
            let text = theme::quiet(
                ui,
                folder.file_name().map_or(String::new(), |n| n.to_string_lossy().into_owned()),
            );
            ui.add(egui::Label::new(text).truncate())
                .on_hover_text(format!("Run folder: {}", folder.display()));
        }
    });
}
