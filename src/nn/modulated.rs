//! Modulated convolution: Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN", section 2.2. A style s, linear in w, scales
//! the convolution's input channels; demodulation then divides each output channel by the length of its scaled filter, so that numbers of
//! variance 1 keep it whatever the style. By definition each sample has weights of its own, w'_oik = s_i w_oik / √(Σ_ik (s_i w_oik)² + ε).
//! Here the input is scaled, one convolution is shared by all samples, and the output is scaled: the same sums, and one well-shaped product.
//!
//! Must not know: any one system.

use super::equalised::{Dense, RELU_GAIN};
use super::fast;
use super::residual::same;
use burn::module::{Module, Param, ParamId};
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};

/// Keeps a length from being 0.
const EPSILON: f32 = 1e-8;

/// The layer, with noise of a strength that it learns, a bias, and LeakyReLU where it demodulates.
#[derive(Module, Debug)]
pub struct ModulatedConv {
    /// w → the style less 1.
    affine: Dense,
    wrapped: Conv2d,
    /// `[1]`; none where it adds no noise.
    strength: Option<Param<Tensor<1>>>,
    #[module(skip)]
    scale: f32,
}

impl ModulatedConv {
    /// A convolution that demodulates, adds noise, and has LeakyReLU behind it. `style`: dimensions of w. `kernel`: odd.
    pub fn new([from, to]: [usize; 2], kernel: usize, style: usize, device: &Device) -> Self {
        let strength = Some(Param::from_tensor(Tensor::zeros([1], device)));
        Self { strength, ..Self::plain([from, to], kernel, style, device) }
    }

    /// One that does none of these, for pictures.
    pub fn plain([from, to]: [usize; 2], kernel: usize, style: usize, device: &Device) -> Self {
        Self {
            affine: Dense::new([style, from], 1.0, 1.0, device),
            wrapped: same(from, to, kernel, device),
            strength: None,
            scale: 1.0 / ((from * kernel * kernel) as f32).sqrt(),
        }
    }

    /// `[n, from, h, w]`, w `[n, style]`, and noise of N(0, 1) `[n, 1, h, w]` → `[n, to, h, w]`.
    pub fn forward(&self, x: Tensor<4>, style: Tensor<2>, noise: Option<Tensor<4>>) -> Tensor<4> {
        let style = self.affine.forward(style, fast::NOTHING) + 1.0; // [n, from]
        let weight = self.wrapped.weight.val() * self.scale; // [to, from, k, k]
        let [to, from, ..] = weight.dims();
        let shared = Conv2d {
            weight: Param::initialized(ParamId::new(), weight.clone()),
            bias: None,
            ..self.wrapped.clone()
        };
        let x = x * style.clone().unsqueeze_dims::<4>(&[2, 3]); // [n, from, h, w]
        let y = fast::conv(&shared, x, fast::NOTHING); // [n, to, h, w]
        let bias = self.wrapped.bias.as_ref().map(|b| b.val().reshape([1, to, 1, 1])); // [1, to, 1, 1]
        let Some(strength) = &self.strength else {
            return match bias {
                Some(bias) => y + bias, // [n, to, h, w]
                None => y,              // [n, to, h, w]
            };
        };
        // √2 behind LeakyReLU is √2 before it, where the factors are small.
        let lengths = weight.square().sum_dim(3).sum_dim(2).reshape([to, from]).transpose(); // [from, to]
        let scale = (style.square().matmul(lengths) + EPSILON).sqrt().recip() * RELU_GAIN; // [n, to]
        let mut y = y * scale.unsqueeze_dims::<4>(&[2, 3]); // [n, to, h, w]
        if let Some(noise) = noise {
            y = y + noise * (strength.val() * RELU_GAIN).reshape([1, 1, 1, 1]); // [n, to, h, w]
        }
        if let Some(bias) = bias {
            y = y + bias * RELU_GAIN; // [n, to, h, w]
        }
        fast::activate(y, 0.2) // [n, to, h, w]
    }
}
