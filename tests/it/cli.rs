//! The command line as a script sees it: JSON keys, exit codes, one sentence on stderr.
//!
//! Must not know: how commands work.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::Value;
use std::process::{Command, Output};

fn zscope(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap()
}

/// The JSON lines of a command that must succeed.
fn json(words: &[&str]) -> Vec<Value> {
    let out = zscope(words);
    assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn keys(value: &Value, wanted: &[&str]) {
    for key in wanted {
        assert!(value.get(key).is_some_and(|v| !v.is_null()), "no {key} in {value}");
    }
}

fn fails(code: i32, words: &[&str], says: &str) {
    let out = zscope(words);
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(code), "{words:?}: {text}");
    assert!(text.contains(says), "{words:?}: no \"{says}\" in {text}");
}

#[test]
fn train_eval_sample_inspect_through_files() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let run = run.to_str().unwrap();
    let lines = json(&[
        "train",
        "fc-vae",
        "--data",
        "digits:300",
        "--steps",
        "20",
        "--device",
        "cpu",
        "--out",
        run,
        "--json",
    ]);
    keys(&lines[0], &["step", "epoch", "images_per_s", "reconstruction", "kl"]);
    let saved = lines.last().unwrap()["saved"].as_str().unwrap().to_owned();
    let more =
        json(&["train", "fc-vae", "--steps", "30", "--device", "cpu", "--out", run, "--resume", "--json"]);
    assert!(more.iter().any(|l| l["step"] == 30), "{more:?}");
    let figures = json(&["eval", &saved, "--device", "cpu", "--json"]);
    keys(&figures[0], &["neg_elbo", "reconstruction", "kl", "psnr_db", "active_dims"]);
    let about = json(&["inspect", &saved, "--json"]);
    keys(&about[0], &["recipe", "latent_dims", "parameters", "step", "tensors"]);
    keys(&about[0]["tensors"][0], &["name", "shape", "dtype"]);
    assert_eq!(about[0]["parameters"], 652_824, "784-400-20 has as many parameters as PyTorch's example");
    let png = dir.path().join("grid.png");
    json(&["sample", &saved, "--n", "16", "--seed", "1", "--out", png.to_str().unwrap(), "--json"]);
    let picture = image::open(&png).unwrap();
    assert!(picture.width() >= 4 * 28 && picture.height() >= 4 * 28);
    // A copy for sharing: no optimiser state, and the data by the name that is asked for.
    let copy = dir.path().join("copy.safetensors");
    let copy = copy.to_str().unwrap();
    json(&["strip", &saved, "--out", copy, "--data", "idx:MNIST"]);
    let about = &json(&["inspect", copy, "--json"])[0];
    assert_eq!(about["data"], "idx:MNIST");
    let tensors = about["tensors"].as_array().unwrap();
    assert!(!tensors.iter().any(|t| t["name"].as_str().unwrap().starts_with("optimizer")), "{about}");
}

#[test]
fn a_gan_is_judged() {
    let figures = json(&["eval", "digits-gan", "--data", "digits:1000", "--device", "cpu", "--json"]);
    keys(&figures[0], &["frechet", "confident_share", "classes_seen"]);
    assert_eq!(figures[0]["classes_seen"], 10);
}

#[test]
fn recipes_list_their_settings() {
    let all = json(&["recipes", "--json"]);
    let names: Vec<_> = all.iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert!(["fc-vae", "conv-vae", "dcgan"].iter().all(|n| names.contains(n)), "{names:?}");
    for recipe in &all {
        keys(recipe, &["name", "title", "settings"]);
        recipe["settings"]
            .as_array()
            .unwrap()
            .iter()
            .for_each(|s| keys(s, &["name", "default", "min", "max"]));
    }
}

#[test]
fn data_is_described() {
    let out = json(&["data", "faces-independent:50", "--size", "32", "--json"]);
    keys(&out[0], &["spec", "title", "train", "test", "width", "channels", "attributes", "skipped"]);
    assert_eq!(out[0]["train"], 50);
    assert!(out[0]["pictures_per_s"].as_f64().unwrap() > 50.0, "{}", out[0]["pictures_per_s"]);
}

#[test]
fn misuse_is_2_and_failure_is_1() {
    fails(2, &["train", "no-such-recipe", "--steps", "1"], "fc-vae");
    fails(2, &["train", "fc-vae", "--data", "digits:300"], "--steps");
    fails(2, &["train", "fc-vae", "--steps", "1", "--set", "batch=0"], "batch");
    fails(2, &["train", "fc-vae", "--steps", "1", "--data", "nonsense"], "digits");
    fails(2, &["shot", "--scene", "nonsense", "--out", "x.png"], "explore");
    fails(2, &["shot", "--size", "big", "--out", "x.png"], "WIDTHxHEIGHT");
    fails(1, &["inspect", "/no/such/file"], "there is no file");
    fails(1, &["data", "folder:/no/such/folder"], "/no/such/folder");
}

#[test]
fn without_a_display_it_says_so_and_what_still_works() {
    if cfg!(any(target_os = "macos", windows)) {
        println!("skipped: there is always a display here");
        return;
    }
    let out = Command::new(env!("CARGO_BIN_EXE_zscope"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(1), "{text}");
    assert!(text.contains("no display") && text.contains("zscope train"), "{text}");
}

#[test]
fn bench_train_measures() {
    let out = json(&["bench", "train", "--recipe", "fc-vae", "--seconds", "1", "--device", "cpu", "--json"]);
    keys(&out[0], &["recipe", "device", "images_per_s"]);
    assert!(out[0]["images_per_s"].as_f64().unwrap() > 10.0);
}

#[test]
#[cfg(unix)]
fn a_pipe_that_is_closed_early_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_zscope"))
        .arg("recipes")
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}
