//! Pictures from pictures, by pairs: pix2pix (Isola, Zhu, Zhou and Efros 2017, "Image-to-image translation with conditional
//! adversarial networks"). A U-Net draws what belongs to an input, with dropout as its only noise, when it draws too; a
//! discriminator of patches sees input and picture together. G: −ln D(x, G(x)) + λ·E|y − G(x)|₁, D: the usual two halves.
//!
//! Shapes for 64×64 and width 16: input 1×64² → 16×32² → 32×16² → 64×8² → 128×4² → 64×8² → 32×16² → 16×32² → 3×64²; D with
//! patches of 34: (1 + 3)×64² → 16×32² → 32×16² → 64×15² → 1×14².
//!
//! Must not know: files, messages.

use super::adversarial::{self, Judged, Rules};
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Given, Loss, Model, Need, PartInfo, Recipe, Role, Scale, Setting, Settings, common};
use crate::data::faces::EDGES;
use crate::nn::dropout::Dropout;
use crate::nn::unet::{Patch, UNet};
use crate::nn::{Dual, Init, Noise, Watch, init};
use crate::objective::game::Game;
use crate::point::{self, Input, Kind};
use burn::module::Module;
use burn::tensor::{Device, Tensor, activation};

/// Name of the choice of what is shown: the picture, or what D says of its patches.
pub const SHOWN: &str = "shown";

const DROPOUT: &str = "dropout";
const FIELD: &str = "field";
const NORM: &str = "norm";

/// The settings, with these defaults of dropout and of the strided layers of D.
const fn settings(dropout: f64, strided: f64) -> [Setting; 17] {
    [
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
        Setting {
            name: DROPOUT,
            title: "Dropout",
            help: "The share of numbers that chance takes away in the first layers of the way up (maps of 8×8 and less), in training and when it draws: the only dice that pix2pix has; 0 = always the same picture.",
            default: dropout,
            min: 0.0,
            max: 0.9,
            scale: Scale::Linear,
            live: false,
        },
        Setting {
            name: FIELD,
            title: "Patches that D judges",
            help: "How many pixels each way one verdict of D sees: small ones judge texture, large ones whole features. The paper has 70, for pictures of 256.",
            default: strided,
            min: 1.0,
            max: 3.0,
            scale: Scale::Choice(&[(1.0, "16"), (2.0, "34"), (3.0, "70")]),
            live: false,
        },
        Setting {
            name: NORM,
            title: "Norm",
            help: "Batch norm draws by what all pictures of training had in common; instance norm by the picture alone, as the paper's batches of one picture do.",
            default: 0.0,
            min: 0.0,
            max: 1.0,
            scale: Scale::Choice(&[(0.0, "batch"), (1.0, "instance")]),
            live: false,
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
    ]
}

/// What the recipe declares.
pub static RECIPE: Recipe = Recipe {
    name: "pix2pix",
    title: "pix2pix",
    summary: "Draw on a sheet, and a network makes the picture that belongs to it; it learns from pairs.",
    paper: "Isola, Zhu, Zhou and Efros 2017, Image-to-Image Translation with Conditional Adversarial Networks",
    parts: &[PartInfo { title: "G", ..common::GENERATOR }, common::DISCRIMINATOR],
    needs: &[Need::Pair],
    phases: &[],
    tiny: &[("batch", 4.0), ("width", 4.0), ("size", 32.0)],
    settings: &settings(0.5, 2.0),
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

/// What `pix2pix` was called when it had no dice, and patches of 34 only: its files are still opened and trained on.
pub static FORMER: Recipe = Recipe { name: "edges-to-faces", settings: &settings(0.0, 2.0), ..RECIPE };

#[derive(Clone)]
struct Training {
    generator: Part<UNet>,
    discriminator: Part<Patch>,
    recipe: &'static Recipe,
    /// What the input is called, and its shape.
    input: (String, Shape),
    dropout: f32,
    game: Game,
    /// What D said in the last step.
    judged: Option<Judged<4>>,
}

/// Builds the system with DCGAN's initialisation, as in the paper. Fails for data without pairs, and for sides that D's
/// patches do not fit in.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    build_as(&RECIPE, facts, settings, seed, device)
}

/// [`build`] for files of [`FORMER`].
pub fn build_former(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    build_as(&FORMER, facts, settings, seed, device)
}

fn build_as(
    recipe: &'static Recipe,
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    recipe.check_data(facts)?;
    let (shape, strided) = (facts.shape, settings.count(recipe, FIELD));
    let Some((name, input)) = facts.columns.iter().next().map(|(name, input)| (name.clone(), *input)) else {
        return Err(format!("{} needs pairs of pictures", recipe.name));
    };
    shape.check_halved_exactly(recipe.name, strided.max(2) as u32)?;
    if input.size() != shape.size() {
        return Err(format!(
            "{} needs inputs of the pictures' own size, not {}×{} beside {}×{}",
            recipe.name, input.width, input.height, shape.width, shape.height
        ));
    }
    let (training, width) = (device.clone().autodiff(), settings.count(recipe, "width"));
    let (unet, patch): (fn(_, _, _, &_) -> _, fn(_, _, _, &_) -> _) = match settings.get(recipe, NORM) {
        0.0 => (UNet::new, Patch::of),
        _ => (UNet::instance, Patch::instance),
    };
    let generator = unet([input.channels, shape.channels], shape.size(), width, &training);
    let generator = init::initialise(generator, "generator", seed, Init::Dcgan);
    let discriminator = patch(input.channels + shape.channels, width, strided, &training);
    let discriminator = init::initialise(discriminator, "discriminator", seed, Init::Dcgan);
    Ok(Box::new(Training {
        generator: Part::new("generator", generator, 0.5, 0.999),
        discriminator: Part::new("discriminator", discriminator, 0.5, 0.999),
        recipe,
        input: (name, input),
        dropout: settings.get(recipe, DROPOUT) as f32,
        game: adversarial::game(recipe, settings).unwrap_or_default(),
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
        let turn = settings.get(self.recipe, common::TURN_NAME);
        let rules = Rules::of(self.recipe, settings);
        self.game = rules.game;
        let input = batch.columns[&self.input.0].clone() * 2.0 - 1.0; // [n, k, h, w]
        let real = batch.x.clone() * 2.0 - 1.0; // [n, c, h, w]
        let (learns_g, learns_d) = (turn != common::D_ONLY, turn != common::G_ONLY);
        let (g, mut nobody) = (self.generator.playing(learns_g), Watch::nobody());
        let mut dropout = Dropout::of_stream(self.dropout, noise);
        let fake = g.forward(input.clone(), &mut dropout, "generator", &mut nobody).tanh(); // [n, c, h, w]
        // D sees the picture with the input that it belongs to.
        let judge = |d: &Patch, x: Dual<4>| d.forward(x.after(input.clone())).linear(column); // [n · s · t, 1]
        // Halved, so that D learns no faster than G (the paper's section 3.3); plotted whole.
        let learns = learns_d.then(|| (settings.get(self.recipe, "learning_rate_d"), 0.5));
        let samples = [real.clone(), fake.clone()];
        let turn = rules.turn_of_d(&mut self.discriminator, &judge, samples, learns, noise);
        self.judged = Some(turn.judged);
        let held = self.discriminator.playing(false);
        let on = |x: Tensor<4>| judge(&held, x.into()).value; // [n · s · t, 1]
        let loss_g = rules.game.generator(on(fake.clone()), || on(real.clone()));
        // On the 0–1 scale of pictures.
        let l1 = (real - fake).abs().mean() * 0.5;
        let (shown_g, shown_l1) = (loss_g.clone().detach(), l1.clone().detach());
        if learns_g {
            // The paper's λ is for pictures of −1 to 1.
            let weight = 2.0 * settings.get(self.recipe, "l1") as f32;
            self.generator.descend(loss_g + l1 * weight, settings.get(self.recipe, "learning_rate_g"));
        }
        Tensor::cat(vec![turn.paid, shown_g, shown_l1, turn.on_real, turn.on_fake], 0).inner()
    }

    fn judged(&self) -> Option<Judged<4>> {
        self.judged.clone().map(Judged::to_unit)
    }

    fn model(&self) -> Box<dyn Model> {
        Box::new(Trained {
            generator: self.generator.module.valid(),
            discriminator: self.discriminator.module.valid(),
            input: self.input.clone(),
            dropout: self.dropout,
            game: self.game,
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
    generator: UNet,
    discriminator: Patch,
    input: (String, Shape),
    dropout: f32,
    game: Game,
}

impl Trained {
    /// What D says of the patches of pictures `[n, c, h, w]` beside their inputs `[n, k, h, w]`, both −1 to 1, from black
    /// (generated) to white (real), each where its patch is: `[n, c, h, w]`, 0–1.
    fn verdict(&self, input: Tensor<4>, x: Tensor<4>) -> Tensor<4> {
        let [n, c, h, w] = x.dims();
        let said = self.discriminator.forward(Dual::from(x).after(input)).value; // [n, 1, s, t]
        let said = match self.game {
            Game::LeastSquares => said,      // [n, 1, s, t], 1 = real
            Game::Hinge => said * 0.5 + 0.5, // [n, 1, s, t], margins at 0 and 1
            _ => activation::sigmoid(said),  // [n, 1, s, t]
        };
        let [_, _, s, t] = said.dims();
        // Each place of the picture shows the verdict whose patch has its middle nearest.
        let rows = |side: usize, of: usize| -> Vec<i32> {
            (0..side).map(|i| ((i * of) / side.max(1)) as i32).collect()
        };
        let pick = |x: Tensor<4>, dim: usize, side: usize, of: usize| {
            let at = Tensor::<1, burn::tensor::Int>::from_data(
                burn::tensor::TensorData::new(rows(side, of), [side]),
                &x.device(),
            );
            x.select(dim, at)
        };
        let said = pick(pick(said, 2, h, s), 3, w, t); // [n, 1, h, w]
        said.clamp(0.0, 1.0).expand([n, c, h, w]) // [n, c, h, w]
    }
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let (name, Shape { width, height, channels, .. }) = &self.input;
        let role = if name == EDGES { point::Role::Edges } else { point::Role::Photo };
        let kind = Kind::Picture { width: *width, height: *height, channels: *channels, role };
        let mut all = vec![Input { name: name.clone(), kind, home: None }];
        if self.dropout > 0.0 {
            all.push(Input::noise());
        }
        all.push(Input::choice(SHOWN, &["the picture", "D's verdict, patch by patch"]));
        all
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let input = given.picture(0)? * 2.0 - 1.0; // [n, k, h, w]
        let n = input.dims()[0];
        let seeds = given.noise(1).unwrap_or_else(|| vec![0; n]);
        let mut dropout = Dropout::of_seeds(self.dropout, &seeds);
        let x = self.generator.forward(input.clone(), &mut dropout, "generator", watch).tanh(); // [n, c, h, w], −1 to 1
        let drawn = (x.clone() + 1.0) * 0.5; // [n, c, h, w], 0 to 1
        let shown = given.number(if self.dropout > 0.0 { 2 } else { 1 }).unwrap_or_default();
        if shown.iter().all(|v| *v < 0.5) {
            return Some(drawn);
        }
        let device = drawn.device();
        let part = burn::tensor::TensorData::new(
            shown.into_iter().map(f32::round).collect::<Vec<_>>(),
            [n, 1, 1, 1],
        );
        let part = Tensor::<4>::from_data(part, &device); // [n, 1, 1, 1]
        let said = self.verdict(input, x); // [n, c, h, w]
        Some(drawn * (-part.clone() + 1.0) + said * part) // [n, c, h, w]
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
