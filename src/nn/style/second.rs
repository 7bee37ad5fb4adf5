//! The synthesis of StyleGAN2 (Karras et al. 2020): styled convolutions from a constant of 4 × 4 pixels to the picture.
//!
//! Must not know: files, where w comes from.

use super::chance::{Dice, Drawn};
use super::filter::{Taps, enlarge};
use super::ops::{doubled, finished, modulated};
use super::weights::{Kernel, Linear, Source};
use super::{Block, Shortcut, Styled, ToRgb};
use crate::nn::fast::NOTHING;
use crate::nn::network::run::Value;
use crate::nn::tap::Watch;
use burn::tensor::Tensor;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

/// Zeros around what is made twice as large with four taps: behind the transposed convolution, and of maps and pictures as they are.
const BEHIND: [isize; 4] = [1; 4];
const DOUBLED: [isize; 4] = [2, 1, 2, 1];
/// What is lost to the zeros between the pixels.
const LOST: f32 = 4.0;

/// A styled convolution that is ready.
#[derive(Clone)]
struct Layer {
    about: Styled,
    affine: Linear,
    kernel: Kernel,
    filter: Option<Taps>,
    noise: Option<Noisy>,
}

/// The noise of a layer.
#[derive(Clone)]
struct Noisy {
    /// The file's own, times its strength: `[1, 1, h, w]`.
    own: Tensor<4>,
    strength: f32,
}

/// A way to colours that is ready.
#[derive(Clone)]
struct Colours {
    about: ToRgb,
    affine: Linear,
    kernel: Kernel,
}

/// A block that is ready.
#[derive(Clone)]
struct Stage {
    layers: Vec<Layer>,
    shortcut: Option<(Shortcut, Tensor<4>, Taps)>,
    colours: Option<Colours>,
    filter: Option<Taps>,
}

/// All of it.
#[derive(Clone)]
pub(super) struct Second {
    /// NAME of the constant.
    constant: String,
    /// `[1, c, h, h]`.
    start: Tensor<4>,
    stages: Vec<Stage>,
}

impl Layer {
    fn of(about: &Styled, source: &Source<'_>) -> Result<Self, String> {
        let Styled { weights, affine, up, noise, .. } = about;
        let noise = match noise {
            true => {
                let strength = source.single(weights, "noise_strength")?;
                let (shape, own) = source.numbers(weights, "noise_const")?;
                let [h, w] = *shape else { return Err(format!("{weights}.noise_const is no map")) };
                Some(Noisy { own: source.tensor(own, [1, 1, h, w]) * strength, strength })
            }
            false => None,
        };
        Ok(Self {
            about: about.clone(),
            affine: Linear::of(affine, 1.0, source)?,
            kernel: Kernel::of(weights, *up, false, source)?,
            filter: source.taps(weights, "resample_filter")?,
            noise,
        })
    }

    /// `[n, in, h, w]`, w `[n, w]` → `[n, out, h, w]`, or twice as large.
    fn forward(&self, x: Tensor<4>, w: Tensor<2>, dice: &Dice) -> Tensor<4> {
        let style = self.affine.forward(w); // [n, in]
        let back = self.kernel.demodulation(style.clone()); // [n, out]
        let y = match (&self.filter, self.about.up) {
            (Some(filter), true) => {
                let y = doubled(x, &self.kernel, style, back); // [n, out, 2h + 1, 2w + 1]
                enlarge(y, filter, 1, BEHIND, LOST) // [n, out, 2h, 2w]
            }
            _ => modulated(x, &self.kernel, style, back, 1), // [n, out, h, w]
        };
        let [_, _, h, w] = y.dims();
        let noise = self.noise.as_ref();
        let noise = noise.and_then(|n| dice.noise(&self.about.weights, n.own.clone(), n.strength, [h, w])); // [1 or n, 1, h, w]
        finished(y, noise, self.kernel.bias.clone(), 0.2, self.about.gain, self.about.clamp) // [n, out, h, w]
    }
}

impl Colours {
    fn of(about: &ToRgb, source: &Source<'_>) -> Result<Self, String> {
        Ok(Self {
            about: about.clone(),
            affine: Linear::of(&about.affine, about.gain, source)?,
            kernel: Kernel::of(&about.weights, false, false, source)?,
        })
    }

    /// `[n, in, h, w]`, w `[n, w]` → `[n, channels, h, w]`.
    fn forward(&self, x: Tensor<4>, w: Tensor<2>) -> Tensor<4> {
        let as_it_is = self.kernel.as_it_is(x.dims()[0]); // [n, channels]
        let y = modulated(x, &self.kernel, self.affine.forward(w), as_it_is, 0); // [n, channels, h, w]
        finished(y, None, self.kernel.bias.clone(), NOTHING, 1.0, self.about.clamp) // [n, channels, h, w]
    }
}

impl Second {
    pub fn of(constant: &str, blocks: &[Block], source: &Source<'_>) -> Result<Self, String> {
        let (shape, start) = source.numbers(constant, "const")?;
        let [c, h, w] = *shape else { return Err(format!("{constant}.const is no map")) };
        let stage = |block: &Block| {
            let shortcut = match &block.shortcut {
                Some(about) => {
                    let (shape, weight) = source.numbers(&about.weights, "weight")?;
                    let [o, i, k, l] = *shape else {
                        return Err(format!("{}.weight is no kernel", about.weights));
                    };
                    let filter = source.taps(&about.weights, "resample_filter")?;
                    let filter = filter.ok_or_else(|| format!("{} has no filter", about.weights))?;
                    Some((about.clone(), source.tensor(weight, [o, i, k, l]) * about.gain, filter))
                }
                None => None,
            };
            Ok(Stage {
                layers: block.layers.iter().map(|l| Layer::of(l, source)).collect::<Result<_, _>>()?,
                shortcut,
                colours: block.to_rgb.as_ref().map(|l| Colours::of(l, source)).transpose()?,
                filter: source.taps(&block.weights, "resample_filter")?,
            })
        };
        let stages = blocks.iter().map(stage).collect::<Result<_, String>>()?;
        Ok(Self { constant: constant.into(), start: source.tensor(start, [1, c, h, w]), stages })
    }

    /// w for each place `[n, places, w]` → pictures `[n, channels, h, w]`; `None`: nobody wants them any more.
    pub fn forward(&self, ws: Tensor<3>, drawn: &Drawn, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let n = ws.dims()[0];
        let dice = Dice::of(drawn, n);
        let place = |i: usize| ws.clone().narrow(1, i, 1).squeeze_dim::<2>(1); // [n, w]
        let mut x = self.start.clone().repeat_dim(0, n); // [n, c, h, h]
        watch.layer(|| self.constant.clone(), || Value::Map(x.clone()));
        let mut picture: Option<Tensor<4>> = None;
        let mut at = 0;
        for stage in &self.stages {
            let before = x.clone(); // [n, c, h, w]
            for layer in &stage.layers {
                x = layer.forward(x, place(at), &dice); // [n, c, h, w]
                at += 1;
                watch.layer(|| layer.about.weights.clone(), || Value::Map(x.clone()));
                if !watch.wanted() {
                    return None;
                }
            }
            if let Some((about, weight, filter)) = &stage.shortcut {
                let beside =
                    conv2d(before, weight.clone(), None, ConvOptions::new([1, 1], [0, 0], [1, 1], 1)); // [n, c, h/2, w/2]
                x = x + enlarge(beside, filter, 2, DOUBLED, LOST); // [n, c, h, w]
                watch.layer(|| about.weights.clone(), || Value::Map(x.clone()));
            }
            if let Some(colours) = &stage.colours {
                // The next block's first layer has the same w.
                let now = colours.forward(x.clone(), place(at)); // [n, channels, h, w]
                let sum = match (picture, &stage.filter) {
                    (Some(p), Some(filter)) => enlarge(p, filter, 2, DOUBLED, LOST) + now, // [n, channels, h, w]
                    _ => now,
                };
                watch.layer(|| colours.about.weights.clone(), || Value::Map(sum.clone()));
                picture = Some(sum);
            }
        }
        picture
    }
}
