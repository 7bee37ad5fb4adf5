//! Clips: what is known of the built-in ones, a model that draws them frame by frame, the command that writes them, the window
//! that plays them.
//!
//! Must not know: how networks are made.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, window};
use burn::tensor::{Device, Tensor};
use egui_kittest::kittest::Queryable;
use image::AnimationDecoder;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::action::Action;
use zscope::action::clip::Clipping;
use zscope::data::{Dataset, Job, Spec, Want, faces, shapes};
use zscope::engine::device;
use zscope::engine::grid::grid_points;
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{self, Session};
use zscope::engine::tool::ToolKind;
use zscope::nn::Watch;
use zscope::nn::gru::Gru;
use zscope::nn::host::floats;
use zscope::point::{MOMENT, MOTION, Point, Value};
use zscope::zoo::{self, Held};

fn load(spec: &str, size: usize) -> Dataset {
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    spec.parse::<Spec>().unwrap().load(Want::square(size, None), &job).unwrap()
}

/// The picture is the first frame; every frame is drawn from what its tracks say; from frame to frame nothing jumps; what a face does
/// not do does not change.
#[test]
fn faces_move_smoothly_and_it_is_known_how() {
    use faces::clips::{ACTS, FRAMES, factors};
    let data = load("faces-clips:12", 32);
    let clips = data.train.clips().unwrap();
    assert_eq!((data.train.pictures.len(), clips.length, clips.frames.len()), (12, FRAMES, 12 * FRAMES));
    assert_eq!(data.test.clips().unwrap().frames.len(), data.test.pictures.len() * FRAMES);
    // The most that each may move from one frame to the next: degrees, and parts of what there is.
    let most = [("yaw", 9.0), ("eye_open", 0.55), ("mouth_open", 0.6), ("smile", 0.35)];
    for (track, ((name, most), act)) in clips.tracks.iter().zip(most.iter().zip(ACTS)) {
        assert_eq!(track.name, *name);
        let does = &data.train.attributes.iter().find(|a| a.name == act).unwrap().values;
        for (clip, does) in track.values.chunks(FRAMES).zip(does) {
            let moved: Vec<f32> = clip.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
            let largest = moved.iter().fold(0.0f32, |m, v| m.max(*v));
            assert_eq!(largest > 0.0, *does == 1.0, "{name}: {clip:?}");
            assert!(largest < *most, "{name} jumps by {largest}");
        }
    }
    for i in 0..12 {
        assert_eq!(data.train.pictures.get(i).unwrap(), clips.get(i, 0).unwrap());
        let f = factors(faces::TRAIN_SEED, i as u64, 9);
        assert_eq!(faces::draw(&f, 32), *clips.get(i, 9).unwrap());
        assert_eq!(clips.tracks[0].values[i * FRAMES + 9], f.yaw);
    }
    let head = data.train.head(3);
    assert_eq!(head.clips().unwrap().tracks[2].values.len(), 3 * FRAMES);
    assert_eq!("faces-clips".parse::<Spec>().unwrap().to_string(), "faces-clips");
}

/// Shapes go straight at an even speed, or round at an even distance, and stay where all of them is seen.
#[test]
fn shapes_go_straight_or_round() {
    use shapes::clips::FRAMES;
    let data = load("shapes-clips:24", 32);
    let clips = data.train.clips().unwrap();
    let round = &data.train.attributes.iter().find(|a| a.name == "Circle").unwrap().values;
    assert!(round.contains(&0.0) && round.contains(&1.0));
    let [x, y, _] = clips.tracks.as_slice() else { panic!("three tracks") };
    for (i, round) in round.iter().enumerate() {
        let at = i * FRAMES..(i + 1) * FRAMES;
        let way: Vec<[f32; 2]> =
            x.values[at.clone()].iter().zip(&y.values[at]).map(|(x, y)| [*x, *y]).collect();
        assert!(way.iter().all(|[x, y]| x.abs() <= 0.5 + 1e-5 && y.abs() <= 0.3 + 1e-5), "{way:?}");
        let steps: Vec<[f32; 2]> = way.windows(2).map(|w| [w[1][0] - w[0][0], w[1][1] - w[0][1]]).collect();
        let lengths: Vec<f32> = steps.iter().map(|[x, y]| x.hypot(*y)).collect();
        assert!(lengths.iter().all(|l| (l - lengths[0]).abs() < 1e-4), "an even speed: {lengths:?}");
        let turns = steps.windows(2).map(|w| (w[0][0] * w[1][1] - w[0][1] * w[1][0]).abs());
        let bent = turns.fold(0.0f32, f32::max) > 1e-5;
        assert_eq!(bent, *round == 1.0, "{way:?}");
    }
}

/// A digit is where its track says: the middle of its ink goes as far as the track does, and the digit stays the same.
#[test]
fn digits_are_where_they_are_said_to_be() {
    use shapes::clips::FRAMES;
    let data = load("digits-clips:12", 42);
    let clips = data.train.clips().unwrap();
    let (names, digits) = data.train.classes().unwrap();
    assert_eq!((names.len(), clips.frames.channels), (10, 1));
    for (i, digit) in digits.iter().enumerate() {
        assert_eq!(
            *digit,
            f32::from(zscope::data::digits::factors(zscope::data::digits::TRAIN_SEED, i as u64).0)
        );
        let middle = |frame: usize| -> [f32; 3] {
            let ink = clips.get(i, frame).unwrap();
            let all: f32 = ink.iter().map(|v| f32::from(*v)).sum();
            let mean = |of: fn(usize) -> usize| {
                ink.iter().enumerate().map(|(k, v)| of(k) as f32 * f32::from(*v)).sum::<f32>() / all / 21.0
            };
            [mean(|k| k % 42), mean(|k| k / 42), all]
        };
        let (first, last) = (middle(0), middle(FRAMES - 1));
        for axis in 0..2 {
            let track = &clips.tracks[axis].values[i * FRAMES..(i + 1) * FRAMES];
            let moved = last[axis] - first[axis];
            assert!(
                (moved - (track[FRAMES - 1] - track[0])).abs() < 0.02,
                "clip {i}: {moved} beside {track:?}"
            );
        }
        assert!((first[2] / last[2] - 1.0).abs() < 0.02, "as much ink: {first:?} {last:?}");
    }
}

/// The unit computes what PyTorch's documentation says of `GRUCell`, here with weights of which all can be summed by hand.
#[test]
fn a_gated_unit_keeps_and_forgets() {
    let device = Device::flex();
    let gru = Gru::new(2, 3, &device);
    let weights = zscope::nn::named::collect(&gru, "");
    let numbers = |name: &str| -> Vec<f32> {
        weights.iter().find(|(n, _)| n == name).unwrap().1.iter::<f32>().collect()
    };
    // PyTorch's layout: a row for each output.
    let (wi, wh, bi, bh) =
        (numbers("ih.weight"), numbers("hh.weight"), numbers("ih.bias"), numbers("hh.bias"));
    assert_eq!((wi.len(), wh.len(), bi.len(), bh.len()), (18, 27, 9, 9));
    let (x, h) = ([0.3f32, -1.2], [0.5f32, -0.4, 0.9]);
    let of = |w: &[f32], b: &[f32], v: &[f32], k: usize| -> f32 {
        w[k * v.len()..(k + 1) * v.len()].iter().zip(v).map(|(w, v)| w * v).sum::<f32>() + b[k]
    };
    let sigmoid = |v: f32| 1.0 / (1.0 + (-v).exp());
    let want: Vec<f32> = (0..3)
        .map(|k| {
            let r = sigmoid(of(&wi, &bi, &x, k) + of(&wh, &bh, &h, k));
            let z = sigmoid(of(&wi, &bi, &x, 3 + k) + of(&wh, &bh, &h, 3 + k));
            let n = (of(&wi, &bi, &x, 6 + k) + r * of(&wh, &bh, &h, 6 + k)).tanh();
            (1.0 - z) * n + z * h[k]
        })
        .collect();
    let got = floats(gru.forward(Tensor::from_data([x], &device), Tensor::from_data([h], &device)));
    assert!(got.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-5), "{got:?} beside {want:?}");
}

fn begin(out: &Path) -> Session {
    let entry = zoo::find("video-gan").unwrap();
    let settings = entry.recipe.tiny_settings();
    let order = TrainOrder {
        recipe: "video-gan".into(),
        data: "shapes-clips:16".into(),
        settings,
        seed: 3,
        out: Some(out.into()),
        ..TrainOrder::default()
    };
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = order.data.parse::<Spec>().unwrap().load(session::want(entry, &order.settings), &job).unwrap();
    Session::new(order, Arc::new(data), &device::cpu().device, None, true).unwrap()
}

fn at(point: &Point, frame: usize) -> Point {
    let mut point = point.clone();
    point.held.insert(MOMENT.into(), Value::Number(frame as f32));
    point
}

/// A frame is the same alone and in a clip, whatever its neighbours; a clip goes on past what was trained, up to four times as long; the
/// motion and the content each change the picture, and moments differ.
#[test]
fn a_frame_follows_from_content_motion_and_moment() {
    let dir = tempfile::tempdir().unwrap();
    let device = device::cpu().device;
    let mut s = begin(&dir.path().join("run"));
    (0..2).for_each(|_| s.advance());
    let saved = s.save().unwrap().unwrap();
    let checkpoint = zscope::weights::read(&saved).unwrap();
    assert_eq!(checkpoint.card.frames, 16, "the card says how long the data's clips are");
    let model: Held = session::explore(&checkpoint, &device).unwrap();
    let draw = |points: &[Point]| floats(model.draw(points, &device, &mut Watch::nobody()).unwrap());
    let points = grid_points(&model, 7, 2, 1.0, &[]);
    assert_ne!(points[0].held[MOTION], points[1].held[MOTION], "samples draw their motion too");
    // Four frames were trained, so there are sixteen.
    let clip: Vec<Point> = (0..16).map(|t| at(&points[0], t)).collect();
    let together = draw(&clip);
    let size = together.len() / 16;
    for t in [0, 3, 15] {
        let alone = draw(&[at(&points[0], t)]);
        let apart = alone.iter().zip(&together[t * size..]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-5, "frame {t} is {apart} away");
    }
    assert_ne!(together[..size], together[3 * size..4 * size], "it moves");
    assert!(at(&points[0], 16).check(model.inputs()).unwrap_err().contains("from 0 to 15"));
    let mut other = at(&points[0], 3);
    other.held.insert(MOTION.into(), points[1].held[MOTION].clone());
    let moved = draw(&[other]);
    assert_ne!(moved, together[3 * size..4 * size], "another motion");
    let content = Point { z: points[1].z.clone(), ..at(&points[0], 3) };
    assert_ne!(draw(&[content]), together[3 * size..4 * size], "another content");
}

/// Animated files are clips beside folders of frames, all as long as the shortest; one that stands still is none.
#[test]
fn animated_files_are_clips() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("train/frames");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::create_dir(dir.path().join("test")).unwrap();
    for i in 0..5u8 {
        image::RgbImage::from_pixel(20, 20, image::Rgb([i * 20, 0, 0]))
            .save(folder.join(format!("{i}.png")))
            .unwrap();
    }
    let gif = |name: &str, frames: u8| {
        let file = std::fs::File::create(dir.path().join(name)).unwrap();
        let mut encoder = image::codecs::gif::GifEncoder::new(file);
        for i in 0..frames {
            let picture = image::RgbaImage::from_pixel(30, 24, image::Rgba([0, 50 + 40 * i, 0, 255]));
            encoder.encode_frame(image::Frame::new(picture)).unwrap();
        }
    };
    gif("train/a.gif", 4);
    gif("train/still.gif", 1);
    gif("test/b.gif", 4);
    std::fs::write(dir.path().join("train/broken.gif"), b"GIF89a and no more").unwrap();
    let set = load(&format!("clips:{}", dir.path().display()), 16);
    let clips = set.train.clips().unwrap();
    assert_eq!(set.test.pictures.len(), 1);
    assert_eq!((set.train.pictures.len(), clips.length, clips.frames.len()), (2, 4, 8));
    assert!(clips.get(0, 3).unwrap()[0] > 50 && clips.get(1, 3).unwrap()[1] > 150);
    assert_eq!(set.train.pictures.get(1).unwrap(), clips.get(1, 0).unwrap());
    let skipped: Vec<String> =
        set.skipped.iter().map(|s| s.path.file_name().unwrap().to_string_lossy().into()).collect();
    for name in ["still.gif", "broken.gif", "frames"] {
        assert!(skipped.iter().any(|s| s == name), "{name}: {skipped:?}");
    }
}

fn frames_of(gif: &Path) -> usize {
    let file = std::io::BufReader::new(std::fs::File::open(gif).unwrap());
    image::codecs::gif::GifDecoder::new(file).unwrap().into_frames().collect_frames().unwrap().len()
}

/// A command writes as many frames as it was asked for, as a GIF or into a folder, and says what it can't.
#[test]
fn a_command_writes_clips() {
    let dir = tempfile::tempdir().unwrap();
    let mut s = begin(&dir.path().join("run"));
    s.advance();
    let saved = s.save().unwrap().unwrap();
    s.close();
    let model = saved.to_str().unwrap();
    let zscope = |words: &[&str]| Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap();
    let sample = |out: &Path, more: &[&str]| {
        let mut words =
            vec!["sample", model, "--clip", "--n", "3", "--device", "cpu", "--out", out.to_str().unwrap()];
        words.extend(more);
        let done = zscope(&words);
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let gif = dir.path().join("clip.gif");
    let (code, said) = sample(&gif, &["--frames", "9", "--zoom", "2"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(frames_of(&gif), 9);
    assert_eq!(image::image_dimensions(&gif).unwrap(), (128, 128), "two by two of 32, twice as large");
    let folder = dir.path().join("frames");
    assert_eq!(sample(&folder, &[]).0, Some(0));
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 4, "as many as were trained");
    let (code, said) = sample(&gif, &["--frames", "17"]);
    assert!(code == Some(2) && said.contains("2 to 16"), "{said}");
    let still = zscope(&["sample", "digits-gan", "--clip", "--out", gif.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&still.stderr).into_owned();
    assert!(still.status.code() == Some(2) && said.contains("stand still"), "{said}");
}

/// In the window a clip plays without filling undo, goes on as sliders move, is held where it was, stops at its end where it is no
/// loop, and is saved as it plays; its sheet of contents and motions is drawn.
#[test]
fn the_window_plays_a_clip() {
    let Some((mut h, runs)) = window([1440.0, 900.0], false) else { return };
    zscope::shot::system(&mut h, zoo::find("video-gan").unwrap().recipe).unwrap();
    let origin = app(&mut h).state().point();
    app(&mut h).act(Action::Randomise);
    let before = app(&mut h).state().point();
    zscope::shot::until(&mut h, "its picture", zscope::app::App::settled).unwrap();
    h.run_steps(3);
    assert_eq!(app(&mut h).state().point(), before, "sliders that show a number change none");
    assert!(before.z != origin.z && before.held.contains_key(MOTION), "the dice are thrown for both latents");
    app(&mut h).act(Action::Clip(Clipping::Speed(100.0)));
    assert_eq!(app(&mut h).state().clip.speed, 4.0);
    app(&mut h).act(Action::Clip(Clipping::Speed(1.0)));
    h.get_by_label("Play the clip").click();
    let mut seen = std::collections::BTreeSet::new();
    let began = std::time::Instant::now();
    while seen.len() < 3 && began.elapsed().as_secs() < 30 {
        h.step();
        seen.insert(app(&mut h).state().clip_frame());
    }
    assert!(seen.len() >= 3, "it plays: {seen:?}");
    assert_eq!(app(&mut h).state().point(), before, "the point itself is as it was");
    assert_eq!(
        app(&mut h).state().shown().held[MOMENT],
        Value::Number(app(&mut h).state().clip_frame().into())
    );
    app(&mut h).act(Action::SetZ(0, 1.5));
    h.step();
    assert!(app(&mut h).state().clip.playing && app(&mut h).state().shown().z[0] == 1.5);
    app(&mut h).act(Action::Undo);
    assert_eq!(app(&mut h).state().point(), before);
    h.get_by_label("Hold the clip").click();
    h.run_steps(2);
    let frame = app(&mut h).state().clip_frame();
    assert!(!app(&mut h).state().clip.playing);
    assert_eq!(app(&mut h).state().shown().held[MOMENT], Value::Number(frame.into()));
    // What went by is nothing to take back: the throw of the dice is the last that was done.
    app(&mut h).act(Action::Undo);
    assert_eq!(app(&mut h).state().point(), origin);
    app(&mut h).act(Action::Redo);
    assert_eq!(app(&mut h).state().point().z, before.z);
    // Without a loop it stops at the last frame that was trained.
    app(&mut h).act(Action::Clip(Clipping::Loop(false)));
    app(&mut h).act(Action::Clip(Clipping::Play(true)));
    zscope::shot::until(&mut h, "the end", |a| !a.state().clip.playing).unwrap();
    let trained = app(&mut h).state().moments().unwrap().trained;
    assert_eq!(app(&mut h).state().clip_frame(), trained - 1);
    // The sheet.
    h.get_by_label("Contents × motions").click();
    h.run_steps(2);
    zscope::shot::until(&mut h, "the sheet", zscope::app::App::settled).unwrap();
    // The second content is the first sample, which Randomise has drawn.
    h.get_by_label("Content 3 with motion 3").click();
    h.run_steps(2);
    let there = app(&mut h).state().point();
    assert!(there.z != before.z && there.held[MOTION] != before.held[MOTION]);
    // The file.
    let out = runs.path().join("saved.gif");
    app(&mut h).act(Action::Clip(Clipping::Longer(true)));
    app(&mut h).act(Action::Clip(Clipping::Save(out.clone())));
    let done = |a: &zscope::app::App| {
        use zscope::engine::tool::ToolNews;
        !matches!(a.state().tools.get(&ToolKind::Film), Some(ToolNews::Working(..)))
    };
    zscope::shot::until(&mut h, "the file", done).unwrap();
    assert_eq!(frames_of(&out), usize::from(trained) * 4);
}
