//! The two discriminators of clips, after MoCoGAN (Tulyakov, Liu, Yang and Kautz 2018): one sees single frames, the other whole
//! clips. The paper's second has 3-D convolutions. Here they are parted into convolutions over space, frame by frame, and
//! convolutions over time after them ((2+1)-D, Tran et al. 2018, "A closer look at spatiotemporal convolutions"): 3-D ones have no
//! quick way on a processor, and 2-D ones of all frames at once do.
//!
//! Shapes for 16 frames of 3×32×32 and width 24: a frame 3×32² → 24×16² → 48×8² → 96×4² → C; of a clip each frame likewise → 96, then
//! over time 96×16 → 96×8 → 96×4 → 96×2 → C.
//!
//! Must not know: any one system, losses.

use super::dual::{self, Dual};
use super::spectral::{Conv, Dense};
use super::stack;
use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::Conv2dConfig;
use burn::tensor::Device;

/// Slope of the leaky ReLUs.
const LEAKY: f32 = 0.2;

/// Convolutions that halve frames, as DCGAN's, without batch norm: each may be divided by its largest singular value.
#[derive(Module, Debug)]
pub struct Frames {
    conv: Vec<Conv>,
}

impl Frames {
    /// `from`: channels of a frame; `size`: its height and width.
    fn new(from: usize, size: [usize; 2], width: usize, spectral: bool, device: &Device) -> Self {
        let sizes = stack::sizes(size);
        let layer = |(i, size): (usize, &[usize; 2])| {
            let from = if i == 0 { from } else { stack::channels(width, i - 1) };
            let conv = Conv2dConfig::new([from, stack::channels(width, i)], stack::kernel(*size))
                .with_stride([2, 2])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init(device);
            Conv::new(conv, spectral, device)
        };
        Self { conv: sizes[..sizes.len() - 1].iter().enumerate().map(layer).collect() }
    }

    /// Numbers that it makes of a frame.
    fn numbers(size: [usize; 2], width: usize) -> usize {
        let (count, [h, w]) = stack::halvings(size);
        stack::channels(width, count - 1) * h * w
    }

    /// `[n, c, h, w]` → `[n, numbers]`.
    fn forward(&self, x: Dual<4>) -> Dual<2> {
        let h = self.conv.iter().fold(x, |x, conv| conv.dual(x, LEAKY)); // [n, deepest, h, w]
        h.linear(|h| h.flatten::<2>(1, 3)) // [n, deepest · h · w]
    }
}

/// Says of single frames how real they are.
#[derive(Module, Debug)]
pub struct OfFrames {
    frames: Frames,
    judge: Dense,
}

impl OfFrames {
    /// `from`: channels of a frame; `size`: its height and width; `spectral`: whether weights are divided.
    pub fn new(from: usize, size: [usize; 2], width: usize, spectral: bool, device: &Device) -> Self {
        let judge = Dense::new([Frames::numbers(size, width), 1], true, spectral, device);
        Self { frames: Frames::new(from, size, width, spectral, device), judge }
    }

    /// `[n, c, h, w]`, −1 to 1 → C, `[n, 1]`.
    pub fn forward(&self, x: Dual<4>) -> Dual<2> {
        self.judge.dual(self.frames.forward(x)) // [n, 1]
    }
}

/// Says of clips how real they are.
#[derive(Module, Debug)]
pub struct OfClips {
    frames: Frames,
    features: Dense,
    time: Vec<Conv>,
    judge: Dense,
}

/// Frames that are left after so many halvings of time.
fn halved(length: usize, times: usize) -> usize {
    (0..times).fold(length, |length, _| length.div_ceil(2))
}

impl OfClips {
    /// `length`: frames of a clip, 2 or more; the others as in [`OfFrames::new`].
    pub fn new(
        from: usize,
        length: usize,
        size: [usize; 2],
        width: usize,
        spectral: bool,
        device: &Device,
    ) -> Self {
        let wide = 4 * width;
        let times = (0..3).take_while(|done| halved(length, *done) > 2).count();
        let layer = |_| {
            let conv = Conv2dConfig::new([wide, wide], [3, 1])
                .with_stride([2, 1])
                .with_padding(PaddingConfig2d::Explicit(1, 0, 1, 0))
                .init(device);
            Conv::new(conv, spectral, device)
        };
        Self {
            frames: Frames::new(from, size, width, spectral, device),
            features: Dense::new([Frames::numbers(size, width), wide], true, spectral, device),
            time: (0..times).map(layer).collect(),
            judge: Dense::new([wide * halved(length, times), 1], true, spectral, device),
        }
    }

    /// `[n, frames, c, h, w]`, −1 to 1 → C, `[n, 1]`.
    pub fn forward(&self, x: Dual<5>) -> Dual<2> {
        let [n, frames, c, h, w] = x.value.dims();
        let x = x.linear(|x| x.reshape([n * frames, c, h, w])); // [n · frames, c, h, w]
        let x = dual::activate(self.features.dual(self.frames.forward(x)), LEAKY); // [n · frames, wide]
        let wide = x.value.dims()[1];
        let x = x.linear(|x| x.reshape([n, frames, wide, 1]).swap_dims(1, 2)); // [n, wide, frames, 1]
        let x = self.time.iter().fold(x, |x, conv| conv.dual(x, LEAKY)); // [n, wide, fewer, 1]
        self.judge.dual(x.linear(|x| x.flatten::<2>(1, 3))) // [n, 1]
    }
}
