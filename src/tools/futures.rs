//! Where the people of a scene may walk, as a model foretells it: the future of the noise under the sliders, and more futures of noises
//! that are drawn, with how often people run into each other in them.
//!
//! Must not know: messages, threads, the window, any one system.

use crate::data::tracks::{Span, people};
use crate::metrics::displacement::{collisions, foretold};
use crate::nn::host::floats;
use crate::point::{Kind, Point, Value};
use crate::zoo::Held;
use burn::tensor::{Device, Tensor, TensorData};

/// What the noises of the further futures follow from; the same in every look, so that one sees the people move and not the dice.
const SEED: u64 = 1;

/// What is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// How many further futures.
    pub samples: usize,
}

/// What comes.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// How long the scene's tracks are.
    pub span: Span,
    /// People in it.
    pub people: usize,
    /// The future of the point's own noise, `people × future × 2` metres.
    pub own: Vec<f32>,
    /// Further futures, each like that.
    pub samples: Vec<Vec<f32>>,
    /// Share of people and steps within reach of another ([`crate::metrics::displacement::TOUCH`]), over the further futures.
    pub collisions: f64,
}

/// Looks at what comes of a point's scene. `None`: the model foretells nothing, or the point is none of it.
pub fn look(model: &Held, point: &Point, asked: Asked, device: &Device) -> Option<Look> {
    let predictor = model.model().predictor()?;
    let span = predictor.span();
    let input = model.inputs().iter().find(|i| matches!(i.kind, Kind::Tracks { .. }))?;
    let Value::Tracks(past) = input.value_in(&point.held) else { return None };
    point.check(model.inputs()).ok()?;
    let z = Tensor::<2>::from_data(TensorData::new(point.z.clone(), [1, point.z.len()]), device); // [1, z]
    let own = floats(predictor.futures(&past, z)); // [1, people, future, 2]
    let samples = match asked.samples {
        0 => Vec::new(),
        count => foretold(model, &past, count, (SEED, 0), device)?,
    };
    let people = people(&past, span.past);
    let hits: usize = samples.iter().map(|one| collisions(one, span.future)).sum();
    let places = (samples.len() * people * span.future).max(1);
    Some(Look { span, people, own, samples, collisions: hits as f64 / places as f64 })
}
