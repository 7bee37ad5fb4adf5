//! What the names of layers that follow one another tell of what stands between them.
//!
//! Must not know: geometry, values of weights.

use super::modules::{Kind, Module};
use super::segments::transposed_name;

/// Whether a kernel that is called a convolution fits behind the other only transposed.
pub fn lies(before: &Module, module: &Module) -> bool {
    let given = match before.kind {
        Kind::Kernel { bias: Some(n), .. } | Kind::Norm { n, .. } | Kind::Block { out: n, .. } => n,
        _ => return false,
    };
    matches!(module.kind, Kind::Kernel { a, b, bias, .. } if a == given && a != b && bias.is_none_or(|l| l == b))
        && transposed_name(&module.name) == Some(false)
}

/// Whether a kernel that is called transposed can only be one that is not.
pub fn plain(module: &Module) -> bool {
    matches!(module.kind, Kind::Kernel { a, b, bias, .. } if a != b && bias == Some(a))
        && transposed_name(&module.name) == Some(true)
}

/// Layers without weights between two of one Sequential, by their numbers; `None` where they are not of one. Two layers of
/// one kind in a row may be of a list, whose numbers count nothing else.
pub fn gap(a: &Module, b: &Module) -> Option<usize> {
    let ((path, i), (other, j)) = (a.name.rsplit_once('.')?, b.name.rsplit_once('.')?);
    let (i, j) = (i.parse::<usize>().ok()?, j.parse::<usize>().ok()?);
    let norm = |m: &Module| matches!(m.kind, Kind::Norm { .. } | Kind::Slope(_));
    let places = if path == other { j.checked_sub(i + 1) } else { None };
    places.filter(|n| *n > 0 || norm(a) != norm(b))
}

/// Whether a layer begins another group than the one before it, by names as "conv2_1" behind "conv1_2"; `None` where names
/// say nothing of groups.
pub fn begins_group(chain: &[Module], at: usize) -> Option<bool> {
    let group = |m: &Module| {
        let (group, place) = m.name.rsplit_once('_')?;
        let digit = |c: char| c.is_ascii_digit();
        (group.ends_with(digit) && place.chars().all(digit)).then(|| group.to_owned())
    };
    let before = chain[..at].iter().rev().find(|m| m.weighted())?;
    Some(group(before)? != group(&chain[at])?)
}

/// Whether a layer is told to have one without weights of its own before it: it is the first of a Sequential whose numbers
/// do not begin with it, or, in a block, has a module around it that others have not.
pub fn led(chain: &[Module], at: usize, inner: bool) -> bool {
    let module = &chain[at];
    let Some((path, last)) = module.name.rsplit_once('.') else { return false };
    let below = |m: &Module| m.name.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
    let first = !chain[..at].iter().any(below);
    if first && (at > 0 || inner) && last.parse::<usize>().is_ok_and(|n| n > 0) {
        return !chain[at + 1..].iter().any(|m| m.weighted() && below(m));
    }
    let depth = |m: &Module| m.name.matches('.').count();
    let kernels = || chain.iter().filter(|m| matches!(m.kind, Kind::Kernel { .. }));
    let least = kernels().map(depth).min().unwrap_or(0);
    inner && depth(module) > least && kernels().filter(|m| below(m)).count() == 1
}

/// Whether a layer begins a Sequential, and the one before it is of none: so that only the program itself could put something
/// without weights between them.
pub fn no_room(chain: &[Module], at: usize) -> bool {
    let number = |m: &Module| m.name.rsplit_once('.').and_then(|(_, last)| last.parse::<usize>().ok());
    let before = chain[..at].iter().rev().find(|m| m.weighted());
    number(&chain[at]) == Some(0) && before.is_some_and(|m| number(m).is_none())
}
