//! Decoders as well-known repositories name and order their tensors: found again from the bare file, with what only the
//! batch norms remember and what only the numbers of a Sequential tell.
//!
//! Must not know: how they are found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::strangers::{Made, torch_zip};
use burn::tensor::{Device, Tensor, TensorData};
use zscope::nn::network::run::{Runner, Value};
use zscope::nn::network::{Join, Latent, Layer, Network, Op, Picture, Range, deep, settings};
use zscope::nn::{Noise, Tensors};
use zscope::weights::open;

/// Latents of what is made here.
pub(crate) const Z: usize = 12;

/// A network under construction: its tensors in the order in which PyTorch would have registered them.
pub(crate) struct Maker {
    pub(crate) noise: Noise,
    pub(crate) made: Vec<Made>,
}

impl Maker {
    pub(crate) fn normal(&mut self, name: String, shape: &[usize], sigma: f32, mean: f32) {
        let count = shape.iter().product();
        let values = self.noise.normals(count).into_iter().map(|v| v * sigma + mean).collect();
        self.made.push((name, shape.to_vec(), values));
    }

    pub(crate) fn linear(&mut self, name: &str, into: usize, out: usize) -> Layer {
        self.normal(format!("{name}.weight"), &[out, into], (2.0 / into as f32).sqrt(), 0.0);
        self.normal(format!("{name}.bias"), &[out], 0.2, 0.0);
        Op::Linear { weights: name.into() }.into()
    }

    pub(crate) fn conv(&mut self, name: &str, into: usize, out: usize, k: usize) -> Layer {
        let sigma = (2.0 / (into * k * k) as f32).sqrt();
        self.normal(format!("{name}.weight"), &[out, into, k, k], sigma, 0.0);
        Op::conv(name, 1, k / 2).into()
    }

    /// A transposed convolution.
    pub(crate) fn up(
        &mut self,
        name: &str,
        (into, out): (usize, usize),
        k: usize,
        stride: usize,
        padding: usize,
    ) -> Layer {
        let area = if stride == k { 1 } else { (k / stride).pow(2) };
        self.normal(format!("{name}.weight"), &[into, out, k, k], (2.0 / (into * area) as f32).sqrt(), 0.0);
        Op::ConvTranspose { weights: name.into(), stride, padding, output_padding: 0 }.into()
    }

    pub(crate) fn norm(&mut self, name: &str, n: usize) -> Layer {
        self.normal(format!("{name}.weight"), &[n], 0.3, 1.0);
        self.normal(format!("{name}.bias"), &[n], 0.3, 0.0);
        for leaf in ["running_mean", "running_var"] {
            self.made.push((format!("{name}.{leaf}"), vec![n], vec![1.0; n]));
        }
        Op::BatchNorm { weights: name.into(), epsilon: 1e-5 }.into()
    }
}

pub(crate) fn act() -> Layer {
    Op::LeakyRelu { slope: 0.2 }.into()
}

pub(crate) fn sum(main: Vec<Layer>, shortcut: Vec<Layer>) -> Layer {
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

/// As those that double are in Lightning Bolts: `conv1, bn1, conv2.1, bn2, upsample.0.1, upsample.1`, where the numbers
/// leave a place for the doubling.
fn bolts(m: &mut Maker, name: &str, into: usize, out: usize) -> Vec<Layer> {
    let at = |part: &str| format!("{name}.{part}");
    let (c1, b1) = (m.conv(&at("conv1"), into, into, 3), m.norm(&at("bn1"), into));
    let (c2, b2) = (m.conv(&at("conv2.1"), into, out, 3), m.norm(&at("bn2"), out));
    let up = || Layer::from(Op::nearest(2));
    let shortcut = vec![up(), m.conv(&at("upsample.0.1"), into, out, 1), m.norm(&at("upsample.1"), out)];
    vec![sum(vec![c1, b1, act(), up(), c2, b2], shortcut), act()]
}

type Block = fn(&mut Maker, &str, usize, usize) -> Vec<Layer>;

/// Linear, three blocks of which two double the map, and a last convolution: 32×32 in colour.
fn decoder(block: Block, norm_last: bool) -> (Network, Vec<Made>) {
    let mut m = Maker { noise: Noise::new(11, 0), made: Vec::new() };
    let mut layers = vec![m.linear("fc", Z, 16 * 8 * 8)];
    layers.push(Op::reshape(16, 8, 8).into());
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

pub(crate) fn tensors(made: &[Made]) -> Tensors {
    let named = |name: &str| name.replace(".gamma", ".weight");
    made.iter().map(|(name, shape, v)| (named(name), TensorData::new(v.clone(), shape.clone()))).collect()
}

/// Lets every batch norm remember what it is given, as training does.
pub(crate) fn remember(
    network: &Network,
    layers: &[Layer],
    x: Value,
    made: &mut [Made],
    device: &Device,
) -> Value {
    let mut x = x;
    for layer in layers {
        if let Op::Residual { main, shortcut } = &layer.op {
            let added = remember(network, main, x.clone(), made, device);
            x = added.plus(remember(network, shortcut, x, made, device));
            continue;
        }
        if let Op::BatchNorm { weights, .. } = &layer.op {
            let rows = match &x {
                Value::Flat(rows) => rows.clone(),
                Value::Map(map) => {
                    let [n, c, h, w] = map.dims();
                    map.clone().permute([0, 2, 3, 1]).reshape([n * h * w, c])
                }
            };
            let (variance, mean) = rows.var_mean_bias(0);
            for (leaf, tensor) in [("running_mean", mean), ("running_var", variance)] {
                let name = format!("{weights}.{leaf}");
                let values: Vec<f32> = tensor.into_data().iter::<f32>().collect();
                made.iter_mut().find(|m| m.0 == name).unwrap().2 = values;
            }
        }
        // A batch of training has all classes.
        let runner = Runner::new(network, &tensors(made), device).unwrap().of_all_classes();
        x = runner.layer(&layer.op, x).unwrap();
    }
    x
}

/// Writes a decoder as a stranger's file, opens it, and compares what both draw of a class.
pub(crate) fn found_again(network: &Network, mut made: Vec<Made>, class: usize) -> Network {
    let device = Device::flex();
    let z: Tensor<2> = Noise::new(3, 0).normal([800, network.latent.dims], &device);
    remember(network, &network.decoder, Value::Flat(z.clone()), &mut made, &device);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.pth");
    std::fs::write(&path, torch_zip(&made)).unwrap();
    let (checkpoint, _) = open::foreign(&path).unwrap_or_else(|e| panic!("{e}"));
    let mut found = *checkpoint.card.network.clone().unwrap();
    let of = |network: &Network| Network { latent: Latent { class, ..network.latent }, ..network.clone() };
    let z = z.slice([0..8, 0..network.latent.dims]);
    let drawn = Runner::new(&of(network), &tensors(&made), &device).unwrap().decode(z.clone()).unwrap();
    let again = Runner::new(&of(&found), &checkpoint.tensors, &device).unwrap().decode(z).unwrap();
    assert_eq!(drawn.dims(), again.dims(), "{:#?}", found.decoder);
    let worst = (drawn - again).abs().max().into_data().iter::<f32>().next().unwrap();
    assert!(worst < 1e-4, "differs by {worst}: {:#?} {:?}", found.decoder, found.notes);
    found.latent.class = class;
    found
}

fn of_blocks(block: Block, norm_last: bool) -> Network {
    let (network, made) = decoder(block, norm_last);
    let found = found_again(&network, made, 0);
    assert!(deep(&found.decoder).iter().any(|l| matches!(l.op, Op::Residual { .. })), "{found:#?}");
    found
}

#[test]
fn blocks_as_resnet_wires_them() {
    let network = of_blocks(post, false);
    let activation = settings::all(&network).into_iter().find(|k| k.name == "activation").unwrap();
    assert_eq!(activation.chosen.map(|i| activation.choices[i].clone()).as_deref(), Some("LeakyReLU 0.2"));
}

#[test]
fn blocks_with_norms_first_as_sngan_wires_them() {
    of_blocks(pre, true);
}

#[test]
fn blocks_with_a_norm_after_the_sum_as_introvae_wires_them() {
    of_blocks(introvae, false);
}

/// A generator of linear layers that are wider than the picture, with the ε of 0.8 that so many copied.
#[test]
fn wide_linear_generators_with_their_epsilon() {
    let mut m = Maker { noise: Noise::new(5, 0), made: Vec::new() };
    let mut decoder = vec![m.linear("model.0", 64, 32), act()];
    for (i, (into, out)) in [(32, 64), (64, 400)].into_iter().enumerate() {
        decoder.push(m.linear(&format!("model.{}", 2 + 3 * i), into, out));
        let mut norm = m.norm(&format!("model.{}", 3 + 3 * i), out);
        if let Op::BatchNorm { epsilon, .. } = &mut norm.op {
            *epsilon = 0.8;
        }
        decoder.extend([norm, act()]);
    }
    decoder.push(m.linear("model.8", 400, 256));
    decoder.push(Op::reshape(1, 16, 16).into());
    decoder.push(Op::Tanh.into());
    let latent = Latent { dims: 64, ..Latent::default() };
    let picture = Picture { width: 16, height: 16, channels: 1, range: Range::Signed, ..Picture::default() };
    found_again(&Network { format: 1, latent, picture, decoder, ..Network::default() }, m.made, 0);
}

/// Upsampling between the layers of a Sequential shows in its numbers only; a norm comes first, and the class last.
#[test]
fn doublings_between_the_numbers_of_a_sequential() {
    let mut m = Maker { noise: Noise::new(6, 0), made: Vec::new() };
    m.normal("label_emb.weight".into(), &[4, 6], 1.0, 0.0);
    let embedding = Op::Class { weights: "label_emb".into(), join: Join::After, classes: 0 };
    let mut decoder = vec![embedding.into(), m.linear("l1.0", Z + 6, 16 * 49)];
    decoder.push(Op::reshape(16, 7, 7).into());
    decoder.extend([m.norm("blocks.0", 16), Op::nearest(2).into(), m.conv("blocks.2", 16, 16, 3)]);
    decoder.extend([m.norm("blocks.3", 16), act(), Op::nearest(2).into(), m.conv("blocks.6", 16, 8, 3)]);
    decoder.extend([m.norm("blocks.7", 8), act(), m.conv("blocks.9", 8, 1, 3), Op::Tanh.into()]);
    let latent = Latent { dims: Z, classes: 4, ..Latent::default() };
    let picture = Picture { width: 28, height: 28, channels: 1, range: Range::Signed, ..Picture::default() };
    let found =
        found_again(&Network { format: 1, latent, picture, decoder, ..Network::default() }, m.made, 2);
    assert_eq!(found.latent.classes, 4);
}

/// Blocks that double the map between their two convolutions.
#[test]
fn blocks_that_double_where_a_sequential_has_a_place_for_it() {
    let mut m = Maker { noise: Noise::new(12, 0), made: Vec::new() };
    let mut decoder = vec![m.linear("linear", Z, 16 * 8 * 8), Op::reshape(16, 8, 8).into()];
    decoder.extend(bolts(&mut m, "layer1.0", 16, 12));
    decoder.extend(bolts(&mut m, "layer2.0", 12, 8));
    decoder.extend([m.conv("conv1", 8, 3, 3), Op::Tanh.into()]);
    let latent = Latent { dims: Z, ..Latent::default() };
    let picture = Picture { width: 32, height: 32, channels: 3, range: Range::Signed, ..Picture::default() };
    found_again(&Network { format: 1, latent, picture, decoder, ..Network::default() }, m.made, 0);
}

/// SAGAN (Zhang et al. 2018) as its best-known repository writes it: the fourth layer and both attentions are assigned out
/// of order.
pub(crate) fn attending() -> (Network, Vec<Made>) {
    let mut m = Maker { noise: Noise::new(7, 0), made: Vec::new() };
    let of = |m: &mut Maker, name: &str, (into, out), stride, padding| {
        vec![
            m.up(&format!("{name}.0"), (into, out), 4, stride, padding),
            m.norm(&format!("{name}.1"), out),
            act(),
        ]
    };
    let third = of(&mut m, "l3", (16, 8), 2, 1);
    let first = of(&mut m, "l1", (Z, 24), 1, 0);
    let second = of(&mut m, "l2", (24, 16), 2, 1);
    let last = m.up("last.0", (8, 3), 4, 2, 1);
    let mut attention = |name: &str, n: usize| {
        m.made.push((format!("{name}.gamma"), vec![1], vec![0.7]));
        let part = |m: &mut Maker, part: &str, out| vec![m.conv(&format!("{name}.{part}_conv"), n, out, 1)];
        let (query, key) = (part(&mut m, "query", n / 4), part(&mut m, "key", n / 4));
        let value = part(&mut m, "value", n);
        let looks = Op::Attention { query, key, value, scaled: false };
        sum(vec![looks.into(), Op::Scale { weights: name.into() }.into()], Vec::new())
    };
    let (small, large) = (attention("attn1", 16), attention("attn2", 8));
    let begun = [Op::reshape(Z, 1, 1).into()].into_iter().chain(first).chain(second).chain([small]);
    let decoder = begun.chain(third).chain([large, last, Op::Tanh.into()]).collect();
    let latent = Latent { dims: Z, ..Latent::default() };
    let picture = Picture { width: 32, height: 32, channels: 3, range: Range::Signed, ..Picture::default() };
    (Network { format: 1, latent, picture, decoder, ..Network::default() }, m.made)
}

#[test]
fn self_attention_between_layers_that_stand_in_another_order() {
    let (network, made) = attending();
    found_again(&network, made, 0);
}

/// The last layer, of one pixel, cuts the map of 32 to a picture of 28.
#[test]
fn a_last_layer_that_cuts_the_edges() {
    let mut m = Maker { noise: Noise::new(8, 0), made: Vec::new() };
    let mut decoder = vec![Op::reshape(Z, 1, 1).into(), m.up("main.0", (Z, 24), 4, 1, 0)];
    decoder.extend([m.norm("main.1", 24), act()]);
    for (i, (into, out)) in [(24, 16), (16, 8), (8, 8)].into_iter().enumerate() {
        decoder.push(m.up(&format!("main.{}", 3 * i + 3), (into, out), 4, 2, 1));
        decoder.extend([m.norm(&format!("main.{}", 3 * i + 4), out), act()]);
    }
    decoder.extend([m.up("main.12", (8, 1), 1, 1, 2), Op::Tanh.into()]);
    let latent = Latent { dims: Z, ..Latent::default() };
    let picture = Picture { width: 28, height: 28, channels: 1, range: Range::Signed, ..Picture::default() };
    found_again(&Network { format: 1, latent, picture, decoder, ..Network::default() }, m.made, 0);
}

/// A conditional VAE whose class is a number each beside picture and latent: what the encoder gives says how long z is.
#[test]
fn a_class_of_one_number_each_is_no_latent() {
    let mut m = Maker { noise: Noise::new(9, 0), made: Vec::new() };
    m.linear("encoder.fc1", 16 * 16 + 5, 40);
    m.linear("encoder.mean", 40, Z);
    m.linear("encoder.logvar", 40, Z);
    let class = Op::Class { weights: String::new(), join: Join::After, classes: 5 };
    let mut decoder = vec![class.into(), m.linear("decoder.fc1", Z + 5, 40), Op::Relu.into()];
    decoder.extend([m.linear("decoder.fc2", 40, 16 * 16), Op::reshape(1, 16, 16).into(), Op::Sigmoid.into()]);
    let latent = Latent { dims: Z, classes: 5, ..Latent::default() };
    let picture = Picture { width: 16, height: 16, channels: 1, ..Picture::default() };
    let found =
        found_again(&Network { format: 1, latent, picture, decoder, ..Network::default() }, m.made, 3);
    assert_eq!((found.latent.dims, found.latent.classes), (Z, 5));
    assert!(found.unused.is_empty() && found.encodes(), "{found:#?}");
}

/// Convolutions in pairs look like residual blocks, and all of them as doublings make pictures of 512 pixels, whose glance
/// costs more than there is to spend: a network is found all the same.
#[test]
fn what_is_too_dear_to_be_looked_at_is_opened_unseen() {
    let mut m = Maker { noise: Noise::new(13, 0), made: Vec::new() };
    m.linear("embed1", 32, 12 * 64);
    for name in ["deconv4.0", "deconv4.2", "deconv3.0", "deconv3.2", "deconv2.0", "deconv2.2", "deconv1"] {
        let out = if name == "deconv1" { 3 } else { 12 };
        m.conv(name, 12, out, 3);
        m.normal(format!("{name}.bias"), &[out], 0.1, 0.0);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.pth");
    std::fs::write(&path, torch_zip(&m.made)).unwrap();
    let (checkpoint, _) = open::foreign(&path).unwrap_or_else(|e| panic!("{e}"));
    let network = checkpoint.card.network.unwrap();
    assert_eq!((network.latent.dims, network.picture.channels), (32, 3));
    assert!(network.unused.is_empty(), "{:?}", network.unused);
}

/// As WGAN-GP's MNIST generator makes 28 pixels (Gulrajani et al. 2017): 4, 8, cut to 7, 11, 28.
#[test]
fn a_map_of_8_cut_to_7_for_pictures_of_28() {
    let mut m = Maker { noise: Noise::new(51, 0), made: Vec::new() };
    let up = |m: &mut Maker, name: &str, (into, out), k, stride| {
        let layer = m.up(name, (into, out), k, stride, 0);
        m.normal(format!("{name}.bias"), &[out], 0.1, 0.0);
        layer
    };
    let mut decoder =
        vec![m.linear("preprocess.0", Z, 16 * 16), Op::Relu.into(), Op::reshape(16, 4, 4).into()];
    decoder.extend([up(&mut m, "block1.0", (16, 12), 5, 1), Op::Relu.into()]);
    decoder.push(Op::Pad { before: 0, after: -1 }.into());
    decoder.extend([up(&mut m, "block2.0", (12, 8), 5, 1), Op::Relu.into()]);
    decoder.extend([up(&mut m, "deconv_out", (8, 1), 8, 2), Op::Tanh.into()]);
    let latent = Latent { dims: Z, ..Latent::default() };
    let picture = Picture { width: 28, height: 28, channels: 1, range: Range::Signed, ..Picture::default() };
    found_again(&Network { format: 1, latent, picture, decoder, ..Network::default() }, m.made, 0);
}

/// Drawn characters with opacity, as huggan's: shown on white.
#[test]
fn pictures_of_four_channels_are_shown_on_white() {
    let mut m = Maker { noise: Noise::new(52, 0), made: Vec::new() };
    let mut decoder = vec![Op::reshape(Z, 1, 1).into(), m.up("main.0", (Z, 24), 4, 1, 0)];
    decoder.extend([
        m.norm("main.1", 24),
        act(),
        m.up("main.3", (24, 12), 4, 2, 1),
        m.norm("main.4", 12),
        act(),
    ]);
    decoder.extend([m.up("main.6", (12, 8), 4, 2, 1), m.norm("main.7", 8), act()]);
    decoder.extend([m.up("main.9", (8, 4), 4, 2, 1), Op::Tanh.into()]);
    let latent = Latent { dims: Z, ..Latent::default() };
    let picture = Picture { width: 32, height: 32, channels: 4, range: Range::Signed, ..Picture::default() };
    let found =
        found_again(&Network { format: 1, latent, picture, decoder, ..Network::default() }, m.made, 0);
    assert_eq!((found.picture.channels, found.picture.shown()), (4, 3));
    let device = Device::flex();
    let runner = Runner::of(std::sync::Arc::new(found), Default::default(), &device);
    // Black without opacity is white, red that is opaque is red.
    let pixels = TensorData::new(vec![-1.0f32, 1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 1.0], [1, 4, 1, 2]);
    let shown = runner.to_unit(Tensor::from_data(pixels, &device)).into_data();
    assert_eq!(shown.iter::<f32>().collect::<Vec<_>>(), [1.0, 1.0, 1.0, 0.0, 1.0, 0.0]);
    let back = runner.from_unit(Tensor::from_data(shown, &device)).into_data();
    assert_eq!(back.iter::<f32>().collect::<Vec<_>>(), [1.0, 1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 1.0]);
}

/// As Keras programs have it that give a layer its activation: the norm stands behind, and never remembers a mean below 0.
#[test]
fn norms_behind_their_activations() {
    let mut m = Maker { noise: Noise::new(53, 0), made: Vec::new() };
    let mut decoder = vec![Op::reshape(Z, 1, 1).into()];
    for (i, (into, out, stride, padding)) in
        [(Z, 24, 1, 0), (24, 16, 2, 1), (16, 8, 2, 1)].into_iter().enumerate()
    {
        decoder.extend([m.up(&format!("conv{i}"), (into, out), 4, stride, padding), Op::Relu.into()]);
        decoder.push(m.norm(&format!("bn{i}"), out));
    }
    decoder.extend([m.up("last", (8, 3), 4, 2, 1), Op::Tanh.into()]);
    let latent = Latent { dims: Z, ..Latent::default() };
    let picture = Picture { width: 32, height: 32, channels: 3, range: Range::Signed, ..Picture::default() };
    let found =
        found_again(&Network { format: 1, latent, picture, decoder, ..Network::default() }, m.made, 0);
    assert!(found.settled.iter().any(|s| s == "norms"));
}
