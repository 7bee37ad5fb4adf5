//! The operations of training on a processor against Burn's composition, values and gradients, and whole steps.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::module::Module;
use burn::nn::conv::{Conv2dConfig, ConvTranspose2dConfig};
use burn::nn::{BatchNormConfig, LinearConfig, PaddingConfig2d};
use burn::optim::{AdamConfig, Optimizer};
use burn::tensor::{Device, Int, Tensor, TensorData};
use zscope::nn::fast::{self, adam::Adam};
use zscope::nn::{Gradient, Noise, host::floats};
use zscope::objective;
use zscope::zoo::{self, Batch, Settings, Shape};

fn device() -> Device {
    Device::flex().autodiff()
}

fn normal<const D: usize>(seed: u64, shape: [usize; D]) -> Tensor<D> {
    let count = shape.iter().product();
    Tensor::from_data(TensorData::new(Noise::new(seed, 0).normals(count), shape), &device())
}

/// Largest difference, as a part of the largest value.
fn close(what: &str, a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len(), "{what}");
    let scale = a.iter().fold(1e-12f32, |m, v| m.max(v.abs()));
    let worst = a.iter().zip(b).fold(0f32, |m, (a, b)| m.max((a - b).abs())) / scale;
    assert!(worst < 2e-5, "{what}: {worst:e} apart");
}

/// Value, gradient of x and of every parameter, by the operations and by Burn's composition.
fn both<const D: usize, const E: usize, M: Module>(
    what: &str,
    x: &Tensor<D>,
    layer: &M,
    forward: impl Fn(&M, Tensor<D>) -> Tensor<E>,
) {
    let run = || {
        let x = x.clone().detach().require_grad();
        let layer = layer.valid().train();
        let y = forward(&layer, x.clone());
        // Each output with a weight of its own.
        let w = normal(99, y.dims());
        let mut gradients = (y.clone() * w).sum().backward();
        let mut all =
            vec![("value".to_owned(), floats(y)), ("x".into(), floats(x.grad(&gradients).unwrap()))];
        let of = burn::optim::GradientsParams::from_module(&mut gradients, &layer);
        let held = zscope::nn::named::held_gradients(&layer, &of, "");
        all.extend(
            held.into_iter()
                .flat_map(|h| [(format!("‖{}‖", h.name), floats(h.norm)), (h.name, floats(h.sample))]),
        );
        all.extend(
            zscope::nn::named::collect(&layer.valid(), "")
                .into_iter()
                .map(|(n, d)| (n, d.iter::<f32>().collect())),
        );
        all
    };
    assert!(fast::on(&device()) && !fast::plainly(|| fast::on(&device())));
    let (plain, quick) = (fast::plainly(run), run());
    assert_eq!(plain.len(), quick.len());
    for ((name, a), (_, b)) in plain.iter().zip(&quick) {
        close(&format!("{what}: {name}"), a, b);
    }
}

#[test]
fn convolutions_agree_with_burns_on_many_shapes() {
    let device = device();
    let shapes = [
        (5, 3, 8, 32, 4, 2, 1),
        (33, 16, 24, 8, 4, 2, 1),
        (7, 5, 3, 7, 3, 2, 1),
        (4, 6, 10, 9, 3, 1, 1),
        (3, 8, 4, 6, 4, 1, 0),
        (2, 4, 4, 5, 1, 1, 0),
        (1, 1, 1, 4, 4, 2, 3),
    ];
    for (i, (n, c, d, side, k, s, p)) in shapes.into_iter().enumerate() {
        let what = format!("{n}×{c}×{side}² → {d}, kernel {k}, stride {s}, padding {p}");
        for (bias, slope) in [(false, fast::NOTHING), (true, 0.2), (true, fast::RELU)] {
            let conv = Conv2dConfig::new([c, d], [k, k]).with_stride([s, s]).with_bias(bias);
            let conv = conv.with_padding(PaddingConfig2d::Explicit(p, p, p, p)).init(&device);
            both(&what, &normal(i as u64, [n, c, side, side]), &conv, |l, x| fast::conv(l, x, slope));
            let out = (side + 2 * p - k) / s + 1;
            if (out - 1) * s + k <= 2 * p {
                continue;
            }
            let up = ConvTranspose2dConfig::new([d, c], [k, k]).with_stride([s, s]).with_padding([p, p]);
            let up = up.with_bias(bias).init(&device);
            let what = format!("transposed {what}");
            both(&what, &normal(i as u64, [n, d, out, out]), &up, |l, x| fast::conv_transpose(l, x, slope));
        }
    }
}

/// Kernels that see only what is before a place, and the gate that follows them.
#[test]
fn causal_convolutions_and_gates_agree_with_burns() {
    let device = device();
    for (kernel, pad) in
        [([3, 7], [3, 3]), ([2, 3], [1, 1]), ([1, 3], [0, 3]), ([1, 2], [0, 1]), ([1, 3], [1, 1])]
    {
        let conv = Conv2dConfig::new([3, 8], kernel).init(&device);
        let what = format!("kernel {kernel:?}, zeros {pad:?}");
        both(&what, &normal(1, [5, 3, 6, 9]), &conv, |l, x| fast::conv_after(l, x, pad));
        both(&format!("gated {what}"), &normal(2, [5, 3, 6, 9]), &conv, |l, x| {
            fast::gate(fast::conv_after(l, x, pad) * 3.0)
        });
    }
}

/// Shapes that the operations do not know fall back, and pictures that lie otherwise in memory are the same pictures.
#[test]
fn unusual_layers_fall_back_and_strided_pictures_are_understood() {
    let device = device();
    let conv = Conv2dConfig::new([4, 6], [3, 5]).with_stride([2, 1]).init(&device);
    both("kernel 3×5", &normal(1, [2, 4, 9, 8]), &conv, |l, x| fast::conv(l, x, 0.2));
    let conv = Conv2dConfig::new([4, 6], [3, 3]).with_groups(2).init(&device);
    both("groups", &normal(1, [2, 4, 9, 9]), &conv, |l, x| fast::conv(l, x, 0.2));
    let up =
        ConvTranspose2dConfig::new([4, 6], [3, 3]).with_stride([2, 2]).with_padding_out([1, 1]).init(&device);
    both("padding of the output", &normal(1, [2, 4, 5, 5]), &up, |l, x| fast::conv_transpose(l, x, 0.2));
    let conv = Conv2dConfig::new([4, 6], [3, 3]).init(&device);
    both("turned", &normal(1, [2, 4, 9, 7]), &conv, |l, x| fast::conv(l, x.swap_dims(2, 3), 0.2));
}

#[test]
fn norms_dense_layers_and_losses_agree_with_burns() {
    let device = device();
    for slope in [fast::RELU, 0.2, fast::NOTHING] {
        let bn = BatchNormConfig::new(12).init(&device);
        both("norm", &(normal(1, [9, 12, 7, 7]) * 2.0 + 3.0), &bn, |l, x| fast::norm(l, x, slope));
        both("norm of rows", &(normal(2, [40, 12]) - 2.0), &bn, |l, x| fast::norm(l, x, slope));
        // More rows than a share has.
        both("norm of many", &normal(3, [40, 12, 16, 16]), &bn, |l, x| fast::norm(l, x, slope));
        let dense = LinearConfig::new(30, 17).init(&device);
        both("dense", &normal(3, [13, 30]), &dense, |l, x| fast::dense(l, x, slope));
    }
    let none = Vec::<burn::nn::Linear>::new();
    both("tanh", &(normal(4, [3, 4, 5, 6]) * 3.0), &none, |_, x| fast::tanh(x));
    let x = normal(5, [17, 3, 5, 7]).abs().clamp(0.0, 1.0);
    let far = normal(6, [17, 3, 5, 7]) * 40.0;
    for logits in [normal(6, [17, 3, 5, 7]) * 3.0, far] {
        both("Bernoulli", &logits, &none, |_, l| objective::bernoulli(l, x.clone()));
        both("Gaussian", &logits, &none, |_, l| objective::gaussian_of_logits(l, x.clone(), 0.1));
    }
}

/// An averaged copy is the same bit for bit.
#[test]
fn averages_are_the_same_either_way() {
    let [a, b] = [1, 2].map(|seed| normal(seed, [100, 37]).inner());
    let run = || floats(fast::blend(a.clone(), b.clone(), 0.995));
    assert_eq!(run(), fast::plainly(run));
    // What is averaged stays as it is where somebody else looks at it.
    assert_eq!(floats(a.clone()), floats(normal(1, [100, 37])));
}

/// The same weights after three steps, and from a state of the other's.
#[test]
fn adam_is_burns_adam() {
    let w = normal(1, [100, 37]).inner();
    let gradients = [1.0, -0.3, 2.0].map(|f| normal(2, [100, 37]).inner() * f);
    let burns = AdamConfig::new().with_beta_1(0.5).with_epsilon(1e-8).build();
    let own = Adam::new(0.5, 0.999, 1e-8);
    let (mut a, mut state) = (w.clone(), None);
    for g in &gradients {
        (a, state) = burns.step(1e-2, a, g.clone(), state);
    }
    let (mut b, mut other) = burns.step(1e-2, w, gradients[0].clone(), None);
    for g in &gradients[1..] {
        (b, other) = own.step(1e-2, b, g.clone(), other);
    }
    close("weights", &floats(a), &floats(b));
    let (state, other) = (state.unwrap().momentum, other.unwrap().momentum);
    assert_eq!(state.time, other.time);
    close("first moment", &floats(state.moment_1), &floats(other.moment_1));
    close("second moment", &floats(state.moment_2), &floats(other.moment_2));
}

fn shape(size: usize, channels: usize) -> Shape {
    Shape { width: size, height: size, channels, classes: 10, attributes: 0 }
}

/// Steps of a system: the last one's losses and gradients, and the weights then.
fn step(recipe: &str, shape: Shape, steps: usize) -> (Vec<f32>, Vec<Gradient>, Vec<f32>) {
    let mut settings = Settings::default();
    settings.0.insert("width".into(), 4.0);
    settings.0.insert("likelihood".into(), 1.0);
    let plain = Device::flex();
    let mut system = (zoo::find(recipe).unwrap().build)(&shape.into(), &settings, 3, &plain).unwrap();
    system.probe(true);
    let n = 16;
    let pixels = shape.channels * shape.width * shape.height;
    let values: Vec<f32> = Noise::new(8, 0).uniforms(n * pixels, 0.5).iter().map(|v| v + 0.5).collect();
    let device = plain.autodiff();
    let batch = Batch {
        factors: None,
        points: None,
        labels: None,
        captions: None,
        tracks: None,
        columns: Default::default(),
        domains: Vec::new(),
        clips: None,
        x: Tensor::from_data(
            TensorData::new(values, [n, shape.channels, shape.height, shape.width]),
            &device,
        ),
        classes: Some(Tensor::<1, Int>::from_data(
            TensorData::new((0..n as i32).map(|i| i % 10).collect(), [n]),
            &device,
        )),
        attributes: None,
    };
    let mut losses = Vec::new();
    for i in 0..steps {
        losses = floats(system.step(i as u64, &batch, &mut Noise::new(5, i as u64), &settings));
    }
    let weights = system.weights().iter().flat_map(|(_, d)| d.iter::<f32>().collect::<Vec<_>>()).collect();
    (losses, system.gradients(), weights)
}

#[test]
fn a_step_of_each_system_is_the_same_either_way() {
    for (recipe, shape) in [
        ("fc-vae", shape(28, 1)),
        ("conv-vae", shape(32, 3)),
        ("dcgan", shape(28, 1)),
        ("dcgan", shape(32, 3)),
        ("classifier", shape(28, 1)),
    ] {
        let (a, plain, _) = fast::plainly(|| step(recipe, shape, 1));
        let (b, quick, _) = step(recipe, shape, 1);
        for (a, b) in a.iter().zip(&b) {
            assert!((a - b).abs() <= 1e-4 * a.abs().max(1e-3), "{recipe}: losses {a} and {b}");
        }
        assert!(!plain.is_empty() && plain.len() == quick.len());
        // Before a norm a bias has no gradient, and what is there is rounding.
        let floor = plain.iter().map(|g| g.norm).fold(0.0, f32::max) * 1e-5;
        for (a, b) in plain.iter().zip(&quick).filter(|(a, _)| a.norm > floor) {
            assert!(
                (a.norm - b.norm).abs() <= 1e-4 * a.norm,
                "{recipe}: ‖{}‖ {} and {}",
                a.name,
                a.norm,
                b.norm
            );
        }
    }
}

/// The same bits whatever the number of threads.
#[test]
fn threads_change_no_bit() {
    for recipe in ["fc-vae", "conv-vae", "dcgan"] {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| step(recipe, shape(28, 1), 3)).2
        };
        let bits = |w: Vec<f32>| w.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        let one = bits(run(1));
        assert!(one == bits(run(2)) && one == bits(run(5)), "{recipe}: the number of threads shows");
    }
}

#[test]
fn a_profile_counts_what_a_step_calls() {
    use zscope::nn::fast::profile;
    let device = Device::flex().autodiff();
    let layer = Conv2dConfig::new([3, 5], [4, 4])
        .with_stride([2, 2])
        .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
        .init(&device);
    profile::begin();
    fast::conv(&layer, Tensor::<4>::ones([2, 3, 8, 8], &device), fast::RELU).sum().backward();
    let rows = profile::end();
    // Other tests may be counted with it.
    let conv = rows["convolution"];
    assert!(conv.calls >= 1 && conv.flops >= 2 * 2 * 4 * 4 * 48 * 5 && conv.bytes > 0, "{rows:?}");
    assert!(rows["gradient of kernels"].calls >= 1 && rows.contains_key("bias, back"), "{rows:?}");
}
