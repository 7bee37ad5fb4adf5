//! Networks that grow, and their blocks: each against what it must be.
//!
//! Must not know: the panels of the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::runs::{same, session, weights};
use burn::module::Module;
use burn::nn::LinearConfig;
use burn::tensor::{Device, Tensor, TensorData};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use zscope::data::{Job, Spec};
use zscope::engine::message::TrainOrder;
use zscope::engine::session::{self as sessions, Session};
use zscope::engine::{device, tap};
use zscope::nn::dual::Dual;
use zscope::nn::equalised::{Conv, Dense, RELU_GAIN};
use zscope::nn::host::floats;
use zscope::nn::minibatch_std::{group, with_std};
use zscope::nn::pixel_norm::pixel_norm;
use zscope::nn::resnet::{double, halve};
use zscope::nn::{Init, Noise, Watch, fast, init, named};
use zscope::objective::slope::{self, Penalty};
use zscope::point::{FADE, Point, RESOLUTION, Value};
use zscope::zoo::progan::{self, Discriminator, Generator, Grown, Growth};
use zscope::zoo::train::Part;
use zscope::zoo::{self, Held};

const UNIT: Init = Init::Equalised { sigma: 1.0 };
const SIZES: [[usize; 2]; 3] = [[16, 24], [8, 12], [4, 6]];

fn noise<const N: usize>(seed: u64, dims: [usize; N], device: &Device) -> Tensor<N> {
    Tensor::from_data(TensorData::new(Noise::new(seed, 0).normals(dims.iter().product()), dims), device)
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn nets(device: &Device) -> (Generator, Discriminator) {
    let g = init::initialise(Generator::new(3, &SIZES, 4, 5, device), "generator", 1, UNIT);
    (g, init::initialise(Discriminator::new(3, &SIZES, 4, device), "discriminator", 2, UNIT))
}

/// The stages come in their order, α from 0 in equal steps; which one it is follows from the step alone.
#[test]
fn the_growth_follows_from_the_step() {
    let growth = Growth { stable: 3, fade: 4, last: 2 };
    let all: Vec<(usize, f32)> =
        (0..20).map(|s| growth.at(s)).map(|Grown { stage, fade }| (stage, fade)).collect();
    let one = [(1, 0.0), (1, 0.25), (1, 0.5), (1, 0.75), (1, 1.0), (1, 1.0), (1, 1.0)];
    assert_eq!(all[..3], [(0, 1.0); 3]);
    assert_eq!(all[3..10], one);
    assert_eq!(all[10..17], one.map(|(_, fade)| (2, fade)));
    assert_eq!(all[17..], [(2, 1.0); 3]);
    assert_eq!(growth.at(u64::MAX), Grown { stage: 2, fade: 1.0 });
    assert_eq!(Growth { fade: 0, ..growth }.at(3), Grown { stage: 1, fade: 1.0 });
}

/// At α = 0 a grown G draws what it drew before, doubled, and a grown D says of pictures what it said of halved ones, bit for bit; at α = 1
/// the layers before have no share, and between the two it is the blend.
#[test]
fn a_new_stage_begins_as_the_one_before() {
    let device = Device::flex();
    let (g, d) = nets(&device);
    let z = noise(3, [4, 5], &device);
    let draw = |stage, fade: &[f32]| floats(g.forward(z.clone(), stage, fade, &mut Watch::nobody()));
    for stage in 1..3 {
        let before = floats(double(g.forward(z.clone(), stage - 1, &[1.0], &mut Watch::nobody())));
        assert_eq!(draw(stage, &[0.0]), before);
        let new = draw(stage, &[1.0]);
        assert!(apart(&new, &before) > 0.1);
        let blended: Vec<f32> = before.iter().zip(&new).map(|(a, b)| 0.75 * a + 0.25 * b).collect();
        assert!(apart(&draw(stage, &[0.25]), &blended) < 1e-6);
        // Each sample may have an α of its own.
        let each = draw(stage, &[0.0, 1.0, 0.25, 1.0]);
        let size = each.len() / 4;
        for (i, own) in [&before, &new, &blended, &new].into_iter().enumerate() {
            assert!(apart(&each[i * size..(i + 1) * size], &own[i * size..(i + 1) * size]) < 1e-6);
        }
        let [h, w] = SIZES[2 - stage];
        let x = noise(4, [4, 3, h, w], &device);
        let said = |x: Tensor<4>, stage, fade| floats(d.forward(x.into(), Grown { stage, fade }).value);
        assert_eq!(said(x.clone(), stage, 0.0), said(halve(x), stage - 1, 1.0));
    }
    // Real pictures are faded as generated ones.
    let x = noise(5, [2, 3, 16, 24], &device);
    let real = |stage, fade| floats(progan::seen_at(x.clone(), Grown { stage, fade }, 2));
    assert_eq!(real(2, 1.0), floats(x.clone()));
    assert_eq!(real(2, 0.0), floats(double(halve(x.clone()))));
    assert_eq!(real(1, 1.0), floats(halve(x.clone())));
    assert_eq!(real(0, 1.0), floats(halve(halve(x))));
}

/// What looks into a pass changes nothing of it; both ways and the blend are told.
#[test]
fn a_fade_is_shown() {
    let device = Device::flex();
    let (g, _) = nets(&device);
    let z = noise(3, [1, 5], &device);
    for fade in [0.3, 1.0] {
        let mut taps = Vec::new();
        let seen = floats(g.forward(z.clone(), 2, &[fade], &mut Watch::taps(&mut taps)));
        assert_eq!(seen, floats(g.forward(z.clone(), 2, &[fade], &mut Watch::nobody())));
        let of = |name: &str| {
            let tap = taps.iter().find(|t| t.name == format!("generator{name}")).unwrap();
            floats(tap.value.clone().flat())
        };
        let (old, new, both) = (of(progan::OLD), of(progan::NEW), of(progan::BLEND));
        assert_eq!(both, seen);
        let blended: Vec<f32> = old.iter().zip(&new).map(|(a, b)| (1.0 - fade) * a + fade * b).collect();
        assert!(apart(&blended, &both) < 1e-6);
        assert!(apart(&old, &new) > 0.1);
    }
}

/// The root mean square over the channels of each place is 1, that of a latent too.
#[test]
fn pixel_norm_brings_every_place_to_one() {
    let device = Device::flex();
    let x = noise(1, [2, 7, 3, 5], &device) * 30.0 + 2.0;
    let square = floats(pixel_norm(x).square().mean_dim(1));
    assert!(square.len() == 30 && square.iter().all(|v| (v - 1.0).abs() < 1e-5), "{square:?}");
    let z = floats(pixel_norm(noise(2, [3, 9], &device)).square().mean_dim(1));
    assert!(z.iter().all(|v| (v - 1.0).abs() < 1e-5), "{z:?}");
    assert!(floats(pixel_norm(Tensor::<2>::zeros([1, 4], &device))).iter().all(|v| *v == 0.0));
}

/// The map is the mean of standard deviations in f64, group by group; what is not divisible by four is parted by three, by two, or not.
#[test]
fn minibatch_std_is_what_the_paper_says() {
    assert_eq!([8, 4, 6, 9, 10, 7, 1].map(group), [4, 4, 3, 3, 2, 7, 1]);
    let device = Device::flex();
    for n in [8, 6, 7, 1] {
        let (c, h, w) = (3, 2, 5);
        let x = noise(n as u64, [n, c, h, w], &device);
        let out = with_std(x.clone().into()).value;
        assert_eq!(out.dims(), [n, c + 1, h, w]);
        assert_eq!(floats(out.clone().slice_dim(1, 0..c)), floats(x.clone()));
        let (values, map) = (floats(x), floats(out.slice_dim(1, c..c + 1)));
        let (of, all) = (group(n), c * h * w);
        for (i, said) in map.chunks(h * w).enumerate() {
            let members: Vec<usize> = (0..n).filter(|j| j % (n / of) == i % (n / of)).collect();
            assert_eq!(members.len(), of);
            let std = |k: usize| {
                let own: Vec<f64> = members.iter().map(|j| f64::from(values[j * all + k])).collect();
                let mean = own.iter().sum::<f64>() / of as f64;
                (own.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / of as f64 + 1e-8).sqrt()
            };
            let want = (0..all).map(std).sum::<f64>() / all as f64;
            assert!(said.iter().all(|v| (f64::from(*v) - want).abs() < 1e-5), "{n}: {said:?} {want}");
        }
    }
}

/// A pass forwards says of changes what differences say, through the standard deviation and through the whole discriminator in a fade.
#[test]
fn a_growing_discriminator_changes_as_it_says() {
    let device = Device::flex();
    let (_, d) = nets(&device);
    let check =
        |what: &str, f: &dyn Fn(Dual<4>) -> Vec<f32>, change: Vec<f32>, x: &Tensor<4>, t: &Tensor<4>| {
            let h = 1e-3;
            let (above, below) =
                (f((x.clone() + t.clone() * h).into()), f((x.clone() - t.clone() * h).into()));
            let differences: Vec<f32> = above.iter().zip(&below).map(|(a, b)| (a - b) / (2.0 * h)).collect();
            let size = differences.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            let far = apart(&change, &differences);
            // At a kink the quotient is of both sides.
            assert!(far < 5e-2 * size, "{what}: {far} apart where values are {size}");
        };
    let (x, t) = (noise(2, [8, 3, 16, 24], &device), noise(3, [8, 3, 16, 24], &device));
    let along = || Dual::along(x.clone(), t.clone());
    check("std", &|x| floats(with_std(x).value), floats(with_std(along()).tangent.unwrap()), &x, &t);
    let at = Grown { stage: 2, fade: 0.4 };
    let change = floats(d.forward(along(), at).tangent.unwrap());
    check("D", &|x| floats(d.forward(x, at).value), change, &x, &t);
}

/// A smooth critic that compares samples: at a ReLU's kinks the penalty jumps, and differences say nothing of its gradient.
#[derive(burn::module::Module, Debug)]
struct Smooth {
    first: Dense,
    second: Dense,
}

impl Smooth {
    fn judge(&self, x: Dual<4>) -> Dual<2> {
        let h = self.first.dual(with_std(x).linear(|x| x.flatten::<2>(1, 3)), fast::NOTHING);
        self.second.dual(zscope::nn::dual::tanh(h), fast::NOTHING)
    }
}

/// The penalty of a D that compares samples is γ/2 · E‖∂ΣC/∂x_i‖², or λ · E(‖∂ΣC/∂x_i‖ − 1)², and its gradient that of this number by
/// differences of weights; that of slopes sample by sample, which is right for any other D, is off.
#[test]
fn penalties_see_through_the_comparison_of_samples() {
    const FROM: usize = 3 * 16;
    let device = Device::flex().autodiff();
    let smooth = Smooth {
        first: Dense::new([FROM, 6], 3.0, 1.0, &device),
        second: Dense::new([6, 1], 1.0, 1.0, &device),
    };
    let d = init::initialise(smooth, "d", 2, UNIT);
    let x = noise(4, [4, 2, 4, 4], &device);
    for penalty in [Penalty::ZeroCentred(3.0), Penalty::OneCentred(2.0)] {
        let held = d.clone().no_grad();
        let value_of = |d: &Smooth| -> f64 {
            let x = x.clone().detach().require_grad();
            let back = d.judge(x.clone().into()).value.sum().backward();
            let rows = floats(x.grad(&back).unwrap());
            let norms = rows
                .chunks(32)
                .map(|row| row.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt())
                .map(|s| match penalty {
                    Penalty::ZeroCentred(gamma) => 0.5 * f64::from(gamma) * s * s,
                    Penalty::OneCentred(lambda) => f64::from(lambda) * (s - 1.0).powi(2),
                });
            norms.sum::<f64>() / 4.0
        };
        let loss = slope::of_batch(&|x| d.judge(x), &|x| held.judge(x), x.clone(), penalty);
        let (said, want) = (f64::from(floats(loss.clone())[0]), value_of(&d));
        assert!((said / want - 1.0).abs() < 1e-4, "{said} {want}");
        let gradients = burn::optim::GradientsParams::from_grads(loss.backward(), &d);
        let slopes = slope::slopes(&|x| d.judge(x), &|x| held.judge(x), x.clone());
        let alone = burn::optim::GradientsParams::from_grads(penalty.of(slopes).backward(), &d);
        let all = named::collect(&d.valid(), "d");
        let (mut error, mut without, mut size) = (0.0, 0.0, 0.0);
        for (name, to) in [("d.first.weight", 6), ("d.second.weight", 1)] {
            let of = |gradients| {
                let held = named::held_gradients(&d, gradients, "d");
                held.into_iter().find(|h| h.name == name).map(|h| floats(h.sample)).unwrap()
            };
            let (own, other) = (of(&gradients), of(&alone));
            let from = own.len() / to;
            for i in (0..own.len()).step_by(own.len() / 40 + 1) {
                let moved = |by: f32| {
                    let mut tensors: zscope::nn::Tensors = all.iter().cloned().collect();
                    let data = &tensors[name];
                    let (shape, mut values) = (data.shape().to_vec(), data.iter::<f32>().collect::<Vec<_>>());
                    // A dense layer's weight is the other way round in files.
                    values[(i % to) * from + i / to] += by;
                    tensors.insert(name.into(), TensorData::new(values, shape));
                    value_of(&named::load(d.clone(), "d", &tensors).unwrap())
                };
                let differences = (moved(1e-2) - moved(-1e-2)) / 2e-2;
                error += (f64::from(own[i]) - differences).powi(2);
                without += (f64::from(other[i]) - differences).powi(2);
                size += differences.powi(2);
            }
        }
        let (error, without) = ((error / size).sqrt(), (without / size).sqrt());
        println!("{penalty:?}: gradient {error:.1e} off, by slopes of single samples {without:.1e}");
        assert!(error < 5e-3 && without > 3.0 * error, "{penalty:?}: {error} {without}");
    }
}

/// A layer of N(0, 1) weights gives numbers of variance 1 whatever its size, and with LeakyReLU's gain keeps it; a step of Adam moves what it
/// computes with as a plain layer's weights at a rate of 1/√fan-in; at a tenth of the rate it begins the same and moves a tenth as far.
#[test]
fn equalised_layers_learn_equally_fast() {
    let device = Device::flex();
    for (from, kernel) in [(4, 3), (64, 3), (48, 1)] {
        let conv = init::initialise(Conv::new([from, 128], kernel, 1.0, &device), "c", 3, UNIT);
        let y = floats(conv.forward(noise(5, [4, from, 6, 6], &device), fast::NOTHING));
        // Places at the rim see zeros, the four in the middle of each map none.
        let inside: Vec<f64> = y.chunks(36).flat_map(|m| [14, 15, 20, 21].map(|i| f64::from(m[i]))).collect();
        let variance = inside.iter().map(|v| v * v).sum::<f64>() / inside.len() as f64;
        assert!((variance - 1.0).abs() < 0.25, "{from} {kernel}: {variance}");
    }
    let autodiff = device.clone().autodiff();
    let (x, rate) = (noise(6, [16, 20], &autodiff), 0.01);
    let moved = |slow: f32| {
        let sigma = Init::Equalised { sigma: 1.0 / slow };
        let dense = init::initialise(Dense::new([20, 6], RELU_GAIN, slow, &autodiff), "d", 3, sigma);
        let before = floats(dense.matrix());
        let mut part = Part::new("d", dense, 0.0, 0.99);
        let loss = part.module.forward(x.clone(), 0.2).square().mean();
        part.descend(loss, rate);
        (before, floats(part.module.matrix()))
    };
    let (before, after) = moved(1.0);
    let scale = RELU_GAIN / 20f32.sqrt();
    let mut plain = LinearConfig::new(20, 6).init(&autodiff);
    plain.weight = burn::module::Param::from_tensor(
        Tensor::<2>::from_data(TensorData::new(before.clone(), [20, 6]), &autodiff).require_grad(),
    );
    plain.bias = plain.bias.map(|b| b.map(|b| b.zeros_like()));
    let mut part = Part::new("p", plain, 0.0, 0.99);
    let loss = fast::dense(&part.module, x.clone(), 0.2).square().mean();
    part.descend(loss, rate * f64::from(scale));
    assert!(apart(&after, &floats(part.module.weight.val())) < 1e-5);
    let (same, slowly) = moved(0.1);
    assert!(apart(&same, &before) < 1e-5);
    let far = |a: &[f32], b: &[f32]| apart(a, b);
    let part = far(&slowly, &same) / far(&after, &before);
    assert!((part - 0.1).abs() < 1e-3, "{part} as far");
}

fn order(recipe: &str, out: Option<&Path>, more: &[(&str, f64)]) -> TrainOrder {
    let mut settings = zoo::recipe(recipe).unwrap().tiny_settings();
    settings.0.extend(more.iter().map(|(n, v)| ((*n).to_string(), *v)));
    TrainOrder {
        recipe: recipe.into(),
        data: "digits:48".into(),
        settings,
        seed: 3,
        out: out.map(Path::to_path_buf),
        ..TrainOrder::default()
    }
}

fn begin(order: TrainOrder, from: Option<zscope::weights::Checkpoint>) -> Session {
    let entry = zoo::find(&order.recipe).unwrap();
    let spec: Spec = order.data.parse().unwrap();
    let job = Job { progress: &|_, _| {}, cancel: &AtomicBool::new(false) };
    let data = spec.load(sessions::want(entry, &order.settings), &job).unwrap();
    let record = order.out.is_some();
    Session::new(order, Arc::new(data), &device::cpu().device, from, record).unwrap()
}

/// A run that is broken off before, within, and after a fade, and at its edges, goes on bit for bit; what each checkpoint draws by itself is
/// what the run drew.
#[test]
fn a_growing_run_goes_on_exactly() {
    const STEPS: u64 = 12;
    let set = [("stable", 3.0), ("fade", 3.0)];
    let mut whole = begin(order("progan", None, &set), None);
    (0..STEPS).for_each(|_| whole.advance());
    let rows = whole.metrics().rows;
    assert_eq!(
        rows.iter().map(|r| r[4]).collect::<Vec<_>>(),
        [7.0, 14.0, 28.0].map(|v| [v; 6])[..].concat()[3..15]
    );
    for cut in [2, 3, 4, 6, 7, 10] {
        let dir = tempfile::tempdir().unwrap();
        let run = dir.path().join("run");
        let mut first = begin(order("progan", Some(&run), &set), None);
        (0..cut).for_each(|_| first.advance());
        first.metrics();
        let saved = first.save().unwrap().unwrap();
        let z = vec![0.4; 4];
        let drawn = |model: &Held| {
            let point = Point::from(z.clone());
            floats(model.draw(&[point], &Device::flex(), &mut Watch::nobody()).unwrap())
        };
        let opened = sessions::explore(&zscope::weights::read(&saved).unwrap(), &Device::flex()).unwrap();
        assert_eq!(drawn(&opened), drawn(&first.model()), "at {cut}");
        first.close();
        let (recorded, checkpoint) = sessions::resume(&run).unwrap();
        let resumed = TrainOrder { resume: true, data: String::new(), ..order("progan", Some(&run), &set) };
        let mut again = begin(sessions::continued(resumed, recorded, 3), checkpoint);
        (cut..STEPS).for_each(|_| again.advance());
        assert_eq!(again.metrics().rows, rows[cut as usize..], "cut at {cut}");
        same(&weights(&again), &weights(&whole));
    }
}

/// Layers that have not come yet stay as they were drawn, in the averages too; those before them learn.
#[test]
fn what_has_not_come_does_not_learn() {
    let set = [("stable", 4.0), ("fade", 4.0), ("ema", 0.9)];
    let mut s = begin(order("progan", None, &set), None);
    let before = weights(&s);
    (0..4).for_each(|_| s.advance());
    let mut after = weights(&s);
    let later =
        |name: &str| name.contains(".blocks.") || name.contains(".rgb.1.") || name.contains(".rgb.2.");
    let changed = |a: &zscope::nn::Tensors, name: &str| a[name].as_bytes() != before[name].as_bytes();
    for name in before.keys().filter(|n| *n != progan::GROWN) {
        assert_eq!(changed(&after, name), !later(name), "{name}");
    }
    (0..3).for_each(|_| s.advance());
    after = weights(&s);
    for (name, moves) in [
        ("generator.rgb.1.weight", true),
        ("generator.rgb.2.weight", false),
        ("generator_ema.blocks.0.conv2.weight", true),
        ("generator_ema.blocks.1.conv2.weight", false),
    ] {
        assert_eq!(changed(&after, name), moves, "{name}");
    }
}

/// Where nothing is said a model draws as it was trained; the resolution and α can be chosen, and points of several stages are drawn at once
/// as one by one.
#[test]
fn resolution_and_fade_are_inputs() {
    let device = Device::flex();
    let mut s = begin(order("progan", None, &[("stable", 2.0), ("fade", 4.0)]), None);
    (0..5).for_each(|_| s.advance());
    let model = s.model();
    let home: Vec<Value> = model.inputs()[1..].iter().map(|i| i.default_value()).collect();
    assert_eq!(home, [Value::Number(14.0), Value::Number(0.5)]);
    let point = |resolution: Option<f32>, fade: Option<f32>| {
        let named = [(RESOLUTION, resolution), (FADE, fade)];
        let held = named.into_iter().filter_map(|(n, v)| Some((n.to_string(), Value::Number(v?)))).collect();
        Point { z: vec![0.2, -1.0, 0.5, 0.3], held }
    };
    let draw = |points: &[Point]| floats(model.draw(points, &device, &mut Watch::nobody()).unwrap());
    let at_home = draw(&[point(None, None)]);
    assert_eq!(at_home, draw(&[point(Some(14.0), Some(0.5))]));
    assert_eq!(at_home, draw(&[point(Some(15.0), None)]), "the nearest stage");
    let points = [
        point(Some(28.0), Some(0.0)),
        point(Some(7.0), None),
        point(None, None),
        point(Some(14.0), Some(1.0)),
        point(Some(7.0), Some(0.1)),
        point(Some(28.0), Some(1.0)),
    ];
    let each: Vec<Vec<f32>> = points.iter().map(|p| draw(std::slice::from_ref(p))).collect();
    assert_eq!(each[0], each[3], "at α = 0 the new stage is the one before");
    assert_eq!(each[1], each[4], "the smallest has nothing to fade from");
    assert!(each[1] != each[2] && each[2] != each[3] && each[3] != each[5]);
    assert!(apart(&draw(&points), &each.concat()) < 1e-6);
    let layers: Vec<String> = tap::layers(&model, &device).into_iter().map(|l| l.name).collect();
    assert!(
        layers.ends_with(&[progan::OLD, progan::NEW, progan::BLEND].map(|n| format!("generator{n}"))),
        "{layers:?}"
    );
}

/// A size that can't be halved is refused in a sentence that says what would do.
#[test]
fn odd_sizes_are_refused() {
    let facts =
        zoo::Facts::from(zoo::Shape { width: 33, height: 33, channels: 1, classes: 0, attributes: 0 });
    let entry = zoo::find("progan").unwrap();
    let said = (entry.build)(&facts, &entry.recipe.tiny_settings(), 1, &Device::flex()).err().unwrap();
    assert!(said.contains("33×33") && said.contains("size 36"), "{said}");
}

/// In the window the handles follow the growth: what is at home after the last step is where the run is.
#[test]
fn the_window_follows_the_growth() {
    use crate::app::{app, window};
    use egui_kittest::kittest::Queryable;
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    zscope::shot::system(&mut h, zoo::recipe("progan").unwrap()).unwrap();
    h.run_steps(3);
    let state = app(&mut h).state();
    let home: Vec<Value> = state.inputs()[1..].iter().map(|i| i.default_value()).collect();
    assert_eq!(home, [Value::Number(28.0), Value::Number(1.0)]);
    let layers = &state.model.as_ref().unwrap().layers;
    assert!(layers.iter().any(|l| l.name == "generator.rgb.2"), "{layers:?}");
    for handle in ["Resolution", "Fade"] {
        assert!(h.query_by_label(handle).is_some(), "no {handle}");
    }
    // A run that is not at its end is told as well.
    let mut s = session("progan", None, &[]);
    s.advance();
    assert_eq!(s.model().inputs()[1].default_value(), Value::Number(7.0));
}
