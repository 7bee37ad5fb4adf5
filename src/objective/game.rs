//! The games that a generator G and a discriminator D play: what each pays, from what D says of real and of generated
//! samples. D's outputs are C(x), a column `[n, 1]`; where the game is one of probabilities D(x) = σ(C(x)), else C is a
//! critic's score as it is.
//!
//! Must not know: networks, optimisers, where samples come from.

use super::{bce_fake, bce_real};
use burn::tensor::{Tensor, activation};

/// Which game. WGAN-GP and DRAGAN are a game with a penalty of its own on D's slope ([`super::slope`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Game {
    /// Goodfellow et al. 2014, with the generator's loss that they advise. D: −E ln D(x) − E ln(1 − D(G(z))); G: −E ln D(G(z)).
    #[default]
    NonSaturating,
    /// The same D; G minimises what D maximises: E ln(1 − D(G(z))), whose gradient vanishes where D is sure.
    Minimax,
    /// Mao et al. 2017, targets 0, 1, 1. D: ½E(C(x) − 1)² + ½E C(G(z))²; G: ½E(C(G(z)) − 1)².
    LeastSquares,
    /// Arjovsky et al. 2017, D's weights clipped. D: E C(G(z)) − E C(x); G: −E C(G(z)).
    Wasserstein,
    /// Gulrajani et al. 2017: the same, with λ·E(‖∇C(x̂)‖ − 1)² on the lines between real and generated samples.
    WassersteinPenalty,
    /// Kodali et al. 2017: the non-saturating game, with that penalty around real samples.
    Dragan,
    /// Lim and Ye 2017, Miyato et al. 2018. D: E max(0, 1 − C(x)) + E max(0, 1 + C(G(z))); G: −E C(G(z)).
    Hinge,
    /// Jolicoeur-Martineau 2018, relativistic average: D and G judge C(x) − E C(G(z)) and C(G(z)) − E C(x), each pays both halves.
    Relativistic,
}

/// All games with their names, in the order of the menu; a setting holds the place.
pub const GAMES: [(Game, &str); 8] = [
    (Game::NonSaturating, "non-saturating"),
    (Game::Minimax, "minimax"),
    (Game::LeastSquares, "LSGAN"),
    (Game::Wasserstein, "WGAN"),
    (Game::WassersteinPenalty, "WGAN-GP"),
    (Game::Dragan, "DRAGAN"),
    (Game::Hinge, "hinge"),
    (Game::Relativistic, "relativistic"),
];

/// What a plotted number of a game means: unit, and the value at which D can't tell real from generated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Meaning {
    /// Its unit.
    pub unit: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// Where D can't tell, and how that is written; `None` where the game has no such value.
    pub even: Option<(f64, &'static str)>,
}

const LN_2: f64 = std::f64::consts::LN_2;

/// σ(c) = 1 / (1 + e^−c) of one number.
pub fn sigmoid(c: f32) -> f32 {
    1.0 / (1.0 + (-c).exp())
}

impl Game {
    /// The game at that place of the menu; the first where there is none.
    pub fn at(place: usize) -> Self {
        GAMES.get(place).map_or_else(Self::default, |(game, _)| *game)
    }

    /// Whether σ(C) is a probability in it; else D is a critic.
    pub fn probabilities(self) -> bool {
        matches!(self, Self::NonSaturating | Self::Minimax | Self::Dragan | Self::Relativistic)
    }

    /// What D pays, `[1]`, for C of real and generated samples, `[n, 1]` each. `smoothing`: the part of the target by which
    /// D shall doubt real samples (one-sided label smoothing, Salimans et al. 2016; 0–1), where real samples have a target.
    pub fn discriminator(self, real: Tensor<2>, fake: Tensor<2>, smoothing: f32) -> Tensor<1> {
        match self {
            Self::NonSaturating | Self::Minimax | Self::Dragan => smoothed(real, smoothing) + bce_fake(fake),
            Self::LeastSquares => ((real - (1.0 - smoothing)).square().mean() + fake.square().mean()) * 0.5,
            Self::Wasserstein | Self::WassersteinPenalty => fake.mean() - real.mean(),
            Self::Hinge => activation::relu(-real + 1.0).mean() + activation::relu(fake + 1.0).mean(),
            Self::Relativistic => {
                let (more, less) = relative(real, fake);
                smoothed(more, smoothing) + bce_fake(less)
            }
        }
    }

    /// What G pays, `[1]`, for C of its samples `[n, 1]`; the relativistic one asks for that of real samples too.
    pub fn generator(self, fake: Tensor<2>, real: impl FnOnce() -> Tensor<2>) -> Tensor<1> {
        match self {
            Self::NonSaturating | Self::Dragan => bce_real(fake),
            // ln(1 − σ(c)) = −softplus(c).
            Self::Minimax => -bce_fake(fake),
            Self::LeastSquares => (fake - 1.0).square().mean() * 0.5,
            Self::Wasserstein | Self::WassersteinPenalty | Self::Hinge => -fake.mean(),
            Self::Relativistic => {
                let (more, less) = relative(real(), fake);
                bce_real(less) + bce_fake(more)
            }
        }
    }

    /// Whether [`Game::generator`] asks what D says of real samples.
    pub fn asks_real(self) -> bool {
        self == Self::Relativistic
    }

    /// What is plotted of C of real and generated samples `[n, 1]`: means of σ(C) or of C, `[1]` each; of the relativistic
    /// game how probably a sample is more real than the others' average.
    pub fn scores(self, real: Tensor<2>, fake: Tensor<2>) -> (Tensor<1>, Tensor<1>) {
        let (real, fake) = if self == Self::Relativistic { relative(real, fake) } else { (real, fake) };
        let score =
            |c: Tensor<2>| if self.probabilities() { activation::sigmoid(c).mean() } else { c.mean() };
        (score(real), score(fake))
    }

    /// How strongly G's loss pulls a sample up the slope of C, by what D says of it: −∂loss/∂C of one sample.
    pub fn pull(self, c: f32) -> f32 {
        match self {
            Self::NonSaturating | Self::Dragan => sigmoid(-c),
            Self::Minimax => sigmoid(c),
            Self::LeastSquares => 1.0 - c,
            Self::Wasserstein | Self::WassersteinPenalty | Self::Hinge => 1.0,
            // Its own half; the other half is shared by all samples alike.
            Self::Relativistic => sigmoid(-c),
        }
    }

    /// What D's loss means.
    pub fn discriminator_pays(self) -> Meaning {
        let (unit, help, even) = match self {
            Self::NonSaturating | Self::Minimax | Self::Dragan | Self::Relativistic => (
                "nats",
                "What the discriminator pays for its mistakes; 2 ln 2 = 1.386: it can't tell real from generated.",
                Some((2.0 * LN_2, "2 ln 2")),
            ),
            Self::LeastSquares => (
                "squared error",
                "Half the squared distance of D's output from 1 for real and 0 for generated samples; ¼: it can't tell.",
                Some((0.25, "¼")),
            ),
            Self::Wasserstein | Self::WassersteinPenalty => (
                "score",
                "The critic's score of generated samples less that of real ones: minus a distance between the two; 0: it can't tell.",
                Some((0.0, "0")),
            ),
            Self::Hinge => (
                "margin",
                "How far scores are from being above 1 for real and below −1 for generated samples; 2: it can't tell.",
                Some((2.0, "2")),
            ),
        };
        Meaning { unit, help, even }
    }

    /// What G's loss means.
    pub fn generator_pays(self) -> Meaning {
        let (unit, help, even) = match self {
            Self::NonSaturating | Self::Dragan => (
                "nats",
                "What the generator pays for being found out; ln 2 = 0.693: D can't tell.",
                Some((LN_2, "ln 2")),
            ),
            Self::Minimax => (
                "nats",
                "ln(1 − D(G(z))), which G makes smaller: near 0 D is sure, and G learns nothing; −ln 2 = −0.693: D can't tell.",
                Some((-LN_2, "−ln 2")),
            ),
            Self::LeastSquares => (
                "squared error",
                "Half the squared distance of D's output from 1 for generated samples; ⅛: D can't tell.",
                Some((0.125, "⅛")),
            ),
            Self::Wasserstein | Self::WassersteinPenalty | Self::Hinge => (
                "score",
                "Minus the critic's score of generated samples: it has no zero of its own, so only its changes mean something.",
                None,
            ),
            Self::Relativistic => (
                "nats",
                "What the generator pays for its samples' being less real than real ones; 2 ln 2 = 1.386: D can't tell.",
                Some((2.0 * LN_2, "2 ln 2")),
            ),
        };
        Meaning { unit, help, even }
    }

    /// What is plotted of D's outputs, of real samples or of generated ones.
    pub fn score_means(self) -> Meaning {
        let (unit, help, even) = match self {
            Self::Relativistic => (
                "probability",
                "How probably, in D's eyes, such a sample is more real than the average of the others.",
                Some((0.5, "½")),
            ),
            _ if self.probabilities() => (
                "probability",
                "How real the discriminator finds such samples, on average; ½ for both: it can't tell.",
                Some((0.5, "½")),
            ),
            Self::LeastSquares => (
                "score",
                "D's output, on average: its aim is 1 for real and 0 for generated samples.",
                Some((0.5, "½")),
            ),
            _ => (
                "score",
                "The critic's score, on average: larger = more real. It is no probability, and has no scale of its own.",
                None,
            ),
        };
        Meaning { unit, help, even }
    }
}

/// [`bce_real`] of `[n, 1]` → `[1]`, where the target is 1 − `smoothing`.
fn smoothed(real: Tensor<2>, smoothing: f32) -> Tensor<1> {
    if smoothing == 0.0 {
        return bce_real(real);
    }
    bce_real(real.clone()) * (1.0 - smoothing) + bce_fake(real) * smoothing
}

/// C of real samples less the mean of the generated ones', and the other way round: `[n, 1]` each.
fn relative(real: Tensor<2>, fake: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let mean = |c: &Tensor<2>| c.clone().mean_dim(0); // [1, 1]
    (real.clone() - mean(&fake), fake - mean(&real))
}
