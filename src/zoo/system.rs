//! What the engine asks of every system: make a step, give its tensors, take them back, and lend an immutable
//! copy for drawing.
//!
//! Must not know: files, messages, the window.

use super::adversarial::Judged;
use super::train::Learns;
use super::{Model, Settings};
use crate::data::tracks::Span;
use crate::data::{Label, Vocabulary, Want};
use crate::nn::stack::halvings;
use crate::nn::{Gradient, Noise, Tensors};
use burn::tensor::{Int, Tensor, TensorData};
use std::collections::BTreeMap;

/// The pictures a system is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shape {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// 1 (grey) or 3 (RGB).
    pub channels: usize,
    /// Classes in the labels; 0 = no labels.
    pub classes: usize,
    /// Binary attributes in the labels; 0 = none.
    #[serde(default)]
    pub attributes: usize,
}

impl Shape {
    /// Whether a model of these pictures takes those: width, height and channels, whatever the labels are.
    pub fn fits(&self, other: &Self) -> bool {
        (self.width, self.height, self.channels) == (other.width, other.height, other.channels)
    }

    /// Whether a classifier of these pictures can read those: as they are, or made a little larger or smaller, as digits
    /// of 32×32 are for one of 28×28.
    pub fn reads(&self, other: &Self) -> bool {
        let square = |s: &Self| s.width == s.height;
        let near = self.width * 4 <= other.width * 5 && other.width * 4 <= self.width * 5;
        self.fits(other) || square(self) && square(other) && near && self.channels == other.channels
    }

    /// Such pictures, wanted of a data set.
    pub fn want(&self) -> Want {
        Want::new(self.width, self.height, Some(self.channels))
    }

    /// Numbers in one picture.
    pub fn pixels(&self) -> usize {
        self.width * self.height * self.channels
    }

    /// Height and width, the order of tensors.
    pub fn size(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Whether a network that halves pictures at least twice ([`crate::nn::stack`]) can be made for them.
    pub fn check_halved(&self) -> Result<(), String> {
        if halvings(self.size()).0 >= 2 {
            return Ok(());
        }
        Err(format!(
            "this network halves pictures at least twice, so their sides must be 13 pixels or more, not {}×{}",
            self.width, self.height
        ))
    }

    /// Whether both sides can be halved exactly so often, once to three times, as the network of the recipe `name` does.
    pub fn check_halved_exactly(&self, name: &str, times: u32) -> Result<(), String> {
        let ([h, w], by) = (self.size(), 1usize << times);
        if h.is_multiple_of(by) && w.is_multiple_of(by) {
            return Ok(());
        }
        let often = ["once", "twice", "three times"][times.clamp(1, 3) as usize - 1];
        Err(format!(
            "{name} halves pictures {often} exactly, so their sides must be multiples of {by}, not {w}×{h}; choose size {}{}",
            w.next_multiple_of(by),
            if w == h { String::new() } else { format!(" and height {}", h.next_multiple_of(by)) }
        ))
    }
}

fn is_false(b: &bool) -> bool {
    !*b
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// What a system is built for: the pictures it draws, and what else the data has beside them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// The pictures, and how many labels they have.
    pub shape: Shape,
    /// Names of the classes; as many as [`Shape::classes`], or none where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Names of the factors that are told of each picture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<String>,
    /// Frames of each item's clip; 0 = there are no clips.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub frames: usize,
    /// Whether each item is a point of the plane, of which the picture is a drawing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub points: bool,
    /// Further pictures of each item by the names of their columns ("edges").
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Shape>,
    /// Of unpaired data, the domains with their names, the first (which [`Facts::shape`] is of) first; empty where there is
    /// only one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<(String, Shape)>,
    /// What the items' label maps say, where they have some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Legend>,
    /// The words of the items' captions, where they have some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captions: Option<Vocabulary>,
    /// How long the items' tracks are, where they have some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracks: Option<Span>,
}

/// What label maps say, which are of the pictures' size.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Legend {
    /// What their column is called ("labels").
    pub name: String,
    /// The classes, by their index.
    pub classes: Vec<Label>,
}

impl From<Shape> for Facts {
    /// Pictures alone.
    fn from(shape: Shape) -> Self {
        Self {
            shape,
            classes: Vec::new(),
            factors: Vec::new(),
            frames: 0,
            points: false,
            columns: BTreeMap::new(),
            domains: Vec::new(),
            labels: None,
            captions: None,
            tracks: None,
        }
    }
}

impl Facts {
    /// Names of the classes, their numbers where the names are not known.
    pub fn class_names(&self) -> Vec<String> {
        match self.classes.len() == self.shape.classes {
            true => self.classes.clone(),
            false => (0..self.shape.classes).map(|i| i.to_string()).collect(),
        }
    }
}

/// One batch on the training device.
pub struct Batch {
    /// Pictures `[n, channels, height, width]`, 0–1.
    pub x: Tensor<4>,
    /// Class indices `[n]`, where the data has classes.
    pub classes: Option<Tensor<1, Int>>,
    /// Binary attributes `[n, a]`, 0 or 1, in the order of [`crate::data::Split::binary`], where the data has them.
    pub attributes: Option<Tensor<2>>,
    /// Scores of the pictures' factors `[n, f]`, independent and of N(0, 1) over the data, in the order of [`Facts::factors`];
    /// only where [`System::follows_factors`].
    pub factors: Option<Tensor<2>>,
    /// Points of the plane `[n, 2]`, where the data has them.
    pub points: Option<Tensor<2>>,
    /// Further pictures of the same items `[n, channels, height, width]`, 0–1, by the names of their columns.
    pub columns: BTreeMap<String, Tensor<4>>,
    /// As many pictures `[n, channels, height, width]`, 0–1, of each domain beside the first, partners of none of the others;
    /// empty where nobody asked for them.
    pub domains: Vec<Tensor<4>>,
    /// Label maps of the same items `[n, height, width]`: indices of classes in [`Facts::labels`], where the data has them.
    pub labels: Option<Tensor<3, Int>>,
    /// The clips `[n, frames, channels, height, width]`, 0–1, of which [`Batch::x`] are the first frames; only where
    /// [`super::Need::Clips`] is declared.
    pub clips: Option<Tensor<5>>,
    /// Captions of the same items, `n` of them, where the data has them; whoever reads them has a vocabulary of its own.
    pub captions: Option<Vec<String>>,
    /// Tracks of the same items, where the data has them.
    pub tracks: Option<Scenes>,
}

/// Scenes of people, a person after the other.
#[derive(Clone, Debug)]
pub struct Scenes {
    /// Where people are, in metres: `[people, steps, 2]`.
    pub at: Tensor<3>,
    /// How many people each scene has.
    pub counts: Vec<usize>,
}

/// A copy of a system in training, optimisers and all: a state to go back to. Tensors are shared until one side changes
/// them, so it costs next to nothing. Every system that can be cloned has it.
pub trait Fork {
    /// The copy.
    fn fork(&self) -> Box<dyn System>;
}

impl<T: System + Clone + 'static> Fork for T {
    fn fork(&self) -> Box<dyn System> {
        Box::new(self.clone())
    }
}

/// A system in training.
pub trait System: Send + Fork {
    /// One optimiser step (for a GAN: the discriminator's and the generator's). Returns the declared losses,
    /// in order, as one tensor `[losses]` that stays on the device; in a run of several phases those that are measured in
    /// this one. `step`: steps made before this one, since the first weights.
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1>;

    /// What D said of the pictures of the last step, which are 0–1 here; `None`: it has no D, or has made no step.
    fn judged(&self) -> Option<Judged<4>> {
        None
    }

    /// Whether its steps ask for the scores of the pictures' factors ([`Batch::factors`]) under these settings.
    fn follows_factors(&self, _settings: &Settings) -> bool {
        false
    }

    /// Enters the recipe's phase of that place, from the one before: begins other parts, and gives parameters other shapes.
    /// What is fresh then follows from `seed` and the weights alone, so that a resumed run is the same. `settings`: those in
    /// force.
    fn enter(&mut self, _phase: usize, _settings: &Settings, _seed: u64) {}

    /// An immutable copy of the weights to show (the averaged ones, where the system has them).
    fn model(&self) -> Box<dyn Model>;

    /// All that learns in it, in the order in which files have it.
    fn parts(&self) -> Vec<&dyn Learns>;

    /// The same, to change it.
    fn parts_mut(&mut self) -> Vec<&mut dyn Learns>;

    /// Weights and buffers by PyTorch's names: those of its parts, and what a system keeps beside them.
    fn weights(&self) -> Vec<(String, TensorData)> {
        self.parts().into_iter().flat_map(Learns::weights).collect()
    }

    /// Optimisers by name, each as the bytes of Burn's own record.
    fn optimisers(&self) -> Result<Vec<(String, TensorData)>, String> {
        self.parts().into_iter().map(Learns::optimiser).collect()
    }

    /// Keeps something of the gradients of coming steps for [`System::gradients`], or no longer.
    fn probe(&mut self, on: bool) {
        self.parts_mut().into_iter().for_each(|part| part.probe(on));
    }

    /// The gradients of the last step, a parameter each; empty where they are not known.
    fn gradients(&self) -> Vec<Gradient> {
        self.parts().into_iter().flat_map(Learns::gradients).collect()
    }

    /// Takes weights back; the optimisers too, where `tensors` has them (`optimizer.*`).
    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        self.parts_mut().into_iter().try_for_each(|part| part.restore(tensors))
    }
}
