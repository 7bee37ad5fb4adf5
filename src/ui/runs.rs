//! The page of runs: a list on the left; the open run's losses, beside those of others, and its samples at any moment.
//!
//! Must not know: how runs are read.

use super::dialogs::Dialog;
use super::plot::{self, Chart, Series};
use super::{Panel, curves, grouped, theme, time};
use crate::action::{Action, families::Siding, travel::Travelling};
use crate::engine::archive::runs::{RunCard, Thumb};
use crate::engine::health;
use crate::engine::message::Place;
use crate::state::Tab;
use crate::zoo::adversarial;
use eframe::egui::{
    self, Button, Color32, ColorImage, Pos2, Rect, RichText, ScrollArea, Sense, TextureHandle,
    TextureOptions, Ui, Vec2,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Side of a thumbnail, points.
const PICTURE: f32 = 56.0;

/// The list on the left.
pub fn list(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.add_space(theme::UNIT * 2.0);
    ui.horizontal(|ui| {
        let folder = p.state.travel.folder.display().to_string();
        ui.label(RichText::new("Runs").strong()).on_hover_text(folder);
        if ui.button("Folder…").on_hover_text("List the runs of another folder, a shared one too").clicked()
        {
            p.ask(ui.ctx(), Dialog::Runs, "");
        }
        let runs = p.state.travel.open.iter().chain(&p.state.travel.compared);
        let runs: Vec<PathBuf> = runs.cloned().collect();
        let hint = "Put the open run and the ticked ones side by side: likelihood, samples, time, and sheets of what they draw";
        if ui.add_enabled(!runs.is_empty(), Button::new("Figures…")).on_hover_text(hint).clicked() {
            p.act(Action::Families(Siding::Of(runs)));
        }
        let again = ui.button("⟳");
        again.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Read the list again"));
        if again.on_hover_text("Read the list again; it is read every few seconds anyway").clicked() {
            p.act(Action::Travel(Travelling::List));
        }
    });
    p.failures(ui, &[Place::Runs]);
    if let Some((run, _)) = p.state.travel.binned.clone() {
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::quiet(ui, format!("{} is in the bin.", name_of(&run))));
            let hint =
                "Take it out again. The bin is the folder .bin beside the runs; deleting that empties it";
            if ui.button("Put back").on_hover_text(hint).clicked() {
                p.act(Action::Travel(Travelling::Restore));
            }
        });
    }
    ui.separator();
    let state = p.state;
    match &state.travel.list {
        None => drop(ui.label(theme::quiet(ui, "Reading the folder…"))),
        Some(all) if all.is_empty() => empty(ui, p),
        Some(all) => {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                all.iter().for_each(|run| entry(ui, p, run));
                p.room_for_failures(ui, &[Place::Runs]);
            });
        }
    }
}

fn empty(ui: &mut Ui, p: &mut Panel<'_>) {
    let words = "Every training is recorded here: its losses, its samples over time, its checkpoints.";
    ui.add(egui::Label::new(theme::quiet(ui, words)).wrap());
    ui.add_space(theme::UNIT);
    let start = theme::primary(ui, "▶ Train a first run");
    if ui.add_enabled(!p.state.training(), start).on_hover_text("A small VAE learns digits").clicked() {
        p.act(Action::Recipe("fc-vae".into()));
        p.act(Action::Show(Tab::Train));
        p.act(Action::Train);
    }
}

fn entry(ui: &mut Ui, p: &mut Panel<'_>, run: &RunCard) {
    let open = p.state.travel.open.as_ref() == Some(&run.path);
    let colours = theme::colours(ui);
    let (text, quiet) = if open {
        (colours.on_accent, colours.on_accent)
    } else {
        (ui.visuals().text_color(), colours.quiet)
    };
    let margin = theme::UNIT;
    let size = Vec2::new(ui.available_width(), PICTURE + 2.0 * margin);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::Role::Button, true, open, &run.name));
    if ui.is_rect_visible(rect) {
        if open || response.hovered() || response.has_focus() {
            let visuals = ui.style().interact_selectable(&response, open);
            ui.painter().rect_filled(rect, theme::ROUND, visuals.weak_bg_fill);
        }
        let place = Rect::from_min_size(rect.min + Vec2::splat(margin), Vec2::splat(PICTURE));
        ui.painter().rect_filled(place, theme::ROUND, colours.ground);
        if let Some(texture) = run.thumb.as_ref().map(|t| texture(ui, &run.path, t)) {
            let uv = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
            ui.painter().image(texture.id(), place, uv, Color32::WHITE);
        }
        // The one that ended here a moment ago is known not to.
        let ended = p.state.progress.folder.as_ref() == Some(&run.path) && !p.state.training();
        let state = if run.growing && !ended { "growing".into() } else { ago(run.modified) };
        let lines = [
            (run.name.clone(), 13.5, text),
            (format!("{} on {}", run.recipe, run.data), 11.5, quiet),
            (format!("step {} · {state}", grouped(run.step)), 11.5, quiet),
        ];
        let mut at = egui::pos2(place.right() + 2.0 * margin, place.top() + 1.0);
        // The box for comparing stands at the right.
        let width = rect.right() - at.x - 30.0;
        for (words, size, colour) in lines {
            let mut job =
                egui::text::LayoutJob::simple_singleline(words, egui::FontId::proportional(size), colour);
            job.wrap = egui::text::TextWrapping::truncate_at_width(width);
            let galley = ui.painter().layout_job(job);
            ui.painter().galley(at, galley, colour);
            at.y += 18.0;
        }
    }
    if !open {
        let corner =
            Rect::from_center_size(egui::pos2(rect.right() - 16.0, rect.center().y), Vec2::splat(22.0));
        let mut compared = p.state.travel.compared.contains(&run.path);
        let tick = ui.put(corner, egui::Checkbox::without_text(&mut compared));
        tick.widget_info(|| {
            egui::WidgetInfo::selected(egui::Role::CheckBox, true, compared, format!("Compare {}", run.name))
        });
        if tick.on_hover_text("Draw its curves beside those of the open run").changed() {
            p.act(Action::Travel(Travelling::Compare(run.path.clone(), compared)));
        }
    }
    if response.clicked() {
        p.act(Action::Travel(Travelling::Open(run.path.clone())));
    }
    response.on_hover_text(summary(run)).context_menu(|ui| {
        manage(ui, p, &run.path, run.checkpoints > 0);
    });
}

fn summary(run: &RunCard) -> String {
    let mut words = run.path.display().to_string();
    for (name, value) in &run.losses {
        words += &format!("\n{name} {}", plot::plain(f64::from(*value)));
    }
    words += &format!("\n{} checkpoints, {} sample pictures", run.checkpoints, run.samples);
    if run.changes > 0 {
        words += &format!(", {} changes on the way", run.changes);
    }
    if !run.vanished.is_empty() {
        words += &format!("\nno longer drawn: {}", run.vanished.join(", "));
    }
    if let Some(parent) = &run.parent {
        words += &format!("\nbranched from step {} of {}", grouped(parent.step), parent.name);
    }
    words
}

/// What can be done with a run.
fn manage(ui: &mut Ui, p: &mut Panel<'_>, run: &Path, checkpoints: bool) {
    let busy = p.state.training();
    let mine = busy && p.state.progress.folder.as_deref() == Some(run);
    let resume = ui.add_enabled(!busy && checkpoints, Button::new("▶ Resume"));
    let why = if busy { "A training is under way; stop it first" } else { "It holds no checkpoint" };
    if resume.on_hover_text("Train it on, until you stop it").on_disabled_hover_text(why).clicked() {
        p.act(Action::Travel(Travelling::Resume(run.to_path_buf())));
        ui.close();
    }
    let rename = ui.add_enabled(!mine, Button::new("Rename"));
    let training = "It is being trained";
    if rename.on_hover_text("Give its folder another name").on_disabled_hover_text(training).clicked() {
        p.act(Action::Travel(Travelling::Open(run.to_path_buf())));
        p.act(Action::Travel(Travelling::Name(Some(name_of(run)))));
        ui.close();
    }
    if ui.button("CSV…").on_hover_text("Save every step's losses as a table for a spreadsheet").clicked() {
        if p.state.travel.open.as_deref() != Some(run) {
            p.act(Action::Travel(Travelling::Open(run.to_path_buf())));
        }
        p.ask(ui.ctx(), Dialog::Csv, &name_of(run));
        ui.close();
    }
    let bin = ui.add_enabled(!mine, Button::new("🗑 To the bin"));
    let hint = "Move it into the folder .bin beside the runs; it can be put back";
    if bin.on_hover_text(hint).on_disabled_hover_text(training).clicked() {
        p.act(Action::Travel(Travelling::Bin(run.to_path_buf())));
        ui.close();
    }
}

/// The middle: the open run.
pub fn page(ui: &mut Ui, p: &mut Panel<'_>) {
    let state = p.state;
    let Some(run) = state.travel.open.clone() else {
        ui.centered_and_justified(|ui| {
            let words = "Choose a run on the left: its losses and its samples at any moment are shown here.";
            ui.label(theme::quiet(ui, words));
        });
        return;
    };
    ui.add_space(theme::UNIT * 2.0);
    head(ui, p, &run);
    let space = ui.available_rect_before_wrap();
    let below = (space.height() * 0.45).max(150.0);
    let split = space.bottom() - below;
    let above = Rect::from_min_max(space.min, egui::pos2(space.right(), split - theme::UNIT));
    ui.scope_builder(egui::UiBuilder::new().max_rect(above), |ui| losses(ui, p, &run));
    let bar = Rect::from_min_max(egui::pos2(space.left(), space.bottom() - time::BAR), space.max);
    let pictures = Rect::from_min_max(
        egui::pos2(space.left(), split),
        egui::pos2(space.right(), bar.top() - theme::UNIT),
    );
    let colours = theme::colours(ui);
    ui.painter().rect_filled(pictures, theme::ROUND, colours.ground);
    if !time::samples(ui, p, pictures) {
        let known = state.travel.runs.get(&run);
        let words = match known {
            Some(view) if view.samples.is_empty() => "No samples are recorded of this run.",
            _ => "…",
        };
        let font = egui::FontId::proportional(13.5);
        ui.painter().text(pictures.center(), egui::Align2::CENTER_CENTER, words, font, colours.quiet);
    }
    ui.scope_builder(egui::UiBuilder::new().max_rect(bar), |ui| time::bar(ui, p));
}

fn head(ui: &mut Ui, p: &mut Panel<'_>, run: &PathBuf) {
    let view = p.state.travel.runs.get(run).cloned().unwrap_or_default();
    ui.horizontal(|ui| {
        if let Some(name) = &p.state.travel.name {
            let mut typed = name.clone();
            let field = ui.add(egui::TextEdit::singleline(&mut typed).desired_width(220.0));
            // Typing begins at once; whoever clicks elsewhere keeps the keyboard there.
            let fresh = ui.data(|d| d.get_temp::<PathBuf>(renamed())).as_ref() != Some(run);
            if fresh {
                field.request_focus();
                ui.data_mut(|d| d.insert_temp(renamed(), run.clone()));
            }
            if typed != *name {
                p.act(Action::Travel(Travelling::Name(Some(typed))));
            }
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            if ui.button("Rename").clicked() || entered {
                p.act(Action::Travel(Travelling::Rename));
            }
            if ui.button("Cancel").clicked() || ui.input(|i| i.key_pressed(egui::Key::Escape)) {
                p.act(Action::Travel(Travelling::Name(None)));
            }
            return;
        }
        ui.data_mut(|d| d.remove::<PathBuf>(renamed()));
        ui.label(RichText::new(name_of(run)).strong().size(15.0)).on_hover_text(run.display().to_string());
        manage(ui, p, run, !view.checkpoints.is_empty());
        let mut words = format!("{} on {}", view.recipe, view.data);
        if let Some(parent) = &view.parent {
            words += &format!(" · from step {} of {}", grouped(parent.step), parent.name);
        }
        if view.growing {
            words += " · growing";
        }
        ui.add(egui::Label::new(theme::quiet(ui, words)).truncate());
    });
}

/// Where the run is kept whose name is being typed.
fn renamed() -> egui::Id {
    egui::Id::unique("run that is renamed")
}

/// A chart a loss; the open run's line and those of the compared ones that have the same loss.
fn losses(ui: &mut Ui, p: &mut Panel<'_>, open: &PathBuf) {
    let state = p.state;
    let recipe = |run: &PathBuf| state.travel.runs.get(run).and_then(|v| crate::zoo::recipe(&v.recipe));
    let Some(of) = recipe(open) else {
        let words = match state.travel.runs.get(open).map(|v| v.recipe.as_str()) {
            None => "Reading…".to_owned(),
            Some("") => "Its run.toml cannot be read, so its losses cannot be named.".to_owned(),
            Some(name) => {
                format!("This zscope does not know the recipe {name}, so its losses cannot be drawn.")
            }
        };
        ui.label(theme::quiet(ui, words));
        return;
    };
    let warning = state.followed().and_then(|v| health::vanished(&v.classes));
    curves::which(ui, p, warning.as_slice());
    if !curves::losses(ui, p) {
        return;
    }
    let runs: Vec<&PathBuf> = std::iter::once(open).chain(&state.travel.compared).collect();
    ui.horizontal_wrapped(|ui| {
        for (look, run) in runs.iter().enumerate() {
            let text = format!("{} {}", plot::dash(look), name_of(run));
            ui.label(RichText::new(text).color(plot::colour(ui, look)));
        }
        ui.separator();
        plot::smoothing(ui, p);
    });
    beside(ui, p, open);
    let changes = state.travel.runs.get(open).map_or(Vec::new(), |v| plot::changed(Some(of), &v.changes));
    let cursor = state.travel.hover.or(state.travel.cursor);
    // Units and words are those of the game that the open run plays.
    let card = state.travel.list.iter().flatten().find(|c| c.path == *open);
    let plotted = card.map_or(of.losses.to_vec(), |c| adversarial::plotted(of, &c.settings));
    let columns = if plotted.len() > 1 { 2 } else { 1 };
    let rows = plotted.len().div_ceil(columns);
    let height = (ui.available_height() / rows as f32 - theme::UNIT * 2.0).max(64.0);
    let mut at = None;
    for pair in plotted.chunks(columns) {
        ui.columns(columns, |uis| {
            for (ui, loss) in uis.iter_mut().zip(pair) {
                let series = runs.iter().enumerate().filter_map(|(look, run)| {
                    let column = recipe(run)?.losses.iter().position(|l| l.name == loss.name)?;
                    let curve = state.travel.curves.get(*run)?.get(column)?;
                    Some(Series { title: name_of(run), curve, look })
                });
                let drawn = Chart {
                    salt: ui.scope_id().with(("run", loss.name)),
                    title: format!("{}, {}", loss.title, loss.unit),
                    unit: loss.unit.into(),
                    series: series.collect(),
                    even: loss.even.map(|even| (0, even)).into_iter().collect(),
                    height,
                    changes: &changes,
                    cursor,
                };
                at = at.or(plot::chart(ui, &state.prefs, &drawn));
            }
        });
    }
    plot::point(p, at);
}

/// The newest samples of the open run and of those that it is compared with, and in which settings they differ.
fn beside(ui: &mut Ui, p: &Panel<'_>, open: &Path) {
    let cards = p.state.travel.list.as_deref().unwrap_or_default();
    let card = |run: &Path| cards.iter().find(|c| c.path == run);
    let Some(own) = card(open) else { return };
    let others: Vec<&RunCard> = p.state.travel.compared.iter().filter_map(|run| card(run)).collect();
    if others.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for (look, run) in std::iter::once(own).chain(others).enumerate() {
            ui.allocate_ui(Vec2::new(260.0, PICTURE), |ui| {
                ui.horizontal(|ui| {
                    if let Some(texture) = run.thumb.as_ref().map(|t| texture(ui, &run.path, t)) {
                        let picture = egui::Image::new(&texture).fit_to_exact_size(Vec2::splat(PICTURE));
                        ui.add(picture.alt_text(format!("Newest samples of {}", run.name)));
                    }
                    let apart: Vec<String> = own
                        .differences(run)
                        .into_iter()
                        .map(|(name, a, b)| format!("{name} {b} for {a}"))
                        .collect();
                    let words = match (look, apart.is_empty()) {
                        (0, _) => "the open run".into(),
                        (_, true) => "the same settings".into(),
                        (_, false) => apart.join("\n"),
                    };
                    ui.vertical(|ui| {
                        ui.label(RichText::new(&run.name).color(plot::colour(ui, look)));
                        let label = egui::Label::new(theme::quiet(ui, &words).small()).truncate();
                        ui.add(label).on_hover_text(words);
                    });
                });
            });
        }
    });
}

fn name_of(run: &Path) -> String {
    run.file_name().map_or_else(|| run.display().to_string(), |n| n.to_string_lossy().into_owned())
}

/// How long ago, in words.
fn ago(seconds: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    match now.saturating_sub(seconds) {
        s if s < 60 => "just now".into(),
        s if s < 3600 => format!("{} min ago", s / 60),
        s if s < 48 * 3600 => format!("{} h ago", s / 3600),
        s => format!("{} days ago", s / 86_400),
    }
}

/// A thumbnail as a texture, made when it is first seen and again when it is another picture.
fn texture(ui: &Ui, run: &Path, thumb: &Arc<Thumb>) -> TextureHandle {
    let id = egui::Id::unique(("thumbnail", run));
    if let Some((of, texture)) = ui.data(|d| d.get_temp::<(PathBuf, TextureHandle)>(id))
        && of == thumb.of
    {
        return texture;
    }
    let pixels = ColorImage::from_rgb(thumb.size, &thumb.rgb);
    let texture = ui.ctx().load_texture("thumbnail", pixels, TextureOptions::LINEAR);
    ui.data_mut(|d| d.insert_temp(id, (thumb.of.clone(), texture.clone())));
    texture
}
