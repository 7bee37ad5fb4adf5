//! Pictures as the tensors that models take.
//!
//! Must not know: which pictures are chosen, or why.

use super::Batch;
use crate::data::{Clips, Column, ColumnKind, FactorScores, LabelMaps, Pictures, Split};
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::collections::BTreeMap;

/// Chosen pictures and what belongs to them as plain numbers: a thread that knows no device can make them.
pub struct Gathered {
    /// `[n, channels, height, width]`, 0–1.
    x: TensorData,
    /// Class indices `[n]`.
    classes: Option<TensorData>,
    /// `[n, attributes]`, 0 or 1.
    attributes: Option<TensorData>,
    /// Scores of the pictures' factors `[n, factors]`.
    factors: Option<TensorData>,
    /// Points of the plane `[n, 2]`.
    points: Option<TensorData>,
    /// Further pictures `[n, channels, height, width]`, 0–1, by their columns.
    columns: BTreeMap<String, TensorData>,
    /// Pictures `[n, channels, height, width]`, 0–1, of the further domains.
    domains: Vec<TensorData>,
    /// Label maps `[n, height, width]`.
    labels: Option<TensorData>,
    /// Clips `[n, frames, channels, height, width]`, 0–1, where they were asked for.
    clips: Option<TensorData>,
}

impl Gathered {
    /// Those of these numbers, with the `scores` of their factors where they are wanted. Fails with a sentence where the cache
    /// file of one is damaged or gone.
    pub fn of(split: &Split, picks: &[usize], scores: Option<&FactorScores>) -> Result<Self, String> {
        let classes = split.classes().map(|(_, column)| {
            let ids: Vec<i32> = picks.iter().map(|&i| column.get(i).copied().unwrap_or(0.0) as i32).collect();
            TensorData::new(ids, [picks.len()])
        });
        let binary = split.binary();
        let attributes = (!binary.is_empty()).then(|| {
            let rows = picks
                .iter()
                .flat_map(|&i| binary.iter().map(move |a| a.values.get(i).copied().unwrap_or(0.0)));
            TensorData::new(rows.collect::<Vec<f32>>(), [picks.len(), binary.len()])
        });
        let second = |c: &Column| match &c.kind {
            ColumnKind::Pictures(p) => Some(numbers(p, picks).map(|data| (c.name.clone(), data))),
            ColumnKind::Captions(_)
            | ColumnKind::Clips(_)
            | ColumnKind::Points(_)
            | ColumnKind::Labels(_) => None,
        };
        let columns = split.columns.iter().filter_map(second).collect::<Result<_, _>>()?;
        let factors = scores.map(|scores| {
            let rows: Vec<f32> = picks.iter().flat_map(|&i| scores.row(i)).collect();
            TensorData::new(rows, [picks.len(), scores.names.len()])
        });
        let points = split.points().map(|points| {
            let all = picks.iter().flat_map(|&i| points.get(i).copied().unwrap_or_default());
            TensorData::new(all.collect::<Vec<f32>>(), [picks.len(), 2])
        });
        let labels = split.label_maps().map(|labels| indices(labels, picks)).transpose()?;
        let x = numbers(&split.pictures, picks)?;
        Ok(Self {
            x,
            classes,
            attributes,
            factors,
            points,
            columns,
            domains: Vec::new(),
            labels,
            clips: None,
        })
    }

    /// The same with pictures of one more domain, of these numbers. Fails as [`Gathered::of`] does.
    pub fn beside(mut self, domain: &Split, picks: &[usize]) -> Result<Self, String> {
        self.domains.push(numbers(&domain.pictures, picks)?);
        Ok(self)
    }

    /// The same with the clips of these numbers, where the data has clips. Fails as [`Gathered::of`] does.
    pub fn with_clips(mut self, split: &Split, picks: &[usize]) -> Result<Self, String> {
        let Some(Clips { frames, length, .. }) = split.clips() else { return Ok(self) };
        let all: Vec<usize> = picks.iter().flat_map(|i| i * length..(i + 1) * length).collect();
        let dims = [picks.len(), *length, frames.channels, frames.height, frames.width];
        self.clips = Some(TensorData::new(values(frames, &all)?, dims));
        Ok(self)
    }

    /// The batch of them: pictures `[n, channels, height, width]`, classes `[n]`, attributes `[n, attributes]`,
    /// factors `[n, factors]`, points `[n, 2]`, pictures of each further domain `[n, channels, height, width]`, label maps
    /// `[n, height, width]`, clips `[n, frames, channels, height, width]`.
    pub fn on(self, device: &Device) -> Batch {
        let pictures = |(name, data)| (name, Tensor::from_data(data, device));
        Batch {
            x: Tensor::from_data(self.x, device),
            classes: self.classes.map(|data| Tensor::<1, Int>::from_data(data, device)),
            attributes: self.attributes.map(|data| Tensor::from_data(data, device)),
            factors: self.factors.map(|data| Tensor::from_data(data, device)),
            points: self.points.map(|data| Tensor::from_data(data, device)),
            columns: self.columns.into_iter().map(pictures).collect(),
            domains: self.domains.into_iter().map(|data| Tensor::from_data(data, device)).collect(),
            labels: self.labels.map(|data| Tensor::<3, Int>::from_data(data, device)),
            clips: self.clips.map(|data| Tensor::from_data(data, device)),
        }
    }
}

/// The chosen pictures as a batch, `[n, channels, height, width]`. Fails with a sentence where the cache file of one is damaged
/// or gone.
pub fn gather(split: &Split, picks: &[usize], device: &Device) -> Result<Batch, String> {
    Ok(Gathered::of(split, picks, None)?.on(device))
}

/// The chosen pictures `[n, channels, height, width]`, 0–1. Fails as [`gather`] does: nothing stands in their place.
pub fn pictures(p: &Pictures, picks: &[usize], device: &Device) -> Result<Tensor<4>, String> {
    Ok(Tensor::from_data(numbers(p, picks)?, device))
}

/// [`pictures`] on no device yet.
fn numbers(p: &Pictures, picks: &[usize]) -> Result<TensorData, String> {
    Ok(TensorData::new(values(p, picks)?, [picks.len(), p.channels, p.height, p.width]))
}

/// The chosen pictures one after the other, each planar, 0–1.
fn values(p: &Pictures, picks: &[usize]) -> Result<Vec<f32>, String> {
    let mut values = Vec::with_capacity(picks.len() * p.stride());
    for &i in picks {
        planar(&read(p, i)?, p, &mut values);
    }
    Ok(values)
}

/// The classes of every pixel of the chosen maps, `[n, height, width]`.
fn indices(LabelMaps { maps, .. }: &LabelMaps, picks: &[usize]) -> Result<TensorData, String> {
    let mut values: Vec<i32> = Vec::with_capacity(picks.len() * maps.stride());
    for &i in picks {
        values.extend(read(maps, i)?.iter().map(|b| i32::from(*b)));
    }
    Ok(TensorData::new(values, [picks.len(), maps.height, maps.width]))
}

/// The bytes of picture `i`.
fn read(p: &Pictures, i: usize) -> Result<std::borrow::Cow<'_, [u8]>, String> {
    p.get(i).ok_or_else(|| {
        format!(
            "picture {i} can't be read: the cache file of the pictures is damaged or gone; it is made anew when the data is loaded again"
        )
    })
}

/// Interleaved bytes to planar 0–1 floats.
fn planar(bytes: &[u8], p: &Pictures, out: &mut Vec<f32>) {
    for c in 0..p.channels {
        out.extend(bytes.iter().skip(c).step_by(p.channels).map(|&b| f32::from(b) / 255.0));
    }
}
