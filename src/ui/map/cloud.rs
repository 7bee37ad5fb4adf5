//! Latents as points: what is mapped and how, the points themselves, and what is under the pointer or chosen.
//!
//! Must not know: how latents are encoded or laid out.

use super::super::{Panel, grouped, theme};
use super::colour::{Groups, legend, says};
use super::raster::{self, Scatter};
use super::{data_picture, group, likeness, title};
use crate::action::{Action, map::Mapping};
use crate::data::spec::{BUILT_IN, SPECS};
use crate::engine::tool::{ToolKind, ToolNews, ToolOrder};
use crate::gpu::Look;
use crate::latent::tsne::EXACT;
use crate::state::map::{By, Layout, MOST_POINTS};
use crate::tools::points::Points;
use eframe::egui::{
    self, Align2, Color32, ColorImage, FontId, Id, Pos2, Rect, RichText, Sense, Stroke, TextureHandle,
    TextureOptions, Ui, Vec2,
};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// How near the pointer must come to a point, in points of the screen.
const NEAR: f32 = 9.0;

/// Draws the page.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    form(ui, p);
    progress(ui, p, ToolKind::Points, "Mapping");
    let Some(points) = p.state.map.cloud.points.clone() else {
        let rect = ui.available_rect_before_wrap();
        ui.painter().rect_filled(rect, theme::ROUND, theme::colours(ui).ground);
        let text = match p.state.map.cloud.samples {
            true => "Press Map: samples from the prior appear here as points, by what a judge sees in them.",
            false => "Press Map: the data's pictures appear here as points, where the encoder puts them.",
        };
        let quiet = theme::colours(ui).quiet;
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, FontId::proportional(14.0), quiet);
        return;
    };
    layouts(ui, p, &points);
    progress(ui, p, ToolKind::Tsne, "t-SNE");
    let groups = Groups::now(ui, &points, p.state.map.cloud.colour);
    legend(ui, p, &points, &groups);
    let Some(layout) = p.state.map.cloud.layout.clone() else { return };
    canvas(ui, p, &points, &layout, &groups);
}

/// What is mapped.
fn form(ui: &mut Ui, p: &mut Panel<'_>) {
    let encoder = p.state.model.as_ref().is_some_and(|m| m.has_encoder);
    let (mut data, mut count) = (p.state.map.cloud.data.clone(), p.state.map.cloud.count);
    ui.horizontal_wrapped(|ui| {
        for (samples, name, hint) in [
            (false, "Data", "Pictures, where the encoder puts them"),
            (true, "Samples", "Latents drawn from the prior, by what a judge sees in their pictures"),
        ] {
            let button = egui::Button::selectable(p.state.map.cloud.samples == samples, name);
            let response = ui.add_enabled(samples || encoder, button).on_hover_text(hint);
            let why = "This model has no encoder, so only samples can be mapped";
            if response.on_disabled_hover_text(why).clicked() {
                p.act(Action::Map(Mapping::Samples(samples)));
            }
        }
        if !p.state.map.cloud.samples {
            let edit = egui::TextEdit::singleline(&mut data).desired_width(120.0);
            if ui.add(edit).on_hover_text(SPECS).changed() {
                p.act(Action::Map(Mapping::Data(data.clone())));
            }
        }
        let entry = egui::DragValue::new(&mut count).range(10..=MOST_POINTS).speed(50).suffix(" points");
        let hint = format!("At most so many, the first of the set; up to {}", grouped(MOST_POINTS as u64));
        if ui.add(entry).on_hover_text(hint).changed() {
            p.act(Action::Map(Mapping::Points(count)));
        }
        let busy = matches!(p.state.tools.get(&ToolKind::Points), Some(ToolNews::Working(..)));
        let button = theme::primary(ui, "Map");
        if ui.add_enabled(!busy, button).on_hover_text("Encode them and lay them out").clicked() {
            let data = (!p.state.map.cloud.samples).then(|| data.trim().to_owned());
            // Built-in sets are drawn as long as they are wanted.
            let grows = BUILT_IN.iter().any(|(name, _)| data.as_deref() == Some(*name));
            let data = data.map(|d| if grows { format!("{d}:{count}") } else { d });
            p.act(Action::Tool(ToolOrder::Points { data, count }));
        }
    });
}

/// How far a tool is, with Cancel; or why it failed.
fn progress(ui: &mut Ui, p: &mut Panel<'_>, kind: ToolKind, what: &str) {
    match p.state.tools.get(&kind).cloned() {
        Some(ToolNews::Working(done, total)) => {
            ui.horizontal(|ui| {
                let part = done as f32 / total.max(1) as f32;
                let text = format!("{what}: {} of {}", grouped(done as u64), grouped(total as u64));
                ui.add(egui::ProgressBar::new(part).desired_width(280.0).text(text));
                if ui.button("Cancel").on_hover_text("Give it up; nothing else changes").clicked() {
                    p.act(Action::CancelTool(kind));
                }
            });
        }
        Some(ToolNews::Failed(message)) => {
            ui.horizontal_wrapped(|ui| {
                let bad = theme::colours(ui).bad;
                ui.label(RichText::new(format!("⚠ {message}")).color(bad));
                if ui.small_button("×").on_hover_text("I have read this").clicked() {
                    p.act(Action::CancelTool(kind));
                }
            });
        }
        _ => {}
    }
}

/// How they are laid out.
fn layouts(ui: &mut Ui, p: &mut Panel<'_>, points: &Arc<Points>) {
    let by = p.state.map.cloud.by;
    ui.horizontal_wrapped(|ui| {
        let share = points.share.map(|s| s * 100.0);
        let hint = format!(
            "The two directions in which the points differ most; they carry {:.0} % and {:.0} % of the variance",
            share[0], share[1]
        );
        if ui.selectable_label(by == By::Pca, "PCA").on_hover_text(hint).clicked() {
            p.act(Action::Map(Mapping::By(By::Pca)));
        }
        let first = p.state.order.first().copied().unwrap_or(0);
        let second = p.state.order.get(1).copied().unwrap_or(first);
        let (i, j) = if let By::Dimensions(i, j) = by { (i, j) } else { (first, second) };
        let here = matches!(by, By::Dimensions(..));
        let hint = "Two dimensions of z as they are, in σ";
        if ui.selectable_label(here, format!("z{i} × z{j}")).on_hover_text(hint).clicked() {
            p.act(Action::Map(Mapping::By(By::Dimensions(i, j))));
        }
        if here {
            for (k, now) in [i, j].into_iter().enumerate() {
                let combo = egui::ComboBox::from_id_salt(("points axis", k)).selected_text(format!("z{now}"));
                combo.width(64.0).show_ui(ui, |ui| {
                    for d in p.state.order.clone() {
                        if ui.selectable_label(d == now, format!("z{d}")).clicked() {
                            let by = if k == 0 { By::Dimensions(d, j) } else { By::Dimensions(i, d) };
                            p.act(Action::Map(Mapping::By(by)));
                        }
                    }
                });
            }
        }
        let hint = format!(
            "Neighbours stay neighbours; distances between groups mean little (van der Maaten and Hinton 2008). Of more than {} points that many are embedded exactly, and the others are placed between their nearest ones. The same points give the same map",
            grouped(EXACT as u64)
        );
        if ui.selectable_label(by == By::Tsne, "t-SNE").on_hover_text(hint).clicked() {
            let busy = matches!(p.state.tools.get(&ToolKind::Tsne), Some(ToolNews::Working(..)));
            if p.state.map.cloud.tsne.is_some() {
                p.act(Action::Map(Mapping::By(By::Tsne)));
            } else if !busy {
                p.act(Action::Tool(ToolOrder::Tsne(points.clone())));
            }
        }
        ui.separator();
        let id = Id::unique("lasso mode");
        let mut on: bool = ui.data(|d| d.get_temp(id)).unwrap_or(false);
        let hint = "Draw around points to take them as a group (or hold Shift while dragging)";
        if ui.toggle_value(&mut on, "Lasso").on_hover_text(hint).changed() {
            ui.data_mut(|d| d.insert_temp(id, on));
        }
        if ui.button("All points").on_hover_text("See all of them again (double-click)").clicked() {
            ui.data_mut(|d| d.remove::<Eye>(Id::unique("map eye")));
        }
        ui.label(theme::quiet(ui, format!("{} · {}", points.title, grouped(points.len() as u64))));
    });
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

fn canvas(ui: &mut Ui, p: &mut Panel<'_>, points: &Points, layout: &Layout, groups: &Groups) {
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
    let hovered = response.hover_pos().and_then(|at| under(p, &chart, layout, groups, at));
    marks(ui, &painter, p, &chart, layout, hovered);
    let lasso: bool = ui.data(|d| d.get_temp(Id::unique("lasso mode"))).unwrap_or(false);
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
    ui.data_mut(|d| d.insert_temp(Id::unique("map hover"), hovered));
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

/// What stands beside it.
pub fn side(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(points) = p.state.map.cloud.points.clone() else {
        let text = "A map shows where pictures lie. Point at one to see it, click to go there, drag with Shift to take a group.";
        ui.label(theme::quiet(ui, text));
        return;
    };
    if p.state.model.as_ref().is_some_and(|m| m.step != p.state.map.cloud.step) {
        let text = format!(
            "Encoded with the weights of step {}; press Map again for those of now.",
            grouped(p.state.map.cloud.step)
        );
        ui.label(theme::quiet(ui, text));
    }
    let hovered: Option<usize> = ui.data(|d| d.get_temp(Id::unique("map hover"))).flatten();
    let chosen = p.state.map.cloud.chosen.clone();
    match hovered.or(chosen.as_ref().map(|c| c.point)) {
        Some(i) => one(ui, p, &points, i),
        None => drop(ui.label(theme::quiet(ui, "Point at a point to see its picture; click to go there."))),
    }
    if let Some(chosen) = chosen.filter(|c| hovered.is_none_or(|h| h == c.point)) {
        let (kept, all) = (chosen.kept, chosen.neighbours.len());
        let text = format!(
            "Its {all} nearest in all {} dimensions; {kept} of them are its nearest here too:",
            points.dims
        );
        ui.label(theme::quiet(ui, text))
            .on_hover_text("Lines lead to them: long lines show where the map lies");
        let cell = ((ui.available_width() - 8.0 * 3.0) / 8.0).min(40.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 3.0;
            let rows: Vec<&[f32]> = chosen.neighbours.iter().map(|(i, _)| points.z(*i)).collect();
            match &points.pictures {
                Some(pictures) => {
                    for (k, (i, _)) in chosen.neighbours.iter().enumerate() {
                        let (rect, _) = ui.allocate_exact_size(Vec2::splat(cell), Sense::hover());
                        data_picture(ui, Id::unique(("neighbour", k)), rect, pictures, *i, points.key);
                    }
                }
                None => {
                    let size = Vec2::new(cell * rows.len() as f32, cell);
                    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
                    if let Some(image) = p.pictures.sheet(rows.len(), &rows) {
                        p.pictures.paint(ui, Id::unique("neighbours"), rect, &image, Look::plain(true));
                    }
                }
            }
        });
    }
    group::show(ui, p, &points);
    likeness::show(ui, p, &points);
}

/// A point's picture beside what the model makes of it.
fn one(ui: &mut Ui, p: &mut Panel<'_>, points: &Points, i: usize) {
    let noun = if points.pictures.is_some() { "Picture" } else { "Sample" };
    title(ui, &format!("{noun} {}", grouped(i as u64)));
    let said: Vec<String> = points.attributes.iter().filter_map(|a| says(a, i)).collect();
    if !said.is_empty() {
        ui.label(theme::quiet(ui, said.join(", ")).small());
    }
    let half = ((ui.available_width() - theme::UNIT) * 0.5).min(128.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::UNIT;
        if let Some(pictures) = &points.pictures {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(half), Sense::hover());
            data_picture(ui, Id::unique("map point"), rect, pictures, i, points.key);
            response.on_hover_text("The picture of the data");
        }
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(half), Sense::hover());
        ui.painter().rect_filled(rect, 0.0, theme::colours(ui).ground);
        if let Some(image) = p.pictures.sheet(1, &[points.z(i)]) {
            let place = super::super::fitted(rect, image.width, image.height);
            let look = Look::plain(p.state.prefs.smooth_pixels);
            p.pictures.paint(ui, Id::unique("map reconstruction"), place, &image, look);
        }
        response.on_hover_text("What the model draws from its latent");
    });
    if points.pictures.is_some() {
        ui.label(theme::quiet(ui, "Data | reconstruction").small());
    }
}
