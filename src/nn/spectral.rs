//! Spectral normalisation: Miyato et al. 2018, "Spectral normalization for generative adversarial networks". A layer computes with
//! W / σ(W), where σ, the largest singular value, is found by one step of power iteration from a vector that is kept:
//! v ← Wᵀu / ‖Wᵀu‖, u' ← Wv / ‖Wv‖, σ ← u'ᵀWv. While a layer learns each pass keeps u'.
//!
//! Must not know: any one system, losses.

use super::dual::{self, Dual};
use super::fast;
use burn::module::{Module, Param, ParamId, RunningState};
use burn::nn::conv::Conv2d;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

/// Keeps a length from being 0.
const TINY: f32 = 1e-12;

/// σ of a matrix `[rows, columns]`: `[1, 1]`, whose gradient is u'vᵀ. `u`: the kept vector `[rows]`.
fn sigma(matrix: Tensor<2>, u: &RunningState<Tensor<1>>, learns: bool) -> Tensor<2> {
    let unit = |x: Tensor<2>| {
        let length = x.clone().square().sum().sqrt().clamp_min(TINY).reshape([1, 1]); // [1, 1]
        x / length
    };
    let [rows, _] = matrix.dims();
    let still = matrix.clone().detach(); // [rows, columns]
    let kept = u.value_sync().to_device(&still.device()).reshape([rows, 1]); // [rows, 1]
    let v = unit(still.clone().transpose().matmul(kept)).detach(); // [columns, 1]
    let next = unit(still.matmul(v.clone())).detach(); // [rows, 1]
    if learns {
        u.update(next.clone().reshape([rows]));
    }
    next.transpose().matmul(matrix.matmul(v)) // [1, 1]
}

/// A vector to begin with; see [`super::init`].
fn begin(rows: usize, device: &Device) -> RunningState<Tensor<1>> {
    RunningState::new(Tensor::ones([rows], device))
}

/// A convolution, of which the weight may be divided by its σ.
#[derive(Module, Debug)]
pub struct Conv {
    wrapped: Conv2d,
    /// `[to]`; none where the weight is taken as it is.
    u: Option<RunningState<Tensor<1>>>,
}

impl Conv {
    /// `spectral`: whether the weight is divided.
    pub fn new(conv: Conv2d, spectral: bool, device: &Device) -> Self {
        let to = conv.weight.dims()[0];
        Self { wrapped: conv, u: spectral.then(|| begin(to, device)) }
    }

    /// The weight as a matrix `[to, from · h · w]`.
    pub fn matrix(&self) -> Tensor<2> {
        let [to, from, h, w] = self.wrapped.weight.dims();
        self.wrapped.weight.val().reshape([to, from * h * w])
    }

    /// The layer that computes.
    fn layer(&self) -> Conv2d {
        let Some(u) = &self.u else { return self.wrapped.clone() };
        let sigma = sigma(self.matrix(), u, self.wrapped.weight.is_require_grad()); // [1, 1]
        let weight = self.wrapped.weight.val() / sigma.reshape([1, 1, 1, 1]); // [to, from, h, w]
        Conv2d { weight: Param::initialized(ParamId::new(), weight), ..self.wrapped.clone() }
    }

    /// [`fast::conv`]: `[n, from, h, w]` → `[n, to, h', w']`.
    pub fn forward(&self, x: Tensor<4>, slope: f32) -> Tensor<4> {
        fast::conv(&self.layer(), x, slope) // [n, to, h', w']
    }

    /// The same with how it changes.
    pub fn dual(&self, x: Dual<4>, slope: f32) -> Dual<4> {
        dual::conv(&self.layer(), x, slope) // [n, to, h', w']
    }
}

/// A dense layer, of which the weight may be divided by its σ.
#[derive(Module, Debug)]
pub struct Dense {
    wrapped: Linear,
    /// `[to]`; none where the weight is taken as it is.
    u: Option<RunningState<Tensor<1>>>,
}

impl Dense {
    /// `bias`: whether it has one. `spectral`: whether the weight is divided.
    pub fn new([from, to]: [usize; 2], bias: bool, spectral: bool, device: &Device) -> Self {
        let linear = LinearConfig::new(from, to).with_bias(bias).init(device);
        Self { wrapped: linear, u: spectral.then(|| begin(to, device)) }
    }

    /// The weight as a matrix `[to, from]`.
    pub fn matrix(&self) -> Tensor<2> {
        self.wrapped.weight.val().transpose()
    }

    /// The layer that computes.
    fn layer(&self) -> Linear {
        let Some(u) = &self.u else { return self.wrapped.clone() };
        let sigma = sigma(self.matrix(), u, self.wrapped.weight.is_require_grad()); // [1, 1]
        let weight = self.wrapped.weight.val() / sigma; // [from, to]
        Linear { weight: Param::initialized(ParamId::new(), weight), ..self.wrapped.clone() }
    }

    /// `[n, from]` → `[n, to]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        fast::dense(&self.layer(), x, fast::NOTHING) // [n, to]
    }

    /// The same with how it changes.
    pub fn dual(&self, x: Dual<2>) -> Dual<2> {
        dual::dense(&self.layer(), x, fast::NOTHING) // [n, to]
    }
}
