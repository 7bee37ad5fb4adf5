//! Recorded runs in the window's loop: which are followed, which moment is wanted, and the clock of a run that plays.
//!
//! Must not know: Burn, how runs are read.

use super::App;
use crate::engine::archive::{Moment, Request, Watch};
use crate::state::Tab;
use eframe::egui;
use std::time::{Duration, Instant};

/// How often the list of runs is read again while it is on the screen.
const LIST: Duration = Duration::from_secs(3);

/// What was asked of the archive last.
#[derive(Default)]
pub struct Asked {
    watched: Vec<Watch>,
    moment: Option<Moment>,
    listed: Option<Instant>,
}

impl App {
    /// Asks the archive, if that changed what is wanted. Gone with the engine, it answers nothing; that is said elsewhere.
    pub(super) fn ask(&self, ask: Request) {
        if let Some(link) = &self.link {
            let _ = link.asks.send(ask);
            link.moment.nudge();
        }
    }

    /// Before the panels: takes in samples of moments, plays on, and says what is wanted.
    pub(super) fn travel(&mut self, ctx: &egui::Context) {
        let Some(link) = &self.link else { return };
        while let Ok(shown) = link.moments.try_recv() {
            self.pictures.moment = Some(shown);
        }
        if self.state.play(f64::from(ctx.input(|i| i.stable_dt)).min(0.2)) {
            ctx.request_repaint_after(Duration::from_millis(33));
        }
        if self.state.play_morph(ctx.input(|i| i.time)) {
            ctx.request_repaint_after(Duration::from_secs_f64(1.0 / self.state.morph.fps));
        }
        if self.state.play_clip(ctx.input(|i| i.time)) {
            ctx.request_repaint_after(Duration::from_millis(20));
        }
        let watched = self.state.watched();
        if watched != self.asked.watched {
            self.ask(Request::Watch(watched.clone()));
            self.asked.watched = watched;
        }
        if matches!(self.state.tab, Tab::Runs | Tab::Atlas) {
            if self.asked.listed.is_none_or(|at| at.elapsed() >= LIST) {
                self.ask(Request::List(self.state.travel.folder.clone()));
                self.asked.listed = Some(Instant::now());
            }
            ctx.request_repaint_after(LIST);
        } else {
            self.asked.listed = None;
        }
        let moment = self.state.moment();
        if moment != self.asked.moment {
            if let (Some(link), Some(moment)) = (&self.link, &moment) {
                link.moment.put(moment.clone());
            }
            self.asked.moment = moment;
        }
    }
}
