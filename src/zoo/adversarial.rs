//! What all GANs do alike: the game that is chosen from a menu, the penalties on D's slope, and one step of both players
//! (Goodfellow et al. 2014, algorithm 1).
//!
//! Must not know: any one system's networks, files, messages.

use super::averaged::Averaged;
use super::common::{self, D_ONLY, D_STEPS_NAME, G_ONLY, TURN_NAME};
use super::train::Part;
use super::{Loss, Recipe, Role, Scale, Setting, Settings};
use crate::nn::{Dual, Noise};
use crate::objective::game::{Game, Meaning};
use crate::objective::slope::{self, Critic, Penalty};
use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

/// Name of the menu of games.
pub const LOSS_NAME: &str = "loss";

/// Which game is played.
pub const LOSS: Setting = Setting {
    name: LOSS_NAME,
    title: "Loss",
    help: "Which game G and D play: what each pays for what D says. It can be changed while they play.",
    default: 0.0,
    min: 0.0,
    max: 7.0,
    scale: Scale::Choice(&[
        (0.0, "non-saturating"),
        (1.0, "minimax"),
        (2.0, "LSGAN"),
        (3.0, "WGAN"),
        (4.0, "WGAN-GP"),
        (5.0, "DRAGAN"),
        (6.0, "hinge"),
        (7.0, "relativistic"),
    ]),
    live: true,
};

/// One-sided label smoothing.
pub const SMOOTHING: Setting = Setting {
    name: "smoothing",
    title: "Label smoothing",
    help: "How much D shall doubt even real samples, so that it never grows too sure (Salimans et al. 2016): 0.1 asks it for 90 %; WGAN and hinge have no target to smooth.",
    default: 0.0,
    min: 0.0,
    max: 0.5,
    scale: Scale::Linear,
    live: true,
};

/// λ of the penalty that belongs to WGAN-GP and to DRAGAN.
pub const SLOPE: Setting = Setting {
    name: "slope",
    title: "Slope penalty λ",
    help: "Of WGAN-GP and DRAGAN alone: what D pays for a slope that is not 1, on the way between real and generated samples or around real ones. The papers have 10 for pictures, 0.1 for points.",
    default: 10.0,
    min: 0.0,
    max: 1000.0,
    scale: Scale::Linear,
    live: true,
};

/// γ of R2.
pub const R2: Setting = Setting {
    name: "r2",
    title: "R2 γ",
    help: "What D pays for steepness at generated samples (Mescheder et al. 2018), as R1 does at real ones; 0 = nothing.",
    default: 0.0,
    min: 0.0,
    max: 100.0,
    scale: Scale::Linear,
    live: true,
};

/// Bound of WGAN's weights.
pub const CLIP: Setting = Setting {
    name: "clip",
    title: "Clip weights at",
    help: "Of WGAN alone: after each step D's weights are brought back to between minus this and this, so that its slope stays bounded.",
    default: 0.01,
    min: 0.001,
    max: 10.0,
    scale: Scale::Log,
    live: true,
};

/// ε of what the critic's score of real samples costs.
pub const DRIFT: Setting = Setting {
    name: "drift",
    title: "Drift ε",
    help: "Of WGAN-GP alone: what D pays for a large score of real samples, ε·E C(x)², so that its scores don't wander off where only their difference counts (Karras et al. 2018).",
    default: 0.001,
    min: 0.0,
    max: 1.0,
    scale: Scale::Linear,
    live: true,
};

/// Steps from one R1 penalty to the next.
pub const LAZY: Setting = Setting {
    name: "lazy",
    title: "R1 every so many steps",
    help: "D pays R1 in every so manyth step only, and then so many times as much (lazy regularisation, Karras et al. 2020): almost the same, and quicker.",
    default: 1.0,
    min: 1.0,
    max: 64.0,
    scale: Scale::Integer,
    live: true,
};

/// Samples that D judges at once.
pub const PACK: Setting = Setting {
    name: "pack",
    title: "Samples D sees at once",
    help: "With 2 or more D judges packs of samples together (PacGAN, Lin et al. 2018): a G that draws always the same is found out.",
    default: 1.0,
    min: 1.0,
    max: 8.0,
    scale: Scale::Integer,
    live: false,
};

/// The game that these settings choose; `None`: the recipe has no such menu.
pub fn game(recipe: &Recipe, settings: &Settings) -> Option<Game> {
    settings.find(recipe, LOSS_NAME).map(|place| Game::at(place as usize))
}

/// The losses of a recipe with the units, words and reference values of the game that these settings choose.
pub fn plotted(recipe: &Recipe, settings: &Settings) -> Vec<Loss> {
    let game = game(recipe, settings);
    let of_game = |loss: &Loss, game: Game| {
        let said = |m: Meaning, axis| Loss { unit: m.unit, help: m.help, even: m.even, axis, ..*loss };
        match loss.role {
            Role::Discriminator | Role::Generator => {
                let (d, g) = (game.discriminator_pays(), game.generator_pays());
                let own = if loss.role == Role::Generator { g } else { d };
                // Where both are of one unit they share a plot.
                said(
                    own,
                    if d.unit == g.unit || loss.role == Role::Discriminator { "paid" } else { "paid by G" },
                )
            }
            Role::RealScore | Role::FakeScore => said(game.score_means(), "said"),
            _ => *loss,
        }
    };
    recipe.losses.iter().map(|loss| game.map_or(*loss, |game| of_game(loss, game))).collect()
}

/// What the settings of a step say of the game.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// Which game.
    pub game: Game,
    smoothing: f32,
    slope: f32,
    r1: f32,
    r2: f32,
    clip: f32,
    drift: f32,
    /// Whether D compares the samples of a batch, so that a slope is not of one sample alone.
    compares: bool,
}

/// What the discriminator says of a batch.
pub struct Verdict {
    /// What it pays, penalties with it, `[1]`.
    pub loss: Tensor<1>,
    /// The same without penalties, which the plot shows, `[1]`.
    pub game: Tensor<1>,
    /// C of real samples, `[n, 1]`.
    pub on_real: Tensor<2>,
    /// C of generated ones, `[n, 1]`.
    pub on_fake: Tensor<2>,
}

impl Rules {
    /// Those of these settings; what a recipe does not declare is off.
    pub fn of(recipe: &Recipe, settings: &Settings) -> Self {
        let value = |name| settings.find(recipe, name).unwrap_or_default() as f32;
        Self {
            game: Game::at(value(LOSS_NAME) as usize),
            smoothing: value(SMOOTHING.name),
            slope: value(SLOPE.name),
            r1: value(common::PENALTY.name),
            r2: value(R2.name),
            clip: value(CLIP.name),
            drift: value(DRIFT.name),
            compares: false,
        }
    }

    /// The same for a D that compares the samples of a batch ([`slope::of_batch`]).
    pub fn comparing(self) -> Self {
        Self { compares: true, ..self }
    }

    /// The same in the step after `step` steps, where R1 is paid in every `every`th step only, and so many times as much.
    pub fn lazily(self, step: u64, every: u64) -> Self {
        let now = step.is_multiple_of(every.max(1));
        Self { r1: if now { self.r1 * every.max(1) as f32 } else { 0.0 }, ..self }
    }

    /// What D pays for what it says of two kinds of samples, `[n, 1]` each, without penalties: `[1]`.
    pub fn pays(&self, on_real: Tensor<2>, on_fake: Tensor<2>) -> Tensor<1> {
        self.game.discriminator(on_real, on_fake, self.smoothing)
    }

    /// What D pays for real and generated samples `[n, …]`. `held`: D with weights that need no gradient.
    pub fn verdict<const N: usize>(
        &self,
        d: Critic<'_, N>,
        held: Critic<'_, N>,
        real: Tensor<N>,
        fake: Tensor<N>,
        noise: &mut Noise,
    ) -> Verdict {
        let on_real = d(real.clone().into()).value; // [n, 1]
        let on_fake = d(fake.clone().into()).value; // [n, 1]
        let game = self.game.discriminator(on_real.clone(), on_fake.clone(), self.smoothing); // [1]
        let mut loss = game.clone();
        let pays = |x, penalty: Penalty| match self.compares {
            true => slope::of_batch(d, held, x, penalty),
            false => penalty.of(slope::slopes(d, held, x)),
        };
        if self.r1 > 0.0 {
            loss = loss + pays(real.clone(), Penalty::ZeroCentred(self.r1));
        }
        if self.r2 > 0.0 {
            loss = loss + pays(fake.clone(), Penalty::ZeroCentred(self.r2));
        }
        if self.drift > 0.0 && self.game == Game::WassersteinPenalty {
            loss = loss + on_real.clone().square().mean() * self.drift;
        }
        let between = match self.game {
            _ if self.slope == 0.0 => None,
            Game::WassersteinPenalty => Some(between(real, fake, noise)),
            Game::Dragan => Some(around(real, noise)),
            _ => None,
        };
        if let Some(x) = between {
            loss = loss + pays(x, Penalty::OneCentred(self.slope));
        }
        Verdict { loss, game, on_real, on_fake }
    }

    /// One turn of D, on samples `[n, …]` of a step of G's: what is plotted of it, and what was said. It pays `weight` times its loss
    /// where it learns, at `rate`.
    pub fn turn_of_d<D: Module, const N: usize>(
        &self,
        d: &mut Part<D>,
        judge: &impl Fn(&D, Dual<N>) -> Dual<2>,
        [real, fake]: [Tensor<N>; 2],
        learns: Option<(f64, f32)>,
        noise: &mut Noise,
    ) -> TurnOfD<N> {
        let (own, held) = (d.playing(learns.is_some()), d.playing(false));
        let (of_own, of_held) = (|x| judge(&own, x), |x| judge(&held, x));
        let Verdict { loss, game, on_real, on_fake } =
            self.verdict(&of_own, &of_held, real.clone(), fake.clone().detach(), noise);
        let judged = Judged::new(self.game, [real, fake], [on_real.clone(), on_fake.clone()], None);
        let (on_real, on_fake) = self.game.scores(on_real.detach(), on_fake.detach()); // [1] each
        let paid = game.detach(); // [1]
        if let Some((rate, weight)) = learns {
            d.descend(loss * weight, rate);
            self.bound(d);
        }
        TurnOfD { paid, on_real, on_fake, judged }
    }

    /// Brings D's weights back to where the game wants them after a step.
    pub fn bound<D: Module>(&self, d: &mut Part<D>) {
        if self.game == Game::Wasserstein {
            d.clip(self.clip);
        }
    }
}

/// x̂ = αx + (1 − α)G(z), α of U(0, 1), of WGAN-GP: real and generated samples `[n, …]` → `[n, …]`.
fn between<const N: usize>(real: Tensor<N>, fake: Tensor<N>, noise: &mut Noise) -> Tensor<N> {
    let mut dims = real.dims();
    dims[1..].fill(1);
    let part: Vec<f32> = noise.uniforms(dims[0], 0.5).into_iter().map(|u| u + 0.5).collect();
    let part = Tensor::<N>::from_data(TensorData::new(part, dims), &real.device()); // [n, 1, …]
    (real - fake.clone()) * part + fake
}

/// x̂ = x + ½σ(x)·U(0, 1) of DRAGAN, with the spread σ of all numbers in the batch: `[n, …]` → `[n, …]`.
fn around<const N: usize>(real: Tensor<N>, noise: &mut Noise) -> Tensor<N> {
    let dims = real.dims();
    let count = dims.iter().product();
    let away: Vec<f32> = noise.uniforms(count, 0.5).into_iter().map(|u| u + 0.5).collect();
    let away = Tensor::<N>::from_data(TensorData::new(away, dims), &real.device()); // [n, …]
    let mean = real.clone().mean().reshape([1; N]); // [1, …]
    let spread = (real.clone() - mean).square().mean().sqrt().reshape([1; N]); // [1, …]
    real + away * spread * 0.5
}

/// The samples of a step's last turn, and what D said of them before it learned.
#[derive(Clone)]
pub struct Judged<const N: usize> {
    /// Which game is played.
    pub game: Game,
    /// Real samples `[n, …]`.
    pub real: Tensor<N>,
    /// Generated ones, `[n, …]`.
    pub fake: Tensor<N>,
    /// C of real samples, `[m, 1]`: of each, of its patches one after the other, or of each pack.
    pub on_real: Tensor<2>,
    /// C of generated ones, `[m, 1]`.
    pub on_fake: Tensor<2>,
    /// What the generated ones were drawn of, `[n, z]`, where that is a latent.
    pub z: Option<Tensor<2>>,
}

impl<const N: usize> Judged<N> {
    /// Out of the gradients' graph: samples `[n, …]`, C of them `[m, 1]`, and latents `[n, z]`.
    pub fn new(game: Game, [real, fake]: [Tensor<N>; 2], on: [Tensor<2>; 2], z: Option<Tensor<2>>) -> Self {
        let [on_real, on_fake] = on.map(|c| c.detach().inner());
        let (real, fake) = (real.detach().inner(), fake.detach().inner());
        Self { game, real, fake, on_real, on_fake, z: z.map(|z| z.detach().inner()) }
    }
}

impl Judged<4> {
    /// Pictures of −1 to 1 as pictures of 0 to 1.
    pub fn to_unit(self) -> Self {
        let unit = |x: Tensor<4>| (x + 1.0) * 0.5; // [n, c, h, w]
        Self { real: unit(self.real), fake: unit(self.fake), ..self }
    }
}

/// Samples of one of D's turns where `all` are shared out among `turns` of them: whole packs, and one at least.
pub fn in_turn(all: usize, turns: usize, pack: usize) -> usize {
    (all / turns.max(1) / pack.max(1)).max(1) * pack.max(1)
}

/// What turn `i` of `turns` has of a batch `[all, …]`: `[n, …]`, whole packs; what is fewer than a pack is repeated.
pub fn of_turn<const N: usize>(x: Tensor<N>, i: usize, turns: usize, pack: usize) -> Tensor<N> {
    let all = x.dims()[0];
    let (n, size) = (in_turn(all, turns, pack), (all / turns.max(1)).max(1));
    let first = (i * size).min(all - size);
    let own = x.slice_dim(0, first..first + size); // [size, …]
    let enough = if size < n { own.repeat_dim(0, n.div_ceil(size)) } else { own };
    enough.slice_dim(0, 0..n) // [n, …]
}

/// What is plotted and shown of one turn of D.
pub struct TurnOfD<const N: usize> {
    /// What it paid without penalties, `[1]`.
    pub paid: Tensor<1>,
    /// What it said of real samples on average, as it is plotted, `[1]`.
    pub on_real: Tensor<1>,
    /// The same of generated ones, `[1]`.
    pub on_fake: Tensor<1>,
    /// The samples, with what was said of each.
    pub judged: Judged<N>,
}

/// What a GAN's networks do in a step, in which D has one turn or several, each with samples of its own. `N`: dimensions of
/// samples as tensors.
pub trait Players<G, D, const N: usize> {
    /// The real samples of turn `i`, `[n, …]`, as D sees them.
    fn real(&self, i: usize, noise: &mut Noise) -> Tensor<N>;
    /// Latents of a turn, `[n, z]`.
    fn latents(&self, noise: &mut Noise) -> Tensor<2>;
    /// What G draws of latents `[n, z]` in turn `i`, `[n, …]`.
    fn fake(&self, g: &G, z: Tensor<2>, i: usize) -> Tensor<N>;
    /// What D sees of samples `[n, …]` that G drew: the same shape.
    fn seen(&self, x: Tensor<N>, noise: &mut Noise) -> Tensor<N>;
    /// C of samples `[n, …]` of turn `i` → `[m, 1]`.
    fn judge(&self, d: &D, x: Dual<N>, i: usize) -> Dual<2>;
    /// −ln p of the classes of turn `i` by D's auxiliary classifier for samples `[n, …]`, which D and G both pay (Odena et al. 2017):
    /// `[1]`. `None`: D names no classes.
    fn named(&self, _d: &D, _x: Tensor<N>, _i: usize) -> Option<Tensor<1>> {
        None
    }
    /// What G pays for weights that are not orthogonal: `[1]`. `None`: nothing.
    fn crooked(&self, _g: &G) -> Option<Tensor<1>> {
        None
    }
}

/// One step of both: D's turns, the last of which shares its samples with G's, then G's. Returns the numbers of
/// [`common::GAME`], `[4]`, and the samples of G's turn. `step`: steps made before.
pub fn step<G: Module, D: Module, const N: usize>(
    g: &mut Averaged<G>,
    d: &mut Part<D>,
    players: &impl Players<G, D, N>,
    rules: &Rules,
    (recipe, settings): (&Recipe, &Settings),
    step: u64,
    noise: &mut Noise,
) -> (Tensor<1>, Judged<N>) {
    let turns = settings.find(recipe, D_STEPS_NAME).map_or(1, |n| n as usize).max(1);
    let turn = settings.get(recipe, TURN_NAME);
    let [rate_g, rate_d] = ["learning_rate_g", "learning_rate_d"].map(|name| settings.get(recipe, name));
    // The penalties look along slopes of a D whose weights need no gradient.
    let verdict = |d: &D, held: &D, i: usize, real: Tensor<N>, fake: Tensor<N>, noise: &mut Noise| {
        let names = [real.clone(), fake.clone()].map(|x| players.named(d, x, i)); // [1] each
        let (d, held) = (|x| players.judge(d, x, i), |x| players.judge(held, x, i));
        let Verdict { loss, game, on_real, on_fake } = rules.verdict(&d, &held, real, fake, noise);
        let loss = names.into_iter().flatten().fold(loss, |loss, name| loss + name); // [1]
        Verdict { loss, game, on_real, on_fake }
    };
    for i in (1..turns).filter(|_| turn != G_ONLY) {
        let fake = players.fake(&g.playing(false), players.latents(noise), i); // [n, …]
        let (real, fake) = (players.real(i, noise), players.seen(fake, noise));
        let held = d.playing(false);
        let verdict = verdict(&d.module, &held, i, real, fake, noise);
        d.descend(verdict.loss, rate_d);
        rules.bound(d);
    }

    let (learns_g, learns_d) = (turn != D_ONLY, turn != G_ONLY);
    let z = players.latents(noise); // [n, z]
    let fake = players.fake(&g.playing(learns_g), z.clone(), 0); // [n, …]
    let (real, fake) = (players.real(0, noise), players.seen(fake, noise)); // [n, …] each
    let held = d.playing(false);
    let Verdict { loss, game, on_real, on_fake } =
        verdict(&d.playing(learns_d), &held, 0, real.clone(), fake.clone().detach(), noise);
    let judged =
        Judged::new(rules.game, [real.clone(), fake.clone()], [on_real.clone(), on_fake.clone()], Some(z));
    let (on_real, on_fake) = rules.game.scores(on_real.detach(), on_fake.detach()); // [1] each
    let shown_d = game.detach(); // [1]
    if learns_d {
        d.descend(loss, rate_d);
        rules.bound(d);
    }

    // D only passes the gradient on: its weights need none here.
    let held = d.playing(false);
    let on = |x: Tensor<N>| players.judge(&held, x.into(), 0).value;
    let name = players.named(&held, fake.clone(), 0); // [1]
    let loss_g = rules.game.generator(on(fake), || on(real)); // [1]
    let shown_g = loss_g.clone().detach(); // [1]
    if learns_g {
        let more = name.into_iter().chain(players.crooked(&g.playing(true))); // [1] each
        let loss_g = more.fold(loss_g, |loss, more| loss + more); // [1]
        g.descend(loss_g, rate_g, settings.get(recipe, common::EMA.name) as f32, step);
    }
    (Tensor::cat(vec![shown_d, shown_g, on_real, on_fake], 0).inner(), judged) // [4]
}

/// Latents of the prior N(0, 1): `[n, z]`.
pub fn latents(n: usize, z: usize, noise: &mut Noise, device: &Device) -> Tensor<2> {
    noise.normal([n, z], device)
}
