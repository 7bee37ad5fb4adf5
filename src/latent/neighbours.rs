//! The true nearest neighbours in the full space, by looking at every row: exact, and for 60,000 rows of 64 numbers a
//! few milliseconds. On the calling thread alone: the window asks, and must not queue behind a training's work.
//!
//! Must not know: what the rows are.

/// Indices of the `count` rows nearest to `z`, nearest first, with their Euclidean distances.
/// `rows`: one after the other, each as long as `z`.
pub fn nearest(rows: &[f32], z: &[f32], count: usize) -> Vec<(usize, f32)> {
    let mut found: Vec<(usize, f32)> = rows
        .chunks_exact(z.len().max(1))
        .map(|row| row.iter().zip(z).map(|(a, b)| (a - b) * (a - b)).sum::<f32>())
        .enumerate()
        .collect();
    let count = count.min(found.len());
    if count > 0 && count < found.len() {
        found.select_nth_unstable_by(count - 1, |a, b| a.1.total_cmp(&b.1));
    }
    found.truncate(count);
    found.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    found.into_iter().map(|(i, d)| (i, d.sqrt())).collect()
}
