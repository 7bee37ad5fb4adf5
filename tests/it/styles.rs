//! The style-based generator and its blocks: each against what it must be.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use crate::runs::{session, weights};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData};
use zscope::nn::dual::Dual;
use zscope::nn::host::floats;
use zscope::nn::modulated::ModulatedConv;
use zscope::nn::{Init, Noise, Tensors, Watch, init, named};
use zscope::point::{NOISE_STRENGTH, Point, TRUNCATION, Value};
use zscope::zoo::Settings;
use zscope::zoo::adversarial::Rules;
use zscope::zoo::stylegan::{self, Discriminator, Generator};

const UNIT: Init = Init::Equalised { sigma: 1.0 };
const SIZES: [[usize; 2]; 3] = [[16, 24], [8, 12], [4, 6]];

fn noise<const N: usize>(seed: u64, dims: [usize; N], device: &Device) -> Tensor<N> {
    Tensor::from_data(TensorData::new(Noise::new(seed, 0).normals(dims.iter().product()), dims), device)
}

fn apart(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn numbers<const N: usize>(tensors: &Tensors, name: &str, dims: [usize; N], device: &Device) -> Tensor<N> {
    let values: Vec<f32> = tensors[name].iter::<f32>().collect();
    Tensor::from_data(TensorData::new(values, dims), device)
}

/// Scaling what goes in and what comes out of one shared convolution is the definition: weights of its own for each sample, multiplied by the
/// style and brought to length 1, as a convolution in groups; its noise has the strength that was learnt. While it learns it is the same.
#[test]
fn modulation_is_the_convolution_in_groups() {
    let device = Device::flex();
    let (n, from, to, k, w_dims) = (3, 5, 7, 3, 4);
    for demodulates in [true, false] {
        let layer = match demodulates {
            true => ModulatedConv::new([from, to], k, w_dims, &device),
            false => ModulatedConv::plain([from, to], k, w_dims, &device),
        };
        let layer = init::initialise(layer, "m", 1, UNIT);
        let mut tensors: Tensors = named::collect(&layer, "m").into_iter().collect();
        if demodulates {
            tensors.insert("m.strength".into(), TensorData::new(vec![0.7f32], [1]));
        }
        tensors.insert("m.bias".into(), TensorData::new(Noise::new(9, 0).normals(to), [to]));
        let layer = named::load(layer, "m", &tensors).unwrap();
        let (x, w) = (noise(2, [n, from, 6, 4], &device), noise(3, [n, w_dims], &device));
        let dice = noise(4, [n, 1, 6, 4], &device);
        let ours = floats(layer.forward(x.clone(), w.clone(), Some(dice.clone()).filter(|_| demodulates)));
        let affine = numbers(&tensors, "m.affine.weight", [from, w_dims], &device);
        let style = w.clone().matmul(affine.transpose()) / (w_dims as f32).sqrt() + 1.0;
        let weight = numbers(&tensors, "m.weight", [1, to, from, k, k], &device);
        let weight = weight / ((from * k * k) as f32).sqrt() * style.reshape([n, 1, from, 1, 1]);
        let weight = match demodulates {
            true => {
                let squares = weight.clone().square().reshape([n, to, from * k * k]).sum_dim(2);
                weight / (squares + 1e-8).sqrt().reshape([n, to, 1, 1, 1])
            }
            false => weight,
        };
        let options = ConvOptions::new([1, 1], [1, 1], [1, 1], n);
        let flat = x.clone().reshape([1, n * from, 6, 4]);
        let y = conv2d(flat, weight.reshape([n * to, from, k, k]), None, options).reshape([n, to, 6, 4]);
        let bias = numbers(&tensors, "m.bias", [1, to, 1, 1], &device);
        let want = match demodulates {
            true => {
                let y = y + dice.clone() * 0.7 + bias;
                burn::tensor::activation::leaky_relu(y, 0.2) * std::f32::consts::SQRT_2
            }
            false => y + bias,
        };
        let far = apart(&ours, &floats(want));
        assert!(far < 2e-5, "{demodulates}: {far}");
        // While it learns a convolution of another kind computes it.
        let auto = device.clone().autodiff();
        let fresh = match demodulates {
            true => ModulatedConv::new([from, to], k, w_dims, &auto),
            false => ModulatedConv::plain([from, to], k, w_dims, &auto),
        };
        let learns = named::load(fresh, "m", &tensors).unwrap();
        let again = learns.forward(
            Tensor::from_inner(x),
            Tensor::from_inner(w),
            Some(Tensor::from_inner(dice)).filter(|_| demodulates),
        );
        assert!(apart(&ours, &floats(again)) < 2e-5);
    }
}

fn generator(device: &Device) -> Generator {
    Generator::new(3, &SIZES, 4, [5, 6, 3], ("generator", 1), device)
}

/// A style reaches its layer and those behind it, and none before: with other fine styles the coarse layers give the same bit for bit, so that
/// the small picture that they draw stays; with another coarse style it is another one.
#[test]
fn styles_reach_their_layers_and_those_behind() {
    let device = Device::flex();
    let g = generator(&device);
    assert_eq!(g.styles(), 6);
    let [a, b] = [1, 2].map(|seed| g.style_of(noise(seed, [2, 5], &device), &mut Watch::nobody()));
    let taps = |w: &[Tensor<2>]| {
        let mut taps = Vec::new();
        g.draw(w, &[], &mut Watch::taps(&mut taps));
        taps.into_iter().map(|t| (t.name, floats(t.value.flat()))).collect::<Vec<_>>()
    };
    let own = taps(&vec![a.clone(); 6]);
    // The layer that each style is the first to reach.
    let first = [
        "generator.conv",
        "generator.rgb.0",
        "generator.blocks.0.conv2",
        "generator.rgb.1",
        "generator.blocks.1.conv2",
        "generator.rgb.2",
    ];
    for (i, first) in first.into_iter().enumerate() {
        let mut mixed = vec![a.clone(); 6];
        mixed[i..].fill(b.clone());
        let mixed = taps(&mixed);
        let at = own.iter().position(|(name, _)| name == first).unwrap();
        for (j, ((name, x), (_, y))) in own.iter().zip(&mixed).enumerate() {
            // Each size's picture shares the style of the convolution behind it.
            assert_eq!(x == y, j < at, "style {i} from {first}: {name}");
        }
    }
    // And the coarse ones alone change the smallest picture.
    let mut coarse = vec![a; 6];
    coarse[..2].fill(b);
    let changed = taps(&coarse);
    let smallest =
        |all: &[(String, Vec<f32>)]| all.iter().find(|(n, _)| n == "generator.rgb.0").unwrap().1.clone();
    assert!(apart(&smallest(&own), &smallest(&changed)) > 0.1);
}

/// Numbers of variance about 1 stay so through the layers, whatever the style; the mapping's layers do so too.
#[test]
fn demodulation_keeps_the_variance() {
    let device = Device::flex();
    let layer = init::initialise(ModulatedConv::new([16, 64], 3, 8, &device), "m", 1, UNIT);
    for scale in [0.1, 1.0, 10.0] {
        let w = noise(3, [8, 8], &device) * scale;
        let y = floats(layer.forward(noise(2, [8, 16, 8, 8], &device), w, None));
        let square = y.iter().map(|v| v * v).sum::<f32>() / y.len() as f32;
        assert!((0.6..1.4).contains(&square), "{scale}: {square}");
    }
    let w = floats(generator(&device).style_of(noise(4, [200, 5], &device), &mut Watch::nobody()));
    let square = w.iter().map(|v| v * v).sum::<f32>() / w.len() as f32;
    assert!((0.2..3.0).contains(&square), "{square}");
}

/// A pass forwards through the residual discriminator says of changes what differences say.
#[test]
fn a_residual_discriminator_changes_as_it_says() {
    let device = Device::flex();
    let d = init::initialise(Discriminator::new(3, &SIZES, 4, &device), "d", 2, UNIT);
    let (x, t) = (noise(2, [8, 3, 16, 24], &device), noise(3, [8, 3, 16, 24], &device));
    let change = floats(d.forward(Dual::along(x.clone(), t.clone())).tangent.unwrap());
    let at = |h: f32| floats(d.forward((x.clone() + t.clone() * h).into()).value);
    let differences: Vec<f32> = at(3e-4).iter().zip(at(-3e-4)).map(|(a, b)| (a - b) / 6e-4).collect();
    let size = differences.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    // At a kink the quotient is of both sides.
    let far = apart(&change, &differences);
    assert!(far < 5e-2 * size, "{far} apart where values are {size}");
}

/// ψ = 0 draws one picture whatever the latent, that of the mean of w, which is kept in the checkpoint; noise of the same number is the same, and
/// none at strength 0.
#[test]
fn truncation_leads_to_the_mean() {
    let device = Device::flex();
    let mut s = session("stylegan", None, &[("learning_rate_g", 0.02)]);
    (0..6).for_each(|_| s.advance());
    let model = s.model();
    let point = |seed: u64, psi: Option<f32>, dice: Option<u32>, strength: f32| {
        let mut held: zscope::point::Values = [(NOISE_STRENGTH.to_string(), Value::Number(strength))].into();
        held.extend(psi.map(|psi| (TRUNCATION.to_string(), Value::Number(psi))));
        held.extend(dice.map(|dice| ("noise".to_string(), Value::Noise(dice))));
        Point { z: Noise::new(seed, 0).normals(model.latent_dims()), held }
    };
    let draw = |p: Point| floats(model.draw(&[p], &device, &mut Watch::nobody()).unwrap());
    assert_eq!(draw(point(1, Some(0.0), None, 1.0)), draw(point(2, Some(0.0), None, 1.0)));
    assert_ne!(draw(point(1, Some(0.3), None, 1.0)), draw(point(2, Some(0.3), None, 1.0)));
    assert_eq!(draw(point(1, Some(1.0), None, 1.0)), draw(point(1, None, None, 1.0)));
    assert_eq!(draw(point(1, None, Some(5), 0.0)), draw(point(1, None, Some(6), 0.0)));
    assert_ne!(draw(point(1, None, Some(5), 1.0)), draw(point(1, None, Some(6), 1.0)));
    let far = |psi: f32| {
        let (at, mean) = (draw(point(1, Some(psi), None, 0.0)), draw(point(1, Some(0.0), None, 0.0)));
        at.iter().zip(&mean).map(|(a, b)| (a - b).powi(2)).sum::<f32>()
    };
    assert!(far(0.2) < far(0.5) && far(0.5) < far(1.0), "{} {} {}", far(0.2), far(0.5), far(1.0));
    // Points of several ψ and dice are drawn at once as one by one.
    let points =
        [point(1, Some(0.3), Some(7), 1.0), point(2, None, Some(8), 0.5), point(3, Some(0.0), None, 2.0)];
    let each: Vec<f32> = points.iter().flat_map(|p| draw(p.clone())).collect();
    assert!(apart(&floats(model.draw(&points, &device, &mut Watch::nobody()).unwrap()), &each) < 1e-5);
    // The mean is that of many w, as far as few steps tell.
    let mean = &weights(&s)[stylegan::MEAN_W];
    assert!(mean.iter::<f32>().any(|v| v != 0.0));
}

/// R1 is paid in every so manyth step only, and so many times as much.
#[test]
fn lazy_penalties_are_paid_at_once() {
    let of =
        |penalty: f64| Rules::of(&stylegan::RECIPE, &Settings([("penalty".to_string(), penalty)].into()));
    assert_eq!(of(0.5).lazily(3, 1), of(0.5));
    assert_eq!([0, 4, 8].map(|step| of(0.5).lazily(step, 4)), [of(2.0); 3]);
    assert_eq!([1, 2, 3, 7].map(|step| of(0.5).lazily(step, 4)), [of(0.0); 4]);
}

/// Mixed styles are another training; with none the other latents' dice change nothing that is shown first.
#[test]
fn mixing_takes_part_in_training() {
    let run = |mixing: f64| {
        let mut s = session("stylegan", None, &[("mixing", mixing), ("learning_rate_g", 0.01)]);
        (0..3).for_each(|_| s.advance());
        weights(&s)
    };
    let (never, always) = (run(0.0), run(1.0));
    assert_ne!(never["generator.conv.weight"].as_bytes(), always["generator.conv.weight"].as_bytes());
}
