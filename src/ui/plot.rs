//! The losses: one curve each, with its band from smallest to largest so that no spike is lost.
//!
//! Must not know: where the values come from.

use super::{Panel, theme};
use crate::action::Action;
use crate::curve::smooth;
use crate::zoo::Loss;
use eframe::egui::{self, RichText, Ui};
use egui_plot::{FilledArea, HoverPosition, Line, LineStyle, Plot, PlotPoints};

/// Bins drawn across a plot; more than its pixels would be waste.
const BINS: usize = 240;

/// Draws one plot for each unit, as nats and probabilities have no common axis.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(recipe) = p.state.curves_of.filter(|_| p.state.curves.iter().any(|c| !c.is_empty())) else {
        ui.centered_and_justified(|ui| {
            ui.label(theme::quiet(
                ui,
                "The losses are drawn here, one point a step, as soon as a training runs.",
            ));
        });
        return;
    };
    tools(ui, p, recipe.losses);
    // Losses on very different scales hide each other, so each VAE term has its own axis; a GAN's two share one.
    let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
    for (i, loss) in recipe.losses.iter().enumerate() {
        let apart = recipe.family == crate::zoo::Family::Vae;
        match groups.iter_mut().find(|(unit, _)| *unit == loss.unit && !apart) {
            Some((_, members)) => members.push(i),
            None => groups.push((loss.unit, vec![i])),
        }
    }
    groups.retain(|(_, members)| members.iter().any(|i| !p.state.hidden.contains(recipe.losses[*i].name)));
    let height =
        (ui.available_height() - theme::UNIT * 2.0 * groups.len() as f32) / groups.len().max(1) as f32;
    for (unit, members) in groups {
        one(ui, p, recipe.losses, unit, &members, height.max(70.0));
    }
}

fn tools(ui: &mut Ui, p: &mut Panel<'_>, losses: &'static [Loss]) {
    ui.horizontal_wrapped(|ui| {
        for (i, loss) in losses.iter().enumerate() {
            let mut on = !p.state.hidden.contains(loss.name);
            let last = p.state.curves.get(i).and_then(|c| c.at(c.len() as u64));
            let value = last.map_or(String::new(), |v| format!(" {v:.2}"));
            let text = RichText::new(format!("{} {}{value}", dash(i), loss.title)).color(colour(ui, i));
            if ui.checkbox(&mut on, text).on_hover_text(format!("{} ({})", loss.help, loss.unit)).changed() {
                p.act(Action::Hide(loss.name, !on));
            }
        }
        ui.separator();
        ui.label("Smoothing");
        let mut s = p.state.prefs.smoothing;
        ui.spacing_mut().slider_width = 90.0;
        let slider = egui::Slider::new(&mut s, 0.0..=0.999).fixed_decimals(3);
        if ui
            .add(slider)
            .on_hover_text("Weight of the past in the drawn line; the band shows every value")
            .changed()
        {
            p.act(Action::Smoothing(s));
        }
        let mut log = p.state.prefs.log_scale;
        if ui
            .checkbox(&mut log, "Log scale")
            .on_hover_text("Logarithmic axis; values at or below 0 are left out")
            .changed()
        {
            p.act(Action::LogScale(log));
        }
    });
}

fn one(ui: &mut Ui, p: &Panel<'_>, losses: &'static [Loss], unit: &str, members: &[usize], height: f32) {
    let log = p.state.prefs.log_scale;
    let scale = move |v: f64| if log { v.log10() } else { v };
    let id = ui.scope_id().with(("losses", unit, members.first()));
    let back = move |v: f64| if log { 10f64.powf(v) } else { v };
    let unit_of = unit.to_owned();
    let steps = p.state.curves.first().map_or(0, |c| c.len()) as f64;
    // The bounds of the last frame say which stretch is needed at which fineness.
    let seen = ui.data(|d| d.get_temp::<(f64, f64)>(id)).unwrap_or((0.0, steps));
    let (from, to) = (seen.0.max(0.0), seen.1.min(steps));
    let mut lines: Vec<(FilledArea, Line<'_>)> = Vec::new();
    for i in members.iter().copied().filter(|i| !p.state.hidden.contains(losses[*i].name)) {
        let Some(curve) = p.state.curves.get(i) else { continue };
        let points: Vec<_> = curve
            .points(from, to, BINS)
            .into_iter()
            .filter(|(_, b)| b.mean.is_finite())
            .filter(|(_, b)| !log || (b.min > 0.0 && b.mean > 0.0))
            .collect();
        let bin = curve.bin_size(from, to, BINS);
        let mean: PlotPoints<'_> =
            smooth(&points, p.state.prefs.smoothing, bin).into_iter().map(|[x, y]| [x, scale(y)]).collect();
        let xs: Vec<f64> = points.iter().map(|(x, _)| *x).collect();
        let low: Vec<f64> = points.iter().map(|(_, b)| scale(b.min.into())).collect();
        let high: Vec<f64> = points.iter().map(|(_, b)| scale(b.max.into())).collect();
        let c = colour(ui, i);
        let area =
            FilledArea::new("", &xs, &low, &high).fill_color(c.gamma_multiply(0.25)).allow_hover(false);
        lines.push((area, Line::new(losses[i].title, mean).color(c).width(1.8).style(style(i))));
    }
    let title = match members {
        [only] => format!("{}, {unit}", losses[*only].title),
        _ => unit.to_owned(),
    };
    let shown = Plot::new(id)
        .height(height)
        .y_axis_min_width(52.0)
        .allow_scroll(false)
        .grid_color(theme::colours(ui).quiet.gamma_multiply(0.25))
        .grid_fade(0.0)
        .grid_spacing(egui::Rangef::new(22.0, 300.0))
        .y_axis_formatter(move |mark, _| plain(back(mark.value)))
        .x_axis_formatter(
            |mark, _| if mark.value >= 0.0 { super::grouped(mark.value as u64) } else { String::new() },
        )
        .label_formatter(move |at| match at {
            HoverPosition::NearDataPoint { plot_name, position, .. } => {
                Some(format!("{plot_name}\nstep {:.0}: {} {unit_of}", position.x, plain(back(position.y))))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |plot| {
            for (area, line) in lines {
                plot.add(area);
                plot.line(line);
            }
            let bounds = plot.plot_bounds();
            (bounds.min()[0], bounds.max()[0], plot.auto_bounds().x)
        });
    // While the plot follows the run, the whole run is what is needed.
    let (from, to, follows) = shown.inner;
    let next = if follows { (0.0, f64::INFINITY) } else { (from, to) };
    ui.data_mut(|d| d.insert_temp(id, next));
    let corner = shown.response.rect.left_top() + egui::vec2(62.0, 6.0);
    ui.painter().text(
        corner,
        egui::Align2::LEFT_TOP,
        title,
        egui::FontId::proportional(11.5),
        theme::colours(ui).quiet,
    );
}

fn plain(v: f64) -> String {
    match v.abs() {
        a if a >= 1000.0 => format!("{v:.0}"),
        a if a >= 10.0 => format!("{v:.1}"),
        a if a >= 0.01 || a == 0.0 => format!("{v:.3}"),
        _ => format!("{v:.1e}"),
    }
}

fn colour(ui: &Ui, i: usize) -> egui::Color32 {
    let all = theme::colours(ui).curves;
    all[i % all.len()]
}

fn style(i: usize) -> LineStyle {
    match i % 3 {
        0 => LineStyle::Solid,
        1 => LineStyle::dashed_loose(),
        _ => LineStyle::dotted_dense(),
    }
}

/// The same in a word's width, for those who don't see the colour.
fn dash(i: usize) -> &'static str {
    match i % 3 {
        0 => "—",
        1 => "- -",
        _ => "···",
    }
}
