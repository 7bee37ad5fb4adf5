//! Wells, the morph and the arithmetic: undo of anything, films that are what was seen, and the window they are in.
//!
//! Must not know: how panels are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, state, window};
use eframe::egui::{self, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use image::AnimationDecoder;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use std::collections::BTreeSet;
use std::sync::Arc;
use zscope::action::bench::Benching;
use zscope::action::morph::Morphing;
use zscope::action::pick::Picking;
use zscope::action::{Action, History, apply};
use zscope::engine::message::Place;
use zscope::engine::tool::ToolKind;
use zscope::latent::direction::Method;
use zscope::latent::{Direction, Easing, Interpolation, prior};
use zscope::shot::{self, Stage};
use zscope::state::Tab;
use zscope::state::bench::{Bookmark, WELL_LIMIT, Well};
use zscope::tools::Labelled;

const DIMS: usize = 5;
const WELLS: [Well; 7] =
    [Well::Bookmarks, Well::Keyframes, Well::A, Well::B, Well::C, Well::Has, Well::HasNot];

/// Sixteen latents with two attributes.
fn labelled() -> Labelled {
    let has = |bit: usize| (0..16).map(|i| (i >> bit) & 1 == 1).collect();
    Labelled {
        z: prior::samples(9, DIMS, 16, 1.0),
        names: vec!["Smiling".into(), "Male".into()],
        has: vec![has(0), has(1)],
        seen: Vec::new(),
    }
}

/// Anything that a person may do to latent and bench, sensible or not.
fn any(rng: &mut Pcg64) -> Action {
    let well = WELLS[rng.random_range(0..WELLS.len())];
    let (i, j) = (rng.random_range(0..6usize), rng.random_range(0..6usize));
    let value = rng.random_range(-4.0f32..4.0);
    let z = |rng: &mut Pcg64| prior::samples(rng.random_range(0..1000), DIMS, 1, 1.0).remove(0);
    let name = format!("n{i}");
    let bench = match rng.random_range(0..34) {
        0 => return Action::SetZ(i, value),
        1 => return Action::SetPair([(i, value), (j, -value)]),
        2 => return Action::Release,
        3 => return Action::Go(z(rng).into()),
        4 => return Action::SetDirection(i, value),
        5 => return Action::Nudge(i, value),
        6 => return Action::ResetZ(i),
        7 => return Action::ResetAll,
        8 => return Action::Randomise,
        9 => return Action::Lock(i, j > 2),
        10 => return Action::AxisRight(i),
        11 => return Action::AxisUp(j),
        12 => return Action::Morph(Morphing::Random(i)),
        13 => return Action::Morph(Morphing::At(f64::from(value))),
        14 => return Action::Pick(Picking::Samples),
        15 => Benching::Take(well, i),
        16 => Benching::Name(well, i, name),
        17 => Benching::Clear(well),
        18 => Benching::Interpolation([Interpolation::Linear, Interpolation::Spherical][i % 2]),
        19 => Benching::Easing([Easing::Even, Easing::Smooth, Easing::Smoother][i % 3]),
        20 => Benching::Closed(j > 2),
        21 => Benching::Preset("Smiling,Male".parse().unwrap(), j as u64),
        22 => Benching::Direction(Direction {
            name,
            vector: z(rng),
            centre: 0.0,
            strength: 1.0,
            spread: None,
            method: Method::Combined,
            report: None,
        }),
        23 => Benching::NameDirection(i, name),
        24 => Benching::Strength(i, value),
        25 => Benching::RemoveDirection(i),
        26 => Benching::FromPicks(name),
        27 => Benching::Combine(i, j, value),
        28 => Benching::Put(well, vec![0.0; DIMS + 1].into(), None),
        29..=31 => Benching::Move { from: (well, i), to: WELLS[j], at: (i > 1).then_some(j) },
        _ => Benching::Put(well, z(rng).into(), (i > 2).then_some(j)),
    };
    Action::Bench(bench)
}

#[test]
fn undo_of_any_two_hundred_actions_returns_the_identical_state() {
    for seed in 0..20 {
        let (mut s, mut h) = (state(DIMS), History::default());
        s.labelled = Some(Arc::new(labelled()));
        let mut rng = Pcg64::seed_from_u64(seed);
        let first = (s.latent.clone(), (*s.bench).clone());
        for _ in 0..200 {
            apply(&mut s, &mut h, any(&mut rng));
        }
        let last = (s.latent.clone(), (*s.bench).clone());
        assert_ne!(first, last);
        let mut undone = Vec::new();
        while h.undoable().is_some() {
            undone.push((s.latent.clone(), (*s.bench).clone()));
            apply(&mut s, &mut h, Action::Undo);
        }
        assert!(undone.len() > 60, "only {} of 200 actions did anything", undone.len());
        assert_eq!((s.latent.clone(), (*s.bench).clone()), first, "seed {seed}");
        while h.redoable().is_some() {
            apply(&mut s, &mut h, Action::Redo);
            assert_eq!((s.latent.clone(), (*s.bench).clone()), undone.pop().unwrap(), "seed {seed}");
        }
        assert_eq!((s.latent.clone(), (*s.bench).clone()), last, "seed {seed}");
    }
}

#[test]
fn what_fails_leaves_every_well_as_it_was() {
    let (mut s, mut h) = (state(DIMS), History::default());
    let many: Vec<Bookmark> =
        prior::samples(1, DIMS, WELL_LIMIT, 1.0).into_iter().map(Bookmark::from).collect();
    apply(&mut s, &mut h, Action::Bench(Benching::PutAll(Well::A, many)));
    apply(&mut s, &mut h, Action::Bench(Benching::Put(Well::B, vec![1.0; DIMS].into(), None)));
    let before = s.bench.clone();
    apply(&mut s, &mut h, Action::Bench(Benching::Move { from: (Well::B, 0), to: Well::A, at: None }));
    assert!(s.failure(Place::Bench).is_some_and(|m| m.contains("take some out")), "{:?}", s.failures);
    assert_eq!(s.bench, before, "the latent that found no room is gone");
}

#[test]
fn the_frames_on_the_screen_are_the_films() {
    for closed in [false, true] {
        let (mut s, mut h) = (state(DIMS), History::default());
        apply(&mut s, &mut h, Action::Show(Tab::Morph));
        assert_eq!(s.shown(), s.point(), "without keyframes the sliders' latent is shown");
        apply(&mut s, &mut h, Action::Morph(Morphing::Random(3)));
        apply(&mut s, &mut h, Action::Bench(Benching::Closed(closed)));
        let film = s.film("x.gif".into());
        assert_eq!(film.frames, if closed { 113 } else { 75 }, "1.5 s a leg, 25 frames a second");
        let mut seen = Vec::new();
        for k in 0..film.frames {
            let moment = s.morph_moment(k);
            apply(&mut s, &mut h, Action::Morph(Morphing::At(moment)));
            assert_eq!(s.morph_frame(), k);
            seen.push(s.shown());
        }
        assert_eq!(seen, film.path.frames(film.frames), "closed: {closed}");
        // Played by a clock, it goes round and shows no others.
        apply(&mut s, &mut h, Action::Morph(Morphing::At(0.0)));
        apply(&mut s, &mut h, Action::Morph(Morphing::Play(true)));
        let mut frames = BTreeSet::new();
        for i in 0..400 {
            assert!(s.play_morph(f64::from(i) * 0.013));
            frames.insert(s.morph_frame());
            assert!(seen.contains(&s.shown()));
        }
        assert_eq!(frames.len(), film.frames, "some frames were never shown");
        apply(&mut s, &mut h, Action::Show(Tab::Explore));
        assert!(!s.play_morph(9.0), "it plays where it can't be seen");
    }
}

#[test]
fn the_neighbours_lie_around_the_result() {
    let (mut s, mut h) = (state(DIMS), History::default());
    assert!(s.figure().is_empty());
    for (well, value) in [(Well::A, 1.0), (Well::A, 2.0), (Well::B, 0.25), (Well::C, -1.0)] {
        apply(&mut s, &mut h, Action::Bench(Benching::Put(well, vec![value; DIMS].into(), None)));
    }
    let figure = s.figure();
    assert_eq!((figure.len(), &figure[4]), (9, &vec![1.5 - 0.25 - 1.0; DIMS]));
    for (i, z) in figure.iter().enumerate().filter(|(i, _)| *i != 4) {
        assert!(z.iter().all(|v| (v - 0.25).abs() <= 0.2501), "neighbour {i}: {z:?}");
        assert!(z.iter().any(|v| (v - 0.25).abs() > 0.02), "neighbour {i} is the result");
    }
    apply(&mut s, &mut h, Action::Pick(Picking::Noise));
    assert_ne!(s.figure(), figure);
    apply(&mut s, &mut h, Action::Pick(Picking::Spread(0.0)));
    assert!(s.figure().iter().all(|z| *z == figure[4]));
}

fn click(h: &mut Harness<'static, Stage>, label: &str) {
    h.get_by_label(label).click();
    h.run_steps(3);
}

fn drag(h: &mut Harness<'static, Stage>, from: Pos2, to: Pos2) {
    h.hover_at(from);
    h.step();
    h.drag_at(from);
    h.step();
    for i in 1..=4u8 {
        h.hover_at(from + (to - from) * f32::from(i) / 4.0);
        h.step();
    }
    h.drop_at(to);
    h.run_steps(3);
}

fn well(h: &mut Harness<'static, Stage>, well: Well) -> Vec<Bookmark> {
    app(h).state().bench.well(well).to_vec()
}

#[test]
fn keyframes_play_and_become_a_film() {
    let Some((mut h, dir)) = window([1440.0, 900.0], false) else { return };
    click(&mut h, "Morph");
    click(&mut h, "🎲 Three random keyframes");
    assert_eq!(well(&mut h, Well::Keyframes).len(), 3);
    let before = app(&mut h).state().morph.at;
    h.run_steps(4);
    assert_ne!(app(&mut h).state().morph.at, before, "it does not play");
    click(&mut h, "Hold the morph");
    assert!(!app(&mut h).state().morph.playing);
    shot::until(&mut h, "the picture of the moment", zscope::app::App::settled).unwrap();
    // The scrubber: a click in its middle.
    let strip = h.get_by_label("Moment of the morph").rect();
    drag(&mut h, strip.left_center() + egui::vec2(5.0, 0.0), strip.center());
    let at = app(&mut h).state().morph.at;
    assert!((at - 0.5).abs() < 0.01, "{at}");
    let middle = app(&mut h).state().bench.path().at(0.5);
    click(&mut h, "To the sliders");
    let z = app(&mut h).state().latent.z.clone();
    assert!(z.iter().zip(&middle.z).all(|(a, b)| (a - b).abs() < 0.2), "{z:?} {middle:?}");
    // A thumbnail goes there, and can be dragged behind the others.
    click(&mut h, "Keyframes 1");
    let first = well(&mut h, Well::Keyframes)[0].clone();
    assert_eq!(app(&mut h).state().latent.z, first.z.to_vec());
    let [from, to] = ["Keyframes 1", "Keyframes 3"].map(|l| h.get_by_label(l).rect());
    drag(&mut h, from.center(), to.right_center() - egui::vec2(4.0, 0.0));
    assert_eq!(well(&mut h, Well::Keyframes)[2], first, "the first keyframe is not the last one now");
    app(&mut h).act(Action::Undo);
    assert_eq!(well(&mut h, Well::Keyframes)[0], first);
    // The film, of as many frames as it says; and one that is given up.
    app(&mut h).act(Action::Morph(Morphing::Fps(10.0)));
    app(&mut h).act(Action::Morph(Morphing::Height(48)));
    let gif = dir.path().join("morph.gif");
    app(&mut h).act(Action::Morph(Morphing::Film(gif.clone())));
    shot::until(&mut h, "the film", |a| a.state().notice.as_ref().is_some_and(|n| n.contains("morph.gif")))
        .unwrap();
    let file = std::io::BufReader::new(std::fs::File::open(&gif).unwrap());
    let frames = image::codecs::gif::GifDecoder::new(file).unwrap().into_frames().collect_frames().unwrap();
    assert_eq!((frames.len(), frames[0].buffer().height()), (app(&mut h).state().morph_frames(), 48));
    app(&mut h).act(Action::Morph(Morphing::Seconds(20.0)));
    app(&mut h).act(Action::Morph(Morphing::Height(1024)));
    app(&mut h).act(Action::Morph(Morphing::Film(dir.path().join("long.gif"))));
    h.run_steps(3);
    click(&mut h, "Cancel");
    shot::until(&mut h, "the end of the film", |a| !a.state().tools.contains_key(&ToolKind::Film)).unwrap();
    assert!(!dir.path().join("long.gif").exists());
}

#[test]
fn wells_fill_by_click_and_drag_and_the_result_goes_back_to_the_sliders() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    click(&mut h, "Mix");
    click(&mut h, "Put the current latent into A");
    assert_eq!(well(&mut h, Well::A)[0].z.to_vec(), app(&mut h).state().latent.z);
    // A sample by a click, another by a drag.
    h.get_by_role_and_label(egui::accesskit::Role::Button, "B").click();
    h.run_steps(2);
    click(&mut h, "Sample 1");
    assert_eq!(well(&mut h, Well::B).len(), 1);
    let from = h.get_by_label("Sample 2").rect().center();
    let to = h.get_by_label("Well C").rect().center();
    drag(&mut h, from, to);
    let samples = app(&mut h).state().samples(2);
    assert_eq!(well(&mut h, Well::C)[0].z.to_vec(), samples[1]);
    // A − B + C, and one of its neighbours.
    let figure = app(&mut h).state().figure();
    click(&mut h, "Result 1");
    assert_eq!(app(&mut h).state().latent.z, figure[0]);
    click(&mut h, "To the sliders");
    assert_eq!(app(&mut h).state().latent.z, figure[4]);
    // From a well to another.
    let from = h.get_by_label("B 1").rect().center();
    let to = h.get_by_label("Well A").rect().center();
    drag(&mut h, from, to);
    assert_eq!((well(&mut h, Well::A).len(), well(&mut h, Well::B).len()), (2, 0));
    click(&mut h, "Empty A");
    assert!(well(&mut h, Well::A).is_empty());
    app(&mut h).act(Action::Undo);
    assert_eq!(well(&mut h, Well::A).len(), 2);
}

#[test]
fn bookmarks_text_and_the_comparison() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    h.key_press(egui::Key::B);
    h.run_steps(3);
    let home = app(&mut h).state().latent.z.clone();
    assert_eq!(well(&mut h, Well::Bookmarks)[0].z.to_vec(), home);
    app(&mut h).act(Action::Randomise);
    h.run_steps(2);
    // The picture's corner is dragged into the well.
    let from = h.get_by_label("Drag the picture into a well").rect().center();
    let to = h.get_by_label("Well Bookmarks").rect().right_bottom() - egui::vec2(8.0, 8.0);
    drag(&mut h, from, to);
    let drawn = app(&mut h).state().latent.z.clone();
    assert_eq!(well(&mut h, Well::Bookmarks)[1].z.to_vec(), drawn);
    click(&mut h, "Bookmarks 1");
    assert_eq!(app(&mut h).state().latent.z, home);
    // As text.
    h.event(egui::Event::Paste(zscope::latent::text::write(&drawn)));
    h.run_steps(2);
    assert_eq!(app(&mut h).state().latent.z, drawn);
    h.event(egui::Event::Paste("1, 2, drei".into()));
    h.run_steps(2);
    assert!(app(&mut h).state().failure(Place::Bench).is_some_and(|m| m.contains("drei")));
    // Compared: right of the wipe is the other picture.
    app(&mut h).act(Action::Dismiss(Place::Bench));
    shot::until(&mut h, "the picture", zscope::app::App::settled).unwrap();
    h.step();
    let place = h.get_by_label("The picture of the latent").rect();
    let half = |h: &mut Harness<'static, Stage>, right: bool| {
        let whole = h.render().unwrap();
        let x = if right { place.center().x + 20.0 } else { place.left() + 20.0 };
        let (w, high) = (place.width() / 2.0 - 60.0, place.height() - 120.0);
        image::imageops::crop_imm(&whole, x as u32, place.top() as u32 + 60, w as u32, high as u32).to_image()
    };
    let before = [false, true].map(|right| half(&mut h, right));
    app(&mut h).act(Action::Pick(Picking::Compare(Some(home.into()))));
    h.step();
    shot::until(&mut h, "the other picture", zscope::app::App::settled).unwrap();
    h.run_steps(2);
    let after = [false, true].map(|right| half(&mut h, right));
    let changed = |i: usize| {
        let differ = |(a, b): &(&image::Rgba<u8>, &image::Rgba<u8>)| {
            a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 12)
        };
        before[i].pixels().zip(after[i].pixels()).filter(differ).count()
    };
    assert_eq!(changed(0), 0, "the left half is not the current picture");
    assert!(changed(1) > 2000, "the right half is not the other picture");
    click(&mut h, "End the comparison");
    assert_eq!(app(&mut h).state().pick.compared, None);
    // Compared with another model at the same latent.
    let dir = tempfile::tempdir().unwrap();
    let other = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Action::Compare(Some(zscope::engine::message::Source::File(path)))
    };
    let shipped = |name: &str| zscope::shipped::MODELS.iter().find(|m| m.name == name).unwrap().bytes;
    let model = app(&mut h).state().model.clone().unwrap();
    app(&mut h).act(other("misfit.safetensors", shipped("digits-vae-2d")));
    shot::until(&mut h, "the reason", |a| a.state().failure(Place::Model).is_some()).unwrap();
    let said = app(&mut h).state().failure(Place::Model).unwrap().to_owned();
    assert!(said.contains("latents of 2 numbers") && said.contains(&model.latent_dims.to_string()), "{said}");
    assert!(app(&mut h).state().compared.is_none());
    let mut twin = zscope::weights::Checkpoint::from_bytes(shipped(&model.name)).unwrap();
    for data in twin.tensors.values_mut() {
        let mut values: Vec<f32> = data.iter::<f32>().collect();
        values.iter_mut().for_each(|v| *v *= 0.5);
        *data = burn::tensor::TensorData::new(values, data.shape().clone());
    }
    let path = dir.path().join("twin.safetensors");
    twin.write(&path).unwrap();
    app(&mut h).act(Action::Dismiss(Place::Model));
    app(&mut h).act(other("twin.safetensors", &std::fs::read(&path).unwrap()));
    shot::until(&mut h, "the other model", |a| a.state().compared.is_some() && a.settled()).unwrap();
    h.run_steps(2);
    let after = [false, true].map(|right| half(&mut h, right));
    let differs = before[1].pixels().zip(after[1].pixels()).filter(|(a, b)| a != b).count();
    assert_eq!(before[0], after[0], "the left half is not the explored model's");
    assert!(differs > 2000, "the right half is not the other model's");
    // It follows the sliders.
    app(&mut h).act(Action::Randomise);
    h.step();
    shot::until(&mut h, "both pictures", zscope::app::App::settled).unwrap();
    h.run_steps(2);
    assert_ne!(half(&mut h, true), after[1]);
    click(&mut h, "End the comparison");
    shot::until(&mut h, "the end of it", |a| a.state().compared.is_none()).unwrap();
    // A comparison ends by itself where the models no longer take the same latents.
    app(&mut h).act(other("twin.safetensors", &std::fs::read(&path).unwrap()));
    shot::until(&mut h, "the other model", |a| a.state().compared.is_some()).unwrap();
    app(&mut h).act(Action::OpenShipped("digits-vae-2d".into()));
    shot::until(&mut h, "its end", |a| a.state().compared.is_none()).unwrap();
    shot::until(&mut h, "the word", |a| a.state().notice.as_ref().is_some_and(|n| n.contains("has ended")))
        .unwrap();
}

#[test]
fn a_well_is_filled_from_files() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    let dims = app(&mut h).state().dims();
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let rows: Vec<Vec<f32>> =
        (0..3).map(|r| (0..dims).map(|i| (r * dims + i) as f32 / 100.0).collect()).collect();
    std::fs::write(file("three.json"), serde_json::to_string(&rows).unwrap()).unwrap();
    let array = zscope::weights::write::npz(&[("z".into(), vec![3, dims], rows.concat())], false).unwrap();
    std::fs::write(file("three.npz"), array).unwrap();
    let well = |h: &mut Harness<'static, Stage>, well: Well| {
        app(h).state().bench.well(well).iter().map(|m| m.z.to_vec()).collect::<Vec<_>>()
    };
    app(&mut h).act(Action::Fill(Well::A, file("three.json")));
    shot::until(&mut h, "A", |a| a.state().bench.well(Well::A).len() == 3).unwrap();
    assert_eq!(well(&mut h, Well::A), rows);
    app(&mut h).act(Action::Fill(Well::B, file("three.npz")));
    shot::until(&mut h, "B", |a| a.state().bench.well(Well::B).len() == 3).unwrap();
    assert_eq!(well(&mut h, Well::B), rows);
    app(&mut h).act(Action::Undo);
    assert!(well(&mut h, Well::B).is_empty(), "a filled well can be taken back");
    // A picture that carries its latent, and one that must be encoded.
    app(&mut h).act(Action::SavePicture(file("face.png")));
    shot::until(&mut h, "the picture", |a| a.state().notice.as_ref().is_some_and(|n| n.contains("face.png")))
        .unwrap();
    let z = app(&mut h).state().latent.z.clone();
    app(&mut h).act(Action::Fill(Well::C, file("face.png")));
    shot::until(&mut h, "C", |a| a.state().bench.well(Well::C).len() == 1).unwrap();
    assert_eq!(well(&mut h, Well::C), std::slice::from_ref(&z));
    image::open(file("face.png")).unwrap().into_rgb8().save(file("plain.jpg")).unwrap();
    app(&mut h).act(Action::Fill(Well::C, file("plain.jpg")));
    shot::until(&mut h, "the encoding", |a| a.state().bench.well(Well::C).len() == 2).unwrap();
    assert_eq!(app(&mut h).state().latent.z, z, "filling a well leaves the sliders alone");
    // What is no latent of this model says so.
    std::fs::write(file("short.txt"), "1 2 3").unwrap();
    app(&mut h).act(Action::Fill(Well::C, file("short.txt")));
    shot::until(&mut h, "the reason", |a| a.state().failure(Place::Bench).is_some()).unwrap();
    assert!(app(&mut h).state().failure(Place::Bench).is_some_and(|m| m.contains("these are 3 numbers")));
    assert_eq!(well(&mut h, Well::C).len(), 2);
}
