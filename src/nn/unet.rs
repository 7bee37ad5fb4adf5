//! The U-Net of pix2pix (Isola et al. 2017, after Ronneberger et al. 2015): down to a small grid and up again, where each
//! layer up also sees the map of its size on the way down.
//!
//! Must not know: any one system, losses.

use super::Watch;
use super::dropout::Dropout;
use super::dual::{self, Dual};
use super::fast;
use super::instance_norm::instance_norm;
use super::network::run::Value;
use super::stack::channels;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor};

/// What LeakyReLU multiplies negative numbers with, as in the paper.
const LEAK: f32 = 0.2;
/// Least side of the smallest grid.
const SMALLEST: usize = 4;
/// Largest side of the maps behind which dropout stands: in the paper they are the first three of the way up, of 2, 4 and 8.
const DROPPED: usize = 8;

/// `[n, from, h, w]` → `[n, to, h, w]`.
#[derive(Module, Debug)]
pub struct UNet {
    down: Vec<Conv2d>,
    /// Batch norms; empty where there is instance norm, which has no parameters.
    down_norm: Vec<BatchNorm>,
    up: Vec<ConvTranspose2d>,
    /// The same of the way up.
    up_norm: Vec<BatchNorm>,
}

/// How often a size `[height, width]` is halved: both sides exactly, down to 4 or more.
pub fn depth(size: [usize; 2]) -> usize {
    let halves = |size: &[usize; 2]| {
        let exact = size.iter().all(|s| s.is_multiple_of(2) && s / 2 >= SMALLEST);
        exact.then_some(size.map(|s| s / 2))
    };
    std::iter::successors(Some(size), halves).count() - 1
}

impl UNet {
    /// `size`: height and width of the pictures; `width`: channels of the layer next to them.
    pub fn new([from, to]: [usize; 2], size: [usize; 2], width: usize, device: &Device) -> Self {
        let depth = depth(size).max(1);
        let conv = |i: usize| {
            let before = if i == 0 { from } else { channels(width, i - 1) };
            Conv2dConfig::new([before, channels(width, i)], [4, 4])
                .with_stride([2, 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_bias(i == 0)
                .init(device)
        };
        // Layer i of the way up sees what the layer before it gave, and beside it the map of its size.
        let back = |i: usize| {
            let seen = channels(width, i) * if i + 1 == depth { 1 } else { 2 };
            let after = if i == 0 { to } else { channels(width, i - 1) };
            ConvTranspose2dConfig::new([seen, after], [4, 4])
                .with_stride([2, 2])
                .with_padding([1, 1])
                .with_bias(i == 0)
                .init(device)
        };
        let norm = |i: usize| BatchNormConfig::new(channels(width, i)).init(device);
        Self {
            down: (0..depth).map(conv).collect(),
            down_norm: (1..depth).map(norm).collect(),
            up: (0..depth).rev().map(back).collect(),
            up_norm: (1..depth).rev().map(|i| norm(i - 1)).collect(),
        }
    }

    /// The same with instance norm, which is what the paper's batch norm comes to in its batches of one picture.
    pub fn instance(channels: [usize; 2], size: [usize; 2], width: usize, device: &Device) -> Self {
        Self { down_norm: Vec::new(), up_norm: Vec::new(), ..Self::new(channels, size, width, device) }
    }

    /// `[n, from, h, w]` → `[n, to, h, w]`, without a last nonlinearity. `dropout` takes numbers away behind the layers
    /// of the way up that give no more than 8×8, as in the paper. What each layer gives is told to `watch`, by the name of the network
    /// (`own`).
    pub fn forward(
        &self,
        x: Tensor<4>,
        dropout: &mut Dropout<'_>,
        own: &str,
        watch: &mut Watch<'_>,
    ) -> Tensor<4> {
        let mut passed: Vec<Tensor<4>> = Vec::new();
        let mut x = x;
        for (i, conv) in self.down.iter().enumerate() {
            x = match i.checked_sub(1) {
                Some(i) => normed(&self.down_norm, i, fast::conv(conv, x, fast::NOTHING), LEAK), // [n, w · 2ⁱ, s / 2ⁱ⁺¹, s / 2ⁱ⁺¹]
                None => fast::conv(conv, x, LEAK), // [n, w, s / 2, s / 2]
            };
            watch.layer(|| format!("{own}.down.{i}"), || Value::Map(x.clone()));
            passed.push(x.clone());
        }
        passed.pop(); // The smallest map is where the way up begins.
        for (i, conv) in self.up.iter().enumerate() {
            x = fast::conv_transpose(conv, x, fast::NOTHING); // [n, channels(width, depth - i - 2), twice the size]
            if i + 1 < self.up.len() {
                x = normed(&self.up_norm, i, x, fast::RELU); // the same shape [n, c, h, w]
                let small = x.dims()[2].min(x.dims()[3]) <= DROPPED;
                x = if small { dropout.apply(i, x) } else { x }; // [n, c, h, w]
            }
            watch.layer(|| format!("{own}.up.{i}"), || Value::Map(x.clone()));
            if let Some(same) = passed.pop() {
                x = Tensor::cat(vec![x, same], 1); // [n, 2 · channels, h / 2^k, w / 2^k]
            }
        }
        x
    }
}

/// Layer `i` of the batch norms, or instance norm where there are none, then max(y, slope · y): `[n, c, h, w]` → the same shape.
fn normed(norms: &[BatchNorm], i: usize, x: Tensor<4>, slope: f32) -> Tensor<4> {
    match norms.get(i) {
        Some(norm) => fast::norm(norm, x, slope), // [n, c, h, w]
        None => instance_norm(x, slope),          // [n, c, h, w]
    }
}

/// The discriminator of pix2pix ("PatchGAN"): a verdict of each patch, `[n, from, h, w]` → logits `[n, 1, s, t]`. With `k`
/// strided layers a verdict sees [`Patch::field`] pixels each way, and s = h / 2ᵏ − 2.
#[derive(Module, Debug)]
pub struct Patch {
    conv: Vec<Conv2d>,
    /// Batch norms; empty where there is instance norm, which has no parameters.
    norm: Vec<BatchNorm>,
}

impl Patch {
    /// Two strided layers: 34×34 pixels. `from`: channels of condition and picture together.
    pub fn new(from: usize, width: usize, device: &Device) -> Self {
        Self::of(from, width, 2, device)
    }

    /// Pixels that a verdict sees each way with so many strided layers: 16, 34, 70, 142.
    pub const fn field(strided: usize) -> usize {
        // From the last layer back: two of stride 1, kernel 4, then the strided ones: r → 2r + 2.
        let (mut r, mut i) = (7, 0);
        while i < strided {
            (r, i) = (2 * r + 2, i + 1);
        }
        r
    }

    /// With so many strided layers, one or more; channels grow to eight times `width`.
    pub fn of(from: usize, width: usize, strided: usize, device: &Device) -> Self {
        let conv = |from: usize, to: usize, stride: usize, bias: bool| {
            Conv2dConfig::new([from, to], [4, 4])
                .with_stride([stride, stride])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_bias(bias)
                .init(device)
        };
        let wide = |i: usize| width << i.min(3);
        let mut convs = vec![conv(from, width, 2, true)];
        for i in 1..=strided {
            convs.push(conv(wide(i - 1), wide(i), if i < strided { 2 } else { 1 }, false));
        }
        convs.push(conv(wide(strided), 1, 1, true));
        Self {
            conv: convs,
            norm: (1..=strided).map(|i| BatchNormConfig::new(wide(i)).init(device)).collect(),
        }
    }

    /// The same with instance norm, as CycleGAN has it.
    pub fn instance(from: usize, width: usize, strided: usize, device: &Device) -> Self {
        Self { norm: Vec::new(), ..Self::of(from, width, strided, device) }
    }

    /// One logit a patch: `[n, from, h, w]` → `[n, 1, s, t]`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        (0..self.conv.len()).fold(x, |x, i| self.layer(i, x))
    }

    /// What each layer gives of `[n, from, h, w]`, the logits `[n, 1, s, t]` as the last.
    pub fn maps(&self, x: Dual<4>) -> Vec<Dual<4>> {
        let next = |x: &mut Dual<4>, i: usize| {
            *x = self.layer(i, x.clone()); // [n, w · 2ⁱ, s / 2ⁱ⁺¹, s / 2ⁱ⁺¹]
            Some(x.clone())
        };
        (0..self.conv.len()).scan(x, next).collect()
    }

    /// Layer `i`: `[n, c, h, w]` → `[n, c', h', w']`.
    fn layer(&self, i: usize, x: Dual<4>) -> Dual<4> {
        let (last, conv) = (self.conv.len() - 1, &self.conv[i]);
        match i.checked_sub(1).and_then(|i| self.norm.get(i)) {
            Some(norm) => dual::norm(norm, dual::conv(conv, x, fast::NOTHING), LEAK), // [n, w · 2ⁱ, h, h]
            None if i == last => dual::conv(conv, x, fast::NOTHING),                  // [n, 1, t, t]
            None if i == 0 => dual::conv(conv, x, LEAK),                              // [n, w, s / 2, s / 2]
            None => dual::norm_each(dual::conv(conv, x, fast::NOTHING), LEAK),        // [n, w · 2ⁱ, h, h]
        }
    }
}
