//! What a labelled data set holds: how often each attribute takes each value, and which pictures fit a filter.
//!
//! Must not know: pictures, the window.

use super::{AttributeKind, Split};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Bars of a continuous factor's histogram.
pub const BINS: usize = 24;

/// The code of a value that falls nowhere: no number, outside of its range, a class without a name.
const NOWHERE: u16 = u16::MAX;

/// How often each attribute takes each value, over the whole data set or over some of its pictures.
///
/// One list per attribute, in the data set's order: `[absent, present]` of a binary one, one count per class, or
/// [`BINS`] counts over the range of a continuous factor.
pub type Counts = Vec<Vec<u32>>;

/// The counts of a data set, and what it takes to count again over some of its pictures quickly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Over all pictures.
    pub counts: Counts,
    /// Per attribute, per picture: which of the counts it belongs to.
    codes: Vec<Vec<u16>>,
}

impl Summary {
    /// Counts everything once.
    pub fn new(split: &Split) -> Self {
        let codes: Vec<Vec<u16>> = split
            .attributes
            .par_iter()
            .map(|a| a.values.iter().map(|v| code(&a.kind, *v)).collect())
            .collect();
        let counts = split
            .attributes
            .iter()
            .zip(&codes)
            .map(|(a, codes)| {
                let mut counts = vec![0; places(&a.kind)];
                codes.iter().for_each(|code| add(&mut counts, *code));
                counts
            })
            .collect();
        Self { counts, codes }
    }

    /// Counts over some pictures (indices, ascending). What is rarer, those or the others, is what is gone through.
    pub fn of(&self, pictures: &[u32]) -> Counts {
        let n = self.codes.first().map_or(0, Vec::len);
        if pictures.len() <= n / 2 {
            return self.count(pictures);
        }
        let mut left = pictures.iter().copied().peekable();
        let others: Vec<u32> = (0..n as u32).filter(|i| left.next_if_eq(i).is_none()).collect();
        let mut counts = self.counts.clone();
        for (all, away) in counts.iter_mut().zip(self.count(&others)) {
            all.iter_mut().zip(away).for_each(|(a, b)| *a -= b);
        }
        counts
    }

    fn count(&self, pictures: &[u32]) -> Counts {
        let empty = self.counts.iter().map(|c| vec![0; c.len()]);
        empty
            .zip(&self.codes)
            .map(|(mut counts, codes)| {
                let found = pictures.iter().filter_map(|i| codes.get(*i as usize));
                found.for_each(|code| add(&mut counts, *code));
                counts
            })
            .collect()
    }
}

fn add(counts: &mut [u32], code: u16) {
    if let Some(count) = counts.get_mut(usize::from(code)) {
        *count += 1;
    }
}

fn places(kind: &AttributeKind) -> usize {
    match kind {
        AttributeKind::Binary => 2,
        AttributeKind::Class(names) => names.len(),
        AttributeKind::Continuous { .. } => BINS,
    }
}

fn code(kind: &AttributeKind, value: f32) -> u16 {
    match kind {
        AttributeKind::Binary if value.is_finite() => u16::from(value >= 0.5),
        AttributeKind::Class(names) if value >= 0.0 && (value as usize) < names.len() => {
            u16::try_from(value as usize).unwrap_or(NOWHERE)
        }
        AttributeKind::Continuous { min, max } => bin(value, *min, *max).map_or(NOWHERE, |bin| bin as u16),
        _ => NOWHERE,
    }
}

/// Where bar `bin` of [`BINS`] begins, in units of the factor; `BINS` is the end of the range.
pub fn edge(bin: usize, min: f32, max: f32) -> f32 {
    if bin >= BINS { max } else { min + (max - min) * bin as f32 / BINS as f32 }
}

/// The bar that a value belongs to: the one with `edge(bin) <= value < edge(bin + 1)`; the range's end belongs to the
/// last. `None` outside of the range.
pub fn bin(value: f32, min: f32, max: f32) -> Option<usize> {
    if !(value >= min && value <= max) {
        return None;
    }
    let mut bin = (((value - min) / (max - min) * BINS as f32) as usize).min(BINS - 1);
    // Rounding must not put a value that lies on an edge on the wrong side of it.
    while bin > 0 && value < edge(bin, min, max) {
        bin -= 1;
    }
    while bin + 1 < BINS && value >= edge(bin + 1, min, max) {
        bin += 1;
    }
    Some(bin)
}

/// What a filter wants of one attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Keep {
    /// Binary: present.
    Has,
    /// Binary: absent.
    HasNot,
    /// A class: one of these.
    OneOf(BTreeSet<usize>),
    /// A continuous factor: from … to, both included.
    Between(f32, f32),
}

impl Keep {
    /// Exactly the values of the bars `first..=last`, whichever of them is the larger.
    pub fn bars(first: usize, last: usize, min: f32, max: f32) -> Self {
        let (low, high) = (first.min(last), first.max(last));
        // The edge itself belongs to the next bar.
        let to = edge(high + 1, min, max);
        Self::Between(edge(low, min, max), if high + 1 >= BINS { to } else { to.next_down() })
    }

    /// Whether a value fits; no number fits nothing.
    pub fn fits(&self, value: f32) -> bool {
        match self {
            Self::Has => value >= 0.5,
            Self::HasNot => value < 0.5,
            Self::OneOf(classes) => value >= 0.0 && classes.contains(&(value as usize)),
            Self::Between(from, to) => *from <= value && value <= *to,
        }
    }
}

/// What is wanted, by the attribute's place in the data set; a picture must fit all of it.
pub type Filter = BTreeMap<usize, Keep>;

/// The pictures that fit, ascending. A condition on an attribute that is not there counts for nothing.
pub fn fitting(split: &Split, filter: &Filter) -> Vec<u32> {
    let mut left: Vec<u32> = (0..split.pictures.len() as u32).collect();
    for (at, keep) in filter {
        let Some(attribute) = split.attributes.get(*at) else { continue };
        left.retain(|i| attribute.values.get(*i as usize).is_some_and(|v| keep.fits(*v)));
    }
    left
}
