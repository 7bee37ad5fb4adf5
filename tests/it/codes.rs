//! Grids of codes: ways between them, how a codebook is used, and what the window does with them.
//!
//! Must not know: how a codebook learns.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, window};
use egui_kittest::kittest::Queryable;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::action::Action;
use zscope::action::bench::Benching;
use zscope::data::{Job, Spec};
use zscope::engine::device;
use zscope::engine::grid::examples;
use zscope::engine::health::{Monitor, Trouble};
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{self, Session};
use zscope::latent::{Easing, Interpolation, Path};
use zscope::metrics::codes;
use zscope::nn::Watch;
use zscope::nn::host::floats;
use zscope::point::{Between, Point, Value};
use zscope::state::Tab;
use zscope::state::bench::Well;
use zscope::zoo::{self, Held};
use zscope::{shot, weights};

fn trained(recipe: &str) -> Session {
    let entry = zoo::find(recipe).unwrap();
    let order = TrainOrder {
        recipe: recipe.into(),
        data: format!("{}:64", entry.recipe.data),
        settings: entry.recipe.tiny_settings(),
        seed: 3,
        ..TrainOrder::default()
    };
    let spec: Spec = order.data.parse().unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = spec.load(session::want(entry, &order.settings), &job).unwrap();
    let mut session = Session::new(order, Arc::new(data), &device::cpu().device, None, false).unwrap();
    (0..30).for_each(|_| session.advance());
    session
}

/// Two pictures of the data as points of the model.
fn two(model: &Held, session: &Session) -> [Point; 2] {
    let given = examples(model, &session.dataset.train, 8, &device::cpu().device);
    [0, 7].map(|i| Point { z: Vec::new(), held: given[i].clone() })
}

#[test]
fn a_way_between_codes_goes_through_their_vectors() {
    let device = device::cpu().device;
    for recipe in ["vq-vae", "vq-vae-2"] {
        let session = trained(recipe);
        let model = session.model();
        let [a, b] = two(&model, &session);
        assert_ne!(a, b);
        let draw =
            |p: &Point| floats(model.draw(std::slice::from_ref(p), &device, &mut Watch::nobody()).unwrap());
        let mut path = Path {
            keyframes: vec![a.clone(), b.clone()],
            interpolation: Interpolation::Linear,
            easing: Easing::Even,
            closed: false,
            nearest: false,
        };
        // Its ends are the codes themselves, and have left no codebook.
        assert_eq!((path.at(0.0), path.at(1.0)), (a.clone(), b.clone()));
        assert!(codes::off(&model, &a.held).is_empty());
        let middle = path.at(0.5);
        assert!(middle.held.values().any(|v| matches!(v, Value::Between(_))));
        middle.check(model.inputs()).unwrap();
        let (from, to, half) = (draw(&a), draw(&b), draw(&middle));
        assert!(half != from && half != to);
        let off = codes::off(&model, &middle.held);
        assert!(off.iter().all(|o| o.places <= o.of && o.apart.is_finite() && !o.nearest));
        assert!(off.iter().any(|o| o.places > 0 && o.apart > 0.0), "{recipe}: {off:?}");
        // With the nearest entries it is a picture of the codebook again: the one of some grid.
        path.nearest = true;
        let snapped = draw(&path.at(0.5));
        assert!(codes::off(&model, &path.at(0.5).held).iter().all(|o| o.nearest));
        assert_ne!(snapped, half);
        // What is drawn beside others is what is drawn alone.
        let both = [middle.clone(), path.at(0.5), a.clone()];
        let together = floats(model.draw(&both, &device, &mut Watch::nobody()).unwrap());
        let alone = [half, snapped, from].concat();
        let apart = together.iter().zip(&alone).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-3, "{recipe}: {apart}");
        // It outlives a file, and is told apart by what it is hashed to.
        let text = serde_json::to_string(&middle).unwrap();
        assert_eq!(serde_json::from_str::<Point>(&text).unwrap(), middle);
        let hash = |p: &Point| {
            let mut hasher = DefaultHasher::new();
            p.hash_into(&mut hasher);
            hasher.finish()
        };
        assert_ne!(hash(&middle), hash(&path.at(0.5)));
        // What is no way of this model is refused.
        let (name, value) = middle.held.iter().find(|(_, v)| matches!(v, Value::Between(_))).unwrap();
        let Value::Between(way) = value.clone() else { panic!("a way") };
        let wrong = Value::Between(Between { part: 1.5, ..way });
        let mut point = middle.clone();
        point.held.insert(name.clone(), wrong);
        assert!(point.check(model.inputs()).is_err());
    }
}

#[test]
fn use_of_codes_is_counted() {
    let device = device::cpu().device;
    let session = trained("vq-vae-2");
    let model = session.model();
    let usage =
        codes::usage(&model, &session.dataset.train.head(20), &device, &|_, _| true).unwrap().unwrap();
    let sum = |name: &str| usage.counts[name].iter().sum::<u64>();
    assert_eq!((usage.pictures, sum("top"), sum("bottom")), (20, 20 * 16, 20 * 64));
    assert!((codes::perplexity(&[5, 5, 0, 0]) - 2.0).abs() < 1e-9 && codes::in_use(&[5, 5, 0, 0]) == 0.5);
    assert!((codes::perplexity(&[7, 0, 0]) - 1.0).abs() < 1e-9);
    let test = &session.dataset.test;
    let picks: Vec<usize> = (0..test.pictures.len()).collect();
    let figures = codes::measure(&model, test, &picks, &device).unwrap().unwrap();
    assert_eq!(figures.bits, (16.0 + 64.0) * 3.0);
    assert!(figures.entropy_bits <= figures.bits + 1e-9 && figures.psnr_db.is_finite() && figures.nmse > 0.0);
    // A model of latents has none of it.
    let bytes = zscope::shipped::find("digits-vae-2d").unwrap();
    let vae = weights::Checkpoint::from_bytes(bytes).unwrap();
    let vae = session::explore(&vae, &device).unwrap();
    assert_eq!(codes::usage(&vae, &session.dataset.train, &device, &|_, _| true).unwrap(), None);
}

#[test]
fn a_codebook_of_which_little_is_used_is_warned_of() {
    let recipe = zoo::recipe("vq-vae").unwrap();
    let rows = |share: f32| vec![vec![0.5, 0.1, 8.5, share, f32::NAN]; 400];
    let told = |share: f32| {
        let mut monitor = Monitor::new(recipe, 0.2);
        monitor.losses(1, &rows(share));
        monitor.look().unwrap_or_default()
    };
    assert!(told(0.9).is_empty());
    // While the prior learns the codes stay as they are, and are not measured.
    let mut monitor = Monitor::new(recipe, 0.2);
    monitor.losses(1, &vec![vec![f32::NAN, f32::NAN, f32::NAN, f32::NAN, 90.0]; 400]);
    assert!(monitor.look().unwrap_or_default().is_empty());
    let warned = told(0.07);
    assert_eq!(warned[0].trouble, Trouble::CodebookCollapse);
    assert!(warned[0].evidence.contains("Codes in use: 7.0 %"), "{}", warned[0].evidence);
}

/// Two grids are painted apart, come from other pictures one at a time, and back with a saved picture; a morph goes between
/// pictures of the data and says that it leaves the codebook.
#[test]
fn codes_are_painted_taken_saved_and_morphed() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    shot::system(&mut h, zoo::recipe("vq-vae-2").unwrap()).unwrap();
    h.run_steps(3);
    let value = |h: &mut _, name: &str| app(h).state().point().held.get(name).cloned();
    h.get_by_label("Bottom").click();
    h.run_steps(3);
    // The model opens on codes of which the first may be all that there is; the second is another.
    h.key_press(eframe::egui::Key::CloseBracket);
    h.run_steps(2);
    h.get_by_label("Fill").click();
    h.run_steps(3);
    let bottom = value(&mut h, "bottom").unwrap();
    let Value::Codes(codes) = &bottom else { panic!("codes") };
    assert!(codes.iter().all(|c| c == &codes[0]), "the chosen grid is filled");
    let top = value(&mut h, "top");
    // A saved picture has both, and brings both back.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("painted.png");
    app(&mut h).act(Action::SavePicture(file.clone()));
    shot::until(&mut h, "the picture", |_| file.exists()).unwrap();
    app(&mut h).act(Action::Undo);
    assert_ne!(value(&mut h, "bottom").unwrap(), bottom);
    app(&mut h).act(Action::Open(file.clone()));
    let back = |a: &zscope::app::App| a.state().point().held.get("bottom") == Some(&bottom);
    shot::until(&mut h, "its codes", back).unwrap();
    assert_eq!(value(&mut h, "top"), top);
    // Any other picture is read.
    let plain = dir.path().join("plain.png");
    image::open(&file).unwrap().into_rgb8().save(&plain).unwrap();
    app(&mut h).act(Action::Open(plain));
    let read = |a: &zscope::app::App| a.state().point().held.get("bottom").is_some_and(|v| *v != bottom);
    shot::until(&mut h, "the codes of a picture", read).unwrap();
    app(&mut h).act(Action::Undo);
    assert_eq!(value(&mut h, "bottom").unwrap(), bottom);
    // A well takes the saved picture with its codes.
    app(&mut h).act(Action::Fill(Well::Bookmarks, file));
    shot::until(&mut h, "the bookmark", |a| !a.state().bench.well(Well::Bookmarks).is_empty()).unwrap();
    let mark = app(&mut h).state().bench.well(Well::Bookmarks)[0].clone();
    assert_eq!(mark.held.get("bottom"), Some(&bottom));
    // The morph.
    app(&mut h).act(Action::Show(Tab::Morph));
    h.run_steps(3);
    h.get_by_label("🎲 Three pictures of the data").click();
    shot::until(&mut h, "keyframes", |a| a.state().bench.well(Well::Keyframes).len() == 3).unwrap();
    app(&mut h).act(Action::Morph(zscope::action::morph::Morphing::At(0.2)));
    shot::until(&mut h, "word of the codebook", |a| a.state().off.iter().any(|o| o.places > 0)).unwrap();
    app(&mut h).act(Action::Bench(Benching::Nearest(true)));
    shot::until(&mut h, "the nearest codes", |a| a.state().off.iter().all(|o| o.nearest)).unwrap();
    app(&mut h).act(Action::Undo);
    assert!(!app(&mut h).state().bench.nearest);
}
