//! Which latent dimensions matter: by KL where there is an encoder, else by how much the picture moves.
//!
//! Must not know: messages, files.

use crate::data::Split;
use crate::nn::Noise;
use crate::objective;
use crate::zoo::{Held, gather};
use burn::tensor::{Device, Tensor, TensorData};

/// Latents around which sensitivity is measured.
const BASES: usize = 4;
/// Seed of those latents: the same for every model, so that figures can be compared.
const SEED: u64 = 0x5ca1e;

/// One value per latent dimension (none for a model without latents), and whether it is the mean KL in nats
/// over the pictures of `probe`; else it is the root-mean-square change of the picture (0–1) between
/// z_i = −1 and +1.
pub fn measure(model: &Held, probe: &Split, device: &Device) -> (Vec<f32>, bool) {
    if model.latent_dims() == 0 {
        return (Vec::new(), false);
    }
    match kl(model, probe, device) {
        Some(kl) => (kl, true),
        None => ((0..model.latent_dims()).map(|i| sensitivity(model, i, device)).collect(), false),
    }
}

/// Mean KL(q(z_i|x) ‖ N(0, 1)) per dimension in nats over the probe's pictures; `None` without an encoder.
pub fn kl(model: &Held, probe: &Split, device: &Device) -> Option<Vec<f32>> {
    if probe.pictures.is_empty() {
        return None;
    }
    let all: Vec<usize> = (0..probe.pictures.len()).collect();
    let (mean, log_variance) = model.encode(gather(probe, &all, device).ok()?.x)?;
    let kl = objective::gaussian_kl(mean, log_variance).mean_dim(0);
    Some(kl.into_data().iter::<f32>().collect())
}

/// Root-mean-square change of the picture when z_i goes from −1 to +1, around a few draws from the prior.
pub fn sensitivity(model: &Held, dimension: usize, device: &Device) -> f32 {
    let dims = model.latent_dims();
    let base = Noise::new(SEED, 0).normals(BASES * dims);
    let at = |value: f32| {
        let mut z = base.clone();
        z.iter_mut().skip(dimension).step_by(dims).for_each(|v| *v = value);
        model.decode(Tensor::from_data(TensorData::new(z, [BASES, dims]), device))
    };
    match (at(-1.0), at(1.0)) {
        (Some(low), Some(high)) => {
            let change = (high - low).square().mean().into_data().iter::<f32>().next().unwrap_or(0.0);
            change.sqrt()
        }
        _ => 0.0,
    }
}

/// A latent worth opening on: where there is an encoder, the encoding of that one of the first pictures which lies nearest
/// the middle of all sliders (the origin itself gives a VAE's blurred mean), else a draw from the prior. Empty for a model
/// without latents.
pub fn opening(model: &Held, probe: &Split, device: &Device) -> Vec<f32> {
    const AMONG: usize = 64;
    let dims = model.latent_dims();
    if dims == 0 {
        return Vec::new();
    }
    let first: Vec<usize> = (0..probe.pictures.len().min(AMONG)).collect();
    if !first.is_empty()
        && let Ok(batch) = gather(probe, &first, device)
        && let Some((mean, _)) = model.encode(batch.x)
    {
        let means: Vec<f32> = mean.into_data().iter::<f32>().collect();
        let norm = |z: &&[f32]| z.iter().map(|v| v * v).sum::<f32>();
        let middle = means.chunks_exact(dims).min_by(|a, b| norm(a).total_cmp(&norm(b)));
        return middle.map_or_else(Vec::new, <[f32]>::to_vec);
    }
    Noise::new(SEED, 1).normals(model.latent_dims())
}
