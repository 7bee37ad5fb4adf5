//! The games and the penalties on D's slope against PyTorch, whose autodiff differentiates twice
//! (`tests/data/objectives.py` writes the values).
//!
//! Must not know: systems, the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::module::{Param, ParamId};
use burn::nn::conv::Conv2dConfig;
use burn::nn::{BatchNormConfig, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;
use std::sync::atomic::AtomicBool;
use zscope::data::{Job, Spec};
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{self, Session};
use zscope::nn::Noise;
use zscope::nn::dual::{self, Dual};
use zscope::nn::fast;
use zscope::nn::host::floats;
use zscope::objective::game::{GAMES, Game};
use zscope::objective::slope;
use zscope::zoo::adversarial::{self, LOSS_NAME};

fn reference() -> Value {
    serde_json::from_str(include_str!("../data/objectives.json")).unwrap()
}

fn device() -> Device {
    Device::flex().autodiff()
}

/// The same numbers as in the script.
fn numbers<const N: usize>(seed: f64, scale: f64, shape: [usize; N]) -> Tensor<N> {
    let value = |k: usize| {
        let k = k as f64;
        (scale * (1.7 * k + seed + 3.0 * (0.37 * k * seed).sin()).sin()) as f32
    };
    let values: Vec<f32> = (0..shape.iter().product()).map(value).collect();
    Tensor::from_data(TensorData::new(values, shape), &device())
}

/// A critic of three layers: weights in their order.
struct Critic {
    w: [Tensor<2>; 3],
    b: [Tensor<1>; 2],
    smooth: bool,
}

impl Critic {
    fn new(wide: usize, smooth: bool) -> Self {
        let first = 1.0 / (wide as f64).sqrt();
        let w = [numbers(1.1, first, [wide, 24]), numbers(3.7, 0.5, [24, 24]), numbers(5.9, 0.5, [24, 1])];
        let b = [numbers(2.3, 0.3, [24]), numbers(4.1, 0.3, [24])];
        Self { w: w.map(Tensor::require_grad), b: b.map(Tensor::require_grad), smooth }
    }

    fn held(&self) -> Self {
        Self { w: self.w.clone().map(Tensor::detach), b: self.b.clone().map(Tensor::detach), ..*self }
    }

    fn forward(&self, x: Dual<2>) -> Dual<2> {
        let layer = |weight: &Tensor<2>, bias: Option<&Tensor<1>>| {
            let [from, to] = weight.dims();
            let mut layer = LinearConfig::new(from, to).with_bias(bias.is_some()).init(&device());
            layer.weight = Param::initialized(ParamId::new(), weight.clone());
            layer.bias = bias.map(|b| Param::initialized(ParamId::new(), b.clone()));
            layer
        };
        let hidden = |i: usize, x: Dual<2>| {
            let layer = layer(&self.w[i], Some(&self.b[i]));
            if self.smooth {
                dual::tanh(dual::dense(&layer, x, fast::NOTHING))
            } else {
                dual::dense(&layer, x, 0.2)
            }
        };
        dual::dense(&layer(&self.w[2], None), hidden(1, hidden(0, x)), fast::NOTHING)
    }

    /// Gradients of a loss by its weights, in the script's order, the first 96 numbers of each.
    fn gradients(&self, loss: Tensor<1>) -> Vec<Vec<f32>> {
        let back = loss.backward();
        let matrix = |w: &Tensor<2>| w.grad(&back).map_or(Vec::new(), floats);
        let vector = |b: &Tensor<1>| b.grad(&back).map_or(Vec::new(), floats);
        let all = [
            matrix(&self.w[0]),
            vector(&self.b[0]),
            matrix(&self.w[1]),
            vector(&self.b[1]),
            matrix(&self.w[2]),
        ];
        all.into_iter().map(|g| g.into_iter().take(96).collect()).collect()
    }
}

fn scalar(x: &Tensor<1>) -> f64 {
    f64::from(x.clone().into_scalar::<f32>())
}

/// Every game's two losses are PyTorch's, so are they where the labels are smoothed, and D's indecision costs what is said.
#[test]
fn every_game_pays_what_its_paper_says() {
    let all = reference();
    let (real, fake) = (numbers(1.9, 2.0, [8, 1]), numbers(7.7, 2.0, [8, 1]));
    for (game, name) in GAMES {
        let d = scalar(&game.discriminator(real.clone(), fake.clone(), 0.0));
        let g = scalar(&game.generator(fake.clone(), || real.clone()));
        let want = |i: usize| all["games"][name][i].as_f64().unwrap();
        assert!((d - want(0)).abs() < 1e-5 && (g - want(1)).abs() < 1e-5, "{name}: {d} {g}");
        // Where D says the same of all, at the middle of its scale, both pay the value that the plot has a line at.
        let middle = if game == Game::LeastSquares { 0.5 } else { 0.0 };
        let even = || Tensor::<2>::full([4, 1], middle, &device());
        let paid = [
            (game.discriminator(even(), even(), 0.0), game.discriminator_pays().even),
            (game.generator(even(), even), game.generator_pays().even),
        ];
        for (paid, line) in paid {
            assert!(line.is_none_or(|(v, _)| (scalar(&paid) - v).abs() < 1e-5), "{name}: {paid}");
        }
        let (said, of_fake) = game.scores(even(), even());
        assert!(game.score_means().even.is_none_or(|(v, _)| (scalar(&said) - v).abs() < 1e-6), "{name}");
        assert_eq!(scalar(&said), scalar(&of_fake));
    }
    let smoothed = scalar(&Game::NonSaturating.discriminator(real, fake, 0.1));
    assert!((smoothed - all["smoothed"].as_f64().unwrap()).abs() < 1e-5);
}

/// Saturating: where D is sure of the fakes, the minimax loss hands G almost nothing, and the non-saturating one almost all.
#[test]
fn minimax_starves_a_generator_that_is_found_out() {
    let slope_of = |game: Game, logit: f32| {
        let c = Tensor::<2>::full([1, 1], logit, &device()).require_grad();
        let back = game.generator(c.clone(), || unreachable!()).backward();
        floats(c.grad(&back).unwrap())[0].abs()
    };
    assert!(slope_of(Game::Minimax, -6.0) < 0.003 && slope_of(Game::NonSaturating, -6.0) > 0.997);
    assert!((slope_of(Game::Minimax, 0.0) - slope_of(Game::NonSaturating, 0.0)).abs() < 1e-6);
}

/// Penalties by the slope along its own direction are those of a double backward to 1e-5, value and gradient; by a random
/// direction, as zscope had it, the gradient has an error as large as itself.
#[test]
fn penalties_are_those_of_a_double_backward() {
    for case in reference()["penalties"].as_array().unwrap() {
        let (wide, smooth) = (case["wide"].as_u64().unwrap() as usize, case["activation"] == "tanh");
        let critic = Critic::new(wide, smooth);
        let held = critic.held();
        let x = numbers(6.3, 1.0, [16, wide]);
        let slopes = slope::slopes(&|x| critic.forward(x), &|x| held.forward(x), x.clone());
        let zero = case["kind"] == "zero";
        let loss = if zero { slope::zero_centred(slopes, 1.0) } else { slope::one_centred(slopes, 1.0) };
        let want: Vec<Vec<f64>> = case["gradients"]
            .as_array()
            .unwrap()
            .iter()
            .map(|g| g.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect())
            .collect();
        let apart = |ours: &[Vec<f32>]| {
            let (mut error, mut size) = (0.0, 0.0);
            for (ours, want) in ours.iter().zip(&want) {
                error += want
                    .iter()
                    .enumerate()
                    .map(|(i, w)| (f64::from(ours.get(i).copied().unwrap_or(0.0)) - w).powi(2))
                    .sum::<f64>();
                size += want.iter().map(|w| w * w).sum::<f64>();
            }
            (error / size).sqrt()
        };
        let value = case["value"].as_f64().unwrap();
        let of_value = (scalar(&loss) / value - 1.0).abs();
        let exact = apart(&critic.gradients(loss));
        let random = zero.then(|| {
            let away = Noise::new(1, 0).normal([16, wide], &device()) * 0.02;
            let c = |x: Tensor<2>| critic.forward(x.into()).value;
            let slope = (c(x.clone() + away) - c(x)) / 0.02;
            apart(&critic.gradients(slope::zero_centred(slope, 1.0)))
        });
        println!(
            "{wide} numbers, {}, {}: value {of_value:.1e}, gradient {exact:.1e}, by a random direction {random:.2?}",
            case["activation"], case["kind"]
        );
        assert!(of_value < 1e-5 && exact < 1e-5, "{wide} {}: {of_value:e}, {exact:e}", case["activation"]);
        assert!(random.is_none_or(|r| r > 20.0 * exact), "{random:?} beside {exact}");
    }
}

/// A gradient penalty settles what the plain game circles around for ever: the Dirac-GAN (Mescheder et al. 2018) has one
/// fake point θ, one real point 0 and D(x) = ψx.
#[test]
fn r1_settles_the_dirac_gan() {
    let ends = |gamma: f32| {
        let (mut theta, mut psi) = (1.0f32, 1.0f32);
        let mut radii = Vec::new();
        for step in 0..2000 {
            let d = Tensor::<2>::full([1, 1], psi, &device()).require_grad();
            let held = d.clone().detach();
            let at = |v: f32| Tensor::<2>::full([1, 1], v, &device());
            let game =
                Game::Wasserstein.discriminator(at(0.0).matmul(d.clone()), at(theta).matmul(d.clone()), 0.0);
            let slopes = slope::slopes(
                &|x| x.linear(|x| x.matmul(d.clone())),
                &|x| x.linear(|x| x.matmul(held.clone())),
                at(0.0),
            );
            let back = (game + slope::zero_centred(slopes, gamma)).backward();
            let x = at(theta).require_grad();
            let of_g = Game::Wasserstein.generator(x.clone().matmul(held), || at(0.0)).backward();
            psi -= 0.05 * floats(d.grad(&back).unwrap())[0];
            theta -= 0.05 * floats(x.grad(&of_g).unwrap())[0];
            if step % 100 == 99 {
                radii.push((theta * theta + psi * psi).sqrt());
            }
        }
        radii
    };
    let (plain, calm) = (ends(0.0), ends(1.0));
    assert!(plain.iter().all(|r| *r > 1.0), "the plain game orbits: {plain:?}");
    assert!(calm.last().unwrap() < &1e-3, "R1 converges: {calm:?}");
}

/// What a pass forwards says of changes is what the values do when the input is moved a little: convolution, batch norm, leaky
/// ReLU.
#[test]
fn changes_are_followed_through_convolutions_and_norms() {
    let device = device();
    let conv = Conv2dConfig::new([2, 5], [4, 4])
        .with_stride([2, 2])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .init(&device);
    let norm = BatchNormConfig::new(5).init(&device);
    let (x, t) = (numbers(1.3, 1.0, [6, 2, 8, 8]), numbers(4.7, 1.0, [6, 2, 8, 8]));
    let pass = |x: Dual<4>| dual::norm(&norm, dual::conv(&conv, x, fast::NOTHING), 0.2);
    let followed = floats(pass(Dual::along(x.clone(), t.clone())).tangent.unwrap());
    let at = |h: f32| floats(pass((x.clone() + t.clone() * h).into()).value);
    let moved: Vec<f32> = at(1e-3).iter().zip(at(-1e-3)).map(|(a, b)| (a - b) / 2e-3).collect();
    // At a kink the quotient is of both sides: few numbers have one so near.
    let apart = followed.iter().zip(&moved).filter(|(a, b)| (*a - *b).abs() > 5e-3).count();
    assert!(apart * 50 < moved.len(), "{apart} of {} differ", moved.len());
}

/// Every GAN of the registry plays, and every game is played, with all that can be added to it, and its losses are numbers; WGAN's weights are
/// within their bound, and a run of it goes on exactly.
#[test]
fn every_gan_plays_every_game() {
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let flex = zscope::engine::device::cpu().device;
    let gans: Vec<_> =
        crate::registry::systems().into_iter().filter(|e| e.recipe.setting(LOSS_NAME).is_some()).collect();
    assert!(!gans.is_empty());
    for (turn, entry) in gans.into_iter().enumerate() {
        let recipe = entry.recipe;
        // One plays all; of the others each plays WGAN, whose clipping touches every weight, and two more by turns.
        let plays = |place: usize, game: Game| {
            recipe.name == "dcgan"
                || game == Game::Wasserstein
                || (place + turn).is_multiple_of(GAMES.len() / 2)
        };
        for (place, (game, name)) in GAMES.iter().enumerate().filter(|(i, (game, _))| plays(*i, *game)) {
            let mut order = TrainOrder {
                recipe: recipe.name.into(),
                data: format!("{}:32", recipe.data),
                settings: recipe.tiny_settings(),
                ..TrainOrder::default()
            };
            let more = [
                ("loss", place as f64),
                ("penalty", 1.0),
                ("r2", 0.5),
                ("smoothing", 0.1),
                ("d_norm", 0.0),
                ("pack", 2.0),
                ("d_steps", 2.0),
                ("adversarial_from", 1.0),
            ];
            let known = more.into_iter().filter(|(name, _)| recipe.setting(name).is_some());
            order.settings.0.extend(known.map(|(name, v)| (name.to_string(), v)));
            let data = order
                .data
                .parse::<Spec>()
                .unwrap()
                .load(session::want(entry, &order.settings), &job)
                .unwrap();
            let mut s = Session::new(order, std::sync::Arc::new(data), &flex, None, false).unwrap();
            (0..3).for_each(|_| s.advance());
            let rows = s.metrics().rows;
            // A loss of another phase is no number.
            let measured = |step: usize| recipe.measured(recipe.phase_at(&s.order.settings, step as u64));
            let sane = |(i, row): (usize, &Vec<f32>)| {
                row.iter().zip(measured(i)).all(|(v, measured)| v.is_finite() == measured)
            };
            assert!(rows.len() == 3 && rows.iter().enumerate().all(sane), "{} {name}: {rows:?}", recipe.name);
            let clip = s.order.settings.find(recipe, "clip").unwrap() as f32;
            let of_d = |(n, _): &(&String, &TensorData)| {
                n.starts_with("discriminator") && !n.contains("running_") && !n.ends_with(".u")
            };
            let weights = crate::runs::weights(&s);
            let largest = weights
                .iter()
                .filter(of_d)
                .flat_map(|(_, d)| d.iter::<f32>())
                .fold(0.0f32, |m, v| m.max(v.abs()));
            assert_eq!(largest <= clip, *game == Game::Wasserstein, "{} {name}: {largest}", recipe.name);
            // Words and lines are the game's own.
            let plotted = adversarial::plotted(recipe, &s.order.settings);
            let d = plotted.iter().find(|l| l.name == "loss_d").unwrap();
            assert_eq!((d.unit, d.even), (game.discriminator_pays().unit, game.discriminator_pays().even));
            let said = plotted.iter().find(|l| l.name == "d_real").unwrap();
            assert_eq!(said.unit == "probability", game.probabilities(), "{name}");
        }
    }
}
