//! What every reader ends in: named tensors of f32 in the file's order, and how much memory they may take.
//!
//! Must not know: any one format.

use super::hints::Layers;
use super::number::{Kind, elements};
use super::objects::Objects;

/// One tensor of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its whole name ("decoder.fc.weight").
    pub name: String,
    /// Dimensions, outermost first, as the file has them.
    pub shape: Vec<usize>,
    /// How its numbers are stored in the file.
    pub kind: Kind,
    /// Row-major values.
    pub values: Vec<f32>,
}

/// Whose conventions the names and layouts follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// PyTorch: linear `[out, in]`, convolution `[out, in, h, w]`.
    Torch,
    /// Burn: linear `[in, out]`, a norm's scale is `gamma`.
    Burn,
}

/// A file's tensors.
#[derive(Clone, Debug)]
pub struct Archive {
    /// The format in words.
    pub format: &'static str,
    /// Whose layouts.
    pub layout: Layout,
    /// Whether the order of the tensors is that of the layers, as PyTorch's dictionaries keep it.
    pub ordered: bool,
    /// The part of the file they were found in ("state_dict"); empty = at the top.
    pub part: String,
    /// zscope's own card, where it wrote the file.
    pub card: Option<String>,
    /// The tensors.
    pub tensors: Vec<Entry>,
    /// What the file says of layers beside their tensors.
    pub hints: Layers,
    /// Class and fields of each module, where the file has them as NVIDIA's programs write them.
    pub objects: Objects,
}

/// What a file may still ask for, in bytes of memory: a small file that claims much is refused before it is believed.
#[derive(Debug)]
pub struct Budget {
    left: u64,
}

/// Memory that even a tiny file may take.
const FLOOR: u64 = 16 << 20;
/// How much larger than the file its tensors may be: compressed weights, bytes widened to f32.
const GROWTH: u64 = 16;
/// The most that is read of any file.
pub const LARGEST: u64 = 8 << 30;

impl Budget {
    /// The budget of a file of so many bytes.
    pub fn of(length: u64) -> Self {
        Self { left: length.saturating_mul(GROWTH).saturating_add(FLOOR).min(LARGEST * 2) }
    }

    /// Takes so many bytes; the sentence says what asked for them.
    pub fn take(&mut self, bytes: u64, what: &str) -> Result<(), String> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(format!(
                "claims more data than a file of its size holds (in {what}); it is damaged, or made to exhaust the memory"
            )),
        }
    }

    /// Takes a tensor of that shape as f32, and says how many numbers it has.
    pub fn tensor(&mut self, shape: &[usize], name: &str) -> Result<usize, String> {
        let count =
            elements(shape).ok_or_else(|| format!("has tensor {name} of the absurd shape {shape:?}"))?;
        self.take(4 * count as u64, &format!("tensor {name} of shape {shape:?}"))?;
        Ok(count)
    }

    /// What is left.
    pub fn left(&self) -> u64 {
        self.left
    }
}

impl Archive {
    /// Numbers in all tensors.
    pub fn numbers(&self) -> usize {
        self.tensors.iter().map(|t| t.values.len()).sum()
    }

    /// Refuses what no network can be made of: nothing at all. Whether numbers are finite is asked of layers alone, as
    /// masks and best losses beside them may well be infinite.
    pub fn check(self) -> Result<Self, String> {
        if self.tensors.is_empty() {
            return Err("holds no tensors; it is no model, or its weights are in another file".into());
        }
        Ok(self)
    }
}
