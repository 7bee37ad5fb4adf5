//! Dropout (Srivastava et al. 2014) whose dice are given: of a stream in training, of a number for each picture where a network
//! draws with it, as pix2pix does, so that a picture is the same alone and among others.
//!
//! Must not know: any one system.

use super::noise::Noise;
use burn::tensor::{Tensor, TensorData};

/// Where the dice come from.
enum Dice<'a> {
    Stream(&'a mut Noise),
    Seeds(&'a [u32]),
}

/// Takes numbers away by chance, and makes the others so much larger that their mean stays.
pub struct Dropout<'a> {
    /// The share that is taken, 0 to below 1.
    share: f32,
    dice: Dice<'a>,
}

impl<'a> Dropout<'a> {
    /// The next numbers of a stream.
    pub fn of_stream(share: f32, noise: &'a mut Noise) -> Self {
        Self { share, dice: Dice::Stream(noise) }
    }

    /// A number for each picture of the batch.
    pub fn of_seeds(share: f32, seeds: &'a [u32]) -> Self {
        Self { share, dice: Dice::Seeds(seeds) }
    }

    /// Behind layer `i`: `[n, c, h, w]` → the same shape.
    pub fn apply(&mut self, i: usize, x: Tensor<4>) -> Tensor<4> {
        if self.share <= 0.0 {
            return x;
        }
        let dims @ [n, c, h, w] = x.dims();
        let each = c * h * w;
        let dice: Vec<f32> = match &mut self.dice {
            Dice::Stream(noise) => noise.uniforms(n * each, 0.5),
            Dice::Seeds(seeds) => {
                let of = |k: usize| seeds.get(k).copied().unwrap_or_default();
                (0..n).flat_map(|k| Noise::new(of(k).into(), i as u64).uniforms(each, 0.5)).collect()
            }
        };
        let kept = 1.0 / (1.0 - self.share);
        let mask = dice.into_iter().map(|u| if u + 0.5 < self.share { 0.0 } else { kept });
        x.clone() * Tensor::from_data(TensorData::new(mask.collect::<Vec<f32>>(), dims), &x.device()) // [n, c, h, w]
    }
}
