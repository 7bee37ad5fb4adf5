//! The ways of a convolution in a chain: plain or transposed, with a pool or a doubling before it, and with what a vector
//! must become for it.
//!
//! Must not know: how ways are searched, values of weights.

use super::geometry::Move;
use super::modules::{Kind, Module};
use super::moves::{LARGEST, Place, joining};
use super::neighbours::{begins_group, no_room};
use super::segments::{Role, depthwise, sides, transposed_name};
use super::usual::{Way, convolution, transposed};
use crate::nn::network::shape::{Flow, planes};
use crate::nn::network::{Layer, Op};

/// What a pad of one side is assumed for.
const SAME: &str = "padding as TensorFlow's SAME, with its odd pixel at the right and below";

/// What a map that its program cuts costs.
const CUT: f64 = 3.0;

/// (first dimension, second dimension, side, length of the bias).
type Kernel = (usize, usize, usize, Option<usize>);

/// All ways of a kernel.
pub fn kernel(place: &Place<'_>, kernel: Kernel, out: &mut Vec<Move>) {
    let (a, b, k, bias) = kernel;
    let name = &place.chain[place.at].name;
    let told = place.context.ground.hints.get(name).copied().unwrap_or_default();
    // Where one that is called transposed is not, none is.
    let says = match (transposed_name(name), place.context.honest) {
        _ if told.transposed.is_some() => told.transposed,
        (Some(true), [_, false]) => Some(false),
        (Some(false), [false, _]) => None,
        (says, _) => says,
    };
    if bias.is_none_or(|l| l == b)
        && told.transposed != Some(false)
        && told.groups <= 1
        && place.context.role == Role::Decoder
        && let Some(begun) = to_map(place, a)
    {
        larger(place, kernel, says, begun, out);
    }
    let groups = told.groups.max(1);
    if bias.is_none_or(|l| l == a)
        && told.transposed != Some(true)
        && let Some(begun) = to_map(place, b.saturating_mul(groups))
    {
        plain(place, kernel, groups, says, begun, out);
    }
    // Each channel by itself (depthwise: Howard et al. 2017).
    if let Flow::Map(c, h, _) = place.state.flow
        && depthwise(&place.chain[place.at]) == Some(c)
        && told.groups == 0
    {
        plain(place, kernel, c, says, (Vec::new(), h), out);
    }
    if let Flow::Map(c, ..) = place.state.flow
        && c == 4 * b
        && bias.is_none_or(|l| l == a)
        && k % 2 == 1
    {
        let conv = Op::conv(name.as_str(), 1, k / 2);
        place.push(out, false, vec![Op::PixelShuffle { factor: 2 }.into(), conv.into()], 0.3, None);
    }
}

/// What makes a map of so many channels of what flows, and the map's rows.
fn to_map(place: &Place<'_>, into: usize) -> Option<(Vec<Layer>, usize)> {
    let decodes = place.context.role == Role::Decoder;
    let class = place.context.ground.class;
    match place.state.flow {
        Flow::Map(c, h, _) if c == into => Some((Vec::new(), h)),
        Flow::Map(c, h, w) => {
            let class = class.filter(|_| !decodes)?;
            let more = planes(class.width, !class.weights.is_empty(), h, w);
            (c + more == into).then(|| (vec![joining(class)], h))
        }
        Flow::Flat(n) if n % into.max(1) == 0 => {
            let (height, width) = sides(n / into)?;
            // What begins with a map has its channels first, as encoders' ends have them here.
            let first = Layer::from(Op::reshape(into, height, width));
            let made = if place.at == 0 { first } else { place.reshape(into, height, width) };
            Some((vec![made], height))
        }
        // The class is one more channel of a decoder's first map.
        Flow::Flat(n) => {
            let (class, channels) = (class.filter(|_| decodes)?, into.checked_sub(1).filter(|c| *c > 0)?);
            let (height, width) = sides(n / channels)?;
            let fits = channels * height * width == n && class.width == height * width;
            fits.then(|| (vec![place.reshape(channels, height, width), joining(class)], height))
        }
    }
}

/// What of a convolution's numbers is open, in words; empty where the map fixes it, or the file says it.
fn open(place: &Place<'_>, k: usize, lone: bool) -> String {
    if lone || k == 1 || told(place).is_some() {
        String::new()
    } else {
        "stride and padding, from the usual ones that fit".into()
    }
}

/// What the file itself says of a kernel's stride and padding.
fn told(place: &Place<'_>) -> Option<Way> {
    let told = place.context.ground.hints.get(&place.chain[place.at].name)?;
    let (stride, padding, more) = told.geometry?;
    // Only transposed ones have pixels added at one side.
    let more = if told.transposed == Some(true) { isize::try_from(more).ok()? } else { 0 };
    Some((stride, padding, more, 0.0))
}

/// Transposed.
fn larger(
    place: &Place<'_>,
    (a, b, k, _): Kernel,
    says: Option<bool>,
    (front, h): (Vec<Layer>, usize),
    out: &mut Vec<Move>,
) {
    let manner = place.context.manner;
    let unlikely = if a == b && says == Some(false) { 4.0 } else { 0.0 };
    let usual = |lone: bool| match told(place) {
        Some(way) => vec![way],
        None => transposed(k, lone, manner),
    };
    let whole = usual(h == 1).into_iter().map(|w| (w, false));
    // A map of 8 cut to 7, of which 28 is made (Gulrajani et al. 2017, for MNIST).
    let cut = usual(false).into_iter().filter(|_| h == 8 && place.at > 0).map(|w| (w, true));
    for ((stride, padding, more, cost), cuts) in whole.chain(cut) {
        let (weights, output_padding) = (place.chain[place.at].name.clone(), more.max(0).unsigned_abs());
        let op = Op::ConvTranspose { weights, stride, padding, output_padding };
        let mut ops = front.clone();
        if cuts {
            ops.push(Layer::assumed(
                Op::Pad { before: 0, after: -1 },
                "that a pixel is cut off, for pictures of 28",
            ));
        }
        let unlikely = match (cuts, manner.valid) {
            (false, _) => unlikely,
            (true, true) => unlikely - 0.2,
            (true, false) => unlikely + CUT,
        };
        ops.push(Layer { op, assumed: open(place, k, h == 1) });
        if more < 0 {
            ops.push(Layer::assumed(Op::Pad { before: 0, after: more }, SAME));
        }
        let habit = (h > 1 && k > 1).then_some((true, k, (stride, padding, more), false));
        place.push(out, false, ops, cost + unlikely, habit);
    }
}

/// Not transposed, in so many groups of channels.
fn plain(
    place: &Place<'_>,
    (a, b, k, _): Kernel,
    groups: usize,
    says: Option<bool>,
    (front, h): (Vec<Layer>, usize),
    out: &mut Vec<Move>,
) {
    let (context, at, before) = (place.context, place.at, place.before);
    // Maps usually become smaller where channels become more.
    let same = if (a == b || groups > 1) && at > 0 && !context.ground.inner { 0.2 } else { 0.0 };
    let decodes = context.role == Role::Decoder;
    let unlikely = match (decodes, a == b, says) {
        (true, _, Some(true)) => 6.0,
        (true, true, None) if k % 2 == 0 => 4.0,
        // Among transposed ones of its side it is likely to be one.
        (true, true, None) if k > 3 && context.larger.contains(&k) => 0.8,
        _ => 0.0,
    };
    let pooled = !decodes && at > 0 && h >= 2;
    let usual = |h: usize| match told(place) {
        Some(way) => vec![way],
        None => convolution(k, h, context.role, context.manner),
    };
    let ways = usual(h).into_iter().map(|w| (w, false));
    let smaller = usual(h / 2).into_iter().map(|w| (w, true));
    for ((stride, padding, more, cost), pools) in ways.chain(smaller.filter(|_| pooled)) {
        let mut ops = front.clone();
        let side = if pools { h / 2 } else { h };
        let at_conv = ops.len();
        if more > 0 {
            let before = padding as isize;
            ops.push(Layer::assumed(Op::Pad { before, after: before + more }, SAME));
        }
        let (way, padding) = (padding, if more > 0 { 0 } else { padding });
        let op = Op::conv(place.chain[at].name.as_str(), stride, padding).in_groups(groups);
        ops.push(Layer { op, assumed: open(place, k, side == k) });
        // The first layer has no pool before it, and the last takes whatever is left.
        let habit = (side != k && k > 1).then_some((false, k, (stride, way, more), false));
        if pools {
            // Between an activation and the next layer is a place for it, or none.
            let room = match before {
                // Neighbours in a group keep the map.
                None => match begins_group(place.chain, at) {
                    // Encoders stride, as the decoders beside them do.
                    None if context.role == Role::Encoder => 0.8,
                    None => 0.4,
                    Some(true) => 0.0,
                    Some(false) => 1.4,
                },
                Some(0) => continue,
                Some(1) => 1.4,
                Some(_) => 0.0,
            };
            if stride == 1 {
                ops.insert(at_conv, Layer::assumed(Op::max_pool(2), LARGEST));
                place.push(out, false, ops, cost + room + same, habit);
            }
            continue;
        }
        // Residual networks of small pictures begin with all of them (He et al. 2015, section 4.2).
        let stem = !decodes && !context.ground.inner && !context.ground.blocks.is_empty();
        let unlikely = if stem && k == 3 && stride == 2 { unlikely + 0.8 } else { unlikely };
        let unexplained = match place.led {
            true if decodes => 0.8,
            _ if before.is_some_and(|g| g > 1) => 0.3,
            _ => 0.0,
        };
        let same = if stride > 1 && !decodes { same } else { 0.0 };
        place.push(out, false, ops.clone(), cost + unlikely + unexplained + same, habit);
        let resampled = (k > 1).then_some((false, k, (stride, way, more), true));
        if decodes && stride == 1 && before != Some(0) {
            let factor = if h == 1 && k > 1 { 4 } else { 2 };
            let up = Layer::assumed(Op::nearest(factor), "how much larger the map becomes here, and how");
            ops.insert(at_conv, up);
            let explained = if place.led || before.is_some_and(|g| g > 1) { -0.2 } else { 0.3 };
            // One place between two layers is taken by the doubling, and leaves none to an activation.
            let pop = before == Some(1) && place.state.acts();
            // A norm that begins a Sequential stands behind no layer, and no activation belongs to it.
            let norm = |m: &Module| matches!(m.kind, Kind::Norm { .. }) && m.name.ends_with(".0");
            let begins = at > 0 && norm(&place.chain[at - 1]);
            let unlikely = if pop && !begins { unlikely + 0.5 } else { unlikely };
            // In a Sequential that begins with it is no place, and behind a layer of no Sequential neither.
            let unlikely = if no_room(place.chain, at) { unlikely + 0.4 } else { unlikely };
            place.push(out, pop, ops, cost + unlikely + explained, resampled);
        }
    }
}
