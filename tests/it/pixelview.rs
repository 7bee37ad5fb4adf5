//! A picture that is drawn pixel by pixel, in the window: drawn slowly, asked about, erased in part and finished.
//!
//! Must not know: how pixels are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::app::{app, window};
use egui_kittest::kittest::Queryable;
use zscope::action::Action;
use zscope::action::pixels::Pixeling;
use zscope::engine::tool::ToolOrder;
use zscope::point::Value;
use zscope::shot;
use zscope::state::pixels::{Hand, View};
use zscope::zoo;

#[test]
fn a_picture_is_drawn_slowly_asked_about_and_finished() {
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    shot::system(&mut h, zoo::recipe("pixelcnn").unwrap()).unwrap();
    h.run_steps(3);
    shot::until(&mut h, "what is said of it", |a| a.state().pixels_seen().is_some()).unwrap();
    let seen = app(&mut h).state().pixels_seen().unwrap().clone();
    assert_eq!(seen.look.costs.len(), 28 * 28);
    assert!(seen.look.nats() > 0.0 && seen.look.pixel.is_none());
    h.get_by_label_contains("−ln p(x) = ");

    // Slowly, held, one pixel further, whole.
    h.get_by_label("▶ Draw slowly").click();
    h.run_steps(10);
    let drawn = app(&mut h).state().pixels.drawn.unwrap();
    assert!(drawn > 0.0 && drawn < 784.0);
    h.get_by_label("⏸ Pause").click();
    h.run_steps(3);
    let held = app(&mut h).state().pixels.drawn.unwrap();
    h.get_by_label("Step").click();
    h.run_steps(2);
    assert_eq!(app(&mut h).state().pixels.drawn, Some(held.floor() + 1.0));
    // The next pixel is asked about.
    let next = app(&mut h).state().pixel_asked().unwrap();
    assert_eq!(next[0] * 28 + next[1], held as usize + 1);
    shot::until(&mut h, "what it could be", |a| {
        a.state().pixels_seen().and_then(|s| s.look.pixel.clone()).is_some_and(|p| p.at == next)
    })
    .unwrap();
    let pixel = app(&mut h).state().pixels_seen().unwrap().look.pixel.clone().unwrap();
    assert!((pixel.chances.levels[0].iter().sum::<f32>() - 1.0).abs() < 1e-4);
    h.get_by_label("All").click();
    h.run_steps(2);
    assert_eq!(app(&mut h).state().pixels.drawn, None);

    // What it depends on: nothing that comes later; with one stack less than with both.
    let reach = |h: &mut _, blind: bool| {
        app(h).act(Action::Pixels(Pixeling::View(View::Reach)));
        app(h).act(Action::Pixels(Pixeling::Blind(blind)));
        app(h).act(Action::Pixels(Pixeling::Choose(Some([14, 14]))));
        let before = app(h).state().pixels_seen().unwrap().look.clone();
        shot::until(h, "what it sees", |a| {
            let look = &a.state().pixels_seen().unwrap().look;
            look.reach.is_some() && !std::sync::Arc::ptr_eq(look, &before)
        })
        .unwrap();
        app(h).state().pixels_seen().unwrap().look.reach.clone().unwrap()
    };
    let (both, one) = (reach(&mut h, false), reach(&mut h, true));
    for seen in [&both, &one] {
        assert!(seen[14 * 28 + 14..].iter().all(|v| *v == 0.0));
        assert!(seen[..14 * 28 + 14].iter().any(|v| *v > 0.0));
    }
    app(&mut h).act(Action::Pixels(Pixeling::View(View::Picture)));

    // The upper half stays, the lower is drawn anew by other dice, and undo brings it back.
    let before = app(&mut h).state().point();
    h.get_by_label("Erase the lower half").click();
    h.run_steps(3);
    let Some(Value::Picture(bytes)) = app(&mut h).state().latent.held.get("given").cloned() else {
        panic!("nothing is given")
    };
    assert_eq!(bytes.len(), 2 * 784);
    assert!(bytes[784..784 + 392].iter().all(|m| *m == 255) && bytes[784 + 392..].iter().all(|m| *m == 0));
    assert!(h.query_all_by_label("Other ends").next().is_some());
    app(&mut h).act(Action::Randomise);
    shot::until(&mut h, "another end", |a| {
        a.settled() && a.state().pixels_seen().is_some_and(|s| s.point == a.state().point())
    })
    .unwrap();
    let look = app(&mut h).state().pixels_seen().unwrap().look.clone();
    assert_eq!(look.picture[..392], bytes[..392], "what is kept stays");
    assert_ne!(look.picture[392..], bytes[392..784], "the rest is drawn anew");
    app(&mut h).act(Action::Undo);
    app(&mut h).act(Action::Undo);
    assert_eq!(app(&mut h).state().point(), before);

    // A picture of the data comes in whole.
    app(&mut h).act(Action::Tool(ToolOrder::Example { data: "digits:20".into(), index: 3, only: None }));
    shot::until(&mut h, "an example", |a| {
        matches!(a.state().latent.held.get("given"), Some(Value::Picture(b)) if b[784..].iter().all(|m| *m == 255))
    })
    .unwrap();
    app(&mut h).act(Action::Pixels(Pixeling::Hand(Hand::Erase)));
    h.run_steps(2);
    h.get_by_label("Begin anew").click();
    h.run_steps(2);
    let Some(Value::Picture(bytes)) = app(&mut h).state().latent.held.get("given").cloned() else {
        panic!("nothing is given")
    };
    assert!(bytes[784..].iter().all(|m| *m == 0));
}
