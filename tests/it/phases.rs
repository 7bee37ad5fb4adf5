//! Phases in one run: a system that first learns an autoencoder, and then, beside the frozen one, a prior by class with
//! parameters of its own, other data and another loss.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::runs::{same, weights};
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use zscope::data::{Job, Spec};
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{self, Notice, Session};
use zscope::engine::table::Table;
use zscope::engine::{device, folder, statistics};
use zscope::nn::{Init, Noise, Watch, init};
use zscope::point::Input;
use zscope::zoo::train::{Learns, Part};
use zscope::zoo::{
    Batch, Does, Entry, Facts, Fed, Given, Loss, Model, PartInfo, Phase, Recipe, Role, Scale, Setting,
    Settings, Shape, System,
};

const Z: usize = 4;
/// Steps before the second phase, as the setting's default.
const CHANGE: u64 = 5;

const fn number(name: &'static str, default: f64, max: f64, scale: Scale, live: bool) -> Setting {
    Setting { name, title: name, help: "A setting of a test.", default, min: 0.0, max, scale, live }
}

const fn loss(name: &'static str, role: Role) -> Loss {
    Loss { name, title: name, unit: "squares", help: "A loss of a test.", role, axis: name, even: None }
}

static RECIPE: Recipe = Recipe {
    name: "two-phases",
    title: "Two phases",
    summary: "An autoencoder, and then a prior.",
    paper: "",
    parts: &[
        PartInfo { name: "autoencoder", title: "A", does: Does::Both, turn: None },
        PartInfo { name: "prior", title: "P", does: Does::Average, turn: None },
    ],
    needs: &[],
    phases: &[
        Phase { name: "autoencoder", begins: None, losses: &["reconstruction"], settings: &[] },
        Phase { name: "prior", begins: Some("prior_from"), losses: &["prior"], settings: &["prior_from"] },
    ],
    tiny: &[],
    settings: &[
        number("batch", 8.0, 64.0, Scale::Integer, true),
        number("prior_from", CHANGE as f64, 1e6, Scale::Integer, false),
    ],
    losses: &[loss("reconstruction", Role::Reconstruction), loss("prior", Role::Term)],
    data: "digits",
};

static ENTRY: Entry = Entry { recipe: &RECIPE, build };

thread_local! {
    /// Makes the next loss of the second phase no number. Tests step on threads of their own.
    static BREAK: Cell<bool> = const { Cell::new(false) };
}

#[derive(Module, Debug)]
struct Autoencoder {
    encoder: Linear,
    decoder: Linear,
}

#[derive(Clone)]
struct TwoPhases {
    autoencoder: Part<Autoencoder>,
    /// There from the second phase on.
    prior: Option<Part<Linear>>,
    shape: Shape,
    device: Device,
}

fn build(facts: &Facts, _: &Settings, seed: u64, device: &Device) -> Result<Box<dyn System>, String> {
    let (shape, device) = (facts.shape, device.clone().autodiff());
    let net = Autoencoder {
        encoder: LinearConfig::new(shape.pixels(), Z).init(&device),
        decoder: LinearConfig::new(Z, shape.pixels()).init(&device),
    };
    let net = init::initialise(net, "autoencoder", seed, Init::Torch);
    Ok(Box::new(TwoPhases {
        autoencoder: Part::new("autoencoder", net, 0.9, 0.999),
        prior: None,
        shape,
        device,
    }))
}

impl System for TwoPhases {
    fn enter(&mut self, phase: usize, _: &Settings, seed: u64) {
        assert!(phase == 1 && self.prior.is_none());
        let net = LinearConfig::new(self.shape.classes, Z).init(&self.device);
        self.prior = Some(Part::new("prior", init::initialise(net, "prior", seed, Init::Torch), 0.9, 0.999));
    }

    fn step(&mut self, _: u64, batch: &Batch, noise: &mut Noise, _: &Settings) -> Tensor<1> {
        let x = batch.x.clone().flatten::<2>(1, 3); // [n, pixels]
        let net = &self.autoencoder.module;
        let z = net.encoder.forward(x.clone()); // [n, Z]
        let Some(prior) = &mut self.prior else {
            let drawn = activation::sigmoid(net.decoder.forward(z)); // [n, pixels]
            let loss = (drawn - x).powf_scalar(2.0).mean(); // [1]
            let told = loss.clone().detach().inner();
            self.autoencoder.descend(loss, 1e-2);
            return told;
        };
        if BREAK.replace(false) {
            return Tensor::from_floats([f32::NAN], &self.device.clone().inner());
        }
        // The classes' column is used in this phase alone.
        let classes = batch.classes.clone().unwrap().one_hot::<2>(self.shape.classes).float(); // [n, classes]
        let jitter = noise.normal(z.dims(), &z.device()) * 0.1; // [n, Z]
        let loss = (prior.module.forward(classes) - z.detach() - jitter).powf_scalar(2.0).mean(); // [1]
        let told = loss.clone().detach().inner();
        prior.descend(loss, 1e-2);
        told
    }

    fn model(&self) -> Box<dyn Model> {
        let prior = self.prior.as_ref().map(|p| p.module.valid());
        Box::new(Trained { net: self.autoencoder.module.valid(), prior, shape: self.shape })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        let prior = self.prior.iter().map(|p| p as &dyn Learns);
        std::iter::once(&self.autoencoder as &dyn Learns).chain(prior).collect()
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        let prior = self.prior.iter_mut().map(|p| p as &mut dyn Learns);
        std::iter::once(&mut self.autoencoder as &mut dyn Learns).chain(prior).collect()
    }
}

struct Trained {
    net: Autoencoder,
    prior: Option<Linear>,
    shape: Shape,
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::z(Z)]
    }

    fn forward(&self, given: &Given, _: &mut Watch<'_>) -> Option<Tensor<4>> {
        let Some(Fed::Latent(z)) = given.0.first().cloned() else { return None };
        let Shape { width, height, channels, .. } = self.shape;
        let n = z.dims()[0];
        let drawn = activation::sigmoid(self.net.decoder.forward(z)); // [n, pixels]
        Some(drawn.reshape([n, channels, height, width])) // [n, c, h, w]
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        self.prior.as_ref().map(|p| p.weight.val())
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Self { net: self.net.clone(), prior: self.prior.clone(), shape: self.shape })
    }
}

/// A recorded run in `out`; with `resume` it goes on from its newest checkpoint.
fn run(out: &Path, resume: bool) -> Session {
    let bare = TrainOrder {
        recipe: RECIPE.name.into(),
        data: "digits:64".into(),
        seed: 3,
        out: Some(out.into()),
        ..TrainOrder::default()
    };
    let (order, from) = match resume {
        true => {
            let (recorded, checkpoint) = session::resume(out).unwrap();
            (TrainOrder { resume: true, ..recorded }, Some(checkpoint.unwrap()))
        }
        false => (bare, None),
    };
    let spec: Spec = order.data.parse().unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = spec.load(zscope::data::Want::square(28, Some(1)), &job).unwrap();
    Session::of(&ENTRY, order, Arc::new(data), &device::cpu().device, from, true).unwrap()
}

fn steps(session: &mut Session, count: u64) {
    (0..count).for_each(|_| session.advance());
    session.metrics();
}

/// Saved before, at and after the change of phases, a run goes on bit for bit as one that was never interrupted.
#[test]
fn a_run_is_resumed_exactly_across_a_change_of_phases() {
    let dir = tempfile::tempdir().unwrap();
    let end = 2 * CHANGE;
    let mut whole = run(&dir.path().join("whole"), false);
    assert_eq!(whole.phase(), "autoencoder");
    steps(&mut whole, end);
    assert_eq!(whole.phase(), "prior");
    whole.save().unwrap();
    for cut in [CHANGE - 2, CHANGE, CHANGE + 1] {
        let out = dir.path().join(format!("cut-{cut}"));
        let mut first = run(&out, false);
        steps(&mut first, cut);
        let saved = session::resume({
            first.save().unwrap();
            &out
        });
        let card = saved.unwrap().1.unwrap().card;
        // The step after the one that is saved enters the phase, not the saving.
        assert_eq!(card.phase, usize::from(cut > CHANGE), "saved after {cut} steps");
        first.close();
        let mut again = run(&out, true);
        steps(&mut again, end - cut);
        again.save().unwrap();
        same(&weights(&again), &weights(&whole));
        let optimisers = |s: &Session| -> Vec<(String, TensorData)> {
            let all = s.checkpoint().unwrap().tensors.into_iter();
            all.filter(|(name, _)| name.starts_with("optimizer")).collect()
        };
        let names = |s: &Session| optimisers(s).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(&again), ["optimizer.autoencoder.adam", "optimizer.prior.adam"]);
        let text = |run: &Path| std::fs::read_to_string(run.join("metrics.csv")).unwrap();
        assert_eq!(text(&out), text(&dir.path().join("whole")), "the losses differ after a cut at {cut}");
    }
}

/// A loss that is not measured in a phase has an empty cell and breaks nothing; layers come to the tables with their phase.
#[test]
fn losses_of_other_phases_are_gaps() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run");
    let mut s = run(&out, false);
    // One reading over the change.
    (0..2 * CHANGE).for_each(|_| s.advance());
    let metrics = s.metrics();
    assert!(s.notices().iter().all(|n| !matches!(n, Notice::Broken { .. })));
    assert_eq!(metrics.rows.len() as u64, 2 * CHANGE);
    for (step, row) in (1..).zip(&metrics.rows) {
        let second = step > CHANGE;
        assert_eq!((row[0].is_nan(), row[1].is_nan()), (second, !second), "step {step}: {row:?}");
    }
    let text = std::fs::read_to_string(out.join("metrics.csv")).unwrap();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let second = cells[0].parse::<u64>().unwrap() > CHANGE;
        assert!(cells.len() == 3 && cells[1].is_empty() == second && cells[2].is_empty() != second, "{line}");
    }
    let read = folder::read_metrics(&out, u64::MAX);
    assert!(read.rows.iter().flatten().filter(|v| v.is_nan()).count() as u64 == 2 * CHANGE);
    let layers = Table::read(&out.join(statistics::LAYERS));
    let of = |layer: &str| layers.names.iter().position(|n| n == &format!("{layer}:weight")).unwrap();
    let (old, new) = (of("autoencoder.encoder"), of("prior"));
    for (step, row) in &layers.rows {
        assert!(row[old] > 0.0 && (row[new] > 0.0) == (*step > CHANGE), "step {step}");
    }
}

/// A run that breaks soon after the change goes back over it, and enters the phase again.
#[test]
fn a_broken_run_goes_back_over_the_change() {
    let dir = tempfile::tempdir().unwrap();
    let mut s = run(&dir.path().join("run"), false);
    steps(&mut s, 2);
    std::thread::sleep(Duration::from_millis(1050));
    // Proves the state of step 2 good.
    steps(&mut s, 2);
    steps(&mut s, 3);
    assert_eq!((s.phase(), s.step), ("prior", 7));
    BREAK.set(true);
    steps(&mut s, 1);
    let broken = s.notices().into_iter().find_map(|n| match n {
        Notice::Broken { step: 8, back } => Some(back),
        _ => None,
    });
    // On a busy machine the state of step 4 may have been proved good as well.
    assert!(matches!(broken, Some(2 | 4)), "{broken:?}");
    assert_eq!((s.phase(), Some(s.step)), ("autoencoder", broken));
    assert_eq!(weights(&s).keys().filter(|name| name.starts_with("prior")).count(), 0);
    while s.step < 10 {
        steps(&mut s, 1);
    }
    assert_eq!(s.phase(), "prior");
    let mut unhurt = run(&dir.path().join("unhurt"), false);
    steps(&mut unhurt, 10);
    same(&weights(&s), &weights(&unhurt));
}

/// A checkpoint of a phase that the recipe does not have is refused with a sentence.
#[test]
fn a_phase_that_is_unknown_is_refused() {
    let facts = Facts::from(Shape { width: 28, height: 28, channels: 1, classes: 10, attributes: 0 });
    let built = ENTRY.built(&facts, &Settings::default(), 1, &device::cpu().device, 2);
    let said = built.map(drop).unwrap_err();
    assert!(said.contains("phase 3") && said.contains("two-phases has 2"), "{said}");
}
