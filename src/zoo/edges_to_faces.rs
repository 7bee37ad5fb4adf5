//! Pictures from outlines: the smallest pix2pix (Isola, Zhu, Zhou and Efros 2017, "Image-to-image translation with
//! conditional adversarial networks"). A U-Net draws the picture that belongs to lines; a discriminator of patches sees
//! lines and picture together. G: −ln D(x, G(x)) + λ·E|y − G(x)|₁, D: the usual two halves.
//!
//! Shapes for 64×64 and width 16: lines 1×64² → 16×32² → 32×16² → 64×8² → 128×4² → 64×8² → 32×16² → 16×32² → 3×64²; D:
//! (1 + 3)×64² → 16×32² → 32×16² → 64×15² → 1×14².
//!
//! Must not know: files, messages.

use super::adversarial::{self, Judged, Rules};
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Loss, Model, Need, PartInfo, Recipe, Role, Scale, Setting, Settings, common};
use crate::data::faces::EDGES;
use crate::nn::unet::{Patch, UNet};
use crate::nn::{Dual, Init, Noise, Watch, init};
use crate::point::{self, Input, Kind};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "edges-to-faces",
    title: "Edges to faces",
    summary: "Draw lines, and a network makes the picture that belongs to them.",
    paper: "Isola, Zhu, Zhou and Efros 2017, Image-to-Image Translation with Conditional Adversarial Networks",
    parts: &[PartInfo { title: "G", ..common::GENERATOR }, common::DISCRIMINATOR],
    needs: &[Need::Column(EDGES)],
    phases: &[],
    tiny: &[("batch", 4.0), ("width", 4.0), ("size", 32.0)],
    settings: &[
        adversarial::LOSS,
        common::rate_g(2e-4),
        common::rate_d(2e-4),
        common::batch(16.0),
        Setting {
            name: "l1",
            title: "Weight of L1 λ",
            help: "How much G pays for each pixel that is not as in the true picture: 0 leaves it to D alone, a lot makes what is uncertain blurred.",
            default: 100.0,
            min: 0.0,
            max: 1000.0,
            scale: Scale::Linear,
            live: true,
        },
        common::width(16.0),
        common::size(64.0),
        common::HEIGHT,
        common::TURN,
        common::PENALTY,
        adversarial::R2,
        adversarial::SLOPE,
        adversarial::CLIP,
        adversarial::SMOOTHING,
    ],
    losses: &[
        common::GAME[0],
        common::GAME[1],
        Loss {
            name: "l1",
            title: "L1",
            unit: "0–1 scale",
            help: "Mean absolute difference of a pixel to the true picture.",
            role: Role::Figure,
            axis: "l1",
            even: None,
        },
        common::GAME[2],
        common::GAME[3],
    ],
    data: "faces-edges",
};

#[derive(Clone)]
struct Training {
    generator: Part<UNet>,
    discriminator: Part<Patch>,
    lines: Shape,
    /// What D said in the last step.
    judged: Option<Judged<4>>,
}

/// Builds the system with DCGAN's initialisation, as in the paper. Fails for data without such pairs, and for sides that
/// are no multiples of 4.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    RECIPE.check_data(facts)?;
    let (shape, lines) = (facts.shape, facts.columns[EDGES]);
    shape.check_halved_exactly(RECIPE.name, 2)?;
    if lines.size() != shape.size() {
        return Err(format!(
            "edges-to-faces needs lines of the pictures' own size, not {}×{} beside {}×{}",
            lines.width, lines.height, shape.width, shape.height
        ));
    }
    let (training, width) = (device.clone().autodiff(), settings.count(&RECIPE, "width"));
    let generator = UNet::new([lines.channels, shape.channels], shape.size(), width, &training);
    let generator = init::initialise(generator, "generator", seed, Init::Dcgan);
    let discriminator = Patch::new(lines.channels + shape.channels, width, &training);
    let discriminator = init::initialise(discriminator, "discriminator", seed, Init::Dcgan);
    Ok(Box::new(Training {
        generator: Part::new("generator", generator, 0.5, 0.999),
        discriminator: Part::new("discriminator", discriminator, 0.5, 0.999),
        lines,
        judged: None,
    }))
}

/// Verdicts of all patches in a column: `[n, 1, s, t]` → `[n · s · t, 1]`.
fn column(logits: Tensor<4>) -> Tensor<2> {
    let count = logits.dims().iter().product::<usize>();
    logits.reshape([count, 1])
}

impl System for Training {
    fn step(&mut self, _: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turn = settings.get(&RECIPE, common::TURN_NAME);
        let rules = Rules::of(&RECIPE, settings);
        let lines = batch.columns[EDGES].clone() * 2.0 - 1.0; // [n, 1, h, w]
        let real = batch.x.clone() * 2.0 - 1.0; // [n, c, h, w]
        let (learns_g, learns_d) = (turn != common::D_ONLY, turn != common::G_ONLY);
        let fake =
            self.generator.playing(learns_g).forward(lines.clone(), "generator", &mut Watch::nobody()).tanh();
        // D sees the picture with the lines that belong to it.
        let judge = |d: &Patch, x: Dual<4>| d.forward(x.after(lines.clone())).linear(column); // [n · s · t, 1]
        let (d, held) = (self.discriminator.playing(learns_d), self.discriminator.playing(false));
        let verdict = rules.verdict(
            &|x| judge(&d, x),
            &|x| judge(&held, x),
            real.clone(),
            fake.clone().detach(),
            noise,
        );
        let on = [verdict.on_real.clone(), verdict.on_fake.clone()];
        self.judged = Some(Judged::new(rules.game, [real.clone(), fake.clone()], on, None));
        let (on_real, on_fake) = rules.game.scores(verdict.on_real.detach(), verdict.on_fake.detach());
        let shown_d = verdict.game.detach();
        if learns_d {
            // Halved, so that D learns no faster than G (the paper's section 3.3); plotted whole.
            self.discriminator.descend(verdict.loss * 0.5, settings.get(&RECIPE, "learning_rate_d"));
            rules.bound(&mut self.discriminator);
        }
        let held = self.discriminator.playing(false);
        let on = |x: Tensor<4>| judge(&held, x.into()).value; // [n · s · t, 1]
        let loss_g = rules.game.generator(on(fake.clone()), || on(real.clone()));
        // On the 0–1 scale of pictures.
        let l1 = (real - fake).abs().mean() * 0.5;
        let (shown_g, shown_l1) = (loss_g.clone().detach(), l1.clone().detach());
        if learns_g {
            // The paper's λ is for pictures of −1 to 1.
            let weight = 2.0 * settings.get(&RECIPE, "l1") as f32;
            self.generator.descend(loss_g + l1 * weight, settings.get(&RECIPE, "learning_rate_g"));
        }
        Tensor::cat(vec![shown_d, shown_g, shown_l1, on_real, on_fake], 0).inner()
    }

    fn judged(&self) -> Option<Judged<4>> {
        self.judged.clone().map(Judged::to_unit)
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained { generator: self.generator.module.valid(), lines: self.lines })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.generator, &self.discriminator]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.generator, &mut self.discriminator]
    }
}

struct Trained {
    generator: UNet,
    lines: Shape,
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let Shape { width, height, channels, .. } = self.lines;
        let kind = Kind::Picture { width, height, channels, role: point::Role::Edges };
        vec![Input { name: EDGES.into(), kind, home: None }]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let lines = given.picture(0)? * 2.0 - 1.0; // [n, 1, h, w]
        let x = self.generator.forward(lines, "generator", watch).tanh(); // [n, c, h, w], −1 to 1
        Some((x + 1.0) * 0.5) // [n, c, h, w], 0 to 1
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Trained { generator: self.generator.clone(), lines: self.lines })
    }
}
