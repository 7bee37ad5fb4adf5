//! Names for tensors that have none: the lists that `np.savez(FILE, *model.get_weights())` of Keras and the parameters of
//! a PyTorch model leave, in which only the order tells what belongs together; and PyTorch's names for those that BigGAN's program
//! and Chainer call otherwise.
//!
//! Must not know: how modules are connected.

use crate::weights::foreign::Entry;
use std::collections::BTreeSet;

/// Names of the vectors that follow a weight, by how many of its length there are: a bias, the two of a norm without
/// statistics, and the four of a batch norm, and any of these behind a bias.
fn vectors(count: usize) -> Option<&'static [&'static str]> {
    const ALL: [&str; 5] = ["bias", "norm.gamma", "norm.beta", "norm.moving_mean", "norm.moving_variance"];
    Some(match count {
        0..=1 => &ALL[..count],
        2 => &ALL[1..3],
        3 => &ALL[..3],
        4 => &ALL[1..],
        5 => &ALL,
        _ => return None,
    })
}

/// Whether a name says nothing: a number, or NumPy's own for what has none.
pub fn is_number(name: &str) -> bool {
    let last = name.rsplit(['.', '/']).next().unwrap_or(name);
    let digits = last.strip_prefix("arr_").unwrap_or(last);
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
}

/// Gives names to tensors of which only the order is known; `None` where they are not weights, each followed by its
/// vectors.
pub fn named(tensors: &[Entry]) -> Option<Vec<String>> {
    let weight = |e: &Entry| matches!(e.shape.len(), 2 | 4);
    // TensorFlow's kernels have their sides first.
    let theirs = |e: &Entry| matches!(*e.shape.as_slice(), [h, w, a, b] if h == w && (a > h || b > h));
    let kernels = || tensors.iter().filter(|e| e.shape.len() == 4);
    let leaf = if kernels().next().is_some() && kernels().all(theirs) { "kernel" } else { "weight" };
    let mut names = Vec::new();
    let mut at = 0;
    while at < tensors.len() {
        if !weight(&tensors[at]) {
            return None;
        }
        let layer = format!("layer{}", names.len());
        names.push(format!("{layer}.{leaf}"));
        let rest = &tensors[at + 1..];
        let length = rest.first().map_or(0, |e| e.values.len());
        let count = rest.iter().take_while(|e| e.shape.len() == 1 && e.values.len() == length).count();
        names.extend(vectors(count)?.iter().map(|v| format!("{layer}.{v}")));
        at += 1 + count;
    }
    Some(names)
}

/// Gives tensors the names that PyTorch's modules have, where these two programs call them otherwise: running statistics, the scale
/// beside them, spectral norm's vector, and attention's one number. Returns whether the file is Chainer's.
pub fn renamed(tensors: &mut Vec<Entry>) -> bool {
    let names: BTreeSet<String> = tensors.iter().map(|e| e.name.clone()).collect();
    let has = |path: &str, leaf: &str| names.contains(&format!("{path}{leaf}"));
    let chainer = names.iter().any(|n| n.ends_with("/avg_var"));
    // Counts and singular values that are kept for plots only.
    let idle = |e: &Entry| {
        let value = e.name.strip_suffix("sv0").is_some_and(|path| has(path, "u0"));
        value || chainer && e.name.strip_suffix("N").is_some_and(|path| has(path, "avg_var"))
    };
    tensors.retain(|e| !idle(e));
    for entry in tensors {
        let Some(cut) = entry.name.rfind(['.', '/']).map(|i| i + 1) else { continue };
        let (path, leaf) = entry.name.split_at(cut);
        let leaf = match leaf {
            "stored_mean" | "avg_mean" => "running_mean",
            "stored_var" | "avg_var" => "running_var",
            "gain" if has(path, "stored_var") => "weight",
            "u0" if has(path, "sv0") => "sn_u",
            "gamma" if has(path, "theta.weight") || has(path, "theta.weight_orig") => {
                // One number, whatever shape it has.
                entry.shape = vec![entry.values.len()];
                continue;
            }
            _ => continue,
        };
        entry.name = format!("{path}{leaf}");
    }
    chainer
}
