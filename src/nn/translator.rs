//! The generator of CycleGAN (Zhu, Park, Isola and Efros 2017, appendix), after Johnson, Alahi and Fei-Fei 2016: two halvings, residual
//! blocks, two doublings, with instance norm, and with reflected edges where the paper has them. The doublings are transposed convolutions
//! 4×4, where the paper has 3×3: every place then has as many weights behind it as its neighbours.
//!
//! Must not know: losses, any one system.

use super::Watch;
use super::fast;
use super::instance_norm::instance_norm;
use super::network::run::Value;
use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::tensor::ops::PadMode;
use burn::tensor::{Device, Tensor};

/// Halvings, and doublings.
const SCALES: usize = 2;

/// Two convolutions 3×3, and what came in.
#[derive(Module, Debug)]
pub struct Block {
    conv1: Conv2d,
    conv2: Conv2d,
}

/// `[n, from, h, w]` → `[n, to, h, w]`, −1 to 1; h and w are multiples of 4.
#[derive(Module, Debug)]
pub struct Translator {
    first: Conv2d,
    down: Vec<Conv2d>,
    blocks: Vec<Block>,
    up: Vec<ConvTranspose2d>,
    last: Conv2d,
}

/// With mirrored edges, their own line left out, `by` pixels each way: `[n, c, h, w]` → `[n, c, h + 2·by, w + 2·by]`.
pub fn reflected(x: Tensor<4>, by: usize) -> Tensor<4> {
    // Channels last, as the layers of training have pictures.
    let around = [(0, 0), (by, by), (by, by), (0, 0)];
    x.permute([0, 2, 3, 1]).pad(around, PadMode::Reflect).permute([0, 3, 1, 2]) // [n, c, h + 2·by, w + 2·by]
}

fn conv([from, to]: [usize; 2], kernel: usize, stride: usize, bias: bool, device: &Device) -> Conv2d {
    // Edges of stride 1 are reflected before.
    let pad = if stride == 1 { 0 } else { 1 };
    Conv2dConfig::new([from, to], [kernel, kernel])
        .with_stride([stride, stride])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_bias(bias)
        .init(device)
}

impl Translator {
    /// `width`: channels next to the picture (64 in the paper); the blocks have four times as many.
    pub fn new([from, to]: [usize; 2], width: usize, blocks: usize, device: &Device) -> Self {
        let wide = width << SCALES;
        let block = |_| Block {
            conv1: conv([wide, wide], 3, 1, false, device),
            conv2: conv([wide, wide], 3, 1, false, device),
        };
        let up = |i: usize| {
            ConvTranspose2dConfig::new([width << (i + 1), width << i], [4, 4])
                .with_stride([2, 2])
                .with_padding([1, 1])
                .with_bias(false)
                .init(device)
        };
        Self {
            first: conv([from, width], 7, 1, false, device),
            down: (0..SCALES).map(|i| conv([width << i, width << (i + 1)], 3, 2, false, device)).collect(),
            blocks: (0..blocks).map(block).collect(),
            up: (0..SCALES).rev().map(up).collect(),
            last: conv([width, to], 7, 1, true, device),
        }
    }

    /// `[n, from, h, w]`, −1 to 1 → `[n, to, h, w]`, −1 to 1. What each layer gives is told to `watch` under the name `own`.
    pub fn forward(&self, x: Tensor<4>, own: &str, watch: &mut Watch<'_>) -> Tensor<4> {
        let plain = |layer: &Conv2d, x: Tensor<4>| fast::conv(layer, x, fast::NOTHING); // [n, c, h, w]
        let mut x = instance_norm(plain(&self.first, reflected(x, 3)), fast::RELU); // [n, width, h, w]
        watch.layer(|| format!("{own}.first"), || Value::Map(x.clone()));
        for (i, layer) in self.down.iter().enumerate() {
            x = instance_norm(plain(layer, x), fast::RELU); // [n, width · 2ⁱ⁺¹, h / 2ⁱ⁺¹, w / 2ⁱ⁺¹]
            watch.layer(|| format!("{own}.down.{i}"), || Value::Map(x.clone()));
        }
        for (i, block) in self.blocks.iter().enumerate() {
            let y = instance_norm(plain(&block.conv1, reflected(x.clone(), 1)), fast::RELU); // [n, 4·width, h / 4, w / 4]
            x = x + instance_norm(plain(&block.conv2, reflected(y, 1)), fast::NOTHING); // [n, 4·width, h / 4, w / 4]
            watch.layer(|| format!("{own}.blocks.{i}"), || Value::Map(x.clone()));
        }
        for (i, layer) in self.up.iter().enumerate() {
            x = instance_norm(fast::conv_transpose(layer, x, fast::NOTHING), fast::RELU); // [n, width · 2ᵏ, twice the size]
            watch.layer(|| format!("{own}.up.{i}"), || Value::Map(x.clone()));
        }
        let x = fast::tanh(plain(&self.last, reflected(x, 3))); // [n, to, h, w]
        watch.layer(|| format!("{own}.last"), || Value::Map(x.clone()));
        x
    }
}
