//! A style-based generator as a plain description: a mapping from z to w, and a synthesis whose layers are modulated by w
//! (StyleGAN: Karras et al. 2019; StyleGAN2: 2020; StyleGAN2-ADA: 2020; StyleGAN3: 2021). Its weights are named tensors, under
//! the names of NVIDIA's PyTorch programs.
//!
//! Must not know: files, Burn, where a description came from.

pub mod chance;
pub mod check;
pub mod components;
pub mod filter;
mod ops;
pub mod run;
mod second;
mod third;
mod weights;

use serde::{Deserialize, Serialize};

/// The second raised to 0.5: what leaky ReLUs of slope 0.2 are multiplied by, so that the variance stays.
pub const GAIN: f64 = std::f64::consts::SQRT_2;

/// y = x (W · gain)ᵀ + b · bias gain. `NAME.weight` is `[out, in]`, `NAME.bias`, if any, `[out]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Dense {
    /// NAME of its tensors.
    pub weights: String,
    /// What the weights are multiplied by: the learning rate's factor over the root of the inputs.
    pub gain: f64,
    /// What the bias is multiplied by.
    pub bias_gain: f64,
}

/// From z, and the class, to w.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mapping {
    /// From weights over classes to what joins z; `None` = there are no classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embed: Option<Dense>,
    /// Each with a leaky ReLU; none: w is z, normalised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<Dense>,
    /// NAME of the mean of w over z, which truncation pulls towards: `[w]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<String>,
    /// How many w the synthesis takes.
    pub ws: usize,
    /// Dimensions of z and of w.
    pub dims: (usize, usize),
}

/// A convolution modulated by a style, with noise and a leaky ReLU (Karras et al. 2020, figure 2d). `NAME.weight` is
/// `[out, in, k, k]`, `NAME.bias` `[out]`; with noise `NAME.noise_const` `[h, w]` and `NAME.noise_strength` of one number; where the
/// size doubles `NAME.resample_filter` `[k, k]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Styled {
    /// NAME of its tensors.
    pub weights: String,
    /// From w to the style.
    pub affine: Dense,
    /// Whether it doubles the size.
    #[serde(default)]
    pub up: bool,
    /// Whether it has noise.
    #[serde(default)]
    pub noise: bool,
    /// What the leaky ReLU is multiplied by.
    pub gain: f64,
    /// What no number exceeds afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clamp: Option<f64>,
}

/// A modulated 1×1 convolution to colours, without demodulation. `NAME.weight` is `[channels, in, 1, 1]`, `NAME.bias` `[channels]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToRgb {
    /// NAME of its tensors.
    pub weights: String,
    /// From w to the style.
    pub affine: Dense,
    /// What the style is multiplied by.
    pub gain: f64,
    /// What no number exceeds afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clamp: Option<f64>,
}

/// The way beside a residual block: a 1×1 convolution without bias, twice as large. `NAME.weight` is `[out, in, 1, 1]`,
/// `NAME.resample_filter` `[k, k]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shortcut {
    /// NAME of its tensors.
    pub weights: String,
    /// What the weights are multiplied by.
    pub gain: f64,
}

/// The layers of one size of StyleGAN2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// NAME of `NAME.resample_filter` `[k, k]`, which the picture so far is made larger by.
    pub weights: String,
    /// Its maps' side, pixels.
    pub side: usize,
    /// Its convolutions: one in the first block, two in others, of which the first doubles the size.
    pub layers: Vec<Styled>,
    /// What is beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortcut: Option<Shortcut>,
    /// To the picture. In all blocks: pictures are added up; in the last one alone: that is the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_rgb: Option<ToRgb>,
}

/// What StyleGAN3 begins with: waves in the plane, turned and moved as w asks (Karras et al. 2021, appendix F).
/// `NAME.weight` is `[c, c]`, `NAME.freqs` `[c, 2]`, `NAME.phases` `[c]`, `NAME.transform` `[3, 3]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waves {
    /// NAME of its tensors.
    pub weights: String,
    /// From w to a rotation (cos, sin) and a move (x, y).
    pub affine: Dense,
    /// The map's side, pixels.
    pub side: usize,
    /// Pixels in a unit of length.
    pub rate: f64,
    /// Frequencies below are as they are; from there to half the rate they fade.
    pub bandwidth: f64,
}

/// A modulated convolution between two filters (Karras et al. 2021, figure 4b): larger, leaky ReLU, smaller. `NAME.weight` is
/// `[out, in, k, k]`, `NAME.bias` `[out]`, `NAME.magnitude_ema` one number, the mean square of what comes in; `NAME.up_filter` and
/// `NAME.down_filter` are `[k]`, along both ways, or `[k, k]`; the last layer has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filtered {
    /// NAME of its tensors.
    pub weights: String,
    /// From w to the style.
    pub affine: Dense,
    /// What the style of the last layer, which gives colours, is multiplied by; `None` = it is no such layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_rgb: Option<f64>,
    /// How many times larger it is at the leaky ReLU.
    pub up: usize,
    /// How many times smaller behind it.
    pub down: usize,
    /// Zeros left, right, above and below the map that was made larger; negative: cut off.
    pub padding: [isize; 4],
    /// Side of what it gives, pixels.
    pub side: usize,
    /// What no number exceeds at the leaky ReLU.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clamp: Option<f64>,
}

/// From w to the picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "program", rename_all = "kebab-case")]
pub enum Synthesis {
    /// StyleGAN2 and StyleGAN2-ADA. `NAME` is of `NAME.const` `[c, h, h]`.
    Stylegan2 {
        /// NAME of the constant that it begins with.
        constant: String,
        /// From the smallest maps to the picture.
        blocks: Vec<Block>,
    },
    /// StyleGAN3.
    Stylegan3 {
        /// What it begins with.
        input: Waves,
        /// From there to the picture.
        layers: Vec<Filtered>,
        /// What the picture is multiplied by.
        scale: f64,
    },
}

/// Which space the sliders are of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Space {
    /// What the mapping takes, N(0, 1).
    #[default]
    Z,
    /// What it gives: along its principal components, in σ (GANSpace: Härkönen et al. 2020).
    W,
}

/// A style-based generator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Style {
    /// Which space the sliders are of.
    #[serde(default)]
    pub space: Space,
    /// From z to w.
    pub mapping: Mapping,
    /// From w to the picture.
    pub synthesis: Synthesis,
}

impl Style {
    /// Whether it has noise at all.
    pub fn noisy(&self) -> bool {
        match &self.synthesis {
            Synthesis::Stylegan2 { blocks, .. } => blocks.iter().flat_map(|b| &b.layers).any(|l| l.noise),
            Synthesis::Stylegan3 { .. } => false,
        }
    }

    /// NAMEs of all tensors that it uses, in order.
    pub fn names(&self) -> Vec<String> {
        let Mapping { embed, layers, average, .. } = &self.mapping;
        let mut all: Vec<String> = embed.iter().chain(layers).map(|l| l.weights.clone()).collect();
        all.extend(average.clone());
        match &self.synthesis {
            Synthesis::Stylegan2 { constant, blocks } => {
                all.push(constant.clone());
                for Block { weights, layers, shortcut, to_rgb, .. } in blocks {
                    all.push(weights.clone());
                    all.extend(layers.iter().flat_map(|l| [l.weights.clone(), l.affine.weights.clone()]));
                    all.extend(shortcut.iter().map(|s| s.weights.clone()));
                    all.extend(to_rgb.iter().flat_map(|l| [l.weights.clone(), l.affine.weights.clone()]));
                }
            }
            Synthesis::Stylegan3 { input, layers, .. } => {
                all.extend([input.weights.clone(), input.affine.weights.clone()]);
                all.extend(layers.iter().flat_map(|l| [l.weights.clone(), l.affine.weights.clone()]));
            }
        }
        all
    }
}
