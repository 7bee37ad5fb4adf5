//! Equalised learning rate: Karras et al. 2018, "Progressive growing of GANs", section 4.1. Weights are kept as drawn from N(0, 1), and a
//! layer computes with w · gain / √fan-in (He et al. 2015). Adam moves every weight about equally far, so that all layers learn
//! equally fast whatever their size, which He's initialisation alone does not give.
//!
//! Must not know: any one system, losses.

use super::dual::{self, Dual};
use super::fast;
use super::residual::same;
use burn::module::{Module, Param, ParamId};
use burn::nn::conv::Conv2d;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

/// Gain of a layer that a (leaky) ReLU follows: it keeps the variance where half of the numbers are cut off.
pub const RELU_GAIN: f32 = std::f32::consts::SQRT_2;

/// What a layer computes with in place of a kept parameter: its multiple, which passes the gradient on.
fn times<const N: usize>(param: &Param<Tensor<N>>, by: f32) -> Param<Tensor<N>> {
    if by == 1.0 {
        return param.clone();
    }
    Param::initialized(ParamId::new(), param.val() * by)
}

/// A convolution of stride 1 that keeps the map's size.
#[derive(Module, Debug)]
pub struct Conv {
    wrapped: Conv2d,
    #[module(skip)]
    scale: f32,
}

impl Conv {
    /// `kernel`: odd. `gain`: [`RELU_GAIN`] where a nonlinearity follows, else 1.
    pub fn new([from, to]: [usize; 2], kernel: usize, gain: f32, device: &Device) -> Self {
        let fan_in = (from * kernel * kernel) as f32;
        Self { wrapped: same(from, to, kernel, device), scale: gain / fan_in.sqrt() }
    }

    /// The layer that computes.
    fn layer(&self) -> Conv2d {
        Conv2d { weight: times(&self.wrapped.weight, self.scale), ..self.wrapped.clone() }
    }

    /// [`fast::conv`]: `[n, from, h, w]` → `[n, to, h, w]`.
    pub fn forward(&self, x: Tensor<4>, slope: f32) -> Tensor<4> {
        fast::conv(&self.layer(), x, slope) // [n, to, h, w]
    }

    /// The same with how it changes.
    pub fn dual(&self, x: Dual<4>, slope: f32) -> Dual<4> {
        dual::conv(&self.layer(), x, slope) // [n, to, h, w]
    }
}

/// A dense layer.
#[derive(Module, Debug)]
pub struct Dense {
    wrapped: Linear,
    #[module(skip)]
    scale: f32,
    /// What the learning rate is multiplied with.
    #[module(skip)]
    rate: f32,
}

impl Dense {
    /// `gain`: [`RELU_GAIN`] where a nonlinearity follows, else 1. `rate`: what the learning rate is multiplied with; its weights then begin
    /// as N(0, 1/rate²), so that what it computes with begins the same.
    pub fn new([from, to]: [usize; 2], gain: f32, rate: f32, device: &Device) -> Self {
        let linear = LinearConfig::new(from, to).init(device);
        Self { wrapped: linear, scale: rate * gain / (from as f32).sqrt(), rate }
    }

    /// What it multiplies with: `[from, to]`.
    pub fn matrix(&self) -> Tensor<2> {
        self.wrapped.weight.val() * self.scale
    }

    /// The layer that computes.
    fn layer(&self) -> Linear {
        Linear {
            weight: times(&self.wrapped.weight, self.scale),
            bias: self.wrapped.bias.as_ref().map(|bias| times(bias, self.rate)),
        }
    }

    /// [`fast::dense`]: `[n, from]` → `[n, to]`.
    pub fn forward(&self, x: Tensor<2>, slope: f32) -> Tensor<2> {
        fast::dense(&self.layer(), x, slope) // [n, to]
    }

    /// The same with how it changes.
    pub fn dual(&self, x: Dual<2>, slope: f32) -> Dual<2> {
        dual::dense(&self.layer(), x, slope) // [n, to]
    }
}
