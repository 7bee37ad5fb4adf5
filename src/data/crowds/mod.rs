//! Crowds: people simulated by social forces on their way through corridors, across each other and in groups, with the truth of
//! what comes; and the files of real crowds.
//!
//! Must not know: models, what the tracks are for, the window.

pub mod file;
pub mod force;
pub mod picture;
pub mod worlds;

use super::dataset::{Attribute, AttributeKind, Column, ColumnKind, Dataset, Split};
use super::drawn::Plan;
use super::tracks::{Span, Tracks, people};
use super::want::{DataError, Job, Want};
use std::ops::RangeInclusive;
use std::sync::Arc;
use worlds::World;

/// Name of the column that holds the tracks.
pub const TRACKS: &str = "tracks";

/// Sizes (width = height, in pixels) at which scenes are pictured.
const SIZES: RangeInclusive<usize> = 28..=256;

/// Seed of the training scenes; scene `i` depends on this and `i` only.
pub const TRAIN_SEED: u64 = 0x6372_6f77_6473;

/// Seed of the test scenes.
const TEST_SEED: u64 = 0x7465_7374_6372;

/// Simulates `count` training scenes of all worlds by turns, and a tenth as many test scenes (100 to 2,000: simulating takes longer than
/// drawing) from another seed, each with a picture of it.
///
/// # Errors
/// [`DataError::Spec`] when the pictures can't be had at that size and in those channels; [`DataError::Cancelled`].
pub fn load(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let plan = Plan::new("crowds", &SIZES, 3, None, count, want)?;
    let plan = Plan { tests: (count / 10).clamp(100, 2000), ..plan };
    let split = |seed, count, before| {
        let (pictures, scenes) = plan.draw(count, before, job, |index, pixels| {
            let world = World::ALL[(index % World::ALL.len() as u64) as usize];
            let scene: Arc<[f32]> = world.scene(seed, index, Span::USUAL).into();
            picture::whole(&scene, Span::USUAL, plan.size, plan.channels, pixels);
            scene
        })?;
        let names = World::ALL.map(|w| w.name().to_owned()).to_vec();
        let world = (0..count).map(|i| (i % World::ALL.len()) as f32).collect();
        let mut split = with_tracks(scenes, Span::USUAL);
        split.pictures = pictures;
        split.attributes.insert(0, Attribute::new("world", AttributeKind::Class(names), world));
        Ok(split)
    };
    let (train, test) = (split(TRAIN_SEED, count, 0)?, split(TEST_SEED, plan.tests, count)?);
    Ok(Dataset { title: "simulated crowds".into(), train, test, ..Dataset::default() })
}

/// Scenes as a split without its pictures: their column, and how many people are in each.
fn with_tracks(scenes: Vec<Arc<[f32]>>, span: Span) -> Split {
    let counts: Vec<f32> = scenes.iter().map(|s| people(s, span.steps()) as f32).collect();
    let edge = |f: fn(f32, f32) -> f32, from: f32| counts.iter().copied().fold(from, f);
    let kind = AttributeKind::Continuous { min: edge(f32::min, f32::MAX), max: edge(f32::max, 0.0) };
    let column = Column { name: TRACKS.into(), kind: ColumnKind::Tracks(Tracks { span, scenes }) };
    let attributes = vec![Attribute { derived: true, ..Attribute::new("people", kind, counts) }];
    Split { attributes, columns: vec![column], ..Split::default() }
}
