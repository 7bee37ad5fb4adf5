//! Networks that paint on label maps: Park, Liu, Wang and Zhu 2019, "Semantic image synthesis with spatially-adaptive
//! normalization". A norm without parameters of its own, whose gain and shift are told place by place by the map:
//! y = (1 + γ(m)) · BN(x) + β(m), so that what a place is of is not washed out by the norm.
//!
//! Must not know: any one system, losses.

use super::Watch;
use super::fast;
use super::network::run::Value;
use super::residual::same;
use super::resnet::{double, halve};
use super::spectral::Conv;
use super::stack::{Activation, Down, channels, halvings};
use super::unet::depth;
use burn::module::{Module, RunningState};
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor};

/// What LeakyReLU multiplies negative numbers with, as in the paper's program.
const LEAK: f32 = 0.2;

/// Label maps `[n, h, w]` with a channel a class, 1 where a place is of it: `[n, classes, h, w]`.
pub fn one_hot(maps: Tensor<3, Int>, classes: usize) -> Tensor<4> {
    let [n, h, w] = maps.dims();
    let each = Tensor::<1, Int>::arange(0..classes as i64, &maps.device()).reshape([1, classes, 1, 1]); // [1, classes, 1, 1]
    let maps = maps.reshape([n, 1, h, w]).expand([n, classes, h, w]); // [n, classes, h, w]
    maps.equal(each.expand([n, classes, h, w])).float() // [n, classes, h, w]
}

/// Spatially-adaptive normalisation.
#[derive(Module, Debug)]
pub struct Spade {
    running_mean: RunningState<Tensor<1>>,
    running_var: RunningState<Tensor<1>>,
    hidden: Conv2d,
    gain: Conv2d,
    shift: Conv2d,
}

impl Spade {
    /// `channels` of what is normalised; `hidden` channels between map and gain.
    pub fn new(channels: usize, [classes, hidden]: [usize; 2], device: &Device) -> Self {
        Self {
            running_mean: RunningState::new(Tensor::zeros([channels], device)),
            running_var: RunningState::new(Tensor::ones([channels], device)),
            hidden: same(classes, hidden, 3, device),
            gain: same(hidden, channels, 3, device),
            shift: same(hidden, channels, 3, device),
        }
    }

    /// `[n, channels, h, w]` and a map of that size `[n, classes, h, w]` → `[n, channels, h, w]`.
    pub fn forward(&self, x: Tensor<4>, map: Tensor<4>) -> Tensor<4> {
        let channels = x.dims()[1];
        let plain = BatchNormConfig::new(channels).init(&x.device()).no_grad();
        // Its running statistics are shared with this one's.
        let (running_mean, running_var) = (self.running_mean.clone(), self.running_var.clone());
        let norm = BatchNorm { running_mean, running_var, ..plain };
        let x = fast::norm(&norm, x, fast::NOTHING); // [n, channels, h, w]
        let told = fast::conv(&self.hidden, map, fast::RELU); // [n, hidden, h, w]
        let gain = fast::conv(&self.gain, told.clone(), fast::NOTHING); // [n, channels, h, w]
        x * (gain + 1.0) + fast::conv(&self.shift, told, fast::NOTHING) // [n, channels, h, w]
    }
}

/// A residual block of two convolutions, each behind such a norm, with a learned way past them where channels change. All its
/// convolutions on x are divided by their σ.
#[derive(Module, Debug)]
pub struct SpadeBlock {
    norm1: Spade,
    conv1: Conv,
    norm2: Spade,
    conv2: Conv,
    norm_skip: Option<Spade>,
    skip: Option<Conv>,
}

impl SpadeBlock {
    /// `told`: classes of the map, and hidden channels of its norms.
    pub fn new([from, to]: [usize; 2], told: [usize; 2], device: &Device) -> Self {
        let middle = from.min(to);
        let conv = |from, to, kernel| Conv::new(same(from, to, kernel, device), true, device);
        Self {
            norm1: Spade::new(from, told, device),
            conv1: conv(from, middle, 3),
            norm2: Spade::new(middle, told, device),
            conv2: conv(middle, to, 3),
            norm_skip: (from != to).then(|| Spade::new(from, told, device)),
            skip: (from != to).then(|| conv(from, to, 1)),
        }
    }

    /// `[n, from, h, w]` and a map of that size `[n, classes, h, w]` → `[n, to, h, w]`.
    pub fn forward(&self, x: Tensor<4>, map: &Tensor<4>) -> Tensor<4> {
        let h = fast::activate(self.norm1.forward(x.clone(), map.clone()), LEAK); // [n, from, h, w]
        let h = self.conv1.forward(h, fast::NOTHING); // [n, middle, h, w]
        let h = fast::activate(self.norm2.forward(h, map.clone()), LEAK); // [n, middle, h, w]
        let h = self.conv2.forward(h, fast::NOTHING); // [n, to, h, w]
        let past = match (&self.norm_skip, &self.skip) {
            (Some(norm), Some(conv)) => conv.forward(norm.forward(x, map.clone()), fast::NOTHING), // [n, to, h, w]
            _ => x, // [n, to, h, w]
        };
        past + h // [n, to, h, w]
    }
}

/// How a painter is built.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Channels of the picture.
    pub picture: usize,
    /// Its height and width.
    pub size: [usize; 2],
    /// Classes of the map.
    pub classes: usize,
    /// Channels of the block next to the picture.
    pub width: usize,
    /// Channels between a map and a norm's gain.
    pub hidden: usize,
    /// Dimensions of the style z.
    pub z: usize,
}

/// The generator: z `[n, z]` and a map `[n, classes, h, w]` → a picture of −1 to 1, `[n, picture, h, w]`.
#[derive(Module, Debug)]
pub struct Painter {
    begin: Linear,
    blocks: Vec<SpadeBlock>,
    last: Conv2d,
}

impl Painter {
    /// One block for each size from the smallest (about 4×4) to the picture's.
    pub fn new(plan: Plan, device: &Device) -> Self {
        let Plan { picture, size, classes, width, hidden, z } = plan;
        let times = depth(size);
        let [h, w] = size.map(|side| side >> times);
        let block = |level: usize| {
            let from = channels(width, (level + 1).min(times));
            SpadeBlock::new([from, channels(width, level)], [classes, hidden], device)
        };
        Self {
            begin: LinearConfig::new(z, channels(width, times) * h * w).init(device),
            blocks: (0..=times).rev().map(block).collect(),
            last: same(width, picture, 3, device),
        }
    }

    /// z `[n, z]` and a map `[n, classes, h, w]` → `[n, picture, h, w]`, −1 to 1. What each block gives is told to `watch` under
    /// its last convolution's name; `own`: the painter's.
    pub fn forward(&self, z: Tensor<2>, map: Tensor<4>, own: &str, watch: &mut Watch<'_>) -> Tensor<4> {
        let times = self.blocks.len() - 1;
        // The map at each size. A place of a small one has the share of each class, where the paper takes the nearest pixel: small
        // parts, an eye say, would be missed.
        let mut maps = vec![map];
        for i in 0..times {
            maps.push(halve(maps[i].clone())); // [n, classes, h / 2ⁱ⁺¹, w / 2ⁱ⁺¹]
        }
        let [n, _, h, w] = maps[times].dims();
        let x = fast::dense(&self.begin, z, fast::NOTHING); // [n, deepest · h · w]
        let deepest = x.dims()[1] / (h * w);
        let mut x = x.reshape([n, deepest, h, w]); // [n, deepest, h, w]
        watch.layer(|| format!("{own}.begin"), || Value::Map(x.clone()));
        for (i, (block, map)) in self.blocks.iter().zip(maps.iter().rev()).enumerate() {
            x = if i == 0 { x } else { double(x) }; // [n, from, h · 2ⁱ, w · 2ⁱ]
            x = block.forward(x, map); // [n, to, h · 2ⁱ, w · 2ⁱ]
            watch.layer(|| format!("{own}.blocks.{i}.conv2"), || Value::Map(x.clone()));
        }
        let x = fast::conv(&self.last, fast::activate(x, LEAK), fast::NOTHING); // [n, picture, h, w]
        watch.layer(|| format!("{own}.last"), || Value::Map(x.clone()));
        fast::tanh(x) // [n, picture, h, w]
    }
}

/// The encoder of styles: a picture of −1 to 1 `[n, picture, h, w]` → mean and log-variance of q(z|x), `[n, z]` each.
#[derive(Module, Debug)]
pub struct Style {
    down: Down,
    mean: Linear,
    log_variance: Linear,
}

impl Style {
    /// Convolutions down to about 4×4, then a dense layer for each of the two.
    pub fn new(plan: Plan, device: &Device) -> Self {
        let Plan { picture, size, width, z, .. } = plan;
        let (count, [h, w]) = halvings(size);
        let flat = channels(width, count.saturating_sub(1)) * h * w;
        let linear = || LinearConfig::new(flat, z).init(device);
        Self {
            down: Down::new(picture, size, width, Activation::Leaky, true, device),
            mean: linear(),
            log_variance: linear(),
        }
    }

    /// `[n, picture, h, w]` → `[n, z]` each.
    pub fn forward(&self, x: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        let h = self.down.forward(x).value.flatten::<2>(1, 3); // [n, flat]
        let mean = fast::dense(&self.mean, h.clone(), fast::NOTHING); // [n, z]
        (mean, fast::dense(&self.log_variance, h, fast::NOTHING)) // [n, z] each
    }
}
