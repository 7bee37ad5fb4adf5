//! The handles of z: one row a dimension, those that matter most first.
//!
//! Must not know: how pictures are decoded.

use super::{Panel, theme, truncation};
use crate::action::Action;
use crate::action::bench::Benching;
use crate::engine::message::{Importance, STRIP};
use crate::gpu::Look;
use crate::point::{chunks, prior};
use crate::state::{FIRST_SLIDERS, SLIDER_RANGE, Z_LIMIT};
use eframe::egui::{self, Align2, Rect, RichText, ScrollArea, Sense, Ui, Vec2};

const STRIP_HEIGHT: f32 = 34.0;
/// Width of "z63", and of names.
const NUMBERED: f32 = 30.0;
const NAMED: f32 = 96.0;

/// Draws the list with its tools. Returns the dimensions whose strips are visible.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) -> Vec<usize> {
    ui.add_space(theme::UNIT * 2.0);
    if p.state.model.is_none() {
        ui.label(theme::quiet(ui, "A model's sliders appear here when one is open."));
        return Vec::new();
    }
    super::handles::side(ui, p);
    if p.state.dims() == 0 {
        return Vec::new();
    }
    tools(ui, p);
    list_tools(ui, p);
    ui.separator();
    let listed = p.state.listed();
    let label = if p.state.names_dimensions() { NAMED } else { NUMBERED };
    let mut visible = Vec::new();
    let with_strips = p.state.tab == crate::state::Tab::Explore;
    let row = if with_strips { 28.0 + STRIP_HEIGHT + theme::UNIT } else { 28.0 };
    let mut one = |ui: &mut Ui, p: &mut Panel<'_>, i: usize| {
        ui.push_id(i, |ui| {
            ui.allocate_ui(egui::vec2(ui.available_width(), row), |ui| {
                ui.spacing_mut().item_spacing.y = theme::UNIT;
                line(ui, p, i, label);
                if with_strips {
                    strip(ui, p, i, label);
                    visible.push(i);
                }
            });
        });
    };
    let groups = grouped(p, &listed);
    if groups.is_empty() {
        ScrollArea::vertical().auto_shrink(false).show_rows(ui, row, listed.len(), |ui, range| {
            listed.get(range).unwrap_or_default().iter().for_each(|i| one(ui, p, *i));
        });
        return visible;
    }
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for (title, hint, dims) in groups {
            ui.label(RichText::new(title).strong()).on_hover_text(hint);
            for i in dims {
                // What lies outside of the view takes its room only.
                let place = Rect::from_min_size(ui.cursor().min, Vec2::new(ui.available_width(), row));
                match ui.is_rect_visible(place) {
                    true => one(ui, p, i),
                    false => drop(ui.allocate_exact_size(place.size(), Sense::hover())),
                }
            }
        }
    });
    visible
}

/// The listed dimensions by who hears them, where z comes in chunks: a title, what it means, and the dimensions.
fn grouped(p: &Panel<'_>, listed: &[usize]) -> Vec<(String, String, Vec<usize>)> {
    let mut from = 0;
    let group = |chunk: &crate::point::Chunk| {
        let dims = from..from + chunk.dims;
        from = dims.end;
        let hint = format!(
            "z{} to z{} go to the {} alone: the first layer lays out the whole, later blocks ever finer things",
            dims.start,
            dims.end - 1,
            chunk.heard_by
        );
        let mut title = chunk.heard_by.clone();
        title[..1].make_ascii_uppercase();
        (title, hint, listed.iter().copied().filter(|i| dims.contains(i)).collect::<Vec<_>>())
    };
    let all: Vec<_> = chunks(p.state.inputs()).iter().map(group).collect();
    all.into_iter().filter(|(.., dims)| !dims.is_empty()).collect()
}

fn tools(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.horizontal(|ui| {
        let randomise = theme::primary(ui, "🎲 Randomise");
        if ui
            .add(randomise)
            .on_hover_text(
                "Another picture: every unlocked slider gets a random value, drawn from the prior (R)",
            )
            .clicked()
        {
            p.act(Action::Randomise);
        }
        let home = (0..p.state.dims())
            .all(|i| p.state.latent.locked.contains(&i) || p.state.latent.z.get(i) == Some(&p.state.home(i)));
        let reset = ui.add_enabled(!home, egui::Button::new("Reset all"));
        if reset
            .on_hover_text(
                "Back to the first picture: every unlocked slider goes where the model opened (Home)",
            )
            .clicked()
        {
            p.act(Action::ResetAll);
        }
    });
    ui.horizontal(|ui| {
        ui.label("Temperature");
        let mut t = p.state.spread.temperature;
        let slider = egui::Slider::new(&mut t, 0.0..=2.0).fixed_decimals(2).trailing_fill(true);
        let hint =
            "How far Randomise strays: 0 is the average picture, 1 the prior, above 1 the odd ones (z = t·ε)";
        if ui.add(slider).on_hover_text(hint).changed() {
            p.act(Action::Temperature(t));
        }
        let reset = ui.add_enabled(p.state.spread.temperature != 1.0, egui::Button::new("↺").small());
        if reset.on_hover_text("Back to 1").clicked() {
            p.act(Action::Temperature(1.0));
        }
    });
    truncation::show(ui, p);
}

fn list_tools(ui: &mut Ui, p: &mut Panel<'_>) {
    let dims = p.state.dims();
    ui.horizontal(|ui| {
        let measure = match &p.state.ranking {
            Some((Importance::Kl, _)) => {
                "Sliders that change the picture most stand first: those that carry most of what the encoder tells of a picture, KL(q(z|x) ‖ p(z)) over held-out pictures, in nats"
            }
            Some((Importance::Sensitivity, _)) => {
                "Sliders that change the picture most stand first, measured between −1 and +1"
            }
            None => "Importance is being measured",
        };
        let measure = match p.state.model.as_ref().is_some_and(|m| !m.first.is_empty()) {
            true => format!("First those that the model's maker chose. {measure}"),
            false => measure.to_owned(),
        };
        if ui.selectable_label(p.state.by_importance, "What matters").on_hover_text(measure).clicked() {
            p.act(Action::ByImportance(true));
            p.act(Action::Sort);
        }
        if ui
            .selectable_label(!p.state.by_importance, "z0, z1, …")
            .on_hover_text("The same sliders in the model's own order: z is the list of numbers that it draws a picture from, z0 the first")
            .clicked()
        {
            p.act(Action::ByImportance(false));
        }
        let mut filter = p.state.filter.clone();
        let example = if p.state.names_dimensions() { "e.g. hair, 7" } else { "e.g. 7, 20-29" };
        let edit = egui::TextEdit::singleline(&mut filter).hint_text(example).desired_width(f32::INFINITY);
        let hint = "List only these sliders, by numbers or a part of their names; the picture stays";
        if ui.add(edit).on_hover_text(hint).changed() {
            p.act(Action::Filter(filter));
        }
    });
    if dims > FIRST_SLIDERS && p.state.filter.is_empty() {
        let all = p.state.all_sliders;
        let text = if all { format!("Show the first {FIRST_SLIDERS}") } else { format!("Show all {dims}") };
        if ui.link(text).clicked() {
            p.act(Action::AllSliders(!all));
        }
    }
}

fn line(ui: &mut Ui, p: &mut Panel<'_>, i: usize, width: f32) {
    let Some(value) = p.state.latent.z.get(i).copied() else { return };
    let home = p.state.home(i);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        ui.spacing_mut().button_padding.x = theme::UNIT;
        let axes = p.state.axes();
        let mark = match axes {
            Some((right, up)) if right == i && up == i => "↔↕",
            Some((right, _)) if right == i => "↔",
            Some((_, up)) if up == i => "↕",
            _ => "",
        };
        let named = p.state.dimension(i);
        let name = RichText::new(&named).strong();
        let name = if width == NUMBERED { name.monospace() } else { name };
        let label = egui::Label::new(name).truncate().halign(egui::Align::LEFT).sense(Sense::click());
        let label = ui.add_sized([width, 24.0], label);
        let matter = p.state.ranking.as_ref().and_then(|(m, v)| Some((*m, *v.get(i)?)));
        let about = match matter {
            Some((Importance::Kl, v)) => {
                format!(
                    "Changes what the pictures under it show; it carries {v:.2} nats. Right-click: drag the picture with it, name it"
                )
            }
            Some((Importance::Sensitivity, v)) => {
                format!(
                    "Changes the picture by {:.1} %, as the pictures under it show. Right-click: drag the picture with it, name it",
                    v * 100.0
                )
            }
            None => "Changes what the pictures under it show. Right-click: drag the picture with it, name it".into(),
        };
        let about = if named == format!("z{i}") { about } else { format!("z{i}, {named}. {about}") };
        let label = label.on_hover_text(about);
        label.context_menu(|ui| menu(ui, p, i));
        ui.add_sized([14.0, 24.0], egui::Label::new(theme::quiet(ui, mark)))
            .on_hover_text("A drag on the picture moves this dimension");
        let tail = 52.0 + 24.0 * 2.0 + ui.spacing().item_spacing.x * 3.0;
        ui.spacing_mut().slider_width = (ui.available_width() - tail).max(60.0);
        let mut v = value;
        let slider = egui::Slider::new(&mut v, -SLIDER_RANGE..=SLIDER_RANGE)
            .show_value(false)
            .clamping(egui::SliderClamping::Never)
            .trailing_fill(false);
        let response = ui.add(slider).labelled_by(label.id);
        if response.changed() {
            p.act(Action::SetZ(i, v));
        }
        if response.drag_stopped() {
            p.act(Action::Release);
        }
        if response.double_clicked() {
            p.act(Action::ResetZ(i));
        }
        response.context_menu(|ui| menu(ui, p, i));
        let mut exact = value;
        let entry = egui::DragValue::new(&mut exact)
            .speed(0.02)
            .range(-Z_LIMIT..=Z_LIMIT)
            .custom_formatter(|v, _| format!("{v:+.2}"))
            .update_while_editing(false);
        let entry = ui
            .add_sized([52.0, 24.0], entry)
            .on_hover_text(format!("Type a value, {}", prior(p.state.inputs()).words()));
        if entry.changed() {
            p.act(Action::SetZ(i, exact));
        }
        let reset = ui.add_enabled(value != home, egui::Button::new("↺").min_size(Vec2::new(24.0, 24.0)));
        if reset.on_hover_text(format!("Back to {home:+.2}")).clicked() {
            p.act(Action::ResetZ(i));
        }
        let locked = p.state.latent.locked.contains(&i);
        let symbol = if locked { "🔒" } else { "🔓" };
        let hint = if locked {
            "Locked: Randomise and Reset all leave it alone"
        } else {
            "Lock it against Randomise and Reset all"
        };
        if ui
            .add(egui::Button::new(symbol).selected(locked).min_size(Vec2::new(24.0, 24.0)))
            .on_hover_text(hint)
            .clicked()
        {
            p.act(Action::Lock(i, !locked));
        }
    });
}

/// What can be done with a dimension.
fn menu(ui: &mut Ui, p: &mut Panel<'_>, i: usize) {
    let typed = egui::Id::unique(("dimension name", i));
    let now = p.state.dimension(i);
    let mut name = ui.data(|d| d.get_temp::<String>(typed)).unwrap_or_else(|| now.clone());
    ui.horizontal(|ui| {
        ui.label("Name");
        let field = ui.add(egui::TextEdit::singleline(&mut name).desired_width(140.0));
        let left = field.lost_focus();
        if left && name.trim() != now {
            p.act(Action::Bench(Benching::NameDimension(i, name.clone())));
        }
        ui.data_mut(|d| match left {
            true => d.remove::<String>(typed),
            false => drop(d.insert_temp(typed, name)),
        });
        if left && ui.input(|i| i.key_pressed(egui::Key::Enter)) {
            ui.close();
        }
    });
    if ui.button("↔ Drag right and left moves this").clicked() {
        p.act(Action::AxisRight(i));
        ui.close();
    }
    if ui.button("↕ Drag up and down moves this").clicked() {
        p.act(Action::AxisUp(i));
        ui.close();
    }
    if ui.button("↺ Reset").clicked() {
        p.act(Action::ResetZ(i));
        ui.close();
    }
}

/// What the dimension does: the picture at five of its values; a click goes there.
fn strip(ui: &mut Ui, p: &mut Panel<'_>, i: usize, label: f32) {
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width() - 8.0, STRIP_HEIGHT), Sense::click());
    let Some(model) = &p.state.model else { return };
    let Some(shown) = p.pictures.strips.get(&i) else {
        let quiet = theme::colours(ui).quiet.gamma_multiply(0.4);
        ui.painter().text(
            rect.left_center() + egui::vec2(label + 26.0, 0.0),
            Align2::LEFT_CENTER,
            "…",
            egui::FontId::proportional(12.0),
            quiet,
        );
        return;
    };
    // The strip starts under the slider, not under its name.
    let shape = STRIP_HEIGHT * model.width as f32 / model.height.max(1) as f32;
    let left = label + 24.0;
    let width = (shape * STRIP.len() as f32).min(rect.width() - left);
    let place = Rect::from_min_size(
        rect.min + egui::vec2(left, 0.0),
        Vec2::new(width, width / STRIP.len() as f32 * model.height as f32 / model.width.max(1) as f32),
    );
    let image = shown.image.clone();
    p.pictures.paint(ui, egui::Id::unique(("strip", i)), place, &image, Look::plain(true));
    let hover = response.hover_pos().filter(|at| place.contains(*at));
    let cell = |at: egui::Pos2| {
        (((at.x - place.left()) / place.width() * STRIP.len() as f32) as usize).min(STRIP.len() - 1)
    };
    if let Some(at) = hover {
        let w = place.width() / STRIP.len() as f32;
        let left = place.left() + w * cell(at) as f32;
        let frame = Rect::from_min_size(egui::pos2(left, place.top()), Vec2::new(w, place.height()));
        ui.painter().rect_stroke(
            frame,
            2.0,
            egui::Stroke::new(2.0, theme::colours(ui).accent),
            egui::StrokeKind::Inside,
        );
        if response.clicked() {
            p.act(Action::SetZ(i, STRIP[cell(at)]));
            p.act(Action::Release);
        }
    }
    response
        .on_hover_text_at_pointer("The same picture with this dimension at −2.5 … +2.5 σ; click to go there");
}
