//! A latent beside the first one, whose styles are mixed in: a small picture of it, another one by chance, or the one on the screen.
//!
//! Must not know: how pictures are decoded, what is mixed.

use super::super::{Panel, fitted, theme};
use crate::action::Action;
use crate::gpu::Look;
use crate::latent::prior;
use crate::point::{Input, Point, Value, free};
use eframe::egui::{self, Id, RichText, Sense, Ui, Vec2};

/// Side of its picture, points.
const SIDE: f32 = 72.0;

/// Draws it; nothing of the first latent, which the sliders move.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let first = free(p.state.inputs()).map(|(i, _)| p.state.inputs()[i].name.clone());
    let Value::Latent(now) = super::value(p, input) else { return };
    if first.is_none_or(|first| first == input.name) {
        return;
    }
    ui.add_space(theme::UNIT);
    ui.label(RichText::new("Style mixing").strong()).on_hover_text(
        "Another latent, whose styles some of the layers take: choose which with the two sliders below",
    );
    ui.horizontal(|ui| {
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(SIDE), Sense::hover());
        // As it is by itself: nothing is mixed into it.
        let mut held = p.state.latent.held.clone();
        for name in super::mixing(p.state.inputs()) {
            held.remove(&name);
        }
        match p.pictures.sheet_of(1, vec![Point { z: now.clone(), held }]) {
            Some(image) => {
                let place = fitted(rect, image.width, image.height);
                let id = Id::unique(("second latent", &input.name));
                p.pictures.paint(ui, id, place, &image, Look::plain(p.state.prefs.smooth_pixels));
            }
            None => drop(ui.painter().rect_filled(rect, 2.0, theme::colours(ui).ground)),
        }
        response.on_hover_text("The other latent by itself");
        ui.vertical(|ui| {
            if ui.button("🎲 Another").on_hover_text("Draw the other latent anew").clicked() {
                let other = prior::samples(seed(ui), now.len(), 1, 1.0).concat();
                put(p, input, other);
            }
            let take = ui.button("Take this z");
            if take.on_hover_text("The other latent becomes the one on the screen").clicked() {
                put(p, input, p.state.latent.z.clone());
            }
            let go = ui.button("Exchange");
            if go.on_hover_text("The two latents change places").clicked() {
                let mut held = p.state.latent.held.clone();
                held.insert(input.name.clone(), Value::Latent(p.state.latent.z.clone()));
                p.act(Action::Go(Point { z: now.clone(), held }));
            }
        });
    });
    ui.add_space(theme::UNIT);
}

fn put(p: &mut Panel<'_>, input: &Input, z: Vec<f32>) {
    p.act(Action::Hold(input.name.clone(), Value::Latent(z)));
    p.act(Action::Release);
}

/// The number of the next one; far from those that Randomise counts.
fn seed(ui: &Ui) -> u64 {
    let id = egui::Id::unique("second latent drawn");
    ui.data_mut(|d| {
        let n = d.get_temp_mut_or_default::<u64>(id);
        *n += 1;
        (1 << 40) + *n
    })
}
