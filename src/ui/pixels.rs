//! A picture that is drawn pixel by pixel: how far it is, how much each pixel surprised the model, what one of them could have
//! been and what it depends on; beside it the figures, and other ends of what is begun.
//!
//! Must not know: how anything is computed.

use super::{Panel, fitted, theme};
use crate::action::Action;
use crate::action::pixels::Pixeling;
use crate::engine::message::PixelsShown;
use crate::gpu::Look as Way;
use crate::point::{Kind, Point, Value};
use crate::state::pixels::View;
use crate::tools::pixels::{Look, Pixel};
use eframe::egui::{
    self, Align2, Color32, ColorImage, FontId, Id, Pos2, Rect, RichText, Sense, Stroke, TextureHandle,
    TextureOptions, Ui, Vec2,
};
use std::sync::Arc;

/// Other ends that are shown.
const ENDS: usize = 6;
/// Height of the chart of a pixel's values.
const CHART: f32 = 64.0;

/// The coloured picture, made anew when there is something else to see.
pub struct Painted {
    of: Arc<Look>,
    view: View,
    texture: TextureHandle,
}

/// What lies over the picture: its colouring, what is not drawn yet, the pixel that is asked about, the edge of what is there.
pub fn over(ui: &Ui, p: &mut Panel<'_>, rect: Rect) {
    p.pictures.pixels = Some(p.state.pixels_wanted());
    let Some(model) = p.state.model.clone() else { return };
    let [w, h] = [model.width, model.height];
    let cell = rect.size() / Vec2::new(w as f32, h as f32);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let colours = theme::colours(ui);
    let seen = p.state.pixels_seen().cloned();
    let view = p.state.pixels.view;
    if let (Some(PixelsShown { look, .. }), true) = (&seen, view != View::Picture) {
        let texture = painted(ui, p, look, view, [w, h]);
        let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
        painter.image(texture, rect, whole, Color32::WHITE);
    }
    let place = |row: usize, column: usize| {
        Rect::from_min_size(rect.min + Vec2::new(column as f32, row as f32) * cell, cell)
    };
    edge(p, &painter, rect, [w, h], colours.accent);
    if let Some(at) = p.state.pixels.drawn {
        let next = at as usize;
        let (row, column) = (next / w, next % w);
        let here = place(row.min(h - 1), column);
        let below = Rect::from_min_max(Pos2::new(rect.left(), here.bottom()), rect.max);
        let rest = Rect::from_min_max(here.min, Pos2::new(rect.right(), here.bottom()));
        if next < w * h {
            painter.rect_filled(below, 0.0, colours.ground);
            painter.rect_filled(rest, 0.0, colours.ground);
            let stroke = Stroke::new(1.0, colours.quiet.gamma_multiply(0.6));
            painter.rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Inside);
        }
    }
    if let Some([row, column]) = p.state.pixel_asked().filter(|[row, column]| *row < h && *column < w) {
        let here = place(row, column);
        painter.rect_stroke(
            here.expand(1.5),
            0.0,
            Stroke::new(2.0, colours.accent),
            egui::StrokeKind::Outside,
        );
    }
}

/// The line between what is there and what is drawn.
fn edge(p: &Panel<'_>, painter: &egui::Painter, rect: Rect, [w, h]: [usize; 2], colour: Color32) {
    let input = p.state.inputs().iter().find(|i| matches!(i.kind, Kind::Partial { .. }));
    let Some(Value::Picture(bytes)) = input.map(|i| i.value_in(&p.state.latent.held)) else { return };
    let Some(mask) = bytes.len().checked_sub(w * h).map(|from| &bytes[from..]) else { return };
    let cell = rect.size() / Vec2::new(w as f32, h as f32);
    let stroke = Stroke::new(1.0, colour.gamma_multiply(0.8));
    let at = |row: usize, column: usize| rect.min + Vec2::new(column as f32, row as f32) * cell;
    for row in 0..h {
        for column in 0..w {
            let own = mask[row * w + column] > 0;
            if column + 1 < w && own != (mask[row * w + column + 1] > 0) {
                painter.line_segment([at(row, column + 1), at(row + 1, column + 1)], stroke);
            }
            if row + 1 < h && own != (mask[(row + 1) * w + column] > 0) {
                painter.line_segment([at(row + 1, column), at(row + 1, column + 1)], stroke);
            }
        }
    }
}

/// The texture of a coloured picture: dim, with what is told of each pixel over it.
fn painted(ui: &Ui, p: &mut Panel<'_>, look: &Arc<Look>, view: View, size: [usize; 2]) -> egui::TextureId {
    if let Some(old) = p.pictures.tint.as_ref().filter(|old| Arc::ptr_eq(&old.of, look) && old.view == view) {
        return old.texture.id();
    }
    let places = size[0] * size[1];
    let colours = theme::colours(ui);
    let none = Vec::new();
    let (values, colour, bend) = match view {
        View::Surprise => (&look.costs[..], colours.curves[1], 0.6),
        _ => (look.reach.as_ref().unwrap_or(&none).as_slice(), colours.curves[0], 0.35),
    };
    let most = values.iter().copied().fold(1e-9, f32::max);
    let channels = look.picture.len() / places.max(1);
    let pixel = |i: usize| {
        let byte =
            |c: usize| look.picture.get(c.min(channels.saturating_sub(1)) * places + i).copied().unwrap_or(0);
        let base = Color32::from_rgb(byte(0), byte(1), byte(2));
        let dim = Color32::from_gray(16).lerp_to_gamma(base, 0.35);
        let v = values.get(i).copied().unwrap_or(0.0).max(0.0);
        if v == 0.0 { dim } else { dim.lerp_to_gamma(colour, 0.12 + 0.88 * (v / most).powf(bend)) }
    };
    let image = ColorImage::new(size, (0..places).map(pixel).collect());
    let texture = match p.pictures.tint.take() {
        Some(Painted { mut texture, .. }) => {
            texture.set(image, TextureOptions::NEAREST);
            texture
        }
        None => ui.ctx().load_texture("pixels", image, TextureOptions::NEAREST),
    };
    let id = texture.id();
    p.pictures.tint = Some(Painted { of: look.clone(), view, texture });
    id
}

/// What stands beside the picture.
pub fn side(ui: &mut Ui, p: &mut Panel<'_>) {
    egui::ScrollArea::vertical().id_salt("pixels").auto_shrink(false).show(ui, |ui| {
        play(ui, p);
        ui.add_space(theme::UNIT * 2.0);
        views(ui, p);
        let seen = p.state.pixels_seen().cloned();
        if let Some(PixelsShown { look, .. }) = &seen {
            figures(ui, p, look);
            ui.add_space(theme::UNIT);
            match &look.pixel {
                Some(pixel) => one(ui, p, pixel),
                None => {
                    ui.label(theme::quiet(ui, "Point at a pixel to see what it could have been."));
                }
            }
        }
        ui.add_space(theme::UNIT * 2.0);
        ends(ui, p);
    });
}

/// Drawing at a speed that one sets.
fn play(ui: &mut Ui, p: &mut Panel<'_>) {
    let (all, view) = (p.state.pixel_count(), p.state.pixels.clone());
    if view.playing {
        let passed = ui.input(|i| i.stable_dt).min(0.1);
        let at = view.drawn.unwrap_or(0.0) + passed * view.speed;
        p.act(Action::Pixels(Pixeling::Drawn(Some(at))));
        ui.ctx().request_repaint();
    }
    ui.horizontal(|ui| {
        let (words, hint) = match (view.playing, view.drawn) {
            (true, _) => ("⏸ Pause", "Hold it here"),
            (false, Some(_)) => ("▶ Go on", "Go on drawing"),
            (false, None) => {
                ("▶ Draw slowly", "Draw this picture once more, pixel by pixel, as the model drew it")
            }
        };
        if ui.add(theme::primary(ui, words)).on_hover_text(hint).clicked() {
            p.act(Action::Pixels(Pixeling::Play(!view.playing)));
        }
        let next = view.drawn.map_or(0.0, |at| at.floor() + 1.0);
        if ui.button("Step").on_hover_text("Draw the next pixel").clicked() {
            p.act(Action::Pixels(Pixeling::Play(false)));
            p.act(Action::Pixels(Pixeling::Drawn(Some(next))));
        }
        let whole = ui.add_enabled(view.drawn.is_some(), egui::Button::new("All"));
        if whole.on_hover_text("Show the whole picture").clicked() {
            p.act(Action::Pixels(Pixeling::Play(false)));
            p.act(Action::Pixels(Pixeling::Drawn(None)));
        }
    });
    ui.horizontal(|ui| {
        ui.label("Speed");
        let mut speed = view.speed;
        let slider = egui::Slider::new(&mut speed, 1.0..=2000.0).logarithmic(true).fixed_decimals(0);
        if ui.add(slider).on_hover_text("Pixels a second").changed() {
            p.act(Action::Pixels(Pixeling::Speed(speed)));
        }
    });
    let mut at = view.drawn.map_or(all, |at| at as usize);
    ui.horizontal(|ui| {
        ui.label("Drawn");
        let slider = egui::Slider::new(&mut at, 0..=all);
        let hint = format!("How many of the {all} pixels are shown, in the order in which they are drawn");
        if ui.add(slider).on_hover_text(hint).changed() {
            p.act(Action::Pixels(Pixeling::Play(false)));
            p.act(Action::Pixels(Pixeling::Drawn(Some(at as f32))));
        }
    });
}

/// What colours the picture.
fn views(ui: &mut Ui, p: &mut Panel<'_>) {
    let now = p.state.pixels.view;
    ui.horizontal(|ui| {
        let all = [
            (View::Picture, "Picture", "The picture as it is"),
            (View::Surprise, "Surprise", "How much each pixel surprised the model, −ln p of what it is: bright is improbable"),
            (View::Reach, "What it sees", "Which pixels bear on what is said of the one under the pointer, by the true gradient: what stays dark has no influence at all"),
        ];
        for (view, title, hint) in all {
            if ui.selectable_label(now == view, title).on_hover_text(hint).clicked() {
                p.act(Action::Pixels(Pixeling::View(view)));
            }
        }
    });
    if now == View::Reach {
        let mut blind = p.state.pixels.blind;
        let hint = "The same network with one stack of masked convolutions and fresh weights, the first PixelCNN: it never sees a wedge at the upper right, the blind spot that the vertical stack takes away";
        if ui.checkbox(&mut blind, "Without the vertical stack").on_hover_text(hint).changed() {
            p.act(Action::Pixels(Pixeling::Blind(blind)));
        }
    }
}

fn figures(ui: &mut Ui, p: &Panel<'_>, look: &Look) {
    let Some(model) = &p.state.model else { return };
    let nats = look.nats();
    let numbers = (model.width * model.height * model.channels).max(1) as f32;
    let bits = nats / std::f32::consts::LN_2 / numbers;
    let told = model.inputs.iter().any(|i| matches!(i.kind, Kind::Class { .. }));
    let p_of = if told { "p(x | class)" } else { "p(x)" };
    ui.label(format!("−ln {p_of} = {nats:.1} nats")).on_hover_text(format!(
        "How improbable the model finds this very picture, exactly: the sum over its pixels. {bits:.3} bits per dimension"
    ));
    ui.label(theme::quiet(ui, format!("{bits:.3} bits per dimension")));
}

/// What the pixel that is asked about could have been.
fn one(ui: &mut Ui, p: &Panel<'_>, pixel: &Pixel) {
    let [row, column] = pixel.at;
    let channels = ["red", "green", "blue"];
    let width = p.state.model.as_ref().map_or(1, |m| m.width);
    ui.label(
        RichText::new(format!("Pixel {}: row {}, column {}", row * width + column + 1, row + 1, column + 1))
            .strong(),
    );
    for (c, levels) in pixel.chances.levels.iter().enumerate() {
        let is = pixel.levels.get(c).copied().unwrap_or(0);
        let chance = levels.get(is).copied().unwrap_or(0.0);
        let nats = -chance.max(1e-30).ln();
        let words = if levels.len() == 2 {
            let (what, white) = (["black", "white"][is.min(1)], levels[1]);
            format!("white with {:.1} %; it is {what}: {nats:.2} nats", 100.0 * white)
        } else {
            let name = if pixel.chances.levels.len() == 3 { channels[c] } else { "level" };
            format!("{name} is {is}, which had {:.2} %: {nats:.2} nats", 100.0 * chance)
        };
        ui.label(theme::quiet(ui, words));
        chart(ui, levels, is, c, pixel.chances.levels.len());
    }
}

/// The probabilities of a channel's levels, and which it is.
fn chart(ui: &mut Ui, levels: &[f32], is: usize, c: usize, of: usize) {
    let (space, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), CHART), Sense::hover());
    let colours = theme::colours(ui);
    ui.painter().rect_filled(space, theme::ROUND, colours.ground);
    let inner = space.shrink(6.0);
    let most = levels.iter().copied().fold(1e-9, f32::max);
    let wide = inner.width() / levels.len() as f32;
    let own = match (of, c) {
        (3, 0) => Color32::from_rgb(220, 90, 80),
        (3, 1) => Color32::from_rgb(80, 180, 90),
        (3, _) => Color32::from_rgb(90, 130, 230),
        _ => colours.quiet,
    };
    for (i, v) in levels.iter().enumerate() {
        let left = inner.left() + i as f32 * wide;
        let top = inner.bottom() - inner.height() * v / if levels.len() == 2 { 1.0 } else { most };
        let gap = if wide > 8.0 { 2.0 } else { 0.0 };
        let bar =
            Rect::from_min_max(Pos2::new(left + gap, top), Pos2::new(left + wide - gap, inner.bottom()));
        let colour = if i == is { colours.accent } else { own };
        ui.painter().rect_filled(bar, 0.0, colour);
    }
    let mark = inner.left() + (is as f32 + 0.5) * wide;
    ui.painter().vline(mark, inner.y_range(), Stroke::new(1.0, colours.accent));
    if levels.len() == 2 {
        let font = FontId::proportional(11.0);
        let text = ui.visuals().text_color();
        for (i, name) in ["black", "white"].into_iter().enumerate() {
            let at = Pos2::new(inner.left() + (i as f32 + 0.5) * wide, inner.top());
            ui.painter().text(at, Align2::CENTER_TOP, name, font.clone(), text);
        }
    }
    response
        .on_hover_text("How probable each value was, by the pixels before this one; marked is what it is");
}

/// The same beginning with other dice.
fn ends(ui: &mut Ui, p: &mut Panel<'_>) {
    let inputs = p.state.inputs().to_vec();
    let Some(dice) = inputs.iter().find(|i| i.kind == Kind::Noise) else { return };
    let begun = inputs.iter().find(|i| matches!(i.kind, Kind::Partial { .. })).is_some_and(|input| {
        p.state.latent.held.get(&input.name).is_some_and(|v| *v != input.default_value())
    });
    let (title, hint) = match begun {
        true => {
            ("Other ends", "What is there stays; the rest is drawn with other dice. Click one to take it")
        }
        false => ("Others", "The same with other dice. Click one to take it"),
    };
    ui.label(RichText::new(title).strong()).on_hover_text(hint);
    let Value::Noise(now) = dice.value_in(&p.state.latent.held) else { return };
    let point = |k: usize| {
        let mut held = p.state.latent.held.clone();
        held.insert(dice.name.clone(), Value::Noise(now.wrapping_add(k as u32 + 1)));
        Point { z: p.state.latent.z.clone(), held }
    };
    let points: Vec<Point> = (0..ENDS).map(point).collect();
    let Some(model) = p.state.model.clone() else { return };
    let columns = 3;
    let wide = ui.available_width();
    let high =
        wide / columns as f32 * model.height as f32 / model.width.max(1) as f32 * (ENDS / columns) as f32;
    let (space, response) = ui.allocate_exact_size(Vec2::new(wide, high), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, title));
    let rect = fitted(space, model.width * columns, model.height * (ENDS / columns));
    let Some(image) = p.pictures.sheet_of(columns, points.clone()) else {
        ui.painter().rect_filled(rect, 0.0, theme::colours(ui).ground);
        return;
    };
    p.pictures.paint(ui, Id::unique("other ends"), rect, &image, Way::plain(p.state.prefs.smooth_pixels));
    let cell = rect.size() / Vec2::new(columns as f32, (ENDS / columns) as f32);
    let under = |at: Pos2| {
        let at = (at - rect.min) / cell;
        let k = (at.y.max(0.0) as usize).min(ENDS / columns - 1) * columns
            + (at.x.max(0.0) as usize).min(columns - 1);
        rect.contains(rect.min + at * cell).then_some(k)
    };
    if let Some(k) = response.hover_pos().and_then(under) {
        let corner = rect.min + Vec2::new((k % columns) as f32, (k / columns) as f32) * cell;
        let stroke = Stroke::new(1.5, theme::colours(ui).accent);
        let frame = Rect::from_min_size(corner, cell);
        ui.painter().rect_stroke(frame, 0.0, stroke, egui::StrokeKind::Inside);
    }
    if let Some(k) = response.interact_pointer_pos().filter(|_| response.clicked()).and_then(under) {
        p.act(Action::Go(points[k].clone()));
    }
    response.on_hover_text(hint);
}
