//! A part of which an averaged copy of the weights is shown: exponential moving averages, as of Yazıcı et al. 2019, "The
//! unusual effectiveness of averaging in GAN training".
//!
//! Must not know: any one system.

use super::train::{Learns, Part};
use crate::nn::{Gradient, Tensors, ema, named};
use burn::module::Module;
use burn::tensor::{Tensor, TensorData};

/// What the name of an average has behind its part's.
const SUFFIX: &str = "_ema";

/// Whether a tensor of that name belongs to a part's average.
pub fn is_average(tensor: &str) -> bool {
    tensor.split_once('.').is_some_and(|(part, _)| part.ends_with(SUFFIX))
}

/// What the same tensor is called in the part's average, or that of an average in its part.
pub fn twin(tensor: &str) -> Option<String> {
    let (part, rest) = tensor.split_once('.')?;
    Some(match part.strip_suffix(SUFFIX) {
        Some(own) => format!("{own}.{rest}"),
        None => format!("{part}{SUFFIX}.{rest}"),
    })
}

/// A part and the running average of its weights, which is saved as `NAME_ema` before the part's own.
pub struct Averaged<M: Module> {
    part: Part<M>,
    average: M,
}

impl<M: Module> Clone for Averaged<M> {
    fn clone(&self) -> Self {
        Self { part: self.part.clone(), average: self.average.clone() }
    }
}

impl<M: Module> Averaged<M> {
    /// See [`Part::new`]. The average begins as the first weights.
    pub fn new(name: &'static str, module: M, beta_1: f32, beta_2: f32) -> Self {
        let average = module.valid();
        Self { part: Part::new(name, module, beta_1, beta_2), average }
    }

    /// Its network as a step uses it ([`Part::playing`]).
    pub fn playing(&self, learns: bool) -> M {
        self.part.playing(learns)
    }

    /// A copy of the averaged weights that coming steps leave alone.
    pub fn shown(&self) -> M {
        self.average.valid()
    }

    /// One Adam step down the gradient of `loss` `[1]`, and the average follows by `decay` (0–1) after `step` steps: see
    /// [`ema::decay`].
    pub fn descend(&mut self, loss: Tensor<1>, learning_rate: f64, decay: f32, step: u64) {
        self.part.descend(loss, learning_rate);
        // `valid()` gives the average batch-norm statistics of its own: a copy lent to the screen must not change while
        // it is looked at.
        self.average = ema::blend(self.average.valid(), &self.part.module.valid(), ema::decay(decay, step));
    }

    fn name(&self) -> String {
        format!("{}{SUFFIX}", self.part.name())
    }
}

impl<M: Module> Learns for Averaged<M> {
    fn weights(&self) -> Vec<(String, TensorData)> {
        let mut all = named::collect(&self.average, &self.name());
        all.extend(self.part.weights());
        all
    }

    fn optimiser(&self) -> Result<(String, TensorData), String> {
        self.part.optimiser()
    }

    fn probe(&mut self, on: bool) {
        self.part.probe(on);
    }

    fn gradients(&self) -> Vec<Gradient> {
        self.part.gradients()
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        self.average = named::load(self.average.clone(), &self.name(), tensors)?;
        self.part.restore(tensors)
    }
}
