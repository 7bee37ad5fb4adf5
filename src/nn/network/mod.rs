//! A network as a plain description: layers with their kinds and numbers, whose weights are named tensors. It is what
//! is inferred of a foreign file, what a person may correct in a small text file, and what is run, drawn and exported.
//!
//! Must not know: files, Burn, where a description came from.

pub mod fresh;
pub mod learn;
pub mod python;
pub mod run;
pub mod settings;
pub mod shape;
pub mod view;

use super::style::{Style, check::Frame};
use serde::{Deserialize, Serialize};

/// One thing that a network does to what flows through it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Op {
    /// y = W x + b. `NAME.weight` is `[out, in]`, `NAME.bias`, if any, `[out]`.
    Linear {
        /// NAME of its tensors.
        weights: String,
    },
    /// Convolution. `NAME.weight` is `[out, in / groups, k, k]`.
    Conv {
        /// NAME of its tensors.
        weights: String,
        /// Pixels from one application to the next.
        #[serde(default = "one")]
        stride: usize,
        /// Pixels added around the map.
        #[serde(default)]
        padding: usize,
        /// Pixels between the kernel's weights.
        #[serde(default = "one")]
        dilation: usize,
        /// Groups of channels that do not mix.
        #[serde(default = "one")]
        groups: usize,
        /// What stands around the map.
        #[serde(default)]
        edges: Edges,
    },
    /// Transposed convolution. `NAME.weight` is `[in, out, k, k]`.
    ConvTranspose {
        /// NAME of its tensors.
        weights: String,
        /// Pixels from one application to the next.
        #[serde(default = "one")]
        stride: usize,
        /// Pixels cut off around the result.
        #[serde(default)]
        padding: usize,
        /// Pixels added at the right and below.
        #[serde(default)]
        output_padding: usize,
    },
    /// Batch norm by its running statistics, on vectors or maps.
    BatchNorm {
        /// NAME of its tensors.
        weights: String,
        /// Added to the variance.
        #[serde(default = "epsilon")]
        epsilon: f64,
    },
    /// Group norm; with one group a layer norm over a map, with as many groups as channels an instance norm.
    GroupNorm {
        /// NAME of its tensors; empty = no scale and shift.
        #[serde(default)]
        weights: String,
        /// Groups; 0 = one a channel.
        groups: usize,
        /// Added to the variance.
        #[serde(default = "epsilon")]
        epsilon: f64,
    },
    /// Layer norm over a vector.
    LayerNorm {
        /// NAME of its tensors.
        weights: String,
        /// Added to the variance.
        #[serde(default = "epsilon")]
        epsilon: f64,
    },
    /// max(x, 0).
    Relu,
    /// x > 0 ? x : slope · x.
    LeakyRelu {
        /// The slope below 0.
        slope: f64,
    },
    /// x > 0 ? x : eˣ − 1.
    Elu,
    /// SELU (Klambauer et al. 2017).
    Selu,
    /// x · Φ(x).
    Gelu,
    /// x · σ(x).
    Silu,
    /// ln(1 + eˣ).
    Softplus,
    /// x · tanh(ln(1 + eˣ)) (Misra 2019).
    Mish,
    /// tanh x.
    Tanh,
    /// σ(x).
    Sigmoid,
    /// limit · tanh(x / limit).
    Bound {
        /// What no number exceeds.
        limit: f64,
    },
    /// PReLU: a learnt slope, `NAME.weight`.
    Prelu {
        /// NAME of its tensor.
        weights: String,
    },
    /// A vector as a map.
    Reshape {
        /// Channels.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
        /// Whether the vector has all channels of a pixel together, as TensorFlow and JAX have it.
        #[serde(default)]
        channels_last: bool,
    },
    /// A map as a vector.
    Flatten {
        /// Whether all channels of a pixel stand together, as TensorFlow and JAX have it; else one channel after the other.
        #[serde(default)]
        channels_last: bool,
    },
    /// Pixels of 0 added around a map, or (negative) cut off: what `padding` can't do where the two sides differ.
    Pad {
        /// Left and above.
        before: isize,
        /// Right and below.
        after: isize,
    },
    /// Every pixel becomes `factor` × `factor`.
    Upsample {
        /// How often wider and higher.
        factor: usize,
        /// Whether values are blended between pixels.
        #[serde(default)]
        bilinear: bool,
        /// Whether corners keep their values when they are blended (`align_corners`, as `UpsamplingBilinear2d` has it).
        #[serde(default)]
        aligned: bool,
    },
    /// Channels become pixels (Shi et al. 2016).
    PixelShuffle {
        /// How often wider and higher.
        factor: usize,
    },
    /// The largest of each window.
    MaxPool {
        /// Side of the window.
        size: usize,
        /// Pixels from one window to the next; 0 = they do not overlap.
        #[serde(default)]
        stride: usize,
        /// Pixels around the map that are in windows and never the largest.
        #[serde(default)]
        padding: usize,
    },
    /// The mean of each window; windows do not overlap.
    AvgPool {
        /// Side of the window; 0 = the whole map.
        size: usize,
    },
    /// x + main(x), or shortcut(x) + main(x).
    Residual {
        /// What is added.
        main: Vec<Layer>,
        /// What it is added to; empty = x itself.
        #[serde(default)]
        shortcut: Vec<Layer>,
    },
    /// Self-attention of a map's pixels (Zhang et al. 2018): each gives the mean of all values, weighted by the softmax of
    /// its query's products with all keys.
    Attention {
        /// From the map to queries.
        query: Vec<Layer>,
        /// From the map to keys, as many channels.
        key: Vec<Layer>,
        /// From the map to values.
        value: Vec<Layer>,
        /// Whether products are divided by the root of the keys' channels (Vaswani et al. 2017).
        #[serde(default)]
        scaled: bool,
    },
    /// All numbers times the one of `NAME.weight`.
    Scale {
        /// NAME of its tensor.
        weights: String,
    },
    /// The sum of the whole map, as critics of residual blocks end in (Miyato and Koyama 2018).
    SumPool,
    /// Every `stride`-th pixel, with channels of zeros around: the way beside a block without weights of its own (He et
    /// al. 2015, option A).
    Subsample {
        /// Pixels from one to the next.
        stride: usize,
        /// Channels of zeros before the map's own.
        before: usize,
        /// Channels of zeros behind them.
        after: usize,
    },
    /// Channels scaled and shifted as the chosen class asks (conditional batch norm: de Vries et al. 2017; FiLM: Perez et
    /// al. 2018): `NAME.weight` is `[classes, 2 · channels]`, scales first.
    Film {
        /// NAME of its tensor.
        weights: String,
        /// NAME of a matrix `[2 · channels, dims]` whose product with z is added to both (BigGAN's skip-z); empty = none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        latent: String,
    },
    /// Joins what flows with the chosen class: `NAME.weight` is `[classes, n]`. A map is joined by n channels, each of one
    /// number, or by one channel where n are its pixels.
    Class {
        /// NAME of its tensor; empty = one-hot.
        #[serde(default)]
        weights: String,
        /// How they are joined.
        join: Join,
        /// Classes, where it is one-hot.
        #[serde(default)]
        classes: usize,
    },
}

/// What a convolution's padding is made of (PyTorch's `padding_mode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edges {
    /// Zeros.
    #[default]
    Zeros,
    /// The map mirrored, as by `ReflectionPad2d`.
    Reflect,
    /// The outermost pixels, as by `ReplicationPad2d`.
    Replicate,
}

/// How a class joins a latent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// The class comes first.
    Before,
    /// The latent comes first.
    After,
    /// Multiplied.
    Multiply,
    /// Added.
    Add,
}

fn one() -> usize {
    1
}

fn epsilon() -> f64 {
    1e-5
}

/// A layer: what it does, and what of it was assumed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// What it does.
    #[serde(flatten)]
    pub op: Op,
    /// What of it neither names nor shapes tell, in words; empty = nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub assumed: String,
}

impl From<Op> for Layer {
    fn from(op: Op) -> Self {
        Self { op, assumed: String::new() }
    }
}

impl Layer {
    /// A layer of which `why` was assumed.
    pub fn assumed(op: Op, why: impl Into<String>) -> Self {
        Self { op, assumed: why.into() }
    }
}

pub use crate::point::Prior;

/// What the numbers of the pictures mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Range {
    /// 0 is black, 1 white.
    #[default]
    Unit,
    /// −1 is black, 1 white.
    Signed,
    /// 0 is black, 255 white.
    Bytes,
}

/// The order of colour channels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Red first.
    #[default]
    Rgb,
    /// Blue first, as OpenCV reads.
    Bgr,
}

/// How an encoder's last numbers are q(z|x).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Posterior {
    /// All are means (an auto-encoder).
    #[default]
    Mean,
    /// Two layers: the first gives means, the second log-variances.
    Heads,
    /// Two layers, log-variances first.
    HeadsReversed,
    /// The first half are means, the second log-variances.
    Halves,
    /// The first half are log-variances.
    HalvesReversed,
    /// Mean and log-variance by turns.
    Interleaved,
}

/// What a network's pictures are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// 1 (grey), 3 (colour), or 4 (colour with opacity, which is shown on white).
    pub channels: usize,
    /// What their numbers mean.
    #[serde(default)]
    pub range: Range,
    /// The order of channels.
    #[serde(default)]
    pub order: Order,
}

/// The latent space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latent {
    /// Dimensions of z; 0 = there is none.
    pub dims: usize,
    /// What z is drawn from.
    #[serde(default)]
    pub prior: Prior,
    /// Classes that a conditional network knows; 0 = it is not conditional.
    #[serde(default)]
    pub classes: usize,
    /// The class that is drawn.
    #[serde(default)]
    pub class: usize,
}

/// A network: whichever of its parts there are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// Version of this description; 1.
    pub format: u32,
    /// Its latent space.
    #[serde(default)]
    pub latent: Latent,
    /// Its pictures.
    pub picture: Picture,
    /// How the encoder's end is read.
    #[serde(default)]
    pub posterior: Posterior,
    /// From z to a picture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decoder: Vec<Layer>,
    /// A style-based generator, which stands in place of a decoder of layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub style: Option<Box<Style>>,
    /// From a picture to what the heads take, or to q(z|x) itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub encoder: Vec<Layer>,
    /// From the encoder's end to the first half of q(z|x).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub head: Vec<Layer>,
    /// From the encoder's end to the second half of q(z|x).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub second_head: Vec<Layer>,
    /// From a picture to what a discriminator or classifier says: logits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub critic: Vec<Layer>,
    /// Settings (`settings`) that the weights tell or that a person chose; the others are what is usual.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<String>,
    /// Sentences on what was inferred, and from what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Tensors of the file that no layer uses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unused: Vec<String>,
}

impl Picture {
    /// Channels of what is shown of it: 1 or 3.
    pub fn shown(&self) -> usize {
        self.channels.min(3)
    }
}

impl Op {
    /// NAME of its tensors; empty = it has none.
    pub fn weights(&self) -> &str {
        match self {
            Self::Linear { weights }
            | Self::Conv { weights, .. }
            | Self::ConvTranspose { weights, .. }
            | Self::BatchNorm { weights, .. }
            | Self::GroupNorm { weights, .. }
            | Self::LayerNorm { weights, .. }
            | Self::Prelu { weights }
            | Self::Scale { weights }
            | Self::Film { weights, .. }
            | Self::Class { weights, .. } => weights,
            _ => "",
        }
    }

    /// NAMEs of all its tensors, whichever there are.
    pub fn tensors(&self) -> impl Iterator<Item = &str> {
        let more = match self {
            Self::Film { latent, .. } => latent,
            _ => "",
        };
        [self.weights(), more].into_iter().filter(|n| !n.is_empty())
    }

    /// What it is called in the window and in sentences.
    pub fn title(&self) -> String {
        match self {
            Self::Linear { .. } => "Linear".into(),
            Self::Conv { .. } => "Convolution".into(),
            Self::ConvTranspose { .. } => "Transposed convolution".into(),
            Self::BatchNorm { .. } => "Batch norm".into(),
            Self::GroupNorm { groups: 0, .. } => "Instance norm".into(),
            Self::GroupNorm { .. } => "Group norm".into(),
            Self::LayerNorm { .. } => "Layer norm".into(),
            Self::Relu => "ReLU".into(),
            Self::LeakyRelu { slope } => format!("LeakyReLU {slope}"),
            Self::Elu => "ELU".into(),
            Self::Selu => "SELU".into(),
            Self::Gelu => "GELU".into(),
            Self::Silu => "SiLU".into(),
            Self::Softplus => "Softplus".into(),
            Self::Mish => "Mish".into(),
            Self::Tanh => "tanh".into(),
            Self::Sigmoid => "Sigmoid".into(),
            Self::Bound { .. } => "Bound".into(),
            Self::Prelu { .. } => "PReLU".into(),
            Self::Reshape { .. } => "Reshape".into(),
            Self::Flatten { .. } => "Flatten".into(),
            Self::Pad { .. } => "Pad".into(),
            Self::Upsample { .. } => "Upsample".into(),
            Self::PixelShuffle { .. } => "Pixel shuffle".into(),
            Self::MaxPool { .. } => "Max pool".into(),
            Self::AvgPool { .. } => "Average pool".into(),
            Self::Residual { .. } => "Residual block".into(),
            Self::Attention { .. } => "Self-attention".into(),
            Self::Scale { .. } => "Scale".into(),
            Self::SumPool => "Sum of the map".into(),
            Self::Subsample { .. } => "Subsample".into(),
            Self::Film { .. } => "Scale and shift by class".into(),
            Self::Class { .. } => "Class".into(),
        }
    }

    /// Its numbers in words ("kernel 4, stride 2, padding 1"); empty where it has none. The kernel's side is in the
    /// tensor, so the caller names it.
    pub fn details(&self, kernel: Option<usize>) -> String {
        let kernel = kernel.map(|k| format!("kernel {k}, ")).unwrap_or_default();
        match self {
            Self::Conv { stride, padding, dilation, groups, edges, .. } => {
                let edges = match edges {
                    Edges::Zeros => "",
                    Edges::Reflect => ", edges reflected",
                    Edges::Replicate => ", edges replicated",
                };
                let dilation = if *dilation > 1 { format!(", dilation {dilation}") } else { String::new() };
                let groups = if *groups > 1 { format!(", {groups} groups") } else { String::new() };
                format!("{kernel}stride {stride}, padding {padding}{edges}{dilation}{groups}")
            }
            Self::ConvTranspose { stride, padding, output_padding, .. } => {
                let out = if *output_padding > 0 {
                    format!(", output padding {output_padding}")
                } else {
                    String::new()
                };
                format!("{kernel}stride {stride}, padding {padding}{out}")
            }
            Self::BatchNorm { epsilon, .. } | Self::LayerNorm { epsilon, .. } => format!("ε {epsilon}"),
            Self::GroupNorm { groups: 0, epsilon, .. } => format!("ε {epsilon}"),
            Self::GroupNorm { groups, epsilon, .. } => format!("{groups} groups, ε {epsilon}"),
            Self::Upsample { factor, bilinear, aligned } => {
                let way = match (bilinear, aligned) {
                    (false, _) => "nearest",
                    (true, false) => "bilinear",
                    (true, true) => "bilinear, corners aligned",
                };
                format!("×{factor}, {way}")
            }
            Self::PixelShuffle { factor } => format!("×{factor}"),
            Self::Bound { limit } => format!("±{limit}"),
            Self::Attention { scaled: true, .. } => "scaled".into(),
            Self::Film { latent, .. } if !latent.is_empty() => "and by z".into(),
            Self::MaxPool { size, stride: 0, .. } => format!("{size}×{size}"),
            Self::MaxPool { size, stride, padding } => {
                format!("{size}×{size}, stride {stride}, padding {padding}")
            }
            Self::AvgPool { size: size @ 1.. } => format!("{size}×{size}"),
            Self::AvgPool { .. } => "whole map".into(),
            Self::Pad { before, after } => format!("{before} left and above, {after} right and below"),
            Self::Subsample { stride, before, after } => {
                format!("stride {stride}, {before} and {after} channels of zeros")
            }
            Self::Reshape { channels_last: true, .. } | Self::Flatten { channels_last: true } => {
                "channels last".into()
            }
            Self::Class { join, .. } => match join {
                Join::Before => "before z".into(),
                Join::After => "after z".into(),
                Join::Multiply => "times z".into(),
                Join::Add => "plus z".into(),
            },
            _ => String::new(),
        }
    }

    /// A convolution of neighbouring pixels in one group, with zeros around the map.
    pub fn conv(weights: impl Into<String>, stride: usize, padding: usize) -> Self {
        Self::Conv { weights: weights.into(), stride, padding, dilation: 1, groups: 1, edges: Edges::Zeros }
    }

    /// The same convolution in so many groups of channels.
    pub fn in_groups(mut self, count: usize) -> Self {
        if let Self::Conv { groups, .. } = &mut self {
            *groups = count;
        }
        self
    }

    /// A vector, channels first, as a map.
    pub fn reshape(channels: usize, height: usize, width: usize) -> Self {
        Self::Reshape { channels, height, width, channels_last: false }
    }

    /// A map as a vector, channels first.
    pub fn flatten() -> Self {
        Self::Flatten { channels_last: false }
    }

    /// The largest of windows that do not overlap.
    pub fn max_pool(size: usize) -> Self {
        Self::MaxPool { size, stride: 0, padding: 0 }
    }

    /// Every pixel `factor` × `factor` times.
    pub fn nearest(factor: usize) -> Self {
        Self::Upsample { factor, bilinear: false, aligned: false }
    }

    /// Lists of layers inside of it, with their names.
    pub fn within(&self) -> Vec<(&'static str, &[Layer])> {
        match self {
            Self::Residual { main, shortcut } => vec![("main", main), ("shortcut", shortcut)],
            Self::Attention { query, key, value, .. } => {
                vec![("query", query), ("key", key), ("value", value)]
            }
            _ => Vec::new(),
        }
    }

    /// The same, to change.
    pub fn within_mut(&mut self) -> Vec<&mut Vec<Layer>> {
        match self {
            Self::Residual { main, shortcut } => vec![main, shortcut],
            Self::Attention { query, key, value, .. } => vec![query, key, value],
            _ => Vec::new(),
        }
    }

    /// Whether it, or what it is made of, has tensors.
    pub fn weighted(&self) -> bool {
        !self.weights().is_empty() || !self.within().is_empty()
    }

    /// Whether it is an activation that nothing is learnt of.
    pub fn activation(&self) -> bool {
        self.elementwise() && self.weights().is_empty()
    }

    /// Whether it is a function of each number alone.
    pub fn elementwise(&self) -> bool {
        matches!(
            self,
            Self::Relu
                | Self::LeakyRelu { .. }
                | Self::Elu
                | Self::Selu
                | Self::Gelu
                | Self::Silu
                | Self::Softplus
                | Self::Mish
                | Self::Tanh
                | Self::Sigmoid
                | Self::Prelu { .. }
        )
    }
}

/// Layers and all that is inside them, in order; a residual block comes before what it is made of.
pub fn deep(layers: &[Layer]) -> Vec<&Layer> {
    let mut out = Vec::new();
    for layer in layers {
        out.push(layer);
        layer.op.within().into_iter().for_each(|(_, inside)| out.extend(deep(inside)));
    }
    out
}

impl Network {
    /// All its lists of layers with their names, whichever there are.
    pub fn parts(&self) -> Vec<(&'static str, &[Layer])> {
        let all = [
            ("decoder", self.decoder.as_slice()),
            ("encoder", &self.encoder),
            ("head", &self.head),
            ("second head", &self.second_head),
            ("critic", &self.critic),
        ];
        all.into_iter().filter(|(_, layers)| !layers.is_empty()).collect()
    }

    /// The same, to change.
    pub fn parts_mut(&mut self) -> [&mut Vec<Layer>; 5] {
        [&mut self.decoder, &mut self.encoder, &mut self.head, &mut self.second_head, &mut self.critic]
    }

    /// NAMEs of all tensors that its layers use, in order.
    pub fn names(&self) -> Vec<String> {
        let all = self.parts().into_iter().flat_map(|(_, layers)| deep(layers));
        let plain = all.flat_map(|l| l.op.tensors()).map(str::to_owned);
        plain.chain(self.style.iter().flat_map(|s| s.names())).collect()
    }

    /// Whether the tensor of that name is one of the decoder's.
    pub fn draws_by(&self, tensor: &str) -> bool {
        let module = tensor.rsplit_once('.').map_or(tensor, |(module, _)| module);
        deep(&self.decoder).iter().any(|l| l.op.tensors().any(|n| n == module))
    }

    /// Notes that these settings are no guesses.
    pub fn settle(&mut self, settings: &[&str]) {
        for setting in settings {
            if !self.settled.iter().any(|s| s == setting) {
                self.settled.push((*setting).into());
            }
        }
    }

    /// What its style-based generator has beside its layers.
    pub fn frame(&self) -> Frame {
        let p = &self.picture;
        let picture = [p.channels, p.height, p.width];
        Frame { latent: self.latent.dims, classes: self.latent.classes, picture }
    }

    /// Whether it draws pictures from latents.
    pub fn draws(&self) -> bool {
        !self.decoder.is_empty() || self.style.is_some()
    }

    /// Whether a picture can be encoded.
    pub fn encodes(&self) -> bool {
        !self.encoder.is_empty() || !self.head.is_empty()
    }

    /// Whether it is a classifier of several classes.
    pub fn outputs(&self, tensors: &shape::Sizes) -> usize {
        let flow = shape::Flow::map(self.picture.channels, self.picture.height, self.picture.width);
        shape::trace(&self.critic, flow, self.latent, tensors)
            .ok()
            .and_then(|t| t.last().map(|f| f.numbers()))
            .unwrap_or(0)
    }
}
