//! Contents × motions: contents down, motions across, all at the moment that is on the screen, so that one clock plays them. A click
//! goes to a cell's point.
//!
//! Must not know: how pictures are decoded.

use super::super::latent::{self, Carried};
use super::super::{Panel, theme};
use super::motion;
use crate::action::Action;
use crate::gpu::Look;
use crate::point::{Input, Kind, Point, Value, Values};
use eframe::egui::{self, Align2, FontId, Id, Rect, Sense, Ui, Vec2};

/// Contents, and motions: those on the screen first, then samples.
const SIDE: usize = 5;
/// Side of a cell, points.
const CELL: f32 = 84.0;
/// The number of the first motion that is drawn; far from those that Randomise counts.
const FIRST: u64 = 1 << 42;

/// Whether it is open.
fn open() -> Id {
    Id::unique("contents and motions")
}

/// Draws the button that opens it.
pub fn switch(ui: &mut Ui) {
    let on = ui.data(|d| d.get_temp::<bool>(open())).unwrap_or(false);
    let hint = "A sheet that plays: this content and others down, this motion and others across";
    let button = egui::Button::new("Contents × motions").small().selected(on);
    if ui.add(button).on_hover_text(hint).clicked() {
        ui.data_mut(|d| d.insert_temp(open(), !on));
    }
}

/// Draws the sheet in a window of its own, where it is open.
pub fn show(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let mut on = ui.data(|d| d.get_temp::<bool>(open())).unwrap_or(false);
    if !on {
        return;
    }
    let ctx = ui.ctx().clone();
    let room = ctx.content_rect().size();
    egui::Window::new("Contents and motions")
        .open(&mut on)
        .resizable(false)
        .default_pos(egui::pos2(room.x * 0.25, room.y * 0.12))
        .show(&ctx, |ui| {
            ui.label(theme::quiet(
                ui,
                "Contents down, motions across; this one first, then samples. Click a picture to go there",
            ));
            cells(ui, p, input);
        });
    if ctx.input_mut(|i| i.consume_key(egui::Modifiers::NONE, egui::Key::Escape)) {
        on = false;
    }
    ctx.data_mut(|d| d.insert_temp(open(), on));
}

fn cells(ui: &mut Ui, p: &mut Panel<'_>, input: &Input) {
    let (Kind::Latent { dims, .. }, Some(moments)) = (&input.kind, p.state.moments()) else { return };
    let mut contents = vec![p.state.latent.z.clone()];
    contents.extend(p.state.samples(SIDE - 1));
    let mut motions = vec![motion::of(p, &p.state.latent.held)];
    motions.extend((1..SIDE as u64).map(|i| motion::drawn(p, input, FIRST + i, *dims)));
    let at = |z: &[f32], motion: &Values, frame: u16| {
        let mut held = p.state.latent.held.clone();
        held.extend(motion.clone());
        held.insert(moments.name.clone(), Value::Number(frame.into()));
        Point { z: z.to_vec(), held }
    };
    let points = |frame: u16| -> Vec<Point> {
        contents
            .iter()
            .flat_map(|z| motions.iter().map(move |m| (z, m)))
            .map(|(z, m)| at(z, m, frame))
            .collect()
    };
    let (now, held) = (p.state.clip_frame(), p.state.latent.held.get(&moments.name).cloned());
    let all = points(now);
    // What was on the screen stays until the moment's own sheet is drawn.
    let (id, shown) = (Id::unique("contents and motions sheet"), Id::unique("contents and motions shown"));
    let before = ui.data(|d| d.get_temp::<u16>(shown)).unwrap_or(now);
    let older = points(before);
    let image = match p.pictures.sheet_of(SIDE, all.clone()) {
        Some(image) => {
            ui.data_mut(|d| d.insert_temp(shown, now));
            Some(image)
        }
        None => p.pictures.sheet_of(SIDE, older),
    };
    let (space, _) = ui.allocate_exact_size(Vec2::splat(CELL * SIDE as f32), Sense::hover());
    match &image {
        Some(image) => p.pictures.paint(ui, id, space, image, Look::plain(p.state.prefs.smooth_pixels)),
        None => {
            let quiet = theme::colours(ui).quiet;
            let font = FontId::proportional(16.0);
            ui.painter().text(space.center(), Align2::CENTER_CENTER, "…", font, quiet);
        }
    }
    for (i, mut point) in all.into_iter().enumerate() {
        let (row, column) = (i / SIDE, i % SIDE);
        let corner = space.min + Vec2::new(column as f32, row as f32) * CELL;
        let cell = Rect::from_min_size(corner, Vec2::splat(CELL));
        // Where one goes has the moment that the point has: the clock is nobody's.
        match &held {
            Some(moment) => point.held.insert(moments.name.clone(), moment.clone()),
            None => point.held.remove(&moments.name),
        };
        let response = latent::handle(ui, p, cell, id.with(i), &Carried::loose(point.clone()));
        let label = format!("Content {} with motion {}", row + 1, column + 1);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &label));
        if response.clicked() {
            p.act(Action::Go(point));
        }
    }
}
