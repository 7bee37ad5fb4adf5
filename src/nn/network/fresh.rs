//! The half that a network lacks, made fresh: an encoder or a discriminator of DCGAN's layers (Radford, Metz and
//! Chintala 2016) with group norm (Wu and He 2018), which needs no statistics of a training that never was.
//!
//! Must not know: files, Burn's modules, losses.

use super::{Layer, Network, Op, Picture, Posterior};
use crate::nn::stack::{channels, halvings};
use crate::nn::{Noise, Tensors};
use burn::tensor::TensorData;

/// What the names of a fresh encoder's tensors begin with.
pub const ENCODER: &str = "fresh_encoder";
/// What the names of a fresh discriminator's tensors begin with.
pub const CRITIC: &str = "fresh_critic";

/// Puts a tensor of weights U(±1/√fan_in) (PyTorch's own start), and a bias of zeros. `scale` makes it smaller.
fn put(tensors: &mut Tensors, name: &str, shape: &[usize], scale: f32, seed: u64) {
    let fan_in: usize = shape[1..].iter().product();
    let name = |leaf: &str| format!("{name}.{leaf}");
    let values = Noise::named(seed, &name("weight"))
        .uniforms(shape.iter().product(), scale / (fan_in.max(1) as f32).sqrt());
    tensors.insert(name("weight"), TensorData::new(values, shape.to_vec()));
    tensors.insert(name("bias"), TensorData::new(vec![0.0f32; shape[0]], [shape[0]]));
}

/// Halvings from a picture to a small map: the layers, and how many numbers come out.
fn down(
    picture: Picture,
    width: usize,
    prefix: &str,
    seed: u64,
    tensors: &mut Tensors,
) -> (Vec<Layer>, usize) {
    let (count, _) = halvings([picture.height, picture.width]);
    let mut layers: Vec<Layer> = Vec::new();
    let (mut from, mut side) = (picture.channels, picture.width);
    for i in 0..count.max(1) {
        let (to, name) = (channels(width, i), format!("{prefix}.conv{}", i + 1));
        put(tensors, &name, &[to, from, 4, 4], 1.0, seed);
        layers.push(Op::conv(name, 2, 1).into());
        if i > 0 {
            // Scale and shift are those of the convolution that follows.
            layers.push(Op::GroupNorm { weights: String::new(), groups: 1, epsilon: 1e-5 }.into());
        }
        layers.push(Op::LeakyRelu { slope: 0.2 }.into());
        (from, side) = (to, side / 2);
    }
    layers.push(Op::flatten().into());
    (layers, from * side * side)
}

/// Whether fresh halves can be made for such pictures.
fn square(picture: Picture) -> Result<(), String> {
    if picture.width == picture.height && (8..=512).contains(&picture.width) {
        return Ok(());
    }
    Err(format!(
        "a missing half can be made for square pictures of 8 to 512 pixels, not {}×{}",
        picture.width, picture.height
    ))
}

/// Gives a network an encoder with two heads.
pub fn encoder(network: &mut Network, tensors: &mut Tensors, width: usize, seed: u64) -> Result<(), String> {
    square(network.picture)?;
    let (layers, numbers) = down(network.picture, width, ENCODER, seed, tensors);
    let dims = network.latent.dims;
    let mut head = |leaf: &str, scale: f32| -> Vec<Layer> {
        let name = format!("{ENCODER}.{leaf}");
        put(tensors, &name, &[dims, numbers], scale, seed);
        vec![Op::Linear { weights: name }.into()]
    };
    // ln σ² begins near 0: the prior's own.
    (network.head, network.second_head) = (head("mean", 1.0), head("log_variance", 0.1));
    network.encoder = layers;
    network.posterior = Posterior::Heads;
    network.notes.push("The encoder was made fresh, to be trained.".into());
    Ok(())
}

/// Gives a network a discriminator of one number.
pub fn critic(network: &mut Network, tensors: &mut Tensors, width: usize, seed: u64) -> Result<(), String> {
    square(network.picture)?;
    let (mut layers, numbers) = down(network.picture, width, CRITIC, seed, tensors);
    let name = format!("{CRITIC}.judge");
    put(tensors, &name, &[1, numbers], 1.0, seed);
    layers.push(Op::Linear { weights: name }.into());
    network.critic = layers;
    network.notes.push("The discriminator was made fresh, to be trained.".into());
    Ok(())
}
