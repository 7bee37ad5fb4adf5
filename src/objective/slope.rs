//! Penalties on how steep a discriminator is. Autodiff has first derivatives only, and still these are exact: with
//! u = ∇C(x)/‖∇C(x)‖, found by a first way back and then held, ‖∇C(x)‖ = ∇C(x)·u, which a pass forwards gives with the value
//! ([`crate::nn::dual`]). As u is the direction in which C is the steepest, the derivative of ∇C(x)·u by D's weights is that of
//! the norm (the envelope theorem).
//!
//! Must not know: networks, optimisers.

use crate::nn::Dual;
use burn::tensor::Tensor;

/// A discriminator: `[n, …]` → C `[n, 1]`, with what follows of its input's changes.
pub type Critic<'a, const N: usize> = &'a dyn Fn(Dual<N>) -> Dual<2>;

/// ‖∇C(x)‖ of each sample, or of each pack where D judges several at once: x `[n, …]` → `[m, 1]`, with a gradient to D's
/// weights and none to x. Where D judges each sample in several places, C is their mean. `held`: the same D with weights that
/// need no gradient.
pub fn slopes<const N: usize>(d: Critic<'_, N>, held: Critic<'_, N>, x: Tensor<N>) -> Tensor<2> {
    let dims = x.dims();
    let at = x.detach().require_grad();
    let said = held(at.clone().into()).value; // [m · places, 1]
    let m = said.dims()[0].min(dims[0]);
    let places = said.dims()[0] / m;
    let total = said.sum() / places as f32; // [1]
    let nothing = || Tensor::zeros([m, 1], &at.device());
    let Some(gradient) = at.grad(&total.backward()) else {
        // C does not depend on x.
        return nothing();
    };
    let rows = gradient.reshape([m, dims.iter().product::<usize>() / m]); // [m, k]
    let norm = rows.clone().square().sum_dim(1).sqrt() + 1e-20; // [m, 1]
    let u = Tensor::<N>::from_inner((rows / norm).reshape(dims)); // [n, …]
    let slope = d(Dual::along(at.clone().detach(), u)).tangent; // [m · places, 1]
    slope.map_or_else(nothing, |s| s.reshape([m, places]).mean_dim(1)) // [m, 1]
}

/// γ/2 · E‖∇C(x)‖²: R1 at real samples, R2 at generated ones (Mescheder et al. 2018). Slopes `[n, 1]` → `[1]`.
pub fn zero_centred(slopes: Tensor<2>, gamma: f32) -> Tensor<1> {
    slopes.square().mean() * (0.5 * gamma)
}

/// λ · E(‖∇C(x̂)‖ − 1)² (Gulrajani et al. 2017; Kodali et al. 2017). Slopes `[n, 1]` → `[1]`.
pub fn one_centred(slopes: Tensor<2>, lambda: f32) -> Tensor<1> {
    (slopes - 1.0).square().mean() * lambda
}

/// What a slope costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Penalty {
    /// γ/2 · ‖∇C‖².
    ZeroCentred(f32),
    /// λ · (‖∇C‖ − 1)².
    OneCentred(f32),
}

impl Penalty {
    /// The mean of what slopes `[n, 1]` cost: `[1]`.
    pub fn of(self, slopes: Tensor<2>) -> Tensor<1> {
        match self {
            Self::ZeroCentred(gamma) => zero_centred(slopes, gamma),
            Self::OneCentred(lambda) => one_centred(slopes, lambda),
        }
    }

    /// How the cost of each slope `[n, 1]` changes with it: `[n, 1]`.
    fn steep(self, slopes: Tensor<2>) -> Tensor<2> {
        match self {
            Self::ZeroCentred(gamma) => slopes * gamma,
            Self::OneCentred(lambda) => (slopes - 1.0) * (2.0 * lambda),
        }
    }
}

/// The mean of what the slopes of ΣC at samples x `[n, …]` cost, `[1]`, for a D that compares the samples of a batch, so that C of one depends
/// on the others: value and gradient to D's weights are those of a double backward, E p(‖g_i‖) with g_i = ∂ΣC/∂x_i. With v_i =
/// p'(‖g_i‖) · g_i/‖g_i‖ held, ∂E p(‖g_i‖) = E v_i · ∂g_i, which is the derivative of how ΣC changes when all samples move along v at once.
/// `held`: the same D with weights that need no gradient.
pub fn of_batch<const N: usize>(
    d: Critic<'_, N>,
    held: Critic<'_, N>,
    x: Tensor<N>,
    penalty: Penalty,
) -> Tensor<1> {
    let dims = x.dims();
    let n = dims[0];
    let at = x.detach().require_grad();
    let total = held(at.clone().into()).value.sum(); // [1]
    let Some(gradient) = at.grad(&total.backward()) else {
        // C does not depend on x.
        return penalty.of(Tensor::zeros([n, 1], &at.device()));
    };
    let rows = gradient.reshape([n, dims.iter().product::<usize>() / n]); // [n, k]
    let norm = rows.clone().square().sum_dim(1).sqrt(); // [n, 1]
    let v = rows / (norm.clone() + 1e-20) * penalty.steep(norm.clone()); // [n, k]
    let cost = Tensor::from_inner(penalty.of(norm)); // [1]
    let along = Dual::along(at.clone().detach(), Tensor::from_inner(v.reshape(dims))); // […]
    match d(along).tangent {
        // The value is the cost, the gradient that of the change.
        Some(change) => {
            let change = change.sum() / n as f32; // [1]
            change.clone() - change.detach() + cost
        }
        None => cost,
    }
}
