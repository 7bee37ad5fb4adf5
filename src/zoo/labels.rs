//! What a system says of a picture's labels: one of several classes (softmax), or attributes that are each there or not
//! (sigmoid).
//!
//! Must not know: any one system.

use super::system::{Batch, Shape};
use crate::objective;
use burn::tensor::Tensor;

/// Which labels the data has, and so what the outputs of a layer that tells them are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// So many classes, of which a picture has one.
    Classes(usize),
    /// So many binary attributes.
    Attributes(usize),
}

impl Labels {
    /// Those of the data; `None` where there is nothing to tell apart.
    pub fn of(shape: &Shape) -> Option<Self> {
        match (shape.classes, shape.attributes) {
            (classes @ 2.., _) => Some(Self::Classes(classes)),
            (_, attributes @ 1..) => Some(Self::Attributes(attributes)),
            _ => None,
        }
    }

    /// Numbers in one picture's logits.
    pub fn outputs(self) -> usize {
        match self {
            Self::Classes(n) | Self::Attributes(n) => n,
        }
    }

    /// −ln p(y) by the logits `[n, outputs]`, averaged over the batch: nats per image, summed over attributes. A batch
    /// of data that has no such labels costs nothing.
    pub fn cost(self, logits: Tensor<2>, batch: &Batch) -> Tensor<1> {
        match (self, &batch.classes, &batch.attributes) {
            (Self::Classes(_), Some(classes), _) => objective::cross_entropy(logits, classes.clone()),
            (Self::Attributes(_), _, Some(truth)) => objective::bernoulli(logits, truth.clone()),
            _ => Tensor::zeros([1], &logits.device()),
        }
    }

    /// Share of the batch, or of its attributes, that the logits `[n, outputs]` name rightly: `[1]`, 0–1; 0 without labels.
    pub fn accuracy(self, logits: Tensor<2>, batch: &Batch) -> Tensor<1> {
        let n = logits.dims()[0];
        match (self, &batch.classes, &batch.attributes) {
            (Self::Classes(_), Some(classes), _) => {
                logits.detach().argmax(1).reshape([n]).equal(classes.clone()).float().mean()
            }
            (Self::Attributes(_), _, Some(truth)) => {
                let said = logits.detach().greater_elem(0.0);
                said.equal(truth.clone().greater_elem(0.5)).float().mean()
            }
            _ => Tensor::zeros([1], &logits.device()),
        }
    }
}
