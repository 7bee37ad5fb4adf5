//! What zscope writes for others: it opens again as the same model, and in PyTorch it computes the same.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::{conditional, inferred, strangers};
use std::path::{Path, PathBuf};
use std::process::Command;
use zscope::weights::foreign::file;

fn zscope(words: &[&str]) -> (bool, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_zscope")).args(words).output().unwrap();
    (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned())
}

fn must(words: &[&str]) {
    let (fine, said) = zscope(words);
    assert!(fine, "{words:?}: {said}");
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What a model makes of latents and pictures.
fn forward(model: &str, input: &Path, out: &Path) -> Vec<(String, Vec<f32>)> {
    must(&["forward", model, "--input", text(input), "--out", text(out), "--device", "cpu"]);
    file::read(out).unwrap().tensors.into_iter().map(|t| (t.name, t.values)).collect()
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(x, y)| (x - y).abs()).fold(0.0, f32::max)
}

/// Latents and pictures for a model of these sizes.
fn inputs(dir: &Path, dims: usize, picture: [usize; 3]) -> PathBuf {
    let mut noise = zscope::nn::Noise::new(11, 0);
    let pixels = picture.iter().product::<usize>();
    let x: Vec<f32> = noise.uniforms(2 * pixels, 0.5).into_iter().map(|v| v + 0.5).collect();
    let [c, h, w] = picture;
    let mut arrays = vec![("x".to_string(), vec![2, c, h, w], x)];
    if dims > 0 {
        arrays.push(("z".into(), vec![3, dims], noise.normals(3 * dims)));
    }
    let path = dir.join("in.npz");
    std::fs::write(&path, zscope::weights::write::npz(&arrays, false).unwrap()).unwrap();
    path
}

const SHIPPED: [(&str, usize, [usize; 3]); 4] = [
    ("digits-vae", 20, [1, 28, 28]),
    ("digits-gan", 100, [1, 28, 28]),
    ("faces-vae", 46, [3, 64, 64]),
    ("digits-judge", 0, [1, 28, 28]),
];

#[test]
fn converted_models_open_as_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a.npz"), dir.path().join("b.npz"));
    for (model, dims, picture) in SHIPPED {
        let input = inputs(dir.path(), dims, picture);
        let before = forward(model, &input, &a);
        for (ending, half) in [("safetensors", false), ("bpk", false), ("safetensors", true)] {
            let copy = dir.path().join(format!("copy.{ending}"));
            must(
                &[&["convert", model, "--out", text(&copy)][..], if half { &["--half"] } else { &[] }]
                    .concat(),
            );
            let after = forward(text(&copy), &input, &b);
            assert_eq!(before.len(), after.len(), "{model} {ending}");
            for ((name, x), (_, y)) in before.iter().zip(&after) {
                let worst = apart(x, y);
                assert!(
                    worst <= if half { 0.5 } else { 1e-5 },
                    "{model} {ending} half {half}, {name}: {worst}"
                );
            }
        }
    }
    let (fine, said) = zscope(&["convert", "digits-vae", "--out", text(&dir.path().join("x.onnx"))]);
    assert!(!fine && said.contains(".bpk"), "{said}");
}

/// Whether PyTorch can be run.
pub(crate) fn torch() -> bool {
    let there =
        Command::new("python3").args(["-c", "import torch"]).output().is_ok_and(|o| o.status.success());
    if !there {
        println!("skipped: python3 has no torch");
    }
    there
}

const RUN: &str = r#"
import importlib.util, struct, sys, torch
torch.set_num_threads(1)
spec = importlib.util.spec_from_file_location("exported", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.load()
def get(path, shape):
    return torch.frombuffer(bytearray(open(path, "rb").read()), dtype=torch.float32).reshape(shape)
def put(path, t):
    values = t.flatten().tolist()
    open(path, "wb").write(struct.pack("<%df" % len(values), *values))
out = sys.argv[2]
shape = [int(n) for n in sys.argv[3].split(",")]
dims = int(sys.argv[4])
with torch.no_grad():
    if hasattr(model, "decode"):
        put(out + "/y", model.decode(get(out + "/z", [3, dims])))
    x = get(out + "/x", [2] + shape)
    if hasattr(model, "encode"):
        mean, variance = model.encode(x)
        put(out + "/mu", mean)
        if variance is not None:
            put(out + "/logvar", variance)
    if hasattr(model, "critic"):
        put(out + "/critic", model.critic(x))
"#;

/// Converts a model, runs both, and compares: the largest difference, over how many arrays.
fn against_torch(model: &str, dims: usize, picture: [usize; 3], half: bool) -> (f32, usize) {
    let dir = tempfile::tempdir().unwrap();
    let (weights, program) = (dir.path().join("model.safetensors"), dir.path().join("model.py"));
    let out = ["convert", model, "--out", text(&weights), "--torch", text(&program)];
    must(&[&out[..], if half { &["--half"] } else { &[] }].concat());
    let input = inputs(dir.path(), dims, picture);
    for t in file::read(&input).unwrap().tensors {
        let bytes: Vec<u8> = t.values.iter().flat_map(|v| v.to_le_bytes()).collect();
        std::fs::write(dir.path().join(&t.name), bytes).unwrap();
    }
    let shape = picture.map(|n| n.to_string()).join(",");
    let run = Command::new("python3")
        .args(["-c", RUN, text(&program), text(dir.path()), &shape, &dims.to_string()])
        .output()
        .unwrap();
    let program = std::fs::read_to_string(&program).unwrap();
    assert!(run.status.success(), "{model}: {}\n{program}", String::from_utf8_lossy(&run.stderr));
    let made = forward(text(&weights), &input, &dir.path().join("out.npz"));
    let mut worst: f32 = 0.0;
    let mut compared = 0;
    for (name, values) in made {
        let Ok(bytes) = std::fs::read(dir.path().join(&name)) else { continue };
        let theirs: Vec<f32> =
            bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
        // zscope's own models give pictures of 0 to 1, where the program may give the tanh itself.
        let signed = name == "y"
            && program.contains("decode")
            && program.contains("-1 to 1")
            && model.starts_with("digits-gan");
        let theirs: Vec<f32> = if signed { theirs.iter().map(|v| (v + 1.0) / 2.0).collect() } else { theirs };
        worst = worst.max(apart(&values, &theirs));
        compared += 1;
    }
    (worst, compared)
}

#[test]
fn pytorch_computes_the_same() {
    if !torch() {
        return;
    }
    for (model, dims, picture) in SHIPPED {
        let (worst, arrays) = against_torch(model, dims, picture, false);
        println!("{model}: {worst:e} in {arrays} arrays");
        assert!(arrays > 0 && worst < 2e-5, "{model} differs by {worst} in PyTorch");
    }
    let (worst, _) = against_torch("digits-vae", 20, [1, 28, 28], true);
    assert!(worst < 1e-4, "in half precision the program differs by {worst}");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("stranger.pt");
    std::fs::write(&file, strangers::torch_zip(&strangers::generator())).unwrap();
    let (worst, arrays) = against_torch(text(&file), 4, [1, 16, 16], false);
    assert!(arrays == 1 && worst < 1e-5, "a stranger's generator differs by {worst}");
    std::fs::write(&file, strangers::torch_zip(&inferred::attending().1)).unwrap();
    let (worst, arrays) = against_torch(text(&file), inferred::Z, [3, 32, 32], false);
    assert!(arrays == 1 && worst < 1e-5, "self-attention differs by {worst}");
    std::fs::write(&file, strangers::torch_zip(&conditional::of_blocks().1)).unwrap();
    let (worst, arrays) = against_torch(text(&file), inferred::Z, [3, 32, 32], false);
    assert!(arrays == 1 && worst < 1e-5, "norms by class differ by {worst}");
    let classed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/classed");
    for name in ["biggan-chunks.npz", "sagan-torch.npz"] {
        let (worst, arrays) = against_torch(text(&classed.join(name)), 12, [3, 32, 32], false);
        assert!(arrays == 1 && worst < 1e-5, "{name} differs by {worst}");
    }
    let Some(folder) = super::foreign::pretrained() else { return };
    for (name, dims, picture) in [
        ("yanndubs_vae/btcvae_celeba.pt", 10, [3, 64, 64]),
        ("dennisjooo_mnist_dcgan/generator.pth", 100, [1, 28, 28]),
        ("csinva_mnist/lenet_epoch12.pth", 0, [1, 32, 32]),
        ("csinva_mnist/vae_epoch_25.pth", 20, [1, 28, 28]),
    ] {
        let (worst, arrays) = against_torch(text(&folder.join(name)), dims, picture, false);
        println!("{name}: {worst:e} in {arrays} arrays");
        assert!(arrays > 0 && worst < 2e-5, "{name} differs by {worst} in PyTorch");
    }
}

/// −ln p(x) of pictures by the exported PixelCNN.
const NATS: &str = r#"
import importlib.util, sys, torch
torch.set_num_threads(1)
spec = importlib.util.spec_from_file_location("exported", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.load()
shape = [int(n) for n in sys.argv[3].split(",")]
x = torch.frombuffer(bytearray(open(sys.argv[2], "rb").read()), dtype=torch.float32).reshape(shape)
y = torch.zeros(shape[0], dtype=torch.long) if sys.argv[4] == "classes" else None
print(" ".join(str(v) for v in model.nats(x, y).tolist()))
assert list(model.net.features(x * 2 - 1, y).shape[2:]) == shape[2:]
"#;

#[test]
fn a_pixelcnn_is_as_likely_in_pytorch() {
    if !torch() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let device = burn::tensor::Device::flex();
    for (i, (data, channels, more)) in [
        ("digits:40", 1, &["output=0"][..]),
        ("digits:40", 1, &["output=2", "conditional=1"]),
        ("digits:40", 1, &["output=0", "stacks=1"]),
        ("faces:20", 3, &["output=1"]),
        ("faces:20", 3, &["output=2"]),
    ]
    .into_iter()
    .enumerate()
    {
        let run = dir.path().join(format!("run-{i}"));
        let mut command =
            vec!["train", "pixelcnn", "--data", data, "--steps", "2", "--out", text(&run), "--device", "cpu"];
        for set in ["width=5", "layers=3", "batch=4", "size=28"].iter().chain(more) {
            command.extend(["--set", set]);
        }
        must(&command);
        let made = run.join("checkpoints/step-00000002.safetensors");
        let (weights, program) = (run.join("model.safetensors"), run.join("model.py"));
        must(&["convert", text(&made), "--out", text(&weights), "--torch", text(&program)]);
        let dice = zscope::nn::Noise::new(i as u64, 0).uniforms(2 * channels * 784, 0.5);
        let most = if more.contains(&"output=0") { 1.0 } else { 255.0 };
        let x: Vec<f32> = dice.iter().map(|v| ((v + 0.5) * most).round() / most).collect();
        let raw = run.join("x");
        std::fs::write(&raw, x.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>()).unwrap();
        let shape = format!("2,{channels},28,28");
        let told = if more.contains(&"conditional=1") { "classes" } else { "none" };
        let said = Command::new("python3")
            .args(["-c", NATS, text(&program), text(&raw), &shape, told])
            .output()
            .unwrap();
        assert!(said.status.success(), "{more:?}: {}", String::from_utf8_lossy(&said.stderr));
        let theirs: Vec<f32> =
            String::from_utf8_lossy(&said.stdout).split_whitespace().map(|v| v.parse().unwrap()).collect();
        let checkpoint = zscope::weights::Checkpoint::read(&weights).unwrap();
        let model = zscope::engine::open::open(&checkpoint, &device).unwrap();
        let held = zscope::zoo::Held::home(model, &device);
        let x = burn::tensor::Tensor::<4>::from_data(
            burn::tensor::TensorData::new(x, [2, channels, 28, 28]),
            &device,
        );
        let points = vec![zscope::point::Point::default(); 2];
        let given = zscope::zoo::Given::of(held.inputs(), &points, &device).unwrap();
        let costs = zscope::nn::host::floats(held.model().pixels().unwrap().costs(x, &given));
        let ours: Vec<f32> = costs.chunks(costs.len() / 2).map(|c| c.iter().sum()).collect();
        for (a, b) in ours.iter().zip(&theirs) {
            assert!((a - b).abs() < 1e-4 * a.abs(), "{more:?}: {a} here, {b} in PyTorch");
        }
    }
}

/// Pictures of the exported generator for a latent and weights between two classes.
const DRAW: &str = r#"
import importlib.util, sys, torch
torch.set_num_threads(1)
spec = importlib.util.spec_from_file_location("exported", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.load()
z = torch.tensor([[float(v) for v in sys.argv[2].split(",")]])
y = torch.zeros(1, 10)
y[0, 2], y[0, 7] = 0.75, 0.25
print(" ".join(str(v) for v in model(z, y).flatten().tolist()))
"#;

#[test]
fn residual_gans_draw_the_same_in_pytorch() {
    if !torch() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let device = burn::tensor::Device::flex();
    for (i, (recipe, more)) in [
        ("sngan", &[][..]),
        ("sngan", &["g_class=2", "d_class=2"]),
        ("sagan", &[]),
        ("biggan", &["attention=1"]),
    ]
    .into_iter()
    .enumerate()
    {
        let run = dir.path().join(format!("run-{i}"));
        let mut command = vec![
            "train",
            recipe,
            "--data",
            "digits:40",
            "--steps",
            "3",
            "--out",
            text(&run),
            "--device",
            "cpu",
        ];
        for set in ["width=4", "z=6", "batch=8"].iter().chain(more) {
            command.extend(["--set", set]);
        }
        must(&command);
        let made = run.join("checkpoints/step-00000003.safetensors");
        let (weights, program) = (run.join("model.safetensors"), run.join("model.py"));
        must(&["convert", text(&made), "--out", text(&weights), "--torch", text(&program)]);
        let z = zscope::nn::Noise::new(i as u64, 0).normals(6);
        let words = z.iter().map(f32::to_string).collect::<Vec<_>>().join(",");
        let said = Command::new("python3").args(["-c", DRAW, text(&program), &words]).output().unwrap();
        assert!(said.status.success(), "{recipe}: {}", String::from_utf8_lossy(&said.stderr));
        let theirs: Vec<f32> =
            String::from_utf8_lossy(&said.stdout).split_whitespace().map(|v| v.parse().unwrap()).collect();
        let checkpoint = zscope::weights::Checkpoint::read(&weights).unwrap();
        let held =
            zscope::zoo::Held::home(zscope::engine::open::open(&checkpoint, &device).unwrap(), &device);
        let mut class = vec![0.0; 10];
        (class[2], class[7]) = (0.75, 0.25);
        let mut point = zscope::point::Point::from(z);
        point.held.insert("class".into(), zscope::point::Value::Class(class));
        let ours = held.draw(&[point], &device, &mut zscope::nn::Watch::nobody()).unwrap();
        let worst = apart(&zscope::nn::host::floats(ours), &theirs);
        assert!(theirs.len() == 784 && worst < 1e-5, "{recipe} {more:?} differs by {worst}");
    }
}

/// Pictures of the exported generator for a latent.
const DRAW_Z: &str = r#"
import importlib.util, sys, torch
torch.set_num_threads(1)
spec = importlib.util.spec_from_file_location("exported", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.load()
z = torch.tensor([[float(v) for v in sys.argv[2].split(",")]])
print(" ".join(str(v) for v in model(z).flatten().tolist()))
"#;

/// A generator without a class after so many steps, here and in PyTorch.
fn drawn_by_both(recipe: &str, steps: usize, sets: &[&str], held: zscope::point::Values) {
    let dir = tempfile::tempdir().unwrap();
    let device = burn::tensor::Device::flex();
    let run = dir.path().join("run");
    let count = steps.to_string();
    let mut command = vec!["train", recipe, "--data", "digits:40", "--out", text(&run), "--device", "cpu"];
    command.extend(["--steps", &count]);
    for set in ["width=4", "z=6", "batch=8"].iter().chain(sets) {
        command.extend(["--set", set]);
    }
    must(&command);
    let made = run.join(format!("checkpoints/step-{steps:08}.safetensors"));
    let (weights, program) = (run.join("model.safetensors"), run.join("model.py"));
    must(&["convert", text(&made), "--out", text(&weights), "--torch", text(&program)]);
    let z = zscope::nn::Noise::new(steps as u64, 0).normals(6);
    let words = z.iter().map(f32::to_string).collect::<Vec<_>>().join(",");
    let said = Command::new("python3").args(["-c", DRAW_Z, text(&program), &words]).output().unwrap();
    assert!(said.status.success(), "{recipe}: {}", String::from_utf8_lossy(&said.stderr));
    let theirs: Vec<f32> =
        String::from_utf8_lossy(&said.stdout).split_whitespace().map(|v| v.parse().unwrap()).collect();
    let checkpoint = zscope::weights::Checkpoint::read(&weights).unwrap();
    let model = zscope::zoo::Held::home(zscope::engine::open::open(&checkpoint, &device).unwrap(), &device);
    let ours =
        model.draw(&[zscope::point::Point { z, held }], &device, &mut zscope::nn::Watch::nobody()).unwrap();
    let ours = zscope::nn::host::floats(ours);
    let worst = apart(&ours, &theirs);
    let varied = ours.iter().any(|v| (v - ours[0]).abs() > 0.05);
    assert!(theirs.len() == 784 && worst < 1e-5 && varied, "{recipe} {sets:?} differs by {worst}");
}

#[test]
fn growing_gans_draw_the_same_in_pytorch() {
    if !torch() {
        return;
    }
    // At the smallest resolution, within a fade, and grown up.
    for steps in [2, 4, 11] {
        drawn_by_both("progan", steps, &["stable=2", "fade=3"], zscope::point::Values::new());
    }
}

#[test]
fn style_based_gans_draw_the_same_in_pytorch() {
    if !torch() {
        return;
    }
    // The program's noise is its own, so that there is none of it.
    let still = (zscope::point::NOISE_STRENGTH.to_string(), zscope::point::Value::Number(0.0));
    drawn_by_both("stylegan", 4, &["style=5", "learning_rate_g=0.01"], [still].into());
}
