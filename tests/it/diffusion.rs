//! Auto-encoders of latent diffusion under the names that their programs give: opened whole by names alone.
//!
//! Must not know: how they are found.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::inferred::{Maker, sum, tensors};
use crate::strangers::{Made, torch_zip};
use burn::tensor::{Device, Tensor};
use zscope::nn::Noise;
use zscope::nn::network::run::Runner;
use zscope::nn::network::{Latent, Layer, Network, Op, Picture, Posterior, Range, settings};
use zscope::weights::open;

/// Whose names.
#[derive(Clone, Copy, PartialEq)]
enum Program {
    CompVis,
    Diffusers,
}

use Program::{CompVis, Diffusers};

impl Program {
    fn say(self, compvis: &str, diffusers: &str) -> String {
        if self == CompVis { compvis.into() } else { diffusers.into() }
    }
}

fn conv(m: &mut Maker, name: &str, into: usize, out: usize, k: usize) -> Layer {
    let layer = m.conv(name, into, out, k);
    m.normal(format!("{name}.bias"), &[out], 0.1, 0.0);
    layer
}

fn norm(m: &mut Maker, name: &str, n: usize) -> Layer {
    m.normal(format!("{name}.weight"), &[n], 0.2, 1.0);
    m.normal(format!("{name}.bias"), &[n], 0.2, 0.0);
    Op::GroupNorm { weights: name.into(), groups: 8, epsilon: 1e-6 }.into()
}

fn block(m: &mut Maker, of: Program, name: &str, into: usize, out: usize) -> Layer {
    let mut main = vec![norm(m, &format!("{name}.norm1"), into), Op::Silu.into()];
    main.extend([conv(m, &format!("{name}.conv1"), into, out, 3), norm(m, &format!("{name}.norm2"), out)]);
    main.extend([Op::Silu.into(), conv(m, &format!("{name}.conv2"), out, out, 3)]);
    let beside = format!("{name}.{}", of.say("nin_shortcut", "conv_shortcut"));
    sum(main, if into == out { Vec::new() } else { vec![conv(m, &beside, into, out, 1)] })
}

fn looks(m: &mut Maker, of: Program, name: &str, n: usize) -> Layer {
    let begin = norm(m, &format!("{name}.{}", of.say("norm", "group_norm")), n);
    let mut part =
        |compvis: &str, diffusers: &str| conv(m, &format!("{name}.{}", of.say(compvis, diffusers)), n, n, 1);
    let (query, key, value) = (vec![part("q", "to_q")], vec![part("k", "to_k")], vec![part("v", "to_v")]);
    let end = part("proj_out", "to_out.0");
    sum(vec![begin, Op::Attention { query, key, value, scaled: true }.into(), end], Vec::new())
}

fn middle(m: &mut Maker, of: Program, half: &str) -> Vec<Layer> {
    let name = |compvis: &str, diffusers: &str| format!("{half}.{}", of.say(compvis, diffusers));
    vec![
        block(m, of, &name("mid.block_1", "mid_block.resnets.0"), 16, 16),
        looks(m, of, &name("mid.attn_1", "mid_block.attentions.0"), 16),
        block(m, of, &name("mid.block_2", "mid_block.resnets.1"), 16, 16),
    ]
}

fn end(m: &mut Maker, of: Program, half: &str, into: usize, out: usize) -> Vec<Layer> {
    let norm = norm(m, &format!("{half}.{}", of.say("norm_out", "conv_norm_out")), into);
    vec![norm, Op::Silu.into(), conv(m, &format!("{half}.conv_out"), into, out, 3)]
}

/// For pictures of 64×64, and latent maps of 2 × 32 × 32.
fn kl(of: Program) -> (Network, Vec<Made>) {
    let mut m = Maker { noise: Noise::new(31, 0), made: Vec::new() };
    let m = &mut m;
    let down = |i: usize, rest: (&str, &str)| {
        of.say(&format!("encoder.down.{i}.{}", rest.0), &format!("encoder.down_blocks.{i}.{}", rest.1))
    };
    let mut encoder = vec![conv(m, "encoder.conv_in", 3, 8, 3)];
    encoder.push(block(m, of, &down(0, ("block.0", "resnets.0")), 8, 8));
    encoder.push(Op::Pad { before: 0, after: 1 }.into());
    let name = down(0, ("downsample.conv", "downsamplers.0.conv"));
    conv(m, &name, 8, 8, 3);
    encoder.push(Op::conv(name, 2, 0).into());
    encoder.push(block(m, of, &down(1, ("block.0", "resnets.0")), 8, 16));
    encoder.extend(middle(m, of, "encoder"));
    encoder.extend(end(m, of, "encoder", 16, 4));
    encoder.push(conv(m, "quant_conv", 4, 4, 1));
    let mut decoder = vec![Op::reshape(2, 32, 32).into(), conv(m, "post_quant_conv", 2, 2, 1)];
    decoder.push(conv(m, "decoder.conv_in", 2, 16, 3));
    decoder.extend(middle(m, of, "decoder"));
    // CompVis counts the decoder's stages from the picture on.
    decoder.push(block(m, of, &of.say("decoder.up.1.block.0", "decoder.up_blocks.0.resnets.0"), 16, 16));
    let name = of.say("decoder.up.1.upsample.conv", "decoder.up_blocks.0.upsamplers.0.conv");
    decoder.extend([Op::nearest(2).into(), conv(m, &name, 16, 16, 3)]);
    decoder.push(block(m, of, &of.say("decoder.up.0.block.0", "decoder.up_blocks.1.resnets.0"), 16, 8));
    decoder.extend(end(m, of, "decoder", 8, 3));
    let latent = Latent { dims: 2 * 32 * 32, ..Latent::default() };
    let picture = Picture { width: 64, height: 64, channels: 3, range: Range::Signed, ..Picture::default() };
    let network = Network {
        format: 1,
        latent,
        picture,
        posterior: Posterior::Halves,
        encoder,
        decoder,
        ..Network::default()
    };
    (network, std::mem::take(&mut m.made))
}

/// TAESD's halves: latent maps of 2 × 16 × 16.
fn tiny() -> (Network, Vec<Made>) {
    let mut m = Maker { noise: Noise::new(32, 0), made: Vec::new() };
    let m = &mut m;
    let three = |m: &mut Maker, name: &str| {
        let part = |m: &mut Maker, i: usize| conv(m, &format!("{name}.conv.{i}"), 8, 8, 3);
        let main = vec![part(m, 0), Op::Relu.into(), part(m, 2), Op::Relu.into(), part(m, 4)];
        [sum(main, Vec::new()), Op::Relu.into()]
    };
    let mut encoder = vec![conv(m, "encoder.layers.0", 3, 8, 3)];
    for i in [1, 3] {
        encoder.extend(three(m, &format!("encoder.layers.{i}")));
        m.conv(&format!("encoder.layers.{}", i + 1), 8, 8, 3);
        encoder.push(Op::conv(format!("encoder.layers.{}", i + 1), 2, 1).into());
    }
    encoder.push(conv(m, "encoder.layers.5", 8, 2, 3));
    let mut decoder = vec![Op::reshape(2, 16, 16).into(), Op::Bound { limit: 3.0 }.into()];
    decoder.extend([conv(m, "decoder.layers.0", 2, 8, 3), Op::Relu.into()]);
    for i in [2, 5] {
        decoder.extend(three(m, &format!("decoder.layers.{i}")));
        decoder.extend([Op::nearest(2).into(), m.conv(&format!("decoder.layers.{}", i + 2), 8, 8, 3)]);
    }
    decoder.push(conv(m, "decoder.layers.8", 8, 3, 3));
    let latent = Latent { dims: 2 * 16 * 16, ..Latent::default() };
    let picture = Picture { width: 64, height: 64, channels: 3, ..Picture::default() };
    let network = Network { format: 1, latent, picture, encoder, decoder, ..Network::default() };
    (network, std::mem::take(&mut m.made))
}

/// diffusers keeps attention's layers as linear ones.
fn as_linear(made: &[Made]) -> Vec<Made> {
    let linear = |m: &Made| match (m.0.contains(".attentions."), m.1.as_slice()) {
        (true, &[out, into, 1, 1]) => (m.0.clone(), vec![out, into], m.2.clone()),
        _ => m.clone(),
    };
    made.iter().map(linear).collect()
}

fn opens_as_it_is((network, made): &(Network, Vec<Made>), file: &[Made]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vae.pth");
    std::fs::write(&path, torch_zip(file)).unwrap();
    let (checkpoint, _) = open::foreign(&path).unwrap_or_else(|e| panic!("{e}"));
    let mut found = *checkpoint.card.network.clone().unwrap();
    assert!(found.picture.width > 64);
    assert!(settings::set(&mut found, "side", "63").unwrap_err().contains("steps of"));
    settings::set(&mut found, "side", "64").unwrap();
    assert!(found.unused.is_empty(), "{:?}", found.unused);
    let device = Device::flex();
    let z: Tensor<2> = Noise::new(4, 0).normal([2, network.latent.dims], &device);
    let ours = Runner::new(network, &tensors(made), &device).unwrap();
    let theirs = Runner::new(&found, &checkpoint.tensors, &device).unwrap();
    let worst = |a: Tensor<2>, b: Tensor<2>| (a - b).abs().max().into_data().iter::<f32>().next().unwrap();
    let (x, y) = (ours.decode(z.clone()).unwrap(), theirs.decode(z).unwrap());
    assert!(worst(x.clone().flatten(1, 3), y.flatten(1, 3)) < 1e-4, "{found:#?}");
    let ((a, s), (b, t)) = (ours.encode(x.clone()).unwrap(), theirs.encode(x).unwrap());
    assert!(worst(a, b) < 1e-4, "{found:#?}");
    assert_eq!(s.is_some(), t.is_some());
    if let (Some(s), Some(t)) = (s, t) {
        assert!(worst(s, t) < 1e-4, "{found:#?}");
    }
}

#[test]
fn auto_encoders_as_compvis_and_diffusers_name_them() {
    let made = kl(CompVis);
    opens_as_it_is(&made, &made.1);
    // A whole checkpoint of Stable Diffusion has them below another name.
    let below: Vec<Made> =
        made.1.iter().map(|m| (format!("first_stage_model.{}", m.0), m.1.clone(), m.2.clone())).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sd.ckpt");
    std::fs::write(&path, torch_zip(&below)).unwrap();
    assert!(open::foreign(&path).unwrap_or_else(|e| panic!("{e}")).0.card.network.unwrap().unused.is_empty());
    let made = kl(Diffusers);
    opens_as_it_is(&made, &as_linear(&made.1));
}

#[test]
fn the_small_copies_that_have_numbers_only() {
    let made = tiny();
    opens_as_it_is(&made, &made.1);
}

/// A number of a layer that no file has so many of is no loop of that length.
#[test]
fn absurd_numbers_of_layers_are_refused() {
    let (_, mut made) = tiny();
    made.push(("decoder.layers.18446744073709551615.weight".into(), vec![8, 8, 3, 3], vec![0.5; 576]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vae.pth");
    std::fs::write(&path, torch_zip(&made)).unwrap();
    // Opened as something else, or refused: in both cases at once.
    let _ = open::foreign(&path);
}
