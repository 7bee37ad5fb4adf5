//! Run folders: what is recorded, that recording changes nothing, what happens when a folder fails, and what other
//! programs read.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Tensor, TensorData};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};
use zscope::data::{Job, Spec};
use zscope::engine::archive::film::{FilmOrder, film};
use zscope::engine::archive::{bin, runs};
use zscope::engine::health::{Monitor, Trouble};
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{Notice, Session};
use zscope::engine::table::Table;
use zscope::engine::{device, folder, schedule, session, statistics};
use zscope::nn::{Noise, Tensors};
use zscope::zoo::train::Learns;
use zscope::zoo::{self, Batch, Entry, Model, Settings, System};

/// A session of a small model, recorded in `out` if there is one.
pub(crate) fn session(recipe: &str, out: Option<&Path>, settings: &[(&str, f64)]) -> Session {
    session_of(zoo::find(recipe).unwrap(), out, settings)
}

fn session_of(entry: &'static Entry, out: Option<&Path>, settings: &[(&str, f64)]) -> Session {
    let recipe = entry.recipe.name;
    let mut all: Settings = Settings(settings.iter().map(|(n, v)| ((*n).to_string(), *v)).collect());
    all.0.entry("batch".into()).or_insert(8.0);
    let pairs = !entry.recipe.needs.is_empty() && entry.recipe.data != "digits";
    // A network that can't make pictures of MNIST's size is as small as it says itself: of two channels inside of a residual
    // block both may be silent, and then nothing of it has a gradient.
    let own = |name: &str| entry.recipe.tiny.iter().find(|(n, _)| *n == name).map(|(_, value)| *value);
    let small = match own("size") {
        Some(size) if size != 28.0 && !pairs => [("width", own("width").unwrap_or(4.0)), ("size", size)],
        _ => [("width", 4.0), ("size", if pairs { 32.0 } else { 28.0 })],
    };
    for (name, value) in small {
        if recipe != "fc-vae" && entry.recipe.setting(name).is_some() {
            all.0.insert(name.into(), value);
        }
    }
    let order = TrainOrder {
        recipe: recipe.into(),
        data: if pairs { format!("{}:64", entry.recipe.data) } else { "digits:64".into() },
        settings: all,
        seed: 3,
        out: out.map(Path::to_path_buf),
        ..TrainOrder::default()
    };
    let spec: Spec = order.data.parse().unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = spec.load(session::want(entry, &order.settings), &job).unwrap();
    Session::of(entry, order, Arc::new(data), &device::cpu().device, None, out.is_some()).unwrap()
}

/// Breaks the next step of a fragile system.
static BREAK: AtomicBool = AtomicBool::new(false);
static FRAGILE_VAE: Entry =
    Entry { recipe: &zoo::fc_vae::RECIPE, build: |s, c, seed, d| fragile(zoo::fc_vae::build(s, c, seed, d)) };
static FRAGILE_GAN: Entry =
    Entry { recipe: &zoo::dcgan::RECIPE, build: |s, c, seed, d| fragile(zoo::dcgan::build(s, c, seed, d)) };

/// A system whose weights become NaN when it is told so, as a step that is too large makes them.
struct Fragile(Box<dyn System>);

fn fragile(inner: Result<Box<dyn System>, String>) -> Result<Box<dyn System>, String> {
    inner.map(|s| Box::new(Fragile(s)) as Box<dyn System>)
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        Self(self.0.fork())
    }
}

impl System for Fragile {
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        if BREAK.swap(false, Relaxed) {
            let spoilt = self.0.weights().into_iter().map(|(name, data)| {
                let shape = data.shape().to_vec();
                (name, TensorData::new(vec![f32::NAN; data.num_elements()], shape))
            });
            self.0.restore(&spoilt.collect()).unwrap();
        }
        self.0.step(step, batch, noise, settings)
    }

    fn model(&self) -> Box<dyn Model> {
        self.0.model()
    }

    fn weights(&self) -> Vec<(String, TensorData)> {
        self.0.weights()
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        self.0.parts()
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        self.0.parts_mut()
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        self.0.restore(tensors)
    }
}

pub(crate) fn weights(session: &Session) -> Tensors {
    let mut tensors = session.checkpoint().unwrap().tensors;
    tensors.retain(|name, _| !name.starts_with("optimizer"));
    tensors
}

pub(crate) fn same(a: &Tensors, b: &Tensors) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    a.iter().for_each(|(name, data)| assert_eq!(data.as_bytes(), b[name].as_bytes(), "{name} differs"));
}

#[test]
fn every_system_trains_the_same_recorded_or_not() {
    for entry in crate::registry::systems() {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let (mut bare, mut recorded) =
            (session(entry.recipe.name, None, &[]), session(entry.recipe.name, Some(&run), &[]));
        for i in 0..12 {
            bare.advance();
            recorded.advance();
            if i % 4 == 3 {
                // A loss of another phase is no number, which equals none.
                let bits = |s: &mut Session| -> Vec<Vec<u32>> {
                    s.metrics().rows.iter().map(|row| row.iter().map(|v| v.to_bits()).collect()).collect()
                };
                assert_eq!(bits(&mut bare), bits(&mut recorded), "{}", entry.recipe.name);
                recorded.save().unwrap();
            }
        }
        same(&weights(&bare), &weights(&recorded));
        let pictures = folder::stepped(&run.join("samples"), "png");
        let steps: Vec<_> = pictures.iter().filter_map(|p| folder::step_of(p)).collect();
        let layers = Table::read(&run.join(statistics::LAYERS));
        // How often depends on the clock, as recording has its share of the time: a busy machine leaves some steps out.
        assert!(!layers.rows.is_empty(), "{}: no layers were recorded", entry.recipe.name);
        for (step, row) in &layers.rows {
            // Attention begins closed, so that what leads to it has no gradient and makes no step at first.
            let closed = |i: usize| layers.names[i].contains("attention") && matches!(i % 4, 1 | 2);
            // A part that does not learn in this phase has no gradient and stays as it is.
            let still = |i: usize| !entry.recipe.phases.is_empty() && row[i / 4 * 4 + 1].is_nan();
            let sane = |(i, v): (usize, &f32)| match i % 4 {
                1 if still(i) => true,
                2 if still(i) => *v == 0.0,
                k => v.is_finite() && (*v > 0.0 || closed(i) && *v == 0.0) && (k != 2 || *v < 1.0),
            };
            assert!(!(0..row.len()).all(still), "{}: nothing learns", entry.recipe.name);
            assert!(
                row.iter().enumerate().all(sane),
                "{} at {step}: {:?} {row:?}",
                entry.recipe.name,
                layers.names
            );
        }
        if bare.model().draws() {
            let early = steps.first() == Some(&0) && steps.windows(2).all(|w| w[0] < w[1]);
            assert!(early && (1..=13).contains(&steps.len()), "{}: {steps:?}", entry.recipe.name);
        } else {
            assert!(steps.is_empty());
        }
    }
}

#[test]
fn the_record_is_dense_at_first_and_never_coarse_and_bounded() {
    let mut steps = vec![0u64];
    while *steps.last().unwrap() < 1_000_000 {
        steps.push(schedule::next(*steps.last().unwrap()));
        schedule::superfluous(&steps, 400, 1).iter().for_each(|gone| steps.retain(|s| s != gone));
    }
    assert!(steps.len() <= 400 && steps.len() > 390, "{}", steps.len());
    assert_eq!(steps[0], 0, "the beginning stays");
    let gaps = steps.windows(2).map(|w| (w[1] - w[0]) as f64 / w[1] as f64).skip(30);
    let coarsest = gaps.fold(0.0, f64::max);
    println!(
        "{} pictures of a million steps, coarsest gap {:.1} % of its step",
        steps.len(),
        100.0 * coarsest
    );
    assert!(coarsest < 0.06, "{coarsest}");
    let checkpoints: Vec<u64> = (1..=100).map(|i| i * 60).collect();
    let gone = schedule::superfluous(&checkpoints, 12, 3);
    assert_eq!(gone.len(), 88);
    assert!(![60, 5880, 5940, 6000].iter().any(|s| gone.contains(s)), "{gone:?}");
}

#[test]
fn a_broken_training_goes_back_to_its_last_good_state() {
    for entry in [&FRAGILE_VAE, &FRAGILE_GAN] {
        let recipe = entry.recipe.name;
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let mut s = session_of(entry, Some(&run), &[]);
        // The first step may take long on a busy machine, and the clock of good states begins behind it.
        s.advance();
        s.metrics();
        let began = Instant::now();
        let (mut said, mut spoilt) = (None, false);
        while said.is_none() && began.elapsed() < Duration::from_secs(60) {
            s.advance();
            s.metrics();
            if !spoilt && began.elapsed() > Duration::from_millis(2300) {
                spoilt = true;
                BREAK.store(true, Relaxed);
            }
            said = s.notices().into_iter().find(|w| matches!(w, Notice::Broken { .. }));
        }
        let Some(Notice::Broken { step, back }) = said else { panic!("{recipe}: it did not break") };
        println!("{recipe}: broken at step {step}, back at {back}");
        assert!(back > 0 && back < step && s.step == back);
        let mut straight = session(recipe, None, &[]);
        (0..back).for_each(|_| straight.advance());
        same(&weights(&s), &weights(&straight));
        assert_eq!(folder::read_metrics(&run, u64::MAX).rows.len() as u64, back);
        // And it can go on, and be saved.
        s.change("batch", 9.0).unwrap();
        s.advance();
        assert_eq!(s.metrics().first, back + 1);
        s.save().unwrap().unwrap();
    }
}

#[test]
fn a_folder_that_fails_harms_nothing_and_is_said_once() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let mut s = session("fc-vae", Some(&run), &[]);
    let steps = |s: &mut Session, n: usize| -> Vec<Notice> {
        (0..n).for_each(|_| {
            s.advance();
            s.metrics();
        });
        s.notices()
    };
    assert_eq!(steps(&mut s, 3), vec![]);
    s.save().unwrap();
    let good = folder::checkpoints(&run);
    // The checkpoints' folder is no folder any more: what was saved is elsewhere, nothing new can be.
    std::fs::rename(run.join("checkpoints"), run.join("moved")).unwrap();
    std::fs::write(run.join("checkpoints"), "a file").unwrap();
    steps(&mut s, 2);
    let message = s.save().expect_err("must fail");
    assert!(message.contains("checkpoints"), "{message}");
    std::fs::remove_file(run.join("checkpoints")).unwrap();
    std::fs::rename(run.join("moved"), run.join("checkpoints")).unwrap();
    assert_eq!(folder::checkpoints(&run), good, "what was good is damaged");
    s.save().unwrap();
    // The whole folder vanishes with its parent: one sentence, however long it lasts.
    let away = dir.path().join("away");
    std::fs::rename(&run, &away).unwrap();
    std::fs::write(&run, "in the way").unwrap();
    let said = steps(&mut s, 5);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said.iter().all(|w| matches!(w, Notice::Trouble(m) if m.contains("run"))), "{said:?}");
    assert_eq!(steps(&mut s, 5), vec![]);
    // It is back: the steps that waited are written, none is missing.
    std::fs::remove_file(&run).unwrap();
    std::fs::rename(&away, &run).unwrap();
    assert!(steps(&mut s, 2).contains(&Notice::Recovered));
    let rows = folder::read_metrics(&run, u64::MAX).rows;
    assert_eq!(rows.len(), 17);
    assert!(rows.iter().flatten().all(|v| v.is_finite()));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_stops_no_training_and_damages_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let disk = dir.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(&disk).status();
    if !mounted.is_ok_and(|s| s.success()) {
        println!("skipped: no small file system can be mounted here (needs root)");
        return;
    }
    let run = disk.join("run");
    let mut s = session("fc-vae", Some(&run), &[("hidden", 16.0)]);
    s.advance();
    s.metrics();
    s.save().unwrap().unwrap();
    let first = folder::checkpoints(&run);
    std::fs::write(disk.join("ballast"), vec![0u8; 4 << 20]).unwrap_err();
    let mut said = Vec::new();
    for _ in 0..200 {
        s.advance();
        s.metrics();
        said.extend(s.notices());
    }
    let full = s.save().expect_err("the disk is full");
    println!("{said:?}; {full}");
    assert!(full.contains("space") && !full.contains('\n'), "{full}");
    assert_eq!(said.iter().filter(|w| matches!(w, Notice::Trouble(_))).count(), 1, "{said:?}");
    let whole = folder::checkpoints(&run);
    assert_eq!(whole, first);
    whole.iter().for_each(|c| drop(zscope::weights::Checkpoint::read(c).unwrap()));
    std::fs::remove_file(disk.join("ballast")).unwrap();
    s.advance();
    s.metrics();
    s.save().unwrap().unwrap();
    let rows = folder::read_metrics(&run, u64::MAX).rows;
    assert_eq!(rows.len(), 202, "rows of the time when the disk was full are missing");
    drop(s);
    assert!(Command::new("umount").arg(&disk).status().unwrap().success());
}

#[test]
fn warnings_name_their_evidence() {
    let gan = zoo::recipe("dcgan").unwrap();
    let mut m = Monitor::new(gan, 0.3);
    let even = vec![1.3, 0.8, 0.5, 0.5];
    m.samples(0.28);
    m.losses(1, &vec![even.clone(); 500]);
    assert_eq!(m.look(), None, "nothing is wrong");
    m.losses(501, &vec![vec![0.01, 6.0, 0.99, 0.01]; 150]);
    let told = m.look().unwrap();
    assert_eq!(told[0].trouble, Trouble::DiscriminatorWon);
    assert!(told[0].evidence.contains("99.0 %") && !told[0].advice.is_empty(), "{told:?}");
    assert_eq!(m.look(), None, "it is told once");
    m.losses(651, &vec![even; 150]);
    assert_eq!(m.look(), Some(vec![]), "it is taken back");
    m.samples(0.04);
    assert_eq!(m.look().unwrap()[0].trouble, Trouble::ModeCollapse);
    let vae = zoo::recipe("fc-vae").unwrap();
    let mut m = Monitor::new(vae, 0.3);
    m.losses(1, &vec![vec![150.0, 12.0]; 400]);
    assert_eq!(m.look(), None);
    m.losses(401, &vec![vec![200.0, 0.01]; 150]);
    assert_eq!(m.look().unwrap()[0].trouble, Trouble::PosteriorCollapse);
    m.losses(551, &vec![vec![9000.0, 12.0]; 150]);
    assert_eq!(m.look().unwrap()[0].trouble, Trouble::Exploding);
}

#[test]
fn a_metrics_file_that_is_cut_or_spoilt_is_read_as_far_as_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("metrics.csv");
    std::fs::write(&file, "step,a,b\n1,0.5,2\n2,0.25,3\nrubbish\n4,1,\n99999999999999,1,1\n5,7,8\n6,1")
        .unwrap();
    let read = folder::read_metrics(dir.path(), u64::MAX);
    assert_eq!(read.rows.len(), 5, "{read:?}");
    assert!(read.rows[2].iter().all(|v| v.is_nan()) && read.rows[3][1].is_nan());
    assert_eq!(read.rows[4], vec![7.0, 8.0]);
    let mut tail = folder::Tail::default();
    assert_eq!(tail.read(dir.path()).unwrap().rows.len(), 5);
    std::fs::write(&file, "step,a,b\n1,0.5,2\n2,0.25,3\nrubbish\n4,1,\n99999999999999,1,1\n5,7,8\n6,1,2\n")
        .unwrap();
    let more = tail.read(dir.path()).unwrap();
    assert_eq!((more.first, more.rows), (6, vec![vec![1.0, 2.0]]));
    std::fs::write(&file, "step,a,b\n1,9,9\n").unwrap();
    assert_eq!(tail.read(dir.path()).unwrap().rows, vec![vec![9.0, 9.0]], "a resumed run is read anew");
    // A newer zscope may plot more than the one that began the run.
    std::fs::write(&file, "step,a,b,c\n1,9,9\n2,8,8,7\n").unwrap();
    let rows = folder::read_metrics(dir.path(), u64::MAX).rows;
    assert!(rows[0][2].is_nan() && rows[1] == [8.0, 8.0, 7.0], "{rows:?}");
}

fn trained(dir: &Path, steps: usize) -> PathBuf {
    let run = dir.join("run");
    let mut s = session("fc-vae", Some(&run), &[]);
    for _ in 0..steps {
        s.advance();
        s.metrics();
    }
    s.save().unwrap();
    run
}

/// Pictures that a run recorded. How many is a matter of time as well: on a busy machine some are left out.
fn recorded(run: &Path) -> usize {
    let count = folder::stepped(&run.join("samples"), "png").len();
    assert!((2..=21).contains(&count), "{count} pictures of 20 steps");
    count
}

#[test]
fn a_run_is_listed_renamed_binned_and_put_back() {
    let dir = tempfile::tempdir().unwrap();
    let run = trained(dir.path(), 20);
    std::fs::create_dir(dir.path().join("no run")).unwrap();
    let mut thumbs = runs::Thumbs::default();
    let all = runs::list(dir.path(), &mut thumbs);
    assert_eq!(all.len(), 1);
    let card = &all[0];
    assert_eq!((card.step, card.checkpoints, card.samples), (20, 1, recorded(&run)));
    let rows = folder::read_metrics(&run, 20).rows;
    let mean = rows.iter().map(|r| r[0]).sum::<f32>() / 20.0;
    assert!((card.losses[0].1 - mean).abs() < 1e-3 * mean, "{:?} {mean}", card.losses);
    assert!(card.thumb.as_ref().is_some_and(|t| t.rgb.len() == t.size[0] * t.size[1] * 3));
    for bad in ["", "a/b", "..", ".hidden", "a:b"] {
        assert!(bin::rename(&run, bad).unwrap_err().contains("name"), "{bad}");
    }
    let named = bin::rename(&run, "first try").unwrap();
    assert!(bin::rename(&named, "no run").unwrap_err().contains("already"));
    let away = bin::put(&named).unwrap();
    assert!(!named.exists() && runs::list(dir.path(), &mut thumbs).is_empty());
    bin::restore(&away, &named).unwrap();
    assert_eq!(runs::list(dir.path(), &mut thumbs)[0].name, "first try");
    session::resume(&named).unwrap().1.expect("it can still be resumed");
}

#[test]
fn a_film_shows_every_recorded_picture() {
    use image::AnimationDecoder;
    let dir = tempfile::tempdir().unwrap();
    let run = trained(dir.path(), 20);
    let out = dir.path().join("film.gif");
    let order = FilmOrder { run: run.clone(), out: out.clone(), fps: 20.0, zoom: 2 };
    let made = film(&order, &|_, _| {}, &AtomicBool::new(false)).unwrap().unwrap();
    let file = std::io::BufReader::new(std::fs::File::open(&out).unwrap());
    let gif = image::codecs::gif::GifDecoder::new(file).unwrap();
    let frames = gif.into_frames().collect_frames().unwrap();
    let count = recorded(&run);
    assert_eq!((frames.len(), made.frames), (count, count));
    assert_eq!((made.width, made.height), (2 * 8 * 28, 2 * 4 * 28 + 4));
    assert_ne!(frames[0].buffer().as_raw(), frames[count - 1].buffer().as_raw());
    // A film that is given up leaves nothing.
    let none = FilmOrder { out: dir.path().join("none.gif"), ..order };
    assert_eq!(film(&none, &|_, _| {}, &AtomicBool::new(true)).unwrap(), None);
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn tensorboard_reads_the_losses_and_the_samples() {
    let dir = tempfile::tempdir().unwrap();
    let run = trained(dir.path(), 30);
    // A resumed run: later values of the first file are void.
    let mut folder =
        folder::RunFolder::open(&run, &folder::read_order(&run).unwrap(), &["reconstruction", "kl"], 20)
            .unwrap();
    let again = zscope::engine::message::Metrics { first: 21, rows: vec![vec![5.0, 1.5]; 10] };
    folder.append(&again).unwrap();
    let script = "import sys,json\nfrom tensorboard.backend.event_processing.event_accumulator import EventAccumulator\na=EventAccumulator(sys.argv[1],size_guidance={'scalars':0,'images':0}); a.Reload()\nprint(json.dumps({**{t:[[e.step,e.value] for e in a.Scalars(t)] for t in a.Tags()['scalars']},**{t:[[e.step,e.width,e.height,e.encoded_image_string.hex()] for e in a.Images(t)] for t in a.Tags()['images']}}))";
    let out = Command::new("python3").args(["-c", script]).arg(&run).output();
    let out = match out {
        Ok(out) if out.status.success() => out,
        _ => {
            println!("skipped: python3 with the tensorboard package is not here (pip install tensorboard)");
            return;
        }
    };
    let read: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let kl = read["kl"].as_array().unwrap();
    assert_eq!(kl.len(), 30, "{read}");
    let rows = folder::read_metrics(&run, 30).rows;
    for (i, entry) in kl.iter().enumerate() {
        assert_eq!(entry[0], i as u64 + 1);
        assert!((entry[1].as_f64().unwrap() - f64::from(rows[i][1])).abs() < 1e-6, "step {}", i + 1);
    }
    assert_eq!(rows[25][1], 1.5, "the second file's values count");
    // Its pictures are those of the folder, thinned after the first eight steps; those of void steps are void.
    let pictures = read["samples"].as_array().unwrap();
    assert!((2..=20).contains(&pictures.len()), "{} pictures", pictures.len());
    for entry in pictures {
        let step = entry[0].as_u64().unwrap();
        assert!(step <= 20, "step {step} is void");
        assert_eq!((&entry[1], &entry[2]), (&(8 * 28).into(), &(4 * 28).into()));
        let file = run.join("samples").join(format!("step-{step:08}.png"));
        let bytes: String = std::fs::read(file).unwrap().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(entry[3], bytes, "step {step}");
    }
}

#[test]
fn the_command_line_lists_exports_and_films() {
    let dir = tempfile::tempdir().unwrap();
    let run = trained(dir.path(), 15);
    let frames = format!("\"frames\":{},", recorded(&run));
    let zscope = |words: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap();
        (out.status.code(), String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap())
    };
    let (code, said, _) = zscope(&["runs", dir.path().to_str().unwrap(), "--json"]);
    let listed: serde_json::Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!((code, &listed["name"], &listed["step"]), (Some(0), &"run".into(), &15.into()));
    let run = run.to_str().unwrap();
    let csv = dir.path().join("losses.csv");
    assert_eq!(zscope(&["runs", run, "--csv", csv.to_str().unwrap()]).0, Some(0));
    let text = std::fs::read_to_string(&csv).unwrap();
    assert!(text.starts_with("step,reconstruction,kl\n1,") && text.lines().count() == 16, "{text}");
    let gif = dir.path().join("x.gif");
    let (code, said, _) = zscope(&["film", run, "--out", gif.to_str().unwrap(), "--json"]);
    assert!(code == Some(0) && said.contains(&frames), "{said}, not {frames}");
    let (code, _, said) = zscope(&["runs", "/no/such/folder"]);
    assert!(code == Some(1) && said.contains("/no/such/folder"), "{said}");
    let (code, _, said) = zscope(&["film", dir.path().to_str().unwrap(), "--out", "/tmp/none.gif"]);
    assert!(code == Some(1) && said.contains("no samples"), "{said}");
}

#[test]
fn one_half_of_a_gan_can_be_held_and_d_can_have_more_turns() {
    let mut s = session("dcgan", None, &[]);
    let part = |s: &Session, name: &str| {
        let mut all = weights(s);
        // Batch norm's statistics follow what flows through, whoever learns.
        all.retain(|n, _| n.starts_with(name) && !n.contains("running_"));
        all
    };
    for (turn, held, learns) in [(1.0, "generator.", "discriminator."), (2.0, "discriminator.", "generator.")]
    {
        s.change("turn", turn).unwrap();
        let before = (part(&s, held), part(&s, learns));
        s.advance();
        assert_eq!(s.metrics().rows[0].len(), 4, "its losses are measured all the same");
        same(&before.0, &part(&s, held));
        let moved = part(&s, learns).iter().any(|(n, d)| d.as_bytes() != before.1[n].as_bytes());
        assert!(moved, "{learns} does not learn");
    }
    s.change("turn", 0.0).unwrap();
    s.change("d_steps", 3.0).unwrap();
    let seen = s.seen;
    s.advance();
    assert_eq!(s.seen - seen, 24, "each turn of D has a batch of its own");
    assert!(s.metrics().rows[0].iter().all(|v| v.is_finite()));
}

/// The recurrence in plain numbers, from the trained generator's weights at each step.
#[test]
fn the_average_keeps_up_at_first_and_is_as_slow_as_asked_for_then() {
    let mut s = session("dcgan", None, &[]);
    s.change("ema", 0.5).unwrap();
    let values = |s: &Session, prefix: &str| -> Vec<f32> {
        let all = weights(s);
        let own = all.iter().filter(|(name, _)| name.starts_with(prefix));
        own.flat_map(|(_, data)| data.iter::<f32>().collect::<Vec<_>>()).collect()
    };
    let mut average = values(&s, "generator_ema.");
    let mut decays = Vec::new();
    for made in 0..14 {
        s.advance();
        let decay = (f64::from(1 + made) / f64::from(10 + made)).min(0.5) as f32;
        let now = values(&s, "generator.");
        average.iter_mut().zip(&now).for_each(|(a, n)| *a = *a * decay + n * (1.0 - decay));
        let ours = values(&s, "generator_ema.");
        let apart = ours.iter().zip(&average).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-6, "after {made} steps: {apart}");
        decays.push(decay);
    }
    assert!(decays[0] == 0.1 && decays[7] < 0.5 && decays[8..].iter().all(|d| *d == 0.5), "{decays:?}");
}

#[test]
fn what_encoders_and_discriminators_see_can_be_spoilt_while_they_learn() {
    for recipe in ["fc-vae", "conv-vae", "dcgan"] {
        let mut s = session(recipe, None, &[]);
        let mut plain = session(recipe, None, &[]);
        (0..3).for_each(|_| [&mut s, &mut plain].into_iter().for_each(|s| s.advance()));
        assert_eq!(s.metrics(), plain.metrics());
        s.change("noise", 0.5).unwrap();
        s.change("blur", 2.0).unwrap();
        (0..3).for_each(|_| [&mut s, &mut plain].into_iter().for_each(|s| s.advance()));
        let (spoilt, clean) = (s.metrics().rows, plain.metrics().rows);
        assert_ne!(spoilt, clean, "{recipe}: nothing changed");
        assert!(spoilt.iter().flatten().all(|v| v.is_finite()));
    }
}

#[test]
fn a_million_steps_are_read_and_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = String::from("step,a,b\n");
    for step in 1..=1_000_000u32 {
        text += &format!("{step},{}.5,0.25\n", step % 1000);
    }
    std::fs::write(dir.path().join("metrics.csv"), text).unwrap();
    let began = Instant::now();
    let metrics = folder::Tail::default().read(dir.path()).unwrap();
    let read = began.elapsed();
    let mut curves = Vec::new();
    let began = Instant::now();
    zscope::state::travel::grow(&mut curves, &metrics);
    let grown = began.elapsed();
    let points = curves[0].points(0.0, 1e6, 240).len();
    println!(
        "a million steps: read in {read:?}, taken in by the window in {grown:?}, drawn as {points} points"
    );
    assert_eq!(curves[1].len(), 1_000_000);
    assert!(points <= 960 && read < Duration::from_secs(20) && grown < Duration::from_secs(2));
}
