//! The order of a file's modules where its format forgets it, and the role of every chain: by names, or by its ends.
//!
//! Must not know: strides, paddings, values.

use super::conditional::Class;
use super::modules::square;
use super::modules::{Kind, Module};
use super::parts::latent_of;
use super::segments::{self, Role, Segment, from_both, from_picture, of_opacity, to_picture};

/// Where a format forgets the order: the order in which everything fits, names deciding where several do.
pub fn arranged(all: &[Module], ordered: bool) -> Vec<Module> {
    if ordered || segments::segments(all).0.len() <= 1 {
        return all.to_vec();
    }
    // Tables stand beside chains.
    let table = |m: &&Module| matches!(m.kind, Kind::Table { .. });
    let (tables, all): (Vec<&Module>, Vec<&Module>) = all.iter().partition(table);
    let first = |m: &Module| m.name.split('.').next().unwrap_or_default().to_owned();
    let mut groups: Vec<String> = Vec::new();
    for m in &all {
        if !groups.contains(&first(m)) {
            groups.push(first(m));
        }
    }
    // Named halves are put in order each on its own; a network without them as a whole.
    let halves = groups.iter().filter(|g| segments::is_named(g)).count();
    let mut out = Vec::new();
    if halves > 0 {
        for g in &groups {
            out.extend(segments::chained(
                all.iter().filter(|m| first(m) == *g).map(|m| (*m).clone()).collect(),
            ));
        }
    } else {
        out = segments::chained(all.into_iter().cloned().collect());
    }
    tables.into_iter().cloned().chain(out).collect()
}

/// Gives every chain its role, by its ends where names do not tell.
pub fn roles(segments: &mut [Segment], class: Option<&Class>) {
    // Four channels are a map's too: a picture's only where nothing else is one.
    let starts = |s: &Segment| s.chain.first().is_some_and(from_picture);
    let end = |s: &Segment| s.chain.iter().rev().find(|m| m.weighted()).is_some_and(to_picture);
    let (some_start, some_end) = (segments.iter().any(starts), segments.iter().any(end));
    let takes = |m: &Module| matches!(m.kind, Kind::Kernel { b: 4, .. }) && of_opacity(m);
    let opaque_start = |m: &Module| !some_start && class.is_none() && takes(m);
    let opaque_end = |m: &Module| !some_end && class.is_none() && of_opacity(m);
    for segment in segments.iter_mut() {
        // A norm may stand behind the last layer.
        let last = segment.chain.iter().rev().find(|m| m.weighted()).or(segment.chain.last());
        let (Some(first), Some(last)) = (segment.chain.first(), last) else { continue };
        if segment.role == Some(Role::Critic) && segment.heads.is_none() {
            continue;
        }
        if segment.heads.is_some() {
            segment.role = Some(Role::Encoder);
        } else if segment.role.is_none() {
            // A picture with one more channel, of a class.
            let joined = class.is_some_and(|c| square(c.width).is_some());
            let four = matches!(first.kind, Kind::Kernel { b: 2 | 4, .. });
            if joined && four {
                segment.role = Some(Role::Critic);
                continue;
            }
            let begins = from_picture(first) || opaque_start(first);
            let ends = to_picture(last) || opaque_end(last);
            segment.role = match (begins, ends) {
                (true, true) if draws(first, last) => Some(Role::Decoder),
                (true, _) => Some(Role::Critic),
                (false, true) => Some(Role::Decoder),
                (false, false) => {
                    // With a class: of a table so many numbers, or one more channel.
                    let beside = |c: &Class| [c.width, 1].into_iter().any(|n| from_both(first, n));
                    class.filter(|c| beside(c)).map(|_| Role::Critic)
                }
            };
        }
    }
    // A chain from pictures whose end is z, or twice that, of the decoder beside it is its encoder.
    let z = segments.iter().find(|s| s.role == Some(Role::Decoder)).and_then(|s| latent_of(&s.chain));
    for segment in segments.iter_mut().filter(|s| s.role == Some(Role::Critic)) {
        let out = segment.chain.last().map(|m| match m.kind {
            Kind::Matrix { out, .. } => out,
            Kind::Kernel { a, .. } => a,
            Kind::Block { out, .. } => out,
            _ => 0,
        });
        let named = segment.chain.iter().any(|m| m.name.to_lowercase().contains("disc"));
        if let (Some(z), Some(out)) = (z, out)
            && (out == z || out == 2 * z)
            && out > 1
            && !named
        {
            segment.role = Some(Role::Encoder);
        }
    }
}

/// Whether a chain whose two ends could be pictures is one that draws: the larger picture is the real one, as a latent of
/// 100 looks like 10×10 and an opinion in one channel like a picture.
fn draws(first: &Module, last: &Module) -> bool {
    let into = if let Kind::Matrix { into, .. } = first.kind { into } else { 0 };
    match last.kind {
        Kind::Kernel { b, bias, a, .. } => {
            (b == 3 && bias.is_none_or(|l| l == 3)) || (a == 3 && b > 3) || bias == Some(3) || into > 0
        }
        Kind::Matrix { out, .. } => into > 0 && out > into,
        _ => into > 0,
    }
}
