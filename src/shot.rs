//! The real window drawn off-screen: for the README's pictures, for bug reports, and for the tests.
//!
//! Must not know: how panels are drawn.

use crate::action::{
    Action, atlas::Atlasing, bench::Benching, browse::Browsing, drawing::Drawing, families::Siding,
    inside::Looking, map::Mapping, morph::Morphing, travel::Travelling,
};
use crate::app::{App, Start};
use crate::data::summary::Keep;
use crate::data::{Job, Spec, Want};
use crate::engine::message::{DeviceChoice, Phase, Place, Source};
use crate::engine::tool::ToolOrder;
use crate::gpu;
use crate::state::inside::{Charts, Spread};
use crate::state::map::{By, View};
use crate::state::{Prefs, Tab, Theme, Until};
use crate::tools::arithmetic::Formula;
use crate::tools::memory::Likeness;
use crate::zoo::{self, Recipe};
use eframe::egui;
use eframe::egui_wgpu::{WgpuSetup, WgpuSetupCreateNew};
use egui_kittest::Harness;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// Pages and tools that can be shown.
const SCENES: [&str; 24] = [
    "atlas",
    "exhibit",
    "explore",
    "edit",
    "layers",
    "morph",
    "mix",
    "plane",
    "strips",
    "map",
    "train",
    "gan",
    "laboratory",
    "points",
    "enlarged",
    "families",
    "runs",
    "inside",
    "histograms",
    "data",
    "draw",
    "network",
    "error",
    "keys",
];

/// Everything that can be shown: pages and tools, and each system of the registry after some steps.
pub fn scenes() -> Vec<&'static str> {
    SCENES.into_iter().chain(zoo::registry().iter().map(|e| e.recipe.name)).collect()
}

/// The window, or why it could not start.
pub struct Stage(Result<App, String>);

impl Stage {
    /// The window.
    pub fn app(&mut self) -> Result<&mut App, String> {
        self.0.as_mut().map_err(|e| e.clone())
    }
}

impl eframe::App for Stage {
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        if let Ok(app) = &mut self.0 {
            app.ui(ui, frame);
        }
    }

    fn raw_input_hook(&mut self, ctx: &egui::Context, raw: &mut egui::RawInput) {
        if let Ok(app) = &mut self.0 {
            app.raw_input_hook(ctx, raw);
        }
    }
}

/// A window of `size` pixels that nobody sees. `runs`: where its trainings are recorded.
pub fn stage(size: [f32; 2], light: bool, runs: &Path) -> Result<Harness<'static, Stage>, String> {
    if !gpu::any_adapter() {
        return Err("nothing can be drawn here: wgpu finds no adapter, not even a software one; install mesa-vulkan-drivers".into());
    }
    let prefs = Prefs { theme: if light { Theme::Light } else { Theme::Dark }, ..Prefs::default() };
    let start = Start::clean(DeviceChoice::Auto, prefs, Some(runs.into()));
    let setup = gpu::window_setup(WgpuSetupCreateNew::without_display_handle());
    let harness = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(1.0)
        .with_max_steps(1)
        .with_theme(if light { egui::Theme::Light } else { egui::Theme::Dark })
        .allow_missing_glyphs()
        .wgpu_setup(WgpuSetup::CreateNew(setup))
        .build_eframe(|cc| Stage(App::new(cc, start)));
    Ok(harness)
}

/// Draws frames until `done`, or fails with `what` after a minute.
pub fn until(
    harness: &mut Harness<'static, Stage>,
    what: &str,
    done: impl Fn(&App) -> bool,
) -> Result<(), String> {
    let began = Instant::now();
    loop {
        harness.step();
        if done(harness.state_mut().app()?) {
            return Ok(());
        }
        if began.elapsed() > Duration::from_secs(60) {
            return Err(format!("{what} did not happen within a minute"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Draws a scene and writes it as PNG.
pub fn shoot(scene: &str, size: [f32; 2], light: bool, out: &Path) -> Result<(), String> {
    let runs = tempfile::tempdir().map_err(|e| format!("no temporary folder can be made: {e}"))?;
    let mut h = stage(size, light, runs.path())?;
    until(&mut h, "opening the first model", |a| a.settled() && a.state().ranking.is_some())?;
    let before = h.state_mut().app()?.stamp();
    match scene {
        "explore" => {
            // As after a drag on the picture.
            let app = h.state_mut().app()?;
            if let Some((right, up)) = app.state().axes() {
                let z = app.state().latent.z.clone();
                app.act(Action::SetPair([(right, z[right] - 1.2), (up, z[up] + 0.6)]));
            }
        }
        "edit" => edit(&mut h, runs.path())?,
        "layers" => layers(&mut h)?,
        "morph" => morph(&mut h)?,
        "mix" => mix(&mut h)?,
        "plane" | "strips" | "map" => map(&mut h, scene)?,
        "train" => train(&mut h)?,
        "gan" => gan(&mut h)?,
        "laboratory" => laboratory(&mut h)?,
        "points" => points(h.state_mut().app()?),
        "enlarged" => enlarged(&mut h)?,
        "families" => families(&mut h)?,
        "histograms" => histograms(&mut h)?,
        "runs" | "inside" => runs_page(&mut h, scene == "inside")?,
        "data" | "draw" => data(&mut h, scene == "draw")?,
        "error" => {
            h.state_mut().app()?.act(Action::Open(PathBuf::from("no-such-model.safetensors")));
            until(&mut h, "the error", |a| !a.state().failures.is_empty())?;
        }
        "network" => network(&mut h, runs.path())?,
        "atlas" => h.state_mut().app()?.act(Action::Show(Tab::Atlas)),
        "exhibit" => {
            let app = h.state_mut().app()?;
            app.act(Action::Show(Tab::Atlas));
            app.act(Action::Atlas(Atlasing::Page(Some("fc-vae".into()))));
        }
        "keys" => h.state_mut().app()?.act(Action::Help(true)),
        name => match zoo::registry().iter().find(|e| e.recipe.name == name) {
            Some(entry) => system(&mut h, entry.recipe)?,
            None => return Err(format!("there is no scene \"{scene}\"; there are {}", scenes().join(", "))),
        },
    }
    // A few frames more, so that layouts that depend on the frame before have settled.
    for _ in 0..4 {
        h.step();
    }
    if scene == "explore" {
        until(&mut h, "drawing the strips", |a| a.settled() && a.strips_after(before))?;
        h.step();
    }
    let picture = h.render()?;
    picture.save(out).map_err(|e| format!("{} can't be written: {e}", out.display()))
}

/// A drawn face that was brought to be edited: wiped half-way between before and after, with glasses put on.
fn edit(h: &mut Harness<'static, Stage>, folder: &Path) -> Result<(), String> {
    let want = Want::square(64, Some(3));
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let faces =
        "faces:8".parse::<Spec>().and_then(|s| s.load(want, &job)).map_err(|e| e.to_string())?.train.pictures;
    let face = faces.get(5).unwrap_or_default().to_vec();
    let face = image::RgbImage::from_raw(64, 64, face).ok_or("the face has another size")?;
    let file = folder.join("face.png");
    face.save(&file).map_err(|e| format!("{} can't be written: {e}", file.display()))?;
    h.state_mut().app()?.act(Action::Open(file));
    until(h, "encoding the face", |a| a.state().embedded.is_some())?;
    let app = h.state_mut().app()?;
    for name in ["Eyeglasses", "Smiling"] {
        let found = app.state().bench.directions.iter().position(|d| d.name == name);
        if let Some((i, d)) = found.map(|i| (i, app.state().bench.directions[i].strength)) {
            app.act(Action::Nudge(i, d));
        }
    }
    app.act(Action::Wipe(0.5));
    until(h, "the edited face", App::settled)
}

/// A foreign file with its network: a shipped model's weights as a stranger would have saved them.
fn network(h: &mut Harness<'static, Stage>, folder: &Path) -> Result<(), String> {
    let bytes = crate::shipped::find("digits-gan").ok_or("no digits-gan is shipped")?;
    let checkpoint = crate::weights::Checkpoint::from_bytes(bytes)?;
    let path = folder.join("netG_epoch_99.safetensors");
    crate::weights::whole::write(&path, &crate::weights::write::bare(&checkpoint)?)?;
    h.state_mut().app()?.act(Action::Open(path));
    until(h, "opening a foreign file", |a| {
        a.settled() && a.state().network && a.state().ranking.is_some() || !a.state().failures.is_empty()
    })
}

/// Four keyframes, somewhere between two of them.
fn morph(h: &mut Harness<'static, Stage>) -> Result<(), String> {
    let app = h.state_mut().app()?;
    app.act(Action::Show(Tab::Morph));
    app.act(Action::Morph(Morphing::Random(4)));
    app.act(Action::Morph(Morphing::At(0.45)));
    h.step();
    until(h, "drawing the filmstrip", App::settled)
}

/// The second preset, on samples whose labels are known.
fn mix(h: &mut Harness<'static, Stage>) -> Result<(), String> {
    let app = h.state_mut().app()?;
    app.act(Action::Show(Tab::Mix));
    let data = app.state().model.as_ref().map(|m| m.data.clone()).unwrap_or_default();
    app.act(Action::Tool(ToolOrder::Label { data, count: 600 }));
    until(h, "labelling samples", |a| a.state().labelled.is_some())?;
    let glasses = "Eyeglasses,-Male".parse::<Formula>()?;
    h.state_mut().app()?.act(Action::Bench(Benching::Preset(glasses, 4)));
    h.step();
    until(h, "drawing the figure", App::settled)
}

/// The data page with a filter and a selected picture; `draw`: with one drawn by hand.
fn data(h: &mut Harness<'static, Stage>, draw: bool) -> Result<(), String> {
    let app = h.state_mut().app()?;
    app.act(Action::Show(Tab::Data));
    app.act(Action::DataForm("faces:4000".into(), 64));
    app.act(Action::LoadData);
    until(h, "reading the data", |a| a.state().data.is_some())?;
    let app = h.state_mut().app()?;
    let place = |app: &App, name: &str| {
        let view = app.state().data.as_ref();
        view.and_then(|v| v.train.attributes.iter().position(|a| a.name == name)).unwrap_or_default()
    };
    for (name, keep) in
        [("Smiling", Keep::Has), ("Male", Keep::HasNot), ("hair length", Keep::bars(10, 23, 0.0, 1.0))]
    {
        let at = place(app, name);
        app.act(Action::Browse(Browsing::Keep(at, Some(keep))));
    }
    let picture = app.state().browse.at(18);
    app.act(Action::Browse(Browsing::Select(Some(picture))));
    if draw {
        app.act(Action::Browse(Browsing::Draw(true)));
        let factors = app.state().browse.drawn.as_ref().map_or(&[][..], |d| d.now.factors());
        for (name, value) in [("glasses", 1.0), ("hat", 1.0), ("smile", 1.0), ("yaw", 16.0)] {
            let at = factors.iter().position(|k| k.name == name).unwrap_or_default();
            app.act(Action::Browse(Browsing::Turn(at, value)));
        }
    }
    Ok(())
}

fn train(h: &mut Harness<'static, Stage>) -> Result<(), String> {
    let app = h.state_mut().app()?;
    app.act(Action::Show(Tab::Train));
    app.act(Action::Recipe("fc-vae".into()));
    app.act(Action::TrainingData("digits:10000".into()));
    app.act(Action::Until(Until::Epochs(20.0)));
    app.act(Action::Train);
    until(h, "training", |a| a.state().progress.epoch >= 8.0 || a.state().progress.phase == Phase::Finished)
}

/// A system in its small configuration after some steps, stopped, with its handles; one that draws nothing with its curves.
pub fn system(h: &mut Harness<'static, Stage>, recipe: &Recipe) -> Result<(), String> {
    let app = h.state_mut().app()?;
    app.act(Action::Show(Tab::Train));
    app.act(Action::Recipe(recipe.name.into()));
    app.act(Action::TrainingData(format!("{}:200", recipe.data)));
    for (name, value) in recipe.tiny {
        app.act(Action::Set((*name).into(), *value));
    }
    app.act(Action::Train);
    until(h, "the first steps", |a| {
        a.state().progress.step >= 12 && a.state().progress.phase == Phase::Running
    })?;
    h.state_mut().app()?.act(Action::Stop);
    until(h, "stopping", |a| a.state().progress.phase == Phase::Finished)?;
    if !recipe.names_labels() {
        h.state_mut().app()?.act(Action::Show(Tab::Explore));
        until(h, "drawing it", |a| {
            let trained = |m: &crate::engine::message::ModelInfo| m.source == Source::Training;
            a.state().model.as_ref().is_some_and(trained) && a.settled()
        })?;
    }
    Ok(())
}

/// A GAN held after steps of one half alone, and a change of setting on the way.
fn gan(h: &mut Harness<'static, Stage>) -> Result<(), String> {
    let app = h.state_mut().app()?;
    app.act(Action::Show(Tab::Train));
    app.act(Action::Recipe("dcgan".into()));
    app.act(Action::TrainingData("digits:2000".into()));
    for (name, value) in [("width", 16.0), ("penalty", 1.0), ("learning_rate_g", 1e-3), ("ema", 0.98)] {
        app.act(Action::Set(name.into(), value));
    }
    app.act(Action::Train);
    until(h, "the first steps", |a| a.state().progress.step >= 300)?;
    h.state_mut().app()?.act(Action::Set("learning_rate_d".into(), 1e-4));
    until(h, "more steps", |a| a.state().progress.step >= 400)?;
    h.state_mut().app()?.act(Action::Pause);
    until(h, "pausing", |a| a.state().progress.phase == Phase::Paused)?;
    let step = h.state_mut().app()?.state().progress.step;
    h.state_mut().app()?.act(Action::StepOnly(crate::zoo::common::D_ONLY));
    until(h, "a step of D", |a| a.state().progress.step > step && a.state().progress.phase == Phase::Paused)?;
    h.state_mut().app()?.act(Action::Judging(true));
    until(h, "its record", |a| a.state().followed().is_some_and(|v| v.changes.len() >= 2))?;
    until(h, "what D says of that step", |a| {
        a.state().judged.as_ref().is_some_and(|j| j.step == a.state().progress.step)
    })
}

/// A GAN of points on its way to the ring.
fn laboratory(h: &mut Harness<'static, Stage>) -> Result<(), String> {
    let app = h.state_mut().app()?;
    app.act(Action::Show(Tab::Train));
    app.act(Action::Recipe("lab".into()));
    app.act(Action::TrainingData("2d-ring".into()));
    app.act(Action::Train);
    until(h, "the first thousands of steps", |a| a.state().progress.step >= 6000)?;
    h.state_mut().app()?.act(Action::Pause);
    until(h, "pausing", |a| a.state().progress.phase == Phase::Paused)?;
    until(h, "the plane of now", |a| {
        a.state().plane_seen().is_some_and(|seen| seen.step == a.state().progress.step)
    })
}

/// A set of points as a hand draws it.
fn points(app: &mut App) {
    app.act(Action::Show(Tab::Train));
    app.act(Action::Recipe("lab".into()));
    app.act(Action::Draw(Drawing::Open(true)));
    for side in [1.0, -1.0] {
        for i in 0..=60u8 {
            let angle = f32::from(i) / 10.0;
            let r = 0.25 * angle;
            app.act(Action::Draw(Drawing::Paint([side * r * angle.cos(), side * r * angle.sin()])));
        }
        app.act(Action::Draw(Drawing::Release));
    }
}

/// A small picture of the data enlarged by a model of few steps, beside the true one.
fn enlarged(h: &mut Harness<'static, Stage>) -> Result<(), String> {
    system(h, zoo::recipe("srgan").ok_or("there is no recipe srgan")?)?;
    let app = h.state_mut().app()?;
    let data = app.state().model.as_ref().map(|m| m.data.clone()).unwrap_or_default();
    app.act(Action::Tool(ToolOrder::Example { data, index: 3, only: None }));
    until(h, "the example beside the truth", |a| {
        a.settled() && a.state().enlarged_seen().is_some_and(|seen| seen.look.likeness.is_some())
    })?;
    // As under a pointer.
    h.hover_at(egui::pos2(520.0, 180.0));
    Ok(())
}

/// A VAE and a GAN of digits side by side.
fn families(h: &mut Harness<'static, Stage>) -> Result<(), String> {
    let app = h.state_mut().app()?;
    app.act(Action::OpenShipped("digits-vae".into()));
    until(h, "opening the model", |a| a.state().model.as_ref().is_some_and(|m| m.name == "digits-vae"))?;
    let app = h.state_mut().app()?;
    app.act(Action::Families(Siding::Open(true)));
    app.act(Action::Families(Siding::Choose(Source::Shipped("digits-gan".into()), true)));
    app.act(Action::Families(Siding::Data("digits:2000".into())));
    app.act(Action::Families(Siding::Samples(400)));
    app.act(Action::Families(Siding::Pictures(50)));
    app.act(Action::Families(Siding::Start));
    until(h, "comparing them", |a| {
        a.state().families.found.is_some() || a.state().failure(Place::Families).is_some()
    })
}

/// What a layer gives for the latent that the model opens with.
fn layers(h: &mut Harness<'static, Stage>) -> Result<(), String> {
    let app = h.state_mut().app()?;
    app.act(Action::Inside(Looking::Layer(2)));
    app.act(Action::Inside(Looking::Window(true)));
    until(h, "what the layer gives", |a| a.state().tapped().is_some())
}

/// How the gradients of a small GAN spread through its first steps.
fn histograms(h: &mut Harness<'static, Stage>) -> Result<(), String> {
    let app = h.state_mut().app()?;
    app.act(Action::Show(Tab::Train));
    app.act(Action::Recipe("dcgan".into()));
    app.act(Action::TrainingData("digits:2000".into()));
    app.act(Action::Set("width".into(), 8.0));
    app.act(Action::Inside(Looking::Charts(Charts::Histograms)));
    app.act(Action::Inside(Looking::Spread(Spread::Gradients)));
    app.act(Action::Train);
    until(h, "some steps", |a| a.state().progress.step >= 200)?;
    h.state_mut().app()?.act(Action::Pause);
    until(h, "pausing", |a| a.state().progress.phase == Phase::Paused)?;
    let there = |a: &App| a.state().followed().is_some_and(|v| v.spreads[1].rows.len() > 10);
    until(h, "their histograms", there)
}

/// Two runs, one of them branched and changed, at a moment of the past.
fn runs_page(h: &mut Harness<'static, Stage>, inside: bool) -> Result<(), String> {
    for seed in [1, 2] {
        let app = h.state_mut().app()?;
        app.act(Action::Show(Tab::Train));
        app.act(Action::Recipe("fc-vae".into()));
        app.act(Action::TrainingData("digits:2000".into()));
        app.act(Action::Seed(seed));
        app.act(Action::Train);
        until(h, "training", |a| {
            a.state().progress.phase == Phase::Running && a.state().progress.step >= 120
        })?;
        if seed == 2 {
            h.state_mut().app()?.act(Action::Set("beta".into(), 4.0));
        }
        until(h, "training on", |a| a.state().progress.step >= 300)?;
        h.state_mut().app()?.act(Action::Stop);
        until(h, "stopping", |a| a.state().progress.phase == Phase::Finished)?;
    }
    h.state_mut().app()?.act(Action::Show(Tab::Runs));
    until(h, "the list", |a| a.state().travel.list.as_ref().is_some_and(|l| l.len() == 2))?;
    let app = h.state_mut().app()?;
    let other =
        app.state().travel.list.iter().flatten().find(|r| Some(&r.path) != app.state().travel.open.as_ref());
    if let Some(other) = other.map(|r| r.path.clone()) {
        app.act(Action::Travel(Travelling::Compare(other, true)));
    }
    until(h, "both runs' curves", |a| {
        a.state().travel.curves.values().filter(|c| !c.is_empty()).count() == 2
    })?;
    h.state_mut().app()?.act(Action::Travel(Travelling::Cursor(Some(60))));
    let charts = if inside { Charts::Norms } else { Charts::Losses };
    h.state_mut().app()?.act(Action::Inside(Looking::Charts(charts)));
    until(h, "the samples", |a| a.moment_shown().is_some_and(|s| s <= 60))
}

/// The map: a plane of a model with two dimensions, the strips of all dimensions, or data as points.
fn map(h: &mut Harness<'static, Stage>, scene: &str) -> Result<(), String> {
    let app = h.state_mut().app()?;
    if scene != "strips" {
        let name = if scene == "plane" { "digits-vae-2d" } else { "digits-vae" };
        app.act(Action::OpenShipped(name.into()));
        let opened = |a: &App| a.state().model.as_ref().is_some_and(|m| m.name == name);
        until(h, "opening the model", |a| opened(a) && a.state().ranking.is_some())?;
    }
    let app = h.state_mut().app()?;
    app.act(Action::Show(Tab::Map));
    let view = match scene {
        "plane" => View::Plane,
        "strips" => View::Strips,
        _ => View::Points,
    };
    app.act(Action::Map(Mapping::View(view)));
    if scene == "map" {
        let order = ToolOrder::Points { data: Some("digits:3000".into()), count: 3000 };
        app.act(Action::Tool(order));
        until(h, "the points", |a| a.state().map.cloud.points.is_some())?;
        let app = h.state_mut().app()?;
        let points = app.state().map.cloud.points.clone().unwrap_or_default();
        app.act(Action::Tool(ToolOrder::Tsne(points.clone())));
        until(h, "t-SNE", |a| a.state().map.cloud.by == By::Tsne)?;
        let app = h.state_mut().app()?;
        app.act(Action::Map(Mapping::Choose(Some(700))));
        app.act(Action::Go(points.z(700).into()));
        let (z, data, by) = (points.z(700).into(), String::new(), Likeness::Features);
        app.act(Action::Tool(ToolOrder::Nearest { z, of: points, data, by }));
        until(h, "like pictures", |a| a.state().map.cloud.nearest.is_some())?;
    }
    // Sheets are asked for by the frame that shows them.
    h.step();
    h.step();
    until(h, "drawing the map", App::settled)
}
