//! A picture drawn to order: a built-in generator's picture with its factors set by hand.
//!
//! Must not know: who sets them, or how a control looks.

use super::dataset::Pictures;
use super::{digits, faces, shapes};
use std::sync::OnceLock;

/// Sizes that own pictures are drawn at: sharper than data, and quick enough to follow a hand.
const FACE_SIZE: usize = 192;
const DIGIT_SIZE: usize = 112;
const SHAPE_SIZE: usize = 192;

/// What a picture is drawn from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Own {
    /// A face.
    Face(faces::Factors),
    /// A digit in the hand and ink of training picture `index`.
    Digit {
        /// Which training picture's hand.
        index: u64,
        /// 0..=9.
        digit: u8,
        /// Slant, turn, width, aspect.
        factors: digits::Factors,
    },
    /// A coloured shape.
    Shape(shapes::Factors),
}

/// One factor that can be set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    /// What to call it.
    pub name: &'static str,
    /// The heading it stands under.
    pub group: &'static str,
    /// What it does to the picture.
    pub hint: &'static str,
    /// What it can be.
    pub kind: FactorKind,
}

/// What values a [`Factor`] has; all of them are numbers to [`Own::get`] and [`Own::set`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FactorKind {
    /// From … to, both included.
    Range(f32, f32),
    /// 0 = no, 1 = yes.
    Switch,
    /// The place in this list.
    Choice(&'static [&'static str]),
}

const DIGITS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// A continuous factor of digits: name, range, hint, where it is.
type DigitFactor = (&'static str, (f32, f32), &'static str, fn(&mut digits::Factors) -> &mut f32);

const DIGIT_FACTORS: [DigitFactor; 4] = [
    ("slant", digits::SLANT, "How far upright strokes lean, in degrees; above 0 leans right", |f| {
        &mut f.slant
    }),
    ("rotation", digits::ROTATION, "Turn of the whole digit in degrees; above 0 is clockwise", |f| {
        &mut f.rotation
    }),
    ("stroke width", digits::WIDTH, "Width of the pen in pixels of a 28-pixel picture", |f| &mut f.width),
    ("aspect", digits::ASPECT, "Width over height; 1 is as designed", |f| &mut f.aspect),
];

const SHAPES: &[&str] =
    &[shapes::Shape::Square.name(), shapes::Shape::Ellipse.name(), shapes::Shape::Heart.name()];

/// A continuous factor of shapes: name, range, hint, where it is.
type ShapeFactor = (&'static str, shapes::Levels, &'static str, fn(&mut shapes::Factors) -> &mut f32);

const SHAPE_FACTORS: [ShapeFactor; 5] = [
    ("scale", shapes::SCALE, "Size next to the largest", |f| &mut f.scale),
    ("rotation", shapes::ROTATION, "Turn in degrees; above 0 is clockwise", |f| &mut f.rotation),
    ("x", shapes::X, "Where it is, left to right, in half pictures from the middle", |f| &mut f.x),
    ("y", shapes::Y, "Where it is, top to bottom, in half pictures from the middle", |f| &mut f.y),
    ("hue", shapes::HUE, "From red over green and blue to violet", |f| &mut f.hue),
];

impl Own {
    /// What can be set, group by group.
    pub fn factors(&self) -> &'static [Factor] {
        static FACE: OnceLock<Vec<Factor>> = OnceLock::new();
        static DIGIT: OnceLock<Vec<Factor>> = OnceLock::new();
        static SHAPE: OnceLock<Vec<Factor>> = OnceLock::new();
        match self {
            Self::Face(_) => FACE.get_or_init(face_factors),
            Self::Digit { .. } => DIGIT.get_or_init(digit_factors),
            Self::Shape(_) => SHAPE.get_or_init(shape_factors),
        }
    }

    /// The value of a factor.
    pub fn get(&self, factor: &Factor) -> f32 {
        match self {
            Self::Face(f) => {
                let choice = faces::CHOICES.iter().find(|c| c.name == factor.name).map(|c| (c.get)(f) as f32);
                let amount = || faces::CONTINUOUS.iter().find(|c| c.name == factor.name).map(|c| c.get(f));
                choice.or_else(amount).unwrap_or_default()
            }
            Self::Digit { digit, factors, .. } => {
                let mut factors = *factors;
                let found = DIGIT_FACTORS.iter().find(|(name, ..)| *name == factor.name);
                found.map_or(f32::from(*digit), |(.., at)| *at(&mut factors))
            }
            Self::Shape(f) => {
                let mut f = *f;
                let found = SHAPE_FACTORS.iter().find(|(name, ..)| *name == factor.name);
                let shape = shapes::Shape::ALL.iter().position(|s| *s == f.shape).unwrap_or(0);
                found.map_or(shape as f32, |(.., at)| *at(&mut f))
            }
        }
    }

    /// Sets a factor, or the nearest value it can have; what is no number changes nothing.
    pub fn set(&mut self, factor: &Factor, value: f32) {
        if !value.is_finite() {
            return;
        }
        match self {
            Self::Face(f) => {
                if let Some(choice) = faces::CHOICES.iter().find(|c| c.name == factor.name) {
                    (choice.set)(f, value.max(0.0) as usize);
                } else if let Some(factor) = faces::CONTINUOUS.iter().find(|c| c.name == factor.name) {
                    factor.set(f, value);
                }
            }
            Self::Digit { digit, factors, .. } => {
                match DIGIT_FACTORS.iter().find(|(name, ..)| *name == factor.name) {
                    Some((_, (min, max), _, at)) => *at(factors) = value.clamp(*min, *max),
                    None => *digit = value.clamp(0.0, 9.0) as u8,
                }
            }
            Self::Shape(f) => match SHAPE_FACTORS.iter().find(|(name, ..)| *name == factor.name) {
                Some((_, range, _, at)) => *at(f) = value.clamp(range.min, range.max),
                None => f.shape = shapes::Shape::ALL[(value.max(0.0) as usize).min(SHAPES.len() - 1)],
            },
        }
    }

    /// Draws it: one picture.
    pub fn draw(&self) -> Pictures {
        match self {
            Self::Face(f) => {
                Pictures { pixels: faces::draw(f, FACE_SIZE), ..Pictures::empty(FACE_SIZE, FACE_SIZE, 3) }
            }
            Self::Digit { index, digit, factors } => {
                let drawn = digits::draw_as(digits::TRAIN_SEED, *index, *digit, *factors, DIGIT_SIZE);
                Pictures { pixels: drawn.pixels, ..Pictures::empty(DIGIT_SIZE, DIGIT_SIZE, 1) }
            }
            Self::Shape(f) => {
                let mut picture = Pictures::empty(SHAPE_SIZE, SHAPE_SIZE, 3);
                picture.pixels = vec![0; picture.stride()];
                shapes::draw(f, SHAPE_SIZE, &mut picture.pixels);
                picture
            }
        }
    }

    /// The labels that a picture drawn so has.
    pub fn labels(&self) -> Vec<String> {
        match self {
            Self::Face(f) => {
                faces::BINARY.iter().filter(|(_, has)| has(f)).map(|(name, _)| (*name).to_owned()).collect()
            }
            Self::Digit { digit, .. } => vec![format!("digit {digit}")],
            Self::Shape(f) => vec![f.shape.name().into()],
        }
    }
}

fn face_factors() -> Vec<Factor> {
    let choices = faces::CHOICES.iter().map(|c| {
        let kind = if c.options.is_empty() { FactorKind::Switch } else { FactorKind::Choice(c.options) };
        Factor { name: c.name, group: c.group, hint: c.hint, kind }
    });
    let amounts = faces::CONTINUOUS.iter().map(|c| {
        let kind = FactorKind::Range(c.range.0, c.range.1);
        Factor { name: c.name, group: c.group, hint: c.hint, kind }
    });
    let mut factors: Vec<Factor> = choices.chain(amounts).collect();
    factors.sort_by_key(|k| faces::GROUPS.iter().position(|g| *g == k.group));
    factors
}

fn digit_factors() -> Vec<Factor> {
    let class = Factor {
        name: "digit",
        group: "Digit",
        hint: "Which digit is written",
        kind: FactorKind::Choice(DIGITS),
    };
    let amounts = DIGIT_FACTORS.iter().map(|&(name, (min, max), hint, _)| Factor {
        name,
        group: "Digit",
        hint,
        kind: FactorKind::Range(min, max),
    });
    std::iter::once(class).chain(amounts).collect()
}

fn shape_factors() -> Vec<Factor> {
    let class = Factor {
        name: "shape",
        group: "Shape",
        hint: "Which shape is drawn",
        kind: FactorKind::Choice(SHAPES),
    };
    let amounts = SHAPE_FACTORS.iter().map(|&(name, range, hint, _)| Factor {
        name,
        group: "Shape",
        hint,
        kind: FactorKind::Range(range.min, range.max),
    });
    std::iter::once(class).chain(amounts).collect()
}
