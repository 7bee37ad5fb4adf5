//! The two stacks of convolutions that image models are made of: pictures down to a small grid, and a small
//! grid up to pictures, a factor of two a layer.
//!
//! Must not know: any one system, losses.

use super::Watch;
use super::dual::{self, Dual};
use super::fast;
use super::network::run::Value;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor};

/// The sizes `[height, width]` of a picture on its way down, its own first: halved, rounded up, while the shorter side is
/// at least 7. 28 → 14 → 7 → 4; 64 → 32 → 16 → 8 → 4; 40×56 → 20×28 → 10×14 → 5×7. With 7 as the last, a discriminator
/// of 28×28 sees no more than ten pixels at once, and accepts what no judge can read.
pub(super) fn sizes(size: [usize; 2]) -> Vec<[usize; 2]> {
    let half = |&[h, w]: &[usize; 2]| (h.min(w) >= 7).then_some([h.div_ceil(2), w.div_ceil(2)]);
    std::iter::successors(Some(size), half).collect()
}

/// How often a picture of this size `[height, width]` is halved, and what is left of it then.
pub fn halvings(size: [usize; 2]) -> (usize, [usize; 2]) {
    let sizes = sizes(size);
    (sizes.len() - 1, sizes.last().copied().unwrap_or(size))
}

/// The kernel that halves this size, or doubles to it, exactly at stride 2 and padding 1: 4 along an even side, 3 along an
/// odd one. So there is no size from 7 up that the stacks can't make.
pub(super) fn kernel(size: [usize; 2]) -> [usize; 2] {
    size.map(|side| if side.is_multiple_of(2) { 4 } else { 3 })
}

/// Channels of layer `i` counted from the picture: `width · 2^i`, at most 8 · width (DCGAN's doubling).
pub fn channels(width: usize, i: usize) -> usize {
    width << i.min(3)
}

/// Which nonlinearity follows a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// max(x, 0).
    Relu,
    /// x > 0 ? x : 0.2·x, DCGAN's discriminator.
    Leaky,
}

impl Activation {
    /// What a negative number is multiplied with.
    fn slope(self) -> f32 {
        match self {
            Self::Relu => fast::RELU,
            Self::Leaky => 0.2,
        }
    }
}

/// Convolutions 4×4 (3 along an odd side), stride 2, padding 1, each with batch norm but (DCGAN) the first, or all without.
/// `[n, c, H, W]` → `[n, channels, h, w]`, see [`halvings`].
#[derive(Module, Debug)]
pub struct Down {
    conv: Vec<Conv2d>,
    bn: Vec<BatchNorm>,
    #[module(skip)]
    activation: Activation,
}

impl Down {
    /// `picture`: channels of the picture. `size`: its height and width. `norm`: whether there is batch norm.
    pub fn new(
        picture: usize,
        size: [usize; 2],
        width: usize,
        activation: Activation,
        norm: bool,
        device: &Device,
    ) -> Self {
        let sizes = sizes(size);
        let count = sizes.len() - 1;
        let conv = (0..count)
            .map(|i| {
                let from = if i == 0 { picture } else { channels(width, i - 1) };
                Conv2dConfig::new([from, channels(width, i)], kernel(sizes[i]))
                    .with_stride([2, 2])
                    .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                    .with_bias(i == 0 || !norm)
                    .init(device)
            })
            .collect();
        let normed = if norm { 1..count } else { 1..1 };
        let bn = normed.map(|i| BatchNormConfig::new(channels(width, i)).init(device)).collect();
        Self { conv, bn, activation }
    }

    /// `[n, c, h, w]` → `[n, deepest, h / 2ᵏ, w / 2ᵏ]` after k halvings.
    pub fn forward(&self, x: impl Into<Dual<4>>) -> Dual<4> {
        self.conv.iter().enumerate().fold(x.into(), |x, (i, conv)| {
            let slope = self.activation.slope();
            match i.checked_sub(1).and_then(|i| self.bn.get(i)) {
                Some(bn) => dual::norm(bn, dual::conv(conv, x, fast::NOTHING), slope), // [n, w · 2ⁱ, …], half the side
                None => dual::conv(conv, x, slope),                                    // the same
            }
        })
    }
}

/// Transposed convolutions 4×4 (3 along an odd side), stride 2, padding 1, each with batch norm and ReLU but the last, which
/// gives the picture's logits. `[n, channels, h, w]` → `[n, picture, H, W]`, see [`halvings`].
#[derive(Module, Debug)]
pub struct Up {
    conv: Vec<ConvTranspose2d>,
    bn: Vec<BatchNorm>,
}

impl Up {
    /// `picture`: channels of the picture. `size`: its height and width. `bias`: whether the last layer has one.
    pub fn new(picture: usize, size: [usize; 2], width: usize, bias: bool, device: &Device) -> Self {
        let sizes = sizes(size);
        let count = sizes.len() - 1;
        let to = |i: usize| if i == 0 { picture } else { channels(width, i - 1) };
        let conv = (0..count)
            .rev()
            .map(|i| {
                ConvTranspose2dConfig::new([channels(width, i), to(i)], kernel(sizes[i]))
                    .with_stride([2, 2])
                    .with_padding([1, 1])
                    .with_bias(bias && i == 0)
                    .init(device)
            })
            .collect();
        let bn = (1..count).rev().map(|i| BatchNormConfig::new(to(i)).init(device)).collect();
        Self { conv, bn }
    }

    /// The whole stack: `[n, channels, h, w]` → `[n, picture, H, W]`. What each layer gives is told to
    /// `watch`, by the name of the stack (`own`).
    pub fn forward(&self, x: Tensor<4>, own: &str, watch: &mut Watch<'_>) -> Tensor<4> {
        (0..self.conv.len()).fold(x, |x, i| {
            let x = self.layer(i, x); // [n, c, h, w], twice the side
            watch.layer(|| format!("{own}.conv.{i}"), || Value::Map(x.clone()));
            x
        })
    }

    /// Layer `i`: `[n, from, h, w]` → `[n, to, 2h, 2w]`, with its norm and ReLU where it is not the last.
    fn layer(&self, i: usize, x: Tensor<4>) -> Tensor<4> {
        let x = fast::conv_transpose(&self.conv[i], x, fast::NOTHING);
        match self.bn.get(i) {
            Some(bn) => fast::norm(bn, x, fast::RELU),
            None => x,
        }
    }
}
