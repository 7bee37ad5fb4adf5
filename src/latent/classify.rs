//! A linear classifier of latents: logistic regression with a small weight decay, fitted by Newton's method (IRLS).
//!
//! Must not know: what the labels mean.

use nalgebra::{DMatrix, DVector};

/// Weight decay per picture: keeps the weights finite where a plane parts the classes without error.
const DECAY: f64 = 1e-3;
const STEPS: usize = 25;

/// ln p/(1 − p) = weights·z + bias.
#[derive(Clone, Debug, PartialEq)]
pub struct Logistic {
    /// Normal of the plane between the classes, towards "has it".
    pub weights: Vec<f32>,
    /// Its offset.
    pub bias: f32,
}

/// Fits labels (true = has it) to latents. `None` when a class has no member or the fit fails.
pub fn logistic<T: AsRef<[f32]>>(latents: &[T], labels: &[bool]) -> Option<Logistic> {
    let (n, d) = (latents.len().min(labels.len()), latents.first()?.as_ref().len());
    let present = labels.iter().take(n).filter(|l| **l).count();
    if present == 0 || present == n {
        return None;
    }
    let x = DMatrix::from_fn(n, d + 1, |i, j| latents[i].as_ref().get(j).map_or(1.0, |v| f64::from(*v)));
    let y = DVector::from_fn(n, |i, _| f64::from(u8::from(labels[i])));
    let mut decay = DMatrix::<f64>::identity(d + 1, d + 1) * (DECAY * n as f64);
    decay[(d, d)] = 1e-9;
    let mut w = DVector::<f64>::zeros(d + 1);
    for _ in 0..STEPS {
        let p = (&x * &w).map(|s| 1.0 / (1.0 + (-s).exp()));
        let gradient = x.tr_mul(&(&p - &y)) + &decay * &w;
        let mut weighted = x.clone();
        for (mut row, p) in weighted.row_iter_mut().zip(p.iter()) {
            row *= (p * (1.0 - p)).max(1e-9);
        }
        let step = (x.tr_mul(&weighted) + &decay).cholesky()?.solve(&gradient);
        w -= &step;
        if step.norm() < 1e-6 * (1.0 + w.norm()) {
            break;
        }
    }
    w.iter()
        .all(|v| v.is_finite())
        .then(|| Logistic { weights: w.iter().take(d).map(|v| *v as f32).collect(), bias: w[d] as f32 })
}
