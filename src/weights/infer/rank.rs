//! Which of several networks that fit is likeliest: costs of unusual choices, beside what the weights say of each.
//!
//! Must not know: how networks are found.

use super::parts::Candidate;
use super::{cycle, evidence, work};
use crate::nn::Tensors;
use crate::nn::network::shape::Sizes;
use crate::nn::network::{Layer, Op};
use std::collections::BTreeMap;

/// Networks that are compared by what the weights tell.
pub const CANDIDATES: usize = 4;

/// Networks of both halves that are compared by what the encoder finds again.
const PAIRS: usize = 24;

/// r² of what is found again from which on it tells something.
const SOME: f64 = 0.12;
/// What the best counts in that beside the costs of unusual choices.
const FOUND: f64 = 4.0;

/// Candidates of one wiring that are glanced at.
const ALIKE: usize = 6;
/// What a unit of surprise counts beside the costs of unusual choices.
const SURPRISE: f64 = 6.0;

/// What a surprise counts: where nothing is explained, half as much, as it may be chance.
pub fn weight(surprise: f64) -> f64 {
    let told = surprise.min(evidence::TOLD);
    SURPRISE * (told + (surprise.min(evidence::CLUELESS) - told) / 2.0)
}

/// The likeliest of many ways of wiring residual blocks, by what their norms remember of each: a glance at all, and a
/// longer look at the best.
pub fn glanced(whole: Vec<Candidate>, tensors: &Tensors, sizes: &Sizes) -> Result<Vec<Candidate>, String> {
    let mut left = evidence::SEARCH;
    let mut out: Vec<(f64, Candidate)> = Vec::new();
    let mut seen: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    for candidate in whole {
        // Every wiring gets its chance before one wiring's less usual sizes do.
        let count = seen.entry(wiring(&candidate.network.decoder)).or_default();
        *count += 1;
        if *count > ALIKE {
            continue;
        }
        let known = out.iter().find(|(_, c)| c.network.decoder == candidate.network.decoder).map(|(s, _)| *s);
        let surprise = match known {
            Some(surprise) => surprise,
            None => {
                let cost = work(&candidate.network, sizes);
                if !evidence::pay(&mut left, 4 * evidence::GLANCE, cost) {
                    // The likeliest stays, where a glance at it costs too much already.
                    if out.is_empty() {
                        out.push((evidence::CLUELESS, candidate));
                    }
                    break;
                }
                evidence::glance(&candidate.network, tensors, evidence::GLANCE)?.unwrap_or(evidence::CLUELESS)
            }
        };
        out.push((surprise, candidate));
    }
    let ranked = |out: &mut Vec<(f64, Candidate)>| {
        let cost = |c: &(f64, Candidate)| c.1.cost + weight(c.0);
        out.sort_by(|a, b| cost(a).total_cmp(&cost(b)));
    };
    ranked(&mut out);
    out.truncate(2 * CANDIDATES);
    let all = out.iter().map(|(_, c)| work(&c.network, sizes)).fold(1usize, usize::saturating_add);
    let samples = evidence::SEARCH / all / 4;
    if samples > evidence::GLANCE {
        for (surprise, candidate) in &mut out {
            let longer = evidence::glance(&candidate.network, tensors, samples.min(evidence::SAMPLES.1))?;
            *surprise = longer.unwrap_or(*surprise);
        }
        ranked(&mut out);
    }
    // The longer look stays in the cost: what is asked afterwards is asked of fewer samples.
    Ok(out.into_iter().map(|(s, c)| Candidate { cost: c.cost + weight(s), ..c }).collect())
}

/// Ranks networks of both halves without batch norms by how well the one finds again what the other drew.
pub fn agreed(
    whole: &mut [Candidate],
    tensors: &Tensors,
    sizes: &Sizes,
    left: &mut usize,
) -> Result<(), String> {
    let normed = |c: &Candidate| c.network.decoder.iter().any(evidence::normed);
    let mut all = Vec::new();
    for candidate in whole.iter().take(PAIRS) {
        let cost = work(&candidate.network, sizes);
        all.push(if normed(candidate) { None } else { cycle::agrees(candidate, tensors, cost, left)? });
    }
    let best = all.iter().flatten().copied().fold(0.0, f64::max);
    // Where the most usual one finds its share again, habits decide; noise finds a few hundredths.
    let usual = all.first().copied().flatten().unwrap_or(0.0);
    if best < SOME || usual * 3.0 > best {
        return Ok(());
    }
    for (candidate, found) in whole.iter_mut().zip(all) {
        candidate.cost -= found.unwrap_or(0.0).max(0.0) / best * FOUND;
    }
    whole.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    Ok(())
}

/// How the first residual block is wired: what it begins with, and what follows it.
fn wiring(decoder: &[Layer]) -> Vec<String> {
    let at = decoder.iter().position(|l| matches!(l.op, Op::Residual { .. }));
    let Some((at, Op::Residual { main, .. })) = at.map(|at| (at, &decoder[at].op)) else { return Vec::new() };
    let follows = decoder.get(at + 1).map(|l| l.op.title());
    main.iter().take(1).map(|l| l.op.title()).chain(follows).collect()
}
