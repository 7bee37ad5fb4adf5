//! The window's loop: takes in what the engine tells, draws the panels, applies what the person did, says what is
//! wanted on the screen. It waits for nothing but, a few milliseconds, for the picture of a movement.
//!
//! Must not know: Burn, how anything is computed.

mod travel;

use crate::action::{
    Action, History, Kept, apply, clip::Clipping, families::Siding, morph::Morphing, tell, tour::Guiding,
    travel::Travelling, upscale::Upscaling,
};
use crate::data::Spec;
use crate::engine::message::{Command, DeviceChoice, Event, Phase, Place, Shown, Source, Wanted, What};
use crate::engine::{self, Engine, Link, News, ShippedModel, Wake};
use crate::gpu;
use crate::pace::Pace;
use crate::prefs;
use crate::remembered::{Memory, Remembered};
use crate::state::{Prefs, State, Tab};
use crate::ui::{self, Panel, Pictures, dialogs};
use eframe::egui;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How a window starts.
pub struct Start {
    /// Remembered choices.
    pub prefs: Prefs,
    /// Where they are remembered; `None` = nowhere.
    pub store: Option<PathBuf>,
    /// Where models run, instead of what is remembered.
    pub device: Option<DeviceChoice>,
    /// Open this checkpoint instead of the first shipped model.
    pub file: Option<PathBuf>,
    /// Models inside the program.
    pub shipped: &'static [ShippedModel],
    /// Where trainings are recorded; `None` = the user's data folder.
    pub runs: Option<PathBuf>,
}

impl Start {
    /// With the shipped models, and nothing read from this user's files or remembered: for benches and pictures.
    pub fn clean(device: DeviceChoice, prefs: Prefs, runs: Option<PathBuf>) -> Self {
        Self { prefs, store: None, device: Some(device), file: None, shipped: crate::shipped::MODELS, runs }
    }
}

/// The window.
pub struct App {
    state: State,
    history: History,
    link: Option<Link>,
    engine: Option<Engine>,
    pictures: Pictures,
    dialogs: dialogs::Dialogs,
    trouble: Receiver<String>,
    store: Option<(PathBuf, Prefs)>,
    memory: Memory,
    stamp: u64,
    sent: Option<Wanted>,
    sent_compared: Option<Wanted>,
    strips: Vec<usize>,
    /// Frame times and latencies.
    pub pace: Pace,
    wake: Arc<crate::pace::Repaint>,
    runs: Option<PathBuf>,
    asked: travel::Asked,
    /// Draws and wants nothing: what training is compared with when the cost of watching is measured.
    blind: bool,
}

impl App {
    /// Starts the engine and opens the first model. Fails with a sentence when there are no threads to be had.
    pub fn new(cc: &eframe::CreationContext<'_>, start: Start) -> Result<Self, String> {
        ui::theme::install(&cc.egui_ctx, start.prefs.theme);
        let repaint = Arc::new(crate::pace::Repaint::new(cc.egui_ctx.clone()));
        let (report, trouble) = channel();
        let mut state = State::new(start.prefs.clone(), start.shipped.iter().collect());
        state.travel.folder = start.runs.clone().unwrap_or_else(engine::folder::runs);
        let gpu = cc.wgpu_render_state.as_ref().and_then(|rs| {
            gpu::canvas::prepare(rs);
            let ctx = cc.egui_ctx.clone();
            let shared = gpu::share(rs, move |message| {
                let _ = report.send(message);
                ctx.request_repaint();
            });
            match shared {
                Ok(g) => Some(engine::device::Gpu { device: g.device, name: g.name, hardware: g.hardware }),
                Err(message) => {
                    state.fail(Place::Engine, message);
                    None
                }
            }
        });
        let waker = repaint.clone();
        let wake: Wake = Arc::new(move |news| match news {
            News::Asked => waker.now(),
            News::Background => waker.soon(),
        });
        let choice = start.device.unwrap_or(state.prefs.device);
        let config = engine::Config { gpu, choice, shipped: start.shipped, judge: crate::shipped::judge_of };
        let (link, engine) = engine::start(config, wake)?;
        let first = match (start.file, start.shipped.first()) {
            (Some(path), _) => Some(Command::Open(path)),
            (None, Some(model)) => Some(Command::OpenShipped(model.name.into())),
            (None, None) => None,
        };
        if let Some(command) = first {
            let _ = link.commands.send(command);
        }
        Ok(Self {
            state,
            history: History::default(),
            link: Some(link),
            engine: Some(engine),
            pictures: Pictures::default(),
            dialogs: dialogs::Dialogs::default(),
            trouble,
            memory: Memory::new(start.store.as_ref().and_then(|path| Some(path.parent()?.join("models")))),
            store: start.store.map(|path| (path, start.prefs)),
            stamp: 0,
            sent: None,
            sent_compared: None,
            strips: Vec::new(),
            pace: Pace::default(),
            wake: repaint,
            runs: start.runs,
            asked: travel::Asked::default(),
            blind: false,
        })
    }

    /// What the window shows.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether the newest wanted picture is on the screen.
    pub fn settled(&self) -> bool {
        let strips = self.strips.iter().all(|i| self.pictures.strips.contains_key(i));
        let sheets =
            self.sent.as_ref().is_none_or(|s| s.sheets.iter().all(|s| self.pictures.has_sheet(s.key)));
        let compared = self.sent_compared.as_ref().is_none_or(|sent| {
            self.pictures.compared.as_ref().is_some_and(|c| (c.model, c.stamp) == (sent.model, sent.stamp))
        });
        strips
            && sheets
            && compared
            && self.pictures.main.as_ref().is_some_and(|m| m.stamp == self.stamp && !m.partial)
    }

    /// The number of the newest request; grows whenever something else is wanted on the screen.
    pub fn stamp(&self) -> u64 {
        self.stamp
    }

    /// The step whose recorded samples are held for the screen.
    pub fn moment_shown(&self) -> Option<u64> {
        self.pictures.moment.as_ref().map(|m| m.step)
    }

    /// Whether all strips on the screen were drawn after the request `stamp`.
    pub fn strips_after(&self, stamp: u64) -> bool {
        self.strips.iter().all(|i| self.pictures.strips.get(i).is_some_and(|s| s.stamp > stamp))
    }

    /// Does what a person would do with a control; tests and benches use it as well.
    pub fn act(&mut self, action: Action) {
        for mut command in apply(&mut self.state, &mut self.history, action) {
            if let Some(runs) = &self.runs {
                match &mut command {
                    Command::Train(order) => {
                        order.out = Some(engine::folder::free(runs, &order.recipe));
                    }
                    Command::Tune(order) => {
                        order.out = Some(engine::folder::free(runs, "tuned"));
                    }
                    Command::WritePoints { folder, .. } => *folder = Some(runs.join("points")),
                    Command::Continue { out, .. } | Command::Branch { out, .. } => {
                        *out = Some(engine::folder::free(runs, "more"))
                    }
                    _ => {}
                }
            }
            if let Command::Archive(ask) = command {
                self.ask(ask);
                continue;
            }
            let gone = self.link.as_ref().is_none_or(|l| l.commands.send(command).is_err());
            if gone {
                let message = "the engine has stopped; save nothing over older files, and restart zscope";
                self.state.fail(Place::Engine, message.into());
            }
        }
    }

    /// Stops drawing and wanting anything, or goes on; for the bench.
    pub fn set_blind(&mut self, blind: bool) {
        self.blind = blind;
        self.wake.mute(blind);
        if let (true, Some(link), Some(sent)) = (blind, &self.link, &self.sent) {
            link.wanted.put(Wanted {
                point: None,
                grid: None,
                tap: None,
                plane: false,
                pixels: None,
                enlarged: None,
                futures: None,
                strips: Vec::new(),
                sheets: Vec::new(),
                ..sent.clone()
            });
        }
        (self.sent, self.sent_compared) = (None, None);
    }

    fn take_in(&mut self) {
        let Some(link) = &self.link else { return };
        let before = self.state.model.as_ref().map(|m| m.id);
        let events: Vec<Event> = link.events.try_iter().collect();
        for event in events {
            let other = matches!(&event, Event::Model(info) if self.state.model.as_ref().map(|m| m.id) != Some(info.id));
            if other {
                self.put_away();
            }
            tell(&mut self.state, &mut self.history, event);
            if other {
                self.bring_back();
            }
        }
        let Some(link) = &self.link else { return };
        if self.state.model.as_ref().map(|m| m.id) != before {
            self.pictures.clear();
            self.sent_compared = None;
        }
        while let Ok(shown) = link.shown.try_recv() {
            keep(&self.state, &mut self.pictures, &mut self.pace, shown);
        }
        while let Ok(message) = self.trouble.try_recv() {
            self.state.fail(Place::Engine, message);
        }
        let arrived = crate::action::atlas::arrival(&mut self.state);
        arrived.into_iter().for_each(|action| self.act(action));
        let stepped = crate::action::tour::arrival(&mut self.state);
        stepped.into_iter().for_each(|action| self.act(action));
    }

    /// Answers of file dialogs, and what was dropped on the window.
    fn outside(&mut self, ctx: &egui::Context) {
        while let Some((ask, answer)) = self.dialogs.answer() {
            let Some(path) = answer else { continue };
            match ask {
                dialogs::Dialog::Open => self.act(Action::Open(path)),
                dialogs::Dialog::Compare => self.act(Action::Compare(Some(Source::File(path)))),
                dialogs::Dialog::Beside => self.act(Action::Families(Siding::Add(path))),
                dialogs::Dialog::Families => self.act(Action::Families(Siding::Save(path))),
                dialogs::Dialog::Save => self.act(Action::Save(path)),
                dialogs::Dialog::DataFolder => self.look_at(path),
                dialogs::Dialog::Picture => self.act(Action::Open(path)),
                dialogs::Dialog::Enlarge => self.enlarge(ctx, path),
                dialogs::Dialog::Enlarged => self.act(Action::Upscale(Upscaling::Save(path))),
                dialogs::Dialog::Well(well) => self.act(Action::Fill(well, path)),
                dialogs::Dialog::SavePicture => self.act(Action::SavePicture(path)),
                dialogs::Dialog::DirectionsIn => self.act(Action::ReadDirections(path)),
                dialogs::Dialog::TourIn => self.act(Action::Tour(Guiding::Read(path))),
                dialogs::Dialog::TourOut => self.act(Action::Tour(Guiding::Save(path))),
                dialogs::Dialog::DirectionsOut => self.act(Action::WriteDirections(path)),
                dialogs::Dialog::Runs => self.act(Action::Travel(Travelling::Folder(path))),
                dialogs::Dialog::Morph(_) => self.act(Action::Morph(Morphing::Film(path))),
                dialogs::Dialog::Clip(_) => self.act(Action::Clip(Clipping::Save(path))),
                dialogs::Dialog::Csv => self.act(Action::Travel(Travelling::Csv(path))),
                dialogs::Dialog::Film => self.act(Action::Travel(Travelling::Film(path))),
                dialogs::Dialog::MovedData => {
                    let mut spec = crate::data::spec::spec_of(&path);
                    let old = self.state.moved.as_ref().and_then(|m| m.data.parse::<Spec>().ok());
                    spec.options = old.map_or(spec.options, |old| old.options);
                    self.act(Action::ContinueOn(spec.to_string()));
                }
                dialogs::Dialog::TrainingFolder => {
                    self.act(Action::TrainingData(crate::data::spec::spec_of(&path).to_string()));
                }
            }
        }
        let dropped = ctx.input(|i| i.raw.dropped_files.clone());
        for path in dropped.into_iter().map(|f| f.path().to_path_buf()) {
            // A run's folder stands for its newest checkpoint.
            let newest = crate::engine::folder::checkpoints(&path).pop();
            if let Some(checkpoint) = newest {
                self.act(Action::Open(checkpoint));
            } else if path.is_dir() {
                self.look_at(path);
            } else {
                self.act(Action::Open(path));
                self.act(Action::Show(if matches!(self.state.tab, Tab::Data | Tab::Runs | Tab::Atlas) {
                    Tab::Explore
                } else {
                    self.state.tab
                }));
            }
        }
    }

    /// A picture was chosen to be enlarged: asks where the result goes.
    fn enlarge(&mut self, ctx: &egui::Context, picture: PathBuf) {
        let name = picture.file_stem().map_or_else(|| "picture".into(), |s| s.to_string_lossy().into_owned());
        self.act(Action::Upscale(Upscaling::File(picture)));
        let ctx = ctx.clone();
        let asked = self.dialogs.ask(dialogs::Dialog::Enlarged, &format!("{name} enlarged"), move || {
            ctx.request_repaint();
        });
        if let Err(message) = asked {
            self.act(Action::Report(Place::Model, message));
        }
    }

    fn look_at(&mut self, folder: PathBuf) {
        let spec = crate::data::spec::spec_of(&folder).to_string();
        self.act(Action::Show(Tab::Data));
        self.act(Action::DataForm(spec, self.state.data_size));
        self.act(Action::LoadData);
    }

    fn panels(&mut self, root: &mut egui::Ui) {
        let mut actions = Vec::new();
        let history = [self.history.undoable(), self.history.redoable()].map(|name| name.map(String::from));
        let Self { state, pictures, dialogs, .. } = self;
        pictures.held = state.held_shown();
        let mut p = Panel { state, pictures, actions: &mut actions, dialogs, history };
        ui::help::keys(&root.ctx().clone(), &mut p);
        let mut strips = Vec::new();
        let wide = root.available_width() >= 1150.0;
        egui::Panel::top("top").show(root, |ui| ui::top::show(ui, &mut p, wide));
        egui::Panel::bottom("status").show(root, |ui| ui::status::show(ui, &mut p));
        if p.state.progress.phase != Phase::Idle {
            egui::Panel::bottom("training").show(root, |ui| ui::train::bar(ui, &mut p));
        }
        match p.state.tab {
            Tab::Explore if wide => {
                let models = egui::Panel::left("models").default_size(240.0).size_range(200.0..=340.0);
                models.show(root, |ui| {
                    let kept = egui::Panel::bottom("bookmarks")
                        .frame(egui::Frame::new())
                        .exact_size(ui::bookmarks::HEIGHT);
                    kept.show(ui, |ui| ui::bookmarks::show(ui, &mut p));
                    egui::CentralPanel::default().frame(egui::Frame::new()).show(ui, |ui| {
                        ui::models::show(ui, &mut p);
                    });
                });
            }
            Tab::Morph | Tab::Mix => {
                let side = egui::Panel::right("side").default_size(300.0).size_range(280.0..=420.0);
                side.show(root, |ui| match p.state.tab {
                    Tab::Morph => ui::morph::side(ui, &mut p),
                    _ => ui::mix::side(ui, &mut p),
                });
            }
            Tab::Train => {
                let form = egui::Panel::left("form").default_size(300.0).size_range(270.0..=420.0);
                form.show(root, |ui| ui::train::form(ui, &mut p));
            }
            Tab::Data => ui::data::sides(root, &mut p, wide),
            Tab::Map => ui::map::side(root, &mut p),
            Tab::Runs => {
                let list = egui::Panel::left("runs").default_size(270.0).size_range(220.0..=420.0);
                list.show(root, |ui| ui::runs::list(ui, &mut p));
            }
            _ => {}
        }
        if p.state.tab == Tab::Explore || (p.state.tab == Tab::Train && wide) {
            let sliders = egui::Panel::right("sliders").default_size(350.0).size_range(310.0..=520.0);
            sliders.show(root, |ui| strips = ui::sliders::show(ui, &mut p));
        }
        egui::CentralPanel::default().show(root, |ui| match p.state.tab {
            Tab::Explore => ui::explore::show(ui, &mut p),
            Tab::Morph => ui::morph::show(ui, &mut p),
            Tab::Mix => ui::mix::show(ui, &mut p),
            Tab::Train => ui::train::page(ui, &mut p),
            Tab::Data => ui::data::show(ui, &mut p),
            Tab::Map => ui::map::show(ui, &mut p),
            Tab::Runs => ui::runs::page(ui, &mut p),
            Tab::Atlas => ui::atlas::show(ui, &mut p),
        });
        ui::network::show(&root.ctx().clone(), &mut p);
        ui::tap::window(&root.ctx().clone(), &mut p);
        ui::drawing::window(&root.ctx().clone(), &mut p);
        ui::families::window(&root.ctx().clone(), &mut p);
        ui::help::show(&root.ctx().clone(), &mut p);
        ui::tour::show(&root.ctx().clone(), &mut p);
        ui::atlas::note(&root.ctx().clone(), &mut p);
        ui::latent::ghost(root, &mut p);
        self.strips = strips;
        actions.into_iter().for_each(|a| self.act(a));
        hovering(root.ctx());
    }

    /// Gives the picture of this frame's movement the time that it usually needs (a few milliseconds, or none when it
    /// needs more), so that it is in this frame and not in the next.
    fn catch(&mut self) {
        let Some(link) = &self.link else { return };
        let began = Instant::now();
        let patience = self.pace.patience();
        while self.pictures.main.as_ref().is_none_or(|m| m.stamp != self.stamp) {
            let left = patience.saturating_sub(began.elapsed());
            let Ok(shown) = link.shown.recv_timeout(left) else { break };
            keep(&self.state, &mut self.pictures, &mut self.pace, shown);
        }
        self.pace.waited(began.elapsed());
    }

    /// Tells the engine what is wanted now, if that has changed. True when a hand moved z.
    fn want(&mut self, asked: Instant) -> bool {
        let live = self.state.model.as_ref().is_some_and(|m| m.source == Source::Training);
        let plane = std::mem::take(&mut self.pictures.plane);
        self.wake.moving(plane && live && self.state.progress.phase == Phase::Running);
        let (Some(link), Some(model)) = (&self.link, &self.state.model) else { return false };
        let picture = !matches!(self.state.tab, Tab::Data | Tab::Runs | Tab::Atlas);
        let wanted = Wanted {
            model: model.id,
            stamp: 0,
            point: picture.then(|| self.state.shown()),
            grid: self.state.grid(),
            tap: self.pictures.tap.take(),
            plane,
            pixels: self.pictures.pixels.take(),
            enlarged: self.pictures.enlarged.take(),
            futures: self.pictures.futures.take(),
            sheets: self.pictures.wishes(),
            plus: self.state.lost().filter(|_| !matches!(self.state.tab, Tab::Morph | Tab::Mix)),
            strips: self.strips.clone(),
            asked,
        };
        if !is_new(self.sent.as_ref(), &wanted) {
            return false;
        }
        self.stamp += 1;
        let moved = self.sent.as_ref().is_some_and(|s| s.point != wanted.point && s.model == wanted.model);
        if moved && picture {
            self.pace.asked(self.stamp, asked);
        }
        let wanted = Wanted { stamp: self.stamp, ..wanted };
        link.wanted.put(wanted.clone());
        self.sent = Some(wanted);
        moved && picture
    }

    /// Tells the engine which latent the compared model shall draw: the one that is on the screen.
    fn want_compared(&mut self, asked: Instant) {
        let (Some(link), Some(model)) = (&self.link, &self.state.compared) else {
            (self.sent_compared, self.pictures.compared) = (None, None);
            return;
        };
        let seen =
            matches!(self.state.tab, Tab::Explore | Tab::Train) && model.latent_dims == self.state.dims();
        let wanted = Wanted {
            model: model.id,
            stamp: self.stamp,
            point: Some(self.state.shown()),
            grid: None,
            tap: None,
            plane: false,
            pixels: None,
            enlarged: None,
            futures: None,
            sheets: Vec::new(),
            plus: None,
            strips: Vec::new(),
            asked,
        };
        if seen && is_new(self.sent_compared.as_ref(), &wanted) {
            link.compared.put(wanted.clone());
            self.sent_compared = Some(wanted);
        }
    }

    /// Keeps what a person leaves with the model that is open.
    fn put_away(&mut self) {
        let Some(model) = &self.state.model else { return };
        let now = Kept { latent: self.state.latent.clone(), bench: self.state.bench.clone() };
        if let Err(message) = self.memory.put(&model.fingerprint, &now, &self.history) {
            self.state.notice = Some(message);
        }
    }

    /// Brings back what was left with the model that was just opened, but for a point that was carried to it.
    fn bring_back(&mut self) {
        self.history = History::default();
        let Some(model) = &self.state.model else { return };
        let left = match self.memory.take(&model.fingerprint) {
            Ok(left) => left.and_then(|left| left.fitting(&model.inputs)),
            Err(message) => {
                self.state.notice = Some(message);
                None
            }
        };
        let Some(Remembered { now, history }) = left else { return };
        if !self.state.carried {
            self.state.latent = now.latent;
        }
        (self.state.bench, self.history) = (now.bench, history);
    }

    fn remember(&mut self, now: bool) {
        let due = now || self.store.is_some() && self.pace.every(Duration::from_secs(2));
        if due {
            self.put_away();
        }
        if let Some((path, written)) = &mut self.store
            && *written != self.state.prefs
            && due
        {
            *written = self.state.prefs.clone();
            if let Err(message) = prefs::write(path, written) {
                self.state.notice = Some(message);
                self.store = None;
            }
        }
    }
}

impl eframe::App for App {
    fn ui(&mut self, root: &mut egui::Ui, frame: &mut eframe::Frame) {
        let began = Instant::now();
        self.pace.begin(began, frame.info().cpu_usage);
        self.wake.cost(self.pace.frame_cost());
        ui::theme::install(root.ctx(), self.state.prefs.theme);
        self.take_in();
        self.outside(root.ctx());
        if self.blind {
            return;
        }
        self.travel(root.ctx());
        self.state.meters = self.pace.meters();
        self.panels(root);
        let asked = self.pace.input_time(began);
        let moved = self.want(asked);
        self.want_compared(asked);
        if moved {
            self.catch();
        }
        self.pictures.paint_main();
        self.remember(false);
    }

    fn raw_input_hook(&mut self, _ctx: &egui::Context, raw: &mut egui::RawInput) {
        self.pace.input(raw);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.remember(true);
        // The engine saves a training when the link is gone.
        self.link = None;
        if let Some(engine) = self.engine.take() {
            engine.join();
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.link = None;
        if let Some(engine) = self.engine.take() {
            engine.join();
        }
    }
}

/// Whether something else is wanted than before.
fn is_new(before: Option<&Wanted>, wanted: &Wanted) -> bool {
    let like = |old: &Wanted| Wanted { stamp: wanted.stamp, asked: wanted.asked, ..old.clone() } == *wanted;
    !before.is_some_and(like)
}

/// Keeps a finished picture of a model that is on the screen.
fn keep(state: &State, pictures: &mut Pictures, pace: &mut Pace, shown: Shown) {
    if state.compared.as_ref().is_some_and(|m| m.id == shown.model) {
        pictures.compared = Some(shown);
        return;
    }
    if state.model.as_ref().is_none_or(|m| m.id != shown.model) {
        return;
    }
    if shown.what == What::Main && !shown.partial {
        pace.arrived(shown.stamp, shown.decode_ms);
    }
    pictures.keep(shown);
}

/// While a file hangs over the window: what a drop would do.
fn hovering(ctx: &egui::Context) {
    if ctx.input(|i| i.raw.hovered_files.is_empty()) {
        return;
    }
    let painter = ctx.layer_painter(egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, egui::Color32::from_black_alpha(170));
    let text = "Drop a checkpoint to open it, or a folder to see its pictures";
    painter.text(
        rect.center(),
        egui::Align2::CENTER_CENTER,
        text,
        egui::FontId::proportional(22.0),
        egui::Color32::WHITE,
    );
}
