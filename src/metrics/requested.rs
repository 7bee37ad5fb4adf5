//! How far class-conditional samples are what was asked for, as a judge sees them: named as the class, and near the real pictures of
//! that class.
//!
//! Must not know: how samples are drawn, messages, the window.

use super::frechet::Moments;
use super::judge::{Named, Reading};
use crate::data::Split;
use crate::point::Kind;
use crate::zoo::Held;

/// Rows of a class from which its covariance is worth comparing: one more than the judge has features.
const ENOUGH: usize = 65;

/// The names of the classes that a model's samples are drawn of by turns; empty where it is asked for none.
pub fn classes(model: &Held) -> Vec<String> {
    if let Some(prior) = model.model().codes_prior() {
        return prior.classes().to_vec();
    }
    let names = model.inputs().iter().find_map(|input| match &input.kind {
        Kind::Class { names } => Some(names.clone()),
        _ => None,
    });
    names.unwrap_or_default()
}

/// What the name of a class says of a judge's attributes: each that occurs in one of the names, and whether this class has it.
fn told(names: &[String], outputs: &[String], class: usize) -> Vec<(usize, bool)> {
    let parts = |name: &String| name.split(" + ").map(str::to_owned).collect::<Vec<_>>();
    let own = names.get(class).map(parts).unwrap_or_default();
    let all: Vec<String> = names.iter().flat_map(parts).collect();
    let known = outputs.iter().enumerate().filter(|(_, output)| all.contains(output));
    known.map(|(k, output)| (k, own.contains(output))).collect()
}

/// Share of samples that the judge names as the class they were asked for, 0–1; of classes that were made of attributes, that have
/// what the name says and lack what other names say. Sample `i` was asked for class `i` modulo their number. `None`: the judge does
/// not tell these classes.
pub fn agreement(judge: Named<'_>, names: &[String], drawn: &Reading) -> Option<f64> {
    if names.len() < 2 || drawn.probabilities.is_empty() {
        return None;
    }
    let independent = judge.model.independent();
    if !independent && names != judge.outputs || independent && told(names, judge.outputs, 0).is_empty() {
        return None;
    }
    let right = |(i, row): &(usize, &Vec<f32>)| {
        let class = i % names.len();
        match independent {
            true => told(names, judge.outputs, class).into_iter().all(|(k, has)| (row[k] >= 0.5) == has),
            false => {
                row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).is_some_and(|(k, _)| k == class)
            }
        }
    };
    let count = drawn.probabilities.iter().enumerate().filter(right).count();
    Some(count as f64 / drawn.probabilities.len() as f64)
}

/// Mean over classes of the Fréchet distance between the samples that were asked for it and the real pictures of it. `None`: the
/// data has other classes, or one of them has too few pictures.
pub fn frechet_within(
    names: &[String],
    drawn: &Reading,
    real: &Reading,
    test: &Split,
    picks: &[usize],
) -> Option<f64> {
    let (own, truth) = test.classes()?;
    if own != names || names.len() < 2 {
        return None;
    }
    let of = |class: usize| {
        let asked = drawn.features.iter().enumerate().filter(|(i, _)| i % names.len() == class);
        let asked: Vec<Vec<f32>> = asked.map(|(_, row)| row.clone()).collect();
        let there = real.features.iter().zip(picks).filter(|(_, i)| truth.get(**i) == Some(&(class as f32)));
        let there: Vec<Vec<f32>> = there.map(|(row, _)| row.clone()).collect();
        if asked.len() < ENOUGH || there.len() < ENOUGH {
            return None;
        }
        Some(Moments::of(&asked)?.distance(&Moments::of(&there)?))
    };
    let each: Vec<f64> = (0..names.len()).map(of).collect::<Option<_>>()?;
    Some(each.iter().sum::<f64>() / each.len() as f64)
}
