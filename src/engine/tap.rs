//! What the layers of a decoder give for one latent, as plain numbers.
//!
//! Must not know: how it is drawn, when it is wanted.

use super::message::{LayerInfo, ModelId, Tapped};
use crate::nn::host::floats;
use crate::nn::network::run::Value;
use crate::nn::{Tap, Watch};
use crate::point::Point;
use crate::zoo::Held;
use burn::tensor::Device;
use std::sync::Arc;

/// Numbers of a layer that are handed on, which the window draws within a frame; of a larger one the first channels.
const MOST: usize = 1 << 18;

fn shape(value: &Value) -> Vec<usize> {
    match value {
        Value::Flat(x) => x.dims()[1..].to_vec(),
        Value::Map(x) => x.dims()[1..].to_vec(),
    }
}

fn taps(model: &Held, point: &Point, device: &Device) -> Vec<Tap> {
    let mut taps = Vec::new();
    model.draw(std::slice::from_ref(point), device, &mut Watch::taps(&mut taps));
    taps
}

/// The layers that a model shows.
pub fn layers(model: &Held, device: &Device) -> Vec<LayerInfo> {
    let origin = Point::from(vec![0.0; model.latent_dims()]);
    let info = |Tap { name, value }| LayerInfo { name, shape: shape(&value) };
    taps(model, &origin, device).into_iter().map(info).collect()
}

/// What every layer gives for a point, all its numbers row-major; nothing where it is no point of the model.
pub fn all(model: &Held, point: &Point, device: &Device) -> Vec<(LayerInfo, Vec<f32>)> {
    let numbers = |Tap { name, value }| (LayerInfo { name, shape: shape(&value) }, floats(value.flat()));
    taps(model, point, device).into_iter().map(numbers).collect()
}

/// What layer `layer` of the model gives for a point; `None` where there is no such layer.
pub fn tapped(
    (id, step): (ModelId, u64),
    model: &Held,
    layer: usize,
    point: &Point,
    device: &Device,
) -> Option<Tapped> {
    let Tap { value, .. } = taps(model, point, device).into_iter().nth(layer)?;
    let mut shape = shape(&value);
    let all = *shape.first()?;
    let each: usize = shape[1..].iter().product();
    let mut values = floats(value.flat());
    shape[0] = all.min((MOST / each.max(1)).max(1));
    values.truncate(shape[0] * each);
    Some(Tapped { model: id, step, layer, shape, values: Arc::new(values), all })
}
