//! What a PixelCNN says of a place: two values, levels of grey or colour, or a mixture of logistics, each as numbers, as a
//! cost and as a distribution.
//!
//! Must not know: how features come about.

use super::Plan;
use crate::nn::fast;
use crate::objective::discrete;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::tensor::{Device, Int, Tensor};

/// Levels of a picture's byte.
pub const BYTE: usize = 256;

/// The kind of distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// White or black: one logit a channel.
    Two,
    /// One logit for each of so many levels: bytes, or entries of a codebook. A channel is told of those before it.
    Levels {
        /// How many levels.
        levels: usize,
        /// Channels of a place.
        channels: usize,
    },
    /// A mixture of so many discretised logistics over 256 levels (Salimans et al. 2017, "PixelCNN++"); of colours green depends on
    /// red, and blue on both.
    Mixture {
        /// Components.
        components: usize,
        /// 1 or 3.
        channels: usize,
    },
}

impl Output {
    /// Channels of a place.
    pub fn channels(self) -> usize {
        match self {
            Self::Two => 1,
            Self::Levels { channels, .. } | Self::Mixture { channels, .. } => channels,
        }
    }

    /// Values of a channel.
    pub fn levels(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Levels { levels, .. } => levels,
            Self::Mixture { .. } => BYTE,
        }
    }

    /// Numbers that are said of a place at once, before any of its channels is known: of a channel, or of all.
    fn numbers(self) -> usize {
        match self {
            Self::Two => 1,
            Self::Levels { levels, .. } => levels,
            Self::Mixture { components, channels } => discrete::parameters(components, channels),
        }
    }
}

/// One channel's logits, with what the channels before it add to the features.
#[derive(Module, Debug)]
pub struct Channel {
    pub(super) before: Option<Conv2d>,
    pub(super) logits: Conv2d,
}

/// What follows the skip connections: two 1×1 convolutions (van den Oord et al. 2016, figure 2).
#[derive(Module, Debug)]
pub struct Head {
    pub(super) hidden: Conv2d,
    pub(super) channels: Vec<Channel>,
}

impl Head {
    pub(super) fn new(plan: &Plan, device: &Device) -> Self {
        let f = plan.features;
        let conv = |from, to| Conv2dConfig::new([from, to], [1, 1]).init(device);
        let apart = match plan.output {
            Output::Levels { channels, .. } => channels,
            Output::Two | Output::Mixture { .. } => 1,
        };
        let channel = |c: usize| Channel {
            before: (c > 0).then(|| conv(c, f)),
            logits: conv(f, plan.output.numbers()),
        };
        Self { hidden: conv(f, f), channels: (0..apart).map(channel).collect() }
    }

    /// Skip connections `[n, f, h, w]` → features `[n, f, h, w]`.
    pub(super) fn features(&self, skip: Tensor<4>) -> Tensor<4> {
        fast::conv(&self.hidden, fast::activate(skip, fast::RELU), fast::NOTHING) // [n, f, h, w]
    }

    /// Channels whose logits are apart.
    pub fn apart(&self) -> usize {
        self.channels.len()
    }

    /// The numbers of channel `c`, 0 where all are said at once: features `[n, f, h, w]` and the picture `[n, channels, h, w]`,
    /// −1 to 1, of which only the channels before `c` are looked at → `[n, numbers, h, w]`.
    pub fn numbers(&self, features: Tensor<4>, x: &Tensor<4>, c: usize) -> Tensor<4> {
        let Channel { before, logits } = &self.channels[c];
        let features = match before {
            Some(layer) => {
                let known = x.clone().slice_dim(1, 0..c); // [n, c, h, w]
                features + fast::conv(layer, known, fast::NOTHING) // [n, f, h, w]
            }
            None => features, // [n, f, h, w]
        };
        fast::conv(logits, fast::activate(features, fast::RELU), fast::NOTHING) // [n, numbers, h, w]
    }

    /// −ln p(x_i | x_<i) in nats of features `[n, f, h, w]` and levels `[n, channels, h, w]`: `[n, channels, h, w]`, of a mixture
    /// `[n, 1, h, w]`, whose channels have one cost.
    pub fn cost(&self, output: Output, features: Tensor<4>, levels: Tensor<4, Int>) -> Tensor<4> {
        let x = scaled(levels.clone(), output.levels()); // [n, channels, h, w]
        match output {
            Output::Two => {
                let logits = self.numbers(features, &x, 0); // [n, 1, h, w]
                discrete::two(logits, levels.float()) // [n, 1, h, w]
            }
            Output::Levels { channels, .. } => {
                let one = |c: usize| {
                    let logits = self.numbers(features.clone(), &x, c); // [n, levels, h, w]
                    discrete::levels(logits, levels.clone().slice_dim(1, c..c + 1)) // [n, 1, h, w]
                };
                let each: Vec<Tensor<4>> = (0..channels).map(one).collect();
                Tensor::cat(each, 1) // [n, channels, h, w]
            }
            Output::Mixture { components, .. } => {
                let numbers = self.numbers(features, &x, 0); // [n, numbers, h, w]
                discrete::mixture(numbers, x, components) // [n, 1, h, w]
            }
        }
    }
}

/// Levels from 0 to `levels` − 1 as the network sees them, −1 to 1: `[…]` → the same shape.
pub fn scaled<const D: usize>(levels_of: Tensor<D, Int>, levels: usize) -> Tensor<D> {
    levels_of.float() * (2.0 / (levels - 1).max(1) as f32) - 1.0
}
