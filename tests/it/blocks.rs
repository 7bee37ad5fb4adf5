//! The blocks of class-conditional GANs, each against what it must be: singular values, classes between classes, attention.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor, TensorData};
use zscope::nn::attention::SelfAttention;
use zscope::nn::conditional::ConditionalNorm;
use zscope::nn::dual::Dual;
use zscope::nn::fast;
use zscope::nn::host::floats;
use zscope::nn::residual::same;
use zscope::nn::resnet::{DownBlock, UpBlock, double, halve};
use zscope::nn::spectral::{Conv, Dense};
use zscope::nn::{Init, Noise, Watch, init};

fn noise(seed: u64, dims: [usize; 4], device: &Device) -> Tensor<4> {
    Tensor::from_data(TensorData::new(Noise::new(seed, 0).normals(dims.iter().product()), dims), device)
}

fn apart<const N: usize>(a: Tensor<N>, b: Tensor<N>) -> f32 {
    floats(a).iter().zip(floats(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// The largest singular value of `[rows, columns]`, by many steps of power iteration in f64.
fn largest(matrix: Tensor<2>) -> f64 {
    let [rows, columns] = matrix.dims();
    let w: Vec<f64> = floats(matrix).into_iter().map(f64::from).collect();
    let mut v = vec![1.0; columns];
    let mut length = 0.0;
    for _ in 0..2000 {
        let u: Vec<f64> = (0..rows).map(|r| (0..columns).map(|c| w[r * columns + c] * v[c]).sum()).collect();
        let next: Vec<f64> =
            (0..columns).map(|c| (0..rows).map(|r| w[r * columns + c] * u[r]).sum()).collect();
        length = next.iter().map(|x| x * x).sum::<f64>().sqrt();
        v = next.into_iter().map(|x| x / length).collect();
    }
    length.sqrt()
}

/// After twenty steps of a layer that learns what it computes with has σ = 1; a copy that does not learn keeps its vector.
#[test]
fn spectral_norm_brings_the_largest_singular_value_to_one() {
    let device = Device::flex().autodiff();
    let conv = init::initialise(Conv::new(same(6, 9, 3, &device), true, &device), "c", 1, Init::Glorot);
    let dense = init::initialise(Dense::new([20, 12], false, true, &device), "d", 2, Init::Glorot);
    let (map, row) = (noise(3, [1, 6, 4, 4], &device), noise(4, [1, 20, 1, 1], &device).reshape([1, 20]));
    // Twenty steps, in each of which D passes real and generated pictures.
    for _ in 0..40 {
        conv.forward(map.clone(), fast::NOTHING);
        dense.forward(row.clone());
    }
    // What it computes with, by asking for each unit vector.
    let of_dense = dense.forward(Tensor::<2>::eye(20, &device)); // [20, 12]
    let sigma = largest(of_dense);
    assert!((sigma - 1.0).abs() < 0.02, "σ of the dense layer is {sigma}");
    let plain = largest(conv.matrix());
    let linear =
        |x: Tensor<4>| conv.forward(x, fast::NOTHING) - conv.forward(map.zeros_like(), fast::NOTHING);
    let scale = {
        let same_weights =
            init::initialise(Conv::new(same(6, 9, 3, &device), false, &device), "c", 1, Init::Glorot);
        let (a, b) = (same_weights.forward(map.clone(), fast::NOTHING), linear(map.clone()));
        floats(a).iter().zip(floats(b)).map(|(a, b)| a / b).next().unwrap()
    };
    assert!((f64::from(scale) / plain - 1.0).abs() < 0.02, "divided by {scale}, and σ is {plain}");
    // Without learning the same input gives the same output, however often.
    use burn::module::Module;
    let still = conv.valid();
    let x = noise(5, [1, 6, 4, 4], &Device::flex());
    let first = still.forward(x.clone(), fast::NOTHING);
    assert_eq!(apart(first, still.forward(x, fast::NOTHING)), 0.0);
}

/// All singular values of a matrix whose are known, of a wide one, a tall one, and of a kernel; the largest agrees with power iteration.
#[test]
fn singular_values_are_those_of_the_matrix() {
    let of = |values: &[f32], shape: &[usize]| {
        zscope::nn::spectrum::singular_values(&TensorData::new(values.to_vec(), shape.to_vec()))
    };
    // A rotation times diag(3, 2), wide and tall.
    let (c, s) = (0.6f32, 0.8f32);
    let close = |a: Vec<f32>, b: &[f32]| {
        assert!(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4), "{a:?} {b:?}");
    };
    close(of(&[3.0 * c, -2.0 * s, 0.0, 3.0 * s, 2.0 * c, 0.0], &[2, 3]), &[2.0, 3.0]);
    close(of(&[3.0 * c, 3.0 * s, -2.0 * s, 2.0 * c, 0.0, 0.0], &[3, 2]), &[2.0, 3.0]);
    close(of(&[5.0, 0.0, 0.0, 0.5], &[2, 2, 1, 1]), &[0.5, 5.0]);
    assert!(of(&[f32::NAN, 1.0], &[1, 2]).is_empty());
    // Of one that is large both ways only the largest is looked for, and found from below.
    let dice = Noise::new(3, 0).normals(200 * 220);
    assert!(of(&dice, &[200, 220]).is_empty());
    let found = zscope::nn::spectrum::largest(&TensorData::new(dice.clone(), [200, 220])).unwrap();
    let matrix = Tensor::<2>::from_data(TensorData::new(dice, [200, 220]), &Device::flex());
    let part = f64::from(found) / largest(matrix);
    assert!((0.9..1.001).contains(&part), "{part} of σ");
}

/// The gradient is that of W / σ(W): against differences of the loss, with the kept vector where it converges to.
#[test]
fn the_gradient_goes_through_sigma() {
    use burn::module::Module;
    let device = Device::flex().autodiff();
    let dense = init::initialise(Dense::new([5, 4], false, true, &device), "d", 2, Init::Glorot);
    let row = noise(4, [3, 5, 1, 1], &device).reshape([3, 5]);
    for _ in 0..60 {
        dense.forward(row.clone());
    }
    let loss = |layer: &Dense| layer.forward(row.clone()).powi_scalar(2).sum();
    let gradients = burn::optim::GradientsParams::from_grads(loss(&dense).backward(), &dense);
    let held = zscope::nn::named::held_gradients(&dense, &gradients, "d");
    let analytic = floats(held[0].norm.clone())[0];
    // ‖gradient‖ by central differences of each weight.
    let names = zscope::nn::named::collect(&dense.valid(), "d");
    let at = |i: usize, by: f32| {
        let mut tensors: zscope::nn::Tensors = names.iter().cloned().collect();
        let data = &tensors["d.weight"];
        let (shape, mut values) = (data.shape().to_vec(), data.iter::<f32>().collect::<Vec<_>>());
        values[i] += by;
        tensors.insert("d.weight".into(), TensorData::new(values, shape));
        let moved = zscope::nn::named::load(dense.clone(), "d", &tensors).unwrap();
        for _ in 0..60 {
            moved.forward(row.clone());
        }
        floats(loss(&moved))[0]
    };
    let numeric: f32 = (0..20).map(|i| ((at(i, 1e-2) - at(i, -1e-2)) / 2e-2).powi(2)).sum::<f32>().sqrt();
    assert!((numeric / analytic - 1.0).abs() < 0.02, "{analytic} by autodiff, {numeric} by differences");
}

/// One-hot weights are the class bit for bit, whatever stands beside; between classes gains and shifts are blended.
#[test]
fn a_class_blends_in_conditional_batch_norm() {
    let device = Device::flex();
    let norm = init::initialise(ConditionalNorm::new(3, 4, &device), "n", 1, Init::Glorot);
    let x = noise(2, [1, 3, 2, 2], &device);
    let told = |w: [f32; 4]| norm.forward(x.clone(), Some(&Tensor::from_floats([w], &device)));
    let alone = told([0.0, 0.0, 1.0, 0.0]);
    let rows = Tensor::from_floats([[1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]], &device);
    let both = norm.forward(x.clone().repeat_dim(0, 2), Some(&rows)).slice_dim(0, 1..2);
    assert_eq!(apart(alone.clone(), both), 0.0);
    assert!(apart(alone, told([1.0, 0.0, 0.0, 0.0])) > 0.01);
    // Without a condition it is batch norm with ReLU.
    let plain = norm.forward(x.clone(), None);
    assert!(floats(plain).iter().all(|v| *v >= 0.0));
}

/// γ = 0 makes attention the identity, its rows add up to 1, and each place hears every other.
#[test]
fn attention_begins_as_the_identity() {
    let device = Device::flex();
    let attention = init::initialise(SelfAttention::new(16, true, &device), "a", 1, Init::Glorot);
    let x = noise(2, [2, 16, 6, 4], &device);
    assert_eq!(apart(attention.forward(x.clone(), "", &mut Watch::nobody()), x.clone()), 0.0);
    let weights = attention.weights(x);
    assert_eq!(weights.dims(), [2, 24, 6]);
    for row in floats(weights.sum_dim(2)) {
        assert!((row - 1.0).abs() < 1e-5, "{row}");
    }
}

/// Forward differentiation through blocks with attention is what differences say.
#[test]
fn blocks_change_as_they_say() {
    let device = Device::flex();
    let block = init::initialise(DownBlock::new([2, 8], (false, true), true, &device), "b", 1, Init::Glorot);
    let mut attention = init::initialise(SelfAttention::new(8, false, &device), "a", 1, Init::Glorot);
    let mut tensors: zscope::nn::Tensors = zscope::nn::named::collect(&attention, "a").into_iter().collect();
    tensors.insert("a.scale".into(), TensorData::new(vec![0.7f32], [1]));
    attention = zscope::nn::named::load(attention, "a", &tensors).unwrap();
    let (x, t) = (noise(2, [1, 2, 8, 8], &device), noise(3, [1, 2, 8, 8], &device));
    let f = |x: Dual<4>| attention.dual(block.forward(x));
    let along = f(Dual::along(x.clone(), t.clone()));
    let h = 1e-3;
    let (above, below) = (f((x.clone() + t.clone() * h).into()), f((x.clone() - t * h).into()));
    let differences = (above.value - below.value) / (2.0 * h);
    let far = apart(along.tangent.unwrap(), differences.clone());
    let size = floats(differences).iter().fold(0.0f32, |m, v| m.max(v.abs()));
    assert!(far < 2e-2 * size, "{far} apart where values are {size}");
    assert!(apart(along.value, f(x.into()).value) < 1e-5);
}

/// Doubling and halving are undone by each other, and the blocks give the sizes that they say.
#[test]
fn blocks_double_and_halve() {
    let device = Device::flex();
    let x = noise(2, [2, 3, 4, 6], &device);
    assert!(apart(halve(double(x.clone())), x.clone()) < 1e-6);
    let one = double(Tensor::<4>::from_floats([[[[1.0, 2.0], [3.0, 4.0]]]], &device));
    let rows = [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 3.0, 3.0, 4.0, 4.0];
    assert_eq!(floats(one), rows);
    let up = init::initialise(UpBlock::new([3, 5], 2, false, &device), "u", 1, Init::Glorot);
    let told = Tensor::<2>::ones([2, 2], &device);
    assert_eq!(up.forward(x.clone(), Some(&told)).dims(), [2, 5, 8, 12]);
    let down = init::initialise(DownBlock::new([3, 3], (false, false), false, &device), "d", 1, Init::Glorot);
    assert_eq!(down.forward(x.into()).value.dims(), [2, 3, 4, 6]);
}

/// In the window what the place under the pointer looks at is shown over the picture, and follows the pointer.
#[test]
fn attention_is_seen_under_the_pointer() {
    use crate::app::{app, window};
    use egui_kittest::kittest::Queryable;
    use zscope::shot;
    let Some((mut h, _runs)) = window([1440.0, 900.0], false) else { return };
    shot::system(&mut h, zscope::zoo::recipe("sagan").unwrap()).unwrap();
    h.run_steps(3);
    assert_eq!(app(&mut h).state().attends().count(), 1);
    assert!(app(&mut h).state().looked_at([0.5, 0.5]).is_none(), "nobody asked");
    h.get_by_label("Attention").click();
    shot::until(&mut h, "what it looks at", |a| a.state().looked_at([0.5, 0.5]).is_some()).unwrap();
    let look = |h: &mut _, at| {
        let (weights, size) = app(h).state().looked_at(at).map(|(w, s)| (w.to_vec(), s)).unwrap();
        assert_eq!((weights.len(), size), (49, [7, 7]));
        assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        weights
    };
    assert_ne!(look(&mut h, [0.1, 0.1]), look(&mut h, [0.6, 0.6]));
    let picture = h.get_by_label("The picture of the latent").rect();
    h.hover_at(picture.center());
    h.run_steps(3);
    h.get_by_label("Attention").click();
    h.run_steps(2);
    assert!(app(&mut h).state().looked_at([0.5, 0.5]).is_none());
}
