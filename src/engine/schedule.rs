//! When a training leaves traces behind, and which of them go when they become many: plain numbers.
//!
//! Must not know: what is drawn or saved, files.

/// The gap before a picture is at most this part of its step: the first of them step by step, later ever further
/// apart, and nowhere in the run coarser than 2 % of the time so far.
const PART: u64 = 48;

/// The step at which the next trace is due after one at `last`.
pub fn next(last: u64) -> u64 {
    last + (last / PART).max(1)
}

/// The steps that go so that at most `most` stay. Each time it is the one whose absence is felt least: after it is
/// gone the gap is the smallest part of its step. The first, and the `newest` last, always stay.
pub fn superfluous(steps: &[u64], most: usize, newest: usize) -> Vec<u64> {
    let mut kept = steps.to_vec();
    let mut gone = Vec::new();
    while kept.len() > most.max(newest + 1) {
        let gap = |i: usize| (kept[i + 1] - kept[i - 1]) as f64 / kept[i + 1].max(1) as f64;
        let inner = 1..kept.len().saturating_sub(newest.max(1));
        let Some(least) = inner.min_by(|a, b| gap(*a).total_cmp(&gap(*b))) else { break };
        gone.push(kept.remove(least));
    }
    gone
}
