//! A network as a person sees it: a row a layer, with what flows out of it, and the settings.
//!
//! Must not know: Burn, files, how rows are drawn.

use super::settings::{self, NetworkSetting};
use super::shape::{self, Flow, Sizes};
use super::{Layer, Network};
use crate::nn::style::Style;
use crate::nn::style::check::{self, Frame, Step};
use serde::{Deserialize, Serialize};

/// One layer as a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Which part of the network it is in ("decoder").
    pub part: String,
    /// How deep it is inside residual blocks.
    pub depth: usize,
    /// What it is.
    pub title: String,
    /// Its numbers in words.
    pub details: String,
    /// The name its tensors begin with; empty = it has none.
    pub weights: String,
    /// Numbers in its tensors, running statistics not counted.
    pub parameters: usize,
    /// The shape of what it gives.
    pub output: String,
    /// What of it was assumed; empty = nothing.
    pub assumed: String,
}

/// A whole network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Its layers, part by part.
    pub rows: Vec<Row>,
    /// What shapes can't tell.
    pub settings: Vec<NetworkSetting>,
    /// What was inferred, and from what.
    pub notes: Vec<String>,
    /// Tensors that no layer uses.
    pub unused: Vec<String>,
}

/// What there is to see of a network whose tensors have these shapes.
pub fn view(network: &Network, sizes: &Sizes) -> View {
    let mut rows = Vec::new();
    for (part, layers) in network.parts() {
        if let Ok(start) = shape::start(network, part, sizes) {
            walk(network, sizes, part, layers, start, 0, &mut rows);
        }
    }
    if let Some(style) = &network.style {
        rows.extend(styled(style, network.frame(), sizes));
    }
    View {
        rows,
        settings: settings::all(network),
        notes: network.notes.clone(),
        unused: network.unused.clone(),
    }
}

/// The layers of a style-based generator, which name themselves.
fn styled(style: &Style, frame: Frame, sizes: &Sizes) -> Vec<Row> {
    let row = |Step { part, title, details, weights, parameters, output }: Step| Row {
        part: part.into(),
        depth: 0,
        title: title.into(),
        details,
        weights,
        parameters,
        output: output.iter().map(usize::to_string).collect::<Vec<_>>().join(" × "),
        assumed: String::new(),
    };
    check::steps(style, frame, sizes).unwrap_or_default().into_iter().map(row).collect()
}

fn walk(
    network: &Network,
    sizes: &Sizes,
    part: &str,
    layers: &[Layer],
    from: Flow,
    depth: usize,
    rows: &mut Vec<Row>,
) {
    let mut flow = from;
    for Layer { op, assumed } in layers {
        let into = flow;
        flow = shape::after(op, flow, network.latent, sizes).unwrap_or(flow);
        rows.push(Row {
            part: part.into(),
            depth,
            title: op.title(),
            details: op.details(shape::kernel(op, sizes)),
            weights: op.weights().into(),
            parameters: shape::parameters(op, sizes),
            output: flow.words(),
            assumed: assumed.clone(),
        });
        for (_, inside) in op.within() {
            walk(network, sizes, part, inside, into, depth + 1, rows);
        }
    }
}
