//! The built-in faces: the same for the same seed, with labels that are true of the drawing.
//!
//! Must not know: models, the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::atomic::AtomicBool;
use zscope::data::{AttributeKind, Dataset, Job, Spec, Want};

fn load(spec: &str, size: usize, channels: Option<usize>) -> Dataset {
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    spec.parse::<Spec>().unwrap().load(Want { size, channels }, &job).unwrap()
}

#[test]
fn a_picture_is_the_same_whatever_the_count() {
    let (few, many) = (load("faces:20", 32, None), load("faces:600", 32, None));
    let bytes = 20 * 32 * 32 * 3;
    assert_eq!(few.train.pictures.pixels, many.train.pictures.pixels[..bytes]);
    assert_ne!(
        few.train.pictures.pixels[..3072],
        many.test.pictures.pixels[..3072],
        "held-out faces are others"
    );
}

#[test]
fn faces_differ_and_fill_their_range() {
    let data = load("faces:64", 64, None);
    let p = &data.train.pictures;
    assert_eq!((p.width, p.height, p.channels, p.len()), (64, 64, 3, 64));
    let one = |i: usize| &p.pixels[i * 64 * 64 * 3..(i + 1) * 64 * 64 * 3];
    for i in 1..64 {
        let difference: f64 =
            one(i).iter().zip(one(i - 1)).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>()
                / (64.0 * 64.0 * 3.0);
        assert!(difference > 5.0, "faces {i} and {} differ by {difference}", i - 1);
        let (low, high) = (one(i).iter().min().unwrap(), one(i).iter().max().unwrap());
        assert!(high - low > 100, "face {i} has no contrast");
    }
}

#[test]
fn every_attribute_has_values_of_its_kind_and_both_sides() {
    let data = load("faces:3000", 16, None);
    let names: Vec<_> = data.train.attributes.iter().map(|a| a.name.as_str()).collect();
    for wanted in ["Smiling", "Eyeglasses", "Male", "Blond_Hair", "Wearing_Hat", "Mustache", "Young", "Bald"]
    {
        assert!(names.contains(&wanted), "no {wanted} in {names:?}");
    }
    for a in &data.train.attributes {
        assert_eq!(a.values.len(), 3000, "{}", a.name);
        match a.kind {
            AttributeKind::Binary => {
                let share = a.values.iter().sum::<f32>() / 3000.0;
                assert!(a.values.iter().all(|v| *v == 0.0 || *v == 1.0), "{}", a.name);
                assert!((0.01..=0.95).contains(&share), "{}: {share}", a.name);
            }
            AttributeKind::Continuous { min, max } => {
                assert!(a.values.iter().all(|v| (min..=max).contains(v)), "{}", a.name);
                let spread = a.values.iter().fold(f32::MIN, |x, y| x.max(*y))
                    - a.values.iter().fold(f32::MAX, |x, y| x.min(*y));
                assert!(spread > 0.0, "{} never changes", a.name);
            }
            AttributeKind::Class(_) => {}
        }
    }
}

#[test]
fn glasses_can_be_seen_where_they_are_said_to_be() {
    // Mean darkness around the eyes differs between the two groups by more than chance.
    let data = load("faces:2000", 32, Some(1));
    let glasses = data.train.attributes.iter().find(|a| a.name == "Eyeglasses").unwrap();
    let edges = |i: usize| -> f64 {
        let p = &data.train.pictures.pixels[i * 1024..(i + 1) * 1024];
        let step = |y: usize, x: usize| f64::from(p[y * 32 + x].abs_diff(p[(y + 1) * 32 + x]));
        (12..22).flat_map(|y| (8..24).map(move |x| (y, x))).map(|(y, x)| step(y, x)).sum()
    };
    let (mut sums, mut counts) = ([0.0; 2], [0.0; 2]);
    for i in 0..2000 {
        let k = usize::from(glasses.values[i] == 1.0);
        sums[k] += edges(i);
        counts[k] += 1.0;
    }
    let (without, with) = (sums[0] / counts[0], sums[1] / counts[1]);
    assert!(with > without * 1.05, "edges around the eyes: {with:.0} with glasses, {without:.0} without");
}
