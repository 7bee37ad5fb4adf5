//! Adam (Kingma and Ba 2015) in one pass over a parameter's numbers, with Burn's own state, so that what is saved is the
//! same either way.
//!
//! Must not know: modules, losses.

use super::on;
use super::ops::FastOps;
use super::rows::Rates;
use burn::backend::Dispatch;
use burn::optim::{AdamConfig, AdamState, AdaptiveMomentumState, Optimizer};
use burn::tensor::{Device, Tensor};

/// Burn's Adam without decay of weights; on a processor in one pass.
#[derive(Clone)]
pub struct Adam {
    plain: burn::optim::Adam,
    beta_1: f32,
    beta_2: f32,
    epsilon: f32,
}

impl Adam {
    /// With these β₁, β₂ and ε.
    pub fn new(beta_1: f32, beta_2: f32, epsilon: f32) -> Self {
        let plain = AdamConfig::new().with_beta_1(beta_1).with_beta_2(beta_2).with_epsilon(epsilon).build();
        Self { plain, beta_1, beta_2, epsilon }
    }
}

impl Optimizer for Adam {
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        rate: f64,
        w: Tensor<D>,
        g: Tensor<D>,
        state: Option<Self::State<D>>,
    ) -> (Tensor<D>, Option<Self::State<D>>) {
        if !on(&w.device()) {
            return self.plain.step(rate, w, g, state);
        }
        let mut state = state.map(|s| s.momentum).unwrap_or_else(|| {
            let zeros = || Tensor::zeros(w.shape(), &w.device());
            AdaptiveMomentumState::new(0, zeros(), zeros())
        });
        state.time += 1;
        let rates = Rates {
            rate: rate as f32,
            beta_1: self.beta_1,
            beta_2: self.beta_2,
            epsilon: self.epsilon,
            time: state.time as i32,
        };
        let [w, g] = [w, g].map(Tensor::into_dispatch);
        let (m, v) = (state.moment_1.into_dispatch(), state.moment_2.into_dispatch());
        let (w, m, v) = Dispatch::fast_adam(w, g, m, v, rates);
        (state.moment_1, state.moment_2) = (Tensor::from_dispatch(m), Tensor::from_dispatch(v));
        (Tensor::from_dispatch(w), Some(AdamState::new(state)))
    }

    fn to_device<const D: usize>(mut state: Self::State<D>, device: &Device) -> Self::State<D> {
        state.momentum = state.momentum.to_device(device);
        state
    }
}
