//! The plane of pictures: drag moves it, the wheel zooms, a click goes there.
//!
//! Must not know: how pictures are decoded.

use super::super::{Panel, fitted, theme};
use crate::action::{Action, map::Mapping};
use crate::gpu::{Image, Look};
use crate::latent::plane::{Plane, Ruling};
use crate::state::State;
use crate::state::map::{CELLS, Handle};
use eframe::egui::{self, Align2, FontId, Id, Pos2, Rect, Sense, Stroke, Ui, Vec2};
use std::sync::Arc;

/// Cells of a block each way: what is decoded together, so that moving the plane draws only blocks that come in.
const BLOCK: i64 = 4;
/// Points that the wheel turns for one step of zooming.
const NOTCH: f32 = 40.0;
/// Zoom of a step.
const STEP: f32 = std::f32::consts::SQRT_2;

/// The last pictures that filled the plane, shown until newer ones are drawn: each with its place, as positions.
#[derive(Clone)]
struct Kept {
    model: u64,
    plane: Plane,
    blocks: Arc<Vec<(Image, [f32; 4])>>,
}

/// Draws it.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some((plane, names)) = p.state.plane() else {
        ui.label(theme::quiet(ui, "A plane needs two dimensions, and this model has one: see its strip."));
        return;
    };
    tools(ui, p, &names);
    let Some((model, wide, high)) = p.state.model.as_ref().map(|m| (m.id, m.width, m.height)) else { return };
    let space = ui.available_rect_before_wrap();
    let inner = Rect::from_min_max(space.min + Vec2::new(44.0, 6.0), space.max - Vec2::new(10.0, 38.0));
    let rect = fitted(inner, wide, high);
    let response = ui.interact(rect, Id::unique("plane"), Sense::click_and_drag());
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Image, true, "Pictures on a plane of latent space")
    });
    ui.painter().rect_filled(rect, 0.0, theme::colours(ui).ground);
    let see = See { rect, centre: p.state.map.grid.centre, half: p.state.map.grid.half() };
    ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
        ui.set_clip_rect(rect.intersect(ui.clip_rect()));
        pictures(ui, p, &plane, model, &see);
        here(ui, p, &plane, &see);
    });
    edges(ui, p.state, &plane, &names, &see);
    gestures(ui, p, &plane, &see, &response);
}

/// What of the plane is seen where.
struct See {
    rect: Rect,
    centre: [f32; 2],
    half: f32,
}

impl See {
    fn screen(&self, x: f32, y: f32) -> Pos2 {
        let part = |v: f32, c: f32| (v - c) / (2.0 * self.half) + 0.5;
        Pos2::new(
            self.rect.left() + part(x, self.centre[0]) * self.rect.width(),
            self.rect.bottom() - part(y, self.centre[1]) * self.rect.height(),
        )
    }

    fn position(&self, at: Pos2) -> [f32; 2] {
        let (u, v) =
            ((at.x - self.rect.left()) / self.rect.width(), (self.rect.bottom() - at.y) / self.rect.height());
        [self.centre[0] + (2.0 * u - 1.0) * self.half, self.centre[1] + (2.0 * v - 1.0) * self.half]
    }
}

fn tools(ui: &mut Ui, p: &mut Panel<'_>, names: &[Handle; 2]) {
    ui.horizontal_wrapped(|ui| {
        for (k, word) in ["Across", "Up"].into_iter().enumerate() {
            ui.label(word);
            let make = if k == 0 { Mapping::Right } else { Mapping::Up };
            choose(ui, p, k, &names[k], make);
        }
        ui.separator();
        for (ruling, name, hint) in [
            (
                Ruling::Probability,
                "By probability",
                "Equal steps are equally probable under the prior: likely pictures get the room (s = Φ⁻¹(u))",
            ),
            (
                Ruling::Sigma,
                "By σ",
                "Equal steps are equal distances: the whole is ±2.5 σ, and there is more beyond",
            ),
        ] {
            let chosen = p.state.map.grid.ruling == ruling;
            if ui.selectable_label(chosen, name).on_hover_text(hint).clicked() {
                p.act(Action::Map(Mapping::Ruling(ruling)));
            }
        }
        ui.separator();
        let mut count = p.state.map.grid.count;
        let entry = egui::DragValue::new(&mut count).range(CELLS.0..=CELLS.1).suffix(" pictures each way");
        let hint = format!("{} to {} pictures from side to side; 12 at first", CELLS.0, CELLS.1);
        if ui.add(entry).on_hover_text(hint).changed() {
            p.act(Action::Map(Mapping::Count(count)));
        }
        let (centre, zoom) = (p.state.map.grid.centre, p.state.map.grid.zoom);
        if ui.button("−").on_hover_text("See more of the plane (wheel down)").clicked() {
            p.act(Action::Map(Mapping::Look(centre, zoom / STEP)));
        }
        if ui.button("+").on_hover_text("See less of it, in finer steps (wheel up)").clicked() {
            p.act(Action::Map(Mapping::Look(centre, zoom * STEP)));
        }
        let whole = zoom == 1.0 && centre == [p.state.map.grid.ruling.whole().0; 2];
        let button = ui.add_enabled(!whole, egui::Button::new("Whole plane"));
        if button.on_hover_text("Back to all of it (double-click)").clicked() {
            p.act(Action::Map(Mapping::Whole));
        }
    });
}

/// The choice of what moves along an axis.
fn choose(ui: &mut Ui, p: &mut Panel<'_>, k: usize, now: &Handle, make: fn(Handle) -> Mapping) {
    let mut chosen = None;
    let combo = egui::ComboBox::from_id_salt(("axis", k)).selected_text(name(p.state, now)).width(96.0);
    let shown = combo.show_ui(ui, |ui| {
        let mut item = |ui: &mut Ui, handle: Handle| {
            if ui.selectable_label(handle == *now, name(p.state, &handle)).clicked() {
                chosen = Some(handle);
            }
        };
        for d in &p.state.bench.directions {
            item(ui, Handle::Direction(d.name.clone()));
        }
        for i in &p.state.order {
            item(ui, Handle::Dimension(*i));
        }
    });
    let hint = match k {
        0 => "What changes from left to right: a dimension (those that matter most first) or a direction",
        _ => "What changes from bottom to top: a dimension (those that matter most first) or a direction",
    };
    shown.response.on_hover_text(hint);
    if let Some(handle) = chosen {
        p.act(Action::Map(make(handle)));
    }
}

fn name(state: &State, handle: &Handle) -> String {
    match handle {
        Handle::Dimension(i) => state.dimension(*i),
        Handle::Direction(name) => name.clone(),
    }
}

/// Asks for the blocks in view and paints those that are drawn, over the last ones that filled the plane.
fn pictures(ui: &Ui, p: &mut Panel<'_>, plane: &Plane, model: u64, see: &See) {
    let step = 2.0 * see.half / p.state.map.grid.count as f32;
    let span = |c: f32| {
        let first = ((c - see.half) / step + 1e-3).floor() as i64;
        let last = ((c + see.half) / step - 1e-3).ceil() as i64;
        first.div_euclid(BLOCK)..(last + BLOCK - 1).div_euclid(BLOCK)
    };
    let base = rounded(&p.state.latent.z, plane);
    let (mut drawn, mut missing) = (Vec::new(), false);
    for y in span(see.centre[1]) {
        for x in span(see.centre[0]) {
            let first = [x * BLOCK, y * BLOCK];
            let cells = plane.cells(&base, first, (BLOCK as usize, BLOCK as usize), step);
            let (left, low) = (first[0] as f32 * step, first[1] as f32 * step);
            let place = [left, low, left + BLOCK as f32 * step, low + BLOCK as f32 * step];
            match p.pictures.sheet(BLOCK as usize, &cells) {
                Some(image) => drawn.push((image, place, [x, y])),
                None => missing = true,
            }
        }
    }
    let id = Id::unique("plane kept");
    let [low, high] = p.state.range;
    let look = Look { smooth: p.state.prefs.smooth_pixels, low, high };
    let area =
        |place: &[f32; 4]| Rect::from_min_max(see.screen(place[0], place[3]), see.screen(place[2], place[1]));
    if missing {
        let kept = ui.data(|d| d.get_temp::<Kept>(id));
        if let Some(kept) = kept.filter(|k| k.model == model && k.plane == *plane) {
            for (i, (image, place)) in kept.blocks.iter().enumerate() {
                p.pictures.paint(ui, Id::unique(("kept block", i)), area(place), image, look);
            }
        }
    } else {
        let blocks = drawn.iter().map(|(image, place, _)| (image.clone(), *place)).collect();
        ui.data_mut(|d| d.insert_temp(id, Kept { model, plane: plane.clone(), blocks: Arc::new(blocks) }));
    }
    for (image, place, [x, y]) in &drawn {
        // A place by its remainder, so that no more textures are held than blocks fit on the screen.
        let id = Id::unique(("block", x.rem_euclid(16), y.rem_euclid(16)));
        p.pictures.paint(ui, id, area(place), image, look);
    }
}

/// The latent that the plane passes through, the same wherever on the plane it is, so that going from place to place
/// draws nothing again.
fn rounded(z: &[f32], plane: &Plane) -> Vec<f32> {
    plane.through(z, 0.0, 0.0).into_iter().map(|v| (v * 4096.0).round() / 4096.0).collect()
}

/// Where the current latent is.
fn here(ui: &Ui, p: &Panel<'_>, plane: &Plane, see: &See) {
    let z = &p.state.latent.z;
    let (x, y) = (plane.ruling.position(plane.right.of(z)), plane.ruling.position(plane.up.of(z)));
    let at = see.screen(x, y);
    let colours = theme::colours(ui);
    ui.painter().circle_stroke(at, 9.0, Stroke::new(4.0, colours.ground));
    ui.painter().circle_stroke(at, 9.0, Stroke::new(2.0, colours.accent));
}

/// What the axes are, and coordinates along them.
fn edges(ui: &Ui, state: &State, plane: &Plane, names: &[Handle; 2], see: &See) {
    let colours = theme::colours(ui);
    let (font, rect) = (FontId::proportional(11.5), see.rect);
    for part in [0.0, 0.25, 0.5, 0.75, 1.0] {
        // Half a cell in at the ends of all probability, which are at infinity.
        let inner = |c: f32| {
            let v = c + (2.0 * part - 1.0) * see.half;
            if plane.ruling == Ruling::Probability { v.clamp(0.005, 0.995) } else { v }
        };
        let say = |c: f32| {
            let text = format!("{:+.1}", plane.ruling.coordinate(inner(c)));
            let text = if text == "-0.0" || text == "+0.0" { "0".into() } else { text.replace('-', "−") };
            if plane.ruling == Ruling::Probability && (part == 0.0 || part == 1.0) && see.half >= 0.5 {
                return if part == 0.0 { "−∞".into() } else { "+∞".into() };
            }
            text
        };
        let x = rect.left() + part * rect.width();
        let y = rect.bottom() - part * rect.height();
        let (along, beside) = match part {
            0.0 => (Align2::LEFT_TOP, Align2::RIGHT_BOTTOM),
            1.0 => (Align2::RIGHT_TOP, Align2::RIGHT_TOP),
            _ => (Align2::CENTER_TOP, Align2::RIGHT_CENTER),
        };
        let quiet = colours.quiet;
        ui.painter().text(Pos2::new(x, rect.bottom() + 3.0), along, say(see.centre[0]), font.clone(), quiet);
        ui.painter().text(Pos2::new(rect.left() - 5.0, y), beside, say(see.centre[1]), font.clone(), quiet);
    }
    let font = FontId::proportional(13.5);
    let under = Pos2::new(rect.center().x, rect.bottom() + 18.0);
    let text = ui.visuals().text_color();
    ui.painter().text(
        under,
        Align2::CENTER_TOP,
        format!("{} in σ", name(state, &names[0])),
        font.clone(),
        text,
    );
    let galley = ui.painter().layout_no_wrap(format!("{} in σ", name(state, &names[1])), font, text);
    let beside = Pos2::new(rect.left() - 44.0, rect.center().y + galley.size().x * 0.5);
    let turned = egui::epaint::TextShape::new(beside, galley, text).with_angle(-std::f32::consts::FRAC_PI_2);
    ui.painter().add(turned);
}

fn gestures(ui: &Ui, p: &mut Panel<'_>, plane: &Plane, see: &See, response: &egui::Response) {
    let zoom = p.state.map.grid.zoom;
    if response.dragged() && response.drag_delta() != Vec2::ZERO {
        let by = response.drag_delta();
        let x = see.centre[0] - by.x / see.rect.width() * 2.0 * see.half;
        let y = see.centre[1] + by.y / see.rect.height() * 2.0 * see.half;
        p.act(Action::Map(Mapping::Look([x, y], zoom)));
    }
    if response.double_clicked() {
        p.act(Action::Map(Mapping::Whole));
    } else if response.clicked()
        && let Some(at) = response.interact_pointer_pos()
    {
        let [x, y] = see.position(at);
        let (x, y) = (plane.ruling.coordinate(x), plane.ruling.coordinate(y));
        p.act(Action::Go(plane.through(&p.state.latent.z, x, y).into()));
    }
    if let Some(at) = response.hover_pos() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Crosshair);
        let id = Id::unique("plane wheel");
        let turned = ui.input(|i| i.smooth_scroll_delta().y) + ui.data(|d| d.get_temp(id)).unwrap_or(0.0);
        let steps = (turned / NOTCH).trunc();
        ui.data_mut(|d| d.insert_temp(id, turned - steps * NOTCH));
        let scale = STEP.powf(steps) * ui.input(egui::InputState::zoom_delta);
        if scale != 1.0 {
            // What is under the pointer stays there.
            let fixed = see.position(at);
            let centre = [0, 1].map(|k| fixed[k] + (see.centre[k] - fixed[k]) / scale);
            p.act(Action::Map(Mapping::Look(centre, zoom * scale)));
        }
    }
}

/// What stands beside it.
pub fn side(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some((plane, names)) = p.state.plane() else { return };
    let z = &p.state.latent.z;
    for (axis, handle) in [(&plane.right, &names[0]), (&plane.up, &names[1])] {
        let s = axis.of(z);
        let share = crate::latent::prior::share_below(s) * 100.0;
        ui.label(format!("{}  {s:+.2} σ", name(p.state, handle)))
            .on_hover_text(format!("{share:.1} % of the prior lies below"));
    }
    ui.add_space(theme::UNIT);
    let text = if p.state.dims() == 2 {
        "These two dimensions are all there is: this plane is the whole latent space. Click a picture to go there; drag to move the plane, turn the wheel to zoom."
    } else {
        "All other dimensions are as in the picture above, so the plane changes with it. Click a picture to go there; drag to move the plane, turn the wheel to zoom."
    };
    ui.label(theme::quiet(ui, text));
}
