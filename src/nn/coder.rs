//! Convolutional encoders and decoders with residual blocks, as VQ-VAEs have them (van den Oord et al. 2017, section 4.1;
//! Razavi et al. 2019). They halve and double maps exactly, by convolutions of 4×4 with stride 2.
//!
//! Must not know: any one system.

use super::fast;
use super::network::run::Value;
use super::residual::{Residual, same};
use super::tap::Watch;
use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::tensor::{Device, Tensor};

/// Residual blocks in each.
const BLOCKS: usize = 2;

/// A transposed convolution that doubles a map.
pub fn double(from: usize, to: usize, device: &Device) -> ConvTranspose2d {
    ConvTranspose2dConfig::new([from, to], [4, 4]).with_stride([2, 2]).with_padding([1, 1]).init(device)
}

fn halve(from: usize, to: usize, device: &Device) -> Conv2d {
    Conv2dConfig::new([from, to], [4, 4])
        .with_stride([2, 2])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .init(device)
}

fn blocks(width: usize, device: &Device) -> Vec<Residual> {
    (0..BLOCKS).map(|_| Residual::new(width, (width / 2).max(1), device)).collect()
}

/// `[n, from, 2ᵏ·h, 2ᵏ·w]` → `[n, width, h, w]`, none below 0.
#[derive(Module, Debug)]
pub struct Encoder {
    down: Vec<Conv2d>,
    conv: Conv2d,
    residual: Vec<Residual>,
}

impl Encoder {
    /// One that halves `halvings` times, at least once.
    pub fn new(from: usize, width: usize, halvings: usize, device: &Device) -> Self {
        let thin = (width / 2).max(1);
        let of =
            |i: usize| halve(if i == 0 { from } else { thin }, if i == 0 { thin } else { width }, device);
        let last = if halvings > 1 { width } else { thin };
        Self {
            down: (0..halvings.clamp(1, 2)).map(of).collect(),
            conv: same(last, width, 3, device),
            residual: blocks(width, device),
        }
    }

    /// `[n, from, 2ᵏ·h, 2ᵏ·w]` → `[n, width, h, w]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.down.iter().fold(x, |x, conv| fast::conv(conv, x, fast::RELU)); // [n, width, h, w]
        let x = fast::conv(&self.conv, x, fast::NOTHING); // [n, width, h, w]
        let x = self.residual.iter().fold(x, |x, block| block.forward(x)); // [n, width, h, w]
        fast::activate(x, fast::RELU) // [n, width, h, w]
    }
}

/// `[n, from, h, w]` → `[n, to, 2ᵏ·h, 2ᵏ·w]`.
#[derive(Module, Debug)]
pub struct Decoder {
    conv: Conv2d,
    residual: Vec<Residual>,
    up: Vec<ConvTranspose2d>,
}

impl Decoder {
    /// One that doubles `doublings` times, at least once.
    pub fn new([from, to]: [usize; 2], width: usize, doublings: usize, device: &Device) -> Self {
        let thin = (width / 2).max(1);
        let up = match doublings {
            0 | 1 => vec![double(width, to, device)],
            _ => vec![double(width, thin, device), double(thin, to, device)],
        };
        Self { conv: same(from, width, 3, device), residual: blocks(width, device), up }
    }

    /// `[n, from, h, w]` → `[n, to, 2ᵏ·h, 2ᵏ·w]`. `name`: what its layers are told under.
    pub fn forward(&self, x: Tensor<4>, name: &str, watch: &mut Watch<'_>) -> Tensor<4> {
        let x = fast::conv(&self.conv, x, fast::NOTHING); // [n, width, h, w]
        watch.layer(|| format!("{name}.conv"), || Value::Map(x.clone()));
        let mut x = x; // [n, width, h, w]
        for (i, block) in self.residual.iter().enumerate() {
            x = block.forward(x); // [n, width, h, w]
            watch.layer(|| format!("{name}.residual.{i}"), || Value::Map(x.clone()));
        }
        x = fast::activate(x, fast::RELU); // [n, width, h, w]
        let last = self.up.len() - 1;
        for (i, conv) in self.up.iter().enumerate() {
            let slope = if i < last { fast::RELU } else { fast::NOTHING };
            x = fast::conv_transpose(conv, x, slope); // [n, width / 2 or to, 2·h, 2·w]
            watch.layer(|| format!("{name}.up.{i}"), || Value::Map(x.clone()));
        }
        x
    }
}
