//! Where a morph stands: the moment of its film that is looked at, and how the film is made.
//!
//! Must not know: Burn, egui, the clock.

use super::{State, Tab};
use crate::point::Point;
use crate::tools::film::Film;
use std::path::PathBuf;

/// What a morph is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FilmKind {
    /// An animated GIF: 256 colours, plays everywhere.
    #[default]
    Gif,
    /// An animated PNG: all colours.
    Apng,
    /// A folder of numbered PNGs, for a video editor.
    Frames,
}

/// Seconds from keyframe to keyframe.
pub const SECONDS: std::ops::RangeInclusive<f64> = 0.1..=20.0;
/// Frames a second.
pub const FPS: std::ops::RangeInclusive<f64> = 1.0..=60.0;
/// Height of a film in pixels.
pub const HEIGHT: std::ops::RangeInclusive<u32> = 16..=2048;
/// Most frames of a film.
const MOST: f64 = 10_000.0;

/// The film and the moment of it that is looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Morph {
    /// The moment, 0 (start) to 1 (end).
    pub at: f64,
    /// Whether it plays.
    pub playing: bool,
    /// When it was moved on last, by the window's clock in seconds.
    clock: Option<f64>,
    /// Seconds from keyframe to keyframe, [`SECONDS`].
    pub seconds: f64,
    /// Frames a second, [`FPS`].
    pub fps: f64,
    /// Height of the written film, [`HEIGHT`].
    pub height: u32,
    /// What it is written as.
    pub kind: FilmKind,
}

impl Default for Morph {
    fn default() -> Self {
        let kind = FilmKind::default();
        Self { at: 0.0, playing: false, clock: None, seconds: 1.5, fps: 25.0, height: 256, kind }
    }
}

impl State {
    /// How long the morph takes, s; 0 with fewer than two keyframes.
    pub fn morph_seconds(&self) -> f64 {
        self.bench.path().legs() as f64 * self.morph.seconds
    }

    /// Frames of the morph: those that are shown, and those that a film has.
    pub fn morph_frames(&self) -> usize {
        (self.morph_seconds() * self.morph.fps).round().clamp(2.0, MOST) as usize
    }

    /// The frame that is looked at, from 0. It is a whole one, so that the screen shows what the film will.
    pub fn morph_frame(&self) -> usize {
        let (frames, at) = (self.morph_frames(), self.morph.at.clamp(0.0, 1.0));
        let along =
            if self.bench.closed { (at * frames as f64 + 1e-6).floor() } else { at * (frames - 1) as f64 };
        (along.round() as usize).min(frames - 1)
    }

    /// The moment of a frame, 0–1.
    pub fn morph_moment(&self, frame: usize) -> f64 {
        let frames = self.morph_frames();
        let last = if self.bench.closed { frames } else { frames - 1 };
        frame.min(frames - 1) as f64 / last as f64
    }

    /// The point of that frame; its latent is empty without keyframes.
    pub fn morph_point(&self) -> Point {
        let frames = self.morph_frames();
        let last = if self.bench.closed { frames } else { frames - 1 };
        self.bench.path().at(self.morph_frame() as f32 / last.max(1) as f32)
    }

    /// The point that the page is about: the sliders', the morph's of this moment, or the result of the arithmetic, in
    /// which all but the latent is as the sliders' page has it.
    pub fn shown(&self) -> Point {
        let now = self.point();
        let point = match self.tab {
            Tab::Morph if self.bench.path().legs() > 0 => self.morph_point(),
            Tab::Mix => Point { z: self.bench.mixed(), held: now.held.clone() },
            // Codes that were drawn may be on their way to the screen.
            _ => return self.at_moment(Point { held: self.held_shown(), ..now }),
        };
        if point.z.len() == self.dims() && (self.dims() > 0 || self.tab == Tab::Morph) { point } else { now }
    }

    /// Plays on to `now` of the window's clock (s), round and round; true while it plays.
    pub fn play_morph(&mut self, now: f64) -> bool {
        let seconds = self.morph_seconds();
        if !self.morph.playing || self.tab != Tab::Morph || seconds <= 0.0 {
            (self.morph.playing, self.morph.clock) = (false, None);
            return false;
        }
        let passed = self.morph.clock.map_or(0.0, |before| (now - before).max(0.0));
        self.morph.clock = Some(now);
        self.morph.at = (self.morph.at + passed / seconds).fract();
        true
    }

    /// The film of the morph, to be written there.
    pub fn film(&self, out: PathBuf) -> Film {
        Film {
            path: self.bench.path(),
            frames: self.morph_frames(),
            fps: self.morph.fps as f32,
            height: self.morph.height,
            smooth: self.prefs.smooth_pixels,
            out,
        }
    }
}
