//! An exponential moving average of a module's weights: what GANs show, since it is steadier than any single
//! step's weights (Yazıcı et al. 2019, "The unusual effectiveness of averaging in GAN training").
//!
//! Must not know: any one system.

use super::fast;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;
use std::any::Any;
use std::collections::VecDeque;

#[derive(Default)]
struct Gather(VecDeque<Box<dyn Any>>);

impl ModuleVisitor for Gather {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push_back(Box::new(param.val()));
    }
}

struct Blend {
    new: VecDeque<Box<dyn Any>>,
    decay: f32,
}

impl ModuleMapper for Blend {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // Same module type visited in the same order, so the front is this very parameter.
        match self.new.pop_front().and_then(|t| t.downcast::<Tensor<D>>().ok()) {
            Some(new) => param.map(|old| fast::blend(old, *new, self.decay)),
            None => param,
        }
    }
}

/// The decay in force after `steps` steps: min(`decay`, (1 + steps) / (10 + steps)), as TensorFlow's
/// `ExponentialMovingAverage` has it with `num_updates`. Without it the average holds the first weights, which draw
/// nothing, for some hundred steps.
pub fn decay(decay: f32, steps: u64) -> f32 {
    decay.min(((1 + steps) as f64 / (10 + steps) as f64) as f32)
}

/// `average ← decay · average + (1 − decay) · now`, for every parameter and buffer. Both modules are
/// inference copies ([`Module::valid`]) of the same architecture.
pub fn blend<M: Module>(average: M, now: &M, decay: f32) -> M {
    let mut gather = Gather::default();
    now.visit(&mut gather);
    average.map(&mut Blend { new: gather.0, decay })
}
