//! Self-attention over a map: Zhang et al. 2019, "Self-attention generative adversarial networks". Queries and keys have an eighth of the
//! channels, values half; keys and values are pooled 2×2, as in the authors' program. y = x + γ · o(softmax(q·kᵀ) v), with γ from 0, so
//! that a network begins without it.
//!
//! Must not know: any one system, losses.

use super::dual::Dual;
use super::fast;
use super::network::run::Value;
use super::residual::same;
use super::spectral::Conv;
use super::tap::Watch;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, activation};

/// What the name of a layer's attention weights ends with among the layers that are told.
pub const LOOKS: &str = ".looks";

/// The layer.
#[derive(Module, Debug)]
pub struct SelfAttention {
    query: Conv,
    key: Conv,
    value: Conv,
    out: Conv,
    /// `[1]`.
    scale: Param<Tensor<1>>,
}

impl SelfAttention {
    /// `spectral`: whether the weights are divided by their σ.
    pub fn new(channels: usize, spectral: bool, device: &Device) -> Self {
        let conv = |from: usize, to: usize| {
            let conv = same(from, to, 1, device);
            Conv::new(burn::nn::conv::Conv2d { bias: None, ..conv }, spectral, device)
        };
        let (eighth, half) = ((channels / 8).max(1), (channels / 2).max(1));
        Self {
            query: conv(channels, eighth),
            key: conv(channels, eighth),
            value: conv(channels, half),
            out: conv(half, channels),
            scale: Param::from_tensor(Tensor::zeros([1], device)),
        }
    }

    /// How much each place of the map looks at each of the pooled places: `[n, channels, h, w]` → `[n, h · w, h/2 · w/2]`, whose rows
    /// add up to 1.
    pub fn weights(&self, x: Tensor<4>) -> Tensor<3> {
        let q = self.query.forward(x.clone(), fast::NOTHING).flatten::<3>(2, 3); // [n, c/8, h · w]
        let k = pool(self.key.forward(x, fast::NOTHING)); // [n, c/8, h/2 · w/2]
        activation::softmax(q.swap_dims(1, 2).matmul(k), 2) // [n, h · w, h/2 · w/2]
    }

    /// `[n, channels, h, w]`, both sides even → the same shape. What each place looks at is told to `watch` as maps
    /// `[n, h · w, h/2, w/2]`, by the name of the layer (`own`) and [`LOOKS`].
    pub fn forward(&self, x: Tensor<4>, own: &str, watch: &mut Watch<'_>) -> Tensor<4> {
        let [n, _, h, w] = x.dims();
        let weights = self.weights(x.clone()); // [n, h · w, h/2 · w/2]
        let maps = || Value::Map(weights.clone().reshape([n, h * w, h / 2, w / 2])); // [n, h · w, h/2, w/2]
        watch.layer(|| format!("{own}{LOOKS}"), maps);
        let v = pool(self.value.forward(x.clone(), fast::NOTHING)); // [n, c/2, h/2 · w/2]
        let seen = v.matmul(weights.swap_dims(1, 2)); // [n, c/2, h · w]
        let half = seen.dims()[1];
        let seen = self.out.forward(seen.reshape([n, half, h, w]), fast::NOTHING); // [n, channels, h, w]
        x + seen * self.scale.val().reshape([1, 1, 1, 1]) // [n, channels, h, w]
    }

    /// The same with how it changes: `[n, channels, h, w]` → the same shape. The pooled maxima stay where they are, and softmax's
    /// derivative is s ⊙ (t − Σ s ⊙ t).
    pub fn dual(&self, x: Dual<4>) -> Dual<4> {
        let Some(t) = x.tangent else { return self.forward(x.value, "", &mut Watch::nobody()).into() };
        let [n, _, h, w] = x.value.dims();
        let x = x.value; // [n, channels, h, w]
        let flat = |x: Tensor<4>| x.flatten::<3>(2, 3); // [n, k, places]
        let plain = |conv: &Conv, x: Tensor<4>| conv.forward(x, fast::NOTHING); // [n, k, h, w]
        let (q, dq) = (flat(plain(&self.query, x.clone())), flat(plain(&self.query, t.clone()))); // [n, c/8, h · w] each
        let (k, dk) = pooled(plain(&self.key, x.clone()), plain(&self.key, t.clone())); // [n, c/8, h/2 · w/2] each
        let (v, dv) = pooled(plain(&self.value, x.clone()), plain(&self.value, t.clone())); // [n, c/2, h/2 · w/2] each
        let rows = |q: Tensor<3>, k: Tensor<3>| q.swap_dims(1, 2).matmul(k); // [n, h · w, h/2 · w/2]
        let s = activation::softmax(rows(q.clone(), k.clone()), 2); // [n, h · w, h/2 · w/2]
        let ds = rows(dq, k) + rows(q, dk); // [n, h · w, h/2 · w/2]
        let ds = s.clone() * (ds.clone() - (s.clone() * ds).sum_dim(2)); // [n, h · w, h/2 · w/2]
        let half = v.dims()[1];
        let out = |seen: Tensor<3>| plain(&self.out, seen.reshape([n, half, h, w])); // [n, channels, h, w]
        let turned = |s: Tensor<3>| s.swap_dims(1, 2); // [n, h/2 · w/2, h · w]
        let scale = self.scale.val().reshape([1, 1, 1, 1]); // [1, 1, 1, 1]
        let moved = out(dv.matmul(turned(s.clone())) + v.clone().matmul(turned(ds))); // [n, channels, h, w]
        let value = x + out(v.matmul(turned(s))) * scale.clone(); // [n, channels, h, w]
        Dual::along(value, t + moved * scale) // [n, channels, h, w] each
    }
}

/// The four places of each 2×2 beside each other: `[n, c, h, w]` → `[n, c, h/2 · w/2, 4]`.
fn fours(x: Tensor<4>) -> Tensor<4> {
    let [n, c, h, w] = x.dims();
    let x = x.reshape([n, c, h / 2, 2, w / 2, 2]).permute([0, 1, 2, 4, 3, 5]); // [n, c, h/2, w/2, 2, 2]
    x.reshape([n, c, h * w / 4, 4]) // [n, c, h/2 · w/2, 4]
}

/// The largest of each 2×2: `[n, c, h, w]` → `[n, c, h/2 · w/2]`.
fn pool(x: Tensor<4>) -> Tensor<3> {
    let [n, c, h, w] = x.dims();
    fours(x).max_dim(3).reshape([n, c, h * w / 4]) // [n, c, h/2 · w/2]
}

/// The same and how it changes: `[n, c, h, w]` each → `[n, c, h/2 · w/2]` each.
fn pooled(x: Tensor<4>, t: Tensor<4>) -> (Tensor<3>, Tensor<3>) {
    let [n, c, h, w] = x.dims();
    let (x, t) = (fours(x), fours(t)); // [n, c, h/2 · w/2, 4] each
    let at = x.clone().detach().argmax(3); // [n, c, h/2 · w/2, 1]
    let one = |x: Tensor<4>| x.gather(3, at.clone()).reshape([n, c, h * w / 4]); // [n, c, h/2 · w/2]
    (one(x), one(t))
}
