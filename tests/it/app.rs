//! The window through its accessible names, as a person (or a screen reader) finds things.
//!
//! Must not know: how panels are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use eframe::egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use zscope::action::{Action, History, apply};
use zscope::app::App;
use zscope::engine::message::{Phase, Place};
use zscope::shot::{self, Stage};
use zscope::state::{Prefs, State, Tab, parse_filter};

/// A window with a model open, and the folder of its runs; `None` (with a printed reason) where nothing can be drawn.
pub(crate) fn window(size: [f32; 2], light: bool) -> Option<(Harness<'static, Stage>, tempfile::TempDir)> {
    if !zscope::gpu::any_adapter() {
        println!("skipped: wgpu finds no adapter; install mesa-vulkan-drivers");
        return None;
    }
    let runs = tempfile::tempdir().unwrap();
    let mut h = shot::stage(size, light, runs.path()).unwrap();
    shot::until(&mut h, "opening a model", |a| a.settled() && a.state().ranking.is_some()).unwrap();
    Some((h, runs))
}

pub(crate) fn app<'a>(h: &'a mut Harness<'static, Stage>) -> &'a mut App {
    h.state_mut().app().unwrap()
}

#[test]
fn a_slider_moves_the_picture() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    let before = h.render().unwrap();
    let first = app(&mut h).state().order[0];
    let z = app(&mut h).state().latent.z[first];
    let name = app(&mut h).state().dimension(first);
    h.get_by_role_and_label(Role::Slider, &name).focus();
    h.step();
    for _ in 0..20 {
        h.key_press(eframe::egui::Key::ArrowLeft);
        h.key_press(eframe::egui::Key::ArrowDown);
        h.step();
    }
    assert_ne!(app(&mut h).state().latent.z[first], z, "the keyboard did not move the slider");
    app(&mut h).act(Action::SetZ(first, if z > 0.0 { -2.5 } else { 2.5 }));
    shot::until(&mut h, "the new picture", App::settled).unwrap();
    h.step();
    let after = h.render().unwrap();
    let middle = |p: &image::RgbaImage| image::imageops::crop_imm(p, 400, 150, 500, 600).to_image();
    let (a, b) = (middle(&before), middle(&after));
    let changed = a
        .pixels()
        .zip(b.pixels())
        .filter(|(x, y)| x.0.iter().zip(y.0).any(|(p, q)| p.abs_diff(q) > 12))
        .count();
    assert!(changed > 3000, "only {changed} pixels of the picture changed");
}

#[test]
fn buttons_do_what_they_say_and_undo_takes_it_back() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    let home = app(&mut h).state().latent.z.clone();
    h.get_by_label("🎲 Randomise").click();
    h.run_steps(3);
    let drawn = app(&mut h).state().latent.z.clone();
    assert_ne!(home, drawn);
    h.get_by_label("Reset all").click();
    h.run_steps(3);
    assert_eq!(app(&mut h).state().latent.z, home);
    app(&mut h).act(Action::Undo);
    assert_eq!(app(&mut h).state().latent.z, drawn);
    app(&mut h).act(Action::Undo);
    assert_eq!(app(&mut h).state().latent.z, home);
    app(&mut h).act(Action::Redo);
    assert_eq!(app(&mut h).state().latent.z, drawn);
}

#[test]
fn training_grows_the_curves_and_shows_samples() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    h.get_by_label("Train").click();
    h.run_steps(2);
    app(&mut h).act(Action::TrainingData("digits:500".into()));
    h.run_steps(2);
    h.get_by_label_contains("Start training").click();
    shot::until(&mut h, "the first steps", |a| a.state().curves.first().is_some_and(|c| c.len() > 10))
        .unwrap();
    let some = app(&mut h).state().curves[0].len();
    shot::until(&mut h, "more steps", |a| a.state().curves[0].len() > some + 10).unwrap();
    assert_eq!(
        app(&mut h).state().model.as_ref().unwrap().recipe,
        "fc-vae",
        "the trained model is not on the screen"
    );
    h.get_by_label_contains("Pause").click();
    shot::until(&mut h, "pausing", |a| a.state().progress.phase == Phase::Paused).unwrap();
    let held = app(&mut h).state().progress.step;
    h.get_by_label_contains("Step").click();
    shot::until(&mut h, "one step", |a| a.state().progress.step == held + 1).unwrap();
    h.get_by_label_contains("Stop").click();
    shot::until(&mut h, "stopping", |a| a.state().progress.phase == Phase::Finished).unwrap();
}

#[test]
fn a_broken_file_says_so_and_the_model_stays() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("broken.safetensors");
    std::fs::write(&file, [7u8; 300]).unwrap();
    let before = app(&mut h).state().model.clone();
    app(&mut h).act(Action::Open(file));
    shot::until(&mut h, "the message", |a| a.state().failure(Place::Model).is_some()).unwrap();
    h.run_steps(2);
    assert!(h.query_by_label_contains("broken.safetensors").is_some(), "the message is not on the screen");
    assert_eq!(app(&mut h).state().model, before);
    app(&mut h).act(Action::Dismiss(Place::Model));
    h.run_steps(2);
    assert!(h.query_by_label_contains("broken.safetensors").is_none());
}

/// What a screen of 1440×900 has at twice the scale.
#[test]
fn every_page_is_reached_in_a_small_window() {
    let Some((mut h, _runs)) = window([720.0, 450.0], false) else { return };
    let mut now = "Explore";
    for title in ["Morph", "Mix", "Map", "Train", "Data", "Runs", "Atlas", "Explore"] {
        h.get_by_label(&format!("{now} ▾")).click();
        h.run_steps(3);
        assert!(h.query_all_by_label(title).next().is_some(), "{title} is not in the list");
        let tabs =
            [Tab::Explore, Tab::Morph, Tab::Mix, Tab::Map, Tab::Train, Tab::Data, Tab::Runs, Tab::Atlas];
        let tab = tabs.into_iter().find(|tab| format!("{tab:?}") == title).unwrap();
        app(&mut h).act(Action::Show(tab));
        h.key_press(eframe::egui::Key::Escape);
        h.run_steps(3);
        now = title;
        for node in h.root().children_recursive() {
            if node.accesskit_node().role() != Role::Button {
                continue;
            }
            let r = node.rect();
            if r.top() < 40.0 {
                assert!(
                    r.left() >= -1.0 && r.right() <= 721.0,
                    "{title}: {:?} at {r:?}",
                    node.accesskit_node().label()
                );
            }
        }
    }
}

#[test]
fn every_panel_is_drawn_at_every_size_in_light_and_dark() {
    for (size, light) in [
        ([1024.0, 700.0], false),
        ([1024.0, 700.0], true),
        ([1920.0, 1200.0], false),
        ([1920.0, 1200.0], true),
    ] {
        let Some((mut h, _runs)) = window(size, light) else { return };
        app(&mut h).act(Action::DataForm("digits:300".into(), 28));
        app(&mut h).act(Action::LoadData);
        shot::until(&mut h, "the data", |a| a.state().data.is_some()).unwrap();
        for tab in
            [Tab::Explore, Tab::Morph, Tab::Mix, Tab::Map, Tab::Train, Tab::Data, Tab::Runs, Tab::Atlas]
        {
            for help in [false, true] {
                app(&mut h).act(Action::Show(tab));
                app(&mut h).act(Action::Help(help));
                h.run_steps(4);
                let picture = h.render().unwrap();
                let (w, height) = (size[0] as u32, size[1] as u32);
                assert_eq!((picture.width(), picture.height()), (w, height));
                let ground = picture.get_pixel(w - 3, 3).0;
                let bright = |c: [u8; 4]| u32::from(c[0]) + u32::from(c[1]) + u32::from(c[2]);
                assert_eq!(bright(ground) > 380, light, "{tab:?} is not in its theme: {ground:?}");
                // Nothing reaches over the window's edge: everything that has a name lies inside.
                for node in h.root().children_recursive() {
                    let role = node.accesskit_node().role();
                    if matches!(role, Role::Button | Role::Slider | Role::CheckBox) {
                        let r = node.rect();
                        let inside = r.left() >= -1.0 && r.right() <= size[0] + 1.0 && r.top() >= -1.0;
                        assert!(
                            inside,
                            "{tab:?} at {size:?}: {role:?} {:?} at {r:?}",
                            node.accesskit_node().label()
                        );
                    }
                }
            }
        }
    }
}

pub(crate) fn state(dims: usize) -> State {
    let mut state = State::new(Prefs::default(), Vec::new());
    let card = zscope::engine::message::ModelInfo {
        id: 1,
        name: "m".into(),
        source: zscope::engine::message::Source::Training,
        recipe: "fc-vae".into(),
        title: "t".into(),
        data: "digits".into(),
        inputs: vec![zscope::point::Input::z(dims)],
        held: Default::default(),
        latent_dims: dims,
        width: 28,
        height: 28,
        channels: 1,
        parameters: 1,
        step: 0,
        points: false,
        pixels: false,
        codes_prior: None,
        has_encoder: true,
        opening: vec![0.5; dims],
        first: Vec::new(),
        resumable: false,
        directions: Vec::new(),
        fingerprint: String::new(),
        network: None,
        layers: Vec::new(),
    };
    state.tell(zscope::engine::message::Event::Model(card));
    state
}

#[test]
fn locks_hold_against_randomise_and_reset() {
    let (mut s, mut h) = (state(6), History::default());
    apply(&mut s, &mut h, Action::SetZ(2, 1.75));
    apply(&mut s, &mut h, Action::Lock(2, true));
    apply(&mut s, &mut h, Action::Randomise);
    assert_eq!(s.latent.z[2], 1.75);
    assert_ne!(s.latent.z[0], 0.5);
    apply(&mut s, &mut h, Action::ResetAll);
    assert_eq!((s.latent.z[2], s.latent.z[0]), (1.75, 0.5));
    apply(&mut s, &mut h, Action::ResetZ(2));
    assert_eq!(s.latent.z[2], 0.5, "a lock is no lock against the slider's own reset");
}

#[test]
fn one_gesture_is_one_undo() {
    let (mut s, mut h) = (state(4), History::default());
    for i in 0..50u8 {
        apply(&mut s, &mut h, Action::SetZ(1, f32::from(i) / 10.0));
    }
    apply(&mut s, &mut h, Action::Release);
    apply(&mut s, &mut h, Action::SetZ(1, -1.0));
    apply(&mut s, &mut h, Action::Undo);
    assert_eq!(s.latent.z[1], 4.9);
    apply(&mut s, &mut h, Action::Undo);
    assert_eq!(s.latent.z[1], 0.5);
    assert_eq!(h.undoable(), None);
}

#[test]
fn values_that_are_none_are_not_taken() {
    let (mut s, mut h) = (state(4), History::default());
    apply(&mut s, &mut h, Action::SetZ(1, f32::NAN));
    apply(&mut s, &mut h, Action::SetZ(99, 1.0));
    assert_eq!(s.latent.z, vec![0.5; 4]);
    apply(&mut s, &mut h, Action::SetZ(1, 1e9));
    assert_eq!(s.latent.z[1], zscope::state::Z_LIMIT);
}

#[test]
fn the_filter_finds_dimensions() {
    let mut s = state(150);
    assert_eq!(s.listed().len(), zscope::state::FIRST_SLIDERS);
    s.filter = "z7, 140-142".into();
    assert_eq!(s.listed(), vec![7, 140, 141, 142]);
    s.filter = "nothing".into();
    assert_eq!(parse_filter(&s.filter), None);
    s.filter.clear();
    s.all_sliders = true;
    assert_eq!(s.listed().len(), 150);
}
