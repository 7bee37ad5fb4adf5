//! The hand that draws on any grid that a model takes: pixels, a mask, codes, labels. It follows the pointer and the keys, and says
//! what they do; which ink and which brush are the caller's.
//!
//! Must not know: what the model makes of it.

use super::super::{Panel, theme};
use crate::action::Action;
use crate::action::canvas::Handling;
use crate::canvas::{self, Brush, Ink, Tip, Tool};
use crate::point::{Input, Value};
use crate::state::canvas::Begun;
use eframe::egui::{self, Key, Pos2, Rect, Response, Stroke, StrokeKind, Ui, Vec2};

/// With what a grid is drawn on.
#[derive(Clone, Copy)]
pub struct With {
    /// The tool.
    pub tool: Tool,
    /// Its brush, in places.
    pub brush: Brush,
    /// What it puts down.
    pub ink: Ink,
    /// What the right button puts down, if it draws.
    pub other: Option<Ink>,
}

/// What a hand did beside drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Did {
    /// Nothing more.
    Nothing,
    /// It took this up.
    Picked(Ink),
}

/// What is there, made only when a stroke begins or something is taken up.
pub type Now<'a> = &'a dyn Fn(&Panel<'_>) -> Option<Value>;

/// Takes what a hand does over `rect`, which shows the grid of `input`; `now`: what is there.
pub fn draw(
    ui: &mut Ui,
    p: &mut Panel<'_>,
    input: &Input,
    (rect, response): (Rect, &Response),
    now: Now<'_>,
    with: With,
) -> Did {
    let Some(size) = canvas::size(&input.kind) else { return Did::Nothing };
    let cell = rect.size() / Vec2::new(size[0] as f32, size[1] as f32);
    let place = |at: Pos2| {
        let at = (at - rect.min) / cell;
        [at.x, at.y]
    };
    let (pointer, pressed, primary, secondary, alt) = ui.input(|i| {
        let p = &i.pointer;
        (p.latest_pos(), p.press_origin(), p.primary_down(), p.secondary_down(), i.modifiers.alt)
    });
    let over = pointer.filter(|_| response.hovered() || response.is_pointer_button_down_on());
    if let Some(at) = over {
        ui.ctx().set_cursor_icon(egui::CursorIcon::Crosshair);
        mark(ui, rect, cell, place(at), with);
    }
    keys(ui, p, input, (rect, response), now, with, size);
    let down = response.is_pointer_button_down_on() && (primary || secondary && with.other.is_some());
    if let Some(at) = pointer.filter(|_| down) {
        if alt || with.tool == Tool::Pick {
            let picked = now(p).and_then(|now| canvas::taken(input, &now, place(at)));
            return picked.map_or(Did::Nothing, Did::Picked);
        }
        let ink = with.other.filter(|_| secondary).unwrap_or(with.ink);
        // A quick hand has moved on before the frame that sees it press.
        let first = place(pressed.unwrap_or(at));
        to(p, input, now, With { ink, ..with }, size, [first, place(at)]);
    }
    if !down && p.state.hand.draws_on(&input.name) && p.state.hand.pen.is_none_or(|(_, down)| !down) {
        // And further before the frame that sees it lift.
        if let Some(at) = pointer.filter(|_| response.drag_stopped()) {
            p.act(Action::Canvas(Handling::To(place(at))));
        }
        p.act(Action::Canvas(Handling::End));
        p.act(Action::Release);
    }
    Did::Nothing
}

/// Goes on with the stroke to a place, or begins one at the first.
fn to(
    p: &mut Panel<'_>,
    input: &Input,
    now: Now<'_>,
    with: With,
    size: [usize; 2],
    [first, at]: [[f32; 2]; 2],
) {
    if !p.state.hand.draws_on(&input.name) {
        let Some(base) = now(p) else { return };
        let With { tool, brush, ink, .. } = with;
        let begun = Begun { input: input.name.clone(), size, base, ink, tool, brush, at: first };
        p.act(Action::Canvas(Handling::Begin(Box::new(begun))));
    }
    p.act(Action::Canvas(Handling::To(at)));
}

/// Where the tip would be.
fn mark(ui: &Ui, rect: Rect, cell: Vec2, at: [f32; 2], with: With) {
    let painter = ui.painter().with_clip_rect(rect);
    let ring = Stroke::new(1.5, theme::colours(ui).accent);
    match with.brush.tip {
        Tip::Round => {
            let middle = rect.min + Vec2::from(at) * cell;
            painter.circle_stroke(middle, (with.brush.width * cell.x / 2.0).max(3.0), ring);
        }
        Tip::Square => {
            let half = (with.brush.width / 2.0).max(0.5);
            let low = |v: f32| (v - half + 0.5).floor();
            let corner = rect.min + Vec2::new(low(at[0]), low(at[1])) * cell;
            let square = Rect::from_min_size(corner, cell * with.brush.width.max(1.0).round());
            painter.rect_stroke(square, 0.0, ring, StrokeKind::Inside);
        }
    }
}

/// With the keys: arrows move a pen over the sheet that has the focus, the space bar puts it down and lifts it.
fn keys(
    ui: &mut Ui,
    p: &mut Panel<'_>,
    input: &Input,
    (rect, response): (Rect, &Response),
    now: Now<'_>,
    with: With,
    size: [usize; 2],
) {
    if !response.has_focus() {
        if p.state.hand.pen.is_some() {
            p.act(Action::Canvas(Handling::Pen(None)));
        }
        return;
    }
    // The arrows are the pen's, and do not move the focus on.
    let lock = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|m| m.set_focus_lock_filter(response.id, lock));
    let middle = [size[0] as f32 / 2.0, size[1] as f32 / 2.0];
    let (mut at, mut down) = p.state.hand.pen.unwrap_or((middle, false));
    let (step, moves, pressed) = ui.input_mut(|i| {
        let step = if i.modifiers.shift { 5.0 } else { 1.0 };
        let all = [
            (Key::ArrowLeft, [-1.0, 0.0]),
            (Key::ArrowRight, [1.0, 0.0]),
            (Key::ArrowUp, [0.0, -1.0]),
            (Key::ArrowDown, [0.0, 1.0]),
        ];
        let moves: Vec<[f32; 2]> =
            all.iter().filter(|(key, _)| i.key_pressed(*key)).map(|(_, by)| *by).collect();
        (step, moves, i.consume_key(egui::Modifiers::NONE, Key::Space))
    });
    for by in &moves {
        at = [
            (at[0] + by[0] * step).clamp(0.0, size[0] as f32),
            (at[1] + by[1] * step).clamp(0.0, size[1] as f32),
        ];
    }
    down ^= pressed;
    if !moves.is_empty() || pressed || p.state.hand.pen.is_none() {
        p.act(Action::Canvas(Handling::Pen(Some((at, down)))));
    }
    if down && (pressed || !moves.is_empty()) {
        to(p, input, now, with, size, [at, at]);
    }
    let cell = rect.size() / Vec2::new(size[0] as f32, size[1] as f32);
    let pen = rect.min + Vec2::from(at) * cell;
    let painter = ui.painter().with_clip_rect(rect);
    let colour = theme::colours(ui).accent;
    let radius = (with.brush.width * cell.x / 2.0).max(4.0);
    painter.circle_stroke(pen, radius, Stroke::new(if down { 3.0 } else { 1.5 }, colour));
}
