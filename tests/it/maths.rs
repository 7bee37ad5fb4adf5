//! Objectives and distances against values worked out by hand or by quadrature.
//!
//! Must not know: the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use burn::tensor::{Device, Tensor, TensorData};
use zscope::objective;

fn row(values: &[f32]) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), vec![1, values.len()]), &Device::flex())
}

fn value<const D: usize>(t: Tensor<D>) -> f64 {
    f64::from(t.into_data().iter::<f32>().next().unwrap())
}

#[test]
fn kl_of_gaussians_is_the_integral() {
    let (mean, log_variance): (f64, f64) = (0.7, -0.9);
    let deviation = (log_variance / 2.0).exp();
    let q =
        |z: f64| (-0.5 * ((z - mean) / deviation).powi(2)).exp() / (deviation * std::f64::consts::TAU.sqrt());
    let p = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
    let integral: f64 = (0..40_000)
        .map(|i| -6.0 + f64::from(i) * 3e-4)
        .map(|z| q(z) * (q(z) / p(z)).max(1e-300).ln() * 3e-4)
        .sum();
    let ours = value(objective::mean_kl(row(&[mean as f32]), row(&[log_variance as f32])));
    assert!((ours - integral).abs() < 1e-3, "{ours} and {integral}");
}

#[test]
fn total_correlation_is_what_latents_tell_of_each_other() {
    // Three pictures, two latents: ln of mixtures, summed by hand.
    let (mean, deviation) = ([[0.0f64, 1.0], [2.0, -1.0], [-1.5, 0.5]], [0.5f64, 0.8]);
    let z = [[0.1f64, 0.9], [1.8, -0.7], [-1.2, 0.6]];
    let density = |x: f64, m: f64, s: f64| (-0.5 * ((x - m) / s).powi(2)).exp() / s;
    let each = |z: [f64; 2]| {
        let joint: f64 =
            mean.iter().map(|m| (0..2).map(|d| density(z[d], m[d], deviation[d])).product::<f64>()).sum();
        let apart: f64 =
            (0..2).map(|d| mean.iter().map(|m| density(z[d], m[d], deviation[d])).sum::<f64>().ln()).sum();
        joint.ln() - apart
    };
    let expected = z.iter().map(|z| each(*z)).sum::<f64>() / 3.0;
    let table =
        |rows: [[f64; 2]; 3]| Tensor::<2>::from_floats(rows.map(|r| r.map(|v| v as f32)), &Device::flex());
    let spread = table([deviation.map(|s| 2.0 * s.ln()); 3]);
    let ours = value(objective::total_correlation(table(z), table(mean), spread));
    assert!((ours - expected).abs() < 1e-5, "{ours} and {expected}");
}

#[test]
fn bernoulli_is_minus_the_log_likelihood_summed_over_pixels() {
    let (logits, x) = ([0.3f32, -2.0, 40.0, -40.0], [1.0f32, 0.25, 1.0, 0.0]);
    let expected: f64 = logits
        .iter()
        .zip(x)
        .map(|(l, x)| {
            let (l, x) = (f64::from(*l), f64::from(x));
            l.max(0.0) - l * x + (-l.abs()).exp().ln_1p()
        })
        .sum();
    let ours = value(objective::bernoulli(row(&logits), row(&x)));
    assert!((ours - expected).abs() < 1e-4, "{ours} and {expected}");
}

#[test]
fn gaussian_has_its_constant() {
    let ours = value(objective::gaussian(row(&[0.5, 0.1]), row(&[0.4, 0.1]), 0.1));
    let constant = (0.1f64 * std::f64::consts::TAU.sqrt()).ln();
    let expected = 0.5 * (0.1f64 / 0.1).powi(2) + 2.0 * constant;
    assert!((ours - expected).abs() < 1e-3, "{ours} and {expected}");
}

#[test]
fn discriminator_losses_at_zero_are_ln_2() {
    let zero = || row(&[0.0]);
    assert!((value(objective::bce_real(zero())) - std::f64::consts::LN_2).abs() < 1e-5);
    assert!((value(objective::bce_fake(zero())) - std::f64::consts::LN_2).abs() < 1e-5);
}

#[test]
fn percentiles_are_nearest_rank() {
    let values: Vec<f32> = (1..=100u8).map(f32::from).collect();
    assert_eq!(zscope::bench::percentile(&values, 0.95), 95.0);
    assert_eq!(zscope::bench::percentile(&values, 0.5), 50.0);
    assert_eq!(zscope::bench::percentile(&[], 0.5), 0.0);
}
