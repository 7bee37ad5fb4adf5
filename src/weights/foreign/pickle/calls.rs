//! What the few known names of a pickle make of their arguments.
//!
//! Must not know: instructions, files.

use super::machine::{broken, refusal};
use super::value::{Id, Known, Node, Nodes, Storage, View};
use crate::weights::foreign::archive::Budget;
use crate::weights::foreign::number::Kind;

/// What the known name `function` makes of `arguments`.
pub(super) fn call(
    nodes: &mut Nodes,
    function: Id,
    arguments: &[Id],
    budget: &mut Budget,
) -> Result<Node, String> {
    let known = match nodes.get(function) {
        Node::Global(known) => *known,
        // A value of an Enum: its class, and the one plain value that it stands for. Nothing is called for it.
        Node::Class(name) => {
            return match arguments {
                [only] if matches!(nodes.get(*only), Node::Int(_) | Node::Float(_) | Node::Bool(_)) => {
                    Ok(Node::Object(None))
                }
                _ => Err(refusal(name)),
            };
        }
        _ => return Err(broken("it calls what is no function")),
    };
    let lacks = || broken("a tensor's description is incomplete");
    budget.take(8 * arguments.len() as u64, "a pickle's values")?;
    match known {
        Known::Dict => {
            let pairs = pairs(nodes, arguments.first().copied());
            budget.take(16 * pairs.len() as u64, "a pickle's values")?;
            Ok(Node::Dict(pairs))
        }
        Known::First => {
            let first = *arguments.first().ok_or_else(lacks)?;
            let node = nodes.get(first).clone();
            // Only tensors are wrapped so; anything larger would be copied each time it is named.
            match node {
                Node::Tensor(view) => {
                    budget.take(32 * view.shape.len() as u64, "a pickle's values")?;
                    Ok(Node::Tensor(view))
                }
                _ => Err(lacks()),
            }
        }
        Known::RebuildTensor => {
            let [storage, offset, shape, stride, ..] = *arguments else { return Err(lacks()) };
            if !matches!(nodes.get(storage), Node::Storage(_)) {
                return Err(lacks());
            }
            let offset = nodes.count(offset).ok_or_else(lacks)?;
            let shape = nodes.counts(shape).ok_or_else(lacks)?;
            let stride = nodes.counts(stride).ok_or_else(lacks)?;
            if shape.len() != stride.len() || shape.len() > 16 {
                return Err(broken(&format!("a tensor has {} dimensions", shape.len())));
            }
            budget.take(32 * shape.len() as u64, "a pickle's values")?;
            Ok(Node::Tensor(View { storage, kind: None, offset, shape, stride }))
        }
        Known::LoadFromBytes => {
            let inside = *arguments.first().ok_or_else(lacks)?;
            if !matches!(nodes.get(inside), Node::Bytes(_) | Node::Text(_)) {
                return Err(lacks());
            }
            Ok(Node::Storage(Storage {
                key: String::new(),
                kind: None,
                count: 0,
                start: 0,
                inside: Some(inside),
            }))
        }
        Known::ArrayNew => Ok(Node::Array { shape: Vec::new(), kind: None, fortran: false, bytes: None }),
        Known::ArrayScalar => {
            let [dtype, bytes, ..] = *arguments else { return Err(lacks()) };
            let Node::Dtype(kind) = *nodes.get(dtype) else { return Ok(Node::None) };
            Ok(Node::Array { shape: Vec::new(), kind: Some(kind), fortran: false, bytes: Some(bytes) })
        }
        // (bytes, dtype, shape, order)
        Known::ArrayBuffer => {
            let [bytes, dtype, shape, order, ..] = *arguments else { return Err(lacks()) };
            let Node::Dtype(kind) = *nodes.get(dtype) else { return Ok(Node::None) };
            let shape = nodes.counts(shape).filter(|s| s.len() <= 64);
            let shape = shape.ok_or_else(|| broken("an array has no shape"))?;
            budget.take(8 * shape.len() as u64, "a pickle's values")?;
            let fortran = nodes.text(order) == Some("F");
            Ok(Node::Array { shape, kind: Some(kind), fortran, bytes: Some(bytes) })
        }
        Known::ArrayDtype => {
            let name = arguments.first().and_then(|id| nodes.text(*id)).ok_or_else(lacks)?;
            match dtype(name) {
                Some(kind) => Ok(Node::Dtype(kind)),
                // An array of text or objects is no weight; it becomes an error only where a tensor is wanted.
                None => Ok(Node::Object(None)),
            }
        }
        Known::Encode => {
            let text = arguments.first().and_then(|id| nodes.text(*id)).unwrap_or_default();
            budget.take(text.len() as u64, "a pickle's text")?;
            // Latin-1: every character is one byte.
            let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c as u32).ok()).collect();
            Ok(Node::Bytes(bytes.ok_or_else(|| broken("its bytes are no bytes"))?))
        }
        Known::Sequence => {
            let items = arguments.first().map(|id| nodes.items(*id).to_vec()).unwrap_or_default();
            budget.take(8 * items.len() as u64, "a pickle's values")?;
            Ok(Node::List(items))
        }
        Known::Data => Ok(Node::Object(None)),
        // Python runs what the second is, where it is not `object`.
        Known::Object => match arguments {
            [class, base, ..] => match (nodes.get(*class), nodes.get(*base)) {
                (Node::Class(_) | Node::Global(Known::Data), Node::Global(Known::Data | Known::Dict)) => {
                    Ok(Node::Object(None))
                }
                (_, Node::Class(name)) => Err(refusal(name)),
                _ => Err(broken("it makes an object of what is no class")),
            },
            _ => Err(lacks()),
        },
        Known::Value => {
            let first = *arguments.first().ok_or_else(lacks)?;
            match nodes.get(first) {
                node @ (Node::List(items) | Node::Tuple(items)) => {
                    budget.take(8 * items.len() as u64, "a pickle's values")?;
                    Ok(node.clone())
                }
                _ => Ok(Node::None),
            }
        }
        Known::Persistent => {
            let said = arguments.first().copied().ok_or_else(lacks)?;
            let part = |key: &str| {
                let missing = || broken(&format!("an object that comes with its program has no {key}"));
                nodes.entry(said, key).ok_or_else(missing)
            };
            Ok(Node::Persistent { class: part("class_name")?, state: part("state")? })
        }
        Known::StorageType(_) | Known::DtypeName(_) => Err(broken("it calls what is no function")),
    }
}

/// The pairs of a list of pairs, as `OrderedDict([(k, v), …])` was written by Python 2.
fn pairs(nodes: &Nodes, list: Option<Id>) -> Vec<(Id, Id)> {
    let items = list.map(|l| nodes.items(l)).unwrap_or_default();
    items
        .iter()
        .filter_map(|i| match nodes.items(*i) {
            [k, v] => Some((*k, *v)),
            _ => None,
        })
        .collect()
}

/// Gives an object its state.
pub(super) fn build(nodes: &mut Nodes, object: Id, state: Id) -> Result<(), String> {
    let new = match nodes.get(object) {
        // (version, shape, dtype, fortran, bytes)
        Node::Array { .. } => {
            let [_, shape, dtype, fortran, bytes, ..] = *nodes.items(state) else {
                return Err(broken("an array's description is incomplete"));
            };
            let kind = match nodes.get(dtype) {
                Node::Dtype(kind) => Some(*kind),
                _ => None,
            };
            let shape = nodes.counts(shape).filter(|s| s.len() <= 64);
            let shape = shape.ok_or_else(|| broken("an array has no shape"))?;
            let fortran = matches!(nodes.get(fortran), Node::Bool(true) | Node::Int(1));
            Node::Array { shape, kind, fortran, bytes: Some(bytes) }
        }
        // A dtype's state is its byte order.
        Node::Dtype(kind) => {
            let big = nodes.items(state).get(1).and_then(|o| nodes.text(*o)) == Some(">");
            if big && kind.size() > 1 {
                return Err("holds big-endian numbers, which zscope does not read".into());
            }
            return Ok(());
        }
        Node::Object(None) => Node::Object(Some(state)),
        // Fields set on a class would change it for all that use it.
        Node::Class(name) => return Err(refusal(name)),
        // An OrderedDict carries `_metadata` that way; a tensor its hooks.
        _ => return Ok(()),
    };
    if let Some(slot) = nodes.0.get_mut(object) {
        *slot = new;
    }
    Ok(())
}

/// `('storage', type, key, location, count, view)`.
pub(super) fn persistent(nodes: &Nodes, id: Id, budget: &mut Budget) -> Result<Node, String> {
    let lacks = || broken("a storage's description is incomplete");
    let [tag, kind, rest @ ..] = nodes.items(id) else { return Err(lacks()) };
    // In files before 1.6 a class comes with its program's text.
    if nodes.text(*tag) == Some("module") {
        return match nodes.get(*kind) {
            Node::Class(name) => {
                budget.take(name.len() as u64, "a pickle's text")?;
                Ok(Node::Class(name.clone()))
            }
            Node::Global(known) => Ok(Node::Global(*known)),
            _ => Err(lacks()),
        };
    }
    if nodes.text(*tag) != Some("storage") {
        return Err(broken("it refers to something outside that is no storage"));
    }
    let [key, _, count, rest @ ..] = rest else { return Err(lacks()) };
    let Node::Global(Known::StorageType(kind)) = *nodes.get(*kind) else { return Err(lacks()) };
    let key = match nodes.get(*key) {
        Node::Text(t) => {
            budget.take(t.len() as u64, "a pickle's text")?;
            t.clone()
        }
        Node::Int(n) => n.to_string(),
        _ => return Err(lacks()),
    };
    let count = nodes.count(*count).ok_or_else(lacks)?;
    // A part of the whole storage of that key: (its own key, first number, count).
    let view = rest.first().map(|view| nodes.items(*view)).unwrap_or_default();
    let start = match view {
        [_, start, ..] => nodes.count(*start).ok_or_else(lacks)?,
        _ => 0,
    };
    Ok(Node::Storage(Storage { key, kind, count, start, inside: None }))
}

/// NumPy's short names ("f4", "<i8").
pub(in crate::weights::foreign) fn dtype(name: &str) -> Option<Kind> {
    Some(match name.trim_start_matches(['<', '|', '=']) {
        "f2" => Kind::F16,
        "f4" | "float32" => Kind::F32,
        "f8" | "float64" => Kind::F64,
        "i1" => Kind::Int(1),
        "i2" => Kind::Int(2),
        "i4" => Kind::Int(4),
        "i8" => Kind::Int(8),
        "u1" | "b1" | "?" => Kind::Uint(1),
        "u2" => Kind::Uint(2),
        "u4" => Kind::Uint(4),
        "u8" => Kind::Uint(8),
        _ => return None,
    })
}
