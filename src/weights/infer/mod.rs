//! From a file's tensors to a network: modules, chains, geometry, and what the weights themselves say; several
//! guesses, the likeliest first.
//!
//! Must not know: files, the engine, the window.

mod blocks;
mod chain;
mod classed;
mod conditional;
mod cycle;
mod diffusion;
mod evidence;
mod geometry;
mod kernels;
mod modules;
mod moves;
mod nameless;
mod neighbours;
mod normalised;
mod parts;
mod rank;
mod residual;
mod roles;
mod segments;
mod stages;
mod styled;
mod usual;

use super::foreign::{Archive, file::one_line};
use crate::nn::Tensors;
use crate::nn::network::run::sizes;
use crate::nn::network::shape::{self, Flow, Sizes};
use crate::nn::network::{Join, Latent, Layer, Network, Op, Picture, Posterior, deep, settings};
use blocks::Blocks;
use conditional::Class;
use geometry::Ground;
use modules::{Kind, Module, Modules};
use parts::{Beside, Candidate, alone, decoders, joined};
use rank::{CANDIDATES, agreed, glanced, weight};
use roles::{arranged, roles};
use segments::{Role, Segment};

/// A file's modules, with what of them is of a class taken out.
fn modules_of(archive: Archive, twins: bool) -> Result<Modules, String> {
    let mut all = Modules::of(archive, twins)?;
    classed::multiplied_out(&mut all);
    all.plane = conditional::planes(&mut all);
    all.one_hot = conditional::stems(&mut all);
    let (films, classes) = conditional::films(&mut all);
    all.films.extend(films);
    all.classes = all.classes.max(classes);
    Ok(all)
}

/// The modules of a file in the file's order, as a decoder of default numbers: something to correct by hand where
/// nothing fits.
pub fn draft(archive: Archive) -> Result<(Network, Tensors), String> {
    let modules = modules_of(archive, false).map_err(|e| stopped(&e))?;
    let op = |m: &Module| {
        let weights = m.name.clone();
        match m.kind {
            Kind::Matrix { .. } => Op::Linear { weights },
            Kind::Kernel { k, .. } => Op::conv(weights, 1, k / 2),
            Kind::Norm { running: true, .. } => Op::BatchNorm { weights, epsilon: 1e-5 },
            Kind::Norm { .. } => Op::GroupNorm { weights, groups: 0, epsilon: 1e-5 },
            Kind::Table { .. } => Op::Class { weights, join: Join::Before, classes: 0 },
            Kind::Slope(_) | Kind::Block { .. } => Op::Prelu { weights },
        }
    };
    let decoder = modules.all.iter().map(|m| Layer::assumed(op(m), "all of it")).collect();
    let picture = Picture { width: 64, height: 64, channels: 3, ..Picture::default() };
    Ok((Network { format: 1, picture, decoder, ..Network::default() }, modules.tensors))
}

/// A file's tensors in PyTorch's layout, for a network that is already known.
pub fn tensors(archive: Archive) -> Result<Tensors, String> {
    if let Some(tensors) = styled::tensors(&archive)? {
        return Ok(tensors);
    }
    let modules = modules_of(archive, true)?;
    modules.check_finite()?;
    Ok(modules.tensors)
}

/// What was made of a file.
#[derive(Clone, Debug)]
pub struct Guess {
    /// The likeliest network.
    pub network: Network,
    /// Its tensors in PyTorch's layout.
    pub tensors: Tensors,
    /// Other networks that fit as well, in words, less likely first to last.
    pub others: Vec<(String, Network)>,
}

/// One line of what tells a network from others that fit the same tensors: the picture's size, and of each layer its
/// stride, padding and output padding ("s2p1o0"), what makes maps larger and smaller ("×2", "÷2"), and in blocks the
/// place of norms (n) and activations (a). Neighbours that are alike are counted.
pub fn summary(network: &Network) -> String {
    let p = network.picture;
    let parts = [&network.decoder, &network.encoder, &network.critic];
    let words: Vec<String> = parts.into_iter().flat_map(|layers| said(layers, false)).collect();
    let counted = words.chunk_by(|a, b| a == b).map(|alike| match alike {
        [one] => one.clone(),
        several => format!("{}·{}", several.len(), several[0]),
    });
    format!("{}×{}, {}", p.width, p.height, counted.collect::<Vec<_>>().join(" "))
}

/// What is said of layers. `block`: whether they are inside of one.
fn said(layers: &[Layer], block: bool) -> Vec<String> {
    let after_block = |i: usize| i > 0 && !layers[i - 1].op.within().is_empty();
    let word = |(i, layer): (usize, &Layer)| match &layer.op {
        Op::ConvTranspose { stride, padding, output_padding, .. } => {
            Some(format!("s{stride}p{padding}o{output_padding}"))
        }
        Op::Conv { stride, padding, .. } => Some(format!("s{stride}p{padding}")),
        Op::Upsample { factor, .. } => Some(format!("×{factor}")),
        Op::MaxPool { size, .. } | Op::AvgPool { size } => Some(format!("÷{size}")),
        Op::Residual { main, .. } => Some(format!("[{}]", said(main, true).join(" "))),
        Op::BatchNorm { .. } if block || after_block(i) => Some("n".into()),
        op if op.activation() && block => Some("a".into()),
        _ => None,
    };
    layers.iter().enumerate().filter_map(word).collect()
}

/// Infers the network of a file. The sentence starts where the file's name ends, and names the tensor that stopped it.
pub fn infer(archive: Archive) -> Result<Guess, String> {
    if let Some(guess) = styled::told(&archive)? {
        return Ok(guess);
    }
    let modules = modules_of(archive, false).map_err(|e| stopped(&e))?;
    modules.check_finite()?;
    let sizes = sizes(&modules.tensors);
    if let Some(network) = named(&modules, &sizes) {
        // Of what names tell all of, nothing stands aside.
        if let Some((_, why)) = modules.strange.first() {
            return Err(stopped(why));
        }
        return Ok(Guess { network, tensors: modules.tensors, others: Vec::new() });
    }
    let mut problem = None;
    let mut whole: Vec<Candidate> = Vec::new();
    let told = blocks::blocks(&modules.all, false);
    let eager = blocks::blocks(&modules.all, true);
    // Attention has one wiring only.
    let residual = eager.blocks.iter().any(|b| !b.attention);
    let mut ways = vec![(&told, modules.ordered, 0.0)];
    if eager.blocks != told.blocks {
        ways.push((&eager, modules.ordered, 1.5));
    }
    // Fields stand in the order in which they were assigned, which need not be that of the calls.
    let reordered: Vec<_> =
        ways.iter().filter(|w| w.1).map(|(blocks, _, cost)| (*blocks, false, *cost)).collect();
    for (blocks, ordered, unusual) in ways.into_iter().chain(reordered) {
        // Where that leaves layers or norms without a place, their order may be another one.
        let complete =
            |c: &Candidate| idle(&c.network, &modules) == 0 && left_out(&c.network, &modules).is_none();
        if modules.ordered && !ordered && whole.iter().any(complete) {
            break;
        }
        match proposals(blocks, &modules, ordered, &sizes) {
            Ok(found) => whole.extend(found.into_iter().map(|c| {
                let idle = idle(&c.network, &modules) as f64 * IDLE;
                Candidate { cost: c.cost + unusual + idle, ..c }
            })),
            Err(e) => {
                problem.get_or_insert(e);
            }
        }
    }
    if whole.is_empty()
        && let Some(name) = &modules.unscaled
    {
        return Err(stopped(&format!(
            "tensor {name} is kept as its program had it before scaling it (weight_orig), and what it is scaled by is not in the file: by its name it is spectral norm without its vector, a pruned kernel without its mask, or an equalised learning rate as of ProGAN and StyleGAN"
        )));
    }
    if whole.is_empty()
        && let Some((_, why)) = modules.strange.first()
    {
        return Err(stopped(why));
    }
    if whole.is_empty() {
        return Err(problem.unwrap_or_else(|| stopped("no chain of its tensors begins or ends in a picture")));
    }
    // A network that leaves a layer of its own out is none where another has a place for all.
    let lacks = |c: &Candidate| left_out(&c.network, &modules).is_some();
    if whole.iter().any(|c| !lacks(c)) {
        whole.retain(|c| !lacks(c));
    }
    if never_negative(&modules) {
        for candidate in &mut whole {
            let before = candidate.network.clone();
            candidate.encoders.iter_mut().for_each(|encoder| settings::norms_behind(encoder));
            settings::set(&mut candidate.network, "norms", "behind activations")?;
            // One that has no such place stays as it is.
            if candidate.network != before {
                candidate.network.settle(&["norms"]);
                let why =
                    "Batch norms stand behind activations: none remembers a mean below 0, as behind ReLU.";
                candidate.network.notes.push(why.into());
            }
        }
    }
    whole.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    if residual {
        whole = glanced(whole, &modules.tensors, &sizes)?;
    }
    let mut left = evidence::SEARCH;
    if whole.len() > 1 {
        agreed(&mut whole, &modules.tensors, &sizes, &mut left)?;
    }
    whole.truncate(CANDIDATES);
    let mut left = evidence::SEARCH;
    let mut enough = None;
    for candidate in &mut whole {
        let cost = work(&candidate.network, &sizes);
        // Where all is explained, less usual ways can't explain more.
        let surprise = match enough {
            Some(surprise) => Some(surprise),
            None => evidence::settle(&mut candidate.network, &modules.tensors, cost, &mut left)?,
        };
        enough = surprise.filter(|s| *s < evidence::CONTENT);
        // Statistics count for more than habits, where they tell candidates apart.
        if !residual {
            candidate.cost += weight(surprise.unwrap_or(evidence::CLUELESS));
        }
    }
    whole.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let mut guesses = Vec::new();
    for (rank, Candidate { mut network, encoders, .. }) in whole.into_iter().enumerate() {
        // Only the likeliest is worth the time that both halves take to be compared.
        let cost = if rank == 0 { work(&network, &sizes) } else { usize::MAX };
        finish(&mut network, encoders, &modules.tensors, cost)?;
        note_rest(&mut network, &modules);
        guesses.push(network);
    }
    let mut network = guesses.remove(0);
    shape::check(&network, &sizes).map_err(|e| stopped(&e))?;
    if let Some(path) = path(&network)
        && let Some((_, why)) = modules.strange.iter().find(|(name, _)| of_decoder(name, &path))
    {
        return Err(stopped(why));
    }
    if let Some(left) = left_out(&network, &modules) {
        network.notes.push(format!(
            "{left}.weight has no place among the layers that fit together, and is left out as one that nothing uses. If the picture is wrong, describe the network in the small file beside it."
        ));
    }
    let mut others: Vec<(String, Network)> = Vec::new();
    let likeliest = summary(&network);
    for other in guesses.into_iter().filter(|n| shape::check(n, &sizes).is_ok()) {
        let words = summary(&other);
        // What differs in nothing that can be said can't be chosen either.
        if words != likeliest && others.iter().all(|(known, _)| *known != words) {
            others.push((words, other));
        }
    }
    others.extend(as_encoder(&network, &sizes));
    Ok(Guess { network, tensors: modules.tensors, others })
}

/// What stands alone and gives several numbers may be an encoder as well as a classifier.
fn as_encoder(network: &Network, sizes: &Sizes) -> Option<(String, Network)> {
    let dims = network.outputs(sizes);
    let alone = network.decoder.is_empty() && !network.encodes() && network.latent.classes == 0;
    let (encoder, critic) = (network.critic.clone(), Vec::new());
    let latent = Latent { dims, ..network.latent };
    let other = Network { latent, encoder, critic, posterior: Posterior::Mean, ..network.clone() };
    let fits = alone && dims > 1 && shape::check(&other, sizes).is_ok();
    fits.then(|| (format!("an encoder, {}", summary(&other)), other))
}

/// Multiplications of one picture that may be chosen without being asked for.
const DEAR: usize = 100_000_000_000;

/// A network whose names tell all of it but the picture's size: the largest that is drawn in a second or two.
fn named(modules: &Modules, sizes: &Sizes) -> Option<Network> {
    let classed = || classed::network(modules).map(|n| vec![n]);
    let mut all = diffusion::networks(modules).or_else(classed)?;
    all.retain(|n| shape::check(n, sizes).is_ok());
    let cheap = all.iter().position(|n| work(n, sizes) <= DEAR).or(all.len().checked_sub(1))?;
    let mut network = all.swap_remove(cheap);
    note_rest(&mut network, modules);
    Some(network)
}

/// Notes what of a file a network does not use, and what was done to its tensors.
fn note_rest(network: &mut Network, modules: &Modules) {
    let names = network.names();
    let unused = modules.all.iter().map(|m| &m.name).filter(|n| !names.contains(n));
    network.unused = unused.map(|n| format!("{n}.weight")).chain(modules.rest.clone()).collect();
    network.notes.splice(0..0, modules.notes.clone());
}

/// Channels of batch norms from which on it is no chance that none remembers a mean below 0.
const CHANNELS: usize = 16;

/// Whether no batch norm remembers a mean below 0: what they were given had been through ReLU.
fn never_negative(modules: &Modules) -> bool {
    let means = modules.all.iter().filter(|m| matches!(m.kind, Kind::Norm { running: true, .. }));
    let means = means.filter_map(|m| modules.tensors.get(&format!("{}.running_mean", m.name)));
    let all: Vec<f32> = means.flat_map(|t| t.iter::<f32>().collect::<Vec<_>>()).collect();
    // What was never trained remembers one number.
    let varied = all.windows(2).any(|w| w[0] != w[1]);
    all.len() >= CHANNELS && varied && all.iter().all(|m| *m >= 0.0)
}

/// Norms and learnt slopes that a network has no place for.
fn idle(network: &Network, modules: &Modules) -> usize {
    let names = network.names();
    let norm = |m: &&Module| matches!(m.kind, Kind::Norm { .. } | Kind::Slope(_));
    modules.all.iter().filter(norm).filter(|m| !names.contains(&m.name)).count()
}

/// What each of those costs.
const IDLE: f64 = 0.5;

/// The networks that fit, each with its cost, for one way of seeing blocks in the modules.
fn proposals(
    blocks: &Blocks,
    modules: &Modules,
    ordered: bool,
    sizes: &Sizes,
) -> Result<Vec<Candidate>, String> {
    let (mut segments, tables) = segments::segments(&arranged(&blocks.modules, ordered));
    if segments.is_empty() {
        let some = modules.rest.first().map_or(String::new(), |n| format!(" (its first tensor is {n})"));
        return Err(stopped(&format!("none of its tensors is the weight of a layer{some}")));
    }
    // A class may stand beside pictures: of the critic's own table, or of the only part's.
    let tables: Vec<Class> = tables.iter().filter_map(Class::of).collect();
    let critics = |c: &&Class| segments::hint(&c.weights) == Some(Role::Critic);
    let one_hot = (modules.one_hot > 0).then(|| Class::one_hot(modules.one_hot));
    let looks = tables.iter().find(critics).or(tables.first()).or(one_hot.as_ref());
    roles(&mut segments, looks);
    segments::bridge(&mut segments);
    // A part that is called what it is, and of those the longest.
    let take = |role: Role| {
        let rank = |s: &Segment| (s.chain.iter().any(|m| segments::is_named(&m.name)), s.chain.len());
        let best = segments.iter().filter(|s| s.role == Some(role)).map(rank).max()?;
        segments.iter().find(|s| s.role == Some(role) && rank(s) == best)
    };
    let (decoder, encoder, critic) = (take(Role::Decoder), take(Role::Encoder), take(Role::Critic));
    if decoder.or(encoder).or(critic).is_none() {
        return Err(stopped("no chain of its tensors begins or ends in a picture"));
    }
    let dialect = modules.dialect;
    let mut ground = Ground {
        search: chain::fits,
        sizes,
        latent: Latent::default(),
        blocks: &blocks.blocks,
        inner: false,
        unpadded: false,
        class: None,
        films: &modules.films,
        hints: &modules.hints,
        dialect,
    };
    let candidates = match decoder {
        Some(segment) => {
            let beside = Beside {
                table: tables.iter().find(|t| !critics(t)),
                maps: encoder.is_some_and(parts::ends_in_map),
                one_hot: encoder
                    .and_then(|e| parts::one_hot(segment, e))
                    .or(one_hot.as_ref().map(|c| c.width)),
                classes: modules.classes,
            };
            if modules.plane {
                ground.class = beside.table;
            }
            decoders(segment, beside, &mut ground).map_err(|e| stopped(&e))?
        }
        None => alone(encoder.or(critic), looks),
    };
    let mut problem = None;
    let mut whole = Vec::new();
    for (cost, network) in candidates {
        let beside = (network.latent.classes > 0).then(|| Class::one_hot(network.latent.classes));
        let own = if network.decoder.is_empty() { looks } else { beside.as_ref() };
        let mut ground = Ground { class: tables.iter().find(critics).or(own), ..ground };
        match joined(network, encoder, critic, &mut ground) {
            Ok(found) => whole.push(Candidate { cost: cost + found.cost, ..found }),
            Err(e) => {
                problem.get_or_insert(e);
            }
        }
    }
    match problem {
        Some(e) if whole.is_empty() => Err(stopped(&e)),
        _ => Ok(whole),
    }
}

/// The path that all of a decoder's layers with weights have in common; `None` where it has none.
fn path(network: &Network) -> Option<String> {
    let layers = deep(&network.decoder);
    let mut own = layers.iter().map(|l| l.op.weights()).filter(|n| !n.is_empty());
    let common = |a: &str, b: &str| {
        a.split('.').zip(b.split('.')).take_while(|(a, b)| a == b).map(|(a, _)| a.len() + 1).sum()
    };
    let first = own.next()?;
    let length: usize = own.map(|n| common(first, n)).min()?;
    first.get(..length).map(String::from)
}

/// Whether a module is of the decoder whose layers have that path in common.
fn of_decoder(name: &str, path: &str) -> bool {
    // Where layers are fields of the file itself, a name may say that they are of another part.
    let other = || segments::of_class(name) || segments::head_name(name).is_some();
    if path.is_empty() { segments::draws(name) && !other() } else { name.starts_with(path) }
}

/// A layer of the decoder's own module that the decoder does without. What has a place for all of them comes first; a
/// layer that fits nowhere is one that its program makes and never calls.
fn left_out(network: &Network, modules: &Modules) -> Option<String> {
    let path = path(network)?;
    let names = network.names();
    let whose = |m: &&Module| of_decoder(&m.name, &path);
    // What takes what the heads take is one more of the encoder's.
    let takes = |name: &str| match modules.all.iter().find(|m| m.name == name).map(|m| m.kind) {
        Some(Kind::Matrix { into, .. }) => Some(into),
        _ => None,
    };
    let heads = deep(&network.head).into_iter().find_map(|l| takes(l.op.weights()));
    let beside = |m: &&Module| heads.is_some() && path.is_empty() && takes(&m.name) == heads;
    let mut inside = modules.all.iter().filter(|m| m.weighted()).filter(whose).filter(|m| !beside(m));
    inside.find(|m| !names.contains(&m.name)).map(|m| m.name.clone())
}

/// The whole sentence for what can't be inferred.
fn stopped(why: &str) -> String {
    let why = one_line(why);
    format!(
        "holds tensors whose network zscope can't work out: {why}; describe it in a small file beside it (zscope describe writes one to start from)"
    )
}

/// Multiplications of one sample, for deciding how much evidence can be afforded.
fn work(network: &Network, sizes: &Sizes) -> usize {
    let mut sum = 0usize;
    for (part, layers) in network.parts() {
        let Ok(start) = shape::start(network, part, sizes) else { continue };
        let Ok(flows) = shape::trace(layers, start, network.latent, sizes) else { continue };
        for (layer, flow) in layers.iter().zip(flows) {
            let area = if let Flow::Map(_, h, w) = flow { h * w } else { 1 };
            let looks = deep(std::slice::from_ref(layer)).into_iter();
            let pairs = match looks.filter(|l| matches!(l.op, Op::Attention { .. })).count() {
                0 => 0,
                // Exponentials take longer than products.
                _ => area.saturating_mul(flow.numbers()).saturating_mul(2),
            };
            let layer = shape::parameters(&layer.op, sizes).saturating_mul(area);
            sum = sum.saturating_add(layer).saturating_add(pairs);
        }
    }
    sum
}

/// The end of the decoder, and what the two halves say of each other.
fn finish(
    network: &mut Network,
    encoders: Vec<Vec<Layer>>,
    tensors: &Tensors,
    cost: usize,
) -> Result<(), String> {
    let seen = evidence::range(network, tensors, cost)?;
    let (last, why) = match seen {
        _ if network.decoder.is_empty() => (None, ""),
        // Of logits most are far outside, and what was trained to be 0 to 1 stays near it.
        Some((below, unit, _)) if below < 0.002 && unit > 0.97 || network.encodes() && unit > 0.85 => {
            network
                .notes
                .push("The last layer's numbers are 0 to 1 as they are, so no activation follows.".into());
            network.settle(&["output"]);
            (None, "")
        }
        _ if network.encodes() => {
            (Some(Op::Sigmoid), "that pictures are 0 to 1, as an auto-encoder's usually are")
        }
        _ => (Some(Op::Tanh), "that pictures are −1 to 1, as a GAN's usually are"),
    };
    evidence::ranged(network, last, why);
    if network.decoder.is_empty() && network.critic.last().is_some() {
        // A discriminator sees what a generator with tanh draws; a classifier sees data.
        let single = network.outputs(&sizes(tensors)) == 1;
        network.picture.range =
            if single { crate::nn::network::Range::Signed } else { crate::nn::network::Range::Unit };
    }
    cycle::cycle(network, encoders, tensors, cost)
}
