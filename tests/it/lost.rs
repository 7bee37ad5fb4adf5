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
    let stopped = wait(&link, phase(Phase::Finished)).unwrap();
    // Its data may have moved.
    let data = Some("digits:90".into());
    send(engine::message::Command::Continue { from: run.clone(), data, out: None });
    let began = |e: &Event| if let Event::Began(order) = e { Some(order.data.clone()) } else { None };
    assert_eq!(wait(&link, began).unwrap(), "digits:90");
    wait(&link, |e| matches!(e, Event::Progress(p) if p.step > stopped).then_some(())).unwrap();
    send(engine::message::Command::Stop);
    let end = wait(&link, phase(Phase::Finished)).unwrap();
    assert!(end > stopped && folder::read_order(&run).unwrap().data == "digits:90");
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
    for tab in [Tab::Explore, Tab::Train, Tab::Morph, Tab::Mix, Tab::Map, Tab::Data, Tab::Runs, Tab::Atlas] {
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
fn names_of_dimensions_are_kept_and_undone() {
    let dir = tempfile::tempdir().unwrap();
    let (mut s, mut h) = (crate::app::state(4), History::default());
    let inputs = s.inputs().to_vec();
    let name = |i, name: &str| Action::Bench(Benching::NameDimension(i, name.into()));
    apply(&mut s, &mut h, name(1, " how round "));
    apply(&mut s, &mut h, name(9, "there is none"));
    assert_eq!([s.dimension(1), s.dimension(2)], ["how round", "z2"]);
    s.filter = "ROUND".into();
    assert_eq!(s.listed(), [1]);
    let mut memory = Memory::new(Some(dir.path().into()));
    memory
        .put("00ff", &zscope::action::Kept { latent: s.latent.clone(), bench: s.bench.clone() }, &h)
        .unwrap();
    let back = Memory::new(Some(dir.path().into())).take("00ff").unwrap().unwrap().fitting(&inputs).unwrap();
    assert_eq!(back.now.bench.dimensions, [(1, "how round".to_string())].into());
    apply(&mut s, &mut h, name(1, ""));
    assert_eq!(s.dimension(1), "z1");
    apply(&mut s, &mut h, Action::Undo);
    assert_eq!(s.dimension(1), "how round");
}

#[test]
fn undo_that_leaves_all_as_it_was_is_written_too() {
    let dir = tempfile::tempdir().unwrap();
    let (mut s, mut h) = (crate::app::state(4), History::default());
    let mut memory = Memory::new(Some(dir.path().into()));
    let put = |memory: &mut Memory, s: &zscope::state::State, h: &History| {
        let now = zscope::action::Kept { latent: s.latent.clone(), bench: s.bench.clone() };
        memory.put("00ff", &now, h).unwrap();
    };
    put(&mut memory, &s, &h);
    for z in [2.0, 0.5] {
        apply(&mut s, &mut h, Action::SetZ(1, z));
        apply(&mut s, &mut h, Action::Release);
    }
    put(&mut memory, &s, &h);
    let back = Memory::new(Some(dir.path().into())).take("00ff").unwrap().unwrap();
    assert_eq!(back.history.past, h.past, "two steps there and back");
    // What did not change is not written again.
    let file = dir.path().join("00ff.json");
    std::fs::remove_file(&file).unwrap();
    put(&mut memory, &s, &h);
    assert!(!file.exists());
    apply(&mut s, &mut h, Action::Undo);
    apply(&mut s, &mut h, Action::Redo);
    put(&mut memory, &s, &h);
    assert!(file.exists());
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
        let kind = Kind::Latent { dims: 3, prior, names: Vec::new(), chunks: Vec::new() };
        assert_eq!(point::prior(&[Input { kind, ..Input::z(3) }]), prior);
    }
    assert!(Prior::Uniform.sigmas(&[1.5]).unwrap_err().contains("from -1 to 1"));
    assert!(Prior::Uniform.words().contains("−1 to 1") && Prior::Normal.words().contains("σ"));
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
fn a_uniform_models_latents_leave_and_come_in_as_the_network_takes_them() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(at("g.safetensors"), crate::strangers::safe(&crate::strangers::generator())).unwrap();
    let run = |line: String| -> serde_json::Value {
        let out = zscope(&words(&line), dir.path());
        assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap_or_default()
    };
    let file = at("g.safetensors");
    run(format!("describe {file}"));
    let described = format!("{file}.zscope.toml");
    let text = std::fs::read_to_string(&described).unwrap();
    assert!(text.contains("prior = \"normal\""), "{text}");
    std::fs::write(&described, text.replace("prior = \"normal\"", "prior = \"uniform\"")).unwrap();
    let z = |said: &serde_json::Value| -> Vec<f64> {
        said["z"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    };
    let near = |a: &[f64], b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    // One σ of the sliders is ±0.683 of the network's.
    let first =
        z(&run(format!("edit {file} --set 0=1 --set 1=-3 --out {} --json --device cpu", at("a.png"))));
    assert!((first[0] - 0.6827).abs() < 1e-3 && (first[1] + 0.9973).abs() < 1e-3, "{first:?}");
    std::fs::write(at("z.json"), serde_json::to_string(&first).unwrap()).unwrap();
    for from in ["z.json", "a.png"] {
        for command in ["edit", "layers"] {
            let again = z(&run(format!("{command} {file} --from {} --json --device cpu", at(from))));
            assert!(near(&first, &again), "{command} {from}: {again:?}");
        }
    }
    // What the picture itself says is what PyTorch would be given.
    let bytes = std::fs::read(at("a.png")).unwrap();
    let reader = png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
    let said = reader.info().utf8_text[0].get_text().unwrap();
    assert!(near(&first, &z(&serde_json::from_str(&said).unwrap())), "{said}");
    run(format!("map points {file} --samples --count 3 --out {} --json --device cpu", at("p.csv")));
    let table = std::fs::read_to_string(at("p.csv")).unwrap();
    let last = table.lines().skip(1).flat_map(|l| l.rsplit(',').take(4)).map(|v| v.parse::<f32>().unwrap());
    assert!(last.clone().count() == 12 && last.into_iter().all(|v| v.abs() <= 1.0), "{table}");
}

/// A line of each command that can be parsed; an option's value is put in behind it or in place of what stands there.
const LINES: [&str; 30] = [
    "atlas no-such-exhibit --train F --minutes 1",
    "train fc-vae",
    "runs no-such-folder",
    "film R --out f.gif",
    "walk F --out w.gif",
    "edit F",
    "directions F --attribute a",
    "map plane F --out p.png",
    "map strips F",
    "map points F --out p.csv",
    "map nearest F",
    "project F --image i.png",
    "layers F",
    "eval F",
    "sample F --out s.png",
    "upscale F p.png --out o",
    "translate F p.png --out o",
    "inspect F",
    "describe F",
    "convert F --out c.safetensors",
    "forward F --input i.npz --out o.npz",
    "recipes",
    "data no-such-data",
    "strip F --out s.safetensors",
    "shot --scene none --out s.png",
    "bench soak --run no-such-run",
    "lab sweep --out s --data no-such-data",
    "compare R",
    "predict F --tracks t.csv --out o.csv",
    "--renderer auto",
];

#[test]
fn every_argument_takes_any_bytes_or_is_named() {
    use clap::CommandFactory;
    let dir = tempfile::tempdir().unwrap();
    let odd = |ending: &str| OsString::from_vec([b"\xff\xfe caf\xe9", ending.as_bytes()].concat());
    let mut commands: Vec<String> = Vec::new();
    let cli = zscope::cli::args::Cli::command();
    for line in LINES {
        let line: Vec<OsString> = std::iter::once("zscope".into()).chain(words(line)).collect();
        let (mut depth, mut command) = (0, &cli);
        while let Some(sub) = line.get(depth + 1).and_then(|word| command.find_subcommand(word)) {
            (depth, command) = (depth + 1, sub);
        }
        commands.push(command.get_name().into());
        let mut positional = depth;
        for arg in command.get_arguments().filter(|a| a.get_action().takes_values()) {
            let place = match arg.get_long() {
                Some(long) => line.iter().position(|w| *w == *format!("--{long}")).map(|i| i + 1),
                None => {
                    positional += 1;
                    Some(positional)
                }
            };
            let with = |value: OsString| {
                let mut line = line.clone();
                match (place.filter(|i| *i < line.len()), arg.get_long()) {
                    (Some(i), _) => line[i] = value,
                    (None, Some(long)) => line.extend([OsString::from(format!("--{long}")), value]),
                    (None, None) => line.push(value),
                }
                line
            };
            let endings = ["", ".png", ".gif", ".safetensors", ".npz", ".json", ".csv", ".py"];
            let taken =
                endings.map(|e| with(odd(e))).into_iter().find(|l| zscope::cli::args::parse(l).is_ok());
            match taken {
                // A file may have any name: the command ends in a sentence.
                Some(line) if depth > 0 => {
                    let out = Command::new(env!("CARGO_BIN_EXE_zscope"))
                        .args(&line[1..])
                        .current_dir(dir.path())
                        .env("HOME", dir.path())
                        .output()
                        .unwrap();
                    let said = String::from_utf8_lossy(&out.stderr).into_owned();
                    assert!(!said.contains("panicked") && out.status.code().is_some(), "{line:?}: {said}");
                    assert!(!out.status.success() && said.starts_with("zscope: "), "{line:?}: {said}");
                }
                Some(_) => {}
                None => {
                    let said = zscope::cli::args::parse(&with(odd(""))).unwrap_err().to_string();
                    let name = arg.get_long().map_or("argument ".into(), |long| format!("--{long}"));
                    let id = format!("[{}]", arg.get_id().as_str().to_uppercase());
                    let named = said.contains(&name) || said.contains(&id) || said.contains("<");
                    assert!(named && !said.contains("one or more"), "{:?}: {said}", with(odd("")));
                }
            }
        }
    }
    let mut all: Vec<&clap::Command> = cli.get_subcommands().collect();
    while let Some(command) = all.pop() {
        all.extend(command.get_subcommands());
        let covered = command.has_subcommands() || commands.iter().any(|c| c == command.get_name());
        assert!(covered, "no line tries {}", command.get_name());
    }
    for line in [&b"--\xff"[..], b"-\xff", b"--data=\xff", b"\xff"] {
        let _ = zscope::cli::args::parse(&["zscope".into(), OsString::from_vec(line.to_vec())]);
        let _ =
            zscope::cli::args::parse(&["zscope".into(), "eval".into(), OsString::from_vec(line.to_vec())]);
    }
    // One sentence says which.
    let line = words("zscope eval F --samples 9 --judge J --data");
    let line: Vec<OsString> = line.into_iter().chain([odd("")]).collect();
    let said = zscope::cli::args::parse(&line).unwrap_err().to_string();
    assert!(said.contains("--data wants text in UTF-8") && said.contains("caf\u{fffd}"), "{said}");
}

#[test]
fn an_ending_that_is_not_written_and_what_is_no_number_are_refused() {
    for line in [
        "edit F --out a.jpg",
        "project F --image i --out a.jpg",
        "layers F --out a.gif",
        "map plane F --out a",
        "map strips F --out a.mp4",
        "map points F --out a.txt",
        "map nearest F --out a.jpg",
        "convert F --out a.onnx",
        "convert F --out a.safetensors --torch a.pt",
        "forward F --input i --out a.npy",
        "strip F --out a.pt",
        "directions F --save a.pt",
        "directions F --export a.txt",
        "film R --out a.mp4",
        "runs R --csv a.xlsx",
        "shot --out a.bmp",
    ] {
        let line: Vec<OsString> = words(&format!("zscope {line}"));
        let said = zscope::cli::args::parse(&line).unwrap_err().to_string();
        assert!(said.contains("give it the ending"), "{line:?}: {said}");
    }
    for line in [
        "sample F --out a.png --temperature",
        "train fc-vae --epochs",
        "train fc-vae --minutes",
        "train fc-vae --autosave",
        "film R --out a.gif --fps",
        "walk F --out a.gif --fps",
        "directions F --strength",
        "bench latency --seconds",
    ] {
        for value in ["NaN", "inf", "1e999"] {
            let line: Vec<OsString> = words(&format!("zscope {line} {value}"));
            let said = zscope::cli::args::parse(&line).unwrap_err().to_string();
            assert!(said.contains("not a number"), "{line:?}: {said}");
        }
    }
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

/// Panels by themselves, of a state that the test changes, and what was done in them.
type Draw = fn(&mut egui::Ui, &mut zscope::ui::Panel<'_>);
type Shared = std::rc::Rc<std::cell::RefCell<(zscope::state::State, Vec<Action>)>>;

fn panel(size: [f32; 2], draw: Draw) -> (egui_kittest::Harness<'static>, Shared) {
    let shared: Shared = std::rc::Rc::new(std::cell::RefCell::new((crate::app::state(4), Vec::new())));
    let inside = shared.clone();
    let (mut pictures, mut dialogs) =
        (zscope::ui::Pictures::default(), zscope::ui::dialogs::Dialogs::default());
    let h = egui_kittest::Harness::builder().with_size(size).build_ui(move |ui| {
        zscope::ui::theme::install(ui.ctx(), zscope::state::Theme::Dark);
        let (state, actions) = &mut *inside.borrow_mut();
        let history = [None, None];
        let mut p =
            zscope::ui::Panel { state, pictures: &mut pictures, actions, dialogs: &mut dialogs, history };
        draw(ui, &mut p);
    });
    (h, shared)
}

/// What was done since is done to the state.
fn done(shared: &Shared) {
    let (state, actions) = &mut *shared.borrow_mut();
    for action in std::mem::take(actions) {
        apply(state, &mut History::default(), action);
    }
}

#[test]
fn warnings_and_pauses_move_no_curve_and_can_be_read() {
    use zscope::engine::health::{Trouble, Warning};
    let (mut h, shared) = panel([1024.0, 600.0], zscope::ui::train::page);
    let progress = |phase| zscope::engine::message::Progress {
        phase,
        recipe: "dcgan".into(),
        step: 40,
        ..Default::default()
    };
    let tell = |event| shared.borrow_mut().0.tell(event);
    tell(Event::Progress(progress(Phase::Running)));
    let rows = vec![vec![1.3, 0.8, 0.5, 0.5]; 40];
    tell(Event::Metrics(zscope::engine::message::Metrics { first: 1, rows }));
    h.run_steps(3);
    let places = |h: &egui_kittest::Harness<'static>| {
        ["Losses", "Norms", "Histograms", "Log scale"].map(|label| h.get_by_label(label).rect())
    };
    let before = places(&h);
    let warn = |title, trouble| Warning {
        trouble,
        title,
        classes: Vec::new(),
        evidence: "the generator draws the same picture from latents that lie far apart".into(),
        advice: "Lower the learning rate of D, or give the pictures noise.",
        since: 12,
    };
    tell(Event::Health(vec![
        warn("The discriminator has won", Trouble::DiscriminatorWon),
        warn("Modes collapse", Trouble::ModeCollapse),
    ]));
    tell(Event::Progress(progress(Phase::Paused)));
    h.run_steps(3);
    assert_eq!(places(&h), before, "what is said moves nothing");
    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1024.0, 600.0));
    let words: Vec<egui::Rect> = h.query_all_by_label_contains("lie far apart").map(|n| n.rect()).collect();
    assert!(words.len() == 2 && words.iter().all(|r| screen.contains_rect(*r) && r.height() > 20.0));
    for left in [1, 0] {
        let first = h.query_all_by_label("×").next().unwrap();
        first.click();
        h.run_steps(2);
        done(&shared);
        h.run_steps(2);
        assert_eq!(h.query_all_by_label_contains("lie far apart").count(), left);
    }
    // They can be read again.
    h.get_by_label_contains("The discriminator has won and 1 more").click();
    h.run_steps(2);
    done(&shared);
    h.run_steps(2);
    assert_eq!(h.query_all_by_label_contains("lie far apart").count(), 2);
    assert_eq!(places(&h), before);
}

#[test]
fn a_notice_can_be_read_whole_and_put_away() {
    let (mut h, shared) = panel([900.0, 300.0], |ui, p| {
        let below = egui::Rect::from_min_max(egui::pos2(0.0, 270.0), egui::pos2(900.0, 300.0));
        ui.scope_builder(egui::UiBuilder::new().max_rect(below), |ui| zscope::ui::status::show(ui, p));
    });
    let long = "Saved ".to_owned() + &"a/very/long/path".repeat(12) + "/and its end";
    shared.borrow_mut().0.notice = Some(long);
    h.run_steps(3);
    let rect = h.get_by_label_contains("and its end").rect();
    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(900.0, 300.0));
    assert!(screen.contains_rect(rect) && rect.height() > 20.0, "{rect:?}");
    h.query_all_by_label("×").next().unwrap().click();
    h.run_steps(2);
    done(&shared);
    h.run_steps(2);
    assert!(shared.borrow().0.notice.is_none() && h.query_by_label_contains("and its end").is_none());
}

#[test]
fn a_tool_that_failed_says_so_where_errors_are() {
    use zscope::engine::tool::{ToolKind, ToolNews};
    for kind in [ToolKind::Film, ToolKind::Example, ToolKind::Directions, ToolKind::Embed, ToolKind::Points] {
        let mut s = crate::app::state(4);
        s.tell(Event::Tool { model: 1, kind, news: ToolNews::Working(1, 2) });
        s.tell(Event::Tool { model: 1, kind, news: ToolNews::Failed("the disk is full".into()) });
        assert!(s.tools.is_empty(), "{kind:?} takes room where it was");
        assert_eq!(s.failure(Place::Bench), Some("the disk is full"));
    }
}

#[test]
fn a_run_whose_data_moved_asks_where_it_is() {
    use zscope::action::travel::Travelling;
    use zscope::engine::message::{Command, Progress};
    let (mut s, mut h) = (crate::app::state(4), History::default());
    let run = std::path::PathBuf::from("/runs/faces");
    let asked = apply(&mut s, &mut h, Action::Travel(Travelling::Resume(run.clone())));
    assert_eq!(asked, [Command::Continue { from: run.clone(), data: None, out: None }]);
    // What fails before its data is read has nothing to do with the data.
    let failed = |message: &str| Event::Failed { place: Place::Train, message: message.into() };
    let mut other = s.clone();
    other.tell(failed("it is being trained by another zscope"));
    assert!(other.moved.is_none());
    let data = "folder:/gone?hold=0.2".to_owned();
    s.tell(Event::Progress(Progress { phase: Phase::Preparing, data: data.clone(), ..Default::default() }));
    s.tell(failed("there is no folder /gone"));
    s.tell(Event::Progress(Progress::default()));
    assert!(s.failure(Place::Train).unwrap().contains("say where it is now"));
    assert_eq!(s.moved.as_ref().unwrap().data, data);
    let on = apply(&mut s, &mut h, Action::ContinueOn("folder:/here?hold=0.2".into()));
    let data = Some("folder:/here?hold=0.2".into());
    assert_eq!(on, [Command::Continue { from: run, data, out: None }]);
    assert!(s.failure(Place::Train).is_none() && s.moved.is_none());
    // The button stands with the error.
    let (mut window, shared) = panel([320.0, 600.0], zscope::ui::train::form);
    shared.borrow_mut().0.tell(failed("no"));
    window.run_steps(3);
    assert!(window.query_by_label_contains("Where the data is now").is_none());
    shared.borrow_mut().0.moved = Some(zscope::state::Moved { from: "r".into(), data: "folder:x".into() });
    window.run_steps(3);
    assert!(window.query_by_label_contains("Where the data is now").is_some());
}

#[test]
fn fine_tuning_keeps_the_sliders() {
    let (mut s, mut h) = (crate::app::state(4), History::default());
    let mut trained = zscope::engine::message::ModelInfo { id: 2, ..s.model.clone().unwrap() };
    apply(&mut s, &mut h, Action::SetZ(1, 1.75));
    let z = s.latent.z.clone();
    apply(&mut s, &mut h, Action::Tune);
    s.tell(Event::Model(trained.clone()));
    assert_eq!(s.latent.z, z);
    // A new training begins where its model opens.
    apply(&mut s, &mut h, Action::Train);
    trained.id = 3;
    s.tell(Event::Model(trained));
    assert_eq!(s.latent.z, vec![0.5; 4]);
}

#[test]
fn a_preset_labels_by_itself_and_then_fills_its_wells() {
    use zscope::action::pick::Picking;
    use zscope::engine::tool::{Found, ToolKind, ToolNews, ToolOrder};
    let (mut s, mut h) = (crate::app::state(2), History::default());
    let formula: zscope::tools::arithmetic::Formula = "8,3,5".parse().unwrap();
    apply(&mut s, &mut h, Action::Pick(Picking::Await(formula)));
    apply(&mut s, &mut h, Action::Tool(ToolOrder::Label { data: "digits".into(), count: 9 }));
    let tell = |s: &mut _, h: &mut _, news| {
        zscope::action::tell(s, h, Event::Tool { model: 1, kind: ToolKind::Directions, news });
    };
    tell(&mut s, &mut h, ToolNews::Working(1, 9));
    assert!(s.bench.well(Well::A).is_empty());
    let names: Vec<String> = ["8", "3", "5"].map(String::from).into();
    let labelled = zscope::tools::Labelled {
        z: (0..9).map(|i| vec![i as f32, 1.0]).collect(),
        has: (0..3).map(|c| (0..9).map(|i| i % 3 == c).collect()).collect(),
        names,
        ..Default::default()
    };
    tell(&mut s, &mut h, ToolNews::Done(Found::Learned(Arc::new(labelled), Vec::new())));
    for well in [Well::A, Well::B, Well::C] {
        assert_eq!(s.bench.well(well).len(), 3, "{well:?}");
    }
    assert_eq!(s.bench.well(Well::A)[0].z[0] % 3.0, 0.0);
}

#[test]
fn renaming_takes_the_keyboard_and_morph_shows_the_bookmarks() {
    let (mut h, shared) = panel([900.0, 600.0], zscope::ui::runs::page);
    {
        let state = &mut shared.borrow_mut().0;
        state.tab = Tab::Runs;
        state.travel.open = Some("/runs/old".into());
        state.travel.name = Some("old".into());
    }
    h.run_steps(3);
    h.event(egui::Event::Text("x".into()));
    h.run_steps(2);
    done(&shared);
    assert_eq!(shared.borrow().0.travel.name.as_deref(), Some("oldx"));
    let (mut h, _shared) = panel([320.0, 900.0], zscope::ui::morph::side);
    h.run_steps(2);
    assert!(h.query_by_label("Put the current latent into Bookmarks").is_some());
}

#[test]
fn the_tour_is_offered_once_and_notices_what_is_tried() {
    use zscope::action::tour::Guiding;
    use zscope::state::tour::shipped;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("window.toml");
    let fresh = zscope::prefs::read(&path);
    let offered =
        |prefs: &zscope::state::Prefs| zscope::state::State::new(prefs.clone(), Vec::new()).touring.offered;
    assert!(offered(&fresh), "who has no preferences is new");
    let Some((mut h, _dir)) = window([1280.0, 800.0], false) else { return };
    assert_eq!(app(&mut h).state().touring, Default::default());
    app(&mut h).act(Action::Tour(Guiding::Offer));
    h.run_steps(2);
    h.get_by_label("Show me").click();
    h.run_steps(2);
    let at = |app: &zscope::app::App| app.state().touring.at.as_ref().map(|at| (at.step, at.done));
    assert_eq!(at(app(&mut h)), Some((0, false)));
    app(&mut h).act(Action::SetPair([(0, 1.0), (1, 0.5)]));
    assert_eq!(at(app(&mut h)), Some((0, true)));
    for step in 1..shipped()[0].steps.len() {
        h.run_steps(2);
        h.get_by_label("Next").click();
        h.run_steps(2);
        assert_eq!(at(app(&mut h)), Some((step, false)));
    }
    assert_eq!(app(&mut h).state().tab, Tab::Explore, "nobody is sent anywhere");
    h.get_by_label("Go there").click();
    h.run_steps(2);
    assert_eq!(app(&mut h).state().tab, Tab::Train);
    h.get_by_label("Done").click();
    h.run_steps(2);
    assert_eq!(at(app(&mut h)), None);
    let prefs = app(&mut h).state().prefs.clone();
    zscope::prefs::write(&path, &prefs).unwrap();
    assert!(!offered(&zscope::prefs::read(&path)));
}
