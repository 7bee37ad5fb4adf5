//! A network that zscope did not train, for looking at: a description that is run, with pictures as 0–1 and latents
//! in units of a normal σ, as every tool expects them.
//!
//! Must not know: files, messages.

use super::{Given, Model, Posterior};
use crate::nn::host::resized;
use crate::nn::network::Network;
use crate::nn::network::run::Runner;
use crate::nn::{Tensors, Watch};
use crate::point::{Input, Kind, one_hot};
use burn::tensor::{Device, Tensor};

/// A described network as a model. Fails with what does not fit.
pub fn open(network: &Network, tensors: &Tensors, device: &Device) -> Result<Box<dyn Model>, String> {
    if network.style.is_some() {
        return super::styled::open(network, tensors, device);
    }
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

impl Opened {
    /// The network with the samples of a batch of what is given of classes.
    fn of(&self, given: &Given) -> Runner {
        match given.class(1) {
            Some(weights) => self.runner.clone().of_weights(weights),
            None => self.runner.clone(),
        }
    }
}

impl Model for Opened {
    fn inputs(&self) -> Vec<Input> {
        let network = self.runner.network();
        let latent = network.latent;
        if network.decoder.is_empty() || latent.dims == 0 {
            return Vec::new();
        }
        let kind = Kind::Latent {
            dims: latent.dims,
            prior: latent.prior,
            names: Vec::new(),
            chunks: self.runner.chunks(),
        };
        let mut inputs = vec![Input { kind, ..Input::z(latent.dims) }];
        if latent.classes > 1 {
            let class = Input::class((0..latent.classes).map(|i| i.to_string()).collect());
            inputs.push(Input { home: Some(one_hot(latent.class, latent.classes)), ..class });
        }
        inputs
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let z = self.runner.own_units(given.latent(0)?); // [n, z]
        let x = self.of(given).watched(z, watch).ok()?; // [n, c, h, w] in the network's own range
        Some(self.runner.to_unit(x)) // [n, c, h, w], 0 to 1
    }

    fn encodes(&self) -> bool {
        self.runner.network().encodes()
    }

    fn encode(&self, x: Tensor<4>, held: &Given) -> Option<Posterior> {
        if !self.encodes() {
            return None;
        }
        let (mean, log_variance) = self.of(held).encode(self.runner.from_unit(x)).ok()?; // [n, z] each
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
        let x = resized(x, picture.height, picture.width); // [n, c, h, w]
        self.runner.discriminate(self.runner.from_unit(x)).ok()
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        self.runner.first_weight()
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Opened { runner: self.runner.clone(), outputs: self.outputs })
    }
}
