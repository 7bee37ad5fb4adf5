//! The built-in shapes: the same for the same seed, determined by their factors, and every factor to be seen.
//!
//! Must not know: models, the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::atomic::AtomicBool;
use zscope::data::shapes::{self, Factors, HUE, Levels, ROTATION, SCALE, Shape, X, Y, draw};
use zscope::data::{Attribute, AttributeKind, DataError, Dataset, Job, Spec, Want};
use zscope::metrics::disentangle::score;

fn load(spec: &str, size: usize, channels: Option<usize>) -> Dataset {
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    spec.parse::<Spec>().unwrap().load(Want::square(size, channels), &job).unwrap()
}

fn picture(f: &Factors, size: usize, channels: usize) -> Vec<u8> {
    let mut pixels = vec![7; size * size * channels];
    draw(f, size, &mut pixels);
    pixels
}

/// Mean difference of two pictures per byte.
fn difference(a: &[u8], b: &[u8]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64
}

fn values(levels: Levels) -> Vec<f32> {
    let step = (levels.max - levels.min) / (levels.count - 1) as f32;
    (0..levels.count).map(|k| levels.min + step * k as f32).collect()
}

const MIDDLE: Factors = Factors { shape: Shape::Square, scale: 0.8, rotation: 0.0, x: 0.1, y: 0.1, hue: 0.2 };

#[test]
fn a_picture_is_the_same_whatever_the_count() {
    let (few, many) = (load("shapes:20", 32, None), load("shapes:600", 32, None));
    let bytes = 20 * 32 * 32 * 3;
    assert_eq!(few.train.pictures.pixels, many.train.pictures.pixels[..bytes]);
    assert_ne!(
        few.train.pictures.pixels[..bytes],
        many.test.pictures.pixels[..bytes],
        "held-out ones are others"
    );
    assert_eq!((many.train.pictures.len(), many.test.pictures.len()), (600, 500));
    for (a, b) in few.train.attributes.iter().zip(&many.train.attributes) {
        assert_eq!(a.values[..], b.values[..20], "{}", a.name);
    }
}

#[test]
fn labels_are_what_was_drawn_and_all_that_was_drawn() {
    let data = load("shapes:50", 24, None);
    let column = |name: &str, i| data.train.attributes.iter().find(|a| a.name == name).unwrap().values[i];
    for i in 0..50 {
        let of = |name| column(name, i);
        let f = Factors {
            shape: Shape::ALL[of("shape") as usize],
            scale: of("scale"),
            rotation: of("rotation"),
            x: of("x"),
            y: of("y"),
            hue: of("hue"),
        };
        assert_eq!(picture(&f, 24, 3), *data.train.pictures.get(i).unwrap(), "picture {i}");
    }
}

#[test]
fn factors_take_all_their_levels_alike_and_are_independent() {
    let data = load("shapes:20000", 16, None);
    let all = &data.train.attributes;
    let names: Vec<&str> = all.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["shape", "scale", "rotation", "x", "y", "hue"]);
    for (a, levels) in all.iter().zip([3usize, 6, 9, 16, 10, 8]) {
        let mut sorted = a.values.clone();
        sorted.sort_by(f32::total_cmp);
        let counts: Vec<usize> = sorted.chunk_by(|x, y| x == y).map(<[f32]>::len).collect();
        assert_eq!(counts.len(), levels, "{}", a.name);
        let wanted = 20_000.0 / levels as f64;
        assert!(counts.iter().all(|c| (*c as f64 / wanted - 1.0).abs() < 0.15), "{}: {counts:?}", a.name);
        if let AttributeKind::Continuous { min, max } = a.kind {
            assert_eq!((sorted[0], sorted[19_999]), (min, max), "{}", a.name);
        }
    }
    let correlation = |a: &Attribute, b: &Attribute| {
        let mean = |v: &[f32]| v.iter().map(|v| f64::from(*v)).sum::<f64>() / v.len() as f64;
        let (m, n) = (mean(&a.values), mean(&b.values));
        let dot = |x: &[f32], p: f64, y: &[f32], q: f64| -> f64 {
            x.iter().zip(y).map(|(x, y)| (f64::from(*x) - p) * (f64::from(*y) - q)).sum()
        };
        let (a, b) = (&a.values[..], &b.values[..]);
        dot(a, m, b, n) / (dot(a, m, a, m) * dot(b, n, b, n)).sqrt()
    };
    for (i, a) in all.iter().enumerate() {
        for b in &all[..i] {
            assert!(correlation(a, b).abs() < 0.03, "{} and {}", a.name, b.name);
        }
    }
}

#[test]
fn no_two_values_of_a_factor_look_the_same() {
    let size = 64;
    let same = |a: &Factors, b: &Factors| difference(&picture(a, size, 3), &picture(b, size, 3));
    type Put = fn(&mut Factors, f32);
    let set: [(&str, Levels, Put); 5] = [
        ("scale", SCALE, |f, v| f.scale = v),
        ("rotation", ROTATION, |f, v| f.rotation = v),
        ("x", X, |f, v| f.x = v),
        ("y", Y, |f, v| f.y = v),
        ("hue", HUE, |f, v| f.hue = v),
    ];
    for shape in Shape::ALL {
        for (name, levels, put) in set {
            let values = values(levels);
            let at = |v: f32| {
                let mut f = Factors { shape, ..MIDDLE };
                put(&mut f, v);
                f
            };
            for (i, a) in values.iter().enumerate() {
                for b in &values[..i] {
                    let moved = same(&at(*a), &at(*b));
                    assert!(moved > 0.3, "{shape:?}: {name} {a} and {b} differ by {moved}");
                }
            }
            // The ends are further from each other than neighbours are: the range is no circle.
            let (first, last) = (values[0], values[values.len() - 1]);
            let (ends, step) = (same(&at(first), &at(last)), same(&at(first), &at(values[1])));
            assert!(
                ends > 1.3 * step,
                "{shape:?}: the ends of {name} differ by {ends}, neighbours by {step}"
            );
        }
        for other in Shape::ALL.into_iter().filter(|o| *o != shape) {
            let moved = same(&Factors { shape, ..MIDDLE }, &Factors { shape: other, ..MIDDLE });
            assert!(moved > 1.0, "{shape:?} and {other:?} differ by {moved}");
        }
    }
}

#[test]
fn no_shape_is_cut_off() {
    // As much light in every corner as in the middle; half of half a picture is a whole number of pixels.
    let light = |f: Factors| picture(&f, 64, 1).iter().map(|v| f64::from(*v)).sum::<f64>();
    for shape in Shape::ALL {
        for rotation in values(ROTATION) {
            let middle = Factors { shape, scale: 1.0, rotation, x: 0.0, y: 0.0, ..MIDDLE };
            // Further down than shapes go, so that they end in whole pixels there too.
            for (x, y) in [(X.max, X.max), (X.min, X.max), (X.max, X.min), (X.min, X.min)] {
                let seen = light(Factors { x, y, ..middle }) / light(middle);
                assert!((seen - 1.0).abs() < 0.001, "{shape:?} turned by {rotation} at {x}, {y}: {seen}");
            }
        }
    }
}

#[test]
fn grey_shapes_are_white_and_have_no_hue() {
    let (grey, colour) = (load("shapes:30", 32, Some(1)), load("shapes:30", 32, Some(3)));
    let names: Vec<&str> = grey.train.attributes.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["shape", "scale", "rotation", "x", "y"]);
    assert_eq!(
        grey.train.attributes[..],
        colour.train.attributes[..5],
        "the same shapes, in the same places"
    );
    for i in 0..30 {
        let g = grey.train.pictures.get(i).unwrap();
        assert_eq!((g.iter().min(), g.iter().max()), (Some(&0), Some(&255)), "picture {i}");
        let c = colour.train.pictures.get(i).unwrap();
        let pixel = |k: usize| &c[3 * k..3 * k + 3];
        let ground = |(k, v): (usize, &u8)| (*v == 0) == (pixel(k) == pixel(0));
        assert!(g.iter().enumerate().filter(|(_, v)| [0, 255].contains(*v)).all(ground), "picture {i}");
    }
}

#[test]
fn any_size_from_16_to_256_and_no_other() {
    for size in [16, 28, 100, 256] {
        assert_eq!(load("shapes:2", size, None).train.pictures.width, size);
    }
    let refused = |spec: &str, want: Want, cancelled: bool| {
        let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(cancelled) };
        spec.parse::<Spec>().unwrap().load(want, &job).unwrap_err()
    };
    let says = |e: DataError, words: &str| assert!(e.to_string().contains(words), "{e}");
    says(refused("shapes", Want::square(8, None), false), "16 to 256");
    says(refused("shapes", Want::square(300, None), false), "shapes");
    says(refused("shapes", Want::square(32, Some(2)), false), "not 2");
    says(refused("shapes:1000000", Want::square(256, None), false), "fewer");
    assert_eq!(refused("shapes", Want::square(32, None), true), DataError::Cancelled);
}

#[test]
fn the_spec_is_read_and_written() {
    for text in ["shapes", "shapes:123"] {
        assert_eq!(text.parse::<Spec>().unwrap().to_string(), text);
    }
    assert!("shapes".parse::<Spec>().unwrap().known_factors());
    assert!(!"faces".parse::<Spec>().unwrap().known_factors());
    assert!("shapes:0".parse::<Spec>().unwrap_err().to_string().contains("shapes:COUNT"));
    assert!("shape".parse::<Spec>().unwrap_err().to_string().contains("shapes"));
}

#[test]
fn their_factors_score_as_factors_do() {
    // The exact factors as codes: the most that a model of these pictures can reach.
    let data = shapes::load(
        10,
        Want::square(16, None),
        &Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) },
    )
    .unwrap();
    let columns = &data.test.attributes;
    let codes: Vec<Vec<f32>> = (0..500).map(|i| columns.iter().map(|a| a.values[i]).collect()).collect();
    let s = score(&codes, columns).unwrap();
    // Of 500 pictures, counting finds some information between any two factors by chance.
    assert!(s.mig > 0.85 && s.dci_disentanglement > 0.95 && s.dci_completeness > 0.95, "{s:?}");
}

#[test]
fn eval_scores_disentanglement_where_all_factors_are_known() {
    let run = tempfile::tempdir().unwrap();
    let zscope = |words: &[&str]| {
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap();
        assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text.lines().last().unwrap()).unwrap();
    let out = run.path().to_str().unwrap();
    let small = ["--set", "size=28", "--set", "width=4", "--set", "z=3", "--device", "cpu", "--json"];
    let train = ["train", "conv-vae", "--data", "shapes:64", "--steps", "2", "--out", out];
    let saved = json(&zscope(&[&train[..], &small[..]].concat()))["saved"].as_str().unwrap().to_owned();
    let figures = json(&zscope(&["eval", &saved, "--device", "cpu", "--json"]));
    for key in ["mig", "dci_disentanglement", "dci_completeness", "dci_informativeness"] {
        let value = figures[key].as_f64().unwrap_or_else(|| panic!("no {key} in {figures}"));
        assert!((0.0..=1.0).contains(&value), "{key} {value}");
    }
    let names: Vec<_> = figures["factors"].as_array().unwrap().iter().map(|f| f["name"].as_str()).collect();
    assert_eq!(names, ["shape", "scale", "rotation", "x", "y", "hue"].map(Some));
    let words = zscope(&["eval", &saved, "--device", "cpu"]);
    for word in ["MIG", "disentanglement", "completeness", "informativeness", "rotation"] {
        assert!(words.contains(word), "no {word} in {words}");
    }
    let other = json(&zscope(&["eval", &saved, "--data", "faces:10", "--device", "cpu", "--json"]));
    assert!(other.get("mig").is_none(), "faces' labels are not all that faces depend on: {other}");
}

/// Scores of a set's factors are independent numbers of N(0, 1), each as near to its own factor as can be.
#[test]
fn factor_scores_are_independent_and_stay_near_their_factors() {
    let data = crate::data::quietly(|job| {
        "faces:1500".parse::<zscope::data::Spec>().unwrap().load(zscope::data::Want::square(16, Some(1)), job)
    });
    let split = data.unwrap().train;
    let scores = zscope::data::FactorScores::of(&split).unwrap();
    let factors = split.factors();
    assert_eq!(scores.names.len(), 46, "40 with a scale, what is worn and of which shape, and no hair");
    assert!(scores.names.iter().any(|n| n == "Eyeglasses") && !scores.names.iter().any(|n| n == "Smiling"));
    let rows: Vec<Vec<f32>> = (0..1500).map(|i| scores.row(i).collect()).collect();
    let column = |k: usize| rows.iter().map(|r| f64::from(r[k])).collect::<Vec<f64>>();
    let correlation = |a: &[f64], b: &[f64]| {
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let (ma, mb) = (mean(a), mean(b));
        let cov = |x: &[f64], mx: f64, y: &[f64], my: f64| {
            x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>() / x.len() as f64
        };
        (cov(a, ma, b, mb) / (cov(a, ma, a, ma) * cov(b, mb, b, mb)).sqrt(), cov(a, ma, a, ma))
    };
    for (i, factor) in factors.iter().enumerate() {
        let own = column(i);
        let (own_known, known): (Vec<f64>, Vec<f64>) = own
            .iter()
            .zip(&factor.values)
            .filter(|(_, v)| v.is_finite())
            .map(|(s, v)| (*s, f64::from(*v)))
            .unzip();
        let (with_factor, _) = correlation(&own_known, &known);
        let (_, variance) = correlation(&own, &own);
        assert!((0.9..1.1).contains(&variance), "{}: {variance}", scores.names[i]);
        assert!(with_factor > 0.4, "{}: {with_factor}", scores.names[i]);
        for j in 0..i {
            let (r, _) = correlation(&own, &column(j));
            assert!(r.abs() < 0.02, "{} and {}: {r}", scores.names[i], scores.names[j]);
        }
    }
    assert_eq!(
        scores.row(7).collect::<Vec<_>>(),
        zscope::data::FactorScores::of(&split).unwrap().row(7).collect::<Vec<_>>()
    );
}

/// Sliders that follow factors are called as these are, and data of which nothing is told is refused.
#[test]
fn sliders_that_follow_factors_have_their_names() {
    use burn::tensor::Device;
    use zscope::point::dimension_name;
    use zscope::zoo::{self, Facts, Settings};
    let recipe = zoo::find("conv-vae").unwrap();
    let settings = |weight: f64| {
        let all = [("factors", weight), ("z", 3.0), ("width", 4.0), ("size", 28.0)];
        Settings(all.map(|(n, v)| (n.to_string(), v)).into())
    };
    let plain = Facts::from(zoo::Shape { width: 28, height: 28, channels: 3, classes: 0, attributes: 4 });
    let build = |facts: &Facts, weight| (recipe.build)(facts, &settings(weight), 1, &Device::flex());
    let said = build(&plain, 1.0).err().unwrap();
    assert!(said.contains("nothing is told"), "{said}");
    let facts = Facts { factors: vec!["smile".into(), "hat hue".into()], ..plain };
    let inputs = build(&facts, 1.0).unwrap().model().inputs();
    let names: Vec<_> = (0..3).map(|i| dimension_name(&inputs, i)).collect();
    assert_eq!(names, [Some("smile"), Some("hat hue"), None]);
    assert_eq!(dimension_name(&build(&facts, 0.0).unwrap().model().inputs(), 0), None);
}
