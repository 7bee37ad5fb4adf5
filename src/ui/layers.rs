//! What goes on inside, where it is one number: norms of weights and gradients and the size of steps, a line a layer; KL,
//! a line a latent dimension; the share of each class among the samples. All against the steps at which it was measured.
//!
//! Must not know: how it is measured.

use super::{Panel, plot, theme};
use crate::action::{Action, inside::Looking};
use crate::engine::classes::WITHOUT;
use crate::engine::table::Table;
use crate::state::Tab;
use eframe::egui::{self, Ui};
use egui_plot::{HoverPosition, ItemId, Line, Plot, PlotPoints};

/// A chart of some columns of a table.
struct Inside<'a> {
    title: &'a str,
    hint: &'a str,
    table: &'a Table,
    columns: Vec<usize>,
    /// Whether its axis is logarithmic; else it is in per cent.
    log: bool,
    /// Whether its lines are layers.
    layers: bool,
}

/// What the pointer is over.
struct At {
    step: u64,
    clicked: bool,
    /// The layer whose line that is.
    layer: Option<String>,
}

/// Draws the charts of the run in focus.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    let state = p.state;
    let Some(view) = state.followed() else { return };
    let (layers, kl, classes) = (view.layers.clone(), view.kl.clone(), view.classes.clone());
    if layers.rows.is_empty() {
        let words = "Norms of weights and gradients are drawn here as soon as some steps were recorded.";
        ui.label(theme::quiet(ui, words));
        return;
    }
    let of = |what: &str| {
        let ends = |(i, name): (usize, &String)| name.ends_with(what).then_some(i);
        layers.names.iter().enumerate().filter_map(ends).collect::<Vec<_>>()
    };
    let norms = [
        (
            ":weight",
            "Norm of weights",
            "|w| of each layer: it grows slowly; one that runs away makes the rest meaningless",
        ),
        (
            ":gradient",
            "Norm of gradients",
            "|∂loss/∂w| of each layer: near 0 it learns nothing, and jumps precede an explosion",
        ),
        (
            ":update",
            "Size of steps, |Δw| / |w|",
            "How far one step moves each layer: about 1e-3 is healthy; much more calls for a smaller learning rate",
        ),
        (
            ":sigma",
            "Largest singular value",
            "σ of each layer's weights: how much it can stretch what it is given. In D a steady growth precedes collapse; with spectral norm the layer computes with W / σ, whatever W grows to",
        ),
    ];
    let mut all: Vec<Inside<'_>> = norms
        .into_iter()
        .map(|(what, title, hint)| Inside {
            title,
            hint,
            table: &layers,
            columns: of(what),
            log: true,
            layers: true,
        })
        .collect();
    if !kl.rows.is_empty() {
        all.push(Inside {
            title: "KL per dimension, nats",
            hint: "What each latent dimension says about a picture: one near 0 is not used",
            table: &kl,
            columns: (0..kl.names.len()).collect(),
            log: true,
            layers: false,
        });
    }
    // The first row is of the data.
    if classes.rows.len() > 1 {
        let drawn = |(i, name): (usize, &String)| (i > 0 && !name.starts_with(WITHOUT)).then_some(i);
        all.push(Inside {
            title: "Classes drawn, by a judge",
            hint: "Share of each class, or attribute, among 256 samples of the same latents: one that falls to 0 has vanished",
            table: &classes,
            columns: classes.names.iter().enumerate().filter_map(drawn).collect(),
            log: false,
            layers: false,
        });
    }
    // Two rows, so that each is high enough to be read.
    let columns = if all.len() > 4 { 3 } else { 2 };
    let rows = all.len().div_ceil(columns) as f32;
    let height = ((ui.available_height() - theme::UNIT * 3.0 * rows) / rows).max(64.0);
    let mut at = None;
    for pair in all.chunks(columns) {
        ui.columns(columns, |uis| {
            for (ui, inside) in uis.iter_mut().zip(pair) {
                at = at.take().or(chart(ui, inside, height, state.travel.hover.or(state.travel.cursor)));
            }
        });
    }
    // On its own page a run has no latent that its layers could be looked at with.
    let line = at.as_ref().filter(|at| at.clicked && state.tab == Tab::Train).and_then(|at| at.layer.clone());
    if let Some(layer) = line {
        p.act(Action::Inside(Looking::Named(layer)));
        return;
    }
    plot::point(p, at.map(|at| (at.step, at.clicked)));
}

fn chart(ui: &mut Ui, inside: &Inside<'_>, height: f32, cursor: Option<u64>) -> Option<At> {
    let colours = theme::colours(ui).curves;
    let log = inside.log;
    let said = move |v: f64| if log { plot::plain(10f64.powf(v)) } else { format!("{v:.0} %") };
    let place = move |v: f32| if log { f64::from(v).log10() } else { 100.0 * f64::from(v) };
    let layer =
        |column: usize| inside.table.names.get(column).and_then(|n| n.split(':').next()).unwrap_or("");
    let mut chart = Plot::new(ui.scope_id().with(inside.title))
        .height(height)
        .y_axis_min_width(52.0)
        .allow_scroll(false)
        .grid_color(theme::colours(ui).quiet.gamma_multiply(0.25))
        .grid_fade(0.0)
        .grid_spacing(egui::Rangef::new(22.0, 300.0))
        .y_axis_formatter(move |mark, _| said(mark.value))
        .x_axis_formatter(
            |mark, _| if mark.value >= 0.0 { super::grouped(mark.value as u64) } else { String::new() },
        )
        .label_formatter(move |at| match at {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name}\nstep {:.0}: {}", position.x, said(position.y)))
            }
            HoverPosition::Elsewhere { .. } => None,
        });
    if log {
        chart = chart.y_grid_spacer(plot::decades);
    }
    let shown = chart.show(ui, |plot| {
        for (look, column) in inside.columns.iter().enumerate() {
            let values = inside.table.column(*column);
            let values = values.filter(|(step, v)| *step > 0 && v.is_finite() && (!log || *v > 1e-9));
            let points: PlotPoints<'_> = values.map(|(step, v)| [step as f64, place(v)]).collect();
            // Each colour first with a whole line, then with a dashed, then with a dotted one.
            let line = Line::new(layer(*column), points).id(*column).width(1.4);
            let line = line.style(plot::style(look / colours.len()));
            plot.line(line.color(colours[look % colours.len()]));
        }
    });
    let over = inside.columns.iter().find(|c| shown.hovered_plot_item == Some(ItemId::new(**c)));
    let layer = over.filter(|_| inside.layers).map(|c| layer(*c).to_owned());
    let hint = if inside.layers {
        format!("{}\nWhile it trains, a click on a line shows what that layer gives", inside.hint)
    } else {
        inside.hint.to_owned()
    };
    let (step, clicked) = plot::finish(ui, &shown, (inside.title, &hint), cursor)?;
    Some(At { step, clicked, layer })
}
