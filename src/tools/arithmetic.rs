//! A − B + C with groups of latents that labels choose: "smiling woman − neutral woman + neutral man".
//!
//! Must not know: where the labels came from.

use super::Labelled;
use super::learn::Judged;
use crate::latent::arithmetic::combine;
use rand::seq::IndexedRandom;
use rand_pcg::Pcg64Mcg;

/// How many latents are averaged in a group; the DCGAN paper's number.
pub const GROUP: usize = 3;

/// What is carried to whom: `what` is added to someone with `whom`, taken from someone without it. A name with a minus
/// in front stands for its absence.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// The attribute that is carried over, and whether its presence (or its absence).
    pub what: (String, bool),
    /// The attribute of whom it is carried to.
    pub whom: (String, bool),
}

impl std::str::FromStr for Formula {
    type Err = String;

    /// `Smiling,Male` or `Eyeglasses,-Male`.
    fn from_str(text: &str) -> Result<Self, String> {
        let part = |word: &str| {
            let word = word.trim();
            match word.strip_prefix(['-', '−', '!']) {
                Some(name) => (name.to_string(), false),
                None => (word.to_string(), true),
            }
        };
        match text.split_once(',') {
            Some((a, b)) if !a.trim().is_empty() && !b.trim().is_empty() && !b.contains(',') => {
                Ok(Self { what: part(a), whom: part(b) })
            }
            _ => Err(format!(
                "\"{text}\" is not two attributes; write for example Smiling,Male or Eyeglasses,-Male"
            )),
        }
    }
}

impl Formula {
    /// Candidates for A, B and C: A has `what` but not `whom`, B has neither, C has `whom` but not `what`. Fails with a
    /// sentence when one has nobody.
    pub fn candidates(&self, labelled: &Labelled) -> Result<[Vec<usize>; 3], String> {
        let group = |w: bool, m: bool| -> Result<Vec<usize>, String> {
            let what = labelled.examples(&self.what.0, self.what.1 == w)?;
            let whom = labelled.examples(&self.whom.0, self.whom.1 == m)?;
            Ok((0..labelled.z.len()).filter(|&i| what[i] && whom[i]).collect())
        };
        let groups = [group(true, false)?, group(false, false)?, group(false, true)?];
        if groups.iter().any(Vec::is_empty) {
            let (a, b) = (&self.what.0, &self.whom.0);
            return Err(format!(
                "too few pictures to choose {a} and {b} from; use more pictures or other data"
            ));
        }
        Ok(groups)
    }
}

/// [`GROUP`] different latents of each group (fewer where there are fewer).
pub fn draw(candidates: &[Vec<usize>; 3], rng: &mut Pcg64Mcg) -> [Vec<usize>; 3] {
    candidates.each_ref().map(|group| group.sample(rng, GROUP).copied().collect())
}

/// Share of `count` random draws whose A − B + C the judge sees as `what` on `whom`.
pub fn evaluate(
    judged: Judged<'_>,
    labelled: &Labelled,
    formula: &Formula,
    count: usize,
    seed: u64,
) -> Result<f64, String> {
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
    let (what, whom) = (seen.column(&formula.what.0)?, seen.column(&formula.whom.0)?);
    let right = (0..count).filter(|&i| what[i] == formula.what.1 && whom[i] == formula.whom.1).count();
    Ok(right as f64 / count.max(1) as f64)
}
