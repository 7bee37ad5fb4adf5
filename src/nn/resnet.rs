//! The residual blocks of GANs that double and halve maps: Miyato et al. 2018, "Spectral normalization for generative adversarial
//! networks", appendix B.4, after Gulrajani et al. 2017.
//!
//! Must not know: any one system, losses.

use super::conditional::ConditionalNorm;
use super::dual::{self, Dual};
use super::fast;
use super::residual::same;
use super::spectral::Conv;
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// Each place four times: `[n, c, h, w]` → `[n, c, 2h, 2w]`.
pub fn double(x: Tensor<4>) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let x = x.reshape([n, c, h, 1, w, 1]).expand([n, c, h, 2, w, 2]); // [n, c, h, 2, w, 2]
    x.reshape([n, c, 2 * h, 2 * w]) // [n, c, 2h, 2w]
}

/// The mean of each 2×2: `[n, c, h, w]`, both sides even → `[n, c, h/2, w/2]`.
pub fn halve(x: Tensor<4>) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let x = x.reshape([n, c, h / 2, 2, w / 2, 2]).permute([0, 1, 2, 4, 3, 5]); // [n, c, h/2, w/2, 2, 2]
    x.reshape([n, c, h / 2, w / 2, 4]).mean_dim(4).reshape([n, c, h / 2, w / 2]) // [n, c, h/2, w/2]
}

/// Channels to places: `[n, c·r², h, w]` → `[n, c, h·r, w·r]` (PyTorch's PixelShuffle; Shi et al. 2016).
pub fn pixel_shuffle(x: Tensor<4>, r: usize) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let c = c / (r * r);
    let x = x.reshape([n, c, r, r, h, w]).permute([0, 1, 4, 2, 5, 3]); // [n, c, h, r, w, r]
    x.reshape([n, c, h * r, w * r]) // [n, c, h·r, w·r]
}

/// A block of the generator: norm, ReLU, doubling, convolution, norm, ReLU, convolution; beside it doubling and a convolution 1×1.
#[derive(Module, Debug)]
pub struct UpBlock {
    norm1: ConditionalNorm,
    conv1: Conv,
    norm2: ConditionalNorm,
    conv2: Conv,
    skip: Conv,
}

impl UpBlock {
    /// `condition`: numbers that its norms are told; `spectral`: whether the weights are divided by their σ.
    pub fn new([from, to]: [usize; 2], condition: usize, spectral: bool, device: &Device) -> Self {
        let conv = |from, to, kernel| Conv::new(same(from, to, kernel, device), spectral, device);
        Self {
            norm1: ConditionalNorm::new(from, condition, device),
            conv1: conv(from, to, 3),
            norm2: ConditionalNorm::new(to, condition, device),
            conv2: conv(to, to, 3),
            skip: conv(from, to, 1),
        }
    }

    /// `[n, from, h, w]`, and what its norms are told `[n, condition]` → `[n, to, 2h, 2w]`.
    pub fn forward(&self, x: Tensor<4>, condition: Option<&Tensor<2>>) -> Tensor<4> {
        let h = double(self.norm1.forward(x.clone(), condition)); // [n, from, 2h, 2w]
        let h = self.conv1.forward(h, fast::NOTHING); // [n, to, 2h, 2w]
        let h = self.norm2.forward(h, condition); // [n, to, 2h, 2w]
        // A convolution 1×1 of what is doubled is what is doubled of it, at a quarter of the work.
        let skip = double(self.skip.forward(x, fast::NOTHING)); // [n, to, 2h, 2w]
        self.conv2.forward(h, fast::NOTHING) + skip // [n, to, 2h, 2w]
    }

    /// Its convolutions, for what is asked of all weights.
    pub fn convs(&self) -> [&Conv; 3] {
        [&self.conv1, &self.conv2, &self.skip]
    }
}

/// A block of the discriminator: ReLU, convolution, ReLU, convolution, mean of each 2×2; beside it a convolution 1×1 and the same
/// mean. The block next to the picture has no ReLU before it; the last one keeps the size.
#[derive(Module, Debug)]
pub struct DownBlock {
    conv1: Conv,
    conv2: Conv,
    /// None where the map keeps its channels and its size.
    skip: Option<Conv>,
    #[module(skip)]
    first: bool,
    #[module(skip)]
    halves: bool,
}

impl DownBlock {
    /// `first`: whether it is next to the picture; `halves`: whether it halves the map.
    pub fn new(
        [from, to]: [usize; 2],
        (first, halves): (bool, bool),
        spectral: bool,
        device: &Device,
    ) -> Self {
        let conv = |from, to, kernel| Conv::new(same(from, to, kernel, device), spectral, device);
        Self {
            conv1: conv(from, to, 3),
            conv2: conv(to, to, 3),
            skip: (from != to || halves).then(|| conv(from, to, 1)),
            first,
            halves,
        }
    }

    /// `[n, from, h, w]` → `[n, to, h/2, w/2]`, or `[n, to, h, w]` where it does not halve.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let halve = |x: Dual<4>| if self.halves { x.linear(halve) } else { x }; // [n, to, h/2, w/2]
        let before = if self.first { fast::NOTHING } else { fast::RELU };
        let h = self.conv1.dual(dual::activate(x.clone(), before), fast::RELU); // [n, to, h, w]
        let h = halve(self.conv2.dual(h, fast::NOTHING)); // [n, to, h/2, w/2]
        let skip = match &self.skip {
            // The mean comes before the convolution 1×1, which is the same at a quarter of the work.
            Some(conv) => conv.dual(halve(x), fast::NOTHING), // [n, to, h/2, w/2]
            None => x,                                        // [n, to, h, w]
        };
        h + skip // [n, to, h/2, w/2]
    }
}
