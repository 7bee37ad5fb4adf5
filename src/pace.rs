//! Time: how long frames take, how long a picture takes from the hand to the screen, and how soon the next frame is
//! worth its cost.
//!
//! Must not know: what is drawn.

use crate::state::Meters;
use eframe::egui;
use std::collections::VecDeque;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Part of the time that the work of frames nobody asked for may take: one in so many. Where pixels are drawn in software
/// they take as long again on other threads, which the frame's own time does not show.
const SHARE: f32 = 40.0;
/// Longest and shortest wait for such a frame, seconds.
const SOON: (f32, f32) = (0.05, 1.0);
/// Wait for such a frame where something moves, seconds.
const MOVING: f32 = 0.038;
/// Pictures that take longer than this are shown by the next frame, ms.
const PROMPT: f32 = 8.0;
/// Frames further apart than this belong to no movement, seconds.
const STILL: f32 = 0.25;

/// When the program started; `main` looks at it first of all.
pub static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Asks the window for frames, from any thread.
pub struct Repaint {
    ctx: egui::Context,
    /// Bits of the f32: what a frame costs, ms.
    cost_ms: AtomicU32,
    muted: AtomicBool,
    /// Whether what is on the screen moves, so that 25 frames a second are worth their cost.
    moving: AtomicBool,
}

impl Repaint {
    /// For this window.
    pub fn new(ctx: egui::Context) -> Self {
        Self {
            ctx,
            cost_ms: AtomicU32::new(4f32.to_bits()),
            muted: AtomicBool::new(false),
            moving: AtomicBool::new(false),
        }
    }

    /// What a frame costs now, ms.
    pub fn cost(&self, ms: f32) {
        self.cost_ms.store(ms.to_bits(), Relaxed);
    }

    /// Whether something is watched that moves.
    pub fn moving(&self, moving: bool) {
        self.moving.store(moving, Relaxed);
    }

    /// Asks for no frames at all, or for frames again.
    pub fn mute(&self, muted: bool) {
        self.muted.store(muted, Relaxed);
    }

    /// Somebody waits.
    pub fn now(&self) {
        if !self.muted.load(Relaxed) {
            self.ctx.request_repaint();
        }
    }

    /// Nobody waits: so late that frames take a small part of the time, or a quarter of it where something moves.
    pub fn soon(&self) {
        if self.muted.load(Relaxed) {
            return;
        }
        let cost = f32::from_bits(self.cost_ms.load(Relaxed)) / 1e3;
        let wait = if self.moving.load(Relaxed) {
            (cost * 4.0).max(MOVING)
        } else {
            (cost * SHARE).clamp(SOON.0, SOON.1)
        };
        self.ctx.request_repaint_after(Duration::from_secs_f32(wait));
    }
}

/// Measures the window.
#[derive(Debug, Default)]
pub struct Pace {
    began: Option<Instant>,
    /// When the input of the coming frame was handed over.
    input: Option<Instant>,
    /// Stamps that a hand asked for, and when.
    pending: VecDeque<(u64, Instant)>,
    /// Inputs whose picture is in the frame being drawn.
    arrived: Vec<Instant>,
    intervals: VecDeque<f32>,
    cost_ms: f32,
    /// Running mean of what a main picture takes, ms.
    decode_ms: f32,
    /// Time of the frame under way that was spent waiting for its picture, seconds.
    waited: f32,
    latency: Option<f32>,
    last: Option<Instant>,
    /// Every latency since the last [`Pace::forget`], ms.
    pub latencies: Vec<f32>,
    /// CPU time of every frame since then, ms.
    pub frames: Vec<f32>,
    /// Time from each frame's start to the next one's, ms.
    pub totals: Vec<f32>,
}

impl Pace {
    /// Input that arrived at a known time is in the coming frame.
    pub fn input_at(&mut self, at: Instant) {
        self.input = Some(at);
    }

    /// Input was handed to the coming frame.
    pub fn input(&mut self, raw: &egui::RawInput) {
        let moved = |e: &egui::Event| {
            matches!(
                e,
                egui::Event::PointerMoved(_) | egui::Event::PointerButton { .. } | egui::Event::Key { .. }
            )
        };
        if raw.events.iter().any(moved) {
            self.input = Some(Instant::now());
        }
    }

    /// When the input arrived that this frame works on.
    pub fn input_time(&mut self, frame: Instant) -> Instant {
        self.input.take().unwrap_or(frame)
    }

    /// A frame begins. `cpu`: seconds that the frame before took of the CPU, drawing included.
    pub fn begin(&mut self, now: Instant, cpu: Option<f32>) {
        if let (Some(began), Some(cpu)) = (self.began, cpu) {
            let work = (cpu - self.waited).max(0.0) * 1e3;
            self.frames.push(work);
            self.cost_ms += 0.2 * (work - self.cost_ms);
            let submitted = began + Duration::from_secs_f32(cpu);
            for asked in self.arrived.drain(..) {
                let ms = submitted.saturating_duration_since(asked).as_secs_f32() * 1e3;
                self.latencies.push(ms);
                let old = self.latency.unwrap_or(ms);
                self.latency = Some(old + 0.3 * (ms - old));
            }
            let gap = (now - began).as_secs_f32();
            self.totals.push(gap * 1e3);
            if gap < STILL {
                self.intervals.push_back(gap);
            }
            while self.intervals.len() > 60 {
                self.intervals.pop_front();
            }
        }
        const KEPT: usize = 100_000;
        [&mut self.latencies, &mut self.frames, &mut self.totals].into_iter().for_each(|all| {
            if all.len() > KEPT {
                all.drain(..KEPT / 2);
            }
        });
        self.began = Some(now);
        self.waited = 0.0;
    }

    /// How long a frame may wait for the picture of its movement: somewhat more than pictures take, and not at all
    /// where they take long.
    pub fn patience(&self) -> Duration {
        let usual = self.decode_ms;
        Duration::from_secs_f32(if usual <= PROMPT { (usual * 1.5 + 1.0) / 1e3 } else { 0.0 })
    }

    /// So long was waited in this frame; it is no work of the CPU.
    pub fn waited(&mut self, time: Duration) {
        self.waited = time.as_secs_f32();
    }

    /// A hand asked for a picture.
    pub fn asked(&mut self, stamp: u64, at: Instant) {
        self.pending.push_back((stamp, at));
        if self.pending.len() > 64 {
            self.pending.pop_front();
        }
    }

    /// A picture came that took so long to compute; those asked for before it will never come.
    pub fn arrived(&mut self, stamp: u64, decode_ms: f32) {
        self.decode_ms += 0.1 * (decode_ms - self.decode_ms);
        while let Some((s, at)) = self.pending.front().copied().filter(|(s, _)| *s <= stamp) {
            if s == stamp {
                self.arrived.push(at);
            }
            self.pending.pop_front();
        }
    }

    /// What a main picture takes to compute lately, ms.
    pub fn decode_ms(&self) -> f32 {
        self.decode_ms
    }

    /// What a frame costs, ms of CPU.
    pub fn frame_cost(&self) -> f32 {
        self.cost_ms
    }

    /// Figures for the status line.
    pub fn meters(&self) -> Meters {
        let n = self.intervals.len();
        let mean = self.intervals.iter().sum::<f32>() / n.max(1) as f32;
        let fps = (n >= 5 && mean > 0.0).then(|| 1.0 / mean);
        Meters { latency_ms: self.latency, fps, frame_ms: self.cost_ms }
    }

    /// True at most once in so long.
    pub fn every(&mut self, period: Duration) -> bool {
        let due = self.last.is_none_or(|l| l.elapsed() >= period);
        if due {
            self.last = Some(Instant::now());
        }
        due
    }

    /// Starts the figures anew.
    pub fn forget(&mut self) {
        self.latencies.clear();
        self.frames.clear();
        self.totals.clear();
        self.intervals.clear();
    }
}
