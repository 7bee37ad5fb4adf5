//! Wells: rows or grids of latents as thumbnails, which take what is dropped and give what is dragged away.
//!
//! Must not know: how pictures are decoded, what is made of a well's latents.

use super::dialogs::Dialog;
use super::latent::{self, Carried};
use super::{Panel, film, theme};
use crate::action::Action;
use crate::action::bench::Benching;
use crate::engine::tool::{ToolKind, ToolNews};
use crate::state::bench::{Bookmark, Well};
use eframe::egui::{self, Align, FontId, Id, Key, Layout, Pos2, Rect, RichText, ScrollArea, Sense, Ui, Vec2};

/// Space between thumbnails.
const GAP: f32 = theme::UNIT;

/// How a well looks.
pub struct Looks<'a> {
    /// Its title.
    pub title: &'a str,
    /// What its latents are for, on hover of the title.
    pub about: &'a str,
    /// What an empty one says.
    pub empty: &'a str,
    /// Side of a thumbnail, points.
    pub side: f32,
    /// One row that scrolls sideways (else a grid that scrolls downwards).
    pub row: bool,
    /// Height of the thumbnails' area, points.
    pub height: f32,
}

/// Its name in menus.
pub fn title(well: Well) -> &'static str {
    match well {
        Well::Bookmarks => "Bookmarks",
        Well::Keyframes => "Keyframes of the morph",
        Well::A => "A",
        Well::B => "B",
        Well::C => "C",
        Well::Has => "Has it",
        Well::HasNot => "Has it not",
    }
}

/// Draws a well.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, well: Well, looks: &Looks<'_>) {
    let marks = p.state.bench.well(well).to_vec();
    header(ui, p, well, looks, marks.len());
    let space = Rect::from_min_size(ui.cursor().min, Vec2::new(ui.available_width(), looks.height));
    ui.painter().rect_filled(space, theme::ROUND, theme::colours(ui).ground);
    let area = ui.interact(space, Id::unique(("well", well)), Sense::hover());
    area.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Group, true, format!("Well {}", looks.title)));
    if marks.is_empty() {
        let text = theme::quiet(ui, looks.empty);
        let inner = space.shrink(theme::UNIT * 2.0);
        ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
            ui.with_layout(Layout::top_down(Align::Center), |ui| {
                ui.add(egui::Label::new(text.small()).wrap());
            });
        });
    }
    let inner = space.shrink(GAP);
    let mut first = inner.min;
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        let scroll = if looks.row { ScrollArea::horizontal() } else { ScrollArea::vertical() };
        scroll.id_salt(("well", well)).auto_shrink(false).max_height(inner.height()).show(ui, |ui| {
            let columns = columns(looks, inner.width(), marks.len());
            let rows = marks.len().div_ceil(columns);
            let size = |n: usize| (n as f32 * (looks.side + GAP) - GAP).max(0.0);
            let (content, _) = ui.allocate_exact_size(Vec2::new(size(columns), size(rows)), Sense::hover());
            first = content.min;
            for (i, mark) in marks.iter().enumerate() {
                let at = place(content.min, looks.side, columns, i);
                if ui.is_rect_visible(at) {
                    thumbnail(ui, p, well, i, mark, at, looks.title);
                }
            }
        });
    });
    let columns = columns(looks, inner.width(), marks.len());
    drop_on(ui, p, well, &area, |at: Pos2| {
        let step = looks.side + GAP;
        let row = ((at.y - first.y) / step).floor().max(0.0) as usize;
        let column = (((at.x - first.x) / step).round().max(0.0) as usize).min(columns);
        let before = (row * columns + column).min(marks.len());
        let corner = first + Vec2::new(column as f32 * step - GAP / 2.0, row as f32 * step);
        (before, Rect::from_min_size(corner, Vec2::new(0.0, looks.side)))
    });
    ui.advance_cursor_after_rect(space);
}

fn columns(looks: &Looks<'_>, width: f32, count: usize) -> usize {
    if looks.row { count.max(1) } else { (((width + GAP) / (looks.side + GAP)) as usize).max(1) }
}

fn place(min: Pos2, side: f32, columns: usize, i: usize) -> Rect {
    let step = side + GAP;
    let corner = Vec2::new((i % columns) as f32 * step, (i / columns) as f32 * step);
    Rect::from_min_size(min + corner, Vec2::splat(side))
}

fn header(ui: &mut Ui, p: &mut Panel<'_>, well: Well, looks: &Looks<'_>, count: usize) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(looks.title).strong()).on_hover_text(looks.about);
        let wide = ui.available_width() > 200.0;
        if count > 0 && wide {
            ui.label(theme::quiet(ui, count.to_string()).monospace().small());
        }
        if let Some(ToolNews::Working(done, total)) =
            p.state.tools.get(&ToolKind::Latents).filter(|_| p.state.pick.filling == Some(well)).cloned()
        {
            return film::working(ui, p, ToolKind::Latents, done, total, "steps");
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let clear = ui.add_enabled(count > 0, egui::Button::new("Clear").small());
            let named = format!("Empty {}", looks.title);
            clear.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &named));
            if clear.on_hover_text("Take all of them out; undo brings them back").clicked() {
                p.act(Action::Bench(Benching::Clear(well)));
            }
            let add = ui.add_enabled(p.state.model.is_some(), egui::Button::new(if wide { "+ Current" } else { "+" }).small());
            let named = format!("Put the current latent into {}", looks.title);
            add.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &named));
            if add.on_hover_text("Put the latent under the sliders in here").clicked() {
                put(p, well, p.state.point().into(), None);
            }
            let file = ui.add_enabled(p.state.model.is_some(), egui::Button::new("File…").small());
            let named = format!("Put a file's latent into {}", looks.title);
            file.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &named));
            let hint = "Put in a picture (encoded, or searched for where the model has no encoder), a PNG that zscope saved, or latents in a .txt, .json or .npy file";
            if file.on_hover_text(hint).clicked() {
                p.ask(ui.ctx(), Dialog::Well(well), "");
            }
        });
    });
}

/// Puts a latent into a well.
pub fn put(p: &mut Panel<'_>, well: Well, mark: Bookmark, at: Option<usize>) {
    p.act(Action::Bench(Benching::Put(well, mark, at)));
}

fn thumbnail(ui: &mut Ui, p: &mut Panel<'_>, well: Well, i: usize, mark: &Bookmark, rect: Rect, title: &str) {
    let carried = Carried { point: mark.point(), name: mark.name.clone(), from: Some((well, i)) };
    let response = latent::thumbnail(ui, p, rect, Id::unique(("well", well, i)), &carried);
    let said = match mark.name.as_str() {
        "" => format!("{title} {}", i + 1),
        name => format!("{title} {}: {name}", i + 1),
    };
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &said));
    if response.clicked() {
        p.act(Action::Go(mark.point()));
    }
    if renaming(ui, p, well, i, rect) {
        return;
    }
    if !mark.name.is_empty() {
        let strip = Rect::from_min_max(Pos2::new(rect.left(), rect.bottom() - 15.0), rect.max);
        let painter = ui.painter().with_clip_rect(strip.intersect(ui.clip_rect()));
        painter.rect_filled(strip, 0.0, egui::Color32::from_black_alpha(170));
        let font = FontId::proportional(11.0);
        let at = strip.left_center() + Vec2::new(3.0, 0.0);
        painter.text(at, egui::Align2::LEFT_CENTER, &mark.name, font, egui::Color32::WHITE);
    }
    let hint = if mark.name.is_empty() { String::new() } else { format!("{}. ", mark.name) };
    response
        .on_hover_text(format!("{hint}Click to go there, drag to another well, right-click for what else"));
}

/// The latent whose name is being typed, and the text so far.
fn typing() -> Id {
    Id::unique("name being typed")
}

/// Starts typing the name of a latent in a well.
pub fn rename(ui: &Ui, well: Well, i: usize, name: &str) {
    ui.data_mut(|d| d.insert_temp(typing(), Some((well, i, name.to_owned()))));
}

/// The field in which the name is typed; true when this one's is.
fn renaming(ui: &mut Ui, p: &mut Panel<'_>, well: Well, i: usize, rect: Rect) -> bool {
    let typed = ui.data(|d| d.get_temp::<Option<(Well, usize, String)>>(typing())).flatten();
    let Some((_, _, mut text)) = typed.filter(|(w, k, _)| (*w, *k) == (well, i)) else { return false };
    let place = Rect::from_min_max(Pos2::new(rect.left(), rect.bottom() - 22.0), rect.max);
    let field = egui::TextEdit::singleline(&mut text).hint_text("Name").margin(Vec2::splat(2.0));
    let response = ui.put(place, field);
    let done = response.lost_focus();
    if done && !ui.input(|i| i.key_pressed(Key::Escape)) {
        p.act(Action::Bench(Benching::Name(well, i, text.trim().to_owned())));
    }
    if !done && !response.has_focus() {
        response.request_focus();
    }
    let now = (!done).then_some((well, i, text));
    ui.data_mut(|d| d.insert_temp(typing(), now));
    true
}

/// Takes what is dropped on a place that stands for a well. `before`: for a position, the place in the well before
/// which it goes, and where to mark that.
pub fn drop_on(
    ui: &Ui,
    p: &mut Panel<'_>,
    well: Well,
    area: &egui::Response,
    before: impl Fn(Pos2) -> (usize, Rect),
) {
    if !latent::carrying(ui.ctx()) {
        return;
    }
    let accent = theme::colours(ui).accent;
    let over = area.contains_pointer();
    let stroke = egui::Stroke::new(if over { 2.0 } else { 1.0 }, accent);
    ui.painter().rect_stroke(area.rect, theme::ROUND, stroke, egui::StrokeKind::Inside);
    let Some((at, mark)) = ui.input(|i| i.pointer.latest_pos()).filter(|_| over).map(before) else { return };
    if mark.height() > 0.0 {
        ui.painter().line_segment([mark.left_top(), mark.left_bottom()], egui::Stroke::new(3.0, accent));
    }
    let Some(carried) = area.dnd_release_payload::<Carried>() else { return };
    let copy = ui.input(|i| i.modifiers.alt || i.modifiers.ctrl);
    match carried.from {
        Some(from) if !copy => p.act(Action::Bench(Benching::Move { from, to: well, at: Some(at) })),
        _ => put(p, well, Bookmark { name: carried.name.clone(), ..carried.point.clone().into() }, Some(at)),
    }
}
