//! Chance and single numbers: a button that throws the dice, and a slider.
//!
//! Must not know: what is drawn with them.

use super::super::{Panel, theme};
use crate::action::Action;
use crate::action::pixels::Pixeling;
use crate::point::{FADE, Input, NOISE_STRENGTH, RESOLUTION, TEMPERATURE, TRUNCATION, Value};
use crate::random::dice;
use crate::zoo::styled::{ACROSS, CUTOFF, DOWN, MIX_FROM, MIX_TO, NOISE_FROM, TURN};
use eframe::egui::{self, Ui};

/// Draws the dice.
pub fn noise(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let Value::Noise(now) = super::value(p, input) else { return };
    ui.add_space(theme::UNIT);
    ui.horizontal(|ui| {
        let hint = "Another picture: throw the dice again (R)";
        let own = "Throws the dice of the noise alone: the latent stays as it is";
        if p.state.dims() > 0 {
            if ui.button("🎲 Noise").on_hover_text(own).clicked() {
                p.act(Action::Hold(input.name.clone(), Value::Noise(dice(u64::from(now), 1))));
            }
        } else if ui.add(theme::primary(ui, "🎲 Randomise")).on_hover_text(hint).clicked() {
            p.act(Action::Randomise);
            // What is being drawn slowly begins anew.
            if p.state.pixels.drawn.is_some() {
                p.act(Action::Pixels(Pixeling::Drawn(Some(0.0))));
            }
        }
        let mut seed = now;
        let value = ui.add(egui::DragValue::new(&mut seed).speed(0.2));
        if value
            .on_hover_text("The number that all dice follow from: the same number, the same picture")
            .changed()
        {
            p.act(Action::Hold(input.name.clone(), Value::Noise(seed)));
        }
    });
}

/// Draws a slider.
pub fn number(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, [min, max]: [f32; 2]) {
    let (Value::Number(now), Value::Number(home)) = (super::value(p, input), input.default_value()) else {
        return;
    };
    let (title, hint) = match input.name.as_str() {
        TEMPERATURE => (
            "Temperature",
            "How bold the dice are: 0 takes the likeliest value of each pixel, 1 is what was learnt, above 1 the odd ones",
        ),
        RESOLUTION => (
            "Resolution",
            "At how many pixels the network draws, the nearest of those that it grew through; the picture has its full size all the same",
        ),
        TRUNCATION => (
            "Truncation ψ",
            "ψ: how far w is from its mean. 0 is the mean itself whatever the latent, 1 is what was learnt, between the two pictures are surer and more alike",
        ),
        NOISE_STRENGTH => (
            "Noise strength",
            "How much chance each layer gives to its places: 0 is none, 1 is what was learnt",
        ),
        FADE => (
            "Fade",
            "How much the newest layers make of the picture: 0 is the resolution before, doubled, 1 is theirs alone",
        ),
        TURN => ("Turn", "Degrees by which the picture is turned, details and all"),
        ACROSS => ("Across", "Moves the picture to the right, in widths of it"),
        DOWN => ("Down", "Moves the picture down, in heights of it"),
        other => (other, "A number that the model takes"),
    };
    ui.horizontal(|ui| {
        ui.label(title);
        let mut v = now;
        let response = ui.add(egui::Slider::new(&mut v, min..=max).fixed_decimals(2).trailing_fill(true));
        if response.changed() {
            p.act(Action::Hold(input.name.clone(), Value::Number(v)));
        }
        if response.drag_stopped() {
            p.act(Action::Release);
        }
        response.on_hover_text(hint);
        let reset = ui.add_enabled(now != home, egui::Button::new("↺").small());
        if reset.on_hover_text(format!("Back to {home}")).clicked() {
            p.act(Action::Hold(input.name.clone(), Value::Number(home)));
            p.act(Action::Release);
        }
    });
    ui.add_space(theme::UNIT);
}

/// Draws a slider of whole numbers, or buttons where they stand for things.
pub fn whole(ui: &mut Ui, p: &mut Panel<'_>, input: &Input, max: u16, names: &[String]) {
    let (Value::Number(now), Value::Number(home)) = (super::value(p, input), input.default_value()) else {
        return;
    };
    let (title, hint) = match input.name.as_str() {
        CUTOFF => (
            "… of layers",
            "Only so many of the first layers are truncated: the first ones make the pose and the outlines, the last ones colours and textures",
        ),
        MIX_FROM => ("From layer", "The first layer that has the styles of the other latent"),
        MIX_TO => (
            "To layer",
            "The layers before this one have the styles of the other latent: the first ones make the pose and the outlines, the last ones colours and textures",
        ),
        NOISE_FROM => (
            "Noise from",
            "What is left to chance, as the fall of hairs: the maps that are in the file, none, or maps that are drawn",
        ),
        other => (other, "A whole number that the model takes"),
    };
    let put = |p: &mut Panel<'_>, v: f32| p.act(Action::Hold(input.name.clone(), Value::Number(v)));
    // Of its own name, so that the keyboard stays with it whatever comes and goes above.
    ui.push_id(("whole", &input.name), |ui| {
        ui.horizontal(|ui| {
            let label = ui.label(title).on_hover_text(hint);
            if !names.is_empty() {
                for (i, name) in names.iter().enumerate() {
                    if ui.selectable_label(now.round() == i as f32, name).on_hover_text(hint).clicked() {
                        put(p, i as f32);
                        p.act(Action::Release);
                    }
                }
                return;
            }
            let mut v = now.round();
            let slider = egui::Slider::new(&mut v, 0.0..=f32::from(max)).step_by(1.0).fixed_decimals(0);
            let response = ui.add(slider.trailing_fill(true)).labelled_by(label.id);
            if response.changed() {
                put(p, v);
            }
            if response.drag_stopped() {
                p.act(Action::Release);
            }
            response.on_hover_text(hint);
            let reset = ui.add_enabled(now != home, egui::Button::new("↺").small());
            if reset.on_hover_text(format!("Back to {home}")).clicked() {
                put(p, home);
                p.act(Action::Release);
            }
        })
    });
    ui.add_space(theme::UNIT);
}
