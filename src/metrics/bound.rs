//! How likely pictures are to a VAE: the importance-weighted bound of Burda, Grosse and Salakhutdinov 2016 (IWAE, section 3),
//!
//!   L_k = E[ ln 1/k Σᵢ p(x|zᵢ) p(zᵢ) / q(zᵢ|x) ] ≤ ln p(x),  zᵢ from q(z|x),
//!
//! which is the ELBO for k = 1, grows with k and comes to ln p(x).
//!
//! Must not know: whose pictures they are, messages, the window.

use crate::nn::Noise;
use crate::nn::host::floats;
use crate::zoo::Held;
use burn::tensor::{Device, Tensor};

/// The k of which bounds are computed, each a multiple of the one before.
pub const DRAWS: [usize; 3] = [1, 50, 500];
/// Draws of z at once.
const BATCH: usize = 100;

/// L_k of each of the pictures `[n, c, h, w]`, 0–1, in nats, for each k of [`DRAWS`], by the model's own likelihood. All
/// draws serve every k: of the smaller ones the mean over groups is taken, so that L_k never falls as k grows. `stream`: which
/// random numbers of `seed`. `None`: the model has no encoder or no likelihood.
pub fn bounds(
    model: &Held,
    x: Tensor<4>,
    (seed, stream): (u64, u64),
    device: &Device,
) -> Option<Vec<[f64; DRAWS.len()]>> {
    let [n, c, h, w] = x.dims();
    let (mean, log_variance) = model.encode(x.clone())?;
    let dims = mean.dims()[1];
    let most = DRAWS[DRAWS.len() - 1];
    let mut noise = Noise::new(seed, stream);
    let mut all = Vec::with_capacity(n);
    for i in 0..n {
        let own = x.clone().narrow(0, i, 1); // [1, c, h, w]
        let (mean, log_variance) = (mean.clone().narrow(0, i, 1), log_variance.clone().narrow(0, i, 1)); // [1, z]
        let spread: f64 = floats(log_variance.clone()).into_iter().map(f64::from).sum();
        let mut weights = Vec::with_capacity(most);
        while weights.len() < most {
            let m = BATCH.min(most - weights.len());
            let epsilon = noise.normal([m, dims], device); // [m, z]
            let z = mean.clone() + (log_variance.clone() * 0.5).exp() * epsilon.clone(); // [m, z]
            let cost = floats(model.reconstruction(own.clone().expand([m, c, h, w]), z.clone())?); // [m]
            let squares = |t: Tensor<2>| -> Vec<f64> {
                let rows = floats(t);
                let row = |r: &[f32]| r.iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
                if dims == 0 { vec![0.0; m] } else { rows.chunks(dims).map(row).collect() }
            };
            // ln p(z) − ln q(z|x) = ½ (|ε|² − |z|² + Σ ln σ²): what both have of 2π cancels.
            let both = squares(epsilon).into_iter().zip(squares(z));
            let apart = both.map(|(e, z)| 0.5 * (e - z + spread));
            weights.extend(cost.into_iter().zip(apart).map(|(cost, apart)| apart - f64::from(cost)));
        }
        all.push(DRAWS.map(|k| {
            let groups = weights.chunks_exact(k);
            let count = groups.len() as f64;
            groups.map(log_mean_exp).sum::<f64>() / count
        }));
    }
    Some(all)
}

/// ln of the mean of exp, without leaving the numbers that there are.
fn log_mean_exp(logs: &[f64]) -> f64 {
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !most.is_finite() {
        return most;
    }
    most + (logs.iter().map(|l| (l - most).exp()).sum::<f64>() / logs.len() as f64).ln()
}
