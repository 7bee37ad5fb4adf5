//! What D says of the single pictures of a step: in the engine's words, and on the page.
//!
//! Must not know: how panels are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::app::{app, window};
use egui_kittest::kittest::Queryable;
use std::sync::Arc;
use zscope::action::Action;
use zscope::data::Job;
use zscope::engine::judged::shown;
use zscope::engine::message::Phase;
use zscope::engine::order::TrainOrder;
use zscope::engine::session::{Session, want};
use zscope::nn::host::floats;
use zscope::shot;
use zscope::state::{Tab, Until};
use zscope::zoo::common::D_ONLY;
use zscope::zoo::{self, Role, Settings};

/// One step of a small GAN, with these settings.
fn stepped(recipe: &str, settings: &[(&str, f64)]) -> Session {
    let entry = zoo::find(recipe).unwrap();
    let tiny = entry.recipe.tiny.iter().chain(&[("batch", 24.0)]).chain(settings);
    let settings = Settings(tiny.map(|(n, v)| ((*n).to_string(), *v)).collect());
    let data = match recipe {
        "pix2pix" => "faces-edges:40",
        "lab" => "2d-ring:500",
        _ => "digits:100",
    };
    let order = TrainOrder {
        recipe: recipe.into(),
        data: data.into(),
        settings,
        seed: 1,
        steps: None,
        ..TrainOrder::default()
    };
    let job = Job { progress: &|_, _| {}, cancel: &false.into() };
    let spec: zscope::data::Spec = order.data.parse().unwrap();
    let data = spec.load(want(entry, &order.settings), &job).unwrap();
    let device = zscope::engine::device::cpu().device;
    let mut session = Session::new(order, Arc::new(data), &device, None, false).unwrap();
    session.advance();
    session
}

#[test]
fn pictures_are_sorted_by_what_is_plotted_of_them() {
    let cases: [(&str, &[(&str, f64)]); 7] = [
        ("dcgan", &[]),
        ("dcgan", &[("loss", 3.0)]),
        ("dcgan", &[("loss", 7.0)]),
        ("dcgan", &[("pack", 2.0)]),
        ("dcgan", &[("d_steps", 2.0)]),
        ("cgan", &[("loss", 6.0)]),
        ("pix2pix", &[]),
    ];
    for (recipe, settings) in cases {
        let mut s = stepped(recipe, settings);
        let judged = s.judged().unwrap();
        let (real, fake) = (floats(judged.real.clone()), floats(judged.fake.clone()));
        let unit = |all: &[f32]| all.iter().all(|v| (-1e-3..=1.001).contains(v));
        assert!(unit(&real) && unit(&fake) && real != fake, "{recipe} {settings:?}");
        let told = shown(1, s.step, judged).unwrap();
        assert_eq!((told.step, told.of, told.columns), (1, 24, 12), "{recipe} {settings:?}");
        let row = s.metrics();
        for (i, role) in [Role::RealScore, Role::FakeScore].into_iter().enumerate() {
            let said = &told.said[i];
            assert_eq!(said.len(), 24);
            assert!(said.windows(2).all(|w| w[0] >= w[1]), "{recipe} {settings:?}: {said:?}");
            let plotted = row.rows.last().unwrap()[s.recipe().column(role).unwrap()];
            let mean = said.iter().sum::<f32>() / 24.0;
            assert!(
                (mean - plotted).abs() < 1e-3,
                "{recipe} {settings:?} {role:?}: {mean}, plotted {plotted}"
            );
            let sheet = &told.sheets[i];
            assert_eq!((sheet.width % 12, sheet.height % 2), (0, 0));
        }
        assert_eq!(told.z.is_empty(), recipe == "pix2pix");
    }
    assert!(stepped("fc-vae", &[]).judged().is_none(), "a VAE has no D");
}

#[test]
fn packs_need_not_divide_a_batch() {
    // Whole packs are judged; a batch smaller than a pack is repeated.
    for (recipe, pack, batch, seen) in
        [("dcgan", 3.0, 64.0, 63), ("dcgan", 5.0, 24.0, 20), ("cgan", 7.0, 24.0, 21), ("dcgan", 8.0, 4.0, 8)]
    {
        let s = stepped(recipe, &[("pack", pack), ("batch", batch), ("penalty", 1.0), ("r2", 1.0)]);
        let judged = s.judged().unwrap();
        assert_eq!((judged.real.dims()[0], judged.fake.dims()[0]), (seen, seen), "{recipe} {pack}");
        let packs = floats(judged.on_fake.clone());
        assert_eq!(packs.len(), seen / pack as usize);
        let told = shown(1, 1, judged).unwrap();
        // Those of a pack have one number.
        let mut said = told.said[1].clone();
        said.dedup();
        assert!(said.len() <= packs.len() && said.iter().all(|v| v.is_finite()), "{recipe} {pack}: {said:?}");
    }
    for (pack, batch) in [(3.0, 256.0), (8.0, 2.0), (7.0, 50.0)] {
        let mut s = stepped("lab", &[("pack", pack), ("batch", batch), ("penalty", 0.1), ("d_steps", 2.0)]);
        let row = s.metrics().rows.pop().unwrap();
        assert!(row.iter().all(|v| v.is_finite()), "{pack} {batch}: {row:?}");
    }
}

#[test]
fn a_person_sees_whom_d_catches() {
    let Some((mut h, _runs)) = window([1024.0, 700.0], false) else { return };
    app(&mut h).act(Action::Show(Tab::Train));
    app(&mut h).act(Action::Recipe("dcgan".into()));
    app(&mut h).act(Action::TrainingData("digits:100".into()));
    app(&mut h).act(Action::Set("width".into(), 8.0));
    app(&mut h).act(Action::Until(Until::Stopped));
    app(&mut h).act(Action::Train);
    shot::until(&mut h, "what D says", |a| a.state().judged.is_some()).unwrap();
    app(&mut h).act(Action::Pause);
    shot::until(&mut h, "the pause", |a| a.state().progress.phase == Phase::Paused).unwrap();
    let held = app(&mut h).state().progress.step;
    shot::until(&mut h, "the last step's", |a| a.state().judged.as_ref().is_some_and(|j| j.step == held))
        .unwrap();
    h.run_steps(2);
    h.get_by_label("What D says").click();
    h.run_steps(2);
    assert!(app(&mut h).state().judging);
    h.render().unwrap();
    app(&mut h).act(Action::StepOnly(D_ONLY));
    let next = |a: &zscope::app::App| a.state().judged.as_ref().is_some_and(|j| j.step == held + 1);
    shot::until(&mut h, "the next step's", next).unwrap();
    h.run_steps(2);
    h.get_by_label("Samples").click();
    h.run_steps(2);
    assert!(!app(&mut h).state().judging);
    app(&mut h).act(Action::Stop);
    shot::until(&mut h, "stopping", |a| a.state().progress.phase == Phase::Finished).unwrap();
}
