//! What a person does with wells and directions.
//!
//! Must not know: Burn, egui.

use crate::latent::Direction;
use crate::latent::direction::{Method, from_labels};
use crate::latent::{Easing, Interpolation};
use crate::point::{self, Input};
use crate::state::bench::{Bench, Bookmark, WELL_LIMIT, Well};
use crate::tools::Labelled;
use crate::tools::arithmetic::{Formula, draw};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

/// A change of the bench.
#[derive(Clone, Debug, PartialEq)]
pub enum Benching {
    /// Put a latent into a well: at a place, or at the end.
    Put(Well, Bookmark, Option<usize>),
    /// Put several at the end of a well.
    PutAll(Well, Vec<Bookmark>),
    /// Take one out.
    Take(Well, usize),
    /// Move one, within a well or to another.
    Move {
        /// From which well and place.
        from: (Well, usize),
        /// To which well.
        to: Well,
        /// Before which place there; `None` = at the end.
        at: Option<usize>,
    },
    /// Call one something.
    Name(Well, usize, String),
    /// Empty a well.
    Clear(Well),
    /// How keyframes are joined.
    Interpolation(Interpolation),
    /// How time goes by between them.
    Easing(Easing),
    /// Whether the morph returns to its start.
    Closed(bool),
    /// Codes on the way give way to the nearest entries of their codebook, or not.
    Nearest(bool),
    /// Fill A, B and C from labelled latents; the seed chooses which.
    Preset(Formula, u64),
    /// Add a direction, or replace the one of its name.
    Direction(Direction),
    /// Call a direction something.
    NameDirection(usize, String),
    /// Call a dimension of z something; nothing = as the model calls it.
    NameDimension(usize, String),
    /// How far + and − go.
    Strength(usize, f32),
    /// Remove a direction.
    RemoveDirection(usize),
    /// Remove all of them.
    ClearDirections,
    /// Make a direction from the latents picked as having it and not.
    FromPicks(String),
    /// Add the sum of two directions under a new name, the second with a weight.
    Combine(usize, usize, f32),
}

/// Does it. Fails with a sentence; then nothing was changed.
pub fn apply(
    bench: &mut Bench,
    inputs: &[Input],
    labelled: Option<&Labelled>,
    what: Benching,
) -> Result<(), String> {
    let dims = point::dims(inputs);
    match what {
        Benching::Put(well, mark, at) => put(bench, inputs, well, mark, at)?,
        Benching::PutAll(well, marks) => bench.put_all(inputs, well, marks)?,
        Benching::Take(well, i) => {
            take(bench, well, i);
        }
        Benching::Move { from: (well, i), to, at } => {
            let Some(mark) = take(bench, well, i) else { return Ok(()) };
            let at = at.map(|at| if well == to && at > i { at - 1 } else { at });
            put(bench, inputs, to, mark, at)?;
        }
        Benching::Name(well, i, name) => {
            if let Some(mark) = bench.wells.get_mut(&well).and_then(|w| w.get_mut(i)) {
                mark.name = name;
            }
        }
        Benching::Clear(well) => {
            bench.wells.remove(&well);
        }
        Benching::Interpolation(how) => bench.interpolation = how,
        Benching::Easing(easing) => bench.easing = easing,
        Benching::Closed(closed) => bench.closed = closed,
        Benching::Nearest(nearest) => bench.nearest = nearest,
        Benching::Preset(formula, seed) => {
            let labelled = labelled.ok_or("nothing is labelled yet; learn directions first")?;
            let chosen = draw(&formula.candidates(labelled)?, &mut Pcg64Mcg::seed_from_u64(seed));
            for (well, group) in [Well::A, Well::B, Well::C].into_iter().zip(chosen) {
                let mark = |i: usize| Bookmark::from(labelled.z[i].clone());
                bench.wells.insert(well, group.into_iter().map(mark).collect());
            }
        }
        Benching::Direction(direction) => add(bench, dims, direction)?,
        Benching::NameDirection(i, name) => {
            if let Some(direction) = bench.directions.get_mut(i) {
                direction.name = name;
            }
        }
        Benching::NameDimension(i, name) => match name.trim() {
            "" => drop(bench.dimensions.remove(&i)),
            name if i < dims => drop(bench.dimensions.insert(i, name.into())),
            _ => {}
        },
        Benching::Strength(i, strength) => {
            if let Some(direction) = bench.directions.get_mut(i).filter(|_| strength.is_finite()) {
                direction.strength = strength;
            }
        }
        Benching::RemoveDirection(i) => {
            if i < bench.directions.len() {
                bench.directions.remove(i);
            }
        }
        Benching::ClearDirections => bench.directions.clear(),
        Benching::FromPicks(name) => {
            let (has, lacks) = (bench.well(Well::Has), bench.well(Well::HasNot));
            if has.is_empty() || lacks.is_empty() {
                return Err("pick at least one picture that has it and one that has it not".into());
            }
            let z: Vec<&[f32]> = has.iter().chain(lacks).map(AsRef::as_ref).collect();
            let labels: Vec<bool> = (0..z.len()).map(|i| i < has.len()).collect();
            let direction = from_labels(&name, &z, &labels, &[], Method::Means)?;
            add(bench, dims, direction)?;
        }
        Benching::Combine(i, j, weight) => {
            if let (Some(a), Some(b)) = (bench.directions.get(i), bench.directions.get(j)) {
                let name = format!("{} {} {}", a.name, if weight < 0.0 { "−" } else { "+" }, b.name);
                let sum = Direction::combine(name, &[(1.0, a), (weight, b)]);
                add(bench, dims, sum)?;
            }
        }
    }
    Ok(())
}

fn put(
    bench: &mut Bench,
    inputs: &[Input],
    well: Well,
    mark: Bookmark,
    at: Option<usize>,
) -> Result<(), String> {
    mark.belongs(inputs)?;
    let marks = bench.wells.entry(well).or_default();
    if marks.len() >= WELL_LIMIT {
        return Err(format!("a well holds {WELL_LIMIT} latents; take some out first"));
    }
    marks.insert(at.unwrap_or(marks.len()).min(marks.len()), mark);
    Ok(())
}

fn take(bench: &mut Bench, well: Well, i: usize) -> Option<Bookmark> {
    let marks = bench.wells.get_mut(&well).filter(|marks| i < marks.len())?;
    let mark = marks.remove(i);
    if marks.is_empty() {
        bench.wells.remove(&well);
    }
    Some(mark)
}

/// Adds a direction in place of one of its name.
fn add(bench: &mut Bench, dims: usize, direction: Direction) -> Result<(), String> {
    if !direction.fits(dims) {
        return Err(format!(
            "the direction {} does not fit this model, whose latents have {dims} dimensions",
            direction.name
        ));
    }
    match bench.directions.iter_mut().find(|d| d.name == direction.name) {
        Some(old) => *old = direction,
        None => bench.directions.push(direction),
    }
    Ok(())
}
