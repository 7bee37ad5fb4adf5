//! Truncation: where random latents are cut off, and what that gains and loses, measured on request.
//!
//! Must not know: how it is measured.

use super::{Panel, theme};
use crate::action::Action;
use crate::engine::tool::{ToolKind, ToolNews, ToolOrder};
use crate::metrics::tradeoff::Traded;
use crate::point::TRUNCATION;
use eframe::egui::{self, Id, Ui};
use egui_plot::{Line, Plot, PlotPoints, VLine};

/// The slider's ends, σ; at the upper one nothing is cut off.
const RANGE: std::ops::RangeInclusive<f32> = 0.1..=3.0;
/// Samples that are measured for each truncation.
const SAMPLES: usize = 500;
/// Height of the plot, points.
const HEIGHT: f32 = 110.0;

/// Draws the slider, and the plot where it was measured.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    // A model with a truncation of its own, towards the mean of w, has its slider above.
    if p.state.inputs().iter().any(|i| i.name == TRUNCATION) {
        return;
    }
    let now = p.state.spread.truncation;
    ui.horizontal(|ui| {
        let label = ui.label("Truncation");
        let mut t = now.unwrap_or(*RANGE.end());
        let slider = egui::Slider::new(&mut t, RANGE)
            .trailing_fill(true)
            .custom_formatter(|v, _| if v >= f64::from(*RANGE.end()) { "off".into() } else { format!("{v:.2}") })
            .custom_parser(|text| match text.trim() {
                "off" => Some(f64::from(*RANGE.end())),
                number => number.parse().ok(),
            });
        let hint = "Where Randomise and samples cut the prior off, in σ: the nearer, the more typical and the more alike they are; off draws all of the prior";
        if ui.add(slider).labelled_by(label.id).on_hover_text(hint).changed() {
            p.act(Action::Truncation(Some(t).filter(|t| t < RANGE.end())));
        }
        let reset = ui.add_enabled(now.is_some(), egui::Button::new("↺").small());
        if reset.on_hover_text("Cut nothing off").clicked() {
            p.act(Action::Truncation(None));
        }
        measured(ui, p);
    });
    plot(ui, p);
}

/// The button that measures.
fn measured(ui: &mut Ui, p: &mut Panel<'_>) {
    if let Some(ToolNews::Working(done, total)) = p.state.tools.get(&ToolKind::Trade) {
        let words =
            if *total > 0 { format!("Measuring, {done} of {total}") } else { "Loading the data".into() };
        ui.spinner().on_hover_text(words);
        if ui.add(egui::Button::new("✖").small()).on_hover_text("Give it up").clicked() {
            p.act(Action::CancelTool(ToolKind::Trade));
        }
        return;
    }
    let data = p.state.tool_data();
    let hint = match data.is_empty() {
        true => "Precision and recall are measured beside the data, and this model names none: choose it under Find…".to_owned(),
        false => format!("Measure what truncation gains and loses: precision and recall of {SAMPLES} samples for each of six truncations, beside held-out pictures of {data}"),
    };
    let button = ui.add_enabled(!data.is_empty(), egui::Button::new("Measure").small());
    if button.on_hover_text(&hint).on_disabled_hover_text(&hint).clicked() {
        p.act(Action::Tool(ToolOrder::Trade { data, count: SAMPLES }));
    }
}

/// Precision and recall over truncation.
fn plot(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(traded) = p.state.traded.clone() else { return };
    let end = f64::from(*RANGE.end());
    let at = |t: Option<f32>| t.map_or(end, f64::from);
    let colours = theme::colours(ui);
    let lines = [
        (
            "Precision",
            colours.curves[0],
            traded.iter().map(|r| [at(r.truncation), r.precision]).collect::<Vec<_>>(),
        ),
        ("Recall", colours.curves[1], traded.iter().map(|r| [at(r.truncation), r.recall]).collect()),
    ];
    let response = Plot::new(Id::unique("truncation's trade-off"))
        .height(HEIGHT)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .include_y(0.0)
        .include_y(1.0)
        .x_axis_formatter(
            move |mark, _| if mark.value >= end { "off".into() } else { format!("{}", mark.value) },
        )
        .show(ui, |plot| {
            for (name, colour, points) in lines {
                plot.line(Line::new(name, PlotPoints::from(points)).color(colour).width(2.0));
            }
            plot.vline(
                VLine::new("now", at(p.state.spread.truncation)).color(colours.quiet).allow_hover(false),
            );
        });
    // What is measured nearest to where the slider stands.
    let now = at(p.state.spread.truncation);
    let gap = |r: &Traded| (at(r.truncation) - now).abs();
    if let Some(nearest) = traded.iter().min_by(|a, b| gap(a).total_cmp(&gap(b))) {
        ui.horizontal(|ui| {
            ui.colored_label(colours.curves[0], format!("Precision {:.2}", nearest.precision))
                .on_hover_text("Share of samples that lie among the data, as the judge sees them");
            ui.colored_label(colours.curves[1], format!("Recall {:.2}", nearest.recall))
                .on_hover_text("Share of the data that lies among samples: how much of its variety is drawn");
        });
    }
    let row = |r: &Traded| {
        let cut = r.truncation.map_or("off ".into(), |t| format!("{t:.2}"));
        let frechet = r.frechet.map_or(String::new(), |f| format!(", FID64 {f:.1}"));
        let asked = r.agreement.map_or(String::new(), |a| format!(", as asked {:.1} %", a * 100.0));
        format!("{cut}: precision {:.3}, recall {:.3}{frechet}{asked}", r.precision, r.recall)
    };
    let table = traded.iter().map(row).collect::<Vec<_>>().join("\n");
    response.response.on_hover_text(format!("By truncation, σ, of {SAMPLES} samples each\n{table}"));
}
