//! PyTorch's files: the zip of today, and the row of pickles and raw blocks that `torch.save` wrote until 1.5, both
//! whatever the file is called.
//!
//! Must not know: what network the tensors make.

use super::archive::{Archive, Budget, Entry, Layout};
use super::number::{Kind, elements};
use super::parts;
use super::persistent::{self, Generator};
use super::pickle::value::Storage;
use super::pickle::{self, Id, Node, Nodes};
use super::zipfile::Zip;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek, SeekFrom};

/// The number that a file of `torch.save`, protocol 1001, begins with.
const MAGIC: &str = "1950a86a20f9469cfc6c";
/// How the first pickle of such a file ends: a long of ten bytes, the number, the end.
const NUMBER: &[u8] = &[0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.'];

/// Bytes of the pickle that such a file begins with, if it does: the protocol, from 4 on a frame's length, the number.
pub fn legacy_head(head: &[u8]) -> Option<usize> {
    let start = match head {
        [0x80, 2..=5, 0x95, ..] => 11,
        [0x80, 2..=5, ..] => 2,
        _ => return None,
    };
    head.get(start..)?.starts_with(NUMBER).then_some(start + NUMBER.len())
}

/// Reads a zip that PyTorch wrote. `at`: the name of its `data.pkl`.
pub fn zipped<R: Read + Seek>(zip: &Zip<R>, at: &str, budget: &mut Budget) -> Result<Archive, String> {
    let folder = at.strip_suffix("data.pkl").unwrap_or_default().to_owned();
    let order = format!("{folder}byteorder");
    if zip.has(&order) && zip.entry(&order, budget)?.starts_with(b"big") {
        return Err("holds big-endian numbers, which zscope does not read".into());
    }
    let bytes = zip.entry(at, budget)?;
    let mut nodes = Nodes::default();
    let root = pickle::read(&mut bytes.as_slice(), &mut nodes, budget)?;
    let mut read =
        |storage: &Storage, budget: &mut Budget| zip.entry(&format!("{folder}data/{}", storage.key), budget);
    archived("PyTorch, zip", (&nodes, root), budget, &mut read)
}

/// Reads the older row of pickles. `length`: bytes of the whole file.
pub fn legacy<R: Read + Seek>(input: &mut R, length: u64, budget: &mut Budget) -> Result<Archive, String> {
    let mut nodes = Nodes::default();
    let (root, mut blocks) = opened(input, length, &mut nodes, budget)?;
    let mut read = |storage: &Storage, budget: &mut Budget| blocks.read(input, &storage.key, budget);
    archived("PyTorch, before 1.6", (&nodes, root), budget, &mut read)
}

/// Reads a plain pickle of tensors or arrays (`pickle.dump`).
pub fn plain<R: Read>(input: &mut R, budget: &mut Budget) -> Result<Archive, String> {
    let mut nodes = Nodes::default();
    let root = pickle::read(input, &mut nodes, budget)?;
    let mut read = |_: &Storage, _: &mut Budget| -> Result<Vec<u8>, String> {
        Err("is a pickle whose tensors are in another file; save the model with torch.save".into())
    };
    archived("Python pickle", (&nodes, root), budget, &mut read)
}

/// The model's tensors below `root`, whose storages `read` gives.
fn archived(
    format: &'static str,
    (nodes, root): (&Nodes, Id),
    budget: &mut Budget,
    read: &mut Read1<'_>,
) -> Result<Archive, String> {
    if let Some(generator) = persistent::generator(nodes, root, budget)? {
        let Generator { part, wanted, objects } = generator;
        let tensors = gather(nodes, &wanted, budget, read)?;
        let (layout, hints) = (Layout::Torch, Default::default());
        return Ok(Archive { format, layout, ordered: true, part, card: None, tensors, hints, objects });
    }
    let (found, hints) = parts::find(nodes, root)?;
    let (part, wanted) = parts::choose(found);
    let tensors = gather(nodes, &wanted, budget, read)?;
    let (layout, objects) = (Layout::Torch, Default::default());
    Ok(Archive { format, layout, ordered: true, part, card: None, tensors, hints, objects })
}

/// Where the raw blocks of a legacy file are.
struct Blocks(BTreeMap<String, (u64, u64)>);

impl Blocks {
    fn read<R: Read + Seek>(
        &mut self,
        input: &mut R,
        key: &str,
        budget: &mut Budget,
    ) -> Result<Vec<u8>, String> {
        let (start, length) = *self
            .0
            .get(key)
            .ok_or_else(|| format!("is damaged: storage {key} is missing; get the file again"))?;
        budget.take(length, &format!("storage {key}"))?;
        let say = |e: std::io::Error| format!("could not be read ({e})");
        input.seek(SeekFrom::Start(start)).map_err(say)?;
        let mut bytes = Vec::with_capacity(length.min(1 << 20) as usize);
        input.take(length).read_to_end(&mut bytes).map_err(say)?;
        if bytes.len() as u64 != length {
            return Err("became shorter while it was read; open it again when nobody writes to it".into());
        }
        Ok(bytes)
    }
}

/// The pickles of a legacy file, and its blocks.
fn opened<R: Read + Seek>(
    input: &mut R,
    length: u64,
    nodes: &mut Nodes,
    budget: &mut Budget,
) -> Result<(Id, Blocks), String> {
    let mut head = Vec::new();
    let start = input.stream_position().map_err(|e| format!("could not be read ({e})"))?;
    input.take(32).read_to_end(&mut head).map_err(|e| format!("could not be read ({e})"))?;
    let Some(first) = legacy_head(&head) else {
        return Err(format!("is no PyTorch file: it does not begin with {MAGIC}"));
    };
    input.seek(SeekFrom::Start(start + first as u64)).map_err(|e| format!("could not be read ({e})"))?;
    let version = pickle::read(input, nodes, budget)?;
    if nodes.count(version) != Some(1001) {
        return Err("is a PyTorch file of a version that zscope does not know".into());
    }
    let system = pickle::read(input, nodes, budget)?;
    if little_endian(nodes, system) == Some(false) {
        return Err("holds big-endian numbers, which zscope does not read".into());
    }
    let root = pickle::read(input, nodes, budget)?;
    let keys = pickle::read(input, nodes, budget)?;
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for node in &nodes.0 {
        if let Node::Storage(s) = node {
            sizes.insert(&s.key, s.kind.map_or(1, Kind::size));
        }
    }
    let say = |e: std::io::Error| format!("could not be read ({e})");
    let mut blocks = BTreeMap::new();
    let mut at = input.stream_position().map_err(say)?;
    for key in nodes.items(keys) {
        let key = nodes.text(*key).unwrap_or_default();
        let Some(size) = sizes.get(key) else {
            return Err(format!("is damaged: storage {key} belongs to no tensor; get the file again"));
        };
        let mut count = [0; 8];
        input.seek(SeekFrom::Start(at)).map_err(say)?;
        input
            .read_exact(&mut count)
            .map_err(|_| format!("is truncated: storage {key} is missing; get the file again"))?;
        let bytes = u64::from_le_bytes(count).checked_mul(*size as u64);
        let end = bytes.and_then(|b| b.checked_add(at + 8)).filter(|end| *end <= length);
        let (Some(bytes), Some(end)) = (bytes, end) else {
            return Err(format!("is truncated: storage {key} is not all there; get the file again"));
        };
        blocks.insert(key.to_owned(), (at + 8, bytes));
        at = end;
    }
    Ok((root, Blocks(blocks)))
}

fn little_endian(nodes: &Nodes, system: Id) -> Option<bool> {
    let Node::Dict(items) = nodes.get(system) else { return None };
    let (_, value) = items.iter().find(|(k, _)| nodes.text(*k) == Some("little_endian"))?;
    match nodes.get(*value) {
        Node::Bool(b) => Some(*b),
        _ => None,
    }
}

type Read1<'a> = dyn FnMut(&Storage, &mut Budget) -> Result<Vec<u8>, String> + 'a;

/// The wanted tensors; each storage is read once, and forgotten when its tensors are made.
fn gather(
    nodes: &Nodes,
    wanted: &[(String, Id)],
    budget: &mut Budget,
    read: &mut Read1<'_>,
) -> Result<Vec<Entry>, String> {
    let mut made: Vec<Option<Entry>> = vec![None; wanted.len()];
    let mut by_storage: BTreeMap<(String, Option<Id>), Vec<usize>> = BTreeMap::new();
    for (i, (name, id)) in wanted.iter().enumerate() {
        match nodes.get(*id) {
            Node::Tensor(view) => {
                let Node::Storage(storage) = nodes.get(view.storage) else { continue };
                let inside = storage.inside.map(|_| view.storage);
                by_storage.entry((storage.key.clone(), inside)).or_default().push(i);
            }
            Node::Array { .. } => made[i] = array(nodes, name, *id, budget)?,
            _ => {}
        }
    }
    for indices in by_storage.into_values() {
        let Some(Node::Tensor(first)) = indices.first().map(|i| nodes.get(wanted[*i].1)) else { continue };
        let Node::Storage(storage) = nodes.get(first.storage) else { continue };
        let (bytes, inner) = match storage.inside {
            Some(id) => {
                let (bytes, kind) = inside(nodes, id, budget)?;
                (bytes, Some(kind))
            }
            None => (read(storage, budget)?, None),
        };
        for i in indices {
            let (name, id) = &wanted[i];
            let Node::Tensor(view) = nodes.get(*id) else { continue };
            let Node::Storage(storage) = nodes.get(view.storage) else { continue };
            let Some(kind) = view.kind.or(inner).or(storage.kind) else {
                return Err(format!("does not say of what type the numbers of tensor {name} are"));
            };
            budget.tensor(&view.shape, name)?;
            let offset = view.offset.checked_add(storage.start);
            let values =
                offset.and_then(|o| kind.view(&bytes, o, &view.shape, &view.stride)).ok_or_else(|| {
                    format!("is damaged: tensor {name} of shape {:?} reaches past its storage", view.shape)
                })?;
            made[i] = Some(Entry { name: name.clone(), shape: view.shape.clone(), kind, values });
        }
    }
    Ok(made.into_iter().flatten().collect())
}

/// A storage that `pickle.dump` wrapped as a whole small file.
fn inside(nodes: &Nodes, id: Id, budget: &mut Budget) -> Result<(Vec<u8>, Kind), String> {
    let bytes = match nodes.get(id) {
        Node::Bytes(b) => b.as_slice(),
        Node::Text(t) => t.as_bytes(),
        _ => &[],
    };
    let mut input = Cursor::new(bytes);
    let mut inner = Nodes::default();
    let (root, mut blocks) = opened(&mut input, bytes.len() as u64, &mut inner, budget)?;
    let Node::Storage(Storage { key, kind: Some(kind), .. }) = inner.get(root) else {
        return Err("is damaged: a tensor inside it is none".into());
    };
    Ok((blocks.read(&mut input, key, budget)?, *kind))
}

/// A NumPy array inside a pickle. `None`: it holds no numbers.
pub(super) fn array(nodes: &Nodes, name: &str, id: Id, budget: &mut Budget) -> Result<Option<Entry>, String> {
    let Node::Array { shape, kind: Some(kind), fortran, bytes: Some(bytes) } = nodes.get(id) else {
        return Ok(None);
    };
    let bytes = match nodes.get(*bytes) {
        Node::Bytes(b) => b.as_slice(),
        Node::Text(t) => t.as_bytes(),
        _ => return Ok(None),
    };
    budget.tensor(shape, name)?;
    let values = kind.view(bytes, 0, shape, &strides(shape, *fortran));
    let values = values
        .ok_or_else(|| format!("is damaged: array {name} of shape {shape:?} has {} bytes", bytes.len()))?;
    Ok(Some(Entry { name: name.to_owned(), shape: shape.clone(), kind: *kind, values }))
}

/// Strides of a dense array: the last dimension varies fastest, or (Fortran) the first. The shape was checked.
pub fn strides(shape: &[usize], fortran: bool) -> Vec<usize> {
    if elements(shape).is_none_or(|n| n == 0) {
        return vec![0; shape.len()];
    }
    let mut stride = vec![1; shape.len()];
    let order: Vec<usize> =
        if fortran { (0..shape.len()).collect() } else { (0..shape.len()).rev().collect() };
    for pair in order.windows(2) {
        stride[pair[1]] = stride[pair[0]] * shape[pair[0]];
    }
    stride
}
