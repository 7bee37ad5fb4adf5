//! What a picture has beside w: its noise, and of StyleGAN3 a turn and a move.
//!
//! Must not know: layers, where w comes from.

use crate::nn::Noise;
use burn::tensor::{Tensor, TensorData};

/// Where the noise of a picture comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Noises {
    /// The file's own maps.
    #[default]
    Constant,
    /// There is none.
    None,
    /// Drawn anew, by this number.
    Drawn(u32),
}

/// What the pictures of a batch have beside w.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// Their noise, one each; a sample without an entry has the file's own.
    pub noises: Vec<Noises>,
    /// A 3 × 3 transform of StyleGAN3's input, row by row, for each sample; `None` = the file's own.
    pub turned: Option<Vec<[f32; 9]>>,
}

/// The noise of a batch.
pub(super) struct Dice(Vec<Noises>);

impl Dice {
    /// Of `n` samples.
    pub fn of(drawn: &Drawn, n: usize) -> Self {
        Self((0..n).map(|i| drawn.noises.get(i).copied().unwrap_or_default()).collect())
    }

    /// The noise of a layer of `[h, w]` pixels, of which `own` `[1, 1, h, w]` is the file's times its strength: `[1 or n, 1, h, w]`.
    pub fn noise(&self, layer: &str, own: Tensor<4>, strength: f32, [h, w]: [usize; 2]) -> Option<Tensor<4>> {
        if self.0.iter().all(|n| *n == Noises::Constant) {
            return Some(own);
        }
        if self.0.iter().all(|n| *n == Noises::None) {
            return None;
        }
        let device = own.device();
        let one = |noises: &Noises| match noises {
            Noises::Constant => own.clone(),
            Noises::None => Tensor::zeros([1, 1, h, w], &device),
            Noises::Drawn(seed) => {
                let drawn = Noise::named(u64::from(*seed), layer).normals(h * w);
                Tensor::<4>::from_data(TensorData::new(drawn, [1, 1, h, w]), &device) * strength
            }
        };
        Some(Tensor::cat(self.0.iter().map(one).collect(), 0))
    }
}
