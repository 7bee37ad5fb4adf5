//! Scenes of one or two shapes with captions: what each is, its colour, and where it is from the other ("a red heart left of a
//! blue square"). A small grammar with several wordings, each true of its scene.
//!
//! Must not know: files, or who reads captions.

use super::super::dataset::{Attribute, AttributeKind, Column, ColumnKind, Dataset, Split};
use super::super::drawn::{Plan, mix};
use super::super::picture::grey;
use super::super::want::{DataError, Job, Want};
use super::draw::{Placed, Shape, paint};
use super::{SIZES, TEST_SEED, TRAIN_SEED};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// What tells the dice of scenes from those of single shapes.
const SCENES: u64 = 0x7363_656e;
/// What tells the dice of wordings from those of scenes.
const WORDING: u64 = 0x776f_7264;

/// The colours by their names, RGB, 0..=1.
pub const COLOURS: [(&str, [f32; 3]); 6] = [
    ("red", [0.90, 0.15, 0.15]),
    ("yellow", [0.95, 0.85, 0.15]),
    ("green", [0.15, 0.75, 0.25]),
    ("blue", [0.20, 0.35, 0.95]),
    ("purple", [0.65, 0.25, 0.80]),
    ("white", [0.95, 0.95, 0.95]),
];

/// Where one thing is from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// To the left.
    Left,
    /// To the right.
    Right,
    /// Above.
    Above,
    /// Below.
    Below,
}

impl Side {
    /// All of them, in the order of their class indices.
    pub const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Above, Self::Below];

    /// Its name as a class.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Above => "above",
            Self::Below => "below",
        }
    }

    /// Where the other is from it.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Left => Self::Right,
            Self::Right => Self::Left,
            Self::Above => Self::Below,
            Self::Below => Self::Above,
        }
    }

    /// How it is said, before the other thing.
    const fn words(self) -> [&'static str; 2] {
        match self {
            Self::Left => ["left of", "to the left of"],
            Self::Right => ["right of", "to the right of"],
            Self::Above => ["above", "over"],
            Self::Below => ["below", "under"],
        }
    }
}

/// One thing of a scene.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thing {
    /// What it is.
    pub shape: Shape,
    /// Its colour's place in [`COLOURS`].
    pub colour: usize,
    /// Whether it is large.
    pub large: bool,
    /// Its middle to the right of the picture's, in half pictures.
    pub x: f32,
    /// Its middle below the picture's, in half pictures.
    pub y: f32,
}

/// What a picture shows: one thing, or two and where the first is from the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scene {
    /// The first.
    pub first: Thing,
    /// The other, and where the first is from it.
    pub other: Option<(Thing, Side)>,
}

/// Scene number `index` of the stream `seed`.
pub fn scene(seed: u64, index: u64) -> Scene {
    let dice = &mut Pcg64::seed_from_u64(mix(seed ^ SCENES, index));
    let thing = |dice: &mut Pcg64, [x, y]: [f32; 2]| Thing {
        shape: Shape::ALL[dice.random_range(0..Shape::ALL.len())],
        colour: dice.random_range(0..COLOURS.len()),
        large: dice.random_range(0..2) == 0,
        x: x + dice.random_range(-0.08..=0.08),
        y: y + dice.random_range(-0.08..=0.08),
    };
    let two = dice.random_range(0..100) < 65;
    let side = Side::ALL[dice.random_range(0..4)];
    if !two {
        let place = [dice.random_range(-0.35..=0.35), dice.random_range(-0.35..=0.35)];
        return Scene { first: thing(dice, place), other: None };
    }
    let place = match side {
        Side::Left => [-0.48, 0.0],
        Side::Right => [0.48, 0.0],
        Side::Above => [0.0, -0.48],
        Side::Below => [0.0, 0.48],
    };
    let first = thing(dice, place);
    Scene { first, other: Some((thing(dice, place.map(|v| -v)), side)) }
}

/// A thing in words, with its article: of its size and colour the dice say whether they are mentioned.
fn thing_in_words(thing: &Thing, dice: &mut Pcg64, article: bool) -> String {
    let size = if thing.large { ["large", "big"] } else { ["small", "little"] };
    let mut words: Vec<&str> = Vec::new();
    if dice.random_range(0..100) < 35 {
        words.push(size[dice.random_range(0..2)]);
    }
    if dice.random_range(0..100) < 85 {
        words.push(COLOURS[thing.colour].0);
    }
    words.push(thing.shape.name());
    if article {
        words.insert(0, if words[0].starts_with('e') { "an" } else { "a" });
    }
    words.join(" ")
}

/// One caption of a scene: what it mentions, and in which words, follows from the dice.
pub fn caption(scene: &Scene, dice: &mut Pcg64) -> String {
    let article = dice.random_range(0..100) < 75;
    let Some((other, side)) = scene.other else { return thing_in_words(&scene.first, dice, article) };
    // From either side it is the same scene.
    let (a, b, side) = match dice.random_range(0..2) {
        0 => (scene.first, other, side),
        _ => (other, scene.first, side.opposite()),
    };
    let (a, b) = (thing_in_words(&a, dice, article), thing_in_words(&b, dice, true));
    match dice.random_range(0..100) {
        0..15 => format!("{a} and {b}"),
        _ => format!("{a} {} {b}", side.words()[dice.random_range(0..2)]),
    }
}

/// The caption of scene number `index` of the stream `seed`.
pub fn caption_of(seed: u64, index: u64) -> String {
    caption(&scene(seed, index), &mut Pcg64::seed_from_u64(mix(seed ^ WORDING, index)))
}

/// Draws `count` training pictures, and a tenth as many test pictures (500 to 5,000) from another seed, with the column
/// `caption`. The attributes are `shape`, `colour`, `Large`, `Two`, and of the other thing `other shape`, `other colour` and
/// `side`, where the first is from it; NaN where there is no other.
///
/// # Errors
/// As [`super::load`].
pub fn load(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    let plan = Plan::new("shapes", &SIZES, 3, None, count, want)?;
    let split = |seed, count, before| {
        let (pictures, scenes) = plan.draw(count, before, job, |index, pixels| {
            let scene = scene(seed, index);
            let placed = |t: &Thing| Placed {
                shape: t.shape,
                scale: if t.large { 0.38 } else { 0.24 },
                at: [t.x, t.y],
                colour: COLOURS[t.colour].1,
            };
            let all: Vec<Placed> =
                std::iter::once(&scene.first).chain(scene.other.iter().map(|(t, _)| t)).map(placed).collect();
            let picture = paint(&all, plan.size);
            match pixels.len() == picture.len() {
                true => pixels.copy_from_slice(&picture),
                false => {
                    pixels.iter_mut().zip(picture.chunks_exact(3)).for_each(|(to, from)| *to = grey(from))
                }
            }
            scene
        })?;
        let texts = (0..count as u64).map(|i| caption_of(seed, i)).collect();
        let captions = Column { name: "caption".into(), kind: ColumnKind::Captions(texts) };
        Ok::<_, DataError>(Split { pictures, attributes: attributes(&scenes), columns: vec![captions] })
    };
    let (train, test) = (split(TRAIN_SEED, count, 0)?, split(TEST_SEED, plan.tests, count)?);
    Ok(Dataset { title: "built-in shapes with captions".into(), train, test, ..Dataset::default() })
}

/// The label columns of such scenes.
fn attributes(scenes: &[Scene]) -> Vec<Attribute> {
    let column = |name: &str, kind: AttributeKind, of: &dyn Fn(&Scene) -> f32| {
        Attribute::new(name, kind, scenes.iter().map(of).collect())
    };
    let classes = |names: Vec<&str>| AttributeKind::Class(names.into_iter().map(str::to_owned).collect());
    let shapes = || classes(Shape::ALL.iter().map(|s| s.name()).collect());
    let colours = || classes(COLOURS.iter().map(|(name, _)| *name).collect());
    let sides = classes(Side::ALL.iter().map(|s| s.name()).collect());
    let other = |s: &Scene, of: &dyn Fn(&Thing) -> f32| s.other.as_ref().map_or(f32::NAN, |(t, _)| of(t));
    vec![
        column("shape", shapes(), &|s| f32::from(s.first.shape as u8)),
        column("colour", colours(), &|s| s.first.colour as f32),
        column("Large", AttributeKind::Binary, &|s| f32::from(u8::from(s.first.large))),
        column("Two", AttributeKind::Binary, &|s| f32::from(u8::from(s.other.is_some()))),
        column("other shape", shapes(), &|s| other(s, &|t| f32::from(t.shape as u8))),
        column("other colour", colours(), &|s| other(s, &|t| t.colour as f32)),
        column("side", sides, &|s| s.other.map_or(f32::NAN, |(_, side)| side as u8 as f32)),
    ]
}
