//! The laboratory: points of known density, the optimal discriminator, and what small GANs do on the plane.
//!
//! Must not know: how a panel is drawn.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor, TensorData};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::data::plane::{BOUND, NAMES, World, jensen_shannon};
use zscope::data::{Job, Offer, Spec};
use zscope::engine::device;
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{self, Session};
use zscope::nn::host::floats;
use zscope::objective::game::Game;
use zscope::tools::plane::{CELLS, FINE, SAMPLES, SIDE, figures, look, samples};
use zscope::zoo::{self, Held};

fn job() -> (AtomicBool, fn(usize, usize)) {
    (AtomicBool::new(false), |_, _| {})
}

fn session(data: &str, settings: &[(&str, f64)], seed: u64) -> Session {
    let entry = zoo::find("lab").unwrap();
    let mut order = TrainOrder { recipe: "lab".into(), data: data.into(), seed, ..TrainOrder::default() };
    order.settings.0.extend(settings.iter().map(|(name, v)| ((*name).to_string(), *v)));
    let spec: Spec = order.data.parse().unwrap();
    let (cancel, progress) = job();
    let job = Job { progress: &progress, cancel: &cancel };
    let data = spec.load(session::want(entry, &order.settings), &job).unwrap();
    Session::new(order, Arc::new(data), &device::cpu().device, None, false).unwrap()
}

fn steps(s: &mut Session, count: usize) {
    for _ in 0..count {
        s.advance();
    }
    assert!(!s.metrics().rows.is_empty(), "no loss is no number");
}

/// Every world lies in the plane, its cells hold all of it and as much as its samples say, and the same index is the same point.
#[test]
fn worlds_are_what_their_densities_say() {
    for name in NAMES {
        let world = World::named(name).unwrap();
        let points: Vec<[f32; 2]> = (0..20_000).map(|i| world.sample(1, i)).collect();
        assert_eq!(points[7], world.sample(1, 7));
        let outside = points.iter().filter(|p| p.iter().any(|v| v.abs() > BOUND)).count();
        assert!(outside < 20, "{name}: {outside} points lie outside");
        let cells = world.cells(32);
        assert!((cells.iter().sum::<f32>() - 1.0).abs() < 1e-3, "{name}");
        let mut counted = vec![0.0f32; 32 * 32];
        for [x, y] in &points {
            let at = |v: f32| ((v + BOUND) / (2.0 * BOUND) * 32.0) as usize;
            if x.abs() < BOUND && y.abs() < BOUND {
                counted[at(-*y) * 32 + at(*x)] += 1.0 / 20_000.0;
            }
        }
        let apart = jensen_shannon(&cells, &counted);
        assert!(apart < 0.01, "{name}: samples and density are {apart} nats apart");
        if world.modes {
            let all = world.coverage(&points);
            assert_eq!(all.modes, all.of, "{name}");
            assert!((all.high_quality - 0.989).abs() < 0.004 && all.reverse_kl < 0.01, "{name}: {all:?}");
        }
    }
    let one = World::named("2d-grid").unwrap();
    let collapsed = one.coverage(&[one.centres[3]; 50]);
    assert_eq!((collapsed.modes, collapsed.of, collapsed.high_quality), (1, 25, 1.0));
    assert!((collapsed.reverse_kl - 25f32.ln()).abs() < 1e-5);
    assert!((jensen_shannon(&[1.0, 0.0], &[0.0, 1.0]) - std::f32::consts::LN_2).abs() < 1e-6);
}

/// Points come through a SPEC with their pictures; a recipe that needs them says so of pictures, and `only`, mirroring and
/// heads keep points and pictures together.
#[test]
fn points_are_data_like_any_other() {
    let (cancel, progress) = job();
    let job = Job { progress: &progress, cancel: &cancel };
    let want = zscope::data::Want::square(32, None);
    let data = "2d-moons:60?mirror=on".parse::<Spec>().unwrap().load(want, &job).unwrap();
    assert!(data.offers().contains(&Offer::Points));
    let points = data.train.points().unwrap();
    assert_eq!((points.len(), data.train.pictures.len()), (120, 120));
    assert_eq!(points[60], [-points[0][0], points[0][1]]);
    // The brightest pixel is where the point is.
    for i in [0, 5, 61] {
        let picture = data.train.pictures.get(i).unwrap();
        let brightest = picture.iter().enumerate().max_by_key(|(_, v)| **v).unwrap().0;
        let at = |v: usize| (v as f32 + 0.5) / 32.0 * 2.0 * BOUND - BOUND;
        let [x, y] = points[i];
        assert!((at(brightest % 32) - x).abs() < 0.13 && (-at(brightest / 32) - y).abs() < 0.13, "{i}");
    }
    let digits = "digits:20".parse::<Spec>().unwrap().load(want, &job).unwrap();
    let order = TrainOrder { recipe: "lab".into(), data: "digits:20".into(), ..TrainOrder::default() };
    let said = Session::new(order, Arc::new(digits), &device::cpu().device, None, false).err().unwrap();
    assert!(said.contains("needs points of the plane, such as 2d-ring"), "{said}");
}

/// The Gaussian N(0, 1) against N(μ, 1): V(D*) as computed, a trained D within 0.02 of it, and its logit's slope −μ within 5 %.
#[test]
fn a_trained_discriminator_reaches_the_optimum() {
    let device = Device::flex().autodiff();
    for (mu, best) in [(1.0f32, -1.1635f64), (2.0, -0.7126)] {
        // Along one line only, so that the logit's slope is a number.
        let mut noise = zscope::nn::Noise::new(5, 0);
        let n = 20_000;
        let column = |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [n, 1]), &device);
        let real = column(noise.normals(n));
        let fake = column(noise.normals(n).into_iter().map(|v| v + mu).collect());
        let (mut w, mut b) = (0.0f32, 0.0f32);
        for _ in 0..400 {
            let leaf = |v: f32| Tensor::<2>::full([1, 1], v, &device).require_grad();
            let (weight, bias) = (leaf(w), leaf(b));
            let c = |x: Tensor<2>| x.matmul(weight.clone()) + bias.clone();
            let back = Game::Minimax.discriminator(c(real.clone()), c(fake.clone()), 0.0).backward();
            w -= 1.0 * floats(weight.grad(&back).unwrap())[0];
            b -= 1.0 * floats(bias.grad(&back).unwrap())[0];
        }
        let at = |v: f32| Tensor::<2>::full([1, 1], v, &device);
        let c = |x: &Tensor<2>| x.clone().matmul(at(w)) + at(b);
        let value = -f64::from(Game::Minimax.discriminator(c(&real), c(&fake), 0.0).into_scalar::<f32>());
        assert!((value - best).abs() < 0.02, "μ {mu}: {value} beside {best}");
        assert!((w / -mu - 1.0).abs() < 0.05, "μ {mu}: slope {w}");
    }
}

/// D alone against a generator that is held, a bad one: its value is 2·JSD − ln 4, and it says what D* says.
#[test]
fn d_alone_becomes_the_optimal_discriminator() {
    let flex = device::cpu().device;
    for data in ["2d-ring", "2d-normal"] {
        let world = World::named(data).unwrap();
        let mut s = session(data, &[("turn", 1.0), ("penalty", 0.0)], 2);
        let first = figures(&s.model(), Some(&world), FINE, &flex).unwrap().optimal.unwrap();
        steps(&mut s, 400);
        s.change("learning_rate_d", 1e-4).unwrap();
        steps(&mut s, 200);
        let last = figures(&s.model(), Some(&world), FINE, &flex).unwrap().optimal.unwrap();
        let (value, apart) = (last.value.unwrap(), last.apart.unwrap());
        println!(
            "{data}: value {value:.4}, at best {:.4}; |D − D*| {apart:.4}, was {:.4}",
            last.best(),
            first.apart.unwrap()
        );
        assert!(last.dense && (last.jsd - first.jsd).abs() < 1e-6, "G is held");
        assert!((value - last.best()).abs() < 0.02, "{data}: {value} beside {}", last.best());
        assert!(apart < 0.03 && first.apart.unwrap() > 0.1, "{data}: {apart}");
    }
}

/// One look has all that the window draws, of plain numbers; what a sample is pulled by points up D's slope.
/// A graph that nobody asks for its gradient stays in memory, and each step would look through it: 40 times the time after 1,500
/// steps of D alone.
#[test]
fn one_player_alone_costs_no_more_than_both() {
    let time = |settings: &[(&str, f64)]| {
        let mut s = session("2d-ring:2000", &[&[("hidden", 32.0)], settings].concat(), 1);
        steps(&mut s, 100);
        let began = std::time::Instant::now();
        steps(&mut s, 600);
        began.elapsed().as_secs_f64()
    };
    let both = time(&[]);
    for settings in [[("turn", 1.0)], [("turn", 2.0)]] {
        let alone = time(&settings);
        println!("{settings:?}: {:.2} of the time of both", alone / both);
        assert!(alone < 2.0 * both, "{settings:?}: {alone:.1} s, both {both:.1} s");
    }
    let [five, one] = [5.0, 1.0].map(|turns| time(&[("d_steps", turns)]));
    println!("5 steps of D: {:.2} of the time of one", five / one);
    assert!(five < 7.0 * one, "{five:.1} s, {one:.1} s");
}

#[test]
fn a_look_has_what_the_window_draws() {
    let mut s = session("2d-ring:2000", &[("hidden", 16.0)], 1);
    steps(&mut s, 30);
    let world = World::named("2d-ring").unwrap();
    let flex = device::cpu().device;
    let model: Held = s.model();
    let seen = look(&model, Some(&world), 64, &flex).unwrap();
    assert_eq!((seen.fakes.len(), seen.said.len()), (SAMPLES, SIDE * SIDE));
    assert_eq!(seen.optimum.as_ref().unwrap().len(), SIDE * SIDE);
    assert!(CELLS.is_multiple_of(SIDE) && seen.lines.len() == 26 && seen.arrows.len() == seen.on_fakes.len());
    assert_eq!(seen.fakes, samples(&model, SAMPLES, &flex));
    let plane = model.model().plane().unwrap();
    let c =
        |p: [f32; 2]| floats(plane.critic(Tensor::from_data(TensorData::new(p.to_vec(), [1, 2]), &flex)))[0];
    let ([x, y], [dx, dy]) = seen.arrows[3];
    let (length, h) = ((dx * dx + dy * dy).sqrt(), 0.01);
    assert!(c([x + h * dx / length, y + h * dy / length]) > c([x - h * dx / length, y - h * dy / length]));
    // Data of no known density has no D*, and all else.
    let unknown = look(&model, None, 64, &flex).unwrap();
    assert!(unknown.optimum.is_none() && unknown.figures.optimal.is_none() && unknown.said == seen.said);
}

/// From the same start, where D has become sure, the minimax loss pulls G's samples hardly, and the non-saturating one does.
#[test]
fn minimax_stalls_where_the_non_saturating_loss_moves() {
    let pull = |game: f64| {
        let mut s = session("2d-ring:2000", &[("turn", 1.0), ("penalty", 0.0), ("loss", game)], 3);
        steps(&mut s, 300);
        let seen = look(&s.model(), None, 64, &device::cpu().device).unwrap();
        let length = |[x, y]: [f32; 2]| (x * x + y * y).sqrt();
        seen.arrows.iter().map(|(_, pull)| length(*pull)).sum::<f32>() / seen.arrows.len() as f32
    };
    let (starved, fed) = (pull(1.0), pull(0.0));
    assert!(starved * 20.0 < fed, "{starved} beside {fed}");
}

/// The figures of the laboratory: a ring of eight, five seeds, 8,000 steps each (about two minutes); and a grid of 25.
#[test]
#[ignore = "minutes of training; cargo test --release -- --ignored --nocapture rings_and_grids"]
fn rings_and_grids_are_covered() {
    let flex = device::cpu().device;
    for (data, rate) in [("2d-ring", 0.95), ("2d-grid", 0.90)] {
        let world = World::named(data).unwrap();
        let mut good = 0;
        for seed in 1..=5 {
            let mut s = session(data, &[("depth", 3.0)], seed);
            let began = std::time::Instant::now();
            steps(&mut s, 8000);
            let c = figures(&s.model(), Some(&world), FINE, &flex).unwrap().coverage.unwrap();
            println!("{data} seed {seed}: {c:?}, {:.0} steps/s", 8000.0 / began.elapsed().as_secs_f64());
            good += u32::from(c.modes == c.of && c.high_quality >= rate);
        }
        assert!(good >= 4, "{data}: {good} of 5 seeds");
    }
}
