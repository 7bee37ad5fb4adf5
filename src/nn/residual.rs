//! Residual blocks that keep the size of a map.
//!
//! Must not know: any one system.

use super::fast;
use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Tensor};

/// A convolution of stride 1 that keeps the map's size. `kernel`: odd.
pub fn same(from: usize, to: usize, kernel: usize, device: &Device) -> Conv2d {
    let p = kernel / 2;
    Conv2dConfig::new([from, to], [kernel, kernel])
        .with_padding(PaddingConfig2d::Explicit(p, p, p, p))
        .init(device)
}

/// x + conv1×1(ReLU(conv3×3(ReLU(x)))), the block of van den Oord et al. 2017, section 4.1.
#[derive(Module, Debug)]
pub struct Residual {
    conv1: Conv2d,
    conv2: Conv2d,
}

impl Residual {
    /// `channels` of the map, `inner` between the two convolutions.
    pub fn new(channels: usize, inner: usize, device: &Device) -> Self {
        Self { conv1: same(channels, inner, 3, device), conv2: same(inner, channels, 1, device) }
    }

    /// `[n, channels, h, w]` → the same shape.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = fast::activate(x.clone(), fast::RELU); // [n, channels, h, w]
        let h = fast::conv(&self.conv1, h, fast::RELU); // [n, inner, h, w]
        x + fast::conv(&self.conv2, h, fast::NOTHING) // [n, channels, h, w]
    }
}
