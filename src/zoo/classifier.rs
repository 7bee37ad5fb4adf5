//! A small convolutional classifier in the manner of LeNet-5 (LeCun et al. 1998): the judge of generated
//! pictures. Its 64 features carry the Fréchet distance that `eval` prints ("FID64": its own, not comparable
//! with Inception's).
//!
//! It learns what the labels hold: classes, of which a picture has one (softmax), or else binary attributes, each
//! there or not (sigmoid), as CelebA's.
//!
//! Shapes for 64×64: c×64² → w×32² → 2w×16² → 4w×8² → 8w×4² (conv 4×4, stride 2, batch norm) → 64 features (ReLU) →
//! one logit a class or attribute. Loss: cross-entropy, for attributes the mean of their binary ones. It has no
//! latent space.
//!
//! Must not know: files, messages.

use super::augment::{self, BLUR, NOISE};
use super::common;
use super::labels::Labels;
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Does, Loss, Model, Need, PartInfo, Recipe, Role, Settings};
use crate::nn::host::resized;
use crate::nn::stack::{Activation, Down, channels, halvings};
use crate::nn::{Init, Noise, init};
use burn::module::Module;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor, activation};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "classifier",
    title: "Classifier",
    summary: "Names what a picture shows, its class or its attributes; used to judge what generators draw. It has no sliders.",
    paper: "LeCun et al. 1998, Gradient-Based Learning Applied to Document Recognition",
    parts: &[PartInfo { name: "", title: "classifier", does: Does::Names, turn: None }],
    needs: &[Need::Labels],
    phases: &[],
    tiny: &[("batch", 8.0), ("width", 4.0)],
    settings: &[
        common::learning_rate(1e-3),
        common::batch(128.0),
        common::width(16.0),
        common::size(28.0),
        common::HEIGHT,
        common::COLOUR,
        BLUR,
        NOISE,
    ],
    losses: &[
        Loss {
            name: "cross_entropy",
            title: "Cross-entropy",
            unit: "nats",
            help: "−ln of the probability that the right class is given; for attributes the mean over them.",
            role: Role::Term,
            axis: "nats",
            even: None,
        },
        Loss {
            name: "accuracy",
            title: "Accuracy",
            unit: "probability",
            help: "Share of the batch, or of its attributes, that is named rightly.",
            role: Role::Figure,
            axis: "probability",
            even: None,
        },
    ],
    data: "digits",
};

/// Features that the Fréchet distance is taken in.
pub const FEATURES: usize = 64;

/// The network. Its last layer is `classes` in checkpoints, whatever its outputs are.
#[derive(Module, Debug)]
pub struct Classifier {
    down: Down,
    features: Linear,
    classes: Linear,
}

impl Classifier {
    fn new(shape: &Shape, width: usize, outputs: usize, device: &Device) -> Self {
        let (count, [h, w]) = halvings(shape.size());
        let flat = channels(width, count - 1) * h * w;
        Self {
            down: Down::new(shape.channels, shape.size(), width, Activation::Relu, true, device),
            features: LinearConfig::new(flat, FEATURES).init(device),
            classes: LinearConfig::new(FEATURES, outputs).init(device),
        }
    }

    /// `[n, c, h, w]` → (logits `[n, outputs]`, features `[n, 64]`).
    fn forward(&self, x: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        let h = self.down.forward(x).value.flatten::<2>(1, 3); // [n, deepest · h · w]
        let features = activation::relu(self.features.forward(h)); // [n, 64]
        (self.classes.forward(features.clone()), features) // [n, outputs], [n, 64]
    }
}

#[derive(Clone)]
struct Training {
    part: Part<Classifier>,
    labels: Labels,
    /// Height and width of its pictures.
    size: [usize; 2],
}

/// Builds the system with fresh weights. Fails when the data has neither classes nor binary attributes.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let shape = facts.shape;
    shape.check_halved()?;
    let labels = Labels::of(&shape).ok_or(
        "a classifier needs labels: at least two classes or one binary attribute, such as digits or faces have",
    )?;
    let width = settings.count(&RECIPE, "width");
    let net = Classifier::new(&shape, width, labels.outputs(), &device.clone().autodiff());
    let net = init::initialise(net, "", seed, Init::Torch);
    Ok(Box::new(Training { part: Part::new("", net, 0.9, 0.999), labels, size: shape.size() }))
}

impl System for Training {
    fn step(&mut self, _: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let x = augment::corrupt(batch.x.clone(), noise, &RECIPE, settings);
        let (logits, _) = self.part.module.forward(x);
        let accuracy = self.labels.accuracy(logits.clone(), batch);
        let loss = self.labels.cost(logits, batch);
        let loss = match self.labels {
            Labels::Classes(_) => loss,
            // The mean over attributes, so that its size does not depend on how many there are.
            Labels::Attributes(n) => loss / n as f32,
        };
        let losses = Tensor::cat(vec![loss.clone().detach(), accuracy], 0).inner();
        self.part.descend(loss, settings.get(&RECIPE, "learning_rate"));
        losses
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained {
            net: self.part.module.valid(),
            size: self.size,
            independent: matches!(self.labels, Labels::Attributes(_)),
        })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.part]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.part]
    }
}

struct Trained {
    net: Classifier,
    /// Height and width of the pictures that it learnt from.
    size: [usize; 2],
    independent: bool,
}

impl Model for Trained {
    fn classify(&self, x: Tensor<4>) -> Option<(Tensor<2>, Tensor<2>)> {
        let [height, width] = self.size;
        Some(self.net.forward(resized(x, height, width)))
    }

    fn independent(&self) -> bool {
        self.independent
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Trained { net: self.net.clone(), size: self.size, independent: self.independent })
    }
}
