//! A small convolutional classifier in the manner of LeNet-5 (LeCun et al. 1998): the judge of generated
//! pictures. Its 64 features carry the Fréchet distance that `eval` prints ("FID64": its own, not comparable
//! with Inception's).
//!
//! Shapes for 28×28: c×28² → w×14² → 2w×7² (conv 4×4, stride 2, batch norm) → 64 features (ReLU) → classes.
//! Loss: cross-entropy. It has no latent space.
//!
//! Must not know: files, messages.

use super::common;
use super::system::{Batch, Model, Shape, System};
use super::train::Part;
use super::{Family, Loss, Recipe, Settings};
use crate::nn::stack::{Activation, Down, channels, halvings};
use crate::nn::{Init, Noise, Tensors, init};
use crate::objective;
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "classifier",
    title: "Classifier",
    summary: "Names what a picture shows; used to judge what generators draw. It has no sliders.",
    paper: "LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition",
    family: Family::Classifier,
    settings: &[
        common::learning_rate(1e-3),
        common::batch(128.0),
        common::width(16.0),
        common::size(28.0),
        common::COLOUR,
    ],
    losses: &[
        Loss {
            name: "cross_entropy",
            title: "Cross-entropy",
            unit: "nats",
            help: "−ln of the probability that the right class is given.",
        },
        Loss {
            name: "accuracy",
            title: "Accuracy",
            unit: "probability",
            help: "Share of the batch that is named rightly.",
        },
    ],
    data: "digits",
};

/// Features that the Fréchet distance is taken in.
pub const FEATURES: usize = 64;

/// The network.
#[derive(Module, Debug)]
pub struct Classifier {
    down: Down,
    features: Linear,
    classes: Linear,
}

impl Classifier {
    fn new(shape: &Shape, width: usize, device: &Device) -> Self {
        let (count, side) = halvings(shape.width);
        let flat = channels(width, count - 1) * side * side;
        Self {
            down: Down::new(shape.channels, shape.width, width, Activation::Relu, device),
            features: LinearConfig::new(flat, FEATURES).init(device),
            classes: LinearConfig::new(FEATURES, shape.classes).init(device),
        }
    }

    /// `[n, c, h, w]` → (logits `[n, classes]`, features `[n, 64]`).
    fn forward(&self, x: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        let h = self.down.forward(x).flatten::<2>(1, 3);
        let features = activation::relu(self.features.forward(h));
        (self.classes.forward(features.clone()), features)
    }
}

struct Training(Part<Classifier>);

/// Builds the system with fresh weights. Fails when the data has no classes.
pub fn build(
    shape: Shape,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    shape.check_square()?;
    if shape.classes < 2 {
        return Err(
            "a classifier needs data with at least two classes, such as digits or an IDX folder with labels"
                .into(),
        );
    }
    let net = Classifier::new(&shape, settings.count(&RECIPE, "width"), &device.clone().autodiff());
    let net = init::initialise(net, "", seed, Init::Torch);
    Ok(Box::new(Training(Part::new("", net, 0.9, 0.999))))
}

impl System for Training {
    fn step(&mut self, batch: &Batch, _: &mut Noise, settings: &Settings) -> Tensor<1> {
        let (logits, _) = self.0.module.forward(batch.x.clone());
        let device = logits.device();
        // A batch without classes cannot reach here: `build` refused the data.
        let n = logits.dims()[0];
        let classes = batch.classes.clone().unwrap_or_else(|| Tensor::zeros([n], &device));
        let right = logits.clone().detach().argmax(1).reshape([n]).equal(classes.clone());
        let accuracy = right.float().mean();
        let loss = objective::cross_entropy(logits, classes);
        let losses = Tensor::cat(vec![loss.clone().detach(), accuracy], 0).inner();
        self.0.descend(loss, settings.get(&RECIPE, "learning_rate"));
        losses
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained(self.0.module.valid()))
    }

    fn weights(&self) -> Vec<(String, TensorData)> {
        self.0.weights()
    }

    fn optimisers(&self) -> Result<Vec<(String, TensorData)>, String> {
        Ok(vec![self.0.optimiser()?])
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        self.0.restore(tensors)
    }
}

struct Trained(Classifier);

impl Model for Trained {
    fn classify(&self, x: Tensor<4>) -> Option<(Tensor<2>, Tensor<2>)> {
        Some(self.0.forward(x))
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Trained(self.0.clone()))
    }
}
