//! The latent tools on the shipped models and on models whose answer is known.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor};
use std::process::Command;
use zscope::data::{Pictures, Split};
use zscope::latent::{Easing, Interpolation, Path};
use zscope::nn::Noise;
use zscope::nn::Watch;
use zscope::nn::network::run::Value;
use zscope::point::Input;
use zscope::tools::arithmetic::Formula;
use zscope::tools::embed::{Embedded, embed, further};
use zscope::tools::film::{Film, film};
use zscope::tools::picture::{Origin, from_planar, is_picture, origin, png};
use zscope::tools::{Labelled, components};
use zscope::zoo::{Given, Held, Model};

const ON: &(dyn Fn(usize, usize) -> bool + Sync) = &|_, _| true;

/// Draws 8×8 grey pictures: sigmoid of a fixed matrix times z. It has no encoder.
struct Linear(Vec<f32>);

const DIMS: usize = 5;

impl Linear {
    fn new() -> Self {
        Self(Noise::new(77, 0).normals(DIMS * 64))
    }

    fn held() -> Held {
        Held::home(Box::new(Self::new()), &Device::flex())
    }

    fn weight(&self, device: &Device) -> Tensor<2> {
        Tensor::<1>::from_floats(self.0.as_slice(), device).reshape([DIMS, 64])
    }
}

impl Model for Linear {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::z(DIMS)]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let z = given.latent(0)?;
        let (n, device) = (z.dims()[0], z.device());
        let hidden = z.matmul(self.weight(&device));
        watch.layer(|| "linear".into(), || Value::Flat(hidden.clone()));
        Some(burn::tensor::activation::sigmoid(hidden).reshape([n, 1, 8, 8]))
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        Some(self.weight(&Device::flex()))
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Self(self.0.clone()))
    }
}

fn drawn(z: &[f32]) -> Vec<f32> {
    let t = Tensor::<1>::from_floats(z, &Device::flex()).reshape([1, DIMS]);
    Linear::held().decode(t).unwrap().into_data().iter::<f32>().collect()
}

#[test]
fn a_picture_is_projected_back_to_its_latent() {
    let z = [0.7, -1.1, 0.2, 1.4, -0.4];
    let pixels = drawn(&z).iter().map(|v| (v * 255.0).round() as u8).collect();
    let pictures = Pictures { width: 8, height: 8, channels: 1, pixels, ..Pictures::default() };
    let split = Split { pictures, ..Split::default() };
    let found = embed(&Linear::held(), &split, 0, &Device::flex(), ON).unwrap();
    assert!(found.psnr_db > 40.0 && found.steps > 0, "{} dB", found.psnr_db);
    assert!(found.z.iter().zip(z).all(|(a, b)| (a - b).abs() < 0.05), "{:?}", found.z);
    // A search goes on from where it stood, here from a bad place.
    let bad = Embedded { z: vec![0.0; DIMS], steps: 4, ..found.clone() };
    let on = further(&Linear::held(), &bad, 20, &Device::flex(), ON).unwrap();
    assert!(on.psnr_db > 40.0 && on.steps > 4 && on.target == found.target, "{} dB", on.psnr_db);
    let stopped = embed(&Linear::held(), &split, 0, &Device::flex(), &|_, _| false);
    assert!(stopped.unwrap_err().contains("cancelled"));
}

#[test]
fn components_without_labels_follow_the_weights() {
    let model = Linear::held();
    let sefa = components::sefa(&model, 2).unwrap();
    let ganspace = components::ganspace(&model, 2, &Device::flex(), ON).unwrap();
    // Of a linear layer both are the directions of largest change: the same, up to the noise of sampling.
    let cosine = zscope::latent::dot(&sefa[0].vector, &ganspace[0].vector).abs();
    assert!(cosine > 0.95, "{cosine}");
    let change = |d: &[f32]| {
        let t = Tensor::<1>::from_floats(d, &Device::flex()).reshape([1, DIMS]);
        model.hidden(t).unwrap().square().sum().into_scalar::<f32>()
    };
    for i in 0..DIMS {
        let mut axis = [0.0; DIMS];
        axis[i] = 1.0;
        assert!(change(&sefa[0].vector) >= change(&axis) - 1e-3);
    }
}

#[test]
fn a_film_is_whole_or_absent() {
    let dir = tempfile::tempdir().unwrap();
    let path = Path {
        keyframes: vec![vec![1.0; DIMS].into(), vec![-1.0; DIMS].into(), vec![0.5; DIMS].into()],
        interpolation: Interpolation::Linear,
        easing: Easing::Smooth,
        closed: true,
        nearest: false,
    };
    let order = |name: &str| Film {
        path: path.clone(),
        frames: 12,
        fps: 25.0,
        height: 32,
        smooth: false,
        out: dir.path().join(name),
    };
    let (model, device) = (Linear::held(), Device::flex());
    for name in ["a.gif", "a.png", "a.apng", "stills"] {
        film(&model, &order(name), &device, ON).unwrap();
    }
    use image::AnimationDecoder;
    let gif = std::fs::File::open(dir.path().join("a.gif")).unwrap();
    let frames = image::codecs::gif::GifDecoder::new(std::io::BufReader::new(gif))
        .unwrap()
        .into_frames()
        .collect_frames();
    let frames = frames.unwrap();
    assert_eq!(frames.len(), 12);
    assert_eq!(frames[0].delay().numer_denom_ms(), (40, 1));
    let apng = std::fs::File::open(dir.path().join("a.png")).unwrap();
    let decoder = image::codecs::png::PngDecoder::new(std::io::BufReader::new(apng)).unwrap();
    assert_eq!(decoder.apng().unwrap().into_frames().count(), 12);
    // The stills are the model's pictures, exactly.
    for (i, z) in path.frames(12).iter().enumerate() {
        let still = image::open(dir.path().join(format!("stills/{i:05}.png"))).unwrap().into_rgb8();
        let whole = from_planar(&drawn(&z.z), 1, 8, 8);
        assert_eq!(still.get_pixel(13, 22), whole.get_pixel(3, 5));
    }
    let stop = |done: usize, _: usize| done < 5;
    assert!(film(&model, &order("cut.gif"), &device, &stop).is_err());
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|n| n.to_string_lossy().starts_with("cut")), "{left:?}");
    let nowhere = Film { out: "/nonexistent/x.gif".into(), ..order("x.gif") };
    assert!(film(&model, &nowhere, &device, ON).unwrap_err().contains("could not be written"));
}

#[test]
fn a_picture_carries_its_latent() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("face.png");
    let z = Noise::new(5, 5).normals(64);
    let said = Origin {
        model: "faces-vae".into(),
        fingerprint: "f".into(),
        z,
        prior: Default::default(),
        held: Default::default(),
    };
    std::fs::write(&path, png(&from_planar(&[0.5; 64], 1, 8, 8), Some(&said)).unwrap()).unwrap();
    assert_eq!(origin(&path), Some(said));
    assert!(is_picture(&path));
    std::fs::write(&path, png(&from_planar(&[0.5; 64], 1, 8, 8), None).unwrap()).unwrap();
    assert_eq!(origin(&path), None);
    std::fs::write(&path, b"\x89PNG\r\n\x1a\nrubbish").unwrap();
    assert_eq!(origin(&path), None);
    std::fs::write(&path, b"{}").unwrap();
    assert!(!is_picture(&path) && origin(&path).is_none());
}

#[test]
fn a_formula_chooses_its_groups() {
    let f: Formula = "Smiling, -Male".parse().unwrap();
    let carry = Formula::Carry { what: ("Smiling".into(), true), whom: ("Male".into(), false) };
    assert_eq!(f, carry);
    for wrong in ["Smiling", "a,b,c,d", ",b", ""] {
        assert!(wrong.parse::<Formula>().is_err(), "{wrong}");
    }
    let labelled = Labelled {
        z: vec![vec![0.0]; 4],
        names: vec!["S".into(), "M".into()],
        has: vec![vec![true, false, false, true], vec![false, false, true, true]],
        seen: Vec::new(),
    };
    let f: Formula = "s,m".parse().unwrap();
    assert_eq!(f.candidates(&labelled).unwrap(), [vec![0], vec![1], vec![2]]);
    // Where a judge looked, a poor example does not count.
    let seen = vec![vec![0.95, 0.05, 0.02, 0.5], vec![0.01, 0.02, 0.97, 0.99]];
    let looked = Labelled { seen, ..labelled.clone() };
    assert_eq!(f.candidates(&looked).unwrap(), [vec![0], vec![1], vec![2]]);
    let unsure = vec![vec![0.6, 0.05, 0.02, 0.5], vec![0.01, 0.02, 0.97, 0.99]];
    assert!(f.candidates(&Labelled { seen: unsure, ..labelled.clone() }).is_err());
    // Classes, whatever else they have.
    let classes: Formula = "s,m,s".parse().unwrap();
    assert_eq!(classes.candidates(&labelled).unwrap(), [vec![0, 3], vec![2, 3], vec![0, 3]]);
    assert!(!labelled.exclusive());
    let has = vec![vec![true, false, false, false], vec![false, false, true, true]];
    assert!(Labelled { has, ..labelled.clone() }.exclusive());
    let unknown: Formula = "x,m".parse().unwrap();
    assert!(unknown.candidates(&labelled).unwrap_err().contains("there are S, M"));
}

/// What the command prints, as JSON lines.
fn zscope(words: &[&str]) -> Vec<serde_json::Value> {
    let out = Command::new(env!("CARGO_BIN_EXE_zscope"))
        .args(words)
        .args(["--device", "cpu", "--json"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn the_shipped_smile_works() {
    let said = &zscope(&["directions", "faces-vae", "--attribute", "Smiling", "--evaluate", "100"])[0];
    assert!(said["success"].as_f64().unwrap() >= 0.85, "{said}");
    for kept in ["Eyeglasses", "Male", "Blond_Hair"] {
        assert!(said["kept"][kept].as_f64().unwrap() >= 0.9, "{kept}: {said}");
    }
}

#[test]
fn pictures_are_edited_and_brought_back_on_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_string();
    let (plain, smiling, gif, figure) =
        (file("plain.png"), file("smiling.png"), file("w.gif"), file("f.png"));
    let first = &zscope(&["edit", "faces-vae", "--from", "7", "--out", &plain])[0];
    // A PNG that zscope saved is its latent, exactly.
    let again = &zscope(&["edit", "faces-vae", "--from", &plain, "--move", "Smiling", "--out", &smiling])[0];
    assert_ne!(first["z"], again["z"]);
    let same = &zscope(&["edit", "faces-vae", "--from", &plain])[0];
    assert_eq!(first["z"], same["z"]);
    assert_ne!(std::fs::read(&plain).unwrap(), std::fs::read(&smiling).unwrap());
    let whole = &zscope(&["edit", "faces-vae", "--from", &smiling, "--set", "0=1.5", "--out", &smiling])[0];
    assert_eq!(whole["z"][0], 1.5);
    zscope(&[
        "walk",
        "faces-vae",
        "--key",
        "3",
        "--key",
        &plain,
        "--frames",
        "6",
        "--height",
        "64",
        "--out",
        &gif,
    ]);
    assert!(std::fs::read(&gif).unwrap().starts_with(b"GIF89a"));
    let sum = &zscope(&[
        "edit",
        "faces-vae",
        "--arithmetic",
        "Smiling,Male",
        "--count",
        "300",
        "--evaluate",
        "20",
        "--out",
        &figure,
    ])[0];
    assert!((0.0..=1.0).contains(&sum["success"].as_f64().unwrap()));
    assert!(image::open(&figure).unwrap().width() > 64 * 6);
    let found = &zscope(&["project", "digits-gan", "--image", &plain, "--steps", "2"])[0];
    assert_eq!(found["z"].as_array().unwrap().len(), 100);
    for wrong in [
        vec!["edit", "faces-vae", "--move", "Nothing"],
        vec!["edit", "faces-vae", "--from", "nothing.png"],
        vec!["edit", "faces-vae", "--residual"],
        vec!["edit", "faces-vae", "--set", "999=1"],
        vec!["walk", "faces-vae", "--fps", "0", "--out", &gif],
        vec!["directions", "faces-vae", "--attribute", "Nothing"],
        vec!["directions", "faces-vae", "--method", "sefa", "--attribute", "Smiling"],
    ] {
        let out = Command::new(env!("CARGO_BIN_EXE_zscope"))
            .args(&wrong)
            .args(["--device", "cpu"])
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(2), "{wrong:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
}

#[test]
fn latent_space_is_mapped_on_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_string();
    let (png, csv) = (file("m.png"), file("m.csv"));
    let said = &zscope(&["map", "plane", "digits-vae-2d", "--n", "7", "--rule", "sigma", "--out", &png])[0];
    assert_eq!(image::image_dimensions(&png).unwrap(), (7 * 28, 7 * 28), "{said}");
    // Up is up: the middle cell of the left column is what the model draws at (−2.14, 0) σ of the plane's axes.
    let [across, up] = ["across", "up"].map(|k| said[k].as_u64().unwrap() as usize);
    let mut z = [0.0; 2];
    (z[across], z[up]) = (-2.5 + 2.5 / 7.0, 2.5 - 2.5 / 7.0);
    std::fs::write(file("corner.txt"), format!("{} {}", z[0], z[1])).unwrap();
    zscope(&["edit", "digits-vae-2d", "--from", &file("corner.txt"), "--out", &file("corner.png")]);
    let (whole, corner) = (image::open(&png).unwrap().into_rgb8(), image::open(file("corner.png")).unwrap());
    let corner = corner.resize_exact(28, 28, image::imageops::FilterType::Triangle).into_rgb8();
    let differ = |x: u32, y: u32| -> f64 {
        let part = image::imageops::crop_imm(&whole, x * 28, y * 28, 28, 28).to_image();
        let sum: u32 = part.iter().zip(corner.iter()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        f64::from(sum) / corner.len() as f64
    };
    let [here, else_where] = [differ(0, 0), differ(6, 6)];
    assert!(here < 4.0 && else_where > 2.0 * here, "{here} and {else_where}");

    let rows = zscope(&["map", "strips", "digits-vae", "--out", &png]);
    assert_eq!(rows.len(), 20);
    assert!(rows.windows(2).all(|w| w[0]["importance"].as_f64() >= w[1]["importance"].as_f64()));
    assert_eq!(image::image_dimensions(&png).unwrap(), (5 * 28, 20 * 28));

    let points = ["map", "points", "digits-vae", "--data", "digits:60", "--count", "50", "--by"];
    let with = |last: [&str; 3]| zscope(&[&points[..], &last[..]].concat());
    assert_eq!(with(["pca", "--out", &csv])[0]["points"], 50);
    let table = std::fs::read_to_string(&csv).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 51);
    assert!(lines[0].starts_with("x,y,") && lines[0].ends_with(",z19"), "{}", lines[0]);
    assert!(lines.iter().all(|l| l.split(',').count() == lines[0].split(',').count()));
    with(["tsne", "--out", &png]);
    assert_eq!(image::image_dimensions(&png).unwrap(), (24 * 28, 24 * 28));

    // A training picture's own encoding finds that picture's like; a model without an encoder is served as well.
    for model in ["digits-vae", "digits-gan"] {
        let found =
            &zscope(&["map", "nearest", model, "--from", "3", "--data", "digits:200", "--out", &png])[0];
        let all = found["nearest"].as_array().unwrap();
        assert_eq!((all.len(), found["looked_at"].as_u64().unwrap() > 100), (6, true), "{found}");
        assert!(all.windows(2).all(|w| w[0]["difference"].as_f64() <= w[1]["difference"].as_f64()));
        assert_eq!(image::image_dimensions(&png).unwrap(), (7 * 28 + 7, 28));
    }
}

#[test]
fn two_models_draw_the_same_latents() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).to_str().unwrap().to_string();
    let draw = |model: &str, against: &[&str], out: &str| {
        zscope(&[&["sample", model, "--n", "6", "--out", out], against].concat());
        image::open(out).unwrap().into_rgb8()
    };
    // A copy that differs: a 2-D VAE against itself shows the same rows twice.
    let one = draw("digits-vae-2d", &[], &file("a.png"));
    let both = draw("digits-vae-2d", &["--against", "digits-vae-2d"], &file("b.png"));
    assert_eq!((both.width(), both.height()), (one.width(), 2 * one.height()));
    for row in 0..2 {
        let of = |picture: &image::RgbImage, y| {
            image::imageops::crop_imm(picture, 0, y, picture.width(), 28).to_image()
        };
        let wanted = of(&one, row * 28);
        assert_eq!(of(&both, row * 56), wanted);
        assert_eq!(of(&both, row * 56 + 28), wanted);
    }
    let out = Command::new(env!("CARGO_BIN_EXE_zscope"))
        .args([
            "sample",
            "digits-vae",
            "--against",
            "digits-vae-2d",
            "--out",
            &file("c.png"),
            "--device",
            "cpu",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!out.status.success() && said.contains("20 numbers") && said.contains("of 2"), "{said}");
}
