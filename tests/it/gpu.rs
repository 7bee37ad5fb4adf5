//! burn-wgpu for real, on software Vulkan where there is no GPU: training agrees with the CPU backend, and a picture
//! looks the same drawn from its buffer and drawn as a texture.
//!
//! Must not know: panels.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor, TensorData};
use eframe::egui;
use eframe::egui_wgpu::{WgpuSetup, WgpuSetupCreateNew};
use egui_kittest::Harness;
use std::process::Command;
use std::sync::Arc;
use zscope::gpu::{self, Canvas, Image, Look, Pixels};
use zscope::weights::Checkpoint;

/// True (with a printed reason) where there is nothing to draw with.
fn skip() -> bool {
    let none = !gpu::any_adapter();
    if none {
        println!("skipped: wgpu finds no adapter; install mesa-vulkan-drivers");
    }
    none
}

#[test]
fn training_and_decoding_agree_with_the_cpu() {
    if skip() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let train = |device: &str| {
        let run = dir.path().join(device);
        // Autotune would try every kernel on the software adapter; its level only matters for speed.
        let out = Command::new(env!("CARGO_BIN_EXE_zscope"))
            .env("CUBECL_AUTOTUNE_LEVEL", "0")
            .args([
                "train",
                "fc-vae",
                "--data",
                "digits:64",
                "--set",
                "batch=16",
                "--set",
                "hidden=32",
                "--set",
                "z=4",
            ])
            .args(["--steps", "4", "--seed", "3", "--device", device, "--out", run.to_str().unwrap()])
            .output()
            .unwrap();
        assert!(out.status.success(), "{device}: {}", String::from_utf8_lossy(&out.stderr));
        Checkpoint::read(&zscope::engine::folder::checkpoints(&run).pop().unwrap()).unwrap()
    };
    let (cpu, gpu) = (train("cpu"), train("gpu"));
    let decode = |c: &Checkpoint| {
        let model = zscope::engine::session::explore(c, &Device::flex()).unwrap();
        let z: Vec<f32> = (0..16u8).map(|i| f32::from(i) / 8.0 - 1.0).collect();
        let z = Tensor::<2>::from_data(TensorData::new(z, vec![4, 4]), &Device::flex());
        model.decode(z).unwrap().into_data().iter::<f32>().collect::<Vec<_>>()
    };
    let (a, b) = (decode(&cpu), decode(&gpu));
    assert_eq!(a.len(), b.len());
    let scale = a.iter().fold(0f32, |m, v| m.max(v.abs()));
    let worst = a.iter().zip(&b).map(|(x, y)| (x - y).abs()).fold(0f32, f32::max) / scale;
    assert!(worst < 1e-3, "decoded pictures differ by {worst} of their scale");
    // The same weights decoded on each: at most one step of a byte apart, which is what rounding can make of 1e-3.
    let newest = zscope::engine::folder::checkpoints(&dir.path().join("gpu")).pop().unwrap();
    let sample = |device: &str| {
        let out = dir.path().join(format!("{device}.png"));
        let done = Command::new(env!("CARGO_BIN_EXE_zscope"))
            .env("CUBECL_AUTOTUNE_LEVEL", "0")
            .args(["sample", newest.to_str().unwrap(), "--n", "4", "--device", device, "--out"])
            .arg(&out)
            .output()
            .unwrap();
        assert!(done.status.success(), "{device}: {}", String::from_utf8_lossy(&done.stderr));
        image::open(&out).unwrap().into_rgb8()
    };
    let (cpu, gpu) = (sample("cpu"), sample("gpu"));
    assert_eq!(cpu.dimensions(), gpu.dimensions());
    let apart = cpu.iter().zip(gpu.iter()).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(apart.is_some_and(|d| d <= 1), "samples differ by {apart:?} of 255");
    let range = cpu.iter().max().unwrap() - cpu.iter().min().unwrap();
    assert!(range > 20, "the samples are blank, so that nothing was compared");
}

/// A picture in memory and on the GPU.
type Pair = (Image, Image);

/// Draws the same pictures from memory (left) and from the GPU's buffer (right).
struct Both {
    pictures: Vec<(Image, Image, Look, Option<Pair>)>,
    canvases: Vec<(Canvas, Canvas)>,
}

fn values(channels: usize, seed: u32) -> Vec<f32> {
    let n = channels * 8 * 8;
    (0..n as u32).map(|i| ((i * 37 + seed * 101) % 97) as f32 / 80.0 - 0.1).collect()
}

impl Both {
    fn new(cc: &eframe::CreationContext<'_>) -> Self {
        let state = cc.wgpu_render_state.as_ref().unwrap();
        gpu::canvas::prepare(state);
        let device = gpu::share(state, |message| panic!("{message}")).unwrap().device;
        let image = |channels: usize, seed: u32| {
            let numbers = values(channels, seed);
            let tensor =
                Tensor::<3>::from_data(TensorData::new(numbers.clone(), vec![channels, 8, 8]), &device);
            let shared = gpu::publish(tensor).unwrap();
            assert!(matches!(shared.pixels, Pixels::Gpu(_)), "the picture was copied through the CPU");
            (Image { width: 8, height: 8, channels, pixels: Pixels::Cpu(Arc::new(numbers)) }, shared)
        };
        let mut pictures = Vec::new();
        for channels in [1, 3] {
            for smooth in [false, true] {
                for (low, high) in [(0.0, 1.0), (0.2, 0.7)] {
                    for difference in [false, true] {
                        let (cpu, gpu) = image(channels, 1);
                        let minus = difference.then(|| image(channels, 2));
                        pictures.push((cpu, gpu, Look { smooth, low, high }, minus));
                    }
                }
            }
        }
        let canvases = pictures.iter().map(|_| Default::default()).collect();
        Self { pictures, canvases }
    }
}

impl eframe::App for Both {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        for (i, ((cpu, gpu, look, minus), (left, right))) in
            self.pictures.iter().zip(&mut self.canvases).enumerate()
        {
            let at = |column: f32| {
                egui::Rect::from_min_size(egui::pos2(column * 32.0, i as f32 * 32.0), egui::vec2(32.0, 32.0))
            };
            let shapes = [
                left.shape(ui.ctx(), at(0.0), cpu, *look, minus.as_ref().map(|m| &m.0)),
                right.shape(ui.ctx(), at(1.0), gpu, *look, minus.as_ref().map(|m| &m.1)),
            ];
            ui.painter().extend(shapes);
        }
    }
}

#[test]
fn a_buffer_and_a_texture_look_the_same() {
    if skip() {
        return;
    }
    let setup = gpu::window_setup(WgpuSetupCreateNew::without_display_handle());
    let mut harness = Harness::builder()
        .with_size([64.0, 16.0 * 32.0])
        .with_pixels_per_point(1.0)
        .wgpu_setup(WgpuSetup::CreateNew(setup))
        .build_eframe(|cc| Both::new(cc));
    harness.run_steps(3);
    let picture = harness.render().unwrap();
    let (mut worst, mut sum) = (0u8, 0u64);
    for y in 0..picture.height() {
        for x in 0..32 {
            let (a, b) = (picture.get_pixel(x, y), picture.get_pixel(x + 32, y));
            for c in 0..3 {
                worst = worst.max(a[c].abs_diff(b[c]));
                sum += u64::from(a[c]);
            }
        }
    }
    assert!(sum > 100_000, "nothing was drawn");
    // The texture holds bytes, and clamps before it blends where the shader clamps each pixel too.
    assert!(worst <= 3, "the two paths differ by {worst} of 255");
}
