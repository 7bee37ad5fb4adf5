//! A small picture that a model enlarges: as it is, bicubic, the model's and the truth side by side, one magnifier in all of them,
//! and a wipe between two.
//!
//! Must not know: how anything is computed.

use super::{Panel, dialogs::Dialog, fitted, handles, planar, theme};
use crate::action::Action;
use crate::action::upscale::Upscaling;
use crate::engine::tool::{ToolKind, ToolNews};
use crate::gpu::Look as Way;
use crate::metrics::psnr::Likeness;
use crate::point::Input;
use crate::state::upscale::Pane;
use crate::tools::enlarged::Look;
use eframe::egui::{
    self, Align2, Color32, FontId, Id, Pos2, Rect, Response, Sense, Stroke, StrokeKind, TextureHandle,
    TextureId, TextureOptions, Ui, Vec2,
};
use std::sync::Arc;

/// How much the magnifier enlarges.
const ZOOM: f32 = 4.0;
/// Height of a line of words over or under a pane.
const LINE: f32 = 20.0;
/// Height of a row of controls under the wipe.
const CONTROLS: f32 = 30.0;
/// All of a texture.
const WHOLE: Rect = Rect { min: Pos2::ZERO, max: Pos2::new(1.0, 1.0) };
/// The panes, with what each is.
const PANES: [(&str, &str); 4] = [
    ("Low", "The small picture, its pixels as squares"),
    ("Bicubic", "Enlarged by cubic interpolation, with nothing learnt"),
    ("Model", "Enlarged by the model"),
    ("Truth", "The picture that the small one was made of"),
];

/// Textures of what is seen, made anew when there is something else to see.
pub struct Painted {
    of: Arc<Look>,
    smooth: bool,
    textures: [Option<TextureHandle>; 4],
}

/// Draws all of it; gives the place of the wipe, and what a hand does there.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, space: Rect, input: &Input, id: Id) -> (Rect, Response) {
    p.pictures.enlarged = Some(p.state.enlarged_wanted());
    let size = p.state.model.as_ref().map_or([1, 1], |m| [m.width, m.height]);
    let textures = textures(ui, p);
    let (inner, gap) = (space.shrink(theme::UNIT * 3.0), theme::UNIT * 2.0);
    let wide = (inner.width() - 3.0 * gap) / 4.0;
    let high =
        (wide * size[1] as f32 / size[0].max(1) as f32).min(inner.height() * 0.45 - 2.0 * LINE).max(1.0);
    let pane = |k: usize| {
        let at = inner.min + Vec2::new(k as f32 * (wide + gap), LINE);
        fitted(Rect::from_min_size(at, Vec2::new(wide, high)), size[0], size[1])
    };
    panes(ui, p, [0, 1, 2, 3].map(pane), &textures, id);
    let below = Rect::from_min_max(Pos2::new(inner.left(), inner.top() + high + 2.0 * LINE + gap), inner.max);
    let middle = below.center().x;
    let left = Rect::from_min_max(below.min, Pos2::new(middle - gap / 2.0, below.bottom()));
    let right = Rect::from_min_max(Pos2::new(middle + gap / 2.0, below.top()), below.max);
    handles::sheet(ui, p, input, left);
    wipe(ui, p, right, size, &textures, id)
}

/// The textures of what is seen: low, bicubic, the model's, the truth.
fn textures(ui: &Ui, p: &mut Panel<'_>) -> [Option<TextureId>; 4] {
    let Some(seen) = p.state.enlarged_seen() else { return [None; 4] };
    let (look, smooth) = (&seen.look, p.state.prefs.smooth_pixels);
    let known = p.pictures.enlargements.take();
    let painted = match known.filter(|old| Arc::ptr_eq(&old.of, look) && old.smooth == smooth) {
        Some(painted) => painted,
        None => {
            let all = [Some(&look.low), Some(&look.bicubic), Some(&look.drawn), look.truth.as_ref()];
            let load = |k: usize| {
                // The small picture's pixels are squares.
                let options = if smooth && k > 0 { TextureOptions::LINEAR } else { TextureOptions::NEAREST };
                let image = all[k].map(|bytes| planar(bytes, look.size))?;
                Some(ui.ctx().load_texture("enlarged", image, options))
            };
            Painted { of: look.clone(), smooth, textures: [0, 1, 2, 3].map(load) }
        }
    };
    let mut ids = painted.textures.each_ref().map(|t| t.as_ref().map(TextureHandle::id));
    if p.state.truth().is_none() {
        ids[3] = None;
    }
    p.pictures.enlargements = Some(painted);
    ids
}

/// The four side by side, with the magnifier where the pointer is over one of them.
fn panes(ui: &Ui, p: &mut Panel<'_>, places: [Rect; 4], textures: &[Option<TextureId>; 4], id: Id) {
    let colours = theme::colours(ui);
    let text = ui.visuals().text_color();
    let write = |at: Pos2, anchor: Align2, words: &str, colour: Color32| {
        ui.painter().text(at, anchor, words, FontId::proportional(13.0), colour);
    };
    let likeness = p.state.truth().and(p.state.enlarged_seen()).and_then(|seen| seen.look.likeness);
    let mut under = None;
    for (k, (rect, (title, hint))) in places.into_iter().zip(PANES).enumerate() {
        let response = ui.interact(rect, id.with(title), Sense::hover());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, hint));
        write(rect.center_top() - Vec2::new(0.0, 4.0), Align2::CENTER_BOTTOM, title, text);
        let main = p.state.model.as_ref().map(|m| m.id) == p.pictures.main.as_ref().map(|m| m.model);
        match textures[k] {
            // The newest picture of the model, which is there before all others.
            _ if k == 2 && main => {
                let [low, high] = p.state.range;
                let look = Way { smooth: p.state.prefs.smooth_pixels, low, high };
                p.pictures.place_main(ui, id, rect, look, p.state.difference);
            }
            Some(texture) => {
                ui.painter().image(texture, rect, WHOLE, Color32::WHITE);
            }
            None => {
                let stroke = Stroke::new(1.0, colours.quiet.gamma_multiply(0.5));
                ui.painter().rect_stroke(rect, 0.0, stroke, StrokeKind::Inside);
                let words = if k == 3 { "Comes with\nAnother example" } else { "…" };
                write(rect.center(), Align2::CENTER_CENTER, words, colours.quiet);
            }
        }
        if let (Some(one), 1 | 2) = (likeness, k) {
            let words = said(&one[k - 1]);
            write(rect.center_bottom() + Vec2::new(0.0, 4.0), Align2::CENTER_TOP, &words, colours.quiet);
        }
        let over = response.hover_pos().filter(|_| textures[k].is_some());
        under = under.or(over.map(|at| (at - rect.min) / rect.size()));
    }
    if let Some(place) = under {
        for (rect, texture) in places.into_iter().zip(textures) {
            if let Some(texture) = texture {
                magnified(ui, rect, place, *texture);
            }
        }
    }
}

/// PSNR and SSIM in words.
fn said(one: &Likeness) -> String {
    match one.ssim {
        Some(ssim) => format!("{:.2} dB · SSIM {ssim:.3}", one.psnr),
        None => format!("{:.2} dB", one.psnr),
    }
}

/// A place of a pane enlarged, in the corner that is farthest from it. `place`: 0–1 along each side.
fn magnified(ui: &Ui, rect: Rect, place: Vec2, texture: TextureId) {
    let (painter, accent) = (ui.painter(), theme::colours(ui).accent);
    let side = Vec2::splat(0.55 * rect.width().min(rect.height()));
    let part = side / rect.size() / ZOOM;
    let from = (place - part / 2.0).clamp(Vec2::ZERO, Vec2::splat(1.0) - part);
    let x = if place.x < 0.5 { rect.right() - side.x } else { rect.left() };
    let y = if place.y < 0.5 { rect.bottom() - side.y } else { rect.top() };
    let lens = Rect::from_min_size(Pos2::new(x, y), side);
    painter.image(texture, lens, Rect::from_min_size(from.to_pos2(), part), Color32::WHITE);
    painter.rect_stroke(lens, 0.0, Stroke::new(1.5, accent), StrokeKind::Inside);
    let mark = Rect::from_min_size(rect.min + from * rect.size(), part * rect.size());
    painter.rect_stroke(mark, 0.0, Stroke::new(1.0, accent), StrokeKind::Outside);
}

/// One of the four left of a divider that is dragged, another right of it.
fn wipe(
    ui: &mut Ui,
    p: &mut Panel<'_>,
    space: Rect,
    [width, height]: [usize; 2],
    textures: &[Option<TextureId>; 4],
    id: Id,
) -> (Rect, Response) {
    let foot = Pos2::new(space.right(), (space.bottom() - 2.0 * CONTROLS).max(space.top()));
    let rect = fitted(Rect::from_min_max(space.min, foot), width, height);
    let response = ui.interact(rect, id.with("wipe"), Sense::click_and_drag());
    let at = p.state.enlarging.wipe;
    response.widget_info(|| egui::WidgetInfo::slider(true, at.into(), "Wipe"));
    // Without a truth the picture that is nearest to it stands there.
    let there = |pane: Pane| match pane {
        Pane::Truth if textures[3].is_none() => Pane::Model,
        pane => pane,
    };
    let sides = p.state.enlarging.beside.map(there);
    let edge = rect.left() + rect.width() * at;
    if let [Some(first), Some(second)] = sides.map(|pane| textures[pane as usize]) {
        let left = Rect::from_min_max(rect.min, Pos2::new(edge, rect.bottom()));
        let right = Rect::from_min_max(Pos2::new(edge, rect.top()), rect.max);
        let uv = |from: f32, to: f32| Rect::from_min_max(Pos2::new(from, 0.0), Pos2::new(to, 1.0));
        ui.painter().image(first, left, uv(0.0, at), Color32::WHITE);
        ui.painter().image(second, right, uv(at, 1.0), Color32::WHITE);
        ui.painter().vline(edge, rect.y_range(), Stroke::new(2.0, theme::colours(ui).accent));
    }
    if response.dragged()
        && let Some(to) = response.interact_pointer_pos()
    {
        p.act(Action::Upscale(Upscaling::Wipe((to.x - rect.left()) / rect.width().max(1.0))));
    }
    if response.hovered() || response.dragged() {
        ui.ctx().set_cursor_icon(egui::CursorIcon::ResizeHorizontal);
    }
    let row = Rect::from_min_max(Pos2::new(space.left(), foot.y), space.max);
    ui.scope_builder(egui::UiBuilder::new().max_rect(row), |ui| {
        ui.horizontal(|ui| controls(ui, p, sides, textures[3].is_some()));
        file(ui, p);
    });
    (rect, response)
}

/// What stands left and right of the divider, and the divider from the keyboard.
fn controls(ui: &mut Ui, p: &mut Panel<'_>, sides: [Pane; 2], known: bool) {
    chosen(ui, p, 0, sides[0], known);
    let mut at = p.state.enlarging.wipe;
    ui.spacing_mut().slider_width = 90.0;
    let slider = ui.add(egui::Slider::new(&mut at, 0.0..=1.0).show_value(false));
    if slider.on_hover_text("Where the divider is; it can be dragged on the picture too").changed() {
        p.act(Action::Upscale(Upscaling::Wipe(at)));
    }
    chosen(ui, p, 1, sides[1], known);
}

/// The choice of what stands on one side of the divider.
fn chosen(ui: &mut Ui, p: &mut Panel<'_>, side: usize, now: Pane, known: bool) {
    let hint = ["What stands left of the divider", "What stands right of the divider"][side];
    let list = egui::ComboBox::from_id_salt(("wipe", side)).width(84.0).selected_text(PANES[now as usize].0);
    let list = list.show_ui(ui, |ui| {
        for pane in Pane::ALL {
            let (title, about) = PANES[pane as usize];
            let label =
                ui.add_enabled(known || pane != Pane::Truth, egui::Button::selectable(now == pane, title));
            let none = "The true picture comes with Another example";
            if label.on_hover_text(about).on_disabled_hover_text(none).clicked() {
                p.act(Action::Upscale(Upscaling::Beside(side, pane)));
            }
        }
    });
    list.response.on_hover_text(hint);
}

/// A picture file of any size is enlarged here, and how far that is.
fn file(ui: &mut Ui, p: &mut Panel<'_>) {
    if let Some(ToolNews::Working(done, total)) = p.state.tools.get(&ToolKind::Enlarge).cloned() {
        super::film::working(ui, p, ToolKind::Enlarge, done, total, "tiles");
        return;
    }
    let hint = "Choose a picture of any size; the model enlarges it in tiles, without seams, and the result is saved as a PNG";
    if ui.button("Enlarge a file…").on_hover_text(hint).clicked() {
        p.ask(ui.ctx(), Dialog::Enlarge, "enlarged");
    }
}
