//! Which tensors of a nested file are the model's: training checkpoints keep weights beside optimisers, counters and
//! second copies.
//!
//! Must not know: how numbers are stored.

use super::hints::{Layers, hints};
use super::pickle::{Id, Node, Nodes};
use std::collections::BTreeMap;

/// A dictionary of tensors in a pickle.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The keys that lead to it.
    pub path: Vec<String>,
    /// Its tensors by name, in its order.
    pub tensors: Vec<(String, Id)>,
}

/// How deep dictionaries are followed.
const DEPTH: usize = 24;
/// How many values are looked at: a pickle can name the same dictionary again and again.
const VISITS: usize = 2_000_000;

/// Words in a key below which no weights of the model are.
const NOT_WEIGHTS: &[&str] =
    &["optim", "sched", "scaler", "callback", "loops", "hyper", "rng", "metric", "history", "loss", "hook"];
/// The field of a pickled module that its modules are in.
const MODULES: &str = "_modules";
/// Fields of a pickled module that hold others or tensors.
const FIELDS: [&str; 3] = [MODULES, "_parameters", "_buffers"];
/// Keys that wrap the weights and say nothing of them.
const WRAPPERS: &[&str] = &[
    "state_dict",
    "model_state_dict",
    "model_state",
    "model_dict",
    "state",
    "model",
    "module",
    "net",
    "network",
    "params",
    "weights",
    "model_weights",
    "_parameters",
    "_modules",
    "_buffers",
    "checkpoint",
];

/// Every dictionary of tensors below `root`, and what objects say of the layers that they are.
pub fn find(nodes: &Nodes, root: Id) -> Result<(Vec<Part>, Layers), String> {
    let mut parts: Vec<Part> = Vec::new();
    let mut layers = Layers::new();
    let mut open = vec![(root, Vec::new())];
    let mut visits = 0;
    while let Some((id, path)) = open.pop() {
        visits += 1;
        if visits > VISITS {
            return Err("refers to the same values again and again; it is no file of weights".into());
        }
        let children: Vec<(String, Id)> = match nodes.get(id) {
            Node::Dict(items) => items.iter().filter_map(|(k, v)| Some((key(nodes, *k)?, *v))).collect(),
            Node::List(items) | Node::Tuple(items) if path.len() < 2 && items.len() < 4096 => {
                items.iter().enumerate().map(|(i, v)| (i.to_string(), *v)).collect()
            }
            Node::Object(Some(state)) => {
                if let Node::Dict(fields) = nodes.get(*state) {
                    visits += fields.len();
                    layers.extend(hints(nodes, fields).map(|h| (named(&path).join("."), h)));
                }
                vec![(String::new(), *state)]
            }
            Node::Tensor(_) | Node::Array { .. } if path.is_empty() => vec![("tensor".into(), id)],
            _ => continue,
        };
        visits += children.len();
        let mut tensors: Vec<(String, Id)> = Vec::new();
        let mut below = Vec::new();
        for (name, child) in children {
            match nodes.get(child) {
                Node::Tensor(_) | Node::Array { .. } => {
                    // A dictionary keeps the last of two equal keys, where the first was.
                    match tensors.iter_mut().rev().take(64).find(|(n, _)| *n == name) {
                        Some(older) => older.1 = child,
                        None => tensors.push((name, child)),
                    }
                }
                _ if path.len() >= DEPTH || path.last().is_none_or(|k| k != MODULES) && beside(&name) => {}
                // Only what holds something is followed.
                node if !matches!(
                    node,
                    Node::Dict(_) | Node::List(_) | Node::Tuple(_) | Node::Object(Some(_))
                ) => {}
                _ => {
                    let mut path = path.clone();
                    if !name.is_empty() {
                        path.push(name);
                    }
                    below.push((child, path));
                }
            }
        }
        if !tensors.is_empty() {
            parts.push(Part { path, tensors });
        }
        open.extend(below.into_iter().rev());
    }
    Ok((parts, layers))
}

/// Keys without those that only wrap.
fn named(path: &[String]) -> Vec<&str> {
    let whole = path.iter().position(|k| k == MODULES).unwrap_or(path.len());
    let (keys, modules) = path.split_at(whole);
    let keys = keys.iter().filter(|k| !WRAPPERS.contains(&k.to_lowercase().as_str()));
    // In a model that was pickled whole, names are those of its modules.
    let modules = modules.iter().filter(|k| !FIELDS.contains(&k.as_str()));
    keys.chain(modules).map(String::as_str).collect()
}

/// Whether what stands under a key is no weight of the model.
fn beside(key: &str) -> bool {
    let key = key.to_lowercase();
    NOT_WEIGHTS.iter().any(|w| key.contains(w))
}

/// Bytes of a key, at most: a pickle can name a long one again and again.
const KEY: usize = 1024;

fn key(nodes: &Nodes, id: Id) -> Option<String> {
    match nodes.get(id) {
        Node::Text(t) if t.len() <= KEY => Some(t.clone()),
        Node::Int(n) => Some(n.to_string()),
        _ => None,
    }
}

/// The parts that make up the model, with the names their tensors get: a copy that is averaged over training (EMA)
/// stands for its twin, and keys that only wrap are left out of names.
pub fn choose(parts: Vec<Part>) -> (String, Vec<(String, Id)>) {
    let names = |p: &Part| p.tensors.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>();
    let averaged = |p: &Part| p.path.iter().any(|k| k.to_lowercase().contains("ema"));
    let mut kept: Vec<Part> = Vec::new();
    // Where the first of these names is kept, averaged or not.
    let mut known: BTreeMap<(bool, Vec<String>), usize> = BTreeMap::new();
    for part in parts {
        // Of a model that was pickled whole each module is a part.
        let module = part.path.iter().any(|k| k == MODULES);
        let (own, names) = (averaged(&part), names(&part));
        // Single numbers beside the weights (an epoch's loss as a tensor) are no part.
        let twin = known.get(&(!own, names.clone())).copied().filter(|_| !module);
        match twin {
            Some(at) if own => {
                known.remove(&(false, names.clone()));
                known.insert((true, names), at);
                kept[at] = part;
            }
            Some(_) => {}
            None => {
                known.entry((own, names)).or_insert(kept.len());
                kept.push(part);
            }
        }
    }
    let single = kept.len() == 1;
    let path = kept.first().map(|p| p.path.join(".")).filter(|_| single).unwrap_or_default();
    let mut tensors = Vec::new();
    for part in kept {
        let prefix = named(&part.path);
        for (name, id) in part.tensors {
            let whole = prefix.iter().copied().chain([name.as_str()]).collect::<Vec<_>>().join(".");
            tensors.push((whole, id));
        }
    }
    (path, tensors)
}
