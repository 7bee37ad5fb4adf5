//! Watches a training in the real window for a long time: does memory stay flat, does the window stay quick.
//!
//! Must not know: how panels are drawn.

use super::{SIZE, percentile};
use crate::action::Action;
use crate::action::travel::Travelling;
use crate::app::{App, Start};
use crate::cli::args::Renderer;
use crate::engine::message::{DeviceChoice, Phase, Place};
use crate::state::{Prefs, Tab};
use crate::window;
use eframe::egui;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

/// Part of the time that warms up: caches, textures, the first pictures.
const WARM: f64 = 0.1;
/// Seconds between looks at the memory.
const LOOK: f64 = 1.0;
/// Part of the measured looks that the first and the last figure are the mean of.
const END: usize = 10;

/// `bench soak`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Soak {
    minutes: f64,
    steps: u64,
    steps_per_s: f64,
    recorded_pictures: usize,
    frames_per_s: f32,
    frame_cpu_p95_ms: f32,
    frame_gap_p99_ms: f32,
    /// Resident memory after warming up and at the end (means over a tenth of the time), and the most; `None` where the
    /// system does not say.
    rss_start_mb: Option<f64>,
    rss_end_mb: Option<f64>,
    rss_most_mb: Option<f64>,
    rss_change_percent: Option<f64>,
}

/// Opens the window and watches a training for `seconds`: `going` goes on, or else a small VAE is trained.
pub fn run(going: Option<PathBuf>, seconds: f64, device: DeviceChoice) -> Result<Soak, String> {
    let runs = tempfile::tempdir().map_err(|e| format!("no temporary folder can be made: {e}"))?;
    let (send, result) = channel();
    let folder = runs.path().to_path_buf();
    let period = seconds.clamp(10.0, 86_400.0);
    window::open(Renderer::Auto, SIZE, move |cc| {
        let start = Start::clean(device, Prefs::default(), Some(folder));
        let mut app = App::new(cc, start)?;
        app.act(Action::Show(Tab::Train));
        if let Some(run) = going {
            app.act(Action::Travel(Travelling::Resume(run)));
        } else {
            app.act(Action::Recipe("fc-vae".into()));
            app.act(Action::TrainingData("digits:4000".into()));
            app.act(Action::Train);
        }
        let (began, looked) = (Instant::now(), Instant::now());
        Ok(Box::new(Watched {
            app,
            period,
            send,
            began,
            looked,
            warm: None,
            memory: Vec::new(),
            done: false,
        }))
    })?;
    result.try_recv().map_err(|_| "the window was closed before the figures were complete".to_owned())?
}

struct Watched {
    app: App,
    /// Seconds.
    period: f64,
    send: Sender<Result<Soak, String>>,
    began: Instant,
    looked: Instant,
    /// When warming up ended, and the step then.
    warm: Option<(Instant, u64)>,
    memory: Vec<f64>,
    done: bool,
}

impl Watched {
    fn plan(&mut self) -> Result<Option<Soak>, String> {
        for place in [Place::Train, Place::Engine, Place::Runs] {
            if let Some(message) = self.app.state().failure(place) {
                return Err(message.to_owned());
            }
        }
        let spent = self.began.elapsed().as_secs_f64();
        let step = self.app.state().progress.step;
        if spent < WARM * self.period || step == 0 {
            return Ok(None);
        }
        let (from, first) = *self.warm.get_or_insert_with(|| {
            self.app.pace.forget();
            (Instant::now(), step)
        });
        if self.looked.elapsed().as_secs_f64() >= LOOK {
            self.looked = Instant::now();
            self.memory.extend(resident_mb());
        }
        if spent < self.period {
            return Ok(None);
        }
        let pace = &self.app.pace;
        let seconds = from.elapsed().as_secs_f64();
        let end = (self.memory.len() / END).max(1);
        let mean = |part: &[f64]| (!part.is_empty()).then(|| part.iter().sum::<f64>() / part.len() as f64);
        let start = mean(&self.memory[..end.min(self.memory.len())]);
        let last = mean(&self.memory[self.memory.len().saturating_sub(end)..]);
        Ok(Some(Soak {
            minutes: spent / 60.0,
            steps: step,
            steps_per_s: (step - first) as f64 / seconds,
            recorded_pictures: self.app.state().followed().map_or(0, |v| v.samples.len()),
            frames_per_s: 1e3 * pace.totals.len() as f32 / pace.totals.iter().sum::<f32>().max(1e-6),
            frame_cpu_p95_ms: percentile(&pace.frames, 0.95),
            frame_gap_p99_ms: percentile(&pace.totals, 0.99),
            rss_start_mb: start,
            rss_end_mb: last,
            rss_most_mb: self.memory.iter().copied().reduce(f64::max),
            rss_change_percent: start.zip(last).map(|(a, b)| 100.0 * (b - a) / a),
        }))
    }
}

impl eframe::App for Watched {
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
        if self.done {
            return;
        }
        let outcome = match self.plan() {
            Ok(None) => {
                // The clock is looked at although nothing moves.
                ui.ctx().request_repaint_after(Duration::from_secs_f64(LOOK));
                return;
            }
            Ok(Some(figures)) => Ok(figures),
            Err(message) => Err(message),
        };
        self.done = true;
        let _ = self.send.send(outcome);
        if self.app.state().progress.phase == Phase::Running {
            self.app.act(Action::Stop);
        }
        ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
    }
}

/// Memory of this process that is in RAM, MB; `None` where there is no /proc.
fn resident_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<f64>().ok().map(|kb| kb / 1024.0)
}
