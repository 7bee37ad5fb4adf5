//! One optimised part of a system: a module, its Adam, and how both are saved.
//!
//! Must not know: any one system.

use crate::nn::{Tensors, named};
use burn::module::Module;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, OptimizerRecord};
use burn::tensor::{Bytes, Tensor, TensorData};

/// A module and the Adam that trains it (Kingma and Ba 2015), saved under one name.
pub struct Part<M: Module> {
    name: &'static str,
    /// The module with its gradients.
    pub module: M,
    adam: ModuleOptimizer,
    /// Whether the norms of gradients are kept, and those of the last step.
    probing: bool,
    norms: Vec<(String, Tensor<1>)>,
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
            norms: Vec::new(),
        }
    }
}

impl<M: Module> Part<M> {
    /// `beta_1`, `beta_2` and ε = 1e-8 are Adam's. `name` prefixes the tensors' names ("" = none).
    pub fn new(name: &'static str, module: M, beta_1: f32, beta_2: f32) -> Self {
        let adam = AdamConfig::new().with_beta_1(beta_1).with_beta_2(beta_2).with_epsilon(1e-8).init();
        Self { name, module, adam, probing: false, norms: Vec::new() }
    }

    /// One Adam step down the gradient of `loss`.
    pub fn descend(&mut self, loss: Tensor<1>, learning_rate: f64) {
        let gradients = GradientsParams::from_grads(loss.backward(), &self.module);
        if self.probing {
            self.norms = named::gradient_norms(&self.module, &gradients, self.name);
        }
        self.module = self.adam.step(learning_rate, self.module.clone(), gradients);
    }

    /// Keeps the norms of the gradients of coming steps, or no longer. It reads them and changes nothing.
    pub fn probe(&mut self, on: bool) {
        self.probing = on;
        self.norms.clear();
    }

    /// Norms of the last step's gradients by parameter; empty when it made none.
    pub fn gradients(&self) -> Vec<(String, f32)> {
        if self.norms.is_empty() {
            return Vec::new();
        }
        let all = Tensor::cat(self.norms.iter().map(|(_, v)| v.clone()).collect(), 0).into_data();
        self.norms.iter().map(|(name, _)| name.clone()).zip(all.iter::<f32>()).collect()
    }

    /// Weights and buffers by name.
    pub fn weights(&self) -> Vec<(String, TensorData)> {
        named::collect(&self.module.valid(), self.name)
    }

    /// Name of the optimiser's tensor in a checkpoint.
    fn optimiser_name(&self) -> String {
        if self.name.is_empty() { "optimizer.adam".into() } else { format!("optimizer.{}.adam", self.name) }
    }

    /// The optimiser's state, as the bytes of Burn's record.
    pub fn optimiser(&self) -> Result<(String, TensorData), String> {
        let bytes = self.adam.to_record().into_bytes().map_err(|e| format!("optimiser state: {e}"))?;
        let bytes = bytes.to_vec();
        let count = bytes.len();
        Ok((self.optimiser_name(), TensorData::new(bytes, [count])))
    }

    /// Takes weights back, and the optimiser's state where there is one.
    pub fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        self.module = named::load(self.module.clone(), self.name, tensors)?;
        if let Some(data) = tensors.get(&self.optimiser_name()) {
            let bytes = Bytes::from_bytes_vec(data.as_bytes().to_vec());
            let record = OptimizerRecord::from_bytes(bytes).map_err(|e| format!("optimiser state: {e}"))?;
            self.adam = self.adam.clone().load_record(record);
        }
        Ok(())
    }
}
