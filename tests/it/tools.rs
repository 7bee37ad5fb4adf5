//! The latent tools on the shipped models and on models whose answer is known.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor};
use std::process::Command;
use zscope::data::{Pictures, Split};
use zscope::latent::{Easing, Interpolation, Path};
use zscope::nn::Noise;
use zscope::tools::arithmetic::Formula;
use zscope::tools::embed::embed;
use zscope::tools::film::{Film, film};
use zscope::tools::picture::{Origin, from_planar, is_picture, origin, png};
use zscope::tools::{Labelled, components};
use zscope::zoo::Model;

const ON: &(dyn Fn(usize, usize) -> bool + Sync) = &|_, _| true;

/// Draws 8×8 grey pictures: sigmoid of a fixed matrix times z. It has no encoder.
struct Linear(Vec<f32>);

const DIMS: usize = 5;

impl Linear {
    fn new() -> Self {
        Self(Noise::new(77, 0).normals(DIMS * 64))
    }

    fn weight(&self, device: &Device) -> Tensor<2> {
        Tensor::<1>::from_floats(self.0.as_slice(), device).reshape([DIMS, 64])
    }
}

impl Model for Linear {
    fn decode(&self, z: Tensor<2>) -> Option<Tensor<4>> {
        let (n, device) = (z.dims()[0], z.device());
        Some(burn::tensor::activation::sigmoid(z.matmul(self.weight(&device))).reshape([n, 1, 8, 8]))
    }

    fn hidden(&self, z: Tensor<2>) -> Option<Tensor<2>> {
        let device = z.device();
        Some(z.matmul(self.weight(&device)))
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        Some(self.weight(&Device::flex()))
    }

    fn latent_dims(&self) -> usize {
        DIMS
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Self(self.0.clone()))
    }
}

fn drawn(z: &[f32]) -> Vec<f32> {
    let t = Tensor::<1>::from_floats(z, &Device::flex()).reshape([1, DIMS]);
    Linear::new().decode(t).unwrap().into_data().iter::<f32>().collect()
}

#[test]
fn a_picture_is_projected_back_to_its_latent() {
    let z = [0.7, -1.1, 0.2, 1.4, -0.4];
    let pixels = drawn(&z).iter().map(|v| (v * 255.0).round() as u8).collect();
    let pictures = Pictures { width: 8, height: 8, channels: 1, pixels };
    let split = Split { pictures, attributes: Vec::new() };
    let found = embed(&Linear::new(), &split, 0, &Device::flex(), ON).unwrap();
    assert!(found.psnr_db > 40.0 && found.steps > 0, "{} dB", found.psnr_db);
    assert!(found.z.iter().zip(z).all(|(a, b)| (a - b).abs() < 0.05), "{:?}", found.z);
    let stopped = embed(&Linear::new(), &split, 0, &Device::flex(), &|_, _| false);
    assert_eq!(stopped.unwrap_err(), zscope::tools::CANCELLED);
}

#[test]
fn components_without_labels_follow_the_weights() {
    let model = Linear::new();
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
        keyframes: vec![vec![1.0; DIMS], vec![-1.0; DIMS], vec![0.5; DIMS]],
        interpolation: Interpolation::Linear,
        easing: Easing::Smooth,
        closed: true,
    };
    let order = |name: &str| Film {
        path: path.clone(),
        frames: 12,
        fps: 25.0,
        height: 32,
        smooth: false,
        out: dir.path().join(name),
    };
    let (model, device) = (Linear::new(), Device::flex());
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
        let whole = from_planar(&drawn(z), 1, 8, 8);
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
    let said = Origin { model: "faces-vae".into(), fingerprint: "f".into(), z };
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
