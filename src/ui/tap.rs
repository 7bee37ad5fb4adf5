//! What a layer gives for the latent under the sliders: its maps as small grey pictures, or its units as bars, and how
//! the numbers spread. Live: it follows the sliders, and the weights while they learn.
//!
//! Must not know: how a layer is run.

use super::{Panel, fitted, grouped, plot, theme};
use crate::action::{Action, inside::Looking};
use crate::engine::message::{LayerInfo, Tapped};
use crate::gpu::{Image, Look, Pixels};
use crate::state::Tab;
use crate::tools::layer::{self, Figures, Grid, mean, range};
use eframe::egui::{self, Context, Id, Pos2, Rect, ScrollArea, Sense, Ui, Vec2};
use std::sync::Arc;

/// Width of the list of layers beside the maps, and of all below which it is a menu instead.
const LIST: f32 = 190.0;
const ROOM: f32 = 520.0;
/// Height of the histogram, and its bars.
const HISTOGRAM: f32 = 46.0;
const BARS: usize = 64;

/// What follows from a layer's numbers, so that it is worked out once and not in every frame.
pub struct Given {
    of: Arc<Vec<f32>>,
    figures: Figures,
    /// How many of the others lie where between the smallest and the largest.
    counts: [u32; BARS],
    /// The maps as one picture, in so many columns.
    maps: Option<(usize, Image)>,
}

impl Given {
    fn new(tapped: &Tapped) -> Self {
        let values = &tapped.values;
        let figures = Figures::of(values, &tapped.shape);
        let Figures { low, high, .. } = figures;
        let mut counts = [0u32; BARS];
        for v in values.iter().filter(|v| v.is_finite() && **v != 0.0) {
            let place = (v - low) / (high - low).max(f32::MIN_POSITIVE) * BARS as f32;
            counts[(place as usize).min(BARS - 1)] += 1;
        }
        Self { of: values.clone(), figures, counts, maps: None }
    }
}

/// The window, if it is open. On the page where training is watched the same stands among the charts.
pub fn window(ctx: &Context, p: &mut Panel<'_>) {
    let layers = p.state.model.as_ref().is_some_and(|m| !m.layers.is_empty());
    let mut open = p.state.inside.window && layers;
    if !open || matches!(p.state.tab, Tab::Train | Tab::Data | Tab::Runs | Tab::Atlas) {
        return;
    }
    let area = ctx.content_rect();
    egui::Window::new("Layers")
        .open(&mut open)
        .collapsible(true)
        .resizable(true)
        .default_pos(egui::pos2(area.left() + theme::UNIT * 3.0, area.bottom() - 480.0))
        .default_size([400.0, 420.0])
        .show(ctx, |ui| panel(ui, p));
    if !open {
        p.act(Action::Inside(Looking::Window(false)));
    }
}

/// Layers, and what the chosen one gives.
pub fn panel(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(model) = p.state.model.clone().filter(|m| !m.layers.is_empty()) else {
        let words = "A model with a latent space shows here what each of its layers gives.";
        ui.label(theme::quiet(ui, words));
        return;
    };
    let chosen = p.state.inside.layer.min(model.layers.len() - 1);
    p.pictures.tap = Some(chosen);
    if ui.available_width() < ROOM {
        menu(ui, p, &model.layers, chosen);
        given(ui, p, &model.layers[chosen]);
        return;
    }
    let space = ui.available_rect_before_wrap();
    let list = Rect::from_min_max(space.min, egui::pos2(space.left() + LIST, space.bottom()));
    let rest = Rect::from_min_max(egui::pos2(list.right() + theme::UNIT * 2.0, space.top()), space.max);
    ui.scope_builder(egui::UiBuilder::new().max_rect(list), |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for (i, layer) in model.layers.iter().enumerate() {
                entry(ui, p, i, layer, chosen);
            }
        });
    });
    ui.scope_builder(egui::UiBuilder::new().max_rect(rest), |ui| given(ui, p, &model.layers[chosen]));
    ui.advance_cursor_after_rect(space);
}

/// A shape in words: "24 maps of 8×8", "400 units".
fn words(shape: &[usize]) -> String {
    match shape {
        [c, h, w] => format!("{c} maps of {w}×{h}"),
        [n] => format!("{} units", grouped(*n as u64)),
        _ => String::new(),
    }
}

fn entry(ui: &mut Ui, p: &mut Panel<'_>, i: usize, layer: &LayerInfo, chosen: usize) {
    let hint = format!("{}\nSee what it gives for the latent under the sliders", words(&layer.shape));
    if ui.selectable_label(i == chosen, &layer.name).on_hover_text(hint).clicked() {
        p.act(Action::Inside(Looking::Layer(i)));
    }
}

fn menu(ui: &mut Ui, p: &mut Panel<'_>, layers: &[LayerInfo], chosen: usize) {
    ui.horizontal(|ui| {
        for (symbol, name, to) in
            [("◀", "Layer before", chosen.checked_sub(1)), ("▶", "Next layer", Some(chosen + 1))]
        {
            let to = to.filter(|i| *i < layers.len());
            let button = ui.add_enabled(to.is_some(), egui::Button::new(symbol));
            button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, to.is_some(), name));
            if let (true, Some(to)) = (button.on_hover_text(name).clicked(), to) {
                p.act(Action::Inside(Looking::Layer(to)));
            }
        }
        let title = layers[chosen].name.as_str();
        let combo = egui::ComboBox::from_id_salt("layer").selected_text(title).width(ui.available_width());
        combo.show_ui(ui, |ui| {
            layers.iter().enumerate().for_each(|(i, layer)| entry(ui, p, i, layer, chosen));
        });
    });
}

/// What the chosen layer gives.
fn given(ui: &mut Ui, p: &mut Panel<'_>, layer: &LayerInfo) {
    let Some(tapped) = p.state.tapped().cloned() else {
        ui.label("…");
        return;
    };
    let known = p.pictures.given.take().filter(|g| Arc::ptr_eq(&g.of, &tapped.values));
    let mut given = known.unwrap_or_else(|| Given::new(&tapped));
    let mut said = format!("{}, step {}", words(&layer.shape), grouped(tapped.step));
    if let [c, _, _] = tapped.shape[..] {
        said += &format!("; black is {}, white {}", number(given.figures.low), number(given.figures.high));
        if given.figures.flat > 0 {
            said += &format!("; {} empty", given.figures.flat);
        }
        if c < tapped.all {
            said += &format!("; the first {c} are shown");
        }
    }
    ui.add(egui::Label::new(theme::quiet(ui, said).small()).truncate());
    let space = ui.available_rect_before_wrap();
    let split = space.bottom() - HISTOGRAM - theme::UNIT * 5.0;
    let above = Rect::from_min_max(space.min, egui::pos2(space.right(), split.max(space.top() + 40.0)));
    match tapped.shape[..] {
        [c, h, w] => maps(ui, p, &tapped, &mut given, [c, h, w], above),
        _ => units(ui, &tapped, &given, above),
    }
    let below = Rect::from_min_max(egui::pos2(space.left(), above.bottom() + theme::UNIT), space.max);
    histogram(ui, &given, below);
    p.pictures.given = Some(given);
    ui.advance_cursor_after_rect(space);
}

fn number(v: f32) -> String {
    plot::plain(f64::from(v))
}

/// Maps side by side, all on one scale, so that a map that says little is dark.
fn maps(
    ui: &mut Ui,
    p: &mut Panel<'_>,
    tapped: &Tapped,
    given: &mut Given,
    [c, h, w]: [usize; 3],
    space: Rect,
) {
    let columns = layer::columns([c, h, w], space.width(), space.height());
    let drawn = given.maps.take().filter(|(of, _)| *of == columns);
    let (_, image) = drawn.unwrap_or_else(|| (columns, picture(&tapped.values, given, [c, h, w], columns)));
    given.maps = Some((columns, image.clone()));
    ui.painter().rect_filled(space, theme::ROUND, theme::colours(ui).ground);
    let rect = fitted(space, image.width, image.height);
    let place = Id::unique("maps of a layer");
    p.pictures.paint(ui, place, rect, &image, Look::plain(false));
    let response = ui.interact(rect, place, Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Maps of the layer"));
    if let Some(at) = response.hover_pos() {
        let cell = rect.size() / Vec2::new(columns as f32, c.div_ceil(columns) as f32);
        let (x, y) = ((at.x - rect.left()) / cell.x, (at.y - rect.top()) / cell.y);
        let i = y as usize * columns + (x as usize).min(columns - 1);
        if let Some(map) = tapped.values.get(i * h * w..(i + 1) * h * w).filter(|m| !m.is_empty()) {
            let (low, high) = range(map);
            let [low, high, mean] = [low, high, mean(map)].map(number);
            let words = format!("Map {i}: {low} to {high}, mean {mean}");
            response.on_hover_text_at_pointer(words);
        }
    }
}

/// Maps as one picture.
fn picture(values: &[f32], given: &Given, shape: [usize; 3], columns: usize) -> Image {
    let Figures { low, high, .. } = given.figures;
    let Grid { width, height, pixels } = layer::grid(values, (low, high), shape, columns, 1);
    Image { width, height, channels: 3, pixels: Pixels::Cpu(Arc::new(pixels)) }
}

/// A bar a unit; of very many, a bar a pixel, from the smallest to the largest of its units.
fn units(ui: &mut Ui, tapped: &Tapped, given: &Given, space: Rect) {
    let colours = theme::colours(ui);
    ui.painter().rect_filled(space, theme::ROUND, colours.ground);
    let inner = space.shrink(theme::UNIT * 2.0);
    let (low, high) = (given.figures.low.min(0.0), given.figures.high.max(0.0));
    let y = |v: f32| inner.bottom() - (v - low) / (high - low).max(1e-9) * inner.height();
    let each = (tapped.values.len() as f32 / inner.width()).ceil().max(1.0) as usize;
    let bars = tapped.values.len().div_ceil(each).max(1);
    let wide = inner.width() / bars as f32;
    for (i, some) in tapped.values.chunks(each).enumerate() {
        let (a, b) = range(some);
        let x = inner.left() + i as f32 * wide;
        let bar = Rect::from_two_pos(
            Pos2::new(x, y(a.min(0.0))),
            Pos2::new(x + (wide * 0.8).max(1.0), y(b.max(0.0))),
        );
        ui.painter().rect_filled(bar, 0.0, colours.accent);
    }
    ui.painter().hline(inner.x_range(), y(0.0), egui::Stroke::new(1.0, colours.quiet));
    let font = egui::FontId::proportional(11.5);
    let corner = inner.left_top();
    ui.painter().text(corner, egui::Align2::LEFT_TOP, number(high), font, colours.quiet);
    let response = ui.interact(inner, Id::unique("units of a layer"), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Units of the layer"));
    if let Some(at) = response.hover_pos() {
        let i = ((at.x - inner.left()) / wide) as usize * each;
        if let Some(v) = tapped.values.get(i) {
            response.on_hover_text_at_pointer(format!("Unit {i}: {}", number(*v)));
        }
    }
}

/// How the numbers spread. Zeros are said apart: after a ReLU they would be the only bar to be seen.
fn histogram(ui: &mut Ui, given: &Given, space: Rect) {
    let colours = theme::colours(ui);
    let most = given.counts.iter().copied().max().unwrap_or(0).max(1) as f32;
    let line = space.top() + HISTOGRAM;
    let wide = space.width() / BARS as f32;
    for (i, n) in given.counts.iter().enumerate() {
        let x = space.left() + i as f32 * wide;
        let top = line - *n as f32 / most * HISTOGRAM;
        let bar = Rect::from_min_max(Pos2::new(x, top), Pos2::new(x + wide - 1.0, line));
        ui.painter().rect_filled(bar, 0.0, colours.accent);
    }
    ui.painter().hline(space.x_range(), line, egui::Stroke::new(1.0, colours.quiet));
    let mut said = "How often each value comes".to_owned();
    if given.figures.zeros > 0.0 {
        said += &format!("; {:.0} % are exactly 0", 100.0 * given.figures.zeros);
    }
    for (x, align, words) in [
        (space.left(), egui::Align2::LEFT_TOP, number(given.figures.low)),
        (space.center().x, egui::Align2::CENTER_TOP, said),
        (space.right(), egui::Align2::RIGHT_TOP, number(given.figures.high)),
    ] {
        let font = egui::FontId::proportional(11.5);
        ui.painter().text(egui::pos2(x, line + 2.0), align, words, font, colours.quiet);
    }
}
