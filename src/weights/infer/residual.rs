//! The geometry of a residual block: for every way in which it may be wired, what its main path does to the map's size,
//! and how the path beside it follows.
//!
//! Must not know: names, values of weights, what stands around the block.

use super::blocks::{Block, Wiring};
use super::geometry::{Ground, after};
use super::modules::Module;
use super::segments::{Role, transposed_name};
use crate::nn::network::shape::{Flow, kernel};
use crate::nn::network::{Layer, Op};
use std::rc::Rc;

/// One way in which a block fits.
#[derive(Clone, Debug)]
pub struct Way {
    /// The block's layers, with what stands after it.
    pub layers: Vec<Rc<Layer>>,
    /// What they give.
    pub to: Flow,
    /// How unusual what it does to the map is.
    pub cost: f64,
    /// Blocks of one network are alike: the wiring's number.
    pub style: usize,
    /// How unusual the wiring is, which counts once.
    pub wiring: f64,
    /// Whether it begins with a norm or an activation of its own, so that none stands before it.
    pub leads: bool,
}

/// Ways of one block that are followed.
const MOST: usize = 24;

/// The ways in which a block fits after `from`, the most usual first.
pub fn ways(block: &Block, from: Flow, role: Role, activation: &Op, ground: &Ground<'_>) -> Vec<Way> {
    if block.attention {
        return attention(block, from, ground).into_iter().collect();
    }
    let ground = &Ground { inner: true, ..*ground };
    let mut out = Vec::new();
    // Encoders may halve the map after the sum.
    let halved = Layer::assumed(Op::AvgPool { size: 2 }, "that the map is halved here by averaging");
    let shrinks = matches!(from, Flow::Map(_, h, w) if h > 1 && w > 1) && role != Role::Decoder;
    let rest = |w: &Wiring| !(w.shared && (block.shortcut.is_empty() || role == Role::Decoder));
    for wiring in block.wirings().into_iter().filter(rest) {
        for (layers, to, cost) in sums(block, &wiring, from, role, activation, ground) {
            let mut push = |more: Option<&Layer>, cost: f64| {
                let to = more.map_or(Some(to), |l| after(&l.op, to, ground));
                let Some(to) = to else { return };
                // A block that changes the number of channels usually changes the map's size too.
                let same = block.into == block.out && block.shortcut.is_empty();
                let odd = match ((area(to) == area(from)) == same, same) {
                    (true, _) => 0.0,
                    // Decoders also double without a layer beside.
                    (false, true) if role == Role::Decoder => 0.1,
                    (false, _) => 0.4,
                };
                let layers = layers.iter().chain(more).cloned().map(Rc::new).collect();
                let (style, leads) = (wiring.style, wiring.leads());
                // Of classifiers most do so, where they do either.
                let apart = !wiring.shared && wiring.style == 3 && !block.shortcut.is_empty();
                let odd = odd + if apart && role == Role::Critic { 0.3 } else { 0.0 };
                out.push(Way { layers, to, cost: cost + odd, style, wiring: wiring.cost, leads });
            };
            push(None, cost);
            if shrinks && area(to) == area(from) {
                push(Some(&halved), cost + if wiring.follows { 1.0 } else { 0.4 });
            }
        }
    }
    out.sort_by(|a, b| (a.cost + a.wiring).total_cmp(&(b.cost + b.wiring)));
    out.truncate(MOST);
    out
}

/// A number for blocks of self-attention among the styles of wirings.
const LOOKS: usize = 0;

/// x + scale · attention(x), as SAGAN has it (Zhang et al. 2018).
fn attention(block: &Block, from: Flow, ground: &Ground<'_>) -> Option<Way> {
    let [query, key, value] = block.main.as_slice() else { return None };
    let of = |m: &Module| vec![Layer::from(Op::conv(m.name.as_str(), 1, 0))];
    let looks = Op::Attention { query: of(query), key: of(key), value: of(value), scaled: false };
    let scale = block.shortcut.iter().map(|m| Op::Scale { weights: m.name.clone() });
    let main = [looks].into_iter().chain(scale).map(Layer::from).collect();
    let op = Op::Residual { main, shortcut: Vec::new() };
    let to = after(&op, from, ground)?;
    let layers = vec![Rc::new(Layer::from(op))];
    Some(Way { layers, to, cost: 0.0, style: LOOKS, wiring: 0.0, leads: false })
}

/// The sums of both paths for one wiring: layers, what they give, and cost.
fn sums(
    block: &Block,
    wiring: &Wiring,
    from: Flow,
    role: Role,
    activation: &Op,
    ground: &Ground<'_>,
) -> Vec<(Vec<Layer>, Flow, f64)> {
    let act = || Layer::assumed(activation.clone(), "which activation stands here");
    let any = |_: Flow, _: Flow| Some(0.0);
    let Ok(mains) = (ground.search)(&wiring.main, &[from], role, activation, ground, &any) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for main in mains {
        // The map's size is usually changed once, and at once.
        let resized =
            main.layers.iter().position(|l| matches!(l.op, Op::Upsample { .. } | Op::MaxPool { .. }));
        let first =
            main.layers.iter().position(|l| matches!(l.op, Op::Conv { .. } | Op::ConvTranspose { .. }));
        let changes =
            main.layers.iter().filter(|l| matches!(l.op, Op::Upsample { .. } | Op::MaxPool { .. })).count();
        let strided = strides(&main.layers);
        let late = match (resized, strided.as_slice()) {
            _ if changes + strided.len() > 1 => 3.0,
            (Some(r), _) if first.is_some_and(|f| r < f) => 0.0,
            (Some(_), _) => 0.4,
            (None, [] | [0]) => 0.0,
            (None, _) => 0.4,
        };
        let Some((shortcut, beside)) = shortcut(block, from, main.to, role, activation, ground) else {
            continue;
        };
        // Kernels of odd sides are convolutions', unless they are called otherwise.
        let transposed = |l: &&Layer| {
            matches!(l.op, Op::ConvTranspose { .. })
                && transposed_name(l.op.weights()) != Some(true)
                && kernel(&l.op, ground.sizes).is_some_and(|k| k % 2 == 1)
        };
        let odd = 1.5 * main.layers.iter().filter(transposed).count() as f64;
        let (mut inner, mut to) = (main.layers, main.to);
        if wiring.lead {
            inner.insert(0, act());
        }
        let begins =
            inner.iter().position(|l| matches!(l.op, Op::Conv { .. } | Op::Linear { .. })).unwrap_or(0);
        let mut layers: Vec<Layer> = if wiring.shared { inner.drain(..begins).collect() } else { Vec::new() };
        layers.push(Layer::assumed(Op::Residual { main: inner, shortcut }, "how the block is wired"));
        if let Some(norm) = &wiring.norm {
            let Ok(found) =
                (ground.search)(std::slice::from_ref(norm), &[main.to], role, activation, ground, &any)
            else {
                continue;
            };
            if let Some(fit) = found.into_iter().next() {
                layers.extend(fit.layers);
                to = fit.to;
            }
        }
        if wiring.follows {
            layers.push(act());
        }
        out.push((layers, to, main.cost + beside + late + odd));
    }
    out
}

/// Which of a chain's convolutions change the map's size.
fn strides(layers: &[Layer]) -> Vec<usize> {
    let strides = layers.iter().filter_map(|l| match l.op {
        Op::Conv { stride, .. } | Op::ConvTranspose { stride, .. } => Some(stride),
        _ => None,
    });
    strides.enumerate().filter(|(_, s)| *s > 1).map(|(i, _)| i).collect()
}

fn area(flow: Flow) -> usize {
    if let Flow::Map(_, h, w) = flow { h * w } else { 1 }
}

/// The path beside, which must give what the main one gives.
fn shortcut(
    block: &Block,
    from: Flow,
    to: Flow,
    role: Role,
    activation: &Op,
    ground: &Ground<'_>,
) -> Option<(Vec<Layer>, f64)> {
    if !block.shortcut.is_empty() {
        let same = |_: Flow, end: Flow| (end == to).then_some(0.0);
        let found = (ground.search)(&block.shortcut, &[from], role, activation, ground, &same).ok()?;
        // Its shape follows from the main path, however unusual it is.
        return found.into_iter().next().map(|f| (f.layers, 0.0));
    }
    if from == to {
        return Some((Vec::new(), 0.0));
    }
    if let (Flow::Map(c, h, _), Flow::Map(d, a, _)) = (from, to)
        && d > c
    {
        let (before, behind) = ((d - c) / 2, (d - c).div_ceil(2));
        let op = Op::Subsample { stride: h.div_ceil(a.max(1)), before, after: behind };
        let fits = role != Role::Decoder && after(&op, from, ground) == Some(to);
        return fits.then(|| (vec![Layer::assumed(op, "how the path beside changes its size")], 0.2));
    }
    let resize = match (from, to) {
        (Flow::Map(_, h, w), Flow::Map(_, a, b)) if a > h && a % h == 0 && b == w * (a / h) => {
            Op::nearest(a / h)
        }
        (Flow::Map(_, h, w), Flow::Map(_, a, b)) if (h / 2, w / 2) == (a, b) => Op::AvgPool { size: 2 },
        _ => return None,
    };
    (after(&resize, from, ground) == Some(to))
        .then(|| (vec![Layer::assumed(resize, "how the path beside changes its size")], 0.1))
}
