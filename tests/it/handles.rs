//! Directions under the picture, and a picture of one's own, in the window.
//!
//! Must not know: how directions are learnt.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::app::{app, window};
use egui_kittest::kittest::Queryable;
use zscope::action::Action;
use zscope::shot;

#[test]
fn a_smile_is_a_button_and_a_picture_comes_back() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    let z = app(&mut h).state().latent.z.clone();
    let smile = app(&mut h).state().bench.directions.iter().position(|d| d.name == "Smiling").unwrap();
    let at = |h: &mut _| {
        let state = app(h).state();
        state.bench.directions[smile].position(&state.latent.z)
    };
    let before = at(&mut h);
    h.get_by_label_contains("More Smiling").click();
    h.run_steps(3);
    let direction = app(&mut h).state().bench.directions[smile].clone();
    let to = (before + direction.strength).min(direction.range().1.max(before));
    assert!(to > before && (at(&mut h) - to).abs() < 0.01, "a step, as far as the data goes");
    app(&mut h).act(Action::SetDirection(smile, 0.25));
    assert!((at(&mut h) - 0.25).abs() < 0.01);
    app(&mut h).act(Action::Undo);
    app(&mut h).act(Action::Undo);
    assert_eq!(app(&mut h).state().latent.z, z);

    // A saved picture brings its latent back, exactly; any other picture is encoded.
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("face.png");
    app(&mut h).act(Action::Nudge(smile, 1.0));
    let smiling = app(&mut h).state().latent.z.clone();
    app(&mut h).act(Action::SavePicture(file.clone()));
    shot::until(&mut h, "the picture", |a| a.state().notice.as_ref().is_some_and(|n| n.contains("face.png")))
        .unwrap();
    app(&mut h).act(Action::Undo);
    app(&mut h).act(Action::Open(file.clone()));
    shot::until(&mut h, "its latent", |a| a.state().latent.z == smiling).unwrap();
    app(&mut h).act(Action::Undo);
    assert_eq!(app(&mut h).state().latent.z, z);
    let plain = dir.path().join("plain.png");
    image::open(&file).unwrap().into_rgb8().save(&plain).unwrap();
    app(&mut h).act(Action::Open(plain));
    shot::until(&mut h, "the encoding", |a| a.state().embedded.is_some()).unwrap();
    assert!(app(&mut h).state().embedded.as_ref().unwrap().psnr_db > 20.0);
    app(&mut h).act(Action::KeepLost(true));
    app(&mut h).act(Action::Wipe(0.5));
    h.run_steps(3);
    h.get_by_label("Keep what is lost");
    app(&mut h).act(Action::PutAway);
    h.run_steps(3);
    assert!(h.query_by_label("Keep what is lost").is_none());

    // Directions leave and come back as a file.
    let shared = dir.path().join("d.json");
    let directions = app(&mut h).state().bench.directions.clone();
    app(&mut h).act(Action::WriteDirections(shared.clone()));
    shot::until(&mut h, "the file", |_| shared.exists()).unwrap();
    app(&mut h).act(Action::Bench(zscope::action::bench::Benching::ClearDirections));
    app(&mut h).act(Action::ReadDirections(shared));
    shot::until(&mut h, "the directions", |a| !a.state().bench.directions.is_empty()).unwrap();
    assert_eq!(app(&mut h).state().bench.directions, directions);
}
