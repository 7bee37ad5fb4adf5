//! What can be done with a model's latents, as functions: label them, find and judge directions, encode and project
//! pictures, write films, say what layers give. Window and command line call the same ones.
//!
//! Must not know: messages, threads, the window.

pub mod arithmetic;
pub mod components;
pub mod embed;
pub mod enlarged;
pub mod families;
pub mod film;
pub mod futures;
pub mod labelled;
pub mod latents;
pub mod layer;
pub mod learn;
pub mod memory;
pub mod picture;
pub mod pixels;
pub mod plane;
pub mod points;
pub mod translate;
pub mod upscale;
pub mod words;

pub use labelled::Labelled;

pub use crate::nn::host::rows;
use crate::zoo::Held;
use burn::tensor::{Device, Tensor, TensorData};

/// Latents or pictures that are computed at once.
pub const BATCH: usize = 64;

/// How a tool tells how far it is, (done, total), and hears whether to go on.
pub type Tick<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// What a tool fails with when [`Tick`] says no. Whoever said no knows why, and reads no words.
const CANCELLED: &str = "it was cancelled";

/// Fails when the person no longer wants it.
pub fn tick(tick: Tick<'_>, done: usize, total: usize) -> Result<(), String> {
    if tick(done, total) { Ok(()) } else { Err(CANCELLED.into()) }
}

/// Latents as a tensor `[n, z]`.
pub fn tensor<T: AsRef<[f32]>>(latents: &[T], device: &Device) -> Tensor<2> {
    let dims = latents.first().map_or(0, |z| z.as_ref().len());
    let values: Vec<f32> = latents.iter().flat_map(|z| z.as_ref().iter().copied()).collect();
    Tensor::from_data(TensorData::new(values, [latents.len(), dims]), device)
}

/// Decodes latents in batches and hands each batch `[n, c, h, w]` on with the number of its first latent.
pub fn decode<T: AsRef<[f32]>>(
    model: &Held,
    latents: &[T],
    device: &Device,
    mut each: impl FnMut(usize, Tensor<4>) -> Result<(), String>,
) -> Result<(), String> {
    for (i, chunk) in latents.chunks(BATCH).enumerate() {
        let x = model.decode(tensor(chunk, device)).ok_or("this model draws no pictures")?;
        each(i * BATCH, x)?;
    }
    Ok(())
}
