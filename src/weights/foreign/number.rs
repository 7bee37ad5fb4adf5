//! Numbers of any width in a file, as f32 in row-major order.
//!
//! Must not know: which format the bytes came from.

use half::{bf16, f16};

/// How one number is stored, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// IEEE 754, 2 bytes.
    F16,
    /// The upper half of an f32.
    Bf16,
    /// IEEE 754, 4 bytes.
    F32,
    /// IEEE 754, 8 bytes.
    F64,
    /// Signed, so many bytes: 1, 2, 4 or 8.
    Int(u8),
    /// Unsigned, so many bytes: 1, 2, 4 or 8. A boolean is one byte.
    Uint(u8),
}

impl Kind {
    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Int(n) | Self::Uint(n) => n as usize,
        }
    }

    /// The name of the type in the field's words.
    pub fn name(self) -> &'static str {
        match self {
            Self::F16 => "F16",
            Self::Bf16 => "BF16",
            Self::F32 => "F32",
            Self::F64 => "F64",
            Self::Int(1) => "I8",
            Self::Int(2) => "I16",
            Self::Int(4) => "I32",
            Self::Int(_) => "I64",
            Self::Uint(1) => "U8",
            Self::Uint(2) => "U16",
            Self::Uint(4) => "U32",
            Self::Uint(_) => "U64",
        }
    }

    /// The number at the start of `b`, which holds at least [`Kind::size`] bytes; 0 where it does not.
    fn read(self, b: &[u8]) -> f32 {
        fn whole(b: &[u8], n: usize, signed: bool) -> f32 {
            let mut wide = [0u8; 8];
            let n = n.min(b.len()).min(8);
            wide[..n].copy_from_slice(&b[..n]);
            let value = u64::from_le_bytes(wide);
            if !signed {
                return value as f32;
            }
            let shift = 64 - 8 * n.max(1) as u32;
            (((value << shift) as i64) >> shift) as f32
        }
        match (self, b) {
            (Self::F16, [x, y, ..]) => f16::from_le_bytes([*x, *y]).to_f32(),
            (Self::Bf16, [x, y, ..]) => bf16::from_le_bytes([*x, *y]).to_f32(),
            (Self::F32, b) => b.first_chunk().map_or(0.0, |b| f32::from_le_bytes(*b)),
            (Self::F64, b) => b.first_chunk().map_or(0.0, |b| f64::from_le_bytes(*b) as f32),
            (Self::Int(n), b) => whole(b, n as usize, true),
            (Self::Uint(n), b) => whole(b, n as usize, false),
            _ => 0.0,
        }
    }

    /// All numbers in `bytes`.
    pub fn all(self, bytes: &[u8]) -> Vec<f32> {
        bytes.chunks_exact(self.size()).map(|b| self.read(b)).collect()
    }

    /// A strided view of `bytes`, in elements. `None`: it reaches outside.
    pub fn view(self, bytes: &[u8], offset: usize, shape: &[usize], stride: &[usize]) -> Option<Vec<f32>> {
        let count = elements(shape)?;
        if count == 0 {
            return Some(Vec::new());
        }
        let last = shape
            .iter()
            .zip(stride)
            .try_fold(offset, |at, (n, s)| at.checked_add((n - 1).checked_mul(*s)?))?;
        let size = self.size();
        if last.checked_add(1)?.checked_mul(size)? > bytes.len() {
            return None;
        }
        let mut dense = 1;
        let contiguous = shape.iter().zip(stride).rev().all(|(n, s)| {
            let fits = *n == 1 || *s == dense;
            dense *= n;
            fits
        });
        if contiguous {
            return Some(self.all(&bytes[offset * size..(offset + count) * size]));
        }
        let mut out = Vec::with_capacity(count);
        let mut index = vec![0usize; shape.len()];
        loop {
            let at: usize = offset + index.iter().zip(stride).map(|(i, s)| i * s).sum::<usize>();
            out.push(self.read(&bytes[at * size..]));
            // The odometer's last wheel turns fastest.
            let Some(wheel) = (0..shape.len()).rev().find(|&d| index[d] + 1 < shape[d]) else { break };
            index[wheel] += 1;
            index[wheel + 1..].iter_mut().for_each(|i| *i = 0);
        }
        Some(out)
    }
}

/// Numbers in a tensor of this shape; `None` when no machine could hold them.
pub fn elements(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d)).filter(|n| *n <= isize::MAX as usize / 8)
}
