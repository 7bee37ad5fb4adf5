//! The training pictures that are most like the picture now, so that one sees whether the model remembers them.
//!
//! Must not know: how pictures are compared.

use super::super::{Panel, grouped, theme};
use super::{data_picture, title};
use crate::action::Action;
use crate::engine::tool::{ToolKind, ToolNews, ToolOrder};
use crate::tools::memory::Likeness;
use crate::tools::points::Points;
use eframe::egui::{Id, Sense, Ui, Vec2};
use std::sync::Arc;

/// Draws them, and the button that looks for them.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, points: &Arc<Points>) {
    ui.add_space(theme::UNIT);
    ui.separator();
    title(ui, "Most like the picture now");
    ui.horizontal_wrapped(|ui| {
        let working = p.state.tools.get(&ToolKind::Nearest).cloned();
        match working {
            Some(ToolNews::Working(done, total)) => {
                let part = done as f32 / total.max(1) as f32;
                ui.add(theme::progress(ui, part, 150.0, "Comparing"));
                if ui.button("Cancel").on_hover_text("Give it up").clicked() {
                    p.act(Action::CancelTool(ToolKind::Nearest));
                }
            }
            _ => {
                let data = p.state.map.cloud.data.trim().to_owned();
                let among = match &points.pictures {
                    Some(pictures) => format!("the {} pictures on the map", grouped(pictures.len() as u64)),
                    None => format!("pictures of {data}"),
                };
                for (by, name, how) in [
                    (Likeness::Pixels, "By pixels", "pixel by pixel: copies are found"),
                    (
                        Likeness::Features,
                        "By features",
                        "by what a classifier sees in them: those that show the like are found, moved or recoloured too",
                    ),
                ] {
                    if ui.button(name).on_hover_text(format!("Compare with {among}, {how}")).clicked() {
                        let z = p.state.latent.z.as_slice().into();
                        p.act(Action::Tool(ToolOrder::Nearest { z, of: points.clone(), data: data.clone(), by }));
                    }
                }
            }
        }
    });
    let Some(nearest) = p.state.map.cloud.nearest.clone() else { return };
    // Of pixels a share of the whole range; features have no unit.
    let said = |d: f32| match nearest.by {
        Likeness::Pixels => format!("{:.1} % (root mean square)", d * 100.0),
        Likeness::Features => format!("{d:.3}"),
    };
    let count = nearest.found.len().max(1);
    let cell = ((ui.available_width() - 4.0 * count as f32) / count as f32).min(64.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (k, (i, d)) in nearest.found.iter().enumerate() {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(cell), Sense::hover());
            data_picture(ui, Id::unique(("like", k)), rect, &nearest.pictures, k, points.key ^ *i as u64);
            response.on_hover_text(format!("Picture {}: differs by {}", grouped(*i as u64), said(*d)));
        }
    });
    let Some((_, first)) = nearest.found.first() else { return };
    let verdict = if *first < 0.5 * nearest.among {
        "that is far closer than training pictures are to each other: it looks remembered"
    } else if *first < nearest.among {
        "that is somewhat closer than training pictures are to each other: look whether it is one of them"
    } else {
        "that is no closer than training pictures are to each other: it does not look remembered"
    };
    let stale = if *nearest.z == *p.state.latent.z { "" } else { " (of an earlier picture; find again)" };
    let what = match nearest.by {
        Likeness::Pixels => "in pixels",
        Likeness::Features => "in the classifier's features",
    };
    let text = format!(
        "Of {}, the nearest differs by {} {what}; it differs from its own nearest by {}: {verdict}{stale}.",
        grouped(nearest.looked_at as u64),
        said(*first),
        said(nearest.among)
    );
    ui.label(theme::quiet(ui, text).small());
}
