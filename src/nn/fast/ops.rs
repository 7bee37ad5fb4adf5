//! Operations with their own way back, for Burn's flex backend.
//!
//! Burn 0.22: a trait over [`Backend`] declares the operations; `#[backend_extension]` implements it for `Dispatch`,
//! which is what a `Tensor` holds, by routing to `Flex` or `Autodiff<Flex, C>`; the implementation for the latter records
//! a [`Backward`] in the graph.
//!
//! Must not know: layers, when these operations are used.

use super::conv::{self, Geometry};
use super::profile::counted;
use super::rows::{self, Norm, Rates};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Flex, backend_extension};
use burn::tensor::{Bytes, DType, Shape};

/// What is done here rather than by Burn.
#[backend_extension(Flex, Autodiff)]
pub trait FastOps: Backend {
    /// Convolution without bias, `stride` and `pad` the same both ways.
    fn fast_conv(x: FloatTensor<Self>, w: FloatTensor<Self>, stride: usize, pad: usize) -> FloatTensor<Self>;
    /// Convolution without bias of stride 1 that keeps the picture's size, with `top` zeros above and `left` zeros before it.
    fn fast_conv_after(
        x: FloatTensor<Self>,
        w: FloatTensor<Self>,
        top: usize,
        left: usize,
    ) -> FloatTensor<Self>;
    /// tanh(a) · σ(b) of the two halves of the channels.
    fn fast_gate(x: FloatTensor<Self>) -> FloatTensor<Self>;
    /// Transposed convolution without bias.
    fn fast_conv_transpose(
        x: FloatTensor<Self>,
        w: FloatTensor<Self>,
        stride: usize,
        pad: usize,
    ) -> FloatTensor<Self>;
    /// Batch norm by the batch's own statistics, then max(z, slope · z). Output, mean, biased variance.
    fn fast_norm(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
        slope: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
    /// x + bias per channel, then max(z, slope · z).
    fn fast_bias(x: FloatTensor<Self>, bias: FloatTensor<Self>, slope: f32) -> FloatTensor<Self>;
    /// tanh of every number.
    fn fast_tanh(x: FloatTensor<Self>) -> FloatTensor<Self>;
    /// −ln p(x|logits), rows averaged: both `[n, …]` → `[1]`. No gradient to x.
    fn fast_bernoulli(logits: FloatTensor<Self>, x: FloatTensor<Self>) -> FloatTensor<Self>;
    /// Σ (x − σ(logits))² / 2, rows averaged, likewise.
    fn fast_gaussian(logits: FloatTensor<Self>, x: FloatTensor<Self>) -> FloatTensor<Self>;
    /// keep · old + (1 − keep) · new. No gradient.
    fn fast_blend(old: FloatTensor<Self>, new: FloatTensor<Self>, keep: f32) -> FloatTensor<Self>;
    /// Weight, first and second moment after a step.
    fn fast_adam(
        w: FloatTensor<Self>,
        g: FloatTensor<Self>,
        m: FloatTensor<Self>,
        v: FloatTensor<Self>,
        rates: Rates,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

// ---- Tensors as slices ----

fn numbers(t: &FlexTensor) -> &[f32] {
    t.storage::<f32>()
}

/// Contiguous, and let go of: a tensor that nobody else holds can be worked on in its place.
fn own(t: FlexTensor) -> FlexTensor {
    t.to_contiguous()
}

fn flat(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::new(Bytes::from_elems(values), Layout::contiguous(shape.into()), DType::F32)
}

/// `[n, c, h, w]` (or `[n, c]`) → the same, contiguous with channels last. What these operations gave lies so already.
fn channels_last(t: FlexTensor) -> FlexTensor {
    let t = if t.layout().num_dims() == 4 { t.permute(&[0, 2, 3, 1]) } else { t };
    if t.layout().is_contiguous() {
        return t.to_contiguous();
    }
    counted("layout", 0, 2 * t.layout().num_elements(), || t.to_contiguous())
}

/// The way back: `[n, h, w, c]` → `[n, c, h, w]`, which lies as it did.
fn channels_second(t: FlexTensor) -> FlexTensor {
    match t.layout().num_dims() {
        4 => t.permute(&[0, 3, 1, 2]),
        _ => t,
    }
}

/// What `work` makes of the numbers, in their place where nobody else holds them.
fn within(mut t: FlexTensor, work: impl FnOnce(&mut [f32])) -> FlexTensor {
    work(t.storage_mut());
    t
}

fn shape(t: &FlexTensor) -> Shape {
    t.layout().shape().clone()
}

/// Numbers of a picture.
fn pixels(t: &FlexTensor) -> usize {
    let all = shape(t);
    all.iter().skip(1).product()
}

/// Of an image `[n, c, h, w]` and a kernel `[d, c, k, k]`.
fn convolution(x: &FlexTensor, w: &FlexTensor, stride: usize, pad: usize) -> Geometry {
    let (x, w) = (shape(x), shape(w));
    let (kernel, out) = (w[2], |side: usize| (side + 2 * pad - w[2]) / stride + 1);
    Geometry {
        n: x[0],
        h: x[2],
        w: x[3],
        c: x[1],
        oh: out(x[2]),
        ow: out(x[3]),
        d: w[0],
        kernel: [kernel, kernel],
        stride,
        pad: [pad, pad],
    }
}

/// Of an image `[n, c, h, w]` and a kernel `[d, c, kh, kw]` that keeps its size.
fn sized(x: &FlexTensor, w: &FlexTensor, pad: [usize; 2]) -> Geometry {
    let (x, w) = (shape(x), shape(w));
    let (h, width) = (x[2], x[3]);
    Geometry {
        n: x[0],
        h,
        w: width,
        c: x[1],
        oh: h,
        ow: width,
        d: w[0],
        kernel: [w[2], w[3]],
        stride: 1,
        pad,
    }
}

/// Of a deep picture `[n, d, oh, ow]` and a kernel `[d, c, k, k]`.
fn transposition(x: &FlexTensor, w: &FlexTensor, stride: usize, pad: usize) -> Geometry {
    let (x, w) = (shape(x), shape(w));
    let (kernel, out) = (w[2], |side: usize| (side - 1) * stride + w[2] - 2 * pad);
    Geometry {
        n: x[0],
        h: out(x[2]),
        w: out(x[3]),
        c: w[1],
        oh: x[2],
        ow: x[3],
        d: x[1],
        kernel: [kernel, kernel],
        stride,
        pad: [pad, pad],
    }
}

/// The convolution of `x`, channels last, with a packed kernel.
fn convolved(x: &FlexTensor, w: &FlexTensor, g: &Geometry, transposed: bool) -> FlexTensor {
    let (name, shape) = match transposed {
        false => ("convolution", [g.n, g.oh, g.ow, g.d]),
        true => ("transposed convolution", [g.n, g.h, g.w, g.c]),
    };
    let product = if transposed { conv::up } else { conv::down };
    let y = counted(name, g.flops(), g.numbers(), || product(numbers(x), numbers(w), g));
    channels_second(flat(y, shape))
}

fn packed(w: FlexTensor, g: &Geometry) -> FlexTensor {
    let values = conv::pack(numbers(&w.to_contiguous()), g);
    let n = values.len();
    flat(values, [n])
}

fn kernel_of(packed: Vec<f32>, g: &Geometry) -> FlexTensor {
    flat(conv::unpack(&packed, g), [g.d, g.c, g.kernel[0], g.kernel[1]])
}

/// tanh(a) · σ(b) of the halves of `x`'s channels, channels last: `[n, 2c, h, w]` → `[n, c, h, w]`.
fn gated(x: &FlexTensor) -> FlexTensor {
    let mut of = shape(x).to_vec();
    let columns = of[3] / 2;
    of[3] = columns;
    let all = x.layout().num_elements();
    let y = counted("gate", 0, 3 * all / 2, || rows::gate(numbers(x), columns));
    channels_second(flat(y, of))
}

/// Batch norm of `x`, channels last: the output, what the way back needs, the biased variance of each channel.
fn normalised(
    x: &FlexTensor,
    gamma: FlexTensor,
    beta: FlexTensor,
    epsilon: f32,
    slope: f32,
) -> (FlexTensor, Norm, Vec<f32>) {
    let (gamma, beta) = (gamma.to_contiguous(), beta.to_contiguous());
    // Once for the statistics, once for the output.
    let (y, norm, variance) = counted("batch norm", 0, 3 * x.layout().num_elements(), || {
        let (norm, variance) = Norm::of(numbers(x), numbers(&gamma), numbers(&beta), epsilon, slope);
        (norm.forward(numbers(x)), norm, variance)
    });
    (channels_second(flat(y, shape(x))), norm, variance)
}

// ---- Forwards ----

impl FastOps for Flex {
    fn fast_conv(x: FlexTensor, w: FlexTensor, stride: usize, pad: usize) -> FlexTensor {
        let g = convolution(&x, &w, stride, pad);
        convolved(&channels_last(x), &packed(w, &g), &g, false)
    }

    fn fast_conv_after(x: FlexTensor, w: FlexTensor, top: usize, left: usize) -> FlexTensor {
        let g = sized(&x, &w, [top, left]);
        convolved(&channels_last(x), &packed(w, &g), &g, false)
    }

    fn fast_gate(x: FlexTensor) -> FlexTensor {
        gated(&channels_last(x))
    }

    fn fast_conv_transpose(x: FlexTensor, w: FlexTensor, stride: usize, pad: usize) -> FlexTensor {
        let g = transposition(&x, &w, stride, pad);
        convolved(&channels_last(x), &packed(w, &g), &g, true)
    }

    fn fast_norm(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f32,
        slope: f32,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let (y, norm, variance) = normalised(&channels_last(x), gamma, beta, epsilon, slope);
        let columns = variance.len();
        (y, flat(norm.mean, [columns]), flat(variance, [columns]))
    }

    fn fast_bias(x: FlexTensor, bias: FlexTensor, slope: f32) -> FlexTensor {
        let (x, bias) = (channels_last(x), bias.to_contiguous());
        let all = x.layout().num_elements();
        counted("bias", 0, 2 * all, || channels_second(within(x, |x| rows::bias(x, numbers(&bias), slope))))
    }

    fn fast_tanh(x: FlexTensor) -> FlexTensor {
        let x = channels_last(x);
        counted("tanh", 0, 2 * x.layout().num_elements(), || channels_second(within(x, rows::tanh)))
    }

    fn fast_bernoulli(logits: FlexTensor, x: FlexTensor) -> FlexTensor {
        let columns = pixels(&logits);
        let (loss, _) = rows::bernoulli(numbers(&channels_last(logits)), numbers(&channels_last(x)), columns);
        flat(vec![loss], [1])
    }

    fn fast_gaussian(logits: FlexTensor, x: FlexTensor) -> FlexTensor {
        let columns = pixels(&logits);
        let (loss, _) = rows::gaussian(numbers(&channels_last(logits)), numbers(&channels_last(x)), columns);
        flat(vec![loss], [1])
    }

    fn fast_blend(old: FlexTensor, new: FlexTensor, keep: f32) -> FlexTensor {
        let new = new.to_contiguous();
        let all = new.layout().num_elements();
        counted("average", 0, 3 * all, || within(own(old), |old| rows::blend(old, numbers(&new), keep)))
    }

    fn fast_adam(
        w: FlexTensor,
        g: FlexTensor,
        m: FlexTensor,
        v: FlexTensor,
        rates: Rates,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [mut w, g, mut m, mut v] = [w, g, m, v].map(own);
        let all = g.layout().num_elements();
        counted("Adam", 0, 7 * all, || {
            rows::adam(w.storage_mut(), numbers(&g), m.storage_mut(), v.storage_mut(), rates);
        });
        (w, m, v)
    }
}

// ---- Ways back ----

/// An output with what its way back needs, where something will go that way.
fn finish<B, C, const N: usize>(
    prep: OpsKind<B, Flex, B::State, C, N>,
    state: impl FnOnce(&FlexTensor) -> B::State,
    y: FlexTensor,
) -> Tracked<C>
where
    B: Backward<Flex, N>,
    C: CheckpointStrategy,
{
    match prep {
        OpsKind::Tracked(prep) => prep.finish(state(&y), y),
        OpsKind::UnTracked(prep) => prep.finish(y),
    }
}

#[derive(Debug)]
struct Convolve {
    transposed: bool,
}

impl Convolve {
    /// `geometry`: of x and w.
    fn track<C: CheckpointStrategy>(
        self,
        x: Tracked<C>,
        w: Tracked<C>,
        geometry: impl FnOnce(&FlexTensor, &FlexTensor) -> Geometry,
    ) -> Tracked<C> {
        let transposed = self.transposed;
        let prep = self.prepare::<C>([x.node(), w.node()]).compute_bound().stateful();
        let (x, w) = (x.into_primitive(), w.into_primitive());
        let g = geometry(&x, &w);
        let (x, w) = (channels_last(x), packed(w, &g));
        let y = convolved(&x, &w, &g, transposed);
        finish(prep, |_| (x, w, g), y)
    }
}

/// Kept: x with channels last, the packed kernel.
impl Backward<Flex, 2> for Convolve {
    type State = (FlexTensor, FlexTensor, Geometry);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (x, w, g) = ops.state;
        let dy = channels_last(grads.consume::<Flex>(&ops.node));
        let [to_x, to_w] = ops.parents;
        if let Some(node) = to_x {
            grads.register::<Flex>(node.id, convolved(&dy, &w, &g, !self.transposed));
        }
        let (image, deep) = if self.transposed { (&dy, &x) } else { (&x, &dy) };
        if let Some(node) = to_w {
            let gradient = counted("gradient of kernels", g.flops(), g.numbers(), || {
                conv::weight(numbers(image), numbers(deep), &g)
            });
            grads.register::<Flex>(node.id, kernel_of(gradient, &g));
        }
    }
}

#[derive(Debug)]
struct Normalise;

impl Backward<Flex, 3> for Normalise {
    type State = (FlexTensor, Norm);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (x, norm) = ops.state;
        let mut dy = channels_last(grads.consume::<Flex>(&ops.node));
        let all = x.layout().num_elements();
        let (gamma, beta) =
            counted("batch norm, back", 0, 5 * all, || norm.backward(numbers(&x), dy.storage_mut()));
        let [to_x, to_gamma, to_beta] = ops.parents;
        let columns = gamma.len();
        if let Some(node) = to_x {
            grads.register::<Flex>(node.id, channels_second(dy));
        }
        if let Some(node) = to_gamma {
            grads.register::<Flex>(node.id, flat(gamma, [columns]));
        }
        if let Some(node) = to_beta {
            grads.register::<Flex>(node.id, flat(beta, [columns]));
        }
    }
}

#[derive(Debug)]
struct Bias;

impl Backward<Flex, 2> for Bias {
    /// The output with channels last, and the slope.
    type State = (FlexTensor, f32);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (y, slope) = ops.state;
        let dy = grads.consume::<Flex>(&ops.node);
        let columns = shape(&dy)[1];
        let mut dy = channels_last(dy);
        let all = y.layout().num_elements();
        let bias = counted("bias, back", 0, 3 * all, || {
            rows::bias_backward(numbers(&y), dy.storage_mut(), columns, slope)
        });
        let [to_x, to_bias] = ops.parents;
        if let Some(node) = to_x {
            grads.register::<Flex>(node.id, channels_second(dy));
        }
        if let Some(node) = to_bias {
            grads.register::<Flex>(node.id, flat(bias, [columns]));
        }
    }
}

#[derive(Debug)]
struct Tanh;

impl Backward<Flex, 1> for Tanh {
    type State = FlexTensor;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        unary::<Flex, _>(ops.parents, ops.node, grads, |dy| {
            channels_second(within(channels_last(dy), |dy| rows::tanh_backward(numbers(&ops.state), dy)))
        });
    }
}

/// Kept: the two halves, channels last.
#[derive(Debug)]
struct Gate;

impl Backward<Flex, 1> for Gate {
    type State = FlexTensor;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        unary::<Flex, _>(ops.parents, ops.node, grads, |dy| {
            let (x, dy) = (ops.state, channels_last(dy));
            let (of, all) = (shape(&x), x.layout().num_elements());
            let dx = counted("gate, back", 0, 5 * all / 2, || {
                rows::gate_backward(numbers(&x), numbers(&dy), of[3] / 2)
            });
            channels_second(flat(dx, of))
        });
    }
}

/// Of a loss whose gradient was made with its value.
#[derive(Debug)]
struct Loss;

impl Backward<Flex, 1> for Loss {
    type State = FlexTensor;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        unary::<Flex, _>(ops.parents, ops.node, grads, |dy| {
            // A loss's own gradient is 1, and there is nothing to multiply.
            match numbers(&dy.to_contiguous())[0] {
                1.0 => ops.state,
                factor => Flex::float_mul_scalar(ops.state, factor.into()),
            }
        });
    }
}

/// A loss and its gradient, of logits, what is drawn, and the numbers of a picture.
type Cost = fn(&[f32], &[f32], usize) -> (f32, Vec<f32>);

type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

fn loss<C: CheckpointStrategy>(logits: Tracked<C>, x: Tracked<C>, both: Cost) -> Tracked<C> {
    let prep = Loss.prepare::<C>([logits.node()]).compute_bound().stateful();
    let logits = logits.into_primitive();
    let columns = pixels(&logits);
    let (logits, x) = (channels_last(logits), channels_last(x.into_primitive()));
    let all = logits.layout().num_elements();
    let (loss, gradient) = counted("likelihood", 0, 3 * all, || both(numbers(&logits), numbers(&x), columns));
    finish(prep, |_| channels_second(flat(gradient, shape(&logits))), flat(vec![loss], [1]))
}

impl<C: CheckpointStrategy> FastOps for Autodiff<Flex, C> {
    fn fast_conv(x: Tracked<C>, w: Tracked<C>, stride: usize, pad: usize) -> Tracked<C> {
        Convolve { transposed: false }.track::<C>(x, w, |x, w| convolution(x, w, stride, pad))
    }

    fn fast_conv_transpose(x: Tracked<C>, w: Tracked<C>, stride: usize, pad: usize) -> Tracked<C> {
        Convolve { transposed: true }.track::<C>(x, w, |x, w| transposition(x, w, stride, pad))
    }

    fn fast_conv_after(x: Tracked<C>, w: Tracked<C>, top: usize, left: usize) -> Tracked<C> {
        Convolve { transposed: false }.track::<C>(x, w, |x, w| sized(x, w, [top, left]))
    }

    fn fast_gate(x: Tracked<C>) -> Tracked<C> {
        let prep = Gate.prepare::<C>([x.node()]).compute_bound().stateful();
        let x = channels_last(x.into_primitive());
        let y = gated(&x);
        finish(prep, |_| x, y)
    }

    fn fast_norm(
        x: Tracked<C>,
        gamma: Tracked<C>,
        beta: Tracked<C>,
        epsilon: f32,
        slope: f32,
    ) -> (Tracked<C>, Tracked<C>, Tracked<C>) {
        let prep = Normalise.prepare::<C>([x.node(), gamma.node(), beta.node()]).compute_bound().stateful();
        let x = channels_last(x.into_primitive());
        let (gamma, beta) = (gamma.into_primitive(), beta.into_primitive());
        let (y, norm, variance) = normalised(&x, gamma, beta, epsilon, slope);
        let columns = variance.len();
        let mean = flat(norm.mean.clone(), [columns]);
        let y = finish(prep, |_| (x, norm), y);
        (y, Tracked::<C>::new(mean), Tracked::<C>::new(flat(variance, [columns])))
    }

    fn fast_bias(x: Tracked<C>, bias: Tracked<C>, slope: f32) -> Tracked<C> {
        let prep = Bias.prepare::<C>([x.node(), bias.node()]).compute_bound().stateful();
        let y = Flex::fast_bias(x.into_primitive(), bias.into_primitive(), slope);
        finish(prep, |y| (channels_last(y.clone()), slope), y)
    }

    fn fast_tanh(x: Tracked<C>) -> Tracked<C> {
        let prep = Tanh.prepare::<C>([x.node()]).compute_bound().stateful();
        let y = Flex::fast_tanh(x.into_primitive());
        finish(prep, |y| channels_last(y.clone()), y)
    }

    fn fast_bernoulli(logits: Tracked<C>, x: Tracked<C>) -> Tracked<C> {
        loss::<C>(logits, x, rows::bernoulli)
    }

    fn fast_gaussian(logits: Tracked<C>, x: Tracked<C>) -> Tracked<C> {
        loss::<C>(logits, x, rows::gaussian)
    }

    fn fast_blend(old: Tracked<C>, new: Tracked<C>, keep: f32) -> Tracked<C> {
        Tracked::<C>::new(Flex::fast_blend(old.into_primitive(), new.into_primitive(), keep))
    }

    fn fast_adam(
        w: Tracked<C>,
        g: Tracked<C>,
        m: Tracked<C>,
        v: Tracked<C>,
        rates: Rates,
    ) -> (Tracked<C>, Tracked<C>, Tracked<C>) {
        let [w, g, m, v] = [w, g, m, v].map(Tracked::<C>::into_primitive);
        let (w, m, v) = Flex::fast_adam(w, g, m, v, rates);
        (Tracked::<C>::new(w), Tracked::<C>::new(m), Tracked::<C>::new(v))
    }
}
