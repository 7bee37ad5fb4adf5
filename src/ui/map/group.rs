//! The points inside a lasso, and the wells they can be put into.
//!
//! Must not know: how points are laid out.

use super::super::{Panel, grouped, theme};
use super::title;
use crate::action::{Action, bench::Benching, map::Mapping};
use crate::latent::arithmetic::mean;
use crate::state::bench::{Bookmark, WELL_LIMIT, Well};
use crate::tools::points::Points;
use eframe::egui::{self, Id, Pos2, Ui};
use std::sync::Arc;

const WELLS: [(Well, &str, &str); 6] = [
    (Well::Keyframes, "Keyframes", "what a morph passes through"),
    (Well::A, "A", "A in A − B + C"),
    (Well::B, "B", "B in A − B + C"),
    (Well::C, "C", "C in A − B + C"),
    (Well::Has, "Has it", "for a direction: these have it"),
    (Well::HasNot, "Has it not", "for a direction: these have it not"),
];

/// Whether a place is inside a closed path (an odd number of its edges lies to the right).
pub fn inside(path: &[Pos2], at: Pos2) -> bool {
    let mut odd = false;
    for (k, a) in path.iter().enumerate() {
        let b = path[(k + 1) % path.len()];
        if (a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x {
            odd = !odd;
        }
    }
    odd
}

/// Draws what can be done with the group.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, points: &Points) {
    let group = p.state.map.cloud.group.clone();
    ui.add_space(theme::UNIT);
    ui.separator();
    if group.is_empty() {
        ui.label(theme::quiet(ui, "No group: draw around points with the lasso to put them into a well."));
        return;
    }
    ui.horizontal(|ui| {
        title(ui, &format!("Group of {}", grouped(group.len() as u64)));
        if ui.small_button("×").on_hover_text("Take no points as a group").clicked() {
            p.act(Action::Map(Mapping::Group(Arc::default())));
        }
    });
    let id = Id::unique("map well");
    let mut well: Well = ui.data(|d| d.get_temp(id)).unwrap_or(Well::A);
    let name = |w: Well| WELLS.iter().find(|(other, ..)| *other == w).map_or("", |(_, name, _)| name);
    ui.horizontal_wrapped(|ui| {
        ui.label("Into");
        egui::ComboBox::from_id_salt("map well").selected_text(name(well)).width(88.0).show_ui(ui, |ui| {
            for (w, name, hint) in WELLS {
                ui.selectable_value(&mut well, w, name).on_hover_text(hint);
            }
        });
        let room = WELL_LIMIT.saturating_sub(p.state.bench.well(well).len());
        let count = group.len().min(room);
        let members = if count < group.len() { format!("{count} of them") } else { "Each".to_owned() };
        let hint =
            format!("Each as a latent of its own; a well holds {WELL_LIMIT}, so of more an even choice");
        if ui.add_enabled(count > 0, egui::Button::new(members)).on_hover_text(hint).clicked() {
            let pick = |k: usize| group[k * group.len() / count];
            let marks = (0..count).map(|k| Bookmark::from(points.z(pick(k)).to_vec())).collect();
            p.act(Action::Bench(Benching::PutAll(well, marks)));
        }
        let hint = "One latent: the mean of them all";
        if ui.add_enabled(room > 0, egui::Button::new("Mean")).on_hover_text(hint).clicked() {
            let z: Vec<&[f32]> = group.iter().map(|i| points.z(*i)).collect();
            let mark = Bookmark { name: format!("mean of {}", group.len()), ..mean(&z).into() };
            p.act(Action::Bench(Benching::Put(well, mark, None)));
        }
        ui.label(theme::quiet(ui, format!("holds {}", p.state.bench.well(well).len())));
    });
    ui.data_mut(|d| d.insert_temp(id, well));
}
