//! The mathematics of latents against what is known of it: the sphere, planes between made-up classes, components.
//!
//! Must not know: models.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use zscope::latent::arithmetic::{combine, mean, neighbourhood};
use zscope::latent::classify::logistic;
use zscope::latent::direction::{Direction, Method, from_labels, project_out};
use zscope::latent::interpolate::{lerp, slerp};
use zscope::latent::neighbours::nearest;
use zscope::latent::pca::pca;
use zscope::latent::prior::{quantile, share_below};
use zscope::latent::{Easing, Interpolation, Path, dot, norm, text};
use zscope::nn::Noise;

fn normals(seed: u64, count: usize, dims: usize) -> Vec<Vec<f32>> {
    Noise::new(seed, 0).normals(count * dims).chunks(dims).map(<[f32]>::to_vec).collect()
}

/// Largest difference between two samples' cumulative distributions (Kolmogorov and Smirnov).
fn distance(a: &mut [f32], b: &mut [f32]) -> f32 {
    a.sort_by(f32::total_cmp);
    b.sort_by(f32::total_cmp);
    let below = |s: &[f32], v: f32| s.partition_point(|x| *x <= v) as f32 / s.len() as f32;
    a.iter().chain(b.iter()).map(|v| (below(a, *v) - below(b, *v)).abs()).fold(0.0, f32::max)
}

#[test]
fn slerp_keeps_the_norms_of_the_prior_and_lerp_does_not() {
    let (a, b) = (normals(1, 4000, 100), normals(2, 4000, 100));
    let mut prior: Vec<f32> = normals(3, 4000, 100).iter().map(|z| norm(z)).collect();
    for t in [0.25, 0.5, 0.75] {
        let middle = |way: fn(&[f32], &[f32], f32) -> Vec<f32>| -> Vec<f32> {
            a.iter().zip(&b).map(|(a, b)| norm(&way(a, b, t))).collect()
        };
        let (mut round, mut straight) = (middle(slerp), middle(lerp));
        // The norm in the middle is a mean of two: as large, and its spread is 0.71 of the prior's at the least.
        let average = |v: &[f32]| v.iter().sum::<f32>() / v.len() as f32;
        assert!((average(&round) / average(&prior) - 1.0).abs() < 0.003, "{}", average(&round));
        assert!(distance(&mut round, &mut prior) < 0.11, "{}", distance(&mut round, &mut prior));
        assert!(distance(&mut straight, &mut prior) > 0.9);
    }
}

#[test]
fn both_ways_start_and_end_where_they_should() {
    let z = normals(4, 2, 16);
    for way in [lerp as fn(&[f32], &[f32], f32) -> Vec<f32>, slerp] {
        for (t, end) in [(0.0, &z[0]), (1.0, &z[1])] {
            assert!(way(&z[0], &z[1], t).iter().zip(end).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }
    // Where there is no sphere to go along, the way is straight and not NaN.
    let opposite: Vec<f32> = z[0].iter().map(|v| -v).collect();
    for b in [z[0].clone(), opposite, vec![0.0; 16]] {
        assert!(slerp(&z[0], &b, 0.3).iter().all(|v| v.is_finite()));
    }
    // A quarter turn between unit vectors.
    let half = slerp(&[1.0, 0.0], &[0.0, 1.0], 0.5);
    assert!((half[0] - 0.5f32.sqrt()).abs() < 1e-6 && (half[1] - 0.5f32.sqrt()).abs() < 1e-6);
}

#[test]
fn a_path_passes_its_keyframes_and_a_closed_one_returns() {
    let keyframes = normals(5, 3, 8);
    for easing in [Easing::Even, Easing::Smooth, Easing::Smoother] {
        let mut path = Path {
            keyframes: keyframes.iter().map(|z| z.clone().into()).collect(),
            interpolation: Interpolation::Spherical,
            easing,
            closed: false,
            nearest: false,
        };
        let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4);
        assert!(near(&path.at(0.5).z, &keyframes[1]) && near(&path.at(1.0).z, &keyframes[2]));
        path.closed = true;
        assert!(near(&path.at(1.0).z, &keyframes[0]) && near(&path.at(2.0 / 3.0).z, &keyframes[2]));
        let frames = path.frames(30);
        assert_eq!(frames.len(), 30);
        assert!(near(&frames[10].z, &keyframes[1]) && !near(&frames[29].z, &keyframes[0]));
    }
    assert!(Path::default().at(0.5).z.is_empty());
}

#[test]
fn arithmetic_is_of_means() {
    let a = [vec![1.0, 2.0], vec![3.0, 4.0]];
    assert_eq!(mean(&a), [2.0, 3.0]);
    assert_eq!(combine(&a, &[vec![1.0, 1.0]], &[vec![10.0, 0.0]]), [11.0, 2.0]);
    assert_eq!(combine(&a, &[], &[]), [2.0, 3.0]);
    let around = neighbourhood(&[1.0, 1.0], 0.25, &[1.0; 16]);
    assert_eq!(around.len(), 9);
    assert_eq!((&around[4], &around[0]), (&vec![1.0, 1.0], &vec![1.25, 1.25]));
}

/// Latents whose first coordinate decides an attribute, and whose second goes along with it.
fn entangled() -> (Vec<Vec<f32>>, Vec<bool>, Vec<bool>) {
    let mut z = normals(6, 3000, 6);
    z.iter_mut().for_each(|z| z[1] = 0.6 * z[0] + 0.8 * z[1]);
    let (a, b) = (z.iter().map(|z| z[0] > 0.0).collect(), z.iter().map(|z| z[1] > 0.0).collect());
    (z, a, b)
}

#[test]
fn a_direction_points_at_its_attribute() {
    let (z, has, other) = entangled();
    let plain = from_labels("a", &z, &has, &[], Method::Means).unwrap();
    assert!(plain.vector[1] > 0.3 * plain.vector[0], "what goes along comes along: {:?}", plain.vector);
    let normal = from_labels("a", &z, &has, &[], Method::Normal).unwrap();
    assert!(normal.vector[1].abs() < 0.1 * normal.vector[0], "{:?}", normal.vector);
    let kept = from_labels("a", &z, &has, std::slice::from_ref(&other), Method::Means).unwrap();
    let plane = logistic(&z, &other).unwrap();
    assert!(dot(&kept.vector, &plane.weights).abs() < 1e-3 * norm(&plane.weights));
    assert!(kept.vector[0] > 0.0);
    // Half a unit on either side of the middle are the means.
    let of = |wanted: bool| {
        mean(&z.iter().zip(&has).filter(|(_, h)| **h == wanted).map(|(z, _)| z.clone()).collect::<Vec<_>>())
    };
    for d in [&plain, &normal] {
        assert!((d.position(&of(true)) - 0.5).abs() < 1e-3 && (d.position(&of(false)) + 0.5).abs() < 1e-3);
        let moved = d.moved_to(&z[0], 1.7, false);
        assert!((d.position(&moved) - 1.7).abs() < 1e-4);
    }
    let none = vec![false; z.len()];
    assert!(from_labels("a", &z, &none, &[], Method::Means).unwrap_err().contains("no latent has a"));
    assert!(project_out(&[1.0, 2.0], &[vec![2.0, 0.0], vec![4.0, 0.0]])[0].abs() < 1e-6);
}

#[test]
fn steps_stay_where_the_data_is_and_can_keep_the_norm() {
    let (z, has, _) = entangled();
    let d = from_labels("a", &z, &has, &[], Method::Means).unwrap();
    let (low, high) = d.range();
    let inside = z.iter().filter(|z| (low..=high).contains(&d.position(z))).count();
    assert!((0.985..0.995).contains(&(inside as f64 / z.len() as f64)), "{inside} of {}", z.len());
    let far = d.stepped(&z[0], 100.0, false);
    assert!((d.position(&far) - high).abs() < 1e-4);
    assert!((d.position(&d.stepped(&z[0], -100.0, false)) - low).abs() < 1e-4);
    // What lies outside by other means is not pulled back.
    let outside = d.moved_to(&z[0], high + 2.0, false);
    assert_eq!(d.position(&d.stepped(&outside, 1.0, false)), d.position(&outside));
    let around = d.stepped(&z[0], 0.3, true);
    assert!((norm(&around) - norm(&z[0])).abs() < 1e-4);
    assert!((d.position(&around) - (d.position(&z[0]) + 0.3).min(high)).abs() < 1e-4);
    let back = d.moved_to(&around, d.position(&z[0]), true);
    assert!(back.iter().zip(&z[0]).all(|(a, b)| (a - b).abs() < 1e-3), "the way back leads back");
}

#[test]
fn a_direction_knows_whether_it_fits() {
    let good = Direction {
        name: "d".into(),
        vector: vec![1.0, 0.0],
        centre: 0.0,
        strength: 1.0,
        spread: None,
        method: Method::Combined,
        report: None,
    };
    assert!(good.fits(2) && !good.fits(3));
    assert!(!Direction { vector: vec![0.0, 0.0], ..good.clone() }.fits(2));
    assert!(!Direction { vector: vec![f32::NAN, 0.0], ..good.clone() }.fits(2));
    let sum = Direction::combine("s".into(), &[(1.0, &good), (-0.5, &good)]);
    assert_eq!(sum.vector, [0.5, 0.0]);
}

#[test]
fn components_are_found_of_many_rows_and_of_few() {
    let shape = [3.0, 1.0, 0.3, 0.1];
    let rows: Vec<Vec<f32>> =
        normals(7, 4000, 4).iter().map(|z| z.iter().zip(shape).map(|(v, s)| v * s + 1.0).collect()).collect();
    let found = pca(&rows, 2);
    assert!(found.components[0][0] > 0.99 && found.components[1][1] > 0.99);
    assert!((found.variances[0] / 9.0 - 1.0).abs() < 0.1);
    // Fewer rows than columns go through the Gram matrix, and say the same.
    let wide: Vec<Vec<f32>> = rows
        .iter()
        .take(30)
        .map(|r| r.iter().copied().chain(std::iter::repeat_n(0.0, 60)).collect())
        .collect();
    let narrow: Vec<Vec<f32>> = rows.iter().take(30).cloned().collect();
    let (a, b) = (pca(&wide, 3), pca(&narrow, 3));
    for k in 0..3 {
        assert!((a.variances[k] / b.variances[k] - 1.0).abs() < 1e-3);
        assert!((dot(&a.components[k][..4], &b.components[k]) - 1.0).abs() < 1e-3);
    }
}

#[test]
fn equal_steps_of_the_quantile_are_equally_probable() {
    for i in 1..100 {
        let p = i as f32 / 100.0;
        assert!((share_below(quantile(p)) - p).abs() < 1e-5);
    }
    assert!(quantile(0.0).is_finite() && quantile(1.0).is_finite());
    let z = normals(8, 20_000, 1);
    let inside = z.iter().filter(|z| (quantile(0.4)..quantile(0.5)).contains(&z[0])).count();
    assert!((inside as f32 / 20_000.0 - 0.1).abs() < 0.01);
}

#[test]
fn the_nearest_are_the_nearest() {
    let rows = normals(9, 500, 7);
    let flat: Vec<f32> = rows.concat();
    let z = &normals(10, 1, 7)[0];
    let mut all: Vec<(usize, f32)> = rows
        .iter()
        .map(|r| r.iter().zip(z).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt())
        .enumerate()
        .collect();
    all.sort_by(|a, b| a.1.total_cmp(&b.1));
    let found = nearest(&flat, z, 12);
    assert_eq!(
        found.iter().map(|f| f.0).collect::<Vec<_>>(),
        all[..12].iter().map(|f| f.0).collect::<Vec<_>>()
    );
    assert_eq!(nearest(&flat, z, 9999).len(), 500);
    assert!(nearest(&[], z, 3).is_empty());
}

#[test]
fn a_latent_survives_the_clipboard() {
    let z = normals(11, 1, 64).remove(0);
    assert_eq!(text::read(&text::write(&z), 64).unwrap(), z);
    assert_eq!(text::read("1 2\n-3e-1", 3).unwrap(), [1.0, 2.0, -0.3]);
    assert!(text::read("1, 2", 3).unwrap_err().contains("2 numbers"));
    assert!(text::read("1, nan, 2", 3).unwrap_err().contains("nan"));
    assert!(text::read("hello", 3).unwrap_err().contains("hello"));
}
