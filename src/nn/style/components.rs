//! What is known of w by mapping many z: its mean, and the directions along which it varies most.
//!
//! Must not know: how pictures are drawn of w.

use super::run::Generator;
use crate::latent::pca::{Pca, pca};
use crate::nn::host::rows;
use crate::nn::{Noise, Watch};
use burn::tensor::{Device, Tensor, TensorData};

/// Samples that are mapped, as many as rosinality's program takes for a mean.
const SAMPLES: usize = 4096;
/// What they follow from.
const SEED: u64 = 0;

/// w of seeded z, of the classes by turns; the generator is on the processor, so that they are the same for every device.
fn sampled(generator: &Generator, classes: usize) -> Vec<Vec<f32>> {
    let device = Device::flex();
    let [dims, _] = generator.dims();
    let z = Noise::new(SEED, 0).normal([SAMPLES, dims], &device);
    let class = (classes > 0).then(|| {
        let hot = |i: usize| if i / classes % classes == i % classes { 1.0 } else { 0.0 };
        let weights: Vec<f32> = (0..SAMPLES * classes).map(hot).collect();
        Tensor::from_data(TensorData::new(weights, [SAMPLES, classes]), &device)
    });
    rows(generator.map(z, class, &mut Watch::nobody()))
}

/// The mean of w over many seeded z, of the classes by turns. The generator is on the processor.
pub fn average(generator: &Generator, classes: usize) -> Vec<f32> {
    let all = sampled(generator, classes);
    let mean = |i: usize| (all.iter().map(|w| f64::from(w[i])).sum::<f64>() / all.len() as f64) as f32;
    (0..generator.dims()[1]).map(mean).collect()
}

/// The directions along which w varies most, each in σ (GANSpace: Härkönen et al. 2020).
pub struct Components {
    /// `[1, w]`.
    mean: Tensor<2>,
    /// Component · σ, a row each: `[w, w]`.
    steps: Tensor<2>,
}

impl Components {
    /// Those of a generator that is on the processor, for use on `device`.
    pub fn of(generator: &Generator, classes: usize, device: &Device) -> Result<Self, String> {
        let [_, width] = generator.dims();
        let Pca { mean, components, variances } = pca(&sampled(generator, classes), width);
        if components.len() != width || mean.len() != width {
            return Err("the components of w could not be found".into());
        }
        let step = |(component, variance): (&Vec<f32>, &f32)| {
            component.iter().map(|v| v * variance.max(0.0).sqrt()).collect::<Vec<f32>>()
        };
        let steps: Vec<f32> = components.iter().zip(&variances).flat_map(step).collect();
        Ok(Self {
            mean: Tensor::from_data(TensorData::new(mean, [1, width]), device),
            steps: Tensor::from_data(TensorData::new(steps, [width, width]), device),
        })
    }

    /// Positions in σ to w: `[n, w]` → `[n, w]`.
    pub fn at(&self, sigmas: Tensor<2>) -> Tensor<2> {
        sigmas.matmul(self.steps.clone()) + self.mean.clone()
    }
}
