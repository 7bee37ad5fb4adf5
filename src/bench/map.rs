//! Measures the map in the real window: a pointer that moves over many points, and a hand that drags them.
//!
//! Must not know: how points are drawn.

use super::{SIZE, frames};
use crate::action::{Action, map::Mapping};
use crate::app::{App, Start};
use crate::cli::args::Renderer;
use crate::engine::message::DeviceChoice;
use crate::engine::tool::{ToolKind, ToolNews, ToolOrder};
use crate::state::map::{MOST_POINTS, View};
use crate::state::{Prefs, Tab};
use crate::window;
use eframe::egui::{self, PointerButton, Pos2};
use serde::Serialize;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

/// The model whose encoder puts the points.
const MODEL: &str = "digits-vae";
/// Where the pointer circles, parts of the window.
const MIDDLE: [f32; 2] = [0.38, 0.58];

/// `bench map`: frames while the pointer moves over the points, and while a hand drags them.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    points: usize,
    /// From pressing Map to points on the screen.
    mapped_s: f64,
    hover_fps: f32,
    hover_frame_cpu_p50_ms: f32,
    hover_frame_cpu_p95_ms: f32,
    drag_fps: f32,
    drag_frame_cpu_p50_ms: f32,
    drag_frame_cpu_p95_ms: f32,
}

/// Opens the window, maps `spec`, and measures `seconds` each way.
pub fn run(spec: &str, seconds: f64, device: DeviceChoice) -> Result<Figures, String> {
    let (send, result) = channel();
    let period = Duration::from_secs_f64(seconds.clamp(1.0, 120.0));
    let spec = spec.to_owned();
    window::open(Renderer::Auto, SIZE, move |cc| {
        let mut app = App::new(cc, Start::clean(device, Prefs::default(), None))?;
        app.act(Action::OpenShipped(MODEL.into()));
        let now = Instant::now();
        let figures = Figures::default();
        Ok(Box::new(Driven { app, spec, period, send, stage: 0, since: now, figures, frames: 0 }))
    })?;
    result.try_recv().map_err(|_| "the window was closed before the figures were complete".to_owned())?
}

struct Driven {
    app: App,
    spec: String,
    period: Duration,
    send: Sender<Result<Figures, String>>,
    /// 0 opening, 1 mapping; 2, 4 warming up; 3, 5 measuring; 6 done.
    stage: usize,
    since: Instant,
    figures: Figures,
    frames: usize,
}

impl Driven {
    fn next(&mut self) {
        self.stage += 1;
        self.since = Instant::now();
        self.app.pace.forget();
    }

    /// One look at the plan a frame.
    fn plan(&mut self) -> Result<(), String> {
        let state = self.app.state();
        if let Some(message) = state.failures.values().next() {
            return Err(message.clone());
        }
        if let Some(ToolNews::Failed(message)) = state.tools.get(&ToolKind::Points) {
            return Err(message.clone());
        }
        let waited = self.since.elapsed();
        match self.stage {
            0 if state.model.as_ref().is_some_and(|m| m.name == MODEL) => {
                self.app.act(Action::Show(Tab::Map));
                self.app.act(Action::Map(Mapping::View(View::Points)));
                let data = Some(self.spec.clone());
                self.app.act(Action::Tool(ToolOrder::Points { data, count: MOST_POINTS }));
                self.next();
            }
            1 => {
                if let Some(points) = &state.map.cloud.points {
                    self.figures.points = points.len();
                    self.figures.mapped_s = waited.as_secs_f64();
                    self.next();
                }
            }
            2 | 4 if waited >= Duration::from_secs(1) => self.next(),
            3 | 5 if waited >= self.period => {
                let measured = frames(&self.app.pace);
                let f = &mut self.figures;
                if self.stage == 3 {
                    (f.hover_fps, f.hover_frame_cpu_p50_ms, f.hover_frame_cpu_p95_ms) = measured;
                } else {
                    (f.drag_fps, f.drag_frame_cpu_p50_ms, f.drag_frame_cpu_p95_ms) = measured;
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
            Ok(()) => (self.stage == 6).then(|| Ok(self.figures.clone())),
        };
        if let Some(outcome) = ended {
            let _ = self.send.send(outcome);
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        } else if self.stage > 1 {
            ui.ctx().request_repaint();
        } else {
            ui.ctx().request_repaint_after(Duration::from_millis(100));
        }
    }

    fn raw_input_hook(&mut self, _ctx: &egui::Context, raw: &mut egui::RawInput) {
        if !(2..6).contains(&self.stage) {
            return;
        }
        self.frames += 1;
        let turn = self.frames as f32 * 0.11;
        let at = Pos2::new(MIDDLE[0] * SIZE[0] + 90.0 * turn.cos(), MIDDLE[1] * SIZE[1] + 70.0 * turn.sin());
        raw.events.push(egui::Event::PointerMoved(at));
        if self.stage == 4 && self.since.elapsed() < Duration::from_millis(200) {
            raw.events.push(egui::Event::PointerButton {
                pos: at,
                button: PointerButton::Primary,
                pressed: true,
                modifiers: egui::Modifiers::NONE,
            });
        }
    }
}
