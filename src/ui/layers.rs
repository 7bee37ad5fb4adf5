//! What goes on inside: norms of weights and gradients and the size of steps, a line a layer; KL, a line a latent
//! dimension. All against the steps at which it was measured, on logarithmic axes.
//!
//! Must not know: how it is measured.

use super::{Panel, plot, theme};
use crate::engine::table::Table;
use eframe::egui::{self, Ui};
use egui_plot::{HoverPosition, Line, Plot, PlotPoint, PlotPoints};

/// A chart of some columns of a table.
struct Inside<'a> {
    title: &'a str,
    hint: &'a str,
    table: &'a Table,
    columns: Vec<usize>,
}

/// Draws the charts of the run in focus.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    let state = p.state;
    let Some(view) = state.followed() else { return };
    let (layers, kl) = (view.layers.clone(), view.kl.clone());
    if layers.rows.is_empty() {
        let words = "Norms of weights and gradients are drawn here as soon as some steps were recorded.";
        ui.label(theme::quiet(ui, words));
        return;
    }
    let of = |what: &str| {
        let ends = |(i, name): (usize, &String)| name.ends_with(what).then_some(i);
        layers.names.iter().enumerate().filter_map(ends).collect::<Vec<_>>()
    };
    let mut all = vec![
        Inside {
            title: "Norm of weights",
            hint: "|w| of each layer: it grows slowly; one that runs away makes the rest meaningless",
            table: &layers,
            columns: of(":weight"),
        },
        Inside {
            title: "Norm of gradients",
            hint: "|∂loss/∂w| of each layer: near 0 it learns nothing, and jumps precede an explosion",
            table: &layers,
            columns: of(":gradient"),
        },
        Inside {
            title: "Size of steps, |Δw| / |w|",
            hint: "How far one step moves each layer: about 1e-3 is healthy; much more calls for a smaller learning rate",
            table: &layers,
            columns: of(":update"),
        },
    ];
    if !kl.rows.is_empty() {
        all.push(Inside {
            title: "KL per dimension, nats",
            hint: "What each latent dimension says about a picture: one near 0 is not used",
            table: &kl,
            columns: (0..kl.names.len()).collect(),
        });
    }
    let height = ((ui.available_height() - theme::UNIT * 6.0) / 2.0).max(80.0);
    let mut at = None;
    for pair in all.chunks(2) {
        ui.columns(2, |uis| {
            for (ui, inside) in uis.iter_mut().zip(pair) {
                at = at.or(chart(ui, inside, height, state.travel.hover.or(state.travel.cursor)));
            }
        });
    }
    plot::point(p, at);
}

fn chart(ui: &mut Ui, inside: &Inside<'_>, height: f32, cursor: Option<u64>) -> Option<(u64, bool)> {
    let colours = theme::colours(ui).curves;
    let plain = |v: f64| plot::plain(10f64.powf(v));
    let shown = Plot::new(ui.scope_id().with(inside.title))
        .height(height)
        .y_axis_min_width(52.0)
        .allow_scroll(false)
        .grid_color(theme::colours(ui).quiet.gamma_multiply(0.25))
        .grid_fade(0.0)
        .grid_spacing(egui::Rangef::new(22.0, 300.0))
        .y_grid_spacer(plot::decades)
        .y_axis_formatter(move |mark, _| plain(mark.value))
        .x_axis_formatter(
            |mark, _| if mark.value >= 0.0 { super::grouped(mark.value as u64) } else { String::new() },
        )
        .label_formatter(move |at| match at {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name}\nstep {:.0}: {}", position.x, plain(position.y)))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |plot| {
            for (look, column) in inside.columns.iter().enumerate() {
                let values = inside.table.column(*column).filter(|(_, v)| v.is_finite() && *v > 1e-9);
                let points: PlotPoints<'_> =
                    values.map(|(step, v)| [step as f64, f64::from(v).log10()]).collect();
                let name = inside.table.names.get(*column).map_or("", |n| n.split(':').next().unwrap_or(n));
                // Each colour first with a whole line, then with a dashed, then with a dotted one.
                let line = Line::new(name, points).width(1.4).style(plot::style(look / colours.len()));
                plot.line(line.color(colours[look % colours.len()]));
            }
        });
    let rect = shown.response.rect;
    if let Some(step) = cursor {
        let x = shown.transform.position_from_point(&PlotPoint::new(step as f64, 0.0)).x;
        let stroke = egui::Stroke::new(1.5, theme::colours(ui).accent);
        ui.painter().with_clip_rect(rect).vline(x, rect.y_range(), stroke);
    }
    let corner = rect.left_top() + egui::vec2(62.0, 6.0);
    let font = egui::FontId::proportional(11.5);
    let place =
        ui.painter().text(corner, egui::Align2::LEFT_TOP, inside.title, font, theme::colours(ui).quiet);
    ui.interact(place, ui.scope_id().with((inside.title, "about")), egui::Sense::hover())
        .on_hover_text(inside.hint);
    let at = shown.response.hover_pos()?;
    let x = shown.transform.value_from_position(at).x;
    (x >= 0.0).then(|| (x.round() as u64, shown.response.clicked()))
}
