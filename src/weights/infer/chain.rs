//! The geometry that shapes leave open: strides, paddings, resampling and where vectors become maps, searched so that
//! every layer fits, and ranked by how usual the choices are.
//!
//! Must not know: values of weights.

use super::blocks::Block;
use super::modules::{Dialect, Kind, Module};
use super::residual::{self, Way as BlockWay};
use super::segments::{Role, sides, transposed_name};
use super::usual::{Manner, convolution, transposed};
use crate::nn::network::shape::{self, Flow, Sizes};
use crate::nn::network::{Join, Latent, Layer, Op};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// What all chains of a file stand on.
pub struct Ground<'a> {
    /// Shapes of its tensors.
    pub sizes: &'a Sizes,
    /// Its latent space.
    pub latent: Latent,
    /// Its residual blocks.
    pub blocks: &'a [Block],
    /// Whether the chain is a block's path, whose layers are not alike: one of them changes the map's size.
    pub inner: bool,
    /// What framework wrote it.
    pub dialect: Dialect,
}

/// The shape after one layer, if it fits.
pub fn after(op: &Op, from: Flow, ground: &Ground<'_>) -> Option<Flow> {
    shape::after(op, from, ground.latent, ground.sizes).ok()
}

/// One way in which a chain fits.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Its layers, without an activation at the end.
    pub layers: Vec<Layer>,
    /// What goes in.
    pub from: Flow,
    /// What comes out.
    pub to: Flow,
    /// How unusual it is; less is better.
    pub cost: f64,
}

/// Ways that are followed at a time.
const BEAM: usize = 300;
/// Ways that are kept of a chain, without residual blocks and with them.
const KEPT: (usize, usize) = (12, 60);

/// What the chain says of itself to its layers.
struct Context<'a> {
    role: Role,
    ground: &'a Ground<'a>,
    activation: Op,
    /// The ways of residual blocks that were found already.
    ways: RefCell<BTreeMap<(usize, Flow), Vec<BlockWay>>>,
    manner: Manner,
    /// Groups of norms without running statistics: the usual number that divides all of their channels.
    groups: usize,
    /// Whether what is called a convolution is none that is transposed.
    honest: bool,
}

/// Whether a kernel that is called a convolution fits behind the other only transposed.
fn lies(before: &Module, module: &Module) -> bool {
    let given = match before.kind {
        Kind::Kernel { bias: Some(n), .. } | Kind::Norm { n, .. } | Kind::Block { out: n, .. } => n,
        _ => return false,
    };
    matches!(module.kind, Kind::Kernel { a, b, bias, .. } if a == given && a != b && bias.is_none_or(|l| l == b))
        && transposed_name(&module.name) == Some(false)
}

/// (transposed, side, (stride, padding, output padding), resampled) of a layer.
type Habit = (bool, usize, Way4, bool);

/// A way through the first modules of a chain.
#[derive(Clone)]
struct State {
    flow: Flow,
    layers: Vec<Rc<Layer>>,
    cost: f64,
    habits: Vec<Habit>,
}

/// What one more module may do after a state: kept light, as few of them are followed.
struct Move {
    /// Which state.
    parent: usize,
    /// Whether the activation at the state's end makes place.
    pop: bool,
    layers: Vec<Rc<Layer>>,
    flow: Flow,
    cost: f64,
    habit: Option<Habit>,
}

impl State {
    fn moved(&self, step: Move) -> Self {
        let mut next = self.clone();
        if step.pop {
            next.layers.pop();
        }
        next.layers.extend(step.layers);
        next.habits.extend(step.habit);
        (next.flow, next.cost) = (step.flow, step.cost);
        next
    }

    /// Layers of one network are alike.
    fn unlike(&self, habit: Option<Habit>) -> f64 {
        match habit {
            Some(habit) if self.habits.contains(&habit) => -0.1,
            Some(habit) if self.habits.iter().any(|h| (h.0, h.1) == (habit.0, habit.1)) => 0.6,
            _ => 0.0,
        }
    }

    /// Whether it ends in an activation that nothing is learnt of.
    fn acts(&self) -> bool {
        self.layers.last().is_some_and(|l| l.op.activation())
    }
}

type Way4 = (usize, usize, isize);
/// In a habit, in the place of a kernel's side: a residual block.
const BLOCK: usize = usize::MAX;

/// The ways in which a chain fits, the most usual first. `from`: what may go in. `end`: whether what comes out will
/// do, and what it costs. The sentence names the tensor at which every way stopped.
pub fn fits(
    chain: &[Module],
    from: &[Flow],
    role: Role,
    activation: &Op,
    ground: &Ground<'_>,
    end: &dyn Fn(Flow, Flow) -> Option<f64>,
) -> Result<Vec<Fit>, String> {
    let kernels: Vec<usize> = chain
        .iter()
        .filter_map(|m| if let Kind::Kernel { k, .. } = m.kind { Some(k) } else { None })
        .collect();
    let even = kernels.iter().filter(|k| **k == 4).count() * 2 > kernels.len();
    // Residual classifiers stride.
    let pools = role == Role::Critic && *activation == Op::Relu && ground.blocks.is_empty();
    let normed = chain
        .iter()
        .filter_map(|m| if let Kind::Norm { n, running: false } = m.kind { Some(n) } else { None });
    let groups = [32, 8].into_iter().find(|g| normed.clone().all(|n| n.is_multiple_of(*g))).unwrap_or(0);
    let valid = kernels.contains(&5) && kernels.contains(&6);
    let ways = RefCell::default();
    let manner = Manner { even, valid, pools, same: ground.dialect.same };
    let honest = !chain.windows(2).any(|w| lies(&w[0], &w[1]));
    let context = Context { role, ground, activation: activation.clone(), ways, manner, groups, honest };
    let mut done: Vec<(f64, Flow, State)> = Vec::new();
    let mut furthest = (0, String::new());
    for start in from {
        let mut states = vec![State { flow: *start, layers: Vec::new(), cost: 0.0, habits: Vec::new() }];
        for (i, module) in chain.iter().enumerate() {
            let mut next: Vec<Move> = Vec::new();
            for (parent, state) in states.iter().enumerate() {
                step(&context, chain, i, (parent, state), &mut next);
            }
            if next.is_empty() {
                if i >= furthest.0 {
                    let words = states.first().map_or(String::new(), |s| s.flow.words());
                    let shape =
                        ground.sizes.get(&format!("{}.weight", module.name)).cloned().unwrap_or_default();
                    furthest = (
                        i,
                        format!(
                            "tensor {}.weight of shape {shape:?} does not go with the layer before it, which gives {words}",
                            module.name
                        ),
                    );
                }
                states.clear();
                break;
            }
            next.sort_by(|a, b| a.cost.total_cmp(&b.cost));
            next.truncate(BEAM);
            states = next.into_iter().map(|step| states[step.parent].moved(step)).collect();
        }
        for state in states {
            if let Some(cost) = end(*start, state.flow) {
                done.push((state.cost + cost, *start, state));
            } else if furthest.1.is_empty() || furthest.0 < chain.len() {
                let last = chain.last().map_or("", |m| &m.name);
                furthest = (
                    chain.len(),
                    format!(
                        "tensor {last}.weight gives {}, which is neither a picture nor what the other tensors take",
                        state.flow.words()
                    ),
                );
            }
        }
    }
    if done.is_empty() {
        return Err(furthest.1);
    }
    done.sort_by(|a, b| a.0.total_cmp(&b.0));
    let blocks = chain.iter().any(|m| matches!(m.kind, Kind::Block { .. }));
    done.truncate(if blocks { KEPT.1 } else { KEPT.0 });
    let fit = |(cost, from, state): (f64, Flow, State)| {
        let layers = state.layers.iter().map(|l| (**l).clone()).collect();
        Fit { layers, from, to: state.flow, cost }
    };
    Ok(done.into_iter().map(fit).collect())
}

/// All ways of one module after a state.
fn step(
    context: &Context<'_>,
    chain: &[Module],
    at: usize,
    (parent, state): (usize, &State),
    out: &mut Vec<Move>,
) {
    let module = &chain[at];
    let name = module.name.clone();
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
    let act = (!quiet).then(|| Layer::assumed(context.activation.clone(), "which activation stands here"));
    let before = at.checked_sub(1).and_then(|i| gap(&chain[i], module));
    let led = led(chain, at, context.ground.inner);
    let mut push = |pop: bool, ops: Vec<Layer>, cost: f64, habit: Option<Habit>| {
        let habit = habit.filter(|_| !context.ground.inner);
        let mut flow = state.flow;
        let mut layers = Vec::with_capacity(ops.len() + 1);
        for layer in ops.into_iter().chain(act.clone()) {
            match after(&layer.op, flow, context.ground) {
                Some(next) => flow = next,
                None => return,
            }
            layers.push(Rc::new(layer));
        }
        let cost = state.cost + cost + state.unlike(habit);
        out.push(Move { parent, pop, layers, flow, cost, habit });
    };
    match module.kind {
        Kind::Matrix { into, .. } => {
            let linear: Layer = Op::Linear { weights: name }.into();
            let classes = context.ground.latent.classes;
            let joined = classes > 0 && context.role != Role::Decoder;
            match state.flow {
                Flow::Flat(n) if n == into => push(false, vec![linear], 0.0, None),
                flow if joined && flow.numbers() + classes == into => {
                    let class = Op::Class { weights: String::new(), join: Join::After, classes };
                    let class = Layer::assumed(class, "how the class joins the picture");
                    let flat = matches!(flow, Flow::Map(..)).then(|| flatten(context));
                    push(false, flat.into_iter().chain([class, linear]).collect(), 0.0, None);
                }
                Flow::Map(c, h, w) if c * h * w == into => {
                    push(false, vec![flatten(context), linear], 0.0, None)
                }
                Flow::Map(c, h, w) => {
                    if c == into {
                        let pool = Layer::assumed(Op::AvgPool { size: 0 }, "that the map is averaged");
                        // As residual networks end.
                        let cost = if context.ground.blocks.is_empty() { 1.0 } else { 0.3 };
                        push(false, vec![pool, Op::flatten().into(), linear.clone()], cost, None);
                    }
                    for size in [2, 4] {
                        if h >= size && w >= size && c * (h / size) * (w / size) == into && at > 0 {
                            let pool = Layer::assumed(
                                Op::max_pool(size),
                                "that the largest of each window is taken",
                            );
                            let cost = if size == 2 { 0.4 } else { 2.0 };
                            push(false, vec![pool, flatten(context), linear.clone()], cost, None);
                        }
                    }
                }
                Flow::Flat(_) => {}
            }
        }
        Kind::Norm { n, running } => norm(context, &name, n, running, state, &mut push),
        Kind::Slope(_) => push(false, vec![Op::Prelu { weights: name }.into()], 0.0, None),
        Kind::Table { .. } => {}
        Kind::Block { id, into, flat, .. } => {
            let stem = at.checked_sub(1).map(|i| chain[i].kind);
            let pooled = context.role != Role::Decoder
                && matches!(stem, Some(Kind::Kernel { .. } | Kind::Norm { .. }));
            // ResNet's stem (He et al. 2015): 7×7 with stride 2, and windows of 3×3 with stride 2.
            let wide = chain[..at].iter().any(|m| matches!(m.kind, Kind::Kernel { k: 7, .. }));
            let (with, without) = if wide { (0.0, 0.6) } else { (1.0, 0.0) };
            if pooled {
                let largest = Op::MaxPool { size: 3, stride: 2, padding: 1 };
                let pools = [
                    (largest, "that the largest of each window is taken", with),
                    (Op::AvgPool { size: 2 }, "that the map is halved here by averaging", 1.3),
                ];
                for (pool, why, cost) in pools {
                    let Some(flow) = after(&pool, state.flow, context.ground) else { continue };
                    let pool = Some(Layer::assumed(pool, why));
                    block(context, (id, into, flat), (parent, flow, state), (pool, cost), out);
                }
            }
            let cost = if pooled { without } else { 0.0 };
            block(context, (id, into, flat), (parent, state.flow, state), (None, cost), out);
        }
        Kind::Kernel { a, b, k, bias } => {
            let to_map = |into: usize| -> Option<(Option<Layer>, Flow)> {
                match state.flow {
                    Flow::Map(c, h, w) if c == into => Some((None, Flow::Map(c, h, w))),
                    Flow::Flat(n) if n % into.max(1) == 0 => {
                        let (height, width) = sides(n / into)?;
                        // What begins with a map has its channels first, as encoders' ends have them here.
                        let first = Layer::from(Op::reshape(into, height, width));
                        let made = if at == 0 { first } else { reshape(context, into, height, width) };
                        Some((Some(made), Flow::Map(into, height, width)))
                    }
                    _ => None,
                }
            };
            let says_transposed = transposed_name(&name).filter(|says| *says || context.honest);
            if bias.is_none_or(|l| l == b)
                && context.role == Role::Decoder
                && let Some((reshape, Flow::Map(_, h, _))) = to_map(a)
            {
                let unlikely = if a == b && says_transposed == Some(false) { 4.0 } else { 0.0 };
                for (stride, padding, more, cost) in transposed(k, h == 1, context.manner) {
                    let (weights, output_padding) = (name.clone(), more.max(0).unsigned_abs());
                    let op = Op::ConvTranspose { weights, stride, padding, output_padding };
                    let mut ops: Vec<Layer> = reshape.clone().into_iter().collect();
                    ops.push(Layer { op, assumed: open(k, h == 1) });
                    if more < 0 {
                        ops.push(Layer::assumed(Op::Pad { before: 0, after: more }, SAME));
                    }
                    let habit = (h > 1 && k > 1).then_some((true, k, (stride, padding, more), false));
                    push(false, ops, cost + unlikely, habit);
                }
            }
            if bias.is_none_or(|l| l == a)
                && let Some((reshape, Flow::Map(_, h, _))) = to_map(b)
            {
                let decodes = context.role == Role::Decoder;
                let unlikely = match (decodes, a == b, says_transposed) {
                    (true, _, Some(true)) => 6.0,
                    (true, true, None) if k % 2 == 0 => 4.0,
                    _ => 0.0,
                };
                let pooled = !decodes && at > 0 && h >= 2;
                let ways = convolution(k, h, context.role, context.manner).into_iter().map(|w| (w, false));
                let smaller =
                    convolution(k, h / 2, context.role, context.manner).into_iter().map(|w| (w, true));
                for ((stride, padding, more, cost), pools) in ways.chain(smaller.filter(|_| pooled)) {
                    let mut ops: Vec<Layer> = reshape.clone().into_iter().collect();
                    let side = if pools { h / 2 } else { h };
                    let at_conv = ops.len();
                    if more > 0 {
                        let before = padding as isize;
                        ops.push(Layer::assumed(Op::Pad { before, after: before + more }, SAME));
                    }
                    let op = Op::conv(name.as_str(), stride, if more > 0 { 0 } else { padding });
                    ops.push(Layer { op, assumed: open(k, side == k) });
                    // The first layer has no pool before it, and the last takes whatever is left.
                    let habit = (side != k && k > 1).then_some((false, k, (stride, padding, more), false));
                    if pools {
                        if stride == 1 {
                            let pool = Op::max_pool(2);
                            ops.insert(
                                at_conv,
                                Layer::assumed(pool, "that the largest of each window is taken"),
                            );
                            // Between an activation and the next layer is a place for it, or none.
                            let place = match before {
                                None => 0.4,
                                Some(0) => continue,
                                Some(1) => 1.4,
                                Some(_) => 0.0,
                            };
                            push(false, ops, cost + place, habit);
                        }
                        continue;
                    }
                    // Residual networks of small pictures begin with all of them (He et al. 2015, section 4.2).
                    let stem = !decodes && !context.ground.inner && !context.ground.blocks.is_empty();
                    let unlikely = if stem && k == 3 && stride == 2 { unlikely + 0.8 } else { unlikely };
                    let unexplained = match led {
                        true if decodes => 0.8,
                        _ if before.is_some_and(|g| g > 1) => 0.3,
                        _ => 0.0,
                    };
                    push(false, ops.clone(), cost + unlikely + unexplained, habit);
                    let resampled = (k > 1).then_some((false, k, (stride, padding, more), true));
                    if decodes && stride == 1 && before != Some(0) {
                        let factor = if h == 1 && k > 1 { 4 } else { 2 };
                        let up = Op::nearest(factor);
                        ops.insert(
                            at_conv,
                            Layer::assumed(up, "how much larger the map becomes here, and how"),
                        );
                        let explained = if led || before.is_some_and(|g| g > 1) { -0.2 } else { 0.3 };
                        // One place between two layers is taken by the doubling, and leaves none to an activation.
                        let pop = before == Some(1) && state.acts();
                        // A norm that begins a Sequential stands behind no layer, and no activation belongs to it.
                        let begins = at > 0 && chain[at - 1].name.ends_with(".0");
                        let unlikely = if pop && !begins { unlikely + 0.5 } else { unlikely };
                        push(pop, ops, cost + unlikely + explained, resampled);
                    }
                }
            }
            if let Flow::Map(c, ..) = state.flow
                && c == 4 * b
                && bias.is_none_or(|l| l == a)
                && k % 2 == 1
            {
                let conv = Op::conv(name.as_str(), 1, k / 2);
                push(false, vec![Op::PixelShuffle { factor: 2 }.into(), conv.into()], 0.3, None);
            }
        }
    }
}

/// All ways of a residual block after a state, with a pool before it or none, which costs so much.
fn block(
    context: &Context<'_>,
    (id, into, flat): (usize, usize, bool),
    (parent, flow, state): (usize, Flow, &State),
    (pool, cost): (Option<Layer>, f64),
    out: &mut Vec<Move>,
) {
    let (front, flow) = match flow {
        Flow::Flat(n) if !flat => {
            let found = n.checked_div(into).filter(|p| p * into == n).and_then(sides);
            let Some((height, width)) = found else { return };
            (Some(reshape(context, into, height, width)), Flow::Map(into, height, width))
        }
        flow @ Flow::Map(..) if flat => (Some(flatten(context)), Flow::Flat(flow.numbers())),
        flow => (None, flow),
    };
    // A vector may be blown up to a map before its first block.
    if matches!(flow, Flow::Map(_, 1, 1)) && context.role == Role::Decoder && pool.is_none() {
        let up = Layer::assumed(Op::nearest(4), "how much larger the map becomes here, and how");
        let begun: Vec<Layer> = front.iter().cloned().chain([up]).collect();
        let larger = Flow::Map(into, 4, 4);
        ways(context, (id, larger), (parent, state), (begun, cost), out);
    }
    let begun = pool.into_iter().chain(front).collect();
    ways(context, (id, flow), (parent, state), (begun, cost), out);
}

/// The ways of one block behind what it begins with.
fn ways(
    context: &Context<'_>,
    (id, flow): (usize, Flow),
    (parent, state): (usize, &State),
    (begun, cost): (Vec<Layer>, f64),
    out: &mut Vec<Move>,
) {
    let begun: Vec<Rc<Layer>> = begun.into_iter().map(Rc::new).collect();
    let mut known = context.ways.borrow_mut();
    let ways = known.entry((id, flow)).or_insert_with(|| {
        residual::ways(&context.ground.blocks[id], flow, context.role, &context.activation, context.ground)
    });
    for way in ways.iter() {
        let habit = (false, BLOCK, (way.style, 0, 0), false);
        let wiring = if state.habits.contains(&habit) { 0.0 } else { way.wiring };
        let layers = begun.iter().chain(&way.layers).cloned();
        out.push(Move {
            parent,
            pop: way.leads && !begun.iter().any(|l| matches!(l.op, Op::MaxPool { .. })) && state.acts(),
            layers: layers.collect(),
            flow: way.to,
            cost: state.cost + cost + way.cost + wiring + state.unlike(Some(habit)),
            habit: Some(habit),
        });
    }
}

/// Layers without weights between two of one Sequential, by their numbers; `None` where they are not of one. Two layers of
/// one kind in a row may be of a list, whose numbers count nothing else.
fn gap(a: &Module, b: &Module) -> Option<usize> {
    let ((path, i), (other, j)) = (a.name.rsplit_once('.')?, b.name.rsplit_once('.')?);
    let (i, j) = (i.parse::<usize>().ok()?, j.parse::<usize>().ok()?);
    let norm = |m: &Module| matches!(m.kind, Kind::Norm { .. } | Kind::Slope(_));
    let places = if path == other { j.checked_sub(i + 1) } else { None };
    places.filter(|n| *n > 0 || norm(a) != norm(b))
}

/// Whether a layer is told to have one without weights of its own before it: it is the first of a Sequential whose numbers
/// do not begin with it, or, in a block, has a module around it that others have not.
fn led(chain: &[Module], at: usize, inner: bool) -> bool {
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

/// What a pad of one side is assumed for.
const SAME: &str = "padding as TensorFlow's SAME, with its odd pixel at the right and below";

/// A vector as a map, in the order of the file's framework.
fn reshape(context: &Context<'_>, channels: usize, height: usize, width: usize) -> Layer {
    let channels_last = context.ground.dialect.channels_last && height * width > 1;
    Op::Reshape { channels, height, width, channels_last }.into()
}

/// A map as a vector, in the order of the file's framework.
fn flatten(context: &Context<'_>) -> Layer {
    Op::Flatten { channels_last: context.ground.dialect.channels_last }.into()
}

/// What of a convolution's numbers is open, in words; empty where the map fixes it.
fn open(k: usize, lone: bool) -> String {
    if lone || k == 1 { String::new() } else { "stride and padding, from the usual ones that fit".into() }
}

fn norm(
    context: &Context<'_>,
    name: &str,
    n: usize,
    running: bool,
    state: &State,
    push: &mut impl FnMut(bool, Vec<Layer>, f64, Option<Habit>),
) {
    let weights = name.to_owned();
    let epsilon = context.ground.dialect.epsilon();
    let batch = |weights: String| Layer::from(Op::BatchNorm { weights, epsilon });
    match (state.flow, running) {
        (Flow::Flat(m) | Flow::Map(m, ..), true) if m == n => push(false, vec![batch(weights)], 0.0, None),
        (Flow::Flat(m), true) if n > 0 && m % n == 0 => {
            if let Some((height, width)) = sides(m / n) {
                push(false, vec![reshape(context, n, height, width), batch(weights)], 0.0, None);
            }
        }
        (Flow::Flat(m), false) if m == n => {
            push(false, vec![Op::LayerNorm { weights, epsilon: 1e-5 }.into()], 0.0, None)
        }
        (Flow::Map(c, h, w), false) if c * h * w == n => {
            push(false, vec![Op::LayerNorm { weights, epsilon: 1e-5 }.into()], 0.0, None);
        }
        (flow, false) => {
            let mut ops: Vec<Layer> = Vec::new();
            match flow {
                Flow::Map(c, ..) if c == n => {}
                Flow::Flat(m) if n > 0 && m % n == 0 => match sides(m / n) {
                    Some((height, width)) => ops.push(reshape(context, n, height, width)),
                    None => return,
                },
                _ => return,
            }
            let lower = name.to_lowercase();
            let (groups, why) = if lower.contains("inst") {
                (0, "")
            } else if context.role == Role::Critic {
                (0, "that it is an instance norm, as critics under a gradient penalty have")
            } else {
                (context.groups, "the number of groups; an instance norm has 0 and a layer norm 1")
            };
            ops.push(Layer::assumed(Op::GroupNorm { weights, groups, epsilon: 1e-5 }, why));
            push(false, ops, 0.0, None);
        }
        _ => {}
    }
}
