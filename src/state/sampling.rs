//! How codes are drawn from a model's prior over them, and how what was drawn is shown code by code.
//!
//! Must not know: Burn, egui, how codes are drawn.

use super::State;
use crate::engine::tool::ToolOrder;
use crate::point::{Input, Kind, Value, Values};
use crate::random::dice;
use crate::zoo::model::CodesAsked;
use std::collections::BTreeMap;

/// What a person chose, and what is being shown.
#[derive(Clone, Debug)]
pub struct Sampling {
    /// The class that is asked for; `None` = any.
    pub class: Option<usize>,
    /// Temperatures by the inputs that take the codes; what is absent is 1.
    pub temperatures: BTreeMap<String, f32>,
    /// Whether what is drawn is shown code by code.
    pub slowly: bool,
    /// Codes a second, where it is.
    pub speed: f32,
    /// What is being shown so.
    pub replay: Option<Replay>,
}

/// Codes that were drawn, on their way to the screen in the order of drawing; where none is shown yet stands what was there
/// before.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// What was there before.
    before: Values,
    /// What was drawn; once something else is there, nothing is shown one by one.
    drawn: Values,
    /// Codes that are shown, of all grids together, the coarsest first.
    pub at: f32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { class: None, temperatures: BTreeMap::new(), slowly: true, speed: 120.0, replay: None }
    }
}

impl Sampling {
    /// Another model is explored.
    pub fn opened(&mut self) {
        let Self { slowly, speed, .. } = *self;
        *self = Self { slowly, speed, ..Self::default() };
    }

    /// The temperature of an input's codes.
    pub fn temperature(&self, input: &str) -> f32 {
        self.temperatures.get(input).copied().unwrap_or(1.0)
    }
}

impl State {
    /// Whether the explored model's codes can be drawn.
    pub fn draws_codes(&self) -> bool {
        self.model.as_ref().is_some_and(|m| m.codes_prior.is_some())
    }

    /// The inputs that take codes, the coarsest first.
    pub fn grids(&self) -> impl Iterator<Item = &Input> {
        self.inputs().iter().filter(|i| matches!(i.kind, Kind::Codes { .. }))
    }

    /// The order to draw codes by other dice; those of the first `kept` grids stay.
    pub fn draw_codes(&mut self, kept: usize) -> ToolOrder {
        self.draws += 1;
        let keep = |(i, input): (usize, &Input)| {
            (i < kept).then(|| input.value_in(&self.latent.held).codes().cloned()).flatten()
        };
        ToolOrder::Draw(CodesAsked {
            seed: dice(self.draws, 0),
            class: self.sampling.class,
            temperatures: self.grids().map(|i| self.sampling.temperature(&i.name)).collect(),
            kept: self.grids().enumerate().map(keep).collect(),
        })
    }

    /// Takes codes that were drawn.
    pub(super) fn drawn(&mut self, codes: Values) {
        let before = self.latent.held.clone();
        self.latent.held.extend(codes);
        let from = before != self.latent.held && self.sampling.slowly;
        self.sampling.replay = from.then(|| {
            let mut replay = Replay { before, drawn: self.latent.held.clone(), at: 0.0 };
            // Grids that stayed are not shown again.
            for input in self.grids() {
                let now = input.value_in(&self.latent.held);
                if now != input.value_in(&replay.before) {
                    break;
                }
                replay.at += now.codes().map_or(0, |c| c.len()) as f32;
            }
            replay
        });
    }

    /// What is shown one by one now.
    fn replay(&self) -> Option<&Replay> {
        self.sampling.replay.as_ref().filter(|r| r.drawn == self.latent.held)
    }

    /// Codes of all grids together.
    fn code_count(&self) -> usize {
        self.grids().filter_map(|i| Some(i.value_in(&self.latent.held).codes()?.len())).sum()
    }

    /// Shows so many seconds more of what was drawn; says whether there is more.
    pub fn replayed(&mut self, seconds: f32) -> bool {
        let (all, speed) = (self.code_count() as f32, self.sampling.speed);
        let now = &self.latent.held;
        let Some(replay) = self.sampling.replay.as_mut().filter(|r| r.drawn == *now) else {
            self.sampling.replay = None;
            return false;
        };
        replay.at += seconds * speed;
        if replay.at >= all {
            self.sampling.replay = None;
        }
        self.sampling.replay.is_some()
    }

    /// The place that is drawn now, while codes are shown one by one: the input that takes it, and its number, row by row.
    pub fn drawing_at(&self) -> Option<(String, usize)> {
        let mut left = self.replay()?.at as usize;
        for input in self.grids() {
            let count = input.value_in(&self.latent.held).codes().map_or(0, |c| c.len());
            if left < count {
                return Some((input.name.clone(), left));
            }
            left -= count;
        }
        None
    }

    /// The values beside the latent as they are shown: those that hold, and of codes that are shown one by one those
    /// that are not there yet as they were before.
    pub fn held_shown(&self) -> Values {
        let Some(Replay { before, at, .. }) = self.replay() else { return self.latent.held.clone() };
        let (mut held, mut left) = (self.latent.held.clone(), *at as usize);
        for input in self.grids() {
            let (was, now) = (input.value_in(before), input.value_in(&self.latent.held));
            let (Some(was), Some(now)) = (was.codes(), now.codes()) else { continue };
            let shown = left.min(now.len());
            left -= shown;
            let mixed = now[..shown].iter().chain(&was[shown.min(was.len())..]).copied();
            held.insert(input.name.clone(), Value::Codes(mixed.collect()));
        }
        held
    }
}
