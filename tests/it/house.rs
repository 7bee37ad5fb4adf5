//! The invariants that can be read off the sources: who may name whom, what every file says of itself, and that every
//! shader is valid.
//!
//! Must not know: what the code does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, extension: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no {extension} files in {folder}");
    found
}

/// Code without comments, so that a word in a sentence is no dependency.
fn code(text: &str) -> String {
    text.lines().map(|l| l.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// Fails when a file under `under` names any of `words` as a path.
fn never(under: &[&str], words: &[&str]) {
    for (path, text) in files("src", "rs") {
        let name = path.strip_prefix(root().join("src")).unwrap().to_string_lossy().into_owned();
        if !under.iter().any(|u| name == format!("{u}.rs") || name.starts_with(&format!("{u}/"))) {
            continue;
        }
        let code = code(&text);
        for word in words {
            assert!(!code.contains(word), "{name} names {word}");
        }
    }
}

#[test]
fn the_window_never_names_burn() {
    never(
        &["ui", "state", "action", "curve", "prefs", "pace", "app", "window"],
        &["burn::", "burn_", "cubecl"],
    );
    never(&["engine/message", "engine/link", "zoo/declare"], &["burn::", "cubecl", "egui"]);
}

#[test]
fn panels_reach_wgpu_through_gpu_only() {
    never(&["ui", "state", "action"], &["wgpu::", "egui_wgpu"]);
    never(&["state", "action", "curve"], &["egui"]);
}

#[test]
fn models_and_data_know_no_window_and_no_messages() {
    let window =
        ["egui", "eframe", "crate::engine", "crate::ui", "crate::state", "crate::app", "crate::action"];
    never(&["zoo", "nn", "objective", "data", "weights", "metrics"], &window);
    never(&["zoo", "nn", "objective"], &["std::fs", "std::io"]);
    never(&["engine"], &["egui", "eframe", "crate::ui", "crate::state", "crate::app"]);
    never(&["data"], &["burn::", "wgpu"]);
}

#[test]
fn every_file_says_what_it_is_and_what_it_must_not_know() {
    for (path, text) in files("src", "rs") {
        assert!(text.starts_with("//! "), "{} does not say what it is", path.display());
        let map = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
        assert!(
            map || text.contains("Must not know"),
            "{} does not say what it must not know",
            path.display()
        );
    }
}

#[test]
fn unsafe_code_stands_in_two_places() {
    let with: Vec<_> = files("src", "rs").into_iter().filter(|(_, t)| code(t).contains("unsafe {")).collect();
    assert_eq!(with.len(), 2, "{:?}", with.iter().map(|(p, _)| p).collect::<Vec<_>>());
    for place in ["gpu/share.rs", "nn/fast/gemm.rs"] {
        assert!(with.iter().any(|(p, _)| p.ends_with(place)), "{place}");
    }
}

#[test]
fn shaders_are_valid() {
    for (path, text) in files("shaders", "wgsl") {
        let module =
            naga::front::wgsl::parse_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut validator =
            naga::valid::Validator::new(Default::default(), naga::valid::Capabilities::empty());
        validator.validate(&module).unwrap_or_else(|e| panic!("{}: {e:?}", path.display()));
    }
}

#[test]
fn one_wgpu_in_the_tree() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    assert_eq!(lock.matches("name = \"wgpu\"\n").count(), 1);
}

#[test]
fn ships_less_than_25_mb() {
    let models = zscope::shipped::MODELS.iter().map(|m| m.bytes.len() + m.picture.len());
    let bytes: usize = models.chain(zscope::shipped::JUDGES.iter().map(|j| j.bytes.len())).sum();
    assert!(bytes < 25_000_000, "{bytes} bytes");
}
