//! The layers of training on a processor: convolutions, batch norm with what follows it, losses and Adam as operations
//! with their own way back, a few passes over memory each. Elsewhere (another device, nothing that learns, a layer of an
//! unusual shape, or `ZSCOPE_PLAIN=1`) they are Burn's composition, which the tests hold them to.
//!
//! All sums have a fixed split and a fixed order: the bits do not depend on how many threads there are.
//!
//! Must not know: any one system.

pub mod adam;
pub mod conv;
pub mod drawing;
pub(crate) mod gemm;
pub mod ops;
pub mod planes;
pub mod profile;
pub mod rows;

use burn::backend::{Dispatch, DispatchDevice};
use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::nn::{BatchNorm, Linear, PaddingConfig2d};
use burn::tensor::{Device, Tensor, activation};
use ops::FastOps;
use std::cell::Cell;
use std::sync::LazyLock;

/// Whether the user wants Burn's composition everywhere.
static PLAIN: LazyLock<bool> = LazyLock::new(|| std::env::var_os("ZSCOPE_PLAIN").is_some_and(|v| v != "0"));

thread_local!(static PLAINLY: Cell<bool> = const { Cell::new(false) });

/// Does `work` with Burn's composition on this thread.
pub fn plainly<R>(work: impl FnOnce() -> R) -> R {
    let before = PLAINLY.replace(true);
    let result = work();
    PLAINLY.set(before);
    result
}

/// Whether these operations exist on a device, and are wanted.
pub fn on(device: &Device) -> bool {
    !*PLAIN && !PLAINLY.get() && matches!(device.as_dispatch().clone().inner(), DispatchDevice::Flex(_))
}

/// Whether a tensor, of any shape `[…]`, is of a training that these operations serve.
fn learns<const D: usize>(x: &Tensor<D>) -> bool {
    let device = x.device();
    device.is_autodiff() && on(&device)
}

/// Whether a tensor, of any shape `[…]`, is of something that only draws, on a processor.
pub fn draws<const D: usize>(x: &Tensor<D>) -> bool {
    let device = x.device();
    !device.is_autodiff() && on(&device)
}

/// A slope at which [`activate`] changes nothing.
pub const NOTHING: f32 = 1.0;
/// A slope at which [`activate`] is ReLU.
pub const RELU: f32 = 0.0;

/// max(x, slope · x) of every number: `[…]` → the same shape.
pub fn activate<const D: usize>(x: Tensor<D>, slope: f32) -> Tensor<D> {
    if slope == NOTHING {
        return x;
    }
    if slope == RELU {
        return activation::relu(x);
    }
    // The same as Burn's leaky_relu, which makes masks that are slow on a CPU, backwards too.
    activation::relu(x.clone()) * (1.0 - slope) + x * slope
}

/// x + bias per channel, then [`activate`].
fn biased<const D: usize>(x: Tensor<D>, bias: Tensor<1>, slope: f32) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::fast_bias(x.into_dispatch(), bias.into_dispatch(), slope))
}

/// A convolution with its bias, then [`activate`]: `[n, from, h, w]` → `[n, to, h', w']` by the layer's stride and padding.
pub fn conv(layer: &Conv2d, x: Tensor<4>, slope: f32) -> Tensor<4> {
    let pad = match layer.padding {
        PaddingConfig2d::Valid => Some(0),
        PaddingConfig2d::Explicit(top, left, bottom, right) => {
            (top == left && left == bottom && bottom == right).then_some(top)
        }
        _ => None,
    };
    let [_, _, kh, kw] = layer.weight.dims();
    let [_, _, h, w] = x.dims();
    let usual =
        layer.stride[0] == layer.stride[1] && layer.dilation == [1, 1] && layer.groups == 1 && kh == kw;
    let Some(pad) = pad.filter(|p| usual && learns(&x) && h + 2 * p >= kh && w + 2 * p >= kw) else {
        return activate(layer.forward(x), slope);
    };
    let (x, w) = (x.into_dispatch(), layer.weight.val().into_dispatch());
    let y = Tensor::from_dispatch(Dispatch::fast_conv(x, w, layer.stride[0], pad));
    match &layer.bias {
        Some(bias) => biased(y, bias.val(), slope),
        None => activate(y, slope),
    }
}

/// A convolution of stride 1 with its bias that keeps the picture's size, with `top` rows of zeros above and `left` columns of
/// zeros before it: where these are the kernel's own size less one, no output sees what comes later. `layer` has no
/// padding of its own: `[n, from, h, w]` → `[n, to, h, w]`.
pub fn conv_after(layer: &Conv2d, x: Tensor<4>, [top, left]: [usize; 2]) -> Tensor<4> {
    let [_, _, kh, kw] = layer.weight.dims();
    if learns(&x) {
        let (x, w) = (x.into_dispatch(), layer.weight.val().into_dispatch());
        let y = Tensor::from_dispatch(Dispatch::fast_conv_after(x, w, top, left)); // [n, to, h, w]
        return match &layer.bias {
            Some(bias) => biased(y, bias.val(), NOTHING),
            None => y,
        };
    }
    let [_, _, h, w] = x.dims();
    let (below, after) = ((kh - 1).saturating_sub(top), (kw - 1).saturating_sub(left));
    let y = layer.forward(x.pad([(top, below), (left, after)], 0.0)); // [n, to, ≥ h, ≥ w]
    y.slice_dim(2, 0..h).slice_dim(3, 0..w) // [n, to, h, w]
}

/// tanh(a) · σ(b) of the two halves a, b of the channels: `[n, 2c, h, w]` → `[n, c, h, w]` (van den Oord et al. 2016, equation 2).
pub fn gate(x: Tensor<4>) -> Tensor<4> {
    if learns(&x) {
        return Tensor::from_dispatch(Dispatch::fast_gate(x.into_dispatch()));
    }
    let c = x.dims()[1] / 2;
    let (a, b) = (x.clone().slice_dim(1, 0..c), x.slice_dim(1, c..2 * c)); // [n, c, h, w] each
    a.tanh() * activation::sigmoid(b) // [n, c, h, w]
}

/// A transposed convolution with its bias, then [`activate`]: `[n, from, h, w]` → `[n, to, h', w']` by the layer's stride
/// and padding.
pub fn conv_transpose(layer: &ConvTranspose2d, x: Tensor<4>, slope: f32) -> Tensor<4> {
    let [_, _, kh, kw] = layer.weight.dims();
    let [s, p] = [layer.stride, layer.padding].map(|[a, b]| (a == b).then_some(a));
    let usual = kh == kw && layer.padding_out == [0, 0] && layer.dilation == [1, 1] && layer.groups == 1;
    let (Some(stride), Some(pad), true) = (s, p, usual && learns(&x)) else {
        return activate(layer.forward(x), slope);
    };
    let (x, w) = (x.into_dispatch(), layer.weight.val().into_dispatch());
    let y = Tensor::from_dispatch(Dispatch::fast_conv_transpose(x, w, stride, pad));
    match &layer.bias {
        Some(bias) => biased(y, bias.val(), slope),
        None => activate(y, slope),
    }
}

/// Batch norm, then [`activate`]: `[n, c]` or `[n, c, h, w]` → the same shape.
pub fn norm<const D: usize>(layer: &BatchNorm, x: Tensor<D>, slope: f32) -> Tensor<D> {
    // Channels last is known of pictures and of rows only.
    if !learns(&x) || !layer.training.is_enabled() || !matches!(D, 2 | 4) {
        return activate(layer.forward(x), slope);
    }
    let (gamma, beta) = (layer.gamma.val().into_dispatch(), layer.beta.val().into_dispatch());
    let (y, mean, variance) =
        Dispatch::fast_norm(x.into_dispatch(), gamma, beta, layer.epsilon as f32, slope);
    let keep = |state: &burn::module::RunningState<Tensor<1>>, new: Tensor<1>| {
        let old = state.value_sync().to_device(&new.device());
        state.update((old * (1.0 - layer.momentum) + new.detach() * layer.momentum).detach());
    };
    keep(&layer.running_mean, Tensor::from_dispatch(mean));
    keep(&layer.running_var, Tensor::from_dispatch(variance));
    Tensor::from_dispatch(y)
}

/// [`norm`] without parameters of each picture by itself, where it can be had quickly: `[n, c, h, w]` → the same shape.
pub fn norm_each(x: &Tensor<4>, epsilon: f32, slope: f32) -> Option<Tensor<4>> {
    if !learns(x) {
        return None;
    }
    let [n, c, _, _] = x.dims();
    let (one, none) = (Tensor::<1>::ones([c], &x.device()), Tensor::<1>::zeros([c], &x.device()));
    let each = |i: usize| {
        let own = x.clone().slice_dim(0, i..i + 1).into_dispatch(); // [1, c, h, w]
        let (one, none) = (one.clone().into_dispatch(), none.clone().into_dispatch());
        let y: Tensor<4> = Tensor::from_dispatch(Dispatch::fast_norm(own, one, none, epsilon, slope).0); // [1, c, h, w]
        // Channels last, as it lies, so that joining copies once.
        y.permute([0, 2, 3, 1]) // [1, h, w, c]
    };
    Some(Tensor::cat((0..n).map(each).collect(), 0).permute([0, 3, 1, 2])) // [n, c, h, w]
}

/// A dense layer, then [`activate`]: `[n, from]` → `[n, to]`.
pub fn dense(layer: &Linear, x: Tensor<2>, slope: f32) -> Tensor<2> {
    match &layer.bias {
        Some(bias) if learns(&x) => biased(x.matmul(layer.weight.val()), bias.val(), slope),
        _ => activate(layer.forward(x), slope),
    }
}

/// keep · old + (1 − keep) · new, without a gradient, and old itself bit for bit where both are equal; both `[…]` of one shape, which the result has.
pub fn blend<const D: usize>(old: Tensor<D>, new: Tensor<D>, keep: f32) -> Tensor<D> {
    if !on(&old.device()) {
        // What rests stays as it is: rounding would make it creep.
        let rests = old.clone().equal(new.clone()); // […]
        return (old.clone() * keep + new * (1.0 - keep)).mask_where(rests, old);
    }
    Tensor::from_dispatch(Dispatch::fast_blend(old.into_dispatch(), new.into_dispatch(), keep))
}

/// tanh of every number: `[n, c, h, w]` → the same shape.
pub fn tanh(x: Tensor<4>) -> Tensor<4> {
    if learns(&x) { Tensor::from_dispatch(Dispatch::fast_tanh(x.into_dispatch())) } else { x.tanh() }
}

/// −ln p(x|logits) of a Bernoulli, summed over pixels and averaged over the batch, where it can be had quickly: both
/// `[n, …]` → `[1]`. It passes no gradient to `x`.
pub fn bernoulli<const D: usize>(logits: &Tensor<D>, x: &Tensor<D>) -> Option<Tensor<1>> {
    (learns(logits) && matches!(D, 2 | 4) && !x.is_require_grad()).then(|| {
        let (logits, x) = (logits.clone().into_dispatch(), x.clone().into_dispatch());
        Tensor::from_dispatch(Dispatch::fast_bernoulli(logits, x))
    })
}

/// Σ (x − σ(logits))² / 2 over pixels, averaged over the batch, where it can be had quickly: both `[n, …]` → `[1]`. It
/// passes no gradient to `x`.
pub fn gaussian<const D: usize>(logits: &Tensor<D>, x: &Tensor<D>) -> Option<Tensor<1>> {
    (learns(logits) && matches!(D, 2 | 4) && !x.is_require_grad()).then(|| {
        let (logits, x) = (logits.clone().into_dispatch(), x.clone().into_dispatch());
        Tensor::from_dispatch(Dispatch::fast_gaussian(logits, x))
    })
}
