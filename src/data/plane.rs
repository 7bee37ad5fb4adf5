//! Sets of points in the plane whose density is known, so that the optimal discriminator and the distance of two
//! distributions can be computed and not only estimated: mixtures of Gaussians of one width, on a ring, on a grid, or strung
//! densely along curves. All lie within ±[`BOUND`].
//!
//! The scales of ring, grid and swiss roll are those of Gulrajani et al. 2017's code.
//!
//! Must not know: models, what the points are for, the window.

use super::dataset::{Column, ColumnKind, Dataset, Pictures, Split};
use super::drawn::Plan;
use super::want::{DataError, Job, Want};
use crate::random::Stream;
use statrs::function::erf::erf;
use std::f32::consts::PI;
use std::ops::RangeInclusive;
use std::sync::OnceLock;

/// The part of the plane that is looked at: −BOUND to BOUND both ways.
pub const BOUND: f32 = 2.0;

/// Name of the column that holds the points.
pub const POINTS: &str = "points";

/// Sizes (width = height, in pixels) at which points are pictured.
const SIZES: RangeInclusive<usize> = 16..=256;

/// Seed of the training points; point `i` depends on this and `i` only.
const TRAIN_SEED: u64 = 0x706c_616e;

/// Seed of the test points.
const TEST_SEED: u64 = 0x706f_696e_7473;

/// Centres that a curve is strung of: nearer to each other than the width of their Gaussians.
const STRUNG: usize = 512;

/// A known distribution of points.
#[derive(Clone, Debug)]
pub struct World {
    /// Its name in a SPEC ("2d-ring"), or its file's.
    pub name: String,
    /// Centres of its Gaussians, each as probable as any other.
    pub centres: Vec<[f32; 2]>,
    /// σ of each of them.
    pub sigma: f32,
    /// Whether each centre is a mode of its own, which can be covered or missed; else they are a curve's.
    pub modes: bool,
    /// The probabilities of cells that were asked for first: many centres take a while.
    known: OnceLock<(usize, Vec<f32>)>,
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        let all = |w: &Self| (w.sigma, w.modes);
        self.name == other.name && self.centres == other.centres && all(self) == all(other)
    }
}

/// The names of all worlds.
pub const NAMES: [&str; 6] = ["2d-ring", "2d-grid", "2d-roll", "2d-moons", "2d-spirals", "2d-normal"];

impl World {
    /// Gaussians of one σ around these centres.
    pub fn new(name: String, centres: Vec<[f32; 2]>, sigma: f32, modes: bool) -> Self {
        Self { name, centres, sigma, modes, known: OnceLock::new() }
    }

    /// The world of that name.
    pub fn named(name: &str) -> Option<Self> {
        let along = |curve: &dyn Fn(f32) -> [f32; 2]| -> Vec<[f32; 2]> {
            (0..STRUNG).map(|i| curve((i as f32 + 0.5) / STRUNG as f32)).collect()
        };
        let two = |curve: &dyn Fn(f32, f32) -> [f32; 2]| {
            [1.0, -1.0].iter().flat_map(|side| along(&|u| curve(u, *side))).collect()
        };
        let name = NAMES.into_iter().find(|n| *n == name)?;
        let (centres, sigma, modes) = match name {
            "2d-ring" => {
                let at = |i: u8| {
                    let angle = f32::from(i) * PI / 4.0;
                    [2.0 * angle.cos() / 1.414, 2.0 * angle.sin() / 1.414]
                };
                ((0..8).map(at).collect(), 0.02 / 1.414, true)
            }
            "2d-grid" => {
                let at = |i: u8| [i % 5, i / 5].map(|k| (2.0 * f32::from(k) - 4.0) / 2.828);
                ((0..25).map(at).collect(), 0.05 / 2.828, true)
            }
            "2d-roll" => {
                let roll = |u: f32| {
                    let t = 1.5 * PI * (1.0 + 2.0 * u);
                    [t * t.cos() / 7.5, t * t.sin() / 7.5]
                };
                (along(&roll), 0.25 / 7.5, false)
            }
            "2d-moons" => {
                let moon = |u: f32, side: f32| {
                    let angle = PI * u;
                    [1.1 * (side * (angle.cos() - 0.5)), 1.1 * side * (angle.sin() - 0.25)]
                };
                (two(&moon), 0.06, false)
            }
            "2d-spirals" => {
                // Equal lengths of a spiral are equally probable, so its radius grows with the root.
                let spiral = |u: f32, side: f32| {
                    let r = (0.02 + 0.98 * u).sqrt();
                    let angle = 3.0 * PI * r;
                    [1.6 * side * r * angle.cos(), 1.6 * side * r * angle.sin()]
                };
                (two(&spiral), 0.04, false)
            }
            _ => (vec![[0.0, 0.0]], 0.5, true),
        };
        Some(Self::new(name.into(), centres, sigma, modes))
    }

    /// The same beside its mirror image, left and right exchanged.
    pub fn mirrored(mut self) -> Self {
        self.known = OnceLock::new();
        // Ring, grid and normal are their own mirror images.
        if !self.modes {
            let images: Vec<[f32; 2]> = self.centres.iter().map(|[x, y]| [-x, *y]).collect();
            self.centres.extend(images);
        }
        self
    }

    /// Point number `index` of the stream `seed`.
    pub fn sample(&self, seed: u64, index: u64) -> [f32; 2] {
        let mut stream = Stream::new(seed, index);
        let place = (stream.uniforms(1, 0.5)[0] + 0.5) * self.centres.len() as f32;
        let [x, y] = self.centres[(place as usize).min(self.centres.len() - 1)];
        let away = stream.normals(2);
        [x + self.sigma * away[0], y + self.sigma * away[1]]
    }

    /// The first `count` test points, which no training sees.
    pub fn held_out(&self, count: usize) -> Vec<[f32; 2]> {
        (0..count as u64).map(|i| self.sample(TEST_SEED, i)).collect()
    }

    /// The probability of each cell of a grid of `side × side` over ±[`BOUND`], row by row from the top; what lies outside
    /// belongs to none.
    pub fn cells(&self, side: usize) -> Vec<f32> {
        match self.known.get_or_init(|| (side, self.computed(side))) {
            (known, all) if *known == side => all.clone(),
            _ => self.computed(side),
        }
    }

    fn computed(&self, side: usize) -> Vec<f32> {
        let width = f64::from(2.0 * BOUND) / side as f64;
        let (sigma, share) = (f64::from(self.sigma), 1.0 / self.centres.len() as f64);
        let below = |x: f64| 0.5 * (1.0 + erf(x / std::f64::consts::SQRT_2));
        // The part of a Gaussian around `centre` in each cell along one side, from the first that has any.
        let along = |centre: f64| -> (usize, Vec<f64>) {
            let cell =
                |x: f64| ((x + f64::from(BOUND)) / width).floor().clamp(0.0, side as f64 - 1.0) as usize;
            let (first, last) = (cell(centre - 6.0 * sigma), cell(centre + 6.0 * sigma));
            let edge = |i: usize| (i as f64 * width - f64::from(BOUND) - centre) / sigma;
            (first, (first..=last).map(|i| below(edge(i + 1)) - below(edge(i))).collect())
        };
        let mut all = vec![0.0f64; side * side];
        for [x, y] in &self.centres {
            let ((left, across), (top, down)) = (along(f64::from(*x)), along(f64::from(-*y)));
            for (j, v) in down.iter().enumerate() {
                for (i, h) in across.iter().enumerate() {
                    all[(top + j) * side + left + i] += share * v * h;
                }
            }
        }
        all.into_iter().map(|v| v as f32).collect()
    }

    /// What of its modes these points cover, and how well.
    pub fn coverage(&self, points: &[[f32; 2]]) -> Coverage {
        let mut counts = vec![0u32; self.centres.len()];
        let mut near = 0u32;
        for [x, y] in points {
            let distance = |c: &[f32; 2]| (c[0] - x).powi(2) + (c[1] - y).powi(2);
            let nearest = self.centres.iter().map(distance).enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
            if let Some((mode, _)) = nearest.filter(|(_, d)| *d < (3.0 * self.sigma).powi(2)) {
                counts[mode] += 1;
                near += 1;
            }
        }
        let of = self.centres.len();
        let reverse_kl = counts.iter().filter(|n| **n > 0).map(|n| {
            let p = f64::from(*n) / f64::from(near);
            p * (p * of as f64).ln()
        });
        Coverage {
            modes: counts.iter().filter(|n| **n > 0).count(),
            of,
            high_quality: near as f32 / points.len().max(1) as f32,
            reverse_kl: if near == 0 { f32::INFINITY } else { reverse_kl.sum::<f64>() as f32 },
        }
    }
}

/// How samples cover a mixture's modes (Srivastava et al. 2017; Lin et al. 2018): a sample belongs to the nearest mode where it
/// is within 3σ of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Modes with at least one sample.
    pub modes: usize,
    /// Modes there are.
    pub of: usize,
    /// Share of samples within 3σ of a mode, 0–1; true Gaussians have 0.989.
    pub high_quality: f32,
    /// KL(samples' modes ‖ uniform) in nats: 0 = all modes alike.
    pub reverse_kl: f32,
}

/// Jensen–Shannon divergence of two distributions over the same cells, in nats: 0 to ln 2. What either has outside of the cells
/// counts as of one cell more.
pub fn jensen_shannon(p: &[f32], q: &[f32]) -> f32 {
    let half = |a: f64, m: f64| if a > 0.0 { 0.5 * a * (a / m).ln() } else { 0.0 };
    let one = |p: f64, q: f64| {
        let m = 0.5 * (p + q);
        half(p, m) + half(q, m)
    };
    let outside = |all: &[f32]| (1.0 - all.iter().map(|v| f64::from(*v)).sum::<f64>()).max(0.0);
    let cells = p.iter().zip(q).map(|(p, q)| one(f64::from(*p), f64::from(*q)));
    (cells.sum::<f64>() + one(outside(p), outside(q))) as f32
}

/// Where a point of the plane is in a picture of that many pixels a side, from its upper left corner.
fn pixel([x, y]: [f32; 2], side: usize) -> [f32; 2] {
    let scale = side as f32 / (2.0 * BOUND);
    [(x + BOUND) * scale - 0.5, (BOUND - y) * scale - 0.5]
}

/// σ of a point's dot in a picture of that many pixels a side.
pub fn dot(side: usize) -> f32 {
    side as f32 / 40.0
}

/// A point as a bright dot in a picture of `side × side` grey bytes.
fn picture(point: [f32; 2], side: usize, pixels: &mut [u8]) {
    let [cx, cy] = pixel(point, side);
    let scale = -0.5 / dot(side).powi(2);
    for (i, byte) in pixels.iter_mut().enumerate() {
        let (x, y) = ((i % side) as f32 - cx, (i / side) as f32 - cy);
        *byte = (255.0 * ((x * x + y * y) * scale).exp()).round() as u8;
    }
}

/// Many points as one picture of `side × side` numbers of 0–1: brighter where there are more.
pub fn cloud(points: &[[f32; 2]], side: usize) -> Vec<f32> {
    let mut all = vec![0.0f32; side * side];
    let (share, reach) = (0.45, 1i32);
    for point in points {
        let [cx, cy] = pixel(*point, side);
        for y in cy.round() as i32 - reach..=cy.round() as i32 + reach {
            for x in cx.round() as i32 - reach..=cx.round() as i32 + reach {
                if (0..side as i32).contains(&x) && (0..side as i32).contains(&y) {
                    let (dx, dy) = (x as f32 - cx, y as f32 - cy);
                    all[y as usize * side + x as usize] += share * (-(dx * dx + dy * dy)).exp();
                }
            }
        }
    }
    all.iter_mut().for_each(|v| *v = 1.0 - (-*v).exp());
    all
}

/// Draws `count` training points of the world that is called so: see [`load`].
///
/// # Errors
/// [`DataError::Spec`] when there is no such world; as [`load`].
pub fn load_named(name: &str, count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let world = World::named(name).ok_or_else(|| DataError::Spec(format!("there are no points {name}")))?;
    load(&world, count, want, job)
}

/// Draws `count` training points of a world, and a tenth as many test points (500 to 5,000) from another seed, each with
/// a picture of it.
///
/// # Errors
/// [`DataError::Spec`] when the pictures can't be had at that size and in those channels;
/// [`DataError::Cancelled`].
pub fn load(world: &World, count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let plan = Plan::new("points", &SIZES, 1, None, count, want)?;
    let split = |seed, count, before| {
        let (pictures, points): (Pictures, Vec<[f32; 2]>) =
            plan.draw(count, before, job, |index, pixels| {
                let point = world.sample(seed, index);
                let mut grey = vec![0; plan.size * plan.size];
                picture(point, plan.size, &mut grey);
                for (pixel, grey) in pixels.chunks_exact_mut(plan.channels).zip(grey) {
                    pixel.fill(grey);
                }
                point
            })?;
        let column = Column { name: POINTS.into(), kind: ColumnKind::Points(points) };
        Ok(Split { pictures, columns: vec![column], ..Split::default() })
    };
    let (train, test) = (split(TRAIN_SEED, count, 0)?, split(TEST_SEED, plan.tests, count)?);
    Ok(Dataset { title: format!("points, {}", world.name), train, test, ..Dataset::default() })
}
