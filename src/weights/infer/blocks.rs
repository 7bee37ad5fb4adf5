//! Which modules belong to one residual block, by the names that they share and by what fits what; and the ways in which
//! such a block can be wired, as registration order tells little of it.
//!
//! Must not know: strides, paddings, maps' sizes, values.

use super::modules::{Kind, Module};
use super::segments::{depthwise, transposed_name};
use std::collections::BTreeMap;

/// y = main(x) + shortcut(x).
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The layers of what is added, norms where the file has them.
    pub main: Vec<Module>,
    /// The layers beside them; empty = x itself.
    pub shortcut: Vec<Module>,
    /// Channels or features in.
    pub into: usize,
    /// Channels or features out.
    pub out: usize,
    /// Whether its three main layers are query, key and value of self-attention, and the shortcut is its scale.
    pub attention: bool,
}

/// One way in which a block is wired.
#[derive(Clone, Debug, PartialEq)]
pub struct Wiring {
    /// The main layers in the order in which they are computed.
    pub main: Vec<Module>,
    /// Whether an activation comes first (which a norm in front brings by itself).
    pub lead: bool,
    /// A norm after the sum.
    pub norm: Option<Module>,
    /// Whether an activation follows the sum.
    pub follows: bool,
    /// Whether layers beside the main ones take what the first norm and its activation give, and not the block's input.
    pub shared: bool,
    /// How unusual it is.
    pub cost: f64,
    /// A number for wirings of this kind: blocks of one network are alike.
    pub style: usize,
}

/// Words of paths beside a block's main one.
const BESIDE: [&str; 15] = [
    "shortcut",
    "short",
    "downsample",
    "upsample",
    "down_sample",
    "skip",
    "bypass",
    "identity",
    "expand",
    "nin",
    "c_sc",
    "conv_sc",
    "res_conv",
    "conv_res",
    "match",
];
/// Most layers with weights in a block, the shortcut's counted.
const LAYERS: usize = 5;

/// A file's modules with those of each residual block put together.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    /// Modules in order; a block is one, of [`Kind::Block`].
    pub modules: Vec<Module>,
    /// What those are made of.
    pub blocks: Vec<Block>,
}

/// How much tells that a group of modules is a residual block.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trust {
    /// Its ends agree, as any layers' may.
    Possible,
    /// Another block of the same parts has a way beside it, or its name says so.
    Told,
    /// It has a way beside it.
    Shown,
}

struct Group {
    prefix: String,
    members: Vec<usize>,
    block: Block,
    trust: Trust,
}

/// Puts the modules of residual blocks together. `eager`: also where only their ends agree.
pub fn blocks(all: &[Module], eager: bool) -> Blocks {
    let mut groups = candidates(all);
    // Blocks of one kind have parts of the same names: one that shows its shortcut speaks for those without.
    let parts = |g: &Group| -> Vec<String> {
        let below = |m: &Module| m.name[g.prefix.len() + 1..].to_owned();
        let mut names: Vec<String> = g.block.main.iter().map(below).collect();
        names.sort();
        names
    };
    let shown: Vec<Vec<String>> = groups.iter().filter(|g| g.trust > Trust::Possible).map(parts).collect();
    let kinds: Vec<Vec<String>> = groups.iter().map(parts).collect();
    let told: Vec<bool> = kinds.iter().map(|k| shown.contains(k)).collect();
    for (group, told) in groups.iter_mut().zip(told) {
        if told {
            group.trust = group.trust.max(Trust::Told);
        }
    }
    if !eager {
        groups.retain(|g| g.trust > Trust::Possible);
    } else {
        // What two groups have in common is a habit, what one has may be chance.
        let often = |k: &Vec<String>| kinds.iter().filter(|o| *o == k).count() > 1;
        let keep: Vec<bool> =
            groups.iter().zip(&kinds).map(|(g, k)| g.trust > Trust::Possible || often(k)).collect();
        let mut keep = keep.into_iter();
        groups.retain(|_| keep.next().unwrap_or(false));
    }
    // The surest first, and of those the innermost: a stage of blocks may look like one, and one of one block is as large.
    let depth = |g: &Group| g.prefix.len();
    groups.sort_by(|a, b| {
        b.trust.cmp(&a.trust).then(a.members.len().cmp(&b.members.len())).then(depth(b).cmp(&depth(a)))
    });
    let mut owner: Vec<Option<usize>> = vec![None; all.len()];
    let mut kept: Vec<Group> = Vec::new();
    for group in groups {
        if group.members.iter().all(|&i| owner[i].is_none()) {
            group.members.iter().for_each(|&i| owner[i] = Some(kept.len()));
            kept.push(group);
        }
    }
    let mut out = Blocks::default();
    let mut placed: BTreeMap<usize, ()> = BTreeMap::new();
    for (i, module) in all.iter().enumerate() {
        match owner[i] {
            None => out.modules.push(module.clone()),
            Some(g) if placed.insert(g, ()).is_none() => {
                let Group { prefix, block, .. } = &kept[g];
                let flat = matches!(
                    block.main.iter().find(|m| m.weighted()).map(|m| m.kind),
                    Some(Kind::Matrix { .. })
                );
                let kind = Kind::Block { id: out.blocks.len(), into: block.into, out: block.out, flat };
                out.modules.push(Module { name: prefix.clone(), kind });
                out.blocks.push(block.clone());
            }
            Some(_) => {}
        }
    }
    out
}

/// Groups of modules under one name that may be blocks.
fn candidates(all: &[Module]) -> Vec<Group> {
    let mut under: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, module) in all.iter().enumerate() {
        for (at, _) in module.name.match_indices('.') {
            under.entry(&module.name[..at]).or_default().push(i);
        }
    }
    let mut out = Vec::new();
    for (prefix, members) in under {
        let count = members.iter().filter(|&&i| all[i].weighted()).count();
        if !(2..=LAYERS).contains(&count)
            || members.iter().any(|&i| matches!(all[i].kind, Kind::Table { .. }))
        {
            continue;
        }
        let modules: Vec<Module> = members.iter().map(|&i| all[i].clone()).collect();
        if let Some(mut block) = attention(prefix, &modules) {
            // The learnt scale is called as the block itself.
            let scale = all.iter().position(|m| m.name == prefix && m.kind == Kind::Slope(1));
            block.shortcut.extend(scale.map(|i| all[i].clone()));
            let members = members.into_iter().chain(scale).collect();
            out.push(Group { prefix: prefix.to_owned(), members, block, trust: Trust::Shown });
            continue;
        }
        if let Some((block, trust)) = block(prefix, &modules) {
            out.push(Group { prefix: prefix.to_owned(), members, block, trust });
        }
    }
    out
}

/// Names of queries, keys and values.
const LOOKS: [[&str; 3]; 4] =
    [["query", "key", "value"], ["q", "k", "v"], ["f", "g", "h"], ["theta", "phi", "g"]];

/// Self-attention (Zhang et al. 2018) of three convolutions of one pixel: queries and keys of as many channels, and values
/// of as many as what they are of.
fn attention(prefix: &str, modules: &[Module]) -> Option<Block> {
    let pixel = |word: &str| {
        let named = |m: &&Module| {
            m.name[prefix.len() + 1..].to_lowercase().split(['.', '_']).any(|part| part == word)
        };
        let module = modules.iter().find(named)?;
        match module.kind {
            Kind::Kernel { a, b, k: 1, .. } => Some((module.clone(), b, a)),
            _ => None,
        }
    };
    let three = |words: &[&str; 3]| Some([pixel(words[0])?, pixel(words[1])?, pixel(words[2])?]);
    let [query, key, value] = LOOKS.iter().find_map(three)?;
    let into = query.1;
    let fits = query.2 == key.2 && [key.1, value.1, value.2].iter().all(|n| *n == into);
    let main = vec![query.0, key.0, value.0];
    (fits && modules.len() == 3).then_some(Block {
        main,
        shortcut: Vec::new(),
        into,
        out: into,
        attention: true,
    })
}

/// Whether a part of a name is one of those words, alone or among others.
fn beside(part: &str) -> bool {
    let part = part.to_lowercase();
    BESIDE.iter().any(|w| part == *w || (w.len() > 4 && part.contains(w)) || part.split('_').any(|p| p == *w))
        || part.ends_with("_sc")
}

/// Whether a name says that what is under it is residual.
fn says_residual(prefix: &str) -> bool {
    // As torchvision calls the blocks of ResNets: layer2.0.
    let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let mut path = prefix.rsplit('.');
    if path.next().is_some_and(number)
        && path.next().and_then(|p| p.strip_prefix("layer")).is_some_and(number)
    {
        return true;
    }
    prefix.to_lowercase().split(['.', '_']).any(|part| {
        part.contains("resid")
            || part.contains("resblock")
            || (part.starts_with("res")
                && !part.starts_with("resh")
                && !part.starts_with("rest")
                && !part.starts_with("resu"))
    })
}

fn block(prefix: &str, modules: &[Module]) -> Option<(Block, Trust)> {
    let below = |m: &Module| m.name[prefix.len() + 1..].split('.').next().unwrap_or_default().to_owned();
    // By name.
    let (named, main): (Vec<Module>, Vec<Module>) = modules.iter().cloned().partition(|m| beside(&below(m)));
    if let Some((into, out)) = ends(&main)
        && (1..=2).contains(&named.iter().filter(|m| m.weighted()).count())
        && ends(&named) == Some((into, out))
    {
        return Some((Block { main, shortcut: named, into, out, attention: false }, Trust::Shown));
    }
    // By shape: one layer more than fits into a chain, which goes from its start to its end.
    let weights: Vec<usize> = (0..modules.len()).filter(|&i| modules[i].weighted()).collect();
    if ends(modules).is_none() {
        for &i in weights.iter().rev() {
            let alone = &modules[i];
            let twig = below(alone);
            // Its norm, if it shares a name with it that the others do not.
            let own = |m: &Module| {
                m.name == alone.name
                    || (!m.weighted()
                        && below(m) == twig
                        && !modules.iter().any(|o| o.weighted() && o.name != alone.name && below(o) == twig))
            };
            let (shortcut, main): (Vec<Module>, Vec<Module>) = modules.iter().cloned().partition(|m| own(m));
            if let (Some(a), Some(b)) = (ends(&main), ends(&shortcut))
                && a == b
                && a.0 != a.1
                && main.iter().filter(|m| m.weighted()).count() >= 2
            {
                return Some((Block { main, shortcut, into: a.0, out: a.1, attention: false }, Trust::Shown));
            }
        }
        return None;
    }
    let (into, out) = ends(modules)?;
    // A convolution of 3×3 and one of a pixel back to as many channels, as in VQ-VAEs (van den Oord et al. 2017).
    let kernel = |i: usize| match modules.get(i).map(|m| m.kind) {
        Some(Kind::Kernel { k, .. }) => k,
        _ => 0,
    };
    let narrow = modules.len() == 2 && kernel(0) == 3 && kernel(1) == 1 && into == out;
    let trust = if says_residual(prefix) || narrow { Trust::Told } else { Trust::Possible };
    // What is beside may have no weights where channels double (He et al. 2015, option A).
    let doubles =
        out == 2 * into && matches!(modules.first().map(|m| m.kind), Some(Kind::Kernel { k: 3, .. }));
    (((into == out) || doubles) && weights.len() <= 3)
        .then(|| (Block { main: modules.to_vec(), shortcut: Vec::new(), into, out, attention: false }, trust))
}

/// What a chain of layers takes and gives, if they fit; norms must have the channels of what is around them.
fn ends(modules: &[Module]) -> Option<(usize, usize)> {
    let mut ways: Vec<(usize, usize)> = Vec::new();
    for (i, module) in modules.iter().filter(|m| m.weighted()).enumerate() {
        let mut next = Vec::new();
        for (into, out) in directions(module) {
            if i == 0 {
                next.push((into, out));
            } else {
                next.extend(ways.iter().filter(|w| w.1 == into).map(|w| (w.0, out)));
            }
        }
        ways = next;
    }
    ways.first().copied()
}

/// What a layer may take and give.
fn directions(module: &Module) -> Vec<(usize, usize)> {
    match module.kind {
        Kind::Matrix { out, into } => vec![(into, out)],
        Kind::Kernel { a, b, bias, .. } => {
            let mut ways: Vec<(usize, usize)> = depthwise(module).map(|c| (c, c)).into_iter().collect();
            let says = transposed_name(&module.name);
            if says != Some(true) && bias.is_none_or(|l| l == a) {
                ways.push((b, a));
            }
            if (says == Some(true) || a != b && bias == Some(b)) && bias.is_none_or(|l| l == b) {
                ways.push((a, b));
            }
            ways
        }
        _ => Vec::new(),
    }
}

impl Wiring {
    /// Whether it begins with a norm or an activation.
    pub fn leads(&self) -> bool {
        self.lead || matches!(self.main.first().map(|m| m.kind), Some(Kind::Norm { .. }))
    }
}

impl Block {
    /// The ways in which it may be wired, each with its cost.
    pub fn wirings(&self) -> Vec<Wiring> {
        let weights: Vec<Module> = self.main.iter().filter(|m| m.weighted()).cloned().collect();
        let norms: Vec<Module> =
            self.main.iter().filter(|m| matches!(m.kind, Kind::Norm { .. })).cloned().collect();
        let slopes = self.main.len() - weights.len() - norms.len();
        let make = |main: Vec<Module>, lead, norm, follows, cost, style| Wiring {
            main,
            lead,
            norm,
            follows,
            shared: false,
            cost,
            style,
        };
        let mut out = Vec::new();
        if norms.len() == weights.len() && slopes == 0 {
            let starts_with_norm = matches!(self.main.first().map(|m| m.kind), Some(Kind::Norm { .. }));
            let turns = self.main.windows(2).all(|w| w[0].weighted() != w[1].weighted());
            let pairs = |norm_first: bool| {
                let pair = |(w, n): (&Module, &Module)| {
                    if norm_first { [n.clone(), w.clone()] } else { [w.clone(), n.clone()] }
                };
                weights.iter().zip(&norms).flat_map(pair).collect::<Vec<_>>()
            };
            // Convolution, norm: ResNet (He et al. 2016).
            let after = if starts_with_norm { 2.5 } else { 0.0 };
            out.push(make(pairs(false), false, None, true, after, 1));
            out.push(make(pairs(false), false, None, false, after + 0.5, 2));
            // Norm, convolution: with pre-activation (He et al. 2016b).
            let before = if starts_with_norm {
                0.0
            } else if turns {
                2.0
            } else {
                0.3
            };
            out.push(make(pairs(true), false, None, false, before, 3));
            // Classifiers with a layer beside it show that one the activated map too (He et al. 2016b).
            out.push(Wiring { shared: true, ..make(pairs(true), false, None, false, before, 3) });
            // The last norm after the sum, as in IntroVAE.
            let mut main = pairs(false);
            let norm = main.pop();
            out.push(make(main, false, norm, true, after + 1.2, 4));
        } else {
            let first = self.main.first().map(|m| m.name.as_str()).unwrap_or_default();
            // In a Sequential the numbers count what has no weights too.
            let place = first.rsplit('.').next().and_then(|n| n.parse::<usize>().ok());
            let leads =
                place == Some(1) && !matches!(self.main.first().map(|m| m.kind), Some(Kind::Norm { .. }));
            let cost = |lead: bool| {
                if place.is_some() && place.is_some_and(|p| p < 2) && lead != leads { 2.0 } else { 0.0 }
            };
            let normed = matches!(self.main.first().map(|m| m.kind), Some(Kind::Norm { .. }));
            // An activation in place, which changes what is beside too, as VQ-VAEs have it: 3×3 and 1×1. The one of the
            // best-known programs that has biases has it not in place.
            let pixel = matches!(weights.last().map(|m| m.kind), Some(Kind::Kernel { k: 1, bias: None, .. }));
            let in_place = leads && pixel && norms.is_empty();
            let joined = if in_place { 0.0 } else { cost(false) + if normed { 1.5 } else { 0.3 } };
            out.push(make(self.main.clone(), false, None, true, joined, 5));
            out.push(make(
                self.main.clone(),
                false,
                None,
                false,
                cost(false) + if normed { 0.0 } else { 0.4 },
                6,
            ));
            if !normed {
                out.push(make(self.main.clone(), true, None, false, cost(true) + 0.2, 7));
            }
        }
        let fits = |w: &Wiring| channels_agree(&w.main);
        out.retain(fits);
        out
    }
}

/// Whether every norm of a chain has the channels of what it is given.
fn channels_agree(main: &[Module]) -> bool {
    // What the next layer takes decides for a norm in front, what the last gave for one behind.
    let taken = |m: &Module| directions(m).into_iter().map(|d| d.0).collect::<Vec<_>>();
    let given = |m: &Module| directions(m).into_iter().map(|d| d.1).collect::<Vec<_>>();
    main.iter().enumerate().all(|(i, m)| match m.kind {
        Kind::Norm { n, .. } => {
            let before = main[..i].iter().rev().find(|m| m.weighted());
            let after = main[i + 1..].iter().find(|m| m.weighted());
            match (before, after) {
                (Some(b), _) => given(b).contains(&n),
                (None, Some(a)) => taken(a).contains(&n),
                (None, None) => false,
            }
        }
        _ => true,
    })
}
