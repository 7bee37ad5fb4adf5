//! Captions of drawn faces: a small grammar of many wordings, each true of its face, that mention some of what is there.
//!
//! Must not know: how anything is drawn, or who reads captions.

use super::super::dataset::{Column, ColumnKind, Dataset};
use super::super::drawn::mix;
use super::super::vocabulary;
use super::super::want::{DataError, Job, Want};
use super::{Correlation, Factors, Glasses, TEST_SEED, TRAIN_SEED, held_out, load, sample};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// The name of the column.
pub const CAPTIONS: &str = "caption";

/// What tells the dice of wordings from those of faces.
const WORDING: u64 = 0x776f_7264;

/// What can be said of a face, and how.
struct Trait {
    /// The attribute that it names, in CelebA's words, and whether it says that it is there.
    names: (&'static str, bool),
    /// Whether it is true of a face.
    holds: fn(&Factors) -> bool,
    /// How often it is said where it is true, out of a hundred.
    often: u32,
    /// Ways to say it before the noun; none where it is said behind.
    before: &'static [&'static str],
    /// Ways to say it behind the noun.
    behind: &'static [&'static str],
}

/// One row of [`TRAITS`].
const fn row(
    names: (&'static str, bool),
    holds: fn(&Factors) -> bool,
    often: u32,
    before: &'static [&'static str],
    behind: &'static [&'static str],
) -> Trait {
    Trait { names, holds, often, before, behind }
}

fn hair(f: &Factors, min: f32, max: f32) -> bool {
    f.has_hair() && f.gray < 0.5 && (min..max).contains(&f.hair_colour)
}

/// All that is said. What stands before the noun comes in this order.
#[rustfmt::skip]
const TRAITS: [Trait; 20] = [
    row(("Smiling", true), |f| f.smile > 0.25, 70, &["smiling", "happy", "cheerful"], &["with a smile"]),
    row(("Smiling", false), |f| f.smile <= 0.25, 35, &["serious", "unsmiling"], &[]),
    row(("Young", true), |f| f.age < 0.5, 25, &["young"], &[]),
    row(("Young", false), |f| f.age >= 0.5, 60, &["old", "older"], &[]),
    row(("Pale_Skin", true), |f| f.skin_tone < 0.12, 30, &["pale"], &["with pale skin"]),
    row(("Blond_Hair", true), |f| hair(f, 0.8, 2.0), 60, &["blond"], &["with blond hair", "with fair hair"]),
    row(("Black_Hair", true), |f| hair(f, 0.0, 0.22), 60, &[], &["with black hair", "with dark hair"]),
    row(("Brown_Hair", true), |f| hair(f, 0.22, 0.56), 50, &[], &["with brown hair"]),
    row(("Gray_Hair", true), |f| f.has_hair() && f.gray >= 0.5, 60, &[], &["with grey hair"]),
    row(("Bald", true), |f| f.bald && f.hat.is_none(), 70, &["bald"], &["without hair"]),
    row(("No_Beard", false), |f| f.beard > 0.0, 70, &["bearded"], &["with a beard"]),
    row(("Mustache", true), |f| f.moustache > 0.0, 50, &[], &["with a moustache"]),
    row(("Eyeglasses", true), |f| f.glasses == Some(Glasses::Round), 80, &[], &["with round glasses", "with glasses", "wearing glasses"]),
    row(("Eyeglasses", true), |f| f.glasses == Some(Glasses::Square), 80, &[], &["with square glasses", "with glasses", "wearing spectacles"]),
    row(("Eyeglasses", true), |f| f.glasses == Some(Glasses::Cat), 80, &[], &["with pointed glasses", "with glasses"]),
    row(("Eyeglasses", true), |f| f.glasses == Some(Glasses::Sun), 80, &[], &["with sunglasses", "wearing sunglasses", "with dark glasses"]),
    row(("Eyeglasses", false), |f| f.glasses.is_none(), 8, &[], &["without glasses"]),
    row(("Wearing_Hat", true), |f| f.hat.is_some(), 80, &[], &["wearing a hat", "with a hat"]),
    row(("Wearing_Earrings", true), |f| f.earrings, 40, &[], &["with earrings"]),
    row(("Wearing_Lipstick", true), |f| f.lipstick > 0.4, 30, &[], &["with lipstick", "wearing lipstick"]),
];

/// What a face can be called: the attribute that the noun names, and whether it says that it is there; and the words.
const MEN: (Option<(&str, bool)>, &[&str]) = (Some(("Male", true)), &["man", "man", "guy", "gentleman"]);
const WOMEN: (Option<(&str, bool)>, &[&str]) = (Some(("Male", false)), &["woman", "woman", "lady"]);
const ANYONE: (Option<(&str, bool)>, &[&str]) = (None, &["person", "face"]);

/// What a caption begins with, before the article.
const OPENINGS: [&str; 6] = ["", "", "", "", "picture of ", "portrait of "];

/// Most things that one caption says beside the noun.
const SAID: usize = 4;

/// One caption of a face: which of its attributes it mentions, and in which words, follows from the dice.
pub fn caption(f: &Factors, dice: &mut Pcg64) -> String {
    let mut told: Vec<&Trait> = TRAITS
        .iter()
        .filter(|t| {
            let said = dice.random_range(0..100) < t.often;
            (t.holds)(f) && said
        })
        .collect();
    while told.len() > SAID {
        told.remove(dice.random_range(0..told.len()));
    }
    let called = match f.masculine > 0.5 {
        _ if dice.random_range(0..100) < 15 => ANYONE,
        true => MEN,
        false => WOMEN,
    };
    let pick = |all: &[&'static str], dice: &mut Pcg64| all[dice.random_range(0..all.len())];
    let (mut before, mut behind) = (Vec::new(), Vec::new());
    for t in told {
        let first = !t.before.is_empty() && (t.behind.is_empty() || dice.random_range(0..100) < 60);
        match first {
            true => before.push(pick(t.before, dice)),
            false => behind.push(pick(t.behind, dice)),
        }
    }
    let opening = pick(&OPENINGS, dice);
    let noun = pick(called.1, dice);
    let first = before.first().copied().unwrap_or(noun);
    let article = if first.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    let mut text = format!("{opening}{article} ");
    before.iter().for_each(|word| text.extend([*word, " "]));
    text += noun;
    let mut with = false;
    for (i, clause) in behind.iter().enumerate() {
        // "with a hat and glasses", and not "with a hat and with glasses".
        let short = clause.strip_prefix("with ").filter(|_| with);
        text += if i == 0 { " " } else { " and " };
        text += short.unwrap_or(clause);
        with = clause.starts_with("with ");
    }
    text
}

/// The caption of face number `index` of the stream `seed`.
pub fn caption_of(seed: u64, index: u64) -> String {
    let face = sample(seed, index, Correlation::default());
    caption(&face, &mut Pcg64::seed_from_u64(mix(seed ^ WORDING, index)))
}

/// What a caption says of a face: attributes in CelebA's words, each with whether it says that it is there. What it says in
/// words that the grammar lacks is not found.
pub fn named(text: &str) -> Vec<(&'static str, bool)> {
    let text = vocabulary::words(text).join(" ");
    let padded = format!(" {text} ");
    let has = |words: &str| padded.contains(&format!(" {words} "));
    let mut all: Vec<(&'static str, bool)> = Vec::new();
    for t in &TRAITS {
        // Behind another clause "with" is not said again.
        let said = |way: &&str| {
            has(way) || way.strip_prefix("with ").is_some_and(|rest| has(&format!("and {rest}")))
        };
        if t.before.iter().any(|word| has(word)) || t.behind.iter().any(said) {
            all.push(t.names);
        }
    }
    for (names, words) in [MEN, WOMEN] {
        all.extend(names.filter(|_| words.iter().any(|word| has(word))));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// [`super::load`] with the column [`CAPTIONS`], a text about each face.
///
/// # Errors
/// As [`super::load_with`].
pub fn load_captions(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    Ok(told(load(count, want, job)?))
}

/// The test pictures of [`load_captions`] alone.
///
/// # Errors
/// As [`super::load_with`].
pub fn held_out_captions(count: usize, want: Want, job: &Job) -> Result<Dataset, DataError> {
    Ok(told(held_out(count, Correlation::default(), want, job)?))
}

/// Adds the captions, from the factors that each face was drawn from.
fn told(mut data: Dataset) -> Dataset {
    data.title = "built-in faces with captions".into();
    for (seed, split) in [(TRAIN_SEED, &mut data.train), (TEST_SEED, &mut data.test)] {
        let texts = (0..split.pictures.len() as u64).map(|i| caption_of(seed, i)).collect();
        split.columns.push(Column { name: CAPTIONS.into(), kind: ColumnKind::Captions(texts) });
    }
    data
}
