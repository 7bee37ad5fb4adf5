//! A run folder that becomes read-only while the program trains, by `chmod`, and one that is read-only from the start. To
//! root nothing is read-only, so that as root the program runs as nobody.
//!
//! Must not know: the engine's insides.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use zscope::engine::{folder, session};

/// A user that owns nothing.
const NOBODY: u32 = 65534;

/// A folder in which `zscope` can be run by a user to whom permissions matter.
struct Place {
    dir: tempfile::TempDir,
    program: PathBuf,
    user: Option<u32>,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        let mut program = PathBuf::from(env!("CARGO_BIN_EXE_zscope"));
        if root {
            // Where it was built, nobody may not look.
            let copy = dir.path().join("zscope");
            std::fs::copy(&program, &copy).unwrap();
            program = copy;
            chown(dir.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        Self { dir, program, user: root.then_some(NOBODY) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn zscope(&self, words: &[&str], run: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["train", "fc-vae", "--device", "cpu", "--data", "digits:200", "--set", "hidden=12"]);
        command.args(words).arg("--out").arg(run).current_dir(self.dir.path()).env("HOME", self.dir.path());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }
}

/// Takes the right to write from all of a tree, or gives it back; of a folder first, so that nothing comes or goes in it
/// while its entries follow. A file in the making may be gone by the time its turn comes.
fn writable(path: &Path, on: bool) {
    let folder = path.is_dir();
    let mode = match (folder, on) {
        (true, true) => 0o755,
        (true, false) => 0o555,
        (false, true) => 0o644,
        (false, false) => 0o444,
    };
    match std::fs::set_permissions(path, Permissions::from_mode(mode)) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return,
        done => done.unwrap(),
    }
    if folder {
        for entry in std::fs::read_dir(path).unwrap().flatten() {
            writable(&entry.path(), on);
        }
    }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn wait(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(90), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_folder_that_becomes_read_only_stops_no_training_and_damages_nothing() {
    let place = Place::new();
    let run = place.path("run");
    let (out, err) = (place.path("out"), place.path("err"));
    let file = |path: &Path| Stdio::from(std::fs::File::create(path).unwrap());
    let mut child = place
        .zscope(&["--steps", "100000000", "--autosave", "0.5"], &run)
        .stdout(file(&out))
        .stderr(file(&err))
        .spawn()
        .unwrap();
    let steps = || -> u64 {
        let words = text(&out).lines().filter_map(|l| l.split_whitespace().nth(1)?.parse().ok()).max();
        words.unwrap_or(0)
    };
    wait("a first checkpoint", || !folder::checkpoints(&run).is_empty());
    writable(&run, false);
    let good: Vec<(PathBuf, Vec<u8>)> =
        folder::checkpoints(&run).into_iter().map(|p| (p.clone(), std::fs::read(p).unwrap())).collect();
    let before = steps();
    wait("a sentence about it", || text(&err).contains("Permission denied"));
    wait("going on", || steps() > before + 100);
    std::thread::sleep(Duration::from_secs(2));
    for (path, bytes) in &good {
        assert_eq!(&std::fs::read(path).unwrap(), bytes, "{} is damaged", path.display());
    }
    assert_eq!(folder::checkpoints(&run).len(), good.len());
    let said = text(&err);
    assert_eq!(said.matches("training goes on and tries again").count(), 1, "{said}");
    assert!(said.lines().all(|l| !l.contains("panicked")), "{said}");
    writable(&run, true);
    wait("that it can be written again", || text(&err).contains("can be written again"));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert!(child.wait().unwrap().success(), "{}", text(&err));
    let (_, checkpoint) = session::resume(&run).unwrap();
    let step = checkpoint.unwrap().card.step;
    let rows = folder::read_metrics(&run, u64::MAX).rows;
    println!("read-only from step {before} on, saved at {step}: {}", said.lines().last().unwrap_or_default());
    assert!(step > before + 100 && rows.len() as u64 >= step);
    assert!(rows.iter().flatten().all(|v| v.is_finite()), "losses of that time are missing");
}

#[test]
fn a_folder_that_is_read_only_from_the_start_is_refused_in_a_sentence() {
    let place = Place::new();
    let (parent, run) = (place.path("parent"), place.path("run"));
    std::fs::create_dir(&parent).unwrap();
    writable(&parent, false);
    let said = |words: &[&str], run: &Path| {
        let done = place.zscope(words, run).output().unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (code, sentence) = said(&["--steps", "5"], &parent.join("run"));
    let last = sentence.lines().last().unwrap();
    assert!(code == Some(1) && last.contains("parent") && last.contains("Permission denied"), "{sentence}");
    assert_eq!(said(&["--steps", "5"], &run).0, Some(0));
    let before = std::fs::read(folder::checkpoints(&run).pop().unwrap()).unwrap();
    writable(&run, false);
    let (code, sentence) = said(&["--steps", "9", "--resume"], &run);
    let last = sentence.lines().last().unwrap();
    assert!(code == Some(1) && last.contains("run") && last.contains("Permission denied"), "{sentence}");
    assert_eq!(std::fs::read(folder::checkpoints(&run).pop().unwrap()).unwrap(), before);
    writable(&run, true);
    assert_eq!(said(&["--steps", "9", "--resume"], &run).0, Some(0), "it can be resumed later");
}
