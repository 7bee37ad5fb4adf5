//! Decoders of residual blocks, written as their authors' libraries name and order their tensors: found again from the
//! bare file, with the wiring that only the batch norms remember.
//!
//! Must not know: how they are found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::strangers::{Made, torch_zip};
use burn::tensor::{Device, Tensor, TensorData};
use zscope::nn::network::run::{Runner, Value};
use zscope::nn::network::{Latent, Layer, Network, Op, Picture, Range, deep, knobs};
use zscope::nn::{Noise, Tensors};
use zscope::weights::open;

const Z: usize = 12;

/// A network under construction: its tensors in the order in which PyTorch would have registered them.
struct Maker {
    noise: Noise,
    made: Vec<Made>,
}

impl Maker {
    fn normal(&mut self, name: String, shape: &[usize], sigma: f32, mean: f32) {
        let count = shape.iter().product();
        let values = self.noise.normals(count).into_iter().map(|v| v * sigma + mean).collect();
        self.made.push((name, shape.to_vec(), values));
    }

    fn linear(&mut self, name: &str, into: usize, out: usize) -> Layer {
        self.normal(format!("{name}.weight"), &[out, into], (2.0 / into as f32).sqrt(), 0.0);
        self.normal(format!("{name}.bias"), &[out], 0.2, 0.0);
        Op::Linear { weights: name.into() }.into()
    }

    fn conv(&mut self, name: &str, into: usize, out: usize, k: usize) -> Layer {
        let sigma = (2.0 / (into * k * k) as f32).sqrt();
        self.normal(format!("{name}.weight"), &[out, into, k, k], sigma, 0.0);
        Op::conv(name, 1, k / 2).into()
    }

    fn norm(&mut self, name: &str, n: usize) -> Layer {
        self.normal(format!("{name}.weight"), &[n], 0.3, 1.0);
        self.normal(format!("{name}.bias"), &[n], 0.3, 0.0);
        for leaf in ["running_mean", "running_var"] {
            self.made.push((format!("{name}.{leaf}"), vec![n], vec![1.0; n]));
        }
        Op::BatchNorm { weights: name.into(), epsilon: 1e-5 }.into()
    }
}

fn act() -> Layer {
    Op::LeakyRelu { slope: 0.2 }.into()
}

fn sum(main: Vec<Layer>, shortcut: Vec<Layer>) -> Layer {
    Op::Residual { main, shortcut }.into()
}

/// As ResNet's blocks are written: `conv1, bn1, conv2, bn2, downsample`.
fn post(m: &mut Maker, name: &str, into: usize, out: usize) -> Vec<Layer> {
    let at = |part: &str| format!("{name}.{part}");
    let (c1, b1) = (m.conv(&at("conv1"), into, out, 3), m.norm(&at("bn1"), out));
    let (c2, b2) = (m.conv(&at("conv2"), out, out, 3), m.norm(&at("bn2"), out));
    let shortcut = if into == out {
        Vec::new()
    } else {
        vec![m.conv(&at("downsample.0"), into, out, 1), m.norm(&at("downsample.1"), out)]
    };
    vec![sum(vec![c1, b1, act(), c2, b2], shortcut), act()]
}

/// As SNGAN's are in mimicry: `c1, c2, b1, b2, c_sc`, norms first.
fn pre(m: &mut Maker, name: &str, into: usize, out: usize) -> Vec<Layer> {
    let at = |part: &str| format!("{name}.{part}");
    let (c1, c2) = (m.conv(&at("c1"), into, out, 3), m.conv(&at("c2"), out, out, 3));
    let (b1, b2) = (m.norm(&at("b1"), into), m.norm(&at("b2"), out));
    let shortcut = if into == out { Vec::new() } else { vec![m.conv(&at("c_sc"), into, out, 1)] };
    vec![sum(vec![b1, act(), c1, b2, act(), c2], shortcut)]
}

/// As IntroVAE's are: `conv_expand, conv1, bn1, conv2, bn2`, with the last norm after the sum.
fn introvae(m: &mut Maker, name: &str, into: usize, out: usize) -> Vec<Layer> {
    let at = |part: &str| format!("{name}.{part}");
    let shortcut = if into == out { Vec::new() } else { vec![m.conv(&at("conv_expand"), into, out, 1)] };
    let (c1, b1) = (m.conv(&at("conv1"), into, out, 3), m.norm(&at("bn1"), out));
    let (c2, b2) = (m.conv(&at("conv2"), out, out, 3), m.norm(&at("bn2"), out));
    vec![sum(vec![c1, b1, act(), c2], shortcut), b2, act()]
}

type Block = fn(&mut Maker, &str, usize, usize) -> Vec<Layer>;

/// Linear, three blocks of which two double the map, and a last convolution: 32×32 in colour.
fn decoder(block: Block, norm_last: bool) -> (Network, Vec<Made>) {
    let mut m = Maker { noise: Noise::new(11, 0), made: Vec::new() };
    let mut layers = vec![m.linear("fc", Z, 16 * 8 * 8)];
    layers.push(Op::Reshape { channels: 16, height: 8, width: 8 }.into());
    if !norm_last {
        layers.insert(1, act());
    }
    for (i, (into, out, up)) in [(16, 12, true), (12, 12, false), (12, 8, true)].into_iter().enumerate() {
        if up {
            layers.push(Op::nearest(2).into());
        }
        layers.extend(block(&mut m, &format!("block{}", i + 1), into, out));
    }
    if norm_last {
        layers.extend([m.norm("last_bn", 8), act()]);
    }
    layers.push(m.conv("last", 8, 3, 3));
    layers.push(Op::Tanh.into());
    let latent = Latent { dims: Z, ..Latent::default() };
    let picture = Picture { width: 32, height: 32, channels: 3, range: Range::Signed, ..Picture::default() };
    (Network { format: 1, latent, picture, decoder: layers, ..Network::default() }, m.made)
}

fn tensors(made: &[Made]) -> Tensors {
    made.iter().map(|(name, shape, v)| (name.clone(), TensorData::new(v.clone(), shape.clone()))).collect()
}

/// Lets every batch norm remember what it is given, as training does.
fn remember(network: &Network, layers: &[Layer], x: Value, made: &mut [Made], device: &Device) -> Value {
    let mut x = x;
    for layer in layers {
        if let Op::Residual { main, shortcut } = &layer.op {
            let added = remember(network, main, x.clone(), made, device);
            x = added.plus(remember(network, shortcut, x, made, device));
            continue;
        }
        if let (Op::BatchNorm { weights, .. }, Value::Map(map)) = (&layer.op, &x) {
            let [n, c, h, w] = map.dims();
            let rows = map.clone().permute([0, 2, 3, 1]).reshape([n * h * w, c]);
            let (variance, mean) = rows.var_mean_bias(0);
            for (leaf, tensor) in [("running_mean", mean), ("running_var", variance)] {
                let name = format!("{weights}.{leaf}");
                let values: Vec<f32> = tensor.into_data().iter::<f32>().collect();
                made.iter_mut().find(|m| m.0 == name).unwrap().2 = values;
            }
        }
        x = Runner::new(network, &tensors(made), device).unwrap().layer(&layer.op, x).unwrap();
    }
    x
}

/// Writes a decoder as a stranger's file, opens it, and compares what both draw.
fn found_again(block: Block, norm_last: bool) -> Network {
    let device = Device::flex();
    let (network, mut made) = decoder(block, norm_last);
    let z: Tensor<2> = Noise::new(3, 0).normal([64, Z], &device);
    remember(&network, &network.decoder, Value::Flat(z.clone()), &mut made, &device);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.pth");
    std::fs::write(&path, torch_zip(&made)).unwrap();
    let (checkpoint, _) = open::foreign(&path).unwrap_or_else(|e| panic!("{e}"));
    let found = *checkpoint.card.network.clone().unwrap();
    assert!(deep(&found.decoder).iter().any(|l| matches!(l.op, Op::Residual { .. })), "{found:#?}");
    let z = z.slice([0..8, 0..Z]);
    let drawn = Runner::new(&network, &tensors(&made), &device).unwrap().decode(z.clone()).unwrap();
    let again = Runner::new(&found, &checkpoint.tensors, &device).unwrap().decode(z).unwrap();
    assert_eq!(drawn.dims(), again.dims(), "{:#?}", found.decoder);
    let worst = (drawn - again).abs().max().into_data().iter::<f32>().next().unwrap();
    assert!(worst < 1e-4, "differs by {worst}: {:#?}", found.decoder);
    found
}

#[test]
fn blocks_as_resnet_wires_them() {
    let network = found_again(post, false);
    let activation = knobs::knobs(&network).into_iter().find(|k| k.name == "activation").unwrap();
    assert_eq!(activation.chosen.map(|i| activation.choices[i].clone()).as_deref(), Some("LeakyReLU 0.2"));
}

#[test]
fn blocks_with_norms_first_as_sngan_wires_them() {
    found_again(pre, true);
}

#[test]
fn blocks_with_a_norm_after_the_sum_as_introvae_wires_them() {
    found_again(introvae, false);
}
