//! A gated recurrent unit (Cho et al. 2014) as PyTorch's `GRUCell` computes it, the reset gate after the product:
//! r = σ(W_ir x + b_ir + W_hr h + b_hr), u = σ(W_iu x + b_iu + W_hu h + b_hu), n = tanh(W_in x + b_in + r ∘ (W_hn h + b_hn)),
//! h' = (1 − u) ∘ n + u ∘ h. Its `ih.weight`, `hh.weight` and biases are PyTorch's `weight_ih`, `weight_hh`, `bias_ih`, `bias_hh`.
//!
//! Must not know: any one system, what a step of it stands for.

use super::fast;
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Device, Tensor};

/// `[n, from]` and `[n, hidden]` → `[n, hidden]`.
#[derive(Module, Debug)]
pub struct Gru {
    /// Of the input, the three gates one after the other: reset, update, new.
    ih: Linear,
    /// Of what was, likewise.
    hh: Linear,
}

impl Gru {
    /// `from`: numbers that come in at each step; `hidden`: numbers that are kept.
    pub fn new(from: usize, hidden: usize, device: &Device) -> Self {
        let three = |from| LinearConfig::new(from, 3 * hidden).init(device);
        Self { ih: three(from), hh: three(hidden) }
    }

    /// One step: x `[n, from]`, h `[n, hidden]` → the next h, `[n, hidden]`.
    pub fn forward(&self, x: Tensor<2>, h: Tensor<2>) -> Tensor<2> {
        let hidden = h.dims()[1];
        let of_x = fast::dense(&self.ih, x, fast::NOTHING); // [n, 3 · hidden]
        let of_h = fast::dense(&self.hh, h.clone(), fast::NOTHING); // [n, 3 · hidden]
        let gate = |all: &Tensor<2>, i: usize| all.clone().slice_dim(1, i * hidden..(i + 1) * hidden); // [n, hidden]
        let reset = sigmoid(gate(&of_x, 0) + gate(&of_h, 0)); // [n, hidden]
        let update = sigmoid(gate(&of_x, 1) + gate(&of_h, 1)); // [n, hidden]
        let new = (gate(&of_x, 2) + reset * gate(&of_h, 2)).tanh(); // [n, hidden]
        new.clone() + update * (h - new) // [n, hidden]
    }
}
