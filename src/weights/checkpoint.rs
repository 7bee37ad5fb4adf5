//! zscope's own checkpoint: one `.safetensors` file with tensors named as a PyTorch user expects
//! (`safetensors.torch.load_file` reads it as it is) and a card in its metadata that says how to go on.
//!
//! Must not know: any one system.

use super::foreign::number::Kind;
use super::whole;
use crate::data::Vocabulary;
use crate::data::tracks::Span;
use crate::latent::Direction;
use crate::nn::Tensors;
use crate::nn::network::Network;
use crate::point::Values;
use crate::zoo::system::Legend;
use crate::zoo::{Facts, Settings, Shape};
use burn::tensor::{DType, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// What a checkpoint says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Version of this description; 1.
    pub format: u32,
    /// Recipe name.
    pub recipe: String,
    /// Settings that differ from the recipe's defaults.
    #[serde(default)]
    pub settings: Settings,
    /// The pictures it was built for.
    pub shape: Shape,
    /// Names of the data's classes; empty where it has none, and in old files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Names of the factors that the data's pictures are drawn from, where they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<String>,
    /// Further pictures of each item by the names of their columns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, Shape>,
    /// Domains of unpaired data, the first first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<(String, Shape)>,
    /// What the label maps say that it was trained with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Legend>,
    /// Frames of the data's clips; 0 where it has none, and in old files.
    #[serde(default, skip_serializing_if = "is_first")]
    pub frames: usize,
    /// The words of the captions that it was trained with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captions: Option<Vocabulary>,
    /// How long the tracks are that it was trained with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracks: Option<Span>,
    /// Data SPEC it was trained on.
    pub data: String,
    /// Seed of weights, noise and the order of the data.
    pub seed: u64,
    /// Optimiser steps made.
    pub step: u64,
    /// The recipe's phase that it is in, from 0.
    #[serde(default, skip_serializing_if = "is_first")]
    pub phase: usize,
    /// Pictures seen: the position in the data.
    pub seen: u64,
    /// Seconds of training time, pauses left out.
    pub seconds: f64,
    /// How much each latent dimension matters, and how that was measured; empty = not measured.
    #[serde(default)]
    pub importance: Vec<f32>,
    /// Whether `importance` is KL in nats (else the picture's change).
    #[serde(default)]
    pub importance_is_kl: bool,
    /// A latent worth opening on; empty = the origin.
    #[serde(default)]
    pub opening: Vec<f32>,
    /// Dimensions that its maker wants listed before the others, whatever they change; a drag on the picture moves the first
    /// two.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub first: Vec<usize>,
    /// Values of its other inputs worth opening on; what is absent has its default.
    #[serde(default, skip_serializing_if = "Values::is_empty")]
    pub held: Values,
    /// What a classifier's outputs stand for: its classes, or its attributes. Empty for others, and in old files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    /// Directions that were saved with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directions: Vec<Direction>,
    /// The network of a foreign file, which is no recipe's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Box<Network>>,
}

/// Whether a phase is the first, or there are no frames, which files do not name.
fn is_first(number: &usize) -> bool {
    *number == 0
}

impl Card {
    /// What the system was built for.
    pub fn facts(&self) -> Facts {
        let (classes, factors, columns) = (self.classes.clone(), self.factors.clone(), self.columns.clone());
        let (domains, labels) = (self.domains.clone(), self.labels.clone());
        let captions = self.captions.clone();
        let (frames, tracks) = (self.frames, self.tracks);
        Facts { classes, factors, columns, domains, labels, frames, captions, tracks, ..self.shape.into() }
    }
}

/// The recipe's name in the card of a foreign network.
pub const FOREIGN: &str = "foreign";

/// A checkpoint in memory.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// What it says about itself.
    pub card: Card,
    /// Its tensors by name, optimiser state included.
    pub tensors: Tensors,
}

/// Metadata key of the card.
pub(super) const KEY: &str = "zscope";
/// Prefix of tensors that hold optimiser state.
pub const OPTIMISER: &str = "optimizer.";

/// Largest file that is read into memory.
const LARGEST: u64 = 8 << 30;

impl Checkpoint {
    /// Whether it holds an optimiser's state, so that training can go on where it was.
    pub fn resumable(&self) -> bool {
        self.tensors.keys().any(|name| name.starts_with(OPTIMISER))
    }

    /// A number that follows from the weights: the same for the same model, wherever its file is.
    pub fn fingerprint(&self) -> String {
        let mut hasher = 0xcbf2_9ce4_8422_2325u64;
        for (name, data) in self.tensors.iter().filter(|(name, _)| !name.starts_with(OPTIMISER)) {
            for word in name.as_bytes().chunks(8).chain(data.as_bytes().chunks(8)) {
                let value = word.iter().fold(0u64, |v, b| v << 8 | u64::from(*b));
                hasher = (hasher ^ value).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
            }
        }
        format!("{hasher:016x}")
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let say = |e: &dyn std::fmt::Display| format!("the checkpoint could not be put together: {e}");
        let mut views = Vec::with_capacity(self.tensors.len());
        for (name, data) in &self.tensors {
            let dtype = match data.dtype() {
                DType::F32 => Dtype::F32,
                DType::U8 => Dtype::U8,
                other => return Err(say(&format!("tensor {name} is {other:?}"))),
            };
            views.push((
                name,
                TensorView::new(dtype, data.shape().to_vec(), data.as_bytes()).map_err(|e| say(&e))?,
            ));
        }
        let card = serde_json::to_string(&self.card).map_err(|e| say(&e))?;
        let metadata = HashMap::from([(KEY.to_string(), card), ("format".to_string(), "pt".to_string())]);
        safetensors::serialize(views, Some(metadata)).map_err(|e| say(&e))
    }

    /// Writes it, whole or not at all.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        whole::write(path, &self.to_bytes()?)
    }

    /// Reads a file. The sentence says what is wrong with which file and what to do.
    pub fn read(path: &Path) -> Result<Self, String> {
        let name = path.display();
        let about = std::fs::metadata(path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => {
                format!(
                    "there is no file {}; it may have been moved or renamed, so choose it again",
                    path.display()
                )
            }
            _ => format!("{name} could not be opened ({e}); check that you may read it"),
        })?;
        if about.is_dir() {
            return Err(format!("{name} is a folder; choose a .safetensors file that zscope saved"));
        }
        if about.len() > LARGEST {
            return Err(format!("{name} is larger than 8 GiB, which no zscope checkpoint is"));
        }
        let bytes = std::fs::read(path).map_err(|e| format!("{name} could not be read: {e}"))?;
        Self::from_bytes(&bytes).map_err(|e| format!("{name} {e}"))
    }

    /// What a file says about itself, without reading its tensors. `None`: zscope did not write it.
    pub fn card_of(bytes: &[u8]) -> Option<Card> {
        let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
        serde_json::from_str(metadata.metadata().as_ref()?.get(KEY)?).ok()
    }

    /// Reads a file's bytes. The sentence starts where the file's name ends.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        if bytes.is_empty() {
            return Err("is empty".into());
        }
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|_| describe(bytes))?;
        let file = SafeTensors::deserialize(bytes).map_err(|e| {
            format!("is a damaged or truncated .safetensors file ({e}); copy it again or use an earlier checkpoint")
        })?;
        let card = metadata
            .metadata()
            .as_ref()
            .and_then(|m| m.get(KEY))
            .ok_or("is a .safetensors file that zscope did not write: it names no recipe")?;
        let card: Card = serde_json::from_str(card)
            .map_err(|e| format!("has a description that this version of zscope cannot read ({e})"))?;
        if card.format != 1 {
            return Err(format!(
                "has format {} and this version of zscope reads 1; update zscope",
                card.format
            ));
        }
        let mut tensors = Tensors::new();
        for (name, view) in file.tensors() {
            let shape = view.shape().to_vec();
            let data = match view.dtype() {
                Dtype::F32 => {
                    let values: Vec<f32> = view
                        .data()
                        .chunks_exact(4)
                        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
                        .collect();
                    if values.iter().any(|v| !v.is_finite()) {
                        return Err(format!(
                            "holds a number that is not finite in tensor {name}; use an earlier checkpoint"
                        ));
                    }
                    TensorData::new(values, shape)
                }
                Dtype::F16 | Dtype::BF16 => {
                    let kind = if view.dtype() == Dtype::F16 { Kind::F16 } else { Kind::Bf16 };
                    let values = kind.all(view.data());
                    if values.iter().any(|v| !v.is_finite()) {
                        return Err(format!("holds a number that is not finite in tensor {name}"));
                    }
                    TensorData::new(values, shape)
                }
                Dtype::U8 => TensorData::new(view.data().to_vec(), shape),
                other => return Err(format!("has tensor {name} of type {other:?}, where F32 belongs")),
            };
            tensors.insert(name, data);
        }
        Ok(Self { card, tensors })
    }

    /// The same without optimiser state: for sharing.
    pub fn stripped(mut self) -> Self {
        self.tensors.retain(|name, _| !name.starts_with(OPTIMISER));
        self
    }
}

/// Says what a file that is not .safetensors seems to be.
fn describe(bytes: &[u8]) -> String {
    let seems = match bytes {
        [b'P', b'K', 3, 4, ..] => "seems to be a zip or PyTorch file",
        [0x80, 2..=5, ..] => "seems to be a Python pickle (PyTorch)",
        [0x89, b'P', b'N', b'G', ..] => "is a PNG picture",
        [0xff, 0xd8, ..] => "is a JPEG picture",
        [0x93, b'N', b'U', b'M', ..] => "is a NumPy file",
        _ if cut(bytes) => {
            return "is a truncated .safetensors file; copy it again or use an earlier checkpoint".into();
        }
        _ => "is no .safetensors file, or its header is damaged",
    };
    format!("{seems}; choose a .safetensors file that zscope saved")
}

/// Whether the header is whole, and what it lists is not.
fn cut(bytes: &[u8]) -> bool {
    let length = bytes.first_chunk().map(|n| u64::from_le_bytes(*n) as usize);
    let header = length.and_then(|n| bytes.get(8..n.checked_add(8)?));
    header.is_some_and(|h| serde_json::from_slice::<serde_json::Value>(h).is_ok())
}
