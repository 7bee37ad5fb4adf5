//! The models inside the program. How each was trained stands in README.md.
//!
//! Must not know: how they are used.

use crate::engine::ShippedModel;
use crate::weights::Checkpoint;

/// All of them, the one that the window opens on first.
pub static MODELS: &[ShippedModel] = &[
    ShippedModel { name: "faces-vae", bytes: include_bytes!("../assets/models/faces-vae.safetensors") },
    ShippedModel { name: "digits-vae", bytes: include_bytes!("../assets/models/digits-vae.safetensors") },
    ShippedModel { name: "digits-gan", bytes: include_bytes!("../assets/models/digits-gan.safetensors") },
];

static JUDGE: &[u8] = include_bytes!("../assets/models/digits-judge.safetensors");

/// The classifier that judges digits: 28×28 grey.
pub fn judge() -> Result<Option<Checkpoint>, String> {
    Checkpoint::from_bytes(JUDGE).map(Some).map_err(|e| format!("the shipped judge {e}"))
}
