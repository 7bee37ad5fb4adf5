//! NumPy's arrays: a zip of `.npy` files, or one alone (NumPy's format description, versions 1 to 3).
//!
//! Must not know: what network the arrays make.

use super::archive::{Archive, Budget, Entry, Layout};
use super::number::{Kind, elements};
use super::pickle::dtype;
use super::torch::strides;
use super::zipfile::Zip;
use std::io::{Read, Seek};

/// How a `.npy` begins.
pub const MAGIC: &[u8] = b"\x93NUMPY";

/// Reads all arrays of a `.npz`.
pub fn zipped<R: Read + Seek>(
    zip: &Zip<R>,
    names: &[String],
    budget: &mut Budget,
) -> Result<Archive, String> {
    let mut tensors = Vec::new();
    for name in names {
        let Some(short) = name.strip_suffix(".npy") else { continue };
        let bytes = zip.entry(name, budget)?;
        tensors.push(array(short, &bytes, budget)?);
    }
    Ok(Archive {
        format: "NumPy .npz",
        layout: Layout::Torch,
        ordered: true,
        part: String::new(),
        card: None,
        tensors,
        hints: Default::default(),
        objects: Default::default(),
    })
}

/// What a `.npy` begins with.
struct Head<'a> {
    kind: Kind,
    fortran: bool,
    shape: Vec<usize>,
    /// The numbers.
    rest: &'a [u8],
}

/// Bytes of a `.npy` file that begins so, by what it says of itself.
pub fn length(head: &[u8]) -> Result<u64, String> {
    let Head { kind, shape, rest, .. } = parse("array", head)?;
    let count = elements(&shape).ok_or_else(|| format!("has the absurd shape {shape:?}"))?;
    Ok((head.len() - rest.len()) as u64 + count as u64 * kind.size() as u64)
}

/// One `.npy` file.
pub fn array(name: &str, bytes: &[u8], budget: &mut Budget) -> Result<Entry, String> {
    let Head { kind, fortran, shape, rest } = parse(name, bytes)?;
    budget.tensor(&shape, name)?;
    let values = kind.view(rest, 0, &shape, &strides(&shape, fortran));
    let values = values.ok_or_else(|| format!("is damaged: array {name} is cut short; get it again"))?;
    Ok(Entry { name: name.to_owned(), shape, kind, values })
}

fn parse<'a>(name: &str, bytes: &'a [u8]) -> Result<Head<'a>, String> {
    let broken = |what: &str| format!("is damaged: array {name} {what}; get it again");
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| broken("does not begin as a .npy"))?;
    let (length, rest) = match rest {
        [1, _, a, b, rest @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), rest),
        [2 | 3, _, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
        _ => return Err(broken("is of a version that zscope does not know")),
    };
    let header = rest.get(..length).and_then(|h| std::str::from_utf8(h).ok());
    let header = header.ok_or_else(|| broken("is cut short"))?;
    let value = |key: &str| {
        let after = header.split_once(&format!("'{key}':"))?.1.trim_start();
        Some(after)
    };
    let descr = value("descr").and_then(|v| v.strip_prefix('\'')?.split_once('\''));
    let (descr, _) = descr.ok_or_else(|| broken("holds no plain numbers"))?;
    if descr.starts_with('>') {
        return Err("holds big-endian numbers, which zscope does not read".into());
    }
    let kind =
        dtype(descr).ok_or_else(|| format!("has array {name} of type {descr}, where numbers belong"))?;
    let fortran = value("fortran_order").is_some_and(|v| v.starts_with("True"));
    let shape = value("shape").and_then(|v| v.strip_prefix('(')?.split_once(')')).map(|(s, _)| s);
    let shape = shape.ok_or_else(|| broken("has no shape"))?;
    let shape: Result<Vec<usize>, _> = shape
        .split(',')
        .map(str::trim)
        .filter(|d| !d.is_empty())
        .map(|d| d.trim_end_matches('L').parse())
        .collect();
    let shape = shape.map_err(|_| broken("has no shape"))?;
    Ok(Head { kind, fortran, shape, rest: &rest[length..] })
}
