//! How a scene of people is painted: the ground in metres, pasts, futures or how likely places are, baselines, and people at a moment.
//!
//! Must not know: what a hand does, how futures are made.

use super::super::super::{Panel, theme};
use super::moves::{lasts, tip};
use crate::data::crowds::picture::View;
use crate::data::tracks::{self, Span, each};
use crate::metrics::baseline::Baseline;
use eframe::egui::{self, Align2, Color32, FontId, Pos2, Rect, Shape, Stroke, Ui, Vec2};
use std::sync::Arc;

/// Radius of a person, points.
const RADIUS: f32 = 7.0;
/// Cells of the density each way.
const CELLS: usize = 56;

/// Where metres are on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ground {
    /// What is seen.
    pub view: View,
    /// Where.
    pub rect: Rect,
}

impl Ground {
    /// Points of a metre.
    fn scale(&self) -> f32 {
        self.rect.width().min(self.rect.height()) / (2.0 * self.view.half)
    }

    /// Where a place is on the screen.
    pub fn screen(&self, [x, y]: [f32; 2]) -> Pos2 {
        let [cx, cy] = self.view.middle;
        self.rect.center() + Vec2::new(x - cx, cy - y) * self.scale()
    }

    /// Which place is there.
    pub fn metres(&self, at: Pos2) -> [f32; 2] {
        let away = (at - self.rect.center()) / self.scale();
        let [cx, cy] = self.view.middle;
        [cx + away.x, cy - away.y]
    }
}

/// The colour of a baseline.
pub fn colour(i: usize) -> Color32 {
    [Color32::from_rgb(120, 200, 130), Color32::from_rgb(200, 120, 210), Color32::from_rgb(210, 190, 90)]
        [i % 3]
}

/// Lines of the ground at whole metres, and how long some are.
pub fn metres(ui: &Ui, painter: &egui::Painter, ground: &Ground) {
    let colours = theme::colours(ui);
    let every = if ground.view.half > 15.0 { 5.0 } else { 1.0 };
    let line = Stroke::new(1.0, colours.quiet.gamma_multiply(0.16));
    let [low, high] = [ground.rect.left_bottom(), ground.rect.right_top()].map(|at| ground.metres(at));
    let steps = |from: f32, to: f32| (from / every).ceil() as i32..=(to / every).floor() as i32;
    for i in steps(low[0], high[0]) {
        painter.vline(ground.screen([i as f32 * every, 0.0]).x, ground.rect.y_range(), line);
    }
    for i in steps(low[1], high[1]) {
        painter.hline(ground.rect.x_range(), ground.screen([0.0, i as f32 * every]).y, line);
    }
    let (length, at) = (2.0 * every, ground.rect.left_bottom() + Vec2::new(12.0, -14.0));
    let end = at + Vec2::new(length * ground.scale(), 0.0);
    painter.line_segment([at, end], Stroke::new(2.0, colours.quiet));
    let words = format!("{length} m");
    painter.text(
        end + Vec2::new(6.0, 0.0),
        Align2::LEFT_CENTER,
        words,
        FontId::proportional(12.0),
        colours.quiet,
    );
}

/// One way as a line that begins where somebody is.
pub fn way(ground: &Ground, from: [f32; 2], track: &[[f32; 2]], stroke: Stroke) -> Shape {
    let all = std::iter::once(&from).chain(track).map(|p| ground.screen(*p)).collect();
    Shape::line(all, stroke)
}

/// What comes, and what the baselines say.
pub fn futures(p: &Panel<'_>, painter: &egui::Painter, ground: &Ground, scene: &Arc<[f32]>, span: Span) {
    let last: Vec<[f32; 2]> = lasts(scene, span).iter().map(|(last, _)| *last).collect();
    let fan = |future: &[f32], stroke: Stroke| {
        for (from, track) in last.iter().zip(each(future, span.future)) {
            painter.add(way(ground, *from, track, stroke));
        }
    };
    let orange = Color32::from_rgb(255, 158, 56);
    if let Some(seen) = p.state.futures_seen().filter(|s| s.look.people == last.len()) {
        if p.state.scene.density {
            density(painter, ground, &seen.look.samples, orange);
        } else {
            seen.look.samples.iter().for_each(|one| fan(one, Stroke::new(1.0, orange.gamma_multiply(0.35))));
        }
        fan(&seen.look.own, Stroke::new(2.5, orange));
    }
    for (i, baseline) in Baseline::ALL.into_iter().enumerate().filter(|(i, _)| p.state.scene.baselines[*i]) {
        let all = baseline.futures(scene, span, crate::state::scene::SAMPLES, 0);
        let wide = if all.len() > 1 { 1.0 } else { 2.0 };
        let faint = if all.len() > 1 { 0.4 } else { 0.9 };
        all.iter().for_each(|one| fan(one, Stroke::new(wide, colour(i).gamma_multiply(faint))));
    }
}

/// How likely each place is to be walked on: squares that are the brighter the more futures go there.
pub fn density(painter: &egui::Painter, ground: &Ground, samples: &[Vec<f32>], colour: Color32) {
    let mut cells = vec![0.0f32; CELLS * CELLS];
    let wide = 2.0 * ground.view.half / CELLS as f32;
    let corner = ground.view.middle.map(|v| v - ground.view.half);
    for [x, y] in samples.iter().flat_map(|one| one.as_chunks::<2>().0) {
        // Shared by the four cells around.
        let (u, v) = ((x - corner[0]) / wide - 0.5, (y - corner[1]) / wide - 0.5);
        for (i, j) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let (column, row) = (u.floor() + i, v.floor() + j);
            let inside = |v: f32| (0.0..CELLS as f32).contains(&v);
            if inside(column) && inside(row) {
                let part = (1.0 - (u - column).abs()) * (1.0 - (v - row).abs());
                cells[row as usize * CELLS + column as usize] += part;
            }
        }
    }
    let most = cells.iter().copied().fold(0.0, f32::max).max(1e-6);
    let mut mesh = egui::Mesh::default();
    for (k, cell) in cells.iter().enumerate().filter(|(_, v)| **v > 0.01 * most) {
        let (column, row) = ((k % CELLS) as f32, (k / CELLS) as f32);
        let low = ground.screen([corner[0] + column * wide, corner[1] + row * wide]);
        let high = ground.screen([corner[0] + (column + 1.0) * wide, corner[1] + (row + 1.0) * wide]);
        mesh.add_colored_rect(Rect::from_two_pos(low, high), colour.gamma_multiply((cell / most).sqrt()));
    }
    painter.add(mesh);
}

/// Where somebody is at a moment, on the way of their past and of what comes.
pub fn at_moment(track: &[[f32; 2]], future: Option<&[[f32; 2]]>, span: Span, at: f32) -> [f32; 2] {
    let all: Vec<[f32; 2]> = track.iter().chain(future.unwrap_or_default()).copied().collect();
    let Some(end) = all.len().checked_sub(1) else { return [0.0; 2] };
    let place = (at / span.dt().max(1e-3) + (span.past.max(1) - 1) as f32).clamp(0.0, end as f32);
    let (i, part) = (place as usize, place.fract());
    let (a, b) = (all[i], all[(i + 1).min(end)]);
    [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]
}

/// The pasts as lines with a dot a step, and people as they are at the moment that is looked at.
pub fn people(ui: &Ui, p: &Panel<'_>, painter: &egui::Painter, ground: &Ground, scene: &[f32], span: Span) {
    let colours = theme::colours(ui);
    let blue = Color32::from_rgb(92, 158, 255);
    let (at, count) = (p.state.scene.at, tracks::people(scene, span.past));
    let seen = p.state.futures_seen().filter(|s| s.look.people == count);
    let mut coming = seen.map(|s| each(&s.look.own, span.future));
    for (i, (track, last)) in each(scene, span.past).zip(lasts(scene, span)).enumerate() {
        let future = coming.as_mut().and_then(Iterator::next);
        let points: Vec<Pos2> = track.iter().map(|p| ground.screen(*p)).collect();
        for point in &points {
            painter.circle_filled(*point, 2.5, blue.gamma_multiply(0.8));
        }
        painter.add(Shape::line(points, Stroke::new(1.5, blue)));
        let here = ground.screen(at_moment(track, future, span, at));
        let chosen = p.state.scene.chosen == Some(i);
        if at == 0.0 {
            // What turns them.
            let ring = ground.screen(tip(last, span));
            painter.line_segment([here, ring], Stroke::new(1.0, colours.quiet));
            painter.circle(ring, 4.0, colours.ground, Stroke::new(1.5, colours.quiet));
        }
        painter.circle_filled(here, RADIUS, ui.visuals().text_color());
        let edge = if chosen { Stroke::new(3.0, colours.accent) } else { Stroke::new(1.5, colours.ground) };
        painter.circle_stroke(here, RADIUS, edge);
    }
}
