//! Measures the data page in the real window: a wheel that never rests, over a whole data set.
//!
//! Must not know: how thumbnails are drawn.

use super::{SIZE, frames};
use crate::action::Action;
use crate::app::{App, Start};
use crate::cli::args::Renderer;
use crate::engine::message::{DeviceChoice, Place};
use crate::state::{Prefs, Tab};
use crate::window;
use eframe::egui::{self, MouseWheelSource, MouseWheelUnit, TouchPhase};
use serde::Serialize;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

/// Points that the wheel turns per frame: as a hand does, and so far that every frame shows other pictures.
const TURNS: [f32; 2] = [120.0, 3000.0];

/// `bench scroll`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Scroll {
    pictures: usize,
    wheel_fps: f32,
    wheel_frame_cpu_p50_ms: f32,
    wheel_frame_cpu_p95_ms: f32,
    jump_fps: f32,
    jump_frame_cpu_p50_ms: f32,
    jump_frame_cpu_p95_ms: f32,
}

/// Opens the window, reads `spec` (at 64×64), and scrolls `seconds` each way.
pub fn run(spec: &str, seconds: f64, device: DeviceChoice) -> Result<Scroll, String> {
    let (send, result) = channel();
    let period = Duration::from_secs_f64(seconds.clamp(1.0, 120.0));
    let spec = spec.to_owned();
    window::open(Renderer::Auto, SIZE, move |cc| {
        let start = Start::clean(device, Prefs::default(), None);
        let mut app = App::new(cc, start)?;
        app.act(Action::Show(Tab::Data));
        app.act(Action::DataForm(spec, 64));
        app.act(Action::LoadData);
        let now = Instant::now();
        let driven = Driven { app, period, send, stage: 0, since: now, figures: Scroll::default() };
        Ok(Box::new(driven))
    })?;
    result.try_recv().map_err(|_| "the window was closed before the figures were complete".to_owned())?
}

struct Driven {
    app: App,
    period: Duration,
    send: Sender<Result<Scroll, String>>,
    /// 0 reading; 1, 3 warming up; 2, 4 measuring; 5 done.
    stage: usize,
    since: Instant,
    figures: Scroll,
}

impl Driven {
    fn next(&mut self) {
        self.stage += 1;
        self.since = Instant::now();
        self.app.pace.forget();
    }

    /// One look at the plan a frame.
    fn plan(&mut self) -> Result<(), String> {
        if let Some(message) = self.app.state().failure(Place::Data) {
            return Err(message.to_owned());
        }
        let waited = self.since.elapsed();
        match self.stage {
            0 => {
                if let Some(view) = &self.app.state().data {
                    self.figures.pictures = view.train.pictures.len();
                    self.next();
                }
            }
            1 | 3 if waited >= Duration::from_secs(1) => self.next(),
            2 | 4 if waited >= self.period => {
                let measured = frames(&self.app.pace);
                let f = &mut self.figures;
                if self.stage == 2 {
                    (f.wheel_fps, f.wheel_frame_cpu_p50_ms, f.wheel_frame_cpu_p95_ms) = measured;
                } else {
                    (f.jump_fps, f.jump_frame_cpu_p50_ms, f.jump_frame_cpu_p95_ms) = measured;
                }
                self.next();
            }
            _ => {}
        }
        Ok(())
    }
}

impl eframe::App for Driven {
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
        let ended = match self.plan() {
            Err(message) => Some(Err(message)),
            Ok(()) => (self.stage == 5).then(|| Ok(self.figures.clone())),
        };
        if let Some(outcome) = ended {
            let _ = self.send.send(outcome);
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        } else if self.stage > 0 {
            ui.ctx().request_repaint();
        } else {
            ui.ctx().request_repaint_after(Duration::from_millis(100));
        }
    }

    fn raw_input_hook(&mut self, _ctx: &egui::Context, raw: &mut egui::RawInput) {
        if !(1..5).contains(&self.stage) {
            return;
        }
        // The other way every second, so that no end is reached.
        let way = if self.since.elapsed().as_secs().is_multiple_of(2) { -1.0 } else { 1.0 };
        raw.events.push(egui::Event::PointerMoved(egui::pos2(SIZE[0] * 0.5, SIZE[1] * 0.5)));
        let far = TURNS[usize::from(self.stage > 2)];
        raw.events.push(egui::Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: egui::vec2(0.0, way * far),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: egui::Modifiers::NONE,
        });
    }
}
