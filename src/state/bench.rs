//! What lies on a person's bench beside the latent under the sliders: wells that hold latents, and directions.
//!
//! Must not know: how any of it is drawn or computed.

use crate::latent::arithmetic::combine;
use crate::latent::{Direction, Easing, Interpolation, Path};
use crate::point::{Input, Point, Values};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A point in a well.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bookmark {
    /// What a person calls it; may be empty.
    pub name: String,
    /// Its latent.
    pub z: Arc<[f32]>,
    /// The rest of it; what is absent is as the model has it.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub held: Values,
}

impl From<Point> for Bookmark {
    /// Without a name.
    fn from(point: Point) -> Self {
        Self { name: String::new(), z: point.z.into(), held: point.held }
    }
}

impl From<Vec<f32>> for Bookmark {
    /// Without a name.
    fn from(z: Vec<f32>) -> Self {
        Self { name: String::new(), z: z.into(), held: Values::new() }
    }
}

impl AsRef<[f32]> for Bookmark {
    fn as_ref(&self) -> &[f32] {
        &self.z
    }
}

/// A place that holds latents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Well {
    /// Latents worth coming back to.
    Bookmarks,
    /// What a morph passes through, in order.
    Keyframes,
    /// A in A − B + C.
    A,
    /// B in A − B + C.
    B,
    /// C in A − B + C.
    C,
    /// Picked: these have it.
    Has,
    /// Picked: these have it not.
    HasNot,
}

/// Most latents in one well.
pub const WELL_LIMIT: usize = 500;

/// Wells and directions. Undo brings all of it back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Bench {
    /// What is in the wells.
    pub wells: BTreeMap<Well, Vec<Bookmark>>,
    /// The directions, in the order they are listed.
    pub directions: Vec<Direction>,
    /// What a person calls dimensions of z.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<usize, String>,
    /// How keyframes are joined.
    pub interpolation: Interpolation,
    /// How time goes by between them.
    pub easing: Easing,
    /// Whether the morph returns to its first keyframe.
    pub closed: bool,
    /// Whether codes on its way give way to the nearest entries of their codebook.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nearest: bool,
}

impl Bookmark {
    /// The point.
    pub fn point(&self) -> Point {
        Point { z: self.z.to_vec(), held: self.held.clone() }
    }

    /// Whether it is a point of a model with these inputs; a sentence if not.
    pub fn belongs(&self, inputs: &[Input]) -> Result<(), String> {
        self.point().check(inputs)
    }
}

impl Bench {
    /// Without what is of no model with these inputs.
    pub fn fitting(mut self, inputs: &[Input]) -> Self {
        let dims = crate::point::dims(inputs);
        for marks in self.wells.values_mut() {
            marks.retain(|mark| mark.belongs(inputs).is_ok());
        }
        self.wells.retain(|_, marks| !marks.is_empty());
        self.directions.retain(|d| d.fits(dims));
        self.dimensions.retain(|i, _| *i < dims);
        self
    }

    /// Puts several points of a model with these inputs at the end of a well. Fails with a sentence when they do
    /// not belong there, or have no room; then nothing was changed.
    pub fn put_all(&mut self, inputs: &[Input], well: Well, marks: Vec<Bookmark>) -> Result<(), String> {
        if self.well(well).len() + marks.len() > WELL_LIMIT {
            return Err(format!(
                "a well holds {WELL_LIMIT} latents, and these are {}; put in fewer, or their mean",
                marks.len()
            ));
        }
        marks.iter().try_for_each(|mark| mark.belongs(inputs))?;
        self.wells.entry(well).or_default().extend(marks);
        Ok(())
    }

    /// What is in a well.
    pub fn well(&self, well: Well) -> &[Bookmark] {
        self.wells.get(&well).map_or(&[], Vec::as_slice)
    }

    /// The morph's way through its keyframes.
    pub fn path(&self) -> Path {
        Path {
            keyframes: self.well(Well::Keyframes).iter().map(Bookmark::point).collect(),
            interpolation: self.interpolation,
            easing: self.easing,
            closed: self.closed,
            nearest: self.nearest,
        }
    }

    /// mean(A) − mean(B) + mean(C); empty while A and C are empty.
    pub fn mixed(&self) -> Vec<f32> {
        if self.well(Well::A).is_empty() && self.well(Well::C).is_empty() {
            return Vec::new();
        }
        combine(self.well(Well::A), self.well(Well::B), self.well(Well::C))
    }
}
