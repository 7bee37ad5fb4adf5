//! What one more module may do behind a way through a chain: a linear layer, a norm, a residual block, and (in
//! `kernels.rs`) a convolution, each with what must stand before it.
//!
//! Must not know: how ways are searched, values of weights.

use super::conditional::Class;
use super::geometry::{BLOCK, Context, Habit, Move, State, after};
use super::kernels::kernel;
use super::modules::{Kind, Module};
use super::neighbours::{gap, led};
use super::residual;
use super::segments::{Role, sides};
use crate::nn::network::shape::{self, Flow};
use crate::nn::network::{Join, Latent, Layer, Op};
use std::rc::Rc;

/// A place in a chain, and the way that has come to it.
pub struct Place<'a> {
    /// What all of the chain is.
    pub context: &'a Context<'a>,
    /// Its modules.
    pub chain: &'a [Module],
    /// Which of them comes next.
    pub at: usize,
    /// The way.
    pub state: &'a State,
    /// Its number.
    parent: usize,
    /// The activation that stands behind the module.
    act: Option<Layer>,
    /// Layers without weights before it, where numbers tell.
    pub before: Option<usize>,
    /// Whether its name tells that there is one.
    pub led: bool,
}

impl Place<'_> {
    /// Adds a move of these layers, if they fit. `pop`: whether the activation at the way's end makes place.
    pub fn push(&self, out: &mut Vec<Move>, pop: bool, ops: Vec<Layer>, cost: f64, habit: Option<Habit>) {
        let habit = habit.filter(|_| !self.context.ground.inner);
        let mut flow = self.state.flow;
        let mut layers = Vec::with_capacity(ops.len() + 1);
        for layer in ops.into_iter().chain(self.act.clone()) {
            match after(&layer.op, flow, self.context.ground) {
                Some(next) => flow = next,
                None => return,
            }
            layers.push(Rc::new(layer));
        }
        let cost = self.state.cost + cost + self.state.unlike(habit);
        out.push(Move { parent: self.parent, pop, layers, flow, cost, habit });
    }

    /// A vector as a map, in the order of the file's framework.
    pub fn reshape(&self, channels: usize, height: usize, width: usize) -> Layer {
        let channels_last = self.context.ground.dialect.channels_last && height * width > 1;
        Op::Reshape { channels, height, width, channels_last }.into()
    }

    /// A map as a vector, in the order of the file's framework.
    fn flatten(&self) -> Layer {
        Op::Flatten { channels_last: self.context.ground.dialect.channels_last }.into()
    }
}

/// All ways of one module after a state.
pub fn step(
    context: &Context<'_>,
    chain: &[Module],
    at: usize,
    (parent, state): (usize, &State),
    out: &mut Vec<Move>,
) {
    let module = &chain[at];
    // A norm or a learnt slope belongs to the layer before it, and the activation after them; in a Sequential the numbers
    // tell whether there is a place for one.
    let quiet = chain.get(at + 1).is_none_or(|next| match gap(module, next) {
        Some(places) => places == 0,
        None => matches!(next.kind, Kind::Norm { .. } | Kind::Slope(_)),
    });
    // Between a decoder's vector and its first block usually stands nothing.
    let enters = chain.get(at + 1).is_some_and(|next| matches!(next.kind, Kind::Block { flat: false, .. }));
    let quiet =
        quiet || enters && context.role == Role::Decoder && matches!(module.kind, Kind::Matrix { .. });
    // Where activations stand before the norms, none stands behind.
    let quiet = quiet || matches!(module.kind, Kind::Norm { .. }) && state.acts();
    // A learnt slope is an activation itself.
    let quiet = quiet || matches!(module.kind, Kind::Slope(_));
    let place = Place {
        context,
        chain,
        at,
        state,
        parent,
        act: (!quiet).then(|| Layer::assumed(context.activation.clone(), "which activation stands here")),
        before: at.checked_sub(1).and_then(|i| gap(&chain[i], module)),
        led: led(chain, at, context.ground.inner),
    };
    match module.kind {
        Kind::Matrix { into, .. } => matrix(&place, into, out),
        Kind::Norm { n, running } => norm(&place, n, running, out),
        Kind::Slope(n) => {
            let shuffle = shuffled(state.flow, n).filter(|_| n > 1);
            let slope = Op::Prelu { weights: module.name.clone() }.into();
            place.push(out, false, shuffle.into_iter().chain([slope]).collect(), 0.0, None);
        }
        Kind::Table { .. } => {}
        Kind::Block { id, into, flat, .. } => entered(&place, (id, into, flat), out),
        Kind::Kernel { a, b, k, bias } => kernel(&place, (a, b, k, bias), out),
    }
}

/// A class that joins what does not draw.
pub fn joining(class: &Class) -> Layer {
    Layer::assumed(class.op(Join::After), "how the class joins the picture")
}

/// What is assumed of a pool of the largest.
pub const LARGEST: &str = "that the largest of each window is taken";

/// The ways of a linear layer, with what a map must become for it.
fn matrix(place: &Place<'_>, into: usize, out: &mut Vec<Move>) {
    let context = place.context;
    let linear: Layer = Op::Linear { weights: place.chain[place.at].name.clone() }.into();
    let class = context.ground.class.filter(|_| context.role != Role::Decoder);
    match place.state.flow {
        Flow::Flat(n) if n == into => place.push(out, false, vec![linear], 0.0, None),
        flow if class.is_some_and(|c| flow.numbers() + c.width == into) => {
            let class = class.map(joining);
            let flat = matches!(flow, Flow::Map(..)).then(|| place.flatten());
            place.push(out, false, flat.into_iter().chain(class).chain([linear]).collect(), 0.0, None);
        }
        Flow::Map(c, h, w) if c * h * w == into => {
            // Residual networks average a map of several pixels.
            let rare = !context.ground.blocks.is_empty() && h * w == 1;
            let cost = if rare && context.role == Role::Critic { 1.0 } else { 0.0 };
            place.push(out, false, vec![place.flatten(), linear], cost, None);
        }
        Flow::Map(c, h, w) => {
            let residual = !context.ground.blocks.is_empty();
            if c == into {
                let sizes = context.ground.sizes;
                let said = shape::after(&linear.op, Flow::Flat(into), Latent::default(), sizes);
                // Critics of residual blocks add up (Miyato et al. 2018), classifiers average.
                let adds = context.role == Role::Critic && residual && said == Ok(Flow::Flat(1));
                let pool = if adds { Op::SumPool } else { Op::AvgPool { size: 0 } };
                let pool = Layer::assumed(pool, "that the map is averaged, or added up");
                // As residual networks end; of small maps usually.
                let cost = if residual { 0.3 } else { 1.0 } + if h > 8 { 1.0 } else { 0.0 };
                place.push(out, false, vec![pool, Op::flatten().into(), linear.clone()], cost, None);
            }
            for size in [2, 4] {
                if h >= size && w >= size && c * (h / size) * (w / size) == into && place.at > 0 {
                    let pool = Layer::assumed(Op::max_pool(size), LARGEST);
                    let strides = context.role == Role::Encoder;
                    let cost = if size == 2 { 0.4 } else { 2.0 } + if strides { 0.4 } else { 0.0 };
                    place.push(out, false, vec![pool, place.flatten(), linear.clone()], cost, None);
                }
            }
        }
        Flow::Flat(_) => {}
    }
}

/// Channels that become pixels where a norm or a slope is of a fourth of them.
fn shuffled(flow: Flow, n: usize) -> Option<Layer> {
    matches!(flow, Flow::Map(c, ..) if c == 4 * n).then(|| Op::PixelShuffle { factor: 2 }.into())
}

/// The ways of a norm, with what a vector must become for it.
fn norm(place: &Place<'_>, n: usize, running: bool, out: &mut Vec<Move>) {
    let context = place.context;
    let name = &place.chain[place.at].name;
    let mut push = |layers: Vec<Layer>| place.push(out, false, layers, 0.0, None);
    let told = context.ground.hints.get(name).copied().unwrap_or_default();
    let epsilon = told.epsilon.unwrap_or_else(|| context.ground.dialect.epsilon());
    let small = told.epsilon.unwrap_or(1e-5);
    let map = |m: usize| {
        let (height, width) = m.checked_div(n).filter(|p| p * n == m).and_then(sides)?;
        Some(place.reshape(n, height, width))
    };
    if running {
        let before = match place.state.flow {
            Flow::Flat(m) | Flow::Map(m, ..) if m == n => None,
            flow @ Flow::Map(..) => match shuffled(flow, n) {
                Some(shuffle) => Some(shuffle),
                None => return,
            },
            Flow::Flat(m) => match map(m) {
                Some(reshape) => Some(reshape),
                None => return,
            },
        };
        let batch = Op::BatchNorm { weights: name.clone(), epsilon };
        let film = context
            .ground
            .films
            .get(name)
            .map(|table| Op::Film { weights: table.clone(), latent: String::new() });
        return push(before.into_iter().chain([batch.into()]).chain(film.map(Layer::from)).collect());
    }
    let whole = || Layer::from(Op::LayerNorm { weights: name.clone(), epsilon: small });
    let before = match place.state.flow {
        Flow::Flat(m) if m == n => return push(vec![whole()]),
        Flow::Map(c, h, w) if c * h * w == n => return push(vec![whole()]),
        Flow::Map(c, ..) if c == n => None,
        Flow::Flat(m) => match map(m) {
            Some(reshape) => Some(reshape),
            None => return,
        },
        Flow::Map(..) => return,
    };
    let (groups, why) = if let Some(groups) = told.norm_groups {
        (groups, "")
    } else if name.to_lowercase().contains("inst") {
        (0, "")
    } else if context.role == Role::Critic {
        (0, "that it is an instance norm, as critics under a gradient penalty have")
    } else {
        (context.groups, "the number of groups; an instance norm has 0 and a layer norm 1")
    };
    let group = Layer::assumed(Op::GroupNorm { weights: name.clone(), groups, epsilon: small }, why);
    push(before.into_iter().chain([group]).collect());
}

/// All ways of a residual block, with what stands between it and a stem.
fn entered(place: &Place<'_>, block: (usize, usize, bool), out: &mut Vec<Move>) {
    let (context, state) = (place.context, place.state);
    let stem = place.at.checked_sub(1).map(|i| place.chain[i].kind);
    let pooled =
        context.role != Role::Decoder && matches!(stem, Some(Kind::Kernel { .. } | Kind::Norm { .. }));
    // ResNet's stem (He et al. 2015): 7×7 with stride 2, and windows of 3×3 with stride 2.
    let wide = place.chain[..place.at].iter().any(|m| matches!(m.kind, Kind::Kernel { k: 7, .. }));
    let (with, without) = if wide { (0.0, 0.6) } else { (1.0, 0.0) };
    if pooled {
        let pools = [
            (Op::MaxPool { size: 3, stride: 2, padding: 1 }, LARGEST, with),
            (Op::AvgPool { size: 2 }, "that the map is halved here by averaging", 1.3),
        ];
        for (pool, why, cost) in pools {
            let Some(flow) = after(&pool, state.flow, context.ground) else { continue };
            shaped(place, block, flow, (Some(Layer::assumed(pool, why)), cost), out);
        }
    }
    shaped(place, block, state.flow, (None, if pooled { without } else { 0.0 }), out);
}

/// All ways of a residual block, with a pool before it or none, which costs so much, and with what `flow` must become.
fn shaped(
    place: &Place<'_>,
    (id, into, flat): (usize, usize, bool),
    flow: Flow,
    (pool, cost): (Option<Layer>, f64),
    out: &mut Vec<Move>,
) {
    let (front, flow) = match flow {
        Flow::Flat(n) if !flat => {
            let found = n.checked_div(into).filter(|p| p * into == n).and_then(sides);
            let Some((height, width)) = found else { return };
            (Some(place.reshape(into, height, width)), Flow::Map(into, height, width))
        }
        flow @ Flow::Map(..) if flat => (Some(place.flatten()), Flow::Flat(flow.numbers())),
        flow => (None, flow),
    };
    // A vector may be blown up to a map before its first block.
    if matches!(flow, Flow::Map(_, 1, 1)) && place.context.role == Role::Decoder && pool.is_none() {
        let up = Layer::assumed(Op::nearest(4), "how much larger the map becomes here, and how");
        let begun: Vec<Layer> = front.iter().cloned().chain([up]).collect();
        ways(place, (id, Flow::Map(into, 4, 4)), (begun, cost), out);
    }
    ways(place, (id, flow), (pool.into_iter().chain(front).collect(), cost), out);
}

/// Whether a block is of the first stage of several, and whether it begins its stage, as numbered names tell ("layer2.0"):
/// stages but the first begin with a smaller map (He et al. 2015).
fn stage(chain: &[Module], at: usize) -> Option<(bool, bool)> {
    let of = |m: &Module| {
        let (stage, block) = m.name.rsplit_once('.')?;
        let (stage, block) =
            if block.parse::<usize>().is_ok() { (stage, block) } else { stage.rsplit_once('.')? };
        let numbered = stage.contains(|c: char| c.is_ascii_digit()) && matches!(m.kind, Kind::Block { .. });
        (numbered && block.parse::<usize>().is_ok()).then(|| (stage.to_owned(), block == "0"))
    };
    let all: Vec<_> = chain.iter().filter_map(&of).collect();
    let (stage, begins) = of(&chain[at])?;
    let several = all.iter().any(|(s, _)| *s != all[0].0);
    several.then(|| (stage == all[0].0, begins))
}

/// The ways of one block behind what it begins with.
fn ways(place: &Place<'_>, (id, flow): (usize, Flow), (begun, cost): (Vec<Layer>, f64), out: &mut Vec<Move>) {
    let (context, state) = (place.context, place.state);
    let begun: Vec<Rc<Layer>> = begun.into_iter().map(Rc::new).collect();
    let stage = stage(place.chain, place.at);
    let mut known = context.ways.borrow_mut();
    let ways = known.entry((id, flow)).or_insert_with(|| {
        residual::ways(&context.ground.blocks[id], flow, context.role, &context.activation, context.ground)
    });
    for way in ways.iter() {
        let habit = (false, BLOCK, (way.style, 0, 0), false);
        let wiring = if state.habits.contains(&habit) { 0.0 } else { way.wiring };
        let shrinks = matches!((flow, way.to), (Flow::Map(_, h, _), Flow::Map(_, to, _)) if to < h);
        let odd = |(first, begins): (bool, bool)| shrinks != (begins && !first);
        let staged = if context.role != Role::Decoder && stage.is_some_and(odd) { 0.8 } else { 0.0 };
        out.push(Move {
            parent: place.parent,
            pop: way.leads && !begun.iter().any(|l| matches!(l.op, Op::MaxPool { .. })) && state.acts(),
            layers: begun.iter().chain(&way.layers).cloned().collect(),
            flow: way.to,
            cost: state.cost + cost + way.cost + wiring + staged + state.unlike(Some(habit)),
            habit: Some(habit),
        });
    }
}
