//! Sheets of samples: the same points for the same seed, in the window, in a run's record and on the command line.
//!
//! Must not know: messages, who wants them, where they go.

use crate::data::{self, Split};
use crate::latent::prior::{self, Spread};
use crate::nn::Watch;
use crate::nn::host::floats;
use crate::point::{Input, Kind, Point, TEMPERATURE, Value, Values, drawn_beside, one_hot};
use crate::random::dice;
use crate::zoo::model::{CodesAsked, CodesPrior, Plane};
use crate::zoo::{Held, gather};
use burn::tensor::{Device, Tensor, TensorData};

/// A grid of samples from the prior: the same latents for the same seed, so that one sees the weights change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GridWanted {
    /// Seed of its latents.
    pub seed: u64,
    /// Columns and rows.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// How far from the middle its latents are.
    pub spread: Spread,
}

/// The grid: the one that the window shows first, so that film and live picture are of the same latents.
pub const GRID: GridWanted =
    GridWanted { seed: 1, columns: 8, rows: 4, spread: Spread { temperature: 1.0, truncation: None } };

/// Samples that were drawn and written.
pub struct Drawn {
    /// How much they differ: the mean over pairs of the root-mean-square difference of their pixels (0–1).
    pub differ: f32,
    /// The picture as PNG.
    pub png: Vec<u8>,
    /// Its width in pixels.
    pub width: usize,
    /// Its height.
    pub height: usize,
    /// 1 (grey) or 3 (RGB).
    pub channels: usize,
}

/// The first `count` points of the grid of that seed: latents from the prior, of the model's classes by turns, and of the
/// rest what `examples` have; codes that these lack are drawn where the model has a prior over them. A larger grid begins
/// with a smaller one's.
pub fn grid_points(
    model: &Held,
    seed: u64,
    count: usize,
    spread: impl Into<Spread>,
    examples: &[Values],
) -> Vec<Point> {
    let spread: Spread = spread.into();
    let (latents, scale) = (prior::samples(seed, model.latent_dims(), count, spread), spread.temperature);
    let point = |(i, z): (usize, Vec<f32>)| {
        let mut held = if examples.is_empty() { Values::new() } else { examples[i % examples.len()].clone() };
        for input in model.inputs() {
            let own = match &input.kind {
                Kind::Class { names } => one_hot(i % names.len().max(1), names.len()),
                Kind::Noise => Value::Noise(dice(seed, i)),
                Kind::Number { min, max } if input.name == TEMPERATURE => {
                    Value::Number(scale.clamp(*min, *max))
                }
                _ => continue,
            };
            held.entry(input.name.clone()).or_insert(own);
        }
        for (name, dims) in drawn_beside(model.inputs()) {
            let own = Value::Latent(prior::beside(name, seed, i, dims, spread));
            held.entry(name.to_owned()).or_insert(own);
        }
        Point { z, held }
    };
    let mut points: Vec<Point> = latents.into_iter().enumerate().map(point).collect();
    let codes = |i: &Input| matches!(i.kind, Kind::Codes { .. });
    if let Some(prior) = model.model().codes_prior()
        && points.iter().any(|p| model.inputs().iter().any(|i| codes(i) && !p.held.contains_key(&i.name)))
    {
        let asked = codes_asked(model, prior, seed, count, scale);
        for (point, codes) in points.iter_mut().zip(prior.draw(&asked, &mut || true).unwrap_or_default()) {
            for (name, value) in codes {
                point.held.entry(name).or_insert(value);
            }
        }
    }
    points
}

/// The first `count` latents of that seed in every class, a latent after the other, and how many classes there are; `None` where the
/// model takes no class.
pub fn in_every_class(model: &Held, seed: u64, count: usize, spread: Spread) -> Option<(Vec<Point>, usize)> {
    let (name, classes) = model.inputs().iter().find_map(|input| match &input.kind {
        Kind::Class { names } => Some((input.name.clone(), names.len())),
        _ => None,
    })?;
    let latents = prior::samples(seed, model.latent_dims(), count, spread);
    let all = latents.into_iter().enumerate().flat_map(|(i, z)| {
        // Dice belong to the latent: only the class differs in a row.
        let dice: Values = (model.inputs().iter())
            .filter(|input| input.kind == Kind::Noise)
            .map(|input| (input.name.clone(), Value::Noise(dice(seed, i))))
            .collect();
        let name = name.clone();
        (0..classes).map(move |class| {
            let mut held = dice.clone();
            held.insert(name.clone(), one_hot(class, classes));
            Point { z: z.clone(), held }
        })
    });
    Some((all.collect(), classes))
}

/// What the codes of the grid's first `count` points are drawn by: classes by turns, and the scale as the temperature.
pub fn codes_asked(
    model: &Held,
    prior: &dyn CodesPrior,
    seed: u64,
    count: usize,
    scale: f32,
) -> Vec<CodesAsked> {
    let one = |i: usize| CodesAsked {
        temperatures: vec![scale; model.inputs().len()],
        ..CodesAsked::nth(seed, i, prior.classes().len())
    };
    (0..count).map(one).collect()
}

/// What the pictures of a grid are drawn of beside latents: what pictures of the data say, where nothing draws that.
pub fn given(model: &Held, split: &Split, count: usize, device: &Device) -> Vec<Values> {
    match model.model().codes_prior() {
        Some(_) => Vec::new(),
        None => examples(model, split, count, device),
    }
}

/// What some pictures say of a model's inputs beside its latent; nothing where it has no more than a latent and a class, or
/// the pictures can't be read.
pub fn examples(model: &Held, split: &Split, count: usize, device: &Device) -> Vec<Values> {
    if split.pictures.is_empty() || !model.inputs().iter().any(|i| i.kind.given_by_data()) {
        return Vec::new();
    }
    let picks: Vec<usize> = (0..count.min(split.pictures.len())).collect();
    gather(split, &picks, device).map_or_else(|_| Vec::new(), |batch| model.values_of(&batch))
}

/// A grid of samples as one picture `[c, rows · h, columns · w]`.
pub fn draw_grid(model: &Held, grid: GridWanted, examples: &[Values], device: &Device) -> Option<Tensor<3>> {
    let GridWanted { seed, columns, rows, spread } = grid;
    let points = grid_points(model, seed, columns * rows, spread, examples);
    if let Some(plane) = model.model().plane() {
        return cloud(model, plane, grid, &points, device);
    }
    Some(tile(model.draw(&points, device, &mut Watch::nobody())?, columns))
}

/// Of a model of points all samples are one picture of the plane, `[c, rows · h, columns · w]`, in its middle: it is brighter
/// where there are more. `points`: the grid's first.
fn cloud(
    model: &Held,
    plane: &dyn Plane,
    GridWanted { seed, columns, rows, spread }: GridWanted,
    points: &[Point],
    device: &Device,
) -> Option<Tensor<3>> {
    /// Samples for each cell that a grid of pictures would have.
    const EACH: usize = 32;
    let [_, c, h, w] = model.draw(points.get(..1)?, device, &mut Watch::nobody())?.dims();
    let (height, width) = (rows * h, columns * w);
    let z = prior::samples(seed, model.latent_dims(), columns * rows * EACH, spread);
    let points = floats(plane.points(&model.given(crate::tools::tensor(&z, device)))?);
    let points: Vec<[f32; 2]> = points.chunks_exact(2).map(|p| [p[0], p[1]]).collect();
    let side = height.min(width);
    let square =
        Tensor::<3>::from_data(TensorData::new(data::plane::cloud(&points, side), [1, side, side]), device);
    let mut whole = Tensor::<3>::zeros([1, height, width], device); // [1, rows · h, columns · w]
    let (top, left) = ((height - side) / 2, (width - side) / 2);
    whole = whole.slice_assign([0..1, top..top + side, left..left + side], square);
    Some(whole.expand([c, height, width])) // [c, rows · h, columns · w]
}

/// `[rows · columns, c, h, w]` side by side as `[c, rows · h, columns · w]`.
pub fn tile(x: Tensor<4>, columns: usize) -> Tensor<3> {
    let [n, c, h, w] = x.dims();
    let rows = n / columns;
    x.reshape([rows, columns, c, h, w]).permute([2, 0, 3, 1, 4]).reshape([c, rows * h, columns * w])
}
