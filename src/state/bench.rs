//! What lies on a person's bench beside the latent under the sliders: wells that hold latents, and directions.
//!
//! Must not know: how any of it is drawn or computed.

use crate::latent::arithmetic::combine;
use crate::latent::{Direction, Easing, Interpolation, Path};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A latent in a well.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// What a person calls it; may be empty.
    pub name: String,
    /// The latent.
    pub z: Arc<[f32]>,
}

impl From<Vec<f32>> for Mark {
    /// Without a name.
    fn from(z: Vec<f32>) -> Self {
        Self { name: String::new(), z: z.into() }
    }
}

impl AsRef<[f32]> for Mark {
    fn as_ref(&self) -> &[f32] {
        &self.z
    }
}

/// A place that holds latents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bench {
    /// What is in the wells.
    pub wells: BTreeMap<Well, Vec<Mark>>,
    /// The directions, in the order they are listed.
    pub directions: Vec<Direction>,
    /// How keyframes are joined.
    pub interpolation: Interpolation,
    /// How time goes by between them.
    pub easing: Easing,
    /// Whether the morph returns to its first keyframe.
    pub closed: bool,
}

impl Mark {
    /// Whether it is a latent of a model with so many dimensions; a sentence if not.
    pub fn belongs(&self, dims: usize) -> Result<(), String> {
        if self.z.len() != dims || self.z.iter().any(|v| !v.is_finite()) {
            return Err(format!(
                "this latent does not belong to the model, whose latents are {dims} numbers"
            ));
        }
        Ok(())
    }
}

impl Bench {
    /// Puts several latents of a model with so many dimensions at the end of a well. Fails with a sentence when they do
    /// not belong there, or have no room; then nothing was changed.
    pub fn put_all(&mut self, dims: usize, well: Well, marks: Vec<Mark>) -> Result<(), String> {
        if self.well(well).len() + marks.len() > WELL_LIMIT {
            return Err(format!(
                "a well holds {WELL_LIMIT} latents, and these are {}; put in fewer, or their mean",
                marks.len()
            ));
        }
        marks.iter().try_for_each(|mark| mark.belongs(dims))?;
        self.wells.entry(well).or_default().extend(marks);
        Ok(())
    }

    /// What is in a well.
    pub fn well(&self, well: Well) -> &[Mark] {
        self.wells.get(&well).map_or(&[], Vec::as_slice)
    }

    /// The morph's way through its keyframes.
    pub fn path(&self) -> Path {
        Path {
            keyframes: self.well(Well::Keyframes).iter().map(|m| m.z.to_vec()).collect(),
            interpolation: self.interpolation,
            easing: self.easing,
            closed: self.closed,
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
