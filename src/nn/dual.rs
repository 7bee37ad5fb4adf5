//! Values that carry along how they change in a direction (forward-mode differentiation, dual numbers): the layers of a
//! discriminator give C(x) and, where it is asked for, ∇C(x)·u in the same pass. The result is a tensor like any other, so
//! that a further way back gives its derivative by the weights: a second derivative that autodiff alone does not have.
//!
//! Must not know: losses, any one system.

use super::fast;
use super::instance_norm;
use burn::nn::conv::Conv2d;
use burn::nn::{BatchNorm, Linear};
use burn::tensor::{Tensor, activation};

/// A tensor `[…]`, and its derivative along a direction, of the same shape, where that is followed.
#[derive(Clone, Debug)]
pub struct Dual<const N: usize> {
    /// The value.
    pub value: Tensor<N>,
    /// How it changes; `None`: nobody asks.
    pub tangent: Option<Tensor<N>>,
}

impl<const N: usize> From<Tensor<N>> for Dual<N> {
    /// A value `[…]` whose changes nobody follows.
    fn from(value: Tensor<N>) -> Self {
        Self { value, tangent: None }
    }
}

impl<const N: usize> Dual<N> {
    /// A value `[…]` that moves in a direction of the same shape.
    pub fn along(value: Tensor<N>, direction: Tensor<N>) -> Self {
        Self { value, tangent: Some(direction) }
    }

    /// What does to changes as it does to values (another shape, a selection, a product with a matrix): `[…]` → `[…]`.
    pub fn linear<const M: usize>(self, f: impl Fn(Tensor<N>) -> Tensor<M>) -> Dual<M> {
        Dual { value: f(self.value), tangent: self.tangent.map(f) }
    }

    /// The same with a constant added: both `[…]` of one shape, or of one that is repeated.
    pub fn plus(self, constant: Tensor<N>) -> Self {
        Self { value: self.value + constant, ..self }
    }
}

/// The sum of two changes `[…]` of one shape, of which either may be followed by nobody.
fn sum<const N: usize>(a: Option<Tensor<N>>, b: Option<Tensor<N>>) -> Option<Tensor<N>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (one, None) | (None, one) => one,
    }
}

impl<const N: usize> std::ops::Add for Dual<N> {
    type Output = Self;

    /// The sum of two values `[…]` of one shape, which both change where one does.
    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, tangent: sum(self.tangent, other.tangent) }
    }
}

impl Dual<4> {
    /// With further channels behind it that do not change: `[n, c, h, w]` and `[n, k, h, w]` → `[n, c + k, h, w]`.
    pub fn beside(self, constant: Tensor<4>) -> Self {
        self.joined(constant, |x, more| vec![x, more])
    }

    /// With further channels before it that do not change: `[n, c, h, w]` and `[n, k, h, w]` → `[n, k + c, h, w]`.
    pub fn after(self, constant: Tensor<4>) -> Self {
        self.joined(constant, |x, more| vec![more, x])
    }

    /// `[n, c, h, w]` and `[n, k, h, w]` → `[n, c + k, h, w]` in that order.
    fn joined(self, constant: Tensor<4>, order: fn(Tensor<4>, Tensor<4>) -> Vec<Tensor<4>>) -> Self {
        let still = constant.zeros_like();
        let tangent = self.tangent.map(|t| Tensor::cat(order(t, still), 1)); // [n, c + k, h, w]
        Self { value: Tensor::cat(order(self.value, constant), 1), tangent }
    }
}

/// The slope of max(x, slope · x) where it gave `y`: `[…]` → the same shape, and none of the gradient.
fn slopes<const N: usize>(y: &Tensor<N>, slope: f32) -> Tensor<N> {
    y.clone().detach().greater_elem(0.0).float() * (1.0 - slope) + slope
}

/// Changes `[…]` through max(x, slope · x), which gave `y` of the same shape.
fn through<const N: usize>(t: Tensor<N>, y: &Tensor<N>, slope: f32) -> Tensor<N> {
    if slope == fast::NOTHING { t } else { t * slopes(y, slope) }
}

/// [`fast::activate`]: `[…]` → the same shape.
pub fn activate<const N: usize>(x: Dual<N>, slope: f32) -> Dual<N> {
    let value = fast::activate(x.value, slope); // […]
    let tangent = x.tangent.map(|t| through(t, &value, slope)); // […]
    Dual { value, tangent }
}

/// [`fast::conv`]: `[n, from, h, w]` → `[n, to, h', w']`.
pub fn conv(layer: &Conv2d, x: Dual<4>, slope: f32) -> Dual<4> {
    let value = fast::conv(layer, x.value, slope); // [n, to, h', w']
    let tangent = x.tangent.map(|t| {
        let linear = Conv2d { bias: None, ..layer.clone() };
        through(fast::conv(&linear, t, fast::NOTHING), &value, slope) // [n, to, h', w']
    });
    Dual { value, tangent }
}

/// [`fast::norm`] by the batch's own statistics: `[n, c, h, w]` → the same shape.
pub fn norm(layer: &BatchNorm, x: Dual<4>, slope: f32) -> Dual<4> {
    let value = fast::norm(layer, x.value.clone(), slope); // [n, c, h, w]
    let tangent = x.tangent.map(|t| {
        let mean = |x: Tensor<4>| x.mean_dim(0).mean_dim(2).mean_dim(3); // [1, c, 1, 1]
        let c = x.value.dims()[1];
        let moved = standardised(x.value, t, mean, layer.epsilon as f32); // [n, c, h, w]
        through(moved * layer.gamma.val().reshape([1, c, 1, 1]), &value, slope) // [n, c, h, w]
    });
    Dual { value, tangent }
}

/// How (x − mean) / √(variance + ε) moves with x, for any mean: `[n, c, h, w]` → the same shape.
fn standardised(
    x: Tensor<4>,
    t: Tensor<4>,
    mean: impl Fn(Tensor<4>) -> Tensor<4>,
    epsilon: f32,
) -> Tensor<4> {
    let away = x.clone() - mean(x); // [n, c, h, w]
    let variance = mean(away.clone().square()); // [1 or n, c, 1, 1]
    let scale = (variance + epsilon).sqrt().recip(); // [1 or n, c, 1, 1]
    let together = mean(away.clone() * t.clone()) * scale.clone().square(); // [1 or n, c, 1, 1]
    (t.clone() - mean(t) - away * together) * scale // [n, c, h, w]
}

/// [`instance_norm::instance_norm`]: `[n, c, h, w]` → the same shape.
pub fn norm_each(x: Dual<4>, slope: f32) -> Dual<4> {
    let value = instance_norm::instance_norm(x.value.clone(), slope); // [n, c, h, w]
    let tangent = x.tangent.map(|t| {
        let moved = standardised(x.value, t, instance_norm::mean, instance_norm::EPSILON); // [n, c, h, w]
        through(moved, &value, slope) // [n, c, h, w]
    });
    Dual { value, tangent }
}

/// [`fast::dense`]: `[n, from]` → `[n, to]`.
pub fn dense(layer: &Linear, x: Dual<2>, slope: f32) -> Dual<2> {
    let value = fast::dense(layer, x.value, slope); // [n, to]
    let tangent = x.tangent.map(|t| through(t.matmul(layer.weight.val()), &value, slope)); // [n, to]
    Dual { value, tangent }
}

/// tanh of every number: `[n, k]` → the same shape.
pub fn tanh(x: Dual<2>) -> Dual<2> {
    let value = x.value.tanh(); // [n, k]
    let tangent = x.tangent.map(|t| t * (-value.clone().square() + 1.0)); // [n, k]
    Dual { value, tangent }
}

/// σ of every number: `[n, k]` → the same shape.
pub fn sigmoid(x: Dual<2>) -> Dual<2> {
    let value = activation::sigmoid(x.value); // [n, k]
    let tangent = x.tangent.map(|t| t * value.clone() * (-value.clone() + 1.0)); // [n, k]
    Dual { value, tangent }
}

/// The product of two values `[…]` of one shape, number by number, which changes where either does.
pub fn times<const N: usize>(a: Dual<N>, b: Dual<N>) -> Dual<N> {
    let value = a.value.clone() * b.value.clone(); // […]
    let left = a.tangent.map(|t| t * b.value); // […]
    let right = b.tangent.map(|t| t * a.value); // […]
    Dual { value, tangent: sum(left, right) }
}
