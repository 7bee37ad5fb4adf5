//! The samples that figures rest on, drawn in one place: the same for the same model, whichever figure asks.
//!
//! Must not know: what is measured on them, messages, the window.

use crate::latent::prior::Spread;
use crate::nn::{Noise, Watch};
use crate::point::{Kind, Point, Value, Values, one_hot};
use crate::random::dice;
use crate::zoo::Held;
use crate::zoo::model::CodesAsked;
use burn::tensor::{Device, Tensor};

/// Seed of the samples.
const SEED: u64 = 0xe7a1;
/// Samples whose latents come from one stream of random numbers.
const STREAM: usize = 250;
/// Samples drawn at once: whoever waits is asked between two such batches whether to go on.
const BATCH: usize = 50;

/// Why a model draws nothing by itself; nothing where it does.
pub fn unable(model: &Held) -> Option<String> {
    if model.inputs().is_empty() {
        return Some("it draws no pictures".into());
    }
    model.inputs().iter().find_map(|input| match input.kind {
        Kind::Latent { .. } | Kind::Class { .. } => None,
        // Nothing is there of the picture, and the dice are thrown.
        Kind::Partial { .. } | Kind::Noise | Kind::Number { .. } | Kind::Whole { .. } => None,
        Kind::Codes { .. } if model.model().codes_prior().is_some() => None,
        Kind::Codes { .. } => Some(
            "its pictures are drawn from a grid of codes, and it has no prior that would draw the codes"
                .into(),
        ),
        Kind::Picture { .. } | Kind::Labels { .. } => {
            Some(format!("it paints on {} that it is given", input.name))
        }
        Kind::Text { .. } => Some(format!("it draws what its {} says", input.name)),
    })
}

/// The samples from number `first` on: latents from the prior, dice thrown anew, classes by turns. Samples of one stream are asked for
/// together. `None`: the model draws nothing by itself ([`unable`]).
fn points(model: &Held, stream: u64, first: usize, count: usize, spread: Spread) -> Option<Vec<Point>> {
    if unable(model).is_some() {
        return None;
    }
    let dims = model.latent_dims();
    let latents = spread.of(Noise::new(SEED, (1 << 32) + stream).normals(count * dims));
    let held = |i: usize| -> Values {
        let classes = model.inputs().iter().filter_map(|input| match &input.kind {
            Kind::Class { names } => {
                let class = one_hot((first + i) % names.len().max(1), names.len());
                Some((input.name.clone(), class))
            }
            Kind::Noise => Some((input.name.clone(), Value::Noise(dice(SEED, first + i)))),
            _ => None,
        });
        classes.collect()
    };
    let point = |i: usize| Point { z: latents[i * dims..(i + 1) * dims].to_vec(), held: held(i) };
    Some((0..count).map(point).collect())
}

/// Gives points from number `first` on the codes that the model's prior draws, classes by turns. `None`: `go_on` said no.
fn coded(model: &Held, first: usize, points: &mut [Point], go_on: &mut dyn FnMut() -> bool) -> Option<()> {
    let Some(prior) = model.model().codes_prior() else { return Some(()) };
    let classes = prior.classes().len();
    let asked: Vec<CodesAsked> =
        (first..first + points.len()).map(|i| CodesAsked::nth(SEED, i, classes)).collect();
    let drawn = prior.draw(&asked, go_on)?;
    points.iter_mut().zip(drawn).for_each(|(point, codes)| point.held.extend(codes));
    Some(())
}

/// The first `count` samples as points; of fewer than [`STREAM`] they are the first of more. `None`: the model draws nothing by
/// itself.
pub fn first(model: &Held, count: usize) -> Option<Vec<Point>> {
    let mut all = uncoded(model, count, Spread::default())?;
    coded(model, 0, &mut all, &mut || true)?;
    Some(all)
}

/// The same without codes.
fn uncoded(model: &Held, count: usize, spread: Spread) -> Option<Vec<Point>> {
    let streams = (0..count).step_by(STREAM).enumerate();
    let all = streams.map(|(i, start)| points(model, i as u64, start, STREAM.min(count - start), spread));
    Some(all.collect::<Option<Vec<_>>>()?.concat())
}

/// Draws `count` samples, so spread, and hands them on in batches `[n, channels, height, width]`, 0–1, with the number of the first of
/// each, for as long as `go_on` says yes: it is asked while a slow model draws too. Fails with a sentence where the model draws
/// nothing by itself.
pub fn each(
    model: &Held,
    count: usize,
    spread: Spread,
    device: &Device,
    go_on: &dyn Fn() -> bool,
    mut hand: impl FnMut(usize, Tensor<4>),
) -> Result<(), String> {
    let mut all = uncoded(model, count, spread).ok_or_else(|| unable(model).unwrap_or_default())?;
    for (i, points) in all.chunks_mut(BATCH).enumerate() {
        if coded(model, i * BATCH, points, &mut || go_on()).is_none() {
            break;
        }
        match model.draw(points, device, &mut Watch::while_wanted(go_on)) {
            Some(x) => hand(i * BATCH, x),
            None if go_on() => return Err("the model draws no pictures".into()),
            None => {}
        }
        if !go_on() {
            break;
        }
    }
    Ok(())
}
