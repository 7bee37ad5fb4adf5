//! What the data page looks at: the filter and what it keeps, the selected picture, the picture drawn by hand.
//!
//! Must not know: Burn, egui, how anything is drawn.

use crate::data::Pictures;
use crate::data::own::Own;
use crate::data::summary::{Counts, Filter};
use std::sync::Arc;

/// Which of the two side panels is seen where there is room for one only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// All attributes.
    #[default]
    Attributes,
    /// The selected picture.
    Picture,
}

/// What a filter keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Pictures, ascending.
    pub pictures: Vec<u32>,
    /// How often each attribute takes each value over them.
    pub counts: Counts,
}

/// A picture drawn by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// What it is drawn from now.
    pub now: Own,
    /// What the selected picture was drawn from.
    pub start: Own,
    /// The picture of `now`.
    pub picture: Arc<Pictures>,
}

impl Drawn {
    /// Starts with the factors of a picture.
    pub fn new(start: Own) -> Self {
        Self { now: start, start, picture: Arc::new(start.draw()) }
    }
}

/// Everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Browse {
    /// What is wanted of the pictures.
    pub filter: Filter,
    /// What that keeps; `None` without a filter.
    pub kept: Option<Arc<Kept>>,
    /// The selected picture's index in the data set.
    pub selected: Option<usize>,
    /// The picture drawn by hand, while that is done.
    pub drawn: Option<Drawn>,
    /// Where there is room for one side panel.
    pub side: Side,
    /// List only attributes with these letters in their names.
    pub find: String,
}

impl Browse {
    /// The picture at a place on the page.
    pub fn at(&self, place: usize) -> usize {
        match &self.kept {
            Some(kept) => kept.pictures.get(place).map_or(0, |i| *i as usize),
            None => place,
        }
    }

    /// The place on the page of a picture; `None` when the filter leaves it out.
    pub fn place(&self, picture: usize) -> Option<usize> {
        match &self.kept {
            Some(kept) => kept.pictures.binary_search(&u32::try_from(picture).ok()?).ok(),
            None => Some(picture),
        }
    }
}
