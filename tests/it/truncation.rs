//! Truncation of the prior, the sheet of classes, and z in chunks: numbers, the command line, and the window.
//!
//! Must not know: how panels are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::app::{app, window};
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::AtomicBool;
use zscope::action::Action;
use zscope::data::{Job, Spec};
use zscope::engine::device;
use zscope::latent::prior::{Spread, samples};
use zscope::metrics::judge::Named;
use zscope::metrics::tradeoff;
use zscope::nn::Noise;
use zscope::point::{Value, chunks};
use zscope::weights::Checkpoint;
use zscope::zoo::Held;
use zscope::{engine, shipped, shot};

/// What is cut off is distributed as by drawing anew until it lies within, keeps its rank, and without a cut is what it was.
#[test]
fn a_cut_prior_is_a_truncated_normal() {
    let normals = Noise::new(9, 0).normals(40_000);
    assert_eq!(Spread::default().of(normals.clone()), normals);
    let cut = Spread::cut(Some(0.8)).of(normals.clone());
    assert!(cut.iter().all(|v| v.abs() <= 0.8), "within");
    let mut order: Vec<usize> = (0..500).collect();
    order.sort_by(|a, b| normals[*a].total_cmp(&normals[*b]));
    assert!(order.windows(2).all(|w| cut[w[0]] <= cut[w[1]]), "ranks stay");
    let spread = |v: &[f32]| (v.iter().map(|x| x * x).sum::<f32>() / v.len() as f32).sqrt();
    let rejected: Vec<f32> = normals.into_iter().filter(|v| v.abs() <= 0.8).collect();
    let (a, b) = (spread(&cut), spread(&rejected));
    assert!((a - b).abs() < 0.005, "σ {a} by ranks, {b} by drawing anew");
    // Temperature scales what was cut.
    let both = samples(3, 50, 4, Spread { temperature: 0.5, truncation: Some(1.0) });
    assert!(both.concat().iter().all(|v| v.abs() <= 0.5));
    assert_eq!(samples(3, 50, 4, 1.0), samples(3, 50, 4, Spread::default()));
}

/// On a trained model a narrower prior gives more typical samples and fewer kinds of them.
#[test]
fn truncation_raises_precision_and_lowers_recall() {
    let device = device::cpu().device;
    let find = |name: &str| Checkpoint::from_bytes(shipped::find(name).unwrap()).unwrap();
    let (gan, judge) = (find("faces-gan"), find("faces-judge"));
    let spec: Spec = "faces:200".parse().unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let test = spec.load_held_out(gan.card.shape.want(), &job).unwrap().test.head(200);
    let model = Held::home(engine::open::open(&gan, &device).unwrap(), &device);
    let judging = engine::open::open(&judge, &device).unwrap();
    let named = Named { model: &*judging, outputs: &judge.card.outputs };
    let all = tradeoff::measure(&model, named, &test, 200, &device, &|_, _| true).unwrap();
    for row in &all {
        println!("{:?}: precision {:.3}, recall {:.3}", row.truncation, row.precision, row.recall);
    }
    let half = all.iter().find(|r| r.truncation == Some(0.5)).unwrap();
    let whole = all.last().unwrap();
    assert_eq!(whole.truncation, None);
    assert!(half.precision > whole.precision, "{half:?} {whole:?}");
    assert!(half.recall < whole.recall, "{half:?} {whole:?}");
    // Who gives it up gets no figures.
    tradeoff::measure(&model, named, &test, 200, &device, &|done, _| done == 0).unwrap_err();
}

fn zscope(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap()
}

/// A BigGAN after one step, which hears z in three chunks.
fn biggan(folder: &Path) -> PathBuf {
    let run = folder.join("run");
    let words = "train biggan --data digits:48 --steps 1 --device cpu --set batch=8 --set z=9 --set width=4 --set shared=4";
    let mut words: Vec<&str> = words.split(' ').collect();
    words.extend(["--out", run.to_str().unwrap()]);
    let out = zscope(&words);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    run.join("checkpoints/step-00000001.safetensors")
}

#[test]
fn a_sheet_has_classes_across_on_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = biggan(dir.path());
    let (file, out) = (file.to_str().unwrap(), dir.path().join("a.png"));
    let sheet = |n: &str, more: &[&str]| {
        let mut words = vec!["sample", file, "--every-class", "--n", n, "--out", out.to_str().unwrap()];
        words.extend(more);
        let ran = zscope(&words);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        image::open(&out).unwrap().into_luma8()
    };
    let three = sheet("3", &[]);
    assert_eq!(three.dimensions(), (280, 84));
    let two = sheet("2", &[]);
    assert!(two.rows().zip(three.rows()).all(|(a, b)| a.eq(b)), "more latents are more rows");
    assert_ne!(sheet("2", &["--truncation", "0.3"]), two);
    let words = ["sample", "digits-vae", "--every-class", "--out", out.to_str().unwrap()];
    let refused = zscope(&words);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("takes no class"));
    for bad in ["0", "-1", "nan"] {
        let refused =
            zscope(&["sample", file, &format!("--truncation={bad}"), "--out", out.to_str().unwrap()]);
        assert_eq!(refused.status.code(), Some(2), "{bad}");
    }
}

#[test]
fn chunks_are_grouped_classes_laid_out_and_randomise_is_cut() {
    let Some((mut h, runs)) = window([1440.0, 900.0], false) else { return };
    let file = biggan(runs.path());
    let before = app(&mut h).state().model.as_ref().unwrap().id;
    app(&mut h).act(Action::Open(file));
    shot::until(&mut h, "the BigGAN", |a| {
        a.settled() && a.state().model.as_ref().is_some_and(|m| m.id != before) && a.state().ranking.is_some()
    })
    .unwrap();
    let heard: Vec<usize> = chunks(app(&mut h).state().inputs()).iter().map(|c| c.dims).collect();
    assert_eq!(heard, [3, 3, 3]);
    h.run_steps(2);
    h.get_by_label("First layer");
    h.get_by_label("Block 1, 14×14");

    // A random latent lies within the cut, and undo brings back what was there.
    let z = app(&mut h).state().latent.z.clone();
    app(&mut h).act(Action::Truncation(Some(0.2)));
    app(&mut h).act(Action::Randomise);
    assert!(app(&mut h).state().latent.z.iter().all(|v| v.abs() <= 0.2));
    app(&mut h).act(Action::Undo);
    assert_eq!(app(&mut h).state().latent.z, z);
    h.run_steps(2);
    h.get_by_role_and_label(eframe::egui::Role::Slider, "Truncation");

    // The second latent as a 7, by a click on the sheet; undo goes back.
    h.get_by_label("All classes").click();
    h.run_steps(4);
    let second = app(&mut h).state().samples(1).concat();
    h.get_by_label("Latent 2 as 7").click();
    h.run_steps(3);
    let latent = app(&mut h).state().latent.clone();
    assert_eq!(latent.z, second);
    let Some(Value::Class(weights)) = latent.held.get("class") else { panic!("no class") };
    assert_eq!(weights.iter().position(|w| *w == 1.0), Some(7));
    app(&mut h).act(Action::Undo);
    assert_eq!(app(&mut h).state().latent.z, z);
    h.key_press(eframe::egui::Key::Escape);
    h.run_steps(3);
    assert!(h.query_by_label("Latent 2 as 7").is_none(), "Escape closes the sheet");
}
