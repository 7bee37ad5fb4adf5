//! MIG and DCI against representations whose scores are known.
//!
//! Must not know: models, the window.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use zscope::data::{Attribute, AttributeKind};
use zscope::metrics::disentangle::{Scores, score};

const PICTURES: usize = 3000;
/// How many values each factor takes; the last is a class.
const LEVELS: [u32; 4] = [8, 16, 6, 3];

/// Independent factors, and the same values as codes, each about −1..=1.
fn factors() -> (Vec<Attribute>, Vec<Vec<f32>>) {
    let mut rng = Pcg64::seed_from_u64(3);
    let values: Vec<Vec<f32>> = LEVELS
        .iter()
        .map(|&levels| (0..PICTURES).map(|_| rng.random_range(0..levels) as f32).collect())
        .collect();
    let kind = |k: usize| match k {
        3 => AttributeKind::Class(["a", "b", "c"].map(String::from).to_vec()),
        _ => AttributeKind::Continuous { min: 0.0, max: (LEVELS[k] - 1) as f32 },
    };
    let columns = values.iter().enumerate();
    let columns = columns.map(|(k, v)| Attribute::new(format!("f{k}"), kind(k), v.clone()));
    let centred = |k: usize, i: usize| 2.0 * values[k][i] / (LEVELS[k] - 1) as f32 - 1.0;
    let codes = (0..PICTURES).map(|i| (0..LEVELS.len()).map(|k| centred(k, i)).collect()).collect();
    (columns.collect(), codes)
}

fn scores(change: impl Fn(&mut Vec<f32>)) -> Scores {
    let (factors, mut codes) = factors();
    codes.iter_mut().for_each(change);
    score(&codes, &factors).unwrap()
}

#[test]
fn factors_themselves_score_one() {
    let s = scores(|_| {});
    for (name, value) in [
        ("MIG", s.mig),
        ("disentanglement", s.dci_disentanglement),
        ("completeness", s.dci_completeness),
        ("informativeness", s.dci_informativeness),
    ] {
        assert!((0.97..=1.0).contains(&value), "{name} {value}");
    }
    let found: Vec<usize> = s.factors.iter().map(|f| f.dimension).collect();
    assert_eq!(found, [0, 1, 2, 3], "each factor is its own dimension");
}

#[test]
fn neither_order_nor_scale_nor_sign_nor_idle_dimensions_matter() {
    let idle = |z: &mut Vec<f32>| {
        z.reverse();
        z[1] *= -7.0;
        z.extend([0.25, 0.25]);
    };
    let s = scores(idle);
    assert!(s.mig > 0.97 && s.dci_disentanglement > 0.97 && s.dci_completeness > 0.97, "{s:?}");
    assert_eq!(s.factors.iter().map(|f| f.dimension).collect::<Vec<_>>(), [3, 2, 1, 0]);
}

#[test]
fn a_turn_of_45_degrees_in_pairs_leaves_no_gap() {
    let turn = |z: &mut Vec<f32>| {
        for k in [0, 2] {
            (z[k], z[k + 1]) = ((z[k] + z[k + 1]) * 0.5f32.sqrt(), (z[k + 1] - z[k]) * 0.5f32.sqrt());
        }
    };
    let (straight, turned) = (scores(|_| {}), scores(turn));
    assert!(turned.mig < 0.08, "{turned:?}");
    // A dimension then stands for two of four factors alike: 1 − ln 2 / ln 4.
    assert!((0.4..0.6).contains(&turned.dci_disentanglement), "{turned:?}");
    assert!((0.4..0.6).contains(&turned.dci_completeness), "{turned:?}");
    assert!(turned.dci_informativeness > 0.85, "nothing is lost: {turned:?}");
    assert!(straight.mig > turned.mig);
}

#[test]
fn a_factor_in_two_dimensions_is_incomplete_but_disentangled() {
    let s = scores(|z| z.extend_from_within(0..1));
    let first = &s.factors[0];
    assert!(first.mig < 0.01, "its two dimensions say the same: {first:?}");
    assert!(s.dci_disentanglement > 0.97, "{s:?}");
}

#[test]
fn random_codes_score_nothing() {
    let mut rng = Pcg64::seed_from_u64(9);
    let (factors, codes) = factors();
    let random: Vec<Vec<f32>> =
        codes.iter().map(|z| z.iter().map(|_| rng.random::<f32>() * 2.0 - 1.0).collect()).collect();
    let s = score(&random, &factors).unwrap();
    for value in [s.mig, s.dci_disentanglement, s.dci_completeness, s.dci_informativeness] {
        assert!(value < 0.05, "{s:?}");
    }
}

#[test]
fn half_the_information_is_half_the_gap() {
    // Of 16 levels the code keeps 4: I = ln 4 = H / 2, and no other dimension says anything.
    let (factors, codes) = factors();
    let coarse: Vec<Vec<f32>> =
        (0..PICTURES).map(|i| vec![(factors[1].values[i] / 4.0).floor(), codes[i][0]]).collect();
    let s = score(&coarse, &factors[1..2]).unwrap();
    assert!((s.mig - 0.5).abs() < 0.02, "{s:?}");
    // Var(x) = 255/12; within a quarter of the levels 15/12: R² = 1 − 15/255.
    assert!((s.dci_informativeness - (1.0 - 15.0 / 255.0)).abs() < 0.02, "{s:?}");
}

#[test]
fn a_curve_is_no_entanglement() {
    let s = scores(|z| z.iter_mut().for_each(|v| *v = v.powi(3)));
    assert!(s.mig > 0.6 && s.dci_disentanglement > 0.97 && s.dci_informativeness > 0.97, "{s:?}");
}

#[test]
fn what_cannot_be_scored_is_absent() {
    let (factors, codes) = factors();
    let constant = vec![vec![0.5, -1.0]; PICTURES];
    let s = score(&constant, &factors).unwrap();
    assert_eq!([s.mig, s.dci_disentanglement, s.dci_completeness], [0.0; 3]);
    // The mean of bags is not exactly the mean.
    assert!(s.dci_informativeness < 0.01, "{s:?}");
    let one: Vec<Vec<f32>> = codes.iter().map(|z| vec![z[0]]).collect();
    assert!(score(&one, &factors).unwrap().mig > 0.2, "one dimension has no second to compare with");
    assert_eq!(score(&[], &factors), None);
    assert_eq!(score(&codes, &[]), None, "no factors");
    assert_eq!(score(&codes[1..], &factors), None, "columns of another length");
    assert_eq!(score(&vec![vec![]; PICTURES], &factors), None, "no dimensions");
    assert_eq!(score(&vec![vec![f32::NAN]; PICTURES], &factors), None, "not finite");
    let still = Attribute { values: vec![2.0; PICTURES], ..factors[0].clone() };
    assert_eq!(score(&codes, std::slice::from_ref(&still)), None, "a factor that never changes");
    let with = score(&codes, &[still, factors[1].clone()]).unwrap();
    assert_eq!(with.factors.len(), 1);
    assert!(with.mig > 0.97);
}
