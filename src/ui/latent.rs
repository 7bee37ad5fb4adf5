//! A latent as a thing one sees and holds: its thumbnail, its menu, dragging it, copying it as text.
//!
//! Must not know: how pictures are decoded, the wells' layout.

use super::{Panel, theme, well};
use crate::action::Action;
use crate::action::bench::Benching;
use crate::action::pick::Picking;
use crate::engine::message::Place;
use crate::gpu::{Image, Look};
use crate::latent::text;
use crate::point::{Point, prior};
use crate::state::Tab;
use crate::state::bench::{Bookmark, Well};
use eframe::egui::{
    self, Align2, Context, DragAndDrop, FontId, Id, Key, Modifiers, Rect, Response, Sense, Ui, Vec2,
};

/// Wells that the menu offers.
const OFFERED: [Well; 7] =
    [Well::Bookmarks, Well::Keyframes, Well::A, Well::B, Well::C, Well::Has, Well::HasNot];
/// Side of the picture under the pointer while a latent is dragged.
const GHOST: f32 = 56.0;

/// A latent that a hand holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// The point.
    pub point: Point,
    /// What it is called; may be empty.
    pub name: String,
    /// The well and place it is in.
    pub from: Option<(Well, usize)>,
}

impl Carried {
    /// One that lies in no well.
    pub fn loose(point: Point) -> Self {
        Self { point, name: String::new(), from: None }
    }
}

/// Whether a latent is being dragged.
pub fn carrying(ctx: &Context) -> bool {
    DragAndDrop::has_payload_of_type::<Carried>(ctx)
}

/// Paints the picture of one point into a square, or a quiet mark until it is drawn.
pub fn picture(ui: &Ui, p: &mut Panel<'_>, rect: Rect, id: Id, point: &Point) {
    let image = p.pictures.sheet_of(1, vec![point.clone()]);
    paint(ui, p, rect, id, image.as_ref());
}

fn paint(ui: &Ui, p: &mut Panel<'_>, rect: Rect, id: Id, image: Option<&Image>) {
    match image {
        Some(image) => {
            let place = super::fitted(rect, image.width, image.height);
            p.pictures.paint(ui, id, place, image, Look::plain(p.state.prefs.smooth_pixels));
        }
        None => {
            let quiet = theme::colours(ui).quiet;
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, "…", FontId::proportional(14.0), quiet);
        }
    }
}

/// The thumbnail of a latent, which can be dragged and right-clicked. What a click does is the caller's.
pub fn thumbnail(ui: &mut Ui, p: &mut Panel<'_>, rect: Rect, id: Id, carried: &Carried) -> Response {
    picture(ui, p, rect, id, &carried.point);
    handle(ui, p, rect, id, carried)
}

/// What makes a place where a latent's picture is painted into its thumbnail.
pub fn handle(ui: &mut Ui, p: &mut Panel<'_>, rect: Rect, id: Id, carried: &Carried) -> Response {
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.dnd_set_drag_payload(carried.clone());
    if response.hovered() || response.has_focus() {
        let stroke = egui::Stroke::new(2.0, theme::colours(ui).accent);
        ui.painter().rect_stroke(rect, 2.0, stroke, egui::StrokeKind::Inside);
    }
    response.context_menu(|ui| menu(ui, p, carried));
    response
}

/// A sheet of latents, each cell a thumbnail. `name` is what a cell is called, with its number behind. Returns the
/// cell that was clicked.
pub fn cells(
    ui: &mut Ui,
    p: &mut Panel<'_>,
    rect: Rect,
    (id, name): (Id, &str),
    columns: usize,
    latents: &[Vec<f32>],
) -> Option<usize> {
    let columns = columns.clamp(1, latents.len().max(1));
    let rows = latents.len().div_ceil(columns).max(1);
    let image = p.pictures.sheet(columns, latents);
    match &image {
        Some(image) => p.pictures.paint(ui, id, rect, image, Look::plain(p.state.prefs.smooth_pixels)),
        None => paint(ui, p, rect, id, None),
    }
    let size = rect.size() / Vec2::new(columns as f32, rows as f32);
    let mut clicked = None;
    for (i, z) in latents.iter().enumerate() {
        let corner = rect.min + size * Vec2::new((i % columns) as f32, (i / columns) as f32);
        let cell = Rect::from_min_size(corner, size);
        if !ui.is_rect_visible(cell) {
            continue;
        }
        let response = handle(ui, p, cell, id.with(i), &Carried::loose(p.state.point_at(z)));
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("{name} {}", i + 1)));
        if response.clicked() {
            clicked = Some(i);
        }
    }
    clicked
}

/// What can be done with a latent.
pub fn menu(ui: &mut Ui, p: &mut Panel<'_>, carried: &Carried) {
    let mark = || Bookmark { name: carried.name.clone(), ..carried.point.clone().into() };
    if ui.button("Go there").on_hover_text("Put it under the sliders").clicked() {
        p.act(Action::Go(carried.point.clone()));
    }
    // Without a latent there are no numbers to compare or to copy.
    let latents = p.state.dims() > 0;
    if latents
        && ui
            .button("Compare")
            .on_hover_text("Lay its picture over the one on Explore, with a wipe")
            .clicked()
    {
        p.act(Action::Pick(Picking::Compare(Some(carried.point.z.clone().into()))));
        p.act(Action::Show(Tab::Explore));
    }
    ui.menu_button("Put into", |ui| {
        for well in OFFERED {
            if ui.button(well::title(well)).clicked() {
                well::put(p, well, mark(), None);
            }
        }
    });
    ui.separator();
    if latents
        && ui.button("Copy as text").on_hover_text("Its numbers, for a file or a message (Ctrl+C)").clicked()
    {
        ui.ctx().copy_text(text::write(&prior(p.state.inputs()).own(&carried.point.z)));
    }
    let Some((well, i)) = carried.from else { return };
    if ui
        .button("Paste behind")
        .on_hover_text("Put the latent that was copied as text into this well")
        .clicked()
    {
        ui.data_mut(|d| d.insert_temp(pasting(), Some((well, i + 1))));
        ui.ctx().send_viewport_cmd(egui::ViewportCommand::RequestPaste);
    }
    if ui.button("Rename").clicked() {
        well::rename(ui, well, i, &carried.name);
    }
    if ui.button("Remove").on_hover_text("Take it out of the well; undo brings it back").clicked() {
        p.act(Action::Bench(Benching::Take(well, i)));
    }
}

/// The well that the next pasted text goes to.
fn pasting() -> Id {
    Id::unique("well to paste into")
}

/// Copies and pastes, marks, compares: what was pressed in this frame. Call while no field is typed in.
pub fn keys(ctx: &Context, p: &mut Panel<'_>) {
    if !matches!(p.state.tab, Tab::Explore | Tab::Morph | Tab::Mix) || p.state.model.is_none() {
        return;
    }
    let mut pasted = None;
    let mut copy = false;
    ctx.input(|i| {
        for event in &i.events {
            match event {
                egui::Event::Copy => copy = true,
                egui::Event::Paste(text) => pasted = Some(text.clone()),
                _ => {}
            }
        }
    });
    if copy && p.state.dims() > 0 {
        ctx.copy_text(text::write(&prior(p.state.inputs()).own(&p.state.shown().z)));
    }
    if let Some(pasted) = pasted.filter(|_| p.state.dims() > 0) {
        let place = ctx.data_mut(|d| d.remove_temp::<Option<(Well, usize)>>(pasting())).flatten();
        let read = text::read(&pasted, p.state.dims()).and_then(|own| prior(p.state.inputs()).sigmas(&own));
        match (read, place) {
            (Ok(z), Some((well, at))) => well::put(p, well, z.into(), Some(at)),
            (Ok(z), None) => p.act(Action::Go(z.into())),
            (Err(message), _) => {
                p.act(Action::Report(Place::Bench, format!("the clipboard holds no latent: {message}")));
            }
        }
    }
    if ctx.input_mut(|i| i.consume_key(Modifiers::NONE, Key::B)) {
        well::put(p, Well::Bookmarks, p.state.shown().into(), None);
    }
}

/// Draws the latent that is dragged under the pointer. Call last in a frame.
pub fn ghost(ui: &Ui, p: &mut Panel<'_>) {
    let Some(carried) = DragAndDrop::payload::<Carried>(ui.ctx()) else { return };
    let Some(at) = ui.input(|i| i.pointer.latest_pos()) else { return };
    ui.ctx().set_cursor_icon(egui::CursorIcon::Grabbing);
    let rect = Rect::from_min_size(at + Vec2::splat(6.0), Vec2::splat(GHOST));
    let layer = egui::LayerId::new(egui::Order::Tooltip, Id::unique("dragged latent"));
    let builder = egui::UiBuilder::new().layer_id(layer).max_rect(rect);
    let above = Ui::new(ui.ctx().clone(), Id::unique("dragged latent"), builder);
    picture(&above, p, rect, Id::unique("dragged latent picture"), &carried.point);
}
