//! Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000): a layer that reads a sequence
//! step by step. It is of two dense layers, whose changes are followed as those of any other, so that penalties on the slope of a
//! critic that reads sequences are exact too. Gates stand in PyTorch's order: input, forget, cell, output.
//!
//! Must not know: what the sequences are, any one system.

use super::dual::{self, Dual};
use super::fast;
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

/// What it remembers: h and c, `[n, units]` each.
pub type Memory = (Dual<2>, Dual<2>);

/// `[n, from]` and a memory → a memory of `[n, units]`.
#[derive(Module, Debug)]
pub struct Lstm {
    /// `[from, 4 · units]`, PyTorch's `ih`.
    input: Linear,
    /// `[units, 4 · units]`, PyTorch's `hh`.
    hidden: Linear,
    #[module(skip)]
    units: usize,
}

impl Lstm {
    /// A layer of so many units for inputs of `from` numbers.
    pub fn new(from: usize, units: usize, device: &Device) -> Self {
        let layer = |from| LinearConfig::new(from, 4 * units).init(device);
        Self { input: layer(from), hidden: layer(units), units }
    }

    /// A memory of nothing for `n` sequences, `[n, units]` each.
    pub fn blank(&self, n: usize, device: &Device) -> Memory {
        let zero = || Tensor::<2>::zeros([n, self.units], device).into();
        (zero(), zero())
    }

    /// One step: `[n, from]`.
    pub fn step(&self, x: Dual<2>, memory: Memory) -> Memory {
        self.gated(dual::dense(&self.input, x, fast::NOTHING), memory)
    }

    /// A whole sequence: `n` rows of `[n · steps, from]` are a sequence's steps one after the other; gives what is remembered at the end.
    pub fn read(&self, x: Dual<2>, steps: usize) -> Memory {
        let (n, device) = (x.value.dims()[0] / steps.max(1), x.value.device());
        let wide = 4 * self.units;
        let all = dual::dense(&self.input, x, fast::NOTHING).linear(|g| g.reshape([n, steps, wide])); // [n, steps, 4 · units]
        (0..steps).fold(self.blank(n, &device), |memory, t| {
            let now = all.clone().linear(|g| g.slice_dim(1, t..t + 1).reshape([n, wide])); // [n, 4 · units]
            self.gated(now, memory)
        })
    }

    /// What is remembered after a step whose input gave `[n, 4 · units]`.
    fn gated(&self, from_input: Dual<2>, (h, c): Memory) -> Memory {
        let gates = from_input + dual::dense(&self.hidden, h, fast::NOTHING); // [n, 4 · units]
        let part = |i: usize| {
            let (from, to) = (i * self.units, (i + 1) * self.units);
            gates.clone().linear(|g| g.slice_dim(1, from..to)) // [n, units]
        };
        let [input, forget, output] = [0, 1, 3].map(|i| dual::sigmoid(part(i))); // [n, units] each
        let new = dual::times(input, dual::tanh(part(2))); // [n, units]
        let c = dual::times(forget, c) + new; // [n, units]
        let h = dual::times(output, dual::tanh(c.clone())); // [n, units]
        (h, c)
    }
}
