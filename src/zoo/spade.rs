//! Pictures from label maps: SPADE (Park, Liu, Wang and Zhu 2019, "Semantic image synthesis with spatially-adaptive normalization"). A
//! generator paints a map in the style z; an encoder of styles makes z of pictures, so that one map has many looks and any
//! picture's look can be taken; a discriminator of patches sees map and picture together.
//! G: its half of the game + λ_F·Σ|D_l(x) − D_l(G)| + λ_KL·KL(q(z|x) ‖ N(0, 1)) + λ₁·E|x − G|₁.
//!
//! Shapes for 64×64, width 16 and 12 classes: z 16 → 128×4² → 128×8² → 64×16² → 32×32² → 16×64² → 3×64²; D with patches of 34:
//! (12 + 3)×64² → 16×32² → 32×16² → 64×15² → 1×14².
//!
//! Must not know: files, messages.

use super::adversarial::{self, Judged, Rules};
use super::fc_vae::reparameterize;
use super::system::{Batch, Facts, Legend, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Loss, Model, Need, PartInfo, Posterior, Recipe, Role, Scale, Setting, Settings, common};
use crate::nn::spade::{Painter, Plan, Style, one_hot};
use crate::nn::unet::Patch;
use crate::nn::{Dual, Init, Noise, Watch, init};
use crate::objective;
use crate::point::{Input, Kind};
use burn::module::Module;
use burn::tensor::{Device, Tensor};

const FIELD: &str = "field";

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "spade",
    title: "SPADE",
    summary: "Paint which part every pixel is of, and a network makes the picture, in any style.",
    paper: "Park, Liu, Wang and Zhu 2019, Semantic Image Synthesis with Spatially-Adaptive Normalization",
    parts: &[PartInfo { title: "G", ..common::GENERATOR }, common::DISCRIMINATOR],
    needs: &[Need::LabelMaps],
    phases: &[],
    tiny: &[("batch", 4.0), ("width", 4.0), ("hidden", 4.0), ("size", 32.0), ("z", 4.0)],
    settings: &[
        // The paper plays the hinge game.
        Setting { default: 6.0, ..adversarial::LOSS },
        common::rate_g(1e-4),
        common::rate_d(4e-4),
        common::batch(16.0),
        common::latent(16.0),
        Setting {
            name: "features",
            title: "Feature matching λ",
            help: "What G pays for maps of D's layers that differ from those of the true picture; the paper has 10.",
            default: 10.0,
            min: 0.0,
            max: 1000.0,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: "kl",
            title: "Weight of KL",
            help: "What the style encoder pays for saying much about a picture: less makes styles truer to their pictures, more makes styles that are drawn from the prior look as good; the paper has 0.05.",
            default: 0.05,
            min: 0.0,
            max: 10.0,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: "l1",
            title: "Weight of L1",
            help: "What G pays for each pixel that is not as in the true picture. The paper has VGG's features instead, which are not here; where a run is small, 10 settles colours sooner.",
            default: 0.0,
            min: 0.0,
            max: 1000.0,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: FIELD,
            title: "Patches that D judges",
            help: "How many pixels each way one verdict of D sees: small ones judge texture, large ones whole features. The paper has 70, for pictures of 256.",
            default: 2.0,
            min: 1.0,
            max: 3.0,
            scale: Scale::Choice(&[(1.0, "16"), (2.0, "34"), (3.0, "70")]),
            live: false,
        },
        common::width(16.0),
        Setting {
            name: "hidden",
            title: "Width of the norms",
            help: "Channels between the label map and the gain and shift that it tells; the paper has 128.",
            default: 32.0,
            min: 4.0,
            max: 256.0,
            scale: Scale::Integer,
            live: false,
        },
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
            name: "features",
            title: "Features",
            unit: "of their scale",
            help: "Mean absolute difference of D's maps to the true picture's, added up over its layers.",
            role: Role::Term,
            axis: "features",
            even: None,
        },
        common::KL,
        Loss {
            name: "l1",
            title: "L1",
            unit: "0–1 scale",
            help: "Mean absolute difference of a pixel to the true picture, in the style that the encoder found.",
            role: Role::Figure,
            axis: "l1",
            even: None,
        },
        common::GAME[2],
        common::GAME[3],
    ],
    data: "faces-labels",
};

/// What paints and what finds styles, with one optimiser.
#[derive(Module, Debug)]
struct Generator {
    style: Style,
    painter: Painter,
}

#[derive(Clone)]
struct Training {
    generator: Part<Generator>,
    discriminator: Part<Patch>,
    shape: Shape,
    legend: Legend,
    z: usize,
    /// What D said in the last step.
    judged: Option<Judged<4>>,
}

/// Builds the system: Glorot's initialisation for G, as in the paper, DCGAN's for D. Fails for data without label maps, and for
/// sides that D's patches do not fit in.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    RECIPE.check_data(facts)?;
    let Some(legend) = facts.labels.clone() else {
        return Err(format!("{} needs label maps", RECIPE.name));
    };
    let (shape, strided) = (facts.shape, settings.count(&RECIPE, FIELD));
    shape.check_halved_exactly(RECIPE.name, strided.max(2) as u32)?;
    let training = device.clone().autodiff();
    let plan = Plan {
        picture: shape.channels,
        size: shape.size(),
        classes: legend.classes.len(),
        width: settings.count(&RECIPE, "width"),
        hidden: settings.count(&RECIPE, "hidden"),
        z: settings.count(&RECIPE, "z"),
    };
    let generator = Generator { style: Style::new(plan, &training), painter: Painter::new(plan, &training) };
    let generator = init::initialise(generator, "generator", seed, Init::Glorot);
    let discriminator = Patch::of(plan.classes + plan.picture, plan.width, strided, &training);
    let discriminator = init::initialise(discriminator, "discriminator", seed, Init::Dcgan);
    Ok(Box::new(Training {
        generator: Part::new("generator", generator, 0.0, 0.9),
        discriminator: Part::new("discriminator", discriminator, 0.0, 0.9),
        shape,
        legend,
        z: plan.z,
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
        let (learns_g, learns_d) = (turn != common::D_ONLY, turn != common::G_ONLY);
        let real = batch.x.clone() * 2.0 - 1.0; // [n, c, h, w]
        let [n, _, h, w] = real.dims();
        let map = match &batch.labels {
            Some(maps) => one_hot(maps.clone(), self.legend.classes.len()), // [n, k, h, w]
            // Data without label maps is refused before the first step.
            None => Tensor::zeros([n, self.legend.classes.len(), h, w], &real.device()), // [n, k, h, w]
        };
        let g = self.generator.playing(learns_g);
        let (mean, log_variance) = g.style.forward(real.clone()); // [n, z] each
        let kl = objective::mean_kl(mean.clone(), log_variance.clone()); // [1]
        let z = reparameterize((mean, log_variance), noise); // [n, z]
        let fake = g.painter.forward(z, map.clone(), "generator.painter", &mut Watch::nobody()); // [n, c, h, w]
        // D sees the picture with the map that it belongs to.
        let judge = |d: &Patch, x: Dual<4>| d.forward(x.after(map.clone())).linear(column); // [n · s · t, 1]
        let learns = learns_d.then(|| (settings.get(&RECIPE, "learning_rate_d"), 1.0));
        let samples = [real.clone(), fake.clone()];
        let turn = rules.turn_of_d(&mut self.discriminator, &judge, samples, learns, noise);
        self.judged = Some(turn.judged);
        let held = self.discriminator.playing(false);
        let maps = |x: Tensor<4>| held.maps(Dual::from(x).after(map.clone())); // the logits are the last
        let (mut of_fake, mut of_real) = (maps(fake.clone()), maps(real.clone()));
        let verdict = |maps: &mut Vec<Dual<4>>| maps.pop().map(|said| column(said.value)); // [n · s · t, 1]
        let (said, wanted) = (verdict(&mut of_fake), verdict(&mut of_real));
        let zero = Tensor::<1>::zeros([1], &real.device()); // [1]
        let apart = |(a, b): (Dual<4>, Dual<4>)| (a.value - b.value.detach()).abs().mean(); // [1]
        let features = of_fake.into_iter().zip(of_real).map(apart).fold(zero, |sum, one| sum + one); // [1]
        let l1 = (real - fake).abs().mean() * 0.5; // [1], on the 0–1 scale of pictures
        let loss_g = match (said, wanted) {
            (Some(said), Some(wanted)) => rules.game.generator(said, || wanted), // [1]
            // A D of layers has a last one.
            _ => l1.zeros_like(),
        };
        let shown = [&loss_g, &features, &kl, &l1].map(|loss| loss.clone().detach()); // [1] each
        if learns_g {
            let [matched, told, near] =
                ["features", "kl", "l1"].map(|name| settings.get(&RECIPE, name) as f32);
            let loss = loss_g + features * matched + kl * told + l1 * near; // [1]
            self.generator.descend(loss, settings.get(&RECIPE, "learning_rate_g"));
        }
        let [game, features, kl, l1] = shown;
        Tensor::cat(vec![turn.paid, game, features, kl, l1, turn.on_real, turn.on_fake], 0).inner()
    }

    fn judged(&self) -> Option<Judged<4>> {
        self.judged.clone().map(Judged::to_unit)
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained {
            generator: self.generator.module.valid(),
            shape: self.shape,
            legend: self.legend.clone(),
            z: self.z,
        })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.generator, &self.discriminator]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.generator, &mut self.discriminator]
    }
}

#[derive(Clone)]
struct Trained {
    generator: Generator,
    shape: Shape,
    legend: Legend,
    z: usize,
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let (Shape { width, height, .. }, Legend { name, classes }) = (self.shape, self.legend.clone());
        vec![
            Input::z(self.z),
            Input { name, kind: Kind::Labels { width, height, legend: classes }, home: None },
        ]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let (z, map) = (given.latent(0)?, given.labels(1)?); // [n, z], [n, k, h, w]
        let x = self.generator.painter.forward(z, map, "generator.painter", watch); // [n, c, h, w], −1 to 1
        Some((x + 1.0) * 0.5) // [n, c, h, w], 0 to 1
    }

    fn encodes(&self) -> bool {
        true
    }

    fn encode(&self, x: Tensor<4>, _: &Given) -> Option<Posterior> {
        Some(self.generator.style.forward(x * 2.0 - 1.0)) // [n, z] each
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
