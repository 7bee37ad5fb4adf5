//! The command line as a script sees it: JSON keys, exit codes, one sentence on stderr.
//!
//! Must not know: how commands work.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::Value;
use std::process::{Command, Output};
use zscope::engine::tap;
use zscope::nn::{Noise, host::floats};
use zscope::tools::{self, layer};
use zscope::weights::Checkpoint;

fn zscope(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap()
}

/// The JSON lines of a command that must succeed, without those that say how far loading is, which a slow machine has.
fn json(words: &[&str]) -> Vec<Value> {
    let out = zscope(words);
    assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .filter(|l: &Value| l.get("loading").is_none())
        .collect()
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
    // And how it opens.
    json(&["strip", &saved, "--out", copy, "--opens-on", "7", "--first", "z3,0"]);
    let card = zscope::weights::Checkpoint::read(std::path::Path::new(copy)).unwrap().card;
    assert_eq!(card.first, [3, 0]);
    assert_eq!(card.opening, zscope::nn::Noise::new(7, 0).normals(20));
    let said = Command::new(env!("CARGO_BIN_EXE_zscope"))
        .args(["strip", &saved, "--out", copy, "--first", "smile"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&said.stderr).contains("no dimension \"smile\""), "{said:?}");
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
    // How many depends on what else the machine does.
    assert!(out[0]["pictures_per_s"].as_f64().unwrap() > 0.0);
}

#[test]
fn layers_are_listed_and_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let device = burn::tensor::Device::flex();
    // A foreign network of the same numbers, without zscope's card.
    let own = Checkpoint::from_bytes(zscope::shipped::find("digits-gan").unwrap()).unwrap();
    std::fs::write(file("foreign.safetensors"), zscope::weights::write::bare(&own).unwrap()).unwrap();
    let foreign = file("foreign.safetensors");
    for name in ["digits-vae", "faces-vae", "digits-gan", &foreign] {
        let sheet = file("sheet.png");
        let said = json(&["layers", name, "--from", "7", "--device", "cpu", "--out", &sheet, "--json"]);
        let checkpoint = match zscope::shipped::find(name) {
            Some(bytes) => Checkpoint::from_bytes(bytes).unwrap(),
            None => zscope::weights::read(name.as_ref()).unwrap(),
        };
        let model = zscope::engine::session::explore(&checkpoint, &device).unwrap();
        let z = Noise::new(7, 0).normals(model.latent_dims());
        assert_eq!(serde_json::from_value::<Vec<f32>>(said[0]["z"].clone()).unwrap(), z, "{name}");
        let rows = said[0]["layers"].as_array().unwrap();
        assert_eq!(rows.len(), tap::layers(&model, &device).len(), "{name}");
        for row in rows {
            let of = |key: &str| row[key].as_f64().unwrap();
            assert!(of("min") <= of("mean") && of("mean") <= of("max"), "{name}: {row}");
            assert!((0.0..=1.0).contains(&of("zeros")), "{name}: {row}");
        }
        // Nothing lies between the last layer and the picture but a squashing function that keeps the order.
        let last = rows.last().unwrap();
        let picture = floats(model.decode(tools::tensor(&[&z], &device)).unwrap());
        let squash = |v: f64| match name {
            "digits-vae" | "faces-vae" => 1.0 / (1.0 + (-v).exp()),
            "digits-gan" => (v.tanh() + 1.0) / 2.0,
            _ => (v + 1.0) / 2.0,
        };
        let (low, high) = layer::range(&picture);
        assert!((squash(last["min"].as_f64().unwrap()) - f64::from(low)).abs() < 1e-5, "{name}");
        assert!((squash(last["max"].as_f64().unwrap()) - f64::from(high)).abs() < 1e-5, "{name}");
        // The sheet brings its latent back.
        let again = json(&["layers", name, "--from", &sheet, "--device", "cpu", "--json"]);
        assert_eq!(again[0]["layers"], said[0]["layers"], "{name}");
    }
    // One layer, pixel by pixel: 4 maps of 2×3 on a line, in squares, with a gap.
    let values: Vec<f32> = (0..24).map(|v| v as f32 - 4.0).collect();
    let grid = layer::grid(&values, (-4.0, 19.0), [4, 2, 3], 4, 5);
    assert_eq!((grid.width, grid.height), (4 * 16, 11));
    let at = |x: usize, y: usize| grid.pixels[y * grid.width + x];
    for (i, v) in values.iter().enumerate() {
        let (map, row, column) = (i / 6, i % 6 / 3, i % 3);
        for (dx, dy) in [(0, 0), (4, 4)] {
            assert_eq!(at(map * 16 + column * 5 + dx, row * 5 + dy), (v + 4.0) * (1.0 / 23.0));
        }
    }
    assert_eq!((at(15, 3), at(20, 10)), (0.13, 0.13), "lines between maps");
    // The last layer of the GAN as a picture: its one map has the extremes that are said.
    let one = file("one.png");
    let said = json(&["layers", "digits-gan", "--layer", "generator.up.conv.2", "--out", &one, "--json"]);
    assert_eq!(said[0]["layers"].as_array().unwrap().len(), 1);
    let picture = image::open(&one).unwrap().to_rgb8();
    assert_eq!(picture.dimensions(), (28 * 36 + 1, 28 * 36 + 1));
    let grey: std::collections::BTreeSet<u8> =
        picture.pixels().filter(|p| p[0] == p[1] && p[1] == p[2]).map(|p| p[0]).collect();
    assert!(grey.contains(&0) && grey.contains(&255));
    let words = ["layers", "digits-gan", "--layer", "nose"];
    fails(2, &words, "there is no layer \"nose\"; the model has generator.project,");
    fails(1, &["layers", "digits-judge"], "has no latent space");
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
