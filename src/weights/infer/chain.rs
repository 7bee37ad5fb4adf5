//! The geometry that shapes leave open: strides, paddings, resampling and where vectors become maps, searched so that
//! every layer fits, and ranked by how usual the choices are.
//!
//! Must not know: values of weights.

use super::geometry::{Context, Fit, Ground, Move, State};
use super::modules::{Kind, Module};
use super::moves::step;
use super::neighbours::{lies, plain};
use super::segments::Role;
use super::usual::Manner;
use crate::nn::network::shape::Flow;
use crate::nn::network::{Layer, Op};
use std::cell::RefCell;
use std::rc::Rc;

/// Ways that are followed at a time.
const BEAM: usize = 300;
/// Ways that are kept of a chain, without residual blocks and with them.
const KEPT: (usize, usize) = (12, 60);

/// What chains cost of which no layer has a padding, where nothing else says so.
const UNLIKELY: f64 = 1.5;

/// Whether a chain's first map has one pixel, as its vector has as many numbers as the map's channels.
fn from_pixel(chain: &[Module]) -> bool {
    let first = chain.iter().position(|m| matches!(m.kind, Kind::Kernel { .. })).unwrap_or(0);
    let vector = chain[..first].iter().rev().find_map(|m| match m.kind {
        Kind::Matrix { out, .. } => Some(out),
        _ => None,
    });
    match (vector, chain.get(first).map(|m| m.kind)) {
        (Some(n), Some(Kind::Kernel { a, b, .. })) => n == a || n == b,
        _ => true,
    }
}

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
    let valid = kernels.contains(&5) && (kernels.contains(&6) && from_pixel(chain) || kernels.contains(&8));
    let honest = [!chain.windows(2).any(|w| lies(&w[0], &w[1])), !chain.iter().any(plain)];
    let larger: Vec<usize> = chain
        .iter()
        .filter_map(|m| match m.kind {
            Kind::Kernel { a, b, k, bias } if a != b && bias == Some(b) => Some(k),
            _ => None,
        })
        .collect();
    let several = kernels.iter().filter(|k| **k > 1).count() > 1;
    let padded = Manner { even, valid, pools, unpadded: false, same: ground.dialect.same };
    let mut manners = vec![(padded, if ground.unpadded { UNLIKELY } else { 0.0 })];
    // Keras pads only where it is asked to, and decoders ask.
    let keras = ground.dialect.same && role != Role::Decoder;
    if several && !ground.inner && ground.blocks.is_empty() && (!ground.dialect.same || keras) {
        let cost = if ground.unpadded || valid || keras { 0.0 } else { UNLIKELY };
        manners.push((Manner { unpadded: true, same: false, ..padded }, cost));
    }
    let context = |manner| Context {
        role,
        ground,
        activation: activation.clone(),
        ways: RefCell::default(),
        manner,
        groups,
        honest,
        larger: larger.clone(),
    };
    let mut done: Vec<(f64, Flow, State)> = Vec::new();
    let mut furthest = (0, String::new());
    let tries =
        manners.iter().flat_map(|(manner, cost)| from.iter().map(move |start| (*manner, *cost, start)));
    for (manner, cost, start) in tries {
        let context = context(manner);
        let mut states = vec![State { flow: *start, layers: Vec::new(), cost, habits: Vec::new() }];
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
    // Two manners may find the same.
    let mut seen: Vec<(Flow, Vec<Rc<Layer>>)> = Vec::new();
    done.retain(|(_, start, state)| {
        let new = seen.len() < KEPT.1 && !seen.iter().any(|(s, l)| s == start && *l == state.layers);
        if new {
            seen.push((*start, state.layers.clone()));
        }
        new
    });
    let blocks = chain.iter().any(|m| matches!(m.kind, Kind::Block { .. }));
    done.truncate(if blocks { KEPT.1 } else { KEPT.0 });
    let fit = |(cost, from, state): (f64, Flow, State)| {
        let layers = state.layers.iter().map(|l| (**l).clone()).collect();
        Fit { layers, from, to: state.flow, cost }
    };
    Ok(done.into_iter().map(fit).collect())
}
