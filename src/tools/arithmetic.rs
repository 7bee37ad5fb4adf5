//! A − B + C with groups of latents that labels choose: "smiling woman − neutral woman + neutral man", or with classes
//! "8 − 3 + 5".
//!
//! Must not know: where the labels came from.

use super::Labelled;
use super::learn::Judged;
use crate::latent::Direction;
use crate::latent::arithmetic::combine;
use crate::latent::direction::{Method, from_labels};
use rand::seq::IndexedRandom;
use rand_pcg::Pcg64Mcg;

/// How many latents are averaged in a group; the DCGAN paper's number.
pub const GROUP: usize = 3;
/// Candidates that are kept to draw from, at least.
const FEWEST: usize = 30;

/// Who is in A, B and C.
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// Something is carried over: A has `what` but not `whom`, B has neither, C has `whom` but not `what`.
    Carry {
        /// The attribute that is carried over, and whether its presence (or its absence).
        what: (String, bool),
        /// The attribute of whom it is carried to.
        whom: (String, bool),
    },
    /// Those of one class (or with one attribute) each, whatever else they have: for classes that exclude each other.
    Classes([String; 3]),
}

/// What a judge saw in the results of a formula.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Share of the results that are what the formula means, 0–1; classes mean nothing by themselves.
    pub success: Option<f64>,
    /// Share of the results that have each attribute or class, 0–1.
    pub seen: Vec<(String, f64)>,
}

impl std::str::FromStr for Formula {
    type Err = String;

    /// `Smiling,Male` or `Eyeglasses,-Male`, where a minus stands for an attribute's absence; three classes as `8,3,5`.
    fn from_str(text: &str) -> Result<Self, String> {
        let part = |word: &str| {
            let word = word.trim();
            match word.strip_prefix(['-', '−', '!']) {
                Some(name) => (name.to_string(), false),
                None => (word.to_string(), true),
            }
        };
        let words: Vec<&str> = text.split(',').map(str::trim).filter(|w| !w.is_empty()).collect();
        match words[..] {
            [a, b] => Ok(Self::Carry { what: part(a), whom: part(b) }),
            [a, b, c] => Ok(Self::Classes([a, b, c].map(String::from))),
            _ => Err(format!(
                "\"{text}\" is neither two attributes nor three classes; write for example Smiling,Male or Eyeglasses,-Male or 8,3,5"
            )),
        }
    }
}

impl Formula {
    /// The attributes or classes that it names.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Carry { what, whom } => vec![&what.0, &whom.0],
            Self::Classes(classes) => classes.iter().map(String::as_str).collect(),
        }
    }

    /// Candidates for A, B and C. Fails with a sentence when one has nobody, or a name is not known.
    pub fn candidates(&self, labelled: &Labelled) -> Result<[Vec<usize>; 3], String> {
        let those = |has: &[bool]| (0..has.len()).filter(|&i| has[i]).collect::<Vec<_>>();
        let groups = match self {
            Self::Carry { what, whom } => {
                let (a, b) = (Towards::new(labelled, &what.0)?, Towards::new(labelled, &whom.0)?);
                let group = |w: bool, m: bool| -> Result<Vec<usize>, String> {
                    let has = labelled.examples(&what.0, what.1 == w)?;
                    let is = labelled.examples(&whom.0, whom.1 == m)?;
                    let all = those(&has.iter().zip(is).map(|(a, b)| *a && b).collect::<Vec<_>>());
                    // A and B make what is carried over, C whom.
                    let plain = |i: usize| match m {
                        false => a.plain(&labelled.z[i], what.1 == w),
                        true => b.plain(&labelled.z[i], whom.1),
                    };
                    Ok(plainest(all, plain))
                };
                [group(true, false)?, group(false, false)?, group(false, true)?]
            }
            Self::Classes([a, b, c]) => {
                let group = |name: &str| Ok::<_, String>(those(&labelled.examples(name, true)?));
                [group(a)?, group(b)?, group(c)?]
            }
        };
        if groups.iter().any(Vec::is_empty) {
            return Err(format!(
                "too few pictures to choose {} from; use more pictures or other data",
                self.names().join(" and ")
            ));
        }
        Ok(groups)
    }
}

/// How plainly latents have an attribute: along the difference of the means of those that have it and those that lack
/// it. Nothing is plain where all or none have it.
struct Towards(Option<Direction>);

impl Towards {
    fn new(labelled: &Labelled, name: &str) -> Result<Self, String> {
        let column = labelled.column(name)?;
        Ok(Self(from_labels(name, &labelled.z, column, &[], Method::Normal).ok()))
    }

    /// 0 in the middle, ½ at the mean of those that have it (`wanted`) or lack it, more beyond.
    fn plain(&self, z: &[f32], wanted: bool) -> f32 {
        let at = self.0.as_ref().map_or(0.0, |d| d.position(z));
        if wanted { at } else { -at }
    }
}

/// The plainest fifth, but no fewer than [`FEWEST`] where there are as many: three latents that hardly show what they
/// stand for have a mean that does not.
fn plainest(mut all: Vec<usize>, plain: impl Fn(usize) -> f32) -> Vec<usize> {
    all.sort_by(|i, j| plain(*j).total_cmp(&plain(*i)));
    all.truncate((all.len() / 5).max(FEWEST));
    all.sort_unstable();
    all
}

/// [`GROUP`] different latents of each group (fewer where there are fewer).
pub fn draw(candidates: &[Vec<usize>; 3], rng: &mut Pcg64Mcg) -> [Vec<usize>; 3] {
    candidates.each_ref().map(|group| group.sample(rng, GROUP).copied().collect())
}

/// What the judge sees in the A − B + C of `count` random draws.
pub fn evaluate(
    judged: Judged<'_>,
    labelled: &Labelled,
    formula: &Formula,
    count: usize,
    seed: u64,
) -> Result<Verdict, String> {
    use rand::SeedableRng;
    let candidates = formula.candidates(labelled)?;
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let result = |_| {
        let [a, b, c] =
            draw(&candidates, &mut rng).map(|g| g.iter().map(|&i| &labelled.z[i]).collect::<Vec<_>>());
        combine(&a, &b, &c)
    };
    let results: Vec<Vec<f32>> = (0..count).map(result).collect();
    let (names, has) = judged.look(&results)?;
    let seen = Labelled { z: results, names, has, seen: Vec::new() };
    let share = |has: &[bool]| has.iter().filter(|h| **h).count() as f64 / count.max(1) as f64;
    let success = match formula {
        Formula::Carry { what, whom } => {
            let (a, b) = (seen.column(&what.0)?, seen.column(&whom.0)?);
            let right: Vec<bool> = a.iter().zip(b).map(|(a, b)| *a == what.1 && *b == whom.1).collect();
            Some(share(&right))
        }
        Formula::Classes(_) => None,
    };
    let seen = seen.names.iter().zip(&seen.has).map(|(name, has)| (name.clone(), share(has))).collect();
    Ok(Verdict { success, seen })
}
