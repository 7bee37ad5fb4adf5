//! One histogram: all pictures as a quiet ground, the kept ones over it; a click takes a bar's values, a drag those of
//! several bars.
//!
//! Must not know: which data the counts are of.

use super::super::{grouped, theme};
use super::{number, percent};
use crate::data::summary::{BINS, Keep, edge};
use eframe::egui::{self, Align2, Color32, Pos2, Rect, Sense, Ui, Vec2};

const HEIGHT: f32 = 44.0;

/// What a histogram shows.
pub struct Histogram<'a> {
    /// The factor.
    pub name: &'a str,
    /// Its range.
    pub range: (f32, f32),
    /// [`BINS`] counts over all pictures.
    pub all: &'a [u32],
    /// The same over those that the filter keeps.
    pub kept: Option<&'a [u32]>,
    /// The filter's condition on this factor.
    pub wanted: Option<&'a Keep>,
}

/// Draws it over the width that there is. `Some(None)`: drop the condition.
pub fn show(ui: &mut Ui, h: &Histogram<'_>) -> Option<Option<Keep>> {
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), HEIGHT), Sense::click_and_drag());
    let label = format!("Histogram of {}", h.name);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &label));
    if !ui.is_rect_visible(rect) {
        return None;
    }
    let under = |at: Pos2| {
        let part = ((at.x - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0);
        ((part * BINS as f32) as usize).min(BINS - 1)
    };
    let hovered = response.hover_pos().map(under);
    paint(ui, h, rect, hovered);
    let (min, max) = h.range;
    let taken = |first: usize, last: usize| Keep::bars(first, last, min, max);
    let mut answer = None;
    let origin = ui.input(|i| i.pointer.press_origin());
    if response.dragged()
        && let (Some(from), Some(to)) = (origin.map(under), response.interact_pointer_pos().map(under))
    {
        answer = Some(Some(taken(from, to)));
    } else if response.clicked()
        && let Some(bar) = response.interact_pointer_pos().map(under)
    {
        let keep = taken(bar, bar);
        answer = Some((h.wanted != Some(&keep)).then_some(keep));
    }
    if let Some(bar) = hovered {
        response.on_hover_ui_at_pointer(|ui| readout(ui, h, bar));
    }
    answer.filter(|a| a.as_ref() != h.wanted)
}

/// The words on a bar.
fn readout(ui: &mut Ui, h: &Histogram<'_>, bar: usize) {
    let (min, max) = h.range;
    ui.label(format!("{} {} … {}", h.name, number(edge(bar, min, max)), number(edge(bar + 1, min, max))));
    let say = |counts: &[u32]| {
        let count = counts.get(bar).copied().unwrap_or(0);
        format!("{} ({})", grouped(count.into()), percent(count, counts.iter().sum()))
    };
    match h.kept {
        Some(kept) => ui.label(format!("{} of the kept, {} of all", say(kept), say(h.all))),
        None => ui.label(format!("{} pictures", say(h.all))),
    };
    ui.label(theme::quiet(ui, "Click to keep only these; drag over several bars").small());
}

/// Bars are shares, so that few kept pictures can be compared with all.
fn paint(ui: &Ui, h: &Histogram<'_>, rect: Rect, hovered: Option<usize>) {
    let colours = theme::colours(ui);
    let share = |counts: &[u32]| -> Vec<f32> {
        let sum = counts.iter().sum::<u32>().max(1) as f32;
        counts.iter().map(|c| *c as f32 / sum).collect()
    };
    let all = share(h.all);
    let kept = h.kept.map(share);
    let largest = |shares: &[f32]| shares.iter().fold(0.0f32, |a, b| a.max(*b));
    let top = largest(&all).max(kept.as_deref().map_or(0.0, largest)).max(1e-6);
    let painter = ui.painter();
    let left = |bar: usize| (rect.left() + rect.width() * bar as f32 / BINS as f32).round();
    let bar = |i: usize, share: f32, colour: Color32| {
        let high = (share / top * (rect.height() - 1.0)).ceil();
        if share > 0.0 {
            let at = Rect::from_min_max(
                egui::pos2(left(i), rect.bottom() - high),
                egui::pos2(left(i + 1) - 1.0, rect.bottom()),
            );
            painter.rect_filled(at, 0.0, colour);
        }
    };
    let ground = colours.quiet.gamma_multiply(if kept.is_some() { 0.32 } else { 0.6 });
    if let Some(i) = hovered {
        let column =
            Rect::from_min_max(egui::pos2(left(i), rect.top()), egui::pos2(left(i + 1) - 1.0, rect.bottom()));
        painter.rect_filled(column, 0.0, colours.quiet.gamma_multiply(0.16));
    }
    for (i, share) in all.iter().enumerate() {
        bar(i, *share, ground);
        if let Some(kept) = &kept {
            bar(i, kept.get(i).copied().unwrap_or(0.0), colours.accent.gamma_multiply(0.85));
        }
    }
    let line = egui::Stroke::new(1.0, colours.quiet.gamma_multiply(0.5));
    painter.hline(rect.x_range(), rect.bottom() + 0.5, line);
}

/// The ends of the range, under the bars; what is wanted between them.
pub fn ends(ui: &mut Ui, h: &Histogram<'_>) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 13.0), Sense::hover());
    let colours = theme::colours(ui);
    let font = egui::FontId::proportional(10.5);
    let painter = ui.painter();
    painter.text(rect.left_center(), Align2::LEFT_CENTER, number(h.range.0), font.clone(), colours.quiet);
    painter.text(rect.right_center(), Align2::RIGHT_CENTER, number(h.range.1), font.clone(), colours.quiet);
    if let Some(Keep::Between(from, to)) = h.wanted {
        let text = format!("{} … {}", number(*from), number(*to));
        painter.text(rect.center(), Align2::CENTER_CENTER, text, font, colours.accent);
    }
}
