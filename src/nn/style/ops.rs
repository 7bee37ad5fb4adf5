//! The operations of a generator's layers: on a processor those that only draw (`nn/fast/drawing.rs`), elsewhere, and with
//! `ZSCOPE_PLAIN=1`, Burn's composition.
//!
//! Must not know: which layer they are of.

use super::weights::{Kernel, maps};
use crate::nn::fast::drawing::DrawingOps;
use crate::nn::fast::planes::Finish;
use crate::nn::fast::{activate, draws};
use burn::backend::Dispatch;
use burn::tensor::Tensor;
use burn::tensor::module::{conv_transpose2d, conv2d};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

/// A convolution whose kernels' inputs are scaled by a style `[n, in]`, and whose outputs by `back` `[n, out]`. Instead of a kernel for each
/// sample its inputs are scaled before, and its outputs afterwards: `[n, in, h, w]` → `[n, out, h + 2 pad − k + 1, …]`.
pub(super) fn modulated(
    x: Tensor<4>,
    kernel: &Kernel,
    style: Tensor<2>,
    back: Tensor<2>,
    pad: usize,
) -> Tensor<4> {
    let weight = kernel.weight.clone();
    if draws(&x) {
        let [x, weight] = [x, weight].map(Tensor::into_dispatch);
        let [style, back] = [style, back].map(Tensor::into_dispatch);
        return Tensor::from_dispatch(Dispatch::drawn_conv(x, weight, style, back, pad));
    }
    let x = x * maps(style); // [n, in, h, w]
    if kernel.side == 1 && pad == 0 {
        // As a product: on wgpu Burn's convolution to one channel gives maps that later layers misread.
        let ([n, c, h, w], o) = (x.dims(), back.dims()[1]);
        let weight = weight.reshape([1, o, c]).repeat_dim(0, n); // [n, out, in]
        let y = weight.matmul(x.reshape([n, c, h * w])); // [n, out, h · w]
        return y.reshape([n, o, h, w]) * maps(back); // [n, out, h, w]
    }
    let options = ConvOptions::new([1, 1], [pad, pad], [1, 1], 1);
    conv2d(x, weight, None, options) * maps(back) // [n, out, h', w']
}

/// The transposed convolution of stride 2 with the same kernels of 3 × 3: `[n, in, h, w]` → `[n, out, 2 h + 1, 2 w + 1]`.
pub(super) fn doubled(x: Tensor<4>, kernel: &Kernel, style: Tensor<2>, back: Tensor<2>) -> Tensor<4> {
    if let (Some(packed), true) = (&kernel.packed, draws(&x)) {
        let [x, packed] = [x, packed.clone()].map(Tensor::into_dispatch);
        let [style, back] = [style, back].map(Tensor::into_dispatch);
        return Tensor::from_dispatch(Dispatch::drawn_double(x, packed, style, back));
    }
    let options = ConvTransposeOptions::new([2, 2], [0, 0], [0, 0], [1, 1], 1);
    let weight = kernel.weight.clone().swap_dims(0, 1); // [in, out, k, k]
    conv_transpose2d(x * maps(style), weight, None, options) * maps(back) // [n, out, 2h + 1, 2w + 1]
}

/// x + noise + bias, a leaky ReLU of that slope times a gain, and nothing beyond ± the limit: x `[n, c, h, w]`, noise `[1 or n, 1, h, w]`, bias
/// `[1, c, 1, 1]` → `[n, c, h, w]`.
pub(super) fn finished(
    x: Tensor<4>,
    noise: Option<Tensor<4>>,
    bias: Tensor<4>,
    slope: f32,
    gain: f64,
    limit: Option<f64>,
) -> Tensor<4> {
    let limit = limit.map(f64::abs);
    if draws(&x) {
        let none = || Tensor::zeros([1, 1, 1, 1], &x.device());
        let noise = noise.unwrap_or_else(none).into_dispatch();
        let finish = Finish { slope, gain: gain as f32, limit: limit.unwrap_or(f64::INFINITY) as f32 };
        let (x, bias) = (x.into_dispatch(), bias.into_dispatch());
        return Tensor::from_dispatch(Dispatch::drawn_finish(x, noise, bias, finish));
    }
    let x = match noise {
        Some(noise) => x + noise, // [n, c, h, w]
        None => x,
    };
    let y = activate(x + bias, slope); // [n, c, h, w]
    let y = if gain == 1.0 { y } else { y * gain }; // [n, c, h, w]
    match limit {
        Some(limit) => y.clamp(-limit, limit), // [n, c, h, w]
        None => y,
    }
}
