//! Crowds: the simulation, files of tracks, what foretells them with and without learning, and the scene in the window.
//!
//! Must not know: how panels are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, window};
use crate::data::{put, quietly, want};
use eframe::egui::{self, Key, Pos2};
use egui_kittest::kittest::Queryable;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use zscope::action::Action;
use zscope::action::scene::Scening;
use zscope::data::crowds::file::{self, scenes};
use zscope::data::crowds::force::{Crowd, Walker, length};
use zscope::data::crowds::worlds::{STEP, TOUCH, World};
use zscope::data::tracks::{self, Span, Tracks, each, people};
use zscope::data::{Dataset, Spec};
use zscope::engine::device;
use zscope::engine::session;
use zscope::metrics::baseline::Baseline;
use zscope::metrics::displacement::{self, collisions, distances, row};
use zscope::nn::host::floats;
use zscope::nn::lstm::Lstm;
use zscope::nn::{Dual, Init, Noise, init};
use zscope::point::{Point, Value};
use zscope::shot;
use zscope::zoo::{self, Held};

const SPAN: Span = Span::USUAL;

fn load(spec: &str, size: usize) -> Dataset {
    quietly(|job| spec.parse::<Spec>().unwrap().load(want(size, None), job)).unwrap()
}

/// Nobody runs into anybody, all walk as fast as people do, and a scene is the same again.
#[test]
fn simulated_people_keep_apart() {
    let set = load("crowds:30", 28);
    let tracks = set.train.tracks().unwrap();
    assert_eq!((tracks.span, tracks.scenes.len(), set.train.pictures.len()), (SPAN, 30, 30));
    let (mut steps, mut nearest) = (Vec::new(), f32::INFINITY);
    for scene in &tracks.scenes {
        let all: Vec<_> = each(scene, SPAN.steps()).collect();
        assert!((2..=9).contains(&all.len()), "{} people", all.len());
        for track in &all {
            steps.extend(track.windows(2).map(|w| (w[1][0] - w[0][0]).hypot(w[1][1] - w[0][1]) / SPAN.dt()));
        }
        for t in 0..SPAN.steps() {
            for (i, a) in all.iter().enumerate() {
                for b in &all[i + 1..] {
                    nearest = nearest.min((a[t][0] - b[t][0]).hypot(a[t][1] - b[t][1]));
                }
            }
        }
        assert_eq!(collisions(scene, SPAN.steps()), 0);
    }
    assert!(nearest >= TOUCH as f32, "{nearest} m apart");
    let mean = steps.iter().sum::<f32>() / steps.len() as f32;
    assert!((1.0..1.6).contains(&mean) && steps.iter().all(|v| *v < 2.7), "{mean} m/s on average");
    assert_eq!(World::Crossing.scene(5, 7, SPAN), World::Crossing.scene(5, 7, SPAN));
    assert_ne!(World::Crossing.scene(5, 7, SPAN), World::Crossing.scene(5, 8, SPAN));
}

/// People reach their goals and stand there; in a corridor they stay between the walls; two who meet give way.
#[test]
fn people_reach_their_goals() {
    for world in World::ALL {
        let mut crowd = world.people(3, 11, 5);
        for _ in 0..(40.0 / STEP) as usize {
            crowd.step(STEP, &[], 0.0);
            for wall in &crowd.walls {
                assert!(crowd.people.iter().all(|w| w.at[1].abs() < wall[0][1].abs()), "through a wall");
            }
        }
        for w in &crowd.people {
            let left = length([w.goal[0] - w.at[0], w.goal[1] - w.at[1]]);
            assert!(left < 1.5, "{}: {left} m from the goal", world.name());
        }
    }
    let walker = |x: f64, y: f64| Walker {
        at: [x, y],
        velocity: [-x.signum() * 1.3, 0.0],
        goal: [-4.0 * x, y],
        speed: 1.3,
        group: None,
    };
    let mut crowd = Crowd { people: vec![walker(-4.0, 0.1), walker(4.0, -0.1)], walls: Vec::new() };
    let (mut near, mut aside) = (f64::INFINITY, 0.0f64);
    for _ in 0..80 {
        crowd.step(STEP, &[], 0.0);
        near = near.min(crowd.nearest_pair());
        aside = aside.max(crowd.people[0].at[1]);
    }
    assert!(near > 0.4 && aside > 0.15, "{near} m apart, {aside} m aside");
}

/// Three people in 24 frames, of whom one comes late.
fn text() -> String {
    let mut text = String::from("frame\tid\tx\ty\n");
    for f in 0..24 {
        text += &format!("{}\t1.0\t{}\t0.5\n", f * 10, f as f32 * 0.5);
        text += &format!("{}.0 2 {} -0.5\n", f * 10, 6.0 - f as f32 * 0.4);
        if f >= 2 {
            text += &format!("{},3,1.5,{}\n", f * 10, f as f32 * 0.6);
        }
    }
    text
}

/// Windows are cut as the field cuts them; the last of the time is held out; what is wrong is said with its line.
#[test]
fn files_of_tracks_are_read() {
    let frames = file::parsed(&text()).unwrap();
    let all = scenes(&frames, SPAN, 2);
    assert_eq!(all.len(), 5, "24 frames have 5 windows of 20");
    assert_eq!(all.iter().map(|s| people(s, 20)).collect::<Vec<_>>(), [2, 2, 3, 3, 3]);
    assert_eq!(&all[0][..4], [0.0, 0.5, 0.5, 0.5]);
    assert_eq!(tracks::past(&all[0], SPAN).len(), 2 * 8 * 2);
    let (ids, past, numbers) = file::last(&frames, 8).unwrap();
    assert_eq!((ids, past.len(), numbers.last().copied()), (vec![1, 2, 3], 3 * 8 * 2, Some(230)));
    let dir = tempfile::tempdir().unwrap();
    put(&dir, "one.txt", text().as_bytes());
    put(&dir, "one_train.txt", text().as_bytes());
    put(&dir, "two.txt", text().as_bytes());
    let at = dir.path().display();
    let set = load(&format!("tracks:{at}/two.txt?hold=0"), 28);
    assert_eq!((set.train.tracks().unwrap().scenes.len(), set.test.pictures.len()), (5, 0));
    // A sixth of the frames is too short for a window of its own.
    let set = load(&format!("tracks:{at}/two.txt?hold=0.125"), 28);
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (2, 0));
    let set = load(&format!("tracks:{at},{at}/one.txt"), 28);
    assert_eq!((set.train.pictures.len(), set.test.pictures.len()), (5, 5));
    assert_eq!(set.skipped.len(), 2, "both files of the scene that is held out");
    assert_eq!(zscope::data::spec::spec_of(dir.path()).to_string(), format!("tracks:{at}"));
    for (wrong, said) in [
        ("0 1 2\n", "line 1"),
        ("0 1 2 3\n0 1 2 3\n", "twice"),
        ("0 1 2 nan\n", "no place"),
        ("a b\n0 1 x 3\n", "line 2"),
        ("0.5 1 2 3\n", "whole numbers"),
        ("", "no tracks"),
    ] {
        let e = file::parsed(wrong).unwrap_err();
        assert!(e.contains(said), "{wrong:?}: {e}");
    }
    put(&dir, "short.txt", b"0 1 0 0\n0 2 1 1\n");
    let spec: Spec = format!("tracks:{at}/short.txt").parse().unwrap();
    let e = quietly(|job| spec.load(want(28, None), job)).unwrap_err().to_string();
    assert!(e.contains("nothing to learn"), "{e}");
}

/// The real sets have as many people in windows as the literature counts.
#[test]
fn the_real_crowds_are_those_of_the_literature() {
    let shared = std::env::var_os("ZSCOPE_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let dir = shared.join("data/eth_ucy/datasets/raw/all_data");
    if !dir.is_dir() {
        println!("skipped: no {} (set ZSCOPE_SHARED to the folder that has data/eth_ucy)", dir.display());
        return;
    }
    for (name, alone, together) in [
        ("biwi_eth", 364, (70, 181)),
        ("biwi_hotel", 1197, (301, 1053)),
        ("crowds_zara01", 2356, (602, 2253)),
        ("uni_examples", 621, (188, 489)),
    ] {
        let frames = file::read(&dir.join(format!("{name}.txt"))).unwrap();
        let count = |least| -> (usize, usize) {
            let all = scenes(&frames, SPAN, least);
            (all.len(), all.iter().map(|s| people(s, 20)).sum())
        };
        assert_eq!(count(1).1, alone, "{name}, whoever is alone too");
        assert_eq!(count(2), together, "{name}");
    }
}

/// What learns nothing, against values worked out by hand.
#[test]
fn baselines_walk_on() {
    let span = Span { past: 3, future: 2, step_ms: 400 };
    // Steps of 1 and then 3: the last goes on by 3, the line of least squares by 2 from 11/3.
    let past = [0.0, 0.0, 1.0, 0.0, 4.0, 0.0];
    assert_eq!(Baseline::Constant.futures(&past, span, 20, 0), [[7.0, 0.0, 10.0, 0.0]]);
    let line = &Baseline::Linear.futures(&past, span, 20, 0)[0];
    for (v, hand) in line.iter().zip([17.0 / 3.0, 0.0, 23.0 / 3.0, 0.0]) {
        assert!((v - hand).abs() < 1e-5, "{line:?}");
    }
    let angles = Baseline::Angles.futures(&past, span, 400, 0);
    let turns: Vec<f32> = angles.iter().map(|f| f[1].atan2(f[0] - 4.0).to_degrees()).collect();
    assert!(angles.iter().all(|f| ((f[0] - 4.0).hypot(f[1]) - 3.0).abs() < 1e-4), "as far in any direction");
    let spread = (turns.iter().map(|v| v * v).sum::<f32>() / 400.0).sqrt();
    assert!((spread - 25.0).abs() < 3.0, "{spread}°");
    assert_eq!(distances(&[0.0, 0.0, 3.0, 4.0], &[0.0, 1.0, 0.0, 0.0]), [1.0, 5.0]);

    // One scene of two people, the truth straight on; two samples of which each is better for one of them.
    let scene: Arc<[f32]> = [0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 0.0, 5.0].into();
    let span = Span { past: 1, future: 1, step_ms: 400 };
    let tracks = Tracks { span, scenes: vec![scene] };
    let samples = vec![vec![1.0, 0.0, 4.0, 5.0], vec![2.0, 0.0, 1.0, 5.0]];
    let figures =
        row("hand", &Tracks { span: Span { past: 1, ..span }, ..tracks.clone() }, |_, _| samples.clone());
    let away = figures.away[0];
    assert!((away.ade - 1.0).abs() < 1e-6 && (away.fde - 1.0).abs() < 1e-6, "each its best: {away:?}");
    assert!((away.scene_ade - 1.5).abs() < 1e-6, "the second is better for both together: {away:?}");
    assert_eq!(figures.collisions, 0.0);
    assert_eq!(collisions(&[0.0, 0.0, 9.0, 9.0, 0.05, 0.0, 0.0, 0.0], 2), 2, "both, at the first step");
}

/// An LSTM's changes along a direction are those of differences.
#[test]
fn changes_of_an_lstm_are_followed() {
    let device = device::cpu().device;
    let lstm = init::initialise(Lstm::new(3, 4, &device), "lstm", 5, Init::Torch);
    let (x, u) = (Noise::new(1, 0).normal([10, 3], &device), Noise::new(2, 0).normal([10, 3], &device));
    let followed = floats(lstm.read(Dual::along(x.clone(), u.clone()), 5).0.tangent.unwrap());
    let at = |s: f32| floats(lstm.read((x.clone() + u.clone() * s).into(), 5).0.value);
    for ((a, b), t) in at(1e-2).iter().zip(at(-1e-2)).zip(&followed) {
        assert!(((a - b) / 2e-2 - t).abs() < 2e-3, "{} and {t}", (a - b) / 2e-2);
    }
    assert!(followed.iter().any(|v| v.abs() > 1e-2));
}

/// A small model after some steps.
fn trained(steps: usize) -> session::Session {
    let mut s = crate::runs::session("social-gan", None, &[]);
    (0..steps).for_each(|_| s.advance());
    s
}

/// Futures of a scene by some noises.
fn futures(model: &Held, past: &[f32], k: usize) -> Vec<f32> {
    let device = device::cpu().device;
    let z = Noise::new(4, 0).normal([k, model.latent_dims()], &device);
    floats(model.model().predictor().unwrap().futures(past, z))
}

/// The best of k pays no more than k on average, and with one future the same; the best falls.
#[test]
fn the_best_of_k_pays() {
    let mut s = crate::runs::session("social-gan", None, &[("best_of", 4.0), ("learning_rate_g", 5e-3)]);
    (0..30).for_each(|_| s.advance());
    let rows = s.metrics().rows;
    assert!(rows.iter().all(|r| r[2] < r[3]), "{rows:?}");
    let mean = |part: &[Vec<f32>]| part.iter().map(|r| r[2]).sum::<f32>() / part.len() as f32;
    assert!(mean(&rows[20..]) < 0.8 * mean(&rows[..5]), "{} to {}", mean(&rows[..5]), mean(&rows[20..]));
    let mut one = crate::runs::session("social-gan", None, &[("best_of", 1.0)]);
    (0..2).for_each(|_| one.advance());
    assert!(one.metrics().rows.iter().all(|r| (r[2] - r[3]).abs() < 1e-6));
}

/// Neither the order of people nor where the origin is makes a difference; others do.
#[test]
fn futures_depend_on_people_alone() {
    let s = trained(12);
    let model = s.model();
    let past = tracks::small(SPAN);
    let (n, one, each_future) = (people(&past, 8), 16, SPAN.future * 2);
    let before = futures(&model, &past, 3);
    assert_eq!(before.len(), 3 * n * each_future);
    let order = [3usize, 0, 4, 2, 1];
    let mixed: Vec<f32> = order.iter().flat_map(|i| past[i * one..(i + 1) * one].to_vec()).collect();
    let after = futures(&model, &mixed, 3);
    for k in 0..3 {
        for (place, i) in order.iter().enumerate() {
            let a = &before[(k * n + i) * each_future..][..each_future];
            let b = &after[(k * n + place) * each_future..][..each_future];
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4), "person {i} of future {k}");
        }
    }
    let away: Vec<f32> =
        past.iter().enumerate().map(|(i, v)| v + if i % 2 == 0 { 30.0 } else { -20.0 }).collect();
    let moved = futures(&model, &away, 3);
    for (i, (a, b)) in before.iter().zip(&moved).enumerate() {
        let by = if i % 2 == 0 { 30.0 } else { -20.0 };
        assert!((a + by - b).abs() < 1e-3, "{a} and {b}");
    }
    // Another noise is another future, and without the others a person walks elsewhere.
    assert!(before[..each_future].iter().zip(&before[n * each_future..]).any(|(a, b)| (a - b).abs() > 1e-4));
    let alone = futures(&model, &past[..one], 3);
    assert!(alone[..each_future].iter().zip(&before).any(|(a, b)| (a - b).abs() > 1e-5));
    // Between two scenes there is a way, and what is no scene is refused.
    let held = |scene: &[f32]| Point {
        z: vec![0.0; model.latent_dims()],
        held: [("tracks".to_string(), Value::Tracks(scene.into()))].into(),
    };
    let half = held(&past).blend_held(&held(&away), 0.5, false);
    let Value::Tracks(half) = &half["tracks"] else { panic!("a scene") };
    assert!((half[0] - past[0] - 15.0).abs() < 1e-4);
    assert!(held(&past[..5]).check(model.inputs()).unwrap_err().contains("16 numbers for each person"));
    let figures =
        displacement::measure(&model, s.dataset.test.tracks().unwrap(), 2, &device::cpu().device).unwrap();
    assert_eq!(figures.rows.len(), 4);
    assert!(figures.true_collisions == 0.0 && figures.rows[1].away[1].ade > 0.0);
}

/// Twenty futures of thirty people are there before a hand has moved on.
#[test]
fn many_futures_are_drawn_at_once() {
    let s = trained(1);
    let model = s.model();
    let past: Vec<f32> = (0..30)
        .flat_map(|i| (0..8).flat_map(move |t| [i as f32 % 6.0 + 0.5 * t as f32, (i / 6) as f32 * 1.2]))
        .collect();
    let mut times: Vec<f64> = (0..40)
        .map(|_| {
            let began = std::time::Instant::now();
            assert_eq!(futures(&model, &past, 20).len(), 20 * 30 * 12 * 2);
            began.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("20 futures of 30 people: median {:.1} ms, p95 {:.1} ms", times[20], times[38]);
    assert!(times[20] < 500.0, "{} ms", times[20]);
}

/// Where the scene is on the screen, and somebody in it.
fn place(at: [f32; 2], rect: egui::Rect, scene: &[f32]) -> Pos2 {
    let last: Vec<[f32; 2]> = each(scene, 8).map(|t| t[7]).collect();
    let view = zscope::data::crowds::picture::View::of(&last);
    let scale = rect.width().min(rect.height()) / (2.0 * view.half);
    rect.center() + egui::vec2(at[0] - view.middle[0], view.middle[1] - at[1]) * scale
}

/// In the window people are dragged, which is one step of undo, added and removed; what comes follows; the time plays.
#[test]
fn people_are_dragged_in_the_window() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    shot::system(&mut h, zoo::recipe("social-gan").unwrap()).unwrap();
    shot::until(&mut h, "what comes", |a| a.state().futures_seen().is_some()).unwrap();
    let scene = |h: &mut _| -> Arc<[f32]> {
        let state = app(h).state();
        match state.scene_input().unwrap().0.value_in(&state.latent.held) {
            Value::Tracks(scene) => scene,
            other => panic!("{other:?}"),
        }
    };
    let before = scene(&mut h);
    let count = people(&before, 8);
    assert!(count >= 2, "a scene of the data");
    let rect = h.get_by_label("The scene to walk in").rect();
    let from = place([before[14], before[15]], rect, &before);
    h.hover_at(from);
    h.step();
    h.drag_at(from);
    h.step();
    for i in 1..=4 {
        h.hover_at(from + egui::vec2(10.0, -8.0) * i as f32);
        h.step();
    }
    let to = from + egui::vec2(40.0, -32.0);
    h.drop_at(to);
    h.run_steps(3);
    let after = scene(&mut h);
    let by = [after[14] - before[14], after[15] - before[15]];
    assert!(by[0] > 0.1 && by[1] > 0.1, "moved by {by:?}");
    for (a, b) in each(&after, 8).next().unwrap().iter().zip(each(&before, 8).next().unwrap()) {
        assert!(
            (a[0] - b[0] - by[0]).abs() < 1e-4 && (a[1] - b[1] - by[1]).abs() < 1e-4,
            "the whole past moves"
        );
    }
    assert_eq!(after[16..], before[16..], "nobody else");
    shot::until(&mut h, "what comes of it", |a| {
        a.state()
            .futures_seen()
            .is_some_and(|s| s.point.held.get("tracks") == Some(&Value::Tracks(after.clone())))
    })
    .unwrap();
    app(&mut h).act(Action::Undo);
    assert_eq!(scene(&mut h), before, "the drag is one step of undo");

    h.get_by_label("Add").click();
    h.run_steps(3);
    assert_eq!(people(&scene(&mut h), 8), count + 1);
    shot::until(&mut h, "what comes with one more", |a| {
        a.state().futures_seen().is_some_and(|s| s.look.people == count + 1 && s.look.samples.len() == 20)
    })
    .unwrap();
    app(&mut h).act(Action::Scene(Scening::Choose(Some(0))));
    h.key_press(Key::Delete);
    h.run_steps(3);
    assert_eq!(scene(&mut h)[..16], before[16..32], "the first is gone");
    app(&mut h).act(Action::Undo);
    app(&mut h).act(Action::Undo);
    assert_eq!(scene(&mut h), before);

    app(&mut h).act(Action::Scene(Scening::Play(true)));
    h.run_steps(6);
    let state = app(&mut h).state();
    assert!(state.scene.playing && state.scene.at > 0.0, "{}", state.scene.at);
    for what in [Scening::Play(false), Scening::Density(true), Scening::Baseline(2, true), Scening::At(99.0)]
    {
        app(&mut h).act(Action::Scene(what));
        h.run_steps(2);
    }
    assert!((app(&mut h).state().scene.at - 4.8).abs() < 1e-4, "no further than what comes");
}

fn zscope(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap()
}

/// Futures of a file by a command, and a model's figures beside those that learn nothing.
#[test]
fn tracks_are_foretold_by_a_command() {
    let dir = tempfile::tempdir().unwrap();
    let mut s = crate::runs::session("social-gan", Some(&dir.path().join("run")), &[]);
    s.advance();
    let saved = s.save().unwrap().unwrap();
    s.close();
    let (file, out) = (put(&dir, "t.csv", text().as_bytes()), dir.path().join("f.csv"));
    let (model, file, to) = (saved.to_str().unwrap(), file.to_str().unwrap(), out.to_str().unwrap());
    let done = zscope(&["predict", model, "--tracks", file, "--samples", "5", "--out", to, "--json"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((said["people"].as_u64(), said["samples"].as_u64()), (Some(3), Some(5)));
    let text = std::fs::read_to_string(&out).unwrap();
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|l| l.split(',').map(|v| v.parse().unwrap()).collect()).collect();
    assert_eq!((text.lines().next(), rows.len()), (Some("frame,id,sample,x,y"), 5 * 3 * 12));
    assert_eq!(rows[0][..3], [240.0, 1.0, 0.0]);
    assert!((rows[0][3] - 11.5).abs() < 3.0, "the first goes on from where the first was: {:?}", rows[0]);
    let wrong = zscope(&["predict", "digits-vae", "--tracks", file, "--out", to]);
    assert!(wrong.status.code() == Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("foretells no tracks"));
    let figures = zscope(&["eval", model, "--data", "crowds:20", "--device", "cpu", "--json"]);
    assert!(figures.status.success(), "{}", String::from_utf8_lossy(&figures.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&figures.stdout).unwrap();
    let row = |i: usize, steps: usize| figures["rows"][i]["away"][steps]["ade"].as_f64().unwrap();
    assert_eq!(figures["rows"].as_array().unwrap().len(), 4);
    // Steady walkers are foretold well by walking on; a model of one step is nowhere near.
    assert!(row(1, 1) < 0.8 && row(1, 1) < row(0, 1), "{figures}");
    assert!(row(1, 0) < row(1, 1), "what is nearer is easier");
}
