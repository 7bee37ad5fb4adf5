//! The page of curves: the losses of a training, or what goes on inside, as is chosen.
//!
//! Must not know: how a chart is drawn, where the values came from.

use super::plot::{Chart, Series, changed, chart, colour, dash, point, smoothing};
use super::{Panel, theme};
use crate::action::Action;
use crate::action::inside::Looking;
use crate::engine::health::Warning;
use crate::engine::message::{Phase, Source};
use crate::state::Tab;
use crate::state::inside::Charts;
use crate::zoo::{Loss, Settings, adversarial};
use eframe::egui::{RichText, Ui};

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
    which(ui, p, &p.state.warnings);
    if !losses(ui, p) {
        return;
    }
    let own = p.state.form.recipe == recipe.name;
    let settings = if own { p.state.form.settings.clone() } else { Settings::default() };
    let plotted = adversarial::plotted(recipe, &settings);
    tools(ui, p, &plotted);
    // Losses on very different scales hide each other, so each recipe says which share an axis.
    let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
    for (i, loss) in plotted.iter().enumerate() {
        match groups.iter_mut().find(|(_, members)| plotted[members[0]].axis == loss.axis) {
            Some((_, members)) => members.push(i),
            None => groups.push((loss.unit, vec![i])),
        }
    }
    groups.retain(|(_, members)| members.iter().any(|i| !p.state.hidden.contains(plotted[*i].name)));
    let height =
        (ui.available_height() - theme::UNIT * 2.0 * groups.len() as f32) / groups.len().max(1) as f32;
    let state = p.state;
    let changes = state.followed().map_or(Vec::new(), |v| changed(Some(recipe), &v.changes));
    let cursor = state.travel.hover.or(state.travel.cursor);
    let mut at = None;
    for (unit, members) in groups {
        let visible: Vec<usize> =
            members.iter().copied().filter(|i| !state.hidden.contains(plotted[*i].name)).collect();
        let series = visible.iter().filter_map(|&i| {
            let curve = state.curves.get(i)?;
            Some(Series { title: plotted[i].title.into(), curve, look: i })
        });
        let title = match members[..] {
            [only] => format!("{}, {unit}", plotted[only].title),
            _ => unit.to_owned(),
        };
        let even = visible.iter().filter_map(|&i| plotted[i].even.map(|even| (i, even))).collect();
        let salt = ui.scope_id().with(("losses", unit, members.first()));
        let (unit, changes) = (unit.to_owned(), &changes[..]);
        let series = series.collect();
        let drawn = Chart { salt, title, unit, series, even, height: height.max(70.0), changes, cursor };
        at = at.or(chart(ui, &state.prefs, &drawn));
    }
    point(p, at);
}

/// The choice between the losses and what goes on inside; at its right what is wrong with the run, which takes no room
/// of its own.
pub fn which(ui: &mut Ui, p: &mut Panel<'_>, warnings: &[Warning]) {
    let now = p.state.charts();
    ui.horizontal(|ui| {
        let losses = "What the model pays, every step";
        let norms = "Norms of weights and gradients by layer, the KL of each latent dimension, and the classes that are drawn";
        let histograms = "How weights, gradients and activations spread, layer by layer";
        let layers = "What each layer gives for the latent under the sliders";
        for (charts, title, hint) in [
            (Charts::Losses, "Losses", losses),
            (Charts::Norms, "Norms", norms),
            (Charts::Histograms, "Histograms", histograms),
            (Charts::Layers, "Layers", layers),
        ] {
            let possible = charts != Charts::Layers || p.state.tab == Tab::Train;
            if possible && ui.selectable_label(now == charts, title).on_hover_text(hint).clicked() {
                p.act(Action::Inside(Looking::Charts(charts)));
            }
        }
        super::health::show(ui, p, warnings);
    });
}

/// Draws what goes on inside where that is chosen. True: the losses are, and not drawn yet.
pub fn losses(ui: &mut Ui, p: &mut Panel<'_>) -> bool {
    match p.state.charts() {
        Charts::Losses => return true,
        Charts::Norms => super::layers::show(ui, p),
        Charts::Histograms => super::spread::show(ui, p),
        Charts::Layers => {
            let other = p.state.model.as_ref().filter(|m| m.source != Source::Training);
            if let Some(model) = other.filter(|_| p.state.progress.phase != Phase::Idle) {
                let words = format!("Layers of {}, which is not what trains", model.name);
                ui.label(theme::quiet(ui, words));
            }
            super::tap::panel(ui, p);
        }
    }
    false
}

fn tools(ui: &mut Ui, p: &mut Panel<'_>, losses: &[Loss]) {
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
        smoothing(ui, p);
    });
}
