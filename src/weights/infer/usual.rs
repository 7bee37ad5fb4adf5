//! What strides, paddings and sizes of pictures are usual, as costs.
//!
//! Must not know: chains, names, values of weights.

use super::segments::Role;

/// (stride, padding, more at the right and below, cost). More is a transposed convolution's output padding, or (negative)
/// what is cut off there; and a convolution's padding there beyond the other sides'.
pub type Way = (usize, usize, isize, f64);

/// What a chain says of all of its layers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// Whether most kernels are 4×4: a 3×3 among them then makes 7 of 4.
    pub even: bool,
    /// Whether sides of 5 and of 6 or 8 stand in one chain, which only those without padding need (Ha and Schmidhuber 2018).
    pub valid: bool,
    /// Whether it is a classifier with layers of 3×3 or 5×5: those pool more often than they stride.
    pub pools: bool,
    /// Whether no layer has a padding.
    pub unpadded: bool,
    /// Whether padding is TensorFlow's and JAX's "SAME", whose odd pixel is at the right and below.
    pub same: bool,
}

/// Ways of a transposed convolution.
pub fn transposed(k: usize, lone: bool, manner: Manner) -> Vec<Way> {
    if manner.unpadded && !lone {
        let ways = vec![(2, 0, 0, 0.3), (1, 0, 0, 0.5), (k, 0, 0, 2.0)];
        return if k == 1 { vec![(1, 0, 0, 0.0)] } else { ways };
    }
    if lone {
        // From one pixel: the kernel itself, whatever the stride.
        let mut ways = vec![(1, 0, 0, 0.0)];
        if k >= 4 {
            ways.push((2, 1, 0, 4.0));
        }
        ways.push((2, 0, 0, 4.5));
        return ways;
    }
    if manner.same {
        // As many pixels for each as the stride says (jax.lax.conv_transpose, tf.nn.conv2d_transpose).
        let same = |s: usize| (s, k.saturating_sub(s) / 2, -((k.saturating_sub(s) % 2) as isize));
        let ways = [(same(2), 0.0), (same(1), 0.5), ((2, 0, 0), 1.5), ((1, 0, 0), 2.0), (same(4), 4.0)];
        let fits = ways.into_iter().filter(|((s, ..), _)| *s <= k);
        return fits.map(|((s, p, more), cost)| (s, p, more, cost)).collect();
    }
    match k {
        5 | 6 if manner.valid => {
            vec![(2, 0, 0, 0.0), (2, 2, (k % 2) as isize, 1.5), (1, 0, 0, 2.0), (1, k / 2, 0, 2.5)]
        }
        // A layer of one pixel may cut what is too much for a picture of 28 (32 − 4).
        1 => vec![(1, 0, 0, 0.0), (1, 2, 0, 0.2)],
        2 => vec![(2, 0, 0, 0.0), (2, 1, 0, 3.0), (1, 0, 0, 4.0)],
        3 if manner.even => {
            vec![(2, 1, 0, 0.3), (2, 1, 1, 1.0), (1, 1, 0, 1.0), (2, 0, 0, 2.5), (1, 0, 0, 2.5)]
        }
        3 => vec![
            (2, 1, 1, 0.3),
            (1, 1, 0, 0.7),
            (2, 1, 0, 1.2),
            (2, 0, 0, 2.0),
            (1, 0, 0, 2.0),
            (2, 0, 1, 2.5),
        ],
        4 => vec![
            (2, 1, 0, 0.0),
            (1, 0, 0, 2.5),
            (2, 0, 0, 3.0),
            (1, 1, 0, 4.0),
            (4, 0, 0, 4.0),
            (1, 2, 0, 4.5),
        ],
        5 => vec![
            (2, 2, 1, 0.0),
            (1, 2, 0, 1.0),
            (2, 0, 0, 1.5),
            (1, 0, 0, 1.5),
            (2, 2, 0, 2.0),
            (2, 1, 0, 2.5),
            (2, 1, 1, 2.5),
            // The best-known of the simplest auto-encoders triples.
            (3, 1, 0, 3.0),
        ],
        6 => vec![(2, 2, 0, 0.0), (2, 0, 0, 1.0), (1, 0, 0, 3.0)],
        7 => vec![(1, 3, 0, 0.5), (2, 3, 1, 0.8), (1, 0, 0, 2.0), (2, 0, 0, 3.0)],
        8 => vec![(2, 3, 0, 0.5), (4, 2, 0, 0.5), (2, 0, 0, 2.0), (1, 0, 0, 3.0)],
        k => {
            let half = (k - 1) / 2;
            vec![(2, half, (k % 2) as isize, 0.5), (1, half, 0, 1.0), (1, 0, 0, 1.5), (k, 0, 0, 3.0)]
        }
    }
}

/// Ways of a convolution.
pub fn convolution(k: usize, side: usize, role: Role, manner: Manner) -> Vec<Way> {
    if manner.same {
        let same = |s: usize| {
            let total = if side.is_multiple_of(s) { k.saturating_sub(s) } else { k - 1 };
            (s, total / 2, (total % 2) as isize)
        };
        let ways = match role {
            Role::Decoder => vec![(same(1), 0.3), ((1, 0, 0), 3.0)],
            _ => vec![(same(2), 0.3), (same(1), 0.5), ((1, 0, 0), 1.0), ((2, 0, 0), 1.5)],
        };
        // The last convolution of a discriminator takes the whole map.
        let whole = |cost: f64, way: (usize, usize, isize)| if side == k && way.1 == 0 { 0.0 } else { cost };
        let pooled = |s: usize| if manner.pools && s > 1 { 0.7 } else { 0.0 };
        return ways.into_iter().map(|(w, cost)| (w.0, w.1, w.2, whole(cost, w) + pooled(w.0))).collect();
    }
    if manner.unpadded && role != Role::Decoder {
        let last = if side == k { -0.3 } else { 0.5 };
        let ways = [(2, 0, 0, 0.3 + if manner.pools { 0.7 } else { 0.0 }), (1, 0, 0, last)];
        return if k == 1 { vec![(1, 0, 0, 0.0)] } else { ways.to_vec() };
    }
    if role == Role::Decoder {
        // Convolutions of decoders keep the map.
        return match k {
            k if k % 2 == 1 => vec![(1, k / 2, 0, 0.3), (1, 0, 0, 3.0)],
            _ => vec![(1, k / 2, 0, 3.0), (1, 0, 0, 3.5)],
        };
    }
    let mut ways = match k {
        1 => vec![(1, 0, 0, 0.0), (2, 0, 0, 2.5)],
        2 => vec![(2, 0, 0, 0.3), (1, 0, 0, 2.0)],
        3 => vec![(1, 1, 0, 0.5), (2, 1, 0, 0.4), (1, 0, 0, 1.2), (2, 0, 0, 1.8)],
        4 => vec![(2, 1, 0, 0.0), (1, 0, 0, 2.0), (2, 0, 0, 1.0), (1, 1, 0, 3.0), (1, 2, 0, 4.0)],
        5 => vec![(1, 2, 0, 0.6), (2, 2, 0, 0.5), (1, 0, 0, 0.6), (2, 1, 0, 2.5), (2, 0, 0, 2.0)],
        7 => vec![(2, 3, 0, 0.5), (1, 3, 0, 0.8), (1, 0, 0, 1.5)],
        k => vec![(1, k / 2, 0, 1.0), (1, 0, 0, 1.0), (2, (k - 1) / 2, 0, 1.0)],
    };
    if side == k {
        // The last convolution of a discriminator takes the whole map.
        ways.retain(|w| (w.0, w.1) != (1, 0));
        ways.iter_mut().for_each(|w| w.3 += 0.5);
        ways.push((1, 0, 0, -0.3));
    }
    if manner.pools {
        // Classifiers pool where others stride.
        ways.iter_mut().filter(|w| w.0 > 1).for_each(|w| w.3 += 0.7);
    }
    ways
}

/// How unusual pictures of this size are.
pub fn oddness(channels: usize, height: usize, width: usize) -> f64 {
    let side = height;
    if height != width {
        return 6.0;
    }
    if channels == 4 {
        // With opacity, as of drawn characters: what has fewer channels too is likelier that.
        return 2.0 + if side == 24 { 0.5 } else { oddness(3, height, width) };
    }
    let usual: &[(usize, f64)] = if channels == 1 {
        &[(28, 0.0), (32, 0.3), (64, 0.5), (16, 2.0), (128, 1.0), (256, 1.5), (8, 3.0)]
    } else {
        &[
            (64, 0.0),
            (32, 0.0),
            (128, 0.3),
            (28, 1.5),
            (256, 0.5),
            (96, 0.8),
            (48, 1.0),
            (512, 0.8),
            (1024, 1.0),
            (16, 2.0),
            (224, 1.0),
        ]
    };
    match usual.iter().find(|(s, _)| *s == side) {
        Some((_, cost)) => *cost,
        None if side.is_power_of_two() => 3.0,
        None if side.is_multiple_of(4) => 4.0,
        None => 8.0,
    }
}

/// Sides of pictures that a chain from pictures is tried on.
pub fn usual_sides() -> Vec<usize> {
    vec![28, 32, 64, 128, 16, 48, 96, 256, 224, 80, 512, 1024]
}
