//! What a classifier says of pictures, and the figures that follow: how sure it is, how often it sees each attribute,
//! whether it says the same of two pictures, whether it is right.
//!
//! Must not know: where the pictures came from, messages, the window.

use crate::data::Split;
use crate::nn::host::rows;
use crate::zoo::Model;
use burn::tensor::{Tensor, activation};
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;

/// A class counts as sure from this probability; an attribute from it, or down from 1 − it.
pub const CONFIDENT: f32 = 0.9;

/// One value for each of some names; a JSON object in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct ByName<T>(pub Vec<(String, T)>);

impl<T> ByName<T> {
    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value)
    }
}

impl<T: Serialize> Serialize for ByName<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A model with the names of its outputs, where it is a classifier (empty where they are not known).
#[derive(Clone, Copy)]
pub struct Named<'a> {
    /// The model.
    pub model: &'a dyn Model,
    /// Names of its classes or attributes.
    pub outputs: &'a [String],
}

/// What a classifier said of some pictures: a row each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Its features.
    pub features: Vec<Vec<f32>>,
    /// Probability of each class, or of each attribute.
    pub probabilities: Vec<Vec<f32>>,
}

impl Named<'_> {
    /// Reads `[n, c, h, w]` and adds a row for each picture. False: the model is no classifier.
    pub fn read(&self, x: Tensor<4>, reading: &mut Reading) -> bool {
        let Some((logits, features)) = self.model.classify(x) else { return false };
        let probabilities = match self.model.independent() {
            true => activation::sigmoid(logits),
            false => activation::softmax(logits, 1),
        };
        reading.features.extend(rows(features));
        reading.probabilities.extend(rows(probabilities));
        true
    }

    /// One value for each attribute, by its name.
    pub fn by_name<T>(&self, values: impl IntoIterator<Item = T>) -> ByName<T> {
        let name = |k: usize| self.outputs.get(k).cloned().unwrap_or_else(|| format!("attribute {}", k + 1));
        ByName(values.into_iter().enumerate().map(|(k, value)| (name(k), value)).collect())
    }

    /// Share of pictures whose class is named rightly. `picks`: which pictures of `test` were read. `None`: it tells
    /// no classes, or the data has none.
    pub fn class_accuracy(&self, reading: &Reading, test: &Split, picks: &[usize]) -> Option<f64> {
        let (names, truth) = test.classes().filter(|_| !self.model.independent())?;
        // A classifier of other classes is neither right nor wrong.
        let outputs = reading.probabilities.first().map_or(0, Vec::len);
        if names.len() != outputs || !(self.outputs.is_empty() || self.outputs == names) {
            return None;
        }
        let right = |row: &[f32], i: usize| truth.get(i).is_some_and(|&t| best(row).0 == t as usize);
        Some(reading.right(picks, right))
    }

    /// Share of pictures of which each attribute is told rightly, for the attributes that the data's labels name.
    /// Empty: it tells no attributes, or the data names none of them.
    pub fn attribute_accuracy(&self, reading: &Reading, test: &Split, picks: &[usize]) -> ByName<f64> {
        let labels = test.binary();
        let known = self.outputs.iter().enumerate().filter(|_| self.model.independent());
        let accuracy = known.filter_map(|(k, name)| {
            let truth = labels.iter().find(|a| a.name == *name)?;
            let right =
                |row: &[f32], i: usize| truth.values.get(i).is_some_and(|&t| (t > 0.5) == has(row[k]));
            Some((name.clone(), reading.right(picks, right)))
        });
        ByName(accuracy.collect())
    }
}

impl Reading {
    /// Share of pictures whose row is right; `picks`: each row's number in the data.
    fn right(&self, picks: &[usize], is_right: impl Fn(&[f32], usize) -> bool) -> f64 {
        let rows = self.probabilities.iter().zip(picks);
        share(rows.filter(|(row, i)| is_right(row, **i)).count(), picks.len())
    }

    /// Classes: the share of pictures of which it is sure, and which classes it is sure of.
    pub fn sure_of_class(&self) -> (f64, BTreeSet<usize>) {
        let sure = self.probabilities.iter().map(|row| best(row.as_slice())).filter(|(_, p)| *p >= CONFIDENT);
        let named: Vec<usize> = sure.map(|(class, _)| class).collect();
        (share(named.len(), self.probabilities.len()), named.into_iter().collect())
    }

    /// Classes: the share of pictures of each that it is sure of, among all.
    pub fn shares(&self) -> Vec<f64> {
        let outputs = self.probabilities.first().map_or(0, Vec::len);
        let mut counts = vec![0; outputs];
        for (class, p) in self.probabilities.iter().map(|row| best(row)) {
            counts[class] += usize::from(p >= CONFIDENT);
        }
        counts.into_iter().map(|n| share(n, self.probabilities.len())).collect()
    }

    /// Attributes: the share of pictures of which it is sure about every one, and the share of single answers of
    /// which it is sure.
    pub fn sure_of_attributes(&self) -> (f64, f64) {
        let sure = |p: &&f32| **p >= CONFIDENT || **p <= 1.0 - CONFIDENT;
        let counts = self.probabilities.iter().map(|row| (row.iter().filter(sure).count(), row.len()));
        let (whole, single, asked) =
            counts.fold((0, 0, 0), |(w, s, a), (n, all)| (w + usize::from(n == all), s + n, a + all));
        (share(whole, self.probabilities.len()), share(single, asked))
    }

    /// How often each attribute is there.
    pub fn frequencies(&self) -> Vec<f64> {
        let outputs = self.probabilities.first().map_or(0, Vec::len);
        let count = |k: usize| self.probabilities.iter().filter(|row| has(row[k])).count();
        (0..outputs).map(|k| share(count(k), self.probabilities.len())).collect()
    }

    /// How often it says the same of each attribute in this reading and in another of as many pictures, one by one.
    pub fn agreement(&self, other: &Self) -> Vec<f64> {
        let outputs = self.probabilities.first().map_or(0, Vec::len);
        let pairs = || self.probabilities.iter().zip(&other.probabilities);
        let count = |k: usize| pairs().filter(|(a, b)| has(a[k]) == has(b[k])).count();
        (0..outputs).map(|k| share(count(k), self.probabilities.len())).collect()
    }
}

/// Whether the pictures have a judge's classes (`outputs`, where it tells more than one class), or at least one of its
/// attributes: a judge of faces has nothing to say of hearts.
pub fn knows(outputs: &[String], classes: usize, test: &Split) -> bool {
    match test.classes() {
        Some((names, _)) if classes > 1 && names == outputs => true,
        // Classes may have been made of its attributes.
        _ => test.binary().iter().any(|a| outputs.contains(&a.name)),
    }
}

/// Whether an attribute of this probability is there.
fn has(probability: f32) -> bool {
    probability >= 0.5
}

/// The likeliest class and its probability.
fn best(row: &[f32]) -> (usize, f32) {
    row.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0))
}

/// A part of a whole, 0–1; 0 of nothing.
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
