//! Networks as NVIDIA's StyleGAN programs pickle them: each module is an object that comes with its program's text, which is
//! neither kept nor run. Which of a file's networks is meant, its tensors by name, and what its modules say of themselves.
//!
//! Must not know: what network the tensors make.

use super::archive::Budget;
use super::objects::{Field, Object, Objects};
use super::pickle::{Id, Node, Nodes};
use super::torch::array;
use std::collections::BTreeMap;

/// A file's network.
pub(super) struct Generator {
    /// The key that it stands under; empty = it is the whole file.
    pub part: String,
    /// Its tensors by name, in the file's order.
    pub wanted: Vec<(String, Id)>,
    /// Its modules.
    pub objects: Objects,
}

/// The key of the network whose weights are averaged over training, which all programs draw with.
const AVERAGED: &str = "G_ema";
/// How deep modules are followed.
const DEPTH: usize = 24;
/// How many values are looked at: a pickle can name the same module again and again.
const VISITS: usize = 200_000;
/// The longest text and list that is a field's.
const LONGEST: usize = 256;
/// Fields that all of PyTorch's modules have, beside those that begin with "_".
const TRAINING: &str = "training";

/// The network of a file that holds such ones; `None`: it holds none. The sentence starts where the file's name ends.
pub(super) fn generator(nodes: &Nodes, root: Id, budget: &mut Budget) -> Result<Option<Generator>, String> {
    if tensorflow(nodes, root) {
        return Err("is a StyleGAN of the original TensorFlow program (dnnlib.tflib), whose graph comes as program text, which zscope does not run; convert it with legacy.py of stylegan2-ada-pytorch or stylegan3, and open the .pkl that it writes".into());
    }
    let object = |id: &Id| matches!(nodes.get(*id), Node::Persistent { .. });
    let (part, id) = match nodes.get(root) {
        Node::Persistent { .. } => (String::new(), root),
        Node::Dict(items) => {
            let named = |key: &str| nodes.entry(root, key).filter(object).map(|id| (key.to_owned(), id));
            let mut objects = items.iter().filter(|(_, v)| object(v));
            let alone = match (objects.next(), objects.next()) {
                (Some((key, id)), None) => {
                    let key = nodes.text(*key).filter(|k| k.len() <= LONGEST).unwrap_or_default();
                    Some((key.to_owned(), *id))
                }
                (None, _) => return Ok(None),
                _ => None,
            };
            match named(AVERAGED).or(alone).or_else(|| named("G")) {
                Some(found) => found,
                None => {
                    return Err(format!(
                        "holds several networks, and none is called {AVERAGED}; save the one to look at by itself"
                    ));
                }
            }
        }
        _ => return Ok(None),
    };
    let mut walk = Walk { nodes, budget, visits: 0, wanted: Vec::new(), objects: Objects::new() };
    walk.module(id, "", 0)?;
    let Walk { wanted, objects, .. } = walk;
    Ok(Some(Generator { part, wanted, objects }))
}

/// Whether a file is of TensorFlow's program: networks with the text that builds their graph.
fn tensorflow(nodes: &Nodes, root: Id) -> bool {
    let network = |id: &Id| match nodes.get(*id) {
        Node::Object(Some(state)) => {
            ["build_func_name", "variables"].iter().all(|key| nodes.entry(*state, key).is_some())
        }
        _ => false,
    };
    network(&root) || nodes.items(root).iter().take(8).any(network)
}

struct Walk<'a> {
    nodes: &'a Nodes,
    budget: &'a mut Budget,
    visits: usize,
    wanted: Vec<(String, Id)>,
    objects: Objects,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, count: usize) -> Result<(), String> {
        self.visits += count;
        match self.visits > VISITS {
            true => Err("refers to the same modules again and again; it is no file of weights".into()),
            false => Ok(()),
        }
    }

    /// The pairs of a field that is a dictionary, by text.
    fn pairs(&mut self, id: Option<Id>) -> Result<Vec<(&'a str, Id)>, String> {
        let nodes = self.nodes;
        let Some(Node::Dict(items)) = id.map(|id| nodes.get(id)) else { return Ok(Vec::new()) };
        self.visit(items.len())?;
        Ok(items.iter().filter_map(|(k, v)| Some((nodes.text(*k)?, *v))).collect())
    }

    fn module(&mut self, id: Id, name: &str, depth: usize) -> Result<(), String> {
        let nodes = self.nodes;
        self.visit(1)?;
        let (class, state) = match nodes.get(id) {
            Node::Persistent { class, state } => (nodes.text(*class).unwrap_or_default(), *state),
            // A module of PyTorch's own, or of another program.
            Node::Object(Some(state)) => ("", *state),
            _ => return Ok(()),
        };
        let below = |leaf: &str| if name.is_empty() { leaf.to_owned() } else { format!("{name}.{leaf}") };
        let mut object = Object { class: shortened(class), fields: BTreeMap::new() };
        for (field, value) in self.pairs(Some(state))? {
            match field {
                "_parameters" | "_buffers" => {
                    for (leaf, id) in self.pairs(Some(value))? {
                        if matches!(nodes.get(id), Node::Tensor(_) | Node::Array { .. }) {
                            self.budget.take((name.len() + leaf.len()) as u64, "a pickle's names")?;
                            self.wanted.push((below(leaf), id));
                        }
                    }
                }
                "_modules" => {
                    for (leaf, id) in self.pairs(Some(value))? {
                        if depth == DEPTH || leaf.len() > LONGEST {
                            return Err(format!("has modules within modules, more than {DEPTH} deep"));
                        }
                        self.module(id, &below(leaf), depth + 1)?;
                    }
                }
                hidden if hidden.starts_with('_') || hidden == TRAINING => {}
                _ => {
                    let said = self.field(field, value)?;
                    object.fields.insert(shortened(field), said);
                }
            }
        }
        self.budget.take((64 + name.len() + object.class.len()) as u64, "a pickle's names")?;
        self.objects.insert(name.to_owned(), object);
        Ok(())
    }

    fn field(&mut self, name: &str, id: Id) -> Result<Field, String> {
        let nodes = self.nodes;
        self.budget.take(64 + name.len().min(LONGEST) as u64, "a pickle's names")?;
        Ok(match nodes.get(id) {
            Node::None => Field::None,
            Node::Bool(b) => Field::Bool(*b),
            Node::Int(n) => Field::Number(*n as f64),
            Node::Float(x) => Field::Number(*x),
            Node::Text(t) if t.len() <= LONGEST => {
                self.budget.take(t.len() as u64, "a pickle's names")?;
                Field::Text(t.clone())
            }
            Node::List(items) | Node::Tuple(items) if (1..=LONGEST).contains(&items.len()) => {
                self.visit(items.len())?;
                self.budget.take(32 * items.len() as u64, "a pickle's names")?;
                let number = |id: &Id| match nodes.get(*id) {
                    Node::Int(n) => Some(*n as f64),
                    Node::Float(x) => Some(*x),
                    _ => None,
                };
                let text = |id: &Id| nodes.text(*id).filter(|t| t.len() <= LONGEST).map(str::to_owned);
                match items.iter().map(number).collect::<Option<Vec<_>>>() {
                    Some(numbers) => Field::Numbers(numbers),
                    None => match items.iter().map(text).collect::<Option<Vec<_>>>() {
                        Some(texts) => {
                            let bytes = texts.iter().map(|t| t.len() as u64).sum();
                            self.budget.take(bytes, "a pickle's names")?;
                            Field::Texts(texts)
                        }
                        None => Field::Other,
                    },
                }
            }
            // NumPy's numbers, and its short arrays.
            Node::Array { shape, .. }
                if shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)).is_some_and(|n| n <= LONGEST) =>
            {
                match array(nodes, name, id, self.budget)? {
                    Some(entry) if entry.shape.is_empty() => {
                        Field::Number(entry.values.first().copied().map_or(f64::NAN, f64::from))
                    }
                    Some(entry) => Field::Numbers(entry.values.into_iter().map(f64::from).collect()),
                    None => Field::Other,
                }
            }
            _ => Field::Other,
        })
    }
}

/// A name of bearable length.
fn shortened(name: &str) -> String {
    name.chars().take(LONGEST).collect()
}
