//! Burn's own format (`.bpk`), through its reader.
//!
//! Must not know: what network the tensors make.

use super::archive::{Archive, Budget, Entry, Layout};
use super::number::Kind;
use burn_pack::{Bytes, DType, Reader};

/// How such a file begins.
pub const MAGIC: [u8; 4] = burn_pack::MAGIC_NUMBER.to_le_bytes();

/// Looks at a file's beginning, so that a large one is not read for nothing.
pub fn check(head: &[u8], length: u64) -> Result<(), String> {
    // Magic, version, bytes of metadata; then the metadata, which is never empty.
    let metadata = head.get(6..10).and_then(|b| b.first_chunk()).map(|b| u64::from(u32::from_le_bytes(*b)));
    match metadata {
        Some(n) if n > 0 && n + 10 <= length => Ok(()),
        _ => Err("is a damaged or truncated Burn file; get it again".into()),
    }
}

/// Reads a whole file's bytes.
pub fn read(bytes: Vec<u8>, budget: &mut Budget) -> Result<Archive, String> {
    let say = |e: burn_pack::Error| format!("is a damaged or truncated Burn file ({e}); get it again");
    let reader = Reader::from_bytes(Bytes::from_bytes_vec(bytes)).map_err(say)?;
    let card = reader.metadata().get("zscope").cloned();
    let mut tensors = Vec::new();
    for tensor in reader.into_tensors().map_err(say)? {
        let (name, dtype, shape, _, data) = tensor.into_parts().map_err(say)?;
        let kind = kind(dtype)
            .ok_or_else(|| format!("has tensor {name} of type {dtype:?}, which zscope does not read"))?;
        let shape = shape.to_vec();
        let count = budget.tensor(&shape, &name)?;
        let values = kind.all(&data);
        if values.len() != count {
            return Err(format!("is damaged: tensor {name} of shape {shape:?} has {} numbers", values.len()));
        }
        tensors.push(Entry { name, shape, kind, values });
    }
    let layout = Layout::Burn;
    Ok(Archive {
        format: "Burn .bpk",
        layout,
        ordered: false,
        part: String::new(),
        card,
        tensors,
        hints: Default::default(),
        objects: Default::default(),
    })
}

fn kind(dtype: DType) -> Option<Kind> {
    Some(match dtype {
        DType::F64 => Kind::F64,
        DType::F32 | DType::Flex32 => Kind::F32,
        DType::F16 => Kind::F16,
        DType::BF16 => Kind::Bf16,
        DType::I64 => Kind::Int(8),
        DType::I32 => Kind::Int(4),
        DType::I16 => Kind::Int(2),
        DType::I8 => Kind::Int(1),
        DType::U64 => Kind::Uint(8),
        DType::U32 => Kind::Uint(4),
        DType::U16 => Kind::Uint(2),
        DType::U8 => Kind::Uint(1),
        _ => return None,
    })
}
