//! What the built-in digits are worth: a classifier that has seen nothing else reads real handwriting.
//!
//! Must not know: how digits are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;
use std::process::Command;

/// The figure by hand: `zscope train classifier --data digits:40000 --epochs 4 --out run`, then
/// `zscope eval run/checkpoints/STEP.safetensors --data idx:MNIST --json`.
#[test]
#[ignore = "needs MNIST in ZSCOPE_SHARED/data/mnist (or ../shared) and a few minutes: cargo test --release -- --ignored real_digits"]
fn a_classifier_of_built_in_digits_reads_real_digits() {
    let shared = std::env::var_os("ZSCOPE_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let mnist = shared.join("data/mnist");
    assert!(mnist.is_dir(), "no {}", mnist.display());
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let zscope = |words: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap();
        assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let run = run.to_str().unwrap();
    let train = ["train", "classifier", "--data", "digits:40000", "--epochs", "4", "--out", run, "--json"];
    let said = zscope(&train);
    let last: serde_json::Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    let data = format!("idx:{}", mnist.display());
    let figures = zscope(&["eval", last["saved"].as_str().unwrap(), "--data", &data, "--json"]);
    let figures: serde_json::Value = serde_json::from_str(&figures).unwrap();
    println!("{figures}");
    assert!(figures["accuracy"].as_f64().unwrap() >= 0.75, "{figures}");
}
