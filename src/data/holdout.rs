//! Which pictures of a set without test pictures of its own are held out.
//!
//! Must not know: files, or what the pictures show.
//!
//! Neither the order of the files nor chance decides, but a hash of each picture's name and the seed: of every class
//! the pictures with the smallest hashes are held out, as many of each class as is its share. So no class is taken
//! away whole by an order that goes round with the classes, and after pictures are added (or removed) nearly all that
//! were held out still are: only at the margin may one change sides.

use super::dataset::Split;
use super::drawn::mix;
use super::want::Hold;

/// Most pictures that are held out.
const MAX_TEST: usize = 5000;

/// Divides a set into what is trained on and what is held out. `name` gives what a picture is called, which must not
/// depend on the other pictures: its path within the set, or its number.
pub(super) fn divide(mut split: Split, hold: Hold, name: impl Fn(usize) -> String) -> (Split, Split) {
    let hashes: Vec<u64> = (0..split.pictures.len()).map(|i| hash(hold.seed, &name(i))).collect();
    let classes = split.classes().map(|(names, values)| {
        let known = |v: &f32| (*v as usize).min(names.len().saturating_sub(1));
        values.iter().map(known).collect::<Vec<_>>()
    });
    let test = split.take_out(&choose(&hashes, classes.as_deref(), hold.per_mille));
    (split, test)
}

/// Which are held out: of each class its share, rounded so that the sum is right; but never all of a class, and of two
/// to nine pictures one.
fn choose(hashes: &[u64], classes: Option<&[usize]>, per_mille: u16) -> Vec<bool> {
    let count = hashes.len();
    let mut out = vec![false; count];
    if count < 2 || per_mille == 0 {
        return out;
    }
    let share = f64::from(per_mille) / 1000.0;
    let target = ((count as f64 * share) as usize).clamp(1, MAX_TEST).min(count - 1);
    let class = |i: usize| classes.and_then(|c| c.get(i)).copied().unwrap_or(0);
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); (0..count).map(class).max().unwrap_or(0) + 1];
    (0..count).for_each(|i| groups[class(i)].push(i));
    if groups.iter().all(|group| group.len() < 2) {
        groups = vec![(0..count).collect()]; // names, not classes: each is there once
    }
    groups.iter_mut().for_each(|group| group.sort_by_key(|&i| (hashes[i], i)));
    // The whole part of each class's share, then one more where the largest parts were cut off.
    let exact = |group: &Vec<usize>| group.len() as f64 * target as f64 / count as f64;
    let mut taken: Vec<usize> = groups.iter().map(|g| exact(g) as usize).collect();
    let mut by_rest: Vec<usize> = (0..groups.len()).collect();
    let rest = |g: usize| exact(&groups[g]).fract();
    by_rest.sort_by(|&a, &b| rest(b).total_cmp(&rest(a)).then(a.cmp(&b)));
    let mut left = target - taken.iter().sum::<usize>().min(target);
    for g in by_rest {
        if left > 0 && taken[g] + 1 < groups[g].len() {
            taken[g] += 1;
            left -= 1;
        }
    }
    for (group, taken) in groups.iter().zip(taken) {
        group.iter().take(taken).for_each(|&i| out[i] = true);
    }
    out
}

/// A well-mixed number of a name (FNV-1a, then SplitMix64's finaliser).
fn hash(seed: u64, name: &str) -> u64 {
    mix(seed, crate::random::hash(name))
}
