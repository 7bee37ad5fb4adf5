//! Files of people who never heard of zscope: what they hold is found, and runs as it did where it was trained.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor, TensorData};
use std::path::{Path, PathBuf};
use zscope::engine::session;
use zscope::nn::network::run::Runner;
use zscope::nn::network::settings;
use zscope::nn::network::{Posterior, Prior};
use zscope::shipped;
use zscope::weights::foreign::{Archive, file};
use zscope::weights::{Checkpoint, open};
use zscope::zoo::Model;

/// Where strangers' files are; `None` (with a printed reason) where they are not.
pub(crate) fn pretrained() -> Option<PathBuf> {
    let data = std::env::var("ZSCOPE_DATA").map_or_else(|_| PathBuf::from("../shared/data"), PathBuf::from);
    let folder = data.join("pretrained");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no foreign models in {} (set ZSCOPE_DATA)", folder.display());
    None
}

fn opened(path: &Path) -> Checkpoint {
    open::foreign(path).unwrap_or_else(|e| panic!("{e}")).0
}

fn golden(path: &Path) -> Archive {
    file::read(path).unwrap()
}

fn array<const D: usize>(golden: &Archive, name: &str, shape: [usize; D], device: &Device) -> Tensor<D> {
    let entry = golden.tensors.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(
        entry.shape.iter().product::<usize>(),
        shape.iter().product::<usize>(),
        "{name} {:?}",
        entry.shape
    );
    Tensor::from_data(TensorData::new(entry.values.clone(), shape), device)
}

fn rows(golden: &Archive, name: &str) -> usize {
    golden.tensors.iter().find(|t| t.name == name).map_or(0, |t| t.shape[0])
}

/// The largest difference of two tensors.
fn apart<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> f32 {
    assert_eq!(a.dims(), b.dims());
    (a - b).abs().max().into_data().iter::<f32>().next().unwrap()
}

/// Compares what a file's network makes with what it made where it was trained. Returns the largest difference.
fn compare(checkpoint: &Checkpoint, golden: &Archive, device: &Device) -> f32 {
    let network = checkpoint.card.network.as_ref().unwrap();
    let runner = Runner::new(network, &checkpoint.tensors, device).unwrap();
    let p = network.picture;
    let mut worst: f32 = 0.0;
    if !network.decoder.is_empty() {
        let n = rows(golden, "z");
        let z = array(golden, "z", [n, network.latent.dims], device);
        let y = runner.decode(z).unwrap();
        worst = worst.max(apart(y, array(golden, "y", [n, p.channels, p.height, p.width], device)));
    }
    let n = rows(golden, "enc_in");
    if n > 0 && network.encodes() {
        let (mean, variance) =
            runner.encode(array(golden, "enc_in", [n, p.channels, p.height, p.width], device)).unwrap();
        let dims = [n, network.latent.dims];
        worst = worst.max(apart(mean, array(golden, "enc_mu", dims, device)));
        worst = worst.max(apart(variance.unwrap(), array(golden, "enc_logvar", dims, device)));
    }
    worst
}

/// Files with what they made, beside them.
const GOLDEN: [(&str, &str); 7] = [
    ("csinva_mnist/vae_epoch_25.pth", "csinva_mnist/golden_vae_epoch_25.npz"),
    ("csinva_mnist/gan_mlp_G--300.ckpt", "csinva_mnist/golden_gan_mlp.npz"),
    ("dennisjooo_mnist_dcgan/generator.pth", "dennisjooo_mnist_dcgan/golden_generator.npz"),
    ("efleurine_faces32_dcgan/generator.pt", "efleurine_faces32_dcgan/golden_generator.npz"),
    ("efleurine_faces32_dcgan/generator40.pt", "efleurine_faces32_dcgan/golden_generator40.npz"),
    ("yanndubs_vae/VAE_mnist.pt", "yanndubs_vae/golden_VAE_mnist.npz"),
    ("yanndubs_vae/btcvae_celeba.pt", "yanndubs_vae/golden_btcvae_celeba.npz"),
];

#[test]
fn strangers_models_open_and_make_what_they_made() {
    let Some(folder) = pretrained() else { return };
    for (model, made) in GOLDEN {
        let checkpoint = opened(&folder.join(model));
        let worst = compare(&checkpoint, &golden(&folder.join(made)), &Device::flex());
        println!("{model}: {worst:e}");
        assert!(worst < 1e-3, "{model} differs by {worst}: {:#?}", checkpoint.card.network);
    }
}

/// On a software adapter the larger ones take minutes: `cargo test --release -- --ignored every_strangers_model_on_wgpu`.
#[test]
#[ignore = "minutes on a software adapter"]
fn every_strangers_model_on_wgpu() {
    let Some(folder) = pretrained() else { return };
    let device = zscope::gpu::headless(false).unwrap().device;
    for (model, made) in GOLDEN {
        let worst = compare(&opened(&folder.join(model)), &golden(&folder.join(made)), &device);
        println!("{model} on wgpu: {worst:e}");
        assert!(worst < 1e-3, "{model} differs by {worst} on wgpu");
    }
}

/// A generator with random weights that Burn 0.16's `NamedMpkFileRecorder` wrote, and what it made of one latent there.
#[test]
fn a_file_of_an_older_burn_makes_what_it_made() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let text = std::fs::read_to_string(folder.join("burn-0.16.json")).unwrap();
    let made: std::collections::BTreeMap<String, Vec<f32>> = serde_json::from_str(&text).unwrap();
    let checkpoint = opened(&folder.join("burn-0.16.mpk"));
    let device = Device::flex();
    let runner =
        Runner::new(checkpoint.card.network.as_ref().unwrap(), &checkpoint.tensors, &device).unwrap();
    let of = |name: &str, shape: &[usize]| TensorData::new(made[name].clone(), shape.to_vec());
    let y = runner.decode(Tensor::from_data(of("z", &[1, 8]), &device)).unwrap();
    let worst = apart(y, Tensor::from_data(of("y", &[1, 1, 16, 16]), &device));
    assert!(worst < 1e-5, "differs by {worst}");
}

#[test]
fn what_shapes_do_not_tell_is_told_by_the_weights() {
    let Some(folder) = pretrained() else { return };
    let network = |file: &str| *opened(&folder.join(file)).card.network.unwrap();
    let faces = network("efleurine_faces32_dcgan/generator.pt");
    assert_eq!(faces.latent.prior, Prior::Uniform);
    let vae = network("yanndubs_vae/VAE_mnist.pt");
    assert_eq!(vae.posterior, Posterior::Interleaved);
    assert!(vae.unused.is_empty(), "{:?}", vae.unused);
    assert_eq!(network("csinva_mnist/vae_epoch_25.pth").posterior, Posterior::Heads);
    let digits = network("dennisjooo_mnist_dcgan/generator.pth");
    let activation = settings::all(&digits).into_iter().find(|k| k.name == "activation").unwrap();
    assert_eq!(activation.chosen.map(|i| activation.choices[i].clone()).as_deref(), Some("LeakyReLU 0.2"));
}

#[test]
fn the_judge_reads_the_digits_that_strangers_draw() {
    let Some(folder) = pretrained() else { return };
    let device = Device::flex();
    for (model, least) in [
        ("csinva_mnist/vae_epoch_25.pth", 0.5),
        ("csinva_mnist/gan_mlp_G--300.ckpt", 0.5),
        ("dennisjooo_mnist_dcgan/generator.pth", 0.6),
        // 32×32 pixels, and blurred.
        ("yanndubs_vae/VAE_mnist.pt", 0.4),
    ] {
        let checkpoint = opened(&folder.join(model));
        let (_, judge) = shipped::judge(&checkpoint.card.shape).unwrap().unwrap();
        let judge = session::open(&judge, &device).unwrap();
        let drawn = session::explore(&checkpoint, &device).unwrap();
        let z = zscope::nn::Noise::new(5, 0).normal([200, drawn.latent_dims()], &device);
        let x = drawn.decode(z).unwrap();
        let (share, seen) = sure(&*judge, x);
        println!("{model}: {:.0} % sure, {seen} classes", share * 100.0);
        assert!(share > least && seen >= 8, "{model}: {share} of digits are read, {seen} classes");
    }
}

/// Share of pictures that a classifier is sure of, and how many classes it sees among those.
fn sure(judge: &dyn Model, x: Tensor<4>) -> (f64, usize) {
    let mut reading = zscope::metrics::judge::Reading::default();
    assert!(zscope::metrics::judge::Named { model: judge, outputs: &[] }.read(x, &mut reading));
    let (share, seen) = reading.sure_of_class();
    (share, seen.len())
}

#[test]
fn critics_are_told_from_classifiers() {
    let Some(folder) = pretrained() else { return };
    let device = Device::flex();
    let lenet = opened(&folder.join("csinva_mnist/lenet_epoch12.pth"));
    assert_eq!((lenet.card.shape.width, lenet.card.shape.classes), (32, 10));
    assert!(
        session::open(&lenet, &device).unwrap().classify(Tensor::zeros([1, 1, 32, 32], &device)).is_some()
    );
    for (file, side) in [
        ("csinva_mnist/dcgan_netD_epoch_99.pth", 28),
        ("csinva_mnist/gan_mlp_D--300.ckpt", 28),
        ("dennisjooo_mnist_dcgan/discriminator.pth", 28),
    ] {
        let critic = opened(&folder.join(file));
        let network = critic.card.network.as_ref().unwrap();
        assert_eq!((network.picture.width, network.critic.is_empty()), (side, false), "{file}: {network:#?}");
        assert!(
            session::open(&critic, &device)
                .unwrap()
                .classify(Tensor::zeros([1, 1, side, side], &device))
                .is_none()
        );
    }
    // The discriminator's opinion of its own generator's digits, as it was.
    let critic = opened(&folder.join("csinva_mnist/gan_mlp_D--300.ckpt"));
    let made = golden(&folder.join("csinva_mnist/golden_gan_mlp.npz"));
    let runner = Runner::new(critic.card.network.as_ref().unwrap(), &critic.tensors, &device).unwrap();
    let (logit, _) = runner.discriminate(array(&made, "y", [16, 1, 28, 28], &device)).unwrap();
    let said = burn::tensor::activation::sigmoid(logit);
    let worst = apart(said, array(&made, "disc", [16, 1], &device));
    assert!(worst < 1e-3, "the discriminator differs by {worst}");
}

#[test]
#[ignore = "minutes on a software adapter; cargo test --release -- --ignored wgpu_makes_the_same"]
fn wgpu_makes_the_same() {
    let Some(folder) = pretrained() else { return };
    if !zscope::gpu::any_adapter() {
        println!("skipped: wgpu finds no adapter; install mesa-vulkan-drivers");
        return;
    }
    let device = zscope::gpu::headless(false).unwrap().device;
    // The smallest: on a software adapter every other kernel takes seconds to compile.
    let checkpoint = opened(&folder.join("csinva_mnist/gan_mlp_G--300.ckpt"));
    let worst = compare(&checkpoint, &golden(&folder.join("csinva_mnist/golden_gan_mlp.npz")), &device);
    println!("on wgpu: {worst:e}");
    assert!(worst < 1e-3, "wgpu differs by {worst}");
}
