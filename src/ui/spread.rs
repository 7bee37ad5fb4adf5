//! Histograms over time: for each layer how its weights, its gradient or what it gives spread, at the steps that were
//! recorded. The brighter, the more of the numbers lie there. The axis is linear around zero and logarithmic further out,
//! so that small and large are both seen.
//!
//! Must not know: how it is measured.

use super::{Panel, plot, theme};
use crate::action::{Action, inside::Looking};
use crate::engine::table::Table;
use crate::nn::spread::BINS;
use crate::state::inside::Spread;
use eframe::egui::{self, Color32, ColorImage, ScrollArea, TextureHandle, TextureOptions, Ui, Vec2};
use egui_plot::{GridInput, GridMark, HoverPosition, Plot, PlotImage, PlotPoint};
use std::sync::Arc;

/// Columns and rows of a drawn histogram.
const COLUMNS: usize = 256;
const ROWS: usize = 72;
/// Least height of a chart, points.
const HEIGHT: f32 = 84.0;

/// A layer's quantiles over time.
struct Layer {
    name: String,
    table: Arc<Table>,
    /// Its first column.
    first: usize,
    /// Values up to about this are on the linear part of the axis.
    scale: f64,
    /// The axis' ends, of [`Layer::place`].
    low: f64,
    high: f64,
}

impl Layer {
    fn new(table: &Arc<Table>, first: usize) -> Option<Self> {
        let name = table.names.get(first)?.rsplit_once(':')?.0.to_owned();
        let rows = table.rows.iter().filter_map(|(_, row)| row.get(first..=first + BINS));
        let rows: Vec<&[f32]> = rows.filter(|q| q.iter().all(|v| v.is_finite())).collect();
        // The middle half's width, of the row in the middle.
        let mut halves: Vec<f64> = rows.iter().map(|q| f64::from(q[3 * BINS / 4] - q[BINS / 4])).collect();
        halves.sort_by(f64::total_cmp);
        let end =
            |f: fn(f64, f64) -> f64, i: usize, from: f64| rows.iter().map(|q| f64::from(q[i])).fold(from, f);
        let (least, most) = (end(f64::min, 0, f64::INFINITY), end(f64::max, BINS, f64::NEG_INFINITY));
        let half = halves.get(halves.len() / 2).copied()?;
        // Where most are the same number (zeros after a ReLU), the ends say what is large.
        let scale = if half > 0.0 { half } else { (least.abs().max(most.abs()) / 100.0).max(1e-12) };
        let mut layer = Self { name, table: table.clone(), first, scale, low: 0.0, high: 0.0 };
        (layer.low, layer.high) = (layer.place(least) - 0.1, layer.place(most) + 0.1);
        Some(layer)
    }

    fn place(&self, value: f64) -> f64 {
        (value / self.scale).asinh()
    }

    fn last(&self) -> u64 {
        self.table.rows.last().map_or(1, |(step, _)| *step)
    }

    /// The quantiles that were measured last before a step, and when.
    fn at(&self, step: f64) -> Option<(u64, &[f32])> {
        let i = self.table.rows.partition_point(|(s, _)| *s as f64 <= step).saturating_sub(1);
        let (step, row) = self.table.rows.get(i)?;
        Some((*step, row.get(self.first..=self.first + BINS)?))
    }

    /// What is under the pointer, in words.
    fn words(&self, step: f64) -> Option<String> {
        let (step, q) = self.at(step.max(0.0))?;
        let [low, quarter, middle, three, high] =
            [0, BINS / 4, BINS / 2, 3 * BINS / 4, BINS].map(|i| plot::plain(f64::from(q[i])));
        Some(format!(
            "{}\nstep {step}: half of them from {quarter} to {three}\nmiddle {middle}, all from {low} to {high}",
            self.name
        ))
    }

    /// A column of the picture for each stretch of steps.
    fn image(&self, ground: Color32, ink: Color32) -> ColorImage {
        let mut image = ColorImage::filled([COLUMNS, ROWS], ground);
        let row = |v: f32| {
            let part = (self.high - self.place(f64::from(v))) / (self.high - self.low).max(1e-9);
            part.clamp(0.0, 1.0) * ROWS as f64
        };
        for x in 0..COLUMNS {
            let Some((_, q)) = self.at((x as f64 + 0.5) / COLUMNS as f64 * self.last() as f64) else {
                continue;
            };
            let mut mass = [0.0f64; ROWS];
            // Every bin holds as much; a narrow one is bright.
            for pair in q.windows(2).filter(|pair| pair.iter().all(|v| v.is_finite())) {
                let (from, to) = (row(pair[1]), row(pair[0]));
                let (first, end) = (
                    from as usize,
                    (to.ceil() as usize).clamp(from as usize + 1, ROWS.max(from as usize + 1)),
                );
                for (y, m) in mass.iter_mut().enumerate().take(end).skip(first.min(ROWS - 1)) {
                    let overlap = (to.min(y as f64 + 1.0) - from.max(y as f64)).max(0.0);
                    *m += if to - from > 1e-6 { overlap / (to - from) } else { 1.0 };
                }
            }
            let most = mass.iter().copied().fold(1e-9, f64::max);
            for (y, m) in mass.iter().enumerate() {
                image.pixels[y * COLUMNS + x] = ground.lerp_to_gamma(ink, (m / most).sqrt() as f32);
            }
        }
        image
    }
}

/// Draws the charts of the run in focus.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    let state = p.state;
    let Some(view) = state.followed() else { return };
    ui.horizontal(|ui| {
        let weights = "The weights of each layer; it should widen slowly and stay smooth";
        let gradients =
            "Their gradients: all near 0 learn nothing, and a sudden widening precedes an explosion";
        let activations =
            "What the decoder's layers give for four of the recorded latents: all zeros is a dead layer";
        let singular = "How much each layer stretches what it is given, direction by direction: the uppermost is its spectral norm, and one far above the others is a layer that collapses onto it";
        for (kind, title, hint) in [
            (Spread::Weights, "Weights", weights),
            (Spread::Gradients, "Gradients", gradients),
            (Spread::Activations, "Activations", activations),
            (Spread::Singular, "Singular values", singular),
        ] {
            if ui.selectable_label(state.inside.spread == kind, title).on_hover_text(hint).clicked() {
                p.act(Action::Inside(Looking::Spread(kind)));
            }
        }
    });
    let table = view.spreads[state.inside.spread as usize].clone();
    let layers: Vec<Layer> =
        (0..table.names.len()).step_by(BINS + 1).filter_map(|first| Layer::new(&table, first)).collect();
    if layers.is_empty() {
        let words = "Histograms are drawn here as soon as some steps were recorded.";
        ui.label(theme::quiet(ui, words));
        return;
    }
    let rows = layers.len().div_ceil(2);
    let height = (ui.available_height() / rows as f32 - theme::UNIT * 2.0).max(HEIGHT);
    let mut at = None;
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for pair in layers.chunks(2) {
            ui.columns(2, |uis| {
                for (ui, layer) in uis.iter_mut().zip(pair) {
                    let cursor = state.travel.hover.or(state.travel.cursor);
                    at = at.or(chart(ui, layer, (view.run.as_path(), state.inside.spread), height, cursor));
                }
            });
        }
    });
    plot::point(p, at);
}

fn chart(
    ui: &mut Ui,
    layer: &Layer,
    salt: (&std::path::Path, Spread),
    height: f32,
    cursor: Option<u64>,
) -> Option<(u64, bool)> {
    let id = egui::Id::unique(("spread", salt.0, salt.1 as usize, &layer.name));
    let texture = texture(ui, id, layer);
    let (low, high, scale) = (layer.low, layer.high, layer.scale);
    let back = move |place: f64| place.sinh() * scale;
    let end = layer.last() as f64;
    let shown = Plot::new(id)
        .height(height)
        .y_axis_min_width(52.0)
        .allow_scroll(false)
        .show_grid(false)
        .include_x(0.0)
        .y_grid_spacer(move |grid| marks(grid, scale))
        .y_axis_formatter(move |mark, _| plot::plain(back(mark.value)))
        .x_axis_formatter(
            |mark, _| if mark.value >= 0.0 { super::grouped(mark.value as u64) } else { String::new() },
        )
        .label_formatter(|at| match at {
            HoverPosition::NearDataPoint { position, .. } | HoverPosition::Elsewhere { position } => {
                layer.words(position.x)
            }
        })
        .show(ui, |plot| {
            let middle = PlotPoint::new(end / 2.0, (low + high) / 2.0);
            let size = Vec2::new(end as f32, (high - low) as f32);
            plot.image(PlotImage::new("", texture.id(), middle, size).allow_hover(false));
        });
    plot::finish(ui, &shown, (&layer.name, "How its numbers spread: the brighter, the more"), cursor)
}

/// Marks at 0 and at powers of ten on either side.
fn marks(grid: GridInput, scale: f64) -> Vec<GridMark> {
    let (from, to) = grid.bounds;
    let first = scale.log10().ceil() as i32;
    let powers = (first..first + 12).map(|k| 10f64.powi(k));
    let values = std::iter::once(0.0).chain(powers.flat_map(|v| [v, -v]));
    // As far apart as two powers of ten: marks that are said to be closer are drawn without their numbers.
    let marks =
        values.map(|v| GridMark { value: (v / scale).asinh(), step_size: 2.0 * std::f64::consts::LN_10 });
    marks.filter(|m| m.value >= from && m.value <= to).collect()
}

/// The histogram as a texture, made again when the table has grown or the theme has changed.
fn texture(ui: &Ui, id: egui::Id, layer: &Layer) -> TextureHandle {
    let colours = theme::colours(ui);
    let key = (Arc::as_ptr(&layer.table) as usize, layer.table.bytes, colours.ground);
    if let Some((of, texture)) = ui.data(|d| d.get_temp::<((usize, u64, Color32), TextureHandle)>(id))
        && of == key
    {
        return texture;
    }
    let image = layer.image(colours.ground, colours.accent);
    let texture = ui.ctx().load_texture("histogram", image, TextureOptions::NEAREST);
    ui.data_mut(|d| d.insert_temp(id, (key, texture.clone())));
    texture
}
