//! The set of points that a person draws to train on. What was drawn stays until the window is closed, whether its sheet is open
//! or not.
//!
//! Must not know: Burn, egui, where the points are written.

use super::{State, Tab};
use crate::data::plane::BOUND;
use crate::data::points::{MOST, SIGMA};
use std::sync::Arc;

/// How far apart a stroke puts its points.
const GAP: f32 = 0.03;
/// How near the eraser must come.
pub const REACH: f32 = 0.12;
/// Strokes that can be taken back.
const DEPTH: usize = 200;

/// What is drawn.
#[derive(Clone, Debug)]
pub struct PointSet {
    /// Whether the sheet is open.
    pub open: bool,
    /// The points.
    pub points: Arc<Vec<[f32; 2]>>,
    /// σ of the Gaussian around each.
    pub sigma: f32,
    /// Whether the left button erases; the right one does always.
    pub erases: bool,
    /// What was there before each stroke, the newest last.
    past: Vec<Arc<Vec<[f32; 2]>>>,
    /// Where the stroke under way put its last point, or erased last.
    at: Option<[f32; 2]>,
}

impl Default for PointSet {
    fn default() -> Self {
        let (points, past) = Default::default();
        Self { open: false, points, sigma: SIGMA, erases: false, past, at: None }
    }
}

impl PointSet {
    /// Whether no more points may be drawn.
    pub fn full(&self) -> bool {
        self.points.len() >= MOST
    }

    /// Whether there is a stroke to take back.
    pub fn undoable(&self) -> bool {
        !self.past.is_empty()
    }

    /// Goes on with a stroke, or begins one: points along the way to `to`.
    pub fn paint(&mut self, to: [f32; 2]) {
        if to.iter().any(|v| !v.is_finite()) {
            return;
        }
        let Some(mut at) = self.at else {
            self.keep();
            self.put(to);
            self.at = Some(to);
            return;
        };
        let apart = |a: [f32; 2]| ((to[0] - a[0]).powi(2) + (to[1] - a[1]).powi(2)).sqrt();
        let (length, start) = (apart(at), at);
        for i in 1..=(length / GAP) as usize {
            let part = i as f32 * GAP / length;
            at = [start[0] + part * (to[0] - start[0]), start[1] + part * (to[1] - start[1])];
            self.put(at);
        }
        self.at = Some(at);
    }

    /// Goes on with a stroke of the eraser, or begins one.
    pub fn erase(&mut self, to: [f32; 2]) {
        if to.iter().any(|v| !v.is_finite()) {
            return;
        }
        if self.at.is_none() {
            self.keep();
        }
        let from = self.at.unwrap_or(to);
        let along = [to[0] - from[0], to[1] - from[1]];
        let length = along[0] * along[0] + along[1] * along[1];
        let far = |[x, y]: &[f32; 2]| {
            let (dx, dy) = (x - from[0], y - from[1]);
            let part = ((dx * along[0] + dy * along[1]) / length.max(1e-12)).clamp(0.0, 1.0);
            (dx - part * along[0]).powi(2) + (dy - part * along[1]).powi(2) > REACH * REACH
        };
        if !self.points.iter().all(far) {
            Arc::make_mut(&mut self.points).retain(far);
        }
        self.at = Some(to);
    }

    /// The stroke ended.
    pub fn release(&mut self) {
        self.at = None;
        // An eraser that met nothing leaves nothing to take back.
        self.past.pop_if(|before| Arc::ptr_eq(before, &self.points));
    }

    /// Takes all points away.
    pub fn clear(&mut self) {
        if !self.points.is_empty() {
            self.keep();
            self.points = Arc::default();
        }
    }

    /// Takes the newest stroke back.
    pub fn undo(&mut self) {
        self.at = None;
        if let Some(before) = self.past.pop() {
            self.points = before;
        }
    }

    fn put(&mut self, point: [f32; 2]) {
        if point.iter().all(|v| v.abs() <= BOUND) && !self.full() {
            Arc::make_mut(&mut self.points).push(point);
        }
    }

    fn keep(&mut self) {
        self.past.push(self.points.clone());
        if self.past.len() > DEPTH {
            self.past.remove(0);
        }
    }
}

impl State {
    /// Whether the sheet for points is on the screen.
    pub fn drawn_on(&self) -> bool {
        self.drawing.open && self.tab == Tab::Train && !self.training()
    }
}
