//! Models that are at hand go on learning: stripped checkpoints, and networks of people who never heard of zscope.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::strangers;
use burn::tensor::{Device, Tensor, TensorData};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::data::{Job, Spec};
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{self, Notice, Session};
use zscope::engine::tuning;
use zscope::nn::{Noise, Tensors};
use zscope::weights::{self, Checkpoint};
use zscope::zoo::{self, Batch, Held, Settings, tuned};

/// A file of a tiny generator of 16×16 pictures.
fn file(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("generator.pt");
    std::fs::write(&path, strangers::torch_zip(&strangers::generator())).unwrap();
    path
}

fn begun(order: TrainOrder, from: Option<Checkpoint>) -> Session {
    let entry = zoo::find(&order.recipe).unwrap();
    let spec: Spec = order.data.parse().unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = spec.load(session::want(entry, &order.settings), &job).unwrap();
    Session::new(order, Arc::new(data), &Device::flex(), from, true).unwrap()
}

fn rows(session: &mut Session, steps: usize) -> Vec<Vec<f32>> {
    (0..steps).for_each(|_| session.advance());
    session.metrics().rows
}

fn asked(recipe: &str, out: &Path) -> TrainOrder {
    let settings = [("width", 4.0), ("batch", 16.0), ("learning_rate", 1e-3)];
    let declared = zoo::recipe(recipe).unwrap();
    let known = settings.iter().filter(|(n, _)| declared.setting(n).is_some());
    TrainOrder {
        recipe: recipe.into(),
        data: "digits:64".into(),
        settings: Settings(known.map(|(n, v)| (n.to_string(), *v)).collect()),
        seed: 7,
        out: Some(out.into()),
        ..TrainOrder::default()
    }
}

fn apart(a: &Held, b: &Held) -> f32 {
    let z = Noise::new(8, 0).normal([3, a.latent_dims()], &Device::flex());
    let (a, b): (Tensor<4>, Tensor<4>) = (a.decode(z.clone()).unwrap(), b.decode(z).unwrap());
    (a - b).abs().max().into_data().iter::<f32>().next().unwrap()
}

/// A run of a stranger's network: its loss falls, its checkpoint opens and draws the same without the file, and a run that
/// was resumed ends where one that never stopped does, bit for bit.
#[test]
fn a_network_from_a_file_is_tuned_in_a_run_and_resumes_exactly() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path());
    let start = |out: &Path| {
        let read = weights::read(&path).unwrap();
        let (order, checkpoint) = tuning::begin(asked("tune-vae", out), "generator", None, read).unwrap();
        begun(order, Some(checkpoint))
    };
    let (one, two) = (dir.path().join("one"), dir.path().join("two"));
    let mut whole = start(&one);
    let fresh =
        whole.notices().into_iter().find_map(|s| if let Notice::Fresh(n) = s { Some(n) } else { None });
    assert!(fresh.is_some_and(|n| n.contains("an encoder") && n.contains("optimiser")));
    let losses = rows(&mut whole, 40);
    let mean = |rows: &[Vec<f32>]| rows.iter().map(|r| r[0] + r[1]).sum::<f32>() / rows.len() as f32;
    let (first, last) = (mean(&losses[..5]), mean(&losses[35..]));
    println!("−ELBO of the first steps {first}, of the last {last}");
    assert!(last < first, "{first} → {last}");

    let mut stopped = start(&two);
    rows(&mut stopped, 25);
    stopped.save().unwrap();
    drop(stopped);
    std::fs::remove_file(&path).unwrap();
    let (order, from) = session::resume(&two).unwrap();
    let mut on = begun(TrainOrder { resume: true, ..order }, from);
    assert_eq!(on.step, 25);
    rows(&mut on, 15);
    let (a, b) = (whole.checkpoint().unwrap(), on.checkpoint().unwrap());
    assert_eq!(a.tensors.keys().collect::<Vec<_>>(), b.tensors.keys().collect::<Vec<_>>());
    // An optimiser's record has its tensors in no fixed order; the steps that were made with it tell.
    for (name, data) in a.tensors.iter().filter(|(n, _)| !n.starts_with("optimizer.")) {
        assert_eq!(data.as_bytes(), b.tensors[name].as_bytes(), "{name}");
    }
    let saved = on.save().unwrap().unwrap();
    let opened = session::explore(&weights::read(&saved).unwrap(), &Device::flex()).unwrap();
    let worst = apart(&opened, &on.model());
    assert!(worst < 1e-6, "it reopens {worst} apart");
}

/// Both ways of tuning move every weight but the frozen statistics, and go on from what they saved bit for bit.
#[test]
fn a_stranger_learns_as_an_auto_encoder_and_as_a_generator() {
    let dir = tempfile::tempdir().unwrap();
    let checkpoint = weights::read(&file(dir.path())).unwrap();
    let network = checkpoint.card.network.as_ref().unwrap();
    assert_eq!(tuned::suits(network).unwrap().name, "tune-gan");
    let device = Device::flex();
    for recipe in [&tuned::VAE, &tuned::GAN] {
        let set = [("width", 4.0), ("blur", 0.5), ("noise", 0.1)].map(|(n, v)| (n.to_string(), v));
        let settings = Settings(set.into());
        let make = |network: &_, tensors: &_| {
            tuned::build(recipe, network, tensors, &settings, 0, 7, &device).unwrap()
        };
        let (mut system, whole) = make(network, &checkpoint.tensors);
        let vae = recipe.name == "tune-vae";
        assert_eq!((whole.encodes(), whole.critic.is_empty()), (vae, vae));
        let x = Noise::new(6, 0).normal([8, 256], &device).reshape([8, 1, 16, 16]) * 0.2 + 0.5;
        let x: Tensor<4> = Tensor::from_data(x.clamp(0.0, 1.0).into_data(), &device.clone().autodiff());
        let batch = Batch {
            x,
            classes: None,
            attributes: None,
            factors: None,
            points: None,
            labels: None,
            captions: None,
            tracks: None,
            columns: Default::default(),
            domains: Vec::new(),
            clips: None,
        };
        let before = system.weights();
        let mut noise = Noise::new(5, 0);
        for _ in 0..2 {
            let losses: Vec<f32> = system.step(0, &batch, &mut noise, &settings).into_data().iter().collect();
            assert_eq!(losses.len(), recipe.losses.len());
            assert!(losses.iter().all(|l| l.is_finite()), "{losses:?}");
        }
        let after: Tensors = system.weights().into_iter().collect();
        for (name, data) in &before {
            let moved = after[name].as_bytes() != data.as_bytes();
            assert_eq!(moved, !name.contains("running_"), "{}: {name}", recipe.name);
        }
        let mut saved = after.clone();
        saved.extend(system.optimisers().unwrap());
        let (mut again, _) = make(&whole, &saved);
        again.restore(&saved).unwrap();
        system.step(0, &batch, &mut Noise::new(9, 0), &settings);
        again.step(0, &batch, &mut Noise::new(9, 0), &settings);
        for ((name, a), (_, b)) in system.weights().iter().zip(&again.weights()) {
            assert_eq!(a.as_bytes(), b.as_bytes(), "{}: {name}", recipe.name);
        }
    }
}

/// A shipped model has no optimiser state; it goes on from its weights, and its loss does not jump.
#[test]
fn a_stripped_model_goes_on_from_its_weights() {
    let dir = tempfile::tempdir().unwrap();
    let read = Checkpoint::from_bytes(zscope::shipped::find("digits-vae").unwrap()).unwrap();
    assert!(!read.resumable());
    let ask =
        TrainOrder { data: "digits:200".into(), out: Some(dir.path().join("run")), ..TrainOrder::default() };
    let (order, checkpoint) = tuning::begin(ask, "digits-vae", None, read).unwrap();
    assert_eq!(order.parent.as_ref().map(|p| p.step), Some(9375));
    let mut session = begun(order, Some(checkpoint));
    let said = session.notices();
    assert!(matches!(&said[..], [Notice::Fresh(n)] if n.contains("optimiser")), "{said:?}");
    let losses: Vec<f32> = rows(&mut session, 20).iter().map(|r| r[0] + r[1]).collect();
    println!("−ELBO by step: {losses:?}");
    let worst = losses.iter().copied().fold(0.0, f32::max);
    // A batch differs from another by less; fresh weights begin at 550.
    assert!(worst < losses[0] * 1.25, "{losses:?}");
}

/// A half that is missing altogether is made fresh, and an averaged twin stands in for its generator.
#[test]
fn a_missing_discriminator_is_made_fresh() {
    let read = Checkpoint::from_bytes(zscope::shipped::find("digits-gan").unwrap()).unwrap();
    let all: Vec<_> = read.tensors.clone().into_iter().collect();
    let mut left = read.tensors.clone();
    left.retain(|n, _| n.starts_with("generator_ema."));
    assert_eq!(tuning::complete(&mut left, all.clone()), ["discriminator"]);
    assert_eq!(left.len(), all.len());
    assert_eq!(
        left["generator.project.weight"].as_bytes(),
        read.tensors["generator_ema.project.weight"].as_bytes()
    );
    let mut foreign = Tensors::new();
    assert!(tuning::complete(&mut foreign, all).is_empty() && foreign.is_empty());
}

/// The window's way: the opened file goes on learning, its weights of now are what is looked at, and what was made fresh is
/// told.
#[test]
fn an_opened_file_is_tuned_under_the_sliders() {
    use zscope::engine::message::{Command, DeviceChoice, Event, Source};
    let dir = tempfile::tempdir().unwrap();
    let path = file(dir.path());
    let config = zscope::engine::Config {
        gpu: None,
        choice: DeviceChoice::Cpu,
        shipped: zscope::shipped::MODELS,
        judge: zscope::shipped::judge_of,
    };
    let (link, _engine) = zscope::engine::start(config, Arc::new(|_| {})).unwrap();
    link.commands.send(Command::Open(path)).unwrap();
    link.commands.send(Command::Tune(asked("tune-gan", &dir.path().join("run")))).unwrap();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(120);
    let (mut watched, mut noted, mut moved, mut stopped) = (false, false, false, false);
    while !(watched && noted && moved && stopped) {
        let left = until.saturating_duration_since(std::time::Instant::now());
        match link.events.recv_timeout(left).unwrap() {
            Event::Model(info) => watched |= info.source == Source::Training && info.latent_dims == 4,
            Event::Note(note) => noted |= note.contains("a discriminator"),
            Event::Saved(_) => stopped |= moved,
            Event::Progress(p) if p.step >= 3 && !moved => {
                moved = true;
                link.commands.send(Command::Stop).unwrap();
            }
            Event::Failed { message, .. } => panic!("{message}"),
            _ => {}
        }
    }
    let saved = session::resume(&dir.path().join("run")).unwrap().1.unwrap();
    assert!(saved.card.step >= 3 && saved.card.network.is_some_and(|n| !n.critic.is_empty()));
}

/// The command's way: a shipped model by its name, other data, and no recipe.
#[test]
fn the_command_trains_a_model_on() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let train = |words: &[&str]| {
        let program = env!("CARGO_BIN_EXE_zscope");
        let common = ["train", "--steps", "3", "--device", "cpu", "--out", run.to_str().unwrap()];
        std::process::Command::new(program).args(common).args(words).output().unwrap()
    };
    let fixed = train(&["--from", "digits-vae", "--data", "digits:64", "--set", "latent=3"]);
    assert_eq!(fixed.status.code(), Some(2));
    let out = train(&["--from", "digits-vae", "--data", "digits:64", "--set", "batch=16"]);
    let told = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && told.contains("no optimiser state"), "{told}");
    let (order, checkpoint) = session::resume(&run).unwrap();
    let card = checkpoint.unwrap().card;
    assert_eq!((order.recipe.as_str(), order.data.as_str()), ("fc-vae", "digits:64"));
    assert_eq!((card.step, card.seen), (3, 48));
    assert!(!train(&[]).status.success());
}

/// A conditional generator learns of each class by its own pictures, where the data says which those are; else all are taken
/// for the chosen class.
#[test]
fn a_conditional_stranger_learns_by_class() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("generator.pth");
    std::fs::write(&path, strangers::torch_zip(&crate::conditional::of_blocks().1)).unwrap();
    let checkpoint = weights::read(&path).unwrap();
    let mut network = checkpoint.card.network.as_deref().unwrap().clone();
    network.latent.class = 2;
    let device = Device::flex();
    let settings = Settings([("width".to_owned(), 4.0)].into());
    for (labels, moves) in [(network.latent.classes, vec![0, 1, 4]), (0, vec![2])] {
        let built = tuned::build(&tuned::GAN, &network, &checkpoint.tensors, &settings, labels, 7, &device);
        let (mut system, whole) = built.unwrap();
        assert_eq!(whole.notes.iter().filter(|n| n.contains("was tuned with")).count(), 1);
        let training = device.clone().autodiff();
        let x: Tensor<4> = Tensor::from_data(
            Noise::new(6, 0)
                .normal([3, 3 * 1024], &device)
                .reshape([3, 3, 32, 32])
                .clamp(0.0, 1.0)
                .into_data(),
            &training,
        );
        let classes = Some(Tensor::from_data([0, 1, 4], &training));
        system.step(
            0,
            &Batch {
                x,
                classes,
                attributes: None,
                factors: None,
                points: None,
                columns: Default::default(),
                domains: Vec::new(),
                clips: None,
                labels: None,
                captions: None,
                tracks: None,
            },
            &mut Noise::new(5, 0),
            &settings,
        );
        let name = "block2.b1.embed.weight";
        let after: Tensors = system.weights().into_iter().collect();
        let rows = |data: &TensorData| {
            data.iter::<f32>().collect::<Vec<_>>().chunks(32).map(<[f32]>::to_vec).collect::<Vec<_>>()
        };
        let (a, b) = (rows(&checkpoint.tensors[name]), rows(&after[name]));
        let moved: Vec<usize> = (0..a.len()).filter(|i| a[*i] != b[*i]).collect();
        assert_eq!(moved, moves, "with {labels} labels");
    }
}
