//! Which modules make a chain, and what each chain is: decoder, encoder, critic. By names where they tell, else by
//! what fits what.
//!
//! Must not know: strides, paddings, values.

use super::modules::{Kind, Module, square};

/// What a chain is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// From z to a picture.
    Decoder,
    /// From a picture to q(z|x).
    Encoder,
    /// From a picture to an opinion: a discriminator or a classifier.
    Critic,
}

/// Modules one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// What it is for.
    pub role: Option<Role>,
    /// The chain.
    pub chain: Vec<Module>,
    /// Two layers that both take the chain's end: mean and log-variance.
    pub heads: Option<[Module; 2]>,
}

/// What a module's name says of its role.
pub fn hint(name: &str) -> Option<Role> {
    let parts: Vec<String> = name.split('.').map(str::to_lowercase).collect();
    for part in parts.iter().take(3) {
        let words: Vec<&str> = part.split(['_', '-']).collect();
        let is = |all: &[&str]| all.iter().any(|w| words.contains(w));
        if part.contains("disc")
            || part.contains("critic")
            || part.contains("classif")
            || is(&["d", "dis", "netd"])
        {
            return Some(Role::Critic);
        }
        if part.contains("decod") || part.contains("generator") || is(&["g", "gen", "dec", "netg"]) {
            return Some(Role::Decoder);
        }
        if part.contains("encod") || is(&["enc", "e", "nete"]) {
            return Some(Role::Encoder);
        }
        // P(x|z) and Q(z|x).
        match part.as_str() {
            "p" => return Some(Role::Decoder),
            "q" => return Some(Role::Encoder),
            _ => {}
        }
    }
    None
}

/// Whether a name says that the layer gives mean or log-variance: `Some(true)` for the mean.
pub fn head_name(name: &str) -> Option<bool> {
    let last = name.rsplit('.').find(|p| p.parse::<u32>().is_err()).unwrap_or(name).to_lowercase();
    let words: Vec<&str> = last.split(['_', '-']).collect();
    if ["logvar", "var", "sigma", "std", "logstd", "logsigma", "log"].iter().any(|w| words.contains(w))
        || last.contains("logvar")
        || last.contains("logsig")
        || last.contains("variance")
        || last.ends_with("sigma")
        || last.ends_with("var")
    {
        return (!last.contains("mu_") && !last.contains("mean_")).then_some(false);
    }
    (words.contains(&"mu") || words.contains(&"mean") || last.ends_with("mu") || last.ends_with("mean"))
        .then_some(true)
}

/// Channels, or features, that a module gives, if it takes `from`; `None`: it can't.
fn takes(module: &Module, from: usize, flat: bool) -> Option<(usize, bool)> {
    match module.kind {
        Kind::Matrix { out, into } => {
            let fits = into == from || (!flat && from > 0 && into % from == 0);
            fits.then_some((out, true))
        }
        Kind::Kernel { a, .. } if !flat && depthwise(module) == Some(from) => Some((a, false)),
        Kind::Kernel { a, b, bias, .. } => {
            // A square map is likelier than a rectangle, whichever way the kernel is read.
            let even = |n: usize| flat && n > 0 && from.is_multiple_of(n) && square(from / n).is_some();
            let reshaped = |n: usize| {
                n == from || (flat && n > 0 && from.is_multiple_of(n) && sides(from / n).is_some())
            };
            let ways = [(b, a), (a, b)];
            let way = ways.into_iter().find(|(into, out)| *into == from && bias.is_none_or(|l| l == *out));
            let way = way.or_else(|| {
                ways.into_iter().find(|(into, out)| even(*into) && bias.is_none_or(|l| l == *out))
            });
            let way = way.or_else(|| {
                ways.into_iter().find(|(into, out)| reshaped(*into) && bias.is_none_or(|l| l == *out))
            });
            // Channels that became pixels (pixel shuffle).
            let way =
                way.or_else(|| (!flat && 4 * b == from && bias.is_none_or(|l| l == a)).then_some((b, a)));
            way.map(|(_, out)| (out, false))
        }
        Kind::Norm { n, running } => {
            // A norm of a vector that becomes a map, and a layer norm over a whole map.
            let reshaped = flat && n > 0 && from.is_multiple_of(n) && sides(from / n).is_some();
            let whole = !running && !flat && from > 0 && n.is_multiple_of(from);
            let shuffled = running && !flat && from == 4 * n;
            (n == from || reshaped || whole || shuffled).then_some((n.min(from), flat && n == from))
        }
        Kind::Slope(n) if n > 1 && !flat && from == 4 * n => Some((n, false)),
        Kind::Slope(n) => (n == 1 || n == from).then_some((from, flat)),
        Kind::Block { into, out, flat: vector, .. } => {
            let reshaped =
                flat && !vector && into > 0 && from.is_multiple_of(into) && sides(from / into).is_some();
            (into == from || reshaped).then_some((out, vector))
        }
        Kind::Table { .. } => None,
    }
}

/// Height and width of a map of so many pixels: a square, or the rectangle nearest to one (upright, as portraits are)
/// whose sides are no more than 2 to 1.
pub fn sides(n: usize) -> Option<(usize, usize)> {
    if let Some(side) = square(n) {
        return Some((side, side));
    }
    let most = (n as f64).sqrt() as usize;
    let width = (2..=most).rev().find(|w| n.is_multiple_of(*w))?;
    (n / width <= 2 * width).then_some((n / width, width))
}

/// What the first module of a chain gives whatever it is given.
fn first(module: &Module, role: Option<Role>) -> (usize, bool) {
    match module.kind {
        Kind::Matrix { out, .. } => (out, true),
        Kind::Kernel { a, b, bias, .. } => {
            let out = match bias {
                Some(l) if l == a || l == b => l,
                _ if b == 1 || b == 3 => a,
                // A picture with one more channel.
                _ if (b == 2 || b == 4) && a > b => a,
                _ if role == Some(Role::Decoder) => b,
                _ if role.is_some() => a,
                // A transposed convolution of a latent: many channels from nothing.
                _ => b,
            };
            (out, false)
        }
        Kind::Norm { n, .. } | Kind::Slope(n) => (n, false),
        Kind::Table { width, .. } => (width, true),
        Kind::Block { out, flat, .. } => (out, flat),
    }
}

/// Parts a file's modules into chains. Tables of classes are returned apart.
pub fn segments(modules: &[Module]) -> (Vec<Segment>, Vec<Module>) {
    // The codes of a VQ-VAE (van den Oord et al. 2017) are no classes.
    let codes = |m: &Module| ["vq", "codebook", "quanti"].iter().any(|w| m.name.to_lowercase().contains(w));
    let table = |m: &&Module| matches!(m.kind, Kind::Table { .. }) && !codes(m);
    let tables = modules.iter().filter(table).cloned().collect();
    let mut out: Vec<Segment> = Vec::new();
    let mut state: Option<(usize, bool)> = None;
    // What the chain's end was before its last module, for a second head beside that.
    let mut before: Option<(usize, bool)> = None;
    for module in modules.iter().filter(|m| !matches!(m.kind, Kind::Table { .. })) {
        let role = hint(&module.name);
        let last = out.last_mut();
        if let (Some(segment), Some((width, flat))) = (last, state) {
            let same_role = role.is_none() || segment.role.is_none() || role == segment.role;
            let twin = segment.chain.last().is_some_and(|m| m.kind == module.kind && m.weighted());
            let named = segment.chain.last().and_then(|m| head_name(&m.name)).is_some()
                && head_name(&module.name).is_some();
            let fits_before = before.is_some_and(|(w, f)| takes(module, w, f).is_some());
            // Behind a decoder's picture begins something else.
            let drawn = !flat && (width == 1 || width == 3) && segment.chain.len() > 1;
            let parent = |m: &Module| m.name.rsplit_once('.').map(|p| p.0.to_owned());
            let elsewhere = segment.chain.last().is_some_and(|m| parent(m) != parent(module));
            let begins = drawn
                && match module.kind {
                    Kind::Matrix { .. } => true,
                    Kind::Kernel { a, b, .. } => elsewhere && b == width && a > width,
                    _ => false,
                };
            // Of two networks in one file the names begin otherwise.
            let top = |m: &Module| m.name.split_once('.').map(|n| n.0.to_owned());
            let apart = segment
                .chain
                .last()
                .is_some_and(|m| top(m).is_some() && top(module).is_some() && top(m) != top(module));
            let from_latent = !segment.chain.first().is_some_and(from_picture);
            let decodes = segment.role == Some(Role::Decoder)
                || head_name(&module.name).is_some()
                || apart
                || from_latent && !matches!(module.kind, Kind::Kernel { .. });
            let fits = takes(module, width, flat).filter(|_| !(begins && decodes));
            if segment.heads.is_none()
                && twin
                && same_role
                && fits_before
                && (named || fits.is_none())
                && segment.chain.len() > 1
            {
                if let Some(mean) = segment.chain.pop() {
                    let pair = [mean, module.clone()];
                    segment.heads = Some(pair);
                }
                continue;
            }
            if let Some(next) = fits
                && same_role
                && segment.heads.is_none()
            {
                segment.role = segment.role.or(role);
                segment.chain.push(module.clone());
                if module.weighted() {
                    before = state;
                }
                state = Some(next);
                continue;
            }
        }
        state = Some(first(module, role));
        before = None;
        out.push(Segment { role, chain: vec![module.clone()], heads: None });
    }
    adopt(&mut out);
    let out = out.into_iter().flat_map(bottleneck).collect();
    (out, tables)
}

/// Two heads that stand elsewhere in the file go to the encoder that gives what they take.
fn adopt(segments: &mut Vec<Segment>) {
    let lone = |s: &Segment| match s.chain.as_slice() {
        [only] if s.heads.is_none() && only.weighted() && head_name(&only.name).is_some() => {
            Some(only.clone())
        }
        _ => None,
    };
    let pair = segments.windows(2).position(|w| match (lone(&w[0]), lone(&w[1])) {
        (Some(a), Some(b)) => a.kind == b.kind && head_name(&a.name) != head_name(&b.name),
        _ => false,
    });
    let Some(at) = pair else { return };
    let (Some(mean), Some(variance)) = (lone(&segments[at]), lone(&segments[at + 1])) else { return };
    let takes_end = |s: &Segment| {
        let end = s
            .chain
            .iter()
            .skip(1)
            .try_fold(s.chain.first().map(|m| first(m, s.role))?, |given, m| takes(m, given.0, given.1));
        end.and_then(|(width, flat)| takes(&mean, width, flat))
    };
    let fits = |s: &Segment| {
        let from_pictures =
            s.role == Some(Role::Encoder) || s.role.is_none() && s.chain.first().is_some_and(from_picture);
        from_pictures && s.heads.is_none() && takes_end(s).is_some()
    };
    let Some(encoder) = segments.iter().position(fits) else { return };
    segments[encoder].heads = Some([mean, variance]);
    segments.drain(at..at + 2);
}

/// A convolution of one pixel that stands elsewhere in the file, from what the encoder gives to what the decoder takes, ends
/// the encoder: as before the codes of VQ-VAEs (van den Oord et al. 2017).
pub fn bridge(segments: &mut Vec<Segment>) {
    let of = |role: Role| segments.iter().position(|s| s.role == Some(role) && s.heads.is_none());
    let (Some(encoder), Some(decoder)) = (of(Role::Encoder), of(Role::Decoder)) else { return };
    let end = segments[encoder].chain.iter().skip(1).try_fold(
        segments[encoder].chain.first().map_or((0, false), |m| first(m, Some(Role::Encoder))),
        |given, m| takes(m, given.0, given.1),
    );
    let begins = match segments[decoder].chain.first().map(|m| m.kind) {
        Some(Kind::Kernel { a, b, .. }) => [a, b],
        _ => return,
    };
    let fits = |s: &Segment| match s.chain.as_slice() {
        [Module { kind: Kind::Kernel { a, b, k: 1, .. }, .. }] => {
            s.heads.is_none() && end == Some((*b, false)) && begins.contains(a) && a < b
        }
        _ => false,
    };
    let Some(at) = (0..segments.len()).find(|i| *i != encoder && *i != decoder && fits(&segments[*i])) else {
        return;
    };
    let bridge = segments[at].chain.clone();
    segments[encoder].chain.extend(bridge);
    segments.remove(at);
}

/// Whether a chain of this start takes pictures.
pub fn from_picture(module: &Module) -> bool {
    from_both(module, 0)
}

/// Whether a chain of this start takes pictures with a class beside: so many numbers, or channels.
pub fn from_both(module: &Module, class: usize) -> bool {
    match module.kind {
        Kind::Kernel { b, bias, a, .. } => (b == class + 1 || b == class + 3) && bias.is_none_or(|l| l == a),
        Kind::Matrix { into, .. } => into.checked_sub(class).and_then(rectangle).is_some(),
        Kind::Block { into, flat: false, .. } => into == 1 || into == 3,
        _ => false,
    }
}

/// Whether a chain of this end gives pictures.
pub fn to_picture(module: &Module) -> bool {
    match module.kind {
        Kind::Kernel { a, b, bias, .. } => match bias {
            Some(l) => l == 1 || l == 3,
            None => a == 1 || a == 3 || b == 1 || b == 3,
        },
        Kind::Matrix { out, .. } => rectangle(out).is_some(),
        Kind::Block { out, flat: false, .. } => out == 1 || out == 3,
        _ => false,
    }
}

/// Whether a chain of this start takes, or of this end gives, pictures of four channels, the last of which is opacity.
pub fn of_opacity(module: &Module) -> bool {
    match module.kind {
        Kind::Kernel { a, b, bias, .. } => match bias {
            Some(l) => l == 4 || b == 4,
            None => (a == 4) != (b == 4),
        },
        _ => false,
    }
}

/// Shortest side of a picture, pixels.
pub const LEAST: usize = 8;

/// (channels, height, width) of a picture of so many numbers: square if it can be, else in colour before grey.
pub fn rectangle(numbers: usize) -> Option<(usize, usize, usize)> {
    if let Some((channels, side)) = picture(numbers) {
        return Some((channels, side, side));
    }
    let large = |(h, w): &(usize, usize)| *h >= 2 * LEAST && *w >= 2 * LEAST;
    let of = |channels: usize| {
        let pixels = numbers.is_multiple_of(channels).then_some(numbers / channels)?;
        sides(pixels).filter(large).map(|(h, w)| (channels, h, w))
    };
    of(3).or_else(|| of(1))
}

/// (channels, side) of a square picture of so many numbers.
pub fn picture(numbers: usize) -> Option<(usize, usize)> {
    let grey = square(numbers).filter(|s| *s >= LEAST).map(|s| (1, s));
    grey.or_else(|| {
        numbers
            .is_multiple_of(3)
            .then(|| square(numbers / 3))
            .flatten()
            .filter(|s| *s >= LEAST)
            .map(|s| (3, s))
    })
}

/// A chain from picture to picture is an auto-encoder: it is parted after its narrowest linear layer, or before the first
/// layer that is called transposed.
fn bottleneck(segment: Segment) -> Vec<Segment> {
    let (first, last) = (segment.chain.first(), segment.chain.last());
    let ends = first.is_some_and(from_picture) && last.is_some_and(to_picture);
    // A latent of 100 looks like a picture of 10×10; what comes out is as large as what went in.
    let unlike = match (first.map(|m| m.kind), last.map(|m| m.kind)) {
        (Some(Kind::Matrix { into, .. }), Some(Kind::Matrix { out, .. })) => into != out,
        (Some(Kind::Matrix { .. }), _) => true,
        _ => false,
    };
    if !ends || unlike || segment.heads.is_some() || segment.role.is_some() {
        return vec![segment];
    }
    let width = |m: &Module| match m.kind {
        Kind::Matrix { out, .. } => Some(out),
        _ => None,
    };
    let inner = segment.chain.iter().enumerate().take(segment.chain.len() - 1);
    let narrowest = inner.filter_map(|(i, m)| Some((width(m)?, i))).min().map(|(_, at)| at);
    let grows = segment.chain.iter().position(|m| transposed_name(&m.name) == Some(true));
    match narrowest.or(grows.and_then(|at| at.checked_sub(1))).or(waist(&segment.chain)) {
        Some(at) => {
            let (a, b) = segment.chain.split_at(at + 1);
            let part =
                |role, chain: &[Module]| Segment { role: Some(role), chain: chain.to_vec(), heads: None };
            vec![part(Role::Encoder, a), part(Role::Decoder, b)]
        }
        None => vec![segment],
    }
}

/// Of convolutions alone, the one behind which the map has the fewest channels, fewer than before and behind.
fn waist(chain: &[Module]) -> Option<usize> {
    let out = |m: &Module| match m.kind {
        Kind::Kernel { a, bias, .. } => bias.is_none_or(|l| l == a).then_some(a),
        _ => None,
    };
    let kernels: Vec<(usize, usize)> = chain
        .iter()
        .enumerate()
        .filter(|(_, m)| m.weighted())
        .map(|(i, m)| Some((i, out(m)?)))
        .collect::<Option<_>>()?;
    let narrow = kernels.windows(3).filter(|w| w[1].1 < w[0].1 && w[1].1 < w[2].1).map(|w| (w[1].1, w[1].0));
    let (_, at) = narrow.min()?;
    // Its norm stands behind it.
    let norms = chain[at + 1..].iter().take_while(|m| !m.weighted()).count();
    Some(at + norms)
}

/// Whether a name says of no other part that the layer is one's.
pub fn draws(name: &str) -> bool {
    hint(name).is_none_or(|role| role == Role::Decoder)
}

/// Whether a name says that the layer is of the class and not of the latent.
pub fn of_class(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default().to_lowercase();
    first.split('_').any(|w| ["class", "label", "labels", "cond", "condition", "embed"].contains(&w))
}

/// Whether a first name says a role.
pub fn is_named(name: &str) -> bool {
    hint(name).is_some()
}

/// Steps that the search for an order may take.
const STEPS: usize = 20_000;

/// Puts modules into an order in which each takes what the one before it gives, if there is one; names decide where
/// several fit. Unchanged where there is none.
pub fn chained(modules: Vec<Module>) -> Vec<Module> {
    let count = modules.len();
    let role = modules.iter().find_map(|m| hint(&m.name));
    let mut steps = 0;
    let mut starts: Vec<usize> = (0..count).filter(|i| modules[*i].weighted()).collect();
    let kernel = |m: &Module| matches!(m.kind, Kind::Kernel { .. });
    let ends = |m: &Module| matches!(m.kind, Kind::Kernel { bias: Some(1 | 3), .. });
    let draws = || modules.iter().any(ends) && !modules.iter().any(|m| kernel(m) && from_picture(m));
    let decodes = role == Some(Role::Decoder) || role.is_none() && draws();
    // A decoder of maps ends in one.
    let maps = decodes && modules.iter().any(kernel);
    if decodes {
        // A decoder begins with a vector, if it has one.
        starts.sort_by_key(|i| !matches!(modules[*i].kind, Kind::Matrix { .. }));
    }
    for start in starts {
        if steps > STEPS {
            break;
        }
        let mut order = vec![start];
        let given = first(&modules[start], role);
        if extend(&modules, &mut order, given, (None, maps), &mut steps) {
            return order.into_iter().map(|i| modules[i].clone()).collect();
        }
    }
    modules
}

/// What a chain gives: features or channels, and whether they are a vector.
type Given = (usize, bool);

/// `before`: what the last layer with weights took, which a second head beside it takes as well. `maps`: whether it must end
/// in a map, with no vector behind one.
fn extend(
    modules: &[Module],
    order: &mut Vec<usize>,
    given: Given,
    (before, maps): (Option<Given>, bool),
    steps: &mut usize,
) -> bool {
    if order.len() == modules.len() {
        return !(maps && given.1);
    }
    if *steps > STEPS {
        return false;
    }
    // A norm belongs to the layer whose channels it has.
    let own = |i: &usize| match modules[*i].kind {
        Kind::Norm { n, .. } => n == given.0,
        _ => false,
    };
    let rank = |i: &usize| if own(i) { 0 } else { 1 + usize::from(!modules[*i].weighted()) };
    let mut all: Vec<usize> = (0..modules.len()).collect();
    all.sort_by_key(rank);
    for next in all {
        *steps += 1;
        if *steps > STEPS {
            return false;
        }
        if order.contains(&next) {
            continue;
        }
        let module = &modules[next];
        // No vector stands behind a decoder's map, and no norm behind a norm.
        let norm = |m: &Module| matches!(m.kind, Kind::Norm { .. });
        let again = norm(module) && order.last().is_some_and(|&i| norm(&modules[i]));
        if again || maps && !given.1 && matches!(module.kind, Kind::Matrix { .. }) {
            continue;
        }
        let twin = order.last().is_some_and(|&i| modules[i].kind == module.kind && module.weighted());
        let beside = before.filter(|b| twin && takes(module, b.0, b.1).is_some()).map(|b| (given, Some(b)));
        let after = takes(module, given.0, given.1)
            .map(|gives| (gives, if module.weighted() { Some(given) } else { before }));
        let Some((gives, before)) = after.or(beside) else { continue };
        order.push(next);
        if extend(modules, order, gives, (before, maps), steps) {
            return true;
        }
        order.pop();
    }
    false
}

/// Channels of a convolution of each by itself, as bias or name tell it from a transposed one of grey pictures.
pub fn depthwise(module: &Module) -> Option<usize> {
    match module.kind {
        Kind::Kernel { a, b: 1, k, bias } if a > 3 && k > 1 && k % 2 == 1 => {
            let told = bias.map_or(transposed_name(&module.name) == Some(false), |l| l == a);
            told.then_some(a)
        }
        _ => None,
    }
}

/// Whether a name says that a convolution is transposed.
pub fn transposed_name(name: &str) -> Option<bool> {
    let lower = name.to_lowercase();
    let last: Vec<&str> = lower.split('.').collect();
    let says = |words: &[&str]| last.iter().any(|p| words.iter().any(|w| p.contains(w)));
    if says(&["convt", "tconv", "t_conv", "deconv", "conv_t", "transpose", "trans"]) {
        return Some(true);
    }
    says(&["conv"]).then_some(false)
}
