//! The points on the screen: moved, zoomed, pointed at, chosen, and taken by a lasso.
//!
//! Must not know: how latents are encoded or laid out.

use super::super::{Panel, grouped, theme};
use super::colour::Groups;
use super::raster::{self, Scatter};
use super::{group, hovered_id};
use crate::action::{Action, map::Mapping};
use crate::state::map::{By, Layout};
use crate::tools::points::Points;
use eframe::egui::{
    self, Align2, Color32, ColorImage, FontId, Id, Pos2, Rect, Sense, Stroke, TextureHandle, TextureOptions,
    Ui, Vec2,
};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// How near the pointer must come to a point, in points of the screen.
const NEAR: f32 = 9.0;

/// All of the layout again.
pub fn whole(ui: &Ui) {
    ui.data_mut(|d| d.remove::<Eye>(Id::unique("map eye")));
}

/// The switch of the lasso.
pub fn lasso_id() -> Id {
    Id::unique("lasso mode")
}

/// What of the layout is seen: its middle, and half its width.
#[derive(Clone, Copy, PartialEq)]
struct Eye {
    of: u64,
    centre: [f32; 2],
    half: f32,
}

/// The layout on the screen.
struct Chart {
    rect: Rect,
    eye: Eye,
}

impl Chart {
    fn scale(&self) -> f32 {
        self.rect.width().min(self.rect.height()) / (2.0 * self.eye.half)
    }

    fn screen(&self, at: [f32; 2]) -> Pos2 {
        let [x, y] = [at[0] - self.eye.centre[0], self.eye.centre[1] - at[1]];
        self.rect.center() + Vec2::new(x, y) * self.scale()
    }
}

/// Draws them, and takes gestures.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, points: &Points, layout: &Layout, groups: &Groups) {
    let rect = ui.available_rect_before_wrap();
    ui.painter().rect_filled(rect, theme::ROUND, theme::colours(ui).ground);
    let response = ui.interact(rect, Id::unique("points"), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, "Latents as points"));
    let of = layout.key;
    let id = Id::unique("map eye");
    let whole = Eye { of, centre: layout.frame.0, half: layout.frame.1 };
    let eye = ui.data(|d| d.get_temp::<Eye>(id)).filter(|e| e.of == of).unwrap_or(whole);
    let chart = Chart { rect, eye };
    let painter = ui.painter_at(rect);
    scatter(ui, p, &chart, layout, groups);
    names(ui, &painter, p, &chart, layout, groups);
    let quiet = theme::colours(ui).quiet;
    let foot = rect.left_bottom() + Vec2::new(8.0, -6.0);
    painter.text(foot, Align2::LEFT_BOTTOM, means(p, points), FontId::proportional(11.5), quiet);
    let hovered = response.hover_pos().and_then(|at| under(p, &chart, layout, groups, at));
    marks(ui, &painter, p, &chart, layout, hovered);
    let lasso: bool = ui.data(|d| d.get_temp(lasso_id())).unwrap_or(false);
    let path_id = Id::unique("lasso path");
    let mut path: Vec<Pos2> = ui.data(|d| d.get_temp(path_id)).unwrap_or_default();
    let shift = ui.input(|i| i.modifiers.shift);
    if response.drag_started() && (lasso || shift) {
        // It begins where the hand came down, not where it was first seen to move.
        path = ui.input(|i| i.pointer.press_origin()).into_iter().collect();
        path.extend(response.interact_pointer_pos());
    } else if response.dragged() && !path.is_empty() {
        path.extend(response.interact_pointer_pos().filter(|at| path.last() != Some(at)));
    } else if response.dragged() && response.drag_delta() != Vec2::ZERO {
        let by = response.drag_delta() / chart.scale();
        let centre = [eye.centre[0] - by.x, eye.centre[1] + by.y];
        ui.data_mut(|d| d.insert_temp(id, Eye { centre, ..eye }));
    }
    if !path.is_empty() {
        let stroke = Stroke::new(2.0, theme::colours(ui).accent);
        painter.add(egui::Shape::closed_line(path.clone(), stroke));
        if response.drag_stopped() {
            let shown = |i: &usize| !hidden(p, groups, *i);
            let inside = |i: &usize| group::inside(&path, chart.screen(layout.xy[*i]));
            let all: Vec<usize> = (0..layout.xy.len()).filter(|i| shown(i) && inside(i)).collect();
            p.act(Action::Map(Mapping::Group(Arc::new(all))));
            path.clear();
        }
    }
    ui.data_mut(|d| d.insert_temp(path_id, path));
    ui.data_mut(|d| d.insert_temp(hovered_id(), hovered));
    if response.double_clicked() {
        ui.data_mut(|d| d.remove::<Eye>(id));
    } else if response.clicked() {
        p.act(Action::Map(Mapping::Choose(hovered)));
        if let Some(i) = hovered {
            p.act(Action::Go(points.z(i).into()));
        }
    }
    if let Some(at) = response.hover_pos() {
        let turned = ui.input(|i| i.smooth_scroll_delta().y);
        let scale = (turned * 0.004).exp() * ui.input(egui::InputState::zoom_delta);
        if scale != 1.0 {
            let half = (eye.half / scale).clamp(whole.half * 0.01, whole.half * 4.0);
            let by = (at - rect.center()) / chart.scale() * (1.0 - half / eye.half);
            let centre = [eye.centre[0] + by.x, eye.centre[1] - by.y];
            ui.data_mut(|d| d.insert_temp(id, Eye { of, centre, half }));
        }
    }
}

/// What places on the map mean.
fn means(p: &Panel<'_>, points: &Points) -> String {
    let share = points.share.map(|s| s * 100.0);
    match p.state.map.cloud.by {
        By::Dimensions(i, j) => format!("{} across, {} up, in σ", p.state.dimension(i), p.state.dimension(j)),
        By::Pca => format!(
            "Component 1 across, 2 up: {:.0} % and {:.0} % of the variance; the rest is not seen",
            share[0], share[1]
        ),
        By::Tsne => {
            let exact = p.state.map.cloud.tsne.as_ref().map_or(0, |t| t.embedded.len());
            let rest = points.len().saturating_sub(exact);
            let text = "Close means alike; how far groups are apart means little";
            match rest {
                0 => text.into(),
                _ => format!(
                    "{text}. {} points laid out, {} placed between their nearest ones",
                    grouped(exact as u64),
                    grouped(rest as u64)
                ),
            }
        }
    }
}

fn hidden(p: &Panel<'_>, groups: &Groups, i: usize) -> bool {
    groups.of.get(i).is_some_and(|g| p.state.map.cloud.hidden.contains(&usize::from(*g)))
}

/// The points as one picture, drawn again only when something about them changed.
fn scatter(ui: &Ui, p: &Panel<'_>, chart: &Chart, layout: &Layout, groups: &Groups) {
    let scale = ui.ctx().pixels_per_point();
    let size = [chart.rect.width(), chart.rect.height()].map(|v| ((v * scale).round() as usize).max(1));
    let cloud = &p.state.map.cloud;
    let mut hasher = DefaultHasher::new();
    (layout.key, cloud.grouped, size).hash(&mut hasher);
    (cloud.colour, &cloud.hidden, ui.visuals().dark_mode).hash(&mut hasher);
    [chart.eye.centre[0], chart.eye.centre[1], chart.eye.half].map(f32::to_bits).hash(&mut hasher);
    let key = hasher.finish();
    let id = Id::unique("map points");
    let held = ui.data(|d| d.get_temp::<(u64, TextureHandle)>(id));
    let texture = match held {
        Some((old, texture)) if old == key => texture,
        held => {
            let looks: Vec<_> = (0..groups.names.len()).map(|k| groups.look(ui, k)).collect();
            let radius = scale
                * if layout.xy.len() > 20_000 {
                    2.2
                } else if layout.xy.len() > 5000 {
                    3.0
                } else {
                    4.0
                };
            let member = members(&cloud.group, layout.xy.len());
            let place = |i: usize| {
                let at = (chart.screen(layout.xy[i]) - chart.rect.min) * scale;
                let chosen = member.as_ref().is_none_or(|m| m[i]);
                (at.x, at.y, usize::from(groups.of[i]), if chosen { 0.9 } else { 0.2 })
            };
            let near = |at: &(f32, f32, usize, f32)| {
                at.0 > -9.0 && at.1 > -9.0 && at.0 < size[0] as f32 + 9.0 && at.1 < size[1] as f32 + 9.0
            };
            let shown = |i: &usize| !hidden(p, groups, *i);
            let all = 0..layout.xy.len();
            let pixels = if groups.binary {
                // Those that have it over those that have it not.
                let has = |wanted: bool| move |i: &usize| (groups.of[*i] == 1) == wanted;
                let order = all.clone().filter(has(false)).chain(all.filter(has(true)));
                let points = &mut order.filter(shown).map(place).filter(near);
                raster::draw(Scatter { points, looks: &looks, radius, size })
            } else {
                let points = &mut all.filter(shown).map(place).filter(near);
                raster::draw(Scatter { points, looks: &looks, radius, size })
            };
            let image = ColorImage::new(size, pixels);
            let texture = match held {
                Some((_, mut texture)) => {
                    texture.set(image, TextureOptions::NEAREST);
                    texture
                }
                None => ui.ctx().load_texture("points", image, TextureOptions::NEAREST),
            };
            ui.data_mut(|d| d.insert_temp(id, (key, texture.clone())));
            texture
        }
    };
    let uv = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
    let rect = Rect::from_min_size(chart.rect.min, Vec2::new(size[0] as f32, size[1] as f32) / scale);
    ui.painter().image(texture.id(), rect, uv, Color32::WHITE);
}

/// Which points are in the group; `None` when it is empty.
fn members(group: &[usize], n: usize) -> Option<Vec<bool>> {
    let mut member = vec![false; n];
    group.iter().filter(|i| **i < n).for_each(|i| member[*i] = true);
    (!group.is_empty()).then_some(member)
}

/// Names of classes where most of them lie.
fn names(ui: &Ui, painter: &egui::Painter, p: &Panel<'_>, chart: &Chart, layout: &Layout, groups: &Groups) {
    if !groups.classes {
        return;
    }
    let id = Id::unique("map medians");
    let key = (layout.key, p.state.map.cloud.colour);
    type Medians = Arc<Vec<Option<[f32; 2]>>>;
    let held = ui.data(|d| d.get_temp::<((u64, Option<usize>), Medians)>(id));
    let medians = match held {
        Some((old, medians)) if old == key => medians,
        _ => {
            let median = |k: usize| {
                let axis = |a: usize| {
                    let of = layout.xy.iter().zip(&groups.of).filter(|(_, g)| usize::from(**g) == k);
                    let mut v: Vec<f32> = of.map(|(p, _)| p[a]).collect();
                    let middle = v.len() / 2;
                    if v.is_empty() {
                        None
                    } else {
                        Some(*v.select_nth_unstable_by(middle, f32::total_cmp).1)
                    }
                };
                Some([axis(0)?, axis(1)?])
            };
            let medians: Medians = Arc::new((0..groups.names.len()).map(median).collect());
            ui.data_mut(|d| d.insert_temp(id, (key, medians.clone())));
            medians
        }
    };
    let (text, ground) = (ui.visuals().strong_text_color(), theme::colours(ui).ground);
    for (k, at) in medians.iter().enumerate() {
        let Some(at) = at.filter(|_| !p.state.map.cloud.hidden.contains(&k)) else { continue };
        let galley = painter.layout_no_wrap(groups.names[k].0.clone(), FontId::proportional(15.0), text);
        let place = Align2::CENTER_CENTER.anchor_size(chart.screen(at), galley.size());
        painter.rect_filled(place.expand(2.0), theme::ROUND, ground.gamma_multiply(0.8));
        painter.galley(place.min, galley, text);
    }
}

/// The point under the pointer.
fn under(p: &Panel<'_>, chart: &Chart, layout: &Layout, groups: &Groups, at: Pos2) -> Option<usize> {
    let near = layout.xy.iter().enumerate().map(|(i, xy)| (i, chart.screen(*xy).distance_sq(at)));
    let near = near.filter(|(i, d)| *d < NEAR * NEAR && !hidden(p, groups, *i));
    near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| i)
}

/// What stands out: the chosen point with lines to its true neighbours, the one under the pointer, and where the
/// current latent is.
fn marks(
    ui: &Ui,
    painter: &egui::Painter,
    p: &Panel<'_>,
    chart: &Chart,
    layout: &Layout,
    hovered: Option<usize>,
) {
    let colours = theme::colours(ui);
    let strong = ui.visuals().strong_text_color();
    let at = |i: usize| layout.xy.get(i).map(|xy| chart.screen(*xy));
    if let Some(chosen) = &p.state.map.cloud.chosen
        && let Some(from) = at(chosen.point)
    {
        for to in chosen.neighbours.iter().filter_map(|(i, _)| at(*i)) {
            painter.line_segment([from, to], Stroke::new(3.5, colours.ground));
            painter.line_segment([from, to], Stroke::new(1.5, strong));
            painter.circle_stroke(to, 5.0, Stroke::new(1.5, strong));
        }
        painter.circle_stroke(from, 8.0, Stroke::new(2.5, strong));
    }
    if let Some(at) = hovered.and_then(at) {
        painter.circle_stroke(at, 7.0, Stroke::new(2.0, colours.accent));
    }
    // A cross, because rings are points.
    if let Some(xy) = p.state.map.cloud.place(&p.state.latent.z) {
        let c = chart.screen(xy);
        for (width, colour) in [(5.0, colours.ground), (2.0, colours.accent)] {
            painter.line_segment([c - Vec2::X * 10.0, c + Vec2::X * 10.0], Stroke::new(width, colour));
            painter.line_segment([c - Vec2::Y * 10.0, c + Vec2::Y * 10.0], Stroke::new(width, colour));
        }
    }
}
