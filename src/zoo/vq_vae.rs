//! VQ-VAE: van den Oord, Vinyals and Kavukcuoglu 2017, "Neural discrete representation learning".
//!
//! Shapes for 28×28 and width 32: c×28² → 16×14² → 32×7² (conv 4×4, stride 2) → 32×7² (conv 3×3, two residual blocks) →
//! z_e: d×7² (conv 1×1) → codes 7×7, each the nearest of K vectors e → z_q: d×7² → 32×7² → 16×14² → c×28².
//! Loss: ‖x − x̂‖² / Var(x) + β·‖z_e − sg(e)‖², the gradient of z_q copied to z_e (straight through); the codebook follows
//! averages of what it stands for (appendix A.1).
//!
//! Must not know: files, messages.

use super::augment::{self, BLUR, NOISE};
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Does, Fed, Given, Loss, Model, PartInfo, Recipe, Role, Scale, Setting, Settings, common};
use crate::nn::codebook::{Codebook, Quantised};
use crate::nn::fast;
use crate::nn::network::run::Value;
use crate::nn::residual::{Residual, same};
use crate::nn::{Init, Noise, Tensors, Watch, init};
use crate::point::{Input, Kind};
use burn::module::Module;
use burn::nn::PaddingConfig2d;
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "vq-vae",
    title: "VQ-VAE",
    summary: "A picture becomes a small grid of codes, each an entry of a learnt codebook: one paints with what it has seen.",
    paper: "van den Oord, Vinyals and Kavukcuoglu 2017, Neural Discrete Representation Learning",
    parts: &[PartInfo { name: "", title: "VQ-VAE", does: Does::Both, turn: None }],
    needs: &[],
    phases: &[],
    tiny: &[("batch", 8.0), ("width", 8.0), ("entries", 8.0), ("code_size", 4.0)],
    settings: &[
        common::learning_rate(1e-3),
        common::batch(64.0),
        Setting {
            name: "entries",
            title: "Codebook entries",
            help: "How many codes there are to choose from in each place: more draw finer, and more of them go unused.",
            default: 128.0,
            min: 2.0,
            max: 4096.0,
            scale: Scale::Integer,
            live: false,
        },
        Setting {
            name: "code_size",
            title: "Numbers in a code",
            help: "Length of the vector that an entry of the codebook stands for.",
            default: 32.0,
            min: 1.0,
            max: 256.0,
            scale: Scale::Integer,
            live: false,
        },
        Setting {
            name: "commitment",
            title: "Commitment β",
            help: "How much the encoder pays for being far from the code that it chose: too little and codes flutter, too much and it stops learning.",
            default: 0.25,
            min: 0.0,
            max: 10.0,
            scale: Scale::Linear,
            live: true,
        },
        common::width(32.0),
        common::size(28.0),
        common::HEIGHT,
        common::COLOUR,
        BLUR,
        NOISE,
    ],
    losses: &[
        Loss {
            name: "reconstruction",
            title: "Reconstruction",
            unit: "share of the variance",
            help: "Mean squared error of the picture drawn from its codes, divided by the variance of the pixels: 1 = a grey picture would do as well.",
            role: Role::Reconstruction,
            axis: "reconstruction",
            even: None,
        },
        Loss {
            name: "commitment",
            title: "Commitment",
            unit: "squared distance",
            help: "‖z_e − e‖²: how far the encoder is from the codes that it chooses.",
            role: Role::Term,
            axis: "commitment",
            even: None,
        },
        Loss {
            name: "perplexity",
            title: "Perplexity",
            unit: "codes",
            help: "exp(entropy) of the codes in a batch: how many of them are in even use; near 1 the codebook has collapsed.",
            role: Role::Figure,
            axis: "perplexity",
            even: None,
        },
    ],
    data: "digits",
};

/// Residual blocks on either side.
const BLOCKS: usize = 2;

fn half(from: usize, to: usize, device: &Device) -> Conv2d {
    Conv2dConfig::new([from, to], [4, 4])
        .with_stride([2, 2])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .init(device)
}

fn double(from: usize, to: usize, device: &Device) -> ConvTranspose2d {
    ConvTranspose2dConfig::new([from, to], [4, 4]).with_stride([2, 2]).with_padding([1, 1]).init(device)
}

/// `[n, c, 4h, 4w]` → z_e `[n, d, h, w]`.
#[derive(Module, Debug)]
struct Encoder {
    conv1: Conv2d,
    conv2: Conv2d,
    conv3: Conv2d,
    residual: Vec<Residual>,
    to_code: Conv2d,
}

/// z_q `[n, d, h, w]` → logits `[n, c, 4h, 4w]`.
#[derive(Module, Debug)]
struct Decoder {
    from_code: Conv2d,
    residual: Vec<Residual>,
    up1: ConvTranspose2d,
    up2: ConvTranspose2d,
}

/// The network without its codebook.
#[derive(Module, Debug)]
pub struct VqVae {
    encoder: Encoder,
    decoder: Decoder,
}

impl VqVae {
    fn new(shape: &Shape, width: usize, d: usize, device: &Device) -> Self {
        let blocks = || (0..BLOCKS).map(|_| Residual::new(width, width / 2, device)).collect();
        let (c, thin) = (shape.channels, (width / 2).max(1));
        Self {
            encoder: Encoder {
                conv1: half(c, thin, device),
                conv2: half(thin, width, device),
                conv3: same(width, width, 3, device),
                residual: blocks(),
                to_code: same(width, d, 1, device),
            },
            decoder: Decoder {
                from_code: same(d, width, 3, device),
                residual: blocks(),
                up1: double(width, thin, device),
                up2: double(thin, c, device),
            },
        }
    }

    /// `[n, c, 4h, 4w]` → z_e `[n, d, h, w]`.
    fn encode(&self, x: Tensor<4>) -> Tensor<4> {
        let e = &self.encoder;
        let x = fast::conv(&e.conv1, x * 2.0 - 1.0, fast::RELU); // [n, width / 2, 2h, 2w]
        let x = fast::conv(&e.conv2, x, fast::RELU); // [n, width, h, w]
        let x = fast::conv(&e.conv3, x, fast::NOTHING); // [n, width, h, w]
        let x = e.residual.iter().fold(x, |x, block| block.forward(x)); // [n, width, h, w]
        fast::conv(&e.to_code, fast::activate(x, fast::RELU), fast::NOTHING) // [n, d, h, w]
    }

    /// z_q `[n, d, h, w]` → `[n, c, 4h, 4w]`, 0–1.
    fn decode(&self, z: Tensor<4>, watch: &mut Watch<'_>) -> Tensor<4> {
        let d = &self.decoder;
        let x = fast::conv(&d.from_code, z, fast::NOTHING); // [n, width, h, w]
        watch.layer(|| "decoder.from_code".into(), || Value::Map(x.clone()));
        let x = d.residual.iter().fold(x, |x, block| block.forward(x)); // [n, width, h, w]
        let x = fast::conv_transpose(&d.up1, fast::activate(x, fast::RELU), fast::RELU); // [n, width / 2, 2h, 2w]
        watch.layer(|| "decoder.up1".into(), || Value::Map(x.clone()));
        let x = fast::conv_transpose(&d.up2, x, fast::NOTHING); // [n, c, 4h, 4w]
        watch.layer(|| "decoder.up2".into(), || Value::Map(x.clone()));
        activation::sigmoid(x)
    }
}

/// Maps as rows, place by place: `[n, d, h, w]` → `[n · h · w, d]`.
fn rows(x: Tensor<4>) -> Tensor<2> {
    let [n, d, h, w] = x.dims();
    x.permute([0, 2, 3, 1]).reshape([n * h * w, d])
}

/// Rows as maps again: `[n · h · w, d]` → `[n, d, h, w]`.
fn maps(x: Tensor<2>, [n, h, w]: [usize; 3]) -> Tensor<4> {
    let d = x.dims()[1];
    x.reshape([n, h, w, d]).permute([0, 3, 1, 2])
}

#[derive(Clone)]
struct Training {
    part: Part<VqVae>,
    codebook: Codebook,
    shape: Shape,
}

/// Builds the system with fresh weights. Fails for pictures whose sides can't be halved twice.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let shape = facts.shape;
    shape.check_quartered(RECIPE.name)?;
    let (training, d) = (device.clone().autodiff(), settings.count(&RECIPE, "code_size"));
    let net = VqVae::new(&shape, settings.count(&RECIPE, "width"), d, &training);
    let net = init::initialise(net, "", seed, Init::Torch);
    let codebook = Codebook::new(settings.count(&RECIPE, "entries"), d, &training);
    Ok(Box::new(Training { part: Part::new("", net, 0.9, 0.999), codebook, shape }))
}

impl System for Training {
    fn step(&mut self, _: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let seen = augment::corrupt(batch.x.clone(), noise, &RECIPE, settings); // [n, c, 4h, 4w]
        let encoded = self.part.module.encode(seen); // [n, d, h, w]
        let [n, _, h, w] = encoded.dims();
        let encoded = rows(encoded); // [n · h · w, d]
        let still = encoded.clone().detach();
        self.codebook.begin(&still, noise);
        let Quantised { codes, vectors } = self.codebook.quantise(still.clone());
        // Straight through: the value of the code's vector, the gradient of the encoding.
        let through = encoded.clone() + (vectors.clone() - still.clone());
        let drawn = self.part.module.decode(maps(through, [n, h, w]), &mut Watch::nobody());
        let x = batch.x.clone();
        let variance = (x.clone() - x.clone().mean().reshape([1, 1, 1, 1])).square().mean();
        let reconstruction = (x - drawn).square().mean() / (variance + 1e-8);
        let commitment = (encoded - vectors).square().mean();
        let perplexity = self.codebook.learn(still, codes, noise);
        let shown = [reconstruction.clone().detach(), commitment.clone().detach(), perplexity];
        let beta = settings.get(&RECIPE, "commitment") as f32;
        self.part.descend(reconstruction + commitment * beta, settings.get(&RECIPE, "learning_rate"));
        Tensor::cat(shown.to_vec(), 0).inner()
    }

    fn model(&self) -> Box<dyn Model> {
        let (net, codebook) = (self.part.module.valid(), self.codebook.valid());
        Box::new(Trained { net, codebook, shape: self.shape })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.part]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.part]
    }

    fn weights(&self) -> Vec<(String, TensorData)> {
        let mut all = self.part.weights();
        all.extend(self.codebook.collect("codebook"));
        all
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        self.codebook.restore("codebook", tensors)?;
        self.part.restore(tensors)
    }
}

struct Trained {
    net: VqVae,
    codebook: Codebook,
    shape: Shape,
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let (height, width) = (self.shape.height / 4, self.shape.width / 4);
        let kind = Kind::Codes { height, width, entries: self.codebook.entries() };
        vec![Input { name: "codes".into(), kind, home: None }]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let codes = given.codes(0)?; // [n, h, w]
        let [n, h, w] = codes.dims();
        let vectors = self.codebook.lookup(codes.reshape([n * h * w])); // [n · h · w, d]
        Some(self.net.decode(maps(vectors, [n, h, w]), watch)) // [n, c, 4h, 4w]
    }

    fn read(&self, x: Tensor<4>) -> Vec<(usize, Fed)> {
        let encoded = self.net.encode(x); // [n, d, h, w]
        let [n, _, h, w] = encoded.dims();
        let codes: Tensor<3, Int> = self.codebook.quantise(rows(encoded)).codes.reshape([n, h, w]);
        vec![(0, Fed::Codes(codes))]
    }

    fn codebook(&self) -> Option<Tensor<2>> {
        Some(self.codebook.vectors())
    }

    fn fork(&self) -> Box<dyn Model> {
        let Self { net, codebook, shape } = self;
        Box::new(Trained { net: net.clone(), codebook: codebook.clone(), shape: *shape })
    }
}
