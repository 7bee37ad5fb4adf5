//! What people lose, and dead ends: a stopped run goes on and can be binned, errors move nothing under a pointer, a model
//! comes back with all that was left with it, resuming takes moved data, a person's own z is the network's, no name panics.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, window};
use eframe::egui;
use egui_kittest::kittest::{NodeT, Queryable};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::Duration;
use zscope::action::bench::Benching;
use zscope::action::{Action, History, apply};
use zscope::engine::message::{Change, DeviceChoice, Event, Phase, Place, TrainOrder};
use zscope::engine::{self, archive, folder};
use zscope::point::{self, Input, Kind, Prior};
use zscope::remembered::Memory;
use zscope::state::bench::Well;
use zscope::state::{Tab, Until};

/// Handles events until one answers, for at most two minutes; an error is what it fails with.
fn wait<T>(link: &engine::Link, mut answer: impl FnMut(&Event) -> Option<T>) -> Result<T, String> {
    while let Ok(event) = link.events.recv_timeout(Duration::from_secs(120)) {
        if let Some(found) = answer(&event) {
            return Ok(found);
        }
        if let Event::Failed { message, .. } = event {
            return Err(message);
        }
    }
    Err("no answer within two minutes".into())
}

fn phase(wanted: Phase) -> impl FnMut(&Event) -> Option<u64> {
    move |e| match e {
        Event::Progress(p) if p.phase == wanted => Some(p.step),
        _ => None,
    }
}

#[test]
fn a_stopped_run_goes_on_in_its_own_folder_and_can_be_binned() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let config = engine::Config {
        gpu: None,
        choice: DeviceChoice::Cpu,
        shipped: zscope::shipped::MODELS,
        judge: zscope::shipped::judge_of,
    };
    let (link, engine) = engine::start(config, Arc::new(|_| {})).unwrap();
    let order = TrainOrder {
        recipe: "fc-vae".into(),
        data: "digits:100".into(),
        settings: zscope::zoo::fc_vae::RECIPE.tiny_settings(),
        out: Some(run.clone()),
        ..TrainOrder::default()
    };
    let send = |command| link.commands.send(command).unwrap();
    send(engine::message::Command::Train(order));
    wait(&link, |e| matches!(e, Event::Progress(p) if p.step > 3).then_some(())).unwrap();
    send(engine::message::Command::Stop);
    let stopped = wait(&link, phase(Phase::Finished)).unwrap();
    // The same window goes on in the same folder, from where it stopped.
    send(engine::message::Command::Continue { from: run.clone(), data: None, out: None });
    let on = wait(&link, |e| match e {
        Event::Progress(p) if p.phase == Phase::Running && p.step > stopped => Some(p.folder.clone()),
        _ => None,
    });
    assert_eq!(on.unwrap().as_deref(), Some(run.as_path()));
    // While it trains nobody else may.
    assert!(archive::bin::put(&run).unwrap_err().contains("being trained"));
    send(engine::message::Command::Stop);
    let end = wait(&link, phase(Phase::Finished)).unwrap();
    assert!(end > stopped);
    let metrics = folder::read_metrics(&run, end);
    assert_eq!(metrics.rows.len() as u64, end, "one curve through the stop");
    archive::bin::put(&run).unwrap();
    // What is gone stays gone when the window closes.
    drop(link);
    engine.join();
    assert!(!run.exists());
}

/// Where a button is, and that an error leaves it there.
#[test]
fn an_error_moves_nothing_and_can_be_dismissed() {
    let Some((mut h, _dir)) = window([1024.0, 700.0], false) else { return };
    for tab in [Tab::Explore, Tab::Train, Tab::Morph, Tab::Mix, Tab::Map, Tab::Data, Tab::Runs] {
        app(&mut h).act(Action::Show(tab));
        h.run_steps(4);
        let places = |h: &egui_kittest::Harness<'static, zscope::shot::Stage>| -> Vec<(String, egui::Rect)> {
            let all = h.query_all(egui_kittest::kittest::By::new().role(egui::accesskit::Role::Button));
            all.filter_map(|n| Some((n.accesskit_node().label()?, n.rect()))).collect()
        };
        let before = places(&h);
        assert!(before.len() > 3, "{tab:?} has buttons");
        let long = "the model in /a/very/long/path/that/has/no/end could not be opened because its tensors are those of another network altogether; open it with the program that wrote it and save it again";
        let all = [Place::Model, Place::Train, Place::Data, Place::Runs, Place::Engine, Place::Bench];
        all.into_iter().for_each(|place| app(&mut h).act(Action::Report(place, long.into())));
        h.run_steps(4);
        let after = places(&h);
        for (label, rect) in &before {
            let near = |r: &egui::Rect| (r.min - rect.min).length() < 0.5;
            assert!(after.iter().any(|(l, r)| l == label && near(r)), "{tab:?}: {label} moved");
        }
        // Every error that stands there wraps inside of the window.
        let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1024.0, 700.0));
        let errors: Vec<egui::Rect> = h.query_all_by_label_contains("altogether").map(|n| n.rect()).collect();
        assert!(!errors.is_empty(), "{tab:?} shows its errors");
        assert!(errors.iter().all(|r| screen.contains_rect(*r) && r.height() > 20.0), "{tab:?}: {errors:?}");
        all.into_iter().for_each(|place| app(&mut h).act(Action::Dismiss(place)));
    }
}

#[test]
fn a_model_comes_back_with_what_was_left_with_it_after_a_restart_too() {
    let dir = tempfile::tempdir().unwrap();
    let inputs = vec![Input::z(4), Input::class(vec!["a".into(), "b".into()])];
    let (mut s, mut h) = (crate::app::state(4), History::default());
    apply(&mut s, &mut h, Action::SetZ(1, 1.25));
    apply(
        &mut s,
        &mut h,
        Action::Bench(Benching::Put(Well::Bookmarks, vec![0.1, 0.2, 0.3, 0.4].into(), None)),
    );
    apply(&mut s, &mut h, Action::SetZ(2, -0.5));
    let now = zscope::action::Kept { latent: s.latent.clone(), bench: s.bench.clone() };
    let mut memory = Memory::new(Some(dir.path().join("models")));
    memory.put("00ff00ff", &now, &h).unwrap();
    assert!(memory.take("other").unwrap().is_none());
    // Another start of the program.
    let mut memory = Memory::new(Some(dir.path().join("models")));
    let back = memory.take("00ff00ff").unwrap().unwrap().fitting(&inputs).unwrap();
    assert_eq!(back.now, now);
    assert_eq!(back.history.past, h.past, "undo included");
    let mut again = crate::app::state(4);
    (again.latent, again.bench) = (back.now.latent, back.now.bench);
    let mut history = back.history;
    apply(&mut again, &mut history, Action::Undo);
    assert_eq!((again.latent.z[1], again.latent.z[2]), (1.25, 0.5));
    apply(&mut again, &mut history, Action::Undo);
    assert!(again.bench.well(Well::Bookmarks).is_empty());
    // What there is to redo is kept as well, though nothing else changed since the last time.
    let now = zscope::action::Kept { latent: again.latent.clone(), bench: again.bench.clone() };
    memory.put("00ff00ff", &now, &history).unwrap();
    apply(&mut again, &mut history, Action::Redo);
    apply(&mut again, &mut history, Action::Undo);
    apply(&mut again, &mut history, Action::SetZ(3, 9.0));
    apply(&mut again, &mut history, Action::Undo);
    assert_eq!(zscope::action::Kept { latent: again.latent.clone(), bench: again.bench.clone() }, now);
    memory.put("00ff00ff", &now, &history).unwrap();
    let mut third = Memory::new(Some(dir.path().join("models")));
    assert_eq!(third.take("00ff00ff").unwrap().unwrap().history.future, history.future);
    // A model that takes something else gets nothing of it.
    assert!(memory.take("00ff00ff").unwrap().unwrap().fitting(&[Input::z(5)]).is_none());
    // A damaged file is put aside in a sentence, and nothing panics.
    let file = dir.path().join("models/00ff00ff.json");
    std::fs::write(&file, b"{\"format\":1,\"benches\":[],\"now\":[{},7]}").unwrap();
    let said = Memory::new(Some(dir.path().join("models"))).take("00ff00ff").unwrap_err();
    assert!(said.contains("damaged") && !file.exists(), "{said}");
    assert!(file.with_extension("damaged").exists());
}

#[test]
fn opening_another_model_and_coming_back_brings_bookmarks_and_undo_back() {
    let Some((mut h, _dir)) = window([1280.0, 800.0], false) else { return };
    let opened = |h: &mut egui_kittest::Harness<'static, zscope::shot::Stage>, name: &str| {
        app(h).act(Action::OpenShipped(name.into()));
        zscope::shot::until(h, "the model", |a| a.state().model.as_ref().is_some_and(|m| m.name == name))
            .unwrap();
    };
    opened(&mut h, "digits-vae");
    app(&mut h).act(Action::SetZ(0, 2.0));
    let z = app(&mut h).state().latent.z.clone();
    app(&mut h).act(Action::Bench(Benching::Put(Well::Bookmarks, z.clone().into(), None)));
    opened(&mut h, "digits-gan");
    assert!(app(&mut h).state().bench.well(Well::Bookmarks).is_empty(), "another model's are its own");
    opened(&mut h, "digits-vae");
    assert_eq!(app(&mut h).state().latent.z, z);
    assert_eq!(app(&mut h).state().bench.well(Well::Bookmarks).len(), 1);
    app(&mut h).act(Action::Undo);
    assert!(app(&mut h).state().bench.well(Well::Bookmarks).is_empty(), "undo goes on where it was");
}

#[test]
fn single_steps_of_one_part_leave_the_marks_of_changes_alone() {
    let change = |step, name: &str, value| Change { step, name: name.into(), value };
    let turn = zscope::zoo::common::TURN_NAME;
    // A rate was changed, D stepped alone three times, G once, and then somebody held G for good.
    let changes = [
        change(10, "learning_rate_d", 1e-3),
        change(12, turn, 1.0),
        change(13, turn, 1.0),
        change(14, turn, 1.0),
        change(15, turn, 2.0),
        change(16, turn, 0.0),
        change(40, turn, 1.0),
    ];
    let marks = zscope::ui::plot::changed(zscope::zoo::recipe("dcgan"), &changes);
    let words: Vec<(u64, &str)> = marks.iter().map(|(s, w)| (*s, w.as_str())).collect();
    assert_eq!(words, [(10, "Learning rate of D 0.001"), (40, "Who learns only D")]);
}

fn zscope(words: &[OsString], home: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).env("HOME", home).output().unwrap()
}

fn words(text: &str) -> Vec<OsString> {
    text.split(' ').map(OsString::from).collect()
}

#[test]
fn resuming_takes_moved_data_and_refuses_another_seed() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let train = |rest: &str| {
        let line =
            format!("train fc-vae --set batch=8 --set hidden=8 --device cpu --out {} {rest}", run.display());
        let out = zscope(&words(&line), dir.path());
        (out.status.code().unwrap(), String::from_utf8_lossy(&out.stderr).into_owned())
    };
    // Where nothing was saved yet, going on means beginning.
    assert_eq!(train("--resume --data digits:60 --steps 3").0, 0);
    let (code, said) = train("--resume --data digits:90 --steps 5");
    assert!(code == 0 && said.contains("90 pictures"), "{said}");
    let recorded = folder::read_order(&run).unwrap();
    assert_eq!((recorded.data.as_str(), recorded.seed), ("digits:90", 1));
    // What is not named stays as it is recorded.
    let (code, said) = train("--resume --steps 6");
    assert!(code == 0 && said.contains("90 pictures"), "{said}");
    let (code, said) = train("--resume --seed 7 --steps 8");
    assert!(code == 2 && said.contains("begun with seed 1"), "{said}");
    assert_eq!(train("--resume --seed 1 --steps 8").0, 0);
}

#[test]
fn a_persons_own_latent_is_the_networks_own_input() {
    for prior in [Prior::Normal, Prior::Uniform, Prior::UniformUnit] {
        let own = match prior {
            Prior::Normal => vec![-1.5, 0.0, 2.0],
            Prior::Uniform => vec![-0.9, 0.0, 0.5],
            Prior::UniformUnit => vec![0.1, 0.5, 0.99],
        };
        let sigmas = prior.sigmas(&own).unwrap();
        let back = prior.own(&sigmas);
        assert!(own.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-5), "{prior:?}: {back:?}");
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("z.txt");
        std::fs::write(&file, own.iter().map(f32::to_string).collect::<Vec<_>>().join(", ")).unwrap();
        assert_eq!(zscope::tools::latents::read(&file, 3, prior).unwrap().unwrap(), [sigmas]);
        let kind = Kind::Latent { dims: 3, prior };
        assert_eq!(point::prior(&[Input { kind, ..Input::z(3) }]), prior);
    }
    assert!(Prior::Uniform.sigmas(&[1.5]).unwrap_err().contains("from -1 to 1"));
    assert!(Prior::Uniform.words().contains("−1 to 1") && Prior::Normal.words().contains("σ"));
}

#[test]
fn latents_leave_the_program_as_the_network_takes_them() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("g.safetensors");
    std::fs::write(&file, crate::strangers::safe(&crate::strangers::generator())).unwrap();
    let line = |words: &[&str]| -> serde_json::Value {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let out = zscope(&words, dir.path());
        assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    };
    let file = file.to_str().unwrap();
    line(&["describe", file, "--set", "prior=uniform -1 to 1", "--json"]);
    let png = dir.path().join("p.png");
    let png = png.to_str().unwrap();
    for words in [vec!["edit", file, "--from", "3", "--out", png], vec!["layers", file, "--from", "3"]] {
        let said = line(&[&words[..], &["--device", "cpu", "--json"]].concat());
        let z: Vec<f64> = said["z"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        assert!(z.iter().all(|v| v.abs() < 1.0), "{words:?}: {z:?}");
        // And they come back as they went, as text and in a picture.
        let text = dir.path().join("z.txt");
        std::fs::write(&text, z.iter().map(f64::to_string).collect::<Vec<_>>().join(" ")).unwrap();
        for from in [text.to_str().unwrap(), png] {
            let back = line(&["layers", file, "--from", from, "--device", "cpu", "--json"]);
            let back = back["z"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap());
            assert!(z.iter().zip(back).all(|(a, b)| (a - b).abs() < 1e-5), "{from}");
        }
    }
}

#[test]
fn a_run_whose_data_has_moved_goes_on_where_it_is_now() {
    let Some((mut h, dir)) = window([1280.0, 800.0], false) else { return };
    let (before, after) = (dir.path().join("before"), dir.path().join("after"));
    std::fs::create_dir(&before).unwrap();
    for i in 0..40u8 {
        image::GrayImage::from_pixel(28, 28, image::Luma([i * 6]))
            .save(before.join(format!("{i}.png")))
            .unwrap();
    }
    let run = dir.path().join("run");
    let line = format!(
        "train fc-vae --data folder:{} --set batch=8 --set hidden=4 --steps 3 --device cpu --out {}",
        before.display(),
        run.display()
    );
    let done = zscope(&words(&line), dir.path());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::rename(&before, &after).unwrap();
    let a = app(&mut h);
    a.act(Action::Travel(zscope::action::travel::Travelling::Resume(run.clone())));
    zscope::shot::until(&mut h, "the refusal", |a| a.state().failure(Place::Train).is_some()).unwrap();
    h.run_steps(3);
    assert!(h.query_by_label_contains("if the data has moved").is_some());
    assert!(h.query_by_label("Where the data is now…").is_some());
    app(&mut h).act(Action::ContinueOn(format!("folder:{}", after.display())));
    zscope::shot::until(&mut h, "the training", |a| a.state().progress.step > 3).unwrap();
    assert!(app(&mut h).state().failure(Place::Train).is_none());
    app(&mut h).act(Action::Stop);
    zscope::shot::until(&mut h, "the end", |a| a.state().progress.phase == Phase::Finished).unwrap();
    assert!(folder::read_order(&run).unwrap().data.contains("after"));
}

#[test]
fn what_is_said_of_a_training_moves_nothing_and_can_be_put_away() {
    let Some((mut h, _dir)) = window([1024.0, 700.0], false) else { return };
    let a = app(&mut h);
    a.act(Action::Show(Tab::Train));
    a.act(Action::TrainingData("digits:100".into()));
    a.act(Action::Set("hidden".into(), 8.0));
    a.act(Action::Until(Until::Epochs(2.0)));
    a.act(Action::Train);
    zscope::shot::until(&mut h, "the end", |a| a.state().progress.phase == Phase::Finished && a.settled())
        .unwrap();
    h.run_steps(3);
    let place =
        |h: &egui_kittest::Harness<'static, zscope::shot::Stage>| h.get_by_label_contains("Losses").rect();
    let before = place(&h);
    let warning = zscope::engine::health::Warning {
        trouble: zscope::engine::health::Trouble::Exploding,
        title: "The loss explodes",
        classes: Vec::new(),
        evidence: "it is 40 times what it was".into(),
        advice: "Lower the learning rate.",
        since: 1200,
    };
    app(&mut h).hear(Event::Health(vec![warning]));
    let long = "a notice that is far too long for the line at the foot of the window ".repeat(4);
    app(&mut h).hear(Event::Note(long));
    h.run_steps(3);
    assert!(h.query_by_label_contains("Lower the learning rate").is_some());
    assert_eq!(place(&h), before);
    // Both are read, and go; the warning's title stays, so that it can be shown again.
    for _ in 0..4 {
        if let Some(button) = h.query_all_by_label("×").next() {
            button.click();
        }
        h.run_steps(3);
    }
    assert!(app(&mut h).state().notice.is_none());
    assert!(h.query_by_label_contains("Lower the learning rate").is_none());
    h.get_by_label_contains("The loss explodes").click();
    h.run_steps(3);
    assert!(h.query_by_label_contains("Lower the learning rate").is_some());
}

#[test]
fn no_name_panics() {
    let dir = tempfile::tempdir().unwrap();
    let odd =
        |name: &[u8]| OsString::from_vec([dir.path().as_os_str().as_encoded_bytes(), b"/", name].concat());
    let pictures = dir.path().join("d");
    std::fs::create_dir(&pictures).unwrap();
    for i in 0..3 {
        image::RgbImage::new(8, 8).save(pictures.join(format!("{i}.png"))).unwrap();
    }
    std::fs::write(pictures.join(OsString::from_vec(b"caf\xe9.png".to_vec())), b"").unwrap();
    let run = |mut line: Vec<OsString>, more: &[OsString]| {
        line.extend_from_slice(more);
        let out = zscope(&line, dir.path());
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!said.contains("panicked"), "{line:?}: {said}");
        (out.status.code().unwrap(), String::from_utf8_lossy(&out.stdout).into_owned(), said)
    };
    let listed = format!("data folder:{} --json", pictures.display());
    let (code, said, _) = run(words(&listed), &[]);
    assert!(code == 0 && said.contains("caf\u{fffd}.png"), "{said}");
    let out: OsString = "--out".into();
    for (line, name) in [
        ("convert digits-vae --json", &b"o\xe9.safetensors"[..]),
        ("sample digits-vae --n 4 --device cpu --json", &b"s\xff.png"[..]),
        (
            "train fc-vae --data digits:40 --set batch=8 --set hidden=4 --steps 2 --device cpu --json",
            &b"r\xfe\xf0"[..],
        ),
        ("walk digits-vae --key 1 --key 2 --frames 4 --device cpu --json", &b"w\xe9.gif"[..]),
        ("map plane digits-vae-2d --n 7 --device cpu --json", &b"m\xe9.png"[..]),
        ("layers digits-gan --from 3 --device cpu --json", &b"l\xe9.png"[..]),
    ] {
        let (code, _, said) = run(words(line), &[out.clone(), odd(name)]);
        assert_eq!(code, 0, "{line}: {said}");
        assert!(Path::new(&odd(name)).exists(), "{line}");
    }
    // Every command with a name of arbitrary bytes where a file or SPEC belongs: a sentence.
    for line in ["inspect", "eval", "sample --out x.png", "describe", "convert --out x.npz", "runs", "data"] {
        let mut line = words(line);
        line.insert(1, odd(b"\x80\xff\xfe"));
        let (code, _, said) = run(line.clone(), &[]);
        assert!(code != 0 && !said.is_empty() || line[0] == "runs", "{line:?}");
    }
    // Where text is wanted, the sentence names the argument that is none.
    let bad = || OsString::from_vec(b"caf\xe9".to_vec());
    for (line, argument) in [
        ("train fc-vae --data", "--data"),
        ("train fc-vae --set", "--set"),
        ("train fc-vae --at", "--at"),
        ("edit digits-vae --move", "--move"),
        ("eval digits-vae --data", "--data"),
        ("bench train --recipe", "--recipe"),
    ] {
        let (code, _, said) = run(words(line), &[bad()]);
        assert!(code == 2 && said.contains(&format!("{argument} wants text")), "{line}: {said}");
    }
    let (code, _, said) = run(words("train fc-vae"), &[OsString::from_vec(b"--data=caf\xe9".to_vec())]);
    assert!(code == 2 && said.contains("--data wants text"), "{said}");
    // A latent may lie in a file of any name.
    let z = odd(b"z\xe9.txt");
    std::fs::write(&z, "0.5 ".repeat(20)).unwrap();
    for line in [
        "edit digits-vae --device cpu --json --from",
        "walk digits-vae --frames 2 --device cpu --out w.gif --key",
    ] {
        let (code, _, said) = run(words(line), &[z.clone()]);
        assert_eq!(code, 0, "{line}: {said}");
    }
    let (code, said, _) = run(words("runs --json"), &[dir.path().into()]);
    assert!(code == 0 && said.contains('r'), "{said}");
}

#[test]
fn one_page_shows_one_model_and_says_which() {
    let Some((mut h, dir)) = window([1440.0, 900.0], false) else { return };
    let a = app(&mut h);
    a.act(Action::Show(Tab::Train));
    a.act(Action::TrainingData("digits:100".into()));
    a.act(Action::Set("hidden".into(), 16.0));
    a.act(Action::Until(Until::Epochs(2.0)));
    a.act(Action::Train);
    zscope::shot::until(&mut h, "the window", |a| a.state().progress.phase == Phase::Finished && a.settled())
        .unwrap();
    h.run_steps(3);
    assert!(h.query_by_label_contains("Fully-connected VAE in training · step").is_some());
    app(&mut h).act(Action::OpenShipped("digits-gan".into()));
    zscope::shot::until(&mut h, "the window", |a| {
        a.state().model.as_ref().is_some_and(|m| m.name == "digits-gan")
    })
    .unwrap();
    h.run_steps(3);
    assert!(h.query_by_label_contains("digits-gan, which is not what trains").is_some());
    h.get_by_label("Show the training").click();
    zscope::shot::until(&mut h, "the window", |a| {
        a.state().model.as_ref().is_some_and(|m| m.name.contains("in training"))
    })
    .unwrap();
    drop(dir);
}
