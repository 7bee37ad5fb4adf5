//! Pictures of two kinds without pairs: how they are dealt, instance norm, the pool in an exact resume, both ways of a model, own
//! pictures, and the figures beside the truth.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor, TensorData};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::data::{Dataset, Job, Spec, Want, faces};
use zscope::engine::data_loader::{DataLoader, facts_of};
use zscope::engine::device;
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{self, Session};
use zscope::nn::host::floats;
use zscope::nn::instance_norm::instance_norm;
use zscope::nn::pool::{Pool, SIZE};
use zscope::nn::translator::reflected;
use zscope::nn::{Dual, Noise, Watch, dual, fast};
use zscope::point::{Point, Value, Values};
use zscope::tools::translate::is_back;
use zscope::zoo::cyclegan::{DIRECTION, PICTURE, SHOWN};
use zscope::zoo::{self, Settings};

fn load(spec: &str, size: usize) -> Dataset {
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    spec.parse::<Spec>().unwrap().load(Want::square(size, Some(3)), &job).unwrap()
}

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    Noise::new(seed, 0).uniforms(count, 1.0)
}

/// Two domains are dealt side by side, each in an order of its own and whole in every epoch, the same again from anywhere; who does not ask
/// for the second gets none, and what is needed of data is said in a sentence.
#[test]
fn two_domains_are_dealt_in_orders_of_their_own() {
    let data = Arc::new(load("faces-dusk:12", 16));
    assert_eq!((data.domain.as_str(), data.domains[0].name.as_str()), ("day", "dusk"));
    let device = device::cpu().device;
    let batch = |loader: &mut DataLoader, seen| loader.batch(seen, 4, false, &device).unwrap();
    let mut loader = DataLoader::new(data.clone(), 7).with_domains(7);
    let all: Vec<_> = (0..6).map(|i| batch(&mut loader, 4 * i)).collect();
    let place = |row: &[f32], pictures: &zscope::data::Pictures| -> usize {
        let bytes: Vec<u8> = row.iter().map(|v| (v * 255.0).round() as u8).collect();
        let planes = bytes.chunks(256).map(<[u8]>::to_vec).collect::<Vec<_>>();
        let whole: Vec<u8> = (0..256).flat_map(|i| [planes[0][i], planes[1][i], planes[2][i]]).collect();
        (0..pictures.len()).find(|i| *pictures.get(*i).unwrap() == whole[..]).unwrap()
    };
    let order =
        |x: &[f32], of: &zscope::data::Pictures| x.chunks(768).map(|r| place(r, of)).collect::<Vec<_>>();
    let mut orders = [Vec::new(), Vec::new()];
    for b in &all {
        orders[0].extend(order(&floats(b.x.clone()), &data.train.pictures));
        orders[1].extend(order(&floats(b.domains[0].clone()), &data.domains[0].train.pictures));
    }
    for order in &orders {
        for epoch in order.chunks(12) {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..12).collect::<Vec<_>>(), "every picture once an epoch");
        }
        assert_ne!(order[..12], order[12..], "in another order each time");
    }
    assert_ne!(orders[0], orders[1]);
    let again = batch(&mut DataLoader::new(data.clone(), 7).with_domains(7), 16);
    assert_eq!(floats(again.domains[0].clone()), floats(all[4].domains[0].clone()));
    assert_eq!(
        floats(again.x),
        floats(batch(&mut DataLoader::new(data.clone(), 7), 16).x),
        "as without domains"
    );
    assert!(batch(&mut DataLoader::new(data.clone(), 7), 0).domains.is_empty());

    let recipe = zoo::recipe("cyclegan").unwrap();
    recipe.check_data(&facts_of(&data)).unwrap();
    let said = recipe.check_data(&facts_of(&load("faces:12", 16))).unwrap_err();
    assert!(
        said.contains("two domains") && said.contains("faces-dusk") && said.contains("domains:DIR"),
        "{said}"
    );
}

/// By its formula in double precision; quick, plain and by changes it is the same, with its gradient.
#[test]
fn instance_norm_looks_at_one_picture_and_channel() {
    let plain = Device::flex();
    let x: Vec<f32> = (0..16).map(|i| (0.7 * i as f32).sin()).collect();
    let of = |device: &Device| Tensor::<4>::from_data(TensorData::new(x.clone(), [1, 2, 2, 4]), device);
    let y = floats(instance_norm(of(&plain), fast::NOTHING));
    for half in 0..2 {
        let (x, y) = (&x[8 * half..][..8], &y[8 * half..][..8]);
        let mean = x.iter().map(|v| f64::from(*v)).sum::<f64>() / 8.0;
        let variance = x.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / 8.0;
        for (x, y) in x.iter().zip(y) {
            let right = (f64::from(*x) - mean) / (variance + 1e-5).sqrt();
            assert!((right - f64::from(*y)).abs() < 1e-5, "{right} {y}");
        }
    }
    let (values, weights) = (numbers(3 * 5 * 6 * 7, 1), numbers(3 * 5 * 6 * 7, 2));
    let tensor = |values: &[f32], device: &Device| {
        Tensor::<4>::from_data(TensorData::new(values.to_vec(), [3, 5, 6, 7]), device)
    };
    let training = plain.clone().autodiff();
    let both = || {
        let x = tensor(&values, &training).require_grad();
        let y = instance_norm(x.clone(), 0.2);
        let gradients = (y.clone() * tensor(&weights, &training)).sum().backward();
        (floats(y.inner()), floats(x.grad(&gradients).unwrap()))
    };
    let ((quick, to_x), (slow, slow_to_x)) = (both(), fast::plainly(both));
    let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 2e-5);
    assert!(near(&quick, &slow) && near(&to_x, &slow_to_x));
    // Each by itself is what it is among others.
    let alone = floats(instance_norm(tensor(&values, &plain).slice_dim(0, 1..2), 0.2));
    assert!(near(&alone, &quick[210..420]));
    // How it moves along a direction, beside a quotient of differences.
    let d = tensor(&weights, &plain);
    let moved =
        dual::norm_each(Dual::along(tensor(&values, &plain), d.clone()), fast::NOTHING).tangent.unwrap();
    let at = |h: f32| instance_norm(tensor(&values, &plain) + d.clone() * h, fast::NOTHING);
    let quotient = (at(1e-2) - at(-1e-2)) / 2e-2;
    let apart = floats((moved - quotient).abs().max())[0];
    assert!(apart < 2e-3, "{apart}");
}

/// The edge is the mirror, and is not doubled; the gradient comes back to where it was mirrored from.
#[test]
fn edges_are_reflected() {
    let device = Device::flex().autodiff();
    let x: Tensor<4> = Tensor::from_data(
        TensorData::new(vec![1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], [1, 1, 3, 3]),
        &device,
    )
    .require_grad();
    let y = reflected(x.clone(), 1);
    let gradients = y.clone().sum().backward();
    let rows = [
        [5., 4., 5., 6., 5.],
        [2., 1., 2., 3., 2.],
        [5., 4., 5., 6., 5.],
        [8., 7., 8., 9., 8.],
        [5., 4., 5., 6., 5.],
    ];
    assert_eq!(floats(y.inner()), rows.concat());
    assert_eq!(floats(x.grad(&gradients).unwrap()), [1., 3., 1., 3., 9., 3., 1., 3., 1.]);
}

/// The first fifty are shown as they come; of later ones about half, and in place of the others old ones, each of which is shown once.
#[test]
fn a_pool_shows_old_pictures() {
    let device = Device::flex().autodiff();
    let mut pool = Pool::new("pool");
    let of = |from: usize, n: usize| -> Tensor<4> {
        let values: Vec<f32> = (from..from + n).map(|v| v as f32).collect();
        Tensor::from_data(TensorData::new(values, [n, 1, 1, 1]), &device)
    };
    let mut noise = Noise::new(3, 0);
    assert_eq!(floats(pool.shown(of(0, SIZE), &mut noise)), (0..50).map(|v| v as f32).collect::<Vec<_>>());
    let shown = floats(pool.shown(of(50, 1000), &mut noise));
    let new = shown.iter().enumerate().filter(|(i, v)| **v == (i + 50) as f32).count();
    assert!((400..600).contains(&new), "{new} of 1000 are shown as they come");
    let mut sorted: Vec<u32> = shown.iter().map(|v| *v as u32).collect();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), 1000, "none is shown twice: what was shown old has left");
    assert_eq!(pool.len(), SIZE);
}

fn begin(out: &Path, more: &[(&str, f64)], resume: bool) -> Session {
    let entry = zoo::find("cyclegan").unwrap();
    let mut settings = entry.recipe.tiny_settings();
    settings.0.extend(more.iter().map(|(name, v)| (name.to_string(), *v)));
    let mut order = TrainOrder {
        recipe: "cyclegan".into(),
        data: "faces-dusk:60".into(),
        settings,
        seed: 3,
        out: Some(out.into()),
        resume,
        ..TrainOrder::default()
    };
    let mut from = None;
    if resume {
        let (recorded, checkpoint) = session::resume(out).unwrap();
        order = session::continued(TrainOrder { data: String::new(), ..order }, recorded, 3);
        from = checkpoint;
    }
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = order.data.parse::<Spec>().unwrap().load(session::want(entry, &order.settings), &job).unwrap();
    Session::new(order, Arc::new(data), &device::cpu().device, from, true).unwrap()
}

/// With pools that are full, a run that was interrupted goes on bit for bit, and D is shown the same old pictures.
#[test]
fn a_full_pool_is_part_of_an_exact_resume() {
    let dir = tempfile::tempdir().unwrap();
    let [cut, whole] = ["cut", "whole"].map(|name| dir.path().join(name));
    let set = [("batch", 16.0), ("field", 1.0), ("size", 28.0)];
    let mut first = begin(&cut, &set, false);
    (0..4).for_each(|_| first.advance());
    let saved = first.save().unwrap().unwrap();
    first.close();
    let checkpoint = zscope::weights::read(&saved).unwrap();
    for pool in ["optimizer.pool_a", "optimizer.pool_b"] {
        assert_eq!(checkpoint.tensors[pool].shape().to_vec(), [50, 3, 28, 28]);
    }
    assert_eq!(checkpoint.card.domains.iter().map(|(n, _)| n.as_str()).collect::<Vec<_>>(), ["day", "dusk"]);
    let mut again = begin(&cut, &set, true);
    let mut one = begin(&whole, &set, false);
    (0..2).for_each(|_| again.advance());
    (0..6).for_each(|_| one.advance());
    let bits = |rows: &[Vec<f32>]| rows.concat().into_iter().map(f32::to_bits).collect::<Vec<_>>();
    assert_eq!(bits(&again.metrics().rows), bits(&one.metrics().rows[4..]));
    let (a, b) = (again.checkpoint().unwrap().tensors, one.checkpoint().unwrap().tensors);
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    // A record of Adam's has its moments in no order of their own; that they are the same the losses tell.
    for (name, data) in a.iter().filter(|(name, _)| !name.ends_with(".adam")) {
        assert!(data.as_bytes() == b[name].as_bytes(), "{name}");
    }
    // A pool of other pictures is refused in a sentence.
    let mut pool = Pool::new("optimizer.pool_a");
    let said = pool.take(&a, [3, 32, 32], &device::cpu().device).unwrap_err();
    assert!(said.contains("no pictures of 32×32"), "{said}");
}

/// There and back again is the way back of the way there; points of both ways are drawn together as one by one; the ways have the domains'
/// names; the cycle costs what both ways round lose.
#[test]
fn a_model_goes_both_ways() {
    let dir = tempfile::tempdir().unwrap();
    let device = device::cpu().device;
    let mut s = begin(&dir.path().join("run"), &[], false);
    (0..2).for_each(|_| s.advance());
    let model = s.model();
    let names: Vec<_> = model.inputs().iter().map(|i| i.name.as_str()).collect();
    assert_eq!(names, [PICTURE, DIRECTION, SHOWN]);
    let zscope::point::Kind::Whole { names, .. } = &model.inputs()[1].kind else { panic!("a choice") };
    assert_eq!(names[..], ["day to dusk", "dusk to day"]);
    let picture = |seed: u64| -> Value {
        Value::Picture(numbers(3 * 32 * 32, seed).iter().map(|v| ((v + 1.0) * 127.0) as u8).collect())
    };
    let point = |seed, way: f32, shown: f32| -> Point {
        let held: Values = [
            (PICTURE.to_string(), picture(seed)),
            (DIRECTION.to_string(), Value::Number(way)),
            (SHOWN.to_string(), Value::Number(shown)),
        ]
        .into();
        Point { z: Vec::new(), held }
    };
    let points = [point(1, 0.0, 0.0), point(1, 1.0, 0.0), point(1, 0.0, 1.0), point(2, 1.0, 1.0)];
    let draw = |points: &[Point]| floats(model.draw(points, &device, &mut Watch::nobody()).unwrap());
    let together = draw(&points);
    let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    for (i, point) in points.iter().enumerate() {
        assert!(near(&draw(std::slice::from_ref(point)), &together[i * 3072..][..3072]), "point {i}");
    }
    assert!(!near(&together[..3072], &together[3072..6144]), "the ways differ");
    let translator = model.model().translator().unwrap();
    let Value::Picture(bytes) = picture(1) else { panic!("a picture") };
    let x: Vec<f32> = bytes.iter().map(|b| f32::from(*b) / 255.0).collect();
    let x = Tensor::<4>::from_data(TensorData::new(x, [1, 3, 32, 32]), &device);
    let there = translator.translate(x, false);
    assert!(near(&floats(there.clone()), &together[..3072]));
    assert!(near(&floats(translator.translate(there, true)), &together[6144..9216]));
    assert_eq!(is_back("Day -> dusk", translator.domains()), Ok(false));
    assert_eq!(is_back("day", translator.domains()), Ok(true));
    assert_eq!(is_back("dusk to day", translator.domains()), Ok(true));
    assert!(is_back("dusk → dusk", translator.domains()).unwrap_err().contains("dusk → day"));
}

/// It learns: after some steps both ways round lose less than at first, and a step of D alone changes no G.
#[test]
fn the_cycle_closes() {
    let dir = tempfile::tempdir().unwrap();
    let set = [("batch", 4.0), ("learning_rate_g", 2e-3), ("size", 28.0), ("field", 1.0)];
    let mut s = begin(&dir.path().join("run"), &set, false);
    (0..24).for_each(|_| s.advance());
    let rows = s.metrics().rows;
    let mean = |rows: &[Vec<f32>]| rows.iter().map(|r| r[2]).sum::<f32>() / rows.len() as f32;
    let (first, last) = (mean(&rows[..3]), mean(&rows[21..]));
    assert!(last < 0.85 * first, "{first} to {last}");
    let weights = |s: &Session, part: &str| -> Vec<u8> {
        let tensors = s.checkpoint().unwrap().tensors;
        tensors.iter().filter(|(n, _)| n.starts_with(part)).flat_map(|(_, d)| d.as_bytes().to_vec()).collect()
    };
    let (g, d) = (weights(&s, "generator_"), weights(&s, "discriminator_"));
    s.change("turn", zoo::common::D_ONLY).unwrap();
    s.advance();
    assert!(weights(&s, "generator_") == g && weights(&s, "discriminator_") != d);
}

/// Domains of two sizes are refused, in a sentence.
#[test]
fn domains_must_be_of_one_kind() {
    let mut facts = facts_of(&load("faces-dusk:2", 32));
    facts.domains[1].1.channels = 1;
    let build = |facts, settings: &Settings| {
        (zoo::find("cyclegan").unwrap().build)(facts, settings, 1, &device::cpu().device).err().unwrap()
    };
    let said = build(&facts, &Settings::default());
    assert!(said.contains("of one size and kind"), "{said}");
}

/// A folder that has CycleGAN's four folders is read as two domains, the first of which comes first.
#[test]
fn two_folders_are_two_domains() {
    let dir = tempfile::tempdir().unwrap();
    for (folder, count, level) in [("trainA", 4, 10), ("trainB", 5, 200), ("testA", 2, 20), ("testB", 1, 220)]
    {
        let folder = dir.path().join(folder);
        std::fs::create_dir(&folder).unwrap();
        for i in 0..count {
            let shade = image::Rgb([level + i, 0, 0]);
            image::RgbImage::from_pixel(40, 30, shade).save(folder.join(format!("{i}.png"))).unwrap();
        }
    }
    let spec = zscope::data::spec::spec_of(dir.path());
    assert!(spec.to_string().starts_with("domains:"), "{spec}");
    let set = load(&spec.to_string(), 16);
    assert_eq!((set.domain.as_str(), set.domains[0].name.as_str()), ("A", "B"));
    let counts =
        [&set.train, &set.test, &set.domains[0].train, &set.domains[0].test].map(|s| s.pictures.len());
    assert_eq!(counts, [4, 2, 5, 1]);
    assert!(
        set.train.pictures.get(0).unwrap()[0] < 20 && set.domains[0].train.pictures.get(0).unwrap()[0] >= 200
    );
    assert_eq!(load(&format!("{spec}?output=left"), 16).domain, "B");
}

fn zscope(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap()
}

/// Trained, asked for figures beside the truth, and given own pictures: a folder with a file that is none, and a single picture.
#[test]
fn own_pictures_are_translated_by_a_command() {
    let dir = tempfile::tempdir().unwrap();
    let mut s = begin(&dir.path().join("run"), &[("size", 28.0), ("field", 1.0)], false);
    s.advance();
    let saved = s.save().unwrap().unwrap();
    s.close();
    let own = dir.path().join("own");
    std::fs::create_dir_all(own.join("deeper")).unwrap();
    let face = faces::World::Dusk.picture(&faces::sample(1, 1, faces::Correlation::CelebaLike), false, 50);
    let face = image::RgbImage::from_raw(50, 50, face).unwrap();
    face.save(own.join("a.png")).unwrap();
    face.save(own.join("a.bmp")).unwrap();
    image::RgbImage::from_pixel(90, 33, image::Rgb([9, 99, 199])).save(own.join("deeper/b.png")).unwrap();
    std::fs::write(own.join("no.png"), b"this is no picture").unwrap();
    let (model, own, out) = (saved.to_str().unwrap(), own.to_str().unwrap(), dir.path().join("out"));
    let args =
        ["translate", model, own, "--out", out.to_str().unwrap(), "--back", "--direction", "day", "--json"];
    let done = zscope(&args);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && said.contains("no.png"), "{said}");
    let lines: Vec<serde_json::Value> =
        String::from_utf8(done.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!((lines[3]["pictures"].as_u64(), lines[3]["left_out"].as_u64()), (Some(3), Some(1)));
    let each: Vec<f64> = lines[..3].iter().map(|l| l["cycle_l1"].as_f64().unwrap()).collect();
    assert!((each.iter().sum::<f64>() / 3.0 - lines[3]["cycle_l1"].as_f64().unwrap()).abs() < 1e-9);
    for name in ["a.png", "a-back.png", "a.png.png", "deeper/b.png", "deeper/b-back.png"] {
        let size = image::image_dimensions(out.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(size, (28, 28), "{name}");
    }
    let wrong = zscope(&["translate", model, own, "--out", "o", "--direction", "noon"]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(wrong.status.code() == Some(2) && said.contains("day → dusk"), "{said}");
    let wrong = zscope(&["translate", "digits-vae", own, "--out", "o"]);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("translates no pictures"));

    let figures = zscope(&["eval", model, "--device", "cpu", "--json"]);
    assert!(figures.status.success(), "{}", String::from_utf8_lossy(&figures.stderr));
    let figures: serde_json::Value = serde_json::from_slice(&figures.stdout).unwrap();
    let ways = figures["translated"].as_array().unwrap();
    assert_eq!((&ways[0]["way"], &ways[1]["way"]), (&"day → dusk".into(), &"dusk → day".into()));
    for way in ways {
        let number = |name: &str| way[name].as_f64().unwrap();
        assert!(number("l1_untouched") > 0.1, "dusk is far from day: {way}");
        // What has learnt nothing is nowhere near.
        assert!(number("l1") > 0.05 && number("right") < 0.9, "{way}");
    }
}

/// The truth scores as the truth: what draws it is at no distance, and every picture is right.
#[test]
fn the_secret_scores_whole() {
    let spec: Spec = "faces-dusk:20".parse().unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let want = Want::square(32, Some(3));
    let [first, second] = spec.truths(want, &job).unwrap().unwrap();
    let data = spec.load(want, &job).unwrap();
    assert_eq!((first.len(), second.len()), (data.test.pictures.len(), data.domains[0].test.pictures.len()));
    for i in 0..20 {
        let dusk = |p: &[u8]| p.chunks(3).flat_map(|p| faces::dusk([p[0], p[1], p[2]])).collect::<Vec<u8>>();
        assert_eq!(dusk(&data.test.pictures.get(i).unwrap()), *first.get(i).unwrap());
        assert_eq!(dusk(&second.get(i).unwrap()), *data.domains[0].test.pictures.get(i).unwrap());
    }
    let other: Spec = "faces:20".parse().unwrap();
    assert!(other.truths(want, &job).unwrap().is_none());
}
