//! Classes as chips: the same latent in every class, each a small picture one can choose, and a slider that goes between
//! two of them.
//!
//! Must not know: how pictures are decoded.

use super::super::{Panel, fitted, theme};
use super::sheet;
use crate::action::Action;
use crate::gpu::Look;
use crate::point::{Input, Point, Value, one_hot};
use eframe::egui::{self, Align2, FontId, Id, Rect, RichText, ScrollArea, Sense, Ui, Vec2};

/// Side of a chip's picture, points.
const CHIP: f32 = 52.0;
/// Height of its name.
const NAME: f32 = 15.0;
/// Most rows of chips that are visible at once.
const ROWS: f32 = 3.0;
/// Classes that have a picture each; of more there is a list.
const PICTURED: usize = 64;

/// The weights of an input now.
fn weights(p: &Panel<'_>, input: &Input) -> Vec<f32> {
    match super::value(p, input) {
        Value::Class(weights) => weights,
        _ => Vec::new(),
    }
}

/// The heaviest class, and the next where it has any weight.
fn two(weights: &[f32]) -> (usize, Option<usize>) {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
    let next = order.get(1).copied().filter(|k| weights[*k] > 0.0);
    (order.first().copied().unwrap_or(0), next)
}

/// Draws them.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, names: &[String]) {
    let now = weights(p, input);
    if now.len() != names.len() {
        return;
    }
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Class").strong())
            .on_hover_text("What is drawn: the same z in every class. Click one to choose it");
        if names.len() <= PICTURED && p.state.dims() > 0 {
            sheet::switch(ui);
            sheet::show(ui, p, input, names);
        }
    });
    if names.len() <= PICTURED {
        chips(ui, p, input, names, &now)
    } else {
        list(ui, p, input, names, &now)
    }
    blend(ui, p, input, names, &now);
    ui.add_space(theme::UNIT * 2.0);
}

/// The first of two classes between which the slider goes stays the first while the slider moves.
fn ends(ui: &Ui, input: &Input, now: &[f32]) -> (usize, Option<usize>) {
    let id = Id::unique(("blend", &input.name));
    let kept = ui.data(|d| d.get_temp::<(usize, usize)>(id));
    match kept {
        Some((a, b)) if a.max(b) < now.len() && (now[a] + now[b] - 1.0).abs() < 1e-3 => (a, Some(b)),
        _ => two(now),
    }
}

fn keep(ui: &Ui, input: &Input, ends: (usize, usize)) {
    ui.data_mut(|d| d.insert_temp(Id::unique(("blend", &input.name)), ends));
}

fn choose(p: &mut Panel<'_>, input: &Input, class: usize, classes: usize) {
    p.act(Action::Hold(input.name.clone(), one_hot(class, classes)));
    p.act(Action::Release);
}

fn chips(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, names: &[String], now: &[f32]) {
    let columns = ((ui.available_width() / (CHIP + theme::UNIT)) as usize).clamp(1, names.len().max(1));
    let at = |class: usize| {
        let mut held = p.state.latent.held.clone();
        held.insert(input.name.clone(), one_hot(class, names.len()));
        Point { z: p.state.latent.z.clone(), held }
    };
    let points: Vec<Point> = (0..names.len()).map(at).collect();
    let cell = Vec2::new(CHIP + theme::UNIT, CHIP + NAME + theme::UNIT);
    let rows = names.len().div_ceil(columns);
    let height = cell.y * (rows as f32).min(ROWS) + 2.0;
    let colours = theme::colours(ui);
    let smooth = p.state.prefs.smooth_pixels;
    ScrollArea::vertical().id_salt(("classes", &input.name)).max_height(height).show(ui, |ui| {
        let (space, _) = ui
            .allocate_exact_size(Vec2::new(ui.available_width(), cell.y * rows as f32 + 2.0), Sense::hover());
        for (i, point) in points.into_iter().enumerate() {
            // Two points from the edge, so that the frame of a chosen chip is not cut.
            let first = space.min + Vec2::splat(2.0);
            let corner = first + cell * Vec2::new((i % columns) as f32, (i / columns) as f32);
            let rect = Rect::from_min_size(corner, Vec2::splat(CHIP));
            let whole = Rect::from_min_size(corner, Vec2::new(CHIP, CHIP + NAME));
            if !ui.is_rect_visible(whole) {
                continue;
            }
            let id = Id::unique(("class", &input.name, i));
            let response = ui.interact(whole, id, Sense::click());
            response.widget_info(|| {
                egui::WidgetInfo::selected(
                    egui::Role::Button,
                    true,
                    now[i] > 0.5,
                    format!("Class {}", names[i]),
                )
            });
            if let Some(image) = p.pictures.sheet_of(1, vec![point]) {
                let place = fitted(rect, image.width, image.height);
                p.pictures.paint(ui, id, place, &image, Look::plain(smooth));
            } else {
                ui.painter().rect_filled(rect, 2.0, colours.ground);
            }
            if now[i] > 0.0 {
                let stroke = egui::Stroke::new(1.0 + 2.0 * now[i], colours.accent);
                ui.painter().rect_stroke(rect.expand(1.0), 2.0, stroke, egui::StrokeKind::Outside);
            } else if response.hovered() {
                let stroke = egui::Stroke::new(1.0, colours.quiet);
                ui.painter().rect_stroke(rect, 2.0, stroke, egui::StrokeKind::Inside);
            }
            let colour = if now[i] > 0.0 { ui.visuals().text_color() } else { colours.quiet };
            let painter = ui.painter().with_clip_rect(whole.intersect(ui.clip_rect()));
            let foot = egui::pos2(rect.center().x, rect.bottom() + 1.0);
            painter.text(foot, Align2::CENTER_TOP, &names[i], FontId::proportional(11.0), colour);
            if response.clicked() {
                choose(p, input, i, names.len());
            }
            response.on_hover_text(&names[i]);
        }
    });
}

fn list(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, names: &[String], now: &[f32]) {
    let (first, _) = two(now);
    egui::ComboBox::from_id_salt(("class list", &input.name)).selected_text(&names[first]).show_ui(
        ui,
        |ui| {
            for (i, name) in names.iter().enumerate() {
                if ui.selectable_label(i == first, name).clicked() {
                    choose(p, input, i, names.len());
                }
            }
        },
    );
}

/// From one class to another.
fn blend(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, names: &[String], now: &[f32]) {
    let (a, b) = ends(ui, input, now);
    let to = b.unwrap_or((a + 1) % names.len());
    ui.horizontal(|ui| {
        ui.label("Blend to").on_hover_text("Draw something between the chosen class and another");
        egui::ComboBox::from_id_salt(("blend to", &input.name))
            .selected_text(&names[to])
            .width(86.0)
            .show_ui(ui, |ui| {
                for (i, name) in names.iter().enumerate().filter(|(i, _)| *i != a) {
                    if ui.selectable_label(i == to, name).clicked() {
                        keep(ui, input, (a, i));
                        choose(p, input, a, names.len());
                    }
                }
            });
        let mut part = if now[a] + now[to] > 0.0 { now[to] } else { 0.0 };
        let slider = egui::Slider::new(&mut part, 0.0..=1.0).fixed_decimals(2).trailing_fill(true);
        let response = ui.add(slider);
        if response.changed() {
            keep(ui, input, (a, to));
            let mut weights = vec![0.0; names.len()];
            weights[a] = 1.0 - part;
            weights[to] += part;
            p.act(Action::Hold(input.name.clone(), Value::Class(weights)));
        }
        if response.drag_stopped() {
            p.act(Action::Release);
        }
        response.on_hover_text(format!(
            "0 is {}, 1 is {}; between them the classes' weights are mixed",
            names[a], names[to]
        ));
    });
}
