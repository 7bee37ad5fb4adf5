//! What the house promises of every system of the zoo, done with each entry of the registry in its small configuration: a new
//! system gets all of it by its one line.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, window};
use crate::runs::same;
use egui_kittest::kittest::Queryable;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::action::Action;
use zscope::action::bench::Benching;
use zscope::data::{Job, Spec};
use zscope::engine::device;
use zscope::engine::grid::{GRID, draw_grid, examples, grid_points};
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{self, Session};
use zscope::nn::Watch;
use zscope::nn::host::floats;
use zscope::point::{Kind, Point, Value};
use zscope::state::Tab;
use zscope::state::bench::Well;
use zscope::zoo::{self, Does, Entry, Held};

/// The systems that tests walk: all of them, or while one is being written those that the environment names
/// (`ZSCOPE_ONLY=cyclegan,spade`).
pub fn systems() -> Vec<&'static Entry> {
    let only = std::env::var("ZSCOPE_ONLY").unwrap_or_default();
    let wanted = |e: &&Entry| only.is_empty() || only.split(',').any(|name| name == e.recipe.name);
    zoo::registry().iter().filter(wanted).collect()
}

fn order(entry: &Entry, out: &Path) -> TrainOrder {
    let recipe = entry.recipe;
    TrainOrder {
        recipe: recipe.name.into(),
        data: format!("{}:48", recipe.data),
        settings: recipe.tiny_settings(),
        seed: 3,
        out: Some(out.into()),
        ..TrainOrder::default()
    }
}

fn begin(entry: &'static Entry, out: &Path, resume: bool) -> Session {
    let mut order = TrainOrder { resume, ..order(entry, out) };
    let mut from = None;
    if resume {
        let (recorded, checkpoint) = session::resume(out).unwrap();
        order = session::continued(TrainOrder { data: String::new(), ..order }, recorded, 3);
        from = checkpoint;
    }
    let spec: Spec = order.data.parse().unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = spec.load(session::want(entry, &order.settings), &job).unwrap();
    Session::new(order, Arc::new(data), &device::cpu().device, from, true).unwrap()
}

/// Declarations are whole: names are told apart, every loss has its role and axis, the small configuration is allowed.
#[test]
fn every_system_declares_itself() {
    for Entry { recipe, .. } in systems() {
        let name = recipe.name;
        recipe.tiny_settings().check(recipe).unwrap();
        let different = |names: Vec<&str>| {
            let mut sorted = names.clone();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), names.len(), "{name}: {names:?}");
        };
        different(recipe.settings.iter().map(|s| s.name).collect());
        different(recipe.losses.iter().map(|l| l.name).collect());
        assert!(!recipe.parts.is_empty() && recipe.losses.iter().all(|l| !l.axis.is_empty()), "{name}");
        let whole = |s: &str| s.ends_with('.') || s.ends_with('?');
        assert!(whole(recipe.summary) && recipe.losses.iter().all(|l| whole(l.help)), "{name}");
        let turns = recipe.parts.iter().filter(|p| p.turn.is_some()).count();
        assert_eq!(turns > 0, recipe.setting(zoo::common::TURN_NAME).is_some(), "{name}: whose turn it is");
        for (i, phase) in recipe.phases.iter().enumerate() {
            let begins = phase.begins.map(|s| recipe.setting(s).unwrap_or_else(|| panic!("{name}: no {s}")));
            assert_eq!(begins.is_none(), i == 0, "{name}: only the first phase begins by itself");
            assert!(begins.is_none_or(|s| !s.live), "{name}: {} can't change on the way", phase.name);
            assert!(phase.losses.iter().all(|l| recipe.losses.iter().any(|x| x.name == *l)), "{name}");
        }
        // A setting that is not declared is no setting of it, in a file neither.
        assert!(recipe.check("learning_rte", 1.0).is_err());
    }
}

/// Three steps, saved; three more are the same bit for bit whether the run was interrupted or not.
#[test]
fn every_system_steps_saves_and_goes_on_exactly() {
    for entry in systems() {
        let name = entry.recipe.name;
        let dir = tempfile::tempdir().unwrap();
        let [cut, whole] = ["cut", "whole"].map(|n| dir.path().join(n));
        let mut first = begin(entry, &cut, false);
        (0..3).for_each(|_| first.advance());
        let metrics = first.metrics();
        assert_eq!(metrics.rows.len(), 3, "{name}");
        assert!(metrics.rows.iter().all(|r| r.len() == entry.recipe.losses.len()), "{name}");
        let measured = entry.recipe.measured(0);
        let in_force = |row: &Vec<f32>| row.iter().zip(&measured).all(|(v, there)| v.is_finite() == *there);
        assert!(metrics.rows.iter().all(in_force), "{name}: {:?}", metrics.rows);
        first.save().unwrap().unwrap();
        first.close();
        let mut again = begin(entry, &cut, true);
        let mut one = begin(entry, &whole, false);
        (0..3).for_each(|_| again.advance());
        (0..6).for_each(|_| one.advance());
        let last = one.metrics();
        // A loss of another phase is no number, which equals none.
        let bits = |rows: &[Vec<f32>]| -> Vec<Vec<u32>> {
            rows.iter().map(|row| row.iter().map(|v| v.to_bits()).collect()).collect()
        };
        assert_eq!(bits(&again.metrics().rows), bits(&last.rows[3..]), "{name}");
        same(&crate::runs::weights(&again), &crate::runs::weights(&one));
    }
}

/// Pictures of any size that a network can make, square or not: trained, saved, reopened and drawn; of the others it says
/// what would do.
#[test]
fn every_system_takes_pictures_of_other_sizes() {
    let device = device::cpu().device;
    let sizes = [(48.0, 0.0), (56.0, 40.0), (64.0, 128.0)];
    for entry in systems().into_iter().filter(|e| e.recipe.setting("height").is_some()) {
        let name = entry.recipe.name;
        for (size, height) in sizes {
            let dir = tempfile::tempdir().unwrap();
            let mut order =
                TrainOrder { data: format!("{}:4", entry.recipe.data), ..order(entry, dir.path()) };
            let set = [("size", size), ("height", height), ("batch", 2.0)];
            order.settings.0.extend(set.map(|(name, value)| (name.to_string(), value)));
            let spec: Spec = order.data.parse().unwrap();
            let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
            let data = spec.load(session::want(entry, &order.settings), &job).unwrap();
            let mut s = Session::new(
                TrainOrder { out: Some(dir.path().join("run")), ..order },
                Arc::new(data),
                &device,
                None,
                true,
            )
            .unwrap();
            s.advance();
            let saved = s.save().unwrap().unwrap();
            let opened = session::explore(&zscope::weights::read(&saved).unwrap(), &device).unwrap();
            if !opened.draws() {
                continue;
            }
            let given = examples(&opened, &s.dataset.train, 1, &device);
            let points = grid_points(&opened, 1, 1, 1.0, &given);
            let drawn = opened.draw(&points, &device, &mut Watch::nobody()).unwrap();
            let tall = if height == 0.0 { size } else { height };
            assert_eq!(drawn.dims()[2..], [tall as usize, size as usize], "{name}");
        }
    }
    let entry = zoo::find("pix2pix").unwrap();
    let mut facts =
        zoo::Facts::from(zoo::Shape { width: 50, height: 48, channels: 3, classes: 0, attributes: 0 });
    facts.columns.insert("edges".into(), zoo::Shape { channels: 1, ..facts.shape });
    let said = (entry.build)(&facts, &entry.recipe.tiny_settings(), 1, &device).err().unwrap();
    assert!(said.contains("multiples of 4") && said.contains("size 52"), "{said}");
    assert!(entry.recipe.check("size", 300.0).unwrap_err().contains("28 to 256"));
}

/// What a checkpoint brings back draws as the training's own weights do; any point of its inputs is drawn, and all of
/// them at once as one by one; the layers tell their activations in the same pass.
#[test]
fn every_system_draws_its_points() {
    let device = device::cpu().device;
    for entry in systems() {
        let name = entry.recipe.name;
        let dir = tempfile::tempdir().unwrap();
        let mut s = begin(entry, &dir.path().join("run"), false);
        (0..2).for_each(|_| s.advance());
        let saved = s.save().unwrap().unwrap();
        let checkpoint = zscope::weights::read(&saved).unwrap();
        let opened: Held = session::explore(&checkpoint, &device).unwrap();
        assert_eq!(opened.inputs(), s.model().inputs(), "{name}");
        if entry.recipe.part(Does::Names).is_some() {
            assert!(!opened.draws(), "{name} names and draws nothing");
            continue;
        }
        assert!(opened.draws(), "{name}");
        let given = examples(&opened, &s.dataset.train, 4, &device);
        let points = grid_points(&opened, 1, 4, 1.0, &given);
        points.iter().for_each(|p| p.check(opened.inputs()).unwrap());
        let together = floats(opened.draw(&points, &device, &mut Watch::nobody()).unwrap());
        let mut taps = Vec::new();
        let one = floats(opened.draw(&points[..1], &device, &mut Watch::taps(&mut taps)).unwrap());
        assert!(taps.len() > 1, "{name} shows its layers");
        let apart = one.iter().zip(&together).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-5, "{name}: {apart}");
        assert!(together.iter().all(|v| (0.0..=1.0).contains(v)), "{name} gives pictures of 0 to 1");
        let grid = draw_grid(&s.model(), GRID, &examples(&s.model(), &s.dataset.train, 32, &device), &device);
        assert!(grid.is_some(), "{name} has a sheet");
        // A point is a plain value: it outlives a file, and an old bare latent is one too.
        let text = serde_json::to_string(&points[0]).unwrap();
        assert_eq!(serde_json::from_str::<Point>(&text).unwrap(), points[0], "{name}");
        // What is no point of it is refused in a sentence.
        let wrong = Point { z: vec![0.0; opened.latent_dims() + 1], ..points[0].clone() };
        assert!(
            wrong.check(opened.inputs()).is_err()
                && opened.draw(&[wrong], &device, &mut Watch::nobody()).is_none()
        );
    }
}

/// Between one-hot weights of classes there are pictures between; at one-hot weights they are the class's bit for bit.
#[test]
fn a_class_is_an_input_that_blends() {
    let device = device::cpu().device;
    let dir = tempfile::tempdir().unwrap();
    let mut s = begin(zoo::find("cgan").unwrap(), &dir.path().join("run"), false);
    (0..3).for_each(|_| s.advance());
    let model = s.model();
    let [_, class] = model.inputs() else { panic!("z and a class") };
    let Kind::Class { names } = &class.kind else { panic!("a class") };
    assert_eq!(names.len(), 10);
    let z = vec![0.3; model.latent_dims()];
    let at = |weights: Vec<f32>| {
        let held = [("class".to_string(), zscope::point::Value::Class(weights))].into();
        floats(model.draw(&[Point { z: z.clone(), held }], &device, &mut Watch::nobody()).unwrap())
    };
    let hot = |k: usize| (0..10).map(|i| f32::from(u8::from(i == k))).collect::<Vec<f32>>();
    let (three, seven) = (at(hot(3)), at(hot(7)));
    assert_ne!(three, seven, "another class is another picture");
    let mut between = hot(3);
    (between[3], between[7]) = (0.5, 0.5);
    let middle = at(between);
    assert!(middle != three && middle != seven);
    assert_eq!(at(hot(3)), three);
    let wrong = zscope::point::Value::Class(vec![0.7; 10]);
    assert!(class.check(&wrong).unwrap_err().contains("add up to 1"));
}

/// Attributes become classes by their names, whatever case they are written in; others are refused in a sentence that
/// names what there is.
#[test]
fn attributes_make_classes() {
    let load = |spec: &str| {
        let spec: Spec = spec.parse().unwrap();
        let want = zscope::data::Want::square(16, Some(1));
        assert_eq!(spec.to_string().parse::<Spec>().unwrap(), spec);
        spec.load(want, &Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) })
    };
    let data = load("faces:60?classes=smiling+Eyeglasses").unwrap();
    let (names, values) = data.train.classes().unwrap();
    assert_eq!(names, ["none of these", "Smiling", "Eyeglasses", "Smiling + Eyeglasses"]);
    let column = |name: &str| &data.train.attributes.iter().find(|a| a.name == name).unwrap().values;
    let (smiling, glasses) = (column("Smiling"), column("Eyeglasses"));
    assert!((0..60).all(|i| values[i] == smiling[i] + 2.0 * glasses[i]));
    assert!(load("faces:60?classes=Wings").unwrap_err().to_string().contains("no attribute Wings; it has"));
    assert!("faces?classes=".parse::<Spec>().is_err());
}

/// A face and its outlines are of one face: lines are dark where the drawing has an edge, and test pictures have
/// theirs.
#[test]
fn faces_come_in_pairs_with_their_outlines() {
    let spec: Spec = "faces-edges:40".parse().unwrap();
    let want = zscope::data::Want::square(64, None);
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = spec.load(want, &job).unwrap();
    let faces = "faces:40".parse::<Spec>().unwrap().load(want, &job).unwrap();
    assert_eq!(data.train.pictures, faces.train.pictures, "the faces are the same as without lines");
    let edges = data.train.pictures_of("edges").unwrap();
    assert_eq!((edges.len(), edges.channels), (40, 1));
    for i in 0..40 {
        let lines = edges.get(i).unwrap();
        let dark = lines.iter().filter(|v| **v < 128).count() as f64 / lines.len() as f64;
        assert!((0.03..0.35).contains(&dark), "face {i}: {dark} of it is line");
    }
    assert_eq!(data.test.pictures_of("edges").unwrap().len(), data.test.pictures.len());
    assert!(data.offers().contains(&zscope::data::Offer::Pairs));
}

/// In the window every system trains, stops, and has the handles of what it takes; what follows a hand is one step of undo.
#[test]
fn every_system_has_its_handles_in_the_window() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    for entry in systems() {
        let name = entry.recipe.name;
        zscope::shot::system(&mut h, entry.recipe).unwrap_or_else(|e| panic!("{name}: {e}"));
        h.run_steps(3);
        assert!(zscope::shot::scenes().contains(&name));
        if entry.recipe.names_labels() {
            continue;
        }
        let inputs = app(&mut h).state().inputs().to_vec();
        assert!(!inputs.is_empty(), "{name}");
        for input in &inputs {
            let handle = match input.kind {
                Kind::Latent { .. } => "🎲 Randomise",
                Kind::Class { .. } => "Blend to",
                Kind::Codes { .. } => "The codebook",
                Kind::Picture { .. } => "The sheet to draw on",
                Kind::Labels { .. } => "The label map to paint",
                Kind::Partial { .. } => "Erase the lower half",
                Kind::Text { .. } => "What the picture shows",
                Kind::Tracks { .. } => "The scene to walk in",
                // Beside a latent there is a button for the noise alone.
                Kind::Noise if inputs.iter().any(|i| i.name == "z") => "🎲 Noise",
                Kind::Noise => "🎲 Randomise",
                Kind::Number { .. } => match input.name.as_str() {
                    zscope::point::RESOLUTION => "Resolution",
                    zscope::point::FADE => "Fade",
                    zscope::point::TRUNCATION => "Truncation ψ",
                    zscope::point::NOISE_STRENGTH => "Noise strength",
                    _ => "Temperature",
                },
                Kind::Moment { .. } => "Clip",
                // No recipe's; those of style-based generators are asked for in tests/it/stylegan.rs.
                Kind::Whole { .. } => continue,
            };
            assert!(h.query_by_label(handle).is_some(), "{name} has no {handle}");
            if input.name == "z" {
                continue;
            }
            // Another value is another picture, is undone at one go, and outlives a bookmark.
            let before = app(&mut h).state().point();
            let value = match &input.kind {
                Kind::Class { names } => zscope::point::one_hot(1, names.len()),
                Kind::Codes { height, width, .. } => Value::Codes(vec![1; height * width].into()),
                Kind::Picture { width, height, channels, .. } => {
                    Value::Picture(vec![0; width * height * channels].into())
                }
                Kind::Labels { width, height, .. } => Value::Picture(vec![1; width * height].into()),
                Kind::Partial { width, height, channels } => {
                    Value::Picture(vec![255; width * height * (channels + 1)].into())
                }
                Kind::Noise => Value::Noise(77),
                Kind::Text { .. } => Value::Text("an old man with zebras".into()),
                Kind::Number { min, .. } => Value::Number(*min),
                Kind::Moment { .. } => Value::Number(2.0),
                Kind::Tracks { span } => {
                    let small = zscope::data::tracks::small(*span);
                    Value::Tracks(small.iter().map(|v| v * 0.5).collect())
                }
                Kind::Latent { .. } | Kind::Whole { .. } => continue,
            };
            app(&mut h).act(Action::Hold(input.name.clone(), value.clone()));
            zscope::shot::until(&mut h, "its picture", zscope::app::App::settled).unwrap();
            assert_eq!(app(&mut h).state().point().held[&input.name], value, "{name}");
            let marked = app(&mut h).state().point();
            app(&mut h).act(Action::Bench(Benching::Put(Well::Bookmarks, marked.clone().into(), None)));
            app(&mut h).act(Action::Undo);
            app(&mut h).act(Action::Undo);
            assert_eq!(app(&mut h).state().point(), before, "{name}");
            app(&mut h).act(Action::Go(marked.clone()));
            assert_eq!(app(&mut h).state().point(), marked, "{name}");
            let wrong = Action::Hold(input.name.clone(), Value::Class(vec![1.0; 3]));
            app(&mut h).act(wrong);
            assert!(app(&mut h).state().failure(zscope::engine::message::Place::Model).is_some(), "{name}");
            app(&mut h).act(Action::Dismiss(zscope::engine::message::Place::Model));
        }
        if !inputs.iter().any(|i| matches!(i.kind, Kind::Latent { .. })) {
            // Between codes there is a way, as between latents.
            let codes = inputs.iter().any(|i| matches!(i.kind, Kind::Codes { .. }));
            for tab in [Tab::Morph, Tab::Mix, Tab::Map] {
                if codes && tab == Tab::Morph {
                    continue;
                }
                app(&mut h).act(Action::Show(tab));
                h.run_steps(2);
                assert!(h.query_by_label_contains("has no latent space to move through").is_some(), "{name}");
            }
        }
    }
}
