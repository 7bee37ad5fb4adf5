//! A picture of which parts are there: erasing and keeping them with a brush, on the picture itself.
//!
//! Must not know: how the rest is drawn.

use super::super::{Panel, theme};
use super::hand::{self, With};
use crate::action::Action;
use crate::action::pixels::Pixeling;
use crate::canvas::{Brush, Ink, Tool};
use crate::point::{Input, Kind, Value};
use crate::state::pixels::Hand;
use eframe::egui::{self, Rect, Response, RichText, Ui, Vec2};
use std::sync::Arc;

/// A partial picture: planar bytes, the mask as the last plane.
struct Partial {
    bytes: Vec<u8>,
    places: usize,
}

impl Partial {
    /// What is there now. Where nothing is, the picture on the screen takes its place, with an empty mask.
    fn now(p: &Panel<'_>, input: &Input) -> Option<Self> {
        let Kind::Partial { width, height, channels } = input.kind else { return None };
        let Value::Picture(bytes) = super::value(p, input) else { return None };
        let places = width * height;
        let mut bytes = bytes.to_vec();
        // What is drawn and not given follows the picture, so that keeping a pixel keeps what one sees.
        let seen: Option<Arc<[u8]>> = p.state.pixels_seen().map(|seen| seen.look.picture.clone());
        if let Some(seen) = seen.filter(|seen| seen.len() == channels * places) {
            for i in 0..places {
                if bytes[channels * places + i] == 0 {
                    (0..channels).for_each(|c| bytes[c * places + i] = seen[c * places + i]);
                }
            }
        }
        Some(Self { bytes, places })
    }

    fn mask(&mut self) -> &mut [u8] {
        let from = self.bytes.len() - self.places;
        &mut self.bytes[from..]
    }

    /// What of it is there.
    fn kept(&self) -> usize {
        self.bytes[self.bytes.len() - self.places..].iter().filter(|m| **m > 0).count()
    }

    fn hold(self, p: &mut Panel<'_>, input: &Input) {
        p.act(Action::Hold(input.name.clone(), Value::Picture(self.bytes.into())));
    }
}

/// Draws the tools.
pub fn tools(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let Some(partial) = Partial::now(p, input) else { return };
    let (kept, places) = (partial.kept(), partial.places);
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        ui.label(RichText::new("What is there").strong()).on_hover_text(
            "Parts of a picture that the model leaves as they are; it draws the rest, each pixel by the ones before it",
        );
        let words = match kept {
            0 => "nothing: all is drawn".to_owned(),
            all if all == places => "all of it".to_owned(),
            some => format!("{:.0} % of it", 100.0 * some as f32 / places as f32),
        };
        ui.label(theme::quiet(ui, words));
    });
    ui.horizontal(|ui| {
        let all = [
            (Hand::Look, "Look", "Point at a pixel to see what it could have been; click to stay with it"),
            (Hand::Erase, "Erase", "Brush pixels away: the model draws them anew"),
            (Hand::Keep, "Keep", "Brush over pixels that shall stay as they are"),
        ];
        for (hand, title, hint) in all {
            let chosen = p.state.pixels.hand == hand;
            if ui.selectable_label(chosen, title).on_hover_text(hint).clicked() {
                p.act(Action::Pixels(Pixeling::Hand(hand)));
            }
        }
        let mut width = p.state.pixels.brush;
        let slider = egui::Slider::new(&mut width, 1.0..=24.0).fixed_decimals(0).show_value(false);
        if ui.add(slider).on_hover_text(format!("Width of the brush: {width:.0} pixels")).changed() {
            p.act(Action::Pixels(Pixeling::Brush(width)));
        }
    });
    ui.horizontal_wrapped(|ui| {
        // What of the picture is kept: from the top, so many halves.
        let all = [
            (
                "Erase the lower half",
                "Keep the upper half of this picture, and let the model draw the lower",
                true,
                1,
            ),
            (
                "Keep all",
                "Keep this picture as it is, to erase parts of it or to see what the model says of it",
                kept < places,
                2,
            ),
            ("Begin anew", "Keep nothing: the model draws all of it", kept > 0, 0),
        ];
        for (title, hint, there, halves) in all {
            if ui.add_enabled(there, egui::Button::new(title)).on_hover_text(hint).clicked()
                && let Some(mut now) = Partial::now(p, input)
            {
                let n = now.places;
                now.mask()
                    .iter_mut()
                    .enumerate()
                    .for_each(|(i, m)| *m = if 2 * i < halves * n { 255 } else { 0 });
                now.hold(p, input);
                p.act(Action::Release);
            }
        }
    });
    ui.add_space(theme::UNIT);
}

/// Brushes where the pointer is pressed, or tells which pixel it is over.
pub fn paint(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, rect: Rect, response: &Response) {
    let Kind::Partial { width, height, .. } = input.kind else { return };
    let cell = rect.size() / Vec2::new(width as f32, height as f32);
    let pointer = ui.input(|i| i.pointer.latest_pos());
    let over = pointer.filter(|at| rect.contains(*at) && (response.hovered() || response.dragged()));
    let place = |at: egui::Pos2| {
        let at = (at - rect.min) / cell;
        [(at.y.max(0.0) as usize).min(height - 1), (at.x.max(0.0) as usize).min(width - 1)]
    };
    let under = over.map(place);
    if under != p.state.pixels.under {
        p.act(Action::Pixels(Pixeling::Under(under)));
    }
    let hand = p.state.pixels.hand;
    if hand == Hand::Look {
        if response.clicked() {
            let again = p.state.pixels.chosen == under;
            p.act(Action::Pixels(Pixeling::Choose(under.filter(|_| !again))));
        }
        return;
    }
    let now = |p: &Panel<'_>| {
        let mut now = Partial::now(p, input)?;
        // The first stroke on a picture that was drawn takes from it, or keeps of it.
        if now.kept() == 0 && hand == Hand::Erase {
            now.mask().fill(255);
        }
        Some(Value::Picture(now.bytes.into()))
    };
    let ink = Ink::Mask(if hand == Hand::Erase { 0 } else { 255 });
    let brush = Brush { width: p.state.pixels.brush, ..Brush::default() };
    let with = With { tool: Tool::Pencil, brush, ink, other: None };
    hand::draw(ui, p, input, (rect, response), &now, with);
}
