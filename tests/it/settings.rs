//! A setting that can't be gets one sentence, wherever it comes from: a word of the command line, a run's file, the window,
//! a checkpoint.
//!
//! Must not know: what a setting does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::registry::systems;
use std::path::Path;
use std::process::{Command, Output};
use zscope::action::{Action, History, apply};
use zscope::engine::device;
use zscope::engine::message::Place;
use zscope::state::{Prefs, State};
use zscope::zoo::{Facts, Scale, Setting, Settings, Shape};

/// What no setting can be.
fn impossible(setting: &Setting) -> Vec<f64> {
    let mut all = vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, setting.min - 1.0, setting.max + 1.0];
    if setting.scale == Scale::Integer {
        all.push(setting.min + 0.5);
    }
    all
}

#[test]
fn no_system_is_built_of_a_setting_that_cant_be() {
    let device = device::cpu().device;
    let facts = Facts::from(Shape { width: 32, height: 32, channels: 1, classes: 2, attributes: 0 });
    for entry in systems() {
        for setting in entry.recipe.settings {
            for value in impossible(setting) {
                let mut settings: Settings = entry.recipe.tiny_settings();
                settings.0.insert(setting.name.into(), value);
                let said = entry.built(&facts, &settings, 1, &device, 0).err();
                let said =
                    said.unwrap_or_else(|| panic!("{} with {} {value}", entry.recipe.name, setting.name));
                let there = said.contains(setting.name) && said.contains(&format!("not {value}"));
                assert!(there && !said.contains('\n'), "{} {}: {said}", entry.recipe.name, setting.name);
            }
        }
    }
}

fn train(out: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zscope"))
        .args(["train", "fc-vae", "--data", "shapes:40", "--device", "cpu", "--steps", "1"])
        .args(["--set", "hidden=8", "--out"])
        .arg(out)
        .args(words)
        .output()
        .unwrap()
}

/// One sentence about the batch, and no panic.
fn refused(out: &Output, value: &str) {
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success() && !said.contains("panicked"), "{value}: {said}");
    assert!(said.contains("batch") && said.contains(&format!("not {value}")), "{value}: {said}");
}

#[test]
fn words_and_files_are_refused_in_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    for (word, value) in [("nan", "NaN"), ("inf", "inf"), ("-3", "-3"), ("16.5", "16.5"), ("1e300", "1000")] {
        refused(&train(&dir.path().join("no"), &["--set", &format!("batch={word}")]), value);
    }
    assert!(!dir.path().join("no").exists(), "a run that can't be leaves no folder");
    let run = dir.path().join("run");
    let done = train(&run, &["--set", "batch=16"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let file = run.join("run.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    for (word, value) in [("nan", "NaN"), ("inf", "inf"), ("-3.0", "-3"), ("16.5", "16.5")] {
        let bad = good.replace("batch = 16.0", &format!("batch = {word}"));
        assert_ne!(bad, good, "{good}");
        std::fs::write(&file, &bad).unwrap();
        refused(&train(&run, &["--resume"]), value);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), bad, "nothing is lost");
    }
}

#[test]
fn the_window_refuses_in_a_sentence_and_keeps_what_was() {
    let (mut s, mut h) = (State::new(Prefs::default(), Vec::new()), History::default());
    s.form.recipe = "fc-vae".into();
    apply(&mut s, &mut h, Action::Set("batch".into(), 16.0));
    for bad in [f64::NAN, f64::INFINITY, -3.0, 16.5] {
        apply(&mut s, &mut h, Action::Set("batch".into(), bad));
        let said = s.failure(Place::Train).unwrap_or_else(|| panic!("{bad} is taken"));
        assert!(said.contains("batch") && said.contains(&format!("not {bad}")), "{said}");
        assert_eq!(s.form.settings.0.get("batch"), Some(&16.0));
    }
    apply(&mut s, &mut h, Action::Set("batch".into(), 32.0));
    assert!(s.failure(Place::Train).is_none());
}
