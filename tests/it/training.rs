//! Training: nobody's watching changes it, resuming continues it exactly, commands are answered within a step.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use zscope::engine::message::{
    Change, Command, DeviceChoice, Event, GridWanted, Phase, Progress, TrainOrder, Wanted,
};
use zscope::engine::{self, Config, Link};
use zscope::weights::Checkpoint;
use zscope::zoo;

fn order(recipe: &str, steps: u64, out: &Path) -> TrainOrder {
    let small = match recipe {
        "conv-vae" | "dcgan" => {
            vec![("width".to_string(), 4.0), ("size".to_string(), 28.0), ("batch".to_string(), 16.0)]
        }
        _ => vec![("batch".to_string(), 16.0)],
    };
    TrainOrder {
        recipe: recipe.into(),
        data: "digits:200".into(),
        settings: zoo::Settings(small.into_iter().collect()),
        seed: 7,
        steps: Some(steps),
        out: Some(out.into()),
        ..TrainOrder::default()
    }
}

fn start() -> (Link, engine::Engine) {
    let config = Config {
        gpu: None,
        choice: DeviceChoice::Cpu,
        shipped: zscope::shipped::MODELS,
        judge: zscope::shipped::judge_of,
    };
    engine::start(config, Arc::new(|_| {})).unwrap()
}

/// Handles events until one answers, for at most two minutes.
fn wait<T>(link: &Link, mut answer: impl FnMut(&Event) -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(120);
    while let Ok(event) = link.events.recv_timeout(until.saturating_duration_since(Instant::now())) {
        if let Some(found) = answer(&event) {
            return found;
        }
        if let Event::Failed { message, .. } = event {
            panic!("{message}");
        }
    }
    panic!("no answer within two minutes");
}

fn phase(link: &Link, wanted: Phase) -> Progress {
    wait(link, |e| match e {
        Event::Progress(p) if p.phase == wanted => Some(p.clone()),
        _ => None,
    })
}

/// Trains to the end and gives the last checkpoint. With `watched`, pictures are asked for all the while.
fn train(order: TrainOrder, watched: bool) -> PathBuf {
    let out = order.out.clone().unwrap();
    let (link, engine) = start();
    link.commands.send(Command::Train(order)).unwrap();
    let (mut id, mut stamp, mut pictures) = (None, 0, 0);
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        assert!(Instant::now() < until, "training did not end");
        let mut done = false;
        while let Ok(event) = link.events.try_recv() {
            match event {
                Event::Model(info) => id = Some((info.id, info.latent_dims)),
                Event::Progress(p) if p.phase == Phase::Finished => done = true,
                Event::Failed { message, .. } => panic!("{message}"),
                _ => {}
            }
        }
        pictures += link.shown.try_iter().count();
        if done {
            break;
        }
        if let (true, Some((model, dims))) = (watched, id) {
            stamp += 1;
            let grid = GridWanted { seed: stamp, columns: 3, rows: 3, spread: 1.0.into() };
            let z = vec![0.1 * stamp as f32; dims];
            let strips = (0..3).collect();
            link.wanted.put(Wanted {
                model,
                stamp,
                point: Some(z.into()),
                grid: Some(grid),
                strips,
                sheets: Vec::new(),
                plus: None,
                tap: None,
                plane: false,
                pixels: None,
                enlarged: None,
                futures: None,
                asked: Instant::now(),
            });
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(link);
    engine.join();
    assert!(!watched || pictures > 0, "nobody drew anything");
    engine::folder::checkpoints(&out).pop().expect("a checkpoint")
}

fn same(a: &Path, b: &Path) {
    let (a, b) = (Checkpoint::read(a).unwrap(), Checkpoint::read(b).unwrap());
    assert_eq!(a.tensors.keys().collect::<Vec<_>>(), b.tensors.keys().collect::<Vec<_>>());
    for (name, data) in a.tensors.iter() {
        // Burn's optimiser records hold a fresh random identity of each parameter; the numbers in them are compared by
        // what they do next, in the test of resuming.
        if !name.starts_with("optimizer") {
            assert_eq!(data.as_bytes(), b.tensors[name].as_bytes(), "{name} differs");
        }
    }
}

#[test]
fn training_is_the_same_bit_for_bit_whether_anybody_watches_or_not() {
    for recipe in ["fc-vae", "conv-vae", "dcgan"] {
        let dir = tempfile::tempdir().unwrap();
        let alone = train(order(recipe, 25, &dir.path().join("alone")), false);
        let watched = train(order(recipe, 25, &dir.path().join("watched")), true);
        same(&alone, &watched);
    }
}

#[test]
fn resuming_continues_exactly() {
    for recipe in ["fc-vae", "conv-vae", "dcgan", "classifier"] {
        let dir = tempfile::tempdir().unwrap();
        let whole = train(order(recipe, 30, &dir.path().join("whole")), false);
        let halves = dir.path().join("halves");
        train(order(recipe, 13, &halves), false);
        let rest = train(TrainOrder { resume: true, ..order(recipe, 30, &halves) }, false);
        same(&whole, &rest);
        let (one, two) = (
            engine::folder::read_metrics(&dir.path().join("whole"), 30),
            engine::folder::read_metrics(&halves, 30),
        );
        assert_eq!(one, two, "{recipe}: the curves differ");
        assert_eq!(one.rows.len(), 30);
    }
}

/// Labels that latents must tell, a discriminator that pays for its slope, and what it sees of the pictures, come and go
/// while it trains.
#[test]
fn what_is_added_on_the_way_is_resumed_exactly_too() {
    for (recipe, name, value) in [
        ("conv-vae", "labels", 5.0),
        ("dcgan", "penalty", 1.0),
        ("dcgan", "noise", 0.2),
        ("dcgan", "blur", 1.0),
    ] {
        let change = |step, value| Change { step, name: name.into(), value };
        let changed = |steps, out: &Path| TrainOrder {
            changes: vec![change(4, value), change(16, 0.0)],
            ..order(recipe, steps, out)
        };
        let dir = tempfile::tempdir().unwrap();
        let run = |name: &str| dir.path().join(name);
        let whole = train(changed(20, &run("whole")), false);
        train(changed(9, &run("parts")), false);
        let rest = train(TrainOrder { resume: true, ..changed(20, &run("parts")) }, false);
        same(&whole, &rest);
        let plain = train(order(recipe, 20, &run("plain")), false);
        let [whole, plain] = [&whole, &plain].map(|path| Checkpoint::read(path).unwrap().tensors);
        assert!(whole.keys().eq(plain.keys()), "{recipe}: a layer for labels is left behind");
        let differs = whole.iter().any(|(n, data)| data.as_bytes() != plain[n].as_bytes());
        assert!(differs, "{recipe}: {name} changes nothing");
    }
}

#[test]
fn latents_learn_to_tell_the_labels() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let mut order = order("conv-vae", 150, &run);
    order.settings.0.insert("labels".into(), 100.0);
    train(order, false);
    let rows = engine::folder::read_metrics(&run, 150).rows;
    let mean = |r: &[Vec<f32>]| r.iter().map(|v| v[2]).sum::<f32>() / r.len() as f32;
    let (first, last) = (mean(&rows[..5]), mean(&rows[140..]));
    assert!(last < 0.6 * first, "from {first} to {last} nats");
}

#[test]
fn losses_fall_for_every_vae() {
    for recipe in ["fc-vae", "conv-vae"] {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        train(order(recipe, 150, &run), false);
        let rows = engine::folder::read_metrics(&run, 150).rows;
        let mean = |r: &[Vec<f32>]| r.iter().map(|v| v[0] + v[1]).sum::<f32>() / r.len() as f32;
        let (first, last) = (mean(&rows[..10]), mean(&rows[140..]));
        assert!(last < 0.7 * first, "{recipe}: from {first} to {last}");
    }
}

#[test]
fn pause_step_and_stop_do_what_they_say() {
    let dir = tempfile::tempdir().unwrap();
    let (link, engine) = start();
    let endless = TrainOrder { steps: None, ..order("fc-vae", 0, &dir.path().join("run")) };
    link.commands.send(Command::Train(endless)).unwrap();
    wait(&link, |e| matches!(e, Event::Progress(p) if p.phase == Phase::Running && p.step > 5).then_some(()));
    link.commands.send(Command::Pause).unwrap();
    let held = phase(&link, Phase::Paused).step;
    link.commands.send(Command::Step).unwrap();
    let after = wait(&link, |e| match e {
        Event::Progress(p) if p.phase == Phase::Paused && p.step != held => Some(p.step),
        _ => None,
    });
    assert_eq!(after, held + 1, "one step is one step");
    std::thread::sleep(Duration::from_millis(200));
    link.commands.send(Command::Resume).unwrap();
    let going = phase(&link, Phase::Running);
    assert!(going.step < held + 50, "it trained while it was paused");
    link.commands.send(Command::Stop).unwrap();
    let stopped = phase(&link, Phase::Finished).step;
    drop(link);
    engine.join();
    let saved = engine::folder::checkpoints(&dir.path().join("run"));
    let newest = zscope::weights::Checkpoint::read(saved.last().expect("nothing was saved")).unwrap();
    assert_eq!(newest.card.step, stopped, "stopping saves the step at which it stopped");
}

#[test]
fn closing_in_the_middle_saves_the_step_and_every_loss_up_to_it() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let (link, engine) = start();
    link.commands.send(Command::Train(TrainOrder { steps: None, ..order("fc-vae", 0, &run) })).unwrap();
    wait(&link, |e| {
        matches!(e, Event::Progress(p) if p.phase == Phase::Running && p.step > 20).then_some(())
    });
    drop(link);
    engine.join();
    let (_, checkpoint) = engine::session::resume(&run).unwrap();
    let step = checkpoint.expect("nothing was saved").card.step;
    let rows = engine::folder::read_metrics(&run, u64::MAX).rows;
    assert_eq!(rows.len() as u64, step);
    assert!(rows.iter().flatten().all(|v| v.is_finite()));
}

#[test]
fn a_step_of_one_half_is_one_step_and_slow_motion_is_slow() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let (link, engine) = start();
    link.commands.send(Command::Train(TrainOrder { steps: None, ..order("dcgan", 0, &run) })).unwrap();
    wait(&link, |e| matches!(e, Event::Progress(p) if p.phase == Phase::Running && p.step > 2).then_some(()));
    link.commands.send(Command::Pause).unwrap();
    let held = phase(&link, Phase::Paused).step;
    link.commands.send(Command::StepWith { name: "turn".into(), value: 1.0 }).unwrap();
    let after = wait(&link, |e| match e {
        Event::Progress(p) if p.phase == Phase::Paused && p.step != held => Some(p.clone()),
        _ => None,
    });
    assert_eq!((after.step, after.live.0.get("turn").copied().unwrap_or(0.0)), (held + 1, 0.0));
    link.commands.send(Command::Slow(Some(5.0))).unwrap();
    link.commands.send(Command::Resume).unwrap();
    std::thread::sleep(Duration::from_millis(1200));
    link.commands.send(Command::Pause).unwrap();
    let slow = wait(&link, |e| match e {
        Event::Progress(p) if p.phase == Phase::Paused && p.step > held + 1 => Some(p.step),
        _ => None,
    });
    assert!((2..=9).contains(&(slow - held - 1)), "{} steps in 1.2 s at 5 a second", slow - held - 1);
    drop(link);
    engine.join();
    // The step of one half is in the record, for a repetition.
    let changes = engine::folder::read_order(&run).unwrap().changes;
    let turns: Vec<_> = changes.iter().map(|c| (c.step, c.value)).collect();
    assert_eq!(turns, vec![(held, 1.0), (held + 1, 0.0)]);
}

#[test]
fn a_model_that_fails_to_open_leaves_the_one_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("broken.safetensors");
    std::fs::write(&broken, b"PK\x03\x04 not a checkpoint").unwrap();
    let (link, engine) = start();
    link.commands.send(Command::OpenShipped("digits-vae".into())).unwrap();
    let model = wait(&link, |e| if let Event::Model(m) = e { Some(m.clone()) } else { None });
    link.commands.send(Command::Open(broken)).unwrap();
    loop {
        let event = link.events.recv_timeout(Duration::from_secs(30)).unwrap();
        match event {
            Event::Failed { message, .. } => {
                assert!(message.contains("broken.safetensors") && message.contains("zip"), "{message}");
                break;
            }
            Event::Model(m) => assert_eq!(m.id, model.id, "another model was opened"),
            _ => {}
        }
    }
    let z = vec![0.0; model.latent_dims];
    link.wanted.put(Wanted {
        model: model.id,
        stamp: 1,
        point: Some(z.into()),
        grid: None,
        sheets: Vec::new(),
        plus: None,
        tap: None,
        plane: false,
        pixels: None,
        enlarged: None,
        futures: None,
        strips: vec![],
        asked: Instant::now(),
    });
    let shown = link.shown.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!((shown.model, shown.image.width), (model.id, 28));
    drop(link);
    engine.join();
}

#[test]
fn the_newest_request_wins() {
    let (link, engine) = start();
    link.commands.send(Command::OpenShipped("faces-vae".into())).unwrap();
    let model = wait(&link, |e| if let Event::Model(m) = e { Some(m.clone()) } else { None });
    for stamp in 1..=200u64 {
        let z = vec![stamp as f32 / 100.0; model.latent_dims];
        link.wanted.put(Wanted {
            model: model.id,
            stamp,
            point: Some(z.into()),
            grid: None,
            sheets: Vec::new(),
            plus: None,
            tap: None,
            plane: false,
            pixels: None,
            enlarged: None,
            futures: None,
            strips: vec![],
            asked: Instant::now(),
        });
    }
    let mut stamps = Vec::new();
    while stamps.last() != Some(&200) {
        stamps.push(link.shown.recv_timeout(Duration::from_secs(30)).unwrap().stamp);
    }
    assert!(stamps.len() < 100, "{} of 200 superseded requests were drawn", stamps.len());
    assert!(stamps.is_sorted(), "{stamps:?}");
    drop(link);
    engine.join();
}

#[test]
fn a_checkpoint_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let newest = train(order("fc-vae", 13, &run), false);
    let copy = dir.path().join("mine.safetensors");
    std::fs::copy(&newest, &copy).unwrap();
    // The newest of a run goes on in the run's folder, a lone file in a folder of its own.
    for (from, folder) in [(&copy, dir.path().join("more")), (&newest, run.clone())] {
        let (link, engine) = start();
        let out = Some(dir.path().join("more"));
        link.commands.send(Command::Continue { from: from.clone(), data: None, out }).unwrap();
        let running = wait(&link, |e| match e {
            Event::Progress(p) if p.phase == Phase::Running && p.step > 20 => Some(p.clone()),
            _ => None,
        });
        assert_eq!(running.folder, Some(folder.clone()));
        link.commands.send(Command::Stop).unwrap();
        let stopped = phase(&link, Phase::Finished).step;
        drop(link);
        engine.join();
        let last = Checkpoint::read(&engine::folder::checkpoints(&folder).pop().unwrap()).unwrap();
        assert_eq!(last.card.step, stopped);
        assert!(last.card.seconds > 0.0 && last.card.seen == stopped * 16);
    }
    // Without its optimiser's state it goes on from its weights, and counts from 0.
    let bare = dir.path().join("bare.safetensors");
    Checkpoint::read(&copy).unwrap().stripped().write(&bare).unwrap();
    let (order, from) = engine::session::going_on(&bare).unwrap();
    assert_eq!(order.parent.map(|p| (p.name, p.step)), Some(("bare".into(), 13)));
    let from = from.unwrap();
    assert_eq!((from.card.step, from.resumable()), (0, false));
}
