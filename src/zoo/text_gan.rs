//! Pictures from captions: GAN-INT-CLS (Reed, Akata, Yan, Logeswaran, Schiele and Lee 2016, "Generative adversarial text to image
//! synthesis") with the conditioning augmentation of StackGAN (Zhang et al. 2017, "StackGAN: text to photo-realistic image
//! synthesis with stacked generative adversarial networks").
//!
//! φ(t) is the text's vector. D sees three kinds of pairs, real pictures with their captions (to be called real), real pictures
//! with captions of others, and generated ones (neither real): it pays the game of the first against the other two, at
//! 1 − w and w. G draws from z and c, which is drawn from N(μ(φ), σ²(φ)), and pays its half of the game, λ·KL(N(μ, σ²) ‖ N(0, 1)),
//! and the same game for captions that nobody wrote, φ = (1 − β)·φ₁ + β·φ₂. The encoder of texts learns with D, which is what
//! is told whether caption and picture belong together; G takes φ as it is. The paper begins with an encoder that was trained
//! before, and says that one trained with the rest does as well.
//!
//! Shapes for 32×32 and width 32: φ 128; z 64 and c 32 side by side → 128×4² → 64×8² → 32×16² → 3×32²; D: 3×32² → 32×16² →
//! 64×8² → 128×4², beside it φ as 64 maps alike everywhere → 128×4² → one logit. What is shown is an averaged copy of G and of
//! the encoder, with c = μ, so that z alone is chance.
//!
//! Must not know: files, messages.

use super::adversarial::{self, Judged, Rules};
use super::augment::{self, D_BLUR, D_NOISE};
use super::averaged::Averaged;
use super::captions;
use super::fc_vae::reparameterize;
use super::system::{Batch, Facts, System};
use super::train::{Learns, Part};
use super::{
    Does, Given, Loss, Model, Need, PartInfo, Posterior, Recipe, Role, Scale, Setting, Settings, common,
};
use crate::data::{Vocabulary, vocabulary};
use crate::nn::network::run::Value;
use crate::nn::stack::{Activation, Down, Up, channels, halvings};
use crate::nn::text::TextEncoder;
use crate::nn::{Dual, Init, Noise, Tensors, Watch, dual, ema, fast, init, named};
use crate::objective;
use crate::point::{self, Input, Kind};
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Linear, LinearConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// What the names of the averaged encoder's tensors begin with.
const SHOWN: &str = "text_ema";

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "text-gan",
    title: "Text-to-image GAN",
    summary: "Draws what a caption says, in words that it learned from captions of the data.",
    paper: "Reed, Akata, Yan, Logeswaran, Schiele and Lee 2016, Generative Adversarial Text to Image Synthesis",
    parts: &[
        common::GENERATOR,
        common::DISCRIMINATOR,
        common::AVERAGE,
        // It learns with D, in whose verdict it has a part.
        PartInfo { name: "text", title: "text encoder", does: Does::Judges, turn: None },
        PartInfo { name: SHOWN, title: "averaged text encoder", does: Does::Average, turn: None },
    ],
    needs: &[Need::Captions],
    phases: &[],
    tiny: &[
        ("batch", 8.0),
        ("z", 4.0),
        ("width", 4.0),
        ("text", 8.0),
        ("word", 8.0),
        ("condition", 4.0),
        ("size", 32.0),
    ],
    settings: &[
        adversarial::LOSS,
        common::rate_g(2e-4),
        common::rate_d(2e-4),
        common::batch(64.0),
        common::latent(64.0),
        Setting {
            name: "wrong",
            title: "Wrong captions",
            help: "Which part of what D must see through are real pictures with captions of others; the rest are generated ones. The paper has ½; at 0 D never learns to read, and captions mean nothing.",
            default: 0.5,
            min: 0.0,
            max: 0.95,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: "between",
            title: "Captions between two β",
            help: "G also learns to draw for captions that nobody wrote, so far on the way from one to another (GAN-INT); the paper has ½; 0 = not, which is quicker.",
            default: 0.5,
            min: 0.0,
            max: 1.0,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: "kl",
            title: "Weight of KL",
            help: "What G pays for hearing captions exactly (conditioning augmentation): more makes captions alike look alike, and what they don't say vary more. StackGAN has 2 for a mean over dimensions; this is for their sum.",
            default: 0.02,
            min: 0.0,
            max: 10.0,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: "text",
            title: "Text dimensions",
            help: "Units of the recurrent network that reads captions, and numbers that it makes of one.",
            default: 128.0,
            min: 4.0,
            max: 1024.0,
            scale: Scale::Integer,
            live: false,
        },
        Setting {
            name: "word",
            title: "Word dimensions",
            help: "Numbers that each word is.",
            default: 64.0,
            min: 2.0,
            max: 512.0,
            scale: Scale::Integer,
            live: false,
        },
        Setting {
            name: "condition",
            title: "Condition dimensions",
            help: "Numbers that G hears of a caption, beside z. StackGAN has 128.",
            default: 32.0,
            min: 2.0,
            max: 512.0,
            scale: Scale::Integer,
            live: false,
        },
        common::width(32.0),
        common::size(32.0),
        common::HEIGHT,
        common::COLOUR,
        common::TURN,
        common::PENALTY,
        adversarial::R2,
        adversarial::SLOPE,
        adversarial::CLIP,
        adversarial::SMOOTHING,
        super::dcgan::D_NORM,
        D_BLUR,
        D_NOISE,
        common::EMA,
    ],
    losses: &[
        common::GAME[0],
        common::GAME[1],
        Loss {
            name: "kl",
            title: "KL",
            unit: "nats per caption",
            help: "KL(N(μ, σ²) ‖ N(0, 1)): how exactly G hears what captions say.",
            role: Role::Kl,
            axis: "kl",
            even: None,
        },
        common::GAME[2],
        common::GAME[3],
        Loss {
            name: "d_wrong",
            title: "D(wrong caption)",
            help: "How real the discriminator finds real pictures with captions of others, on average.",
            ..common::GAME[3]
        },
    ],
    data: "faces-captions",
};

/// `[n, z]` and texts `[n, text]` → `[n, c, h, w]`, −1 to 1.
#[derive(Module, Debug)]
struct Generator {
    /// To mean and ln σ² of what is heard, side by side.
    condition: Linear,
    project: Linear,
    bn: BatchNorm,
    up: Up,
}

/// Sizes of the networks.
#[derive(Clone, Copy)]
struct Plan {
    /// Channels of the pictures.
    picture: usize,
    /// Their height and width.
    size: [usize; 2],
    width: usize,
    z: usize,
    text: usize,
    condition: usize,
}

impl Plan {
    /// Channels, height and width of the smallest maps.
    fn deepest(&self) -> [usize; 3] {
        let (count, [h, w]) = halvings(self.size);
        [channels(self.width, count - 1), h, w]
    }
}

impl Generator {
    fn new(plan: Plan, device: &Device) -> Self {
        let [deepest, h, w] = plan.deepest();
        Self {
            condition: LinearConfig::new(plan.text, 2 * plan.condition).init(device),
            // Batch norm has a shift of its own.
            project: LinearConfig::new(plan.z + plan.condition, deepest * h * w)
                .with_bias(false)
                .init(device),
            bn: BatchNormConfig::new(deepest).init(device),
            up: Up::new(plan.picture, plan.size, plan.width, false, device),
        }
    }

    /// Texts `[n, text]` → mean and ln σ² of what is heard, `[n, condition]` each.
    fn heard(&self, text: Tensor<2>) -> Posterior {
        let both = self.condition.forward(text); // [n, 2 · condition]
        let size = both.dims()[1] / 2;
        (both.clone().slice_dim(1, 0..size), both.slice_dim(1, size..2 * size)) // [n, condition] each
    }

    /// `[n, z]` and `[n, condition]` → `[n, c, h, w]`, −1 to 1.
    fn forward(&self, z: Tensor<2>, heard: Tensor<2>, size: [usize; 2], watch: &mut Watch<'_>) -> Tensor<4> {
        let (n, (_, [h, w])) = (z.dims()[0], halvings(size));
        let [deepest] = self.bn.gamma.shape().dims();
        let x = self.project.forward(Tensor::cat(vec![z, heard], 1)); // [n, deepest · h · w]
        let x = fast::norm(&self.bn, x.reshape([n, deepest, h, w]), fast::RELU); // [n, deepest, h, w]
        watch.layer(|| "generator.project".into(), || Value::Map(x.clone()));
        fast::tanh(self.up.forward(x, "generator.up", watch)) // [n, c, H, W]
    }
}

/// Pictures `[n, c, h, w]`, −1 to 1, with texts `[n, text]` → logits `[n, 1]` ("real, and what the text says").
#[derive(Module, Debug)]
struct Discriminator {
    down: Down,
    /// To the maps that stand beside the picture's.
    tell: Linear,
    join: Conv2d,
    judge: Conv2d,
}

impl Discriminator {
    fn new(plan: Plan, norm: bool, device: &Device) -> Self {
        let [deepest, h, w] = plan.deepest();
        let told = (deepest / 2).max(4);
        Self {
            down: Down::new(plan.picture, plan.size, plan.width, Activation::Leaky, norm, device),
            tell: LinearConfig::new(plan.text, told).init(device),
            join: Conv2dConfig::new([deepest + told, deepest], [1, 1]).init(device),
            judge: Conv2dConfig::new([deepest, 1], [h, w]).init(device),
        }
    }

    /// `[n, c, h, w]` and `[n, text]` → `[n, 1]`.
    fn forward(&self, x: Dual<4>, text: Tensor<2>) -> Dual<2> {
        let maps = self.down.forward(x); // [n, deepest, h, w]
        let [n, _, h, w] = maps.value.dims();
        let told = fast::dense(&self.tell, text, 0.2); // [n, told]
        let wide = told.dims()[1];
        let told = told.reshape([n, wide, 1, 1]).expand([n, wide, h, w]); // [n, told, h, w]
        let joined = dual::conv(&self.join, maps.beside(told), 0.2); // [n, deepest, h, w]
        dual::conv(&self.judge, joined, fast::NOTHING).linear(|c| c.reshape([n, 1])) // [n, 1]
    }
}

/// D and what reads captions, which one loss moves.
#[derive(Module, Debug)]
struct Judge {
    discriminator: Discriminator,
    text: TextEncoder,
}

#[derive(Clone)]
struct Training {
    generator: Averaged<Generator>,
    judge: Part<Judge>,
    /// The averaged encoder, which is shown.
    shown: TextEncoder,
    plan: Plan,
    vocabulary: Vocabulary,
    /// What D said in the last step.
    judged: Option<Judged<4>>,
}

/// Builds the system: DCGAN's initialisation, PyTorch's for what reads. Fails for data without captions, and for pictures that are too
/// small.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    RECIPE.check_data(facts)?;
    let Some(vocabulary) = facts.captions.clone() else {
        return Err(format!("{} needs captions", RECIPE.name));
    };
    facts.shape.check_halved()?;
    let count = |name| settings.count(&RECIPE, name);
    let plan = Plan {
        picture: facts.shape.channels,
        size: facts.shape.size(),
        width: count("width"),
        z: count("z"),
        text: count("text"),
        condition: count("condition"),
    };
    let training = device.clone().autodiff();
    let generator = init::initialise(Generator::new(plan, &training), "generator", seed, Init::Dcgan);
    // With N(0, 0.02) G would hear next to nothing at first.
    let condition = init::initialise(generator.condition, "generator.condition", seed, Init::Torch);
    let generator = Generator { condition, ..generator };
    let text = TextEncoder::new(vocabulary::entries(&vocabulary.words), count("word"), plan.text, &training);
    let norm = settings.get(&RECIPE, super::dcgan::D_NORM.name) == 1.0;
    let text = text.initialised("text", seed);
    let discriminator = Discriminator::new(plan, norm, &training);
    let discriminator = init::initialise(discriminator, "discriminator", seed, Init::Dcgan);
    let tell = init::initialise(discriminator.tell, "discriminator.tell", seed, Init::Torch);
    let discriminator = Discriminator { tell, ..discriminator };
    Ok(Box::new(Training {
        shown: text.valid(),
        generator: Averaged::new("generator", generator, 0.5, 0.999),
        judge: Part::new("", Judge { discriminator, text }, 0.5, 0.999),
        plan,
        vocabulary,
        judged: None,
    }))
}

/// Each row in the place of the one before, the first in that of the last: `[n, k]` → `[n, k]`.
fn rolled(x: Tensor<2>) -> Tensor<2> {
    let n = x.dims()[0];
    Tensor::cat(vec![x.clone().slice_dim(0, 1..n), x.slice_dim(0, 0..1)], 0)
}

impl System for Training {
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turn = settings.get(&RECIPE, common::TURN_NAME);
        let rules = Rules::of(&RECIPE, settings);
        let (learns_g, learns_d) = (turn != common::D_ONLY, turn != common::G_ONLY);
        let value = |name| settings.get(&RECIPE, name);
        let seen = |x, noise: &mut Noise| augment::instance_noise(x, noise, &RECIPE, settings, 2.0); // [n, c, h, w]
        let device = batch.x.device();
        let n = batch.x.dims()[0];
        let none = || vec![String::new(); n];
        let texts = batch.captions.clone().unwrap_or_else(none); // data without captions was refused before
        let Vocabulary { words, longest, .. } = &self.vocabulary;
        let tokens = captions::tokens(words, *longest, &texts, &device); // [n, words]

        let (own, held) = (self.judge.playing(learns_d), self.judge.playing(false));
        let (d, held) = (own.discriminator, held.discriminator);
        let text = own.text.forward(tokens); // [n, text]
        let fixed = text.clone().detach(); // [n, text]
        let g = self.generator.playing(learns_g);
        let size = self.plan.size;
        let draw = |heard: Posterior, noise: &mut Noise| {
            let z = adversarial::latents(n, self.plan.z, noise, &device); // [n, z]
            let heard = reparameterize(heard, noise); // [n, condition]
            g.forward(z, heard, size, &mut Watch::nobody()) // [n, c, h, w]
        };
        let heard = g.heard(fixed.clone()); // [n, condition] each
        let kl = objective::mean_kl(heard.0.clone(), heard.1.clone()); // [1]
        let real = seen(batch.x.clone() * 2.0 - 1.0, noise); // [n, c, h, w]
        let fake = seen(draw(heard, noise), noise); // [n, c, h, w]

        // Real pictures with their captions against generated ones, and against themselves with captions of others.
        let of_own = |x: Dual<4>| d.forward(x, text.clone()); // [n, 1]
        let of_held = |x: Dual<4>| held.forward(x, fixed.clone()); // [n, 1]
        let verdict = rules.verdict(&of_own, &of_held, real.clone(), fake.clone().detach(), noise);
        let on_wrong = d.forward(real.clone().into(), rolled(text.clone())).value; // [n, 1]
        let against = rules.pays(verdict.on_real.clone(), on_wrong.clone()); // [1]
        let wrong = value("wrong") as f32;
        let more = (against - verdict.game.clone()) * wrong; // [1]
        let shown_d = (verdict.game + more.clone()).detach(); // [1]
        let samples = [real.clone(), fake.clone()];
        self.judged =
            Some(Judged::new(rules.game, samples, [verdict.on_real.clone(), verdict.on_fake.clone()], None));
        let (_, wrong_score) = rules.game.scores(verdict.on_real.clone().detach(), on_wrong.detach()); // [1]
        let (real_score, fake_score) = rules.game.scores(verdict.on_real.detach(), verdict.on_fake.detach()); // [1] each
        if learns_d {
            self.judge.descend(verdict.loss + more, value("learning_rate_d"));
            // D must not be steep in pictures; how steep it is in words is its own affair.
            let text = self.judge.module.text.clone();
            rules.bound(&mut self.judge);
            let decay = ema::decay(value(common::EMA.name) as f32, step);
            self.shown = ema::blend(self.shown.valid(), &text.valid(), decay);
            self.judge.module.text = text;
        }

        // D only passes the gradient on: its weights need none here.
        let held = self.judge.playing(false).discriminator;
        let on = |x: Tensor<4>, text: Tensor<2>| held.forward(x.into(), text).value; // [n, 1]
        let loss_g = rules.game.generator(on(fake, fixed.clone()), || on(real.clone(), fixed.clone())); // [1]
        let [shown_g, shown_kl] = [&loss_g, &kl].map(|loss| loss.clone().detach()); // [1] each
        if learns_g {
            let mut loss = loss_g + kl * value("kl") as f32; // [1]
            let part = value("between") as f32;
            if part > 0.0 {
                let between = fixed.clone() * (1.0 - part) + rolled(fixed) * part; // [n, text]
                let fake = seen(draw(g.heard(between.clone()), noise), noise); // [n, c, h, w]
                let said = on(fake, between.clone()); // [n, 1]
                loss = loss + rules.game.generator(said, || on(real, between)); // [1]
            }
            self.generator.descend(loss, value("learning_rate_g"), value(common::EMA.name) as f32, step);
        }
        Tensor::cat(vec![shown_d, shown_g, shown_kl, real_score, fake_score, wrong_score], 0).inner()
    }

    fn judged(&self) -> Option<Judged<4>> {
        self.judged.clone().map(Judged::to_unit)
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained {
            generator: self.generator.shown(),
            text: self.shown.valid(),
            plan: self.plan,
            vocabulary: self.vocabulary.clone(),
        })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.generator, &self.judge]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.generator, &mut self.judge]
    }

    fn weights(&self) -> Vec<(String, TensorData)> {
        let parts = self.parts().into_iter().flat_map(Learns::weights);
        parts.chain(named::collect(&self.shown, SHOWN)).collect()
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        self.parts_mut().into_iter().try_for_each(|part| part.restore(tensors))?;
        self.shown = named::load(self.shown.clone(), SHOWN, tensors)?;
        Ok(())
    }
}

#[derive(Clone)]
struct Trained {
    generator: Generator,
    text: TextEncoder,
    plan: Plan,
    vocabulary: Vocabulary,
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let Vocabulary { name, words, longest, example } = self.vocabulary.clone();
        let home = Some(point::Value::Text(example));
        vec![Input::z(self.plan.z), Input { name, kind: Kind::Text { words, longest }, home }]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let (z, told) = (given.latent(0)?, given.text(1)?); // [n, z]
        let read = |tokens: Tensor<2, Int>| self.text.forward(tokens); // [n, text]
        let text = told.encoded(read); // [n, text]
        let (heard, _) = self.generator.heard(text); // [n, condition]
        let x = self.generator.forward(z, heard, self.plan.size, watch); // [n, c, h, w], −1 to 1
        Some((x + 1.0) * 0.5) // [n, c, h, w], 0 to 1
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        // The rows of what is heard, which follow those of z, are no directions of z.
        Some(self.generator.project.weight.val().slice_dim(0, 0..self.plan.z))
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
