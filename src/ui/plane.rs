//! The plane of a model whose samples are points: data and samples, what D says everywhere as the colour of the ground, G's
//! bent grid of z, and where its loss pulls the samples; beside it the figures, and what the loss looks like from a sample.
//!
//! Must not know: how anything is computed.

use super::{Panel, plot, theme};
use crate::action::{Action, plane::Planing};
use crate::data::plane::BOUND;
use crate::engine::message::PlaneShown;
use crate::objective::game::{Game, sigmoid};
use crate::state::plane::{Ground, Layer};
use crate::tools::plane::{Look, SIDE};
use crate::zoo::common::{D_ONLY, TURN_NAME};
use eframe::egui::{
    self, Align2, Color32, ColorImage, FontId, Mesh, Pos2, Rect, RichText, Shape, Stroke, TextureHandle,
    TextureOptions, Ui, Vec2,
};
use std::sync::Arc;

/// Width of the panel of figures.
pub const WIDTH: f32 = 264.0;
/// Height of the small chart of the loss.
const CHART: f32 = 100.0;
/// Arrows shown: more hide the points.
const ARROWS: usize = 100;
/// Length of the longest arrow, points.
const ARROW: f32 = 26.0;

/// The coloured ground, made anew when there is something else to see.
pub struct Painted {
    of: Arc<Look>,
    by: (Ground, bool),
    texture: TextureHandle,
}

/// Colours of real and of generated points: of dots, contours and grounds alike.
pub(super) fn sides(ui: &Ui) -> [Color32; 2] {
    let all = theme::colours(ui).curves;
    [all[1], all[0]]
}

/// Paints the plane into a square.
pub fn paint(ui: &Ui, p: &mut Panel<'_>, rect: Rect) {
    p.pictures.plane = true;
    let colours = theme::colours(ui);
    let Some(PlaneShown { look, real, .. }) = p.state.plane_seen().cloned() else {
        let font = FontId::proportional(24.0);
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, "…", font, colours.quiet);
        return;
    };
    let view = &p.state.plane;
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let ground = view.ground;
    let shows = |layer| !view.hidden.contains(&layer);
    let layers = [Layer::Real, Layer::Fakes, Layer::Lines, Layer::Pulls].map(shows);
    let here = view.here;
    if let Some(values) = values(&look, ground) {
        let texture = painted(ui, p, &look, ground, &values);
        let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
        painter.image(texture, rect, whole, Color32::WHITE);
        if ground != Ground::Apart && look.game.score_means().even.is_some() || ground == Ground::Optimum {
            let stroke = Stroke::new(1.5, ui.visuals().text_color().gamma_multiply(0.7));
            contour(&values, 0.5).into_iter().for_each(|line| {
                painter.line_segment(line.map(|at| at_square(rect, at)), stroke);
            });
        }
    }
    let [real_colour, fake_colour] = sides(ui);
    let place = |[x, y]: [f32; 2]| {
        let part = Vec2::new((x + BOUND) / (2.0 * BOUND), (BOUND - y) / (2.0 * BOUND));
        rect.min + part * rect.size()
    };
    if layers[2] {
        let stroke = Stroke::new(1.0, ui.visuals().text_color().gamma_multiply(0.35));
        for line in &look.lines {
            painter.add(Shape::line(line.iter().copied().map(place).collect(), stroke));
        }
    }
    // Points lie above the arrows that begin at them, and the few real ones above the many samples.
    if layers[3] {
        let length = |v: &[f32; 2]| (v[0] * v[0] + v[1] * v[1]).sqrt();
        let longest = look.arrows.iter().map(|(_, v)| length(v)).fold(1e-6, f32::max);
        for (at, pull) in look.arrows.iter().take(ARROWS) {
            let (from, size) = (place(*at), length(pull));
            // By the root, so that weak pulls are seen beside strong ones.
            let along = Vec2::new(pull[0], -pull[1]) / size.max(1e-12) * (size / longest).sqrt() * ARROW;
            painter.arrow(from, along, Stroke::new(1.2, colours.curves[2].gamma_multiply(0.8)));
        }
    }
    let side = (rect.width() / 220.0).clamp(1.2, 2.6);
    if layers[1] {
        painter.add(dots(look.fakes.iter().take(1000).copied().map(place), side, fake_colour));
    }
    if layers[0] {
        painter.add(dots(real.iter().copied().map(place), side, real_colour));
    }
    if let Some(at) = here.map(place) {
        painter.circle_stroke(at, 6.0, Stroke::new(2.0, ui.visuals().strong_text_color()));
    }
    painter.rect_stroke(rect, 0.0, Stroke::new(1.0, colours.quiet), egui::StrokeKind::Inside);
}

/// Small squares, all in one shape.
pub(super) fn dots(at: impl Iterator<Item = Pos2>, side: f32, colour: Color32) -> Shape {
    let mut mesh = Mesh::default();
    for at in at {
        mesh.add_colored_rect(
            Rect::from_center_size(at, Vec2::splat(side * 1.6)),
            colour.gamma_multiply(0.85),
        );
    }
    Shape::mesh(mesh)
}

/// What colours the squares, ½ = neither side: probabilities, or a critic's scores on the scale of their own spread.
fn values(look: &Look, ground: Ground) -> Option<Vec<f32>> {
    let said = || -> Vec<f32> {
        match look.game.score_means().even {
            Some(_) if look.game.probabilities() => look.said.iter().copied().map(sigmoid).collect(),
            Some(_) => look.said.clone(),
            None => {
                // A critic's zero means nothing, or (hinge) lies in the middle.
                let mean = look.said.iter().sum::<f32>() / look.said.len().max(1) as f32;
                let middle = if look.game == Game::Hinge { 0.0 } else { mean };
                let spread = look.said.iter().map(|c| (c - middle).abs()).fold(1e-6, f32::max);
                look.said.iter().map(|c| 0.5 + 0.5 * (c - middle) / spread).collect()
            }
        }
    };
    match ground {
        Ground::Said => Some(said()),
        Ground::Optimum => look.optimum.clone(),
        Ground::Apart => {
            let best = look.optimum.as_ref().filter(|_| look.game.probabilities())?;
            Some(said().iter().zip(best).map(|(d, best)| 0.5 + 0.5 * (d - best)).collect())
        }
        Ground::Plain => None,
    }
}

/// The texture of the ground.
fn painted(ui: &Ui, p: &mut Panel<'_>, look: &Arc<Look>, ground: Ground, values: &[f32]) -> egui::TextureId {
    let by = (ground, ui.visuals().dark_mode);
    if let Some(old) = p.pictures.ground.as_ref().filter(|old| Arc::ptr_eq(&old.of, look) && old.by == by) {
        return old.texture.id();
    }
    let [real, fake] = sides(ui);
    let neutral = theme::colours(ui).ground;
    let colour = |v: &f32| {
        let (side, part) = if *v > 0.5 { (real, v - 0.5) } else { (fake, 0.5 - v) };
        neutral.lerp_to_gamma(side, (part * 1.1).clamp(0.0, 0.55))
    };
    let pixels = values.iter().map(colour).collect();
    let image = ColorImage::new([SIDE, SIDE], pixels);
    let texture = match p.pictures.ground.take() {
        Some(Painted { mut texture, .. }) => {
            texture.set(image, TextureOptions::LINEAR);
            texture
        }
        None => ui.ctx().load_texture("plane", image, TextureOptions::LINEAR),
    };
    let id = texture.id();
    p.pictures.ground = Some(Painted { of: look.clone(), by, texture });
    id
}

/// A place in units of squares' middles, in the rectangle.
fn at_square(rect: Rect, [x, y]: [f32; 2]) -> Pos2 {
    rect.min + (Vec2::new(x, y) + Vec2::splat(0.5)) * rect.size() / SIDE as f32
}

/// Where the values cross a level: short lines through the cells between four squares (marching squares).
fn contour(values: &[f32], level: f32) -> Vec<[[f32; 2]; 2]> {
    let at = |x: usize, y: usize| values[y * SIDE + x] - level;
    let mut lines = Vec::new();
    for y in 0..SIDE - 1 {
        for x in 0..SIDE - 1 {
            let corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)];
            let crossing = (0..4).filter_map(|i| {
                let ((ax, ay), (bx, by)) = (corners[i], corners[(i + 1) % 4]);
                let (a, b) = (at(ax, ay), at(bx, by));
                // A value at the level itself is what nothing is known of.
                ((a > 0.0) != (b > 0.0) && a != 0.0 && b != 0.0).then(|| {
                    let part = a / (a - b);
                    let mix = |a: usize, b: usize| a as f32 + part * (b as f32 - a as f32);
                    [mix(ax, bx), mix(ay, by)]
                })
            });
            let ends: Vec<[f32; 2]> = crossing.collect();
            lines.extend(ends.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
        }
    }
    lines
}

/// The figures, what is drawn, and the loss as a sample sees it.
pub fn side(ui: &mut Ui, p: &mut Panel<'_>) {
    egui::ScrollArea::vertical().id_salt("plane").auto_shrink(false).show(ui, |ui| {
        let Some(shown) = p.state.plane_seen().cloned() else { return };
        let look = shown.look;
        ground(ui, p, &look);
        layers(ui, p);
        ui.add_space(theme::UNIT * 2.0);
        figures(ui, &look);
        ui.add_space(theme::UNIT * 2.0);
        if look.game.probabilities() {
            chart(ui, &look);
        }
    });
}

fn ground(ui: &mut Ui, p: &mut Panel<'_>, look: &Look) {
    ui.horizontal(|ui| {
        ui.label(RichText::new("Ground").strong()).on_hover_text("What the plane is coloured by");
        ui.add_space(theme::UNIT * 2.0);
        alone(ui, p);
    });
    let name = if look.game.probabilities() { "D" } else { "Critic" };
    let known = look.optimum.is_some();
    ui.horizontal_wrapped(|ui| {
        let all = [
            (
                Ground::Said,
                name,
                "What D says: real points' colour where it takes them for real; the line is at ½",
                true,
            ),
            (
                Ground::Optimum,
                "D*",
                "What the best possible discriminator would say against this G: p_data / (p_data + p_G)",
                known,
            ),
            (Ground::Apart, "D − D*", "How far D is from the best one", known && look.game.probabilities()),
            (Ground::Plain, "None", "Nothing", true),
        ];
        for (ground, name, hint, there) in all {
            let chosen = p.state.plane.ground == ground;
            let button = ui.add_enabled(there, egui::Button::selectable(chosen, name));
            let missing =
                "The density of this data is not known, or D is a critic and gives no probabilities";
            if button.on_hover_text(hint).on_disabled_hover_text(missing).clicked() {
                p.act(Action::Plane(Planing::Ground(ground)));
            }
        }
    });
}

fn layers(ui: &mut Ui, p: &mut Panel<'_>) {
    let [real, fake] = sides(ui);
    let (text, pull) = (ui.visuals().text_color(), theme::colours(ui).curves[2]);
    let all = [
        (Layer::Real, "Real points", real, "Points of the data, which no training sees"),
        (Layer::Fakes, "Samples of G", fake, "G's points for latents of N(0, 1)"),
        (Layer::Lines, "Grid of z", text, "Lines of equal z₁ and of equal z₂, as G bends them"),
        (Layer::Pulls, "Pull of loss", pull, "Where G's loss pulls some of its samples: −∂loss/∂x"),
    ];
    egui::Grid::new("layers").num_columns(2).show(ui, |ui| {
        for (i, (layer, name, colour, hint)) in all.into_iter().enumerate() {
            let mut on = !p.state.plane.hidden.contains(&layer);
            let tick = ui.checkbox(&mut on, RichText::new(name).color(colour));
            if tick.on_hover_text(hint).changed() {
                p.act(Action::Plane(Planing::Layer(layer, on)));
            }
            if i % 2 == 1 {
                ui.end_row();
            }
        }
    });
}

fn figures(ui: &mut Ui, look: &Look) {
    let line = |ui: &mut Ui, words: String, hint: &str| {
        ui.label(words).on_hover_text(hint);
    };
    if let Some(c) = look.figures.coverage {
        let words = format!("{} of {} modes, {:.1} % within 3σ", c.modes, c.of, 100.0 * c.high_quality);
        line(
            ui,
            words,
            "Of 2,500 samples: modes with at least one, and the share within 3σ of a mode. True Gaussians have 98.9 %",
        );
    }
    let Some(o) = look.figures.optimal else {
        ui.label(theme::quiet(ui, "The density of this data is not known, so there is no D*."));
        return;
    };
    let how = if o.dense {
        "p_G is had by pushing an even lattice of z through G"
    } else {
        "p_G is estimated from samples, as z has more than two dimensions"
    };
    let hint = format!(
        "Jensen–Shannon divergence of data and samples, over cells of the plane: 0 = alike, ln 2 = 0.693 = nothing in common. {how}"
    );
    ui.horizontal(|ui| {
        line(ui, format!("JSD {:.3} nats", o.jsd), &hint);
        if let Some(c) = look.figures.coverage.filter(|c| c.modes > 0) {
            let hint = "KL(samples' modes ‖ uniform): 0 = all modes are drawn alike";
            line(ui, format!("· reverse KL over modes {}", plot::plain(f64::from(c.reverse_kl))), hint);
        }
    });
    let best = o.best();
    match (o.value, o.apart) {
        (Some(value), Some(apart)) => {
            let hint = "E ln D(x) + E ln(1 − D(G(z))) of this D, and the most that any D reaches against this G: 2·JSD − ln 4 (Goodfellow et al. 2014)";
            line(ui, format!("D's value {value:.3}, at best {best:.3}").replace('-', "−"), hint);
            let hint = "Average of |D − D*| where there are real points or samples";
            line(ui, format!("|D − D*| {apart:.3} on average"), hint);
        }
        _ => line(
            ui,
            format!("A D of probabilities would reach {best:.3} at best").replace('-', "−"),
            "2·JSD − ln 4 (Goodfellow et al. 2014); this D is a critic",
        ),
    }
}

/// D learns alone until it is as good as it gets.
fn alone(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(alone) = p.state.d_alone() else { return };
    let words = if alone { "▶ Both learn again" } else { "Train D alone" };
    let hint = "G stands still, and D learns until it is as good as it gets: watch it reach D*. Press again, and both go on";
    if ui.add(egui::Button::new(words).selected(alone)).on_hover_text(hint).clicked() {
        p.act(Action::Set(TURN_NAME.into(), if alone { 0.0 } else { D_ONLY }));
    }
}

/// The two losses of a generator over what D says, with G's samples as a rug: where they stand, minimax pulls hardly.
fn chart(ui: &mut Ui, look: &Look) {
    const TOP: f32 = 4.0;
    ui.label(RichText::new("What a sample costs G").strong())
        .on_hover_text("By what D says of it. The ticks are G's samples: where D is sure, the minimax loss is flat, and G learns nothing");
    let (space, _) =
        ui.allocate_exact_size(Vec2::new(ui.available_width().min(WIDTH), CHART), egui::Sense::hover());
    let colours = theme::colours(ui);
    ui.painter().rect_filled(space, theme::ROUND, colours.ground);
    let inner = space.shrink2(Vec2::new(8.0, 8.0));
    let painter = ui.painter().with_clip_rect(inner);
    // From −TOP to TOP nats.
    let at = |d: f32, v: f32| {
        Pos2::new(inner.left() + d * inner.width(), inner.center().y - v / TOP * inner.height() / 2.0)
    };
    painter.line_segment([at(0.0, 0.0), at(1.0, 0.0)], Stroke::new(1.0, colours.quiet.gamma_multiply(0.5)));
    let curve = |f: &dyn Fn(f32) -> f32| -> Vec<Pos2> {
        (1..100u8).map(|i| f32::from(i) / 100.0).map(|d| at(d, f(d))).collect()
    };
    let saturating = look.game == Game::Minimax;
    let look_of = |own: bool| {
        Stroke::new(if own { 2.5 } else { 1.2 }, if own { colours.accent } else { colours.quiet })
    };
    painter.add(Shape::line(curve(&|d| -d.ln()), look_of(!saturating)));
    painter.add(Shape::line(curve(&|d| (1.0 - d).ln()), look_of(saturating)));
    let [_, fake] = sides(ui);
    for c in &look.on_fakes {
        let x = at(sigmoid(*c), 0.0).x;
        painter.vline(x, inner.bottom() - 8.0..=inner.bottom(), Stroke::new(1.0, fake.gamma_multiply(0.6)));
    }
    let font = FontId::proportional(11.0);
    painter.text(at(0.16, 2.6), Align2::LEFT_CENTER, "−ln D(G(z))", font.clone(), colours.quiet);
    painter.text(at(0.84, -2.4), Align2::RIGHT_CENTER, "ln(1 − D(G(z)))", font, colours.quiet);
    let mean = |game: Game| {
        look.on_fakes.iter().map(|c| game.pull(*c)).sum::<f32>() / look.on_fakes.len().max(1) as f32
    };
    let [plain, other] = [mean(Game::Minimax), mean(Game::NonSaturating)].map(|v| plot::plain(f64::from(v)));
    let words = format!("Pull per sample: minimax {plain}, non-saturating {other}");
    ui.label(theme::quiet(ui, words).small())
        .on_hover_text("|∂loss/∂C| averaged over G's samples: what of D's slope is handed on to G");
}
