//! The classifier of attributes, and what `eval` says with it.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor};
use serde_json::Value;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::data::{Attribute, AttributeKind, Dataset, Job, Pictures, Spec, Split, Want};
use zscope::engine::message::TrainOrder;
use zscope::engine::session::Session;
use zscope::metrics::evaluate::evaluate;
use zscope::metrics::judge::{Named, Reading};
use zscope::shipped;
use zscope::weights::Checkpoint;
use zscope::zoo::{Model, Posterior, Settings, augment};

fn faces(count: usize) -> Arc<Dataset> {
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let spec: Spec = format!("faces:{count}").parse().unwrap();
    Arc::new(spec.load(Want::square(28, None), &job).unwrap())
}

fn order(extra: &[(&str, f64)]) -> TrainOrder {
    let small = [("width", 4.0), ("batch", 32.0)];
    let settings = small.iter().chain(extra).map(|(name, v)| (name.to_string(), *v)).collect();
    TrainOrder {
        recipe: "classifier".into(),
        data: "faces:300".into(),
        settings: Settings(settings),
        seed: 3,
        ..TrainOrder::default()
    }
}

fn session(data: &Arc<Dataset>, extra: &[(&str, f64)], from: Option<Checkpoint>) -> Session {
    Session::new(order(extra), data.clone(), &Device::flex(), from, false).unwrap()
}

#[test]
fn held_out_faces_are_the_same_alone() {
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let alone = "faces:300".parse::<Spec>().unwrap().load_held_out(Want::square(28, None), &job).unwrap();
    let whole = faces(300).test.clone();
    assert_eq!(alone.test.pictures, whole.pictures);
    // Bit for bit, as no number is no equal of itself.
    let bits = |s: &Split| -> Vec<Vec<u32>> {
        s.attributes.iter().map(|a| a.values.iter().map(|v| v.to_bits()).collect()).collect()
    };
    assert_eq!(bits(&alone.test), bits(&whole));
}

#[test]
fn attributes_are_learnt_and_named_in_the_checkpoint() {
    let data = faces(300);
    let mut session = session(&data, &[("blur", 0.5), ("noise", 0.02)], None);
    (0..60).for_each(|_| session.advance());
    let rows = session.metrics().rows;
    let mean = |part: &[Vec<f32>], i: usize| part.iter().map(|r| r[i]).sum::<f32>() / part.len() as f32;
    let (first, last) = (mean(&rows[..5], 0), mean(&rows[55..], 0));
    assert!((0.5..0.9).contains(&first), "fresh weights know nothing: ln 2 an attribute, not {first}");
    assert!(last < 0.75 * first, "from {first} to {last}");
    assert!(mean(&rows[55..], 1) > mean(&rows[..5], 1) + 0.1);
    let checkpoint = Checkpoint::from_bytes(&session.checkpoint().unwrap().to_bytes().unwrap()).unwrap();
    let names: Vec<_> = data.train.binary().iter().map(|a| a.name.clone()).collect();
    assert_eq!(checkpoint.card.outputs, names);
    assert_eq!(names[0], "Smiling");
    assert_eq!(checkpoint.tensors["classes.weight"].shape().to_vec(), [names.len(), 64]);
}

#[test]
fn with_blur_and_noise_resuming_still_continues_exactly() {
    let data = faces(300);
    let extra = [("blur", 1.0), ("noise", 0.05)];
    let mut whole = session(&data, &extra, None);
    (0..12).for_each(|_| whole.advance());
    let mut half = session(&data, &extra, None);
    (0..5).for_each(|_| half.advance());
    let saved = Checkpoint::from_bytes(&half.checkpoint().unwrap().to_bytes().unwrap()).unwrap();
    let mut rest = session(&data, &extra, Some(saved.clone()));
    (5..12).for_each(|_| rest.advance());
    let (a, b) = (whole.checkpoint().unwrap(), rest.checkpoint().unwrap());
    for (name, data) in a.tensors.iter().filter(|(name, _)| !name.starts_with("optimizer")) {
        assert_eq!(data.as_bytes(), b.tensors[name].as_bytes(), "{name} differs");
    }
    // Of other labels it says so.
    let mut other = (*data).clone();
    other.train.attributes[0].name = "Frowning".into();
    let refused = Session::new(order(&extra), Arc::new(other), &Device::flex(), Some(saved), false);
    let message = refused.err().expect("must fail");
    assert!(message.contains("Smiling") && message.contains("other labels"), "{message}");
}

#[test]
fn blur_and_noise_do_what_they_say() {
    let device = Device::flex();
    let floats = |t: Tensor<4>| t.into_data().iter::<f32>().collect::<Vec<_>>();
    let data: Vec<f32> = (0..2 * 3 * 8 * 8).map(|i| ((i * 7) % 11) as f32 / 10.0).collect();
    let x = Tensor::<1>::from_floats(data.as_slice(), &device).reshape([2, 3, 8, 8]);
    let y = floats(augment::blur(x.clone(), &[0.0, 1.0]));
    let spread = |v: &[f32]| {
        let mean = v.iter().sum::<f32>() / v.len() as f32;
        v.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / v.len() as f32
    };
    let (sharp, soft) = (&y[..192], &y[192..]);
    assert!(sharp.iter().zip(&data).all(|(a, b)| (a - b).abs() < 1e-6), "σ = 0 changes nothing");
    assert!(spread(soft) < 0.4 * spread(&data[192..]), "σ = 1 smooths");
    // A lone point becomes a Gaussian of that σ, the same both ways.
    let mut point = vec![0.0; 81];
    point[4 * 9 + 4] = 1.0;
    let x = Tensor::<1>::from_floats(point.as_slice(), &device).reshape([1, 1, 9, 9]);
    let y = floats(augment::blur(x, &[1.0]));
    let [centre, right, below] = [y[4 * 9 + 4], y[4 * 9 + 5], y[5 * 9 + 4]];
    assert!((right / centre - (-0.5f32).exp()).abs() < 1e-3 && (right - below).abs() < 1e-6);
    // Edges keep their brightness.
    let flat = floats(augment::blur(Tensor::full([1, 1, 8, 8], 0.5, &device), &[2.0]));
    assert!(flat.iter().all(|v| (v - 0.5).abs() < 1e-5), "{flat:?}");
}

#[test]
fn a_discriminator_looks_through_a_veil_that_gradients_pass() {
    let device = Device::flex().autodiff();
    let recipe = zscope::zoo::find("dcgan").unwrap().recipe;
    let veil = |x: Tensor<4>, settings: &[(&str, f64)]| {
        let settings = Settings(settings.iter().map(|(n, v)| (n.to_string(), *v)).collect());
        augment::instance_noise(x, &mut zscope::nn::Noise::new(3, 0), recipe, &settings, 2.0)
    };
    let shape = [6, 3, 8, 8];
    let drawn = |seed| zscope::nn::Noise::new(seed, 0).normal([6, 192], &device).reshape(shape);
    let floats = |t: Tensor<4>| t.into_data().iter::<f32>().collect::<Vec<_>>();
    let x = drawn(1);
    assert_eq!(floats(veil(x.clone(), &[])), floats(x.clone()), "0 changes no bit");
    // All pictures alike, by the one σ.
    let blurred = floats(veil(x.clone(), &[("blur", 1.5)]));
    let apart = blurred.iter().zip(floats(augment::blur(x.clone(), &[1.5; 6])));
    assert!(apart.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 1e-6);
    // Noise of the σ on the pictures' own scale, which is twice as wide as 0–1.
    let grain = floats(veil(Tensor::zeros(shape, &device), &[("noise", 0.25)]));
    let sigma = (grain.iter().map(|v| v * v).sum::<f32>() / grain.len() as f32).sqrt();
    assert!((sigma - 0.5).abs() < 0.03, "{sigma}");
    // Blur is linear and noise adds a constant, so ⟨blur(x), m⟩ = ⟨x, gradient⟩.
    let (x, m) = (drawn(1).require_grad(), drawn(2));
    let seen = veil(x.clone(), &[("blur", 1.5), ("noise", 0.25)]);
    let gradients = (seen * m.clone()).sum().backward();
    let gradient = x.grad(&gradients).expect("a gradient that reaches G");
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let here = dot(&floats(x), &floats(gradient));
    let there = dot(&blurred, &floats(m));
    assert!((here - there).abs() < 1e-3 && there.abs() > 0.1, "{here} and {there}");
}

/// Pictures of 4×4 whose first pixels are their attributes.
fn told(count: usize, side: usize, channels: usize) -> Split {
    let mut pictures = Pictures::empty(side, side, channels);
    let bit = |i: usize, k: usize| ((i * 2654435761) >> (7 + k)) & 1;
    for i in 0..count {
        let mut picture = vec![0u8; pictures.stride()];
        (0..3).for_each(|k| picture[k * channels] = 255 * bit(i, k) as u8);
        pictures.pixels.extend(picture);
    }
    let column = |k: usize| {
        let values = (0..count).map(|i| bit(i, k) as f32).collect();
        Attribute::new(format!("pixel {k}"), AttributeKind::Binary, values)
    };
    Split { pictures, attributes: (0..3).map(column).collect(), ..Split::default() }
}

/// A judge that is always right about [`told`]: it reads the pixels that are the attributes.
#[derive(Clone)]
struct Perfect;

impl Model for Perfect {
    fn classify(&self, x: Tensor<4>) -> Option<(Tensor<2>, Tensor<2>)> {
        let n = x.dims()[0];
        let first = x.slice([0..n, 0..1, 0..1, 0..3]).reshape([n, 3]);
        Some(((first.clone() - 0.5) * 100.0, first))
    }

    fn independent(&self) -> bool {
        true
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

fn perfect() -> zscope::zoo::Held {
    zscope::zoo::Held::home(Box::new(Perfect), &Device::flex())
}

/// A VAE that gives back exactly what it got, or its negative: the pixels are the latents.
#[derive(Clone)]
struct Mirror {
    negative: bool,
}

impl Model for Mirror {
    fn inputs(&self) -> Vec<zscope::point::Input> {
        vec![zscope::point::Input::z(16)]
    }

    fn forward(&self, given: &zscope::zoo::Given, _: &mut zscope::nn::Watch<'_>) -> Option<Tensor<4>> {
        let z = given.latent(0)?;
        let n = z.dims()[0];
        let x = z.reshape([n, 1, 4, 4]);
        Some(if self.negative { x * -1.0 + 1.0 } else { x })
    }

    fn encodes(&self) -> bool {
        true
    }

    fn encode(&self, x: Tensor<4>, _: &zscope::zoo::Given) -> Option<Posterior> {
        let mean = x.flatten::<2>(1, 3);
        Some((mean.clone(), mean * 0.0 - 10.0))
    }

    fn reconstruction(&self, x: Tensor<4>, _: &zscope::zoo::Given) -> Option<Tensor<1>> {
        Some(x.flatten::<2>(1, 3).sum_dim(1).flatten::<1>(0, 1) * 0.0)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

#[test]
fn a_perfect_judge_of_identical_pictures_agrees_always() {
    let (device, test) = (Device::flex(), told(600, 4, 1));
    let names: Vec<String> = (0..3).map(|k| format!("pixel {k}")).collect();
    let judge = Named { model: &Perfect, outputs: &names };
    for negative in [false, true] {
        let subject = zscope::zoo::Held::home(Box::new(Mirror { negative }), &device);
        let f = evaluate(&subject, &[], &test, Some(judge), (4000, Default::default()), &device).unwrap();
        let agreement = f.attribute_agreement.unwrap();
        let wanted = if negative { 0.0 } else { 1.0 };
        assert_eq!(agreement.0.iter().map(|(n, v)| (n.clone(), *v)).collect::<Vec<_>>(), {
            names.iter().map(|n| (n.clone(), wanted)).collect::<Vec<_>>()
        });
        assert_eq!(
            (f.judge_accuracy, f.confident_share_real, f.confident_share_mean_real),
            (Some(1.0), Some(1.0), Some(1.0))
        );
        // Samples are N(0, 1): above ½ with probability 0.3085; sure below 0.478 or above 0.522, so 0.983 of them.
        let frequency = f.attribute_frequency.unwrap();
        let (mut gap, mut near) = (0.0f64, 0);
        for (k, (name, v)) in frequency.0.iter().enumerate() {
            let above = if negative { 1.0 - 0.3085 } else { 0.3085 };
            assert!((v.samples - above).abs() < 0.03, "{name}: {v:?}");
            let truth = test.attributes[k].values.iter().sum::<f32>() as f64 / 600.0;
            assert!((v.data - truth).abs() < 1e-9, "{name}: {v:?}, {truth}");
            let difference = 100.0 * (v.samples - v.data).abs();
            (gap, near) = (gap.max(difference), near + usize::from(difference <= 5.0));
        }
        assert_eq!((f.attribute_frequency_gap_max, f.attributes_within_5_points), (Some(gap), Some(near)));
        let (every, mean) = (f.confident_share.unwrap(), f.confident_share_mean.unwrap());
        assert!((mean - 0.985).abs() < 0.01 && (every - mean.powi(3)).abs() < 0.02, "{every}, {mean}");
        assert!(f.frechet.unwrap() > 0.1 && f.psnr_db.unwrap() > if negative { -1.0 } else { 90.0 });
    }
}

#[test]
fn of_many_held_out_pictures_an_even_selection_is_used() {
    let (device, test) = (Device::flex(), told(2500, 64, 3));
    let names: Vec<String> = ["pixel 0", "unknown", "pixel 2"].map(String::from).to_vec();
    let f = evaluate(&perfect(), &names, &test, None, (0, Default::default()), &device).unwrap();
    assert_eq!((f.pictures, f.held_out), (2000, 2500));
    let accuracy = f.attribute_accuracy.unwrap();
    assert_eq!(
        accuracy.0.iter().map(|(n, v)| (n.as_str(), *v)).collect::<Vec<_>>(),
        [("pixel 0", 1.0), ("pixel 2", 1.0)]
    );
    assert_eq!((f.accuracy, f.confident_share), (Some(1.0), Some(1.0)));
    // Labels without any of its names: what cannot be known is absent.
    let strangers = vec!["a".to_string(), "b".to_string(), "c".to_string()];
    let few = test.head(300);
    let f = evaluate(&perfect(), &strangers, &few, None, (0, Default::default()), &device).unwrap();
    assert_eq!((f.accuracy, f.attribute_accuracy, f.confident_share), (None, None, Some(1.0)));
}

#[test]
fn sureness_counts_whole_pictures_and_single_attributes() {
    let probabilities = vec![vec![0.95, 0.02], vec![0.5, 0.99], vec![0.9, 0.1], vec![0.3, 0.6]];
    let reading = Reading { features: Vec::new(), probabilities };
    assert_eq!(reading.sure_of_attributes(), (0.5, 5.0 / 8.0));
    assert_eq!(reading.frequencies(), [0.75, 0.5]);
    let other = Reading { probabilities: vec![vec![0.1, 0.1]; 4], ..Reading::default() };
    assert_eq!(reading.agreement(&other), [0.25, 0.5]);
}

#[test]
fn old_checkpoints_still_read() {
    for model in shipped::MODELS {
        let card = Checkpoint::from_bytes(model.bytes).unwrap().card;
        assert!(card.outputs.is_empty(), "{} tells nothing", model.name);
    }
    // A judge that was saved before outputs had names tells ten classes all the same.
    let mut digits = Checkpoint::from_bytes(shipped::find("digits-judge").unwrap()).unwrap();
    let mut card = serde_json::to_value(&digits.card).unwrap();
    assert!(card.as_object_mut().unwrap().remove("outputs").is_some());
    assert!(card["shape"].as_object_mut().unwrap().remove("attributes").is_some());
    digits.card = serde_json::from_value(card).unwrap();
    assert!(digits.card.outputs.is_empty() && digits.card.shape.attributes == 0);
    let device = Device::flex();
    let model = zscope::engine::session::explore(&digits, &device).unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let want = Want::square(28, Some(1));
    let data = "digits:300".parse::<Spec>().unwrap().load(want, &job).unwrap();
    let f = evaluate(&model, &[], &data.test, None, (0, Default::default()), &device).unwrap();
    assert!(f.accuracy.is_some_and(|a| a > 0.5) && f.attribute_accuracy.is_none(), "{f:?}");
    assert!(f.confident_share.is_some() && f.confident_share_mean.is_none(), "{f:?}");
}

fn zscope(words: &[&str]) -> Vec<Value> {
    let out = Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap();
    assert!(out.status.success(), "{words:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn faces_are_judged_by_the_shipped_judge() {
    let judge = shipped::find("faces-judge").unwrap();
    assert!(judge.len() < 1_500_000, "{} bytes", judge.len());
    let own = &zscope(&["eval", "faces-judge", "--data", "faces:500", "--device", "cpu", "--json"])[0];
    let told = |name: &str| own["attribute_accuracy"][name].as_f64().unwrap();
    assert!(own["accuracy"].as_f64().unwrap() > 0.95, "{own}");
    assert!(told("Smiling") > 0.9 && told("Eyeglasses") > 0.98, "{own}");
    let words = ["eval", "faces-vae", "--data", "faces:500", "--samples", "250", "--device", "cpu", "--json"];
    let f = &zscope(&words)[0];
    assert_eq!(f["judge"], "faces-judge");
    assert!(f["attribute_agreement"]["Eyeglasses"].as_f64().is_some_and(|a| a > 0.9), "{f}");
    // A judge of faces has nothing to say of shapes.
    let words = ["eval", "faces-vae", "--data", "shapes:20", "--device", "cpu", "--json"];
    let f = &zscope(&words)[0];
    assert!(f["psnr_db"].is_number() && f.get("judge").is_none() && f.get("frechet").is_none(), "{f}");
}

/// Trains a small model of 28×28 colour faces for a few steps and gives the checkpoint.
fn trained(recipe: &str, folder: &std::path::Path, set: &[&str]) -> String {
    let out = folder.join(recipe);
    let mut words =
        vec!["train", recipe, "--data", "faces:500", "--steps", "40", "--device", "cpu", "--json"];
    words.extend(["--out", out.to_str().unwrap(), "--set", "size=28", "--set", "batch=16"]);
    set.iter().for_each(|s| words.extend(["--set", s]));
    zscope(&words).last().unwrap()["saved"].as_str().unwrap().to_owned()
}

#[test]
fn eval_says_what_the_judge_of_attributes_says() {
    let dir = tempfile::tempdir().unwrap();
    let judge = trained("classifier", dir.path(), &["width=4"]);
    let vae = trained("conv-vae", dir.path(), &["width=4", "z=8"]);
    let words = ["eval", &vae, "--judge", &judge, "--samples", "300", "--device", "cpu"];
    let f = &zscope(&[&words[..], &["--json"]].concat())[0];
    for key in ["psnr_db", "neg_elbo", "frechet", "judge_accuracy", "attribute_frequency_gap_max"] {
        assert!(f[key].as_f64().is_some_and(f64::is_finite), "no {key} in {f}");
    }
    for key in
        ["confident_share", "confident_share_mean", "confident_share_real", "confident_share_mean_real"]
    {
        assert!(f[key].as_f64().is_some_and(|v| (0.0..=1.0).contains(&v)), "no {key} in {f}");
    }
    assert_eq!((&f["pictures"], &f["held_out"]), (&Value::from(500), &Value::from(500)));
    assert_eq!(f["attribute_agreement"].as_object().unwrap().len(), 22);
    assert_eq!(f["attribute_frequency"].as_object().unwrap().len(), 22);
    assert!(f["attribute_agreement"]["Smiling"].as_f64().is_some_and(|v| (0.0..=1.0).contains(&v)));
    assert!(f["attribute_frequency"]["Eyeglasses"]["samples"].is_f64());
    assert!(f["attribute_frequency"]["Eyeglasses"]["data"].is_f64());
    assert!(f["attributes_within_5_points"].as_u64().is_some_and(|n| n <= 22));
    assert!(f.get("classes_seen").is_none() && f.get("accuracy").is_none(), "{f}");
    // The same in words.
    let out = Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("Smiling") && text.contains("agreement"), "{text}");
    // The judge itself, and what it tells.
    let own = &zscope(&["eval", &judge, "--device", "cpu", "--json"])[0];
    assert_eq!(own["attribute_accuracy"].as_object().unwrap().len(), 22);
    assert!(own["accuracy"].as_f64().is_some_and(|a| a > 0.6), "{own}");
    let about = &zscope(&["inspect", &judge, "--json"])[0];
    assert_eq!(
        (about["outputs"].as_array().unwrap().len(), &about["outputs"][0]),
        (22, &Value::from("Smiling"))
    );
    // A judge that cannot judge this gets a sentence.
    for (bad, says) in [(vae.as_str(), "can't judge"), ("digits-judge", "28×28 grey")] {
        let words = ["eval", &vae, "--judge", bad, "--device", "cpu"];
        let out = Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap();
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(2) && text.contains(says), "{bad}: {text}");
    }
}
