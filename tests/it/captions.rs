//! Captions: that they are true of their pictures, the words and numbers they become, texts beside pictures, a system that draws
//! what they say, the field that takes them, and the command.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, window};
use crate::data::{picture, put, quietly, whole};
use egui_kittest::kittest::Queryable;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::action::Action;
use zscope::data::faces::captions::named;
use zscope::data::vocabulary::{self, Vocabulary};
use zscope::data::{Dataset, Job, Spec, Split, Want, folder};
use zscope::engine::device;
use zscope::engine::grid::{GRID, GridWanted, draw_grid};
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{self, Session};
use zscope::nn::host::floats;
use zscope::nn::{Noise, Watch};
use zscope::point::{Point, Texts, Value, Values};
use zscope::tools::picture::rgb;
use zscope::tools::words::words;
use zscope::zoo::{self, Held, Settings};

fn load(spec: &str, size: usize) -> Dataset {
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    spec.parse::<Spec>().unwrap().load(Want::square(size, Some(3)), &job).unwrap()
}

fn column<'a>(split: &'a Split, name: &str) -> &'a [f32] {
    &split.attributes.iter().find(|a| a.name == name).unwrap_or_else(|| panic!("no {name}")).values
}

/// Each attribute that a caption names is the face's, whatever the wording; and captions differ in what they mention.
#[test]
fn captions_of_faces_are_true() {
    let data = load("faces-captions:1500", 16);
    assert!(data.offers().contains(&zscope::data::Offer::Captions));
    let (mut said, mut kinds, mut all) = (0, [0; 4], std::collections::BTreeSet::new());
    for split in [&data.train, &data.test] {
        let (name, captions) = split.captions().unwrap();
        assert_eq!((name, captions.len()), ("caption", split.pictures.len()));
        for (i, caption) in captions.iter().enumerate() {
            for (attribute, there) in named(caption) {
                assert_eq!(column(split, attribute)[i] > 0.5, there, "{attribute} of \"{caption}\"");
                said += 1;
            }
            let words = vocabulary::words(caption);
            assert!(words.len() <= 16 && caption.len() > 4, "{caption}");
            // Which glasses they are is in a column of its own, which no attribute tells.
            for (kind, way) in ["round", "square", "pointed", "sunglasses"].iter().enumerate() {
                if words.iter().any(|w| w == way) {
                    assert_eq!(column(split, "glasses shape")[i], kind as f32, "{caption}");
                    kinds[kind] += 1;
                }
            }
            all.insert(caption.clone());
        }
    }
    assert!(said > 2 * 1500 && kinds.iter().all(|n| *n > 3), "{said}, {kinds:?}");
    assert!(all.len() > 800, "{} different captions", all.len());
    // A larger set begins with the same captions, and the held-out ones are the same without the others.
    let spec: Spec = "faces-captions:1500".parse().unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let held = spec.load_held_out(Want::square(16, Some(3)), &job).unwrap();
    assert_eq!(held.test.captions(), data.test.captions());
    assert_eq!(
        named("a bald guy without glasses and hats"),
        [("Bald", true), ("Eyeglasses", false), ("Male", true)]
    );
}

/// Of scenes of shapes each word is true: shape, colour and size of each thing, and which side of the other it is on.
#[test]
fn captions_of_shapes_are_true() {
    let data = load("shapes-captions:600", 32);
    let split = &data.train;
    let (_, captions) = split.captions().unwrap();
    let shapes = ["square", "ellipse", "heart"];
    let colours = ["red", "yellow", "green", "blue", "purple", "white"];
    let (mut sides, mut both) = ([0; 4], 0);
    for (i, caption) in captions.iter().enumerate() {
        let words = vocabulary::words(caption);
        let places: Vec<usize> = (0..words.len()).filter(|k| shapes.contains(&words[*k].as_str())).collect();
        assert_eq!(places.len() == 2, column(split, "Two")[i] > 0.5, "{caption}");
        let relation = ["left", "right", "above", "over", "below", "under"];
        let side = words.iter().find_map(|w| relation.iter().position(|r| r == w));
        let side = side.map(|k| [0, 1, 2, 2, 3, 3][k]);
        let shape_at = |k: usize| shapes.iter().position(|s| *s == words[places[k]]).unwrap() as f32;
        let own = [column(split, "shape")[i], column(split, "other shape")[i]];
        // Whether the caption begins with the second thing.
        let turned = match side {
            Some(side) => {
                sides[side] += 1;
                let told = column(split, "side")[i] as usize;
                assert!(told == side || told == side ^ 1, "{caption}: {told}");
                told != side
            }
            None if places.len() == 2 => {
                both += 1;
                continue;
            }
            None => false,
        };
        let of = |k: usize| usize::from((k == 1) != turned);
        let mut from = 0;
        for (k, place) in places.iter().enumerate() {
            assert_eq!(shape_at(k), own[of(k)], "{caption}");
            for word in &words[from..*place] {
                if let Some(colour) = colours.iter().position(|c| c == word) {
                    let name = ["colour", "other colour"][of(k)];
                    assert_eq!(colour as f32, column(split, name)[i], "{caption}");
                }
                if of(k) == 0 && ["large", "big", "small", "little"].contains(&word.as_str()) {
                    let large = ["large", "big"].contains(&word.as_str());
                    assert_eq!(large, column(split, "Large")[i] > 0.5, "{caption}");
                }
            }
            from = *place;
        }
        // The picture shows it: what is left of the other has its colour further left.
        if let (Some(side), 2) = (side, places.len())
            && column(split, "colour")[i] == 0.0
            && [3.0, 2.0].contains(&column(split, "other colour")[i])
        {
            let pixels = split.pictures.get(i).unwrap();
            let middle = |wanted: &dyn Fn(&[u8]) -> bool| {
                let hits: Vec<usize> = (0..1024).filter(|p| wanted(&pixels[p * 3..p * 3 + 3])).collect();
                let sum = hits.iter().fold([0, 0], |[x, y], p| [x + p % 32, y + p / 32]);
                sum.map(|v| v as f32 / hits.len() as f32)
            };
            let red = middle(&|p| p[0] > 180 && p[1] < 90 && p[2] < 90);
            let other = middle(&|p| p[0] < 90 && (p[1] > 140 || p[2] > 180));
            let first = if turned { side ^ 1 } else { side };
            let away = [red[0] - other[0], red[1] - other[1]];
            let right = [-away[0], away[0], -away[1], away[1]][first];
            assert!(right > 5.0, "{caption}: red at {red:?}, the other at {other:?}");
        }
    }
    assert!(sides.iter().all(|n| *n > 20) && both > 10, "{sides:?} {both}");
    // In the mirror left is right.
    let mirrored = load("shapes-captions:40?mirror=on", 16);
    let (_, all) = mirrored.train.captions().unwrap();
    assert_eq!(all.len(), 80);
    assert!((0..40).all(|i| all[40 + i] == vocabulary::mirrored(&all[i])));
    assert_eq!(vocabulary::mirrored("to the left of a heart"), "to the right of a heart");
}

#[test]
fn words_become_numbers() {
    let captions = ["A red hat, a hat!", "blue hat", "", "don't"].map(String::from);
    let v = Vocabulary::of("caption", &captions).unwrap();
    assert_eq!(v.words[..], ["hat", "a", "blue", "don't", "red"]);
    assert_eq!((v.example.as_str(), v.longest), ("A red hat, a hat!", 16));
    assert_eq!(vocabulary::tokens(&v.words, 5, "RED zebra hat"), [6, 1, 2, 0, 0]);
    assert_eq!(vocabulary::tokens(&v.words, 2, "red zebra hat"), [6, 1]);
    assert_eq!(vocabulary::entries(&v.words), 7);
    assert_eq!(vocabulary::unknown(&v.words, "a Zebra, a red zebra and hat"), ["zebra", "and"]);
    assert_eq!(vocabulary::completions(&v.words, "red h", 3), ["hat"]);
    assert!(vocabulary::completions(&v.words, "red hat", 3).is_empty());
    assert!(vocabulary::completions(&v.words, "red ", 3).is_empty());
    assert_eq!(vocabulary::completed("red H", "hat"), "red hat ");
    assert_eq!(vocabulary::completed("", "hat"), "hat ");
    assert_eq!(vocabulary::without("A red hat", 1), "a hat");
    assert_eq!(vocabulary::cut("one two three", 2), "one two");
    assert!(Vocabulary::of("caption", &["…".into()]).is_none());
    // Of many words the frequent ones stay.
    let many: Vec<String> = (0..3000).map(|i| format!("often word{i}")).collect();
    let v = Vocabulary::of("caption", &many).unwrap();
    assert_eq!((v.words.len(), v.words[0].as_str()), (vocabulary::MOST, "often"));
}

/// A text beside each picture, or a table of captions; pictures without one are listed.
#[test]
fn own_pictures_have_their_texts() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..4u8 {
        picture(&dir, &format!("{i}.png"), 8, 8, [i * 40, 0, 9]);
    }
    put(&dir, "0.txt", b"\n  a dark square \nmore");
    put(&dir, "1.txt", "\u{feff}another one".as_bytes());
    put(&dir, "2.txt", b"a lighter one");
    put(&dir, "3.txt", b" \n");
    let set = quietly(|job| folder::load(dir.path(), whole(16, None), job)).unwrap();
    let told = |set: &Dataset| set.train.captions().map(|(_, all)| all.to_vec());
    assert_eq!(told(&set).unwrap(), ["a dark square", "another one", "a lighter one"]);
    assert_eq!(set.train.pictures.len(), 3);
    assert!(set.skipped.iter().any(|s| s.path.ends_with("3.png") && s.reason.contains("no text")));
    // A table comes first.
    put(&dir, "captions.csv", b"0.png,a b\n1.png,c d\n2.png,e f\n3.png,g h\n");
    let set = quietly(|job| folder::load(dir.path(), whole(16, None), job)).unwrap();
    assert_eq!(told(&set).unwrap(), ["a b", "c d", "e f", "g h"]);
    std::fs::remove_file(dir.path().join("captions.csv")).unwrap();
    // Of few texts none is used, and it is said.
    for i in 0..2 {
        std::fs::remove_file(dir.path().join(format!("{i}.txt"))).unwrap();
    }
    let set = quietly(|job| folder::load(dir.path(), whole(16, None), job)).unwrap();
    assert_eq!((set.train.pictures.len(), told(&set)), (4, None));
    assert!(set.skipped.iter().any(|s| s.reason.contains("only 1 of the 4")), "{:?}", set.skipped);
}

fn begin(out: &Path, more: &[(&str, f64)]) -> Session {
    let entry = zoo::find("text-gan").unwrap();
    let mut settings = entry.recipe.tiny_settings();
    settings.0.extend(more.iter().map(|(name, v)| (name.to_string(), *v)));
    let order = TrainOrder {
        recipe: "text-gan".into(),
        data: "shapes-captions:60".into(),
        settings,
        seed: 3,
        out: Some(out.into()),
        ..TrainOrder::default()
    };
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = order.data.parse::<Spec>().unwrap().load(session::want(entry, &order.settings), &job).unwrap();
    Session::new(order, Arc::new(data), &device::cpu().device, None, true).unwrap()
}

/// D sees real pictures with captions of others, and pays for them by their weight; where all captions are one there is no wrong one.
#[test]
fn wrong_captions_are_scored() {
    let entry = zoo::find("text-gan").unwrap();
    let data = load("shapes-captions:16", 32);
    let facts = zscope::engine::data_loader::facts_of(&data);
    let device = device::cpu().device;
    let step = |wrong: f64, captions: Option<Vec<String>>| {
        let mut settings = entry.recipe.tiny_settings();
        settings.0.insert("wrong".into(), wrong);
        let mut system = (entry.build)(&facts, &settings, 5, &device).unwrap();
        let training = device.clone().autodiff();
        let mut batch = zoo::gather(&data.train, &(0..8).collect::<Vec<_>>(), &training).unwrap();
        assert_eq!(batch.captions.as_deref(), data.train.captions().map(|(_, all)| &all[..8]));
        batch.captions = captions.or(batch.captions);
        floats(system.step(0, &batch, &mut Noise::new(1, 0), &settings))
    };
    // D, G, KL, real, fake, wrong.
    let [none, half, most] = [0.0, 0.5, 0.9].map(|w| step(w, None));
    assert_eq!(none[3..], half[3..]);
    assert_ne!(none[3], none[5], "another caption is another verdict");
    let slope = (most[0] - none[0]) / 0.9;
    assert!(
        slope.abs() > 1e-6 && (none[0] + 0.5 * slope - half[0]).abs() < 1e-5,
        "{none:?} {half:?} {most:?}"
    );
    let same = step(0.5, Some(vec!["a red heart".into(); 8]));
    assert_eq!(same[3], same[5], "no caption is wrong where all are one");
    // Data without captions is refused, in a sentence that says what would do.
    let plain = zscope::engine::data_loader::facts_of(&load("shapes:4", 32));
    let said = (entry.build)(&plain, &Settings::default(), 1, &device).err().unwrap();
    assert!(said.contains("faces-captions") && said.contains(".txt"), "{said}");
}

fn at(model: &Held, value: Value) -> Point {
    Point { z: vec![0.4; model.latent_dims()], held: Values::from([("caption".into(), value)]) }
}

/// Between two captions there are pictures between, at the ends they are those of the captions; words that are left out are scored;
/// a text of too many words is refused; the words are in the file.
#[test]
fn captions_are_an_input() {
    let dir = tempfile::tempdir().unwrap();
    let device = device::cpu().device;
    // Steps so large that captions differ by more than rounding.
    let set = [("learning_rate_g", 0.02), ("learning_rate_d", 0.02), ("ema", 0.0)];
    let mut s = begin(&dir.path().join("run"), &set);
    (0..6).for_each(|_| s.advance());
    let saved = s.save().unwrap().unwrap();
    let checkpoint = zscope::weights::read(&saved).unwrap();
    let card = checkpoint.card.captions.clone().unwrap();
    assert!(card.words.iter().any(|w| w == "heart"));
    let model = session::explore(&checkpoint, &device).unwrap();
    let text = |t: &str| Value::Text(t.into());
    let way = |part| Value::Texts(Texts { from: "a red heart".into(), to: "square".into(), part });
    let draw = |points: &[Point]| floats(model.draw(points, &device, &mut Watch::nobody()).unwrap());
    let one = |value: Value| draw(&[at(&model, value)]);
    let near = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 1e-5;
    let (heart, square, middle) = (one(text("a red heart")), one(text("square")), one(way(0.5)));
    assert!(!near(&heart, &square) && !near(&middle, &heart) && !near(&middle, &square));
    assert!(near(&one(way(0.0)), &heart) && near(&one(way(1.0)), &square));
    // Case and stops say nothing; unknown words are all one; a longer neighbour changes nothing.
    assert!(near(&one(text("A red, heart.")), &heart));
    assert!(near(&one(text("a zebra heart")), &one(text("a qwertz heart"))));
    let together =
        draw(&[at(&model, text("square")), at(&model, text("a big red heart left of a small blue square"))]);
    assert!(near(&together[..square.len()], &square));
    assert!(one(text("")).iter().all(|v| v.is_finite()));
    let a = at(&model, text("a red heart"));
    let b = at(&model, text("square"));
    let blended = a.blend_held(&b, 0.25, false);
    assert_eq!(blended["caption"], way(0.25));
    assert_eq!(a.blend_held(&b, 1.0, false)["caption"], text("square"));
    let point = Point { held: blended, ..a.clone() };
    assert_eq!(serde_json::from_str::<Point>(&serde_json::to_string(&point).unwrap()).unwrap(), point);
    let long = at(&model, text(&"heart ".repeat(90)));
    assert!(long.check(model.inputs()).unwrap_err().contains("at most 16 words, and these are 90"));

    let found = words(&model, &at(&model, text("a red zebra")), &device).unwrap();
    let (without, changes): (Vec<&str>, Vec<f32>) = found.words.iter().map(|(w, c)| (w.as_str(), *c)).unzip();
    assert_eq!(without, ["a", "red", "zebra"]);
    let told = |t: &str| {
        let (x, y) = (one(text("a red zebra")), one(text(t)));
        x.iter().zip(&y).map(|(a, b)| (a - b).abs()).sum::<f32>() / x.len() as f32
    };
    for (change, rest) in changes.iter().zip(["red zebra", "a zebra", "a red"]) {
        assert!((change - told(rest)).abs() < 1e-5 && *change > 0.0, "{rest}: {change}");
    }
    assert!(words(&model, &at(&model, text("…")), &device).is_err());
    // Examples of the data are its captions.
    let values = model.values_of(&zoo::gather(&s.dataset.train, &[2], &device).unwrap());
    assert_eq!(values[0]["caption"], text(&s.dataset.train.captions().unwrap().1[2]));

    // The command: what is said is drawn, unknown words are named, and what takes no caption says so.
    let out = dir.path().join("s.png");
    let run = |words: &[&str]| -> Output {
        let file = out.to_str().unwrap();
        let all = [words, &["--n", "2", "--device", "cpu", "--out", file]].concat();
        Command::new(env!("CARGO_BIN_EXE_zscope")).args(all).output().unwrap()
    };
    let (opened, model) = (model, saved.to_str().unwrap());
    let done = run(&["sample", model, "--caption", "a red zebra", "--caption", "square"]);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && said.contains("not known to the model: zebra"), "{said}");
    // The first latent with the first caption, the next with the next.
    let held = ["a red zebra", "square"].map(|t| Values::from([("caption".to_string(), text(t))]));
    let grid = GridWanted { columns: 2, rows: 1, ..GRID };
    let expected = rgb(draw_grid(&opened, grid, &held, &device).unwrap());
    assert_eq!(image::open(&out).unwrap().into_rgb8(), expected);
    assert!(run(&["sample", model]).status.success(), "without one the data's captions are drawn");
    let wrong = run(&["sample", "digits-vae", "--caption", "a hat"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("takes no caption"));
}

/// Typed letter by letter the picture follows; an edit is one step of undo, an unknown word is named, a known one completed; a second
/// caption has a slider; each word is left out in a window.
#[test]
fn a_caption_is_typed_in_the_window() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    zscope::shot::system(&mut h, zoo::recipe("text-gan").unwrap()).unwrap();
    h.run_steps(3);
    let told = |h: &mut _| -> Value {
        let state = app(h).state();
        let input = state.inputs().iter().find(|i| i.name == "caption").unwrap().clone();
        input.value_in(&state.latent.held)
    };
    let before = told(&mut h);
    let home = before.text().unwrap().to_owned();
    let field = |h: &egui_kittest::Harness<'static, zscope::shot::Stage>| {
        h.get_by_role_and_label(egui::accesskit::Role::MultilineTextInput, "What the picture shows").focus();
    };
    field(&h);
    h.run_steps(2);
    h.key_press(egui::Key::End);
    h.run_steps(2);
    let typed = |h: &mut egui_kittest::Harness<'static, zscope::shot::Stage>, text: &str| {
        h.get_by_role_and_label(egui::accesskit::Role::MultilineTextInput, "What the picture shows")
            .type_text(text);
        h.run_steps(2);
    };
    typed(&mut h, " zebra");
    assert_eq!(told(&mut h), Value::Text(format!("{home} zebra")));
    assert!(h.query_by_label_contains("Not known to the model: zebra").is_some());
    zscope::shot::until(&mut h, "its picture", zscope::app::App::settled).unwrap();
    app(&mut h).act(Action::Release);
    typed(&mut h, " smili");
    h.key_press(egui::Key::Tab);
    h.run_steps(3);
    assert_eq!(told(&mut h), Value::Text(format!("{home} zebra smiling ")));
    app(&mut h).act(Action::Undo);
    assert_eq!(told(&mut h), Value::Text(format!("{home} zebra")), "what was typed at one go is one step");
    app(&mut h).act(Action::Undo);
    assert_eq!(told(&mut h), before);
    app(&mut h).act(Action::Hold("caption".into(), Value::Text("a man".into())));
    app(&mut h).act(Action::Release);
    h.run_steps(2);
    h.get_by_label("Second caption").click();
    h.run_steps(3);
    assert_eq!(told(&mut h), Value::Texts(Texts { from: "a man".into(), to: "a man".into(), part: 0.0 }));
    assert!(h.query_all_by_label("From one to the other").next().is_some());
    let way = Value::Texts(Texts { from: "a man".into(), to: "a woman".into(), part: 0.75 });
    app(&mut h).act(Action::Hold("caption".into(), way.clone()));
    app(&mut h).act(Action::Release);
    h.run_steps(2);
    h.get_by_label("One caption").click();
    h.run_steps(2);
    assert_eq!(told(&mut h), Value::Text("a woman".into()));
    app(&mut h).act(Action::Undo);
    assert_eq!(told(&mut h), way);
    h.run_steps(2);
    h.get_by_label("Which words").click();
    h.run_steps(3);
    zscope::shot::until(&mut h, "what each word does", |a| a.state().words.is_some()).unwrap();
    h.run_steps(2);
    let found = app(&mut h).state().words.clone().unwrap();
    assert_eq!(found.words.iter().map(|(w, _)| w.as_str()).collect::<Vec<_>>(), ["a", "woman"]);
    h.get_by_label("Without woman").click();
    h.run_steps(2);
    assert_eq!(told(&mut h), Value::Text("a".into()));
}
