//! Points that a person draws: their file, the density it says, the copy that a run keeps, and the sheet in the window.
//!
//! Must not know: how a panel is drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::app::{app, window};
use eframe::egui::{self, Modifiers, PointerButton, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::action::{Action, drawing::Drawing};
use zscope::data::plane::{BOUND, World, jensen_shannon};
use zscope::data::points::{MOST, SIGMA, read, text};
use zscope::data::{Dataset, Job, Offer, Spec, Want};
use zscope::engine::message::{Phase, TrainOrder};
use zscope::engine::session::{self, Session};
use zscope::engine::{device, points};
use zscope::shot::{self, Stage};
use zscope::state::Tab;
use zscope::state::drawing::PointSet;
use zscope::zoo;

fn load(data: &str) -> Dataset {
    let cancel = AtomicBool::new(false);
    let job = Job { progress: &|_, _| {}, cancel: &cancel };
    data.parse::<Spec>().unwrap().load(Want::square(16, None), &job).unwrap()
}

/// An L of points, which no mirror image is like.
fn corner() -> Vec<[f32; 2]> {
    (0..40).map(|i| i as f32 / 40.0).flat_map(|v| [[-1.0, v - 0.5], [v - 1.0, -0.5]]).collect()
}

#[test]
fn what_is_written_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let odd = vec![[0.1, -1.234_567_9], [2.0, -2.0], [f32::MIN_POSITIVE, 1.0 / 3.0]];
    let first = points::write(dir.path(), &odd, 0.123).unwrap();
    let second = points::write(dir.path(), &corner(), SIGMA).unwrap();
    assert!(first.ends_with("drawn-1.csv") && second.ends_with("drawn-2.csv"), "{}", second.display());
    let world = World::new("drawn-1".into(), odd, 0.123, false);
    assert_eq!(read(&first).unwrap(), world);
    assert_eq!(read(&second).unwrap().centres, corner());
    // As other programs write them: no σ, no heading, a mark of the encoding, spaces, other ends of lines.
    for plain in ["1,0.5\n-1,0\n", "\u{feff}x,y\r\n1,0.5\r\n\r\n-1,0", "x , y\n 1 , 0.5\n-1,0"] {
        std::fs::write(&first, plain).unwrap();
        let world = read(&first).unwrap();
        assert_eq!((world.centres, world.sigma), (vec![[1.0, 0.5], [-1.0, 0.0]], SIGMA), "{plain:?}");
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("p.csv");
    let said = |text: &[u8]| {
        std::fs::write(&file, text).unwrap();
        let said = read(&file).unwrap_err().to_string();
        assert!(said.starts_with(&file.display().to_string()), "{said}");
        said
    };
    let many = "0,0\n".repeat(MOST + 1);
    for (text, expected) in [
        ("x,y\n1,2\n1;2\n", ", line 3: \"1;2\" is no point: write x,y, two numbers from -2 to 2"),
        ("1,2\n\n1,one\n", ", line 3: \"1,one\" is no point"),
        ("1,2,3\n", ", line 1: \"1,2,3\" is no point"),
        ("1,nan\n", ", line 1: \"1,nan\" is no point"),
        (
            "0,0\n0,2.01\n",
            ", line 2: \"0,2.01\" lies outside of the plane: both numbers must be from -2 to 2",
        ),
        ("", " holds no points: write a line x,y for each"),
        ("# sigma=0.1\nx,y\n", " holds no points"),
        (many.as_str(), " holds more than 5000 points: leave some out"),
        (
            "# sigma=0.6\n0,0\n",
            ", line 1: \"# sigma=0.6\" says no width of the points: write # sigma=NUMBER, with a number from 0.005 to 0.5",
        ),
        ("# sigma=\n0,0\n", ", line 1: \"# sigma=\" says no width"),
        ("0,0\n# sigma=0.1\n", ", line 2: \"# sigma=0.1\" is no point"),
    ] {
        let said = said(text.as_bytes());
        assert!(said.contains(&format!("p.csv{expected}")), "{said}");
    }
    assert!(said(&[0xff, 0xfe, 0x00]).contains("could not be read"));
    std::fs::remove_file(&file).unwrap();
    let gone = read(&file).unwrap_err().to_string();
    assert!(gone.contains("could not be read") && gone.contains("a line x,y for each point"), "{gone}");
    let spec = |text: &str| text.parse::<Spec>().map_err(|e| e.to_string());
    assert_eq!(spec("points:").unwrap_err(), "points: needs a file: write points:FILE");
    for option in ["fit=pad", "hold=0.1", "seed=1"] {
        let said = spec(&format!("points:p.csv?{option}")).unwrap_err();
        assert!(said.contains("fit, hold and seed are for folders"), "{said}");
    }
    let home = spec("points:~/p.csv").unwrap();
    assert!(home.file().unwrap().is_absolute() && home.file().unwrap().ends_with("p.csv"));
}

#[test]
fn the_density_is_that_of_what_is_drawn_from_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = points::write(dir.path(), &corner(), 0.07).unwrap();
    let data = format!("points:{}", file.display());
    let spec: Spec = data.parse().unwrap();
    assert_eq!((spec.to_string(), spec.is_read()), (data.clone(), false));
    let set = load(&data);
    assert!(set.offers().contains(&Offer::Points) && set.title == "points, drawn-1", "{}", set.title);
    let drawn = set.train.points().unwrap();
    assert_eq!((drawn.len(), set.test.points().unwrap().len()), (20_000, 2_000));
    let counted = |drawn: &[[f32; 2]]| {
        let mut cells = vec![0.0f32; 32 * 32];
        let at = |v: f32| ((v + BOUND) / (2.0 * BOUND) * 32.0) as usize;
        drawn.iter().for_each(|[x, y]| cells[at(-*y) * 32 + at(*x)] += 1.0 / drawn.len() as f32);
        cells
    };
    let world = spec.world().unwrap().unwrap();
    let cells = world.cells(32);
    assert!((cells.iter().sum::<f32>() - 1.0).abs() < 1e-3);
    assert!(jensen_shannon(&cells, &counted(drawn)) < 0.01);
    // The mirror images are of another density, and that one is known too.
    let both = load(&format!("{data}?mirror=on"));
    let counted = counted(both.train.points().unwrap());
    let mirrored = format!("{data}?mirror=on").parse::<Spec>().unwrap().world().unwrap().unwrap();
    assert!(jensen_shannon(&mirrored.cells(32), &counted) < 0.01);
    assert!(jensen_shannon(&cells, &counted) > 0.1);
    assert!("digits".parse::<Spec>().unwrap().world().unwrap().is_none());
}

fn begun(order: TrainOrder, from: Option<zscope::weights::Checkpoint>) -> Session {
    let entry = zoo::find("lab").unwrap();
    let spec: Spec = order.data.parse().unwrap();
    let cancel = AtomicBool::new(false);
    let job = Job { progress: &|_, _| {}, cancel: &cancel };
    let data = spec.load(session::want(entry, &order.settings), &job).unwrap();
    Session::new(order, Arc::new(data), &device::cpu().device, from, true).unwrap()
}

fn rows(session: &mut Session, steps: usize) -> Vec<Vec<f32>> {
    (0..steps).for_each(|_| session.advance());
    session.metrics().rows
}

/// The file is gone, or says something else: the run goes on as if nothing had happened, and its checkpoints have their density.
#[test]
fn a_run_keeps_its_points() {
    let dir = tempfile::tempdir().unwrap();
    let file = points::write(dir.path(), &corner(), 0.07).unwrap();
    let order = |run: &str| TrainOrder {
        recipe: "lab".into(),
        data: format!("points:{}", file.display()),
        seed: 3,
        out: Some(dir.path().join(run)),
        ..TrainOrder::default()
    };
    let straight = rows(&mut begun(order("straight"), None), 20);
    let run = dir.path().join("run");
    let mut first = begun(order("run"), None);
    let mut all = rows(&mut first, 10);
    let checkpoint = first.save().unwrap().unwrap();
    first.close();
    let recorded = order("run").data;
    assert_eq!(points::kept(&run, &recorded), recorded, "the file is there");
    let copy = run.join("points.csv");
    assert_eq!(std::fs::read_to_string(&copy).unwrap(), std::fs::read_to_string(&file).unwrap());

    // Other points in the same file are not the run's.
    std::fs::write(&file, text(&[[0.0, 0.0]], 0.05)).unwrap();
    let here = format!("points:{}", copy.display());
    assert_eq!(points::kept(&run, &recorded), here);
    std::fs::remove_file(&file).unwrap();
    let (found, from) = session::resume(&run).unwrap();
    assert_eq!(found.data, here);
    let asked = TrainOrder { out: Some(run.clone()), resume: true, ..TrainOrder::default() };
    let mut second = begun(session::continued(asked, found, 10), from);
    all.extend(rows(&mut second, 10));
    assert_eq!(all, straight);
    second.save().unwrap();
    second.close();

    let known = points::world(&session::data_of(&checkpoint, &recorded)).unwrap();
    assert_eq!((known.centres, known.sigma), (corner(), 0.07));
    assert!(points::world(&recorded).is_none());
    // A branch has a copy of its own, so that the run it came from may go.
    let (branch, from) = session::branch(&checkpoint).unwrap();
    assert_eq!(branch.data, here);
    let more = dir.path().join("more");
    begun(TrainOrder { out: Some(more.clone()), ..branch }, Some(from)).close();
    assert_eq!(std::fs::read(more.join("points.csv")).unwrap(), std::fs::read(copy).unwrap());
    // Moved, it is where it is.
    std::fs::rename(&more, dir.path().join("moved")).unwrap();
    let (found, _) = session::resume(&dir.path().join("moved")).unwrap();
    assert!(found.data.parse::<Spec>().unwrap().world().unwrap().is_some(), "{}", found.data);
}

fn zscope(words: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{words:?}: {said}");
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn the_command_line_trains_measures_and_sweeps_them() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("my points.csv");
    std::fs::write(&file, text(&corner(), 0.07)).unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    let data = format!("points:{}", file.display());
    let (run, again, sweep) = (at("run"), at("again"), at("sweep"));
    zscope(&["train", "lab", "--data", &data, "--steps", "20", "--device", "cpu", "--out", &run]);
    let losses = ["--loss", "hinge", "--seeds", "1", "--steps", "10", "--jobs", "1"];
    zscope(&[&["lab", "sweep", "--out", &sweep, "--data", &data], &losses[..]].concat());
    assert!(Path::new(&sweep).join("hinge-my-points-1").join("points.csv").exists());
    let table = std::fs::read_to_string(Path::new(&sweep).join("sweep.csv")).unwrap();
    assert!(table.lines().nth(1).unwrap().starts_with("hinge-my-points-1,hinge,points:"), "{table}");
    // What is done is not done again, nor mixed with what other settings give.
    let made = std::fs::metadata(Path::new(&sweep).join("hinge-my-points-1/metrics.csv"))
        .unwrap()
        .modified()
        .unwrap();
    zscope(&[&["lab", "sweep", "--out", &sweep, "--data", &data], &losses[..]].concat());
    let now = std::fs::metadata(Path::new(&sweep).join("hinge-my-points-1/metrics.csv"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(made, now);
    assert_eq!(std::fs::read_to_string(Path::new(&sweep).join("sweep.csv")).unwrap(), table);
    let out = Command::new(env!("CARGO_BIN_EXE_zscope"))
        .args([&["lab", "sweep", "--out", &sweep, "--data", &data, "--set", "depth=3"], &losses[..]].concat())
        .output()
        .unwrap();
    assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("other settings"));
    // Two files of one name can't be told apart.
    let other = dir.path().join("my-points.csv");
    std::fs::write(&other, text(&corner(), 0.1)).unwrap();
    let both = format!("{data},points:{}", other.display());
    let out = Command::new(env!("CARGO_BIN_EXE_zscope"))
        .args([&["lab", "sweep", "--out", &sweep, "--data", &both], &losses[..]].concat())
        .output()
        .unwrap();
    assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("the same names"));

    // The run's checkpoints are measured against its own points.
    let other = format!("points:{}", other.display());
    let recorded = || std::fs::read_to_string(Path::new(&run).join("run.toml")).unwrap();
    let before = recorded();
    let out = Command::new(env!("CARGO_BIN_EXE_zscope"))
        .args([
            "train", "lab", "--out", &run, "--resume", "--data", &other, "--steps", "30", "--device", "cpu",
        ])
        .output()
        .unwrap();
    assert!(!out.status.success() && String::from_utf8_lossy(&out.stderr).contains("other points"));
    assert_eq!(before, recorded(), "what is refused changes nothing");

    std::fs::remove_file(&file).unwrap();
    let checkpoint = Path::new(&run).join("checkpoints/step-00000020.safetensors").display().to_string();
    let told: serde_json::Value =
        serde_json::from_str(&zscope(&["eval", &checkpoint, "--device", "cpu", "--json"])).unwrap();
    assert!(told["jsd"].as_f64().unwrap() > 0.1 && told["modes"].is_null(), "{told}");
    zscope(&["train", "lab", "--replay", &run, "--steps", "20", "--device", "cpu", "--out", &again]);
    let losses = |run: &str| std::fs::read_to_string(Path::new(run).join("metrics.csv")).unwrap();
    assert_eq!(losses(&run), losses(&again));
}

#[test]
fn strokes_paint_erase_and_are_taken_back() {
    let mut set = PointSet::default();
    set.paint([-1.0, 0.0]);
    set.paint([1.0, 0.0]);
    set.release();
    // 2 of the plane at a point for each 0.03 of it.
    assert!((66..=68).contains(&set.points.len()), "{}", set.points.len());
    // A slow hand leaves as many as a fast one.
    let fast = set.points.clone();
    let mut slow = PointSet::default();
    (0..=1000u16).for_each(|i| slow.paint([f32::from(i) / 500.0 - 1.0, 0.0]));
    assert!(slow.points.len().abs_diff(fast.len()) <= 2, "{} beside {}", slow.points.len(), fast.len());
    set.erase([0.0, -1.0]);
    set.erase([0.0, 1.0]);
    set.release();
    assert!(set.points.iter().all(|[x, _]| x.abs() > 0.1) && set.points.len() > 50);
    let erased = set.points.clone();
    set.erase([0.0, 1.5]);
    set.release();
    set.clear();
    assert!(set.points.is_empty());
    set.undo();
    assert_eq!(set.points, erased);
    set.undo();
    assert_eq!(set.points, fast);
    set.undo();
    assert!(set.points.is_empty() && !set.undoable());
    // What lies outside is not drawn, and there is an end to it.
    set.paint([3.0, 3.0]);
    assert!(set.points.is_empty());
    (0..200).for_each(|i| set.paint([if i % 2 == 0 { -2.0 } else { 2.0 }, 0.0]));
    assert!(set.full() && set.points.len() == MOST);
    assert!(set.points.iter().flatten().all(|v| v.abs() <= BOUND));
}

fn pointer(h: &mut Harness<'static, Stage>, at: Pos2, button: Option<(PointerButton, bool)>) {
    h.event(egui::Event::PointerMoved(at));
    if let Some((button, pressed)) = button {
        h.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
    }
    h.step();
}

fn stroke(h: &mut Harness<'static, Stage>, button: PointerButton, [from, to]: [Pos2; 2]) {
    pointer(h, from, None);
    pointer(h, from, Some((button, true)));
    for i in 1..=8u8 {
        pointer(h, from + (to - from) * f32::from(i) / 8.0, None);
    }
    pointer(h, to, Some((button, false)));
    h.run_steps(2);
}

/// In the smallest window that the program is made for.
#[test]
fn points_are_drawn_with_the_mouse_and_trained_on() {
    let Some((mut h, runs)) = window([1024.0, 700.0], true) else { return };
    app(&mut h).act(Action::Show(Tab::Train));
    h.run_steps(2);
    assert!(h.query_by_label("Draw points…").is_none(), "a recipe of pictures offers no points");
    app(&mut h).act(Action::Recipe("lab".into()));
    h.run_steps(3);
    h.get_by_label("Draw points…").click();
    h.run_steps(4);
    let rect = h.get_by_label("The plane to draw points on").rect();
    let screen = egui::Rect::from_min_size(Pos2::ZERO, egui::vec2(1024.0, 700.0));
    assert!(screen.contains_rect(rect) && rect.width() == rect.height(), "{rect:?}");
    assert!(screen.contains_rect(h.get_by_label("Use these").rect()));
    let at = |x: f32, y: f32| rect.min + rect.size() * egui::vec2(x, y);
    stroke(&mut h, PointerButton::Primary, [at(0.25, 0.5), at(0.75, 0.5)]);
    let drawn = app(&mut h).state().drawing.points.clone();
    assert!((60..=70).contains(&drawn.len()), "{} points", drawn.len());
    assert!(drawn.iter().all(|[x, y]| x.abs() < 1.03 && y.abs() < 0.03), "{drawn:?}");
    stroke(&mut h, PointerButton::Secondary, [at(0.5, 0.3), at(0.5, 0.7)]);
    let left = app(&mut h).state().drawing.points.clone();
    assert!(left.len() < drawn.len() && left.iter().all(|[x, _]| x.abs() > 0.1));
    // Ctrl+Z is the drawing's while it is open.
    h.key_press_modifiers(Modifiers::COMMAND, egui::Key::Z);
    h.run_steps(2);
    assert_eq!(app(&mut h).state().drawing.points, drawn);
    // Closed and opened again, it is as it was.
    app(&mut h).act(Action::Draw(Drawing::Open(false)));
    h.run_steps(2);
    assert!(h.query_by_label("Use these").is_none());
    h.get_by_label("Draw points…").click();
    h.run_steps(3);
    app(&mut h).act(Action::Draw(Drawing::Sigma(0.1)));
    h.run_steps(2);
    h.get_by_label("Use these").click();
    shot::until(&mut h, "the file", |a| a.state().form.data.starts_with("points:")).unwrap();
    let file = runs.path().join("points").join("drawn-1.csv");
    assert_eq!(app(&mut h).state().form.data, format!("points:{}", file.display()));
    assert!(!app(&mut h).state().drawing.open);
    let world = read(&file).unwrap();
    assert_eq!((&world.centres, world.sigma), (&*drawn, 0.1));
    app(&mut h).act(Action::Train);
    shot::until(&mut h, "training on them, with D* beside D", |a| {
        a.state().plane_seen().is_some_and(|seen| seen.look.optimum.is_some() && seen.step > 5)
    })
    .unwrap();
    app(&mut h).act(Action::Stop);
    shot::until(&mut h, "stopping", |a| a.state().progress.phase == Phase::Finished).unwrap();
    let run = app(&mut h).state().progress.folder.clone().unwrap();
    // The file is gone; the run goes on, and its checkpoint has its D*.
    std::fs::remove_file(&file).unwrap();
    let newest = zscope::engine::folder::checkpoints(&run).pop().unwrap();
    app(&mut h).act(Action::Open(newest));
    shot::until(&mut h, "the checkpoint's plane", |a| {
        let own = a.state().model.as_ref().is_some_and(|m| m.data.ends_with("points.csv"));
        own && a.state().plane_seen().is_some_and(|seen| seen.look.optimum.is_some())
    })
    .unwrap();
    app(&mut h).act(Action::Continue);
    shot::until(&mut h, "going on", |a| a.state().progress.phase == Phase::Running).unwrap();
    app(&mut h).act(Action::Stop);
    shot::until(&mut h, "stopping again", |a| a.state().progress.phase == Phase::Finished).unwrap();
}
