//! Pictures as the tensors that models take.
//!
//! Must not know: which pictures are chosen, or why.

use super::Batch;
use crate::data::{Attribute, AttributeKind, Column, ColumnKind, Pictures, Split};
use burn::tensor::{Device, Int, Tensor, TensorData};
use statrs::distribution::{ContinuousCDF, Normal};

/// The chosen pictures as a batch.
pub fn gather(split: &Split, picks: &[usize], device: &Device) -> Batch {
    let x = pictures(&split.pictures, picks, device);
    let classes = split.classes().map(|(_, column)| {
        let ids: Vec<i32> = picks.iter().map(|&i| column.get(i).copied().unwrap_or(0.0) as i32).collect();
        Tensor::<1, Int>::from_data(TensorData::new(ids, [picks.len()]), device)
    });
    let binary = split.binary();
    let attributes = (!binary.is_empty()).then(|| {
        let rows =
            picks.iter().flat_map(|&i| binary.iter().map(move |a| a.values.get(i).copied().unwrap_or(0.0)));
        let values: Vec<f32> = rows.collect();
        Tensor::from_data(TensorData::new(values, [picks.len(), binary.len()]), device)
    });
    let second = |c: &Column| match &c.kind {
        ColumnKind::Pictures(p) => Some((c.name.clone(), pictures(p, picks, device))),
        ColumnKind::Captions(_) => None,
    };
    let columns = split.columns.iter().filter_map(second).collect();
    let known = split.factors();
    let factors = (!known.is_empty()).then(|| {
        let rows = picks.iter().flat_map(|&i| known.iter().map(move |a| quantile(a, i)));
        Tensor::from_data(TensorData::new(rows.collect::<Vec<f32>>(), [picks.len(), known.len()]), device)
    });
    Batch { x, classes, attributes, factors, columns }
}

/// Where the factor of picture `i` lies in its range, as a quantile of N(0, 1): what is spread evenly becomes normal, as
/// latents are.
fn quantile(factor: &Attribute, i: usize) -> f32 {
    // The ends of a range are at ±1.75 σ.
    const END: f64 = 0.04;
    let value = f64::from(factor.values.get(i).copied().unwrap_or(0.0));
    let (min, max) = match &factor.kind {
        AttributeKind::Binary => (0.0, 1.0),
        AttributeKind::Class(names) => (0.0, names.len().max(2) as f64 - 1.0),
        AttributeKind::Continuous { min, max } => (f64::from(*min), f64::from(*max)),
    };
    let share = ((value - min) / (max - min)).clamp(0.0, 1.0);
    Normal::standard().inverse_cdf(END + (1.0 - 2.0 * END) * share) as f32
}

/// The chosen pictures `[n, channels, height, width]`, 0–1.
pub fn pictures(p: &Pictures, picks: &[usize], device: &Device) -> Tensor<4> {
    let mut values = Vec::with_capacity(picks.len() * p.stride());
    for &i in picks {
        planar(p.get(i).unwrap_or_default(), p, &mut values);
    }
    Tensor::from_data(TensorData::new(values, [picks.len(), p.channels, p.height, p.width]), device)
}

/// Interleaved bytes to planar 0–1 floats.
fn planar(bytes: &[u8], p: &Pictures, out: &mut Vec<f32>) {
    for c in 0..p.channels {
        out.extend(bytes.iter().skip(c).step_by(p.channels).map(|&b| f32::from(b) / 255.0));
    }
}
