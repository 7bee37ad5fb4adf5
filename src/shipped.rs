//! The models inside the program. How each was trained stands in README.md; the gallery's pictures are drawn by
//! `./pictures`.
//!
//! Must not know: how they are used.

use crate::engine::ShippedModel;
use crate::weights::Checkpoint;
use crate::zoo::Shape;

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
    model!(
        "faces-vae",
        "Faces, VAE",
        "Smiles, glasses and beards at a touch: 46 sliders that are called what they do, from the turn of the head to the light."
    ),
    model!(
        "faces-gan",
        "Faces, GAN",
        "Crisper faces that nobody drew, and no encoder: 64 latents of a DCGAN."
    ),
    model!("digits-vae", "Digits, VAE", "Handwriting from MNIST: each slider bends, slants or thickens."),
    model!(
        "digits-vae-2d",
        "Digits, VAE in 2-D",
        "All of MNIST on two sliders: drag the picture, and one digit turns into the next."
    ),
    model!(
        "digits-gan",
        "Digits, GAN",
        "Sharper strokes and no encoder: a hundred latents of a DCGAN trained on MNIST."
    ),
    model!(
        "digits-sngan",
        "Digits by class, SNGAN",
        "Ask for a digit: the same z as a 0, as a 7, or as something between the two."
    ),
    model!(
        "digits-pixelcnn",
        "Digits, PixelCNN",
        "Draws a digit pixel by pixel, knows how probable each is, and finishes what you begin."
    ),
    model!(
        "faces-vqvae2",
        "Faces in codes, VQ-VAE-2",
        "Paint with what a codebook has seen, and let a prior draw the codes one by one, the coarse ones first."
    ),
    model!(
        "faces-sketch",
        "Faces from a drawing, pix2pix",
        "Draw outlines on a sheet, and a face appears beside them; its colours are up to the dice."
    ),
    model!(
        "faces-upscale",
        "Small faces made large, SRResNet",
        "Four times wider and higher, beside bicubic and the truth: a wipe and a magnifier show what was made up."
    ),
    model!(
        "faces-dusk",
        "Day and dusk, CycleGAN",
        "Turns day to dusk and back without ever having seen a face at both: put in one of your own."
    ),
    model!(
        "shapes-vae",
        "Shapes, VAE",
        "Squares, ellipses and hearts on six sliders that each do one thing: shape, size, turn, place across and down, hue."
    ),
];

/// How many samples a gallery picture shows, from the first seed on.
pub const SAMPLES: usize = 4;

/// A classifier that judges what generators draw.
pub struct Judge {
    /// Its name.
    pub name: &'static str,
    /// The checkpoint's bytes.
    pub bytes: &'static [u8],
}

/// All judges, each for pictures of one shape.
pub static JUDGES: &[Judge] = &[
    Judge { name: "digits-judge", bytes: include_bytes!("../assets/models/digits-judge.safetensors") },
    Judge { name: "faces-judge", bytes: include_bytes!("../assets/models/faces-judge.safetensors") },
];

/// The bytes of the shipped model or judge of that name.
pub fn find(name: &str) -> Option<&'static [u8]> {
    let model = MODELS.iter().find(|m| m.name == name).map(|m| m.bytes);
    model.or_else(|| JUDGES.iter().find(|j| j.name == name).map(|j| j.bytes))
}

/// The judge that reads pictures of this shape, with its name, if one is shipped.
pub fn judge(shape: &Shape) -> Result<Option<(&'static str, Checkpoint)>, String> {
    for Judge { name, bytes } in JUDGES {
        let judge = Checkpoint::from_bytes(bytes).map_err(|e| format!("the shipped {name} {e}"))?;
        if judge.card.shape.reads(shape) {
            return Ok(Some((name, judge)));
        }
    }
    Ok(None)
}

/// [`judge`] without its name.
pub fn judge_of(shape: &Shape) -> Result<Option<Checkpoint>, String> {
    Ok(judge(shape)?.map(|(_, checkpoint)| checkpoint))
}
