//! The networks of super-resolution: SRResNet and the discriminator of SRGAN (Ledig et al. 2017, "Photo-realistic single image
//! super-resolution using a generative adversarial network", figure 4).
//!
//! Must not know: losses, any one system.

use super::Watch;
use super::dual::{self, Dual};
use super::fast;
use super::network::run::Value;
use super::residual::same;
use super::resnet::pixel_shuffle;
use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, TensorData, activation};

/// What a negative number is multiplied with in D.
const LEAK: f32 = 0.2;

/// max(x, 0) + a·min(x, 0) with one slope a that is learnt (He et al. 2015), which begins as PyTorch's, 0.25.
#[derive(Module, Debug)]
pub struct PRelu {
    slope: Param<Tensor<1>>,
}

impl PRelu {
    /// With the first slope.
    pub fn new(device: &Device) -> Self {
        Self { slope: Param::from_tensor(Tensor::from_data(TensorData::new(vec![0.25f32], [1]), device)) }
    }

    /// `[n, c, h, w]` → the same shape.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let slope = self.slope.val().reshape([1, 1, 1, 1]); // [1, 1, 1, 1]
        activation::relu(x.clone()) - activation::relu(-x) * slope // [n, c, h, w]
    }
}

/// Convolution, norm, PReLU, convolution, norm, and what came in.
#[derive(Module, Debug)]
pub struct Block {
    conv1: Conv2d,
    bn1: BatchNorm,
    prelu: PRelu,
    conv2: Conv2d,
    bn2: BatchNorm,
}

impl Block {
    fn new(width: usize, device: &Device) -> Self {
        let norm = || BatchNormConfig::new(width).init(device);
        Self {
            conv1: same(width, width, 3, device),
            bn1: norm(),
            prelu: PRelu::new(device),
            conv2: same(width, width, 3, device),
            bn2: norm(),
        }
    }

    /// `[n, width, h, w]` → the same shape.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = fast::norm(&self.bn1, fast::conv(&self.conv1, x.clone(), fast::NOTHING), fast::NOTHING); // [n, width, h, w]
        let h = self.prelu.forward(h); // [n, width, h, w]
        x + fast::norm(&self.bn2, fast::conv(&self.conv2, h, fast::NOTHING), fast::NOTHING) // [n, width, h, w]
    }
}

/// One doubling: a convolution to four times the channels, which become places, and PReLU.
#[derive(Module, Debug)]
pub struct Doubling {
    conv: Conv2d,
    prelu: PRelu,
}

/// What a generator of super-resolution is made of.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Channels of the pictures.
    pub channels: usize,
    /// Channels inside.
    pub width: usize,
    /// Residual blocks.
    pub blocks: usize,
    /// 2 or 4.
    pub factor: usize,
    /// Side of the first and last kernels, odd.
    pub kernel: usize,
}

/// SRResNet, the generator of SRGAN: `[n, c, h, w]` → `[n, c, factor·h, factor·w]`, both about −1 to 1. It takes any height and
/// width.
#[derive(Module, Debug)]
pub struct SrResNet {
    conv1: Conv2d,
    prelu: PRelu,
    blocks: Vec<Block>,
    conv2: Conv2d,
    bn: BatchNorm,
    up: Vec<Doubling>,
    conv3: Conv2d,
}

impl SrResNet {
    /// With fresh weights.
    pub fn new(plan: Plan, device: &Device) -> Self {
        let Plan { channels, width, blocks, factor, kernel } = plan;
        let doubling = |_| Doubling { conv: same(width, 4 * width, 3, device), prelu: PRelu::new(device) };
        Self {
            conv1: same(channels, width, kernel, device),
            prelu: PRelu::new(device),
            blocks: (0..blocks).map(|_| Block::new(width, device)).collect(),
            conv2: same(width, width, 3, device),
            bn: BatchNormConfig::new(width).init(device),
            up: (0..factor.max(1).ilog2()).map(doubling).collect(),
            conv3: same(width, channels, kernel, device),
        }
    }

    /// `[n, c, h, w]` → `[n, c, factor·h, factor·w]`. What each layer gives is told to `watch` under the name `own`.
    pub fn forward(&self, x: Tensor<4>, own: &str, watch: &mut Watch<'_>) -> Tensor<4> {
        let first = self.prelu.forward(fast::conv(&self.conv1, x, fast::NOTHING)); // [n, width, h, w]
        watch.layer(|| format!("{own}.conv1"), || Value::Map(first.clone()));
        let mut x = first.clone();
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.forward(x); // [n, width, h, w]
            watch.layer(|| format!("{own}.blocks.{i}"), || Value::Map(x.clone()));
        }
        let x = fast::norm(&self.bn, fast::conv(&self.conv2, x, fast::NOTHING), fast::NOTHING); // [n, width, h, w]
        let mut x = x + first;
        watch.layer(|| format!("{own}.conv2"), || Value::Map(x.clone()));
        for (i, up) in self.up.iter().enumerate() {
            let wide = fast::conv(&up.conv, x, fast::NOTHING); // [n, 4·width, h·2ⁱ, w·2ⁱ]
            x = up.prelu.forward(pixel_shuffle(wide, 2)); // [n, width, h·2ⁱ⁺¹, w·2ⁱ⁺¹]
            watch.layer(|| format!("{own}.up.{i}"), || Value::Map(x.clone()));
        }
        let x = fast::conv(&self.conv3, x, fast::NOTHING); // [n, c, factor·h, factor·w]
        watch.layer(|| format!("{own}.conv3"), || Value::Map(x.clone()));
        x
    }

    /// Pixels of the small picture, in each direction, that one of the large picture depends on at most.
    pub fn reach(&self) -> usize {
        let half = |conv: &Conv2d| conv.weight.dims()[2] / 2;
        // A pixel of a picture that was enlarged is a part of one of the small one.
        let up: usize = (0..self.up.len()).map(|i| 1usize.div_ceil(1 << i)).sum();
        half(&self.conv1)
            + 2 * self.blocks.len()
            + 1
            + up
            + half(&self.conv3).div_ceil(1 << self.up.len())
            + 1
    }

    /// By how much it enlarges.
    pub fn factor(&self) -> usize {
        1 << self.up.len()
    }
}

/// The discriminator of SRGAN: convolutions 3×3, every second of stride 2, with batch norm but the first and LeakyReLU 0.2; two dense
/// layers. `[n, c, h, w]` → logits `[n, 1]`.
#[derive(Module, Debug)]
pub struct Judge {
    conv: Vec<Conv2d>,
    norm: Vec<BatchNorm>,
    dense1: Linear,
    dense2: Linear,
}

impl Judge {
    /// `size`: height and width of the pictures. `width`: channels next to the picture (64 in the paper); the deepest layers have eight
    /// times as many.
    pub fn new(channels: usize, size: [usize; 2], width: usize, device: &Device) -> Self {
        let mut conv = Vec::new();
        let (mut from, mut size) = (channels, size);
        for stage in 0..4 {
            for stride in [1, 2] {
                let made = Conv2dConfig::new([from, width << stage], [3, 3])
                    .with_stride([stride, stride])
                    .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                    .with_bias(conv.is_empty());
                conv.push(made.init(device));
                from = width << stage;
            }
            size = size.map(|side| side.div_ceil(2));
        }
        let norm =
            conv.iter().skip(1).map(|c| BatchNormConfig::new(c.weight.dims()[0]).init(device)).collect();
        let wide = 16 * width;
        Self {
            conv,
            norm,
            dense1: LinearConfig::new(from * size[0] * size[1], wide).init(device),
            dense2: LinearConfig::new(wide, 1).init(device),
        }
    }

    /// What its convolutions make of a picture: `[n, c, h, w]` → `[n, 8·width, h/16, w/16]`.
    pub fn features(&self, x: Dual<4>) -> Dual<4> {
        self.conv.iter().enumerate().fold(x, |x, (i, conv)| {
            match i.checked_sub(1).and_then(|i| self.norm.get(i)) {
                Some(norm) => dual::norm(norm, dual::conv(conv, x, fast::NOTHING), LEAK), // [n, to, h', w']
                None => dual::conv(conv, x, LEAK),                                        // [n, width, h, w]
            }
        })
    }

    /// What it says of features `[n, 8·width, h, w]`: `[n, 1]`.
    pub fn verdict(&self, features: Dual<4>) -> Dual<2> {
        let flat = features.linear(|x| x.flatten::<2>(1, 3)); // [n, 8·width·h·w]
        dual::dense(&self.dense2, dual::dense(&self.dense1, flat, LEAK), fast::NOTHING) // [n, 1]
    }
}
