//! Minibatch standard deviation: Karras et al. 2018, "Progressive growing of GANs", section 3. A discriminator is told how much the samples
//! of a group differ, as one more map: the standard deviation of each feature at each place over the group, averaged over features and
//! places. A generator that draws always the same is found out by it. It learns nothing.
//!
//! Must not know: any one system, losses.

use super::dual::Dual;
use burn::tensor::Tensor;

/// Samples of a group, where the batch can be parted so.
pub const GROUP: usize = 4;
/// Keeps the root's slope finite where all are alike.
const EPSILON: f32 = 1e-8;

/// Samples of a group of a batch of `n`: the most, up to [`GROUP`], that part it evenly, and all of them where that is one alone. Sample
/// i stands with those that are `n / group` further.
pub fn group(n: usize) -> usize {
    (2..=GROUP).rev().find(|g| n.is_multiple_of(*g)).unwrap_or(n)
}

/// With the map behind it: `[n, c, h, w]` → `[n, c + 1, h, w]`, and how it changes.
pub fn with_std(x: Dual<4>) -> Dual<4> {
    let [n, c, h, w] = x.value.dims();
    let group = group(n);
    let (groups, all) = (n / group, c * h * w);
    let parted = |x: Tensor<4>| x.reshape([group, groups, all]); // [group, groups, c · h · w]
    // One number a group as a map of each of its samples.
    let map = |s: Tensor<3>| {
        let each = s.mean_dim(2).repeat_dim(0, group); // [group, groups, 1]
        each.reshape([n, 1, 1, 1]).expand([n, 1, h, w]) // [n, 1, h, w]
    };
    let value = parted(x.value.clone()); // [group, groups, c · h · w]
    let away = value.clone() - value.mean_dim(0); // [group, groups, c · h · w]
    let std = (away.clone().square().mean_dim(0) + EPSILON).sqrt(); // [1, groups, c · h · w]
    let tangent = x.tangent.map(|t| {
        // Deviations add up to 0, so the mean's own change does not count.
        let moved = (away * parted(t.clone())).mean_dim(0) / std.clone(); // [1, groups, c · h · w]
        Tensor::cat(vec![t, map(moved)], 1) // [n, c + 1, h, w]
    });
    Dual { value: Tensor::cat(vec![x.value, map(std)], 1), tangent }
}
