//! What a SPEC says behind its `?`, as a choice and a switch: how pictures of another shape are fitted, and mirror images.
//!
//! Must not know: where the SPEC goes.

use crate::data::Fit;
use crate::data::spec::Spec;
use eframe::egui::{self, Ui};

/// Draws them for a SPEC that is understood. Returns the SPEC with what was changed; `None`: nothing was.
pub fn show(ui: &mut Ui, text: &str) -> Option<String> {
    let mut spec: Spec = text.parse().ok()?;
    let before = spec.options.clone();
    let fitted = spec.is_read();
    let options = &mut spec.options;
    ui.horizontal_wrapped(|ui| {
        if fitted {
            let word = |fit: Option<Fit>| {
                Fit::ALL.iter().find(|(one, _)| Some(*one) == fit).map_or("fit: as usual", |(_, word)| *word)
            };
            let shown = egui::ComboBox::from_id_salt("fit").selected_text(word(options.fit)).width(104.0).show_ui(
                ui,
                |ui| {
                    ui.selectable_value(&mut options.fit, None, word(None));
                    for (fit, word) in Fit::ALL {
                        ui.selectable_value(&mut options.fit, Some(fit), word);
                    }
                },
            );
            shown.response.on_hover_text(
                "How pictures of another shape become those of the model: what is too much cut off, black put beside them, \
or stretched. As usual: photographs are cropped, scans of digits padded\n?fit=…",
            );
        }
        ui.checkbox(&mut options.mirror, "Mirror images too").on_hover_text(
            "Each training picture is there a second time, left and right exchanged: twice as many pictures of what \
looks the same in a mirror; wrong for digits and letters\n?mirror=on",
        );
    });
    (spec.options != before).then(|| spec.to_string())
}
