//! StyleGAN: Karras, Laine and Aila 2019, "A style-based generator architecture for GANs", with the networks of Karras et al. 2020, "Analyzing and
//! improving the image quality of StyleGAN" (StyleGAN2), small. A mapping network makes w of z; w, by a style for each layer, scales what the
//! convolutions of a constant make; noise gives each place its chance. D is residual, with minibatch standard deviation.
//!
//! Shapes for 28×28 and width 8: z (on a sphere) → w; constant 32×7² → 32×7² → 16×14² → 8×28², the pictures of all sizes added up.
//!
//! What is not here: doublings without the papers' blur; path length regularisation, as it asks for the derivative of ‖Jᵀy‖ by G's weights, a
//! second derivative, for which G's layers would have to follow changes as D's do ([`crate::nn::dual`]).
//!
//! Must not know: files, messages.

use super::adversarial::{self, Judged, Players, Rules};
use super::augment::{self, D_BLUR, D_NOISE};
use super::averaged::Averaged;
use super::common;
use super::progan::exact_sizes;
use super::system::{Batch, Facts, System};
use super::train::{Learns, Part};
use super::{Given, Model, Recipe, Scale, Setting, Settings};
use crate::nn::equalised::{Conv, Dense, RELU_GAIN};
use crate::nn::minibatch_std::with_std;
use crate::nn::modulated::ModulatedConv;
use crate::nn::network::run::Value;
use crate::nn::pixel_norm::pixel_norm;
use crate::nn::resnet::{double, halve};
use crate::nn::stack::channels;
use crate::nn::{Dual, Init, Noise, Tensors, Watch, ema, fast, init};
use crate::point::{Input, NOISE_STRENGTH, TRUNCATION};
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "stylegan",
    title: "StyleGAN",
    summary: "A GAN whose latent becomes a style for every layer: coarse styles say what is drawn, fine ones how it looks.",
    paper: "Karras, Laine and Aila 2019, A Style-Based Generator Architecture for GANs; Karras et al. 2020, Analyzing and Improving the Image Quality of StyleGAN",
    parts: &[common::GENERATOR, common::DISCRIMINATOR, common::AVERAGE],
    needs: &[],
    phases: &[],
    tiny: &[("batch", 8.0), ("z", 4.0), ("style", 6.0), ("width", 4.0)],
    settings: &[
        adversarial::LOSS,
        common::rate_g(2e-3),
        common::rate_d(2e-3),
        common::batch(16.0),
        common::latent(48.0),
        STYLE,
        MAPPING,
        common::width(8.0),
        common::size(28.0),
        common::HEIGHT,
        common::COLOUR,
        MIXING,
        common::D_STEPS,
        common::TURN,
        Setting { default: 1.0, ..common::PENALTY },
        Setting { default: 8.0, ..adversarial::LAZY },
        adversarial::R2,
        adversarial::SLOPE,
        adversarial::DRIFT,
        adversarial::CLIP,
        adversarial::SMOOTHING,
        D_BLUR,
        D_NOISE,
        Setting { default: 0.995, ..common::EMA },
    ],
    losses: &common::GAME,
    data: "digits",
};

/// Dimensions of w.
pub const STYLE: Setting = Setting {
    name: "style",
    title: "Dimensions of w",
    help: "How many numbers the mapping network makes of the latent; each layer's style is linear in them.",
    default: 64.0,
    min: 1.0,
    max: 1024.0,
    scale: Scale::Integer,
    live: false,
};

/// Layers of the mapping network.
pub const MAPPING: Setting = Setting {
    name: "mapping",
    title: "Mapping layers",
    help: "How many layers lead from z to w, which learn a hundred times slower than the others; the papers have 8.",
    default: 4.0,
    min: 1.0,
    max: 16.0,
    scale: Scale::Integer,
    live: false,
};

/// How often styles are mixed.
pub const MIXING: Setting = Setting {
    name: "mixing",
    title: "Style mixing",
    help: "In this share of the steps the finer layers have the style of another latent, from a layer on that the dice say, so that G can't count on neighbouring layers' agreeing.",
    default: 0.9,
    min: 0.0,
    max: 1.0,
    scale: Scale::Linear,
    live: true,
};

/// Name of the tensor that is the running mean of w.
pub const MEAN_W: &str = "mean_w";
/// How much of that mean is kept in a step.
const KEPT: f32 = 0.995;
/// What the mapping network's learning rate is multiplied with.
const SLOW: f32 = 0.01;
/// The slope of LeakyReLU below 0.
const LEAK: f32 = 0.2;

/// Doubles, and two convolutions.
#[derive(Module, Debug)]
struct UpBlock {
    conv1: ModulatedConv,
    conv2: ModulatedConv,
}

/// `[n, z]` → `[n, c, H, W]`, about −1 to 1.
#[derive(Module, Debug)]
pub struct Generator {
    mapping: Vec<Dense>,
    /// `[1, deepest, h, w]`.
    constant: Param<Tensor<4>>,
    conv: ModulatedConv,
    blocks: Vec<UpBlock>,
    /// What each size adds to the picture.
    rgb: Vec<ModulatedConv>,
}

impl Generator {
    /// With the papers' initialisation, under the name of `prefix`. `sizes`: `[height, width]`, the largest first; `layers`: of the mapping.
    pub fn new(
        picture: usize,
        sizes: &[[usize; 2]],
        width: usize,
        [z, style, layers]: [usize; 3],
        (prefix, seed): (&str, u64),
        device: &Device,
    ) -> Self {
        let last = sizes.len() - 1;
        let [h, w] = sizes[last];
        let of = |stage: usize| channels(width, last - stage);
        let conv = |from, to| ModulatedConv::new([from, to], 3, style, device);
        let block = |s: usize| UpBlock { conv1: conv(of(s - 1), of(s)), conv2: conv(of(s), of(s)) };
        let dense = |i: usize| Dense::new([if i == 0 { z } else { style }, style], RELU_GAIN, SLOW, device);
        let mapping: Vec<Dense> = (0..layers).map(dense).collect();
        let slow = Init::Equalised { sigma: 1.0 / SLOW };
        let mapping = init::initialise(mapping, &format!("{prefix}.mapping"), seed, slow);
        let rest = Self {
            mapping: Vec::new(),
            constant: Param::from_tensor(Tensor::zeros([1, of(0), h, w], device)),
            conv: conv(of(0), of(0)),
            blocks: (1..=last).map(block).collect(),
            rgb: (0..=last).map(|s| ModulatedConv::plain([of(s), picture], 1, style, device)).collect(),
        };
        Self { mapping, ..init::initialise(rest, prefix, seed, Init::Equalised { sigma: 1.0 }) }
    }

    /// Styles that a picture has: one for each convolution, and the last size's picture; that of any other size shares the style of the
    /// convolution behind it.
    pub fn styles(&self) -> usize {
        2 * self.rgb.len()
    }

    /// Height and width of each convolution's map, from the constant on.
    fn maps(&self) -> Vec<[usize; 2]> {
        let [_, _, h, w] = self.constant.dims();
        let doubled = (1..=self.blocks.len()).flat_map(|s| [[h << s, w << s]; 2]);
        std::iter::once([h, w]).chain(doubled).collect()
    }

    /// Noise of N(0, 1) for each convolution from one stream of dice: `[n, 1, h, w]` each.
    fn dice(&self, n: usize, noise: &mut Noise) -> Vec<Tensor<4>> {
        let device = self.constant.device();
        let maps = self.maps().into_iter();
        maps.map(|[h, w]| noise.normal([n, h * w], &device).reshape([n, 1, h, w])).collect()
    }

    /// z → w: `[n, z]` → `[n, style]`.
    pub fn style_of(&self, z: Tensor<2>, watch: &mut Watch<'_>) -> Tensor<2> {
        self.mapping.iter().enumerate().fold(pixel_norm(z), |x, (i, layer)| {
            let x = layer.forward(x, LEAK); // [n, style]
            watch.layer(|| format!("generator.mapping.{i}"), || Value::Flat(x.clone()));
            x
        })
    }

    /// Draws of a w for each style, `[n, style]` each ([`Generator::styles`]), and of noise for each convolution, `[n, 1, h, w]` each, or none
    /// → `[n, c, H, W]`.
    pub fn draw(&self, w: &[Tensor<2>], noise: &[Tensor<4>], watch: &mut Watch<'_>) -> Tensor<4> {
        let n = w[0].dims()[0];
        let dice = |i: usize| noise.get(i).cloned(); // [n, 1, h, w]
        let x = self.constant.val().repeat_dim(0, n); // [n, deepest, h, w]
        let mut x = self.conv.forward(x, w[0].clone(), dice(0)); // [n, deepest, h, w]
        watch.layer(|| "generator.conv".into(), || Value::Map(x.clone()));
        let mut picture = self.rgb[0].forward(x.clone(), w[1].clone(), None); // [n, c, h, w]
        watch.layer(|| "generator.rgb.0".into(), || Value::Map(picture.clone()));
        for (i, block) in self.blocks.iter().enumerate() {
            let at = 2 * i + 1;
            x = block.conv1.forward(double(x), w[at].clone(), dice(at)); // [n, k, 2h, 2w]
            watch.layer(|| format!("generator.blocks.{i}.conv1"), || Value::Map(x.clone()));
            x = block.conv2.forward(x, w[at + 1].clone(), dice(at + 1)); // [n, k, 2h, 2w]
            watch.layer(|| format!("generator.blocks.{i}.conv2"), || Value::Map(x.clone()));
            let more = self.rgb[i + 1].forward(x.clone(), w[at + 2].clone(), None); // [n, c, 2h, 2w]
            picture = double(picture) + more; // [n, c, 2h, 2w]
            watch.layer(|| format!("generator.rgb.{}", i + 1), || Value::Map(picture.clone()));
        }
        picture // [n, c, H, W]
    }
}

/// Two convolutions 3×3 with LeakyReLU and the mean of each 2×2; beside them a convolution 1×1 of the same mean.
#[derive(Module, Debug)]
struct DownBlock {
    conv1: Conv,
    conv2: Conv,
    skip: Conv,
}

impl DownBlock {
    fn new([from, to]: [usize; 2], device: &Device) -> Self {
        Self {
            conv1: Conv::new([from, from], 3, RELU_GAIN, device),
            conv2: Conv::new([from, to], 3, RELU_GAIN, device),
            skip: Conv::new([from, to], 1, 1.0, device),
        }
    }

    /// `[n, from, h, w]` → `[n, to, h/2, w/2]`.
    fn forward(&self, x: Dual<4>) -> Dual<4> {
        let h = self.conv1.dual(x.clone(), LEAK); // [n, from, h, w]
        let h = self.conv2.dual(h, LEAK).linear(halve); // [n, to, h/2, w/2]
        let skip = self.skip.dual(x.linear(halve), fast::NOTHING); // [n, to, h/2, w/2]
        (h + skip).linear(|x| x * std::f32::consts::FRAC_1_SQRT_2) // [n, to, h/2, w/2]
    }
}

/// `[n, c, H, W]`, −1 to 1 → C `[n, 1]`.
#[derive(Module, Debug)]
pub struct Discriminator {
    rgb: Conv,
    blocks: Vec<DownBlock>,
    conv: Conv,
    dense: Dense,
    judge: Dense,
}

impl Discriminator {
    /// `sizes`: `[height, width]`, the largest first.
    pub fn new(picture: usize, sizes: &[[usize; 2]], width: usize, device: &Device) -> Self {
        let last = sizes.len() - 1;
        let [h, w] = sizes[last];
        let deepest = channels(width, last);
        Self {
            rgb: Conv::new([picture, width], 1, RELU_GAIN, device),
            blocks: (0..last)
                .map(|i| DownBlock::new([channels(width, i), channels(width, i + 1)], device))
                .collect(),
            conv: Conv::new([deepest + 1, deepest], 3, RELU_GAIN, device),
            dense: Dense::new([deepest * h * w, deepest], RELU_GAIN, 1.0, device),
            judge: Dense::new([deepest, 1], 1.0, 1.0, device),
        }
    }

    /// `[n, c, H, W]` → `[n, 1]`.
    pub fn forward(&self, x: Dual<4>) -> Dual<2> {
        let x = self.rgb.dual(x, LEAK); // [n, width, H, W]
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x)); // [n, deepest, h, w]
        let x = self.conv.dual(with_std(x), LEAK); // [n, deepest, h, w]
        let x = self.dense.dual(x.linear(|x| x.flatten::<2>(1, 3)), LEAK); // [n, deepest]
        self.judge.dual(x, fast::NOTHING) // [n, 1]
    }
}

#[derive(Clone)]
struct Training {
    generator: Averaged<Generator>,
    discriminator: Part<Discriminator>,
    z: usize,
    /// The running mean of the averaged mapping's w, `[style]`.
    mean: Tensor<1>,
    /// What D said in the last step.
    judged: Option<Judged<4>>,
}

/// Builds the system. Fails with a sentence where the pictures can't be halved.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let shape = facts.shape;
    let sizes = exact_sizes(RECIPE.name, &shape)?;
    let [z, style, layers, width] =
        ["z", STYLE.name, MAPPING.name, "width"].map(|name| settings.count(&RECIPE, name));
    let training = device.clone().autodiff();
    let dims = [z, style, layers];
    let generator = Generator::new(shape.channels, &sizes, width, dims, ("generator", seed), &training);
    let discriminator = Discriminator::new(shape.channels, &sizes, width, &training);
    let discriminator =
        init::initialise(discriminator, "discriminator", seed, Init::Equalised { sigma: 1.0 });
    Ok(Box::new(Training {
        generator: Averaged::new("generator", generator, 0.0, 0.99),
        discriminator: Part::new("discriminator", discriminator, 0.0, 0.99),
        z,
        mean: Tensor::zeros([style], &device.clone().inner()),
        judged: None,
    }))
}

/// What the dice say of a turn's generated pictures.
struct Dice {
    /// Latents `[n, z]` of the finer styles, and the first of these.
    mixed: Option<(Tensor<2>, usize)>,
    /// Noise for each convolution, `[n, 1, h, w]`.
    noise: Vec<Tensor<4>>,
}

/// One step's batch.
struct Turns<'a> {
    batch: &'a Batch,
    /// Pictures in a turn.
    n: usize,
    z: usize,
    dice: Vec<Dice>,
    settings: &'a Settings,
}

impl Players<Generator, Discriminator, 4> for Turns<'_> {
    fn real(&self, i: usize, noise: &mut Noise) -> Tensor<4> {
        let x = adversarial::of_turn(self.batch.x.clone(), i, self.dice.len(), 1); // [n, c, h, w]
        self.seen(x * 2.0 - 1.0, noise) // [n, c, h, w], −1 to 1
    }

    fn latents(&self, noise: &mut Noise) -> Tensor<2> {
        adversarial::latents(self.n, self.z, noise, &self.batch.x.device()) // [n, z]
    }

    fn fake(&self, g: &Generator, z: Tensor<2>, i: usize) -> Tensor<4> {
        let Dice { mixed, noise } = &self.dice[i];
        let mut w = vec![g.style_of(z, &mut Watch::nobody()); g.styles()]; // [n, style] each
        if let Some((other, first)) = mixed {
            let other = g.style_of(other.clone(), &mut Watch::nobody()); // [n, style]
            w[*first..].fill(other);
        }
        g.draw(&w, noise, &mut Watch::nobody()) // [n, c, H, W]
    }

    fn seen(&self, x: Tensor<4>, noise: &mut Noise) -> Tensor<4> {
        augment::instance_noise(x, noise, &RECIPE, self.settings, 2.0) // [n, c, h, w]
    }

    fn judge(&self, d: &Discriminator, x: Dual<4>, _: usize) -> Dual<2> {
        d.forward(x) // [n, 1]
    }
}

impl System for Training {
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turns = settings.count(&RECIPE, common::D_STEPS_NAME).max(1);
        let n = adversarial::in_turn(batch.x.dims()[0], turns, 1);
        let mixing = settings.get(&RECIPE, MIXING.name) as f32;
        let device = batch.x.device();
        let g = self.generator.playing(false);
        let styles = g.styles();
        let mut thrown = || {
            let [mixes, at] = [(); 2].map(|()| noise.uniforms(1, 0.5)[0] + 0.5);
            let first = 1 + ((at * (styles - 1) as f32) as usize).min(styles - 2);
            let mixed = (mixes < mixing).then(|| (noise.normal([n, self.z], &device), first));
            Dice { mixed, noise: g.dice(n, noise) }
        };
        let dice = (0..turns).map(|_| thrown()).collect();
        let players = Turns { batch, n, z: self.z, dice, settings };
        let every = settings.count(&RECIPE, adversarial::LAZY.name) as u64;
        let rules = Rules::of(&RECIPE, settings).comparing().lazily(step, every);
        let Self { generator, discriminator, .. } = self;
        let (losses, judged) =
            adversarial::step(generator, discriminator, &players, &rules, (&RECIPE, settings), step, noise);
        self.judged = Some(judged);
        // The mean of the w that is shown.
        let shown = self.generator.shown();
        let z = noise.normal([n, self.z], &self.mean.device()); // [n, z]
        let w = shown.style_of(z, &mut Watch::nobody()); // [n, style]
        let style = w.dims()[1];
        let now = w.mean_dim(0).reshape([style]); // [style]
        self.mean = fast::blend(self.mean.clone(), now, ema::decay(KEPT, step));
        losses
    }

    fn judged(&self) -> Option<Judged<4>> {
        let cut = |x: Tensor<4>| x.clamp(-1.0, 1.0); // [n, c, H, W]
        let judged = self.judged.clone()?;
        Some(Judged { fake: cut(judged.fake.clone()), real: cut(judged.real.clone()), ..judged }.to_unit())
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained { generator: self.generator.shown(), z: self.z, mean: self.mean.clone() })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.generator, &self.discriminator]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.generator, &mut self.discriminator]
    }

    fn weights(&self) -> Vec<(String, TensorData)> {
        let mut all: Vec<_> = self.parts().into_iter().flat_map(Learns::weights).collect();
        all.push((MEAN_W.into(), self.mean.clone().into_data()));
        all
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        let mean = tensors.get(MEAN_W).ok_or_else(|| format!("tensor {MEAN_W} is missing"))?;
        if mean.shape().to_vec() != self.mean.dims() {
            let (got, want) = (mean.shape().to_vec(), self.mean.dims());
            return Err(format!("tensor {MEAN_W} has shape {got:?} where {want:?} belongs"));
        }
        self.mean = Tensor::from_data(mean.clone(), &self.mean.device());
        self.parts_mut().into_iter().try_for_each(|part| part.restore(tensors))
    }
}

struct Trained {
    generator: Generator,
    z: usize,
    mean: Tensor<1>,
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        vec![
            Input::z(self.z),
            Input::number(TRUNCATION, [0.0, 1.5], 1.0),
            Input::noise(),
            Input::number(NOISE_STRENGTH, [0.0, 2.0], 1.0),
        ]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let (z, psi, seeds, strengths) =
            (given.latent(0)?, given.number(1)?, given.noise(2)?, given.number(3)?);
        let n = z.dims()[0];
        let device = z.device();
        let mut w = self.generator.style_of(z, watch); // [n, style]
        if psi.iter().any(|psi| *psi != 1.0) {
            let psi = Tensor::<2>::from_data(TensorData::new(psi, [n, 1]), &device); // [n, 1]
            let mean = self.mean.clone().to_device(&device).unsqueeze::<2>(); // [1, style]
            w = mean.clone() + (w - mean) * psi; // [n, style]
        }
        // Each point has its own dice, so that it is the same alone and in a sheet.
        let each: Vec<Vec<Tensor<4>>> =
            seeds.iter().map(|seed| self.generator.dice(1, &mut Noise::new(u64::from(*seed), 0))).collect();
        let strengths = Tensor::<4>::from_data(TensorData::new(strengths, [n, 1, 1, 1]), &device); // [n, 1, 1, 1]
        let layer = |i: usize| {
            let all = each.iter().map(|maps| maps[i].clone()).collect();
            Tensor::cat(all, 0) * strengths.clone() // [n, 1, h, w]
        };
        let noise: Vec<Tensor<4>> = (0..self.generator.maps().len()).map(layer).collect();
        let w = vec![w; self.generator.styles()];
        let x = self.generator.draw(&w, &noise, watch); // [n, c, H, W]
        Some(((x + 1.0) * 0.5).clamp(0.0, 1.0)) // [n, c, H, W], 0 to 1
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        Some(self.generator.mapping.first()?.matrix())
    }

    fn program(&self) -> Option<&'static str> {
        Some(concat!(include_str!("stylegan.py"), include_str!("read.py")))
    }

    fn fork(&self) -> Box<dyn Model> {
        let Self { generator, z, mean } = self;
        Box::new(Trained { generator: generator.clone(), z: *z, mean: mean.clone() })
    }
}
