//! What the map shows: a plane of pictures, a strip for every dimension, or latents as points, and what a person chose
//! among them.
//!
//! Must not know: how any of it is drawn or computed.

use super::State;
use crate::engine::message::{Importance, ModelInfo, Source};
use crate::engine::tool::{Found, ToolKind};
use crate::latent::plane::{Axis, Plane, Ruling};
use crate::latent::{neighbours, tsne};
use crate::tools::memory::Nearest;
use crate::tools::points::{Points, Tsne};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Ways to look at latent space as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Pictures on a plane.
    #[default]
    Plane,
    /// What every dimension does.
    Strips,
    /// Latents of data or samples as points.
    Points,
}

/// What moves along an axis of the plane.
#[derive(Clone, Debug, PartialEq)]
pub enum Handle {
    /// A dimension.
    Dimension(usize),
    /// The direction of that name.
    Direction(String),
}

/// Pictures across the plane, fewest and most.
pub const CELLS: (usize, usize) = (7, 32);
/// How far the plane is zoomed: half the whole to a hundredth of it.
pub const ZOOM: (f32, f32) = (0.5, 100.0);

/// The plane of pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    /// What goes to the right; `None` = the dimension that matters most.
    pub right: Option<Handle>,
    /// What goes up; `None` = the one that matters second most.
    pub up: Option<Handle>,
    /// What is even.
    pub ruling: Ruling,
    /// Pictures each way.
    pub count: usize,
    /// Middle of what is seen, as positions.
    pub centre: [f32; 2],
    /// 1 = the whole.
    pub zoom: f32,
}

impl Default for Grid {
    fn default() -> Self {
        let ruling = Ruling::default();
        Self { right: None, up: None, ruling, count: 12, centre: [ruling.whole().0; 2], zoom: 1.0 }
    }
}

impl Grid {
    /// Half of the width that is seen, as a position.
    pub fn half(&self) -> f32 {
        self.ruling.whole().1 / self.zoom
    }
}

/// How points are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum By {
    /// The first two principal components.
    #[default]
    Pca,
    /// Two dimensions of z.
    Dimensions(usize, usize),
    /// t-SNE.
    Tsne,
}

/// Points on a plane.
#[derive(Debug, PartialEq)]
pub struct Layout {
    /// How.
    pub by: By,
    /// A place for each point.
    pub xy: Vec<[f32; 2]>,
    /// Middle and half-width of a square that holds nearly all of them.
    pub frame: ([f32; 2], f32),
    /// Follows from the points and how they are laid out.
    pub key: u64,
}

impl Layout {
    fn new(by: By, xy: Vec<[f32; 2]>, points: u64) -> Self {
        // All but the outermost hundredth each way, so that one stray point doesn't shrink the rest.
        let bounds = |k: usize| {
            let mut v: Vec<f32> = xy.iter().map(|p| p[k]).collect();
            v.sort_by(f32::total_cmp);
            let edge = v.len() / 200;
            let (low, high) = (v.get(edge).copied(), v.len().checked_sub(edge + 1).and_then(|i| v.get(i)));
            (low.unwrap_or(-1.0), high.copied().unwrap_or(1.0))
        };
        let ((a, b), (c, d)) = (bounds(0), bounds(1));
        let half = (0.56 * (b - a).max(d - c)).max(1e-3);
        let mut hasher = DefaultHasher::new();
        (points, by).hash(&mut hasher);
        Self { by, xy, frame: ([0.5 * (a + b), 0.5 * (c + d)], half), key: hasher.finish() }
    }
}

/// A chosen point.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    /// Which.
    pub point: usize,
    /// Its true nearest neighbours in all dimensions, and how far they are.
    pub neighbours: Vec<(usize, f32)>,
    /// How many of those are among as many nearest on the map.
    pub kept: usize,
}

/// True neighbours that are shown.
pub const NEIGHBOURS: usize = 8;
/// Most points.
pub const MOST_POINTS: usize = 60_000;

/// Latents as points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cloud {
    /// Data SPEC that is encoded.
    pub data: String,
    /// Samples from the prior instead of data.
    pub samples: bool,
    /// How many, at most.
    pub count: usize,
    /// How they are laid out.
    pub by: By,
    /// The attribute that colours them.
    pub colour: Option<usize>,
    /// Its groups that are hidden.
    pub hidden: BTreeSet<usize>,
    /// The points.
    pub points: Option<Arc<Points>>,
    /// Where they lie.
    pub layout: Option<Arc<Layout>>,
    /// Their t-SNE, once it was made.
    pub tsne: Option<Arc<Tsne>>,
    /// The chosen one.
    pub chosen: Option<Chosen>,
    /// Those inside the lasso.
    pub group: Arc<Vec<usize>>,
    /// Grows whenever the group changes.
    pub grouped: u64,
    /// Training pictures like some output.
    pub nearest: Option<Arc<Nearest>>,
    /// Optimiser steps of the weights that encoded them.
    pub step: u64,
}

impl Cloud {
    /// What a model opens with.
    fn of(model: &ModelInfo) -> Self {
        // A shipped model's own MNIST was a folder on another machine; the built-in digits are everywhere.
        let elsewhere = matches!(model.source, Source::Shipped(_)) && model.data.starts_with("idx:");
        let data = if elsewhere { "digits".into() } else { model.data.clone() };
        let by = if model.latent_dims == 2 { By::Dimensions(0, 1) } else { By::Pca };
        Self { data, samples: !model.has_encoder, count: 4000, by, ..Self::default() }
    }

    /// Where a latent lies in the layout.
    pub fn place(&self, z: &[f32]) -> Option<[f32; 2]> {
        let points = self.points.as_ref().filter(|p| p.dims == z.len())?;
        match self.by {
            By::Dimensions(i, j) => Some([*z.get(i)?, *z.get(j)?]),
            By::Pca => {
                let at = points.pca.project(z);
                Some([at.first().copied().unwrap_or(0.0), at.get(1).copied().unwrap_or(0.0)])
            }
            By::Tsne => {
                let t = self.tsne.as_ref()?;
                Some(tsne::place(&t.rows, &t.embedded, z))
            }
        }
    }

    /// Lays the points out as `by` says; by t-SNE only once that was made.
    pub fn lay_out(&mut self) {
        self.layout = None;
        let Some(points) = &self.points else { return };
        let xy = match self.by {
            By::Dimensions(i, j) => (0..points.len())
                .map(|k| {
                    let z = points.z(k);
                    [z.get(i).copied().unwrap_or(0.0), z.get(j).copied().unwrap_or(0.0)]
                })
                .collect(),
            By::Pca => points.flat.clone(),
            By::Tsne => match &self.tsne {
                Some(tsne) => tsne.xy.clone(),
                None => return,
            },
        };
        self.layout = Some(Arc::new(Layout::new(self.by, xy, points.key)));
        let chosen = self.chosen.take().map(|c| c.point);
        self.choose(chosen);
    }

    /// Chooses a point and finds its neighbours.
    pub(crate) fn choose(&mut self, point: Option<usize>) {
        self.chosen = None;
        let (Some(points), Some(layout), Some(point)) = (&self.points, &self.layout, point) else { return };
        if point >= points.len() {
            return;
        }
        let others = |found: Vec<(usize, f32)>| -> Vec<(usize, f32)> {
            found.into_iter().filter(|(i, _)| *i != point).take(NEIGHBOURS).collect()
        };
        let neighbours = others(neighbours::nearest(&points.rows, points.z(point), NEIGHBOURS + 1));
        let flat: Vec<f32> = layout.xy.iter().flatten().copied().collect();
        let near = others(neighbours::nearest(&flat, &layout.xy[point], NEIGHBOURS + 1));
        let kept = neighbours.iter().filter(|(i, _)| near.iter().any(|(j, _)| i == j)).count();
        self.chosen = Some(Chosen { point, neighbours, kept });
    }
}

/// The tab Map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// What is looked at.
    pub view: View,
    /// The plane.
    pub grid: Grid,
    /// The points.
    pub cloud: Cloud,
}

impl Map {
    /// What a newly opened model's map shows; the view stays.
    pub fn opened(&mut self, model: &ModelInfo) {
        let grid = Grid { ruling: self.grid.ruling, count: self.grid.count, ..Grid::default() };
        let centre = [grid.ruling.whole().0; 2];
        self.grid = Grid { centre, ..grid };
        self.cloud = Cloud::of(model);
    }
}

/// A dimension that says less than this (nats) is dead: the posterior is the prior.
pub const DEAD_NATS: f32 = 0.01;
/// A dimension that changes the picture less than this (root mean square of 0–1) is dead.
pub const DEAD_CHANGE: f32 = 0.002;

impl State {
    /// The handle of an axis of the plane, and its axis; a direction that is gone falls back to a dimension.
    fn axis(&self, chosen: Option<&Handle>, default: usize) -> (Handle, Axis) {
        let fallback = || (Handle::Dimension(default), Axis::Dimension(default));
        match chosen {
            Some(Handle::Dimension(i)) if *i < self.dims() => (Handle::Dimension(*i), Axis::Dimension(*i)),
            Some(Handle::Direction(name)) => {
                let found = self.bench.directions.iter().find(|d| d.name == *name);
                found.map_or_else(fallback, |d| (Handle::Direction(name.clone()), Axis::direction(d)))
            }
            _ => fallback(),
        }
    }

    /// The plane in view and what its axes are called; `None` for fewer than two dimensions.
    pub fn plane(&self) -> Option<(Plane, [Handle; 2])> {
        if self.dims() < 2 {
            return None;
        }
        // Of two dimensions the first goes to the right, as the papers draw it.
        let (first, second) = match self.order.as_slice() {
            [a, b, _, ..] => (*a, *b),
            _ => (0, 1),
        };
        let grid = &self.map.grid;
        let (right_name, right) = self.axis(grid.right.as_ref(), first);
        let free = if right == Axis::Dimension(second) { first } else { second };
        let (up_name, up) = self.axis(grid.up.as_ref(), free);
        Some((Plane { right, up, ruling: grid.ruling }, [right_name, up_name]))
    }

    /// Takes in what a tool found for the map.
    pub(super) fn mapped(&mut self, found: Found) {
        let step = self.model.as_ref().map_or(0, |m| m.step);
        let cloud = &mut self.map.cloud;
        match found {
            Found::Points(points) => {
                let named = |a: &crate::data::Attribute| ["digit", "Smiling"].contains(&a.name.as_str());
                let colour = points.attributes.iter().position(named);
                cloud.colour = colour.or((!points.attributes.is_empty()).then_some(0));
                cloud.hidden = BTreeSet::new();
                (cloud.tsne, cloud.chosen, cloud.nearest, cloud.step) = (None, None, None, step);
                (cloud.group, cloud.grouped) = (Arc::default(), cloud.grouped + 1);
                if cloud.by == By::Tsne {
                    cloud.by = By::Pca;
                }
                cloud.points = Some(points);
                cloud.lay_out();
                // It was about other points.
                self.tools.remove(&ToolKind::Tsne);
                self.tools.remove(&ToolKind::Nearest);
            }
            // A layout of other points comes too late.
            Found::Tsne(tsne) if cloud.points.as_ref().is_some_and(|p| p.key == tsne.key) => {
                cloud.tsne = Some(tsne);
                cloud.by = By::Tsne;
                cloud.lay_out();
            }
            Found::Nearest(nearest) => cloud.nearest = Some(nearest),
            _ => {}
        }
    }

    /// Why a dimension is dead; `None` where it is not, or that is not known.
    pub fn dead(&self, i: usize) -> Option<String> {
        let (measure, values) = self.ranking.as_ref()?;
        dead(*measure, *values.get(i)?)
    }
}

/// Why a dimension of this importance is dead; `None` where it is not.
pub fn dead(measure: Importance, value: f32) -> Option<String> {
    match measure {
        Importance::Kl if value < DEAD_NATS => Some(format!(
            "Dead: it carries {value:.4} nats, less than {DEAD_NATS}; the encoder tells the decoder nothing with it"
        )),
        Importance::Sensitivity if value < DEAD_CHANGE => Some(format!(
            "Dead: the picture changes by {:.2} %, less than {} %",
            value * 100.0,
            DEAD_CHANGE * 100.0
        )),
        _ => None,
    }
}
