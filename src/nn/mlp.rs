//! A stack of dense layers of one width.
//!
//! Must not know: any one system.

use super::dual::{self, Dual};
use super::fast;
use super::network::run::Value;
use super::tap::Watch;
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

/// What follows each layer but the last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bend {
    /// max(x, 0).
    Relu,
    /// x > 0 ? x : 0.2·x.
    Leaky,
    /// tanh.
    Tanh,
}

/// `[n, from]` → `[n, hidden]` … → `[n, to]`.
#[derive(Module, Debug)]
pub struct Mlp {
    layers: Vec<Linear>,
    #[module(skip)]
    bend: Bend,
}

impl Mlp {
    /// `depth`: hidden layers, each of `hidden` units.
    pub fn new([from, to]: [usize; 2], hidden: usize, depth: usize, bend: Bend, device: &Device) -> Self {
        let wide = |i: usize| if i == 0 { from } else { hidden };
        let layer = |i: usize| LinearConfig::new(wide(i), if i == depth { to } else { hidden }).init(device);
        Self { layers: (0..=depth).map(layer).collect(), bend }
    }

    /// `[n, from]` → `[n, to]`, with what follows of the input's changes. What each layer gives is told to `watch`, by the
    /// stack's own name.
    pub fn forward(&self, x: impl Into<Dual<2>>, own: &str, watch: &mut Watch<'_>) -> Dual<2> {
        let last = self.layers.len() - 1;
        self.layers.iter().enumerate().fold(x.into(), |x, (i, layer)| {
            let x = match self.bend {
                _ if i == last => dual::dense(layer, x, fast::NOTHING), // [n, to]
                Bend::Relu => dual::dense(layer, x, fast::RELU),        // [n, hidden]
                Bend::Leaky => dual::dense(layer, x, 0.2),              // [n, hidden]
                Bend::Tanh => dual::tanh(dual::dense(layer, x, fast::NOTHING)), // [n, hidden]
            };
            watch.layer(|| format!("{own}.layers.{i}"), || Value::Flat(x.value.clone()));
            x
        })
    }

    /// Weights of the first layer: `[from, hidden]`.
    pub fn first_weight(&self) -> Option<Tensor<2>> {
        Some(self.layers.first()?.weight.val())
    }
}
