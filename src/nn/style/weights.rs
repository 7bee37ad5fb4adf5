//! The weights of a style-based generator on a device, as its layers use them: gains multiplied in, kernels' squares summed for
//! demodulation.
//!
//! Must not know: how pictures are drawn with them.

use super::Dense;
use super::filter::Taps;
use crate::nn::{Tensors, fast};
use burn::tensor::{Device, Tensor, TensorData};

/// A file's tensors by name, to be put on a device.
pub(super) struct Source<'a> {
    pub tensors: &'a Tensors,
    pub device: &'a Device,
}

impl Source<'_> {
    /// Shape and numbers of NAME.leaf.
    pub fn numbers(&self, name: &str, leaf: &str) -> Result<(Vec<usize>, Vec<f32>), String> {
        let key = format!("{name}.{leaf}");
        let data = self.tensors.get(&key).ok_or_else(|| format!("tensor {key} is missing"))?;
        Ok((data.shape().to_vec(), data.iter::<f32>().collect()))
    }

    /// The numbers of NAME.leaf, where there is such a tensor.
    pub fn optional(&self, name: &str, leaf: &str) -> Option<Vec<f32>> {
        self.tensors.get(&format!("{name}.{leaf}")).map(|data| data.iter::<f32>().collect())
    }

    /// One number.
    pub fn single(&self, name: &str, leaf: &str) -> Result<f32, String> {
        let (shape, numbers) = self.numbers(name, leaf)?;
        numbers.first().copied().ok_or_else(|| format!("tensor {name}.{leaf} of shape {shape:?} is empty"))
    }

    /// Numbers as a tensor of that shape `[…]`, whose numbers they are.
    pub fn tensor<const D: usize>(&self, numbers: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
        Tensor::from_data(TensorData::new(numbers, shape), self.device)
    }

    /// A filter, if there is one.
    pub fn taps(&self, name: &str, leaf: &str) -> Result<Option<Taps>, String> {
        if !self.tensors.contains_key(&format!("{name}.{leaf}")) {
            return Ok(None);
        }
        let (shape, numbers) = self.numbers(name, leaf)?;
        Ok(Some(Taps::of(&shape, numbers)))
    }
}

/// A dense layer with its gains multiplied in.
#[derive(Clone)]
pub(super) struct Linear {
    /// `[in, out]`.
    weight: Tensor<2>,
    /// `[1, out]`.
    bias: Option<Tensor<2>>,
}

impl Linear {
    /// `scale`: what the result is multiplied by.
    pub fn of(layer: &Dense, scale: f64, source: &Source<'_>) -> Result<Self, String> {
        let (shape, weight) = source.numbers(&layer.weights, "weight")?;
        let [out, into] = *shape else {
            return Err(format!("tensor {}.weight of shape {shape:?} is no matrix", layer.weights));
        };
        let weight = source.tensor(weight, [out, into]) * (layer.gain * scale);
        let bias = source.optional(&layer.weights, "bias").map(|b| (b.len(), b));
        let bias = bias.map(|(n, b)| source.tensor(b, [1, n]) * (layer.bias_gain * scale));
        Ok(Self { weight: weight.transpose(), bias })
    }

    /// `[n, in]` → `[n, out]`.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let y = x.matmul(self.weight.clone()); // [n, out]
        match &self.bias {
            Some(bias) => y + bias.clone(), // [n, out]
            None => y,
        }
    }
}

/// The kernel of a convolution that a style modulates.
#[derive(Clone)]
pub(super) struct Kernel {
    /// `[out, in, k, k]`.
    pub weight: Tensor<4>,
    /// The same as `[out, k, k, in]`, where a transposed convolution on a processor takes it so.
    pub packed: Option<Tensor<4>>,
    /// Squares, summed over each kernel: `[in, out]`.
    squares: Tensor<2>,
    /// `[1, out, 1, 1]`.
    pub bias: Tensor<4>,
    /// Side of the kernel.
    pub side: usize,
}

impl Kernel {
    /// `normalised`: whether each of the out-channels is brought to a mean square of 1.
    pub fn of(name: &str, transposed: bool, normalised: bool, source: &Source<'_>) -> Result<Self, String> {
        let (shape, mut weight) = source.numbers(name, "weight")?;
        let [out, into, k, _] = *shape else {
            return Err(format!("tensor {name}.weight of shape {shape:?} is no kernel"));
        };
        if normalised {
            for kernels in weight.chunks_exact_mut((into * k * k).max(1)) {
                let mean = kernels.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / kernels.len() as f64;
                let by = if mean > 0.0 { mean.sqrt().recip() as f32 } else { 0.0 };
                kernels.iter_mut().for_each(|v| *v *= by);
            }
        }
        let squares: Vec<f32> =
            weight.chunks_exact((k * k).max(1)).map(|kernel| kernel.iter().map(|v| v * v).sum()).collect();
        let (_, bias) = source.numbers(name, "bias")?;
        let packed = (transposed && fast::on(source.device)).then(|| {
            let part = |at: usize| {
                let (o, tap, i) = (at / (k * k * into), at / into % (k * k), at % into);
                weight[(o * into + i) * k * k + tap]
            };
            source.tensor((0..weight.len()).map(part).collect(), [out, k, k, into])
        });
        Ok(Self {
            weight: source.tensor(weight, [out, into, k, k]),
            packed,
            squares: source.tensor(squares, [out, into]).transpose(),
            bias: source.tensor(bias, [1, out, 1, 1]),
            side: k,
        })
    }

    /// A factor of 1 for each out-channel of `n` samples: `[n, out]`.
    pub fn as_it_is(&self, n: usize) -> Tensor<2> {
        Tensor::ones([n, self.weight.dims()[0]], &self.weight.device())
    }

    /// What each out-channel is divided by for a style `[n, in]`, so that its variance stays (Karras et al. 2020, equation 3), as a
    /// factor: `[n, out]`.
    pub fn demodulation(&self, style: Tensor<2>) -> Tensor<2> {
        let sum = (style.clone() * style).matmul(self.squares.clone()); // [n, out]
        (sum + 1e-8).sqrt().recip() // [n, out]
    }
}

/// `[n, c]` → `[n, c, 1, 1]`, for all pixels of a channel.
pub(super) fn maps(x: Tensor<2>) -> Tensor<4> {
    let [n, c] = x.dims();
    x.reshape([n, c, 1, 1])
}
