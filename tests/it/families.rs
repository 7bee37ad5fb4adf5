//! Families of models side by side: bounds against likelihoods that are known, precision and recall of clouds, what is said
//! of models that lack something, the command and its files, the window.
//!
//! Must not know: how panels are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::app::{app, window};
use burn::tensor::{Device, Tensor, TensorData};
use egui_kittest::kittest::Queryable;
use serde_json::Value;
use std::f64::consts::{LN_2, PI};
use std::process::{Command, Output};
use zscope::action::{Action, families::Siding};
use zscope::data::{Pictures, Split};
use zscope::engine::message::{Place, Source};
use zscope::metrics::bound::bounds;
use zscope::metrics::manifold::precision_recall;
use zscope::nn::{Noise, Watch, host::floats};
use zscope::point::Input;
use zscope::shot;
use zscope::tools::families::likely::{Likely, Values, likely, two_values};
use zscope::zoo::likelihood::Likelihood;
use zscope::zoo::{Given, Held, Model, Posterior};

/// p(z) = N(0, 1), x = w·z + b + σ·noise in four pixels. Its encoder gives the true posterior, with a deviation so many times
/// as large.
#[derive(Clone)]
struct Linear {
    wide: f32,
}

const W: [f32; 4] = [0.8, -0.5, 0.3, 0.1];
const B: [f32; 4] = [0.2, 0.4, 0.5, 0.7];
const SIGMA: f32 = 0.25;

impl Linear {
    /// Mean of x for latents `[n, 1]`: `[n, 4]`.
    fn mean(z: Tensor<2>) -> Tensor<2> {
        let device = z.device();
        z.matmul(Tensor::from_floats([W], &device)) + Tensor::<2>::from_floats([B], &device)
    }

    /// ln p(x): x is normal with covariance w wᵀ + σ² I.
    fn exact(x: &[f32]) -> f64 {
        let (s2, ww) = (f64::from(SIGMA).powi(2), W.iter().map(|w| f64::from(w * w)).sum::<f64>());
        let d: Vec<f64> = x.iter().zip(B).map(|(x, b)| f64::from(x - b)).collect();
        let dd: f64 = d.iter().map(|v| v * v).sum();
        let wd: f64 = d.iter().zip(W).map(|(d, w)| d * f64::from(w)).sum();
        // Sherman and Morrison for the inverse, the determinant lemma for the determinant.
        let square = (dd - wd * wd / (s2 + ww)) / s2;
        -0.5 * (square + 4.0 * (2.0 * PI).ln() + 3.0 * s2.ln() + (s2 + ww).ln())
    }
}

impl Model for Linear {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::z(1)]
    }

    fn forward(&self, given: &Given, _: &mut Watch<'_>) -> Option<Tensor<4>> {
        let z = given.latent(0)?;
        let n = z.dims()[0];
        Some(Self::mean(z).reshape([n, 1, 2, 2]))
    }

    fn encodes(&self) -> bool {
        true
    }

    fn encode(&self, x: Tensor<4>, _: &Given) -> Option<Posterior> {
        let device = x.device();
        let d = x.flatten::<2>(1, 3) - Tensor::<2>::from_floats([B], &device);
        let precision = 1.0 + W.iter().map(|w| w * w).sum::<f32>() / (SIGMA * SIGMA);
        let w = Tensor::<1>::from_floats(W, &device).reshape([4, 1]);
        let mean = d.matmul(w) / (SIGMA * SIGMA * precision);
        let log_variance = mean.clone() * 0.0 + (self.wide * self.wide / precision).ln();
        Some((mean, log_variance))
    }

    fn reconstruction(&self, x: Tensor<4>, given: &Given) -> Option<Tensor<1>> {
        let apart = (x.flatten::<2>(1, 3) - Self::mean(given.latent(0)?)).square().sum_dim(1);
        let n = apart.dims()[0];
        let constant = 4.0 * (SIGMA * (2.0 * std::f32::consts::PI).sqrt()).ln();
        Some(apart.reshape([n]) / (2.0 * SIGMA * SIGMA) + constant)
    }

    fn likelihood(&self) -> Option<Likelihood> {
        Some(Likelihood::Gaussian { sigma: SIGMA })
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

#[test]
fn importance_weighted_bounds_rise_to_the_exact_likelihood() {
    let device = Device::flex();
    let z: Tensor<2> = Noise::new(1, 0).normal([40, 1], &device);
    let x = Linear::mean(z) + Noise::new(1, 1).normal([40, 4], &device) * SIGMA;
    let exact: Vec<f64> = floats(x.clone()).chunks(4).map(Linear::exact).collect();
    let x = x.reshape([40, 1, 2, 2]);
    let mean = |k: usize, all: &[[f64; 3]]| all.iter().map(|l| l[k]).sum::<f64>() / 40.0;
    let held = |wide: f32| Held::home(Box::new(Linear { wide }), &Device::flex());
    let truth = exact.iter().sum::<f64>() / 40.0;

    // With the true posterior every weight is p(x) itself.
    let all = bounds(&held(1.0), x.clone(), (7, 0), &device).unwrap();
    for (l, exact) in all.iter().zip(&exact) {
        assert!(l.iter().all(|l| (l - exact).abs() < 1e-3), "{l:?} and {exact}");
    }
    // With one that is too wide the ELBO is off by the KL, ½(s² − 1) − ln s of s times the deviation, and k = 500 is right.
    let all = bounds(&held(2.0), x.clone(), (7, 0), &device).unwrap();
    assert!(all.iter().all(|l| l[0] <= l[1] && l[1] <= l[2]), "a bound fell as k grew: {all:?}");
    let kl = 0.5 * (4.0 - 1.0) - LN_2;
    assert!((truth - mean(0, &all) - kl).abs() < 0.05, "{} below by {kl}", truth - mean(0, &all));
    assert!((truth - mean(1, &all)).abs() < 0.03, "{} and {truth}", mean(1, &all));
    assert!((truth - mean(2, &all)).abs() < 0.01, "{} and {truth}", mean(2, &all));
    // The same random numbers, the same bound.
    assert_eq!(all, bounds(&held(2.0), x, (7, 0), &device).unwrap());
}

#[test]
fn precision_and_recall_of_clouds() {
    let cloud = |seed: u64, n: usize, at: f32, spread: f32| -> Vec<Vec<f32>> {
        let all = Noise::new(seed, 0).normals(n * 4);
        all.chunks(4).map(|r| r.iter().map(|v| at + spread * v).collect()).collect()
    };
    let data = cloud(1, 400, 0.0, 1.0);
    assert_eq!(precision_recall(&data, &data), Some((1.0, 1.0)));
    let (precision, recall) = precision_recall(&data, &cloud(2, 400, 0.0, 1.0)).unwrap();
    assert!(precision > 0.75 && recall > 0.75, "another draw of the same: {precision}, {recall}");
    let (precision, recall) = precision_recall(&data, &cloud(3, 400, 0.0, 0.05)).unwrap();
    assert!(precision > 0.95 && recall < 0.05, "collapsed: {precision}, {recall}");
    let (precision, recall) = precision_recall(&data, &cloud(4, 400, 0.0, 4.0)).unwrap();
    assert!(precision < 0.2 && recall > 0.8, "too wide: {precision}, {recall}");
    let (precision, recall) = precision_recall(&data, &cloud(5, 400, 40.0, 1.0)).unwrap();
    assert_eq!((precision, recall), (0.0, 0.0), "elsewhere");
    assert_eq!(precision_recall(&data[..3], &data), None, "too few");
}

/// Draws every pixel alike: exactly, of two values or of a uniform 256, or as a VAE that says nothing with z.
#[derive(Clone)]
enum Even {
    Two,
    Bytes,
    Vae(Likelihood),
}

const P: f32 = 0.3;

impl Model for Even {
    fn inputs(&self) -> Vec<Input> {
        vec![Input::z(2)]
    }

    fn forward(&self, given: &Given, _: &mut Watch<'_>) -> Option<Tensor<4>> {
        let z = given.latent(0)?;
        Some(Tensor::full([z.dims()[0], 1, 4, 4], P, &z.device()))
    }

    fn surprise(&self, x: Tensor<4>, _: &Given, noise: &mut Noise) -> Option<Tensor<4>> {
        match self {
            Self::Two => {
                let x = two_values(x, noise);
                Some((x.clone() * P.ln() + (-x + 1.0) * (1.0 - P).ln()) * -1.0)
            }
            Self::Bytes => Some(x * 0.0 + 256f32.ln()),
            Self::Vae(_) => None,
        }
    }

    fn encodes(&self) -> bool {
        matches!(self, Self::Vae(_))
    }

    fn encode(&self, x: Tensor<4>, _: &Given) -> Option<Posterior> {
        let zero = Tensor::zeros([x.dims()[0], 2], &x.device());
        self.encodes().then(|| (zero.clone(), zero))
    }

    fn reconstruction(&self, x: Tensor<4>, _: &Given) -> Option<Tensor<1>> {
        let Self::Vae(likelihood) = self else { return None };
        let p = if *likelihood == Likelihood::Bernoulli { P } else { 0.5 };
        Some(likelihood.cost_of_each(x.clone() * 0.0 + (p / (1.0 - p)).ln(), x))
    }

    fn likelihood(&self) -> Option<Likelihood> {
        if let Self::Vae(likelihood) = self { Some(*likelihood) } else { None }
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

/// Pictures of 4×4 whose bytes are all alike.
fn uniform(n: usize) -> Split {
    let pixels = Noise::new(3, 0).uniforms(n * 16, 0.5);
    let mut pictures = Pictures::empty(4, 4, 1);
    pictures.pixels = pixels.iter().map(|u| ((u + 0.5) * 256.0).min(255.0) as u8).collect();
    Split { pictures, ..Split::default() }
}

fn measured(model: Even, test: &Split) -> Likely {
    let (held, device) = (Held::home(Box::new(model), &Device::flex()), Device::flex());
    let picks: Vec<usize> = (0..test.pictures.len()).collect();
    likely(&held, test, &picks, &device, &|_| Ok(())).unwrap().unwrap()
}

#[test]
fn an_exact_likelihood_and_a_bound_are_of_the_same_pictures_of_two_values() {
    let test = uniform(60);
    let exact = measured(Even::Two, &test);
    let bound = measured(Even::Vae(Likelihood::Bernoulli), &test);
    assert_eq!((exact.values, bound.values), (Values::Two, Values::Two));
    let ([mean, error], bounds) = (exact.exact.unwrap(), bound.bounds.unwrap());
    assert!(bounds.iter().all(|b| (b[0] - mean).abs() < 1e-3), "{bounds:?} and {mean}");
    // Half of the pixels are 1.
    let expected = -8.0 * f64::from(P).ln() - 8.0 * f64::from(1.0 - P).ln();
    assert!((mean - expected).abs() < 4.0 * error && error < 0.5, "{mean} ± {error}, not {expected}");
    assert!((exact.bits() - mean / (16.0 * LN_2)).abs() < 1e-9);
}

#[test]
fn a_density_becomes_a_bound_for_8_bits() {
    let test = uniform(300);
    let exact = measured(Even::Bytes, &test);
    assert_eq!(exact.values, Values::Own);
    assert!((exact.bits() - 8.0).abs() < 1e-5, "256 values alike are 8 bits, not {}", exact.bits());
    // Uniform pictures by a normal of their own mean and deviation: 8 bits and ½ log₂(2πe / 12).
    let bound = measured(Even::Vae(Likelihood::Gaussian { sigma: (1.0f32 / 12.0).sqrt() }), &test);
    assert_eq!(bound.values, Values::Dequantised);
    let more = 0.5 * (2.0 * PI * std::f64::consts::E / 12.0).log2();
    assert!((bound.bits() - 8.0 - more).abs() < 0.02, "{} bits", bound.bits());
}

#[test]
fn pictures_of_two_values_stay_as_they_are() {
    let x =
        Tensor::<4>::from_data(TensorData::new(vec![0.0f32, 1.0, 1.0, 0.0], [1, 1, 2, 2]), &Device::flex());
    for seed in 0..200 {
        assert_eq!(floats(two_values(x.clone(), &mut Noise::new(seed, 0))), floats(x.clone()));
    }
}

fn zscope(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap()
}

#[test]
fn the_command_puts_families_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let run = at("codes");
    let tiny = ["--set", "width=8", "--set", "entries=8", "--set", "code_size=4", "--set", "batch=8"];
    let train = ["train", "vq-vae", "--data", "digits:200", "--steps", "5", "--device", "cpu", "--out", &run];
    assert!(zscope(&[&train[..], &tiny].concat()).status.success());
    let out = at("out");
    let compare = [
        "compare",
        "digits-vae",
        "digits-gan",
        &run,
        "--data",
        "digits:800",
        "--samples",
        "128",
        "--pictures",
        "12",
        "--device",
        "cpu",
        "--out",
        &out,
    ];
    let said = zscope(&[&compare[..], &["--json"]].concat());
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let lines: Vec<Value> =
        String::from_utf8(said.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let [vae, gan, codes] = lines.as_slice() else { panic!("{lines:?}") };
    let number = |of: &Value, key: &str| of[key].as_f64().unwrap_or_else(|| panic!("no {key} in {of}"));
    for key in
        ["fid64", "precision", "recall", "sure", "classes", "near", "near_ratio", "ms_alone", "ms_together"]
    {
        assert!(number(vae, key).is_finite() && number(gan, key) >= 0.0, "{key}");
        assert!(codes[key].is_null(), "{key} of a model that draws nothing by itself: {codes}");
    }
    assert!(codes["why_none"]["samples"].as_str().is_some_and(|w| w.contains("no prior")), "{codes}");
    for of in [gan, codes] {
        assert!(of["nats_k1"].is_null() && of["bits_per_dim"].is_null(), "{of}");
        assert!(of["why_none"]["likelihood"].as_str().is_some_and(|w| w.len() > 20), "{of}");
    }
    let [one, fifty, most] = ["nats_k1", "nats_k50", "nats_k500"].map(|k| number(vae, k));
    assert!(one >= fifty && fifty >= most && most > 0.0, "{one}, {fifty}, {most}");
    assert!((number(vae, "bits_per_dim") - most / (784.0 * LN_2)).abs() < 1e-9);
    assert_eq!((&vae["likelihood_of"], number(vae, "likelihood_pictures")), (&"binarised".into(), 12.0));
    assert_eq!(gan["loss"], "non-saturating");
    assert!(number(gan, "parameters") > number(gan, "parameters_drawing"), "{gan}");
    assert_eq!(vae["parameters"], vae["parameters_drawing"]);
    // What a model that copied its pictures would be below.
    assert!(number(gan, "near_ratio") > 0.5, "{gan}");

    let read = |name: &str| std::fs::read_to_string(dir.path().join("out").join(name)).unwrap();
    let (markdown, csv) = (read("compare.md"), read("compare.csv"));
    assert!(markdown.starts_with("|  | digits-vae | digits-gan | codes |\n|---|"), "{markdown}");
    assert!(
        markdown.contains("| FID64 |") && markdown.contains("![") && markdown.contains("Burda"),
        "{markdown}"
    );
    let rows: Vec<&str> = csv.lines().filter(|l| !l.starts_with('#')).collect();
    assert_eq!(rows.len(), 4, "{csv}");
    assert!(csv.contains("# ") && rows[0].starts_with("model,run,recipe,loss"), "{csv}");
    let table: Value = serde_json::from_str(&read("compare.json")).unwrap();
    assert_eq!(table["models"].as_array().unwrap().len(), 3);
    assert_eq!(table["models"][0], *vae);
    let sheet = image::open(dir.path().join("out/compare.png")).unwrap().to_rgb8();
    assert!(sheet.width() > 1000 && sheet.height() > 400, "{:?}", sheet.dimensions());
}

#[test]
fn what_does_not_belong_together_is_refused_in_words() {
    let fails = |words: &[&str], says: &str| {
        let out = zscope(words);
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{words:?}: {text}");
        assert!(text.contains(says), "{words:?}: no \"{says}\" in {text}");
    };
    fails(&["compare", "digits-vae", "faces-vae"], "only models of one picture size");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.md");
    std::fs::write(&file, "x").unwrap();
    fails(&["compare", "digits-vae", "--out", file.to_str().unwrap()], "is a file");
    fails(&["compare", "digits-vae", "--data", "nothing"], "nothing");
}

#[test]
fn the_window_compares_and_writes() {
    let Some((mut h, runs)) = window([1440.0, 900.0], false) else { return };
    app(&mut h).act(Action::OpenShipped("digits-vae".into()));
    let opened = |a: &zscope::app::App| a.state().model.as_ref().is_some_and(|m| m.name == "digits-vae");
    shot::until(&mut h, "opening the model", opened).unwrap();
    app(&mut h).act(Action::Families(Siding::Open(true)));
    h.run_steps(3);
    // Those of another size are not offered.
    assert!(h.query_by_label("faces-vae").is_none());
    h.get_by_label("digits-gan").click();
    h.run_steps(2);
    app(&mut h).act(Action::Families(Siding::Data("digits:300".into())));
    app(&mut h).act(Action::Families(Siding::Samples(64)));
    app(&mut h).act(Action::Families(Siding::Pictures(4)));
    h.get_by_label("Compare them").click();
    h.run_steps(1);
    // It goes on while another model is opened.
    app(&mut h).act(Action::OpenShipped("shapes-vae".into()));
    shot::until(&mut h, "the table", |a| a.state().families.found.is_some()).unwrap();
    let found = app(&mut h).state().families.found.clone().unwrap();
    let names: Vec<&str> = found.rows.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["digits-vae", "digits-gan"]);
    assert!(found.rows[0].likely.is_some() && found.rows[1].likely.is_none());
    h.run_steps(3);
    assert!(h.query_by_label("FID64").is_some(), "the table is not shown");
    app(&mut h).act(Action::Families(Siding::Save(runs.path().to_path_buf())));
    shot::until(&mut h, "the files", |a| a.state().notice.as_ref().is_some_and(|n| n.contains("compare")))
        .unwrap();
    assert!(runs.path().join("compare-001/compare.md").exists());

    // What can't stand in one table is a sentence in the window, and the last table stays.
    app(&mut h).act(Action::Families(Siding::Choose(Source::Shipped("faces-vae".into()), true)));
    app(&mut h).act(Action::Families(Siding::Start));
    shot::until(&mut h, "the sentence", |a| a.state().failure(Place::Families).is_some()).unwrap();
    assert!(app(&mut h).state().families.found.is_some());
    h.run_steps(2);
    assert!(h.query_by_label_contains("only models of one picture size").is_some());
    h.key_press(eframe::egui::Key::Escape);
    h.run_steps(2);
    assert!(!app(&mut h).state().families.open);
}
