//! A network that zscope did not train, for looking at: a description that is run, with pictures as 0–1 and latents
//! in units of a normal σ, as every tool expects them.
//!
//! Must not know: files, messages.

use super::{Model, Posterior};
use crate::nn::host::resized;
use crate::nn::network::Network;
use crate::nn::network::run::Runner;
use crate::nn::{Tap, Tensors};
use burn::tensor::{Device, Tensor};

/// A described network as a model. Fails with what does not fit.
pub fn open(network: &Network, tensors: &Tensors, device: &Device) -> Result<Box<dyn Model>, String> {
    let outputs = network.outputs(&crate::nn::network::run::sizes(tensors));
    Ok(running(Runner::new(network, tensors, device)?, outputs))
}

/// A network that is ready to run as a model. `outputs`: numbers that its critic gives.
pub(super) fn running(runner: Runner, outputs: usize) -> Box<dyn Model> {
    Box::new(Opened { runner, outputs })
}

struct Opened {
    runner: Runner,
    /// Numbers that its critic gives; 0 = there is none.
    outputs: usize,
}

impl Model for Opened {
    fn decode(&self, z: Tensor<2>) -> Option<Tensor<4>> {
        if self.latent_dims() == 0 {
            return None;
        }
        let x = self.runner.decode(self.runner.own_units(z)).ok()?;
        Some(self.runner.to_unit(x))
    }

    fn taps(&self, z: Tensor<2>) -> Vec<Tap> {
        if self.latent_dims() == 0 {
            return Vec::new();
        }
        self.runner.taps(self.runner.own_units(z))
    }

    fn encode(&self, x: Tensor<4>) -> Option<Posterior> {
        if !self.runner.network().encodes() {
            return None;
        }
        let (mean, log_variance) = self.runner.encode(self.runner.from_unit(x)).ok()?;
        // An auto-encoder is sure of its codes: ln σ² of nearly nothing.
        let log_variance = log_variance.unwrap_or_else(|| Tensor::full(mean.dims(), -20.0, &mean.device()));
        Some((mean, log_variance))
    }

    fn classify(&self, x: Tensor<4>) -> Option<(Tensor<2>, Tensor<2>)> {
        // One number is a discriminator's opinion, not a class.
        if self.outputs < 2 {
            return None;
        }
        let picture = self.runner.network().picture;
        let x = resized(x, picture.height, picture.width);
        self.runner.criticise(self.runner.from_unit(x)).ok()
    }

    fn latent_dims(&self) -> usize {
        let network = self.runner.network();
        if network.decoder.is_empty() { 0 } else { network.latent.dims }
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Opened { runner: self.runner.clone(), outputs: self.outputs })
    }
}
