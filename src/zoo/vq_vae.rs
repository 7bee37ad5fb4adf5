//! VQ-VAE: van den Oord, Vinyals and Kavukcuoglu 2017, "Neural discrete representation learning".
//!
//! Shapes for 28×28 and width 32: c×28² → 16×14² → 32×7² (conv 4×4, stride 2) → 32×7² (conv 3×3, two residual blocks) →
//! z_e: d×7² (conv 1×1) → codes 7×7, each the nearest of K vectors e → z_q: d×7² → 32×7² → 16×14² → c×28².
//! Loss: ‖x − x̂‖² / Var(x) + β·‖z_e − sg(e)‖², the gradient of z_q copied to z_e (straight through); the codebook follows
//! averages of what it stands for (appendix A.1). x̂ is linear: behind a sigmoid the pictures of MNIST, which are mostly
//! black, drive it to where it has no slope before a code says anything.
//!
//! Must not know: files, messages.

use super::augment::{BLUR, NOISE};
use super::coded::{self, Codec, Level, Quantise, Training};
use super::system::{Facts, System};
use super::{Does, PartInfo, Recipe, Settings, common, prior};
use crate::nn::coder::{Decoder, Encoder};
use crate::nn::residual::same;
use crate::nn::{Watch, fast};
use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::{Device, Tensor};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "vq-vae",
    title: "VQ-VAE",
    summary: "A picture becomes a small grid of codes, each an entry of a learnt codebook: one paints with what it has seen.",
    paper: "van den Oord, Vinyals and Kavukcuoglu 2017, Neural Discrete Representation Learning",
    parts: &[
        PartInfo { name: "", title: "VQ-VAE", does: Does::Both, turn: None },
        PartInfo { name: "prior", title: "prior", does: Does::Prior, turn: None },
        PartInfo { name: "prior_ema", title: "averaged prior", does: Does::Average, turn: None },
    ],
    needs: &[],
    phases: &[
        coded::phase(&["reconstruction", "commitment", "perplexity", "in_use"]),
        coded::prior_phase(&["prior"]),
    ],
    tiny: &[
        ("batch", 8.0),
        ("width", 8.0),
        ("entries", 8.0),
        ("code_size", 4.0),
        ("prior_width", 4.0),
        ("prior_layers", 2.0),
    ],
    settings: &[
        common::learning_rate(1e-3),
        common::batch(64.0),
        coded::entries(128.0),
        coded::code_size(32.0),
        coded::COMMITMENT,
        common::width(32.0),
        common::size(28.0),
        common::HEIGHT,
        common::COLOUR,
        prior::from(3000.0),
        prior::RATE,
        prior::WIDTH,
        prior::LAYERS,
        prior::CONDITIONAL,
        BLUR,
        NOISE,
    ],
    losses: &[
        coded::RECONSTRUCTION,
        coded::COMMITTED,
        coded::perplexity("perplexity", "Perplexity"),
        coded::in_use("in_use", "Codes in use"),
        prior::cost("prior", "−ln p(codes)"),
    ],
    data: "digits",
};

static LEVELS: [Level; 1] = [Level { input: "codes", codebook: "quantize", prior: "prior", pixels: 4 }];

/// The network without its codebook.
#[derive(Module, Debug)]
pub struct VqVae {
    enc: Encoder,
    quantize_conv: Conv2d,
    dec: Decoder,
}

impl Codec for VqVae {
    fn encode(&self, x: Tensor<4>, quantise: &mut Quantise<'_>) -> Vec<Tensor<4>> {
        let x = self.enc.forward(x); // [n, width, h, w]
        let x = fast::conv(&self.quantize_conv, x, fast::NOTHING); // [n, d, h, w]
        vec![quantise(0, x)] // [n, d, h, w]
    }

    fn decode(&self, vectors: Vec<Tensor<4>>, watch: &mut Watch<'_>) -> Tensor<4> {
        self.dec.forward(Tensor::cat(vectors, 1), "dec", watch) // [n, c, 4h, 4w]
    }
}

/// Builds the system with fresh weights. Fails for pictures whose sides can't be halved twice.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let shape = facts.shape;
    shape.check_halved_exactly(RECIPE.name, 2)?;
    let device = device.clone().autodiff();
    let (width, d) = (settings.count(&RECIPE, "width"), settings.count(&RECIPE, "code_size"));
    let net = VqVae {
        enc: Encoder::new(shape.channels, width, 2, &device),
        quantize_conv: same(width, d, 1, &device),
        dec: Decoder::new([d, shape.channels], width, 2, &device),
    };
    Ok(Box::new(Training::new((&RECIPE, &LEVELS), facts, net, settings, seed, &device)))
}
