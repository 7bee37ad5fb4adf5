//! How likely held-out pictures are to a model, so that what is comparable stands in one column: models of two values and
//! Bernoulli decoders on the same pictures of two values, Gaussian densities as bounds for pictures of 8 bits.
//!
//! Must not know: any one system, messages, the window.

use crate::data::Split;
use crate::metrics::bound::{DRAWS, bounds};
use crate::nn::Noise;
use crate::nn::host::floats;
use crate::point::{Kind, Point};
use crate::zoo::likelihood::Likelihood;
use crate::zoo::{Batch, Given, Held, gather};
use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;
use std::f64::consts::LN_2;

/// What the pictures are whose likelihood is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Values {
    /// Each pixel is 0 or 1, drawn with its grey value as the probability of 1 (dynamic binarisation, Salakhutdinov and
    /// Murray 2008): the same for every model of a table.
    Two,
    /// The discrete values that the model itself has.
    Own,
    /// 8 bits, by way of a density at v + u, u uniform over the width of a value (Theis, van den Oord and Bethge 2016,
    /// section 3.1): its mean is a bound for the discrete pictures.
    Dequantised,
}

impl Values {
    /// What is said in the table.
    pub fn words(self) -> &'static str {
        match self {
            Self::Two => "binarised",
            Self::Own => "the model's own levels",
            Self::Dequantised => "8 bits, dequantised",
        }
    }
}

/// How likely held-out pictures are: means over pictures in nats, each with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likely {
    /// What the pictures are.
    pub values: Values,
    /// How many there are.
    pub pictures: usize,
    /// Numbers in a picture.
    pub dims: usize,
    /// −ln p(x), where it is exact.
    pub exact: Option<[f64; 2]>,
    /// −L_k for each k of [`DRAWS`], none below −ln p(x) on average.
    pub bounds: Option<[[f64; 2]; DRAWS.len()]>,
}

impl Likely {
    /// Bits per dimension: exact, or by the tightest bound.
    pub fn bits(&self) -> f64 {
        let nats = self.exact.or(self.bounds.map(|b| b[DRAWS.len() - 1])).map_or(f64::NAN, |[mean, _]| mean);
        nats / (self.dims.max(1) as f64 * LN_2)
    }
}

/// Seed of all that is drawn here; its streams: pictures of two values, fractions of a value, z, a model's own noise.
const SEED: u64 = 0x11ce;
/// Pictures at once.
const BATCH: usize = 10;
/// Streams of random numbers for one purpose.
const APART: u64 = 1 << 32;

/// How likely pictures are, or why that is not known.
pub type OrWhy = Result<Likely, String>;

/// The likelihood of the test pictures `picks`, or why there is none. `step`: hears how far it is, 0–1.
pub fn likely(
    model: &Held,
    test: &Split,
    picks: &[usize],
    device: &Device,
    step: &dyn Fn(f64) -> Result<(), String>,
) -> Result<OrWhy, String> {
    if !model.draws() {
        return Ok(Err("it is no model of pictures".into()));
    }
    let two = match two_valued(model, test, picks, device)? {
        Some(two) => Some(two),
        None => match (model.encodes(), model.model().likelihood()) {
            (true, Some(_)) => None,
            (encodes, likelihood) => return Ok(Err(none(model, encodes, likelihood))),
        },
    };
    let values = match (two, model.model().likelihood()) {
        (Some(true), _) | (None, Some(Likelihood::Bernoulli)) => Values::Two,
        (Some(false), _) => Values::Own,
        (None, _) => Values::Dequantised,
    };
    let (mut exact, mut bounded): (Vec<f64>, Vec<[f64; DRAWS.len()]>) = (Vec::new(), Vec::new());
    let mut dims = 1;
    for (i, chunk) in picks.chunks(BATCH).enumerate() {
        step((i * BATCH) as f64 / picks.len() as f64)?;
        let stream = i as u64;
        let batch = gather(test, chunk, device)?;
        dims = batch.x.dims()[1..].iter().product();
        let given = of_their_classes(model, &batch, device)?;
        let x = match values {
            Values::Two => two_values(batch.x, &mut Noise::new(SEED, stream)),
            Values::Dequantised => dequantised(batch.x, &mut Noise::new(SEED, APART + stream)),
            Values::Own => batch.x,
        };
        if two.is_some() {
            let surprise = model.model().surprise(x, &given, &mut Noise::new(SEED, 3 * APART + stream));
            let surprise = surprise.ok_or("the model's likelihood could not be computed")?;
            exact.extend(floats(surprise).chunks(dims).map(|p| p.iter().map(|v| f64::from(*v)).sum::<f64>()));
        } else {
            let Some(all) = bounds(model, x, (SEED, 2 * APART + stream), device) else {
                return Ok(Err(none(model, model.encodes(), None)));
            };
            // A density of v/256 + u/256 counts 256 times each discrete value, in each dimension.
            let finer = if values == Values::Dequantised { dims as f64 * 256f64.ln() } else { 0.0 };
            bounded.extend(all.into_iter().map(|l| l.map(|l| finer - l)));
        }
    }
    step(1.0)?;
    let bounds = (!bounded.is_empty()).then(|| {
        let mut all = [[0.0; 2]; DRAWS.len()];
        for (k, mean) in all.iter_mut().enumerate() {
            *mean = mean_and_error(&bounded.iter().map(|l| l[k]).collect::<Vec<_>>());
        }
        all
    });
    let exact = (!exact.is_empty()).then(|| mean_and_error(&exact));
    Ok(Ok(Likely { values, pictures: picks.len(), dims, exact, bounds }))
}

/// What a model is given for pictures of a batch: their own classes, where it takes those, and else what it is given by
/// default.
fn of_their_classes(model: &Held, batch: &Batch, device: &Device) -> Result<Given, String> {
    let class = |name: &String| {
        model.inputs().iter().any(|i| i.name == *name && matches!(i.kind, Kind::Class { .. }))
    };
    let points = model.values_of(batch).into_iter().map(|mut held| {
        held.retain(|name, _| class(name));
        Point { z: vec![0.0; model.latent_dims()], held }
    });
    Given::of(model.inputs(), &points.collect::<Vec<_>>(), device)
}

/// Whether a model of exact likelihood is one of two values; `None`: it has no exact likelihood. One of two values draws them
/// from greys by the noise that it is given, and no other looks at that noise.
fn two_valued(model: &Held, test: &Split, picks: &[usize], device: &Device) -> Result<Option<bool>, String> {
    const PICTURES: usize = 4;
    let x = gather(test, &picks[..PICTURES.min(picks.len())], device)?.x;
    // Where the data itself has but two values, nothing is drawn: a grey picture tells as well.
    let x = x * 0.5 + 0.25; // [n, c, h, w]
    let once = |seed: u64| model.surprise(x.clone(), &mut Noise::new(seed, 0)).map(floats);
    Ok(once(1).zip(once(2)).map(|(a, b)| a != b))
}

/// Why a model without an exact likelihood has no bound either.
fn none(model: &Held, encodes: bool, likelihood: Option<Likelihood>) -> String {
    let takes = |of: fn(&Kind) -> bool| model.inputs().iter().any(|i| of(&i.kind));
    let why = if takes(|k| matches!(k, Kind::Codes { .. })) {
        "its codes have no prior, and its squared error is no density"
    } else if takes(|k| matches!(k, Kind::Picture { .. } | Kind::Labels { .. })) {
        "it draws one picture from another, and has no density of pictures by themselves"
    } else if encodes && likelihood.is_none() {
        "its file does not say what a picture's likelihood is, given what is drawn"
    } else {
        "its pictures are a function of z with no noise added: they lie on a surface that has no volume among all pictures, so p(x) is no density, and it has no encoder by which a bound could be had"
    };
    why.into()
}

/// Pictures `[n, c, h, w]`, 0–1, with each value drawn as 0 or 1 by its probability.
pub fn two_values(x: Tensor<4>, noise: &mut Noise) -> Tensor<4> {
    let (dims, device) = (x.dims(), x.device());
    let grey = floats(x);
    let drawn = noise.uniforms(grey.len(), 0.5);
    let values: Vec<f32> =
        grey.iter().zip(drawn).map(|(g, u)| if u + 0.5 < *g { 1.0 } else { 0.0 }).collect();
    Tensor::from_data(TensorData::new(values, dims), &device)
}

/// Pictures `[n, c, h, w]` of 256 values, 0–1, as (v + u) / 256 with u uniform from 0 to 1.
fn dequantised(x: Tensor<4>, noise: &mut Noise) -> Tensor<4> {
    let (dims, device) = (x.dims(), x.device());
    let exact = floats(x);
    let drawn = noise.uniforms(exact.len(), 0.5);
    let values: Vec<f32> =
        exact.iter().zip(drawn).map(|(v, u)| ((v * 255.0).round() + u + 0.5) / 256.0).collect();
    Tensor::from_data(TensorData::new(values, dims), &device)
}

/// Mean and its standard error.
fn mean_and_error(values: &[f64]) -> [f64; 2] {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    [mean, if values.len() < 2 { 0.0 } else { (squares / (n - 1.0) / n).sqrt() }]
}
