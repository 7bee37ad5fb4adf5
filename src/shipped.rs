//! The models inside the program. How each was trained stands in README.md; the gallery's pictures are drawn by
//! `./pictures`.
//!
//! Must not know: how they are used.

use crate::engine::ShippedModel;
use crate::weights::Checkpoint;

/// A model whose checkpoint and samples are assets/models/NAME.safetensors and NAME.png.
macro_rules! model {
    ($name:literal, $title:literal, $about:literal) => {
        ShippedModel {
            name: $name,
            title: $title,
            about: $about,
            picture: include_bytes!(concat!("../assets/models/", $name, ".png")),
            bytes: include_bytes!(concat!("../assets/models/", $name, ".safetensors")),
        }
    };
}

/// All of them, the one that the window opens on first.
pub static MODELS: &[ShippedModel] = &[
    model!("faces-vae", "Faces, VAE", "32 sliders that turn heads, change hair and light, and put on hats."),
    model!("digits-vae", "Digits, VAE", "Handwriting from MNIST: each slider bends, slants or thickens."),
];

/// How many samples a gallery picture shows, from the first seed on.
pub const SAMPLES: usize = 4;

static JUDGE: &[u8] = include_bytes!("../assets/models/digits-judge.safetensors");

/// The classifier that judges digits: 28×28 grey.
pub fn judge() -> Result<Option<Checkpoint>, String> {
    Checkpoint::from_bytes(JUDGE).map(Some).map_err(|e| format!("the shipped judge {e}"))
}
