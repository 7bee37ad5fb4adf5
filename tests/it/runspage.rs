//! The page of runs, and time on the page where training is watched, through the names that a person finds things by.
//!
//! Must not know: how panels are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::app::{app, window};
use egui_kittest::kittest::Queryable;
use zscope::action::{Action, travel::Travelling};
use zscope::engine::message::{Phase, Place};
use zscope::shot;
use zscope::state::{Tab, Until};

#[test]
fn a_run_is_watched_scrubbed_filmed_branched_and_binned() {
    let Some((mut h, runs)) = window([1440.0, 900.0], false) else { return };
    app(&mut h).act(Action::Show(Tab::Train));
    app(&mut h).act(Action::TrainingData("digits:300".into()));
    app(&mut h).act(Action::Until(Until::Stopped));
    app(&mut h).act(Action::Train);
    let recorded =
        |a: &zscope::app::App, n: usize| a.state().followed().is_some_and(|v| v.samples.len() >= n);
    shot::until(&mut h, "recorded samples", |a| recorded(a, 6)).unwrap();
    app(&mut h).act(Action::Set("beta".into(), 2.0));
    shot::until(&mut h, "the change", |a| a.state().followed().is_some_and(|v| !v.changes.is_empty()))
        .unwrap();
    // The past, while it trains on: a step whose samples were recorded, as a busy machine leaves some out.
    let past = app(&mut h).state().followed().unwrap().samples[4];
    app(&mut h).act(Action::Travel(Travelling::Cursor(Some(past))));
    shot::until(&mut h, "samples of the past", |a| a.moment_shown() == Some(past)).unwrap();
    h.run_steps(2);
    h.get_by_label("Now").click();
    h.run_steps(2);
    assert_eq!(app(&mut h).state().travel.cursor, None);
    app(&mut h).act(Action::Pause);
    shot::until(&mut h, "pausing, which saves", |a| {
        a.state().progress.phase == Phase::Paused
            && a.state().followed().is_some_and(|v| !v.checkpoints.is_empty())
    })
    .unwrap();
    app(&mut h).act(Action::Stop);
    shot::until(&mut h, "stopping", |a| a.state().progress.phase == Phase::Finished).unwrap();
    let step = app(&mut h).state().progress.step;

    h.get_by_label("Runs").click();
    shot::until(&mut h, "the list", |a| a.state().travel.list.as_ref().is_some_and(|l| !l.is_empty()))
        .unwrap();
    let open = app(&mut h).state().travel.open.clone().expect("the newest run is open");
    shot::until(&mut h, "its curves and samples", |a| {
        let curves = a.state().travel.curves.get(&open);
        curves.is_some_and(|c| c[0].len() as u64 == step) && a.moment_shown().is_some_and(|s| s > past)
    })
    .unwrap();
    h.run_steps(2);
    h.get_by_label("Play the run").click();
    shot::until(&mut h, "the film's first pictures", |a| {
        a.moment_shown().is_some_and(|s| (1..past).contains(&s))
    })
    .unwrap();
    app(&mut h).act(Action::Travel(Travelling::Play(false)));
    let gif = runs.path().join("film.gif");
    app(&mut h).act(Action::Travel(Travelling::Film(gif.clone())));
    shot::until(&mut h, "the film", |a| a.state().notice.as_ref().is_some_and(|n| n.contains("film.gif")))
        .unwrap();
    assert!(gif.exists());

    // A checkpoint with the latent of now.
    let z = app(&mut h).state().latent.z.clone();
    let moved: Vec<f32> = z.iter().map(|v| v + 0.25).collect();
    app(&mut h).act(Action::SetPair([(0, moved[0]), (1, moved[1])]));
    let z = app(&mut h).state().latent.z.clone();
    let before = app(&mut h).state().model.as_ref().unwrap().id;
    app(&mut h).act(Action::Travel(Travelling::Checkpoint(step)));
    shot::until(&mut h, "the checkpoint", |a| a.state().model.as_ref().is_some_and(|m| m.id != before))
        .unwrap();
    assert_eq!(app(&mut h).state().latent.z, z);
    app(&mut h).act(Action::Travel(Travelling::Branch(step)));
    shot::until(&mut h, "the branch", |a| {
        a.state().progress.phase == Phase::Running && a.state().progress.step > step
    })
    .unwrap();
    assert_eq!(app(&mut h).state().form.settings.0["beta"], 2.0, "the form shows what trains");
    let curve = app(&mut h).state().curves[0].clone();
    assert!(curve.at(1).is_some_and(f32::is_finite), "the branch has no past");
    app(&mut h).act(Action::Stop);
    shot::until(&mut h, "stopping", |a| a.state().progress.phase == Phase::Finished).unwrap();

    app(&mut h).act(Action::Show(Tab::Runs));
    shot::until(&mut h, "both runs", |a| a.state().travel.list.as_ref().is_some_and(|l| l.len() == 2))
        .unwrap();
    app(&mut h).act(Action::Travel(Travelling::Bin(open.clone())));
    shot::until(&mut h, "the bin", |a| a.state().travel.list.as_ref().is_some_and(|l| l.len() == 1)).unwrap();
    h.run_steps(2);
    h.get_by_label("Put back").click();
    shot::until(&mut h, "the run", |_| open.join("run.toml").exists()).unwrap();
    assert_eq!(app(&mut h).state().failure(Place::Runs), None);
    // What a training is recorded in is not taken from under it; a name that is none is refused in words.
    shot::until(&mut h, "the list", |a| a.state().travel.list.as_ref().is_some_and(|l| l.len() == 2))
        .unwrap();
    app(&mut h).act(Action::Travel(Travelling::Name(Some("a/b".into()))));
    app(&mut h).act(Action::Travel(Travelling::Rename));
    shot::until(&mut h, "the sentence", |a| a.state().failure(Place::Runs).is_some()).unwrap();
}

#[test]
fn an_empty_list_starts_a_first_run() {
    let Some((mut h, _runs)) = window([1024.0, 700.0], true) else { return };
    h.get_by_label("Runs").click();
    shot::until(&mut h, "the list", |a| a.state().travel.list.is_some()).unwrap();
    h.run_steps(2);
    h.get_by_label_contains("Train a first run").click();
    shot::until(&mut h, "the training", |a| a.state().progress.phase == Phase::Running).unwrap();
    app(&mut h).act(Action::Stop);
}

#[test]
fn a_run_of_another_process_is_watched_as_it_grows() {
    let Some((mut h, runs)) = window([1440.0, 900.0], false) else { return };
    let run = runs.path().join("elsewhere");
    let mut other = std::process::Command::new(env!("CARGO_BIN_EXE_zscope"))
        .args(["train", "fc-vae", "--device", "cpu", "--data", "digits:200", "--steps", "1000000"])
        .args(["--set", "hidden=12", "--out"])
        .arg(&run)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    app(&mut h).act(Action::Show(Tab::Runs));
    let steps = |a: &zscope::app::App| {
        a.state().travel.curves.get(&run).and_then(|c| c.first()).map_or(0, zscope::curve::Curve::len)
    };
    let watched = shot::until(&mut h, "its first losses", |a| steps(a) > 0).and_then(|()| {
        let some = steps(app(&mut h));
        shot::until(&mut h, "more of them", |a| {
            let growing = a.state().followed().is_some_and(|v| v.growing);
            steps(a) > some && a.moment_shown().is_some() && growing
        })
    });
    other.kill().unwrap();
    other.wait().unwrap();
    watched.unwrap();
}

/// Runs that are compared stand side by side with their pictures, and with the settings in which they differ.
#[test]
fn compared_runs_say_in_which_settings_they_differ() {
    use zscope::engine::archive::runs::card;
    let Some((mut h, runs)) = window([1440.0, 900.0], false) else { return };
    for (name, settings) in [("one", vec![]), ("two", vec!["--set", "beta=4", "--seed", "9"])] {
        let out = runs.path().join(name);
        let line = [
            "train",
            "fc-vae",
            "--data",
            "digits:60",
            "--set",
            "hidden=8",
            "--steps",
            "3",
            "--device",
            "cpu",
            "--out",
        ];
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_zscope"))
            .args(line)
            .arg(&out)
            .args(settings)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    }
    let [one, two] = ["one", "two"].map(|name| runs.path().join(name));
    let apart = card(&one).unwrap().differences(&card(&two).unwrap());
    let named = |name: &str, a: &str, b: &str| (name.to_string(), a.to_string(), b.to_string());
    assert_eq!(apart, [named("seed", "1", "9"), named("beta", "1", "4")]);
    h.get_by_label("Runs").click();
    shot::until(&mut h, "the list", |a| a.state().travel.list.as_ref().is_some_and(|l| l.len() == 2))
        .unwrap();
    app(&mut h).act(Action::Travel(Travelling::Open(one.clone())));
    app(&mut h).act(Action::Travel(Travelling::Compare(two.clone(), true)));
    shot::until(&mut h, "both curves", |a| {
        [&one, &two].iter().all(|run| a.state().travel.curves.get(*run).is_some_and(|c| !c[0].is_empty()))
    })
    .unwrap();
    h.run_steps(3);
    assert!(h.query_by_label_contains("Newest samples of two").is_some());
    assert!(h.query_by_label_contains("beta 4 for 1").is_some());
}
