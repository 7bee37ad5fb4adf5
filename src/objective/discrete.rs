//! Costs of discrete values, place by place: two values, levels, and PixelCNN++'s mixture of discretised logistics.
//!
//! Must not know: networks.

use burn::tensor::{Int, Tensor, activation};

/// The narrowest logistic, as ln s (Salimans et al. 2017).
pub const NARROWEST: f32 = -7.0;

/// −ln p of values 0 or 1 by their logits, stable: max(l, 0) − l·x + ln(1 + e^−|l|). Both `[…]` → the same shape, nats.
pub fn two<const D: usize>(logits: Tensor<D>, x: Tensor<D>) -> Tensor<D> {
    activation::relu(logits.clone()) - logits.clone() * x + (-logits.abs()).exp().log1p()
}

/// −ln of the softmax at the level that is there: logits `[n, levels, h, w]`, levels `[n, 1, h, w]` → `[n, 1, h, w]`, nats.
pub fn levels(logits: Tensor<4>, at: Tensor<4, Int>) -> Tensor<4> {
    let most = logits.clone().detach().max_dim(1); // [n, 1, h, w]
    let total = (logits.clone() - most.clone()).exp().sum_dim(1).log() + most; // [n, 1, h, w]
    total - logits.gather(1, at) // [n, 1, h, w]
}

/// Numbers that a mixture of so many components says of a place: a logit, and for each channel a mean and ln s; of
/// colours three coefficients too.
pub fn parameters(components: usize, channels: usize) -> usize {
    components * (1 + 2 * channels + if channels == 3 { 3 } else { 0 })
}

/// ln(1 + eˣ): `[…]` → the same shape.
fn softplus<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    activation::relu(x.clone()) + (-x.abs()).exp().log1p()
}

/// Where a mixture's numbers for channel `c` begin: its means, and behind them ln s.
pub fn place(components: usize, c: usize) -> usize {
    components * (1 + 2 * c)
}

/// −ln p of pictures by a mixture of logistics, each integrated over the levels' bins of 2/255, open at both ends (Salimans et al.
/// 2017, "PixelCNN++", equations 1 to 3). `numbers` `[n, parameters, h, w]`: logits of the components, then of each channel
/// means and ln s; of colours last three coefficients a component: green's mean moves with red (α), blue's with red (β)
/// and green (γ), each through tanh. `x` `[n, channels, h, w]`, −1 to 1 → `[n, 1, h, w]`, nats.
pub fn mixture(numbers: Tensor<4>, x: Tensor<4>, components: usize) -> Tensor<4> {
    let channels = x.dims()[1];
    let part = |from: usize| numbers.clone().slice_dim(1, from..from + components); // [n, components, h, w]
    let value = |c: usize| x.clone().slice_dim(1, c..c + 1); // [n, 1, h, w]
    let mut joint = activation::log_softmax(part(0), 1); // [n, components, h, w]
    for c in 0..channels {
        let begin = place(components, c);
        let mut mean = part(begin); // [n, components, h, w]
        if channels == 3 {
            let coefficient = |i: usize| part(place(components, 3) + i * components).tanh(); // [n, components, h, w]
            mean = match c {
                1 => mean + coefficient(0) * value(0),
                2 => mean + coefficient(1) * value(0) + coefficient(2) * value(1),
                _ => mean,
            };
        }
        let log_scale = part(begin + components).clamp_min(NARROWEST); // [n, components, h, w]
        joint = joint + logistic(value(c) - mean, log_scale, value(c)); // [n, components, h, w]
    }
    let most = joint.clone().detach().max_dim(1); // [n, 1, h, w]
    -((joint - most.clone()).exp().sum_dim(1).log() + most) // [n, 1, h, w]
}

/// ln of what a logistic gives to a level's bin: `away` from the mean, ln s, both `[n, k, h, w]`, and the level `[n, 1, h, w]` →
/// `[n, k, h, w]`.
fn logistic(away: Tensor<4>, log_scale: Tensor<4>, x: Tensor<4>) -> Tensor<4> {
    /// Half of a bin.
    const HALF: f32 = 1.0 / 255.0;
    let inverse = (-log_scale.clone()).exp(); // [n, k, h, w]
    let above = (away.clone() + HALF) * inverse.clone(); // [n, k, h, w]
    let below = (away.clone() - HALF) * inverse.clone(); // [n, k, h, w]
    let lowest = above.clone() - softplus(above.clone()); // ln of all below the bin's upper edge, [n, k, h, w]
    let highest = -softplus(below.clone()); // ln of all above its lower edge, [n, k, h, w]
    let inside = activation::sigmoid(above) - activation::sigmoid(below); // [n, k, h, w]
    let middle = away * inverse; // [n, k, h, w]
    // Where the bin has next to nothing, its density times its width.
    let thin = middle.clone() - log_scale - softplus(middle) * 2.0 + (2.0 * HALF).ln(); // [n, k, h, w]
    let thick = inside.clone().clamp_min(1e-12).log(); // [n, k, h, w]
    let plain = thick.mask_where(inside.lower_elem(1e-5), thin); // [n, k, h, w]
    let shape = plain.dims();
    let low = x.clone().lower_elem(-0.999).expand(shape); // [n, k, h, w]
    let high = x.greater_elem(0.999).expand(shape); // [n, k, h, w]
    plain.mask_where(low, lowest).mask_where(high, highest) // [n, k, h, w]
}

/// Probabilities by logits.
pub fn softmax(logits: &[f32]) -> Vec<f32> {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let weights: Vec<f32> = logits.iter().map(|l| (l - most).exp()).collect();
    let total: f32 = weights.iter().sum();
    weights.into_iter().map(|w| w / total).collect()
}

/// The probabilities of 256 levels of each channel by one place's numbers of a [`mixture`], each by the channels before it, which
/// are `x`, −1 to 1.
pub fn mixture_levels(numbers: &[f32], x: &[f32], components: usize) -> Vec<Vec<f32>> {
    let sigmoid = |v: f32| 1.0 / (1.0 + (-v).exp());
    let mut weights = softmax(&numbers[..components]);
    let mut all = Vec::new();
    for c in 0..x.len() {
        let begin = place(components, c);
        let coefficient = |i: usize, k: usize| numbers[place(components, 3) + i * components + k].tanh();
        let bin = |k: usize, level: usize| {
            let mean = numbers[begin + k]
                + match c {
                    1 => coefficient(0, k) * x[0],
                    2 => coefficient(1, k) * x[0] + coefficient(2, k) * x[1],
                    _ => 0.0,
                };
            let inverse = (-numbers[begin + components + k].max(NARROWEST)).exp();
            let edge = |level: usize| (level as f32 / 127.5 - 1.0 - 1.0 / 255.0 - mean) * inverse;
            let below = if level == 0 { 0.0 } else { sigmoid(edge(level)) };
            let above = if level == 255 { 1.0 } else { sigmoid(edge(level + 1)) };
            above - below
        };
        all.push((0..256).map(|level| (0..components).map(|k| weights[k] * bin(k, level)).sum()).collect());
        // What this channel is says which component it was.
        let level = ((x[c] + 1.0) * 127.5).round() as usize;
        let seen: Vec<f32> = (0..components).map(|k| weights[k] * bin(k, level.min(255))).collect();
        let total: f32 = seen.iter().sum();
        if total > 0.0 {
            weights = seen.into_iter().map(|w| w / total).collect();
        }
    }
    all
}
