//! What SNGAN, SAGAN and BigGAN share: residual generators and discriminators with a class, in which each idea is a switch:
//! conditional batch norm or the class beside z; a projection (Miyato and Koyama 2018, "cGANs with projection discriminator") or an
//! auxiliary classifier (Odena et al. 2017) in D; spectral normalisation of either; self-attention at one map; a class embedding
//! that all blocks share, z in chunks to every block, and orthogonal regularisation off the diagonal (Brock et al. 2019).
//!
//! Shapes for 28×28 and width 16: z and class → 32×7² → 32×14² → 16×28² → 1×28×28, tanh; D: 1×28² → 16×14² → 32×7² → 32×7² → summed
//! over places, 32 → C(x) = w·h + e(y)·h.
//!
//! Must not know: which recipe declares it, files, messages.

use super::adversarial::{self, Judged, Players, Rules};
use super::augment::{self, D_BLUR, D_NOISE};
use super::averaged::Averaged;
use super::common;
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Model, Recipe, Scale, Setting, Settings};
use crate::nn::attention::SelfAttention;
use crate::nn::conditional::ConditionalNorm;
use crate::nn::network::run::Value;
use crate::nn::residual::same;
use crate::nn::resnet::{DownBlock, UpBlock};
use crate::nn::spectral::{Conv, Dense};
use crate::nn::stack::channels;
use crate::nn::{Dual, Init, Noise, Watch, dual, fast, init};
use crate::objective;
use crate::point::{Chunk, Input};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

const fn choice(
    name: &'static str,
    title: &'static str,
    help: &'static str,
    default: f64,
    all: &'static [(f64, &'static str)],
) -> Setting {
    let max = all[all.len() - 1].0;
    Setting { name, title, help, default, min: 0.0, max, scale: Scale::Choice(all), live: false }
}

const NO_YES: &[(f64, &str)] = &[(0.0, "no"), (1.0, "yes")];

/// How G is told the class.
pub const G_CLASS: Setting = choice(
    "g_class",
    "Class in G",
    "How the generator is told the class: by a gain and a shift of its own in every norm, as one-hot numbers beside z, or not at all.",
    1.0,
    &[(0.0, "not told"), (1.0, "conditional batch norm"), (2.0, "beside z")],
);

/// How D is told the class.
pub const D_CLASS: Setting = choice(
    "d_class",
    "Class in D",
    "How the discriminator uses the class: a projection asks how well picture and class go together; an auxiliary classifier must name it, and G is paid for being named rightly.",
    1.0,
    &[(0.0, "not told"), (1.0, "projection"), (2.0, "auxiliary classifier")],
);

/// Whether D's weights are divided by their σ.
pub const fn spectral_d(default: f64) -> Setting {
    choice(
        "spectral_d",
        "Spectral norm in D",
        "Whether each of D's weights is divided by its largest singular value, so that D is never steeper than 1.",
        default,
        NO_YES,
    )
}

/// Whether G's weights are.
pub const fn spectral_g(default: f64) -> Setting {
    choice("spectral_g", "Spectral norm in G", "The same of G's weights, as SAGAN has it.", default, NO_YES)
}

/// Where the networks attend.
pub const fn attention(default: f64) -> Setting {
    Setting {
        name: "attention",
        title: "Attention after halvings",
        help: "Both networks attend where the picture is halved so often, at 1 half as wide as it is: each place looks at all others. Every halving less costs sixteen times the work. 0 = nowhere.",
        default,
        min: 0.0,
        max: 5.0,
        scale: Scale::Integer,
        live: false,
    }
}

/// Numbers of the class embedding that all blocks share.
pub const fn shared(default: f64) -> Setting {
    Setting {
        name: "shared",
        title: "Shared class embedding",
        help: "So many numbers stand for the class in all of G's blocks; 0 = each block has gains and shifts for every class.",
        default,
        min: 0.0,
        max: 512.0,
        scale: Scale::Integer,
        live: false,
    }
}

/// Whether z goes to every block.
pub const fn skip_z(default: f64) -> Setting {
    choice(
        "skip_z",
        "z to every block",
        "Whether z is cut into chunks, one for the first layer and one for each block's norms.",
        default,
        NO_YES,
    )
}

/// β of orthogonal regularisation.
pub const fn orthogonal(default: f64) -> Setting {
    Setting {
        name: "orthogonal",
        title: "Orthogonal β",
        help: "What G pays for filters of one layer that point the same way, ‖WWᵀ ⊙ (1 − I)‖² (Brock et al. 2019): it lets truncation work. The paper has 1e-4; 0 = nothing.",
        default,
        min: 0.0,
        max: 0.1,
        scale: Scale::Linear,
        live: true,
    }
}

/// The settings of one of these recipes: rates of G and D, z, and the switches.
pub const fn settings(
    [rate_g, rate_d, z]: [f64; 3],
    [sn_d, sn_g, side]: [f64; 3],
    [embedding, chunks, beta]: [f64; 3],
) -> [Setting; 28] {
    [
        Setting { default: 6.0, ..adversarial::LOSS },
        common::rate_g(rate_g),
        common::rate_d(rate_d),
        common::batch(64.0),
        common::latent(z),
        common::width(16.0),
        common::size(28.0),
        common::HEIGHT,
        common::COLOUR,
        G_CLASS,
        D_CLASS,
        spectral_d(sn_d),
        spectral_g(sn_g),
        attention(side),
        shared(embedding),
        skip_z(chunks),
        orthogonal(beta),
        common::D_STEPS,
        common::TURN,
        common::PENALTY,
        adversarial::R2,
        adversarial::SLOPE,
        adversarial::CLIP,
        adversarial::SMOOTHING,
        D_BLUR,
        D_NOISE,
        Setting { default: 0.999, ..common::EMA },
        BETA_1,
    ]
}

/// β₁ of both Adams.
const BETA_1: Setting = Setting {
    name: "beta_1",
    title: "Adam's β₁",
    help: "How long Adam remembers where it was going: 0 is what SNGAN, SAGAN and BigGAN have, 0.5 what DCGAN has.",
    default: 0.0,
    min: 0.0,
    max: 0.9,
    scale: Scale::Linear,
    live: false,
};

/// The sizes `[height, width]` of a picture on its way down, its own first: halved while both sides are even and the shorter one is 8
/// or more. 28 → 14 → 7; 32 → 16 → 8 → 4; 64 → 32 → 16 → 8 → 4.
pub fn sizes(size: [usize; 2]) -> Vec<[usize; 2]> {
    let half = |&[h, w]: &[usize; 2]| {
        (h.is_multiple_of(2) && w.is_multiple_of(2) && h.min(w) >= 8).then_some([h / 2, w / 2])
    };
    std::iter::successors(Some(size), half).collect()
}

/// What the networks are made for.
#[derive(Clone, Debug)]
struct Plan {
    shape: Shape,
    sizes: Vec<[usize; 2]>,
    width: usize,
    z: usize,
    classes: usize,
    /// Of [`G_CLASS`] and [`D_CLASS`].
    told: [usize; 2],
    spectral: [bool; 2],
    /// Halvings after which the map is that which attends.
    attends: Option<usize>,
    shared: usize,
    skip_z: bool,
}

impl Plan {
    fn new(recipe: &'static Recipe, facts: &Facts, settings: &Settings) -> Result<Self, String> {
        let count = |setting: &str| settings.count(recipe, setting);
        let (shape, told) = (facts.shape, [count(G_CLASS.name), count(D_CLASS.name)]);
        let sizes = sizes(shape.size());
        let Shape { width, height, .. } = shape;
        if sizes.len() < 2 {
            return Err(format!(
                "{} halves pictures exactly, so both sides must be even and 8 or more, not {width}×{height}; choose size {}",
                recipe.name,
                width.next_multiple_of(4).max(8)
            ));
        }
        if told != [0, 0] && shape.classes < 2 {
            return Err(format!(
                "{} is told classes, and the data has none: choose data with classes, such as digits or faces?classes=Smiling+Eyeglasses, or set g_class and d_class to 0",
                recipe.name
            ));
        }
        let attends = count("attention");
        let even = |s: &[usize; 2]| s[0].is_multiple_of(2) && s[1].is_multiple_of(2);
        if attends > 0 && sizes.get(attends).is_none_or(|s| !even(s)) {
            let most = (1..sizes.len()).rev().find(|i| even(&sizes[*i])).unwrap_or(0);
            return Err(format!(
                "{} has no even map after {attends} halvings of {width}×{height}: attention goes from 0 (nowhere) to {most}",
                recipe.name
            ));
        }
        Ok(Self {
            shape,
            sizes,
            width: count("width"),
            z: count("z"),
            classes: if told == [0, 0] { 0 } else { shape.classes },
            told,
            spectral: [count("spectral_g") > 0, count("spectral_d") > 0],
            attends: (attends > 0).then_some(attends),
            shared: count("shared"),
            skip_z: count("skip_z") > 0,
        })
    }

    /// Doublings.
    fn blocks(&self) -> usize {
        self.sizes.len() - 1
    }

    /// The same with who hears each.
    fn heard(&self) -> Vec<Chunk> {
        let sizes = self.sizes.iter().rev().skip(1);
        let blocks = sizes.enumerate().map(|(i, [h, w])| format!("block {}, {w}×{h}", i + 1));
        let names = std::iter::once("first layer".to_owned()).chain(blocks);
        self.chunks().into_iter().zip(names).map(|(dims, heard_by)| Chunk { heard_by, dims }).collect()
    }

    /// Dimensions of each chunk of z: the first layer's, and where z goes to every block one for each.
    fn chunks(&self) -> Vec<usize> {
        match self.skip_z {
            false => vec![self.z],
            true => {
                let all = self.blocks() + 1;
                let each = (self.z / all).max(1);
                let first = self.z.saturating_sub(each * (all - 1)).max(1);
                std::iter::once(first).chain(std::iter::repeat_n(each, all - 1)).collect()
            }
        }
    }
}

/// `[n, z]` and class weights `[n, classes]` → `[n, c, H, W]`, −1 to 1.
#[derive(Module, Debug)]
pub struct Generator {
    embed: Option<Dense>,
    project: Dense,
    blocks: Vec<UpBlock>,
    attention: Option<SelfAttention>,
    norm: ConditionalNorm,
    conv: Conv,
    #[module(skip)]
    plan: GeneratorPlan,
}

/// What a generator's forward pass goes by.
#[derive(Clone, Debug)]
struct GeneratorPlan {
    chunks: Vec<usize>,
    smallest: [usize; 2],
    /// Blocks before the attention.
    attends: Option<usize>,
    beside: bool,
    norms: bool,
}

impl Generator {
    fn new(plan: &Plan, device: &Device) -> Self {
        let spectral = plan.spectral[0];
        let (count, chunks) = (plan.blocks(), plan.chunks());
        let (norms, beside) = (plan.told[0] == 1, plan.told[0] == 2);
        let embedded = match plan.shared {
            0 => plan.classes,
            n => n,
        };
        let embed = (norms && plan.shared > 0)
            .then(|| Dense::new([plan.classes, plan.shared], false, spectral, device));
        let [h, w] = plan.sizes[count];
        let deepest = channels(plan.width, count - 1);
        let inputs = chunks[0] + if beside { plan.classes } else { 0 };
        let condition = |i: usize| if norms { embedded } else { 0 } + chunks.get(i + 1).copied().unwrap_or(0);
        let block = |i: usize| {
            let (from, to) =
                (channels(plan.width, (count - i).min(count - 1)), channels(plan.width, count - 1 - i));
            UpBlock::new([from, to], condition(i), spectral, device)
        };
        let attends = plan.attends.map(|halvings| count - halvings);
        let attended = |blocks: usize| channels(plan.width, (count - blocks).min(count - 1));
        Self {
            embed,
            project: Dense::new([inputs, deepest * h * w], true, spectral, device),
            blocks: (0..count).map(block).collect(),
            attention: attends.map(|blocks| SelfAttention::new(attended(blocks), spectral, device)),
            norm: ConditionalNorm::new(plan.width, 0, device),
            conv: Conv::new(same(plan.width, plan.shape.channels, 3, device), spectral, device),
            plan: GeneratorPlan { chunks, smallest: [h, w], attends, beside, norms },
        }
    }

    fn forward(&self, z: Tensor<2>, class: Option<Tensor<2>>, watch: &mut Watch<'_>) -> Tensor<4> {
        let GeneratorPlan { chunks, smallest: [h, w], attends, beside, norms } = &self.plan;
        let n = z.dims()[0];
        let mut chunk = z.split_with_sizes(chunks.clone(), 1).into_iter(); // [n, chunk] each
        let first = chunk.next().into_iter(); // [n, chunk]
        let beside = class.clone().filter(|_| *beside); // [n, classes]
        let first = Tensor::cat(first.chain(beside).collect(), 1); // [n, chunk], or [n, chunk + classes]
        let class = class.filter(|_| *norms); // [n, classes]
        let told = match (&self.embed, class) {
            (Some(embed), Some(class)) => Some(embed.forward(class)), // [n, shared]
            (_, class) => class,                                      // [n, classes]
        };
        let x = self.project.forward(first); // [n, deepest · h · w]
        let deepest = x.dims()[1] / (h * w);
        let mut x = x.reshape([n, deepest, *h, *w]); // [n, deepest, h, w]
        watch.layer(|| "generator.project".into(), || Value::Map(x.clone()));
        for (i, block) in self.blocks.iter().enumerate() {
            if let Some(attention) = self.attention.as_ref().filter(|_| *attends == Some(i)) {
                x = attention.forward(x, "generator.attention", watch); // [n, k, h, w]
                watch.layer(|| "generator.attention.out".into(), || Value::Map(x.clone()));
            }
            let own: Vec<Tensor<2>> = told.clone().into_iter().chain(chunk.next()).collect();
            let condition = (!own.is_empty()).then(|| Tensor::cat(own, 1)); // [n, condition]
            x = block.forward(x, condition.as_ref()); // [n, k, 2h, 2w]
            watch.layer(|| format!("generator.blocks.{i}.conv2"), || Value::Map(x.clone()));
        }
        let x = self.norm.forward(x, None); // [n, width, H, W]
        let x = self.conv.forward(x, fast::NOTHING); // [n, c, H, W]
        watch.layer(|| "generator.conv".into(), || Value::Map(x.clone()));
        fast::tanh(x) // [n, c, H, W]
    }

    /// ‖WWᵀ ⊙ (1 − I)‖² of all its weights, added up: `[1]`.
    fn crooked(&self) -> Tensor<1> {
        let of = |matrix: Tensor<2>| {
            let products = matrix.clone().matmul(matrix.transpose()); // [to, to]
            let to = products.dims()[0];
            let off = -Tensor::<2>::eye(to, &products.device()) + 1.0; // [to, to]
            (products * off).square().sum() // [1]
        };
        let convs = self.blocks.iter().flat_map(UpBlock::convs).chain([&self.conv]);
        let all: Vec<Tensor<1>> = convs.map(|c| of(c.matrix())).collect(); // [1] each
        Tensor::cat(all, 0).sum() // [1]
    }
}

/// `[n, c, H, W]`, −1 to 1, and class weights `[n, classes]` → C `[n, 1]`, and class logits `[n, classes]` where it names classes.
#[derive(Module, Debug)]
pub struct Discriminator {
    blocks: Vec<DownBlock>,
    attention: Option<SelfAttention>,
    judge: Dense,
    embed: Option<Dense>,
    classify: Option<Dense>,
    #[module(skip)]
    attends: Option<usize>,
}

impl Discriminator {
    fn new(plan: &Plan, device: &Device) -> Self {
        let (spectral, count) = (plan.spectral[1], plan.blocks());
        let to = |i: usize| channels(plan.width, i.min(count - 1));
        let block = |i: usize| {
            let from = if i == 0 { plan.shape.channels } else { to(i - 1) };
            DownBlock::new([from, to(i)], (i == 0, i < count), spectral, device)
        };
        let deepest = to(count);
        let attends = plan.attends;
        Self {
            blocks: (0..=count).map(block).collect(),
            attention: attends.map(|i| SelfAttention::new(to(i - 1), spectral, device)),
            judge: Dense::new([deepest, 1], true, spectral, device),
            embed: (plan.told[1] == 1).then(|| Dense::new([plan.classes, deepest], false, spectral, device)),
            classify: (plan.told[1] == 2)
                .then(|| Dense::new([deepest, plan.classes], true, spectral, device)),
            attends,
        }
    }

    /// Features: `[n, c, H, W]` → `[n, deepest]`, summed over places.
    fn features(&self, x: Dual<4>) -> Dual<2> {
        let mut x = x; // [n, c, H, W]
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.forward(x); // [n, k, h, w]
            if let Some(attention) = self.attention.as_ref().filter(|_| self.attends == Some(i + 1)) {
                x = attention.dual(x); // [n, k, h, w]
            }
        }
        let x = dual::activate(x, fast::RELU); // [n, deepest, h, w]
        x.linear(|x| x.flatten::<3>(2, 3).sum_dim(2).flatten::<2>(1, 2)) // [n, deepest]
    }

    /// C: `[n, c, H, W]` and `[n, classes]` → `[n, 1]`.
    fn forward(&self, x: Dual<4>, class: Option<Tensor<2>>) -> Dual<2> {
        let h = self.features(x); // [n, deepest]
        let own = self.judge.dual(h.clone()); // [n, 1]
        match (&self.embed, class) {
            (Some(embed), Some(class)) => {
                let of_class = embed.forward(class); // [n, deepest]
                own + h.linear(|h| (h * of_class.clone()).sum_dim(1)) // [n, 1]
            }
            _ => own, // [n, 1]
        }
    }

    /// −ln p(class) of pictures `[n, c, H, W]` by the auxiliary classifier, `[1]`; `None` where there is none.
    fn named(&self, x: Tensor<4>, class: Tensor<2>) -> Option<Tensor<1>> {
        let classify = self.classify.as_ref()?;
        let logits = classify.forward(self.features(x.into()).value); // [n, classes]
        let classes = class.argmax(1).flatten::<1>(0, 1); // [n]
        Some(objective::cross_entropy(logits, classes)) // [1]
    }
}

#[derive(Clone)]
struct Training {
    recipe: &'static Recipe,
    generator: Averaged<Generator>,
    discriminator: Part<Discriminator>,
    /// Which dimensions of z each block hears.
    chunks: Vec<Chunk>,
    /// Names of the classes that are told; none where nobody is.
    classes: Vec<String>,
    /// What D said in the last step.
    judged: Option<Judged<4>>,
}

/// Builds the system with Glorot's initialisation. Fails with a sentence where the data or the settings do not suit.
pub fn build(
    recipe: &'static Recipe,
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    let plan = Plan::new(recipe, facts, settings)?;
    let device = device.clone().autodiff();
    let generator = init::initialise(Generator::new(&plan, &device), "generator", seed, Init::Glorot);
    let discriminator =
        init::initialise(Discriminator::new(&plan, &device), "discriminator", seed, Init::Glorot);
    let beta = settings.get(recipe, BETA_1.name) as f32;
    let mut classes = facts.class_names();
    classes.truncate(plan.classes);
    Ok(Box::new(Training {
        recipe,
        generator: Averaged::new("generator", generator, beta, 0.999),
        discriminator: Part::new("discriminator", discriminator, beta, 0.999),
        chunks: plan.heard(),
        classes,
        judged: None,
    }))
}

/// One step's batch.
struct Turns<'a> {
    recipe: &'static Recipe,
    batch: &'a Batch,
    /// The batch's classes, one-hot `[all, classes]`.
    class: Option<Tensor<2>>,
    /// Pictures in a turn.
    n: usize,
    turns: usize,
    z: usize,
    settings: &'a Settings,
}

impl Turns<'_> {
    /// The classes `[n, classes]` of the `i`-th turn's pictures; what is generated in that turn is of the same.
    fn class(&self, i: usize) -> Option<Tensor<2>> {
        self.class.clone().map(|c| adversarial::of_turn(c, i, self.turns, 1)) // [n, classes]
    }
}

impl Players<Generator, Discriminator, 4> for Turns<'_> {
    fn real(&self, i: usize, noise: &mut Noise) -> Tensor<4> {
        let x = adversarial::of_turn(self.batch.x.clone(), i, self.turns, 1); // [n, c, h, w]
        self.seen(x * 2.0 - 1.0, noise) // [n, c, h, w], −1 to 1
    }

    fn latents(&self, noise: &mut Noise) -> Tensor<2> {
        adversarial::latents(self.n, self.z, noise, &self.batch.x.device()) // [n, z]
    }

    fn fake(&self, g: &Generator, z: Tensor<2>, i: usize) -> Tensor<4> {
        g.forward(z, self.class(i), &mut Watch::nobody()) // [n, c, h, w], −1 to 1
    }

    fn seen(&self, x: Tensor<4>, noise: &mut Noise) -> Tensor<4> {
        augment::instance_noise(x, noise, self.recipe, self.settings, 2.0) // [n, c, h, w]
    }

    fn judge(&self, d: &Discriminator, x: Dual<4>, i: usize) -> Dual<2> {
        d.forward(x, self.class(i)) // [n, 1]
    }

    fn named(&self, d: &Discriminator, x: Tensor<4>, i: usize) -> Option<Tensor<1>> {
        d.named(x, self.class(i)?) // [1]
    }

    fn crooked(&self, g: &Generator) -> Option<Tensor<1>> {
        let beta = self.settings.get(self.recipe, "orthogonal") as f32;
        (beta > 0.0).then(|| g.crooked() * beta) // [1]
    }
}

impl System for Training {
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let recipe = self.recipe;
        let turns = settings.count(recipe, common::D_STEPS_NAME).max(1);
        let ids = batch.classes.clone().filter(|_| !self.classes.is_empty());
        let class = ids.map(|ids| ids.one_hot::<2>(self.classes.len()).float()); // [all, classes]
        let n = adversarial::in_turn(batch.x.dims()[0], turns, 1);
        let z = self.chunks.iter().map(|c| c.dims).sum();
        let players = Turns { recipe, batch, class, n, turns, z, settings };
        let rules = Rules::of(recipe, settings);
        let Self { generator, discriminator, .. } = self;
        let (losses, judged) =
            adversarial::step(generator, discriminator, &players, &rules, (recipe, settings), step, noise);
        self.judged = Some(judged);
        losses
    }

    fn judged(&self) -> Option<Judged<4>> {
        self.judged.clone().map(Judged::to_unit)
    }

    fn model(&self) -> Box<dyn Model> {
        let generator = self.generator.shown();
        // Where only D is told, G has no class to be asked for.
        let heard = generator.plan.norms || generator.plan.beside;
        let classes = if heard { self.classes.clone() } else { Vec::new() };
        Box::new(Trained { generator, chunks: self.chunks.clone(), classes })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.generator, &self.discriminator]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.generator, &mut self.discriminator]
    }
}

struct Trained {
    generator: Generator,
    chunks: Vec<Chunk>,
    classes: Vec<String>,
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let class = (!self.classes.is_empty()).then(|| Input::class(self.classes.clone()));
        let z = match self.chunks.as_slice() {
            [whole] => Input::z(whole.dims),
            chunks => Input::z_in_chunks(chunks.to_vec()),
        };
        std::iter::once(z).chain(class).collect()
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let x = self.generator.forward(given.latent(0)?, given.class(1), watch); // [n, c, h, w], −1 to 1
        Some((x + 1.0) * 0.5) // [n, c, h, w], 0 to 1
    }

    fn program(&self) -> Option<&'static str> {
        Some(concat!(include_str!("residual_gan.py"), include_str!("read.py")))
    }

    fn fork(&self) -> Box<dyn Model> {
        let Self { generator, chunks, classes } = self;
        Box::new(Trained { generator: generator.clone(), chunks: chunks.clone(), classes: classes.clone() })
    }
}
