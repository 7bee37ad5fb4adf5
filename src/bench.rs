//! Measures the real window on this machine: a hand that drags on the picture 120 times a second, and what watching
//! costs a training.
//!
//! Must not know: how panels are drawn.

pub mod map;
pub mod scroll;
pub mod soak;

use crate::action::Action;
use crate::app::{App, Start};
use crate::cli::args::Renderer;
use crate::engine::message::{DeviceChoice, Phase, Source};
use crate::pace::{Pace, STARTED};
use crate::state::{Prefs, Tab};
use crate::window;
use crate::zoo::Recipe;
use eframe::egui;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Size of the measured window, pixels.
const SIZE: [f32; 2] = [1280.0, 800.0];
/// Movements of the hand per second.
const HAND: f64 = 120.0;
/// Movements with one code, where codes are painted.
const STROKE: usize = 12;
/// Alternations of watching and not watching.
const TURNS: usize = 3;

/// `bench latency`: from an input event to the submission of the frame that shows its picture, ms.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Latency {
    idle_p50_ms: f32,
    idle_p95_ms: f32,
    training_p50_ms: f32,
    training_p95_ms: f32,
    idle_pictures: usize,
    training_pictures: usize,
    /// From the start of the program to a window with a live model and all its strips.
    first_picture_ms: f32,
    /// Running mean of what the viewer took for a picture while idle.
    decode_ms: f32,
}

/// `bench frame`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Frame {
    fps: f32,
    frame_cpu_p95_ms: f32,
    frame_total_p95_ms: f32,
    training_frames_per_s: f64,
    training_images_per_s_watched: f64,
    training_images_per_s_unwatched: f64,
}

/// What was measured.
pub enum Figures {
    /// Of `latency`.
    Latency(Latency),
    /// Of `frame`.
    Frame(Frame),
}

/// Opens the window and measures for about `seconds` in each part. `frame`: frames instead of latency; `opened`: the model
/// that is dragged on, or painted on where it takes codes, after which nothing is trained.
pub fn run(
    frame: bool,
    (recipe, opened): (Option<&'static Recipe>, Option<PathBuf>),
    seconds: f64,
    device: DeviceChoice,
) -> Result<Figures, String> {
    let runs = tempfile::tempdir().map_err(|e| format!("no temporary folder can be made: {e}"))?;
    let (send, result) = channel();
    let folder = runs.path().to_path_buf();
    let period = Duration::from_secs_f64(seconds.clamp(1.0, 120.0));
    let order = match recipe {
        Some(recipe) => (recipe.name, recipe.data),
        None => ("conv-vae", "faces:2000"),
    };
    window::open(Renderer::Auto, SIZE, move |cc| {
        let start = Start::clean(device, Prefs::default(), Some(folder));
        let app = App::new(cc, start)?;
        let mut driven = Driven::new(app, frame, order, period, send, cc.egui_ctx.clone());
        driven.opened = opened;
        Ok(Box::new(driven))
    })?;
    result.try_recv().map_err(|_| "the window was closed before the figures were complete".to_owned())?
}

/// The hand's movements: when each was made and where it went, as parts of the picture.
type Moves = Arc<Mutex<Option<(Instant, f32, f32)>>>;

struct Driven {
    app: App,
    frame: bool,
    /// Recipe and data of the training.
    order: (&'static str, &'static str),
    /// The model that is dragged on in place of the first shipped one.
    opened: Option<PathBuf>,
    period: Duration,
    send: Sender<Result<Figures, String>>,
    moves: Moves,
    /// Movements so far.
    moved: usize,
    /// Sent true while the hand moves.
    hand: Sender<bool>,
    stage: usize,
    since: Instant,
    pressed: bool,
    /// Whether the model was asked for.
    asked: bool,
    latency: Latency,
    figures: Frame,
    /// Step and time at the start of a turn; images seen and seconds, watched and not.
    mark: (u64, Instant),
    turns: [(f64, f64); 2],
    turn: usize,
    /// Frames of the turns that are watched.
    drawn: u64,
}

impl Driven {
    fn new(
        app: App,
        frame: bool,
        order: (&'static str, &'static str),
        period: Duration,
        send: Sender<Result<Figures, String>>,
        ctx: egui::Context,
    ) -> Self {
        let moves = Moves::default();
        let (hand, orders) = channel();
        let shared = moves.clone();
        std::thread::spawn(move || wave(&orders, &shared, &ctx));
        let now = Instant::now();
        Self {
            app,
            frame,
            order,
            opened: None,
            period,
            send,
            moves,
            moved: 0,
            hand,
            stage: 0,
            since: now,
            pressed: false,
            asked: false,
            latency: Latency::default(),
            figures: Frame::default(),
            mark: (0, now),
            turns: [(0.0, 0.0); 2],
            turn: 0,
            drawn: 0,
        }
    }

    fn next(&mut self) {
        self.stage += 1;
        self.since = Instant::now();
    }

    fn drag(&mut self, on: bool) {
        // The thread ends with the window.
        let _ = self.hand.send(on);
    }

    /// One look at the plan a frame. Returns true at its end.
    fn plan(&mut self) -> Result<bool, String> {
        let waited = self.since.elapsed();
        let warm = self.period.mul_f64(0.3).max(Duration::from_secs(1));
        match self.stage {
            0 if self.opened.is_some() && !self.asked && self.app.state().model.is_some() => {
                self.asked = true;
                let file = self.opened.clone().unwrap_or_default();
                self.app.act(Action::Open(file));
            }
            0 if self.asked
                && !self.app.state().model.as_ref().is_some_and(|m| matches!(m.source, Source::File(_))) => {}
            // The first picture, with its strips.
            0 if self.app.state().model.is_some() && self.app.settled() => {
                self.latency.first_picture_ms = STARTED.elapsed().as_secs_f32() * 1e3;
                self.next();
            }
            0 if waited > Duration::from_secs(30) => {
                return Err("no model was opened within 30 seconds".into());
            }
            // Drag, warm up, measure.
            1 => {
                self.drag(true);
                self.next();
            }
            2 if waited >= warm => {
                self.app.pace.forget();
                self.next();
            }
            3 if waited >= self.period => {
                let pace = &self.app.pace;
                let mean = pace.totals.iter().sum::<f32>() / pace.totals.len().max(1) as f32;
                self.figures.fps = 1e3 / mean.max(1e-6);
                self.figures.frame_cpu_p95_ms = percentile(&pace.frames, 0.95);
                self.figures.frame_total_p95_ms = percentile(&pace.totals, 0.95);
                self.latency.idle_p50_ms = percentile(&pace.latencies, 0.5);
                self.latency.idle_p95_ms = percentile(&pace.latencies, 0.95);
                self.latency.decode_ms = pace.decode_ms();
                self.latency.idle_pictures = pace.latencies.len();
                if self.opened.is_some() {
                    self.drag(false);
                    return Ok(true);
                }
                if self.frame {
                    self.drag(false);
                }
                self.train();
                self.next();
            }
            // Training: wait until it runs and its first steps are behind it.
            4 if self.app.state().progress.step >= 5 && waited >= warm => {
                self.app.pace.forget();
                self.mark();
                self.next();
                if self.frame {
                    self.stage = 6;
                }
            }
            4 if waited > Duration::from_secs(120) => {
                return Err("the training did not start within two minutes".into());
            }
            5 if waited >= self.period => {
                let pace = &self.app.pace;
                self.latency.training_p50_ms = percentile(&pace.latencies, 0.5);
                self.latency.training_p95_ms = percentile(&pace.latencies, 0.95);
                self.latency.training_pictures = pace.latencies.len();
                return Ok(true);
            }
            6 if waited >= self.period => {
                let watched = self.turn % 2;
                let (step, at) = self.mark;
                let now = &self.app.state().progress;
                let batch = now.images_per_s / now.steps_per_s.max(1e-9);
                self.turns[watched].0 += (now.step - step) as f64 * batch;
                self.turns[watched].1 += at.elapsed().as_secs_f64();
                self.turn += 1;
                if self.turn == 2 * TURNS {
                    let rate = |(images, seconds): (f64, f64)| images / seconds.max(1e-9);
                    self.figures.training_frames_per_s = self.drawn as f64 / self.turns[0].1.max(1e-9);
                    self.figures.training_images_per_s_watched = rate(self.turns[0]);
                    self.figures.training_images_per_s_unwatched = rate(self.turns[1]);
                    return Ok(true);
                }
                self.app.set_blind(self.turn % 2 == 1);
                self.mark();
                self.since = Instant::now();
            }
            _ => {}
        }
        if self.app.state().failures.is_empty() {
            return Ok(false);
        }
        let all: Vec<_> = self.app.state().failures.values().cloned().collect();
        Err(all.join("; "))
    }

    fn mark(&mut self) {
        self.mark = (self.app.state().progress.step, Instant::now());
    }

    /// A colour generator at 64×64 in training, or what was asked for, on the page where training is watched.
    fn train(&mut self) {
        if self.frame {
            self.app.act(Action::Show(Tab::Train));
        }
        self.app.act(Action::Recipe(self.order.0.into()));
        self.app.act(Action::TrainingData(self.order.1.into()));
        self.app.act(Action::Train);
    }

    fn finish(&mut self, ctx: &egui::Context, outcome: Result<Figures, String>) {
        let _ = self.send.send(outcome);
        if self.app.state().progress.phase == Phase::Running {
            self.app.act(Action::Stop);
        }
        self.drag(false);
        self.stage = usize::MAX;
        ctx.send_viewport_cmd(egui::ViewportCommand::Close);
    }
}

impl eframe::App for Driven {
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
        if self.stage == usize::MAX {
            return;
        }
        if self.stage == 6 && self.turn.is_multiple_of(2) {
            self.drawn += 1;
        }
        let ctx = ui.ctx().clone();
        match self.plan() {
            Ok(false) => {}
            Ok(true) if self.frame => self.finish(&ctx, Ok(Figures::Frame(self.figures.clone()))),
            Ok(true) => self.finish(&ctx, Ok(Figures::Latency(self.latency.clone()))),
            Err(message) => self.finish(&ctx, Err(message)),
        }
        // The plan looks at the clock now and then, although nothing moves.
        ctx.request_repaint_after(if self.stage == 6 { self.period } else { Duration::from_millis(200) });
    }

    fn raw_input_hook(&mut self, _ctx: &egui::Context, raw: &mut egui::RawInput) {
        let newest = self.moves.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((at, x, y)) = newest else { return };
        // The middle of the window is on the picture, whatever the page.
        let place = egui::pos2(SIZE[0] * (0.42 + 0.1 * x), SIZE[1] * (0.45 + 0.1 * y));
        raw.events.push(egui::Event::PointerMoved(place));
        if !self.pressed {
            self.pressed = true;
            raw.events.push(egui::Event::PointerButton {
                pos: place,
                button: egui::PointerButton::Primary,
                pressed: true,
                modifiers: egui::Modifiers::NONE,
            });
        }
        self.moved += 1;
        if self.moved.is_multiple_of(STROKE) {
            // Where codes are painted, a hand that came round paints with another one.
            raw.events.push(egui::Event::Key {
                key: egui::Key::CloseBracket,
                physical_key: None,
                pressed: true,
                repeat: false,
                modifiers: egui::Modifiers::NONE,
            });
        }
        self.app.pace.input_at(at);
    }
}

/// Moves in a figure of eight while told to.
fn wave(orders: &Receiver<bool>, moves: &Moves, ctx: &egui::Context) {
    let mut on = false;
    let mut t = 0.0f64;
    loop {
        match orders.recv_timeout(Duration::from_secs_f64(1.0 / HAND)) {
            Ok(order) => on = order,
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => return,
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) if on => {
                t += 1.0 / HAND;
                let (x, y) = ((t * 2.1).sin() as f32, (t * 4.2).sin() as f32);
                *moves.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), x, y));
                ctx.request_repaint();
            }
            Err(_) => {}
        }
    }
}

/// Frames a second, and the frame's own CPU work, p50 and p95 in ms, since the pace was last forgotten.
fn frames(pace: &Pace) -> (f32, f32, f32) {
    let fps = 1e3 * pace.totals.len() as f32 / pace.totals.iter().sum::<f32>().max(1e-6);
    (fps, percentile(&pace.frames, 0.5), percentile(&pace.frames, 0.95))
}

/// The p-quantile, nearest rank; 0 of nothing.
pub fn percentile(values: &[f32], p: f64) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let rank = ((sorted.len() as f64 * p).ceil() as usize).clamp(1, sorted.len().max(1));
    sorted.get(rank - 1).copied().unwrap_or(0.0)
}
