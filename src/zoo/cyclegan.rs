//! Pictures of one kind become pictures of another without pairs: CycleGAN (Zhu, Park, Isola and Efros 2017, "Unpaired image-to-image
//! translation using cycle-consistent adversarial networks"). Two generators go there and back, a discriminator of patches for each
//! kind says how real their pictures are, and who goes there and back again must come home:
//! λ·(E|G_BA(G_AB(a)) − a|₁ + E|G_AB(G_BA(b)) − b|₁). A picture that is of the right kind already shall stay as it is (identity).
//!
//! Shapes for 64×64 and width 16: 3×64² → 16×64² → 32×32² → 64×16² through the blocks → 32×32² → 16×64² → 3×64²; D with patches of 34: 3×64²
//! → 16×32² → 32×16² → 64×15² → 1×14².
//!
//! Must not know: files, messages.

use super::adversarial::{self, Judged, Rules};
use super::model::{Fed, Translator as Translates};
use super::system::{Batch, Facts, Shape, System};
use super::train::{Learns, Part};
use super::{Does, Given, Loss, Model, Need, PartInfo, Recipe, Role, Scale, Setting, Settings, common};
use crate::nn::pool::Pool;
use crate::nn::translator::Translator;
use crate::nn::unet::Patch;
use crate::nn::{Dual, Init, Noise, Tensors, Watch, init};
use crate::objective::game::Game;
use crate::point::{self, Input, Kind};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

/// Name of the picture that goes in.
pub const PICTURE: &str = "picture";
/// Name of the choice of the way: from the first domain to the second, or back.
pub const DIRECTION: &str = "direction";
/// Name of the choice of what is shown: the translation, or what it is translated back to.
pub const SHOWN: &str = "shown";

const FIELD: &str = "field";

/// What the recipe declares. Both generators learn at once, and both discriminators, so that one button stands for each two.
pub static RECIPE: Recipe = Recipe {
    name: "cyclegan",
    title: "CycleGAN",
    summary: "Two kinds of pictures without pairs: each is translated to the other, so that it can be translated back.",
    paper: "Zhu, Park, Isola and Efros 2017, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
    parts: &[
        PartInfo { name: "generator_ab", ..common::GENERATOR },
        PartInfo { name: "generator_ba", title: "G back", does: Does::Draws, turn: None },
        PartInfo { name: "discriminator_b", ..common::DISCRIMINATOR },
        PartInfo { name: "discriminator_a", title: "D back", does: Does::Judges, turn: None },
    ],
    needs: &[Need::Domains],
    phases: &[],
    tiny: &[("batch", 2.0), ("width", 4.0), ("blocks", 1.0), ("size", 32.0)],
    settings: &[
        Setting { default: 2.0, ..adversarial::LOSS },
        common::rate_g(2e-4),
        common::rate_d(2e-4),
        Setting { min: 1.0, ..common::batch(4.0) },
        Setting {
            name: "cycle",
            title: "Weight of the cycle λ",
            help: "How much both G pay for each pixel that is not what it was after there and back: 0 leaves them to D alone, and what is drawn need have nothing to do with what went in.",
            default: 10.0,
            min: 0.0,
            max: 1000.0,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: "identity",
            title: "Weight of identity",
            help: "What a G pays for changing a picture that is of the right kind already, as a share of λ: it keeps colours where nothing asks for others; 0 is quicker.",
            default: 0.5,
            min: 0.0,
            max: 10.0,
            scale: Scale::Linear,
            live: true,
        },
        Setting {
            name: "blocks",
            title: "Residual blocks",
            help: "How deep both G are: the paper has 6 for pictures of 128, 9 for 256; 3 suit 64.",
            default: 3.0,
            min: 1.0,
            max: 12.0,
            scale: Scale::Integer,
            live: false,
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
        common::size(64.0),
        common::HEIGHT,
        common::COLOUR,
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
            name: "cycle",
            title: "Cycle",
            unit: "0–1 scale",
            help: "Mean absolute difference of a pixel after there and back, over both ways round.",
            role: Role::Figure,
            axis: "l1",
            even: None,
        },
        Loss {
            name: "identity",
            title: "Identity",
            unit: "0–1 scale",
            help: "Mean absolute difference that a G makes to a picture that is of the right kind already, over both.",
            role: Role::Figure,
            axis: "l1",
            even: None,
        },
        common::GAME[2],
        common::GAME[3],
    ],
    data: "faces-dusk",
};

/// Both generators, which one loss moves.
#[derive(Module, Debug)]
struct Generators {
    generator_ab: Translator,
    generator_ba: Translator,
}

#[derive(Clone)]
struct Training {
    generators: Part<Generators>,
    discriminator_a: Part<Patch>,
    discriminator_b: Part<Patch>,
    /// Pictures drawn before, of each domain.
    pools: [Pool; 2],
    shape: Shape,
    names: [String; 2],
    device: Device,
    /// What D of the second domain said in the last step.
    judged: Option<Judged<4>>,
}

/// Builds the system with the paper's initialisation, N(0, 0.02). Fails for data of one domain, for domains of two sizes or kinds, and
/// for sides that the networks do not fit in.
pub fn build(
    facts: &Facts,
    settings: &Settings,
    seed: u64,
    device: &Device,
) -> Result<Box<dyn System>, String> {
    RECIPE.check_data(facts)?;
    let (shape, strided) = (facts.shape, settings.count(&RECIPE, FIELD));
    let [(first, _), (second, other), ..] = facts.domains.as_slice() else {
        return Err(format!("{} needs two domains of pictures", RECIPE.name));
    };
    if !shape.fits(other) {
        return Err(format!(
            "{} needs both domains of one size and kind, not {}×{} with {} channels beside {}×{} with {}",
            RECIPE.name, shape.width, shape.height, shape.channels, other.width, other.height, other.channels
        ));
    }
    shape.check_halved_exactly(RECIPE.name, strided.max(2) as u32)?;
    let (training, c) = (device.clone().autodiff(), shape.channels);
    let (width, blocks) = (settings.count(&RECIPE, "width"), settings.count(&RECIPE, "blocks"));
    let generator = || Translator::new([c, c], width, blocks, &training);
    let generators = Generators { generator_ab: generator(), generator_ba: generator() };
    let generators = init::initialise(generators, "", seed, Init::Dcgan);
    let discriminator = |name: &'static str| {
        let patch = Patch::instance(c, width, strided, &training);
        Part::new(name, init::initialise(patch, name, seed, Init::Dcgan), 0.5, 0.999)
    };
    Ok(Box::new(Training {
        generators: Part::new("", generators, 0.5, 0.999),
        discriminator_a: discriminator("discriminator_a"),
        discriminator_b: discriminator("discriminator_b"),
        pools: ["optimizer.pool_a", "optimizer.pool_b"].map(Pool::new),
        shape,
        names: [first.clone(), second.clone()],
        device: device.clone(),
        judged: None,
    }))
}

/// Verdicts of all patches in a column: `[n, 1, s, t]` → `[n · s · t, 1]`.
fn column(logits: Tensor<4>) -> Tensor<2> {
    let count = logits.dims().iter().product::<usize>();
    logits.reshape([count, 1])
}

/// Mean absolute difference of two pictures of −1 to 1, `[n, c, h, w]` each: `[1]`.
fn l1(x: Tensor<4>, y: Tensor<4>) -> Tensor<1> {
    (x - y).abs().mean()
}

impl System for Training {
    fn step(&mut self, _: u64, batch: &Batch, noise: &mut Noise, settings: &Settings) -> Tensor<1> {
        let turn = settings.get(&RECIPE, common::TURN_NAME);
        let rules = Rules::of(&RECIPE, settings);
        let (learns_g, learns_d) = (turn != common::D_ONLY, turn != common::G_ONLY);
        let [a, b] = [&batch.x, &batch.domains[0]].map(|x| x.clone() * 2.0 - 1.0); // [n, c, h, w] each
        let g = self.generators.playing(learns_g);
        let draw = |g: &Translator, x: Tensor<4>| g.forward(x, "", &mut Watch::nobody()); // [n, c, h, w]
        let [fake_b, fake_a] = [draw(&g.generator_ab, a.clone()), draw(&g.generator_ba, b.clone())];
        let [back_a, back_b] = [draw(&g.generator_ba, fake_b.clone()), draw(&g.generator_ab, fake_a.clone())];
        // Of both ways round, on the 0–1 scale of pictures.
        let cycle = (l1(back_a, a.clone()) + l1(back_b, b.clone())) * 0.25; // [1]
        let stays = settings.get(&RECIPE, "identity") as f32;
        let still = if stays > 0.0 { g } else { self.generators.playing(false) };
        let identity = (l1(draw(&still.generator_ba, a.clone()), a.clone())
            + l1(draw(&still.generator_ab, b.clone()), b.clone()))
            * 0.25; // [1]

        let judge = |d: &Patch, x: Dual<4>| d.forward(x).linear(column); // [n · s · t, 1]
        let learns = learns_d.then(|| (settings.get(&RECIPE, "learning_rate_d"), 1.0));
        let [pool_a, pool_b] = &mut self.pools;
        let samples = [a.clone(), pool_a.shown(fake_a.clone(), noise)];
        let of_a = rules.turn_of_d(&mut self.discriminator_a, &judge, samples, learns, noise);
        let samples = [b.clone(), pool_b.shown(fake_b.clone(), noise)];
        let of_b = rules.turn_of_d(&mut self.discriminator_b, &judge, samples, learns, noise);
        self.judged = Some(of_b.judged);

        let paid = |d: &Part<Patch>, fake: Tensor<4>, real: Tensor<4>| {
            let held = d.playing(false);
            let on = |x: Tensor<4>| judge(&held, x.into()).value; // [n · s · t, 1]
            rules.game.generator(on(fake), || on(real)) // [1]
        };
        let loss_g = paid(&self.discriminator_a, fake_a, a) + paid(&self.discriminator_b, fake_b, b); // [1]
        let [shown_g, shown_cycle, shown_identity] =
            [loss_g.clone() * 0.5, cycle.clone(), identity.clone()].map(Tensor::detach); // [1] each
        if learns_g {
            // The paper's squared error has no ½, and its λ is for the sum of both ways round, of pictures of −1 to 1.
            let whole = if rules.game == Game::LeastSquares { 2.0 } else { 1.0 };
            let weight = 4.0 * settings.get(&RECIPE, "cycle") as f32;
            let kept = if stays > 0.0 { cycle + identity * stays } else { cycle }; // [1]
            let rate = settings.get(&RECIPE, "learning_rate_g");
            self.generators.descend(loss_g * whole + kept * weight, rate);
        }
        let mean = |x: Tensor<1>, y: Tensor<1>| (x + y) * 0.5; // [1]
        let all = vec![
            mean(of_a.paid, of_b.paid),
            shown_g,
            shown_cycle,
            shown_identity,
            mean(of_a.on_real, of_b.on_real),
            mean(of_a.on_fake, of_b.on_fake),
        ];
        Tensor::cat(all, 0).inner()
    }

    fn judged(&self) -> Option<Judged<4>> {
        self.judged.clone().map(Judged::to_unit)
    }

    fn model(&self) -> Box<dyn Model> {
        let Generators { generator_ab, generator_ba } = self.generators.module.valid();
        Box::new(Trained { generator_ab, generator_ba, shape: self.shape, names: self.names.clone() })
    }

    fn parts(&self) -> Vec<&dyn Learns> {
        vec![&self.generators, &self.discriminator_a, &self.discriminator_b]
    }

    fn parts_mut(&mut self) -> Vec<&mut dyn Learns> {
        vec![&mut self.generators, &mut self.discriminator_a, &mut self.discriminator_b]
    }

    fn optimisers(&self) -> Result<Vec<(String, TensorData)>, String> {
        // A pool is of the training as optimisers are: who looks at the model needs none.
        let parts = self.parts().into_iter().map(Learns::optimiser);
        parts.chain(self.pools.iter().filter_map(Pool::kept).map(Ok)).collect()
    }

    fn restore(&mut self, tensors: &Tensors) -> Result<(), String> {
        self.parts_mut().into_iter().try_for_each(|part| part.restore(tensors))?;
        let Shape { width, height, channels, .. } = self.shape;
        let device = self.device.clone();
        self.pools.iter_mut().try_for_each(|pool| pool.take(tensors, [channels, height, width], &device))
    }
}

#[derive(Clone)]
struct Trained {
    generator_ab: Translator,
    generator_ba: Translator,
    shape: Shape,
    names: [String; 2],
}

/// x where a number of `second` is 0, y where it is 1: both `[n, c, h, w]`.
fn either(x: Tensor<4>, y: Tensor<4>, second: &[bool]) -> Tensor<4> {
    let part: Vec<f32> = second.iter().map(|s| f32::from(u8::from(*s))).collect();
    let part = Tensor::<4>::from_data(TensorData::new(part, [second.len(), 1, 1, 1]), &x.device()); // [n, 1, 1, 1]
    x * (-part.clone() + 1.0) + y * part // [n, c, h, w]
}

impl Trained {
    /// Pictures `[n, c, h, w]`, −1 to 1, one way, and back where `back` is wanted of any: `[n, c, h, w]`, −1 to 1.
    fn way(&self, x: Tensor<4>, second: bool, back: &[bool], watch: &mut Watch<'_>) -> Tensor<4> {
        let (names, ways) = (["generator_ab", "generator_ba"], [&self.generator_ab, &self.generator_ba]);
        let (to, home) = (usize::from(second), usize::from(!second));
        let there = ways[to].forward(x, names[to], watch); // [n, c, h, w]
        if !back.contains(&true) {
            return there;
        }
        let again = ways[home].forward(there.clone(), names[home], watch); // [n, c, h, w]
        if back.contains(&false) { either(there, again, back) } else { again }
    }
}

impl Model for Trained {
    fn inputs(&self) -> Vec<Input> {
        let Shape { width, height, channels, .. } = self.shape;
        let kind = Kind::Picture { width, height, channels, role: point::Role::Photo };
        let [a, b] = &self.names;
        // In words, as the window's font has no arrow.
        vec![
            Input { name: PICTURE.into(), kind, home: None },
            Input::choice(DIRECTION, &[&format!("{a} to {b}"), &format!("{b} to {a}")]),
            Input::choice(SHOWN, &["translated", "there and back"]),
        ]
    }

    fn forward(&self, given: &Given, watch: &mut Watch<'_>) -> Option<Tensor<4>> {
        let x = given.picture(0)? * 2.0 - 1.0; // [n, c, h, w]
        let n = x.dims()[0];
        // On the way between two choices it is the nearer one.
        let chosen = |i: usize| -> Vec<bool> {
            given.number(i).map_or_else(|| vec![false; n], |all| all.iter().map(|v| *v >= 0.5).collect())
        };
        let (second, back) = (chosen(1), chosen(2));
        let drawn = match (second.contains(&false), second.contains(&true)) {
            (true, true) => {
                let [there, here] = [false, true].map(|way| self.way(x.clone(), way, &back, watch)); // [n, c, h, w] each
                either(there, here, &second) // [n, c, h, w]
            }
            (_, way) => self.way(x, way, &back, watch), // [n, c, h, w]
        };
        Some(((drawn + 1.0) * 0.5).clamp(0.0, 1.0)) // [n, c, h, w], 0 to 1
    }

    fn read(&self, x: Tensor<4>) -> Vec<(usize, Fed)> {
        vec![(0, Fed::Picture(x))]
    }

    fn translator(&self) -> Option<&dyn Translates> {
        Some(self)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

impl Translates for Trained {
    fn domains(&self) -> [&str; 2] {
        [&self.names[0], &self.names[1]]
    }

    fn shape(&self) -> Shape {
        self.shape
    }

    fn translate(&self, x: Tensor<4>, back: bool) -> Tensor<4> {
        let x = self.way(x * 2.0 - 1.0, back, &[], &mut Watch::nobody()); // [n, c, h, w]
        ((x + 1.0) * 0.5).clamp(0.0, 1.0) // [n, c, h, w]
    }
}
