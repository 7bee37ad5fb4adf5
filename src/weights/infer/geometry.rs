//! What a search for the geometry of a chain stands on, and the ways that it follows: plain values.
//!
//! Must not know: how ways are found, values of weights.

use super::blocks::Block;
use super::conditional::Class;
use super::modules::Films;
use super::modules::{Dialect, Module};
use super::residual::Way as BlockWay;
use super::segments::Role;
use super::usual::Manner;
use crate::nn::network::shape::{self, Flow, Sizes};
use crate::nn::network::{Latent, Layer, Op};
use crate::weights::foreign::hints::Layers;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The ways in which a chain fits, the most usual first, or which tensor stopped all of them. Of the chain, what may go in,
/// the role, the activation, what it stands on, and whether what comes out will do, and what that costs.
pub type Search = fn(
    &[Module],
    &[Flow],
    Role,
    &Op,
    &Ground<'_>,
    &dyn Fn(Flow, Flow) -> Option<f64>,
) -> Result<Vec<Fit>, String>;

/// What all chains of a file stand on.
pub struct Ground<'a> {
    /// How a chain inside of another (a block's path) is searched.
    pub search: Search,
    /// Shapes of its tensors.
    pub sizes: &'a Sizes,
    /// Its latent space.
    pub latent: Latent,
    /// Its residual blocks.
    pub blocks: &'a [Block],
    /// Whether the chain is a block's path, whose layers are not alike: one of them changes the map's size.
    pub inner: bool,
    /// Whether the decoder beside it has no paddings.
    pub unpadded: bool,
    /// A class beside what is no decoder's.
    pub class: Option<&'a Class>,
    /// Tables of scales and shifts by the norms before them.
    pub films: &'a Films,
    /// What the file says of layers beside their tensors.
    pub hints: &'a Layers,
    /// What framework wrote it.
    pub dialect: Dialect,
}

/// The shape after one layer, if it fits.
pub fn after(op: &Op, from: Flow, ground: &Ground<'_>) -> Option<Flow> {
    shape::after(op, from, ground.latent, ground.sizes).ok()
}

/// One way in which a chain fits.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Its layers, without an activation at the end.
    pub layers: Vec<Layer>,
    /// What goes in.
    pub from: Flow,
    /// What comes out.
    pub to: Flow,
    /// How unusual it is; less is better.
    pub cost: f64,
}

/// What the chain says of itself to its layers.
pub struct Context<'a> {
    pub role: Role,
    pub ground: &'a Ground<'a>,
    pub activation: Op,
    /// The ways of residual blocks that were found already.
    pub ways: RefCell<BTreeMap<(usize, Flow), Vec<BlockWay>>>,
    pub manner: Manner,
    /// Groups of norms without running statistics: the usual number that divides all of their channels.
    pub groups: usize,
    /// Whether what is called a convolution is none that is transposed, and what is called transposed is.
    pub honest: [bool; 2],
    /// Sides of kernels that can only be transposed.
    pub larger: Vec<usize>,
}

/// (transposed, side, (stride, padding, output padding), resampled) of a layer.
pub type Habit = (bool, usize, Way4, bool);

/// A way through the first modules of a chain.
#[derive(Clone)]
pub struct State {
    pub flow: Flow,
    pub layers: Vec<Rc<Layer>>,
    pub cost: f64,
    pub habits: Vec<Habit>,
}

/// What one more module may do after a state: kept light, as few of them are followed.
pub struct Move {
    /// Which state.
    pub parent: usize,
    /// Whether the activation at the state's end makes place.
    pub pop: bool,
    pub layers: Vec<Rc<Layer>>,
    pub flow: Flow,
    pub cost: f64,
    pub habit: Option<Habit>,
}

impl State {
    pub fn moved(&self, step: Move) -> Self {
        let mut next = self.clone();
        if step.pop {
            next.layers.pop();
        }
        next.layers.extend(step.layers);
        next.habits.extend(step.habit);
        (next.flow, next.cost) = (step.flow, step.cost);
        next
    }

    /// Layers of one network are alike.
    pub fn unlike(&self, habit: Option<Habit>) -> f64 {
        match habit {
            Some(habit) if self.habits.contains(&habit) => -0.1,
            Some(habit) if self.habits.iter().any(|h| (h.0, h.1) == (habit.0, habit.1)) => 0.6,
            _ => 0.0,
        }
    }

    /// Whether it ends in an activation that nothing is learnt of.
    pub fn acts(&self) -> bool {
        self.layers.last().is_some_and(|l| l.op.activation())
    }
}

pub type Way4 = (usize, usize, isize);

/// In a habit, in the place of a kernel's side: a residual block.
pub const BLOCK: usize = usize::MAX;
