//! Nothing is lost: a training that is killed at random moments and resumed is, bit for bit, the training that nobody
//! killed, and what it left on disk is whole at every moment. And a training that is asked to end saves first.
//!
//! Must not know: how steps are made.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use zscope::engine::table::Table;
use zscope::engine::{folder, session, statistics};
use zscope::nn::Noise;
use zscope::weights::Checkpoint;

/// Settings of a model so small that a step takes about a millisecond.
const TINY: [&str; 6] = ["--set", "hidden=12", "--set", "batch=8", "--set", "z=3"];
/// Changes on the way, which resuming has to make again.
const CHANGES: [&str; 6] = ["--at", "40:beta=3", "--at", "200:learning_rate=0.0003", "--at", "300:batch=12"];

fn zscope(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zscope"));
    command.args(words).stdin(Stdio::null());
    command
}

fn train(run: &Path, steps: u64, more: &[&str]) -> Command {
    let steps = steps.to_string();
    let mut words = vec!["train", "fc-vae", "--device", "cpu", "--json", "--steps", &steps];
    words.extend(["--out", run.to_str().unwrap()]);
    words.extend(more);
    zscope(&words)
}

/// Everything that a run of a tiny model starts with.
fn first() -> Vec<&'static str> {
    let mut words = vec!["--data", "digits:200", "--autosave", "0.05"];
    words.extend(TINY);
    words.extend(CHANGES);
    words
}

fn done(command: &mut Command) {
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// All that readers could open at this moment is whole.
fn whole(run: &Path) {
    folder::read_order(run).unwrap();
    for checkpoint in folder::checkpoints(run) {
        Checkpoint::read(&checkpoint).unwrap();
    }
    for sample in folder::stepped(&run.join("samples"), "png") {
        image::open(&sample).unwrap_or_else(|e| panic!("{}: {e}", sample.display()));
    }
    let rows = folder::read_metrics(run, u64::MAX).rows;
    assert!(rows.iter().flatten().all(|v| v.is_finite()), "a step's losses are missing");
}

/// Weights and losses of the step at which both runs ended.
fn same(a: &Path, b: &Path, step: u64) {
    let read = |run: &Path| {
        let checkpoint = Checkpoint::read(&folder::checkpoints(run).pop().unwrap()).unwrap();
        assert_eq!(checkpoint.card.step, step, "{}", run.display());
        checkpoint
    };
    let (x, y) = (read(a), read(b));
    assert_eq!((x.card.seen, &x.card.settings), (y.card.seen, &y.card.settings));
    assert_eq!(x.tensors.keys().collect::<Vec<_>>(), y.tensors.keys().collect::<Vec<_>>());
    for (name, data) in x.tensors.iter().filter(|(name, _)| !name.starts_with("optimizer")) {
        assert_eq!(data.as_bytes(), y.tensors[name].as_bytes(), "{name} differs");
    }
    assert_eq!(folder::read_metrics(a, step), folder::read_metrics(b, step), "the curves differ");
}

/// Kills a child with signal 9, at a moment that the dice choose: while it starts, or after it has said that it trains.
fn kill(mut child: Child, dice: &mut Noise) {
    let mut ms = |most: f32| Duration::from_millis((dice.uniforms(1, most)[0].abs()) as u64);
    if ms(100.0) < Duration::from_millis(25) {
        std::thread::sleep(ms(400.0));
    } else {
        let out = child.stdout.take().unwrap();
        let _ = BufReader::new(out).lines().next();
        std::thread::sleep(ms(200.0));
    }
    // It may have ended by itself.
    let _ = child.kill();
    child.wait().unwrap();
}

fn killed(times: u64, seed: u64) {
    let dir = tempfile::tempdir().unwrap();
    let (run, unhurt) = (dir.path().join("killed"), dir.path().join("unhurt"));
    let mut dice = Noise::new(seed, 0);
    let mut longest = 0u64;
    let mut reached: Vec<u64> = Vec::new();
    for i in 0..times {
        // The first start may be killed before there is anything to resume; then it is the same order again.
        let resume = run.join("run.toml").exists();
        let more = if resume { vec!["--resume", "--autosave", "0.05"] } else { first() };
        let child =
            train(&run, 1_000_000, &more).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        kill(child, &mut dice);
        if run.join("run.toml").exists() {
            whole(&run);
            let at = folder::checkpoints(&run).pop().and_then(|p| folder::step_of(&p)).unwrap_or(0);
            assert!(at >= longest, "kill {i} lost a checkpoint: step {at} after {longest}");
            longest = at;
            reached.push(at);
        }
    }
    let end = longest + 30;
    println!("{times} kills, newest checkpoint after each: {reached:?}; both runs to step {end}");
    let moved = reached.windows(2).filter(|w| w[1] > w[0]).count();
    assert!(moved as u64 >= times / 4, "too few kills came after a save to prove anything: {reached:?}");
    done(&mut train(&run, end, &["--resume"]));
    done(&mut train(&unhurt, end, &first()));
    whole(&run);
    same(&run, &unhurt, end);
}

#[test]
fn killed_at_random_moments_and_resumed_it_is_the_same_run() {
    killed(8, 11);
}

#[test]
#[ignore = "60 kills, about a minute: cargo test --release -- --ignored sixty_kills --nocapture"]
fn sixty_kills_change_nothing() {
    killed(60, 5);
}

#[test]
fn a_run_repeated_from_its_record_is_the_same_run() {
    let dir = tempfile::tempdir().unwrap();
    let (run, again) = (dir.path().join("run"), dir.path().join("again"));
    done(&mut train(&run, 350, &first()));
    let order = folder::read_order(&run).unwrap();
    assert_eq!(order.changes.len(), 3);
    assert_eq!(order.in_force(350).0["batch"], 12.0);
    assert_eq!(order.settings.0["batch"], 8.0, "the order keeps what the run began with");
    done(&mut train(&again, 350, &["--replay", run.to_str().unwrap()]));
    same(&run, &again, 350);
}

#[test]
fn a_branch_has_the_past_and_leaves_the_run_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (run, branch) = (dir.path().join("run"), dir.path().join("branch"));
    done(&mut train(&run, 60, &first()));
    let before: Vec<PathBuf> = folder::checkpoints(&run);
    let from = before.last().unwrap().to_str().unwrap().to_owned();
    done(&mut train(&branch, 90, &["--from", &from, "--at", "75:beta=0"]));
    assert_eq!(folder::checkpoints(&run), before);
    let order = folder::read_order(&branch).unwrap();
    assert_eq!(order.parent.as_ref().map(|p| (p.name.as_str(), p.step)), Some(("run", 60)));
    assert_eq!((order.in_force(60).0["beta"], order.in_force(80).0["beta"]), (3.0, 0.0));
    assert_eq!(folder::read_metrics(&branch, 60), folder::read_metrics(&run, 60));
    assert_eq!(folder::read_metrics(&branch, 90).rows.len(), 90);
    let layers = Table::read(&branch.join(statistics::LAYERS));
    let layers: Vec<u64> = layers.rows.iter().map(|(step, _)| *step).collect();
    assert!(layers.starts_with(&[1, 2, 3]) && layers.contains(&90), "{layers:?}");
    assert!(
        folder::stepped(&branch.join("samples"), "png").len() > 60,
        "the samples of the past are missing"
    );
}

#[test]
#[cfg(unix)]
fn asked_to_end_it_saves_and_can_be_resumed() {
    for signal in ["TERM", "INT"] {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let mut words = vec!["--data", "digits:200"];
        words.extend(TINY);
        let mut child = train(&run, 1_000_000, &words).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The first line says that it trains.
        lines.next().unwrap().unwrap();
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let last = lines.map(Result::unwrap).last().unwrap();
        assert!(child.wait().unwrap().success());
        let last: serde_json::Value = serde_json::from_str(&last).unwrap();
        assert_eq!(last["stopped"], true, "{last}");
        let (_, checkpoint) = session::resume(&run).unwrap();
        let step = checkpoint.unwrap().card.step;
        assert!(step > 0 && last["saved"].as_str().unwrap().contains(&format!("{step:08}")));
        assert_eq!(folder::read_metrics(&run, u64::MAX).rows.len() as u64, step, "losses are missing");
    }
}

#[test]
fn two_trainings_do_not_share_a_folder_and_none_writes_over_a_run() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let mut words = vec!["--data", "digits:200"];
    words.extend(TINY);
    let mut child = train(&run, 1_000_000, &words).stdout(Stdio::piped()).spawn().unwrap();
    BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
    let second = train(&run, 20, &["--resume"]).output().unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && said.contains("another zscope"), "{said}");
    child.kill().unwrap();
    child.wait().unwrap();
    let over = train(&run, 20, &words).output().unwrap();
    let said = String::from_utf8_lossy(&over.stderr).into_owned();
    assert!(!over.status.success() && said.contains("--resume"), "{said}");
}
