//! Directions from labelled latents, and what a judge sees when latents are moved along them.
//!
//! Must not know: where the labels came from.

use super::labelled::verdicts;
use super::{Labelled, decode};
use crate::latent::Direction;
use crate::latent::direction::{Method, Report, from_labels, keeps_norm};
use crate::metrics::judge::{Named, Reading};
use crate::zoo::Held;
use burn::tensor::Device;

/// Which other attributes must not come along.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Keep {
    /// None: the direction as the labels have it.
    #[default]
    Nothing,
    /// Those that vary in the data, are no near synonym of it (|φ| < 0.4), and neither follow from it nor exclude it
    /// (as blond hair excludes black).
    Unrelated,
    /// These.
    These(Vec<String>),
}

/// Above this correlation two attributes are taken to be the same thing.
const SYNONYM: f64 = 0.4;
/// An attribute that fewer latents have (or lack) than this share is not worth a plane.
const RARE: f64 = 0.01;
/// Strengths that are tried, in units of the distance between the means.
const STRENGTHS: [f32; 10] = [0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0];
/// Share of the tried latents that the default strength should turn.
const ENOUGH: f64 = 0.96;

/// The direction of an attribute.
pub fn direction(labelled: &Labelled, name: &str, keep: &Keep, method: Method) -> Result<Direction, String> {
    let target = labelled.column(name)?;
    let n = target.len().max(1) as f64;
    let varied = |c: &[bool]| {
        let share = c.iter().filter(|h| **h).count() as f64 / n;
        (RARE..=1.0 - RARE).contains(&share)
    };
    let others: Vec<Vec<bool>> = match keep {
        Keep::Nothing => Vec::new(),
        Keep::These(names) => {
            names.iter().map(|n| labelled.column(n).map(<[bool]>::to_vec)).collect::<Result<_, _>>()?
        }
        Keep::Unrelated => {
            let named = labelled.names.iter().zip(&labelled.has);
            let other = named.filter(|(other, c)| {
                !other.eq_ignore_ascii_case(name)
                    && varied(c)
                    && Labelled::correlation(target, c).abs() < SYNONYM
                    && !implied(target, c)
            });
            other.map(|(_, c)| c.clone()).collect()
        }
    };
    from_labels(name, &labelled.z, target, &others, method)
}

/// Whether of two attributes one (or its absence) nearly always brings the other, or its absence, along: then the first
/// can't turn while the second is kept.
fn implied(a: &[bool], b: &[bool]) -> bool {
    let share = |wanted: bool| {
        let of: Vec<bool> = a.iter().zip(b).filter(|(a, _)| **a == wanted).map(|(_, b)| *b).collect();
        of.iter().filter(|b| **b).count() as f64 / of.len().max(1) as f64
    };
    let always = |p: f64| !(RARE..=1.0 - RARE).contains(&p);
    always(share(true)) || always(share(false))
}

/// Attributes worth a direction: those that enough latents have and enough lack.
pub fn learnable(labelled: &Labelled) -> Vec<&str> {
    let n = labelled.z.len().max(1) as f64;
    let enough = |c: &&Vec<bool>| {
        let count = c.iter().filter(|h| **h).count();
        let share = count as f64 / n;
        count >= 3 && labelled.z.len() - count >= 3 && (RARE..=1.0 - RARE).contains(&share)
    };
    labelled.names.iter().zip(&labelled.has).filter(|(_, c)| enough(c)).map(|(n, _)| n.as_str()).collect()
}

/// Names of attributes, and for each which latents' pictures have it.
pub type Looked = (Vec<String>, Vec<Vec<bool>>);

/// A model, and a judge who looks at what it draws.
#[derive(Clone, Copy)]
pub struct Judged<'a> {
    /// The model.
    pub model: &'a Held,
    /// The judge.
    pub judge: Named<'a>,
    /// Where both are.
    pub device: &'a Device,
}

impl Judged<'_> {
    /// What the judge says of the pictures of latents.
    pub fn look<T: AsRef<[f32]>>(&self, z: &[T]) -> Result<Looked, String> {
        let mut reading = Reading::default();
        decode(self.model, z, self.device, |_, x| {
            self.judge.read(x, &mut reading).then_some(()).ok_or("the judge is no classifier".into())
        })?;
        Ok(verdicts(self.judge, &reading))
    }
}

/// Moves latents that lack the attribute by `strength` units, as + does, and compares what the judge says before and after.
/// `starts`: latents, and what [`Judged::look`] says of them; at most `most` of those are moved whose picture lacks it. Fails when the judge does not know the
/// attribute, or none lacks it.
pub fn evaluate<T: AsRef<[f32]>>(
    judged: Judged<'_>,
    direction: &Direction,
    strength: f32,
    starts: &[T],
    (names, before): &Looked,
    most: usize,
) -> Result<Report, String> {
    let target = position(names, &direction.name)?;
    let lacking: Vec<usize> = (0..starts.len()).filter(|&i| !before[target][i]).take(most).collect();
    if lacking.is_empty() {
        return Err(format!("every picture that was tried has {} already", direction.name));
    }
    let keep_norm = keeps_norm(judged.model.encodes(), judged.model.latent_dims());
    let step = |i: &usize| direction.stepped(starts[*i].as_ref(), strength, keep_norm);
    let moved: Vec<Vec<f32>> = lacking.iter().map(step).collect();
    let (_, after) = judged.look(&moved)?;
    let share = |n: usize| n as f64 / lacking.len() as f64;
    let success = share(after[target].iter().filter(|h| **h).count());
    let same = |k: usize| lacking.iter().enumerate().filter(|(j, i)| after[k][*j] == before[k][**i]).count();
    let kept = names.iter().enumerate().filter(|(k, _)| *k != target);
    let kept = kept.map(|(k, name)| (name.clone(), share(same(k)))).collect();
    Ok(Report { moved: lacking.len(), success, kept })
}

/// Gives the direction the smallest strength that turns enough of the latents that lack it (or the one that turns
/// most), and the report of it.
pub fn tune<T: AsRef<[f32]>>(
    judged: Judged<'_>,
    direction: &mut Direction,
    starts: &[T],
    before: &Looked,
) -> Result<(), String> {
    const TRIED: usize = 64;
    let mut best: Option<(f32, Report)> = None;
    for strength in STRENGTHS {
        let report = evaluate(judged, direction, strength, starts, before, TRIED)?;
        let better = best.as_ref().is_none_or(|(_, b)| report.success > b.success + 0.005);
        let enough = report.success >= ENOUGH;
        if better {
            best = Some((strength, report));
        }
        if enough {
            break;
        }
    }
    if let Some((strength, report)) = best {
        (direction.strength, direction.report) = (strength, Some(report));
    }
    Ok(())
}

fn position(names: &[String], name: &str) -> Result<usize, String> {
    names
        .iter()
        .position(|n| n.eq_ignore_ascii_case(name))
        .ok_or_else(|| format!("the judge does not know {name}; it knows {}", names.join(", ")))
}
