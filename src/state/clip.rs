//! Where a clip plays: the moment that is on the screen while it does, how fast it goes, and what it is saved as.
//!
//! Must not know: Burn, egui, the clock.

use super::{State, Tab};
use crate::latent::{Easing, Interpolation, Path};
use crate::point::{Kind, Point, Value};
use crate::tools::film::Film;
use std::path::PathBuf;

/// How many times faster than meant.
pub const SPEED: std::ops::RangeInclusive<f64> = 0.25..=4.0;

/// How a clip plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Whether it plays.
    pub playing: bool,
    /// While it plays, how many frames are behind.
    at: f64,
    /// When it was moved on last, by the window's clock in seconds.
    clock: Option<f64>,
    /// Whether it begins again at its end.
    pub looped: bool,
    /// Whether it goes on to where nothing was trained.
    pub longer: bool,
    /// Times faster than meant, [`SPEED`].
    pub speed: f64,
}

impl Default for Clip {
    fn default() -> Self {
        Self { playing: false, at: 0.0, clock: None, looped: true, longer: false, speed: 1.0 }
    }
}

/// The moment that a model takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// The input's name.
    pub name: String,
    /// Frames that there are.
    pub frames: u16,
    /// Frames that were trained.
    pub trained: u16,
    /// Frames a second as it was meant.
    pub rate: f32,
}

impl State {
    /// What the explored model has of moments; `None`: it draws no clips.
    pub fn moments(&self) -> Option<Moments> {
        self.inputs().iter().find_map(|input| match input.kind {
            Kind::Moment { frames, trained, rate } => {
                Some(Moments { name: input.name.clone(), frames, trained, rate })
            }
            _ => None,
        })
    }

    /// Frames that are played and saved.
    pub fn clip_frames(&self) -> u16 {
        self.moments().map_or(0, |m| if self.clip.longer { m.frames } else { m.trained })
    }

    /// The frame that is on the screen, from 0.
    pub fn clip_frame(&self) -> u16 {
        let Some(moments) = self.moments() else { return 0 };
        let last = moments.frames.saturating_sub(1);
        if self.clip.playing {
            return (self.clip.at as u16).min(last);
        }
        match self.latent.held.get(&moments.name) {
            Some(Value::Number(at)) => (at.round().max(0.0) as u16).min(last),
            _ => 0,
        }
    }

    /// A point as it is at the moment that is on the screen.
    pub fn at_moment(&self, mut point: Point) -> Point {
        if let Some(moments) = self.moments().filter(|_| self.clip.playing) {
            point.held.insert(moments.name, Value::Number(self.clip_frame().into()));
        }
        point
    }

    /// Plays, from the moment that is on the screen, or from the beginning where that is the end.
    pub fn start_clip(&mut self) {
        let frames = self.clip_frames();
        if frames == 0 || self.clip.playing {
            return;
        }
        let at = self.clip_frame();
        self.clip.at = if at + 1 >= frames { 0.0 } else { at.into() };
        (self.clip.playing, self.clip.clock) = (true, None);
    }

    /// Holds it: the moment that was on the screen is the point's from now on.
    pub fn hold_clip(&mut self) {
        let (Some(moments), true) = (self.moments(), self.clip.playing) else { return };
        let at = self.clip_frame();
        (self.clip.playing, self.clip.clock) = (false, None);
        self.latent.held.insert(moments.name, Value::Number(at.into()));
    }

    /// Plays on to `now` of the window's clock (s); true while it plays.
    pub fn play_clip(&mut self, now: f64) -> bool {
        if !self.clip.playing {
            return false;
        }
        // The pages with the sliders are those with its handle.
        let (Some(moments), Tab::Explore | Tab::Train) = (self.moments(), self.tab) else {
            self.hold_clip();
            return false;
        };
        let passed = self.clip.clock.map_or(0.0, |before| (now - before).max(0.0));
        self.clip.clock = Some(now);
        let (frames, at) = (
            f64::from(self.clip_frames()),
            self.clip.at + passed * f64::from(moments.rate) * self.clip.speed,
        );
        if at >= frames && !self.clip.looped {
            self.clip.at = frames - 1.0;
            self.hold_clip();
            return false;
        }
        self.clip.at = at.rem_euclid(frames.max(1.0));
        true
    }

    /// The clip of the point on the screen, to be written there; `None` where the model draws no clips.
    pub fn clip_film(&self, out: PathBuf) -> Option<Film> {
        let moments = self.moments()?;
        let (frames, now) = (self.clip_frames(), self.point());
        let at = |frame: u16| {
            let mut point = now.clone();
            point.held.insert(moments.name.clone(), Value::Number(frame.into()));
            point
        };
        let path = Path {
            keyframes: vec![at(0), at(frames.saturating_sub(1))],
            interpolation: Interpolation::Linear,
            easing: Easing::Even,
            ..Path::default()
        };
        let fps = (moments.rate * self.clip.speed as f32).clamp(1.0, 60.0);
        let (height, smooth) = (self.morph.height, self.prefs.smooth_pixels);
        Some(Film { path, frames: frames.into(), fps, height, smooth, out })
    }
}
