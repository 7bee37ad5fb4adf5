//! One optimised part of a system: a module, its Adam, and how both are saved.
//!
//! Must not know: any one system.

use crate::nn::fast::adam::Adam;
use crate::nn::host::floats;
use crate::nn::{Gradient, Tensors, named};
use burn::module::{Module, ModuleMapper, Param};
use burn::optim::{GradientsParams, ModuleOptimizer, OptimizerRecord};
use burn::tensor::{Bytes, Tensor, TensorData};

/// What learns in a system, whatever its module is.
pub trait Learns {
    /// Weights and buffers by name.
    fn weights(&self) -> Vec<(String, TensorData)>;
    /// The optimiser's state by its name, as the bytes of Burn's record.
    fn optimiser(&self) -> Result<(String, TensorData), String>;
    /// Keeps something of the gradients of coming steps, or no longer. It reads them and changes nothing.
    fn probe(&mut self, on: bool);
    /// What was kept of the last step's gradients, a parameter each; empty when it made none.
    fn gradients(&self) -> Vec<Gradient>;
    /// Takes weights back, and the optimiser's state where there is one.
    fn restore(&mut self, tensors: &Tensors) -> Result<(), String>;
}

/// A module and the Adam that trains it (Kingma and Ba 2015), saved under one name.
pub struct Part<M: Module> {
    name: &'static str,
    /// The module with its gradients.
    pub module: M,
    adam: ModuleOptimizer,
    /// Whether something of the gradients is kept, and what of the last step's.
    probing: bool,
    held: Vec<named::Held>,
}

impl<M: Module> Clone for Part<M> {
    /// A copy that training the other leaves alone. A plain clone of a module shares batch norm's running statistics
    /// with it; going through [`Module::valid`] gives the copy its own.
    fn clone(&self) -> Self {
        Self {
            name: self.name,
            module: self.module.valid().train(),
            adam: self.adam.clone(),
            probing: false,
            held: Vec::new(),
        }
    }
}

impl<M: Module> Part<M> {
    /// `beta_1`, `beta_2` and ε = 1e-8 are Adam's. `name` prefixes the tensors' names ("" = none).
    pub fn new(name: &'static str, module: M, beta_1: f32, beta_2: f32) -> Self {
        let adam = Adam::new(beta_1, beta_2, 1e-8).into();
        Self { name, module, adam, probing: false, held: Vec::new() }
    }

    /// Its network as a step uses it. Where it does not learn in that step it stands outside of the gradients' graph: what is
    /// never asked for its gradient would stay there, step upon step.
    pub fn playing(&self, learns: bool) -> M {
        if learns { self.module.clone() } else { self.module.clone().no_grad() }
    }

    /// One Adam step down the gradient of `loss` `[1]`.
    pub fn descend(&mut self, loss: Tensor<1>, learning_rate: f64) {
        let gradients = GradientsParams::from_grads(loss.backward(), &self.module);
        if self.probing {
            self.held = named::held_gradients(&self.module, &gradients, self.name);
        }
        self.module = self.adam.step(learning_rate, self.module.clone(), gradients);
    }

    /// Brings every weight to between −`bound` and `bound`.
    pub fn clip(&mut self, bound: f32) {
        self.module = self.module.clone().map(&mut Clip(bound));
    }

    /// What the names of its tensors begin with; "" = nothing.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Name of the optimiser's tensor in a checkpoint.
    fn optimiser_name(&self) -> String {
        if self.name.is_empty() { "optimizer.adam".into() } else { format!("optimizer.{}.adam", self.name) }
    }
}

struct Clip(f32);

impl ModuleMapper for Clip {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // Running statistics are no weights.
        if !param.is_require_grad() {
            return param;
        }
        let (id, value, mapper) = param.consume();
        // What an optimiser holds must be no result of other tensors.
        let value = Tensor::from_inner(value.inner().clamp(-self.0, self.0)).require_grad();
        Param::from_mapped_value(id, value, mapper)
    }
}

impl<M: Module> Learns for Part<M> {
    fn probe(&mut self, on: bool) {
        self.probing = on;
        self.held.clear();
    }

    fn gradients(&self) -> Vec<Gradient> {
        if self.held.is_empty() {
            return Vec::new();
        }
        // One reading of the device for all of them.
        let parts = self.held.iter().flat_map(|h| [h.norm.clone(), h.sample.clone()]);
        let mut all = floats(Tensor::cat(parts.collect(), 0)).into_iter();
        let read = |h: &named::Held| Gradient {
            name: h.name.clone(),
            norm: all.next().unwrap_or(f32::NAN),
            sample: all.by_ref().take(h.sample.dims()[0]).collect(),
        };
        self.held.iter().map(read).collect()
    }

    fn weights(&self) -> Vec<(String, TensorData)> {
        named::collect(&self.module.valid(), self.name)
    }

    fn optimiser(&self) -> Result<(String, TensorData), String> {
        let bytes = self.adam.to_record().into_bytes().map_err(|e| format!("optimiser state: {e}"))?;
        let bytes = bytes.to_vec();
        let count = bytes.len();
        Ok((self.optimiser_name(), TensorData::new(bytes, [count])))
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        self.module = named::load(self.module.clone(), self.name, tensors)?;
        if let Some(data) = tensors.get(&self.optimiser_name()) {
            let bytes = Bytes::from_bytes_vec(data.as_bytes().to_vec());
            let record = OptimizerRecord::from_bytes(bytes).map_err(|e| format!("optimiser state: {e}"))?;
            self.adam = self.adam.clone().load_record(record);
        }
        Ok(())
    }
}
