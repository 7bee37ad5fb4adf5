//! VQ-VAE-2: Razavi, van den Oord and Vinyals 2019, "Generating diverse high-fidelity images with VQ-VAE-2", with two levels;
//! tensors are named as in its best-known PyTorch program (rosinality/vq-vae-2-pytorch).
//!
//! Shapes for 64×64 and width 48: c×64² → 48×16² (`enc_b`) → 48×8² (`enc_t`) → d×8² → top codes 8×8 → d×16² (`dec_t`),
//! beside the 48×16² of `enc_b` → d×16² → bottom codes 16×16; both levels' vectors, the top's doubled (`upsample_t`), 2d×16² →
//! c×64² (`dec`). The bottom is told what the top says, so that it need not say it again. Losses as in VQ-VAE.
//!
//! Must not know: files, messages.

use super::augment::{BLUR, NOISE};
use super::coded::{self, Codec, Level, Quantise, Training};
use super::system::{Facts, System};
use super::{Does, PartInfo, Recipe, Settings, common, prior};
use crate::nn::coder::{Decoder, Encoder, double};
use crate::nn::network::run::Value;
use crate::nn::residual::same;
use crate::nn::{Watch, fast};
use burn::module::Module;
use burn::nn::conv::{Conv2d, ConvTranspose2d};
use burn::tensor::{Device, Tensor};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "vq-vae-2",
    title: "VQ-VAE-2",
    summary: "Two grids of codes, one above the other: the top says what is where, the bottom how it looks closely.",
    paper: "Razavi, van den Oord and Vinyals 2019, Generating Diverse High-Fidelity Images with VQ-VAE-2",
    parts: &[
        PartInfo { name: "", title: "VQ-VAE-2", does: Does::Both, turn: None },
        PartInfo { name: "prior_top", title: "prior over the top", does: Does::Prior, turn: None },
        PartInfo { name: "prior_bottom", title: "prior over the bottom", does: Does::Prior, turn: None },
        PartInfo {
            name: "prior_top_ema",
            title: "averaged prior over the top",
            does: Does::Average,
            turn: None,
        },
        PartInfo {
            name: "prior_bottom_ema",
            title: "averaged prior over the bottom",
            does: Does::Average,
            turn: None,
        },
    ],
    needs: &[],
    phases: &[
        coded::phase(&[
            "reconstruction",
            "commitment",
            "perplexity_top",
            "perplexity_bottom",
            "in_use_top",
            "in_use_bottom",
        ]),
        coded::prior_phase(&["prior_top", "prior_bottom"]),
    ],
    tiny: &[
        ("batch", 4.0),
        ("width", 8.0),
        ("entries", 8.0),
        ("code_size", 4.0),
        ("size", 32.0),
        ("prior_width", 4.0),
        ("prior_layers", 2.0),
    ],
    settings: &[
        // At twice 1e-3 all of it collapsed within three steps, so the default keeps a distance.
        common::learning_rate(4e-4),
        common::batch(32.0),
        coded::entries(256.0),
        coded::code_size(32.0),
        coded::COMMITMENT,
        common::width(48.0),
        common::size(64.0),
        common::HEIGHT,
        common::COLOUR,
        prior::from(6000.0),
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
        coded::perplexity("perplexity_top", "Perplexity, top"),
        coded::perplexity("perplexity_bottom", "Perplexity, bottom"),
        coded::in_use("in_use_top", "Top codes in use"),
        coded::in_use("in_use_bottom", "Bottom codes in use"),
        prior::cost("prior_top", "−ln p(top)"),
        prior::cost("prior_bottom", "−ln p(bottom | top)"),
    ],
    data: "faces",
};

static LEVELS: [Level; 2] = [
    Level { input: "top", codebook: "quantize_t", prior: "prior_top", pixels: 8 },
    Level { input: "bottom", codebook: "quantize_b", prior: "prior_bottom", pixels: 4 },
];

/// The network without its codebooks.
#[derive(Module, Debug)]
pub struct VqVae2 {
    enc_b: Encoder,
    enc_t: Encoder,
    quantize_conv_t: Conv2d,
    dec_t: Decoder,
    quantize_conv_b: Conv2d,
    upsample_t: ConvTranspose2d,
    dec: Decoder,
}

impl Codec for VqVae2 {
    fn encode(&self, x: Tensor<4>, quantise: &mut Quantise<'_>) -> Vec<Tensor<4>> {
        let bottom = self.enc_b.forward(x); // [n, width, 2h, 2w]
        let top = self.enc_t.forward(bottom.clone()); // [n, width, h, w]
        let top = quantise(0, fast::conv(&self.quantize_conv_t, top, fast::NOTHING)); // [n, d, h, w]
        let told = self.told(top.clone()); // [n, d, 2h, 2w]
        let bottom = Tensor::cat(vec![told, bottom], 1); // [n, d + width, 2h, 2w]
        let bottom = quantise(1, fast::conv(&self.quantize_conv_b, bottom, fast::NOTHING)); // [n, d, 2h, 2w]
        vec![top, bottom]
    }

    fn decode(&self, vectors: Vec<Tensor<4>>, watch: &mut Watch<'_>) -> Tensor<4> {
        let mut vectors = vectors.into_iter();
        let (top, bottom) = (vectors.next(), vectors.next());
        let top = top.map(|top| {
            let top = fast::conv_transpose(&self.upsample_t, top, fast::NOTHING); // [n, d, 2h, 2w]
            watch.layer(|| "upsample_t".into(), || Value::Map(top.clone()));
            top
        });
        let both = Tensor::cat(top.into_iter().chain(bottom).collect(), 1); // [n, 2d, 2h, 2w]
        self.dec.forward(both, "dec", watch) // [n, c, 8h, 8w]
    }

    fn told(&self, top: Tensor<4>) -> Tensor<4> {
        self.dec_t.forward(top, "dec_t", &mut Watch::nobody()) // [n, d, 2h, 2w]
    }
}

/// Builds the system with fresh weights. Fails for pictures whose sides can't be halved three times.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let shape = facts.shape;
    shape.check_halved_exactly(RECIPE.name, 3)?;
    let device = device.clone().autodiff();
    let (width, d) = (settings.count(&RECIPE, "width"), settings.count(&RECIPE, "code_size"));
    let net = VqVae2 {
        enc_b: Encoder::new(shape.channels, width, 2, &device),
        enc_t: Encoder::new(width, width, 1, &device),
        quantize_conv_t: same(width, d, 1, &device),
        dec_t: Decoder::new([d, d], width, 1, &device),
        quantize_conv_b: same(d + width, d, 1, &device),
        upsample_t: double(d, d, &device),
        dec: Decoder::new([2 * d, shape.channels], width, 2, &device),
    };
    Ok(Box::new(Training::new((&RECIPE, &LEVELS), facts, net, settings, seed, &device)))
}
