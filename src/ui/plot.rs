//! The losses: one curve each, with its band from smallest to largest so that no spike is lost.
//!
//! Must not know: where the values come from.

use super::{Panel, theme};
use crate::action::{Action, travel::Travelling};
use crate::curve::{Curve, smooth};
use crate::engine::message::Change;
use crate::state::Prefs;
use crate::zoo::common::TURN_NAME;
use crate::zoo::{Recipe, Scale};
use eframe::egui::{self, Id, Ui};
use egui_plot::{
    FilledArea, GridInput, GridMark, HLine, HoverPosition, Line, LineStyle, Plot, PlotPoint, PlotPoints,
    PlotResponse,
};

/// Bins drawn across a plot; more than its pixels would be waste.
const BINS: usize = 240;

/// How all curves are drawn.
pub fn smoothing(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.label("Smoothing");
    let mut s = p.state.prefs.smoothing;
    ui.spacing_mut().slider_width = 64.0;
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
}

/// A line of a chart.
pub struct Series<'a> {
    /// What it is called under the pointer.
    pub title: String,
    /// Its values.
    pub curve: &'a Curve,
    /// Which colour and dash.
    pub look: usize,
}

/// A chart over the steps of a run.
pub struct Chart<'a> {
    /// Tells it from others.
    pub salt: Id,
    /// What stands in its corner.
    pub title: String,
    /// Unit of its values.
    pub unit: String,
    /// Its lines.
    pub series: Vec<Series<'a>>,
    /// Values worth a line across: the colour of which line, the value, and how it is written.
    pub even: Vec<(usize, (f64, &'static str))>,
    /// Height in points.
    pub height: f32,
    /// Changes of settings, which are marked: after which step, and what.
    pub changes: &'a [(u64, String)],
    /// The step that is looked at.
    pub cursor: Option<u64>,
}

/// Draws a chart. Gives the step under the pointer, and whether it was clicked.
pub fn chart(ui: &mut Ui, prefs: &Prefs, chart: &Chart<'_>) -> Option<(u64, bool)> {
    let log = prefs.log_scale;
    let scale = move |v: f64| if log { v.log10() } else { v };
    let id = chart.salt;
    let back = move |v: f64| if log { 10f64.powf(v) } else { v };
    let unit_of = chart.unit.clone();
    let steps = chart.series.iter().map(|s| s.curve.len()).max().unwrap_or(0) as f64;
    // The bounds of the last frame say which stretch is needed at which fineness.
    let seen = ui.data(|d| d.get_temp::<(f64, f64)>(id)).unwrap_or((0.0, steps));
    let (from, to) = (seen.0.max(0.0), seen.1.min(steps));
    let mut lines: Vec<(FilledArea, Line<'_>)> = Vec::new();
    for s in &chart.series {
        let points: Vec<_> = s
            .curve
            .points(from, to, BINS)
            .into_iter()
            .filter(|(_, b)| b.mean.is_finite())
            .filter(|(_, b)| !log || (b.min > 0.0 && b.mean > 0.0))
            .collect();
        let bin = s.curve.bin_size(from, to, BINS);
        let mean: PlotPoints<'_> =
            smooth(&points, prefs.smoothing, bin).into_iter().map(|[x, y]| [x, scale(y)]).collect();
        let xs: Vec<f64> = points.iter().map(|(x, _)| *x).collect();
        let low: Vec<f64> = points.iter().map(|(_, b)| scale(b.min.into())).collect();
        let high: Vec<f64> = points.iter().map(|(_, b)| scale(b.max.into())).collect();
        let c = colour(ui, s.look);
        let area =
            FilledArea::new("", &xs, &low, &high).fill_color(c.gamma_multiply(0.25)).allow_hover(false);
        lines.push((area, Line::new(s.title.clone(), mean).color(c).width(1.8).style(style(s.look))));
    }
    let mut levels: Vec<(f64, &str, egui::Color32)> = Vec::new();
    for (look, (value, name)) in &chart.even {
        // Two lines may share one; and a logarithm has no place for 0.
        if levels.iter().all(|(v, ..)| v != value) && (!log || *value > 0.0) {
            levels.push((*value, name, colour(ui, *look)));
        }
    }
    let shown = Plot::new(id)
        .height(chart.height)
        .y_axis_min_width(52.0)
        .allow_scroll(false)
        .grid_color(theme::colours(ui).quiet.gamma_multiply(0.25))
        .grid_fade(0.0)
        .grid_spacing(egui::Rangef::new(22.0, 300.0))
        .y_grid_spacer(move |grid| if log { decades(grid) } else { even(grid) })
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
            for (value, _, colour) in &levels {
                let line = HLine::new("", scale(*value)).color(colour.gamma_multiply(0.6)).width(1.0);
                plot.hline(line.style(LineStyle::dotted_dense()).allow_hover(false));
            }
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
    let rect = shown.response.rect;
    let across = |step: u64| shown.transform.position_from_point(&PlotPoint::new(step as f64, 0.0)).x;
    marks(ui, rect, chart, across);
    for (value, name, colour) in levels {
        let y = shown.transform.position_from_point(&PlotPoint::new(0.0, scale(value))).y;
        let at = egui::pos2(rect.right() - 4.0, y - 1.0);
        let font = egui::FontId::proportional(11.0);
        if rect.y_range().contains(y) {
            ui.painter().text(at, egui::Align2::RIGHT_BOTTOM, name, font, colour);
        }
    }
    let corner = rect.left_top() + egui::vec2(62.0, 6.0);
    let font = egui::FontId::proportional(11.5);
    ui.painter().text(corner, egui::Align2::LEFT_TOP, &chart.title, font, theme::colours(ui).quiet);
    let at = shown.response.hover_pos()?;
    let x = shown.transform.value_from_position(at).x;
    (x >= 0.0 && x <= steps).then(|| (x.round() as u64, shown.response.clicked()))
}

/// Marks at steps of 1, 2 or 5 times a power of ten: with those of one and ten alone, many ranges show no number.
fn even(grid: GridInput) -> Vec<GridMark> {
    let least = grid.base_step_size.max(1e-12);
    let power = 10f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0].map(|k| k * power).into_iter().find(|s| *s >= least).unwrap_or(10.0 * power);
    let (from, to) = grid.bounds;
    let (first, last) = ((from / step).ceil() as i64, (to / step).floor() as i64);
    (first..=last.min(first + 200))
        .map(|i| GridMark { value: i as f64 * step, step_size: if i % 5 == 0 { 5.0 * step } else { step } })
        .collect()
}

/// Marks of an axis of logarithms: the powers of ten, and where they are few 2 and 5 times them.
pub fn decades(grid: GridInput) -> Vec<GridMark> {
    let (from, to) = grid.bounds;
    let between: &[f64] = if to - from <= 4.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let powers = from.floor().max(-40.0) as i32..=to.ceil().min(40.0) as i32;
    powers
        .flat_map(|k| {
            between.iter().map(move |m| (f64::from(k) + m.log10(), if *m == 1.0 { 1.0 } else { 0.3 }))
        })
        .filter(|(value, _)| *value >= from && *value <= to)
        .map(|(value, step_size)| GridMark { value, step_size })
        .collect()
}

/// The moment that is looked at, and what was changed when: a tick each, with a word where there is room.
fn marks(ui: &Ui, rect: egui::Rect, chart: &Chart<'_>, across: impl Fn(u64) -> f32) {
    let colours = theme::colours(ui);
    let painter = ui.painter().with_clip_rect(rect);
    let mut free = rect.left();
    for (step, words) in chart.changes {
        let x = across(*step);
        painter.vline(x, rect.bottom() - 26.0..=rect.bottom() - 14.0, egui::Stroke::new(1.0, colours.quiet));
        let galley = painter.layout_no_wrap(words.clone(), egui::FontId::proportional(10.5), colours.quiet);
        let width = galley.size().x + 6.0;
        let left = if x + width > rect.right() { x - width } else { x };
        if left >= free {
            painter.galley(egui::pos2(left + 3.0, rect.bottom() - 27.0), galley, colours.quiet);
            free = left + width;
        }
    }
    if let Some(step) = chart.cursor {
        painter.vline(across(step), rect.y_range(), egui::Stroke::new(1.5, colours.accent));
    }
}

/// Changes of settings in a word each: "β 4". What held for one step only was a single step of one part, and no change.
pub fn changed(recipe: Option<&Recipe>, changes: &[Change]) -> Vec<(u64, String)> {
    let words = |c: &Change| {
        let setting = recipe.and_then(|r| r.setting(&c.name));
        let title = setting.map_or(c.name.as_str(), |s| s.title);
        let choice = match setting.map(|s| s.scale) {
            Some(Scale::Choice(all)) => all.iter().find(|(v, _)| *v == c.value).map(|(_, name)| *name),
            _ => None,
        };
        let value = choice.map_or_else(|| format!("{}", c.value), str::to_owned);
        (c.step, format!("{title} {value}"))
    };
    let lasting = |c: &&Change| {
        let back = changes.iter().any(|next| next.name == c.name && next.step == c.step + 1);
        !(back && c.name == TURN_NAME)
    };
    // Whose turn it is after single steps is what it was before them.
    let mut turn = 0.0;
    let news = |c: &&Change| c.name != TURN_NAME || std::mem::replace(&mut turn, c.value) != c.value;
    changes.iter().filter(lasting).filter(news).map(words).collect()
}

/// What stands over a chart of what goes on inside: the moment that is looked at, a title, and what it means. Gives the
/// step under the pointer, and whether it was clicked.
pub fn finish<R>(
    ui: &Ui,
    shown: &PlotResponse<R>,
    (title, hint): (&str, &str),
    cursor: Option<u64>,
) -> Option<(u64, bool)> {
    let colours = theme::colours(ui);
    let rect = shown.response.rect;
    if let Some(step) = cursor {
        let x = shown.transform.position_from_point(&PlotPoint::new(step as f64, 0.0)).x;
        let stroke = egui::Stroke::new(1.5, colours.accent);
        ui.painter().with_clip_rect(rect).vline(x, rect.y_range(), stroke);
    }
    let corner = rect.left_top() + egui::vec2(62.0, 6.0);
    let font = egui::FontId::proportional(11.5);
    let place = ui.painter().text(corner, egui::Align2::LEFT_TOP, title, font, colours.quiet);
    ui.interact(place, shown.response.id.with("about"), egui::Sense::hover()).on_hover_text(hint);
    let at = shown.response.hover_pos()?;
    let x = shown.transform.value_from_position(at).x;
    (x >= 0.0).then(|| (x.round() as u64, shown.response.clicked()))
}

/// What the pointer does over a run's charts: it looks at a moment, and a click stays there.
pub fn point(p: &mut Panel<'_>, at: Option<(u64, bool)>) {
    if p.state.followed().is_none_or(|v| v.samples.is_empty()) {
        return;
    }
    let over = at.map(|(step, _)| step);
    if over != p.state.travel.hover {
        p.act(Action::Travel(Travelling::Hover(over)));
    }
    if let Some((step, true)) = at {
        p.act(Action::Travel(Travelling::Cursor(Some(step))));
    }
}

/// A value with as many digits as are worth reading.
pub fn plain(v: f64) -> String {
    match v.abs() {
        a if a >= 1000.0 => format!("{v:.0}"),
        a if a >= 10.0 => format!("{v:.1}"),
        a if a >= 0.01 || a == 0.0 => format!("{v:.3}"),
        _ => format!("{v:.1e}"),
    }
}

/// Colour of the line of that number.
pub fn colour(ui: &Ui, i: usize) -> egui::Color32 {
    let all = theme::colours(ui).curves;
    all[i % all.len()]
}

/// Dash of the line of that number.
pub fn style(i: usize) -> LineStyle {
    match i % 3 {
        0 => LineStyle::Solid,
        1 => LineStyle::dashed_loose(),
        _ => LineStyle::dotted_dense(),
    }
}

/// The same in a word's width, for those who don't see the colour.
pub fn dash(i: usize) -> &'static str {
    match i % 3 {
        0 => "—",
        1 => "- -",
        _ => "···",
    }
}
