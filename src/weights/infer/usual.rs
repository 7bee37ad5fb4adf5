//! What strides, paddings and sizes of pictures are usual, as costs.
//!
//! Must not know: chains, names, values of weights.

use super::segments::Role;

/// (stride, padding, output padding or 0, cost, words).
pub type Way = (usize, usize, usize, f64);

/// `valid`: whether sides of 5 and 6 stand in one chain, which only those without padding need (Ha and Schmidhuber 2018).
pub fn transposed(k: usize, lone: bool, even: bool, valid: bool) -> Vec<Way> {
    if lone {
        // From one pixel: the kernel itself, whatever the stride.
        let mut ways = vec![(1, 0, 0, 0.0)];
        if k >= 4 {
            ways.push((2, 1, 0, 4.0));
        }
        ways.push((2, 0, 0, 4.5));
        return ways;
    }
    match k {
        5 | 6 if valid => vec![(2, 0, 0, 0.0), (2, 2, k % 2, 1.5), (1, 0, 0, 2.0), (1, k / 2, 0, 2.5)],
        1 => vec![(1, 0, 0, 0.0)],
        2 => vec![(2, 0, 0, 0.0), (1, 0, 0, 4.0)],
        3 if even => vec![(2, 1, 0, 0.3), (2, 1, 1, 1.0), (1, 1, 0, 1.0), (2, 0, 0, 2.5), (1, 0, 0, 2.5)],
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
        ],
        6 => vec![(2, 2, 0, 0.0), (2, 0, 0, 1.0), (1, 0, 0, 3.0)],
        7 => vec![(1, 3, 0, 0.5), (2, 3, 1, 0.8), (1, 0, 0, 2.0), (2, 0, 0, 3.0)],
        8 => vec![(2, 3, 0, 0.5), (4, 2, 0, 0.5), (1, 0, 0, 3.0)],
        k => {
            let half = (k - 1) / 2;
            vec![(2, half, k % 2, 0.5), (1, half, 0, 1.0), (1, 0, 0, 1.5), (k, 0, 0, 3.0)]
        }
    }
}

/// Ways of a convolution.
pub fn convolution(k: usize, side: usize, role: Role, pools: bool) -> Vec<Way> {
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
    if pools {
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
