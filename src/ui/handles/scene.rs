//! The scene that people walk in.
//!
//! Must not know: how their futures are made.

use super::super::{Panel, theme};
use crate::data::tracks::{Span, people};
use crate::point::{Input, Value};
use eframe::egui::{RichText, Ui};

/// Draws what is said of the scene.
pub fn tools(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, span: Span) {
    let Value::Tracks(now) = super::value(p, input) else { return };
    ui.add_space(theme::UNIT);
    ui.label(RichText::new("The scene to walk in").strong());
    ui.label(theme::quiet(ui, format!("{} people", people(&now, span.past))));
}
