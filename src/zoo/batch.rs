//! Pictures as the tensors that models take.
//!
//! Must not know: which pictures are chosen, or why.

use super::Batch;
use crate::data::{Column, ColumnKind, Pictures, Split};
use burn::tensor::{Device, Int, Tensor, TensorData};

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
    Batch { x, classes, attributes, columns }
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
