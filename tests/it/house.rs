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
fn ships_less_than_32_mb() {
    let models = zscope::shipped::MODELS.iter().map(|m| m.bytes.len() + m.picture.len());
    let bytes: usize = models.chain(zscope::shipped::JUDGES.iter().map(|j| j.bytes.len())).sum();
    assert!(bytes < 32_000_000, "{bytes} bytes");
}

/// The modules of src/, each by its path ("engine::session"), with the source without its comments.
fn modules() -> Vec<(Vec<String>, String)> {
    let mut all = Vec::new();
    for path in sources(std::path::Path::new("src")) {
        let name = path.strip_prefix("src").unwrap().with_extension("");
        let mut module: Vec<String> = name.iter().map(|p| p.to_string_lossy().into_owned()).collect();
        if module.last().is_some_and(|last| last == "mod" || last == "lib") {
            module.pop();
        }
        if module == ["main"] {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code: Vec<&str> = text.lines().map(|l| l.split("//").next().unwrap_or_default()).collect();
        all.push((module, code.join("\n")));
    }
    all
}

fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|x| x == "rs") {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// The paths that a `use` tree names: `a::{b, c::{d, e}}` are a::b, a::c::d and a::c::e.
fn paths(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        return vec![tree.split(" as ").next().unwrap_or_default().trim().to_string()];
    };
    let (head, inside) = (&tree[..open], &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())]);
    let (mut depth, mut part, mut parts) = (0, String::new(), Vec::new());
    for c in inside.chars() {
        depth += match c {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        if c == ',' && depth == 0 {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(c);
        }
    }
    parts.push(part);
    let inner = parts.iter().filter(|p| !p.trim().is_empty()).flat_map(|p| paths(p));
    inner.map(|p| format!("{head}{p}")).collect()
}

/// No circle of imports has more than two files: what a file stands on can be read before it. A module and its own
/// submodules count as one place.
#[test]
fn imports_go_one_way() {
    use std::collections::{BTreeMap, BTreeSet};
    let all = modules();
    let known: BTreeSet<&Vec<String>> = all.iter().map(|(m, _)| m).collect();
    let mut wants: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (module, code) in &all {
        let mut named: Vec<String> = Vec::new();
        for part in code.split("use ").skip(1) {
            let tree = part.split(';').next().unwrap_or_default();
            if ["crate::", "super::", "self::"].iter().any(|start| tree.trim_start().starts_with(start)) {
                named.extend(paths(&tree.replace('\n', " ")));
            }
        }
        for start in ["crate::", "super::"] {
            for (at, _) in code.match_indices(start) {
                let path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
                named.push(code[at..].chars().take_while(|c| path(*c)).collect());
            }
        }
        for name in named {
            let mut place: Vec<String> = module.clone();
            let mut segments = name.split("::").map(str::trim).peekable();
            match segments.peek() {
                Some(&"crate") => {
                    place.clear();
                    segments.next();
                }
                Some(&"self") => drop(segments.next()),
                _ => {
                    while segments.peek() == Some(&"super") {
                        place.pop();
                        segments.next();
                    }
                }
            }
            for segment in segments {
                let deeper: Vec<String> = place.iter().cloned().chain([segment.to_string()]).collect();
                if !known.contains(&deeper) {
                    break;
                }
                place = deeper;
            }
            let child = place.len() == module.len() + 1 && place.starts_with(module);
            if place != *module && !place.is_empty() && known.contains(&place) && !child {
                wants.entry(module).or_default().insert(place);
            }
        }
    }
    // Everything that can be reached from a module along its imports.
    let reach = |from: &Vec<String>| {
        let mut seen: BTreeSet<Vec<String>> = BTreeSet::new();
        let mut left = vec![from.clone()];
        while let Some(next) = left.pop() {
            for to in wants.get(&next).into_iter().flatten() {
                if seen.insert(to.clone()) {
                    left.push(to.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> =
        wants.keys().map(|m| (*m, reach(m))).collect();
    for (module, there) in &reached {
        let circle: Vec<String> = reached
            .iter()
            .filter(|(other, back)| there.contains(**other) && back.contains(*module))
            .map(|(other, _)| other.join("::"))
            .collect();
        assert!(circle.len() <= 2, "these files import each other in a circle: {}", circle.join(", "));
    }
    assert!(wants.len() > 150, "the graph was drawn: {} files import others", wants.len());
}

/// A setting that a system reads is one that it declares: a misspelt name would be read as 0, and train in silence.
#[test]
fn systems_read_only_settings_that_they_declare() {
    let mut read = 0;
    for entry in zscope::zoo::registry() {
        let recipe = entry.recipe;
        let file = format!("src/zoo/{}.rs", recipe.name.replace('-', "_"));
        let code = std::fs::read_to_string(&file).unwrap();
        for part in code.split("settings.").skip(1) {
            let call = part.strip_prefix("get(").or_else(|| part.strip_prefix("count("));
            let Some(name) = call.and_then(|c| c.split_once('"')).filter(|(head, _)| head.len() < 12) else {
                continue;
            };
            let name = name.1.split('"').next().unwrap_or_default();
            assert!(
                recipe.setting(name).is_some(),
                "{file} reads {name}, which {} does not declare",
                recipe.name
            );
            read += 1;
        }
    }
    assert!(read > 15, "{read} readings were found");
}

/// Functions of a source: (line, the comment above, the signature, the body's lines).
fn functions(text: &str) -> Vec<(usize, String, String, Vec<&str>)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let start = line.trim_start();
        let words = ["fn ", "pub fn ", "pub(super) fn ", "pub(crate) fn "];
        if !words.iter().any(|w| start.starts_with(w)) {
            continue;
        }
        let above = lines[..i].iter().rev().take_while(|l| l.trim_start().starts_with(['/', '#']));
        let comment: String = above.copied().collect::<Vec<_>>().join("\n");
        let end = (i..lines.len()).find(|j| lines[*j].trim_end().ends_with(['{', ';', '}'])).unwrap();
        let close = format!("{}}}", &line[..line.len() - start.len()]);
        let body = lines[end + 1..].iter().take_while(|l| **l != close).copied().collect();
        found.push((i + 1, comment, lines[i..=end].join("\n"), body));
    }
    found
}

#[test]
fn functions_with_tensors_say_their_shapes() {
    let mut silent = Vec::new();
    for (path, text) in files("src", "rs") {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        for (line, comment, signature, body) in functions(&text) {
            let public = signature.trim_start().starts_with("pub");
            if public && signature.contains("Tensor<") && !comment.contains("`[") {
                silent.push(format!("{name}:{line} says no shape"));
            }
            // What makes a tensor in one line says which, behind the line.
            let makes = ["forward(", "matmul(", "Tensor::cat(", "fast::conv", "fast::norm", "reshape("];
            let whole = |l: &str| l.trim_end().ends_with([';', ',', ')']);
            let silent_line = |l: &&&str| {
                makes.iter().any(|m| l.contains(m)) && whole(l) && !l.trim_start().starts_with("//")
            };
            if signature.contains("fn forward(") && signature.contains("Tensor<") {
                silent.extend(body.iter().filter(silent_line).map(|l| format!("{name}:{line} {}", l.trim())));
            }
        }
    }
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}
