//! Operations of generators that only draw, for Burn's flex backend: nothing learns there, so they have no way back.
//!
//! Must not know: layers, when these operations are used.

use super::planes::{self, Convolved, Finish, Way};
use super::profile::counted;
use burn::backend::flex::{FlexTensor, Layout};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, backend_extension};
use burn::tensor::{Bytes, DType, Shape};

/// How a filter goes over maps: down the columns, and along the rows; of a filter that is not one along both ways `rows` has each of
/// its rows.
#[derive(Clone, Debug)]
pub struct Ways {
    /// Down the columns.
    pub down: Way,
    /// Along the rows, one; or all rows of the filter.
    pub rows: Vec<Way>,
    /// Whether it is one along both ways.
    pub twice: bool,
}

/// What is done here rather than by Burn.
#[backend_extension(Flex)]
pub trait DrawingOps: Backend {
    /// Convolution with kernels `[o, c, k, k]`, inputs scaled by `style` `[n, c]`, outputs by `back` `[n, o]`.
    fn drawn_conv(
        x: FloatTensor<Self>,
        w: FloatTensor<Self>,
        style: FloatTensor<Self>,
        back: FloatTensor<Self>,
        pad: usize,
    ) -> FloatTensor<Self>;
    /// Transposed convolution of stride 2 with kernels `[o, 3, 3, c]`, scaled likewise.
    fn drawn_double(
        x: FloatTensor<Self>,
        w: FloatTensor<Self>,
        style: FloatTensor<Self>,
        back: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
    /// A filter over maps.
    fn drawn_filter(x: FloatTensor<Self>, ways: Ways) -> FloatTensor<Self>;
    /// Noise (`[1 or n, 1, h, w]`; one number: none), bias `[…]` per channel, activation.
    fn drawn_finish(
        x: FloatTensor<Self>,
        noise: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        finish: Finish,
    ) -> FloatTensor<Self>;
}

fn numbers(t: &FlexTensor) -> &[f32] {
    t.storage::<f32>()
}

fn flat(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    FlexTensor::new(Bytes::from_elems(values), Layout::contiguous(Shape::from(shape)), DType::F32)
}

/// Samples, channels, rows, columns.
fn four(t: &FlexTensor) -> [usize; 4] {
    let all = t.layout().shape().clone();
    [all[0], all[1], all[2], all[3]]
}

/// The shapes of a convolution of maps `[n, c, h, w]`.
fn shapes(x: &FlexTensor, o: usize, k: usize, pad: usize) -> Convolved {
    let [n, c, h, w] = four(x);
    Convolved { n, c, h, w, o, k, pad }
}

impl DrawingOps for Flex {
    fn drawn_conv(
        x: FlexTensor,
        w: FlexTensor,
        style: FlexTensor,
        back: FlexTensor,
        pad: usize,
    ) -> FlexTensor {
        let [x, w, style, back] = [x, w, style, back].map(|t| t.to_contiguous());
        let [o, _, k, _] = four(&w);
        let g = shapes(&x, o, k, pad);
        let [oh, ow] = g.out();
        let y = counted("modulated convolution", g.flops(), g.n * (g.c * g.h * g.w + o * oh * ow), || {
            planes::modulated(numbers(&x), numbers(&w), numbers(&style), numbers(&back), &g)
        });
        flat(y, [g.n, o, oh, ow])
    }

    fn drawn_double(x: FlexTensor, w: FlexTensor, style: FlexTensor, back: FlexTensor) -> FlexTensor {
        let [x, w, style, back] = [x, w, style, back].map(|t| t.to_contiguous());
        let o = four(&w)[0];
        let g = shapes(&x, o, 3, 0);
        let flops = 2 * 9 * g.n * g.h * g.w * g.c * o;
        let y = counted("transposed modulated convolution", flops, 4 * g.n * (g.c + o) * g.h * g.w, || {
            planes::doubled(numbers(&x), numbers(&w), numbers(&style), numbers(&back), &g)
        });
        flat(y, [g.n, o, 2 * g.h + 1, 2 * g.w + 1])
    }

    fn drawn_filter(x: FlexTensor, Ways { down, rows, twice }: Ways) -> FlexTensor {
        let x = x.to_contiguous();
        let [n, c, h, w] = four(&x);
        let width = rows.first().map_or(0, |r| r.len);
        let height = down.len;
        let y = counted("filter", 0, n * c * (h * w + height * width), || match (twice, &*rows) {
            (true, [across]) => planes::resampled(numbers(&x), [h, w], &down, across),
            _ => planes::squarely(numbers(&x), [h, w], &down, &rows),
        });
        flat(y, [n, c, height, width])
    }

    fn drawn_finish(x: FlexTensor, noise: FlexTensor, bias: FlexTensor, finish: Finish) -> FlexTensor {
        let (mut x, noise, bias) = (x.to_contiguous(), noise.to_contiguous(), bias.to_contiguous());
        let [_, _, h, w] = four(&x);
        let all = x.layout().num_elements();
        let noise = (noise.layout().num_elements() > 1).then(|| numbers(&noise).to_vec());
        counted("noise, bias, activation", 0, 2 * all, || {
            planes::finished(x.storage_mut(), h * w, noise.as_deref(), numbers(&bias), finish);
        });
        x
    }
}
