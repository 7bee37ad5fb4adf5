//! What there is to see of a model whose samples are points of the plane: where they are, how G bends the plane of z, what D
//! says everywhere and what the optimal discriminator would say, where G's loss pulls its samples, and the figures of it.
//!
//! Must not know: messages, the window, any one system.

use crate::data::plane::{BOUND, Coverage, World, jensen_shannon};
use crate::latent::prior;
use crate::nn::host::floats;
use crate::objective::game::{Game, sigmoid};
use crate::point::Point;
use crate::zoo::Held;
use crate::zoo::model::Plane;
use burn::tensor::{Device, Tensor, TensorData};
use statrs::function::erf::erf_inv;

/// Cells along one side in which distributions are compared.
pub const CELLS: usize = 128;
/// Places along one side at which D is asked.
pub const SIDE: usize = 64;
/// Samples that figures rest on: as many as papers take.
pub const SAMPLES: usize = 2500;
/// Places along each side of the lattice of z that p_G is had by, where there is time.
pub const FINE: usize = 192;
/// Lines of the grid of z each way, and points on each.
const LINES: usize = 13;
const ON_LINE: usize = 49;
/// Samples with an arrow.
const ARROWS: usize = 200;
/// Where samples are drawn from; the same in every look, so that one sees the weights change.
const SEED: u64 = 1;

/// One look.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// The game that is played.
    pub game: Game,
    /// Samples of G.
    pub fakes: Vec<[f32; 2]>,
    /// Lines of equal z₁ and of equal z₂, from −2.4 to 2.4 σ, as G bends them; the other dimensions of z are 0.
    pub lines: Vec<Vec<[f32; 2]>>,
    /// C in the middle of each of [`SIDE`]² squares over ±[`BOUND`], row by row from the top.
    pub said: Vec<f32>,
    /// What D* says there; `None` where the data's density is not known.
    pub optimum: Option<Vec<f32>>,
    /// Some samples, and where G's loss pulls each: −∂loss/∂x.
    pub arrows: Vec<([f32; 2], [f32; 2])>,
    /// C of the same samples as have arrows.
    pub on_fakes: Vec<f32>,
    /// Figures.
    pub figures: Figures,
}

/// The figures of a look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Modes and how well they are met, where the data has modes.
    pub coverage: Option<Coverage>,
    /// What is compared with the data's density; `None` where that is not known.
    pub optimal: Option<Optimal>,
}

/// How far D is from the optimal discriminator against this G.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimal {
    /// JSD(p ‖ p_G) in nats, over [`CELLS`]² cells.
    pub jsd: f32,
    /// E ln D(x) + E ln(1 − D(G(z))), nats, where D gives probabilities: at best 2·JSD − ln 4.
    pub value: Option<f32>,
    /// E |D − D*| under ½(p + p_G), where D gives probabilities.
    pub apart: Option<f32>,
    /// Whether p_G was had by pushing an even lattice of z through G; else by drawing samples.
    pub dense: bool,
}

impl Optimal {
    /// The largest value that any D reaches against this G, nats.
    pub fn best(&self) -> f32 {
        2.0 * self.jsd - 4f32.ln()
    }
}

/// Points as a tensor `[n, 2]`.
fn tensor(points: &[[f32; 2]], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(points.as_flattened().to_vec(), [points.len(), 2]), device)
}

/// G's points for latents of `dims` numbers each.
fn push(model: &Held, plane: &dyn Plane, z: Vec<f32>, device: &Device) -> Vec<[f32; 2]> {
    let dims = model.latent_dims().max(1);
    let n = z.len() / dims;
    let z = Tensor::<2>::from_data(TensorData::new(z, [n, dims]), device);
    let points = plane.points(&model.given(z)).map_or_else(Vec::new, floats);
    points.chunks_exact(2).map(|p| [p[0], p[1]]).collect()
}

/// The first `count` samples of G.
pub fn samples(model: &Held, count: usize, device: &Device) -> Vec<[f32; 2]> {
    let Some(plane) = model.model().plane() else { return Vec::new() };
    push(model, plane, prior::samples(SEED, model.latent_dims(), count, 1.0).concat(), device)
}

/// Where G puts one point; `None`: its samples are no points.
pub fn place(model: &Held, point: &Point, device: &Device) -> Option<[f32; 2]> {
    let plane = model.model().plane()?;
    push(model, plane, point.z.clone(), device).first().copied()
}

/// p_G in [`CELLS`]² cells, row by row from the top, and whether it was had densely. `fine`: places along each side of the
/// lattice of z: the middles of so many equally probable stretches of N(0, 1).
fn pushed(model: &Held, plane: &dyn Plane, fine: usize, device: &Device) -> (Vec<f32>, bool) {
    let dims = model.latent_dims();
    let at = |i: usize, of: usize| {
        let u = (i as f64 + 0.5) / of as f64;
        (std::f64::consts::SQRT_2 * erf_inv(2.0 * u - 1.0)) as f32
    };
    let z: Vec<f32> = match dims {
        1 => (0..fine * fine).map(|i| at(i, fine * fine)).collect(),
        2 => (0..fine * fine).flat_map(|i| [at(i / fine, fine), at(i % fine, fine)]).collect(),
        _ => prior::samples(SEED ^ 0x5eed, dims, fine * fine, 1.0).concat(),
    };
    let points = push(model, plane, z, device);
    let mut cells = vec![0.0f32; CELLS * CELLS];
    let share = 1.0 / points.len().max(1) as f32;
    let scale = CELLS as f32 / (2.0 * BOUND);
    for [x, y] in points {
        // Shared among the four cells around it, as a small square of the cells' size would be.
        let (x, y) = ((x + BOUND) * scale - 0.5, (BOUND - y) * scale - 0.5);
        let (left, top) = (x.floor(), y.floor());
        for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0)] {
            let (i, j) = (left + dx, top + dy);
            let inside = |v: f32| (0.0..CELLS as f32).contains(&v);
            if inside(i) && inside(j) {
                let part = (1.0 - (x - i).abs()) * (1.0 - (y - j).abs());
                cells[j as usize * CELLS + i as usize] += share * part;
            }
        }
    }
    (cells, dims <= 2)
}

/// C in the middle of each of [`SIDE`]² squares, row by row from the top.
fn everywhere(plane: &dyn Plane, device: &Device) -> Vec<f32> {
    let step = 2.0 * BOUND / SIDE as f32;
    let at = |i: usize| (i as f32 + 0.5) * step - BOUND;
    let points: Vec<[f32; 2]> = (0..SIDE * SIDE).map(|i| [at(i % SIDE), -at(i / SIDE)]).collect();
    floats(plane.critic(tensor(&points, device)))
}

/// ln σ(c).
fn log_sigmoid(c: f32) -> f64 {
    let c = f64::from(c);
    -((-c.abs()).exp().ln_1p() + (-c).max(0.0))
}

/// The figures of a model, by its samples. `fine`: see [`look`].
pub fn figures(model: &Held, world: Option<&World>, fine: usize, device: &Device) -> Option<Figures> {
    let plane = model.model().plane()?;
    let (fakes, said) = (samples(model, SAMPLES, device), everywhere(plane, device));
    Some(measured(model, plane, world, (&fakes, &said), fine, device).0)
}

/// The figures, and D* in [`SIDE`]² squares, by G's samples and what D says in the squares.
fn measured(
    model: &Held,
    plane: &dyn Plane,
    world: Option<&World>,
    (fakes, said): (&[[f32; 2]], &[f32]),
    fine: usize,
    device: &Device,
) -> (Figures, Option<Vec<f32>>) {
    let coverage = world.filter(|w| w.modes).map(|w| w.coverage(fakes));
    let Some(world) = world else { return (Figures { coverage, optimal: None }, None) };
    let p = world.cells(CELLS);
    let (q, dense) = pushed(model, plane, fine, device);
    let jsd = jensen_shannon(&p, &q);
    let (p, q) = (squares(&p), squares(&q));
    let optimum: Vec<f32> = p.iter().zip(&q).map(|(p, q)| optimal(*p, *q)).collect();
    let probabilities = plane.game().probabilities();
    let value = || {
        let c = |points: &[[f32; 2]]| floats(plane.critic(tensor(points, device)));
        let mean = |all: Vec<f64>| all.iter().sum::<f64>() / all.len().max(1) as f64;
        let real = c(&world.held_out(SAMPLES)).into_iter().map(log_sigmoid).collect();
        let fake = c(fakes).into_iter().map(|c| log_sigmoid(-c)).collect();
        (mean(real) + mean(fake)) as f32
    };
    let apart = || {
        let cells = said.iter().zip(&optimum).zip(p.iter().zip(&q));
        cells.map(|((c, best), (p, q))| 0.5 * (p + q) * (sigmoid(*c) - best).abs()).sum()
    };
    let optimal = Optimal { jsd, value: probabilities.then(value), apart: probabilities.then(apart), dense };
    (Figures { coverage, optimal: Some(optimal) }, Some(optimum))
}

/// D* = p / (p + q); ½ where neither is.
fn optimal(p: f32, q: f32) -> f32 {
    if p + q > 1e-12 { p / (p + q) } else { 0.5 }
}

/// A distribution over [`CELLS`]² cells as one over [`SIDE`]² squares.
fn squares(cells: &[f32]) -> Vec<f32> {
    let by = CELLS / SIDE;
    let mut all = vec![0.0; SIDE * SIDE];
    for (k, v) in cells.iter().enumerate() {
        all[k / CELLS / by * SIDE + k % CELLS / by] += v;
    }
    all
}

/// Looks at a model; `None`: its samples are no points. `world`: the data's distribution, where it is known. `fine`: places along
/// each side of the lattice of z that p_G is had by, at best [`FINE`].
pub fn look(model: &Held, world: Option<&World>, fine: usize, device: &Device) -> Option<Look> {
    let plane = model.model().plane()?;
    let game = plane.game();
    let fakes = samples(model, SAMPLES, device);
    let said = everywhere(plane, device);
    let (figures, optimum) = measured(model, plane, world, (&fakes, &said), fine, device);
    let (arrows, on_fakes) = pulls(plane, game, &fakes[..ARROWS.min(fakes.len())], device);
    Some(Look { game, lines: lines(model, plane, device), said, optimum, arrows, on_fakes, fakes, figures })
}

/// Where G's loss pulls each of these samples, and C of each. The slope of C is a quotient of differences: it is for looking at.
#[allow(clippy::type_complexity)]
fn pulls(
    plane: &dyn Plane,
    game: Game,
    fakes: &[[f32; 2]],
    device: &Device,
) -> (Vec<([f32; 2], [f32; 2])>, Vec<f32>) {
    const STEP: f32 = 2e-3;
    let moved = |dx: f32, dy: f32| fakes.iter().map(move |[x, y]| [x + dx, y + dy]);
    let all: Vec<[f32; 2]> = moved(0.0, 0.0)
        .chain(moved(STEP, 0.0))
        .chain(moved(-STEP, 0.0))
        .chain(moved(0.0, STEP))
        .chain(moved(0.0, -STEP))
        .collect();
    let c = floats(plane.critic(tensor(&all, device)));
    let n = fakes.len();
    let at = |k: usize, i: usize| c.get(k * n + i).copied().unwrap_or(0.0);
    let arrow = |(i, point): (usize, &[f32; 2])| {
        let pull = game.pull(at(0, i));
        let slope = [at(1, i) - at(2, i), at(3, i) - at(4, i)].map(|d| d / (2.0 * STEP));
        (*point, slope.map(|s| s * pull))
    };
    (fakes.iter().enumerate().map(arrow).collect(), c.get(..n).unwrap_or_default().to_vec())
}

/// Lines of equal z, as G bends them.
fn lines(model: &Held, plane: &dyn Plane, device: &Device) -> Vec<Vec<[f32; 2]>> {
    let dims = model.latent_dims();
    let spread = |i: usize, of: usize| (i as f32 / (of - 1) as f32 * 2.0 - 1.0) * 2.4;
    let mut z = Vec::new();
    let directions = dims.min(2);
    for along in 0..directions {
        // A latent of one number is one line.
        for line in 0..if dims == 1 { 1 } else { LINES } {
            for i in 0..ON_LINE {
                let mut one = vec![0.0; dims];
                if dims > 1 {
                    one[1 - along] = spread(line, LINES);
                }
                one[along] = spread(i, ON_LINE);
                z.extend(one);
            }
        }
    }
    push(model, plane, z, device).chunks(ON_LINE).map(<[_]>::to_vec).collect()
}
