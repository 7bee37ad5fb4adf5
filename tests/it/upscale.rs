//! Super-resolution: the figures of the papers' protocol, bicubic resampling, tiles without seams, phases, own pictures.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, window};
use burn::tensor::{Tensor, TensorData};
use egui_kittest::kittest::Queryable;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::action::Action;
use zscope::action::upscale::Upscaling;
use zscope::data::{Job, Spec};
use zscope::engine::device;
use zscope::engine::message::{Place, TrainOrder};
use zscope::engine::session::{self, Session};
use zscope::metrics::psnr::{Luma, likeness};
use zscope::metrics::upscaled;
use zscope::nn::host::floats;
use zscope::nn::resample::{bicubic, matrix, plain};
use zscope::state::upscale::Pane;
use zscope::tools::upscale::{Plain, upscale};
use zscope::zoo;

/// Numpy has 34.41596883663383 dB and an SSIM of 0.9854772968425813 for these two grey pictures: a = (13x + 7y) mod 256, b = a +
/// (5x + 11y) mod 17 − 8, cut to 0–255, both 20×20; its windows are those where scikit-image's `structural_similarity` with
/// gaussian_weights, sigma 1.5 and use_sample_covariance False takes its mean.
#[test]
fn psnr_and_ssim_are_those_of_the_protocol() {
    let places = || (0..20i32).flat_map(|y| (0..20i32).map(move |x| (x, y)));
    let a: Vec<i32> = places().map(|(x, y)| (13 * x + 7 * y) % 256).collect();
    let b = a.iter().zip(places()).map(|(a, (x, y))| (a + (5 * x + 11 * y) % 17 - 8).clamp(0, 255));
    let b: Vec<f32> = b.map(|v| v as f32 / 255.0).collect();
    let a: Vec<f32> = a.into_iter().map(|v| v as f32 / 255.0).collect();
    let [a, b] = [a, b].map(|p| Luma::of(&p, 1, 20, 20));
    assert!((a.psnr(&b) - 34.415_968_836_633_83).abs() < 1e-6, "{}", a.psnr(&b));
    assert!((a.ssim(&b).unwrap() - 0.985_477_296_842_581_3).abs() < 1e-6, "{:?}", a.ssim(&b));
    assert_eq!(a.ssim(&a), Some(1.0));
    assert_eq!(a.psnr(&a), 100.0);
    // BT.601: white, red, green and blue.
    let of = |rgb: [f32; 3]| Luma::of(&rgb, 3, 1, 1).values[0];
    let said = [of([1.0; 3]), of([1.0, 0.0, 0.0]), of([0.0, 1.0, 0.0]), of([0.0, 0.0, 1.0])];
    for (said, right) in said.into_iter().zip([235.0, 81.481, 144.553, 40.966]) {
        assert!((said - right).abs() < 1e-9, "{said} {right}");
    }
    // What is wrong in the border is not looked at.
    let mut framed = vec![0.5f32; 400];
    framed[..40].fill(1.0);
    assert_eq!(likeness(&framed, &[0.5; 400], [1, 20, 20], 2).psnr, 100.0);
    assert!(likeness(&framed, &[0.5; 400], [1, 20, 20], 1).psnr < 20.0);
    assert_eq!(a.cut(5).ssim(&b.cut(5)), None, "10×10 is smaller than the window");
}

/// Rows add up to 1; a constant and, inside, a slope stay what they are; tensors and plain pictures are the same; inside it is what the
/// crate `image` makes with its cubic of a = −½.
#[test]
fn bicubic_resampling_is_one_and_the_same() {
    for (from, to) in [(64, 16), (16, 64), (64, 32), (20, 40)] {
        let rows = matrix(from, to);
        for row in rows.chunks(from) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
    let (h, w) = (24, 32);
    let values: Vec<f32> = (0..3 * h * w)
        .map(|i| 0.5 + 0.4 * ((i % w) as f32 * 0.3).sin() * ((i / w) as f32 * 0.2).cos())
        .collect();
    let device = device::cpu().device;
    let x = Tensor::<4>::from_data(TensorData::new(values.clone(), [1, 3, h, w]), &device);
    for [high, wide] in [[6, 8], [12, 16], [48, 64], [96, 128]] {
        let tensor = floats(bicubic(x.clone(), [high, wide]));
        let own = plain(&values, 3, [h, w], [high, wide]);
        let apart = tensor.iter().zip(&own).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-5, "{apart}");
        let grey =
            image::ImageBuffer::<image::Luma<f32>, _>::from_raw(w as u32, h as u32, values[..h * w].to_vec());
        let filter = image::imageops::FilterType::CatmullRom;
        let theirs = image::imageops::resize(&grey.unwrap(), wide as u32, high as u32, filter);
        // At the edges they leave out what is outside, and here it is mirrored.
        let edge = if wide > w { 2 * wide / w } else { 2 };
        for y in edge..high - edge {
            for x in edge..wide - edge {
                let (own, theirs) = (own[y * wide + x], theirs.get_pixel(x as u32, y as u32).0[0]);
                assert!((own - theirs).abs() < 2e-3, "{wide}: {own} {theirs} at {x}, {y}");
            }
        }
    }
}

/// A tiny run, with a D that begins at once after two steps.
fn begun(folder: &std::path::Path, more: &[(&str, f64)]) -> Session {
    let entry = zoo::find("srgan").unwrap();
    let mut settings = entry.recipe.tiny_settings();
    settings.0.extend(more.iter().map(|(name, v)| (name.to_string(), *v)));
    let order = TrainOrder {
        recipe: "srgan".into(),
        data: "faces:48".into(),
        settings,
        seed: 3,
        out: Some(folder.join("run")),
        ..TrainOrder::default()
    };
    let spec: Spec = order.data.parse().unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = spec.load(session::want(entry, &order.settings), &job).unwrap();
    Session::new(order, Arc::new(data), &device::cpu().device, None, true).unwrap()
}

/// The squared error alone first, then D and features beside it; figures of pictures that were not learned.
#[test]
fn srresnet_comes_before_srgan() {
    let dir = tempfile::tempdir().unwrap();
    let mut s = begun(dir.path(), &[("adversarial_from", 2.0)]);
    (0..4).for_each(|_| s.advance());
    let rows = s.metrics().rows;
    let there = |row: &Vec<f32>| row.iter().map(|v| v.is_finite()).collect::<Vec<_>>();
    assert_eq!(there(&rows[1]), [false, false, false, true, true, false, false]);
    assert_eq!(there(&rows[2]), [true; 7]);
    let device = device::cpu().device;
    let test = &s.dataset.test;
    let picks: Vec<usize> = (0..test.pictures.len().min(4)).collect();
    let figures = upscaled::measure(&s.model(), test, &picks, &device).unwrap().unwrap();
    assert_eq!(figures.factor, 4);
    assert!(figures.bicubic.psnr > 15.0 && figures.bicubic.energy < 1.0, "{figures:?}");
    assert!(figures.model.psnr < figures.bicubic.psnr, "it has learned nothing yet");
}

/// In tiles a picture is what it is in one piece, whatever its size; grey pictures stay grey; a person's no ends it.
#[test]
fn tiles_have_no_seams() {
    let dir = tempfile::tempdir().unwrap();
    let device = device::cpu().device;
    for factor in [2.0, 4.0] {
        let mut s = begun(&dir.path().join(factor.to_string()), &[("factor", factor), ("blocks", 2.0)]);
        (0..2).for_each(|_| s.advance());
        let model = s.model();
        let (height, width) = (37, 53);
        let values: Vec<f32> = (0..3 * height * width).map(|i| (i * 7919 % 1009) as f32 / 1008.0).collect();
        let picture = Plain { channels: 3, height, width, values };
        let whole = upscale(&model, &picture, 1000, &device, &|_, _| true).unwrap();
        let tiled = upscale(&model, &picture, 16, &device, &|_, _| true).unwrap();
        assert_eq!((whole.height, whole.width), (height * factor as usize, width * factor as usize));
        let apart = whole.values.iter().zip(&tiled.values).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-5, "×{factor}: {apart}");
        let grey =
            Plain { channels: 1, values: picture.values[..height * width].to_vec(), ..picture.clone() };
        assert_eq!(upscale(&model, &grey, 64, &device, &|_, _| true).unwrap().channels, 1);
        assert!(upscale(&model, &picture, 16, &device, &|done, _| done < 3).is_err());
        let (low, large) = picture.made_small(4).unwrap();
        assert_eq!([low.height, low.width, large.height, large.width], [9, 13, 36, 52]);
    }
}

/// A drawn face of the size that a person might have, as a PNG.
fn face(path: &std::path::Path, side: u32) {
    let own = |x: u32, y: u32| image::Rgb([(x * 5 % 256) as u8, (y * 3 % 256) as u8, ((x + y) % 256) as u8]);
    image::RgbImage::from_fn(side + 10, side, own).save(path).unwrap();
}

/// `zscope upscale` enlarges pictures of any size; beside the true ones it says how like them it and bicubic are.
#[test]
fn the_command_enlarges_and_compares() {
    let dir = tempfile::tempdir().unwrap();
    let mut s = begun(dir.path(), &[]);
    (0..2).for_each(|_| s.advance());
    let model = s.save().unwrap().unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    face(&dir.path().join("own.png"), 70);
    let run = |words: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_zscope"));
        let (file, picture, out) = (model.display().to_string(), at("own.png"), at("large"));
        command.args(["upscale", &file, &picture, "--out", &out, "--device", "cpu", "--json"]).args(words);
        command.output().unwrap()
    };
    let said = |out: std::process::Output| -> serde_json::Value {
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    };
    let one = said(run(&[]));
    assert_eq!((&one["width"], &one["height"], &one["bicubic"]), (&320.into(), &280.into(), &().into()));
    assert_eq!(image::image_dimensions(dir.path().join("large/own-x4.png")).unwrap(), (320, 280));
    let one = said(run(&["--from-large"]));
    assert_eq!((&one["width"], &one["height"]), (&80.into(), &68.into()));
    assert!(one["bicubic"]["psnr"].as_f64().unwrap() > one["model"]["psnr"].as_f64().unwrap(), "{one}");
    // A true picture of another size is none.
    let out = run(&["--truth", &at("own.png")]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!out.status.success() && said.contains("80×70 pixels, and enlarged it has 320×280"), "{said}");
}

/// In the window any two of the four stand beside each other, and a file of any size is enlarged.
#[test]
fn a_file_is_enlarged_in_the_window() {
    let dir = tempfile::tempdir().unwrap();
    let mut s = begun(dir.path(), &[]);
    (0..2).for_each(|_| s.advance());
    let model = s.save().unwrap().unwrap();
    face(&dir.path().join("own.png"), 90);
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    app(&mut h).act(Action::Open(model));
    zscope::shot::until(&mut h, "the model", |a| a.state().enlarged_input().is_some()).unwrap();
    assert_eq!(app(&mut h).state().enlarging.beside, [Pane::Bicubic, Pane::Model]);
    h.run_steps(3);
    assert!(h.query_by_label("Enlarge a file…").is_some());
    for (side, pane, then) in [
        (0, Pane::Low, [Pane::Low, Pane::Model]),
        (0, Pane::Model, [Pane::Model, Pane::Low]),
        (1, Pane::Truth, [Pane::Model, Pane::Truth]),
    ] {
        app(&mut h).act(Action::Upscale(Upscaling::Beside(side, pane)));
        assert_eq!(app(&mut h).state().enlarging.beside, then);
    }
    let out = dir.path().join("large.png");
    app(&mut h).act(Action::Upscale(Upscaling::File(dir.path().join("own.png"))));
    app(&mut h).act(Action::Upscale(Upscaling::Save(out.clone())));
    zscope::shot::until(&mut h, "the large picture", |a| a.state().notice.is_some()).unwrap();
    assert_eq!(image::image_dimensions(&out).unwrap(), (400, 360));
    // What is no picture is named, and the window lives.
    std::fs::write(dir.path().join("no.png"), "no picture").unwrap();
    app(&mut h).act(Action::Upscale(Upscaling::File(dir.path().join("no.png"))));
    app(&mut h).act(Action::Upscale(Upscaling::Save(out)));
    zscope::shot::until(&mut h, "the refusal", |a| a.state().failure(Place::Bench).is_some()).unwrap();
    let said = app(&mut h).state().failure(Place::Bench).unwrap_or_default().to_string();
    assert!(said.contains("no.png"), "{said}");
}
