//! The built-in faces: the same for the same seed, with labels that are true of the drawing.
//!
//! Must not know: models, the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::atomic::AtomicBool;
use zscope::data::faces::{BINARY, CONTINUOUS, Correlation, Factors, TRAIN_SEED, draw, sample};
use zscope::data::{AttributeKind, Dataset, Job, Spec, Want};

fn load(spec: &str, size: usize, channels: Option<usize>) -> Dataset {
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    spec.parse::<Spec>().unwrap().load(Want::square(size, channels), &job).unwrap()
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
                assert!(a.values.iter().all(|v| v.is_nan() || (min..=max).contains(v)), "{}", a.name);
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

/// Pearson's correlation of two columns.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let mean = |x: &[f64]| x.iter().sum::<f64>() / n;
    let (ma, mb) = (mean(a), mean(b));
    let product = |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum()
    };
    product(a, ma, b, mb) / (product(a, ma, a, ma) * product(b, mb, b, mb)).sqrt()
}

fn population(kind: Correlation) -> Vec<Factors> {
    (0..4000).map(|i| sample(TRAIN_SEED, i, kind)).collect()
}

#[test]
fn attributes_go_together_like_celebas_or_not_at_all() {
    let binary = |faces: &[Factors], name: &str| -> Vec<f64> {
        let (_, has) = BINARY.iter().find(|(n, _)| *n == name).unwrap();
        faces.iter().map(|f| f64::from(u8::from(has(f)))).collect()
    };
    let (alike, free) = (population(Correlation::CelebaLike), population(Correlation::Independent));
    for (a, b, least) in [
        ("No_Beard", "Male", -0.3),
        ("Wearing_Lipstick", "Male", -0.3),
        ("Wearing_Earrings", "Male", -0.2),
        ("Gray_Hair", "Young", -0.15),
        ("Mouth_Slightly_Open", "Smiling", 0.1),
    ] {
        let together = correlation(&binary(&alike, a), &binary(&alike, b));
        assert!(
            together.abs() > f64::abs(least) && together.signum() == f64::signum(least),
            "{a}, {b}: {together}"
        );
        let apart = correlation(&binary(&free, a), &binary(&free, b));
        assert!(apart.abs() < 0.05, "{a} and {b} correlate by {apart} in the independent population");
    }
    // No factor tells of another. Chance makes 0.016 of 4,000 faces, and some 630 pairs give it room for 0.06.
    let columns: Vec<(&str, Vec<f64>)> =
        CONTINUOUS.iter().map(|c| (c.name, free.iter().map(|f| f64::from(c.get(f))).collect())).collect();
    for (i, (a, x)) in columns.iter().enumerate() {
        for (b, y) in &columns[..i] {
            let r = correlation(x, y);
            assert!(r.abs() < 0.075, "{a} and {b} correlate by {r} in the independent population");
        }
    }
}

#[test]
fn the_independent_population_is_a_data_set() {
    let (alike, free) = (load("faces:20", 32, None), load("faces-independent:20", 32, None));
    assert_eq!(alike.train.attributes.len(), free.train.attributes.len());
    assert_ne!(alike.train.pictures.pixels, free.train.pictures.pixels);
}

#[test]
fn grain_is_mild_and_the_same_every_time() {
    let mut face = sample(TRAIN_SEED, 3, Correlation::CelebaLike);
    face.grain = 0.0;
    let clean = draw(&face, 64);
    face.grain = 1.0;
    let grainy = draw(&face, 64);
    assert_eq!(grainy, draw(&face, 64));
    let differences: Vec<f64> =
        clean.iter().zip(&grainy).map(|(a, b)| f64::from(*b) - f64::from(*a)).collect();
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let deviation = (differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n).sqrt();
    assert!(mean.abs() < 0.15 && (1.0..=1.5).contains(&deviation), "mean {mean}, deviation {deviation}");
    face.grain_seed ^= 1;
    assert_ne!(grainy, draw(&face, 64));
    let share = (0..2000).filter(|i| sample(TRAIN_SEED, *i, Correlation::CelebaLike).grain > 0.0).count();
    assert!((900..1100).contains(&share), "{share} of 2,000 have grain");
}

#[test]
fn eyes_close() {
    // Light pixels (the white of the eyes) where the eyes are, as the lids close.
    let mut face = Factors {
        eye_size: 1.0,
        face_width: 1.0,
        scale: 1.0,
        skin_tone: 0.8,
        bald: true,
        ..Default::default()
    };
    let mut white = |open: f32| {
        face.eye_open = open;
        let picture = draw(&face, 128);
        let light = |p: &&[u8]| p.iter().all(|v| *v > 205);
        (56..80).map(|y| picture[y * 384..(y + 1) * 384].chunks(3).filter(light).count()).sum::<usize>()
    };
    let (open, half, closed) = (white(1.0), white(0.4), white(0.0));
    assert!(open > half && half > closed && closed < open / 10, "{open} {half} {closed}");
}
