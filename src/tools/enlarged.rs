//! What becomes of a small picture: enlarged by its nearest pixels, bicubically and by a model, beside the true one where that
//! is known, as bytes and figures.
//!
//! Must not know: messages, threads, the window, any one system.

use crate::metrics::psnr::{Likeness, likeness};
use crate::nn::host::floats;
use crate::nn::resample;
use crate::point::{Input, Kind};
use burn::tensor::Tensor;
use std::sync::Arc;

/// What is asked of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// The picture that the small one was made of: `channels × height × width` bytes, planar.
    pub truth: Option<Arc<[u8]>>,
}

/// One small picture enlarged in several ways, each `channels × height × width` bytes, planar.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    /// Channels, height and width of them all.
    pub size: [usize; 3],
    /// The small picture's pixels as squares.
    pub low: Arc<[u8]>,
    /// Enlarged bicubically.
    pub bicubic: Arc<[u8]>,
    /// Enlarged by the model.
    pub drawn: Arc<[u8]>,
    /// What it was made of, where that is known.
    pub truth: Option<Arc<[u8]>>,
    /// How like the truth the bicubic one and the model's are.
    pub likeness: Option<[Likeness; 2]>,
}

/// The input that is a picture of as many channels as are drawn, and smaller; `None`: the model enlarges nothing.
pub fn input(inputs: &[Input], [c, h, w]: [usize; 3]) -> Option<&Input> {
    inputs.iter().find(|i| match i.kind {
        Kind::Picture { width, height, channels, .. } => {
            channels == c && (1..w).contains(&width) && (1..h).contains(&height)
        }
        _ => false,
    })
}

/// Looks at the small picture `low` (planar bytes of `h × w` pixels) beside what a model drew of it, `[1, c, height, width]`, 0–1. A truth
/// of another size is none. `None`: the small picture has other channels or another size than is said.
pub fn look(low: &[u8], [h, w]: [usize; 2], drawn: Tensor<4>, asked: &Asked) -> Option<Look> {
    let [_, c, height, width] = drawn.dims();
    if low.len() != c * h * w || low.is_empty() {
        return None;
    }
    let near = |plane: &[u8]| -> Vec<u8> {
        let row = |y: usize| &plane[y * h / height * w..][..w];
        (0..height).flat_map(|y| (0..width).map(move |x| row(y)[x * w / width])).collect()
    };
    let bytes = |values: &[f32]| {
        values.iter().map(|v| (v.clamp(0.0, 1.0) * 255.0).round() as u8).collect::<Arc<[u8]>>()
    };
    let unit = |bytes: &[u8]| bytes.iter().map(|v| f32::from(*v) / 255.0).collect::<Vec<f32>>();
    let bicubic = resample::plain(&unit(low), c, [h, w], [height, width]);
    let drawn = floats(drawn);
    let truth = asked.truth.clone().filter(|t| t.len() == c * height * width);
    let likeness = truth.as_ref().map(|truth| {
        let truth = unit(truth);
        [&bicubic, &drawn].map(|p| likeness(p, &truth, [c, height, width], (height / h).max(1)))
    });
    Some(Look {
        size: [c, height, width],
        low: low.chunks(h * w).flat_map(near).collect(),
        bicubic: bytes(&bicubic),
        drawn: bytes(&drawn),
        truth,
        likeness,
    })
}
