//! Where in a network the layers of a setting are, and which they are.
//!
//! Must not know: names and choices of settings, Burn, files, the window.

use super::super::{Edges, Join, Layer, Network, Op, Posterior, deep};

/// The activation at the very end of a part.
pub fn last(layers: &[Layer]) -> Option<&Op> {
    layers.last().map(|l| &l.op).filter(|op| op.elementwise())
}

/// Layers before a part's last one with weights: what is inside of it.
pub fn inside(layers: &[Layer]) -> usize {
    layers.iter().rposition(|l| l.op.weighted()).unwrap_or(0)
}

/// Layers and all that is inside them, to change.
pub fn deep_mut(layers: &mut [Layer], each: &mut dyn FnMut(&mut Layer)) {
    for layer in layers {
        let inside = layer.op.within_mut();
        if inside.is_empty() {
            each(layer);
            continue;
        }
        inside.into_iter().for_each(|layers| deep_mut(layers, each));
    }
}

/// All layers of all parts, to change.
pub fn everywhere(network: &mut Network, each: &mut dyn FnMut(&mut Layer)) {
    network.parts_mut().into_iter().for_each(|layers| deep_mut(layers, each));
}

/// Activations inside a part. `headed`: whether heads follow, so that its last layer is inside too.
pub fn inner(layers: &[Layer], headed: bool) -> Vec<Op> {
    let end = if headed { layers.len() } else { inside(layers) };
    let inside = deep(&layers[..end]).into_iter();
    inside.map(|l| l.op.clone()).filter(Op::activation).collect()
}

/// How the class joins the latent, or the picture, where there is one.
pub fn joined(network: &Network) -> Option<Join> {
    let all = network.parts().into_iter().flat_map(|(_, layers)| layers);
    all.into_iter().find_map(|l| if let Op::Class { join, .. } = l.op { Some(join) } else { None })
}

/// Whether class and latent are one vector of both.
pub fn side_by_side(join: Join) -> bool {
    matches!(join, Join::Before | Join::After)
}

/// Where a decoder's vector becomes a map right after a linear layer: the place of an activation between.
pub fn before_map(decoder: &[Layer]) -> Option<usize> {
    let map = decoder
        .iter()
        .position(|l| matches!(l.op, Op::Reshape { .. } | Op::ConvTranspose { .. } | Op::Conv { .. }))?;
    // What only gives a vector its picture's shape is no map.
    decoder[map..].iter().find(|l| l.op.weighted())?;
    let at = if decoder.get(map.checked_sub(1)?).is_some_and(|l| l.op.activation()) { map - 1 } else { map };
    matches!(decoder.get(at.checked_sub(1)?)?.op, Op::Linear { .. }).then_some(at)
}

/// Where an encoder's last linear layer meets two heads: the place of an activation between.
pub fn before_heads(network: &Network) -> Option<usize> {
    let encoder = &network.encoder;
    let acts = encoder.last()?.op.activation();
    let at = if acts { encoder.len() - 1 } else { encoder.len() };
    let linear = matches!(encoder.get(at.checked_sub(1)?)?.op, Op::Linear { .. });
    (linear && !network.head.is_empty()).then_some(at)
}

/// What makes maps smaller by windows that do not overlap: whether the largest is taken.
pub fn pools(network: &Network) -> Vec<bool> {
    let all = network.parts().into_iter().flat_map(|(_, layers)| deep(layers));
    all.filter_map(|l| match l.op {
        Op::MaxPool { stride: 0, .. } => Some(true),
        Op::AvgPool { size: 1.. } => Some(false),
        _ => None,
    })
    .collect()
}

/// What a whole map becomes before a critic's last layer: whether its sum.
pub fn summed(network: &Network) -> Vec<bool> {
    let all = network.critic.iter().filter_map(|l| match l.op {
        Op::AvgPool { size: 0 } => Some(false),
        Op::SumPool => Some(true),
        _ => None,
    });
    all.collect()
}

/// An instance norm without scale and shift, of which a file has nothing.
const PLAIN: Op = Op::GroupNorm { weights: String::new(), groups: 0, epsilon: 1e-5 };

fn is_plain(layer: &Layer) -> bool {
    matches!(&layer.op, Op::GroupNorm { weights, .. } if weights.is_empty())
}

/// Whether there are norms without weights; `None` where there is no place for one, as norms have weights there.
pub fn plain_norms(network: &Network) -> Option<bool> {
    let all = || network.parts().into_iter().flat_map(|(_, layers)| deep(layers));
    let normed = |l: &Layer| {
        matches!(l.op, Op::BatchNorm { .. } | Op::LayerNorm { .. } | Op::GroupNorm { .. }) && !is_plain(l)
    };
    let mut with = network.clone();
    put_plain_norms(&mut with, true);
    (!all().any(normed) && with != *network || all().any(is_plain)).then(|| all().any(is_plain))
}

/// Puts instance norms without weights behind all convolutions that have an activation behind them, or takes them away. The
/// last layer has none, and neither has the first that sees a picture.
pub fn put_plain_norms(network: &mut Network, put: bool) {
    let decoder = network.decoder.len();
    for (i, part) in network.parts_mut().into_iter().enumerate() {
        without_plain(part);
        if !put {
            continue;
        }
        let first = part.iter().position(|l| l.op.weighted()).filter(|_| i > 0 || decoder == 0);
        let last = inside(part);
        for at in (0..last).rev().filter(|at| Some(*at) != first) {
            with_plain(part, at);
        }
    }
}

fn without_plain(layers: &mut Vec<Layer>) {
    layers.retain(|l| !is_plain(l));
    layers.iter_mut().flat_map(|l| l.op.within_mut()).for_each(without_plain);
}

fn with_plain(layers: &mut Vec<Layer>, at: usize) {
    for inside in layers[at].op.within_mut() {
        (0..inside.len()).rev().for_each(|at| with_plain(inside, at));
    }
    let acts = layers.get(at + 1).is_some_and(|l| l.op.activation());
    if acts && matches!(layers[at].op, Op::Conv { .. } | Op::ConvTranspose { .. }) {
        layers.insert(at + 1, PLAIN.into());
    }
}

/// Which of a decoder's inputs are a class as one number each: how many, and whether they stand first.
pub type Hot = Option<(usize, bool)>;

/// The one-hot class that a decoder begins with.
pub fn hot(decoder: &[Layer]) -> Hot {
    match &decoder.first()?.op {
        Op::Class { weights, join, classes } if weights.is_empty() => Some((*classes, *join == Join::Before)),
        _ => None,
    }
}

/// What stands around the maps of a decoder's convolutions.
pub fn edges(network: &Network) -> Vec<Edges> {
    let all = deep(&network.decoder).into_iter();
    all.filter_map(|l| if let Op::Conv { edges, padding: 1.., .. } = l.op { Some(edges) } else { None })
        .collect()
}

/// Groups of norms without running statistics.
pub fn groups(network: &Network) -> Vec<usize> {
    let all = network.parts().into_iter().flat_map(|(_, layers)| deep(layers));
    all.filter_map(|l| if let Op::GroupNorm { groups, .. } = l.op { Some(groups) } else { None }).collect()
}

/// Ways of making maps larger.
pub fn upsamplings(network: &Network) -> Vec<(bool, bool)> {
    let all = network.parts().into_iter().flat_map(|(_, layers)| deep(layers));
    all.filter_map(|l| {
        if let Op::Upsample { bilinear, aligned, .. } = l.op { Some((bilinear, aligned)) } else { None }
    })
    .collect()
}

/// What is added to the variances of batch norms.
pub fn epsilons(network: &Network) -> Vec<f64> {
    let epsilon = |l: &Layer| if let Op::BatchNorm { epsilon, .. } = l.op { Some(epsilon) } else { None };
    network.parts().into_iter().flat_map(|(_, layers)| deep(layers)).filter_map(epsilon).collect()
}

/// A network of convolutions alone, between a picture and a latent map of any size: side of its pictures, and how often
/// smaller the map's is. `None` where a layer asks for its own size.
pub fn side(network: &Network) -> Option<(usize, usize)> {
    let p = network.picture;
    let Op::Reshape { height, width, .. } = network.decoder.first()?.op else { return None };
    let sized = |l: &&Layer| {
        matches!(
            l.op,
            Op::Linear { .. }
                | Op::Flatten { .. }
                | Op::Reshape { .. }
                | Op::LayerNorm { .. }
                | Op::Class { .. }
        )
    };
    let parts = network.parts();
    let free = parts.iter().all(|(part, layers)| {
        let begun = usize::from(*part == "decoder");
        !deep(&layers[begun..]).iter().any(sized)
    });
    let factor = p.height.checked_div(height)?;
    let square = p.height == p.width && height == width && height > 1 && factor * height == p.height;
    (free && square && network.critic.is_empty()).then_some((p.height, factor))
}

/// Gives such a network pictures of another side, a multiple of how often smaller its latent map is.
pub fn resize(network: &mut Network, to: usize, factor: usize) {
    let map = to / factor.max(1);
    if let Some(Op::Reshape { channels, height, width, .. }) = network.decoder.first_mut().map(|l| &mut l.op)
    {
        (*height, *width) = (map, map);
        network.latent.dims = *channels * map * map;
        (network.picture.width, network.picture.height) = (to, to);
    }
}

/// Pixels that a margin has at each side: 28 pixels of MNIST in 32.
const MARGIN: isize = 2;

fn pad(pixels: isize) -> Op {
    Op::Pad { before: pixels, after: pixels }
}

/// Whether pictures are cut out of what the decoder draws, and padded for what sees them, by a margin; `None` where they have
/// no size that is usual for it.
pub fn margin(network: &Network) -> Option<bool> {
    let p = network.picture;
    let cut = |l: &Layer| l.op == pad(-MARGIN);
    let wide = |l: &Layer| l.op == pad(MARGIN);
    let first = [&network.encoder, &network.critic].into_iter().any(|part| part.first().is_some_and(wide));
    match (p.channels, p.width, p.height) {
        (1, 32, 32) => Some(false),
        (1, 28, 28) if first || network.decoder.iter().any(cut) => Some(true),
        _ => None,
    }
}

/// Puts such a margin, or takes it away.
pub fn put_margin(network: &mut Network, put: bool) {
    if margin(network) == Some(put) {
        return;
    }
    let at = network.decoder.len() - usize::from(last(&network.decoder).is_some());
    if !network.decoder.is_empty() {
        if put {
            network.decoder.insert(at, pad(-MARGIN).into());
        } else {
            network.decoder.retain(|l| l.op != pad(-MARGIN));
        }
    }
    for part in [&mut network.encoder, &mut network.critic] {
        if part.is_empty() {
            continue;
        }
        if put {
            part.insert(0, pad(MARGIN).into());
        } else if part[0].op == pad(MARGIN) {
            part.remove(0);
        }
    }
    let side = if put { 28 } else { 32 };
    (network.picture.width, network.picture.height) = (side, side);
}

/// Whether an encoder ends in codes without variances, which may go through an activation.
pub fn codes(network: &Network) -> bool {
    !network.encoder.is_empty() && network.head.is_empty() && network.posterior == Posterior::Mean
}

/// Where batch norms and activations are neighbours: whether the norm stands behind.
pub fn behind(network: &Network) -> Vec<bool> {
    let mut out = Vec::new();
    for (_, layers) in network.parts() {
        pairs(layers, &mut |_, behind| out.push(behind));
    }
    out
}

/// Finds neighbours of batch norm and activation, with what scales by class between; nothing is in two pairs.
fn pairs(layers: &[Layer], each: &mut dyn FnMut(std::ops::Range<usize>, bool)) {
    let norm = |at: usize| layers.get(at).is_some_and(|l| matches!(l.op, Op::BatchNorm { .. }));
    let acts = |at: usize| layers.get(at).is_some_and(|l| l.op.activation());
    // Where what a norm at that place gives goes on.
    let behind =
        |at: usize| at + 1 + usize::from(layers.get(at + 1).is_some_and(|l| matches!(l.op, Op::Film { .. })));
    let mut at = 0;
    while at < layers.len() {
        layers[at].op.within().into_iter().for_each(|(_, inside)| pairs(inside, &mut |_, b| each(0..0, b)));
        let (end, last) = if norm(at) && acts(behind(at)) {
            (behind(at) + 1, false)
        } else if acts(at) && norm(at + 1) {
            (behind(at + 1), true)
        } else {
            at += 1;
            continue;
        };
        each(at..end, last);
        at = end;
    }
}

/// Puts norms behind the activations that are their neighbours, or before them.
pub fn put_behind(layers: &mut [Layer], put: bool) {
    for layer in layers.iter_mut() {
        layer.op.within_mut().into_iter().for_each(|inside| put_behind(inside, put));
    }
    let mut found = Vec::new();
    pairs(layers, &mut |range, behind| found.push((range, behind)));
    for (range, _) in found.into_iter().filter(|(range, behind)| *behind != put && !range.is_empty()) {
        // The activation goes from one end to the other.
        if put { layers[range].rotate_right(1) } else { layers[range].rotate_left(1) }
    }
}
