//! Clips of what is seen and how it moves, apart: MoCoGAN (Tulyakov, Liu, Yang and Kautz 2018, "MoCoGAN: Decomposing motion and content
//! for video generation"). A clip has one content z, and a motion for each frame: h_t = GRU(ε_t, h_{t−1}) with ε_t of N(0, 1) and
//! h_{−1} the motion latent. The generator draws each frame of (z, h_t), a DCGAN's. One discriminator sees a frame of each clip, drawn
//! by chance, another whole clips ([`crate::nn::video`]); G pays both.
//!
//! Shapes for 16 frames of 32×32, width 24, z 32, motion 8: h (8) a frame; z with h (40) → 96×4² → 48×8² → 24×16² → 3×32×32, tanh (mapped
//! to 0–1), all frames at once. Discriminators have no batch norm, so that penalties on their slopes mean what they say; their weights may be
//! divided by their largest singular values. What is shown is an averaged copy of the generator.
//!
//! A point has the content, the motion, what its dice ε follow from, and the moment at which it is drawn: all frames of a clip are
//! points that differ in the moment alone. The GRU goes on as long as one likes, so a clip may be longer than those trained on.
//!
//! Must not know: files, messages.

use super::adversarial::{self, Judged, Rules};
use super::averaged::Averaged;
use super::residual_gan::spectral_d;
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Does, Given, Loss, Model, Need, PartInfo, Recipe, Scale, Setting, Settings, common};
use crate::nn::fast;
use crate::nn::gru::Gru;
use crate::nn::network::run::Value;
use crate::nn::stack::{Up, channels, halvings};
use crate::nn::video::{OfClips, OfFrames};
use crate::nn::{Dual, Init, Noise, Watch, init};
use crate::point::Input;
use burn::module::Module;
use burn::nn::conv::{ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// How many times longer than trained a clip may be.
pub const LONGER: usize = 4;

/// Frames a second at which clips play as they were meant.
const RATE: f32 = 10.0;

const SPECTRAL: &str = "spectral_d";

/// What the recipe declares. Both discriminators learn at once.
pub static RECIPE: Recipe = Recipe {
    name: "video-gan",
    title: "Video GAN (MoCoGAN)",
    summary: "Clips from two latents: one says what is seen, the other how it moves.",
    paper: "Tulyakov, Liu, Yang and Kautz 2018, MoCoGAN: Decomposing Motion and Content for Video Generation",
    parts: &[
        common::GENERATOR,
        PartInfo { title: "D of frames", ..common::DISCRIMINATOR },
        PartInfo { name: "discriminator_video", title: "D of clips", does: Does::Judges, turn: None },
        common::AVERAGE,
    ],
    needs: &[Need::Clips],
    phases: &[],
    tiny: &[("batch", 2.0), ("z", 4.0), ("motion", 4.0), ("frames", 4.0), ("width", 4.0)],
    settings: &[
        adversarial::LOSS,
        common::rate_g(2e-4),
        common::rate_d(2e-4),
        Setting {
            help: "Clips in one optimiser step: more give steadier steps and fewer of them a second.",
            ..common::batch(16.0)
        },
        Setting {
            title: "Content dimensions",
            help: "How many sliders say what is seen, the same in all frames of a clip.",
            ..common::latent(32.0)
        },
        Setting {
            name: "motion",
            title: "Motion dimensions",
            help: "How many sliders say how it moves, and how much the model remembers of that from frame to frame.",
            default: 8.0,
            min: 1.0,
            max: 128.0,
            scale: Scale::Integer,
            live: false,
        },
        Setting {
            name: "frames",
            title: "Frames",
            help: "How long the clips are that it learns from; of longer ones it sees a part each time.",
            default: 16.0,
            min: 2.0,
            max: 64.0,
            scale: Scale::Integer,
            live: false,
        },
        common::width(24.0),
        common::size(32.0),
        common::HEIGHT,
        common::COLOUR,
        common::TURN,
        common::PENALTY,
        adversarial::R2,
        adversarial::SLOPE,
        adversarial::CLIP,
        adversarial::SMOOTHING,
        spectral_d(1.0),
        common::EMA,
    ],
    losses: &[
        common::GAME[0],
        Loss {
            name: "loss_d_video",
            title: "D loss on clips",
            help: "What the discriminator of clips pays for its mistakes; 1.386 = it cannot tell real from fake.",
            ..common::GAME[0]
        },
        common::GAME[1],
        common::GAME[2],
        common::GAME[3],
        Loss {
            name: "d_real_video",
            title: "D(real clips)",
            help: "How real the discriminator of clips finds real ones, on average.",
            ..common::GAME[2]
        },
        Loss {
            name: "d_fake_video",
            title: "D(fake clips)",
            help: "How real the discriminator of clips finds generated ones, on average.",
            ..common::GAME[3]
        },
    ],
    data: "faces-clips",
};

/// Content `[n, z]` and motions `[n, motion]` of frames → frames `[n, c, h, w]`, −1 to 1.
#[derive(Module, Debug)]
struct Generator {
    gru: Gru,
    project: ConvTranspose2d,
    bn: BatchNorm,
    up: Up,
}

impl Generator {
    fn new(shape: &Shape, width: usize, [z, motion]: [usize; 2], seed: u64, device: &Device) -> Self {
        let (count, smallest) = halvings(shape.size());
        let deepest = channels(width, count - 1);
        let made = Self {
            gru: Gru::new(motion, motion, device),
            project: ConvTranspose2dConfig::new([z + motion, deepest], smallest)
                .with_bias(false)
                .init(device),
            bn: BatchNormConfig::new(deepest).init(device),
            up: Up::new(shape.channels, shape.size(), width, false, device),
        };
        // With DCGAN's small weights a motion would be forgotten in a few frames.
        let gru = init::initialise(made.gru.clone(), "generator.gru", seed, Init::Torch);
        Self { gru, ..init::initialise(made, "generator", seed, Init::Dcgan) }
    }

    /// Motions of as many frames as there are dice, each `[n, motion]`, from the motion latent `[n, motion]` on.
    fn motions(&self, begin: Tensor<2>, dice: impl Iterator<Item = Tensor<2>>) -> Vec<Tensor<2>> {
        let next = |h: &mut Tensor<2>, dice: Tensor<2>| {
            *h = self.gru.forward(dice, h.clone()); // [n, motion]
            Some(h.clone())
        };
        dice.scan(begin, |h, dice| next(h, dice)).collect()
    }

    /// As DCGAN's: the first layer is a transposed convolution over a 1×1 picture, which is a matrix product.
    fn forward(&self, z: Tensor<2>, motion: Tensor<2>, watch: &mut Watch<'_>) -> Tensor<4> {
        let n = z.dims()[0];
        let [_, to, h, w] = self.project.weight.dims();
        let given = Tensor::cat(vec![z, motion], 1); // [n, z + motion]
        let x = given.matmul(self.first_weight()).reshape([n, to, h, w]); // [n, deepest, h, w]
        let x = fast::norm(&self.bn, x, fast::RELU); // [n, deepest, h, w]
        watch.layer(|| "generator.project".into(), || Value::Map(x.clone()));
        fast::tanh(self.up.forward(x, "generator.up", watch)) // [n, c, H, W]
    }

    /// `[z + motion, deepest · h · w]`.
    fn first_weight(&self) -> Tensor<2> {
        let weight = self.project.weight.val();
        let [from, to, h, w] = weight.dims();
        weight.reshape([from, to * h * w])
    }
}

#[derive(Clone)]
struct Training {
    generator: Averaged<Generator>,
    discriminator: Part<OfFrames>,
    discriminator_video: Part<OfClips>,
    z: usize,
    motion: usize,
    frames: usize,
    /// What D of frames said in the last step.
    judged: Option<Judged<4>>,
}

/// Frames of the clips that a training sees: those that are set, or all where the data's are shorter.
fn trained(facts: &Facts, settings: &Settings) -> usize {
    settings.count(&RECIPE, "frames").min(facts.frames)
}

/// Builds the system. Fails for data without clips, and for sides that can't be halved twice.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    RECIPE.check_data(facts)?;
    let shape = facts.shape;
    shape.check_halved()?;
    let [z, motion, width] = ["z", "motion", "width"].map(|name| settings.count(&RECIPE, name));
    let (frames, spectral) = (trained(facts, settings), settings.get(&RECIPE, SPECTRAL) == 1.0);
    let training = device.clone().autodiff();
    let generator = Generator::new(&shape, width, [z, motion], seed, &training);
    let of_frames = OfFrames::new(shape.channels, shape.size(), width, spectral, &training);
    let of_clips = OfClips::new(shape.channels, frames, shape.size(), width, spectral, &training);
    let of_frames = init::initialise(of_frames, "discriminator", seed, Init::Glorot);
    let of_clips = init::initialise(of_clips, "discriminator_video", seed, Init::Glorot);
    Ok(Box::new(Training {
        generator: Averaged::new("generator", generator, 0.5, 0.999),
        discriminator: Part::new("discriminator", of_frames, 0.5, 0.999),
        discriminator_video: Part::new("discriminator_video", of_clips, 0.5, 0.999),
        z,
        motion,
        frames,
        judged: None,
    }))
}

/// One number below `below` for each of `n`.
fn picked(n: usize, below: usize, noise: &mut Noise) -> Vec<usize> {
    let one = |u: f32| (((u + 0.5) * below as f32) as usize).min(below.saturating_sub(1));
    noise.uniforms(n, 0.5).into_iter().map(one).collect()
}

/// Of each clip `[n, frames, c, h, w]` the frame of that number: `[n, c, h, w]`.
fn frames_of(clips: Tensor<5>, numbers: &[usize]) -> Tensor<4> {
    let [n, frames, c, h, w] = clips.dims();
    let places: Vec<i32> = numbers.iter().enumerate().map(|(i, t)| (i * frames + t) as i32).collect();
    let places = Tensor::<1, Int>::from_data(TensorData::new(places, [n]), &clips.device()); // [n]
    clips.reshape([n * frames, c, h, w]).select(0, places) // [n, c, h, w]
}

impl Training {
    /// Clips of the prior: `[n, frames, c, h, w]`, −1 to 1.
    fn fake(&self, g: &Generator, n: usize, noise: &mut Noise, device: &Device) -> Tensor<5> {
        let (frames, z) = (self.frames, self.z);
        let content = noise.normal([n, z], device); // [n, z]
        let begin = noise.normal([n, self.motion], device); // [n, motion]
        let dice: Vec<Tensor<2>> = (0..frames).map(|_| noise.normal([n, self.motion], device)).collect();
        let motions = Tensor::stack::<3>(g.motions(begin, dice.into_iter()), 1); // [n, frames, motion]
        let each = content.reshape([n, 1, z]).expand([n, frames, z]).reshape([n * frames, z]); // [n · frames, z]
        let motions = motions.reshape([n * frames, self.motion]); // [n · frames, motion]
        let x = g.forward(each, motions, &mut Watch::nobody()); // [n · frames, c, h, w]
        let [_, c, h, w] = x.dims();
        x.reshape([n, frames, c, h, w])
    }

    /// The part of the batch's clips that this step sees: `[n, frames, c, h, w]`, −1 to 1.
    fn real(&self, batch: &Batch, noise: &mut Noise) -> Tensor<5> {
        let clips = match &batch.clips {
            Some(clips) => clips.clone(),
            // A picture that stands still, where nobody deals clips.
            None => batch.x.clone().unsqueeze_dim::<5>(1).repeat_dim(1, self.frames), // [n, frames, c, h, w]
        };
        let first = picked(1, clips.dims()[1] + 1 - self.frames, noise).first().copied().unwrap_or(0);
        clips.slice_dim(1, first..first + self.frames) * 2.0 - 1.0 // [n, frames, c, h, w]
    }
}

impl System for Training {
    fn step(&mut self, step: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turn = settings.get(&RECIPE, common::TURN_NAME);
        let rules = Rules::of(&RECIPE, settings);
        let (learns_g, learns_d) = (turn != common::D_ONLY, turn != common::G_ONLY);
        let (n, device) = (batch.x.dims()[0], batch.x.device());
        let real = self.real(batch, noise); // [n, frames, c, h, w]
        let fake = self.fake(&self.generator.playing(learns_g), n, noise, &device); // [n, frames, c, h, w]
        let one = |clips: &Tensor<5>, noise: &mut Noise| {
            frames_of(clips.clone(), &picked(n, self.frames, noise)) // [n, c, h, w]
        };
        let (real_frames, fake_frames) = (one(&real, noise), one(&fake, noise)); // [n, c, h, w] each

        let of_frames = |d: &OfFrames, x: Dual<4>| d.forward(x); // [n, 1]
        let of_clips = |d: &OfClips, x: Dual<5>| d.forward(x); // [n, 1]
        let learns = learns_d.then(|| (settings.get(&RECIPE, "learning_rate_d"), 1.0));
        let samples = [real_frames.clone(), fake_frames.clone()];
        let frames = rules.turn_of_d(&mut self.discriminator, &of_frames, samples, learns, noise);
        let samples = [real.clone(), fake.clone()];
        let clips = rules.turn_of_d(&mut self.discriminator_video, &of_clips, samples, learns, noise);
        self.judged = Some(frames.judged);

        let held = self.discriminator.playing(false);
        let on = |x: Tensor<4>| of_frames(&held, x.into()).value; // [n, 1]
        let by_frames = rules.game.generator(on(fake_frames), || on(real_frames)); // [1]
        let held = self.discriminator_video.playing(false);
        let on = |x: Tensor<5>| of_clips(&held, x.into()).value; // [n, 1]
        let by_clips = rules.game.generator(on(fake), || on(real)); // [1]
        let loss_g = (by_frames + by_clips) * 0.5; // [1]
        let shown_g = loss_g.clone().detach(); // [1]
        if learns_g {
            let rate = settings.get(&RECIPE, "learning_rate_g");
            self.generator.descend(loss_g, rate, settings.get(&RECIPE, common::EMA.name) as f32, step);
        }
        let all = vec![
            frames.paid,
            clips.paid,
            shown_g,
            frames.on_real,
            frames.on_fake,
            clips.on_real,
            clips.on_fake,
        ];
        Tensor::cat(all, 0).inner()
    }

    fn judged(&self) -> Option<Judged<4>> {
        self.judged.clone().map(Judged::to_unit)
    }

    fn model(&self) -> Box<dyn Model> {
        let Self { z, motion, frames, .. } = *self;
        Box::new(Trained { generator: self.generator.shown(), z, motion, frames })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.generator, &self.discriminator, &self.discriminator_video]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.generator, &mut self.discriminator, &mut self.discriminator_video]
    }
}

#[derive(Clone)]
struct Trained {
    generator: Generator,
    z: usize,
    motion: usize,
    frames: usize,
}

impl Trained {
    /// The motion of each point at its moment: `[n, motion]`. ε_t of a point follows from its dice and t alone, so a frame is the
    /// same whether it is drawn alone or in a clip.
    fn motion_at(&self, begin: Tensor<2>, dice: &[u32], moments: &[usize]) -> Tensor<2> {
        let (dims, device) = (self.motion, begin.device());
        let thrown = |t: usize| {
            let all = dice.iter().flat_map(|seed| Noise::new(u64::from(*seed), t as u64).normals(dims));
            Tensor::<2>::from_data(TensorData::new(all.collect::<Vec<f32>>(), [dice.len(), dims]), &device)
        };
        let last = moments.iter().max().copied().unwrap_or(0);
        let mut at = begin.clone(); // [n, motion]
        for (t, h) in self.generator.motions(begin, (0..=last).map(thrown)).into_iter().enumerate() {
            if !moments.contains(&t) {
                continue;
            }
            let here: Vec<bool> = moments.iter().flat_map(|m| std::iter::repeat_n(*m == t, dims)).collect();
            let here = Tensor::from_data(TensorData::new(here, [moments.len(), dims]), &device); // [n, motion]
            at = at.mask_where(here, h); // [n, motion]
        }
        at
    }
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let longest = (self.frames * LONGER) as u16;
        vec![
            Input::z(self.z),
            Input::motion(self.motion),
            Input::noise(),
            Input::moment(longest, self.frames as u16, RATE),
        ]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let (z, begin) = (given.latent(0)?, given.latent(1)?); // [n, z], [n, motion]
        let (dice, moments) = (given.noise(2)?, given.number(3)?);
        let moments: Vec<usize> = moments.iter().map(|m| m.round().max(0.0) as usize).collect();
        let motion = self.motion_at(begin, &dice, &moments); // [n, motion]
        let x = self.generator.forward(z, motion, watch); // [n, c, h, w], −1 to 1
        Some((x + 1.0) * 0.5) // [n, c, h, w], 0 to 1
    }

    fn first_weight(&self) -> Option<Tensor<2>> {
        // The rows of the motion, which follow those of z, are no directions of z.
        Some(self.generator.first_weight().slice_dim(0, 0..self.z))
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
