//! Decoder, encoder and critic from chains of modules, and the whole that they make.
//!
//! Must not know: files, values of weights.

use super::chain::fits;
use super::conditional::Class;
use super::geometry::{Fit, Ground};
use super::modules::{Kind, Module};
use super::moves::LARGEST;
use super::segments::{self, LEAST, Role, Segment, rectangle};
use super::usual::{oddness, usual_sides};
use crate::nn::network::shape::{Flow, planes};
use crate::nn::network::{Join, Latent, Layer, Network, Op, Picture, Posterior, deep};

/// A network that fits.
pub struct Candidate {
    /// How unusual it is.
    pub cost: f64,
    /// The network.
    pub network: Network,
    /// Other encoders that fit as well.
    pub encoders: Vec<Vec<Layer>>,
}

/// Networks without a decoder that are to begin with the chain: one for each size of pictures that it may take.
pub fn alone(segment: Option<&Segment>, class: Option<&Class>) -> Vec<(f64, Network)> {
    let latent = Latent { classes: class.map_or(0, |c| c.classes), ..Latent::default() };
    let empty = Network { format: 1, latent, ..Network::default() };
    let sizes = segment.map_or(Vec::new(), |s| starts(&s.chain, &empty, class));
    let sized = sizes.into_iter().filter_map(|flow| {
        let Flow::Map(channels, height, width) = flow else { return None };
        let picture = Picture { width, height, channels, ..Picture::default() };
        Some((0.0, Network { picture, ..empty.clone() }))
    });
    let all: Vec<_> = sized.collect();
    if all.is_empty() { vec![(0.0, empty)] } else { all }
}

/// Dimensions of what a decoder's chain begins with.
pub fn latent_of(chain: &[Module]) -> Option<usize> {
    match chain.first()?.kind {
        Kind::Matrix { into, .. } => Some(into),
        Kind::Kernel { a, b, bias, .. } => Some(if bias == Some(a) && bias != Some(b) { b } else { a }),
        Kind::Norm { n, .. } => Some(n),
        Kind::Block { into, .. } => Some(into),
        _ => None,
    }
}

/// Classes that a decoder takes beside z as one number each, as the encoder beside it tells: its heads give fewer numbers
/// than the decoder takes, or its first layer takes more than the picture.
pub fn one_hot(decoder: &Segment, encoder: &Segment) -> Option<usize> {
    let takes = latent_of(&decoder.chain)?;
    let given = |m: &Module| match m.kind {
        Kind::Matrix { out, .. } => out,
        Kind::Kernel { a, .. } => a,
        _ => 0,
    };
    let classes = match (&encoder.heads, encoder.chain.first()?.kind, decoder.chain.last()?.kind) {
        (Some([mean, _]), ..) => takes.checked_sub(given(mean))?,
        (None, Kind::Matrix { into, .. }, Kind::Matrix { out, .. }) => {
            let classes = into.checked_sub(out)?;
            let z = takes.checked_sub(classes)?;
            let end = given(encoder.chain.last()?);
            (end == z || end == 2 * z).then_some(classes)?
        }
        _ => return None,
    };
    (2..takes).contains(&classes).then_some(classes)
}

/// Sides of latents that are maps.
const MAPS: [usize; 8] = [2, 3, 4, 7, 8, 14, 16, 32];

/// Whether an encoder's chain ends in a map: in a convolution, beside other layers that are none of vectors.
pub fn ends_in_map(segment: &Segment) -> bool {
    let last = segment.heads.as_ref().map(|h| &h[0]).or(segment.chain.last());
    let flat = |m: &Module| matches!(m.kind, Kind::Matrix { .. });
    // A kernel of 4×4 usually takes a whole map, and gives one pixel.
    matches!(
        last.map(|m| m.kind),
        Some(Kind::Kernel { k: 1..=3, .. } | Kind::Norm { .. } | Kind::Block { .. })
    ) && !segment.chain.iter().any(flat)
}

/// What is assumed of a class.
pub const JOINS: &str = "how the class joins the latent";

/// What stands beside a decoder.
#[derive(Clone, Copy, Default)]
pub struct Beside<'a> {
    /// A table of classes.
    pub table: Option<&'a Class>,
    /// An encoder that ends in maps, so that latents are likely to be some.
    pub maps: bool,
    /// So many of the inputs are a class.
    pub one_hot: Option<usize>,
    /// Classes that layers behind the first ones know; 0 = none do.
    pub classes: usize,
}

/// The ways in which a decoder's chain draws pictures.
pub fn decoders(
    segment: &Segment,
    beside: Beside<'_>,
    ground: &mut Ground<'_>,
) -> Result<Vec<(f64, Network)>, String> {
    let chain = &segment.chain;
    let takes = latent_of(chain).ok_or("its decoder begins with no layer that takes a latent")?;
    let mut latent = Latent { dims: takes, ..Latent::default() };
    let mut class = None;
    if let Some(table) = beside.table.filter(|_| ground.class.is_some()) {
        latent.classes = table.classes;
    } else if let Some(table) = beside.table {
        latent.classes = table.classes;
        let join = if takes > table.width { Join::Before } else { Join::Multiply };
        latent.dims = if takes > table.width { takes - table.width } else { takes };
        class = (takes >= table.width).then(|| Layer::assumed(table.op(join), JOINS));
    } else if let Some(classes) = beside.one_hot.filter(|classes| *classes < takes) {
        latent = Latent { dims: takes - classes, classes, ..latent };
        class = Some(Layer::assumed(Class::one_hot(classes).op(Join::After), JOINS));
    }
    if latent.classes == 0 {
        latent.classes = beside.classes;
    }
    ground.latent = latent;
    let vector = matches!(chain.last().map(|m| m.kind), Some(Kind::Matrix { .. }));
    // A latent may be a map itself, as of auto-encoders without linear layers; such a decoder makes it larger.
    let mut from = vec![Flow::Flat(takes)];
    let several = chain.iter().filter(|m| m.weighted()).count() > 1;
    if several && matches!(chain.first().map(|m| m.kind), Some(Kind::Kernel { .. })) && class.is_none() {
        from.extend(MAPS.iter().map(|side| Flow::Flat(takes * side * side)));
    }
    let as_map = |from: Flow, h: usize, w: usize| match from.numbers() / takes.max(1) {
        1 => Some(0.0),
        pixels if h * w > pixels => Some(if beside.maps { 0.0 } else { 3.5 }),
        _ => None,
    };
    let end = |from: Flow, to: Flow| match to {
        Flow::Map(c @ (1 | 3 | 4), h, w) if h >= LEAST && w >= LEAST => {
            as_map(from, h, w).map(|cost| cost + oddness(c, h, w))
        }
        Flow::Flat(n) if vector => rectangle(n).map(|(c, h, w)| oddness(c, h, w)),
        _ => None,
    };
    let found = fits(chain, &from, Role::Decoder, &Op::Relu, ground, &end)?;
    let make = |fit: Fit| {
        let latent = match fit.from.numbers() {
            n if n == takes => latent,
            dims => Latent { dims, ..latent },
        };
        let mut decoder: Vec<Layer> = class.iter().cloned().chain(fit.layers).collect();
        let (channels, height, width) = match fit.to {
            Flow::Map(c, h, w) => (c, h, w),
            Flow::Flat(n) => {
                let (channels, height, width) = rectangle(n).unwrap_or((1, 1, 1));
                let why = if height == width {
                    "that the picture is square"
                } else {
                    "the picture's width and height"
                };
                let channels_last = ground.dialect.channels_last;
                decoder.push(Layer::assumed(Op::Reshape { channels, height, width, channels_last }, why));
                (channels, height, width)
            }
        };
        let picture = Picture { width, height, channels, ..Picture::default() };
        (fit.cost, Network { format: 1, latent, picture, decoder, ..Network::default() })
    };
    Ok(found.into_iter().map(make).collect())
}

/// Whether a pool makes latents of a map.
fn pooled(map: Flow, latents: usize) -> bool {
    matches!(map, Flow::Map(c, h, w) if h > 2 && h == w && h.is_multiple_of(2) && c * (h / 2) * (w / 2) == latents)
}

/// Encoders beside the likeliest that are compared by what they find again.
const RIVALS: usize = 16;

/// Adds an encoder to a network; returns its cost and other encoders that fit as well.
fn encoded(
    network: &mut Network,
    segment: &Segment,
    ground: &Ground<'_>,
) -> Result<(f64, Vec<Vec<Layer>>), String> {
    let z = network.latent.dims;
    let mut chain = segment.chain.clone();
    let heads = segment.heads.as_ref();
    if heads.is_some() && chain.is_empty() {
        return Err("its encoder has no layers before its mean and log-variance".into());
    }
    // The end's head is fitted with the chain: for two heads, the first.
    if let Some([mean, _]) = heads {
        chain.push(mean.clone());
    }
    let starts = starts(&chain, network, ground.class);
    let out = |flow: Flow| flow.numbers();
    let known = z > 0;
    let end = |from: Flow, to: Flow| {
        let odd = if let Flow::Map(c, h, w) = from { oddness(c, h, w) } else { 0.0 };
        let fits = if known { out(to) == z || (heads.is_none() && out(to) == 2 * z) } else { out(to) > 0 };
        match fits {
            true => Some(odd),
            false => (heads.is_none() && pooled(to, z)).then_some(odd + 0.2),
        }
    };
    let found = fits(&chain, &starts, Role::Encoder, &Op::Relu, ground, &end)?;
    // A latent map may be what a last pool leaves, behind an activation.
    let act = Layer::assumed(Op::Relu, "which activation stands here");
    let last = [act, Layer::assumed(Op::max_pool(2), LARGEST)];
    let whole = |fit: Fit| match fit.to {
        Flow::Map(c, h, w) if known && heads.is_none() && pooled(fit.to, z) => {
            let layers = fit.layers.into_iter().chain(last.clone()).collect();
            Fit { layers, to: Flow::Map(c, h / 2, w / 2), ..fit }
        }
        _ => fit,
    };
    let mut found = found.into_iter().map(whole);
    let fit = found.next().ok_or("its encoder fits nothing")?;
    let alike = found.filter(|other| (other.from, other.to) == (fit.from, fit.to)).take(RIVALS);
    let inner = |layers: Vec<Layer>| {
        if heads.is_some() { layers[..last_weights(&layers)].to_vec() } else { layers }
    };
    let encoders = alike.map(|other| inner(other.layers)).collect();
    let cost = fit.cost;
    let numbers = out(fit.to);
    fill(network, fit.from);
    let cut = last_weights(&fit.layers);
    match heads {
        Some([first, second]) => {
            let mut second_head = fit.layers[cut..].to_vec();
            second_head.iter_mut().for_each(|l| rename(&mut l.op, &first.name, &second.name));
            network.encoder = fit.layers[..cut].to_vec();
            network.head = fit.layers[cut..].to_vec();
            network.second_head = second_head;
            let names = (segments::head_name(&first.name), segments::head_name(&second.name));
            let variance_first = names.0 == Some(false) || names.1 == Some(true);
            if names.0.is_some() && names.1.is_some() && names.0 != names.1 {
                network.settle(&["posterior"]);
            }
            network.posterior = if variance_first { Posterior::HeadsReversed } else { Posterior::Heads };
            network.latent.dims = if known { z } else { numbers };
        }
        None => {
            network.encoder = fit.layers;
            let double = if known { numbers == 2 * z } else { false };
            network.posterior = if double { Posterior::Halves } else { Posterior::Mean };
            network.latent.dims = if known { z } else { numbers };
        }
    }
    Ok((cost, encoders))
}

/// Adds encoder and critic to a decoder (or to nothing), where they take the same pictures.
pub fn joined(
    mut network: Network,
    encoder: Option<&Segment>,
    critic: Option<&Segment>,
    ground: &mut Ground<'_>,
) -> Result<Candidate, String> {
    let mut cost = 0.0;
    let mut encoders = Vec::new();
    ground.latent = network.latent;
    let larger = network.decoder.iter().filter_map(|l| match l.op {
        Op::ConvTranspose { stride: 2.., padding, .. } => Some(padding),
        _ => None,
    });
    ground.unpadded = larger.clone().count() > 1 && larger.clone().all(|padding| padding == 0);
    if let Some(segment) = encoder {
        let mut with = network.clone();
        match encoded(&mut with, segment, ground) {
            Ok((more, others)) => {
                network = with;
                cost += more;
                encoders = others;
            }
            Err(e) if network.decoder.is_empty() => return Err(e),
            // A decoder is worth opening without its encoder.
            Err(e) => {
                cost += 3.0;
                network.notes.push(format!("The encoder beside it is left out: {e}."));
            }
        }
    }
    if let Some(segment) = critic {
        let starts = starts(&segment.chain, &network, ground.class);
        let opinion = |from: Flow, to: Flow| {
            let odd = if let Flow::Map(c, h, w) = from { oddness(c, h, w) } else { 0.0 };
            let spread = match to {
                Flow::Map(_, h, w) if h * w > 1 => 3.0,
                _ => 0.0,
            };
            Some(odd + spread)
        };
        let alone = network.decoder.is_empty() && encoder.is_none();
        let last = segment.chain.last().map(|m| match m.kind {
            Kind::Matrix { out, .. } => out,
            Kind::Kernel { a, .. } => a,
            _ => 0,
        });
        // Discriminators leak, classifiers and residual networks do not.
        let blocks = segment.chain.iter().any(|m| matches!(m.kind, Kind::Block { .. }));
        let activation = if last == Some(1) && !blocks { Op::LeakyRelu { slope: 0.2 } } else { Op::Relu };
        match fits(&segment.chain, &starts, Role::Critic, &activation, ground, &opinion) {
            Ok(found) => {
                if let Some(fit) = found.into_iter().next() {
                    cost += fit.cost;
                    fill(&mut network, fit.from);
                    network.critic = fit.layers;
                    // What a classifier says of every pixel is averaged.
                    if let Flow::Map(2.., h, w) = fit.to
                        && h * w > 1
                    {
                        let pool = Op::AvgPool { size: 0 };
                        network.critic.push(Layer::assumed(pool, "that the map is averaged"));
                    }
                }
            }
            // A generator is worth opening without its critic.
            Err(e) if alone => return Err(e),
            Err(e) => {
                cost += 3.0;
                network.notes.push(format!("The critic beside it is left out: {e}."));
            }
        }
    }
    // A class that nothing looks at is none.
    let looks = |l: &&Layer| matches!(l.op, Op::Class { .. } | Op::Film { .. });
    if network.decoder.is_empty()
        && !network.parts().into_iter().any(|(_, layers)| deep(layers).iter().any(looks))
    {
        network.latent.classes = 0;
    }
    Ok(Candidate { cost, network, encoders })
}

/// Where the last layer with weights is.
fn last_weights(layers: &[Layer]) -> usize {
    layers.iter().rposition(|l| l.op.weighted()).unwrap_or(0)
}

fn rename(op: &mut Op, from: &str, to: &str) {
    match op {
        Op::Linear { weights } | Op::Conv { weights, .. } if weights == from => *weights = to.to_owned(),
        _ => {}
    }
}

/// What a chain from pictures may begin with: the decoder's pictures, or usual sizes.
fn starts(chain: &[Module], network: &Network, class: Option<&Class>) -> Vec<Flow> {
    let p = network.picture;
    if p.width > 0 {
        return vec![Flow::Map(p.channels, p.height, p.width)];
    }
    match chain.first().map(|m| m.kind) {
        Some(Kind::Matrix { into, .. }) => {
            let beside = class.map_or(0, |c| c.width);
            let whole = into.checked_sub(beside).and_then(rectangle);
            whole.map(|(c, h, w)| Flow::Map(c, h, w)).into_iter().collect()
        }
        Some(Kind::Kernel { b, .. } | Kind::Block { into: b, .. }) => {
            // Drawn characters (CryptoPunks) have opacity, and 24 pixels.
            let sides = usual_sides().into_iter().chain((b == 4).then_some(24));
            let planes = |s: usize| class.map_or(0, |c| planes(c.width, !c.weights.is_empty(), s, s));
            sides
                .filter_map(|s| Some(Flow::Map(b.checked_sub(planes(s)).filter(|c| *c > 0)?, s, s)))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn fill(network: &mut Network, from: Flow) {
    if let Flow::Map(channels, height, width) = from
        && network.picture.width == 0
    {
        network.picture = Picture { width, height, channels, ..network.picture };
    }
}
