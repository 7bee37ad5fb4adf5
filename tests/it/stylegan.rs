//! StyleGAN's files: w and pictures as the programs that wrote them make them, all that steers a picture, and what is refused.
//!
//! Must not know: how pictures are drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::app::{app, window};
use super::convert::torch;
use burn::tensor::{Device, Tensor, TensorData};
use egui_kittest::kittest::Queryable;
use std::path::{Path, PathBuf};
use std::process::Command;
use zscope::action::Action;
use zscope::nn::network::settings;
use zscope::nn::network::view::view;
use zscope::nn::style::run::{Drawn, Generator, Noises};
use zscope::nn::{Watch, fast};
use zscope::point::{Kind, Point, TRUNCATION, Value};
use zscope::shot;
use zscope::weights::foreign::{Archive, file};
use zscope::weights::{Checkpoint, open};
use zscope::zoo::Held;
use zscope::zoo::styled::{ACROSS, CUTOFF, MIX, MIX_FROM, MIX_TO, NOISE, NOISE_FROM, TURN};

/// Where the files are; `None` (with a printed reason) where they are not.
pub(crate) fn folder() -> Option<PathBuf> {
    let data = std::env::var("ZSCOPE_DATA").map_or_else(|_| PathBuf::from("../shared/data"), PathBuf::from);
    let folder = data.join("stylegan");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no StyleGAN files in {} (set ZSCOPE_DATA)", folder.display());
    None
}

/// Files with the arrays that belong to them.
const FILES: [(&str, &str); 10] = [
    ("stylegan2-ada.pkl", "stylegan2-ada"),
    ("stylegan2-ada-cond.pkl", "stylegan2-ada-cond"),
    ("stylegan2-ada-resnet.pkl", "stylegan2-ada-resnet"),
    ("stylegan2-ada-fp16.pkl", "stylegan2-ada-fp16"),
    ("stylegan2-ada-g-ema-alone.pkl", "stylegan2-ada-g-ema-alone"),
    ("stylegan3-t.pkl", "stylegan3-t"),
    ("stylegan3-r.pkl", "stylegan3-r"),
    ("stylegan3-t-today.pkl", "stylegan3-t"),
    ("rosinality.pt", "rosinality"),
    ("rosinality-converted.pt", "rosinality"),
];

/// By how much of its range a picture, and w, may differ.
const PICTURE: f32 = 1e-4;
const W: f32 = 1e-5;

fn golden(folder: &Path, name: &str) -> Archive {
    file::read(&folder.join(format!("{name}.golden.npz"))).unwrap()
}

fn shape(golden: &Archive, name: &str) -> Option<Vec<usize>> {
    golden.tensors.iter().find(|t| t.name == name).map(|t| t.shape.clone())
}

fn array<const D: usize>(golden: &Archive, name: &str, device: &Device) -> Tensor<D> {
    let entry = golden.tensors.iter().find(|t| t.name == name).unwrap_or_else(|| panic!("no {name}"));
    let shape: [usize; D] = entry.shape.clone().try_into().unwrap();
    Tensor::from_data(TensorData::new(entry.values.clone(), shape), device)
}

fn largest<const D: usize>(x: Tensor<D>) -> f32 {
    x.max().into_data().iter::<f32>().next().unwrap()
}

/// The largest difference, as a part of the wanted one's range.
fn apart<const D: usize>(got: Tensor<D>, want: Tensor<D>) -> f32 {
    assert_eq!(got.dims(), want.dims());
    let range = largest(want.clone()) + largest(-want.clone());
    largest((got - want).abs()) / range
}

fn generator(checkpoint: &Checkpoint, device: &Device) -> Generator {
    let network = checkpoint.card.network.as_ref().unwrap();
    Generator::new(network.style.as_ref().unwrap(), network.frame(), &checkpoint.tensors, device).unwrap()
}

/// Compares everything that a file's arrays hold with what its generator makes: (w, pictures), the largest difference of each.
fn compare(checkpoint: &Checkpoint, golden: &Archive, device: &Device, all: bool) -> [f32; 2] {
    let generator = generator(checkpoint, device);
    let nobody = &mut Watch::nobody();
    let class = shape(golden, "c").map(|_| array::<2>(golden, "c", device));
    let w = generator.map(array::<2>(golden, "z", device), class, nobody);
    let ws = generator.everywhere(w);
    let n = ws.dims()[0];
    let mut worst = [apart(ws.clone(), array::<3>(golden, "w", device)), 0.0f32];
    let places = generator.places();
    for (name, cutoff) in [("w_psi07", places), ("w_psi07_cut4", 4)] {
        let cut = generator.truncated(ws.clone(), &vec![(0.7, cutoff); n]);
        worst[0] = worst[0].max(apart(cut, array::<3>(golden, name, device)));
    }
    let first = |x: Tensor<3>| x.narrow(0, 0, 1);
    let mut pictures = |ws: Tensor<3>, drawn: Drawn, name: &str| {
        let y = generator.pictures(ws, &drawn, &mut Watch::nobody()).unwrap();
        let apart = apart(y, array::<4>(golden, name, device));
        assert!(apart < PICTURE, "{name}: {apart:e}");
        worst[1] = worst[1].max(apart);
    };
    pictures(ws.clone(), Drawn::default(), "img_const");
    if !all {
        return worst;
    }
    pictures(ws.clone(), Drawn { noises: vec![Noises::None; n], turned: None }, "img_none");
    let short = generator.truncated(first(ws.clone()), &[(0.7, places)]);
    pictures(short, Drawn::default(), "img_psi07");
    let mixed = generator.mixed(first(ws.clone()), ws.clone().narrow(0, 1, 1), &[(4, places)]);
    worst[0] = worst[0].max(apart_w(mixed.clone(), golden, device));
    let mut pictures = |ws: Tensor<3>, drawn: Drawn, name: &str| {
        let y = generator.pictures(ws, &drawn, &mut Watch::nobody()).unwrap();
        let apart = apart(y, array::<4>(golden, name, device));
        assert!(apart < PICTURE, "{name}: {apart:e}");
        worst[1] = worst[1].max(apart);
    };
    pictures(mixed, Drawn::default(), "mix_img");
    pictures(array::<3>(golden, "each_w", device), Drawn::default(), "each_img");
    if shape(golden, "transform").is_some() {
        let turned: Vec<f32> = array::<2>(golden, "transform", device).into_data().iter::<f32>().collect();
        let turned = Some(vec![turned.try_into().unwrap()]);
        pictures(first(ws), Drawn { noises: Vec::new(), turned }, "img_transform");
    }
    worst
}

fn apart_w(mixed: Tensor<3>, golden: &Archive, device: &Device) -> f32 {
    apart(mixed, array::<3>(golden, "mix_w", device))
}

#[test]
fn stylegan_files_make_what_their_programs_made() {
    let Some(folder) = folder() else { return };
    for (name, arrays) in FILES {
        let checkpoint = open::foreign(&folder.join(name)).unwrap_or_else(|e| panic!("{e}")).0;
        let [w, y] = compare(&checkpoint, &golden(&folder, arrays), &Device::flex(), true);
        println!("{name}: w {w:.1e}, pictures {y:.1e}");
        assert!(w < W && y < PICTURE, "{name}: w {w:e}, pictures {y:e}");
    }
}

#[test]
fn stylegan_without_the_fast_operations_makes_the_same() {
    let Some(folder) = folder() else { return };
    for (name, arrays) in [FILES[0], FILES[2], FILES[5], FILES[6]] {
        let checkpoint = open::foreign(&folder.join(name)).unwrap().0;
        let [w, y] = fast::plainly(|| compare(&checkpoint, &golden(&folder, arrays), &Device::flex(), true));
        println!("{name}, Burn's composition: w {w:.1e}, pictures {y:.1e}");
        assert!(w < W && y < PICTURE, "{name}: w {w:e}, pictures {y:e}");
    }
}

#[test]
#[ignore = "minutes on a software adapter; cargo test --release -- --ignored stylegan_on_wgpu"]
fn stylegan_on_wgpu() {
    let Some(folder) = folder() else { return };
    if !zscope::gpu::any_adapter() {
        println!("skipped: wgpu finds no adapter; install mesa-vulkan-drivers");
        return;
    }
    let device = zscope::gpu::headless(false).unwrap().device;
    // The smallest, as kernels are compiled for a minute on a software adapter.
    let (name, arrays) = FILES[4];
    let checkpoint = open::foreign(&folder.join(name)).unwrap().0;
    let [w, y] = compare(&checkpoint, &golden(&folder, arrays), &device, false);
    println!("{name} on wgpu: w {w:.1e}, pictures {y:.1e}");
    assert!(w < 1e-4 && y < PICTURE, "{name}: w {w:e}, pictures {y:e}");
}

fn held(checkpoint: &Checkpoint, device: &Device) -> Held {
    zscope::engine::open::explore(checkpoint, device).unwrap()
}

fn draw(model: &Held, z: &[f32], with: &[(&str, Value)], device: &Device) -> Tensor<4> {
    let held = with.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let point = Point { z: z.to_vec(), held };
    model.given_at(std::slice::from_ref(&point), device).unwrap();
    model.draw(&[point], device, &mut Watch::nobody()).unwrap()
}

/// The largest difference of two pictures of 0–1.
fn differ(a: &Tensor<4>, b: &Tensor<4>) -> f32 {
    largest((a.clone() - b.clone()).abs())
}

#[test]
fn a_point_steers_truncation_mixing_noise_and_class() {
    let Some(folder) = folder() else { return };
    let device = Device::flex();
    let number = |v: f32| Value::Number(v);
    let checkpoint = open::foreign(&folder.join("stylegan2-ada-cond.pkl")).unwrap().0;
    let golden = golden(&folder, "stylegan2-ada-cond");
    let model = held(&checkpoint, &device);
    let all: Vec<f32> = array::<2>(&golden, "z", &device).into_data().iter::<f32>().collect();
    let z = &all[..64];
    let other = &all[64..128];
    // As the file has it, in 0 to 1; the first of them is of class 0, which is the default.
    let plain = draw(&model, z, &[], &device);
    let want = array::<4>(&golden, "img_const", &device).narrow(0, 0, 1) * 0.5 + 0.5;
    assert!(differ(&plain, &want) < 1e-4);
    let want = array::<4>(&golden, "img_psi07", &device) * 0.5 + 0.5;
    assert!(differ(&draw(&model, z, &[(TRUNCATION, number(0.7))], &device), &want) < 1e-4);
    // Without truncation of any layer ψ changes nothing, and at 0 every z is one picture.
    let none = draw(&model, z, &[(TRUNCATION, number(0.0)), (CUTOFF, number(0.0))], &device);
    assert!(differ(&none, &plain) < 1e-6);
    let mean = draw(&model, z, &[(TRUNCATION, number(0.0))], &device);
    assert!(differ(&mean, &draw(&model, other, &[(TRUNCATION, number(0.0))], &device)) < 1e-5);
    assert!(differ(&mean, &plain) > 0.05);
    // Mixed at no layer, at some, at all.
    let mix = |from: f32, to: f32| {
        let with = [(MIX, Value::Latent(other.to_vec())), (MIX_FROM, number(from)), (MIX_TO, number(to))];
        draw(&model, z, &with, &device)
    };
    assert!(differ(&mix(3.0, 3.0), &plain) < 1e-6);
    assert!(differ(&mix(0.0, 10.0), &draw(&model, other, &[], &device)) < 1e-5);
    assert!(differ(&mix(4.0, 10.0), &plain) > 0.02);
    // Noise: none, and dice that follow from a number.
    let want = array::<4>(&golden, "img_none", &device).narrow(0, 0, 1) * 0.5 + 0.5;
    assert!(differ(&draw(&model, z, &[(NOISE_FROM, number(1.0))], &device), &want) < 1e-4);
    let dice =
        |seed: u32| draw(&model, z, &[(NOISE_FROM, number(2.0)), (NOISE, Value::Noise(seed))], &device);
    assert!(differ(&dice(1), &dice(1)) == 0.0 && differ(&dice(1), &dice(2)) > 0.005);
    // Each sample of a batch by itself is what it is among others.
    let points: Vec<Point> = (0..3u32)
        .map(|i| {
            let held = [
                ("class", zscope::point::one_hot(i as usize, 5)),
                (TRUNCATION, number(0.5 + i as f32 * 0.25)),
                (NOISE_FROM, number(i as f32)),
                (MIX_TO, number(i as f32 * 2.0)),
            ];
            let held = held.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
            Point { z: all[64 * i as usize..64 * (i as usize + 1)].to_vec(), held }
        })
        .collect();
    let together = model.draw(&points, &device, &mut Watch::nobody()).unwrap();
    for (i, point) in points.iter().enumerate() {
        let alone = model.draw(std::slice::from_ref(point), &device, &mut Watch::nobody()).unwrap();
        assert!(differ(&together.clone().narrow(0, i, 1), &alone) < 1e-5, "sample {i}");
    }
    // What it does not take it says.
    let wrong = Point { held: [(MIX_TO.to_owned(), number(11.0))].into(), ..Point::from(z) };
    assert!(model.given_at(&[wrong], &device).unwrap_err().contains("goes from 0 to 10"));
    // Nobody wants it: it is given up on the way.
    let asked = std::cell::Cell::new(0);
    let no_more = || {
        asked.set(asked.get() + 1);
        asked.get() < 3
    };
    let points = [Point::from(z)];
    assert!(model.draw(&points, &device, &mut Watch::while_wanted(&no_more)).is_none());
}

#[test]
fn stylegan3_turns_and_moves() {
    let Some(folder) = folder() else { return };
    let device = Device::flex();
    let checkpoint = open::foreign(&folder.join("stylegan3-r.pkl")).unwrap().0;
    let model = held(&checkpoint, &device);
    let z = zscope::nn::Noise::new(3, 0).normals(32);
    let plain = draw(&model, &z, &[], &device);
    let turned = draw(&model, &z, &[(TURN, Value::Number(90.0))], &device);
    // R is equivariant to turns: the picture turned by 90° is what it draws, nearly. Clockwise: its right column was its top row.
    let flipped = plain.clone().swap_dims(2, 3).flip([3]);
    let other = plain.clone().swap_dims(2, 3).flip([2]);
    let middle = |x: &Tensor<4>| x.clone().slice_dim(2, 16..48).slice_dim(3, 16..48);
    let off = |a: &Tensor<4>| differ(&middle(a), &middle(&turned));
    println!(
        "turned by 90°: {} one way, {} the other, {} as it was",
        off(&flipped),
        off(&other),
        off(&plain)
    );
    assert!(off(&flipped).min(off(&other)) < 0.3 * off(&plain));
    // To the right by an eighth of the width: 8 pixels.
    let moved = draw(&model, &z, &[(ACROSS, Value::Number(0.125))], &device);
    let want = plain.clone().slice_dim(3, 16..40);
    let got = moved.slice_dim(3, 24..48);
    let (close, far) = (differ(&got, &want), differ(&got, &plain.slice_dim(3, 24..48)));
    println!("moved by 8 pixels: {close}, as it was {far}");
    assert!(close < 0.3 * far);
}

#[test]
fn stylegan_says_what_it_is_and_can_be_saved() {
    let Some(folder) = folder() else { return };
    let dir = tempfile::tempdir().unwrap();
    let device = Device::flex();
    for (name, arrays) in FILES {
        let checkpoint = open::foreign(&folder.join(name)).unwrap().0;
        let network = checkpoint.card.network.as_ref().unwrap();
        let sizes = zscope::nn::network::run::sizes(&checkpoint.tensors);
        let rows = view(network, &sizes).rows;
        // A row for each layer, of the shapes that it gives, in order.
        let model = held(&checkpoint, &device);
        let taps = model.taps(zscope::nn::Noise::new(1, 0).normal([1, model.latent_dims()], &device));
        let given: Vec<(String, String)> = taps
            .into_iter()
            .map(|tap| {
                let shape = match &tap.value {
                    zscope::nn::network::run::Value::Flat(x) => x.dims()[1..].to_vec(),
                    zscope::nn::network::run::Value::Map(x) => x.dims()[1..].to_vec(),
                };
                (tap.name, shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" × "))
            })
            .collect();
        let listed: Vec<(String, String)> =
            rows.iter().map(|r| (r.weights.clone(), r.output.clone())).collect();
        assert_eq!(given, listed, "{name}");
        // All that learns is counted.
        let parameters: usize = rows.iter().map(|r| r.parameters).sum();
        let learnt = |leaf: &str| ["weight", "bias", "noise_strength", "const"].contains(&leaf);
        let own: usize = checkpoint
            .tensors
            .iter()
            .filter(|(n, _)| learnt(n.rsplit('.').next().unwrap()))
            .map(|(_, d)| d.num_elements())
            .sum();
        assert_eq!(parameters, own, "{name}");
        // A copy draws the same, and w as the latent space is kept with it.
        let copy = dir.path().join("copy.safetensors");
        checkpoint.clone().write(&copy).unwrap();
        let again = zscope::weights::read(&copy).unwrap();
        // Numbers of a card may differ in their last digit.
        let kept = again.card.network.as_ref().unwrap();
        assert_eq!((kept.names(), &kept.notes), (network.names(), &network.notes), "{name}");
        let [w, y] = compare(&again, &golden(&folder, arrays), &device, false);
        assert!(w < W && y < PICTURE, "{name}");
        let beside = open::text(network).unwrap();
        let said = dir.path().join("said.toml");
        std::fs::write(&said, &beside).unwrap();
        assert_eq!(&open::parse(&said).unwrap(), &**network, "{name}");
    }
}

#[test]
fn stylegan_in_w_moves_along_the_components_of_w() {
    let Some(folder) = folder() else { return };
    let device = Device::flex();
    let mut checkpoint = open::foreign(&folder.join("stylegan2-ada-resnet.pkl")).unwrap().0;
    let golden = golden(&folder, "stylegan2-ada-resnet");
    let network = checkpoint.card.network.as_mut().unwrap();
    settings::choose(network, "space", "w").unwrap();
    assert_eq!(network.latent.dims, 32);
    assert!(settings::choose(network, "space", "x").unwrap_err().contains("z | w"));
    let model = held(&checkpoint, &device);
    assert_eq!(
        (model.latent_dims(), zscope::point::dimension_name(model.inputs(), 0)),
        (32, Some("component 1"))
    );
    // The first component changes most, and any w is somewhere along them: that of a z is, to within rounding.
    let home = draw(&model, &[0.0; 32], &[], &device);
    let along = |i: usize| {
        let mut z = vec![0.0; 32];
        z[i] = 2.0;
        differ(&draw(&model, &z, &[], &device), &home)
    };
    println!("2 σ of the first component: {}, of the last: {}", along(0), along(31));
    assert!(along(0) > 4.0 * along(31));
    // Their σ is of w: seeded z mapped to w have, along each, a mean square of about 1.
    let in_z = generator(&open::foreign(&folder.join("stylegan2-ada-resnet.pkl")).unwrap().0, &device);
    let w = in_z.map(zscope::nn::Noise::new(9, 0).normal([2000, 48], &device), None, &mut Watch::nobody());
    let rows = zscope::nn::host::rows(w);
    let found = zscope::latent::pca::pca(&rows, 2);
    assert!(found.variances[0] > found.variances[1]);
    // ψ = 0 is the mean of w, whatever the components are.
    let mean = |z: &[f32]| draw(&model, z, &[(TRUNCATION, Value::Number(0.0))], &device);
    assert!(differ(&mean(&[0.0; 32]), &mean(&[1.0; 32])) < 1e-5);
    let _ = golden;
}

#[test]
fn derived_and_original_programs_are_refused_in_words() {
    let Some(folder) = folder() else { return };
    let plain = std::fs::read(folder.join("stylegan2-ada-g-ema-alone.pkl")).unwrap();
    let read = |bytes: &[u8]| {
        let length = bytes.len() as u64;
        file::archive(&mut std::io::Cursor::new(bytes), length).and_then(zscope::weights::infer::infer)
    };
    read(&plain).unwrap();
    let replaced = |from: &str, to: &str| {
        assert_eq!(from.len(), to.len());
        let mut bytes = plain.clone();
        let places: Vec<usize> = bytes
            .windows(from.len())
            .enumerate()
            .filter(|(_, w)| *w == from.as_bytes())
            .map(|(i, _)| i)
            .collect();
        assert!(!places.is_empty(), "{from}");
        places.iter().for_each(|at| bytes[*at..at + from.len()].copy_from_slice(to.as_bytes()));
        read(&bytes).map(drop).unwrap_err()
    };
    for (from, to, word) in [
        ("img_channels", "img_channelz", "img_channelz"),
        ("ToRGBLayer", "ToRGBLayex", "ToRGBLayex"),
        ("noise_strength", "noise_strengtx", "noise_strengtx"),
        ("lrelu", "lrelo", "lrelo"),
        ("Generator", "Generatox", "Generatox"),
    ] {
        let said = replaced(from, to);
        assert!(said.contains(word) && said.contains("StyleGAN"), "{said}");
    }
    // As TensorFlow's program writes it: a tuple of networks with their text. Made by hand, protocol 2.
    let mut old = b"\x80\x02".to_vec();
    for _ in 0..3 {
        old.extend(b"cdnnlib.tflib.network\nNetwork\n)\x81}(");
        for (key, value) in [("build_func_name", &b"X\x01\0\0\0G"[..]), ("variables", &b"]"[..])] {
            old.extend(b"X");
            old.extend((key.len() as u32).to_le_bytes());
            old.extend(key.as_bytes());
            old.extend(value);
        }
        old.extend(b"ub");
    }
    old.extend(b"\x87.");
    let said = read(&old).map(drop).unwrap_err();
    assert!(said.contains("TensorFlow") && said.contains("legacy.py"), "{said}");
}

/// Pictures by the exported program.
const DRAW: &str = r#"
import importlib.util, sys, torch
torch.set_num_threads(1)
spec = importlib.util.spec_from_file_location("exported", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.load()
z = torch.tensor([[float(v) for v in sys.argv[2].split(",")]])
y = torch.tensor([[1.0] + [0.0] * (int(sys.argv[3]) - 1)]) if sys.argv[3] != "0" else None
print(" ".join(str(v) for v in model(z, y, psi=0.7).flatten().tolist()))
"#;

#[test]
fn stylegan_draws_the_same_in_pytorch() {
    let Some(folder) = folder() else { return };
    if !torch() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let device = Device::flex();
    for (name, arrays) in [FILES[1], FILES[2], FILES[3], FILES[6], FILES[8]] {
        let golden = golden(&folder, arrays);
        let (weights, program) = (dir.path().join("g.safetensors"), dir.path().join("g.py"));
        let made = Command::new(env!("CARGO_BIN_EXE_zscope"))
            .arg("convert")
            .arg(folder.join(name))
            .arg("--out")
            .arg(&weights)
            .arg("--torch")
            .arg(&program)
            .output()
            .unwrap();
        assert!(made.status.success(), "{name}: {}", String::from_utf8_lossy(&made.stderr));
        let dims = shape(&golden, "z").unwrap()[1];
        let classes = shape(&golden, "c").map_or(0, |c| c[1]);
        let z: Vec<f32> = array::<2>(&golden, "z", &device).into_data().iter::<f32>().take(dims).collect();
        let words = z.iter().map(f32::to_string).collect::<Vec<_>>().join(",");
        let said = Command::new("python3")
            .args(["-c", DRAW, program.to_str().unwrap(), &words, &classes.to_string()])
            .output()
            .unwrap();
        assert!(said.status.success(), "{name}: {}", String::from_utf8_lossy(&said.stderr));
        let theirs: Vec<f32> =
            String::from_utf8_lossy(&said.stdout).split_whitespace().map(|v| v.parse().unwrap()).collect();
        let want = array::<4>(&golden, "img_psi07", &device);
        let got = Tensor::<4>::from_data(TensorData::new(theirs, want.dims()), &device);
        let off = apart(got, want);
        println!("{name} in PyTorch: {off:.1e}");
        assert!(off < PICTURE, "{name}: {off:e}");
    }
}

#[test]
fn the_command_line_takes_stylegan_files() {
    let Some(folder) = folder() else { return };
    let dir = tempfile::tempdir().unwrap();
    let file = folder.join("stylegan2-ada-cond.pkl");
    let run = |args: &[&str]| {
        let said = Command::new(env!("CARGO_BIN_EXE_zscope")).args(args).output().unwrap();
        assert!(said.status.success(), "{args:?}: {}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8_lossy(&said.stdout).into_owned()
    };
    let text = |p: &Path| p.to_str().unwrap().to_owned();
    let said = run(&["inspect", &text(&file)]);
    assert!(said.contains("Styled convolution") && said.contains("synthesis.b64.conv1"), "{said}");
    let out = dir.path().join("out.npz");
    let input = dir.path().join("in.npz");
    let golden = golden(&folder, "stylegan2-ada-cond");
    let z = golden.tensors.iter().find(|t| t.name == "z").unwrap();
    let arrays = [
        ("z".to_owned(), z.shape.clone(), z.values.clone()),
        ("labels".to_owned(), vec![4], vec![0.0, 3.0, 4.0, 1.0]),
    ];
    std::fs::write(&input, zscope::weights::write::npz(&arrays, false).unwrap()).unwrap();
    run(&["forward", &text(&file), "--input", &text(&input), "--out", &text(&out), "--device", "cpu"]);
    let made = file::read(&out).unwrap();
    let device = Device::flex();
    let off = apart(array::<4>(&made, "y", &device), array::<4>(&golden, "img_const", &device));
    assert!(off < PICTURE, "{off:e}");
    assert!(apart(array::<3>(&made, "w", &device), array::<3>(&golden, "w", &device)) < W);
    let png = dir.path().join("s.png");
    run(&["sample", &text(&file), "--out", &text(&png), "--n", "4", "--device", "cpu"]);
    assert_eq!(image::open(&png).unwrap().width() % 64, 0);
}

#[test]
fn a_hand_mixes_styles_in_the_window() {
    let Some(folder) = folder() else { return };
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    let dir = tempfile::tempdir().unwrap();
    // A copy: what is chosen of it is kept beside it.
    let file = dir.path().join("generator.pkl");
    std::fs::copy(folder.join("stylegan2-ada-g-ema-alone.pkl"), &file).unwrap();
    app(&mut h).act(Action::Open(file.clone()));
    shot::until(&mut h, "the generator", |a| {
        a.settled() && a.state().model.as_ref().is_some_and(|m| m.name == "generator")
    })
    .unwrap();
    // Its layers are listed, with their shapes.
    h.run_steps(3);
    assert!(h.query_all_by_label("Styled convolution").count() > 3);
    app(&mut h).act(Action::Network(false));
    h.run_steps(3);
    let inputs = app(&mut h).state().inputs().to_vec();
    assert!(inputs.iter().any(|i| matches!(i.kind, Kind::Whole { .. })));
    let z = app(&mut h).state().latent.z.clone();
    let at = |h: &mut _, name: &str| app(h).state().latent.held.get(name).cloned();
    // Truncation and the layers by their sliders, from the keyboard.
    let slide = |h: &mut egui_kittest::Harness<'static, shot::Stage>, label: &str, key, times| {
        for _ in 0..times {
            h.get_by_role_and_label(eframe::egui::accesskit::Role::Slider, label).focus();
            h.step();
            h.key_press(key);
            h.step();
            // The slider stands where the picture is.
            shot::until(h, "the picture", zscope::app::App::settled).unwrap();
            h.step();
        }
    };
    slide(&mut h, "To layer", eframe::egui::Key::ArrowRight, 3);
    assert_eq!(at(&mut h, MIX_TO), Some(Value::Number(3.0)), "whole steps");
    assert!(h.query_all_by_label("Truncation ψ").count() > 0);
    app(&mut h).act(Action::Hold(TRUNCATION.into(), Value::Number(0.5)));
    shot::until(&mut h, "the truncated picture", zscope::app::App::settled).unwrap();
    assert_eq!(at(&mut h, TRUNCATION), Some(Value::Number(0.5)));
    h.get_by_label("🎲 Another").click();
    h.run_steps(3);
    let Some(Value::Latent(other)) = at(&mut h, MIX) else { panic!("no other latent") };
    assert_ne!(other, z);
    h.get_by_label("Exchange").click();
    h.run_steps(3);
    assert_eq!(at(&mut h, MIX), Some(Value::Latent(z.clone())));
    assert_eq!(app(&mut h).state().latent.z, other);
    app(&mut h).act(Action::Undo);
    assert_eq!(app(&mut h).state().latent.z, z);
    h.get_by_label("Take this z").click();
    h.run_steps(3);
    assert_eq!(at(&mut h, MIX), Some(Value::Latent(z)));
    // In w: the choice is kept beside the file, and the sliders are its components.
    app(&mut h).act(Action::NetworkSetting("space".into(), "w".into()));
    shot::until(&mut h, "the space w", |a| {
        a.settled() && zscope::point::dimension_name(a.state().inputs(), 0) == Some("component 1")
    })
    .unwrap();
    assert!(open::beside(&file).exists());
    let again = open::foreign(&file).unwrap().0;
    assert_eq!(again.card.network.unwrap().latent.dims, 32);
}

/// A StyleGAN2 of `side` pixels with random weights, its channels those of `channel_base` 16,384 and at most 512.
fn made(side: usize) -> (zscope::nn::network::Network, zscope::nn::Tensors) {
    use zscope::nn::network::{Latent, Network, Picture, Range};
    use zscope::nn::style::{Block, Dense, GAIN, Mapping, Space, Style, Styled, Synthesis, ToRgb};
    let mut tensors = zscope::nn::Tensors::new();
    let mut put = |name: String, shape: &[usize], scale: f32, shift: f32| {
        let values = zscope::nn::Noise::named(1, &name).normals(shape.iter().product());
        let values: Vec<f32> = values.into_iter().map(|v| v * scale + shift).collect();
        tensors.insert(name, TensorData::new(values, shape.to_vec()));
    };
    let w = 512;
    let dense =
        |weights: String, rate: f64| Dense { weights, gain: rate / (w as f64).sqrt(), bias_gain: rate };
    let layers: Vec<Dense> = (0..8).map(|i| dense(format!("mapping.fc{i}"), 0.01)).collect();
    for layer in &layers {
        put(format!("{}.weight", layer.weights), &[w, w], 100.0, 0.0);
        put(format!("{}.bias", layer.weights), &[w], 1.0, 0.0);
    }
    put("mapping.w_avg".into(), &[w], 0.1, 0.0);
    let channels = |side: usize| (16384 / side).min(512);
    put("synthesis.b4.const".into(), &[channels(4), 4, 4], 1.0, 0.0);
    let filter: Vec<f32> =
        [1.0, 3.0, 3.0, 1.0].iter().flat_map(|a| [1.0, 3.0, 3.0, 1.0].map(|b| a * b / 64.0)).collect();
    let (mut blocks, mut filters, mut now) = (Vec::new(), Vec::new(), 4);
    let mut into = channels(4);
    while now <= side {
        let (name, out) = (format!("synthesis.b{now}"), channels(now));
        let mut layer = |leaf: &str, into: usize, up: bool| {
            let weights = format!("{name}.{leaf}");
            put(format!("{weights}.weight"), &[out, into, 3, 3], 1.0, 0.0);
            put(format!("{weights}.bias"), &[out], 0.1, 0.0);
            put(format!("{weights}.affine.weight"), &[into, w], 1.0, 0.0);
            put(format!("{weights}.affine.bias"), &[into], 0.1, 1.0);
            put(format!("{weights}.noise_const"), &[now, now], 1.0, 0.0);
            put(format!("{weights}.noise_strength"), &[1], 0.05, 0.0);
            filters.push(weights.clone());
            let affine = dense(format!("{weights}.affine"), 1.0);
            Styled { weights, affine, up, noise: true, gain: GAIN, clamp: Some(256.0) }
        };
        let mut layers = Vec::new();
        if now > 4 {
            layers.push(layer("conv0", into, true));
        }
        layers.push(layer("conv1", out, false));
        let weights = format!("{name}.torgb");
        put(format!("{weights}.weight"), &[3, out, 1, 1], 0.3, 0.0);
        put(format!("{weights}.bias"), &[3], 0.1, 0.0);
        put(format!("{weights}.affine.weight"), &[out, w], 1.0, 0.0);
        put(format!("{weights}.affine.bias"), &[out], 0.1, 1.0);
        let affine = dense(format!("{weights}.affine"), 1.0);
        let to_rgb = ToRgb { weights, affine, gain: (out as f64).sqrt().recip(), clamp: Some(256.0) };
        filters.push(name.clone());
        blocks.push(Block { weights: name.clone(), side: now, layers, shortcut: None, to_rgb: Some(to_rgb) });
        (into, now) = (out, now * 2);
    }
    for name in filters {
        tensors.insert(format!("{name}.resample_filter"), TensorData::new(filter.clone(), [4, 4]));
    }
    let ws = blocks.iter().map(|b| b.layers.len()).sum::<usize>() + 1;
    let mapping = Mapping { embed: None, layers, average: Some("mapping".into()), ws, dims: (w, w) };
    let synthesis = Synthesis::Stylegan2 { constant: "synthesis.b4".into(), blocks };
    let network = Network {
        format: 1,
        latent: Latent { dims: w, ..Latent::default() },
        picture: Picture {
            width: side,
            height: side,
            channels: 3,
            range: Range::Signed,
            ..Picture::default()
        },
        style: Some(Box::new(Style { space: Space::Z, mapping, synthesis })),
        ..Network::default()
    };
    (network, tensors)
}

/// Set ZSCOPE_SIDE for another size than 256. With `ZSCOPE_PLAIN=1` it is Burn's composition.
#[test]
#[ignore = "a measurement, of a few seconds"]
fn how_long_a_stylegan2_takes() {
    let side = std::env::var("ZSCOPE_SIDE").ok().and_then(|s| s.parse().ok()).unwrap_or(256);
    let (network, tensors) = made(side);
    let device = Device::flex();
    let begun = std::time::Instant::now();
    let generator =
        Generator::new(network.style.as_ref().unwrap(), network.frame(), &tensors, &device).unwrap();
    println!("put on the device: {:.2} s", begun.elapsed().as_secs_f32());
    for i in 0..6 {
        let begun = std::time::Instant::now();
        let z = zscope::nn::Noise::new(7, i).normal([1, 512], &device);
        let w = generator.map(z, None, &mut Watch::nobody());
        let w = generator.everywhere(w);
        let mapped = begun.elapsed().as_secs_f32();
        let y =
            zscope::nn::host::floats(generator.pictures(w, &Drawn::default(), &mut Watch::nobody()).unwrap());
        let spread = y.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        println!(
            "{side} × {side}: {:.3} s, of them {mapped:.3} s to w; largest number {spread:.2}",
            begun.elapsed().as_secs_f32()
        );
    }
}
