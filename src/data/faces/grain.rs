//! Mild film grain over a drawn face: the same for the same seed.
//!
//! Must not know: what the picture shows.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg32;

/// Standard deviation of the strongest grain, of 255. Rounding to bytes makes it 1.43. No more, because noise that cannot
/// be predicted limits how well any model can reconstruct: here to 45 dB.
const STRONGEST: f32 = 1.4;

/// Adds grain of an amount (0..=1) to RGB bytes: one number a pixel, the same in all channels, as on film.
pub(super) fn add(pixels: &mut [u8], amount: f32, seed: u32) {
    if amount <= 0.0 {
        return;
    }
    let mut rng = Pcg32::seed_from_u64(u64::from(seed));
    // The sum of four bytes is nearly normal, with this mean and deviation, and much quicker than a normal number.
    let (mean, deviation) = (510.0f32, (4.0 * (65_536.0 - 1.0) / 12.0f32).sqrt());
    let scale = STRONGEST * amount.min(1.0) / deviation;
    for pixel in pixels.chunks_exact_mut(3) {
        let sum: u32 = rng.next_u32().to_le_bytes().into_iter().map(u32::from).sum();
        let noise = (sum as f32 - mean) * scale;
        for value in pixel {
            *value = (f32::from(*value) + noise + 0.5).clamp(0.0, 255.0) as u8;
        }
    }
}
