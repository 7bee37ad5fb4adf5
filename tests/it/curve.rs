//! Loss curves of any length: nothing is lost, little is drawn.
//!
//! Must not know: the window.

use zscope::curve::{Curve, smooth};

fn long() -> Curve {
    let mut curve = Curve::default();
    for i in 0..1_000_003u32 {
        curve.push(if i == 777_777 { 50.0 } else { (i % 10) as f32 });
    }
    curve
}

#[test]
fn a_spike_in_a_million_steps_is_seen_in_few_points() {
    let points = long().points(0.0, 2e6, 300);
    assert!(points.len() <= 4 * 300 && points.len() > 50, "{} points", points.len());
    let top = points.iter().max_by(|a, b| a.1.max.total_cmp(&b.1.max)).copied();
    assert!(top.is_some_and(|(x, b)| b.max == 50.0 && (x - 777_778.0).abs() < 10_000.0), "{top:?}");
    assert!(points.iter().all(|(_, b)| b.min == 0.0));
}

#[test]
fn the_newest_step_is_seen_before_its_bin_is_full() {
    let mut curve = long();
    curve.push(99.0);
    let points = curve.points(0.0, 2e6, 300);
    assert_eq!(points.last().map(|(_, b)| b.max), Some(99.0));
}

#[test]
fn a_short_stretch_is_drawn_value_by_value() {
    let points = long().points(100.0, 120.0, 300);
    assert_eq!(points.len(), 21);
    assert_eq!(points.first().map(|(x, b)| (*x, b.mean)), Some((100.0, 9.0)));
}

#[test]
fn a_resumed_run_overwrites_what_it_repeats() {
    let mut curve = Curve::default();
    (0..100u8).for_each(|i| curve.push(i.into()));
    curve.truncate(51);
    assert_eq!(curve.len(), 50);
    (0..100u8).for_each(|_| curve.push(-1.0));
    assert_eq!(curve.at(51), Some(-1.0));
    let (low, high) = (curve.points(52.0, 150.0, 4), curve.points(1.0, 48.0, 4));
    assert!(low.iter().skip(1).all(|(_, b)| b.max == -1.0), "{low:?}");
    assert!(high.iter().all(|(_, b)| b.min >= 0.0), "{high:?}");
}

#[test]
fn smoothing_starts_at_the_first_value_and_keeps_a_constant() {
    let mut curve = Curve::default();
    (0..50).for_each(|_| curve.push(3.0));
    assert!(smooth(&curve.points(0.0, 1e9, 1000), 0.99, 1).iter().all(|[_, y]| (y - 3.0).abs() < 1e-9));
}

#[test]
fn a_value_that_is_no_number_leaves_a_gap() {
    let mut curve = Curve::default();
    [1.0, f32::NAN, 2.0, 3.0].into_iter().for_each(|v| curve.push(v));
    assert_eq!(curve.points(0.0, 9.0, 100).len(), 3);
    let coarse = curve.points(0.0, 9.0, 1);
    assert!(
        coarse.iter().all(|(_, b)| b.min == 1.0 && b.max == 3.0 && (b.mean - 2.0).abs() < 1e-6),
        "{coarse:?}"
    );
}
