//! The models inside the program. How each was trained stands in README.md.
//!
//! Must not know: how they are used.

use crate::engine::ShippedModel;
use crate::weights::Checkpoint;
use crate::zoo::Shape;

/// All of them, the one that the window opens on first.
pub static MODELS: &[ShippedModel] = &[
    ShippedModel { name: "faces-vae", bytes: include_bytes!("../assets/models/faces-vae.safetensors") },
    ShippedModel { name: "digits-vae", bytes: include_bytes!("../assets/models/digits-vae.safetensors") },
    ShippedModel { name: "digits-gan", bytes: include_bytes!("../assets/models/digits-gan.safetensors") },
];

/// The classifiers that judge what generators draw, each for pictures of one shape.
pub static JUDGES: &[ShippedModel] = &[
    ShippedModel { name: "digits-judge", bytes: include_bytes!("../assets/models/digits-judge.safetensors") },
    ShippedModel { name: "faces-judge", bytes: include_bytes!("../assets/models/faces-judge.safetensors") },
];

/// The shipped model or judge of that name.
pub fn find(name: &str) -> Option<&'static ShippedModel> {
    MODELS.iter().chain(JUDGES).find(|m| m.name == name)
}

/// The judge for pictures of this shape, with its name, if one is shipped.
pub fn judge(shape: &Shape) -> Result<Option<(&'static str, Checkpoint)>, String> {
    for ShippedModel { name, bytes } in JUDGES {
        let judge = Checkpoint::from_bytes(bytes).map_err(|e| format!("the shipped {name} {e}"))?;
        if judge.card.shape.fits(shape) {
            return Ok(Some((name, judge)));
        }
    }
    Ok(None)
}
