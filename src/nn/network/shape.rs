//! What flows between layers: shapes followed through a description, so that a layer that does not fit is named
//! before anything is computed.
//!
//! Must not know: Burn, values.

use super::{Edges, Join, Latent, Layer, Network, Op};
use crate::nn::style;
use std::collections::BTreeMap;

/// Shapes of tensors by name.
pub type Sizes = BTreeMap<String, Vec<usize>>;

/// Most numbers that one picture's layer may have: what is larger is no network for sliders.
const MOST: usize = 1 << 28;

/// Most pairs of pixels that self-attention may look at.
const PAIRS: usize = 1 << 24;

/// The shape of one sample between two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    /// A vector.
    Flat(usize),
    /// Channels, rows, columns.
    Map(usize, usize, usize),
}

impl Flow {
    /// A map.
    pub fn map(channels: usize, height: usize, width: usize) -> Self {
        Self::Map(channels, height, width)
    }

    /// Numbers in it.
    pub fn numbers(self) -> usize {
        match self {
            Self::Flat(n) => n,
            Self::Map(c, h, w) => c.saturating_mul(h).saturating_mul(w),
        }
    }

    /// In words: "100", "64 × 8 × 8".
    pub fn words(self) -> String {
        match self {
            Self::Flat(n) => n.to_string(),
            Self::Map(c, h, w) => format!("{c} × {h} × {w}"),
        }
    }
}

/// Side of the square kernel of a convolution's tensor.
pub fn kernel(op: &Op, sizes: &Sizes) -> Option<usize> {
    match op {
        Op::Conv { weights, .. } | Op::ConvTranspose { weights, .. } => {
            sizes.get(&format!("{weights}.weight"))?.get(2).copied()
        }
        _ => None,
    }
}

/// Numbers in the tensors of a layer, running statistics not counted.
pub fn parameters(op: &Op, sizes: &Sizes) -> usize {
    let inside: usize = op.within().into_iter().flat_map(|(_, l)| l).map(|l| parameters(&l.op, sizes)).sum();
    let count = |name: &str, leaf: &str| -> usize {
        sizes.get(&format!("{name}.{leaf}")).map_or(0, |s| s.iter().product())
    };
    inside + op.tensors().map(|name| count(name, "weight") + count(name, "bias")).sum::<usize>()
}

/// Channels that a class adds to a map of so many pixels: one for each of its numbers; or, of a `table`, one picture where
/// its numbers are the map's pixels.
pub fn planes(width: usize, table: bool, height: usize, columns: usize) -> usize {
    if table && width == height * columns { 1 } else { width }
}

/// The shape after one layer. The sentence says what does not fit.
pub fn after(op: &Op, from: Flow, latent: Latent, sizes: &Sizes) -> Result<Flow, String> {
    let tensor = |leaf: &str| {
        let name = format!("{}.{leaf}", op.weights());
        sizes.get(&name).ok_or_else(|| format!("tensor {name} is missing"))
    };
    let unfit = |takes: &str| {
        let name = if op.weights().is_empty() { String::new() } else { format!(" {}", op.weights()) };
        format!("{}{name} takes {takes} and gets {}", op.title().to_lowercase(), from.words())
    };
    let table = |shape: &Vec<usize>| match *shape.as_slice() {
        [classes, numbers] => Ok((classes, numbers)),
        _ => Err(format!("tensor {}.weight is no table of classes", op.weights())),
    };
    // Any class may be chosen.
    let enough = |rows: usize| {
        let name = if op.weights().is_empty() { String::new() } else { format!(" {}", op.weights()) };
        let short = || {
            format!(
                "{}{name} is of {rows} classes, and the network of {}",
                op.title().to_lowercase(),
                latent.classes
            )
        };
        if rows >= latent.classes.max(1) { Ok(()) } else { Err(short()) }
    };
    let channels = |n: usize| match from {
        Flow::Flat(m) | Flow::Map(m, ..) if m == n => Ok(from),
        _ => Err(unfit(&format!("{n} channels"))),
    };
    let to = match op {
        Op::Linear { .. } => match (tensor("weight")?.as_slice(), from) {
            ([out, into], Flow::Flat(n)) if *into == n => Flow::Flat(*out),
            ([_, into], _) => return Err(unfit(&format!("a vector of {into}"))),
            (other, _) => {
                return Err(format!(
                    "tensor {}.weight has shape {other:?}, where two dimensions belong",
                    op.weights()
                ));
            }
        },
        Op::Conv { stride, padding, dilation, groups, edges, .. } => {
            let &[out, into, k, k2] = tensor("weight")?.as_slice() else {
                return Err(format!(
                    "tensor {}.weight is no kernel of a convolution of pictures",
                    op.weights()
                ));
            };
            let (stride, dilation, groups) = (*stride, *dilation, *groups);
            if stride == 0
                || dilation == 0
                || groups == 0
                || out % groups != 0
                || *padding > 512
                || k == 0
                || k != k2
            {
                return Err(format!("convolution {} has impossible numbers", op.weights()));
            }
            let Flow::Map(c, h, w) = from else { return Err(unfit("a map")) };
            if into.checked_mul(groups) != Some(c) {
                return Err(unfit(&format!("{} channels", into.saturating_mul(groups))));
            }
            if *edges != Edges::Zeros && (*padding >= h || *padding >= w) {
                return Err(unfit(&format!("a map of more than {padding} pixels")));
            }
            let reach = (k - 1).saturating_mul(dilation) + 1;
            let side = |n: usize| (n + 2 * padding).checked_sub(reach).map(|n| n / stride + 1);
            match (side(h), side(w)) {
                (Some(h), Some(w)) => Flow::Map(out, h, w),
                _ => return Err(unfit(&format!("a map of at least {reach} pixels"))),
            }
        }
        Op::ConvTranspose { stride, padding, output_padding, .. } => {
            let &[into, out, k, k2] = tensor("weight")?.as_slice() else {
                return Err(format!(
                    "tensor {}.weight is no kernel of a convolution of pictures",
                    op.weights()
                ));
            };
            if *stride == 0
                || *stride > 64
                || *padding > 512
                || output_padding >= stride
                || k == 0
                || k != k2
                || k > 512
            {
                return Err(format!("transposed convolution {} has impossible numbers", op.weights()));
            }
            let Flow::Map(c, h, w) = from else { return Err(unfit("a map")) };
            if into != c {
                return Err(unfit(&format!("{into} channels")));
            }
            let side = |n: usize| {
                ((n.max(1) - 1) * stride + k + output_padding).checked_sub(2 * padding).filter(|n| *n > 0)
            };
            match (side(h), side(w)) {
                (Some(h), Some(w)) => Flow::Map(out, h, w),
                _ => return Err(unfit("a larger map")),
            }
        }
        Op::BatchNorm { .. } => channels(tensor("running_mean")?.iter().product())?,
        Op::GroupNorm { weights, groups, .. } => {
            let Flow::Map(c, ..) = from else { return Err(unfit("a map")) };
            if *groups > 0 && c % groups != 0 {
                return Err(unfit(&format!("a multiple of {groups} channels")));
            }
            if weights.is_empty() { from } else { channels(tensor("weight")?.iter().product())? }
        }
        Op::LayerNorm { .. } => {
            let n: usize = tensor("weight")?.iter().product();
            if n == from.numbers() { from } else { return Err(unfit(&format!("{n} numbers"))) }
        }
        Op::Prelu { .. } => {
            let n: usize = tensor("weight")?.iter().product();
            if n == 1 { from } else { channels(n)? }
        }
        op if op.elementwise() => from,
        Op::Reshape { channels, height, width, .. } => {
            let to = Flow::Map(*channels, *height, *width);
            if to.numbers() == from.numbers() {
                to
            } else {
                return Err(unfit(&format!("{} numbers", to.numbers())));
            }
        }
        Op::Flatten { .. } => Flow::Flat(from.numbers()),
        Op::Pad { before, after } => {
            let Flow::Map(c, h, w) = from else { return Err(unfit("a map")) };
            let usual = -512..=512;
            let side = |n: usize| {
                let left = n.checked_add_signed(*before.min(&0))?.checked_add_signed(*after.min(&0))?;
                let wide = usual.contains(before) && usual.contains(after) && left > 0;
                wide.then(|| left.checked_add_signed(before.max(&0) + after.max(&0))).flatten()
            };
            match (side(h), side(w)) {
                (Some(h), Some(w)) => Flow::Map(c, h, w),
                _ => return Err(unfit("a larger map")),
            }
        }
        Op::Upsample { factor, .. } | Op::PixelShuffle { factor } => {
            let Flow::Map(c, h, w) = from else { return Err(unfit("a map")) };
            if *factor == 0 || *factor > 64 {
                return Err(unfit("a factor from 1 to 64"));
            }
            let area = factor * factor;
            match op {
                Op::PixelShuffle { .. } if c % area != 0 => {
                    return Err(unfit(&format!("a multiple of {area} channels")));
                }
                Op::PixelShuffle { .. } => Flow::Map(c / area, h * factor, w * factor),
                _ => Flow::Map(c, h * factor, w * factor),
            }
        }
        Op::MaxPool { size, stride: stride @ 1.., padding } => {
            let Flow::Map(c, h, w) = from else { return Err(unfit("a map")) };
            let side = |n: usize| (n + 2 * padding).checked_sub(*size).map(|n| n / stride + 1);
            match (side(h), side(w)) {
                // A window that lies outside of the map whole has no largest.
                (Some(h), Some(w)) if *size > 0 && 2 * padding <= *size => Flow::Map(c, h, w),
                _ => return Err(unfit(&format!("a map of at least {size} pixels"))),
            }
        }
        Op::MaxPool { size, .. } | Op::AvgPool { size } => {
            let Flow::Map(c, h, w) = from else { return Err(unfit("a map")) };
            match (op, *size) {
                (Op::AvgPool { .. }, 0) => Flow::Map(c, 1, 1),
                (_, 0) => return Err(unfit("a window")),
                (_, n) if n > h || n > w => return Err(unfit(&format!("a map of at least {n} pixels"))),
                (_, n) => Flow::Map(c, h / n, w / n),
            }
        }
        Op::Residual { main, shortcut } => {
            let main = end(main, from, latent, sizes)?;
            let shortcut = end(shortcut, from, latent, sizes)?;
            if main != shortcut {
                return Err(format!("a residual block adds {} to {}", main.words(), shortcut.words()));
            }
            main
        }
        Op::Attention { query, key, value, .. } => {
            let part = |layers| end(layers, from, latent, sizes);
            match (part(query)?, part(key)?, part(value)?) {
                // Every pixel looks at all others, or at the pixels of a smaller map.
                (Flow::Map(q, h, w), Flow::Map(k, kh, kw), Flow::Map(v, vh, vw))
                    if q == k && (kh, kw) == (vh, vw) && (h * w).saturating_mul(kh * kw) <= PAIRS =>
                {
                    Flow::Map(v, h, w)
                }
                (q, k, v) => {
                    let all = [q.words(), k.words(), v.words()].join(", ");
                    return Err(format!(
                        "self-attention can't be of queries, keys and values of {all} (maps of at most 64 × 64)"
                    ));
                }
            }
        }
        Op::Scale { .. } => match tensor("weight")?.iter().product() {
            1 => from,
            n => return Err(format!("scale {} is one number, and has {n}", op.weights())),
        },
        Op::Class { weights, join, classes } => {
            let (rows, width) = match weights.as_str() {
                "" => (*classes, *classes),
                _ => table(tensor("weight")?)?,
            };
            enough(rows)?;
            match (join, from) {
                (Join::Before | Join::After, Flow::Flat(n)) => Flow::Flat(n.saturating_add(width)),
                (Join::Before | Join::After, Flow::Map(c, h, w)) => {
                    Flow::Map(c.saturating_add(planes(width, !weights.is_empty(), h, w)), h, w)
                }
                (Join::Multiply | Join::Add, Flow::Flat(n)) if width == n => from,
                _ => return Err(unfit(&format!("a vector of {width}"))),
            }
        }
        Op::Film { latent: name, .. } => {
            let (rows, both) = table(tensor("weight")?)?;
            enough(rows)?;
            if !name.is_empty() && sizes.get(&format!("{name}.weight")) != Some(&vec![both, latent.dims]) {
                return Err(format!("tensor {name}.weight is no matrix from z to {both} scales and shifts"));
            }
            channels(both / 2)?
        }
        Op::SumPool => match from {
            Flow::Map(c, ..) => Flow::Map(c, 1, 1),
            Flow::Flat(_) => return Err(unfit("a map")),
        },
        Op::Subsample { stride, before, after } => {
            let Flow::Map(c, h, w) = from else { return Err(unfit("a map")) };
            if *stride == 0 {
                return Err(unfit("a stride of at least 1"));
            }
            Flow::Map(
                c.saturating_add(*before).saturating_add(*after),
                h.div_ceil(*stride),
                w.div_ceil(*stride),
            )
        }
        // What works on each number alone.
        _ => from,
    };
    if to.numbers() == 0 || to.numbers() > MOST {
        return Err(format!(
            "{} {} gives {}, which is absurd",
            op.title().to_lowercase(),
            op.weights(),
            to.words()
        ));
    }
    Ok(to)
}

/// The shape after each layer.
pub fn trace(layers: &[Layer], from: Flow, latent: Latent, sizes: &Sizes) -> Result<Vec<Flow>, String> {
    let mut flow = from;
    let step = |layer: &Layer| {
        flow = after(&layer.op, flow, latent, sizes)?;
        Ok(flow)
    };
    layers.iter().map(step).collect()
}

/// The shape after the last.
pub fn end(layers: &[Layer], from: Flow, latent: Latent, sizes: &Sizes) -> Result<Flow, String> {
    Ok(trace(layers, from, latent, sizes)?.last().copied().unwrap_or(from))
}

/// Where each part begins: a layer list's input.
pub fn start(network: &Network, part: &str, sizes: &Sizes) -> Result<Flow, String> {
    let p = &network.picture;
    let whole = Flow::Map(p.channels, p.height, p.width);
    match part {
        "decoder" => Ok(Flow::Flat(network.latent.dims)),
        "head" | "second head" => end(&network.encoder, whole, network.latent, sizes),
        _ => Ok(whole),
    }
}

/// Checks that every part fits: that the decoder's end is a picture, and the encoder's as long as z asks.
pub fn check(network: &Network, sizes: &Sizes) -> Result<(), String> {
    let p = &network.picture;
    let sane = |n: usize| (1..=8192).contains(&n);
    if network.format != 1 {
        return Err(format!(
            "the description has format {}, and this version of zscope reads 1",
            network.format
        ));
    }
    if !(sane(p.width) && sane(p.height) && [1, 3, 4].contains(&p.channels)) {
        return Err(format!(
            "pictures of {}×{} with {} channels can't be shown: 1, 3 or 4 channels can",
            p.width, p.height, p.channels
        ));
    }
    let latent = network.latent;
    if latent.dims > 1 << 20 || latent.classes > 0 && latent.class >= latent.classes {
        return Err("the latent space has impossible numbers".into());
    }
    let at = |part: &str, e: String| format!("in the {part}, {e}");
    let mut ends = BTreeMap::new();
    for (part, layers) in network.parts() {
        let from = start(network, part, sizes).map_err(|e| at("encoder", e))?;
        ends.insert(part, end(layers, from, latent, sizes).map_err(|e| at(part, e))?);
    }
    if let Some(last) = ends.get("decoder")
        && *last != Flow::Map(p.channels, p.height, p.width)
    {
        return Err(format!(
            "the decoder ends in {}, where a picture of {} × {} × {} belongs",
            last.words(),
            p.channels,
            p.height,
            p.width
        ));
    }
    if let Some(style) = &network.style {
        style::check::steps(style, network.frame(), sizes)?;
        if !network.decoder.is_empty() || network.encodes() {
            return Err("a style-based generator stands alone, without a decoder or an encoder".into());
        }
    }
    use super::Posterior::*;
    let heads = matches!(network.posterior, Heads | HeadsReversed);
    if network.encodes() && latent.dims > 0 {
        let whole = |part: &str| ends.get(part).map(|f| f.numbers());
        let fits = if heads {
            whole("head") == Some(latent.dims) && whole("second head") == Some(latent.dims)
        } else {
            let each = if network.posterior == Mean { 1 } else { 2 };
            let last = whole("head").or_else(|| whole("encoder"));
            last == Some(latent.dims * each)
        };
        if !fits {
            return Err(format!("the encoder's end does not give {} latents in the chosen way", latent.dims));
        }
    }
    Ok(())
}
