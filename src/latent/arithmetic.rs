//! Vector arithmetic on averages of latents (Radford, Metz and Chintala 2016, section 6.3.2): one latent of a concept
//! is not enough, the mean of three is.
//!
//! Must not know: what the latents show, or where they came from.

use super::add_scaled;

/// Mean of some latents; empty for none.
pub fn mean<T: AsRef<[f32]>>(latents: &[T]) -> Vec<f32> {
    let Some(first) = latents.first() else { return Vec::new() };
    let mut sum = vec![0.0f64; first.as_ref().len()];
    for z in latents {
        sum.iter_mut().zip(z.as_ref()).for_each(|(s, v)| *s += f64::from(*v));
    }
    sum.into_iter().map(|s| (s / latents.len() as f64) as f32).collect()
}

/// mean(A) − mean(B) + mean(C). An empty group counts as the origin, the prior's mean.
pub fn combine<T: AsRef<[f32]>>(a: &[T], b: &[T], c: &[T]) -> Vec<f32> {
    let length = [a, b, c].iter().flat_map(|g| g.first()).map(|z| z.as_ref().len()).max().unwrap_or(0);
    let part = |group: &[T]| {
        let mut m = mean(group);
        m.resize(length, 0.0);
        m
    };
    add_scaled(&add_scaled(&part(a), -1.0, &part(b)), 1.0, &part(c))
}

/// The paper's 3×3 figure: the result in the middle, around it the result plus uniform noise of ±`scale` per
/// dimension (0.25 in the paper). `noise`: draws from U(−1, 1), 8 × dimensions of them.
pub fn neighbourhood(result: &[f32], scale: f32, noise: &[f32]) -> Vec<Vec<f32>> {
    let mut rows: Vec<Vec<f32>> =
        noise.chunks(result.len().max(1)).take(8).map(|n| add_scaled(result, scale, n)).collect();
    rows.insert(rows.len().min(4), result.to_vec());
    rows
}
