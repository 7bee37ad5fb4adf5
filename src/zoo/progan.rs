//! ProGAN: Karras, Aila, Laine and Lehtinen 2018, "Progressive growing of GANs for improved quality, stability, and variation". G and D begin
//! at a few pixels and grow resolution by resolution; each new one is faded in, α from 0 to 1, beside the one before, doubled in G and
//! halved in D. Pixel norm in G, minibatch standard deviation in D, equalised learning rates, an averaged G.
//!
//! Shapes for 28×28 and width 16: z (on a sphere) → 64×7² → 64×7² → 32×14² → 16×28², and at each a 1×1 convolution to the picture; D
//! mirrors it. Stages: 7, 14, 28. The stage and α follow from the step alone ([`Growth::at`]), so a resumed run goes on exactly.
//!
//! The game is one of a menu ([`super::adversarial`]). The paper's is WGAN-GP with drift. Here the usual one is the non-saturating game with
//! R1: R1 can be paid in every fourth step, where WGAN-GP needs its penalty in every step, so that a processor makes more steps in the same minutes.
//! All layers are there from the beginning, and those that have not come do not learn.
//!
//! Must not know: files, messages.

use super::adversarial::{self, Judged, Players, Rules};
use super::augment::{self, D_BLUR, D_NOISE};
use super::averaged::Averaged;
use super::common;
use super::residual_gan::sizes;
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Loss, Model, Recipe, Role, Scale, Setting, Settings};
use crate::nn::equalised::{Conv, Dense, RELU_GAIN};
use crate::nn::minibatch_std::with_std;
use crate::nn::network::run::Value;
use crate::nn::pixel_norm::pixel_norm;
use crate::nn::resnet::{double, halve};
use crate::nn::stack::channels;
use crate::nn::{Dual, Init, Noise, Tensors, Watch, fast, init};
use crate::point::{FADE, Input, RESOLUTION};
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor, TensorData};
use std::collections::BTreeMap;

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "progan",
    title: "ProGAN",
    summary: "A GAN that grows: it learns a few pixels first, and each finer resolution is faded in when the coarser ones are learnt.",
    paper: "Karras, Aila, Laine and Lehtinen 2018, Progressive Growing of GANs for Improved Quality, Stability, and Variation",
    parts: &[common::GENERATOR, common::DISCRIMINATOR, common::AVERAGE],
    needs: &[],
    phases: &[],
    tiny: &[("batch", 8.0), ("z", 4.0), ("width", 4.0), ("stable", 2.0), ("fade", 2.0)],
    settings: &[
        adversarial::LOSS,
        common::rate_g(1e-3),
        common::rate_d(1e-3),
        common::batch(16.0),
        common::latent(64.0),
        common::width(8.0),
        common::size(28.0),
        common::HEIGHT,
        common::COLOUR,
        STABLE,
        FADES,
        common::D_STEPS,
        common::TURN,
        Setting { default: 1.0, ..common::PENALTY },
        Setting { default: 4.0, ..adversarial::LAZY },
        adversarial::R2,
        adversarial::SLOPE,
        adversarial::DRIFT,
        adversarial::CLIP,
        adversarial::SMOOTHING,
        D_BLUR,
        D_NOISE,
        Setting { default: 0.995, ..common::EMA },
    ],
    losses: &LOSSES,
    data: "digits",
};

/// Steps at each resolution.
pub const STABLE: Setting = Setting {
    name: "stable",
    title: "Steps at a resolution",
    help: "So many steps are made at each resolution before the next one is faded in; the last one is trained for as long as the run lasts.",
    default: 500.0,
    min: 1.0,
    max: 1e7,
    scale: Scale::Integer,
    live: false,
};

/// Steps of each fade.
pub const FADES: Setting = Setting {
    name: "fade",
    title: "Steps of a fade",
    help: "So many steps does it take to fade a new resolution in, α from 0 to 1; 0 = it is there at once.",
    default: 500.0,
    min: 0.0,
    max: 1e7,
    scale: Scale::Integer,
    live: false,
};

static LOSSES: [Loss; 6] = {
    let [d, g, real, fake] = common::GAME;
    let resolution = Loss {
        name: "resolution",
        title: "Resolution",
        unit: "pixels",
        help: "How wide the pictures are that G and D are at: each doubling is a new pair of layers.",
        role: Role::Figure,
        axis: "resolution",
        even: None,
    };
    let fade = Loss {
        name: "fade",
        title: "Fade α",
        unit: "part of the new layers",
        help: "How much of the picture the newest layers make: 0 = all is still of the ones before, 1 = they are in.",
        role: Role::Figure,
        axis: "fade",
        even: None,
    };
    [d, g, real, fake, resolution, fade]
};

/// Name of the tensor that says where the growth is.
pub const GROWN: &str = "grown";

/// Where the growth is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grown {
    /// Doublings of the smallest map.
    pub stage: usize,
    /// α: the part of the newest layers, 0–1.
    pub fade: f32,
}

/// When each resolution comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Steps at each resolution.
    pub stable: u64,
    /// Steps of each fade.
    pub fade: u64,
    /// Doublings of the whole network.
    pub last: usize,
}

impl Growth {
    fn of(settings: &Settings, last: usize) -> Self {
        let count = |name: &str| settings.count(&RECIPE, name) as u64;
        Self { stable: count(STABLE.name).max(1), fade: count(FADES.name), last }
    }

    /// Where the growth is in the step after `step` steps: `stable` steps at the smallest resolution, then for each further one `fade` steps
    /// of α = 0, 1/fade, … and `stable` steps of α = 1; the last goes on.
    pub fn at(&self, step: u64) -> Grown {
        let whole = |stage| Grown { stage, fade: 1.0 };
        let Some(after) = step.checked_sub(self.stable) else { return whole(0) };
        let (stages, into) = (after / (self.fade + self.stable), after % (self.fade + self.stable));
        match usize::try_from(stages).unwrap_or(usize::MAX).saturating_add(1) {
            stage if stage > self.last => whole(self.last),
            stage if into < self.fade => Grown { stage, fade: into as f32 / self.fade as f32 },
            stage => whole(stage),
        }
    }
}

/// `(1 − α) · old + α · new`, of which α = 0 and 1 are one of the two bit for bit: `[n, …]` each, α one for all or one a sample.
fn blend<const N: usize>(old: Tensor<N>, new: Tensor<N>, fade: &[f32]) -> Tensor<N> {
    if let [part] = fade {
        return old * (1.0 - part) + new * *part;
    }
    let mut dims = [1; N];
    dims[0] = fade.len();
    let part = Tensor::<N>::from_data(TensorData::new(fade.to_vec(), dims), &new.device()); // [n, 1, …]
    old * (-part.clone() + 1.0) + new * part // [n, …]
}

/// The slope of LeakyReLU below 0.
const LEAK: f32 = 0.2;

/// Two convolutions 3×3 behind a doubling, each with LeakyReLU and pixel norm.
#[derive(Module, Debug)]
struct UpBlock {
    conv1: Conv,
    conv2: Conv,
}

impl UpBlock {
    fn new([from, to]: [usize; 2], device: &Device) -> Self {
        Self {
            conv1: Conv::new([from, to], 3, RELU_GAIN, device),
            conv2: Conv::new([to, to], 3, RELU_GAIN, device),
        }
    }

    /// `[n, from, h, w]` → `[n, to, 2h, 2w]`.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = pixel_norm(self.conv1.forward(double(x), LEAK)); // [n, to, 2h, 2w]
        pixel_norm(self.conv2.forward(x, LEAK)) // [n, to, 2h, 2w]
    }
}

/// `[n, z]` → `[n, c, h, w]` of any of its stages, about −1 to 1.
#[derive(Module, Debug)]
pub struct Generator {
    first: Dense,
    conv: Conv,
    blocks: Vec<UpBlock>,
    /// The picture of each stage's map.
    rgb: Vec<Conv>,
    #[module(skip)]
    smallest: [usize; 2],
}

impl Generator {
    /// `sizes`: of its pictures, `[height, width]`, the largest first.
    pub fn new(picture: usize, sizes: &[[usize; 2]], width: usize, z: usize, device: &Device) -> Self {
        let last = sizes.len() - 1;
        let [h, w] = sizes[last];
        let of = |stage: usize| channels(width, last - stage);
        Self {
            first: Dense::new([z, of(0) * h * w], RELU_GAIN / 4.0, 1.0, device),
            conv: Conv::new([of(0), of(0)], 3, RELU_GAIN, device),
            blocks: (1..=last).map(|s| UpBlock::new([of(s - 1), of(s)], device)).collect(),
            rgb: (0..=last).map(|s| Conv::new([of(s), picture], 1, 1.0, device)).collect(),
            smallest: [h, w],
        }
    }

    /// `[n, z]` → `[n, c, h, w]` of a stage. `fade`: α, one for all or one a sample.
    pub fn forward(&self, z: Tensor<2>, stage: usize, fade: &[f32], watch: &mut Watch<'_>) -> Tensor<4> {
        let [h, w] = self.smallest;
        let n = z.dims()[0];
        let x = self.first.forward(pixel_norm(z), LEAK); // [n, deepest · h · w]
        let deepest = x.dims()[1] / (h * w);
        let x = pixel_norm(x.reshape([n, deepest, h, w])); // [n, deepest, h, w]
        watch.layer(|| "generator.first".into(), || Value::Map(x.clone()));
        let mut x = pixel_norm(self.conv.forward(x, LEAK)); // [n, deepest, h, w]
        watch.layer(|| "generator.conv".into(), || Value::Map(x.clone()));
        let mut before = None;
        for (i, block) in self.blocks.iter().enumerate().take(stage) {
            before = Some(x.clone()).filter(|_| i + 1 == stage); // [n, k, h, w]
            x = block.forward(x); // [n, k, 2h, 2w]
            watch.layer(|| format!("generator.blocks.{i}.conv2"), || Value::Map(x.clone()));
        }
        let new = self.rgb[stage].forward(x, fast::NOTHING); // [n, c, h, w]
        watch.layer(|| format!("generator.rgb.{stage}"), || Value::Map(new.clone()));
        let fading = fade.iter().any(|part| *part < 1.0);
        let Some(before) = before.filter(|_| fading || watch.taps_wanted()) else { return new };
        let old = double(self.rgb[stage - 1].forward(before, fast::NOTHING)); // [n, c, h, w]
        let blended = if fading { blend(old.clone(), new.clone(), fade) } else { new.clone() }; // [n, c, h, w]
        watch.layer(|| format!("generator{OLD}"), || Value::Map(old));
        watch.layer(|| format!("generator{NEW}"), || Value::Map(new));
        watch.layer(|| format!("generator{BLEND}"), || Value::Map(blended.clone()));
        blended // [n, c, h, w]
    }
}

/// What a fade's maps are called among the layers: the picture of the stage before, doubled, that of the new layers, and both together.
pub const OLD: &str = ".fade.old";
/// The picture of the new layers.
pub const NEW: &str = ".fade.new";
/// Both together.
pub const BLEND: &str = ".fade";

/// Two convolutions 3×3 with LeakyReLU, and the mean of each 2×2.
#[derive(Module, Debug)]
struct DownBlock {
    conv1: Conv,
    conv2: Conv,
}

impl DownBlock {
    fn new([from, to]: [usize; 2], device: &Device) -> Self {
        Self {
            conv1: Conv::new([from, from], 3, RELU_GAIN, device),
            conv2: Conv::new([from, to], 3, RELU_GAIN, device),
        }
    }

    /// `[n, from, h, w]` → `[n, to, h/2, w/2]`.
    fn forward(&self, x: Dual<4>) -> Dual<4> {
        let x = self.conv1.dual(x, LEAK); // [n, from, h, w]
        self.conv2.dual(x, LEAK).linear(halve) // [n, to, h/2, w/2]
    }
}

/// `[n, c, h, w]` of any of its stages → C `[n, 1]`.
#[derive(Module, Debug)]
pub struct Discriminator {
    /// Each stage's map of the picture.
    rgb: Vec<Conv>,
    /// From each stage but the smallest to the one below.
    blocks: Vec<DownBlock>,
    conv: Conv,
    dense: Dense,
    judge: Dense,
}

impl Discriminator {
    /// `sizes`: of its pictures, `[height, width]`, the largest first.
    pub fn new(picture: usize, sizes: &[[usize; 2]], width: usize, device: &Device) -> Self {
        let last = sizes.len() - 1;
        let [h, w] = sizes[last];
        let of = |stage: usize| channels(width, last - stage);
        Self {
            rgb: (0..=last).map(|s| Conv::new([picture, of(s)], 1, RELU_GAIN, device)).collect(),
            blocks: (1..=last).map(|s| DownBlock::new([of(s), of(s - 1)], device)).collect(),
            conv: Conv::new([of(0) + 1, of(0)], 3, RELU_GAIN, device),
            dense: Dense::new([of(0) * h * w, of(0)], RELU_GAIN, 1.0, device),
            judge: Dense::new([of(0), 1], 1.0, 1.0, device),
        }
    }

    /// Pictures `[n, c, h, w]` of where the growth is → `[n, 1]`.
    pub fn forward(&self, x: Dual<4>, Grown { stage, fade }: Grown) -> Dual<2> {
        let mut h = self.rgb[stage].dual(x.clone(), LEAK); // [n, k, h, w]
        if let Some(block) = stage.checked_sub(1).map(|i| &self.blocks[i]) {
            h = block.forward(h); // [n, k, h/2, w/2]
            if fade < 1.0 {
                let old = self.rgb[stage - 1].dual(x.linear(halve), LEAK); // [n, k, h/2, w/2]
                h = old.linear(|x| x * (1.0 - fade)) + h.linear(|x| x * fade); // [n, k, h/2, w/2]
            }
        }
        for block in self.blocks.iter().take(stage.saturating_sub(1)).rev() {
            h = block.forward(h); // [n, k, h/2, w/2]
        }
        let h = self.conv.dual(with_std(h), LEAK); // [n, deepest, h, w]
        let h = self.dense.dual(h.linear(|h| h.flatten::<2>(1, 3)), LEAK); // [n, deepest]
        self.judge.dual(h, fast::NOTHING) // [n, 1]
    }
}

/// Real pictures `[n, c, H, W]` of the last stage as they are where the growth is: halved as often, and faded as G's are, `[n, c, h, w]`.
pub fn seen_at(x: Tensor<4>, Grown { stage, fade }: Grown, last: usize) -> Tensor<4> {
    let x = (stage..last).fold(x, |x, _| halve(x)); // [n, c, h, w]
    match stage > 0 && fade < 1.0 {
        true => blend(double(halve(x.clone())), x, &[fade]), // [n, c, h, w]
        false => x,                                          // [n, c, h, w]
    }
}

#[derive(Clone)]
struct Training {
    generator: Averaged<Generator>,
    discriminator: Part<Discriminator>,
    sizes: Vec<[usize; 2]>,
    z: usize,
    /// Where the growth was in the last step.
    grown: Grown,
    /// What D said in the last step.
    judged: Option<Judged<4>>,
}

/// Checks that pictures can be halved exactly, once at least, and gives their sizes `[height, width]`, their own first. `name`: of the recipe.
pub(super) fn exact_sizes(name: &str, shape: &Shape) -> Result<Vec<[usize; 2]>, String> {
    let sizes = sizes(shape.size());
    if sizes.len() < 2 {
        let Shape { width, height, .. } = shape;
        return Err(format!(
            "{name} doubles pictures exactly, so both sides must be even and 8 or more, not {width}×{height}; choose size {}",
            width.next_multiple_of(4).max(8)
        ));
    }
    Ok(sizes)
}

/// Builds the system; all layers are there from the beginning. Fails with a sentence where the pictures can't be halved.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let shape = facts.shape;
    let sizes = exact_sizes(RECIPE.name, &shape)?;
    let (z, width) = (settings.count(&RECIPE, "z"), settings.count(&RECIPE, "width"));
    let device = device.clone().autodiff();
    let unit = Init::Equalised { sigma: 1.0 };
    let generator = Generator::new(shape.channels, &sizes, width, z, &device);
    let generator = init::initialise(generator, "generator", seed, unit);
    let discriminator = Discriminator::new(shape.channels, &sizes, width, &device);
    let discriminator = init::initialise(discriminator, "discriminator", seed, unit);
    Ok(Box::new(Training {
        generator: Averaged::new("generator", generator, 0.0, 0.99),
        discriminator: Part::new("discriminator", discriminator, 0.0, 0.99),
        grown: Growth::of(settings, sizes.len() - 1).at(0),
        sizes,
        z,
        judged: None,
    }))
}

/// One step's batch.
struct Turns<'a> {
    batch: &'a Batch,
    /// Pictures in a turn.
    n: usize,
    turns: usize,
    z: usize,
    grown: Grown,
    last: usize,
    settings: &'a Settings,
}

impl Players<Generator, Discriminator, 4> for Turns<'_> {
    fn real(&self, i: usize, noise: &mut Noise) -> Tensor<4> {
        let x = adversarial::of_turn(self.batch.x.clone(), i, self.turns, 1); // [n, c, H, W]
        self.seen(seen_at(x * 2.0 - 1.0, self.grown, self.last), noise) // [n, c, h, w], −1 to 1
    }

    fn latents(&self, noise: &mut Noise) -> Tensor<2> {
        adversarial::latents(self.n, self.z, noise, &self.batch.x.device()) // [n, z]
    }

    fn fake(&self, g: &Generator, z: Tensor<2>, _: usize) -> Tensor<4> {
        let Grown { stage, fade } = self.grown;
        g.forward(z, stage, &[fade], &mut Watch::nobody()) // [n, c, h, w]
    }

    fn seen(&self, x: Tensor<4>, noise: &mut Noise) -> Tensor<4> {
        augment::instance_noise(x, noise, &RECIPE, self.settings, 2.0) // [n, c, h, w]
    }

    fn judge(&self, d: &Discriminator, x: Dual<4>, _: usize) -> Dual<2> {
        d.forward(x, self.grown) // [n, 1]
    }
}

impl System for Training {
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let last = self.sizes.len() - 1;
        let grown = Growth::of(settings, last).at(step);
        self.grown = grown;
        let turns = settings.count(&RECIPE, common::D_STEPS_NAME).max(1);
        let n = adversarial::in_turn(batch.x.dims()[0], turns, 1);
        let players = Turns { batch, n, turns, z: self.z, grown, last, settings };
        let every = settings.count(&RECIPE, adversarial::LAZY.name) as u64;
        let rules = Rules::of(&RECIPE, settings).comparing().lazily(step, every);
        let Self { generator, discriminator, .. } = self;
        let (losses, judged) =
            adversarial::step(generator, discriminator, &players, &rules, (&RECIPE, settings), step, noise);
        self.judged = Some(judged);
        let [_, width] = self.sizes[last - grown.stage];
        let where_it_is = Tensor::from_floats([width as f32, grown.fade], &losses.device()); // [2]
        Tensor::cat(vec![losses, where_it_is], 0) // [6]
    }

    fn judged(&self) -> Option<Judged<4>> {
        let whole = |x: Tensor<4>| {
            let stages = self.sizes.iter().filter(|[h, _]| *h > x.dims()[2]).count();
            (0..stages).fold(x, |x, _| double(x)).clamp(-1.0, 1.0) // [n, c, H, W]
        };
        let judged = self.judged.clone()?;
        Some(
            Judged { real: whole(judged.real.clone()), fake: whole(judged.fake.clone()), ..judged }.to_unit(),
        )
    }

    fn model(&self) -> Box<dyn Model> {
        let Self { sizes, z, grown, .. } = self;
        Box::new(Trained { generator: self.generator.shown(), sizes: sizes.clone(), z: *z, grown: *grown })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.generator, &self.discriminator]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.generator, &mut self.discriminator]
    }

    fn weights(&self) -> Vec<(String, TensorData)> {
        let mut all: Vec<_> = self.parts().into_iter().flat_map(Learns::weights).collect();
        let Grown { stage, fade } = self.grown;
        all.push((GROWN.into(), TensorData::new(vec![stage as f32, fade], [2])));
        all
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        let grown: Vec<f32> = tensors.get(GROWN).map(|t| t.iter::<f32>().collect()).unwrap_or_default();
        self.grown = match grown[..] {
            [stage, fade]
                if (0.0..self.sizes.len() as f32).contains(&stage) && (0.0..=1.0).contains(&fade) =>
            {
                Grown { stage: stage as usize, fade }
            }
            _ => {
                return Err(format!(
                    "the tensor {GROWN} says no stage of this network, and how far it is faded in"
                ));
            }
        };
        self.parts_mut().into_iter().try_for_each(|part| part.restore(tensors))
    }
}

struct Trained {
    generator: Generator,
    /// Of its pictures, `[height, width]`, the largest first.
    sizes: Vec<[usize; 2]>,
    z: usize,
    grown: Grown,
}

impl Trained {
    /// Width of a stage's pictures.
    fn side(&self, stage: usize) -> f32 {
        self.sizes[self.sizes.len() - 1 - stage][1] as f32
    }

    /// The stage whose pictures are nearest to so many pixels, in doublings.
    fn nearest(&self, pixels: f32) -> usize {
        let apart = |stage: &usize| (self.side(*stage) / pixels.max(1.0)).log2().abs();
        (0..self.sizes.len()).min_by(|a, b| apart(a).total_cmp(&apart(b))).unwrap_or(0)
    }
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let (smallest, largest) = (self.side(0), self.side(self.sizes.len() - 1));
        vec![
            Input::z(self.z),
            Input::number(RESOLUTION, [smallest, largest], self.side(self.grown.stage)),
            Input::number(FADE, [0.0, 1.0], self.grown.fade),
        ]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let (z, pixels, fade) = (given.latent(0)?, given.number(1)?, given.number(2)?);
        let mut stages: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        pixels.iter().enumerate().for_each(|(i, p)| stages.entry(self.nearest(*p)).or_default().push(i));
        let one = |stage: usize, z: Tensor<2>, fade: &[f32], watch: &mut Watch<'_>| {
            let fade = if fade.windows(2).all(|w| w[0] == w[1]) { fade.get(..1)? } else { fade };
            let x = self.generator.forward(z, stage, fade, watch); // [n, c, h, w]
            let x = (stage + 1..self.sizes.len()).fold(x, |x, _| double(x)); // [n, c, H, W]
            Some(((x + 1.0) * 0.5).clamp(0.0, 1.0)) // [n, c, H, W], 0 to 1
        };
        if let [(stage, _)] = stages.iter().collect::<Vec<_>>()[..] {
            return one(*stage, z, &fade, watch); // [n, c, H, W]
        }
        // Points of several stages are drawn stage by stage, and put back into their order.
        let places = |all: Vec<usize>| {
            let all: Vec<i64> = all.into_iter().map(|i| i as i64).collect();
            let n = all.len();
            Tensor::<1, Int>::from_data(TensorData::new(all, [n]), &z.device()) // [n]
        };
        let mut drawn = Vec::new();
        for (stage, rows) in &stages {
            if !watch.wanted() {
                return None;
            }
            let own: Vec<f32> = rows.iter().map(|i| fade[*i]).collect();
            drawn.push(one(*stage, z.clone().select(0, places(rows.clone())), &own, watch)?); // [k, c, H, W]
        }
        let order: Vec<usize> = stages.into_values().flatten().collect();
        let mut back = vec![0; order.len()];
        order.into_iter().enumerate().for_each(|(at, i)| back[i] = at);
        Some(Tensor::cat(drawn, 0).select(0, places(back))) // [n, c, H, W]
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        Some(self.generator.first.matrix())
    }

    fn program(&self) -> Option<&'static str> {
        Some(concat!(include_str!("progan.py"), include_str!("read.py")))
    }

    fn fork(&self) -> Box<dyn Model> {
        let Self { generator, sizes, z, grown } = self;
        Box::new(Trained { generator: generator.clone(), sizes: sizes.clone(), z: *z, grown: *grown })
    }
}
