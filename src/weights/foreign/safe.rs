//! Foreign `.safetensors`: the header by the safetensors crate, the numbers read one tensor at a time.
//!
//! Must not know: zscope's own card.

use super::archive::{Archive, Budget, Entry, Layout};
use super::number::Kind;
use safetensors::tensor::{Dtype, Metadata};
use std::io::{Read, Seek, SeekFrom};

/// Longest header that is read.
const HEADER: u64 = 100 << 20;

/// Reads one. `length`: bytes of the whole file.
pub fn read<R: Read + Seek>(input: &mut R, length: u64, budget: &mut Budget) -> Result<Archive, String> {
    let cut = || "is a damaged or truncated .safetensors file; get it again".to_string();
    let say = |e: std::io::Error| format!("could not be read ({e})");
    let mut size = [0; 8];
    input.seek(SeekFrom::Start(0)).map_err(say)?;
    input.read_exact(&mut size).map_err(|_| cut())?;
    let header = u64::from_le_bytes(size);
    if header > HEADER || header.saturating_add(8) > length {
        return Err(cut());
    }
    budget.take(2 * header, "its header")?;
    let mut bytes = Vec::new();
    input.take(header).read_to_end(&mut bytes).map_err(say)?;
    // The header alone: `SafeTensors::read_metadata` wants the whole file.
    let metadata: Metadata = serde_json::from_slice(&bytes)
        .map_err(|e| format!("is a damaged or truncated .safetensors file ({e}); get it again"))?;
    let mut infos: Vec<_> = metadata.tensors().into_iter().collect();
    infos.sort_by_key(|(name, info)| (info.data_offsets, name.clone()));
    let mut tensors = Vec::with_capacity(infos.len());
    for (name, info) in infos {
        let kind = kind(info.dtype).ok_or_else(|| {
            format!("has tensor {name} of type {:?}, which zscope does not read", info.dtype)
        })?;
        let count = budget.tensor(&info.shape, &name)?;
        let (start, end) = info.data_offsets;
        let whole = end.checked_sub(start).filter(|b| *b == count * kind.size()).map(|b| b as u64);
        let last = (end as u64).checked_add(8 + header).filter(|last| *last <= length);
        let (Some(whole), Some(_)) = (whole, last) else { return Err(cut()) };
        input.seek(SeekFrom::Start(8 + header + start as u64)).map_err(say)?;
        let mut data = Vec::with_capacity(whole.min(1 << 20) as usize);
        input.take(whole).read_to_end(&mut data).map_err(say)?;
        if data.len() as u64 != whole {
            return Err("became shorter while it was read; open it again when nobody writes to it".into());
        }
        tensors.push(Entry { name, shape: info.shape.clone(), kind, values: kind.all(&data) });
    }
    Ok(Archive {
        format: "safetensors",
        layout: Layout::Torch,
        ordered: false,
        part: String::new(),
        card: None,
        tensors,
        hints: Default::default(),
        objects: Default::default(),
    })
}

fn kind(dtype: Dtype) -> Option<Kind> {
    Some(match dtype {
        Dtype::F16 => Kind::F16,
        Dtype::BF16 => Kind::Bf16,
        Dtype::F32 => Kind::F32,
        Dtype::F64 => Kind::F64,
        Dtype::I8 => Kind::Int(1),
        Dtype::I16 => Kind::Int(2),
        Dtype::I32 => Kind::Int(4),
        Dtype::I64 => Kind::Int(8),
        Dtype::BOOL | Dtype::U8 => Kind::Uint(1),
        Dtype::U16 => Kind::Uint(2),
        Dtype::U32 => Kind::Uint(4),
        Dtype::U64 => Kind::Uint(8),
        _ => return None,
    })
}
