//! Weights that a file has normalised, multiplied out: spectral norm in its several implementations, and weight norm.
//!
//! Must not know: what module a weight is of, how modules are connected.

use crate::weights::foreign::Entry;
use std::collections::BTreeMap;

/// σ of a weight as a matrix `[rows, rest]`, after one step of power iteration from u (Miyato et al. 2018, algorithm 1).
fn stepped(weight: &[f32], u: &[f32]) -> f64 {
    let rest = weight.len() / u.len().max(1);
    let unit = |x: Vec<f64>| {
        let norm = x.iter().map(|x| x * x).sum::<f64>().sqrt().max(1e-12);
        x.into_iter().map(|x| x / norm).collect::<Vec<f64>>()
    };
    let rows = || weight.chunks(rest.max(1));
    let mut v = vec![0.0; rest];
    for (row, u) in rows().zip(u) {
        v.iter_mut().zip(row).for_each(|(v, w)| *v += f64::from(*u) * f64::from(*w));
    }
    let v = unit(v);
    let image: Vec<f64> =
        rows().map(|row| row.iter().zip(&v).map(|(w, v)| f64::from(*w) * v).sum()).collect();
    let u = unit(image.clone());
    u.iter().zip(&image).map(|(u, x)| u * x).sum()
}

/// What `torch.nn.utils.prune` keeps apart: the kernel, and which of its numbers are left.
pub fn pruned(parts: &mut BTreeMap<&'static str, Entry>) -> Option<Entry> {
    let fits = parts.get("mask")?.shape == parts.get("orig")?.shape;
    let (mut weight, mask) = (parts.remove("orig").filter(|_| fits)?, parts.remove("mask")?);
    weight.values.iter_mut().zip(&mask.values).for_each(|(w, m)| *w *= m);
    weight.name = weight.name.replace("weight_orig", "weight");
    Some(weight)
}

/// Multiplies out spectral norm (Miyato et al. 2018: W / uᵀWv) or weight norm (Salimans and Kingma 2016: g v / ‖v‖).
/// True: spectral.
pub fn unnormed(parts: &mut BTreeMap<&'static str, Entry>) -> Option<(Entry, bool)> {
    let early = match (parts.contains_key("bar"), parts.contains_key("stepped")) {
        (true, _) => parts.remove("bar").zip(parts.remove("u")),
        (_, true) => parts.remove("weight").zip(parts.remove("stepped")),
        _ => None,
    };
    if let Some((mut weight, u)) = early {
        parts.remove("v");
        let fits = u.values.len() == *weight.shape.first()?;
        let sigma = if fits { stepped(&weight.values, &u.values) } else { 0.0 };
        if sigma == 0.0 || !sigma.is_finite() {
            return None;
        }
        weight.values.iter_mut().for_each(|w| *w = (f64::from(*w) / sigma) as f32);
        weight.name = weight.name.replace("weight_bar", "weight");
        return Some((weight, true));
    }
    if parts.contains_key("orig") {
        let mut weight = parts.remove("orig")?;
        let (u, v) = (parts.remove("u")?, parts.remove("v")?);
        let rows = *weight.shape.first()?;
        let rest = weight.values.len() / rows.max(1);
        // A transposed convolution is taken apart along its second dimension. Where both are as long, u and v belong to
        // the one in which they are singular vectors, and σ is largest.
        let area: usize = weight.shape.iter().skip(2).product();
        let second = weight.shape.get(1).copied().filter(|_| weight.shape.len() == 4);
        let along = |across: bool| -> Option<f64> {
            let count = if across { second? } else { rows };
            if u.values.len() != count || v.values.len() * count != weight.values.len() {
                return None;
            }
            let mut sigma = 0.0f64;
            for (i, w) in weight.values.iter().enumerate() {
                let (row, column) = if across {
                    (i / area % count, i / (count * area) * area + i % area)
                } else {
                    (i / rest, i % rest)
                };
                sigma += f64::from(*w) * f64::from(u.values[row]) * f64::from(v.values[column]);
            }
            Some(sigma)
        };
        let sigma =
            [along(false), along(true)].into_iter().flatten().max_by(|a, b| a.abs().total_cmp(&b.abs()))?;
        if sigma == 0.0 || !sigma.is_finite() {
            return None;
        }
        weight.values.iter_mut().for_each(|w| *w = (f64::from(*w) / sigma) as f32);
        weight.name = weight.name.replace("weight_orig", "weight");
        return Some((weight, true));
    }
    let (g, mut v) = (parts.remove("g")?, parts.remove("v")?);
    let rows = *v.shape.first()?;
    if g.values.len() != rows || rows == 0 {
        return None;
    }
    let rest = v.values.len() / rows;
    for (row, g) in v.values.chunks_mut(rest.max(1)).zip(&g.values) {
        let norm = row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt().max(1e-30);
        row.iter_mut().for_each(|x| *x = (f64::from(*x) * f64::from(*g) / norm) as f32);
    }
    v.name = v.name.replace("weight_v", "weight");
    Some((v, false))
}
