//! A text as a vector: word embedding and gated recurrent unit (Cho et al. 2014, "Learning phrase representations using RNN
//! encoder–decoder"), whose states are averaged over the words, as the text features of Reed et al. 2016 are ("Learning deep
//! representations of fine-grained visual descriptions").
//!
//! Must not know: which word a number stands for, any one system.

use super::Init;
use super::init;
use crate::data::vocabulary::PADDING;
use burn::module::Module;
use burn::nn::{Embedding, EmbeddingConfig, Linear, LinearConfig};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Int, Tensor};

/// `[n, longest]` numbers of words → `[n, hidden]`.
#[derive(Module, Debug)]
pub struct TextEncoder {
    words: Embedding,
    /// Of a word to reset gate, update gate and candidate, side by side (the order of PyTorch's GRU).
    input: Linear,
    /// The same of the state before.
    state: Linear,
}

impl TextEncoder {
    /// `entries`: numbers that words can have; `embedding`: dimensions of a word; `hidden`: those of the state.
    pub fn new(entries: usize, embedding: usize, hidden: usize, device: &Device) -> Self {
        Self {
            words: EmbeddingConfig::new(entries, embedding).init(device),
            input: LinearConfig::new(embedding, 3 * hidden).init(device),
            state: LinearConfig::new(hidden, 3 * hidden).init(device),
        }
    }

    /// PyTorch's initialisation: words N(0, 1), the rest U(±1/√fan_in). `own`: the name that it is saved under.
    pub fn initialised(self, own: &str, seed: u64) -> Self {
        let name = |part: &str| format!("{own}.{part}");
        Self {
            words: init::initialise(self.words, &name("words"), seed, Init::Equalised { sigma: 1.0 }),
            input: init::initialise(self.input, &name("input"), seed, Init::Torch),
            state: init::initialise(self.state, &name("state"), seed, Init::Torch),
        }
    }

    /// `[n, longest]` → `[n, hidden]`, the mean of the states behind each word; 0 of a text without words. Padding changes
    /// nothing, however much there is.
    pub fn forward(&self, tokens: Tensor<2, Int>) -> Tensor<2> {
        let [n, longest] = tokens.dims();
        let there = tokens.clone().not_equal_elem(PADDING as i32).float(); // [n, longest]
        let words = self.words.forward(tokens); // [n, longest, embedding]
        let given = self.input.forward(words); // [n, longest, 3 · hidden]
        let hidden = given.dims()[2] / 3;
        let mut state = Tensor::<2>::zeros([n, hidden], &given.device()); // [n, hidden]
        let mut sum = state.clone(); // [n, hidden]
        for word in 0..longest {
            let x = given.clone().slice_dim(1, word..word + 1).reshape([n, 3 * hidden]); // [n, 3 · hidden]
            let h = self.state.forward(state.clone()); // [n, 3 · hidden]
            let part = |all: &Tensor<2>, i: usize| all.clone().slice_dim(1, i * hidden..(i + 1) * hidden); // [n, hidden]
            let reset = sigmoid(part(&x, 0) + part(&h, 0)); // [n, hidden]
            let keep = sigmoid(part(&x, 1) + part(&h, 1)); // [n, hidden]
            let candidate = (part(&x, 2) + reset * part(&h, 2)).tanh(); // [n, hidden]
            let next = candidate.clone() + keep * (state.clone() - candidate); // [n, hidden]
            let mask = there.clone().slice_dim(1, word..word + 1); // [n, 1]
            state = state.clone() + (next - state) * mask.clone(); // [n, hidden]
            sum = sum + state.clone() * mask; // [n, hidden]
        }
        sum / there.sum_dim(1).clamp_min(1.0) // [n, hidden]
    }
}
