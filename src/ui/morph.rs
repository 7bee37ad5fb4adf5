//! The page where latents turn into one another: keyframes, the picture of the moment, the filmstrip with its
//! scrubber, and the film.
//!
//! Must not know: how pictures are decoded, how a film is written.

use super::latent::{self, Carried};
use super::well::{self, Looks};
use super::{Panel, film, fitted, samples, theme};
use crate::action::Action;
use crate::action::bench::Benching;
use crate::action::morph::Morphing;
use crate::engine::message::Place;
use crate::engine::tool::ToolKind;
use crate::gpu::Look;
use crate::latent::{Easing, Interpolation};
use crate::metrics::codes::Off;
use crate::point::Point;
use crate::state::bench::Well;
use crate::state::morph::SECONDS;
use eframe::egui::{self, Id, Key, Modifiers, Pos2, Rect, RichText, ScrollArea, Sense, Ui, Vec2};

/// Side of a keyframe, points.
const KEYFRAME: f32 = 76.0;
/// Height of the filmstrip, points.
const STRIP: f32 = 52.0;
/// Most pictures of the filmstrip.
const CELLS: usize = 40;
/// Why the interpolation matters.
const WHY: &str = "In many dimensions nearly all latents lie at the same distance from the middle. Spherical stays at that distance; linear cuts through the middle, where a model has seen nothing and draws averages.";

/// Draws the page.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>) {
    const PLACES: [Place; 3] = [Place::Engine, Place::Model, Place::Bench];
    // Between codes there is a way as well: through their vectors.
    if !p.state.has_codes() {
        if super::handles::instead(p).is_some() {
            p.failures(ui, &PLACES);
        }
        if super::handles::nothing_here(ui, p) {
            return;
        }
    }
    ui.add_space(theme::UNIT);
    let looks = Looks {
        title: "Keyframes",
        about: "The latents that the morph passes, in order; drag them to change it",
        empty: "Drop latents here: samples, bookmarks, the picture of another page. The morph passes them in order.",
        side: KEYFRAME,
        row: true,
        height: KEYFRAME + 3.0 * theme::UNIT,
    };
    well::show(ui, p, Well::Keyframes, &looks);
    ui.add_space(theme::UNIT);
    let space = ui.available_rect_before_wrap();
    let controls = if p.state.bench.path().legs() > 0 { STRIP + 44.0 } else { 0.0 };
    let above = Rect::from_min_max(space.min, Pos2::new(space.max.x, space.max.y - controls));
    stage(ui, p, above);
    p.failures_over(ui, above, &PLACES);
    if controls > 0.0 {
        let under = Rect::from_min_max(Pos2::new(space.min.x, above.max.y + theme::UNIT), space.max);
        ui.scope_builder(egui::UiBuilder::new().max_rect(under), |ui| {
            strip(ui, p);
            bar(ui, p);
        });
    }
}

/// The picture of the moment, or what an empty page teaches.
fn stage(ui: &mut Ui, p: &mut Panel<'_>, space: Rect) {
    ui.painter().rect_filled(space, theme::ROUND, theme::colours(ui).ground);
    let Some(model) = p.state.model.clone() else {
        let at = Rect::from_center_size(space.center(), Vec2::new(space.width().min(420.0), 40.0));
        ui.put(at, egui::Label::new(theme::quiet(ui, "Open a model to morph between its pictures.")));
        return;
    };
    let area = ui.interact(space, Id::unique("morph picture ground"), Sense::hover());
    let keyframes = p.state.bench.well(Well::Keyframes).len();
    if keyframes < 2 {
        teach(ui, p, space, keyframes);
    } else {
        let rect = fitted(space.shrink(theme::UNIT * 2.0), model.width, model.height);
        let [low, high] = p.state.range;
        let look = Look { smooth: p.state.prefs.smooth_pixels, low, high };
        if p.pictures.main.as_ref().is_some_and(|shown| shown.model == model.id) {
            p.pictures.place_main(ui, Id::unique("morph picture"), rect, look, false);
        }
        let carried = Carried::loose(p.state.shown());
        let response = latent::handle(ui, p, rect, Id::unique("morph handle"), &carried);
        let named = || egui::WidgetInfo::labeled(egui::Role::Image, true, "The picture of the moment");
        response.widget_info(named);
        response.on_hover_text("Drag it into a well; right-click for what else");
    }
    well::drop_on(ui, p, Well::Keyframes, &area, |_| (keyframes, Rect::NOTHING));
}

/// Whether what is drawn has left the codebook, and by how much, in words.
fn off(p: &Panel<'_>) -> String {
    let several = p.state.off.len() > 1;
    let one = |off: &Off| {
        let Off { places, of, apart, .. } = off;
        let name = if several { format!("{} ", off.input) } else { String::new() };
        match (off.nearest, places) {
            (true, _) => format!("{name}nearest codes"),
            (_, 0) => format!("{name}in the codebook"),
            _ => format!("{name}{places} of {of} places off the codebook by {apart:.2}"),
        }
    };
    match p.state.off.as_slice() {
        [] => "in the codebook".into(),
        all => all.iter().map(one).collect::<Vec<_>>().join(" · "),
    }
}

fn teach(ui: &mut Ui, p: &mut Panel<'_>, space: Rect, keyframes: usize) {
    let place = Rect::from_center_size(space.center(), Vec2::new(space.width().min(420.0), 150.0));
    let latents = p.state.dims() > 0;
    let reading = p.state.tools.contains_key(&ToolKind::Latents);
    ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
        ui.vertical_centered(|ui| {
            let (title, count, button) = match (keyframes, latents) {
                (0, true) => ("Turn latents into one another", 3, "🎲 Three random keyframes"),
                (0, false) => ("Turn pictures into one another", 3, "🎲 Three pictures of the data"),
                (_, true) => ("One keyframe more makes a morph", 2, "🎲 Two random keyframes"),
                (_, false) => ("One keyframe more makes a morph", 2, "🎲 Two pictures of the data"),
            };
            ui.label(RichText::new(title).heading());
            let (text, hint) = match latents {
                true => (
                    "Keyframes come from samples, bookmarks and the sliders, by a click or a drag.",
                    "Draw them from the prior, times the temperature",
                ),
                false => (
                    "Keyframes come from bookmarks, from files and from Explore, by a click or a drag.",
                    "Read the codes of pictures of the data",
                ),
            };
            ui.label(theme::quiet(ui, text));
            ui.add_space(theme::UNIT * 2.0);
            let there = !reading && (latents || !p.state.tool_data().is_empty());
            if ui.add_enabled(there, theme::primary(ui, button)).on_hover_text(hint).clicked() {
                p.act(Action::Morph(Morphing::Random(count)));
                p.act(Action::Morph(Morphing::Play(true)));
            }
        });
    });
}

/// The whole way side by side; a drag along it looks at that moment.
fn strip(ui: &mut Ui, p: &mut Panel<'_>) {
    let Some(model) = &p.state.model else { return };
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), STRIP), Sense::click_and_drag());
    let cell = STRIP * model.width as f32 / model.height.max(1) as f32;
    let count = ((rect.width() / cell) as usize).clamp(2, CELLS);
    let path = p.state.bench.path();
    let points: Vec<Point> = (0..count).map(|i| path.at((i as f32 + 0.5) / count as f32)).collect();
    let colours = theme::colours(ui);
    ui.painter().rect_filled(rect, 2.0, colours.ground);
    if let Some(image) = p.pictures.sheet_of(count, points) {
        let look = Look::plain(p.state.prefs.smooth_pixels);
        p.pictures.paint(ui, Id::unique("filmstrip"), rect, &image, look);
    }
    let x = |at: f64| rect.left() + rect.width() * at as f32;
    let legs = path.legs();
    for i in 0..=legs {
        let at = x(i as f64 / legs as f64);
        let tick = [Pos2::new(at, rect.bottom()), Pos2::new(at, rect.bottom() - 7.0)];
        ui.painter().line_segment(tick, egui::Stroke::new(3.0, colours.accent));
    }
    let now = x(p.state.morph.at);
    let line = [Pos2::new(now, rect.top() - 2.0), Pos2::new(now, rect.bottom() + 2.0)];
    ui.painter().line_segment(line, egui::Stroke::new(5.0, egui::Color32::BLACK));
    ui.painter().line_segment(line, egui::Stroke::new(2.5, egui::Color32::WHITE));
    response.widget_info(|| egui::WidgetInfo::slider(true, p.state.morph.at, "Moment of the morph"));
    if (response.dragged() || response.clicked())
        && let Some(at) = response.interact_pointer_pos()
    {
        p.act(Action::Morph(Morphing::At(f64::from((at.x - rect.left()) / rect.width().max(1.0)))));
    }
    if response.has_focus() {
        let frame = p.state.morph_frame();
        for (key, to) in [(Key::ArrowLeft, frame.saturating_sub(1)), (Key::ArrowRight, frame + 1)] {
            if ui.input_mut(|i| i.consume_key(Modifiers::NONE, key)) {
                p.act(Action::Morph(Morphing::At(p.state.morph_moment(to))));
            }
        }
    }
    response.on_hover_text("The way from keyframe to keyframe; drag along it to look at a moment");
}

fn bar(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.horizontal(|ui| {
        let playing = p.state.morph.playing;
        let (symbol, name) = if playing { ("⏸", "Hold the morph") } else { ("▶", "Play the morph") };
        let button = ui.add(egui::Button::new(symbol).min_size(Vec2::new(32.0, 26.0)));
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
        if button.on_hover_text("Play the morph round and round, or hold it (Space)").clicked() {
            p.act(Action::Morph(Morphing::Play(!playing)));
        }
        let frames = p.state.morph_frames();
        let text =
            format!("frame {:>3} of {frames} · {:.1} s", p.state.morph_frame() + 1, p.state.morph_seconds());
        ui.label(theme::quiet(ui, text).monospace());
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let hint = "Put the latent of this moment under the sliders of Explore";
            if ui.button("To the sliders").on_hover_text(hint).clicked() {
                p.act(Action::Go(p.state.shown()));
            }
            if p.state.has_codes() {
                let hint = "How many places have a vector that is no entry of the codebook, and how far it is from the nearest one: 1 = as far as an entry is from its nearest neighbour";
                ui.add(egui::Label::new(theme::quiet(ui, off(p))).truncate()).on_hover_text(hint);
            }
        });
    });
}

/// Draws the panel at the side: how keyframes are joined, the film, samples.
pub fn side(ui: &mut Ui, p: &mut Panel<'_>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.add_space(theme::UNIT * 2.0);
        joined(ui, p);
        ui.separator();
        film::show(ui, p);
        ui.separator();
        let looks = Looks {
            title: "Bookmarks",
            about: "Latents worth coming back to; drag one into the keyframes",
            empty: "Press B to keep the latent on the screen; drag it from here into the keyframes.",
            side: 52.0,
            row: true,
            height: 52.0 + 3.0 * theme::UNIT,
        };
        well::show(ui, p, Well::Bookmarks, &looks);
        ui.separator();
        samples::show(ui, p, &[(Well::Keyframes, "keyframes")], 64.0, 4, true);
    });
}

fn joined(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.label(RichText::new("Interpolation").strong());
    if p.state.has_codes() {
        between_codes(ui, p);
    }
    if p.state.dims() > 0 || !p.state.has_codes() {
        between_latents(ui, p);
    }
    ui.horizontal(|ui| {
        ui.label("Easing").on_hover_text("How time goes by between two keyframes");
        let now = p.state.bench.easing;
        for (choice, name, about) in [
            (Easing::Even, "Even", "At one speed"),
            (Easing::Smooth, "Smooth", "Slow at each keyframe, quick between: 3t² − 2t³"),
            (Easing::Smoother, "Smoother", "Slower still at each keyframe: 6t⁵ − 15t⁴ + 10t³"),
        ] {
            if ui.selectable_label(now == choice, name).on_hover_text(about).clicked() {
                p.act(Action::Bench(Benching::Easing(choice)));
            }
        }
    });
    ui.horizontal(|ui| {
        ui.label("Speed");
        let mut seconds = p.state.morph.seconds;
        let entry =
            egui::DragValue::new(&mut seconds).speed(0.02).range(SECONDS).suffix(" s").fixed_decimals(1);
        if ui.add(entry).on_hover_text("Seconds from keyframe to keyframe, 0.1 to 20").changed() {
            p.act(Action::Morph(Morphing::Seconds(seconds)));
        }
        ui.label(theme::quiet(ui, "from keyframe to keyframe"));
        let reset = ui.add_enabled(seconds != 1.5, egui::Button::new("↺").small());
        if reset.on_hover_text("Back to 1.5 s").clicked() {
            p.act(Action::Morph(Morphing::Seconds(1.5)));
        }
    });
    let mut closed = p.state.bench.closed;
    let hint = "Return to the first keyframe, so that the film has no seam when it starts again";
    if ui.checkbox(&mut closed, "Closed loop").on_hover_text(hint).changed() {
        p.act(Action::Bench(Benching::Closed(closed)));
    }
}

/// How latents are joined.
fn between_latents(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.horizontal(|ui| {
        let now = p.state.bench.interpolation;
        for (choice, name, formula) in [
            (
                Interpolation::Spherical,
                "Spherical",
                "sin((1 − t)θ)/sin θ · a + sin(tθ)/sin θ · b: the norm goes straight from |a| to |b|",
            ),
            (Interpolation::Linear, "Linear", "(1 − t) · a + t · b: the norm dips between a and b"),
        ] {
            if ui.selectable_label(now == choice, name).on_hover_text(formula).clicked() {
                p.act(Action::Bench(Benching::Interpolation(choice)));
            }
        }
    });
    ui.add(egui::Label::new(theme::quiet(ui, WHY).small()).wrap());
}

/// How codes are joined.
fn between_codes(ui: &mut Ui, p: &mut Panel<'_>) {
    ui.horizontal(|ui| {
        let now = p.state.bench.nearest;
        for (nearest, name, about) in [
            (false, "Vectors", "(1 − t) · a + t · b of the codes' vectors, which are no codes on the way"),
            (true, "Nearest codes", "Each vector on the way gives way to the nearest entry of the codebook"),
        ] {
            if ui.selectable_label(now == nearest, name).on_hover_text(about).clicked() {
                p.act(Action::Bench(Benching::Nearest(nearest)));
            }
        }
    });
    let why = "A decoder has seen the codebook's entries and nothing between them: what it draws of other vectors is a guess.";
    ui.add(egui::Label::new(theme::quiet(ui, why).small()).wrap());
}
