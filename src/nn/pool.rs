//! A pool of generated pictures (Shrivastava et al. 2017): a discriminator is shown some that the generator drew long ago, so that the
//! two do not chase each other in circles.
//!
//! Must not know: networks, losses, files.

use super::{Noise, Tensors};
use burn::tensor::{Device, Tensor, TensorData};

/// Pictures that a pool holds, as in both papers.
pub const SIZE: usize = 50;

/// The pictures, `[1, c, h, w]` each, outside of any graph of gradients.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its name in a checkpoint.
    name: &'static str,
    pictures: Vec<Tensor<4>>,
}

impl Pool {
    /// An empty one.
    pub fn new(name: &'static str) -> Self {
        Self { name, pictures: Vec::new() }
    }

    /// How many it holds.
    pub fn len(&self) -> usize {
        self.pictures.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.pictures.is_empty()
    }

    /// What D is shown for new pictures `[n, c, h, w]`: the same shape. Until the pool is full each new one is shown and kept; then half of
    /// them are shown as they are, and the others each take the place of an old one, which is shown instead.
    pub fn shown(&mut self, new: Tensor<4>, noise: &mut Noise) -> Tensor<4> {
        let new = new.detach(); // [n, c, h, w]
        let one = |i: usize| new.clone().slice_dim(0, i..i + 1); // [1, c, h, w]
        let n = new.dims()[0];
        let mut shown = Vec::with_capacity(n);
        for i in 0..n {
            if self.pictures.len() < SIZE {
                self.pictures.push(one(i).inner());
                shown.push(one(i));
                continue;
            }
            let dice = noise.uniforms(2, 0.5);
            if dice[0] < 0.0 {
                shown.push(one(i));
                continue;
            }
            let place = (((dice[1] + 0.5) * SIZE as f32) as usize).min(SIZE - 1);
            let old = std::mem::replace(&mut self.pictures[place], one(i).inner());
            shown.push(Tensor::from_inner(old));
        }
        Tensor::cat(shown, 0) // [n, c, h, w]
    }

    /// Its pictures by its name, `[len, c, h, w]`; `None` where there are none.
    pub fn kept(&self) -> Option<(String, TensorData)> {
        let all = (!self.is_empty()).then(|| Tensor::cat(self.pictures.clone(), 0))?; // [len, c, h, w]
        Some((self.name.into(), all.into_data()))
    }

    /// Takes pictures back that [`Pool::kept`] gave; none where there are none. Fails with a sentence where they are not of `shape`
    /// `[c, h, w]`. `device`: without autodiff.
    pub fn take(&mut self, tensors: &Tensors, shape: [usize; 3], device: &Device) -> Result<(), String> {
        let Some(data) = tensors.get(self.name) else { return Ok(()) };
        let [c, h, w] = shape;
        let n = match data.shape().to_vec()[..] {
            [n, own_c, own_h, own_w] if [own_c, own_h, own_w] == shape && n <= SIZE => n,
            _ => return Err(format!("{} of the checkpoint holds no pictures of {w}×{h}", self.name)),
        };
        let all = Tensor::<4>::from_data(TensorData::new(data.iter::<f32>().collect(), [n, c, h, w]), device); // [n, c, h, w]
        self.pictures = (0..n).map(|i| all.clone().slice_dim(0, i..i + 1)).collect();
        Ok(())
    }
}
