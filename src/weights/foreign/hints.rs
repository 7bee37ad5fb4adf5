//! What a model that was pickled whole says of its layers beside their tensors: strides, paddings, ε.
//!
//! Must not know: how a pickle is read, what network the layers make.

use super::pickle::{Id, Node, Nodes};
use std::collections::BTreeMap;

/// A layer's own numbers, under the names that `torch.nn` gives them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hints {
    /// Whether a convolution is transposed.
    pub transposed: Option<bool>,
    /// (stride, padding, output padding), where they are the same both ways.
    pub geometry: Option<(usize, usize, usize)>,
    /// Groups of channels that a convolution does not mix; 0 = it does not say.
    pub groups: usize,
    /// A norm's ε.
    pub epsilon: Option<f64>,
    /// Groups of a group norm.
    pub norm_groups: Option<usize>,
}

/// Layers by the names of their modules.
pub type Layers = BTreeMap<String, Hints>;

/// What the fields of an object say, if they are a layer's.
pub fn hints(nodes: &Nodes, fields: &[(Id, Id)]) -> Option<Hints> {
    let field = |name: &str| fields.iter().find(|(key, _)| nodes.text(*key) == Some(name)).map(|f| f.1);
    field("_parameters")?;
    // One number, or the same twice.
    let number = |name: &str| -> Option<usize> {
        let id = field(name)?;
        match nodes.items(id) {
            [] => nodes.count(id),
            [a, b] => nodes.count(*a).filter(|a| nodes.count(*b) == Some(*a)),
            _ => None,
        }
    };
    // What has other edges or dilations is left to be chosen.
    let zeros = field("padding_mode").is_none_or(|id| nodes.text(id) == Some("zeros"));
    let plain = number("dilation").unwrap_or(1) == 1 && zeros;
    let geometry = match (number("stride"), number("padding")) {
        (Some(stride), Some(padding)) if plain => {
            Some((stride, padding, number("output_padding").unwrap_or(0)))
        }
        _ => None,
    };
    let transposed = match field("transposed").map(|id| nodes.get(id)) {
        Some(Node::Bool(transposed)) => Some(*transposed),
        _ => None,
    };
    let epsilon = match field("eps").map(|id| nodes.get(id)) {
        Some(Node::Float(epsilon)) if epsilon.is_finite() && *epsilon >= 0.0 => Some(*epsilon),
        _ => None,
    };
    let hints = Hints {
        transposed,
        geometry,
        groups: number("groups").unwrap_or(0),
        epsilon,
        norm_groups: number("num_groups"),
    };
    (hints != Hints::default()).then_some(hints)
}
